// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guest_modprobe.c - kpps as the guest's modprobe: the kernel calls it for what it
 * misses, iptables too, and init calls guest_load. The list is modules.h's, made by
 * the host. Each call reads it anew; the kernel keeps two of them from loading one
 * module twice.
 */
#include "run/vm/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/vm/modules.h"

#define DEPTH_MAX 16

/* Module and alias names say - and _ as they like. */
static void plain(char *name)
{
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}

static char *read_list(void)
{
	FILE *f = fopen(MODULES_LIST, "re");
	char *text = NULL;
	size_t room = 0;

	if (!f)
		return NULL;
	if (getdelim(&text, &room, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : at;
}

/* The line of module @name, from its path on. */
static const char *find(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = list; *at; at = next_line(at))
		if (!strncmp(at, "m ", 2) && !strncmp(at + 2, name, len) && at[2 + len] == ' ')
			return at + 2 + len + 1;
	return NULL;
}

static int insert(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		rc = -errno;
	close(fd);
	return rc;
}

/* NOLINTNEXTLINE(misc-no-recursion): what a module needs; depth is bounded */
static int load(const char *list, const char *name, unsigned int depth)
{
	const char *at = find(list, name);
	char path[256], word[128];
	int n, rc;

	if (!at || depth > DEPTH_MAX)
		return -ENOENT;
	if (sscanf(at, "%255s%n", path, &n) != 1)
		return -EINVAL;
	for (at += n; *at == ' '; at += n) {
		if (sscanf(at, " %127s%n", word, &n) != 1)
			break;
		/* what is not there is built in */
		rc = load(list, word, depth + 1);
		if (rc && rc != -ENOENT)
			return rc;
	}
	return insert(path);
}

static int load_aliases(const char *list, const char *alias)
{
	char module[128], pattern[512];
	int rc = -ENOENT, one;
	const char *at;

	for (at = list; *at; at = next_line(at)) {
		if (strncmp(at, "a ", 2) != 0 ||
		    sscanf(at + 2, "%127s %511[^\n]", module, pattern) != 2)
			continue;
		plain(pattern);
		if (fnmatch(pattern, alias, 0))
			continue;
		one = load(list, module, 0);
		if (rc)
			rc = one;
	}
	return rc;
}

int guest_load(const char *name)
{
	char *list = read_list(), *copy = strdup(name);
	int rc = -ENOENT;

	if (list && copy) {
		plain(copy);
		rc = load(list, copy, 0);
		if (rc == -ENOENT)
			rc = load_aliases(list, copy);
	}
	free(copy);
	free(list);
	return rc;
}

int guest_modprobe(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[argc - 1] : "";

	return guest_load(name) ? 1 : 0;
}
