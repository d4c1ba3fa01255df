// SPDX-License-Identifier: GPL-2.0-or-later
/* test_hist.c - lib/hist.h: the error bound, percentiles, merging. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "lib/hist.h"

#define HOUR_NS (3600 * NSEC_PER_SEC)

static struct hist a, b, both;

static u64 next_random(u64 *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 20;
}

static void value_is_within_one_percent_up_to_an_hour(void **state __unused)
{
	u64 v = 1;

	while (v <= HOUR_NS) {
		for (u64 d = 0; d < 3; d++) {
			u64 want = v + d - 1, got = hist_value(hist_bucket(want));
			u64 off = got > want ? got - want : want - got;

			assert_true(off * 100 <= want);
		}
		v += v / 300 + 1;
	}
}

static void buckets_follow_each_other_without_gap(void **state __unused)
{
	unsigned int last = 0;

	for (u64 v = 0; v < 1 << 20; v++) {
		unsigned int bucket = hist_bucket(v);

		assert_true(bucket == last || bucket == last + 1);
		last = bucket;
	}
}

static void value_of_a_bucket_falls_into_it(void **state __unused)
{
	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		assert_int_equal(hist_bucket(hist_value(i)), i);
}

static void largest_value_has_the_last_bucket(void **state __unused)
{
	assert_int_equal(hist_bucket((1ULL << HIST_MAX_BITS) - 1), HIST_BUCKETS - 1);
}

static void too_large_values_are_clamped(void **state __unused)
{
	hist_init(&a);
	hist_add(&a, ~0ULL, 1);
	assert_int_equal(a.max, (1ULL << HIST_MAX_BITS) - 1);
	assert_int_equal(a.bucket[HIST_BUCKETS - 1], 1);
}

static void empty_has_no_percentiles_and_mean_zero(void **state __unused)
{
	hist_init(&a);
	assert_int_equal(hist_percentile(&a, 50), 0);
	assert_int_equal(hist_percentile(&a, 100), 0);
	assert_true(hist_mean(&a) == 0);
}

static void single_value_is_every_percentile(void **state __unused)
{
	hist_init(&a);
	hist_add(&a, 1000003, 1);
	assert_int_equal(hist_percentile(&a, 0), 1000003);
	assert_int_equal(hist_percentile(&a, 50), 1000003);
	assert_int_equal(hist_percentile(&a, 100), 1000003);
}

static void percentile_is_the_smallest_value_with_that_share_below(void **state __unused)
{
	hist_init(&a);
	for (u64 v = 1; v <= 100; v++)
		hist_add(&a, v, 1);
	assert_int_equal(hist_percentile(&a, 0), 1);
	assert_int_equal(hist_percentile(&a, 1), 1);
	assert_int_equal(hist_percentile(&a, 1.5), 2);
	assert_int_equal(hist_percentile(&a, 50), 50);
	assert_int_equal(hist_percentile(&a, 99), 99);
	assert_int_equal(hist_percentile(&a, 99.5), 100);
}

static void percentile_100_is_the_exact_maximum(void **state __unused)
{
	hist_init(&a);
	hist_add(&a, 5, 1000000);
	hist_add(&a, 123456789, 1);
	assert_int_equal(hist_percentile(&a, 100), 123456789);
	assert_int_equal(hist_percentile(&a, 99.99), 5);
}

static void counts_beyond_32_bits_do_not_wrap(void **state __unused)
{
	hist_init(&a);
	hist_add(&a, 10, UINT32_MAX);
	hist_add(&a, 10, UINT32_MAX);
	hist_add(&a, 20, UINT32_MAX);
	assert_int_equal(a.bucket[10], 2ULL * UINT32_MAX);
	assert_int_equal(hist_percentile(&a, 66), 10);
	assert_int_equal(hist_percentile(&a, 67), 20);
}

static void mean_is_exact(void **state __unused)
{
	hist_init(&a);
	hist_add(&a, 1000001, 3);
	hist_add(&a, 7, 1);
	assert_true(hist_mean(&a) == (3 * 1000001 + 7) / 4.0);
}

static void merging_equals_recording_everything_in_one(void **state __unused)
{
	u64 seed = 1;

	hist_init(&a);
	hist_init(&b);
	hist_init(&both);
	for (unsigned int i = 0; i < 100000; i++) {
		u64 v = next_random(&seed) >> (i % 40);

		hist_add(i & 1 ? &a : &b, v, 1 + i % 3);
		hist_add(&both, v, 1 + i % 3);
	}
	hist_merge(&a, &b);
	assert_memory_equal(&a, &both, sizeof(a));
}

static void merging_an_empty_one_changes_nothing(void **state __unused)
{
	hist_init(&a);
	hist_init(&b);
	hist_add(&a, 77, 2);
	both = a;
	hist_merge(&a, &b);
	assert_memory_equal(&a, &both, sizeof(a));
	hist_merge(&b, &a);
	assert_memory_equal(&b, &both, sizeof(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_is_within_one_percent_up_to_an_hour),
		cmocka_unit_test(buckets_follow_each_other_without_gap),
		cmocka_unit_test(value_of_a_bucket_falls_into_it),
		cmocka_unit_test(largest_value_has_the_last_bucket),
		cmocka_unit_test(too_large_values_are_clamped),
		cmocka_unit_test(empty_has_no_percentiles_and_mean_zero),
		cmocka_unit_test(single_value_is_every_percentile),
		cmocka_unit_test(percentile_is_the_smallest_value_with_that_share_below),
		cmocka_unit_test(percentile_100_is_the_exact_maximum),
		cmocka_unit_test(counts_beyond_32_bits_do_not_wrap),
		cmocka_unit_test(mean_is_exact),
		cmocka_unit_test(merging_equals_recording_everything_in_one),
		cmocka_unit_test(merging_an_empty_one_changes_nothing),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
