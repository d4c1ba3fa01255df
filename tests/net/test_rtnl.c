// SPDX-License-Identifier: GPL-2.0-or-later
/* test_rtnl.c - run/net/rtnl.h and netns.h: what was asked is what iproute2 shows. */
#include "tests/net/net_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/net/netns.h"
#include "run/net/rtnl.h"

/* Two namespaces with a pair between them: a, and b on the other side. */
struct pair {
	int netns[2];
	struct rtnl *r[2];
	struct rtnl_link link[2];
};

static const u8 mac_a[6] = { 2, 0, 0, 0, 0, 0xa }, mac_b[6] = { 2, 0, 0, 0, 0, 0xb };

static union fw_addr addr(u8 family, const char *text)
{
	union fw_addr a = { 0 };

	assert_int_equal(inet_pton(family, text, a.v6), 1);
	return a;
}

static int make_pair(const struct pair *p, const char *a, const char *b, u32 queues, u32 mtu,
		     struct err *err)
{
	struct rtnl_veth_end ends[2] = {
		{ .name = a, .netns = p->netns[0], .queues = queues },
		{ .name = b, .netns = p->netns[1], .queues = queues },
	};

	memcpy(ends[0].mac, mac_a, 6);
	memcpy(ends[1].mac, mac_b, 6);
	return rtnl_veth(ends, mtu, err);
}

static int setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	*state = p;
	if (geteuid())
		return 0;
	for (int i = 0; i < 2; i++) {
		p->netns[i] = netns_new();
		assert_ok(rtnl_open(p->netns[i], &p->r[i], _err));
	}
	assert_ok(make_pair(p, "a", "b", 2, 1400, _err));
	assert_ok(rtnl_link_get(p->r[0], "a", &p->link[0], _err));
	assert_ok(rtnl_link_get(p->r[1], "b", &p->link[1], _err));
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	for (int i = 0; i < 2 && !geteuid(); i++) {
		rtnl_close(p->r[i]);
		close(p->netns[i]);
	}
	free(p);
	return 0;
}

static void both_up(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		assert_ok(rtnl_link_up(p->r[i], p->link[i].ifindex, true, _err));
}

static void pair_is_as_asked(void **state)
{
	struct pair *p = *state;
	const struct rtnl_link *a = &p->link[0], *b = &p->link[1];
	const char *mac = NULL, *kind = NULL;
	int mtu = 0, tx = 0, rx = 0;
	json_t *links;

	need_root();
	assert_string_equal(a->name, "a");
	assert_string_equal(a->kind, "veth");
	assert_memory_equal(a->mac, mac_a, 6);
	assert_memory_equal(b->mac, mac_b, 6);
	assert_int_equal(a->mtu, 1400);
	assert_int_equal(a->rx_queues, 2);
	assert_int_equal(b->tx_queues, 2);
	assert_false(a->up || a->carrier || b->up);
	assert_int_equal(a->peer, b->ifindex);
	assert_int_equal(b->peer, a->ifindex);
	assert_int_equal(a->master, 0);

	links = command_json(p->netns[1], "ip -d -j link show dev b");
	assert_int_equal(json_unpack(links, "[{s:s, s:i, s:i, s:i, s:{s:s}}]", "address", &mac,
				     "mtu", &mtu, "num_tx_queues", &tx, "num_rx_queues", &rx,
				     "linkinfo", "info_kind", &kind), 0);
	assert_string_equal(mac, "02:00:00:00:00:0b");
	assert_string_equal(kind, "veth");
	assert_int_equal(mtu, 1400);
	assert_int_equal(tx, 2);
	assert_int_equal(rx, 2);
	json_decref(links);
}

static void link_goes_up_and_down(void **state)
{
	struct pair *p = *state;
	struct rtnl_link l;

	need_root();
	both_up(p);
	assert_ok(rtnl_link_wait(p->r[0], "a", &l, _err));
	assert_true(l.up && l.carrier);
	assert_ok(rtnl_link_up(p->r[1], p->link[1].ifindex, false, _err));
	assert_ok(rtnl_link_get(p->r[0], "a", &l, _err));
	assert_true(l.up && !l.carrier);
}

