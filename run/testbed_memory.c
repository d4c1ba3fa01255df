// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * testbed_memory.c - the bundled firewall in this process, between memory ports:
 *
 *	source -> near_tx -> DUT -> far_rx -> sink
 *	  sink <- near_rx <- DUT <- far_tx <- source
 *
 * Threads: the caller of trial() is the source, pinned to the source's CPU from
 * up to down. The DUT has a thread (poller) when it has a CPU; so has the sink
 * when it does not share the source's. What has no thread is stepped in turn by
 * the caller. Between trials the pollers sleep, so counters are read and
 * connections forgotten without locks: stop, drain, then read.
 *
 * All memory is taken in up(), sized by the point: rings, tuple tables, the
 * connection table.
 */
#include "run/testbed_memory.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/topo.h"
#include "run/flags.h"
#include "run/judge.h"
#include "run/bundled.h"
#include "run/ends.h"
#include "run/poller.h"

#define RING_DEFAULT	1024
#define LEAD_NS		20000	/* from the last preparation to the schedule's start */

struct memory {
	struct testbed tb;
	const struct point *point;
	struct clk clk;
	struct topo topo;
	struct placement place;
	cpu_set_t caller_cpus;		/* of the caller, before it was pinned */
	int caller_nice;
	u32 slots;
	struct port *near_tx, *near_rx, *far_tx, *loop;
	struct port *far_raw;		/* the ring; owned by far_rx when impaired */
	struct port *near_raw;
	struct port *far_rx;		/* as the sink sees it */
	struct port *near_sink;
	bool far_impaired, near_impaired;
	struct bundled dut;
	struct ends ends;
	struct poller dut_thread, sink_thread;
	struct fill_state filled;
};

static const struct poller_ops dut_poller = {
	.step = bundled_step,
	.begin = bundled_begin,
	.end = bundled_end,
};

static const struct poller_ops sink_poller = {
	.step = ends_sink_step,
};

static int memory_probe(struct err *err)
{
	struct topo *t = malloc(sizeof(*t));
	int rc = t ? topo_read(t, err) : err_set(err, -ENOMEM, "out of memory");

	free(t);
	return rc;
}

static void __printf(2, 3) say(struct memory *m, const char *fmt, ...)
{
	size_t len = strlen(m->tb.notes);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->tb.notes + len, sizeof(m->tb.notes) - len, fmt, ap);
	va_end(ap);
}

static int check_point(const struct point *p, struct err *err)
{
	if (p->dut.workers > 1)
		return err_set(err, -ERANGE, "the memory testbed has one DUT worker, not %u: set dut.workers: 1",
			       p->dut.workers);
	if (p->direction != DIRECTION_FORWARD && !point_all(p, CONNECTIONS_ESTABLISHED))
		return err_set(err, -EINVAL, "replies need connections to belong to: set connections: established with this direction");
	return 0;
}

static u32 frame_max(const struct point *p)
{
	return max(point_size_max(p) + BUNDLED_ANSWER_ROOM, BUNDLED_FRAME_LEAST);
}

static int open_impaired(struct memory *m, struct port *ring, bool *ret_impaired,
			 struct port **ret_port, struct err *err)
{
	const struct point_impair *im = &m->point->impair;
	struct port_impair_config config = {
		.seed = m->point->seed,
		.reorder_by = im->reorder_by,
		.delay_ns = im->delay_ns,
	};
	const struct {
		double share;
		u32 *to;
	} shares[] = {
		{ im->drop, &config.drop }, { im->duplicate, &config.duplicate },
		{ im->reorder, &config.reorder }, { im->corrupt, &config.corrupt },
		{ im->delay, &config.delay },
	};
	bool any = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shares); i++) {
		*shares[i].to = (u32)fmin(shares[i].share * 4294967296.0, 4294967295.0);
		any |= *shares[i].to > 0;
	}
	if (!any) {
		*ret_port = ring;
		return 0;
	}
	*ret_impaired = true;
	return port_impair_open(ring, &config, ret_port, err);
}

