// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_html.c - the page's head and style, what is said before any table
 * (question, verdict, caveats), the ladder, the plots, and the end. The page is
 * well-formed XML, loads nothing, and runs no script.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/plot.h"
#include "analysis/report_parts.h"
#include "analysis/report_style.h"
#include "analysis/text.h"
#include "run/flags.h"
#include "config.h"

void report_html_begin(const struct report *rep, FILE *out)
{
	const struct res_dir *r = rep->r;
	char verdict[1024], steps[256];

	report_verdict(rep, verdict, sizeof(verdict));
	report_verdict_steps(rep, steps, sizeof(steps));
	fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
	      "<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>", out);
	html_textf(out, "%s \xe2\x80\x93 kpps", r->name);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<p class=\"kicker\">",
		report_style);
	html_textf(out, "kpps report \xc2\xb7 %s testbed \xc2\xb7 %.10s %.5s", r->testbed,
		   r->started, strlen(r->started) > 16 ? r->started + 11 : "");
	fputs(" UTC</p>\n<h1>", out);
	html_text(out, r->name);
	fputs("</h1>\n", out);
	if (*r->question) {
		fputs("<p class=\"question\">", out);
		html_text(out, r->question);
		fputs("</p>\n", out);
	}
	fputs("<p class=\"verdict\">", out);
	html_text(out, verdict);
	fputs("</p>\n<p class=\"basis\">", out);
	html_text(out, steps);
	if (rep->measure != RES_MEASURES)
		html_textf(out, "%sThese figures are the %s.",
			   *steps ? " " : "", res_measure_label(rep->measure));
	fputs("</p>\n</header>\n", out);
}

static void flag_link(const char *flag, FILE *out)
{
	fputs("<a class=\"flag\" href=\"#flag-", out);
	html_text(out, flag);
	fputs("\">", out);
	html_text(out, flag);
	fputs("</a>", out);
}

/* What is true of every point, in full. */
static void common_caveats(const struct report *rep, FILE *out)
{
	const struct flag_def *def;
	unsigned int i;

	for (i = 0; i < rep->nflags; i++) {
		if (!(rep->common & 1u << i))
			continue;
		def = flag_find(rep->flag[i]);
		fputs("<li>", out);
		flag_link(rep->flag[i], out);
		fputs(" ", out);
		html_text(out, def ? def->cause : "this version of kpps doesn\xe2\x80\x99t know the word");
		fputs("</li>\n", out);
	}
}

/* What is true of some: one line here, the sentence where the link leads. */
static void other_caveats(const struct report *rep, FILE *out)
{
	unsigned int i, j, n, printed = 0;

	for (i = 0; i < rep->nflags; i++) {
		if (rep->common & 1u << i)
			continue;
		for (j = 0, n = 0; j < rep->r->npoints; j++)
			n += res_has_flag(&rep->r->point[j], rep->flag[i]);
		fprintf(out, "%s", printed ? ", " : "<li>Some points: ");
		flag_link(rep->flag[i], out);
		if (printed++)
			fprintf(out, " %u", n);
		else
			fprintf(out, " %u of %u", n, rep->r->npoints);
	}
	if (printed)
		fputs("</li>\n", out);
}

static unsigned int count_status(const struct res_dir *r, const char *status)
{
	unsigned int i, n = 0;

	for (i = 0; i < r->npoints; i++)
		n += !strcmp(r->point[i].status, status);
	return n;
}

static void unfinished_line(const struct res_dir *r, FILE *out)
{
	if (r->complete && r->finished)
		return;
	fprintf(out, "<li><b>unfinished</b> this run has not ended or was stopped: %u of %u points are done</li>\n",
		count_status(r, "done") + count_status(r, "failed"), r->npoints);
}

static void rounds_line(const struct res_dir *r, FILE *out)
{
	if (r->rounds > 1)
		fprintf(out, "<li><b>%llu rounds</b> figures are medians; ranges, whiskers and bounds are the outermost of all rounds, so they hold what the machine did in between</li>\n",
			(unsigned long long)r->rounds);
}

