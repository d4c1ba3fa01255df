/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream.h - the description of a packet stream, and the code that turns
 * (stream, packet index, time) into the bytes of a frame. It is the same in
 * userspace, in the kernel and in BPF, so every source sends bit-identical
 * frames for one stream.
 *
 * A struct kpps_stream is plain data: no pointers, fixed size, versioned; it
 * may be copied into a BPF map or through netlink. lib/stream.c builds it from
 * a struct stream_spec (userspace only); nobody else writes its fields.
 */
#ifndef KPPS_STREAM_H
#define KPPS_STREAM_H

#include "lib/types.h"

#define KPPS_STREAM_VERSION	1
#define KPPS_HEADER_MAX		128
#define KPPS_SIZES_MAX		256
#define KPPS_ZIPF_BUCKETS	512
#define KPPS_FRAME_MIN		60	/* bytes without FCS */
#define KPPS_FRAME_MAX		9212
#define KPPS_BURST		32

/*
 * Test signature, 18 bytes, network byte order, first bytes of the payload:
 *	magic 16 | run 10, stream 6 | packet index 48 | send time in ns 64
 * A frame whose payload is shorter carries none and is only counted.
 */
#define KPPS_SIG_LEN		18
#define KPPS_SIG_MAGIC		0x6b70	/* "kp" */
#define KPPS_STREAMS_MAX	64
#define KPPS_RUNS_MAX		1024
#define KPPS_INDEX_MASK		((1ULL << 48) - 1)

enum kpps_order { KPPS_SEQUENTIAL, KPPS_UNIFORM, KPPS_ZIPF };

/* What a TCP stream's frame is: the same flows, another segment. */
enum kpps_segment {
	KPPS_DATA,	/* flags and payload as the stream says */
	KPPS_SYN, KPPS_SYNACK, KPPS_ACK, KPPS_FIN, KPPS_RST,
};

/*
 * Division of a 63-bit n by a divisor fixed at build time, without dividing:
 * n / d = mulhi64(n << 1, magic) >> shift, exact for every n < 2^63
 * (d in (2^(k-1), 2^k]: magic = ceil(2^(63+k) / d), shift = k; Granlund and
 * Montgomery 1994).
 */
struct kpps_recip {
	u64 magic;
	u64 d;
	u32 shift;
	u32 pad;
};

/* The same for 32-bit n: t = mulhi32(n, magic); n / d = (t + ((n - t) >> a)) >> b. */
struct kpps_recip32 {
	u32 magic;
	u32 d;
	u8 a, b;
	u16 pad;
};

/*
 * One entry of the size list, with the checksums of all that does not vary.
 * Sums are of native 16-bit loads, folded, not complemented (RFC 1071): they
 * leave out addresses, ports, TCP numbers, and the signature's index and time.
 */
struct kpps_size {
	u16 len;		/* the frame, without FCS */
	u16 l3_len;		/* from the IP header to the end of the payload */
	u16 ip_sum;		/* IPv4 header */
	u16 l4_sum;		/* L4 header, signature, and of the pseudo header length and protocol */
};

/* A stream's addresses: @lo + digit, which never carries into @hi. */
struct kpps_addr {
	u64 hi;			/* first 8 bytes as loaded; IPv4: 0 */
	u64 lo;			/* last 8 (IPv4: 4) bytes as a number */
};

#define KPPS_F_IPV6	(1u << 0)
#define KPPS_F_UDP	(1u << 1)
#define KPPS_F_TCP	(1u << 2)
#define KPPS_F_ICMP	(1u << 3)	/* ICMPv6 too */
#define KPPS_F_PSEUDO	(1u << 4)	/* the L4 checksum covers the addresses: all but ICMP */
#define KPPS_F_SIG	(1u << 5)	/* every size has room for the signature */
#define KPPS_F_REVERSE	(1u << 6)	/* sent by the far end */
#define KPPS_F_ACK	(1u << 7)	/* TCP with an acknowledgment number */
#define KPPS_F_ADVANCE	(1u << 8)	/* TCP sequence numbers grow with the payload sent */
#define KPPS_F_LANES	(1u << 9)	/* addresses vary in their last 32 bits only */
#define KPPS_F_NARROW	(1u << 10)	/* and tuples are numbered by 32 bits */

