// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * path.c - see path.h. Order matters: sysctls before the links, which copy them
 * when they are made; links quiet before they are up and before IPv6 forwards,
 * which joins groups and reports them; routes last, since those of IPv6 need links
 * that are up. At the end everything is read back.
 *
 * The next hops, which are near and far, have addresses that no frame carries:
 * those of the DUT's own links with 2 at the end. near and far themselves have
 * none, so that their stacks can't answer what arrives there.
 */
#include "run/net/path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>

static const char *const roles[] = { "source", "dut", "sink" };
static const char *const hop_names[PATH_HOPS] = { "near", "eth0", "eth1", "far" };

struct setting {
	const char *name, *route, *other;	/* in a DUT that routes, and in all else */
};

/* A new namespace may have copied what the host has set. */
static const struct setting settings[] = {
	/* first: it resets others */
	{ "net.ipv4.ip_forward", "1", "0" },
	{ "net.ipv4.conf.all.rp_filter", "0", "0" },
	{ "net.ipv4.conf.default.rp_filter", "0", "0" },
	{ "net.ipv4.conf.all.send_redirects", "0", "0" },
	{ "net.ipv4.conf.default.send_redirects", "0", "0" },
	{ "net.ipv4.conf.all.accept_redirects", "0", "0" },
	{ "net.ipv4.conf.default.accept_redirects", "0", "0" },
	/* 1 comes when the links are quiet */
	{ "net.ipv6.conf.all.forwarding", "0", "0" },
	{ "net.ipv6.conf.all.accept_redirects", "0", "0" },
	{ "net.ipv6.conf.default.accept_redirects", "0", "0" },
};

/* What the DUT's links must then have. */
static const struct setting link_settings[] = {
	{ "net.ipv4.conf.%s.forwarding", "1", "0" },
	{ "net.ipv4.conf.%s.rp_filter", "0", "0" },
	{ "net.ipv4.conf.%s.send_redirects", "0", "0" },
	{ "net.ipv6.conf.%s.forwarding", "1", "0" },
	{ "net.ipv6.conf.%s.addr_gen_mode", "1", "1" },
};

/* Everything that path_up needs on its way. */
struct making {
	const struct path_config *config;
	struct fw_config world;
	u8 mac[PATH_HOPS][6];
	struct path *p;
	struct rtnl *r[3];	/* as p->netns */
	struct rtnl_link bridge;
};

static bool has_hop(const struct path_config *config, enum path_hop hop)
{
	return config->kind != PATH_WIRE || hop == HOP_NEAR || hop == HOP_FAR;
}

static int hop_place(enum path_hop hop)
{
	return hop == HOP_NEAR ? PATH_SOURCE : hop == HOP_FAR ? PATH_SINK : PATH_DUT;
}

/* hop_text - "eth0 in the dut", for messages. */
static const char *hop_text(enum path_hop hop, char buf[32])
{
	snprintf(buf, 32, "%s in the %s", hop_names[hop], roles[hop_place(hop)]);
	return buf;
}

static void world_macs(struct making *m)
{
	const struct fw_config *w = &m->world;

	memcpy(m->mac[HOP_IN], w->ifs[WORLD_INSIDE].mac, 6);
	memcpy(m->mac[HOP_OUT], w->ifs[WORLD_OUTSIDE].mac, 6);
	for (unsigned int i = 0; i < w->nroutes; i++)
		memcpy(m->mac[w->routes[i].out_if == WORLD_INSIDE ? HOP_NEAR : HOP_FAR],
		       w->routes[i].next_hop_mac, 6);
}

/* Frames from near are for eth0 when it has the address they go to, which is far's. */
static void stream_macs(struct making *m)
{
	static const u8 none[6];
	const struct path_config *c = m->config;

	if (!memcmp(c->near_mac, none, 6) && !memcmp(c->far_mac, none, 6))
		return;
	memcpy(m->mac[HOP_NEAR], c->near_mac, 6);
	memcpy(m->mac[HOP_FAR], c->far_mac, 6);
	if (c->kind == PATH_BRIDGE)
		return;
	memcpy(m->mac[HOP_IN], c->far_mac, 6);
	memcpy(m->mac[HOP_OUT], c->near_mac, 6);
}

static int set_sysctls(int netns, bool routes, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct setting *s = &settings[i];
		int ret = sysctl_set(netns, s->name, routes ? s->route : s->other, err);

		if (ret)
			return ret;
	}
	return 0;
}

