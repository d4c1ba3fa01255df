// SPDX-License-Identifier: GPL-2.0-or-later
/* test_rounds.c - several measurements of a point become one entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "lib/compiler.h"
#include "run/rounds.h"

/* A round with an MRR of one trial and an NDR with its bounds. */
static json_t *round_of(const char *status, double mrr, double ndr, const char *flag)
{
	return json_pack("{s:s,s:s,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:s,s:f,s:i,s:i,s:b,s:[s],s:[],s:[{s:s,s:f}]}",
			 "status", status, "why", strcmp(status, "done") ? "a reason" : "",
			 "mrr_pps", mrr, "mrr_min_pps", mrr - 1, "mrr_max_pps", mrr + 1,
			 "ndr_pps", ndr, "ndr_lower_pps", ndr, "ndr_upper_pps", ndr + 10,
			 "ns_per_packet", 1e9 / ndr, "ns_per_packet_of", "ndr", "seconds", 1.5,
			 "trials", 4, "invalid_trials", 1, "regular", 1, "flags", flag, "notes",
			 "samples", "phase", "mrr", "forwarding_pps", mrr);
}

static json_t *merged_of(json_t *a, json_t *b, json_t *c)
{
	json_t *rounds = json_array(), *one[] = { a, b, c }, *merged;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(one); i++)
		if (one[i])
			json_array_append_new(rounds, one[i]);
	merged = rounds_merge(rounds);
	assert_non_null(merged);
	json_decref(rounds);
	return merged;
}

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static void figures_are_medians_each_for_itself(void **state)
{
	json_t *m = merged_of(round_of("done", 300, 200, "x"), round_of("done", 100, 210, "x"),
			      round_of("done", 200, 190, "x"));

	(void)state;
	assert_true(number(m, "mrr_pps") == 200);
	assert_true(number(m, "ndr_pps") == 200);
	assert_true(number(m, "ns_per_packet") == 1e9 / 200);
	json_decref(m);
}

static void of_two_rounds_the_lower_was_measured(void **state)
{
	json_t *m = merged_of(round_of("done", 300, 200, "x"), round_of("done", 100, 210, "x"), NULL);

	(void)state;
	assert_true(number(m, "mrr_pps") == 100);
	assert_true(number(m, "ndr_pps") == 200);
	assert_true(number(m, "ns_per_packet") == 1e9 / 200);
	json_decref(m);
}

static void bounds_are_the_outermost(void **state)
{
	json_t *m = merged_of(round_of("done", 300, 200, "x"), round_of("done", 100, 210, "x"),
			      round_of("done", 200, 190, "x"));

	(void)state;
	assert_true(number(m, "mrr_min_pps") == 99);
	assert_true(number(m, "mrr_max_pps") == 301);
	assert_true(number(m, "ndr_lower_pps") == 190);
	assert_true(number(m, "ndr_upper_pps") == 220);
	json_decref(m);
}

static void a_bound_that_one_round_lacks_is_unknown(void **state)
{
	json_t *a = round_of("done", 1, 2, "x"), *m;

	(void)state;
	json_object_set_new(a, "ndr_upper_pps", json_null());
	m = merged_of(a, round_of("done", 1, 3, "x"), NULL);
	assert_true(json_is_null(json_object_get(m, "ndr_upper_pps")));
	assert_true(number(m, "ndr_lower_pps") == 2);
	json_decref(m);
}

static void the_deviation_is_that_of_all_trials(void **state)
{
	json_t *m = merged_of(round_of("done", 300, 2, "x"), round_of("done", 100, 2, "x"),
			      round_of("done", 200, 2, "x"));

	(void)state;
	assert_true(fabs(number(m, "mrr_stdev_pps") - 100) < 1e-6);
	assert_int_equal(json_array_size(json_object_get(m, "samples")), 3);
	json_decref(m);
}

static void counts_are_summed_and_flags_kept_once(void **state)
{
	json_t *m = merged_of(round_of("done", 3, 2, "a"), round_of("done", 1, 2, "b"),
			      round_of("done", 2, 2, "a"));

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(m, "trials")), 12);
	assert_int_equal(json_integer_value(json_object_get(m, "invalid_trials")), 3);
	assert_true(number(m, "seconds") == 4.5);
	assert_int_equal(json_array_size(json_object_get(m, "flags")), 2);
	json_decref(m);
}

static void a_failed_round_counts_for_no_figure_and_is_noted(void **state)
{
	json_t *m = merged_of(round_of("done", 300, 200, "x"), round_of("failed", 1, 1, "x"), NULL);
	const char *note = json_string_value(json_array_get(json_object_get(m, "notes"), 0));

	(void)state;
	assert_string_equal(json_string_value(json_object_get(m, "status")), "done");
	assert_true(number(m, "mrr_min_pps") == 299);
	assert_non_null(note);
	assert_non_null(strstr(note, "1 more ended early, the last one: a reason"));
	json_decref(m);
}

static void without_a_round_that_is_done_the_last_one_stands(void **state)
{
	json_t *m = merged_of(round_of("failed", 1, 1, "x"), round_of("failed", 2, 1, "x"), NULL);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(m, "status")), "failed");
	assert_true(number(m, "mrr_pps") == 2);
	json_decref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_medians_each_for_itself),
		cmocka_unit_test(of_two_rounds_the_lower_was_measured),
		cmocka_unit_test(bounds_are_the_outermost),
		cmocka_unit_test(a_bound_that_one_round_lacks_is_unknown),
		cmocka_unit_test(the_deviation_is_that_of_all_trials),
		cmocka_unit_test(counts_are_summed_and_flags_kept_once),
		cmocka_unit_test(a_failed_round_counts_for_no_figure_and_is_noted),
		cmocka_unit_test(without_a_round_that_is_done_the_last_one_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
