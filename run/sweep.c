// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sweep.c - from a scenario with a sweep to one tree for each point, named by
 * what was swept. The trees are copies of the scenario's, so points can't
 * influence each other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/nearest.h"
#include "run/scenario.h"

struct swept {
	const char *key[POINT_PARAMS_MAX];	/* all that are swept, in file order */
	const char *label[POINT_PARAMS_MAX];	/* the shortest unique end of each */
	unsigned int n;
};

static bool stream_known(const struct tree *t, const char *path, const struct node *at,
			 struct reporter *r)
{
	const struct node *streams = tree_get(t, "streams");
	char name[64], hint[128];
	struct nearest near = { .word = name };

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "."), path);
	for (const struct node *s = streams && streams->kind == NODE_MAP ? streams->first : NULL; s;
	     s = s->next) {
		if (!strcmp(s->key, name))
			return true;
		nearest_offer(&near, s->key);
	}
	reporter_at(r, at, true, "no stream \"%s\"%s", name, nearest_hint(&near, hint, sizeof(hint)));
	return false;
}

bool sweep_path_check(const struct tree *t, const char *path, const struct node *at,
		      struct reporter *r)
{
	char pattern[TREE_PATH_MAX], hint[TREE_PATH_MAX + 32];

	if (!key_find(key_pattern(path, pattern, sizeof(pattern)))) {
		reporter_at(r, at, true, "unknown key \"%.128s\"%s", path,
			    key_hint(path, hint, sizeof(hint)));
		return false;
	}
	if (!strncmp(pattern, "streams.*.", 10))
		return stream_known(t, path + strlen("streams."), at, r);
	return true;
}

/* ---- what is swept ---- */

static void note_key(struct swept *s, const struct node *key, struct reporter *r)
{
	for (unsigned int i = 0; i < s->n; i++)
		if (!strcmp(s->key[i], key->key))
			return;
	if (s->n == POINT_PARAMS_MAX)
		reporter_at(r, key, true, "more than %d keys are swept", POINT_PARAMS_MAX);
	else
		s->key[s->n++] = key->key;
}

static void check_map(const struct tree *t, const struct node *map, struct swept *s,
		      struct reporter *r)
{
	if (map->kind != NODE_MAP) {
		reporter_at(r, map, false, "want a mapping {key: [value, …]}");
		return;
	}
	for (const struct node *c = map->first; c; c = c->next) {
		if (!strcmp(c->key, "name") || !strcmp(c->key, "question") ||
		    !strcmp(c->key, "rounds") || !strcmp(c->key, "sweep"))
			reporter_at(r, c, true, "\"%s\" can't be swept", c->key);
		else
			sweep_path_check(t, c->key, c, r);
		if (c->kind == NODE_LIST && !c->n)
			reporter_at(r, c, false, "no value to sweep \"%s\" over", c->key);
		note_key(s, c, r);
	}
}

/* An empty list was reported; it counts as one so that the others are still counted. */
static unsigned int values_of(const struct node *key)
{
	return key->kind == NODE_LIST && key->n ? key->n : 1;
}

static const struct node *value_of(const struct node *key, unsigned int i)
{
	const struct node *v = key->first;

	if (key->kind != NODE_LIST)
		return key;
	while (i--)
		v = v->next;
	return v;
}

/* Points of one mapping; 0 when they are more than fit. */
static unsigned int count_points(const struct node *map, struct reporter *r)
{
	unsigned int n = 1;

	for (const struct node *c = map->first; c; c = c->next) {
		n *= values_of(c);
		if (n > PLAN_POINTS_MAX) {
			reporter_at(r, map, false, "the sweep makes more than %d points",
				    PLAN_POINTS_MAX);
			return 0;
		}
	}
	return n;
}

/* ---- names ---- */

static bool ends_in(const char *path, const char *end)
{
	size_t np = strlen(path), ne = strlen(end);

	return np >= ne && !strcmp(path + np - ne, end) && (np == ne || path[np - ne - 1] == '.');
}

