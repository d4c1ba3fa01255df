// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_kernel_rules.c - rulesets in the running kernel by each backend, each in
 * a network namespace without a name, which ends when its fd is closed. Skipped
 * without root or the programs.
 */
#include "tests/rules/rules_test.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/net/kernel_rules_parts.h"
#include "run/net/netns.h"
#include "run/ruleset_file.h"
#include "tests/rules/kernel_world.h"

static const char *const rulesets[] = {
	"forward", "empty", "notrack", "conntrack", "filter", "nat", "full", "rules-1000",
};

/* What all that the engine knows may look like in a file; native can say all of it. */
static const char everything[] =
	"*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
	"-A PREROUTING -d 224.0.0.0/4 -j CT --notrack\n-A PREROUTING -s 10.0.0.9 -j NOTRACK\n"
	"COMMIT\n*mangle\n:PREROUTING ACCEPT [0:0]\n"
	"-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff\n"
	"-A PREROUTING -j CONNMARK --save-mark --mask 0xf\n"
	"-A PREROUTING -j CONNMARK --set-mark 5/0xff\n-A PREROUTING -j MARK --set-mark 5\n"
	"-A PREROUTING -j MARK --or-mark 5\n-A PREROUTING -j MARK --and-mark 5\n"
	"-A PREROUTING -j MARK --xor-mark 5\nCOMMIT\n"
	"*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
	"-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 198.18.0.80:8080-8090 --random\n"
	"-A PREROUTING -p udp --dport 53 -j REDIRECT --to-ports 5353\n"
	"-A PREROUTING -d 192.0.2.0/24 -j NETMAP --to 10.0.0.0/24\n"
	"-A POSTROUTING -s 10.0.0.1 -j SNAT --to-source 203.0.113.1-203.0.113.32 --persistent\n"
	"-A POSTROUTING -p tcp -j SNAT --to-source :1000-2000 --random-fully\n"
	"-A POSTROUTING -p tcp -j MASQUERADE --to-ports 1000-2000\nCOMMIT\n"
	"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:zz - [0:0]\n"
	":aa - [0:0]\n-A FORWARD\n-A FORWARD -s 10.0.0.1 -j aa\n-A FORWARD -s 10.0.0.2 -j aa\n"
	"-A FORWARD -s 10.0.0.3/255.0.255.255 -d 0.0.0.0/0 -g zz\n"
	"-A FORWARD ! -s 10.0.0.0/8 ! -i eth0 -o eth+ ! -p tcp -j RETURN\n-A FORWARD -f -j DROP\n"
	"-A FORWARD -p 47 -j DROP\n-A FORWARD -p tcp ! --syn --dport http -j DROP\n"
	"-A FORWARD -p tcp --sport 1: ! --dport :80 --tcp-option 5 -j DROP\n"
	"-A FORWARD -p udp -m multiport --ports 53,67:70 -j DROP\n"
	"-A FORWARD -p sctp -m multiport ! --dports 53,67:70 -j DROP\n"
	"-A FORWARD -p icmp -m icmp --icmp-type any -j DROP\n"
	"-A FORWARD -p icmp -m icmp ! --icmp-type port-unreachable -j DROP\n"
	"-A FORWARD -m state ! --state INVALID,UNTRACKED -j DROP\n"
	"-A FORWARD -m conntrack ! --ctstate NEW,DNAT,SNAT -j DROP\n"
	"-A FORWARD -m conntrack --ctproto tcp --ctdir REPLY --ctstatus ASSURED,SEEN_REPLY "
	"-j DROP\n"
	"-A FORWARD -p tcp -m conntrack --ctorigsrcport 80 ! --ctorigdstport 80:90 -j DROP\n"
	"-A FORWARD -m conntrack --ctorigsrc 10.0.0.0/8 ! --ctrepldst 10.0.0.1 -j DROP\n"
	"-A FORWARD -m mark ! --mark 5/0xff -j DROP\n-A FORWARD -m connmark --mark 5 -j DROP\n"
	"-A FORWARD -m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP\n"
	"-A FORWARD -m length --length 40: -j DROP\n-A FORWARD -m ttl --ttl-lt 5 -j DROP\n"
	"-A FORWARD -m limit -j DROP\n-A FORWARD -m limit --limit 120/min -j DROP\n"
	"-A FORWARD -m limit --limit 3000/sec --limit-burst 7 -j DROP\n"
	"-A FORWARD -m mac --mac-source 02:00:00:00:00:0a -j DROP\n"
	"-A FORWARD -m physdev --physdev-in eth0 ! --physdev-out eth+ -j DROP\n"
	"-A FORWARD -m comment --comment \"two words \\\"q\\\" b\" -j DROP\n"
	"-A FORWARD -j LOG --log-prefix \"a b\" --log-level info --log-ip-options\n"
	"-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n-A FORWARD -j REJECT\nCOMMIT\n";

