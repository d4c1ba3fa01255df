// SPDX-License-Identifier: GPL-2.0-or-later
/* testbed.c - the list of testbeds, and what they share. */
#include "run/testbed.h"

#include <string.h>

#include "run/point.h"
#include "run/testbed_memory.h"
#include "run/testbed_netns.h"
#include "run/testbed_vm.h"
#include "run/testbed_wire.h"

const struct testbed_ops *const testbeds[] = {
	&testbed_memory,
	&testbed_netns,
	&testbed_vm,
	&testbed_wire,
	NULL,
};

const struct testbed_ops *testbed_find(const char *name)
{
	const struct testbed_ops *const *t;

	for (t = testbeds; *t; t++)
		if (!strcmp((*t)->name, name))
			return *t;
	return NULL;
}

int testbed_place(const struct point *p, struct topo *ret_topo, struct placement *ret,
		  struct err *err)
{
	int rc = topo_read(ret_topo, err);

	if (rc)
		return rc;
	if (p->remote == PLACEMENT_REMOTE)
		return topo_place_remote(ret_topo, 1, ret, err);
	return topo_place(ret_topo, 1, p->cpus[0] >= 0 ? p->cpus : NULL, ret, err);
}
