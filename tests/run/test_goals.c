// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_goals.c - the goals against a simulated DUT whose knee is known: sharp,
 * sloped, noisy, bursty, dead, faster than the tester.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/goal.h"

/* What a simulated DUT carries of @load in its @n-th trial: a loss ratio. */
struct dut {
	double capacity;
	double (*loss)(struct dut *d, double load, double duration_s);
	double slope;			/* sloped: loss a doubling of the load */
	double noise;			/* noisy: deviation of the capacity */
	double source_pps;		/* the source keeps up to here; 0: always */
	unsigned int tires_at;		/* from this trial on it keeps two thirds of that */
	unsigned int every;		/* bursty: each so many trials are bad */
	u64 random;
	unsigned int trials;
	double seconds;
	/* from this trial on, fail with this; 0: never */
	unsigned int fail_at;
	int fail_with;
	double lowest_asked, highest_asked;
	char last_phase[32];
	unsigned int notes;
};

static double uniform(struct dut *d)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return (double)(d->random >> 11) / (1ULL << 53);
}

static double sharp(struct dut *d, double load, double duration_s)
{
	(void)duration_s;
	return load <= d->capacity ? 0 : 1 - d->capacity / load;
}

static double sloped(struct dut *d, double load, double duration_s)
{
	(void)duration_s;
	return load <= d->capacity ? 0 : fmin(0.9, d->slope * log2(load / d->capacity));
}

static double noisy(struct dut *d, double load, double duration_s)
{
	/* Box and Muller; a longer trial averages more */
	double g = sqrt(-2 * log(uniform(d) + 1e-18)) * cos(2 * 3.141592653589793 * uniform(d));
	double c = d->capacity * (1 + d->noise * g);

	(void)duration_s;
	return load <= c ? 0 : 1 - c / load;
}

static double bursty(struct dut *d, double load, double duration_s)
{
	if (d->trials % d->every == 0)
		return 0.2;
	return sharp(d, load, duration_s);
}

static double dead(struct dut *d, double load, double duration_s)
{
	(void)d;
	(void)load;
	(void)duration_s;
	return 1;
}

static int dut_trial(void *arg, const struct trial_input *in, struct trial_output *ret)
{
	struct dut *d = arg;

	d->trials++;
	if (d->tires_at && d->trials == d->tires_at)
		d->source_pps /= 1.5;
	if (d->source_pps > 0 && in->load_pps > d->source_pps) {
		ret->source_limit = true;
		return -EBADMSG;
	}
	if (d->fail_at && d->trials >= d->fail_at)
		return d->fail_with;
	d->seconds += in->duration_s;
	d->lowest_asked = d->trials == 1 ? in->load_pps : fmin(d->lowest_asked, in->load_pps);
	d->highest_asked = fmax(d->highest_asked, in->load_pps);
	strncpy(d->last_phase, in->phase, sizeof(d->last_phase) - 1);
	memset(ret, 0, sizeof(*ret));
	ret->duration_s = in->duration_s;
	ret->loss_ratio = d->loss(d, in->load_pps, in->duration_s);
	ret->forwarding_pps = in->load_pps * (1 - ret->loss_ratio);
	return 0;
}

static void dut_note(void *arg, const char *text)
{
	struct dut *d = arg;

	if (strstr(text, "…"))
		d->notes++;
}

static struct measurer measurer_of(struct dut *d)
{
	d->random = d->random ? d->random : 20041012;
	return (struct measurer){
		.trial = dut_trial,
		.note = dut_note,
		.arg = d,
		.max_load_pps = 30e6,
		.min_load_pps = 9001,
	};
}

static struct goal_spec search_goal(enum goal_kind kind, double loss_ratio)
{
	return (struct goal_spec){
		.kind = kind,
		.initial_trial_s = 1,
		.final_trial_s = 1,
		.duration_sum_s = 21,
		.loss_ratio = loss_ratio,
		.exceed_ratio = 0.5,
		.width = 0.005,
	};
}

static struct goal_spec mrr_goal(void)
{
	return (struct goal_spec){ .kind = GOAL_MRR, .trials = 10, .trial_s = 1 };
}

