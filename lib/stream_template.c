// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stream_template.c - the header template of a stream, and its variants: other
 * TCP segments, and the same flows from the far end. Pure functions on a struct
 * kpps_stream that the caller owns.
 */
#include "lib/stream_template.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8	/* the outer tag of two (IEEE 802.1ad) */
#define ICMP_ECHO	8
#define ICMP_ECHOREPLY	0
#define ICMP6_ECHO	128
#define ICMP6_ECHOREPLY	129
#define IPV4_DF		0x4000
#define IPV4_MF		0x2000
#define IPV6_MF		0x0001
#define FRAGMENT_AT	1480	/* offset of what is no first fragment: after one of 1500 bytes */
#define OPTION_PADN	1
#define ROUTING_EXPERIMENT 253
#define TCP_WINDOW	0xffff
#define TCP_OFFSET(len)	((u8)((len) / 4 << 4))

static void put_be16(u8 *p, u16 v)
{
	kpps_put16(p, kpps_be16(v));
}

static u16 l4_header_len(const struct stream_spec *spec)
{
	return spec->protocol == IPPROTO_TCP ? TCP_LEN : UDP_ICMP_LEN;
}

u16 stream_headers_len(const struct stream_spec *spec)
{
	return (u16)(ETH_LEN + spec->nvlans * VLAN_LEN +
		     (spec->family == AF_INET ? IPV4_LEN :
		      IPV6_LEN + spec->nextensions * EXTENSION_LEN) + l4_header_len(spec));
}

u16 stream_sig_size_min(const struct stream_spec *spec)
{
	return max((u16)(stream_headers_len(spec) + KPPS_SIG_LEN + 4), (u16)(KPPS_FRAME_MIN + 4));
}

static u64 sum_bytes(const u8 *p, unsigned int len)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < len; i += 2)
		sum += kpps_get16(p + i);
	return sum;
}

/* The sums of every size, from the template with all that varies set to 0. */
static void template_sums(struct kpps_stream *s)
{
	u8 h[KPPS_HEADER_MAX];
	unsigned int l4_end = s->payload_off + (s->flags & KPPS_F_SIG ? KPPS_SIG_LEN : 0);
	u64 ip, l4;

	memcpy(h, s->header, sizeof(h));
	kpps_put16(h + s->csum_off, 0);
	kpps_put32(h + s->port_off, 0);
	if (s->flags & KPPS_F_TCP)
		kpps_put64(h + s->l4_off + 4, 0);
	if (s->flags & KPPS_F_UDP)
		kpps_put16(h + s->l4_off + 4, 0);
	if (s->flags & KPPS_F_SIG)
		memset(h + s->payload_off + 4, 0, KPPS_SIG_LEN - 4);
	l4 = sum_bytes(h + s->l4_off, l4_end - s->l4_off);
	if (s->flags & KPPS_F_PSEUDO)
		l4 += kpps_be16(s->protocol);

	kpps_put16(h + s->l3_off + 2, 0);
	kpps_put16(h + s->l3_off + 10, 0);
	ip = sum_bytes(h + s->l3_off, 12);
	for (unsigned int i = 0; i < s->nsizes; i++) {
		struct kpps_size *z = &s->sizes[i];
		u64 l4_len = kpps_be16((u16)(z->l3_len - (s->l4_off - s->l3_off)));

		z->ip_sum = s->flags & KPPS_F_IPV6 ? 0 : kpps_csum_fold(ip + kpps_be16(z->l3_len));
		/* UDP has its length twice: in the pseudo header and in its own */
		z->l4_sum = kpps_csum_fold(l4 + (s->flags & KPPS_F_PSEUDO ? l4_len : 0) +
					   (s->flags & KPPS_F_UDP ? l4_len : 0));
	}
}

/* Addresses of the first tuple: bursts write only what varies (KPPS_F_LANES). */
static void template_addresses(struct kpps_stream *s)
{
	const struct kpps_addr *src = s->flags & KPPS_F_REVERSE ? &s->far : &s->near;
	const struct kpps_addr *dst = s->flags & KPPS_F_REVERSE ? &s->near : &s->far;
	u8 *ip = s->header + s->l3_off;

	if (s->flags & KPPS_F_IPV6) {
		kpps_put64(ip + 8, src->hi);
		kpps_put64(ip + 16, kpps_be64(src->lo));
		kpps_put64(ip + 24, dst->hi);
		kpps_put64(ip + 32, kpps_be64(dst->lo));
	} else {
		kpps_put32(ip + 12, kpps_be32((u32)src->lo));
		kpps_put32(ip + 16, kpps_be32((u32)dst->lo));
	}
}

static void template_lengths(struct kpps_stream *s)
{
	u8 *ip = s->header + s->l3_off;
	u16 l3_len = s->sizes[0].l3_len;

	if (s->flags & KPPS_F_IPV6)
		put_be16(ip + 4, (u16)(l3_len - IPV6_LEN));
	else
		put_be16(ip + 2, l3_len);
	if (s->flags & KPPS_F_UDP)
		put_be16(s->header + s->l4_off + 4, (u16)(l3_len - (s->l4_off - s->l3_off)));
}

