// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * route.c - see route.h. Routes are inserted from the shortest prefix to the
 * longest, so a leaf written later is always the better one and no leaf has to
 * remember how long its prefix was.
 */
#include "fw-under-test/engine/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* One prefix on its way into the trie. */
struct entry {
	u8 prefix[16];
	u8 len;
	bool configured;
	u32 hop;
	u32 order;	/* position in the configuration, for messages */
};

struct entries {
	struct entry *e;
	u32 n;
};

/* @n nodes in a row, all words @fill. */
static int nodes_new(struct route_table *t, u32 n, u32 fill, u32 *ret_node)
{
	u32 *nodes, i, more = t->nodes_max;

	if (t->nnodes + n > more) {
		more = more ? more * 2 : 2 * ROUTE_ROOT;
		nodes = realloc(t->nodes, (size_t)more * 256 * sizeof(u32));
		if (!nodes)
			return -ENOMEM;
		t->nodes = nodes;
		t->nodes_max = more;
	}
	for (i = 0; i < n * 256; i++)
		t->nodes[t->nnodes * 256 + i] = fill;
	*ret_node = t->nnodes;
	t->nnodes += n;
	return 0;
}

/* The words of one node (or the root) which a prefix that ends in it covers. */
static void fill_words(struct route_table *t, u32 first, u32 bits, u32 key, const struct entry *e,
		       u32 done)
{
	u32 count = 1u << (done + bits - e->len), i;

	first += key & ~(count - 1);
	for (i = 0; i < count; i++)
		t->nodes[first + i] = e->hop << 1 | 1;
}

static int trie_insert(struct route_table *t, const struct entry *e)
{
	u32 at = (u32)e->prefix[0] << 8 | e->prefix[1], depth, child;
	int ret;

	if (e->len <= 16) {
		fill_words(t, 0, 16, at, e, 0);
		return 0;
	}
	for (depth = 2;; depth++) {
		if (t->nodes[at] & 1) {
			ret = nodes_new(t, 1, t->nodes[at], &child);
			if (ret)
				return ret;
			t->nodes[at] = child << 1;
		}
		child = t->nodes[at] >> 1;
		if (e->len <= depth * 8 + 8) {
			fill_words(t, child * 256, 8, e->prefix[depth], e, depth * 8);
			return 0;
		}
		at = child * 256 + e->prefix[depth];
	}
}

static int entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	order = memcmp(x->prefix, y->prefix, sizeof(x->prefix));
	if (order)
		return order;
	/* The implicit routes win over configured ones of the same prefix. */
	if (x->configured != y->configured)
		return x->configured ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void entry_add(struct entries *es, const void *prefix, u32 bytes, u8 len, u32 hop)
{
	struct entry *e = &es->e[es->n];

	memset(e, 0, sizeof(*e));
	memcpy(e->prefix, prefix, bytes);
	e->len = len;
	e->hop = hop;
	e->order = es->n++;
}

/* Prefixes that have one meaning everywhere. */
static const struct {
	u8 family, prefix[16], len, kind;
} implicit[] = {
	{ AF_INET, { 0 }, 8, HOP_BLACKHOLE },
	{ AF_INET, { 127 }, 8, HOP_BLACKHOLE },
	{ AF_INET, { 224 }, 4, HOP_BLACKHOLE },
	{ AF_INET, { 224, 0, 0 }, 24, HOP_LOCAL },
	{ AF_INET, { 255, 255, 255, 255 }, 32, HOP_LOCAL },
	{ AF_INET6, { 0 }, 128, HOP_BLACKHOLE },
	{ AF_INET6, { [15] = 1 }, 128, HOP_BLACKHOLE },
	{ AF_INET6, { 0xfe, 0x80 }, 10, HOP_BLACKHOLE },
	{ AF_INET6, { 0xff }, 8, HOP_BLACKHOLE },
	{ AF_INET6, { 0xff, 0x01 }, 16, HOP_LOCAL },
	{ AF_INET6, { 0xff, 0x02 }, 16, HOP_LOCAL },
};

