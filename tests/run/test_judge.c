// SPDX-License-Identifier: GPL-2.0-or-later
/* test_judge.c - each condition that makes a trial invalid: one that fails, one that just passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "run/judge.h"

struct row {
	const char *name;
	struct judge_facts facts;
	/* what differs from a good trial of 1 s, 1000 frames */
	u64 duration_ns, elapsed_ns, intended, sent, received, late_max_ns, backlog_max;
	u64 created, expired, early_drop, fill_flows, fill_opened, corrupted, sink_dropped;
	const char *why;	/* a part of the reason; NULL: valid */
};

#define FACTS .drained = true, .slots = 1024, .drop_reason = ""
#define GOOD .facts = { FACTS, .use = { .loss = true } }
#define RATE .facts = { FACTS, .use = { .rate = 0.01 } }
#define LIMITS .facts = { FACTS, .use = { .nlimits = 2, .limit = { 0, 0.005 } } }
#define LATE(share) .facts = { FACTS, .use = { .rate = 0.05, .late = (share) } }
#define UNUSED .facts = { FACTS }
#define MANY .intended = 100000, .sent = 100000
#define ESTABLISHED .facts = { FACTS, .established = true }
#define ALONE(ns) .facts = { FACTS, .alone = true, .away_ns = (ns) }
#define SELFTEST .facts = { FACTS, .selftest = true }

static const struct row rows[] = {
	{ "a good trial", GOOD },
	{ "loss alone is a result", GOOD, .received = 10 },
	{ "the schedule to 1e-5", GOOD, .elapsed_ns = 1000010000 },
	{ "beyond 1e-5", GOOD, .elapsed_ns = 1000010001, .why = "took 1000010 us for a trial of 1000000 us" },
	{ "10 us are allowed to a short trial", GOOD, .duration_ns = 50000000,
	  .elapsed_ns = 50010000 },
	{ "11 us are not", GOOD, .duration_ns = 50000000, .elapsed_ns = 50011000,
	  .why = "can't keep up" },
	{ "a coarse goal's trial, late by its share", LATE(0.005), .duration_ns = 60000000,
	  .elapsed_ns = 60300000 },
	{ "and by more", LATE(0.005), .duration_ns = 60000000, .elapsed_ns = 60300001,
	  .why = "took 60300 us for a trial of 60000 us" },
	{ "frames the sink lost itself", GOOD, .received = 990, .sink_dropped = 10,
	  .why = "10 frames found no room in the sink's ring" },
	{ "alone, they are what one CPU does not do", ALONE(0), .received = 990,
	  .sink_dropped = 10 },
	{ "unsent frames", GOOD, .sent = 999, .why = "sent 999 of 1000 frames" },
	{ "a burst that fits the ring", GOOD, .backlog_max = 1024, .received = 900 },
	{ "a burst above the ring with loss", GOOD, .backlog_max = 1025, .received = 950,
	  .late_max_ns = 7000000,
	  .why = "stalled for 7000 us and then sent a burst of 1025 frames" },
	{ "a burst that is a hundredth of the loss", GOOD, .intended = 100000, .sent = 100000,
	  .backlog_max = 1024 + 500, .received = 50000 },
	{ "a burst that is more", GOOD, .intended = 100000, .sent = 100000,
	  .backlog_max = 1024 + 501, .received = 50000, .why = "stalled" },
	{ "a burst above the ring without loss", GOOD, .backlog_max = 1025 },
	{ "a burst that is as much of the frames as the rate may be off", RATE, MANY,
	  .backlog_max = 1024 + 1000, .received = 99000 },
	{ "a burst that is more of them", RATE, MANY, .backlog_max = 1024 + 1001,
	  .received = 50000, .why = "stalled" },
	{ "loss above both limits without the bursts", LIMITS, MANY,
	  .backlog_max = 1024 + 100, .received = 100000 - 500 - 401 },
	{ "loss above the upper limit only with them", LIMITS, MANY,
	  .backlog_max = 1024 + 100, .received = 100000 - 500 - 400, .why = "stalled" },
	{ "loss between the limits without the bursts", LIMITS, MANY,
	  .backlog_max = 1024 + 100, .received = 100000 - 401 },
	{ "loss above the lower limit only with them", LIMITS, MANY,
	  .backlog_max = 1024 + 100, .received = 100000 - 400, .why = "stalled" },
	{ "a burst without loss meets every limit", LIMITS, MANY, .backlog_max = 90000 },
	{ "a burst of a trial without a use", UNUSED, MANY, .backlog_max = 90000,
	  .received = 50000 },
	{ "alone, unsent is the DUT's loss", ALONE(0), .sent = 900, .received = 900 },
	{ "alone, the CPU away for a two-hundredth", ALONE(5000000), .sent = 900, .received = 900 },
	{ "alone, and for more", ALONE(5000001), .sent = 900, .received = 900,
	  .why = "was away for 5000 us: 100 frames were not sent in time" },
	/* 2 of 1000 unsent are 2 ms */
	{ "alone, as long as explains what is missing", ALONE(2000000), .sent = 998,
	  .received = 998, .why = "2 frames were not sent in time" },
	{ "alone, and away, but all was sent", ALONE(400000000), .elapsed_ns = 1000500000 },
	{ "not drained", .facts = { .slots = 1024, .drain_ns = 5000000, .drop_reason = "" },
	  .why = "5000 us after the last" },
	{ "stopped", .facts = { .drained = true, .slots = 1024, .stopped = true, .drop_reason = "" },
	  .why = "stopped by the user" },
	{ "every connection open", ESTABLISHED, .fill_flows = 64, .fill_opened = 64 },
	{ "one connection not open", ESTABLISHED, .fill_flows = 64, .fill_opened = 63,
	  .why = "1 of 64 connections were not opened" },
	{ "with the DUT's reason", .facts = { .drained = true, .slots = 1024, .established = true,
					      .drop_reason = "policy" },
	  .fill_flows = 64, .why = "64 of 64 connections were not opened: the DUT's reason: policy" },
	{ "a connection expired", ESTABLISHED, .expired = 3, .why = "3 connections expired" },
	{ "a connection was created", ESTABLISHED, .created = 2, .why = "2 connections were opened" },
	{ "a connection was evicted", ESTABLISHED, .early_drop = 4, .why = "evicted 4" },
	{ "new connections are what `new` measures", GOOD, .created = 1000, .expired = 5 },
	{ "a self-test in full", SELFTEST, .elapsed_ns = 1100000000 },
	{ "a self-test that lost", SELFTEST, .received = 999, .why = "lost 1 and corrupted 0 of 1000" },
	{ "a self-test that corrupted", SELFTEST, .corrupted = 1, .why = "corrupted 1" },
};

