// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * classify_linear.c - rules one after the other, as the kernel's iptables.
 * The rules of a chain are contiguous, one cache line each; whatever can be
 * said in struct fast_match is tested there without a call or an "if" per
 * property, the rest through a list of functions. A chain ends in a rule that
 * always matches: the policy, or the return to the caller.
 *
 * Immutable after create; any number of workers run it at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/classify.h"
#include "fw-under-test/engine/match.h"

/* The first are the verdicts themselves. */
enum action { ACT_ACCEPT = RULE_ACCEPT, ACT_DROP = RULE_DROP, ACT_POLICY_DROP = RULE_POLICY_DROP,
	      ACT_RETURN, ACT_JUMP, ACT_GOTO, ACT_NONE, ACT_TARGET };

struct linear_rule {
	u64 deny;			/* KEY_ bits that don't match */
	u64 addr, addr_mask;		/* IPv4: source, destination */
	u64 rest, rest_mask;		/* as key_rest() */
	u16 sport, sport_span, dport, dport_span;
	u32 arg;			/* chain's first rule, or target */
	u32 extra;			/* first of nextra functions */
	u16 nextra;
	u8 action;
	bool addr6;			/* test addr6[] of this rule too */
} __cacheline;

_Static_assert(sizeof(struct linear_rule) == 64, "a rule is one cache line");

struct linear_addr6 {
	u64 src[2], smask[2], dst[2], dmask[2];
};

struct linear_extra {
	bool (*eval)(const void *data, const struct rule_ctx *ctx, u64 *state);
	const void *data;
	const struct match_ops *ops;	/* NULL: a negation of the rule's own */
	u32 state;			/* first word of its state */
	u32 not_mark, not_mask;		/* a mask not 0: says what eval does, without a call */
};

struct linear_target {
	int (*eval)(const void *data, struct rule_ctx *ctx, struct rule_worker *w);
	const void *data;
};

struct linear {
	struct linear_rule *rules;
	struct linear_addr6 *addr6;	/* parallel to rules; IPv6 only */
	struct linear_extra *extras;
	struct linear_target *targets;
	u32 nextras, ntargets, state_words;
	u32 first[TABLES][HOOKS], end[TABLES][HOOKS];
	bool ipv6;
};

/* What is compared, from the packet. */
struct key {
	u64 bits, addr, rest;
	u16 sport, dport;
};

#define REST_NEVER	(1ULL << 63)	/* no packet has it: can't match */

static inline u64 key_addr(u32 src, u32 dst)
{
	return src | (u64)dst << 32;
}

static inline u64 key_rest(u32 mark, u8 proto)
{
	return mark | (u64)proto << 32;
}

static inline void key_make(struct key *k, const struct rule_ctx *ctx)
{
	const struct pkt_view *pkt = ctx->pkt;

	k->bits = ctx->key;
	k->addr = key_addr(pkt->src.v4, pkt->dst.v4);
	k->rest = key_rest(ctx->mark, pkt->l4proto);
	k->sport = pkt->sport;
	k->dport = pkt->dport;
}

/*
 * One word that is 0 when all but the ports match. The ports have a branch of
 * their own: few rules get that far, and those that do do so again and again.
 */
static inline u64 rule_miss(const struct linear_rule *r, const struct key *k, bool v6)
{
	u64 miss = k->bits & r->deny;

	if (!v6)
		miss |= (k->addr ^ r->addr) & r->addr_mask;
	return miss | ((k->rest ^ r->rest) & r->rest_mask);
}

static inline bool ports_miss(const struct linear_rule *r, const struct key *k)
{
	return ((u16)(k->sport - r->sport) > r->sport_span) |
	       ((u16)(k->dport - r->dport) > r->dport_span);
}

static inline bool addr6_miss(const struct linear_addr6 *a, const struct pkt_view *pkt)
{
	return ((pkt->src.v6w[0] ^ a->src[0]) & a->smask[0]) |
	       ((pkt->src.v6w[1] ^ a->src[1]) & a->smask[1]) |
	       ((pkt->dst.v6w[0] ^ a->dst[0]) & a->dmask[0]) |
	       ((pkt->dst.v6w[1] ^ a->dst[1]) & a->dmask[1]);
}

