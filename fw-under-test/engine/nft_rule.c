// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nft_rule.c - one rule as a line of nftables; see nft.h. A struct nft_rule is
 * opened once and read and written for every rule. The line tests the keys
 * first, for they are cheap, then what the matches printed, in their order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"
#include "fw-under-test/engine/target.h"

#define COMMENT_MAX 127	/* of nftables */

static int text_open(struct nft_text *t)
{
	t->f = open_memstream(&t->s, &t->len);
	return t->f ? 0 : -ENOMEM;
}

static void text_begin(struct nft_text *t)
{
	rewind(t->f);
}

static int text_end(struct nft_text *t)
{
	fputc('\0', t->f);
	return fflush(t->f) || ferror(t->f) ? -ENOMEM : 0;
}

static void text_close(struct nft_text *t)
{
	if (t->f)
		fclose(t->f);
	free(t->s);
}

int nft_interface(struct nft_rule *r, enum nft_field field, const char *name, bool invert)
{
	size_t len = strlen(name);
	struct nft_range range = { 0 };

	if (strchr(name, '\\') || name[len - 1] == '*')
		return nft_cannot(r, "the interface name \"%s\"", name);
	if (!strcmp(name, "+")) {
		if (invert)
			nft_never(r);
	} else if (name[len - 1] == '+') {
		fprintf(r->out, " %s%s \"%.*s*\"", field == NFT_IIF ? "iifname" : "oifname",
			invert ? " !=" : "", (int)len - 1, name);
	} else {
		memcpy(range.lo, name, len);
		memcpy(range.hi, name, len);
		nft_key(r, field, invert, &range, 1);
	}
	return 0;
}

static int read_basic(struct nft_rule *r)
{
	const struct ir_rule *rule = r->rule;
	int ret = 0;

	if (rule->in)
		ret = nft_interface(r, NFT_IIF, rule->in, rule->invert & IR_NOT_IN);
	if (!ret && rule->out)
		ret = nft_interface(r, NFT_OIF, rule->out, rule->invert & IR_NOT_OUT);
	if (ret)
		return ret;
	if (rule->src)
		nft_addr_key(r, NFT_SADDR, rule->invert & IR_NOT_SRC, rule->src);
	if (rule->dst)
		nft_addr_key(r, NFT_DADDR, rule->invert & IR_NOT_DST, rule->dst);
	if (rule->proto && rule->invert & IR_NOT_PROTO)
		fprintf(r->out, " meta l4proto != %u", rule->proto);
	if (rule->frag)
		fprintf(r->out, " ip frag-off & 0x1fff %s 0",
			rule->invert & IR_NOT_FRAG ? "==" : "!=");
	return 0;
}

static int read_matches(struct nft_rule *r)
{
	int ret = read_basic(r);

	for (const struct ir_match *m = r->rule->matches; m && !ret; m = m->next)
		ret = m->ops->nft ? m->ops->nft(r, m->data) :
			nft_cannot(r, "match \"%s\"", m->ops->ext.name);
	if (!ret && r->limited && r->alternatives > 1)
		ret = nft_cannot(r, "a limit with matches that take %u rules: each would have a "
				 "limit of its own", r->alternatives);
	return ret;
}

static int read_statement(struct nft_rule *r)
{
	static const char *const words[] = {
		[JUMP_NONE] = " continue", [JUMP_ACCEPT] = " accept", [JUMP_DROP] = " drop",
		[JUMP_RETURN] = " return", [JUMP_CHAIN] = " jump ", [JUMP_GOTO] = " goto ",
	};
	const struct ir_rule *rule = r->rule;
	char name[NFT_CHAIN_MAX];

	if (rule->jump == JUMP_TARGET)
		return rule->target->nft ? rule->target->nft(r, rule->target_data) :
			nft_cannot(r, "target \"%s\"", rule->target->ext.name);
	fputs(words[rule->jump], r->out);
	if (rule->chain)
		fputs(nft_chain_name(rule->chain, name, sizeof(name)), r->out);
	return 0;
}

int nft_rule_read(struct nft_rule *r, const struct ir_rule *rule, u32 alternative)
{
	int ret;

	r->rule = rule;
	r->alternative = alternative;
	r->alternatives = 1;
	r->limited = false;
	r->keys = 0;
	text_begin(&r->test);
	text_begin(&r->statement);
	text_begin(&r->comment);
	r->out = r->test.f;
	ret = read_matches(r);
	r->out = r->statement.f;
	if (!ret)
		ret = read_statement(r);
	if (!ret && (text_end(&r->test) || text_end(&r->statement) || text_end(&r->comment)))
		ret = err_set(r->err, -ENOMEM, "%s:%u: no memory for the rule", r->ir->name,
			      rule->line);
	return ret;
}

static void print_keys(const struct nft_rule *r, FILE *out, u32 fields)
{
	for (int f = 0; f < NFT_FIELDS; f++)
		if (fields & r->keys & (1U << f))
			nft_key_print(r, out, (enum nft_field)f, false, &r->key[f]);
}

/* A port or type implies its protocol. */
static void print_proto(const struct nft_rule *r, FILE *out, u32 fields)
{
	const struct ir_rule *rule = r->rule;

	if (!rule->proto || rule->invert & IR_NOT_PROTO || r->keys & fields)
		return;
	if (nft_proto(r))
		fprintf(out, " meta l4proto %s", nft_proto(r));
	else
		fprintf(out, " meta l4proto %u", rule->proto);
}

int nft_rule_write(struct nft_rule *r, FILE *out, u32 fields, const char *set, bool map)
{
	const u32 first = (1U << NFT_SPORT) - 1;
	const char *comment = r->comment.s;
	FILE *line = r->line.f;
	bool as_comment = strlen(comment) <= COMMENT_MAX && !strchr(comment, '"');

	if (!as_comment)
		fprintf(out, "\t\t# %s\n", comment);
	text_begin(&r->line);
	print_keys(r, line, first & ~fields);
	print_proto(r, line, ~first);
	print_keys(r, line, ~first & ~fields);
	fprintf(line, "%s%s%s%s", map ? "" : set, r->test.s, r->counters ? " counter" : "",
		map ? set : r->statement.s);
	if (*comment && as_comment)
		fprintf(line, " comment \"%s\"", comment);
	if (text_end(&r->line))
		return -ENOMEM;
	fprintf(out, "\t\t%s\n", r->line.s + 1);	/* each thing has a space before it */
	return 0;
}

int nft_rule_open(struct nft_rule *r)
{
	return text_open(&r->test) || text_open(&r->statement) || text_open(&r->comment) ||
		text_open(&r->line) ? -ENOMEM : 0;
}

void nft_rule_close(struct nft_rule *r)
{
	text_close(&r->test);
	text_close(&r->statement);
	text_close(&r->comment);
	text_close(&r->line);
}
