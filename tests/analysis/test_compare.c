// SPDX-License-Identifier: GPL-2.0-or-later
/* test_compare.c - verdicts: same, regression, improvement, noisy, missing, other machine. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/compare.h"
#include "analysis/compare_kernel.h"
#include "tests/analysis/fixture.c"

static char dir_a[PATH_MAX], dir_b[PATH_MAX];
static struct res_dir *a, *b;
static struct compare *cmp;
static const struct compare_opts opts = { .threshold = 0.02 };
static const char *const two_rulesets[] = { "forward", "full", NULL };

static void make(const struct fixture *fa, const struct fixture *fb)
{
	fixture_make(fa, dir_a);
	fixture_make(fb, dir_b);
}

static void compare(const struct compare_opts *o)
{
	struct err err;

	if (res_load(dir_a, &a, &err) || res_load(dir_b, &b, &err) ||
	    compare_make(a, b, o, &cmp, &err))
		fail_msg("%s", err.text);
}

static int clean(void **state __unused)
{
	compare_free(cmp);
	res_unload(a);
	res_unload(b);
	cmp = NULL;
	a = b = NULL;
	fixture_remove(dir_a);
	fixture_remove(dir_b);
	return 0;
}

static const struct compare_row *row_of(const char *ruleset, enum res_measure m)
{
	char name[64];
	unsigned int i;

	snprintf(name, sizeof(name), "dut.ruleset=%s", ruleset);
	for (i = 0; i < cmp->nrows; i++)
		if (cmp->row[i].measure == m && !strcmp(cmp->row[i].name, name))
			return &cmp->row[i];
	fail_msg("no row for %s", name);
	return NULL;
}

/* Two directories with one speed factor; every figure must get the verdict. */
static void verdict_table(void **state __unused)
{
	static const struct {
		const char *what;
		double speed, spread, width;
		unsigned int trials;
		enum compare_verdict mrr, ndr;
		enum compare_outcome outcome;
	} rows[] = {
		{ "same", 1, 0.002, 0.005, 10, COMPARE_SAME, COMPARE_SAME, COMPARE_PASS },
		{ "1 % slower", 0.99, 0.002, 0.002, 10, COMPARE_SAME, COMPARE_SAME, COMPARE_PASS },
		{ "5 % slower", 0.95, 0.002, 0.005, 10, COMPARE_REGRESSION, COMPARE_REGRESSION, COMPARE_FAIL },
		{ "5 % faster", 1.05, 0.002, 0.005, 10, COMPARE_IMPROVEMENT, COMPARE_IMPROVEMENT, COMPARE_PASS },
		{ "half", 0.5, 0.05, 0.05, 10, COMPARE_REGRESSION, COMPARE_REGRESSION, COMPARE_FAIL },
		{ "5 % slower, wide trials", 0.95, 0.15, 0.005, 4, COMPARE_NOISY, COMPARE_NOISY, COMPARE_PASS },
		{ "same, wide trials", 1, 0.15, 0.005, 4, COMPARE_NOISY, COMPARE_NOISY, COMPARE_PASS },
		{ "5 % slower, wide bounds", 0.95, 0.002, 0.1, 10, COMPARE_REGRESSION, COMPARE_NOISY, COMPARE_FAIL },
		{ "5 % slower, three trials", 0.95, 0.002, 0.005, 3, COMPARE_REGRESSION, COMPARE_REGRESSION, COMPARE_FAIL },
		{ "one trial", 0.95, 0.002, 0.005, 1, COMPARE_NOISY, COMPARE_REGRESSION, COMPARE_FAIL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct fixture fa = { .rulesets = two_rulesets, .spread = rows[i].spread,
					    .width = rows[i].width, .mrr_trials = rows[i].trials };
		struct fixture fb = fa;

		fb.speed = rows[i].speed;
		make(&fa, &fb);
		compare(&opts);
		if (row_of("full", RES_MRR)->verdict != rows[i].mrr)
			fail_msg("%s: mrr: %s", rows[i].what,
				 compare_verdict_name(row_of("full", RES_MRR)->verdict));
		if (row_of("full", RES_NDR)->verdict != rows[i].ndr)
			fail_msg("%s: ndr: %s", rows[i].what,
				 compare_verdict_name(row_of("full", RES_NDR)->verdict));
		assert_int_equal(compare_outcome(cmp), rows[i].outcome);
		clean(NULL);
	}
}

static void noise_states_the_smallest_detectable_change(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets, .spread = 0.1, .mrr_trials = 4 };
	const struct compare_row *row;

	make(&f, &f);
	compare(&opts);
	row = row_of("full", RES_MRR);
	assert_true(row->detectable > 0.02 && row->detectable < 0.5);
	assert_non_null(strstr(row->why, "could show a change of"));
	assert_int_equal(row->na, 4);
}

