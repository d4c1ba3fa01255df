// SPDX-License-Identifier: GPL-2.0-or-later
/* match_addr.c - iprange and mac: addresses that are no prefix. */
#include <stdio.h>
#include <string.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"

enum { SRC, DST };

struct iprange_data {
	bool given[2], invert[2];
	union fw_addr lo[2], hi[2];
};

static int iprange_parse(const struct rule_parse *rp, void *data, u8 id, bool invert, char **args)
{
	struct iprange_data *d = data;

	d->given[id] = true;
	d->invert[id] = invert;
	return parse_addr_range(rp, args[0], &d->lo[id], &d->hi[id]);
}

static int iprange_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "match \"iprange\" needs --src-range or --dst-range");
}

static void iprange_print(FILE *out, const void *data, int family)
{
	static const char *const names[] = { "--src-range", "--dst-range" };
	const struct iprange_data *d = data;

	for (unsigned int i = 0; i < 2; i++) {
		if (!d->given[i])
			continue;
		fprintf(out, "%s %s ", d->invert[i] ? " !" : "", names[i]);
		print_addr(out, family, &d->lo[i]);
		fputc('-', out);
		print_addr(out, family, &d->hi[i]);
	}
}

static bool iprange_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct iprange_data *d = data;
	const struct pkt_view *pkt = ctx->pkt;
	const union fw_addr *addr[2] = { &pkt->src, &pkt->dst };

	for (unsigned int i = 0; i < 2; i++) {
		bool in = addr_compare(pkt->family, addr[i], &d->lo[i]) >= 0 &&
			  addr_compare(pkt->family, addr[i], &d->hi[i]) <= 0;

		if (d->given[i] && in == d->invert[i])
			return false;
	}
	return true;
}

static int iprange_nft(struct nft_rule *r, const void *data)
{
	const struct iprange_data *d = data;

	for (unsigned int i = 0; i < 2; i++)
		if (d->given[i])
			nft_addr_range(r, i == SRC ? NFT_SADDR : NFT_DADDR, d->invert[i],
				       &d->lo[i], &d->hi[i]);
	return 0;
}

static const struct ext_option iprange_options[] = {
	{ "--src-range", SRC, 1, true }, { "--dst-range", DST, 1, true },
	{ NULL, 0, 0, false },
};

const struct match_ops match_iprange = {
	.ext = {
		.name = "iprange", .families = EXT_BOTH, .size = sizeof(struct iprange_data),
		.help = "source or destination from one address to another",
		.options = iprange_options, .parse = iprange_parse, .check = iprange_check,
		.print = iprange_print,
	},
	.eval = iprange_eval, .nft = iprange_nft,
};

struct mac_data {
	u8 mac[6];
	bool invert;
};

static int mac_parse(const struct rule_parse *rp, void *data, u8 id __unused, bool invert,
		     char **args)
{
	struct mac_data *d = data;
	u8 *m = d->mac;
	int end = 0;

	d->invert = invert;
	if (sscanf(args[0], "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &m[0], &m[1], &m[2], &m[3],
		   &m[4], &m[5], &end) != 6 || end != 17 || args[0][17])
		return parse_error(rp, "bad MAC address \"%s\": expected six bytes as "
				   "02:00:00:00:00:01", args[0]);
	return 0;
}

static int mac_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "match \"mac\" needs --mac-source");
}

static void mac_print(FILE *out, const void *data, int family __unused)
{
	const struct mac_data *d = data;
	const u8 *m = d->mac;

	fprintf(out, "%s --mac-source %02x:%02x:%02x:%02x:%02x:%02x", d->invert ? " !" : "", m[0],
		m[1], m[2], m[3], m[4], m[5]);
}

static bool mac_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct mac_data *d = data;

	return (ctx->pkt->l3_off >= 14 && !memcmp(ctx->pkt->data + 6, d->mac, 6)) != d->invert;
}

static int mac_nft(struct nft_rule *r, const void *data)
{
	const struct mac_data *d = data;
	const u8 *m = d->mac;

	fprintf(r->out, " ether saddr%s %02x:%02x:%02x:%02x:%02x:%02x", d->invert ? " !=" : "",
		m[0], m[1], m[2], m[3], m[4], m[5]);
	return 0;
}

static const struct ext_option mac_options[] = {
	{ "--mac-source", 0, 1, true }, { NULL, 0, 0, false },
};

const struct match_ops match_mac = {
	.ext = {
		.name = "mac", .families = EXT_BOTH, .size = sizeof(struct mac_data),
		.hooks = EXT_HOOK(HOOK_PREROUTING) | EXT_HOOK(HOOK_INPUT) | EXT_HOOK(HOOK_FORWARD),
		.help = "source MAC address", .options = mac_options,
		.parse = mac_parse, .check = mac_check, .print = mac_print,
	},
	.eval = mac_eval, .nft = mac_nft,
};
