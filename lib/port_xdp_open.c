// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_xdp_open.c - how an xdp port comes and goes; see port_xdp.h. Memory, then the
 * XDP program, then the socket; frames come when the program knows the socket.
 */
#include "lib/port_xdp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/topo.h"

#define LINE		64
#define CHUNK_SMALL	2048
#define CHUNK_LARGE	4096
#define HEADROOM	256	/* XDP_PACKET_HEADROOM: the kernel's part of a chunk */
#define FRAME_MAX	(CHUNK_LARGE - HEADROOM)
#define SEND_BUFFER	(1 << 28)
/* An occupied queue is looked at again for half a second. */
#define BUSY_TRIES	50
#define BUSY_WAIT_NS	(10 * 1000 * 1000)
#define BUSY_POLL_US	20
#define BUSY_POLL_BUDGET 64

const char *port_xdp_mode(const struct port *p)
{
	const struct xdp_port *xp = container_of(p, const struct xdp_port, port);

	return xp->zero_copy ? "zero-copy" : xp->hook.generic ? "generic copy" : "copy";
}

int xdp_close(struct port *p)
{
	struct xdp_port *xp = to_xdp(p);

	xdp_hook_leave(&xp->hook);
	xsk_socket__delete(xp->socket);
	xsk_umem__delete(xp->umem);
	xdp_hook_close(&xp->hook);
	mem_free(xp->data, xp->size);
	free(xp->tx.free);
	netif_close(&xp->netif);
	free(xp);
	return 0;
}

static int umem_open(struct xdp_port *xp, int node, struct err *err)
{
	const struct xsk_umem_config config = {
		.fill_size = 2 * xp->slots,
		.comp_size = xp->slots,
		.frame_size = xp->chunk,
	};
	int ret;

	xp->size = 2UL * xp->slots * xp->chunk;
	xp->data = mem_alloc(xp->size, node, NULL);
	xp->tx.free = malloc(xp->slots * sizeof(*xp->tx.free));
	if (!xp->data || !xp->tx.free) {
		err_set(err, -ENOMEM, XDP_PORT ": no memory for %u frames of %u bytes", 2 * xp->slots,
			xp->chunk);
		ret = -ENOMEM;
		goto err_free;
	}
	ret = xsk_umem__create(&xp->umem, xp->data, xp->size, &xp->rx.fill, &xp->tx.done, &config);
	if (!ret)
		return 0;
	err_set(err, ret, XDP_PORT ": %s: no memory for frames (UMEM): %s", xp->netif.name,
		strerror(-ret));
err_free:
	free(xp->tx.free);
	mem_free(xp->data, xp->size);
	return ret;
}

/*
 * All receive chunks go to the kernel, all others to the stack. The kernel begins
 * each received frame at the same place of a chunk; those to send begin at different
 * ones, or their first lines would share a few sets of the cache.
 */
static void frames_init(struct xdp_port *xp)
{
	u32 places = (xp->chunk - xp->netif.room) / LINE + 1, at = 0;

	xsk_ring_prod__reserve(&xp->rx.fill, xp->slots, &at);
	for (u32 i = 0; i < xp->slots; i++) {
		*xsk_ring_prod__fill_addr(&xp->rx.fill, at + i) = (u64)i * xp->chunk;
		xp->tx.free[i] = (u64)(xp->slots + i) * xp->chunk + i % places * LINE;
	}
	xp->tx.nfree = xp->slots;
	xsk_ring_prod__submit(&xp->rx.fill, xp->slots);
}

static int socket_failed(const struct xdp_port *xp, u32 queue, int code, struct err *err)
{
	const struct netif *n = &xp->netif;

	if (code == -EBUSY)
		return err_set(err, code, XDP_PORT ": queue %u of %s has another AF_XDP socket", queue,
			       n->name);
	if (code == -EINVAL)
		return err_set(err, code, XDP_PORT ": %s has no queue %u: see `ethtool -l %s`", n->name,
			       queue, n->name);
	return err_set(err, code, XDP_PORT ": %s: no AF_XDP socket on queue %u: %s", n->name, queue,
		       strerror(-code));
}

