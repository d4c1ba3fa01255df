/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_packet.h - the receive rings of the packet port, for lib/port_packet*.c
 * only. A ring belongs to the receiving thread; packet_rx_dropped may be called
 * by any.
 *
 * Two kinds, because they trade rate for delay (veth pair, Linux 6.18, the sender's
 * CPU doing the kernel's work; bench_ports.c):
 *
 *	TPACKET_V3	blocks of packed frames. The kernel hands a block over
 *			when it is full or 1 ms old: a lone frame is seen after
 *			1 ms, its kernel stamp tells when it came. 0.62 Mpps
 *			to another CPU, 0.68 on one
 *	TPACKET_V2	a slot a frame, seen after 2 us; each costs cache lines
 *			that move between two CPUs: 0.40 Mpps, 0.67 on one
 *
 * So who asks for stamps gets V3, who must act on a frame at once gets V2.
 */
#ifndef KPPS_PORT_PACKET_H
#define KPPS_PORT_PACKET_H

#include <linux/if_packet.h>

#include "lib/port.h"

#define PACKET_VLAN_TAG 4

struct packet_rx;

struct packet_rx_kind {
	int version;
	/* What to ask PACKET_RX_RING for, and the first state. Returns the ring's bytes. */
	size_t (*geometry)(struct packet_rx *rx, u32 slots, struct tpacket_req3 *ret_req);
	unsigned int (*peek)(struct packet_rx *rx, struct frame *f, unsigned int n);
	/* Also throws away what is too long, up to the first frame that stays. */
	void (*release)(struct packet_rx *rx, unsigned int n, u64 *ret_bytes);
};

extern const struct packet_rx_kind packet_rx_v2, packet_rx_v3;

struct packet_v2 {
	u32 slots;
	u32 stride;
	u32 head;	/* slot of the oldest frame not released */
};

/* A place in the blocks; left 0: before the first frame of @block. */
struct packet_v3_at {
	u32 block;
	u32 left;	/* frames from @next on in this block */
	u8 *next;
};

struct packet_v3 {
	u32 blocks;
	u32 block_size;
	struct packet_v3_at head;	/* the oldest frame not released */
	s64 offset;			/* CLOCK_MONOTONIC - CLOCK_REALTIME */
	u64 sampled;			/* CLOCK_REALTIME at which it was taken */
};

struct packet_rx {
	const struct packet_rx_kind *kind;
	int fd;
	u8 *map;
	size_t size;
	u32 room;
	unsigned int handed;	/* frames of the peek that is open */
	unsigned int idle;	/* empty peeks */
	union {
		struct packet_v2 v2;
		struct packet_v3 v3;
	};
	u64 too_long;		/* atomic: frames longer than @room, thrown away */
	u64 dropped;		/* atomic: what the kernel counted so far */
};

static inline bool packet_tagged(u32 status)
{
	return status & TP_STATUS_VLAN_VALID;
}

/* packet_retag - put the tag which the kernel took out back before the type at @data + 12. */
u8 *packet_retag(u8 *data, u32 status, u16 tci, u16 tpid);

static inline void packet_rx_too_long(struct packet_rx *rx)
{
	__atomic_store_n(&rx->too_long, rx->too_long + 1, __ATOMIC_RELAXED);
}

#endif
