// SPDX-License-Identifier: GPL-2.0-or-later
/* test_bridge.c - rulesets made for a firewall that routes, on a bridge: what changes. */
#include "tests/rules/rules_test.h"

#include <errno.h>
#include <sys/socket.h>

#include "fw-under-test/engine/ir_bridge.h"
#include "fw-under-test/engine/ir_nft.h"
#include "fw-under-test/engine/parse.h"

static const char *const ports[] = { "eth0", "eth1", NULL };

static struct ir *parsed(int family, const char *text)
{
	struct err err = { 0 };
	struct ir *ir;

	if (parse_save(family, "t", text, strlen(text), &ir, &err))
		fail_msg("%s\nin:\n%s", err.text, text);
	return ir;
}

/* The one rule of @text, as it is printed when it is made for a bridge. */
static void check_rule(const char *chain, const char *rule, const char *expect)
{
	char text[512], *got = NULL;
	struct err err = { 0 };
	size_t len;
	struct ir *ir;
	FILE *out;

	snprintf(text, sizeof(text), "*filter\n:%s ACCEPT [0:0]\n-A %s %s\nCOMMIT\n", chain, chain,
		 rule);
	ir = parsed(AF_INET, text);
	if (ir_bridge_physdev(ir, ports, &err))
		fail_msg("%s", err.text);
	out = open_memstream(&got, &len);
	ir_rule_print(ir, ir_chain_find(ir, TABLE_FILTER, chain)->rules, out);
	fclose(out);
	assert_string_equal(got, expect);
	free(got);
	ir_destroy(ir);
}

static void ports_are_named_by_physdev(void **state __unused)
{
	check_rule("FORWARD", "-i eth0 -j DROP", " -m physdev --physdev-in eth0 -j DROP");
	check_rule("FORWARD", "! -i eth0 -o eth1 -j DROP",
		   " -m physdev ! --physdev-in eth0 --physdev-out eth1 -j DROP");
	check_rule("FORWARD", "-i eth+ -j DROP", " -m physdev --physdev-in eth+ -j DROP");
	check_rule("INPUT", "-i eth1 -p udp -m udp --dport 53 -j DROP",
		   " -p udp -m physdev --physdev-in eth1 -m udp --dport 53 -j DROP");
}

static void other_interfaces_stay(void **state __unused)
{
	check_rule("INPUT", "-i lo -j ACCEPT", " -i lo -j ACCEPT");
	check_rule("FORWARD", "! -i ppp0 -j DROP", " ! -i ppp0 -j DROP");
	check_rule("FORWARD", "-i br0 -o eth1 -j DROP", " -i br0 -m physdev --physdev-out eth1 -j DROP");
	check_rule("FORWARD", "-i + -j DROP", " -i + -j DROP");
	check_rule("OUTPUT", "-o lo -j ACCEPT", " -o lo -j ACCEPT");
}

static void the_way_out_of_what_is_sent_here_is_refused(void **state __unused)
{
	static const char text[] =
		"*filter\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:u - [0:0]\n"
		"-A OUTPUT -j u\n-A FORWARD -j u\n-A u -o eth1 -j DROP\nCOMMIT\n";
	struct ir *ir = parsed(AF_INET, text);
	struct err err = { 0 };

	assert_int_equal(ir_bridge_physdev(ir, ports, &err), -EOPNOTSUPP);
	assert_string_equal(err.text,
			    "t:7: on a bridge \"-o eth1\" can't be told in chain u, which is reached "
			    "from OUTPUT: what the bridge sends itself has no port yet");
	ir_destroy(ir);
}

static void a_rule_that_translates_addresses_is_refused(void **state __unused)
{
	static const char text[] =
		"*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
		"-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT\n";
	static const char empty[] = "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n";
	struct ir *ir = parsed(AF_INET, text);
	struct err err = { 0 };

	assert_int_equal(ir_bridge_check(ir, &err), -EOPNOTSUPP);
	assert_string_equal(err.text,
			    "t:4: a bridge can't translate addresses: take a ruleset without rules in "
			    "table nat, or a firewall that routes");
	ir_destroy(ir);
	ir = parsed(AF_INET, empty);
	assert_int_equal(ir_bridge_check(ir, &err), 0);
	ir_destroy(ir);
}

