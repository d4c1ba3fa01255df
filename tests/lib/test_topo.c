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
#include <sys/stat.h>
#include <unistd.h>
#include <ftw.h>

#include "lib/topo.h"
#include "lib/topo_ports.h"

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

static void remote_source_and_sink_are_on_another_node(void **state __unused)
{
	struct placement p;

	machine(2, 4, 1);
	assert_int_equal(topo_place_remote(&topo, 2, &p, NULL), 0);
	assert_int_equal(topo_node_of(&topo, p.dut_cpu[0]), topo_node_of(&topo, p.dut_cpu[1]));
	assert_int_not_equal(topo_node_of(&topo, p.source_cpu), topo_node_of(&topo, p.dut_cpu[0]));
	assert_int_equal(topo_node_of(&topo, p.sink_cpu), topo_node_of(&topo, p.source_cpu));
	assert_int_not_equal(p.sink_cpu, p.source_cpu);
	assert_non_null(strstr(p.why, "on several nodes"));
}

static void remote_with_a_core_a_node_shares_the_other_one(void **state __unused)
{
	struct placement p;

	machine(2, 1, 2);
	assert_int_equal(topo_place_remote(&topo, 1, &p, NULL), 0);
	assert_true(p.source_sink_shared);
	assert_int_equal(p.sink_cpu, p.source_cpu);
	assert_int_not_equal(p.dut_cpu[0], p.source_cpu);
}

