// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nat.c - see nat.h.
 *
 * What must be unique is the reply tuple, so one external port serves many
 * destinations (Linux: address- and port-dependent mapping). A source port is
 * kept when its reply tuple is free; else a random start within the same class
 * of ports (1-511, 512-1023, 1024-65535) is searched from, in rounds of halving
 * length. When nothing is found the packet is dropped: ports are never shared.
 *
 * Several workers: a binding is taken only if its replies belong to the same
 * worker (shard_of_tuple); the search of ports tries that many more.
 */
#include "fw-under-test/engine/nat.h"

#include "lib/u128.h"

#define ATTEMPTS_MAX	128
#define ATTEMPTS_MIN	16

/* The address one of our interfaces would use; NULL: it has none. */
static const union fw_addr *if_addr(const struct fw *fw, u8 family, u16 ifindex)
{
	const struct fw_if *f;
	unsigned int i;

	if (ifindex >= fw->config.nifs)
		return NULL;
	f = &fw->ifs[ifindex];
	if (family == AF_INET)
		return f->naddrs4 ? &f->addr4[0] : NULL;
	for (i = 0; i < f->naddrs6; i++)	/* link-local ones don't travel */
		if (f->addr6[i].v6[0] != 0xfe || (f->addr6[i].v6[1] & 0xc0) != 0x80)
			return &f->addr6[i];
	return f->naddrs6 ? &f->addr6[0] : NULL;
}

/* Is the answer to @t taken by another connection, or another worker's? */
static bool tuple_used(struct fw_worker *w, const struct tuple *t)
{
	struct tuple reply;
	unsigned int dir;

	if (!tuple_invert(t, &reply))
		return true;
	if (w->fw->config.workers > 1 && shard_of_tuple(w->fw, &reply) != w->id)
		return true;
	return conn_find(&w->conns, &reply, conn_hash(&w->conns, &reply), &dir);
}

static u128 addr_number(u8 family, const union fw_addr *a)
{
	if (family == AF_INET)
		return u128_of(ntohl(a->v4));
	return u128_from(__builtin_bswap64(a->v6w[0]), __builtin_bswap64(a->v6w[1]));
}

static void addr_from_number(u8 family, u128 n, union fw_addr *ret)
{
	if (family == AF_INET) {
		ret->v4 = htonl((u32)u128_lo(n));
		return;
	}
	ret->v6w[0] = __builtin_bswap64(u128_hi(n));
	ret->v6w[1] = __builtin_bswap64(u128_lo(n));
}

/* One address of the range, the same for one source (persistent), or for one
 * source and destination. */
static void choose_addr(struct fw_worker *w, const struct tuple *t, const struct nat_range *r,
			union fw_addr *addr)
{
	u128 first = addr_number(t->family, &r->min_addr);
	u128 range = u128_sub(addr_number(t->family, &r->max_addr), first);
	u64 span = u128_hi(range) ? UINT64_MAX : u128_lo(range);
	struct tuple who = { .family = t->family, .src = t->src };
	u64 hash;

	if (!span) {
		addr_from_number(t->family, first, addr);
		return;
	}
	if (!r->persistent)
		who.dst = t->dst;
	if (t->family == AF_INET) {
		memset(&who.src.v6[4], 0, 12);
		memset(&who.dst.v6[4], 0, 12);
	}
	hash = conn_hash(&w->conns, &who);
	span = min(span, UINT64_MAX - 1);
	addr_from_number(t->family, u128_add64(first, kpps_mulhi64(hash, span + 1)), addr);
}

static u16 *manip_port(struct tuple *t, enum nat_manip manip)
{
	switch (t->l4proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		return manip == NAT_MANIP_SRC ? &t->port.sport : &t->port.dport;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return &t->port.sport;	/* the identifier */
	}
	return NULL;
}

