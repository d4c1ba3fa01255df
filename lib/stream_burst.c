// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stream_burst.c - kpps_frame_burst (stream.h): what kpps_frame_make does, for
 * 32 frames at once. Everything is computed in arrays of 32-bit lanes, by loops
 * without branches that the compiler turns into vector code; what can't be is
 * done by the functions of stream.h, so both ways give the same bytes. Loops
 * run over all lanes even of shorter bursts: a known count vectorises best.
 *
 * Stores are what limits the rate. In every protocol nearly all that varies
 * lies in the 32 bytes from 12 before the L4 header on, so these are put
 * together in four words a lane:
 *
 *	0	IPv4: TTL, protocol, checksum, source; IPv6: the same in every frame
 *	1	the last 4 bytes of the destination, or of IPv6's extension headers;
 *		UDP, TCP: ports; ICMP: type, code, checksum
 *	2	UDP: length, checksum, start of the signature; TCP: both numbers;
 *		ICMP: identifier, sequence, start of the signature
 *	3	TCP: offset … urgent pointer; others: index and start of the time
 *
 * Behind extension headers the destination is out of their reach, and stored apart.
 */
#include "lib/compiler.h"
#include "lib/stream.h"

#define LANES KPPS_BURST
#define for_each_lane(i) for (unsigned int i = 0; i < LANES; i++)
/* Shorter bursts are not worth the lanes left empty. */
#define LANES_MIN 8

typedef u32 lane_t[LANES] __attribute__((aligned(64)));

struct burst {
	lane_t flow;		/* lower 32 bits */
	lane_t l, r;		/* halves of the tuple number */
	lane_t near, far;	/* last 4 bytes of the addresses, as loaded */
	lane_t near_port, far_port; /* as loaded, in the lower 16 bits */
	lane_t ports;		/* as loaded: both, or ICMP's identifier and sequence */
	lane_t low;		/* lower half of the index, as loaded */
	lane_t seq, ack;	/* TCP, as loaded */
	lane_t ip_sum, l4_sum;	/* folded; at last the checksums */
	u64 word[4][LANES] __attribute__((aligned(64)));
	const struct kpps_size *size[LANES];
	u8 header[KPPS_HEADER_MAX] __attribute__((aligned(64)));
};

#define CORE_BEFORE	12	/* the four words start so far before the L4 header */

/* IPv6 with extension headers. */
static inline bool extended(const struct kpps_stream *s)
{
	return s->flags & KPPS_F_IPV6 && s->l4_off - s->l3_off != 40;
}

/* Two 16-bit fields in a row, as a little-endian machine loads them. */
static inline u32 pair(u32 first, u32 second)
{
	return first | second << 16;
}

static inline u32 halves(u32 w)
{
	return (w >> 16) + (w & 0xffff);
}

static inline u32 fold(u32 sum)
{
	return halves(halves(sum));
}

/* Flows of uniform order: kpps_mulhi64(hash, flows), of flows up to 2^32. */
static inline void flows_uniform(const struct kpps_stream *s, u64 index, struct burst *b)
{
	u64 key = s->pick_key, n = s->flows;

	for_each_lane(i) {
		u64 h = kpps_hash(key, index + i);

		b->flow[i] = (u32)(((h >> 32) * n + (((u32)h * n) >> 32)) >> 32);
	}
}

/* Successive flows; @n up to 2^32, so @first + i may need 33 bits. */
static inline void flows_sequential(const struct kpps_stream *s, u64 index, struct burst *b)
{
	u64 n = s->flows, first = kpps_stream_flow(s, index);
	u32 left = (u32)(n - first < LANES ? n - first : LANES), at = (u32)first;

	for_each_lane(i)
		b->flow[i] = i < left ? at + i : i - left;
}

static inline void split(const struct kpps_stream *s, u64 index, struct burst *b)
{
	const struct kpps_recip32 by = s->by32_b;

	if (s->flows > 1ULL << 32 || s->order == KPPS_ZIPF || s->by_burst.d != 1 ||
	    s->flows < LANES) {
		for_each_lane(i) {
			u64 flow = kpps_stream_flow(s, index + i), l = kpps_div(flow, &s->by_b);

			b->flow[i] = (u32)flow;
			b->l[i] = (u32)l;
			b->r[i] = (u32)(flow - l * s->b);
		}
		return;
	}
	if (s->order == KPPS_UNIFORM)
		flows_uniform(s, index, b);
	else
		flows_sequential(s, index, b);
	for_each_lane(i) {
		b->l[i] = kpps_div32(b->flow[i], &by);
		b->r[i] = b->flow[i] - b->l[i] * by.d;
	}
}