static void template_sig(struct kpps_stream *s)
{
	put_be16(s->header + s->payload_off, KPPS_SIG_MAGIC);
	put_be16(s->header + s->payload_off + 2, (u16)(s->run << 6 | s->id));
}

static void template_ethernet(const struct stream_spec *spec, struct kpps_stream *s)
{
	u8 *p = s->header + 12;

	memcpy(s->header, spec->destination_mac, 6);
	memcpy(s->header + 6, spec->source_mac, 6);
	for (unsigned int i = 0; i < spec->nvlans; i++) {
		put_be16(p, i + 1 < spec->nvlans ? ETHERTYPE_QINQ : ETHERTYPE_VLAN);
		put_be16(p + 2, spec->vlan[i]);
		p += VLAN_LEN;
	}
	put_be16(p, spec->family == AF_INET ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	s->l3_off = (u16)(ETH_LEN + spec->nvlans * VLAN_LEN);
}

static bool has_more(const struct stream_spec *spec)
{
	return spec->fragment == STREAM_FIRST || spec->fragment == STREAM_MIDDLE;
}

static u16 fragment_at(const struct stream_spec *spec)
{
	return spec->fragment == STREAM_MIDDLE || spec->fragment == STREAM_LAST ? FRAGMENT_AT : 0;
}

/* IPv4's flags and offset; a whole packet must not be fragmented on its way. */
static u16 ipv4_fragment(const struct stream_spec *spec)
{
	if (spec->fragment == STREAM_WHOLE)
		return IPV4_DF;
	return (u16)((has_more(spec) ? IPV4_MF : 0) | fragment_at(spec) / 8);
}

static void template_extensions(const struct stream_spec *spec, struct kpps_stream *s)
{
	u8 *next = s->header + s->l3_off + 6, *p = s->header + s->l4_off;

	for (unsigned int i = 0; i < spec->nextensions; i++, p += EXTENSION_LEN) {
		*next = spec->extension[i];
		next = p;
		switch (spec->extension[i]) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_DSTOPTS:
			p[2] = OPTION_PADN;
			p[3] = EXTENSION_LEN - 4;
			break;
		case IPPROTO_ROUTING:
			p[2] = ROUTING_EXPERIMENT;
			break;
		case IPPROTO_FRAGMENT:
			/* the offset counts 8 bytes and starts at bit 3 */
			put_be16(p + 2, (u16)(fragment_at(spec) | (has_more(spec) ? IPV6_MF : 0)));
			put_be16(p + 6, 1);	/* identification */
			break;
		}
	}
	*next = s->protocol;
	s->l4_off = (u16)(p - s->header);
}

static void template_ip(const struct stream_spec *spec, struct kpps_stream *s)
{
	u8 *ip = s->header + s->l3_off;

	if (spec->family == AF_INET) {
		ip[0] = 0x45;
		ip[1] = (u8)(spec->dscp << 2);
		put_be16(ip + 6, ipv4_fragment(spec));
		ip[8] = spec->ttl;
		ip[9] = s->protocol;
		s->l4_off = s->l3_off + IPV4_LEN;
	} else {
		/* version 4 bits, traffic class 8, flow label 20 */
		put_be16(ip, (u16)(0x6000 | spec->dscp << 6));
		ip[7] = spec->ttl;
		s->l4_off = s->l3_off + IPV6_LEN;
		s->flags |= KPPS_F_IPV6;
		template_extensions(spec, s);
	}
}

/* What a segment with @tcp_flags has in its header, and how its numbers count. */
static void template_tcp(struct kpps_stream *s, u8 tcp_flags, u16 len)
{
	u8 *l4 = s->header + s->l4_off;

	l4[12] = TCP_OFFSET(len);
	l4[13] = tcp_flags;
	put_be16(l4 + 14, TCP_WINDOW);
	s->flags &= ~(KPPS_F_ACK | KPPS_F_ADVANCE);
	if (tcp_flags & TCP_F_ACK)
		s->flags |= KPPS_F_ACK;
	if (s->segment == KPPS_DATA && !(tcp_flags & TCP_F_SYN))
		s->flags |= KPPS_F_ADVANCE;
}

static void template_l4(const struct stream_spec *spec, struct kpps_stream *s)
{
	u8 *l4 = s->header + s->l4_off, flags = spec->tcp_flags;
	bool payload = false;

	s->port_off = s->l4_off;
	if (spec->protocol == IPPROTO_UDP) {
		s->flags |= KPPS_F_UDP | KPPS_F_PSEUDO;
		s->csum_off = s->l4_off + 6;
	} else if (spec->protocol == IPPROTO_TCP) {
		s->flags |= KPPS_F_TCP | KPPS_F_PSEUDO;
		s->csum_off = s->l4_off + 16;
		for (unsigned int i = 0; i < s->nsizes; i++)
			payload |= s->sizes[i].len > s->payload_off;
		if (!flags)
			flags = payload ? TCP_F_ACK | TCP_F_PSH : TCP_F_ACK;
		s->segment = KPPS_DATA;
		template_tcp(s, flags, TCP_LEN);
		if (flags & TCP_F_SYN)
			s->tcp_seq--;
	} else {
		s->flags |= KPPS_F_ICMP;
		s->port_off = s->l4_off + 4;
		s->csum_off = s->l4_off + 2;
		l4[0] = spec->family == AF_INET ? ICMP_ECHO : ICMP6_ECHO;
		if (spec->family == AF_INET6)
			s->flags |= KPPS_F_PSEUDO;
	}
}

