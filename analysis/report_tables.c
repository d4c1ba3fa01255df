// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_tables.c - the tables of a report: every point with every figure, and
 * the trials. A caveat stands in the cell of the figure it is about; what is
 * about the point stands under its name.
 */
#include <math.h>
#include <string.h>

#include "analysis/report_parts.h"
#include "analysis/text.h"

#define INVALID_SHOWN 200
#define SOURCE_BOUND  0.95	/* of the self-test, as the flag's own rule */

static bool any_figure(const struct res_dir *r, enum res_measure m)
{
	unsigned int i;

	for (i = 0; i < r->npoints; i++)
		if (r->point[i].figure[m].has)
			return true;
	return false;
}

static void flag_link(const char *flag, FILE *out)
{
	fputs(" <a class=\"flag\" href=\"#flag-", out);
	html_text(out, flag);
	fputs("\">", out);
	html_text(out, flag);
	fputs("</a>", out);
}

static const char *goal_why(const struct res_point *p, enum res_measure m)
{
	const char *name = m == RES_THROUGHPUT ? "rfc2544" : res_measure_name(m);
	unsigned int i;

	for (i = 0; i < p->ngoals; i++)
		if (!strcmp(p->goal[i].goal, name))
			return p->goal[i].why;
	return "";
}

/* Which of the point's flags are about this figure. */
static void figure_flags(const struct res_point *p, enum res_measure m, FILE *out)
{
	const struct res_figure *f = &p->figure[m];

	if (res_has_flag(p, "source-bound") && f->pps >= SOURCE_BOUND * p->selftest_pps)
		flag_link("source-bound", out);
	if (res_has_flag(p, "load-bound") && m != RES_MRR && isnan(f->upper))
		flag_link("load-bound", out);
	if (f->pps == 0)
		flag_link("zero", out);
	if (f->regular)
		return;
	flag_link("irregular", out);
	if (*goal_why(p, m)) {
		fputs("<small class=\"wrap\">", out);
		html_text(out, goal_why(p, m));
		fputs("</small>", out);
	}
}

static void figure_cell(const struct res_point *p, enum res_measure m, FILE *out)
{
	const struct res_figure *f = &p->figure[m];
	char a[FIGURE_TEXT], b[2 * FIGURE_TEXT];

	if (!f->has) {
		fputs("<td class=\"n none\">" NO_FIGURE "</td>", out);
		return;
	}
	fprintf(out, "<td class=\"n\"><b>%s</b>", text_pps(f->pps, a, sizeof(a)));
	if (m == RES_MRR && !isnan(f->stdev))
		fprintf(out, "<small>\xc2\xb1 %s</small>", text_pps(f->stdev, a, sizeof(a)));
	if (!isnan(f->lower) || !isnan(f->upper))
		fprintf(out, "<small>%s</small>", text_range(f->lower, f->upper, b, sizeof(b)));
	figure_flags(p, m, out);
	fputs("</td>", out);
}

/* Latency nearest half of the PDR, or the search's own. */
static void latency_cell(const struct res_point *p, FILE *out)
{
	const struct res_latency *l = p->search_latency;
	char a[FIGURE_TEXT], b[FIGURE_TEXT], c[FIGURE_TEXT];
	unsigned int i;

	for (i = 0; i < p->nlatency; i++)
		if (!i || fabs(p->latency[i].share - 0.5) < fabs(l->share - 0.5))
			l = &p->latency[i];
	if (!l) {
		fputs("<td class=\"n none\">" NO_FIGURE "</td>", out);
		return;
	}
	fprintf(out, "<td class=\"n\">%s <span class=\"soft\">/</span> %s<small>",
		text_ns(res_percentile(l, 50), a, sizeof(a)),
		text_ns(res_percentile(l, 99), b, sizeof(b)));
	if (isnan(l->share))
		fprintf(out, "at %s</small></td>", text_pps(l->load_pps, c, sizeof(c)));
	else
		fprintf(out, "at %s of the %s</small></td>", text_share(l->share, c, sizeof(c)),
			l->share_of);
}