static void bridge_has_its_ports_and_no_delay(void **state)
{
	struct pair *p = *state;
	struct rtnl_link br, a;
	int stp = -1, delay = -1, snooping = -1;
	json_t *links;
	char *fdb;

	need_root();
	assert_ok(rtnl_bridge(p->r[0], "br0", mac_b, _err));
	assert_ok(rtnl_link_get(p->r[0], "br0", &br, _err));
	assert_string_equal(br.kind, "bridge");
	assert_memory_equal(br.mac, mac_b, 6);
	assert_ok(rtnl_link_master(p->r[0], p->link[0].ifindex, br.ifindex, _err));
	assert_ok(rtnl_fdb(p->r[0], p->link[0].ifindex, (const u8[6]){ 2, 0, 0, 0, 0, 9 }, _err));
	assert_ok(rtnl_link_get(p->r[0], "a", &a, _err));
	assert_int_equal(a.master, br.ifindex);
	assert_string_equal(a.kind, "veth");	/* not that of its master */

	links = command_json(p->netns[0], "ip -d -j link show dev br0");
	assert_int_equal(json_unpack(links, "[{s:{s:{s:i, s:i, s:i}}}]", "linkinfo", "info_data",
				     "stp_state", &stp, "forward_delay", &delay,
				     "mcast_snooping", &snooping), 0);
	json_decref(links);
	assert_int_equal(stp, 0);
	assert_int_equal(delay, 0);
	assert_int_equal(snooping, 0);
	fdb = command(p->netns[0], "bridge fdb show dev a");
	assert_non_null(strstr(fdb, "02:00:00:00:00:09 master br0 static"));
	free(fdb);
	assert_ok(rtnl_link_master(p->r[0], p->link[0].ifindex, 0, _err));
	assert_ok(rtnl_link_get(p->r[0], "a", &a, _err));
	assert_int_equal(a.master, 0);
}

struct entry {
	u8 family;
	const char *option, *address, *neighbour, *to;
	u8 prefix, to_prefix;
};

static const struct entry entries[] = {
	{ AF_INET, "-4", "192.0.2.1", "192.0.2.77", "198.18.0.0", 32, 16 },
	{ AF_INET6, "-6", "2001:db8:1::1", "2001:db8:1::77", "2001:2::", 128, 49 },
};

static void put_entries(struct pair *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct entry *e = &entries[i];
		union fw_addr address = addr(e->family, e->address);
		union fw_addr neighbour = addr(e->family, e->neighbour);
		union fw_addr to = addr(e->family, e->to), any = { 0 };
		int ifindex = p->link[0].ifindex;

		assert_ok(rtnl_address(p->r[0], ifindex, e->family, &address, e->prefix, _err));
		assert_ok(rtnl_neighbour(p->r[0], ifindex, e->family, &neighbour, mac_b, _err));
		assert_ok(rtnl_route(p->r[0], ifindex, e->family, &to, e->to_prefix, &neighbour,
				     _err));
		assert_ok(rtnl_route(p->r[0], ifindex, e->family, &any, 0, &neighbour, _err));
	}
}

static void addresses_are_there_at_once(void **state)
{
	struct pair *p = *state;

	need_root();
	both_up(p);
	put_entries(p);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct entry *e = &entries[i];
		json_t *got = command_json(p->netns[0], "ip -j %s addr show dev a scope global",
					   e->option), *info;
		const char *local = NULL;
		int prefix = 0;

		assert_int_equal(json_unpack(got, "[{s:[o]}]", "addr_info", &info), 0);
		assert_int_equal(json_unpack(info, "{s:s, s:i}", "local", &local, "prefixlen",
					     &prefix), 0);
		assert_string_equal(local, e->address);
		assert_int_equal(prefix, e->prefix);
		assert_null(json_object_get(info, "tentative"));
		json_decref(got);
	}
}

static void neighbours_are_permanent(void **state)
{
	struct pair *p = *state;

	need_root();
	both_up(p);
	put_entries(p);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		json_t *got = command_json(p->netns[0], "ip -j %s neigh show dev a nud permanent",
					   entries[i].option);
		const char *dst = NULL, *mac = NULL;

		assert_int_equal(json_array_size(got), 1);
		assert_int_equal(json_unpack(got, "[{s:s, s:s}]", "dst", &dst, "lladdr", &mac), 0);
		assert_string_equal(dst, entries[i].neighbour);
		assert_string_equal(mac, "02:00:00:00:00:0b");
		json_decref(got);
	}
}

static void routes_lead_to_their_next_hop(void **state)
{
	struct pair *p = *state;

	need_root();
	both_up(p);
	put_entries(p);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct entry *e = &entries[i];
		const char *const dst[2] = { e->to, "default" };
		char name[64];

		snprintf(name, sizeof(name), "%s/%u", e->to, e->to_prefix);
		for (int k = 0; k < 2; k++) {
			json_t *got = command_json(p->netns[0], "ip -j %s route show %s",
						   e->option, k ? dst[k] : name);
			const char *to = NULL, *via = NULL, *dev = NULL;

			assert_int_equal(json_array_size(got), 1);
			assert_int_equal(json_unpack(got, "[{s:s, s:s, s:s}]", "dst", &to,
						     "gateway", &via, "dev", &dev), 0);
			assert_string_equal(to, k ? "default" : name);
			assert_string_equal(via, e->neighbour);
			assert_string_equal(dev, "a");
			json_decref(got);
		}
	}
}

