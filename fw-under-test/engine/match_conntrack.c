// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * match_conntrack.c - state and conntrack. A packet without a connection is
 * INVALID, or UNTRACKED; for it, criteria other than the state don't count
 * when a state is given, and fail when none is: so does the kernel.
 */
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"

enum { STATE, PROTO, DIR, STATUS, ADDRS, PORTS = ADDRS + 4, CRITERIA = PORTS + 4 };

#define BIT(id) (1U << (id))
#define STATE_SNAT 0x40
#define STATE_DNAT 0x80
#define STATES (BIT(FW_CT_NEW) | BIT(FW_CT_ESTABLISHED) | BIT(FW_CT_RELATED) | \
		BIT(FW_CT_INVALID) | BIT(FW_CT_UNTRACKED))

struct conntrack_data {
	u32 given, invert;		/* bit per criterion */
	u8 state, status, proto, dir;
	u16 port[4][2];			/* as rule_ctx.ct_port */
	struct ir_addr addr[4];		/* as rule_ctx.ct_addr */
};

struct bit_name {
	const char *name;
	u8 bit;
};

static const struct bit_name state_names[] = {
	{ "INVALID", BIT(FW_CT_INVALID) }, { "NEW", BIT(FW_CT_NEW) },
	{ "RELATED", BIT(FW_CT_RELATED) }, { "ESTABLISHED", BIT(FW_CT_ESTABLISHED) },
	{ "UNTRACKED", BIT(FW_CT_UNTRACKED) }, { "SNAT", STATE_SNAT }, { "DNAT", STATE_DNAT },
	{ NULL, 0 },
};

static const struct bit_name status_names[] = {
	{ "EXPECTED", CTS_EXPECTED }, { "SEEN_REPLY", CTS_SEEN_REPLY },
	{ "ASSURED", CTS_ASSURED }, { "CONFIRMED", CTS_CONFIRMED }, { "NONE", 0 },
	{ NULL, 0 },
};

static const char *const addr_options[] = {
	"--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst",
};

static const char *const port_options[] = {
	"--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport",
};

static int add_bit(const struct rule_parse *rp, const struct bit_name *b, const char *what,
		   const char *known, const char *word, u8 *bits)
{
	for (; b->name; b++) {
		if (strcmp(word, b->name) != 0)
			continue;
		*bits |= b->bit;
		return 0;
	}
	return parse_error(rp, "unknown connection %s \"%s\": known are %s", what, word, known);
}

static int one_state(const struct rule_parse *rp, void *arg, const char *word)
{
	return add_bit(rp, state_names, "state", "INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED, "
		       "SNAT, DNAT", word, arg);
}

static int one_status(const struct rule_parse *rp, void *arg, const char *word)
{
	return add_bit(rp, status_names, "status",
		       "EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED, NONE", word, arg);
}

static int parse_dir(const struct rule_parse *rp, const char *text, u8 *ret)
{
	if (strcmp(text, "ORIGINAL") != 0 && strcmp(text, "REPLY") != 0)
		return parse_error(rp, "unknown direction \"%s\": known are ORIGINAL, REPLY", text);
	*ret = *text == 'R';
	return 0;
}

static int conntrack_parse(const struct rule_parse *rp, void *data, u8 id, bool invert,
			   char **args)
{
	struct conntrack_data *d = data;

	d->given |= BIT(id);
	if (invert)
		d->invert |= BIT(id);
	switch (id) {
	case STATE:
		return parse_list(rp, args[0], one_state, &d->state);
	case STATUS:
		return parse_list(rp, args[0], one_status, &d->status);
	case PROTO:
		return parse_proto(rp, args[0], &d->proto);
	case DIR:
		return parse_dir(rp, args[0], &d->dir);
	default:
		break;
	}
	if (id < PORTS)
		return parse_addr_mask(rp, args[0], &d->addr[id - ADDRS]);
	return parse_port_range(rp, args[0], ':', &d->port[id - PORTS][0], &d->port[id - PORTS][1]);
}

static int state_check(const struct rule_parse *rp, void *data, u32 seen)
{
	const struct conntrack_data *d = data;

	if (!seen)
		return parse_error(rp, "match \"state\" needs --state");
	if (d->state & (STATE_SNAT | STATE_DNAT))
		return parse_error(rp, "SNAT and DNAT are states of match \"conntrack\" only");
	return 0;
}

static int conntrack_check(const struct rule_parse *rp, void *data __unused, u32 seen)
{
	return seen ? 0 : parse_error(rp, "match \"conntrack\" needs at least one option");
}

