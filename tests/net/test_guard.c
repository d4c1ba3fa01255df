// SPDX-License-Identifier: GPL-2.0-or-later
/* test_guard.c - run/net/guard.h: a port the host lives by is refused, with the reason. */
#include "tests/net/net_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/net/guard.h"
#include "run/net/netns.h"
#include "run/net/rtnl.h"

/* The port p0 in a namespace of its own, its other end in another. */
struct fixture {
	int netns, other;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (geteuid())
		return 0;
	f->netns = netns_new();
	f->other = netns_new();
	assert_ok(rtnl_veth((struct rtnl_veth_end[2]){
		{ .name = "p0", .netns = f->netns }, { .name = "p1", .netns = f->other },
	}, 1500, _err));
	free(command(f->netns, "ip link set lo up && ip link set p0 up"));
	free(command(f->other, "ip link set lo up && ip link set p1 up"));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (!geteuid()) {
		close(f->netns);
		close(f->other);
	}
	free(f);
	return 0;
}

/* @line is run; then p0 is refused, because it @why. */
static void refused(const struct fixture *f, const char *line, const char *why)
{
	char want[256];
	struct err err = { 0 };

	need_root();
	free(command(f->netns, "%s", line));
	assert_int_equal(guard_port(f->netns, "p0", &err), -EBUSY);
	snprintf(want, sizeof(want), "port p0 %s: measuring would cut the host off from it: ", why);
	if (strncmp(err.text, want, strlen(want)) != 0)
		fail_msg("%s, want %s", err.text, want);
	assert_non_null(strstr(err.text, "--i-know p0"));
}

static void free_port_is_taken(void **state)
{
	const struct fixture *f = *state;
	struct err err = { 0 };

	need_root();
	/* with nothing but the link-local address and routes it has by itself */
	free(command(f->netns, "for i in $(seq 100); do ip -6 address show dev p0 | grep -q fe80 && "
		     "exit 0; sleep 0.1; done; exit 1"));
	assert_ok(guard_port(f->netns, "p0", _err));
	/* what another port is used for doesn't matter */
	free(command(f->netns, "ip link add p2 type veth peer name p3 && ip address add 10.7.0.1/24 dev p2 && "
		     "ip link set p2 up && ip link set p3 up && ip route add default via 10.7.0.2"));
	assert_ok(guard_port(f->netns, "p0", _err));
	assert_int_equal(guard_port(f->netns, "p2", &err), -EBUSY);
}

static void port_that_is_not_there(void **state)
{
	const struct fixture *f = *state;
	struct err err = { 0 };

	need_root();
	assert_int_equal(guard_port(f->netns, "nothing", &err), -ENODEV);
	assert_non_null(strstr(err.text, "nothing"));
	assert_int_equal(guard_port(f->netns, "lo", &err), -EBUSY);
}

static void address_v4(void **state)
{
	refused(*state, "ip address add 192.0.2.1/24 dev p0", "has the host's address 192.0.2.1");
}

static void address_v6(void **state)
{
	refused(*state, "ip address add 2001:db8::1/64 dev p0 nodad", "has the host's address 2001:db8::1");
}

static void address_of_a_port_that_is_down(void **state)
{
	refused(*state, "ip link set p0 down; ip address add 192.0.2.1/24 dev p0",
		"has the host's address 192.0.2.1");
}

static void default_route_v4(void **state)
{
	refused(*state, "ip route add default dev p0", "carries the default route");
}

static void default_route_v6(void **state)
{
	refused(*state, "ip -6 route add default via fe80::1 dev p0", "carries the default route");
}

static void default_route_of_another_table(void **state)
{
	refused(*state, "ip route add default dev p0 table 77", "carries the default route");
}

static void default_route_one_of_two_ways(void **state)
{
	refused(*state, "ip link add p2 type veth peer name p3 && ip link set p2 up && "
		"ip route add default nexthop dev p2 nexthop dev p0", "carries the default route");
}

static void default_route_by_a_nexthop_object(void **state)
{
	refused(*state, "ip nexthop add id 5 dev p0 && ip route add default nhid 5",
		"carries the default route");
}

static void route_to_somewhere(void **state)
{
	refused(*state, "ip route add 203.0.113.0/24 dev p0", "carries the route to 203.0.113.0/24");
}

static void port_of_a_bridge(void **state)
{
	refused(*state, "ip link add br7 type bridge && ip link set p0 master br7",
		"belongs to the link br7");
}

