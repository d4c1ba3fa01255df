// SPDX-License-Identifier: GPL-2.0-or-later
/* schedule.c - see schedule.h. */
#include "gen/schedule.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct schedule_ratio ratio_of(long double x)
{
	int exponent;

	frexpl(x, &exponent);	/* x in [2^(exponent - 1), 2^exponent) */
	return (struct schedule_ratio){
		.mult = (u64)ldexpl(x, 63 - exponent),
		.shift = (u32)(63 - exponent),
	};
}

static void lane_init(struct schedule_lane *l, double rate_pps, u64 duration_ns)
{
	long double frames;

	l->total = SCHEDULE_NEVER;
	if (!(rate_pps > 0))
		return;
	l->per_ns = ratio_of(rate_pps / 1e9L);
	/*
	 * A last bit more: a frame is due at its exact ns, not at the one after.
	 * In an hour that is less than a billionth of a frame.
	 */
	l->per_ns.mult++;
	l->gap = ratio_of(1e9L / rate_pps);
	l->gap_ns = (u64)(1e9L / rate_pps + 0.5L);
	if (!duration_ns)
		return;
	frames = (long double)rate_pps * duration_ns / 1e9L;
	/* 0.1 s at 1 Mpps are 100,000 frames, whatever the last bit of a product says */
	l->total = (u64)(frames * (1 + 1e-15L));
}

