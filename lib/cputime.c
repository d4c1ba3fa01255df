// SPDX-License-Identifier: GPL-2.0-or-later
/* cputime.c - see cputime.h. */
#include "lib/cputime.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool is_called(const char *pid, const char *want)
{
	char path[300], comm[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, want);
}

void cputime_ksoftirqd(int cpu, struct cputime *ret)
{
	char path[300], want[32];
	DIR *d = opendir("/proc");
	struct dirent *e;

	memset(ret, 0, sizeof(*ret));
	snprintf(want, sizeof(want), "ksoftirqd/%d", cpu);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !is_called(e->d_name, want))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/schedstat", e->d_name);
		read_schedstat(path, ret);
		break;
	}
	if (d)
		closedir(d);
}
