// SPDX-License-Identifier: GPL-2.0-or-later
/* kthread.c - see kthread.h. */
#include "lib/kthread.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_called(const char *pid, const char *name, bool whole)
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
	return whole ? !strcmp(comm, name) : !strncmp(comm, name, strlen(name));
}

unsigned int kthreads_find(const char *name, bool whole, pid_t *ret, unsigned int max)
{
	DIR *d = opendir("/proc");
	unsigned int n = 0;
	struct dirent *e;

	while (d && n < max && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && is_called(e->d_name, name, whole))
			ret[n++] = atoi(e->d_name);
	if (d)
		closedir(d);
	return n;
}
