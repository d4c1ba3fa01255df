// SPDX-License-Identifier: GPL-2.0-or-later
/* Scenarios that are wrong, each with the exact sentences its author reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/run/scenario_read.h"

#define S "streams: {a: {size: 64B}}\n"
#define MAC1 "'02:00:00:00:00:01'"
#define MAC2 "'02:00:00:00:00:02'"
#define WIRE(ports, macs) "testbed: wire\ndut: {firewall: external}\n" \
	"wire: {ports: " ports ", macs: " macs "}\n"

static const struct wrong {
	const char *what;
	const char *text;
	const char *set;	/* one --set, or NULL */
	const char *errors;
} wrongs[] = {
	/* the text itself */
	{ "empty", "", NULL,
	  "an empty scenario: want at least streams: …\n" },
	{ "no mapping", "[a]", NULL,
	  "want a mapping of keys, as name: … and streams: …\n" },
	{ "syntax", "a: [1, 2\nb: 3\n", NULL,
	  "t.yaml:2:2: not YAML: while parsing a flow sequence: did not find expected ',' or ']'\n" },
	{ "key twice", S "seed: 1\nseed: 2\n", NULL,
	  "t.yaml:3:1: key \"seed\" is given twice, first in line 2\n" },
	{ "anchor", "seed: &x 1\n", NULL,
	  "t.yaml:1:7: anchors (&x) are not supported: write the value where it is used\n" },
	{ "alias", "seed: *x\n", NULL,
	  "t.yaml:1:7: aliases (*x) are not supported: write the value where it is used\n" },
	{ "tag", "seed: !!int 1\n", NULL,
	  "t.yaml:1:7: tags (tag:yaml.org,2002:int) are not supported\n" },
	{ "second document", S "---\na: 1\n", NULL,
	  "t.yaml:2:1: a second document: a file holds one scenario\n" },
	{ "list as key", "[a]: 1\n", NULL,
	  "t.yaml:1:1: a key must be a word, not a mapping or a list\n" },
	{ "depth", "a: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n", NULL,
	  "t.yaml:1:19: nested deeper than 16 levels\n" },
	{ "no UTF-8", "a: \xff\n", NULL,
	  "t.yaml:1:1: not UTF-8 text at byte 3\n" },

	/* keys */
	{ "unknown key", S "seeed: 1\n", NULL,
	  "t.yaml:2:1: unknown key \"seeed\": did you mean \"seed\"?\n" },
	{ "unknown key in a section", S "dut:\n  rulset: full\n", NULL,
	  "t.yaml:3:3: unknown key \"rulset\": did you mean \"ruleset\"?\n" },
	{ "unknown key in a stream", "streams:\n  a:\n    szie: 64B\n", NULL,
	  "t.yaml:3:5: unknown key \"szie\": did you mean \"size\"?\n" },
	{ "key in the wrong place", S "ruleset: full\n", NULL,
	  "t.yaml:2:1: unknown key \"ruleset\": did you mean \"dut.ruleset\"?\n" },
	{ "nothing like it", S "xyzzy: 1\n", NULL,
	  "t.yaml:2:1: unknown key \"xyzzy\"\n" },
	{ "control characters", S "\"a\\nb\": 1\n", NULL,
	  "t.yaml:2:1: unknown key \"a?b\"\n" },
	{ "no value", S "seed:\n", NULL,
	  "t.yaml:2:6: seed: has no value: want 0 to 4G\n" },
	{ "all at once", "seeed: 1\n" S "dut: {workers: 9}\ndrain: 1\n", NULL,
	  "t.yaml:1:1: unknown key \"seeed\": did you mean \"seed\"?\n"
	  "t.yaml:3:16: workers: \"9\" is out of range: want 1 to 8\n"
	  "t.yaml:4:8: drain: \"1\": the unit is missing: expected a time in ns, us, ms, s, min, h, "
	  "e.g. 2s\n" },

	/* types */
	{ "list for a word", S "dut: {firewall: [a]}\n", NULL,
	  "t.yaml:2:17: firewall: want bundled, kernel, conntrack, iptables-legacy, iptables-nft, nftables, bridge, bridge-iptables, bridge-nftables, xfrm, external, none or dummy, not a list\n" },
	{ "mapping for a number", S "seed: {a: 1}\n", NULL,
	  "t.yaml:2:7: seed: want 0 to 4G, not a mapping\n" },
	{ "value for a section", S "dut: full\n", NULL,
	  "t.yaml:2:6: \"dut\" wants a mapping of keys, not a single value\n" },
	{ "unknown word", S "connections: establishd\n", NULL,
	  "t.yaml:2:14: connections: unknown word \"establishd\": did you mean \"established\"? known: "
	  "none, established or new\n" },
	{ "word far from all", S "connections: 17\n", NULL,
	  "t.yaml:2:14: connections: unknown word \"17\": known: none, established or new\n" },
	{ "bool", S "dut: {tcp_loose: maybe}\n", NULL,
	  "t.yaml:2:18: tcp_loose: want yes or no, not \"maybe\"\n" },
	{ "fraction", S "seed: 1.5\n", NULL,
	  "t.yaml:2:7: seed: \"1.5\" is not a whole number\n" },
	{ "whole seconds", S "dut: {timeouts: {udp: 1500ms}}\n", NULL,
	  "t.yaml:2:23: udp: \"1500ms\" is not a whole number of seconds\n" },
	{ "name of a directory", S "name: a/b\n", NULL,
	  "t.yaml:2:7: name: want letters, digits, . _ -, not \"a/b\"\n" },
	{ "ring", S "dut: {ring: 100}\n", NULL,
	  "t.yaml:2:13: ring: want a power of two from 64 to 65536, not \"100\"\n" },
	{ "cpus", S "placement: {cpus: [0]}\n", NULL,
	  "t.yaml:2:19: cpus: want a list [source, sink, worker, …] of 2 to 10 CPUs\n" },
	{ "cpus for the workers", S "dut: {workers: 2}\nplacement: {cpus: [0, 1, 2]}\n", NULL,
	  "t.yaml:3:19: cpus: 3 CPUs for source, sink and 2 workers: want 4\n" },

	{ "wire without ports", S "testbed: wire\ndut: {firewall: external}\n", NULL,
	  "t.yaml:2:10: testbed wire wants its ports: wire: {ports: [near, far], macs: [near, far]}\n" },
	{ "wire without MACs", S "testbed: wire\ndut: {firewall: external}\nwire: {ports: a}\n", NULL,
	  "t.yaml:4:7: wire: macs are missing: want those of the DUT, macs: [where near sends to, "
	  "where far does]\n" },
	{ "one port twice", S "testbed: wire\ndut: {firewall: external}\nwire: {ports: [a, a]}\n", NULL,
	  "t.yaml:4:19: ports: a twice: for both ends at one port want its name alone, ports: a\n"
	  "t.yaml:4:7: wire: macs are missing: want those of the DUT, macs: [where near sends to, "
	  "where far does]\n" },
	{ "three ports", S WIRE("[a, b, c]", "[" MAC1 ", " MAC2 "]"), NULL,
	  "t.yaml:4:15: ports: want the name of an interface, or a list of at most 2\n"
	  "t.yaml:2:10: testbed wire wants its ports: wire: {ports: [near, far], macs: [near, far]}\n" },
	{ "no name of a port", S WIRE("a/b", MAC1), NULL,
	  "t.yaml:4:15: ports: \"a/b\" is no name of an interface\n" },
	{ "one MAC for two ports", S WIRE("[a, b]", MAC1), NULL,
	  "t.yaml:4:29: macs: one for two ports: want [where near sends to, where far does]\n" },
	{ "MACs of the streams", "streams: {s: {source: {mac: '02:00:00:00:00:01'}}}\n"
	  WIRE("a", MAC1), NULL,
	  "t.yaml:1:29: mac: testbed wire sends from its ports' own addresses to those of wire.macs\n" },
	{ "one interrupt CPU for two ports", S WIRE("[a, b]", "[" MAC1 ", " MAC2 "], irq_cpus: 1"), NULL,
	  "t.yaml:4:83: irq_cpus: 1 CPUs for 2 ports: want one each\n" },
	{ "wire with a kernel", S WIRE("a", MAC1), "dut.firewall=kernel",
	  "--set dut.firewall=kernel: firewall: the DUT of testbed wire is a device outside: want "
	  "firewall: external, not kernel\n" },
	{ "external elsewhere", S WIRE("a", MAC1), "testbed=netns",
	  "t.yaml:3:17: firewall: external is a device at ports of this machine: want testbed: wire "
	  "with it\n" },
	{ "threaded wire", S WIRE("a", MAC1) "placement: {mode: threaded}\n", NULL,
	  "t.yaml:5:19: mode: threaded is of testbed netns: want split or same\n" },
	{ "remote wire", S WIRE("a", MAC1) "placement: {numa: remote}\n", NULL,
	  "t.yaml:5:19: numa: the DUT of testbed wire has no node here, source and sink are near "
	  "their ports: name others by placement.cpus\n" },
	{ "cpus of wire", S WIRE("a", MAC1) "placement: {cpus: [0, 1, 2]}\n", NULL,
	  "t.yaml:5:19: cpus: 3 CPUs for source and sink: want 2\n" },
	{ "profile of wire", S WIRE("a", MAC1) "profile: yes\n", NULL,
	  "t.yaml:5:10: profile: the DUT of testbed wire has no CPU here\n" },
	{ "impair with wire", S WIRE("a", MAC1) "impair: {drop: 1%}\n", NULL,
	  "t.yaml:5:9: impair: not with testbed wire\n" },

	{ "no such ruleset", S "dut: {ruleset: ./nowhere}\n", NULL,
	  "t.yaml:2:16: ruleset: cannot read the ruleset \"./nowhere.v4\": No such file or "
	  "directory\n" },
	{ "ruleset of too many rules", S "dut: {ruleset: rules-20M}\n", NULL,
	  "t.yaml:2:16: ruleset: ruleset \"rules-20M\": 0 to 10000000 rules can be generated\n" },

	{ "replies without connections", S "direction: both\n", NULL,
	  "t.yaml:2:12: direction: replies belong to connections: want connections: established with "
	  "it\n" },
	{ "more harm than frames", S "impair: {drop: 60%, delay: 50%}\n", NULL,
	  "t.yaml:2:9: impair: the shares are more than 100% together\n" },

	/* streams */
	{ "no streams", "seed: 1\n", NULL,
	  "t.yaml:1:1: no streams: want at least one, such as streams: {users: {size: 64B}}\n" },
	{ "stream name", "streams: {a.b: {size: 64B}}\n", NULL,
	  "t.yaml:1:11: the name of a stream has letters, digits, _ and -, not \"a.b\"\n" },
	{ "size without unit", "streams: {a: {size: 64}}\n", NULL,
	  "t.yaml:1:21: size: \"64\": the unit is missing: expected a size in B, KiB, MiB, GiB, e.g. "
	  "64B\n" },
	{ "one size of a list", "streams: {a: {size: [64B, 20B]}}\n", NULL,
	  "t.yaml:1:27: size: \"20B\" is out of range: want 64B to 9216B with FCS\n" },
	{ "size and imix", "streams: {a: {size: 64B, imix: aad}}\n", NULL,
	  "t.yaml:1:26: imix: size is given too: want one of them\n" },
	{ "ports", "streams: {a: {source: {port: 5-4}}}\n", NULL,
	  "t.yaml:1:30: port: \"5-4\": the first port is above the last\n" },
	{ "port", "streams: {a: {source: {port: 65536}}}\n", NULL,
	  "t.yaml:1:30: port: want a port from 0 to 65535 or a range such as 1024-65535, not "
	  "\"65536\"\n" },
	{ "mac", "streams: {a: {source: {mac: '01:00:00:00:00:01'}}}\n", NULL,
	  "t.yaml:1:29: mac: \"01:00:00:00:00:01\" is a group address\n" },
	{ "vlan", "streams: {a: {vlan: 4095}}\n", NULL,
	  "t.yaml:1:21: vlan: want a VLAN from 0 to 4094, not \"4095\"\n" },
	{ "tcp flag", "streams: {a: {tcp_flags: [ack, pus]}}\n", NULL,
	  "t.yaml:1:32: tcp_flags: unknown TCP flag \"pus\": did you mean \"psh\"? known: fin, syn, "
	  "rst, psh, ack, urg, ece, cwr\n" },
	{ "address of the other family",
	  "streams: {a: {family: ipv6, source: {address: 198.18.0.0/16}}}\n", NULL,
	  "t.yaml:1:47: source.address: stream \"a\" is of family ipv6, the address of ipv4: give both "
	  "as [198.18.0.0/16, 2001:2::1:0/112]\n" },
	{ "two addresses of one family",
	  "streams: {a: {source: {address: [198.18.0.1, 198.18.0.2]}}}\n", NULL,
	  "t.yaml:1:46: address: two IPv4 ranges: want at most one of each family\n" },

	/* goals */
	{ "goal", S "goals: [mrx]\n", NULL,
	  "t.yaml:2:9: unknown goal \"mrx\": did you mean \"mrr\"? known: mrr, ndr, pdr, rfc2544, "
	  "fixed, latency\n" },
	{ "goal attribute", S "goals: [{ndr: {widht: 1%}}]\n", NULL,
	  "t.yaml:2:16: unknown key \"widht\": did you mean \"width\"?\n" },
	{ "goal without loads", S "goals: [fixed]\n", NULL,
	  "t.yaml:2:9: fixed wants rates: fixed: [1Mpps, 2Mpps]\n" },
	{ "goal without main attribute", S "goals: [{ndr: 5}]\n", NULL,
	  "t.yaml:2:15: ndr wants attributes: ndr: {width: 1%}\n" },
	{ "share above one", S "goals: [{pdr: 70%}]\n", NULL,
	  "t.yaml:2:15: pdr: \"70%\" is out of range: want 0% to 50%\n" },
	{ "width below the loss", S "goals: [{pdr: {loss: 2%, width: 1%}}]\n", NULL,
	  "t.yaml:2:15: width is below the loss ratio of 2%\n" },
	{ "too many trials", S "goals: [{fixed: {rates: [1Mpps, 2Mpps], trials: 40}}]\n", NULL,
	  "t.yaml:2:17: 80 trials: at most 64 in one goal\n" },
	{ "no goals", S "goals: []\n", NULL,
	  "t.yaml:2:8: no goals: want at least one of mrr, ndr, pdr, rfc2544, fixed, latency\n" },

	/* sweep */
	{ "swept key", S "sweep: {dut.rulset: [full]}\n", NULL,
	  "t.yaml:2:9: unknown key \"dut.rulset\": did you mean \"dut.ruleset\"?\n" },
	{ "swept stream", S "sweep: {streams.b.size: [64B]}\n", NULL,
	  "t.yaml:2:9: no stream \"b\": did you mean \"a\"?\n" },
	{ "swept name", S "sweep: {name: [a]}\n", NULL,
	  "t.yaml:2:9: \"name\" can't be swept\n" },
	{ "nothing to sweep over", S "sweep: {seed: []}\n", NULL,
	  "t.yaml:2:15: no value to sweep \"seed\" over\n" },
	{ "sweep of one word", S "sweep: seed\n", NULL,
	  "t.yaml:2:8: want a mapping {key: [value, …]} or a list of them\n" },
	{ "too many points", S "sweep: {seed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],\n"
	  "  streams.a.ttl: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],\n"
	  "  streams.a.dscp: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}\n", NULL,
	  "t.yaml:2:8: the sweep makes more than 1024 points\n" },
	{ "point twice", S "sweep: {seed: [1, 1]}\n", NULL,
	  "t.yaml:2:1: the sweep makes the point \"seed=1\" twice\n" },
	{ "one error however many points", S "sweep: {dut.workers: [1, 9], seed: [1, 2, 3]}\n", NULL,
	  "t.yaml:2:26: workers: \"9\" is out of range: want 1 to 8\n" },

	/* --set */
	{ "set without value", S, "seed", "--set seed: want KEY=VALUE\n" },
	{ "set of an unknown key", S, "dut.rulset=full",
	  "--set dut.rulset=full: unknown key \"dut.rulset\": did you mean \"dut.ruleset\"?\n" },
	{ "set of an unknown stream", S, "streams.b.size=64B",
	  "--set streams.b.size=64B: no stream \"b\": did you mean \"a\"?\n" },
	{ "set out of range", S, "dut.workers=9",
	  "--set dut.workers=9: workers: \"9\" is out of range: want 1 to 8\n" },
	{ "set of no YAML", S, "seed=[1",
	  "--set seed=[1: not YAML: while parsing a flow sequence: did not find expected ',' or ']'\n" },
	{ "set below a value", S "goals: [mrr]\n", "goals.mrr.trials=3",
	  "--set goals.mrr.trials=3: can't set \"goals.mrr.trials\": a key above it has a value that "
	  "is no mapping\n" },
	{ "set of what is not swept", S, "sweep.seed=[1]",
	  "--set sweep.seed=[1]: \"seed\" is not swept: set \"sweep\" as a whole\n" },
	{ "set below what is swept", S "sweep: {dut: [{workers: 1}]}\n", "dut.ruleset=full",
	  "--set dut.ruleset=full: the sweep sets \"dut\" as a whole: change it with "
	  "--set sweep.dut=[…]\n" },
};