static int scratch(void)
{
	struct err err = { 0 };
	int fd = -1;

	if (netns_scratch(&fd, &err))
		fail_msg("%s", err.text);
	return fd;
}

static void must_load(const struct kernel_rules_backend *b, int netns,
		      const struct kernel_rules *rules, char **ret_loaded)
{
	struct err err = { 0 };

	if (b->load(netns, rules, ret_loaded, &err))
		fail_msg("%s: %s", b->name, err.text);
}

static struct kernel_rules one_text(const char *text)
{
	return (struct kernel_rules){
		.name = { "t" }, .text = { text }, .len = { strlen(text) },
	};
}

static char *listing(int netns, const char *const *argv)
{
	const struct child child = { .argv = argv, .netns = netns };
	struct err err = { 0 };
	char *out;

	if (child_ok(&child, &out, &err))
		fail_msg("%s", err.text);
	return out;
}

static char *nft_listing(int netns)
{
	static const char *const argv[] = { "nft", "list", "ruleset", NULL };

	return listing(netns, argv);
}

static char *legacy_listing(int netns)
{
	static const char *const argv[] = { "iptables-legacy-save", NULL };

	return listing(netns, argv);
}

static void every_backend_can_be_used_here(void **state __unused)
{
	for (const struct kernel_rules_backend *const *b = kernel_rules_backends; *b; b++) {
		struct err err = { 0 };

		if ((*b)->probe(&err))
			fail_msg("%s: %s", (*b)->name, err.text);
		assert_ptr_equal(kernel_rules_backend((*b)->name), *b);
	}
	assert_null(kernel_rules_backend("ipchains"));
}

static void ruleset_loads_everywhere(const char *name)
{
	const int families[] = { AF_INET, AF_INET6 };
	struct kernel_rules rules = { 0 };
	char paths[2][512], *texts[2];
	struct err err = { 0 };

	for (size_t f = 0; f < 2; f++) {
		if (ruleset_read(name, families[f], paths[f], sizeof(paths[f]), &texts[f],
				 &rules.len[f], &err))
			fail_msg("%s", err.text);
		rules.name[f] = paths[f];
		rules.text[f] = texts[f];
	}
	for (const struct kernel_rules_backend *const *b = kernel_rules_backends; *b; b++) {
		int netns = scratch();
		char *loaded;

		must_load(*b, netns, &rules, &loaded);
		assert_int_equal(!*loaded, !strcmp(name, "forward"));
		free(loaded);
		close(netns);
	}
	free(texts[0]);
	free(texts[1]);
}

static void every_ruleset_is_read_back_equal(void **state __unused)
{
	for (size_t i = 0; i < ARRAY_SIZE(rulesets); i++)
		ruleset_loads_everywhere(rulesets[i]);
}

static void everything_the_engine_knows_is_read_back_equal(void **state __unused)
{
	const struct kernel_rules rules = one_text(everything);

	for (const struct kernel_rules_backend *const *b = kernel_rules_backends; *b; b++) {
		int netns = scratch();

		must_load(*b, netns, &rules, NULL);
		close(netns);
	}
}

