// SPDX-License-Identifier: GPL-2.0-or-later
/* net_test.c - see net_test.h. */
#include "tests/net/net_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/net/child.h"

void need_root(void)
{
	if (geteuid())
		skip_because("network namespaces need root");
}

static void *make_netns(void *arg)
{
	int *fd = arg;

	*fd = unshare(CLONE_NEWNET) ? -1 : open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return NULL;
}

int netns_new(void)
{
	pthread_t thread;
	int fd = -1;

	assert_int_equal(pthread_create(&thread, NULL, make_netns, &fd), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(fd >= 0);
	return fd;
}

static char *run_line(int netns, const char *line)
{
	struct child c = {
		.argv = (const char *const[]){ "sh", "-c", line, NULL }, .netns = netns,
	};
	struct err err = { 0 };
	char *out = NULL;

	if (child_ok(&c, &out, &err))
		fail_msg("%s", err.text);
	return out;
}

char *command(int netns, const char *line, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, line);
	vsnprintf(text, sizeof(text), line, ap);
	va_end(ap);
	return run_line(netns, text);
}

json_t *command_json(int netns, const char *line, ...)
{
	char text[512], *out;
	json_error_t error;
	json_t *ret;
	va_list ap;

	va_start(ap, line);
	vsnprintf(text, sizeof(text), line, ap);
	va_end(ap);
	out = run_line(netns, text);
	ret = json_loads(out, 0, &error);
	free(out);
	if (!ret)
		fail_msg("%s: %s", text, error.text);
	return ret;
}

u64 sent(int netns, const char *link)
{
	json_t *links = command_json(netns, "ip -j -s link show dev %s", link);
	json_int_t packets = -1;

	assert_int_equal(json_unpack(links, "[{s:{s:{s:I}}}]", "stats64", "tx", "packets",
				     &packets), 0);
	json_decref(links);
	return (u64)packets;
}
