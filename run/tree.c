// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree.c - see tree.h. Built from libyaml's events, because only they tell an
 * alias from what it stands for. The nesting is kept in node.parent, so no
 * input can exhaust the stack.
 */
#include "run/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define BLOCK_SIZE 8192

struct block {
	struct block *next;
	size_t used, size;
	char data[] __attribute__((aligned(16)));
};

struct tree {
	struct block *blocks;
	struct node *root;
	unsigned int nodes;
};

static void *arena(struct tree *t, size_t size)
{
	struct block *b = t->blocks;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (!b || b->size - b->used < size) {
		size_t room = max(size, (size_t)BLOCK_SIZE);

		b = malloc(sizeof(*b) + room);
		if (!b)
			return NULL;
		b->next = t->blocks;
		b->used = 0;
		b->size = room;
		t->blocks = b;
	}
	p = b->data + b->used;
	b->used += size;
	return memset(p, 0, size);
}

static const char *arena_text(struct tree *t, const char *s, size_t len)
{
	char *copy = arena(t, len + 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	while (t->blocks) {
		struct block *b = t->blocks;

		t->blocks = b->next;
		free(b);
	}
	free(t);
}

struct node *tree_root(const struct tree *t)
{
	return t->root;
}

struct node *node_child(const struct node *map, const char *key)
{
	if (map->kind != NODE_MAP)
		return NULL;
	for (struct node *c = map->first; c; c = c->next)
		if (!strcmp(c->key, key))
			return c;
	return NULL;
}

static void node_append(struct node *parent, struct node *child)
{
	child->parent = parent;
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->n++;
}

void node_remove(struct node *child)
{
	struct node *parent = child->parent, *prev = NULL;

	for (struct node *c = parent->first; c != child; c = c->next)
		prev = c;
	if (prev)
		prev->next = child->next;
	else
		parent->first = child->next;
	if (parent->last == child)
		parent->last = prev;
	parent->n--;
	child->next = child->parent = NULL;
}

const char *node_place(const struct node *n, bool key, char *buf, size_t size)
{
	u32 line = key ? n->key_line : n->line, column = key ? n->key_column : n->column;

	if (line)
		snprintf(buf, size, "%s:%u:%u", n->origin, line, column);
	else
		snprintf(buf, size, "%s", n->origin);
	return buf;
}

/* ---- reading ---- */

struct reading {
	struct tree *t;
	const char *origin;
	bool one_value;		/* --set: places are the option's */
	tree_report_fn report;
	void *arg;
	struct node *open;	/* innermost mapping or list */
	unsigned int depth;
	/* the key read last in the open mapping, until its value comes */
	const char *key;
	yaml_mark_t key_mark;
	unsigned int documents;
};

static void __printf(3, 4) problem(struct reading *r, const yaml_mark_t *at, const char *fmt, ...)
{
	char what[ERR_TEXT], text[2 * ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (r->one_value)
		snprintf(text, sizeof(text), "%.400s: %s", r->origin, what);
	else
		snprintf(text, sizeof(text), "%.400s:%zu:%zu: %s", r->origin, at->line + 1,
			 at->column + 1, what);
	r->report(r->arg, text);
}

static struct node *node_new(struct reading *r, enum node_kind kind, const yaml_mark_t *at)
{
	struct node *n = arena(r->t, sizeof(*n));

	if (!n)
		return NULL;
	n->kind = kind;
	n->origin = r->origin;
	if (!r->one_value) {
		n->line = (u32)at->line + 1;
		n->column = (u32)at->column + 1;
	}
	r->t->nodes++;
	return n;
}

/* Hang @n where the reading stands. A key given twice is reported and both are kept. */
static void attach(struct reading *r, struct node *n)
{
	struct node *map = r->open, *before;

	if (!map) {
		if (!r->t->root)
			r->t->root = n;
		return;
	}
	if (map->kind == NODE_MAP) {
		n->key = r->key;
		r->key = NULL;
		if (!r->one_value) {
			n->key_line = (u32)r->key_mark.line + 1;
			n->key_column = (u32)r->key_mark.column + 1;
		}
		before = node_child(map, n->key);
		if (before && r->one_value)
			problem(r, &r->key_mark, "key \"%.64s\" is given twice", n->key);
		else if (before)
			problem(r, &r->key_mark, "key \"%.64s\" is given twice, first in line %u",
				n->key, before->key_line);
	}
	node_append(map, n);
}

static int on_scalar(struct reading *r, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;
	struct node *n;

	if (strlen(text) != len) {
		problem(r, &e->start_mark, "a zero byte in a text");
		return -EINVAL;
	}
	if (r->open && r->open->kind == NODE_MAP && !r->key) {
		r->key = arena_text(r->t, text, len);
		r->key_mark = e->start_mark;
		return r->key ? 0 : -ENOMEM;
	}
	n = node_new(r, NODE_SCALAR, &e->start_mark);
	if (!n)
		return -ENOMEM;
	n->text = arena_text(r->t, text, len);
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (!n->text)
		return -ENOMEM;
	attach(r, n);
	return 0;
}

static int on_open(struct reading *r, const yaml_event_t *e, enum node_kind kind)
{
	struct node *n;

	if (r->open && r->open->kind == NODE_MAP && !r->key) {
		problem(r, &e->start_mark, "a key must be a word, not a mapping or a list");
		return -EINVAL;
	}
	if (++r->depth > TREE_DEPTH_MAX) {
		problem(r, &e->start_mark, "nested deeper than %d levels", TREE_DEPTH_MAX);
		return -EINVAL;
	}
	n = node_new(r, kind, &e->start_mark);
	if (!n)
		return -ENOMEM;
	attach(r, n);
	/* the parent link is also the stack of open nodes */
	n->parent = r->open;
	r->open = n;
	return 0;
}

static int check_node_event(struct reading *r, const yaml_event_t *e, const yaml_char_t *anchor,
			    const yaml_char_t *tag)
{
	if (anchor)
		problem(r, &e->start_mark,
			"anchors (&%.32s) are not supported: write the value where it is used",
			(const char *)anchor);
	else if (tag)
		problem(r, &e->start_mark, "tags (%.64s) are not supported", (const char *)tag);
	else if (r->t->nodes >= TREE_NODES_MAX)
		problem(r, &e->start_mark, "more than %d values", TREE_NODES_MAX);
	else
		return 0;
	return -EINVAL;
}

static int on_event(struct reading *r, const yaml_event_t *e)
{
	int ret;

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (!r->documents++)
			return 0;
		problem(r, &e->start_mark, "a second document: a file holds one scenario");
		return -EINVAL;
	case YAML_ALIAS_EVENT:
		problem(r, &e->start_mark,
			"aliases (*%.32s) are not supported: write the value where it is used",
			(const char *)e->data.alias.anchor);
		return -EINVAL;
	case YAML_SCALAR_EVENT:
		ret = check_node_event(r, e, e->data.scalar.anchor, e->data.scalar.tag);
		return ret ? ret : on_scalar(r, e);
	case YAML_MAPPING_START_EVENT:
		ret = check_node_event(r, e, e->data.mapping_start.anchor,
				       e->data.mapping_start.tag);
		return ret ? ret : on_open(r, e, NODE_MAP);
	case YAML_SEQUENCE_START_EVENT:
		ret = check_node_event(r, e, e->data.sequence_start.anchor,
				       e->data.sequence_start.tag);
		return ret ? ret : on_open(r, e, NODE_LIST);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		if (r->open)
			r->open = r->open->parent;
		r->depth--;
		return 0;
	default:
		return 0;
	}
}

static int yaml_problem(struct reading *r, const yaml_parser_t *parser)
{
	yaml_mark_t at = parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR) {
		problem(r, &at, "not UTF-8 text at byte %zu", parser->problem_offset);
		return -EINVAL;
	}
	problem(r, &at, "not YAML: %s%s%s", parser->context ? parser->context : "",
		parser->context ? ": " : "", parser->problem ? parser->problem : "syntax error");
	return -EINVAL;
}

