/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_rules.h - a ruleset in the kernel. The same iptables-save file as the
 * bundled firewall loads goes in by iptables-restore (legacy or its nft
 * variant), or translated from the engine's IR to native nftables. What the
 * kernel then has is read back and compared with what was asked.
 *
 * Variants are const ops in kernel_rules_backends[].
 */
#ifndef KPPS_NET_KERNEL_RULES_H
#define KPPS_NET_KERNEL_RULES_H

#include "lib/compiler.h"
#include "lib/err.h"

struct kernel_rules {
	const char *name[2];	/* IPv4, IPv6: the file, for messages; NULL: none of this family */
	const char *text[2];	/* iptables-save text */
	size_t len[2];
	bool flowtable;		/* native nftables: established flows bypass the rules */
};

struct kernel_rules_backend {
	const char *name;	/* "legacy", "nft", "native" */
	const char *help;
	int (*probe)(struct err *err);
	/* load - replace all rules in namespace @netns. @ret_loaded (malloc'ed, may be
	 * NULL): what was read back, for environment.json. */
	int (*load)(int netns, const struct kernel_rules *rules, char **ret_loaded,
		    struct err *err);
	int (*flush)(int netns, struct err *err);
};

extern const struct kernel_rules_backend *const kernel_rules_backends[];	/* NULL ends */
const struct kernel_rules_backend *kernel_rules_backend(const char *name);

/* kernel_conntrack_on - track connections in @netns with no rule that asks for it. */
int kernel_conntrack_on(int netns, struct err *err);

#endif
