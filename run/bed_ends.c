// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_ends.c - what sends and receives on the interfaces of a bed. Near and far have
 * a port each where this process sends or receives, or opens connections; and
 * a source or sink in the kernel where that does. The self-test has a veth pair of
 * its own between the two namespaces, with the same kind of source and sink.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run/bed.h"
#include "run/interface.h"
#include "run/net/xdp_pass.h"

static bool is(const char *word, const char *other)
{
	return !strcmp(word, other);
}

static bool sends_reverse(const struct point *p)
{
	return p->direction != DIRECTION_FORWARD;
}

static bool sends_forward(const struct point *p)
{
	return p->direction != DIRECTION_REVERSE;
}

u32 bed_frame_max(const struct point *p)
{
	return max(point_size_max(p), KPPS_FRAME_MIN + 4u) - 4;
}

static int open_port(struct bed *n, const char *kind, int ifindex, bool tx_only,
		     struct port **ret, struct err *err)
{
	return interface_port_open(&(struct interface_port){
		.af_xdp = is(kind, "af_xdp"),
		.ifindex = ifindex,
		.frame_max = bed_frame_max(n->point),
		.node = topo_node_of(&n->topo, n->place.source_cpu),
		.tx_only = tx_only,
	}, ret, err);
}

static int open_source(struct bed *n, int ifindex, struct kernel_source **ret, struct err *err)
{
	return n->source_ops->open(&(struct kernel_source_config){
		.ifindex = ifindex,
		.way = KERNEL_WAY_OUT,
		.cpus = n->source_cpus,
		.ncpus = n->nsources,
		.frame_max = bed_frame_max(n->point),
	}, ret, err);
}

static int open_sink(struct bed *n, int ifindex, bool reverse, bool pass, struct kernel_sink **ret,
		     struct err *err)
{
	struct kernel_sink_config config = {
		.ifindex = ifindex,
		.latency = true,
		.pass_others = pass,
	};

	ends_streams(n->point, reverse, &config.streams, &config.unsigned_streams);
	return n->sink_ops->open(&config, ret, err);
}

/* An end that sends @sends and receives @receives, in the namespace we are in. */
static int open_end(struct bed *n, struct bed_end *e, int ifindex, bool sends, bool receives,
		    bool reverse, struct err *err)
{
	const struct point *p = n->point;
	bool fills = point_any(p, CONNECTIONS_ESTABLISHED);
	const char *kind = is(p->source, "af_xdp") || is(p->sink, "af_xdp") ? "af_xdp" : "packet";
	bool by_port = fills || (sends && !n->source_ops) || (receives && !n->sink_ops);
	int rc = 0;

	/* first, so that the peer's frames find NAPI at this end */
	if (receives && n->sink_ops)
		rc = open_sink(n, ifindex, reverse, true, &e->sink, err);
	if (!rc && by_port)
		rc = open_port(n, kind, ifindex, !fills && !(receives && !n->sink_ops), &e->port, err);
	if (!rc && sends && n->source_ops)
		rc = open_source(n, ifindex, &e->source, err);
	return rc;
}

static int open_near(struct bed *n, struct err *err)
{
	const struct point *p = n->point;

	return open_end(n, &n->near, n->path.link[HOP_NEAR].ifindex, sends_forward(p),
			sends_reverse(p), true, err);
}

static int open_far(struct bed *n, struct err *err)
{
	const struct point *p = n->point;

	return open_end(n, &n->far, n->path.link[HOP_FAR].ifindex, sends_reverse(p),
			sends_forward(p), false, err);
}

/* Frames of a BPF program arrive where there is NAPI: a program of a sink's brings it. */
static int open_loop_far(struct bed *n, struct err *err)
{
	bool napi = n->sink_ops == &xdp_sink_ops || is(n->point->sink, "af_xdp");
	int rc = open_end(n, &n->loop_far, n->loop[1].ifindex, false, true, false, err);

	if (rc || napi || n->source_ops != &xdp_source_ops)
		return rc;
	n->loop_napi = xdp_pass_attach(n->loop[1].ifindex, err);
	return min(n->loop_napi, 0);
}

static int open_loop_near(struct bed *n, struct err *err)
{
	return open_end(n, &n->loop_near, n->loop[0].ifindex, true, false, false, err);
}

static const char *const loop_names[2] = { "loop0", "loop1" };

static int loop_end_up(struct bed *n, unsigned int i, struct err *err)
{
	struct rtnl *r;
	int rc = rtnl_open(n->loop_netns[i], &r, err);

	if (rc)
		return rc;
	rc = rtnl_link_get(r, loop_names[i], &n->loop[i], err);
	if (!rc)
		rc = rtnl_link_up(r, n->loop[i].ifindex, true, err);
	rtnl_close(r);
	return rc;
}

/* Once both are up: an end carries no frames before. */
static int loop_end_wait(struct bed *n, unsigned int i, struct err *err)
{
	struct rtnl *r;
	int rc = rtnl_open(n->loop_netns[i], &r, err);

	if (rc)
		return rc;
	rc = rtnl_link_wait(r, loop_names[i], &n->loop[i], err);
	rtnl_close(r);
	return rc;
}