/* The ports to search: the range's, or the class the port is of. */
static void port_class(const struct nat_range *r, u8 l4proto, u16 port, u32 *ret_first,
		       u32 *ret_size)
{
	u32 first = 1024, last = 65535;

	if (r->has_port) {
		first = r->min_port;
		last = r->max_port;
	} else if (l4proto == IPPROTO_ICMP || l4proto == IPPROTO_ICMPV6) {
		first = 0;
	} else if (port < 512) {
		first = 1;
		last = 511;
	} else if (port < 1024) {
		first = 512;
		last = 1023;
	}
	*ret_first = first;
	*ret_size = last - first + 1;
}

static enum fw_reason search_port(struct fw_worker *w, struct tuple *t, const struct nat_range *r,
				  u16 *port)
{
	u32 first, size, attempts, i, off;

	port_class(r, t->l4proto, *port, &first, &size);
	attempts = min(size, ATTEMPTS_MAX * w->fw->config.workers);
	for (;;) {
		off = (u32)(((worker_random(w) >> 32) * size) >> 32);
		for (i = 0; i < attempts; i++) {
			*port = (u16)(first + off);
			if (!tuple_used(w, t))
				return FW_OK;
			off = off + 1 < size ? off + 1 : 0;
		}
		if (attempts >= size || attempts < ATTEMPTS_MIN)
			return FW_NAT_EXHAUSTED;
		attempts /= 2;
	}
}

static enum fw_reason choose_port(struct fw_worker *w, struct tuple *t, const struct nat_range *r,
				  enum nat_manip manip)
{
	u16 *port = manip_port(t, manip);

	if (!port)
		return manip == NAT_MANIP_SRC && tuple_used(w, t) ? FW_NAT_EXHAUSTED : FW_OK;
	if (manip == NAT_MANIP_DST) {
		/* The source side still may change: uniqueness is settled there. */
		if (!r->has_port || r->min_port == r->max_port) {
			if (r->has_port && port == &t->port.dport)
				*port = r->min_port;
			return FW_OK;
		}
		if (port != &t->port.dport)
			return FW_OK;
	}
	if (!r->random && (!r->has_port || (*port >= r->min_port && *port <= r->max_port)) &&
	    !tuple_used(w, t))
		return FW_OK;
	return search_port(w, t, r, port);
}

/* Replace the part of @addr the mask covers: NETMAP. */
static void map_net(u8 family, const struct nat_range *r, union fw_addr *addr)
{
	u32 i, n = addr_len(family);
	u8 *a = addr->v6;

	for (i = 0; i < n; i++)
		a[i] = (u8)((a[i] & ~r->max_addr.v6[i]) | (r->min_addr.v6[i] & r->max_addr.v6[i]));
}

static enum fw_reason bind_tuple(struct fw_worker *w, struct conn *c, const struct nat_range *r,
				 enum nat_manip manip, u16 ifindex)
{
	struct tuple reply, now, t;
	union fw_addr *addr = manip == NAT_MANIP_SRC ? &t.src : &t.dst;
	const union fw_addr *own;
	enum fw_reason why;

	conn_tuple(c, 1, &reply);
	if (!tuple_invert(&reply, &now))
		return FW_INVALID_NAT;
	t = now;
	switch (r->kind) {
	case NAT_MASQUERADE:
	case NAT_REDIRECT:
		own = if_addr(w->fw, t.family, ifindex);
		if (!own)
			return FW_INVALID_NAT;
		*addr = *own;
		break;
	case NAT_NETMAP:
		map_net(t.family, r, addr);
		break;
	default:
		if (r->has_addr)
			choose_addr(w, &now, r, addr);
	}
	why = choose_port(w, &t, r, manip);
	if (why != FW_OK)
		return why;
	if (addr_equal(t.family, &t.src, &now.src) && addr_equal(t.family, &t.dst, &now.dst) &&
	    load32(&t.port) == load32(&now.port))
		return FW_OK;
	tuple_invert(&t, &reply);
	conn_set_tuple(c, 1, &reply);
	c->status |= manip == NAT_MANIP_SRC ? CTS_SNAT : CTS_DNAT;
	c->flags |= CONNF_NAT;
	return FW_OK;
}

