// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * target_nat.c - SNAT, DNAT, MASQUERADE, REDIRECT, NETMAP: what is asked for,
 * as a struct nat_range. nat.c finds the address and port.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/nft.h"
#include "fw-under-test/engine/target.h"

enum { TO, TO_PORTS, RANDOM, RANDOM_FULLY, PERSISTENT };

struct nat_data {
	struct nat_range range;
	bool random, random_fully;
};

static int need_ports(const struct rule_parse *rp)
{
	return rule_has_ports(rp->rule) ? 0 :
		parse_error(rp, "a port needs -p tcp, udp, udplite, sctp or dccp");
}

static int parse_ports(const struct rule_parse *rp, const char *text, struct nat_range *r)
{
	if (strchr(text, '/'))
		return parse_error(rp, "shifted port ranges as \"%s\" are not supported", text);
	r->has_port = true;
	return parse_port_range(rp, text, '-', &r->min_port, &r->max_port);
}

/* Where the port begins in a copy of "addr[-addr][:ports]"; brackets cut off. */
static int split_ports(const struct rule_parse *rp, char *text, char **ret_addrs, char **ret_ports)
{
	char *close;

	*ret_addrs = text;
	*ret_ports = NULL;
	if (rp->family == AF_INET6 && *text != '[' && *text != ':')
		return 0;
	if (rp->family == AF_INET6 && text[0] == ':' && text[1] == ':')
		return 0;
	if (*text == '[') {
		close = strchr(text, ']');
		if (!close || (close[1] && close[1] != ':'))
			return parse_error(rp, "bad address \"%s\": expected [ADDRESS]:PORT", text);
		*close = '\0';
		*ret_addrs = text + 1;
		*ret_ports = close[1] ? close + 2 : NULL;
		return 0;
	}
	close = strchr(text, ':');
	if (close) {
		*close = '\0';
		*ret_ports = close + 1;
	}
	return 0;
}

static int parse_to(const struct rule_parse *rp, const char *text, struct nat_range *r)
{
	char copy[128], *addrs, *ports;
	int ret;

	if (strlen(text) >= sizeof(copy))
		return parse_error(rp, "bad address range \"%.64s...\"", text);
	memcpy(copy, text, strlen(text) + 1);
	ret = split_ports(rp, copy, &addrs, &ports);
	if (!ret && ports)
		ret = parse_ports(rp, ports, r);
	if (ret || (!*addrs && ports))
		return ret;
	r->has_addr = true;
	return parse_addr_range(rp, addrs, &r->min_addr, &r->max_addr);
}

static int nat_parse(const struct rule_parse *rp, void *data, u8 id, bool invert __unused,
		     char **args)
{
	struct nat_data *d = data;

	switch (id) {
	case TO:
		return parse_to(rp, args[0], &d->range);
	case TO_PORTS:
		return parse_ports(rp, args[0], &d->range);
	case RANDOM:
		d->random = true;
		break;
	case RANDOM_FULLY:
		d->random_fully = true;
		break;
	default:
		d->range.persistent = true;
	}
	d->range.random = d->random || d->random_fully;
	return 0;
}

static int netmap_parse(const struct rule_parse *rp, void *data, u8 id __unused,
			bool invert __unused, char **args)
{
	struct nat_data *d = data;
	struct ir_addr a;
	int ret = parse_addr_mask(rp, args[0], &a);

	if (ret)
		return ret;
	d->range.has_addr = true;
	d->range.min_addr = a.addr;
	d->range.max_addr = a.mask;
	return 0;
}

/* Shared by all: the kind follows from the target. */
static int nat_check(const struct rule_parse *rp, void *data, u32 seen)
{
	const struct target_ops *ops = rp->rule->target;
	struct nat_data *d = data;

	if (ops == &target_snat)
		d->range.kind = NAT_SNAT;
	else if (ops == &target_dnat)
		d->range.kind = NAT_DNAT;
	else if (ops == &target_masquerade)
		d->range.kind = NAT_MASQUERADE;
	else if (ops == &target_redirect)
		d->range.kind = NAT_REDIRECT;
	else
		d->range.kind = NAT_NETMAP;
	if (!(seen & (1U << TO)) && ops != &target_masquerade && ops != &target_redirect)
		return parse_error(rp, "target \"%s\" needs %s", ops->ext.name,
				   ops->ext.options[0].name);
	return d->range.has_port ? need_ports(rp) : 0;
}

