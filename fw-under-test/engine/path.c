// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * path.c - the way of a packet: fw_process and the hooks in netfilter's order.
 *
 *	PREROUTING	raw, conntrack, mangle, nat (destination)
 *	routing		local: INPUT	mangle, filter, nat (source), confirm
 *			else:  TTL, FORWARD mangle, filter
 *	POSTROUTING	mangle, nat (source), confirm, then out
 *
 * A burst goes through in stages, so that the memory a stage needs was asked
 * for by the one before: parse all, hash all and fetch buckets, compare tags
 * and fetch records, then packet by packet. Of a large table not all records
 * asked for so early are near when their turn comes (with 1 Mi of them that cost
 * 20 ns a packet); so each is asked for again a few packets before.
 *
 * The last stage trusts nothing of the ones before: it compares the record, and
 * looks up again when that is not the connection; so a packet finds the one
 * which an earlier packet of the same burst made or ended.
 *
 * Addresses and ports are rewritten where netfilter does it (rules see them);
 * checksums once, at the end, by the deltas cached in the connection.
 */
#define URCU_INLINE_SMALL_FUNCTIONS
#define _LGPL_SOURCE
#include <urcu-qsbr.h>

#include "fw-under-test/engine/key.h"
#include "fw-under-test/engine/nat.h"
#include "fw-under-test/engine/reject.h"

#define TTL_DELTA	((u16)~htons(0x0100))	/* TTL is a word's high byte */
#define RECORD_AHEAD	4	/* packets: some 0.3 us */
#define TIMER_BUDGET	256	/* records the wheel looks at in one burst */

struct burst {
	struct pkt_view view[FW_BURST];
	struct conn_query query[FW_BURST];
	u8 why[FW_BURST];	/* enum fw_reason of the parser */
	unsigned int queries;	/* of the burst's packets, or 0: nothing is tracked */
};

/* One packet on its way through the hooks. */
struct walk {
	struct fw_worker *w;
	struct fw_pkt *p;
	struct pkt_view *v;
	const struct ruleset_needs *needs;
	const struct ruleset_runner *runner;
	struct ruleset_runner runners[2];	/* [family_index] */
	struct conn_pkt cp;
	struct rule_ctx ctx;
	bool fresh;		/* the connection is not confirmed yet */
	bool dst_changed;
};

static inline bool has_rules(const struct walk *k, enum table table, enum hook hook)
{
	return k->needs->hooks[table] >> hook & 1;
}

/* The packet goes no further. */
static void drop(struct walk *k, enum fw_reason why)
{
	if (k->fresh && k->cp.ct)
		conn_free(&k->w->conns, k->cp.ct);
	k->cp.ct = NULL;
	k->p->verdict = FW_DROP;
	k->p->reason = (u8)why;
}

/* One hop less to go. */
static inline void ttl_decrement(const struct pkt_view *v)
{
	u8 *ip = v->data + v->l3_off;
	u32 csum;

	if (v->family == AF_INET) {
		ip[8]--;
		/* RFC 1141: one less in the high byte is one more in the sum. */
		csum = (u32)load16(ip + 10) + htons(0x0100);
		store16(ip + 10, (u16)(csum + (csum >= 0xffff)));
	} else {
		ip[7]--;
	}
}

/* The sender is told; the packet as it came in is what it knows. But what FORWARD
 * refuses has begun its next hop: as in Linux, the TTL that is quoted is one less. */
static void reply_or_drop(struct walk *k, enum fw_reason why, u8 reject_with)
{
	bool sent;

	if (k->dst_changed && !k->cp.icmp_error)
		nat_restore(k->cp.ct, k->cp.dir, k->v);
	if (k->ctx.out_if != IF_NONE)
		ttl_decrement(k->v);
	if (why == FW_TTL)
		sent = reject_ttl(k->w, k->p, k->v);
	else if (why == FW_NO_ROUTE)
		sent = reject_no_route(k->w, k->p, k->v);
	else
		sent = reject_build(k->w, k->p, k->v, reject_with);
	drop(k, why);
	if (sent)
		k->p->verdict = FW_REPLY;
}

