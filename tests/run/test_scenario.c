// SPDX-License-Identifier: GPL-2.0-or-later
/* What a right scenario becomes: values, defaults, presets, sweeps, --set, the kept text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "tests/run/scenario_read.h"

#define S "streams: {a: {size: 64B}}\n"

static struct plan *read_ok(const char *text)
{
	struct plan *plan = read_text(text);

	if (!plan)
		fail_msg("%s", errors);
	return plan;
}

static struct plan *read_set(const char *text, const char *set)
{
	struct plan *plan = read_sets(text, &set, 1);

	if (!plan)
		fail_msg("%s", errors);
	return plan;
}

/* The names of all points, one a line. */
static const char *names(const struct plan *plan)
{
	static char buf[4096];
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < plan->npoints; i++)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s\n", plan->point[i].name);
	return buf;
}

static void defaults(void **state __unused)
{
	struct plan *plan = read_ok("streams: {a: }");
	const struct point *p = plan->point;
	const struct stream_spec *s = &p->stream[0].spec;

	assert_int_equal(plan->npoints, 1);
	assert_string_equal(plan->name, "t");
	assert_string_equal(p->name, "t");
	assert_string_equal(p->testbed, "memory");
	assert_string_equal(p->preset, "standard");
	assert_string_equal(p->dut.firewall, "bundled");
	assert_string_equal(p->dut.ruleset, "forward");
	assert_int_equal(p->dut.workers, 1);
	assert_int_equal(p->dut.ring, 1024);
	assert_int_equal(p->dut.connections_max, 65536 * 3 / 2);
	assert_int_equal(p->dut.timeouts.udp, 30);
	assert_false(p->dut.tcp_be_liberal);
	assert_true(p->dut.tcp_loose && p->dut.check_checksums);
	assert_int_equal(p->connections, CONNECTIONS_NONE);
	assert_int_equal(p->direction, DIRECTION_FORWARD);
	assert_int_equal(p->cpus[0], -1);
	assert_int_equal(p->drain_ns, 100000000);
	assert_int_equal(p->ngoals, 3);
	assert_int_equal(p->goal[0].kind, GOAL_MRR);
	assert_int_equal(p->goal[1].kind, GOAL_NDR);
	assert_int_equal(p->goal[2].kind, GOAL_PDR);
	assert_string_equal(s->name, "a");
	assert_int_equal(s->family, AF_INET);
	assert_int_equal(s->protocol, IPPROTO_UDP);
	assert_int_equal(s->flows, 65536);
	assert_int_equal(s->burst, 1);
	assert_int_equal(s->ttl, 64);
	assert_int_equal(s->nsizes, 1);
	assert_int_equal(s->sizes[0], 64);
	assert_int_equal(s->source_port.first, 1024);
	assert_int_equal(s->source_port.last, 65535);
	assert_int_equal(p->stream[0].weight, 1);
	plan_free(plan);
}