static u64 common_factor(u64 a, u64 b)
{
	while (b) {
		u64 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * Stream i's k-th turn lies in the window from floor(k / share) to
 * ceil((k + 1) / share). Of those whose window is open the one that closes
 * first is next: windows of total share 1 are always met this way, so nobody
 * is ever a whole turn ahead or behind. In integers: turn k of weight w is open
 * in slot n when k × sum < (n + 1) × w, and closes at (k + 1) × sum / w.
 */
static void pattern_fill(u8 *pattern, u64 sum, const u64 *weight, const u8 *stream, unsigned int n)
{
	u64 turns[KPPS_STREAMS_MAX] = { 0 };

	for (u64 slot = 0; slot < sum; slot++) {
		unsigned int best = n;

		for (unsigned int i = 0; i < n; i++) {
			if (turns[i] * sum >= (slot + 1) * weight[i])
				continue;
			/* (turns[i] + 1) / weight[i] < the same of best */
			if (best == n || (turns[i] + 1) * weight[best] <
						 (turns[best] + 1) * weight[i])
				best = i;
		}
		turns[best]++;
		pattern[slot] = stream[best];
	}
}

static int lane_weights(struct schedule_lane *l, const struct schedule_share *shares,
			unsigned int n, struct err *err)
{
	u64 weight[KPPS_STREAMS_MAX] = { 0 }, factor = 0, sum = 0;
	u8 stream[KPPS_STREAMS_MAX] = { 0 };
	unsigned int used = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (shares[i].rate_pps > 0)
			continue;
		stream[used] = (u8)i;
		weight[used] = max(shares[i].weight, (u64)1);
		factor = common_factor(weight[used], factor);
		used++;
	}
	l->stream = stream[0];
	if (used < 2)
		return 0;
	for (unsigned int i = 0; i < used; i++) {
		weight[i] /= factor;
		sum += min(weight[i], SCHEDULE_PATTERN_MAX + (u64)1);
		if (sum > SCHEDULE_PATTERN_MAX)
			return err_set(err, -ERANGE,
				       "weights: their sum, divided by their common factor %llu, is above %u: use smaller numbers of about the same ratio",
				       (unsigned long long)factor, SCHEDULE_PATTERN_MAX);
	}
	l->pattern = malloc(sum);
	if (!l->pattern)
		return err_set(err, -ENOMEM, "source: out of memory");
	l->length = (u32)sum;
	pattern_fill(l->pattern, sum, weight, stream, used);
	return 0;
}

static int check_rate(double rate_pps, struct err *err)
{
	/* written so that NaN fails */
	if (rate_pps == 0 || (rate_pps >= SCHEDULE_PPS_MIN && rate_pps <= SCHEDULE_PPS_MAX))
		return 0;
	return err_set(err, -ERANGE, "rate %g pps: must be 0 (as fast as possible) or %g to %g",
		       rate_pps, SCHEDULE_PPS_MIN, SCHEDULE_PPS_MAX);
}

int schedule_init(struct schedule *s, const struct schedule_share *shares, unsigned int n,
		  double rate_pps, u64 duration_ns, u64 count, struct err *err)
{
	bool weighted = false;
	int ret;

	memset(s, 0, sizeof(*s));
	s->duration_ns = duration_ns;
	s->left = count ? count : SCHEDULE_NEVER;
	if (!n || n > KPPS_STREAMS_MAX)
		return err_set(err, -EINVAL, "source: %u streams: must be 1 to %u", n,
			       KPPS_STREAMS_MAX);
	ret = check_rate(rate_pps, err);
	for (unsigned int i = 0; i < n && !ret; i++) {
		ret = check_rate(shares[i].rate_pps, err);
		weighted |= !(shares[i].rate_pps > 0);
	}
	if (ret)
		return ret;
	if (weighted) {
		ret = lane_weights(&s->lane[0], shares, n, err);
		if (ret)
			return ret;
		lane_init(&s->lane[s->nlanes++], rate_pps, duration_ns);
	}
	for (unsigned int i = 0; i < n; i++) {
		if (!(shares[i].rate_pps > 0))
			continue;
		s->lane[s->nlanes].stream = (u8)i;
		lane_init(&s->lane[s->nlanes++], shares[i].rate_pps, duration_ns);
	}
	schedule_start(s, 0);
	return 0;
}

void schedule_release(struct schedule *s)
{
	for (unsigned int i = 0; i < s->nlanes; i++)
		free(s->lane[i].pattern);
}

void schedule_start(struct schedule *s, u64 start_ns)
{
	s->start_ns = start_ns;
	for (unsigned int i = 0; i < s->nlanes; i++)
		s->lane[i].next_ns = schedule_when(&s->lane[i], 0);
}

static u64 lane_due(const struct schedule *s, const struct schedule_lane *l, u64 elapsed)
{
	u64 due;

	if (!l->per_ns.mult)
		return s->duration_ns && elapsed >= s->duration_ns ? l->taken
								   : l->taken + PORT_BURST;
	if (s->duration_ns && elapsed >= s->duration_ns)
		return l->total;
	if (elapsed == SCHEDULE_NEVER)
		return SCHEDULE_NEVER;
	due = u128_lo(u128_shr(u128_mul(elapsed, l->per_ns.mult), l->per_ns.shift));
	return min(due, l->total);
}

u64 schedule_due(struct schedule *s, u64 now)
{
	u64 elapsed = now == SCHEDULE_NEVER ? now : now - s->start_ns, due = 0;

	if (unlikely(now < s->start_ns))
		return 0;
	for (unsigned int i = 0; i < s->nlanes; i++) {
		struct schedule_lane *l = &s->lane[i];
		u64 n;

		l->due = lane_due(s, l, elapsed);
		n = l->due - l->taken;
		due = due + n < due ? SCHEDULE_NEVER : due + n;
	}
	return min(due, s->left);
}

bool schedule_over(const struct schedule *s, u64 now)
{
	if (!s->left)
		return true;
	if (!s->duration_ns || now < s->start_ns || now - s->start_ns < s->duration_ns)
		return false;
	for (unsigned int i = 0; i < s->nlanes; i++)
		if (s->lane[i].per_ns.mult && s->lane[i].taken < s->lane[i].total)
			return false;
	return true;
}

/*
 * The lane whose frame is due first. One without a rate has no due time: it
 * fills what the others leave.
 */
static struct schedule_lane *lane_next(struct schedule *s)
{
	struct schedule_lane *best = NULL;

	for (unsigned int i = 0; i < s->nlanes; i++) {
		struct schedule_lane *l = &s->lane[i];

		if (l->taken >= l->due)
			continue;
		if (!best || !best->gap.mult || (l->gap.mult && l->next_ns < best->next_ns))
			best = l;
	}
	return best;
}

static u8 lane_take(struct schedule_lane *l)
{
	u8 stream = l->stream;

	if (l->pattern) {
		stream = l->pattern[l->at];
		l->at = l->at + 1 == l->length ? 0 : l->at + 1;
	}
	l->taken++;
	l->next_ns = schedule_when(l, l->taken);
	return stream;
}

/* One lane takes all: the departures grow by the same distance each. */
static void lane_take_burst(struct schedule_lane *l, u64 start_ns, unsigned int n,
			    struct schedule_burst *ret)
{
	u128 when = u128_add(u128_ones(l->gap.shift), u128_mul(l->taken + 1, l->gap.mult));

	for (unsigned int i = 0; i < n; i++) {
		ret->when[i] = start_ns + u128_lo(u128_shr(when, l->gap.shift));
		when = u128_add64(when, l->gap.mult);
	}
	if (l->pattern) {
		for (unsigned int i = 0; i < n; i++) {
			ret->stream[i] = l->pattern[l->at];
			l->at = l->at + 1 == l->length ? 0 : l->at + 1;
		}
	} else {
		memset(ret->stream, l->stream, n);
	}
	l->taken += n;
	l->next_ns = schedule_when(l, l->taken);
}

void schedule_take(struct schedule *s, unsigned int n, struct schedule_burst *ret)
{
	if (s->nlanes == 1) {
		lane_take_burst(&s->lane[0], s->start_ns, n, ret);
	} else {
		for (unsigned int i = 0; i < n; i++) {
			struct schedule_lane *l = lane_next(s);

			ret->when[i] = s->start_ns + l->next_ns;
			ret->stream[i] = lane_take(l);
		}
	}
	s->taken += n;
	s->left -= n;
}

u64 schedule_intended(const struct schedule *s)
{
	u64 intended = 0;

	for (unsigned int i = 0; i < s->nlanes; i++) {
		const struct schedule_lane *l = &s->lane[i];

		intended += l->per_ns.mult && l->due != SCHEDULE_NEVER ? l->due : l->taken;
	}
	return min(intended, s->left > SCHEDULE_NEVER - s->taken ? SCHEDULE_NEVER
								 : s->taken + s->left);
}
