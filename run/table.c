// SPDX-License-Identifier: GPL-2.0-or-later
/* table.c - see table.h. Column widths fit the widest cell; UTF-8 counts once. */
#include "run/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/text.h"
#include "lib/compiler.h"
#include "run/flags.h"
#include "run/table_loads.h"

#define COLUMNS_MAX 32
#define CELL 64

struct table {
	FILE *out;
	unsigned int columns, rows;	/* row 0 is the heading */
	char (*cell)[CELL];		/* rows × columns */
	bool left[COLUMNS_MAX];		/* text, not a figure */
};

static char *cell_at(struct table *t, unsigned int row, unsigned int column)
{
	return t->cell[row * t->columns + column];
}

static unsigned int width_of(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void table_write(struct table *t)
{
	unsigned int width[COLUMNS_MAX] = { 0 }, r, c;

	for (r = 0; r < t->rows; r++)
		for (c = 0; c < t->columns; c++)
			width[c] = max(width[c], width_of(cell_at(t, r, c)));
	for (r = 0; r < t->rows; r++) {
		for (c = 0; c < t->columns; c++) {
			const char *text = cell_at(t, r, c);
			int pad = (int)(width[c] - width_of(text));

			/* nothing is padded behind the last text of a row */
			if (t->left[c])
				fprintf(t->out, "%s%*s", text, c + 1 < t->columns ? pad : 0, "");
			else
				fprintf(t->out, "%*s%s", pad, "", text);
			fputs(c + 1 < t->columns ? "  " : "\n", t->out);
		}
	}
}

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
	return !strcmp(text(a, key), text(b, key));
}

/* Do two points differ in the parameter @only and in nothing else? */
static bool differs_only_in(const json_t *a, const json_t *b, const char *only)
{
	const char *key;
	json_t *value;

	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)a, key, value) {
		if (same(a, b, key) != (strcmp(key, only) != 0))
			return false;
	}
	return true;
}

const char *table_step_key(const json_t *points)
{
	json_t *first = json_object_get(json_array_get(points, 0), "parameters"), *value, *p;
	const char *key;
	size_t i;

	json_object_foreach(first, key, value) {
		json_array_foreach(points, i, p) {
			if (!same(first, json_object_get(p, "parameters"), key))
				return key;
		}
	}
	return NULL;
}

int table_step_from(const json_t *points, unsigned int i)
{
	json_t *mine = json_object_get(json_array_get(points, i), "parameters");
	const char *key = table_step_key(points);
	int k;

	for (k = (int)i - 1; key && k >= 0; k--) {
		json_t *p = json_array_get(points, (size_t)k);

		if (differs_only_in(mine, json_object_get(p, "parameters"), key))
			return k;
	}
	return -1;
}

static void put_rate(char *cell, const json_t *point, const char *key)
{
	const json_t *v = json_object_get(point, key);

	double kpps = json_number_value(v) / 1e3;

	/* One unit for the whole table, so that columns compare at a glance. */
	if (json_is_number(v))
		snprintf(cell, CELL, "%.*f", kpps < 100 ? 1 : 0, kpps);
	else
		snprintf(cell, CELL, "-");
}

/* What bounds a figure from below or above, of a search its bounds, of the MRR its
 * trials; 0: not found. */
static double bound_of(const json_t *point, const char *figure, bool upper)
{
	bool mrr = !strcmp(figure, "mrr");
	char key[64];

	snprintf(key, sizeof(key), "%s_%s_pps", figure,
		 upper ? mrr ? "max" : "upper" : mrr ? "min" : "lower");
	return number(point, key);
}

static bool overlap(const json_t *a, const json_t *b, const char *figure)
{
	double a_hi = bound_of(a, figure, true), b_hi = bound_of(b, figure, true);

	/* a bound that was not found lies anywhere beyond */
	return (a_hi > 0 ? a_hi : INFINITY) >= bound_of(b, figure, false) &&
	       (b_hi > 0 ? b_hi : INFINITY) >= bound_of(a, figure, false);
}

/* Half of the range of the figure that ns/packet is of, relative to it. */
static void put_spread(char *cell, const json_t *point)
{
	const char *figure = text(point, "ns_per_packet_of");
	double lo = bound_of(point, figure, false), hi = bound_of(point, figure, true), v;
	char key[64];

	snprintf(key, sizeof(key), "%s_pps", figure);
	v = number(point, key);
	if (v > 0 && lo > 0 && hi > 0)
		snprintf(cell, CELL, "±%.1f %%", (hi - lo) / v * 50);
	else
		snprintf(cell, CELL, "-");
}

