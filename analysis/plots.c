// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plots.c - the ladder as bars, and rates over a number (flows, rules); the
 * way every plot takes to disk. plots_dist.c has loss and latency. A drawing is
 * begun, filled by its author, and ended; without gnuplot its data and script
 * are written all the same.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/plot.h"
#include "analysis/report_parts.h"
#include "analysis/text.h"

static const struct plot_size panel_size = { 480, 330 };

/* "Flows", "rules-2" -> what may be a file's name everywhere */
static void slug(char *out, size_t size, const char *base, const char *panel)
{
	size_t n = 0;
	const char *c;

	for (c = base; *c && n + 1 < size; c++)
		out[n++] = isalnum((unsigned char)*c) ? (char)tolower(*c) : '-';
	if (*panel && n + 1 < size)
		out[n++] = '-';
	for (c = panel; *c && n + 1 < size; c++)
		out[n++] = isalnum((unsigned char)*c) ? (char)tolower(*c) : '-';
	out[n] = '\0';
}

int report_draw_begin(struct report *rep, const char *base, const char *panel,
		      struct report_drawing *ret_d, struct err *err)
{
	struct report_drawing d = { .rep = rep };

	if (rep->nplots == REPORT_PLOTS_MAX)
		return -E2BIG;
	d.plot = &rep->plot[rep->nplots];
	memset(d.plot, 0, sizeof(*d.plot));
	snprintf(d.plot->group, sizeof(d.plot->group), "%s", base);
	slug(d.plot->name, sizeof(d.plot->name), base, panel);
	d.dat = plot_create(rep->r->dir, d.plot->name, "dat", err);
	if (!d.dat)
		return -EIO;
	d.gp = plot_create(rep->r->dir, d.plot->name, "gp", err);
	if (!d.gp) {
		fclose(d.dat);
		return -EIO;
	}
	*ret_d = d;
	return 0;
}

void report_draw_key(const struct report_drawing *d, const struct report_lines *l)
{
	const struct axes *a = &d->rep->axes;

	fputs("set key outside top left Left reverse horizontal maxrows 2 samplen 1.5 width 0 font ',12'\n"
	      "set rmargin 5\n",
	      d->gp);
	if (l->line_axis < 0 || a->axis[l->line_axis].kind != AXIS_NUMBER)
		return;
	fputs("set key title ", d->gp);
	plot_string(d->gp, a->axis[l->line_axis].label);
	fputs(" left font ',12'\n", d->gp);
}

static void remove_plot(const char *dir, const char *name)
{
	static const char *const suffix[] = { "dat", "gp", "svg" };
	char path[4096];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suffix); i++) {
		snprintf(path, sizeof(path), "%s/plots/%s.%s", dir, name, suffix[i]);
		unlink(path);
	}
}

void report_draw_abort(struct report_drawing *d)
{
	fclose(d->dat);
	fclose(d->gp);
	remove_plot(d->rep->r->dir, d->plot->name);
}

int report_draw_end(struct report_drawing *d, bool keep, struct err *err)
{
	const char *dir = d->rep->r->dir;
	struct err why;
	int rc;

	if (!keep) {
		report_draw_abort(d);
		return 0;
	}
	rc = plot_close(d->dat, dir, d->plot->name, err);
	if (rc) {
		fclose(d->gp);
		return rc;
	}
	rc = plot_close(d->gp, dir, d->plot->name, err);
	if (rc)
		return rc;
	d->rep->nplots++;
	rc = plot_run(dir, d->plot->name, &why);
	d->plot->drawn = !rc;
	if (rc && !*d->rep->plot_why)
		snprintf(d->rep->plot_why, sizeof(d->rep->plot_why), "%s", why.text);
	return 0;
}

/*
 * The columns of one picture: all of them, or, where another ladder stands
 * beside this one, those of one family.
 */
struct ladder_columns {
	unsigned int n, first, stride;
};

static struct ladder_columns ladder_columns(const struct report *rep, unsigned int panel)
{
	if (rep->axes.beside < 0)
		return (struct ladder_columns){ report_columns(rep), 0, 1 };
	return (struct ladder_columns){ rep->axes.axis[rep->axes.beside].n, panel,
					report_families(rep) };
}

static double ladder_top(const struct report *rep)
{
	const struct axis *axis = &rep->axes.axis[rep->axes.ladder];
	unsigned int i, f;
	double top = 0;

	for (i = 0; i < axis->n; i++)
		for (f = 0; f < report_columns(rep); f++)
			top = fmax(top, report_ladder(rep, i, f).pps);
	return top;
}

/* What a column is called in its picture, whose title may have said the family. */
static const char *ladder_name(const struct report *rep, unsigned int column, char *buf,
			       size_t size)
{
	if (rep->axes.beside < 0)
		return report_column_name(rep, column, buf, size);
	return rep->axes.axis[rep->axes.beside].v[column / report_families(rep)].text;
}

