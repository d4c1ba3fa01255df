/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ends.h - source and sink at both sides of the DUT, for any testbed: builds the
 * streams of a trial, drives sources and sinks, and turns their reports into
 * the trial's record. Each end sends and receives through a port, or in the
 * kernel (XDP, a module); the fill phase always goes through ports.
 *
 * Life: ends_init with what each end has, per trial prepare, start, source_step
 * and sink_step until done and drained, report; ends_release. The two steps may
 * be called by two threads; everything else while both stand still.
 */
#ifndef KPPS_ENDS_H
#define KPPS_ENDS_H

#include "gen/kernel_source.h"
#include "gen/source.h"
#include "lib/clock.h"
#include "lib/port.h"
#include "lib/record.h"
#include "run/point.h"
#include "run/testbed.h"
#include "sink/kernel_sink.h"
#include "sink/responder.h"
#include "sink/sink.h"

struct fill_total {
	u64 flows, opened, ns;
};

/* The fill before: connections die where no packets keep them. */
struct fill_state {
	bool full;
	u64 at_ns, count;	/* when; the DUT's connections then */
	bool blind;		/* the DUT can't be asked: they are as old as the fill */
};

/* What one direction is sent and received by; all borrowed. */
struct ends_link {
	struct port *tx, *rx;		/* rx as the sink sees it; NULL without a kernel_sink: none */
	struct kernel_source *kernel_source;	/* instead of a source on tx; NULL: none */
	struct kernel_sink *kernel_sink;	/* instead of a sink on rx; NULL: none */
};

struct ends_links {
	struct ends_link forward, reverse;
	struct ends_link loop;		/* of the self-test: no DUT between */
};

struct ends_way {			/* one direction of traffic */
	struct ends_link link;
	struct sink *sink;		/* NULL: the kernel's */
	struct source *source;		/* of the trial; NULL: the kernel's, or nothing goes this way */
	bool used;			/* something goes this way in this trial */
	bool done;			/* the source has finished */
	u64 next_index[POINT_STREAMS_MAX];
	u64 refused, dropped;		/* of its ports, before the trial */
};

enum { WAY_FORWARD, WAY_REVERSE, WAY_LOOP, WAYS };

struct ends {
	const struct point *point;	/* borrowed */
	const struct clk *clk;
	struct ends_way way[WAYS];
	struct tuple_table *tuples[POINT_STREAMS_MAX];
	u32 run;			/* of the frames of this trial */
	u64 strays;			/* frames at an end where none were due */
	u64 polled;			/* frames sinks on ports took, ever; written by sink_step */
	bool selftest;
	u64 overrun_ns, together_ns;	/* set before prepare: source_config's */
	u64 polled_before;		/* polled, when the trial was prepared */
	u64 waited_ns;			/* by the kernel's sources, for their CPUs */
	/* set after init: destination and source MAC of frames from far, 12 bytes; NULL: the
	 * streams' own, swapped */
	const u8 *reverse_macs;
	struct err source_err;		/* why a source broke; code 0: none did */
};

/*
 * ends_init - @clk is what sources pace and stamp by; with the kernel at any end it
 * must read CLOCK_MONOTONIC.
 */
int ends_init(struct ends *e, const struct point *p, const struct clk *clk,
	      const struct ends_links *links, int node, struct err *err);
void ends_release(struct ends *e);

/* ends_flows - connections to open in the fill phase, of all streams together. */
u64 ends_flows(const struct ends *e);
/* ends_streams - the stream ids a sink of direction @reverse expects, and those
 * of them without a signature, as bits. */
void ends_streams(const struct point *p, bool reverse, u64 *ret_ids, u64 *ret_unsigned);

struct ends_fill_ports {
	struct port *near_tx, *far_rx, *far_tx, *near_rx;
};

/*
 * ends_fill - open every flow once through the DUT, which @dut_step runs (NULL:
 * it runs by itself), over @ports: those of the links, or what they wrap.
 * -EINTR when stopped.
 */
int ends_fill(struct ends *e, const struct ends_fill_ports *ports, int (*dut_step)(void *),
	      void *dut, volatile bool *stop, struct fill_total *ret, struct err *err);

/* fill_note - after a fill; fill_needed - must there be one before a trial at
 * @now_ns, when the DUT has @count connections? */
void fill_note(struct fill_state *s, const struct fill_total *total, u64 now_ns, u64 count);
bool fill_needed(const struct fill_state *s, const struct point *p, u64 now_ns, u64 count);

/* ends_prepare - sources and sinks of the next trial. */
int ends_prepare(struct ends *e, const struct trial_request *req, struct err *err);
/* ends_start - the schedules begin at @start_ns of the clock; -errno: the kernel's did not. */
int ends_start(struct ends *e, u64 start_ns, struct err *err);
/*
 * ends_source_step - frames handled, 0: nothing due; -ENODATA when all have
 * finished. Of the kernel's it waits until their part is done or *@stop.
 */
int ends_source_step(struct ends *e, volatile bool *stop);
int ends_sink_step(void *ends);
/* ends_arrived - frames the sinks have seen; for waiting until no more come, also while
 * another thread is in sink_step. */
u64 ends_arrived(const struct ends *e);
/* ends_all_arrived - as many as were sent have; sources must have finished. */
bool ends_all_arrived(const struct ends *e);
/* ends_report - counts into @rec, everything at rest. */
void ends_report(struct ends *e, struct trial_record *rec);

#endif
