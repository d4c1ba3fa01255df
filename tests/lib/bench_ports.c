// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_ports.c - frames a second through the ports on an interface, 64 bytes on the
 * wire (60 without FCS), over a veth pair of its own:
 *
 *	KIND.tx		one CPU sends, and does the kernel's work of the other end, which
 *			has nobody for the frames; counted: taken by the driver
 *	KIND.rx		one CPU sends by the same kind of port and does the kernel's work
 *			of both ends, another receives; counted: received. With one CPU
 *			in all they take turns
 *	KIND.loop	one CPU sends a burst and receives it, for ever
 *	KIND.delay	from the commit of a single frame until the same CPU sees it
 *
 * Median of the rounds; their range goes to stderr.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/topo.h"
#include "tests/lib/port_ends.h"
#include "tests/lib/veth_pair.h"

#define ROUNDS		9
#define ROUND_NS	(200ULL * 1000 * 1000)
#define LEN		60
#define DELAYS		300

struct bench {
	const struct port_kind *kind;
	const char *name;
	struct veth_pair veth;
	struct topo topo;
	struct placement place;
	struct port *tx, *rx;
	bool stop;	/* atomic */
};

static void fatal(const char *what)
{
	fprintf(stderr, "bench_ports: %s\n", what);
	exit(1);
}

static struct port *end_open(struct bench *b, int side)
{
	struct port *p;
	struct err err;

	veth_pair_enter(&b->veth, side);
	if (b->kind->open(b->veth.ifindex[side], 0, 1514, &p, &err)) {
		veth_pair_enter(&b->veth, -1);
		veth_pair_down(&b->veth);
		fatal(err.text);
	}
	veth_pair_enter(&b->veth, -1);
	return p;
}

static unsigned int send_burst(struct port *p, unsigned int want)
{
	/* To another host's MAC address: the end's own IP stack lets it pass. */
	static const u8 frame[LEN] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };
	struct frame f[PORT_BURST];
	int n = port_reserve(p, f, want);

	for (int i = 0; i < n; i++) {
		memcpy(f[i].data, frame, LEN);
		f[i].len = LEN;
		f[i].time = 0;
	}
	if (n < 0 || port_commit(p, f, (unsigned int)n))
		fatal(port_error(p) ? port_error(p)->text : "can't send");
	return (unsigned int)n;
}

static unsigned int receive_burst(struct port *p)
{
	struct frame f[PORT_BURST];
	int n = port_peek(p, f, PORT_BURST);

	if (n < 0 || port_release(p, (unsigned int)n))
		fatal(port_error(p) ? port_error(p)->text : "can't receive");
	return (unsigned int)n;
}

static u64 arrived(const struct bench *b, u64 sent)
{
	return b->rx ? b->rx->stats.rx_frames : sent - port_refused(b->tx);
}

static void *sender(void *arg)
{
	struct bench *b = arg;

	topo_pin(&b->topo, b->place.source_cpu);
	while (!__atomic_load_n(&b->stop, __ATOMIC_RELAXED))
		send_burst(b->tx, PORT_BURST);
	return NULL;
}

/* Frames a second of one round, sent here unless @apart. */
static double round_rate(struct bench *b, bool apart)
{
	u64 start = clk_monotonic_ns(), before = arrived(b, b->tx->stats.tx_frames), now;
	bool send = !apart || b->topo.cpus < 2;

	do {
		for (unsigned int i = 0; i < 32; i++) {
			if (send)
				send_burst(b->tx, PORT_BURST);
			if (b->rx)
				receive_burst(b->rx);
		}
		now = clk_monotonic_ns();
	} while (now - start < ROUND_NS);
	return (double)(arrived(b, send ? b->tx->stats.tx_frames : 0) - before) /
	       (double)(now - start) * 1e9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct bench *b, const char *what, bool receive, bool apart)
{
	double rate[ROUNDS];
	pthread_t thread;

	b->tx = end_open(b, 0);
	b->rx = receive ? end_open(b, 1) : NULL;
	b->stop = false;
	topo_pin(&b->topo, apart ? b->place.sink_cpu : b->place.dut_cpu[0]);
	if (apart && b->topo.cpus > 1 && pthread_create(&thread, NULL, sender, b))
		fatal("no thread");
	for (unsigned int i = 0; i < ROUNDS; i++)
		rate[i] = round_rate(b, apart);
	__atomic_store_n(&b->stop, true, __ATOMIC_RELAXED);
	if (apart && b->topo.cpus > 1)
		pthread_join(thread, NULL);
	qsort(rate, ROUNDS, sizeof(*rate), by_value);
	printf("%s.%s\t%.0f\tpps\n", b->name, what, rate[ROUNDS / 2]);
	fprintf(stderr, "# %s.%s: %.3f to %.3f Mpps in %d rounds\n", b->name, what, rate[0] / 1e6,
		rate[ROUNDS - 1] / 1e6, ROUNDS);
	fflush(stdout);
	port_close(b->tx);
	port_close(b->rx);
}

static void measure_delay(struct bench *b)
{
	double us[DELAYS];

	b->tx = end_open(b, 0);
	b->rx = end_open(b, 1);
	topo_pin(&b->topo, b->place.dut_cpu[0]);
	for (unsigned int i = 0; i < DELAYS; i++) {
		u64 start = clk_monotonic_ns();

		send_burst(b->tx, 1);
		while (!receive_burst(b->rx) && clk_monotonic_ns() - start < NSEC_PER_SEC)
			;
		us[i] = (double)(clk_monotonic_ns() - start) / 1e3;
	}
	qsort(us, DELAYS, sizeof(*us), by_value);
	printf("%s.delay\t%.1f\tus\n", b->name, us[DELAYS / 2]);
	fprintf(stderr, "# %s.delay: %.1f to %.1f us, 90 %% within %.1f\n", b->name, us[0],
		us[DELAYS - 1], us[DELAYS * 9 / 10]);
	port_close(b->tx);
	port_close(b->rx);
}

int main(void)
{
	static const char *const name[PORT_KINDS] = { "packet-v2", "packet", "xdp", "xdp-busy" };
	static struct bench b;
	struct err err;

	if (veth_pair_why_not()) {
		fprintf(stderr, "# bench_ports skipped: %s\n", veth_pair_why_not());
		return 0;
	}
	if (topo_read(&b.topo, &err) || topo_place(&b.topo, 1, NULL, &b.place, &err))
		fatal(err.text);
	/* Nothing stands between source and sink here: with two CPUs, one each. */
	if (b.topo.cpus > 1 && b.place.source_cpu == b.place.sink_cpu)
		b.place.sink_cpu = b.place.dut_cpu[0];
	for (unsigned int i = 0; i < PORT_KINDS; i++) {
		b.kind = &port_kinds[i];
		b.name = name[i];
		if (!veth_pair_up(&b.veth, 0, 0))
			return 1;
		measure(&b, "tx", false, false);
		measure(&b, "rx", true, true);
		measure(&b, "loop", true, false);
		measure_delay(&b);
		veth_pair_down(&b.veth);
	}
	return 0;
}
