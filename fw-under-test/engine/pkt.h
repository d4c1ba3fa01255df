/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pkt.h - from the bytes of a frame to a struct pkt_view, and checksums changed
 * in place (RFC 1624). Nothing here keeps state; every function may be called
 * from any thread. Loads and stores go through memcpy-like helpers because
 * frames start at any address.
 *
 * A checksum delta is the one's complement sum of what was added minus what
 * was taken away, in memory byte order; it may be stored and applied later to
 * any checksum that covers the changed words. The delta of the change back is
 * its complement.
 */
#ifndef KPPS_ENGINE_PKT_H
#define KPPS_ENGINE_PKT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "fw-under-test/engine/ruleset.h"

#define PKT_ETH_LEN	14
#define PKT_VLANS_MAX	2

#define TCPF_FIN	0x01
#define TCPF_SYN	0x02
#define TCPF_RST	0x04
#define TCPF_PSH	0x08
#define TCPF_ACK	0x10
#define TCPF_URG	0x20
#define TCPF_ECE	0x40
#define TCPF_CWR	0x80

static inline u16 load16(const void *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u32 load32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u64 load64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void store16(void *p, u16 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void store32(void *p, u32 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline u16 be16(const void *p)
{
	return ntohs(load16(p));
}

static inline u32 be32(const void *p)
{
	return ntohl(load32(p));
}

/* A sum and itself with the halves exchanged: the upper half is the sum of both
 * halves, and has the carry of the lower one, which goes around. */
static inline u16 csum_fold(u64 sum)
{
	u32 half;

	sum += sum >> 32 | sum << 32;
	half = (u32)(sum >> 32);
	half += half >> 16 | half << 16;
	return (u16)(half >> 16);
}

/* csum_apply - the checksum field @csum after a change by @delta. */
static inline u16 csum_apply(u16 csum, u32 delta)
{
	return (u16)~csum_fold((u64)(u16)~csum + delta);
}

/* Write a word and carry the change into the checksum at @csum. */
static inline void csum_write16(u8 *csum, u8 *at, u16 value)
{
	store16(csum, csum_apply(load16(csum), (u32)(u16)~load16(at) + value));
	store16(at, value);
}

/* csum_partial - one's complement sum of @len bytes, not folded. */
u64 csum_partial(const u8 *p, u32 len, u64 sum);

/* addr_sum - the sum an address contributes; not folded. */
static inline u64 addr_sum(u8 family, const union fw_addr *a)
{
	if (family == AF_INET)
		return a->v4;
	return (a->v6w[0] & 0xffffffff) + (a->v6w[0] >> 32) + (a->v6w[1] & 0xffffffff) +
	       (a->v6w[1] >> 32);
}

static inline bool addr_equal(u8 family, const union fw_addr *a, const union fw_addr *b)
{
	if (family == AF_INET)
		return a->v4 == b->v4;
	return a->v6w[0] == b->v6w[0] && a->v6w[1] == b->v6w[1];
}

static inline bool addr_any(u8 family, const union fw_addr *a)
{
	return family == AF_INET ? !a->v4 : !(a->v6w[0] | a->v6w[1]);
}

/* Where the addresses stand in the IP header at l3_off. */
static inline u32 l3_src_off(u8 family)
{
	return family == AF_INET ? 12 : 8;
}

static inline u32 l3_dst_off(u8 family)
{
	return family == AF_INET ? 16 : 24;
}

static inline u32 addr_len(u8 family)
{
	return family == AF_INET ? 4 : 16;
}

/* Bytes from the transport header to the end of the IP packet. */
static inline u32 l4_len(const struct pkt_view *v)
{
	return v->l3_off + v->l3_len - v->l4_off;
}

/* l4_csum_off - where the transport checksum is, 0: none we keep right. */
static inline u32 l4_csum_off(u8 l4proto)
{
	switch (l4proto) {
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
		return 6;
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 2;
	}
	return 0;
}

/* Does the transport checksum cover the addresses? */
static inline bool l4_csum_pseudo(u8 l4proto)
{
	return l4proto != IPPROTO_ICMP;
}

/* l4_csum_fix - apply @delta to the transport checksum of @v, if it has one. */
static inline void l4_csum_fix(const struct pkt_view *v, u16 delta)
{
	u32 off = l4_csum_off(v->l4proto);
	u8 *at = v->data + v->l4_off + off;
	u16 csum;

	if (!off || !v->l4_ok)
		return;
	csum = load16(at);
	if (v->l4proto == IPPROTO_UDP) {
		if (!csum)	/* the sender did not compute one */
			return;
		csum = csum_apply(csum, delta);
		store16(at, csum ? csum : 0xffff);
		return;
	}
	store16(at, csum_apply(csum, delta));
}

/* pkt_martian - a source nobody may have. */
static inline bool pkt_martian(const struct pkt_view *v)
{
	u32 src;

	if (v->family == AF_INET6)
		return v->src.v6[0] == 0xff;
	src = ntohl(v->src.v4);
	return src >> 28 == 0xe || src >> 24 == 127 || src == UINT32_MAX;
}

/* pkt_stays_on_link - a frame not sent to us alone, or a link-local or
 * unspecified source (RFC 4291): never forwarded. */
static inline bool pkt_stays_on_link(const struct pkt_view *v)
{
	if (v->data[0] & 1)	/* link-layer multicast */
		return true;
	if (v->family == AF_INET)
		return !(ntohl(v->src.v4) >> 24);
	return (v->src.v6[0] == 0xfe && (v->src.v6[1] & 0xc0) == 0x80) ||
	       addr_any(AF_INET6, &v->src);
}

/*
 * pkt_parse - find the layers of a frame; up to two VLAN tags are stepped over
 * and left in place. Returns FW_OK, FW_NOT_IP or FW_MALFORMED (headers cut
 * off, lengths that contradict, a wrong IPv4 header checksum). A transport
 * header that is cut off is not an error here: l4_ok is false then.
 */
enum fw_reason pkt_parse(struct pkt_view *v, u8 *data, u32 len);

/*
 * pkt_parse_inner - the header an ICMP error at @outer quotes, as far as it is
 * there: l3_len is what can be read, l4_ok means the first 8 bytes of the
 * transport header. FW_MALFORMED: not even the IP header, or its checksum is
 * wrong (RFC 5508, REQ-3a).
 */
enum fw_reason pkt_parse_inner(struct pkt_view *v, const struct pkt_view *outer);

/* l4_checksum - what the transport checksum of @v must be, over its whole
 * length, with the field itself as it is: 0 means right. */
u16 l4_checksum(const struct pkt_view *v);

#endif
