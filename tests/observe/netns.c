// SPDX-License-Identifier: GPL-2.0-or-later
/* netns.c - see netns.h. */
#include "run/net/rtnl.h"
#include "tests/observe/netns.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define must(x) do { if (!(x)) { perror(#x); exit(99); } } while (0)

static const int hop_ns[HOP_COUNT] = { NS_NEAR, NS_DUT, NS_DUT, NS_FAR };
/* "in" has the process id behind it: its NAPI thread, whose name comes from it, is then
 * told from those of tests that run at the same time */
static char hop_name[HOP_COUNT][IF_NAMESIZE] = { "near", "in", "out", "far" };

static struct netns *made;	/* what is to be removed at exit */
static pid_t maker;

static int run(const char *const *argv)
{
	int status;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ))
		return 127;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Words at spaces. */
static int run_line(char *line)
{
	const char *argv[40];
	unsigned int n = 0;
	char *save = NULL;

	for (char *w = strtok_r(line, " ", &save); w && n < ARRAY_SIZE(argv) - 1;
	     w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	argv[n] = NULL;
	return run(argv);
}

int netns_sh(const struct netns *n, int ns, const char *script)
{
	const char *const argv[] = { "/usr/sbin/ip", "netns", "exec", n->name[ns], "/bin/sh",
				     "-c", script, NULL };

	return run(argv);
}

void netns_ip(const struct netns *n, int ns, const char *fmt, ...)
{
	char words[256], line[320];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "/usr/sbin/ip -n %s %s", n->name[ns], words);
	if (run_line(line)) {
		fprintf(stderr, "# failed in %s: ip %s\n", n->name[ns], words);
		exit(99);
	}
}

const char *netns_skip(void)
{
	struct statx root;

	if (geteuid())
		return "needs root";
	if (access("/usr/sbin/ip", X_OK))
		return "needs /usr/sbin/ip (package iproute2)";
	/* ip netns exec changes its propagation */
	if (statx(AT_FDCWD, "/", 0, 0, &root) || !(root.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return "/ is no mount point, as in a chroot: bind-mount it on itself first";
	return NULL;
}

/* Move this thread into @ns; an fd to come back by. */
static int enter(const struct netns *n, int ns)
{
	int back = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	must(back >= 0);
	must(!setns(n->fd[ns], CLONE_NEWNET));
	return back;
}

static void leave(int back)
{
	must(!setns(back, CLONE_NEWNET));
	close(back);
}

void netns_write(const struct netns *n, int ns, const char *path, const char *value)
{
	int back = enter(n, ns);
	FILE *f = fopen(path, "we");

	must(f);
	must(fputs(value, f) >= 0);
	must(!fclose(f));
	leave(back);
}

static void at_exit(void)
{
	if (made && getpid() == maker)
		netns_remove(made);
}

static void on_signal(int sig)
{
	at_exit();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void make_spaces(struct netns *n)
{
	static const char *const role[] = { "near", "dut", "far" };
	static unsigned int serial;
	char path[96];

	serial++;
	for (int i = 0; i < NS_COUNT; i++) {
		n->fd[i] = -1;
		snprintf(n->name[i], sizeof(n->name[i]), "hops%d.%u-%s", (int)getpid(), serial,
			 role[i]);
	}
	for (int i = 0; i < NS_COUNT; i++) {
		snprintf(path, sizeof(path), "/usr/sbin/ip netns add %s", n->name[i]);
		must(!run_line(path));
		snprintf(path, sizeof(path), "/run/netns/%s", n->name[i]);
		n->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		must(n->fd[i] >= 0);
		/* no router solicitations or reports of its own: counts must be exact */
		netns_write(n, i, "/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
		netns_write(n, i, "/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	}
}

static void wait_for_link(const struct netns *n, int hop)
{
	struct rtnl_link link;
	struct rtnl *r;

	must(!rtnl_open(n->fd[hop_ns[hop]], &r, NULL));
	must(!rtnl_link_wait(r, hop_name[hop], &link, NULL));
	rtnl_close(r);
}

void netns_make(struct netns *n)
{
	memset(n, 0, sizeof(*n));
	if (!maker) {
		maker = getpid();
		atexit(at_exit);
		signal(SIGTERM, on_signal);
		signal(SIGINT, on_signal);
		signal(SIGABRT, on_signal);
	}
	made = n;
	snprintf(hop_name[HOP_IN], IF_NAMESIZE, "in%d", (int)getpid());
	make_spaces(n);
	netns_ip(n, NS_NEAR, "link add near address 02:00:00:00:00:01 type veth peer name %s "
		 "address 02:00:00:00:00:02 netns %s", hop_name[HOP_IN], n->name[NS_DUT]);
	netns_ip(n, NS_DUT, "link add out address 02:00:00:00:00:03 type veth peer name far "
		 "address 02:00:00:00:00:04 netns %s", n->name[NS_FAR]);
	n->config.nlinks = HOP_COUNT;
	n->config.dut_netns = n->fd[NS_DUT];
	for (int i = 0; i < HOP_COUNT; i++) {
		int back;

		netns_ip(n, hop_ns[i], "link set %s up arp off", hop_name[i]);
		back = enter(n, hop_ns[i]);
		n->ifindex[i] = (int)if_nametoindex(hop_name[i]);
		leave(back);
		n->config.link[i].name = hop_name[i];
		n->config.link[i].netns = n->fd[hop_ns[i]];
		n->config.link[i].ifindex = n->ifindex[i];
	}
	for (int i = 0; i < HOP_COUNT; i++)
		wait_for_link(n, i);
	netns_ip(n, NS_DUT, "addr add 198.18.0.254/24 dev %s", hop_name[HOP_IN]);
	netns_ip(n, NS_DUT, "addr add 198.19.0.254/24 dev out");
	netns_ip(n, NS_DUT, "neigh add 198.19.0.1 lladdr 02:00:00:00:00:04 dev out nud permanent");
	netns_write(n, NS_DUT, "/proc/sys/net/ipv4/ip_forward", "1");
}

void netns_remove(struct netns *n)
{
	char line[96];

	made = NULL;
	for (int i = 0; i < NS_COUNT; i++) {
		if (n->fd[i] < 0)
			continue;
		close(n->fd[i]);
		snprintf(line, sizeof(line), "/run/netns/%s", n->name[i]);
		if (access(line, F_OK))
			continue;	/* the test has removed it */
		snprintf(line, sizeof(line), "/usr/sbin/ip netns del %s", n->name[i]);
		run_line(line);
	}
}

/* ------------------------------------------------------------------ traffic */

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	u8 data[18];
} __attribute__((packed));

static u16 ip_sum(const void *header)
{
	const u8 *p = header;
	u32 sum = 0;

	for (unsigned int i = 0; i < 20; i += 2)
		sum += (u32)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	return htons((u16)~(sum + (sum >> 16)));
}

static struct frame frame(void)
{
	struct frame f = {
		.eth = { .h_dest = { 2, 0, 0, 0, 0, 2 }, .h_source = { 2, 0, 0, 0, 0, 1 },
			 .h_proto = htons(ETH_P_IP) },
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = 17,
			.tot_len = htons(sizeof(f) - sizeof(f.eth)),
			.saddr = inet_addr("198.18.0.1"), .daddr = inet_addr("198.19.0.1") },
		.udp = { .source = htons(1000), .dest = htons(2000),
			 .len = htons(sizeof(f.udp) + sizeof(f.data)) },
	};

	f.ip.check = ip_sum(&f.ip);
	return f;
}

void netns_packets(const struct netns *n, unsigned int count)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = n->ifindex[HOP_NEAR],
				  .sll_halen = 6, .sll_addr = { 2, 0, 0, 0, 0, 2 } };
	struct frame f = frame();
	int back = enter(n, NS_NEAR), fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	must(fd >= 0);
	while (count--) {
		ssize_t sent = sendto(fd, &f, sizeof(f), 0, (struct sockaddr *)&to, sizeof(to));

		must(sent == (ssize_t)sizeof(f) || errno == ENOBUFS);
	}
	close(fd);
	leave(back);
}

static int load(const struct bpf_insn *insn, size_t n)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "hops_test", "GPL", insn, n, NULL);

	must(fd >= 0);
	return fd;
}

