// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conn_table.c - where connection records live and how they are found.
 *
 * The arena is reserved for the planned number of connections in every class
 * (address space only); memory is committed when a record is first used and is
 * kept until the table goes. The index is committed at once: two entries a
 * connection at three quarters load, chains of buckets where a bucket spills.
 *
 * The index is keyed, so a sender can't choose which bucket it fills.
 */
#include "fw-under-test/engine/conn.h"

#include <errno.h>
#include <sys/mman.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "lib/topo.h"
#include "lib/u128.h"

#define CONNS_MAX	(1u << 27)	/* 8 units each fit 31 bits of unit number */

static const u8 kind_units[CONN_KINDS] = { 0, 1, 2, 2, 3 };

static inline u64 mix(u64 a, u64 b)
{
	u128 p = u128_mul(a, b);

	return u128_lo(p) ^ u128_hi(p);
}

u64 conn_hash(const struct conn_table *t, const struct tuple *u)
{
	const u64 *k = t->key;
	u64 ports = (u64)u->port.sport << 48 | (u64)u->port.dport << 32 | (u64)u->l4proto << 8 |
		    u->family;
	u64 h;

	if (u->family == AF_INET) {
		h = mix(((u64)u->src.v4 << 32 | u->dst.v4) ^ k[0], ports ^ k[1]);
	} else {
		h = mix(u->src.v6w[0] ^ k[0], u->src.v6w[1] ^ k[1]) ^
		    mix(u->dst.v6w[0] ^ k[2], u->dst.v6w[1] ^ k[3]);
		h = mix(h ^ k[0], ports ^ k[1]);
	}
	return mix(h ^ k[2], k[3]);
}

static inline u32 hash_bucket(const struct conn_table *t, u64 hash)
{
	return (u32)((hash >> 32) * t->nbuckets >> 32);
}

static inline u16 hash_tag(u64 hash)
{
	u16 tag = (u16)hash;

	return tag ? tag : 1;
}

/* A bit for each slot of @b that holds @tag. */
static inline u32 bucket_match(const struct bucket *b, u16 tag)
{
#ifdef __SSE2__
	__m128i tags = _mm_load_si128((const __m128i *)(const void *)b->tag);
	__m128i same = _mm_cmpeq_epi16(tags, _mm_set1_epi16((short)tag));

	return (u32)_mm_movemask_epi8(_mm_packs_epi16(same, _mm_setzero_si128()));
#else
	u32 bits = 0, i;

	for (i = 0; i < CONN_BUCKET; i++)
		bits |= (u32)(b->tag[i] == tag) << i;
	return bits;
#endif
}

static inline void prefetch_bucket(const struct conn_table *t, u64 hash)
{
	prefetch(&t->buckets[hash_bucket(t, hash)]);
}

static inline bool conn_matches(struct conn *c, const struct tuple *u, unsigned int dir)
{
	const union fw_addr *a;

	if (load32(&c->port[dir]) != load32(&u->port) || c->l4proto != u->l4proto)
		return false;
	if (u->family == AF_INET)
		return c->kind <= CONN_T4 && c->addr4[dir * 2] == u->src.v4 &&
		       c->addr4[dir * 2 + 1] == u->dst.v4;
	if (c->kind < CONN_U6)
		return false;
	a = conn_addr6(c) + dir * 2;
	return addr_equal(AF_INET6, a, &u->src) && addr_equal(AF_INET6, a + 1, &u->dst);
}

struct conn *conn_find(const struct conn_table *t, const struct tuple *u, u64 hash,
		       unsigned int *ret_dir)
{
	const struct bucket *b = &t->buckets[hash_bucket(t, hash)];
	u16 tag = hash_tag(hash);

	for (;;) {
		u32 bits = bucket_match(b, tag);

		for (; bits; bits &= bits - 1) {
			u32 ref = b->ref[__builtin_ctz(bits)];
			struct conn *c = conn_at(t, ref >> 1);

			if (likely(conn_matches(c, u, ref & 1))) {
				*ret_dir = ref & 1;
				return c;
			}
		}
		if (likely(!b->next))
			return NULL;
		b = &t->buckets[b->next];
	}
}

void tuple_of_view(const struct pkt_view *v, struct tuple *ret)
{
	ret->family = v->family;
	ret->l4proto = v->l4proto;
	if (v->family == AF_INET) {
		ret->src.v4 = v->src.v4;
		ret->dst.v4 = v->dst.v4;
	} else {
		ret->src = v->src;
		ret->dst = v->dst;
	}
	switch (v->l4proto) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		/* Rules want type and code first; a tuple answers by identifier. */
		ret->port.sport = v->dport;
		ret->port.dport = v->sport;
		break;
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		ret->port.sport = v->sport;
		ret->port.dport = v->dport;
		break;
	default:
		ret->port.sport = 0;
		ret->port.dport = 0;
	}
}

