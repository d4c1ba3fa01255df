// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_trial.c - the measurer on a testbed double: invalid trials, replay of
 * recorded ones, the highest load; and the summary and table made of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/flags.h"
#include "run/results.h"
#include "run/summary.h"
#include "run/table.h"
#include "run/trial.h"

/* A testbed whose DUT carries @capacity and whose source keeps up to @source. */
struct double_testbed {
	struct testbed tb;
	double capacity, source, pipe;
	unsigned int trials;
	unsigned int invalid_from, invalid_to;	/* trial numbers, from 1 */
	int break_at;				/* trial number that returns -EIO */
	double stall_s;				/* in which the source's CPU is away, in each trial */
	bool unopened;
	volatile bool *stop_at_trial;
	unsigned int stop_at;
};

static int double_trial(struct testbed *tb, const struct trial_request *req, volatile bool *stop,
			struct trial_record *rec, struct err *err)
{
	struct double_testbed *d = (struct double_testbed *)tb;
	double rate = req->rate_pps, seconds = (double)req->duration_ns / 1e9;

	d->trials++;
	if (d->break_at && d->trials == (unsigned int)d->break_at)
		return err_set(err, -EIO, "the ring broke");
	hist_init(&rec->latency);
	hist_init(&rec->departure);
	hist_add(&rec->latency, 1000 + d->trials, 100);
	rec->has_latency = true;
	rec->elapsed_ns = req->duration_ns;
	rec->valid = true;
	if (req->selftest)
		rate = d->pipe;
	rec->intended = rec->sent = (u64)(rate * seconds);
	rec->received = req->selftest || rate <= d->capacity ? rec->intended :
							       (u64)(d->capacity * seconds);
	rec->lost = rec->intended - rec->received;
	if (!req->selftest && rate > d->source) {
		rec->valid = false;
		rec->disturbed = true;
		rec->elapsed_ns = (u64)((double)rec->sent / d->source * 1e9);
		snprintf(rec->why, sizeof(rec->why), "too slow");
	}
	if (d->stall_s > 0 && !req->selftest) {
		rec->valid = false;
		rec->disturbed = true;
		rec->elapsed_ns += (u64)(d->stall_s * 1e9);
		snprintf(rec->why, sizeof(rec->why), "away");
	}
	if (d->trials >= d->invalid_from && d->trials < d->invalid_to) {
		rec->valid = false;
		snprintf(rec->why, sizeof(rec->why), "made invalid");
	}
	if (d->unopened && !req->selftest) {
		rec->valid = false;
		rec->fill_flows = 64;
		snprintf(rec->why, sizeof(rec->why), "64 of 64 connections were not opened");
	}
	if (d->stop_at_trial && d->trials == d->stop_at) {
		*stop = true;
		rec->valid = false;
	}
	return 0;
}

static const struct testbed_ops double_ops = { .name = "double", .trial = double_trial };

struct bench {
	char dir[64];
	struct results *results;
	struct progress progress;
	struct point point;
	struct double_testbed d;
	struct trials t;
	struct measurer m;
	bool stop;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	snprintf(b->dir, sizeof(b->dir), "/tmp/kpps-trial-XXXXXX");
	if (!mkdtemp(b->dir) || results_create(b->dir, "n", "", &b->results, NULL))
		return -1;
	progress_init(&b->progress, stderr, true, 1, 1);
	b->d.tb.ops = &double_ops;
	b->d.capacity = 4e6;
	b->d.source = 1e9;
	b->d.pipe = 20e6;
	b->point.ngoals = 2;
	b->point.goal[0] = (struct goal_spec){ .kind = GOAL_MRR, .trials = 3, .trial_s = 0.1 };
	b->point.goal[1] = (struct goal_spec){ .kind = GOAL_NDR, .final_trial_s = 0.1,
		.initial_trial_s = 0.1, .duration_sum_s = 0.3, .exceed_ratio = 0.5, .width = 0.05 };
	b->point.nstreams = 1;
	strcpy(b->point.name, "p");
	strcpy(b->point.preset, "quick");
	strcpy(b->point.dut.firewall, "none");
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	static const char *const files[] = { "scenario.yaml", "trials.jsonl", "summary.json" };
	char path[128];
	unsigned int i;