/*
 * The tuples of a stream are numbered 0 … tuples - 1, in mixed radix: near
 * port, near address, far port, far address. "Near" is the end that opens the
 * flows: the source of the stream that stream_build made, the destination of
 * its reverse. Flow f has tuple number permute(f), so that flows < tuples are
 * spread over all of them.
 *
 * permute is a generalised Feistel network over [0, a) × [0, b) (Black and
 * Rogaway 2002), a × b >= tuples by as little as stream_build could find; what
 * falls outside is sent through again.
 */
struct kpps_stream {
	u32 version, size;	/* KPPS_STREAM_VERSION, sizeof(struct kpps_stream) */
	u32 flags;
	u8 family;		/* AF_INET, AF_INET6 */
	u8 protocol;		/* IPPROTO_* as on the wire */
	u8 order;		/* enum kpps_order */
	u8 segment;		/* enum kpps_segment */
	u16 run, id;
	u16 l3_off, l4_off, payload_off;
	u16 csum_off;		/* of the L4 checksum */
	u16 port_off;		/* of both ports; of ICMP's identifier and sequence */
	u16 nsizes;
	u16 near_port, far_port; /* first of the range */
	u32 tcp_seq, tcp_ack;	/* of flow 0 */
	u32 pad;

	u64 flows, tuples;
	u64 pick_key;		/* uniform, zipf */
	u32 round_key[4];
	u32 a, b;
	struct kpps_addr near, far;
	struct kpps_recip by_burst, by_flows, by_sizes, by_b;
	struct kpps_recip by_near_port, by_near_addr, by_far_port;
	struct kpps_recip32 by32_b, by32_near_port, by32_near_addr, by32_far_port;

	u8 header[KPPS_HEADER_MAX]; /* the first size's frame with the first tuple, zero-filled */
	struct kpps_size sizes[KPPS_SIZES_MAX];
	u32 nzipf, pad2;
	u32 zipf_share[KPPS_ZIPF_BUCKETS]; /* alias table: below it the bucket, else the alias */
	u16 zipf_alias[KPPS_ZIPF_BUCKETS];
};

/* The same in all worlds, also where a u64 may lie at any multiple of 4 (i386). */
_Static_assert(sizeof(struct kpps_stream) == 5600, "kpps_stream");
_Static_assert(__builtin_offsetof(struct kpps_stream, flows) == 48, "flows");
_Static_assert(__builtin_offsetof(struct kpps_stream, near) == 96, "near");
_Static_assert(__builtin_offsetof(struct kpps_stream, by_burst) == 128, "by_burst");
_Static_assert(__builtin_offsetof(struct kpps_stream, by32_b) == 296, "by32_b");
_Static_assert(__builtin_offsetof(struct kpps_stream, sizes) == 472, "sizes");
_Static_assert(__builtin_offsetof(struct kpps_stream, zipf_alias) == 4576, "zipf_alias");

/*
 * Addresses and ports of a flow, as a frame carries them: every member is what
 * a native load of the bytes in the frame gives. IPv4 addresses are in the
 * lower 32 bits of @src_lo and @dst_lo, the upper ones and _hi are 0. ICMP:
 * @sport is the identifier in both directions, @dport is 0.
 */
struct kpps_tuple {
	u64 src_hi, src_lo, dst_hi, dst_lo;
	u16 sport, dport;
};

