/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inspect.h - is a frame intact, and where are its parts? Used by the sink for
 * every frame, by the responder, and in the kernel by the sink of kmod/. Pure
 * functions over bytes; any thread.
 *
 * A frame is
 *	corrupted  when a checksum that covers it (IPv4 header, UDP, TCP, ICMP,
 *		   ICMPv6) is wrong, or a UDP or TCP header contradicts the
 *		   length of its IP packet, so that no checksum can be right
 *	foreign	   when nothing of ours can be in it: not IP, truncated, a
 *		   fragment (its checksum covers bytes that are elsewhere), another
 *		   protocol. No checksum of it is known to be wrong
 *	intact	   otherwise
 * VLAN tags, IPv4 options, IPv6 hop-by-hop, routing and destination options and
 * an atomic fragment header are stepped over; bytes after the IP packet's end
 * are padding.
 */
#ifndef KPPS_INSPECT_H
#define KPPS_INSPECT_H

#include "lib/compiler.h"

enum verdict { VERDICT_INTACT, VERDICT_CORRUPTED, VERDICT_FOREIGN };

struct inspected {	/* valid when intact */
	const u8 *l3, *l4, *payload;	/* IP header, transport header, what follows it */
	u32 payload_len;
	u8 version;		/* 4 or 6 */
	u8 protocol;		/* IPPROTO_UDP, _TCP, _ICMP, _ICMPV6 */
	bool unsummed;		/* UDP over IPv4 that carries no checksum */
	/* what frame_inspect_any and frame_locate say besides */
	u32 summed;		/* bytes from @l4 on that the transport checksum covers; 0: none */
	u64 pseudo;		/* and the sum of the pseudo header, for inspect_sum_right */
};

/* frame_inspect_any - frame_inspect for every shape of frame. */
enum verdict frame_inspect_any(const u8 *data, u32 len, struct inspected *ret);
/*
 * frame_locate - the same without a look at the transport checksum, for frames that lie
 * in pieces: the first @have bytes of @len are at @data, and @vlans tags were taken
 * off. Of a frame that is cut off there @have is INSPECT_HEADERS at least; headers
 * that reach further, of IPv6 with long extensions, make it foreign. A signature at
 * @payload is within @have then.
 */
#define INSPECT_HEADERS	192
enum verdict frame_locate(const u8 *data, u32 have, u32 len, unsigned int vlans,
			  struct inspected *ret);

/*
 * The Internet checksum in 64-bit words: additions with end-around carry
 * (RFC 1071 section 2: neither word size nor byte order matter).
 */
static inline u64 inspect_add(u64 sum, u64 word)
{
	sum += word;
	return sum + (sum < word);
}

/*
 * Do words, their checksum among them, add up to minus zero? That is: is the
 * sum a multiple of 2^16 - 1. It is when its product with the inverse of that
 * (modulo 2^64) is small; one multiplication, no folding. A sum of 0 only
 * comes from nothing but zeros.
 */
static inline bool inspect_sum_right(u64 sum)
{
	return sum * 0xfffefffefffeffffULL <= 0xffffffffffffffffULL / 0xffff && sum;
}

static inline u16 inspect_load16(const u8 *p)
{
	u16 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline u32 inspect_load32(const u8 *p)
{
	u32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline u64 inspect_load64(const u8 *p)
{
	u64 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

/* The first 8 bytes of an IP header against a pattern; constants fold. */
static inline bool inspect_match(u64 word, const u8 *mask, const u8 *want)
{
	return !((word ^ inspect_load64(want)) & inspect_load64(mask));
}

/*
 * The UDP datagram at @l4 of 8 + 18 bytes: a signature and nothing else, as in
 * a frame of 64 bytes (IPv4) or 84 (IPv6). @sum has the addresses. @checksum:
 * look at it, which never depends on the frame.
 */
static __always_inline bool inspect_udp_smallest(const u8 *l4, u64 sum, bool checksum)
{
	static const u8 header[8] = { 0, 17, 0, 26 };	/* the pseudo header's protocol and length */
	u64 ports_length = inspect_load64(l4);

	if (unlikely(!inspect_match(ports_length, (const u8[8]){ 0, 0, 0, 0, 255, 255 },
				    (const u8[8]){ 0, 0, 0, 0, 0, 26 }) ||
		     !inspect_load16(l4 + 6)))
		return false;
	if (!checksum)
		return true;
	sum = inspect_add(sum, inspect_load64(header));
	sum = inspect_add(sum, ports_length);
	sum = inspect_add(sum, inspect_add(inspect_load64(l4 + 8), inspect_load64(l4 + 16)));
	return likely(inspect_sum_right(inspect_add(sum, inspect_load16(l4 + 24))));
}

/*
 * Straight-line code for the frames of the highest rates: IPv4 without options
 * and IPv6 without extensions, untagged, UDP, nothing but a signature. False
 * says only that somebody else must look.
 */
static __always_inline bool inspect_smallest(const u8 *data, u32 len, struct inspected *ret,
					     bool checksum)
{
	const u8 *ip = data + 14;
	u64 word, sum;

	if (unlikely(len < 60))
		return false;
	word = inspect_load64(ip);
	ret->l3 = ip;
	ret->payload_len = 18;
	ret->protocol = 17;
	ret->unsummed = false;
	if (inspect_load16(data + 12) == inspect_load16((const u8[2]){ 0x08, 0x00 })) {
		/* version 4, 20 bytes of header, 46 in all, no fragment */
		if (!inspect_match(word, (const u8[8]){ 0xff, 0, 0xff, 0xff, 0, 0, 0x3f, 0xff },
				   (const u8[8]){ 0x45, 0, 0, 46 }) || ip[9] != 17)
			return false;
		sum = inspect_add(word, inspect_load64(ip + 8));
		if (unlikely(!inspect_sum_right(inspect_add(sum, inspect_load32(ip + 16)))))
			return false;
		sum = (u64)inspect_load32(ip + 12) + inspect_load32(ip + 16);
		ret->version = 4;
		ret->l4 = ip + 20;
	} else if (inspect_load16(data + 12) == inspect_load16((const u8[2]){ 0x86, 0xdd })) {
		/* version 6, 26 bytes of payload, UDP */
		if (!inspect_match(word, (const u8[8]){ 0xf0, 0, 0, 0, 0xff, 0xff, 0xff },
				   (const u8[8]){ 0x60, 0, 0, 0, 0, 26, 17 }) || len < 80)
			return false;
		sum = inspect_add(inspect_add(inspect_load64(ip + 8), inspect_load64(ip + 16)),
				  inspect_add(inspect_load64(ip + 24), inspect_load64(ip + 32)));
		ret->version = 6;
		ret->l4 = ip + 40;
	} else {
		return false;
	}
	ret->payload = ret->l4 + 8;
	return inspect_udp_smallest(ret->l4, sum, checksum);
}

static inline enum verdict frame_inspect(const u8 *data, u32 len, struct inspected *ret)
{
	return inspect_smallest(data, len, ret, true) ? VERDICT_INTACT :
							frame_inspect_any(data, len, ret);
}

#endif
