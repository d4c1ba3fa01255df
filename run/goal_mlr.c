// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * goal_mlr.c - all search goals (ndr, pdr) of a point in one search, after
 * RFC 9971 (MLRsearch). The RFC fixes how a load is classified
 * (mlr_classify.c) and what a result is; which load is measured next is the
 * controller's own business, here:
 *
 * - Loads are points of one logarithmic grid from the highest load down, as
 *   fine as the narrowest goal; a load is an integer, and goals that come near
 *   each other meet on the same loads and share their trials.
 * - Each goal is approached in three targets: the first with the initial trial
 *   duration, one trial's duration sum and four times the width, the last the
 *   goal itself, the one between in the geometric middle. Coarse targets find
 *   the neighbourhood cheaply; only the last one is reported.
 * - A target starts from the bounds of the target before it: the middle of the
 *   interval, then its lower end, then its upper end; bounds that are missing are
 *   sought by steps that double, an interval that is too wide is split so that
 *   one part is a whole number of widths.
 * - Among the goals' wishes the lowest load is measured first.
 * - The lowest load being an upper bound ends a goal at once.
 * - A load the source does not keep, tried three times, says nothing about the
 *   DUT: the highest load of the search is then a step below it, and a goal that
 *   carries that load has no upper bound.
 *
 * struct search lives for one call. Nothing depends on a clock or on chance, so
 * equal answers lead to equal questions, which is what a resumed run relies on.
 */
#include "run/goal_ops.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "run/mlr_classify.h"

#define MLR_TARGETS	3
#define MLR_GOALS_MAX	8
#define MLR_TRIALS_MAX	4096
#define MLR_SECONDS_MAX	1200.0	/* of trials; more when one duration sum asks for it */
#define MLR_SUMS_MAX	30	/* loads a goal may fully measure beyond that */
#define MLR_WIDTH	0.005	/* of a goal that names none */

struct load {
	int x;				/* on the grid: 0 lowest, search.anchor highest */
	unsigned int n, room;
	struct mlr_trial *trial;
};

struct target {
	struct mlr_goal goal;
	double trial_s;
	int width;			/* in steps of the grid, at least 1 */
};

/* One goal on its way. Loads of -1 and top + 1 mean: no such bound. */
struct chase {
	unsigned int i;			/* index of the goal */
	struct target target[MLR_TARGETS];
	unsigned int level;		/* MLR_TARGETS: done */
	int before_lo, before_hi;	/* bounds of the target before; first: the start */
	bool halved;			/* their middle was asked for */
	int step_down, step_up;		/* next steps of the extension */
	int current;			/* load being measured, -1 none */
};

struct search {
	struct goal_run *g;
	double step;			/* ln of the ratio of two neighbours */
	double anchor_pps;		/* the load of grid point @anchor */
	int anchor, top;		/* highest load at first; that the source keeps */
	unsigned int lowered;
	struct load *load;		/* ascending */
	unsigned int nloads, room;
	unsigned int trials;
	double seconds, seconds_max;
	struct chase chase[MLR_GOALS_MAX];
	unsigned int nchases;
};

static double load_pps(const struct search *s, int x)
{
	return s->anchor_pps * exp(-(s->anchor - x) * s->step);
}

/* The highest load of the grid that is not above @pps; 0 when all are. */
static int load_below(const struct search *s, double pps)
{
	double down;

	if (!(pps > 0))
		return 0;
	down = ceil(log(s->anchor_pps / pps) / s->step - 1e-9);
	if (down >= s->anchor)
		return 0;
	return min(s->anchor - (int)fmax(down, 0), s->top);
}

static double width_of(const struct goal_spec *spec)
{
	return spec->width > 0 && spec->width < 1 ? spec->width : MLR_WIDTH;
}

static struct load *load_at(struct search *s, int x)
{
	unsigned int i = 0;
	struct load *l;

	while (i < s->nloads && s->load[i].x < x)
		i++;
	if (i < s->nloads && s->load[i].x == x)
		return &s->load[i];
	if (s->nloads == s->room) {
		unsigned int room = s->room ? 2 * s->room : 64;

		l = realloc(s->load, room * sizeof(*l));
		if (!l)
			return NULL;
		s->load = l;
		s->room = room;
	}
	memmove(&s->load[i + 1], &s->load[i], (s->nloads - i) * sizeof(*s->load));
	s->load[i] = (struct load){ .x = x };
	s->nloads++;
	return &s->load[i];
}

