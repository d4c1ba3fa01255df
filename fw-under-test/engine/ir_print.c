// SPDX-License-Identifier: GPL-2.0-or-later
/* ir_print.c - a ruleset back as iptables-save text; it loads again. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/target.h"

struct print {
	FILE *out;
	const struct ir *ir;
	ir_counter_fn *counter;
	const void *arg;
};

static const char *not_if(const struct ir_rule *r, u8 bit)
{
	return r->invert & bit ? " !" : "";
}

static void print_basic(FILE *out, const struct ir *ir, const struct ir_rule *r)
{
	if (r->src) {
		fprintf(out, "%s -s ", not_if(r, IR_NOT_SRC));
		print_addr_mask(out, ir->family, r->src);
	}
	if (r->dst) {
		fprintf(out, "%s -d ", not_if(r, IR_NOT_DST));
		print_addr_mask(out, ir->family, r->dst);
	}
	if (r->in)
		fprintf(out, "%s -i %s", not_if(r, IR_NOT_IN), r->in);
	if (r->out)
		fprintf(out, "%s -o %s", not_if(r, IR_NOT_OUT), r->out);
	if (r->proto) {
		const char *name = proto_name(r->proto);

		fprintf(out, "%s -p ", not_if(r, IR_NOT_PROTO));
		if (name)
			fputs(name, out);
		else
			fprintf(out, "%u", r->proto);
	}
	if (r->frag)
		fprintf(out, "%s -f", not_if(r, IR_NOT_FRAG));
}

static void print_jump(FILE *out, const struct ir *ir, const struct ir_rule *r)
{
	switch ((enum ir_jump)r->jump) {
	case JUMP_NONE:
		break;
	case JUMP_ACCEPT:
		fputs(" -j ACCEPT", out);
		break;
	case JUMP_DROP:
		fputs(" -j DROP", out);
		break;
	case JUMP_RETURN:
		fputs(" -j RETURN", out);
		break;
	case JUMP_CHAIN:
		fprintf(out, " -j %s", r->chain->name);
		break;
	case JUMP_GOTO:
		fprintf(out, " -g %s", r->chain->name);
		break;
	case JUMP_TARGET:
		fprintf(out, " -j %s", r->target->ext.name);
		if (r->target->ext.print)
			r->target->ext.print(out, r->target_data, ir->family);
		break;
	}
}

void ir_rule_print(const struct ir *ir, const struct ir_rule *r, FILE *out)
{
	print_basic(out, ir, r);
	for (const struct ir_match *m = r->matches; m; m = m->next) {
		fprintf(out, " -m %s", m->ops->ext.name);
		if (m->ops->ext.print)
			m->ops->ext.print(out, m->data, ir->family);
	}
	print_jump(out, ir, r);
}

static void print_rule(const struct print *p, const struct ir_chain *c, const struct ir_rule *r)
{
	u64 pkts, bytes;

	p->counter(p->arg, r->index, &pkts, &bytes);
	fprintf(p->out, "[%llu:%llu] -A %s", (unsigned long long)(r->pkts + pkts),
		(unsigned long long)(r->bytes + bytes), c->name);
	ir_rule_print(p->ir, r, p->out);
	fputc('\n', p->out);
}

static void print_chain_head(const struct print *p, const struct ir_chain *c)
{
	u64 pkts = 0, bytes = 0;

	if (c->hook == IR_NO_HOOK) {
		fprintf(p->out, ":%s - [0:0]\n", c->name);
		return;
	}
	p->counter(p->arg, c->end, &pkts, &bytes);
	fprintf(p->out, ":%s %s [%llu:%llu]\n", c->name, c->drop ? "DROP" : "ACCEPT",
		(unsigned long long)(c->pkts + pkts), (unsigned long long)(c->bytes + bytes));
}

static void print_table(const struct print *p, enum table t)
{
	const struct ir_table *table = &p->ir->tables[t];

	fprintf(p->out, "*%s\n", ir_table_name(t));
	for (const struct ir_chain *c = table->chains; c; c = c->next)
		print_chain_head(p, c);
	for (const struct ir_chain *c = table->chains; c; c = c->next)
		for (const struct ir_rule *r = c->rules; r; r = r->next)
			print_rule(p, c, r);
	fputs("COMMIT\n", p->out);
}

int ir_print(const struct ir *ir, ir_counter_fn *counter, const void *arg, char **ret_text,
	     struct err *err)
{
	struct print p = { .ir = ir, .counter = counter, .arg = arg };
	char *text = NULL;
	bool failed;
	size_t len;

	p.out = open_memstream(&text, &len);
	if (!p.out)
		return err_set(err, -ENOMEM, "%s: no memory to print the rules", ir->name);
	fprintf(p.out, "# %s rules with counters, by kpps\n",
		ir->family == AF_INET ? "IPv4" : "IPv6");
	for (int t = 0; t < TABLES; t++)
		if (ir->tables[t].declared)
			print_table(&p, t);
	failed = ferror(p.out);
	if (fclose(p.out) || failed) {
		free(text);
		return err_set(err, -ENOMEM, "%s: no memory to print the rules", ir->name);
	}
	*ret_text = text;
	return 0;
}
