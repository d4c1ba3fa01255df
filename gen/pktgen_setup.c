// SPDX-License-Identifier: GPL-2.0-or-later
/* pktgen_setup.c - see pktgen_setup.h. */
#include "gen/pktgen_setup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PKTGEN_HEADER	16	/* its own, at the start of the payload */
#define PKTGEN_FLOWS_MAX 65536
#define DELAY_MIN_NS	100
#define ETH_LEN		14
#define IPV4_LEN	20
#define IPV6_LEN	40
#define ETHERTYPE_VLAN	0x8100
#define IPV4_NOT_WHOLE	0x3fff	/* more fragments, offset */

/* One end of the flows. */
struct side {
	struct kpps_addr addr;
	u64 addrs;
	u32 port, ports;
};

#define cannot(err, ...) err_set(err, -EOPNOTSUPP, "pktgen: " __VA_ARGS__)

static void add(struct pktgen_setup *p, const char *fmt, ...) __printf(2, 3);

/* The most lines that there can be fit, as does each. */
static void add(struct pktgen_setup *p, const char *fmt, ...)
{
	va_list ap;

	if (p->n == PKTGEN_LINES_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(p->line[p->n], PKTGEN_LINE_MAX, fmt, ap);
	va_end(ap);
	p->n++;
}

static u16 get_be16(const u8 *p)
{
	return kpps_be16(kpps_get16(p));
}

static void sides(const struct kpps_stream *s, struct side *src, struct side *dst)
{
	bool reverse = s->flags & KPPS_F_REVERSE;
	struct side *near = reverse ? dst : src, *far = reverse ? src : dst;

	*near = (struct side){ s->near, s->by_near_addr.d, s->near_port, (u32)s->by_near_port.d };
	*far = (struct side){ .addr = s->far, .port = s->far_port, .ports = (u32)s->by_far_port.d };
	far->addrs = s->tuples / (near->addrs * near->ports * far->ports);
}

/* ---------------------------------------------------------------- what it can't do */

static unsigned int tags(const struct kpps_stream *s)
{
	return (s->l3_off - ETH_LEN) / 4u;
}

static int check_header(const struct kpps_stream *s, struct err *err)
{
	const u8 *ip = s->header + s->l3_off;
	bool v6 = s->flags & KPPS_F_IPV6;

	if (!(s->flags & KPPS_F_UDP))
		return cannot(err, "it sends UDP only: a stream of another protocol needs another source");
	if (s->l4_off - s->l3_off != (v6 ? IPV6_LEN : IPV4_LEN))
		return cannot(err, "it knows no IPv6 extension headers");
	if (!v6 && (get_be16(ip + 6) & IPV4_NOT_WHOLE))
		return cannot(err, "it sends no fragments");
	if (tags(s) > 1)
		return cannot(err, "its outer VLAN tag of two has type 0x8100, not 0x88a8: give one tag, or none");
	if (s->nsizes != 1)
		return cannot(err, "%u sizes in turn: it draws sizes at random: give one size",
			      s->nsizes);
	if (s->sizes[0].len < s->payload_off + PKTGEN_HEADER)
		return cannot(err, "frames of %u bytes (with FCS): its own header needs %u",
			      s->sizes[0].len + 4u, s->payload_off + PKTGEN_HEADER + 4u);
	return 0;
}

static bool holds(const struct side *d, u32 first, u32 last)
{
	return d->addr.lo <= last && d->addr.lo + (d->addrs - 1) >= first;
}

/* pktgen draws until it has an address that is none of these: for ever, if all are. */
static int check_destinations(const struct side *d, bool v6, struct err *err)
{
	if (d->addrs == 1)
		return 0;
	if (v6) {
		if ((d->addrs & (d->addrs - 1)) || (d->addr.lo & (d->addrs - 1)))
			return cannot(err, "%llu IPv6 destination addresses: it can vary a whole prefix only: give 2^k of them, aligned",
				      (unsigned long long)d->addrs);
		return 0;
	}
	if (holds(d, 0, 0x00ffffff) || holds(d, 0x7f000000, 0x7fffffff) ||
	    holds(d, 0xe0000000, 0xffffffff))
		return cannot(err, "destination addresses of 0.0.0.0/8, 127.0.0.0/8 and from 224.0.0.0 on are not among those it draws: leave them out");
	return 0;
}

static int check_flows(const struct kpps_stream *s, const struct side *src, const struct side *dst,
		       struct err *err)
{
	bool limited = s->flows < s->tuples;

	if (s->order == KPPS_ZIPF)
		return cannot(err, "it knows no order zipf: sequential (flows in turn) or uniform");
	if (s->flows == 1)
		return 0;
	if ((s->flags & KPPS_F_IPV6) && src->addrs > 1)
		return cannot(err, "it has one IPv6 source address: vary ports or destination addresses");
	if (s->by_burst.d > 1 && (s->order != KPPS_SEQUENTIAL || src->addrs > 1 || src->ports > 1 ||
				  dst->ports > 1 || (s->flags & KPPS_F_IPV6)))
		return cannot(err, "bursts of one flow: it keeps to an IPv4 destination address only, and with order sequential, while sources and ports change with every packet");
	if (!limited)
		return 0;
	if ((s->flags & KPPS_F_IPV6) || (src->addrs == 1 && dst->addrs == 1))
		return cannot(err, "%llu flows of %llu address and port pairs: its table of flows does not hold for ports and IPv6: give as many flows as pairs (flows: all, --flows 0)",
			      (unsigned long long)s->flows, (unsigned long long)s->tuples);
	if (s->flows > PKTGEN_FLOWS_MAX)
		return cannot(err, "%llu flows: its table has room for %d",
			      (unsigned long long)s->flows, PKTGEN_FLOWS_MAX);
	return 0;
}

/* ------------------------------------------------------------------------ the lines */

static void add_macs(struct pktgen_setup *p, const struct kpps_stream *s)
{
	const u8 *h = s->header;

	add(p, "dst_mac %02x:%02x:%02x:%02x:%02x:%02x\n", h[0], h[1], h[2], h[3], h[4], h[5]);
	add(p, "src_mac %02x:%02x:%02x:%02x:%02x:%02x\n", h[6], h[7], h[8], h[9], h[10], h[11]);
	if (tags(s)) {
		u16 tci = get_be16(h + ETH_LEN);

		add(p, "vlan_id %u\n", tci & 0xfff);
		if (tci >> 13)
			add(p, "vlan_p %u\n", tci >> 13);
	}
}

static void add_address(struct pktgen_setup *p, const char *word, bool v6,
			const struct kpps_addr *a, u64 more)
{
	char text[INET6_ADDRSTRLEN];
	u8 bytes[16];

	if (v6) {
		kpps_put64(bytes, a->hi);
		kpps_put64(bytes + 8, kpps_be64(a->lo + more));
	} else {
		kpps_put32(bytes, kpps_be32((u32)min(a->lo + more, (u64)0xffffffff)));
	}
	inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, text, sizeof(text));
	add(p, "%s %s\n", word, text);
}

