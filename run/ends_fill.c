// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ends_fill.c - the fill phase: every flow of every stream opened once through
 * the DUT, stream by stream, by the responder (sink/responder.h).
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "run/ends_parts.h"

/* Half a second of them: the DUT's thread may not get its CPU for long where
 * others want it too, and an answer that is late is no connection refused. */
#define FILL_TRIES	25

/*
 * Long enough for any DUT that opens connections at all; one that drops them
 * would cost tries × timeout for every few hundred. One that has opened most of
 * them by then is only slow, as on a busy machine, and gets more.
 */
#define FILL_BASE_NS	2000000000ULL
#define FILL_FLOW_NS	20000ULL	/* 50,000 connections a second */
#define FILL_SLOW	8		/* times that */

static bool out_of_time(const struct fill *fill, u64 flows, u64 used_ns)
{
	u64 least = FILL_BASE_NS + flows * FILL_FLOW_NS;
	struct fill_report report;

	if (used_ns <= least)
		return false;
	fill_report(fill, &report);
	return used_ns > FILL_SLOW * least || report.opened < flows / 2;
}

static int fill_stream(struct ends *e, unsigned int i, const struct fill_ports *ports,
		       int (*dut_step)(void *), void *dut, volatile bool *stop,
		       struct fill_total *total, struct err *err)
{
	struct kpps_stream stream;
	struct fill_config config = {
		.stream = &stream,
		.run = e->run,
		.outstanding = 256,
		.tries = FILL_TRIES,
		.timeout_ns = 20000000,
		.answer = true,
		.reverse_macs = e->reverse_macs,
		.clk = e->clk,
	};
	struct fill_report report;
	struct fill *fill;
	u64 start;
	int rc = ends_build_stream(e, i, &stream, err);

	if (!rc)
		rc = fill_create(&config, ports, e->tuples[i], &fill, err);
	if (rc)
		return rc;
	start = clk_ns(e->clk);
	do {
		rc = fill_poll(fill);
		if (dut_step)
			dut_step(dut);
		if (!rc && out_of_time(fill, stream.flows, clk_ns(e->clk) - start))
			rc = -ENODATA;
	} while (rc >= 0 && !*stop);
	fill_report(fill, &report);
	fill_destroy(fill);
	total->flows += report.flows;
	total->opened += report.opened;
	total->ns += report.elapsed_ns;
	if (*stop)
		return err_set(err, -EINTR, "stopped by the user");
	if (rc != -ENODATA)
		return err_set(err, rc, "opening the connections of stream %s failed: %s",
			       e->point->stream[i].spec.name, strerror(-rc));
	return 0;
}

int ends_fill(struct ends *e, const struct ends_fill_ports *ports,
		     int (*dut_step)(void *), void *dut, volatile bool *stop,
		     struct fill_total *ret, struct err *err)
{
	struct fill_ports fp = {
		.near_tx = ports->near_tx,
		.far_rx = ports->far_rx,
		.far_tx = ports->far_tx,
		.near_rx = ports->near_rx,
	};
	unsigned int i;
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < e->point->nstreams && !rc; i++) {
		if (point_connections(e->point, i) != CONNECTIONS_ESTABLISHED)
			continue;
		ends_next_run(e);
		rc = fill_stream(e, i, &fp, dut_step, dut, stop, ret, err);
	}
	return rc;
}


/* Connections live until their timeout after the last frame that was seen. */
static u64 shortest_timeout_ns(const struct point *p)
{
	const struct fw_timeouts *t = &p->dut.timeouts;
	u32 least = UINT32_MAX;
	unsigned int i;

	for (i = 0; i < p->nstreams; i++) {
		switch (p->stream[i].spec.protocol) {
		case IPPROTO_TCP:
			least = min(least, t->tcp_established);
			break;
		case IPPROTO_UDP:
			least = min(least, t->udp);
			least = min(least, t->udp_stream);
			break;
		default:
			least = min(least, t->icmp);
			least = min(least, t->icmpv6);
		}
	}
	/* 0: not set, the engine's defaults, which are no shorter than this */
	return (least ? least : 30) * NSEC_PER_SEC;
}

void fill_note(struct fill_state *s, const struct fill_total *total, u64 now_ns, u64 count)
{
	s->full = total->opened == total->flows;
	s->at_ns = now_ns;
	s->count = count;
}

bool fill_needed(const struct fill_state *s, const struct point *p, u64 now_ns, u64 count)
{
	if (!point_any(p, CONNECTIONS_ESTABLISHED))
		return false;
	if (!s->full || count < s->count)
		return true;
	/* Half of it: flows that were not sent since are as old as the fill. */
	return (s->count || s->blind) && now_ns - s->at_ns > shortest_timeout_ns(p) / 2;
}
