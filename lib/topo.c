// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * topo.c - reads the machine, places roles on it, pins threads; see topo.h. A
 * struct topo is the caller's, read once before any thread is pinned and only
 * read after that. Placement is arithmetic on it and asks the machine nothing.
 */
#include "lib/topo.h"

#include <errno.h>
#include <hwloc.h>
#include <numa.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- the machine */

static u64 cache_bytes(hwloc_topology_t hw, hwloc_obj_type_t type)
{
	hwloc_obj_t obj = hwloc_get_obj_by_type(hw, type, 0);

	return obj && obj->attr ? obj->attr->cache.size : 0;
}

static u64 huge_free_bytes(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	unsigned long long n = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%llu", &n) != 1)
		n = 0;
	fclose(f);
	return n << 21;
}

static int ancestor_index(hwloc_topology_t hw, hwloc_obj_t pu, hwloc_obj_type_t type, int none)
{
	hwloc_obj_t obj = hwloc_get_ancestor_obj_by_type(hw, type, pu);

	return obj ? (int)obj->logical_index : none;
}

static struct topo_cpu cpu_describe(hwloc_topology_t hw, hwloc_obj_t pu)
{
	int node = pu->nodeset ? hwloc_bitmap_first(pu->nodeset) : 0;

	node = max(node, 0);
	return (struct topo_cpu){
		.cpu = (int)pu->os_index,
		.core = ancestor_index(hw, pu, HWLOC_OBJ_CORE, (int)pu->logical_index),
		.node = node,
		.package = ancestor_index(hw, pu, HWLOC_OBJ_PACKAGE, 0),
	};
}

static int cpu_compare(const void *va, const void *vb)
{
	const struct topo_cpu *a = va, *b = vb;

	if (a->package != b->package)
		return a->package - b->package;
	if (a->node != b->node)
		return a->node - b->node;
	if (a->core != b->core)
		return a->core - b->core;
	return a->cpu - b->cpu;
}

/* The CPUs are sorted: whatever differs from the one before is new. */
static void topo_count(struct topo *t)
{
	t->cores = t->nodes = t->packages = t->cpus > 0;
	for (unsigned int i = 1; i < t->cpus; i++) {
		t->cores += t->cpu[i].core != t->cpu[i - 1].core;
		t->packages += t->cpu[i].package != t->cpu[i - 1].package;
		t->nodes += t->cpu[i].node != t->cpu[i - 1].node;
	}
}

static void topo_fill(struct topo *t, hwloc_topology_t hw, hwloc_const_cpuset_t may)
{
	hwloc_obj_t pu = NULL;

	while ((pu = hwloc_get_next_obj_by_type(hw, HWLOC_OBJ_PU, pu))) {
		if (t->cpus == TOPO_CPUS_MAX)
			break;
		if (hwloc_bitmap_isset(may, pu->os_index))
			t->cpu[t->cpus++] = cpu_describe(hw, pu);
	}
	qsort(t->cpu, t->cpus, sizeof(t->cpu[0]), cpu_compare);
	topo_count(t);
	t->l2_bytes = cache_bytes(hw, HWLOC_OBJ_L2CACHE);
	t->l3_bytes = cache_bytes(hw, HWLOC_OBJ_L3CACHE);
	t->huge_free_bytes = huge_free_bytes();
}

int topo_read(struct topo *t, struct err *err)
{
	hwloc_topology_t hw;
	hwloc_bitmap_t may;
	int ret;

	memset(t, 0, sizeof(*t));
	if (hwloc_topology_init(&hw))
		return err_set(err, -ENOMEM, "topology: out of memory");
	if (hwloc_topology_load(hw)) {
		ret = err_set(err, -EIO, "topology: hwloc cannot read this machine");
		goto out_topology;
	}
	may = hwloc_bitmap_alloc();
	if (!may) {
		ret = err_set(err, -ENOMEM, "topology: out of memory");
		goto out_topology;
	}
	/* hwloc leaves out what the cgroup forbids; affinity it only tells */
	if (hwloc_get_cpubind(hw, may, HWLOC_CPUBIND_THREAD))
		hwloc_bitmap_fill(may);
	topo_fill(t, hw, may);
	ret = t->cpus ? 0 : err_set(err, -EIO, "topology: hwloc finds no CPU that may be used");
	hwloc_bitmap_free(may);
out_topology:
	hwloc_topology_destroy(hw);
	return ret;
}

