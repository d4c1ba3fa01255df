// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_hops_netns.c - run/net/hops.h: where the kernel counts what, in
 * namespaces made here. Fails when a kernel counts otherwise than hops.h says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/observe/netns.h"

static struct netns net;
static struct hops before, after;
static char said[1024], want[1024];

static int set_up(void **state __unused)
{
	netns_make(&net);
	return 0;
}

static int tear_down(void **state __unused)
{
	netns_remove(&net);
	return 0;
}

static void read_into(struct hops *h)
{
	struct err err = { 0 };

	if (hops_read(&net.config, h, &err))
		fail_msg("%s", err.text);
}

static u64 received(void)
{
	unsigned int last = net.config.nlinks - 1;

	return after.link[last].rx_packets - before.link[last].rx_packets;
}

/*
 * Read until @done says that all is counted: the kernel may work frames off
 * later, when its threads get the CPU, and there is no other sign of the end.
 */
static bool read_until(bool (*done)(u64 sent), u64 sent)
{
	for (int i = 0; i < 1000; i++) {
		read_into(&after);
		if (done(sent))
			return true;
		usleep(20000);
	}
	return false;
}

static bool says_what_is_wanted(u64 sent)
{
	hops_locate(&before, &after, sent, received(), said, sizeof(said));
	return !strncmp(said, want, strlen(want)) && (*want || !*said);
}

/* Of @sent frames it is said, in the end, what begins with @want. */
static void located(u64 sent)
{
	if (!read_until(says_what_is_wanted, sent))
		assert_string_equal(said, want);
}

static void forwarded_skbs_count_at_every_hop(void **state __unused)
{
	read_into(&before);
	netns_packets(&net, 1000);
	want[0] = '\0';
	located(1000);
	assert_int_equal(after.link[HOP_NEAR].tx_packets - before.link[HOP_NEAR].tx_packets, 1000);
	assert_int_equal(after.link[HOP_IN].rx_packets - before.link[HOP_IN].rx_packets, 1000);
	assert_int_equal(after.link[HOP_OUT].tx_packets - before.link[HOP_OUT].tx_packets, 1000);
	assert_int_equal(received(), 1000);
	assert_int_equal(after.ip.forwarded - before.ip.forwarded, 1000);
}

static void frames_dropped_by_a_rule_are_lost_in_the_dut(void **state __unused)
{
	assert_int_equal(netns_sh(&net, NS_DUT, "nft 'table ip t { chain f { type filter hook "
				  "forward priority 0; limit rate over 1/hour burst 600 packets "
				  "drop; }; }'"), 0);
	read_into(&before);
	netns_packets(&net, 1000);
	snprintf(want, sizeof(want), "400 of 1000 frames lost: between %s and out: 400; no counter "
		 "says why; rules that drop have their own", net.config.link[HOP_IN].name);
	located(1000);
}

static void frames_without_a_route_are_lost_in_the_dut_by_ip(void **state __unused)
{
	netns_ip(&net, NS_DUT, "addr del 198.19.0.254/24 dev out");
	read_into(&before);
	netns_packets(&net, 100);
	snprintf(want, sizeof(want), "100 of 100 frames lost: between %s and out: 100 (IP no route "
		 "100)", net.config.link[HOP_IN].name);
	located(100);
}

static bool all_came_or_found_the_ring_full(u64 sent)
{
	return received() + after.link[HOP_IN].rx_dropped - before.link[HOP_IN].rx_dropped == sent;
}

/* The loss is certain: the NAPI thread has the source's CPU, and not before the source is done. */
static void live_frames_at_a_full_ring_are_lost_behind_the_source(void **state __unused)
{
	u64 full;

	net.config.nlinks = 2;		/* the path ends at the DUT */
	netns_xdp(&net, HOP_IN, XDP_DROP);
	netns_napi_pin(&net, HOP_IN, 0);
	read_into(&before);
	netns_live(&net, 100000, 0);
	assert_true(read_until(all_came_or_found_the_ring_full, 100000));
	full = after.link[HOP_IN].rx_dropped - before.link[HOP_IN].rx_dropped;
	assert_int_not_equal(full, 0);
	assert_int_equal(after.link[HOP_NEAR].tx_packets - before.link[HOP_NEAR].tx_packets,
			 received());
	assert_int_equal(after.link[HOP_NEAR].tx_xdp_errors - before.link[HOP_NEAR].tx_xdp_errors,
			 full);
	snprintf(want, sizeof(want), "%llu of 100000 frames lost: between source and near: %llu "
		 "(near tx_dropped %llu: the ring of %s was full)", (unsigned long long)full,
		 (unsigned long long)full, (unsigned long long)full, net.config.link[HOP_IN].name);
	located(100000);
}

