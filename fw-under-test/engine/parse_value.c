// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parse_value.c - the values options take, read and printed. Names come from
 * the tables here, not from /etc: a ruleset means the same on every machine.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/ext.h"
#include "run/nearest.h"

struct name_number {
	const char *name;
	u16 number;
};

static const struct name_number protocols[] = {
	{ "icmp", 1 }, { "igmp", 2 }, { "ipencap", 4 }, { "tcp", 6 }, { "udp", 17 },
	{ "dccp", 33 }, { "ipv6", 41 }, { "gre", 47 }, { "esp", 50 }, { "ah", 51 },
	{ "ipv6-icmp", 58 }, { "icmpv6", 58 }, { "icmp6", 58 }, { "ospf", 89 }, { "pim", 103 },
	{ "vrrp", 112 }, { "l2tp", 115 }, { "sctp", 132 }, { "udplite", 136 }, { NULL, 0 },
};

static const struct name_number services[] = {
	{ "echo", 7 }, { "discard", 9 }, { "ftp-data", 20 }, { "ftp", 21 }, { "ssh", 22 },
	{ "telnet", 23 }, { "smtp", 25 }, { "time", 37 }, { "domain", 53 }, { "bootps", 67 },
	{ "bootpc", 68 }, { "tftp", 69 }, { "gopher", 70 }, { "finger", 79 }, { "http", 80 },
	{ "kerberos", 88 }, { "pop3", 110 }, { "sunrpc", 111 }, { "auth", 113 }, { "nntp", 119 },
	{ "ntp", 123 }, { "netbios-ns", 137 }, { "netbios-dgm", 138 }, { "netbios-ssn", 139 },
	{ "imap2", 143 }, { "snmp", 161 }, { "snmp-trap", 162 }, { "bgp", 179 }, { "ldap", 389 },
	{ "https", 443 }, { "microsoft-ds", 445 }, { "submissions", 465 }, { "isakmp", 500 },
	{ "syslog", 514 }, { "submission", 587 }, { "ipp", 631 }, { "ldaps", 636 },
	{ "imaps", 993 }, { "pop3s", 995 }, { "openvpn", 1194 }, { "mysql", 3306 },
	{ "ipsec-nat-t", 4500 }, { "sip", 5060 }, { "sip-tls", 5061 }, { "postgresql", 5432 },
	{ NULL, 0 },
};

static const struct name_number *find_name(const struct name_number *table, const char *name,
					   struct nearest *n)
{
	n->word = name;
	for (; table->name; table++) {
		if (!strcmp(table->name, name))
			return table;
		nearest_offer(n, table->name);
	}
	return NULL;
}

const char *nearest_or_colon(const struct nearest *n, char *buf, size_t size)
{
	return n->best ? nearest_hint(n, buf, size) : ":";
}

int parse_error(const struct rule_parse *rp, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang 14 overlooks va_start */
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(rp->err, -EINVAL, "%s:%u: %s", rp->ir->name, rp->line, text);
}

/* Decimal, 0x… or 0…; nothing before or after it. */
static bool number(const char *text, u64 max, u64 *ret)
{
	unsigned long long v;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || *end || v > max)
		return false;
	*ret = v;
	return true;
}

int parse_u32(const struct rule_parse *rp, const char *text, u32 lo, u32 hi, u32 *ret)
{
	u64 v;

	if (!number(text, hi, &v) || v < lo)
		return parse_error(rp, "bad number \"%s\": expected %u to %u", text, lo, hi);
	*ret = (u32)v;
	return 0;
}

int parse_mark(const struct rule_parse *rp, const char *text, u32 *ret_value, u32 *ret_mask)
{
	const char *slash = strchr(text, '/');
	u64 value, mask = 0xffffffff;
	char head[32];

	snprintf(head, sizeof(head), "%.*s", (int)(slash ? slash - text : 31), text);
	if (!number(head, 0xffffffff, &value) || (slash && !number(slash + 1, 0xffffffff, &mask)))
		return parse_error(
			rp, "bad mark \"%s\": expected VALUE or VALUE/MASK, 32 bits each", text);
	*ret_value = (u32)value;
	*ret_mask = (u32)mask;
	return 0;
}

