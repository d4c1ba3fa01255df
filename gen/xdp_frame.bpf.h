/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_frame.bpf.h - the bytes of a frame, written into an XDP packet. What they
 * are is lib/stream.h's, whose arithmetic is used; the stores are made here,
 * as the verifier wants each field's place in the packet compared with the
 * packet's end. Part of xdp_source.bpf.c.
 */
#ifndef KPPS_XDP_FRAME_BPF_H
#define KPPS_XDP_FRAME_BPF_H

/* kpps_permute where numbers have 32 bits (KPPS_F_NARROW). */
static __always_inline u32 permute_narrow(const struct kpps_stream *s, u32 x)
{
	u32 a = s->a, b = s->b, l = kpps_div32(x, &s->by32_b), r = x - l * b;

	l = kpps_add_mod(l, kpps_round(r, s->round_key[0], a), a);
	r = kpps_add_mod(r, kpps_round(l, s->round_key[1], b), b);
	l = kpps_add_mod(l, kpps_round(r, s->round_key[2], a), a);
	r = kpps_add_mod(r, kpps_round(l, s->round_key[3], b), b);
	return l * b + r;
}

/*
 * The rare way: numbers of more than 32 bits, and those that fall outside and
 * are sent through again. A global function: the verifier looks at it once.
 */
__noinline int tuple_make_any(const struct kpps_stream *s, u64 flow, struct kpps_tuple *t)
{
	if (s && t)
		kpps_stream_tuple(s, flow, t);
	return 0;
}

/* kpps_stream_tuple, in 32 bits where they suffice; @x is what permute_narrow says of @flow. */
static __always_inline void tuple_make(const struct kpps_stream *s, u64 flow, u32 x,
				       struct kpps_tuple *t)
{
	u32 q, p;
	u16 near_port, far_port;
	u64 near, far;

	if (unlikely(!(s->flags & KPPS_F_NARROW) || x >= s->tuples)) {
		tuple_make_any(s, flow, t);
		return;
	}
	q = kpps_div32(x, &s->by32_near_port);
	near_port = kpps_be16((u16)(s->near_port + (x - q * (u32)s->by_near_port.d)));
	p = kpps_div32(q, &s->by32_near_addr);
	near = s->near.lo + (q - p * (u32)s->by_near_addr.d);
	q = kpps_div32(p, &s->by32_far_port);
	far_port = kpps_be16((u16)(s->far_port + (p - q * (u32)s->by_far_port.d)));
	far = s->far.lo + q;
	near = s->flags & KPPS_F_IPV6 ? kpps_be64(near) : kpps_be32((u32)near);
	far = s->flags & KPPS_F_IPV6 ? kpps_be64(far) : kpps_be32((u32)far);
	if (unlikely(s->flags & KPPS_F_REVERSE)) {
		*t = (struct kpps_tuple){ s->far.hi, far, s->near.hi, near, far_port, near_port };
		if (s->flags & KPPS_F_ICMP) {
			t->sport = near_port;
			t->dport = far_port;
		}
	} else {
		*t = (struct kpps_tuple){ s->near.hi, near, s->far.hi, far, near_port, far_port };
	}
}

/*
 * A place in the packet. The barrier keeps clang from working it out twice: the
 * verifier would not know that the second is the one that was compared.
 */
static __always_inline u8 *place(u8 *data, u32 offset)
{
	data += offset & (KPPS_HEADER_MAX - 1);
	barrier_var(data);
	return data;
}

/* The template, up to KPPS_HEADER_MAX bytes of it; a frame has 60 or more. */
static __always_inline int template_write(const struct kpps_stream *s, u8 *data, u8 *end)
{
	const u8 *from = s->header;
	u32 last;

	if (data + KPPS_FRAME_MIN > end)
		return -1;
#pragma clang loop unroll(full)
	for (u32 at = 0; at < 56; at += 8)
		kpps_put64(data + at, kpps_get64(from + at));
	kpps_put32(data + 56, kpps_get32(from + 56));
	if (data + KPPS_FRAME_MIN == end)
		return 0;
#pragma clang loop unroll(full)
	for (u32 at = 56; at < KPPS_HEADER_MAX; at += 8) {
		if (data + at + 8 > end)
			break;
		kpps_put64(data + at, kpps_get64(from + at));
	}
	/* the last bytes of a length that 8 doesn't divide */
	last = (u32)(end - data) - 8;
	if (last < KPPS_HEADER_MAX - 8) {
		u8 *p = place(data, last);

		if (p + 8 > end)
			return -1;
		kpps_put64(p, kpps_get64(from + last));
	}
	return 0;
}

/* Addresses, lengths, IPv4's checksum; the sum of the addresses into *@sum. */
static __always_inline int ip_write(const struct kpps_stream *s, const struct kpps_size *z,
				    const struct kpps_tuple *t, u8 *data, u8 *end, u64 *sum)
{
	u8 *p = place(data, s->l3_off);

	if (s->flags & KPPS_F_IPV6) {
		if (p + 40 > end)
			return -1;
		kpps_put16(p + 4, kpps_be16((u16)(z->l3_len - 40)));
		kpps_put64(p + 8, t->src_hi);
		kpps_put64(p + 16, t->src_lo);
		kpps_put64(p + 24, t->dst_hi);
		kpps_put64(p + 32, t->dst_lo);
		*sum = kpps_csum_word(t->src_hi) + kpps_csum_word(t->src_lo) +
		       kpps_csum_word(t->dst_hi) + kpps_csum_word(t->dst_lo);
		return 0;
	}
	if (p + 20 > end)
		return -1;
	*sum = (u64)(u32)t->src_lo + (u32)t->dst_lo;
	kpps_put16(p + 2, kpps_be16(z->l3_len));
	kpps_put16(p + 10, (u16)~kpps_csum_fold(*sum + z->ip_sum));
	kpps_put32(p + 12, (u32)t->src_lo);
	kpps_put32(p + 16, (u32)t->dst_lo);
	return 0;
}