static bool extras_eval(const struct linear_extra *x, unsigned int n, const struct rule_ctx *ctx,
			u64 *states)
{
	for (; n; n--, x++)
		if (!x->eval(x->data, ctx, states + x->state))
			return false;
	return true;
}

/* In the order written: a limit counts only what got as far as to it. */
static inline bool extras_match(const struct linear *l, const struct linear_rule *r,
				const struct rule_ctx *ctx, u64 *states)
{
	const struct linear_extra *x = &l->extras[r->extra];
	unsigned int n = r->nextra;

	for (; n && x->not_mask; n--, x++)
		if (!((ctx->mark ^ x->not_mark) & x->not_mask))
			return false;
	return !n || extras_eval(x, n, ctx, states);
}

static inline __attribute__((always_inline)) enum rule_verdict
walk(const struct linear *l, u32 first, u32 policy, struct rule_ctx *ctx, struct rule_worker *w,
     bool v6)
{
	const struct linear_rule *rules = l->rules, *next = &rules[first], *stack[IR_DEPTH_MAX];
	u32 len = ctx->pkt->l3_len;
	unsigned int depth = 0;
	struct key key;

	key_make(&key, ctx);
	for (;;) {
		const struct linear_rule *r = next++;
		const struct linear_target *target;
		int verdict;

		if (rule_miss(r, &key, v6) || ports_miss(r, &key))
			continue;
		if (v6 && r->addr6 && addr6_miss(&l->addr6[r - rules], ctx->pkt))
			continue;
		if (unlikely(r->nextra) && !extras_match(l, r, ctx, w->states))
			continue;
		rule_count(&w->counters[r - rules], len);
		if (r->action <= ACT_POLICY_DROP)
			return (enum rule_verdict)r->action;
		switch ((enum action)r->action) {
		case ACT_RETURN:
			next = depth ? stack[--depth] : &rules[policy];
			break;
		case ACT_JUMP:
			stack[depth++] = next;
			next = &rules[r->arg];
			break;
		case ACT_GOTO:
			next = &rules[r->arg];
			break;
		case ACT_TARGET:
			target = &l->targets[r->arg];
			verdict = target->eval(target->data, ctx, w);
			if (verdict != TARGET_CONTINUE)
				return (enum rule_verdict)verdict;
			key.rest = key_rest(ctx->mark, ctx->pkt->l4proto);
			break;
		default:
			break;
		}
	}
}

static enum rule_verdict linear_run(const void *classifier, enum table table, enum hook hook,
				    struct rule_ctx *ctx, struct rule_worker *w)
{
	const struct linear *l = classifier;
	u32 first = l->first[table][hook], end = l->end[table][hook];

	return l->ipv6 ? walk(l, first, end, ctx, w, true) : walk(l, first, end, ctx, w, false);
}

/* "!" before an address or protocol is rare enough to be a function. */
static bool not_src(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct ir_addr *a = data;
	const union fw_addr *src = &ctx->pkt->src;

	if (ctx->pkt->family == AF_INET)
		return (src->v4 ^ a->addr.v4) & a->mask.v4;
	return ((src->v6w[0] ^ a->addr.v6w[0]) & a->mask.v6w[0]) |
	       ((src->v6w[1] ^ a->addr.v6w[1]) & a->mask.v6w[1]);
}

static bool not_dst(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct ir_addr *a = data;
	const union fw_addr *dst = &ctx->pkt->dst;

	if (ctx->pkt->family == AF_INET)
		return (dst->v4 ^ a->addr.v4) & a->mask.v4;
	return ((dst->v6w[0] ^ a->addr.v6w[0]) & a->mask.v6w[0]) |
	       ((dst->v6w[1] ^ a->addr.v6w[1]) & a->mask.v6w[1]);
}

static bool not_proto(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct ir_rule *r = data;

	return ctx->pkt->l4proto != r->proto;
}

/* The interfaces that have this name, as bits; none when there is no such one. */
static u64 if_bits(const struct fw_config *config, const char *name)
{
	size_t len = strlen(name);
	u64 bits = 0;

	if (!strcmp(name, "+"))
		return KEY_IN_ALL;
	for (unsigned int i = 0; i < config->nifs; i++) {
		const char *have = config->ifs[i].name;

		if (name[len - 1] == '+' ? !strncmp(name, have, len - 1) : !strcmp(name, have))
			bits |= KEY_IN(i);
	}
	return bits;
}

