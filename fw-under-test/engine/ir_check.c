// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ir_check.c - what can only be judged with the whole text at hand. One walk
 * over each chain, without recursion: a text may nest as deep as it likes.
 */
#include <errno.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/target.h"

enum visit { UNSEEN, OPEN, DONE };

static const struct ir_chain *rule_callee(const struct ir_rule *r)
{
	return r->jump == JUMP_CHAIN || r->jump == JUMP_GOTO ? r->chain : NULL;
}

/*
 * Depth-first from @start; chain->up leads back. A chain met while it is still
 * open calls itself. Finished chains are put before those found earlier, so
 * *order lists every chain before the chains it calls.
 */
static int walk_from(struct ir *ir, struct ir_chain *start, struct ir_chain **order, u32 *at,
		     struct err *err)
{
	struct ir_chain *c = start;
	struct ir_chain *to;

	c->visit = OPEN;
	c->at = c->rules;
	while (c) {
		const struct ir_rule *r = c->at;

		if (!r) {
			c->visit = DONE;
			order[--*at] = c;
			c = c->up;
			continue;
		}
		c->at = r->next;
		to = (struct ir_chain *)rule_callee(r);
		if (!to || to->visit == DONE)
			continue;
		if (to->visit == OPEN)
			return err_set(err, -ELOOP, "%s:%u: chain \"%s\" leads back to itself",
				       ir->name, r->line, to->name);
		to->visit = OPEN;
		to->at = to->rules;
		to->up = c;
		c = to;
	}
	return 0;
}

static int check_hooks(const struct ir *ir, const struct ir_chain *c, const struct ir_rule *r,
		       const struct ext_ops *ext, const char *what, struct err *err)
{
	u32 bad = ext->hooks ? c->hooks & ~ext->hooks : 0;
	const char *hook;

	if (!bad)
		return 0;
	hook = ir_hook_name((enum hook)__builtin_ctz(bad));
	if (c->hook != IR_NO_HOOK)
		return err_set(err, -EINVAL,
			       "%s:%u: %s \"%s\" can't be used in chain %s of table %s", ir->name,
			       r->line, what, ext->name, hook, ir_table_name((enum table)c->table));
	return err_set(err, -EINVAL,
		       "%s:%u: %s \"%s\" can't be used in chain \"%s\": it is reached from %s",
		       ir->name, r->line, what, ext->name, c->name, hook);
}

static int check_interfaces(const struct ir *ir, const struct ir_chain *c,
			    const struct ir_rule *r, struct err *err)
{
	/* In user chains the kernel takes both; they just never match there. */
	if (r->in && (c->hook == HOOK_OUTPUT || c->hook == HOOK_POSTROUTING))
		return err_set(err, -EINVAL, "%s:%u: option \"-i\" can't be used in chain %s",
			       ir->name, r->line, c->name);
	if (r->out && (c->hook == HOOK_PREROUTING || c->hook == HOOK_INPUT))
		return err_set(err, -EINVAL, "%s:%u: option \"-o\" can't be used in chain %s",
			       ir->name, r->line, c->name);
	return 0;
}

/* The hooks a chain is reached from are complete when its turn comes. */
static int check_chain(struct ir *ir, struct ir_chain *c, struct err *err)
{
	int ret = 0;

	if (c->hook != IR_NO_HOOK)
		c->hooks |= 1U << c->hook;
	for (struct ir_rule *r = c->rules; r && !ret; r = r->next) {
		struct ir_chain *to = (struct ir_chain *)rule_callee(r);

		if (to)
			to->hooks |= c->hooks;
		ret = check_interfaces(ir, c, r, err);
		for (struct ir_match *m = r->matches; m && !ret; m = m->next)
			ret = check_hooks(ir, c, r, &m->ops->ext, "match", err);
		if (!ret && r->jump == JUMP_TARGET)
			ret = check_hooks(ir, c, r, &r->target->ext, "target", err);
	}
	return ret;
}

/* Callees come after their callers in @order: one pass gives the longest path. */
static int check_depth(const struct ir *ir, struct ir_chain *const *order, u32 n, u16 *depth,
		       struct err *err)
{
	for (u32 i = 0; i < n; i++)
		order[i]->first = i;
	for (u32 i = 0; i < n; i++) {
		for (const struct ir_rule *r = order[i]->rules; r; r = r->next) {
			const struct ir_chain *to = rule_callee(r);
			u16 *d;

			if (!to)
				continue;
			d = &depth[to->first];
			*d = max(*d, (u16)(depth[i] + (r->jump == JUMP_CHAIN)));
			if (*d > IR_DEPTH_MAX)
				return err_set(err, -E2BIG,
					       "%s:%u: chains are nested deeper than %d", ir->name,
					       r->line, IR_DEPTH_MAX);
		}
	}
	return 0;
}

static void number(struct ir *ir, struct ir_table *table)
{
	for (struct ir_chain *c = table->chains; c; c = c->next) {
		c->first = ir->ncounters;
		for (struct ir_rule *r = c->rules; r; r = r->next)
			r->index = ir->ncounters++;
		c->end = ir->ncounters++;
	}
}

static int check_table(struct ir *ir, struct ir_table *table, struct err *err)
{
	struct ir_chain **order;
	u32 at = table->nchains;
	u16 *depth;
	int ret = 0;

	order = ir_alloc(ir, table->nchains * sizeof(void *));
	depth = ir_alloc(ir, table->nchains * sizeof(*depth));
	if (!order || !depth)
		return err_set(err, -ENOMEM, "%s: no memory for the chains", ir->name);
	for (struct ir_chain *c = table->chains; c && !ret; c = c->next)
		if (c->visit == UNSEEN)
			ret = walk_from(ir, c, order, &at, err);
	if (!ret)
		ret = check_depth(ir, order, table->nchains, depth, err);
	for (u32 i = 0; i < table->nchains && !ret; i++)
		ret = check_chain(ir, order[i], err);
	if (!ret)
		number(ir, table);
	return ret;
}

int ir_check(struct ir *ir, struct err *err)
{
	int ret = 0;

	ir->ncounters = 0;
	for (int t = 0; t < TABLES && !ret; t++)
		if (ir->tables[t].nchains)
			ret = check_table(ir, &ir->tables[t], err);
	return ret;
}
