// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * path.c - see path.h. Order matters: sysctls before the links, which copy them
 * when they are made; links quiet before they are up and before IPv6 forwards,
 * which joins groups and reports them; routes last, since those of IPv6 need links
 * that are up (path_routes.c). At the end everything is read back.
 */
#include "run/net/path_parts.h"

#include <errno.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>

static const char *const roles[PATH_PLACES] = { "source", "dut", "peer", "sink" };
const char *const path_hop_names[PATH_HOPS] = { "near", "eth0", "mid0", "mid1", "eth1", "far" };

/* Without any of what it has. */
static const struct path nothing = {
	.netns = { -1, -1, -1, -1 }, .hop_netns = { -1, -1, -1, -1, -1, -1 },
};

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

static bool has_hop(enum path_kind kind, enum path_hop hop)
{
	if (hop == HOP_MID0 || hop == HOP_MID1)
		return kind == PATH_TUNNEL;
	if (kind == PATH_DUMMY)
		return hop == HOP_NEAR;
	return kind != PATH_WIRE || hop == HOP_NEAR || hop == HOP_FAR;
}

static bool has_place(enum path_kind kind, enum path_place place)
{
	if (place == PATH_PEER)
		return kind == PATH_TUNNEL;
	if (kind == PATH_DUMMY)
		return place == PATH_SOURCE;
	return kind != PATH_WIRE || place != PATH_DUT;
}

static enum path_place hop_place(enum path_kind kind, enum path_hop hop)
{
	switch (hop) {
	case HOP_NEAR:
		return PATH_SOURCE;
	case HOP_FAR:
		return PATH_SINK;
	case HOP_MID1:
		return PATH_PEER;
	case HOP_OUT:
		return kind == PATH_TUNNEL ? PATH_PEER : PATH_DUT;
	default:
		return PATH_DUT;
	}
}

static bool is_dut(enum path_place place)
{
	return place == PATH_DUT || place == PATH_PEER;
}

bool path_has(const struct path *p, enum path_hop hop)
{
	return p->link[hop].ifindex > 0;
}

bool path_in_dut(const struct path *p, enum path_hop hop)
{
	return path_has(p, hop) && is_dut(hop_place(p->kind, hop));
}

static bool routes(enum path_kind kind, enum path_place place)
{
	unsigned int n, i;
	const struct gateway *g = path_gateways(kind, &n);

	for (i = 0; i < n; i++)
		if (g[i].place == place)
			return true;
	return false;
}

/* hop_text - "eth0 in the dut", for messages. */
static const char *hop_text(enum path_kind kind, enum path_hop hop, char buf[32])
{
	snprintf(buf, 32, "%s in the %s", path_hop_names[hop], roles[hop_place(kind, hop)]);
	return buf;
}

static void world_macs(struct making *m)
{
	static const u8 mid[2][6] = { { 2, 0, 0, 0, 2, 1 }, { 2, 0, 0, 0, 2, 2 } };
	const struct fw_config *w = &m->world;

	memcpy(m->mac[HOP_MID0], mid[0], 6);
	memcpy(m->mac[HOP_MID1], mid[1], 6);
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

static int set_sysctls(int netns, bool router, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct setting *s = &settings[i];
		int ret = sysctl_set(netns, s->name, router ? s->route : s->other, err);

		if (ret)
			return ret;
	}
	return 0;
}

static int make_namespaces(struct claim *c, struct making *m, struct err *err)
{
	enum path_kind kind = m->config->kind;
	struct path *p = m->p;
	int ret;

	for (enum path_place i = 0; i < PATH_PLACES; i++) {
		if (!has_place(kind, i))
			continue;
		ret = claim_namespace(c, roles[i], &p->netns[i], err);
		if (ret)
			return ret;
		ret = set_sysctls(p->netns[i], routes(kind, i), err);
		if (!ret)
			ret = rtnl_open(p->netns[i], &m->r[i], err);
		if (ret)
			return ret;
	}
	for (enum path_hop hop = HOP_NEAR; hop < PATH_HOPS; hop++)
		if (has_hop(kind, hop))
			p->hop_netns[hop] = p->netns[hop_place(kind, hop)];
	return 0;
}

