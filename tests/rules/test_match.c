// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_match.c - each match: options and a packet, do they match? Every row is
 * asked twice: of the compiled rule, and of the match's own function.
 */
#include "tests/rules/rules_test.h"

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/parse.h"

struct row {
	const char *options;
	const char *pkt;
	bool match;
};

static struct ir *parse(int family, const char *text)
{
	struct err err = { 0 };
	struct ir *ir = NULL;

	if (parse_save(family, "t", text, strlen(text), &ir, &err))
		fail_msg("%s\nin:\n%s", err.text, text);
	return ir;
}

/* Nothing but the match decides: then its function must say the same. */
static void check_eval(int family, const char *text, const struct row *row)
{
	struct ir *ir = parse(family, text);
	const struct ir_rule *r = ir->tables[TABLE_FILTER].hooks[HOOK_FORWARD]->rules;
	const struct ir_match *m = r->matches;
	struct rules_pkt p;
	u64 state[8] = { 0 };

	rules_pkt(&p, family, row->pkt);
	if (m && !m->next && m->ops->eval && !m->ops->state_words && !r->src && !r->dst && !r->in &&
	    !r->out && !r->frag && !r->invert && (!r->proto || r->proto == p.view.l4proto) &&
	    m->ops->eval(m->data, &p.ctx, state) != row->match)
		fail_msg("the function of \"%s\" and the packet \"%s\"", row->options, row->pkt);
	ir_destroy(ir);
}

static void check_rows(int family, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ruleset *rs;
		char text[512];
		bool match;

		snprintf(text, sizeof(text), "*filter\n:FORWARD DROP [0:0]\n-A FORWARD %s -j ACCEPT\n"
			 "COMMIT\n", rows[i].options);
		rs = rules_load(family, text);
		match = rules_run(rs, TABLE_FILTER, HOOK_FORWARD, family, rows[i].pkt) == RULE_ACCEPT;
		ruleset_destroy(rs);
		if (match != rows[i].match)
			fail_msg("\"%s\" and the packet \"%s\": match is %d", rows[i].options,
				 rows[i].pkt, match);
		check_eval(family, text, &rows[i]);
	}
}

#define ROWS4(...) do { \
	static const struct row rows_[] = { __VA_ARGS__ }; \
	check_rows(AF_INET, rows_, ARRAY_SIZE(rows_)); \
} while (0)
#define ROWS6(...) do { \
	static const struct row rows_[] = { __VA_ARGS__ }; \
	check_rows(AF_INET6, rows_, ARRAY_SIZE(rows_)); \
} while (0)

static void addresses4(void **state __unused)
{
	ROWS4({ "", "", true },
	      { "-s 10.1.2.3", "src=10.1.2.3", true },
	      { "-s 10.1.2.3", "src=10.1.2.4", false },
	      { "-s 10.1.2.99/24", "src=10.1.2.4", true },
	      { "-s 10.1.2.0/24", "src=10.1.3.4", false },
	      { "! -s 10.1.2.0/24", "src=10.1.3.4", true },
	      { "! -s 10.1.2.0/24", "src=10.1.2.4", false },
	      { "-s 10.0.0.7/255.0.0.255", "src=10.9.9.7", true },
	      { "-s 10.0.0.7/255.0.0.255", "src=10.9.9.8", false },
	      { "-s 0.0.0.0/0", "src=10.9.9.8", true },
	      { "! -s 0.0.0.0/0", "src=10.9.9.8", false },
	      { "-d 10.1.2.0/23", "dst=10.1.3.4", true },
	      { "-d 10.1.2.0/23", "dst=10.1.4.4", false },
	      { "! -d 10.1.2.0/23", "dst=10.1.4.4", true },
	      { "-s 10.0.0.0/8 -d 11.0.0.0/8", "src=10.1.1.1 dst=11.1.1.1", true },
	      { "-s 10.0.0.0/8 -d 11.0.0.0/8", "src=11.1.1.1 dst=11.1.1.1", false },
	      { "-s 10.0.0.0/8 ! -d 11.0.0.0/8", "src=10.1.1.1 dst=11.1.1.1", false });
}

