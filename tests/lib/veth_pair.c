// SPDX-License-Identifier: GPL-2.0-or-later
/* veth_pair.c - see veth_pair.h. */
#include "tests/lib/veth_pair.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define IP	"/usr/sbin/ip"
#define ARGS	32

static const char *const end_name[2] = { "va", "vb" };

static int run(char *const argv[])
{
	char *const env[] = { NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, env))
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int ip_words(const char *ns, va_list ap)
{
	char *argv[ARGS] = { (char *)IP };
	unsigned int n = 1;

	if (ns) {
		argv[n++] = (char *)"-n";
		argv[n++] = (char *)ns;
	}
	for (char *word; n < ARGS - 1 && (word = va_arg(ap, char *));)
		argv[n++] = word;
	return run(argv);
}

static int ip(const char *ns, ...)
{
	va_list ap;
	int ret;

	va_start(ap, ns);
	ret = ip_words(ns, ap);
	va_end(ap);
	return ret;
}

int veth_pair_ip(const struct veth_pair *v, int side, ...)
{
	va_list ap;
	int ret;

	va_start(ap, side);
	ret = ip_words(v->ns[side], ap);
	va_end(ap);
	return ret;
}

const char *veth_pair_why_not(void)
{
	if (geteuid())
		return "not root: can't make network namespaces";
	if (access(IP, X_OK))
		return IP " is missing: apt-get install iproute2";
	return NULL;
}

void veth_pair_enter(const struct veth_pair *v, int side)
{
	if (setns(side < 0 ? v->home : v->netns[side], CLONE_NEWNET)) {
		perror("setns");
		abort();
	}
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return errno == ENOENT;		/* a kernel without IPv6 */
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static bool namespace_make(struct veth_pair *v, int side)
{
	char path[80];
	bool ok;

	if (ip(NULL, "netns", "add", v->ns[side], NULL))
		return false;
	snprintf(path, sizeof(path), "/run/netns/%s", v->ns[side]);
	v->netns[side] = open(path, O_RDONLY | O_CLOEXEC);
	if (v->netns[side] < 0)
		return false;
	veth_pair_enter(v, side);
	ok = write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1") &&
	     write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	veth_pair_enter(v, -1);
	return ok;
}

static bool link_make(struct veth_pair *v, unsigned int mtu, unsigned int queues)
{
	char mtu_word[16], queues_word[16];

	snprintf(mtu_word, sizeof(mtu_word), "%u", mtu ? mtu : 1500);
	snprintf(queues_word, sizeof(queues_word), "%u", queues ? queues : 1);
	if (ip(v->ns[0], "link", "add", "name", end_name[0], "mtu", mtu_word,
	       "numrxqueues", queues_word, "numtxqueues", queues_word, "type", "veth",
	       "peer", "name", end_name[1], "mtu", mtu_word, "netns", v->ns[1],
	       "numrxqueues", queues_word, "numtxqueues", queues_word, NULL))
		return false;
	for (int side = 0; side < 2; side++) {
		if (ip(v->ns[side], "link", "set", "dev", end_name[side], "up", NULL))
			return false;
		veth_pair_enter(v, side);
		v->ifindex[side] = (int)if_nametoindex(end_name[side]);
		veth_pair_enter(v, -1);
		if (!v->ifindex[side])
			return false;
	}
	return true;
}

bool veth_pair_up(struct veth_pair *v, unsigned int mtu, unsigned int queues)
{
	static unsigned int made;
	bool ok;

	*v = (struct veth_pair){ .netns = { -1, -1 } };
	for (int side = 0; side < 2; side++)
		snprintf(v->ns[side], sizeof(v->ns[side]), "kpps-test-%d-%u%c", (int)getpid(),
			 made, 'a' + side);
	made++;
	v->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	ok = v->home >= 0 && namespace_make(v, 0) && namespace_make(v, 1) &&
	     link_make(v, mtu, queues);
	if (!ok) {
		fprintf(stderr, "# can't make a veth pair in %s and %s\n", v->ns[0], v->ns[1]);
		veth_pair_down(v);
	}
	return ok;
}

void veth_pair_down(struct veth_pair *v)
{
	for (int side = 0; side < 2; side++) {
		char path[80];

		if (v->netns[side] >= 0)
			close(v->netns[side]);
		snprintf(path, sizeof(path), "/run/netns/%s", v->ns[side]);
		if (!access(path, F_OK))
			ip(NULL, "netns", "del", v->ns[side], NULL);
	}
	if (v->home >= 0)
		close(v->home);
}