static int read_events(struct reading *r, const char *text, size_t len)
{
	yaml_parser_t parser;
	bool end = false;
	int ret = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (!ret && !end) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			ret = yaml_problem(r, &parser);
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		ret = on_event(r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return ret;
}

static int read_tree(const char *origin, bool one_value, const char *text, size_t len,
		     tree_report_fn report, void *arg, struct tree **ret_tree)
{
	struct reading r = { .one_value = one_value, .report = report, .arg = arg };
	struct tree *t = calloc(1, sizeof(*t));
	int ret = -ENOMEM;

	if (!t)
		return -ENOMEM;
	r.t = t;
	r.origin = arena_text(t, origin, strlen(origin));
	if (!r.origin)
		goto free_tree;
	if (len > TREE_TEXT_MAX) {
		yaml_mark_t start = { 0 };

		problem(&r, &start, "longer than %d bytes", TREE_TEXT_MAX);
		ret = -EINVAL;
		goto free_tree;
	}
	ret = read_events(&r, text, len);
	if (ret)
		goto free_tree;
	*ret_tree = t;
	return 0;
free_tree:
	tree_free(t);
	return ret;
}

int tree_parse(const char *origin, const char *text, size_t len, tree_report_fn report, void *arg,
	       struct tree **ret_tree)
{
	return read_tree(origin, false, text, len, report, arg, ret_tree);
}

int tree_parse_set(const char *option, const char *value, tree_report_fn report, void *arg,
		   struct tree **ret_tree)
{
	struct tree *t;
	int ret = read_tree(option, true, value, strlen(value), report, arg, &t);

	if (ret)
		return ret;
	if (!t->root) {
		struct reading r = { .t = t, .origin = arena_text(t, option, strlen(option)),
				     .one_value = true };

		t->root = r.origin ? node_new(&r, NODE_SCALAR, NULL) : NULL;
		if (!t->root) {
			tree_free(t);
			return -ENOMEM;
		}
		t->root->text = "";
	}
	*ret_tree = t;
	return 0;
}

/* ---- changing ---- */

/* Recursion is bounded: no tree is deeper than TREE_DEPTH_MAX, and sets add to it once. */
static struct node *copy(struct tree *t, const struct node *n)
{
	struct node *to = arena(t, sizeof(*to));

	if (!to)
		return NULL;
	*to = *n;
	to->first = to->last = to->next = to->parent = NULL;
	to->n = 0;
	to->origin = arena_text(t, n->origin, strlen(n->origin));
	to->key = n->key ? arena_text(t, n->key, strlen(n->key)) : NULL;
	to->text = n->text ? arena_text(t, n->text, strlen(n->text)) : NULL;
	if (!to->origin || (n->key && !to->key) || (n->text && !to->text))
		return NULL;
	t->nodes++;
	for (const struct node *c = n->first; c; c = c->next) {
		struct node *child = copy(t, c);

		if (!child)
			return NULL;
		node_append(to, child);
	}
	return to;
}

int tree_clone(const struct tree *t, struct tree **ret_tree)
{
	struct tree *to = calloc(1, sizeof(*to));

	if (!to)
		return -ENOMEM;
	if (t->root) {
		to->root = copy(to, t->root);
		if (!to->root) {
			tree_free(to);
			return -ENOMEM;
		}
	}
	*ret_tree = to;
	return 0;
}

struct node *tree_get(const struct tree *t, const char *path)
{
	struct node *n = t->root;
	char word[TREE_PATH_MAX];

	while (n && *path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(word))
			return NULL;
		memcpy(word, path, len);
		word[len] = '\0';
		n = node_child(n, word);
		path += len + (path[len] == '.');
	}
	return n;
}

