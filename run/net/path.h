/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path.h - the network of the netns testbed:
 *
 *	kpps-ID-source     kpps-ID-dut           kpps-ID-sink
 *	   near ----------- eth0   eth1 ----------- far
 *
 * Addresses, routes and MACs are those of run/world.h, so that rulesets and
 * streams fit both worlds: all that the bundled firewall forwards out of an
 * interface goes to one neighbour there, which is near or far. Every neighbour
 * is fixed, nothing in the three namespaces sends by itself (no IPv6
 * autoconfiguration, no router solicitation, no multicast reports, no ARP).
 *
 * Life: path_up, anything in the namespaces, path_down (also by claim_drop: the
 * namespaces are the claim's). One thread.
 */
#ifndef KPPS_NET_PATH_H
#define KPPS_NET_PATH_H

#include "run/net/claim.h"
#include "run/net/netns.h"
#include "run/net/rtnl.h"
#include "run/world.h"

enum path_kind {
	PATH_ROUTE,	/* addresses, routes, forwarding on */
	PATH_BRIDGE,	/* eth0 and eth1 are ports of br0, no address; frames are sent to the MAC
			 * of far or near; br_netfilter (net.bridge.bridge-nf-call-*) off, or
			 * as bridge_nf says */
	PATH_BARE,	/* links up, nothing else: a firewall in userspace has them */
	PATH_WIRE,	/* no DUT: near and far are the two ends of one pair */
};

struct path_config {
	enum path_kind kind;
	u32 queues;		/* of each link; 0: 1 */
	u32 mtu;		/* 0: 1500 */
	bool bridge_nf;		/* br_netfilter hands IP to iptables; ARP it never does */
	bool gro;		/* generic receive offload on the DUT's links */
	/* of near and far, as the streams have them: eth0 gets far's, so that frames
	 * from near are for it, and eth1 near's; zeros: world.h's neighbours */
	u8 near_mac[6], far_mac[6];
};

enum path_hop { HOP_NEAR, HOP_IN, HOP_OUT, HOP_FAR, PATH_HOPS };	/* near, eth0, eth1, far */

struct path {
	int netns[3];			/* fds: source, dut (-1 for PATH_WIRE), sink */
	struct rtnl_link link[PATH_HOPS];
	int hop_netns[PATH_HOPS];	/* the fd above in which it lives */
};

enum { PATH_SOURCE, PATH_DUT, PATH_SINK };

/* path_neighbour - the address by which the DUT's routes reach @hop (near or far). */
void path_neighbour(enum path_hop hop, u8 family, union fw_addr *ret);

int path_up(struct claim *c, const struct path_config *config, struct path *ret, struct err *err);
void path_down(struct claim *c, struct path *p);

#endif
