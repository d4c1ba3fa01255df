// SPDX-License-Identifier: GPL-2.0-or-later
/* test_hops.c - run/net/hops.h: what is concluded from counters made up here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "run/net/hops.h"

static struct hops before, after;
static char said[1024];

/* A path of these links; @through frames have passed all of it. */
static void links(const char *const *name, unsigned int n, u64 through)
{
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	before.nlinks = after.nlinks = n;
	before.ncpus = after.ncpus = 2;
	for (unsigned int i = 0; i < n; i++) {
		strcpy(before.link[i].name, name[i]);
		strcpy(after.link[i].name, name[i]);
		/* what was there before must not matter */
		before.link[i].tx_packets = before.link[i].rx_packets = 77;
		after.link[i].tx_packets = 77 + (i & 1 ? 0 : through);
		after.link[i].rx_packets = 77 + (i & 1 ? through : 0);
	}
}

/* near - eth0 - eth1 - far */
static void path(u64 through)
{
	static const char *const name[] = { "near", "eth0", "eth1", "far" };

	links(name, ARRAY_SIZE(name), through);
}

static const char *located(u64 sent, u64 received)
{
	hops_locate(&before, &after, sent, received, said, sizeof(said));
	return said;
}

static void nothing_is_said_when_none_are_missing(void **state __unused)
{
	path(1000);
	assert_string_equal(located(1000, 1000), "");
	assert_string_equal(located(1000, 1001), "");
}

static void loss_at_a_full_ring_is_between_source_and_near(void **state __unused)
{
	path(900);
	after.link[0].tx_dropped = after.link[0].tx_xdp_errors = 100;
	after.link[1].rx_dropped = 100;
	assert_string_equal(located(1000, 900), "100 of 1000 frames lost: between source and near: "
			    "100 (near tx_dropped 100: the ring of eth0 was full)");
}

static void loss_in_the_dut_names_conntrack(void **state __unused)
{
	path(1000);
	after.link[2].tx_packets -= 300;
	after.link[3].rx_packets -= 300;
	after.conntrack.drop = 290;
	after.conntrack.insert_failed = 10;
	assert_string_equal(located(1000, 700), "300 of 1000 frames lost: between eth0 and eth1: "
			    "300 (conntrack drop 290, conntrack insert_failed 10)");
}

static void loss_by_a_rule_is_said_to_have_no_counter(void **state __unused)
{
	path(1000);
	after.link[2].tx_packets -= 1;
	after.link[3].rx_packets -= 1;
	assert_string_equal(located(1000, 999), "1 of 1000 frames lost: between eth0 and eth1: 1; "
			    "no counter says why; rules that drop have their own");
}

static void loss_on_the_last_wire_is_between_eth1_and_far(void **state __unused)
{
	path(1000);
	after.link[3].rx_packets -= 20;
	after.link[3].rx_missed = 15;
	after.link[3].rx_errors = 5;
	assert_string_equal(located(1000, 980), "20 of 1000 frames lost: between eth1 and far: 20 "
			    "(far rx_missed 15, far rx_errors 5)");
}

static void loss_at_the_ring_behind_the_dut_names_far(void **state __unused)
{
	path(1000);
	after.link[2].tx_packets -= 50;
	after.link[3].rx_packets -= 50;
	after.link[2].tx_dropped = after.link[2].tx_xdp_errors = 50;
	after.link[3].rx_dropped = 50;
	assert_string_equal(located(1000, 950), "50 of 1000 frames lost: between eth0 and eth1: 50 "
			    "(eth1 tx_dropped 50: the ring of far was full)");
}

static void frames_that_an_xdp_sink_drops_are_no_loss(void **state __unused)
{
	path(1000);
	after.link[3].rx_xdp_drops = 1000;
	assert_string_equal(located(1000, 990), "10 of 1000 frames lost: between far and sink: 10; "
			    "no counter says why");
}

static void frames_that_an_xdp_program_of_the_dut_drops_are(void **state __unused)
{
	path(1000);
	after.link[2].tx_packets -= 40;
	after.link[3].rx_packets -= 40;
	after.link[1].rx_xdp_drops = 40;
	assert_string_equal(located(1000, 960), "40 of 1000 frames lost: between eth0 and eth1: 40 "
			    "(eth0 rx_xdp_drops 40)");
}

static void loss_between_and_in_two_gateways_is_told_apart(void **state __unused)
{
	static const char *const name[] = { "near", "eth0", "mid0", "mid1", "eth1", "far" };
	unsigned int i;

	links(name, ARRAY_SIZE(name), 1000);
	for (i = 2; i < 6; i++)		/* the first loses 10, the link 20, the second 30 */
		*(i & 1 ? &after.link[i].rx_packets : &after.link[i].tx_packets) -=
			i == 2 ? 10 : i == 3 ? 30 : 60;
	after.ip.discards = 10;
	after.link[3].rx_dropped = 30;
	assert_string_equal(located(1000, 940), "60 of 1000 frames lost: between eth0 and mid0: 10 "
			    "(IP discards 10); between mid0 and mid1: 20 (mid1 rx_dropped 30); "
			    "between mid1 and eth1: 30 (mid1 rx_dropped 30)");
}

static void backlog_names_each_cpu(void **state __unused)
{
	path(880);
	before.cpu[1].dropped = 0xfffffff0;	/* the kernel's counter has 32 bits */
	after.cpu[1].dropped = 84;
	after.cpu[0].dropped = 20;
	after.link[0].tx_dropped = 120;
	assert_string_equal(located(1000, 880), "120 of 1000 frames lost: between source and near: "
			    "120 (near tx_dropped 120); the backlog (net.core.netdev_max_backlog) "
			    "of CPU 0 dropped 20, CPU 1 dropped 100");
}

