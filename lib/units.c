// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * units.c - the one place that reads and writes numbers with units; see
 * units.h. No state: any thread may call. Decimal fractions are kept as
 * integers until the last step, so that 0.1s is exactly 100000000 ns.
 */
#include "lib/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/u128.h"

#define DIGITS_MAX	19	/* behind the point; 10^19 fits 64 bits */
#define NAME_MAX_LEN	16
#define PRINT_DIGITS	4

struct unit_name {
	const char *name;	/* "": a bare number */
	u64 mul, div;		/* value = number × mul / div */
};

struct unit_kind {
	const char *what;	/* in messages: "a rate" */
	const char *example;
	const struct unit_name *name;	/* smallest first, ends with NULL */
	double max;
};

static const struct unit_name none_names[] = { { "", 1, 1 }, { 0 } };

static const struct unit_name rate_names[] = {
	{ "pps", 1, 1 }, { "kpps", 1000, 1 }, { "Mpps", 1000000, 1 }, { "Gpps", 1000000000, 1 },
	{ 0 },
};

static const struct unit_name time_names[] = {
	{ "ns", 1, 1 },
	{ "us", 1000, 1 },
	{ "ms", 1000000, 1 },
	{ "s", NSEC_PER_SEC, 1 },
	{ "min", 60 * NSEC_PER_SEC, 1 },
	{ "h", 3600 * NSEC_PER_SEC, 1 },
	{ 0 },
};

static const struct unit_name size_names[] = {
	{ "B", 1, 1 }, { "KiB", 1U << 10, 1 }, { "MiB", 1U << 20, 1 }, { "GiB", 1U << 30, 1 },
	{ 0 },
};

static const struct unit_name share_names[] = { { "%", 1, 100 }, { "", 1, 1 }, { 0 } };

static const struct unit_name count_names[] = {
	{ "", 1, 1 },	       { "k", 1000, 1 },     { "Ki", 1U << 10, 1 },
	{ "M", 1000000, 1 },   { "Mi", 1U << 20, 1 }, { "G", 1000000000, 1 },
	{ "Gi", 1U << 30, 1 }, { 0 },
};

static const struct unit_kind kinds[] = {
	[UNIT_NONE] = { "a number", "10", none_names, INFINITY },
	[UNIT_RATE] = { "a rate", "10Mpps", rate_names, INFINITY },
	[UNIT_TIME] = { "a time", "2s", time_names, INFINITY },
	[UNIT_SIZE] = { "a size", "64B", size_names, INFINITY },
	[UNIT_SHARE] = { "a share", "0.5%", share_names, 1 },
	[UNIT_COUNT] = { "a count", "64k", count_names, INFINITY },
};

/* A number as written: digits / scale × the unit's factor. */
struct number {
	u128 digits;
	u64 scale;
	const struct unit_name *unit;
};

static const char *list_names(const struct unit_kind *kind, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (const struct unit_name *u = kind->name; u->name && at < size; u++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? ", " : "",
				       u->name[0] ? u->name : "none");
	return buf;
}

