/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_world.h - the network of run/world.h out of network namespaces, with
 * the running kernel as the firewall, and a packet socket at either end:
 *
 *	near ----- eth0 [kernel] eth1 ----- far
 *
 * The namespaces have no names and end with their fds, also when a test dies.
 * Needs root; one thread.
 */
#ifndef KPPS_TESTS_KERNEL_WORLD_H
#define KPPS_TESTS_KERNEL_WORLD_H

#include "lib/err.h"
#include "tests/engine/pkt_build.h"

enum { WORLD_NEAR, WORLD_FAR, WORLD_ENDS };

struct kernel_world {
	int dut, ns[WORLD_ENDS];	/* fds of namespaces */
	int sock[WORLD_ENDS];
};

/*
 * kernel_world_why_not - NULL when a kernel_world can be made here, and ip and
 * @programs (NULL ends) are installed; else the reason.
 */
const char *kernel_world_why_not(const char *const *programs);
int kernel_world_open(struct kernel_world *w, struct err *err);
void kernel_world_close(struct kernel_world *w);
/*
 * kernel_world_send - a frame from @end; what comes out as "END | packet", with
 * " + " between several, "" for nothing. @expected: how many frames to wait for
 * in earnest, -1: not known; after them, or for none, a short while is enough to
 * see more.
 */
void kernel_world_send(struct kernel_world *w, int end, const struct pkt_buf *frame,
		       int expected, char *ret, size_t size);

#endif