static void every_wrong_scenario_gets_its_sentences(void **state __unused)
{
	unsigned int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
		const struct wrong *w = &wrongs[i];
		struct plan *plan = read_sets(w->text, &w->set, w->set ? 1 : 0);

		if (!plan && !strcmp(errors, w->errors))
			continue;
		print_error("# %s:\n# want %s# got  %s", w->what, w->errors, plan ? "a plan\n" : errors);
		plan_free(plan);
		bad++;
	}
	assert_int_equal(bad, 0);
}

/* stream_build's own words, with the place of the stream and the first point that has it. */
static void a_stream_that_cannot_be_built_is_reported_once(void **state __unused)
{
	static const char start[] = "t.yaml:2:3: stream \"a\": ";
	static const char end[] = " (point \"seed=1 family=ipv6\")\n";
	size_t len;

	assert_null(read_text("streams:\n  a: {size: 64B}\n"
			      "sweep: {seed: [1, 2], streams.a.family: [ipv4, ipv6]}\n"));
	len = strlen(errors);
	assert_true(len > sizeof(start) + sizeof(end));
	assert_memory_equal(errors, start, sizeof(start) - 1);
	assert_string_equal(errors + len - (sizeof(end) - 1), end);
	assert_ptr_equal(strchr(errors, '\n'), errors + len - 1);
}

static void a_missing_file_is_named(void **state __unused)
{
	struct plan *plan;

	errors[0] = '\0';
	assert_int_not_equal(plan_read("/nonexistent/x.yaml", NULL, 0, NULL, 0, collect, NULL, &plan),
			     0);
	assert_string_equal(errors,
			    "cannot open \"/nonexistent/x.yaml\": No such file or directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_wrong_scenario_gets_its_sentences),
		cmocka_unit_test(a_stream_that_cannot_be_built_is_reported_once),
		cmocka_unit_test(a_missing_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