/* Whether all that was begun was counted in instructions. */
static bool counts_instructions(const json_t *points)
{
	size_t i, k;
	json_t *p, *flag;

	json_array_foreach(points, i, p) {
		bool counted = !strcmp(text(p, "status"), "pending");

		json_array_foreach(json_object_get(p, "flags"), k, flag)
			counted |= !strcmp(json_string_value(flag), flag_defs[FLAG_INSTRUCTIONS].word);
		if (!counted)
			return false;
	}
	return i > 0;
}

/* The step's cost: share and nanoseconds, when both are of the same figure; in
 * brackets when it may be noise. */
static void put_step(char *cell, const json_t *points, unsigned int i,
		     const struct text_units *units)
{
	const json_t *p = json_array_get(points, i), *from;
	int k = table_step_from(points, i);
	double a, b;

	from = k < 0 ? NULL : json_array_get(points, (size_t)k);
	a = from ? number(from, "ns_per_packet") : 0;
	b = number(p, "ns_per_packet");
	if (!(a > 0) || !(b > 0) || !same(from, p, "ns_per_packet_of")) {
		snprintf(cell, CELL, "%s", "");
		return;
	}
	snprintf(cell, CELL, overlap(from, p, text(p, "ns_per_packet_of")) ?
		 "(%+.1f %% %+.1f %s)" : "%+.1f %% %+.1f %s", (a / b - 1) * 100, b - a,
		 units->cost_short);
}

static void put_flags(char *cell, const json_t *point)
{
	size_t len = 0, i;
	json_t *flag;

	cell[0] = '\0';
	json_array_foreach(json_object_get(point, "flags"), i, flag) {
		if (!strcmp(json_string_value(flag), flag_defs[FLAG_QUICK_PRESET].word) ||
		    !strcmp(json_string_value(flag), flag_defs[FLAG_SHARED_CPU].word) ||
		    !strcmp(json_string_value(flag), flag_defs[FLAG_INSTRUCTIONS].word))
			continue;	/* of the run, not of the point: told below */
		if (len < CELL)
			len += (size_t)snprintf(cell + len, CELL - len, "%s%s", len ? " " : "",
						json_string_value(flag));
	}
}

static const struct {
	const char *heading, *key;
} rate_columns[] = {
	{ "MRR", "mrr_pps" }, { "NDR", "ndr_pps" }, { "PDR", "pdr_pps" },
	{ "throughput", "throughput_pps" },
};

/* A stretch of points that were swept over the same keys: one table. */
struct group {
	const json_t *points;
	unsigned int from, n;
	const struct text_units *units;
	bool spread;		/* several rounds: a column says how far apart they are */
	unsigned int nloads;	/* of the goal fixed */
	double load[TABLE_LOADS_MAX];
};

static bool same_keys(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)a, key, value) {
		if (!json_object_get(b, key))
			return false;
	}
	return true;
}

static const json_t *parameters_of(const json_t *points, unsigned int i)
{
	return json_object_get(json_array_get(points, i), "parameters");
}

static struct group group_at(const json_t *points, unsigned int from)
{
	struct group g = { .points = points, .from = from, .n = 1 };

	while (from + g.n < json_array_size(points) &&
	       same_keys(parameters_of(points, from), parameters_of(points, from + g.n)))
		g.n++;
	g.nloads = table_loads(points, from, g.n, g.load);
	return g;
}

/* A column is there when any point of the group has the figure. */
static unsigned int present(const struct group *g)
{
	unsigned int found = 0, c, i;

	for (i = 0; i < g->n; i++) {
		const json_t *p = json_array_get(g->points, g->from + i);

		for (c = 0; c < ARRAY_SIZE(rate_columns); c++)
			if (json_is_number(json_object_get(p, rate_columns[c].key)))
				found |= 1u << c;
	}
	return found;
}

static void fill_row(struct table *t, const struct group *g, unsigned int row,
		     unsigned int rates)
{
	unsigned int i = g->from + row - 1, c = 0, k;
	json_t *p = json_array_get(g->points, i), *value;
	const char *key;

	json_object_foreach(json_object_get(p, "parameters"), key, value) {
		snprintf(cell_at(t, row, c++), CELL, "%s", json_string_value(value));
	}
	if (!c)
		snprintf(cell_at(t, row, c++), CELL, "%s", text(p, "name"));
	for (k = 0; k < ARRAY_SIZE(rate_columns); k++)
		if (rates & 1u << k)
			put_rate(cell_at(t, row, c++), p, rate_columns[k].key);
	for (k = 0; k < g->nloads; k++)
		table_load_cell(p, g->load[k], cell_at(t, row, c++), CELL);
	if (number(p, "ns_per_packet") > 0)
		snprintf(cell_at(t, row, c++), CELL, "%.1f", number(p, "ns_per_packet"));
	else
		snprintf(cell_at(t, row, c++), CELL, "-");
	if (g->spread)
		put_spread(cell_at(t, row, c++), p);
	put_step(cell_at(t, row, c++), g->points, i, g->units);
	put_flags(cell_at(t, row, c), p);
}