/* The ends of a bar's range; the bar's own end where they are not known. */
static void ladder_range(const struct report *rep, const struct ladder_cell *c, double top,
			 double *ret_lo, double *ret_hi)
{
	const struct res_figure *f = c->point ? &c->point->figure[rep->measure] : NULL;
	bool known = f && !isnan(f->lower) && !isnan(f->upper);

	*ret_lo = known ? fmin(f->lower, c->pps) : c->pps;
	/* beyond it are the figures in words */
	*ret_hi = known ? fmin(fmax(f->upper, c->pps), 1.06 * top) : c->pps;
}

/* One block a family: a row for each rung. */
static void ladder_data(struct report_drawing *d, const struct ladder_columns *columns,
			double top, double scale, const char *unit)
{
	const struct axis *axis = &d->rep->axes.axis[d->rep->axes.ladder];
	unsigned int i, f, families = columns->n;
	char name[2 * AXIS_TEXT], rate[FIGURE_TEXT], ns[FIGURE_TEXT], step[FIGURE_TEXT];
	struct ladder_cell c;
	double lo, hi;

	fprintf(d->dat, "# %s\trow\t%s\t%s\tstep\tshown rate\tshown cost\tshown step\tfrom\tto\n",
		axis->label, unit, text_page_units()->label);
	for (f = 0; f < families; f++) {
		unsigned int column = columns->first + f * columns->stride;

		fprintf(d->dat, "%s# %s\n", f ? "\n\n" : "",
			report_column_name(d->rep, column, name, sizeof(name)));
		for (i = 0; i < axis->n; i++) {
			c = report_ladder(d->rep, i, column);
			if (c.point)
				d->plot->flags |= report_flag_bits(d->rep, c.point);
			plot_field(d->dat, axis->v[i].text);
			report_step(&c, step, sizeof(step));
			ladder_range(d->rep, &c, top, &lo, &hi);
			fprintf(d->dat, "\t%.2f\t%.6g\t%.6g\t%.4g\t%s\t%s\t%s\t%.6g\t%.6g\n",
				i * (families + 0.7) + f, c.pps / scale, c.ns, c.step_ns,
				text_digits(c.pps / scale, 3, rate, sizeof(rate)),
				text_digits(c.ns, 3, ns, sizeof(ns)), *step ? step : " ",
				lo / scale, hi / scale);
		}
	}
}

static void ladder_script(struct report_drawing *d, const struct ladder_columns *columns,
			  double top, const char *unit)
{
	const struct axis *axis = &d->rep->axes.axis[d->rep->axes.ladder];
	unsigned int i, f, families = columns->n;
	char column[2 * AXIS_TEXT];
	double rows = axis->n * (families + 0.7);
	/* names of columns: IPv4 and IPv6 beside each other, others one a line */
	unsigned int lines = d->rep->axes.beside < 0 ? 1 : families;
	unsigned int head = 32 + 20 * lines;
	struct plot_size size = { 480, (unsigned int)(head + 12 + rows * 19) };
	const char *name = d->plot->name;

	plot_preamble(d->gp, name, size);
	fprintf(d->gp,
		"unset border\nunset grid\nunset xtics\n"
		"set lmargin at screen 0.20\nset rmargin at screen 0.985\n"
		"set tmargin at screen %.4f\nset bmargin at screen 0.02\n"
		"set xrange [0:%.6g]\nset yrange [%.2f:-0.75]\n"
		"set style fill solid 1.0 noborder\n"
		"set key at screen 0.19,%.4f left top Left reverse %s samplen 1 width 1\n"
		"set ytics scale 0 textcolor rgb '#1c2126' (",
		1 - (double)head / size.height, top * 2.15, rows - 0.35, 1 - 6.0 / size.height,
		lines > 1 ? "vertical maxcols 1" : "horizontal");
	for (i = 0; i < axis->n; i++) {
		fputs(i ? ", " : "", d->gp);
		plot_string(d->gp, axis->v[i].text);
		fprintf(d->gp, " %.2f", i * (families + 0.7) + (families - 1) / 2.0);
	}
	fputs(")\n", d->gp);
	fprintf(d->gp,
		"set label '%s' at %.6g,-1.0 right textcolor rgb '#59626c'\n"
		"set label '%s' at %.6g,-1.0 right textcolor rgb '#59626c'\n"
		"set label 'step' at %.6g,-1.0 right textcolor rgb '#59626c'\nplot ",
		unit, top * 1.30, text_page_units()->column, top * 1.76, top * 2.15);
	for (f = 0; f < families; f++) {
		fprintf(d->gp,
			"%s'plots/%s.dat' index %u using ($3/2):2:($3/2):(0.42) with boxxyerror lc rgb '%s' ",
			f ? ", \\\n     " : "", name, f, plot_colour(f));
		if (families > 1) {
			fputs("title ", d->gp);
			plot_string(d->gp, ladder_name(d->rep, columns->first + f * columns->stride,
						       column, sizeof(column)));
		} else {
			fputs("notitle", d->gp);
		}
		fprintf(d->gp,
			", \\\n     '' index %u using (%.6g):2:6 with labels right textcolor rgb '#1c2126' notitle"
			", \\\n     '' index %u using (%.6g):2:7 with labels right textcolor rgb '#1c2126' notitle"
			", \\\n     '' index %u using (%.6g):2:8 with labels right textcolor rgb '#1c2126' notitle"
			", \\\n     '' index %u using 9:2:($10-$9):(0) with vectors nohead lw 1.5 lc rgb '#1c2126' notitle",
			f, top * 1.30, f, top * 1.76, f, top * 2.15, f);
	}
	fputs("\n", d->gp);
}