static char *bridge_nft(int family, const char *text)
{
	static const struct ir_nft_options bridge = { .bridge = true };
	struct ir *ir = parsed(family, text);
	struct err err = { 0 };
	char *nft = NULL;

	if (ir_nft(ir, &bridge, &nft, &err))
		fail_msg("%s\nin:\n%s", err.text, text);
	ir_destroy(ir);
	return nft;
}

static void nftables_leaves_other_families_alone(void **state __unused)
{
	static const char text[] =
		"*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*mangle\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
		"*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i eth0 -o eth1 -j ACCEPT\nCOMMIT\n";
	char *nft = bridge_nft(AF_INET, text);

	assert_string_equal(nft,
			    "table bridge kpps {\n"
			    "\tchain mangle_OUTPUT {\n"
			    "\t\ttype filter hook output priority -150; policy accept;\n"
			    "\t\tmeta protocol != ip accept\n\t}\n"
			    "\tchain filter_FORWARD {\n"
			    "\t\ttype filter hook forward priority 0; policy drop;\n"
			    "\t\tmeta protocol != ip accept\n"
			    "\t\tiifname \"eth0\" oifname \"eth1\" accept\n\t}\n}\n");
	free(nft);
	nft = bridge_nft(AF_INET6, text);
	assert_non_null(strstr(nft, "table bridge kpps6 {\n"));
	assert_non_null(strstr(nft, "\t\tmeta protocol != ip6 accept\n"));
	free(nft);
}

static void physdev_is_an_interface_to_nftables_on_a_bridge(void **state __unused)
{
	static const char text[] =
		"*filter\n:FORWARD ACCEPT [0:0]\n"
		"-A FORWARD -m physdev --physdev-in eth0 ! --physdev-out eth+ -j DROP\nCOMMIT\n";
	static const struct ir_nft_options router;
	struct ir *ir = parsed(AF_INET, text);
	char *nft = bridge_nft(AF_INET, text);

	assert_non_null(strstr(nft, "\t\tiifname \"eth0\" oifname != \"eth*\" drop\n"));
	free(nft);
	assert_int_equal(ir_nft(ir, &router, &nft, NULL), 0);
	assert_non_null(strstr(nft, "\t\tmeta length 0 drop\n"));
	free(nft);
	ir_destroy(ir);
}

static void nftables_rejects_bridged_packets_on_the_way_in_only(void **state __unused)
{
	static const struct ir_nft_options bridge = { .bridge = true };
	static const char forward[] = "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j REJECT\nCOMMIT\n";
	static const char input[] = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j REJECT\nCOMMIT\n";
	struct ir *ir = parsed(AF_INET, forward);
	struct err err = { 0 };
	char *nft = NULL;

	assert_int_equal(ir_nft(ir, &bridge, &nft, &err), -EOPNOTSUPP);
	assert_string_equal(err.text,
			    "t:3: nftables can't say it: REJECT of bridged packets elsewhere than in "
			    "PREROUTING and INPUT: take DROP");
	ir_destroy(ir);
	nft = bridge_nft(AF_INET, input);
	assert_non_null(strstr(nft, "reject with"));
	free(nft);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_named_by_physdev),
		cmocka_unit_test(other_interfaces_stay),
		cmocka_unit_test(the_way_out_of_what_is_sent_here_is_refused),
		cmocka_unit_test(a_rule_that_translates_addresses_is_refused),
		cmocka_unit_test(nftables_leaves_other_families_alone),
		cmocka_unit_test(physdev_is_an_interface_to_nftables_on_a_bridge),
		cmocka_unit_test(nftables_rejects_bridged_packets_on_the_way_in_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
