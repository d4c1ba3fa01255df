// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results_point.c - read one point of summary.json, and answer small questions
 * about it. Strings stay in the JSON, arrays are the point's own.
 */
#include "analysis/results_point.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An array of @n elements, never NULL: an error sticks in @g. */
static void *alloc_array(struct json_get *g, size_t n, size_t size, unsigned int *ret_n)
{
	void *p = calloc(n + 1, size);

	if (!p && !g->code)
		g->code = err_set(g->err, -ENOMEM, "%s: out of memory", g->file);
	*ret_n = p ? (unsigned int)n : 0;
	return p;
}

static void read_params(struct json_get *g, const json_t *json, struct res_point *p)
{
	json_t *params = json_get_object(g, json, "parameters"), *value;
	unsigned int i = 0;
	const char *key;
	size_t mark;

	if (!params)
		return;
	p->param = alloc_array(g, json_object_size(params), sizeof(*p->param), &p->nparams);
	mark = json_get_push(g, "parameters", -1);
	json_object_foreach(params, key, value) {
		if (i >= p->nparams)
			break;
		p->param[i].key = key;
		p->param[i++].value = json_get_string(g, params, key);
	}
	json_get_pop(g, mark);
}

static const char **read_strings(struct json_get *g, const json_t *json, const char *key,
				 unsigned int *ret_n)
{
	const json_t *array = json_get_array(g, json, key);
	const char **v;
	unsigned int i;

	if (!array)
		return NULL;
	v = alloc_array(g, json_array_size(array), sizeof(*v), ret_n);
	for (i = 0; i < *ret_n; i++) {
		v[i] = json_string_value(json_array_get(array, i));
		if (!v[i]) {
			json_get_fail(g, key, "an array of strings", json_array_get(array, i));
			v[i] = "";
		}
	}
	return v;
}

static void read_buckets(struct json_get *g, const json_t *json, struct res_latency *l)
{
	const json_t *array = json_get_array(g, json, "buckets"), *pair;
	unsigned int i;

	if (!array)
		return;
	l->bucket = alloc_array(g, json_array_size(array), sizeof(*l->bucket), &l->nbuckets);
	for (i = 0; i < l->nbuckets; i++) {
		pair = json_array_get(array, i);
		if (json_array_size(pair) != 2 || !json_is_number(json_array_get(pair, 0)) ||
		    !json_is_number(json_array_get(pair, 1))) {
			json_get_fail(g, "buckets", "pairs of numbers", pair);
			return;
		}
		l->bucket[i].ns = json_number_value(json_array_get(pair, 0));
		l->bucket[i].n = json_number_value(json_array_get(pair, 1));
	}
}

static void read_latency(struct json_get *g, const json_t *json, struct res_latency *l)
{
	const json_t *hist;
	size_t mark;

	l->load_pps = json_get_number(g, json, "load_pps");
	l->loss_ratio = json_get_number(g, json, "loss_ratio");
	hist = json_get_object(g, json, "histogram");
	if (!hist)
		return;
	mark = json_get_push(g, "histogram", -1);
	l->count = json_get_number(g, hist, "count");
	l->min = json_get_number_or_null(g, hist, "min");
	l->mean = json_get_number_or_null(g, hist, "mean");
	l->max = json_get_number_or_null(g, hist, "max");
	read_buckets(g, hist, l);
	json_get_pop(g, mark);
}

static void read_latencies(struct json_get *g, const json_t *json, struct res_point *p)
{
	const json_t *array = json_get_array(g, json, "latency"), *one;
	unsigned int i, single;
	size_t mark;

	if (!array)
		return;
	p->latency = alloc_array(g, json_array_size(array), sizeof(*p->latency), &p->nlatency);
	for (i = 0; i < p->nlatency && !g->code; i++) {
		mark = json_get_push(g, "latency", i);
		one = json_array_get(array, i);
		p->latency[i].share = json_get_number(g, one, "share");
		p->latency[i].share_of = json_get_string(g, one, "share_of");
		read_latency(g, one, &p->latency[i]);
		json_get_pop(g, mark);
	}
	one = json_get_object_or_null(g, json, "search_latency");
	if (!one)
		return;
	p->search_latency = alloc_array(g, 1, sizeof(*p->search_latency), &single);
	if (!p->search_latency)
		return;
	mark = json_get_push(g, "search_latency", -1);
	p->search_latency->share = NAN;
	read_latency(g, one, p->search_latency);
	json_get_pop(g, mark);
}

