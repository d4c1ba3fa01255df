// SPDX-License-Identifier: GPL-2.0-or-later
/* inspect.c - see inspect.h. Sums are of words in memory order; constants are swapped. */
#include "sink/inspect.h"

#ifdef __KERNEL__
#include <linux/in.h>
#include <linux/in6.h>
#include <net/checksum.h>
#else
#include <netinet/in.h>
#include <string.h>
#endif

#include "lib/stream.h"

#define ETH_LEN		14
#define VLAN_LEN	4
#define VLANS_MAX	2
#define IPV4_LEN	20
#define IPV6_LEN	40
#define UDP_LEN		8
#define TCP_LEN		20
#define ICMP_LEN	8
#define EXTENSIONS_MAX	8
#define L4_MAX		(60 + KPPS_SIG_LEN)	/* a transport header and a signature behind it */

/* Ethernet, tags, the longest IPv4 header, and what may follow it. */
_Static_assert(INSPECT_HEADERS >= ETH_LEN + VLANS_MAX * VLAN_LEN + 60 + L4_MAX, "as inspect.h says");

#ifdef __KERNEL__
static inline u64 sum_bytes(u64 sum, const u8 *p, u32 len)
{
	return inspect_add(sum, (__force u32)csum_partial(p, (int)len, 0));
}
#else
typedef u64 words_t __attribute__((vector_size(32)));

/* 32 bytes a step; a 64-bit lane takes 2^31 steps before it can overflow. */
static u64 sum_vector(const u8 *p, u32 steps)
{
	words_t sum = { 0 }, w;

	for (; steps; steps--, p += sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		sum += (w & 0xffffffff) + (w >> 32);
	}
	return sum[0] + sum[1] + sum[2] + sum[3];
}

/* Add @len bytes to @sum. Short ones take no vector set-up. */
static inline u64 sum_bytes(u64 sum, const u8 *p, u32 len)
{
	if (len >= 128) {
		sum = inspect_add(sum, sum_vector(p, len / sizeof(words_t)));
		p += len & ~(u32)(sizeof(words_t) - 1);
		len &= sizeof(words_t) - 1;
	}
	for (; len >= 8; len -= 8, p += 8)
		sum = inspect_add(sum, inspect_load64(p));
	if (len & 4) {
		sum = inspect_add(sum, inspect_load32(p));
		p += 4;
	}
	if (len & 2) {
		sum = inspect_add(sum, inspect_load16(p));
		p += 2;
	}
	if (len & 1)
		sum = inspect_add(sum, inspect_load16((const u8[2]){ *p, 0 }));
	return sum;
}
#endif

static inline enum verdict locate_udp(u32 len, struct inspected *ret)
{
	u32 ulen;

	if (unlikely(len < UDP_LEN))
		return VERDICT_CORRUPTED;
	ulen = kpps_be16(inspect_load16(ret->l4 + 4));
	if (unlikely(ulen < UDP_LEN || ulen > len))
		return VERDICT_CORRUPTED;
	ret->payload = ret->l4 + UDP_LEN;
	ret->payload_len = ulen - UDP_LEN;
	ret->pseudo = inspect_add(ret->pseudo, kpps_be16(IPPROTO_UDP) +
				  (u64)inspect_load16(ret->l4 + 4));
	ret->summed = ulen;
	if (unlikely(!inspect_load16(ret->l4 + 6))) {
		ret->summed = 0;
		ret->unsummed = true;
		return ret->version == 4 ? VERDICT_INTACT : VERDICT_CORRUPTED;
	}
	return VERDICT_INTACT;
}

static enum verdict locate_tcp(u32 len, struct inspected *ret)
{
	u32 offset;

	if (len < TCP_LEN)
		return VERDICT_CORRUPTED;
	offset = (ret->l4[12] >> 4) * 4U;
	if (offset < TCP_LEN || offset > len)
		return VERDICT_CORRUPTED;
	ret->payload = ret->l4 + offset;
	ret->payload_len = len - offset;
	ret->pseudo = inspect_add(ret->pseudo, kpps_be16(IPPROTO_TCP) + (u64)kpps_be32(len));
	ret->summed = len;
	return VERDICT_INTACT;
}

/* ICMP has no pseudo header, ICMPv6 has one. */
static enum verdict locate_icmp(u32 len, struct inspected *ret)
{
	if (len < ICMP_LEN)
		return VERDICT_CORRUPTED;
	ret->payload = ret->l4 + ICMP_LEN;
	ret->payload_len = len - ICMP_LEN;
	if (ret->version == 6)
		ret->pseudo = inspect_add(ret->pseudo,
					  kpps_be16(IPPROTO_ICMPV6) + (u64)kpps_be32(len));
	else
		ret->pseudo = 0;
	ret->summed = len;
	return VERDICT_INTACT;
}

