// SPDX-License-Identifier: GPL-2.0-or-later
/* child_find.c - where a program is; see child.h. */
#include "run/net/child.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Searched after PATH: an ordinary user's has no sbin. */
static const char sbin[] = "/usr/local/sbin:/usr/sbin:/sbin";

static bool executable(const char *path)
{
	struct stat st;

	return !access(path, X_OK) && !stat(path, &st) && S_ISREG(st.st_mode);
}

static bool find_in(const char *dirs, const char *program, char *ret, size_t size)
{
	while (*dirs) {
		int len = (int)strcspn(dirs, ":");
		int n = snprintf(ret, size, "%.*s%s%s", len, dirs, len ? "/" : "", program);

		if (n > 0 && (size_t)n < size && executable(ret))
			return true;
		dirs += len + (dirs[len] == ':');
	}
	return false;
}

int child_find(const char *program, char *ret, size_t size)
{
	const char *path = getenv("PATH");
	char buf[PATH_MAX];

	if (strchr(program, '/')) {
		snprintf(buf, sizeof(buf), "%s", program);
		if (!executable(buf))
			return -ENOENT;
	} else if (!*program || (!find_in(path ? path : "", program, buf, sizeof(buf)) &&
				 !find_in(sbin, program, buf, sizeof(buf)))) {
		return -ENOENT;
	}
	if (ret && (size_t)snprintf(ret, size, "%s", buf) >= size)
		return -ENAMETOOLONG;
	return 0;
}
