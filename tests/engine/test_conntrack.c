// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections of UDP, ICMP and others: states, errors, time-outs in virtual
 * time, the cap.
 */
#include "tests/engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#define TABLE(rows) world_table(RULES_TRACK, RULES_TRACK, rows, ARRAY_SIZE(rows))

#define RULES_STATEFUL "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n" \
	"-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT\n" \
	"-A FORWARD -i in0 -m state --state NEW -j ACCEPT\nCOMMIT\n"

static void open_world(struct world *w, u64 max)
{
	struct fw_config c;

	world_config(&c);
	c.connections_max = max;
	world_open(w, &c, RULES_TRACK, RULES_TRACK);
}

static void tick(struct world *w, double at)
{
	fw_tick(w->worker, w->now + (u64)(at * NSEC_PER_SEC));
}

static void udp_becomes_established_by_an_answer(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53", "forward 1 new …" },
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53", "forward 1 new …" },
		{ 0, 1, "udp 198.51.100.7:53 > 10.0.0.2:1", "forward 0 established …" },
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53", "forward 1 established …" },
		{ 0, 1, "udp 198.51.100.7:54 > 10.0.0.2:1", "forward 0 new …" },
		{ 0, 0, "udp [2001:db8::2]:1 > [2001:db8:1::7]:53", "forward 1 new …" },
		{ 0, 1, "udp [2001:db8:1::7]:53 > [2001:db8::2]:1", "forward 0 established …" },
	};

	TABLE(rows);
}

static void second_packet_of_a_burst_finds_the_first_ones_connection(void **state __unused)
{
	struct pkt_buf bufs[3];
	struct fw_pkt pkts[3] = { 0 };
	struct world w;
	unsigned int i;

	open_world(&w, 100);
	pkt_build(&bufs[0], "udp 10.0.0.2:1 > 198.51.100.7:53");
	pkt_build(&bufs[1], "udp 198.51.100.7:53 > 10.0.0.2:1");
	pkt_build(&bufs[2], "udp 10.0.0.2:1 > 198.51.100.7:53");
	for (i = 0; i < 3; i++)
		pkts[i] = (struct fw_pkt){ .data = bufs[i].data, .len = bufs[i].len,
					   .room = PKT_ROOM, .in_if = i == 1 };
	fw_process(w.worker, pkts, 3, w.now);
	assert_int_equal(pkts[0].ctinfo, FW_CT_NEW);
	assert_int_equal(pkts[1].ctinfo, FW_CT_ESTABLISHED);
	assert_int_equal(pkts[2].ctinfo, FW_CT_ESTABLISHED);
	assert_int_equal(world_count(&w), 1);
	world_close(&w);
}

static void dropped_first_packet_leaves_no_connection(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 1, "udp 198.51.100.7:53 > 10.0.0.2:1", "drop policy new" },
		{ 0, 1, "udp 198.51.100.7:53 > 10.0.0.2:1", "drop policy new" },
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53", "forward 1 new …" },
		{ 0, 1, "udp 198.51.100.7:53 > 10.0.0.2:1", "forward 0 established …" },
	};
	struct fw_config c;
	struct world w;

	world_config(&c);
	world_open(&w, &c, RULES_STATEFUL, NULL);
	world_rows(&w, rows, 2);
	assert_int_equal(world_count(&w), 0);
	world_rows(&w, rows + 2, 2);
	assert_int_equal(world_count(&w), 1);
	world_close(&w);
}

static void notrack_makes_untracked(void **state __unused)
{
	static const char rules[] = "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
		"-A PREROUTING -p udp -m udp --dport 53 -j NOTRACK\nCOMMIT\n" RULES_TRACK;
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53", "forward 1 untracked …" },
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:54", "forward 1 new …" },
	};

	world_table(rules, NULL, rows, ARRAY_SIZE(rows));
}

static void echo_answers_must_match(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8 id=5", "forward 1 new …" },
		{ 0, 1, "icmp 198.51.100.7 > 10.0.0.2 type=0 id=5", "forward 0 established …" },
		{ 0, 1, "icmp 198.51.100.7 > 10.0.0.2 type=0 id=6",
		  "forward 0 invalid ICMP answer nobody asked for …" },
		{ 0, 1, "icmp 198.51.100.8 > 10.0.0.2 type=0 id=5", "forward 0 invalid …" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=13 id=5", "forward 1 new …" },
		{ 0, 1, "icmp 198.51.100.7 > 10.0.0.2 type=14 id=5", "forward 0 established …" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=9", "forward 1 invalid …" },
		{ 0, 0, "icmp [2001:db8::2] > [2001:db8:1::7] type=128 id=5", "forward 1 new …" },
		{ 0, 1, "icmp [2001:db8:1::7] > [2001:db8::2] type=129 id=5",
		  "forward 0 established …" },
		{ 0, 1, "icmp [2001:db8:1::7] > [2001:db8::2] type=129 id=7", "forward 0 invalid …" },
		{ 0, 0, "icmp [2001:db8::2] > [2001:db8::1] type=135", "local untracked" },
	};

	TABLE(rows);
}

static void other_protocols_by_address_pair(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "47 10.0.0.2 > 198.51.100.7 len=20", "forward 1 new …" },
		{ 0, 1, "47 198.51.100.7 > 10.0.0.2 len=20", "forward 0 established …" },
		{ 0, 1, "50 198.51.100.7 > 10.0.0.2 len=20", "forward 0 new …" },
		{ 0, 0, "47 [2001:db8::2] > [2001:db8:1::7] len=20", "forward 1 new …" },
		{ 0, 1, "47 [2001:db8:1::7] > [2001:db8::2] len=20", "forward 0 established …" },
	};

	TABLE(rows);
}

