// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reject.c - see reject.h. An ICMP error quotes as much of the packet as fits
 * 576 bytes (IPv4, RFC 1812) or 1280 (IPv6, RFC 4443), less when the frame's
 * buffer has less room. VLAN tags stay: the answer leaves as the packet came.
 */
#include "fw-under-test/engine/reject.h"

#define ANSWER_TTL	64
#define TOS_CONTROL	0xc0	/* internetwork control, RFC 1812 4.3.2.5 */
#define IP_MAX		576
#define IP6_MAX		1280
#define QUOTE_MIN	8	/* bytes of the transport header */

struct icmp_code {
	u8 type, code;
};

/* By enum reject_with; TCP resets have no entry. */
static const struct icmp_code codes[] = {
	[REJECT_NET_UNREACH] = { 3, 0 },
	[REJECT_HOST_UNREACH] = { 3, 1 },
	[REJECT_PROTO_UNREACH] = { 3, 2 },
	[REJECT_PORT_UNREACH] = { 3, 3 },
	[REJECT_NET_PROHIBITED] = { 3, 9 },
	[REJECT_HOST_PROHIBITED] = { 3, 10 },
	[REJECT_ADMIN_PROHIBITED] = { 3, 13 },
	[REJECT6_NO_ROUTE] = { 1, 0 },
	[REJECT6_ADM_PROHIBITED] = { 1, 1 },
	[REJECT6_ADDR_UNREACH] = { 1, 3 },
	[REJECT6_PORT_UNREACH] = { 1, 4 },
	[REJECT6_POLICY_FAIL] = { 1, 5 },
	[REJECT6_REJECT_ROUTE] = { 1, 6 },
};

static const struct icmp_code ttl_exceeded4 = { 11, 0 }, ttl_exceeded6 = { 3, 0 };

/* May anybody be told about this packet at all? */
static bool may_answer(const struct fw_worker *w, const struct pkt_view *v)
{
	const struct route_table *routes = &w->fw->routes[family_index(v->family)];
	u32 src;

	if (v->fragment || (v->data[0] & 1))
		return false;
	if (v->family == AF_INET) {
		src = ntohl(v->src.v4);
		if (src >> 28 >= 0xe || src >> 24 == 0 || src >> 24 == 127 ||
		    (v->dst.v6[0] & 0xf0) == 0xe0 || v->dst.v4 == UINT32_MAX)
			return false;
	} else if (v->src.v6[0] == 0xff || v->dst.v6[0] == 0xff || addr_any(AF_INET6, &v->src)) {
		return false;
	}
	return route_lookup(routes, v->src.v6)->kind == HOP_FORWARD;
}

/* Errors are not answered by errors; an ICMP header we can't read might be one. */
static bool may_answer_icmp(const struct pkt_view *v)
{
	if (v->l4proto == IPPROTO_ICMP && v->family == AF_INET)
		return v->l4_ok && !icmp_is_error(v);
	if (v->l4proto == IPPROTO_ICMPV6 && v->family == AF_INET6)
		return v->l4_ok && !icmp_is_error(v) && v->sport >> 8 != 137;
	return true;
}

/*
 * May it be told by a rule? Linux answers only what came whole: a wrong checksum may
 * mean a wrong source. Protocols that it does not know it takes for ones that sum up
 * everything, with IPv6's pseudo header; without a payload there is nothing to be
 * wrong, but of IPv6 that is not answered.
 */
static bool came_whole(const struct pkt_view *v)
{
	const u8 *l4 = v->data + v->l4_off;
	u32 len = l4_len(v);
	u64 sum;

	if (!len)
		return v->family == AF_INET;
	switch (v->l4proto) {
	case IPPROTO_GRE:
	case IPPROTO_AH:
	case IPPROTO_ESP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
		return true;
	case IPPROTO_UDP:
		return v->l4_ok && (!load16(l4 + 6) || !l4_checksum(v));
	case IPPROTO_TCP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return v->l4_ok && !l4_checksum(v);
	}
	sum = csum_partial(l4, len, 0);
	if (v->family == AF_INET6) {
		sum = csum_partial(v->src.v6, 16, csum_partial(v->dst.v6, 16, sum));
		sum += htons((u16)len) + htons(v->l4proto);
	}
	return csum_fold(sum) == 0xffff;
}

/*
 * Our address towards the sender: what it wrote to when that is ours, else the first
 * one of an interface, else of any. As Linux has it, which interface depends: IPv4,
 * the one that the answer leaves by; IPv6, the one that the packet came by.
 */
static bool own_addr(const struct fw_worker *w, const struct pkt_view *v, u16 in_if,
		     union fw_addr *ret)
{
	const struct fw *fw = w->fw;
	const struct route_table *routes = &fw->routes[family_index(v->family)];
	unsigned int i, n = fw->config.nifs, first = in_if < n ? in_if : 0;

	if (route_lookup(routes, v->dst.v6)->kind == HOP_LOCAL) {
		*ret = v->dst;
		return true;
	}
	if (v->family == AF_INET)
		first = route_lookup(routes, v->src.v6)->out_if;
	for (i = 0; i < n; i++) {
		const struct fw_if *f = &fw->ifs[(first + i) % n];

		if (v->family == AF_INET ? f->naddrs4 : f->naddrs6) {
			*ret = v->family == AF_INET ? f->addr4[0] : f->addr6[0];
			return true;
		}
	}
	return false;
}

