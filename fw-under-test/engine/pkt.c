// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pkt.c - see pkt.h. The parser trusts no length before it has compared it
 * with what is there; after it returned FW_OK every offset in the view lies
 * within the frame.
 */
#include "fw-under-test/engine/pkt.h"

#include <net/ethernet.h>

#define EXTENSIONS_MAX 8

/* The carry out of the highest bit goes around to the lowest. */
static inline u64 csum_add(u64 sum, u64 w)
{
	sum += w;
	return sum + (sum < w);
}

/* The last bytes are added piece by piece: gathering them in a word would make
 * a load wait for narrower stores. */
u64 csum_partial(const u8 *p, u32 len, u64 sum)
{
	u8 last[2] = { 0 };

	for (; len >= 32; p += 32, len -= 32) {
		sum = csum_add(sum, load64(p));
		sum = csum_add(sum, load64(p + 8));
		sum = csum_add(sum, load64(p + 16));
		sum = csum_add(sum, load64(p + 24));
	}
	for (; len >= 8; p += 8, len -= 8)
		sum = csum_add(sum, load64(p));
	/* Room for what is still to be added, here and by the caller. */
	sum = (sum & 0xffffffff) + (sum >> 32);
	if (len & 4) {
		sum += load32(p);
		p += 4;
	}
	if (len & 2) {
		sum += load16(p);
		p += 2;
	}
	if (len & 1) {
		last[0] = *p;
		sum += load16(last);
	}
	return sum;
}

/* Is the checksum of an IPv4 header of @hlen bytes right? */
static inline bool ip_csum_ok(const u8 *ip, u32 hlen)
{
	u64 a, b, sum;

	if (unlikely(hlen != 20))
		return csum_fold(csum_partial(ip, hlen, 0)) == 0xffff;
	a = load64(ip);
	b = load64(ip + 8);
	sum = (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) + load32(ip + 16);
	return csum_fold(sum) == 0xffff;
}

u16 l4_checksum(const struct pkt_view *v)
{
	const u8 *l4 = v->data + v->l4_off;
	u32 len = l4_len(v);
	u64 sum;

	/* UDP says its own length; IP may carry padding behind it. */
	if (v->l4proto == IPPROTO_UDP)
		len = min(len, (u32)be16(l4 + 4));
	sum = csum_partial(l4, len, 0);
	if (l4_csum_pseudo(v->l4proto)) {
		sum += addr_sum(v->family, &v->src) + addr_sum(v->family, &v->dst);
		sum += htons((u16)len) + htons(v->l4proto);
	}
	return (u16)~csum_fold(sum);
}

static void parse_l4(struct pkt_view *v)
{
	const u8 *p = v->data + v->l4_off;
	u32 len = l4_len(v);
	u32 doff;

	v->sport = 0;
	v->dport = 0;
	v->tcp_flags = 0;
	v->l4_ok = false;
	if (v->fragment)
		return;
	switch (v->l4proto) {
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		if (len < 8)
			return;
		break;
	case IPPROTO_TCP:
		if (len < 20)
			return;
		doff = (u32)(p[12] >> 4) * 4;
		if (doff < 20 || doff > len)
			return;
		v->tcp_flags = p[13];
		break;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		if (len < 12)
			return;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if (len < 8)
			return;
		v->sport = be16(p);
		v->dport = be16(p + 4);
		v->l4_ok = true;
		return;
	default:
		v->l4_ok = true;
		return;
	}
	v->sport = be16(p);
	v->dport = be16(p + 2);
	v->l4_ok = true;
}

static enum fw_reason parse_ipv4(struct pkt_view *v, u32 avail)
{
	const u8 *ip = v->data + v->l3_off;
	u32 hlen;
	u16 frag;

	if (avail < 20 || ip[0] >> 4 != 4)
		return FW_MALFORMED;
	hlen = (u32)(ip[0] & 15) * 4;
	v->l3_len = be16(ip + 2);
	if (hlen < 20 || v->l3_len < hlen || v->l3_len > avail)
		return FW_MALFORMED;
	if (unlikely(!ip_csum_ok(ip, hlen)))
		return FW_MALFORMED;
	frag = be16(ip + 6);
	v->family = AF_INET;
	v->fragment = frag & 0x1fff;
	v->first_fragment = (frag & 0x3fff) == 0x2000;
	v->ttl = ip[8];
	v->l4proto = ip[9];
	v->src.v4 = load32(ip + 12);
	v->dst.v4 = load32(ip + 16);
	v->l4_off = (u16)(v->l3_off + hlen);
	return FW_OK;
}

/* Step over extension headers up to the transport header. */
static enum fw_reason parse_extensions(struct pkt_view *v, u8 next)
{
	u32 off = v->l3_off + 40u, end = v->l3_off + v->l3_len, size;
	unsigned int i;