static void threshold_decides_what_counts(void **state __unused)
{
	const struct compare_opts wide = { .threshold = 0.1 };
	const struct fixture fa = { .rulesets = two_rulesets, .spread = 0.002 };
	struct fixture fb = fa;

	fb.speed = 0.95;
	make(&fa, &fb);
	compare(&wide);
	assert_int_equal(row_of("full", RES_MRR)->verdict, COMPARE_SAME);
	assert_int_equal(compare_outcome(cmp), COMPARE_PASS);
}

static void points_missing_in_b_make_it_incomplete(void **state __unused)
{
	const struct fixture fa = { .rulesets = two_rulesets };
	struct fixture fb = fa;

	fb.done = 1;
	make(&fa, &fb);
	compare(&opts);
	assert_int_equal(row_of("forward", RES_NDR)->verdict, COMPARE_SAME);
	assert_int_equal(row_of("full", RES_NDR)->verdict, COMPARE_MISSING);
	assert_int_equal(compare_outcome(cmp), COMPARE_INCOMPLETE);
}

static void runs_without_a_figure_do_not_pass(void **state __unused)
{
	static const char *const keys[] = { "mrr_pps", "ndr_pps", "pdr_pps" };
	static const char *const one[] = { "full", NULL };
	const struct fixture f = { .rulesets = one };
	char path[64];
	unsigned int i;

	make(&f, &f);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		snprintf(path, sizeof(path), "points/0/%s", keys[i]);
		fixture_set(dir_a, "summary.json", path, json_null());
		fixture_set(dir_b, "summary.json", path, json_null());
	}
	compare(&opts);
	assert_int_equal(cmp->nrows, 0);
	assert_int_equal(compare_outcome(cmp), COMPARE_INCOMPLETE);
}

static void points_only_in_b_do_no_harm(void **state __unused)
{
	static const char *const three[] = { "forward", "full", "nat", NULL };
	const struct fixture fa = { .rulesets = two_rulesets }, fb = { .rulesets = three };

	make(&fa, &fb);
	compare(&opts);
	assert_int_equal(row_of("nat", RES_NDR)->verdict, COMPARE_NEW);
	assert_int_equal(compare_outcome(cmp), COMPARE_PASS);
}

