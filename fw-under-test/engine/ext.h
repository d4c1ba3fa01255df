/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ext.h - what matches and targets have in common: a name, where they may be
 * used, options, and the reading and printing of those options. Each is one
 * const struct in match_*.c or target_*.c, listed in match.c or target.c.
 */
#ifndef KPPS_FW_EXT_H
#define KPPS_FW_EXT_H

#include <stdio.h>

#include "fw-under-test/engine/ir.h"

#define EXT_IPV4	0x1
#define EXT_IPV6	0x2
#define EXT_BOTH	0x3
#define EXT_HOOK(h)	(1U << (h))
#define EXT_TABLE(t)	(1U << (t))

/* Where the parser is; every message begins with name:line. */
struct rule_parse {
	struct ir *ir;
	u32 line;
	int family;
	enum table table;
	struct ir_chain *chain;
	struct ir_rule *rule;
	struct err *err;
};

struct ext_option {
	const char *name;	/* with its dashes; several may share an id */
	u8 id;			/* 0 … 31 */
	u8 nargs;
	bool invert;		/* "!" may stand before it */
};

struct ext_ops {
	const char *name;
	const char *help;		/* one sentence, no full stop */
	u8 families;			/* EXT_IPV4 … */
	u8 proto;			/* needs this -p; 0: any */
	u8 tables, hooks;		/* EXT_TABLE, EXT_HOOK bits; 0: all */
	bool conntrack;			/* needs connection tracking */
	size_t size;			/* of data; zeroed */
	const struct ext_option *options;	/* name NULL ends */
	/* One option; a second time is refused before it comes here. */
	int (*parse)(const struct rule_parse *rp, void *data, u8 id, bool invert, char **args);
	/* The whole rule is read; @seen has a bit per option id. NULL: all is well. */
	int (*check)(const struct rule_parse *rp, void *data, u32 seen);
	/* Options with a space before each, as iptables-save prints them. */
	void (*print)(FILE *out, const void *data, int family);
};

/* parse_error - `name:line: …` into rp->err; returns -EINVAL. */
int parse_error(const struct rule_parse *rp, const char *fmt, ...) __printf(2, 3);

/* nearest_or_colon - ": did you mean \"…\"?", or ":"; what is known follows. */
struct nearest;
const char *nearest_or_colon(const struct nearest *n, char *buf, size_t size);

/* Values. Each prints its own error, naming @text, and returns -EINVAL. */
int parse_u32(const struct rule_parse *rp, const char *text, u32 lo, u32 hi, u32 *ret);
int parse_mark(const struct rule_parse *rp, const char *text, u32 *ret_value, u32 *ret_mask);
/* "80", "http"; "80:90", ":90", "80:" when @separator is ':'. */
int parse_port(const struct rule_parse *rp, const char *text, u16 *ret);
int parse_port_range(const struct rule_parse *rp, const char *text, char separator, u16 *ret_lo,
		     u16 *ret_hi);
int parse_addr(const struct rule_parse *rp, const char *text, union fw_addr *ret);
int parse_addr_range(const struct rule_parse *rp, const char *text, union fw_addr *ret_lo,
		     union fw_addr *ret_hi);
/* "192.0.2.1", "192.0.2.0/24", "192.0.2.0/255.255.255.0" */
int parse_addr_mask(const struct rule_parse *rp, const char *text, struct ir_addr *ret);
int parse_proto(const struct rule_parse *rp, const char *text, u8 *ret);
/* parse_list - call @fn for each of the words between commas. */
int parse_list(const struct rule_parse *rp, const char *text,
	       int (*fn)(const struct rule_parse *rp, void *arg, const char *word), void *arg);

void print_addr(FILE *out, int family, const union fw_addr *addr);
void print_addr_mask(FILE *out, int family, const struct ir_addr *a);
void print_quoted(FILE *out, const char *text);	/* only when it must be */
const char *proto_name(u8 proto);	/* NULL: known by number only */
int addr_compare(int family, const union fw_addr *a, const union fw_addr *b);
/* The rule has a -p that has ports, without "!". */
bool rule_has_ports(const struct ir_rule *rule);

/* parse_rule - the words of a rule after its chain; fills rp->rule. */
int parse_rule(struct rule_parse *rp, char **words, const bool *quoted, unsigned int n);

#endif