enum fw_reason nat_bind(struct fw_worker *w, struct conn *c, const struct nat_range *range,
			enum nat_manip manip, u16 ifindex)
{
	return bind_tuple(w, c, range, manip, ifindex);
}

enum fw_reason nat_bind_null(struct fw_worker *w, struct conn *c)
{
	static const struct nat_range none;

	return bind_tuple(w, c, &none, NAT_MANIP_SRC, IF_NONE);
}

void nat_seal(struct conn *c)
{
	struct tuple o, r;
	u64 sum3, sum4 = 0;

	conn_tuple(c, 0, &o);
	conn_tuple(c, 1, &r);
	/* New minus old, both directions of a one's complement sum in 64 bits. */
	sum3 = csum_fold(addr_sum(o.family, &r.src) + addr_sum(o.family, &r.dst)) +
	       (u64)(u16)~csum_fold(addr_sum(o.family, &o.src) + addr_sum(o.family, &o.dst));
	if (l4_csum_pseudo(c->l4proto))
		sum4 = sum3;
	switch (c->l4proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		sum4 += (u64)htons(r.port.sport) + htons(r.port.dport) +
			(u16)~htons(o.port.sport) + (u16)~htons(o.port.dport);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		sum4 += (u64)htons(r.port.sport) + (u16)~htons(o.port.sport);
		break;
	}
	c->delta3 = csum_fold(sum3);
	c->delta4 = csum_fold(sum4);
}

/* Write one end of the packet; @port NULL: the protocol has none. */
static inline void write_end(struct pkt_view *v, bool source, const union fw_addr *addr,
			     const u16 *port)
{
	u8 *ip = v->data + v->l3_off, *l4 = v->data + v->l4_off;

	if (v->family == AF_INET) {
		store32(ip + (source ? 12 : 16), addr->v4);
		(source ? &v->src : &v->dst)->v4 = addr->v4;
	} else {
		memcpy(ip + (source ? 8 : 24), addr, 16);
		memcpy(source ? &v->src : &v->dst, addr, 16);
	}
	if (!port)
		return;
	store16(l4 + (source ? 0 : 2), htons(*port));
	*(source ? &v->sport : &v->dport) = *port;
}

static inline void conn_end(struct conn *c, unsigned int dir, bool source, union fw_addr *ret)
{
	u32 i = dir * 2 + !source;

	if (conn_family(c) == AF_INET)
		ret->v4 = c->addr4[i];
	else
		*ret = conn_addr6(c)[i];
}

static void write_id(struct pkt_view *v, u16 id)
{
	store16(v->data + v->l4_off + 4, htons(id));
	v->dport = id;
}

void nat_rewrite(struct conn *c, unsigned int dir, enum nat_manip manip, struct pkt_view *v)
{
	bool source = manip == NAT_MANIP_SRC;
	const struct conn_ports *p = &c->port[!dir];
	union fw_addr addr;

	/* The packet becomes the inverse of the other direction's. */
	conn_end(c, !dir, !source, &addr);
	switch (c->l4proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		write_end(v, source, &addr, source ? &p->dport : &p->sport);
		return;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		/* The identifier belongs to the side that asked. */
		if (source == !dir)
			write_id(v, p->sport);
	}
	write_end(v, source, &addr, NULL);
}

void nat_restore(struct conn *c, unsigned int dir, struct pkt_view *v)
{
	union fw_addr addr;

	conn_end(c, dir, false, &addr);
	switch (c->l4proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		write_end(v, false, &addr, &c->port[dir].dport);
		return;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		write_id(v, c->port[dir].sport);
	}
	write_end(v, false, &addr, NULL);
}