static void every_kind_of_value(void **state __unused)
{
	struct plan *plan = read_ok(
		"name: x\nquestion: Why?\nseed: 7\npreset: quick\n"
		"streams:\n"
		"  a: {family: ipv6, protocol: tcp, size: [100B, 1500B], flows: 1k, order: zipf, zipf: 1.5,\n"
		"      burst: 4, weight: 3, source: {port: 5, mac: '02:00:00:00:00:0a'},\n"
		"      destination: {port: 80-90}, vlan: [7, 8], dscp: 46, ttl: 9, tcp_flags: [psh, ack]}\n"
		"  b: {rate: 2kpps, imix: aad, vlan: 5}\n"
		"dut: {ruleset: rules-10, workers: 2, connections_max: 1M, ring: 4Ki, tcp_be_liberal: yes,\n"
		"      tcp_loose: off, check_checksums: false, timeouts: {tcp_established: 2h}}\n"
		"connections: established\ndirection: both\ndrain: 5ms\nmax_load: 1Mpps\n"
		"impair: {drop: 1%, delay: 0.5, delay_time: 1ms, reorder: 0.1%, reorder_by: 3}\n"
		"placement: {cpus: [3, 2, 1, 0]}\n");
	const struct point *p = plan->point;
	const struct stream_spec *a = &p->stream[0].spec, *b = &p->stream[1].spec;
	static const u8 mac[6] = { 2, 0, 0, 0, 0, 10 };

	assert_string_equal(plan->name, "x");
	assert_string_equal(plan->question, "Why?");
	assert_int_equal(p->seed, 7);
	assert_int_equal(p->nstreams, 2);
	assert_int_equal(a->family, AF_INET6);
	assert_int_equal(a->protocol, IPPROTO_TCP);
	assert_int_equal(a->nsizes, 2);
	assert_int_equal(a->sizes[1], 1500);
	assert_int_equal(a->flows, 1000);
	assert_int_equal(a->order, KPPS_ZIPF);
	assert_true(a->zipf_s == 1.5);
	assert_int_equal(a->burst, 4);
	assert_int_equal(p->stream[0].weight, 3);
	assert_int_equal(a->source_port.last, 5);
	assert_memory_equal(a->source_mac, mac, 6);
	assert_int_equal(a->destination_port.first, 80);
	assert_int_equal(a->nvlans, 2);
	assert_int_equal(a->vlan[1], 8);
	assert_int_equal(a->dscp, 46);
	assert_int_equal(a->ttl, 9);
	assert_int_equal(a->tcp_flags, 0x18);
	assert_int_equal(b->id, 1);
	assert_true(p->stream[1].rate_pps == 2000);
	assert_int_equal(b->nsizes, 3);
	assert_int_equal(b->nvlans, 1);
	assert_true(a->seed != b->seed);
	assert_string_equal(p->dut.ruleset, "rules-10");
	assert_int_equal(p->dut.connections_max, 1000000);
	assert_int_equal(p->dut.ring, 4096);
	assert_true(p->dut.tcp_be_liberal);
	assert_false(p->dut.tcp_loose || p->dut.check_checksums);
	assert_int_equal(p->dut.timeouts.tcp_established, 7200);
	assert_int_equal(p->connections, CONNECTIONS_ESTABLISHED);
	assert_int_equal(p->direction, DIRECTION_BOTH);
	assert_int_equal(p->drain_ns, 5000000);
	assert_true(p->max_load_pps == 1e6);
	assert_true(p->impair.drop == 0.01 && p->impair.delay == 0.5);
	assert_int_equal(p->impair.delay_ns, 1000000);
	assert_int_equal(p->impair.reorder_by, 3);
	assert_int_equal(p->cpus[3], 0);
	assert_int_equal(p->cpus[4], -1);
	plan_free(plan);
}

static void the_address_of_the_family_is_taken(void **state __unused)
{
	struct plan *plan = read_ok(
		"streams: {a: {source: {address: [198.18.0.0/16, '2001:2::1:0/112']}}}\n"
		"sweep: {streams.a.family: [ipv4, ipv6]}\n");
	u8 v4[4], v6[16];

	inet_pton(AF_INET, "198.18.0.0", v4);
	inet_pton(AF_INET6, "2001:2::1:0", v6);
	assert_memory_equal(plan->point[0].stream[0].spec.source.base, v4, 4);
	assert_memory_equal(plan->point[1].stream[0].spec.source.base, v6, 16);
	assert_int_equal(plan->point[1].stream[0].spec.source.count, 65536);
	plan_free(plan);
}

static void addresses_have_a_default_for_either_family(void **state __unused)
{
	struct plan *plan = read_ok("streams: {a: }\nsweep: {streams.a.family: [ipv4, ipv6]}\n");
	u8 v6[16];

	inet_pton(AF_INET6, "2001:2:0:8000::1", v6);
	assert_memory_equal(plan->point[1].stream[0].spec.destination.base, v6, 16);
	plan_free(plan);
}

static void size_min_fits_the_family(void **state __unused)
{
	struct plan *plan = read_ok("streams: {a: {size: min}}\n"
				    "sweep: {streams.a.family: [ipv4, ipv6]}\n");

	assert_int_equal(plan->point[0].stream[0].spec.sizes[0], 64);
	assert_int_equal(plan->point[1].stream[0].spec.sizes[0], 84);
	plan_free(plan);
}

static void flows_all_are_the_tuples_of_the_ranges(void **state __unused)
{
	struct plan *plan = read_ok("streams: {a: {flows: all, source: {address: 198.18.0.1, "
				    "port: 1-500}}}\n");

	assert_int_equal(plan->point[0].stream[0].spec.flows, 500);
	plan_free(plan);
}

