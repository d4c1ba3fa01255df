// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dut_routes.c - see dut_routes.h. Ranges count in the last 64 bits of an
 * address; for IPv4 these are its 32 bits.
 */
#include "run/dut_routes.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "run/world.h"

static u64 low_bits(int family, const u8 *base)
{
	const u8 *p = family == AF_INET6 ? base + 8 : base;
	unsigned int n = family == AF_INET6 ? 8 : 4, i;
	u64 v = 0;

	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static void put_low_bits(int family, u64 v, u8 *base)
{
	u8 *p = family == AF_INET6 ? base + 8 : base;
	unsigned int n = family == AF_INET6 ? 8 : 4;

	while (n--) {
		p[n] = (u8)v;
		v >>= 8;
	}
}

static void add_route(struct dut_routes *net, int family, const u8 *base, u8 prefix_len,
		      u16 out_if, const u8 *mac)
{
	size_t len = family == AF_INET6 ? 16 : 4;
	struct fw_route *r;
	unsigned int i;

	/* Streams often share their sources. */
	for (i = 0; i < net->nroutes; i++) {
		r = &net->route[i];
		if (r->family == family && r->prefix_len == prefix_len &&
		    !memcmp(&r->prefix, base, len))
			return;
	}
	if (net->nroutes == DUT_ROUTES_MAX)
		return;
	r = &net->route[net->nroutes++];
	memset(r, 0, sizeof(*r));
	r->family = (u8)family;
	r->prefix_len = prefix_len;
	r->out_if = out_if;
	memcpy(&r->prefix, base, len);
	memcpy(r->next_hop_mac, mac, 6);
}

/* The range as prefixes: each the largest that starts where the last one ended. */
static void add_range(struct dut_routes *net, int family, const struct addr_range *range,
		      const u8 *mac)
{
	u64 at = low_bits(family, range->base), left = range->count;
	u8 bits = family == AF_INET6 ? 128 : 32;

	while (left) {
		u8 base[16], k = 0;

		while (k < 32 && !(at & ((2ULL << k) - 1)) && left >= 2ULL << k)
			k++;
		memcpy(base, range->base, sizeof(base));
		put_low_bits(family, at, base);
		add_route(net, family, base, (u8)(bits - k), WORLD_INSIDE, mac);
		at += 1ULL << k;
		left -= 1ULL << k;
	}
}

static bool overlap(int family, const struct addr_range *a, const struct addr_range *b)
{
	u64 x = low_bits(family, a->base), y = low_bits(family, b->base);

	if (family == AF_INET6 && memcmp(a->base, b->base, 8))
		return false;
	return x < y + b->count && y < x + a->count;
}

static int check_sides(const struct point *p, struct err *err)
{
	unsigned int i, k;

	for (i = 0; i < p->nstreams; i++) {
		for (k = 0; k < p->nstreams; k++) {
			const struct stream_spec *a = &p->stream[i].spec, *b = &p->stream[k].spec;

			if (a->family != b->family ||
			    !overlap(a->family, &a->source, &b->destination))
				continue;
			return err_set(err, -EINVAL,
				       "stream %s: its source addresses overlap the destinations of stream %s: the DUT can't tell the sides apart",
				       a->name, b->name);
		}
	}
	return 0;
}

int dut_routes_build(struct dut_routes *net, const struct point *p, struct err *err)
{
	static const u8 zero[16];
	unsigned int i;
	int rc = check_sides(p, err);

	if (rc)
		return rc;
	memset(net, 0, sizeof(*net));
	for (i = 0; i < p->nstreams; i++) {
		const struct stream_spec *s = &p->stream[i].spec;

		add_range(net, s->family, &s->source, s->source_mac);
	}
	add_route(net, AF_INET, zero, 0, WORLD_OUTSIDE, p->stream[0].spec.destination_mac);
	add_route(net, AF_INET6, zero, 0, WORLD_OUTSIDE, p->stream[0].spec.destination_mac);
	return 0;
}
