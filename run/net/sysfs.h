/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysfs.h - /sys/class/net of another network namespace, without mounting
 * anything: sysfs shows the namespace it was made in, so a detached one is made
 * there for each access. Any thread.
 */
#ifndef KPPS_NET_SYSFS_H
#define KPPS_NET_SYSFS_H

#include "lib/compiler.h"
#include "lib/err.h"

/* sysfs_net_write - @value into class/net/@link/@file of namespace @netns. */
int sysfs_net_write(int netns, const char *link, const char *file, const char *value,
		    struct err *err);
/* sysfs_net_read - without the newline. */
int sysfs_net_read(int netns, const char *link, const char *file, char *ret, size_t size,
		   struct err *err);

/*
 * sysfs_net_numbers - the entries of the folder @file whose names are numbers, at
 * most @max of them into @ret; how many, or -errno: -ENOENT without a folder.
 */
int sysfs_net_numbers(int netns, const char *link, const char *file, int *ret, int max,
		      struct err *err);

#endif
