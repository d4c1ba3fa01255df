// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_ruleset.c - what a ruleset does as a whole: chains, policies, counters,
 * limits in virtual time, what it needs of the packet path, round trips.
 */
#include "tests/rules/rules_test.h"

#include <errno.h>

#include "fw-under-test/engine/ruleset_gen.h"

static enum rule_verdict forward(struct ruleset *rs, const char *pkt)
{
	return rules_run(rs, TABLE_FILTER, HOOK_FORWARD, AF_INET, pkt);
}

static void no_table_accepts(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, "# nothing\n");

	assert_int_equal(forward(rs, ""), RULE_ACCEPT);
	for (int t = 0; t < TABLES; t++)
		assert_int_equal(ruleset_needs(rs)->hooks[t], 0);
	assert_false(ruleset_needs(rs)->conntrack);
	ruleset_destroy(rs);
}

static void policy_of_an_empty_chain(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, "*filter\n:INPUT ACCEPT [0:0]\n"
					":FORWARD DROP [0:0]\nCOMMIT\n");

	assert_int_equal(forward(rs, ""), RULE_POLICY_DROP);
	assert_int_equal(rules_run(rs, TABLE_FILTER, HOOK_INPUT, AF_INET, ""), RULE_ACCEPT);
	ruleset_destroy(rs);
}

static void first_match_decides(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, "*filter\n-A FORWARD -p udp -j DROP\n"
					"-A FORWARD -j ACCEPT\n-I FORWARD -p tcp -j REJECT\n"
					"-I FORWARD 2 -p 47 -j ACCEPT\nCOMMIT\n");

	assert_int_equal(forward(rs, "proto=17"), RULE_DROP);
	assert_int_equal(forward(rs, "proto=6"), RULE_REJECT);
	assert_int_equal(forward(rs, "proto=1"), RULE_ACCEPT);
	ruleset_destroy(rs);
}

#define CHAINS "*filter\n:FORWARD DROP [0:0]\n:a - [0:0]\n:b - [0:0]\n"

static void a_jump_comes_back(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, CHAINS "-A FORWARD -j a\n-A FORWARD -j ACCEPT\n"
		"-A a -p udp -j RETURN\n-A a -j b\n-A a -j DROP\n-A b -p 47 -j REJECT\nCOMMIT\n");

	assert_int_equal(forward(rs, "proto=17"), RULE_ACCEPT);
	assert_int_equal(forward(rs, "proto=6"), RULE_DROP);
	assert_int_equal(forward(rs, "proto=47"), RULE_REJECT);
	ruleset_destroy(rs);
}

/* What a goto leads to returns to the caller of the chain that had the goto. */
static void a_goto_does_not_come_back(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, CHAINS "-A FORWARD -j a\n-A FORWARD -j ACCEPT\n"
		"-A a -g b\n-A a -j DROP\n-A b -p udp -j RETURN\nCOMMIT\n");

	assert_int_equal(forward(rs, "proto=17"), RULE_ACCEPT);
	assert_int_equal(forward(rs, "proto=6"), RULE_ACCEPT);
	ruleset_destroy(rs);
	rs = rules_load(AF_INET, CHAINS "-A FORWARD -g b\n-A FORWARD -j ACCEPT\nCOMMIT\n");
	assert_int_equal(forward(rs, ""), RULE_POLICY_DROP);
	ruleset_destroy(rs);
}

static void return_from_a_builtin_chain_is_its_policy(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, "*filter\n:FORWARD DROP [0:0]\n"
		"-A FORWARD -j RETURN\n-A FORWARD -j ACCEPT\nCOMMIT\n");

	assert_int_equal(forward(rs, ""), RULE_POLICY_DROP);
	ruleset_destroy(rs);
}

static void deepest_nesting(void **state __unused)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct ruleset *rs;

	fputs("*filter\n:FORWARD DROP [0:0]\n", f);
	for (int i = 0; i < 128; i++)
		fprintf(f, ":c%d -\n", i);
	fputs("-A FORWARD -j c0\n-A FORWARD -j ACCEPT\n", f);
	for (int i = 0; i < 127; i++)
		fprintf(f, "-A c%d -j c%d\n", i, i + 1);
	fputs("COMMIT\n", f);
	fclose(f);
	rs = rules_load(AF_INET, text);
	assert_int_equal(forward(rs, ""), RULE_ACCEPT);
	ruleset_destroy(rs);
	free(text);
}

