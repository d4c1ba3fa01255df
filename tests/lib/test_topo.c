// SPDX-License-Identifier: GPL-2.0-or-later
/* test_topo.c - lib/topo.h: placement on machines made up here, and the real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "lib/topo.h"

static struct topo topo;

/*
 * @nodes packages of one node each with @cores cores of @threads; numbered as
 * Linux does: the first threads of all cores before the second ones.
 */
static void machine(unsigned int nodes, unsigned int cores, unsigned int threads)
{
	memset(&topo, 0, sizeof(topo));
	topo.nodes = topo.packages = nodes;
	topo.cores = nodes * cores;
	for (unsigned int core = 0; core < nodes * cores; core++)
		for (unsigned int t = 0; t < threads; t++)
			topo.cpu[topo.cpus++] = (struct topo_cpu){
				.cpu = (int)(t * nodes * cores + core),
				.core = (int)core,
				.node = (int)(core / cores),
				.package = (int)(core / cores),
			};
}

static int core_of(int cpu)
{
	for (unsigned int i = 0; i < topo.cpus; i++)
		if (topo.cpu[i].cpu == cpu)
			return topo.cpu[i].core;
	return -1;
}

static struct placement placed(unsigned int workers)
{
	struct placement p;

	assert_int_equal(topo_place(&topo, workers, NULL, &p, NULL), 0);
	assert_int_equal(p.workers, workers);
	return p;
}

static void one_cpu_is_shared_by_everybody(void **state __unused)
{
	struct placement p;

	machine(1, 1, 1);
	p = placed(1);
	assert_int_equal(p.source_cpu, 0);
	assert_int_equal(p.sink_cpu, 0);
	assert_int_equal(p.dut_cpu[0], 0);
	assert_true(p.source_sink_shared && p.dut_shared);
	assert_string_equal(p.why, "only CPU 0 may be used: source, DUT and sink share it, so "
			    "every figure is too low");
}

static void two_cpus_give_the_dut_its_own(void **state __unused)
{
	struct placement p;

	machine(1, 2, 1);
	p = placed(1);
	assert_int_equal(p.dut_cpu[0], 1);
	assert_int_equal(p.source_cpu, 0);
	assert_int_equal(p.sink_cpu, 0);
	assert_true(p.source_sink_shared);
	assert_false(p.dut_shared);
	assert_string_equal(p.why, "fewer CPUs than roles: source and sink share CPU 0, the DUT "
			    "on CPU 1; the DUT on cores of its own");
}

static void one_core_with_two_threads_says_that_the_dut_shares_it(void **state __unused)
{
	struct placement p;

	machine(1, 1, 2);
	p = placed(1);
	assert_true(p.source_sink_shared);
	assert_int_not_equal(p.dut_cpu[0], p.source_cpu);
	assert_non_null(strstr(p.why, "the DUT shares a core with source or sink"));
}

static void roles_take_whole_cores_while_there_are_some(void **state __unused)
{
	struct placement p;

	machine(1, 4, 2);
	p = placed(1);
	assert_int_equal(p.dut_cpu[0], 1);
	assert_int_not_equal(core_of(p.source_cpu), core_of(p.dut_cpu[0]));
	assert_int_not_equal(core_of(p.sink_cpu), core_of(p.dut_cpu[0]));
	assert_int_not_equal(core_of(p.source_cpu), core_of(p.sink_cpu));
	assert_false(p.source_sink_shared);
	assert_non_null(strstr(p.why, "each on a core of its own"));
}

static void dut_avoids_cpu_0_while_it_has_a_choice(void **state __unused)
{
	struct placement p;

	machine(1, 4, 1);
	p = placed(2);
	assert_int_not_equal(p.dut_cpu[0], 0);
	assert_int_not_equal(p.dut_cpu[1], 0);
	assert_true(p.source_cpu == 0 || p.sink_cpu == 0);
}

static void source_and_sink_share_a_core_before_one_joins_the_dut(void **state __unused)
{
	struct placement p;

	machine(1, 2, 2);
	p = placed(1);
	assert_int_not_equal(p.source_cpu, p.sink_cpu);
	assert_int_equal(core_of(p.source_cpu), core_of(p.sink_cpu));
	assert_int_not_equal(core_of(p.source_cpu), core_of(p.dut_cpu[0]));
	assert_non_null(strstr(p.why, "source and sink on one core"));
}

