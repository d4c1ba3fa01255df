// SPDX-License-Identifier: GPL-2.0-or-later
/* test_errors.c - texts that are no ruleset, and the exact sentence for each. */
#include "tests/rules/rules_test.h"

#include <errno.h>

struct row {
	const char *text, *error;
};

#define FILTER(rule) "*filter\n" rule "\nCOMMIT\n"

static void check(int family, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ruleset *rs = NULL;
		struct err err = { 0 };

		if (!rules_try(family, rows[i].text, &rs, &err))
			fail_msg("no error in:\n%s", rows[i].text);
		assert_null(rs);
		assert_string_equal(err.text, rows[i].error);
	}
}

#define CHECK(family, ...) do { \
	static const struct row rows_[] = { __VA_ARGS__ }; \
	check(family, rows_, ARRAY_SIZE(rows_)); \
} while (0)

static void lines(void **state __unused)
{
	CHECK(AF_INET,
	      { "*filtr\nCOMMIT\n", "t:1: unknown table \"filtr\": did you mean \"filter\"? known are "
		"raw, mangle, nat, filter" },
	      { "*security\nCOMMIT\n", "t:1: unknown table \"security\": known are raw, mangle, nat, "
		"filter" },
	      { "-A INPUT\n", "t:1: expected *table before \"-A\"" },
	      { "*filter\n\n# a\n", "t:3: COMMIT is missing for the table in line 1" },
	      { "*filter\n*nat\n", "t:2: table \"nat\" begins before COMMIT of the one in line 1" },
	      { "*nat\nCOMMIT\n*nat\nCOMMIT\n", "t:3: table \"nat\" is given twice" },
	      { FILTER(":INPUT ACCEPT [0:0"), "t:2: bad counters \"[0:0\": expected [packets:bytes]" },
	      { FILTER(":INPUT REJECT"), "t:2: bad policy \"REJECT\": known are ACCEPT, DROP" },
	      { FILTER(":x ACCEPT"), "t:2: chain \"x\" is no built-in chain of table filter: it can't "
		"have the policy \"ACCEPT\"" },
	      { FILTER(":x -\n:x -"), "t:3: chain \"x\" is declared twice" },
	      { FILTER(":abcdefghijklmnopqrstuvwxyz012 -"), "t:2: bad chain name "
		"\"abcdefghijklmnopqrstuvwxyz012\": it is longer than 28 characters" },
	      { FILTER(":DROP -"), "t:2: bad chain name \"DROP\": that is a target" },
	      { FILTER("-N x y"), "t:2: \"-N\" takes one chain name" },
	      { FILTER("-F INPUT"), "t:2: unknown command \"-F\": known are -A, -I, -N, -P, :chain, "
		"*table, COMMIT" },
	      { FILTER("-A INPTU"), "t:2: unknown chain \"INPTU\" in table filter: did you mean "
		"\"INPUT\"?" },
	      { FILTER("-A PREROUTING"), "t:2: unknown chain \"PREROUTING\" in table filter" },
	      { FILTER("-I INPUT 2 -p udp"), "t:2: bad number \"2\": expected 1 to 1" },
	      { FILTER("-A INPUT -m comment --comment \"x"), "t:2: a quote is not closed: \"x\"" },
	      { "*filter\nCOMMIT now\n", "t:2: unexpected word \"now\" after COMMIT" });
}