static int make_namespaces(struct claim *c, struct making *m, struct err *err)
{
	struct path *p = m->p;
	int ret;

	for (int i = 0; i < 3; i++) {
		if (i == PATH_DUT && m->config->kind == PATH_WIRE)
			continue;
		ret = claim_namespace(c, roles[i], &p->netns[i], err);
		if (ret)
			return ret;
		ret = set_sysctls(p->netns[i], i == PATH_DUT && m->config->kind == PATH_ROUTE, err);
		if (!ret)
			ret = rtnl_open(p->netns[i], &m->r[i], err);
		if (ret)
			return ret;
	}
	for (enum path_hop hop = HOP_NEAR; hop < PATH_HOPS; hop++)
		p->hop_netns[hop] = p->netns[hop_place(hop)];
	return 0;
}

static struct rtnl *hop_rtnl(const struct making *m, enum path_hop hop)
{
	return m->r[hop_place(hop)];
}

static u32 config_mtu(const struct making *m)
{
	return m->config->mtu ? m->config->mtu : ETH_DATA_LEN;
}

static u32 config_queues(const struct making *m)
{
	return m->config->queues ? m->config->queues : 1;
}

static int make_pair(struct making *m, enum path_hop a, enum path_hop b, struct err *err)
{
	const enum path_hop hop[2] = { a, b };
	struct rtnl_veth_end ends[2];
	int ret;

	for (int i = 0; i < 2; i++) {
		ends[i] = (struct rtnl_veth_end){
			.name = hop_names[hop[i]],
			.netns = m->p->hop_netns[hop[i]],
			.queues = config_queues(m),
		};
		memcpy(ends[i].mac, m->mac[hop[i]], 6);
	}
	ret = rtnl_veth(ends, config_mtu(m), err);
	for (int i = 0; i < 2 && !ret; i++) {
		struct rtnl *r = hop_rtnl(m, hop[i]);
		struct rtnl_link *l = &m->p->link[hop[i]];

		ret = rtnl_link_get(r, hop_names[hop[i]], l, err);
		if (!ret)
			ret = rtnl_link_quiet(r, l->ifindex, err);
		if (!ret && hop_place(hop[i]) == PATH_DUT)
			ret = rtnl_link_gro(r, l->name, m->config->gro, err);
	}
	return ret;
}

static int make_links(struct making *m, struct err *err)
{
	int ret;

	if (m->config->kind == PATH_WIRE)
		return make_pair(m, HOP_NEAR, HOP_FAR, err);
	ret = make_pair(m, HOP_NEAR, HOP_IN, err);
	return ret ? ret : make_pair(m, HOP_OUT, HOP_FAR, err);
}

static int check_sysctl(int netns, const char *name, const char *asked, struct err *err)
{
	char value[32];
	int ret = sysctl_get(netns, name, value, sizeof(value), err);

	if (!ret && strcmp(value, asked))
		ret = err_set(err, -EPROTO, "%s in the DUT is %s, though %s was set", name, value,
			      asked);
	return ret;
}

/* br_netfilter, to @bridge_nf; set, and read again. */
static int bridge_sysctls(int netns, bool bridge_nf, struct err *err)
{
	static const struct {
		const char *name;
		bool arp;
	} calls[] = {
		{ "net.bridge.bridge-nf-call-iptables", false },
		{ "net.bridge.bridge-nf-call-ip6tables", false },
		{ "net.bridge.bridge-nf-call-arptables", true },
	};
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(calls) && !ret; i++) {
		const char *value = bridge_nf && !calls[i].arp ? "1" : "0";

		ret = sysctl_set(netns, calls[i].name, value, err);
		if (ret == -ENOENT && !bridge_nf)	/* br_netfilter is not loaded */
			return 0;
		if (ret == -ENOENT)
			return err_set(err, -ENOTSUP, "bridged packets don't come to iptables here: "
				       "load the module br_netfilter (CONFIG_BRIDGE_NETFILTER)");
		if (!ret)
			ret = check_sysctl(netns, calls[i].name, value, err);
	}
	return ret;
}

/* What has to wait for the links. */
static int late_sysctls(const struct making *m, struct err *err)
{
	int netns = m->p->netns[PATH_DUT];

	if (m->config->kind == PATH_ROUTE)
		return sysctl_set(netns, "net.ipv6.conf.all.forwarding", "1", err);
	if (m->config->kind == PATH_BRIDGE)
		return bridge_sysctls(netns, m->config->bridge_nf, err);
	return 0;
}

static int links_up(struct making *m, struct err *err)
{
	int ret = 0;

	for (enum path_hop hop = HOP_NEAR; hop < PATH_HOPS && !ret; hop++)
		if (has_hop(m->config, hop))
			ret = rtnl_link_up(hop_rtnl(m, hop), m->p->link[hop].ifindex, true, err);
	return ret;
}

