// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * summary.c - builds summary.json. A figure that was not measured is null, no
 * key is ever missing: readers need no case for absence.
 */
#include "run/summary.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/units.h"
#include "run/flags.h"
#include "run/rounds.h"

#define SCHEMA "kpps-summary-1"
#define SOURCE_BOUND 0.95	/* of the self-test */

static const char *const status_words[] = {
	[POINT_PENDING] = "pending", [POINT_RUNNING] = "running", [POINT_DONE] = "done",
	[POINT_FAILED] = "failed",   [POINT_INTERRUPTED] = "interrupted",
};

static json_t *now_json(void)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	return json_string(text);
}

static void set(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value ? value : json_null());
}

/* A measured figure, null when there is none. */
static json_t *figure(bool measured, double v)
{
	return measured && isfinite(v) ? json_real(v) : json_null();
}

static const char *protocol_name(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	default:
		return "udp";
	}
}

static json_t *streams_json(const struct point *p)
{
	static const char *const orders[] = {
		[KPPS_SEQUENTIAL] = "sequential", [KPPS_UNIFORM] = "uniform", [KPPS_ZIPF] = "zipf",
	};
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < p->nstreams; i++) {
		const struct stream_spec *s = &p->stream[i].spec;

		json_array_append_new(array, json_pack("{s:s,s:s,s:s,s:f,s:I,s:s}",
			"name", s->name, "family", s->family == AF_INET6 ? "ipv6" : "ipv4",
			"protocol", protocol_name(s->protocol),
			"size", point_size_mean(s),
			"flows", (json_int_t)s->flows,
			"order", s->order < ARRAY_SIZE(orders) ? orders[s->order] : "uniform"));
	}
	return array;
}

static json_t *parameters_json(const struct point *p)
{
	json_t *o = json_object();
	unsigned int i;

	for (i = 0; i < p->nparams; i++)
		set(o, p->param[i].key, json_string(p->param[i].value));
	return o;
}

static const char *word_of(const char *const *words, size_t n, unsigned int i)
{
	return i < n ? words[i] : "none";
}

static void set_identity(json_t *o, const struct point *p)
{
	static const char *const connections[] = {
		[CONNECTIONS_NONE] = "none", [CONNECTIONS_ESTABLISHED] = "established",
		[CONNECTIONS_NEW] = "new",
	};
	static const char *const directions[] = {
		[DIRECTION_FORWARD] = "forward", [DIRECTION_REVERSE] = "reverse",
		[DIRECTION_BOTH] = "both",
	};

	set(o, "name", json_string(p->name));
	set(o, "parameters", parameters_json(p));
	set(o, "testbed", json_string(p->testbed));
	set(o, "preset", json_string(p->preset));
	set(o, "firewall", json_string(p->dut.firewall));
	set(o, "ruleset", json_string(p->dut.ruleset));
	set(o, "connections", json_string(word_of(connections, ARRAY_SIZE(connections),
						  p->connections)));
	set(o, "direction", json_string(word_of(directions, ARRAY_SIZE(directions),
						p->direction)));
	set(o, "streams", streams_json(p));
}

/* A search goal may live on the trials of others and need none of its own. */
static bool has_result(const struct goal_result *r)
{
	return r->trials || r->lower_pps > 0 || r->upper_pps > 0;
}

static const struct goal_result *result_of(const struct point *p, const struct point_outcome *o,
					   enum goal_kind kind)
{
	unsigned int i;

	for (i = 0; o->result && i < p->ngoals; i++)
		if (p->goal[i].kind == kind && has_result(&o->result[i]))
			return &o->result[i];
	return NULL;
}

static void set_mrr(json_t *o, const struct goal_result *r)
{
	set(o, "mrr_pps", figure(r, r ? r->value_pps : 0));
	set(o, "mrr_min_pps", figure(r, r ? r->lower_pps : 0));
	set(o, "mrr_max_pps", figure(r, r ? r->upper_pps : 0));
	set(o, "mrr_stdev_pps", figure(r, r ? r->stdev_pps : 0));
}

static void set_bounded(json_t *o, const char *name, const struct goal_result *r)
{
	/* Without a bound on either side nothing was found yet; an upper one alone is one. */
	bool any = r && (r->lower_pps > 0 || r->upper_pps > 0);
	char key[32];

	snprintf(key, sizeof(key), "%s_pps", name);
	set(o, key, figure(any && (r->value_pps > 0 || r->nothing), any ? r->value_pps : 0));
	snprintf(key, sizeof(key), "%s_lower_pps", name);
	set(o, key, figure(any && r->lower_pps > 0, any ? r->lower_pps : 0));
	snprintf(key, sizeof(key), "%s_upper_pps", name);
	set(o, key, figure(any && r->upper_pps > 0, any ? r->upper_pps : 0));
}

