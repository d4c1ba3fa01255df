// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a packet's way does for rules: what they can see at each hook, what is
 * counted where there are none, and that a packet of a burst finds what the
 * ones before it left of the connections.
 */
#include "tests/engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

static void open_rules(struct world *w, const char *rules4, const char *rules6, u64 max)
{
	struct fw_config c;

	world_config(&c);
	c.connections_max = max;
	world_open(w, &c, rules4, rules6);
}

static void expect_saved(struct world *w, int family, const char *const *lines, size_t n)
{
	struct err err = { 0 };
	char *text;
	size_t i;

	if (fw_save(w->fw, family, &text, &err))
		fail_msg("%s", err.text);
	for (i = 0; i < n; i++)
		if (!strstr(text, lines[i]))
			fail_msg("\"%s\" is not in\n%s", lines[i], text);
	free(text);
}

static void chains_without_rules_count_their_policy(void **state __unused)
{
	static const char rules[] = "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n"
		":FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n"
		"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"
		":OUTPUT ACCEPT [0:0]\nCOMMIT\n";
	static const char *const saved4[] = {
		":PREROUTING ACCEPT [3:84]\n", ":INPUT ACCEPT [1:28]\n:FORWARD ACCEPT [2:56]\n",
		":OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [2:56]\nCOMMIT\n",
		"*filter\n:INPUT ACCEPT [1:28]\n:FORWARD ACCEPT [2:56]\n:OUTPUT ACCEPT [0:0]\n",
	};
	static const char *const saved6[] = {
		":PREROUTING ACCEPT [1:48]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [1:48]\n",
	};
	struct world w;

	open_rules(&w, rules, rules, 10);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	world_send(&w, 0, 1, "udp 198.51.100.7:53 > 10.0.0.2:1");
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 10.0.0.1:53");
	world_send(&w, 0, 0, "udp [2001:db8::2]:1 > [2001:db8:1::7]:53");
	expect_saved(&w, AF_INET, saved4, ARRAY_SIZE(saved4));
	expect_saved(&w, AF_INET6, saved6, ARRAY_SIZE(saved6));
	world_close(&w);
}

static void a_chain_without_rules_may_drop(void **state __unused)
{
	static const char rules[] = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n"
		":OUTPUT ACCEPT [0:0]\nCOMMIT\n";
	static const char *const saved[] = { ":FORWARD DROP [1:28]\n" };
	struct world w;

	open_rules(&w, rules, NULL, 10);
	assert_string_equal(world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53"),
			    "drop policy");
	expect_saved(&w, AF_INET, saved, ARRAY_SIZE(saved));
	world_close(&w);
}

/* Interfaces, state and direction are what they are at the hook, not before. */
static void rules_see_what_is_known_at_their_hook(void **state __unused)
{
	static const char rules[] = "*raw\n:PREROUTING ACCEPT [0:0]\n"
		"-A PREROUTING -i in0\n"
		"-A PREROUTING -i out0\nCOMMIT\n"
		"*mangle\n:PREROUTING ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"
		":POSTROUTING ACCEPT [0:0]\n"
		"-A PREROUTING -m conntrack --ctstate NEW --ctdir ORIGINAL\n"
		"-A PREROUTING -m conntrack --ctstate ESTABLISHED --ctdir REPLY\n"
		"-A PREROUTING -m conntrack --ctstate INVALID\n"
		"-A FORWARD -i in0 -o out0\n"
		"-A FORWARD -i out0 -o in0\n"
		"-A POSTROUTING -o out0\n"
		"-A POSTROUTING -o in0\nCOMMIT\n";
	static const char *const saved[] = {
		"[2:68] -A PREROUTING -i in0\n", "[1:28] -A PREROUTING -i out0\n",
		"[1:28] -A PREROUTING -m conntrack --ctstate NEW --ctdir ORIGINAL\n",
		"[1:28] -A PREROUTING -m conntrack --ctstate ESTABLISHED --ctdir REPLY\n",
		"[1:40] -A PREROUTING -m conntrack --ctstate INVALID\n",
		"[2:68] -A FORWARD -i in0 -o out0\n", "[1:28] -A FORWARD -i out0 -o in0\n",
		"[2:68] -A POSTROUTING -o out0\n", "[1:28] -A POSTROUTING -o in0\n",
	};
	struct world w;

	open_rules(&w, rules, NULL, 10);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53");
	world_send(&w, 0, 1, "udp 198.51.100.7:53 > 10.0.0.2:1");
	world_send(&w, 0, 0, "tcp 10.0.0.2:1 > 198.51.100.7:80 flags=R len=0");
	expect_saved(&w, AF_INET, saved, ARRAY_SIZE(saved));
	world_close(&w);
}

