/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream_check.h - is a struct kpps_stream that came from elsewhere safe to make
 * frames of? kpps_stream_check returns NULL when it is, else what is wrong with
 * it, in a sentence. Pure functions, in userspace and in
 * the kernel; nothing is divided.
 *
 * Safe means: for any packet index below 2^63, the functions of stream.h read
 * within the stream, write within the frame's length as they return it, shift by
 * less than a word and end. What stream_build never makes is refused, if that can
 * be seen; the bytes of the header and the checksums may be anything.
 */
#ifndef KPPS_STREAM_CHECK_H
#define KPPS_STREAM_CHECK_H

#include "lib/stream.h"

#define KPPS_CHECK_FLAGS	(KPPS_F_IPV6 | KPPS_F_UDP | KPPS_F_TCP | KPPS_F_ICMP | KPPS_F_PSEUDO | \
				 KPPS_F_SIG | KPPS_F_REVERSE | KPPS_F_ACK | KPPS_F_ADVANCE | \
				 KPPS_F_LANES | KPPS_F_NARROW)
#define KPPS_CHECK_L4		(KPPS_F_UDP | KPPS_F_TCP | KPPS_F_ICMP)

/* Lengths as they are on the wire. */
enum {
	KPPS_CHECK_ETH = 14, KPPS_CHECK_VLAN = 4, KPPS_CHECK_VLANS = 2,
	KPPS_CHECK_IPV4 = 20, KPPS_CHECK_IPV6 = 40, KPPS_CHECK_EXTENSION = 8,
	KPPS_CHECK_EXTENSIONS = 3, KPPS_CHECK_UDP = 8, KPPS_CHECK_TCP = 20, KPPS_CHECK_SYN = 32,
};

/* magic = ceil(2^(63 + shift) / d), d in (2^(shift - 1), 2^shift]: seen by multiplying back. */
static inline _Bool kpps_check_recip(const struct kpps_recip *r, u64 d)
{
	u64 hi, lo;

	if (r->d != d || !d || r->shift > 62 || r->pad || d > 1ULL << r->shift ||
	    (r->shift && d <= 1ULL << (r->shift - 1)))
		return 0;
	hi = kpps_mulhi64(r->magic, d);
	lo = r->magic * d;
	/* 2^(63 + shift) <= magic × d < 2^(63 + shift) + d */
	if (!r->shift)
		return !hi && lo == 1ULL << 63;
	return hi == 1ULL << (r->shift - 1) && lo < d;
}

/* magic - 1 = floor((2^l - d) × 2^32 / d), d in (2^(l - 1), 2^l]. */
static inline _Bool kpps_check_recip32(const struct kpps_recip32 *r, u32 d)
{
	u32 l = r->a ? r->b + 1u : 0;
	u64 n, q;

	if (r->d != d || !d || r->a > 1 || r->b > 31 || (!r->a && r->b) || r->pad || !r->magic ||
	    d > 1ULL << l || (l && d <= 1ULL << (l - 1)))
		return 0;
	n = ((1ULL << l) - d) << 32;
	q = (u64)(r->magic - 1) * d;
	return q <= n && n - q < d;
}

static inline const char *kpps_check_words(const struct kpps_stream *s)
{
	u32 l4 = s->flags & KPPS_CHECK_L4, v6 = s->flags & KPPS_F_IPV6;

	if (s->version != KPPS_STREAM_VERSION)
		return "the stream is of another version";
	if (s->size != sizeof(*s))
		return "the stream has another size than its version's";
	if (s->flags & ~KPPS_CHECK_FLAGS)
		return "the stream has unknown flags";
	if (s->pad || s->pad2)
		return "the stream has unknown fields";
	if (!l4 || l4 & (l4 - 1))
		return "the stream must be one of UDP, TCP, ICMP";
	if (s->family != (v6 ? 10 : 2))		/* AF_INET6, AF_INET */
		return "the stream has a family that its flags deny";
	if (s->protocol != (l4 == KPPS_F_UDP ? 17 : l4 == KPPS_F_TCP ? 6 : v6 ? 58 : 1))
		return "the stream has a protocol that its flags deny";
	if (!(s->flags & KPPS_F_PSEUDO) != (l4 == KPPS_F_ICMP && !v6))
		return "the stream has a checksum that its protocol hasn't";
	if (s->flags & (KPPS_F_ACK | KPPS_F_ADVANCE) && l4 != KPPS_F_TCP)
		return "the stream has TCP's flags, but is none";
	if (s->order > KPPS_ZIPF)
		return "the stream has an unknown order";
	if (s->segment > KPPS_RST)
		return "the stream has an unknown segment";
	if (s->run >= KPPS_RUNS_MAX || s->id >= KPPS_STREAMS_MAX)
		return "the stream has a run or an id that no signature can carry";
	return (void *)0;
}