static int socket_open(struct xdp_port *xp, u32 queue, struct err *err)
{
	const struct xsk_socket_config config = {
		.rx_size = xp->slots,
		.tx_size = 2 * xp->slots,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		/* Neither zero-copy nor copy asked for: the kernel tries in this order. */
		.bind_flags = (u16)(XDP_USE_NEED_WAKEUP | (xp->hook.generic ? XDP_COPY : 0)),
	};
	struct xdp_options options = { 0 };
	const struct timespec busy_wait = { .tv_nsec = BUSY_WAIT_NS };
	socklen_t len = sizeof(options);
	const int buffer = SEND_BUFFER;
	int ret;

	ret = xsk_socket__create(&xp->socket, xp->netif.name, queue, xp->umem, &xp->rx.ring,
				 &xp->tx.ring, &config);
	/* The kernel frees the queue of a closed socket some time later. */
	for (unsigned int i = 0; ret == -EBUSY && i < BUSY_TRIES; i++) {
		nanosleep(&busy_wait, NULL);
		ret = xsk_socket__create(&xp->socket, xp->netif.name, queue, xp->umem,
					 &xp->rx.ring, &xp->tx.ring, &config);
	}
	if (ret)
		return socket_failed(xp, queue, ret, err);
	xp->fd = xsk_socket__fd(xp->socket);
	/* Best effort: with less, a long queue behind the driver is met sooner. */
	setsockopt(xp->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer));
	xp->zero_copy = !getsockopt(xp->fd, SOL_XDP, XDP_OPTIONS, &options, &len) &&
			options.flags & XDP_OPTIONS_ZEROCOPY;
	return 0;
}

static int busy_poll_on(const struct xdp_port *xp, struct err *err)
{
	const int on = 1, us = BUSY_POLL_US, budget = BUSY_POLL_BUDGET;

	if (!xp->busy_poll ||
	    (!setsockopt(xp->fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &on, sizeof(on)) &&
	     !setsockopt(xp->fd, SOL_SOCKET, SO_BUSY_POLL, &us, sizeof(us)) &&
	     !setsockopt(xp->fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof(budget))))
		return 0;
	return err_set(err, -errno, XDP_PORT ": %s: no busy polling (Linux 5.11): %s", xp->netif.name,
		       strerror(errno));
}

/* With the interface known: memory, program, socket; and only then frames. */
static int xdp_start(struct xdp_port *xp, const struct port_xdp_config *config, struct err *err)
{
	int ret;

	ret = umem_open(xp, config->node, err);
	if (ret)
		return ret;
	ret = xdp_hook_open(&xp->hook, &xp->netif, config->queue, err);
	if (ret)
		goto err_umem;
	ret = socket_open(xp, config->queue, err);
	if (ret)
		goto err_hook;
	frames_init(xp);
	ret = busy_poll_on(xp, err);
	if (ret)
		goto err_socket;
	ret = netif_promiscuous(&xp->netif, err);
	if (ret)
		goto err_socket;
	ret = xdp_hook_socket(&xp->hook, &xp->netif, xp->fd, err);
	if (!ret)
		return 0;

err_socket:
	xsk_socket__delete(xp->socket);
err_hook:
	xdp_hook_close(&xp->hook);
err_umem:
	xsk_umem__delete(xp->umem);
	free(xp->tx.free);
	mem_free(xp->data, xp->size);
	return ret;
}

int port_xdp_open(const struct port_xdp_config *config, struct port **ret_port, struct err *err)
{
	const struct netif_config netif_config = { XDP_PORT, config->ifindex, config->slots,
						   config->frame_max, FRAME_MAX };
	struct xdp_port *xp;
	int ret;

	xp = aligned_alloc(_Alignof(struct xdp_port), sizeof(*xp));
	if (!xp)
		return err_set(err, -ENOMEM, XDP_PORT ": out of memory");
	*xp = (struct xdp_port){
		.port = { .ops = &xdp_ops, .stamped = config->stamps },
		.chunk = config->frame_max <= CHUNK_SMALL - HEADROOM ? CHUNK_SMALL : CHUNK_LARGE,
		.busy_poll = config->busy_poll,
	};
	xp->tx.side.last = xp->rx.side.last = &xp->last;
	ret = netif_open(&xp->netif, &netif_config, &xp->slots, err);
	if (ret)
		goto err_free;
	ret = xdp_start(xp, config, err);
	if (ret)
		goto err_netif;
	*ret_port = &xp->port;
	return 0;

err_netif:
	netif_close(&xp->netif);
err_free:
	free(xp);
	return ret;
}