static void addresses6(void **state __unused)
{
	ROWS6({ "-s 2001:db8::1", "src=2001:db8::1", true },
	      { "-s 2001:db8::1", "src=2001:db8::2", false },
	      { "-s 2001:db8::/32", "src=2001:db8:5::2", true },
	      { "-s 2001:db8::/32", "src=2001:db9:5::2", false },
	      { "! -s 2001:db8::/32", "src=2001:db9:5::2", true },
	      { "! -s 2001:db8::/32", "src=2001:db8:5::2", false },
	      { "-d 2001:db8:0:0:8000::/65", "dst=2001:db8::8000:0:0:1", true },
	      { "-d 2001:db8:0:0:8000::/65", "dst=2001:db8::7000:0:0:1", false },
	      { "! -d 2001:db8::7", "dst=2001:db8::7", false },
	      { "! -d 2001:db8::7", "dst=2001:db8::8", true },
	      { "-d ::/0", "dst=2001:db8::8", true });
}

static void interfaces(void **state __unused)
{
	ROWS4({ "-i eth0", "in=eth0", true },
	      { "-i eth0", "in=eth1", false },
	      { "! -i eth0", "in=eth1", true },
	      { "! -i eth0", "in=eth0", false },
	      { "-i eth+", "in=eth1", true },
	      { "! -i eth+", "in=eth1", false },
	      { "-i +", "in=eth1", true },
	      { "-i ppp0", "in=eth0", false },
	      { "! -i ppp0", "in=eth0", true },
	      { "-i eth00", "in=eth0", false },
	      { "-i eth0", "in=-", false },
	      { "! -i eth0", "in=-", true },
	      { "-o eth1", "out=eth1", true },
	      { "-o eth0", "out=eth1", false },
	      { "! -o eth0", "out=eth1", true },
	      { "-i eth0 -o eth1", "in=eth0 out=eth1", true },
	      { "-i eth0 -o eth1", "in=eth1 out=eth0", false },
	      /* of a bridge, which no packet here crosses */
	      { "-m physdev --physdev-in eth0", "in=eth0", false },
	      { "-m physdev ! --physdev-in eth0", "in=eth0", true },
	      { "-m physdev ! --physdev-in eth0 --physdev-out eth1", "in=eth0 out=eth1", false });
}

static void protocols(void **state __unused)
{
	ROWS4({ "-p udp", "proto=17", true }, { "-p udp", "proto=6", false },
	      { "! -p udp", "proto=6", true }, { "! -p udp", "proto=17", false },
	      { "-p 47", "proto=47", true }, { "-p gre", "proto=47", true },
	      { "-p all", "proto=99", true }, { "-p 0", "proto=99", true },
	      { "-f", "frag", true }, { "-f", "", false },
	      { "! -f", "frag", false }, { "! -f", "", true });
	ROWS6({ "-p ipv6-icmp", "proto=58", true }, { "-p ipv6-icmp", "proto=17", false });
}

static void tcp_ports(void **state __unused)
{
	ROWS4({ "-p tcp --dport 80", "proto=6 dport=80", true },
	      { "-p tcp -m tcp --dport 80", "proto=6 dport=81", false },
	      { "-p tcp -m tcp --dport 80", "proto=17 dport=80", false },
	      { "-p tcp -m tcp ! --dport 80", "proto=6 dport=80", false },
	      { "-p tcp -m tcp ! --dport 80", "proto=6 dport=79", true },
	      { "-p tcp -m tcp ! --dport 80", "proto=6 dport=81", true },
	      { "-p tcp -m tcp --sport 100:200", "proto=6 sport=100", true },
	      { "-p tcp -m tcp --sport 100:200", "proto=6 sport=200", true },
	      { "-p tcp -m tcp --sport 100:200", "proto=6 sport=99", false },
	      { "-p tcp -m tcp --sport 100:200", "proto=6 sport=201", false },
	      { "-p tcp -m tcp ! --sport 100:200", "proto=6 sport=99", true },
	      { "-p tcp -m tcp ! --sport 100:200", "proto=6 sport=201", true },
	      { "-p tcp -m tcp ! --sport 100:200", "proto=6 sport=150", false },
	      { "-p tcp -m tcp --sport :10", "proto=6 sport=0", true },
	      { "-p tcp -m tcp --sport 65000:", "proto=6 sport=65535", true },
	      { "-p tcp -m tcp ! --sport 0:65535", "proto=6 sport=5", false },
	      { "-p tcp -m tcp ! --sport 0", "proto=6 sport=0", false },
	      { "-p tcp -m tcp ! --sport 65535", "proto=6 sport=0", true },
	      { "-p tcp -m tcp", "proto=6", true },
	      { "-p tcp -m tcp", "proto=6 frag", false },
	      { "-p tcp -m tcp --dport 80", "proto=6 dport=80 frag", false },
	      { "-p tcp -m tcp ! --dport 80", "proto=6 frag", false },
	      { "-p tcp -m tcp --dport 80", "proto=6 dport=80 nol4", false },
	      { "-p tcp", "proto=6 frag", true });
	ROWS6({ "-p tcp -m tcp --dport 22", "proto=6 dport=22", true },
	      { "-s ::1 -p tcp -m tcp --dport 22", "proto=6 dport=22 src=::2", false });
}

