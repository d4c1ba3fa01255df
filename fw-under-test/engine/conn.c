// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conn.c - connection tracking: which connection a packet belongs to, what
 * state rules see, when a connection begins and ends. The protocols' own rules
 * are in conn_tcp.c, conn_icmp.c and conn_proto.c.
 *
 * There is no defragmentation: a fragment (the first one too, so that a packet
 * is treated alike as a whole) is INVALID while connections are tracked, and is
 * neither tracked nor translated.
 */
#include "fw-under-test/engine/internal.h"

static bool is_icmp(u8 family, u8 l4proto)
{
	return l4proto == (family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

bool tuple_invert(const struct tuple *t, struct tuple *ret)
{
	struct tuple r = { .family = t->family, .l4proto = t->l4proto };
	u8 type;

	r.src = t->dst;
	r.dst = t->src;
	if (is_icmp(t->family, t->l4proto)) {
		if (!icmp_invert_type(t->family, (u8)(t->port.dport >> 8), &type))
			return false;
		r.port.sport = t->port.sport;
		r.port.dport = (u16)(type << 8 | (t->port.dport & 0xff));
	} else {
		r.port.sport = t->port.dport;
		r.port.dport = t->port.sport;
	}
	*ret = r;
	return true;
}

void conn_kill(struct conn_table *t, struct conn *c)
{
	wheel_remove(t, c);
	if (c->status & CTS_CONFIRMED) {
		conn_unindex(t, c);
		t->snat -= !!(c->status & CTS_SNAT);
	}
	conn_free(t, c);
}

static u8 list_of(const struct conn *c)
{
	if (c->status & CTS_ASSURED)
		return WHEEL_ASSURED;
	if (c->l4proto == IPPROTO_TCP && c->state >= TCPS_FIN_WAIT)
		return WHEEL_CLOSING;
	return c->status & CTS_SEEN_REPLY ? WHEEL_REPLIED : WHEEL_UNREPLIED;
}

void conn_relist(struct fw_worker *w, struct conn *c)
{
	u8 list = list_of(c);

	if (c->list != list && (c->flags & CONNF_QUEUED))
		wheel_queue(&w->conns, c, list, w->now_tick);
}

/* Make room at the cap by the oldest connection nobody would miss. */
static bool early_drop(struct fw_worker *w)
{
	struct conn *c = wheel_oldest(&w->conns, w->now_tick);

	if (!c)
		return false;
	conn_kill(&w->conns, c);
	w->stats.ct_early_drop++;
	return true;
}

static struct conn *conn_start(struct fw_worker *w, const struct pkt_view *v,
			       const struct tuple *tuple, struct conn_pkt *cp)
{
	bool tcp = tuple->l4proto == IPPROTO_TCP;
	struct tuple reply;
	struct conn *c;

	if (is_icmp(v->family, v->l4proto) && !icmp_starts(v)) {
		cp->why = WHY_ICMP_NO_REQUEST;
		return NULL;
	}
	if (tcp && !conn_tcp_starts(w, v, &cp->why))
		return NULL;
	if (!tuple_invert(tuple, &reply)) {
		cp->why = WHY_ICMP_TYPE;
		return NULL;
	}
	if (w->conns.count >= w->conns.max && !early_drop(w)) {
		cp->drop = FW_TABLE_FULL;
		return NULL;
	}
	if (v->family == AF_INET)
		c = conn_new(&w->conns, tcp ? CONN_T4 : CONN_U4);
	else
		c = conn_new(&w->conns, tcp ? CONN_T6 : CONN_U6);
	if (!c) {
		cp->drop = FW_TABLE_FULL;
		return NULL;
	}
	c->l4proto = tuple->l4proto;
	c->created = (u32)w->now_tick;
	conn_set_tuple(c, 0, tuple);
	conn_set_tuple(c, 1, &reply);
	return c;
}

bool conn_confirm(struct fw_worker *w, struct conn *c)
{
	if (conn_index(&w->conns, c)) {
		w->stats.ct_insert_failed++;
		conn_free(&w->conns, c);
		return false;
	}
	c->status |= CTS_CONFIRMED;
	wheel_queue(&w->conns, c, list_of(c), w->now_tick);
	w->stats.ct_created++;
	w->conns.snat += !!(c->status & CTS_SNAT);
	return true;
}

static bool l4_length_ok(const struct pkt_view *v)
{
	u32 len;

	if (!v->l4_ok)
		return false;
	if (v->l4proto != IPPROTO_UDP)
		return true;
	len = be16(v->data + v->l4_off + 4);
	return len >= 8 && len <= l4_len(v);
}

/* Only the transports Linux checks; zero is "none" for UDP over IPv4. */
static bool checksum_ok(const struct pkt_view *v)
{
	switch (v->l4proto) {
	case IPPROTO_UDP:
		if (!load16(v->data + v->l4_off + 6))
			return v->family == AF_INET;
		return !l4_checksum(v);
	case IPPROTO_TCP:
		return !l4_checksum(v);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return !is_icmp(v->family, v->l4proto) || !l4_checksum(v);
	}
	return true;
}

static bool protocol_packet(struct fw_worker *w, const struct pkt_view *v, struct conn_pkt *cp)
{
	switch (v->l4proto) {
	case IPPROTO_TCP:
		return conn_tcp_packet(w, v, cp);
	case IPPROTO_UDP:
		return conn_udp_packet(w, v, cp);
	default:
		if (is_icmp(v->family, v->l4proto))
			return conn_icmp_packet(w, v, cp);
		return conn_generic_packet(w, v, cp);
	}
}

static struct conn *conn_lookup(struct fw_worker *w, const struct pkt_view *v,
				const struct conn_query *q, unsigned int *ret_dir)
{
	struct conn *c = conn_query_find(&w->conns, q, ret_dir);

	if (!c)
		return NULL;
	if (unlikely(!tick_before((u32)w->now_tick, c->deadline))) {
		w->stats.ct_expired++;
	} else if (v->l4proto != IPPROTO_TCP || !conn_tcp_reopens(v, c, *ret_dir)) {
		return c;
	}
	conn_kill(&w->conns, c);
	return NULL;
}

/* The packet is neither part of a connection nor the start of one. */
static void conn_refuse(struct fw_worker *w, struct conn_pkt *cp)
{
	if (cp->ct && !(cp->ct->status & CTS_CONFIRMED))
		conn_free(&w->conns, cp->ct);
	cp->ct = NULL;
	cp->ctstate = FW_CT_INVALID;
}

void conn_in(struct fw_worker *w, struct pkt_view *v, const struct conn_query *q,
	     struct conn_pkt *cp)
{
	bool icmp = is_icmp(v->family, v->l4proto);
	unsigned int dir = 0;
	u8 before;

	cp->ctstate = FW_CT_INVALID;
	if (unlikely(v->fragment || v->first_fragment)) {
		cp->why = WHY_FRAGMENT;
		return;
	}
	if (unlikely(!l4_length_ok(v))) {
		cp->why = WHY_SHORT_HEADER;
		return;
	}
	if (w->fw->config.check_checksums && unlikely(!checksum_ok(v))) {
		cp->why = WHY_CHECKSUM;
		return;
	}
	if (icmp && icmp_is_untracked(v)) {
		cp->ctstate = FW_CT_UNTRACKED;
		return;
	}
	if (icmp && icmp_is_error(v)) {
		conn_icmp_error(w, v, cp);
		return;
	}
	cp->ct = conn_lookup(w, v, q, &dir);
	if (!cp->ct) {
		dir = 0;
		cp->ct = conn_start(w, v, &q->tuple, cp);
	}
	if (!cp->ct)
		return;
	cp->dir = (u8)dir;
	before = cp->ct->status;
	if (!protocol_packet(w, v, cp)) {
		conn_refuse(w, cp);
		return;
	}
	if (dir) {
		cp->ct->status |= CTS_SEEN_REPLY;
		cp->ctstate = FW_CT_ESTABLISHED;
	} else {
		cp->ctstate = before & CTS_SEEN_REPLY ? FW_CT_ESTABLISHED : FW_CT_NEW;
	}
	conn_relist(w, cp->ct);
}

void conn_flush(struct conn_table *t)
{
	struct wheel *wh = &t->wheel;
	u32 list, level, i;

	for (list = 0; list < WHEEL_LISTS; list++)
		for (level = 0; level < WHEEL_LEVELS; level++)
			for (i = 0; i < WHEEL_SLOTS; i++)
				while (wh->head[list][level][i])
					conn_kill(t, conn_at(t, wh->head[list][level][i]));
}
