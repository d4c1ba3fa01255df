// SPDX-License-Identifier: GPL-2.0-or-later
/* test_results.c - reading results directories: whole, unfinished, cut off, corrupted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/results_read.h"
#include "tests/analysis/fixture.c"

static char dir[PATH_MAX];

static int make(void **state __unused)
{
	const struct fixture f = { .families = true, .latency_goal = true };

	fixture_make(&f, dir);
	return 0;
}

static int clean(void **state __unused)
{
	fixture_remove(dir);
	return 0;
}

/* Opening must fail with @code and a sentence that has @file and @key in it. */
static void fails_with(int code, const char *file, const char *key)
{
	struct res_dir *r = NULL;
	struct err err = { 0 };

	assert_int_equal(res_load(dir, &r, &err), code);
	assert_int_equal(err.code, code);
	assert_null(r);
	if (!strstr(err.text, file) || !strstr(err.text, key))
		fail_msg("no \"%s\" and \"%s\" in: %s", file, key, err.text);
}

static struct res_dir *open_it(void)
{
	struct res_dir *r;
	struct err err = { 0 };

	if (res_load(dir, &r, &err))
		fail_msg("%s", err.text);
	return r;
}

static void whole_run_is_read(void **state __unused)
{
	struct res_dir *r = open_it();

	assert_string_equal(r->name, "quickstart");
	assert_int_equal(r->npoints, 12);
	assert_int_equal(r->ntrials, 36);
	assert_true(r->complete);
	assert_string_equal(res_param_value(&r->point[1], "streams.users.family"), "ipv6");
	assert_null(res_param_value(&r->point[1], "nothing"));
	assert_true(r->point[0].figure[RES_NDR].has);
	assert_false(r->point[0].figure[RES_THROUGHPUT].has);
	assert_true(isnan(r->point[0].figure[RES_THROUGHPUT].lower));
	assert_int_equal(r->point[0].nlatency, 3);
	assert_true(res_has_flag(&r->point[0], "shared-cpu"));
	assert_false(res_has_flag(&r->point[0], "failed"));
	assert_string_equal(r->trial[2].phase, "search");
	res_unload(r);
}

static void slash_at_the_end_of_the_path_is_dropped(void **state __unused)
{
	struct res_dir *r;
	struct err err;

	strcat(dir, "//");
	assert_int_equal(res_load(dir, &r, &err), 0);
	dir[strlen(dir) - 2] = '\0';
	assert_string_equal(r->dir, dir);
	res_unload(r);
}

static void unfinished_run_is_read(void **state __unused)
{
	struct res_dir *r;

	fixture_set(dir, "summary.json", "finished", json_null());
	fixture_set(dir, "summary.json", "complete", json_false());
	r = open_it();
	assert_null(r->finished);
	assert_false(r->complete);
	res_unload(r);
}

static void run_without_trials_environment_and_scenario_is_read(void **state __unused)
{
	static const char *const files[] = { "trials.jsonl", "environment.json", "scenario.yaml" };
	char path[PATH_MAX + 20];
	struct res_dir *r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		assert_int_equal(unlink(path), 0);
	}
	r = open_it();
	assert_int_equal(r->ntrials, 0);
	assert_null(r->environment);
	assert_null(r->scenario);
	res_unload(r);
}

static void cut_off_last_trial_is_no_record(void **state __unused)
{
	char *text = fixture_read(dir, "trials.jsonl");
	struct res_dir *r;

	text[strlen(text) - 20] = '\0';
	fixture_write(dir, "trials.jsonl", text);
	free(text);
	r = open_it();
	assert_int_equal(r->ntrials, 35);
	assert_true(r->torn);
	res_unload(r);
}

static void directory_without_summary_is_named(void **state __unused)
{
	char path[PATH_MAX + 20];

	snprintf(path, sizeof(path), "%s/summary.json", dir);
	unlink(path);
	fails_with(-ENOENT, "summary.json", "results directory");
}

static void broken_json_has_file_and_line(void **state __unused)
{
	fixture_write(dir, "summary.json", "{\n\"schema\": \"kpps-summary-1\",\n\"name\" 7 }\n");
	fails_with(-EINVAL, "summary.json:3", "");
}

static void empty_summary_is_an_error(void **state __unused)
{
	fixture_write(dir, "summary.json", "");
	fails_with(-EINVAL, "summary.json", "");
}

static void other_schema_is_refused(void **state __unused)
{
	fixture_set(dir, "summary.json", "schema", json_string("kpps-summary-2"));
	fails_with(-EINVAL, "summary.json", "kpps-summary-2");
}

static void array_instead_of_object_is_an_error(void **state __unused)
{
	fixture_write(dir, "summary.json", "[]");
	fails_with(-EINVAL, "summary.json", "object");
}

