// SPDX-License-Identifier: GPL-2.0-or-later
/* test_target.c - each target: what it asks for, or does to the marks. */
#include "tests/rules/rules_test.h"

static u32 run_mark(const char *options, const char *pkt, u32 *ret_ctmark)
{
	struct ruleset *rs;
	struct rules_pkt p;
	char text[256];

	snprintf(text, sizeof(text), "*mangle\n-A PREROUTING -j %s\nCOMMIT\n", options);
	rs = rules_load(AF_INET, text);
	rules_pkt(&p, AF_INET, pkt);
	assert_int_equal(ruleset_run(rs, TABLE_MANGLE, HOOK_PREROUTING, &p.ctx), RULE_ACCEPT);
	ruleset_destroy(rs);
	if (ret_ctmark)
		*ret_ctmark = p.ctmark;
	return p.ctx.mark;
}

static void mark(void **state __unused)
{
	assert_int_equal(run_mark("MARK --set-xmark 0x3/0xff", "mark=0x1234", NULL), 0x1203);
	assert_int_equal(run_mark("MARK --set-xmark 0x103/0xff", "mark=0x134", NULL), 0x003);
	assert_int_equal(run_mark("MARK --set-mark 0x3/0xf", "mark=0x1234", NULL), 0x1233);
	assert_int_equal(run_mark("MARK --set-mark 0x13/0xf", "mark=0x1224", NULL), 0x1233);
	assert_int_equal(run_mark("MARK --set-mark 7", "mark=0x1234", NULL), 7);
	assert_int_equal(run_mark("MARK --and-mark 0xf0", "mark=0x1234", NULL), 0x30);
	assert_int_equal(run_mark("MARK --or-mark 0xf", "mark=0x1230", NULL), 0x123f);
	assert_int_equal(run_mark("MARK --xor-mark 0xff", "mark=0x0f", NULL), 0xf0);
}

static void connmark(void **state __unused)
{
	u32 ct;

	run_mark("CONNMARK --set-xmark 0x3/0xff", "ct=NEW ctmark=0x1234", &ct);
	assert_int_equal(ct, 0x1203);
	run_mark("CONNMARK --or-mark 1", "ct=NEW ctmark=0x1234", &ct);
	assert_int_equal(ct, 0x1235);
	assert_int_equal(run_mark("CONNMARK --save-mark", "ct=NEW mark=5 ctmark=6", &ct), 5);
	assert_int_equal(ct, 5);
	run_mark("CONNMARK --save-mark --nfmask 0xf --ctmask 0xff",
		 "ct=NEW mark=0x25 ctmark=0x1234", &ct);
	assert_int_equal(ct, 0x1205);
	assert_int_equal(run_mark("CONNMARK --restore-mark", "ct=NEW mark=5 ctmark=6", &ct), 6);
	assert_int_equal(
		run_mark("CONNMARK --restore-mark --mask 0xf", "ct=NEW mark=0x55 ctmark=0x66", &ct),
		0x56);
	assert_int_equal(run_mark("CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf",
				  "ct=NEW mark=0x155 ctmark=0x66", &ct), 0x106);
}

static void connmark_without_a_connection_does_nothing(void **state __unused)
{
	assert_int_equal(run_mark("CONNMARK --restore-mark", "ct=INVALID mark=5", NULL), 5);
}

static void a_mark_set_is_a_mark_matched(void **state __unused)
{
	struct ruleset *rs = rules_load(AF_INET, "*mangle\n-A INPUT -j MARK --set-mark 9\n"
		"-A INPUT -m mark --mark 9 -j DROP\nCOMMIT\n");

	assert_int_equal(rules_run(rs, TABLE_MANGLE, HOOK_INPUT, AF_INET, "mark=1"), RULE_DROP);
	ruleset_destroy(rs);
}