static void counters(void **state __unused)
{
	static const char text[] = "*filter\n:FORWARD DROP [1:10]\n:a - [0:0]\n"
		"[5:600] -A FORWARD -p udp -j a\n-A FORWARD -p udp -m comment --comment note\n"
		"-A FORWARD -p tcp -j ACCEPT\n-A a -m mark --mark 9\nCOMMIT\n";
	static const char saved[] = "# IPv4 rules with counters, by kpps\n*filter\n"
		":FORWARD DROP [3:210]\n:a - [0:0]\n[7:800] -A FORWARD -p udp -j a\n"
		"[2:200] -A FORWARD -p udp -m comment --comment note\n"
		"[1:40] -A FORWARD -p tcp -j ACCEPT\n[0:0] -A a -m mark --mark 0x9\nCOMMIT\n";
	struct ruleset *rs = rules_load(AF_INET, text);
	char *out;

	forward(rs, "proto=17 len=100");
	forward(rs, "proto=17 len=100");
	forward(rs, "proto=6 len=40");
	out = rules_save(rs);
	assert_string_equal(out, saved);
	free(out);
	ruleset_destroy(rs);
}

static void workers_count_together(void **state __unused)
{
	static const char text[] = "*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n";
	struct fw_config config = rules_config();
	struct ruleset *rs;
	struct rules_pkt p;
	struct err err;
	char *out;

	config.workers = 3;
	assert_int_equal(ruleset_create(&config, AF_INET, "t", text, strlen(text), &rs, &err), 0);
	for (unsigned int i = 0; i < 3; i++) {
		rules_pkt(&p, AF_INET, "len=50");
		p.ctx.worker = i;
		ruleset_run(rs, TABLE_RAW, HOOK_PREROUTING, &p.ctx);
	}
	out = rules_save(rs);
	assert_non_null(strstr(out, ":PREROUTING ACCEPT [3:150]"));
	free(out);
	ruleset_destroy(rs);
}

static void everything_prints_and_loads_again(void **state __unused)
{
	static const char v4[] = "*raw\n-A PREROUTING ! -s 10.0.0.0/8 -i eth+ -p icmp -m icmp --icmp-type 3/4"
		" -j NOTRACK\n-A OUTPUT -f -j CT --notrack\nCOMMIT\n"
		"*mangle\n-A FORWARD -m conntrack ! --ctstate NEW,DNAT --ctproto 6 --ctorigsrc 1.0.0.0/8"
		" ! --ctrepldstport 5:6 --ctstatus NONE --ctdir REPLY -j MARK --xor-mark 5\n"
		"-A INPUT -p udp -m udp ! --sport 5:6 -m multiport --ports 1,2:3 -j CONNMARK --save-mark\n"
		"-A FORWARD -m iprange --src-range 1.1.1.1-1.1.1.2 ! --dst-range 2.2.2.2-2.2.2.3\n"
		"-A FORWARD -m length --length 5:6 -m ttl --ttl-gt 5 -m mac ! --mac-source 02:00:00:00:00:01\n"
		"-A FORWARD -m limit --limit 7/day --limit-burst 9 -m connmark ! --mark 1/2\nCOMMIT\n"
		"*nat\n-A POSTROUTING -p 6 -j SNAT --to-source :5-6 --random-fully\n"
		"-A POSTROUTING -p udp -j MASQUERADE --to-ports 5\n-A PREROUTING -j NETMAP --to 1.0.0.0/8\n"
		"-A OUTPUT -j REDIRECT --random\nCOMMIT\n"
		"*filter\n:u - [0:0]\n-A INPUT -g u\n-A u -p tcp ! --syn --tcp-option 5 -j REJECT"
		" --reject-with tcp-reset\n-A u -j LOG --log-prefix \"say \\\"a\\\\b\\\"\" --log-level 7"
		" --log-uid\n-A u -m comment --comment \"!\"\n-A u -m state ! --state INVALID,RELATED\nCOMMIT\n";
	static const char v6[] = "*nat\n-A PREROUTING -p tcp -j DNAT --to-destination"
		" [2001:db8::1-2001:db8::2]:80-81 --persistent\n-A POSTROUTING -j SNAT --to-source"
		" 2001:db8::1-2001:db8::2\n-A POSTROUTING -j NETMAP --to 2001:db8::/32\nCOMMIT\n"
		"*filter\n-A INPUT -s 2001:db8::/33 ! -d ::1 -p icmpv6 -m icmp6 ! --icmpv6-type 1/4 -m hl"
		" --hl-lt 5 -j REJECT --reject-with no-route\n-A INPUT ! -p esp\nCOMMIT\n";
	const struct { int family; const char *text; } rows[] = { { AF_INET, v4 }, { AF_INET6, v6 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ruleset *rs = rules_load(rows[i].family, rows[i].text);
		char *once = rules_save(rs), *twice;

		ruleset_destroy(rs);
		rs = rules_load(rows[i].family, once);
		twice = rules_save(rs);
		assert_string_equal(once, twice);
		ruleset_destroy(rs);
		free(once);
		free(twice);
	}
}

static void canonical_text(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, "*filter\n-A INPUT --jump DROP --dst 10.1.2.3/8 "
		"--protocol tcp --in-interface eth0 --dport http --src 1.2.3.4/255.255.255.0 --syn "
		"-c 5 6\nCOMMIT\n");
	char *out = rules_save(rs);

	assert_non_null(strstr(out, "\n[5:6] -A INPUT -s 1.2.3.0/24 -d 10.0.0.0/8 -i eth0 -p tcp -m tcp "
			       "--dport 80 --tcp-flags FIN,SYN,RST,ACK SYN -j DROP\n"));
	free(out);
	ruleset_destroy(rs);
}