struct kpps_sig {
	u16 run;
	u8 stream;
	u64 index, time;
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define kpps_be16(x)	((u16)__builtin_bswap16(x))
#define kpps_be32(x)	((u32)__builtin_bswap32(x))
#define kpps_be64(x)	((u64)__builtin_bswap64(x))
#else
#define kpps_be16(x)	((u16)(x))
#define kpps_be32(x)	((u32)(x))
#define kpps_be64(x)	((u64)(x))
#endif

/*
 * The verifier of BPF must see that an offset read from a stream stays within
 * the buffer; to others it is known.
 */
#ifdef __bpf__
#define kpps_at(p, off)	((p) + ((off) & (KPPS_HEADER_MAX - 1)))
#else
#define kpps_at(p, off)	((p) + (off))
#endif

/*
 * Loads and stores at any address. clang would make them of single bytes for
 * BPF, whose verifier allows wide ones where the CPU does.
 */
#ifdef __bpf__
#define KPPS_ACCESS(bits) \
typedef u##bits __attribute__((may_alias)) kpps_u##bits; \
static inline u##bits kpps_get##bits(const u8 *p) \
{ \
	return *(const kpps_u##bits *)p; \
} \
static inline void kpps_put##bits(u8 *p, u##bits v) \
{ \
	*(kpps_u##bits *)p = v; \
}
#else
#define KPPS_ACCESS(bits) \
static inline u##bits kpps_get##bits(const u8 *p) \
{ \
	u##bits v; \
\
	__builtin_memcpy(&v, p, sizeof(v)); \
	return v; \
} \
static inline void kpps_put##bits(u8 *p, u##bits v) \
{ \
	__builtin_memcpy(p, &v, sizeof(v)); \
}
#endif

KPPS_ACCESS(16)
KPPS_ACCESS(32)
KPPS_ACCESS(64)

/* kpps_csum_fold - a sum of native 16- or 32-bit words to 16 bits, not complemented. */
static inline u16 kpps_csum_fold(u64 sum)
{
	u32 s;

	/* the upper half of a + its rotation is the sum of both halves, with the carry */
	sum += sum << 32 | sum >> 32;
	s = (u32)(sum >> 32);
	s += s << 16 | s >> 16;
	return (u16)(s >> 16);
}

/* kpps_csum_word - @w as two words that can be added to a sum without overflow. */
static inline u64 kpps_csum_word(u64 w)
{
	return (w >> 32) + (u32)w;
}

static inline u32 kpps_mulhi32(u32 a, u32 b)
{
	return (u32)(((u64)a * b) >> 32);
}

static inline u64 kpps_mulhi64_by_parts(u64 a, u64 b)
{
	u64 al = (u32)a, ah = a >> 32, bl = (u32)b, bh = b >> 32;
	u64 mid = ah * bl + ((al * bl) >> 32), mid2 = al * bh + (u32)mid;

	return ah * bh + (mid >> 32) + (mid2 >> 32);
}

static inline u64 kpps_mulhi64(u64 a, u64 b)
{
	/* clang knows 128 bits for BPF, but not how to multiply them there */
#if defined(__SIZEOF_INT128__) && !defined(__bpf__)
	return (u64)(((unsigned __int128)a * b) >> 64);
#else
	return kpps_mulhi64_by_parts(a, b);
#endif
}

static inline u64 kpps_div(u64 n, const struct kpps_recip *by)
{
	return kpps_mulhi64(n << 1, by->magic) >> (by->shift & 63);
}

static inline u32 kpps_div32(u32 n, const struct kpps_recip32 *by)
{
	u32 t = kpps_mulhi32(n, by->magic);

	return (t + ((n - t) >> by->a)) >> by->b;
}

/* 64 random bits for @i (the finalizer of splitmix64). */
static inline u64 kpps_hash(u64 key, u64 i)
{
	i += key;
	i = (i ^ (i >> 30)) * 0xbf58476d1ce4e5b9ULL;
	i = (i ^ (i >> 27)) * 0x94d049bb133111ebULL;
	return i ^ (i >> 31);
}

/* The Feistel network's round: [0, @range) from the upper bits of a 32-bit mix. */
static inline u32 kpps_round(u32 x, u32 key, u32 range)
{
	x = (x ^ key) * 0x9e3779b1u;
	x = (x ^ (x >> 15)) * 0x85ebca77u;
	return kpps_mulhi32(x, range);
}

static inline u32 kpps_add_mod(u32 x, u32 y, u32 m)
{
	/* m <= 2^31 */
#ifdef __bpf__	/* has no conditional move, and a branch here would be unpredictable */
	s64 sum = (s64)x + y - m, below = sum >> 63;

	__asm__("" : "+r"(below));	/* or clang makes a branch of it */
	return (u32)(sum + (m & below));
#else
	x += y;
	return x >= m ? x - m : x;
#endif
}

/*
 * Times a tuple number may fall outside before one falls inside. For up to 32
 * numbers outside that is a proof; with more of them the domain is so much
 * larger that 32 in a row have a chance below 2^-160.
 */
#define KPPS_WALK_MAX 32

static inline u64 kpps_permute(const struct kpps_stream *s, u64 x)
{
	unsigned int i;

	for (i = 0; i <= KPPS_WALK_MAX; i++) {
		u32 l = (u32)kpps_div(x, &s->by_b), r = (u32)(x - (u64)l * s->b);

		l = kpps_add_mod(l, kpps_round(r, s->round_key[0], s->a), s->a);
		r = kpps_add_mod(r, kpps_round(l, s->round_key[1], s->b), s->b);
		l = kpps_add_mod(l, kpps_round(r, s->round_key[2], s->a), s->a);
		r = kpps_add_mod(r, kpps_round(l, s->round_key[3], s->b), s->b);
		x = (u64)l * s->b + r;
		if (x < s->tuples)
			break;
	}
	return x;
}

/*
 * Zipf: ranks 1 … 64 have a bucket each, every octave above has 16 of equal
 * width. A bucket is drawn by its share (Walker's alias method), a rank within
 * it uniformly; stream_build clips the last one at the number of flows.
 */
#define KPPS_ZIPF_EXACT 64

static inline u64 kpps_zipf_first(u32 bucket)	/* lowest rank of a bucket, less 1 */
{
	if (bucket < KPPS_ZIPF_EXACT)
		return bucket;
	return (u64)(16 + (bucket & 15)) << (bucket / 16 - 2);
}

static inline u64 kpps_zipf(const struct kpps_stream *s, u64 i)
{
	u64 h = kpps_hash(s->pick_key, i), first, last;
	u32 bucket = kpps_mulhi32((u32)(h >> 32), s->nzipf) & (KPPS_ZIPF_BUCKETS - 1);

	if ((u32)h >= s->zipf_share[bucket])
		bucket = s->zipf_alias[bucket];
	first = kpps_zipf_first(bucket);
	last = kpps_zipf_first(bucket + 1);
	if (last > s->flows)
		last = s->flows;
	/* a width is below 2^32; the first hash is used up by the bucket */
	return first + (((u64)(u32)kpps_hash(~s->pick_key, h) * (last - first)) >> 32);
}

/* kpps_stream_flow - which flow packet @index (< 2^63) belongs to: 0 … flows - 1. */
static inline u64 kpps_stream_flow(const struct kpps_stream *s, u64 index)
{
	u64 i = s->by_burst.d == 1 ? index : kpps_div(index, &s->by_burst);

	if (s->order == KPPS_SEQUENTIAL)
		return i - kpps_div(i, &s->by_flows) * s->flows;
	if (s->order == KPPS_UNIFORM)
		return kpps_mulhi64(kpps_hash(s->pick_key, i), s->flows);
	return kpps_zipf(s, i);
}

/*
 * kpps_stream_nth - how many packets of its flow precede packet @index. Known
 * for sequential order; for others the index itself, which grows too.
 */
static inline u64 kpps_stream_nth(const struct kpps_stream *s, u64 index)
{
	u64 i;

	if (s->order != KPPS_SEQUENTIAL)
		return index;
	i = kpps_div(index, &s->by_burst);
	return kpps_div(i, &s->by_flows) * s->by_burst.d + (index - i * s->by_burst.d);
}

/*
 * Functions that end in _as are told the stream's flags: where a caller knows
 * them beforehand, the compiler leaves out all that other streams need. So that
 * it can leave out more, there is a flag that no stream has: the far end is one
 * address and one port (kpps_one_far).
 */
#define KPPS_AS_ONE_FAR	(1u << 31)

static inline _Bool kpps_one_far(const struct kpps_stream *s)
{
	return s->by_far_port.d == 1 && s->tuples == s->by_near_port.d * s->by_near_addr.d;
}

static __attribute__((always_inline)) inline void
kpps_stream_tuple_as(const struct kpps_stream *s, u32 flags, u64 flow, struct kpps_tuple *t)
{
	u64 x = kpps_permute(s, flow), q, near, far;
	u16 near_port, far_port;

	q = kpps_div(x, &s->by_near_port);
	near_port = kpps_be16((u16)(s->near_port + (x - q * s->by_near_port.d)));
	if (flags & KPPS_AS_ONE_FAR) {
		near = s->near.lo + q;
		far_port = kpps_be16(s->far_port);
		far = s->far.lo;
	} else {
		x = kpps_div(q, &s->by_near_addr);
		near = s->near.lo + (q - x * s->by_near_addr.d);
		q = kpps_div(x, &s->by_far_port);
		far_port = kpps_be16((u16)(s->far_port + (x - q * s->by_far_port.d)));
		far = s->far.lo + q;
	}
	if (flags & KPPS_F_IPV6) {
		near = kpps_be64(near);
		far = kpps_be64(far);
	} else {
		near = kpps_be32((u32)near);
		far = kpps_be32((u32)far);
	}
	if (flags & KPPS_F_REVERSE) {
		t->src_hi = s->far.hi;
		t->src_lo = far;
		t->dst_hi = s->near.hi;
		t->dst_lo = near;
	} else {
		t->src_hi = s->near.hi;
		t->src_lo = near;
		t->dst_hi = s->far.hi;
		t->dst_lo = far;
	}
	if ((flags & KPPS_F_REVERSE) && !(flags & KPPS_F_ICMP)) {
		t->sport = far_port;
		t->dport = near_port;
	} else {
		t->sport = near_port;
		t->dport = far_port;
	}
}

static inline void kpps_stream_tuple(const struct kpps_stream *s, u64 flow, struct kpps_tuple *t)
{
	kpps_stream_tuple_as(s, s->flags, flow, t);
}

static inline const struct kpps_size *kpps_stream_size(const struct kpps_stream *s, u64 index)
{
	if (s->nsizes == 1)
		return &s->sizes[0];
	index -= kpps_div(index, &s->by_sizes) * s->nsizes;
	return &s->sizes[index & (KPPS_SIZES_MAX - 1)];
}

/* kpps_stream_len - length of frame @index, without FCS. */
static inline u32 kpps_stream_len(const struct kpps_stream *s, u64 index)
{
	return kpps_stream_size(s, index)->len;
}

/*
 * A DATA segment's numbers move within this many bytes after the handshake's:
 * inside the 65535 bytes that even an unscaled window grants.
 */
#define KPPS_TCP_SPAN 0x7fff

/* kpps_tcp_write - the numbers of a segment; returns their sum. */
static inline u64 kpps_tcp_write(const struct kpps_stream *s, u32 flags, const struct kpps_size *z,
				 u64 index, u64 flow, u8 *p)
{
	u32 seq = s->tcp_seq + (u32)flow, ack = 0;

	if (flags & KPPS_F_ADVANCE)
		seq += ((u32)kpps_stream_nth(s, index) *
			(u32)(z->l3_len - (s->payload_off - s->l3_off))) & KPPS_TCP_SPAN;
	if (flags & KPPS_F_ACK)
		ack = kpps_be32(s->tcp_ack + (u32)flow);
	seq = kpps_be32(seq);
	kpps_put32(kpps_at(p, s->l4_off + 4), seq);
	kpps_put32(kpps_at(p, s->l4_off + 8), ack);
	return (u64)seq + ack;
}

/* kpps_sig_write - index and time (run and stream are in the template); returns their sum. */
static inline u64 kpps_sig_write(const struct kpps_stream *s, u64 index, u64 time_ns, u8 *p)
{
	u16 high = kpps_be16((u16)(index >> 32));
	u32 low = kpps_be32((u32)index);

	time_ns = kpps_be64(time_ns);
	kpps_put16(kpps_at(p, s->payload_off + 4), high);
	kpps_put32(kpps_at(p, s->payload_off + 6), low);
	kpps_put64(kpps_at(p, s->payload_off + 10), time_ns);
	return (u64)high + low + kpps_csum_word(time_ns);
}

/* kpps_ip_write - addresses, lengths, IPv4's checksum; returns the addresses' sum. */
static inline u64 kpps_ip_write(const struct kpps_stream *s, u32 flags, const struct kpps_size *z,
				const struct kpps_tuple *t, u8 *p)
{
	u64 sum;

	if (flags & KPPS_F_IPV6) {
		kpps_put16(kpps_at(p, s->l3_off + 4), kpps_be16((u16)(z->l3_len - 40)));
		kpps_put64(kpps_at(p, s->l3_off + 8), t->src_hi);
		kpps_put64(kpps_at(p, s->l3_off + 16), t->src_lo);
		kpps_put64(kpps_at(p, s->l3_off + 24), t->dst_hi);
		kpps_put64(kpps_at(p, s->l3_off + 32), t->dst_lo);
		return kpps_csum_word(t->src_hi) + kpps_csum_word(t->src_lo) +
		       kpps_csum_word(t->dst_hi) + kpps_csum_word(t->dst_lo);
	}
	sum = (u64)(u32)t->src_lo + (u32)t->dst_lo;
	kpps_put16(kpps_at(p, s->l3_off + 2), kpps_be16(z->l3_len));
	kpps_put16(kpps_at(p, s->l3_off + 10), (u16)~kpps_csum_fold(sum + z->ip_sum));
	kpps_put32(kpps_at(p, s->l3_off + 12), (u32)t->src_lo);
	kpps_put32(kpps_at(p, s->l3_off + 16), (u32)t->dst_lo);
	return sum;
}

/* kpps_fields_write_as - all that differs from the template. */
static __attribute__((always_inline)) inline void
kpps_fields_write_as(const struct kpps_stream *s, u32 flags, const struct kpps_size *z, u64 index,
		     u64 flow, const struct kpps_tuple *t, u64 time_ns, u8 *p)
{
	u16 dport = flags & KPPS_F_ICMP ? kpps_be16((u16)index) : t->dport, csum;
	u64 sum = kpps_ip_write(s, flags, z, t, p);

	if (!(flags & KPPS_F_PSEUDO))
		sum = 0;
	sum += (u64)z->l4_sum + t->sport + dport;
	kpps_put16(kpps_at(p, s->port_off), t->sport);
	kpps_put16(kpps_at(p, s->port_off + 2), dport);
	if (flags & KPPS_F_TCP)
		sum += kpps_tcp_write(s, flags, z, index, flow, p);
	else if (flags & KPPS_F_UDP)
		kpps_put16(kpps_at(p, s->l4_off + 4),
			   kpps_be16((u16)(z->l3_len - (s->l4_off - s->l3_off))));
	if (flags & KPPS_F_SIG)
		sum += kpps_sig_write(s, index, time_ns, p);
	csum = (u16)~kpps_csum_fold(sum);
	if (!csum && (flags & KPPS_F_UDP))
		csum = 0xffff;	/* 0 would say that there is none (RFC 768) */
	kpps_put16(kpps_at(p, s->csum_off), csum);
}

/*
 * kpps_header_write - the first KPPS_HEADER_MAX bytes of a frame, zero beyond
 * its end; returns the frame's length. For BPF, where a frame can only be
 * written at constant offsets: the program has it written into
 * KPPS_HEADER_ROOM bytes of a map or its stack, and copies from there.
 */
#define KPPS_HEADER_ROOM (KPPS_HEADER_MAX + 8)

static inline u32 kpps_header_write(const struct kpps_stream *s, u64 index, u64 flow,
				    const struct kpps_tuple *t, u64 time_ns, u8 *header)
{
	const struct kpps_size *z = kpps_stream_size(s, index);

	__builtin_memcpy(header, s->header, KPPS_HEADER_MAX);
	kpps_fields_write_as(s, s->flags, z, index, flow, t, time_ns, header);
	return z->len;
}

#ifndef __bpf__
/* kpps_template_copy - the first @len bytes of a frame, KPPS_FRAME_MIN or more, unvaried. */
static inline void kpps_template_copy(const u8 *header, u8 *frame, u32 len)
{
	if (len <= 64) {
		__builtin_memcpy(frame, header, 32);
		__builtin_memcpy(frame + len - 32, header + len - 32, 32);
	} else if (len <= 96) {
		__builtin_memcpy(frame, header, 64);
		__builtin_memcpy(frame + len - 32, header + len - 32, 32);
	} else if (len <= KPPS_HEADER_MAX) {
		__builtin_memcpy(frame, header, 64);
		__builtin_memcpy(frame + len - 64, header + len - 64, 64);
	} else {
		__builtin_memcpy(frame, header, KPPS_HEADER_MAX);
		__builtin_memset(frame + KPPS_HEADER_MAX, 0, len - KPPS_HEADER_MAX);
	}
}

/*
 * kpps_frame_write - frame @index of @s with the addresses and ports of @t,
 * which need not be the stream's own: every byte of it, zeros after the
 * signature, and none behind it. Returns its length without FCS.
 */
static inline u32 kpps_frame_write(const struct kpps_stream *s, u64 index, u64 flow,
				   const struct kpps_tuple *t, u64 time_ns, u8 *frame)
{
	const struct kpps_size *z = kpps_stream_size(s, index);

	kpps_template_copy(s->header, frame, z->len);
	kpps_fields_write_as(s, s->flags, z, index, flow, t, time_ns, frame);
	return z->len;
}

/*
 * kpps_frame_remake_as - frame @index of @s, which has the size @z, where another
 * frame of @s and that size is, or the template.
 */
static __attribute__((always_inline)) inline void
kpps_frame_remake_as(const struct kpps_stream *s, u32 flags, const struct kpps_size *z, u64 index,
		     u64 time_ns, u8 *frame)
{
	u64 flow = kpps_stream_flow(s, index);
	struct kpps_tuple t;

	kpps_stream_tuple_as(s, flags, flow, &t);
	kpps_fields_write_as(s, flags, z, index, flow, &t, time_ns, frame);
}

/* kpps_frame_make - frame @index of @s; returns its length. */
static inline u32 kpps_frame_make(const struct kpps_stream *s, u64 index, u64 time_ns, u8 *frame)
{
	u64 flow = kpps_stream_flow(s, index);
	struct kpps_tuple t;

	kpps_stream_tuple(s, flow, &t);
	return kpps_frame_write(s, index, flow, &t, time_ns, frame);
}

/*
 * kpps_frame_burst - frames @index … @index + @n - 1 with one time stamp; @n up
 * to KPPS_BURST. The same bytes as kpps_frame_make, faster; userspace only.
 */
void kpps_frame_burst(const struct kpps_stream *s, u64 index, unsigned int n, u64 time_ns,
		      u8 *const *frames, u32 *lens);
#endif

/* kpps_sig_read - the signature at the start of a payload, if there is one. */
static inline _Bool kpps_sig_read(const u8 *payload, unsigned int payload_len,
				  struct kpps_sig *ret)
{
	u16 who;

	if (payload_len < KPPS_SIG_LEN || kpps_get16(payload) != kpps_be16(KPPS_SIG_MAGIC))
		return 0;
	who = kpps_be16(kpps_get16(payload + 2));
	ret->run = who >> 6;
	ret->stream = who & (KPPS_STREAMS_MAX - 1);
	ret->index = kpps_be64(kpps_get64(payload + 2)) & KPPS_INDEX_MASK;
	ret->time = kpps_be64(kpps_get64(payload + 10));
	return 1;
}

/*
 * kpps_tcp_flow - the flow that a segment of @s with sequence number @seq (host
 * order) belongs to. Not for DATA, whose numbers advance.
 */
static inline _Bool kpps_tcp_flow(const struct kpps_stream *s, u32 seq, u64 *ret_flow)
{
	u32 flow = seq - s->tcp_seq;

	if (s->flows > 1ULL << 32 || flow >= s->flows || (s->flags & KPPS_F_ADVANCE))
		return 0;
	*ret_flow = flow;
	return 1;
}

#endif
