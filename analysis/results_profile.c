// SPDX-License-Identifier: GPL-2.0-or-later
/* results_profile.c - read the `profile` of one point of summary.json. */
#include <errno.h>
#include <stdlib.h>

#include "analysis/results_point.h"

static void *alloc_some(struct json_get *g, size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p && !g->code)
		g->code = err_set(g->err, -ENOMEM, "%s: out of memory", g->file);
	return p;
}

static double read_share(struct json_get *g, const json_t *json)
{
	double share = json_get_number(g, json, "share");

	if (!g->code && !(share >= 0 && share <= 1))
		json_get_fail(g, "share", "a number from 0 to 1", json_object_get(json, "share"));
	return share;
}

static void read_group(struct json_get *g, const json_t *json, struct res_profile_group *group)
{
	const json_t *top, *one;
	unsigned int i;
	size_t mark;

	group->name = json_get_string(g, json, "name");
	group->share = read_share(g, json);
	top = json_get_array(g, json, "top");
	if (!top)
		return;
	group->top = alloc_some(g, json_array_size(top), sizeof(*group->top));
	if (!group->top)
		return;
	for (i = 0; i < json_array_size(top) && !g->code; i++) {
		mark = json_get_push(g, "top", i);
		one = json_array_get(top, i);
		group->top[i].symbol = json_get_string(g, one, "symbol");
		group->top[i].share = read_share(g, one);
		group->ntop = i + 1;
		json_get_pop(g, mark);
	}
}

/* Runs written before there were profiles lack the key. */
void results_profile_read(struct json_get *g, const json_t *json, struct res_point *p)
{
	const json_t *profile, *groups;
	struct res_profile *r;
	unsigned int i;
	size_t mark;

	if (!json_object_get(json, "profile"))
		return;
	profile = json_get_object_or_null(g, json, "profile");
	if (!profile)
		return;
	r = p->profile = alloc_some(g, 1, sizeof(*r));
	if (!r)
		return;
	mark = json_get_push(g, "profile", -1);
	r->event = json_get_string(g, profile, "event");
	r->samples = json_get_number(g, profile, "samples");
	r->lost = json_get_number(g, profile, "lost");
	r->seconds = json_get_number(g, profile, "seconds");
	r->idle_ratio = json_get_number(g, profile, "idle_ratio");
	r->cycles_per_packet = json_get_number_or_null(g, profile, "cycles_per_packet");
	r->instructions_per_packet = json_get_number_or_null(g, profile, "instructions_per_packet");
	r->why_no_counters = json_get_string_or_null(g, profile, "why_no_counters");
	groups = json_get_array(g, profile, "groups");
	r->group = alloc_some(g, json_array_size(groups), sizeof(*r->group));
	for (i = 0; r->group && i < json_array_size(groups) && !g->code; i++) {
		size_t inner = json_get_push(g, "groups", i);

		r->ngroups = i + 1;
		read_group(g, json_array_get(groups, i), &r->group[i]);
		json_get_pop(g, inner);
	}
	json_get_pop(g, mark);
}

void results_profile_release(struct res_profile *r)
{
	unsigned int i;

	if (!r)
		return;
	for (i = 0; i < r->ngroups; i++)
		free(r->group[i].top);
	free(r->group);
	free(r);
}