/* The rules said no. */
static void refuse(struct walk *k, enum rule_verdict verdict)
{
	switch (verdict) {
	case RULE_DROP:
		drop(k, FW_RULE);
		break;
	case RULE_POLICY_DROP:
		drop(k, FW_POLICY);
		break;
	case RULE_REJECT:
		reply_or_drop(k, FW_REJECTED, k->ctx.reject);
		break;
	case RULE_ACCEPT:
	case RULE_NAT:
		break;
	}
}

/* True: the packet goes on. Iptables-save writes all chains of a table, so most
 * have no rules: those are only counted. */
static inline bool run(struct walk *k, enum table table, enum hook hook)
{
	const struct ruleset_needs *needs = k->needs;
	enum rule_verdict verdict;

	if (!has_rules(k, table, hook))
		return true;
	if (needs->accepts[table] >> hook & 1) {
		rule_count(&k->runner->counters[needs->policy[table][hook]], k->v->l3_len);
		return true;
	}
	verdict = ruleset_run_at(k->runner, table, hook, &k->ctx);
	if (likely(verdict == RULE_ACCEPT))
		return true;
	refuse(k, verdict);
	return false;
}

static inline void ctx_connection(struct walk *k)
{
	struct conn *c = k->cp.ct;
	unsigned int i;

	k->ctx.ctstate = k->cp.ctstate;
	k->ctx.ctdir = k->cp.dir;
	if (!c) {
		k->ctx.ctstatus = 0;
		k->ctx.ctmark = NULL;
		rule_ctx_connection(&k->ctx);
		return;
	}
	k->ctx.ctstatus = c->status;
	k->ctx.ctmark = &c->mark;
	rule_ctx_connection(&k->ctx);
	for (i = 0; k->needs->tuples && i < 4; i++) {
		if (k->v->family == AF_INET)
			k->ctx.ct_addr[i].v4 = c->addr4[i];
		else
			k->ctx.ct_addr[i] = conn_addr6(c)[i];
		k->ctx.ct_port[i] = i & 1 ? c->port[i / 2].dport : c->port[i / 2].sport;
	}
}

static bool track(struct walk *k, const struct conn_query *query)
{
	if (!k->needs->conntrack) {
		k->cp.ctstate = FW_CT_NONE;
	} else if (k->ctx.notrack) {
		k->cp.ctstate = FW_CT_UNTRACKED;
	} else {
		conn_in(k->w, k->v, query, &k->cp);
		if (unlikely(k->cp.drop != FW_OK)) {
			drop(k, k->cp.drop);
			return false;
		}
		k->fresh = k->cp.ct && !(k->cp.ct->status & CTS_CONFIRMED);
	}
	ctx_connection(k);
	return true;
}

/* The nat table decides about a new connection, at a hook of either kind. */
static bool bind_nat(struct walk *k, enum hook hook, enum nat_manip manip)
{
	struct conn *c = k->cp.ct;
	enum rule_verdict verdict = RULE_ACCEPT;
	enum fw_reason why = FW_OK;

	k->ctx.nat.kind = NAT_NONE;
	if (has_rules(k, TABLE_NAT, hook))
		verdict = ruleset_run_at(k->runner, TABLE_NAT, hook, &k->ctx);
	if (verdict == RULE_DROP || verdict == RULE_POLICY_DROP)
		why = verdict == RULE_DROP ? FW_RULE : FW_POLICY;
	else if (k->ctx.nat.kind != NAT_NONE)
		why = nat_bind(k->w, c, &k->ctx.nat, manip,
			       manip == NAT_MANIP_SRC ? k->ctx.out_if : k->ctx.in_if);
	else if (manip == NAT_MANIP_SRC && k->needs->hooks[TABLE_NAT])
		why = nat_bind_null(k->w, c);
	if (why != FW_OK) {
		drop(k, why);
		return false;
	}
	if (manip == NAT_MANIP_SRC && (c->flags & CONNF_NAT))
		nat_seal(c);
	ctx_connection(k);
	return true;
}

