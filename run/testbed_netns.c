// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * testbed_netns.c - source, DUT and sink in a network namespace each, joined by
 * veth pairs. The DUT is the running kernel, or the bundled firewall between two
 * ports; see netns.h for the parts.
 *
 * Order in up(): CPUs, claim, path, the DUT (so that eth0 takes frames), the
 * ends, and last the pinning of the caller, who is the source's thread or waits
 * for it. down() goes the other way; what it could not undo, the claim does.
 */
#include "run/testbed_netns.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run/flags.h"
#include "run/judge.h"
#include "run/bed.h"
#include "run/environment.h"

const struct bed_dut_ops *const bed_duts[] = {
	&bed_dut_kernel, &bed_dut_conntrack, &bed_dut_legacy, &bed_dut_nft,
	&bed_dut_native, &bed_dut_bridge, &bed_dut_bundled, &bed_dut_none, NULL
};

static const struct bed_dut_ops *dut_find(const char *name)
{
	const struct bed_dut_ops *const *d = bed_duts;

	while (*d && strcmp((*d)->name, name) != 0)
		d++;
	return *d;
}

static int netns_probe(struct err *err)
{
	if (geteuid())
		return err_set(err, -EPERM, "network namespaces need root: run kpps as root or with sudo");
	if (access("/proc/self/ns/net", F_OK))
		return err_set(err, -ENOTSUP, "this kernel has no network namespaces: it needs CONFIG_NET_NS");
	return 0;
}

/* "auto" becomes what works here; the point is the testbed's own copy. */
static int choose_ends(struct point *p, struct err *err)
{
	struct err why = { 0 };

	if (!strcmp(p->source, "auto"))
		snprintf(p->source, sizeof(p->source), "%s",
			 p->direction == DIRECTION_FORWARD && !xdp_source_probe(&why) ?
			 "xdp" : "packet");
	else if (!strcmp(p->source, "xdp") && xdp_source_probe(err))
		return err->code;
	if (!strcmp(p->sink, "auto"))
		snprintf(p->sink, sizeof(p->sink), "%s", xdp_sink_probe(&why) ? "packet" : "xdp");
	else if (!strcmp(p->sink, "xdp") && xdp_sink_probe(err))
		return err->code;
	return 0;
}

static int check_point(const struct point *p, const struct bed_dut_ops *dut, struct err *err)
{
	unsigned int i;

	if (!dut)
		return err_set(err, -EINVAL, "the netns testbed has no dut.firewall \"%s\"",
			       p->dut.firewall);
	if (p->dut.workers > 1)
		return err_set(err, -ERANGE, "the netns testbed has one DUT worker, not %u: set dut.workers: 1",
			       p->dut.workers);
	if (dut->step && p->placement == PLACEMENT_SAME && strcmp(p->source, "packet") != 0)
		return err_set(err, -EINVAL, "dut.firewall %s runs in this process and can't share a CPU with source %s: set placement.mode: split",
			       dut->name, p->source);
	for (i = 1; i < p->nstreams; i++) {
		const struct stream_spec *a = &p->stream[0].spec, *b = &p->stream[i].spec;

		if (memcmp(a->source_mac, b->source_mac, 6) ||
		    memcmp(a->destination_mac, b->destination_mac, 6))
			return err_set(err, -EINVAL, "streams %s and %s have different MAC addresses: on one link there is one at each end",
				       a->name, b->name);
	}
	return 0;
}

static int path_make(struct bed *n, struct err *err)
{
	const struct stream_spec *s = &n->point->stream[0].spec;
	struct path_config config = {
		.kind = n->dut->path,
		.gro = n->point->dut.gro,
		.queues = n->point->sources,
	};
	int rc;

	memcpy(config.near_mac, s->source_mac, 6);
	memcpy(config.far_mac, s->destination_mac, 6);
	rc = path_up(n->claim, &config, &n->path, err);
	n->path_up = !rc;
	n->loop_netns[0] = n->path.netns[PATH_SOURCE];
	n->loop_netns[1] = n->path.netns[PATH_SINK];
	return rc;
}

static void watch_hops(struct bed *n)
{
	unsigned int i;

	n->hops.dut_netns = n->path.netns[PATH_DUT];
	n->hops.duplex = n->point->direction == DIRECTION_BOTH;
	for (i = 0; i < PATH_HOPS; i++) {
		/* in the order in which measured frames meet them */
		unsigned int hop = n->point->direction == DIRECTION_REVERSE ? PATH_HOPS - 1 - i : i;

		n->hops.link[i].name = n->path.link[hop].name;
		n->hops.link[i].netns = n->path.hop_netns[hop];
		n->hops.link[i].ifindex = n->path.link[hop].ifindex;
	}
	n->hops.nlinks = PATH_HOPS;
}

/* Without GRO a veth has NAPI only with an XDP program, which this is. */
static int open_napi(struct bed *n, struct err *err)
{
	int rc = xdp_sink_open(&(struct xdp_sink_config){
		.ifindex = n->path.link[HOP_IN].ifindex, .streams = 1, .pass_others = true,
	}, &n->napi, err);

	return rc ? rc : xdp_sink_all_pass(n->napi, true, err);
}

