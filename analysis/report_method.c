// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_method.c - where and how it was measured: environment, placement
 * notes, the goals with all attributes RFC 9971 wants reported, definitions,
 * what each caveat means, and the scenario as it was run.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report_parts.h"
#include "analysis/text.h"
#include "run/flags.h"

/* One row a value; objects become rows "key.inner". */
static void environment_rows(const json_t *obj, const char *prefix, FILE *out)
{
	const char *key;
	char name[192], *text;
	json_t *v;

	json_object_foreach((json_t *)obj, key, v) {
		snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_is_object(v)) {
			environment_rows(v, name, out);
			continue;
		}
		fputs("<tr><th scope=\"row\">", out);
		html_text(out, name);
		fputs("</th><td>", out);
		text = json_is_string(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
		html_text(out, json_is_null(v) ? "unknown" : json_is_string(v) ?
			  json_string_value(v) : text ? text : "");
		fputs("</td></tr>\n", out);
		free(text);
	}
}

/* A note is mostly the same for all points: said once. */
static void notes_list(const struct res_dir *r, FILE *out)
{
	unsigned int i, j, k, n, total = 0;
	bool seen;

	for (i = 0; i < r->npoints; i++) {
		for (j = 0; j < r->point[i].nnotes; j++) {
			const char *note = r->point[i].note[j];

			for (k = 0, n = 0, seen = false; k < r->npoints; k++) {
				unsigned int m;

				for (m = 0; m < r->point[k].nnotes; m++) {
					if (strcmp(r->point[k].note[m], note) != 0)
						continue;
					seen = seen || k < i || (k == i && m < j);
					n++;
				}
			}
			if (seen)
				continue;
			fputs(total++ ? "<li>" : "<ul class=\"notes\">\n<li>", out);
			html_text(out, note);
			if (n != r->npoints)
				html_textf(out, " (%u of %u points, first %s)", n, r->npoints,
					   r->point[i].name);
			fputs("</li>\n", out);
		}
	}
	if (total)
		fputs("</ul>\n", out);
}

void report_html_environment(const struct report *rep, FILE *out)
{
	const json_t *env = rep->r->environment;

	fputs("<section>\n<h2>Where it was measured</h2>\n", out);
	notes_list(rep->r, out);
	if (!env) {
		fputs("<p class=\"none\">environment.json is missing.</p>\n</section>\n", out);
		return;
	}
	fputs("<p class=\"soft\">Environment ", out);
	html_text(out, rep->r->environment_id);
	fputs(": runs with the same identifier were made on the same machine, kernel and build.</p>\n"
	      "<div class=\"scroll\"><table class=\"env\"><tbody>\n",
	      out);
	environment_rows(json_object_get(env, "stable"), "", out);
	fputs("</tbody></table></div>\n<h3>At that moment</h3>\n<div class=\"scroll\"><table class=\"env\"><tbody>\n",
	      out);
	environment_rows(json_object_get(env, "momentary"), "", out);
	fputs("</tbody></table></div>\n</section>\n", out);
}

static void number_cell(double v, const char *unit, FILE *out)
{
	if (isnan(v))
		fputs("<td class=\"n none\">" NO_FIGURE "</td>", out);
	else
		fprintf(out, "<td class=\"n\">%.3g%s%s</td>", v, *unit ? SPACE : "", unit);
}

static void share_cell(double v, FILE *out)
{
	char a[FIGURE_TEXT];

	fprintf(out, "<td class=\"n\">%s</td>", text_share(v, a, sizeof(a)));
}

/* The first point that has goals stands for all: a scenario sets them once. */
static void goals_table(const struct res_dir *r, FILE *out)
{
	const struct res_goal *g;
	unsigned int i, p;

	for (p = 0; p < r->npoints && !r->point[p].ngoals; p++)
		;
	if (p == r->npoints)
		return;
	fputs("<h3>Goals</h3>\n<div class=\"scroll\"><table>\n<thead><tr><th>goal</th><th class=\"n\">loss ratio</th><th class=\"n\">exceed ratio</th><th class=\"n\">width</th>"
	      "<th class=\"n\">initial trial</th><th class=\"n\">final trial</th><th class=\"n\">duration sum</th><th class=\"n\">trials</th><th class=\"n\">took</th></tr></thead>\n<tbody>\n",
	      out);
	for (i = 0; i < r->point[p].ngoals; i++) {
		g = &r->point[p].goal[i];
		fputs("<tr><th scope=\"row\">", out);
		html_text(out, g->goal);
		fputs("</th>", out);
		share_cell(g->loss_ratio, out);
		share_cell(g->exceed_ratio, out);
		share_cell(g->width, out);
		number_cell(g->initial_trial_s, "s", out);
		number_cell(g->final_trial_s, "s", out);
		number_cell(g->duration_sum_s, "s", out);
		number_cell(g->trials, "", out);
		number_cell(g->seconds, "s", out);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n<p class=\"soft\">Trials and time are those of the point ", out);
	html_text(out, r->point[p].name);
	fputs(". Rates are the sum over all ports; the effective duration of a trial is the time from its first to its last departure.</p>\n",
	      out);
}

