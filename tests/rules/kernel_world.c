// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel_world.c - see kernel_world.h. */
#include "tests/rules/kernel_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/net/kernel_rules_parts.h"
#include "run/net/netns.h"
#include "run/net/rtnl.h"

#define SURE_MS		5000	/* for a frame that should come */
#define MAYBE_MS	300	/* for one that may */
#define NONE_MS		15	/* for one that should not */
#define MORE_MS		4	/* for another one */

/* %1$d: process, %2$d and %3$d: the fds of near and far. */
static const char links[] =
	"link add eth0 address 02:00:00:00:00:01 type veth peer name near "
	"address 02:00:00:00:00:10 netns /proc/%1$d/fd/%2$d\n"
	"link add eth1 address 02:00:00:00:00:02 type veth peer name far "
	"address 02:00:00:00:00:20 netns /proc/%1$d/fd/%3$d\n"
	"link set eth0 addrgenmode none up\nlink set eth1 addrgenmode none up\n"
	"addr add 192.0.2.1/32 dev eth0\naddr add 203.0.113.1/32 dev eth1\n"
	"addr add 2001:db8:1::1/128 dev eth0 nodad\naddr add 2001:db8:2::1/128 dev eth1 nodad\n"
	"neigh add 192.0.2.2 lladdr 02:00:00:00:00:10 dev eth0 nud permanent\n"
	"neigh add 203.0.113.2 lladdr 02:00:00:00:00:20 dev eth1 nud permanent\n"
	"neigh add fe80::10 lladdr 02:00:00:00:00:10 dev eth0 nud permanent\n"
	"neigh add fe80::20 lladdr 02:00:00:00:00:20 dev eth1 nud permanent\n"
	"route add 192.0.2.0/24 via 192.0.2.2 dev eth0 onlink\n"
	"route add 198.18.0.0/16 via 192.0.2.2 dev eth0 onlink\n"
	"route add default via 203.0.113.2 dev eth1 onlink\n"
	"route add 2001:db8:1::/64 via fe80::10 dev eth0 onlink\n"
	"route add 2001:2::/49 via fe80::10 dev eth0 onlink\n"
	"route add default via fe80::20 dev eth1 onlink\n";

static const char sysctls[] =
	"cd /proc/sys/net && for f in ipv4/ip_forward ipv6/conf/all/forwarding; do echo 1 >$f; done\n"
	"for f in ipv4/conf/*/rp_filter ipv4/conf/*/send_redirects ipv4/icmp_ratelimit "
	"ipv6/icmp/ratelimit ipv6/conf/*/accept_ra; do echo 0 >$f; done\n";

const char *kernel_world_why_not(const char *const *programs)
{
	static char why[128];

	if (geteuid())
		return "network namespaces need root";
	if (child_find("ip", NULL, 0))
		return "ip is not installed";
	for (; *programs; programs++) {
		if (!child_find(*programs, NULL, 0))
			continue;
		snprintf(why, sizeof(why), "%s is not installed", *programs);
		return why;
	}
	return NULL;
}

static int run_in(int netns, const char *const *argv, const char *input, struct err *err)
{
	return tool_ok(netns, argv, input, NULL, err);
}

static int set_up_dut(const struct kernel_world *w, struct err *err)
{
	static const char *const quiet[] = {
		"sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6", NULL,
	};
	static const char *const ip[] = { "ip", "-batch", "-", NULL };
	static const char *const sh[] = { "sh", "-c", sysctls, NULL };
	char text[sizeof(links) + 100];
	int ret = 0;

	snprintf(text, sizeof(text), links, (int)getpid(), w->ns[WORLD_NEAR], w->ns[WORLD_FAR]);
	for (int end = 0; end < WORLD_ENDS && !ret; end++)
		ret = run_in(w->ns[end], quiet, NULL, err);
	if (!ret)
		ret = run_in(w->dut, ip, text, err);
	return ret ? ret : run_in(w->dut, sh, NULL, err);
}

