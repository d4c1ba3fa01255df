// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_view.c - which points stand where: cells of the ladder, lines and
 * panels of the plots, flags. Reads the results, changes nothing.
 */
#include <math.h>
#include <string.h>

#include "analysis/report_parts.h"
#include "analysis/text.h"

unsigned int report_families(const struct report *rep)
{
	return rep->axes.family < 0 ? 1 : rep->axes.axis[rep->axes.family].n;
}

static const char *nice_family(const char *family)
{
	return !strcmp(family, "ipv4") ? "IPv4" : !strcmp(family, "ipv6") ? "IPv6" : "";
}

/* Not swept: what the streams say, when all say the same. */
static const char *stream_family(const struct res_dir *r)
{
	const char *family = "";
	unsigned int i, j;

	for (i = 0; i < r->npoints; i++) {
		for (j = 0; j < r->point[i].nstreams; j++) {
			if (*family && strcmp(family, r->point[i].stream[j].family) != 0)
				return "";
			family = r->point[i].stream[j].family;
		}
	}
	return family;
}

const char *report_family_name(const struct report *rep, unsigned int family)
{
	if (rep->axes.family < 0)
		return nice_family(stream_family(rep->r));
	return nice_family(rep->axes.axis[rep->axes.family].v[family].text);
}

unsigned int report_columns(const struct report *rep)
{
	unsigned int beside = rep->axes.beside < 0 ? 1 : rep->axes.axis[rep->axes.beside].n;

	return beside * report_families(rep);
}

char *report_column_name(const struct report *rep, unsigned int column, char *buf, size_t size)
{
	unsigned int families = report_families(rep);
	const char *family = report_family_name(rep, column % families), *beside = "";

	if (rep->axes.beside >= 0)
		beside = rep->axes.axis[rep->axes.beside].v[column / families].text;
	snprintf(buf, size, "%s%s%s", beside, *beside && *family ? " " : "", family);
	return buf;
}

void report_want_column(const struct report *rep, unsigned int column, int *want)
{
	unsigned int families = report_families(rep);

	if (rep->axes.family >= 0)
		want[rep->axes.family] = (int)(column % families);
	if (rep->axes.beside >= 0)
		want[rep->axes.beside] = (int)(column / families);
}

void report_want(const struct report *rep, int *want)
{
	unsigned int i;

	for (i = 0; i < rep->axes.n; i++)
		want[i] = AXIS_REFERENCE;
}

char *report_held(const struct report *rep, const int *want, char *buf, size_t size)
{
	char held[160];

	buf[0] = '\0';
	if (*axes_held(&rep->axes, want, held, sizeof(held)))
		snprintf(buf, size, "at %s", held);
	return buf;
}

static double figure_of(const struct report *rep, const struct res_point *p)
{
	if (!p || rep->measure == RES_MEASURES || !res_usable(p, rep->measure))
		return NAN;
	return p->figure[rep->measure].pps;
}

static const struct res_point *rung_point(const struct report *rep, unsigned int rung,
					  unsigned int column)
{
	int want[AXES_MAX];

	report_want(rep, want);
	want[rep->axes.ladder] = (int)rung;
	report_want_column(rep, column, want);
	return axes_point(rep->r, &rep->axes, want);
}

/* A bound that a search did not find lies anywhere beyond. */
static void range_of(const struct report *rep, const struct res_point *p, double *ret_lo,
		     double *ret_hi)
{
	const struct res_figure *f = &p->figure[rep->measure];
	bool search = rep->measure != RES_MRR;

	*ret_lo = isnan(f->lower) ? (search ? 0 : f->pps) : fmin(f->lower, f->pps);
	*ret_hi = isnan(f->upper) ? (search ? INFINITY : f->pps) : fmax(f->upper, f->pps);
}

bool report_told_apart(const struct report *rep, const struct res_point *from,
		       const struct res_point *to)
{
	double alo, ahi, blo, bhi;

	range_of(rep, from, &alo, &ahi);
	range_of(rep, to, &blo, &bhi);
	return ahi < blo || bhi < alo;
}

struct ladder_cell report_ladder(const struct report *rep, unsigned int rung, unsigned int column)
{
	struct ladder_cell cell = { .point = rung_point(rep, rung, column) };
	const struct res_point *below = rung ? rung_point(rep, rung - 1, column) : NULL;
	double before = NAN, first = figure_of(rep, rung_point(rep, 0, column));

	cell.pps = figure_of(rep, cell.point);
	cell.ns = 1e9 / cell.pps;
	if (rung)
		before = figure_of(rep, below);
	cell.step_ns = cell.ns - 1e9 / before;
	cell.unclear = !isnan(cell.step_ns) && !report_told_apart(rep, below, cell.point);
	cell.share = cell.pps / first;
	return cell;
}

