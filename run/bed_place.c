// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_place.c - which CPU treats the packets of the DUT in the netns testbed.
 *
 *	same		veth hands a frame to the CPU that sent it: all of them the
 *			source's, the DUT and an XDP sink included
 *	split		receive packet steering of the DUT's links to the DUT's CPU
 *	threaded	NAPI of the DUT's links in kernel threads, pinned to the DUT's
 *			CPU; far's in one pinned to the sink's
 *
 * The links, and with them all of this, end with their namespaces.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/kthread.h"
#include "run/bed.h"
#include "run/flags.h"
#include "run/net/sysfs.h"

int bed_sources(struct bed *n, struct err *err)
{
	unsigned int want = max(n->point->sources, 1u), i;
	char names[64];

	n->source_cpus[0] = n->place.source_cpu;
	n->nsources = 1;
	if (want > 1 && !n->source_ops)
		return err_set(err, -EINVAL, "placement.sources: %u CPUs can send with source %s only, not %s",
			       want, kernel_source_names(KERNEL_WAY_OUT, names, sizeof(names)),
			       n->point->source);
	for (i = 0; i < n->topo.cpus && n->nsources < want; i++)
		if (n->topo.cpu[i].cpu != n->place.source_cpu)
			n->source_cpus[n->nsources++] = n->topo.cpu[i].cpu;
	if (n->nsources < want)
		return err_set(err, -ERANGE, "placement.sources: %u CPUs are wanted, %u are here",
			       want, n->nsources);
	if (want > 1)
		bed_say(n, "%u CPUs send\n", want);
	return 0;
}

/* Packets that are too many for one interrupt are treated by this thread. */
static void find_ksoftirqd(struct bed *n)
{
	char name[32];

	snprintf(name, sizeof(name), "ksoftirqd/%d", n->place.dut_cpu[0]);
	kthreads_find(name, true, &n->ksoftirqd, 1);
}

int bed_place(struct bed *n, struct err *err)
{
	int rc = testbed_place(n->point, &n->topo, &n->place, err);

	if (rc)
		return rc;
	n->tb.alone = n->point->placement == PLACEMENT_SAME && !n->dut->step;
	if (n->tb.alone) {
		/* one CPU does it all: the DUT's, which is the quieter one */
		n->place.source_cpu = n->place.sink_cpu = n->place.dut_cpu[0];
		bed_say(n, "source, DUT and sink on CPU %d\n", n->place.dut_cpu[0]);
		n->tb.flags |= 1u << FLAG_SHARED_DUT;
		find_ksoftirqd(n);
		return bed_sources(n, err);
	}
	if (n->place.source_sink_shared)
		n->tb.flags |= 1u << FLAG_SHARED_CPU;
	if (n->place.dut_shared)
		n->tb.flags |= 1u << FLAG_SHARED_DUT;
	bed_say(n, "%s\n", n->place.why);
	return bed_sources(n, err);
}

/* The mask of one CPU as sysfs wants it: words of 32 bits, the highest first. */
static void cpu_mask(int cpu, char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "%x", 1U << cpu % 32);
	int word;

	for (word = cpu / 32; word > 0 && len < size; word--)
		len += (size_t)snprintf(buf + len, size - len, ",00000000");
}

static int steer(struct bed *n, enum path_hop hop, int cpu, struct err *err)
{
	const struct rtnl_link *l = &n->path.link[hop];
	char file[64], mask[TOPO_CPUS_MAX / 32 * 9 + 9];
	unsigned int q;
	int rc = 0;

	cpu_mask(cpu, mask, sizeof(mask));
	for (q = 0; q < max(l->rx_queues, 1u) && !rc; q++) {
		snprintf(file, sizeof(file), "queues/rx-%u/rps_cpus", q);
		rc = sysfs_net_write(n->path.hop_netns[hop], l->name, file, mask, err);
	}
	return rc;
}

#define NAPI_THREADS_MAX 256

struct napi_threads {
	unsigned int n;
	pid_t pid[NAPI_THREADS_MAX];
};

/* What lies behind the dash is cut off in long names. */
static void find_threads(const char *link, struct napi_threads *ret)
{
	char name[32];

	snprintf(name, sizeof(name), "napi/%.10s-", link);
	ret->n = kthreads_find(name, false, ret->pid, NAPI_THREADS_MAX);
}

static bool has(const struct napi_threads *t, pid_t pid)
{
	unsigned int i;

	for (i = 0; i < t->n; i++)
		if (t->pid[i] == pid)
			return true;
	return false;
}

/* Other namespaces may have a link of this name: the new threads are ours. */
static int thread_on(struct bed *n, enum path_hop hop, int cpu, struct err *err)
{
	const struct rtnl_link *l = &n->path.link[hop];
	struct napi_threads before, after;
	unsigned int i, pinned = 0;
	cpu_set_t set;
	int rc;

	find_threads(l->name, &before);
	rc = sysfs_net_write(n->path.hop_netns[hop], l->name, "threaded", "1", err);
	if (rc)
		return rc;
	find_threads(l->name, &after);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	for (i = 0; i < after.n; i++) {
		if (has(&before, after.pid[i]))
			continue;
		if (sched_setaffinity(after.pid[i], sizeof(set), &set))
			return err_set(err, -errno, "the NAPI thread of %s can't be pinned to CPU %d: %s",
				       l->name, cpu, strerror(errno));
		pinned++;
	}
	if (!pinned)
		return err_set(err, -ENOTSUP, "%s has no NAPI thread: set dut.gro: yes", l->name);
	return 0;
}

int bed_place_apply(struct bed *n, struct err *err)
{
	int cpu = n->place.dut_cpu[0], rc = 0;

	switch (n->point->placement) {
	case PLACEMENT_AUTO:
	case PLACEMENT_SAME:
		break;
	case PLACEMENT_SPLIT:
		rc = steer(n, HOP_IN, cpu, err);
		if (!rc)
			rc = steer(n, HOP_OUT, cpu, err);
		break;
	case PLACEMENT_THREADED:
		rc = thread_on(n, HOP_IN, cpu, err);
		if (!rc)
			rc = thread_on(n, HOP_OUT, cpu, err);
		if (!rc)
			rc = thread_on(n, HOP_FAR, n->place.sink_cpu, err);
		break;
	}
	return rc;
}
