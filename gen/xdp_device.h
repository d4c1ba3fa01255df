/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_device.h - what sources in the kernel ask an interface: does it take frames
 * from a BPF program, and how many has it refused. Part of xdp_source.c; the
 * interface is in the network namespace of the calling thread.
 */
#ifndef KPPS_XDP_DEVICE_H
#define KPPS_XDP_DEVICE_H

#include <net/if.h>

#include "lib/err.h"

/*
 * xdp_device_fits - 0 when its MTU lets frames of up to @frame_max bytes out, with a tag
 * for free; -EMSGSIZE with the cure. @who begins the sentence.
 */
int xdp_device_fits(const char *who, int ifindex, u32 frame_max, struct err *err);
/*
 * xdp_device_check - 0 when the interface takes frames of up to @frame_max bytes
 * from a program now; else the reason and the cure. What the kernel can't say
 * (a driver's ability, before 6.3) is taken for granted, until frames were sent.
 */
int xdp_device_check(int ifindex, u32 frame_max, struct err *err);

/* Frames from programs, since the interface exists. */
struct xdp_device_counts {
	char name[IF_NAMESIZE];	/* of the interface */
	u64 taken;
	u64 refused;		/* its queues had no room for them */
	bool tells;		/* it counts both, at once: a veth does */
};

/* xdp_device_count - as far as it counts them; else 0. */
void xdp_device_count(int ifindex, struct xdp_device_counts *ret);
/*
 * xdp_device_check_taken - after @sent frames: an interface that has counted none
 * of them takes none, as xdp_device_check says where the kernel can. Any thread.
 */
int xdp_device_check_taken(u64 sent, const struct xdp_device_counts *before,
			   const struct xdp_device_counts *after, struct err *err);

#endif
