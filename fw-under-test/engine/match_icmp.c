// SPDX-License-Identifier: GPL-2.0-or-later
/* match_icmp.c - ICMP and ICMPv6 types and codes, by name or number. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"
#include "run/nearest.h"

#define TYPE_ANY 0xff	/* of ICMP only, as with iptables */

struct icmp_name {
	const char *name;
	u8 type, code_min, code_max;
};

static const struct icmp_name icmp_names[] = {
	{ "any", TYPE_ANY, 0, 255 },
	{ "echo-reply", 0, 0, 255 }, { "pong", 0, 0, 255 },
	{ "destination-unreachable", 3, 0, 255 }, { "network-unreachable", 3, 0, 0 },
	{ "host-unreachable", 3, 1, 1 }, { "protocol-unreachable", 3, 2, 2 },
	{ "port-unreachable", 3, 3, 3 }, { "fragmentation-needed", 3, 4, 4 },
	{ "source-route-failed", 3, 5, 5 }, { "network-unknown", 3, 6, 6 },
	{ "host-unknown", 3, 7, 7 }, { "network-prohibited", 3, 9, 9 },
	{ "host-prohibited", 3, 10, 10 }, { "TOS-network-unreachable", 3, 11, 11 },
	{ "TOS-host-unreachable", 3, 12, 12 }, { "communication-prohibited", 3, 13, 13 },
	{ "host-precedence-violation", 3, 14, 14 }, { "precedence-cutoff", 3, 15, 15 },
	{ "source-quench", 4, 0, 255 },
	{ "redirect", 5, 0, 255 }, { "network-redirect", 5, 0, 0 }, { "host-redirect", 5, 1, 1 },
	{ "TOS-network-redirect", 5, 2, 2 }, { "TOS-host-redirect", 5, 3, 3 },
	{ "echo-request", 8, 0, 255 }, { "ping", 8, 0, 255 },
	{ "router-advertisement", 9, 0, 255 }, { "router-solicitation", 10, 0, 255 },
	{ "time-exceeded", 11, 0, 255 }, { "ttl-exceeded", 11, 0, 255 },
	{ "ttl-zero-during-transit", 11, 0, 0 }, { "ttl-zero-during-reassembly", 11, 1, 1 },
	{ "parameter-problem", 12, 0, 255 }, { "ip-header-bad", 12, 0, 0 },
	{ "required-option-missing", 12, 1, 1 },
	{ "timestamp-request", 13, 0, 255 }, { "timestamp-reply", 14, 0, 255 },
	{ "address-mask-request", 17, 0, 255 }, { "address-mask-reply", 18, 0, 255 },
	{ NULL, 0, 0, 0 },
};

static const struct icmp_name icmp6_names[] = {
	{ "destination-unreachable", 1, 0, 255 }, { "no-route", 1, 0, 0 },
	{ "communication-prohibited", 1, 1, 1 }, { "beyond-scope", 1, 2, 2 },
	{ "address-unreachable", 1, 3, 3 }, { "port-unreachable", 1, 4, 4 },
	{ "failed-policy", 1, 5, 5 }, { "reject-route", 1, 6, 6 },
	{ "packet-too-big", 2, 0, 255 },
	{ "time-exceeded", 3, 0, 255 }, { "ttl-exceeded", 3, 0, 255 },
	{ "ttl-zero-during-transit", 3, 0, 0 }, { "ttl-zero-during-reassembly", 3, 1, 1 },
	{ "parameter-problem", 4, 0, 255 }, { "bad-header", 4, 0, 0 },
	{ "unknown-header-type", 4, 1, 1 }, { "unknown-option", 4, 2, 2 },
	{ "echo-request", 128, 0, 255 }, { "ping", 128, 0, 255 },
	{ "echo-reply", 129, 0, 255 }, { "pong", 129, 0, 255 },
	{ "mld-listener-query", 130, 0, 255 }, { "mld-listener-report", 131, 0, 255 },
	{ "mld-listener-done", 132, 0, 255 }, { "mld-listener-reduction", 132, 0, 255 },
	{ "router-solicitation", 133, 0, 255 }, { "router-advertisement", 134, 0, 255 },
	{ "neighbour-solicitation", 135, 0, 255 }, { "neighbor-solicitation", 135, 0, 255 },
	{ "neighbour-advertisement", 136, 0, 255 }, { "neighbor-advertisement", 136, 0, 255 },
	{ "redirect", 137, 0, 255 },
	{ NULL, 0, 0, 0 },
};

struct icmp_data {
	u8 type, code_min, code_max;
	bool any, invert;
};

/* "8", "3/4" */
static int parse_number(const struct rule_parse *rp, const char *text, struct icmp_data *d)
{
	const char *slash = strchr(text, '/');
	char head[16];
	u32 type, code;
	int ret;

	snprintf(head, sizeof(head), "%.*s", (int)(slash ? min(slash - text, (ptrdiff_t)15) : 15),
		 text);
	ret = parse_u32(rp, head, 0, 255, &type);
	if (ret)
		return ret;
	d->type = (u8)type;
	d->code_max = 255;
	if (!slash)
		return 0;
	ret = parse_u32(rp, slash + 1, 0, 255, &code);
	if (ret)
		return ret;
	d->code_min = d->code_max = (u8)code;
	return 0;
}

