// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * goals_read.c - the list of goals: words, or mappings from a goal to its
 * attributes or to its main one. What isn't given comes from the preset.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "run/nearest.h"
#include "run/presets.h"
#include "run/scenario.h"

#define KNOWN_GOALS "mrr, ndr, pdr, rfc2544, fixed, latency"

static const struct goal_word {
	const char *word;
	enum goal_kind kind;
	const char *main;	/* attribute that a plain value is for, or NULL */
} goal_words[] = {
	{ "mrr", GOAL_MRR, "trials" },
	{ "ndr", GOAL_NDR, NULL },
	{ "pdr", GOAL_PDR, "loss" },
	{ "rfc2544", GOAL_RFC2544, NULL },
	{ "fixed", GOAL_FIXED, "rates" },
	{ "latency", GOAL_LATENCY, "loads" },
};

static const struct goal_word *find_goal(const char *word, const struct node *at, bool key,
					 struct reporter *r)
{
	struct nearest near = { .word = word };
	char hint[128];

	for (size_t i = 0; i < ARRAY_SIZE(goal_words); i++) {
		nearest_offer(&near, goal_words[i].word);
		if (!strcmp(goal_words[i].word, word))
			return &goal_words[i];
	}
	reporter_at(r, at, key, "unknown goal \"%.64s\"%s%s known: " KNOWN_GOALS, word,
		    nearest_hint(&near, hint, sizeof(hint)), near.best ? "" : ":");
	return NULL;
}

/* RFC 9971: bounds can't be told apart more closely than the loss that is allowed. */
static void check_width(struct goal_spec *g, const struct node *at, bool given, struct reporter *r)
{
	if (g->width >= g->loss_ratio)
		return;
	if (given)
		reporter_at(r, at, false, "width is below the loss ratio of %g%%",
			    100 * g->loss_ratio);
	g->width = g->loss_ratio;
}

static void check_goal(struct goal_spec *g, const struct node *at, const struct node *attributes,
		       struct reporter *r)
{
	bool map = attributes && attributes->kind == NODE_MAP;
	unsigned int samples = g->trials * (g->kind == GOAL_MRR ? 1 : g->nrates);

	switch (g->kind) {
	case GOAL_NDR:
	case GOAL_PDR:
	case GOAL_RFC2544:
		check_width(g, at, map && node_child(attributes, "width"), r);
		if (g->kind == GOAL_RFC2544)
			g->duration_sum_s = g->final_trial_s;
		g->initial_trial_s = min(g->initial_trial_s, g->final_trial_s);
		if (g->duration_sum_s < g->final_trial_s && map &&
		    node_child(attributes, "duration_sum"))
			reporter_at(r, at, false, "duration_sum is below final_trial");
		g->duration_sum_s = max(g->duration_sum_s, g->final_trial_s);
		break;
	case GOAL_FIXED:
		if (!g->nrates)
			reporter_at(r, at, false, "fixed wants rates: fixed: [1Mpps, 2Mpps]");
		/* fall through */
	case GOAL_MRR:
	case GOAL_LATENCY:
		if (samples > GOAL_SAMPLES_MAX)
			reporter_at(r, at, false, "%u trials: at most %d in one goal", samples,
				    GOAL_SAMPLES_MAX);
		break;
	}
}

/* @value: attributes, the main attribute, or NULL for a word alone. */
static void add_goal(const char *word, const struct node *at, const struct node *value,
		     struct point *p, struct reporter *r)
{
	const struct goal_word *known = find_goal(word, at, value, r);
	const struct preset *preset = preset_find(p->preset);
	struct goal_spec *g;
	unsigned int problems = r->n;
	char path[64];

	if (!known)
		return;
	if (p->ngoals == POINT_GOALS_MAX) {
		reporter_at(r, at, value, "more than %d goals", POINT_GOALS_MAX);
		return;
	}
	g = &p->goal[p->ngoals++];
	*g = preset->goal[known->kind];
	snprintf(path, sizeof(path), "goals.%s", word);
	if (value && !node_is_null(value) && value->kind == NODE_MAP) {
		map_section(value, path, g, r);
	} else if (value && !node_is_null(value) && !known->main) {
		reporter_at(r, value, false, "%s wants attributes: %s: {width: 1%%}", word, word);
	} else if (value && !node_is_null(value)) {
		const struct node *blame;
		struct err err = { 0 };

		snprintf(path, sizeof(path), "goals.%s.%s", word, known->main);
		if (key_set(key_find(path), value, g, &blame, &err))
			reporter_at(r, blame, false, "%s: %s", word, err.text);
	}
	if (r->n == problems)
		check_goal(g, at, value, r);
}

static void add_item(const struct node *item, struct point *p, struct reporter *r)
{
	if (item->kind == NODE_SCALAR && !node_is_null(item)) {
		add_goal(item->text, item, NULL, p, r);
	} else if (item->kind == NODE_MAP) {
		for (const struct node *c = item->first; c; c = c->next)
			add_goal(c->key, c, c, p, r);
	} else {
		reporter_at(r, item, false, "want a goal (" KNOWN_GOALS ") or {goal: attributes}");
	}
}

static void add_items(const struct node *goals, struct point *p, struct reporter *r)
{
	if (goals->kind != NODE_LIST) {
		add_item(goals, p, r);
		return;
	}
	if (!goals->n)
		reporter_at(r, goals, false, "no goals: want at least one of " KNOWN_GOALS);
	for (const struct node *n = goals->first; n; n = n->next)
		add_item(n, p, r);
}

static void tell(void *arg, const char *sentence)
{
	reporter_tell(arg, sentence, "");
}

void goals_map(const struct node *goals, struct point *p, struct reporter *r)
{
	struct tree *fallback;

	if (goals) {
		add_items(goals, p, r);
		return;
	}
	if (tree_parse_set("goals", key_find("goals")->fallback, tell, r, &fallback)) {
		r->no_memory = true;
		return;
	}
	add_items(tree_root(fallback), p, r);
	tree_free(fallback);
}
