// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conn_icmp.c - ICMP and ICMPv6. A query and its answers are a connection,
 * told apart by the identifier; only queries start one. An error is RELATED to
 * the connection whose packet it quotes, and never changes or refreshes it
 * (RFC 5508, REQ-6). Neighbour discovery and listener reports are not tracked.
 */
#include "fw-under-test/engine/internal.h"

#define ECHO_REPLY	0
#define DEST_UNREACH	3
#define SOURCE_QUENCH	4
#define REDIRECT	5
#define ECHO		8
#define TIME_EXCEEDED	11
#define PARAM_PROBLEM	12
#define TIMESTAMP	13
#define INFO		15
#define ADDRESS_MASK	17
#define ECHO6		128
#define MLD_QUERY	130
#define MLD_DONE	132
#define ND_FIRST	133
#define ND_LAST		137
#define NODE_QUERY	139
#define MLD2_REPORT	143

static u8 icmp_type(const struct pkt_view *v)
{
	return (u8)(v->sport >> 8);
}

bool icmp_is_error(const struct pkt_view *v)
{
	u8 type = icmp_type(v);

	if (v->family == AF_INET6)
		return type < 128;
	return type == DEST_UNREACH || type == SOURCE_QUENCH || type == REDIRECT ||
	       type == TIME_EXCEEDED || type == PARAM_PROBLEM;
}

bool icmp_is_untracked(const struct pkt_view *v)
{
	u8 type = icmp_type(v);

	return v->family == AF_INET6 && ((type >= MLD_QUERY && type <= MLD_DONE) ||
					 (type >= ND_FIRST && type <= ND_LAST) ||
					 type == MLD2_REPORT);
}

bool icmp_starts(const struct pkt_view *v)
{
	u8 type = icmp_type(v);

	if (v->family == AF_INET6)
		return type == ECHO6 || type == NODE_QUERY;
	return type == ECHO || type == TIMESTAMP || type == INFO || type == ADDRESS_MASK;
}

bool icmp_invert_type(u8 family, u8 type, u8 *ret_type)
{
	static const u8 v4[][2] = { { ECHO, ECHO_REPLY }, { TIMESTAMP, TIMESTAMP + 1 },
				    { INFO, INFO + 1 }, { ADDRESS_MASK, ADDRESS_MASK + 1 } };
	static const u8 v6[][2] = { { ECHO6, ECHO6 + 1 }, { NODE_QUERY, NODE_QUERY + 1 } };
	const u8 (*pairs)[2] = family == AF_INET ? v4 : v6;
	size_t n = family == AF_INET ? ARRAY_SIZE(v4) : ARRAY_SIZE(v6), i;

	for (i = 0; i < n; i++) {
		if (pairs[i][0] != type && pairs[i][1] != type)
			continue;
		*ret_type = pairs[i][0] == type ? pairs[i][1] : pairs[i][0];
		return true;
	}
	return false;
}

bool conn_icmp_packet(struct fw_worker *w, const struct pkt_view *v, struct conn_pkt *cp)
{
	const struct timeouts *to = &w->fw->timeouts;

	conn_refresh(w, cp->ct, v->family == AF_INET ? to->icmp : to->icmpv6);
	return true;
}

void conn_icmp_error(struct fw_worker *w, struct pkt_view *v, struct conn_pkt *cp)
{
	struct tuple inner, answer;
	unsigned int dir;
	struct conn *c;

	cp->ctstate = FW_CT_INVALID;
	cp->why = WHY_ICMP_INNER;
	if (l4_checksum(v)) {
		cp->why = WHY_CHECKSUM;
		return;
	}
	if (pkt_parse_inner(&cp->inner, v) != FW_OK || !cp->inner.l4_ok)
		return;
	/* The quoted packet must have come from where the error goes; otherwise
	 * anybody could send errors through the translation (CVE-2019-5598). */
	if (!addr_equal(v->family, &cp->inner.src, &v->dst))
		return;
	tuple_of_view(&cp->inner, &inner);
	cp->why = WHY_ICMP_UNKNOWN;
	/* An error about an error has no answer, so no connection either. */
	if (!tuple_invert(&inner, &answer))
		return;
	c = conn_find(&w->conns, &answer, conn_hash(&w->conns, &answer), &dir);
	if (!c || !tick_before((u32)w->now_tick, c->deadline))
		return;
	cp->ct = c;
	cp->dir = (u8)dir;
	cp->why = WHY_NONE;
	cp->icmp_error = true;
	cp->ctstate = FW_CT_RELATED;
}