void report_html_caveats(const struct report *rep, FILE *out)
{
	const struct res_dir *r = rep->r;

	fputs("<aside class=\"caveats\">\n<h2>Before you quote a figure</h2>\n<ul>\n", out);
	unfinished_line(r, out);
	rounds_line(r, out);
	common_caveats(rep, out);
	other_caveats(rep, out);
	if (r->torn)
		fputs("<li><b>cut off</b> the last line of trials.jsonl is incomplete and was not read</li>\n",
		      out);
	if (!r->environment)
		fputs("<li><b>no environment</b> environment.json is missing: the machine is unknown</li>\n",
		      out);
	if (*rep->plot_why) {
		fputs("<li><b>no plots</b> ", out);
		html_text(out, rep->plot_why);
		fputs("</li>\n", out);
	}
	if (!rep->nflags && r->complete && r->finished && r->environment)
		fputs("<li>No caveat was recorded with any point.</li>\n", out);
	fputs("</ul>\n</aside>\n", out);
}

/* Flags that not every point has anyway. */
static void cell_flags(const struct report *rep, u32 bits, FILE *out)
{
	unsigned int i;

	for (i = 0; i < rep->nflags; i++) {
		if (!(bits & 1u << i))
			continue;
		fputs(" ", out);
		flag_link(rep->flag[i], out);
	}
}

static void ladder_cells(const struct report *rep, const struct ladder_cell *c, FILE *out)
{
	char text[FIGURE_TEXT], range[2 * FIGURE_TEXT];
	const struct res_figure *f;

	if (!c->point || isnan(c->pps)) {
		fputs("<td colspan=\"4\" class=\"none\">", out);
		html_text(out, !c->point ? "not in the run" :
			       *c->point->why ? c->point->why : c->point->status);
		fputs("</td>", out);
		return;
	}
	f = &c->point->figure[rep->measure];
	fprintf(out, "<td class=\"n\"><b>%s</b>", text_pps(c->pps, text, sizeof(text)));
	if (!isnan(f->lower) || !isnan(f->upper))
		fprintf(out, "<small>%s</small>",
			text_range(f->lower, f->upper, range, sizeof(range)));
	cell_flags(rep, report_flag_bits(rep, c->point) & ~rep->common, out);
	fprintf(out, "</td><td class=\"n\">%s</td>", text_digits(c->ns, 3, text, sizeof(text)));
	fprintf(out, "<td class=\"n\">%s</td>",
		report_step(c, text, sizeof(text)));
	fprintf(out, "<td class=\"n\">%s</td>", text_share(c->share, text, sizeof(text)));
}

