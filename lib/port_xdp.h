/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_xdp.h - the xdp port's own, for lib/port_xdp.c (bursts) and
 * lib/port_xdp_open.c (everything that happens once).
 */
#ifndef KPPS_PORT_XDP_H
#define KPPS_PORT_XDP_H

#include <xdp/xsk.h>

#include "lib/port_netif.h"
#include "lib/port_xdp_hook.h"

#define XDP_PORT	"xdp port"

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

static inline struct xdp_port *to_xdp(struct port *p)
{
	return container_of(p, struct xdp_port, port);
}

extern const struct port_ops xdp_ops;
int xdp_close(struct port *p);

#endif
