/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_source_shared.h - what the XDP source's programs and its userspace half
 * both read and write: plain memory in maps that userspace has mapped. A plan
 * is written while no program runs; then each CPU's programs write what is of
 * their CPU, and userspace only reads, and sets @stop.
 */
#ifndef KPPS_XDP_SOURCE_SHARED_H
#define KPPS_XDP_SOURCE_SHARED_H

#include "lib/hist.h"
#include "lib/stream.h"

#define XDP_SOURCE_LANES	(KPPS_STREAMS_MAX + 1)
#define XDP_SOURCE_BURST	256	/* the kernel's limit for a batch of live frames */

/*
 * A lane of gen/schedule.h as one CPU of n sees it: every n-th frame of it. The
 * departure of its next frame, offset from the start, is @when >> @shift, where
 * @when has 128 bits and grows by @step; so it is the same as schedule_when's.
 */
struct xdp_source_lane {
	u64 when_lo, when_hi;
	u64 step_lo, step_hi;
	u64 left;		/* frames that this CPU still has to send */
	u64 next_ns;		/* departure of the next frame, if there is a rate */
	/* of the packet index of the next frame: its turn of the pattern, and where in it */
	u64 round, step_round;
	u32 at, step_at, length;	/* length 1: only @stream */
	u32 shift;
	u8 rated, stream;
};

/* One turn of the pattern: whose it is, and how many this stream had before in a round. */
struct xdp_source_turn {
	u32 before;
	u8 stream;
};

/* Of a stream, the same for every CPU. */
struct xdp_source_stream {
	struct kpps_stream stream;
	u64 first_index;
	u64 per_round;		/* turns in a round of its lane's pattern */
	u64 tuples;		/* flows that have a tuple noted in the map; 0: none */
	u64 smallest;		/* its frames are as smallest_write makes them */
};

/* Where a CPU is in the flows of a stream: that of packet @index, if @known. */
struct xdp_source_cursor {
	u64 index;
	u64 flow;
	u64 in_burst;		/* packets of the flow's burst before it */
	u64 round;		/* times that all flows had their burst */
	u64 sent, bytes;
	u32 known;
};

/* A frame's flow, and what it takes from it. */
struct xdp_source_flow {
	u64 index;
	u64 flow, nth;
	u32 number;		/* of the tuple, where numbers have 32 bits */
	u32 known;
	struct kpps_tuple tuple;
};

/* What departs together, when streams are merged. */
struct xdp_source_take {
	u64 index[XDP_SOURCE_BURST];
	u64 when[XDP_SOURCE_BURST];	/* departures, offsets from the start */
	u8 stream[XDP_SOURCE_BURST];
	u32 n;			/* taken and not yet sent */
	u32 lane;		/* the one found last */
};

struct xdp_source_cpu {
	/* of the batch */
	u32 at, n __attribute__((aligned(64)));	/* next frame of it; frames in it to send */
	u64 now;		/* its stamp */
	/* the plan */
	u32 batch;		/* frames the kernel asks for before it sends them */
	u32 spins;		/* readings of the clock that one wait may last */
	u32 data_len;		/* of a frame as the kernel hands it over */
	u32 nlanes;
	u64 start_ns, end_ns;	/* end_ns: of lanes without a rate; ~0: until @left */
	u64 stop_ns;		/* nothing departs after this; ~0: never */
	u64 left;		/* frames of all lanes; ~0: as the lanes say */
	u64 index, step;	/* a single stream: packet index of @beyond */
	/* a single stream: of the next frame, and of the one after it */
	struct xdp_source_flow ahead, beyond;
	u64 gap_ns;		/* a single stream: distance in the schedule; 0: no rate */
	u32 compare;		/* there is a schedule that departures compare with */
	u32 unrated;		/* number of the lane without a rate, XDP_SOURCE_LANES: none */
	/* what came of it */
	u32 departed, finished;
	u64 departure_ns;	/* of the last batch */
	u64 scheduled_ns;	/* when its last frame was due, offset from the start */
	u64 late_max_ns;
	u64 failed;		/* frames that had too little room */
	u64 together;		/* a single stream: frames that left with the one before */
	struct xdp_source_lane lane[XDP_SOURCE_LANES];
	struct xdp_source_cursor cursor[KPPS_STREAMS_MAX];
	struct xdp_source_take take;
	struct hist departure;
};

#endif