#define MOV(reg, value) { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (reg), .imm = (value) }

void netns_live(const struct netns *n, unsigned int count, int cpu)
{
	const struct bpf_insn redirect[] = {
		MOV(BPF_REG_1, n->ifindex[HOP_NEAR]),
		MOV(BPF_REG_2, 0),
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct frame f = frame();
	struct xdp_md ctx = { .data_end = sizeof(f), .ingress_ifindex = (u32)n->ifindex[HOP_NEAR] };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &f, .data_size_in = sizeof(f),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = (int)count,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
	cpu_set_t before, one;
	int back, fd;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	must(!sched_getaffinity(0, sizeof(before), &before));
	must(!sched_setaffinity(0, sizeof(one), &one));
	back = enter(n, NS_NEAR);
	fd = load(redirect, ARRAY_SIZE(redirect));
	must(!bpf_prog_test_run_opts(fd, &opts));
	close(fd);
	leave(back);
	must(!sched_setaffinity(0, sizeof(before), &before));
}

void netns_xdp(const struct netns *n, int hop, int action)
{
	const struct bpf_insn verdict[] = { MOV(BPF_REG_0, action), { .code = BPF_JMP | BPF_EXIT } };
	int back = enter(n, hop_ns[hop]), fd = load(verdict, ARRAY_SIZE(verdict));

	must(!bpf_xdp_attach(n->ifindex[hop], fd, XDP_FLAGS_DRV_MODE, NULL));
	close(fd);
	leave(back);
}

void netns_napi_pin(const struct netns *n, int hop, int cpu)
{
	char path[300], comm[64], prefix[32];
	unsigned int pinned = 0;
	struct dirent *e;
	DIR *d;

	/* /sys is of the namespace that mounted it: ip netns exec mounts it anew */
	snprintf(path, sizeof(path), "echo 1 >/sys/class/net/%s/threaded", hop_name[hop]);
	must(!netns_sh(n, hop_ns[hop], path));
	snprintf(prefix, sizeof(prefix), "napi/%s-", hop_name[hop]);
	d = opendir("/proc");
	must(d);
	while ((e = readdir(d))) {
		pid_t pid = atoi(e->d_name);
		FILE *f;

		if (pid <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
		f = fopen(path, "re");
		if (f && fgets(comm, sizeof(comm), f) && !strncmp(comm, prefix, strlen(prefix))) {
			const struct sched_param param = { 0 };
			cpu_set_t one;

			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			pinned += !sched_setaffinity(pid, sizeof(one), &one) &&
				  !sched_setscheduler(pid, SCHED_IDLE, &param);
		}
		if (f)
			fclose(f);
	}
	closedir(d);
	must(pinned);
}
