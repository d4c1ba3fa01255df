// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * testbed_wire.c - an external device between two ports of this machine, or at
 * one that it sends back to (hairpin). kpps looks after its own side only: the
 * ports must be up and nobody else's, the DUT is set up by the user's commands,
 * which are run while the claim stands. The ports stay in the caller's network
 * namespace; the self-test has a veth pair of its own, so it tells what source
 * and sink do without the ports.
 *
 * Order in up(): ports and guard, CPUs, claim, interrupts, dut.setup, carrier,
 * ends, and last the pinning of the caller. down() goes the other way.
 */
#include "run/testbed_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "run/bed_wire.h"
#include "run/flags.h"

static int check_point(const struct point *p, struct err *err)
{
	if (strcmp(p->dut.firewall, bed_dut_external.name) != 0)
		return err_set(err, -EINVAL, "the DUT of testbed wire is external, not \"%s\": set dut.firewall: external",
			       p->dut.firewall);
	if (!p->wire.nports || !p->wire.nmacs)
		return err_set(err, -EINVAL, "testbed wire wants wire.ports and wire.macs");
	if (!wire_hairpin(p))
		return 0;
	if (!strcmp(p->source, "af_xdp") || !strcmp(p->sink, "af_xdp"))
		return err_set(err, -EINVAL, "af_xdp can't be at both ends of one port: set source and sink to packet or xdp");
	if (p->direction == DIRECTION_BOTH && kernel_sink_find(p->sink))
		return err_set(err, -EINVAL, "sink %s can't be at both ends of one port: set sink: packet",
			       p->sink);
	return 0;
}

/* Of both ways, the ports' own addresses and those of the DUT. */
static void set_macs(struct bed *n)
{
	const u8 *near = n->path.link[HOP_NEAR].mac, *far = n->path.link[HOP_FAR].mac;
	struct point *p = n->point;
	unsigned int i;

	for (i = 0; i < p->nstreams; i++) {
		memcpy(p->stream[i].spec.destination_mac, p->wire.mac[0], 6);
		memcpy(p->stream[i].spec.source_mac, near, 6);
	}
	memcpy(n->reverse_macs, p->wire.mac[1], 6);
	memcpy(n->reverse_macs + 6, far, 6);
}

static int place(struct bed *n, struct err *err)
{
	const struct point *p = n->point;
	int node = -1, rc;

	if (p->placement == PLACEMENT_THREADED)
		return err_set(err, -EINVAL, "placement.mode: threaded is of testbed netns: the DUT of testbed wire has no CPU of ours");
	rc = topo_read(&n->topo, err);
	if (rc)
		return rc;
	if (n->topo.nodes > 1)
		node = wire_node(n->path.netns[PATH_SOURCE], p->wire.port[0]);
	rc = wire_place(&n->topo, node, p->placement == PLACEMENT_SAME,
			p->cpus[0] >= 0 ? p->cpus : NULL, &n->place, err);
	if (rc)
		return rc;
	if (n->place.source_sink_shared)
		n->tb.flags |= 1u << FLAG_SHARED_CPU;
	bed_say(n, "%s\n", n->place.why);
	return bed_sources(n, err);
}

/* The caller's own namespace stands for the source's and the sink's. */
static int open_path(struct bed *n, struct err *err)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, -errno, "/proc/thread-self/ns/net: %s", strerror(errno));
	n->path.netns[PATH_SOURCE] = n->path.netns[PATH_SINK] = fd;
	n->path.netns[PATH_DUT] = n->path.netns[PATH_PEER] = -1;
	n->path_up = true;
	return 0;
}

static int make_loop(struct bed *n, struct err *err)
{
	int rc = claim_namespace(n->claim, "loop0", &n->loop_netns[0], err);

	if (!rc)
		rc = claim_namespace(n->claim, "loop1", &n->loop_netns[1], err);
	return rc;
}

static int set_up(struct bed *n, struct err *err)
{
	int rc = open_path(n, err);

	if (!rc)
		rc = wire_ports(n, err);
	if (!rc)
		rc = place(n, err);
	if (!rc)
		rc = bed_claim(n, err);
	if (!rc)
		rc = make_loop(n, err);
	if (!rc)
		rc = wire_interrupts(n, err);
	if (!rc)
		rc = wire_quiet(n, err);
	if (!rc)
		rc = n->dut->up(n, err);
	if (!rc)
		rc = wire_carrier(n, n->point->dut.setup[0], err);
	if (rc)
		return rc;
	set_macs(n);
	wire_speed(n);
	bed_watch(n);
	/* all frames leave by the one port and come in by it, whatever their direction */
	if (wire_hairpin(n->point))
		n->hops.duplex = false;
	rc = bed_ends_up(n, err);
	return rc ? rc : bed_threads(n, err);
}

static void wire_finish(struct testbed *tb)
{
	bed_teardown(container_of(tb, struct bed, tb));
}

static void wire_down(struct testbed *tb)
{
	struct bed *n = container_of(tb, struct bed, tb);

	bed_stop(n);
	if (n->dut)
		n->dut->down(n);
	if (n->path_up)
		close(n->path.netns[PATH_SOURCE]);
	bed_destroy(n);
}

static int wire_up(const struct point *point, struct testbed **ret_tb, struct err *err)
{
	/* whether a driver sends what XDP redirects to it can't be known beforehand */
	const struct bed_limits limits = {
		.no_kernel_source = true,
		.no_kernel_sink = wire_hairpin(point) && point->direction == DIRECTION_BOTH,
	};
	struct bed *n;
	int rc = bed_create(&testbed_wire, point, &limits, &n, err);

	if (rc)
		return rc;
	n->dut = &bed_dut_external;
	n->filled.blind = n->dut->blind;
	rc = check_point(n->point, err);
	if (!rc)
		rc = set_up(n, err);
	if (rc) {
		wire_down(&n->tb);
		return rc;
	}
	bed_say(n, "the self-test measured source and sink without the ports\n");
	bed_ready(n);
	*ret_tb = &n->tb;
	return 0;
}

const struct testbed_ops testbed_wire = {
	.name = "wire",
	.help = "an external device between two ports of this machine; needs root",
	.up_s = 1.2, .around_s = 0.15, .flows_per_s = 1.5e5,
	.probe = bed_probe,
	.up = wire_up,
	.trial = bed_trial,
	.finish = wire_finish,
	.down = wire_down,
};
