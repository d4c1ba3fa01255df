// SPDX-License-Identifier: GPL-2.0
/*
 * route.c - does a device carry a default route of its namespace? Frames of a
 * generator on such a device may cut the machine off. Two halves of the address
 * space, as VPNs set them, count as one, and so does all of IPv6's unicast.
 */
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6_stubs.h>

#include "gen.h"

#define KG_DEFAULT_V4	1	/* longest prefix that is a default route */
#define KG_DEFAULT_V6	3

static bool default_v4(struct net *net, const struct net_device *dev)
{
	/* no route but a default one leads there */
	struct flowi4 fl4 = { .daddr = htonl(1), .flowi4_oif = dev->ifindex };
	struct fib_result res;

	return !fib_lookup(net, &fl4, &res, 0) && res.prefixlen <= KG_DEFAULT_V4;
}

#if IS_ENABLED(CONFIG_IPV6)
static bool default_v6(struct net *net, const struct net_device *dev)
{
	struct flowi6 fl6 = {
		.daddr = { { { 0x20, 0x01, 0x0d, 0xb8 } } },	/* for documentation: nowhere */
		.flowi6_oif = dev->ifindex,
	};
	struct fib6_result res = {};
	bool ret;

	rcu_read_lock();
	ret = !ipv6_stub->fib6_lookup(net, dev->ifindex, &fl6, &res, RT6_LOOKUP_F_IFACE) &&
	      res.f6i && res.f6i != net->ipv6.fib6_null_entry &&
	      res.f6i->fib6_dst.plen <= KG_DEFAULT_V6;
	rcu_read_unlock();
	return ret;
}
#else
static bool default_v6(struct net *net, const struct net_device *dev)
{
	return false;
}
#endif

bool kg_carries_default_route(struct net *net, const struct net_device *dev)
{
	return default_v4(net, dev) || default_v6(net, dev);
}
