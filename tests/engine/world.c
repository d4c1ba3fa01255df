// SPDX-License-Identifier: GPL-2.0-or-later
/* world.c - see world.h. */
#include "tests/engine/world.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const struct fw_if ifs[2] = {
	{ .name = "in0", .mac = { 2, 0, 0, 0, 0, 1 }, .naddrs4 = 1, .naddrs6 = 1,
	  .addr4 = { { .v6 = { 10, 0, 0, 1 } } },
	  .addr6 = { { .v6 = { 0x20, 1, 0xd, 0xb8, [15] = 1 } } } },
	{ .name = "out0", .mac = { 2, 0, 0, 0, 0, 2 }, .naddrs4 = 1, .naddrs6 = 1,
	  .addr4 = { { .v6 = { 198, 51, 100, 1 } } },
	  .addr6 = { { .v6 = { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 1 } } } },
};

static const struct fw_route routes[] = {
	{ AF_INET, 24, 0, { .v6 = { 10, 0, 0 } }, { 2, 0, 0, 0, 1, 0 } },
	{ AF_INET, 24, 1, { .v6 = { 198, 51, 100 } }, { 2, 0, 0, 0, 1, 1 } },
	{ AF_INET, 24, 1, { .v6 = { 203, 0, 113 } }, { 2, 0, 0, 0, 1, 2 } },
	{ AF_INET6, 64, 0, { .v6 = { 0x20, 1, 0xd, 0xb8 } }, { 2, 0, 0, 0, 1, 0 } },
	{ AF_INET6, 64, 1, { .v6 = { 0x20, 1, 0xd, 0xb8, 0, 1 } }, { 2, 0, 0, 0, 1, 1 } },
};

void world_config(struct fw_config *c)
{
	fw_config_default(c);
	c->ifs = ifs;
	c->nifs = ARRAY_SIZE(ifs);
	c->routes = routes;
	c->nroutes = ARRAY_SIZE(routes);
	c->connections_max = 1000;
	c->seed = 1;
}

static void load(struct world *w, int family, const char *rules)
{
	struct err err = { 0 };

	if (rules && fw_load(w->fw, family, "test", rules, strlen(rules), &err))
		fail_msg("%s", err.text);
}

void world_open(struct world *w, const struct fw_config *c, const char *rules4,
		const char *rules6)
{
	struct err err = { 0 };

	memset(w, 0, sizeof(*w));
	w->config = *c;
	w->now = 1000 * NSEC_PER_SEC;
	if (fw_create(c, &w->fw, &err) || fw_worker_create(w->fw, 0, -1, &w->worker, &err))
		fail_msg("%s", err.text);
	load(w, AF_INET, rules4);
	load(w, AF_INET6, rules6);
}

void world_close(struct world *w)
{
	fw_worker_destroy(w->worker);
	fw_destroy(w->fw);
}

static void write_answer(struct world *w)
{
	static const char *const verdicts[] = { "forward", "drop", "local", "reply" };
	const struct fw_pkt *p = &w->pkt;
	bool leaves = p->verdict == FW_FORWARD || p->verdict == FW_REPLY;
	char *a = w->answer, *end = a + sizeof(w->answer);

	a += snprintf(a, (size_t)(end - a), "%s", verdicts[p->verdict]);
	if (leaves)
		a += snprintf(a, (size_t)(end - a), " %u", p->out_if);
	if (p->reason != FW_OK)
		a += snprintf(a, (size_t)(end - a), " %s", fw_reason_name(p->reason));
	if (p->ctinfo != FW_CT_NONE)
		a += snprintf(a, (size_t)(end - a), " %s", fw_ctstate_name(p->ctinfo));
	if (p->why_invalid)
		a += snprintf(a, (size_t)(end - a), " %s", fw_invalid_name(p->why_invalid));
	if (leaves) {
		a += snprintf(a, (size_t)(end - a), " | ");
		pkt_text(p->data, p->len, a, (size_t)(end - a));
	}
}

const char *world_send(struct world *w, double at, u16 in_if, const char *packet)
{
	bool right;

	pkt_build(&w->out, packet);
	right = pkt_checksums_ok(w->out.data, w->out.len);
	w->pkt = (struct fw_pkt){ .data = w->out.data, .len = w->out.len, .room = PKT_ROOM,
				  .in_if = in_if };
	fw_process(w->worker, &w->pkt, 1, w->now + (u64)(at * NSEC_PER_SEC));
	write_answer(w);
	if (right && w->pkt.verdict != FW_DROP && !pkt_checksums_ok(w->pkt.data, w->pkt.len))
		fail_msg("wrong checksum: %s became %s", packet, w->answer);
	return w->answer;
}

static bool matches(const char *answer, const char *expect)
{
	size_t n = strlen(expect);

	if (n >= 3 && !strcmp(expect + n - 3, "…"))
		return !strncmp(answer, expect, n - 3);
	return !strcmp(answer, expect);
}

void world_expect(struct world *w, const struct row *r)
{
	const char *answer = world_send(w, r->at, r->in_if, r->packet);

	if (!matches(answer, r->expect))
		fail_msg("at %.3f s: %s\n    expected %s\n    got      %s", r->at, r->packet,
			 r->expect, answer);
}

void world_rows(struct world *w, const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		world_expect(w, &rows[i]);
}

void world_table(const char *rules4, const char *rules6, const struct row *rows, size_t n)
{
	struct fw_config c;
	struct world w;

	world_config(&c);
	world_open(&w, &c, rules4, rules6);
	world_rows(&w, rows, n);
	world_close(&w);
}

u64 world_count(struct world *w)
{
	struct fw_stats s;

	fw_worker_stats(w->worker, &s);
	return s.ct_count;
}
