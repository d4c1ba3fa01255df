// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * path_routes.c - addresses, neighbours and routes of what routes in a path; see
 * path.h. The next hops, which are near and far, have addresses that no frame
 * carries: those of the DUT's own links with 2 at the end. near and far
 * themselves have none, so that their stacks can't answer what arrives there.
 */
#include "run/net/path_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const u8 families[] = { AF_INET, AF_INET6 };

const struct gateway *path_gateways(enum path_kind kind, unsigned int *ret_n)
{
	static const struct gateway alone = { PATH_DUT, { HOP_IN, HOP_OUT } };
	static const struct gateway two[] = {
		{ PATH_DUT, { HOP_IN, HOP_MID0 } }, { PATH_PEER, { HOP_MID1, HOP_OUT } },
	};

	*ret_n = kind == PATH_ROUTE ? 1 : kind == PATH_TUNNEL ? 2 : 0;
	return kind == PATH_TUNNEL ? two : &alone;
}

static u8 host_prefix(u8 family)
{
	return family == AF_INET ? 32 : 128;
}

static bool is_mid(enum path_hop hop)
{
	return hop == HOP_MID0 || hop == HOP_MID1;
}

void path_mid(enum path_hop hop, u8 family, union fw_addr *ret)
{
	static const union fw_addr v4 = { .v6 = { 198, 51, 100 } };	/* RFC 5737 */
	static const union fw_addr v6 = { .v6 = { 0x20, 0x01, 0x0d, 0xb8, 0, 3 } };
	u8 last = hop == HOP_MID0 ? 1 : 2;

	*ret = family == AF_INET ? v4 : v6;
	ret->v6[family == AF_INET ? 3 : 15] = last;
}

/* What lies behind @hop, one link further. */
static union fw_addr next_hop(const struct fw_config *world, enum path_hop hop, u8 family)
{
	const struct fw_if *of = &world->ifs[hop == HOP_IN ? WORLD_INSIDE : WORLD_OUTSIDE];
	union fw_addr a;

	if (is_mid(hop)) {
		path_mid(hop ^ 1, family, &a);
		return a;
	}
	a = family == AF_INET ? of->addr4[0] : of->addr6[0];
	a.v6[family == AF_INET ? 3 : 15] = 2;
	return a;
}

/* Host prefixes: even the networks on the links lead to the one next hop. */
static int add_addresses(struct making *m, struct rtnl *r, enum path_hop hop, struct err *err)
{
	const struct fw_if *wif = &m->world.ifs[hop == HOP_IN ? WORLD_INSIDE : WORLD_OUTSIDE];
	int ifindex = m->p->link[hop].ifindex, ret = 0;

	for (int k = 0; k < wif->naddrs4 && !ret; k++)
		ret = rtnl_address(r, ifindex, AF_INET, &wif->addr4[k], 32, err);
	for (int k = 0; k < wif->naddrs6 && !ret; k++)
		ret = rtnl_address(r, ifindex, AF_INET6, &wif->addr6[k], 128, err);
	return ret;
}

/* Between two gateways: one address of each family, and the way to the other's. */
static int add_mid(struct making *m, struct rtnl *r, enum path_hop hop, struct err *err)
{
	int ifindex = m->p->link[hop].ifindex, ret = 0;

	for (size_t k = 0; k < ARRAY_SIZE(families) && !ret; k++) {
		u8 family = families[k];
		union fw_addr own, other;

		path_mid(hop, family, &own);
		path_mid(hop ^ 1, family, &other);
		ret = rtnl_address(r, ifindex, family, &own, host_prefix(family), err);
		if (!ret)
			ret = rtnl_route(r, ifindex, family, &other, host_prefix(family), NULL,
					 err);
	}
	return ret;
}