static void bridge_itself(void **state)
{
	const struct fixture *f = *state;
	struct err err = { 0 };

	need_root();
	free(command(f->netns, "ip link add br7 type bridge && ip link set br7 up"));
	assert_int_equal(guard_port(f->netns, "br7", &err), -EBUSY);
	assert_non_null(strstr(err.text, "port br7 is a bridge"));
	free(command(f->netns, "ip link set p0 master br7"));
	assert_int_equal(guard_port(f->netns, "br7", &err), -EBUSY);
}

static void link_that_stands_on_it(void **state)
{
	const struct fixture *f = *state;
	char *kind, why[64];

	need_root();
	kind = command(f->netns, "for kind in macvlan 'vlan id 7' ipvlan; do "
		       "ip link add link p0 name up7 type $kind 2>/dev/null && echo -n ${kind%%%% *} && "
		       "exit 0; done; true");
	if (!*kind) {
		free(kind);
		skip_because("this kernel has no link that stands on another");
	}
	snprintf(why, sizeof(why), "carries the %s link up7", kind);
	free(kind);
	refused(f, "true", why);
}

/* A connection from @netns to @to, which listens in @other; the two ends in @fd. */
static void connect_to(const struct fixture *f, u8 family, const char *to, int fd[2])
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(7777) };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(7777) };
	struct sockaddr *sa = family == AF_INET ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6;
	socklen_t len = family == AF_INET ? sizeof(a4) : sizeof(a6);
	int back, listener;

	assert_int_equal(inet_pton(family, to, family == AF_INET ? (void *)&a4.sin_addr :
				   (void *)&a6.sin6_addr), 1);
	assert_ok(netns_enter(f->other, &back, _err));
	a6.sin6_scope_id = if_nametoindex("p1");
	listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, sa, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_ok(netns_leave(back, _err));
	assert_ok(netns_enter(f->netns, &back, _err));
	a6.sin6_scope_id = if_nametoindex("p0");
	fd[0] = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd[0], sa, len), 0);
	assert_ok(netns_leave(back, _err));
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd[1] >= 0);
	close(listener);
}

static void connected(const struct fixture *f, u8 family, const char *to)
{
	char why[128];
	int fd[2];

	connect_to(f, family, to, fd);
	snprintf(why, sizeof(why), "carries an established connection to %s", to);
	refused(f, "true", why);
	close(fd[0]);
	close(fd[1]);
}

static void connection_over_its_address(void **state)
{
	const struct fixture *f = *state;

	need_root();
	free(command(f->netns, "ip address add 192.0.2.1/24 dev p0"));
	free(command(f->other, "ip address add 192.0.2.2/24 dev p1"));
	connected(f, AF_INET, "192.0.2.2");
}

static void connection_from_another_address(void **state)
{
	const struct fixture *f = *state;

	need_root();
	free(command(f->netns, "ip address add 198.51.100.1/32 dev lo && "
		     "ip route add 192.0.2.0/24 dev p0 src 198.51.100.1"));
	free(command(f->other, "ip address add 192.0.2.2/24 dev p1 && "
		     "ip route add 198.51.100.1 dev p1"));
	connected(f, AF_INET, "192.0.2.2");
}

static void connection_between_link_local_addresses(void **state)
{
	const struct fixture *f = *state;

	need_root();
	free(command(f->netns, "ip address add fe80::a/64 dev p0 nodad"));
	free(command(f->other, "ip address add fe80::b/64 dev p1 nodad"));
	connected(f, AF_INET6, "fe80::b");
}

static void connection_over_the_loopback_is_none_of_its(void **state)
{
	struct fixture *f = *state, own = { .netns = f->netns, .other = f->netns };
	int fd[2];

	need_root();
	connect_to(&own, AF_INET, "127.0.0.1", fd);
	assert_ok(guard_port(f->netns, "p0", _err));
	close(fd[0]);
	close(fd[1]);
}

#define with_port(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_port(free_port_is_taken),
		with_port(port_that_is_not_there),
		with_port(address_v4),
		with_port(address_v6),
		with_port(address_of_a_port_that_is_down),
		with_port(default_route_v4),
		with_port(default_route_v6),
		with_port(default_route_of_another_table),
		with_port(default_route_one_of_two_ways),
		with_port(default_route_by_a_nexthop_object),
		with_port(route_to_somewhere),
		with_port(port_of_a_bridge),
		with_port(bridge_itself),
		with_port(link_that_stands_on_it),
		with_port(connection_over_its_address),
		with_port(connection_from_another_address),
		with_port(connection_between_link_local_addresses),
		with_port(connection_over_the_loopback_is_none_of_its),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
