// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * goal_latency.c - trials at shares of the PDR (or of the NDR or the MRR when
 * there is no PDR), for their latency histograms. A share of 0 is the lowest
 * load: the latency of a DUT that is nearly idle. One sample a trial, in the
 * order of the shares; the measurer's caller keeps the histograms.
 */
#include "run/goal_ops.h"

#include <math.h>
#include <stdio.h>

static double latency_base(const struct goal_run *g)
{
	static const enum goal_kind order[] = { GOAL_PDR, GOAL_NDR, GOAL_RFC2544, GOAL_MRR };
	unsigned int k;

	for (k = 0; k < ARRAY_SIZE(order); k++) {
		const struct goal_result *r = goal_of(g, order[k]);

		if (r)
			return r->value_pps;
	}
	return 0;
}

static int latency_run(struct goal_run *g, unsigned int i)
{
	const struct goal_spec *spec = &g->spec[i];
	struct goal_result *r = &g->result[i];
	unsigned int k, trials = spec->trials ? spec->trials : 1;
	double base = latency_base(g);

	if (!(base > 0)) {
		snprintf(r->why, sizeof(r->why), "no pdr, ndr or mrr above 0 to take shares of");
		return 0;
	}
	for (k = 0; k < spec->nrates; k++) {
		double load = fmin(fmax(base * spec->rate[k], g->m->min_load_pps),
				   g->m->max_load_pps);
		unsigned int t;

		for (t = 0; t < trials; t++) {
			struct trial_output out;
			int rc = goal_trial(g, i, load, spec->trial_s, "latency", &out);

			if (rc)
				return rc;
			goal_sample(g, i, load, &out);
		}
	}
	r->value_pps = base;
	r->regular = true;
	return 0;
}

static int latency_run_all(struct goal_run *g)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < g->n && !rc; i++)
		if (g->spec[i].kind == GOAL_LATENCY)
			rc = latency_run(g, i);
	return rc;
}

const struct goal_ops goal_latency = {
	.kinds = 1u << GOAL_LATENCY,
	.run = latency_run_all,
};