static inline enum verdict locate_l4(u32 len, struct inspected *ret)
{
	if (likely(ret->protocol == IPPROTO_UDP))
		return locate_udp(len, ret);
	if (ret->protocol == IPPROTO_TCP)
		return locate_tcp(len, ret);
	if (ret->protocol == (ret->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return locate_icmp(len, ret);
	return VERDICT_FOREIGN;
}

static inline enum verdict locate_ipv4(u32 room, struct inspected *ret)
{
	const u8 *ip = ret->l3;
	u32 header, total;
	u64 sum;

	if (unlikely(room < IPV4_LEN))
		return VERDICT_FOREIGN;
	header = (ip[0] & 15) * 4U;
	total = kpps_be16(inspect_load16(ip + 2));
	sum = inspect_add(inspect_load64(ip), inspect_load64(ip + 8));
	sum = inspect_add(sum, inspect_load32(ip + 16));
	ret->pseudo = (u64)inspect_load32(ip + 12) + inspect_load32(ip + 16);
	/* no room for the options: cut short, unless the length says otherwise */
	if (unlikely(header > room))
		return total > room ? VERDICT_FOREIGN : VERDICT_CORRUPTED;
	if (unlikely(header > IPV4_LEN))
		sum = sum_bytes(sum, ip + IPV4_LEN, header - IPV4_LEN);
	if (unlikely(!inspect_sum_right(sum)))
		return VERDICT_CORRUPTED;
	/* a header that adds up means what it says: cut short, or no IPv4 */
	if (unlikely(ip[0] >> 4 != 4 || header < IPV4_LEN || total < header || total > room))
		return VERDICT_FOREIGN;
	if (unlikely(inspect_load16(ip + 6) & kpps_be16(0x3fff)))
		return VERDICT_FOREIGN;
	ret->version = 4;
	ret->protocol = ip[9];
	ret->l4 = ip + header;
	return locate_l4(total - header, ret);
}

/*
 * Step over extension headers from @at on, which end by @end; bytes from @reach on
 * are elsewhere. Returns the offset of what follows, 0: none of ours.
 */
static u32 ipv6_skip(const u8 *ip, u32 at, u32 end, u32 reach, u8 *protocol)
{
	for (unsigned int i = 0; i < EXTENSIONS_MAX; i++) {
		u32 len;

		switch (*protocol) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			if (at + 8 > end || at + 8 > reach)
				return 0;
			len = (ip[at + 1] + 1U) * 8;
			break;
		case IPPROTO_FRAGMENT:
			/* offset 0 and no more fragments: a whole packet */
			if (at + 8 > end || at + 8 > reach ||
			    inspect_load16(ip + at + 2) & kpps_be16(0xfff9))
				return 0;
			len = 8;
			break;
		default:
			return at;
		}
		*protocol = ip[at];
		at += len;
		if (at > end)
			return 0;
	}
	return 0;
}

static inline enum verdict locate_ipv6(u32 reach, u32 room, struct inspected *ret)
{
	const u8 *ip = ret->l3;
	u32 end, at = IPV6_LEN;

	if (unlikely(room < IPV6_LEN || ip[0] >> 4 != 6))
		return VERDICT_FOREIGN;
	end = IPV6_LEN + kpps_be16(inspect_load16(ip + 4));
	if (unlikely(end > room))
		return VERDICT_FOREIGN;
	ret->version = 6;
	ret->protocol = ip[6];
	if (unlikely(ret->protocol != IPPROTO_UDP)) {
		at = ipv6_skip(ip, at, end, reach, &ret->protocol);
		if (!at)
			return VERDICT_FOREIGN;
		if (reach < room && at + L4_MAX > reach)
			return VERDICT_FOREIGN;
	}
	ret->l4 = ip + at;
	ret->pseudo = inspect_add(inspect_add(inspect_load64(ip + 8), inspect_load64(ip + 16)),
				  inspect_add(inspect_load64(ip + 24), inspect_load64(ip + 32)));
	return locate_l4(end - at, ret);
}

/* @have and @vlans never vary where @have is @len: that part folds away. */
static __always_inline enum verdict locate(const u8 *data, u32 have, u32 len, unsigned int vlans,
					   struct inspected *ret)
{
	u32 at = ETH_LEN;
	u16 type;

	if (unlikely(len < ETH_LEN))
		return VERDICT_FOREIGN;
	type = inspect_load16(data + 12);
	for (; unlikely(type == kpps_be16(0x8100) || type == kpps_be16(0x88a8)); vlans++) {
		if (vlans == VLANS_MAX || at + VLAN_LEN > len)
			return VERDICT_FOREIGN;
		type = inspect_load16(data + at + 2);
		at += VLAN_LEN;
	}
	ret->l3 = data + at;
	ret->unsummed = false;
	if (likely(type == kpps_be16(0x0800)))
		return locate_ipv4(len - at, ret);
	if (likely(type == kpps_be16(0x86dd)))
		return locate_ipv6(have - at, len - at, ret);
	return VERDICT_FOREIGN;
}

enum verdict frame_inspect_any(const u8 *data, u32 len, struct inspected *ret)
{
	enum verdict verdict = locate(data, len, len, 0, ret);

	if (verdict == VERDICT_INTACT && ret->summed &&
	    !inspect_sum_right(sum_bytes(ret->pseudo, ret->l4, ret->summed)))
		return VERDICT_CORRUPTED;
	return verdict;
}

enum verdict frame_locate(const u8 *data, u32 have, u32 len, unsigned int vlans,
			  struct inspected *ret)
{
	return locate(data, have, len, vlans, ret);
}
