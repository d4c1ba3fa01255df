// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_path.c - run/net/path.h: each kind of path carries frames as the world of
 * run/world.h says, and nothing else: what the links sent is counted.
 */
#include "tests/net/net_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/net/path.h"
#include "run/net/xfrm.h"

#define FRAME 64

static const u8 near_mac[6] = { 2, 0, 0, 0, 0, 0x10 }, far_mac[6] = { 2, 0, 0, 0, 0, 0x20 };
static const u8 in_mac[6] = { 2, 0, 0, 0, 0, 1 }, out_mac[6] = { 2, 0, 0, 0, 0, 2 };

struct fixture {
	struct claim *claim;
	struct path path;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return !*state;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	int ret = claim_drop(f->claim, &err);

	if (ret)
		print_message("# %s\n", err.text);
	free(f);
	return ret;
}

static void up(struct fixture *f, const struct path_config *config)
{
	need_root();
	if (!f->claim)
		assert_ok(claim_take(&f->claim, _err));
	assert_ok(path_up(f->claim, config, &f->path, _err));
}

/* A socket that sees all frames of @hop, and sends there. */
static int packet_socket(const struct path *p, enum path_hop hop)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = p->link[hop].ifindex,
	};
	int back, fd;

	assert_ok(netns_enter(p->hop_netns[hop], &back, _err));
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_ok(netns_leave(back, _err));
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), 0);
	return fd;
}