/* The knee lies between the bounds, give or take @slack of it. */
static void assert_brackets(const struct goal_result *r, double knee, double slack)
{
	if (!r->regular || r->lower_pps > knee * (1 + slack) || r->upper_pps < knee * (1 - slack))
		fail_msg("%s: %s, bounds %.0f … %.0f, knee %.0f: %s", goal_name(r->kind),
			 r->regular ? "regular" : "irregular", r->lower_pps, r->upper_pps, knee,
			 r->why);
}

static void assert_within_width(const struct goal_result *r, double width)
{
	assert_true(r->lower_pps > 0 && r->upper_pps > r->lower_pps);
	assert_true((r->upper_pps - r->lower_pps) / r->upper_pps <= width + 1e-9);
}

static void finds_a_sharp_knee(void **state)
{
	static const double knees[] = { 9100, 50e3, 123456, 1e6, 4.2e6, 14880952, 29.8e6 };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(knees) / sizeof(knees[0]); i++) {
		struct dut d = { .capacity = knees[i], .loss = sharp };
		struct goal_spec spec[] = { search_goal(GOAL_NDR, 0), search_goal(GOAL_PDR, 0.005) };
		struct measurer m = measurer_of(&d);
		struct goal_result r[2];

		assert_int_equal(goals_run(spec, 2, &m, r, NULL), 0);
		assert_brackets(&r[0], knees[i], 0);
		assert_within_width(&r[0], 0.005);
		assert_true(r[0].value_pps == r[0].lower_pps);
		/* loss is 0.5 % where the load is knee / 0.995 */
		assert_brackets(&r[1], fmin(knees[i] / 0.995, 30e6), 0);
		assert_true(r[1].value_pps <= r[1].lower_pps);
		/* two goals next to each other: eleven good trials a bound and few more */
		assert_true(d.seconds < 60);
		assert_true(d.notes > 0);
	}
}

static void finds_a_sloped_knee(void **state)
{
	struct dut d = { .capacity = 3e6, .loss = sloped, .slope = 0.05 };
	struct goal_spec spec[] = { search_goal(GOAL_NDR, 0), search_goal(GOAL_PDR, 0.005) };
	struct measurer m = measurer_of(&d);
	struct goal_result r[2];

	(void)state;
	assert_int_equal(goals_run(spec, 2, &m, r, NULL), 0);
	assert_brackets(&r[0], 3e6, 0);
	assert_brackets(&r[1], 3e6 * exp2(0.005 / 0.05), 0);
	assert_true(r[1].value_pps < r[1].lower_pps);
	assert_true(r[1].value_pps > r[1].lower_pps * 0.995 - 1);
}

static void finds_a_noisy_knee(void **state)
{
	u64 seed;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		struct dut d = { .capacity = 7e6, .loss = noisy, .noise = 0.003,
				 .random = seed * 0x9e3779b97f4a7c15ULL };
		struct goal_spec spec[] = { mrr_goal(), search_goal(GOAL_NDR, 0),
					    search_goal(GOAL_PDR, 0.005) };
		struct measurer m = measurer_of(&d);
		struct goal_result r[3];

		assert_int_equal(goals_run(spec, 3, &m, r, NULL), 0);
		/* the median capacity, within one width of the bounds */
		assert_brackets(&r[1], 7e6, 0.005);
		assert_brackets(&r[2], 7e6 / 0.995, 0.005);
	}
}

static void a_bursty_dut_is_judged_by_its_good_trials(void **state)
{
	struct dut d = { .capacity = 5e6, .loss = bursty, .every = 5 };
	struct goal_spec spec = search_goal(GOAL_NDR, 0);
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_brackets(&r, 5e6, 0.005);
}

static void an_exceed_ratio_of_zero_forgives_no_burst(void **state)
{
	struct dut d = { .capacity = 5e6, .loss = bursty, .every = 5 };
	struct goal_spec spec = search_goal(GOAL_NDR, 0);
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	spec.exceed_ratio = 0;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_true(r.value_pps < 5e6 * 0.9);
}

static void a_dead_dut_fails_fast(void **state)
{
	struct dut d = { .loss = dead };
	struct goal_spec spec[] = { mrr_goal(), search_goal(GOAL_NDR, 0),
				    search_goal(GOAL_PDR, 0.005) };
	struct measurer m = measurer_of(&d);
	struct goal_result r[3];

	(void)state;
	assert_int_equal(goals_run(spec, 3, &m, r, NULL), 0);
	assert_true(r[0].value_pps == 0);
	assert_false(r[1].regular);
	assert_true(r[1].value_pps == 0 && r[1].lower_pps == 0 && r[1].upper_pps > 0);
	assert_string_equal(r[1].why, "the lowest load is already too high");
	assert_false(r[2].regular);
	/* 10 for the MRR, then 11 bad trials decide the lowest load for both */
	assert_int_equal(d.trials, 10 + 11);
}

