/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_rules.h - a ruleset in the kernel. The same iptables-save file as the
 * bundled firewall loads goes in by iptables-restore (legacy or its nft
 * variant), or translated from the engine's IR to native nftables. What the
 * kernel then has is read back and compared with what was asked: the text of
 * every rule, or for native rules their number in each chain; and the policies.
 *
 * Variants are const ops in kernel_rules_backends[]. No state: any thread may
 * load into any namespace, one load per namespace at a time.
 */
#ifndef KPPS_NET_KERNEL_RULES_H
#define KPPS_NET_KERNEL_RULES_H

#include "lib/compiler.h"
#include "lib/err.h"

struct kernel_rules {
	const char *name[2];	/* IPv4, IPv6: the file, for messages; NULL: none of this family */
	const char *text[2];	/* iptables-save text */
	size_t len[2];
	bool flowtable;		/* native nftables: established flows bypass the rules, between
				 * the interfaces of run/world.h */
	bool counters;		/* native: in every rule, as iptables has them */
	bool linear;		/* native: no sets, no verdict maps */
	/* The interfaces of run/world.h are ports of a bridge. iptables: the rules say so by
	 * -m physdev, and br_netfilter must be on; native: of family bridge. Rules that
	 * can't be had there are refused: -EOPNOTSUPP. */
	bool bridge;
};

struct kernel_rules_backend {
	const char *name;	/* "legacy", "nft", "native" */
	const char *help;
	int (*probe)(struct err *err);
	/* load - replace all rules in namespace @netns, of all backends. @ret_loaded
	 * (malloc'ed, may be NULL): what was read back, for environment.json. */
	int (*load)(int netns, const struct kernel_rules *rules, char **ret_loaded,
		    struct err *err);
	/* flush - no rule is left. The kernel keeps the tables that legacy iptables once
	 * had until the namespace ends, and goes on visiting them: empty, but not free. */
	int (*flush)(int netns, struct err *err);
};

extern const struct kernel_rules_backend *const kernel_rules_backends[];	/* NULL ends */
const struct kernel_rules_backend *kernel_rules_backend(const char *name);	/* NULL: none */

/* kernel_rules_probe_bridge - can @b have rules for a bridge here? As ops.probe. */
int kernel_rules_probe_bridge(const struct kernel_rules_backend *b, struct err *err);

/*
 * kernel_conntrack_on - track connections in @netns, both families, with no rule
 * that asks for it. It adds a table of nftables with a rule about connections in a
 * chain that no packet comes to: the kernel tracks for as long as there is one, and
 * nothing else is paid for. load and flush take it away again.
 */
int kernel_conntrack_on(int netns, struct err *err);

#endif
