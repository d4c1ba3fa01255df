// SPDX-License-Identifier: GPL-2.0-or-later
/* match_mark.c - the mark of the packet, and of its connection. */
#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"

struct mark_data {
	u32 value, mask;
	bool invert;
};

static int mark_parse(const struct rule_parse *rp, void *data, u8 id __unused, bool invert,
		      char **args)
{
	struct mark_data *d = data;

	d->invert = invert;
	return parse_mark(rp, args[0], &d->value, &d->mask);
}

static int mark_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "match \"mark\" or \"connmark\" needs --mark");
}

static void mark_print(FILE *out, const void *data, int family __unused)
{
	const struct mark_data *d = data;

	fprintf(out, "%s --mark 0x%x", d->invert ? " !" : "", d->value);
	if (d->mask != 0xffffffff)
		fprintf(out, "/0x%x", d->mask);
}

static bool mark_compile(const void *data, struct fast_match *f)
{
	const struct mark_data *d = data;

	if (d->invert && !(d->value & ~d->mask)) {
		f->not_mark = d->value;
		f->not_mask = d->mask;
	}
	if (d->invert || f->mark_mask)
		return false;
	if (d->value & ~d->mask)
		f->never = true;
	f->mark = d->value;
	f->mark_mask = d->mask;
	return true;
}

static bool mark_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct mark_data *d = data;

	return ((ctx->mark & d->mask) == d->value) != d->invert;
}

static bool connmark_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct mark_data *d = data;

	return ctx->ctmark && ((*ctx->ctmark & d->mask) == d->value) != d->invert;
}

/* True for all or none, whatever the mark is? */
static bool mark_is_fixed(const struct mark_data *d, bool *ret_match)
{
	*ret_match = d->invert != !(d->value & ~d->mask);
	return !d->mask || d->value & ~d->mask;
}

static void nft_mark(struct nft_rule *r, const char *what, const struct mark_data *d)
{
	fprintf(r->out, " %s mark", what);
	if (d->mask != 0xffffffff)
		fprintf(r->out, " & 0x%x %s 0x%x", d->mask, d->invert ? "!=" : "==", d->value);
	else
		fprintf(r->out, "%s 0x%x", d->invert ? " !=" : "", d->value);
}

static int mark_nft(struct nft_rule *r, const void *data)
{
	bool match;

	if (!mark_is_fixed(data, &match))
		nft_mark(r, "meta", data);
	else if (!match)
		nft_never(r);
	return 0;
}

static int connmark_nft(struct nft_rule *r, const void *data)
{
	bool match;

	if (!mark_is_fixed(data, &match))
		nft_mark(r, "ct", data);
	else if (match)
		nft_tracked(r);
	else
		nft_never(r);
	return 0;
}

static const struct ext_option mark_options[] = {
	{ "--mark", 0, 1, true }, { NULL, 0, 0, false },
};

const struct match_ops match_mark = {
	.ext = {
		.name = "mark", .families = EXT_BOTH, .size = sizeof(struct mark_data),
		.help = "the packet's mark", .options = mark_options,
		.parse = mark_parse, .check = mark_check, .print = mark_print,
	},
	.compile = mark_compile, .eval = mark_eval, .nft = mark_nft,
};

const struct match_ops match_connmark = {
	.ext = {
		.name = "connmark", .families = EXT_BOTH, .conntrack = true,
		.size = sizeof(struct mark_data), .help = "the connection's mark",
		.options = mark_options, .parse = mark_parse, .check = mark_check,
		.print = mark_print,
	},
	.eval = connmark_eval, .nft = connmark_nft,
};