static void fill_heading(struct table *t, const struct group *g, unsigned int rates)
{
	const json_t *first = json_array_get(g->points, g->from);
	const char *step_key = table_step_key(g->points);
	const char *key;
	json_t *value;
	unsigned int c = 0, k;

	json_object_foreach(json_object_get(first, "parameters"), key, value) {
		t->left[c] = true;
		snprintf(cell_at(t, 0, c++), CELL, "%s", key);
	}
	if (!c) {
		t->left[c] = true;
		snprintf(cell_at(t, 0, c++), CELL, "point");
	}
	for (k = 0; k < ARRAY_SIZE(rate_columns); k++)
		if (rates & 1u << k)
			snprintf(cell_at(t, 0, c++), CELL, "%s %s", rate_columns[k].heading, g->units->rate[1]);
	for (k = 0; k < g->nloads; k++)
		table_load_heading(first, g->load[k], cell_at(t, 0, c++), CELL);
	snprintf(cell_at(t, 0, c++), CELL, "%s", g->units->label);
	if (g->spread)
		snprintf(cell_at(t, 0, c++), CELL, "range");
	if (step_key)
		snprintf(cell_at(t, 0, c++), CELL, "step of %s", step_key);
	else
		snprintf(cell_at(t, 0, c++), CELL, "step");
	t->left[c] = true;
	snprintf(cell_at(t, 0, c), CELL, "flags");
}

static void explain_steps(const json_t *points, const struct text_units *units, FILE *out)
{
	unsigned int i;
	char cell[CELL];

	for (i = 0; i < json_array_size(points); i++) {
		put_step(cell, points, i, units);
		if (cell[0] != '(')
			continue;
		fputs("A step in brackets may be noise: the ranges of the two figures overlap.\n", out);
		return;
	}
}

static void explain_flags(const json_t *points, FILE *out)
{
	unsigned int count[FLAGS] = { 0 }, f;
	size_t i, k;
	json_t *p, *flag;

	json_array_foreach(points, i, p) {
		json_array_foreach(json_object_get(p, "flags"), k, flag)
			for (f = 0; f < FLAGS; f++)
				count[f] += !strcmp(flag_defs[f].word, json_string_value(flag));
	}
	for (f = 0; f < FLAGS; f++)
		if (count[f])
			fprintf(out, "%s (%u of %zu): %s; %s.\n", flag_defs[f].word, count[f],
				json_array_size(points), flag_defs[f].cause, flag_defs[f].next);
}

static void explain_failures(const json_t *points, FILE *out)
{
	size_t i;
	json_t *p;

	json_array_foreach(points, i, p) {
		if (!strcmp(text(p, "status"), "failed"))
			fprintf(out, "%s failed: %s.\n", text(p, "name"), text(p, "why"));
	}
}

static void print_group(const struct group *g, FILE *out)
{
	const json_t *first = json_array_get(g->points, g->from);
	size_t parameters = json_object_size(json_object_get(first, "parameters"));
	unsigned int rates = present(g), row;
	struct table t = { .out = out, .rows = g->n + 1 };

	t.columns = (unsigned int)max(parameters, (size_t)1) +
		    (unsigned int)__builtin_popcount(rates) + 3 + g->spread + g->nloads;
	if (t.columns > COLUMNS_MAX)
		return;
	t.cell = calloc((size_t)t.rows * t.columns, CELL);
	if (!t.cell)
		return;
	fill_heading(&t, g, rates);
	for (row = 1; row < t.rows; row++)
		fill_row(&t, g, row, rates);
	table_write(&t);
	free(t.cell);
	fputc('\n', out);
}

void table_print(const json_t *summary, FILE *out)
{
	const json_t *points = json_object_get(summary, "points");
	const struct text_units *units = text_units(counts_instructions(points));
	unsigned int i = 0, rounds = (unsigned int)number(summary, "rounds");

	if (text(summary, "question")[0])
		fprintf(out, "%s\n\n", text(summary, "question"));
	while (i < json_array_size(points)) {
		struct group g = group_at(points, i);

		g.units = units;
		g.spread = rounds > 1;
		print_group(&g, out);
		i += g.n;
	}
	if (rounds > 1)
		fprintf(out, "Figures are medians of %u rounds, each over all points; range is that of the rounds, of the figure that %s is of.\n",
			rounds, units->label);
	explain_steps(points, units, out);
	explain_failures(points, out);
	explain_flags(points, out);
}