int parse_port(const struct rule_parse *rp, const char *text, u16 *ret)
{
	const struct name_number *s;
	struct nearest n = { 0 };
	char hint[128];
	u64 v;

	if (number(text, 0xffff, &v)) {
		*ret = (u16)v;
		return 0;
	}
	s = find_name(services, text, &n);
	if (!s)
		return parse_error(rp, "bad port \"%s\"%s expected 0 to 65535 or a common service",
				   text, nearest_or_colon(&n, hint, sizeof(hint)));
	*ret = s->number;
	return 0;
}

int parse_port_range(const struct rule_parse *rp, const char *text, char separator, u16 *ret_lo,
		     u16 *ret_hi)
{
	const char *sep = strchr(text, separator);
	char word[32];
	u16 lo = 0, hi = 0xffff;
	int ret;

	/* Some services have a dash in their name. */
	if (sep && separator == '-' && (*text < '0' || *text > '9'))
		sep = NULL;
	if (!sep) {
		ret = parse_port(rp, text, &lo);
		if (!ret)
			*ret_lo = *ret_hi = lo;
		return ret;
	}
	snprintf(word, sizeof(word), "%.*s", (int)min(sep - text, (ptrdiff_t)31), text);
	ret = *word ? parse_port(rp, word, &lo) : 0;
	if (!ret && sep[1])
		ret = parse_port(rp, sep + 1, &hi);
	if (ret)
		return ret;
	if (lo > hi)
		return parse_error(rp, "bad port range \"%s\": it ends before it begins", text);
	*ret_lo = lo;
	*ret_hi = hi;
	return 0;
}

static const char *family_name(int family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

int parse_addr(const struct rule_parse *rp, const char *text, union fw_addr *ret)
{
	union fw_addr a = { .v6 = { 0 } };
	int other = rp->family == AF_INET ? AF_INET6 : AF_INET;
	u8 scratch[16];

	if (inet_pton(rp->family, text, &a) == 1) {
		*ret = a;
		return 0;
	}
	if (inet_pton(other, text, scratch) == 1)
		return parse_error(rp, "\"%s\" is an %s address in an %s ruleset", text,
				   family_name(other), family_name(rp->family));
	return parse_error(rp, "bad %s address \"%s\"", family_name(rp->family), text);
}

int addr_compare(int family, const union fw_addr *a, const union fw_addr *b)
{
	return memcmp(a, b, family == AF_INET ? 4 : 16);
}

int parse_addr_range(const struct rule_parse *rp, const char *text, union fw_addr *ret_lo,
		     union fw_addr *ret_hi)
{
	const char *dash = strchr(text, '-');
	char word[64];
	union fw_addr lo, hi;
	int ret;

	snprintf(word, sizeof(word), "%.*s", (int)(dash ? min(dash - text, (ptrdiff_t)63) : 63),
		 text);
	ret = parse_addr(rp, word, &lo);
	hi = lo;
	if (!ret && dash)
		ret = parse_addr(rp, dash + 1, &hi);
	if (ret)
		return ret;
	if (addr_compare(rp->family, &lo, &hi) > 0)
		return parse_error(rp, "bad address range \"%s\": it ends before it begins", text);
	*ret_lo = lo;
	*ret_hi = hi;
	return 0;
}

static void prefix_mask(unsigned int len, union fw_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; i < 16 && len; i++) {
		unsigned int n = min(len, 8u);

		ret->v6[i] = (u8)(0xff00 >> n);
		len -= n;
	}
}

