// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * goals.c - runs the goals of one point in the order that lets later ones use
 * what earlier ones found: mrr (where the search starts), search goals,
 * rfc2544, fixed, latency (shares of the PDR). Stateless; all state is the
 * caller's results.
 */
#include "run/goal_ops.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define RATE_WIDTH 0.01		/* of an MRR that states none */
/* A goal as coarse as this (preset quick) need not know the load to 1e-5: a tenth of
 * its width is as good. A short trial at the edge of what the source can do ends some
 * 10 us late as often as not. */
#define COARSE	0.02
#define LATE	0.1

static const struct goal_ops *const stages[] = {
	&goal_mrr, &goal_mlr, &goal_rfc2544, &goal_fixed, &goal_latency,
};

static const char *const goal_names[] = {
	[GOAL_MRR] = "mrr",	    [GOAL_NDR] = "ndr",	    [GOAL_PDR] = "pdr",
	[GOAL_RFC2544] = "rfc2544", [GOAL_FIXED] = "fixed", [GOAL_LATENCY] = "latency",
};

const char *goal_name(enum goal_kind kind)
{
	if ((unsigned int)kind >= ARRAY_SIZE(goal_names))
		return "unknown";
	return goal_names[kind];
}

bool goal_is_search(enum goal_kind kind)
{
	return kind == GOAL_NDR || kind == GOAL_PDR || kind == GOAL_RFC2544;
}

/* The finest of the goals that use the trial decides. */
static void may_be_late(struct trial_use *use, double width, bool first)
{
	double late = width >= COARSE ? LATE * width : 0;

	use->late = first ? late : fmin(use->late, late);
}

/* Searches share their trials, and take those of the MRR: each is for all of them. */
static void use_of(const struct goal_run *g, unsigned int i, struct trial_use *use)
{
	const struct goal_spec *spec = &g->spec[i];
	unsigned int k;

	if (spec->kind == GOAL_MRR) {
		use->rate = spec->width > 0 ? spec->width : RATE_WIDTH;
		may_be_late(use, use->rate, true);
	} else if (!goal_is_search(spec->kind)) {
		use->loss = true;
		may_be_late(use, spec->width, true);
		return;
	}
	for (k = 0; k < g->n; k++) {
		if (!goal_is_search(g->spec[k].kind))
			continue;
		if (use->nlimits == TRIAL_LIMITS_MAX) {
			use->loss = true;
			return;
		}
		may_be_late(use, g->spec[k].width, !use->rate && !use->nlimits);
		use->limit[use->nlimits++] = g->spec[k].loss_ratio;
	}
}

int goal_trial(struct goal_run *g, unsigned int i, double load_pps, double duration_s,
	       const char *phase, struct trial_output *ret)
{
	struct trial_input in = {
		.load_pps = load_pps,
		.duration_s = duration_s,
		.phase = phase,
	};
	int rc;

	use_of(g, i, &in.use);
	rc = g->m->trial(g->m->arg, &in, ret);
	if (rc)
		return rc;
	g->result[i].trials++;
	g->result[i].seconds += duration_s;
	return 0;
}

void goal_sample(struct goal_run *g, unsigned int i, double load_pps,
		 const struct trial_output *out)
{
	struct goal_result *r = &g->result[i];

	if (r->nsamples == GOAL_SAMPLES_MAX)
		return;
	r->sample[r->nsamples++] = (struct goal_sample){
		.load_pps = load_pps,
		.loss_ratio = out->loss_ratio,
		.forwarding_pps = out->forwarding_pps,
	};
}

const struct goal_result *goal_of(const struct goal_run *g, enum goal_kind kind)
{
	unsigned int i;

	for (i = 0; i < g->n; i++)
		if (g->spec[i].kind == kind && g->result[i].value_pps > 0)
			return &g->result[i];
	return NULL;
}

static bool wanted(const struct goal_run *g, const struct goal_ops *ops)
{
	unsigned int i;

	for (i = 0; i < g->n; i++)
		if (ops->kinds & 1u << g->spec[i].kind)
			return true;
	return false;
}

/* A goal that didn't end by itself says so; what it found so far stays. */
static void mark_ended(struct goal_run *g, int rc)
{
	const char *why = rc == -EINTR ? "stopped by the user" :
			  rc == -EBADMSG ? "three invalid trials in a row" :
			  "the testbed broke";
	unsigned int i;

	for (i = 0; i < g->n; i++) {
		struct goal_result *r = &g->result[i];

		if (r->regular || r->why[0])
			continue;
		snprintf(r->why, sizeof(r->why), "%s", why);
	}
}

int goals_run(const struct goal_spec *specs, unsigned int n, struct measurer *m,
	      struct goal_result *ret_results, struct err *err)
{
	struct goal_run g = { .spec = specs, .n = n, .m = m, .result = ret_results };
	unsigned int i;
	int rc = 0;

	memset(ret_results, 0, n * sizeof(*ret_results));
	for (i = 0; i < n; i++) {
		ret_results[i].kind = specs[i].kind;
		ret_results[i].loss_ratio = specs[i].loss_ratio;
	}
	if (!(m->max_load_pps > 0) || m->min_load_pps > m->max_load_pps)
		return err_set(err, -EINVAL, "no load to search: the highest is %g pps, the lowest %g pps",
			       m->max_load_pps, m->min_load_pps);

	for (i = 0; i < ARRAY_SIZE(stages) && !rc; i++)
		if (wanted(&g, stages[i]))
			rc = stages[i]->run(&g);
	if (!rc)
		return 0;
	mark_ended(&g, rc);
	return err_set(err, rc, "%s", rc == -EINTR ? "stopped by the user" :
		       rc == -EBADMSG ? "three invalid trials in a row" : "the testbed broke");
}