/* Each value of the wrong type, each key that is missing, is named with its place. */
static void wrong_values_are_named(void **state __unused)
{
	static const struct {
		const char *path, *key;
	} rows[] = {
		{ "points/3/mrr_pps", "points[3].mrr_pps: expected a number or null, found a boolean" },
		{ "points/0/name", "points[0].name: expected a string, found a boolean" },
		{ "points/0/parameters", "points[0].parameters" },
		{ "points/0/parameters/dut.ruleset", "points[0].parameters.dut.ruleset" },
		{ "points/0/samples/2/load_pps", "points[0].samples[2].load_pps" },
		{ "points/0/latency/1/histogram/buckets", "points[0].latency[1].histogram.buckets" },
		{ "points/0/latency/1/histogram/buckets/0", "points[0].latency[1].histogram.buckets" },
		{ "points/0/goals/1/width", "points[0].goals[1].width" },
		{ "points/0/streams/0/size", "points[0].streams[0].size" },
		{ "points/0/flags", "points[0].flags" },
		{ "points/0/flags/0", "points[0].flags" },
		{ "points/0/trials", "points[0].trials: expected an integer" },
		{ "points", "points: expected an array" },
		{ "selftest/pps", "selftest.pps" },
		{ "started", "started: expected a string" },
	};
	char *summary = fixture_read(dir, "summary.json");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fixture_write(dir, "summary.json", summary);
		fixture_set(dir, "summary.json", rows[i].path, json_true());
		fails_with(-EINVAL, "summary.json", rows[i].key);
	}
	free(summary);
}

static void missing_key_is_named(void **state __unused)
{
	fixture_set(dir, "summary.json", "points/2/ndr_pps", NULL);
	fails_with(-EINVAL, "summary.json", "points[2].ndr_pps: expected a number or null, found nothing");
}

static void broken_trial_has_its_line(void **state __unused)
{
	char *text = fixture_read(dir, "trials.jsonl"), *changed;

	assert_true(asprintf(&changed, "%s{\"point\":7}\n", text) > 0);
	fixture_write(dir, "trials.jsonl", changed);
	fails_with(-EINVAL, "trials.jsonl:37", "point: expected a string, found a number");
	free(changed);
	assert_true(asprintf(&changed, "not json\n%s", text) > 0);
	fixture_write(dir, "trials.jsonl", changed);
	fails_with(-EINVAL, "trials.jsonl:1", "");
	free(changed);
	free(text);
}

static void broken_environment_is_named(void **state __unused)
{
	fixture_set(dir, "environment.json", "stable", json_string("x"));
	fails_with(-EINVAL, "environment.json", "stable: expected an object");
}

static void profile_of_a_point_is_read(void **state __unused)
{
	const struct fixture f = { .profile = true };
	const struct res_profile *p;
	char with[PATH_MAX];
	struct res_dir *r;
	struct err err;

	fixture_make(&f, with);
	if (res_load(with, &r, &err))
		fail_msg("%s", err.text);
	p = r->point[0].profile;
	assert_non_null(p);
	assert_string_equal(p->event, "cpu-clock");
	assert_true(p->samples == 1951 && p->lost == 0 && isnan(p->cycles_per_packet));
	assert_int_equal(p->ngroups, 9);
	assert_string_equal(p->group[3].name, "conntrack");
	assert_string_equal(p->group[3].top[0].symbol, "nf_conntrack_in");
	res_unload(r);
	fixture_remove(with);
}

static void points_without_a_profile_have_none(void **state __unused)
{
	struct res_dir *r;

	fixture_set(dir, "summary.json", "points/1/profile", NULL);	/* as in older runs */
	assert_int_equal(res_load(dir, &r, NULL), 0);
	assert_null(r->point[0].profile);
	assert_null(r->point[1].profile);
	res_unload(r);
}

static void broken_profile_is_named(void **state __unused)
{
	fixture_set(dir, "summary.json", "points/2/profile", json_string("x"));
	fails_with(-EINVAL, "summary.json", "points[2].profile: expected an object or null");
	fixture_set(dir, "summary.json", "points/2/profile",
		    json_pack("{s:s,s:i,s:i,s:i,s:i,s:n,s:n,s:n,s:[{s:s,s:f,s:[]}]}", "event", "cycles",
			      "samples", 1, "lost", 0, "seconds", 1, "idle_ratio", 0,
			      "cycles_per_packet", "instructions_per_packet", "why_no_counters",
			      "groups", "name", "IP", "share", 1.5, "top"));
	fails_with(-EINVAL, "summary.json",
		   "points[2].profile.groups[0].share: expected a number from 0 to 1");
}

static void percentiles_come_from_the_buckets(void **state __unused)
{
	struct res_bucket b[] = { { 100, 50 }, { 200, 40 }, { 300, 10 } };
	const struct res_latency l = { .nbuckets = 3, .bucket = b }, none = { 0 };

	assert_true(res_percentile(&l, 50) == 100);
	assert_true(res_percentile(&l, 90) == 200);
	assert_true(res_percentile(&l, 99) == 300);
	assert_true(isnan(res_percentile(&none, 50)));
}

#define in_dir(f) cmocka_unit_test_setup_teardown(f, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_dir(whole_run_is_read),
		in_dir(slash_at_the_end_of_the_path_is_dropped),
		in_dir(unfinished_run_is_read),
		in_dir(run_without_trials_environment_and_scenario_is_read),
		in_dir(cut_off_last_trial_is_no_record),
		in_dir(directory_without_summary_is_named),
		in_dir(broken_json_has_file_and_line),
		in_dir(empty_summary_is_an_error),
		in_dir(other_schema_is_refused),
		in_dir(array_instead_of_object_is_an_error),
		in_dir(wrong_values_are_named),
		in_dir(missing_key_is_named),
		in_dir(broken_trial_has_its_line),
		in_dir(broken_environment_is_named),
		in_dir(profile_of_a_point_is_read),
		in_dir(points_without_a_profile_have_none),
		in_dir(broken_profile_is_named),
		cmocka_unit_test(percentiles_come_from_the_buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