static const struct topo_cpu *topo_find(const struct topo *t, int cpu)
{
	for (unsigned int i = 0; i < t->cpus; i++)
		if (t->cpu[i].cpu == cpu)
			return &t->cpu[i];
	return NULL;
}

int topo_node_of(const struct topo *t, int cpu)
{
	const struct topo_cpu *c = topo_find(t, cpu);

	return c ? c->node : -1;
}

int topo_pin(const struct topo *t, int cpu)
{
	const struct topo_cpu *c = topo_find(t, cpu);
	size_t size;
	cpu_set_t *set;
	int ret = 0;

	if (!c)
		return -EINVAL;
	set = CPU_ALLOC((size_t)cpu + 1);
	if (!set)
		return -ENOMEM;
	size = CPU_ALLOC_SIZE((size_t)cpu + 1);
	CPU_ZERO_S(size, set);
	CPU_SET_S((size_t)cpu, size, set);
	if (sched_setaffinity(0, size, set))
		ret = -errno;
	CPU_FREE(set);
	if (!ret && numa_available() >= 0)
		numa_set_preferred(c->node);
	return ret;
}

/* --------------------------------------------------------------- placement */

enum taker { FREE, LOAD, DUT };	/* LOAD: source or sink */

struct choice {
	const struct topo *t;
	int home;			/* the node everybody should be on */
	int boot_core;			/* of CPU 0; -1 when it isn't here */
	enum taker cpu[TOPO_CPUS_MAX];	/* by index in t->cpu */
};

static enum taker core_taker(const struct choice *c, int core)
{
	enum taker taker = FREE;

	for (unsigned int i = 0; i < c->t->cpus; i++)
		if (c->t->cpu[i].core == core)
			taker = max(taker, c->cpu[i]);
	return taker;
}

/*
 * What speaks against this CPU for @role: first a sibling thread at work, a
 * load's less than the DUT's; then another node; then, for the DUT, CPU 0.
 */
static unsigned int cpu_cost(const struct choice *c, unsigned int i, enum taker role)
{
	const struct topo_cpu *cpu = &c->t->cpu[i];

	return (unsigned int)core_taker(c, cpu->core) * 4 + (cpu->node != c->home) * 2U +
	       (role == DUT && cpu->core == c->boot_core);
}

static int take_cpu(struct choice *c, enum taker role)
{
	unsigned int best = 0, best_cost = ~0U;

	for (unsigned int i = 0; i < c->t->cpus; i++) {
		unsigned int cost;

		if (c->cpu[i] != FREE)
			continue;
		cost = cpu_cost(c, i, role);
		if (cost < best_cost) {
			best_cost = cost;
			best = i;
		}
	}
	c->cpu[best] = role;
	return c->t->cpu[best].cpu;
}

static unsigned int node_cores(const struct topo *t, int node)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < t->cpus; i++) {
		bool seen = false;

		if (t->cpu[i].node != node)
			continue;
		for (unsigned int j = 0; j < i && !seen; j++)
			seen = t->cpu[j].core == t->cpu[i].core;
		n += !seen;
	}
	return n;
}

/* The first node with a core for every role, else the one with most cores. */
static int home_node(const struct topo *t, unsigned int roles)
{
	unsigned int best_cores = 0;
	int best = t->cpu[0].node;

	for (unsigned int i = 0; i < t->cpus; i++) {
		unsigned int cores;

		if (i && t->cpu[i].node == t->cpu[i - 1].node)
			continue;
		cores = node_cores(t, t->cpu[i].node);
		if (cores >= roles)
			return t->cpu[i].node;
		if (cores > best_cores) {
			best_cores = cores;
			best = t->cpu[i].node;
		}
	}
	return best;
}

static void place_by_choice(const struct topo *t, struct placement *p)
{
	const struct topo_cpu *boot = topo_find(t, 0);
	unsigned int roles = p->workers + 2;
	struct choice c = { .t = t, .boot_core = boot ? boot->core : -1 };

	c.home = home_node(t, min(roles, t->cpus));
	for (unsigned int w = 0; w < p->workers; w++)
		p->dut_cpu[w] = take_cpu(&c, DUT);
	if (t->cpus == 1) {
		p->source_cpu = p->sink_cpu = p->dut_cpu[0];
		p->source_sink_shared = p->dut_shared = true;
		return;
	}
	p->source_cpu = take_cpu(&c, LOAD);
	p->source_sink_shared = t->cpus < roles;
	p->sink_cpu = p->source_sink_shared ? p->source_cpu : take_cpu(&c, LOAD);
}

