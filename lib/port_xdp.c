// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_xdp.c - AF_XDP as a port; see port.h. One block of memory is the UMEM: a
 * chunk a frame, the first @slots for receiving, the others for sending.
 *
 *	receive		fill ring: chunks for the kernel; rx ring: those with frames.
 *			Release puts them back.
 *	transmit	tx ring: frames to send; completion ring: those sent.
 *			What is in neither lies on a stack of free frames: the one
 *			used last, still in the cache, goes next.
 *
 * The fill and tx rings have twice the places there are chunks: the kernel shows a
 * frame received, or sent, before it says that the place of its chunk is free.
 *
 * The receiving thread has the rx and fill rings, the transmitting one the others
 * and the stack; the socket's system calls are safe from both. In copy mode the
 * kernel sends only when called, up to 32 frames a call.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <xdp/xsk.h>

#include "lib/port_netif.h"
#include "lib/port_xdp_hook.h"
#include "lib/topo.h"

#define KIND		"xdp port"
#define LINE		64
#define CHUNK_SMALL	2048
#define CHUNK_LARGE	4096
#define HEADROOM	256	/* XDP_PACKET_HEADROOM: the kernel's part of a chunk */
#define FRAME_MAX	(CHUNK_LARGE - HEADROOM)
#define SEND_BUFFER	(1 << 28)
/* Calls without progress after which frames are left in the ring. */
#define KICKS_IDLE	8
/* An occupied queue is looked at again for half a second. */
#define BUSY_TRIES	50
#define BUSY_WAIT_NS	(10 * 1000 * 1000)
#define BUSY_POLL_US	20
#define BUSY_POLL_BUDGET 64

struct xdp_rx {
	struct xsk_ring_cons ring;
	struct xsk_ring_prod fill;
	unsigned int handed;	/* frames of the peek that is open */
	unsigned int idle;	/* empty peeks */
	struct netif_side side;
};

struct xdp_tx {
	struct xsk_ring_prod ring;
	struct xsk_ring_cons done;
	unsigned int handed;	/* frames of the reserve that is open */
	u32 nfree;
	u64 *free;		/* addresses; the last one goes first */
	u64 refused;		/* atomic */
	struct netif_side side;
};

struct xdp_port {
	struct port port;
	struct netif netif;
	struct xdp_hook hook;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	u8 *data;
	size_t size;
	u32 slots;
	u32 chunk;
	int fd;
	bool zero_copy, busy_poll;
	const struct err *last;	/* atomic */
	struct xdp_tx tx __cacheline;
	struct xdp_rx rx __cacheline;
};

static struct xdp_port *to_xdp(struct port *p)
{
	return container_of(p, struct xdp_port, port);
}

/* Does the socket's state end a side? Everything else passes. */
static bool xdp_ends(int error)
{
	return error == ENETDOWN || error == ENXIO || error == ENODEV;
}

/* ------------------------------------------------------------------ transmit */

/* Frames in the ring that the kernel has not taken. */
static u32 tx_waiting(const struct xdp_tx *tx)
{
	return __atomic_load_n(tx->ring.producer, __ATOMIC_RELAXED) -
	       __atomic_load_n(tx->ring.consumer, __ATOMIC_ACQUIRE);
}