static void standard_is_what_csit_uses(void **state __unused)
{
	struct plan *plan = read_ok(S "goals: [mrr, ndr, pdr]\n");
	const struct goal_spec *g = plan->point->goal;

	assert_int_equal(g[0].trials, 5);
	assert_true(g[0].trial_s == 1);
	for (int i = 1; i < 3; i++) {
		assert_true(g[i].final_trial_s == 1);
		assert_true(g[i].duration_sum_s == 21);
		assert_true(g[i].exceed_ratio == 0.5);
		assert_true(g[i].width == 0.005);
	}
	assert_true(g[1].loss_ratio == 0);
	assert_true(g[2].loss_ratio == 0.005);
	plan_free(plan);
}

static void goals_take_attributes(void **state __unused)
{
	struct plan *plan = read_ok(S
		"goals: [{mrr: 3}, {pdr: 2%}, {ndr: {final_trial: 10ms, duration_sum: 1s, exceed: 25%,\n"
		"  width: 1%, initial_trial: 1ms}}, {fixed: [1Mpps, 2Mpps]}, {latency: {loads: 50%,\n"
		"  trials: 2, trial: 1s}}, {rfc2544: {final_trial: 2s}}]\n");
	const struct goal_spec *g = plan->point->goal;

	assert_int_equal(plan->point->ngoals, 6);
	assert_int_equal(g[0].trials, 3);
	assert_true(g[1].loss_ratio == 0.02);
	/* bounds nearer than the loss that is allowed mean nothing */
	assert_true(g[1].width == 0.02);
	assert_true(g[2].final_trial_s == 0.01 && g[2].duration_sum_s == 1);
	assert_true(g[2].exceed_ratio == 0.25 && g[2].width == 0.01);
	assert_true(g[2].initial_trial_s == 0.001);
	assert_int_equal(g[3].nrates, 2);
	assert_true(g[3].rate[1] == 2e6);
	assert_int_equal(g[4].nrates, 1);
	assert_true(g[4].rate[0] == 0.5 && g[4].trials == 2 && g[4].trial_s == 1);
	assert_true(g[5].final_trial_s == 2 && g[5].duration_sum_s == 2);
	assert_true(g[5].loss_ratio == 0 && g[5].exceed_ratio == 0);
	plan_free(plan);
}

static void goals_may_be_one_word_or_a_mapping(void **state __unused)
{
	struct plan *plan = read_ok(S "goals: mrr\n");

	assert_int_equal(plan->point->ngoals, 1);
	plan_free(plan);
	plan = read_ok(S "goals: {mrr: , pdr: 1%}\n");
	assert_int_equal(plan->point->ngoals, 2);
	assert_int_equal(plan->point->goal[1].kind, GOAL_PDR);
	plan_free(plan);
}

static void first_swept_key_changes_slowest(void **state __unused)
{
	struct plan *plan = read_ok(S "sweep:\n  dut.ruleset: [forward, full]\n"
				      "  streams.a.flows: [1, 1k]\n");

	assert_string_equal(names(plan), "ruleset=forward flows=1\nruleset=forward flows=1k\n"
					 "ruleset=full flows=1\nruleset=full flows=1k\n");
	assert_int_equal(plan->point[3].stream[0].spec.flows, 1000);
	assert_string_equal(plan->point[3].dut.ruleset, "full");
	assert_int_equal(plan->point[3].nparams, 2);
	assert_string_equal(plan->point[3].param[1].key, "streams.a.flows");
	assert_string_equal(plan->point[3].param[1].value, "1k");
	plan_free(plan);
}

static void a_list_of_mappings_is_one_product_after_the_other(void **state __unused)
{
	struct plan *plan = read_ok(
		"streams: {a: {size: 64B, flows: 16}}\n"
		"sweep:\n- {dut.ruleset: [forward, full]}\n"
		"- {dut.ruleset: nat, streams.a.flows: [1, 2], goals: [[mrr]]}\n");

	/* a key that only one of them sweeps has the scenario's value in the other */
	assert_string_equal(names(plan), "ruleset=forward flows=16\nruleset=full flows=16\n"
					 "ruleset=nat flows=1\nruleset=nat flows=2\n");
	assert_int_equal(plan->point[0].ngoals, 3);
	assert_int_equal(plan->point[2].ngoals, 1);
	plan_free(plan);
}

