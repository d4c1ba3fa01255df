// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * target_mark.c - MARK and CONNMARK: change the mark of the packet, of the
 * connection, or copy one to the other. Every way of setting is one operation:
 * mark = (mark & ~mask) ^ value.
 */
#include "fw-under-test/engine/nft.h"
#include "fw-under-test/engine/target.h"

enum { SET_XMARK, SET_MARK, AND_MARK, OR_MARK, XOR_MARK, SAVE, RESTORE, NFMASK, CTMASK, MASK };

#define SEEN(id) (1U << (id))
#define OPERATIONS (SEEN(NFMASK) - 1)	/* the ids below it */

struct mark_data {
	u8 mode;		/* SET_XMARK, SAVE, RESTORE */
	bool given;
	u32 value, mask;
	u32 nfmask, ctmask;
};

static int set_operation(const struct rule_parse *rp, struct mark_data *d, u8 id, const char *text)
{
	u32 value, mask;
	int ret = parse_mark(rp, text, &value, &mask);

	if (ret)
		return ret;
	if (mask != 0xffffffff && id != SET_XMARK && id != SET_MARK)
		return parse_error(rp, "\"%s\": --and-mark, --or-mark and --xor-mark take no mask",
				   text);
	d->mode = SET_XMARK;
	d->value = id == AND_MARK ? 0 : value;
	switch (id) {
	case SET_XMARK:
		d->mask = mask;
		break;
	case SET_MARK:
		d->mask = mask == 0xffffffff ? mask : mask | value;
		break;
	case AND_MARK:
		d->mask = ~value;
		break;
	case OR_MARK:
		d->mask = value;
		break;
	default:
		d->mask = 0;
	}
	return 0;
}

static int mark_parse(const struct rule_parse *rp, void *data, u8 id, bool invert __unused,
		      char **args)
{
	struct mark_data *d = data;

	if (id < NFMASK && d->given)
		return parse_error(rp, "only one of the ways to set a mark can be given");
	if (id < NFMASK)
		d->given = true;
	if (id < SAVE)
		return set_operation(rp, d, id, args[0]);
	if (id == SAVE || id == RESTORE) {
		d->mode = id;
		return 0;
	}
	return parse_u32(rp, args[0], 0, 0xffffffff, id == CTMASK ? &d->ctmask : &d->nfmask);
}

static int mark_check(const struct rule_parse *rp, void *data, u32 seen)
{
	struct mark_data *d = data;

	if (!(seen & OPERATIONS))
		return parse_error(rp,
				   "target \"%s\" needs to be told what to do, as by --set-xmark",
				   rp->rule->target->ext.name);
	if (d->mode == SET_XMARK && seen & ~OPERATIONS)
		return parse_error(rp, "masks of their own are for --save-mark and --restore-mark");
	if (seen & SEEN(MASK) && seen & (SEEN(NFMASK) | SEEN(CTMASK)))
		return parse_error(
			rp, "--mask stands for --nfmask and --ctmask: give one or the others");
	if (seen & SEEN(MASK))
		d->ctmask = d->nfmask;
	if (!(seen & (SEEN(MASK) | SEEN(NFMASK))))
		d->nfmask = 0xffffffff;
	if (!(seen & (SEEN(MASK) | SEEN(CTMASK))))
		d->ctmask = 0xffffffff;
	return 0;
}

static void mark_print(FILE *out, const void *data, int family __unused)
{
	const struct mark_data *d = data;

	if (d->mode == SET_XMARK)
		fprintf(out, " --set-xmark 0x%x/0x%x", d->value, d->mask);
	else
		fprintf(out, " --%s-mark --nfmask 0x%x --ctmask 0x%x",
			d->mode == SAVE ? "save" : "restore", d->nfmask, d->ctmask);
}

static int mark_eval(const void *data, struct rule_ctx *ctx, struct rule_worker *w __unused)
{
	const struct mark_data *d = data;

	ctx->mark = (ctx->mark & ~d->mask) ^ d->value;
	return TARGET_CONTINUE;
}

static int connmark_eval(const void *data, struct rule_ctx *ctx, struct rule_worker *w __unused)
{
	const struct mark_data *d = data;
	u32 *ctmark = ctx->ctmark;

	if (!ctmark)
		return TARGET_CONTINUE;
	if (d->mode == SET_XMARK)
		*ctmark = (*ctmark & ~d->mask) ^ d->value;
	else if (d->mode == SAVE)
		*ctmark = (*ctmark & ~d->ctmask) ^ (ctx->mark & d->nfmask);
	else
		ctx->mark = (ctx->mark & ~d->nfmask) ^ (*ctmark & d->ctmask);
	return TARGET_CONTINUE;
}