static struct rtnl *hop_rtnl(const struct making *m, enum path_hop hop)
{
	return m->r[hop_place(m->config->kind, hop)];
}

static u32 hop_mtu(const struct making *m, enum path_hop hop)
{
	u32 mtu = m->config->mtu ? m->config->mtu : ETH_DATA_LEN;

	return hop == HOP_MID0 || hop == HOP_MID1 ? mtu + PATH_TUNNEL_ROOM : mtu;
}

static u32 config_queues(const struct making *m)
{
	return m->config->queues ? m->config->queues : 1;
}

/* A link that was made. */
static int note_link(struct making *m, enum path_hop hop, struct err *err)
{
	struct rtnl *r = hop_rtnl(m, hop);
	struct rtnl_link *l = &m->p->link[hop];
	int ret = rtnl_link_get(r, path_hop_names[hop], l, err);

	return ret ? ret : rtnl_link_quiet(r, l->ifindex, err);
}

static int make_pair(struct making *m, enum path_hop a, enum path_hop b, struct err *err)
{
	const enum path_hop hop[2] = { a, b };
	struct rtnl_veth_end ends[2];
	int ret;

	for (int i = 0; i < 2; i++) {
		ends[i] = (struct rtnl_veth_end){
			.name = path_hop_names[hop[i]],
			.netns = m->p->hop_netns[hop[i]],
			.queues = config_queues(m),
		};
		memcpy(ends[i].mac, m->mac[hop[i]], 6);
	}
	ret = rtnl_veth(ends, hop_mtu(m, a), err);
	for (int i = 0; i < 2 && !ret; i++) {
		ret = note_link(m, hop[i], err);
		if (!ret && is_dut(hop_place(m->config->kind, hop[i])))
			ret = rtnl_link_gro(hop_rtnl(m, hop[i]), path_hop_names[hop[i]],
					    m->config->gro, err);
	}
	return ret;
}

static int make_dummy(struct making *m, struct err *err)
{
	int ret = rtnl_dummy(hop_rtnl(m, HOP_NEAR), path_hop_names[HOP_NEAR], m->mac[HOP_NEAR],
			     config_queues(m), hop_mtu(m, HOP_NEAR), err);

	return ret ? ret : note_link(m, HOP_NEAR, err);
}

static int make_links(struct making *m, struct err *err)
{
	int ret;

	if (m->config->kind == PATH_WIRE)
		return make_pair(m, HOP_NEAR, HOP_FAR, err);
	if (m->config->kind == PATH_DUMMY)
		return make_dummy(m, err);
	ret = make_pair(m, HOP_NEAR, HOP_IN, err);
	if (!ret && m->config->kind == PATH_TUNNEL)
		ret = make_pair(m, HOP_MID0, HOP_MID1, err);
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
	int ret = 0;

	for (enum path_place i = 0; i < PATH_PLACES && !ret; i++)
		if (routes(m->config->kind, i))
			ret = sysctl_set(m->p->netns[i], "net.ipv6.conf.all.forwarding", "1", err);
	if (!ret && m->config->kind == PATH_BRIDGE)
		ret = bridge_sysctls(m->p->netns[PATH_DUT], m->config->bridge_nf, err);
	return ret;
}

