// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compare_print.c - a comparison as text and as JSON, and the way from two
 * directories to either.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "analysis/compare.h"
#include "analysis/compare_kernel.h"
#include "analysis/text.h"

static const struct {
	const char *name, *word;	/* for people, for programs */
} verdicts[COMPARE_VERDICTS] = {
	[COMPARE_SAME] = { "no change", "no-change" },
	[COMPARE_REGRESSION] = { "regression", "regression" },
	[COMPARE_IMPROVEMENT] = { "improvement", "improvement" },
	[COMPARE_NOISY] = { "too noisy to say", "too-noisy" },
	[COMPARE_CHANGED] = { "changed, but so did the machine", "environment" },
	[COMPARE_MISSING] = { "missing in B", "missing" },
	[COMPARE_NEW] = { "only in B", "new" },
};

const char *compare_verdict_name(enum compare_verdict v)
{
	return verdicts[v].name;
}

static void print_environment(const struct compare *c, FILE *out)
{
	unsigned int i;

	if (!c->a->environment || !c->b->environment) {
		fprintf(out, "Environment: unknown, %s has no environment.json.\n\n",
			c->a->environment ? c->b->dir : c->a->dir);
		return;
	}
	if (!c->nenv) {
		fprintf(out, "Environment: the same (%s).\n\n", c->a->environment_id);
		return;
	}
	fputs("Environment differs:\n", out);
	for (i = 0; i < c->nenv; i++)
		fprintf(out, "  %s %s: %s -> %s\n", c->env[i].tested || c->counted ? " " : "!", c->env[i].key,
			c->env[i].a, c->env[i].b);
	if (c->foreign)
		fprintf(out, "Lines marked ! make figures incomparable%s.\n\n",
			c->opts.force ? "; judged all the same (--force)" :
					": no change is called a regression (--force overrides)");
	else if (c->counted)
		fputs("Figures are instructions of guests, which no other machine changes.\n\n", out);
	else
		fputs("These may be what is compared.\n\n", out);
}

/* printf counts bytes where terminals count columns: plain characters only. */
static void plain_pps(double pps, char *buf, size_t size)
{
	char *c;

	text_pps(pps, buf, size);
	if (isnan(pps))
		snprintf(buf, size, "-");
	c = strstr(buf, SPACE);
	if (c) {
		*c = ' ';
		memmove(c + 1, c + strlen(SPACE), strlen(c + strlen(SPACE)) + 1);
	}
}

static void print_row(const struct compare_row *r, FILE *out)
{
	char a[FIGURE_TEXT], b[FIGURE_TEXT], change[32] = "", least[32] = "";

	plain_pps(r->a, a, sizeof(a));
	plain_pps(r->b, b, sizeof(b));
	if (!isnan(r->change))
		snprintf(change, sizeof(change), "%+.2f %%", 100 * r->change);
	if (!isnan(r->detectable))
		snprintf(least, sizeof(least), "%.2f %%", 100 * r->detectable);
	fprintf(out, "  %-10s %10s %10s %10s %10s  %s%s%s\n",
		r->measure == RES_THROUGHPUT ? "throughput" : res_measure_label(r->measure), a, b,
		change, least, verdicts[r->verdict].name, *r->why ? ": " : "", r->why);
}

void compare_print(const struct compare *c, FILE *out)
{
	unsigned int i, printed = 0;

	text_count_instructions(c->counted);
	fprintf(out, "A: %s\nB: %s\n\n", c->a->dir, c->b->dir);
	print_environment(c, out);
	compare_kernels(c, out, NULL);
	fprintf(out, "  %-10s %10s %10s %10s %10s  %s\n", "figure", "A", "B", "change",
		"detectable", "verdict");
	for (i = 0; i < c->nrows; i++) {
		if (!i || c->row[i].name != c->row[i - 1].name)
			fprintf(out, "%s\n", c->row[i].name);
		print_row(&c->row[i], out);
	}
	fputc('\n', out);
	if (!c->nrows)
		fputs("Neither run has a figure", out);
	for (i = 0; i < COMPARE_VERDICTS; i++)
		if (c->count[i])
			fprintf(out, "%s%u %s", printed++ ? ", " : "", c->count[i],
				verdicts[i].name);
	fprintf(out, " (of %u figures; threshold %g %%).\n", c->nrows, 100 * c->opts.threshold);
	text_count_instructions(false);
}

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *row_json(const struct compare_row *r)
{
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:i,s:i,s:b,s:s}", "point", r->name,
			 "figure", res_measure_name(r->measure), "verdict",
			 verdicts[r->verdict].word, "a_pps", number(r->a), "b_pps", number(r->b),
			 "change_ratio", number(r->change), "detectable_ratio",
			 number(r->detectable), "a_trials", (int)r->na, "b_trials", (int)r->nb,
			 "mdl_differs", r->mdl, "why", r->why);
}

json_t *compare_json(const struct compare *c)
{
	json_t *rows = json_array(), *env = json_array(), *count = json_object();
	json_t *kernels = json_array();
	unsigned int i;

	compare_kernels(c, NULL, kernels);

	for (i = 0; i < c->nenv; i++)
		json_array_append_new(env, json_pack("{s:s,s:s,s:s,s:b}", "key", c->env[i].key,
						     "a", c->env[i].a, "b", c->env[i].b,
						     "may_be_tested", c->env[i].tested));
	for (i = 0; i < c->nrows; i++)
		json_array_append_new(rows, row_json(&c->row[i]));
	for (i = 0; i < COMPARE_VERDICTS; i++)
		json_object_set_new(count, verdicts[i].word, json_integer(c->count[i]));
	return json_pack("{s:s,s:s,s:s,s:f,s:b,s:b,s:o,s:o,s:o,s:o}", "schema", "kpps-compare-1", "a",
			 c->a->dir, "b", c->b->dir, "threshold_ratio", c->opts.threshold,
			 "environments_differ", c->foreign, "forced", c->opts.force,
			 "environment", env, "kernels", kernels, "count", count, "figures", rows);
}

static int print_json(const struct compare *c, FILE *out, struct err *err)
{
	json_t *json = compare_json(c);
	int rc = 0;

	if (!json || json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)))
		rc = err_set(err, -EIO, "compare: can't write the JSON");
	fputc('\n', out);
	json_decref(json);
	return rc;
}

int compare_dirs(const char *a, const char *b, const struct compare_opts *opts, bool json,
		 FILE *out, enum compare_outcome *ret_outcome, struct err *err)
{
	struct res_dir *ra, *rb;
	struct compare *c;
	int rc;

	rc = res_load(a, &ra, err);
	if (rc)
		return rc;
	rc = res_load(b, &rb, err);
	if (rc)
		goto close_a;
	rc = compare_make(ra, rb, opts, &c, err);
	if (rc)
		goto close_b;
	if (json)
		rc = print_json(c, out, err);
	else
		compare_print(c, out);
	if (!rc)
		*ret_outcome = compare_outcome(c);
	compare_free(c);
close_b:
	res_unload(rb);
close_a:
	res_unload(ra);
	return rc;
}