static void remote_needs_two_nodes_and_room(void **state __unused)
{
	struct placement p;
	struct err err;

	machine(1, 4, 1);
	assert_int_equal(topo_place_remote(&topo, 1, &p, &err), -ERANGE);
	assert_string_equal(err.text, "placement: remote needs two NUMA nodes with CPUs that may be "
			    "used, this machine has 1");
	machine(2, 2, 1);
	assert_int_equal(topo_place_remote(&topo, 3, &p, &err), -ERANGE);
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

/* ------------------------------------------------ ports of a machine made up here */

static char root[64];

static void folder(const char *name)
{
	char path[256], *c;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (c = path + strlen(root) + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		mkdir(path, 0755);
		*c = '/';
	}
	mkdir(path, 0755);
	assert_int_equal(access(path, W_OK), 0);
}

static void file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void link_to(const char *name, const char *target)
{
	char path[256], to[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	snprintf(to, sizeof(to), "%s/%s", root, target);
	assert_int_equal(symlink(to, path), 0);
}

static void irq(int number, const char *name, const char *may, const char *now)
{
	char path[128];

	snprintf(path, sizeof(path), "proc/irq/%d/%s", number, name);
	folder(path);
	snprintf(path, sizeof(path), "proc/irq/%d/smp_affinity_list", number);
	file(path, may);
	snprintf(path, sizeof(path), "proc/irq/%d/effective_affinity_list", number);
	if (now)
		file(path, now);
}

/* A NIC on a slower link than it could have, a virtio port, a bridge and lo. */
static int made_up_ports(void **state __unused)
{
	strcpy(root, "/tmp/kpps-topo-XXXXXX");
	assert_non_null(mkdtemp(root));
#define NIC "sys/devices/pci0000:00/0000:03:00.0/"
	folder(NIC "msi_irqs");
	file(NIC "msi_irqs/71", "msix\n");
	file(NIC "msi_irqs/70", "msix\n");
	file(NIC "msi_irqs/99", "msix\n");		/* not in use */
	file(NIC "numa_node", "1\n");
	file(NIC "current_link_speed", "8.0 GT/s PCIe\n");
	file(NIC "current_link_width", "4\n");
	file(NIC "max_link_speed", "8.0 GT/s PCIe\n");
	file(NIC "max_link_width", "8\n");
	folder("sys/bus/pci/drivers/ice");
	link_to(NIC "driver", "sys/bus/pci/drivers/ice");
	folder("sys/class/net/ens1f0/queues/rx-0");
	folder("sys/class/net/ens1f0/queues/rx-1");
	folder("sys/class/net/ens1f0/queues/tx-0");
	link_to("sys/class/net/ens1f0/device", "sys/devices/pci0000:00/0000:03:00.0");
	file("sys/class/net/ens1f0/operstate", "up\n");
	file("sys/class/net/ens1f0/speed", "25000\n");
	irq(70, "ice-ens1f0-TxRx-0", "0-7\n", "2\n");
	irq(71, "ice-ens1f0-TxRx-1", "3\n", NULL);
#define VIRTIO "sys/devices/pci0000:00/0000:00:03.0/"
	folder(VIRTIO "virtio2");
	folder(VIRTIO "msi_irqs");
	file(VIRTIO "msi_irqs/38", "msix\n");
	file(VIRTIO "numa_node", "-1\n");
	folder("sys/bus/virtio/drivers/virtio_net");
	link_to(VIRTIO "virtio2/driver", "sys/bus/virtio/drivers/virtio_net");
	folder("sys/class/net/eth0");
	link_to("sys/class/net/eth0/device", "sys/devices/pci0000:00/0000:00:03.0/virtio2");
	file("sys/class/net/eth0/operstate", "down\n");
	irq(38, "virtio2-input.0", "0-1\n", "0-1\n");
	folder("sys/class/net/br0");
	file("sys/class/net/br0/uevent", "DEVTYPE=bridge\nINTERFACE=br0\nIFINDEX=4\n");
	folder("sys/class/net/lo");
	file("sys/class/net/bonding_masters", "\n");
	return 0;
}

static int unlink_one(const char *path, const struct stat *st __unused, int flag __unused,
		      struct FTW *ftw __unused)
{
	return remove(path);
}

static int no_ports(void **state __unused)
{
	return nftw(root, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void ports_are_read_from_sysfs(void **state __unused)
{
	static struct topo_ports p;
	const struct topo_port *nic;

	assert_int_equal(topo_ports_read(root, &p, NULL), 0);
	assert_int_equal(p.n, 4);
	assert_string_equal(p.port[0].name, "br0");
	assert_string_equal(p.port[0].driver, "bridge");
	assert_false(p.port[0].hardware);
	assert_string_equal(p.port[2].name, "eth0");
	assert_string_equal(p.port[2].driver, "virtio_net");
	assert_string_equal(p.port[2].bus, "0000:00:03.0");
	assert_int_equal(p.port[2].node, -1);
	assert_int_equal(p.port[2].nirqs, 1);
	assert_false(p.port[2].up);
	nic = &p.port[1];
	assert_string_equal(nic->driver, "ice");
	assert_int_equal(nic->node, 1);
	assert_int_equal(nic->link_width, 4);
	assert_int_equal(nic->link_max_width, 8);
	assert_int_equal(nic->mbps, 25000);
	assert_int_equal(nic->rx_queues, 2);
	assert_int_equal(nic->tx_queues, 1);
	assert_int_equal(nic->nirqs, 2);
	assert_int_equal(nic->irq[0].irq, 70);
	assert_string_equal(nic->irq[0].name, "ice-ens1f0-TxRx-0");
	assert_string_equal(nic->irq[0].now, "2");
	assert_string_equal(nic->irq[1].now, "");
	topo_ports_release(&p);
}

static void ports_are_drawn_with_link_node_and_irqs(void **state __unused)
{
	static struct topo_ports p;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(topo_ports_read(root, &p, NULL), 0);
	topo_ports_print(&p, 0, out);
	fclose(out);
	assert_string_equal(text,
		"ports\n"
		"  ens1f0  ice, 0000:03:00.0, 8.0 GT/s PCIe x4 (could do 8.0 GT/s PCIe x8), node 1 (the "
		"DUT would run on another: every packet crosses), 2 rx and 1 tx queues, 25000 Mbit/s\n"
		"    IRQ 70   ice-ens1f0-TxRx-0        CPU 2 (may: 0-7)\n"
		"    IRQ 71   ice-ens1f0-TxRx-1        CPU 3\n"
		"  eth0  virtio_net, 0000:00:03.0, 0 rx and 0 tx queues, down\n"
		"    IRQ 38   virtio2-input.0          CPU 0-1\n"
		"  virtual: br0 (bridge), lo\n");
	free(text);
	topo_ports_release(&p);
}

static void port_on_the_node_of_the_dut_is_not_pointed_at(void **state __unused)
{
	static struct topo_ports p;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(topo_ports_read(root, &p, NULL), 0);
	topo_ports_print(&p, 1, out);
	fclose(out);
	assert_non_null(strstr(text, ", node 1, 2 rx"));
	free(text);
	topo_ports_release(&p);
}

static void many_irqs_are_cut_short(void **state __unused)
{
	static struct topo_ports p;
	char *text = NULL, name[64];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 100; i < 130; i++) {
		snprintf(name, sizeof(name), NIC "msi_irqs/%d", i);
		file(name, "msix\n");
		irq(i, "ice-more", "0\n", "0\n");
	}
	assert_int_equal(topo_ports_read(root, &p, NULL), 0);
	topo_ports_print(&p, -1, out);
	fclose(out);
	assert_non_null(strstr(text, "    and 16 IRQs more\n"));
	assert_null(strstr(text, "crosses"));
	free(text);
	topo_ports_release(&p);
}

static void machine_without_sysfs_is_an_exact_error(void **state __unused)
{
	static struct topo_ports p;
	struct err err;

	assert_int_equal(topo_ports_read("/nowhere", &p, &err), -ENOENT);
	assert_string_equal(err.text, "/nowhere/sys/class/net: No such file or directory: mount "
			    "sysfs to see network ports");
	assert_int_equal(p.n, 0);
}

static void ports_of_this_machine_have_lo(void **state __unused)
{
	static struct topo_ports p;
	bool lo = false;

	assert_int_equal(topo_ports_read("", &p, NULL), 0);
	for (unsigned int i = 0; i < p.n; i++)
		lo |= !strcmp(p.port[i].name, "lo") && !p.port[i].hardware;
	assert_true(lo);
	topo_ports_release(&p);
}

#define MADE_UP(f) cmocka_unit_test_setup_teardown(f, made_up_ports, no_ports)

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
		cmocka_unit_test(remote_source_and_sink_are_on_another_node),
		cmocka_unit_test(remote_with_a_core_a_node_shares_the_other_one),
		cmocka_unit_test(remote_needs_two_nodes_and_room),
		cmocka_unit_test(asked_for_cpus_are_used_as_they_are),
		cmocka_unit_test(source_and_sink_may_be_asked_onto_one_cpu),
		cmocka_unit_test(asked_for_cpu_that_does_not_exist_is_refused),
		cmocka_unit_test(asked_for_dut_cpu_must_be_its_own),
		cmocka_unit_test(drawing_names_every_role),
		MADE_UP(ports_are_read_from_sysfs),
		MADE_UP(ports_are_drawn_with_link_node_and_irqs),
		MADE_UP(port_on_the_node_of_the_dut_is_not_pointed_at),
		MADE_UP(many_irqs_are_cut_short),
		cmocka_unit_test(machine_without_sysfs_is_an_exact_error),
		cmocka_unit_test(ports_of_this_machine_have_lo),
		cmocka_unit_test(this_machine_has_the_cpus_this_thread_may_use),
		cmocka_unit_test(pinned_thread_runs_where_it_was_put),
		cmocka_unit_test(memory_is_zeroed_and_writable_to_its_last_byte),
		cmocka_unit_test(impossible_memory_is_null),
	};

	return cmocka_run_group_tests_name("topo", tests, NULL, NULL);
}
