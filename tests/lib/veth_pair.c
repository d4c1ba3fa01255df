// SPDX-License-Identifier: GPL-2.0-or-later
/* veth_pair.c - see veth_pair.h. */
#include "tests/lib/veth_pair.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/net/rtnl.h"

#define IP	"/usr/sbin/ip"
#define ARGS	32
#define ETH_ALL	0x0003

static const char *const end_name[2] = { "va", "vb" };

static void enter(int netns)
{
	if (setns(netns, CLONE_NEWNET)) {
		perror("setns");
		abort();
	}
}

void veth_pair_enter(const struct veth_pair *v, int side)
{
	enter(side < 0 ? v->home : v->netns[side]);
}

static int here(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* To end @side; an fd to come back by, for leave. */
static int visit(const struct veth_pair *v, int side)
{
	int back = here();

	veth_pair_enter(v, side);
	return back;
}

static void leave(int back)
{
	enter(back);
	close(back);
}

static int run(char *const argv[])
{
	char *const env[] = { NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, env))
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int veth_pair_ip(const struct veth_pair *v, int side, ...)
{
	char *argv[ARGS] = { (char *)IP };
	int back = visit(v, side), ret;
	unsigned int n = 1;
	va_list ap;

	va_start(ap, side);
	for (char *word; n < ARGS - 1 && (word = va_arg(ap, char *));)
		argv[n++] = word;
	va_end(ap);
	ret = run(argv);
	leave(back);
	return ret;
}

int veth_pair_socket(const struct veth_pair *v, int side)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = __builtin_bswap16(ETH_ALL),
		.sll_ifindex = v->ifindex[side],
	};
	int back = visit(v, side), one = 1;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, address.sll_protocol);

	leave(back);
	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one))) {
		close(fd);
		return -1;
	}
	return fd;
}

int veth_pair_xdp(const struct veth_pair *v, int side, int action)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = action },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_link_create_opts opts = {
		.sz = sizeof(opts), .flags = XDP_FLAGS_DRV_MODE,
	};
	int prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "action", "GPL", insns, ARRAY_SIZE(insns), NULL);
	int back, link;

	if (prog < 0)
		return -1;
	back = visit(v, side);
	link = bpf_link_create(prog, v->ifindex[side], BPF_XDP, &opts);
	leave(back);
	close(prog);
	return link < 0 ? -1 : link;
}

const char *veth_pair_why_not(void)
{
	if (geteuid())
		return "not root: can't make network namespaces";
	if (access(IP, X_OK))
		return IP " is missing: apt-get install iproute2";
	return NULL;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return errno == ENOENT;		/* a kernel without IPv6 */
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

/* IPv6's autoconfiguration would send frames of its own. */
static bool namespace_make(struct veth_pair *v, int side)
{
	bool ok;

	if (unshare(CLONE_NEWNET))
		return false;
	v->netns[side] = here();
	ok = v->netns[side] >= 0 &&
	     write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1") &&
	     write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	veth_pair_enter(v, -1);
	return ok;
}

static bool carries(const struct veth_pair *v, int side)
{
	struct rtnl_link link;
	struct rtnl *r;
	bool ret;

	if (rtnl_open(v->netns[side], &r, NULL))
		return false;
	ret = !rtnl_link_wait(r, end_name[side], &link, NULL);
	rtnl_close(r);
	return ret;
}

static bool link_make(struct veth_pair *v, unsigned int mtu, unsigned int queues)
{
	char mtu_word[16], queues_word[16], peer[64];

	snprintf(mtu_word, sizeof(mtu_word), "%u", mtu ? mtu : 1500);
	snprintf(queues_word, sizeof(queues_word), "%u", queues ? queues : 1);
	snprintf(peer, sizeof(peer), "/proc/%d/fd/%d", (int)getpid(), v->netns[1]);
	if (veth_pair_ip(v, 0, "link", "add", "name", end_name[0], "mtu", mtu_word,
			 "numrxqueues", queues_word, "numtxqueues", queues_word, "type", "veth",
			 "peer", "name", end_name[1], "mtu", mtu_word, "netns", peer,
			 "numrxqueues", queues_word, "numtxqueues", queues_word, NULL))
		return false;
	for (int side = 0; side < 2; side++) {
		if (veth_pair_ip(v, side, "link", "set", "dev", end_name[side], "up", NULL))
			return false;
		veth_pair_enter(v, side);
		v->ifindex[side] = (int)if_nametoindex(end_name[side]);
		veth_pair_enter(v, -1);
		if (!v->ifindex[side])
			return false;
	}
	return carries(v, 0) && carries(v, 1);
}

bool veth_pair_up(struct veth_pair *v, unsigned int mtu, unsigned int queues)
{
	*v = (struct veth_pair){ .netns = { -1, -1 }, .home = here() };
	if (v->home >= 0 && namespace_make(v, 0) && namespace_make(v, 1) &&
	    link_make(v, mtu, queues))
		return true;
	fprintf(stderr, "# can't make a veth pair\n");
	veth_pair_down(v);
	return false;
}

void veth_pair_down(struct veth_pair *v)
{
	if (!v || !v->home)
		return;
	if (v->home >= 0)
		veth_pair_enter(v, -1);
	for (int side = 0; side < 2; side++)
		if (v->netns[side] >= 0)
			close(v->netns[side]);
	if (v->home >= 0)
		close(v->home);
	*v = (struct veth_pair){ .netns = { -1, -1 } };
}
