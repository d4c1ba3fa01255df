// SPDX-License-Identifier: GPL-2.0-or-later
/* match_port.c - tcp, udp and multiport. */
#include <string.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"

enum { SPORT, DPORT, FLAGS, SYN, TCP_OPTION };

struct port_data {
	u16 sport[2], dport[2];
	u8 flags_mask, flags_value, tcp_option;
	bool not_sport, not_dport, not_flags, not_option;
	u8 seen;		/* bit per id above */
};

#define SEEN(d, id) ((d)->seen & (1U << (id)))

static const struct {
	const char *name;
	u8 bits;
} flag_names[] = {
	{ "FIN", 0x01 }, { "SYN", 0x02 }, { "RST", 0x04 }, { "PSH", 0x08 },
	{ "ACK", 0x10 }, { "URG", 0x20 }, { "ALL", 0x3f }, { "NONE", 0 },
};
#define SINGLE_FLAGS 6

static int one_flag(const struct rule_parse *rp, void *arg, const char *word)
{
	u8 *bits = arg;

	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (strcmp(word, flag_names[i].name) != 0)
			continue;
		*bits |= flag_names[i].bits;
		return 0;
	}
	return parse_error(rp,
			   "unknown TCP flag \"%s\": known are FIN, SYN, RST, PSH, ACK, URG, ALL, "
			   "NONE",
			   word);
}

static void print_flags(FILE *out, u8 bits)
{
	const char *comma = "";

	for (size_t i = 0; i < SINGLE_FLAGS; i++) {
		if (!(bits & flag_names[i].bits))
			continue;
		fprintf(out, "%s%s", comma, flag_names[i].name);
		comma = ",";
	}
	if (!bits)
		fputs("NONE", out);
}

static int port_parse(const struct rule_parse *rp, void *data, u8 id, bool invert, char **args)
{
	struct port_data *d = data;
	u32 kind;
	int ret;

	/* --syn is a way to write --tcp-flags. */
	if (SEEN(d, FLAGS) && (id == SYN || id == FLAGS))
		return parse_error(rp, "only one of --syn and --tcp-flags can be given");
	d->seen |= (u8)(1U << (id == SYN ? FLAGS : id));
	switch (id) {
	case SPORT:
		d->not_sport = invert;
		return parse_port_range(rp, args[0], ':', &d->sport[0], &d->sport[1]);
	case DPORT:
		d->not_dport = invert;
		return parse_port_range(rp, args[0], ':', &d->dport[0], &d->dport[1]);
	case SYN:
		d->not_flags = invert;
		d->flags_mask = 0x17;
		d->flags_value = 0x02;
		return 0;
	case FLAGS:
		d->not_flags = invert;
		ret = parse_list(rp, args[0], one_flag, &d->flags_mask);
		return ret ? ret : parse_list(rp, args[1], one_flag, &d->flags_value);
	default:
		d->not_option = invert;
		ret = parse_u32(rp, args[0], 1, 255, &kind);
		d->tcp_option = (u8)kind;
		return ret;
	}
}

static void print_range(FILE *out, const char *name, const u16 *range, bool invert)
{
	fprintf(out, "%s %s %u", invert ? " !" : "", name, range[0]);
	if (range[0] != range[1])
		fprintf(out, ":%u", range[1]);
}

static void port_print(FILE *out, const void *data, int family __unused)
{
	const struct port_data *d = data;

	if (SEEN(d, SPORT))
		print_range(out, "--sport", d->sport, d->not_sport);
	if (SEEN(d, DPORT))
		print_range(out, "--dport", d->dport, d->not_dport);
	if (SEEN(d, TCP_OPTION))
		fprintf(out, "%s --tcp-option %u", d->not_option ? " !" : "", d->tcp_option);
	if (SEEN(d, FLAGS)) {
		fprintf(out, "%s --tcp-flags ", d->not_flags ? " !" : "");
		print_flags(out, d->flags_mask);
		fputc(' ', out);
		print_flags(out, d->flags_value);
	}
}

/* A flag compared outside its mask can never be as asked. */
static bool compile_flags(const struct port_data *d, struct fast_match *f)
{
	if (d->not_flags)
		return false;
	if (d->flags_value & ~d->flags_mask)
		f->never = true;
	f->deny |= (u64)d->flags_value << KEY_CLEAR_SHIFT;
	f->deny |= (u64)(d->flags_mask & ~d->flags_value) << KEY_FLAG_SHIFT;
	return true;
}

static bool port_compile(const void *data, struct fast_match *f)
{
	const struct port_data *d = data;
	bool all = !SEEN(d, TCP_OPTION);

	f->deny |= KEY_NO_L4;
	if (SEEN(d, SPORT) && fast_sport_free(f))
		fast_sport(f, d->sport[0], d->sport[1], d->not_sport);
	else if (SEEN(d, SPORT))
		all = false;
	if (SEEN(d, DPORT) && fast_dport_free(f))
		fast_dport(f, d->dport[0], d->dport[1], d->not_dport);
	else if (SEEN(d, DPORT))
		all = false;
	if (SEEN(d, FLAGS))
		all &= compile_flags(d, f);
	return all;
}