static void route_without_next_hop_is_on_the_link(void **state)
{
	struct pair *p = *state;
	union fw_addr to;
	json_t *got;

	need_root();
	both_up(p);
	to = addr(AF_INET, "10.1.0.0");
	assert_ok(rtnl_route(p->r[0], p->link[0].ifindex, AF_INET, &to, 16, NULL, _err));
	got = command_json(p->netns[0], "ip -j route show 10.1.0.0/16");
	assert_int_equal(json_array_size(got), 1);
	assert_null(json_object_get(json_array_get(got, 0), "gateway"));
	assert_string_equal(json_string_value(json_object_get(json_array_get(got, 0), "scope")),
			    "link");
	json_decref(got);
}

static void receive_offload_is_set_and_read(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	bool on = true;

	need_root();
	assert_ok(rtnl_link_gro_get(p->r[0], "a", &on, _err));
	assert_false(on);
	assert_ok(rtnl_link_gro(p->r[0], "a", true, _err));
	assert_ok(rtnl_link_gro_get(p->r[0], "a", &on, _err));
	assert_true(on);
	assert_ok(rtnl_link_gro(p->r[0], "a", false, _err));
	assert_ok(rtnl_link_gro_get(p->r[0], "a", &on, _err));
	assert_false(on);
	assert_int_equal(rtnl_link_gro(p->r[0], "nosuch", true, &err), -ENODEV);
	assert_string_equal(err.text, "can't set generic receive offload of the link nosuch: "
			    "No such device");
}

static void deleted_links_are_gone_on_both_sides(void **state)
{
	struct pair *p = *state;
	struct rtnl_link l;

	need_root();
	both_up(p);
	assert_ok(rtnl_bridge(p->r[0], "br0", mac_b, _err));
	assert_ok(make_pair(p, "c", "d", 1, 1500, _err));
	assert_ok(rtnl_links_delete(p->r[0], _err));
	assert_int_equal(rtnl_link_get(p->r[0], "a", &l, NULL), -ENODEV);
	assert_int_equal(rtnl_link_get(p->r[0], "br0", &l, NULL), -ENODEV);
	assert_int_equal(rtnl_link_get(p->r[1], "b", &l, NULL), -ENODEV);
	assert_int_equal(rtnl_link_get(p->r[1], "d", &l, NULL), -ENODEV);
	assert_ok(rtnl_link_get(p->r[0], "lo", &l, _err));
}

static void errors_have_the_kernel_s_words(void **state)
{
	struct pair *p = *state;
	union fw_addr multicast, loopback, gateway;
	struct err err = { 0 };
	struct rtnl_link l;
	int ifindex;

	need_root();
	ifindex = p->link[0].ifindex;
	both_up(p);
	assert_int_equal(make_pair(p, "a", "x", 1, 1500, &err), -EEXIST);
	assert_string_equal(err.text, "can't make the veth pair a and x: File exists");
	assert_int_equal(make_pair(p, "x", "b", 1, 1500, &err), -EEXIST);
	assert_int_equal(rtnl_link_get(p->r[0], "x", &l, NULL), -ENODEV);	/* nor half a pair */
	assert_int_equal(make_pair(p, "x/y", "z", 1, 1500, &err), -EINVAL);
	assert_int_equal(rtnl_link_get(p->r[0], "nosuch", &l, &err), -ENODEV);
	assert_string_equal(err.text, "can't find the link nosuch: No such device");
	assert_int_equal(rtnl_link_up(p->r[0], 9999, true, &err), -ENODEV);

	multicast = addr(AF_INET6, "ff02::1");
	assert_int_equal(rtnl_address(p->r[0], ifindex, AF_INET6, &multicast, 128, &err),
			 -EADDRNOTAVAIL);
	assert_non_null(strstr(err.text, "the address ff02::1/128: "));
	loopback = addr(AF_INET, "192.0.2.1");
	assert_int_equal(rtnl_address(p->r[0], ifindex, AF_INET, &loopback, 33, &err), -EINVAL);
	/* In the kernel's own words, not only by the number. */
	gateway = addr(AF_INET, "224.0.0.1");
	assert_int_equal(rtnl_route(p->r[0], ifindex, AF_INET, &loopback, 32, &gateway, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "Nexthop has invalid gateway (Invalid argument)"));
	assert_int_equal(rtnl_address(p->r[0], ifindex, AF_UNIX, &loopback, 32, &err),
			 -EAFNOSUPPORT);
	gateway = addr(AF_INET, "192.0.2.9");
	assert_int_equal(rtnl_route(p->r[0], 9999, AF_INET, &loopback, 32, &gateway, &err),
			 -ENODEV);
	assert_int_equal(rtnl_open(open("/dev/null", O_RDONLY), &p->r[0], &err), -EINVAL);
	assert_non_null(strstr(err.text, "can't enter a network namespace"));
}

