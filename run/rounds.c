// SPDX-License-Identifier: GPL-2.0-or-later
/* rounds.c - see rounds.h. */
#include "run/rounds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compiler.h"

/* A figure and what bounds it. */
static const struct {
	const char *figure, *least, *most;
} figures[] = {
	{ "mrr_pps", "mrr_min_pps", "mrr_max_pps" },
	{ "ndr_pps", "ndr_lower_pps", "ndr_upper_pps" },
	{ "pdr_pps", "pdr_lower_pps", "pdr_upper_pps" },
	{ "throughput_pps", "throughput_lower_pps", "throughput_upper_pps" },
};

static const char *const sums[] = { "trials", "invalid_trials" };

static bool is_done(const json_t *entry)
{
	const char *status = json_string_value(json_object_get(entry, "status"));

	return status && !strcmp(status, "done");
}

static int compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The numbers under @key, ascending; @values has room for all entries. */
static size_t numbers_of(const json_t *done, const char *key, double *values)
{
	size_t i, n = 0;
	json_t *one;

	json_array_foreach(done, i, one) {
		const json_t *v = json_object_get(one, key);

		if (json_is_number(v))
			values[n++] = json_number_value(v);
	}
	qsort(values, n, sizeof(*values), compare_numbers);
	return n;
}

static void set_number(json_t *o, const char *key, bool has, double v)
{
	json_object_set_new(o, key, has ? json_real(v) : json_null());
}

static void merge_figures(json_t *into, const json_t *done, double *values)
{
	size_t n, i, all = json_array_size(done);

	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		size_t had = numbers_of(done, figures[i].figure, values);

		set_number(into, figures[i].figure, had, had ? values[(had - 1) / 2] : 0);
		n = numbers_of(done, figures[i].least, values);
		set_number(into, figures[i].least, n && n == had, n ? values[0] : 0);
		n = numbers_of(done, figures[i].most, values);
		set_number(into, figures[i].most, n && n == had, n ? values[n - 1] : 0);
	}
	for (i = 0; i < ARRAY_SIZE(sums); i++) {
		json_int_t sum = 0;

		for (n = 0; n < all; n++)
			sum += json_integer_value(json_object_get(json_array_get(done, n), sums[i]));
		json_object_set_new(into, sums[i], json_integer(sum));
	}
}

/* Seconds are those of every round, whatever came of it. */
static void merge_seconds(json_t *into, const json_t *rounds)
{
	double sum = 0;
	json_t *one;
	size_t i;

	json_array_foreach(rounds, i, one) {
		sum += json_number_value(json_object_get(one, "seconds"));
	}
	json_object_set_new(into, "seconds", json_real(sum));
}

static bool holds(const json_t *array, const json_t *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(array, i, one) {
		if (json_equal(one, value))
			return true;
	}
	return false;
}

static void merge_array(json_t *into, const json_t *done, const char *key, bool once)
{
	json_t *all = json_array(), *one, *value;
	size_t i, k;

	json_array_foreach(done, i, one) {
		json_array_foreach(json_object_get(one, key), k, value) {
			if (!once || !holds(all, value))
				json_array_append(all, value);
		}
	}
	json_object_set_new(into, key, all);
}

/* The sample's deviation, of the MRR trials of all rounds. */
static void merge_stdev(json_t *into)
{
	double mean = 0, squares = 0;	/* Welford's: no pass to find the mean first */
	unsigned int n = 0;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(into, "samples"), i, one) {
		double rate = json_number_value(json_object_get(one, "forwarding_pps")), off;
		const char *phase = json_string_value(json_object_get(one, "phase"));

		if (!phase || strcmp(phase, "mrr"))
			continue;
		off = rate - mean;
		mean += off / ++n;
		squares += off * (rate - mean);
	}
	if (n)
		set_number(into, "mrr_stdev_pps", true, n > 1 ? sqrt(squares / (n - 1)) : 0);
}

static void merge_cost(json_t *into)
{
	const char *of = json_string_value(json_object_get(into, "ns_per_packet_of"));
	char key[32];
	double pps;

	if (!of)
		return;
	snprintf(key, sizeof(key), "%s_pps", of);
	pps = json_number_value(json_object_get(into, key));
	if (pps > 0)
		json_object_set_new(into, "ns_per_packet", json_real(1e9 / pps));
}

static bool all_regular(const json_t *done)
{
	json_t *one;
	size_t i;

	json_array_foreach(done, i, one) {
		if (!json_is_true(json_object_get(one, "regular")))
			return false;
	}
	return true;
}

/* The round whose cost is the median; without any cost the first. */
static const json_t *median_round(const json_t *done, double *values)
{
	size_t n = numbers_of(done, "ns_per_packet", values), i;
	json_t *one;

	json_array_foreach(done, i, one) {
		if (n && json_number_value(json_object_get(one, "ns_per_packet")) == values[n / 2])
			return one;
	}
	return json_array_get(done, 0);
}

static void note_rounds(json_t *into, size_t done, size_t all, const json_t *failed)
{
	const char *why = json_string_value(json_object_get(failed, "why"));
	char text[512];

	if (done == all)
		snprintf(text, sizeof(text), "medians of %zu rounds; bounds and ranges are the outermost of all",
			 all);
	else
		snprintf(text, sizeof(text), "medians of %zu rounds; %zu more ended early%s%s", done,
			 all - done, why && *why ? ", the last one: " : "", why ? why : "");
	json_array_append_new(json_object_get(into, "notes"), json_string(text));
}

static json_t *merge_done(const json_t *rounds, const json_t *done, double *values)
{
	json_t *into = json_copy((json_t *)median_round(done, values)), *one;
	const json_t *failed = NULL;
	size_t i;

	if (!into)
		return NULL;
	merge_figures(into, done, values);
	merge_seconds(into, rounds);
	merge_array(into, done, "samples", false);
	merge_array(into, done, "flags", true);
	merge_array(into, done, "notes", true);
	merge_stdev(into);
	merge_cost(into);
	json_object_set_new(into, "regular", json_boolean(all_regular(done)));
	json_array_foreach(rounds, i, one) {
		if (!is_done(one))
			failed = one;
	}
	if (json_array_size(rounds) > 1)
		note_rounds(into, json_array_size(done), json_array_size(rounds), failed);
	return into;
}

json_t *rounds_merge(const json_t *rounds)
{
	size_t n = json_array_size(rounds), i;
	double *values = calloc(n, sizeof(*values));
	json_t *done = json_array(), *merged = NULL, *one;

	if (!values || !done)
		goto out;
	json_array_foreach(rounds, i, one) {
		if (is_done(one))
			json_array_append(done, one);
	}
	merged = json_array_size(done) ? merge_done(rounds, done, values) :
					 json_copy(json_array_get(rounds, n - 1));
out:
	json_decref(done);
	free(values);
	return merged;
}