static int load_add(struct search *s, int x, double duration_s, double effective_s,
		    double loss_ratio)
{
	struct load *l = load_at(s, x);

	if (!l)
		return -ENOMEM;
	if (l->n == l->room) {
		unsigned int room = l->room ? 2 * l->room : 8;
		struct mlr_trial *t = realloc(l->trial, room * sizeof(*t));

		if (!t)
			return -ENOMEM;
		l->trial = t;
		l->room = room;
	}
	l->trial[l->n++] = (struct mlr_trial){
		.loss_ratio = loss_ratio,
		.duration_s = duration_s,
		.effective_s = effective_s,
	};
	return 0;
}

static enum mlr_class class_at(const struct search *s, const struct mlr_goal *goal, int x)
{
	unsigned int i;

	for (i = 0; i < s->nloads; i++)
		if (s->load[i].x == x)
			return mlr_classify(s->load[i].trial, s->load[i].n, goal);
	return MLR_UNDECIDED;
}

/* Relevant bounds: the smallest upper bound, the largest lower bound below it. */
static void bounds(const struct search *s, const struct mlr_goal *goal, int *ret_lo,
		   int *ret_hi)
{
	int lo = -1, hi = s->top + 1;
	unsigned int i;

	for (i = 0; i < s->nloads && s->load[i].x <= s->top && hi > s->top; i++) {
		const struct load *l = &s->load[i];
		enum mlr_class c = mlr_classify(l->trial, l->n, goal);

		if (c == MLR_UPPER)
			hi = l->x;
		else if (c == MLR_LOWER)
			lo = l->x;
	}
	*ret_lo = lo;
	*ret_hi = hi;
}

static void enter_level(struct chase *c, unsigned int level, int lo, int hi)
{
	c->level = level;
	c->before_lo = lo;
	c->before_hi = hi;
	c->halved = false;
	c->current = -1;
	if (level < MLR_TARGETS)
		c->step_down = c->step_up = c->target[level].width;
}

/* From the bounds of the target before: its middle, lower end, upper end; -1 none. */
static int from_before(const struct search *s, struct chase *c, int lo, int hi)
{
	const struct mlr_goal *goal = &c->target[c->level].goal;
	int a = c->before_lo, b = c->before_hi;

	if (a >= 0 && b <= s->top && !c->halved) {
		int mid = a + (b - a) / 2;

		c->halved = true;
		if (mid > a && mid > lo && mid < hi)
			return mid;
	}
	if (a > lo && a < hi && class_at(s, goal, a) == MLR_UNDECIDED)
		return a;
	if (b > lo && b < hi && b <= s->top && class_at(s, goal, b) == MLR_UNDECIDED)
		return b;
	return -1;
}

/* Both bounds are there and too far apart: one part becomes whole widths. */
static int split(int lo, int hi, int width)
{
	int units = (hi - lo + width - 1) / width;

	return lo + max(units / 2, 1) * width;
}

static int choose(const struct search *s, struct chase *c, int lo, int hi)
{
	int x = from_before(s, c, lo, hi);

	if (x >= 0)
		return x;
	if (lo < 0) {
		x = max(hi - c->step_down, 0);
		c->step_down = min(2 * c->step_down, s->top + 1);
		return x;
	}
	if (hi > s->top) {
		x = min(lo + c->step_up, s->top);
		c->step_up = min(2 * c->step_up, s->top + 1);
		return x;
	}
	return split(lo, hi, c->target[c->level].width);
}

/* The load this goal wants measured next, or -1 when it is done. */
static int wish(const struct search *s, struct chase *c)
{
	while (c->level < MLR_TARGETS) {
		const struct target *t = &c->target[c->level];
		int lo, hi;

		bounds(s, &t->goal, &lo, &hi);
		if (hi == 0 || lo == s->top ||
		    (lo >= 0 && hi <= s->top && hi - lo <= t->width)) {
			enter_level(c, c->level + 1, lo, hi);
			continue;
		}
		if (c->current <= lo || c->current >= hi ||
		    class_at(s, &t->goal, c->current) != MLR_UNDECIDED)
			c->current = choose(s, c, lo, hi);
		return c->current;
	}
	return -1;
}