static void print_ports(FILE *out, const struct nat_range *r)
{
	fprintf(out, "%u", r->min_port);
	if (r->min_port != r->max_port)
		fprintf(out, "-%u", r->max_port);
}

static void print_flags(FILE *out, const struct nat_data *d)
{
	if (d->random)
		fputs(" --random", out);
	if (d->random_fully)
		fputs(" --random-fully", out);
	if (d->range.persistent)
		fputs(" --persistent", out);
}

static void nat_print(FILE *out, const void *data, int family)
{
	const struct nat_data *d = data;
	const struct nat_range *r = &d->range;
	bool brackets = family == AF_INET6 && r->has_port && r->has_addr;

	fprintf(out, " --to-%s %s", r->kind == NAT_SNAT ? "source" : "destination",
		brackets ? "[" : "");
	if (r->has_addr)
		print_addr(out, family, &r->min_addr);
	if (r->has_addr && addr_compare(family, &r->min_addr, &r->max_addr)) {
		fputc('-', out);
		print_addr(out, family, &r->max_addr);
	}
	if (brackets)
		fputc(']', out);
	if (r->has_port) {
		fputc(':', out);
		print_ports(out, r);
	}
	print_flags(out, d);
}

static void ports_print(FILE *out, const void *data, int family __unused)
{
	const struct nat_data *d = data;

	if (d->range.has_port) {
		fputs(" --to-ports ", out);
		print_ports(out, &d->range);
	}
	print_flags(out, d);
}

static void netmap_print(FILE *out, const void *data, int family)
{
	const struct nat_data *d = data;
	struct ir_addr a = { .addr = d->range.min_addr, .mask = d->range.max_addr };

	fputs(" --to ", out);
	print_addr_mask(out, family, &a);
}

static int nat_eval(const void *data, struct rule_ctx *ctx, struct rule_worker *w __unused)
{
	const struct nat_data *d = data;

	ctx->nat = d->range;
	return RULE_NAT;
}

/* " to A-B:P-Q", of which only the given parts. */
static void nft_to(struct nft_rule *r, const struct nat_range *range)
{
	int family = r->ir->family;
	bool brackets = family == AF_INET6 && range->has_port;
	const char *open = brackets ? "[" : "", *close = brackets ? "]" : "";

	if (!range->has_addr && !range->has_port)
		return;
	fputs(" to ", r->out);
	if (range->has_addr) {
		fputs(open, r->out);
		print_addr(r->out, family, &range->min_addr);
		fputs(close, r->out);
	}
	if (range->has_addr && addr_compare(family, &range->min_addr, &range->max_addr)) {
		fprintf(r->out, "-%s", open);
		print_addr(r->out, family, &range->max_addr);
		fputs(close, r->out);
	}
	if (range->has_port) {
		fputc(':', r->out);
		print_ports(r->out, range);
	}
}

static int nat_nft(struct nft_rule *r, const void *data)
{
	static const char *const names[] = {
		[NAT_SNAT] = "snat", [NAT_DNAT] = "dnat", [NAT_MASQUERADE] = "masquerade",
		[NAT_REDIRECT] = "redirect",
	};
	const struct nat_data *d = data;
	const bool given[] = { d->random, d->random_fully, d->range.persistent };
	static const char *const flags[] = { "random", "fully-random", "persistent" };
	const char *separator = " ";

	fprintf(r->out, " %s", names[d->range.kind]);
	nft_to(r, &d->range);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!given[i])
			continue;
		fprintf(r->out, "%s%s", separator, flags[i]);
		separator = ",";
	}
	return 0;
}

