/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kpps_gen.h - the generic netlink family of the kernel packet generator
 * "kpps_gen", version 1. kmod/kpps_gen.yaml says the same for tools; a test
 * holds the two together.
 *
 * A generator is a set of streams on one device, queue and CPU. It belongs to
 * the socket that made it, and to the network namespace of that socket: it is
 * stopped and deleted when either goes, or when its device does. A sink is the
 * other end: it takes what a device receives, and counts it by the signature in
 * the frames; it belongs to its socket in the same way. Every command needs
 * CAP_NET_ADMIN in the user namespace that owns the network namespace.
 *
 *	GEN_NEW		IFINDEX [QUEUE] [CPU] [WAY] [FORCE]	-> ID
 *	GEN_STREAM	ID STREAM STREAM_DATA [FIRST_INDEX]
 *	GEN_LANE	ID LANE [MULT SHIFT] [TOTAL] (STREAM | PATTERN…)
 *	GEN_PLAN	ID [FIRST STRIDE] (DURATION | COUNT | ENDLESS) [OVERRUN] [BURST] [TOGETHER]
 *	GEN_START	ID [START]
 *	GEN_STOP	ID			returns when the run has ended
 *	GEN_GET		ID			-> everything below, DEPARTURE too
 *	GEN_GET, dump				-> all of the namespace, without DEPARTURE
 *	GEN_STREAM_GET	ID STREAM		-> SENT BYTES REFUSED NEXT_INDEX
 *	GEN_DEL		ID			stops it first
 *	GEN_DONE	(to group "runs")	ID STATE WHY SENT ELAPSED
 *
 *	SINK_NEW	IFINDEX RUN STREAMS [UNSIGNED_STREAMS] [FLAGS] [FORCE]	-> ID
 *	SINK_SET	ID [RUN] [FLAGS]	RUN: forget all counts, expect that run
 *	SINK_GET	ID			-> [IFINDEX] RUN FLAGS FRAMES CORRUPTED FOREIGN UNSIGNED
 *	SINK_GET, dump				-> all of the namespace
 *	SINK_STREAM_GET	ID STREAM		-> the stream's counts, LATENCY
 *	SINK_DEL	ID
 *
 * GEN_STREAM, GEN_LANE and GEN_PLAN are for a generator at rest (-EBUSY
 * otherwise); GEN_PLAN begins a new plan and comes first: it forgets streams and
 * lanes. GEN_START checks that the plan is complete.
 *
 * A sink whose device is gone says no IFINDEX. It needs FORCE on a device that
 * carries the default route, unless it passes on what is not its own.
 *
 * Times are ns; absolute ones CLOCK_MONOTONIC. Lengths are without FCS.
 */
#ifndef _UAPI_KPPS_GEN_H
#define _UAPI_KPPS_GEN_H

#define KPPS_GEN_FAMILY_NAME	"kpps_gen"
#define KPPS_GEN_FAMILY_VERSION	1
#define KPPS_GEN_MCGRP_RUNS	"runs"

#define KPPS_GEN_PATTERN_CHUNK	32768	/* longest PATTERN attribute; the others follow it */
#define KPPS_GEN_PATTERN_MAX	65536
#define KPPS_GEN_BURST_MAX	256

enum kpps_gen_cmd {
	KPPS_GEN_CMD_UNSPEC,
	KPPS_GEN_CMD_GEN_NEW,
	KPPS_GEN_CMD_GEN_STREAM,
	KPPS_GEN_CMD_GEN_LANE,
	KPPS_GEN_CMD_GEN_PLAN,
	KPPS_GEN_CMD_GEN_START,
	KPPS_GEN_CMD_GEN_STOP,
	KPPS_GEN_CMD_GEN_GET,
	KPPS_GEN_CMD_GEN_STREAM_GET,
	KPPS_GEN_CMD_GEN_DEL,
	KPPS_GEN_CMD_GEN_DONE,
	KPPS_GEN_CMD_SINK_NEW,
	KPPS_GEN_CMD_SINK_SET,
	KPPS_GEN_CMD_SINK_GET,
	KPPS_GEN_CMD_SINK_STREAM_GET,
	KPPS_GEN_CMD_SINK_DEL,
	__KPPS_GEN_CMD_MAX,
	KPPS_GEN_CMD_MAX = __KPPS_GEN_CMD_MAX - 1
};

/* Where a generator's frames go. */
enum kpps_gen_way {
	KPPS_GEN_WAY_QUEUE,	/* to the driver's transmit queue, past qdisc and taps */
	KPPS_GEN_WAY_QDISC,	/* through the device's qdisc, as the stack sends */
	KPPS_GEN_WAY_RECEIVE,	/* up the stack, as if the device had received them */
};

enum kpps_gen_state {
	KPPS_GEN_STATE_IDLE,	/* no run yet since the plan */
	KPPS_GEN_STATE_RUNNING,
	KPPS_GEN_STATE_ENDED,	/* WHY says how */
};

enum kpps_gen_why {
	KPPS_GEN_WHY_DONE,	/* all that was planned was sent, or the time was up */
	KPPS_GEN_WHY_STOPPED,	/* GEN_STOP */
	KPPS_GEN_WHY_OVERRUN,	/* time and OVERRUN were up before all was sent */
	KPPS_GEN_WHY_DEVICE_DOWN,
	KPPS_GEN_WHY_DEVICE_GONE,
	KPPS_GEN_WHY_NO_MEMORY,
};

