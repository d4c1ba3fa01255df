// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parse_save.c - the lines of an iptables-save text. Options of rules are
 * parse_rule.c's. A struct save lives for one parse_save call.
 */
#include "fw-under-test/engine/parse.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/ext.h"
#include "run/nearest.h"

struct save {
	struct rule_parse rp;
	bool in_table;
	u32 table_line, nrules;
	unsigned int nwords;
	char *words[PARSE_WORDS_MAX];
	bool quoted[PARSE_WORDS_MAX];
	char line[PARSE_LINE_MAX + 1];
};

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* One word from *@at, unquoted in place: it never grows. */
static int split_word(struct save *s, char **at)
{
	char *in = *at, *out = *at;
	bool quote = false;

	s->words[s->nwords] = out;
	s->quoted[s->nwords] = false;
	for (; *in && (quote || !blank(*in)); in++) {
		if (*in == '"') {
			quote = !quote;
			s->quoted[s->nwords] = true;
			continue;
		}
		if (quote && *in == '\\' && in[1])
			in++;
		*out++ = *in;
	}
	*at = *in ? in + 1 : in;
	*out = '\0';
	if (quote)
		return parse_error(&s->rp, "a quote is not closed: \"%.40s\"",
				   s->words[s->nwords]);
	s->nwords++;
	return 0;
}

static int split_words(struct save *s)
{
	char *at = s->line;
	int ret;

	s->nwords = 0;
	for (;;) {
		while (blank(*at))
			at++;
		if (!*at)
			return 0;
		if (s->nwords == PARSE_WORDS_MAX)
			return parse_error(&s->rp, "more than %d words in a line",
					   PARSE_WORDS_MAX);
		ret = split_word(s, &at);
		if (ret)
			return ret;
	}
}

/* "[12:3456]" */
static int parse_counters(struct save *s, const char *text, u64 *ret_pkts, u64 *ret_bytes)
{
	unsigned long long pkts, bytes;
	int end = 0;

	if (strspn(text, "[]:0123456789") != strlen(text) ||
	    sscanf(text, "[%20llu:%20llu]%n", &pkts, &bytes, &end) != 2 || !end || text[end])
		return parse_error(&s->rp, "bad counters \"%s\": expected [packets:bytes]", text);
	*ret_pkts = pkts;
	*ret_bytes = bytes;
	return 0;
}

static int line_table(struct save *s)
{
	const char *name = s->words[0] + 1;
	struct nearest n = { .word = name };
	char hint[128];

	if (s->in_table)
		return parse_error(&s->rp,
				   "table \"%s\" begins before COMMIT of the one in line %u", name,
				   s->table_line);
	if (s->nwords > 1)
		return parse_error(&s->rp, "unexpected word \"%s\" after the table's name",
				   s->words[1]);
	for (int t = 0; t < TABLES; t++) {
		struct ir_table *table = &s->rp.ir->tables[t];

		nearest_offer(&n, ir_table_name(t));
		if (strcmp(name, ir_table_name(t)) != 0)
			continue;
		if (table->declared)
			return parse_error(&s->rp, "table \"%s\" is given twice", name);
		table->declared = true;
		s->rp.table = t;
		s->in_table = true;
		s->table_line = s->rp.line;
		return 0;
	}
	return parse_error(&s->rp, "unknown table \"%s\"%s known are raw, mangle, nat, filter",
			   name, nearest_or_colon(&n, hint, sizeof(hint)));
}

static bool target_word(const char *name)
{
	return !strcmp(name, "ACCEPT") || !strcmp(name, "DROP") || !strcmp(name, "RETURN") ||
	       !strcmp(name, "QUEUE");
}

/* Why @name can't be a chain's: NULL when it can. */
static const char *bad_chain_name(const char *name)
{
	if (!*name)
		return "it is empty";
	if (strlen(name) > IR_CHAIN_NAME_MAX)
		return "it is longer than 28 characters";
	if (*name == '-' || *name == '!')
		return "it begins like an option";
	if (target_word(name))
		return "that is a target";
	for (; *name; name++)
		if (*name <= ' ' || *name == '"' || *name == 0x7f)
			return "it has a blank, a quote or a control character";
	return NULL;
}

