// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nft_words.c - what the nft functions of matches and targets have in common:
 * addresses, ports and names in nftables' words; see nft.h. No state.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/ext.h"
#include "fw-under-test/engine/nft.h"

int nft_cannot(const struct nft_rule *r, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(r->err, -EOPNOTSUPP, "%s:%u: nftables can't say it: %s", r->ir->name,
		       r->rule->line, text);
}

u32 nft_either(struct nft_rule *r, u32 n)
{
	u32 which = r->alternative / r->alternatives % n;

	r->alternatives *= n;
	return which;
}

/* No packet is without a header. */
void nft_never(struct nft_rule *r)
{
	fputs(" meta length 0", r->out);
}

void nft_tracked(struct nft_rule *r)
{
	fputs(" ct state established,related,new", r->out);
}

void nft_l4(struct nft_rule *r)
{
	const char *proto = nft_proto(r);

	if (!strncmp(proto, "icmp", 4))
		fprintf(r->out, " %s type 0-255", proto);
	else
		fprintf(r->out, " %s sport 0-65535", proto);
}

const char *nft_family(const struct nft_rule *r)
{
	return r->ir->family == AF_INET ? "ip" : "ip6";
}

const char *nft_proto(const struct nft_rule *r)
{
	if (r->rule->invert & IR_NOT_PROTO)
		return NULL;
	switch (r->rule->proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_UDPLITE:
		return "udplite";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		return NULL;
	}
}

void nft_field_name(const struct nft_rule *r, FILE *out, enum nft_field field)
{
	static const char *const ports[] = { "sport", "dport", "type" };

	if (field == NFT_IIF || field == NFT_OIF)
		fputs(field == NFT_IIF ? "iifname" : "oifname", out);
	else if (field == NFT_SADDR || field == NFT_DADDR)
		fprintf(out, "%s %s", nft_family(r), field == NFT_SADDR ? "saddr" : "daddr");
	else
		fprintf(out, "%s %s", nft_proto(r), ports[field - NFT_SPORT]);
}

/* Of a range that is a prefix: its length, else -1. */
static int prefix_length(const struct nft_range *range, unsigned int bits)
{
	unsigned int n = 0;

	while (n < bits && !((range->lo[n / 8] ^ range->hi[n / 8]) & (0x80 >> n % 8)))
		n++;
	for (unsigned int i = n; i < bits; i++)
		if (range->lo[i / 8] & (0x80 >> i % 8) || !(range->hi[i / 8] & (0x80 >> i % 8)))
			return -1;
	return (int)n;
}

static void print_addr_range(FILE *out, int family, const struct nft_range *range)
{
	unsigned int bits = family == AF_INET ? 32 : 128;
	int len = prefix_length(range, bits);
	char lo[INET6_ADDRSTRLEN], hi[INET6_ADDRSTRLEN];

	inet_ntop(family, range->lo, lo, sizeof(lo));
	inet_ntop(family, range->hi, hi, sizeof(hi));
	if (len == (int)bits)
		fputs(lo, out);
	else if (len >= 0)
		fprintf(out, "%s/%d", lo, len);
	else
		fprintf(out, "%s-%s", lo, hi);
}

void nft_range_print(const struct nft_rule *r, FILE *out, enum nft_field field,
		     const struct nft_range *range)
{
	unsigned int lo, hi;

	switch (field) {
	case NFT_IIF:
	case NFT_OIF:
		fprintf(out, "\"%.16s\"", (const char *)range->lo);
		return;
	case NFT_SADDR:
	case NFT_DADDR:
		print_addr_range(out, r->ir->family, range);
		return;
	case NFT_ICMP_TYPE:
		fprintf(out, "%u", range->lo[0]);
		return;
	default:
		lo = (unsigned int)range->lo[0] << 8 | range->lo[1];
		hi = (unsigned int)range->hi[0] << 8 | range->hi[1];
		fprintf(out, lo == hi ? "%u" : "%u-%u", lo, hi);
	}
}

void nft_key_print(const struct nft_rule *r, FILE *out, enum nft_field field, bool invert,
		   const struct nft_key *key)
{
	fputc(' ', out);
	nft_field_name(r, out, field);
	fputs(invert ? " != " : " ", out);
	if (key->n > 1)
		fputs("{ ", out);
	for (u32 i = 0; i < key->n; i++) {
		fputs(i ? ", " : "", out);
		nft_range_print(r, out, field, &key->range[i]);
	}
	if (key->n > 1)
		fputs(" }", out);
}

static int compare_ranges(const void *a, const void *b)
{
	return memcmp(((const struct nft_range *)a)->lo, ((const struct nft_range *)b)->lo, 16);
}

/* The kernel takes no ranges that overlap in one set. */
static void make_key(struct nft_key *key, const struct nft_range *ranges, u32 n)
{
	memcpy(key->range, ranges, n * sizeof(*ranges));
	qsort(key->range, n, sizeof(*ranges), compare_ranges);
	key->n = 1;
	for (u32 i = 1; i < n; i++) {
		struct nft_range *last = &key->range[key->n - 1];

		if (memcmp(key->range[i].lo, last->hi, 16) > 0)
			key->range[key->n++] = key->range[i];
		else if (memcmp(key->range[i].hi, last->hi, 16) > 0)
			memcpy(last->hi, key->range[i].hi, 16);
	}
}