static int links_up(struct making *m, struct err *err)
{
	int ret = 0;

	for (enum path_hop hop = HOP_NEAR; hop < PATH_HOPS && !ret; hop++)
		if (has_hop(m->config->kind, hop))
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

static int differs(const char *where, const char *what, u32 is, u32 asked, struct err *err)
{
	if (is == asked)
		return 0;
	return err_set(err, -EPROTO, "%s: %s is %u, though %u was set", where, what, is, asked);
}

/* check_link - read it again once it carries frames, and compare. */
static int check_link(struct making *m, enum path_hop hop, struct err *err)
{
	enum path_hop other = m->config->kind == PATH_WIRE ? PATH_HOPS - 1 - hop : hop ^ 1;
	bool dut = is_dut(hop_place(m->config->kind, hop)), gro;
	struct rtnl_link *l = &m->p->link[hop];
	int peer = m->p->link[other].ifindex;
	struct rtnl *r = hop_rtnl(m, hop);
	char where[32];
	int ret = rtnl_link_wait(r, path_hop_names[hop], l, err);

	if (ret)
		return ret;
	hop_text(m->config->kind, hop, where);
	if (memcmp(l->mac, m->mac[hop], 6))
		return err_set(err, -EPROTO, "%s has not the MAC address it was given", where);
	if ((ret = differs(where, "the MTU", l->mtu, hop_mtu(m, hop), err)) ||
	    (ret = differs(where, "the number of receive queues", l->rx_queues, config_queues(m),
			   err)) ||
	    (ret = differs(where, "the number of transmit queues", l->tx_queues, config_queues(m),
			   err)) ||
	    (ret = differs(where, "up", l->up, true, err)) ||
	    (ret = differs(where, "no ARP, no multicast", l->quiet, true, err)) ||
	    (ret = differs(where, "the ifindex of its other end", (u32)l->peer, (u32)peer, err)) ||
	    (ret = differs(where, "the ifindex of its bridge", (u32)l->master,
			   dut ? (u32)m->bridge.ifindex : 0, err)))
		return ret;
	if (!dut)
		return 0;
	ret = rtnl_link_gro_get(r, l->name, &gro, err);
	return ret ? ret : differs(where, "receive offload", gro, m->config->gro, err);
}

static int check_sysctls(const struct making *m, enum path_hop hop, struct err *err)
{
	enum path_place place = hop_place(m->config->kind, hop);
	bool router = routes(m->config->kind, place);
	char name[64];
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(link_settings) && !ret; i++) {
		const char *before = link_settings[i].name;
		const char *after = strchr(before, '%') + 2;

		snprintf(name, sizeof(name), "%.*s%s%s", (int)(after - 2 - before), before,
			 path_hop_names[hop], after);
		ret = check_sysctl(m->p->netns[place], name, router ? link_settings[i].route :
				   link_settings[i].other, err);
	}
	return ret;
}

static int check(struct making *m, struct err *err)
{
	enum path_kind kind = m->config->kind;
	int ret = 0;

	for (enum path_hop hop = HOP_NEAR; hop < PATH_HOPS && !ret; hop++)
		if (has_hop(kind, hop))
			ret = check_link(m, hop, err);
	for (enum path_hop hop = HOP_NEAR; hop < PATH_HOPS && !ret; hop++)
		if (has_hop(kind, hop) && is_dut(hop_place(kind, hop)))
			ret = check_sysctls(m, hop, err);
	return ret ? ret : path_routes_check(m, err);
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
	if (!ret)
		ret = path_routes_make(m, err);
	return ret ? ret : check(m, err);
}

int path_up(struct claim *c, const struct path_config *config, struct path *ret_path,
	    struct err *err)
{
	struct making m = { .config = config, .p = ret_path };
	int ret;

	*ret_path = nothing;
	ret_path->kind = config->kind;
	world_default(&m.world);
	world_macs(&m);
	stream_macs(&m);
	ret = make(c, &m, err);
	for (int i = 0; i < PATH_PLACES; i++)
		rtnl_close(m.r[i]);
	if (ret)
		path_down(c, ret_path);
	return ret;
}

void path_down(struct claim *c, struct path *p)
{
	/* The DUT's first: the other ends of its pairs go with it. */
	static const enum path_place order[] = { PATH_DUT, PATH_PEER, PATH_SOURCE, PATH_SINK };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (p->netns[order[i]] >= 0)
			claim_namespace_drop(c, p->netns[order[i]], NULL);
	*p = nothing;
}
