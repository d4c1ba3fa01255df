// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel_rules_legacy.c - rules by legacy iptables: x_tables in the kernel. */
#include "run/net/kernel_rules_parts.h"

static int legacy_probe(struct err *err)
{
	return xt_probe(XT_LEGACY, err);
}

static int legacy_load(int netns, const struct kernel_rules *rules, char **ret_loaded,
		       struct err *err)
{
	return xt_load(XT_LEGACY, netns, rules, ret_loaded, err);
}

static int legacy_flush(int netns, struct err *err)
{
	return xt_flush(XT_LEGACY, netns, err);
}

const struct kernel_rules_backend kernel_rules_legacy = {
	.name = "legacy", .help = "iptables-legacy-restore: x_tables",
	.probe = legacy_probe, .load = legacy_load, .flush = legacy_flush,
};