static int tx_call(const struct xdp_port *xp)
{
	return sendto(xp->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 ? errno : 0;
}

/* Have the kernel send what is in the ring. It stops after every frame it lost. */
static void tx_kick(struct xdp_port *xp)
{
	struct xdp_tx *tx = &xp->tx;
	u32 waiting = tx_waiting(tx), refused = 0, sent = 0;

	if (xp->zero_copy && !xp->busy_poll && !xsk_ring_prod__needs_wakeup(&tx->ring))
		return;
	for (unsigned int idle = 0; waiting && idle < KICKS_IDLE;) {
		int error = tx_call(xp);
		u32 left = tx_waiting(tx);

		if (unlikely(xdp_ends(error))) {
			netif_lost(&xp->netif, &tx->side, -error);
			break;
		}
		idle = left < waiting ? 0 : idle + 1;
		sent += waiting - left;
		refused += error == EBUSY && left < waiting;
		waiting = left;
		if (xp->zero_copy && !error)	/* the driver goes on by itself */
			break;
	}
	if (likely(!refused))
		return;
	__atomic_store_n(&tx->refused, tx->refused + refused, __ATOMIC_RELAXED);
	if (refused == sent)
		netif_refused(&xp->netif, &tx->side);
}

/* Put sent frames on the stack. */
static void tx_reclaim(struct xdp_port *xp)
{
	struct xdp_tx *tx = &xp->tx;
	u32 at = 0, n = xsk_ring_cons__peek(&tx->done, xp->slots, &at);

	for (u32 i = 0; i < n; i++)
		tx->free[tx->nfree++] = *xsk_ring_cons__comp_addr(&tx->done, at + i);
	if (n)
		xsk_ring_cons__release(&tx->done, n);
}

static int xdp_reserve(struct port *p, struct frame *f, unsigned int n)
{
	struct xdp_port *xp = to_xdp(p);
	struct xdp_tx *tx = &xp->tx;

	if (unlikely(tx->side.ended))
		return tx->side.ended;
	/* The frames of an open reserve lie on top: nothing may come above them. */
	if (!tx->handed) {
		tx_reclaim(xp);
		if (unlikely(tx->nfree < n) && tx_waiting(tx)) {
			tx_kick(xp);
			tx_reclaim(xp);
		}
	}
	n = min(n, tx->nfree);
	for (unsigned int i = 0; i < n; i++) {
		f[i].data = xp->data + tx->free[tx->nfree - 1 - i];
		f[i].room = xp->netif.room;
	}
	tx->handed = n;
	return (int)n;
}

static int tx_check(struct xdp_port *xp, const struct frame *f, unsigned int n, u64 *ret_bytes)
{
	const struct xdp_tx *tx = &xp->tx;
	int ret = 0;

	if (likely(netif_frames(&xp->netif, f, n, ret_bytes)))
		return 0;
	for (unsigned int i = 0; i < n && !ret; i++)
		ret = netif_frame(&xp->netif, &xp->tx.side,
				  xp->data + tx->free[tx->nfree - 1 - i], f[i].len);
	return ret;
}

static int xdp_commit(struct port *p, const struct frame *f, unsigned int n)
{
	struct xdp_port *xp = to_xdp(p);
	struct xdp_tx *tx = &xp->tx;
	u64 bytes;
	u32 at;
	int ret;

	if (unlikely(tx->side.ended))
		return tx->side.ended;
	if (unlikely(n > tx->handed))
		return netif_error(&tx->side, -EINVAL, KIND ": commit of %u frames, %u reserved", n,
				   tx->handed);
	ret = tx_check(xp, f, n, &bytes);
	if (unlikely(ret))
		return ret;
	tx->handed = 0;
	if (unlikely(!n))
		return 0;
	if (unlikely(!xsk_ring_prod__reserve(&tx->ring, n, &at)))
		return netif_error(&tx->side, -EIO, KIND ": %s: transmit ring overrun",
				   xp->netif.name);
	for (unsigned int i = 0; i < n; i++)
		*xsk_ring_prod__tx_desc(&tx->ring, at + i) = (struct xdp_desc){
			.addr = tx->free[--tx->nfree], .len = f[i].len };
	xsk_ring_prod__submit(&tx->ring, n);
	tx_kick(xp);
	if (unlikely(tx->side.ended) && tx_waiting(tx) >= n)
		return tx->side.ended;
	p->stats.tx_frames += n;
	p->stats.tx_bytes += bytes;
	return 0;
}

/* Frames the kernel has not taken; asks it once more, or nobody might. */
static u64 xdp_pending(struct port *p)
{
	struct xdp_port *xp = to_xdp(p);

	if (!tx_waiting(&xp->tx) || xdp_ends(tx_call(xp)))
		return 0;
	return tx_waiting(&xp->tx);
}

/* ------------------------------------------------------------------- receive */

/* Ask the driver for frames; and is the interface still there? */
static int rx_call(struct xdp_port *xp)
{
	if (recvfrom(xp->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL) >= 0 || !xdp_ends(errno))
		return 0;
	return netif_lost(&xp->netif, &xp->rx.side, -errno);
}

static u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * NSEC_PER_SEC + (u64)t.tv_nsec;
}

/* How many of @n frames are there; calls the kernel when that is what it takes. */
static int rx_ready(struct xdp_port *xp, unsigned int n)
{
	struct xdp_rx *rx = &xp->rx;
	u32 ready = xsk_cons_nb_avail(&rx->ring, n);
	int ret;

	if (ready == n || (ready && !xp->busy_poll))
		return (int)ready;
	if (unlikely(rx->side.ended))
		return ready ? (int)ready : rx->side.ended;
	if (!xp->busy_poll && !xsk_ring_prod__needs_wakeup(&rx->fill) && ++rx->idle % NETIF_POLLS)
		return 0;
	ret = rx_call(xp);
	ready = xsk_cons_nb_avail(&rx->ring, n);
	return ready ? (int)ready : ret;
}

