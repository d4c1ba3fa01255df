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
#include "lib/port_xdp.h"

#include <errno.h>
#include <sys/socket.h>

#include "lib/clock.h"

/* Calls without progress after which frames are left in the ring. */
#define KICKS_IDLE	8

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

/*
 * Have the kernel send what is in the ring. It stops after every frame it lost, and
 * says so; before Linux 6.17 the ring shows it only when all of them are used up.
 */
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
		idle = left < waiting || error == EBUSY ? 0 : idle + 1;
		sent += waiting - left;
		refused += error == EBUSY;
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
		return netif_error(&tx->side, -EINVAL, XDP_PORT ": commit of %u frames, %u reserved", n,
				   tx->handed);
	ret = tx_check(xp, f, n, &bytes);
	if (unlikely(ret))
		return ret;
	tx->handed = 0;
	if (unlikely(!n))
		return 0;
	if (unlikely(!xsk_ring_prod__reserve(&tx->ring, n, &at)))
		return netif_error(&tx->side, -EIO, XDP_PORT ": %s: transmit ring overrun",
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
	now = p->stamped ? clk_monotonic_ns() : 0;
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
		return netif_error(&rx->side, -EINVAL, XDP_PORT ": release of %u frames, %u peeked", n,
				   rx->handed);
	if (unlikely(!n))
		return 0;
	if (unlikely(!xsk_ring_prod__reserve(&rx->fill, n, &to)))
		return netif_error(&rx->side, -EIO, XDP_PORT ": %s: fill ring overrun",
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

static u64 xdp_dropped(struct port *p)
{
	struct xdp_port *xp = to_xdp(p);
	struct xdp_statistics stats = { 0 };
	socklen_t len = sizeof(stats);

	getsockopt(xp->fd, SOL_XDP, XDP_STATISTICS, &stats, &len);
	return stats.rx_dropped + stats.rx_ring_full + xdp_hook_too_long(&xp->hook);
}

static u64 xdp_refused(struct port *p)
{
	return __atomic_load_n(&to_xdp(p)->tx.refused, __ATOMIC_RELAXED);
}

static const struct err *xdp_error(const struct port *p)
{
	return __atomic_load_n(&container_of(p, const struct xdp_port, port)->last,
			       __ATOMIC_ACQUIRE);
}

const struct port_ops xdp_ops = {
	.name = "xdp",
	.help = "AF_XDP on a queue of an interface: the fastest a driver allows",
	.reserve = xdp_reserve,
	.commit = xdp_commit,
	.peek = xdp_peek,
	.release = xdp_release,
	.pending = xdp_pending,
	.dropped = xdp_dropped,
	.refused = xdp_refused,
	.error = xdp_error,
	.close = xdp_close,
};
