// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_packet.c - AF_PACKET as a port; see port.h. Two sockets, one a side, so
 * that neither sees the other's errors:
 *
 *	receive		a ring of port_packet_v2.c or port_packet_v3.c; none if tx_only
 *	transmit	a burst of buffers, handed over by one sendmmsg() that goes
 *			around the qdisc (PACKET_QDISC_BYPASS)
 *
 * Why no transmit ring: on a veth it was no faster for 60-byte frames and a
 * sixth slower for 1514, since the driver's peer must copy what lies in a ring;
 * and what sendmmsg has taken can't be written to any more. So reserve always
 * has room, and every frame of a commit was with the driver when it returns.
 * A frame that the driver then refuses (a queue behind it is full) is lost on
 * its way like any other: port_refused counts it.
 */
#include "lib/port_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/port_netif.h"
#include "lib/topo.h"

#define KIND		"packet port"
#define FRAME_MAX	9216
#define LINE		64
/*
 * What may be on its way at once. Were it all, a frame would wait for room, at
 * most SEND_WAIT_US; then it is refused.
 */
#define SEND_BUFFER	(1 << 28)
#define SEND_WAIT_US	10000

struct packet_tx {
	int fd;
	u8 *data;		/* PORT_BURST buffers */
	size_t size;
	u32 stride;
	unsigned int handed;	/* frames of the reserve that is open */
	u64 refused;		/* atomic */
	struct mmsghdr msg[PORT_BURST];
	struct iovec iov[PORT_BURST];
};

struct packet_port {
	struct port port;
	struct netif netif;
	const struct err *last;	/* atomic */
	bool receives;
	struct netif_side tx_side __cacheline;
	struct packet_tx tx;
	struct netif_side rx_side __cacheline;
	struct packet_rx rx;
};

static struct packet_port *to_packet(struct port *p)
{
	return container_of(p, struct packet_port, port);
}

/* ------------------------------------------------------------------ transmit */

static int packet_reserve(struct port *p, struct frame *f, unsigned int n)
{
	struct packet_port *pp = to_packet(p);
	struct packet_tx *tx = &pp->tx;

	if (unlikely(pp->tx_side.ended))
		return pp->tx_side.ended;
	n = min(n, (unsigned int)PORT_BURST);
	for (unsigned int i = 0; i < n; i++) {
		f[i].data = tx->data + (size_t)i * tx->stride;
		f[i].room = pp->netif.room;
	}
	tx->handed = n;
	return (int)n;
}

static void tx_refuse(struct packet_tx *tx, u64 n)
{
	__atomic_store_n(&tx->refused, tx->refused + n, __ATOMIC_RELAXED);
}

/*
 * Hand over @n frames. Returns how many went; fewer with the side ended when the
 * interface is no more. A frame that sendmmsg stopped at has had its attempt:
 * the driver freed it, and sending it again would hide a loss.
 */
static unsigned int tx_send(struct packet_port *pp, unsigned int n)
{
	struct packet_tx *tx = &pp->tx;
	unsigned int at = 0, went = 0;

	while (at < n) {
		int ret = sendmmsg(tx->fd, tx->msg + at, n - at, 0);

		if (ret < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR &&
		    errno != ENOMEM) {
			netif_lost(&pp->netif, &pp->tx_side, -errno);
			tx_refuse(tx, n - at);
			break;
		}
		if (ret > 0) {
			went += (unsigned int)ret;
			at += (unsigned int)ret;
		}
		if (at < n) {
			tx_refuse(tx, 1);
			at++;
		}
	}
	if (unlikely(!went && n && !pp->tx_side.ended))
		netif_refused(&pp->netif, &pp->tx_side);
	return went;
}

static int tx_check(struct packet_port *pp, const struct frame *f, unsigned int n, u64 *ret_bytes)
{
	int ret = 0;

	if (likely(netif_frames(&pp->netif, f, n, ret_bytes)))
		return 0;
	for (unsigned int i = 0; i < n && !ret; i++)
		ret = netif_frame(&pp->netif, &pp->tx_side,
				  pp->tx.data + (size_t)i * pp->tx.stride, f[i].len);
	return ret;
}

static int packet_commit(struct port *p, const struct frame *f, unsigned int n)
{
	struct packet_port *pp = to_packet(p);
	struct packet_tx *tx = &pp->tx;
	u64 bytes, refused = tx->refused;
	int ret;

	if (unlikely(pp->tx_side.ended))
		return pp->tx_side.ended;
	if (unlikely(n > tx->handed))
		return netif_error(&pp->tx_side, -EINVAL, KIND ": commit of %u frames, %u reserved",
				   n, tx->handed);
	ret = tx_check(pp, f, n, &bytes);
	if (unlikely(ret))
		return ret;
	for (unsigned int i = 0; i < n; i++)
		tx->iov[i].iov_len = f[i].len;
	tx->handed = 0;
	if (unlikely(!tx_send(pp, n) && pp->tx_side.ended)) {
		__atomic_store_n(&tx->refused, refused, __ATOMIC_RELAXED);
		return pp->tx_side.ended;
	}
	p->stats.tx_frames += n;
	p->stats.tx_bytes += bytes;
	return 0;
}

