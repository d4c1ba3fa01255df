/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h - the port source: plays a set of streams into a port at a rate,
 * for a time or a count. It is a pollable object without a thread of its own:
 * whoever owns the CPU calls source_poll in a loop, alone or in turn with a
 * sink's poll. One thread at a time.
 *
 * Frame k = 0, 1, … of a rate is due at start + (k + 1) / rate (gen/schedule.h
 * says how streams merge); it never departs before that. A burst is what is due
 * at one reading of the clock, at most @burst frames, all stamped with that
 * reading: it is their departure in every figure below.
 *
 * departure: for each frame the distance in time to the frame sent before it,
 * against the same distance in the schedule; the absolute difference, ns. So
 * within a burst each frame but the first counts with its whole scheduled
 * distance, as it departs with the others. Empty without a rate.
 */
#ifndef KPPS_SOURCE_H
#define KPPS_SOURCE_H

#include "lib/clock.h"
#include "lib/hist.h"
#include "lib/port.h"
#include "lib/stream.h"

struct source;
struct tuple_table;		/* sink/responder.h: flow -> tuple as it left the DUT */

struct source_stream {
	struct kpps_stream stream;	/* copied */
	u64 weight;			/* share of the source's rate, when rate_pps is 0 */
	double rate_pps;		/* a rate of its own */
	u64 first_index;		/* packet index to start from */
	const struct tuple_table *tuples; /* NULL: addresses from the stream itself */
};

struct source_config {
	const struct source_stream *streams;
	unsigned int nstreams;
	double rate_pps;	/* all weighted streams together; 0: as fast as possible */
	u64 duration_ns;	/* 0: until count */
	u64 count;		/* frames of all streams; 0: until duration */
	u64 overrun_ns;		/* stop this long after the duration, whatever is due; 0: send it all */
	u64 together_ns;	/* XDP: so much of the schedule may leave at once; 0: 10 us */
	bool wait;		/* a full port: true waits (self-test, files), false drops, as a NIC does */
	unsigned int burst;	/* most frames at once, 1 … 32; default 32 */
	const struct clk *clk;
	bool virtual_time;	/* stamps and schedule from the plan, not the clock (pcap output);
				 * needs a rate. @wait is implied, @clk not used */
};

struct source_report {
	u64 intended;		/* frames the schedule asked for; without a rate: sent */
	u64 sent;		/* frames made, including those a full port refused */
	u64 refused;		/* of sent: the port was full: the DUT's loss */
	u64 elapsed_ns;		/* start to the departure of the last frame */
	u64 late_max_ns;	/* furthest behind schedule */
	u64 backlog_max;	/* most frames due at once */
	u64 waited_ns;		/* time its own thread waited for the CPU; 0: it has none */
	struct hist departure;	/* see above */
};

struct source_stream_report {
	u64 sent, refused, bytes;	/* bytes without FCS */
	u64 next_index;
};

int source_create(const struct source_config *config, struct port *port,
		  struct source **ret_source, struct err *err);
void source_destroy(struct source *s);
/* source_start - the schedule begins at @start_ns on config->clk. */
void source_start(struct source *s, u64 start_ns);
/*
 * source_poll - send what is due, at most one burst. Returns frames sent or
 * refused, 0 when nothing is due yet, -ENODATA when the plan is finished,
 * another negative errno when the port broke.
 */
int source_poll(struct source *s);
/* source_poll_at - the same at the moment @now, for callers that have read the clock. */
int source_poll_at(struct source *s, u64 now);
void source_report(const struct source *s, struct source_report *ret);
void source_stream_report(const struct source *s, unsigned int stream,
			  struct source_stream_report *ret);

#endif
