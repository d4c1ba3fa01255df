// SPDX-License-Identifier: GPL-2.0-or-later
/* cputime.c - see cputime.h. */
#include "lib/cputime.h"

#include <stdio.h>
#include <string.h>

static void read_schedstat(const char *path, struct cputime *ret)
{
	unsigned long long run, wait;
	FILE *f = fopen(path, "re");

	memset(ret, 0, sizeof(*ret));
	if (!f)
		return;
	if (fscanf(f, "%llu %llu", &run, &wait) == 2)
		*ret = (struct cputime){ run, wait };
	fclose(f);
}

void cputime_self(struct cputime *ret)
{
	read_schedstat("/proc/thread-self/schedstat", ret);
}

void cputime_of(pid_t pid, struct cputime *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	read_schedstat(path, ret);
}
