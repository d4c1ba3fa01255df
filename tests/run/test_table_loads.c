// SPDX-License-Identifier: GPL-2.0-or-later
/* test_table_loads.c - columns of the table: fixed loads, and what figures are in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/table.h"
#include "run/table_loads.h"

static json_t *sample(const char *phase, double load, double loss)
{
	return json_pack("{s:s,s:f,s:f}", "phase", phase, "load_pps", load, "loss_ratio", loss);
}

/* One point with two trials at 20 kpps, and trials of another goal. */
static json_t *one_stream(void)
{
	return json_pack("{s:[{}],s:[o,o,o,o]}", "streams", "samples", sample("mrr", 5e6, 0.5),
			 sample("fixed", 40e3, 0), sample("fixed", 20e3, 0.01),
			 sample("fixed", 20e3, 0.03));
}

static void loads_are_those_of_the_goal_ascending(void **state)
{
	json_t *points = json_pack("[o,o]", one_stream(),
				   json_pack("{s:[o]}", "samples", sample("fixed", 30e3, 0)));
	double loads[TABLE_LOADS_MAX];

	(void)state;
	assert_int_equal(table_loads(points, 0, 2, loads), 3);
	assert_true(loads[0] == 20e3 && loads[1] == 30e3 && loads[2] == 40e3);
	assert_int_equal(table_loads(points, 1, 1, loads), 1);
	json_decref(points);
}

static void of_many_loads_the_ends_are_shown(void **state)
{
	json_t *samples = json_array(), *points;
	double loads[TABLE_LOADS_MAX];
	unsigned int i;

	(void)state;
	for (i = 1; i <= 100; i++)
		json_array_append_new(samples, sample("fixed", 1e3 * i, 0));
	points = json_pack("[{s:o}]", "samples", samples);
	assert_int_equal(table_loads(points, 0, 1, loads), TABLE_LOADS_MAX);
	assert_true(loads[0] == 1e3);
	for (i = 1; i < TABLE_LOADS_MAX; i++)
		assert_true(loads[i] > loads[i - 1]);
	json_decref(points);
}

static void a_cell_is_the_mean_of_the_trials(void **state)
{
	json_t *p = one_stream();
	char text[32];

	(void)state;
	table_load_heading(p, 20e3, text, sizeof(text));
	assert_string_equal(text, "loss 20kpps");
	table_load_cell(p, 20e3, text, sizeof(text));
	assert_string_equal(text, "2.0 %");
	table_load_cell(p, 40e3, text, sizeof(text));
	assert_string_equal(text, "0 %");
	table_load_cell(p, 50e3, text, sizeof(text));
	assert_string_equal(text, "-");
	json_decref(p);
}

static void of_several_streams_the_first_one_counts(void **state)
{
	json_t *p = json_pack("{s:[{s:s},{s:s}],s:[{s:s,s:f,s:f,s:[{s:f,s:f},{s:f,s:f}]}]}",
			      "streams", "name", "users", "name", "flood", "samples", "phase",
			      "fixed", "load_pps", 1e5, "loss_ratio", 0.5, "streams", "offered_pps",
			      5e4, "forwarding_pps", 4e4, "offered_pps", 5e4, "forwarding_pps", 1e4);
	char text[32];

	(void)state;
	table_load_heading(p, 1e5, text, sizeof(text));
	assert_string_equal(text, "users at 100kpps");
	table_load_cell(p, 1e5, text, sizeof(text));
	assert_string_equal(text, "80.0 %");
	json_decref(p);
}

/* The table of two points, the second with @flag; free it. */
static char *table_of(const char *flag)
{
	json_t *summary = json_pack("{s:[{s:s,s:{s:s},s:s,s:f,s:f,s:s,s:[s]},{s:s,s:{s:s},s:s,s:f,s:f,s:s,s:[s]}]}",
		"points", "name", "a", "parameters", "dut.ruleset", "forward", "status", "done",
		"mrr_pps", 2e6, "ns_per_packet", 500.0, "ns_per_packet_of", "mrr", "flags",
		"instructions", "name", "b", "parameters", "dut.ruleset", "full", "status", "done",
		"mrr_pps", 1e6, "ns_per_packet", 1000.0, "ns_per_packet_of", "mrr", "flags", flag);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	table_print(summary, out);
	fclose(out);
	json_decref(summary);
	return text;
}

static void of_a_clock_of_instructions_nothing_is_called_a_speed(void **state)
{
	char *text = table_of("instructions");

	(void)state;
	assert_non_null(strstr(text, "MRR p/Minstr  instr/packet"));
	assert_non_null(strstr(text, "-50.0 % +500.0 instr"));
	assert_null(strstr(text, "kpps"));
	free(text);
}

static void one_point_in_time_makes_a_table_in_time(void **state)
{
	char *text = table_of("shared-dut");

	(void)state;
	assert_non_null(strstr(text, "MRR kpps  ns/packet"));
	assert_non_null(strstr(text, "instructions (1 of 2)"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_are_those_of_the_goal_ascending),
		cmocka_unit_test(of_many_loads_the_ends_are_shown),
		cmocka_unit_test(a_cell_is_the_mean_of_the_trials),
		cmocka_unit_test(of_a_clock_of_instructions_nothing_is_called_a_speed),
		cmocka_unit_test(one_point_in_time_makes_a_table_in_time),
		cmocka_unit_test(of_several_streams_the_first_one_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