void stream_template_build(const struct stream_spec *spec, struct kpps_stream *s)
{
	u16 shortest = KPPS_FRAME_MAX;

	template_ethernet(spec, s);
	template_ip(spec, s);
	s->payload_off = s->l4_off + l4_header_len(spec);
	for (unsigned int i = 0; i < s->nsizes; i++) {
		shortest = min(shortest, s->sizes[i].len);
		s->sizes[i].l3_len = s->sizes[i].len - s->l3_off;
	}
	template_l4(spec, s);
	if (shortest >= s->payload_off + KPPS_SIG_LEN) {
		s->flags |= KPPS_F_SIG;
		template_sig(s);
	}
	template_addresses(s);
	template_lengths(s);
	template_sums(s);
}

static const u8 segment_flags[] = {
	[KPPS_SYN] = TCP_F_SYN,
	[KPPS_SYNACK] = TCP_F_SYN | TCP_F_ACK,
	[KPPS_ACK] = TCP_F_ACK,
	[KPPS_FIN] = TCP_F_FIN | TCP_F_ACK,
	[KPPS_RST] = TCP_F_RST | TCP_F_ACK,
};

/* Maximum segment size, window scale 7, SACK permitted; padded to words by NOPs. */
static void put_syn_options(u8 *p, bool ipv6)
{
	u16 mss = 1500 - (ipv6 ? IPV6_LEN : IPV4_LEN) - TCP_LEN;
	const u8 options[TCP_SYN_LEN - TCP_LEN] = {
		2, 4, (u8)(mss >> 8), (u8)mss, 1, 3, 3, 7, 1, 1, 4, 2,
	};

	memcpy(p, options, sizeof(options));
}

int stream_segment(const struct kpps_stream *s, enum kpps_segment segment,
		   struct kpps_stream *ret)
{
	bool syn, was_syn;
	u16 len;

	if (!(s->flags & KPPS_F_TCP) || segment == KPPS_DATA ||
	    (unsigned int)segment >= ARRAY_SIZE(segment_flags))
		return -EINVAL;
	if (ret != s)
		*ret = *s;
	was_syn = s->header[s->l4_off + 13] & TCP_F_SYN;
	syn = segment_flags[segment] & TCP_F_SYN;
	len = syn ? TCP_SYN_LEN : TCP_LEN;
	ret->tcp_seq += (u32)was_syn - (u32)syn;
	ret->segment = (u8)segment;
	ret->flags &= ~KPPS_F_SIG;
	ret->payload_off = ret->l4_off + len;
	memset(ret->header + ret->l4_off + TCP_LEN, 0, KPPS_HEADER_MAX - ret->l4_off - TCP_LEN);
	if (syn)
		put_syn_options(ret->header + ret->l4_off + TCP_LEN, ret->flags & KPPS_F_IPV6);
	template_tcp(ret, segment_flags[segment], len);

	memset(ret->sizes, 0, sizeof(ret->sizes));
	ret->nsizes = 1;
	ret->sizes[0].len = max(ret->payload_off, (u16)KPPS_FRAME_MIN);
	ret->sizes[0].l3_len = ret->payload_off - ret->l3_off;
	template_lengths(ret);
	template_sums(ret);
	return 0;
}

int stream_reverse(const struct kpps_stream *s, struct kpps_stream *ret)
{
	u32 syn = !!(s->flags & KPPS_F_TCP && s->header[s->l4_off + 13] & TCP_F_SYN);
	u32 own = s->tcp_seq + syn - 1, peer = s->tcp_ack - 1;
	u8 mac[6];

	if (s->id >= STREAM_REVERSE_ID && !(s->flags & KPPS_F_REVERSE))
		return -EINVAL;
	if (ret != s)
		*ret = *s;
	memcpy(mac, ret->header, sizeof(mac));
	memmove(ret->header, ret->header + 6, sizeof(mac));
	memcpy(ret->header + 6, mac, sizeof(mac));
	ret->flags ^= KPPS_F_REVERSE;
	ret->id ^= STREAM_REVERSE_ID;
	if (ret->flags & KPPS_F_TCP) {
		ret->tcp_seq = peer + 1 - syn;
		ret->tcp_ack = own + 1;
	}
	if (ret->flags & KPPS_F_ICMP && ret->flags & KPPS_F_IPV6)
		ret->header[ret->l4_off] ^= ICMP6_ECHO ^ ICMP6_ECHOREPLY;
	else if (ret->flags & KPPS_F_ICMP)
		ret->header[ret->l4_off] ^= ICMP_ECHO ^ ICMP_ECHOREPLY;
	if (ret->flags & KPPS_F_SIG)
		template_sig(ret);
	template_addresses(ret);
	template_sums(ret);
	return 0;
}