/* Packets of the burst pass at once, then one every 1/3 s. */
static void limit_in_virtual_time(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, "*filter\n:FORWARD DROP [0:0]\n"
		"-A FORWARD -m limit --limit 3/second --limit-burst 4 -j ACCEPT\nCOMMIT\n");
	static const struct {
		const char *pkt;
		enum rule_verdict verdict;
	} rows[] = {
		{ "now=1000", RULE_ACCEPT }, { "now=1000", RULE_ACCEPT }, { "now=1000", RULE_ACCEPT },
		{ "now=1000", RULE_ACCEPT }, { "now=1000", RULE_POLICY_DROP },
		{ "now=1333", RULE_POLICY_DROP }, { "now=1334", RULE_ACCEPT },
		{ "now=1335", RULE_POLICY_DROP }, { "now=2000", RULE_ACCEPT },
		{ "now=2000", RULE_ACCEPT }, { "now=2000", RULE_POLICY_DROP },
		{ "now=900000", RULE_ACCEPT }, { "now=900000", RULE_ACCEPT },
		{ "now=900000", RULE_ACCEPT }, { "now=900000", RULE_ACCEPT },
		{ "now=900000", RULE_POLICY_DROP },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (forward(rs, rows[i].pkt) != rows[i].verdict)
			fail_msg("packet %zu at %s ms", i, rows[i].pkt);
	ruleset_destroy(rs);
}

static unsigned int passed_in_a_day(const char *options)
{
	struct ruleset *rs;
	unsigned int passed = 0;
	char text[256], pkt[32];

	snprintf(text, sizeof(text), "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m limit %s -j ACCEPT\n"
		 "COMMIT\n", options);
	rs = rules_load(AF_INET, text);
	for (unsigned int s = 0; s <= 86400; s += 10) {
		snprintf(pkt, sizeof(pkt), "now=%u000", s);
		passed += forward(rs, pkt) == RULE_ACCEPT;
	}
	ruleset_destroy(rs);
	return passed;
}

static void limit_in_the_long_run(void **state __unused)
{
	assert_int_equal(passed_in_a_day("--limit 2/hour --limit-burst 1"), 49);
	assert_int_equal(passed_in_a_day("--limit 5/day --limit-burst 3"), 8);
	assert_int_equal(passed_in_a_day(""), 5 + 72);
}