static void a_dut_above_the_highest_load_is_irregular(void **state)
{
	struct dut d = { .capacity = 100e6, .loss = sharp };
	struct goal_spec spec[] = { mrr_goal(), search_goal(GOAL_NDR, 0) };
	struct measurer m = measurer_of(&d);
	struct goal_result r[2];

	(void)state;
	assert_int_equal(goals_run(spec, 2, &m, r, NULL), 0);
	assert_false(r[1].regular);
	assert_true(r[1].value_pps == 30e6 && r[1].lower_pps == 30e6 && r[1].upper_pps == 0);
	assert_string_equal(r[1].why, "the highest load is still carried");
	assert_true(d.highest_asked <= 30e6);
}

static void goals_of_different_width_each_get_theirs(void **state)
{
	struct dut d = { .capacity = 2.2e6, .loss = sharp };
	struct goal_spec spec[] = { search_goal(GOAL_NDR, 0), search_goal(GOAL_PDR, 0.02) };
	struct measurer m = measurer_of(&d);
	struct goal_result r[2];

	(void)state;
	spec[1].width = 0.03;
	assert_int_equal(goals_run(spec, 2, &m, r, NULL), 0);
	assert_within_width(&r[0], 0.005);
	assert_brackets(&r[0], 2.2e6, 0);
	assert_within_width(&r[1], 0.03);
	assert_brackets(&r[1], 2.2e6 / 0.98, 0);
}

static void a_quick_search_takes_few_trials(void **state)
{
	struct dut d = { .capacity = 11e6, .loss = noisy, .noise = 0.01 };
	struct goal_spec spec[] = { mrr_goal(), search_goal(GOAL_NDR, 0),
				    search_goal(GOAL_PDR, 0.005) };
	struct measurer m = measurer_of(&d);
	struct goal_result r[3];
	unsigned int i;

	(void)state;
	spec[0].trials = 3;
	for (i = 0; i < 3; i++) {
		spec[i].trial_s = spec[i].final_trial_s = spec[i].initial_trial_s = 0.05;
		spec[i].duration_sum_s = 0.15;
		spec[i].width = 0.05;
	}
	assert_int_equal(goals_run(spec, 3, &m, r, NULL), 0);
	assert_brackets(&r[1], 11e6, 0.05);
	assert_true(d.trials <= 15);
}

static void short_trials_first_then_long_ones(void **state)
{
	struct dut d = { .capacity = 1e6, .loss = sharp };
	struct goal_spec spec = search_goal(GOAL_NDR, 0);
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	spec.initial_trial_s = 1;
	spec.final_trial_s = 60;
	spec.duration_sum_s = 60;
	spec.exceed_ratio = 0;
	spec.width = 0.01;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_brackets(&r, 1e6, 0);
	/* the lower bound of a minute, an upper one, little else at full length */
	assert_true(d.seconds < 400);
}

static void mrr_is_the_mean_and_the_spread(void **state)
{
	struct dut d = { .capacity = 7e6, .loss = noisy, .noise = 0.01 };
	struct goal_spec spec = mrr_goal();
	struct measurer m = measurer_of(&d);
	struct goal_result r;
	double sum = 0;
	unsigned int i;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_int_equal(r.nsamples, 10);
	for (i = 0; i < r.nsamples; i++) {
		assert_true(r.sample[i].load_pps == 30e6);
		assert_true(r.sample[i].forwarding_pps >= r.lower_pps);
		assert_true(r.sample[i].forwarding_pps <= r.upper_pps);
		sum += r.sample[i].forwarding_pps;
	}
	assert_true(fabs(r.value_pps - sum / 10) < 1);
	assert_true(r.stdev_pps > 0 && r.stdev_pps < 0.03 * 7e6);
	assert_true(r.regular);
}