static void tcp_flags(void **state __unused)
{
	ROWS4({ "-p tcp --syn", "proto=6 flags=S", true },
	      { "-p tcp --syn", "proto=6 flags=SA", false },
	      { "-p tcp --syn", "proto=6 flags=SP", true },
	      { "-p tcp ! --syn", "proto=6 flags=SA", true },
	      { "-p tcp ! --syn", "proto=6 flags=S", false },
	      { "-p tcp --tcp-flags ALL NONE", "proto=6 flags=", true },
	      { "-p tcp --tcp-flags ALL NONE", "proto=6 flags=A", false },
	      { "-p tcp --tcp-flags ALL NONE", "proto=6 flags=EC", true },
	      { "-p tcp --tcp-flags ALL FIN,URG,PSH", "proto=6 flags=FUP", true },
	      { "-p tcp --tcp-flags ALL FIN,URG,PSH", "proto=6 flags=FP", false },
	      { "-p tcp --tcp-flags SYN,FIN SYN,FIN", "proto=6 flags=SFA", true },
	      { "-p tcp --tcp-flags SYN SYN,FIN", "proto=6 flags=SF", false },
	      { "-p tcp ! --tcp-flags ALL ACK", "proto=6 flags=A", false });
}

static void udp_and_multiport(void **state __unused)
{
	ROWS4({ "-p udp --dport 53", "dport=53", true },
	      { "-p udp --dport domain", "dport=53", true },
	      { "-p udp --sport 1:2 --dport 3:4", "sport=2 dport=3", true },
	      { "-p udp --sport 1:2 --dport 3:4", "sport=3 dport=3", false },
	      { "-p udp -m multiport --dports 53", "dport=53", true },
	      { "-p udp -m multiport ! --dports 53", "dport=53", false },
	      { "-p udp -m multiport --dports 53,100:200,7", "dport=150", true },
	      { "-p udp -m multiport --dports 53,100:200,7", "dport=7", true },
	      { "-p udp -m multiport --dports 53,100:200,7", "dport=8", false },
	      { "-p udp -m multiport --dports 53,7", "sport=7 dport=8", false },
	      { "-p udp -m multiport --sports 53,7", "sport=7 dport=8", true },
	      { "-p udp -m multiport --ports 53,7", "sport=7 dport=8", true },
	      { "-p udp -m multiport --ports 53,7", "sport=6 dport=53", true },
	      { "-p udp -m multiport ! --ports 53,7", "sport=6 dport=53", false },
	      { "-p udp -m multiport ! --ports 53,7", "sport=6 dport=54", true },
	      { "-p udp -m multiport --ports 53,7", "sport=7 frag", false },
	      { "-p udp -m udp --dport 1:9 -m multiport --dports 5", "dport=5", true },
	      { "-p udp -m udp --dport 1:9 -m multiport --dports 5", "dport=6", false });
}

static void icmp_types(void **state __unused)
{
	ROWS4({ "-p icmp --icmp-type echo-request", "proto=1 type=8 code=0", true },
	      { "-p icmp --icmp-type 8", "proto=1 type=8 code=3", true },
	      { "-p icmp --icmp-type 8", "proto=1 type=0", false },
	      { "-p icmp ! --icmp-type 8", "proto=1 type=0", true },
	      { "-p icmp ! --icmp-type 8", "proto=1 type=8", false },
	      { "-p icmp --icmp-type 3/4", "proto=1 type=3 code=4", true },
	      { "-p icmp --icmp-type 3/4", "proto=1 type=3 code=3", false },
	      { "-p icmp --icmp-type fragmentation-needed", "proto=1 type=3 code=4", true },
	      { "-p icmp --icmp-type any", "proto=1 type=77", true },
	      { "-p icmp ! --icmp-type any", "proto=1 type=77", false },
	      { "-p icmp -m icmp", "proto=1 type=77", true },
	      { "-p icmp --icmp-type 0", "proto=1 type=0 frag", false },
	      { "-p icmp --icmp-type 0", "proto=17", false });
	ROWS6({ "-p ipv6-icmp --icmpv6-type packet-too-big", "proto=58 type=2", true },
	      { "-p icmpv6 -m icmp6 --icmpv6-type 1/4", "proto=58 type=1 code=4", true },
	      { "-p icmpv6 -m icmp6 --icmpv6-type port-unreachable", "proto=58 type=1 code=3", false },
	      { "-p icmpv6 -m icmp6 ! --icmpv6-type 135", "proto=58 type=135", false });
}