/* A mapping made on the way to a value that was set. */
static struct node *make_map(struct tree *t, struct node *parent, const char *key,
			     const struct node *cause)
{
	struct node *n = arena(t, sizeof(*n));

	if (!n)
		return NULL;
	n->kind = NODE_MAP;
	n->origin = arena_text(t, cause->origin, strlen(cause->origin));
	n->line = n->key_line = cause->line;
	n->column = n->key_column = cause->column;
	n->key = key ? arena_text(t, key, strlen(key)) : NULL;
	if (!n->origin || (key && !n->key))
		return NULL;
	if (parent)
		node_append(parent, n);
	else
		t->root = n;
	t->nodes++;
	return n;
}

/* Put @child in the place of @old, which keeps the order of the keys. */
static void replace(struct node *old, struct node *child)
{
	struct node *parent = old->parent;

	child->parent = parent;
	child->next = old->next;
	if (parent->first == old) {
		parent->first = child;
	} else {
		struct node *c = parent->first;

		while (c->next != old)
			c = c->next;
		c->next = child;
	}
	if (parent->last == old)
		parent->last = child;
	old->next = old->parent = NULL;
}

int node_set(struct tree *t, struct node *map, const char *key, const struct node *value)
{
	struct node *old = node_child(map, key), *child = copy(t, value);

	if (!child)
		return -ENOMEM;
	child->key = arena_text(t, key, strlen(key));
	if (!child->key)
		return -ENOMEM;
	child->key_line = value->line;
	child->key_column = value->column;
	if (old)
		replace(old, child);
	else
		node_append(map, child);
	return 0;
}

int tree_set(struct tree *t, const char *path, const struct node *value)
{
	struct node *map = t->root ? t->root : make_map(t, NULL, NULL, value), *next;
	char word[TREE_PATH_MAX];

	if (!map)
		return -ENOMEM;
	for (;;) {
		size_t len = strcspn(path, ".");

		if (map->kind != NODE_MAP || len >= sizeof(word))
			return -ENOTDIR;
		memcpy(word, path, len);
		word[len] = '\0';
		if (!path[len])
			return node_set(t, map, word, value);
		next = node_child(map, word);
		map = next ? next : make_map(t, map, word, value);
		if (!map)
			return -ENOMEM;
		/* a key that was left empty is a mapping without keys */
		if (map->kind == NODE_SCALAR && !map->quoted && !map->text[0])
			map->kind = NODE_MAP;
		path += len + 1;
	}
}
