// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nft_set.c - neighbouring rules of a chain that differ in their keys only
 * become one rule with a set, or a verdict map when their verdicts differ too.
 *
 * A struct nft_run holds the rules that wait. The first two say which fields
 * vary; the others must be equal. Each rule's keys become elements, in a tree
 * ordered by value in which elements that overlap are equal: the kernel takes
 * none that overlap, and the first rule must win. An element inside an earlier
 * one whose rule ends the walk is never reached and left out; any other overlap
 * ends the run. Several varying fields are concatenated; then every value is a
 * single one, so that the set is a hash table.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/nft.h"
#include "fw-under-test/engine/target.h"

struct element {
	struct element *next;
	const struct ir_rule *rule;
	u32 n;			/* fields */
	struct nft_range range[];
};

struct nft_run {
	const struct ir_rule *first;	/* NULL: nothing waits */
	bool several, mixed;		/* more than one rule; more than one verdict */
	u32 keys, fields;		/* bit per field: that there are, that vary */
	struct nft_key key[NFT_FIELDS];	/* of the first */
	char *test, *statement;
	struct element *elements, **last;
	void *tree;
};

static int compare_elements(const void *a, const void *b)
{
	const struct element *x = a, *y = b;

	for (u32 i = 0; i < x->n; i++) {
		if (memcmp(x->range[i].hi, y->range[i].lo, 16) < 0)
			return -1;
		if (memcmp(x->range[i].lo, y->range[i].hi, 16) > 0)
			return 1;
	}
	return 0;
}

static bool element_inside(const struct element *e, const struct element *outer)
{
	for (u32 i = 0; i < e->n; i++)
		if (memcmp(e->range[i].lo, outer->range[i].lo, 16) < 0 ||
		    memcmp(e->range[i].hi, outer->range[i].hi, 16) > 0)
			return false;
	return true;
}

int nft_run_create(struct nft_run **ret_run)
{
	*ret_run = calloc(1, sizeof(**ret_run));
	return *ret_run ? 0 : -ENOMEM;
}

static void keep(void *node __unused)
{
}

static void run_clear(struct nft_run *run)
{
	struct element *next;

	tdestroy(run->tree, keep);
	for (struct element *e = run->elements; e; e = next) {
		next = e->next;
		free(e);
	}
	free(run->test);
	free(run->statement);
	memset(run, 0, sizeof(*run));
}

void nft_run_destroy(struct nft_run *run)
{
	if (run)
		run_clear(run);
	free(run);
}

static bool plain_verdict(const struct ir_rule *rule)
{
	return rule->jump != JUMP_NONE && rule->jump != JUMP_TARGET;
}

/* After it, does a packet meet the next rule no more? A chain may return. */
static bool ends(const struct ir_rule *rule)
{
	if (rule->jump == JUMP_TARGET)
		return rule->target->final;
	return rule->jump != JUMP_NONE && rule->jump != JUMP_CHAIN;
}

/* A limit remembers, and a comment is about one rule. */
static bool can_wait(const struct nft_rule *r)
{
	return r->keys && !r->limited && r->alternatives == 1 && !*r->comment.s &&
	       (plain_verdict(r->rule) || ends(r->rule));
}

static bool single_values(const struct nft_key *keys, u32 fields)
{
	for (int f = 0; f < NFT_FIELDS; f++)
		if (fields & (1U << f) &&
		    (keys[f].n != 1 || memcmp(keys[f].range[0].lo, keys[f].range[0].hi, 16) != 0))
			return false;
	return true;
}

static u32 different(const struct nft_key *a, const struct nft_key *b, u32 keys)
{
	u32 fields = 0;

	for (int f = 0; f < NFT_FIELDS; f++)
		if (keys & (1U << f) &&
		    (a[f].n != b[f].n ||
		     memcmp(a[f].range, b[f].range, a[f].n * sizeof(struct nft_range)) != 0))
			fields |= 1U << f;
	return fields;
}

/* The fields that vary when @r joins; 0: it is of another kind. */
static u32 fields_with(const struct nft_run *run, const struct nft_rule *r)
{
	const struct ir_rule *rule = r->rule;
	u32 fields;

	if (r->keys != run->keys || rule->proto != run->first->proto ||
	    strcmp(r->test.s, run->test) != 0)
		return 0;
	if (strcmp(r->statement.s, run->statement) != 0 &&
	    !(plain_verdict(rule) && plain_verdict(run->first)))
		return 0;
	fields = different(run->key, r->key, run->keys);
	if (run->several)
		fields = fields & ~run->fields ? 0 : run->fields;
	/* Concatenated are single values only. */
	if (fields & (fields - 1) &&
	    !(single_values(run->key, fields) && single_values(r->key, fields)))
		return 0;
	return fields;
}

static struct element *make_element(const struct nft_key *keys, u32 fields, u32 i,
				    const struct ir_rule *rule)
{
	u32 n = (u32)__builtin_popcount(fields);
	struct element *e = calloc(1, sizeof(*e) + n * sizeof(e->range[0]));

	if (!e)
		return NULL;
	e->rule = rule;
	for (int f = 0; f < NFT_FIELDS; f++)
		if (fields & (1U << f))
			e->range[e->n++] = keys[f].range[i];
	return e;
}

