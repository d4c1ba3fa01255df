/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build_frame.h - frames for tests of the sink, made here byte by byte and on
 * purpose without lib/stream.h: what one of them gets wrong the other shows.
 */
#ifndef KPPS_TEST_BUILD_FRAME_H
#define KPPS_TEST_BUILD_FRAME_H

#include <netinet/in.h>
#include <string.h>

#include "lib/compiler.h"

struct build {
	int version;		/* 4, 6 */
	u8 protocol;		/* IPPROTO_UDP, _TCP, _ICMP, _ICMPV6 */
	unsigned int vlans;	/* 0, 1, 2 */
	unsigned int options;	/* IPv4: option words; IPv6: 8-byte destination options */
	unsigned int payload;	/* bytes after the transport header */
	unsigned int padding;	/* bytes after the IP packet */
	bool fragment_header;	/* IPv6, atomic */
	bool signature;
	u16 run;
	u8 stream;
	u64 index, time;
};

struct built {
	u8 data[2048];
	u32 len, l3, l4, payload;	/* offsets */
};

static inline void put16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static inline u32 add16(u32 sum, const u8 *p, u32 len)
{
	for (u32 i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (u32)p[i] << 8;
	return sum;
}

static inline u16 fold16(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

static inline void build_signature(u8 *p, const struct build *b)
{
	put16(p, 0x6b70);
	put16(p + 2, (u32)b->run << 6 | b->stream);
	for (int i = 0; i < 6; i++)
		p[4 + i] = (u8)(b->index >> (40 - 8 * i));
	for (int i = 0; i < 8; i++)
		p[10 + i] = (u8)(b->time >> (56 - 8 * i));
}

/* Checksums again, after a test has changed bytes. */
static inline void build_sums(struct built *f, const struct build *b)
{
	static const u8 sum_at[256] = { [IPPROTO_UDP] = 6, [IPPROTO_TCP] = 16,
					[IPPROTO_ICMP] = 2, [IPPROTO_ICMPV6] = 2 };
	u8 *ip = f->data + f->l3, *l4 = f->data + f->l4;
	u32 len = f->len - b->padding - f->l4, sum = 0;
	u16 folded;

	if (b->version == 4) {
		put16(ip + 10, 0);
		put16(ip + 10, fold16(add16(0, ip, f->l4 - f->l3)));
	}
	if (b->protocol != IPPROTO_ICMP) {
		sum = b->version == 4 ? add16(0, ip + 12, 8) : add16(0, ip + 8, 32);
		sum += len + b->protocol;
	}
	put16(l4 + sum_at[b->protocol], 0);
	folded = fold16(add16(sum, l4, len));
	put16(l4 + sum_at[b->protocol], b->protocol == IPPROTO_UDP && !folded ? 0xffff : folded);
}

static inline u32 build_l4(u8 *l4, const struct build *b)
{
	switch (b->protocol) {
	case IPPROTO_UDP:
		put16(l4, 1024);
		put16(l4 + 2, 53);
		put16(l4 + 4, 8 + b->payload);
		return 8;
	case IPPROTO_TCP:
		put16(l4, 1024);
		put16(l4 + 2, 80);
		l4[12] = 0x50;
		l4[13] = 0x10;
		return 20;
	default:
		l4[0] = b->protocol == IPPROTO_ICMP ? 8 : 128;
		put16(l4 + 4, 77);
		return 8;
	}
}

static inline u32 build_ipv4(u8 *ip, const struct build *b, u32 l4_len)
{
	u32 header = 20 + 4 * b->options;

	ip[0] = (u8)(0x40 | header / 4);
	put16(ip + 2, header + l4_len);
	ip[8] = 64;
	ip[9] = b->protocol;
	memcpy(ip + 12, "\xc6\x12\x00\x01\xc6\x13\x00\x01", 8);
	memset(ip + 20, 1, 4 * b->options);
	return header;
}

static inline u32 build_ipv6(u8 *ip, const struct build *b, u32 l4_len)
{
	u32 at = 40, next = 6;

	ip[0] = 0x60;
	ip[7] = 64;
	for (int i = 0; i < 32; i++)
		ip[8 + i] = (u8)(i * 7 + 1);
	for (unsigned int i = 0; i < b->options; i++) {
		ip[next] = i ? IPPROTO_DSTOPTS : IPPROTO_HOPOPTS;
		next = at;
		memcpy(ip + at, "\0\0\1\4\0\0\0\0", 8);
		at += 8;
	}
	if (b->fragment_header) {
		ip[next] = IPPROTO_FRAGMENT;
		next = at;
		memset(ip + at, 0, 8);
		at += 8;
	}
	ip[next] = b->protocol;
	put16(ip + 4, at - 40 + l4_len);
	return at;
}

static inline void build_frame(struct built *f, const struct build *b)
{
	static const u32 header[256] = { [IPPROTO_UDP] = 8, [IPPROTO_TCP] = 20,
					 [IPPROTO_ICMP] = 8, [IPPROTO_ICMPV6] = 8 };
	u32 l4_len = header[b->protocol] + b->payload;

	memset(f, 0, sizeof(*f));
	memcpy(f->data, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	f->l3 = 12;
	for (unsigned int i = 0; i < b->vlans; i++, f->l3 += 4) {
		put16(f->data + f->l3, b->vlans == 2 && !i ? 0x88a8 : 0x8100);
		put16(f->data + f->l3 + 2, 100 + i);
	}
	put16(f->data + f->l3, b->version == 4 ? 0x0800 : 0x86dd);
	f->l3 += 2;
	f->l4 = f->l3 + (b->version == 4 ? build_ipv4(f->data + f->l3, b, l4_len)
					 : build_ipv6(f->data + f->l3, b, l4_len));
	f->payload = f->l4 + build_l4(f->data + f->l4, b);
	for (u32 i = 0; i < b->payload; i++)
		f->data[f->payload + i] = (u8)(i * 31 + 5);
	if (b->signature)
		build_signature(f->data + f->payload, b);
	f->len = f->l4 + l4_len + b->padding;
	memset(f->data + f->len - b->padding, 0xa5, b->padding);
	build_sums(f, b);
}

#endif