static int make_bridge(struct making *m, struct err *err)
{
	static const u8 any_mac[6];
	struct rtnl *r = m->r[PATH_DUT];
	const enum path_hop port[2] = { HOP_IN, HOP_OUT };
	int ret = rtnl_bridge(r, "br0", any_mac, err);

	if (!ret)
		ret = rtnl_link_get(r, "br0", &m->bridge, err);
	if (!ret)
		ret = rtnl_link_quiet(r, m->bridge.ifindex, err);
	for (int i = 0; i < 2 && !ret; i++) {
		ret = rtnl_link_master(r, m->p->link[port[i]].ifindex, m->bridge.ifindex, err);
		/* Without this the bridge floods to a side that never sends. */
		if (!ret)
			ret = rtnl_fdb(r, m->p->link[port[i]].ifindex,
				       m->mac[port[i] == HOP_IN ? HOP_NEAR : HOP_FAR], err);
	}
	return ret ? ret : rtnl_link_up(r, m->bridge.ifindex, true, err);
}

static union fw_addr next_hop(u8 family, const struct fw_if *of)
{
	union fw_addr a = family == AF_INET ? of->addr4[0] : of->addr6[0];

	a.v6[family == AF_INET ? 3 : 15] = 2;
	return a;
}

void path_neighbour(enum path_hop hop, u8 family, union fw_addr *ret)
{
	struct fw_config world;

	world_default(&world);
	*ret = next_hop(family, &world.ifs[hop == HOP_NEAR ? WORLD_INSIDE : WORLD_OUTSIDE]);
}

static int make_addresses(struct making *m, enum world_if i, struct err *err)
{
	enum path_hop hop = i == WORLD_INSIDE ? HOP_IN : HOP_OUT;
	const struct fw_if *wif = &m->world.ifs[i];
	int ifindex = m->p->link[hop].ifindex, ret = 0;
	struct rtnl *r = m->r[PATH_DUT];
	const u8 families[] = { AF_INET, AF_INET6 };

	/* Host prefixes: even the networks on the links lead to the one next hop. */
	for (int k = 0; k < wif->naddrs4 && !ret; k++)
		ret = rtnl_address(r, ifindex, AF_INET, &wif->addr4[k], 32, err);
	for (int k = 0; k < wif->naddrs6 && !ret; k++)
		ret = rtnl_address(r, ifindex, AF_INET6, &wif->addr6[k], 128, err);
	for (size_t k = 0; k < ARRAY_SIZE(families) && !ret; k++) {
		union fw_addr via = next_hop(families[k], wif);

		ret = rtnl_neighbour(r, ifindex, families[k], &via,
				     m->mac[hop == HOP_IN ? HOP_NEAR : HOP_FAR], err);
	}
	return ret;
}

static int make_routes(struct making *m, struct err *err)
{
	int ret = make_addresses(m, WORLD_INSIDE, err);

	if (!ret)
		ret = make_addresses(m, WORLD_OUTSIDE, err);
	for (unsigned int i = 0; i < m->world.nroutes && !ret; i++) {
		const struct fw_route *route = &m->world.routes[i];
		enum path_hop hop = route->out_if == WORLD_INSIDE ? HOP_IN : HOP_OUT;
		union fw_addr via = next_hop(route->family, &m->world.ifs[route->out_if]);

		ret = rtnl_route(m->r[PATH_DUT], m->p->link[hop].ifindex, route->family,
				 &route->prefix, route->prefix_len, &via, err);
	}
	return ret;
}

static int differs(enum path_hop hop, const char *what, u32 is, u32 asked, struct err *err)
{
	char text[32];

	if (is == asked)
		return 0;
	return err_set(err, -EPROTO, "%s: %s is %u, though %u was set", hop_text(hop, text), what,
		       is, asked);
}

/* check_link - read it again, and compare. */
static int check_link(struct making *m, enum path_hop hop, struct err *err)
{
	enum path_hop other = m->config->kind == PATH_WIRE ? PATH_HOPS - 1 - hop : hop ^ 1;
	struct rtnl_link *l = &m->p->link[hop];
	int peer = m->p->link[other].ifindex;
	struct rtnl *r = hop_rtnl(m, hop);
	char text[32];
	bool gro;
	int ret = rtnl_link_get(r, hop_names[hop], l, err);

	if (ret)
		return ret;
	if (memcmp(l->mac, m->mac[hop], 6))
		return err_set(err, -EPROTO, "%s has not the MAC address it was given",
			       hop_text(hop, text));
	if ((ret = differs(hop, "the MTU", l->mtu, config_mtu(m), err)) ||
	    (ret = differs(hop, "the number of receive queues", l->rx_queues, config_queues(m),
			   err)) ||
	    (ret = differs(hop, "the number of transmit queues", l->tx_queues, config_queues(m),
			   err)) ||
	    (ret = differs(hop, "up", l->up, true, err)) ||
	    (ret = differs(hop, "carrier", l->carrier, true, err)) ||
	    (ret = differs(hop, "no ARP, no multicast", l->quiet, true, err)) ||
	    (ret = differs(hop, "the ifindex of its other end", (u32)l->peer, (u32)peer, err)) ||
	    (ret = differs(hop, "the ifindex of its bridge", (u32)l->master,
			   hop_place(hop) == PATH_DUT ? (u32)m->bridge.ifindex : 0, err)))
		return ret;
	if (hop_place(hop) != PATH_DUT)
		return 0;
	ret = rtnl_link_gro_get(r, l->name, &gro, err);
	return ret ? ret : differs(hop, "receive offload", gro, m->config->gro, err);
}