/* 1: overlaps in a way that has no equal in a set. Checked before any is added. */
static int add_elements(struct nft_run *run, const struct nft_key *keys, u32 fields,
			const struct ir_rule *rule, bool check)
{
	u32 n = fields & (fields - 1) ? 1 : keys[__builtin_ctz(fields)].n;

	for (u32 i = 0; i < n; i++) {
		struct element *e = make_element(keys, fields, i, rule), **found;
		bool unreached;

		found = e ? tfind(e, &run->tree, compare_elements) : NULL;
		unreached = found && element_inside(e, *found) && ends((*found)->rule);
		if (!e || check || unreached) {
			free(e);
			if (!e)
				return -ENOMEM;
			if (found && !unreached)
				return 1;
			continue;
		}
		if (!tsearch(e, &run->tree, compare_elements)) {
			free(e);
			return -ENOMEM;
		}
		*run->last = e;
		run->last = &e->next;
	}
	return 0;
}

static int run_start(struct nft_run *run, const struct nft_rule *r)
{
	run->first = r->rule;
	run->last = &run->elements;
	run->keys = r->keys;
	memcpy(run->key, r->key, sizeof(run->key));
	run->test = strdup(r->test.s);
	run->statement = strdup(r->statement.s);
	return run->test && run->statement ? 0 : -ENOMEM;
}

/* 1: not this one. */
static int run_join(struct nft_run *run, const struct nft_rule *r)
{
	u32 fields = fields_with(run, r);
	int ret;

	if (!fields)
		return 1;
	if (!run->several) {
		ret = add_elements(run, run->key, fields, run->first, false);
		if (ret)
			return ret;
	}
	ret = add_elements(run, r->key, fields, r->rule, true);
	if (!ret)
		ret = add_elements(run, r->key, fields, r->rule, false);
	if (ret)
		return ret;
	run->several = true;
	run->fields = fields;
	run->mixed |= strcmp(r->statement.s, run->statement) != 0;
	return 0;
}

static void print_verdict(FILE *out, const struct ir_rule *rule)
{
	static const char *const words[] = {
		[JUMP_ACCEPT] = "accept", [JUMP_DROP] = "drop", [JUMP_RETURN] = "return",
		[JUMP_CHAIN] = "jump ", [JUMP_GOTO] = "goto ",
	};
	char name[NFT_CHAIN_MAX];

	fputs(words[rule->jump], out);
	if (rule->chain)
		fputs(nft_chain_name(rule->chain, name, sizeof(name)), out);
}

static void print_fields(const struct nft_run *run, const struct nft_rule *r, FILE *out)
{
	const char *separator = " ";

	for (int f = 0; f < NFT_FIELDS; f++) {
		if (!(run->fields & (1U << f)))
			continue;
		fputs(separator, out);
		nft_field_name(r, out, (enum nft_field)f);
		separator = " . ";
	}
}

static void print_element(const struct nft_run *run, const struct nft_rule *r, FILE *out,
			  const struct element *e)
{
	u32 n = 0;

	for (int f = 0; f < NFT_FIELDS; f++) {
		if (!(run->fields & (1U << f)))
			continue;
		fputs(n ? " . " : " ", out);
		nft_range_print(r, out, (enum nft_field)f, &e->range[n++]);
	}
	if (run->mixed) {
		fputs(" : ", out);
		print_verdict(out, e->rule);
	}
}

/* " ip saddr { a, b }", " ip saddr . tcp dport vmap { a . 1 : accept, … }" */
static char *set_text(const struct nft_run *run, const struct nft_rule *r)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool failed;

	if (!out)
		return NULL;
	print_fields(run, r, out);
	fputs(run->mixed ? " vmap {" : " {", out);
	for (const struct element *e = run->elements; e; e = e->next) {
		print_element(run, r, out, e);
		fputs(e->next ? "," : "", out);
	}
	fputs(" }", out);
	failed = ferror(out);
	if (!fclose(out) && !failed)
		return text;
	free(text);
	return NULL;
}

int nft_run_end(struct nft_run *run, struct nft_rule *r, FILE *out)
{
	char *set = NULL;
	int ret = 0;

	if (!run->first)
		return 0;
	ret = nft_rule_read(r, run->first, 0);
	if (!ret && run->several) {
		set = set_text(run, r);
		ret = set ? 0 : -ENOMEM;
	}
	if (!ret)
		ret = nft_rule_write(r, out, set ? run->fields : 0, set ? set : "", run->mixed);
	free(set);
	run_clear(run);
	return ret;
}

int nft_run_add(struct nft_run *run, struct nft_rule *r, FILE *out)
{
	const struct ir_rule *rule = r->rule;
	int ret = 1;

	if (run->first && can_wait(r))
		ret = run_join(run, r);
	if (ret <= 0)
		return ret;
	ret = nft_run_end(run, r, out);
	if (!ret)
		ret = nft_rule_read(r, rule, 0);
	if (ret)
		return ret;
	if (can_wait(r))
		return run_start(run, r);
	return nft_rule_write(r, out, 0, "", false);
}
