// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_topo.c - `kpps topo`: the machine, its network ports, and who would run where. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/topo.h"
#include "lib/topo_ports.h"
#include "run/commands.h"

static int dut_node(const struct topo *topo)
{
	struct placement p;

	return topo_place(topo, 1, NULL, &p, NULL) ? -1 : topo_node_of(topo, p.dut_cpu[0]);
}

static int run(const void *options __unused, int nargs __unused, char **args __unused)
{
	struct err err = { 0 };
	/* too large for a stack frame */
	struct topo *topo = calloc(1, sizeof(*topo));
	struct topo_ports *ports = calloc(1, sizeof(*ports));
	int status = EXIT_CANT_RUN;

	if (!topo || !ports) {
		fprintf(stderr, "kpps topo: out of memory\n");
		goto out;
	}
	if (topo_read(topo, &err)) {
		fprintf(stderr, "kpps topo: %s\n", err.text);
		goto out;
	}
	topo_print(topo, stdout);
	status = EXIT_DONE;
	/* without ports the drawing is still of use */
	if (topo_ports_read("", ports, &err))
		printf("ports: %s\n", err.text);
	else
		topo_ports_print(ports, dut_node(topo), stdout);
	topo_ports_release(ports);
out:
	free(ports);
	free(topo);
	return status;
}

const struct command cmd_topo = {
	.name = "topo",
	.args = "",
	.summary = "draw CPUs, NUMA nodes, caches and network ports, and the placement that would be chosen",
	.text = "Network ports are those of the current network namespace. Of each with hardware "
		"behind it: driver, PCIe link, NUMA node, and the CPUs that serve its interrupts; a "
		"port on another node than the DUT would run on is pointed at.",
	.examples = "kpps topo\twho would run where on this machine\n",
	.run = run,
};
