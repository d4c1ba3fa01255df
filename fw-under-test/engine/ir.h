/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ir.h - a ruleset as written, independent of how it will be run: tables,
 * chains, rules, matches, target. parse_save.c makes it from iptables-save
 * text, ir_check.c proves it can be run, classifiers are built from it, and
 * ir_print turns it back into text.
 *
 * Everything in a struct ir lives in its arena and dies with ir_destroy; no
 * pointer into it is ever freed alone. After ir_check it is read only.
 */
#ifndef KPPS_FW_IR_H
#define KPPS_FW_IR_H

#include <stdio.h>

#include "fw-under-test/engine/ruleset.h"

#define IR_CHAIN_NAME_MAX	28
#define IR_IF_NAME_MAX		15
#define IR_RULES_MAX		(1U << 24)
#define IR_DEPTH_MAX		128	/* jumps inside jumps */

struct match_ops;
struct target_ops;
struct ir_chain;

struct ir_addr {
	union fw_addr addr, mask;	/* addr has no bits outside mask */
};

struct ir_match {
	struct ir_match *next;		/* in the order written */
	const struct match_ops *ops;
	u32 seen;			/* bit per option id given */
	u64 data[];			/* of ops->ext.size */
};

enum ir_jump { JUMP_NONE, JUMP_ACCEPT, JUMP_DROP, JUMP_RETURN, JUMP_CHAIN, JUMP_GOTO, JUMP_TARGET };

/* What "!" stands before. */
#define IR_NOT_SRC	0x01
#define IR_NOT_DST	0x02
#define IR_NOT_IN	0x04
#define IR_NOT_OUT	0x08
#define IR_NOT_PROTO	0x10
#define IR_NOT_FRAG	0x20

struct ir_rule {
	struct ir_rule *next;
	const struct ir_addr *src, *dst;	/* NULL: any */
	const char *in, *out;			/* NULL: any; a last "+" means prefix */
	struct ir_match *matches, **last_match;
	const struct ir_chain *chain;		/* JUMP_CHAIN, JUMP_GOTO */
	const struct target_ops *target;	/* JUMP_TARGET */
	void *target_data;
	u32 target_seen;
	u32 line;
	u32 index;				/* of its counters, see ir_check */
	u64 pkts, bytes;			/* as written in the text */
	u8 jump;				/* enum ir_jump */
	u8 invert;				/* IR_NOT_ */
	u8 proto;				/* 0: any */
	bool frag;				/* -f */
};

#define IR_NO_HOOK 0xff

struct ir_chain {
	struct ir_chain *next;		/* in the table, in the order declared */
	struct ir_chain *next_hash;
	char name[IR_CHAIN_NAME_MAX + 1];
	u8 table, hook;			/* IR_NO_HOOK: a user chain */
	bool drop;			/* policy of a built-in chain */
	bool declared;			/* by ":" or -N */
	u32 line, nrules;
	u32 first, end;			/* counter indices: first rule, policy */
	u32 hooks;			/* bit per hook it is reached from */
	u8 visit;			/* ir_check's colours */
	u64 pkts, bytes;		/* of the policy, as written */
	struct ir_rule *rules, **last_rule;
	struct ir_chain *up;		/* ir_check: who led here */
	const struct ir_rule *at;	/* ir_check: how far it has been walked */
};

struct ir_table {
	bool declared;
	u32 nchains;
	struct ir_chain *chains, **last_chain;
	struct ir_chain *hooks[HOOKS];	/* NULL: not in the text */
	struct ir_chain **hash;		/* power of two; by name */
	u32 hash_size;
};

struct ir {
	int family;
	const char *name;		/* of the file, for messages */
	struct ir_table tables[TABLES];
	u32 ncounters;			/* rules and chain ends */
	struct ir_arena *arena;
};

int ir_create(int family, const char *name, struct ir **ret_ir);
void ir_destroy(struct ir *ir);		/* NULL is fine */
void *ir_alloc(struct ir *ir, size_t size);	/* zeroed, aligned for u64; NULL */
char *ir_strdup(struct ir *ir, const char *text);

const char *ir_table_name(enum table t);
const char *ir_hook_name(enum hook h);	/* "PREROUTING" … */
bool ir_table_has_hook(enum table t, enum hook h);

struct ir_chain *ir_chain_find(const struct ir *ir, enum table t, const char *name);
/* ir_chain_add - a chain that is not there yet; NULL: no memory. */
struct ir_chain *ir_chain_add(struct ir *ir, enum table t, const char *name);
/* ir_rule_add - append @rule, or make it the @at-th (from 1; 0: append). */
void ir_rule_add(struct ir_chain *chain, struct ir_rule *rule, u32 at);

/*
 * ir_check - what can only be judged with the whole text at hand: chains that
 * call themselves, nesting, targets and matches at hooks where they can't be.
 * Numbers the counters: the rules of a chain are contiguous, its end follows.
 */
int ir_check(struct ir *ir, struct err *err);

/* Packets and bytes of counter @index since the text was loaded. */
typedef void ir_counter_fn(const void *arg, u32 index, u64 *ret_pkts, u64 *ret_bytes);
/* ir_print - iptables-save text with counters, malloc'ed into *ret_text. */
int ir_print(const struct ir *ir, ir_counter_fn *counter, const void *arg, char **ret_text,
	     struct err *err);
/* ir_rule_print - one rule without its chain, as ir_print does: " -s … -j …". */
void ir_rule_print(const struct ir *ir, const struct ir_rule *r, FILE *out);

#endif