static void native_loads_with_counters_and_without_sets(void **state __unused)
{
	struct kernel_rules rules = one_text(everything);
	int netns = scratch();
	char *loaded;

	must_load(&kernel_rules_native, netns, &rules, &loaded);
	assert_non_null(strstr(loaded, "ip saddr { 10.0.0.1, 10.0.0.2 } jump filter_aa"));
	free(loaded);
	rules.linear = true;
	must_load(&kernel_rules_native, netns, &rules, &loaded);
	assert_non_null(strstr(loaded, "ip saddr 10.0.0.1 jump filter_aa\n"));
	free(loaded);
	rules.counters = true;
	must_load(&kernel_rules_native, netns, &rules, &loaded);
	assert_non_null(strstr(loaded, "ip saddr 10.0.0.1 counter packets 0 bytes 0 jump"));
	free(loaded);
	close(netns);
}

static void flush_leaves_no_rule(void **state __unused)
{
	const struct kernel_rules rules = one_text(everything);
	int netns = scratch();
	struct err err = { 0 };
	char *left;

	for (const struct kernel_rules_backend *const *b = kernel_rules_backends; *b; b++) {
		must_load(*b, netns, &rules, NULL);
		if ((*b)->flush(netns, &err))
			fail_msg("%s", err.text);
		left = nft_listing(netns);
		assert_string_equal(left, "");
		free(left);
		left = legacy_listing(netns);
		assert_null(strstr(left, "\n-A"));
		assert_null(strstr(left, " DROP"));
		assert_null(strstr(left, ":aa"));
		free(left);
	}
	close(netns);
}

static void load_takes_away_what_another_backend_loaded(void **state __unused)
{
	const struct kernel_rules first = one_text(everything);
	const struct kernel_rules second =
		one_text("*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 10.9.9.9 -j DROP\n"
			 "COMMIT\n");
	int netns = scratch();
	char *left;

	must_load(&kernel_rules_native, netns, &first, NULL);
	must_load(&kernel_rules_legacy, netns, &second, NULL);
	left = nft_listing(netns);
	assert_string_equal(left, "");
	free(left);
	must_load(&kernel_rules_native, netns, &second, NULL);
	left = legacy_listing(netns);
	assert_null(strstr(left, "\n-A"));
	free(left);
	close(netns);
}

static void expect_error(const struct kernel_rules_backend *b, int netns, const char *text,
			 int code, const char *expect)
{
	const struct kernel_rules rules = one_text(text);
	struct err err = { 0 };

	assert_int_equal(b->load(netns, &rules, NULL, &err), code);
	assert_string_equal(err.text, expect);
}

static void an_unknown_thing_is_named(void **state __unused)
{
	int netns = scratch();

	for (const struct kernel_rules_backend *const *b = kernel_rules_backends; *b; b++)
		expect_error(*b, netns,
			     "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m lenght --length 5\n"
			     "COMMIT\n", -EINVAL,
			     "t:3: unknown match \"lenght\": did you mean \"length\"? known are "
			     "tcp, udp, multiport, icmp, state, conntrack, mark, connmark, "
			     "iprange, length, ttl, limit, mac, physdev, comment");
	expect_error(&kernel_rules_native, netns,
		     "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j LOG --log-prefix a$b\nCOMMIT\n",
		     -EOPNOTSUPP, "t:3: nftables can't say it: the prefix \"a$b\", which has a "
		     "quote or a $");
	close(netns);
}

/* A folder before all others in PATH, with one program made of @script. */
struct fake {
	char dir[64], program[128], *path;
};

