// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * match_physdev.c - the bridge's ports that a packet came by and leaves by. A
 * packet that is routed has none: for it the match is true only where "!" stands
 * before each of its options, as in the kernel. So it is for every packet of the
 * bundled firewall.
 */
#include <errno.h>
#include <string.h>

#include "fw-under-test/engine/ir_bridge.h"
#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"

enum physdev_id { IN, OUT, ENDS };

struct physdev_data {
	const char *port[ENDS];	/* NULL: any; a last "+" means prefix */
	bool invert[ENDS];
};

static const char *const option_names[ENDS] = { "--physdev-in", "--physdev-out" };

static int physdev_parse(const struct rule_parse *rp, void *data, u8 id, bool invert, char **args)
{
	struct physdev_data *d = data;

	if (!*args[0] || strlen(args[0]) > IR_IF_NAME_MAX || strpbrk(args[0], " \t/!\""))
		return parse_error(rp, "bad interface name \"%.64s\" for %s", args[0],
				   option_names[id]);
	d->port[id] = ir_strdup(rp->ir, args[0]);
	d->invert[id] = invert;
	return d->port[id] ? 0 : parse_error(rp, "no memory for the interface name");
}

static int physdev_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "match \"physdev\" needs --physdev-in or --physdev-out");
}

static void physdev_print(FILE *out, const void *data, int family __unused)
{
	const struct physdev_data *d = data;

	for (int i = 0; i < ENDS; i++)
		if (d->port[i])
			fprintf(out, "%s %s %s", d->invert[i] ? " !" : "", option_names[i],
				d->port[i]);
}

static bool true_without_ports(const struct physdev_data *d)
{
	for (int i = 0; i < ENDS; i++)
		if (d->port[i] && !d->invert[i])
			return false;
	return true;
}

static bool physdev_compile(const void *data, struct fast_match *f)
{
	if (!true_without_ports(data))
		f->never = true;
	return true;
}

/* The bridge family's iifname is the port. */
static int physdev_nft(struct nft_rule *r, const void *data)
{
	static const enum nft_field fields[ENDS] = { NFT_IIF, NFT_OIF };
	const struct physdev_data *d = data;
	int ret = 0;

	if (!r->bridge) {
		if (!true_without_ports(d))
			nft_never(r);
		return 0;
	}
	for (int i = 0; i < ENDS && !ret; i++)
		if (d->port[i])
			ret = nft_interface(r, fields[i], d->port[i], d->invert[i]);
	return ret;
}

static const struct ext_option physdev_options[] = {
	{ "--physdev-in", IN, 1, true }, { "--physdev-out", OUT, 1, true }, { NULL, 0, 0, false },
};

const struct match_ops match_physdev = {
	.ext = {
		.name = "physdev", .families = EXT_BOTH, .size = sizeof(struct physdev_data),
		.help = "ports of a bridge", .options = physdev_options,
		.parse = physdev_parse, .check = physdev_check, .print = physdev_print,
	},
	.compile = physdev_compile, .nft = physdev_nft,
};

/* Before the other matches: where -i and -o are tested. */
int ir_rule_ports(struct ir *ir, struct ir_rule *rule, bool in, bool out)
{
	struct ir_match *m = ir_alloc(ir, sizeof(*m) + sizeof(struct physdev_data));
	struct physdev_data *d;

	if (!m)
		return -ENOMEM;
	d = (struct physdev_data *)m->data;
	m->ops = &match_physdev;
	if (in) {
		d->port[IN] = rule->in;
		d->invert[IN] = rule->invert & IR_NOT_IN;
		m->seen |= 1U << IN;
		rule->in = NULL;
		rule->invert &= (u8)~IR_NOT_IN;
	}
	if (out) {
		d->port[OUT] = rule->out;
		d->invert[OUT] = rule->invert & IR_NOT_OUT;
		m->seen |= 1U << OUT;
		rule->out = NULL;
		rule->invert &= (u8)~IR_NOT_OUT;
	}
	m->next = rule->matches;
	rule->matches = m;
	if (!m->next)
		rule->last_match = &m->next;
	return 0;
}