static void different_scenarios_are_refused(void **state __unused)
{
	static const char *const other[] = { "nat", NULL };
	const struct fixture fa = { .rulesets = two_rulesets }, fb = { .rulesets = other };
	struct err err;

	make(&fa, &fb);
	assert_int_equal(res_load(dir_a, &a, &err), 0);
	assert_int_equal(res_load(dir_b, &b, &err), 0);
	assert_int_equal(compare_make(a, b, &opts, &cmp, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no point in common"));
}

static void make_slower_on_other_cpu(void)
{
	const struct fixture fa = { .rulesets = two_rulesets };
	struct fixture fb = fa;

	fb.speed = 0.9;
	make(&fa, &fb);
	fixture_set(dir_b, "environment.json", "stable/cpu_model", json_string("Other CPU"));
}

static void other_machine_is_no_regression(void **state __unused)
{
	make_slower_on_other_cpu();
	compare(&opts);
	assert_true(cmp->foreign);
	assert_int_equal(row_of("full", RES_NDR)->verdict, COMPARE_CHANGED);
	assert_int_equal(compare_outcome(cmp), COMPARE_FOREIGN);
	assert_int_equal(cmp->nenv, 1);
	assert_string_equal(cmp->env[0].key, "cpu_model");
	assert_string_equal(cmp->env[0].b, "Other CPU");
}

static void force_judges_on_another_machine(void **state __unused)
{
	const struct compare_opts force = { .threshold = 0.02, .force = true };

	make_slower_on_other_cpu();
	compare(&force);
	assert_int_equal(row_of("full", RES_NDR)->verdict, COMPARE_REGRESSION);
	assert_int_equal(compare_outcome(cmp), COMPARE_FAIL);
}

static void set_flags(const char *dir, const char *flag)
{
	fixture_set(dir, "summary.json", "points/0/flags", json_pack("[s]", flag));
	fixture_set(dir, "summary.json", "points/1/flags", json_pack("[s]", flag));
}

static void counted_instructions_are_judged_on_any_machine(void **state __unused)
{
	make_slower_on_other_cpu();
	set_flags(dir_a, "instructions");
	set_flags(dir_b, "instructions");
	compare(&opts);
	assert_false(cmp->foreign);
	assert_int_equal(cmp->nenv, 1);
	assert_int_equal(row_of("full", RES_NDR)->verdict, COMPARE_REGRESSION);
}

static void instructions_are_not_compared_with_time(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };

	make(&f, &f);
	set_flags(dir_a, "instructions");
	set_flags(dir_b, "quick-preset");
	compare(&opts);
	assert_true(cmp->foreign);
	assert_string_equal(cmp->env[0].key, "clock");
}

static void other_kernel_may_be_what_is_compared(void **state __unused)
{
	const struct fixture fa = { .rulesets = two_rulesets };
	struct fixture fb = fa;

	fb.speed = 0.9;
	make(&fa, &fb);
	fixture_set(dir_b, "environment.json", "stable/kernel_release", json_string("6.12"));
	fixture_set(dir_b, "environment.json", "stable/rulesets/full.v4", json_string("ffff"));
	compare(&opts);
	assert_false(cmp->foreign);
	assert_int_equal(cmp->nenv, 2);
	assert_string_equal(cmp->env[1].key, "rulesets.full.v4");
	assert_int_equal(row_of("full", RES_NDR)->verdict, COMPARE_REGRESSION);
}

static void other_firmware_of_a_port_is_no_regression(void **state __unused)
{
	make_slower_on_other_cpu();
	fixture_set(dir_b, "environment.json", "stable/cpu_model", json_string("Example CPU 3000"));
	fixture_set(dir_a, "environment.json", "stable/interfaces",
		    json_pack("{s:{s:{s:s}}}", "eth1", "driver", "firmware", "1.0"));
	fixture_set(dir_b, "environment.json", "stable/interfaces",
		    json_pack("{s:{s:{s:s}}}", "eth1", "driver", "firmware", "2.0"));
	compare(&opts);
	assert_int_equal(cmp->count[COMPARE_REGRESSION], 0);
	assert_int_equal(compare_outcome(cmp), COMPARE_FOREIGN);
	assert_int_equal(cmp->nenv, 1);
	assert_string_equal(cmp->env[0].key, "interfaces.eth1.driver.firmware");
}

static void other_sysctl_of_the_dut_may_be_what_is_compared(void **state __unused)
{
	make_slower_on_other_cpu();
	fixture_set(dir_b, "environment.json", "stable/cpu_model", json_string("Example CPU 3000"));
	fixture_set(dir_a, "environment.json", "stable/dut_sysctls",
		    json_pack("{s:s}", "net.netfilter.nf_conntrack_acct", "0"));
	fixture_set(dir_b, "environment.json", "stable/dut_sysctls",
		    json_pack("{s:s}", "net.netfilter.nf_conntrack_acct", "1"));
	compare(&opts);
	assert_false(cmp->foreign);
	assert_true(cmp->env[0].tested);
	assert_int_equal(compare_outcome(cmp), COMPARE_FAIL);
}

static void value_in_one_environment_only_is_a_difference(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };

	make(&f, &f);
	fixture_set(dir_b, "environment.json", "stable/turbo", json_string("off"));
	compare(&opts);
	assert_int_equal(cmp->nenv, 1);
	assert_string_equal(cmp->env[0].a, "missing");
	assert_true(cmp->foreign);
}