static void fake_program(struct fake *f, const char *name, const char *script)
{
	char path[4096];
	FILE *out;

	snprintf(f->dir, sizeof(f->dir), "/tmp/kpps-rules-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->program, sizeof(f->program), "%s/%s", f->dir, name);
	out = fopen(f->program, "w");
	assert_non_null(out);
	fprintf(out, "#!/bin/sh\n%s\n", script);
	fclose(out);
	assert_int_equal(chmod(f->program, 0755), 0);
	f->path = strdup(getenv("PATH"));
	snprintf(path, sizeof(path), "%s:%s", f->dir, f->path);
	setenv("PATH", path, 1);
}

static void fake_end(struct fake *f)
{
	setenv("PATH", f->path, 1);
	free(f->path);
	unlink(f->program);
	rmdir(f->dir);
}

static const char two_rules[] = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 10.0.0.1 -j ACCEPT\n"
				"-A FORWARD -s 10.0.0.2 -j ACCEPT\nCOMMIT\n";

static void a_program_that_refuses_is_quoted_with_the_line(void **state __unused)
{
	int netns = scratch();
	struct fake f;

	fake_program(&f, "iptables-legacy-restore",
		     "echo 'iptables-restore v1.8.9 (legacy): no such thing' >&2\n"
		     "echo 'Error occurred at line: 4' >&2; exit 2");
	expect_error(&kernel_rules_legacy, netns, two_rules, -EPROTO,
		     "t:4: iptables-legacy-restore refuses \"-A FORWARD -s 10.0.0.2 -j ACCEPT\": "
		     "no such thing");
	fake_end(&f);
	fake_program(&f, "iptables-nft-restore",
		     "echo 'iptables-nft-restore v1.8.9 (nf_tables): ' >&2\n"
		     "echo 'line 3: RULE_APPEND failed (Invalid argument): rule in chain FORWARD' "
		     ">&2; exit 4");
	expect_error(&kernel_rules_nft, netns, two_rules, -EPROTO,
		     "t:3: iptables-nft-restore refuses \"-A FORWARD -s 10.0.0.1 -j ACCEPT\": "
		     "line 3: RULE_APPEND failed (Invalid argument): rule in chain FORWARD");
	fake_end(&f);
	fake_program(&f, "nft", "[ $1 = -f ] || exit 0\ngrep -q table || exit 0\n"
		     "echo '/dev/stdin:5:3-7: Error: Could not process rule: No such thing' >&2\n"
		     "exit 1");
	expect_error(&kernel_rules_native, netns, two_rules, -EPROTO,
		     "t translated:5: nft refuses \"ip saddr { 10.0.0.1, 10.0.0.2 } accept\": "
		     "/dev/stdin:5:3-7: Error: Could not process rule: No such thing");
	fake_end(&f);
	close(netns);
}

/* The real program's output, changed on its way. */
static void expect_difference(const struct kernel_rules_backend *b, const char *program,
			      const char *sed, const char *expect)
{
	int netns = scratch();
	char script[256], real[128];
	struct fake f;

	assert_int_equal(child_find(program, real, sizeof(real)), 0);
	snprintf(script, sizeof(script), "%s \"$@\" | sed '%s'", real, sed);
	fake_program(&f, program, script);
	expect_error(b, netns, two_rules, -EBADMSG, expect);
	fake_end(&f);
	close(netns);
}

static void a_difference_in_what_is_read_back_is_an_error(void **state __unused)
{
	expect_difference(&kernel_rules_legacy, "iptables-legacy-save", "s/10.0.0.2/10.0.0.3/",
			  "t:4: the kernel has another rule 2 in chain FORWARD of table filter: "
			  "asked was \"-s 10.0.0.2/32 -j ACCEPT\", iptables-legacy-save prints "
			  "\"-s 10.0.0.3/32 -j ACCEPT\"");
	expect_difference(&kernel_rules_nft, "iptables-nft-save", "/10.0.0.2/d",
			  "t:2: the kernel has 1 rules in chain FORWARD of table filter, asked "
			  "were 2");
	expect_difference(&kernel_rules_nft, "iptables-nft-save", "s/FORWARD DROP/FORWARD ACCEPT/",
			  "t:2: the policy of chain FORWARD in table filter is ACCEPT in the "
			  "kernel");
	expect_difference(&kernel_rules_nft, "iptables-nft-save", "s/INPUT ACCEPT/INPUT DROP/",
			  "t: the kernel has a chain INPUT in table filter that was not asked for");
	expect_difference(&kernel_rules_native, "nft",
			  "s/\"policy\": \"drop\"/\"policy\": \"accept\"/",
			  "the policy of chain filter_FORWARD is accept in the kernel");
	expect_difference(&kernel_rules_native, "nft", "s/{\"rule\": /{\"rul\": /",
			  "the kernel has 0 rules in chain filter_FORWARD, asked were 1");
}

/* How many connections a datagram over the loopback makes. */
static long connections_made(int netns, int family)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons(9),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = htons(9),
				   .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int back = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), s;
	char text[32] = "";
	FILE *f;

	assert_int_equal(setns(netns, CLONE_NEWNET), 0);
	s = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(ioctl(s, SIOCSIFFLAGS, &lo), 0);
	if (family == AF_INET)
		sendto(s, "x", 1, 0, (struct sockaddr *)&to4, sizeof(to4));
	else
		sendto(s, "x", 1, 0, (struct sockaddr *)&to6, sizeof(to6));
	close(s);
	f = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_int_equal(setns(back, CLONE_NEWNET), 0);
	close(back);
	return atol(text);
}

