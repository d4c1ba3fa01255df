// SPDX-License-Identifier: GPL-2.0-or-later
/* testbed.c - the list of testbeds. */
#include "run/testbed.h"

#include <string.h>

#include "run/testbed_memory.h"
#include "run/testbed_netns.h"
#include "run/testbed_wire.h"

const struct testbed_ops *const testbeds[] = {
	&testbed_memory,
	&testbed_netns,
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
