// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sysctl.c - see netns.h. /proc/sys/net shows the namespace of the thread that
 * looks a name up, whoever mounted /proc: so the thread goes there, opens the
 * file, and comes back.
 */
#include "run/net/netns.h"
#include "run/net/knob.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int sysctl_path(const char *name, char *ret, size_t size, struct err *err)
{
	bool slashes = strchr(name, '/');
	int n = snprintf(ret, size, "/proc/sys/%s", name);

	if (!*name || *name == '/' || strstr(name, "..") || n < 0 || (size_t)n >= size)
		return err_set(err, -EINVAL, "\"%s\" is no name of a sysctl: it is one like "
			       "net.ipv4.ip_forward", name);
	for (char *c = ret + strlen("/proc/sys/"); *c && !slashes; c++)
		if (*c == '.')
			*c = '/';
	return 0;
}

static int sysctl_open(int netns, const char *name, int flags, struct err *err)
{
	char path[PATH_MAX];
	int back = -1, fd, ret = sysctl_path(name, path, sizeof(path), err);

	if (!ret && netns >= 0)
		ret = netns_enter(netns, &back, err);
	if (ret)
		return ret;
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		ret = -errno;
	if (back >= 0) {
		int left = netns_leave(back, err);

		if (left) {
			if (fd >= 0)
				close(fd);
			return left;
		}
	}
	if (fd >= 0)
		return fd;
	if (ret == -ENOENT)
		return err_set(err, ret, "there is no sysctl %s here: this kernel lacks it, or has "
			       "it outside of network namespaces only", name);
	if (ret == -EACCES && flags == O_WRONLY)
		return err_set(err, ret, "sysctl %s can only be read here", name);
	return err_set(err, ret, "sysctl %s: %s", name, strerror(-ret));
}

int sysctl_set(int netns, const char *name, const char *value, struct err *err)
{
	int fd = sysctl_open(netns, name, O_WRONLY, err), ret;

	if (fd < 0)
		return fd;
	ret = knob_write(fd, value);
	if (ret)
		return err_set(err, ret, "sysctl %s: the kernel does not take \"%s\": %s", name,
			       value, strerror(-ret));
	return 0;
}

int sysctl_get(int netns, const char *name, char *ret_value, size_t size, struct err *err)
{
	int fd = sysctl_open(netns, name, O_RDONLY, err), ret;

	if (fd < 0)
		return fd;
	ret = knob_read(fd, ret_value, size);
	if (ret == -ENOSPC)
		return err_set(err, ret, "sysctl %s: its value is longer than %zu bytes", name,
			       size - 1);
	if (ret)
		return err_set(err, ret, "sysctl %s: %s", name, strerror(-ret));
	return 0;
}