static int xdp_peek(struct port *p, struct frame *f, unsigned int n)
{
	struct xdp_port *xp = to_xdp(p);
	struct xdp_rx *rx = &xp->rx;
	int ready = rx_ready(xp, n);
	u64 now;

	rx->handed = ready > 0 ? (unsigned int)ready : 0;
	if (ready <= 0)
		return ready;
	now = p->stamped ? now_ns() : 0;
	for (unsigned int i = 0; i < rx->handed; i++) {
		const struct xdp_desc *d = xsk_ring_cons__rx_desc(&rx->ring,
								  rx->ring.cached_cons + i);

		f[i] = (struct frame){ .data = xp->data + d->addr, .len = d->len,
				       .room = xp->netif.room, .time = now };
		prefetch(f[i].data);
	}
	return ready;
}

static int xdp_release(struct port *p, unsigned int n)
{
	struct xdp_port *xp = to_xdp(p);
	struct xdp_rx *rx = &xp->rx;
	u64 bytes = 0;
	u32 at = 0, to = 0;

	if (unlikely(n > rx->handed))
		return netif_error(&rx->side, -EINVAL, KIND ": release of %u frames, %u peeked", n,
				   rx->handed);
	if (unlikely(!n))
		return 0;
	if (unlikely(!xsk_ring_prod__reserve(&rx->fill, n, &to)))
		return netif_error(&rx->side, -EIO, KIND ": %s: fill ring overrun",
				   xp->netif.name);
	xsk_ring_cons__peek(&rx->ring, n, &at);
	for (unsigned int i = 0; i < n; i++) {
		const struct xdp_desc *d = xsk_ring_cons__rx_desc(&rx->ring, at + i);

		bytes += d->len;
		*xsk_ring_prod__fill_addr(&rx->fill, to + i) = d->addr & ~(u64)(xp->chunk - 1);
	}
	xsk_ring_prod__submit(&rx->fill, n);
	xsk_ring_cons__release(&rx->ring, n);
	rx->handed -= n;
	p->stats.rx_frames += n;
	p->stats.rx_bytes += bytes;
	return 0;
}

u64 port_xdp_dropped(struct port *p)
{
	struct xdp_port *xp = to_xdp(p);
	struct xdp_statistics stats = { 0 };
	socklen_t len = sizeof(stats);

	getsockopt(xp->fd, SOL_XDP, XDP_STATISTICS, &stats, &len);
	return stats.rx_dropped + stats.rx_ring_full + xdp_hook_too_long(&xp->hook);
}

u64 port_xdp_refused(struct port *p)
{
	return __atomic_load_n(&to_xdp(p)->tx.refused, __ATOMIC_RELAXED);
}

const char *port_xdp_mode(const struct port *p)
{
	const struct xdp_port *xp = container_of(p, const struct xdp_port, port);

	return xp->zero_copy ? "zero-copy" : xp->hook.generic ? "generic copy" : "copy";
}

static const struct err *xdp_error(const struct port *p)
{
	return __atomic_load_n(&container_of(p, const struct xdp_port, port)->last,
			       __ATOMIC_ACQUIRE);
}

/* ------------------------------------------------------------- open and close */

static int xdp_close(struct port *p)
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

static const struct port_ops xdp_ops = {
	.name = "xdp",
	.help = "AF_XDP on a queue of an interface: the fastest a driver allows",
	.reserve = xdp_reserve,
	.commit = xdp_commit,
	.peek = xdp_peek,
	.release = xdp_release,
	.pending = xdp_pending,
	.error = xdp_error,
	.close = xdp_close,
};

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
		err_set(err, -ENOMEM, KIND ": no memory for %u frames of %u bytes", 2 * xp->slots,
			xp->chunk);
		ret = -ENOMEM;
		goto err_free;
	}
	ret = xsk_umem__create(&xp->umem, xp->data, xp->size, &xp->rx.fill, &xp->tx.done, &config);
	if (!ret)
		return 0;
	err_set(err, ret, KIND ": %s: no memory for frames (UMEM): %s", xp->netif.name,
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
		return err_set(err, code, KIND ": queue %u of %s has another AF_XDP socket", queue,
			       n->name);
	if (code == -EINVAL)
		return err_set(err, code, KIND ": %s has no queue %u: see `ethtool -l %s`", n->name,
			       queue, n->name);
	return err_set(err, code, KIND ": %s: no AF_XDP socket on queue %u: %s", n->name, queue,
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
	return err_set(err, -errno, KIND ": %s: no busy polling (Linux 5.11): %s", xp->netif.name,
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
	const struct netif_config netif_config = { KIND, config->ifindex, config->slots,
						   config->frame_max, FRAME_MAX };
	struct xdp_port *xp;
	int ret;

	xp = aligned_alloc(_Alignof(struct xdp_port), sizeof(*xp));
	if (!xp)
		return err_set(err, -ENOMEM, KIND ": out of memory");
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
