// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_mlr_classify.c - RFC 9971's load classification and conditional
 * throughput: worked cases by hand, and a property test against the definition
 * said another way (whole milliseconds, exceed ratio as a fraction).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "run/mlr_classify.h"

/*
 * A case's trials: one letter a trial. l, h: full-length, low and high loss;
 * s, b: short ones (half as long), low and high loss.
 */
struct worked_case {
	const char *trials;
	double final_s, sum_s, exceed;
	enum mlr_class expected;
};

static const struct worked_case worked_cases[] = {
	/* RFC 2544 throughput: one trial of 60 s decides */
	{ "", 60, 60, 0, MLR_UNDECIDED },
	{ "l", 60, 60, 0, MLR_LOWER },
	{ "h", 60, 60, 0, MLR_UPPER },
	{ "s", 60, 60, 0, MLR_UNDECIDED },
	{ "b", 60, 60, 0, MLR_UPPER },
	{ "bl", 60, 60, 0, MLR_UPPER },
	/* TST009: the second loss decides; one good trial of two is half: not exceeded */
	{ "l", 60, 120, 0.5, MLR_LOWER },
	{ "h", 60, 120, 0.5, MLR_UNDECIDED },
	{ "hl", 60, 120, 0.5, MLR_LOWER },
	{ "hh", 60, 120, 0.5, MLR_UPPER },
	/* CSIT: 21 trials of 1 s; 11 good ones decide, or 11 bad ones */
	{ "llllllllll", 1, 21, 0.5, MLR_UNDECIDED },
	{ "lllllllllll", 1, 21, 0.5, MLR_LOWER },
	{ "hhhhhhhhhh", 1, 21, 0.5, MLR_UNDECIDED },
	{ "hhhhhhhhhhh", 1, 21, 0.5, MLR_UPPER },
	{ "hhhhhhhhhhllllllllll", 1, 21, 0.5, MLR_UNDECIDED },
	{ "hhhhhhhhhhlllllllllll", 1, 21, 0.5, MLR_LOWER },
	{ "llllllllllhhhhhhhhhhh", 1, 21, 0.5, MLR_UPPER },
	/* more than the sum: the sum grows with the trials */
	{ "hhhhhhhhhhhllllllllllll", 1, 21, 0.5, MLR_LOWER },
	/* short trials: good ones only balance bad ones */
	{ "ssssssssssssssssssssssssssssss", 1, 21, 0.5, MLR_UNDECIDED },
	{ "bbbbbbbbbbbbbbbbbbbbb", 1, 21, 0.5, MLR_UNDECIDED },
	{ "bbbbbbbbbbbbbbbbbbbbbb", 1, 21, 0.5, MLR_UPPER },
	{ "bbbbbbbbbbbbbbbbbbbbbbs", 1, 21, 0.5, MLR_UNDECIDED },
	{ "bbbbbbbbbbblllllllllll", 1, 21, 0.5, MLR_LOWER },
	/* sums of a tenth: 0.1 + 0.1 is not rounded away from 0.2 */
	{ "l", 0.1, 0.2, 0.5, MLR_LOWER },
	{ "ll", 0.1, 0.3, 0.5, MLR_LOWER },
	{ "lhh", 0.1, 0.3, 0.5, MLR_UPPER },
	/* exceed 0 with several trials: each must be good */
	{ "ll", 1, 3, 0, MLR_UNDECIDED },
	{ "lll", 1, 3, 0, MLR_LOWER },
	{ "lh", 1, 3, 0, MLR_UPPER },
};

static unsigned int make_trials(const char *letters, double final_s, struct mlr_trial *t)
{
	unsigned int n = (unsigned int)strlen(letters), i;

	for (i = 0; i < n; i++) {
		bool is_short = letters[i] == 's' || letters[i] == 'b';
		bool high = letters[i] == 'h' || letters[i] == 'b';

		t[i].duration_s = t[i].effective_s = is_short ? final_s / 2 : final_s;
		t[i].loss_ratio = high ? 0.02 : 0.0;
	}
	return n;
}

static void classifies_worked_cases(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(worked_cases) / sizeof(worked_cases[0]); i++) {
		const struct worked_case *c = &worked_cases[i];
		struct mlr_goal goal = { c->final_s, c->sum_s, 0.005, c->exceed };
		struct mlr_trial t[64];
		unsigned int n = make_trials(c->trials, c->final_s, t);

		if (mlr_classify(t, n, &goal) != c->expected)
			fail_msg("case %u \"%s\": %d, expected %d", i, c->trials,
				 mlr_classify(t, n, &goal), c->expected);
	}
}

static void loss_equal_to_the_goals_is_low(void **state)
{
	struct mlr_goal goal = { 1, 1, 0.005, 0.5 };
	struct mlr_trial t = { .loss_ratio = 0.005, .duration_s = 1, .effective_s = 1 };

	(void)state;
	assert_int_equal(mlr_classify(&t, 1, &goal), MLR_LOWER);
	t.loss_ratio = 0.0050001;
	assert_int_equal(mlr_classify(&t, 1, &goal), MLR_UPPER);
}

static void effective_duration_is_what_weighs(void **state)
{
	struct mlr_goal goal = { 1, 21, 0, 0.5 };
	struct mlr_trial t[7];
	unsigned int i;

	(void)state;
	/* 1-s trials that take 1.5 s each: seven make 10.5 s of 21 s */
	for (i = 0; i < 7; i++)
		t[i] = (struct mlr_trial){ .duration_s = 1, .effective_s = 1.5 };
	assert_int_equal(mlr_classify(t, 6, &goal), MLR_UNDECIDED);
	assert_int_equal(mlr_classify(t, 7, &goal), MLR_LOWER);
}

