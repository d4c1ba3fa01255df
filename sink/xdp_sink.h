/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_sink.h - the XDP sink: counts, orders and times what arrives at an
 * interface, in a BPF program with maps per CPU. What is counted as what is
 * sink.h's; what differs is said below. One thread calls all of it; the program
 * runs on whatever CPUs frames arrive on.
 *
 *	reordered	by the highest index seen on any CPU
 *	corrupted	an IPv4 header's checksum is wrong; L4 checksums only with
 *			@checksums, as they cost a pass over the frame
 *
 * Foreign frames are dropped, or passed on to the stack.
 * Arrival times are CLOCK_MONOTONIC. On a veth in native mode, where that driver is
 * in the kernel and no module, up to 8 frames of one poll share a reading of the
 * clock; elsewhere each has its own.
 * Memory: SINK_WINDOW / 2 bytes of flags a stream, 19 KiB a stream and CPU. Native
 * mode takes frames that fit a page; with a larger MTU the hook is generic.
 */
#ifndef KPPS_XDP_SINK_H
#define KPPS_XDP_SINK_H

#include "sink/sink.h"

struct xdp_sink_config {
	int ifindex;		/* in the network namespace of the calling thread */
	u32 run;
	u64 streams;		/* bit set of stream ids to expect */
	u64 unsigned_streams;
	bool latency, checksums;
	bool pass_others;	/* frames that are not ours go up the stack */
};

struct xdp_sink;

/* xdp_sink_probe - 0 when the kernel takes the program; else what is missing. */
int xdp_sink_probe(struct err *err);
/* xdp_sink_open - load and attach; native mode where the driver has it, else generic. */
int xdp_sink_open(const struct xdp_sink_config *config, struct xdp_sink **ret_sink,
		  struct err *err);
/* xdp_sink_close - detach and free. */
void xdp_sink_close(struct xdp_sink *s);
/* "native" or "generic" */
const char *xdp_sink_mode(const struct xdp_sink *s);
/* xdp_sink_restart - as sink_restart; nothing may be on its way. */
int xdp_sink_restart(struct xdp_sink *s, u32 run, struct err *err);
/*
 * xdp_sink_all_pass - true: every frame goes up the stack, none is looked at or
 * counted (fill phase).
 */
int xdp_sink_all_pass(struct xdp_sink *s, bool pass, struct err *err);
/* xdp_sink_frames - everything seen so far; cheap, for waiting until no more comes. */
u64 xdp_sink_frames(const struct xdp_sink *s);
/* Reports are exact once no frame is on its way. */
void xdp_sink_report(const struct xdp_sink *s, struct sink_report *ret);
void xdp_sink_stream_report(const struct xdp_sink *s, unsigned int stream,
			    struct sink_stream_report *ret);

#endif
