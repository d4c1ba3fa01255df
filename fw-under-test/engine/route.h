/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * route.h - longest-prefix match for IPv4 and IPv6: a trie of 16 bits in the
 * first step and 8 in the others, with the best route pushed down to every
 * leaf, so a lookup never goes back. It stays small (256 KiB, and 1 KiB for
 * each distinct longer prefix); of a handful of routes only a few lines are
 * ever touched, and those stay in the first-level cache.
 *
 * Built once from the configuration by route_table_init and read-only from
 * then on; any thread may look up. The firewall's own addresses, broadcast and
 * multicast are routes too, so one lookup also says "for me" and "not mine".
 */
#ifndef KPPS_ENGINE_ROUTE_H
#define KPPS_ENGINE_ROUTE_H

#include "fw-under-test/engine/fw.h"

enum hop_kind {
	HOP_NONE,	/* no route: say so to the sender */
	HOP_FORWARD,
	HOP_LOCAL,	/* an address of the firewall, or a group it listens to */
	HOP_BLACKHOLE,	/* never forwarded and never answered */
};

#define ROUTE_ROOT	256	/* nodes: 65536 words */

struct hop {
	u8 eth[12];	/* destination and source MAC, as they go on the wire */
	u16 out_if;
	u8 kind;
	u8 pad;
};

struct route_table {
	/* 256 words each: child << 1, or hop << 1 | 1; the root is the first
	 * ROUTE_ROOT of them. */
	u32 *nodes;
	u32 nnodes, nodes_max;
	struct hop *hops;	/* [0] is HOP_NONE */
	u32 nhops;
};

/* route_table_init - routes of @family in @config plus the implicit ones. */
int route_table_init(struct route_table *t, const struct fw_config *config, int family,
		     struct err *err);
void route_table_release(struct route_table *t);

/* route_lookup - @addr: 4 or 16 bytes in network order. Never NULL. */
static inline const struct hop *route_lookup(const struct route_table *t, const u8 *addr)
{
	u32 e = t->nodes[(u32)addr[0] << 8 | addr[1]];

	for (addr += 2; !(e & 1); addr++)
		e = t->nodes[(e >> 1) * 256 + *addr];
	return &t->hops[e >> 1];
}

#endif