static int add_side(struct making *m, struct rtnl *r, enum path_hop hop, struct err *err)
{
	int ret = is_mid(hop) ? add_mid(m, r, hop, err) : add_addresses(m, r, hop, err);

	for (size_t k = 0; k < ARRAY_SIZE(families) && !ret; k++) {
		union fw_addr via = next_hop(&m->world, hop, families[k]);

		ret = rtnl_neighbour(r, m->p->link[hop].ifindex, families[k], &via,
				     m->mac[hop ^ 1], err);
	}
	return ret;
}

static int add_route(const struct path *p, struct rtnl *r, const struct gateway *g,
		     const struct fw_config *world, const struct fw_route *route, struct err *err)
{
	enum path_hop hop = g->hop[route->out_if];
	union fw_addr via = next_hop(world, hop, route->family);

	return rtnl_route(r, p->link[hop].ifindex, route->family, &route->prefix,
			  route->prefix_len, &via, err);
}

int path_routes_make(struct making *m, struct err *err)
{
	unsigned int n, i, k;
	const struct gateway *g = path_gateways(m->config->kind, &n);
	int ret = 0;

	for (i = 0; i < n && !ret; i++) {
		struct rtnl *r = m->r[g[i].place];

		ret = add_side(m, r, g[i].hop[WORLD_INSIDE], err);
		if (!ret)
			ret = add_side(m, r, g[i].hop[WORLD_OUTSIDE], err);
		for (k = 0; k < m->world.nroutes && !ret; k++)
			ret = add_route(m->p, r, &g[i], &m->world, &m->world.routes[k], err);
	}
	return ret;
}

static int add_more(const struct path *p, const struct gateway *g, const struct fw_route *routes,
		    unsigned int n, struct err *err)
{
	struct fw_config world;
	struct rtnl *r;
	unsigned int i;
	int ret = rtnl_open(p->netns[g->place], &r, err);

	if (ret)
		return ret;
	world_default(&world);
	for (i = 0; i < n && !ret; i++) {
		ret = add_route(p, r, g, &world, &routes[i], err);
		if (ret == -EEXIST)
			ret = 0;
	}
	rtnl_close(r);
	return ret;
}

int path_routes(const struct path *p, const struct fw_route *routes, unsigned int n,
		struct err *err)
{
	unsigned int gateways, i;
	const struct gateway *g = path_gateways(p->kind, &gateways);
	int ret = 0;

	for (i = 0; i < gateways && !ret; i++)
		ret = add_more(p, &g[i], routes, n, err);
	return ret;
}

static int check_route(const struct making *m, const struct gateway *g,
		       const struct fw_route *route, struct err *err)
{
	/* RFC 5737, RFC 3849 */
	static const union fw_addr elsewhere4 = { .v6 = { 198, 51, 100, 200 } };
	static const union fw_addr elsewhere6 = {
		.v6 = { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, [15] = 1 }
	};
	enum path_hop hop = g->hop[route->out_if];
	union fw_addr via = next_hop(&m->world, hop, route->family);
	const union fw_addr *to = route->prefix_len ? &route->prefix :
				  route->family == AF_INET ? &elsewhere4 : &elsewhere6;
	char text[INET6_ADDRSTRLEN] = "";
	struct rtnl_nexthop got;
	int ret = rtnl_route_get(m->r[g->place], route->family, to, &got, err);

	if (ret)
		return ret;
	inet_ntop(route->family, to->v6, text, sizeof(text));
	if (got.ifindex != m->p->link[hop].ifindex || !got.has_via ||
	    memcmp(got.via.v6, via.v6, route->family == AF_INET ? 4 : 16))
		return err_set(err, -EPROTO, "%s in the %s does not go out by %s to the next hop that was set",
			       text, g->place == PATH_DUT ? "DUT" : "peer", path_hop_names[hop]);
	return 0;
}

int path_routes_check(const struct making *m, struct err *err)
{
	unsigned int n, i, k;
	const struct gateway *g = path_gateways(m->config->kind, &n);
	int ret = 0;

	for (i = 0; i < n && !ret; i++)
		for (k = 0; k < m->world.nroutes && !ret; k++)
			ret = check_route(m, &g[i], &m->world.routes[k], err);
	return ret;
}