static void tracking_can_be_had_without_rules(void **state __unused)
{
	int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < 2; i++) {
		int netns = scratch();
		struct err err = { 0 };

		assert_int_equal(connections_made(netns, families[i]), 0);
		for (int again = 0; again < 2; again++)
			if (kernel_conntrack_on(netns, &err))
				fail_msg("%s", err.text);
		assert_int_equal(connections_made(netns, families[i]), 1);
		close(netns);
	}
}

static void flush_ends_tracking(void **state __unused)
{
	int netns = scratch();
	struct err err = { 0 };

	assert_int_equal(kernel_conntrack_on(netns, &err), 0);
	assert_int_equal(kernel_rules_native.flush(netns, &err), 0);
	assert_int_equal(connections_made(netns, AF_INET), 0);
	close(netns);
}

static void a_flowtable_is_loaded_or_the_kernel_lacks_it(void **state __unused)
{
	static const char *const links[] = {
		"ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1", NULL,
	};
	struct kernel_rules rules = one_text(two_rules);
	int netns = scratch(), ret;
	struct err err = { 0 };

	free(listing(netns, links));
	rules.flowtable = true;
	assert_int_equal(kernel_rules_legacy.load(netns, &rules, NULL, &err), -EOPNOTSUPP);
	assert_string_equal(err.text, "a flow table is for native nftables only");
	ret = kernel_rules_native.load(netns, &rules, NULL, &err);
	if (ret) {
		assert_int_equal(ret, -EOPNOTSUPP);
		assert_string_equal(err.text, "this kernel has no flow tables for established "
				    "connections: it needs CONFIG_NF_FLOW_TABLE and "
				    "CONFIG_NFT_FLOW_OFFLOAD");
	}
	close(netns);
}

/* All that a bridge can have; native: but for states. */
static const char for_bridges[] =
	"*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth+ -d 224.0.0.0/4 -j CT --notrack\n"
	"COMMIT\n*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\n"
	":u - [0:0]\n-A FORWARD ! -i eth0 -o eth1 -p udp -m udp --dport 53 -j DROP\n"
	"-A FORWARD -i eth0 -o eth1 -g u\n-A u -s 10.0.0.1 -j ACCEPT\n"
	"-A u -s 10.0.0.2 -j ACCEPT\nCOMMIT\n";
static const char for_bridges6[] =
	"*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i eth0 -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT\n";

static const struct kernel_rules bridge_rules = {
	.name = { "t4", "t6" }, .text = { for_bridges, for_bridges6 },
	.len = { sizeof(for_bridges) - 1, sizeof(for_bridges6) - 1 }, .bridge = true,
};

