// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed.c - what the testbeds on network interfaces have in common on the way up
 * and down: the point's own copy, the choice of ends and clock, the claim, the
 * sink's thread, the links that are watched, and the caller's CPU and priority.
 *
 * Order of use: bed_create, bed_claim, the testbed's own set-up, bed_watch,
 * bed_ends_up, bed_threads, bed_ready; bed_destroy goes the other way, from
 * whatever state, and what it can't undo, the claim does.
 */
#include "run/bed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDS_MAX	16	/* kinds of sources and sinks in the kernel */

const struct bed_dut_ops *const bed_duts[] = {
	&bed_dut_kernel, &bed_dut_conntrack, &bed_dut_legacy, &bed_dut_nft,
	&bed_dut_native, &bed_dut_bridge, &bed_dut_bridge_legacy, &bed_dut_bridge_native,
	&bed_dut_xfrm, &bed_dut_bundled, &bed_dut_none, &bed_dut_dummy, NULL
};

const struct bed_dut_ops *bed_dut_find(const char *name)
{
	const struct bed_dut_ops *const *d = bed_duts;

	while (*d && strcmp((*d)->name, name) != 0)
		d++;
	return *d;
}

void bed_say(struct bed *n, const char *fmt, ...)
{
	size_t len = strlen(n->tb.notes);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(n->tb.notes + len, sizeof(n->tb.notes) - len, fmt, ap);
	va_end(ap);
}

int bed_in(int fd, int (*fn)(struct bed *n, struct err *err), struct bed *n,
	   struct err *err)
{
	int back, rc = netns_enter(fd, &back, err), rc_back;

	if (rc)
		return rc;
	rc = fn(n, err);
	rc_back = netns_leave(back, rc ? NULL : err);
	return rc ? rc : rc_back;
}

int bed_probe(struct err *err)
{
	if (geteuid())
		return err_set(err, -EPERM, "network namespaces need root: run kpps as root or with sudo");
	if (access("/proc/self/ns/net", F_OK))
		return err_set(err, -ENOTSUP, "this kernel has no network namespaces: it needs CONFIG_NET_NS");
	return 0;
}

/* What the kernel took once it takes for the next point too: to ask costs about 0.1 s. */
static int probe_once(const void *ops, int (*probe)(struct err *err), struct err *err)
{
	static const void *works[ENDS_MAX];
	unsigned int i = 0;
	int rc;

	while (i < ENDS_MAX && works[i] && works[i] != ops)
		i++;
	if (i < ENDS_MAX && works[i])
		return 0;
	rc = probe(err);
	if (!rc && i < ENDS_MAX)
		works[i] = ops;
	return rc;
}

static const char *automatic_source(bool no_xdp)
{
	struct err why = { 0 };

	for (const struct kernel_source_ops *const *ops = kernel_sources; *ops; ops++)
		if ((*ops)->automatic && !(no_xdp && *ops == &xdp_source_ops) && !probe_once(*ops, (*ops)->probe, &why))
			return (*ops)->name;
	return "packet";
}

static const char *automatic_sink(void)
{
	struct err why = { 0 };

	for (const struct kernel_sink_ops *const *ops = kernel_sinks; *ops; ops++)
		if (!probe_once(*ops, (*ops)->probe, &why))
			return (*ops)->name;
	return "packet";
}

int bed_probe_ends(const struct point *p, struct err *err)
{
	const struct kernel_source_ops *source = kernel_source_find(p->source);
	const struct kernel_sink_ops *sink = kernel_sink_find(p->sink);
	int rc = source ? probe_once(source, source->probe, err) : 0;

	return rc || !sink ? rc : probe_once(sink, sink->probe, err);
}

/* "auto" becomes what works here; the point is the testbed's own copy. */
static int choose_ends(struct bed *n, const struct bed_limits *limits, struct err *err)
{
	struct point *p = n->point;
	bool no_source = limits->no_kernel_source || p->direction != DIRECTION_FORWARD;

	if (!strcmp(p->source, "auto"))
		snprintf(p->source, sizeof(p->source), "%s",
			 no_source ? "packet" : automatic_source(limits->no_xdp));
	if (!strcmp(p->sink, "auto"))
		snprintf(p->sink, sizeof(p->sink), "%s",
			 limits->no_sink ? "none" : limits->no_kernel_sink ? "packet" :
			 automatic_sink());
	n->source_ops = kernel_source_find(p->source);
	n->sink_ops = kernel_sink_find(p->sink);
	return bed_probe_ends(p, err);
}