void conn_query_start(const struct conn_table *t, const struct pkt_view *v,
		      struct conn_query *ret)
{
	tuple_of_view(v, &ret->tuple);
	ret->hash = conn_hash(t, &ret->tuple);
	ret->hint = 0;
	prefetch_bucket(t, ret->hash);
}

void conn_query_fetch(const struct conn_table *t, struct conn_query *q)
{
	const struct bucket *b = &t->buckets[hash_bucket(t, q->hash)];
	u32 bits = bucket_match(b, hash_tag(q->hash));

	if (!bits && b->next) {
		prefetch(&t->buckets[b->next]);
		return;
	}
	/* Two equal tags in a bucket are rare; either may be the one. */
	for (; bits; bits &= bits - 1) {
		q->hint = b->ref[__builtin_ctz(bits)];
		conn_prefetch(t, q->hint >> 1);
	}
}

struct conn *conn_query_find(const struct conn_table *t, const struct conn_query *q,
			     unsigned int *ret_dir)
{
	struct conn *c = conn_at(t, q->hint >> 1);

	/* A confirmed record is in the index by both its tuples, so none but
	 * this one can be found there; a freed one's kind says so. */
	if (likely(q->hint && c->kind != CONN_FREE && (c->status & CTS_CONFIRMED) &&
		   conn_matches(c, &q->tuple, q->hint & 1))) {
		*ret_dir = q->hint & 1;
		return c;
	}
	return conn_find(t, &q->tuple, q->hash, ret_dir);
}

void conn_tuple(struct conn *c, unsigned int dir, struct tuple *ret)
{
	ret->family = conn_family(c);
	ret->l4proto = c->l4proto;
	ret->port = c->port[dir];
	if (ret->family == AF_INET) {
		ret->src.v4 = c->addr4[dir * 2];
		ret->dst.v4 = c->addr4[dir * 2 + 1];
	} else {
		ret->src = conn_addr6(c)[dir * 2];
		ret->dst = conn_addr6(c)[dir * 2 + 1];
	}
}

void conn_set_tuple(struct conn *c, unsigned int dir, const struct tuple *u)
{
	c->port[dir] = u->port;
	if (u->family == AF_INET) {
		c->addr4[dir * 2] = u->src.v4;
		c->addr4[dir * 2 + 1] = u->dst.v4;
	} else {
		conn_addr6(c)[dir * 2] = u->src;
		conn_addr6(c)[dir * 2 + 1] = u->dst;
	}
}

struct conn *conn_new(struct conn_table *t, u8 kind)
{
	struct conn_region *r = &t->region[kind];
	struct conn *c;

	if (r->free) {
		c = conn_at(t, r->free);
		r->free = c->next;
	} else if (r->next < r->end) {
		c = conn_at(t, r->next);
		r->next += kind_units[kind];
	} else {
		return NULL;
	}
	memset(c, 0, (size_t)kind_units[kind] * CONN_UNIT);
	c->kind = kind;
	t->count++;
	t->record_bytes += (u64)kind_units[kind] * CONN_UNIT;
	return c;
}

void conn_free(struct conn_table *t, struct conn *c)
{
	struct conn_region *r = &t->region[c->kind];

	t->count--;
	t->record_bytes -= (u64)kind_units[c->kind] * CONN_UNIT;
	c->kind = CONN_FREE;
	c->next = r->free;
	r->free = conn_unit(t, c);
}

static u32 overflow_new(struct conn_table *t)
{
	u32 i = t->overflow_free;

	if (i)
		t->overflow_free = t->buckets[i].next;
	else if (t->overflow_next < t->nbuckets + t->noverflow)
		i = t->overflow_next++;
	else
		return 0;
	memset(&t->buckets[i], 0, sizeof(t->buckets[i]));
	t->overflow_used++;
	return i;
}

/* Make sure the chain of @hash has an empty slot; NULL when it can't. */
static struct bucket *bucket_with_room(struct conn_table *t, u64 hash)
{
	struct bucket *b = &t->buckets[hash_bucket(t, hash)];
	u32 more;

	while (!bucket_match(b, 0)) {
		if (!b->next) {
			more = overflow_new(t);
			if (!more)
				return NULL;
			b->next = more;
		}
		b = &t->buckets[b->next];
	}
	return b;
}

static void bucket_put(struct bucket *b, u64 hash, u32 ref)
{
	u32 i = (u32)__builtin_ctz(bucket_match(b, 0));

	b->tag[i] = hash_tag(hash);
	b->ref[i] = ref;
}