static const char *longer_end(const char *path, const char *end)
{
	const char *c = end - 1;	/* the dot before it */

	while (c > path && c[-1] != '.')
		c--;
	return c;
}

static void make_labels(struct swept *s)
{
	for (unsigned int i = 0; i < s->n; i++) {
		const char *dot = strrchr(s->key[i], '.');
		bool unique;

		s->label[i] = dot ? dot + 1 : s->key[i];
		do {
			unique = true;
			for (unsigned int j = 0; j < s->n; j++)
				if (j != i && ends_in(s->key[j], s->label[i]))
					unique = false;
			if (!unique && s->label[i] > s->key[i])
				s->label[i] = longer_end(s->key[i], s->label[i]);
			else
				unique = true;
		} while (!unique);
	}
}

/* A sysctl's name may stand below dut.sysctl in one piece, as {net.ipv4.ip_forward: 1}. */
static const struct node *value_node(const struct tree *t, const char *path)
{
	static const char sysctl[] = "dut.sysctl";
	const struct node *n = tree_get(t, path), *map;

	if (n || strncmp(path, sysctl, sizeof(sysctl) - 1) != 0 || !path[sizeof(sysctl) - 1])
		return n;
	map = tree_get(t, sysctl);
	return map ? node_child(map, path + sizeof(sysctl)) : NULL;
}

static void value_text(const struct draft *d, const char *path, char *buf, size_t size,
		       struct reporter *r)
{
	const struct node *n = value_node(d->tree, path);
	char pattern[TREE_PATH_MAX];
	const struct key *key;

	buf[0] = '\0';
	if (n && node_text(n, buf, size) >= size)
		reporter_at(r, n, false, "a swept value longer than %zu bytes can't name a point",
			    size - 1);
	if (n)
		return;
	key = key_find(key_pattern(path, pattern, sizeof(pattern)));
	if (key && key->type != KEY_SECTION)
		key_default(key, buf, size);
}

/*
 * goals say what is measured, not on what: they name a point only when nothing else
 * does. With @base only what differs from that one is named. False: it is cut off.
 */
static bool name_draft(struct draft *d, const struct swept *s, bool with_goals, unsigned int number,
		       const struct draft *base, struct reporter *r)
{
	size_t len = 0;
	int n;

	d->nparams = 0;
	for (unsigned int i = 0; i < s->n; i++) {
		struct point_param *p = &d->param[d->nparams];

		if (!with_goals && !strncmp(s->key[i], "goals", 5))
			continue;
		snprintf(p->key, sizeof(p->key), "%s", s->key[i]);
		value_text(d, s->key[i], p->value, sizeof(p->value), r);
		if (base && !strcmp(p->value, base->param[d->nparams].value)) {
			d->nparams++;
			continue;
		}
		d->nparams++;
		if (len >= sizeof(d->name))
			continue;
		n = snprintf(d->name + len, sizeof(d->name) - len, "%s%s=%s", len ? " " : "",
			     s->label[i], p->value);
		len += n > 0 ? (size_t)n : 0;
	}
	if (base && !len)
		snprintf(d->name, sizeof(d->name), "base");
	if (len < sizeof(d->name))
		return true;
	snprintf(d->name + sizeof(d->name) - 16, 16, "… #%u", number);
	return false;
}

/* Where the whole of a name has no room, the first point is the base of all. */
static void name_all(struct draft *drafts, unsigned int n, const struct swept *s, bool with_goals,
		     struct reporter *r)
{
	bool whole = true;

	for (unsigned int i = 0; i < n; i++)
		whole &= name_draft(&drafts[i], s, with_goals, i + 1, NULL, r);
	for (unsigned int i = 0; i < n && !whole; i++)
		name_draft(&drafts[i], s, with_goals, i + 1, &drafts[0], r);
}

static const struct draft *find_twins(const struct draft *drafts, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++)
		for (unsigned int j = 0; j < i; j++)
			if (!strcmp(drafts[i].name, drafts[j].name))
				return &drafts[i];
	return NULL;
}

