// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * axes.c - see axes.h. Values are few (a sweep has tens), so that searches are
 * linear everywhere.
 */
#include "analysis/axes.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"

/* "65536", "64k", "64B", "10Mpps", "2s", "0.5%"; NAN for anything else. */
static double number_of(const char *text)
{
	static const enum unit units[] = { UNIT_NONE, UNIT_COUNT, UNIT_SIZE, UNIT_RATE, UNIT_TIME,
					   UNIT_SHARE };
	double v;
	char *end;
	unsigned int i;

	v = strtod(text, &end);
	if (end == text)
		return NAN;	/* spares units_parse a word */
	if (!*end)
		return v;
	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (!units_parse(units[i], text, &v, NULL))
			return v;
	return NAN;
}

/* Length of "rules-" in "rules-100", else 0. */
static unsigned int prefix_of(const char *text)
{
	const char *dash = strrchr(text, '-');

	if (!dash || dash == text || !dash[1] || strspn(dash + 1, "0123456789kM") != strlen(dash + 1))
		return 0;
	return isnan(number_of(dash + 1)) ? 0 : (unsigned int)(dash + 1 - text);
}


/* "users" of "streams.users.flows"; NULL when @p has no such stream. */
static const struct res_stream *stream_of(const struct res_point *p, const char *key)
{
	const char *name = key + strlen("streams."), *dot = strrchr(key, '.');
	unsigned int i;

	if (strncmp(key, "streams.", strlen("streams.")) != 0 || !dot || dot <= name)
		return NULL;
	for (i = 0; i < p->nstreams; i++)
		if (strlen(p->stream[i].name) == (size_t)(dot - name) &&
		    !strncmp(p->stream[i].name, name, (size_t)(dot - name)))
			return &p->stream[i];
	return NULL;
}

/* What the point's description says of @key, when its parameters don't. */
static const char *described(const struct res_point *p, const char *key, char *buf, size_t size)
{
	const struct res_stream *s = stream_of(p, key);
	const char *last = strrchr(key, '.');

	if (s && !strcmp(last, ".family"))
		return s->family;
	if (s && !strcmp(last, ".protocol"))
		return s->protocol;
	if (s && !strcmp(last, ".order"))
		return s->order;
	if (s && (!strcmp(last, ".flows") || !strcmp(last, ".size"))) {
		snprintf(buf, size, "%.10g", !strcmp(last, ".flows") ? s->flows : s->size);
		return buf;
	}
	return !strcmp(key, "dut.ruleset") ? p->ruleset :
	       !strcmp(key, "dut.firewall") ? p->firewall :
	       !strcmp(key, "connections") ? p->connections :
	       !strcmp(key, "direction") ? p->direction : NULL;
}

/* @p's value of @key in @buf; false when it has none. */
static bool value_of(const struct res_point *p, const char *key, char *buf)
{
	const char *value = res_param_value(p, key);
	char number[32];

	if (!value)
		value = described(p, key, number, sizeof(number));
	if (value)
		snprintf(buf, AXIS_TEXT, "%s", value);
	return value;
}