static inline void permute(const struct kpps_stream *s, struct burst *b)
{
	u32 a = s->a, m = s->b;
	u32 k0 = s->round_key[0], k1 = s->round_key[1];
	u32 k2 = s->round_key[2], k3 = s->round_key[3];

	for_each_lane(i) {
		u32 l = b->l[i], r = b->r[i];

		l = kpps_add_mod(l, kpps_round(r, k0, a), a);
		r = kpps_add_mod(r, kpps_round(l, k1, m), m);
		l = kpps_add_mod(l, kpps_round(r, k2, a), a);
		r = kpps_add_mod(r, kpps_round(l, k3, m), m);
		b->l[i] = l;
		b->r[i] = r;
	}
}

/* Tuple numbers of 32 bits: into digits. */
static inline void digits_narrow(const struct kpps_stream *s, u64 index, struct burst *b)
{
	const struct kpps_recip32 by_port = s->by32_near_port, by_addr = s->by32_near_addr;
	const struct kpps_recip32 by_far = s->by32_far_port;
	u32 near_lo = (u32)s->near.lo, far_lo = (u32)s->far.lo;
	u32 near_port = s->near_port, far_port = s->far_port;
	u32 m = s->b, last = (u32)(s->tuples - 1), outside = 0;
	lane_t x;

	for_each_lane(i) {
		x[i] = b->l[i] * m + b->r[i];
		outside |= x[i] > last;
	}
	if (unlikely(outside))
		for_each_lane(i)
			if (x[i] > last)
				x[i] = (u32)kpps_permute(s, kpps_stream_flow(s, index + i));
	for_each_lane(i) {
		u32 q = kpps_div32(x[i], &by_port);

		b->near_port[i] = kpps_be16((u16)(near_port + (x[i] - q * by_port.d)));
		x[i] = q;
	}
	if (by_far.d == 1 && s->tuples == (u64)by_port.d * by_addr.d) {
		for_each_lane(i) {
			b->near[i] = kpps_be32(near_lo + x[i]);
			b->far[i] = kpps_be32(far_lo);
			b->far_port[i] = kpps_be16((u16)far_port);
		}
		return;
	}
	for_each_lane(i) {
		u32 q = kpps_div32(x[i], &by_addr), q2 = kpps_div32(q, &by_far);

		b->near[i] = kpps_be32(near_lo + (x[i] - q * by_addr.d));
		b->far_port[i] = kpps_be16((u16)(far_port + (q - q2 * by_far.d)));
		b->far[i] = kpps_be32(far_lo + q2);
	}
}

static inline void digits_wide(const struct kpps_stream *s, u64 index, struct burst *b)
{
	for_each_lane(i) {
		u64 x = (u64)b->l[i] * s->b + b->r[i], q;

		if (unlikely(x >= s->tuples))
			x = kpps_permute(s, kpps_stream_flow(s, index + i));
		q = kpps_div(x, &s->by_near_port);
		b->near_port[i] = kpps_be16((u16)(s->near_port + (x - q * s->by_near_port.d)));
		x = kpps_div(q, &s->by_near_addr);
		b->near[i] = kpps_be32((u32)(s->near.lo + (q - x * s->by_near_addr.d)));
		q = kpps_div(x, &s->by_far_port);
		b->far_port[i] = kpps_be16((u16)(s->far_port + (x - q * s->by_far_port.d)));
		b->far[i] = kpps_be32((u32)(s->far.lo + q));
	}
}

/* Both ports, and the sums of what every protocol sums. */
static inline void ports(const struct kpps_stream *s, u64 index, struct burst *b)
{
	const u32 *first = s->flags & KPPS_F_REVERSE ? b->far_port : b->near_port;
	const u32 *second = s->flags & KPPS_F_REVERSE ? b->near_port : b->far_port;
	u32 low = (u32)index;

	for_each_lane(i)
		b->low[i] = kpps_be32(low + i);
	if (s->flags & KPPS_F_ICMP)
		for_each_lane(i)
			b->ports[i] = pair(b->near_port[i], (u32)kpps_be16((u16)(low + i)));
	else
		for_each_lane(i)
			b->ports[i] = pair(first[i], second[i]);
}

static inline void sizes(const struct kpps_stream *s, u64 index, struct burst *b)
{
	const struct kpps_size *z = kpps_stream_size(s, index), *end = s->sizes + s->nsizes;
	u32 ip_sum = z->ip_sum, l4_sum = z->l4_sum;

	if (s->nsizes == 1) {
		for_each_lane(i) {
			b->size[i] = s->sizes;
			b->ip_sum[i] = ip_sum;
			b->l4_sum[i] = l4_sum;
		}
		return;
	}
	for_each_lane(i) {
		b->size[i] = z;
		b->ip_sum[i] = z->ip_sum;
		b->l4_sum[i] = z->l4_sum;
		z = z + 1 == end ? s->sizes : z + 1;
	}
}