/* The numbers of a segment; @nth as kpps_stream_nth. */
static __always_inline int tcp_write(const struct kpps_stream *s, const struct kpps_size *z,
				     u64 nth, u64 flow, u8 *l4, u8 *end, u64 *sum)
{
	u32 seq = s->tcp_seq + (u32)flow, ack = 0;

	if (l4 + 20 > end)
		return -1;
	if (s->flags & KPPS_F_ADVANCE)
		seq += ((u32)nth * (u32)(z->l3_len - (s->payload_off - s->l3_off))) & KPPS_TCP_SPAN;
	if (s->flags & KPPS_F_ACK)
		ack = kpps_be32(s->tcp_ack + (u32)flow);
	seq = kpps_be32(seq);
	kpps_put32(l4 + 4, seq);
	kpps_put32(l4 + 8, ack);
	*sum += (u64)seq + ack;
	return 0;
}

static __always_inline int sig_write(const struct kpps_stream *s, u64 index, u64 time_ns,
				     u8 *data, u8 *end, u64 *sum)
{
	u8 *p = place(data, s->payload_off);
	u16 high = kpps_be16((u16)(index >> 32));
	u32 low = kpps_be32((u32)index);

	if (p + KPPS_SIG_LEN > end)
		return -1;
	time_ns = kpps_be64(time_ns);
	kpps_put16(p + 4, high);
	kpps_put32(p + 6, low);
	kpps_put64(p + 10, time_ns);
	*sum += (u64)high + low + kpps_csum_word(time_ns);
	return 0;
}

/*
 * The frames of the highest rates: IPv4 without a tag, UDP, nothing but a
 * signature, 60 bytes (struct xdp_source_stream.smallest). What varies is put
 * together in words, little-endian ones; frame_write stores the same bytes.
 */
static __always_inline int smallest_write(const struct kpps_stream *s, u64 index,
					  const struct kpps_tuple *t, u64 time_ns, u8 *data,
					  u8 *end)
{
	u64 w0 = kpps_get64(s->header), w1 = kpps_get64(s->header + 8);
	u64 w2 = kpps_get64(s->header + 16), w4 = kpps_get64(s->header + 32);
	u64 w5 = kpps_get64(s->header + 40), src = (u32)t->src_lo, dst = (u32)t->dst_lo;
	u64 sport = t->sport, dport = t->dport, sum = src + dst;
	u64 ip_csum = (u16)~kpps_csum_fold(sum + s->sizes[0].ip_sum);
	u64 high = kpps_be16((u16)(index >> 32)), low = kpps_be32((u32)index);

	if (data + KPPS_FRAME_MIN > end)
		return -1;
	time_ns = kpps_be64(time_ns);
	sum += s->sizes[0].l4_sum + sport + dport + high + low + kpps_csum_word(time_ns);
	sum = (u16)~kpps_csum_fold(sum);
	if (!sum)
		sum = 0xffff;	/* 0 would say that there is none (RFC 768) */
	kpps_put64(data, w0);
	kpps_put64(data + 8, w1);
	kpps_put64(data + 16, w2);
	kpps_put64(data + 24, ip_csum | src << 16 | dst << 48);
	kpps_put64(data + 32, dst >> 16 | sport << 16 | dport << 32 | w4 >> 48 << 48);
	kpps_put64(data + 40, sum | (w5 & 0xffffffff0000ULL) | high << 48);
	kpps_put64(data + 48, low | time_ns << 32);
	kpps_put32(data + 56, (u32)(time_ns >> 32));
	return 0;
}

/* Frame @index of @s into the packet, which has the frame's length; -1: it does not fit. */
static __always_inline int frame_write(const struct kpps_stream *s, const struct kpps_size *z,
				       u64 index, u64 flow, u64 nth, const struct kpps_tuple *t,
				       u64 time_ns, u8 *data, u8 *end)
{
	u16 dport = s->flags & KPPS_F_ICMP ? kpps_be16((u16)index) : t->dport, csum;
	u8 *l4 = place(data, s->l4_off), *at;
	u64 sum;

	if (template_write(s, data, end) || ip_write(s, z, t, data, end, &sum) || l4 + 8 > end)
		return -1;
	if (!(s->flags & KPPS_F_PSEUDO))
		sum = 0;
	sum += (u64)z->l4_sum + t->sport + dport;
	at = place(data, s->port_off);
	if (at + 4 > end)
		return -1;
	kpps_put16(at, t->sport);
	kpps_put16(at + 2, dport);
	if (s->flags & KPPS_F_UDP)
		kpps_put16(l4 + 4, kpps_be16((u16)(z->l3_len - (s->l4_off - s->l3_off))));
	else if (s->flags & KPPS_F_TCP && tcp_write(s, z, nth, flow, l4, end, &sum))
		return -1;
	if (s->flags & KPPS_F_SIG && sig_write(s, index, time_ns, data, end, &sum))
		return -1;
	csum = (u16)~kpps_csum_fold(sum);
	if (!csum && s->flags & KPPS_F_UDP)
		csum = 0xffff;	/* 0 would say that there is none (RFC 768) */
	at = place(data, s->csum_off);
	if (at + 2 > end)
		return -1;
	kpps_put16(at, csum);
	return 0;
}

#endif