/* The self-test's own pair, past the DUT. */
static int make_loop(struct bed *n, struct err *err)
{
	const struct rtnl_veth_end ends[2] = {
		{ .name = loop_names[0], .netns = n->loop_netns[0], .mac = { 2, 0, 0, 0, 1, 1 } },
		{ .name = loop_names[1], .netns = n->loop_netns[1], .mac = { 2, 0, 0, 0, 1, 2 } },
	};
	int rc = rtnl_veth(ends, 1500, err);

	for (unsigned int i = 0; i < 2 && !rc; i++)
		rc = loop_end_up(n, i, err);
	for (unsigned int i = 0; i < 2 && !rc; i++)
		rc = loop_end_wait(n, i, err);
	return rc;
}

static struct ends_link link_of(const struct bed_end *from, const struct bed_end *to)
{
	return (struct ends_link){
		.tx = from->source ? NULL : from->port,
		.rx = to->sink ? NULL : to->port,
		.kernel_source = from->source,
		.kernel_sink = to->sink,
	};
}

static int init_ends(struct bed *n, struct err *err)
{
	struct ends_links links = {
		.forward = link_of(&n->near, &n->far),
		.reverse = link_of(&n->far, &n->near),
		.loop = link_of(&n->loop_near, &n->loop_far),
	};
	static const u8 none[12];
	int rc;

	/* both ends at one port: what isn't due at this end is due at the other */
	if (n->path.link[HOP_NEAR].ifindex == n->path.link[HOP_FAR].ifindex &&
	    n->path.netns[PATH_SOURCE] == n->path.netns[PATH_SINK]) {
		if (!sends_reverse(n->point))
			links.reverse.rx = NULL;
		if (!sends_forward(n->point))
			links.forward.rx = NULL;
	}
	rc = ends_init(&n->ends, n->point, &n->clk, &links,
		       topo_node_of(&n->topo, n->place.sink_cpu), err);
	if (memcmp(n->reverse_macs, none, sizeof(none)) != 0)
		n->ends.reverse_macs = n->reverse_macs;
	return rc;
}

/* The self-test has the same device: there is no DUT that it could go past. */
static int near_alone_up(struct bed *n, struct err *err)
{
	struct ends_links links = { 0 };
	int rc = bed_in(n->path.netns[PATH_SOURCE], open_near, n, err);

	if (rc)
		return rc;
	bed_say(n, "source: %s\n", n->point->source);
	links.forward = links.loop = link_of(&n->near, &n->far);
	return ends_init(&n->ends, n->point, &n->clk, &links,
			 topo_node_of(&n->topo, n->place.source_cpu), err);
}

int bed_ends_up(struct bed *n, struct err *err)
{
	const struct {
		int netns;
		int (*open)(struct bed *n, struct err *err);
	} steps[] = {
		/* receivers first: a veth takes XDP frames once its peer has NAPI */
		{ n->path.netns[PATH_SINK], open_far }, { n->path.netns[PATH_SOURCE], open_near },
		{ n->loop_netns[1], open_loop_far }, { n->loop_netns[0], open_loop_near },
	};
	unsigned int i;
	int rc;

	if (!bed_has_sink(n))
		return near_alone_up(n, err);
	rc = make_loop(n, err);
	for (i = 0; i < ARRAY_SIZE(steps) && !rc; i++)
		rc = bed_in(steps[i].netns, steps[i].open, n, err);
	if (rc)
		return rc;
	bed_say(n, "source: %s, sink: %s%s\n", n->point->source, n->point->sink,
		  n->far.sink && !strcmp(kernel_sink_mode(n->far.sink), "generic") ? " (generic XDP)" :
		  "");
	return init_ends(n, err);
}

static void close_end(struct bed_end *e)
{
	kernel_source_close(e->source);
	kernel_sink_close(e->sink);
	port_close(e->port);
	memset(e, 0, sizeof(*e));
}

void bed_ends_down(struct bed *n)
{
	ends_release(&n->ends);
	close_end(&n->near);
	close_end(&n->far);
	close_end(&n->loop_near);
	close_end(&n->loop_far);
	if (n->loop_napi > 0)
		close(n->loop_napi);
	n->loop_napi = 0;
}

static int sinks_pass(struct bed *n, bool pass, struct err *err)
{
	int rc = n->far.sink ? kernel_sink_all_pass(n->far.sink, pass, err) : 0;

	if (!rc && n->near.sink)
		rc = kernel_sink_all_pass(n->near.sink, pass, err);
	return rc;
}

int bed_ends_fill(struct bed *n, volatile bool *stop, struct fill_total *ret,
		    struct err *err)
{
	const struct ends_fill_ports ports = {
		.near_tx = n->near.port, .far_rx = n->far.port,
		.far_tx = n->far.port, .near_rx = n->near.port,
	};
	bool own = n->dut->step && !n->dut_threads;
	int rc = sinks_pass(n, true, err), rc_back;

	if (rc)
		return rc;
	rc = ends_fill(&n->ends, &ports, own ? n->dut->step : NULL,
		       own ? n->dut->step_arg(n) : NULL, stop, ret, err);
	rc_back = sinks_pass(n, false, rc ? NULL : err);
	return rc ? rc : rc_back;
}