static void print_bits(FILE *out, const struct bit_name *b, u8 bits)
{
	const char *comma = "";

	for (; b->name; b++) {
		if (!(bits & b->bit) && (bits || b->bit))
			continue;
		fprintf(out, "%s%s", comma, b->name);
		comma = ",";
	}
}

static void state_print(FILE *out, const void *data, int family __unused)
{
	const struct conntrack_data *d = data;

	fputs(d->invert ? " ! --state " : " --state ", out);
	print_bits(out, state_names, d->state);
}

static void conntrack_print(FILE *out, const void *data, int family)
{
	const struct conntrack_data *d = data;

	for (unsigned int id = 0; id < CRITERIA; id++) {
		if (!(d->given & BIT(id)))
			continue;
		fputs(d->invert & BIT(id) ? " ! " : " ", out);
		if (id == STATE) {
			fputs("--ctstate ", out);
			print_bits(out, state_names, d->state);
		} else if (id == STATUS) {
			fputs("--ctstatus ", out);
			print_bits(out, status_names, d->status);
		} else if (id == PROTO) {
			fprintf(out, "--ctproto %u", d->proto);
		} else if (id == DIR) {
			fprintf(out, "--ctdir %s", d->dir ? "REPLY" : "ORIGINAL");
		} else if (id < PORTS) {
			fprintf(out, "%s ", addr_options[id - ADDRS]);
			print_addr_mask(out, family, &d->addr[id - ADDRS]);
		} else {
			const u16 *p = d->port[id - PORTS];

			fprintf(out, "%s %u", port_options[id - PORTS], p[0]);
			if (p[0] != p[1])
				fprintf(out, ":%u", p[1]);
		}
	}
}

/* What the engine calls "none yet" is INVALID to a rule. */
static u8 effective_state(u8 ctstate)
{
	return ctstate == FW_CT_NONE ? FW_CT_INVALID : ctstate;
}

static u64 deny_states(u8 wanted)
{
	u64 deny = 0;

	for (unsigned int s = FW_CT_NONE; s <= FW_CT_UNTRACKED; s++)
		if (!(wanted & BIT(effective_state((u8)s))))
			deny |= KEY_CT(s);
	return deny;
}

static bool conntrack_compile(const void *data, struct fast_match *f)
{
	const struct conntrack_data *d = data;
	bool nat = d->state & (STATE_SNAT | STATE_DNAT);
	bool reply = d->dir ^ !!(d->invert & BIT(DIR));

	if (d->given & ~(BIT(STATE) | BIT(DIR)) || nat)
		return false;
	if (d->given & BIT(STATE))
		f->deny |= deny_states(d->invert & BIT(STATE) ? (u8)~d->state : d->state);
	else
		f->deny |= KEY_NO_DIR;
	if (d->given & BIT(DIR))
		f->deny |= reply ? KEY_ORIGINAL : KEY_REPLY;
	return true;
}

static bool addr_in(const struct ir_addr *a, const union fw_addr *addr, u8 family)
{
	if (family == AF_INET)
		return (addr->v4 & a->mask.v4) == a->addr.v4;
	return (addr->v6w[0] & a->mask.v6w[0]) == a->addr.v6w[0] &&
	       (addr->v6w[1] & a->mask.v6w[1]) == a->addr.v6w[1];
}

static bool wrong(const struct conntrack_data *d, unsigned int id, bool as_written)
{
	return d->given & BIT(id) && as_written == !!(d->invert & BIT(id));
}

static u8 state_bits(const struct rule_ctx *ctx)
{
	u8 bits = (u8)BIT(effective_state(ctx->ctstate));

	if (ctx->ctmark && ctx->ctstatus & CTS_SNAT)
		bits |= STATE_SNAT;
	if (ctx->ctmark && ctx->ctstatus & CTS_DNAT)
		bits |= STATE_DNAT;
	return bits;
}

static bool conntrack_eval(const void *data, const struct rule_ctx *ctx, u64 *state __unused)
{
	const struct conntrack_data *d = data;

	if (wrong(d, STATE, d->state & state_bits(ctx)))
		return false;
	if (!ctx->ctmark)
		return d->given & BIT(STATE);
	if (wrong(d, PROTO, ctx->pkt->l4proto == d->proto) ||
	    wrong(d, DIR, ctx->ctdir == d->dir) ||
	    wrong(d, STATUS, ctx->ctstatus & d->status))
		return false;
	for (unsigned int i = 0; i < 4; i++) {
		u16 port = ctx->ct_port[i];

		if (wrong(d, ADDRS + i, addr_in(&d->addr[i], &ctx->ct_addr[i], ctx->pkt->family)) ||
		    wrong(d, PORTS + i, port >= d->port[i][0] && port <= d->port[i][1]))
			return false;
	}
	return true;
}