char *report_step(const struct ladder_cell *c, char *buf, size_t size)
{
	char step[FIGURE_TEXT];

	buf[0] = '\0';
	if (!isnan(c->step_ns))
		snprintf(buf, size, c->unclear ? "(%s)" : "%s",
			 text_step(c->step_ns, step, sizeof(step)));
	return buf;
}

bool report_any_unclear(const struct report *rep)
{
	unsigned int i, f;

	for (i = 1; i < rep->axes.axis[rep->axes.ladder].n; i++)
		for (f = 0; f < report_columns(rep); f++)
			if (report_ladder(rep, i, f).unclear)
				return true;
	return false;
}

u32 report_flag_bits(const struct report *rep, const struct res_point *p)
{
	unsigned int i;
	u32 bits = 0;

	for (i = 0; i < rep->nflags; i++)
		if (res_has_flag(p, rep->flag[i]))
			bits |= 1u << i;
	return bits;
}

double report_scale(double top, const char **ret_unit)
{
	*ret_unit = text_page_units()->rate[top >= 1e6 ? 2 : 1];
	return top >= 1e6 ? 1e6 : 1e3;
}

/* Lines over the ladder; without one, over the first numbers; else over the families. */
struct report_lines report_lines(const struct report *rep, int x)
{
	const struct axes *a = &rep->axes;
	struct report_lines l = { .line_axis = -1, .panel_axis = -1, .lines = 1, .panels = 1 };
	unsigned int i;

	if (a->ladder >= 0 && (x < 0 || strcmp(a->axis[a->ladder].key, a->axis[x].key) != 0))
		l.line_axis = a->ladder;
	for (i = 0; x < 0 && l.line_axis < 0 && i < a->n; i++)
		if (a->axis[i].kind == AXIS_NUMBER && a->axis[i].n > 1)
			l.line_axis = (int)i;
	if (l.line_axis < 0)
		l.line_axis = a->family;
	else
		l.panel_axis = a->family;
	if (l.line_axis >= 0)
		l.lines = a->axis[l.line_axis].n;
	if (l.panel_axis >= 0)
		l.panels = a->axis[l.panel_axis].n;
	return l;
}

const struct res_point *report_line_point(const struct report *rep, const struct report_lines *l,
					  unsigned int panel, unsigned int line, int *want)
{
	if (l->line_axis >= 0)
		want[l->line_axis] = (int)line;
	if (l->panel_axis >= 0)
		want[l->panel_axis] = (int)panel;
	return axes_point(rep->r, &rep->axes, want);
}

const char *report_line_name(const struct report *rep, const struct report_lines *l,
			     unsigned int line)
{
	const struct axis *axis;

	if (l->line_axis < 0)
		return report_family_name(rep, 0);
	axis = &rep->axes.axis[l->line_axis];
	if (axis->kind == AXIS_FAMILY)
		return nice_family(axis->v[line].text);
	return axis->v[line].text;
}

#define MEASURED_MAX 512	/* points one plot's figure is chosen by */

enum res_measure report_lines_measure(const struct report *rep, int x)
{
	const struct axis *axis = &rep->axes.axis[x];
	struct report_lines l = report_lines(rep, x);
	const struct res_point *p[MEASURED_MAX];
	unsigned int panel, line, i, n = 0;
	int want[AXES_MAX];

	report_want(rep, want);
	for (panel = 0; panel < l.panels; panel++) {
		for (line = 0; line < l.lines; line++) {
			for (i = 0; i < axis->n && n < MEASURED_MAX; i++) {
				want[x] = (int)i;
				p[n++] = report_line_point(rep, &l, panel, line, want);
			}
		}
	}
	return axes_measure(p, n);
}

enum res_measure report_choose_measure(const struct report *rep)
{
	const struct res_point *p[MEASURED_MAX];
	unsigned int i, f, n = 0;

	if (rep->axes.ladder >= 0) {
		for (i = 0; i < rep->axes.axis[rep->axes.ladder].n; i++)
			for (f = 0; f < report_columns(rep) && n < MEASURED_MAX; f++)
				p[n++] = rung_point(rep, i, f);
		return axes_measure(p, n);
	}
	for (i = 0; i < rep->axes.n; i++)
		if (rep->axes.axis[i].kind == AXIS_NUMBER && rep->axes.axis[i].n > 1)
			return report_lines_measure(rep, (int)i);
	for (i = 0; i < rep->r->npoints && n < MEASURED_MAX; i++)
		p[n++] = &rep->r->point[i];
	return axes_measure(p, n);
}
