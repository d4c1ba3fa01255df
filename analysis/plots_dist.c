// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plots_dist.c - loss over offered load, from the trials a point's figures were
 * made of, and latency by percentile. Both take their lines as the other plots
 * do: one a rung of the ladder, a panel a family.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/plot.h"
#include "analysis/report_parts.h"
#include "analysis/text.h"

static const struct plot_size panel_size = { 480, 330 };

static int by_load(const void *a, const void *b)
{
	const struct res_sample *x = a, *y = b;

	return (x->load_pps > y->load_pps) - (x->load_pps < y->load_pps);
}

/* Sorted copy of @p's trials; NULL when there are none. */
static struct res_sample *sorted_samples(const struct res_point *p)
{
	struct res_sample *s;

	if (!p->nsamples)
		return NULL;
	s = malloc(p->nsamples * sizeof(*s));
	if (!s)
		return NULL;
	memcpy(s, p->sample, p->nsamples * sizeof(*s));
	qsort(s, p->nsamples, sizeof(*s), by_load);
	return s;
}

/* Trials at one load become their mean. */
static void loss_rows(FILE *dat, const struct res_sample *s, unsigned int n, double scale)
{
	unsigned int i, j;
	double sum;

	for (i = 0; i < n; i = j) {
		for (j = i, sum = 0; j < n && s[j].load_pps <= s[i].load_pps * 1.0001; j++)
			sum += s[j].loss_ratio;
		fprintf(dat, "%.6g\t%.6g\t%u\n", s[i].load_pps / scale, 100 * sum / (j - i), j - i);
	}
}

static void block_begin(struct report_drawing *d, const char *name)
{
	fprintf(d->dat, "%s# ", d->series ? "\n\n" : "");
	plot_field(d->dat, name);
	fputc('\n', d->dat);
}

static void plot_block(struct report_drawing *d, const char *style, const char *name)
{
	unsigned int i = d->series++;

	fprintf(d->gp, "%s'plots/%s.dat' index %u using 1:2 with %s lc rgb '%s' lw 2 dt %u title ",
		i ? ", \\\n     " : "", d->plot->name, i, style, plot_colour(d->line),
		1 + d->line / PLOT_SERIES);
	plot_string(d->gp, name);
}

static void loss_line(struct report_drawing *d, const struct res_point *p, const char *name,
		      double scale)
{
	struct res_sample *s = sorted_samples(p);

	if (!s)
		return;
	block_begin(d, name);
	loss_rows(d->dat, s, p->nsamples, scale);
	free(s);
	plot_block(d, "linespoints pt 7 ps 0.35", *name ? name : "loss");
	d->plot->flags |= report_flag_bits(d->rep, p);
}

static double loads_top(const struct res_dir *r)
{
	unsigned int i, j;
	double top = 0;

	for (i = 0; i < r->npoints; i++)
		for (j = 0; j < r->point[i].nsamples; j++)
			top = fmax(top, r->point[i].sample[j].load_pps);
	return top;
}

static int loss_panel(struct report *rep, const struct report_lines *l, unsigned int panel,
		      struct err *err)
{
	const char *family = l->panel_axis < 0 ? "" : report_family_name(rep, panel), *unit;
	double top = loads_top(rep->r), scale = report_scale(top, &unit);
	const struct res_point *p;
	struct report_drawing d;
	int want[AXES_MAX], rc;
	unsigned int line;
	char held[160];

	rc = report_draw_begin(rep, "loss", family, &d, err);
	if (rc)
		return rc;
	plot_preamble(d.gp, d.plot->name, panel_size);
	report_draw_key(&d, l);
	fprintf(d.gp, "set xrange [0:%.6g]\nset yrange [0:*]\nset format y '%%g %%%%'\nset xlabel 'offered, %s'\nset ylabel 'lost' offset 1\nplot ",
		top * 1.03 / scale, unit);
	fprintf(d.dat, "# offered %s\tlost %%\ttrials\n", unit);
	report_want(rep, want);
	for (line = 0; line < l->lines; line++) {
		d.line = line;
		p = report_line_point(rep, l, panel, line, want);
		if (p)
			loss_line(&d, p, report_line_name(rep, l, line), scale);
	}
	fputc('\n', d.gp);
	snprintf(d.plot->title, sizeof(d.plot->title), "Loss against offered rate%s%s",
		 *family ? ", " : "", family);
	report_held(rep, want, held, sizeof(held));
	snprintf(d.plot->caption, sizeof(d.plot->caption),
		 "Each dot is the mean of the valid trials at that load%s%s", *held ? "; " : "", held);
	return report_draw_end(&d, d.series > 0, err);
}

int report_plot_loss(struct report *rep, struct err *err)
{
	struct report_lines l = report_lines(rep, -1);
	unsigned int panel;
	int rc = 0;

	for (panel = 0; !rc && panel < l.panels; panel++)
		rc = loss_panel(rep, &l, panel, err);
	return rc;
}

