/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path.h - the network of the netns testbed:
 *
 *	kpps-ID-source     kpps-ID-dut           kpps-ID-sink
 *	   near ----------- eth0   eth1 ----------- far
 *
 * or, for a tunnel, with two gateways:
 *
 *	kpps-ID-source     kpps-ID-dut           kpps-ID-peer          kpps-ID-sink
 *	   near ----------- eth0   mid0 ---------- mid1   eth1 ---------- far
 *
 * Addresses, routes and MACs are those of run/world.h, so that rulesets and
 * streams fit both worlds: all that the bundled firewall forwards out of an
 * interface goes to one neighbour there, which is near or far. Every neighbour
 * is fixed, nothing in the namespaces sends by itself (no IPv6
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
	PATH_TUNNEL,	/* two that route, back to back; mid0 and mid1 have PATH_TUNNEL_ROOM
			 * more MTU, so that no header of a tunnel makes a frame too long */
	PATH_WIRE,	/* no DUT: near and far are the two ends of one pair */
	PATH_DUMMY,	/* near alone, a dummy device: what is sent there is gone */
};

#define PATH_TUNNEL_ROOM 256

struct path_config {
	enum path_kind kind;
	u32 queues;		/* of each link; 0: 1 */
	u32 mtu;		/* of what near and far are on; 0: 1500 */
	bool bridge_nf;		/* br_netfilter hands IP to iptables; ARP it never does */
	bool gro;		/* generic receive offload on the DUT's links */
	/* of near and far, as the streams have them: eth0 gets far's, so that frames
	 * from near are for it, and eth1 near's; zeros: world.h's neighbours */
	u8 near_mac[6], far_mac[6];
};

/* In the order in which a packet meets them: near, eth0, mid0, mid1, eth1, far. */
enum path_hop { HOP_NEAR, HOP_IN, HOP_MID0, HOP_MID1, HOP_OUT, HOP_FAR, PATH_HOPS };
enum path_place { PATH_SOURCE, PATH_DUT, PATH_PEER, PATH_SINK, PATH_PLACES };

struct path {
	enum path_kind kind;
	int netns[PATH_PLACES];		/* fds; -1: there is none of this kind */
	struct rtnl_link link[PATH_HOPS];	/* ifindex 0: there is none */
	int hop_netns[PATH_HOPS];	/* the fd above in which it lives */
};

/* path_has - is there such a hop? path_in_dut - does it belong to a DUT (its peer, too)? */
bool path_has(const struct path *p, enum path_hop hop);
bool path_in_dut(const struct path *p, enum path_hop hop);
/* path_mid - the address of mid0 or mid1: where a tunnel begins and ends. */
void path_mid(enum path_hop hop, u8 family, union fw_addr *ret);
/* path_routes - more routes than those of the world, in all that routes; one that is
 * there already stays as it is. */
int path_routes(const struct path *p, const struct fw_route *routes, unsigned int n,
		struct err *err);

int path_up(struct claim *c, const struct path_config *config, struct path *ret, struct err *err);
void path_down(struct claim *c, struct path *p);

#endif