int bed_create(const struct testbed_ops *ops, const struct point *point,
	       const struct bed_limits *limits, struct bed **ret, struct err *err)
{
	struct point *own = malloc(sizeof(*own));
	struct bed *n = calloc(1, sizeof(*n));
	int rc;

	if (!n || !own) {
		free(n);
		free(own);
		return err_set(err, -ENOMEM, "out of memory");
	}
	*own = *point;
	n->tb.ops = ops;
	n->point = own;
	n->dut = bed_dut_find(own->dut.firewall);
	sched_getaffinity(0, sizeof(n->caller_cpus), &n->caller_cpus);
	n->caller_nice = poller_raise();
	rc = bed_probe(err);
	if (!rc)
		rc = choose_ends(n, limits, err);
	if (rc) {
		bed_destroy(n);
		return rc;
	}
	if (n->source_ops || n->sink_ops)
		clk_init_monotonic(&n->clk);
	else
		clk_init(&n->clk, false);
	*ret = n;
	return 0;
}

int bed_claim(struct bed *n, struct err *err)
{
	/* what a run that was killed has left; not this one's business if it fails */
	claim_clean(false, NULL, NULL, NULL);
	return claim_take(&n->claim, err);
}

bool bed_has_sink(const struct bed *n)
{
	return n->dut->path != PATH_DUMMY;
}

/* Frames of direction reverse meet the links the other way round, and of two gateways
 * the other one first. */
void bed_watch(struct bed *n)
{
	bool reverse = n->point->direction == DIRECTION_REVERSE;
	unsigned int i, nlinks = 0;

	n->hops.dut_netns = n->path.netns[reverse && n->path.kind == PATH_TUNNEL ? PATH_PEER :
					  PATH_DUT];
	n->hops.duplex = n->point->direction == DIRECTION_BOTH;
	for (i = 0; i < PATH_HOPS; i++) {
		enum path_hop hop = reverse ? PATH_HOPS - 1 - i : i;

		if (!path_has(&n->path, hop))
			continue;
		n->hops.link[nlinks].name = n->path.link[hop].name;
		n->hops.link[nlinks].netns = n->path.hop_netns[hop];
		n->hops.link[nlinks++].ifindex = n->path.link[hop].ifindex;
	}
	n->hops.nlinks = nlinks;
}

static const struct poller_ops sink_poller = {
	.step = ends_sink_step,
};

int bed_threads(struct bed *n, struct err *err)
{
	bool by_port = (!n->far.sink && bed_has_sink(n)) || (n->point->direction != DIRECTION_FORWARD && !n->near.sink);

	if (!by_port || n->place.sink_cpu == n->place.source_cpu)
		return 0;
	return poller_init(&n->sink_thread, &sink_poller, &n->ends, &n->topo, n->place.sink_cpu,
			   err);
}

static bool measures(const struct bed *n, int cpu)
{
	unsigned int i;

	for (i = 0; i < n->nsources; i++)
		if (n->source_cpus[i] == cpu)
			return true;
	return cpu == n->place.dut_cpu[0];
}

int bed_spare_cpu(const struct bed *n)
{
	unsigned int i;

	for (i = 0; i < n->topo.cpus; i++)
		if (!measures(n, n->topo.cpu[i].cpu))
			return n->topo.cpu[i].cpu;
	return n->place.source_cpu;
}

/* The caller sends; where the kernel does, it only waits. */
static int caller_cpu(const struct bed *n)
{
	return n->near.source || n->far.source ? bed_spare_cpu(n) : n->place.source_cpu;
}

void bed_ready(struct bed *n)
{
	topo_pin(&n->topo, caller_cpu(n));
}

void bed_stop(struct bed *n)
{
	poller_release(&n->sink_thread);
	bed_ends_down(n);
}

void bed_destroy(struct bed *n)
{
	struct err err = { 0 };

	if (claim_drop(n->claim, &err))
		fprintf(stderr, "kpps: %s\n", err.text);
	poller_lower(n->caller_nice);
	sched_setaffinity(0, sizeof(n->caller_cpus), &n->caller_cpus);
	json_decref(n->tb.setup);
	free(n->rules);
	free(n->point);
	free(n);
}
