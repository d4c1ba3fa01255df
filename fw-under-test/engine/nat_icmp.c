// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nat_icmp.c - ICMP errors about a translated connection. The quoted packet is
 * the one the other side saw, so it gets the inverse translation; the outer
 * header gets the one a reply would get. Type and code stay, the quoted
 * transport checksum is carried along but never judged (RFC 5508, REQ-3c, -4).
 */
#include "fw-under-test/engine/nat.h"

/* Change bytes under the checksum at @csum; @n even, @at at an even distance
 * from where that checksum starts. */
static void write_covered(u8 *csum, u8 *at, const void *bytes, u32 n)
{
	const u8 *p = bytes;
	u32 i;

	for (i = 0; i < n; i += 2)
		csum_write16(csum, at + i, load16(p + i));
}

/* Where the quoted transport checksum is, if it was quoted and is one. */
static u8 *inner_csum(const struct pkt_view *inner)
{
	u32 off = l4_csum_off(inner->l4proto);
	u8 *at = inner->data + inner->l4_off + off;

	if (!off || l4_len(inner) < off + 2)
		return NULL;
	if (inner->l4proto == IPPROTO_UDP && !load16(at))
		return NULL;
	return at;
}

struct inner_fix {
	struct pkt_view *inner;
	u8 *icmp_csum, *l4_csum;
};

/* Words of the quoted packet: under the ICMP checksum, and (when @covered) the
 * quoted transport checksum, which itself lies under the ICMP one. */
static void inner_write(struct inner_fix *f, u8 *at, const void *bytes, u32 n, bool covered)
{
	u64 delta = 0;
	u16 csum;
	u32 i;

	for (i = 0; i < n; i += 2)
		delta += (u64)(u16)~load16(at + i) + load16((const u8 *)bytes + i);
	write_covered(f->icmp_csum, at, bytes, n);
	if (!covered || !f->l4_csum)
		return;
	csum = csum_apply(load16(f->l4_csum), csum_fold(delta));
	if (f->inner->l4proto == IPPROTO_UDP && !csum)
		csum = 0xffff;
	write_covered(f->icmp_csum, f->l4_csum, &csum, 2);
}

static void inner_addr(struct inner_fix *f, bool source, const union fw_addr *addr)
{
	struct pkt_view *v = f->inner;
	u8 *ip = v->data + v->l3_off;
	u8 *at = ip + (source ? l3_src_off(v->family) : l3_dst_off(v->family));
	u16 csum;

	if (v->family == AF_INET) {
		csum = csum_apply(load16(ip + 10), csum_fold((u64)(u32)~load32(at) + addr->v4));
		write_covered(f->icmp_csum, ip + 10, &csum, 2);
	}
	inner_write(f, at, addr, addr_len(v->family), l4_csum_pseudo(v->l4proto));
}

static void inner_port(struct inner_fix *f, u32 off, u16 port)
{
	u16 word = htons(port);

	inner_write(f, f->inner->data + f->inner->l4_off + off, &word, 2, true);
}

static void outer_addr(struct pkt_view *v, bool source, const union fw_addr *addr)
{
	u8 *ip = v->data + v->l3_off, *icmp = v->data + v->l4_off;
	u8 *at = ip + (source ? l3_src_off(v->family) : l3_dst_off(v->family));

	/* IPv4: the header's checksum; IPv6: ICMPv6's covers the addresses. */
	write_covered(v->family == AF_INET ? ip + 10 : icmp + 2, at, addr, addr_len(v->family));
	memcpy(source ? &v->src : &v->dst, addr, addr_len(v->family));
}

void nat_icmp_error(struct conn *c, unsigned int dir, enum nat_manip manip, struct pkt_view *v,
		    struct pkt_view *inner)
{
	struct inner_fix f = { .inner = inner, .icmp_csum = v->data + v->l4_off + 2 };
	bool outer_source = manip == NAT_MANIP_SRC, source = !outer_source;
	bool snat = outer_source == !dir;	/* whose change this hook undoes or does */
	struct tuple t;

	if (!(c->status & (snat ? CTS_SNAT : CTS_DNAT)))
		return;
	f.l4_csum = inner_csum(inner);
	/* The quoted packet went the other way: there it looked like this. */
	conn_tuple(c, !dir, &t);
	inner_addr(&f, source, source ? &t.src : &t.dst);
	switch (inner->l4proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		inner_port(&f, source ? 0 : 2, source ? t.port.sport : t.port.dport);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if (snat)
			inner_port(&f, 4, t.port.sport);
		break;
	}
	outer_addr(v, outer_source, outer_source ? &t.dst : &t.src);
}