/* NULL, with an error, when @unit is none of this kind's. */
static const struct unit_name *parse_unit(const struct unit_kind *kind, const char *text,
					  const char *unit, struct err *err)
{
	char names[128];

	for (const struct unit_name *u = kind->name; u->name; u++)
		if (!strcmp(u->name, unit))
			return u;
	list_names(kind, names, sizeof(names));
	if (kind->name == none_names)
		err_set(err, -EINVAL, "\"%.64s\": \"%.32s\" after the number: expected %s "
			"without a unit, e.g. %s", text, unit, kind->what, kind->example);
	else if (!unit[0])
		err_set(err, -EINVAL, "\"%.64s\": the unit is missing: expected %s in %s, "
			"e.g. %s", text, kind->what, names, kind->example);
	else
		err_set(err, -EINVAL, "\"%.64s\": unknown unit \"%.32s\": expected %s in %s, "
			"e.g. %s", text, unit, kind->what, names, kind->example);
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits, with at most one point; @ret_end is where the unit starts. */
static int parse_digits(const char *text, struct number *n, const char **ret_end)
{
	const char *p = text;
	bool point = false;
	unsigned int digits = 0;
	u128 next;

	n->digits = u128_of(0);
	n->scale = 1;
	for (; is_digit(*p) || (*p == '.' && !point); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		digits++;
		if (u128_mul_overflow(n->digits, 10, &n->digits))
			return -ERANGE;
		next = u128_add64(n->digits, (u64)(*p - '0'));
		if (u128_hi(next) < u128_hi(n->digits))
			return -ERANGE;
		n->digits = next;
		if (point && n->scale >= 10000000000000000000ULL)
			return -ERANGE;
		if (point)
			n->scale *= 10;
	}
	*ret_end = p;
	/* ".5" and "5." are typing errors more often than numbers */
	if (!digits || text[0] == '.' || p[-1] == '.')
		return -EINVAL;
	return 0;
}

static int parse(enum unit unit, const char *text, struct number *ret, struct err *err)
{
	const struct unit_kind *kind = &kinds[unit];
	const char *end = text, *wrong = "is not a number";
	int code = parse_digits(text, ret, &end);

	if (code == -ERANGE)
		wrong = "has too many digits";
	if (text[0] == '-') {
		wrong = "is negative";
		code = -ERANGE;
	}
	if (code) {
		err_set(err, code, "\"%.64s\" %s: expected %s, e.g. %s", text, wrong,
			kind->what, kind->example);
		return code;
	}
	ret->unit = parse_unit(kind, text, end, err);
	return ret->unit ? 0 : -EINVAL;
}

int units_parse(enum unit unit, const char *text, double *ret, struct err *err)
{
	const struct unit_kind *kind = &kinds[unit];
	struct number n;
	double v;
	int code = parse(unit, text, &n, err);

	if (code)
		return code;
	v = (double)(u128_ldouble(n.digits) * n.unit->mul /
		     ((long double)n.scale * n.unit->div));
	if (v > kind->max)
		return err_set(err, -ERANGE, "\"%.64s\" is out of range: expected %s of at most "
			       "%g, e.g. %s", text, kind->what, kind->max, kind->example);
	*ret = v;
	return 0;
}

static int too_large(const struct unit_kind *kind, const char *text, struct err *err)
{
	return err_set(err, -ERANGE, "\"%.64s\" is too large: expected %s below 2^64, "
		       "e.g. %s", text, kind->what, kind->example);
}

int units_parse_u64(enum unit unit, const char *text, u64 *ret, struct err *err)
{
	const struct unit_kind *kind = &kinds[unit];
	struct number n;
	u64 rest, rest2;
	u128 v;
	int code = parse(unit, text, &n, err);

	if (code)
		return code;
	if (u128_mul_overflow(n.digits, n.unit->mul, &v))
		return too_large(kind, text, err);
	v = u128_div(u128_div(v, n.scale, &rest), n.unit->div, &rest2);
	if (u128_hi(v))
		return too_large(kind, text, err);
	if (rest || rest2)
		return err_set(err, -EINVAL, "\"%.64s\" is not a whole number%s%s: expected %s, "
			       "e.g. %s", text, kind->name[0].name[0] ? " of " : "",
			       kind->name[0].name, kind->what, kind->example);
	*ret = u128_lo(v);
	return 0;
}

/* @v with PRINT_DIGITS significant digits, no exponent, no trailing zeros. */
static void print_number(double v, char *buf, size_t size)
{
	int whole = v ? (int)floor(log10(fabs(v))) + 1 : 1;
	int decimals = max(PRINT_DIGITS - whole, 0);
	size_t end;

	snprintf(buf, size, "%.*f", min(decimals, DIGITS_MAX), v);
	end = strlen(buf);
	if (!strchr(buf, '.'))
		return;
	while (end && buf[end - 1] == '0')
		end--;
	if (end && buf[end - 1] == '.')
		end--;
	buf[end] = '\0';
}

static double round_digits(double v)
{
	char buf[64];
	double r;

	snprintf(buf, sizeof(buf), "%.*e", PRINT_DIGITS - 1, v);
	return sscanf(buf, "%lf", &r) == 1 ? r : v;
}

/*
 * Of the units in which the number is from 1 up to 9999 take the shortest
 * text, the larger unit between equals: 90s, not 1.5min, but 2min, not 120s.
 */
char *units_print(enum unit unit, double v, char *buf, size_t size)
{
	const struct unit_kind *kind = &kinds[unit];
	const struct unit_name *first = kind->name, *best = first;
	char text[512] = "", best_text[512] = "";

	if (!isfinite(v)) {
		snprintf(buf, size, "%g", v);
		return buf;
	}
	for (const struct unit_name *u = first; u->name; u++) {
		double scaled = round_digits(v * (double)u->div / (double)u->mul);
		bool last = !u[1].name || unit == UNIT_SHARE;

		if (u != first && fabs(scaled) < 1)
			continue;
		print_number(scaled, text, sizeof(text));
		if (!best_text[0] || strlen(text) + strlen(u->name) <=
				     strlen(best_text) + strlen(best->name)) {
			memcpy(best_text, text, sizeof(text));
			best = u;
		}
		if (last)
			break;
		/* five digits would pretend to a precision that is not there */
		if (fabs(scaled) >= 10000)
			best_text[0] = '\0';
	}
	if (!best_text[0])
		print_number(round_digits(v / (double)best->mul), best_text, sizeof(best_text));
	snprintf(buf, size, "%s%s", best_text, best->name);
	return buf;
}

const char *units_example(enum unit unit)
{
	return kinds[unit].example;
}