static int open_ports(struct memory *m, struct err *err)
{
	int dut_node = topo_node_of(&m->topo, m->place.dut_cpu[0]);
	struct port_memory_config config = {
		.slots = m->slots,
		.frame_max = frame_max(m->point),
		.node = dut_node,
	};
	struct port **rings[] = { &m->near_tx, &m->far_raw, &m->far_tx, &m->near_raw, &m->loop };
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(rings); i++) {
		rc = port_memory_open(&config, rings[i], err);
		if (rc)
			return rc;
	}
	rc = open_impaired(m, m->far_raw, &m->far_impaired, &m->far_rx, err);
	if (!rc)
		rc = open_impaired(m, m->near_raw, &m->near_impaired, &m->near_sink, err);
	if (!rc)
		say(m, "rings of %u slots in %s\n", m->slots, port_memory_backing(m->near_tx));
	return rc;
}

static void close_ports(struct memory *m)
{
	/* An impairment port closes the ring it wraps. */
	port_close(m->far_rx ? m->far_rx : m->far_raw);
	port_close(m->near_sink ? m->near_sink : m->near_raw);
	port_close(m->near_tx);
	port_close(m->far_tx);
	port_close(m->loop);
}

/* The ends see impairment; the fill phase goes around it. */
static struct ends_links links_of(const struct memory *m)
{
	return (struct ends_links){
		.forward = { .tx = m->near_tx, .rx = m->far_rx },
		.reverse = { .tx = m->far_tx, .rx = m->near_sink },
		.loop = { .tx = m->loop, .rx = m->loop },
	};
}

static int place(struct memory *m, struct err *err)
{
	int rc = testbed_place(m->point, &m->topo, &m->place, err);

	if (rc)
		return rc;
	if (m->place.source_sink_shared)
		m->tb.flags |= 1u << FLAG_SHARED_CPU;
	if (m->place.dut_shared)
		m->tb.flags |= 1u << FLAG_SHARED_DUT;
	say(m, "%s\n", m->place.why);
	return 0;
}

static int set_up_dut(struct memory *m, struct err *err)
{
	struct bundled *d = &m->dut;
	int rc;

	d->in[SIDE_NEAR] = m->near_tx;
	d->in[SIDE_FAR] = m->far_tx;
	d->out[SIDE_NEAR] = m->near_raw;
	d->out[SIDE_FAR] = m->far_raw;
	d->clk = &m->clk;
	rc = bundled_init(d, m->point, topo_node_of(&m->topo, m->place.dut_cpu[0]), err);
	if (rc || m->place.dut_shared)
		return rc;
	return poller_init(&m->dut_thread, &dut_poller, d, &m->topo, m->place.dut_cpu[0], err);
}

/* The connections that have to be there at once must fit, before anything runs. */
static int check_room(const struct memory *m, struct err *err)
{
	unsigned long long flows = ends_flows(&m->ends), room;
	struct fw_config config;

	if (!point_any(m->point, CONNECTIONS_ESTABLISHED) || !m->dut.fw)
		return 0;
	fw_config_default(&config);
	room = m->point->dut.connections_max ? m->point->dut.connections_max :
					       config.connections_max;
	if (flows <= room)
		return 0;
	return err_set(err, -ERANGE, "dut.connections_max is %llu, but the streams have %llu flows to keep open: set it to %llu or more",
		       room, flows, flows);
}

static int set_up_ends(struct memory *m, struct err *err)
{
	struct ends_links links = links_of(m);
	int rc = ends_init(&m->ends, m->point, &m->clk, &links,
				  topo_node_of(&m->topo, m->place.sink_cpu), err);

	if (rc)
		return rc;
	rc = check_room(m, err);
	if (rc)
		return rc;
	if (m->place.source_sink_shared || m->place.dut_shared)
		return 0;
	return poller_init(&m->sink_thread, &sink_poller, &m->ends, &m->topo,
			   m->place.sink_cpu, err);
}

static void memory_down(struct testbed *tb)
{
	struct memory *m = container_of(tb, struct memory, tb);

	poller_release(&m->sink_thread);
	poller_release(&m->dut_thread);
	ends_release(&m->ends);
	bundled_release(&m->dut);
	close_ports(m);
	poller_lower(m->caller_nice);
	sched_setaffinity(0, sizeof(m->caller_cpus), &m->caller_cpus);
	free(m);
}