static u16 ip_checksum(const void *data, size_t len)
{
	const u8 *b = data;
	u32 sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (u32)b[i] << 8 | b[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((u16)~sum);
}

/* A UDP packet of @family from @src to @dst that fills the frame. */
static void build(u8 frame[FRAME], u8 family, const u8 to_mac[6], const char *src, const char *dst)
{
	struct ether_header *eth = (void *)frame;
	struct udphdr udp = { .source = htons(1024), .dest = htons(9) };
	struct iphdr ip = {
		.version = 4, .ihl = 5, .tot_len = htons(FRAME - 14), .ttl = 64,
		.protocol = IPPROTO_UDP,
	};
	struct ip6_hdr ip6 = { .ip6_flow = htonl(6u << 28), .ip6_plen = htons(FRAME - 54) };

	memset(frame, 0, FRAME);
	memcpy(eth->ether_dhost, to_mac, 6);
	eth->ether_shost[0] = 2;
	eth->ether_shost[5] = 0x99;
	eth->ether_type = htons(family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	frame += sizeof(*eth);
	if (family == AF_INET) {
		inet_pton(AF_INET, src, &ip.saddr);
		inet_pton(AF_INET, dst, &ip.daddr);
		ip.check = ip_checksum(&ip, sizeof(ip));
		memcpy(frame, &ip, sizeof(ip));
		udp.len = htons(FRAME - 34);
		memcpy(frame + sizeof(ip), &udp, sizeof(udp));
	} else {
		ip6.ip6_nxt = IPPROTO_UDP;
		ip6.ip6_hlim = 64;
		inet_pton(AF_INET6, src, &ip6.ip6_src);
		inet_pton(AF_INET6, dst, &ip6.ip6_dst);
		memcpy(frame, &ip6, sizeof(ip6));
		udp.len = htons(FRAME - 54);
		memcpy(frame + sizeof(ip6), &udp, sizeof(udp));
	}
}

/* Send @frame at @from; the frame that arrives at @to, in @got; its length, 0: none. */
static size_t carry(const struct path *p, enum path_hop from, enum path_hop to,
		    const u8 frame[FRAME], u8 got[FRAME])
{
	int tx = packet_socket(p, from), rx = packet_socket(p, to);
	struct pollfd pfd = { .fd = rx, .events = POLLIN };
	ssize_t n = 0;

	assert_int_equal(send(tx, frame, FRAME, 0), FRAME);
	if (poll(&pfd, 1, 5000) == 1)
		n = recv(rx, got, FRAME, 0);
	close(tx);
	close(rx);
	return n < 0 ? 0 : (size_t)n;
}

struct way {
	const char *what;
	u8 family;
	enum path_hop from, to;
	const u8 *to_mac, *src_mac, *dst_mac;	/* sent to; arrives from, to */
	const char *src, *dst;
};

static const struct way ways[] = {
	{ "IPv4 out", AF_INET, HOP_NEAR, HOP_FAR, in_mac, out_mac, far_mac,
	  "198.18.3.4", "198.19.5.6" },
	{ "IPv4 back", AF_INET, HOP_FAR, HOP_NEAR, out_mac, in_mac, near_mac,
	  "198.19.5.6", "198.18.3.4" },
	{ "IPv4 to anywhere", AF_INET, HOP_NEAR, HOP_FAR, in_mac, out_mac, far_mac,
	  "198.18.3.4", "9.9.9.9" },
	{ "IPv4 to the network of the link", AF_INET, HOP_NEAR, HOP_FAR, in_mac, out_mac,
	  far_mac, "198.18.3.4", "203.0.113.200" },
	{ "IPv6 out", AF_INET6, HOP_NEAR, HOP_FAR, in_mac, out_mac, far_mac,
	  "2001:2::1234", "2001:2:0:8000::5678" },
	{ "IPv6 back", AF_INET6, HOP_FAR, HOP_NEAR, out_mac, in_mac, near_mac,
	  "2001:2:0:8000::5678", "2001:2::1234" },
};

/* Every way through @p, on which a packet loses @hops of its TTL. */
static void assert_ways(const struct path *p, u8 hops)
{
	u8 frame[FRAME], got[FRAME] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const struct way *w = &ways[i];

		build(frame, w->family, w->to_mac, w->src, w->dst);
		if (carry(p, w->from, w->to, frame, got) != FRAME)
			fail_msg("%s: did not arrive", w->what);
		assert_memory_equal(got, w->dst_mac, 6);
		assert_memory_equal(got + 6, w->src_mac, 6);
		/* otherwise as it was sent */
		assert_int_equal(got[w->family == AF_INET ? 22 : 21], 64 - hops);
		assert_memory_equal(got + (w->family == AF_INET ? 26 : 22),
				    frame + (w->family == AF_INET ? 26 : 22),
				    w->family == AF_INET ? 8 : 32);
	}
}

static void routes_are_those_of_the_world(void **state)
{
	struct fixture *f = *state;

	up(f, &(struct path_config){ .kind = PATH_ROUTE });
	assert_ways(&f->path, 1);
}

static void tunnel_has_two_gateways_that_route(void **state)
{
	struct fixture *f = *state;
	u64 before;

	up(f, &(struct path_config){ .kind = PATH_TUNNEL });
	before = sent(f->path.netns[PATH_DUT], "mid0");
	assert_ways(&f->path, 2);
	/* four of the ways lead out, and through the link between the two */
	assert_int_equal(sent(f->path.netns[PATH_DUT], "mid0") - before, 4);
	assert_int_equal(sent(f->path.netns[PATH_PEER], "mid1"), 2);
	assert_int_equal(f->path.link[HOP_MID0].mtu, 1500 + PATH_TUNNEL_ROOM);
	assert_int_equal(f->path.link[HOP_MID1].mtu, 1500 + PATH_TUNNEL_ROOM);
	assert_int_equal(f->path.link[HOP_OUT].mtu, 1500);
}

static struct xfrm_end end_of(const struct path *p, const struct xfrm_suite *suite, u8 family,
			      bool peer)
{
	struct xfrm_end e = {
		.suite = suite, .family = family,
		.spi_out = peer ? 0x1002 : 0x1001, .spi_in = peer ? 0x1001 : 0x1002,
		.wrapped = p->link[peer ? HOP_MID1 : HOP_MID0].ifindex,
		.plain = p->link[peer ? HOP_OUT : HOP_IN].ifindex,
	};

	path_mid(peer ? HOP_MID1 : HOP_MID0, family, &e.own);
	path_mid(peer ? HOP_MID0 : HOP_MID1, family, &e.other);
	return e;
}

/* An ESP tunnel of both families over @p, carrying what goes every way. */
static void assert_esp(const struct path *p, const struct xfrm_suite *suite)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	u64 out = 0, in = 0;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(families); i++) {
		struct xfrm_end e = end_of(p, suite, families[i / 2], i & 1);

		assert_ok(xfrm_up(p->netns[i & 1 ? PATH_PEER : PATH_DUT], &e, _err));
	}
	assert_ways(p, 2);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(families); i++) {
		struct xfrm_end e = end_of(p, suite, families[i / 2], i & 1);
		struct xfrm_counts c;

		assert_ok(xfrm_count(p->netns[i & 1 ? PATH_PEER : PATH_DUT], &e, &c, _err));
		out += c.packets_out;
		in += c.packets_in;
	}
	/* what ways[] has, each through both gateways */
	assert_int_equal(out, ARRAY_SIZE(ways));
	assert_int_equal(in, ARRAY_SIZE(ways));
}