static void tell(const struct search *s, const struct chase *c)
{
	const struct goal_spec *spec = &s->g->spec[c->i];
	char text[128], a[32] = "?", b[32] = "?";
	unsigned int level = min(c->level, MLR_TARGETS - 1u);
	int lo, hi;

	if (!s->g->m->note)
		return;
	bounds(s, &c->target[level].goal, &lo, &hi);
	if (lo >= 0)
		units_print(UNIT_RATE, load_pps(s, lo), a, sizeof(a));
	if (hi <= s->top)
		units_print(UNIT_RATE, load_pps(s, hi), b, sizeof(b));
	snprintf(text, sizeof(text), "%s %s … %s", goal_name(spec->kind), a, b);
	s->g->m->note(s->g->m->arg, text);
}

/* The source does not keep load @x: what is worth a trial is a good step below. */
static bool lower_top(struct search *s, const struct chase *c, int x)
{
	int lo, hi;

	bounds(s, &c->target[c->level].goal, &lo, &hi);
	if (x == 0 || s->lowered++ == GOAL_LOWER_STEPS)
		return false;
	/* never below a load that was carried */
	lo = max(lo, x - (int)ceil(-log(GOAL_LOWER_STEP) / s->step));
	s->top = min(max(lo, 0), x - 1);
	return true;
}

static int measure(struct search *s, const struct chase *c, int x, double trial_s)
{
	struct trial_output out = { 0 };
	int rc = goal_trial(s->g, c->i, load_pps(s, x), trial_s, "search", &out);

	if (rc == -EBADMSG && out.source_limit && lower_top(s, c, x))
		return 0;
	if (rc)
		return rc;
	s->trials++;
	s->seconds += trial_s;
	rc = load_add(s, x, trial_s, out.duration_s, out.loss_ratio);
	if (!rc)
		tell(s, c);
	return rc;
}

static void start_from(struct search *s, double forwarding_pps)
{
	unsigned int k;

	for (k = 0; k < s->nchases; k++)
		enter_level(&s->chase[k], 0, load_below(s, forwarding_pps), s->top + 1);
}

/*
 * Where the search starts: the forwarding rate at the highest load, from the
 * trials of the MRR goal when there was one (they count as trials of this
 * search too), else from one trial of its own.
 */
static int find_start(struct search *s)
{
	struct goal_run *g = s->g;
	const struct chase *c = &s->chase[0];
	double trial_s = c->target[0].trial_s;
	struct trial_output out = { 0 };
	unsigned int i, k;
	int rc;

	for (i = 0; i < g->n; i++) {
		const struct goal_result *r = &g->result[i];

		if (g->spec[i].kind != GOAL_MRR || !r->nsamples)
			continue;
		for (k = 0; k < r->nsamples; k++) {
			rc = load_add(s, s->top, g->spec[i].trial_s, g->spec[i].trial_s,
				      r->sample[k].loss_ratio);
			if (rc)
				return rc;
		}
		start_from(s, r->value_pps);
		return 0;
	}
	do {
		rc = goal_trial(g, c->i, load_pps(s, s->top), trial_s, "search", &out);
	} while (rc == -EBADMSG && out.source_limit && lower_top(s, c, s->top));
	if (rc)
		return rc;
	s->trials++;
	s->seconds += trial_s;
	start_from(s, out.forwarding_pps);
	return load_add(s, s->top, trial_s, out.duration_s, out.loss_ratio);
}

static int search_loop(struct search *s)
{
	while (s->trials < MLR_TRIALS_MAX && s->seconds < s->seconds_max) {
		struct chase *best = NULL;
		double best_s = 0;
		int best_x = 0, rc;
		unsigned int k;

		for (k = 0; k < s->nchases; k++) {
			struct chase *c = &s->chase[k];
			int x = wish(s, c);
			double trial_s;

			if (x < 0)
				continue;
			trial_s = c->target[c->level].trial_s;
			/* The longer trial serves both. */
			if (best && (x > best_x || (x == best_x && trial_s <= best_s)))
				continue;
			best = c;
			best_x = x;
			best_s = trial_s;
		}
		if (!best)
			return 0;
		rc = measure(s, best, best_x, best_s);
		if (rc)
			return rc;
	}
	return 0;
}