static void read_streams(struct json_get *g, const json_t *json, struct res_point *p)
{
	const json_t *array = json_get_array(g, json, "streams"), *one;
	unsigned int i;
	size_t mark;

	if (!array)
		return;
	p->stream = alloc_array(g, json_array_size(array), sizeof(*p->stream), &p->nstreams);
	for (i = 0; i < p->nstreams && !g->code; i++) {
		mark = json_get_push(g, "streams", i);
		one = json_array_get(array, i);
		p->stream[i].name = json_get_string(g, one, "name");
		p->stream[i].family = json_get_string(g, one, "family");
		p->stream[i].protocol = json_get_string(g, one, "protocol");
		p->stream[i].order = json_get_string(g, one, "order");
		p->stream[i].size = json_get_number(g, one, "size");
		p->stream[i].flows = json_get_number(g, one, "flows");
		json_get_pop(g, mark);
	}
}

static void read_samples(struct json_get *g, const json_t *json, struct res_point *p)
{
	const json_t *array = json_get_array(g, json, "samples"), *one;
	unsigned int i;
	size_t mark;

	if (!array)
		return;
	p->sample = alloc_array(g, json_array_size(array), sizeof(*p->sample), &p->nsamples);
	for (i = 0; i < p->nsamples && !g->code; i++) {
		mark = json_get_push(g, "samples", i);
		one = json_array_get(array, i);
		p->sample[i].phase = json_get_string(g, one, "phase");
		p->sample[i].load_pps = json_get_number(g, one, "load_pps");
		p->sample[i].duration_s = json_get_number(g, one, "duration_s");
		p->sample[i].loss_ratio = json_get_number(g, one, "loss_ratio");
		p->sample[i].forwarding_pps = json_get_number(g, one, "forwarding_pps");
		json_get_pop(g, mark);
	}
}

static void read_goal(struct json_get *g, const json_t *one, struct res_goal *goal)
{
	goal->goal = json_get_string(g, one, "goal");
	goal->why = json_get_string(g, one, "why");
	goal->regular = json_get_bool(g, one, "regular");
	goal->value_pps = json_get_number_or_null(g, one, "value_pps");
	goal->lower_pps = json_get_number_or_null(g, one, "lower_pps");
	goal->upper_pps = json_get_number_or_null(g, one, "upper_pps");
	goal->loss_ratio = json_get_number_or_null(g, one, "loss_ratio");
	goal->exceed_ratio = json_get_number_or_null(g, one, "exceed_ratio");
	goal->width = json_get_number_or_null(g, one, "width");
	goal->initial_trial_s = json_get_number_or_null(g, one, "initial_trial_s");
	goal->final_trial_s = json_get_number_or_null(g, one, "final_trial_s");
	goal->duration_sum_s = json_get_number_or_null(g, one, "duration_sum_s");
	goal->trials = json_get_number(g, one, "trials");
	goal->seconds = json_get_number(g, one, "seconds");
}

static void read_goals(struct json_get *g, const json_t *json, struct res_point *p)
{
	const json_t *array = json_get_array(g, json, "goals");
	unsigned int i;
	size_t mark;

	if (!array)
		return;
	p->goal = alloc_array(g, json_array_size(array), sizeof(*p->goal), &p->ngoals);
	for (i = 0; i < p->ngoals && !g->code; i++) {
		mark = json_get_push(g, "goals", i);
		read_goal(g, json_array_get(array, i), &p->goal[i]);
		json_get_pop(g, mark);
	}
}

static bool goal_regular(const struct res_point *p, const char *goal)
{
	unsigned int i;

	for (i = 0; i < p->ngoals; i++)
		if (!strcmp(p->goal[i].goal, goal) && !p->goal[i].regular)
			return false;
	return true;
}

static void read_figures(struct json_get *g, const json_t *json, struct res_point *p)
{
	static const struct {
		const char *value, *lower, *upper, *goal;
	} keys[RES_MEASURES] = {
		[RES_NDR] = { "ndr_pps", "ndr_lower_pps", "ndr_upper_pps", "ndr" },
		[RES_PDR] = { "pdr_pps", "pdr_lower_pps", "pdr_upper_pps", "pdr" },
		[RES_THROUGHPUT] = { "throughput_pps", "throughput_lower_pps",
				     "throughput_upper_pps", "rfc2544" },
		[RES_MRR] = { "mrr_pps", "mrr_min_pps", "mrr_max_pps", "mrr" },
	};
	struct res_figure *f;
	unsigned int i;

	for (i = 0; i < RES_MEASURES; i++) {
		f = &p->figure[i];
		f->pps = json_get_number_or_null(g, json, keys[i].value);
		f->lower = json_get_number_or_null(g, json, keys[i].lower);
		f->upper = json_get_number_or_null(g, json, keys[i].upper);
		f->stdev = i == RES_MRR ? json_get_number_or_null(g, json, "mrr_stdev_pps") : NAN;
		f->has = !isnan(f->pps);
		f->regular = goal_regular(p, keys[i].goal);
	}
}

