// SPDX-License-Identifier: GPL-2.0-or-later
/* target_reject.c - REJECT: which answer; reject.c makes it. */
#include <netinet/in.h>
#include <string.h>

#include "fw-under-test/engine/nft.h"
#include "fw-under-test/engine/target.h"
#include "run/nearest.h"

struct reject_data {
	u8 with;	/* enum reject_with */
};

static const struct reject_name {
	u8 family, with;
	const char *name, *alias, *nft;
} names[] = {
	{ AF_INET, REJECT_NET_UNREACH, "icmp-net-unreachable", "net-unreach",
	  "icmp net-unreachable" },
	{ AF_INET, REJECT_HOST_UNREACH, "icmp-host-unreachable", "host-unreach",
	  "icmp host-unreachable" },
	{ AF_INET, REJECT_PROTO_UNREACH, "icmp-proto-unreachable", "proto-unreach",
	  "icmp prot-unreachable" },
	{ AF_INET, REJECT_PORT_UNREACH, "icmp-port-unreachable", "port-unreach",
	  "icmp port-unreachable" },
	{ AF_INET, REJECT_NET_PROHIBITED, "icmp-net-prohibited", "net-prohib",
	  "icmp net-prohibited" },
	{ AF_INET, REJECT_HOST_PROHIBITED, "icmp-host-prohibited", "host-prohib",
	  "icmp host-prohibited" },
	{ AF_INET, REJECT_ADMIN_PROHIBITED, "icmp-admin-prohibited", "admin-prohib",
	  "icmp admin-prohibited" },
	{ AF_INET, REJECT_TCP_RESET, "tcp-reset", "tcp-rst", "tcp reset" },
	{ AF_INET6, REJECT6_NO_ROUTE, "icmp6-no-route", "no-route", "icmpv6 no-route" },
	{ AF_INET6, REJECT6_ADM_PROHIBITED, "icmp6-adm-prohibited", "adm-prohibited",
	  "icmpv6 admin-prohibited" },
	{ AF_INET6, REJECT6_ADDR_UNREACH, "icmp6-addr-unreachable", "addr-unreach",
	  "icmpv6 addr-unreachable" },
	{ AF_INET6, REJECT6_PORT_UNREACH, "icmp6-port-unreachable", "port-unreach",
	  "icmpv6 port-unreachable" },
	{ AF_INET6, REJECT6_POLICY_FAIL, "icmp6-policy-fail", "policy-fail",
	  "icmpv6 policy-fail" },
	{ AF_INET6, REJECT6_REJECT_ROUTE, "icmp6-reject-route", "reject-route",
	  "icmpv6 reject-route" },
	{ AF_INET6, REJECT6_TCP_RESET, "tcp-reset", "tcp-reset", "tcp reset" },
};

static int reject_parse(const struct rule_parse *rp, void *data, u8 id __unused,
			bool invert __unused, char **args)
{
	struct nearest n = { .word = args[0] };
	struct reject_data *d = data;
	char hint[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].family != rp->family)
			continue;
		nearest_offer(&n, names[i].name);
		if (strcmp(args[0], names[i].name) != 0 && strcmp(args[0], names[i].alias) != 0)
			continue;
		d->with = names[i].with;
		return 0;
	}
	return parse_error(rp, "unknown answer \"%s\" for --reject-with%s", args[0],
			   nearest_hint(&n, hint, sizeof(hint)));
}

static int reject_check(const struct rule_parse *rp, void *data, u32 seen)
{
	const struct ir_rule *r = rp->rule;
	struct reject_data *d = data;

	if (!seen)
		d->with = rp->family == AF_INET ? REJECT_PORT_UNREACH : REJECT6_PORT_UNREACH;
	if ((d->with == REJECT_TCP_RESET || d->with == REJECT6_TCP_RESET) &&
	    (r->proto != IPPROTO_TCP || r->invert & IR_NOT_PROTO))
		return parse_error(rp, "--reject-with tcp-reset needs -p tcp");
	return 0;
}

static void reject_print(FILE *out, const void *data, int family __unused)
{
	const struct reject_data *d = data;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].with == d->with)
			fprintf(out, " --reject-with %s", names[i].name);
}

static int reject_eval(const void *data, struct rule_ctx *ctx, struct rule_worker *w __unused)
{
	const struct reject_data *d = data;

	ctx->reject = d->with;
	return RULE_REJECT;
}

static int reject_nft(struct nft_rule *r, const void *data)
{
	const u32 can = EXT_HOOK(HOOK_PREROUTING) | EXT_HOOK(HOOK_INPUT);
	const struct reject_data *d = data;

	if (r->bridge && r->chain->hooks & ~can)
		return nft_cannot(r, "REJECT of bridged packets elsewhere than in PREROUTING "
				     "and INPUT: take DROP");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].with == d->with)
			fprintf(r->out, " reject with %s", names[i].nft);
	return 0;
}

static const struct ext_option options[] = {
	{ "--reject-with", 0, 1, false }, { NULL, 0, 0, false },
};

const struct target_ops target_reject = {
	.ext = {
		.name = "REJECT", .families = EXT_BOTH, .tables = EXT_TABLE(TABLE_FILTER),
		.size = sizeof(struct reject_data), .help = "drop, and answer with an error",
		.options = options, .parse = reject_parse, .check = reject_check,
		.print = reject_print,
	},
	.eval = reject_eval, .final = true, .nft = reject_nft,
};