static void ns_cell(const struct res_point *p, FILE *out)
{
	char a[FIGURE_TEXT];

	fprintf(out, "<td class=\"n\">%s", text_digits(p->ns_per_packet, 3, a, sizeof(a)));
	if (p->ns_per_packet_of) {
		fputs("<small>of the ", out);
		html_text(out, p->ns_per_packet_of);
		fputs("</small>", out);
	}
	fputs("</td>", out);
}

static void point_name(const struct res_point *p, FILE *out)
{
	unsigned int i;

	fputs("<th scope=\"row\" class=\"point\">", out);
	if (!p->nparams)
		html_text(out, p->name);
	for (i = 0; i < p->nparams; i++) {
		const char *dot = strrchr(p->param[i].key, '.');

		if (i)
			fputs(" <span class=\"soft\">\xc2\xb7</span> ", out);
		html_text(out, p->param[i].value);
		/* a number says nothing without its name */
		if (strspn(p->param[i].value, "0123456789.") > 0) {
			fputs(" ", out);
			html_text(out, dot ? dot + 1 : p->param[i].key);
		}
	}
	fputs("<small>", out);
	for (i = 0; i < p->nflags; i++)
		flag_link(p->flag[i], out);
	fputs("</small>", out);
	if (strcmp(p->status, "done") != 0) {
		fputs("<small>", out);
		html_textf(out, "%s%s%s", p->status, *p->why ? ": " : "", p->why);
		fputs("</small>", out);
	}
	fputs("</th>", out);
}

static void trials_cell(const struct res_point *p, FILE *out)
{
	fprintf(out, "<td class=\"n\">%llu", (unsigned long long)p->trials);
	if (p->invalid_trials) {
		fprintf(out, "<small>%llu invalid</small>", (unsigned long long)p->invalid_trials);
		flag_link("invalid-trials", out);
	}
	fputs("</td>", out);
}

static void connections_cell(const struct res_point *p, FILE *out)
{
	char a[FIGURE_TEXT], b[FIGURE_TEXT];

	fputs("<td class=\"n\">", out);
	html_text(out, p->connections);
	if (p->fill_flows)
		fprintf(out, "<small>%s of %s open</small>",
			text_count(p->fill_opened, a, sizeof(a)),
			text_count(p->fill_flows, b, sizeof(b)));
	fputs("</td>", out);
}

static void point_row(const struct res_dir *r, const struct res_point *p, FILE *out)
{
	char a[FIGURE_TEXT];
	enum res_measure m;

	fputs("<tr>", out);
	point_name(p, out);
	for (m = 0; m < RES_MEASURES; m++)
		if (any_figure(r, m))
			figure_cell(p, m, out);
	ns_cell(p, out);
	latency_cell(p, out);
	connections_cell(p, out);
	fprintf(out, "<td class=\"n\">%s</td>", text_pps(p->selftest_pps, a, sizeof(a)));
	trials_cell(p, out);
	fputs("</tr>\n", out);
}

void report_html_points(const struct report *rep, FILE *out)
{
	const struct res_dir *r = rep->r;
	enum res_measure m;
	unsigned int i;

	fputs("<section>\n<h2>Every point</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>point</th>",
	      out);
	for (m = 0; m < RES_MEASURES; m++)
		if (any_figure(r, m))
			fprintf(out, "<th class=\"n\">%s</th>", res_measure_label(m));
	fprintf(out, "<th class=\"n\">%s</th><th class=\"n\">latency p50 / p99</th><th class=\"n\">connections</th>"
		"<th class=\"n\">self-test</th><th class=\"n\">trials</th></tr></thead>\n<tbody>\n",
		text_page_units()->label);
	for (i = 0; i < r->npoints; i++)
		point_row(r, &r->point[i], out);
	fputs("</tbody></table></div>\n", out);
	fputs("<p class=\"soft\">Under a search\xe2\x80\x99s figure: its lower and upper bound. Under the MRR: standard deviation, then least and greatest trial.</p>\n</section>\n",
	      out);
}

static void invalid_row(const struct res_trial *t, FILE *out)
{
	char a[FIGURE_TEXT], b[FIGURE_TEXT], c[FIGURE_TEXT];

	fprintf(out, "<tr><td class=\"n\">%llu</td><td>", (unsigned long long)t->number);
	html_text(out, t->point);
	fputs("</td><td>", out);
	html_text(out, t->phase);
	fprintf(out, "</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"wrap\">",
		text_pps(t->rate_pps, a, sizeof(a)), text_count(t->intended, b, sizeof(b)),
		text_count(t->received, c, sizeof(c)));
	html_text(out, t->why);
	fputs("</td></tr>\n", out);
}

