// SPDX-License-Identifier: GPL-2.0-or-later
/* test_schedule.c - what is due when, and whose turn it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gen/schedule.h"

#define START 12345678901ULL

static struct schedule *schedule_new(const struct schedule_share *shares, unsigned int n,
				     double rate, u64 duration, u64 count)
{
	struct schedule *s = malloc(sizeof(*s));

	assert_non_null(s);
	assert_int_equal(schedule_init(s, shares, n, rate, duration, count, NULL), 0);
	schedule_start(s, START);
	return s;
}

static void schedule_free(struct schedule *s)
{
	schedule_release(s);
	free(s);
}

static u64 take_all(struct schedule *s, u64 now, u64 *per_stream)
{
	struct schedule_burst burst;
	u64 n, sum = 0;

	while ((n = schedule_due(s, now))) {
		n = min(n, (u64)PORT_BURST);
		schedule_take(s, (unsigned int)n, &burst);
		for (u64 i = 0; i < n; i++)
			per_stream[burst.stream[i]]++;
		sum += n;
	}
	return sum;
}

static void due_is_the_floor_of_rate_times_elapsed(void **state __unused)
{
	static const double rates[] = { 0.5, 1, 3, 1e3, 333333.25, 1e6, 14880952, 1e8, 1e10 };
	struct schedule_share share = { .weight = 1 };

	for (size_t r = 0; r < ARRAY_SIZE(rates); r++) {
		struct schedule *s = schedule_new(&share, 1, rates[r], 0, ~0ULL >> 1);

		assert_int_equal(schedule_due(s, START - 1), 0);
		assert_int_equal(schedule_due(s, START), 0);
		for (u64 elapsed = 1; elapsed < 100000000000ULL; elapsed = elapsed * 3 + 1) {
			long double exact = (long double)rates[r] * elapsed / 1e9L;
			u64 due = schedule_due(s, START + elapsed);

			assert_true((long double)due <= exact + 1e-6L);
			assert_true((long double)due > exact - 1.000001L);
		}
		schedule_free(s);
	}
}

static void departures_are_never_early_and_at_most_one_ns_late(void **state __unused)
{
	static const double rates[] = { 0.5, 3, 333333.25, 1e6, 14880952, 1e8 };
	struct schedule_share share = { .weight = 1 };

	for (size_t r = 0; r < ARRAY_SIZE(rates); r++) {
		struct schedule *s = schedule_new(&share, 1, rates[r], 0, ~0ULL >> 1);

		for (u64 k = 0; k < 10000000000ULL; k = k * 2 + 1) {
			long double exact = (long double)(k + 1) * 1e9L / rates[r];
			u64 when = schedule_when(&s->lane[0], k);

			assert_true((long double)when >= exact - 1e-6L * exact / 1e9L);
			assert_true((long double)when < exact + 1.01L);
		}
		schedule_free(s);
	}
}

static void a_duration_holds_exactly_its_frames(void **state __unused)
{
	static const struct { double rate; u64 duration, frames; } rows[] = {
		{ 1e6, 100000000, 100000 }, { 3, 1000000000, 3 }, { 3, 999999999, 2 },
		{ 0.1, 9999999999, 0 }, { 0.1, 10000000000, 1 }, { 14880952, 2000000000, 29761904 },
		{ 333333.3, 1000000000, 333333 },
	};
	struct schedule_share share = { .weight = 1 };

	for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
		struct schedule *s = schedule_new(&share, 1, rows[r].rate, rows[r].duration, 0);
		u64 per_stream[1] = { 0 };
		u64 end = START + rows[r].duration;

		assert_false(schedule_over(s, end - 1));
		assert_int_equal(take_all(s, end, per_stream), rows[r].frames);
		assert_int_equal(schedule_intended(s), rows[r].frames);
		assert_true(schedule_over(s, end));
		assert_int_equal(schedule_due(s, end + 1000000000), 0);
		schedule_free(s);
	}
}

static void a_count_ends_the_schedule(void **state __unused)
{
	struct schedule_share shares[] = { { .weight = 2 }, { .rate_pps = 1000 } };
	struct schedule *s = schedule_new(shares, 2, 5000, 0, 1234);
	u64 per_stream[2] = { 0 };

	assert_int_equal(take_all(s, START + 3600 * NSEC_PER_SEC, per_stream), 1234);
	assert_true(schedule_over(s, START + 3600 * NSEC_PER_SEC));
	assert_int_equal(schedule_intended(s), 1234);
	schedule_free(s);
}

static void check_weights(const u64 *weights, unsigned int n)
{
	struct schedule_share shares[KPPS_STREAMS_MAX];
	u64 sent[KPPS_STREAMS_MAX] = { 0 }, sum = 0;
	struct schedule_burst burst;
	struct schedule *s;

	for (unsigned int i = 0; i < n; i++) {
		shares[i] = (struct schedule_share){ .weight = weights[i] };
		sum += weights[i];
	}
	s = schedule_new(shares, n, 1e6, 0, ~0ULL >> 1);
	for (u64 prefix = 1; prefix < 5000; prefix++) {
		assert_true(schedule_due(s, START + prefix * 1000) > 0);
		schedule_take(s, 1, &burst);
		sent[burst.stream[0]]++;
		for (unsigned int i = 0; i < n; i++) {
			double share = (double)prefix * (double)weights[i] / (double)sum;

			assert_true(fabs((double)sent[i] - share) < 1);
		}
	}
	schedule_free(s);
}

static void weights_hold_to_within_one_frame_over_any_prefix(void **state __unused)
{
	static const u64 imix[] = { 7, 4, 1 }, equal[] = { 5, 5 }, steep[] = { 1000, 1, 1, 1, 1, 1, 1, 1 },
			 odd[] = { 13, 11, 97, 2, 41 };
	u64 many[KPPS_STREAMS_MAX], seed = 1;

	check_weights(imix, 3);
	check_weights(equal, 2);
	check_weights(steep, 8);
	check_weights(odd, 5);
	for (int round = 0; round < 5; round++) {
		for (unsigned int i = 0; i < KPPS_STREAMS_MAX; i++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			many[i] = 1 + (seed >> 33) % 900;
		}
		check_weights(many, KPPS_STREAMS_MAX);
	}
}

static void streams_with_a_rate_add_to_the_weighted_ones(void **state __unused)
{
	struct schedule_share shares[] = {
		{ .weight = 3 }, { .rate_pps = 1000 }, { .weight = 1 }, { .rate_pps = 123.5 },
	};
	struct schedule *s = schedule_new(shares, 4, 4000, 2 * NSEC_PER_SEC, 0);
	u64 sent[4] = { 0 };

	assert_int_equal(take_all(s, START + 2 * NSEC_PER_SEC, sent), 8000 + 2000 + 247);
	assert_int_equal(sent[0], 6000);
	assert_int_equal(sent[1], 2000);
	assert_int_equal(sent[2], 2000);
	assert_int_equal(sent[3], 247);
	schedule_free(s);
}

static void a_merged_schedule_is_in_order_of_time(void **state __unused)
{
	struct schedule_share shares[] = { { .weight = 1 }, { .rate_pps = 777 }, { .rate_pps = 5 } };
	struct schedule *s = schedule_new(shares, 3, 1000, 4 * NSEC_PER_SEC, 0);
	struct schedule_burst burst;
	u64 n, before = START, frames = 0;

	while ((n = schedule_due(s, SCHEDULE_NEVER))) {
		n = min(n, (u64)PORT_BURST);
		schedule_take(s, (unsigned int)n, &burst);
		for (u64 i = 0; i < n; i++, frames++) {
			assert_true(burst.when[i] >= before);
			before = burst.when[i];
		}
	}
	assert_int_equal(frames, 4000 + 3108 + 20);
	assert_int_equal(before, START + 4 * NSEC_PER_SEC);
	schedule_free(s);
}

static void the_order_does_not_depend_on_how_it_is_polled(void **state __unused)
{
	struct schedule_share shares[] = { { .weight = 5 }, { .weight = 3 }, { .rate_pps = 777 } };
	struct schedule *a = schedule_new(shares, 3, 1000, 0, 3000);
	struct schedule *b = schedule_new(shares, 3, 1000, 0, 3000);
	u8 of_a[3000], of_b[3000];
	struct schedule_burst burst;
	u64 n, at;

	for (at = 0; (n = schedule_due(a, SCHEDULE_NEVER)); at += n) {
		n = min(n, (u64)PORT_BURST);
		schedule_take(a, (unsigned int)n, &burst);
		memcpy(of_a + at, burst.stream, n);
	}
	assert_int_equal(at, 3000);
	at = 0;
	for (u64 now = START; at < 3000; now += 1 + now % 2222222) {
		n = min(schedule_due(b, now), (u64)7);
		schedule_take(b, (unsigned int)n, &burst);
		memcpy(of_b + at, burst.stream, n);
		at += n;
	}
	assert_memory_equal(of_a, of_b, sizeof(of_a));
	schedule_free(a);
	schedule_free(b);
}

static void without_a_rate_a_burst_is_always_due_until_the_end(void **state __unused)
{
	struct schedule_share shares[] = { { .weight = 1 }, { .rate_pps = 1e6 } };
	struct schedule *s = schedule_new(shares, 2, 0, 1000000, 0);
	struct schedule_burst burst;
	u64 sent[2] = { 0 };

	for (u64 now = START; now < START + 1000000; now += 100000) {
		assert_true(schedule_due(s, now) >= PORT_BURST);
		assert_false(schedule_over(s, now));
		schedule_take(s, PORT_BURST, &burst);
		for (int i = 0; i < PORT_BURST; i++)
			sent[burst.stream[i]]++;
	}
	/* what has a rate goes first, the other fills up */
	assert_int_equal(sent[0] + sent[1], 320);
	assert_true(sent[0] > 0);
	assert_true(sent[1] >= 288);
	take_all(s, START + 1000000, sent);
	assert_int_equal(sent[1], 1000);
	assert_true(schedule_over(s, START + 1000000));
	schedule_free(s);
}