static int place_as_asked(const struct topo *t, const int *cpus, struct placement *p,
			  struct err *err)
{
	for (unsigned int i = 0; i < p->workers + 2; i++) {
		if (!topo_find(t, cpus[i]))
			return err_set(err, -EINVAL, "placement: CPU %d does not exist or may not "
				       "be used; kpps topo lists those that may", cpus[i]);
		for (unsigned int j = 0; i >= 2 && j < i; j++)
			if (cpus[j] == cpus[i])
				return err_set(err, -EINVAL, "placement: CPU %d is asked for as "
					       "DUT worker %u and as %s: a worker's CPU must be "
					       "its own", cpus[i], i - 2,
					       j == 0 ? "source" : j == 1 ? "sink" : "another");
	}
	p->source_cpu = cpus[0];
	p->sink_cpu = cpus[1];
	p->source_sink_shared = cpus[0] == cpus[1];
	for (unsigned int w = 0; w < p->workers; w++)
		p->dut_cpu[w] = cpus[w + 2];
	return 0;
}

/* What a reader of figures must know about the placement, in one clause. */
static const char *place_caveat(const struct topo *t, const struct placement *p)
{
	const struct topo_cpu *source = topo_find(t, p->source_cpu);
	const struct topo_cpu *sink = topo_find(t, p->sink_cpu);
	const char *caveat = "each on a core of its own";

	if (p->source_sink_shared)
		caveat = "the DUT on cores of its own";
	else if (source->core == sink->core)
		caveat = "source and sink on one core";
	for (unsigned int w = 0; w < p->workers; w++) {
		const struct topo_cpu *dut = topo_find(t, p->dut_cpu[w]);

		if (dut->node != source->node || dut->node != sink->node)
			caveat = "on several nodes";
		for (unsigned int v = 0; v < w; v++)
			if (topo_find(t, p->dut_cpu[v])->core == dut->core)
				caveat = "DUT workers share cores";
		if (dut->core == source->core || dut->core == sink->core)
			return "the DUT shares a core with source or sink";
	}
	return caveat;
}

static void place_explain(const struct topo *t, bool asked, struct placement *p)
{
	char dut[64];

	if (p->workers == 1)
		snprintf(dut, sizeof(dut), "the DUT on CPU %d", p->dut_cpu[0]);
	else
		snprintf(dut, sizeof(dut), "%u DUT workers from CPU %d on", p->workers,
			 p->dut_cpu[0]);
	if (p->dut_shared)
		snprintf(p->why, sizeof(p->why), "only CPU %d may be used: source, DUT and sink "
			 "share it, so every figure is too low", p->source_cpu);
	else if (p->source_sink_shared)
		snprintf(p->why, sizeof(p->why), "%s: source and sink share CPU %d, %s; %s",
			 asked ? "as asked for" : "fewer CPUs than roles", p->source_cpu, dut,
			 place_caveat(t, p));
	else
		snprintf(p->why, sizeof(p->why), "%ssource on CPU %d, sink on CPU %d, %s; %s",
			 asked ? "as asked for: " : "", p->source_cpu, p->sink_cpu, dut,
			 place_caveat(t, p));
}

int topo_place(const struct topo *t, unsigned int workers, const int *cpus,
	       struct placement *ret, struct err *err)
{
	struct placement p = { .workers = workers };
	int code;

	if (!workers || workers > PLACEMENT_WORKERS_MAX)
		return err_set(err, -EINVAL, "placement: %u DUT workers: must be 1 to %u", workers,
			       PLACEMENT_WORKERS_MAX);
	if (cpus) {
		code = place_as_asked(t, cpus, &p, err);
		if (code)
			return code;
	} else {
		/* a worker's figures mean nothing when it waits for another */
		if (!t->cpus || (workers > 1 && workers + 1 > t->cpus))
			return err_set(err, -ERANGE, "placement: %u DUT workers, source and sink "
				       "need at least %u CPUs, but %u may be used; ask for "
				       "fewer workers", workers, workers + 1, t->cpus);
		place_by_choice(t, &p);
	}
	place_explain(t, cpus, &p);
	*ret = p;
	return 0;
}

