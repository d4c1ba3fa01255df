/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_device.h - what the XDP source asks an interface: does it take frames
 * from a BPF program, and how many has it refused. Part of xdp_source.c; the
 * interface is in the network namespace of the calling thread.
 */
#ifndef KPPS_XDP_DEVICE_H
#define KPPS_XDP_DEVICE_H

#include "lib/err.h"

/*
 * xdp_device_check - 0 when the interface takes frames of up to @frame_max bytes
 * from a program now; else the reason and the cure. What the kernel can't say
 * (a driver's ability, before 6.3) is taken for granted.
 */
int xdp_device_check(int ifindex, u32 frame_max, struct err *err);
/* xdp_device_refused - frames that its queues had no room for, as far as it counts them. */
u64 xdp_device_refused(int ifindex);

#endif