static void esp_carries_every_way_where_the_kernel_has_it(void **state)
{
	struct fixture *f = *state;

	need_root();
	for (const struct xfrm_suite *s = xfrm_suites; s->name; s++) {
		if (xfrm_probe(s, true, true, NULL)) {
			print_message("# this kernel has no ESP %s\n", s->name);
			continue;
		}
		up(f, &(struct path_config){ .kind = PATH_TUNNEL });
		assert_esp(&f->path, s);
		path_down(f->claim, &f->path);
	}
}

static void more_routes_lead_through_every_gateway(void **state)
{
	static const struct fw_route more[] = {
		{ AF_INET, 16, WORLD_INSIDE, { .v6 = { 10, 9 } }, { 0 } },
		{ AF_INET, 16, WORLD_INSIDE, { .v6 = { 198, 18 } }, { 0 } },	/* is there */
	};
	static const enum path_kind kinds[] = { PATH_ROUTE, PATH_TUNNEL };
	struct fixture *f = *state;
	u8 frame[FRAME], got[FRAME] = { 0 };

	build(frame, AF_INET, out_mac, "198.19.0.1", "10.9.8.7");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		up(f, &(struct path_config){ .kind = kinds[i] });
		assert_ok(path_routes(&f->path, more, ARRAY_SIZE(more), _err));
		assert_int_equal(carry(&f->path, HOP_FAR, HOP_NEAR, frame, got), FRAME);
		assert_memory_equal(got, near_mac, 6);
		path_down(f->claim, &f->path);
	}
}

static void receive_offload_is_as_asked_and_forwards(void **state)
{
	struct fixture *f = *state;
	u8 frame[FRAME], got[FRAME] = { 0 };
	char *seen;

	up(f, &(struct path_config){ .kind = PATH_ROUTE, .gro = true, .queues = 2, .mtu = 1400 });
	seen = command(f->path.netns[PATH_DUT], "ip -d link show dev eth1");
	assert_non_null(strstr(seen, "mtu 1400"));
	assert_non_null(strstr(seen, "numrxqueues 2"));
	free(seen);
	build(frame, AF_INET, in_mac, "198.18.0.1", "198.19.0.1");
	assert_int_equal(carry(&f->path, HOP_NEAR, HOP_FAR, frame, got), FRAME);
	assert_memory_equal(got, far_mac, 6);
}

/* What the DUT has of IP: addresses and forwarding. */
static void assert_dut(const struct path *p, bool routes)
{
	char value[16];
	char *seen = command(p->netns[PATH_DUT], "ip -br addr show scope global");

	assert_int_equal(strstr(seen, "192.0.2.1/32") != NULL, routes);
	assert_int_equal(strstr(seen, "2001:db8:1::1/128") != NULL, routes);
	assert_int_equal(strstr(seen, "203.0.113.1/32") != NULL, routes);
	assert_int_equal(strstr(seen, "2001:db8:2::1/128") != NULL, routes);
	free(seen);
	assert_ok(sysctl_get(p->netns[PATH_DUT], "net.ipv4.ip_forward", value, sizeof(value),
			     _err));
	assert_string_equal(value, routes ? "1" : "0");
	assert_ok(sysctl_get(p->netns[PATH_DUT], "net.ipv6.conf.eth0.forwarding", value,
			     sizeof(value), _err));
	assert_string_equal(value, routes ? "1" : "0");
}

