/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target.h - targets as ops. ACCEPT, DROP, RETURN and jumps to chains are not
 * here: they are the rule's own (enum ir_jump).
 */
#ifndef KPPS_FW_TARGET_H
#define KPPS_FW_TARGET_H

#include "fw-under-test/engine/ext.h"

/* What one worker changes while it runs a ruleset. */
struct rule_worker {
	struct rule_counter *counters;
	u64 *states;			/* of matches with a memory: limit */
	u64 log_lines;
	void (*log)(void *arg, const char *prefix, const u8 *frame, u32 len, u16 in_if,
		    u16 out_if);
	void *log_arg;
} __cacheline;

#define TARGET_CONTINUE (-1)		/* go on with the next rule */

struct nft_rule;

struct target_ops {
	struct ext_ops ext;
	/* TARGET_CONTINUE or an enum rule_verdict. */
	int (*eval)(const void *data, struct rule_ctx *ctx, struct rule_worker *w);
	bool final;			/* it never returns TARGET_CONTINUE */
	/* Print it in nftables' words, see nft.h; 0 or nft_cannot's. */
	int (*nft)(struct nft_rule *r, const void *data);
	/* Add the bits of the marks that it may set; NULL: none. */
	void (*mark_bits)(const void *data, u32 *mark, u32 *ctmark);
};

extern const struct target_ops *const targets[];	/* NULL ends */
const struct target_ops *target_find(const char *name, int family);

extern const struct target_ops target_reject, target_log, target_mark, target_connmark,
	target_notrack, target_ct, target_snat, target_dnat, target_masquerade, target_redirect,
	target_netmap;

#endif
