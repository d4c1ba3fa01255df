/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * topo_ports.h - the machine's network ports as sysfs and /proc/irq have them:
 * driver, PCIe link, NUMA node, interrupts and the CPUs that serve them. Read
 * once, then only read; of the caller's network namespace.
 */
#ifndef KPPS_TOPO_PORTS_H
#define KPPS_TOPO_PORTS_H

#include <stdio.h>

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/topo.h"

#define TOPO_PORTS_MAX	64
#define TOPO_IRQS_MAX	512	/* of one port */

struct topo_irq {
	int irq;
	char name[40];		/* "eth0-rx-3" */
	char may[64];		/* CPUs that may serve it: smp_affinity_list */
	char now[64];		/* CPUs that do: effective_affinity_list; "" unknown */
};

struct topo_port {
	char name[16];
	bool hardware;		/* a device is behind it */
	bool up;
	char driver[32];	/* of a virtual one its type, "bridge"; "" unknown */
	char bus[32];		/* "0000:03:00.0"; "" none */
	int node;		/* -1 unknown, or the machine has one only */
	int mbps;		/* -1 unknown */
	char link_speed[24], link_max_speed[24];	/* "8.0 GT/s PCIe"; "" unknown */
	int link_width, link_max_width;			/* 0 unknown */
	unsigned int rx_queues, tx_queues, nirqs;
	struct topo_irq *irq;	/* by number */
};

struct topo_ports {
	unsigned int n, left_out;	/* more than TOPO_PORTS_MAX */
	struct topo_port port[TOPO_PORTS_MAX];	/* by name */
};

/* topo_ports_read - below @root, "" for the machine's own /sys and /proc. */
int topo_ports_read(const char *root, struct topo_ports *ret, struct err *err);
void topo_ports_release(struct topo_ports *p);
/*
 * topo_ports_print - hardware ports in full, virtual ones in one line; @dut_node
 * (-1 unknown) is where the DUT would run: a port elsewhere is pointed at.
 */
void topo_ports_print(const struct topo_ports *p, int dut_node, FILE *out);

#endif
