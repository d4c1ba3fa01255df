/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * veth_pair.h - for tests and benchmarks of what needs interfaces: two network
 * namespaces with a veth pair between them, end va in the first, vb in the second,
 * both up and carrying frames. Nothing speaks there by itself: no IPv6, no
 * addresses. The namespaces have no name and are held by descriptors only, so they
 * go with the process, however that ends. Only the calling thread enters them.
 */
#ifndef KPPS_TESTS_VETH_PAIR_H
#define KPPS_TESTS_VETH_PAIR_H

#include "lib/compiler.h"

struct veth_pair {
	int netns[2];		/* fds */
	int ifindex[2];
	int home;		/* the caller's namespace */
};

/* NULL when a pair can be made here, else why not. */
const char *veth_pair_why_not(void);
/* False, with a line on stderr, when it can't be made. 0: the kernel's defaults. */
bool veth_pair_up(struct veth_pair *v, unsigned int mtu, unsigned int queues);
/* The calling thread is at home then. NULL, and a pair that is down, are fine. */
void veth_pair_down(struct veth_pair *v);
/* Move the calling thread to end @side (0, 1), or back home (-1). */
void veth_pair_enter(const struct veth_pair *v, int side);

/* What follows is done at end @side; the calling thread stays where it is. */

/* Run `ip argument…` (NULL ends); its exit status. */
int veth_pair_ip(const struct veth_pair *v, int side, ...);
/* A packet socket on the end's interface that receives what arrives there; -1. */
int veth_pair_socket(const struct veth_pair *v, int side);
/* An XDP program (native) that says @action of every frame; an fd that detaches it
 * when it is closed, or -1. */
int veth_pair_xdp(const struct veth_pair *v, int side, int action);

#endif