static int mark_nft(struct nft_rule *r, const void *data)
{
	const struct mark_data *d = data;

	fputc(' ', r->out);
	nft_mark_set(r->out, "meta", d->value, d->mask);
	return 0;
}

static void mark_bits(const void *data, u32 *mark, u32 *ctmark __unused)
{
	*mark |= ((const struct mark_data *)data)->value;
}

static void connmark_bits(const void *data, u32 *mark, u32 *ctmark)
{
	const struct mark_data *d = data;

	if (d->mode == SET_XMARK)
		*ctmark |= d->value;
	else if (d->mode == SAVE)
		*ctmark |= *mark & d->nfmask;
	else
		*mark |= *ctmark & d->ctmask;
}

/*
 * The copy in a chain of its own, bit by bit, for nftables 1.0.6 combines a
 * register with constants only. Without a connection nothing may change.
 */
static void copy_bits(struct nft_rule *r, const char *to, u32 to_mask, const char *from,
		      u32 from_mask)
{
	const char *table = ir_table_name((enum table)r->chain->table);

	fprintf(r->out, " jump %s-mark-%u", table, r->rule->line);
	fprintf(r->chains, "\tchain %s-mark-%u {\n\t\tct state invalid,untracked return\n\t\t",
		table, r->rule->line);
	nft_mark_set(r->chains, to, 0, to_mask);
	for (u32 bit = 1; bit; bit <<= 1) {
		if (!(from_mask & bit))
			continue;
		fprintf(r->chains, "\n\t\t%s mark & 0x%x != 0 ", from, bit);
		nft_mark_set(r->chains, to, bit, 0);
	}
	fputs("\n\t}\n", r->chains);
}

/* to = (to & ~to_mask) ^ (from & from_mask); most often nothing of "to" is left. */
static int connmark_nft(struct nft_rule *r, const void *data)
{
	const struct mark_data *d = data;
	bool save = d->mode == SAVE;
	u32 to_mask = save ? d->ctmask : d->nfmask, from_mask = save ? d->nfmask : d->ctmask;
	const char *to = save ? "ct" : "meta", *from = save ? "meta" : "ct";

	if (d->mode == SET_XMARK) {
		fputc(' ', r->out);
		nft_mark_set(r->out, "ct", d->value, d->mask);
	} else if ((save ? r->ctmark_bits : r->mark_bits) & ~to_mask) {
		copy_bits(r, to, to_mask, from, from_mask);
	} else if (from_mask == 0xffffffff) {
		fprintf(r->out, " %s mark set %s mark", to, from);
	} else {
		fprintf(r->out, " %s mark set %s mark & 0x%x", to, from, from_mask);
	}
	return 0;
}

#define SET_OPTIONS \
	{ "--set-xmark", SET_XMARK, 1, false }, { "--set-mark", SET_MARK, 1, false }, \
	{ "--and-mark", AND_MARK, 1, false }, { "--or-mark", OR_MARK, 1, false }, \
	{ "--xor-mark", XOR_MARK, 1, false }

static const struct ext_option mark_options[] = {
	SET_OPTIONS, { NULL, 0, 0, false },
};

static const struct ext_option connmark_options[] = {
	SET_OPTIONS, { "--save-mark", SAVE, 0, false }, { "--restore-mark", RESTORE, 0, false },
	{ "--nfmask", NFMASK, 1, false }, { "--ctmask", CTMASK, 1, false },
	{ "--mask", MASK, 1, false }, { NULL, 0, 0, false },
};

const struct target_ops target_mark = {
	.ext = {
		.name = "MARK", .families = EXT_BOTH, .size = sizeof(struct mark_data),
		.help = "change the packet's mark", .options = mark_options,
		.parse = mark_parse, .check = mark_check, .print = mark_print,
	},
	.eval = mark_eval, .nft = mark_nft, .mark_bits = mark_bits,
};

const struct target_ops target_connmark = {
	.ext = {
		.name = "CONNMARK", .families = EXT_BOTH, .size = sizeof(struct mark_data),
		.conntrack = true, .help = "change the connection's mark, or copy it",
		.options = connmark_options, .parse = mark_parse, .check = mark_check,
		.print = mark_print,
	},
	.eval = connmark_eval, .nft = connmark_nft, .mark_bits = connmark_bits,
};