int parse_addr_mask(const struct rule_parse *rp, const char *text, struct ir_addr *ret)
{
	unsigned int bits = rp->family == AF_INET ? 32 : 128;
	const char *slash = strchr(text, '/');
	struct ir_addr a = { .mask = { .v6 = { 0 } } };
	char word[64];
	u64 len = bits;
	int err;

	if (strchr(text, ','))
		return parse_error(rp,
				   "several addresses in \"%s\": a saved ruleset has a rule for "
				   "each",
				   text);
	snprintf(word, sizeof(word), "%.*s", (int)(slash ? min(slash - text, (ptrdiff_t)63) : 63),
		 text);
	err = parse_addr(rp, word, &a.addr);
	if (err)
		return err;
	if (!slash || number(slash + 1, bits, &len))
		prefix_mask((unsigned int)len, &a.mask);
	else if (strspn(slash + 1, "0123456789") == strlen(slash + 1))
		return parse_error(rp, "bad prefix length in \"%s\": expected 0 to %u", text, bits);
	else if (parse_addr(rp, slash + 1, &a.mask))
		return parse_error(rp, "bad mask in \"%s\"", text);
	a.addr.v6w[0] &= a.mask.v6w[0];
	a.addr.v6w[1] &= a.mask.v6w[1];
	*ret = a;
	return 0;
}

int parse_proto(const struct rule_parse *rp, const char *text, u8 *ret)
{
	const struct name_number *p;
	struct nearest n = { 0 };
	char hint[128];
	u64 v;

	if (!strcmp(text, "all")) {
		*ret = 0;
		return 0;
	}
	if (number(text, 255, &v)) {
		*ret = (u8)v;
		return 0;
	}
	p = find_name(protocols, text, &n);
	if (!p)
		return parse_error(rp, "unknown protocol \"%s\"%s expected a name or 0 to 255",
				   text, nearest_or_colon(&n, hint, sizeof(hint)));
	*ret = (u8)p->number;
	return 0;
}

int parse_list(const struct rule_parse *rp, const char *text,
	       int (*fn)(const struct rule_parse *rp, void *arg, const char *word), void *arg)
{
	char word[64];
	int ret;

	for (;;) {
		size_t n = strcspn(text, ",");

		if (!n || n >= sizeof(word))
			return parse_error(rp, "bad word \"%.*s\" in a list",
					   (int)min(n, (size_t)80), text);
		memcpy(word, text, n);
		word[n] = '\0';
		ret = fn(rp, arg, word);
		if (ret || !text[n])
			return ret;
		text += n + 1;
	}
}

const char *proto_name(u8 proto)
{
	for (const struct name_number *p = protocols; p->name; p++)
		if (p->number == proto)
			return p->name;
	return NULL;
}

bool rule_has_ports(const struct ir_rule *rule)
{
	static const u8 with_ports[] = { IPPROTO_TCP, IPPROTO_UDP, 33, 132, 136 };

	if (rule->invert & IR_NOT_PROTO)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(with_ports); i++)
		if (rule->proto == with_ports[i])
			return true;
	return false;
}

void print_addr(FILE *out, int family, const union fw_addr *addr)
{
	char text[INET6_ADDRSTRLEN];

	fputs(inet_ntop(family, addr, text, sizeof(text)), out);
}

/* The length of a contiguous mask, or -1. */
static int mask_length(int family, const union fw_addr *mask)
{
	int bits = family == AF_INET ? 32 : 128, n = 0;

	while (n < bits && mask->v6[n / 8] & (0x80 >> n % 8))
		n++;
	for (int i = n; i < bits; i++)
		if (mask->v6[i / 8] & (0x80 >> i % 8))
			return -1;
	return n;
}

void print_addr_mask(FILE *out, int family, const struct ir_addr *a)
{
	int len = mask_length(family, &a->mask);

	print_addr(out, family, &a->addr);
	fputc('/', out);
	if (len < 0)
		print_addr(out, family, &a->mask);
	else
		fprintf(out, "%d", len);
}

void print_quoted(FILE *out, const char *text)
{
	if (*text && !strpbrk(text, " \t\r\"'\\#") && *text != '-' && *text != '!') {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}
