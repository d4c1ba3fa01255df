/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_xdp_hook.h - the XDP program of the xdp ports of one interface. The first
 * port attaches it by a BPF link, those of further queues join; the link lives
 * as long as one of them holds it, so close and kill -9 alike leave nothing.
 * No bpffs, no dispatcher. For lib/port_xdp.c only.
 */
#ifndef KPPS_PORT_XDP_HOOK_H
#define KPPS_PORT_XDP_HOOK_H

#include "lib/port_netif.h"

struct xdp_hook {
	int link, sockets, queues;	/* fds: the link and both maps */
	u32 queue;
	u64 too_long_before;		/* of ports that had the queue before */
	bool generic;
};

int xdp_hook_open(struct xdp_hook *h, const struct netif *n, u32 queue, struct err *err);
void xdp_hook_close(struct xdp_hook *h);
/* xdp_hook_socket - from now on the queue's frames go to the AF_XDP socket @fd. */
int xdp_hook_socket(struct xdp_hook *h, const struct netif *n, int fd, struct err *err);
/* xdp_hook_leave - the queue's frames are the kernel's again, of any length, as soon as
 * the socket is closed; call it before, while the queue is still this port's. */
void xdp_hook_leave(const struct xdp_hook *h);
/* Frames of the queue longer than the port's since xdp_hook_socket. */
u64 xdp_hook_too_long(const struct xdp_hook *h);

#endif
