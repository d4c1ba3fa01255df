// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_memory.c - small trials through the whole memory testbed: what is sent
 * is accounted for, connections are opened, replies arrive, impairment is seen
 * exactly. Rings hold a whole trial, so that no test depends on the machine's
 * speed; a trial that the machine disturbed (the judge says so) is made again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/flags.h"
#include "run/point.h"
#include "run/testbed.h"
#include "tests/skip.h"

#define TRIES 20

static volatile bool stop;
static struct trial_record rec;

static void report(void *arg, const char *sentence)
{
	(void)arg;
	print_message("# %s\n", sentence);
}

static struct plan *plan_of(const char *text)
{
	struct plan *plan = NULL;
	int rc = plan_read("test.yaml", text, strlen(text), NULL, 0, report, NULL, &plan);

	if (rc)
		fail_msg("the scenario does not read: %d", rc);
	return plan;
}

static struct testbed *up(const struct plan *plan)
{
	const struct testbed_ops *ops = testbed_find("memory");
	struct testbed *tb = NULL;
	struct err err = { 0 };

	assert_non_null(ops);
	if (ops->up(&plan->point[0], &tb, &err))
		fail_msg("%s", err.text);
	return tb;
}

static void trial_once(struct testbed *tb, double rate, double ms, bool selftest)
{
	struct trial_request req = { .rate_pps = rate, .duration_ns = (u64)(ms * 1e6),
				     .selftest = selftest, .phase = "search" };
	struct err err = { 0 };

	stop = false;
	if (tb->ops->trial(tb, &req, &stop, &rec, &err))
		fail_msg("%s", err.text);
}

static bool was_disturbed(void)
{
	return !rec.valid && (strstr(rec.why, "keep up") || strstr(rec.why, "stalled"));
}

static void trial(struct testbed *tb, double rate, double ms)
{
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		trial_once(tb, rate, ms, false);
		if (!was_disturbed())
			return;
	}
	/* A busy machine: late frames still have to be accounted for. */
	if (strstr(rec.why, "stalled"))
		skip_because("disturbed %d times: %s", TRIES, rec.why);
	print_message("# disturbed %d times: %s\n", TRIES, rec.why);
}

static void assert_valid(void)
{
	if (!rec.valid && !was_disturbed())
		fail_msg("invalid: %s", rec.why);
}

/* What has to hold for any trial. */
static void assert_balanced(void)
{
	assert_true(rec.sent == rec.intended);
	assert_true(rec.intended == rec.received + rec.lost);
}

#define SCENARIO(streams, rest) \
	"name: t\nstreams:\n" streams "preset: quick\ndrain: 10s\n" rest
#define UDP4 "  u: {protocol: udp, flows: 256, source: {address: 198.18.0.0/16, port: 1024-2047}," \
	     " destination: {address: 198.19.0.1, port: 53}}\n"
#define UDP6 "  v: {family: ipv6, protocol: udp, flows: 256," \
	     " source: {address: '2001:2::1:0/112', port: 1024-2047}," \
	     " destination: {address: '2001:2:0:8000::1', port: 53}}\n"
#define TCP4 "  t: {protocol: tcp, size: 128B, flows: 256," \
	     " source: {address: 198.18.0.0/16, port: 1024-2047}," \
	     " destination: {address: 198.19.0.1, port: 80}}\n"
/* Every frame of a trial fits: a DUT that is kept waiting for its CPU loses none. */
#define RING ", ring: 16384"
#define NONE "dut: {firewall: none" RING "}\nconnections: none\n"
#define OPEN(ruleset) "dut: {ruleset: " ruleset RING "}\nconnections: established\n"

static void the_selftest_loses_nothing(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, NONE));
	struct testbed *tb = up(plan);

	(void)state;
	trial_once(tb, 0, 5, true);
	assert_valid();
	assert_balanced();
	assert_true(rec.received > 0);
	assert_int_equal(rec.lost, 0);
	tb->ops->down(tb);
	plan_free(plan);
}

static void every_frame_is_accounted_for(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, NONE));
	struct testbed *tb = up(plan);

	(void)state;
	trial(tb, 100e3, 20);
	assert_valid();
	assert_balanced();
	assert_int_equal(rec.intended, 2000);
	assert_int_equal(rec.lost, 0);
	assert_int_equal(rec.reordered + rec.duplicated + rec.corrupted + rec.foreign, 0);
	assert_true(rec.has_latency);
	assert_int_equal(rec.latency.count, 2000);
	assert_true(rec.wall_ns >= rec.duration_ns);
	tb->ops->down(tb);
	plan_free(plan);
}

static void two_trials_do_not_mix(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4 UDP6, NONE));
	struct testbed *tb = up(plan);

	(void)state;
	trial(tb, 100e3, 10);
	trial(tb, 50e3, 10);
	assert_valid();
	assert_balanced();
	assert_int_equal(rec.intended, 500);
	assert_int_equal(rec.nstreams, 2);
	assert_true(rec.stream[0].received + rec.stream[1].received == 500);
	tb->ops->down(tb);
	plan_free(plan);
}

