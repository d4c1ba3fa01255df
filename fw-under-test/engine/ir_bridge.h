/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ir_bridge.h - a ruleset written for a firewall that routes, on one that
 * bridges. iptables sees a bridge's packets when br_netfilter hands them over; for
 * it all of them come in by the bridge itself, and their ports are the match
 * physdev. The bridge family of nftables sees the ports as they are.
 */
#ifndef KPPS_FW_IR_BRIDGE_H
#define KPPS_FW_IR_BRIDGE_H

#include "fw-under-test/engine/ir.h"

/* ir_bridge_check - -EOPNOTSUPP, and which rule, when one translates addresses: the
 * frame's MAC addresses would still be those of the way it was on. */
int ir_bridge_check(const struct ir *ir, struct err *err);
/*
 * ir_bridge_physdev - what -i and -o say of @ports (NULL ends), in a rule of @ir,
 * -m physdev says instead; other interfaces stay. -EOPNOTSUPP where it can't: what
 * the bridge sends itself has no port yet. @ir has been checked (parse_save does).
 */
int ir_bridge_physdev(struct ir *ir, const char *const *ports, struct err *err);

/* ir_rule_ports - of one rule (match_physdev.c): -i if @in, -o if @out; -ENOMEM. */
int ir_rule_ports(struct ir *ir, struct ir_rule *rule, bool in, bool out);

#endif