	trials_release(&b->t);
	results_close(b->results);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", b->dir, files[i]);
		unlink(path);
	}
	rmdir(b->dir);
	free(b);
	return 0;
}

static int begin(struct bench *b, json_t *replay)
{
	int rc;

	assert_int_equal(trials_init(&b->t, &b->point, &b->d.tb, b->results, &b->progress,
				     &b->stop, replay), 0);
	rc = trials_selftest(&b->t);
	if (!rc)
		trials_measurer(&b->t, &b->m);
	return rc;
}

static size_t recorded(struct bench *b)
{
	json_t *array;
	size_t n;

	assert_int_equal(results_trials_of(b->results, "p", 1, &array, NULL), 0);
	n = json_array_size(array);
	json_decref(array);
	return n;
}

static int one(struct bench *b, double load, struct trial_output *out)
{
	struct trial_input in = { .load_pps = load, .duration_s = 0.1, .phase = "search" };

	return b->m.trial(b->m.arg, &in, out);
}

static void the_selftest_bounds_the_load(void **state)
{
	struct bench *b = *state;

	assert_int_equal(begin(b, NULL), 0);
	assert_true(b->t.selftest_pps == 20e6);
	assert_true(fabs(b->m.max_load_pps - 0.9 * 20e6) < 1);
	assert_true(b->m.min_load_pps == 9001);
	assert_int_equal(recorded(b), 2);
	assert_int_equal(b->t.trials, 0);
}

static void a_source_that_is_slower_with_a_dut_bounds_it_more(void **state)
{
	struct bench *b = *state;

	b->d.source = 11e6;
	assert_int_equal(begin(b, NULL), 0);
	assert_true(b->m.max_load_pps <= 11e6 && b->m.max_load_pps > 9.8e6);
	assert_int_equal(b->t.invalid, 0);
}

static void the_users_bound_is_kept(void **state)
{
	struct bench *b = *state;

	b->point.max_load_pps = 3e6;
	assert_int_equal(begin(b, NULL), 0);
	assert_true(b->m.max_load_pps == 3e6);
	assert_true(b->t.user_bound);
}

static void what_the_links_carry_bounds_the_load(void **state)
{
	struct bench *b = *state;

	b->d.tb.max_load_pps = 1488095;
	b->point.max_load_pps = 3e6;
	assert_int_equal(begin(b, NULL), 0);
	assert_true(b->m.max_load_pps == 1488095);
	assert_false(b->t.user_bound);
}

static void a_load_lower_than_the_users_is_the_testers_limit(void **state)
{
	struct bench *b = *state;

	b->point.max_load_pps = 3e6;
	assert_int_equal(begin(b, NULL), 0);
	trials_lower_load(&b->t, 3e6);
	assert_true(b->t.max_load_pps == 3e6);
	assert_true(b->t.user_bound);
	trials_lower_load(&b->t, 2e6);
	assert_true(b->t.max_load_pps == 2e6);
	assert_false(b->t.user_bound);
}

static void connections_that_never_open_end_the_point_early(void **state)
{
	struct bench *b = *state;

	b->d.unopened = true;
	assert_int_equal(begin(b, NULL), -EBADMSG);
	assert_true(b->d.trials <= 3);
	assert_string_equal(b->t.why, "64 of 64 connections were not opened");
}

static void figures_of_a_trial(void **state)
{
	struct bench *b = *state;
	struct trial_output out;

	assert_int_equal(begin(b, NULL), 0);
	assert_int_equal(one(b, 8e6, &out), 0);
	assert_true(fabs(out.loss_ratio - 0.5) < 1e-9);
	assert_true(fabs(out.forwarding_pps - 4e6) < 1);
	assert_true(out.duration_s == 0.1);
	assert_non_null(out.latency);
	assert_int_equal(b->t.trials, 1);
}

static void an_invalid_trial_is_repeated_recorded_and_counted(void **state)
{
	struct bench *b = *state;
	struct trial_output out;

	assert_int_equal(begin(b, NULL), 0);
	b->d.invalid_from = 3;
	b->d.invalid_to = 5;
	assert_int_equal(one(b, 2e6, &out), 0);
	assert_int_equal(b->t.trials, 3);
	assert_int_equal(b->t.invalid, 2);
	assert_int_equal(recorded(b), 2 + 3);
	assert_int_equal(json_array_size(b->t.samples), 1);
}

