// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verdict.c - the sentence a reader takes away, made from the figures alone.
 * It claims nothing the bounds don't carry, and expects nothing: a step may
 * well make a firewall faster.
 */
#include <math.h>
#include <string.h>

#include "analysis/report_parts.h"
#include "analysis/text.h"

/* Two points of one line, and how to call them. */
struct change {
	const struct res_point *from, *to;
	double from_pps, to_pps;
	char family[2 * AXIS_TEXT];	/* the column's name, where it is of the ladder */
};

static const char *nice_rung(const char *rung)
{
	return strcmp(rung, "forward") ? rung : "plain forwarding";
}

/* The tester was the limit where the comparison starts. */
static bool understated(const struct res_point *p)
{
	return res_has_flag(p, "source-bound") || res_has_flag(p, "load-bound");
}

static double cost(const struct change *c)
{
	return 1 - c->to_pps / c->from_pps;
}

static void share_text(double v, char *buf, size_t size)
{
	text_share(fabs(v), buf, size);
}

/* "12.3 → 5.30 Mpps (IPv4)" */
static size_t print_rates(const struct change *c, const char *extra, char *buf, size_t size)
{
	char from[FIGURE_TEXT], to[FIGURE_TEXT];
	const char *unit;
	double scale = report_scale(fmax(c->from_pps, c->to_pps), &unit);
	int n;

	text_digits(c->from_pps / scale, 3, from, sizeof(from));
	text_digits(c->to_pps / scale, 3, to, sizeof(to));
	n = snprintf(buf, size, "%s" SPACE "\xe2\x86\x92" SPACE "%s" SPACE "%s", from, to, unit);
	if (*c->family || *extra)
		n += snprintf(buf + n, size - (size_t)n, " (%s%s%s)", c->family,
			      *c->family && *extra ? ", " : "", extra);
	return (size_t)n;
}

/* The rates of all families; a share only where it differs from the first's. */
static void print_all_rates(const struct change *c, unsigned int n, char *buf, size_t size)
{
	char first[FIGURE_TEXT], share[FIGURE_TEXT];
	unsigned int i;
	size_t at = 0;

	share_text(cost(&c[0]), first, sizeof(first));
	for (i = 0; i < n && at + 1 < size; i++) {
		share_text(cost(&c[i]), share, sizeof(share));
		if (i)
			at += (size_t)snprintf(buf + at, size - at, ", ");
		if (at + 1 < size)
			at += print_rates(&c[i], strcmp(first, share) ? share : "", buf + at,
					  size - at);
	}
}

/* First and last rung that have a figure; false when there aren't two. */
static bool ladder_change(const struct report *rep, unsigned int column, struct change *c,
			  unsigned int *ret_from, unsigned int *ret_to)
{
	unsigned int i, n = rep->axes.axis[rep->axes.ladder].n, found = 0;
	struct ladder_cell cell;

	memset(c, 0, sizeof(*c));
	report_column_name(rep, column, c->family, sizeof(c->family));
	for (i = 0; i < n; i++) {
		cell = report_ladder(rep, i, column);
		if (isnan(cell.pps))
			continue;
		if (!found++) {
			c->from = cell.point;
			c->from_pps = cell.pps;
			*ret_from = i;
		}
		c->to = cell.point;
		c->to_pps = cell.pps;
		*ret_to = i;
	}
	return found > 1;
}

static bool ladder_verdict(const struct report *rep, char *buf, size_t size)
{
	const struct axis *axis = &rep->axes.axis[rep->axes.ladder];
	unsigned int f, n = 0, from = 0, to = 0, first_from = 0, first_to = 0;
	char rates[400], share[FIGURE_TEXT];
	struct change c[4];

	for (f = 0; f < report_columns(rep) && n < ARRAY_SIZE(c); f++) {
		if (!ladder_change(rep, f, &c[n], &from, &to))
			continue;
		if (!n) {
			first_from = from;
			first_to = to;
		}
		n += from == first_from && to == first_to;
	}
	if (!n)
		return false;
	print_all_rates(c, n, rates, sizeof(rates));
	share_text(cost(&c[0]), share, sizeof(share));
	if (!report_told_apart(rep, c[0].from, c[0].to))
		snprintf(buf, size, "%s and %s can\xe2\x80\x99t be told apart: %s",
			 axis->v[first_to].text, nice_rung(axis->v[first_from].text), rates);
	else if (cost(&c[0]) < 0)
		snprintf(buf, size, "%s is %s faster than %s: %s", axis->v[first_to].text, share,
			 nice_rung(axis->v[first_from].text), rates);
	else
		snprintf(buf, size, "%s costs %s%s of %s: %s", axis->v[first_to].text,
			 understated(c[0].from) ? "at least " : "", share,
			 nice_rung(axis->v[first_from].text), rates);
	return true;
}

