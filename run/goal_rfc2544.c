// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * goal_rfc2544.c - throughput by RFC 2544 section 26.1: the highest load at
 * which no frame is lost, by binary search from the highest load down. The
 * search may use shorter trials (section 24 allows it), but the reported lower
 * bound always stands on one trial of full length. A loss is a loss at any
 * length. Ends when (upper - lower) / upper is within the resolution.
 */
#include "run/goal_ops.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#define RFC2544_TRIALS_MAX 64

struct halving {
	double lossless;	/* highest load without loss, at any trial length */
	unsigned int lowered;	/* times the source's limit came down */
	double next;		/* load to try */
	bool full;		/* at full length */
	bool always_full;	/* short trials are not asked for, or were too kind */
};

static bool narrow(double lower, double upper, double width)
{
	return lower > 0 && upper > 0 && (upper - lower) / upper <= width;
}

static void learn(struct goal_result *r, struct halving *h, double loss_ratio)
{
	if (loss_ratio > 0) {
		r->upper_pps = h->next;
		h->always_full |= h->full;
		if (h->lossless >= h->next)
			h->lossless = r->lower_pps;
		return;
	}
	h->lossless = h->next;
	if (h->full)
		r->lower_pps = r->value_pps = h->next;
}

/* True when the search is over; else @h says what is next. */
static bool decide(const struct goal_spec *spec, const struct measurer *m,
		   struct goal_result *r, struct halving *h)
{
	bool found = !(r->upper_pps > 0) || narrow(h->lossless, r->upper_pps, spec->width);

	if (r->upper_pps > 0 && r->upper_pps <= m->min_load_pps) {
		r->nothing = true;
		snprintf(r->why, sizeof(r->why), "loss at the lowest load");
		return true;
	}
	if (!found) {
		h->full = h->always_full;
		h->next = fmax((h->lossless + r->upper_pps) / 2, m->min_load_pps);
		return false;
	}
	if (r->lower_pps < h->lossless) {
		h->full = true;
		h->next = h->lossless;
		return false;
	}
	r->regular = r->upper_pps > 0;
	if (!r->regular)
		snprintf(r->why, sizeof(r->why), "no loss at the highest load%s",
			 h->lowered ? " that the source keeps" : "");
	return true;
}

/* True when there is a lower load to try as the highest. */
static bool lower_load(struct measurer *m, struct goal_result *r, struct halving *h)
{
	if (h->lowered++ == GOAL_LOWER_STEPS || h->next <= h->lossless)
		return false;
	h->next = fmax(fmax(GOAL_LOWER_STEP * h->next, h->lossless), m->min_load_pps);
	h->full = h->always_full;
	m->max_load_pps = h->next;
	r->upper_pps = 0;	/* of a load that is not offered any more */
	return true;
}

static int rfc2544_run(struct goal_run *g, unsigned int i)
{
	const struct goal_spec *spec = &g->spec[i];
	struct goal_result *r = &g->result[i];
	bool always_full = !(spec->initial_trial_s > 0) ||
			   spec->initial_trial_s >= spec->final_trial_s;
	struct halving h = {
		.next = g->m->max_load_pps,
		.full = always_full,
		.always_full = always_full,
	};
	unsigned int k;

	for (k = 0; k < RFC2544_TRIALS_MAX; k++) {
		struct trial_output out = { 0 };
		int rc = goal_trial(g, i, h.next, h.full ? spec->final_trial_s :
				    spec->initial_trial_s, "rfc2544", &out);

		if (rc == -EBADMSG && out.source_limit && lower_load(g->m, r, &h))
			continue;
		if (rc)
			return rc;
		goal_sample(g, i, h.next, &out);
		learn(r, &h, out.loss_ratio);
		if (decide(spec, g->m, r, &h))
			return 0;
	}
	snprintf(r->why, sizeof(r->why), "not within its resolution after %d trials",
		 RFC2544_TRIALS_MAX);
	return 0;
}

static int rfc2544_run_all(struct goal_run *g)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < g->n && !rc; i++)
		if (g->spec[i].kind == GOAL_RFC2544)
			rc = rfc2544_run(g, i);
	return rc;
}

const struct goal_ops goal_rfc2544 = {
	.kinds = 1u << GOAL_RFC2544,
	.run = rfc2544_run_all,
};
