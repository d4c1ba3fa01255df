// SPDX-License-Identifier: GPL-2.0-or-later
/* ir_nft.c - a ruleset as native nftables: tables and chains; see ir_nft.h. */
#include "fw-under-test/engine/ir_nft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/nft.h"
#include "fw-under-test/engine/target.h"

struct nft_print {
	const struct ir *ir;
	const struct ir_nft_options *opt;
	struct err *err;
	FILE *out;
	struct nft_text chains;
	struct nft_rule rule;
	struct nft_run *run;
};

static const char *const hooks[HOOKS] = {
	[HOOK_PREROUTING] = "prerouting", [HOOK_INPUT] = "input", [HOOK_FORWARD] = "forward",
	[HOOK_OUTPUT] = "output", [HOOK_POSTROUTING] = "postrouting",
};

/* Those of iptables; nat's source half comes after everything. */
static int chain_priority(enum table t, enum hook h)
{
	static const int priorities[TABLES] = {
		[TABLE_RAW] = -300, [TABLE_MANGLE] = -150, [TABLE_NAT] = -100, [TABLE_FILTER] = 0,
	};

	return t == TABLE_NAT && (h == HOOK_POSTROUTING || h == HOOK_INPUT) ? 100 : priorities[t];
}

/* A mark changed in OUTPUT makes the kernel route again. */
static const char *chain_type(const struct nft_print *p, enum table t, enum hook h)
{
	if (t == TABLE_NAT)
		return "nat";
	return t == TABLE_MANGLE && h == HOOK_OUTPUT && !p->opt->bridge ? "route" : "filter";
}

static bool wants_flowtable(const struct nft_print *p)
{
	return p->opt->flowtable[0] && p->opt->flowtable[1];
}

static void print_flowtable(const struct nft_print *p)
{
	if (wants_flowtable(p))
		fprintf(p->out, "\tflowtable f {\n\t\thook ingress priority 0; devices = "
			"{ \"%s\", \"%s\" };\n\t}\n", p->opt->flowtable[0], p->opt->flowtable[1]);
}

/* The first packets of a connection meet the rules; the flow is taken from them
 * when it has been seen both ways. */
static void print_flow_add(const struct nft_print *p)
{
	fprintf(p->out, "\t\tmeta l4proto { tcp, udp } ct state established%s flow add @f\n",
		p->opt->counters ? " counter" : "");
}

static void print_chain_head(const struct nft_print *p, const struct ir_chain *c)
{
	enum table t = (enum table)c->table;
	enum hook h = (enum hook)c->hook;
	char name[NFT_CHAIN_MAX];

	fprintf(p->out, "\tchain %s {\n", nft_chain_name(c, name, sizeof(name)));
	if (c->hook == IR_NO_HOOK)
		return;
	fprintf(p->out, "\t\ttype %s hook %s priority %d; policy %s;\n", chain_type(p, t, h), hooks[h],
		chain_priority(t, h), c->drop ? "drop" : "accept");
	if (p->opt->bridge)
		fprintf(p->out, "\t\tmeta protocol != %s accept\n", nft_family(&p->rule));
	if (t == TABLE_FILTER && h == HOOK_FORWARD && wants_flowtable(p))
		print_flow_add(p);
}

/* Rules that may be gathered wait in the run; all others are written at once. */
static int print_rule(struct nft_print *p, const struct ir_rule *rule)
{
	struct nft_rule *r = &p->rule;
	u32 n = 1;
	int ret = nft_rule_read(r, rule, 0);

	if (ret)
		return ret;
	if (!p->opt->linear && !p->opt->counters && r->alternatives == 1)
		return nft_run_add(p->run, r, p->out);
	n = r->alternatives;
	ret = nft_run_end(p->run, r, p->out);
	for (u32 i = 0; i < n && !ret; i++) {
		ret = nft_rule_read(r, rule, i);
		if (!ret)
			ret = nft_rule_write(r, p->out, 0, "", false);
	}
	return ret;
}

