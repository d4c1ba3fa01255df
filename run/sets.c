// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sets.c - the option --set KEY=VALUE: changes to a scenario's tree before it
 * is read. A value set here wins over the sweep, which would otherwise put its
 * own in its place; sweep.KEY changes what is swept.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "run/scenario.h"

struct set {
	struct tree *tree;
	const char *path;
	const struct node *value;
	struct reporter *r;
};

static bool is_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	return !strncmp(path, above, len) && (!path[len] || path[len] == '.');
}

/* From one mapping of the sweep; a key above the path would undo the set. */
static bool unsweep_map(const struct set *s, struct node *map)
{
	struct node *next;

	if (map->kind != NODE_MAP)
		return true;
	for (struct node *c = map->first; c; c = next) {
		next = c->next;
		if (is_below(c->key, s->path)) {
			node_remove(c);
		} else if (is_below(s->path, c->key)) {
			reporter_at(s->r, s->value, false,
				    "the sweep sets \"%s\" as a whole: change it with "
				    "--set sweep.%s=[…]", c->key, c->key);
			return false;
		}
	}
	return true;
}

static bool unsweep(const struct set *s)
{
	struct node *sweep = tree_get(s->tree, "sweep");

	if (!sweep)
		return true;
	if (sweep->kind == NODE_MAP)
		return unsweep_map(s, sweep);
	for (struct node *map = sweep->first; map; map = map->next)
		if (!unsweep_map(s, map))
			return false;
	return true;
}

/* --set sweep.KEY=…, in a list of mappings in each that has KEY. */
static int set_swept(const struct set *s)
{
	const char *key = s->path + strlen("sweep.");
	struct node *sweep = tree_get(s->tree, "sweep");
	bool found = false;
	int ret;

	if (!sweep || (sweep->kind == NODE_MAP && !node_child(sweep, key))) {
		reporter_at(s->r, s->value, false, "\"%s\" is not swept: set \"sweep\" as a whole", key);
		return -EINVAL;
	}
	for (struct node *map = sweep->kind == NODE_LIST ? sweep->first : sweep; map;
	     map = sweep->kind == NODE_LIST ? map->next : NULL) {
		if (!node_child(map, key))
			continue;
		found = true;
		ret = node_set(s->tree, map, key, s->value);
		if (ret)
			return ret;
	}
	if (!found)
		reporter_at(s->r, s->value, false, "\"%s\" is not swept: set \"sweep\" as a whole", key);
	return found ? 0 : -EINVAL;
}

static int apply(const struct set *s)
{
	int ret;

	if (!strncmp(s->path, "sweep.", 6))
		return set_swept(s);
	if (!sweep_path_check(s->tree, s->path, s->value, s->r))
		return -EINVAL;
	if (strcmp(s->path, "sweep") != 0 && !unsweep(s))
		return -EINVAL;
	ret = tree_set(s->tree, s->path, s->value);
	if (ret == -ENOTDIR)
		reporter_at(s->r, s->value, false,
			    "can't set \"%s\": a key above it has a value that is no mapping", s->path);
	return ret;
}

static void value_sentence(void *arg, const char *sentence)
{
	reporter_tell(arg, sentence, "");
}

static int set_one(struct tree *t, const char *option, struct reporter *r)
{
	char origin[TREE_PATH_MAX + 32], path[TREE_PATH_MAX];
	const char *equals = strchr(option, '=');
	size_t len = equals ? (size_t)(equals - option) : 0;
	struct tree *value;
	int ret;

	snprintf(origin, sizeof(origin), "--set %.*s", TREE_PATH_MAX, option);
	if (!len || len >= sizeof(path)) {
		char sentence[ERR_TEXT];

		snprintf(sentence, sizeof(sentence), "%s: want KEY=VALUE", origin);
		reporter_tell(r, sentence, "");
		return -EINVAL;
	}
	snprintf(path, sizeof(path), "%.*s", (int)len, option);
	ret = tree_parse_set(origin, equals + 1, value_sentence, r, &value);
	if (ret)
		return ret;
	ret = apply(&(struct set){ .tree = t, .path = path, .value = tree_root(value), .r = r });
	tree_free(value);
	return ret;
}

int sets_apply(struct tree *t, const char *const *sets, unsigned int nsets, struct reporter *r)
{
	for (unsigned int i = 0; i < nsets; i++)
		if (set_one(t, sets[i], r) == -ENOMEM)
			return -ENOMEM;
	return 0;
}