static void a_swept_default_is_named_too(void **state __unused)
{
	struct plan *plan = read_ok("streams: {a: }\nsweep:\n- {streams.a.flows: [1]}\n- {seed: [1, 2]}\n");

	assert_string_equal(names(plan), "flows=1 seed=1\nflows=65536 seed=1\nflows=65536 seed=2\n");
	plan_free(plan);
}

static void a_parameter_that_other_points_sweep_has_its_own_value(void **state __unused)
{
	struct plan *plan = read_ok(S "testbed: netns\n"
				    "dut: {firewall: kernel, sysctl: {net.ipv4.a_b: 0}}\n"
				    "sweep: [{streams.a.family: [ipv4]}, {dut.sysctl.net.ipv4.a_b: [1]}]\n");

	assert_string_equal(names(plan), "family=ipv4 a_b=0\nfamily=ipv4 a_b=1\n");
	assert_int_equal(plan->point[1].dut.nsysctls, 1);
	assert_string_equal(plan->point[1].dut.sysctl[0].value, "1");
	plan_free(plan);
}

static void goals_name_a_point_only_when_nothing_else_does(void **state __unused)
{
	struct plan *plan = read_ok(S "sweep: {goals: [[mrr], [mrr, ndr]]}\n");

	assert_string_equal(names(plan), "goals=[mrr]\ngoals=[mrr, ndr]\n");
	plan_free(plan);
	plan = read_ok(S "sweep: {seed: [1, 2], goals: [[mrr]]}\n");
	assert_string_equal(names(plan), "seed=1\nseed=2\n");
	assert_int_equal(plan->point->nparams, 1);
	plan_free(plan);
}

static void names_grow_where_the_last_word_is_ambiguous(void **state __unused)
{
	struct plan *plan = read_ok("streams: {a: {size: 64B}, b: {size: 64B}}\n"
				    "sweep: {streams.a.flows: [1], streams.b.flows: [2], seed: [3]}\n");

	assert_string_equal(names(plan), "a.flows=1 b.flows=2 seed=3\n");
	plan_free(plan);
}

static void long_names_say_what_differs_from_the_first_point(void **state __unused)
{
	struct plan *plan = read_ok(S
		"sweep:\n"
		"  streams.a.source.mac: ['02:00:00:00:00:01']\n"
		"  streams.a.destination.mac: ['02:00:00:00:00:02']\n"
		"  goals: [[mrr]]\n"
		"  streams.a.source.address: ['198.18.0.1-198.18.255.255']\n"
		"  streams.a.destination.address: ['198.19.0.1-198.19.0.255']\n"
		"  seed: [1, 2]\n");

	assert_string_equal(names(plan), "base\nseed=2\n");
	assert_int_equal(plan->point[1].nparams, 5);
	plan_free(plan);
}

static void set_changes_a_value_and_makes_the_way_to_it(void **state __unused)
{
	struct plan *plan = read_set(S, "dut.timeouts.udp=5s");

	assert_int_equal(plan->point->dut.timeouts.udp, 5);
	plan_free(plan);
	plan = read_set(S, "goals=[mrr, {pdr: 1%}]");
	assert_int_equal(plan->point->ngoals, 2);
	plan_free(plan);
	plan = read_set(S, "question=a=b");
	assert_string_equal(plan->question, "a=b");
	plan_free(plan);
	plan = read_set(S "dut:\n", "dut.workers=2");
	assert_int_equal(plan->point->dut.workers, 2);
	plan_free(plan);
}

static void set_takes_a_key_out_of_the_sweep(void **state __unused)
{
	static const char text[] = S "sweep: {dut.ruleset: [forward, full], seed: [1, 2]}\n";
	struct plan *plan = read_set(text, "dut.ruleset=nat");

	assert_string_equal(names(plan), "seed=1\nseed=2\n");
	assert_string_equal(plan->point[0].dut.ruleset, "nat");
	plan_free(plan);
	plan = read_set(text, "dut={ruleset: nat}");
	assert_string_equal(names(plan), "seed=1\nseed=2\n");
	plan_free(plan);
}