static void three_invalid_in_a_row_are_enough(void **state)
{
	struct bench *b = *state;
	struct trial_output out;

	assert_int_equal(begin(b, NULL), 0);
	b->d.invalid_from = 3;
	b->d.invalid_to = 100;
	assert_int_equal(one(b, 2e6, &out), -EBADMSG);
	assert_int_equal(b->d.trials, 2 + 3);
	assert_string_equal(b->t.why, "made invalid");
}

static void a_broken_testbed_is_passed_on(void **state)
{
	struct bench *b = *state;
	struct trial_output out;

	assert_int_equal(begin(b, NULL), 0);
	b->d.break_at = 3;
	assert_int_equal(one(b, 2e6, &out), -EIO);
	assert_string_equal(b->t.err.text, "the ring broke");
}

static void a_stopped_trial_is_not_recorded(void **state)
{
	struct bench *b = *state;
	struct trial_output out;

	assert_int_equal(begin(b, NULL), 0);
	b->d.stop_at_trial = &b->stop;
	b->d.stop_at = 3;
	assert_int_equal(one(b, 2e6, &out), -EINTR);
	assert_int_equal(recorded(b), 2);
	/* and none is begun after it */
	assert_int_equal(one(b, 2e6, &out), -EINTR);
	assert_int_equal(b->d.trials, 3);
}

/* A whole point, stopped by a broken testbed at every possible trial, then resumed. */
static void a_resumed_point_measures_only_what_is_missing(void **state)
{
	struct bench *b = *state;
	struct goal_result whole[2], result[2];
	unsigned int total, at;

	b->d.invalid_from = 7;
	b->d.invalid_to = 8;
	assert_int_equal(begin(b, NULL), 0);
	assert_int_equal(goals_run(b->point.goal, 2, &b->m, whole, NULL), 0);
	total = b->d.trials;
	assert_true(total > 8);
	for (at = 3; at <= total; at++) {
		json_t *all, *replay = json_array();
		unsigned int i;

		assert_int_equal(results_trials_of(b->results, "p", 1, &all, NULL), 0);
		for (i = 0; i + 1 < at; i++)
			json_array_append(replay, json_array_get(all, i));
		json_decref(all);
		trials_release(&b->t);
		b->d.trials = at - 1;
		assert_int_equal(begin(b, replay), 0);
		assert_int_equal(goals_run(b->point.goal, 2, &b->m, result, NULL), 0);
		assert_int_equal(b->d.trials, total);
		assert_memory_equal(result, whole, sizeof(whole));
	}
}

static void records_of_other_questions_are_not_answers(void **state)
{
	struct bench *b = *state;
	struct trial_output out;
	json_t *replay;

	assert_int_equal(begin(b, NULL), 0);
	assert_int_equal(one(b, 2e6, &out), 0);
	assert_int_equal(one(b, 3e6, &out), 0);
	assert_int_equal(results_trials_of(b->results, "p", 1, &replay, NULL), 0);
	trials_release(&b->t);
	b->d.trials = 0;
	assert_int_equal(begin(b, replay), 0);
	assert_int_equal(one(b, 2.5e6, &out), 0);
	assert_int_equal(one(b, 3e6, &out), 0);
	assert_int_equal(b->d.trials, 2);
}

static json_t *measured_summary(struct bench *b)
{
	struct plan plan = { .name = "n", .npoints = 1, .point = &b->point };
	struct goal_result result[2];
	struct point_outcome o = { .status = POINT_DONE, .result = result, .trials = &b->t,
				   .tb = &b->d.tb, .seconds = 1 };
	json_t *s = summary_create(&plan, "0123456789abcdef");

	assert_int_equal(begin(b, NULL), 0);
	assert_int_equal(goals_run(b->point.goal, 2, &b->m, result, NULL), 0);
	summary_set_point(s, 0, &b->point, &o);
	summary_finish(s);
	return s;
}