static void connection_states(void **state __unused)
{
	ROWS4({ "-m state --state NEW", "ct=NEW", true },
	      { "-m state --state NEW", "ct=ESTABLISHED", false },
	      { "-m state ! --state NEW", "ct=ESTABLISHED", true },
	      { "-m state --state RELATED,ESTABLISHED", "ct=RELATED", true },
	      { "-m state --state UNTRACKED", "ct=UNTRACKED", true },
	      { "-m state --state INVALID", "ct=INVALID", true },
	      { "-m state --state INVALID", "ct=NONE", true },
	      { "-m state ! --state INVALID", "ct=NONE", false },
	      { "-m conntrack --ctstate NEW,INVALID", "ct=INVALID", true },
	      { "-m conntrack ! --ctstate NEW,INVALID", "ct=UNTRACKED", true },
	      { "-m conntrack --ctstate DNAT", "ct=NEW status=0x20", false },
	      { "-m conntrack --ctstate DNAT", "ct=NEW status=0x10", true },
	      { "-m conntrack ! --ctstate DNAT", "ct=NEW status=0x10", false },
	      { "-m conntrack --ctstate SNAT,NEW", "ct=ESTABLISHED status=0x08", true },
	      { "-m conntrack --ctdir ORIGINAL", "ct=NEW dir=0", true },
	      { "-m conntrack --ctdir ORIGINAL", "ct=NEW dir=1", false },
	      { "-m conntrack --ctdir REPLY", "ct=NEW dir=1", true },
	      { "-m conntrack --ctdir ORIGINAL", "ct=INVALID", false },
	      { "-m conntrack --ctstate INVALID --ctdir REPLY", "ct=INVALID", true },
	      { "-m conntrack --ctstate NEW --ctdir REPLY", "ct=NEW dir=0", false });
}

static void connection_details(void **state __unused)
{
	ROWS4({ "-m conntrack --ctproto tcp", "ct=NEW proto=6", true },
	      { "-m conntrack ! --ctproto tcp", "ct=NEW proto=6", false },
	      { "-m conntrack --ctstatus ASSURED", "ct=NEW status=2", true },
	      { "-m conntrack --ctstatus ASSURED", "ct=NEW status=1", false },
	      { "-m conntrack ! --ctstatus ASSURED,EXPECTED", "ct=NEW status=1", true },
	      { "-m conntrack --ctorigsrc 10.0.0.0/8", "ct=NEW osrc=10.1.1.1", true },
	      { "-m conntrack --ctorigsrc 10.0.0.0/8", "ct=NEW osrc=11.1.1.1", false },
	      { "-m conntrack ! --ctorigsrc 10.0.0.0/8", "ct=NEW osrc=11.1.1.1", true },
	      { "-m conntrack --ctorigdst 1.2.3.4", "ct=NEW odst=1.2.3.4", true },
	      { "-m conntrack --ctreplsrc 1.2.3.4", "ct=NEW rsrc=1.2.3.4", true },
	      { "-m conntrack --ctrepldst 1.2.3.4", "ct=NEW rdst=1.2.3.5", false },
	      { "-m conntrack --ctorigsrcport 5:7", "ct=NEW osport=6", true },
	      { "-m conntrack --ctorigdstport 5", "ct=NEW odport=6", false },
	      { "-m conntrack --ctreplsrcport 5", "ct=NEW rsport=5", true },
	      { "-m conntrack ! --ctrepldstport 5", "ct=NEW rdport=5", false },
	      { "-m conntrack --ctorigsrc 0.0.0.0/0", "ct=INVALID", false },
	      { "-m conntrack --ctstate INVALID --ctproto tcp", "ct=INVALID proto=17", true });
	ROWS6({ "-m conntrack --ctorigsrc 2001:db8::/32", "ct=NEW osrc=2001:db8::9", true },
	      { "-m conntrack --ctorigsrc 2001:db8::/32", "ct=NEW osrc=2001:db9::9", false });
}

