// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shard.c - which worker a packet belongs to. See fw_shard_of in fw.h: the
 * function is symmetric, so both directions of an untranslated connection agree
 * without knowing each other; a source translation agrees by choosing its port.
 */
#include "fw-under-test/engine/internal.h"

/* Commutative in the two ends. */
static u32 ends_hash(u8 family, const union fw_addr *a, const union fw_addr *b, u32 ports,
		     u8 l4proto)
{
	u64 x = addr_sum(family, a), y = addr_sum(family, b), h;

	h = (x ^ y) * 0x9e3779b97f4a7c15ULL + (x + y) * 0xc2b2ae3d27d4eb4fULL;
	h ^= ((u64)ports << 8 | l4proto) * 0x165667b19e3779f9ULL;
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ULL;
	return (u32)(h >> 32);
}

static unsigned int shard(const struct fw *fw, u32 hash)
{
	return (unsigned int)((u64)hash * fw->config.workers >> 32);
}

unsigned int shard_of_tuple(const struct fw *fw, const struct tuple *t)
{
	u32 ports = 0;

	if (t->l4proto == IPPROTO_TCP || t->l4proto == IPPROTO_UDP)
		ports = (u32)t->port.sport + t->port.dport;
	else if (t->l4proto == IPPROTO_ICMP || t->l4proto == IPPROTO_ICMPV6)
		ports = t->port.sport;
	return shard(fw, ends_hash(t->family, &t->src, &t->dst, ports, t->l4proto));
}

unsigned int fw_shard_of(const struct fw *fw, u8 *data, u32 len)
{
	struct pkt_view v, inner;
	struct tuple t;

	if (fw->config.workers == 1 || pkt_parse(&v, data, len) != FW_OK)
		return 0;
	/* An error goes where the packet it quotes would go. */
	if (v.l4_ok && v.l4proto == (v.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6) &&
	    icmp_is_error(&v) && pkt_parse_inner(&inner, &v) == FW_OK)
		v = inner;
	tuple_of_view(&v, &t);
	return shard_of_tuple(fw, &t);
}