/* What the connection's translation does to the packet, at a hook of either kind. */
static inline bool translate(struct walk *k, enum hook hook, enum nat_manip manip)
{
	struct conn *c = k->cp.ct;

	if (!c)
		return true;
	if (unlikely(k->fresh) && !bind_nat(k, hook, manip))
		return false;
	if (!(c->flags & CONNF_NAT))
		return true;
	if (unlikely(k->cp.icmp_error)) {
		nat_icmp_error(c, k->cp.dir, manip, k->v, &k->cp.inner);
		k->dst_changed = true;
	} else if (nat_changes(c, k->cp.dir, manip)) {
		nat_rewrite(c, k->cp.dir, manip, k->v);
		k->dst_changed = true;
	}
	return true;
}

/* The first packet leaves: now the connection exists for others. */
static bool confirm_fresh(struct walk *k)
{
	struct conn *c = k->cp.ct;
	struct tuple reply;

	k->fresh = false;
	if (k->w->fw->config.workers > 1) {
		conn_tuple(c, 1, &reply);
		if (shard_of_tuple(k->w->fw, &reply) != k->w->id) {
			k->fresh = true;
			drop(k, FW_INVALID_NAT);
			return false;
		}
	}
	if (conn_confirm(k->w, c))
		return true;
	k->cp.ct = NULL;
	drop(k, FW_TABLE_FULL);
	return false;
}

static inline bool confirm(struct walk *k)
{
	return likely(!k->fresh) || confirm_fresh(k);
}

/* TTL, checksums, all in one pass over the header. */
static inline void finish(struct walk *k, bool decrement)
{
	struct pkt_view *v = k->v;
	struct conn *c = k->cp.ct;
	u8 *ip = v->data + v->l3_off;
	u32 delta = 0;

	if (c && (c->flags & CONNF_NAT) && !k->cp.icmp_error) {
		delta = nat_delta3(c, k->cp.dir);
		l4_csum_fix(v, nat_delta4(c, k->cp.dir));
	}
	if (v->family == AF_INET6) {
		ip[7] = (u8)(ip[7] - decrement);
		return;
	}
	if (decrement) {
		ip[8]--;
		delta += TTL_DELTA;
	}
	if (delta)
		store16(ip + 10, csum_apply(load16(ip + 10), delta));
}

static void local(struct walk *k)
{
	if (!run(k, TABLE_MANGLE, HOOK_INPUT) || !run(k, TABLE_FILTER, HOOK_INPUT) ||
	    !translate(k, HOOK_INPUT, NAT_MANIP_SRC) || !confirm(k))
		return;
	finish(k, false);
	k->p->verdict = FW_LOCAL;
	k->p->reason = FW_OK;
}

static void forward(struct walk *k, const struct hop *hop)
{
	if (unlikely(k->v->ttl <= 1)) {
		reply_or_drop(k, FW_TTL, 0);
		return;
	}
	rule_ctx_out_if(&k->ctx, hop->out_if);
	if (!run(k, TABLE_MANGLE, HOOK_FORWARD) || !run(k, TABLE_FILTER, HOOK_FORWARD))
		return;
	rule_ctx_in_if(&k->ctx, IF_NONE);
	if (!run(k, TABLE_MANGLE, HOOK_POSTROUTING) ||
	    !translate(k, HOOK_POSTROUTING, NAT_MANIP_SRC) || !confirm(k))
		return;
	finish(k, true);
	memcpy(k->v->data, hop->eth, sizeof(hop->eth));
	k->p->out_if = hop->out_if;
	k->p->verdict = FW_FORWARD;
	k->p->reason = FW_OK;
}