/* ------------------------------------------------------------------- receive */

u8 *packet_retag(u8 *data, u32 status, u16 tci, u16 tpid)
{
	const u16 tag[2] = { htons(status & TP_STATUS_VLAN_TPID_VALID ? tpid : ETH_P_8021Q),
			     htons(tci) };

	memmove(data - PACKET_VLAN_TAG, data, 2 * ETH_ALEN);
	data -= PACKET_VLAN_TAG;
	memcpy(data + 2 * ETH_ALEN, tag, sizeof(tag));
	return data;
}

/* Nothing came: is the interface still there? A ring alone would never tell. */
static int rx_idle(struct packet_port *pp)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (++pp->rx.idle % NETIF_POLLS)
		return 0;
	if (getsockopt(pp->rx.fd, SOL_SOCKET, SO_ERROR, &error, &len) || error)
		return netif_lost(&pp->netif, &pp->rx_side, -(error ? error : errno));
	return 0;
}

static int packet_peek(struct port *p, struct frame *f, unsigned int n)
{
	struct packet_port *pp = to_packet(p);
	u64 bytes;

	if (unlikely(!pp->receives))
		return 0;
	pp->rx.handed = pp->rx.kind->peek(&pp->rx, f, n);
	if (pp->rx.handed)
		return (int)pp->rx.handed;
	if (unlikely(pp->rx_side.ended))
		return pp->rx_side.ended;
	pp->rx.kind->release(&pp->rx, 0, &bytes);
	return rx_idle(pp);
}

static int packet_release(struct port *p, unsigned int n)
{
	struct packet_port *pp = to_packet(p);
	u64 bytes;

	if (unlikely(n > pp->rx.handed))
		return netif_error(&pp->rx_side, -EINVAL, KIND ": release of %u frames, %u peeked",
				   n, pp->rx.handed);
	if (!n)
		return 0;
	pp->rx.kind->release(&pp->rx, n, &bytes);
	pp->rx.handed -= n;
	p->stats.rx_frames += n;
	p->stats.rx_bytes += bytes;
	return 0;
}

static u64 packet_dropped(struct port *p)
{
	struct packet_port *pp = to_packet(p);
	struct tpacket_stats_v3 stats = { 0 };
	socklen_t len = sizeof(stats);

	if (!pp->receives)
		return 0;
	/* Reading clears the kernel's counter. */
	if (!getsockopt(pp->rx.fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		__atomic_fetch_add(&pp->rx.dropped, stats.tp_drops, __ATOMIC_RELAXED);
	return __atomic_load_n(&pp->rx.dropped, __ATOMIC_RELAXED) +
	       __atomic_load_n(&pp->rx.too_long, __ATOMIC_RELAXED);
}

static u64 packet_refused(struct port *p)
{
	return __atomic_load_n(&to_packet(p)->tx.refused, __ATOMIC_RELAXED);
}

static const struct err *packet_error(const struct port *p)
{
	return __atomic_load_n(&container_of(p, const struct packet_port, port)->last,
			       __ATOMIC_ACQUIRE);
}

/* ------------------------------------------------------------- open and close */

static void rx_close(struct packet_rx *rx)
{
	munmap(rx->map, rx->size);
	close(rx->fd);
}

static void tx_close(struct packet_tx *tx)
{
	mem_free(tx->data, tx->size);
	close(tx->fd);
}

static int packet_close(struct port *p)
{
	struct packet_port *pp = to_packet(p);

	if (pp->receives)
		rx_close(&pp->rx);
	tx_close(&pp->tx);
	netif_close(&pp->netif);
	free(pp);
	return 0;
}

static const struct port_ops packet_ops = {
	.name = "packet",
	.help = "AF_PACKET on an interface: any driver, one copy each way",
	.reserve = packet_reserve,
	.commit = packet_commit,
	.peek = packet_peek,
	.release = packet_release,
	.dropped = packet_dropped,
	.refused = packet_refused,
	.error = packet_error,
	.close = packet_close,
};

static int socket_option(const struct netif *netif, int fd, int level, int option,
			 const void *value, socklen_t len, const char *what, struct err *err)
{
	if (!setsockopt(fd, level, option, value, len))
		return 0;
	return err_set(err, -errno, KIND ": %s: no %s: %s", netif->name, what, strerror(errno));
}

/* A packet socket gets nothing before it is bound with a protocol, the ring ready. */
static int socket_bind(const struct netif *netif, int fd, u16 protocol, struct err *err)
{
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = netif->ifindex,
	};

	if (!bind(fd, (const struct sockaddr *)&to, sizeof(to)))
		return 0;
	return err_set(err, -errno, KIND ": %s: can't bind a socket to it: %s", netif->name,
		       strerror(errno));
}

static int socket_open(const struct netif *netif, struct err *err)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd >= 0 ? fd : err_set(err, -errno, KIND ": %s: no socket: %s", netif->name,
				      strerror(errno));
}

