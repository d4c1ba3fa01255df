/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key.h - the properties of a packet that have few values, as bits of one word,
 * rule_ctx.key. A packet's key has exactly one bit per set of values; a rule
 * has the bits it refuses. So key & deny tests them all, and "!" costs nothing.
 *
 * Whoever changes a field of struct rule_ctx the key is made of changes the key
 * too: that is the packet path, through the rule_ctx_ functions below. Bits are
 * set by shifts, not branches: what packets are changes from one to the next.
 */
#ifndef KPPS_FW_KEY_H
#define KPPS_FW_KEY_H

#include "fw-under-test/engine/ruleset.h"

#define KEY_NO_IF	FW_IFS_MAX		/* the hook has no such interface */
#define KEY_IN(i)	(1ULL << (i))
#define KEY_OUT_SHIFT	(FW_IFS_MAX + 1)
#define KEY_OUT(i)	(KEY_IN(i) << KEY_OUT_SHIFT)
#define KEY_CT(s)	(1ULL << (34 + (s)))	/* enum fw_ctstate */
#define KEY_L4		(1ULL << 40)		/* first fragment, whole L4 header */
#define KEY_NO_L4	(KEY_L4 << 1)
#define KEY_FRAG	(1ULL << 42)		/* -f: second and later fragments */
#define KEY_NO_FRAG	(KEY_FRAG << 1)
#define KEY_ORIGINAL	(1ULL << 44)
#define KEY_REPLY	(KEY_ORIGINAL << 1)
#define KEY_NO_DIR	(KEY_ORIGINAL << 2)	/* no connection */
#define KEY_FLAG_SHIFT	47			/* 8 TCP flags that are set … */
#define KEY_CLEAR_SHIFT	55			/* … and the same when clear */
#define KEY_IN_ALL	((1ULL << KEY_OUT_SHIFT) - 1)
#define KEY_OUT_ALL	(KEY_IN_ALL << KEY_OUT_SHIFT)
#define KEY_CT_ALL	(0x3fULL << 34)
#define KEY_DIR_ALL	(KEY_ORIGINAL | KEY_REPLY | KEY_NO_DIR)

_Static_assert(FW_IFS_MAX == 16, "the bits of a key are laid out for 16 interfaces");

static inline u64 key_if(u16 index)
{
	return KEY_IN(min(index, (u16)KEY_NO_IF));
}

static inline u64 key_connection(const struct rule_ctx *ctx)
{
	return KEY_CT(ctx->ctstate) | KEY_ORIGINAL << (ctx->ctmark ? ctx->ctdir : 2);
}

/* rule_ctx_key - the key from all it is made of. */
static inline void rule_ctx_key(struct rule_ctx *ctx)
{
	const struct pkt_view *pkt = ctx->pkt;
	u64 flags = pkt->tcp_flags, key;

	key = key_if(ctx->in_if) | key_if(ctx->out_if) << KEY_OUT_SHIFT | key_connection(ctx);
	key |= KEY_L4 << !(pkt->l4_ok & !pkt->fragment);
	key |= KEY_FRAG << !pkt->fragment;
	key |= flags << KEY_FLAG_SHIFT | (flags ^ 0xff) << KEY_CLEAR_SHIFT;
	ctx->key = key;
}

/* rule_ctx_connection - state, direction or presence of a connection changed. */
static inline void rule_ctx_connection(struct rule_ctx *ctx)
{
	ctx->key = (ctx->key & ~(KEY_CT_ALL | KEY_DIR_ALL)) | key_connection(ctx);
}

static inline void rule_ctx_in_if(struct rule_ctx *ctx, u16 in_if)
{
	ctx->in_if = in_if;
	ctx->key = (ctx->key & ~KEY_IN_ALL) | key_if(in_if);
}

static inline void rule_ctx_out_if(struct rule_ctx *ctx, u16 out_if)
{
	ctx->out_if = out_if;
	ctx->key = (ctx->key & ~KEY_OUT_ALL) | key_if(out_if) << KEY_OUT_SHIFT;
}

#endif
