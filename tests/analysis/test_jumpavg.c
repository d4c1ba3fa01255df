// SPDX-License-Identifier: GPL-2.0-or-later
/* test_jumpavg.c - the cost of groups against worked examples, and the choice between one and two. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/jumpavg.h"

#define close_to(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void one_value_costs_count_and_average(void **state __unused)
{
	const double v[] = { 100 };

	close_to(jumpavg_bits(v, 1, -1), 14);	/* log2(1 * 2) + log2(8192) */
}

static void later_group_costs_distance_from_the_one_before(void **state __unused)
{
	const double v[] = { 8191 };

	close_to(jumpavg_bits(v, 1, 4000), 12.967712969477374);
}

static void several_values_cost_their_spread(void **state __unused)
{
	const double v[] = { 8000, 8191, 8100 };

	close_to(jumpavg_bits(v, 3, -1), 38.95848651183566);
	close_to(jumpavg_bits(v, 3, 7000), 40.44574217571687);
}

static void equal_values_cost_little(void **state __unused)
{
	const double v[] = { 5000, 5000, 5000, 5000 };

	close_to(jumpavg_bits(v, 4, -1), 23.973248124873237);
}

static void clear_step_is_two_groups(void **state __unused)
{
	const double a[] = { 8000, 8010, 8020, 8005, 8191 };
	const double b[] = { 7000, 7010, 7020, 7005, 7030 };
	double saved;

	assert_true(jumpavg_differ(a, 5, b, 5, &saved));
	close_to(saved, 25.869997612958144);
}

static void same_spread_is_one_group(void **state __unused)
{
	const double a[] = { 8000, 8100, 8191, 7900 }, b[] = { 8010, 8090, 8150, 7950 };
	double saved;

	assert_false(jumpavg_differ(a, 4, b, 4, &saved));
	close_to(saved, -22.63998796549039);
}

static void unit_of_the_values_does_not_matter(void **state __unused)
{
	const double a[] = { 8000e3, 8010e3, 8020e3, 8005e3, 8191e3 };
	const double b[] = { 7000e3, 7010e3, 7020e3, 7005e3, 7030e3 };
	double saved;

	assert_true(jumpavg_differ(a, 5, b, 5, &saved));
	close_to(saved, 25.869997612958144);
}

static void all_zero_is_one_group(void **state __unused)
{
	const double v[] = { 0, 0, 0 };

	assert_false(jumpavg_differ(v, 3, v, 3, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_value_costs_count_and_average),
		cmocka_unit_test(later_group_costs_distance_from_the_one_before),
		cmocka_unit_test(several_values_cost_their_spread),
		cmocka_unit_test(equal_values_cost_little),
		cmocka_unit_test(clear_step_is_two_groups),
		cmocka_unit_test(same_spread_is_one_group),
		cmocka_unit_test(unit_of_the_values_does_not_matter),
		cmocka_unit_test(all_zero_is_one_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