static int memory_up(const struct point *point, struct testbed **ret_tb, struct err *err)
{
	struct memory *m;
	int rc = check_point(point, err);

	if (rc)
		return rc;
	m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(err, -ENOMEM, "out of memory");
	m->tb.ops = &testbed_memory;
	m->point = point;
	m->slots = point->dut.ring ? point->dut.ring : RING_DEFAULT;
	sched_getaffinity(0, sizeof(m->caller_cpus), &m->caller_cpus);
	m->caller_nice = poller_raise();
	clk_init(&m->clk, false);
	rc = place(m, err);
	if (!rc)
		rc = open_ports(m, err);
	if (!rc)
		rc = set_up_dut(m, err);
	if (!rc)
		rc = set_up_ends(m, err);
	if (rc) {
		memory_down(&m->tb);
		return rc;
	}
	m->tb.dut_cpus = m->place.dut_cpu;
	m->tb.ndut_cpus = 1;
	/* Last, so that the threads started above inherit every CPU. */
	topo_pin(&m->topo, m->place.source_cpu);
	*ret_tb = &m->tb;
	return 0;
}

/* One turn of everything that has no thread of its own, but the source. */
static int step_others(struct memory *m)
{
	int work = 0;

	if (!m->dut_thread.exists)
		work += bundled_step(&m->dut);
	if (!m->sink_thread.exists)
		work += ends_sink_step(&m->ends);
	return work;
}

static void dut_start(struct memory *m, bool urgent)
{
	if (m->dut_thread.exists)
		poller_start(&m->dut_thread, urgent);
	else
		bundled_begin(&m->dut);
}

static void dut_stop(struct memory *m)
{
	if (m->dut_thread.exists)
		poller_stop(&m->dut_thread);
	else
		bundled_end(&m->dut);
}

/* Inputs first: a ring the DUT has emptied has its frames in the next one. */
static bool at_rest(const struct memory *m, bool selftest)
{
	if (selftest)
		return !port_pending(m->loop);
	return !port_pending(m->near_tx) && !port_pending(m->far_tx) &&
	       !port_pending(m->far_rx) && !port_pending(m->near_sink);
}

static bool drain(struct memory *m, bool selftest)
{
	u64 end = clk_ns(&m->clk) + m->point->drain_ns;

	while (!at_rest(m, selftest)) {
		if (clk_ns(&m->clk) > end)
			return false;
		if (!step_others(m))
			cpu_relax();
	}
	return true;
}

/* Frames of a trial that was cut short must not count in the next one. */
static void sweep(struct memory *m)
{
	struct port *ports[] = { m->near_tx, m->far_tx, m->far_rx, m->near_sink, m->loop };
	struct frame f[PORT_BURST];
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(ports); i++)
		while ((n = port_peek(ports[i], f, PORT_BURST)) > 0)
			port_release(ports[i], (unsigned int)n);
}

static void run_source(struct memory *m, volatile bool *stop)
{
	ends_start(&m->ends, clk_ns(&m->clk) + LEAD_NS, NULL);	/* ports don't fail here */
	while (!*stop) {
		int n = ends_source_step(&m->ends, stop);

		if (n < 0)
			return;
		if (!(n + step_others(m)))
			cpu_relax();
	}
}

/* The reason for most of the DUT's drops between two readings; "" none. */
static const char *main_reason(const struct fw_stats *a, const struct fw_stats *b)
{
	u64 most = 0;
	unsigned int i, reason = FW_OK;

	for (i = FW_OK + 1; i < FW_REASONS; i++) {
		if (b->reason[i] - a->reason[i] <= most)
			continue;
		most = b->reason[i] - a->reason[i];
		reason = i;
	}
	return most ? fw_reason_name((enum fw_reason)reason) : "";
}

/*
 * Open every connection, from an empty table: half-dead ones of the fill before
 * would answer a SYN their own way.
 */
