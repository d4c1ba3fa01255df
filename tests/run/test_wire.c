// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_wire.c - run/bed_wire.h: placement beside an external DUT, what a link carries, and
 * when its connections are opened again.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "run/bed_wire.h"

/* Two nodes of four CPUs, two threads a core. */
static const struct topo two_nodes = {
	.cpus = 8, .cores = 4, .nodes = 2, .packages = 2,
	.cpu = {
		{ 0, 0, 0, 0 }, { 4, 0, 0, 0 }, { 1, 1, 0, 0 }, { 5, 1, 0, 0 },
		{ 2, 2, 1, 1 }, { 6, 2, 1, 1 }, { 3, 3, 1, 1 }, { 7, 3, 1, 1 },
	},
};

static const struct topo one_cpu = {
	.cpus = 1, .cores = 1, .nodes = 1, .packages = 1, .cpu = { { 3, 0, 0, 0 } },
};
static const struct topo two_cpus = {
	.cpus = 2, .cores = 2, .nodes = 1, .packages = 1, .cpu = { { 0, 0, 0, 0 }, { 1, 1, 0, 0 } },
};

static void expect(const struct topo *t, int node, bool same, int source, int sink)
{
	struct placement p;

	assert_int_equal(wire_place(t, node, same, NULL, &p, NULL), 0);
	assert_int_equal(p.source_cpu, source);
	assert_int_equal(p.sink_cpu, sink);
	assert_int_equal(p.source_sink_shared, source == sink);
}

static void source_and_sink_are_on_the_ports_node(void **state __unused)
{
	expect(&two_nodes, 1, false, 2, 3);
	expect(&two_nodes, -1, false, 1, 2);	/* anywhere but on CPU 0's core */
	expect(&two_nodes, 0, false, 1, 0);	/* the node before that */
}

static void two_cpus_are_one_each(void **state __unused)
{
	expect(&two_cpus, -1, false, 1, 0);
	expect(&two_cpus, -1, true, 1, 1);
	expect(&one_cpu, 0, false, 3, 3);
}

static void cpus_asked_for_are_taken(void **state __unused)
{
	const int asked[2] = { 7, 0 }, wrong[2] = { 7, 8 };
	struct placement p;
	struct err err = { 0 };

	assert_int_equal(wire_place(&two_nodes, 0, true, asked, &p, NULL), 0);
	assert_int_equal(p.source_cpu, 7);
	assert_int_equal(p.sink_cpu, 0);
	assert_int_equal(wire_place(&two_nodes, 0, false, wrong, &p, &err), -ERANGE);
	assert_string_equal(err.text, "placement.cpus: there is no CPU 8 that this process may use");
}

/* RFC 2544 has these: frames a second of 10 Mbit/s and 1 Gbit/s Ethernet. */
static void line_rate_is_that_of_ethernet(void **state __unused)
{
	struct point *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->nstreams = 1;
	p->stream[0].weight = 1;
	p->stream[0].spec.nsizes = 1;
	p->stream[0].spec.sizes[0] = 64;
	assert_int_equal((u64)wire_pps(p, 10), 14880);
	assert_int_equal((u64)wire_pps(p, 1000), 1488095);
	p->stream[0].spec.sizes[0] = 1518;
	assert_int_equal((u64)wire_pps(p, 10), 812);
	/* as many of each: the mean is 791 bytes */
	p->stream[0].spec.nsizes = 2;
	p->stream[0].spec.sizes[1] = 64;
	assert_int_equal((u64)wire_pps(p, 10), 1541);
	/* three of four streams' frames have 64 bytes */
	p->nstreams = 2;
	p->stream[0].spec.nsizes = 1;
	p->stream[1] = p->stream[0];
	p->stream[1].spec.sizes[0] = 64;
	p->stream[1].weight = 3;
	assert_int_equal((u64)wire_pps(p, 10), 2793);
	free(p);
}

/* Nobody can ask it whether its connections are still there. */
static void connections_of_an_external_dut_age(void **state __unused)
{
	const struct fill_total total = { .flows = 9, .opened = 9 };
	struct point *p = calloc(1, sizeof(*p));
	struct fill_state s = { .blind = true };

	assert_non_null(p);
	p->nstreams = 1;
	p->stream[0].spec.protocol = 17;
	p->connections = CONNECTIONS_ESTABLISHED;
	p->dut.timeouts.udp = p->dut.timeouts.udp_stream = 20;
	assert_true(fill_needed(&s, p, 1, 0));
	fill_note(&s, &total, NSEC_PER_SEC, 0);
	assert_false(fill_needed(&s, p, 10 * NSEC_PER_SEC, 0));
	assert_true(fill_needed(&s, p, 12 * NSEC_PER_SEC, 0));
	s.blind = false;
	assert_false(fill_needed(&s, p, 12 * NSEC_PER_SEC, 0));
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(source_and_sink_are_on_the_ports_node),
		cmocka_unit_test(two_cpus_are_one_each),
		cmocka_unit_test(cpus_asked_for_are_taken),
		cmocka_unit_test(line_rate_is_that_of_ethernet),
		cmocka_unit_test(connections_of_an_external_dut_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
