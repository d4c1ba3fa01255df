// SPDX-License-Identifier: GPL-2.0-or-later
/* table_loads.c - see table_loads.h. */
#include "run/table_loads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"

#define DIFFERENT_MAX 64	/* loads told apart */

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static bool is_fixed(const json_t *sample)
{
	const char *phase = json_string_value(json_object_get(sample, "phase"));

	return phase && !strcmp(phase, "fixed");
}

/* A load is set, not measured; it comes back from JSON as it was. */
static bool same_load(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(a, b);
}

static int compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static unsigned int add_load(double *loads, unsigned int n, double load)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (same_load(loads[i], load))
			return n;
	if (n < DIFFERENT_MAX)
		loads[n++] = load;
	return n;
}

unsigned int table_loads(const json_t *points, unsigned int from, unsigned int n,
			 double ret_loads[TABLE_LOADS_MAX])
{
	double all[DIFFERENT_MAX] = { 0 };
	unsigned int found = 0, shown, i;
	json_t *sample;
	size_t k;

	for (i = from; i < from + n; i++) {
		json_array_foreach(json_object_get(json_array_get(points, i), "samples"), k, sample) {
			if (is_fixed(sample))
				found = add_load(all, found, number(sample, "load_pps"));
		}
	}
	qsort(all, found, sizeof(*all), compare_numbers);
	shown = min(found, (unsigned int)TABLE_LOADS_MAX);
	for (i = 0; i < shown; i++)
		ret_loads[i] = all[shown > 1 ? i * (found - 1) / (shown - 1) : 0];
	return shown;
}

static const json_t *streams_of(const json_t *point)
{
	const json_t *streams = json_object_get(point, "streams");

	return json_array_size(streams) > 1 ? streams : NULL;
}

void table_load_heading(const json_t *point, double load, char *buf, size_t size)
{
	const json_t *streams = streams_of(point);
	const char *name = json_string_value(json_object_get(json_array_get(streams, 0), "name"));
	char text[32];

	units_print(UNIT_RATE, load, text, sizeof(text));
	if (streams)
		snprintf(buf, size, "%s at %s", name ? name : "first", text);
	else
		snprintf(buf, size, "loss %s", text);
}

/* The share that is shown: lost of all, or arrived of the first stream. */
static double share_of(const json_t *sample, bool streams)
{
	const json_t *first = json_array_get(json_object_get(sample, "streams"), 0);

	if (!streams)
		return number(sample, "loss_ratio");
	return number(first, "offered_pps") > 0 ?
	       number(first, "forwarding_pps") / number(first, "offered_pps") : 0;
}

void table_load_cell(const json_t *point, double load, char *buf, size_t size)
{
	bool streams = streams_of(point);
	unsigned int n = 0;
	double sum = 0;
	json_t *sample;
	size_t k;

	json_array_foreach(json_object_get(point, "samples"), k, sample) {
		if (!is_fixed(sample) || !same_load(number(sample, "load_pps"), load))
			continue;
		sum += share_of(sample, streams);
		n++;
	}
	if (!n)
		snprintf(buf, size, "-");
	else if (sum == 0)
		snprintf(buf, size, "0 %%");
	else
		snprintf(buf, size, "%.*f %%", sum / n < 0.001 ? 4 : 1, sum / n * 100);
}
