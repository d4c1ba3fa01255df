// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * markdown.c - a report as a text that an issue, a commit message or a mail
 * takes: question, verdict, caveats, ladder, points.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "analysis/report.h"
#include "analysis/report_open.h"
#include "analysis/report_parts.h"
#include "analysis/text.h"
#include "run/flags.h"

/* What Markdown would take for markup, escaped; one line. */
static void md_text(FILE *out, const char *text)
{
	const char *c;

	for (c = text; *c; c++) {
		if (strchr("|*_`<>[]\\#&", *c))
			fputc('\\', out);
		fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
	}
}

static void md_head(const struct report *rep, FILE *out)
{
	char text[1024];

	fputs("# ", out);
	md_text(out, rep->r->name);
	fputs("\n\n", out);
	if (*rep->r->question) {
		md_text(out, rep->r->question);
		fputs("\n\n", out);
	}
	report_verdict(rep, text, sizeof(text));
	fputs("**", out);
	md_text(out, text);
	fputs("**\n", out);
}

static void md_caveats(const struct report *rep, FILE *out)
{
	const struct flag_def *def;
	unsigned int i, j, n;

	for (i = 0; i < rep->nflags; i++) {
		for (j = 0, n = 0; j < rep->r->npoints; j++)
			n += res_has_flag(&rep->r->point[j], rep->flag[i]);
		def = flag_find(rep->flag[i]);
		fputs(i ? "- " : "\n- ", out);
		md_text(out, rep->flag[i]);
		fprintf(out, " (%u of %u points)", n, rep->r->npoints);
		if (def) {
			fputs(": ", out);
			md_text(out, def->cause);
		}
		fputc('\n', out);
	}
	if (!rep->r->complete || !rep->r->finished)
		fprintf(out, "%s- unfinished: the run has not ended or was stopped\n",
			rep->nflags ? "" : "\n");
}

static void md_ladder(const struct report *rep, FILE *out)
{
	char rate[FIGURE_TEXT], ns[FIGURE_TEXT], step[FIGURE_TEXT];
	char name[2 * AXIS_TEXT];
	const struct axis *axis;
	struct ladder_cell c;
	unsigned int i, f;

	if (rep->axes.ladder < 0 || rep->measure == RES_MEASURES)
		return;
	axis = &rep->axes.axis[rep->axes.ladder];
	fputs("\n| ", out);
	md_text(out, axis->label);
	for (f = 0; f < report_columns(rep); f++) {
		report_column_name(rep, f, name, sizeof(name));
		fprintf(out, " | %s%s%s | %s | step", name, *name ? " " : "",
			res_measure_label(rep->measure), text_page_units()->label);
	}
	fputs(" |\n| ---", out);
	for (f = 0; f < report_columns(rep); f++)
		fputs(" | ---: | ---: | ---:", out);
	fputs(" |\n", out);
	for (i = 0; i < axis->n; i++) {
		fputs("| ", out);
		md_text(out, axis->v[i].text);
		for (f = 0; f < report_columns(rep); f++) {
			c = report_ladder(rep, i, f);
			fprintf(out, " | %s | %s | %s", text_pps(c.pps, rate, sizeof(rate)),
				text_digits(c.ns, 3, ns, sizeof(ns)),
				report_step(&c, step, sizeof(step)));
		}
		fputs(" |\n", out);
	}
	if (report_any_unclear(rep))
		fputs("\n" REPORT_UNCLEAR ".\n", out);
}

static void md_figure(const struct res_point *p, enum res_measure m, FILE *out)
{
	const struct res_figure *f = &p->figure[m];
	char a[FIGURE_TEXT], b[2 * FIGURE_TEXT];

	fprintf(out, " | %s", text_pps(f->pps, a, sizeof(a)));
	if (!isnan(f->lower) || !isnan(f->upper))
		fprintf(out, " (%s)", text_range(f->lower, f->upper, b, sizeof(b)));
	if (f->has && !f->regular)
		fputs(" irregular", out);
}

static void md_points(const struct res_dir *r, FILE *out)
{
	char ns[FIGURE_TEXT];
	enum res_measure m;
	unsigned int i, j;

	fputs("\n| point", out);
	for (m = 0; m < RES_MEASURES; m++)
		fprintf(out, " | %s", res_measure_label(m));
	fprintf(out, " | %s | trials (invalid) | caveats |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n",
		text_page_units()->label);
	for (i = 0; i < r->npoints; i++) {
		const struct res_point *p = &r->point[i];

		fputs("| ", out);
		md_text(out, p->name);
		for (m = 0; m < RES_MEASURES; m++)
			md_figure(p, m, out);
		fprintf(out, " | %s | %llu (%llu) | ",
			text_digits(p->ns_per_packet, 3, ns, sizeof(ns)),
			(unsigned long long)p->trials, (unsigned long long)p->invalid_trials);
		for (j = 0; j < p->nflags; j++) {
			fputs(j ? ", " : "", out);
			md_text(out, p->flag[j]);
		}
		if (*p->why) {
			fputs(p->nflags ? ": " : "", out);
			md_text(out, p->why);
		}
		fputs(" |\n", out);
	}
}

int report_markdown(const struct res_dir *r, FILE *out, struct err *err)
{
	struct report *rep;
	int rc = report_open(r, &rep, err);

	if (rc)
		return rc;
	md_head(rep, out);
	md_caveats(rep, out);
	md_ladder(rep, out);
	md_points(r, out);
	report_close(rep);
	return ferror(out) ? err_set(err, -EIO, "can't write the table") : 0;
}