/* The best figure for "what does a packet cost"; irregular ones come second. */
static void set_cost(json_t *o, const struct point *p, const struct point_outcome *outcome)
{
	static const struct {
		enum goal_kind kind;
		const char *name;
	} order[] = {
		{ GOAL_NDR, "ndr" }, { GOAL_PDR, "pdr" }, { GOAL_RFC2544, "throughput" },
		{ GOAL_MRR, "mrr" },
	};
	unsigned int pass, i;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < ARRAY_SIZE(order); i++) {
			const struct goal_result *r = result_of(p, outcome, order[i].kind);

			if (!r || !(r->value_pps > 0) || (!pass && !r->regular))
				continue;
			set(o, "ns_per_packet", json_real(1e9 / r->value_pps));
			set(o, "ns_per_packet_of", json_string(order[i].name));
			return;
		}
	}
	set(o, "ns_per_packet", json_null());
	set(o, "ns_per_packet_of", json_null());
}

static json_t *goals_json(const struct point *p, const struct point_outcome *o)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; o->result && i < p->ngoals; i++) {
		const struct goal_spec *s = &p->goal[i];
		const struct goal_result *r = &o->result[i];
		bool mlr = s->kind == GOAL_NDR || s->kind == GOAL_PDR, search = goal_is_search(s->kind);
		json_t *g = json_object();

		set(g, "goal", json_string(goal_name(s->kind)));
		set(g, "regular", json_boolean(r->regular));
		set(g, "value_pps", figure(has_result(r) && (r->value_pps > 0 || r->nothing),
					   r->value_pps));
		set(g, "lower_pps", figure(r->lower_pps > 0, r->lower_pps));
		set(g, "upper_pps", figure(r->upper_pps > 0, r->upper_pps));
		set(g, "loss_ratio", figure(search, s->loss_ratio));
		set(g, "exceed_ratio", figure(mlr, s->exceed_ratio));
		set(g, "width", figure(search, s->width));
		set(g, "initial_trial_s", figure(search, s->initial_trial_s));
		set(g, "final_trial_s", json_real(search ? s->final_trial_s : s->trial_s));
		set(g, "duration_sum_s", figure(mlr, s->duration_sum_s));
		set(g, "trials", json_integer(r->trials));
		set(g, "seconds", json_real(r->seconds));
		set(g, "why", json_string(r->why));
		json_array_append_new(array, g);
	}
	return array;
}

/* Entries of the goal latency: a share's trials, with what the share is of. */
static json_t *latency_json(const struct point *p, const struct point_outcome *o)
{
	static const enum goal_kind order[] = { GOAL_PDR, GOAL_NDR, GOAL_RFC2544, GOAL_MRR };
	json_t *array = json_array(), *trial;
	const struct goal_spec *spec = NULL;
	const char *of = "mrr";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		const struct goal_result *r = result_of(p, o, order[i]);

		if (r && r->value_pps > 0) {
			of = order[i] == GOAL_RFC2544 ? "throughput" : goal_name(order[i]);
			break;
		}
	}
	for (i = 0; i < p->ngoals && !spec; i++)
		if (p->goal[i].kind == GOAL_LATENCY)
			spec = &p->goal[i];
	if (!o->trials || !spec)
		return array;
	json_array_foreach(o->trials->latency, i, trial) {
		unsigned int share = i / (spec->trials ? spec->trials : 1);
		json_t *entry;

		if (share >= spec->nrates)
			break;
		entry = json_copy(trial);
		set(entry, "share", json_real(spec->rate[share]));
		set(entry, "share_of", json_string(of));
		json_array_append_new(array, entry);
	}
	return array;
}

static json_t *search_latency(const struct point *p, const struct point_outcome *o)
{
	const struct goal_result *r = result_of(p, o, GOAL_NDR);
	const struct kept_latency *best = NULL;
	unsigned int i;

	if (!r || !(r->value_pps > 0))
		r = result_of(p, o, GOAL_PDR);
	if (!r || !(r->lower_pps > 0) || !o->trials)
		return json_null();
	for (i = 0; i < o->trials->nkept; i++) {
		const struct kept_latency *k = &o->trials->kept[i];

		if (k->load_pps > r->lower_pps || k->loss_ratio > r->loss_ratio)
			continue;
		if (!best || k->load_pps >= best->load_pps)
			best = k;
	}
	if (!best)
		return json_null();
	return json_pack("{s:f,s:f,s:o}", "load_pps", best->load_pps, "loss_ratio",
			 best->loss_ratio, "histogram", hist_json(&best->hist));
}

