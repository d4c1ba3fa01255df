/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * veth_pair.h - two network namespaces of a test's own with a veth pair between
 * them, end va in the first, vb in the second, both up. Nothing speaks there by
 * itself: no IPv6, no addresses. Names hold the process id, so that test programs
 * may run side by side.
 */
#ifndef KPPS_TESTS_VETH_PAIR_H
#define KPPS_TESTS_VETH_PAIR_H

#include "lib/compiler.h"

struct veth_pair {
	char ns[2][40];
	int netns[2];		/* fds */
	int ifindex[2];
	int home;		/* the caller's namespace */
};

/* NULL when a pair can be made here, else why not. */
const char *veth_pair_why_not(void);
/* False, with a line on stderr, when it can't be made. 0: the kernel's defaults. */
bool veth_pair_up(struct veth_pair *v, unsigned int mtu, unsigned int queues);
void veth_pair_down(struct veth_pair *v);
/* Move the calling thread to end @side (0, 1), or back home (-1). */
void veth_pair_enter(const struct veth_pair *v, int side);
/* Run `ip -n NAMESPACE argument…` (NULL ends); its exit status. */
int veth_pair_ip(const struct veth_pair *v, int side, ...);

#endif
