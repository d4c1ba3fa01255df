// SPDX-License-Identifier: GPL-2.0-or-later
/* match_number.c - one number of the IP header: length, ttl, hl; and comment. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"

struct length_data {
	u16 lo, hi;
	bool invert;
};

static int length_parse(const struct rule_parse *rp, void *data, u8 id __unused, bool invert,
			char **args)
{
	const char *colon = strchr(args[0], ':');
	struct length_data *d = data;
	u32 lo = 0, hi = 0xffff;
	char head[16];
	int ret = 0;

	snprintf(head, sizeof(head), "%.*s",
		 (int)(colon ? min(colon - args[0], (ptrdiff_t)15) : 15), args[0]);
	if (*head || !colon)
		ret = parse_u32(rp, head, 0, 0xffff, &lo);
	if (!ret && colon && colon[1])
		ret = parse_u32(rp, colon + 1, 0, 0xffff, &hi);
	if (ret)
		return ret;
	if (!colon)
		hi = lo;
	if (lo > hi)
		return parse_error(rp, "bad length range \"%s\": it ends before it begins",
				   args[0]);
	d->lo = (u16)lo;
	d->hi = (u16)hi;
	d->invert = invert;
	return 0;
}

static int length_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "match \"length\" needs --length");
}

static void length_print(FILE *out, const void *data, int family __unused)
{
	const struct length_data *d = data;

	fprintf(out, "%s --length %u", d->invert ? " !" : "", d->lo);
	if (d->lo != d->hi)
		fprintf(out, ":%u", d->hi);
}

static bool length_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct length_data *d = data;
	u16 len = ctx->pkt->l3_len;

	return (len >= d->lo && len <= d->hi) != d->invert;
}

/* IPv6 counts the payload only: its header of 40 bytes is taken off both ends. */
static int length_nft(struct nft_rule *r, const void *data)
{
	const struct length_data *d = data;
	u16 header = r->ir->family == AF_INET6 ? 40 : 0;
	u16 lo = d->lo > header ? (u16)(d->lo - header) : 0;

	if (d->hi >= header)
		fprintf(r->out, " %s length%s %u-%u", nft_family(r), d->invert ? " !=" : "", lo,
			d->hi - header);
	else if (!d->invert)
		nft_never(r);
	return 0;
}

static const struct ext_option length_options[] = {
	{ "--length", 0, 1, true }, { NULL, 0, 0, false },
};

const struct match_ops match_length = {
	.ext = {
		.name = "length", .families = EXT_BOTH, .size = sizeof(struct length_data),
		.help = "length of the IP packet, header included", .options = length_options,
		.parse = length_parse, .check = length_check, .print = length_print,
	},
	.eval = length_eval, .nft = length_nft,
};

enum { EQ, LT, GT };

struct ttl_data {
	u8 mode, value;
	bool invert, given;
};

static int ttl_parse(const struct rule_parse *rp, void *data, u8 id, bool invert, char **args)
{
	struct ttl_data *d = data;
	u32 value;
	int ret;

	if (d->given)
		return parse_error(rp, "only one of -eq, -lt and -gt can be given");
	ret = parse_u32(rp, args[0], 0, 255, &value);
	if (ret)
		return ret;
	d->given = true;
	d->mode = id;
	d->invert = invert;
	d->value = (u8)value;
	return 0;
}

static int ttl_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "match \"ttl\" or \"hl\" needs -eq, -lt or -gt");
}

static void print_limit(FILE *out, const char *prefix, const struct ttl_data *d)
{
	static const char *const modes[] = { "eq", "lt", "gt" };

	fprintf(out, "%s --%s-%s %u", d->invert ? " !" : "", prefix, modes[d->mode], d->value);
}

static void ttl_print(FILE *out, const void *data, int family __unused)
{
	print_limit(out, "ttl", data);
}

static void hl_print(FILE *out, const void *data, int family __unused)
{
	print_limit(out, "hl", data);
}

static bool ttl_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct ttl_data *d = data;
	u8 ttl = ctx->pkt->ttl;

	switch (d->mode) {
	case LT:
		return ttl < d->value;
	case GT:
		return ttl > d->value;
	default:
		return (ttl == d->value) != d->invert;
	}
}

static int ttl_nft(struct nft_rule *r, const void *data)
{
	static const char *const modes[] = { "", " <", " >" };
	const char *name = r->ir->family == AF_INET ? "ip ttl" : "ip6 hoplimit";
	const struct ttl_data *d = data;

	if ((d->mode == LT && !d->value) || (d->mode == GT && d->value == 255))
		nft_never(r);
	else
		fprintf(r->out, " %s%s %u", name, d->invert ? " !=" : modes[d->mode], d->value);
	return 0;
}

static const struct ext_option ttl_options[] = {
	{ "--ttl-eq", EQ, 1, true }, { "--ttl", EQ, 1, true }, { "--ttl-lt", LT, 1, false },
	{ "--ttl-gt", GT, 1, false }, { NULL, 0, 0, false },
};

static const struct ext_option hl_options[] = {
	{ "--hl-eq", EQ, 1, true }, { "--hl", EQ, 1, true }, { "--hl-lt", LT, 1, false },
	{ "--hl-gt", GT, 1, false }, { NULL, 0, 0, false },
};

const struct match_ops match_ttl = {
	.ext = {
		.name = "ttl", .families = EXT_IPV4, .size = sizeof(struct ttl_data),
		.help = "time to live", .options = ttl_options,
		.parse = ttl_parse, .check = ttl_check, .print = ttl_print,
	},
	.eval = ttl_eval, .nft = ttl_nft,
};

const struct match_ops match_hl = {
	.ext = {
		.name = "hl", .families = EXT_IPV6, .size = sizeof(struct ttl_data),
		.help = "hop limit", .options = hl_options,
		.parse = ttl_parse, .check = ttl_check, .print = hl_print,
	},
	.eval = ttl_eval, .nft = ttl_nft,
};

#define COMMENT_MAX 255

struct comment_data {
	const char *text;
};

static int comment_parse(const struct rule_parse *rp, void *data, u8 id __unused,
			 bool invert __unused, char **args)
{
	struct comment_data *d = data;

	if (strlen(args[0]) > COMMENT_MAX)
		return parse_error(rp, "comment longer than %d characters: \"%.40s...\"",
				   COMMENT_MAX, args[0]);
	d->text = ir_strdup(rp->ir, args[0]);
	return d->text ? 0 : parse_error(rp, "no memory for the comment");
}

static int comment_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "match \"comment\" needs --comment");
}

static void comment_print(FILE *out, const void *data, int family __unused)
{
	const struct comment_data *d = data;

	fputs(" --comment ", out);
	print_quoted(out, d->text);
}

static bool comment_compile(const void *data __unused, struct fast_match *f __unused)
{
	return true;
}

static int comment_nft(struct nft_rule *r, const void *data)
{
	nft_comment(r, ((const struct comment_data *)data)->text);
	return 0;
}

static const struct ext_option comment_options[] = {
	{ "--comment", 0, 1, false }, { NULL, 0, 0, false },
};

const struct match_ops match_comment = {
	.ext = {
		.name = "comment", .families = EXT_BOTH, .size = sizeof(struct comment_data),
		.help = "a note for the reader; matches every packet", .options = comment_options,
		.parse = comment_parse, .check = comment_check, .print = comment_print,
	},
	.compile = comment_compile, .nft = comment_nft,
};
