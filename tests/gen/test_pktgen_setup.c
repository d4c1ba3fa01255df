// SPDX-License-Identifier: GPL-2.0-or-later
/* test_pktgen_setup.c - streams in pktgen's words, what it can't do, what it answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "gen/pktgen_setup.h"
#include "lib/stream_build.h"

static struct stream_spec spec;
static struct pktgen_setup setup;
static struct err err;

static int fixed_stream(void **state __unused)
{
	stream_spec_default(&spec);
	spec.source = (struct addr_range){ { 10, 0, 0, 1 }, 1 };
	spec.destination = (struct addr_range){ { 10, 1, 0, 1 }, 1 };
	spec.source_port = (struct port_range){ 1024, 1024 };
	spec.destination_port = (struct port_range){ 9, 9 };
	return 0;
}

static int set_up(enum kernel_way way)
{
	struct kpps_stream s;

	assert_int_equal(stream_build(&spec, &s, &err), 0);
	return pktgen_setup_stream(&s, way, &setup, &err);
}

static bool has(const char *line)
{
	for (unsigned int i = 0; i < setup.n; i++)
		if (!strncmp(setup.line[i], line, strlen(line)) &&
		    !strcmp(setup.line[i] + strlen(line), "\n"))
			return true;
	return false;
}

static bool any(const char *word)
{
	for (unsigned int i = 0; i < setup.n; i++)
		if (strstr(setup.line[i], word))
			return true;
	return false;
}

static void assert_refused(const char *why)
{
	assert_int_equal(set_up(KERNEL_WAY_OUT), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, why));
}

static void one_flow_is_a_fixed_header(void **state __unused)
{
	static const char *const want[] = {
		"xmit_mode start_xmit", "clone_skb 0", "pkt_size 60", "flag UDPCSUM",
		"dst_mac 02:00:00:00:00:02", "src_mac 02:00:00:00:00:01",
		"src_min 10.0.0.1", "src_max 10.0.0.1", "dst_min 10.1.0.1", "dst_max 10.1.0.1",
		"udp_src_min 1024", "udp_src_max 1024", "udp_dst_min 9", "udp_dst_max 9", "tos 00",
	};

	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_int_equal(setup.n, ARRAY_SIZE(want));
	for (unsigned int i = 0; i < ARRAY_SIZE(want); i++)
		assert_true(has(want[i]));
}

static void one_flow_of_many_tuples_is_flow_0(void **state __unused)
{
	char line[64];
	struct kpps_tuple t;
	struct kpps_stream s;

	spec.source_port.last = 65535;
	spec.flows = 1;
	assert_int_equal(stream_build(&spec, &s, &err), 0);
	kpps_stream_tuple(&s, 0, &t);
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_false(any("_RND"));
	assert_false(any("flows"));
	snprintf(line, sizeof(line), "udp_src_min %u", ntohs(t.sport));
	assert_true(has(line));
	snprintf(line, sizeof(line), "udp_src_max %u", ntohs(t.sport));
	assert_true(has(line));
}

static void ways_are_transmit_modes(void **state __unused)
{
	assert_int_equal(set_up(KERNEL_WAY_QDISC), 0);
	assert_true(has("xmit_mode queue_xmit"));
	assert_int_equal(set_up(KERNEL_WAY_IN), 0);
	assert_true(has("xmit_mode netif_receive"));
}

static void ranges_end_one_above_the_last(void **state __unused)
{
	spec.source.count = 16;
	spec.destination.count = 255;
	spec.source_port.last = 1033;
	spec.destination_port.last = 65535;
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_true(has("src_min 10.0.0.1") && has("src_max 10.0.0.17") && has("flag IPSRC_RND"));
	assert_true(has("dst_min 10.1.0.1") && has("dst_max 10.1.1.0") && has("flag IPDST_RND"));
	assert_true(has("udp_src_min 1024") && has("udp_src_max 1034") && has("flag UDPSRC_RND"));
	/* there is no port 65536 */
	assert_true(has("udp_dst_min 9") && has("udp_dst_max 65535") && has("flag UDPDST_RND"));
	assert_false(any("flows"));
	spec.source = (struct addr_range){ { 255, 255, 255, 0 }, 256 };
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_true(has("src_max 255.255.255.255"));
}