static void icmp_errors_are_related(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53", "forward 1 new …" },
		{ 0, 1, "icmp 203.0.113.1 > 10.0.0.2 type=3 code=1 | udp 10.0.0.2:1 > 198.51.100.7:53",
		  "forward 0 related …" },
		{ 0, 1, "icmp 203.0.113.1 > 10.0.0.2 type=11 | udp 10.0.0.2:1 > 198.51.100.7:53",
		  "forward 0 related …" },
		/* about an answer, by the side that got it */
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=3 code=3 | udp 198.51.100.7:53 > 10.0.0.2:1",
		  "forward 1 related …" },
		/* about nothing we know */
		{ 0, 1, "icmp 203.0.113.1 > 10.0.0.2 type=3 code=1 | udp 10.0.0.2:1 > 198.51.100.7:54",
		  "forward 0 invalid ICMP error about no known connection …" },
		/* for somebody else than the quoted packet's sender */
		{ 0, 1, "icmp 203.0.113.1 > 10.0.0.3 type=3 code=1 | udp 10.0.0.2:1 > 198.51.100.7:53",
		  "forward 0 invalid ICMP error with a quoted header that can't be used …" },
		{ 0, 1, "icmp 203.0.113.1 > 10.0.0.2 type=3 badcsum | udp 10.0.0.2:1 > 198.51.100.7:53",
		  "forward 0 invalid wrong checksum …" },
		{ 0, 1, "icmp 203.0.113.1 > 10.0.0.2 type=3 | udp 10.0.0.2:1 > 198.51.100.7:53 badip",
		  "forward 0 invalid ICMP error with …" },
		{ 0, 1, "icmp 203.0.113.1 > 10.0.0.2 type=3 | udp 10.0.0.2:1 > 198.51.100.7:53 badcsum",
		  "forward 0 related …" },
	};

	TABLE(rows);
}

static void icmpv6_errors_are_related(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "tcp [2001:db8::2]:1 > [2001:db8:1::7]:80 flags=S", "forward 1 new …" },
		{ 0, 1, "icmp [2001:db8:1::9] > [2001:db8::2] type=1 code=4 | "
		  "tcp [2001:db8::2]:1 > [2001:db8:1::7]:80 flags=S", "forward 0 related …" },
		{ 0, 1, "icmp [2001:db8:1::9] > [2001:db8::2] type=2 | "
		  "tcp [2001:db8::2]:2 > [2001:db8:1::7]:80 flags=S", "forward 0 invalid …" },
	};

	TABLE(rows);
}

static void icmp_error_does_not_refresh(void **state __unused)
{
	struct world w;

	open_world(&w, 100);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	world_send(&w, 20, 1,
		   "icmp 203.0.113.1 > 10.0.0.2 type=3 code=1 | udp 10.0.0.2:1 > 198.51.100.7:53");
	tick(&w, 30.5);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void damaged_packets_are_invalid(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53 badcsum", "forward 1 invalid wrong checksum …" },
		{ 0, 0, "tcp 10.0.0.2:1 > 198.51.100.7:53 flags=S badcsum",
		  "forward 1 invalid wrong checksum …" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8 badcsum",
		  "forward 1 invalid wrong checksum …" },
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53 nocsum", "forward 1 new …" },
		{ 0, 0, "udp [2001:db8::2]:1 > [2001:db8:1::7]:53 nocsum",
		  "forward 1 invalid wrong checksum …" },
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53 frag=64", "forward 1 invalid fragment …" },
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53 mf", "forward 1 invalid fragment …" },
	};

	TABLE(rows);
}