static json_t *first_point(json_t *s)
{
	return json_array_get(json_object_get(s, "points"), 0);
}

static bool has_flag(json_t *s, enum flag flag)
{
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(first_point(s), "flags"), i, f)
		if (!strcmp(json_string_value(f), flag_defs[flag].word))
			return true;
	return false;
}

static void the_summary_has_the_figures(void **state)
{
	struct bench *b = *state;
	json_t *s = measured_summary(b), *p = first_point(s);
	double ndr = json_number_value(json_object_get(p, "ndr_pps"));

	assert_true(json_is_true(json_object_get(s, "complete")));
	assert_true(fabs(json_number_value(json_object_get(p, "mrr_pps")) - 4e6) < 1);
	assert_true(ndr <= 4e6 && ndr > 0.94 * 4e6);
	assert_true(json_is_null(json_object_get(p, "pdr_pps")));
	assert_string_equal(json_string_value(json_object_get(p, "ns_per_packet_of")), "ndr");
	assert_true(fabs(json_number_value(json_object_get(p, "ns_per_packet")) - 1e9 / ndr) < 1e-6);
	assert_true(json_is_true(json_object_get(p, "regular")));
	assert_true(json_is_object(json_object_get(p, "search_latency")));
	assert_true(has_flag(s, FLAG_QUICK_PRESET));
	assert_false(has_flag(s, FLAG_SOURCE_BOUND));
	assert_false(has_flag(s, FLAG_IRREGULAR));
	json_decref(s);
}

static void a_dut_as_fast_as_the_tester_is_flagged(void **state)
{
	struct bench *b = *state;
	json_t *s;

	b->d.capacity = 1e9;
	s = measured_summary(b);
	assert_true(has_flag(s, FLAG_SOURCE_BOUND));
	assert_true(has_flag(s, FLAG_LOAD_BOUND));
	assert_true(has_flag(s, FLAG_IRREGULAR));
	json_decref(s);
}

/* A lower load would be kept no better, and a figure of it would be none. */
static void a_source_that_is_disturbed_ends_the_point_at_half_of_what_it_sent(void **state)
{
	struct bench *b = *state;

	b->d.stall_s = 0.05;
	assert_int_equal(trials_init(&b->t, &b->point, &b->d.tb, b->results, &b->progress,
				     &b->stop, NULL), 0);
	assert_int_equal(trials_selftest(&b->t), -EBADMSG);
	assert_string_equal(b->t.why, "away");
	/* 18 of 20 Mpps were asked for, in 150 ms instead of 100 */
	assert_true(fabs(b->t.sent_pps - 12e6) < 1e3);
	assert_true(b->t.max_load_pps > 3e6);
}

static void a_dut_that_forwards_nothing_is_flagged(void **state)
{
	struct bench *b = *state;
	json_t *s;

	b->d.capacity = 0;
	s = measured_summary(b);
	assert_true(has_flag(s, FLAG_ZERO));
	assert_true(json_is_null(json_object_get(first_point(s), "ns_per_packet")));
	json_decref(s);
}

static void a_pending_point_has_every_key_of_a_measured_one(void **state)
{
	struct bench *b = *state;
	struct plan plan = { .name = "n", .npoints = 1, .point = &b->point };
	json_t *pending = summary_create(&plan, ""), *s = measured_summary(b), *value;
	const char *key;

	json_object_foreach(first_point(s), key, value)
		if (!json_object_get(first_point(pending), key))
			fail_msg("no \"%s\"", key);
	json_object_foreach(s, key, value)
		if (!json_object_get(pending, key))
			fail_msg("no \"%s\"", key);
	json_decref(pending);
	json_decref(s);
}

static void finished_points_are_adopted_others_are_not(void **state)
{
	struct bench *b = *state;
	struct plan plan = { .name = "n", .npoints = 1, .point = &b->point };
	json_t *s = measured_summary(b), *again = summary_create(&plan, "");
	struct err err = { 0 };

	assert_int_equal(summary_adopt(again, s, NULL), 0);
	assert_false(summary_wants(again, 0, 1));
	json_decref(again);
	json_object_set_new(first_point(s), "status", json_string("interrupted"));
	again = summary_create(&plan, "");
	assert_int_equal(summary_adopt(again, s, NULL), 0);
	assert_true(summary_wants(again, 0, 1));
	json_object_set_new(first_point(s), "name", json_string("another"));
	assert_int_equal(summary_adopt(again, s, &err), -EINVAL);
	assert_non_null(strstr(err.text, "another"));
	json_decref(again);
	json_decref(s);
}