static void fewer_flows_than_tuples_are_a_table_of_flows(void **state __unused)
{
	spec.source = (struct addr_range){ { 10, 0, 0, 0 }, 65536 };
	spec.flows = 4096;
	spec.order = KPPS_UNIFORM;
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_true(has("flows 4096") && has("flowlen 1") && has("src_max 10.1.0.0"));
	assert_false(any("FLOW_SEQ"));
	spec.order = KPPS_SEQUENTIAL;
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_true(has("flag FLOW_SEQ"));
	spec.flows = 65536;
	spec.source_port.last = 2000;
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	spec.flows = 65537;
	assert_refused("65537 flows: its table has room for 65536");
}

static void bursts_keep_to_a_destination(void **state __unused)
{
	spec.destination.count = 16;
	spec.burst = 10;
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_true(has("flows 1") && has("flowlen 10") && has("flag FLOW_SEQ"));
	spec.source_port.last = 2000;
	assert_refused("bursts of one flow");
}

static void ipv6_varies_ports_and_prefixes_of_destinations(void **state __unused)
{
	stream_spec_family(&spec, AF_INET6);
	spec.source.count = 1;
	spec.destination.base[15] = 0x40;
	spec.destination.count = 64;
	spec.source_port.last = 1040;
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_true(has("src6 2001:2::1:0") && has("dst6_min 2001:2:0:8000::40") &&
		    has("dst6_max 2001:2:0:8000::7f") && has("traffic_class 00"));
	spec.destination.base[15] = 0x20;
	assert_refused("a whole prefix only");
	spec.destination.count = 1;
	spec.source.count = 2;
	assert_refused("one IPv6 source address");
}

static void tags_and_dscp_are_the_streams(void **state __unused)
{
	spec.nvlans = 1;
	spec.vlan[0] = 77;
	spec.dscp = 46;
	spec.sizes[0] = 128;
	assert_int_equal(set_up(KERNEL_WAY_OUT), 0);
	assert_true(has("vlan_id 77") && has("tos b8") && has("pkt_size 124"));
	spec.nvlans = 2;
	spec.vlan[1] = 78;
	assert_refused("outer VLAN tag");
}

static void the_reverse_of_a_stream_has_its_ends_swapped(void **state __unused)
{
	struct kpps_stream s, back;

	spec.source.count = 4;
	assert_int_equal(stream_build(&spec, &s, &err), 0);
	assert_int_equal(stream_reverse(&s, &back), 0);
	assert_int_equal(pktgen_setup_stream(&back, KERNEL_WAY_OUT, &setup, &err), 0);
	assert_true(has("dst_min 10.0.0.1") && has("dst_max 10.0.0.5") && has("flag IPDST_RND") &&
		    has("src_min 10.1.0.1") && has("udp_src_min 9") && has("udp_dst_min 1024"));
}

static void what_it_cannot_is_refused(void **state)
{
	spec.protocol = IPPROTO_TCP;
	assert_refused("UDP only");
	fixed_stream(state);
	spec.order = KPPS_ZIPF;
	assert_refused("zipf");
	fixed_stream(state);
	spec.nsizes = 2;
	spec.sizes[1] = 128;
	assert_refused("2 sizes in turn");
	fixed_stream(state);
	spec.fragment = STREAM_FIRST;
	assert_refused("no fragments");
	fixed_stream(state);
	spec.source_port.last = 2000;
	spec.flows = 5;
	assert_refused("5 flows of 977 address and port pairs");
	fixed_stream(state);
	spec.destination = (struct addr_range){ { 126, 255, 255, 255 }, 2 };
	assert_refused("127.0.0.0/8");
	stream_spec_family(&spec, AF_INET6);
	spec.source.count = spec.destination.count = 1;
	spec.nextensions = 1;
	spec.extension[0] = IPPROTO_DSTOPTS;
	spec.sizes[0] = 128;
	assert_refused("extension headers");
	spec.nextensions = 0;
	spec.sizes[0] = 80;
	assert_refused("its own header needs 82");
}