static void rules_see_both_tuples_of_a_translated_connection(void **state __unused)
{
	static const char rules[] = "*nat\n:POSTROUTING ACCEPT [0:0]\n"
		"-A POSTROUTING -o out0 -j SNAT --to-source 198.51.100.9\nCOMMIT\n"
		"*filter\n:FORWARD DROP [0:0]\n"
		"-A FORWARD -i in0 -j ACCEPT\n"
		"-A FORWARD -m conntrack --ctorigsrc 10.0.0.2 --ctreplsrc 198.51.100.7 "
		"--ctrepldst 198.51.100.9 --ctorigdstport 53 --ctrepldstport 1 -j ACCEPT\nCOMMIT\n";
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1 > 198.51.100.7:53", "forward 1 new …" },
		{ 0, 1, "udp 198.51.100.7:53 > 198.51.100.9:1", "forward 0 established …" },
		{ 0, 0, "udp 10.0.0.3:2 > 198.51.100.7:53", "forward 1 new …" },
		{ 0, 1, "udp 198.51.100.7:53 > 198.51.100.9:2", "drop policy established" },
	};

	world_table(rules, NULL, rows, ARRAY_SIZE(rows));
}

/* At the cap each new one takes the place of the one before, in the same
 * record, within one burst. */
static void expect_replaced(const char *const packets[3])
{
	struct pkt_buf bufs[3];
	struct fw_pkt pkts[3] = { 0 };
	struct fw_stats s;
	struct world w;
	unsigned int i;

	open_rules(&w, RULES_TRACK, RULES_TRACK, 1);
	world_send(&w, 0, 0, packets[1]);
	assert_int_equal(w.pkt.ctinfo, FW_CT_NEW);
	for (i = 0; i < 3; i++) {
		pkt_build(&bufs[i], packets[i]);
		pkts[i] = (struct fw_pkt){ .data = bufs[i].data, .len = bufs[i].len,
					   .room = PKT_ROOM, .in_if = i == 2 };
	}
	fw_process(w.worker, pkts, 3, w.now);
	assert_int_equal(pkts[0].ctinfo, FW_CT_NEW);
	assert_int_equal(pkts[1].ctinfo, FW_CT_NEW);
	assert_int_equal(pkts[2].ctinfo, FW_CT_ESTABLISHED);
	fw_worker_stats(w.worker, &s);
	assert_int_equal(s.ct_early_drop, 2);
	assert_int_equal(s.ct_count, 1);
	world_close(&w);
}

static void connection_replaced_within_a_burst_is_not_found(void **state __unused)
{
	static const char *const udp4[] = {
		"udp 10.0.0.3:1 > 198.51.100.7:53", "udp 10.0.0.2:1 > 198.51.100.7:53",
		"udp 198.51.100.7:53 > 10.0.0.2:1",
	};
	static const char *const udp6[] = {
		"udp [2001:db8::3]:1 > [2001:db8:1::7]:53",
		"udp [2001:db8::2]:1 > [2001:db8:1::7]:53",
		"udp [2001:db8:1::7]:53 > [2001:db8::2]:1",
	};

	expect_replaced(udp4);
	expect_replaced(udp6);
}

/* A connection that was reset is begun anew by the next SYN. */
static void connection_that_ended_within_a_burst_is_not_found(void **state __unused)
{
	struct pkt_buf bufs[3];
	struct fw_pkt pkts[3] = { 0 };
	struct world w;
	unsigned int i;

	open_rules(&w, RULES_TRACK, NULL, 10);
	world_send(&w, 0, 0, "tcp 10.0.0.2:1 > 198.51.100.7:80 flags=S seq=100");
	pkt_build(&bufs[0], "tcp 10.0.0.2:1 > 198.51.100.7:80 flags=S seq=100");
	pkt_build(&bufs[1], "tcp 198.51.100.7:80 > 10.0.0.2:1 flags=RA seq=0 ack=101");
	pkt_build(&bufs[2], "tcp 10.0.0.2:1 > 198.51.100.7:80 flags=S seq=200");
	for (i = 0; i < 3; i++)
		pkts[i] = (struct fw_pkt){ .data = bufs[i].data, .len = bufs[i].len,
					   .room = PKT_ROOM, .in_if = i == 1 };
	fw_process(w.worker, pkts, 3, w.now);
	assert_int_equal(pkts[0].ctinfo, FW_CT_NEW);
	assert_int_equal(pkts[1].ctinfo, FW_CT_ESTABLISHED);
	assert_int_equal(pkts[2].ctinfo, FW_CT_NEW);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_without_rules_count_their_policy),
		cmocka_unit_test(a_chain_without_rules_may_drop),
		cmocka_unit_test(rules_see_what_is_known_at_their_hook),
		cmocka_unit_test(rules_see_both_tuples_of_a_translated_connection),
		cmocka_unit_test(connection_replaced_within_a_burst_is_not_found),
		cmocka_unit_test(connection_that_ended_within_a_burst_is_not_found),
	};

	return cmocka_run_group_tests_name("engine/path", tests, NULL, NULL);
}