static void name_drafts(struct draft *drafts, unsigned int n, struct swept *s,
			const struct node *sweep, struct reporter *r)
{
	const struct draft *twin;

	make_labels(s);
	name_all(drafts, n, s, false, r);
	if (!find_twins(drafts, n))
		return;
	name_all(drafts, n, s, true, r);
	twin = find_twins(drafts, n);
	if (twin)
		reporter_at(r, sweep, true, "the sweep makes the point \"%s\" twice", twin->name);
}

/* ---- trees ---- */

/* How many points one value of a key stands for before the next comes: the first key's longest. */
static unsigned int stride_of(const struct node *key)
{
	unsigned int n = 1;

	for (const struct node *c = key->next; c; c = c->next)
		n *= values_of(c);
	return n;
}

static int make_draft(const struct tree *t, const struct node *map, unsigned int number,
		      struct draft *d, struct reporter *r)
{
	struct node *sweep;
	int ret = tree_clone(t, &d->tree);

	if (ret)
		return ret;
	sweep = tree_get(d->tree, "sweep");
	if (sweep)
		node_remove(sweep);
	for (const struct node *c = map->first; c; c = c->next) {
		ret = tree_set(d->tree, c->key,
			       value_of(c, number / stride_of(c) % values_of(c)));
		if (ret == -ENOTDIR)
			reporter_at(r, c, true, "can't sweep \"%s\": a key above it has a value that "
				    "is no mapping", c->key);
		else if (ret)
			return ret;
	}
	return 0;
}

static int make_drafts(const struct tree *t, const struct node *sweep, struct draft *drafts,
		       struct reporter *r)
{
	const struct node *map = sweep->kind == NODE_LIST ? sweep->first : sweep;
	unsigned int n = 0;

	for (; map; map = sweep->kind == NODE_LIST ? map->next : NULL) {
		unsigned int points = count_points(map, r);

		for (unsigned int i = 0; i < points; i++) {
			int ret = make_draft(t, map, i, &drafts[n++], r);

			if (ret)
				return ret;
		}
	}
	return 0;
}

static int expand(const struct tree *t, const struct node *sweep, struct reporter *r,
		  struct draft **ret_drafts, unsigned int *ret_n)
{
	const struct node *map = sweep->kind == NODE_LIST ? sweep->first : sweep;
	struct swept swept = { 0 };
	unsigned int problems = r->n, total = 0;
	struct draft *drafts;
	int ret;

	if (sweep->kind == NODE_SCALAR) {
		reporter_at(r, sweep, false, "want a mapping {key: [value, …]} or a list of them");
		return -EINVAL;
	}
	for (; map; map = sweep->kind == NODE_LIST ? map->next : NULL) {
		check_map(t, map, &swept, r);
		total += r->n == problems ? count_points(map, r) : 0;
	}
	if (!total && r->n == problems)
		reporter_at(r, sweep, true, "an empty sweep");
	if (total > PLAN_POINTS_MAX)
		reporter_at(r, sweep, true, "the sweep makes more than %d points", PLAN_POINTS_MAX);
	if (!total || r->n != problems)
		return -EINVAL;
	drafts = calloc(total, sizeof(*drafts));
	if (!drafts)
		return -ENOMEM;
	*ret_drafts = drafts;
	*ret_n = total;
	ret = make_drafts(t, sweep, drafts, r);
	if (ret)
		return ret;
	name_drafts(drafts, total, &swept, sweep, r);
	return 0;
}

int sweep_expand(const struct tree *t, struct reporter *r, struct draft **ret_drafts,
		 unsigned int *ret_n)
{
	const struct node *root = tree_root(t), *sweep = root ? node_child(root, "sweep") : NULL;
	struct draft *d;
	int ret = 0;

	if (sweep && !node_is_null(sweep)) {
		ret = expand(t, sweep, r, ret_drafts, ret_n);
		if (!ret || ret == -ENOMEM)
			return ret;
	}
	/* with a sweep that can't be used the rest is still read, for its errors */
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	*ret_drafts = d;
	*ret_n = 1;
	return tree_clone(t, &d->tree);
}

void drafts_free(struct draft *drafts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		tree_free(drafts[i].tree);
	free(drafts);
}