static void words(void **state __unused)
{
	CHECK(AF_INET,
	      { FILTER("-A INPUT -p tcp --dprt 1"), "t:2: unknown option \"--dprt\": did you mean "
		"\"--dport\"?" },
	      { FILTER("-A INPUT --dport 1"), "t:2: option \"--dport\" belongs to -m tcp, which this rule "
		"doesn't have" },
	      { FILTER("-A INPUT --reject-with x"), "t:2: option \"--reject-with\" belongs to -j REJECT, "
		"which this rule doesn't have" },
	      { FILTER("-A INPUT stray"), "t:2: unexpected word \"stray\"" },
	      { FILTER("-A INPUT -s"), "t:2: option \"-s\" needs a value" },
	      { FILTER("-A INPUT -p tcp --tcp-flags SYN"), "t:2: option \"--tcp-flags\" needs two values" },
	      { FILTER("-A INPUT !"), "t:2: \"!\" needs an option after it" },
	      { FILTER("-A INPUT ! -j DROP"), "t:2: option \"-j\" can't be negated by \"!\"" },
	      { FILTER("-A INPUT -s ! 1.2.3.4"), "t:2: \"!\" stands before \"-s\", not after it" },
	      { FILTER("-A INPUT -s 1.2.3.4 -s 1.2.3.5"), "t:2: option \"-s\" is given twice" },
	      { FILTER("-A INPUT -j DROP -j ACCEPT"), "t:2: option \"-j\" is given twice" },
	      { FILTER("-A INPUT -m conntrak"), "t:2: unknown match \"conntrak\": did you mean "
		"\"conntrack\"? known are tcp, udp, multiport, icmp, state, conntrack, mark, connmark, "
		"iprange, length, ttl, limit, mac, physdev, comment" },
	      { FILTER("-A INPUT -j DORP"), "t:2: unknown chain or target \"DORP\": did you mean "
		"\"DROP\"? known targets are ACCEPT, DROP, RETURN, REJECT, LOG, MARK, CONNMARK, NOTRACK, "
		"CT, SNAT, DNAT, MASQUERADE, REDIRECT, NETMAP" },
	      { FILTER(":users -\n-A INPUT -g user"), "t:3: unknown chain \"user\" in table filter: did "
		"you mean \"users\"?" },
	      { FILTER("-A INPUT -j OUTPUT\n-A OUTPUT"), "t:2: unknown chain or target \"OUTPUT\": known "
		"targets are ACCEPT, DROP, RETURN, REJECT, LOG, MARK, CONNMARK, NOTRACK, CT, SNAT, DNAT, "
		"MASQUERADE, REDIRECT, NETMAP" });
}

static void values(void **state __unused)
{
	CHECK(AF_INET,
	      { FILTER("-A INPUT -s 1.2.3"), "t:2: bad IPv4 address \"1.2.3\"" },
	      { FILTER("-A INPUT -s ::1"), "t:2: \"::1\" is an IPv6 address in an IPv4 ruleset" },
	      { FILTER("-A INPUT -s 1.2.3.4/33"), "t:2: bad prefix length in \"1.2.3.4/33\": expected 0 "
		"to 32" },
	      { FILTER("-A INPUT -s 1.2.3.4,1.2.3.5"), "t:2: several addresses in \"1.2.3.4,1.2.3.5\": a "
		"saved ruleset has a rule for each" },
	      { FILTER("-A INPUT -i abcdefghijklmnop"), "t:2: bad interface name \"abcdefghijklmnop\": 1 "
		"to 15 characters" },
	      { FILTER("-A INPUT -p tpc"), "t:2: unknown protocol \"tpc\": did you mean \"tcp\"? "
		"expected a name or 0 to 255" },
	      { FILTER("-A INPUT -p udp --dport 65536"), "t:2: bad port \"65536\": expected 0 to 65535 or "
		"a common service" },
	      { FILTER("-A INPUT -p udp --dport 9:8"), "t:2: bad port range \"9:8\": it ends before it "
		"begins" },
	      { FILTER("-A INPUT -p tcp --tcp-flags SYN,X SYN"), "t:2: unknown TCP flag \"X\": known are "
		"FIN, SYN, RST, PSH, ACK, URG, ALL, NONE" },
	      { FILTER("-A INPUT -m mark --mark 5/x"), "t:2: bad mark \"5/x\": expected VALUE or "
		"VALUE/MASK, 32 bits each" },
	      { FILTER("-A INPUT -m limit --limit 5/week"), "t:2: bad rate \"5/week\": expected a number "
		"and /second, /minute, /hour or /day" },
	      { FILTER("-A INPUT -m limit --limit 20000/sec"), "t:2: rate \"20000/sec\" is too fast: at "
		"most 10000 a second" },
	      { FILTER("-A INPUT -m state --state NEW,OLD"), "t:2: unknown connection state \"OLD\": known "
		"are INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED, SNAT, DNAT" },
	      { FILTER("-A INPUT -m mac --mac-source 1:2:3:4:5:6"), "t:2: bad MAC address "
		"\"1:2:3:4:5:6\": expected six bytes as 02:00:00:00:00:01" },
	      { FILTER("-A INPUT -m iprange --src-range 1.1.1.2-1.1.1.1"), "t:2: bad address range "
		"\"1.1.1.2-1.1.1.1\": it ends before it begins" },
	      { FILTER("-A INPUT -p icmp --icmp-type pign"), "t:2: unknown ICMP type \"pign\": did you mean "
		"\"ping\"? expected a name, TYPE or TYPE/CODE" });
}

