// SPDX-License-Identifier: GPL-2.0-or-later
/* capture.c - see capture.h. */
#include "tests/kmod/capture.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int capture_open(int ifindex, u16 protocol, int room)
{
	const struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol ? protocol : ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;

	/* the kernel takes a VLAN tag out of the frame; the auxiliary data has it */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at))) {
		perror("Bail out! AF_PACKET");
		exit(99);
	}
	return fd;
}

/* Put the tag back. */
static unsigned int retag(u8 *frame, unsigned int len, const struct tpacket_auxdata *aux)
{
	u16 tag[2] = { htons(aux->tp_vlan_tpid), htons(aux->tp_vlan_tci) };

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID))
		return len;
	memmove(frame + 16, frame + 12, len - 12);
	memcpy(frame + 12, tag, sizeof(tag));
	return len + 4;
}

unsigned int capture_next(int fd, u8 *frame, unsigned int room, int wait_ms)
{
	union {
		struct cmsghdr header;
		u8 room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec iov = { .iov_base = frame, .iov_len = room - 4 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const struct cmsghdr *c;
	ssize_t len;

	len = recvmsg(fd, &m, MSG_DONTWAIT);
	if (len < 0 && poll(&p, 1, wait_ms) == 1)
		len = recvmsg(fd, &m, MSG_DONTWAIT);
	if (len <= 0)
		return 0;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
		return retag(frame, (unsigned int)len, (const struct tpacket_auxdata *)CMSG_DATA(c));
	return (unsigned int)len;
}

unsigned int capture_drops(int fd)
{
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	return stats.tp_drops;
}