/* kpps_stream_nth × payload; in most streams nth is one of two numbers. */
static inline void tcp_advance(const struct kpps_stream *s, u64 index, u32 *advance)
{
	u32 payload = (u32)(s->sizes[0].l3_len - (s->payload_off - s->l3_off));
	u32 nth = (u32)kpps_stream_nth(s, index);
	u64 left = s->flows - kpps_stream_flow(s, index);

	if (s->nsizes > 1 || s->order != KPPS_SEQUENTIAL || s->by_burst.d != 1 ||
	    s->flows < LANES) {
		for_each_lane(i) {
			const struct kpps_size *z = kpps_stream_size(s, index + i);

			advance[i] = ((u32)kpps_stream_nth(s, index + i) *
				      (u32)(z->l3_len - (s->payload_off - s->l3_off))) &
				     KPPS_TCP_SPAN;
		}
		return;
	}
	for_each_lane(i)
		advance[i] = ((nth + (i >= left)) * payload) & KPPS_TCP_SPAN;
}

static inline void tcp_numbers(const struct kpps_stream *s, u64 index, struct burst *b)
{
	u32 seq = s->tcp_seq, ack = s->tcp_ack, mask = s->flags & KPPS_F_ACK ? ~0u : 0;
	lane_t advance = { 0 };

	if (s->flags & KPPS_F_ADVANCE)
		tcp_advance(s, index, advance);
	for_each_lane(i) {
		u32 q = kpps_be32(seq + b->flow[i] + advance[i]);
		u32 k = kpps_be32(ack + b->flow[i]) & mask;

		b->seq[i] = q;
		b->ack[i] = k;
		b->l4_sum[i] += halves(q) + halves(k);
	}
}

/* What the bytes that are the same in the whole burst add to the L4 sum. */
static inline u32 common_sum(const struct kpps_stream *s, u64 index, u64 time_ns)
{
	u64 sum = 0;

	if (s->flags & KPPS_F_IPV6) {
		sum += kpps_csum_word(s->near.hi) + kpps_csum_word(s->far.hi);
		sum += kpps_be32((u32)(s->near.lo >> 32));
		sum += kpps_be32((u32)(s->far.lo >> 32));
	}
	if (s->flags & KPPS_F_SIG)
		sum += kpps_csum_word(kpps_be64(time_ns)) + kpps_be16((u16)(index >> 32));
	return kpps_csum_fold(sum);
}

static inline void checksums(const struct kpps_stream *s, u32 common, struct burst *b)
{
	u32 pseudo = s->flags & KPPS_F_PSEUDO ? ~0u : 0, sig = s->flags & KPPS_F_SIG ? ~0u : 0;
	u32 none = s->flags & KPPS_F_UDP ? 0xffff : 0;

	for_each_lane(i) {
		u32 addresses = halves(b->near[i]) + halves(b->far[i]);
		u32 sum = b->l4_sum[i] + common + (addresses & pseudo) + halves(b->ports[i]) +
			  (halves(b->low[i]) & sig);

		b->ip_sum[i] = 0xffff & ~fold(b->ip_sum[i] + addresses);
		sum = 0xffff & ~fold(sum);
		b->l4_sum[i] = sum ? sum : none;
	}
}

static inline void core_l4(const struct kpps_stream *s, const u64 *common, struct burst *b)
{
	u64 c2 = common[2], c3 = common[3];

	if (s->flags & KPPS_F_TCP)
		for_each_lane(i) {
			b->word[1][i] = (u64)b->ports[i] << 32;
			b->word[2][i] = b->seq[i] | (u64)b->ack[i] << 32;
			b->word[3][i] = (u32)c3 | (u64)b->l4_sum[i] << 32;
		}
	else if (s->flags & KPPS_F_UDP)
		for_each_lane(i) {
			b->word[1][i] = (u64)b->ports[i] << 32;
			b->word[2][i] = (c2 & ~0xffff0000ULL) | (u64)b->l4_sum[i] << 16;
			b->word[3][i] = (c3 & ~0xffffffff0000ULL) | (u64)b->low[i] << 16;
		}
	else
		for_each_lane(i) {
			b->word[1][i] = (common[1] & 0xffff00000000ULL) | (u64)b->l4_sum[i] << 48;
			b->word[2][i] = (c2 & ~0xffffffffULL) | b->ports[i];
			b->word[3][i] = (c3 & ~0xffffffff0000ULL) | (u64)b->low[i] << 16;
		}
	if ((s->flags & (KPPS_F_TCP | KPPS_F_SIG)) == 0)
		for_each_lane(i)
			b->word[3][i] = c3;
}

