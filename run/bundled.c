// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundled.c - see bundled.h. A burst is treated in place, in the slots of
 * the ring it came in by, and copied to the ring it goes out by: as a NIC's DMA
 * would, and so that the rings stay single-producer single-consumer.
 */
#include "run/bundled.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "run/dut_routes.h"
#include "run/ruleset_file.h"
#include "run/world.h"

#define TICK_STEPS 1024		/* idle steps between two looks at the timers */

static int load_ruleset(struct bundled *d, const struct point *p, int family,
			struct err *err)
{
	char path[PATH_MAX], *text;
	size_t len;
	int rc = ruleset_read(p->dut.ruleset, family, path, sizeof(path), &text, &len, err);

	if (rc)
		return rc;
	rc = fw_load(d->fw, family, path, text, len, err);
	free(text);
	return rc;
}

static void configure(const struct point *p, const struct dut_routes *net,
		      struct fw_config *config)
{
	fw_config_default(config);
	world_default(config);
	config->routes = net->route;
	config->nroutes = net->nroutes;
	config->workers = 1;
	config->seed = p->seed;
	if (p->dut.connections_max)
		config->connections_max = p->dut.connections_max;
	if (p->dut.timeouts.udp)
		config->timeouts = p->dut.timeouts;
	config->tcp_be_liberal = p->dut.tcp_be_liberal;
	config->tcp_loose = p->dut.tcp_loose;
	config->check_checksums = p->dut.check_checksums;
}

int bundled_init(struct bundled *d, const struct point *p, int node, struct err *err)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct fw_config config;
	struct dut_routes *net;
	unsigned int i;
	int rc;

	if (!strcmp(p->dut.firewall, "none"))
		return 0;
	net = calloc(1, sizeof(*net));
	if (!net)
		return err_set(err, -ENOMEM, "out of memory");
	rc = dut_routes_build(net, p, err);
	if (!rc) {
		configure(p, net, &config);
		rc = fw_create(&config, &d->fw, err);
	}
	free(net);
	for (i = 0; i < ARRAY_SIZE(families) && !rc; i++)
		if (point_has_family(p, families[i]))
			rc = load_ruleset(d, p, families[i], err);
	if (!rc)
		rc = fw_worker_create(d->fw, 0, node, &d->worker, err);
	if (rc)
		bundled_release(d);
	return rc;
}

void bundled_release(struct bundled *d)
{
	if (d->worker)
		fw_worker_destroy(d->worker);
	fw_destroy(d->fw);
	d->worker = NULL;
	d->fw = NULL;
}

void bundled_begin(void *dut)
{
	struct bundled *d = dut;

	if (d->worker)
		fw_worker_online(d->worker);
}

void bundled_end(void *dut)
{
	struct bundled *d = dut;

	if (d->worker)
		fw_worker_offline(d->worker);
}

/* Small frames by one fixed-size copy: the slots are always that large. */
static inline void copy_frame(struct frame *to, const u8 *data, u32 from_room, u32 len)
{
	if (likely(len <= 64 && to->room >= 64 && from_room >= 64))
		memcpy(to->data, data, 64);
	else
		memcpy(to->data, data, len);
	to->len = len;
}

struct out_burst {
	unsigned int n;
	const struct fw_pkt *pkt[FW_BURST];
};

static void send_out(struct bundled *d, unsigned int side, const struct out_burst *b, u64 now)
{
	struct frame to[FW_BURST];
	int room = port_reserve(d->out[side], to, b->n);
	unsigned int n = room > 0 ? (unsigned int)room : 0, i;

	for (i = 0; i < n; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): treat() sets pkt[0..n) */
		copy_frame(&to[i], b->pkt[i]->data, b->pkt[i]->room, b->pkt[i]->len);
		to[i].time = now;
	}
	if (n)
		port_commit(d->out[side], to, n);
	d->no_room += b->n - n;
}

static void treat(struct bundled *d, unsigned int side, const struct frame *f, unsigned int n)
{
	struct fw_pkt pkt[FW_BURST];
	struct out_burst out[SIDES];
	u64 now = clk_ns(d->clk);
	unsigned int i;

	for (i = 0; i < n; i++) {
		pkt[i].data = f[i].data;
		pkt[i].len = f[i].len;
		pkt[i].room = f[i].room;
		pkt[i].in_if = (u16)side;
		pkt[i].out_if = (u16)!side;
		pkt[i].verdict = FW_FORWARD;
		pkt[i].mark = 0;
	}
	if (d->worker)
		fw_process(d->worker, pkt, n, now);
	out[SIDE_NEAR].n = out[SIDE_FAR].n = 0;
	for (i = 0; i < n; i++) {
		struct out_burst *b;

		if (pkt[i].verdict != FW_FORWARD && pkt[i].verdict != FW_REPLY)
			continue;
		b = &out[pkt[i].out_if == SIDE_FAR ? SIDE_FAR : SIDE_NEAR];
		b->pkt[b->n++] = &pkt[i];
	}
	for (i = 0; i < SIDES; i++)
		if (out[i].n)
			send_out(d, i, &out[i], now);
}

int bundled_step(void *dut)
{
	struct bundled *d = dut;
	struct frame f[FW_BURST];
	unsigned int side;
	int work = 0;

	for (side = 0; side < SIDES; side++) {
		int n = port_peek(d->in[side], f, FW_BURST);

		if (n <= 0)
			continue;
		treat(d, side, f, (unsigned int)n);
		/* Only now: an input ring that is empty means its frames are out. */
		port_release(d->in[side], (unsigned int)n);
		work += n;
	}
	if (work) {
		d->idle = 0;
	} else if (d->worker && ++d->idle % TICK_STEPS == 0) {
		fw_tick(d->worker, clk_ns(d->clk));
	}
	return work;
}

void bundled_stats(struct bundled *d, struct fw_stats *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!d->worker)
		return;
	fw_worker_online(d->worker);
	fw_tick(d->worker, clk_ns(d->clk));
	fw_worker_stats(d->worker, ret);
	fw_worker_offline(d->worker);
}

void bundled_flush(struct bundled *d)
{
	if (d->worker)
		fw_worker_flush(d->worker);
}
