/* SPDX-License-Identifier: GPL-2.0-or-later */
/* port_xdp_queue.h - what port_xdp.bpf.c and the xdp port share; no other header. */
#ifndef KPPS_PORT_XDP_QUEUE_H
#define KPPS_PORT_XDP_QUEUE_H

#include <linux/types.h>

#define XDP_QUEUES 1024

struct xdp_queue {
	__u32 frame_max;	/* longer frames are dropped; 0: none are */
	__u32 pad;
	__u64 too_long;
};

#endif