static void a_rate_is_a_delay(void **state __unused)
{
	assert_int_equal(pktgen_delay_ns(0, 1), 0);
	assert_int_equal(pktgen_delay_ns(1e6, 1), 1000);
	assert_int_equal(pktgen_delay_ns(1e6, 4), 4000);
	assert_int_equal(pktgen_delay_ns(3e6, 1), 333);
	assert_int_equal(pktgen_delay_ns(1e7, 1), 100);
	assert_int_equal(pktgen_delay_ns(2e7, 1), 0);
	/* 0x7fffffff would be never */
	assert_int_equal(pktgen_delay_ns(0.001, 1), 0x7ffffffe);
}

#define PARAMS "Params: count 1000  min_pkt_size: 60  max_pkt_size: 60\n     Flags: UDPCSUM  SHARED\n"
#define CURRENT(sofar, errors) "Current:\n     pkts-sofar: " sofar "  errors: " errors "\n" \
	"     started: 623913381008us  stopped: 623913396439us idle: 25us\n     flows: 0\n"

static void its_answers_are_read(void **state __unused)
{
	struct pktgen_result r;

	assert_true(pktgen_result_read(PARAMS CURRENT("1000", "3")
				       "Result: OK: 15430(c15405+d25) usec, 1000 (60byte,0frags)\n  "
				       "64805pps 31Mb/sec (31106400bps) errors: 3\n", &r));
	assert_int_equal(r.phase, PKTGEN_DONE);
	assert_int_equal(r.sofar, 1000);
	assert_int_equal(r.errors, 3);
	assert_int_equal(r.elapsed_us, 15430);
	assert_int_equal(r.started_us, 623913381008ULL);
	assert_true(pktgen_result_read(PARAMS CURRENT("12", "0") "Result: Starting\n", &r));
	assert_int_equal(r.phase, PKTGEN_RUNNING);
	assert_int_equal(r.sofar, 12);
	assert_true(pktgen_result_read(PARAMS CURRENT("0", "0") "Result: OK: count=1000\n", &r));
	assert_int_equal(r.phase, PKTGEN_IDLE);
	assert_true(pktgen_result_read(PARAMS CURRENT("0", "0") "Result: Idle\n", &r));
	assert_int_equal(r.phase, PKTGEN_IDLE);
	assert_true(pktgen_result_read(PARAMS CURRENT("0", "0") "Result: Error starting\n", &r));
	assert_int_equal(r.phase, PKTGEN_FAILED);
	assert_false(pktgen_result_read("", &r));
	assert_false(pktgen_result_read(PARAMS, &r));
	assert_false(pktgen_result_read("Result: OK: 1(c1+d0) usec, 1\nCurrent:\n", &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_flow_is_a_fixed_header, fixed_stream),
		cmocka_unit_test_setup(one_flow_of_many_tuples_is_flow_0, fixed_stream),
		cmocka_unit_test_setup(ways_are_transmit_modes, fixed_stream),
		cmocka_unit_test_setup(ranges_end_one_above_the_last, fixed_stream),
		cmocka_unit_test_setup(fewer_flows_than_tuples_are_a_table_of_flows, fixed_stream),
		cmocka_unit_test_setup(bursts_keep_to_a_destination, fixed_stream),
		cmocka_unit_test_setup(ipv6_varies_ports_and_prefixes_of_destinations, fixed_stream),
		cmocka_unit_test_setup(tags_and_dscp_are_the_streams, fixed_stream),
		cmocka_unit_test_setup(the_reverse_of_a_stream_has_its_ends_swapped, fixed_stream),
		cmocka_unit_test_setup(what_it_cannot_is_refused, fixed_stream),
		cmocka_unit_test(a_rate_is_a_delay),
		cmocka_unit_test(its_answers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
