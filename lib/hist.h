/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hist.h - a log-linear histogram of nanoseconds: values below 2^HIST_SUB_BITS
 * are exact, above it each power of two is divided into 2^HIST_SUB_BITS / 2
 * equal buckets, so that a reported value is within 1 % of the true one from
 * 1 ns to 1 hour. A fixed array inside the struct: recording allocates
 * nothing, locks nothing and has no branch that depends on the value's size.
 * One writer; readers read when the writer has stopped, or accept a torn view.
 */
#ifndef KPPS_HIST_H
#define KPPS_HIST_H

#include "lib/compiler.h"

#define HIST_SUB_BITS	7	/* half bucket / value < 1/128: under 1 % */
#define HIST_MAX_BITS	42	/* 2^42 ns = 73 minutes; larger are clamped */
#define HIST_BUCKETS	((HIST_MAX_BITS - HIST_SUB_BITS + 2) << (HIST_SUB_BITS - 1))

struct hist {
	u64 count, min, max;
	u64 sum;		/* for the mean; ns */
	u64 bucket[HIST_BUCKETS];	/* u32 would wrap in 43 s at 100 M/s */
};

#ifndef __KERNEL__
void hist_init(struct hist *h);
#endif

/* The highest bit set in @v, which is not 0. */
static inline unsigned int hist_log2(u64 v)
{
#ifdef __bpf__	/* no such instruction, and clang 14 does not end when asked to make one up */
	unsigned int bit = 0;

	for (unsigned int step = 32; step; step /= 2) {
		if (v >> step) {
			v >>= step;
			bit += step;
		}
	}
	return bit;
#else
	return 63 - (unsigned int)__builtin_clzll(v);
#endif
}

/* Bucket of @v: below 128 the value itself, then 64 buckets per octave. */
static inline unsigned int hist_bucket(u64 v)
{
	unsigned int shift = hist_log2(v | ((1ULL << HIST_SUB_BITS) - 1)) - (HIST_SUB_BITS - 1);

	return (shift << (HIST_SUB_BITS - 1)) + (unsigned int)(v >> shift);
}

static inline void hist_add(struct hist *h, u64 v, u32 n)
{
	if (unlikely(v >> HIST_MAX_BITS))
		v = (1ULL << HIST_MAX_BITS) - 1;
	h->bucket[hist_bucket(v)] += n;
	h->count += n;
	h->sum += v * n;
	h->min = v < h->min ? v : h->min;
	h->max = v > h->max ? v : h->max;
}

#ifndef __KERNEL__
/* hist_value - the middle of bucket @b, in ns; the inverse of hist_bucket. */
u64 hist_value(unsigned int b);
/* hist_merge - add @from to @to: the same as recording everything in one. */
void hist_merge(struct hist *to, const struct hist *from);
/* hist_percentile - smallest value with at least @p (0 … 100) percent at or below; 0 when empty. */
u64 hist_percentile(const struct hist *h, double p);
double hist_mean(const struct hist *h);
#endif

#endif
