/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree.h - a YAML document as a tree of scalars, mappings and lists in which
 * every node knows where it was written, so that an error found much later
 * still names line and column.
 *
 * All nodes of a tree live in its arena and die with it; nodes given to
 * tree_set and tree_copy are copied. Every scalar is text: what it means is
 * decided by the table of keys. Refused, each with a sentence: anchors and
 * aliases, tags, a second document, keys that are no scalars, a key twice in
 * one mapping, nesting above TREE_DEPTH_MAX and more than TREE_NODES_MAX nodes.
 */
#ifndef KPPS_TREE_H
#define KPPS_TREE_H

#include "lib/compiler.h"
#include "lib/err.h"

#define TREE_DEPTH_MAX	16
#define TREE_NODES_MAX	10000
#define TREE_TEXT_MAX	(1024 * 1024)
#define TREE_PATH_MAX	192

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };

struct node {
	enum node_kind kind;
	bool quoted;		/* scalar: "" is a text, nothing is not */
	const char *origin;	/* "quickstart.yaml" or "--set a.b=c" */
	u32 line, column;	/* from 1; line 0: the origin says it all */
	u32 key_line, key_column;
	const char *key;	/* child of a mapping, else NULL */
	const char *text;	/* scalar */
	unsigned int n;		/* children */
	struct node *first, *last, *next, *parent;
};

struct tree;

typedef void (*tree_report_fn)(void *arg, const char *sentence);

/*
 * tree_parse - @origin is for messages. One sentence is reported for each
 * problem. A key given twice is only reported: the rest of the tree is worth
 * checking too. Everything else ends the reading. -EINVAL, -ENOMEM.
 */
int tree_parse(const char *origin, const char *text, size_t len, tree_report_fn report, void *arg,
	       struct tree **ret_tree);
/* tree_parse_set - the value of an option `--set a.b=VALUE`, one YAML value; "" is a scalar. */
int tree_parse_set(const char *option, const char *value, tree_report_fn report, void *arg,
		   struct tree **ret_tree);
int tree_clone(const struct tree *t, struct tree **ret_tree);
void tree_free(struct tree *t);

struct node *tree_root(const struct tree *t);	/* NULL: an empty document */
struct node *node_child(const struct node *map, const char *key);	/* or NULL */
/* tree_get - the node at a dotted path, or NULL. */
struct node *tree_get(const struct tree *t, const char *path);
/*
 * tree_set - put a copy of @value at @path, making the mappings on the way;
 * -ENOTDIR when something on the way is no mapping. The place in the file is
 * the value's, the key's too.
 */
int tree_set(struct tree *t, const char *path, const struct node *value);
/* node_set - the same for one @key of a mapping of the tree; no dots are looked for. */
int node_set(struct tree *t, struct node *map, const char *key, const struct node *value);
/* node_remove - unlink @child from its mapping or list. */
void node_remove(struct node *child);

/* node_place - "file:3:7" of the node, or of its key when @key. */
const char *node_place(const struct node *n, bool key, char *buf, size_t size);
/*
 * node_text - the value as YAML flow text: `full`, `[a, b]`, `{a: b}`. Returns
 * the length it has, as snprintf does.
 */
size_t node_text(const struct node *n, char *buf, size_t size);
/* tree_text - the whole tree as a YAML document that reads back the same; malloc'ed or NULL. */
char *tree_text(const struct tree *t);

#endif
