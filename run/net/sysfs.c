// SPDX-License-Identifier: GPL-2.0-or-later
/* sysfs.c - see sysfs.h. */
#include "run/net/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "run/net/netns.h"
#include "run/net/knob.h"

/* A sysfs of the namespace the caller is in: an fd of its root. */
static int detached_sysfs(struct err *err)
{
	int fs, root, rc;

	fs = fsopen("sysfs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return err_set(err, -errno, "sysfs can't be opened: %s: needs root", strerror(errno));
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) {
		rc = err_set(err, -errno, "sysfs can't be made: %s", strerror(errno));
		close(fs);
		return rc;
	}
	root = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	rc = root < 0 ? err_set(err, -errno, "sysfs can't be reached: %s", strerror(errno)) : root;
	close(fs);
	return rc;
}

static int open_there(int netns, const char *path, int flags, struct err *err)
{
	int back, root, fd, rc = netns_enter(netns, &back, err);

	if (rc)
		return rc;
	root = detached_sysfs(err);
	rc = netns_enter(back, NULL, root < 0 ? NULL : err);
	close(back);
	if (root < 0 || rc) {
		if (root >= 0)
			close(root);
		return root < 0 ? root : rc;
	}
	fd = openat(root, path, flags | O_CLOEXEC);
	if (fd < 0)
		fd = err_set(err, -errno, "/sys/%s: %s", path, strerror(errno));
	close(root);
	return fd;
}

int sysfs_net_write(int netns, const char *link, const char *file, const char *value,
		    struct err *err)
{
	char path[256];
	int fd, rc;

	snprintf(path, sizeof(path), "class/net/%s/%s", link, file);
	fd = open_there(netns, path, O_WRONLY, err);
	if (fd < 0)
		return fd;
	rc = knob_write(fd, value);
	return rc ? err_set(err, rc, "/sys/%s: can't write %s: %s", path, value, strerror(-rc)) : 0;
}

int sysfs_net_read(int netns, const char *link, const char *file, char *ret, size_t size,
		   struct err *err)
{
	char path[256];
	int fd, rc;

	snprintf(path, sizeof(path), "class/net/%s/%s", link, file);
	fd = open_there(netns, path, O_RDONLY, err);
	if (fd < 0)
		return fd;
	rc = knob_read(fd, ret, size);
	return rc ? err_set(err, rc, "/sys/%s: %s", path, strerror(-rc)) : 0;
}

int sysfs_net_numbers(int netns, const char *link, const char *file, int *ret, int max,
		      struct err *err)
{
	char path[256];
	struct dirent *e;
	DIR *d;
	int fd, n = 0;

	snprintf(path, sizeof(path), "class/net/%s/%s", link, file);
	fd = open_there(netns, path, O_RDONLY | O_DIRECTORY, err);
	if (fd < 0)
		return fd;
	d = fdopendir(fd);
	if (!d) {
		n = err_set(err, -errno, "/sys/%s: %s", path, strerror(errno));
		close(fd);
		return n;
	}
	while (n < max && (e = readdir(d)))
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			ret[n++] = atoi(e->d_name);
	closedir(d);
	return n;
}