	for (i = 0; i < EXTENSIONS_MAX; i++) {
		const u8 *p = v->data + off;

		switch (next) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
		case IPPROTO_AH:
			if (end - off < 8)
				return FW_MALFORMED;
			size = next == IPPROTO_AH ? (p[1] + 2u) * 4 : (p[1] + 1u) * 8;
			break;
		case IPPROTO_FRAGMENT:
			if (end - off < 8 || p[0] == IPPROTO_FRAGMENT)
				return FW_MALFORMED;
			size = 8;
			if (be16(p + 2) & 0xfff8)
				v->fragment = true;
			else
				v->first_fragment = be16(p + 2) & 1;
			break;
		default:
			v->l4proto = next;
			v->l4_off = (u16)off;
			return FW_OK;
		}
		if (size > end - off)
			return FW_MALFORMED;
		next = p[0];
		off += size;
		/* What follows is the middle of something: not a header. */
		if (v->fragment) {
			v->l4proto = next;
			v->l4_off = (u16)off;
			return FW_OK;
		}
	}
	return FW_MALFORMED;
}

static enum fw_reason parse_ipv6(struct pkt_view *v, u32 avail)
{
	const u8 *ip = v->data + v->l3_off;

	if (avail < 40 || ip[0] >> 4 != 6)
		return FW_MALFORMED;
	if (be16(ip + 4) + 40u > min(avail, 65535u))
		return FW_MALFORMED;
	v->l3_len = (u16)(be16(ip + 4) + 40);
	v->family = AF_INET6;
	v->fragment = false;
	v->first_fragment = false;
	v->ttl = ip[7];
	memcpy(&v->src, ip + 8, 16);
	memcpy(&v->dst, ip + 24, 16);
	return parse_extensions(v, ip[6]);
}

/* Ports, or identifier and type, of a transport header of which only the first
 * eight bytes need be there. */
static void parse_inner_l4(struct pkt_view *v)
{
	const u8 *p = v->data + v->l4_off;

	v->sport = 0;
	v->dport = 0;
	v->tcp_flags = 0;
	v->l4_ok = !v->fragment && l4_len(v) >= 8;
	if (!v->l4_ok || !l4_csum_off(v->l4proto))
		return;
	v->sport = be16(p);
	v->dport = be16(p + (v->l4proto == IPPROTO_ICMP || v->l4proto == IPPROTO_ICMPV6 ? 4 : 2));
}

enum fw_reason pkt_parse_inner(struct pkt_view *v, const struct pkt_view *outer)
{
	u32 off = outer->l4_off + 8u, avail = l4_len(outer) - 8;
	const u8 *ip = outer->data + off;
	enum fw_reason why = FW_OK;
	u32 hlen;

	v->data = outer->data;
	v->len = outer->len;
	v->l3_off = (u16)off;
	v->family = outer->family;
	v->l3_len = (u16)min(avail, 65535u);
	v->first_fragment = false;
	if (outer->family == AF_INET) {
		if (avail < 20 || ip[0] >> 4 != 4)
			return FW_MALFORMED;
		hlen = (u32)(ip[0] & 15) * 4;
		if (hlen < 20 || hlen > avail || be16(ip + 2) < hlen || !ip_csum_ok(ip, hlen))
			return FW_MALFORMED;
		v->l3_len = min(v->l3_len, be16(ip + 2));
		v->fragment = be16(ip + 6) & 0x1fff;
		v->ttl = ip[8];
		v->l4proto = ip[9];
		v->src.v4 = load32(ip + 12);
		v->dst.v4 = load32(ip + 16);
		v->l4_off = (u16)(off + hlen);
	} else {
		if (avail < 40 || ip[0] >> 4 != 6)
			return FW_MALFORMED;
		v->fragment = false;
		v->ttl = ip[7];
		memcpy(&v->src, ip + 8, 16);
		memcpy(&v->dst, ip + 24, 16);
		why = parse_extensions(v, ip[6]);
	}
	if (why == FW_OK)
		parse_inner_l4(v);
	return why;
}

enum fw_reason pkt_parse(struct pkt_view *v, u8 *data, u32 len)
{
	u32 off = PKT_ETH_LEN;
	unsigned int tags = 0;
	enum fw_reason why;
	u16 type;

	if (len < off)
		return FW_MALFORMED;
	type = be16(data + 12);
	while ((type == ETHERTYPE_VLAN || type == 0x88a8) && tags++ < PKT_VLANS_MAX) {
		if (len < off + 4)
			return FW_MALFORMED;
		type = be16(data + off + 2);
		off += 4;
	}
	v->data = data;
	v->len = len;
	v->l3_off = (u16)off;
	if (type == ETHERTYPE_IP)
		why = parse_ipv4(v, len - off);
	else if (type == ETHERTYPE_IPV6)
		why = parse_ipv6(v, len - off);
	else
		return FW_NOT_IP;
	if (likely(why == FW_OK))
		parse_l4(v);
	return why;
}