static void notrack(void **state __unused)
{
	static const char *const targets[] = { "NOTRACK", "CT --notrack" };

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct ruleset *rs;
		struct rules_pkt p;
		char text[128];

		snprintf(text, sizeof(text), "*raw\n-A PREROUTING -p udp -j %s\nCOMMIT\n",
			 targets[i]);
		rs = rules_load(AF_INET, text);
		rules_pkt(&p, AF_INET, "proto=6");
		ruleset_run(rs, TABLE_RAW, HOOK_PREROUTING, &p.ctx);
		assert_false(p.ctx.notrack);
		rules_pkt(&p, AF_INET, "proto=17");
		assert_int_equal(ruleset_run(rs, TABLE_RAW, HOOK_PREROUTING, &p.ctx), RULE_ACCEPT);
		assert_true(p.ctx.notrack);
		ruleset_destroy(rs);
	}
}

static void reject(void **state __unused)
{
	static const struct {
		int family;
		const char *options;
		u8 with;
	} rows[] = {
		{ AF_INET, "REJECT", REJECT_PORT_UNREACH },
		{ AF_INET, "REJECT --reject-with icmp-net-unreachable", REJECT_NET_UNREACH },
		{ AF_INET, "REJECT --reject-with host-prohib", REJECT_HOST_PROHIBITED },
		{ AF_INET, "REJECT --reject-with icmp-admin-prohibited", REJECT_ADMIN_PROHIBITED },
		{ AF_INET, "REJECT --reject-with tcp-reset", REJECT_TCP_RESET },
		{ AF_INET6, "REJECT", REJECT6_PORT_UNREACH },
		{ AF_INET6, "REJECT --reject-with icmp6-no-route", REJECT6_NO_ROUTE },
		{ AF_INET6, "REJECT --reject-with policy-fail", REJECT6_POLICY_FAIL },
		{ AF_INET6, "REJECT --reject-with tcp-reset", REJECT6_TCP_RESET },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ruleset *rs;
		struct rules_pkt p;
		char text[128];

		snprintf(text, sizeof(text), "*filter\n-A INPUT -p tcp -j %s\nCOMMIT\n",
			 rows[i].options);
		rs = rules_load(rows[i].family, text);
		rules_pkt(&p, rows[i].family, "proto=6");
		p.ctx.reject = 0xff;
		assert_int_equal(ruleset_run(rs, TABLE_FILTER, HOOK_INPUT, &p.ctx), RULE_REJECT);
		assert_int_equal(p.ctx.reject, rows[i].with);
		ruleset_destroy(rs);
	}
}

/* One nat rule, run: what it asks for. */
static struct nat_range run_nat(int family, const char *chain, const char *target)
{
	enum hook hook = *chain == 'O' ? HOOK_OUTPUT : chain[1] == 'O' ? HOOK_POSTROUTING :
		HOOK_PREROUTING;
	struct ruleset *rs;
	struct rules_pkt p;
	char text[256];

	snprintf(text, sizeof(text), "*nat\n-A %s -p udp -j %s\nCOMMIT\n", chain, target);
	rs = rules_load(family, text);
	rules_pkt(&p, family, "");
	assert_int_equal(ruleset_run(rs, TABLE_NAT, hook, &p.ctx), RULE_NAT);
	ruleset_destroy(rs);
	return p.ctx.nat;
}

static void is_addr(int family, const union fw_addr *addr, const char *text)
{
	char buf[INET6_ADDRSTRLEN];

	assert_string_equal(inet_ntop(family, addr, buf, sizeof(buf)), text);
}

static void snat(void **state __unused)
{
	struct nat_range r = run_nat(AF_INET, "POSTROUTING",
				     "SNAT --to-source 10.0.0.1-10.0.0.9:1024-2047 --random");

	assert_int_equal(r.kind, NAT_SNAT);
	is_addr(AF_INET, &r.min_addr, "10.0.0.1");
	is_addr(AF_INET, &r.max_addr, "10.0.0.9");
	assert_int_equal(r.min_port, 1024);
	assert_int_equal(r.max_port, 2047);
	assert_true(r.has_addr && r.has_port && r.random && !r.persistent);
	r = run_nat(AF_INET, "POSTROUTING", "SNAT --to-source 10.0.0.1 --persistent");
	is_addr(AF_INET, &r.max_addr, "10.0.0.1");
	assert_true(r.has_addr && !r.has_port && !r.random && r.persistent);
}