/* Along the first axis of numbers, for the first line of each family. */
static bool number_change(const struct report *rep, int x, unsigned int family, struct change *c,
			  unsigned int *ret_from, unsigned int *ret_to)
{
	const struct axis *axis = &rep->axes.axis[x];
	const struct res_point *p;
	unsigned int i, found = 0;
	int want[AXES_MAX];

	memset(c, 0, sizeof(*c));
	snprintf(c->family, sizeof(c->family), "%s", report_family_name(rep, family));
	report_want(rep, want);
	if (rep->axes.family >= 0)
		want[rep->axes.family] = (int)family;
	for (i = 0; i < axis->n; i++) {
		want[x] = (int)i;
		p = axes_point(rep->r, &rep->axes, want);
		if (!p || !res_usable(p, rep->measure))
			continue;
		if (!found++) {
			c->from = p;
			c->from_pps = p->figure[rep->measure].pps;
			*ret_from = i;
		}
		c->to = p;
		c->to_pps = p->figure[rep->measure].pps;
		*ret_to = i;
	}
	return found > 1;
}

static bool number_verdict(const struct report *rep, char *buf, size_t size)
{
	unsigned int f, n = 0, from = 0, to = 0;
	char rates[400], share[FIGURE_TEXT];
	const struct axis *axis;
	struct change c[4];
	int x;

	for (x = 0; x < (int)rep->axes.n; x++)
		if (rep->axes.axis[x].kind == AXIS_NUMBER && rep->axes.axis[x].n > 1)
			break;
	if (x == (int)rep->axes.n)
		return false;
	axis = &rep->axes.axis[x];
	for (f = 0; f < report_families(rep) && n < ARRAY_SIZE(c); f++)
		n += number_change(rep, x, f, &c[n], &from, &to);
	if (!n)
		return false;
	print_all_rates(c, n, rates, sizeof(rates));
	share_text(cost(&c[0]), share, sizeof(share));
	if (!report_told_apart(rep, c[0].from, c[0].to))
		snprintf(buf, size, "from %s to %s %s no difference can be told: %s",
			 axis->v[from].text + axis->prefix, axis->v[to].text + axis->prefix,
			 axis->label, rates);
	else
		snprintf(buf, size, "from %s to %s %s the rate %s by %s%s: %s",
			 axis->v[from].text + axis->prefix, axis->v[to].text + axis->prefix,
			 axis->label, cost(&c[0]) < 0 ? "rises" : "falls",
			 understated(c[0].from) ? "at least " : "", share, rates);
	return true;
}

static void single_verdict(const struct report *rep, char *buf, size_t size)
{
	const struct res_point *best = NULL, *p;
	char pps[FIGURE_TEXT], ns[FIGURE_TEXT];
	unsigned int i;

	for (i = 0; i < rep->r->npoints; i++) {
		p = &rep->r->point[i];
		if (res_usable(p, rep->measure) &&
		    (!best || p->figure[rep->measure].pps > best->figure[rep->measure].pps))
			best = p;
	}
	if (!best)
		return;
	text_pps(best->figure[rep->measure].pps, pps, sizeof(pps));
	text_ns(1e9 / best->figure[rep->measure].pps, ns, sizeof(ns));
	if (rep->r->npoints > 1)
		snprintf(buf, size, "the fastest of %u points, %s, carries %s, %s a packet",
			 rep->r->npoints, best->name, pps, ns);
	else
		snprintf(buf, size, "%s%s, %s a packet", understated(best) ? "at least " : "", pps,
			 ns);
}

void report_verdict(const struct report *rep, char *buf, size_t size)
{
	const struct res_dir *r = rep->r;
	unsigned int i;

	if (rep->measure == RES_MEASURES) {
		snprintf(buf, size, "nothing was measured");
		for (i = 0; i < r->npoints; i++) {
			if (!*r->point[i].why)
				continue;
			snprintf(buf, size, "nothing was measured: %s", r->point[i].why);
			break;
		}
		return;
	}
	if (rep->axes.ladder >= 0 && ladder_verdict(rep, buf, size))
		return;
	if (number_verdict(rep, buf, size))
		return;
	single_verdict(rep, buf, size);
}

void report_verdict_steps(const struct report *rep, char *buf, size_t size)
{
	const struct axis *axis;
	struct ladder_cell c;
	unsigned int i, best = 0;
	char step[FIGURE_TEXT], name[2 * AXIS_TEXT];
	double most = 0, sum = 0;

	buf[0] = '\0';
	if (rep->axes.ladder < 0 || rep->measure == RES_MEASURES)
		return;
	axis = &rep->axes.axis[rep->axes.ladder];
	for (i = 1; i < axis->n; i++) {
		c = report_ladder(rep, i, 0);
		if (isnan(c.step_ns))
			continue;
		sum += fmax(c.step_ns, 0);
		if (c.step_ns > most) {
			most = c.step_ns;
			best = i;
		}
	}
	if (!best || axis->n < 3 || most < 0.3 * sum)
		return;
	report_column_name(rep, 0, name, sizeof(name));
	snprintf(buf, size, "The dearest step is %s: %s" SPACE "%s a packet over %s%s%s.",
		 axis->v[best].text, text_step(most, step, sizeof(step)), text_page_units()->cost,
		 nice_rung(axis->v[best - 1].text), *name ? ", " : "", name);
}
