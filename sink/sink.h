/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink.h - the port sink: counts, orders and times what arrives at a port, per
 * stream, from the test signature. A pollable object like the source.
 *
 * Definitions
 *	received    distinct signed frames of this run, intact, inside the window
 *	lost        sent - received; the source knows what was sent
 *	duplicated  further intact copies of a frame already received
 *	reordered   received with an index below the highest received before it
 *		    (RFC 4737 section 3.3: s < NextExp)
 *	late	    an index more than SINK_WINDOW below the highest: whether it is a
 *		    first copy is not known any more, so it stays lost
 *	corrupted   a checksum (IPv4 header, UDP, TCP, ICMP, ICMPv6) is wrong, or
 *		    is missing from a frame with a signature of ours; such a
 *		    signature is not believed
 *	foreign	    anything else without a signature of this run: intact frames of
 *		    others, truncated ones, fragments, what is not IP
 *	latency	    arrival - send time of received frames; arrivals are stamped
 *		    once a burst, when it is taken. Stamps from the future (two
 *		    clocks) count as 0 and are told in @early
 * Streams whose frames have no room for a signature are only counted: with
 * @unsigned_streams set, intact UDP, TCP and ICMP echo frames whose payload is
 * shorter than a signature are unsigned_frames. Whose they are is not known.
 * Memory: SINK_WINDOW / 8 bytes of bitmap and one histogram a stream.
 */
#ifndef KPPS_SINK_H
#define KPPS_SINK_H

#include "lib/clock.h"
#include "lib/hist.h"
#include "lib/port.h"
#include "lib/stream.h"
#include "sink/window.h"

struct sink;

struct sink_config {
	u32 run;		/* 0 … KPPS_RUNS_MAX - 1 */
	u64 streams;		/* bit set of stream ids to expect */
	u64 unsigned_streams;	/* those of them without a signature */
	bool latency;
	int node;
	const struct clk *clk;	/* NULL: arrival times from the port's frames */
};

struct sink_stream_report {
	u64 received, bytes;	/* bytes without FCS */
	u64 duplicated, reordered, late;
	u64 early;		/* of received: stamped later than they arrived */
	u64 first_ns, last_ns;	/* arrivals */
	u64 first_index;	/* lowest received */
	u64 span;		/* indices from there to the highest received, both included:
				 * span - received are missing between them */
	struct hist latency;
};

struct sink_report {
	u64 frames;		/* everything that arrived */
	u64 corrupted, foreign, unsigned_frames;
};

/* sink_check - of any kind of sink's config: can there be such a run and such
 * streams? @who begins the sentence. */
int sink_check(const char *who, u32 run, u64 streams, u64 unsigned_streams, struct err *err);
int sink_create(const struct sink_config *config, struct port *port,
		struct sink **ret_sink, struct err *err);
void sink_destroy(struct sink *s);
/* sink_restart - forget all counts and windows; expect signatures of @run. */
void sink_restart(struct sink *s, u32 run);
/* sink_poll - take at most one burst; returns frames taken, or negative errno
 * of the port (-ENODATA: end of file). */
int sink_poll(struct sink *s);
/* sink_account - one frame, for callers that peek themselves. */
void sink_account(struct sink *s, const struct frame *f, u64 now);
void sink_report(const struct sink *s, struct sink_report *ret);
void sink_stream_report(const struct sink *s, unsigned int stream,
			struct sink_stream_report *ret);

#endif
