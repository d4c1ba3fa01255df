// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel_source.c - see kernel_source.h: the sources there are. Constant data. */
#include "gen/kernel_source.h"

#include <stdio.h>
#include <string.h>

#include "gen/schedule.h"

/* "auto" takes the first that works. */
const struct kernel_source_ops *const kernel_sources[] = {
	&xdp_source_ops, &kmod_source_ops, &pktgen_source_ops, NULL
};

const struct kernel_source_ops *kernel_source_find(const char *name)
{
	const struct kernel_source_ops *const *ops = kernel_sources;

	while (*ops && strcmp((*ops)->name, name) != 0)
		ops++;
	return *ops;
}

const char *kernel_source_names(enum kernel_way way, char *ret, size_t size)
{
	size_t len = 0;

	ret[0] = '\0';
	for (const struct kernel_source_ops *const *ops = kernel_sources; *ops && len < size; ops++)
		if ((*ops)->ways[way])
			len += (size_t)snprintf(ret + len, size - len, "%s%s", len ? ", " : "",
						(*ops)->name);
	return ret;
}

u64 kernel_source_intended(const struct schedule *schedule, u64 start_ns, u64 last_ns,
			   bool stopped, u64 unrated)
{
	struct schedule s = *schedule;

	s.lane[0].taken += unrated;
	s.start_ns = start_ns;
	if (!stopped && s.duration_ns)
		schedule_due(&s, start_ns + s.duration_ns);
	else
		schedule_due(&s, max(last_ns, start_ns));
	return schedule_intended(&s);
}