/* Which end is translated depends on the hook. */
static int netmap_nft(struct nft_rule *r, const void *data)
{
	const u32 dst = EXT_HOOK(HOOK_PREROUTING) | EXT_HOOK(HOOK_OUTPUT);
	const struct nat_data *d = data;
	struct ir_addr a = { .addr = d->range.min_addr, .mask = d->range.max_addr };
	u32 hooks = r->chain->hooks;

	if (hooks & dst && hooks & ~dst)
		return nft_cannot(r, "NETMAP in a chain that translates sources and destinations, "
				  "according to where it is reached from");
	if (!nft_is_prefix(r, &a))
		return nft_cannot(r, "NETMAP to a network whose mask has holes");
	nft_addr_mask(r, hooks & dst || !hooks ? "dnat prefix to" : "snat prefix to", false, &a);
	return 0;
}

#define RANDOM_OPTIONS \
	{ "--random", RANDOM, 0, false }, { "--random-fully", RANDOM_FULLY, 0, false }

static const struct ext_option snat_options[] = {
	{ "--to-source", TO, 1, false }, RANDOM_OPTIONS,
	{ "--persistent", PERSISTENT, 0, false }, { NULL, 0, 0, false },
};

static const struct ext_option dnat_options[] = {
	{ "--to-destination", TO, 1, false }, { "--random", RANDOM, 0, false },
	{ "--persistent", PERSISTENT, 0, false }, { NULL, 0, 0, false },
};

static const struct ext_option masquerade_options[] = {
	{ "--to-ports", TO_PORTS, 1, false }, RANDOM_OPTIONS, { NULL, 0, 0, false },
};

static const struct ext_option redirect_options[] = {
	{ "--to-ports", TO_PORTS, 1, false }, { "--random", RANDOM, 0, false },
	{ NULL, 0, 0, false },
};

static const struct ext_option netmap_options[] = {
	{ "--to", TO, 1, false }, { NULL, 0, 0, false },
};

#define COMMON \
	.families = EXT_BOTH, .tables = EXT_TABLE(TABLE_NAT), .conntrack = true, \
	.size = sizeof(struct nat_data), .check = nat_check

const struct target_ops target_snat = {
	.ext = {
		COMMON, .name = "SNAT", .help = "translate the source address",
		.hooks = EXT_HOOK(HOOK_POSTROUTING) | EXT_HOOK(HOOK_INPUT),
		.options = snat_options, .parse = nat_parse, .print = nat_print,
	},
	.eval = nat_eval, .final = true, .nft = nat_nft,
};

const struct target_ops target_dnat = {
	.ext = {
		COMMON, .name = "DNAT", .help = "translate the destination address",
		.hooks = EXT_HOOK(HOOK_PREROUTING) | EXT_HOOK(HOOK_OUTPUT),
		.options = dnat_options, .parse = nat_parse, .print = nat_print,
	},
	.eval = nat_eval, .final = true, .nft = nat_nft,
};

const struct target_ops target_masquerade = {
	.ext = {
		COMMON, .name = "MASQUERADE",
		.help = "translate the source to the outgoing interface's address",
		.hooks = EXT_HOOK(HOOK_POSTROUTING),
		.options = masquerade_options, .parse = nat_parse, .print = ports_print,
	},
	.eval = nat_eval, .final = true, .nft = nat_nft,
};

const struct target_ops target_redirect = {
	.ext = {
		COMMON, .name = "REDIRECT", .help = "send to the firewall itself",
		.hooks = EXT_HOOK(HOOK_PREROUTING) | EXT_HOOK(HOOK_OUTPUT),
		.options = redirect_options, .parse = nat_parse, .print = ports_print,
	},
	.eval = nat_eval, .final = true, .nft = nat_nft,
};

const struct target_ops target_netmap = {
	.ext = {
		COMMON, .name = "NETMAP", .help = "translate a network to another, host part kept",
		.options = netmap_options, .parse = netmap_parse, .print = netmap_print,
	},
	.eval = nat_eval, .final = true, .nft = netmap_nft,
};
