/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netns.h - network namespaces by their fd, and the sysctls in them. A namespace
 * is a property of the thread: none of these changes another thread's, and all
 * but netns_enter leave the caller's as it was.
 */
#ifndef KPPS_NET_NETNS_H
#define KPPS_NET_NETNS_H

#include "lib/compiler.h"
#include "lib/err.h"

/* netns_enter - move the calling thread into @fd; *@ret_back (may be NULL) is
 * an fd to come back with, which the caller closes. */
int netns_enter(int fd, int *ret_back, struct err *err);
/* netns_leave - come back and close @back. */
int netns_leave(int back, struct err *err);
/* netns_scratch - a new one, to try things in; it ends when the fd is closed. */
int netns_scratch(int *ret_fd, struct err *err);

/*
 * sysctl_set - write @value to /proc/sys/@name in namespace @netns (-1: the
 * caller's). @name has dots, or slashes where a part has a dot of its own.
 * -ENOENT with the sentence when there is no such key there: the kernel lacks
 * it, or only the host's own namespace has it.
 * sysctl_get - its value without the newline.
 */
int sysctl_set(int netns, const char *name, const char *value, struct err *err);
int sysctl_get(int netns, const char *name, char *ret, size_t size, struct err *err);

#endif