static void mrr_lowers_a_load_that_the_source_cannot_keep(void **state)
{
	struct dut d = { .capacity = 7e6, .loss = sharp, .source_pps = 24e6 };
	struct goal_spec spec = mrr_goal();
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_true(m.max_load_pps <= 24e6 && m.max_load_pps > 0.8 * 24e6);
	assert_int_equal(r.nsamples, 10);
	assert_true(r.sample[0].load_pps == m.max_load_pps);

	d.source_pps = 1e6;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), -EBADMSG);
}

/* What the source does not keep is nobody's loss: no upper bound comes of it. */
static void a_search_ends_below_what_the_source_keeps(void **state)
{
	struct dut d = { .capacity = 25e6, .loss = sharp, .source_pps = 20e6 };
	struct goal_spec specs[] = {
		search_goal(GOAL_NDR, 0), search_goal(GOAL_PDR, 0.005),
	};
	struct measurer m = measurer_of(&d);
	struct goal_result r[2];
	unsigned int i;

	(void)state;
	assert_int_equal(goals_run(specs, 2, &m, r, NULL), 0);
	for (i = 0; i < 2; i++) {
		assert_false(r[i].regular);
		assert_true(r[i].upper_pps == 0);
		assert_true(r[i].lower_pps > 0.8 * 20e6 && r[i].lower_pps <= 20e6);
		assert_non_null(strstr(r[i].why, "the source keeps"));
	}
	assert_true(m.max_load_pps == r[0].lower_pps);
}

static void a_search_finds_a_knee_below_what_the_source_keeps(void **state)
{
	struct dut d = { .capacity = 7e6, .loss = sharp, .source_pps = 24e6 };
	struct goal_spec spec = search_goal(GOAL_NDR, 0);
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_brackets(&r, 7e6, 0);
	assert_within_width(&r, 0.005);
}

static void a_search_gives_up_on_a_source_that_keeps_nothing(void **state)
{
	struct dut d = { .capacity = 7e6, .loss = sharp, .source_pps = 100 };
	struct goal_spec spec = search_goal(GOAL_NDR, 0);
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), -EBADMSG);
	assert_true(r.lower_pps == 0);
}

static void mrr_begins_anew_where_the_source_keeps_up(void **state)
{
	struct dut d = { .loss = sharp, .capacity = 4e6, .source_pps = 30e6, .tires_at = 3 };
	struct measurer m = measurer_of(&d);
	const struct goal_spec spec = { .kind = GOAL_MRR, .trials = 3, .trial_s = 1 };
	static struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_true(m.max_load_pps <= 20e6);
	assert_int_equal(r.nsamples, 3);
	for (unsigned int i = 0; i < r.nsamples; i++)
		assert_true(r.sample[i].load_pps == m.max_load_pps);
	assert_true(fabs(r.value_pps - 4e6) < 1);
	assert_true(r.lower_pps > 0 && r.upper_pps >= r.lower_pps);
}

static void a_search_that_ends_early_found_no_zero(void **state)
{
	struct dut d = { .loss = dead, .fail_at = 3, .fail_with = -EBADMSG };
	struct measurer m = measurer_of(&d);
	struct goal_spec spec = search_goal(GOAL_NDR, 0);
	static struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), -EBADMSG);
	assert_false(r.nothing);
	d = (struct dut){ .loss = dead };
	m = measurer_of(&d);
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_true(r.nothing);
}

static void rfc2544_ends_below_what_the_source_keeps(void **state)
{
	struct dut d = { .capacity = 25e6, .loss = sharp, .source_pps = 20e6 };
	struct goal_spec spec = { .kind = GOAL_RFC2544, .final_trial_s = 60, .width = 0.01 };
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_false(r.regular);
	assert_true(r.upper_pps == 0 && r.value_pps > 0.8 * 20e6 && r.value_pps <= 20e6);
	assert_non_null(strstr(r.why, "the source keeps"));
	d.capacity = 7e6;
	m = measurer_of(&d);
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_brackets(&r, 7e6, 0);
	d.source_pps = 1e6;
	m = measurer_of(&d);
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), -EBADMSG);
}

static void rfc2544_halves_down_to_its_resolution(void **state)
{
	struct dut d = { .capacity = 4.4e6, .loss = sharp };
	struct goal_spec spec = { .kind = GOAL_RFC2544, .final_trial_s = 60, .width = 0.01 };
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_brackets(&r, 4.4e6, 0);
	assert_within_width(&r, 0.01);
	assert_true(r.value_pps == r.lower_pps);
	assert_true(r.trials <= 12);
	assert_true(d.seconds == 60.0 * r.trials);
}