static int check_sysctls(const struct making *m, struct err *err)
{
	int netns = m->p->netns[PATH_DUT], ret = 0;
	bool routes = m->config->kind == PATH_ROUTE;
	char name[64];

	for (enum path_hop hop = HOP_IN; hop <= HOP_OUT; hop++) {
		for (size_t i = 0; i < ARRAY_SIZE(link_settings) && !ret; i++) {
			const char *before = link_settings[i].name;
			const char *after = strchr(before, '%') + 2;

			snprintf(name, sizeof(name), "%.*s%s%s", (int)(after - 2 - before), before,
				 hop_names[hop], after);
			ret = check_sysctl(netns, name, routes ? link_settings[i].route :
					   link_settings[i].other, err);
		}
	}
	return ret;
}

/* check_routes - the kernel's own answer for an address of each. */
static int check_routes(const struct making *m, struct err *err)
{
	static const union fw_addr elsewhere4 = { .v6 = { 198, 51, 100, 1 } };	/* RFC 5737 */
	static const union fw_addr elsewhere6 = {				/* RFC 3849 */
		.v6 = { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, [15] = 1 }
	};

	for (unsigned int i = 0; i < m->world.nroutes; i++) {
		const struct fw_route *route = &m->world.routes[i];
		enum path_hop hop = route->out_if == WORLD_INSIDE ? HOP_IN : HOP_OUT;
		union fw_addr via = next_hop(route->family, &m->world.ifs[route->out_if]);
		const union fw_addr *to = route->prefix_len ? &route->prefix :
					  route->family == AF_INET ? &elsewhere4 : &elsewhere6;
		char text[INET6_ADDRSTRLEN] = "";
		struct rtnl_nexthop got;
		int ret = rtnl_route_get(m->r[PATH_DUT], route->family, to, &got, err);

		if (ret)
			return ret;
		inet_ntop(route->family, to->v6, text, sizeof(text));
		if (got.ifindex != m->p->link[hop].ifindex || !got.has_via ||
		    memcmp(got.via.v6, via.v6, route->family == AF_INET ? 4 : 16))
			return err_set(err, -EPROTO, "%s in the DUT does not go out by %s to the "
				       "next hop that was set", text, hop_names[hop]);
	}
	return 0;
}

static int check(struct making *m, struct err *err)
{
	int ret = 0;

	for (enum path_hop hop = HOP_NEAR; hop < PATH_HOPS && !ret; hop++)
		if (has_hop(m->config, hop))
			ret = check_link(m, hop, err);
	if (!ret && m->config->kind != PATH_WIRE)
		ret = check_sysctls(m, err);
	if (!ret && m->config->kind == PATH_ROUTE)
		ret = check_routes(m, err);
	return ret;
}

static int make(struct claim *c, struct making *m, struct err *err)
{
	int ret = make_namespaces(c, m, err);

	if (!ret)
		ret = make_links(m, err);
	if (!ret && m->config->kind == PATH_BRIDGE)
		ret = make_bridge(m, err);
	if (!ret)
		ret = late_sysctls(m, err);
	if (!ret)
		ret = links_up(m, err);
	if (!ret && m->config->kind == PATH_ROUTE)
		ret = make_routes(m, err);
	return ret ? ret : check(m, err);
}

int path_up(struct claim *c, const struct path_config *config, struct path *ret_path,
	    struct err *err)
{
	struct making m = { .config = config, .p = ret_path };
	int ret;

	*ret_path = (struct path){ .netns = { -1, -1, -1 }, .hop_netns = { -1, -1, -1, -1 } };
	world_default(&m.world);
	world_macs(&m);
	stream_macs(&m);
	ret = make(c, &m, err);
	for (int i = 0; i < 3; i++)
		rtnl_close(m.r[i]);
	if (ret)
		path_down(c, ret_path);
	return ret;
}

void path_down(struct claim *c, struct path *p)
{
	/* The DUT's first: the other ends of all pairs go with it. */
	static const int order[] = { PATH_DUT, PATH_SOURCE, PATH_SINK };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (p->netns[order[i]] >= 0)
			claim_namespace_drop(c, p->netns[order[i]], NULL);
	*p = (struct path){ .netns = { -1, -1, -1 }, .hop_netns = { -1, -1, -1, -1 } };
}