static void only_a_disturbed_point_is_wanted_once_more(void **state)
{
	static const struct {
		const char *status;
		int attempts, disturbed;
		bool first, second;
	} rows[] = {
		{ "pending", 0, 0, true, false },     { "running", 1, 0, true, false },
		{ "interrupted", 1, 0, true, false }, { "done", 1, 0, false, false },
		{ "failed", 1, 0, false, false },     { "failed", 1, 1, false, true },
		{ "running", 2, 0, false, true },     { "interrupted", 2, 0, false, true },
		{ "done", 2, 0, false, false },	      { "failed", 2, 1, false, false },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *s = json_pack("{s:i,s:[{s:s,s:i,s:b}]}", "rounds", 1, "points", "status", rows[i].status,
				      "attempts", rows[i].attempts, "disturbed", rows[i].disturbed);

		if (summary_wants(s, 0, 1) != rows[i].first ||
		    summary_wants(s, 0, 2) != rows[i].second)
			fail_msg("%s, attempt %d", rows[i].status, rows[i].attempts);
		json_decref(s);
	}
}

static void every_round_is_wanted_once(void **state)
{
	static const struct {
		const char *status;
		int attempts, disturbed, wanted;	/* the attempt that is; 0: none */
	} rows[] = {
		{ "pending", 0, 0, 1 }, { "done", 1, 0, 2 },   { "done", 2, 1, 3 },
		{ "done", 3, 0, 0 },	{ "done", 3, 1, 4 },   { "done", 4, 1, 0 },
		{ "failed", 1, 1, 2 },	{ "failed", 1, 0, 0 }, { "running", 3, 0, 3 },
	};
	unsigned int i;
	int attempt;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *s = json_pack("{s:i,s:[{s:s,s:i,s:b}]}", "rounds", 3, "points", "status",
				      rows[i].status, "attempts", rows[i].attempts, "disturbed",
				      rows[i].disturbed);

		for (attempt = 1; attempt <= 5; attempt++)
			if (summary_wants(s, 0, (unsigned int)attempt) != (attempt == rows[i].wanted))
				fail_msg("%s after %d: attempt %d", rows[i].status,
					 rows[i].attempts, attempt);
		json_decref(s);
	}
}

static void an_interrupted_second_attempt_stays_one(void **state)
{
	struct bench *b = *state;
	struct plan plan = { .name = "n", .npoints = 1, .point = &b->point };
	json_t *s = measured_summary(b), *again = summary_create(&plan, "");

	json_object_set_new(first_point(s), "status", json_string("running"));
	json_object_set_new(first_point(s), "attempts", json_integer(2));
	assert_int_equal(summary_adopt(again, s, NULL), 0);
	assert_false(summary_wants(again, 0, 1));
	assert_true(summary_wants(again, 0, 2));
	json_decref(again);
	json_decref(s);
}

static json_t *ladder(void)
{
	static const char *const rungs[][2] = {
		{ "forward", "ipv4" }, { "forward", "ipv6" }, { "conntrack", "ipv4" },
		{ "conntrack", "ipv6" }, { "full", "ipv6" },
	};
	json_t *points = json_array();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rungs); i++)
		json_array_append_new(points, json_pack("{s:{s:s,s:s},s:s,s:f,s:f,s:s,s:[s,s]}",
			"parameters", "dut.ruleset", rungs[i][0], "family", rungs[i][1],
			"status", "done", "ndr_pps", 20e6 / (i + 1), "ns_per_packet", 50.0 * (i + 1),
			"ns_per_packet_of", "ndr", "flags", "quick-preset", "irregular"));
	return points;
}