static double sharp_but_leaky(struct dut *d, double load, double duration_s)
{
	/* above 4 M it loses its first frame only after ten seconds */
	if (duration_s >= 10 && load > 4e6)
		return 1e-6;
	return sharp(d, load, duration_s);
}

static void rfc2544_confirms_short_trials_at_full_length(void **state)
{
	struct dut d = { .capacity = 4.4e6, .loss = sharp_but_leaky };
	struct goal_spec spec = { .kind = GOAL_RFC2544, .final_trial_s = 60, .initial_trial_s = 1,
				  .width = 0.01 };
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_true(r.regular && r.value_pps == r.lower_pps && r.lower_pps <= 4e6);
	assert_within_width(&r, 0.01);
}

static void rfc2544_ends_at_once_without_loss_and_at_the_lowest_load(void **state)
{
	struct goal_spec spec = { .kind = GOAL_RFC2544, .final_trial_s = 60, .width = 0.01 };
	struct dut fast = { .capacity = 1e9, .loss = sharp }, none = { .loss = dead };
	struct measurer m = measurer_of(&fast);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_int_equal(fast.trials, 1);
	assert_true(r.value_pps == 30e6 && !r.regular);
	m = measurer_of(&none);
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_true(r.value_pps == 0 && !r.regular);
	assert_true(none.trials < 20);
}

static void fixed_measures_each_rate_and_names_what_it_left_out(void **state)
{
	struct dut d = { .capacity = 4e6, .loss = sharp };
	struct goal_spec spec = { .kind = GOAL_FIXED, .trials = 2, .trial_s = 0.5, .nrates = 3,
				  .rate = { 1e6, 8e6, 40e6 } };
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_int_equal(r.nsamples, 4);
	assert_true(r.sample[0].loss_ratio == 0 && r.sample[1].load_pps == 1e6);
	assert_true(fabs(r.sample[3].loss_ratio - 0.5) < 1e-12);
	assert_true(r.value_pps == 4e6);
	assert_false(r.regular);
	assert_non_null(strstr(r.why, "40Mpps"));
}

static void latency_takes_shares_of_the_pdr_wherever_it_stands(void **state)
{
	struct dut d = { .capacity = 4e6, .loss = sharp };
	struct goal_spec spec[] = { { .kind = GOAL_LATENCY, .trial_s = 1, .nrates = 3,
				      .rate = { 0, 0.5, 0.9 } },
				    search_goal(GOAL_PDR, 0.005), search_goal(GOAL_NDR, 0) };
	struct measurer m = measurer_of(&d);
	struct goal_result r[3];

	(void)state;
	assert_int_equal(goals_run(spec, 3, &m, r, NULL), 0);
	assert_int_equal(r[0].nsamples, 3);
	assert_true(r[0].sample[0].load_pps == 9001);
	assert_true(r[0].sample[1].load_pps == r[1].value_pps * 0.5);
	assert_true(r[0].sample[2].load_pps == r[1].value_pps * 0.9);
	assert_string_equal(d.last_phase, "latency");
}

static void latency_without_a_base_says_so(void **state)
{
	struct dut d = { .loss = dead };
	struct goal_spec spec = { .kind = GOAL_LATENCY, .trial_s = 1, .nrates = 1, .rate = { 0.5 } };
	struct measurer m = measurer_of(&d);
	struct goal_result r;

	(void)state;
	assert_int_equal(goals_run(&spec, 1, &m, &r, NULL), 0);
	assert_int_equal(d.trials, 0);
	assert_string_equal(r.why, "no pdr, ndr or mrr above 0 to take shares of");
}

static void a_stop_keeps_what_was_found(void **state)
{
	struct dut d = { .capacity = 4e6, .loss = sharp, .fail_at = 40, .fail_with = -EINTR };
	struct goal_spec spec[] = { mrr_goal(), search_goal(GOAL_NDR, 0),
				    { .kind = GOAL_FIXED, .trials = 1, .trial_s = 1, .nrates = 1,
				      .rate = { 1e6 } } };
	struct measurer m = measurer_of(&d);
	struct goal_result r[3];
	struct err err = { 0 };

	(void)state;
	assert_int_equal(goals_run(spec, 3, &m, r, &err), -EINTR);
	assert_int_equal(err.code, -EINTR);
	assert_true(r[0].regular && fabs(r[0].value_pps - 4e6) < 1);
	assert_true(r[1].trials + r[0].trials == 39);
	assert_false(r[2].regular);
	assert_string_equal(r[2].why, "stopped by the user");
}