static void only_a_router_has_addresses(void **state)
{
	static const enum path_kind kinds[] = { PATH_ROUTE, PATH_BRIDGE, PATH_BARE };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		up(f, &(struct path_config){ .kind = kinds[i] });
		assert_dut(&f->path, kinds[i] == PATH_ROUTE);
		path_down(f->claim, &f->path);
	}
}

static void bridge_passes_frames_unchanged(void **state)
{
	struct fixture *f = *state;
	u8 frame[FRAME], got[FRAME] = { 0 };
	char *fdb;

	up(f, &(struct path_config){ .kind = PATH_BRIDGE });
	build(frame, AF_INET, far_mac, "198.18.0.1", "198.19.0.1");
	assert_int_equal(carry(&f->path, HOP_NEAR, HOP_FAR, frame, got), FRAME);
	assert_memory_equal(got, frame, FRAME);
	build(frame, AF_INET6, near_mac, "2001:2:0:8000::1", "2001:2::1");
	assert_int_equal(carry(&f->path, HOP_FAR, HOP_NEAR, frame, got), FRAME);
	assert_memory_equal(got, frame, FRAME);
	fdb = command(f->path.netns[PATH_DUT], "bridge fdb show br br0");
	assert_non_null(strstr(fdb, "02:00:00:00:00:10 dev eth0 master br0 static"));
	assert_non_null(strstr(fdb, "02:00:00:00:00:20 dev eth1 master br0 static"));
	free(fdb);
}

/*
 * The module br_netfilter is no part of what a bridge needs, and hands what every
 * bridge of the host carries to iptables: it is loaded here where there is none.
 */
static bool bridge_nf_is_there(void)
{
	static const char there[] = "/proc/sys/net/bridge/bridge-nf-call-iptables";

	if (access(there, F_OK))
		free(command(-1, "ls -d /sys/class/net/*/bridge >/dev/null 2>&1 || "
			     "modprobe -q br_netfilter || true"));
	return !access(there, F_OK);
}

static void bridge_hands_packets_to_iptables_where_it_is_asked_to(void **state)
{
	static const char *const rules[2] = { "iptables-legacy -P FORWARD DROP",
					      "ip6tables-legacy -P FORWARD DROP" };
	struct fixture *f = *state;
	u8 frame[FRAME], got[FRAME] = { 0 };
	char *seen;

	need_root();
	if (!bridge_nf_is_there())
		skip_because("the module br_netfilter is not loaded");
	for (int on = 0; on < 2; on++) {
		up(f, &(struct path_config){ .kind = PATH_BRIDGE, .bridge_nf = on });
		seen = command(f->path.netns[PATH_DUT], "cd /proc/sys/net/bridge && cat "
			       "bridge-nf-call-iptables bridge-nf-call-ip6tables "
			       "bridge-nf-call-arptables");
		assert_string_equal(seen, on ? "1\n1\n0\n" : "0\n0\n0\n");
		free(seen);
		build(frame, AF_INET, far_mac, "198.18.0.1", "198.19.0.1");
		assert_int_equal(carry(&f->path, HOP_NEAR, HOP_FAR, frame, got), FRAME);
		assert_memory_equal(got, frame, FRAME);
		for (int i = 0; i < 2; i++)
			free(command(f->path.netns[PATH_DUT], "%s", rules[i]));
		carry(&f->path, HOP_NEAR, on ? HOP_IN : HOP_FAR, frame, got);
		assert_int_equal(sent(f->path.netns[PATH_DUT], "eth1"), on ? 1 : 2);
		path_down(f->claim, &f->path);
	}
}