static u32 figure_flags(const struct point *p, const struct point_outcome *o)
{
	double limit = SOURCE_BOUND * o->trials->selftest_pps;
	double max_load = o->trials->max_load_pps;
	u32 flags = 0;
	unsigned int i;

	/* The tester is what is measured. */
	if (!strcmp(p->dut.firewall, "dummy"))
		limit = 0;
	/* The load the tester keeps to is a limit of the tester as well. */
	else if (!o->trials->user_bound)
		limit = fmin(limit, SOURCE_BOUND * max_load);
	for (i = 0; o->result && i < p->ngoals; i++) {
		enum goal_kind kind = p->goal[i].kind;
		const struct goal_result *r = &o->result[i];

		if (!has_result(r) || (kind != GOAL_MRR && !goal_is_search(kind)))
			continue;
		if (limit > 0 && r->value_pps >= limit)
			flags |= 1u << FLAG_SOURCE_BOUND;
		if (r->nothing || (kind == GOAL_MRR && !(r->value_pps > 0)))
			flags |= 1u << FLAG_ZERO;
		if (!goal_is_search(kind) || r->regular)
			continue;
		flags |= 1u << FLAG_IRREGULAR;
		if (r->lower_pps > 0 && !(r->upper_pps > 0))
			flags |= 1u << FLAG_LOAD_BOUND;
	}
	return flags;
}

/* Of the point alone: it holds whatever became of the testbed. */
static u32 point_flags(const struct point *p, u32 flags)
{
	bool counted = !strcmp(p->testbed, "vm") && p->vm.clock == VM_CLOCK_INSTRUCTIONS;
	bool all_mrr = true;
	unsigned int i;

	for (i = 0; i < p->ngoals; i++)
		all_mrr &= p->goal[i].kind == GOAL_MRR;
	/* a short count of instructions is as good as a long one */
	if (!strcmp(p->preset, "quick") && !(counted && all_mrr))
		flags |= 1u << FLAG_QUICK_PRESET;
	if (p->impair.drop > 0 || p->impair.duplicate > 0 || p->impair.reorder > 0 ||
	    p->impair.corrupt > 0 || p->impair.delay > 0)
		flags |= 1u << FLAG_IMPAIRED;
	if (!counted)
		return flags;
	/* that the tester's work is in the figure is part of what "instructions" says */
	return (flags & ~(1u << FLAG_SHARED_DUT)) | 1u << FLAG_INSTRUCTIONS;
}

static json_t *flags_json(const struct point *p, const struct point_outcome *o)
{
	json_t *array = json_array();
	u32 flags = point_flags(p, o->tb ? o->tb->flags : 0);
	unsigned int i;

	if (o->status == POINT_FAILED)
		flags |= 1u << FLAG_FAILED;
	if (o->status == POINT_INTERRUPTED)
		flags |= 1u << FLAG_INTERRUPTED;
	if (o->trials && o->trials->invalid)
		flags |= 1u << FLAG_INVALID_TRIALS;
	if (o->trials)
		flags |= figure_flags(p, o);
	for (i = 0; i < FLAGS; i++)
		if (flags & 1u << i)
			json_array_append_new(array, json_string(flag_defs[i].word));
	return array;
}

/* The testbed's notes, a line each, and the goals' reasons. */
static json_t *notes_json(const struct point *p, const struct point_outcome *o)
{
	json_t *array = json_array();
	const char *line = o->tb ? o->tb->notes : "";
	unsigned int i;

	while (*line) {
		size_t len = strcspn(line, "\n");

		if (len)
			json_array_append_new(array, json_stringn(line, len));
		line += len + (line[len] == '\n');
	}
	for (i = 0; o->result && i < p->ngoals; i++) {
		char text[192];

		if (!o->result[i].why[0])
			continue;
		snprintf(text, sizeof(text), "%s: %s", goal_name(p->goal[i].kind),
			 o->result[i].why);
		json_array_append_new(array, json_string(text));
	}
	if (o->trials && o->trials->invalid) {
		char text[RECORD_WHY + 64];

		snprintf(text, sizeof(text), "%u invalid trials, the last one: %s",
			 o->trials->invalid, o->trials->why);
		json_array_append_new(array, json_string(text));
	}
	return array;
}

static bool all_regular(const struct point *p, const struct point_outcome *o)
{
	unsigned int i;

	for (i = 0; o->result && i < p->ngoals; i++)
		if (goal_is_search(p->goal[i].kind) && !o->result[i].regular)
			return false;
	return o->result && o->status == POINT_DONE;
}