static void every_connection_is_opened_once(void **state)
{
	static const char *const scenarios[] = {
		SCENARIO(UDP4, OPEN("conntrack")), SCENARIO(UDP6, OPEN("conntrack")),
		SCENARIO(TCP4, OPEN("conntrack")), SCENARIO(UDP4, OPEN("full")),
		SCENARIO(TCP4, OPEN("full")), SCENARIO(UDP6, OPEN("full")),
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
		struct plan *plan = plan_of(scenarios[i]);
		struct testbed *tb = up(plan);

		trial(tb, 50e3, 10);
		assert_valid();
		assert_balanced();
		assert_int_equal(rec.lost, 0);
		assert_int_equal(rec.dut_connections_before, 256);
		assert_int_equal(rec.dut_connections_after, 256);
		/* open by now: the next trial opens none */
		trial(tb, 50e3, 10);
		assert_int_equal(rec.fill_flows, 0);
		assert_int_equal(rec.dut_connections_before, 256);
		tb->ops->down(tb);
		plan_free(plan);
	}
}

static void the_fill_is_in_the_record_of_its_trial(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, OPEN("full")));
	struct testbed *tb = up(plan);

	(void)state;
	trial_once(tb, 50e3, 5, false);
	assert_int_equal(rec.fill_flows, 256);
	assert_int_equal(rec.fill_opened, 256);
	assert_true(rec.fill_ns > 0);
	tb->ops->down(tb);
	plan_free(plan);
}

static void new_connections_are_opened_in_the_trial(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, "dut: {ruleset: conntrack" RING "}\nconnections: new\n"));
	struct testbed *tb = up(plan);
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		trial(tb, 100e3, 10);
		assert_valid();
		assert_int_equal(rec.dut_connections_before, 0);
		assert_int_equal(rec.dut_created, 256);
		assert_int_equal(rec.lost, 0);
	}
	tb->ops->down(tb);
	plan_free(plan);
}

/* NAT has changed addresses and ports; only replies that fit come through. */
static void replies_fit_the_translation(void **state)
{
	static const char *const scenarios[] = {
		SCENARIO(UDP4, OPEN("nat") "direction: reverse\n"),
		SCENARIO(UDP6, OPEN("nat") "direction: reverse\n"),
		SCENARIO(TCP4, OPEN("full") "direction: reverse\n"),
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
		struct plan *plan = plan_of(scenarios[i]);
		struct testbed *tb = up(plan);

		trial(tb, 50e3, 10);
		assert_valid();
		assert_balanced();
		assert_int_equal(rec.intended, 500);
		assert_int_equal(rec.lost, 0);
		assert_non_null(strstr(rec.stream[0].name, "reverse"));
		tb->ops->down(tb);
		plan_free(plan);
	}
}

static void both_directions_share_the_load(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, OPEN("full") "direction: both\n"));
	struct testbed *tb = up(plan);

	(void)state;
	trial(tb, 100e3, 10);
	assert_valid();
	assert_balanced();
	assert_int_equal(rec.nstreams, 2);
	assert_int_equal(rec.stream[0].sent, 500);
	assert_int_equal(rec.stream[1].sent, 500);
	assert_int_equal(rec.lost, 0);
	tb->ops->down(tb);
	plan_free(plan);
}

static void impairment_is_seen_exactly(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, NONE
		"impair: {drop: 10%, duplicate: 5%, corrupt: 5%}\n"));
	struct testbed *tb = up(plan);

	(void)state;
	trial(tb, 200e3, 50);
	assert_valid();
	/* dropped and corrupted frames did not arrive as they were sent */
	assert_true(rec.lost > 1000 && rec.lost < 2000);
	assert_true(rec.corrupted > 300 && rec.corrupted < 700);
	assert_true(rec.duplicated > 300 && rec.duplicated < 700);
	assert_true(rec.lost > rec.corrupted);
	assert_balanced();
	tb->ops->down(tb);
	plan_free(plan);
}

static void everything_dropped_is_a_valid_result(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, NONE "impair: {drop: 100%}\n"));
	struct testbed *tb = up(plan);

	(void)state;
	trial(tb, 50e3, 10);
	assert_valid();
	assert_int_equal(rec.received, 0);
	assert_int_equal(rec.lost, 500);
	tb->ops->down(tb);
	plan_free(plan);
}