static bool in_range(const u16 *range, u16 port)
{
	return port >= range[0] && port <= range[1];
}

/* Is option @kind in the TCP header? Lengths come from the packet: bounded. */
static bool has_tcp_option(const struct pkt_view *pkt, u8 kind)
{
	const u8 *tcp = pkt->data + pkt->l4_off;
	u32 room = pkt->len - pkt->l4_off, at = 20, end;

	if (room < 20)
		return false;
	end = min((u32)(tcp[12] >> 4) * 4, room);
	while (at < end) {
		if (tcp[at] == kind)
			return true;
		if (tcp[at] < 2)
			at++;
		else if (at + 1 < end)
			at += max(tcp[at + 1], (u8)1);
		else
			break;
	}
	return false;
}

static bool port_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct port_data *d = data;
	const struct pkt_view *pkt = ctx->pkt;

	if (pkt->fragment || !pkt->l4_ok)
		return false;
	if (SEEN(d, SPORT) && in_range(d->sport, pkt->sport) == d->not_sport)
		return false;
	if (SEEN(d, DPORT) && in_range(d->dport, pkt->dport) == d->not_dport)
		return false;
	if (SEEN(d, FLAGS) && ((pkt->tcp_flags & d->flags_mask) == d->flags_value) == d->not_flags)
		return false;
	return !SEEN(d, TCP_OPTION) || has_tcp_option(pkt, d->tcp_option) != d->not_option;
}

static void print_nft_flags(FILE *out, u8 bits)
{
	static const char *const names[] = { "fin", "syn", "rst", "psh", "ack", "urg" };
	bool several = bits & (bits - 1);
	const char *separator = several ? "(" : "";

	if (!bits)
		fputs("0x0", out);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(bits & (1U << i)))
			continue;
		fprintf(out, "%s%s", separator, names[i]);
		separator = " | ";
	}
	fputs(several ? ")" : "", out);
}

/* What is the same for every packet with a header is not compared. */
static void nft_flags(struct nft_rule *r, const struct port_data *d)
{
	bool never = d->flags_value & ~d->flags_mask;

	if (!never && d->flags_mask) {
		fputs(" tcp flags & ", r->out);
		print_nft_flags(r->out, d->flags_mask);
		fputs(d->not_flags ? " != " : " == ", r->out);
		print_nft_flags(r->out, d->flags_value);
	} else if (never == d->not_flags) {
		nft_l4(r);
	} else {
		nft_never(r);
	}
}

/*
 * nftables says that an option is missing where there is no header, so that must
 * be asked first; and it doesn't look for an option in a header's last byte,
 * where only NOP can be.
 */
static int nft_tcp_option(struct nft_rule *r, const struct port_data *d)
{
	if (d->tcp_option == 1)
		return nft_cannot(r, "--tcp-option 1: it doesn't see a NOP that ends the header");
	if (d->not_option)
		nft_l4(r);
	fprintf(r->out, " tcp option %u %s", d->tcp_option, d->not_option ? "missing" : "exists");
	return 0;
}

static int port_nft(struct nft_rule *r, const void *data)
{
	const struct port_data *d = data;

	if (SEEN(d, SPORT))
		nft_ports(r, NFT_SPORT, d->not_sport, &d->sport, 1);
	if (SEEN(d, DPORT))
		nft_ports(r, NFT_DPORT, d->not_dport, &d->dport, 1);
	if (SEEN(d, FLAGS))
		nft_flags(r, d);
	if (!d->seen)
		nft_l4(r);
	return SEEN(d, TCP_OPTION) ? nft_tcp_option(r, d) : 0;
}

static const struct ext_option tcp_options[] = {
	{ "--sport", SPORT, 1, true }, { "--source-port", SPORT, 1, true },
	{ "--dport", DPORT, 1, true }, { "--destination-port", DPORT, 1, true },
	{ "--tcp-flags", FLAGS, 2, true }, { "--syn", SYN, 0, true },
	{ "--tcp-option", TCP_OPTION, 1, true }, { NULL, 0, 0, false },
};

static const struct ext_option udp_options[] = {
	{ "--sport", SPORT, 1, true }, { "--source-port", SPORT, 1, true },
	{ "--dport", DPORT, 1, true }, { "--destination-port", DPORT, 1, true },
	{ NULL, 0, 0, false },
};

const struct match_ops match_tcp = {
	.ext = {
		.name = "tcp", .families = EXT_BOTH, .proto = 6, .size = sizeof(struct port_data),
		.help = "TCP ports, flags and options", .options = tcp_options,
		.parse = port_parse, .print = port_print,
	},
	.compile = port_compile, .eval = port_eval, .nft = port_nft,
};