static void invalid_table(const struct res_dir *r, unsigned int invalid, FILE *out)
{
	unsigned int i, shown = 0;

	fputs("<div class=\"scroll\"><table>\n<thead><tr><th class=\"n\">trial</th><th>point</th><th>phase</th><th class=\"n\">asked for</th>"
	      "<th class=\"n\">intended</th><th class=\"n\">received</th><th>why it is invalid</th></tr></thead>\n<tbody>\n",
	      out);
	for (i = 0; i < r->ntrials && shown < INVALID_SHOWN; i++) {
		if (r->trial[i].valid)
			continue;
		invalid_row(&r->trial[i], out);
		shown++;
	}
	fputs("</tbody></table></div>\n", out);
	if (invalid > shown)
		fprintf(out, "<p class=\"soft\">And %u more in trials.jsonl.</p>\n",
			invalid - shown);
}

struct trial_sums {
	unsigned int trials, invalid;
	u64 duplicated, reordered, late, corrupted, foreign;
	double seconds;
};

static void phase_row(const struct res_dir *r, const char *phase, FILE *out)
{
	struct trial_sums s = { 0 };
	char a[FIGURE_TEXT];
	unsigned int i;

	for (i = 0; i < r->ntrials; i++) {
		const struct res_trial *t = &r->trial[i];

		if (strcmp(t->phase, phase) != 0)
			continue;
		s.trials++;
		s.invalid += !t->valid;
		s.duplicated += t->duplicated;
		s.reordered += t->reordered;
		s.late += t->late;
		s.corrupted += t->corrupted;
		s.foreign += t->foreign;
		s.seconds += (double)t->elapsed_ns / 1e9;
	}
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, phase);
	fprintf(out, "</th><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">%s s</td>",
		s.trials, s.invalid, text_digits(s.seconds, 3, a, sizeof(a)));
	fprintf(out, "<td class=\"n\">%s</td>", text_count(s.duplicated, a, sizeof(a)));
	fprintf(out, "<td class=\"n\">%s</td>", text_count(s.reordered, a, sizeof(a)));
	fprintf(out, "<td class=\"n\">%s</td>", text_count(s.corrupted, a, sizeof(a)));
	fprintf(out, "<td class=\"n\">%s</td></tr>\n", text_count(s.foreign, a, sizeof(a)));
}

static bool first_of_phase(const struct res_dir *r, unsigned int i)
{
	unsigned int j;

	/* phases are a handful: the first of each comes early */
	for (j = 0; j < i; j++)
		if (!strcmp(r->trial[j].phase, r->trial[i].phase))
			return false;
	return true;
}

void report_html_trials(const struct report *rep, FILE *out)
{
	const struct res_dir *r = rep->r;
	unsigned int i, invalid = 0;

	for (i = 0; i < r->ntrials; i++)
		invalid += !r->trial[i].valid;
	fputs("<section>\n<h2>Trials</h2>\n", out);
	fprintf(out, "<p>%u trials were recorded, self-tests included; %u invalid. An invalid trial is repeated and never used for a figure.</p>\n",
		r->ntrials, invalid);
	if (r->ntrials) {
		fputs("<div class=\"scroll\"><table>\n<thead><tr><th>phase</th><th class=\"n\">trials</th><th class=\"n\">invalid</th><th class=\"n\">sending</th>"
		      "<th class=\"n\">duplicated</th><th class=\"n\">reordered</th><th class=\"n\">corrupted</th><th class=\"n\">foreign</th></tr></thead>\n<tbody>\n",
		      out);
		for (i = 0; i < r->ntrials; i++)
			if (first_of_phase(r, i))
				phase_row(r, r->trial[i].phase, out);
		fputs("</tbody></table></div>\n", out);
	}
	if (invalid) {
		fputs("<h3>Invalid trials</h3>\n", out);
		invalid_table(r, invalid, out);
	}
	fputs("</section>\n", out);
}
