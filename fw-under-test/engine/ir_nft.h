/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ir_nft.h - a ruleset as native nftables, the way a good administrator would
 * write it for the same packets to take the same way: one table "kpps" of the
 * family, a base chain per built-in chain at iptables' hook and priority, rules
 * that differ in one field gathered in a set or verdict map. What nftables can't
 * say is an error that names the rule's line; nothing is left out.
 *
 * For a bridge the table is of family bridge, "kpps" or, for IPv6, "kpps6": both
 * families' chains meet every frame, so each begins by accepting what is none of
 * its own, ARP too. Table nat is left out; ir_bridge_check says it has no rule.
 *
 * Two things are taken for granted, as they hold in a namespace of ours: packets
 * and connections have no mark but by these rules, and no other table is there.
 */
#ifndef KPPS_FW_IR_NFT_H
#define KPPS_FW_IR_NFT_H

#include "fw-under-test/engine/ir.h"

#define IR_NFT_TABLE	"kpps"
#define IR_NFT_TABLE6	"kpps6"	/* on a bridge */

struct ir_nft_options {
	bool counters;		/* in every rule, as iptables has them; makes it linear */
	bool linear;		/* a rule per rule: no sets, no verdict maps */
	bool bridge;		/* of family bridge: for packets that are bridged */
	const char *flowtable[2];	/* interfaces whose established flows bypass the
					 * rules; NULL: none */
};

/*
 * ir_nft - text for `nft -f`, malloc'ed into *ret_text; "" when the ruleset has
 * no tables. @ir has been checked (parse_save does). It adds to what is there:
 * the caller puts "flush ruleset" before it.
 */
int ir_nft(const struct ir *ir, const struct ir_nft_options *opt, char **ret_text,
	   struct err *err);

#endif