static void udp_unanswered_lives_30_s(void **state __unused)
{
	struct world w;

	open_world(&w, 100);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	tick(&w, 30);
	assert_int_equal(world_count(&w), 1);
	tick(&w, 30.3);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void a_packet_after_the_deadline_is_new(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53", "forward 1 new …" },
		{ 1, 1, "udp 198.51.100.7:53 > 10.0.0.2:1", "forward 0 established …" },
		{ 31, 1, "udp 198.51.100.7:53 > 10.0.0.2:1", "forward 0 established …" },
		{ 151.01, 1, "udp 198.51.100.7:53 > 10.0.0.2:1", "forward 0 new …" },
	};

	TABLE(rows);
}

static void udp_becomes_a_stream_after_2_s(void **state __unused)
{
	struct world w;

	open_world(&w, 100);
	/* answered within 2 s and silent since: still 30 s */
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	world_send(&w, 1, 1, "udp 198.51.100.7:53 > 10.0.0.2:1");
	world_send(&w, 1.5, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	tick(&w, 31.5);
	assert_int_equal(world_count(&w), 1);
	tick(&w, 31.8);
	assert_int_equal(world_count(&w), 0);
	/* still going on after 2 s: 120 s */
	world_send(&w, 100, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	world_send(&w, 101, 1, "udp 198.51.100.7:53 > 10.0.0.2:1");
	world_send(&w, 102.5, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	tick(&w, 222.5);
	assert_int_equal(world_count(&w), 1);
	tick(&w, 222.8);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void icmp_and_generic_timeouts(void **state __unused)
{
	struct world w;

	open_world(&w, 100);
	world_send(&w, 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8 id=5");
	world_send(&w, 0, 0, "icmp [2001:db8::2] > [2001:db8:1::7] type=128 id=5");
	world_send(&w, 0, 0, "47 10.0.0.2 > 198.51.100.7 len=20");
	tick(&w, 30);
	assert_int_equal(world_count(&w), 3);
	tick(&w, 30.3);
	assert_int_equal(world_count(&w), 1);
	tick(&w, 600);
	assert_int_equal(world_count(&w), 1);
	tick(&w, 600.3);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void busy_connection_outlives_many_timeouts(void **state __unused)
{
	struct world w;
	int s;

	open_world(&w, 100);
	for (s = 0; s < 3000; s += 29) {
		world_send(&w, s, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
		assert_int_equal(world_count(&w), 1);
	}
	tick(&w, s - 29 + 30.3);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void a_leap_of_years_ends_everything(void **state __unused)
{
	struct world w;
	char packet[128];
	int i;

	open_world(&w, 100);
	for (i = 0; i < 50; i++) {
		snprintf(packet, sizeof(packet), "tcp 10.0.0.2:%d > 198.51.100.7:80 flags=A", i + 1);
		world_send(&w, i * 0.1, 0, packet);
	}
	tick(&w, 86400.0 * 365 * 40);
	assert_int_equal(world_count(&w), 0);
	world_send(&w, 86400.0 * 365 * 40 + 1, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	tick(&w, 86400.0 * 365 * 40 + 31.5);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void mass_expiry_is_spread_over_bursts(void **state __unused)
{
	struct world w;
	char packet[128];
	u64 count, before;
	int i;

	open_world(&w, 5000);
	for (i = 0; i < 3000; i++) {
		snprintf(packet, sizeof(packet), "udp 10.0.0.2:%d > 198.51.100.7:53", i + 1);
		world_send(&w, 0, 0, packet);
	}
	for (before = world_count(&w); before > 1; before = count) {
		world_send(&w, 40, 0, "udp 10.0.0.2:60000 > 198.51.100.7:53");
		count = world_count(&w);
		assert_true(count < before && before - count <= 256);
	}
	world_close(&w);
}

static void early_drop_takes_the_oldest_unanswered(void **state __unused)
{
	struct fw_stats s;
	struct world w;

	open_world(&w, 3);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	world_send(&w, 1, 0, "udp 10.0.0.2:2 > 198.51.100.7:53");
	world_send(&w, 2, 0, "udp 10.0.0.2:3 > 198.51.100.7:53");
	world_send(&w, 3, 1, "udp 198.51.100.7:53 > 10.0.0.2:1");	/* answered */
	world_send(&w, 4, 0, "udp 10.0.0.2:2 > 198.51.100.7:53");	/* refreshed */
	/* 3 is the oldest unanswered, then 2; 1 is answered. */
	world_send(&w, 5, 0, "udp 10.0.0.2:4 > 198.51.100.7:53");
	assert_int_equal(w.pkt.verdict, FW_FORWARD);
	world_send(&w, 6, 1, "udp 198.51.100.7:53 > 10.0.0.2:2");
	assert_int_equal(w.pkt.ctinfo, FW_CT_ESTABLISHED);
	world_send(&w, 6, 1, "udp 198.51.100.7:53 > 10.0.0.2:1");
	assert_int_equal(w.pkt.ctinfo, FW_CT_ESTABLISHED);
	fw_worker_stats(w.worker, &s);
	assert_int_equal(s.ct_early_drop, 1);
	assert_int_equal(s.ct_count, 3);
	/* Its answer finds nothing: a new connection, for which 4 must go. */
	world_send(&w, 7, 1, "udp 198.51.100.7:53 > 10.0.0.2:3");
	assert_int_equal(w.pkt.ctinfo, FW_CT_NEW);
	world_send(&w, 7, 1, "udp 198.51.100.7:53 > 10.0.0.2:2");
	assert_int_equal(w.pkt.ctinfo, FW_CT_ESTABLISHED);
	world_close(&w);
}

static void assured_connections_are_never_dropped_early(void **state __unused)
{
	char packet[128];
	struct fw_stats s;
	struct world w;
	int i;

	open_world(&w, 4);
	for (i = 1; i <= 4; i++) {
		snprintf(packet, sizeof(packet), "tcp 10.0.0.2:%d > 198.51.100.7:80 flags=S seq=9", i);
		world_send(&w, 0, 0, packet);
		snprintf(packet, sizeof(packet),
			 "tcp 198.51.100.7:80 > 10.0.0.2:%d flags=SA seq=9 ack=10", i);
		world_send(&w, 0, 1, packet);
		snprintf(packet, sizeof(packet),
			 "tcp 10.0.0.2:%d > 198.51.100.7:80 flags=A seq=10 ack=10", i);
		world_send(&w, 0, 0, packet);
	}
	world_send(&w, 1, 0, "udp 10.0.0.2:9 > 198.51.100.7:53");
	assert_string_equal(w.answer, "drop table-full invalid");
	fw_worker_stats(w.worker, &s);
	assert_int_equal(s.ct_early_drop, 0);
	assert_int_equal(s.ct_count, 4);
	world_close(&w);
}

static void flush_forgets_all(void **state __unused)
{
	struct world w;

	open_world(&w, 10);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	world_send(&w, 0, 0, "udp [2001:db8::2]:1 > [2001:db8:1::7]:53");
	world_send(&w, 0, 0, "tcp 10.0.0.2:1 > 198.51.100.7:53 flags=S");
	world_send(&w, 0, 0, "tcp [2001:db8::2]:1 > [2001:db8:1::7]:53 flags=S");
	assert_int_equal(world_count(&w), 4);
	fw_worker_flush(w.worker);
	assert_int_equal(world_count(&w), 0);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	assert_int_equal(w.pkt.ctinfo, FW_CT_NEW);
	world_close(&w);
}

static void connections_survive_a_new_ruleset(void **state __unused)
{
	struct err err;
	struct world w;

	open_world(&w, 10);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	assert_int_equal(fw_load(w.fw, AF_INET, "new", RULES_STATEFUL, strlen(RULES_STATEFUL), &err),
			 0);
	world_send(&w, 0, 1, "udp 198.51.100.7:53 > 10.0.0.2:1");
	assert_int_equal(w.pkt.ctinfo, FW_CT_ESTABLISHED);
	assert_int_not_equal(fw_load(w.fw, AF_INET, "bad", "nonsense\n", 9, &err), 0);
	world_send(&w, 0, 1, "udp 198.51.100.7:54 > 10.0.0.2:1");
	assert_string_equal(w.answer, "drop policy new");
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_becomes_established_by_an_answer),
		cmocka_unit_test(second_packet_of_a_burst_finds_the_first_ones_connection),
		cmocka_unit_test(dropped_first_packet_leaves_no_connection),
		cmocka_unit_test(notrack_makes_untracked),
		cmocka_unit_test(echo_answers_must_match),
		cmocka_unit_test(other_protocols_by_address_pair),
		cmocka_unit_test(icmp_errors_are_related),
		cmocka_unit_test(icmpv6_errors_are_related),
		cmocka_unit_test(icmp_error_does_not_refresh),
		cmocka_unit_test(damaged_packets_are_invalid),
		cmocka_unit_test(udp_unanswered_lives_30_s),
		cmocka_unit_test(a_packet_after_the_deadline_is_new),
		cmocka_unit_test(udp_becomes_a_stream_after_2_s),
		cmocka_unit_test(icmp_and_generic_timeouts),
		cmocka_unit_test(busy_connection_outlives_many_timeouts),
		cmocka_unit_test(a_leap_of_years_ends_everything),
		cmocka_unit_test(mass_expiry_is_spread_over_bursts),
		cmocka_unit_test(early_drop_takes_the_oldest_unanswered),
		cmocka_unit_test(assured_connections_are_never_dropped_early),
		cmocka_unit_test(flush_forgets_all),
		cmocka_unit_test(connections_survive_a_new_ruleset),
	};

	return cmocka_run_group_tests_name("engine/conntrack", tests, NULL, NULL);
}