const struct match_ops match_udp = {
	.ext = {
		.name = "udp", .families = EXT_BOTH, .proto = 17, .size = sizeof(struct port_data),
		.help = "UDP ports", .options = udp_options,
		.parse = port_parse, .print = port_print,
	},
	.compile = port_compile, .eval = port_eval, .nft = port_nft,
};

#define MULTIPORT_MAX 15

enum { SPORTS, DPORTS, PORTS };

struct multiport_data {
	u8 kind, n, slots;
	bool invert, given;
	u16 range[MULTIPORT_MAX][2];
};

static int one_port(const struct rule_parse *rp, void *arg, const char *word)
{
	struct multiport_data *d = arg;
	bool range = strchr(word, ':');
	u16 *ports;

	if (d->slots + 1 + range > MULTIPORT_MAX)
		return parse_error(rp, "more than %d ports before \"%s\" (a range counts as two)",
				   MULTIPORT_MAX, word);
	d->slots += (u8)(1 + range);
	ports = d->range[d->n++];
	return parse_port_range(rp, word, ':', &ports[0], &ports[1]);
}

static int multiport_parse(const struct rule_parse *rp, void *data, u8 id, bool invert,
			   char **args)
{
	struct multiport_data *d = data;

	if (d->given)
		return parse_error(rp, "multiport takes one of --sports, --dports and --ports");
	d->given = true;
	d->kind = id;
	d->invert = invert;
	return parse_list(rp, args[0], one_port, d);
}

static int multiport_check(const struct rule_parse *rp, void *data, u32 seen __unused)
{
	const struct multiport_data *d = data;

	if (!d->given)
		return parse_error(rp, "match \"multiport\" needs --sports, --dports or --ports");
	if (!rule_has_ports(rp->rule))
		return parse_error(rp,
				   "match \"multiport\" needs -p tcp, udp, udplite, sctp or dccp");
	return 0;
}

static void multiport_print(FILE *out, const void *data, int family __unused)
{
	static const char *const names[] = { "--sports", "--dports", "--ports" };
	const struct multiport_data *d = data;

	fprintf(out, "%s %s ", d->invert ? " !" : "", names[d->kind]);
	for (unsigned int i = 0; i < d->n; i++) {
		fprintf(out, "%s%u", i ? "," : "", d->range[i][0]);
		if (d->range[i][0] != d->range[i][1])
			fprintf(out, ":%u", d->range[i][1]);
	}
}

static bool multiport_compile(const void *data, struct fast_match *f)
{
	const struct multiport_data *d = data;

	f->deny |= KEY_NO_L4;
	if (d->n != 1 || d->kind == PORTS)
		return false;
	if (d->kind == SPORTS && fast_sport_free(f))
		fast_sport(f, d->range[0][0], d->range[0][1], d->invert);
	else if (d->kind == DPORTS && fast_dport_free(f))
		fast_dport(f, d->range[0][0], d->range[0][1], d->invert);
	else
		return false;
	return true;
}

static bool multiport_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct multiport_data *d = data;
	const struct pkt_view *pkt = ctx->pkt;

	if (pkt->fragment || !pkt->l4_ok)
		return false;
	for (unsigned int i = 0; i < d->n; i++) {
		if (d->kind != DPORTS && in_range(d->range[i], pkt->sport))
			return !d->invert;
		if (d->kind != SPORTS && in_range(d->range[i], pkt->dport))
			return !d->invert;
	}
	return d->invert;
}

/* --ports: the source port is in the list, or it isn't and the destination's is. */
static int multiport_nft(struct nft_rule *r, const void *data)
{
	const struct multiport_data *d = data;
	const u16 (*range)[2] = d->range;

	if (d->kind == SPORTS) {
		nft_ports(r, NFT_SPORT, d->invert, range, d->n);
	} else if (d->kind == DPORTS) {
		nft_ports(r, NFT_DPORT, d->invert, range, d->n);
	} else if (!d->invert && !nft_either(r, 2)) {
		nft_ports(r, NFT_SPORT, false, range, d->n);
	} else {
		nft_ports(r, NFT_SPORT, true, range, d->n);
		nft_ports(r, NFT_DPORT, d->invert, range, d->n);
	}
	return 0;
}

static const struct ext_option multiport_options[] = {
	{ "--sports", SPORTS, 1, true }, { "--source-ports", SPORTS, 1, true },
	{ "--dports", DPORTS, 1, true }, { "--destination-ports", DPORTS, 1, true },
	{ "--ports", PORTS, 1, true }, { NULL, 0, 0, false },
};

const struct match_ops match_multiport = {
	.ext = {
		.name = "multiport", .families = EXT_BOTH, .size = sizeof(struct multiport_data),
		.help = "a list of up to 15 ports and port ranges", .options = multiport_options,
		.parse = multiport_parse, .check = multiport_check, .print = multiport_print,
	},
	.compile = multiport_compile, .eval = multiport_eval, .nft = multiport_nft,
};