static int plot_ladder_panel(struct report *rep, unsigned int panel, double top, struct err *err)
{
	struct ladder_columns columns = ladder_columns(rep, panel);
	bool panels = rep->axes.beside >= 0 && report_families(rep) > 1;
	const char *family = panels ? report_family_name(rep, panel) : "", *unit;
	struct report_drawing d;
	int want[AXES_MAX], rc;
	char held[160];
	double scale;

	rc = report_draw_begin(rep, "ladder", panels ? family : "", &d, err);
	if (rc)
		return rc;
	report_want(rep, want);
	want[rep->axes.ladder] = 0;
	report_want_column(rep, columns.first, want);
	report_held(rep, want, held, sizeof(held));
	snprintf(d.plot->title, sizeof(d.plot->title), "What each step costs%s%s",
		 *family ? ", " : "", family);
	snprintf(d.plot->caption, sizeof(d.plot->caption),
		 "%s, with its range as a line, and the %s a packet it means; step is what a rung costs over the one above it%s%s",
		 res_measure_label(rep->measure), text_page_units()->cost, *held ? "; " : "", held);
	d.plot->wide = true;
	scale = report_scale(top, &unit);
	ladder_data(&d, &columns, top, scale, unit);
	ladder_script(&d, &columns, top / scale, unit);
	return report_draw_end(&d, true, err);
}

static int plot_ladder(struct report *rep, struct err *err)
{
	double top = rep->axes.ladder < 0 ? 0 : ladder_top(rep);
	unsigned int i, panels = rep->axes.beside < 0 ? 1 : report_families(rep);
	int rc = 0;

	for (i = 0; i < panels && top > 0 && !rc; i++)
		rc = plot_ladder_panel(rep, i, top, err);
	return rc;
}

static double axis_top(const struct report *rep, enum res_measure m)
{
	double top = 0;
	unsigned int i;

	for (i = 0; i < rep->r->npoints; i++)
		if (res_usable(&rep->r->point[i], m))
			top = fmax(top, rep->r->point[i].figure[m].pps);
	return top;
}

/* The first of the axis' numbers that is not 0. */
static double first_number(const struct axis *axis)
{
	return axis->v[0].number > 0 || axis->n == 1 ? axis->v[0].number : axis->v[1].number;
}

static bool is_logarithmic(const struct axis *axis)
{
	double first = first_number(axis);

	return first > 0 && axis->v[axis->n - 1].number >= 20 * first;
}

/* Where value @i is drawn: a logarithmic axis has no 0, which stands left of the others. */
static double number_at(const struct axis *axis, unsigned int i)
{
	if (is_logarithmic(axis) && !(axis->v[i].number > 0))
		return first_number(axis) / 5;
	return axis->v[i].number;
}

/* One block a line; true when there was anything. */
static bool number_line(struct report_drawing *d, int x, const struct report_lines *l,
			unsigned int panel, unsigned int line, double scale)
{
	const struct axis *axis = &d->rep->axes.axis[x];
	const struct res_figure *f;
	const struct res_point *p;
	unsigned int i, rows = 0;
	int want[AXES_MAX];

	report_want(d->rep, want);
	for (i = 0; i < axis->n; i++) {
		want[x] = (int)i;
		p = report_line_point(d->rep, l, panel, line, want);
		if (!p || !res_usable(p, d->measure))
			continue;
		f = &p->figure[d->measure];
		if (!rows++) {
			fprintf(d->dat, "%s# ", d->series ? "\n\n" : "");
			plot_field(d->dat, report_line_name(d->rep, l, line));
			fputc('\n', d->dat);
		}
		fprintf(d->dat, "%.10g\t%.6g\t%.6g\t%.6g\n", number_at(axis, i), f->pps / scale,
			(isnan(f->lower) ? f->pps : fmin(f->lower, f->pps)) / scale,
			(isnan(f->upper) ? f->pps : fmax(f->upper, f->pps)) / scale);
		d->plot->flags |= report_flag_bits(d->rep, p);
	}
	return rows > 0;
}