static void index_remove(struct conn_table *t, u64 hash, u32 ref)
{
	u32 at = hash_bucket(t, hash), before = 0;
	struct bucket *b;

	for (;;) {
		u32 bits = bucket_match(&t->buckets[at], hash_tag(hash));

		b = &t->buckets[at];
		for (; bits; bits &= bits - 1) {
			u32 i = (u32)__builtin_ctz(bits);

			if (b->ref[i] != ref)
				continue;
			b->tag[i] = 0;
			if (before && bucket_match(b, 0) == (1u << CONN_BUCKET) - 1) {
				t->buckets[before].next = b->next;
				b->next = t->overflow_free;
				t->overflow_free = at;
				t->overflow_used--;
			}
			return;
		}
		if (!b->next)
			return;
		before = at;
		at = b->next;
	}
}

int conn_index(struct conn_table *t, struct conn *c)
{
	u32 ref = conn_unit(t, c) << 1;
	struct tuple u[2];
	struct bucket *b;
	unsigned int i, dir;
	u64 hash[2];

	for (i = 0; i < 2; i++) {
		conn_tuple(c, i, &u[i]);
		hash[i] = conn_hash(t, &u[i]);
		prefetch_bucket(t, hash[i]);
	}
	for (i = 0; i < 2; i++)
		if (conn_find(t, &u[i], hash[i], &dir))
			return -EEXIST;
	for (i = 0; i < 2; i++) {
		b = bucket_with_room(t, hash[i]);
		if (!b) {
			if (i)
				index_remove(t, hash[0], ref);
			return -ENOSPC;
		}
		bucket_put(b, hash[i], ref | i);
	}
	return 0;
}

void conn_unindex(struct conn_table *t, struct conn *c)
{
	u32 ref = conn_unit(t, c) << 1;
	struct tuple u[2];
	unsigned int i;
	u64 hash[2];

	for (i = 0; i < 2; i++) {
		conn_tuple(c, i, &u[i]);
		hash[i] = conn_hash(t, &u[i]);
		prefetch_bucket(t, hash[i]);
	}
	for (i = 0; i < 2; i++)
		index_remove(t, hash[i], ref | i);
}

void conn_prefetch_index(const struct conn_table *t, struct conn *c)
{
	struct tuple u;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		conn_tuple(c, i, &u);
		prefetch_bucket(t, conn_hash(t, &u));
	}
}

static size_t index_bytes(const struct conn_table *t)
{
	return ((size_t)t->nbuckets + t->noverflow) * sizeof(struct bucket);
}

static int arena_init(struct conn_table *t, u64 max, struct err *err)
{
	u32 unit = CONN_UNIT;	/* never 0; regions start on a page */
	unsigned int k;

	for (k = CONN_U4; k < CONN_KINDS; k++) {
		struct conn_region *r = &t->region[k];

		r->first = unit;
		r->next = unit;
		r->end = unit + (u32)max * kind_units[k];
		unit = (r->end + 63) & ~63u;
	}
	t->arena_bytes = (size_t)unit * CONN_UNIT;
	t->arena = mmap(NULL, t->arena_bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (t->arena == MAP_FAILED) {
		t->arena = NULL;
		return err_set(err, -ENOMEM, "no address space for %llu connections (%zu MiB)",
			       (unsigned long long)max, t->arena_bytes >> 20);
	}
	/* Only a hint: without huge pages the table works, with more TLB misses. */
	if (t->arena_bytes >= 2u << 20)
		madvise(t->arena, t->arena_bytes, MADV_HUGEPAGE);
	return 0;
}

int conn_table_init(struct conn_table *t, u64 max, int node, const u64 key[4], struct err *err)
{
	int ret;

	memset(t, 0, sizeof(*t));
	if (!max || max > CONNS_MAX)
		return err_set(err, -EINVAL, "connections of a worker: %llu is not between 1 and %u",
			       (unsigned long long)max, CONNS_MAX);
	t->max = max;
	memcpy(t->key, key, sizeof(t->key));
	/* Keys of a multiplication must not be 0 or tiny. */
	t->key[1] |= 1ULL << 63;
	t->key[3] |= 1ULL << 63 | 1;
	/* Two entries each at 6 of 8; a spilled bucket in 4 at that load, and
	 * small tables vary more. */
	t->nbuckets = (u32)(max / 3 + 1);
	t->noverflow = t->nbuckets / 4 + 64;
	t->overflow_next = t->nbuckets;
	t->buckets = mem_alloc(index_bytes(t), node, NULL);
	if (!t->buckets)
		return err_set(err, -ENOMEM, "no memory for the index of %llu connections (%zu MiB)",
			       (unsigned long long)max, index_bytes(t) >> 20);
	ret = arena_init(t, max, err);
	if (ret) {
		mem_free(t->buckets, index_bytes(t));
		t->buckets = NULL;
	}
	return ret;
}

void conn_table_release(struct conn_table *t)
{
	if (t->arena)
		munmap(t->arena, t->arena_bytes);
	if (t->buckets)
		mem_free(t->buckets, index_bytes(t));
	memset(t, 0, sizeof(*t));
}

u64 conn_table_bytes(const struct conn_table *t)
{
	return t->record_bytes + ((u64)t->nbuckets + t->noverflow) * sizeof(struct bucket);
}
