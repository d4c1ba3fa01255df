/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * match.h - matches as ops, and the native form that the simple ones are
 * turned into. A match first tries to express itself in struct fast_match,
 * which classifiers evaluate without a call; only what can't be said there is
 * evaluated through its function.
 */
#ifndef KPPS_FW_MATCH_H
#define KPPS_FW_MATCH_H

#include "fw-under-test/engine/ext.h"

/*
 * Properties with few values are bits of one word. A packet's key has exactly
 * one bit per property set; a rule has the bits it refuses. So key & deny
 * tests them all, and "!" costs nothing.
 */
#define KEY_NO_IF	FW_IFS_MAX		/* the hook has no such interface */
#define KEY_IN(i)	(1ULL << (i))
#define KEY_OUT(i)	(1ULL << (FW_IFS_MAX + 1 + (i)))
#define KEY_CT(s)	(1ULL << (34 + (s)))	/* enum fw_ctstate */
#define KEY_L4		(1ULL << 40)		/* first fragment, whole L4 header */
#define KEY_NO_L4	(1ULL << 41)
#define KEY_FRAG	(1ULL << 42)		/* -f: second and later fragments */
#define KEY_NO_FRAG	(1ULL << 43)
#define KEY_ORIGINAL	(1ULL << 44)
#define KEY_REPLY	(1ULL << 45)
#define KEY_NO_DIR	(1ULL << 46)		/* no connection */
#define KEY_FLAG_SHIFT	47			/* 8 TCP flags that are set … */
#define KEY_CLEAR_SHIFT	55			/* … and the same when clear */
#define KEY_IN_ALL	((1ULL << (FW_IFS_MAX + 1)) - 1)
#define KEY_OUT_ALL	(KEY_IN_ALL << (FW_IFS_MAX + 1))
#define KEY_CT_ALL	(0x3fULL << 34)

_Static_assert(FW_IFS_MAX == 16, "the bits of a key are laid out for 16 interfaces");

/*
 * A port range matches when (u16)(port - first) <= span; the complement of a
 * range is such a range too (it wraps), so "!" needs no flag. ICMP: the type
 * and code are the source port, as in struct pkt_view.
 */
struct fast_match {
	u64 deny;
	u32 mark, mark_mask;
	u16 sport, sport_span, dport, dport_span;
	u8 proto, proto_mask;
	bool never;		/* can't match any packet */
};

static inline bool fast_sport_free(const struct fast_match *f)
{
	return f->sport_span == 0xffff;
}

static inline bool fast_dport_free(const struct fast_match *f)
{
	return f->dport_span == 0xffff;
}

void fast_match_init(struct fast_match *f);
/* Both need the port to be free. */
void fast_sport(struct fast_match *f, u16 lo, u16 hi, bool invert);
void fast_dport(struct fast_match *f, u16 lo, u16 hi, bool invert);

struct nft_rule;

struct match_ops {
	struct ext_ops ext;
	/* True: all of it is in @f now. NULL or false: eval is needed too. */
	bool (*compile)(const void *data, struct fast_match *f);
	/* @state: state_words of this rule and worker. */
	bool (*eval)(const void *data, const struct rule_ctx *ctx, u64 *state);
	unsigned int state_words;
	void (*state_init)(const void *data, unsigned int workers, u64 *state);
	/* Print it in nftables' words, see nft.h; 0 or nft_cannot's. */
	int (*nft)(struct nft_rule *r, const void *data);
};

extern const struct match_ops *const matches[];	/* NULL ends */
/* match_find - by name; protocol matches also by -p's name. NULL: none. */
const struct match_ops *match_find(const char *name, int family);

extern const struct match_ops match_tcp, match_udp, match_multiport, match_icmp, match_icmp6,
	match_state, match_conntrack, match_mark, match_connmark, match_iprange, match_length,
	match_ttl, match_hl, match_limit, match_mac, match_comment;

#endif