static void needs(void **state __unused)
{
	static const struct {
		const char *text;
		bool conntrack;
		u32 hooks[TABLES];
	} rows[] = {
		{ "*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n", false,
		  { [TABLE_FILTER] = 1 << HOOK_FORWARD } },
		{ "*filter\n-A OUTPUT -j DROP\n-A FORWARD\nCOMMIT\n", false,
		  { [TABLE_FILTER] = 1 << HOOK_FORWARD | 1 << HOOK_OUTPUT } },
		{ "*filter\n-A INPUT -m state --state NEW\nCOMMIT\n", true,
		  { [TABLE_FILTER] = 1 << HOOK_INPUT } },
		{ "*filter\n:u -\n-A u -m connmark --mark 1\nCOMMIT\n", true, { 0 } },
		{ "*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n", true,
		  { [TABLE_NAT] = 1 << HOOK_POSTROUTING } },
		{ "*raw\n-A PREROUTING -j NOTRACK\nCOMMIT\n", true,
		  { [TABLE_RAW] = 1 << HOOK_PREROUTING } },
		{ "*mangle\n-A PREROUTING -j CONNMARK --save-mark\nCOMMIT\n", true,
		  { [TABLE_MANGLE] = 1 << HOOK_PREROUTING } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ruleset *rs = rules_load(AF_INET, rows[i].text);
		const struct ruleset_needs *n = ruleset_needs(rs);

		assert_int_equal(n->conntrack, rows[i].conntrack);
		assert_memory_equal(n->hooks, rows[i].hooks, sizeof(n->hooks));
		ruleset_destroy(rs);
	}
}

static void generated_rules_match_at_the_last(void **state __unused)
{
	static const int families[] = { AF_INET, AF_INET6 };
	static const char *const packets[] = {
		"src=198.18.0.1 dst=198.19.0.1 dport=53", "src=2001:2::1 dst=2001:2:0:8000::1 dport=53",
	};

	for (size_t i = 0; i < 2; i++) {
		struct ruleset *rs;
		char *text, *out;

		assert_int_equal(ruleset_generate(1000, families[i], &text), 0);
		rs = rules_load(families[i], text);
		assert_int_equal(rules_run(rs, TABLE_FILTER, HOOK_FORWARD, families[i], packets[i]),
				 RULE_ACCEPT);
		out = rules_save(rs);
		assert_non_null(strstr(out, "\n[1:46] -A FORWARD -j ACCEPT\nCOMMIT\n"));
		assert_null(strstr(strstr(out, "-A FORWARD"), "\n[1:46] -A FORWARD -s"));
		free(out);
		free(text);
		ruleset_destroy(rs);
	}
}

static void no_rules_are_an_empty_chain_that_accepts(void **state __unused)
{
	struct ruleset *rs;
	char *text = NULL;

	assert_int_equal(ruleset_generate(0, AF_INET, &text), 0);
	assert_null(strstr(text, "-A "));
	rs = rules_load(AF_INET, text);
	assert_int_equal(forward(rs, "src=10.0.195.79"), RULE_ACCEPT);
	ruleset_destroy(rs);
	free(text);
}

static void too_many_rules_are_an_error(void **state __unused)
{
	char *text = NULL;

	assert_int_equal(ruleset_generate(RULESET_GENERATE_MAX + 1, AF_INET, &text), -EINVAL);
	assert_null(text);
}

static void many_rules_and_chains(void **state __unused)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct ruleset *rs;

	fputs("*filter\n:FORWARD DROP [0:0]\n", f);
	for (unsigned int i = 0; i < 50000; i++)
		fprintf(f, ":c%u - [0:0]\n", i);
	for (unsigned int i = 0; i < 50000; i++)
		fprintf(f, "-A c%u -s 10.0.%u.%u -j ACCEPT\n", i, i >> 8, i & 0xff);
	for (unsigned int i = 0; i < 50000; i++)
		fprintf(f, "-A FORWARD -j c%u\n", i);
	fputs("COMMIT\n", f);
	fclose(f);
	rs = rules_load(AF_INET, text);
	assert_int_equal(forward(rs, "src=10.0.195.79"), RULE_ACCEPT);
	assert_int_equal(forward(rs, "src=10.0.195.80"), RULE_POLICY_DROP);
	ruleset_destroy(rs);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_table_accepts), cmocka_unit_test(policy_of_an_empty_chain),
		cmocka_unit_test(first_match_decides), cmocka_unit_test(a_jump_comes_back),
		cmocka_unit_test(a_goto_does_not_come_back),
		cmocka_unit_test(return_from_a_builtin_chain_is_its_policy),
		cmocka_unit_test(deepest_nesting), cmocka_unit_test(counters),
		cmocka_unit_test(workers_count_together),
		cmocka_unit_test(everything_prints_and_loads_again), cmocka_unit_test(canonical_text),
		cmocka_unit_test(limit_in_virtual_time), cmocka_unit_test(limit_in_the_long_run),
		cmocka_unit_test(needs), cmocka_unit_test(generated_rules_match_at_the_last),
		cmocka_unit_test(no_rules_are_an_empty_chain_that_accepts),
		cmocka_unit_test(too_many_rules_are_an_error),
		cmocka_unit_test(many_rules_and_chains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