/* The node other than @home that has most cores; @home when there is none. */
static int other_node(const struct topo *t, int home)
{
	unsigned int best_cores = 0;
	int best = home;

	for (unsigned int i = 0; i < t->cpus; i++) {
		int node = t->cpu[i].node;

		if (node != home && node_cores(t, node) > best_cores) {
			best_cores = node_cores(t, node);
			best = node;
		}
	}
	return best;
}

int topo_place_remote(const struct topo *t, unsigned int workers, struct placement *ret,
		      struct err *err)
{
	struct placement p = { .workers = workers };
	const struct topo_cpu *boot = topo_find(t, 0);
	struct choice c = { .t = t, .boot_core = boot ? boot->core : -1 };
	int home, far;

	if (!workers || workers > PLACEMENT_WORKERS_MAX || !t->cpus)
		return err_set(err, -EINVAL, "placement: %u DUT workers: must be 1 to %u", workers,
			       PLACEMENT_WORKERS_MAX);
	home = home_node(t, workers);
	far = other_node(t, home);
	if (far == home)
		return err_set(err, -ERANGE, "placement: remote needs two NUMA nodes with CPUs that may be used, this machine has %u",
			       t->nodes);
	c.home = home;
	for (unsigned int w = 0; w < workers; w++)
		p.dut_cpu[w] = take_cpu(&c, DUT);
	c.home = far;
	p.source_cpu = take_cpu(&c, LOAD);
	/* a sibling thread would slow both down, and the DUT's node is not remote */
	p.source_sink_shared = node_cores(t, far) < 2;
	p.sink_cpu = p.source_sink_shared ? p.source_cpu : take_cpu(&c, LOAD);
	for (unsigned int w = 0; w < workers; w++)
		if (topo_node_of(t, p.dut_cpu[w]) != home)
			return err_set(err, -ERANGE, "placement: remote: node %d has too few CPUs for %u DUT workers",
				       home, workers);
	place_explain(t, false, &p);
	*ret = p;
	return 0;
}

/* ----------------------------------------------------------------- drawing */

static void print_bytes(FILE *out, const char *what, u64 bytes)
{
	if (bytes >= 1U << 20)
		fprintf(out, "%s %llu MiB", what, (unsigned long long)(bytes >> 20));
	else
		fprintf(out, "%s %llu KiB", what, (unsigned long long)(bytes >> 10));
}

static const char *cpu_role(const struct placement *p, int cpu)
{
	if (p->dut_shared && cpu == p->source_cpu)
		return "   <- source, DUT and sink";
	if (p->dut_cpu[0] == cpu)
		return "   <- DUT";
	if (p->source_sink_shared && cpu == p->source_cpu)
		return "   <- source and sink";
	if (p->source_cpu == cpu)
		return "   <- source";
	return p->sink_cpu == cpu ? "   <- sink" : "";
}

void topo_print(const struct topo *t, FILE *out)
{
	const struct topo_cpu *last = NULL;
	struct placement p;
	struct err err;

	fprintf(out, "%u CPUs, %u cores, %u NUMA nodes, %u packages", t->cpus, t->cores, t->nodes,
		t->packages);
	print_bytes(out, ";  L2", t->l2_bytes);
	print_bytes(out, ", L3", t->l3_bytes);
	print_bytes(out, ", free huge pages", t->huge_free_bytes);
	fputs("\n", out);
	if (topo_place(t, 1, NULL, &p, &err)) {
		fprintf(out, "%s\n", err.text);
		return;
	}
	for (unsigned int i = 0; i < t->cpus; i++) {
		const struct topo_cpu *c = &t->cpu[i];
		bool package = !last || last->package != c->package;
		bool node = package || last->node != c->node;

		if (package)
			fprintf(out, "package %d\n", c->package);
		if (node)
			fprintf(out, "  node %d\n", c->node);
		if (node || last->core != c->core)
			fprintf(out, "    core %-3d", c->core);
		else
			fputs("            ", out);
		fprintf(out, "  CPU %d%s\n", c->cpu, cpu_role(&p, c->cpu));
		last = c;
	}
	fprintf(out, "placement: %s\n", p.why);
}