static void where_things_may_stand(void **state __unused)
{
	CHECK(AF_INET,
	      { FILTER("-A INPUT -m tcp --dport 1"), "t:2: match \"tcp\" needs -p tcp" },
	      { FILTER("-A INPUT ! -p tcp -m tcp"), "t:2: match \"tcp\" needs -p tcp" },
	      { FILTER("-A INPUT -m multiport --dports 1"), "t:2: match \"multiport\" needs -p tcp, udp, "
		"udplite, sctp or dccp" },
	      { FILTER("-A INPUT -j REJECT --reject-with tcp-reset"), "t:2: --reject-with tcp-reset needs "
		"-p tcp" },
	      { FILTER("-A INPUT -j SNAT --to-source 1.1.1.1"), "t:2: target \"SNAT\" can only be used in "
		"table nat, not in filter" },
	      { FILTER("-A INPUT -j CT --notrack"), "t:2: target \"CT\" can only be used in table raw, not "
		"in filter" },
	      { "*nat\n-A PREROUTING -j SNAT --to-source 1.1.1.1\nCOMMIT\n", "t:2: target \"SNAT\" can't "
		"be used in chain PREROUTING of table nat" },
	      { "*nat\n:x -\n:y -\n-A PREROUTING -j x\n-A x -j y\n-A y -j MASQUERADE\nCOMMIT\n",
		"t:6: target \"MASQUERADE\" can't be used in chain \"y\": it is reached from PREROUTING" },
	      { "*nat\n-A PREROUTING -j REJECT\nCOMMIT\n", "t:2: target \"REJECT\" can only be used in "
		"table filter, not in nat" },
	      { "*nat\n-A PREROUTING -j DROP\nCOMMIT\n", "t:2: DROP can't be used in table nat: it sees "
		"the first packet of a connection only" },
	      { "*nat\n-A PREROUTING -j REDIRECT --to-ports 80\nCOMMIT\n", "t:2: a port needs -p tcp, udp, "
		"udplite, sctp or dccp" },
	      { FILTER("-A OUTPUT -i eth0"), "t:2: option \"-i\" can't be used in chain OUTPUT" },
	      { FILTER("-A INPUT -o eth0"), "t:2: option \"-o\" can't be used in chain INPUT" },
	      { FILTER("-A OUTPUT -m mac --mac-source 02:00:00:00:00:01"), "t:2: match \"mac\" can't be "
		"used in chain OUTPUT of table filter" },
	      { FILTER(":a -\n:b -\n-A a -j b\n-A b -g a"), "t:5: chain \"a\" leads back to itself" },
	      { FILTER(":a -\n-A a -j a"), "t:3: chain \"a\" leads back to itself" });
	CHECK(AF_INET6,
	      { FILTER("-A INPUT -f"), "t:2: \"-f\" is for IPv4 only" },
	      { FILTER("-A INPUT -s 1.2.3.4"), "t:2: \"1.2.3.4\" is an IPv4 address in an IPv6 ruleset" },
	      { FILTER("-A INPUT -p tcp -j REJECT --reject-with icmp-port-unreachable"), "t:2: unknown "
		"answer \"icmp-port-unreachable\" for --reject-with: did you mean "
		"\"icmp6-port-unreachable\"?" });
}

static void zero_byte(void **state __unused)
{
	struct fw_config config = rules_config();
	struct ruleset *rs = NULL;
	struct err err = { 0 };

	assert_int_equal(ruleset_create(&config, AF_INET, "t", "*raw\0\nCOMMIT\n", 13, &rs, &err),
			 -EINVAL);
	assert_string_equal(err.text, "t:1: a zero byte: this is no text");
}

static void long_line(void **state __unused)
{
	char text[11000];
	struct ruleset *rs = NULL;
	struct err err = { 0 };

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(rules_try(AF_INET, text, &rs, &err), -EINVAL);
	assert_string_equal(err.text, "t:1: line longer than 10240 characters");
}

static void chains_nested_too_deep(void **state __unused)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct ruleset *rs = NULL;
	struct err err = { 0 };

	fputs("*filter\n", f);
	for (int i = 0; i < 200; i++)
		fprintf(f, ":c%d -\n", i);
	for (int i = 0; i < 199; i++)
		fprintf(f, "-A c%d -j c%d\n", i, i + 1);
	fputs("COMMIT\n", f);
	fclose(f);
	assert_int_equal(rules_try(AF_INET, text, &rs, &err), -E2BIG);
	assert_string_equal(err.text, "t:330: chains are nested deeper than 128");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines), cmocka_unit_test(words), cmocka_unit_test(values),
		cmocka_unit_test(where_things_may_stand), cmocka_unit_test(zero_byte),
		cmocka_unit_test(long_line), cmocka_unit_test(chains_nested_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
