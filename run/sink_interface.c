// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink_interface.c - `kpps sink --interface`: count what arrives at an interface of
 * the caller's network namespace.
 *
 * By xdp and its like the kernel counts. Otherwise a thread takes frames from a port, with AF_XDP
 * from one on each queue in use, and gives them to one sink. This thread waits, shows
 * the progress, and looks for the end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/interface.h"
#include "run/poller.h"
#include "run/sink_parts.h"
#include "run/stop.h"
#include "run/watch.h"

#define LOOK_NS		10000000	/* how often this thread looks */
#define NAP_NS		100000		/* of a thread that has nothing to do; the ring has room */
#define SETTLE_NS	1000000		/* for frames a program is at */
#define QUEUES_MAX	64

struct receiver {
	const struct sink_options *opt;
	struct interface iface;
	enum by by;
	const struct kernel_sink_ops *ops;	/* BY_KERNEL */
	struct kernel_sink *kernel;
	struct port *port[QUEUES_MAX];
	unsigned int nports;
	struct sink *sink;
	struct poller thread;
	u64 arrived;		/* atomic: frames with a signature of the run */
	const struct port *broken;	/* set before @ended */
	int ended;		/* atomic: negative errno once a port broke */
};

static int open_kernel(struct receiver *s, const struct kernel_sink_ops *ops, struct err *err)
{
	const struct kernel_sink_config config = {
		.ifindex = s->iface.link.ifindex,
		.run = (u32)s->opt->run,
		.streams = ~0ULL,
		.unsigned_streams = s->opt->unsigned_ok ? ~0ULL : 0,
		.latency = true,
		.checksums = s->opt->checksums,
		.pass_others = s->opt->pass_others,
	};
	int rc = ops->probe(err);

	if (!rc)
		rc = ops->open(&config, &s->kernel, err);
	if (!rc) {
		s->by = BY_KERNEL;
		s->ops = ops;
	}
	return rc;
}

static void close_ports(struct receiver *s)
{
	while (s->nports)
		port_close(s->port[--s->nports]);
}

static int open_ports(struct receiver *s, enum by by, struct err *err)
{
	unsigned int queues = by == BY_AF_XDP ? s->iface.rx_queues : 1;
	struct interface_port config = {
		.af_xdp = by == BY_AF_XDP,
		.ifindex = s->iface.link.ifindex,
		.frame_max = interface_frame_max(&s->iface, by == BY_AF_XDP ? XDP_FRAME_MAX :
					 PACKET_FRAME_MAX),
		.node = topo_node_of(&s->iface.topo, s->iface.place.sink_cpu),
		.stamps = true,
	};
	int rc = 0;

	if (queues > QUEUES_MAX)
		return err_set(err, -EOPNOTSUPP, "%s has %u queues: af_xdp counts on %u at most: `ethtool -L %s combined %u`, or take --by xdp",
			       s->iface.link.name, queues, QUEUES_MAX, s->iface.link.name, QUEUES_MAX);
	for (; config.queue < queues && !rc; config.queue++) {
		rc = interface_port_open(&config, &s->port[s->nports], err);
		s->nports += !rc;
	}
	if (rc)
		close_ports(s);
	return rc;
}

static int make_sink(struct receiver *s, struct err *err)
{
	const struct sink_config config = {
		.run = (u32)s->opt->run,
		.streams = ~0ULL,
		.unsigned_streams = s->opt->unsigned_ok ? ~0ULL : 0,
		.latency = true,
		.node = topo_node_of(&s->iface.topo, s->iface.place.sink_cpu),
	};

	return sink_create(&config, s->port[0], &s->sink, err);
}

/* The first of the kernel's that works; *@err has the reason of the first that does not. */
static int open_automatic(struct receiver *s, struct err *err)
{
	int rc = -EOPNOTSUPP;

	for (const struct kernel_sink_ops *const *ops = kernel_sinks; *ops; ops++) {
		struct err why = { 0 };

		if (!open_kernel(s, *ops, &why))
			return 0;
		fprintf(stderr, "kpps sink: not by %s: %s\n", (*ops)->name, why.text);
		if (ops == kernel_sinks) {
			*err = why;
			rc = why.code;
		}
	}
	return rc;
}

/* Whoever has a program there already keeps xdp and af_xdp away; packet always works. */
static int open_fastest(struct receiver *s, struct err *err)
{
	int rc = open_automatic(s, err);

	if (!rc || s->opt->pass_others || s->opt->checksums)
		return rc;
	s->by = BY_PACKET;
	return open_ports(s, s->by, err);
}

static int prepare(struct receiver *s, struct err *err)
{
	const struct sink_options *opt = s->opt;
	int rc = by_sink(opt->by, &s->by, &s->ops, err);
	char names[64];

	if (!rc && (opt->pass_others || opt->checksums) && s->by != BY_KERNEL && s->by != BY_AUTO)
		rc = err_set(err, -EINVAL, "%s is of --by %s: af_xdp takes every frame of the interface and packet none, and both check all checksums",
			     opt->pass_others ? "--pass-others" : "--checksums",
			     kernel_sink_names(names, sizeof(names)));
	if (!rc)
		rc = interface_take(opt->interface, &opt->i_know, &s->iface, err);
	if (rc)
		return rc;
	if (s->by == BY_AUTO)
		rc = open_fastest(s, err);
	else
		rc = s->by == BY_KERNEL ? open_kernel(s, s->ops, err) : open_ports(s, s->by, err);
	return rc || s->kernel ? rc : make_sink(s, err);
}