static void marks(void **state __unused)
{
	ROWS4({ "-m mark --mark 5", "mark=5", true }, { "-m mark --mark 5", "mark=7", false },
	      { "-m mark ! --mark 5", "mark=7", true }, { "-m mark ! --mark 5", "mark=5", false },
	      { "-m mark --mark 0x4/0xf", "mark=0x34", true },
	      { "-m mark --mark 0x14/0xf", "mark=0x14", false },
	      { "-m mark --mark 1/1 -m mark --mark 2/2", "mark=3", true },
	      { "-m mark --mark 1/1 -m mark --mark 2/2", "mark=1", false },
	      { "-m connmark --mark 5", "ct=NEW ctmark=5", true },
	      { "-m connmark --mark 5", "ct=NEW ctmark=6", false },
	      { "-m connmark ! --mark 5", "ct=NEW ctmark=6", true },
	      { "-m connmark ! --mark 5", "ct=INVALID", false });
}

static void ranges_and_numbers(void **state __unused)
{
	ROWS4({ "-m iprange --src-range 10.0.0.5-10.0.0.9", "src=10.0.0.5", true },
	      { "-m iprange --src-range 10.0.0.5-10.0.0.9", "src=10.0.0.9", true },
	      { "-m iprange --src-range 10.0.0.5-10.0.0.9", "src=10.0.0.10", false },
	      { "-m iprange ! --src-range 10.0.0.5-10.0.0.9", "src=10.0.0.10", true },
	      { "-m iprange --src-range 10.0.0.5-10.0.0.9 --dst-range 1.1.1.1-1.1.1.2",
		"src=10.0.0.6 dst=1.1.1.3", false },
	      { "-m length --length 46", "len=46", true },
	      { "-m length --length 40:46", "len=47", false },
	      { "-m length ! --length 40:46", "len=47", true },
	      { "-m length --length :46", "len=0", true },
	      { "-m length --length 1000:", "len=65535", true },
	      { "-m ttl --ttl-eq 64", "ttl=64", true }, { "-m ttl ! --ttl-eq 64", "ttl=64", false },
	      { "-m ttl --ttl-lt 64", "ttl=63", true }, { "-m ttl --ttl-lt 64", "ttl=64", false },
	      { "-m ttl --ttl-gt 64", "ttl=65", true }, { "-m ttl --ttl-gt 64", "ttl=64", false },
	      { "-m mac --mac-source 02:00:00:00:00:0a", "", true },
	      { "-m mac ! --mac-source 02:00:00:00:00:0a", "", false },
	      { "-m mac --mac-source 02:00:00:00:00:0b", "", false },
	      { "-m comment --comment \"any thing\"", "", true });
	ROWS6({ "-m iprange --dst-range 2001:db8::5-2001:db8::1:0", "dst=2001:db8::ffff", true },
	      { "-m iprange --dst-range 2001:db8::5-2001:db8::1:0", "dst=2001:db8::4", false },
	      { "-m hl --hl-eq 255", "ttl=255", true }, { "-m hl --hl-lt 255", "ttl=255", false });
}

/* MSS, a no-op, then window scale; and a length that leads out of the header. */
static void tcp_option(void **state __unused)
{
	static const char text[] = "*filter\n:FORWARD DROP [0:0]\n"
		"-A FORWARD -p tcp --tcp-option 3 -j ACCEPT\n"
		"-A FORWARD -p tcp ! --tcp-option 2 -j DROP\nCOMMIT\n";
	static const u8 options[] = { 2, 4, 5, 180, 1, 3, 3, 7 };
	struct ruleset *rs = rules_load(AF_INET, text);
	struct rules_pkt p;

	rules_pkt(&p, AF_INET, "proto=6");
	p.view.len = 34 + 20 + sizeof(options);
	p.frame[34 + 12] = 7 << 4;
	memcpy(p.frame + 54, options, sizeof(options));
	assert_int_equal(ruleset_run(rs, TABLE_FILTER, HOOK_FORWARD, &p.ctx), RULE_ACCEPT);
	p.frame[55] = 255;
	assert_int_equal(ruleset_run(rs, TABLE_FILTER, HOOK_FORWARD, &p.ctx), RULE_POLICY_DROP);
	p.frame[46] = 5 << 4;
	assert_int_equal(ruleset_run(rs, TABLE_FILTER, HOOK_FORWARD, &p.ctx), RULE_DROP);
	ruleset_destroy(rs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses4), cmocka_unit_test(addresses6),
		cmocka_unit_test(interfaces), cmocka_unit_test(protocols),
		cmocka_unit_test(tcp_ports), cmocka_unit_test(tcp_flags),
		cmocka_unit_test(udp_and_multiport), cmocka_unit_test(icmp_types),
		cmocka_unit_test(connection_states), cmocka_unit_test(connection_details),
		cmocka_unit_test(marks), cmocka_unit_test(ranges_and_numbers),
		cmocka_unit_test(tcp_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
