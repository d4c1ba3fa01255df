// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel_rules_nft.c - rules by iptables' nft variant: nftables in the kernel,
 * rule by rule, with x_tables' matches and targets where it knows no better.
 */
#include "run/net/kernel_rules_parts.h"

static int nft_variant_probe(struct err *err)
{
	return xt_probe(XT_NFT, err);
}

static int nft_variant_load(int netns, const struct kernel_rules *rules, char **ret_loaded,
			    struct err *err)
{
	return xt_load(XT_NFT, netns, rules, ret_loaded, err);
}

/* nft takes the tables away too; iptables alone can only empty them. */
static int nft_variant_flush(int netns, struct err *err)
{
	return child_find("nft", NULL, 0) ? xt_flush(XT_NFT, netns, err) : nft_flush(netns, err);
}

const struct kernel_rules_backend kernel_rules_nft = {
	.name = "nft", .help = "iptables-nft-restore: nftables as iptables writes it",
	.probe = nft_variant_probe, .load = nft_variant_load, .flush = nft_variant_flush,
};