static ino_t my_netns(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

static void sysctls_are_those_of_the_namespace(void **state)
{
	struct pair *p = *state;
	ino_t before = my_netns();
	struct err err = { 0 };
	char value[64], *seen;

	need_root();
	assert_ok(sysctl_set(p->netns[0], "net.ipv4.conf.a.forwarding", "1", _err));
	assert_ok(sysctl_set(p->netns[0], "net/ipv4/ip_default_ttl", "33", _err));
	assert_ok(sysctl_set(p->netns[1], "net.ipv4.ip_default_ttl", "44", _err));
	assert_ok(sysctl_get(p->netns[0], "net.ipv4.ip_default_ttl", value, sizeof(value), _err));
	assert_string_equal(value, "33");
	assert_ok(sysctl_get(p->netns[1], "net.ipv4.ip_default_ttl", value, sizeof(value), _err));
	assert_string_equal(value, "44");
	assert_int_equal(my_netns(), before);
	seen = command(p->netns[0], "cat /proc/sys/net/ipv4/ip_default_ttl "
		       "/proc/sys/net/ipv4/conf/a/forwarding");
	assert_string_equal(seen, "33\n1\n");
	free(seen);

	assert_int_equal(sysctl_set(p->netns[0], "net.ipv4.no_such", "1", &err), -ENOENT);
	assert_string_equal(err.text, "there is no sysctl net.ipv4.no_such here: this kernel lacks "
			    "it, or has it outside of network namespaces only");
	assert_int_equal(sysctl_set(p->netns[0], "net.ipv4.ip_default_ttl", "x", &err), -EINVAL);
	assert_string_equal(err.text, "sysctl net.ipv4.ip_default_ttl: the kernel does not take "
			    "\"x\": Invalid argument");
	assert_int_equal(sysctl_set(p->netns[0], "../kernel/panic", "1", &err), -EINVAL);
	assert_int_equal(sysctl_get(p->netns[0], "net.ipv4.ip_default_ttl", value, 2, &err),
			 -ENOSPC);
	assert_int_equal(sysctl_get(-1, "kernel.ostype", value, sizeof(value), &err), 0);
	assert_string_equal(value, "Linux");
}

struct worker {
	const struct pair *p;
	int which;
	long bad;
};

/* Each thread in its own namespace, many times. */
static void *set_and_get(void *arg)
{
	struct worker *w = arg;
	int netns = w->p->netns[w->which];
	char want[16], got[16];

	for (int i = 1; i <= 100; i++) {
		struct rtnl *r;
		struct rtnl_link l;

		snprintf(want, sizeof(want), "%d", 100 * w->which + i);
		if (sysctl_set(netns, "net.ipv4.ip_default_ttl", want, NULL) ||
		    sysctl_get(netns, "net.ipv4.ip_default_ttl", got, sizeof(got), NULL) ||
		    strcmp(want, got))
			w->bad++;
		if (rtnl_open(netns, &r, NULL)) {
			w->bad++;
			continue;
		}
		if (rtnl_link_get(r, w->which ? "b" : "a", &l, NULL))
			w->bad++;
		rtnl_close(r);
	}
	return NULL;
}

static void threads_do_not_meet_in_a_namespace(void **state)
{
	struct worker w[2] = { { *state, 0, 0 }, { *state, 1, 0 } };
	ino_t before = my_netns();
	pthread_t thread[2];

	need_root();
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, set_and_get, &w[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(w[0].bad, 0);
	assert_int_equal(w[1].bad, 0);
	assert_int_equal(my_netns(), before);
}

#define in_pair(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_pair(pair_is_as_asked),
		in_pair(link_goes_up_and_down),
		in_pair(bridge_has_its_ports_and_no_delay),
		in_pair(addresses_are_there_at_once),
		in_pair(neighbours_are_permanent),
		in_pair(routes_lead_to_their_next_hop),
		in_pair(route_without_next_hop_is_on_the_link),
		in_pair(receive_offload_is_set_and_read),
		in_pair(deleted_links_are_gone_on_both_sides),
		in_pair(errors_have_the_kernel_s_words),
		in_pair(sysctls_are_those_of_the_namespace),
		in_pair(threads_do_not_meet_in_a_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
