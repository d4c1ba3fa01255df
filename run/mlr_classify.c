// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mlr_classify.c - RFC 9971's load classification (its appendix A) and
 * conditional throughput (appendix B), with the names used there. Durations
 * are summed in whole nanoseconds: sums then do not depend on the order of the
 * trials, and "three trials of 0.1 s make 0.3 s" is true.
 */
#include "run/mlr_classify.h"

#include <math.h>
#include <stdlib.h>

/* A tie stays a tie when the exceed ratio (0.1, say) is no binary fraction. */
#define ROUNDING_NS 1e-3

static double to_ns(double s)
{
	return round(s * 1e9);
}

static bool is_full(const struct mlr_trial *t, const struct mlr_goal *goal)
{
	return to_ns(t->duration_s) >= to_ns(goal->final_trial_s);
}

enum mlr_class mlr_classify(const struct mlr_trial *trials, unsigned int n,
			    const struct mlr_goal *goal)
{
	double full_low = 0, full_high = 0, short_low = 0, short_high = 0;
	double exceed = goal->exceed_ratio;
	double excess, effective_high, effective_full, whole, quantile;
	bool optimistic_lower, pessimistic_lower;
	unsigned int i;

	/* Nothing measured decides nothing, even for a duration sum of 0. */
	if (!n)
		return MLR_UNDECIDED;
	for (i = 0; i < n; i++) {
		double ns = to_ns(trials[i].effective_s);
		bool high = trials[i].loss_ratio > goal->loss_ratio;

		if (is_full(&trials[i], goal))
			*(high ? &full_high : &full_low) += ns;
		else
			*(high ? &short_high : &short_low) += ns;
	}

	/* Short high-loss trials count only beyond what short low-loss ones balance. */
	excess = fmax(0, short_high - short_low * (exceed / (1 - exceed)));
	effective_high = full_high + excess;
	effective_full = full_low + effective_high;
	whole = fmax(effective_full, to_ns(goal->duration_sum_s));
	quantile = whole * exceed;

	/* As if all trials still missing had high loss, or all low loss. */
	pessimistic_lower = whole - full_low <= quantile + ROUNDING_NS;
	optimistic_lower = effective_high <= quantile + ROUNDING_NS;
	if (pessimistic_lower && optimistic_lower)
		return MLR_LOWER;
	if (!pessimistic_lower && !optimistic_lower)
		return MLR_UPPER;
	return MLR_UNDECIDED;
}

static int by_loss(const void *a, const void *b)
{
	const struct mlr_trial *x = a, *y = b;

	return (x->loss_ratio > y->loss_ratio) - (x->loss_ratio < y->loss_ratio);
}

double mlr_conditional_throughput(struct mlr_trial *trials, unsigned int n,
				  const struct mlr_goal *goal, double load)
{
	double full = 0, whole, remaining, loss = 0;
	bool any = false;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (is_full(&trials[i], goal))
			full += to_ns(trials[i].effective_s);
	whole = fmax(to_ns(goal->duration_sum_s), full);
	remaining = whole * (1 - goal->exceed_ratio);

	qsort(trials, n, sizeof(*trials), by_loss);
	for (i = 0; i < n; i++) {
		if (!is_full(&trials[i], goal))
			continue;
		if (any && remaining <= ROUNDING_NS)
			return load * (1 - loss);
		any = true;
		loss = trials[i].loss_ratio;
		remaining -= to_ns(trials[i].effective_s);
	}
	return remaining > ROUNDING_NS ? 0 : load * (1 - loss);
}