static json_t *point_json(const struct point *p, const struct point_outcome *o)
{
	const struct goal_result *pdr = result_of(p, o, GOAL_PDR);
	const struct trials *t = o->trials;
	json_t *j = json_object();

	set_identity(j, p);
	set(j, "status", json_string(status_words[o->status]));
	set(j, "why", json_string(o->why ? o->why : ""));
	set(j, "attempts", json_integer(o->attempt));
	set(j, "disturbed", json_boolean(o->disturbed));
	set_mrr(j, result_of(p, o, GOAL_MRR));
	set_bounded(j, "ndr", result_of(p, o, GOAL_NDR));
	set_bounded(j, "pdr", pdr);
	set(j, "pdr_loss_ratio", figure(pdr, pdr ? pdr->loss_ratio : 0));
	set_bounded(j, "throughput", result_of(p, o, GOAL_RFC2544));
	set(j, "regular", json_boolean(all_regular(p, o)));
	set_cost(j, p, o);
	set(j, "samples", t ? json_copy(t->samples) : json_array());
	set(j, "latency", latency_json(p, o));
	set(j, "search_latency", search_latency(p, o));
	set(j, "goals", goals_json(p, o));
	set(j, "setup", o->tb && o->tb->setup ? json_incref(o->tb->setup) : json_null());
	set(j, "profile", o->profile ? json_incref(o->profile) : json_null());
	set(j, "trials", json_integer(t ? t->trials : 0));
	set(j, "invalid_trials", json_integer(t ? t->invalid : 0));
	set(j, "selftest_pps", figure(t && t->selftest_pps > 0, t ? t->selftest_pps : 0));
	set(j, "max_load_pps", figure(t && t->max_load_pps > 0, t ? t->max_load_pps : 0));
	set(j, "fill_flows", json_integer(t ? (json_int_t)t->fill_flows : 0));
	set(j, "fill_opened", json_integer(t ? (json_int_t)t->fill_opened : 0));
	set(j, "fill_ns", json_integer(t ? (json_int_t)t->fill_ns : 0));
	set(j, "flags", o->status == POINT_PENDING ? json_array() : flags_json(p, o));
	set(j, "notes", notes_json(p, o));
	set(j, "seconds", json_real(o->seconds));
	set(j, "rounds", json_array());
	return j;
}

json_t *summary_create(const struct plan *plan, const char *environment_id)
{
	static const struct point_outcome pending = { .status = POINT_PENDING };
	json_t *s = json_object(), *points = json_array();
	unsigned int i;

	if (!s || !points) {
		json_decref(s);
		json_decref(points);
		return NULL;
	}
	set(s, "schema", json_string(SCHEMA));
	set(s, "name", json_string(plan->name));
	set(s, "question", json_string(plan->question));
	set(s, "preset", json_string(plan->npoints ? plan->point[0].preset : ""));
	set(s, "started", now_json());
	set(s, "finished", json_null());
	set(s, "complete", json_false());
	set(s, "testbed", json_string(plan->npoints ? plan->point[0].testbed : ""));
	set(s, "selftest", json_pack("{s:n,s:n}", "pps", "loss_ratio"));
	set(s, "environment_id", json_string(environment_id));
	set(s, "rounds", json_integer(plan->rounds));
	set(s, "points_total", json_integer(plan->npoints));
	for (i = 0; i < plan->npoints; i++)
		json_array_append_new(points, point_json(&plan->point[i], &pending));
	set(s, "points", points);
	return s;
}

