// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ruleset.c - a loaded ruleset: the IR as written, its compiled form, and what
 * each worker counts. See ruleset.h for who may call what: all but counters
 * and match states is immutable; worker i alone writes its own.
 */
#include "fw-under-test/engine/ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/classify.h"
#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/parse.h"

const struct classifier_ops *const classifiers[] = {
	&classify_linear,
	NULL,
};

struct ruleset {
	const struct classifier_ops *ops;
	void *classifier;
	struct rule_worker *workers;
	struct ruleset_needs needs;
	unsigned int nworkers;
	struct ir *ir;
};

static void rule_needs(const struct ir_rule *r, struct ruleset_needs *needs)
{
	if (r->jump == JUMP_TARGET)
		needs->conntrack |= r->target->ext.conntrack;
	for (const struct ir_match *m = r->matches; m; m = m->next) {
		needs->conntrack |= m->ops->ext.conntrack;
		needs->tuples |= m->ops->tuples && m->ops->tuples(m->data);
	}
}

/* An empty chain has its policy to count, as in the kernel. */
static void hook_needs(const struct ir_chain *c, enum table table, enum hook hook,
		       struct ruleset_needs *needs)
{
	needs->hooks[table] |= 1U << hook;
	if (!c->rules && !c->drop)
		needs->accepts[table] |= 1U << hook;
	needs->policy[table][hook] = c->end;
}

static void find_needs(const struct ir *ir, struct ruleset_needs *needs)
{
	needs->conntrack = ir->tables[TABLE_NAT].declared;
	for (int t = 0; t < TABLES; t++) {
		for (int h = 0; h < HOOKS; h++)
			if (ir->tables[t].hooks[h])
				hook_needs(ir->tables[t].hooks[h], (enum table)t, (enum hook)h,
					   needs);
		for (const struct ir_chain *c = ir->tables[t].chains; c; c = c->next)
			for (const struct ir_rule *r = c->rules; r; r = r->next)
				rule_needs(r, needs);
	}
}

static int worker_init(struct ruleset *rs, struct rule_worker *w, const struct fw_config *config)
{
	/* Whole cache lines: two workers never write the same one. */
	size_t counters = (rs->ir->ncounters * sizeof(*w->counters) + 64) & ~(size_t)63;
	size_t states = (rs->ops->state_words(rs->classifier) * sizeof(u64) + 64) & ~(size_t)63;

	w->log = config->log;
	w->log_arg = config->log_arg;
	w->counters = aligned_alloc(64, counters);
	w->states = aligned_alloc(64, states);
	if (!w->counters || !w->states)
		return -ENOMEM;
	for (u32 i = 0; i < rs->ir->ncounters; i++)
		w->counters[i] = (struct rule_counter){ 0 };
	rs->ops->state_init(rs->classifier, rs->nworkers, w->states);
	return 0;
}

static int workers_create(struct ruleset *rs, const struct fw_config *config, struct err *err)
{
	rs->nworkers = max(config->workers, 1u);
	rs->workers = aligned_alloc(_Alignof(struct rule_worker),
				    rs->nworkers * sizeof(*rs->workers));
	if (!rs->workers)
		return err_set(err, -ENOMEM, "%s: no memory for counters", rs->ir->name);
	for (unsigned int i = 0; i < rs->nworkers; i++)
		rs->workers[i] = (struct rule_worker){ 0 };
	for (unsigned int i = 0; i < rs->nworkers; i++)
		if (worker_init(rs, &rs->workers[i], config))
			return err_set(err, -ENOMEM, "%s: no memory for counters", rs->ir->name);
	return 0;
}

int ruleset_create(const struct fw_config *config, int family, const char *name,
		   const char *text, size_t len, struct ruleset **ret_ruleset,
		   struct err *err)
{
	struct ruleset *rs = calloc(1, sizeof(*rs));
	int ret;

	if (!rs)
		return err_set(err, -ENOMEM, "%s: no memory for the ruleset", name);
	rs->ops = classifiers[0];
	ret = parse_save(family, name, text, len, &rs->ir, err);
	if (!ret)
		ret = rs->ops->create(rs->ir, config, &rs->classifier, err);
	if (!ret)
		ret = workers_create(rs, config, err);
	if (ret) {
		ruleset_destroy(rs);
		return ret;
	}
	find_needs(rs->ir, &rs->needs);
	*ret_ruleset = rs;
	return 0;
}

void ruleset_destroy(struct ruleset *rs)
{
	if (!rs)
		return;
	for (unsigned int i = 0; rs->workers && i < rs->nworkers; i++) {
		free(rs->workers[i].states);
		free(rs->workers[i].counters);
	}
	free(rs->workers);
	if (rs->classifier)
		rs->ops->destroy(rs->classifier);
	ir_destroy(rs->ir);
	free(rs);
}

const struct ruleset_needs *ruleset_needs(const struct ruleset *rs)
{
	return &rs->needs;
}

enum rule_verdict ruleset_run(struct ruleset *rs, enum table table, enum hook hook,
			      struct rule_ctx *ctx)
{
	if (!(rs->needs.hooks[table] & (1U << hook)))
		return RULE_ACCEPT;
	rule_ctx_key(ctx);
	return rs->ops->run(rs->classifier, table, hook, ctx, &rs->workers[ctx->worker]);
}

void ruleset_runner(const struct ruleset *rs, unsigned int worker, struct ruleset_runner *ret)
{
	if (!rs) {
		memset(ret, 0, sizeof(*ret));
		return;
	}
	ret->run = rs->ops->run;
	ret->classifier = rs->classifier;
	ret->worker = &rs->workers[worker];
	ret->counters = rs->workers[worker].counters;
}

u64 ruleset_log_lines(const struct ruleset *rs, unsigned int worker)
{
	return rs->workers[worker].log_lines;
}

static void sum_workers(const void *arg, u32 index, u64 *ret_pkts, u64 *ret_bytes)
{
	const struct ruleset *rs = arg;

	*ret_pkts = *ret_bytes = 0;
	for (unsigned int i = 0; i < rs->nworkers; i++) {
		const struct rule_counter *c = &rs->workers[i].counters[index];

		*ret_pkts += __atomic_load_n(&c->pkts, __ATOMIC_RELAXED);
		*ret_bytes += __atomic_load_n(&c->bytes, __ATOMIC_RELAXED);
	}
}

int ruleset_save(const struct ruleset *rs, const struct fw_config *config __unused,
		 char **ret_text, struct err *err)
{
	return ir_print(rs->ir, sum_workers, rs, ret_text, err);
}
