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
	u8 mac[6];
	u32 queues;		/* each way; 0: 1 */
};

/* rtnl_veth - make a pair, each end in its namespace, both down. */
int rtnl_veth(const struct rtnl_veth_end ends[2], u32 mtu, struct err *err);

struct rtnl_link {
	int ifindex;
	char name[IF_NAMESIZE];
	u8 mac[6];
	u32 mtu, rx_queues, tx_queues;
	bool up, carrier;
	char kind[16];		/* "veth", "bridge", "" */
	int master;		/* ifindex, 0: none */
	int peer;		/* veth: ifindex of the other end in its namespace */
};

int rtnl_link_get(struct rtnl *r, const char *name, struct rtnl_link *ret, struct err *err);
int rtnl_link_up(struct rtnl *r, int ifindex, bool up, struct err *err);
int rtnl_link_master(struct rtnl *r, int ifindex, int master, struct err *err);
int rtnl_bridge(struct rtnl *r, const char *name, const u8 mac[6], struct err *err);
int rtnl_address(struct rtnl *r, int ifindex, u8 family, const union fw_addr *addr, u8 prefix,
		 struct err *err);		/* IPv6: without duplicate detection */
int rtnl_neighbour(struct rtnl *r, int ifindex, u8 family, const union fw_addr *addr,
		   const u8 mac[6], struct err *err);	/* permanent */
int rtnl_route(struct rtnl *r, int ifindex, u8 family, const union fw_addr *to, u8 prefix,
	       const union fw_addr *via, struct err *err);

#endif