#define TRACKED (BIT(FW_CT_NEW) | BIT(FW_CT_ESTABLISHED) | BIT(FW_CT_RELATED))
#define NAT_STATES (STATE_SNAT | STATE_DNAT)

static const struct bit_name nft_states[] = {
	{ "invalid", BIT(FW_CT_INVALID) }, { "new", BIT(FW_CT_NEW) },
	{ "related", BIT(FW_CT_RELATED) }, { "established", BIT(FW_CT_ESTABLISHED) },
	{ "untracked", BIT(FW_CT_UNTRACKED) }, { NULL, 0 },
};

static const struct bit_name nft_statuses[] = {
	{ "expected", CTS_EXPECTED }, { "seen-reply", CTS_SEEN_REPLY },
	{ "assured", CTS_ASSURED }, { "confirmed", CTS_CONFIRMED },
	{ "snat", CTS_SNAT }, { "dnat", CTS_DNAT }, { NULL, 0 },
};

/* Has one of @bits, or none of them. */
static void nft_status(struct nft_rule *r, u8 bits, bool none)
{
	const char *separator = none ? " ct status & (" : " ct status ";

	for (const struct bit_name *b = nft_statuses; b->name; b++) {
		if (!(bits & b->bit))
			continue;
		fprintf(r->out, "%s%s", separator, b->name);
		separator = none ? " | " : ",";
	}
	if (none)
		fputs(") == 0", r->out);
}

static void nft_conn_addr(struct nft_rule *r, unsigned int i, bool invert, const struct ir_addr *a)
{
	char what[32];

	snprintf(what, sizeof(what), "ct %s %s %s", i < 2 ? "original" : "reply", nft_family(r),
		 i % 2 ? "daddr" : "saddr");
	if (a->mask.v6w[0] || a->mask.v6w[1])
		nft_addr_mask(r, what, invert, a);
	else if (invert)
		nft_never(r);
	else
		nft_tracked(r);
}

/* nftables reads a port only when it knows whose port it is. */
static bool ports_known(const struct nft_rule *r, const struct conntrack_data *d)
{
	static const u8 protos[] = { 6, 17, 33, 132, 136 };
	const struct ir_rule *rule = r->rule;

	for (size_t i = 0; i < sizeof(protos); i++)
		if ((d->given & BIT(PROTO) && !(d->invert & BIT(PROTO)) && d->proto == protos[i]) ||
		    (rule->proto == protos[i] && !(rule->invert & IR_NOT_PROTO)))
			return true;
	return false;
}

static int nft_conn_port(struct nft_rule *r, const struct conntrack_data *d, unsigned int i)
{
	static const char *const ends[] = {
		"original proto-src", "original proto-dst", "reply proto-src", "reply proto-dst",
	};

	if (!ports_known(r, d))
		return nft_cannot(r,
				  "%s without -p or --ctproto of tcp, udp, udplite, sctp or dccp",
				  port_options[i]);
	fprintf(r->out, " ct %s%s %u-%u", ends[i], d->invert & BIT(PORTS + i) ? " !=" : "",
		d->port[i][0], d->port[i][1]);
	return 0;
}

/* All but the state: false where there is no connection, in nftables too. */
static int nft_criteria(struct nft_rule *r, const struct conntrack_data *d)
{
	bool status_none = d->invert & BIT(STATUS);
	bool reply = d->dir ^ !!(d->invert & BIT(DIR));
	int ret = 0;

	if (d->given & BIT(PROTO))
		fprintf(r->out, " ct protocol%s %u", d->invert & BIT(PROTO) ? " !=" : "", d->proto);
	if (d->given & BIT(DIR))
		fprintf(r->out, " ct direction %s", reply ? "reply" : "original");
	if (d->given & BIT(STATUS)) {
		if (d->status)
			nft_status(r, d->status, status_none);
		else if (status_none)
			nft_tracked(r);
		else
			nft_never(r);
	}
	for (unsigned int i = 0; i < 4; i++)
		if (d->given & BIT(ADDRS + i))
			nft_conn_addr(r, i, d->invert & BIT(ADDRS + i), &d->addr[i]);
	for (unsigned int i = 0; i < 4 && !ret; i++)
		if (d->given & BIT(PORTS + i))
			ret = nft_conn_port(r, d, i);
	return ret;
}

