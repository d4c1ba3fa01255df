// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_topo.c - `kpps topo`: the machine, and who would run where. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/topo.h"
#include "run/commands.h"

static int run(const void *options __unused, int nargs __unused, char **args __unused)
{
	struct err err = { 0 };
	/* too large for a stack frame */
	struct topo *topo = calloc(1, sizeof(*topo));
	int status = EXIT_CANT_RUN;

	if (!topo) {
		fprintf(stderr, "kpps topo: out of memory\n");
		return status;
	}
	if (topo_read(topo, &err)) {
		fprintf(stderr, "kpps topo: %s\n", err.text);
	} else {
		topo_print(topo, stdout);
		status = EXIT_DONE;
	}
	free(topo);
	return status;
}

const struct command cmd_topo = {
	.name = "topo",
	.args = "",
	.summary = "draw CPUs, NUMA nodes and caches, and the placement that would be chosen",
	.examples = "kpps topo\twho would run where on this machine\n",
	.run = run,
};
