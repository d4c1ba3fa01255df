// SPDX-License-Identifier: GPL-2.0-or-later
/* test_clock.c - lib/clock.h. Never asks how fast anything was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "tests/skip.h"

#define STEPS 1000000

static void forced_system_clock_is_monotonic_raw(void **state __unused)
{
	struct clk c;
	u64 before, between, after;

	clk_init(&c, true);
	assert_string_equal(clk_name(&c), "monotonic_raw");
	assert_int_equal(clk_error_ppb(&c), 0);
	before = clk_system_ns();
	between = clk_ns(&c);
	after = clk_system_ns();
	assert_true(before <= between && between <= after);
}

static void the_clock_shared_with_bpf_is_monotonic(void **state __unused)
{
	struct clk c;
	u64 before, between, after;

	clk_init_monotonic(&c);
	assert_string_equal(clk_name(&c), "monotonic");
	before = clk_monotonic_ns();
	between = clk_ns(&c);
	after = clk_monotonic_ns();
	assert_in_range(between, before, after);
}

static void time_never_goes_back(void **state __unused)
{
	struct clk c;
	u64 last;

	clk_init(&c, false);
	last = clk_ns(&c);
	for (unsigned int i = 0; i < STEPS; i++) {
		u64 now = clk_ns(&c);

		assert_true(now >= last);
		last = now;
	}
}

/* Holds however long this process is put aside between the two readings. */
static void agrees_with_the_system_clock_within_its_error(void **state __unused)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	struct clk c;
	u64 bound, before, between, after, start;

	clk_init(&c, false);
	start = clk_system_ns();
	nanosleep(&pause, NULL);
	before = clk_system_ns();
	between = clk_ns(&c);
	after = clk_system_ns();
	/* of the time since the clock's base, 1 s at most, and of the base itself */
	assert_true(after - start < 60 * NSEC_PER_SEC);
	bound = (after - c.base_ns) / 1000 * clk_error_ppb(&c) / 1000000 + 20000;
	if (!c.mult)
		bound = 0;
	assert_true(between + bound >= before);
	assert_true(between <= after + bound);
}

static void states_an_error_when_it_scales_the_tsc(void **state __unused)
{
	struct clk c;

	clk_init(&c, false);
	if (!c.mult)
		skip_because("the clock is read from the kernel here");
	assert_string_equal(clk_name(&c), "tsc");
	assert_in_range(clk_error_ppb(&c), 1, 100000);
}

static void scaling_does_not_overflow_after_a_year(void **state __unused)
{
#ifdef __x86_64__
	const u64 year = 365ULL * 86400 * NSEC_PER_SEC;
	struct clk c = { .mult = 1ULL << 31 };	/* 2 GHz */
	u64 now = __builtin_ia32_rdtsc(), ns;

	c.base_ticks = now - 2 * year;	/* wraps: the difference is what counts */
	ns = clk_ns(&c);
	assert_in_range(ns, year, year + 3600 * NSEC_PER_SEC);
#else
	skip_because("no TSC");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forced_system_clock_is_monotonic_raw),
		cmocka_unit_test(the_clock_shared_with_bpf_is_monotonic),
		cmocka_unit_test(time_never_goes_back),
		cmocka_unit_test(agrees_with_the_system_clock_within_its_error),
		cmocka_unit_test(states_an_error_when_it_scales_the_tsc),
		cmocka_unit_test(scaling_does_not_overflow_after_a_year),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
