// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * testbed_netns.c - source, DUT (or two of it) and sink in a network namespace
 * each, joined by veth pairs. The DUT is the running kernel, or the bundled
 * firewall between two ports; see bed.h for the parts.
 *
 * Order in up(): CPUs, claim, path, the DUT (so that eth0 takes frames), the
 * ends, and last the pinning of the caller, who is the source's thread or waits
 * for it. down() goes the other way; what it could not undo, the claim does.
 */
#include "run/testbed_netns.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "run/bed.h"
#include "run/environment.h"
#include "run/net/xdp_pass.h"

/* What set_up() would find, before anything is measured. */
static int netns_probe_point(const struct point *p, struct err *err)
{
	const struct bed_dut_ops *dut = bed_dut_find(p->dut.firewall);

	int rc = bed_probe_ends(p, err);

	return rc || !dut || !dut->probe ? rc : dut->probe(dut, p, err);
}

/* What needs somebody at the other end, or frames that the device does not take. */
static int check_dummy(const struct point *p, struct err *err)
{
	if (p->direction != DIRECTION_FORWARD)
		return err_set(err, -EINVAL, "dut.firewall dummy: nothing comes back from it: set direction: forward");
	if (point_any(p, CONNECTIONS_ESTABLISHED))
		return err_set(err, -EINVAL, "dut.firewall dummy: nobody answers there, so no connection is established: set connections: none or new");
	if (p->placement != PLACEMENT_SAME)
		return err_set(err, -EINVAL, "dut.firewall dummy: the source is alone on its CPU: set placement.mode: same or auto");
	if (strcmp(p->sink, "none") != 0)
		return err_set(err, -EINVAL, "dut.firewall dummy: nothing arrives, so there is no sink %s: leave sink: auto",
			       p->sink);
	if (!strcmp(p->source, xdp_source_ops.name))
		return err_set(err, -EINVAL, "dut.firewall dummy: the device takes no frames from BPF programs: set source: kmod, pktgen, af_xdp or packet");
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
	if (dut->path == PATH_DUMMY)
		return check_dummy(p, err);
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
		.bridge_nf = n->dut->bridge_nf,
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

static int open_napi_in(struct bed *n, struct err *err)
{
	n->napi[0] = xdp_pass_attach(n->path.link[HOP_IN].ifindex, err);
	return min(n->napi[0], 0);
}

static int open_napi_out(struct bed *n, struct err *err)
{
	n->napi[1] = xdp_pass_attach(n->path.link[HOP_OUT].ifindex, err);
	return min(n->napi[1], 0);
}

/* Without GRO a veth has NAPI only with an XDP program, which these are; frames of
 * direction reverse come in at eth1, and NAPI threads are for both links. Between two
 * gateways the kernel itself sends, and needs none. */
static int open_napi(struct bed *n, struct err *err)
{
	int rc = bed_in(n->path.hop_netns[HOP_IN], open_napi_in, n, err);

	if (!rc && (n->point->direction != DIRECTION_FORWARD ||
		    n->point->placement == PLACEMENT_THREADED))
		rc = bed_in(n->path.hop_netns[HOP_OUT], open_napi_out, n, err);
	return rc;
}

static void netns_down(struct testbed *tb)
{
	struct bed *n = container_of(tb, struct bed, tb);
	unsigned int i;

	bed_stop(n);
	for (i = 0; i < ARRAY_SIZE(n->napi); i++)
		if (n->napi[i] > 0)
			close(n->napi[i]);
	if (n->path_up) {
		n->dut->down(n);
		path_down(n->claim, &n->path);
	}
	bed_destroy(n);
}

/* What the kernel has, for the results; what it does not tell is null. */
static json_t *describe(const struct bed *n)
{
	int dut = n->path.netns[bed_has_sink(n) ? PATH_DUT : PATH_SOURCE];
	const char *names[PATH_HOPS + 1] = { NULL };
	unsigned int nnames = 0;
	enum path_hop hop;

	for (hop = HOP_NEAR; hop < PATH_HOPS; hop++)
		if (path_has(&n->path, hop) && n->path.hop_netns[hop] == dut)
			names[nnames++] = n->path.link[hop].name;
	return json_pack("{s:o*,s:o*,s:s?}", "sysctls",
			 environment_sysctls(environment_dut_sysctls, dut), "interfaces",
			 environment_interfaces(names, dut), "rules", n->rules);
}

static int set_up(struct bed *n, struct err *err)
{
	int rc = bed_place(n, err);

	if (!rc && n->dut->probe)
		rc = n->dut->probe(n->dut, n->point, err);
	if (!rc)
		rc = bed_claim(n, err);
	if (!rc)
		rc = path_make(n, err);
	if (rc)
		return rc;
	bed_watch(n);
	rc = n->dut->up(n, err);
	if (!rc && !n->point->dut.gro && !n->dut->step && bed_has_sink(n))
		rc = open_napi(n, err);
	if (!rc)
		rc = bed_ends_up(n, err);
	if (!rc)
		rc = bed_place_apply(n, err);
	if (!rc)
		rc = bed_threads(n, err);
	return rc;
}

static int netns_up(const struct point *point, struct testbed **ret_tb, struct err *err)
{
	const bool dummy = !strcmp(point->dut.firewall, bed_dut_dummy.name);
	const struct bed_limits limits = { .no_xdp = dummy, .no_sink = dummy };
	struct bed *n;
	int rc = bed_create(&testbed_netns, point, &limits, &n, err);

	if (rc)
		return rc;
	if (n->point->placement == PLACEMENT_AUTO)
		n->point->placement = n->dut && n->dut->step ? PLACEMENT_SPLIT : PLACEMENT_SAME;
	rc = check_point(n->point, n->dut, err);
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
	bed_ready(n);
	*ret_tb = &n->tb;
	return 0;
}

const struct testbed_ops testbed_netns = {
	.name = "netns",
	.help = "the running kernel, or the bundled firewall, in a network namespace between two veth pairs; needs root",
	.up_s = 1.2, .around_s = 0.15, .flows_per_s = 1.5e5,
	.probe = bed_probe,
	.probe_point = netns_probe_point,
	.up = netns_up,
	.trial = bed_trial,
	.down = netns_down,
};
