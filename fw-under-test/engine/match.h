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
#include "fw-under-test/engine/key.h"

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
	/* What compile could not say above, but is this: the packet's mark
	 * differs under a mask that is not 0. eval says the same. */
	u32 not_mark, not_mask;
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
	/* True: all of it is in @f now. NULL or false: eval is needed too, or
	 * @f's not_mark. */
	bool (*compile)(const void *data, struct fast_match *f);
	/* @state: state_words of this rule and worker. */
	bool (*eval)(const void *data, const struct rule_ctx *ctx, u64 *state);
	/* @data needs rule_ctx.ct_addr or ct_port. NULL: never. */
	bool (*tuples)(const void *data);
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
	match_ttl, match_hl, match_limit, match_mac, match_physdev, match_comment;

#endif