static json_t *point_at(const json_t *summary, unsigned int i)
{
	return json_array_get(json_object_get(summary, "points"), i);
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static unsigned int rounds_of(const json_t *summary)
{
	return (unsigned int)json_integer_value(json_object_get(summary, "rounds"));
}

static bool has_status(const json_t *point, enum point_status status)
{
	return !strcmp(text_of(point, "status"), status_words[status]);
}

bool summary_wants(const json_t *summary, unsigned int i, unsigned int attempt)
{
	const json_t *p = point_at(summary, i);
	json_int_t made = json_integer_value(json_object_get(p, "attempts"));
	bool disturbed = json_is_true(json_object_get(p, "disturbed"));

	if (!has_status(p, POINT_DONE) && !has_status(p, POINT_FAILED))
		return max(made, (json_int_t)1) == (json_int_t)attempt;
	if (made + 1 != (json_int_t)attempt || attempt > rounds_of(summary) + 1)
		return false;
	return disturbed || (has_status(p, POINT_DONE) && attempt <= rounds_of(summary));
}

int summary_adopt(json_t *summary, const json_t *earlier, struct err *err)
{
	static const char *const kept[] = { "attempts", "rounds" };
	json_t *points = json_object_get(summary, "points"), *p;
	unsigned int i, k;

	if (strcmp(text_of(earlier, "schema"), SCHEMA))
		return err_set(err, -EINVAL, "summary.json has the schema \"%s\", not " SCHEMA,
			       text_of(earlier, "schema"));
	json_array_foreach(points, i, p) {
		json_t *old = point_at(earlier, i);

		if (strcmp(text_of(old, "name"), text_of(p, "name")))
			return err_set(err, -EINVAL,
				       "point %u of summary.json is \"%s\", of scenario.yaml \"%s\"",
				       i + 1, text_of(old, "name"), text_of(p, "name"));
	}
	for (i = 0; i < json_array_size(points); i++) {
		json_t *old = point_at(earlier, i);

		if (has_status(old, POINT_DONE) || has_status(old, POINT_FAILED)) {
			json_array_set(points, i, old);
			continue;
		}
		/* else what it has is which attempt was under way, and the rounds before */
		for (k = 0; k < ARRAY_SIZE(kept); k++)
			if (json_object_get(old, kept[k]))
				json_object_set(point_at(summary, i), kept[k],
						json_object_get(old, kept[k]));
	}
	json_object_set(summary, "started", json_object_get(earlier, "started"));
	json_object_set(summary, "selftest", json_object_get(earlier, "selftest"));
	return 0;
}

static void set_selftest(json_t *summary, const struct trials *t)
{
	json_t *s = json_object_get(summary, "selftest");

	if (!t || t->selftest_pps <= json_number_value(json_object_get(s, "pps")))
		return;
	set(s, "pps", json_real(t->selftest_pps));
	set(s, "loss_ratio", json_real(t->selftest_loss));
}

/* @entry, and the rounds that @old has: one entry. */
static json_t *with_rounds(json_t *old, json_t *entry, const struct point_outcome *o)
{
	json_t *rounds = json_copy(json_object_get(old, "rounds")), *merged = entry;

	if (o->status == POINT_DONE || o->status == POINT_FAILED)
		json_array_append(rounds, entry);
	if (json_array_size(rounds)) {
		merged = rounds_merge(rounds);
		json_decref(entry);
	}
	if (o->status == POINT_RUNNING || o->status == POINT_INTERRUPTED)
		set(merged, "status", json_string(status_words[o->status]));
	set(merged, "attempts", json_integer(o->attempt));
	set(merged, "disturbed", json_boolean(o->disturbed));
	set(merged, "rounds", rounds);
	return merged;
}

void summary_set_point(json_t *summary, unsigned int i, const struct point *p,
		       const struct point_outcome *o)
{
	json_t *entry = point_json(p, o);

	if (rounds_of(summary) > 1)
		entry = with_rounds(point_at(summary, i), entry, o);
	else if (o->attempt > 1)
		json_array_append_new(json_object_get(entry, "notes"),
				      json_string("measured once more: in the first attempt three trials in a row were invalid"));
	json_array_set_new(json_object_get(summary, "points"), i, entry);
	set_selftest(summary, o->trials);
}

unsigned int summary_count(const json_t *summary, const char *status)
{
	unsigned int i, n = 0;
	json_t *p;

	json_array_foreach(json_object_get(summary, "points"), i, p) {
		n += !strcmp(text_of(p, "status"), status);
	}
	return n;
}

void summary_finish(json_t *summary)
{
	size_t total = json_array_size(json_object_get(summary, "points"));

	set(summary, "finished", now_json());
	set(summary, "complete", json_boolean(summary_count(summary, "done") +
					      summary_count(summary, "failed") == total));
}

char *summary_line(const json_t *summary, unsigned int i, char *buf, size_t size)
{
	static const char *const figures[] = { "mrr", "ndr", "pdr", "throughput" };
	const json_t *p = point_at(summary, i);
	unsigned int k;
	size_t len = 0;

	buf[0] = '\0';
	for (k = 0; k < ARRAY_SIZE(figures); k++) {
		char key[32], text[32];
		const json_t *v;

		snprintf(key, sizeof(key), "%s_pps", figures[k]);
		v = json_object_get(p, key);
		if (!json_is_number(v) || len >= size)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len ? ", " : "",
					figures[k], units_print(UNIT_RATE, json_number_value(v),
								text, sizeof(text)));
	}
	if (!len)
		snprintf(buf, size, "%s %s", text_of(p, "status"), text_of(p, "why"));
	return buf;
}