static void ladder_table(const struct report *rep, FILE *out)
{
	const struct axis *axis = &rep->axes.axis[rep->axes.ladder];
	unsigned int i, f, columns = report_columns(rep);
	char name[2 * AXIS_TEXT];
	struct ladder_cell c;

	fputs("<div class=\"scroll\"><table>\n<thead>", out);
	if (columns > 1) {
		fputs("<tr class=\"groups\"><td></td>", out);
		for (f = 0; f < columns; f++) {
			fputs("<th colspan=\"4\" class=\"group\">", out);
			html_text(out, report_column_name(rep, f, name, sizeof(name)));
			fputs("</th>", out);
		}
		fputs("</tr>", out);
	}
	fputs("<tr><th>", out);
	html_text(out, axis->label);
	fputs("</th>", out);
	for (f = 0; f < columns; f++) {
		fprintf(out, "<th class=\"n\">%s</th><th class=\"n\">%s</th><th class=\"n\">step, %s</th><th class=\"n\">of ",
			res_measure_label(rep->measure), text_page_units()->label, text_page_units()->cost);
		html_text(out, axis->v[0].text);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	for (i = 0; i < axis->n; i++) {
		fputs("<tr><th scope=\"row\">", out);
		html_text(out, axis->v[i].text);
		fputs("</th>", out);
		for (f = 0; f < columns; f++) {
			c = report_ladder(rep, i, f);
			ladder_cells(rep, &c, out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

void report_html_ladder(const struct report *rep, FILE *out)
{
	if (rep->axes.ladder < 0 || rep->measure == RES_MEASURES)
		return;
	fputs("<section>\n<h2>The ladder, step by step</h2>\n", out);
	ladder_table(rep, out);
	if (report_any_unclear(rep))
		fputs("<p class=\"soft\">" REPORT_UNCLEAR ".</p>\n", out);
	fputs("</section>\n", out);
}

static void plot_caption(const struct report *rep, const struct report_plot *p, FILE *out)
{
	fputs("<figcaption>", out);
	html_text(out, p->caption);
	fputs(".", out);
	cell_flags(rep, p->flags, out);
	fprintf(out, " <span class=\"soft\">plots/%s.gp, .dat</span></figcaption>\n", p->name);
}

int report_html_plot(const struct report *rep, const struct report_plot *p, FILE *out,
		     struct err *err)
{
	int rc = 0;

	fprintf(out, "<figure id=\"plot-%s\"%s>\n<h3>", p->name, p->wide ? " class=\"hero\"" : "");
	html_text(out, p->title);
	fputs("</h3>\n", out);
	if (p->drawn)
		rc = plot_inline(out, rep->r->dir, p->name, p->title, err);
	else
		fputs("<p class=\"none\">Not drawn; the figures are in the tables.</p>", out);
	if (rc)
		return rc;
	plot_caption(rep, p, out);
	fputs("</figure>\n", out);
	return 0;
}

int report_html_plots(const struct report *rep, FILE *out, struct err *err)
{
	const char *group = "";
	unsigned int i;
	int rc = 0;

	if (!rep->nplots)
		return 0;
	fputs("<section>\n<h2>Curves</h2>\n", out);
	for (i = 0; !rc && i < rep->nplots; i++) {
		if (rep->plot[i].wide)
			continue;
		if (!*group)
			fputs("<div class=\"grid\">\n", out);
		else if (strcmp(group, rep->plot[i].group) != 0)
			fputs("</div>\n<div class=\"grid\">\n", out);
		group = rep->plot[i].group;
		rc = report_html_plot(rep, &rep->plot[i], out, err);
	}
	fprintf(out, "%s<p class=\"soft\">Each plot can be drawn again from its data: <code>gnuplot plots/NAME.gp</code> in the results directory.</p>\n</section>\n",
		*group ? "</div>\n" : "");
	return rc;
}

/* The summary for machines; no character in it may end the element or be markup. */
static int embed_summary(const struct res_dir *r, FILE *out, struct err *err)
{
	char *text = json_dumps(r->summary, JSON_COMPACT | JSON_REAL_PRECISION(12)), *c;

	if (!text)
		return err_set(err, -ENOMEM, "%s: out of memory", r->dir);
	fputs("<script type=\"application/json\" id=\"summary\">", out);
	for (c = text; *c; c++) {
		if (*c == '<' || *c == '>' || *c == '&')
			fprintf(out, "\\u%04x", (unsigned int)*c);
		else
			fputc(*c, out);
	}
	fputs("</script>\n", out);
	free(text);
	return 0;
}

int report_html_end(const struct report *rep, FILE *out, struct err *err)
{
	int rc = embed_summary(rep->r, out, err);

	fputs("<footer><p>Written by kpps " KPPS_VERSION " from ", out);
	html_text(out, strrchr(rep->r->dir, '/') ? strrchr(rep->r->dir, '/') + 1 : rep->r->dir);
	fputs(". The page holds the machine-readable summary; the directory holds every trial.</p></footer>\n</body>\n</html>\n",
	      out);
	return rc;
}