static void dnat(void **state __unused)
{
	struct nat_range r = run_nat(AF_INET, "PREROUTING", "DNAT --to-destination 10.0.0.1:80");

	assert_int_equal(r.kind, NAT_DNAT);
	assert_int_equal(r.min_port, 80);
	assert_int_equal(r.max_port, 80);
	r = run_nat(AF_INET6, "PREROUTING",
		    "DNAT --to-destination [2001:db8::1-2001:db8::5]:80-90");
	is_addr(AF_INET6, &r.min_addr, "2001:db8::1");
	is_addr(AF_INET6, &r.max_addr, "2001:db8::5");
	assert_int_equal(r.max_port, 90);
	r = run_nat(AF_INET6, "PREROUTING", "DNAT --to-destination ::1");
	is_addr(AF_INET6, &r.min_addr, "::1");
	assert_false(r.has_port);
	r = run_nat(AF_INET, "OUTPUT", "DNAT --to-destination :99");
	assert_true(!r.has_addr && r.has_port);
}

static void masquerade_redirect_netmap(void **state __unused)
{
	struct nat_range r =
		run_nat(AF_INET, "POSTROUTING", "MASQUERADE --to-ports 5-7 --random-fully");

	assert_int_equal(r.kind, NAT_MASQUERADE);
	assert_true(r.min_port == 5 && r.max_port == 7 && r.random && !r.has_addr);
	r = run_nat(AF_INET, "PREROUTING", "REDIRECT --to-ports 3128");
	assert_int_equal(r.kind, NAT_REDIRECT);
	assert_int_equal(r.min_port, 3128);
	r = run_nat(AF_INET, "PREROUTING", "NETMAP --to 10.9.0.0/16");
	assert_int_equal(r.kind, NAT_NETMAP);
	is_addr(AF_INET, &r.min_addr, "10.9.0.0");
	is_addr(AF_INET, &r.max_addr, "255.255.0.0");
}

struct logged {
	unsigned int n;
	char prefix[32];
	u16 in_if;
};

static void log_to(void *arg, const char *prefix, const u8 *frame __unused, u32 len, u16 in_if,
		   u16 out_if __unused)
{
	struct logged *l = arg;

	l->n++;
	snprintf(l->prefix, sizeof(l->prefix), "%s", prefix);
	l->in_if = in_if;
	assert_int_equal(len, 60);
}

static void log_counts_calls_and_goes_on(void **state __unused)
{
	static const char text[] =
		"*filter\n-A INPUT -j LOG --log-prefix \"a b: \" --log-level info\n"
		"-A INPUT -j DROP\nCOMMIT\n";
	struct logged l = { 0 };
	struct fw_config config = rules_config();
	struct ruleset *rs;
	struct err err;

	config.log = log_to;
	config.log_arg = &l;
	assert_int_equal(ruleset_create(&config, AF_INET, "t", text, strlen(text), &rs, &err), 0);
	assert_int_equal(rules_run(rs, TABLE_FILTER, HOOK_INPUT, AF_INET, "in=eth1"), RULE_DROP);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.prefix, "a b: ");
	assert_int_equal(l.in_if, 1);
	assert_int_equal(ruleset_log_lines(rs, 0), 1);
	ruleset_destroy(rs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mark), cmocka_unit_test(connmark),
		cmocka_unit_test(connmark_without_a_connection_does_nothing),
		cmocka_unit_test(a_mark_set_is_a_mark_matched), cmocka_unit_test(notrack),
		cmocka_unit_test(reject), cmocka_unit_test(snat), cmocka_unit_test(dnat),
		cmocka_unit_test(masquerade_redirect_netmap),
		cmocka_unit_test(log_counts_calls_and_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
