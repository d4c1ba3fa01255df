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
 * between trials. CPU i of n sends the packet indices that are i modulo n, so n
 * CPUs together send what one would.
 *
 * Times are CLOCK_MONOTONIC, the clock BPF has: signatures, schedule, report.
 */
#ifndef KPPS_XDP_SOURCE_H
#define KPPS_XDP_SOURCE_H

#include "gen/source.h"

#define XDP_SOURCE_CPUS_MAX	64

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

/* xdp_source_probe - 0, or -errno with what is missing and what would give it. */
int xdp_source_probe(struct err *err);
int xdp_source_open(const struct xdp_source_config *config, struct xdp_source **ret_source,
		    struct err *err);
void xdp_source_close(struct xdp_source *s);

/*
 * xdp_source_plan - the next trial. Of @config streams, rates, duration_ns,
 * count and burst are used; burst is the most frames that leave at once, fewer
 * where the rate makes that more even. -EOPNOTSUPP with the reason for what
 * this source can't do.
 */
int xdp_source_plan(struct xdp_source *s, const struct source_config *config, struct err *err);
/* xdp_source_start - the schedule begins at @start_ns (CLOCK_MONOTONIC). */
int xdp_source_start(struct xdp_source *s, u64 start_ns, struct err *err);
/* xdp_source_wait - until the plan is finished or *@stop; negative errno when it broke. */
int xdp_source_wait(struct xdp_source *s, volatile bool *stop, struct err *err);
/*
 * xdp_source_report - as a port source's. refused: what the interface did not
 * take (its queue was full), as far as the kernel tells; else 0.
 */
void xdp_source_report(const struct xdp_source *s, struct source_report *ret);
void xdp_source_stream_report(const struct xdp_source *s, unsigned int stream,
			      struct source_stream_report *ret);

#endif