static void everybody_stays_on_one_node_while_it_has_room(void **state __unused)
{
	struct placement p;

	machine(2, 4, 1);
	p = placed(2);
	assert_int_equal(topo_node_of(&topo, p.source_cpu), 0);
	assert_int_equal(topo_node_of(&topo, p.sink_cpu), 0);
	assert_int_equal(topo_node_of(&topo, p.dut_cpu[0]), 0);
	assert_int_equal(topo_node_of(&topo, p.dut_cpu[1]), 0);
}

static void a_later_node_is_taken_when_only_it_has_room(void **state __unused)
{
	struct placement p;

	machine(2, 4, 1);
	/* of node 0 only CPUs 0 and 1 may be used */
	memmove(&topo.cpu[2], &topo.cpu[4], 4 * sizeof(topo.cpu[0]));
	topo.cpus = 6;
	p = placed(2);
	assert_int_equal(topo_node_of(&topo, p.source_cpu), 1);
	assert_int_equal(topo_node_of(&topo, p.sink_cpu), 1);
	assert_int_equal(topo_node_of(&topo, p.dut_cpu[0]), 1);
	assert_int_equal(topo_node_of(&topo, p.dut_cpu[1]), 1);
}

static void a_full_node_spills_onto_the_next(void **state __unused)
{
	struct placement p;

	machine(2, 4, 1);
	p = placed(6);
	assert_non_null(strstr(p.why, "on several nodes"));
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_not_equal(p.dut_cpu[i], p.source_cpu);
		assert_int_not_equal(p.dut_cpu[i], p.sink_cpu);
		for (unsigned int j = 0; j < i; j++)
			assert_int_not_equal(p.dut_cpu[i], p.dut_cpu[j]);
	}
}

static void more_workers_than_cpus_are_refused(void **state __unused)
{
	struct placement p;
	struct err err;

	machine(1, 2, 1);
	assert_int_equal(topo_place(&topo, 2, NULL, &p, &err), -ERANGE);
	assert_string_equal(err.text, "placement: 2 DUT workers, source and sink need at least 3 "
			    "CPUs, but 2 may be used; ask for fewer workers");
}

static void workers_out_of_range_are_refused(void **state __unused)
{
	struct placement p;
	struct err err;

	machine(4, 64, 1);
	assert_int_equal(topo_place(&topo, 0, NULL, &p, &err), -EINVAL);
	assert_int_equal(topo_place(&topo, PLACEMENT_WORKERS_MAX + 1, NULL, &p, &err), -EINVAL);
	assert_string_equal(err.text, "placement: 65 DUT workers: must be 1 to 64");
}

static void asked_for_cpus_are_used_as_they_are(void **state __unused)
{
	const int cpus[] = { 3, 2, 0, 1 };
	struct placement p;

	machine(1, 4, 1);
	assert_int_equal(topo_place(&topo, 2, cpus, &p, NULL), 0);
	assert_int_equal(p.source_cpu, 3);
	assert_int_equal(p.sink_cpu, 2);
	assert_int_equal(p.dut_cpu[0], 0);
	assert_int_equal(p.dut_cpu[1], 1);
	assert_false(p.source_sink_shared);
	assert_string_equal(p.why, "as asked for: source on CPU 3, sink on CPU 2, 2 DUT workers "
			    "from CPU 0 on; each on a core of its own");
}

static void source_and_sink_may_be_asked_onto_one_cpu(void **state __unused)
{
	const int cpus[] = { 3, 3, 0 };
	struct placement p;

	machine(1, 4, 1);
	assert_int_equal(topo_place(&topo, 1, cpus, &p, NULL), 0);
	assert_true(p.source_sink_shared);
}

static void asked_for_cpu_that_does_not_exist_is_refused(void **state __unused)
{
	const int cpus[] = { 0, 1, 7 };
	struct placement p;
	struct err err;

	machine(1, 4, 1);
	assert_int_equal(topo_place(&topo, 1, cpus, &p, &err), -EINVAL);
	assert_string_equal(err.text, "placement: CPU 7 does not exist or may not be used; kpps "
			    "topo lists those that may");
}

static void asked_for_dut_cpu_must_be_its_own(void **state __unused)
{
	const int with_sink[] = { 0, 1, 1 }, with_worker[] = { 0, 1, 2, 2 };
	struct placement p;
	struct err err;

	machine(1, 4, 1);
	assert_int_equal(topo_place(&topo, 1, with_sink, &p, &err), -EINVAL);
	assert_string_equal(err.text, "placement: CPU 1 is asked for as DUT worker 0 and as sink: "
			    "a worker's CPU must be its own");
	assert_int_equal(topo_place(&topo, 2, with_worker, &p, &err), -EINVAL);
	assert_string_equal(err.text, "placement: CPU 2 is asked for as DUT worker 1 and as "
			    "another: a worker's CPU must be its own");
}

