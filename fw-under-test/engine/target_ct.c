// SPDX-License-Identifier: GPL-2.0-or-later
/* target_ct.c - CT --notrack, and its older name NOTRACK. */
#include "fw-under-test/engine/nft.h"
#include "fw-under-test/engine/target.h"

static int ct_parse(const struct rule_parse *rp __unused, void *data __unused, u8 id __unused,
		    bool invert __unused, char **args __unused)
{
	return 0;
}

static int ct_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "target \"CT\" needs --notrack");
}

static void ct_print(FILE *out, const void *data __unused, int family __unused)
{
	fputs(" --notrack", out);
}

static int notrack_eval(const void *data __unused, struct rule_ctx *ctx,
			struct rule_worker *w __unused)
{
	ctx->notrack = true;
	return TARGET_CONTINUE;
}

static int notrack_nft(struct nft_rule *r, const void *data __unused)
{
	fputs(" notrack", r->out);
	return 0;
}

static const struct ext_option options[] = {
	{ "--notrack", 0, 0, false }, { NULL, 0, 0, false },
};

const struct target_ops target_ct = {
	.ext = {
		.name = "CT", .families = EXT_BOTH, .tables = EXT_TABLE(TABLE_RAW),
		.conntrack = true, .help = "don't track the packet's connection",
		.options = options, .parse = ct_parse, .check = ct_check, .print = ct_print,
	},
	.eval = notrack_eval, .nft = notrack_nft,
};

const struct target_ops target_notrack = {
	.ext = {
		.name = "NOTRACK", .families = EXT_BOTH, .tables = EXT_TABLE(TABLE_RAW),
		.conntrack = true, .help = "the same as CT --notrack",
	},
	.eval = notrack_eval, .nft = notrack_nft,
};