static int chain_new(struct save *s, const char *name, struct ir_chain **ret)
{
	const char *why = bad_chain_name(name);
	struct ir_chain *c;

	if (why)
		return parse_error(&s->rp, "bad chain name \"%s\": %s", name, why);
	c = ir_chain_add(s->rp.ir, s->rp.table, name);
	if (!c)
		return err_set(s->rp.err, -ENOMEM, "%s:%u: no memory for chain \"%s\"",
			       s->rp.ir->name, s->rp.line, name);
	c->line = s->rp.line;
	*ret = c;
	return 0;
}

static bool builtin_name(enum table t, const char *name)
{
	for (int h = 0; h < HOOKS; h++)
		if (ir_table_has_hook(t, h) && !strcmp(name, ir_hook_name(h)))
			return true;
	return false;
}

/* Built-in chains are there without being declared; user chains are not. */
static int chain_get(struct save *s, const char *name, struct ir_chain **ret)
{
	struct ir_chain *c = ir_chain_find(s->rp.ir, s->rp.table, name);
	struct nearest n = { .word = name };
	char hint[128];

	if (c) {
		*ret = c;
		return 0;
	}
	if (builtin_name(s->rp.table, name))
		return chain_new(s, name, ret);
	for (c = s->rp.ir->tables[s->rp.table].chains; c; c = c->next)
		nearest_offer(&n, c->name);
	for (int h = 0; h < HOOKS; h++)
		if (ir_table_has_hook(s->rp.table, h))
			nearest_offer(&n, ir_hook_name(h));
	return parse_error(&s->rp, "unknown chain \"%s\" in table %s%s", name,
			   ir_table_name(s->rp.table), nearest_hint(&n, hint, sizeof(hint)));
}

static int set_policy(struct save *s, struct ir_chain *c, const char *policy)
{
	bool accept = !strcmp(policy, "ACCEPT"), drop = !strcmp(policy, "DROP");

	assert(c);
	if (c->hook == IR_NO_HOOK) {
		if (strcmp(policy, "-") != 0)
			return parse_error(&s->rp,
					   "chain \"%s\" is no built-in chain of table %s: it "
					   "can't have the policy \"%s\"",
					   c->name, ir_table_name(s->rp.table), policy);
		return 0;
	}
	if (!accept && !drop)
		return parse_error(&s->rp, "bad policy \"%s\": known are ACCEPT, DROP", policy);
	c->drop = drop;
	return 0;
}

static int line_chain(struct save *s)
{
	const char *name = s->words[0] + 1;
	struct ir_chain *c;
	int ret;

	if (s->nwords < 2)
		return parse_error(&s->rp, "chain \"%s\" needs a policy, or - for a user chain",
				   name);
	if (s->nwords > 3)
		return parse_error(&s->rp, "unexpected word \"%s\"", s->words[3]);
	c = ir_chain_find(s->rp.ir, s->rp.table, name);
	if (c && c->declared)
		return parse_error(&s->rp, "chain \"%s\" is declared twice", name);
	if (!c) {
		ret = chain_new(s, name, &c);
		if (ret)
			return ret;
	}
	ret = set_policy(s, c, s->words[1]);
	if (!ret && s->nwords == 3)
		ret = parse_counters(s, s->words[2], &c->pkts, &c->bytes);
	if (!ret)
		c->declared = true;
	return ret;
}

static int line_new(struct save *s)
{
	struct ir_chain *c;
	int ret;

	if (s->nwords != 2)
		return parse_error(&s->rp, "\"-N\" takes one chain name");
	if (ir_chain_find(s->rp.ir, s->rp.table, s->words[1]) ||
	    builtin_name(s->rp.table, s->words[1]))
		return parse_error(&s->rp, "chain \"%s\" is there already", s->words[1]);
	ret = chain_new(s, s->words[1], &c);
	if (!ret)
		c->declared = true;
	return ret;
}

static int line_policy(struct save *s)
{
	struct ir_chain *c;
	int ret;

	if (s->nwords != 3)
		return parse_error(&s->rp, "\"-P\" takes a chain and a policy");
	ret = chain_get(s, s->words[1], &c);
	if (ret)
		return ret;
	if (s->rp.table == TABLE_NAT && !strcmp(s->words[2], "DROP"))
		return parse_error(&s->rp,
				   "DROP can't be used in table nat: it sees the first packet "
				   "of a connection only");
	return set_policy(s, c, s->words[2]);
}