static void set_changes_what_is_swept(void **state __unused)
{
	struct plan *plan = read_set(S "sweep: {dut.ruleset: [forward, full]}\n",
				     "sweep.dut.ruleset=[nat]");

	assert_string_equal(names(plan), "ruleset=nat\n");
	plan_free(plan);
	plan = read_set(S "sweep:\n- {dut.ruleset: [forward, full]}\n- {seed: [1]}\n",
			"sweep.dut.ruleset=[nat]");
	assert_string_equal(names(plan), "ruleset=nat seed=1\nruleset=forward seed=1\n");
	plan_free(plan);
	plan = read_set(S "sweep: {dut.ruleset: [forward, full]}\n", "sweep=");
	assert_int_equal(plan->npoints, 1);
	plan_free(plan);
}

static void an_unchanged_text_is_kept_as_it_was(void **state __unused)
{
	struct plan *plan = read_ok("# why\nname: x\n" S);

	assert_string_equal(plan->text, "# why\nname: x\n" S);
	plan_free(plan);
}

static void a_name_from_the_file_is_kept_in_the_text(void **state __unused)
{
	struct plan *plan = read_ok(S);

	assert_string_equal(plan->text, "streams:\n  a:\n    size: 64B\nname: t\n");
	plan_free(plan);
}

static void the_kept_text_reads_back_to_the_same_points(void **state __unused)
{
	static const char *const sets[] = { "seed=5", "dut.timeouts.udp=7s",
					    "question='it''s: [odd] #1'" };
	static const char text[] =
		"streams:\n  a: {size: [64B, 1518B], source: {mac: '02:00:00:00:00:01',\n"
		"      address: [198.18.0.0/16, '2001:2::1:0/112']}}\n"
		"goals: [mrr, {ndr: {width: 2%}}, {pdr: 0.5%}]\n"
		"sweep:\n- {dut.ruleset: [forward, full]}\n- {streams.a.flows: [1, 1k], goals: [[mrr]]}\n";
	struct plan *plan = read_sets(text, sets, ARRAY_SIZE(sets)), *again;

	assert_non_null(plan);
	again = read_ok(plan->text);
	assert_string_equal(plan->question, "it's: [odd] #1");
	assert_string_equal(plan->question, again->question);
	assert_int_equal(plan->npoints, again->npoints);
	for (unsigned int i = 0; i < plan->npoints; i++)
		plan->point[i].plan = again->point[i].plan = NULL;	/* each its own's */
	assert_memory_equal(plan->point, again->point, plan->npoints * sizeof(*plan->point));
	plan_free(again);
	plan_free(plan);
}

static void longer_trials_are_expected_to_take_longer(void **state __unused)
{
	struct plan *quick = read_ok(S "preset: quick\n"), *standard = read_ok(S);

	assert_true(plan_point_seconds(quick->point) < 3);
	assert_true(plan_point_seconds(standard->point) > 42);
	plan_free(quick);
	plan_free(standard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_kind_of_value),
		cmocka_unit_test(the_address_of_the_family_is_taken),
		cmocka_unit_test(addresses_have_a_default_for_either_family),
		cmocka_unit_test(size_min_fits_the_family),
		cmocka_unit_test(flows_all_are_the_tuples_of_the_ranges),
		cmocka_unit_test(standard_is_what_csit_uses),
		cmocka_unit_test(goals_take_attributes),
		cmocka_unit_test(goals_may_be_one_word_or_a_mapping),
		cmocka_unit_test(first_swept_key_changes_slowest),
		cmocka_unit_test(a_list_of_mappings_is_one_product_after_the_other),
		cmocka_unit_test(a_swept_default_is_named_too),
		cmocka_unit_test(a_parameter_that_other_points_sweep_has_its_own_value),
		cmocka_unit_test(goals_name_a_point_only_when_nothing_else_does),
		cmocka_unit_test(names_grow_where_the_last_word_is_ambiguous),
		cmocka_unit_test(long_names_say_what_differs_from_the_first_point),
		cmocka_unit_test(set_changes_a_value_and_makes_the_way_to_it),
		cmocka_unit_test(set_takes_a_key_out_of_the_sweep),
		cmocka_unit_test(set_changes_what_is_swept),
		cmocka_unit_test(an_unchanged_text_is_kept_as_it_was),
		cmocka_unit_test(a_name_from_the_file_is_kept_in_the_text),
		cmocka_unit_test(the_kept_text_reads_back_to_the_same_points),
		cmocka_unit_test(longer_trials_are_expected_to_take_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