/* Where the headers lie; all of them, and the signature, within the template. */
static inline const char *kpps_check_offsets(const struct kpps_stream *s)
{
	u32 tags = (u32)s->l3_off - KPPS_CHECK_ETH, l4 = s->l4_off, len = 0, extensions;

	if (tags % KPPS_CHECK_VLAN || tags > KPPS_CHECK_VLANS * KPPS_CHECK_VLAN)
		return "the stream has its IP header where none can be";
	if (s->flags & KPPS_F_IPV6) {
		extensions = l4 - s->l3_off - KPPS_CHECK_IPV6;
		if (extensions % KPPS_CHECK_EXTENSION ||
		    extensions > KPPS_CHECK_EXTENSIONS * KPPS_CHECK_EXTENSION)
			return "the stream has its L4 header where none can be";
	} else if (l4 != (u32)s->l3_off + KPPS_CHECK_IPV4) {
		return "the stream has its L4 header where none can be";
	}
	len = (u32)s->payload_off - l4;
	if (s->flags & KPPS_F_TCP ? len != KPPS_CHECK_TCP && len != KPPS_CHECK_SYN :
				    len != KPPS_CHECK_UDP)
		return "the stream has its payload where none can be";
	if (s->port_off != l4 + (s->flags & KPPS_F_ICMP ? 4 : 0))
		return "the stream has its ports where none can be";
	if (s->csum_off != l4 + (s->flags & KPPS_F_UDP ? 6 : s->flags & KPPS_F_TCP ? 16 : 2))
		return "the stream has its checksum where none can be";
	if (s->payload_off + (s->flags & KPPS_F_SIG ? KPPS_SIG_LEN : 0) > KPPS_HEADER_MAX)
		return "the stream has longer headers than fit";
	return (void *)0;
}

static inline const char *kpps_check_sizes(const struct kpps_stream *s)
{
	u32 i, need = s->payload_off;

	if (!s->nsizes || s->nsizes > KPPS_SIZES_MAX)
		return "the stream must have 1 to 256 sizes";
	/* with one size there is no division */
	if (s->nsizes > 1 && !kpps_check_recip(&s->by_sizes, s->nsizes))
		return "the stream has a wrong reciprocal of its sizes";
	if (s->flags & KPPS_F_SIG)
		need += KPPS_SIG_LEN;
	for (i = 0; i < s->nsizes; i++) {
		const struct kpps_size *z = &s->sizes[i];

		if (z->len < KPPS_FRAME_MIN || z->len > KPPS_FRAME_MAX)
			return "the stream has a frame that is no 60 to 9212 bytes long";
		if (z->len < need || z->l3_len > z->len - s->l3_off ||
		    z->l3_len < need - s->l3_off)
			return "the stream has a frame too short for its headers";
	}
	return (void *)0;
}

static inline const char *kpps_check_tuples(const struct kpps_stream *s)
{
	if (!s->tuples || s->tuples > 1ULL << 62)
		return "the stream must have 1 to 2^62 tuples";
	if (!s->flows || s->flows > s->tuples)
		return "the stream must have 1 flow to as many as it has tuples";
	if (!s->a || !s->b || s->a > 1u << 31 || s->b > 1u << 31 || (u64)s->a * s->b < s->tuples)
		return "the stream has a permutation that is none of its tuples";
	if (!kpps_check_recip(&s->by_b, s->b) || !kpps_check_recip32(&s->by32_b, s->b) ||
	    !kpps_check_recip(&s->by_flows, s->flows))
		return "the stream has a wrong reciprocal of its flows";
	if (s->by_burst.d > 1ULL << 32 || !kpps_check_recip(&s->by_burst, s->by_burst.d))
		return "the stream has a wrong reciprocal of its burst";
	if (s->by_near_port.d > 1u << 16 || !kpps_check_recip(&s->by_near_port, s->by_near_port.d) ||
	    s->by_far_port.d > 1u << 16 || !kpps_check_recip(&s->by_far_port, s->by_far_port.d) ||
	    s->by_near_addr.d > 1ULL << 32 || !kpps_check_recip(&s->by_near_addr, s->by_near_addr.d))
		return "the stream has a wrong reciprocal of its ports or addresses";
	if (!(s->flags & KPPS_F_NARROW))
		return (void *)0;
	if (!(s->flags & KPPS_F_LANES) || (u64)s->a * s->b > 1ULL << 32 ||
	    s->by_near_addr.d >> 32 ||
	    !kpps_check_recip32(&s->by32_near_port, (u32)s->by_near_port.d) ||
	    !kpps_check_recip32(&s->by32_near_addr, (u32)s->by_near_addr.d) ||
	    !kpps_check_recip32(&s->by32_far_port, (u32)s->by_far_port.d))
		return "the stream has more tuples than its flags say";
	return (void *)0;
}

static inline const char *kpps_check_zipf(const struct kpps_stream *s)
{
	u32 i;

	if (s->order != KPPS_ZIPF)
		return (void *)0;
	if (!s->nzipf || s->nzipf > KPPS_ZIPF_BUCKETS || s->flows > 1ULL << 32 ||
	    kpps_zipf_first(s->nzipf - 1) >= s->flows)
		return "the stream has a Zipf table that is none of its flows";
	for (i = 0; i < s->nzipf; i++)
		if (s->zipf_alias[i] >= s->nzipf)
			return "the stream has a Zipf table that leads out of itself";
	return (void *)0;
}

static inline const char *kpps_stream_check(const struct kpps_stream *s)
{
	const char *wrong = kpps_check_words(s);

	if (!wrong)
		wrong = kpps_check_offsets(s);
	if (!wrong)
		wrong = kpps_check_sizes(s);
	if (!wrong)
		wrong = kpps_check_tuples(s);
	if (!wrong)
		wrong = kpps_check_zipf(s);
	return wrong;
}

#endif
