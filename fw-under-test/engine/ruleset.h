/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ruleset.h - inside the engine: what the packet path asks of a ruleset.
 * The packet path (path.c, conn*.c, nat*.c) fills a struct rule_ctx once per
 * packet; the ruleset side (parse, ir, match, target, classifiers) reads it.
 *
 * Life: text -> struct ir (ir.h, tables, chains, rules) -> compiled
 * struct ruleset, immutable but for per-worker counters and limit buckets.
 */
#ifndef KPPS_FW_RULESET_H
#define KPPS_FW_RULESET_H

#include "fw-under-test/engine/fw.h"

enum hook { HOOK_PREROUTING, HOOK_INPUT, HOOK_FORWARD, HOOK_OUTPUT, HOOK_POSTROUTING, HOOKS };
enum table { TABLE_RAW, TABLE_MANGLE, TABLE_NAT, TABLE_FILTER, TABLES };

/* Where the layers of a frame are; made by the packet path's parser. */
struct pkt_view {
	u8 *data;		/* the frame */
	u32 len;
	u8 family;		/* AF_INET, AF_INET6 */
	u8 l4proto;		/* after extension headers; IPPROTO_FRAGMENT never */
	u8 ttl;			/* hop limit */
	bool fragment;		/* not the first: no ports */
	bool first_fragment;
	bool l4_ok;		/* the whole L4 header is there */
	u16 l3_off, l4_off, l3_len;	/* l3_len: IP total length, bytes */
	u16 sport, dport;	/* host order; ICMP: type<<8|code in sport, id in dport */
	u8 tcp_flags;		/* FIN 1 … CWR 128 */
	union fw_addr src, dst;
};

struct nat_range {
	u8 kind;		/* enum nat_kind */
	bool has_addr, has_port, random, persistent;
	union fw_addr min_addr, max_addr;	/* NETMAP: network and mask */
	u16 min_port, max_port;			/* host order */
};
enum nat_kind { NAT_NONE, NAT_SNAT, NAT_DNAT, NAT_MASQUERADE, NAT_REDIRECT, NAT_NETMAP };

/* One packet's state as rules see and change it. */
struct rule_ctx {
	struct pkt_view *pkt;
	u16 in_if, out_if;		/* 0xffff: not known at this hook */
	u8 ctstate;			/* enum fw_ctstate */
	u8 ctdir;			/* 0 original, 1 reply */
	u8 ctstatus;			/* CTS_ bits */
	bool notrack;			/* set by NOTRACK, CT --notrack */
	u32 mark;			/* rw */
	u32 *ctmark;			/* rw, NULL without a connection */
	union fw_addr ct_addr[4];	/* orig src, orig dst, reply src, reply dst; valid with a
					 * connection, when ruleset_needs.tuples asks for them */
	u16 ct_port[4];
	u64 key;			/* all of this that has few values, see key.h */
	struct nat_range nat;		/* out: what a nat rule asked for */
	u8 reject;			/* out: enum reject_with */
	u64 now_ns;
	unsigned int worker;
	struct fw *fw;
};
#define CTS_SEEN_REPLY	0x01
#define CTS_ASSURED	0x02
#define CTS_CONFIRMED	0x04
#define CTS_SNAT	0x08
#define CTS_DNAT	0x10
#define CTS_EXPECTED	0x20

enum rule_verdict { RULE_ACCEPT, RULE_DROP, RULE_POLICY_DROP, RULE_REJECT, RULE_NAT };

struct ruleset;
struct rule_worker;

/* What a ruleset needs of the packet path, decided once when it is compiled. */
struct ruleset_needs {
	bool conntrack;			/* any state match, nat rule, CONNMARK, CT */
	bool tuples;			/* a rule looks at rule_ctx.ct_addr or ct_port */
	u32 hooks[TABLES];		/* bit per hook at which the table has anything to do */
	/* Of those, where no rule stands before policy ACCEPT, so that its counter
	 * is all there is to do; which it is in ruleset_runner.counters. */
	u32 accepts[TABLES];
	u32 policy[TABLES][HOOKS];
};

struct rule_counter {
	u64 pkts, bytes;
};

static inline void rule_count(struct rule_counter *c, u32 bytes)
{
	/* One writer; ruleset_save reads from another thread. */
	__atomic_store_n(&c->pkts, c->pkts + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&c->bytes, c->bytes + bytes, __ATOMIC_RELAXED);
}

int ruleset_create(const struct fw_config *config, int family, const char *name,
		   const char *text, size_t len, struct ruleset **ret_ruleset,
		   struct err *err);
void ruleset_destroy(struct ruleset *rs);
const struct ruleset_needs *ruleset_needs(const struct ruleset *rs);
/* ruleset_run - one table at one hook; makes ctx->key. Nat: called for new
 * connections only. */
enum rule_verdict ruleset_run(struct ruleset *rs, enum table table, enum hook hook,
			      struct rule_ctx *ctx);

/* A ruleset as one worker runs it, for as long as it holds on to the ruleset. */
struct ruleset_runner {
	enum rule_verdict (*run)(const void *classifier, enum table table, enum hook hook,
				 struct rule_ctx *ctx, struct rule_worker *w);
	const void *classifier;
	struct rule_worker *worker;
	struct rule_counter *counters;	/* for ruleset_needs.policy */
};

/* ruleset_runner - @rs NULL: one that never runs. */
void ruleset_runner(const struct ruleset *rs, unsigned int worker, struct ruleset_runner *ret);
/* ruleset_run_at - the table has a chain at this hook, and ctx->key is right. */
static inline enum rule_verdict ruleset_run_at(const struct ruleset_runner *r, enum table table,
					       enum hook hook, struct rule_ctx *ctx)
{
	return r->run(r->classifier, table, hook, ctx, r->worker);
}

/* Packets a worker's LOG rules matched, since this ruleset was created. */
u64 ruleset_log_lines(const struct ruleset *rs, unsigned int worker);
int ruleset_save(const struct ruleset *rs, const struct fw_config *config,
		 char **ret_text, struct err *err);

enum reject_with {	/* iptables' and ip6tables' names, in reject.c */
	REJECT_NET_UNREACH, REJECT_HOST_UNREACH, REJECT_PROTO_UNREACH, REJECT_PORT_UNREACH,
	REJECT_NET_PROHIBITED, REJECT_HOST_PROHIBITED, REJECT_ADMIN_PROHIBITED, REJECT_TCP_RESET,
	REJECT6_NO_ROUTE, REJECT6_ADM_PROHIBITED, REJECT6_ADDR_UNREACH, REJECT6_PORT_UNREACH,
	REJECT6_POLICY_FAIL, REJECT6_REJECT_ROUTE, REJECT6_TCP_RESET,
};

#endif