void results_point_read(struct json_get *g, const json_t *json, unsigned int index,
			struct res_point *p)
{
	size_t mark = json_get_push(g, "points", index);

	p->name = json_get_string(g, json, "name");
	p->status = json_get_string(g, json, "status");
	p->why = json_get_string(g, json, "why");
	p->testbed = json_get_string(g, json, "testbed");
	p->preset = json_get_string(g, json, "preset");
	p->firewall = json_get_string(g, json, "firewall");
	p->ruleset = json_get_string(g, json, "ruleset");
	p->connections = json_get_string(g, json, "connections");
	p->direction = json_get_string(g, json, "direction");
	p->pdr_loss_ratio = json_get_number_or_null(g, json, "pdr_loss_ratio");
	p->ns_per_packet = json_get_number_or_null(g, json, "ns_per_packet");
	p->ns_per_packet_of = json_get_string_or_null(g, json, "ns_per_packet_of");
	p->selftest_pps = json_get_number_or_null(g, json, "selftest_pps");
	p->seconds = json_get_number(g, json, "seconds");
	p->trials = json_get_u64(g, json, "trials");
	p->invalid_trials = json_get_u64(g, json, "invalid_trials");
	p->fill_flows = json_get_u64(g, json, "fill_flows");
	p->fill_opened = json_get_u64(g, json, "fill_opened");
	p->fill_ns = json_get_u64(g, json, "fill_ns");
	read_params(g, json, p);
	read_streams(g, json, p);
	read_samples(g, json, p);
	read_latencies(g, json, p);
	read_goals(g, json, p);
	if (!g->code)	/* looks into the goals */
		read_figures(g, json, p);
	results_profile_read(g, json, p);
	p->flag = read_strings(g, json, "flags", &p->nflags);
	p->note = read_strings(g, json, "notes", &p->nnotes);
	json_get_pop(g, mark);
}

void results_point_release(struct res_point *p)
{
	unsigned int i;

	for (i = 0; i < p->nlatency; i++)
		free(p->latency[i].bucket);
	if (p->search_latency)
		free(p->search_latency->bucket);
	free(p->search_latency);
	results_profile_release(p->profile);
	free(p->latency);
	free(p->param);
	free(p->stream);
	free(p->sample);
	free(p->goal);
	free(p->flag);
	free(p->note);
}

static const struct {
	const char *name, *label;
} measures[RES_MEASURES] = {
	[RES_NDR] = { "ndr", "NDR" },
	[RES_PDR] = { "pdr", "PDR" },
	[RES_THROUGHPUT] = { "throughput", "RFC 2544 throughput" },
	[RES_MRR] = { "mrr", "MRR" },
};

const char *res_measure_name(enum res_measure m)
{
	return measures[m].name;
}

const char *res_measure_label(enum res_measure m)
{
	return measures[m].label;
}

const char *res_param_value(const struct res_point *p, const char *key)
{
	unsigned int i;

	for (i = 0; i < p->nparams; i++)
		if (!strcmp(p->param[i].key, key))
			return p->param[i].value;
	return NULL;
}

bool res_has_flag(const struct res_point *p, const char *flag)
{
	unsigned int i;

	for (i = 0; i < p->nflags; i++)
		if (!strcmp(p->flag[i], flag))
			return true;
	return false;
}

bool res_all_have_flag(const struct res_dir *r, const char *flag)
{
	unsigned int i, begun = 0;

	for (i = 0; i < r->npoints; i++) {
		if (!strcmp(r->point[i].status, "pending"))
			continue;
		if (!res_has_flag(&r->point[i], flag))
			return false;
		begun++;
	}
	return begun > 0;
}

bool res_usable(const struct res_point *p, enum res_measure m)
{
	return p->figure[m].has && p->figure[m].pps > 0;
}

double res_percentile(const struct res_latency *l, double percent)
{
	double total = 0, sum = 0;
	unsigned int i;

	for (i = 0; i < l->nbuckets; i++)
		total += l->bucket[i].n;
	for (i = 0; i < l->nbuckets; i++) {
		sum += l->bucket[i].n;
		if (sum >= total * percent / 100)
			return l->bucket[i].ns;
	}
	return NAN;
}