/* Percentiles as 1 / (1 - p), so that a logarithmic axis spreads the tail. */
static void latency_line(struct report_drawing *d, const struct res_latency *l, const char *name)
{
	double sum = 0, total = 0, above, next;
	unsigned int i;

	for (i = 0; i < l->nbuckets; i++)
		total += l->bucket[i].n;
	if (total <= 0)
		return;
	block_begin(d, name);
	for (i = 0; i < l->nbuckets; i++) {
		above = total / (total - sum);
		sum += l->bucket[i].n;
		next = total > sum ? total / (total - sum) : total;
		fprintf(d->dat, "%.8g\t%.6g\t%.6f\n", above, l->bucket[i].ns * 1e-9,
			100 * (1 - 1 / above));
		if (i + 1 == l->nbuckets && next > above)
			fprintf(d->dat, "%.8g\t%.6g\t%.6f\n", next, l->bucket[i].ns * 1e-9,
				100 * (1 - 1 / next));
	}
	plot_block(d, "steps", name);
}

/* The entry whose share of the PDR is nearest one half. */
static const struct res_latency *half_share(const struct res_point *p)
{
	const struct res_latency *best = NULL;
	unsigned int i;

	for (i = 0; i < p->nlatency; i++)
		if (!best || fabs(p->latency[i].share - 0.5) < fabs(best->share - 0.5))
			best = &p->latency[i];
	return best;
}

static void latency_shares(struct report_drawing *d, const struct res_point *p)
{
	char name[64], share[FIGURE_TEXT];
	unsigned int i;

	for (i = 0; i < p->nlatency; i++) {
		text_share(p->latency[i].share, share, sizeof(share));
		snprintf(name, sizeof(name), "%s of the %s", share, p->latency[i].share_of);
		d->line = i;
		latency_line(d, &p->latency[i], name);
	}
	d->plot->flags |= report_flag_bits(d->rep, p);
}

static void latency_script(struct report_drawing *d, const struct report_lines *l)
{
	plot_preamble(d->gp, d->plot->name, panel_size);
	report_draw_key(d, l);
	fputs(""
	      "set logscale xy\nset xrange [1:1e6]\n"
	      "set xtics ('0 %%' 1, '90 %%' 10, '99 %%' 100, '99.9 %%' 1e3, '99.99 %%' 1e4, '99.9999 %%' 1e6)\n"
	      "set format y '%.0s %cs'\n"
	      "set xlabel 'percentile'\nset ylabel 'latency' offset 1\nplot ",
	      d->gp);
	fputs("# 1 / (1 - percentile)\tlatency, s\tpercentile\n", d->dat);
}

static void latency_caption(struct report_drawing *d, const struct res_latency *any,
			    const int *want, unsigned int lines)
{
	char held[160], share[FIGURE_TEXT], *c = d->plot->caption;
	size_t size = sizeof(d->plot->caption);

	report_held(d->rep, want, held, sizeof(held));
	if (isnan(any->share))
		snprintf(c, size, "No latency goal was asked for: from the search's trials nearest below each point's NDR or PDR%s%s",
			 *held ? "; " : "", held);
	else if (lines > 1)
		snprintf(c, size, "At %s of each point's own %s%s%s",
			 text_share(any->share, share, sizeof(share)), any->share_of,
			 *held ? "; " : "", held);
	else
		snprintf(c, size, "At shares of the point's own rate%s%s", *held ? "; " : "", held);
}

static int latency_panel(struct report *rep, const struct report_lines *l, unsigned int panel,
			 bool goal, struct err *err)
{
	const char *family = l->panel_axis < 0 ? "" : report_family_name(rep, panel), *name;
	const struct res_latency *one, *any = NULL;
	const struct res_point *p;
	struct report_drawing d;
	int want[AXES_MAX], rc;
	unsigned int line;

	rc = report_draw_begin(rep, "latency", family, &d, err);
	if (rc)
		return rc;
	latency_script(&d, l);
	report_want(rep, want);
	for (line = 0; line < l->lines; line++) {
		d.line = line;
		p = report_line_point(rep, l, panel, line, want);
		one = !p ? NULL : goal ? half_share(p) : p->search_latency;
		if (!one)
			continue;
		any = one;
		name = report_line_name(rep, l, line);
		if (goal && l->lines == 1)
			latency_shares(&d, p);
		else
			latency_line(&d, one, *name ? name : "latency");
		d.plot->flags |= report_flag_bits(rep, p);
	}
	fputc('\n', d.gp);
	snprintf(d.plot->title, sizeof(d.plot->title), "Latency by percentile%s%s",
		 *family ? ", " : "", family);
	if (any)
		latency_caption(&d, any, want, l->lines);
	return report_draw_end(&d, d.series > 0, err);
}

int report_plot_latency(struct report *rep, struct err *err)
{
	struct report_lines l = report_lines(rep, -1);
	unsigned int i, panel;
	bool goal = false;
	int rc = 0;

	for (i = 0; i < rep->r->npoints; i++)
		goal = goal || rep->r->point[i].nlatency;
	for (panel = 0; !rc && panel < l.panels; panel++)
		rc = latency_panel(rep, &l, panel, goal, err);
	return rc;
}