static void streams_list(const struct res_dir *r, FILE *out)
{
	const struct res_point *p = r->npoints ? &r->point[0] : NULL;
	char a[FIGURE_TEXT];
	unsigned int i;

	if (!p || !p->nstreams)
		return;
	fputs("<h3>Traffic of the first point</h3>\n<ul class=\"notes\">\n", out);
	for (i = 0; i < p->nstreams; i++) {
		const struct res_stream *s = &p->stream[i];

		fputs("<li>", out);
		html_textf(out, "%s: %s, %s, %g B with FCS, %s flow%s, %s order", s->name,
			   s->family, s->protocol, s->size,
			   text_count((u64)fmax(s->flows, 0), a, sizeof(a)),
			   s->flows == 1 ? "" : "s", s->order);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n<p>", out);
	html_textf(out, "Connections: %s. Direction: %s. Firewall: %s.", p->connections,
		   p->direction, p->firewall);
	fputs("</p>\n", out);
}

static void definitions(const struct report *rep, FILE *out)
{
	static const struct {
		const char *term, *text;
	} terms[] = {
		{ "Frame size", "Sizes include the 4-byte frame check sequence, as RFC 2544 has it: a 64-byte frame is 60 bytes in memory. A mix counts with its mean." },
		{ "Loss", "Every frame carries a signature with its stream, number and time of departure; the sink counts those that arrive. Lost is intended minus received, so a frame that was never sent, or that a full port refused, is lost too." },
		{ "MRR", "The forwarding rate at the maximum offered load (RFC 2285, FRMOL): received frames over the time it took to send. It says what a firewall carries when it is overrun, and takes a few short trials." },
		{ "NDR", "The highest load without loss, found by the search of RFC 9971 (MLRsearch) with a loss ratio of zero. The figure is the conditional throughput at the relevant lower bound; the bounds beside it are the loads between which the search ended." },
		{ "PDR", "The same search with a small loss ratio allowed, stated in the table of goals. Where a single stray loss decides an NDR, the PDR is the steadier figure." },
		{ "RFC 2544 throughput", "The fastest rate at which not one frame was lost in one trial of the given length, by bisection (section 26.1). Its bounds are the last rate that passed and the last that did not." },
		{ "ns per packet", "10\xe2\x81\xb9 divided by packets a second. Costs of features add up in time, not in rates: the step column is a difference of times." },
		{ "Instructions per packet", "The same where the guest's clock counts instructions, one a ns (flag \"instructions\"): every figure in ns is a number of instructions then, and p/Minstr is packets in a million of them. It repeats on any machine, and it is not speed: no cache misses, no contention." },
		{ "Self-test", "Source to sink with no firewall between, before the first trial of a point. A result within 5 % of it measures the tester." },
		{ "Valid", "A trial counts only when the source kept its schedule and nothing else broke. Others are repeated and listed above." },
	};
	unsigned int i;

	fputs("<dl>\n", out);
	for (i = 0; i < ARRAY_SIZE(terms); i++) {
		if (!strcmp(terms[i].term, "Instructions per packet") && !res_all_have_flag(rep->r, "instructions"))
			continue;
		if (!strcmp(terms[i].term, "RFC 2544 throughput") && rep->r->npoints &&
		    !rep->r->point[0].figure[RES_THROUGHPUT].has)
			continue;
		fprintf(out, "<dt>%s</dt><dd>%s</dd>\n", terms[i].term, terms[i].text);
	}
	fputs("</dl>\n", out);
}

static void flag_glossary(const struct report *rep, FILE *out)
{
	const struct flag_def *def;
	unsigned int i;

	if (!rep->nflags)
		return;
	fputs("<h3>Caveats in this report</h3>\n<dl>\n", out);
	for (i = 0; i < rep->nflags; i++) {
		def = flag_find(rep->flag[i]);
		fputs("<dt id=\"flag-", out);
		html_text(out, rep->flag[i]);
		fputs("\">", out);
		html_text(out, rep->flag[i]);
		fputs("</dt><dd>", out);
		html_text(out, def ? def->cause : "this version of kpps doesn\xe2\x80\x99t know the word");
		fputs(".", out);
		if (def) {
			fputs(" What to do: ", out);
			html_text(out, def->next);
			fputs(".", out);
		}
		fputs("</dd>\n", out);
	}
	fputs("</dl>\n", out);
}

void report_html_method(const struct report *rep, FILE *out)
{
	fputs("<section>\n<h2>How it was measured</h2>\n", out);
	streams_list(rep->r, out);
	goals_table(rep->r, out);
	flag_glossary(rep, out);
	fputs("<h3>Words</h3>\n", out);
	definitions(rep, out);
	if (rep->r->scenario) {
		fputs("<details><summary>The scenario as it was run</summary>\n<pre>", out);
		html_text(out, rep->r->scenario);
		fputs("</pre></details>\n", out);
	}
	fputs("</section>\n", out);
}
