/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bed_wire.h - what testbed_wire.c asks of real ports; see bed_wire.c. */
#ifndef KPPS_BED_WIRE_H
#define KPPS_BED_WIRE_H

#include "run/bed.h"

/* Both ends are one port, and the DUT sends back where frames came from. */
static inline bool wire_hairpin(const struct point *p)
{
	return p->wire.nports == 1;
}

/* wire_ports - into n->path.link, after the guard; both must be up. */
int wire_ports(struct bed *n, struct err *err);
/* wire_carrier - both have it, at once or, when @wait, within some seconds. */
int wire_carrier(struct bed *n, bool wait, struct err *err);
/* wire_quiet - the host must not forward what arrives; undone by the claim. */
int wire_quiet(struct bed *n, struct err *err);
/* wire_interrupts - bind those of the ports as wire.irq_cpus says; undone by the claim. */
int wire_interrupts(struct bed *n, struct err *err);
/* wire_speed - what the links carry, as a bound on the load. */
void wire_speed(struct bed *n);

/*
 * wire_place - source and sink: those @cpus (two; NULL: chosen), or CPUs of @node (-1:
 * any), on different cores where there are several, and not on CPU 0's where there is
 * room elsewhere; @same: both on one CPU. Any struct topo will do.
 */
int wire_place(const struct topo *t, int node, bool same, const int *cpus, struct placement *ret,
	       struct err *err);
/* wire_node - the NUMA node of @port in namespace @netns; -1: none, or unknown. */
int wire_node(int netns, const char *port);
/* wire_pps - frames a second that a link of @mbit carries, of @p's mean size. */
double wire_pps(const struct point *p, double mbit);

#endif
