// SPDX-License-Identifier: GPL-2.0-or-later
/* pkt_build.c - see pkt_build.h. */
#include "tests/engine/pkt_build.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct end {
	bool v6;
	u8 addr[16];
	u16 port;
};

struct described {
	u8 proto;
	struct end src, dst;
	u32 ttl, len, seq, ack, win, type, code, id, frag, vlan, sack_left, sack_right;
	int wscale;
	u8 flags, mac[6];
	bool sackok, sack, mf, nocsum, badcsum, badip, has_frag;
	const char *quote;
};

static void refuse(const char *what, const char *description)
{
	fprintf(stderr, "pkt_build: can't read \"%s\" in \"%s\"\n", what, description);
	abort();
}

static bool parse_end(char *word, struct end *e)
{
	char *port;

	memset(e, 0, sizeof(*e));
	if (*word == '[') {
		port = strchr(word, ']');
		if (!port)
			return false;
		*port++ = 0;
		e->v6 = true;
		if (*port == ':')
			e->port = (u16)atoi(port + 1);
		return inet_pton(AF_INET6, word + 1, e->addr) == 1;
	}
	port = strchr(word, ':');
	if (port) {
		*port++ = 0;
		e->port = (u16)atoi(port);
	}
	return inet_pton(AF_INET, word, e->addr) == 1;
}

static const char flag_letters[] = "FSRPAU";

static bool parse_key(struct described *d, const char *key, const char *value)
{
	const struct {
		const char *key;
		u32 *to;
	} numbers[] = {
		{ "ttl", &d->ttl }, { "len", &d->len }, { "seq", &d->seq }, { "ack", &d->ack },
		{ "win", &d->win }, { "type", &d->type }, { "code", &d->code }, { "id", &d->id },
		{ "vlan", &d->vlan },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (strcmp(key, numbers[i].key))
			continue;
		*numbers[i].to = (u32)strtoul(value, NULL, 0);
		return true;
	}
	if (!strcmp(key, "flags")) {
		for (; *value; value++)
			d->flags |= (u8)(1u << (strchr(flag_letters, *value) - flag_letters));
	} else if (!strcmp(key, "wscale")) {
		d->wscale = atoi(value);
	} else if (!strcmp(key, "frag")) {
		d->frag = (u32)atoi(value);
		d->has_frag = true;
	} else if (!strcmp(key, "sack")) {
		d->sack = sscanf(value, "%u-%u", &d->sack_left, &d->sack_right) == 2;
	} else if (!strcmp(key, "mac")) {
		return sscanf(value, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &d->mac[0], &d->mac[1],
			      &d->mac[2], &d->mac[3], &d->mac[4], &d->mac[5]) == 6;
	} else {
		return false;
	}
	return true;
}

static bool parse_word(struct described *d, char *word)
{
	char *value = strchr(word, '=');

	if (value) {
		*value++ = 0;
		return parse_key(d, word, value);
	}
	if (!strcmp(word, "sackok"))
		d->sackok = true;
	else if (!strcmp(word, "mf"))
		d->mf = d->has_frag = true;
	else if (!strcmp(word, "nocsum"))
		d->nocsum = true;
	else if (!strcmp(word, "badcsum"))
		d->badcsum = true;
	else if (!strcmp(word, "badip"))
		d->badip = true;
	else
		return false;
	return true;
}