/* Random ranges end one above the last. */
static void add_addresses_v4(struct pktgen_setup *p, const struct side *src,
			     const struct side *dst)
{
	add_address(p, "src_min", false, &src->addr, 0);
	add_address(p, "src_max", false, &src->addr, src->addrs > 1 ? src->addrs : 0);
	add_address(p, "dst_min", false, &dst->addr, 0);
	add_address(p, "dst_max", false, &dst->addr, dst->addrs > 1 ? dst->addrs : 0);
	if (src->addrs > 1)
		add(p, "flag IPSRC_RND\n");
	if (dst->addrs > 1)
		add(p, "flag IPDST_RND\n");
}

/* Of IPv6 destinations it draws (random | min) & max. */
static void add_addresses_v6(struct pktgen_setup *p, const struct side *src,
			     const struct side *dst)
{
	add_address(p, "src6", true, &src->addr, 0);
	add_address(p, "dst6", true, &dst->addr, 0);
	if (dst->addrs == 1)
		return;
	add_address(p, "dst6_min", true, &dst->addr, 0);
	add_address(p, "dst6_max", true, &dst->addr, dst->addrs - 1);
}

static void add_ports(struct pktgen_setup *p, const char *which, const char *flag, u32 first,
		      u32 n)
{
	u32 end = n > 1 ? min(first + n, (u32)65535) : first;

	add(p, "udp_%s_min %u\n", which, first);
	add(p, "udp_%s_max %u\n", which, end);
	if (n > 1)
		add(p, "flag %s\n", flag);
}

static void add_flows(struct pktgen_setup *p, const struct kpps_stream *s)
{
	bool limited = s->flows > 1 && s->flows < s->tuples;

	if (!limited && s->by_burst.d == 1)
		return;
	add(p, "flows %llu\n", (unsigned long long)(limited ? s->flows : 1));
	add(p, "flowlen %llu\n", (unsigned long long)s->by_burst.d);
	if (s->order == KPPS_SEQUENTIAL)
		add(p, "flag FLOW_SEQ\n");
}