static void a_step_is_from_the_rung_before_on_the_same_ladder(void **state)
{
	json_t *points = ladder();

	(void)state;
	assert_string_equal(table_step_key(points), "dut.ruleset");
	assert_int_equal(table_step_from(points, 0), -1);
	/* the first rung of the other family is no step from this one */
	assert_int_equal(table_step_from(points, 1), -1);
	assert_int_equal(table_step_from(points, 2), 0);
	assert_int_equal(table_step_from(points, 3), 1);
	assert_int_equal(table_step_from(points, 4), 3);
	json_decref(points);
}

static void the_table_shows_steps_and_explains_flags(void **state)
{
	json_t *summary = json_pack("{s:s,s:o}", "question", "why?", "points", ladder());
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	table_print(summary, f);
	fclose(f);
	assert_non_null(strstr(text, "why?\n"));
	assert_non_null(strstr(text, "step of dut.ruleset"));
	/* conntrack on ipv4: 150 ns after 50 ns */
	assert_non_null(strstr(text, "-66.7 % +100.0 ns"));
	assert_non_null(strstr(text, "irregular (5 of 5): "));
	assert_null(strstr(text, "PDR"));
	free(text);
	json_decref(summary);
}

static void a_step_that_may_be_noise_is_in_brackets(void **state)
{
	json_t *points = ladder(), *summary = json_pack("{s:O}", "points", points);
	static const double bounds[][2] = { { 19e6, 21e6 }, { 6e6, 7e6 } };
	char *text = NULL;
	size_t len = 0, i;
	FILE *f;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		json_t *p = json_array_get(points, 2 * i);

		json_object_set_new(p, "ndr_lower_pps", json_real(bounds[i][0]));
		json_object_set_new(p, "ndr_upper_pps", json_real(bounds[i][1]));
	}
	f = open_memstream(&text, &len);
	table_print(summary, f);
	fclose(f);
	assert_non_null(strstr(text, " -66.7 % +100.0 ns"));
	free(text);
	json_object_set_new(json_array_get(points, 2), "ndr_upper_pps", json_real(19e6));
	f = open_memstream(&text, &len);
	table_print(summary, f);
	fclose(f);
	assert_non_null(strstr(text, "(-66.7 % +100.0 ns)"));
	assert_non_null(strstr(text, "may be noise"));
	free(text);
	json_decref(points);
	json_decref(summary);
}

static void every_flag_has_its_sentences(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < FLAGS; i++) {
		assert_non_null(flag_defs[i].word);
		assert_true(strlen(flag_defs[i].cause) > 20);
		assert_true(strlen(flag_defs[i].next) > 10);
		assert_ptr_equal(flag_find(flag_defs[i].word), &flag_defs[i]);
	}
	assert_null(flag_find("no-such-flag"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_selftest_bounds_the_load),
		T(a_source_that_is_slower_with_a_dut_bounds_it_more),
		T(the_users_bound_is_kept),
		T(what_the_links_carry_bounds_the_load),
		T(a_load_lower_than_the_users_is_the_testers_limit),
		T(connections_that_never_open_end_the_point_early),
		T(figures_of_a_trial),
		T(an_invalid_trial_is_repeated_recorded_and_counted),
		T(three_invalid_in_a_row_are_enough),
		T(a_broken_testbed_is_passed_on),
		T(a_stopped_trial_is_not_recorded),
		T(a_resumed_point_measures_only_what_is_missing),
		T(records_of_other_questions_are_not_answers),
		T(the_summary_has_the_figures),
		T(a_dut_as_fast_as_the_tester_is_flagged),
		T(a_source_that_is_disturbed_ends_the_point_at_half_of_what_it_sent),
		T(a_dut_that_forwards_nothing_is_flagged),
		T(a_pending_point_has_every_key_of_a_measured_one),
		T(finished_points_are_adopted_others_are_not),
		T(only_a_disturbed_point_is_wanted_once_more),
		T(every_round_is_wanted_once),
		T(an_interrupted_second_attempt_stays_one),
		cmocka_unit_test(a_step_is_from_the_rung_before_on_the_same_ladder),
		cmocka_unit_test(the_table_shows_steps_and_explains_flags),
		cmocka_unit_test(a_step_that_may_be_noise_is_in_brackets),
		cmocka_unit_test(every_flag_has_its_sentences),
	};

	return cmocka_run_group_tests_name("trial", tests, NULL, NULL);
}
