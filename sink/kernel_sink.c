// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel_sink.c - see kernel_sink.h: the sinks there are. Constant data. */
#include "sink/kernel_sink.h"

#include <stdio.h>
#include <string.h>

/* "auto" takes the first that works. */
const struct kernel_sink_ops *const kernel_sinks[] = {
	&xdp_sink_ops, &kmod_sink_ops, NULL
};

const struct kernel_sink_ops *kernel_sink_find(const char *name)
{
	const struct kernel_sink_ops *const *ops = kernel_sinks;

	while (*ops && strcmp((*ops)->name, name) != 0)
		ops++;
	return *ops;
}

const char *kernel_sink_names(char *ret, size_t size)
{
	size_t len = 0;

	ret[0] = '\0';
	for (const struct kernel_sink_ops *const *ops = kernel_sinks; *ops && len < size; ops++)
		len += (size_t)snprintf(ret + len, size - len, "%s%s", len ? ", " : "",
					(*ops)->name);
	return ret;
}