static void add_dscp(struct pktgen_setup *p, const struct kpps_stream *s)
{
	const u8 *ip = s->header + s->l3_off;

	if (s->flags & KPPS_F_IPV6)
		add(p, "traffic_class %02x\n", (get_be16(ip) >> 4) & 0xff);
	else
		add(p, "tos %02x\n", ip[1]);
}

/* One flow has the tuple of flow 0. */
static void fix(const struct kpps_stream *s, struct side *src, struct side *dst)
{
	bool v6 = s->flags & KPPS_F_IPV6;
	struct kpps_tuple t;

	kpps_stream_tuple(s, 0, &t);
	*src = (struct side){
		{ t.src_hi, v6 ? kpps_be64(t.src_lo) : kpps_be32((u32)t.src_lo) }, 1,
		kpps_be16(t.sport), 1,
	};
	*dst = (struct side){
		{ t.dst_hi, v6 ? kpps_be64(t.dst_lo) : kpps_be32((u32)t.dst_lo) }, 1,
		kpps_be16(t.dport), 1,
	};
}

int pktgen_setup_stream(const struct kpps_stream *s, enum kernel_way way,
			struct pktgen_setup *ret, struct err *err)
{
	static const char *const modes[] = {
		[KERNEL_WAY_OUT] = "start_xmit", [KERNEL_WAY_QDISC] = "queue_xmit",
		[KERNEL_WAY_IN] = "netif_receive",
	};
	bool v6 = s->flags & KPPS_F_IPV6;
	struct side src, dst;
	int rc = check_header(s, err);

	if (rc)
		return rc;
	sides(s, &src, &dst);
	rc = check_flows(s, &src, &dst, err);
	if (rc)
		return rc;
	if (s->flows == 1)
		fix(s, &src, &dst);
	rc = check_destinations(&dst, v6, err);
	if (rc)
		return rc;
	*ret = (struct pktgen_setup){ .n = 0 };
	add(ret, "xmit_mode %s\n", modes[way]);
	add(ret, "clone_skb 0\n");
	add(ret, "pkt_size %u\n", s->sizes[0].len);
	add(ret, "flag UDPCSUM\n");
	add_macs(ret, s);
	if (v6)
		add_addresses_v6(ret, &src, &dst);
	else
		add_addresses_v4(ret, &src, &dst);
	add_ports(ret, "src", "UDPSRC_RND", src.port, src.ports);
	add_ports(ret, "dst", "UDPDST_RND", dst.port, dst.ports);
	add_flows(ret, s);
	add_dscp(ret, s);
	return 0;
}

u64 pktgen_delay_ns(double rate_pps, unsigned int ncpus)
{
	double delay = rate_pps > 0 ? 1e9 * ncpus / rate_pps : 0;

	if (delay < DELAY_MIN_NS)
		return 0;
	/* 0x7fffffff would mean never */
	return (u64)min(delay, (double)0x7ffffffe);
}

/* ------------------------------------------------------------------------ its answers */

/* The number behind @word, which must be there. */
static bool number(const char *text, const char *word, u64 *ret)
{
	const char *at = strstr(text, word);

	if (!at)
		return false;
	at += strlen(word);
	at += strspn(at, " ");
	if (*at < '0' || *at > '9')
		return false;
	*ret = strtoull(at, NULL, 10);
	return true;
}

bool pktgen_result_read(const char *text, struct pktgen_result *ret)
{
	const char *now = strstr(text, "\nCurrent:"), *result = strstr(text, "\nResult: ");
	struct pktgen_result r = { 0 };

	if (!now || !result || result < now || !number(now, "pkts-sofar:", &r.sofar) ||
	    !number(now, "errors:", &r.errors) || !number(now, "started:", &r.started_us))
		return false;
	result += strlen("\nResult: ");
	if (!strncmp(result, "Starting", 8))
		r.phase = PKTGEN_RUNNING;
	else if (!strncmp(result, "Error", 5) || !strncmp(result, "No memory", 9))
		r.phase = PKTGEN_FAILED;
	else if (strstr(result, " usec, ") && number(result, "OK:", &r.elapsed_us))
		r.phase = PKTGEN_DONE;
	*ret = r;
	return true;
}