/* -A chain …, -I chain [n] …; @at: the word of the command. */
static int line_rule(struct save *s, unsigned int at, u64 pkts, u64 bytes)
{
	bool insert = s->words[at][1] == 'I' || !strcmp(s->words[at], "--insert");
	struct ir_rule *rule = ir_alloc(s->rp.ir, sizeof(*rule));
	u32 where = insert;
	int ret;

	if (!rule)
		return err_set(s->rp.err, -ENOMEM, "%s:%u: no memory for the rule", s->rp.ir->name,
			       s->rp.line);
	if (s->nrules++ == IR_RULES_MAX)
		return parse_error(&s->rp, "more than %u rules", IR_RULES_MAX);
	if (++at == s->nwords)
		return parse_error(&s->rp, "\"%s\" needs a chain", s->words[at - 1]);
	ret = chain_get(s, s->words[at++], &s->rp.chain);
	if (ret)
		return ret;
	if (insert && at < s->nwords && s->words[at][0] >= '0' && s->words[at][0] <= '9') {
		ret = parse_u32(&s->rp, s->words[at++], 1, s->rp.chain->nrules + 1, &where);
		if (ret)
			return ret;
	}
	rule->line = s->rp.line;
	rule->last_match = &rule->matches;
	rule->pkts = pkts;
	rule->bytes = bytes;
	s->rp.rule = rule;
	ret = parse_rule(&s->rp, s->words + at, s->quoted + at, s->nwords - at);
	if (!ret)
		ir_rule_add(s->rp.chain, rule, where);
	return ret;
}

static bool is(const char *word, const char *letter, const char *name)
{
	return !strcmp(word, letter) || !strcmp(word, name);
}

static int line_command(struct save *s)
{
	u64 pkts = 0, bytes = 0;
	unsigned int at = 0;
	const char *word;
	int ret;

	if (s->words[0][0] == '[') {
		ret = parse_counters(s, s->words[0], &pkts, &bytes);
		if (ret)
			return ret;
		at = 1;
	}
	if (at == s->nwords)
		return parse_error(&s->rp, "counters without a rule");
	word = s->words[at];
	if (is(word, "-A", "--append") || is(word, "-I", "--insert"))
		return line_rule(s, at, pkts, bytes);
	if (at)
		return parse_error(&s->rp, "expected -A or -I after the counters, not \"%s\"",
				   word);
	if (is(word, "-N", "--new-chain"))
		return line_new(s);
	if (is(word, "-P", "--policy"))
		return line_policy(s);
	return parse_error(&s->rp,
			   "unknown command \"%s\": known are -A, -I, -N, -P, :chain, *table, "
			   "COMMIT",
			   word);
}

static int parse_line(struct save *s)
{
	int ret = split_words(s);

	if (ret || !s->nwords)
		return ret;
	if (s->words[0][0] == '*')
		return line_table(s);
	if (!s->in_table)
		return parse_error(&s->rp, "expected *table before \"%s\"", s->words[0]);
	if (!strcmp(s->words[0], "COMMIT")) {
		if (s->nwords > 1)
			return parse_error(&s->rp, "unexpected word \"%s\" after COMMIT",
					   s->words[1]);
		s->in_table = false;
		return 0;
	}
	return s->words[0][0] == ':' ? line_chain(s) : line_command(s);
}

static int parse_text(struct save *s, const char *text, size_t len)
{
	const char *end = text + len;
	int ret = 0;

	while (text < end && !ret) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text);

		s->rp.line++;
		if (n > PARSE_LINE_MAX)
			return parse_error(&s->rp, "line longer than %d characters",
					   PARSE_LINE_MAX);
		if (memchr(text, '\0', n))
			return parse_error(&s->rp, "a zero byte: this is no text");
		memcpy(s->line, text, n);
		s->line[n] = '\0';
		if (s->line[0] != '#')
			ret = parse_line(s);
		text += n + 1;
	}
	if (!ret && s->in_table)
		return parse_error(&s->rp, "COMMIT is missing for the table in line %u",
				   s->table_line);
	return ret;
}

int parse_save(int family, const char *name, const char *text, size_t len, struct ir **ret_ir,
	       struct err *err)
{
	struct save *s = calloc(1, sizeof(*s));
	struct ir *ir = NULL;
	int ret;

	if (!s || ir_create(family, name, &ir)) {
		ret = err_set(err, -ENOMEM, "%s: no memory for the ruleset", name);
		goto free_save;
	}
	s->rp.ir = ir;
	s->rp.family = family;
	s->rp.err = err;
	ret = parse_text(s, text, len);
	if (!ret)
		ret = ir_check(ir, err);
	if (ret)
		ir_destroy(ir);
	else
		*ret_ir = ir;
free_save:
	free(s);
	return ret;
}
