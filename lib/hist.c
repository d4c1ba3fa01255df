// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hist.c - reading histograms; recording is inline in hist.h. A struct hist is
 * plain memory of its owner: nothing here allocates or keeps a pointer to it.
 */
#include "lib/hist.h"

#include <math.h>
#include <string.h>

#define HIST_HALF_BITS	(HIST_SUB_BITS - 1)

void hist_init(struct hist *h)
{
	memset(h, 0, sizeof(*h));
	h->min = ~0ULL;
}

u64 hist_value(unsigned int b)
{
	unsigned int shift;
	u64 low;

	if (b < 1U << HIST_SUB_BITS)
		return b;
	shift = (b >> HIST_HALF_BITS) - 1;
	low = (u64)((b & ((1U << HIST_HALF_BITS) - 1)) | 1U << HIST_HALF_BITS) << shift;
	return low + (1ULL << shift >> 1);
}

void hist_merge(struct hist *to, const struct hist *from)
{
	for (unsigned int b = 0; b < HIST_BUCKETS; b++)
		to->bucket[b] += from->bucket[b];
	to->count += from->count;
	to->sum += from->sum;
	to->min = min(to->min, from->min);
	to->max = max(to->max, from->max);
}

u64 hist_percentile(const struct hist *h, double p)
{
	u64 rank, seen = 0;

	if (!h->count)
		return 0;
	if (p >= 100)
		return h->max;
	rank = p > 0 ? (u64)ceil(p / 100 * (double)h->count) : 1;
	if (rank <= 1)
		return h->min;
	for (unsigned int b = 0; b < HIST_BUCKETS; b++) {
		seen += h->bucket[b];
		if (seen >= rank)	/* a bucket's middle may lie outside what was seen */
			return min(max(hist_value(b), h->min), h->max);
	}
	return h->max;
}

double hist_mean(const struct hist *h)
{
	return h->count ? (double)h->sum / (double)h->count : 0;
}