static int fill(struct memory *m, volatile bool *stop, struct trial_record *rec,
		const char **ret_reason, struct err *err)
{
	const struct ends_fill_ports ports = {
		.near_tx = m->near_tx, .far_rx = m->far_raw,
		.far_tx = m->far_tx, .near_rx = m->near_raw,
	};
	struct fw_stats before, after;
	struct fill_total total;
	int rc;

	bundled_flush(&m->dut);
	bundled_stats(&m->dut, &before);
	dut_start(m, false);	/* it takes as long as it takes */
	rc = ends_fill(&m->ends, &ports, m->dut_thread.exists ? NULL : bundled_step,
			      &m->dut, stop, &total, err);
	dut_stop(m);
	if (rc)
		return rc;
	sweep(m);
	bundled_stats(&m->dut, &after);
	rec->fill_flows = total.flows;
	rec->fill_opened = total.opened;
	rec->fill_ns = total.ns;
	fill_note(&m->filled, &total, clk_ns(&m->clk), after.ct_count);
	*ret_reason = main_reason(&before, &after);
	return 0;
}

static void note_dut(const struct fw_stats *before, const struct fw_stats *after, u64 no_room,
		     struct trial_record *rec)
{
	rec->dut_connections_before = before->ct_count;
	rec->dut_connections_after = after->ct_count;
	rec->dut_dropped = after->dropped - before->dropped + no_room;
	rec->dut_created = after->ct_created - before->ct_created;
	rec->dut_expired = after->ct_expired - before->ct_expired;
	rec->dut_early_drop = after->ct_early_drop - before->ct_early_drop;
}

/* The measured part: source, drain, stop, then the counters. */
static void run_trial(struct memory *m, const struct trial_request *req, volatile bool *stop,
		      struct judge_facts *facts)
{
	/* nothing is sent while it drains, which takes as long only when a frame is held */
	bool urgent = req->duration_ns <= POLLER_URGENT_NS;

	if (!req->selftest)
		dut_start(m, urgent);
	poller_start(&m->sink_thread, urgent);
	if (urgent)
		poller_urgent(true);
	run_source(m, stop);
	facts->drained = drain(m, req->selftest);
	if (urgent)
		poller_urgent(false);
	poller_stop(&m->sink_thread);
	if (!req->selftest)
		dut_stop(m);
}

static int memory_trial(struct testbed *tb, const struct trial_request *req, volatile bool *stop,
			struct trial_record *ret, struct err *err)
{
	struct memory *m = container_of(tb, struct memory, tb);
	struct judge_facts facts = {
		.selftest = req->selftest,
		.drain_ns = m->point->drain_ns,
		.slots = m->slots,
		.use = req->use,
		.established = point_all(m->point, CONNECTIONS_ESTABLISHED),
		.drop_reason = "",
	};
	u64 start = clk_ns(&m->clk), no_room;
	struct fw_stats before, after;
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->rate_pps = req->rate_pps;
	ret->duration_ns = req->duration_ns;
	bundled_stats(&m->dut, &before);
	if (!req->selftest && point_all(m->point, CONNECTIONS_NEW)) {
		bundled_flush(&m->dut);
		bundled_stats(&m->dut, &before);
	}
	if (!req->selftest && fill_needed(&m->filled, m->point, clk_ns(&m->clk), before.ct_count)) {
		rc = fill(m, stop, ret, &facts.drop_reason, err);
		/* A stop during the fill is a stopped trial like any other. */
		if (rc && rc != -EINTR)
			return rc;
		bundled_stats(&m->dut, &before);
	}
	rc = ends_prepare(&m->ends, req, err);
	if (rc)
		return rc;
	no_room = m->dut.no_room;
	run_trial(m, req, stop, &facts);
	bundled_stats(&m->dut, &after);
	ends_report(&m->ends, ret);
	note_dut(&before, &after, m->dut.no_room - no_room, ret);
	facts.stopped = *stop;
	judge_trial(&facts, ret);
	sweep(m);
	ret->wall_ns = clk_ns(&m->clk) - start;
	return 0;
}

const struct testbed_ops testbed_memory = {
	.name = "memory",
	.help = "the bundled firewall in this process, between two memory ports; needs nothing",
	.up_s = 0.2, .around_s = 0.003, .flows_per_s = 1e6,
	.probe = memory_probe,
	.up = memory_up,
	.trial = memory_trial,
	.down = memory_down,
};
