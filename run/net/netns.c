// SPDX-License-Identifier: GPL-2.0-or-later
/* netns.c - see netns.h. */
#include "run/net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

int netns_enter(int fd, int *ret_back, struct err *err)
{
	int back = -1, ret;

	if (ret_back) {
		back = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
		if (back < 0)
			return err_set(err, -errno, "/proc/thread-self/ns/net: %s", strerror(errno));
	}
	if (setns(fd, CLONE_NEWNET)) {
		ret = -errno;
		if (back >= 0)
			close(back);
		return err_set(err, ret, "can't enter a network namespace: %s%s", strerror(-ret),
			       ret == -EPERM ? ": run as root" : "");
	}
	if (ret_back)
		*ret_back = back;
	return 0;
}

int netns_leave(int back, struct err *err)
{
	int ret = netns_enter(back, NULL, err);

	close(back);
	return ret;
}

/* A thread can leave its namespace without the process leaving it. */
static void *scratch_thread(void *arg)
{
	int *fd = arg;

	*fd = unshare(CLONE_NEWNET) ? -errno :
		open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return NULL;
}

int netns_scratch(int *ret_fd, struct err *err)
{
	pthread_t thread;
	int fd = -1;
	int ret = -pthread_create(&thread, NULL, scratch_thread, &fd);

	if (ret)
		return err_set(err, ret, "can't start a thread to make a network namespace in");
	pthread_join(thread, NULL);
	if (fd == -EPERM)
		return err_set(err, -EPERM, "what is tried in the kernel needs root: run kpps as root or with sudo");
	if (fd < 0)
		return err_set(err, fd, "can't make a network namespace to try things in: %s",
			       strerror(-fd));
	*ret_fd = fd;
	return 0;
}
