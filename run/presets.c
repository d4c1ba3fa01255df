// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * presets.c - see presets.h. "standard" is CSIT's NDR and PDR (RFC 9971), so
 * figures can be laid beside theirs; "rfc2544" is the RFC's own 60 s trials.
 */
#include "run/presets.h"

#include <math.h>
#include <string.h>

/* One rate by default: RFC 2544's latency is taken at the throughput. */
#define LATENCY_LOADS .nrates = 3, .rate = { 0.1, 0.5, 0.9 }

const struct preset presets[] = {
	{
		.name = "quick",
		.help = "a first look: MRR 3 trials of 60 ms, to 5 %; NDR and PDR of 20 ms trials, "
			"100 ms in sum, to 5 %; other trials 100 ms; marked as quick in the report",
		.goal = {
			[GOAL_MRR] = { .kind = GOAL_MRR, .trials = 3, .trial_s = 0.06, .width = 0.05 },
			[GOAL_NDR] = { .kind = GOAL_NDR, .final_trial_s = 0.02,
				       .duration_sum_s = 0.1, .initial_trial_s = 0.02,
				       .exceed_ratio = 0.5, .width = 0.05 },
			[GOAL_PDR] = { .kind = GOAL_PDR, .final_trial_s = 0.02,
				       .duration_sum_s = 0.1, .initial_trial_s = 0.02,
				       .loss_ratio = 0.005, .exceed_ratio = 0.5, .width = 0.05 },
			[GOAL_RFC2544] = { .kind = GOAL_RFC2544, .final_trial_s = 0.1,
					   .duration_sum_s = 0.1, .initial_trial_s = 0.1,
					   .width = 0.05 },
			[GOAL_FIXED] = { .kind = GOAL_FIXED, .trials = 1, .trial_s = 0.1,
					 .width = 0.05 },
			[GOAL_LATENCY] = { .kind = GOAL_LATENCY, .trials = 1, .trial_s = 0.1,
					   .width = 0.05, LATENCY_LOADS },
		},
	},
	{
		.name = "standard",
		.help = "for figures that are kept: MRR 5 trials of 1 s; NDR and PDR of 1 s trials, "
			"21 s in sum, exceed ratio 50 %, to 0.5 % (as FD.io CSIT); other trials 1 s; "
			"rfc2544 60 s",
		.goal = {
			[GOAL_MRR] = { .kind = GOAL_MRR, .trials = 5, .trial_s = 1 },
			[GOAL_NDR] = { .kind = GOAL_NDR, .final_trial_s = 1, .duration_sum_s = 21,
				       .initial_trial_s = 1, .exceed_ratio = 0.5,
				       .width = 0.005 },
			[GOAL_PDR] = { .kind = GOAL_PDR, .final_trial_s = 1, .duration_sum_s = 21,
				       .initial_trial_s = 1, .loss_ratio = 0.005,
				       .exceed_ratio = 0.5, .width = 0.005 },
			[GOAL_RFC2544] = { .kind = GOAL_RFC2544, .final_trial_s = 60,
					   .duration_sum_s = 60, .initial_trial_s = 1,
					   .width = 0.005 },
			[GOAL_FIXED] = { .kind = GOAL_FIXED, .trials = 5, .trial_s = 1 },
			[GOAL_LATENCY] = { .kind = GOAL_LATENCY, .trials = 1, .trial_s = 5,
					   LATENCY_LOADS },
		},
	},
	{
		.name = "rfc2544",
		.help = "trials of 60 s, not one frame lost, exceed ratio 0, to 0.5 %; latency 120 s",
		.goal = {
			[GOAL_MRR] = { .kind = GOAL_MRR, .trials = 1, .trial_s = 60 },
			[GOAL_NDR] = { .kind = GOAL_NDR, .final_trial_s = 60, .duration_sum_s = 60,
				       .initial_trial_s = 1, .width = 0.005 },
			[GOAL_PDR] = { .kind = GOAL_PDR, .final_trial_s = 60, .duration_sum_s = 60,
				       .initial_trial_s = 1, .loss_ratio = 0.005, .width = 0.005 },
			[GOAL_RFC2544] = { .kind = GOAL_RFC2544, .final_trial_s = 60,
					   .duration_sum_s = 60, .initial_trial_s = 1,
					   .width = 0.005 },
			[GOAL_FIXED] = { .kind = GOAL_FIXED, .trials = 1, .trial_s = 60 },
			[GOAL_LATENCY] = { .kind = GOAL_LATENCY, .trials = 1, .trial_s = 120,
					   LATENCY_LOADS },
		},
	},
	{ 0 },
};

const struct preset *preset_find(const char *name)
{
	for (const struct preset *p = presets; p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

/*
 * A search halves an interval of about a factor 2 until it is within the
 * width, in short trials, and then needs the sum of durations, times the share
 * that must agree, at either bound.
 */
static double search_seconds(const struct goal_spec *g, double *ret_trials)
{
	double steps = ceil(log2(0.7 / g->width)) + 2;
	double good = fmax(g->duration_sum_s * (1 - g->exceed_ratio), g->final_trial_s);
	double bad = g->duration_sum_s * g->exceed_ratio + g->final_trial_s;

	*ret_trials = steps + (good + bad) / g->final_trial_s;
	return steps * g->initial_trial_s + good + bad;
}

double goal_seconds(const struct goal_spec *g, double *ret_trials)
{
	switch (g->kind) {
	case GOAL_MRR:
		*ret_trials = g->trials;
		return g->trials * g->trial_s;
	case GOAL_FIXED:
	case GOAL_LATENCY:
		*ret_trials = g->nrates * g->trials;
		return g->nrates * g->trials * g->trial_s;
	case GOAL_NDR:
	case GOAL_PDR:
	case GOAL_RFC2544:
		return search_seconds(g, ret_trials);
	}
	*ret_trials = 0;
	return 0;
}
