// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * goal_mrr.c - the maximum receive rate: the mean forwarding rate of a few
 * trials at the highest load (RFC 2285 section 3.6.2, forwarding rate at
 * maximum offered load).
 */
#include "run/goal_ops.h"

#include <errno.h>
#include <math.h>

static int mrr_run(struct goal_run *g, unsigned int i)
{
	const struct goal_spec *spec = &g->spec[i];
	struct goal_result *r = &g->result[i];
	unsigned int k, lowered = 0;
	double sum = 0, squares = 0;
	int rc;

	for (k = 0; k < spec->trials;) {
		struct trial_output out = { 0 };
		double rate;

		rc = goal_trial(g, i, g->m->max_load_pps, spec->trial_s, "mrr", &out);
		if (rc == -EBADMSG && out.source_limit && lowered++ < GOAL_LOWER_STEPS) {
			/* all of them at one load */
			g->m->max_load_pps *= GOAL_LOWER_STEP;
			k = r->nsamples = 0;
			sum = squares = 0;
			r->value_pps = r->lower_pps = r->upper_pps = 0;
			continue;
		}
		if (rc)
			return rc;
		goal_sample(g, i, g->m->max_load_pps, &out);
		rate = out.forwarding_pps;
		sum += rate;
		squares += rate * rate;
		r->lower_pps = k ? fmin(r->lower_pps, rate) : rate;
		r->upper_pps = fmax(r->upper_pps, rate);
		r->value_pps = sum / (k + 1);
		/* The sample's deviation; cancellation may leave a tiny negative. */
		r->stdev_pps = k ? sqrt(fmax(0, (squares - sum * sum / (k + 1)) / k)) : 0;
		k++;
	}
	r->regular = true;
	return 0;
}

static int mrr_run_all(struct goal_run *g)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < g->n && !rc; i++)
		if (g->spec[i].kind == GOAL_MRR)
			rc = mrr_run(g, i);
	return rc;
}

const struct goal_ops goal_mrr = {
	.kinds = 1u << GOAL_MRR,
	.run = mrr_run_all,
};
