// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * target_log.c - LOG: count, and hand the frame to whoever listens. Level and
 * details are kept for iptables' sake: the listener gets the whole frame.
 */
#include <string.h>

#include "fw-under-test/engine/nft.h"
#include "fw-under-test/engine/target.h"

#define PREFIX_MAX 29

enum { PREFIX, LEVEL, DETAILS };

struct log_data {
	char prefix[PREFIX_MAX + 1];
	u8 level, details;	/* details: bit per name below */
};

static const char *const levels[] = {
	"emerg", "alert", "crit", "error", "warning", "notice", "info", "debug",
};
#define LEVEL_WARNING 4

static const char *const details[] = {
	"--log-tcp-sequence", "--log-tcp-options", "--log-ip-options", "--log-uid",
	"--log-macdecode",
};

static int parse_level(const struct rule_parse *rp, const char *text, u8 *ret)
{
	if (text[0] >= '0' && text[0] <= '7' && !text[1]) {
		*ret = (u8)(text[0] - '0');
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		if (strcmp(text, levels[i]) != 0)
			continue;
		*ret = (u8)i;
		return 0;
	}
	return parse_error(rp,
			   "unknown level \"%s\": known are emerg, alert, crit, error, warning, "
			   "notice, info, debug, 0 to 7",
			   text);
}

static int log_parse(const struct rule_parse *rp, void *data, u8 id, bool invert __unused,
		     char **args)
{
	struct log_data *d = data;
	size_t len;

	if (id == LEVEL)
		return parse_level(rp, args[0], &d->level);
	if (id >= DETAILS) {
		d->details |= (u8)(1U << (id - DETAILS));
		return 0;
	}
	len = strlen(args[0]);
	if (!len || len > PREFIX_MAX)
		return parse_error(rp, "bad prefix \"%.64s\": 1 to %d characters", args[0],
				   PREFIX_MAX);
	memcpy(d->prefix, args[0], len + 1);
	return 0;
}

static int log_check(const struct rule_parse *rp __unused, void *data, u32 seen)
{
	struct log_data *d = data;

	if (!(seen & (1U << LEVEL)))
		d->level = LEVEL_WARNING;
	return 0;
}

static void log_print(FILE *out, const void *data, int family __unused)
{
	const struct log_data *d = data;

	if (d->prefix[0]) {
		fputs(" --log-prefix ", out);
		print_quoted(out, d->prefix);
	}
	if (d->level != LEVEL_WARNING)
		fprintf(out, " --log-level %u", d->level);
	for (size_t i = 0; i < ARRAY_SIZE(details); i++)
		if (d->details & (1U << i))
			fprintf(out, " %s", details[i]);
}

static int log_eval(const void *data, struct rule_ctx *ctx, struct rule_worker *w)
{
	const struct log_data *d = data;

	w->log_lines++;
	if (w->log)
		w->log(w->log_arg, d->prefix, ctx->pkt->data, ctx->pkt->len, ctx->in_if,
		       ctx->out_if);
	return TARGET_CONTINUE;
}

/* In nftables' quotes "$" names a variable and nothing stands for a quote. */
static int log_nft(struct nft_rule *r, const void *data)
{
	static const char *const nft_levels[] = {
		"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug",
	};
	static const char *const flags[] = {
		"tcp sequence", "tcp options", "ip options", "skuid", "ether",
	};
	const struct log_data *d = data;

	if (strpbrk(d->prefix, "\"$"))
		return nft_cannot(r, "the prefix \"%s\", which has a quote or a $", d->prefix);
	fputs(" log", r->out);
	if (d->prefix[0])
		fprintf(r->out, " prefix \"%s\"", d->prefix);
	if (d->level != LEVEL_WARNING)
		fprintf(r->out, " level %s", nft_levels[d->level]);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (d->details & (1U << i))
			fprintf(r->out, " flags %s", flags[i]);
	return 0;
}

static const struct ext_option options[] = {
	{ "--log-prefix", PREFIX, 1, false }, { "--log-level", LEVEL, 1, false },
	{ "--log-tcp-sequence", DETAILS, 0, false }, { "--log-tcp-options", DETAILS + 1, 0, false },
	{ "--log-ip-options", DETAILS + 2, 0, false }, { "--log-uid", DETAILS + 3, 0, false },
	{ "--log-macdecode", DETAILS + 4, 0, false }, { NULL, 0, 0, false },
};

const struct target_ops target_log = {
	.ext = {
		.name = "LOG", .families = EXT_BOTH, .size = sizeof(struct log_data),
		.help = "count and report the packet, then go on", .options = options,
		.parse = log_parse, .check = log_check, .print = log_print,
	},
	.eval = log_eval, .nft = log_nft,
};
