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
#include "sink/window.h"

#define XDP_SINK_NONE	0xff

/* Of one stream, all CPUs. */
struct xdp_sink_stream {
	window_word next __cacheline;	/* highest index received + 1, widened; 0: none yet */
	u8 slot;		/* which of the expected ones, XDP_SINK_NONE: not expected */
};

/* Of one stream and one CPU. */
struct xdp_sink_count {
	struct window_count c __cacheline;
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
