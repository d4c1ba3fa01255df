// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compare.c - see compare.h: match points, judge figures. compare_env.c looks
 * at the machines, compare_print.c writes.
 */
#include "analysis/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare_env.h"
#include "analysis/jumpavg.h"
#include "analysis/text.h"

#define SAMPLES_MAX 128

struct sample_set {
	unsigned int n;
	double v[SAMPLES_MAX];
	double mean, variance;	/* of the sample */
};

static void mrr_samples(const struct res_point *p, struct sample_set *s)
{
	double sum = 0;
	unsigned int i;

	s->n = 0;
	for (i = 0; i < p->nsamples && s->n < SAMPLES_MAX; i++) {
		if (strcmp(p->sample[i].phase, "mrr") != 0)
			continue;
		s->v[s->n++] = p->sample[i].forwarding_pps;
		sum += p->sample[i].forwarding_pps;
	}
	s->mean = s->n ? sum / s->n : NAN;
	for (sum = 0, i = 0; i < s->n; i++)
		sum += (s->v[i] - s->mean) * (s->v[i] - s->mean);
	s->variance = s->n > 1 ? sum / (s->n - 1) : NAN;
}

/* Student's t at 97.5 % (two-sided 95 %) by degrees of freedom. */
static double student_t(double df)
{
	static const double t[] = { 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
				    2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
				    2.110, 2.101, 2.093, 2.086 };
	const unsigned int rows = ARRAY_SIZE(t);

	if (df < 1)
		return t[0];
	if (df < rows + 1)
		return t[(unsigned int)df - 1];
	return 1.960 + 2.6 / df;	/* 2.08 at 21, 1.98 at 120 */
}

/* Half of Welch's 95 % interval of the difference, relative to @a's mean. */
static double welch_detectable(const struct sample_set *a, const struct sample_set *b)
{
	double va = a->variance / a->n, vb = b->variance / b->n, sum = va + vb, df;

	if (sum <= 0)
		return 0;
	df = sum * sum / (va * va / (a->n - 1) + vb * vb / (b->n - 1));
	return student_t(df) * sqrt(sum) / a->mean;
}

static void set_verdict(struct compare_row *row, bool certain, double threshold)
{
	if (fabs(row->change) >= threshold && certain)
		row->verdict = row->change < 0 ? COMPARE_REGRESSION : COMPARE_IMPROVEMENT;
	else if (fabs(row->change) < threshold && row->detectable <= threshold)
		row->verdict = COMPARE_SAME;
	else
		row->verdict = COMPARE_NOISY;
}

static void explain_noise(struct compare_row *row, const char *what)
{
	char least[FIGURE_TEXT];

	if (row->verdict == COMPARE_NOISY && !*row->why)
		snprintf(row->why, sizeof(row->why), "%s could show a change of %s or more", what,
			 text_share(row->detectable, least, sizeof(least)));
}

static void judge_mrr(const struct res_point *a, const struct res_point *b,
		      struct compare_row *row, double threshold)
{
	struct sample_set sa, sb;
	bool certain;

	mrr_samples(a, &sa);
	mrr_samples(b, &sb);
	row->na = sa.n;
	row->nb = sb.n;
	row->verdict = COMPARE_NOISY;
	if (sa.n < 2 || sb.n < 2 || !(sa.mean > 0)) {
		snprintf(row->why, sizeof(row->why), "one trial says nothing about the spread: measure several");
		return;
	}
	row->change = sb.mean / sa.mean - 1;
	row->detectable = welch_detectable(&sa, &sb);
	row->mdl = jumpavg_differ(sa.v, sa.n, sb.v, sb.n, NULL);
	certain = row->mdl && fabs(row->change) > row->detectable;
	set_verdict(row, certain, threshold);
	if (row->verdict == COMPARE_NOISY && fabs(row->change) > row->detectable && !row->mdl)
		snprintf(row->why, sizeof(row->why), "the means differ, but as one group the trials take fewer bits");
	explain_noise(row, "these trials");
}

static double mrr_spread(const struct res_point *p)
{
	struct sample_set s;

	mrr_samples(p, &s);
	return s.n > 1 && s.mean > 0 ? sqrt(s.variance) / s.mean : 0;
}

/* [lower, upper] of a search, with the spread on both sides. */
static void search_interval(const struct res_point *p, enum res_measure m, double *lower,
			    double *upper)
{
	const struct res_figure *f = &p->figure[m];
	double spread = mrr_spread(p);

	*lower = isnan(f->lower) ? 0 : fmin(f->lower, f->pps) * (1 - spread);
	*upper = isnan(f->upper) ? INFINITY : fmax(f->upper, f->pps) * (1 + spread);
}

static void judge_search(const struct res_point *a, const struct res_point *b,
			 struct compare_row *row, double threshold)
{
	double alo, ahi, blo, bhi;

	search_interval(a, row->measure, &alo, &ahi);
	search_interval(b, row->measure, &blo, &bhi);
	/* the intervals touch when the figures are this far apart */
	row->detectable = ((row->a - alo) + (ahi - row->a) + (row->b - blo) + (bhi - row->b)) /
			  (row->a + row->b);
	if (!isfinite(row->detectable))
		row->detectable = NAN;
	set_verdict(row, bhi < alo || blo > ahi, threshold);
	if (row->verdict == COMPARE_NOISY && isnan(row->detectable))
		snprintf(row->why, sizeof(row->why), "a search found no %s bound",
			 isfinite(ahi) && isfinite(bhi) ? "lower" : "upper");
	explain_noise(row, "these bounds");
}