static void losses_at_several_places_are_each_said(void **state __unused)
{
	path(1000);
	after.link[0].tx_packets -= 10;
	after.link[0].tx_dropped = 10;
	after.link[1].rx_packets -= 10;
	after.link[2].tx_packets -= 30;
	after.link[3].rx_packets -= 30;
	after.ip.no_routes = 20;
	assert_string_equal(located(1000, 970), "30 of 1000 frames lost: between source and near: "
			    "10 (near tx_dropped 10); between eth0 and eth1: 20 (IP no route 20)");
}

static void hop_that_does_not_count_is_passed_over(void **state __unused)
{
	path(1000);
	after.link[0].tx_packets = before.link[0].tx_packets;
	after.link[3].rx_packets -= 5;
	after.link[3].rx_dropped = 5;
	assert_string_equal(located(1000, 995), "5 of 1000 frames lost: between eth1 and far: 5 "
			    "(far rx_dropped 5)");
}

static void foreign_frames_are_told(void **state __unused)
{
	path(1000);
	after.link[1].rx_packets += 3;
	after.link[2].tx_packets -= 100;
	after.link[3].rx_packets -= 100;
	assert_string_equal(located(1000, 900), "100 of 1000 frames lost: between eth0 and eth1: "
			    "103; no counter says why; rules that drop have their own; 3 frames "
			    "that the source did not send came in on the way");
}

static void without_links_the_counters_do_not_tell(void **state __unused)
{
	path(1000);
	before.nlinks = after.nlinks = 0;
	assert_string_equal(located(1000, 900), "100 of 1000 frames lost: the counters don't tell "
			    "where");
}

static void both_directions_are_added_up(void **state __unused)
{
	path(1000);
	before.duplex = after.duplex = true;
	/* 1000 forward, all arrive; 500 back, of which the DUT loses 50 */
	after.link[3].tx_packets += 500;
	after.link[2].rx_packets += 500;
	after.link[1].tx_packets += 450;
	after.link[0].rx_packets += 450;
	after.conntrack.drop = 50;
	assert_string_equal(located(1500, 1450), "50 of 1500 frames lost: between eth0 and eth1: "
			    "50 (conntrack drop 50)");
}

static void loss_at_a_ring_on_the_way_back_names_it(void **state __unused)
{
	path(1000);
	before.duplex = after.duplex = true;
	after.link[3].tx_packets += 400;
	after.link[2].rx_packets += 400;
	after.link[1].tx_packets += 400;
	after.link[0].rx_packets += 400;
	after.link[3].tx_dropped = after.link[3].tx_xdp_errors = 100;
	after.link[2].rx_dropped = 100;
	assert_string_equal(located(1500, 1400), "100 of 1500 frames lost: between source and "
			    "near or far: 100 (far tx_dropped 100: the ring of eth1 was full)");
}

static void short_buffer_is_never_overrun(void **state __unused)
{
	char small[20];

	path(900);
	memset(small, 'x', sizeof(small));
	hops_locate(&before, &after, 1000, 900, small, 10);
	assert_string_equal(small, "100 of 10");
	assert_int_equal(small[10], 'x');
	hops_locate(&before, &after, 1000, 900, small, 0);
}

static void json_leaves_zeros_out(void **state __unused)
{
	json_t *json, *want;

	path(1000);
	before.conntrack.count = 5;
	after.conntrack.count = 9;
	after.conntrack.early_drop = 2;
	after.cpu[1].softirq_ns = 30000000;
	json = hops_json(&before, &after);
	want = json_loads("{\"links\": [{\"name\": \"near\", \"tx_packets\": 1000},"
			  "{\"name\": \"eth0\", \"rx_packets\": 1000},"
			  "{\"name\": \"eth1\", \"tx_packets\": 1000},"
			  "{\"name\": \"far\", \"rx_packets\": 1000}], \"conntrack\":"
			  "{\"count_before\": 5, \"count_after\": 9, \"early_drop\": 2},"
			  "\"ip\": {}, \"cpus\": {\"1\": {\"softirq_ns\": 30000000}}}", 0, NULL);
	assert_non_null(want);
	assert_true(json_equal(json, want));
	json_decref(want);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_when_none_are_missing),
		cmocka_unit_test(loss_at_a_full_ring_is_between_source_and_near),
		cmocka_unit_test(loss_in_the_dut_names_conntrack),
		cmocka_unit_test(loss_by_a_rule_is_said_to_have_no_counter),
		cmocka_unit_test(loss_on_the_last_wire_is_between_eth1_and_far),
		cmocka_unit_test(loss_at_the_ring_behind_the_dut_names_far),
		cmocka_unit_test(frames_that_an_xdp_sink_drops_are_no_loss),
		cmocka_unit_test(frames_that_an_xdp_program_of_the_dut_drops_are),
		cmocka_unit_test(loss_between_and_in_two_gateways_is_told_apart),
		cmocka_unit_test(backlog_names_each_cpu),
		cmocka_unit_test(losses_at_several_places_are_each_said),
		cmocka_unit_test(hop_that_does_not_count_is_passed_over),
		cmocka_unit_test(foreign_frames_are_told),
		cmocka_unit_test(without_links_the_counters_do_not_tell),
		cmocka_unit_test(both_directions_are_added_up),
		cmocka_unit_test(loss_at_a_ring_on_the_way_back_names_it),
		cmocka_unit_test(short_buffer_is_never_overrun),
		cmocka_unit_test(json_leaves_zeros_out),
	};

	return cmocka_run_group_tests_name("hops", tests, NULL, NULL);
}
