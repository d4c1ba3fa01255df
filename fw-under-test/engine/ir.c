// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ir.c - the containers of a ruleset as written: arena, tables, chains by
 * name, lists of rules. Used by one thread, while a text is loaded.
 */
#include "fw-under-test/engine/ir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_CHUNK	(64UL << 10)
#define HASH_MIN	16

struct ir_arena {
	struct ir_arena *next;
	size_t used, size;
	u64 data[];
};

static const char *const table_names[TABLES] = {
	[TABLE_RAW] = "raw", [TABLE_MANGLE] = "mangle", [TABLE_NAT] = "nat",
	[TABLE_FILTER] = "filter",
};

static const char *const hook_names[HOOKS] = {
	[HOOK_PREROUTING] = "PREROUTING", [HOOK_INPUT] = "INPUT", [HOOK_FORWARD] = "FORWARD",
	[HOOK_OUTPUT] = "OUTPUT", [HOOK_POSTROUTING] = "POSTROUTING",
};

#define BIT(h) (1U << HOOK_##h)
static const u32 table_hooks[TABLES] = {
	[TABLE_RAW] = BIT(PREROUTING) | BIT(OUTPUT),
	[TABLE_MANGLE] = (1U << HOOKS) - 1,
	[TABLE_NAT] = BIT(PREROUTING) | BIT(INPUT) | BIT(OUTPUT) | BIT(POSTROUTING),
	[TABLE_FILTER] = BIT(INPUT) | BIT(FORWARD) | BIT(OUTPUT),
};

const char *ir_table_name(enum table t)
{
	return table_names[t];
}

const char *ir_hook_name(enum hook h)
{
	return hook_names[h];
}

bool ir_table_has_hook(enum table t, enum hook h)
{
	return table_hooks[t] & (1U << h);
}

static struct ir_arena *arena_chunk(size_t size)
{
	struct ir_arena *a = calloc(1, sizeof(*a) + size);

	if (a)
		a->size = size;
	return a;
}

void *ir_alloc(struct ir *ir, size_t size)
{
	struct ir_arena *a = ir->arena;
	void *p;

	size = (size + 7) & ~(size_t)7;
	if (!a || a->size - a->used < size) {
		a = arena_chunk(max(size, ARENA_CHUNK));
		if (!a)
			return NULL;
		a->next = ir->arena;
		ir->arena = a;
	}
	p = (char *)a->data + a->used;
	a->used += size;
	return p;
}

char *ir_strdup(struct ir *ir, const char *text)
{
	size_t size = strlen(text) + 1;
	char *p = ir_alloc(ir, size);

	return p ? memcpy(p, text, size) : NULL;
}

int ir_create(int family, const char *name, struct ir **ret_ir)
{
	struct ir *ir = calloc(1, sizeof(*ir));

	if (!ir)
		return -ENOMEM;
	ir->family = family;
	ir->name = ir_strdup(ir, name);
	if (!ir->name) {
		ir_destroy(ir);
		return -ENOMEM;
	}
	for (int t = 0; t < TABLES; t++)
		ir->tables[t].last_chain = &ir->tables[t].chains;
	*ret_ir = ir;
	return 0;
}

void ir_destroy(struct ir *ir)
{
	struct ir_arena *a, *next;

	if (!ir)
		return;
	for (int t = 0; t < TABLES; t++)
		free(ir->tables[t].hash);
	for (a = ir->arena; a; a = next) {
		next = a->next;
		free(a);
	}
	free(ir);
}

/* FNV-1a: names come from a file its owner trusts, not from packets. */
static u32 name_hash(const char *name)
{
	u32 h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (u8)*name) * 16777619u;
	return h;
}

struct ir_chain *ir_chain_find(const struct ir *ir, enum table t, const char *name)
{
	const struct ir_table *table = &ir->tables[t];
	struct ir_chain *c;

	if (!table->hash_size)
		return NULL;
	for (c = table->hash[name_hash(name) & (table->hash_size - 1)]; c; c = c->next_hash)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static int hash_grow(struct ir_table *table)
{
	u32 size = max(table->hash_size * 2, (u32)HASH_MIN);
	struct ir_chain **hash = calloc(size, sizeof(void *));

	if (!hash)
		return -ENOMEM;
	for (struct ir_chain *c = table->chains; c; c = c->next) {
		u32 at = name_hash(c->name) & (size - 1);

		c->next_hash = hash[at];
		hash[at] = c;
	}
	free(table->hash);
	table->hash = hash;
	table->hash_size = size;
	return 0;
}

struct ir_chain *ir_chain_add(struct ir *ir, enum table t, const char *name)
{
	struct ir_table *table = &ir->tables[t];
	struct ir_chain *c = ir_alloc(ir, sizeof(*c));
	u32 at;

	if (!c || (table->nchains >= table->hash_size && hash_grow(table)))
		return NULL;
	memcpy(c->name, name, strlen(name) + 1);
	c->table = (u8)t;
	c->hook = IR_NO_HOOK;
	c->last_rule = &c->rules;
	for (int h = 0; h < HOOKS; h++) {
		if (!ir_table_has_hook(t, h) || strcmp(name, hook_names[h]) != 0)
			continue;
		c->hook = (u8)h;
		table->hooks[h] = c;
	}
	at = name_hash(name) & (table->hash_size - 1);
	c->next_hash = table->hash[at];
	table->hash[at] = c;
	*table->last_chain = c;
	table->last_chain = &c->next;
	table->nchains++;
	return c;
}

void ir_rule_add(struct ir_chain *chain, struct ir_rule *rule, u32 at)
{
	struct ir_rule **link = chain->last_rule;

	if (at && at <= chain->nrules) {
		link = &chain->rules;
		while (--at)
			link = &(*link)->next;
	}
	rule->next = *link;
	*link = rule;
	if (link == chain->last_rule)
		chain->last_rule = &rule->next;
	chain->nrules++;
}
