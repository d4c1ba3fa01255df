/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_sink_shared.h - what the XDP sink's program and its userspace half both
 * read and write: plain memory in maps that userspace has mapped. Written by
 * userspace while nothing arrives, by the program otherwise.
 */
#ifndef KPPS_XDP_SINK_SHARED_H
#define KPPS_XDP_SINK_SHARED_H

#include "lib/hist.h"
#include "lib/stream.h"
#include "sink/sink.h"

/* Streams may start at any index; this keeps what came before it above zero. */
#define XDP_SINK_EPOCH	(1ULL << 49)

/*
 * A stream's window: words of 32 flags, one for each index received, below the
 * number of the round in which they are. A word of an older round counts as
 * empty, so nobody has to clear what a gap skipped, and one compare-and-swap
 * does for any number of CPUs. A round is two windows long: what the window
 * still covers is never in a word that a newer round has taken.
 */
#define XDP_SINK_ROUND	(2ULL * SINK_WINDOW)
#define XDP_SINK_WORDS	((u32)(XDP_SINK_ROUND / 32))

#define XDP_SINK_NONE	0xff

/* Of one stream, all CPUs. */
struct xdp_sink_stream {
	u64 next __cacheline;	/* highest index received + 1, widened; 0: none yet */
	u8 slot;		/* which of the expected ones, XDP_SINK_NONE: not expected */
};

/* Of one stream and one CPU: its numbers in sink.h. */
struct xdp_sink_count {
	u64 received __cacheline;
	u64 bytes, duplicated, reordered, late, early, first_ns, last_ns;
	u64 lowest;		/* lowest index received, widened; ~0: none */
	struct hist latency;
};

/* Of one CPU. */
struct xdp_sink_cpu {
	u64 frames __cacheline;
	u64 corrupted, foreign, unsigned_frames;
	/* the last reading of the clock, and what it holds for */
	u64 now, reads_left, poll;
	const void *queue;
	/* the last latency and its bucket */
	u64 latency;
	u32 bucket;
};

struct xdp_sink_settings {
	u32 run;
	u8 count_unsigned, latency, checksums, pass_others, all_pass;
	u8 veth;		/* native mode on a veth, see clock_read */
};

#endif
