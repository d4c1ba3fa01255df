/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnl.h - links, addresses, neighbours and routes by rtnetlink (libmnl). A
 * struct rtnl is a socket in one network namespace, whatever namespace its user
 * is in; one thread at a time. Every function returns 0 or -errno, with the
 * kernel's own words (extended acknowledgement) in the sentence where it gives
 * any.
 */
#ifndef KPPS_NET_RTNL_H
#define KPPS_NET_RTNL_H

#include <net/if.h>

#include "fw-under-test/engine/fw.h"	/* union fw_addr */
#include "lib/compiler.h"
#include "lib/err.h"

struct rtnl;

int rtnl_open(int netns, struct rtnl **ret_rtnl, struct err *err);	/* -1: the caller's */
void rtnl_close(struct rtnl *r);

struct rtnl_veth_end {
	const char *name;
	int netns;		/* fd */
	u8 mac[6];		/* all 0: the kernel chooses */
	u32 queues;		/* each way; 0: 1 */
};

/* rtnl_veth - make a pair, each end in its namespace, both down. */
int rtnl_veth(const struct rtnl_veth_end ends[2], u32 mtu, struct err *err);

/* rtnl_dummy - a device that takes all frames and throws them away, down; -EOPNOTSUPP:
 * this kernel has none. @mac as of rtnl_veth_end, @queues each way. */
int rtnl_dummy(struct rtnl *r, const char *name, const u8 mac[6], u32 queues, u32 mtu,
	       struct err *err);

struct rtnl_link {
	int ifindex;
	char name[IF_NAMESIZE];
	u8 mac[6];
	u32 mtu, rx_queues, tx_queues;
	bool up;
	bool carrier;		/* and the kernel acts on it: see rtnl_link_wait */
	bool quiet;		/* rtnl_link_quiet */
	char kind[16];		/* "veth", "bridge", "" */
	int master;		/* ifindex, 0: none */
	int peer;		/* veth: ifindex of the other end in its namespace, 0: unknown */
};

int rtnl_link_get(struct rtnl *r, const char *name, struct rtnl_link *ret, struct err *err);
int rtnl_link_up(struct rtnl *r, int ifindex, bool up, struct err *err);
/*
 * rtnl_link_wait - as rtnl_link_get, once the link has a carrier and the kernel acts
 * on that; -ENOLINK after five seconds. A work queue sees to it when both ends of a
 * veth are up: it may take a second, in which what is sent is dropped without a word.
 */
int rtnl_link_wait(struct rtnl *r, const char *name, struct rtnl_link *ret, struct err *err);
/*
 * rtnl_link_quiet - no ARP, no neighbour discovery, no multicast: a link that is
 * up then sends nothing by itself. MLD has no switch of its own: every IPv6
 * address joins a group, and forwarding joins those of the routers, each with
 * two reports. Set it while the link is down. Neighbours must be fixed.
 */
int rtnl_link_quiet(struct rtnl *r, int ifindex, struct err *err);
int rtnl_link_delete(struct rtnl *r, int ifindex, struct err *err);
/* rtnl_links_delete - remove all links that were made (veth, bridge, …), so not lo
 * and no hardware. When it returns, the other ends are gone too. */
int rtnl_links_delete(struct rtnl *r, struct err *err);
/*
 * rtnl_link_gro - generic receive offload. On a veth end it is also what gives it
 * NAPI while it has no XDP program: without one or the other, all frames that an
 * XDP program sends or redirects into its peer are lost.
 */
int rtnl_link_gro(struct rtnl *r, const char *name, bool on, struct err *err);
int rtnl_link_gro_get(struct rtnl *r, const char *name, bool *ret_on, struct err *err);
int rtnl_link_master(struct rtnl *r, int ifindex, int master, struct err *err);
/* rtnl_bridge - without STP, delay or multicast snooping; down; @mac all 0: the kernel chooses. */
int rtnl_bridge(struct rtnl *r, const char *name, const u8 mac[6], struct err *err);
/* rtnl_fdb - frames to @mac leave by the bridge port @ifindex, for ever. */
int rtnl_fdb(struct rtnl *r, int ifindex, const u8 mac[6], struct err *err);
int rtnl_address(struct rtnl *r, int ifindex, u8 family, const union fw_addr *addr, u8 prefix,
		 struct err *err);		/* IPv6: without duplicate detection */
int rtnl_neighbour(struct rtnl *r, int ifindex, u8 family, const union fw_addr *addr,
		   const u8 mac[6], struct err *err);	/* permanent */
/* rtnl_qdisc - replace the root queueing discipline by @kind. */
int rtnl_qdisc(struct rtnl *r, int ifindex, const char *kind, struct err *err);
/* rtnl_route - @via is on the link whatever the addresses say; NULL: @to itself is. */
int rtnl_route(struct rtnl *r, int ifindex, u8 family, const union fw_addr *to, u8 prefix,
	       const union fw_addr *via, struct err *err);

struct rtnl_nexthop {
	int ifindex;
	bool has_via, local;	/* local: an address of this namespace's own */
	union fw_addr via;
};

/* rtnl_route_get - where the kernel would send a packet to @to; -ENETUNREACH: nowhere. */
int rtnl_route_get(struct rtnl *r, u8 family, const union fw_addr *to, struct rtnl_nexthop *ret,
		   struct err *err);

#endif
