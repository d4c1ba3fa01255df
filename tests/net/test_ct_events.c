// SPDX-License-Identifier: GPL-2.0-or-later
/* test_ct_events.c - run/net/ct_events.h: what the kernel says of its connections is counted. */
#include "tests/net/net_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/net/conntrack.h"
#include "run/net/ct_events.h"
#include "run/net/kernel_rules.h"
#include "run/net/netns.h"

static int tracking_netns(void)
{
	int netns;

	need_root();
	netns = netns_new();
	free(command(netns, "ip link set lo up"));
	assert_ok(kernel_conntrack_on(netns, _err));
	return netns;
}

/* @n datagrams over the loopback, each to a port of its own. */
static void open_connections(int netns, int family, u16 n)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int back, s;

	assert_ok(netns_enter(netns, &back, _err));
	s = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (u16 i = 1; i <= n; i++) {
		to4.sin_port = to6.sin6_port = htons(i);
		if (family == AF_INET)
			sendto(s, "x", 1, 0, (struct sockaddr *)&to4, sizeof(to4));
		else
			sendto(s, "x", 1, 0, (struct sockaddr *)&to6, sizeof(to6));
	}
	close(s);
	assert_ok(netns_leave(back, _err));
}

static void new_and_forgotten_connections_are_counted(void **state __unused)
{
	struct ct_events_config config = { .netns = tracking_netns() };
	struct ct_event_counts c;
	struct ct_events *e;

	assert_ok(ct_events_open(&config, &e, _err));
	ct_events_read(e, &c);
	assert_int_equal(c.created + c.destroyed, 0);
	open_connections(config.netns, AF_INET, 3);
	open_connections(config.netns, AF_INET6, 2);
	ct_events_read(e, &c);
	assert_int_equal(c.created, 5);
	assert_int_equal(c.destroyed, 0);
	assert_ok(conntrack_flush(config.netns, _err));
	ct_events_read(e, &c);
	assert_int_equal(c.created, 5);
	assert_int_equal(c.destroyed, 5);
	assert_int_equal(c.dropped + c.overruns, 0);
	ct_events_close(e);
	close(config.netns);
}

static void another_namespace_is_not_heard(void **state __unused)
{
	struct ct_events_config config = { .netns = tracking_netns() };
	int other = tracking_netns();
	struct ct_event_counts c;
	struct ct_events *e;

	assert_ok(ct_events_open(&config, &e, _err));
	open_connections(other, AF_INET, 3);
	ct_events_read(e, &c);
	assert_int_equal(c.created, 0);
	ct_events_close(e);
	close(other);
	close(config.netns);
}

static void what_found_no_room_is_counted_too(void **state __unused)
{
	struct ct_events_config config = { .netns = tracking_netns(), .buffer = 1, .nice = 19 };
	struct ct_event_counts c;
	struct ct_events *e;

	assert_ok(ct_events_open(&config, &e, _err));
	open_connections(config.netns, AF_INET, 500);
	assert_ok(conntrack_flush(config.netns, _err));
	ct_events_read(e, &c);
	assert_int_equal(c.created + c.destroyed + c.dropped, 1000);
	assert_int_equal(c.overruns > 0, c.dropped > 0);
	ct_events_close(e);
	close(config.netns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_and_forgotten_connections_are_counted),
		cmocka_unit_test(another_namespace_is_not_heard),
		cmocka_unit_test(what_found_no_room_is_counted_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