/* After a limit nothing may move before it: it counts what comes that far. */
void nft_key(struct nft_rule *r, enum nft_field field, bool invert, const struct nft_range *ranges,
	     u32 n)
{
	struct nft_key key;

	make_key(&key, ranges, n);
	if (invert || r->limited || r->keys & (1U << field)) {
		nft_key_print(r, r->out, field, invert, &key);
		return;
	}
	r->keys |= 1U << field;
	r->key[field] = key;
}

void nft_ports(struct nft_rule *r, enum nft_field field, bool invert, const u16 (*ports)[2], u32 n)
{
	struct nft_range range[NFT_RANGES_MAX] = { 0 };
	bool all = false;

	for (u32 i = 0; i < n; i++) {
		range[i].lo[0] = (u8)(ports[i][0] >> 8);
		range[i].lo[1] = (u8)ports[i][0];
		range[i].hi[0] = (u8)(ports[i][1] >> 8);
		range[i].hi[1] = (u8)ports[i][1];
		all |= ports[i][0] == 0 && ports[i][1] == 0xffff;
	}
	if (all && invert)
		nft_never(r);
	else
		nft_key(r, field, invert, range, n);
}

void nft_addr_range(struct nft_rule *r, enum nft_field field, bool invert,
		    const union fw_addr *lo, const union fw_addr *hi)
{
	size_t size = r->ir->family == AF_INET ? 4 : 16;
	struct nft_range range = { 0 };

	memcpy(range.lo, lo, size);
	memcpy(range.hi, hi, size);
	nft_key(r, field, invert, &range, 1);
}

/* From the network's first address to its last; false: the mask has holes. */
static bool mask_range(int family, const struct ir_addr *a, struct nft_range *ret)
{
	unsigned int size = family == AF_INET ? 4 : 16;
	struct nft_range mask = { .lo = { 0 } };

	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; i < size; i++) {
		ret->lo[i] = a->addr.v6[i];
		ret->hi[i] = (u8)(a->addr.v6[i] | ~a->mask.v6[i]);
		mask.hi[i] = (u8)~a->mask.v6[i];
	}
	return prefix_length(&mask, size * 8) >= 0;
}

bool nft_is_prefix(const struct nft_rule *r, const struct ir_addr *a)
{
	struct nft_range range;

	return mask_range(r->ir->family, a, &range);
}

static bool mask_empty(const struct ir_addr *a)
{
	return !a->mask.v6w[0] && !a->mask.v6w[1];
}

void nft_addr_mask(struct nft_rule *r, const char *what, bool invert, const struct ir_addr *a)
{
	struct nft_range range;

	fprintf(r->out, " %s ", what);
	if (mask_range(r->ir->family, a, &range)) {
		fputs(invert ? "!= " : "", r->out);
		print_addr_range(r->out, r->ir->family, &range);
		return;
	}
	fputs("& ", r->out);
	print_addr(r->out, r->ir->family, &a->mask);
	fputs(invert ? " != " : " == ", r->out);
	print_addr(r->out, r->ir->family, &a->addr);
}

void nft_addr_key(struct nft_rule *r, enum nft_field field, bool invert, const struct ir_addr *a)
{
	struct nft_range range;
	char what[16];

	snprintf(what, sizeof(what), "%s %s", nft_family(r),
		 field == NFT_SADDR ? "saddr" : "daddr");
	if (mask_empty(a))
		nft_never(r);	/* only "!" keeps such a mask, see parse_rule.c */
	else if (mask_range(r->ir->family, a, &range))
		nft_key(r, field, invert, &range, 1);
	else
		nft_addr_mask(r, what, invert, a);
}

/* The first comes alone; the others after a semicolon. */
void nft_comment(struct nft_rule *r, const char *text)
{
	fprintf(r->comment.f, "%s%s", ftell(r->comment.f) ? "; " : "", text);
}

void nft_mark_set(FILE *out, const char *what, u32 value, u32 mask)
{
	fprintf(out, "%s mark set ", what);
	if (mask == 0xffffffff) {
		fprintf(out, "0x%x", value);
		return;
	}
	fprintf(out, "%s mark", what);
	if (mask == value && value)
		fprintf(out, " | 0x%x", value);
	else if (mask)
		fprintf(out, " & 0x%x", ~mask);
	if (value && mask != value)
		fprintf(out, " ^ 0x%x", value);
}

/* nftables knows letters, digits and _ - . / in names, and words of its own. */
const char *nft_chain_name(const struct ir_chain *c, char *buf, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";
	const char *table = ir_table_name((enum table)c->table);
	size_t n;

	if (strspn(c->name, letters) == strlen(c->name)) {
		snprintf(buf, size, "%s_%s", table, c->name);
		return buf;
	}
	/* The counter's index is the chain's own, and "-" keeps it apart from the others. */
	n = (size_t)snprintf(buf, size, "%s-%u-%s", table, c->end, c->name);
	for (size_t i = strlen(table); i < n && i < size - 1; i++)
		if (!strchr(letters, buf[i]))
			buf[i] = '_';
	return buf;
}