static void unknown_environment_gives_no_verdict(void **state __unused)
{
	const struct fixture fa = { .rulesets = two_rulesets };
	char path[PATH_MAX + 20];
	struct fixture fb = fa;

	fb.speed = 0.9;
	make(&fa, &fb);
	snprintf(path, sizeof(path), "%s/environment.json", dir_b);
	unlink(path);
	compare(&opts);
	assert_int_equal(compare_outcome(cmp), COMPARE_FOREIGN);
}

static void search_without_upper_bound_is_too_noisy(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };
	const struct compare_row *row;

	make(&f, &f);
	fixture_set(dir_a, "summary.json", "points/1/ndr_upper_pps", json_null());
	compare(&opts);
	row = row_of("full", RES_NDR);
	assert_int_equal(row->verdict, COMPARE_NOISY);
	assert_string_equal(row->why, "a search found no upper bound");
}

static void source_bound_figure_says_so(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };

	make(&f, &f);
	fixture_set(dir_a, "summary.json", "points/0/flags", json_pack("[s]", "source-bound"));
	fixture_set(dir_a, "summary.json", "points/0/selftest_pps", json_real(12.1e6));
	compare(&opts);
	assert_string_equal(row_of("forward", RES_NDR)->why,
			    "source-bound in A: the tester was the limit");
}

static void order_of_parameters_does_not_matter(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets, .families = true };

	make(&f, &f);
	fixture_set(dir_b, "summary.json", "points/0/parameters",
		    json_pack("{s:s,s:s}", "streams.users.family", "ipv4", "dut.ruleset", "forward"));
	compare(&opts);
	assert_int_equal(cmp->count[COMPARE_MISSING], 0);
	assert_int_equal(cmp->count[COMPARE_NEW], 0);
}

static void text_has_environment_first_then_figures_then_the_sum(void **state __unused)
{
	char *text = NULL, *env, *figure, *sum;
	enum compare_outcome outcome;
	size_t size = 0;
	struct err err;
	FILE *out;

	make_slower_on_other_cpu();
	out = open_memstream(&text, &size);
	assert_int_equal(compare_dirs(dir_a, dir_b, &opts, false, out, &outcome, &err), 0);
	fclose(out);
	env = strstr(text, "! cpu_model: Example CPU 3000 -> Other CPU");
	figure = strstr(text, "changed, but so did the machine");
	sum = strstr(text, "6 changed, but so did the machine (of 6 figures; threshold 2 %).");
	assert_true(env && figure && sum && env < figure && figure < sum);
	free(text);
}

static void json_has_a_row_for_each_figure(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };
	enum compare_outcome outcome;
	char *text = NULL;
	size_t size = 0;
	struct err err;
	json_t *json;
	FILE *out;

	make(&f, &f);
	out = open_memstream(&text, &size);
	assert_int_equal(compare_dirs(dir_a, dir_b, &opts, true, out, &outcome, &err), 0);
	fclose(out);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	assert_int_equal(json_array_size(json_object_get(json, "figures")), 6);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "count"),
							    "no-change")), 6);
	json_decref(json);
	free(text);
}

static void error_of_either_directory_is_passed_up(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };
	enum compare_outcome outcome;
	struct err err;

	make(&f, &f);
	fixture_set(dir_b, "summary.json", "points/0/name", json_true());
	assert_int_equal(compare_dirs(dir_a, dir_b, &opts, false, stderr, &outcome, &err), -EINVAL);
	assert_non_null(strstr(err.text, "points[0].name"));
	assert_int_equal(compare_dirs("/nonexistent", dir_b, &opts, false, stderr, &outcome, &err),
			 -ENOENT);
}

#define pair(f) cmocka_unit_test_teardown(f, clean)

/* All points of @dir on a kernel with this config. */
static void on_kernel(const char *dir, unsigned int points, const char *name, const char *id, const char *config)
{
	char path[64], command[PATH_MAX + 32];

	for (unsigned int i = 0; i < points; i++) {
		snprintf(path, sizeof(path), "points/%u/setup", i);
		fixture_set(dir, "summary.json", path,
			    json_pack("{s:{s:s,s:s,s:s}}", "vm", "kernel", name, "id", id, "release", "6.1.9"));
	}
	if (!config)
		return;
	snprintf(command, sizeof(command), "mkdir -p %s/kernels", dir);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "kernels/%s.config", id);
	fixture_write(dir, path, config);
}