static void a_stop_ends_the_trial_early(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, NONE));
	struct testbed *tb = up(plan);
	struct trial_request req = { .rate_pps = 1000, .duration_ns = 3600000000000ULL,
				     .phase = "search" };

	(void)state;
	stop = true;
	assert_int_equal(tb->ops->trial(tb, &req, &stop, &rec, NULL), 0);
	assert_false(rec.valid);
	assert_string_equal(rec.why, "stopped by the user");
	/* and nothing of it is left */
	trial(tb, 50e3, 5);
	assert_valid();
	assert_int_equal(rec.foreign, 0);
	tb->ops->down(tb);
	plan_free(plan);
}

static char rules[64];

static void write_rules(const char *text)
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "%s.v4", rules);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct plan *plan_with_rules(const char *text)
{
	char scenario[1024];

	write_rules(text);
	snprintf(scenario, sizeof(scenario), SCENARIO(UDP4,
		 "dut: {ruleset: %s}\nconnections: established\n"), rules);
	return plan_of(scenario);
}

static void connections_the_ruleset_forbids_are_named(void **state)
{
	struct plan *plan = plan_with_rules("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n"
					    ":OUTPUT ACCEPT [0:0]\nCOMMIT\n");
	struct testbed *tb = up(plan);

	(void)state;
	trial_once(tb, 50e3, 5, false);
	assert_false(rec.valid);
	assert_non_null(strstr(rec.why, "256 of 256 connections were not opened: the DUT's reason: "));
	tb->ops->down(tb);
	plan_free(plan);
}

static void connections_that_vanish_are_opened_again(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4,
		"dut: {ruleset: conntrack, timeouts: {udp: 1s, udp_stream: 1s}}\n"
		"connections: established\n"));
	struct testbed *tb = up(plan);

	(void)state;
	trial(tb, 50e3, 10);
	assert_valid();
	usleep(1200000);
	trial_once(tb, 50e3, 10, false);
	assert_int_equal(rec.fill_flows, 256);
	assert_int_equal(rec.dut_connections_before, 256);
	tb->ops->down(tb);
	plan_free(plan);
}

static void a_ruleset_that_does_not_load_is_an_error_of_up(void **state)
{
	struct plan *plan = plan_with_rules("*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m nonsense\nCOMMIT\n");
	struct testbed *tb = NULL;
	struct err err = { 0 };

	(void)state;
	assert_true(testbed_find("memory")->up(&plan->point[0], &tb, &err) < 0);
	assert_non_null(strstr(err.text, "nonsense"));
	assert_null(tb);
	plan_free(plan);
}

static void too_few_connections_are_said_with_the_number_needed(void **state)
{
	struct plan *plan = plan_of(SCENARIO(UDP4, "dut: {ruleset: conntrack, connections_max: 100}\n"
					     "connections: established\n"));
	struct testbed *tb = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(testbed_find("memory")->up(&plan->point[0], &tb, &err), -ERANGE);
	assert_non_null(strstr(err.text, "256 or more"));
	plan_free(plan);
}

static void sources_among_the_destinations_are_refused(void **state)
{
	struct plan *plan = plan_of(SCENARIO(
		"  u: {source: {address: 198.18.0.0/16, port: 1-9}, destination: {address: 198.18.0.1, port: 53},"
		" flows: 8}\n", "dut: {ruleset: forward}\nconnections: none\n"));
	struct testbed *tb = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(testbed_find("memory")->up(&plan->point[0], &tb, &err), -EINVAL);
	assert_non_null(strstr(err.text, "overlap"));
	plan_free(plan);
}

static int name_rules(void **state)
{
	int fd;

	(void)state;
	snprintf(rules, sizeof(rules), "/tmp/kpps-rules-XXXXXX");
	fd = mkstemp(rules);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int remove_rules(void **state)
{
	char path[80];

	(void)state;
	snprintf(path, sizeof(path), "%s.v4", rules);
	unlink(path);
	unlink(rules);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_selftest_loses_nothing),
		cmocka_unit_test(every_frame_is_accounted_for),
		cmocka_unit_test(two_trials_do_not_mix),
		cmocka_unit_test(every_connection_is_opened_once),
		cmocka_unit_test(the_fill_is_in_the_record_of_its_trial),
		cmocka_unit_test(new_connections_are_opened_in_the_trial),
		cmocka_unit_test(replies_fit_the_translation),
		cmocka_unit_test(both_directions_share_the_load),
		cmocka_unit_test(impairment_is_seen_exactly),
		cmocka_unit_test(everything_dropped_is_a_valid_result),
		cmocka_unit_test(a_stop_ends_the_trial_early),
		cmocka_unit_test(connections_the_ruleset_forbids_are_named),
		cmocka_unit_test(connections_that_vanish_are_opened_again),
		cmocka_unit_test(a_ruleset_that_does_not_load_is_an_error_of_up),
		cmocka_unit_test(too_few_connections_are_said_with_the_number_needed),
		cmocka_unit_test(sources_among_the_destinations_are_refused),
	};

	return cmocka_run_group_tests_name("memory", tests, name_rules, remove_rules);
}
