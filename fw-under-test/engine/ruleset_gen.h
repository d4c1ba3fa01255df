/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ruleset_gen.h - rulesets of N rules of which only the last matches the
 * traffic of the scenarios: what a classifier's work costs as rules grow.
 */
#ifndef KPPS_FW_RULESET_GEN_H
#define KPPS_FW_RULESET_GEN_H

#define RULESET_GENERATE_MAX 10000000

/*
 * ruleset_generate - iptables-save text, malloc'ed into *ret_text, with @n
 * rules in the chain FORWARD of table filter, whose policy is DROP. Rules 1 to
 * n-1 accept one UDP port of one documentation or private address each, all
 * different; rule n accepts everything. With @n 0 the chain has no rule and the
 * policy ACCEPT. -EINVAL when @n is too large.
 */
int ruleset_generate(unsigned int n, int family, char **ret_text);

#endif
