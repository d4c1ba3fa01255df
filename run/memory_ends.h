/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_ends.h - source and sink of the memory testbed, at both sides of the
 * DUT: builds the streams of a trial, polls sources and sinks (by whatever
 * thread calls), and turns their reports into the trial's record.
 *
 * Life: memory_ends_init with the ports, per trial prepare, start, source_step and
 * sink_step until done and drained, report; memory_ends_release. The two steps
 * may be called by two threads; everything else while both stand still.
 */
#ifndef KPPS_MEMORY_ENDS_H
#define KPPS_MEMORY_ENDS_H

#include "gen/source.h"
#include "lib/clock.h"
#include "lib/port.h"
#include "lib/record.h"
#include "run/point.h"
#include "run/testbed.h"
#include "sink/responder.h"
#include "sink/sink.h"

struct fill_total {
	u64 flows, opened, ns;
};

struct memory_way {		/* one direction of traffic */
	struct port *tx, *rx;	/* borrowed; rx as the sink sees it */
	struct sink *sink;
	struct source *source;	/* of the trial; NULL: nothing goes this way */
	bool done;		/* the source has finished */
	u64 next_index[POINT_STREAMS_MAX];
};

struct memory_ends {
	const struct point *point;	/* borrowed */
	const struct clk *clk;
	struct memory_way way[2];	/* forward, reverse */
	struct memory_way loop;		/* of the self-test */
	struct tuple_table *tuples[POINT_STREAMS_MAX];
	u32 run;			/* of the frames of this trial */
	u64 strays;			/* frames at an end where none were due */
	bool selftest;
};

struct memory_ends_ports {
	struct port *near_tx, *far_rx, *far_tx, *near_rx, *loop;
};

int memory_ends_init(struct memory_ends *e, const struct point *p, const struct clk *clk,
		     const struct memory_ends_ports *ports, int node, struct err *err);
void memory_ends_release(struct memory_ends *e);

/* memory_ends_flows - of all streams together: connections to open. */
u64 memory_ends_flows(const struct memory_ends *e);

/*
 * memory_ends_fill - open every flow once through the DUT, which @dut_step runs
 * (NULL: it has a thread). @far_rx and @near_rx bypass impairment. -EINTR
 * when stopped.
 */
int memory_ends_fill(struct memory_ends *e, const struct memory_ends_ports *ports,
		     int (*dut_step)(void *), void *dut, volatile bool *stop,
		     struct fill_total *ret, struct err *err);

/* memory_ends_prepare - sources and sinks of the next trial. */
int memory_ends_prepare(struct memory_ends *e, const struct trial_request *req, struct err *err);
void memory_ends_start(struct memory_ends *e, u64 start_ns);
/* Frames handled, 0: nothing due; source: -ENODATA when all have finished. */
int memory_ends_source_step(struct memory_ends *e);
int memory_ends_sink_step(void *ends);
/* memory_ends_report - counts into @rec, everything at rest. */
void memory_ends_report(struct memory_ends *e, struct trial_record *rec);

#endif