static int check_route(const struct fw_config *c, u32 i, struct err *err)
{
	const struct fw_route *r = &c->routes[i];
	u32 bits = r->family == AF_INET ? 32 : 128, b;
	const u8 *p = (const u8 *)&r->prefix;

	if (r->family != AF_INET && r->family != AF_INET6)
		return err_set(err, -EINVAL, "route %u: family %u is neither IPv4 nor IPv6", i,
			       r->family);
	if (r->prefix_len > bits)
		return err_set(err, -EINVAL, "route %u: prefix length %u is above %u", i,
			       r->prefix_len, bits);
	if (r->out_if >= c->nifs)
		return err_set(err, -EINVAL, "route %u: interface %u of %u does not exist", i,
			       r->out_if, c->nifs);
	for (b = r->prefix_len; b < bits; b++)
		if (p[b / 8] & 0x80 >> b % 8)
			return err_set(err, -EINVAL, "route %u: address bits beyond prefix length %u", i,
				       r->prefix_len);
	return 0;
}

static int collect(struct route_table *t, const struct fw_config *c, int family,
		   struct entries *es, struct err *err)
{
	u32 bytes = family == AF_INET ? 4 : 16, i, k;
	int ret;

	for (i = 0; i < c->nroutes; i++) {
		const struct fw_route *r = &c->routes[i];
		struct hop *h = &t->hops[t->nhops];

		ret = check_route(c, i, err);
		if (ret)
			return ret;
		if (r->family != family)
			continue;
		h->kind = HOP_FORWARD;
		h->out_if = r->out_if;
		memcpy(h->eth, r->next_hop_mac, 6);
		memcpy(h->eth + 6, c->ifs[r->out_if].mac, 6);
		entry_add(es, &r->prefix, bytes, r->prefix_len, t->nhops++);
		es->e[es->n - 1].configured = true;
		es->e[es->n - 1].order = i;
	}
	for (i = 0; i < sizeof(implicit) / sizeof(implicit[0]); i++)
		if (implicit[i].family == family)
			entry_add(es, implicit[i].prefix, bytes, implicit[i].len, implicit[i].kind);
	for (i = 0; i < c->nifs; i++) {
		const struct fw_if *f = &c->ifs[i];
		u32 n = family == AF_INET ? f->naddrs4 : f->naddrs6;

		for (k = 0; k < n; k++)
			entry_add(es, family == AF_INET ? &f->addr4[k] : &f->addr6[k], bytes,
				  (u8)(bytes * 8), HOP_LOCAL);
	}
	return 0;
}

static int insert_sorted(struct route_table *t, struct entries *es, struct err *err)
{
	u32 i;

	qsort(es->e, es->n, sizeof(*es->e), entry_cmp);
	for (i = 0; i < es->n; i++) {
		const struct entry *e = &es->e[i], *before = e - 1;

		if (i && e->configured && before->configured && e->len == before->len &&
		    !memcmp(e->prefix, before->prefix, sizeof(e->prefix)))
			return err_set(err, -EEXIST, "route %u: same prefix as route %u", e->order,
				       before->order);
		if (trie_insert(t, e))
			return err_set(err, -ENOMEM, "no memory for the routes");
	}
	return 0;
}

int route_table_init(struct route_table *t, const struct fw_config *config, int family,
		     struct err *err)
{
	/* Hops by kind come first, so that a kind is also its hop's index. */
	u32 entries_max = config->nroutes + ARRAY_SIZE(implicit) + config->nifs * FW_IF_ADDRS_MAX;
	struct entries es = { 0 };
	u32 root, i;
	int ret;

	memset(t, 0, sizeof(*t));
	es.e = calloc(entries_max, sizeof(*es.e));
	t->hops = calloc(config->nroutes + HOP_BLACKHOLE + 1, sizeof(*t->hops));
	if (!es.e || !t->hops || nodes_new(t, ROUTE_ROOT, HOP_NONE << 1 | 1, &root)) {
		ret = err_set(err, -ENOMEM, "no memory for the routes");
		goto release;
	}
	for (i = 0; i <= HOP_BLACKHOLE; i++)
		t->hops[i].kind = (u8)i;
	t->hops[HOP_FORWARD].kind = HOP_BLACKHOLE;
	t->nhops = HOP_BLACKHOLE + 1;
	ret = collect(t, config, family, &es, err);
	if (!ret)
		ret = insert_sorted(t, &es, err);
release:
	free(es.e);
	if (ret)
		route_table_release(t);
	return ret;
}

void route_table_release(struct route_table *t)
{
	free(t->nodes);
	free(t->hops);
	memset(t, 0, sizeof(*t));
}