static int add_value(struct axis *axis, const char *text, double number)
{
	struct axis_value *grown;
	unsigned int i;

	for (i = 0; i < axis->n; i++)
		if (!strcmp(axis->v[i].text, text) ||
		    (axis->kind == AXIS_NUMBER && axis->v[i].number == number))
			return 0;
	grown = realloc(axis->v, (axis->n + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	axis->v = grown;
	snprintf(axis->v[axis->n].text, AXIS_TEXT, "%s", text);
	axis->v[axis->n++].number = number;
	return 0;
}

/* "streams.users.flows" -> "flows"; "rules-10" -> "rules" */
static void set_label(struct axis *axis)
{
	const char *dot = strrchr(axis->key, '.');

	if (axis->prefix)
		snprintf(axis->label, sizeof(axis->label), "%.*s", (int)axis->prefix - 1,
			 axis->v[0].text);
	else
		snprintf(axis->label, sizeof(axis->label), "%s", dot ? dot + 1 : axis->key);
}

static int by_number(const void *a, const void *b)
{
	const struct axis_value *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Is every value of @key a number, or ipv4 or ipv6? */
static enum axis_kind kind_of(const struct res_dir *r, const char *key)
{
	bool numbers = true, family = true;
	char value[AXIS_TEXT];
	unsigned int i;

	for (i = 0; i < r->npoints; i++) {
		if (!value_of(&r->point[i], key, value))
			continue;
		numbers = numbers && !isnan(number_of(value));
		family = family && (!strcmp(value, "ipv4") || !strcmp(value, "ipv6"));
	}
	return family ? AXIS_FAMILY : numbers ? AXIS_NUMBER : AXIS_LADDER;
}

/* The word that comes with more than one number in @key's values, or NULL. */
static const char *numbered_word(const struct res_dir *r, const char *key)
{
	const char *value, *other;
	unsigned int i, j, len;

	for (i = 0; i < r->npoints; i++) {
		value = res_param_value(&r->point[i], key);
		len = value ? prefix_of(value) : 0;
		for (j = i + 1; len && j < r->npoints; j++) {
			other = res_param_value(&r->point[j], key);
			if (other && strcmp(other, value) != 0 && prefix_of(other) == len &&
			    !strncmp(other, value, len))
				return value;
		}
	}
	return NULL;
}

static unsigned int figures_at(const struct res_dir *r, const struct axis *axis, int index)
{
	unsigned int i, n = 0;
	enum res_measure m;

	for (i = 0; i < r->npoints; i++)
		for (m = 0; m < RES_MEASURES && axis_index(axis, &r->point[i]) == index; m++)
			n += r->point[i].figure[m].has;
	return n;
}

/*
 * The value of the points that don't set it: the others vary them. When all
 * set it, the value most was measured at, which is how a sweep of two lists
 * looks once its defaults are written out; else the middle number, the first
 * word.
 */
static void set_reference(const struct res_dir *r, struct axis *axis)
{
	unsigned int i, most;
	int index;

	for (i = 0; i < r->npoints; i++) {
		if (res_param_value(&r->point[i], axis->key))
			continue;
		index = axis_index(axis, &r->point[i]);
		if (index < 0)
			continue;
		axis->reference = (unsigned int)index;
		return;
	}
	axis->reference = axis->kind == AXIS_NUMBER ? axis->n / 2 : 0;
	most = figures_at(r, axis, (int)axis->reference);
	for (i = 0; i < axis->n; i++) {
		if (figures_at(r, axis, (int)i) <= most)
			continue;
		most = figures_at(r, axis, (int)i);
		axis->reference = i;
	}
}

/* One axis of the values of @key: those like @word when @numbered, else the others. */
static int add_axis(const struct res_dir *r, struct axes *a, const char *key, enum axis_kind kind,
		    const char *word, bool numbered)
{
	unsigned int len = word ? prefix_of(word) : 0;
	struct axis *axis = &a->axis[a->n];
	char value[AXIS_TEXT];
	unsigned int i;
	bool like;
	int rc;

	if (a->n == AXES_MAX)
		return 0;	/* more than a scenario can sweep */
	memset(axis, 0, sizeof(*axis));
	axis->key = key;
	axis->kind = numbered ? AXIS_NUMBER : kind;
	axis->prefix = numbered ? len : 0;
	for (i = 0; i < r->npoints; i++) {
		if (!value_of(&r->point[i], key, value))
			continue;
		like = word && prefix_of(value) == len && !strncmp(value, word, len);
		if (like != numbered)
			continue;
		rc = add_value(axis, value, number_of(value + axis->prefix));
		if (rc) {
			free(axis->v);
			axis->v = NULL;
			return rc;
		}
	}
	if (axis->n == 0)
		return 0;
	if (axis->kind == AXIS_NUMBER)
		qsort(axis->v, axis->n, sizeof(*axis->v), by_number);
	set_label(axis);
	set_reference(r, axis);
	a->n++;
	return 0;
}

static bool known_key(const struct axes *a, const char *key)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		if (!strcmp(a->axis[i].key, key))
			return true;
	return false;
}

static int add_key(const struct res_dir *r, struct axes *a, const char *key)
{
	enum axis_kind kind = kind_of(r, key);
	const char *word = kind == AXIS_LADDER ? numbered_word(r, key) : NULL;
	int rc;

	rc = add_axis(r, a, key, kind, word, false);
	if (!rc && word)
		rc = add_axis(r, a, key, kind, word, true);
	return rc;
}

/* The ladder is the one with the most rungs, the next one beside it; the family
 * the first. */
static void choose(struct axes *a)
{
	unsigned int i;

	a->ladder = -1;
	a->family = -1;
	for (i = 0; i < a->n; i++) {
		if (a->axis[i].kind == AXIS_LADDER && a->axis[i].n > 1 &&
		    (a->ladder < 0 || a->axis[i].n > a->axis[a->ladder].n))
			a->ladder = (int)i;
		if (a->axis[i].kind == AXIS_FAMILY && a->family < 0)
			a->family = (int)i;
	}
	a->beside = -1;
	for (i = 0; i < a->n; i++)
		if (a->axis[i].kind == AXIS_LADDER && a->axis[i].n > 1 && (int)i != a->ladder &&
		    a->beside < 0 && strcmp(a->axis[i].key, a->axis[a->ladder].key) != 0)
			a->beside = (int)i;
}

int axes_find(const struct res_dir *r, struct axes *ret_axes, struct err *err)
{
	unsigned int i, j;
	int rc;

	memset(ret_axes, 0, sizeof(*ret_axes));
	for (i = 0; i < r->npoints; i++) {
		for (j = 0; j < r->point[i].nparams; j++) {
			if (known_key(ret_axes, r->point[i].param[j].key))
				continue;
			rc = add_key(r, ret_axes, r->point[i].param[j].key);
			if (rc) {
				axes_release(ret_axes);
				return err_set(err, rc, "%s: out of memory", r->dir);
			}
		}
	}
	choose(ret_axes);
	return 0;
}

void axes_release(struct axes *a)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		free(a->axis[i].v);
	a->n = 0;
}

int axis_index(const struct axis *axis, const struct res_point *p)
{
	char value[AXIS_TEXT];
	unsigned int i;
	double number;

	if (!value_of(p, axis->key, value))
		return -1;
	number = axis->kind == AXIS_NUMBER && !axis->prefix ? number_of(value) : NAN;
	for (i = 0; i < axis->n; i++)
		if (!strcmp(axis->v[i].text, value) || axis->v[i].number == number)
			return (int)i;
	return -1;
}

/* Was another axis of the same parameter asked for, or does it come first? */
static bool passed_over(const struct axes *a, const int *want, unsigned int i)
{
	unsigned int j;

	if (want[i] != AXIS_REFERENCE)
		return false;
	for (j = 0; j < a->n; j++)
		if (j != i && !strcmp(a->axis[j].key, a->axis[i].key) &&
		    (want[j] != AXIS_REFERENCE || j < i))
			return true;
	return false;
}

const struct res_point *axes_point(const struct res_dir *r, const struct axes *a, const int *want)
{
	unsigned int i, j;
	int index;

	for (i = 0; i < r->npoints; i++) {
		for (j = 0; j < a->n; j++) {
			if (passed_over(a, want, j))
				continue;
			index = want[j] == AXIS_REFERENCE ? (int)a->axis[j].reference :
							    want[j];
			if (axis_index(&a->axis[j], &r->point[i]) != index)
				break;
		}
		if (j == a->n)
			return &r->point[i];
	}
	return NULL;
}

char *axes_held(const struct axes *a, const int *want, char *buf, size_t size)
{
	const char *value;
	unsigned int i;
	size_t len = 0;

	buf[0] = '\0';
	for (i = 0; i < a->n && len < size; i++) {
		const struct axis *axis = &a->axis[i];

		if (want[i] != AXIS_REFERENCE || passed_over(a, want, i) || axis->n < 2)
			continue;
		value = axis->v[axis->reference].text;
		if (axis->kind == AXIS_NUMBER && !axis->prefix)
			len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len ? ", " : "",
						value, axis->label);
		else
			len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len ? ", " : "",
						axis->label, value + axis->prefix);
	}
	return buf;
}

enum res_measure axes_measure(const struct res_point *const *p, unsigned int n)
{
	enum res_measure m, best = RES_MEASURES;
	unsigned int i, count, most = 0;

	for (m = 0; m < RES_MEASURES; m++) {
		for (i = count = 0; i < n; i++)
			count += p[i] && res_usable(p[i], m) && p[i]->figure[m].regular;
		if (count > most) {
			most = count;
			best = m;
		}
	}
	for (m = 0; best == RES_MEASURES && m < RES_MEASURES; m++)
		for (i = 0; i < n; i++)
			if (p[i] && res_usable(p[i], m))
				best = m;
	return best;
}