static void drawing_names_every_role(void **state __unused)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	machine(1, 4, 2);
	topo_print(&topo, out);
	fclose(out);
	assert_non_null(strstr(text, "8 CPUs, 4 cores, 1 NUMA nodes, 1 packages"));
	assert_non_null(strstr(text, "    core 1    CPU 1   <- DUT\n"));
	assert_non_null(strstr(text, "<- source\n"));
	assert_non_null(strstr(text, "<- sink\n"));
	assert_non_null(strstr(text, "placement: source on CPU "));
	free(text);
}

static void this_machine_has_the_cpus_this_thread_may_use(void **state __unused)
{
	cpu_set_t may;
	struct err err;

	assert_int_equal(sched_getaffinity(0, sizeof(may), &may), 0);
	assert_int_equal(topo_read(&topo, &err), 0);
	assert_int_equal(topo.cpus, CPU_COUNT(&may));
	for (unsigned int i = 0; i < topo.cpus; i++) {
		assert_true(CPU_ISSET(topo.cpu[i].cpu, &may));
		assert_int_equal(topo_node_of(&topo, topo.cpu[i].cpu), topo.cpu[i].node);
	}
	assert_in_range(topo.cores, 1, topo.cpus);
	assert_in_range(topo.nodes, 1, topo.cpus);
	assert_int_equal(topo_node_of(&topo, -1), -1);
}

static void pinned_thread_runs_where_it_was_put(void **state __unused)
{
	cpu_set_t before;

	assert_int_equal(topo_read(&topo, NULL), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(topo_pin(&topo, topo.cpu[topo.cpus - 1].cpu), 0);
	assert_int_equal(sched_getcpu(), topo.cpu[topo.cpus - 1].cpu);
	assert_int_equal(topo_pin(&topo, 100000), -EINVAL);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void memory_is_zeroed_and_writable_to_its_last_byte(void **state __unused)
{
	const size_t sizes[] = { 1, 4096, 100000, 1 << 20, (2 << 20) + 1, 5 << 20 };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		const char *backing = NULL;
		u8 *p = mem_alloc(sizes[i], i & 1 ? 0 : -1, &backing), any = 0;

		assert_non_null(p);
		assert_non_null(backing);
		for (size_t at = 0; at < sizes[i]; at++)
			any |= p[at];
		assert_int_equal(any, 0);
		assert_int_equal((uintptr_t)p % 4096, 0);
		memset(p, 0xff, sizes[i]);
		mem_free(p, sizes[i]);
	}
	mem_free(NULL, 1);
}

static void impossible_memory_is_null(void **state __unused)
{
	assert_null(mem_alloc(0, -1, NULL));
	assert_null(mem_alloc(SIZE_MAX, -1, NULL));
	assert_null(mem_alloc(1ULL << 60, -1, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cpu_is_shared_by_everybody),
		cmocka_unit_test(two_cpus_give_the_dut_its_own),
		cmocka_unit_test(one_core_with_two_threads_says_that_the_dut_shares_it),
		cmocka_unit_test(roles_take_whole_cores_while_there_are_some),
		cmocka_unit_test(dut_avoids_cpu_0_while_it_has_a_choice),
		cmocka_unit_test(source_and_sink_share_a_core_before_one_joins_the_dut),
		cmocka_unit_test(everybody_stays_on_one_node_while_it_has_room),
		cmocka_unit_test(a_later_node_is_taken_when_only_it_has_room),
		cmocka_unit_test(a_full_node_spills_onto_the_next),
		cmocka_unit_test(more_workers_than_cpus_are_refused),
		cmocka_unit_test(workers_out_of_range_are_refused),
		cmocka_unit_test(asked_for_cpus_are_used_as_they_are),
		cmocka_unit_test(source_and_sink_may_be_asked_onto_one_cpu),
		cmocka_unit_test(asked_for_cpu_that_does_not_exist_is_refused),
		cmocka_unit_test(asked_for_dut_cpu_must_be_its_own),
		cmocka_unit_test(drawing_names_every_role),
		cmocka_unit_test(this_machine_has_the_cpus_this_thread_may_use),
		cmocka_unit_test(pinned_thread_runs_where_it_was_put),
		cmocka_unit_test(memory_is_zeroed_and_writable_to_its_last_byte),
		cmocka_unit_test(impossible_memory_is_null),
	};

	return cmocka_run_group_tests_name("topo", tests, NULL, NULL);
}