static int tx_open(const struct netif *netif, struct packet_tx *tx, struct err *err)
{
	const struct timeval wait = { .tv_usec = SEND_WAIT_US };
	const int buffer = SEND_BUFFER, on = 1;
	int ret;

	tx->stride = (netif->room + LINE - 1) / LINE * LINE;
	tx->size = (size_t)tx->stride * PORT_BURST;
	tx->fd = socket_open(netif, err);
	if (tx->fd < 0)
		return tx->fd;
	ret = socket_option(netif, tx->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer),
			    "send buffer (it needs CAP_NET_ADMIN: run as root)", err) ?:
	      socket_option(netif, tx->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait),
			    "send timeout", err) ?:
	      socket_option(netif, tx->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on),
			    "way around the qdisc", err) ?:
	      socket_bind(netif, tx->fd, 0, err);
	if (ret)
		goto err_close;
	tx->data = mem_alloc(tx->size, -1, NULL);
	if (!tx->data) {
		ret = err_set(err, -ENOMEM, KIND ": out of memory");
		goto err_close;
	}
	for (unsigned int i = 0; i < PORT_BURST; i++) {
		tx->iov[i].iov_base = tx->data + (size_t)i * tx->stride;
		tx->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &tx->iov[i], .msg_iovlen = 1 };
	}
	return 0;

err_close:
	close(tx->fd);
	return ret;
}

static int rx_ring(const struct netif *netif, struct packet_rx *rx, u32 slots, struct err *err)
{
	const int version = rx->kind->version, on = 1;
	struct tpacket_req3 req;
	int ret;

	rx->size = rx->kind->geometry(rx, slots, &req);
	ret = socket_option(netif, rx->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on),
			    "PACKET_IGNORE_OUTGOING (Linux 4.20)", err) ?:
	      socket_option(netif, rx->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version),
			    "ring of this version", err) ?:
	      socket_option(netif, rx->fd, SOL_PACKET, PACKET_RX_RING, &req,
			    version == TPACKET_V3 ? sizeof(req) : sizeof(struct tpacket_req),
			    "memory for a receive ring of so many slots", err);
	if (ret)
		return ret;
	rx->map = mmap(NULL, rx->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, rx->fd,
		       0);
	if (rx->map == MAP_FAILED)
		return err_set(err, -errno, KIND ": %s: can't map the receive ring: %s",
			       netif->name, strerror(errno));
	ret = netif_promiscuous(netif, err) ?: socket_bind(netif, rx->fd, ETH_P_ALL, err);
	if (ret)
		munmap(rx->map, rx->size);
	return ret;
}

static int rx_open(const struct netif *netif, struct packet_rx *rx, u32 slots, bool stamps,
		   struct err *err)
{
	int ret;

	*rx = (struct packet_rx){ .kind = stamps ? &packet_rx_v3 : &packet_rx_v2,
				  .room = netif->room };
	rx->fd = socket_open(netif, err);
	if (rx->fd < 0)
		return rx->fd;
	ret = rx_ring(netif, rx, slots, err);
	if (ret)
		close(rx->fd);
	return ret;
}

int port_packet_open(const struct port_packet_config *config, struct port **ret_port,
		     struct err *err)
{
	const struct netif_config netif_config = { KIND, config->ifindex, config->slots,
						   config->frame_max, FRAME_MAX };
	struct packet_port *pp;
	u32 slots;
	int ret;

	pp = aligned_alloc(_Alignof(struct packet_port), sizeof(*pp));
	if (!pp)
		return err_set(err, -ENOMEM, KIND ": out of memory");
	*pp = (struct packet_port){
		.port = { .ops = &packet_ops, .stamped = config->stamps },
		.receives = !config->tx_only,
	};
	pp->tx_side.last = pp->rx_side.last = &pp->last;
	ret = netif_open(&pp->netif, &netif_config, &slots, err);
	if (ret)
		goto err_free;
	ret = tx_open(&pp->netif, &pp->tx, err);
	if (ret)
		goto err_netif;
	if (pp->receives) {
		ret = rx_open(&pp->netif, &pp->rx, slots, config->stamps, err);
		if (ret)
			goto err_tx;
	}
	*ret_port = &pp->port;
	return 0;

err_tx:
	tx_close(&pp->tx);
err_netif:
	netif_close(&pp->netif);
err_free:
	free(pp);
	return ret;
}