static int open_socket(struct kernel_world *w, int end, struct err *err)
{
	const char *name = end == WORLD_NEAR ? "near" : "far";
	const char *const up[] = { "ip", "link", "set", name, "up", NULL };
	int back, one = 1, ret = run_in(w->ns[end], up, NULL, err);
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	};

	if (ret)
		return ret;
	back = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (back < 0 || setns(w->ns[end], CLONE_NEWNET))
		return err_set(err, -errno, "can't enter a namespace");
	w->sock[end] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	at.sll_ifindex = (int)if_nametoindex(name);
	if (w->sock[end] < 0 ||
	    setsockopt(w->sock[end], SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    bind(w->sock[end], (struct sockaddr *)&at, sizeof(at)))
		ret = err_set(err, -errno, "can't open a packet socket");
	if (setns(back, CLONE_NEWNET))
		ret = err_set(err, -errno, "can't leave a namespace");
	close(back);
	return ret;
}

static int wait_for_link(int netns, const char *name, struct err *err)
{
	struct rtnl_link link;
	struct rtnl *r;
	int ret = rtnl_open(netns, &r, err);

	if (ret)
		return ret;
	ret = rtnl_link_wait(r, name, &link, err);
	rtnl_close(r);
	return ret;
}

static int wait_for_links(const struct kernel_world *w, struct err *err)
{
	int ret = wait_for_link(w->dut, "eth0", err);

	if (!ret)
		ret = wait_for_link(w->dut, "eth1", err);
	if (!ret)
		ret = wait_for_link(w->ns[WORLD_NEAR], "near", err);
	return ret ? ret : wait_for_link(w->ns[WORLD_FAR], "far", err);
}

int kernel_world_open(struct kernel_world *w, struct err *err)
{
	int ret;

	*w = (struct kernel_world){ .dut = -1, .ns = { -1, -1 }, .sock = { -1, -1 } };
	ret = netns_scratch(&w->dut, err);
	for (int end = 0; end < WORLD_ENDS && !ret; end++)
		ret = netns_scratch(&w->ns[end], err);
	if (!ret)
		ret = set_up_dut(w, err);
	for (int end = 0; end < WORLD_ENDS && !ret; end++)
		ret = open_socket(w, end, err);
	if (!ret)
		ret = wait_for_links(w, err);
	if (ret)
		kernel_world_close(w);
	return ret;
}

void kernel_world_close(struct kernel_world *w)
{
	const int fds[] = { w->sock[0], w->sock[1], w->dut, w->ns[0], w->ns[1] };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* What the kernel says by itself is no answer: neighbour discovery and the like. */
static bool is_noise(const u8 *frame, ssize_t len)
{
	u16 type;

	if (len < 34)
		return true;
	type = (u16)(frame[12] << 8 | frame[13]);
	if (type == ETH_P_IPV6)
		return len < 54 || frame[20] == 0 || (frame[20] == 58 && frame[54] >= 130);
	return type != ETH_P_IP;
}

static bool receive(struct kernel_world *w, int end, char *ret, size_t size)
{
	u8 frame[PKT_ROOM];
	ssize_t len = recv(w->sock[end], frame, sizeof(frame), 0);
	size_t at = strlen(ret);

	if (is_noise(frame, len) || at >= size)
		return false;
	at += (size_t)snprintf(ret + at, size - at, "%s%d | ", at ? " + " : "", end);
	if (at < size)
		pkt_text(frame, (u32)len, ret + at, size - at);
	return true;
}

void kernel_world_send(struct kernel_world *w, int end, const struct pkt_buf *frame,
		       int expected, char *ret, size_t size)
{
	struct pollfd fds[WORLD_ENDS];
	int got = 0, noise = 0, wait_ms = expected < 0 ? MAYBE_MS : expected ? SURE_MS : NONE_MS;

	*ret = '\0';
	if (send(w->sock[end], frame->data, frame->len, 0) != (ssize_t)frame->len) {
		snprintf(ret, size, "not sent: %s", strerror(errno));
		return;
	}
	for (int i = 0; i < WORLD_ENDS; i++)
		fds[i] = (struct pollfd){ .fd = w->sock[i], .events = POLLIN };
	while (noise < 100 && poll(fds, WORLD_ENDS, wait_ms) > 0) {
		for (int i = 0; i < WORLD_ENDS; i++) {
			if (!(fds[i].revents & POLLIN))
				continue;
			if (receive(w, i, ret, size))
				got++;
			else
				noise++;
		}
		if (got && got >= expected)
			wait_ms = MORE_MS;
	}
}
