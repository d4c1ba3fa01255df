/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_netif.h - what the ports on a kernel interface share: the interface
 * itself, the rules its frames must keep, and why a side of a port has ended.
 * For lib/port_packet*.c and lib/port_xdp*.c only.
 *
 * A struct netif belongs to one port; after netif_open nothing in it changes,
 * both sides read it. A struct netif_side belongs to one side of the port and its thread.
 */
#ifndef KPPS_PORT_NETIF_H
#define KPPS_PORT_NETIF_H

#include <net/if.h>

#include "lib/port.h"

#define NETIF_HEADER		14	/* the shortest thing that can be sent */
#define NETIF_FRAME_MIN		60
#define NETIF_SLOTS_MIN		64
#define NETIF_SLOTS_MAX		65536
#define NETIF_SLOTS_DEFAULT	4096
/* A look at the socket's state costs a system call: one in so many empty polls. */
#define NETIF_POLLS		256

struct netif {
	const char *port;	/* "packet port": begins every sentence */
	char name[IF_NAMESIZE];	/* at open */
	int ifindex;
	int fd;			/* a packet socket that gets no frames: for ioctl and promiscuity */
	u32 room;		/* longest frame of the port */
	u32 longest;		/* what the interface's MTU allows, without a VLAN tag */
};

struct netif_side {
	int ended;		/* negative errno once this side can do no more */
	struct err err;
	const struct err **last;	/* the port's: of the side that failed last; atomic */
};

/* What both ports are asked with. */
struct netif_config {
	const char *port;
	int ifindex;
	u32 slots;
	u32 frame_max;
	u32 frame_limit;	/* of the kind of port */
};

/*
 * netif_open - check @config, find the interface in the caller's namespace; it
 * must be up. *@ret_slots: the slots asked for, or their default.
 */
int netif_open(struct netif *n, const struct netif_config *config, u32 *ret_slots,
	       struct err *err);
void netif_close(struct netif *n);

/* netif_promiscuous - frames for other MAC addresses arrive too, until netif_close. */
int netif_promiscuous(const struct netif *n, struct err *err);

/* netif_error - the sentence behind @code, which is returned, of @side. */
int netif_error(struct netif_side *side, int code, const char *fmt, ...) __printf(3, 4);

/*
 * netif_lost - the kernel refused with @code (negative errno): is the interface
 * gone, or down? Ends @side with what it finds, and returns it: -ENODEV,
 * -ENETDOWN, or @code itself.
 */
int netif_lost(const struct netif *n, struct netif_side *side, int code);
/* netif_refused - the driver took none of a burst: has the interface lost its carrier?
 * Then nothing that is sent can arrive, and @side ends: -ENETDOWN. */
void netif_refused(const struct netif *n, struct netif_side *side);

/*
 * netif_frames - may all of @f be sent, as their lengths tell? *@ret_bytes: their
 * sum. False: some may not, or have a VLAN tag: ask netif_frame for each.
 */
static inline bool netif_frames(const struct netif *n, const struct frame *f, unsigned int count,
				u64 *ret_bytes)
{
	s64 outside = 0, longest = min(n->room, n->longest);
	u64 bytes = 0;

	for (unsigned int i = 0; i < count; i++) {
		outside |= (longest - (s64)f[i].len) | ((s64)f[i].len - NETIF_HEADER);
		bytes += f[i].len;
	}
	*ret_bytes = bytes;
	return outside >= 0;
}

/*
 * netif_frame - 0, or -EINVAL, -EMSGSIZE with the sentence in @side, which does
 * not end by it. @data: the frame's first 14 bytes.
 */
int netif_frame(const struct netif *n, struct netif_side *side, const u8 *data, u32 len);

#endif