static void route(struct walk *k)
{
	const struct route_table *routes = &k->w->fw->routes[family_index(k->v->family)];
	const struct hop *hop = route_lookup(routes, k->v->dst.v6);

	if (likely(hop->kind == HOP_FORWARD) && !unlikely(pkt_stays_on_link(k->v)))
		forward(k, hop);
	else if (hop->kind == HOP_LOCAL)
		local(k);
	else if (hop->kind == HOP_NONE && !pkt_stays_on_link(k->v))
		reply_or_drop(k, FW_NO_ROUTE, 0);
	else
		drop(k, FW_NO_ROUTE);
}

static void walk_packet(struct walk *k, const struct conn_query *query)
{
	if (unlikely(pkt_martian(k->v))) {
		drop(k, FW_MALFORMED);
		return;
	}
	if (!run(k, TABLE_RAW, HOOK_PREROUTING) || !track(k, query) ||
	    !run(k, TABLE_MANGLE, HOOK_PREROUTING) ||
	    !translate(k, HOOK_PREROUTING, NAT_MANIP_DST))
		return;
	route(k);
}

/* What became of a burst, by number; added to the statistics once. */
struct tally {
	u32 verdict[FW_REPLY + 1], ctstate[FW_CT_UNTRACKED + 1];
};

static void count(struct fw_stats *s, const struct tally *t, unsigned int n)
{
	s->packets += n;
	s->forwarded += t->verdict[FW_FORWARD];
	s->dropped += t->verdict[FW_DROP];
	s->local += t->verdict[FW_LOCAL];
	s->replies += t->verdict[FW_REPLY];
	s->ct_new += t->ctstate[FW_CT_NEW];
	s->ct_established += t->ctstate[FW_CT_ESTABLISHED];
	s->ct_related += t->ctstate[FW_CT_RELATED];
	s->ct_invalid += t->ctstate[FW_CT_INVALID];
	s->ct_untracked += t->ctstate[FW_CT_UNTRACKED];
}

static void parse_burst(struct burst *b, struct fw_pkt *pkts, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		prefetchw(pkts[i].data);
	for (i = 0; i < n; i++)
		b->why[i] = (u8)pkt_parse(&b->view[i], pkts[i].data, pkts[i].len);
}

static void fetch_connections(struct fw_worker *w, struct burst *b, const struct fw_rules *rules,
			      unsigned int n)
{
	unsigned int i;

	b->queries = rules->needs[0].conntrack || rules->needs[1].conntrack ? n : 0;
	n = b->queries;
	for (i = 0; i < n; i++) {
		b->query[i].hint = 0;
		if (b->why[i] == FW_OK)
			conn_query_start(&w->conns, &b->view[i], &b->query[i]);
	}
	for (i = 0; i < n; i++)
		if (b->why[i] == FW_OK)
			conn_query_fetch(&w->conns, &b->query[i]);
}

static void walk_init(struct walk *k, struct fw_worker *w, const struct fw_rules *rules)
{
	unsigned int f;

	memset(k, 0, sizeof(*k));
	for (f = 0; f < 2; f++)
		ruleset_runner(rules->rs[f], w->id, &k->runners[f]);
	k->w = w;
	k->ctx.worker = w->id;
	k->ctx.fw = w->fw;
	k->ctx.now_ns = w->now_ns;
}

static void walk_next(struct walk *k, struct fw_pkt *p, struct pkt_view *v,
		      const struct fw_rules *rules)
{
	unsigned int f = family_index(v->family);

	k->p = p;
	k->v = v;
	k->needs = &rules->needs[f];
	k->runner = &k->runners[f];
	k->fresh = false;
	k->dst_changed = false;
	k->cp.ct = NULL;
	k->cp.dir = 0;
	k->cp.ctstate = FW_CT_NONE;
	k->cp.why = WHY_NONE;
	k->cp.icmp_error = false;
	k->cp.drop = FW_OK;
	k->ctx.pkt = v;
	k->ctx.in_if = p->in_if;
	k->ctx.out_if = IF_NONE;
	k->ctx.ctstate = FW_CT_NONE;
	k->ctx.ctdir = 0;
	k->ctx.ctstatus = 0;
	k->ctx.ctmark = NULL;
	k->ctx.notrack = false;
	k->ctx.mark = p->mark;
	rule_ctx_key(&k->ctx);
}