static struct linear_extra *
add_extra(struct linear *l, struct linear_rule *out,
	  bool (*eval)(const void *data, const struct rule_ctx *ctx, u64 *state),
	  const void *data, const struct match_ops *ops)
{
	struct linear_extra *x = &l->extras[l->nextras++];

	x->eval = eval;
	x->data = data;
	x->ops = ops;
	x->state = l->state_words;
	if (ops)
		l->state_words += ops->state_words;
	out->nextra++;
	return x;
}

static void compile_interfaces(const struct fw_config *config, const struct ir_rule *r,
			       struct fast_match *f)
{
	u64 in = r->in ? if_bits(config, r->in) : KEY_IN_ALL;
	u64 out = r->out ? if_bits(config, r->out) : KEY_IN_ALL;

	if (r->invert & IR_NOT_IN)
		in ^= KEY_IN_ALL;
	if (r->invert & IR_NOT_OUT)
		out ^= KEY_IN_ALL;
	f->deny |= ~in & KEY_IN_ALL;
	f->deny |= (~out & KEY_IN_ALL) << KEY_OUT_SHIFT;
}

static void compile_addresses(struct linear *l, const struct ir_rule *r, u32 at)
{
	struct linear_rule *out = &l->rules[at];
	const struct ir_addr *src = r->invert & IR_NOT_SRC ? NULL : r->src;
	const struct ir_addr *dst = r->invert & IR_NOT_DST ? NULL : r->dst;

	if (r->src && !src)
		add_extra(l, out, not_src, r->src, NULL);
	if (r->dst && !dst)
		add_extra(l, out, not_dst, r->dst, NULL);
	if (l->ipv6 && src) {
		memcpy(l->addr6[at].src, src->addr.v6w, 16);
		memcpy(l->addr6[at].smask, src->mask.v6w, 16);
	}
	if (l->ipv6 && dst) {
		memcpy(l->addr6[at].dst, dst->addr.v6w, 16);
		memcpy(l->addr6[at].dmask, dst->mask.v6w, 16);
	}
	out->addr6 = l->ipv6 && (src || dst);
	if (l->ipv6)
		return;
	out->addr = key_addr(src ? src->addr.v4 : 0, dst ? dst->addr.v4 : 0);
	out->addr_mask = key_addr(src ? src->mask.v4 : 0, dst ? dst->mask.v4 : 0);
}

static void compile_basic(struct linear *l, const struct fw_config *config,
			  const struct ir_rule *r, struct fast_match *f)
{
	struct linear_rule *out = &l->rules[r->index];

	compile_interfaces(config, r, f);
	compile_addresses(l, r, r->index);
	if (r->proto && r->invert & IR_NOT_PROTO) {
		add_extra(l, out, not_proto, r, NULL);
	} else if (r->proto) {
		f->proto = r->proto;
		f->proto_mask = 0xff;
	}
	if (r->frag)
		f->deny |= r->invert & IR_NOT_FRAG ? KEY_FRAG : KEY_NO_FRAG;
}

static void compile_action(struct linear *l, const struct ir_rule *r)
{
	static const u8 actions[] = {
		[JUMP_NONE] = ACT_NONE, [JUMP_ACCEPT] = ACT_ACCEPT, [JUMP_DROP] = ACT_DROP,
		[JUMP_RETURN] = ACT_RETURN, [JUMP_CHAIN] = ACT_JUMP, [JUMP_GOTO] = ACT_GOTO,
		[JUMP_TARGET] = ACT_TARGET,
	};
	struct linear_rule *out = &l->rules[r->index];

	out->action = actions[r->jump];
	if (r->jump == JUMP_CHAIN || r->jump == JUMP_GOTO)
		out->arg = r->chain->first;
	if (r->jump == JUMP_TARGET) {
		out->arg = l->ntargets;
		l->targets[l->ntargets].eval = r->target->eval;
		l->targets[l->ntargets++].data = r->target_data;
	}
}

static void put_fast(struct linear_rule *out, const struct fast_match *f)
{
	out->deny = f->deny;
	out->rest = key_rest(f->mark, f->proto) | (f->never ? REST_NEVER : 0);
	out->rest_mask = key_rest(f->mark_mask, f->proto_mask) | (f->never ? REST_NEVER : 0);
	out->sport = f->sport;
	out->sport_span = f->sport_span;
	out->dport = f->dport;
	out->dport_span = f->dport_span;
}

