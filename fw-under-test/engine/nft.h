/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nft.h - inside the translation to nftables: what the nft functions of matches
 * and targets get, and may call (nft_words.c). nft_rule.c makes one rule of it,
 * nft_set.c gathers rules in sets, ir_nft.c writes tables and chains.
 *
 * A match prints expressions to @out, each with a space before it. What could
 * be the key of a set (nft_key) it hands over instead. When a match is true in
 * one of several ways that exclude each other, it asks nft_either which of them
 * is to be printed; the rule is written once for each.
 */
#ifndef KPPS_FW_NFT_H
#define KPPS_FW_NFT_H

#include <stdio.h>

#include "fw-under-test/engine/ir.h"

#define NFT_RANGES_MAX	15	/* of one key in one rule; as multiport */

/* In the order in which a rule tests them. */
enum nft_field {
	NFT_IIF, NFT_OIF, NFT_SADDR, NFT_DADDR, NFT_SPORT, NFT_DPORT, NFT_ICMP_TYPE, NFT_FIELDS
};

/* Network byte order from the first byte; names of interfaces end in zeros. */
struct nft_range {
	u8 lo[16], hi[16];
};

struct nft_key {		/* the field is in one of these */
	u32 n;
	struct nft_range range[NFT_RANGES_MAX];
};

/* A text that is written again and again. */
struct nft_text {
	FILE *f;
	char *s;
	size_t len;
};

struct nft_rule {
	const struct ir *ir;
	const struct ir_chain *chain;
	const struct ir_rule *rule;
	struct err *err;
	FILE *out;		/* of the function that is being called */
	FILE *chains;		/* for chains of its own a target needs */
	u32 mark_bits, ctmark_bits;	/* that any rule may set: the others are 0 */
	bool counters;
	bool bridge;		/* of family bridge: interfaces are its ports */

	u32 alternative, alternatives;	/* the one to print; how many there are */
	bool limited;		/* a limit was printed: the order counts from here on */
	u32 keys;		/* bit per field that has one */
	struct nft_key key[NFT_FIELDS];
	struct nft_text test, statement, comment, line;
};

/* nft_cannot - `name:line: …` into r->err; returns -EOPNOTSUPP. */
int nft_cannot(const struct nft_rule *r, const char *fmt, ...) __printf(2, 3);
/* nft_either - 0 … @n - 1. */
u32 nft_either(struct nft_rule *r, u32 n);
/* nft_never, nft_tracked - true for no packet; for one that has a connection. */
void nft_never(struct nft_rule *r);
void nft_tracked(struct nft_rule *r);
/* nft_l4 - the transport header is there: no later fragment, nothing cut off. */
void nft_l4(struct nft_rule *r);
void nft_key(struct nft_rule *r, enum nft_field field, bool invert,
	     const struct nft_range *ranges, u32 n);
void nft_ports(struct nft_rule *r, enum nft_field field, bool invert, const u16 (*ports)[2], u32 n);
void nft_addr_range(struct nft_rule *r, enum nft_field field, bool invert,
		    const union fw_addr *lo, const union fw_addr *hi);
/* nft_addr_mask - " @what A/L", with any mask; @what as "ip saddr". */
void nft_addr_mask(struct nft_rule *r, const char *what, bool invert, const struct ir_addr *a);
/* nft_addr_key - as a key when the mask has no holes. */
void nft_addr_key(struct nft_rule *r, enum nft_field field, bool invert, const struct ir_addr *a);
/* nft_interface - with a last "+" for a prefix; nft_cannot's for odd names. */
int nft_interface(struct nft_rule *r, enum nft_field field, const char *name, bool invert);
/* nft_is_prefix - is the mask one without holes? */
bool nft_is_prefix(const struct nft_rule *r, const struct ir_addr *a);
void nft_comment(struct nft_rule *r, const char *text);
/* nft_mark_set - "WHAT mark set (WHAT mark & ~mask) ^ value", in the shortest form. */
void nft_mark_set(FILE *out, const char *what, u32 value, u32 mask);
const char *nft_family(const struct nft_rule *r);	/* of addresses: "ip", "ip6" */
const char *nft_proto(const struct nft_rule *r);	/* of the rule: "tcp", "icmpv6"; NULL */
/* nft_chain_name - "filter_FORWARD", of at most NFT_CHAIN_MAX - 1 characters. */
#define NFT_CHAIN_MAX	80
const char *nft_chain_name(const struct ir_chain *c, char *buf, size_t size);

void nft_field_name(const struct nft_rule *r, FILE *out, enum nft_field field);
void nft_range_print(const struct nft_rule *r, FILE *out, enum nft_field field,
		     const struct nft_range *range);
void nft_key_print(const struct nft_rule *r, FILE *out, enum nft_field field, bool invert,
		   const struct nft_key *key);

/* nft_rule.c: the whole of a rule. */
int nft_rule_open(struct nft_rule *r);
void nft_rule_close(struct nft_rule *r);
/* nft_rule_read - the keys, tests and statement of one alternative of @rule. */
int nft_rule_read(struct nft_rule *r, const struct ir_rule *rule, u32 alternative);
/* nft_rule_write - a line; @fields of the keys are left out, and @set is printed
 * instead, or as the statement when it is a map of verdicts; -ENOMEM. */
int nft_rule_write(struct nft_rule *r, FILE *out, u32 fields, const char *set, bool map);

/* nft_set.c: rules on their way out; those that are alike but for a key wait. */
struct nft_run;
int nft_run_create(struct nft_run **ret_run);
void nft_run_destroy(struct nft_run *run);
/* nft_run_add - take @r, which was read, or write it; -ENOMEM. */
int nft_run_add(struct nft_run *run, struct nft_rule *r, FILE *out);
int nft_run_end(struct nft_run *run, struct nft_rule *r, FILE *out);

#endif
