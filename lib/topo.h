/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * topo.h - the machine (hwloc, libnuma) and who runs where. Placement gives
 * each role (source, DUT workers, sink) a CPU, and memory on that CPU's node.
 * CPUs that the process may not use (affinity, cgroup) do not exist here.
 */
#ifndef KPPS_TOPO_H
#define KPPS_TOPO_H

#include <stdio.h>

#include "lib/compiler.h"
#include "lib/err.h"

#define TOPO_CPUS_MAX 1024

struct topo_cpu {
	int cpu;	/* as the kernel numbers it */
	int core;	/* hardware threads of one core share this */
	int node;
	int package;
};

struct topo {
	unsigned int cpus, cores, nodes, packages;
	struct topo_cpu cpu[TOPO_CPUS_MAX];	/* by package, node, core, number */
	u64 l2_bytes, l3_bytes;	/* of one cache; 0: none, or unknown */
	u64 huge_free_bytes;	/* free reserved huge pages */
};

int topo_read(struct topo *t, struct err *err);
/* topo_print - draw packages, nodes, cores, caches and the placement for one
 * DUT worker, to @out. */
void topo_print(const struct topo *t, FILE *out);

#define PLACEMENT_WORKERS_MAX 64

struct placement {
	int source_cpu, sink_cpu;
	int dut_cpu[PLACEMENT_WORKERS_MAX];
	unsigned int workers;
	bool source_sink_shared;	/* one CPU, one thread, for both */
	bool dut_shared;		/* not even the DUT has its own CPU */
	char why[256];			/* one sentence for report and topo */
};

/*
 * topo_place - the DUT gets whole cores first, then source and sink, all on
 * one node while it has room; with fewer CPUs than roles source and sink share
 * one, and with a single CPU everybody does. The core of CPU 0, where the
 * kernel's own work tends to be, is the DUT's last choice. @cpus (may be NULL)
 * is a list of 2 + workers CPUs asked for: source, sink, DUT…; source and sink
 * may be the same, a DUT worker's CPU nobody else's. Any struct topo will do.
 * -EINVAL: workers or @cpus make no sense; -ERANGE: not enough CPUs.
 */
int topo_place(const struct topo *t, unsigned int workers, const int *cpus,
	       struct placement *ret, struct err *err);
/*
 * topo_place_remote - source and sink on another node than the DUT, as when the
 * DUT's packets come from a port of another node. -ERANGE: there is one node only,
 * or the nodes have too few CPUs.
 */
int topo_place_remote(const struct topo *t, unsigned int workers, struct placement *ret,
		      struct err *err);
/* topo_node_of - -1 for a CPU that does not exist here. */
int topo_node_of(const struct topo *t, int cpu);
/* Pin the calling thread; allocations then prefer @cpu's node. */
int topo_pin(const struct topo *t, int cpu);

/*
 * mem_alloc - @size bytes, zeroed and faulted in, on @node (-1: any), on
 * reserved huge pages when there are some, else transparent huge pages, else
 * normal ones. @ret_backing (may be NULL) names which. NULL when out of memory.
 */
void *mem_alloc(size_t size, int node, const char **ret_backing);
void mem_free(void *p, size_t size);

#endif