static void number_axis(FILE *gp, const struct axis *axis)
{
	unsigned int i;

	if (is_logarithmic(axis))
		fprintf(gp, "set logscale x\nset xrange [%.10g:%.10g]\n", number_at(axis, 0) / 1.3,
			axis->v[axis->n - 1].number * 1.3);
	if (axis->n > 9)
		return;
	fputs("set xtics (", gp);
	for (i = 0; i < axis->n; i++) {
		fputs(i ? ", " : "", gp);
		plot_string(gp, axis->v[i].text + axis->prefix);
		fprintf(gp, " %.10g", number_at(axis, i));
	}
	fputs(")\n", gp);
}

static void number_script(struct report_drawing *d, const struct report_lines *l,
			  const struct axis *axis, double top, const char *unit)
{
	plot_preamble(d->gp, d->plot->name, panel_size);
	report_draw_key(d, l);
	fprintf(d->gp, "set yrange [0:%.6g]\nset ylabel '%s' offset 1\nset xlabel ",
		top * 1.05, unit);
	plot_string(d->gp, axis->label);
	fputc('\n', d->gp);
	number_axis(d->gp, axis);
	fputs("plot ", d->gp);
}

static void number_plot_line(struct report_drawing *d, const char *name)
{
	static const unsigned int shape[] = { 7, 5, 9, 13, 11, 6 };
	unsigned int i = d->series++, line = d->line;

	fprintf(d->gp,
		"%s'plots/%s.dat' index %u using 1:3:(0):($4-$3) with vectors nohead lc rgb '%s' lw 5 notitle",
		i ? ", \\\n     " : "", d->plot->name, i, plot_colour(line));
	fprintf(d->gp,
		", \\\n     '' index %u using 1:2 with linespoints lc rgb '%s' lw 2 dt %u pt %u ps 0.7 title ",
		i, plot_colour(line), 1 + line / PLOT_SERIES, shape[line % 6]);
	plot_string(d->gp, *name ? name : res_measure_label(d->measure));
}

static int plot_number_panel(struct report *rep, int x, const struct report_lines *l,
			     unsigned int panel, struct err *err)
{
	const struct axis *axis = &rep->axes.axis[x];
	const char *family = l->panel_axis < 0 ? "" : report_family_name(rep, panel), *unit;
	enum res_measure m = report_lines_measure(rep, x);
	double top = axis_top(rep, m), scale = report_scale(top, &unit);
	struct report_drawing d;
	int want[AXES_MAX], rc;
	unsigned int line;
	char held[160];

	rc = report_draw_begin(rep, axis->label, family, &d, err);
	if (rc)
		return rc;
	d.measure = m;
	snprintf(d.plot->title, sizeof(d.plot->title), "%s against %s%s%s", unit, axis->label,
		 *family ? ", " : "", family);
	report_want(rep, want);
	want[x] = 0;
	report_line_point(rep, l, 0, 0, want);
	report_held(rep, want, held, sizeof(held));
	snprintf(d.plot->caption, sizeof(d.plot->caption), "%s%s%s%s", res_measure_label(m),
		 m == RES_MRR ? ", from the least to the greatest trial" : " with its bounds", *held ? "; " : "", held);
	number_script(&d, l, axis, top / scale, unit);
	for (line = 0; line < l->lines; line++) {
		d.line = line;
		if (number_line(&d, x, l, panel, line, scale))
			number_plot_line(&d, report_line_name(rep, l, line));
	}
	fputc('\n', d.gp);
	return report_draw_end(&d, d.series > 0, err);
}

static int plot_numbers(struct report *rep, struct err *err)
{
	struct report_lines l;
	unsigned int x, panel;
	int rc = 0;

	for (x = 0; x < rep->axes.n; x++) {
		if (rep->axes.axis[x].kind != AXIS_NUMBER || rep->axes.axis[x].n < 2 ||
		    report_lines_measure(rep, (int)x) == RES_MEASURES)
			continue;
		l = report_lines(rep, (int)x);
		for (panel = 0; !rc && panel < l.panels; panel++)
			rc = plot_number_panel(rep, (int)x, &l, panel, err);
	}
	return rc;
}

int report_plots(struct report *rep, struct err *err)
{
	int rc = 0;

	if (rep->measure != RES_MEASURES)
		rc = plot_ladder(rep, err);
	if (!rc)
		rc = plot_numbers(rep, err);
	if (!rc)
		rc = report_plot_loss(rep, err);
	if (!rc)
		rc = report_plot_latency(rep, err);
	if (!rc)
		rc = report_plot_profile(rep, err);
	return rc == -E2BIG ? 0 : rc;
}