static void describe(const struct receiver *s, char *text, size_t size)
{
	const char *name = s->kernel ? s->ops->name : s->by == BY_AF_XDP ? "af_xdp" : "packet";
	const char *mode = s->kernel ? kernel_sink_mode(s->kernel) :
			   s->by == BY_AF_XDP ? port_xdp_mode(s->port[0]) : NULL;

	snprintf(text, size, "%s%s%s%s on %s", name, mode ? " (" : "", mode ? mode : "",
		 mode ? ")" : "", s->iface.link.name);
}

/* ------------------------------------------------------------------------- counting */

static u64 signed_frames(const struct sink_report *r)
{
	return r->frames - r->corrupted - r->foreign - r->unsigned_frames;
}

static int take(struct receiver *s, struct port *port)
{
	struct frame f[PORT_BURST];
	int n = port_peek(port, f, PORT_BURST), rc;

	if (n <= 0)
		return n;
	for (int i = 0; i < n; i++)
		sink_account(s->sink, &f[i], f[i].time);
	rc = port_release(port, (unsigned int)n);
	return rc < 0 ? rc : n;
}

static void nap(u64 ns)
{
	const struct timespec ts = { .tv_nsec = (long)ns };

	nanosleep(&ts, NULL);
}

static int step(void *receiver)
{
	struct receiver *s = receiver;
	struct sink_report report;
	int work = 0;

	for (unsigned int i = 0; i < s->nports && !s->ended; i++) {
		int n = take(s, s->port[i]);

		if (n < 0) {
			s->broken = s->port[i];
			__atomic_store_n(&s->ended, n, __ATOMIC_RELEASE);
			return 0;
		}
		work += n;
	}
	if (work) {
		sink_report(s->sink, &report);
		__atomic_store_n(&s->arrived, signed_frames(&report), __ATOMIC_RELAXED);
	} else if (s->by == BY_PACKET || s->ended) {
		/* the kernel has stamped what comes meanwhile */
		nap(NAP_NS);
	}
	return work;
}

static u64 arrived(const struct receiver *s)
{
	struct sink_report report;

	if (!s->kernel)
		return __atomic_load_n(&s->arrived, __ATOMIC_RELAXED);
	kernel_sink_report(s->kernel, &report);
	return signed_frames(&report);
}

static int why_ended(const struct receiver *s, struct err *err)
{
	int ended = __atomic_load_n(&s->ended, __ATOMIC_ACQUIRE);
	const struct err *why = ended ? port_error(s->broken) : NULL;

	if (why)
		*err = *why;
	else if (ended)
		err_set(err, ended, "%s: %s", s->iface.link.name, strerror(-ended));
	return ended;
}

/* What counts in the kernel does not notice when its interface goes. */
static int check_link(const struct receiver *s, struct err *err)
{
	int rc = s->kernel ? interface_carrier(&s->iface, false, err) : 0;

	return rc == -ENOLINK ? 0 : rc;
}

static int wait_for_end(struct receiver *s, struct err *err)
{
	u64 left = s->opt->duration ? s->opt->duration : LOOK_NS, begin = clk_monotonic_ns();
	struct watch w;
	int rc = 0;

	watch_begin(&w, "received");
	while (!rc && !stop_wanted && left) {
		u64 now, seen;

		nap(min(left, (u64)LOOK_NS));
		now = clk_monotonic_ns();
		seen = arrived(s);
		rc = why_ended(s, err);
		if (watch_tick(&w, seen) && !rc)
			rc = check_link(s, err);
		if (s->opt->count && seen >= s->opt->count)
			break;
		if (s->opt->duration)
			left = s->opt->duration - min(now - begin, s->opt->duration);
	}
	watch_end(&w);
	return rc;
}

static int receive(struct receiver *s, struct err *err)
{
	static const struct poller_ops ops = { .step = step };
	char text[RECORD_NAME];
	int rc = 0;

	if (!s->kernel)
		rc = poller_init(&s->thread, &ops, s, &s->iface.topo, s->iface.place.sink_cpu, err);
	if (rc)
		return rc;
	describe(s, text, sizeof(text));
	fprintf(stderr, "kpps sink: counting by %s\n", text);
	poller_start(&s->thread, false);
	rc = wait_for_end(s, err);
	poller_stop(&s->thread);
	if (s->kernel) {
		/* none is counted from here on */
		kernel_sink_all_pass(s->kernel, true, NULL);
		nap(SETTLE_NS);
	}
	return rc;
}

static void fill_record(struct receiver *s, struct trial_record *r)
{
	const struct sink_counts counts = { .sink = s->sink, .kernel = s->kernel };
	u64 dropped = 0;

	describe(s, r->point, sizeof(r->point));
	r->duration_ns = s->opt->duration;
	sink_record_fill(r, &counts, s->opt->sent, true);
	for (unsigned int i = 0; i < s->nports; i++)
		dropped += port_dropped(s->port[i]);
	if (!dropped)
		return;
	r->valid = false;
	snprintf(r->why, sizeof(r->why), "%llu frames found no room in the sink's rings: it is too slow for them",
		 (unsigned long long)dropped);
}

int sink_interface(const struct sink_options *opt)
{
	struct receiver *s = calloc(1, sizeof(*s));	/* large */
	struct trial_record *r = sink_record_new();
	struct err err = { 0 };
	int rc, status = EXIT_CANT_RUN;

	if (!s || !r)
		goto out;
	s->opt = opt;
	stop_on_signals();
	rc = prepare(s, &err);
	if (!rc) {
		rc = receive(s, &err);
		fill_record(s, r);
		status = sink_print(r, opt, NULL);
	}
	if (rc) {
		fprintf(stderr, "kpps sink: %s\n", err.text);
		status = interface_status(rc);
	}
	poller_release(&s->thread);
	sink_destroy(s->sink);
	kernel_sink_close(s->kernel);
	close_ports(s);
out:
	free(r);
	free(s);
	return status;
}