static void bound_caveat(const struct res_point *p, const char *which, struct compare_row *row)
{
	if (*row->why || !res_has_flag(p, "source-bound") ||
	    !(p->figure[row->measure].pps >= 0.95 * p->selftest_pps))
		return;
	snprintf(row->why, sizeof(row->why), "source-bound in %s: the tester was the limit", which);
}

static void judge(const struct compare *c, const struct res_point *a, const struct res_point *b,
		  struct compare_row *row)
{
	const struct res_figure *fa = a ? &a->figure[row->measure] : NULL;
	const struct res_figure *fb = b ? &b->figure[row->measure] : NULL;

	row->a = fa && fa->has ? fa->pps : NAN;
	row->b = fb && fb->has ? fb->pps : NAN;
	row->change = row->b / row->a - 1;
	row->detectable = NAN;
	if (!a || !b || isnan(row->a) || isnan(row->b)) {
		row->verdict = isnan(row->b) ? COMPARE_MISSING : COMPARE_NEW;
		if (isnan(row->b) && b && *b->why)
			snprintf(row->why, sizeof(row->why), "%s", b->why);
		return;
	}
	if (!(row->a > 0)) {
		row->verdict = row->b > 0 ? COMPARE_IMPROVEMENT : COMPARE_SAME;
		row->change = NAN;
		snprintf(row->why, sizeof(row->why), "nothing was forwarded in A");
	} else if (row->measure == RES_MRR) {
		judge_mrr(a, b, row, c->opts.threshold);
	} else {
		judge_search(a, b, row, c->opts.threshold);
	}
	bound_caveat(a, "A", row);
	bound_caveat(b, "B", row);
}

/* Same parameters in any order; without parameters, the same name. */
static bool same_point(const struct res_point *a, const struct res_point *b)
{
	const char *value;
	unsigned int i;

	if (a->nparams != b->nparams)
		return false;
	if (!a->nparams)
		return !strcmp(a->name, b->name);
	for (i = 0; i < a->nparams; i++) {
		value = res_param_value(b, a->param[i].key);
		if (!value || strcmp(value, a->param[i].value) != 0)
			return false;
	}
	return true;
}

const struct res_point *compare_partner(const struct res_dir *r, const struct res_point *p)
{
	unsigned int i;

	for (i = 0; i < r->npoints; i++)
		if (same_point(&r->point[i], p))
			return &r->point[i];
	return NULL;
}

/* @a or @b may be NULL: then the other names the point. */
static void add_rows(struct compare *c, const char *name, const struct res_point *a,
		     const struct res_point *b)
{
	struct compare_row *row;
	enum res_measure m;

	for (m = 0; m < RES_MEASURES; m++) {
		if (!(a && a->figure[m].has) && !(b && b->figure[m].has))
			continue;
		row = &c->row[c->nrows++];
		row->name = name;
		row->measure = m;
		judge(c, a, b, row);
		if (c->foreign && !c->opts.force &&
		    (row->verdict == COMPARE_REGRESSION || row->verdict == COMPARE_IMPROVEMENT))
			row->verdict = COMPARE_CHANGED;
		c->count[row->verdict]++;
	}
}

static unsigned int compare_points(struct compare *c)
{
	const struct res_point *p, *other;
	unsigned int i, matched = 0;

	for (i = 0; i < c->a->npoints; i++) {
		p = &c->a->point[i];
		other = compare_partner(c->b, p);
		matched += !!other;
		add_rows(c, p->name, p, other);
	}
	for (i = 0; i < c->b->npoints; i++) {
		p = &c->b->point[i];
		if (!compare_partner(c->a, p))
			add_rows(c, p->name, NULL, p);
	}
	return matched;
}

int compare_make(const struct res_dir *a, const struct res_dir *b,
		 const struct compare_opts *opts, struct compare **ret_cmp, struct err *err)
{
	struct compare *c = calloc(1, sizeof(*c));
	size_t rows = ((size_t)a->npoints + b->npoints) * RES_MEASURES + 1;
	int rc;

	if (!c)
		return err_set(err, -ENOMEM, "compare: out of memory");
	c->a = a;
	c->b = b;
	c->opts = *opts;
	c->row = calloc(rows, sizeof(*c->row));
	rc = c->row ? compare_environments(c) : -ENOMEM;
	if (rc) {
		compare_free(c);
		return err_set(err, rc, "compare: out of memory");
	}
	if (!compare_points(c)) {
		rc = err_set(err, -EINVAL, "%s and %s have no point in common: different scenarios?",
			     a->dir, b->dir);
		compare_free(c);
		return rc;
	}
	*ret_cmp = c;
	return 0;
}

void compare_free(struct compare *c)
{
	if (!c)
		return;
	compare_environments_release(c);
	free(c->row);
	free(c);
}

enum compare_outcome compare_outcome(const struct compare *c)
{
	if (c->count[COMPARE_REGRESSION])
		return COMPARE_FAIL;
	if (c->count[COMPARE_MISSING] || c->count[COMPARE_NEW] == c->nrows)
		return COMPARE_INCOMPLETE;
	return c->count[COMPARE_CHANGED] ? COMPARE_FOREIGN : COMPARE_PASS;
}