static int print_chain(struct nft_print *p, const struct ir_chain *c)
{
	int ret = 0;

	p->rule.chain = c;
	print_chain_head(p, c);
	for (const struct ir_rule *r = c->rules; r && !ret; r = r->next)
		ret = print_rule(p, r);
	if (!ret)
		ret = nft_run_end(p->run, &p->rule, p->out);
	fputs("\t}\n", p->out);
	return ret;
}

/*
 * The bits of packets' and connections' marks that some rule may set, to a fixed
 * point: copying moves them from one to the other.
 */
static void find_mark_bits(const struct ir *ir, u32 *bits, u32 *ctbits)
{
	u32 old, oldct;

	do {
		old = *bits;
		oldct = *ctbits;
		for (int t = 0; t < TABLES; t++)
			for (const struct ir_chain *c = ir->tables[t].chains; c; c = c->next)
				for (const struct ir_rule *r = c->rules; r; r = r->next)
					if (r->jump == JUMP_TARGET && r->target->mark_bits)
						r->target->mark_bits(r->target_data, bits, ctbits);
	} while (old != *bits || oldct != *ctbits);
}

static int print_chains(struct nft_print *p)
{
	const struct ir_table *tables = p->ir->tables;
	int ret = 0;

	for (int t = 0; t < TABLES; t++) {
		if (t == TABLE_NAT && p->opt->bridge)
			continue;
		for (const struct ir_chain *c = tables[t].chains; c && !ret; c = c->next)
			ret = print_chain(p, c);
	}
	return ret;
}

static int print_table(struct nft_print *p)
{
	const struct ir_chain *forward = p->ir->tables[TABLE_FILTER].hooks[HOOK_FORWARD];
	int ret;

	if (p->opt->bridge)
		fprintf(p->out, "table bridge %s {\n",
			p->ir->family == AF_INET ? IR_NFT_TABLE : IR_NFT_TABLE6);
	else
		fprintf(p->out, "table %s %s {\n", nft_family(&p->rule), IR_NFT_TABLE);
	print_flowtable(p);
	ret = print_chains(p);
	if (!ret && wants_flowtable(p) && !forward) {
		fputs("\tchain filter_FORWARD {\n\t\ttype filter hook forward priority 0; "
		      "policy accept;\n", p->out);
		print_flow_add(p);
		fputs("\t}\n", p->out);
	}
	fflush(p->chains.f);
	fputs(p->chains.s, p->out);
	fputs("}\n", p->out);
	return ret;
}

static int print_open(struct nft_print *p)
{
	p->chains.f = open_memstream(&p->chains.s, &p->chains.len);
	if (!p->chains.f || nft_rule_open(&p->rule) || nft_run_create(&p->run))
		return -ENOMEM;
	p->rule.ir = p->ir;
	p->rule.err = p->err;
	p->rule.chains = p->chains.f;
	p->rule.counters = p->opt->counters;
	p->rule.bridge = p->opt->bridge;
	find_mark_bits(p->ir, &p->rule.mark_bits, &p->rule.ctmark_bits);
	return 0;
}

static void print_close(struct nft_print *p)
{
	nft_run_destroy(p->run);
	nft_rule_close(&p->rule);
	if (p->chains.f)
		fclose(p->chains.f);
	free(p->chains.s);
}

static bool has_tables(const struct ir *ir)
{
	for (int t = 0; t < TABLES; t++)
		if (ir->tables[t].declared)
			return true;
	return false;
}

int ir_nft(const struct ir *ir, const struct ir_nft_options *opt, char **ret_text,
	   struct err *err)
{
	struct nft_print p = { .ir = ir, .opt = opt, .err = err };
	char *text = NULL;
	bool failed;
	size_t len;
	int ret;

	p.out = open_memstream(&text, &len);
	if (!p.out)
		return err_set(err, -ENOMEM, "%s: no memory to translate the rules", ir->name);
	ret = print_open(&p);
	if (!ret && (has_tables(ir) || wants_flowtable(&p)))
		ret = print_table(&p);
	print_close(&p);
	failed = ferror(p.out);
	if (fclose(p.out) || failed || ret == -ENOMEM)
		ret = err_set(err, -ENOMEM, "%s: no memory to translate the rules", ir->name);
	if (ret)
		free(text);
	else
		*ret_text = text;
	return ret;
}