static void rules_for_a_bridge_are_read_back_equal(void **state __unused)
{
	static const struct kernel_rules_backend *const xt[] = {
		&kernel_rules_legacy, &kernel_rules_nft,
	};
	int netns = scratch();
	char *loaded;

	for (size_t i = 0; i < ARRAY_SIZE(xt); i++) {
		must_load(xt[i], netns, &bridge_rules, &loaded);
		assert_non_null(strstr(loaded, "-A FORWARD -p udp -m physdev ! --physdev-in eth0 "
				       "--physdev-out eth1 -m udp --dport 53 -j DROP\n"));
		assert_non_null(strstr(loaded, "-A FORWARD -p tcp -m physdev --physdev-in eth0 "
				       "-m tcp --dport 80 -j ACCEPT\n"));
		free(loaded);
	}
	must_load(&kernel_rules_native, netns, &bridge_rules, &loaded);
	assert_non_null(strstr(loaded, "table bridge kpps {\n"));
	assert_non_null(strstr(loaded, "iifname \"eth0\" oifname \"eth1\" goto filter_u\n"));
	assert_non_null(strstr(loaded, "table bridge kpps6 {\n"));
	free(loaded);
	close(netns);
}

static void every_backend_can_be_used_on_a_bridge(void **state __unused)
{
	for (const struct kernel_rules_backend *const *b = kernel_rules_backends; *b; b++) {
		struct err err = { 0 };

		if (kernel_rules_probe_bridge(*b, &err))
			fail_msg("%s: %s", (*b)->name, err.text);
	}
}

static void what_a_bridge_can_not_have_is_refused(void **state __unused)
{
	struct kernel_rules rules = one_text(everything);
	int netns = scratch();

	rules.bridge = true;
	for (const struct kernel_rules_backend *const *b = kernel_rules_backends; *b; b++) {
		struct err err = { 0 };

		assert_int_equal((*b)->load(netns, &rules, NULL, &err), -EOPNOTSUPP);
		assert_string_equal(err.text, "t:20: a bridge can't translate addresses: take a "
				    "ruleset without rules in table nat, or a firewall that routes");
	}
	close(netns);
}

static void states_on_a_bridge_are_loaded_or_the_kernel_lacks_them(void **state __unused)
{
	struct kernel_rules rules =
		one_text("*filter\n:FORWARD DROP [0:0]\n"
			 "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n");
	int netns = scratch(), ret;
	struct err err = { 0 };

	rules.bridge = true;
	ret = kernel_rules_native.load(netns, &rules, NULL, &err);
	if (ret) {
		assert_int_equal(ret, -EOPNOTSUPP);
		assert_string_equal(err.text, "t: this kernel tracks no connections on a bridge: it "
				    "needs CONFIG_NF_CONNTRACK_BRIDGE");
	}
	rules.flowtable = true;
	assert_int_equal(kernel_rules_native.load(netns, &rules, NULL, &err), -EOPNOTSUPP);
	assert_string_equal(err.text, "a bridge has no flow table for its packets");
	close(netns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_backend_can_be_used_here),
		cmocka_unit_test(every_ruleset_is_read_back_equal),
		cmocka_unit_test(everything_the_engine_knows_is_read_back_equal),
		cmocka_unit_test(native_loads_with_counters_and_without_sets),
		cmocka_unit_test(flush_leaves_no_rule),
		cmocka_unit_test(load_takes_away_what_another_backend_loaded),
		cmocka_unit_test(an_unknown_thing_is_named),
		cmocka_unit_test(a_program_that_refuses_is_quoted_with_the_line),
		cmocka_unit_test(a_difference_in_what_is_read_back_is_an_error),
		cmocka_unit_test(tracking_can_be_had_without_rules),
		cmocka_unit_test(flush_ends_tracking),
		cmocka_unit_test(a_flowtable_is_loaded_or_the_kernel_lacks_it),
		cmocka_unit_test(rules_for_a_bridge_are_read_back_equal),
		cmocka_unit_test(every_backend_can_be_used_on_a_bridge),
		cmocka_unit_test(what_a_bridge_can_not_have_is_refused),
		cmocka_unit_test(states_on_a_bridge_are_loaded_or_the_kernel_lacks_them),
	};
	static const char *const programs[] = {
		"nft", "iptables-legacy-restore", "iptables-nft-restore", NULL,
	};
	const char *why_not = kernel_world_why_not(programs);

	if (why_not) {
		printf("1..0 # SKIP %s\n", why_not);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
