// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_wire.c - real ports: may they be used, are they ready, what do they carry,
 * and which CPUs are near them. What is changed goes through the claim.
 */
#include "run/bed_wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run/flags.h"
#include "run/net/guard.h"
#include "run/net/sysfs.h"

#define CARRIER_WAIT	100		/* tenths of a second: autonegotiation takes some */
#define IRQS_MAX	1024
#define GAP_BYTES	24		/* preamble, FCS and inter-frame gap */

static const enum path_hop hop_of[2] = { HOP_NEAR, HOP_FAR };

static bool is_known(const struct point_wire *w, const char *port)
{
	unsigned int i;

	for (i = 0; i < w->ni_know; i++)
		if (!strcmp(w->i_know[i], port))
			return true;
	return false;
}

static int guard(struct bed *n, const char *port, struct err *err)
{
	struct err why = { 0 };
	int rc = guard_port(n->path.netns[PATH_SOURCE], port, &why);

	if (rc == -EBUSY && is_known(&n->point->wire, port)) {
		bed_say(n, "--i-know %s: %.*s\n", port, (int)strcspn(why.text, ":"), why.text);
		return 0;
	}
	if (rc && err)
		*err = why;
	return rc;
}

/* The largest frame's packet must fit the port; tags of VLANs are no part of it. */
static int check_mtu(struct bed *n, const struct rtnl_link *l, struct err *err)
{
	u32 packet = bed_frame_max(n->point) - 14;

	if (packet <= l->mtu)
		return 0;
	return err_set(err, -EMSGSIZE, "port %s has an MTU of %u, the largest frame needs %u: `ip link set %s mtu %u`, and the same at the DUT",
		       l->name, l->mtu, packet, l->name, packet);
}

static int take_port(struct bed *n, struct rtnl *r, unsigned int end, struct err *err)
{
	struct rtnl_link *l = &n->path.link[hop_of[end]];
	const char *port = n->point->wire.port[end];
	int rc = rtnl_link_get(r, port, l, NULL);

	if (rc == -ENODEV)
		return err_set(err, rc, "wire.ports: there is no interface %s in this network namespace: `ip link` shows those that are",
			       port);
	if (rc)
		return rtnl_link_get(r, port, l, err);
	n->path.hop_netns[hop_of[end]] = n->path.netns[PATH_SOURCE];
	if (!end || !wire_hairpin(n->point))
		rc = guard(n, port, err);
	if (!rc && !l->up)
		rc = err_set(err, -ENETDOWN, "port %s is down: `ip link set %s up`", port, port);
	return rc ? rc : check_mtu(n, l, err);
}

int wire_ports(struct bed *n, struct err *err)
{
	struct rtnl *r;
	unsigned int i;
	int rc = rtnl_open(n->path.netns[PATH_SOURCE], &r, err);

	if (rc)
		return rc;
	for (i = 0; i < 2 && !rc; i++)
		rc = take_port(n, r, i, err);
	rtnl_close(r);
	return rc;
}

static int no_carrier(struct bed *n, struct rtnl *r, const char **ret_port, struct err *err)
{
	unsigned int i;
	int rc = 0;

	*ret_port = NULL;
	for (i = 0; i < 2 && !rc && !*ret_port; i++) {
		struct rtnl_link l;

		rc = rtnl_link_get(r, n->point->wire.port[i], &l, err);
		if (!rc && !(l.up && l.carrier))
			*ret_port = n->point->wire.port[i];
	}
	return rc;
}

int wire_carrier(struct bed *n, bool wait, struct err *err)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	unsigned int left = wait ? CARRIER_WAIT : 0;
	const char *port;
	struct rtnl *r;
	int rc = rtnl_open(n->path.netns[PATH_SOURCE], &r, err);

	if (rc)
		return rc;
	do {
		rc = no_carrier(n, r, &port, err);
		if (!rc && port && left)
			nanosleep(&tenth, NULL);
	} while (!rc && port && left--);
	rtnl_close(r);
	if (!rc && port)
		rc = err_set(err, -ENOLINK, "port %s has no carrier: is the cable in, and the DUT's end up? (`ip link set %s up` on both sides)",
			     port, port);
	return rc;
}

static int no_forwarding(struct bed *n, const char *family, const char *port, struct err *err)
{
	char path[128], now[8] = "";
	int rc;

	snprintf(path, sizeof(path), "net/%s/conf/%s/forwarding", family, port);
	/* no such file: no such protocol */
	if (sysctl_get(-1, path, now, sizeof(now), NULL) || strcmp(now, "1") != 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/forwarding", family, port);
	rc = claim_write(n->claim, path, "0", err);
	if (!rc)
		bed_say(n, "%s forwarding of %s is off until the end\n", family, port);
	return rc;
}

int wire_quiet(struct bed *n, struct err *err)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < n->point->wire.nports && !rc; i++) {
		const char *port = n->point->wire.port[i];

		if (is_known(&n->point->wire, port))
			continue;
		rc = no_forwarding(n, "ipv4", port, err);
		if (!rc)
			rc = no_forwarding(n, "ipv6", port, err);
	}
	return rc;
}

