/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * veth_fds.h - for tests of what needs interfaces: two network namespaces, "a"
 * in one and "b" in the other, the ends of a veth pair. The namespaces have no
 * name and are held by descriptors only, so they go with the process, however
 * that ends. Only the calling thread enters them.
 */
#ifndef TESTS_VETH_FDS_H
#define TESTS_VETH_FDS_H

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/compiler.h"

struct veth_pair {
	int home, a, b;		/* descriptors of namespaces */
	int ifindex_a, ifindex_b;
};

static inline int veth_run(const char *command)
{
	char *const argv[] = { "sh", "-c", (char *)command, NULL };
	extern char **environ;
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static inline int veth_enter(int ns)
{
	return setns(ns, CLONE_NEWNET);
}

static inline void veth_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

/* A new namespace without IPv6, whose autoconfiguration would send frames of its own. */
static inline int veth_namespace(void)
{
	if (unshare(CLONE_NEWNET))
		return -1;
	veth_write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	veth_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	return open("/proc/thread-self/ns/net", O_RDONLY);	/* inherited by ip */
}

/* veth_pair_open - leaves the caller in the namespace of "a"; -1: not allowed here. */
static inline int veth_pair_open(struct veth_pair *v)
{
	char command[256];

	v->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	v->b = veth_namespace();
	v->a = veth_namespace();
	if (v->home < 0 || v->a < 0 || v->b < 0)
		return -1;
	snprintf(command, sizeof(command),
		 "PATH=$PATH:/usr/sbin:/sbin; ip link add name a address 02:00:00:00:00:0a type veth "
		 "peer name b address 02:00:00:00:00:0b && ip link set dev b netns /proc/self/fd/%d && "
		 "ip link set dev a up", v->b);
	if (veth_run(command))
		return -1;
	v->ifindex_a = (int)if_nametoindex("a");
	if (veth_enter(v->b) || veth_run("PATH=$PATH:/usr/sbin:/sbin; ip link set dev b up"))
		return -1;
	v->ifindex_b = (int)if_nametoindex("b");
	return veth_enter(v->a);
}

static inline int veth_set_mtu(const char *name, int mtu)
{
	char command[128];

	snprintf(command, sizeof(command), "PATH=$PATH:/usr/sbin:/sbin; ip link set dev %s mtu %d",
		 name, mtu);
	return veth_run(command);
}

/* From the namespace of "a". */
static inline int veth_mtu(struct veth_pair *v, int a, int b)
{
	if (veth_set_mtu("a", a) || veth_enter(v->b) || veth_set_mtu("b", b))
		return -1;
	return veth_enter(v->a);
}

static inline void veth_pair_close(struct veth_pair *v)
{
	if (veth_enter(v->home))
		perror("setns");
	close(v->a);
	close(v->b);
	close(v->home);
}

/* A packet socket on an interface of the current namespace; receives what arrives there. */
static inline int veth_socket(int ifindex)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = __builtin_bswap16(0x0003 /* all */),
		.sll_ifindex = ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, address.sll_protocol), one = 1;

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one))) {
		close(fd);
		return -1;
	}
	return fd;
}

#endif