static const struct poller_ops sink_poller = {
	.step = ends_sink_step,
};

static int start_threads(struct bed *n, struct err *err)
{
	bool by_port = !n->far.sink || (n->point->direction != DIRECTION_FORWARD && !n->near.sink);

	if (!by_port || n->place.sink_cpu == n->place.source_cpu)
		return 0;
	return poller_init(&n->sink_thread, &sink_poller, &n->ends, &n->topo, n->place.sink_cpu,
			   err);
}

static void netns_down(struct testbed *tb)
{
	struct bed *n = container_of(tb, struct bed, tb);
	struct err err = { 0 };

	poller_release(&n->sink_thread);
	bed_ends_down(n);
	xdp_sink_close(n->napi);
	if (n->path_up)
		n->dut->down(n);
	if (n->path_up)
		path_down(n->claim, &n->path);
	if (claim_drop(n->claim, &err))
		fprintf(stderr, "kpps: %s\n", err.text);
	poller_lower(n->caller_nice);
	sched_setaffinity(0, sizeof(n->caller_cpus), &n->caller_cpus);
	json_decref(n->tb.setup);
	free(n->rules);
	free(n->point);
	free(n);
}

/* What the kernel has, for the results; what it does not tell is null. */
static json_t *describe(const struct bed *n)
{
	const char *const names[] = {
		n->path.link[HOP_IN].name, n->path.link[HOP_OUT].name, NULL
	};
	int dut = n->path.netns[PATH_DUT];

	return json_pack("{s:o*,s:o*,s:s?}", "sysctls",
			 environment_sysctls(environment_dut_sysctls, dut), "interfaces",
			 environment_interfaces(names, dut), "rules", n->rules);
}

static int set_up(struct bed *n, struct err *err)
{
	int rc = bed_place(n, err);

	if (!rc && n->dut->probe)
		rc = n->dut->probe(n->dut, err);
	/* what a run that was killed has left; not this one's business if it fails */
	if (!rc)
		claim_clean(false, NULL, NULL, NULL);
	if (!rc)
		rc = claim_take(&n->claim, err);
	if (!rc)
		rc = path_make(n, err);
	if (rc)
		return rc;
	watch_hops(n);
	rc = n->dut->up(n, err);
	if (!rc && !n->point->dut.gro && !n->dut->step)
		rc = bed_in(n->path.netns[PATH_DUT], open_napi, n, err);
	if (!rc)
		rc = bed_ends_up(n, err);
	if (!rc)
		rc = bed_place_apply(n, err);
	if (!rc)
		rc = start_threads(n, err);
	return rc;
}

static bool measures(const struct bed *n, int cpu)
{
	unsigned int i;

	for (i = 0; i < n->nsources; i++)
		if (n->source_cpus[i] == cpu)
			return true;
	return cpu == n->place.dut_cpu[0];
}

/* The caller sends; where the kernel does, it only waits, and not on the CPUs that
 * are measured, if there is another one. */
static int caller_cpu(const struct bed *n)
{
	unsigned int i;

	if (!n->near.source && !n->far.source)
		return n->place.source_cpu;
	for (i = 0; i < n->topo.cpus; i++)
		if (!measures(n, n->topo.cpu[i].cpu))
			return n->topo.cpu[i].cpu;
	return n->place.source_cpu;
}

static int netns_up(const struct point *point, struct testbed **ret_tb, struct err *err)
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
	n->tb.ops = &testbed_netns;
	n->point = own;
	n->dut = dut_find(own->dut.firewall);
	sched_getaffinity(0, sizeof(n->caller_cpus), &n->caller_cpus);
	n->caller_nice = poller_raise();
	rc = netns_probe(err);
	if (!rc)
		rc = choose_ends(own, err);
	if (!strcmp(own->source, "xdp") || !strcmp(own->sink, "xdp"))
		clk_init_monotonic(&n->clk);
	else
		clk_init(&n->clk, false);
	if (!rc && own->placement == PLACEMENT_AUTO)
		own->placement = n->dut && n->dut->step ? PLACEMENT_SPLIT : PLACEMENT_SAME;
	if (!rc)
		rc = check_point(own, n->dut, err);
	if (!rc)
		rc = set_up(n, err);
	if (rc) {
		netns_down(&n->tb);
		return rc;
	}
	n->tb.dut_cpus = n->tb.alone ? n->source_cpus : n->place.dut_cpu;
	n->tb.setup = describe(n);
	n->tb.ndut_cpus = n->tb.alone ? n->nsources : 1;
	/* Last, so that the threads started above inherit every CPU. */
	topo_pin(&n->topo, caller_cpu(n));
	*ret_tb = &n->tb;
	return 0;
}

const struct testbed_ops testbed_netns = {
	.name = "netns",
	.help = "the running kernel, or the bundled firewall, in a network namespace between two veth pairs; needs root",
	.probe = netns_probe,
	.up = netns_up,
	.trial = bed_trial,
	.down = netns_down,
};