static void write_ipv4(u8 *ip, u16 len, u8 tos, u8 proto, u32 src, u32 dst)
{
	memset(ip, 0, 20);
	ip[0] = 0x45;
	ip[1] = tos;
	store16(ip + 2, htons(len));
	ip[8] = ANSWER_TTL;
	ip[9] = proto;
	store32(ip + 12, src);
	store32(ip + 16, dst);
	store16(ip + 10, (u16)~csum_fold(csum_partial(ip, 20, 0)));
}

static void write_ipv6(u8 *ip, u16 payload, u8 proto, const union fw_addr *src,
		       const union fw_addr *dst)
{
	memset(ip, 0, 8);
	ip[0] = 0x60;
	store16(ip + 4, htons(payload));
	ip[6] = proto;
	ip[7] = ANSWER_TTL;
	memcpy(ip + 8, src, 16);
	memcpy(ip + 24, dst, 16);
}

/* Headers, checksum, Ethernet and route of an answer of @l4 bytes that stand
 * behind the new IP header already. */
static void finish(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v, u8 proto, u32 l4,
		   u8 tos, const union fw_addr *from)
{
	u32 hlen = v->family == AF_INET ? 20 : 40;
	union fw_addr to = v->src;
	const struct hop *hop;
	u8 *csum;

	if (v->family == AF_INET)
		write_ipv4(v->data + v->l3_off, (u16)(hlen + l4), tos, proto, from->v4, to.v4);
	else
		write_ipv6(v->data + v->l3_off, (u16)l4, proto, from, &to);
	v->src = *from;
	v->dst = to;
	v->l4proto = proto;
	v->l4_off = (u16)(v->l3_off + hlen);
	v->l3_len = (u16)(hlen + l4);
	csum = v->data + v->l4_off + l4_csum_off(proto);
	store16(csum, 0);
	store16(csum, l4_checksum(v));
	hop = route_lookup(&w->fw->routes[family_index(v->family)], to.v6);
	memcpy(v->data, hop->eth, sizeof(hop->eth));
	p->out_if = hop->out_if;
	p->len = v->l3_off + v->l3_len;
}

static bool send_icmp(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v,
		      const struct icmp_code *code)
{
	u32 hlen = v->family == AF_INET ? 20 : 40, room = p->room - v->l3_off, quote;
	u8 *ip = v->data + v->l3_off, tos;
	union fw_addr from;

	if (!may_answer(w, v) || !may_answer_icmp(v) || !own_addr(w, v, p->in_if, &from))
		return false;
	if (p->room < p->len)
		return false;
	room = min(room, (u32)(v->family == AF_INET ? IP_MAX : IP6_MAX));
	if (room < hlen + 8 + (v->l4_off - v->l3_off) + QUOTE_MIN)
		return false;
	quote = min((u32)v->l3_len, room - hlen - 8);
	tos = (u8)((ip[1] & 0x1e) | TOS_CONTROL);
	memmove(ip + hlen + 8, ip, quote);
	memset(ip + hlen, 0, 8);
	ip[hlen] = code->type;
	ip[hlen + 1] = code->code;
	finish(w, p, v, v->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6, quote + 8, tos, &from);
	return true;
}

static bool send_reset(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v)
{
	u32 hlen = v->family == AF_INET ? 20 : 40, header, seq = 0, ack = 0, payload;
	union fw_addr from = v->dst;
	u16 sport = v->sport, dport = v->dport;
	u8 flags = TCPF_RST, *l4 = v->data + v->l4_off;

	if (v->l4proto != IPPROTO_TCP || !v->l4_ok || (v->tcp_flags & TCPF_RST) ||
	    !may_answer(w, v) || l4_checksum(v) || p->room < v->l3_off + hlen + 20)
		return false;
	header = (u32)(l4[12] >> 4) * 4;
	payload = l4_len(v) - header;
	if (v->tcp_flags & TCPF_ACK) {
		seq = load32(l4 + 8);
	} else {
		flags |= TCPF_ACK;
		ack = htonl(be32(l4 + 4) + payload + !!(v->tcp_flags & TCPF_SYN) +
			    !!(v->tcp_flags & TCPF_FIN));
	}
	l4 = v->data + v->l3_off + hlen;
	memset(l4, 0, 20);
	store16(l4, htons(dport));
	store16(l4 + 2, htons(sport));
	store32(l4 + 4, seq);
	store32(l4 + 8, ack);
	l4[12] = 5 << 4;
	l4[13] = flags;
	finish(w, p, v, IPPROTO_TCP, 20, 0, &from);
	return true;
}

bool reject_build(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v, u8 with)
{
	if (with == REJECT_TCP_RESET || with == REJECT6_TCP_RESET)
		return send_reset(w, p, v);
	return came_whole(v) && send_icmp(w, p, v, &codes[with]);
}

bool reject_ttl(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v)
{
	return send_icmp(w, p, v, v->family == AF_INET ? &ttl_exceeded4 : &ttl_exceeded6);
}

bool reject_no_route(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v)
{
	u8 with = v->family == AF_INET ? REJECT_NET_UNREACH : REJECT6_NO_ROUTE;

	return send_icmp(w, p, v, &codes[with]);
}