static void wire_has_two_ends_and_no_dut(void **state)
{
	struct fixture *f = *state;
	u8 frame[FRAME], got[FRAME] = { 0 };

	up(f, &(struct path_config){ .kind = PATH_WIRE, .queues = 2 });
	assert_int_equal(f->path.netns[PATH_DUT], -1);
	assert_int_equal(f->path.netns[PATH_PEER], -1);
	assert_false(path_has(&f->path, HOP_IN));
	assert_false(path_has(&f->path, HOP_MID0));
	build(frame, AF_INET, far_mac, "198.18.0.1", "198.19.0.1");
	assert_int_equal(carry(&f->path, HOP_NEAR, HOP_FAR, frame, got), FRAME);
	assert_memory_equal(got, frame, FRAME);
}

static void dummy_is_the_source_s_end_alone(void **state)
{
	const struct path_config config = { .kind = PATH_DUMMY, .queues = 2 };
	struct fixture *f = *state;
	struct err err = { 0 };
	int rc;

	need_root();
	assert_ok(claim_take(&f->claim, _err));
	rc = path_up(f->claim, &config, &f->path, &err);
	if (rc) {
		/* nothing of the namespace stays behind either */
		assert_int_equal(rc, -EOPNOTSUPP);
		assert_non_null(strstr(err.text, "make the dummy device near"));
		assert_int_equal(f->path.netns[PATH_SOURCE], -1);
		skip_because("this kernel makes no dummy devices");
	}
	assert_string_equal(f->path.link[HOP_NEAR].kind, "dummy");
	assert_int_equal(f->path.link[HOP_NEAR].tx_queues, 2);
	assert_true(f->path.link[HOP_NEAR].quiet);
	for (enum path_hop hop = HOP_IN; hop < PATH_HOPS; hop++)
		assert_false(path_has(&f->path, hop));
	for (enum path_place place = PATH_DUT; place < PATH_PLACES; place++)
		assert_int_equal(f->path.netns[place], -1);
}

static void bare_links_forward_nothing(void **state)
{
	struct fixture *f = *state;
	u8 frame[FRAME], got[FRAME] = { 0 };

	up(f, &(struct path_config){ .kind = PATH_BARE });
	build(frame, AF_INET, in_mac, "198.18.0.1", "198.19.0.1");
	assert_int_equal(carry(&f->path, HOP_NEAR, HOP_IN, frame, got), FRAME);
	assert_memory_equal(got, frame, FRAME);
	assert_int_equal(sent(f->path.netns[PATH_DUT], "eth1"), 0);
	assert_int_equal(sent(f->path.netns[PATH_DUT], "eth0"), 0);
}

/*
 * A pair as the kernel makes it, with an IPv6 address: it reports its groups. If
 * this one were silent too, silence would prove nothing.
 */
static int loud_netns(int *ret_other)
{
	const union fw_addr address = { .v6 = { 0x20, 1, 0xd, 0xb8, [15] = 7 } };
	struct rtnl_veth_end ends[2] = {
		{ .name = "loud", .netns = netns_new() }, { .name = "other", .netns = netns_new() },
	};

	assert_ok(rtnl_veth(ends, 1500, _err));
	for (int i = 0; i < 2; i++) {
		struct rtnl_link l;
		struct rtnl *r;

		assert_ok(rtnl_open(ends[i].netns, &r, _err));
		assert_ok(rtnl_link_get(r, ends[i].name, &l, _err));
		assert_ok(rtnl_link_up(r, l.ifindex, true, _err));
		assert_ok(rtnl_address(r, l.ifindex, AF_INET6, &address, 64, _err));
		rtnl_close(r);
	}
	*ret_other = ends[1].netns;
	return ends[0].netns;
}