static void three_invalid_trials_end_the_point(void **state)
{
	struct dut d = { .capacity = 4e6, .loss = sharp, .fail_at = 1, .fail_with = -EBADMSG };
	struct goal_spec spec[] = { mrr_goal(), search_goal(GOAL_NDR, 0) };
	struct measurer m = measurer_of(&d);
	struct goal_result r[2];

	(void)state;
	assert_int_equal(goals_run(spec, 2, &m, r, NULL), -EBADMSG);
	assert_int_equal(d.trials, 1);
	assert_false(r[0].regular);
	assert_string_equal(r[1].why, "three invalid trials in a row");
}

/* Equal answers lead to equal questions: what --resume replays by. */
static void the_search_repeats_exactly(void **state)
{
	struct goal_spec spec[] = { mrr_goal(), search_goal(GOAL_NDR, 0),
				    search_goal(GOAL_PDR, 0.005) };
	struct goal_result first[3], second[3];
	struct dut a = { .capacity = 6e6, .loss = noisy, .noise = 0.01 }, b = a;
	struct measurer ma = measurer_of(&a), mb = measurer_of(&b);

	(void)state;
	assert_int_equal(goals_run(spec, 3, &ma, first, NULL), 0);
	assert_int_equal(goals_run(spec, 3, &mb, second, NULL), 0);
	assert_memory_equal(first, second, sizeof(first));
	assert_int_equal(a.trials, b.trials);
}

static void no_load_at_all_is_an_error(void **state)
{
	struct dut d = { .loss = dead };
	struct goal_spec spec = mrr_goal();
	struct measurer m = measurer_of(&d);
	struct goal_result r;
	struct err err = { 0 };

	(void)state;
	m.max_load_pps = 0;
	assert_int_equal(goals_run(&spec, 1, &m, &r, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no load to search"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_sharp_knee),
		cmocka_unit_test(finds_a_sloped_knee),
		cmocka_unit_test(finds_a_noisy_knee),
		cmocka_unit_test(a_bursty_dut_is_judged_by_its_good_trials),
		cmocka_unit_test(an_exceed_ratio_of_zero_forgives_no_burst),
		cmocka_unit_test(a_dead_dut_fails_fast),
		cmocka_unit_test(a_dut_above_the_highest_load_is_irregular),
		cmocka_unit_test(goals_of_different_width_each_get_theirs),
		cmocka_unit_test(a_quick_search_takes_few_trials),
		cmocka_unit_test(short_trials_first_then_long_ones),
		cmocka_unit_test(mrr_is_the_mean_and_the_spread),
		cmocka_unit_test(mrr_lowers_a_load_that_the_source_cannot_keep),
		cmocka_unit_test(a_search_ends_below_what_the_source_keeps),
		cmocka_unit_test(a_search_finds_a_knee_below_what_the_source_keeps),
		cmocka_unit_test(a_search_gives_up_on_a_source_that_keeps_nothing),
		cmocka_unit_test(mrr_begins_anew_where_the_source_keeps_up),
		cmocka_unit_test(a_search_that_ends_early_found_no_zero),
		cmocka_unit_test(rfc2544_ends_below_what_the_source_keeps),
		cmocka_unit_test(rfc2544_halves_down_to_its_resolution),
		cmocka_unit_test(rfc2544_confirms_short_trials_at_full_length),
		cmocka_unit_test(rfc2544_ends_at_once_without_loss_and_at_the_lowest_load),
		cmocka_unit_test(fixed_measures_each_rate_and_names_what_it_left_out),
		cmocka_unit_test(latency_takes_shares_of_the_pdr_wherever_it_stands),
		cmocka_unit_test(latency_without_a_base_says_so),
		cmocka_unit_test(a_stop_keeps_what_was_found),
		cmocka_unit_test(three_invalid_trials_end_the_point),
		cmocka_unit_test(the_search_repeats_exactly),
		cmocka_unit_test(no_load_at_all_is_an_error),
	};

	return cmocka_run_group_tests_name("goals", tests, NULL, NULL);
}