static void fill_record(const struct row *r, struct trial_record *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->duration_ns = r->duration_ns ? r->duration_ns : 1000000000;
	rec->elapsed_ns = r->elapsed_ns ? r->elapsed_ns : rec->duration_ns;
	rec->intended = r->intended ? r->intended : 1000;
	rec->sent = r->sent ? r->sent : rec->intended;
	rec->received = r->received ? r->received : rec->sent;
	rec->lost = rec->intended - rec->received;
	rec->late_max_ns = r->late_max_ns;
	rec->backlog_max = r->backlog_max;
	rec->dut_created = r->created;
	rec->dut_expired = r->expired;
	rec->dut_early_drop = r->early_drop;
	rec->fill_flows = r->fill_flows;
	rec->fill_opened = r->fill_opened;
	rec->corrupted = r->corrupted;
	rec->sink_dropped = r->sink_dropped;
}

static void every_condition(void **state)
{
	static struct trial_record rec;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		fill_record(r, &rec);
		judge_trial(&r->facts, &rec);
		if (rec.valid != !r->why || (r->why && !strstr(rec.why, r->why)))
			fail_msg("%s: %s \"%s\"", r->name, rec.valid ? "valid" : "invalid", rec.why);
		assert_true(rec.valid == !rec.why[0]);
	}
}

/* Another time the source may keep its schedule; the DUT's reasons stay. */
static void only_the_source_is_disturbed(void **state)
{
	static const char *const of_the_source[] = { "keep up", "stalled", "not sent in time",
							 "the sink's ring" };
	static struct trial_record rec;
	unsigned int i, k, n = 0;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool expected = false;

		for (k = 0; k < sizeof(of_the_source) / sizeof(of_the_source[0]); k++)
			expected |= rows[i].why && strstr(rows[i].why, of_the_source[k]);
		expected |= rows[i].why && strstr(rows[i].why, "frames") &&
			    strstr(rows[i].why, "sent");
		expected |= rows[i].why && strstr(rows[i].why, "took");
		fill_record(&rows[i], &rec);
		judge_trial(&rows[i].facts, &rec);
		if (rec.disturbed != expected)
			fail_msg("%s", rows[i].name);
		n += expected;
	}
	assert_true(n > 5);
}

static void the_first_reason_stays(void **state)
{
	struct judge_facts facts = { .slots = 64, .drop_reason = "" };
	static struct trial_record rec;

	(void)state;
	rec.intended = 10;
	rec.sent = 5;
	rec.lost = 5;
	judge_trial(&facts, &rec);
	assert_non_null(strstr(rec.why, "sent 5 of 10"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_condition),
		cmocka_unit_test(only_the_source_is_disturbed),
		cmocka_unit_test(the_first_reason_stays),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