/*
 * The definition in words: fill what is missing of the duration sum with high
 * loss; is the share of high loss still within the exceed ratio p/q? And with
 * low loss? Short low-loss trials only make up for short high-loss ones, in the
 * proportion the exceed ratio allows. All in units of ms × (q - p).
 */
static enum mlr_class restated(const int *ms, const bool *high, unsigned int n, int final_ms,
			       int sum_ms, int p, int q)
{
	long long scale = q - p, lo = 0, hi = 0, slo = 0, shi = 0, missing = 0, excess;
	bool pessimistic, optimistic;
	unsigned int i;

	for (i = 0; i < n; i++) {
		long long *sum = ms[i] >= final_ms ? (high[i] ? &hi : &lo) :
				 (high[i] ? &shi : &slo);

		*sum += ms[i] * scale;
	}
	/* slo × p / (q - p) is whole because of the scale */
	excess = shi - slo / scale * p;
	if (excess > 0)
		hi += excess;
	if (lo + hi < sum_ms * scale)
		missing = sum_ms * scale - lo - hi;
	pessimistic = (hi + missing) * q <= (lo + hi + missing) * p;
	optimistic = hi * q <= (lo + hi + missing) * p;
	return pessimistic && optimistic ? MLR_LOWER :
	       !pessimistic && !optimistic ? MLR_UPPER : MLR_UNDECIDED;
}

static void agrees_with_the_definition_said_another_way(void **state)
{
	static const int exceeds[][2] = { { 0, 1 }, { 1, 2 }, { 1, 4 }, { 3, 4 }, { 1, 10 } };
	unsigned int round, seen[3] = { 0 };

	(void)state;
	srandom(9971);
	for (round = 0; round < 20000; round++) {
		const int *e = exceeds[random() % 5];
		int final_ms = 10 + (int)(random() % 100);
		int sum_ms = final_ms * (1 + (int)(random() % 8));
		unsigned int n = 1 + (unsigned int)(random() % 14), i;
		struct mlr_goal goal = { final_ms / 1e3, sum_ms / 1e3, 0.01,
					 (double)e[0] / e[1] };
		enum mlr_class expected, got;
		struct mlr_trial t[16];
		bool high[16];
		int ms[16];

		for (i = 0; i < n; i++) {
			ms[i] = random() % 3 ? final_ms : 1 + (int)(random() % (2 * final_ms));
			high[i] = random() % 2;
			t[i] = (struct mlr_trial){ high[i] ? 0.5 : 0.01, ms[i] / 1e3, ms[i] / 1e3 };
		}
		expected = restated(ms, high, n, final_ms, sum_ms, e[0], e[1]);
		got = mlr_classify(t, n, &goal);
		if (got != expected)
			fail_msg("round %u: %d, by the definition %d", round, got, expected);
		seen[expected]++;
	}
	/* the property test says something only if every answer came up */
	assert_true(seen[MLR_UNDECIDED] > 100 && seen[MLR_LOWER] > 100 && seen[MLR_UPPER] > 100);
}

struct throughput_case {
	double loss[8];
	unsigned int n;
	double sum_s, exceed, expected;
};

static const struct throughput_case throughput_cases[] = {
	/* one trial is all: its loss */
	{ { 0.0 }, 1, 1, 0, 1000 },
	{ { 0.1 }, 1, 1, 0.5, 900 },
	/* the median by the exceed ratio: two of three seconds must be covered */
	{ { 0.0, 0.01, 0.02 }, 3, 3, 0.5, 990 },
	{ { 0.02, 0.0, 0.01 }, 3, 3, 0.5, 990 },
	/* exactly half covered by the best half */
	{ { 0.0, 0.0, 0.5, 0.5 }, 4, 4, 0.5, 1000 },
	/* exceed 0: the worst trial counts */
	{ { 0.0, 0.25 }, 2, 2, 0, 750 },
	/* not enough trials for the quantile: nothing is promised */
	{ { 0.0 }, 1, 3, 0.5, 0 },
	{ { 0.0, 0.0 }, 2, 3, 0.5, 1000 },
};

static void conditional_throughput_worked_cases(void **state)
{
	unsigned int i, k;

	(void)state;
	for (i = 0; i < sizeof(throughput_cases) / sizeof(throughput_cases[0]); i++) {
		const struct throughput_case *c = &throughput_cases[i];
		struct mlr_goal goal = { 1, c->sum_s, 0.005, c->exceed };
		struct mlr_trial t[8];
		double got;

		for (k = 0; k < c->n; k++)
			t[k] = (struct mlr_trial){ c->loss[k], 1, 1 };
		got = mlr_conditional_throughput(t, c->n, &goal, 1000);
		if (got < c->expected - 1e-6 || got > c->expected + 1e-6)
			fail_msg("case %u: %g, expected %g", i, got, c->expected);
	}
}

static void conditional_throughput_ignores_short_trials(void **state)
{
	struct mlr_goal goal = { 1, 1, 0.005, 0.5 };
	struct mlr_trial t[] = { { 0.9, 0.5, 0.5 }, { 0.25, 1, 1 }, { 0.0, 0.1, 0.1 } };

	(void)state;
	assert_true(mlr_conditional_throughput(t, 3, &goal, 100) == 75);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classifies_worked_cases),
		cmocka_unit_test(loss_equal_to_the_goals_is_low),
		cmocka_unit_test(effective_duration_is_what_weighs),
		cmocka_unit_test(agrees_with_the_definition_said_another_way),
		cmocka_unit_test(conditional_throughput_worked_cases),
		cmocka_unit_test(conditional_throughput_ignores_short_trials),
	};

	return cmocka_run_group_tests_name("mlr_classify", tests, NULL, NULL);
}