static void set_time(struct fw_worker *w, u64 now_ns, u32 budget)
{
	u64 tick = now_ns >> TICK_SHIFT, count_before;

	/* Every time-out is shorter than this gap: nothing can have survived. */
	if (unlikely(tick - w->now_tick > TICK_MAX) && w->conns.count) {
		count_before = w->conns.count;
		conn_flush(&w->conns);
		w->stats.ct_expired += count_before - w->conns.count;
	}
	w->now_ns = now_ns;
	w->now_tick = tick;
	if (unlikely(tick >> 7 != w->conns.wheel.now))
		w->stats.ct_expired += wheel_advance(&w->conns, tick, budget);
}

/* The usual case without rules or connections: nothing but a route and a TTL
 * that lasts. False: the long way, which also knows what to answer. */
static inline bool forward_plain(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v)
{
	const struct hop *hop = route_lookup(&w->fw->routes[family_index(v->family)], v->dst.v6);

	if (unlikely(hop->kind != HOP_FORWARD || v->ttl <= 1 || pkt_martian(v) ||
		     pkt_stays_on_link(v)))
		return false;
	ttl_decrement(v);
	memcpy(v->data, hop->eth, sizeof(hop->eth));
	p->out_if = hop->out_if;
	p->verdict = FW_FORWARD;
	p->reason = FW_OK;
	p->ctinfo = FW_CT_NONE;
	p->why_invalid = WHY_NONE;
	return true;
}

static void process_one(struct walk *k, struct fw_pkt *p, struct burst *b, unsigned int i,
			const struct fw_rules *rules)
{
	if (unlikely(b->why[i] != FW_OK)) {
		p->verdict = FW_DROP;
		p->reason = b->why[i];
		p->ctinfo = FW_CT_NONE;
		p->why_invalid = WHY_NONE;
		return;
	}
	if (rules->plain[family_index(b->view[i].family)] && forward_plain(k->w, p, &b->view[i]))
		return;
	walk_next(k, p, &b->view[i], rules);
	walk_packet(k, &b->query[i]);
	p->ctinfo = k->cp.ctstate;
	p->why_invalid = k->cp.why;
	p->mark = k->ctx.mark;
}

void fw_process(struct fw_worker *w, struct fw_pkt *pkts, unsigned int n, u64 now_ns)
{
	const struct fw_rules *rules;
	struct tally tally = { 0 };
	struct burst b;
	struct walk k;
	unsigned int i;

	set_time(w, now_ns, TIMER_BUDGET);
	rules = rcu_dereference(w->fw->rules);
	parse_burst(&b, pkts, n);
	fetch_connections(w, &b, rules, n);
	walk_init(&k, w, rules);
	for (i = 0; i < n; i++) {
		if (i + RECORD_AHEAD < b.queries)
			conn_query_prefetch(&w->conns, &b.query[i + RECORD_AHEAD]);
		process_one(&k, &pkts[i], &b, i, rules);
		tally.verdict[pkts[i].verdict]++;
		tally.ctstate[pkts[i].ctinfo]++;
		w->stats.reason[pkts[i].reason]++;
	}
	count(&w->stats, &tally, n);
	if (w->online)
		rcu_quiescent_state();
}

void fw_tick(struct fw_worker *w, u64 now_ns)
{
	set_time(w, now_ns, UINT32_MAX);
	if (w->online)
		rcu_quiescent_state();
}