static int icmp_parse(const struct rule_parse *rp, void *data, u8 id, bool invert, char **args)
{
	const struct icmp_name *names = id ? icmp6_names : icmp_names;
	struct nearest n = { .word = args[0] };
	struct icmp_data *d = data;
	char hint[128];

	d->invert = invert;
	if (args[0][0] >= '0' && args[0][0] <= '9')
		return parse_number(rp, args[0], d);
	for (; names->name; names++) {
		nearest_offer(&n, names->name);
		if (strcmp(names->name, args[0]) != 0)
			continue;
		d->type = names->type;
		d->code_min = names->code_min;
		d->code_max = names->code_max;
		d->any = !id && names->type == TYPE_ANY;
		return 0;
	}
	return parse_error(rp, "unknown %s type \"%s\"%s expected a name, TYPE or TYPE/CODE",
			   id ? "ICMPv6" : "ICMP", args[0],
			   nearest_or_colon(&n, hint, sizeof(hint)));
}

static int icmp_check(const struct rule_parse *rp, void *data, u32 seen)
{
	struct icmp_data *d = data;

	if (!seen && rp->family == AF_INET)
		d->any = true;
	else if (!seen)
		return parse_error(rp, "match \"icmp6\" needs --icmpv6-type");
	return 0;
}

static void print_type(FILE *out, const char *option, const struct icmp_data *d)
{
	fprintf(out, "%s %s ", d->invert ? " !" : "", option);
	if (d->any)
		fputs("any", out);
	else if (d->code_min == d->code_max)
		fprintf(out, "%u/%u", d->type, d->code_min);
	else
		fprintf(out, "%u", d->type);
}

static void icmp_print(FILE *out, const void *data, int family __unused)
{
	print_type(out, "--icmp-type", data);
}

static void icmp6_print(FILE *out, const void *data, int family __unused)
{
	print_type(out, "--icmpv6-type", data);
}

/* Type and code are the source port of an ICMP packet. */
static bool icmp_compile(const void *data, struct fast_match *f)
{
	const struct icmp_data *d = data;
	u16 type = (u16)(d->type << 8);

	f->deny |= KEY_NO_L4;
	if (d->any && d->invert)
		f->never = true;
	if (d->any)
		return true;
	if (!fast_sport_free(f))
		return false;
	fast_sport(f, type | d->code_min, type | d->code_max, d->invert);
	return true;
}

static bool icmp_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct icmp_data *d = data;
	const struct pkt_view *pkt = ctx->pkt;
	u8 type = (u8)(pkt->sport >> 8), code = (u8)pkt->sport;

	if (pkt->fragment || !pkt->l4_ok)
		return false;
	return (d->any || (type == d->type && code >= d->code_min && code <= d->code_max)) !=
	       d->invert;
}

/* "! TYPE/CODE" is another type, or this type with another code. */
static int icmp_nft(struct nft_rule *r, const void *data)
{
	const struct icmp_data *d = data;
	const struct nft_range type = { .lo = { d->type }, .hi = { d->type } };
	const char *proto = nft_proto(r);

	if (d->any && d->invert)
		nft_never(r);
	else if (d->any)
		nft_l4(r);
	else if (d->code_min != d->code_max)
		nft_key(r, NFT_ICMP_TYPE, d->invert, &type, 1);
	else if (d->invert && nft_either(r, 2))
		fprintf(r->out, " %s type != %u", proto, d->type);
	else
		fprintf(r->out, " %s type %u %s code%s %u", proto, d->type, proto,
			d->invert ? " !=" : "", d->code_min);
	return 0;
}

static const struct ext_option icmp_options[] = {
	{ "--icmp-type", 0, 1, true }, { NULL, 0, 0, false },
};

static const struct ext_option icmp6_options[] = {
	{ "--icmpv6-type", 1, 1, true }, { NULL, 0, 0, false },
};

const struct match_ops match_icmp = {
	.ext = {
		.name = "icmp", .families = EXT_IPV4, .proto = 1, .size = sizeof(struct icmp_data),
		.help = "ICMP type and code", .options = icmp_options,
		.parse = icmp_parse, .check = icmp_check, .print = icmp_print,
	},
	.compile = icmp_compile, .eval = icmp_eval, .nft = icmp_nft,
};

const struct match_ops match_icmp6 = {
	.ext = {
		.name = "icmp6", .families = EXT_IPV6, .proto = 58,
		.size = sizeof(struct icmp_data), .help = "ICMPv6 type and code",
		.options = icmp6_options, .parse = icmp_parse, .check = icmp_check,
		.print = icmp6_print,
	},
	.compile = icmp_compile, .eval = icmp_eval, .nft = icmp_nft,
};
