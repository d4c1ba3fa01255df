// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel_rules_compare.c - is what iptables-save prints what was asked? Both
 * texts are read by the engine's parser and compared rule by rule as it prints
 * them, so that different ways to write one rule are equal.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/parse.h"
#include "run/net/kernel_rules_parts.h"

struct compare {
	const struct ir *asked, *loaded;
	const char *program;
	struct err *err;
};

static char *rule_text(const struct ir *ir, const struct ir_rule *rule)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	ir_rule_print(ir, rule, out);
	fclose(out);
	return text;
}

/* The length of @text without its target when that is not to track, else 0. */
static size_t without_notrack(const char *text)
{
	static const char *const ends[] = { " -j NOTRACK", " -j CT --notrack" };
	size_t n = strlen(text);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t end = strlen(ends[i]);

		if (n >= end && !strcmp(text + n - end, ends[i]))
			return n - end + 1;
	}
	return 0;
}

/* NOTRACK is an older word for CT --notrack: which one is saved differs. */
static bool same_rule(const char *a, const char *b)
{
	size_t n = without_notrack(a);

	return !strcmp(a, b) || (n && n == without_notrack(b) && !strncmp(a, b, n));
}

static int compare_rule(const struct compare *c, const struct ir_chain *chain, u32 number,
			const struct ir_rule *asked, const struct ir_rule *loaded)
{
	char *a = rule_text(c->asked, asked), *l = rule_text(c->loaded, loaded);
	int ret = 0;

	if (!a || !l)
		ret = err_set(c->err, -ENOMEM, "no memory to compare the rules");
	else if (!same_rule(a, l))
		ret = err_set(c->err, -EBADMSG,
			      "%s:%u: the kernel has another rule %u in chain %s of table %s: "
			      "asked was \"%.150s\", %s prints \"%.150s\"", c->asked->name,
			      asked->line, number, chain->name,
			      ir_table_name((enum table)chain->table), a + (*a == ' '), c->program,
			      l + (*l == ' '));
	free(a);
	free(l);
	return ret;
}

static int compare_chain(const struct compare *c, const struct ir_chain *asked,
			 const struct ir_chain *loaded)
{
	const char *table = ir_table_name((enum table)asked->table);
	const struct ir_rule *a = asked->rules, *l;
	int ret = 0;

	if (!loaded)
		return err_set(c->err, -EBADMSG, "%s:%u: the kernel has no chain %s in table %s",
			       c->asked->name, asked->line, asked->name, table);
	if (asked->hook != IR_NO_HOOK && asked->drop != loaded->drop)
		return err_set(c->err, -EBADMSG,
			       "%s:%u: the policy of chain %s in table %s is %s in the kernel",
			       c->asked->name, asked->line, asked->name, table,
			       loaded->drop ? "DROP" : "ACCEPT");
	l = loaded->rules;
	for (u32 i = 1; a && l && !ret; i++, a = a->next, l = l->next)
		ret = compare_rule(c, asked, i, a, l);
	if (!ret && asked->nrules != loaded->nrules)
		ret = err_set(c->err, -EBADMSG, "%s:%u: the kernel has %u rules in chain %s of "
			      "table %s, asked were %u", c->asked->name, asked->line,
			      loaded->nrules, asked->name, table, asked->nrules);
	return ret;
}

/* The kernel may have built-in chains that were not asked for, if they do nothing. */
static int compare_extra(const struct compare *c, enum table t)
{
	for (const struct ir_chain *l = c->loaded->tables[t].chains; l; l = l->next)
		if (!ir_chain_find(c->asked, t, l->name) &&
		    (l->hook == IR_NO_HOOK || l->drop || l->nrules))
			return err_set(c->err, -EBADMSG,
				       "%s: the kernel has a chain %s in table %s that was not "
				       "asked for", c->asked->name, l->name, ir_table_name(t));
	return 0;
}

int rules_compare(const struct ir *asked, const char *program, const char *saved,
		  struct err *err)
{
	struct compare c = { .asked = asked, .program = program, .err = err };
	struct ir *loaded;
	int ret = parse_save(asked->family, program, saved, strlen(saved), &loaded, err);

	if (ret)
		return ret;
	c.loaded = loaded;
	for (int t = 0; t < TABLES && !ret; t++) {
		for (const struct ir_chain *a = asked->tables[t].chains; a && !ret; a = a->next)
			ret = compare_chain(&c, a, ir_chain_find(loaded, (enum table)t, a->name));
		if (!ret)
			ret = compare_extra(&c, (enum table)t);
	}
	ir_destroy(loaded);
	return ret;
}