static const char *printed(void)
{
	static char text[16384];
	FILE *out = fmemopen(text, sizeof(text), "w");

	compare_print(cmp, out);
	fclose(out);
	return text;
}

static void options_that_differ_between_kernels_are_told(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };
	json_t *json, *kernels;
	const char *text;

	make(&f, &f);
	on_kernel(dir_a, 2, "fwd", "00000000000000aa", "CONFIG_NET=y\n");
	on_kernel(dir_b, 2, "nat", "00000000000000bb", "CONFIG_NET=y\nCONFIG_NF_NAT=m\n");
	compare(&opts);
	text = printed();
	assert_non_null(strstr(text, "Kernels fwd (6.1.9) -> nat (6.1.9): 1 options differ\n"));
	assert_non_null(strstr(text, "n -> m\n"));
	/* both points had this pair: once is enough */
	assert_null(strstr(strstr(text, "Kernels fwd") + 1, "Kernels fwd"));
	json = compare_json(cmp);
	kernels = json_object_get(json, "kernels");
	assert_int_equal(json_array_size(kernels), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(kernels, 0), "differ")), 1);
	json_decref(json);
}

static void the_same_kernel_is_not_told(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };
	const char *text;

	make(&f, &f);
	on_kernel(dir_a, 2, "fwd", "00000000000000aa", "CONFIG_NET=y\n");
	on_kernel(dir_b, 2, "fwd", "00000000000000aa", "CONFIG_NET=y\n");
	compare(&opts);
	text = printed();
	assert_null(strstr(text, "Kernels "));
}

static void a_config_that_is_not_there_is_said(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };
	const char *text;

	make(&f, &f);
	on_kernel(dir_a, 2, "fwd", "00000000000000aa", "CONFIG_NET=y\n");
	on_kernel(dir_b, 2, "nat", "../etc", NULL);
	compare(&opts);
	text = printed();
	assert_non_null(strstr(text, "how their configs differ can't be told: the id of kernel nat is none"));
}

static void kernels_of_one_run_are_told_against_its_first(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };
	json_t *json = json_array();

	make(&f, &f);
	on_kernel(dir_a, 2, "nat", "00000000000000bb", "CONFIG_NET=y\nCONFIG_NF_NAT=m\n");
	on_kernel(dir_a, 1, "fwd", "00000000000000aa", "CONFIG_NET=y\n");
	compare(&opts);
	compare_kernel_run(a, NULL, json);
	assert_int_equal(json_array_size(json), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "a")), "fwd");
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "b")), "nat");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdict_table),
		pair(noise_states_the_smallest_detectable_change),
		pair(threshold_decides_what_counts),
		pair(points_missing_in_b_make_it_incomplete),
		pair(runs_without_a_figure_do_not_pass),
		pair(points_only_in_b_do_no_harm),
		pair(different_scenarios_are_refused),
		pair(other_machine_is_no_regression),
		pair(force_judges_on_another_machine),
		pair(counted_instructions_are_judged_on_any_machine),
		pair(instructions_are_not_compared_with_time),
		pair(other_kernel_may_be_what_is_compared),
		pair(other_firmware_of_a_port_is_no_regression),
		pair(other_sysctl_of_the_dut_may_be_what_is_compared),
		pair(value_in_one_environment_only_is_a_difference),
		pair(unknown_environment_gives_no_verdict),
		pair(search_without_upper_bound_is_too_noisy),
		pair(source_bound_figure_says_so),
		pair(order_of_parameters_does_not_matter),
		pair(text_has_environment_first_then_figures_then_the_sum),
		pair(json_has_a_row_for_each_figure),
		pair(error_of_either_directory_is_passed_up),
		pair(options_that_differ_between_kernels_are_told),
		pair(the_same_kernel_is_not_told),
		pair(a_config_that_is_not_there_is_said),
		pair(kernels_of_one_run_are_told_against_its_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