static bool all_reached_the_xdp_sink(u64 sent)
{
	return after.link[HOP_FAR].rx_xdp_drops - before.link[HOP_FAR].rx_xdp_drops == sent;
}

static void frames_that_an_xdp_sink_drops_count_as_received(void **state __unused)
{
	netns_xdp(&net, HOP_FAR, XDP_DROP);
	read_into(&before);
	netns_packets(&net, 500);
	assert_true(read_until(all_reached_the_xdp_sink, 500));
	assert_int_equal(received(), 500);
	want[0] = '\0';
	located(500);
}

static void frames_lost_at_a_link_that_is_down_are_found(void **state __unused)
{
	netns_ip(&net, NS_FAR, "link set far down");
	read_into(&before);
	netns_packets(&net, 200);
	snprintf(want, sizeof(want), "200 of 200 frames lost: between %s and out: 200",
		 net.config.link[HOP_IN].name);
	located(200);
}

static bool there_is_one_connection(u64 sent __unused)
{
	return after.conntrack.count == 1;
}

static void conntrack_of_the_dut_is_counted(void **state __unused)
{
	assert_int_equal(netns_sh(&net, NS_DUT, "nft 'table ip t { chain f { type filter hook "
				  "forward priority 0; ct state invalid drop; }; }'"), 0);
	read_into(&before);
	netns_packets(&net, 10);
	assert_int_equal(before.conntrack.count, 0);
	assert_true(read_until(there_is_one_connection, 10));
}

static void every_cpu_of_the_machine_is_there(void **state __unused)
{
	u64 busy = 0;

	read_into(&after);
	assert_int_equal(after.ncpus, sysconf(_SC_NPROCESSORS_CONF));
	for (unsigned int i = 0; i < after.ncpus; i++)
		busy += after.cpu[i].user_ns + after.cpu[i].system_ns + after.cpu[i].idle_ns;
	assert_int_not_equal(busy, 0);
}

static void deleted_link_is_an_exact_error(void **state __unused)
{
	struct err err = { 0 };

	netns_ip(&net, NS_FAR, "link del far");
	assert_int_equal(hops_read(&net.config, &after, &err), -ENODEV);
	snprintf(want, sizeof(want), "out (link %d) is gone: it or its namespace was deleted while "
		 "it was in use", net.ifindex[HOP_OUT]);
	assert_string_equal(err.text, want);
}

static void renamed_link_is_an_exact_error(void **state __unused)
{
	struct err err = { 0 };

	netns_ip(&net, NS_FAR, "link set far down");
	netns_ip(&net, NS_FAR, "link set far name other");
	assert_int_equal(hops_read(&net.config, &after, &err), -ENODEV);
	snprintf(want, sizeof(want), "far is gone: link %d is called other now",
		 net.ifindex[HOP_FAR]);
	assert_string_equal(err.text, want);
}

static void without_rights_the_cure_is_said(void **state __unused)
{
	struct err err = { 0 };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(2);
		_exit(hops_read(&net.config, &after, &err) == -EPERM &&
		      !strcmp(err.text, "can't enter a network namespace: Operation "
			      "not permitted; run kpps as root") ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void too_many_links_are_refused(void **state __unused)
{
	struct hops_config many = { .nlinks = HOPS_MAX + 1, .dut_netns = -1 };
	struct err err = { 0 };

	assert_int_equal(hops_read(&many, &after, &err), -E2BIG);
	assert_string_equal(err.text, "counters: 9 links are more than 8");
}

#define IN_NETNS(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_NETNS(forwarded_skbs_count_at_every_hop),
		IN_NETNS(frames_dropped_by_a_rule_are_lost_in_the_dut),
		IN_NETNS(frames_without_a_route_are_lost_in_the_dut_by_ip),
		IN_NETNS(live_frames_at_a_full_ring_are_lost_behind_the_source),
		IN_NETNS(frames_that_an_xdp_sink_drops_count_as_received),
		IN_NETNS(frames_lost_at_a_link_that_is_down_are_found),
		IN_NETNS(conntrack_of_the_dut_is_counted),
		IN_NETNS(every_cpu_of_the_machine_is_there),
		IN_NETNS(deleted_link_is_an_exact_error),
		IN_NETNS(renamed_link_is_an_exact_error),
		IN_NETNS(without_rights_the_cure_is_said),
		IN_NETNS(too_many_links_are_refused),
	};
	const char *skip = netns_skip();

	if (skip) {
		printf("1..0 # skip %s\n", skip);
		return 0;
	}
	return cmocka_run_group_tests_name("hops_netns", tests, NULL, NULL);
}