static void wrong_plans_are_refused_with_a_reason(void **state __unused)
{
	static const struct {
		struct schedule_share shares[2];
		unsigned int n;
		double rate;
		int code;
		const char *text;
	} rows[] = {
		{ { { 1, 0 } }, 0, 1, -EINVAL, "0 streams" },
		{ { { 1, 0 } }, 1, -1, -ERANGE, "-1 pps" },
		{ { { 1, 0 } }, 1, NAN, -ERANGE, "nan pps" },
		{ { { 1, 0 } }, 1, 1e11, -ERANGE, "1e+11 pps" },
		{ { { 1, -3 } }, 1, 1, -ERANGE, "-3 pps" },
		{ { { 65535, 0 }, { 2, 0 } }, 2, 1, -ERANGE, "smaller numbers" },
		{ { { 1ULL << 63, 0 }, { 1, 0 } }, 2, 1, -ERANGE, "smaller numbers" },
	};
	struct schedule s;
	struct err err;

	for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
		assert_int_equal(schedule_init(&s, rows[r].shares, rows[r].n, rows[r].rate, 1, 0, &err),
				 rows[r].code);
		assert_non_null(strstr(err.text, rows[r].text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(due_is_the_floor_of_rate_times_elapsed),
		cmocka_unit_test(departures_are_never_early_and_at_most_one_ns_late),
		cmocka_unit_test(a_duration_holds_exactly_its_frames),
		cmocka_unit_test(a_count_ends_the_schedule),
		cmocka_unit_test(weights_hold_to_within_one_frame_over_any_prefix),
		cmocka_unit_test(streams_with_a_rate_add_to_the_weighted_ones),
		cmocka_unit_test(a_merged_schedule_is_in_order_of_time),
		cmocka_unit_test(the_order_does_not_depend_on_how_it_is_polled),
		cmocka_unit_test(without_a_rate_a_burst_is_always_due_until_the_end),
		cmocka_unit_test(wrong_plans_are_refused_with_a_reason),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
