// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * goal_fixed.c - trials at given rates: the loss curve (RFC 2544 section 26.3
 * with loads of the user's choice). Rates above what the tester can offer are
 * left out and named, for a trial there would say nothing about the DUT.
 */
#include "run/goal_ops.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/units.h"

static void leave_out(struct goal_run *g, unsigned int i, double rate)
{
	struct goal_result *r = &g->result[i];
	size_t len = strlen(r->why);
	char a[32], b[32];

	if (!len) {
		snprintf(r->why, sizeof(r->why), "above the tester's %s, left out: %s",
			 units_print(UNIT_RATE, g->m->max_load_pps, a, sizeof(a)),
			 units_print(UNIT_RATE, rate, b, sizeof(b)));
		return;
	}
	snprintf(r->why + len, sizeof(r->why) - len, ", %s",
		 units_print(UNIT_RATE, rate, b, sizeof(b)));
}

static int fixed_run(struct goal_run *g, unsigned int i)
{
	const struct goal_spec *spec = &g->spec[i];
	struct goal_result *r = &g->result[i];
	unsigned int k, t, trials = spec->trials ? spec->trials : 1;

	for (k = 0; k < spec->nrates; k++) {
		if (spec->rate[k] > g->m->max_load_pps) {
			leave_out(g, i, spec->rate[k]);
			continue;
		}
		for (t = 0; t < trials; t++) {
			struct trial_output out;
			int rc = goal_trial(g, i, spec->rate[k], spec->trial_s, "fixed", &out);

			if (rc)
				return rc;
			goal_sample(g, i, spec->rate[k], &out);
			r->value_pps = fmax(r->value_pps, out.forwarding_pps);
		}
	}
	r->regular = !r->why[0];
	return 0;
}

static int fixed_run_all(struct goal_run *g)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < g->n && !rc; i++)
		if (g->spec[i].kind == GOAL_FIXED)
			rc = fixed_run(g, i);
	return rc;
}

const struct goal_ops goal_fixed = {
	.kinds = 1u << GOAL_FIXED,
	.run = fixed_run_all,
};