static int bind_port(struct bed *n, const char *port, int cpu, struct err *err)
{
	int irq[IRQS_MAX], i, rc = 0;
	char path[64], value[16];
	int nirqs = sysfs_net_numbers(n->path.netns[PATH_SOURCE], port, "device/msi_irqs", irq,
				      IRQS_MAX, NULL);

	if (nirqs <= 0)
		return err_set(err, -ENOENT, "wire.irq_cpus: port %s has no interrupts of its own: leave wire.irq_cpus out",
			       port);
	snprintf(value, sizeof(value), "%d", cpu);
	for (i = 0; i < nirqs && !rc; i++) {
		snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq[i]);
		/* one that is allocated and not in use has no such file */
		if (!access(path, F_OK))
			rc = claim_write(n->claim, path, value, err);
	}
	if (!rc)
		bed_say(n, "%d interrupts of %s on CPU %d\n", nirqs, port, cpu);
	return rc;
}

int wire_interrupts(struct bed *n, struct err *err)
{
	const struct point_wire *w = &n->point->wire;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < w->nirq_cpus && !rc; i++)
		rc = bind_port(n, w->port[i], w->irq_cpu[i], err);
	return rc;
}

/* ------------------------------------------------------------------------ the load */

double wire_pps(const struct point *p, double mbit)
{
	double bytes = 0, weights = 0;
	unsigned int i;

	for (i = 0; i < p->nstreams; i++) {
		/* sizes are with FCS */
		bytes += (double)p->stream[i].weight *
			 (point_size_mean(&p->stream[i].spec) + GAP_BYTES - 4);
		weights += (double)p->stream[i].weight;
	}
	return bytes > 0 ? mbit * 1e6 / 8 / (bytes / weights) : 0;
}

void wire_speed(struct bed *n)
{
	const struct point *p = n->point;
	double least = 0;
	unsigned int i;

	for (i = 0; i < p->wire.nports; i++) {
		char text[32] = "";
		double mbit;

		/* unknown: -1, or it can't be read */
		if (sysfs_net_read(n->path.netns[PATH_SOURCE], p->wire.port[i], "speed", text,
				   sizeof(text), NULL))
			continue;
		mbit = strtod(text, NULL);
		if (mbit > 0 && (!(least > 0) || mbit < least))
			least = mbit;
	}
	if (!(least > 0)) {
		bed_say(n, "the speed of the ports is unknown\n");
		return;
	}
	n->tb.max_load_pps = wire_pps(p, least);
	/* half of the load each way, and each port has both ways */
	if (p->direction == DIRECTION_BOTH && !wire_hairpin(p))
		n->tb.max_load_pps *= 2;
	bed_say(n, "the links carry %g Mbit/s: at most %.0f pps\n", least, n->tb.max_load_pps);
}

/* ----------------------------------------------------------------------- placement */

static const struct topo_cpu *cpu_find(const struct topo *t, int cpu)
{
	unsigned int i;

	for (i = 0; i < t->cpus; i++)
		if (t->cpu[i].cpu == cpu)
			return &t->cpu[i];
	return NULL;
}

/*
 * How well @c suits one who shares nothing with @other (NULL: nobody): its node, a
 * CPU and a core of its own, and not the core of CPU 0, which the kernel uses most.
 */
static int suits(const struct topo *t, const struct topo_cpu *c, int node,
		 const struct topo_cpu *other)
{
	const struct topo_cpu *zero = cpu_find(t, 0);

	return 8 * (!other || c->cpu != other->cpu) + 4 * (node < 0 || c->node == node) +
	       2 * (!other || c->core != other->core) + (!zero || c->core != zero->core);
}

static const struct topo_cpu *choose(const struct topo *t, int node, const struct topo_cpu *other)
{
	const struct topo_cpu *best = &t->cpu[0];
	unsigned int i;

	for (i = 1; i < t->cpus; i++)
		if (suits(t, &t->cpu[i], node, other) > suits(t, best, node, other))
			best = &t->cpu[i];
	return best;
}

int wire_node(int netns, const char *port)
{
	char text[16] = "";
	int node = -1;

	if (!sysfs_net_read(netns, port, "device/numa_node", text, sizeof(text), NULL))
		sscanf(text, "%d", &node);
	return node;
}

int wire_place(const struct topo *t, int node, bool same, const int *cpus, struct placement *ret,
	       struct err *err)
{
	const struct topo_cpu *source, *sink;
	unsigned int i;

	for (i = 0; cpus && i < 2; i++)
		if (!cpu_find(t, cpus[i]))
			return err_set(err, -ERANGE, "placement.cpus: there is no CPU %d that this process may use",
				       cpus[i]);
	if (!t->cpus)
		return err_set(err, -ERANGE, "placement: no CPU may be used");
	source = cpus ? cpu_find(t, cpus[0]) : choose(t, node, NULL);
	sink = cpus ? cpu_find(t, cpus[1]) : same ? source : choose(t, node, source);
	*ret = (struct placement){
		.source_cpu = source->cpu,
		.sink_cpu = sink->cpu,
		.source_sink_shared = source->cpu == sink->cpu,
	};
	if (ret->source_sink_shared)
		snprintf(ret->why, sizeof(ret->why), "source and sink share CPU %d", source->cpu);
	else
		snprintf(ret->why, sizeof(ret->why), "source on CPU %d, sink on CPU %d",
			 source->cpu, sink->cpu);
	return 0;
}