/* One way for the whole match to be true. */
struct ct_way {
	u8 states, nat;		/* one of them, and one of these unless 0 */
	bool no_nat;		/* none of those instead */
	bool criteria;
};

/*
 * The three ways exclude each other: a connection in one of the states asked
 * for; one in another state, but translated as asked for; no connection at all,
 * which INVALID and UNTRACKED allow whatever else is asked.
 */
static u32 ct_ways(const struct conntrack_data *d, struct ct_way ways[3])
{
	u8 want = d->state & STATES, nat = d->state & NAT_STATES;
	bool criteria = d->given & ~BIT(STATE), invert = d->invert & BIT(STATE);
	struct ct_way all[3] = {
		{ want & TRACKED, 0, false, criteria },
		{ TRACKED & ~want, nat, false, criteria },
		{ want & STATES & ~TRACKED, 0, false, false },
	};
	u32 n = 0;

	if (invert) {
		all[0] = (struct ct_way){ TRACKED & ~want, nat, true, criteria };
		all[1].states = 0;
		all[2].states = STATES & ~TRACKED & ~want;
	}
	if (!nat)
		all[1].states = 0;
	/* No difference between the first and the last: together. */
	if (!criteria && !all[0].nat) {
		all[0].states |= all[2].states;
		all[2].states = 0;
	}
	for (u32 i = 0; i < 3; i++)
		if (all[i].states)
			ways[n++] = all[i];
	return n;
}

static void nft_states_list(struct nft_rule *r, u8 states)
{
	fputs(" ct state ", r->out);
	print_bits(r->out, nft_states, states);
}

static int conntrack_nft(struct nft_rule *r, const void *data)
{
	const struct conntrack_data *d = data;
	struct ct_way ways[3], *w;
	u32 n;

	if (!(d->given & BIT(STATE)))
		return nft_criteria(r, d);
	n = ct_ways(d, ways);
	if (!n) {
		nft_never(r);
		return 0;
	}
	w = &ways[n > 1 ? nft_either(r, n) : 0];
	/* Every other test is false without a connection: no need to ask. */
	if (w->states != TRACKED || !(w->nat || w->criteria))
		nft_states_list(r, w->states);
	if (w->nat)
		nft_status(r, (u8)((w->nat & STATE_SNAT ? CTS_SNAT : 0) |
				   (w->nat & STATE_DNAT ? CTS_DNAT : 0)), w->no_nat);
	return w->criteria ? nft_criteria(r, d) : 0;
}

static bool conntrack_tuples(const void *data)
{
	const struct conntrack_data *d = data;

	return d->given >> ADDRS;
}

static const struct ext_option state_options[] = {
	{ "--state", STATE, 1, true }, { NULL, 0, 0, false },
};

static const struct ext_option conntrack_options[] = {
	{ "--ctstate", STATE, 1, true }, { "--ctproto", PROTO, 1, true },
	{ "--ctdir", DIR, 1, false }, { "--ctstatus", STATUS, 1, true },
	{ "--ctorigsrc", ADDRS, 1, true }, { "--ctorigdst", ADDRS + 1, 1, true },
	{ "--ctreplsrc", ADDRS + 2, 1, true }, { "--ctrepldst", ADDRS + 3, 1, true },
	{ "--ctorigsrcport", PORTS, 1, true }, { "--ctorigdstport", PORTS + 1, 1, true },
	{ "--ctreplsrcport", PORTS + 2, 1, true }, { "--ctrepldstport", PORTS + 3, 1, true },
	{ NULL, 0, 0, false },
};

const struct match_ops match_state = {
	.ext = {
		.name = "state", .families = EXT_BOTH, .conntrack = true,
		.size = sizeof(struct conntrack_data), .help = "state of the packet's connection",
		.options = state_options, .parse = conntrack_parse, .check = state_check,
		.print = state_print,
	},
	.compile = conntrack_compile, .eval = conntrack_eval, .tuples = conntrack_tuples,
	.nft = conntrack_nft,
};

const struct match_ops match_conntrack = {
	.ext = {
		.name = "conntrack", .families = EXT_BOTH, .conntrack = true,
		.size = sizeof(struct conntrack_data),
		.help = "state, status, direction, addresses and ports of the packet's connection",
		.options = conntrack_options, .parse = conntrack_parse, .check = conntrack_check,
		.print = conntrack_print,
	},
	.compile = conntrack_compile, .eval = conntrack_eval, .tuples = conntrack_tuples,
	.nft = conntrack_nft,
};