static inline void core(const struct kpps_stream *s, struct burst *b)
{
	const u32 *src = s->flags & KPPS_F_REVERSE ? b->far : b->near;
	const u32 *dst = s->flags & KPPS_F_REVERSE ? b->near : b->far;
	u64 common[4];

	__builtin_memcpy(common, b->header + s->l4_off - CORE_BEFORE, sizeof(common));
	core_l4(s, common, b);
	if (extended(s))
		for_each_lane(i)
			b->word[1][i] |= (u32)common[1];
	else
		for_each_lane(i)
			b->word[1][i] |= dst[i];
	if (s->flags & KPPS_F_IPV6)
		for_each_lane(i)
			b->word[0][i] = common[0];
	else
		for_each_lane(i)
			b->word[0][i] = (common[0] & 0xffff) | (u64)b->ip_sum[i] << 16 |
					(u64)src[i] << 32;
}

/* What differs from the burst's template in frame @i. */
static inline void write_core(const struct kpps_stream *s, const struct burst *b, unsigned int i,
			      u8 *p, bool list)
{
	u32 l3 = s->l3_off, l4 = s->l4_off;

	for (unsigned int w = 0; w < 4; w++)
		kpps_put64(p + l4 - CORE_BEFORE + 8 * w, b->word[w][i]);
	if (s->flags & KPPS_F_IPV6)
		kpps_put32(p + l3 + 20, s->flags & KPPS_F_REVERSE ? b->far[i] : b->near[i]);
	if (extended(s))
		kpps_put32(p + l3 + 36, s->flags & KPPS_F_REVERSE ? b->near[i] : b->far[i]);
	if ((s->flags & (KPPS_F_TCP | KPPS_F_SIG)) == (KPPS_F_TCP | KPPS_F_SIG))
		kpps_put32(p + s->payload_off + 6, b->low[i]);
	if (!list)
		return;
	if (s->flags & KPPS_F_IPV6)
		kpps_put16(p + l3 + 4, kpps_be16((u16)(b->size[i]->l3_len - 40)));
	else
		kpps_put16(p + l3 + 2, kpps_be16(b->size[i]->l3_len));
	if (s->flags & KPPS_F_UDP)
		kpps_put16(p + l4 + 4, kpps_be16((u16)(b->size[i]->l3_len - (l4 - l3))));
}

static inline void write_frames(const struct kpps_stream *s, unsigned int n, struct burst *b,
				u8 *const *frames, u32 *lens, bool list)
{
	u32 len = s->sizes[0].len;

	for (unsigned int i = 0; i < n; i++) {
		if (list)
			len = b->size[i]->len;
		kpps_template_copy(b->header, frames[i], len);
		write_core(s, b, i, frames[i], list);
		lens[i] = len;
	}
}

/* Frames that may end within the core: made in the template, copied from there. */
static void write_short_frames(const struct kpps_stream *s, unsigned int n, struct burst *b,
			       u8 *const *frames, u32 *lens)
{
	for (unsigned int i = 0; i < n; i++) {
		write_core(s, b, i, b->header, true);
		lens[i] = b->size[i]->len;
		kpps_template_copy(b->header, frames[i], lens[i]);
	}
}

static void burst_lanes(const struct kpps_stream *s, u64 index, unsigned int n, u64 time_ns,
			u8 *const *frames, u32 *lens)
{
	struct burst b;

	split(s, index, &b);
	permute(s, &b);
	if (s->flags & KPPS_F_NARROW)
		digits_narrow(s, index, &b);
	else
		digits_wide(s, index, &b);
	ports(s, index, &b);
	sizes(s, index, &b);
	if (s->flags & KPPS_F_TCP)
		tcp_numbers(s, index, &b);
	checksums(s, common_sum(s, index, time_ns), &b);
	__builtin_memcpy(b.header, s->header, KPPS_HEADER_MAX);
	if (s->flags & KPPS_F_SIG)
		kpps_sig_write(s, index, time_ns, b.header);
	core(s, &b);
	if (!(s->flags & (KPPS_F_TCP | KPPS_F_SIG)))
		write_short_frames(s, n, &b, frames, lens);
	else if (s->nsizes > 1)
		write_frames(s, n, &b, frames, lens, true);
	else
		write_frames(s, n, &b, frames, lens, false);
}

void kpps_frame_burst(const struct kpps_stream *s, u64 index, unsigned int n, u64 time_ns,
		      u8 *const *frames, u32 *lens)
{
	bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

	/* the upper half of the index is the same in all lanes but once in 2^32 */
	if (likely(little && n >= LANES_MIN && s->flags & KPPS_F_LANES &&
		   (u32)index <= ~0u - LANES)) {
		burst_lanes(s, index, n, time_ns, frames, lens);
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		lens[i] = kpps_frame_make(s, index + i, time_ns, frames[i]);
}