static void compile_rule(struct linear *l, const struct fw_config *config,
			 const struct ir_rule *r)
{
	struct linear_rule *out = &l->rules[r->index];
	struct fast_match f;

	fast_match_init(&f);
	out->extra = l->nextras;
	compile_basic(l, config, r, &f);
	for (const struct ir_match *m = r->matches; m; m = m->next) {
		struct linear_extra *x;

		f.not_mask = 0;
		if (m->ops->compile && m->ops->compile(m->data, &f))
			continue;
		x = add_extra(l, out, m->ops->eval, m->data, m->ops);
		x->not_mark = f.not_mark;
		x->not_mask = f.not_mask;
	}
	put_fast(out, &f);
	compile_action(l, r);
}

static void compile_chain(struct linear *l, const struct fw_config *config,
			  const struct ir_chain *c)
{
	struct linear_rule *end = &l->rules[c->end];
	struct fast_match any;

	for (const struct ir_rule *r = c->rules; r; r = r->next)
		compile_rule(l, config, r);
	fast_match_init(&any);
	put_fast(end, &any);
	if (c->hook == IR_NO_HOOK) {
		end->action = ACT_RETURN;
		return;
	}
	end->action = c->drop ? ACT_POLICY_DROP : ACT_ACCEPT;
	l->first[c->table][c->hook] = c->first;
	l->end[c->table][c->hook] = c->end;
}

/* Enough for every match and every negated address and protocol. */
static void measure(const struct ir *ir, size_t *ret_extras, size_t *ret_targets)
{
	for (int t = 0; t < TABLES; t++)
		for (const struct ir_chain *c = ir->tables[t].chains; c; c = c->next)
			for (const struct ir_rule *r = c->rules; r; r = r->next) {
				for (const struct ir_match *m = r->matches; m; m = m->next)
					++*ret_extras;
				*ret_extras += (size_t)__builtin_popcount(r->invert);
				*ret_targets += r->jump == JUMP_TARGET;
			}
}

static void linear_destroy(void *classifier)
{
	struct linear *l = classifier;

	free(l->targets);
	free(l->extras);
	free(l->addr6);
	free(l->rules);
	free(l);
}

static int linear_create(const struct ir *ir, const struct fw_config *config,
			 void **ret_classifier, struct err *err)
{
	struct linear *l = calloc(1, sizeof(*l));
	size_t n = ir->ncounters, nextras = 0, ntargets = 0;

	if (!l)
		return err_set(err, -ENOMEM, "%s: no memory to compile the rules", ir->name);
	measure(ir, &nextras, &ntargets);
	l->ipv6 = ir->family == AF_INET6;
	l->extras = calloc(nextras + 1, sizeof(*l->extras));
	l->targets = calloc(ntargets + 1, sizeof(*l->targets));
	l->addr6 = l->ipv6 ? calloc(n + 1, sizeof(*l->addr6)) : NULL;
	l->rules = aligned_alloc(64, (n + 1) * sizeof(*l->rules));
	if (!l->extras || !l->targets || !l->rules || (l->ipv6 && !l->addr6)) {
		linear_destroy(l);
		return err_set(err, -ENOMEM, "%s: no memory to compile %zu rules", ir->name, n);
	}
	memset(l->rules, 0, (n + 1) * sizeof(*l->rules));
	for (int t = 0; t < TABLES; t++)
		for (const struct ir_chain *c = ir->tables[t].chains; c; c = c->next)
			compile_chain(l, config, c);
	*ret_classifier = l;
	return 0;
}

static u32 linear_state_words(const void *classifier)
{
	const struct linear *l = classifier;

	return l->state_words;
}

static void linear_state_init(const void *classifier, unsigned int workers, u64 *states)
{
	const struct linear *l = classifier;

	for (u32 i = 0; i < l->nextras; i++) {
		const struct linear_extra *x = &l->extras[i];

		if (x->ops && x->ops->state_init)
			x->ops->state_init(x->data, workers, states + x->state);
	}
}

const struct classifier_ops classify_linear = {
	.name = "linear",
	.help = "one rule after the other, as the kernel's iptables",
	.create = linear_create,
	.destroy = linear_destroy,
	.state_words = linear_state_words,
	.state_init = linear_state_init,
	.run = linear_run,
};