static void nothing_is_sent_by_itself(void **state)
{
	static const enum path_kind kinds[] = {
		PATH_ROUTE, PATH_BRIDGE, PATH_TUNNEL, PATH_BARE, PATH_WIRE,
	};
	struct fixture *f = *state;
	int loud, other;
	bool heard;

	need_root();
	loud = loud_netns(&other);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		up(f, &(struct path_config){ .kind = kinds[i], .gro = true });
		/* An address set later by whoever uses the path is as silent. */
		free(command(f->path.netns[PATH_SOURCE], "ip addr add 192.0.2.2/24 dev near && "
			     "ip addr add 2001:db8:1::2/64 dev near"));
		sleep(i < 3 ? 3 : 1);
		for (enum path_hop hop = HOP_NEAR; hop < PATH_HOPS; hop++) {
			u64 n;

			if (!path_has(&f->path, hop))
				continue;
			n = sent(f->path.hop_netns[hop], f->path.link[hop].name);
			if (n)
				fail_msg("kind %zu: %s sent %u frames by itself", i,
					 f->path.link[hop].name, (unsigned int)n);
		}
		path_down(f->claim, &f->path);
	}
	heard = sent(loud, "loud") > 0;
	close(loud);
	close(other);
	assert_true(heard);
}

static bool named_in_run_netns(const struct claim *c, const char *role)
{
	char name[128], path[160];

	claim_namespace_name(c, role, name, sizeof(name));
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	return !access(path, F_OK);
}

static void path_comes_and_goes_within_a_claim(void **state)
{
	struct fixture *f = *state;

	up(f, &(struct path_config){ .kind = PATH_ROUTE });
	assert_true(named_in_run_netns(f->claim, "dut"));
	free(command(f->path.netns[PATH_DUT], "ip link add leftover type bridge"));
	path_down(f->claim, &f->path);
	assert_int_equal(f->path.netns[PATH_DUT], -1);
	assert_false(named_in_run_netns(f->claim, "dut"));
	assert_false(named_in_run_netns(f->claim, "source"));
	up(f, &(struct path_config){ .kind = PATH_ROUTE });
	free(command(f->path.netns[PATH_DUT], "! ip link show leftover 2>/dev/null"));
}

static void path_that_fails_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct path_config config = { .kind = PATH_ROUTE, .mtu = 7 };
	struct err err = { 0 };

	need_root();
	assert_ok(claim_take(&f->claim, _err));
	assert_int_equal(path_up(f->claim, &config, &f->path, &err), -EINVAL);
	assert_string_equal(err.text, "can't make the veth pair near and eth0: Invalid argument");
	assert_int_equal(f->path.netns[PATH_SOURCE], -1);
	assert_false(named_in_run_netns(f->claim, "source"));
	config = (struct path_config){ .kind = PATH_ROUTE, .queues = 1000000 };
	assert_int_equal(path_up(f->claim, &config, &f->path, &err), -EINVAL);
	assert_non_null(strstr(err.text, "can't make the veth pair near and eth0: "));
}

static ino_t thread_netns(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

struct watcher {
	bool stop;
	long moved;
};

static void *watch(void *arg)
{
	struct watcher *w = arg;
	ino_t mine = thread_netns();

	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		w->moved += thread_netns() != mine;
		usleep(100);
	}
	return NULL;
}

static void no_thread_is_moved(void **state)
{
	struct fixture *f = *state;
	struct watcher w = { 0 };
	pthread_t thread;
	ino_t mine;

	need_root();
	mine = thread_netns();
	assert_int_equal(pthread_create(&thread, NULL, watch, &w), 0);
	up(f, &(struct path_config){ .kind = PATH_ROUTE });
	path_down(f->claim, &f->path);
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(w.moved, 0);
	assert_int_equal(thread_netns(), mine);
}

#define in_claim(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_claim(routes_are_those_of_the_world),
		in_claim(tunnel_has_two_gateways_that_route),
		in_claim(esp_carries_every_way_where_the_kernel_has_it),
		in_claim(more_routes_lead_through_every_gateway),
		in_claim(receive_offload_is_as_asked_and_forwards),
		in_claim(only_a_router_has_addresses),
		in_claim(bridge_passes_frames_unchanged),
		in_claim(bridge_hands_packets_to_iptables_where_it_is_asked_to),
		in_claim(wire_has_two_ends_and_no_dut),
		in_claim(dummy_is_the_source_s_end_alone),
		in_claim(bare_links_forward_nothing),
		in_claim(nothing_is_sent_by_itself),
		in_claim(path_comes_and_goes_within_a_claim),
		in_claim(path_that_fails_leaves_nothing),
		in_claim(no_thread_is_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