static void conclude(struct search *s, const struct chase *c)
{
	const struct goal_spec *spec = &s->g->spec[c->i];
	const struct target *last = &c->target[MLR_TARGETS - 1];
	struct goal_result *r = &s->g->result[c->i];
	unsigned int i;
	int lo, hi;

	bounds(s, &last->goal, &lo, &hi);
	if (hi <= s->top)
		r->upper_pps = load_pps(s, hi);
	for (i = 0; i < s->nloads && lo >= 0; i++) {
		if (s->load[i].x != lo)
			continue;
		r->lower_pps = load_pps(s, lo);
		r->value_pps = mlr_conditional_throughput(s->load[i].trial, s->load[i].n,
							  &last->goal, r->lower_pps);
	}
	r->regular = lo >= 0 && hi <= s->top &&
		     (r->upper_pps - r->lower_pps) / r->upper_pps <= width_of(spec) + 1e-9;
	if (r->regular)
		return;
	r->nothing = hi == 0;
	if (r->nothing)
		snprintf(r->why, sizeof(r->why), "the lowest load is already too high");
	else if (lo == s->top)
		snprintf(r->why, sizeof(r->why), "the highest load%s is still carried",
			 s->lowered ? " that the source keeps" : "");
	else if (s->trials >= MLR_TRIALS_MAX || s->seconds >= s->seconds_max)
		snprintf(r->why, sizeof(r->why), "not within its width after %.0f s of trials",
			 s->seconds);
}

/* Durations and sums grow geometrically from one initial trial to the goal. */
static void plan_targets(const struct search *s, struct chase *c)
{
	const struct goal_spec *spec = &s->g->spec[c->i];
	double first = spec->initial_trial_s > 0 ?
		       fmin(spec->initial_trial_s, spec->final_trial_s) : spec->final_trial_s;
	double sum = fmax(spec->duration_sum_s, spec->final_trial_s);
	int width = max((int)(-log1p(-width_of(spec)) / s->step + 1e-9), 1);
	unsigned int k;

	for (k = 0; k < MLR_TARGETS; k++) {
		double part = (double)k / (MLR_TARGETS - 1);
		struct target *t = &c->target[k];

		t->trial_s = first * pow(spec->final_trial_s / first, part);
		t->goal.final_trial_s = t->trial_s;
		t->goal.duration_sum_s = first * pow(sum / first, part);
		t->goal.loss_ratio = spec->loss_ratio;
		t->goal.exceed_ratio = spec->exceed_ratio;
		t->width = width << (MLR_TARGETS - 1 - k);
	}
	/* The last one is the goal to the letter, not to a rounding of pow(). */
	c->target[MLR_TARGETS - 1].trial_s = spec->final_trial_s;
	c->target[MLR_TARGETS - 1].goal.final_trial_s = spec->final_trial_s;
	c->target[MLR_TARGETS - 1].goal.duration_sum_s = spec->duration_sum_s;
}

static void search_init(struct search *s, struct goal_run *g)
{
	double narrowest = 1, lowest = g->m->min_load_pps;
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->g = g;
	s->seconds_max = MLR_SECONDS_MAX;
	for (i = 0; i < g->n && s->nchases < MLR_GOALS_MAX; i++) {
		const struct goal_spec *spec = &g->spec[i];

		if (!(goal_mlr.kinds & 1u << spec->kind))
			continue;
		s->chase[s->nchases++].i = i;
		narrowest = fmin(narrowest, width_of(spec));
		s->seconds_max = fmax(s->seconds_max, MLR_SUMS_MAX * spec->duration_sum_s);
	}
	if (!(lowest > 0))
		lowest = g->m->max_load_pps * 1e-6;
	s->step = -log1p(-narrowest);
	s->anchor_pps = g->m->max_load_pps;
	s->anchor = (int)(log(s->anchor_pps / lowest) / s->step + 1e-9);
	s->top = s->anchor;
	for (i = 0; i < s->nchases; i++)
		plan_targets(s, &s->chase[i]);
}

static void search_release(struct search *s)
{
	unsigned int i;

	for (i = 0; i < s->nloads; i++)
		free(s->load[i].trial);
	free(s->load);
}

static int mlr_run(struct goal_run *g)
{
	struct search s;
	unsigned int i;
	int rc;

	search_init(&s, g);
	rc = find_start(&s);
	if (!rc)
		rc = search_loop(&s);
	for (i = 0; i < s.nchases; i++)
		conclude(&s, &s.chase[i]);
	g->m->max_load_pps = load_pps(&s, s.top);
	search_release(&s);
	return rc;
}

const struct goal_ops goal_mlr = {
	.kinds = 1u << GOAL_NDR | 1u << GOAL_PDR,
	.run = mlr_run,
};
