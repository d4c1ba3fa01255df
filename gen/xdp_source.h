/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_source.h - the XDP source: plays a set of streams from inside the kernel,
 * as a BPF program run on live frames (BPF_PROG_RUN with
 * BPF_F_TEST_XDP_LIVE_FRAMES). The schedule, the choice of flows and the bytes
 * of a frame are those of the port source: gen/schedule.h, lib/stream.h.
 *
 * Life: open (loads the program, in the network namespace of the calling
 * thread) -> per trial plan, start, wait, report -> close. One thread calls all
 * of it; the source has a thread of its own on each CPU asked for, asleep
 * between trials. CPU i of n sends the i-th of every n frames of each lane of the
 * schedule, so n CPUs together send what one would; of a single stream these are
 * the packet indices that are i modulo n. They don't wait for each other: without
 * a rate, those of the fastest get ahead. The threads use signal SIGRTMIN + 5.
 *
 * A frame's stamp is the reading of the clock at which its batch began; it leaves
 * when the last frame of the batch is written, some 50 ns for each frame later.
 *
 * Times are CLOCK_MONOTONIC, the clock BPF has: signatures, schedule, report.
 */
#ifndef KPPS_XDP_SOURCE_H
#define KPPS_XDP_SOURCE_H

#include "gen/source.h"

#define XDP_SOURCE_CPUS_MAX	64
/* A start should be so far ahead: the kernel's set-up of a trial takes 5 to 40 ms. */
#define XDP_SOURCE_AHEAD_NS	(100 * 1000 * 1000ULL)

enum xdp_way {
	XDP_WAY_OUT,	/* out of the interface: a veth's peer receives it, a NIC sends it */
	XDP_WAY_IN,	/* up the stack, as if the interface had received it */
};

struct xdp_source_config {
	int ifindex;
	enum xdp_way way;
	const int *cpus;
	unsigned int ncpus;
	u32 frame_max;		/* largest frame of any plan, without FCS */
};

struct xdp_source;

/*
 * xdp_source_probe - 0 when the kernel takes the programs and runs them; else what is
 * missing and what would give it. Nothing is sent.
 */
int xdp_source_probe(struct err *err);
/*
 * xdp_source_open - -EOPNOTSUPP when the interface takes no frames from programs: a
 * veth does while its peer has an XDP program or GRO (before Linux 6.3 nobody can
 * tell: then xdp_source_wait says so of the first trial); -EMSGSIZE when frames of
 * @frame_max are above its MTU, or above what a live frame holds (some 3300 bytes).
 */
int xdp_source_open(const struct xdp_source_config *config, struct xdp_source **ret_source,
		    struct err *err);
void xdp_source_close(struct xdp_source *s);

/*
 * xdp_source_plan - the next trial. Of @config streams, rates, duration_ns,
 * count and burst are used; burst is the most frames that leave at once, 1 … 256,
 * default 64; fewer where the rate does not bring as many in 10 us: one at 100
 * kpps, ten at 1 Mpps. They leave when the last of them is due, the others of
 * them late: late_max_ns and departure say so. -EOPNOTSUPP with the reason for
 * what this source can't do.
 */
int xdp_source_plan(struct xdp_source *s, const struct source_config *config, struct err *err);
/*
 * xdp_source_start - the schedule begins at @start_ns (CLOCK_MONOTONIC). With less
 * than XDP_SOURCE_AHEAD_NS until then the first frames may be late, and are caught
 * up on, as in any source that starts behind its schedule.
 */
int xdp_source_start(struct xdp_source *s, u64 start_ns, struct err *err);
/*
 * xdp_source_wait - until the plan is finished or *@stop (which may be NULL; looked
 * at every 10 ms), then some ms more for the kernel to clear up; negative errno when
 * it broke. Best called on a CPU that takes no part in the measurement.
 */
int xdp_source_wait(struct xdp_source *s, volatile bool *stop, struct err *err);
/*
 * xdp_source_wait_until - the same, but back at @until_ns at the latest: -ETIMEDOUT,
 * without a sentence, while the trial goes on.
 */
int xdp_source_wait_until(struct xdp_source *s, u64 until_ns, volatile bool *stop,
			  struct err *err);
/* xdp_source_sent - frames so far, also while a trial goes on. */
u64 xdp_source_sent(const struct xdp_source *s);
/*
 * xdp_source_report - as a port source's. refused: what the interface did not
 * take (its queue was full), as far as the kernel tells: veths count it, whoever
 * sent; elsewhere 0. Of several streams nobody knows whose those were: 0 in the
 * stream reports. departure: by CPU, each against its own part of the schedule.
 */
void xdp_source_report(const struct xdp_source *s, struct source_report *ret);
void xdp_source_stream_report(const struct xdp_source *s, unsigned int stream,
			      struct source_stream_report *ret);

#endif
