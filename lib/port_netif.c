// SPDX-License-Identifier: GPL-2.0-or-later
/* port_netif.c - see port_netif.h. */
#include "lib/port_netif.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define VLAN_TAG 4

static int config_check(const struct netif_config *config, u32 slots, struct err *err)
{
	if (slots < NETIF_SLOTS_MIN || slots > NETIF_SLOTS_MAX || slots & (slots - 1))
		return err_set(err, -EINVAL, "%s: %u slots: must be a power of two from %u to %u",
			       config->port, slots, NETIF_SLOTS_MIN, NETIF_SLOTS_MAX);
	if (config->frame_max < NETIF_FRAME_MIN || config->frame_max > config->frame_limit)
		return err_set(err, -EINVAL,
			       "%s: frames of %u bytes (without FCS): must be %u to %u",
			       config->port, config->frame_max, NETIF_FRAME_MIN,
			       config->frame_limit);
	return 0;
}

static int interface_read(struct netif *n, struct err *err)
{
	struct ifreq req = { .ifr_ifindex = n->ifindex };

	if (ioctl(n->fd, SIOCGIFNAME, &req))
		return err_set(err, -ENODEV,
			       "%s: no interface with index %d in this network namespace: see `ip link`",
			       n->port, n->ifindex);
	memcpy(n->name, req.ifr_name, sizeof(n->name));
	if (ioctl(n->fd, SIOCGIFMTU, &req))
		return err_set(err, -errno, "%s: %s: can't read its MTU: %s", n->port, n->name,
			       strerror(errno));
	n->longest = (u32)req.ifr_mtu + NETIF_HEADER;
	if (ioctl(n->fd, SIOCGIFFLAGS, &req))
		return err_set(err, -errno, "%s: %s: can't read its state: %s", n->port, n->name,
			       strerror(errno));
	if (!(req.ifr_flags & IFF_UP))
		return err_set(err, -ENETDOWN, "%s: %s is down: `ip link set %s up`", n->port,
			       n->name, n->name);
	return 0;
}

int netif_open(struct netif *n, const struct netif_config *config, u32 *ret_slots,
	       struct err *err)
{
	u32 slots = config->slots ? config->slots : NETIF_SLOTS_DEFAULT;
	int ret;

	ret = config_check(config, slots, err);
	if (ret)
		return ret;
	*n = (struct netif){ .port = config->port, .ifindex = config->ifindex,
			     .room = config->frame_max };
	n->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (n->fd < 0) {
		ret = -errno;
		return err_set(err, ret, "%s: %s: it needs CAP_NET_RAW: run as root", n->port,
			       strerror(-ret));
	}
	ret = interface_read(n, err);
	if (ret) {
		close(n->fd);
		return ret;
	}
	*ret_slots = slots;
	return 0;
}

void netif_close(struct netif *n)
{
	close(n->fd);
}

int netif_promiscuous(const struct netif *n, struct err *err)
{
	const struct packet_mreq mreq = { .mr_ifindex = n->ifindex, .mr_type = PACKET_MR_PROMISC };

	if (setsockopt(n->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		return err_set(err, -errno, "%s: %s: can't be made promiscuous: %s", n->port,
			       n->name, strerror(errno));
	return 0;
}

static int side_error(struct netif_side *side, int code)
{
	side->err.code = code;
	__atomic_store_n(side->last, &side->err, __ATOMIC_RELEASE);
	return code;
}

int netif_error(struct netif_side *side, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(side->err.text, sizeof(side->err.text), fmt, ap);
	va_end(ap);
	return side_error(side, code);
}

int netif_lost(const struct netif *n, struct netif_side *side, int code)
{
	struct ifreq req = { .ifr_ifindex = n->ifindex };

	/* The socket is in the namespace of open: moved away is gone, too. */
	if (ioctl(n->fd, SIOCGIFNAME, &req)) {
		side->ended = -ENODEV;
		return netif_error(side, -ENODEV, "%s: interface %s was deleted", n->port, n->name);
	}
	if (code == -ENETDOWN || ioctl(n->fd, SIOCGIFFLAGS, &req) || !(req.ifr_flags & IFF_UP)) {
		side->ended = -ENETDOWN;
		return netif_error(side, -ENETDOWN, "%s: interface %s was set down", n->port,
				   n->name);
	}
	side->ended = code;
	return netif_error(side, code, "%s: %s: %s", n->port, n->name, strerror(-code));
}

void netif_refused(const struct netif *n, struct netif_side *side)
{
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };
	struct ifreq req = { .ifr_ifindex = n->ifindex };

	if (ioctl(n->fd, SIOCGIFNAME, &req)) {
		netif_lost(n, side, -ENODEV);
		return;
	}
	/* IFF_RUNNING may be a second late. */
	req.ifr_data = (void *)&link;
	if (ioctl(n->fd, SIOCETHTOOL, &req) || link.data)
		return;
	side->ended = -ENETDOWN;
	netif_error(side, -ENETDOWN, "%s: interface %s has no carrier: is its peer up?", n->port,
		    n->name);
}

/* The one tag that packet sockets, too, don't count among the MTU. */
static bool frame_tagged(const u8 *data)
{
	u16 type;

	memcpy(&type, data + 12, sizeof(type));
	return type == htons(ETH_P_8021Q);
}

int netif_frame(const struct netif *n, struct netif_side *side, const u8 *data, u32 len)
{
	if (len < NETIF_HEADER)
		return netif_error(side, -EINVAL, "%s: frame of %u bytes: an Ethernet header has %u",
				   n->port, len, NETIF_HEADER);
	if (len > n->room)
		return netif_error(side, -EMSGSIZE,
				   "%s: frame of %u bytes: the port was opened for %u", n->port, len,
				   n->room);
	if (len > n->longest + (frame_tagged(data) ? VLAN_TAG : 0))
		return netif_error(side, -EMSGSIZE,
				   "%s: frame of %u bytes: the MTU of %s allows %u (%u with an 802.1Q tag)",
				   n->port, len, n->name, n->longest, n->longest + VLAN_TAG);
	return 0;
}