static u8 parse_proto(const char *word)
{
	if (!strcmp(word, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(word, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(word, "icmp"))
		return IPPROTO_ICMP;
	return (u8)atoi(word);
}

static void describe(struct described *d, char *text, const char *whole)
{
	char *save, *word, *quote = strchr(text, '|');

	memset(d, 0, sizeof(*d));
	d->ttl = 64;
	d->win = 65535;
	d->wscale = -1;
	memcpy(d->mac, "\2\0\0\0\0\1", 6);
	if (quote) {
		*quote = 0;
		d->quote = quote + 1;
	}
	word = strtok_r(text, " ", &save);
	d->proto = parse_proto(word);
	word = strtok_r(NULL, " ", &save);
	if (!word || !parse_end(word, &d->src))
		refuse("source", whole);
	word = strtok_r(NULL, " ", &save);
	word = strtok_r(NULL, " ", &save);
	if (!word || !parse_end(word, &d->dst))
		refuse("destination", whole);
	while ((word = strtok_r(NULL, " ", &save)))
		if (!parse_word(d, word))
			refuse(word, whole);
	if (d->proto == IPPROTO_ICMP && d->src.v6)
		d->proto = IPPROTO_ICMPV6;
}

static void put16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static void put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static u32 get16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static u32 get32(const u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static u32 sum16(const u8 *p, u32 len, u32 sum)
{
	u32 i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	if (len & 1)
		sum += (u32)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Sum over pseudo-header and transport; 0xffff when the checksum is right. */
static u32 l4_sum(const u8 *ip, const u8 *l4, u32 len, u8 proto)
{
	bool v6 = ip[0] >> 4 == 6;
	u32 sum = 0;

	if (proto != IPPROTO_ICMP) {
		sum = v6 ? sum16(ip + 8, 32, 0) : sum16(ip + 12, 8, 0);
		sum += proto + len;
	}
	return sum16(l4, len, sum);
}

static u32 csum_offset(u8 proto)
{
	return proto == IPPROTO_TCP ? 16 : proto == IPPROTO_UDP ? 6 : 2;
}

static u32 write_tcp(const struct described *d, u8 *l4)
{
	u32 n = 20;

	put16(l4, d->src.port);
	put16(l4 + 2, d->dst.port);
	put32(l4 + 4, d->seq);
	put32(l4 + 8, d->ack);
	l4[13] = d->flags;
	put16(l4 + 14, d->win);
	if (d->wscale >= 0) {
		memcpy(l4 + n, "\1\3\3", 3);
		l4[n + 3] = (u8)d->wscale;
		n += 4;
	}
	if (d->sackok) {
		memcpy(l4 + n, "\1\1\4\2", 4);
		n += 4;
	}
	if (d->sack) {
		memcpy(l4 + n, "\1\1\5\12", 4);
		put32(l4 + n + 4, d->sack_left);
		put32(l4 + n + 8, d->sack_right);
		n += 12;
	}
	l4[12] = (u8)(n / 4 << 4);
	return n;
}

static u32 build_ip(u8 *ip, u32 room, const char *description);

/* Transport header and payload; returns their length. */
static u32 write_l4(const struct described *d, u8 *l4, u32 room)
{
	u32 n = 8, i;

	switch (d->proto) {
	case IPPROTO_TCP:
		n = write_tcp(d, l4);
		break;
	case IPPROTO_UDP:
		put16(l4, d->src.port);
		put16(l4 + 2, d->dst.port);
		put16(l4 + 4, 8 + d->len);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		l4[0] = (u8)d->type;
		l4[1] = (u8)d->code;
		put16(l4 + 4, d->id);
		break;
	default:
		n = 0;
	}
	if (d->quote)
		return n + build_ip(l4 + n, room - n, d->quote);
	if (n + d->len > room)
		refuse("len", "a frame that does not fit its buffer");
	for (i = 0; i < d->len; i++)
		l4[n + i] = (u8)(i * 7 + 1);
	return n + d->len;
}

static void write_checksum(const struct described *d, u8 *ip, u8 *l4, u32 len)
{
	u32 sum;

	if (d->proto != IPPROTO_TCP && d->proto != IPPROTO_UDP && d->proto != IPPROTO_ICMP &&
	    d->proto != IPPROTO_ICMPV6)
		return;
	if (d->nocsum || (d->has_frag && d->frag))
		return;
	sum = ~l4_sum(ip, l4, len, d->proto) & 0xffff;
	if (!sum && d->proto == IPPROTO_UDP)
		sum = 0xffff;
	put16(l4 + csum_offset(d->proto), d->badcsum ? sum ^ 0x5555 : sum);
}

static u32 build_ip(u8 *ip, u32 room, const char *description)
{
	struct described d;
	char text[512];
	u32 hlen, len;

	snprintf(text, sizeof(text), "%s", description);
	describe(&d, text, description);
	hlen = d.src.v6 ? 40 : 20;
	if (d.src.v6 && d.has_frag)
		hlen += 8;
	memset(ip, 0, room);
	len = write_l4(&d, ip + hlen, room - hlen);
	if (d.src.v6) {
		ip[0] = 0x60;
		put16(ip + 4, len + hlen - 40);
		ip[6] = d.has_frag ? IPPROTO_FRAGMENT : d.proto;
		ip[7] = (u8)d.ttl;
		memcpy(ip + 8, d.src.addr, 16);
		memcpy(ip + 24, d.dst.addr, 16);
		if (d.has_frag) {
			ip[40] = d.proto;
			put16(ip + 42, d.frag | d.mf);
		}
	} else {
		ip[0] = 0x45;
		put16(ip + 2, hlen + len);
		put16(ip + 6, d.frag / 8 | (d.mf ? 0x2000u : 0));
		ip[8] = (u8)d.ttl;
		ip[9] = d.proto;
		memcpy(ip + 12, d.src.addr, 4);
		memcpy(ip + 16, d.dst.addr, 4);
		put16(ip + 10, (~sum16(ip, 20, 0) & 0xffff) ^ (d.badip ? 0x1234 : 0));
	}
	write_checksum(&d, ip, ip + hlen, len);
	return hlen + len;
}

void pkt_build(struct pkt_buf *b, const char *description)
{
	struct described d;
	char text[512];
	u32 eth = 14;

	snprintf(text, sizeof(text), "%s", description);
	describe(&d, text, description);
	memset(b, 0, sizeof(*b));
	memcpy(b->data, d.mac, 6);
	memcpy(b->data + 6, "\2\0\0\0\0\x99", 6);
	if (d.vlan) {
		put16(b->data + 12, 0x8100);
		put16(b->data + 14, d.vlan);
		eth = 18;
	}
	put16(b->data + eth - 2, d.src.v6 ? 0x86dd : 0x0800);
	b->len = eth + build_ip(b->data + eth, PKT_ROOM - eth, description);
}

/* Where the transport header is, and its protocol. */
static const u8 *find_l4(const u8 *ip, u8 *ret_proto, u32 *ret_len)
{
	if (ip[0] >> 4 == 4) {
		u32 hlen = (ip[0] & 15u) * 4;

		*ret_proto = ip[9];
		*ret_len = get16(ip + 2) - hlen;
		return ip + hlen;
	}
	*ret_proto = ip[6];
	*ret_len = get16(ip + 4);
	return ip + 40;
}

static void text_end(const u8 *addr, bool v6, const u8 *port, char *ret, size_t size)
{
	char a[INET6_ADDRSTRLEN], p[8] = "";

	inet_ntop(v6 ? AF_INET6 : AF_INET, addr, a, sizeof(a));
	if (port)
		snprintf(p, sizeof(p), ":%u", get16(port));
	snprintf(ret, size, v6 ? "[%s]%s" : "%s%s", a, p);
}

static void text_l4(const u8 *l4, u8 proto, u32 ttl, char *ret, size_t size)
{
	char flags[8] = "";
	size_t i, n = 0;

	switch (proto) {
	case IPPROTO_TCP:
		for (i = 0; flag_letters[i]; i++)
			if (l4[13] & 1u << i)
				flags[n++] = flag_letters[i];
		if (l4[13] & 4)
			snprintf(ret, size, "flags=%s seq=%u ack=%u ttl=%u", flags, get32(l4 + 4),
				 get32(l4 + 8), ttl);
		else
			snprintf(ret, size, "flags=%s ttl=%u", flags, ttl);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		snprintf(ret, size, "type=%u code=%u id=%u ttl=%u", l4[0], l4[1], get16(l4 + 4), ttl);
		break;
	default:
		snprintf(ret, size, "ttl=%u", ttl);
	}
}

static bool quotes(u8 proto, const u8 *l4)
{
	return (proto == IPPROTO_ICMPV6 && l4[0] < 128) ||
	       (proto == IPPROTO_ICMP && (l4[0] == 3 || l4[0] == 11 || l4[0] == 12));
}

static void text_ip(const u8 *ip, char *ret, size_t size)
{
	bool v6 = ip[0] >> 4 == 6, ports;
	char src[64], dst[64], rest[128], name[8], quote[512] = "";
	const u8 *l4;
	u8 proto;
	u32 len;

	l4 = find_l4(ip, &proto, &len);
	ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP;
	text_end(ip + (v6 ? 8 : 12), v6, ports ? l4 : NULL, src, sizeof(src));
	text_end(ip + (v6 ? 24 : 16), v6, ports ? l4 + 2 : NULL, dst, sizeof(dst));
	text_l4(l4, proto, ip[v6 ? 7 : 8], rest, sizeof(rest));
	if (quotes(proto, l4)) {
		strcpy(quote, " | ");
		text_ip(l4 + 8, quote + 3, sizeof(quote) - 3);
	}
	snprintf(name, sizeof(name), "%u", proto);
	snprintf(ret, size, "%s %s > %s %s%s",
		 proto == IPPROTO_UDP ? "udp" : proto == IPPROTO_TCP ? "tcp" :
		 proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ? "icmp" : name,
		 src, dst, rest, quote);
}

static u32 eth_len(const u8 *data)
{
	return get16(data + 12) == 0x8100 ? 18 : 14;
}

void pkt_text(const u8 *data, u32 len, char *ret, size_t size)
{
	u32 off = eth_len(data);
	u8 copy[PKT_ROOM] = { 0 };	/* a quote may be cut off: read zeros there */

	memcpy(copy, data + off, len - off);
	text_ip(copy, ret, size);
}

/* @avail: bytes that are there; a quoted packet may be cut off. */
static bool checksums_ok(const u8 *ip, u32 avail)
{
	const u8 *l4;
	u8 proto;
	u32 len, csum;

	if (avail < 20)
		return true;
	if (ip[0] >> 4 == 4 && sum16(ip, (ip[0] & 15u) * 4, 0) != 0xffff)
		return false;
	if (ip[0] >> 4 != 4 && avail < 40)
		return true;
	l4 = find_l4(ip, &proto, &len);
	if (len > avail || (u32)(l4 - ip) + len > avail)
		return true;
	if (quotes(proto, l4) && len >= 8 && !checksums_ok(l4 + 8, len - 8))
		return false;
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP && proto != IPPROTO_ICMP &&
	    proto != IPPROTO_ICMPV6)
		return true;
	csum = get16(l4 + csum_offset(proto));
	if (proto == IPPROTO_UDP && !csum)
		return ip[0] >> 4 == 4;
	return l4_sum(ip, l4, len, proto) == 0xffff;
}

bool pkt_checksums_ok(const u8 *data, u32 len)
{
	u32 off = eth_len(data);

	return len < off + 20 || checksums_ok(data + off, len - off);
}