/* Bits of SINK FLAGS. */
enum kpps_gen_sink_flag {
	KPPS_GEN_SINK_LATENCY = 1,
	KPPS_GEN_SINK_CHECKSUMS = 2,	/* L4 checksums too; IPv4's is always checked */
	KPPS_GEN_SINK_PASS_OTHERS = 4,	/* what is not ours goes up the stack, else it is dropped */
	KPPS_GEN_SINK_PASS_ALL = 8,	/* nothing is looked at or counted (fill phase) */
};

enum kpps_gen_attr {
	KPPS_GEN_A_UNSPEC,
	KPPS_GEN_A_PAD,			/* of 64-bit attributes */
	KPPS_GEN_A_ID,			/* u32, of the namespace; generators and sinks apart */
	/* what a generator is */
	KPPS_GEN_A_IFINDEX,		/* u32 */
	KPPS_GEN_A_QUEUE,		/* u32, default 0 */
	KPPS_GEN_A_CPU,			/* u32, default: the caller's */
	KPPS_GEN_A_WAY,			/* u32, enum kpps_gen_way, default QUEUE */
	KPPS_GEN_A_FORCE,		/* flag: also a device that carries the default route */
	/* a stream */
	KPPS_GEN_A_STREAM,		/* u32, its number, below 64 */
	KPPS_GEN_A_STREAM_DATA,		/* binary, struct kpps_stream (lib/stream.h) */
	KPPS_GEN_A_FIRST_INDEX,		/* u64, packet index of its first frame, default 0 */
	/* a lane: what shares one rate (gen/schedule.h) */
	KPPS_GEN_A_LANE,		/* u32, its number, below 65 */
	KPPS_GEN_A_MULT,		/* u64, ns a frame, MULT / 2^SHIFT; absent: no rate */
	KPPS_GEN_A_SHIFT,		/* u32, up to 63 + 62 */
	KPPS_GEN_A_TOTAL,		/* u64, frames of all generators of it; absent: no limit */
	KPPS_GEN_A_PATTERN,		/* binary, u8 stream numbers in turn; repeated if long */
	/* a plan */
	KPPS_GEN_A_FIRST,		/* u32, default 0: sends frame FIRST … */
	KPPS_GEN_A_STRIDE,		/* u32, default 1: … and every STRIDE-th after it, of each lane */
	KPPS_GEN_A_DURATION,		/* u64, of lanes without a rate */
	KPPS_GEN_A_COUNT,		/* u64, frames of this generator, all lanes */
	KPPS_GEN_A_ENDLESS,		/* flag: no end but GEN_STOP */
	KPPS_GEN_A_OVERRUN,		/* u64, end this long after DURATION whatever is due; absent: send it all */
	KPPS_GEN_A_BURST,		/* u32, most frames handed over at once, 1 … 256, default 64 */
	KPPS_GEN_A_TOGETHER,		/* u64, so much of the schedule may leave at once, default 10 us */
	KPPS_GEN_A_START,		/* u64, when the schedule begins; default: now */
	/* what came of it */
	KPPS_GEN_A_STATE,		/* u32, enum kpps_gen_state */
	KPPS_GEN_A_WHY,			/* u32, enum kpps_gen_why */
	KPPS_GEN_A_SENT,		/* u64, frames made, also those refused */
	KPPS_GEN_A_BYTES,		/* u64 */
	KPPS_GEN_A_REFUSED,		/* u64, of sent: the driver or the qdisc dropped it */
	KPPS_GEN_A_RECYCLED,		/* u64, of sent: in a buffer that came back */
	KPPS_GEN_A_NEXT_INDEX,		/* u64 */
	KPPS_GEN_A_ELAPSED,		/* u64, start to the last departure */
	KPPS_GEN_A_LATE_MAX,		/* u64, furthest behind schedule */
	KPPS_GEN_A_BACKLOG_MAX,		/* u64, most frames due at once */
	KPPS_GEN_A_DEPARTURE,		/* binary, struct hist (lib/hist.h), as in gen/source.h */
	/* a sink */
	KPPS_GEN_A_RUN,			/* u32, below 1024 */
	KPPS_GEN_A_STREAMS,		/* u64, bit set of stream ids */
	KPPS_GEN_A_UNSIGNED_STREAMS,	/* u64, those of them without a signature */
	KPPS_GEN_A_FLAGS,		/* u32, bits of enum kpps_gen_sink_flag */
	KPPS_GEN_A_FRAMES,		/* u64, everything seen */
	KPPS_GEN_A_CORRUPTED,		/* u64 */
	KPPS_GEN_A_FOREIGN,		/* u64 */
	KPPS_GEN_A_UNSIGNED,		/* u64 */
	KPPS_GEN_A_RECEIVED,		/* u64; this and what follows as in sink/sink.h */
	KPPS_GEN_A_DUPLICATED,		/* u64 */
	KPPS_GEN_A_REORDERED,		/* u64 */
	KPPS_GEN_A_LATE,		/* u64 */
	KPPS_GEN_A_EARLY,		/* u64 */
	KPPS_GEN_A_FIRST_NS,		/* u64 */
	KPPS_GEN_A_LAST_NS,		/* u64 */
	KPPS_GEN_A_SPAN,		/* u64 */
	KPPS_GEN_A_LATENCY,		/* binary, struct hist */
	__KPPS_GEN_A_MAX,
	KPPS_GEN_A_MAX = __KPPS_GEN_A_MAX - 1
};

#endif
