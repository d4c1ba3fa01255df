// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Translation of addresses and ports: packets in, packets out, in both
 * directions. world_send checks every checksum by code of its own.
 */
#include "tests/engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define NAT(rules) "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n" \
	":POSTROUTING ACCEPT [0:0]\n" rules "COMMIT\n"

#define TABLE(r4, r6, rows) world_table(r4, r6, rows, ARRAY_SIZE(rows))

static void open_world(struct world *w, const char *rules4, const char *rules6)
{
	struct fw_config c;

	world_config(&c);
	world_open(w, &c, rules4, rules6);
}

static void masquerade(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 len=9",
		  "forward 1 new | udp 198.51.100.1:1000 > 198.51.100.7:53 ttl=63" },
		{ 0, 1, "udp 198.51.100.7:53 > 198.51.100.1:1000 len=5",
		  "forward 0 established | udp 198.51.100.7:53 > 10.0.0.2:1000 ttl=63" },
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 nocsum",
		  "forward 1 established | udp 198.51.100.1:1000 > 198.51.100.7:53 ttl=63" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8 id=77 len=13",
		  "forward 1 new | icmp 198.51.100.1 > 198.51.100.7 type=8 code=0 id=77 ttl=63" },
		{ 0, 1, "icmp 198.51.100.7 > 198.51.100.1 type=0 id=77",
		  "forward 0 established | icmp 198.51.100.7 > 10.0.0.2 type=0 code=0 id=77 ttl=63" },
		{ 0, 0, "47 10.0.0.2 > 198.51.100.7 len=8",
		  "forward 1 new | 47 198.51.100.1 > 198.51.100.7 ttl=63" },
		{ 0, 0, "47 10.0.0.3 > 198.51.100.7 len=8", "drop nat-exhausted new" },
		{ 0, 1, "47 198.51.100.7 > 198.51.100.1 len=8",
		  "forward 0 established | 47 198.51.100.7 > 10.0.0.2 ttl=63" },
		/* what nobody asked for stays at the firewall */
		{ 0, 1, "udp 198.51.100.7:53 > 198.51.100.1:1001", "local new" },
	};

	TABLE(NAT("-A POSTROUTING -o out0 -j MASQUERADE\n"), NULL, rows);
}

static void masquerade_ipv6(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 len=9",
		  "forward 1 new | udp [2001:db8:1::1]:1000 > [2001:db8:1::7]:53 ttl=63" },
		{ 0, 1, "udp [2001:db8:1::7]:53 > [2001:db8:1::1]:1000",
		  "forward 0 established | udp [2001:db8:1::7]:53 > [2001:db8::2]:1000 ttl=63" },
		{ 0, 0, "icmp [2001:db8::2] > [2001:db8:1::7] type=128 id=5",
		  "forward 1 new | icmp [2001:db8:1::1] > [2001:db8:1::7] type=128 code=0 id=5 ttl=63" },
		{ 0, 1, "icmp [2001:db8:1::7] > [2001:db8:1::1] type=129 id=5", "forward 0 established | "
		  "icmp [2001:db8:1::7] > [2001:db8::2] type=129 code=0 id=5 ttl=63" },
	};

	TABLE(NULL, NAT("-A POSTROUTING -o out0 -j MASQUERADE\n"), rows);
}

static void tcp_through_snat(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "tcp 10.0.0.2:1000 > 198.51.100.7:80 flags=S seq=9",
		  "forward 1 new | tcp 198.51.100.99:1000 > 198.51.100.7:80 flags=S ttl=63" },
		{ 0, 1, "tcp 198.51.100.7:80 > 198.51.100.99:1000 flags=SA seq=5 ack=10",
		  "forward 0 established | tcp 198.51.100.7:80 > 10.0.0.2:1000 flags=SA ttl=63" },
		{ 0, 0, "tcp 10.0.0.2:1000 > 198.51.100.7:80 flags=A seq=10 ack=6 len=1000", "forward "
		  "1 established | tcp 198.51.100.99:1000 > 198.51.100.7:80 flags=A ttl=63" },
		{ 0, 1, "tcp 198.51.100.7:80 > 198.51.100.99:1000 flags=RA seq=6 ack=1010", "forward 0 "
		  "established | tcp 198.51.100.7:80 > 10.0.0.2:1000 flags=RA seq=6 ack=1010 ttl=63" },
	};

	TABLE(NAT("-A POSTROUTING -o out0 -p tcp -j SNAT --to-source 198.51.100.99\n"), NULL, rows);
}

static void dnat_with_port(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 1, "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=S seq=9",
		  "forward 0 new | tcp 198.51.100.7:5000 > 10.0.0.2:8080 flags=S ttl=63" },
		{ 0, 0, "tcp 10.0.0.2:8080 > 198.51.100.7:5000 flags=SA seq=5 ack=10",
		  "forward 1 established | tcp 198.51.100.1:80 > 198.51.100.7:5000 flags=SA ttl=63" },
		{ 0, 1, "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=A seq=10 ack=6",
		  "forward 0 established | tcp 198.51.100.7:5000 > 10.0.0.2:8080 flags=A ttl=63" },
		{ 0, 1, "tcp 198.51.100.7:5000 > 198.51.100.1:81 flags=S seq=9", "local new" },
	};

	TABLE(NAT("-A PREROUTING -i out0 -p tcp -m tcp --dport 80 -j DNAT "
		  "--to-destination 10.0.0.2:8080\n"), NULL, rows);
}

static void dnat_ipv6(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 1, "udp [2001:db8:1::7]:5000 > [2001:db8:1::1]:53 len=3",
		  "forward 0 new | udp [2001:db8:1::7]:5000 > [2001:db8::2]:5353 ttl=63" },
		{ 0, 0, "udp [2001:db8::2]:5353 > [2001:db8:1::7]:5000 len=3", "forward 1 established "
		  "| udp [2001:db8:1::1]:53 > [2001:db8:1::7]:5000 ttl=63" },
	};

	TABLE(NULL, NAT("-A PREROUTING -i out0 -p udp -m udp --dport 53 -j DNAT "
			"--to-destination [2001:db8::2]:5353\n"), rows);
}

static void redirect_is_delivered_locally(void **state __unused)
{
	struct world w;
	char text[256];

	open_world(&w, NAT("-A PREROUTING -i in0 -p udp -m udp --dport 53 -j REDIRECT "
			   "--to-ports 5353\n"), NULL);
	assert_string_equal(world_send(&w, 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 len=4"),
			    "local new");
	pkt_text(w.pkt.data, w.pkt.len, text, sizeof(text));
	assert_string_equal(text, "udp 10.0.0.2:1000 > 10.0.0.1:5353 ttl=64");
	world_close(&w);
}

static void netmap_keeps_the_host_part(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53",
		  "forward 1 new | udp 203.0.113.2:1000 > 198.51.100.7:53 ttl=63" },
		{ 0, 1, "udp 198.51.100.7:53 > 203.0.113.2:1000",
		  "forward 0 established | udp 198.51.100.7:53 > 10.0.0.2:1000 ttl=63" },
		{ 0, 1, "tcp 198.51.100.7:99 > 203.0.113.77:80 flags=S",
		  "forward 0 new | tcp 198.51.100.7:99 > 10.0.0.77:80 flags=S ttl=63" },
		{ 0, 0, "tcp 10.0.0.77:80 > 198.51.100.7:99 flags=SA ack=1",
		  "forward 1 established | tcp 203.0.113.77:80 > 198.51.100.7:99 flags=SA ttl=63" },
	};

	TABLE(NAT("-A PREROUTING -i out0 -d 203.0.113.0/24 -j NETMAP --to 10.0.0.0/24\n"
		  "-A POSTROUTING -o out0 -s 10.0.0.0/24 -j NETMAP --to 203.0.113.0/24\n"),
	      NULL, rows);
}

static void netmap_ipv6(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp [2001:db8::2]:1000 > [2001:db8:1::7]:53",
		  "forward 1 new | udp [2001:db8:f::2]:1000 > [2001:db8:1::7]:53 ttl=63" },
		{ 0, 1, "udp [2001:db8:1::7]:53 > [2001:db8:f::2]:1000",
		  "forward 0 established | udp [2001:db8:1::7]:53 > [2001:db8::2]:1000 ttl=63" },
	};

	TABLE(NULL, NAT("-A POSTROUTING -o out0 -j NETMAP --to 2001:db8:f::/64\n"), rows);
}

static void both_ends_at_once(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "tcp 10.0.0.2:1000 > 10.0.0.1:80 flags=S seq=1",
		  "forward 1 new | tcp 198.51.100.1:1000 > 198.51.100.7:8080 flags=S ttl=63" },
		{ 0, 1, "tcp 198.51.100.7:8080 > 198.51.100.1:1000 flags=SA seq=1 ack=2",
		  "forward 0 established | tcp 10.0.0.1:80 > 10.0.0.2:1000 flags=SA ttl=63" },
		{ 0, 0, "tcp 10.0.0.2:1000 > 10.0.0.1:80 flags=A seq=2 ack=2 len=7",
		  "forward 1 established | tcp 198.51.100.1:1000 > 198.51.100.7:8080 flags=A ttl=63" },
	};

	TABLE(NAT("-A PREROUTING -d 10.0.0.1/32 -p tcp -j DNAT --to-destination 198.51.100.7:8080\n"
		  "-A POSTROUTING -o out0 -j MASQUERADE\n"), NULL, rows);
}

static void hairpin(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.1:53",
		  "forward 0 new | udp 10.0.0.1:1000 > 10.0.0.3:53 ttl=63" },
		{ 0, 0, "udp 10.0.0.3:53 > 10.0.0.1:1000",
		  "forward 0 established | udp 198.51.100.1:53 > 10.0.0.2:1000 ttl=63" },
	};

	TABLE(NAT("-A PREROUTING -d 198.51.100.1/32 -p udp -j DNAT --to-destination 10.0.0.3\n"
		  "-A POSTROUTING -s 10.0.0.0/24 -d 10.0.0.0/24 -j MASQUERADE\n"), NULL, rows);
}

static void clashing_port_is_replaced_within_its_class(void **state __unused)
{
	static const struct {
		u16 port, first, last;
	} classes[] = { { 300, 1, 511 }, { 600, 512, 1023 }, { 5000, 1024, 65535 } };
	char packet[128], back[128], expect[128];
	struct world w;
	unsigned int port;
	size_t i;

	open_world(&w, NAT("-A POSTROUTING -o out0 -j MASQUERADE\n"), NULL);
	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		snprintf(packet, sizeof(packet), "udp 10.0.0.2:%u > 198.51.100.7:53", classes[i].port);
		world_send(&w, 0, 0, packet);
		snprintf(packet, sizeof(packet), "udp 10.0.0.3:%u > 198.51.100.7:53", classes[i].port);
		world_send(&w, 0, 0, packet);
		assert_int_equal(sscanf(w.answer, "forward 1 new | udp 198.51.100.1:%u", &port), 1);
		assert_int_not_equal(port, classes[i].port);
		assert_in_range(port, classes[i].first, classes[i].last);
		snprintf(back, sizeof(back), "udp 198.51.100.7:53 > 198.51.100.1:%u", port);
		snprintf(expect, sizeof(expect),
			 "forward 0 established | udp 198.51.100.7:53 > 10.0.0.3:%u ttl=63",
			 classes[i].port);
		assert_string_equal(world_send(&w, 0, 1, back), expect);
	}
	world_close(&w);
}

static void same_port_serves_other_destinations(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53",
		  "forward 1 new | udp 198.51.100.1:1000 > 198.51.100.7:53 ttl=63" },
		{ 0, 0, "udp 10.0.0.3:1000 > 198.51.100.8:53",
		  "forward 1 new | udp 198.51.100.1:1000 > 198.51.100.8:53 ttl=63" },
		{ 0, 1, "udp 198.51.100.8:53 > 198.51.100.1:1000",
		  "forward 0 established | udp 198.51.100.8:53 > 10.0.0.3:1000 ttl=63" },
	};

	TABLE(NAT("-A POSTROUTING -o out0 -j MASQUERADE\n"), NULL, rows);
}

static void untranslated_connection_gives_way_to_a_taken_tuple(void **state __unused)
{
	unsigned int port;
	struct world w;

	/* 203.0.113.9 is taken by a binding, then its owner appears itself. */
	open_world(&w, NAT("-A POSTROUTING -s 10.0.0.2/32 -j SNAT --to-source 10.0.0.9\n"), NULL);
	world_send(&w, 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53");
	assert_string_equal(w.answer,
			    "forward 1 new | udp 10.0.0.9:1000 > 198.51.100.7:53 ttl=63");
	world_send(&w, 0, 0, "udp 10.0.0.9:1000 > 198.51.100.7:53");
	assert_int_equal(sscanf(w.answer, "forward 1 new | udp 10.0.0.9:%u", &port), 1);
	assert_int_not_equal(port, 1000);
	world_close(&w);
}

static void a_port_range_is_exhausted_and_never_shared(void **state __unused)
{
	bool seen[4] = { false };
	char packet[128];
	struct fw_stats s;
	unsigned int port;
	struct world w;
	int i;

	open_world(&w, NAT("-A POSTROUTING -o out0 -p udp -j SNAT "
			   "--to-source 198.51.100.1:2000-2003\n"), NULL);
	for (i = 0; i < 6; i++) {
		snprintf(packet, sizeof(packet), "udp 10.0.0.%d:1000 > 198.51.100.7:53", i + 2);
		world_send(&w, 0, 0, packet);
		if (i >= 4) {
			assert_string_equal(w.answer, "drop nat-exhausted new");
			continue;
		}
		assert_int_equal(sscanf(w.answer, "forward 1 new | udp 198.51.100.1:%u", &port), 1);
		assert_in_range(port, 2000, 2003);
		assert_false(seen[port - 2000]);
		seen[port - 2000] = true;
	}
	fw_worker_stats(w.worker, &s);
	assert_int_equal(s.nat_ports_used, 4);
	assert_int_equal(s.ct_count, 4);
	/* A port comes back when its connection ends. */
	fw_tick(w.worker, w.now + 31 * NSEC_PER_SEC);
	fw_worker_stats(w.worker, &s);
	assert_int_equal(s.nat_ports_used, 0);
	assert_non_null(strstr(world_send(&w, 31, 0, packet), "forward 1 new"));
	world_close(&w);
}

static void echo_identifiers_are_kept_apart(void **state __unused)
{
	char back[128], expect[160];
	unsigned int id;
	struct world w;

	open_world(&w, NAT("-A POSTROUTING -o out0 -j MASQUERADE\n"), NULL);
	world_send(&w, 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8 id=7");
	world_send(&w, 0, 0, "icmp 10.0.0.3 > 198.51.100.7 type=8 id=7 len=31");
	assert_int_equal(sscanf(w.answer, "forward 1 new | icmp 198.51.100.1 > 198.51.100.7 type=8 "
				"code=0 id=%u", &id), 1);
	assert_int_not_equal(id, 7);
	snprintf(back, sizeof(back), "icmp 198.51.100.7 > 198.51.100.1 type=0 id=%u len=31", id);
	snprintf(expect, sizeof(expect), "forward 0 established | icmp 198.51.100.7 > 10.0.0.3 "
		 "type=0 code=0 id=7 ttl=63");
	assert_string_equal(world_send(&w, 0, 1, back), expect);
	world_close(&w);
}

static void address_range_by_source(void **state __unused)
{
	char packet[128];
	unsigned int last, first[20];
	bool different = false;
	struct world w;
	int round, i;

	open_world(&w, NAT("-A POSTROUTING -o out0 -j SNAT "
			   "--to-source 203.0.113.10-203.0.113.19 --persistent\n"), NULL);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 20; i++) {
			snprintf(packet, sizeof(packet), "udp 10.0.0.%d:%d > 198.51.100.%d:53", i + 2,
				 1000 + round, 20 + round * 20 + i);
			world_send(&w, 0, 0, packet);
			assert_int_equal(sscanf(w.answer, "forward 1 new | udp 203.0.113.%u:", &last), 1);
			assert_in_range(last, 10, 19);
			if (!round)
				first[i] = last;
			assert_int_equal(first[i], last);
			different |= last != first[0];
		}
	}
	assert_true(different);
	world_close(&w);
}

static void random_does_not_keep_the_port(void **state __unused)
{
	unsigned int port, kept = 0;
	char packet[128];
	struct world w;
	int i;

	open_world(&w, NAT("-A POSTROUTING -o out0 -p udp -j MASQUERADE --random\n"), NULL);
	for (i = 0; i < 20; i++) {
		snprintf(packet, sizeof(packet), "udp 10.0.0.2:%d > 198.51.100.7:53", 2000 + i);
		world_send(&w, 0, 0, packet);
		assert_int_equal(sscanf(w.answer, "forward 1 new | udp 198.51.100.1:%u", &port), 1);
		assert_in_range(port, 1024, 65535);
		kept += port == 2000u + (unsigned int)i;
	}
	assert_in_range(kept, 0, 2);
	world_close(&w);
}

static void icmp_errors_to_the_inside(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 len=8", "forward 1 new …" },
		{ 0, 1, "icmp 203.0.113.1 > 198.51.100.1 type=3 code=1 | "
		  "udp 198.51.100.1:1000 > 198.51.100.7:53 len=8",
		  "forward 0 related | icmp 203.0.113.1 > 10.0.0.2 type=3 code=1 id=0 ttl=63 | "
		  "udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=64" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8 id=9", "forward 1 new …" },
		{ 0, 1, "icmp 203.0.113.1 > 198.51.100.1 type=11 | "
		  "icmp 198.51.100.1 > 198.51.100.7 type=8 id=9",
		  "forward 0 related | icmp 203.0.113.1 > 10.0.0.2 type=11 code=0 id=0 ttl=63 | "
		  "icmp 10.0.0.2 > 198.51.100.7 type=8 code=0 id=9 ttl=64" },
		/* not about ours: for the firewall, and untouched */
		{ 0, 1, "icmp 203.0.113.1 > 198.51.100.1 type=3 | "
		  "udp 198.51.100.1:1001 > 198.51.100.7:53",
		  "local invalid ICMP error about no known connection" },
	};

	TABLE(NAT("-A POSTROUTING -o out0 -j MASQUERADE\n"), NULL, rows);
}

static void icmp_errors_from_the_inside(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 1, "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=S", "forward 0 new …" },
		/* the server refuses; a router inside complains: both look like us */
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=3 code=3 | "
		  "tcp 198.51.100.7:5000 > 10.0.0.2:8080 flags=S",
		  "forward 1 related | icmp 198.51.100.1 > 198.51.100.7 type=3 code=3 id=0 ttl=63 | "
		  "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=S ttl=64" },
		{ 0, 0, "icmp 10.0.0.254 > 198.51.100.7 type=3 code=1 | "
		  "tcp 198.51.100.7:5000 > 10.0.0.2:8080 flags=S",
		  "forward 1 related | icmp 198.51.100.1 > 198.51.100.7 type=3 code=1 id=0 ttl=63 | "
		  "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=S ttl=64" },
	};

	TABLE(NAT("-A PREROUTING -i out0 -p tcp -m tcp --dport 80 -j DNAT "
		  "--to-destination 10.0.0.2:8080\n"), NULL, rows);
}

static void icmpv6_errors_are_translated(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 len=8", "forward 1 new …" },
		{ 0, 1, "icmp [2001:db8:1::9] > [2001:db8:1::1] type=1 code=4 | "
		  "udp [2001:db8:1::1]:1000 > [2001:db8:1::7]:53 len=8",
		  "forward 0 related | icmp [2001:db8:1::9] > [2001:db8::2] type=1 code=4 id=0 ttl=63 | "
		  "udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 ttl=64" },
	};

	TABLE(NULL, NAT("-A POSTROUTING -o out0 -j MASQUERADE\n"), rows);
}

static void rejected_sender_sees_its_own_packet(void **state __unused)
{
	static const char rules[] =
		NAT("-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080\n")
		"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
		"-A FORWARD -s 198.51.100.8/32 -p tcp -j REJECT --reject-with tcp-reset\n"
		"-A FORWARD -i out0 -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n";
	static const struct row rows[] = {
		{ 0, 1, "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=S seq=9",
		  "reply 1 rejected new | icmp 198.51.100.1 > 198.51.100.7 type=3 code=3 id=0 ttl=64 | "
		  "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=S ttl=63" },
		{ 0, 1, "tcp 198.51.100.8:5000 > 198.51.100.1:80 flags=S seq=9 len=3",
		  "reply 1 rejected new | tcp 198.51.100.1:80 > 198.51.100.8:5000 "
		  "flags=RA seq=0 ack=13 ttl=64" },
		{ 0, 1, "tcp 198.51.100.8:5000 > 198.51.100.1:80 flags=A seq=9 ack=77",
		  "reply 1 rejected new | tcp 198.51.100.1:80 > 198.51.100.8:5000 "
		  "flags=R seq=77 ack=0 ttl=64" },
		{ 0, 1, "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=S ttl=1",
		  "reply 1 ttl new | icmp 198.51.100.1 > 198.51.100.7 type=11 code=0 id=0 ttl=64 | "
		  "tcp 198.51.100.7:5000 > 198.51.100.1:80 flags=S ttl=1" },
	};

	TABLE(rules, NULL, rows);
}

static void untracked_packets_are_not_translated(void **state __unused)
{
	static const char rules[] =
		"*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
		"-A PREROUTING -p udp -m udp --dport 53 -j NOTRACK\nCOMMIT\n"
		NAT("-A POSTROUTING -o out0 -j MASQUERADE\n");
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53",
		  "forward 1 untracked | udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=63" },
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:54",
		  "forward 1 new | udp 198.51.100.1:1000 > 198.51.100.7:54 ttl=63" },
	};

	TABLE(rules, NULL, rows);
}

/* Any payload, any ports: the deltas must fit every carry. */
static void checksums_hold_for_many_flows(void **state __unused)
{
	char packet[160], back[160], dst[64];
	unsigned int i, port;
	struct world w;

	open_world(&w, NAT("-A POSTROUTING -o out0 -j MASQUERADE\n"), NULL);
	for (i = 0; i < 900; i++) {
		snprintf(dst, sizeof(dst), "198.51.100.%u:%u", 2 + i % 250, 1 + i * 71 % 65535);
		snprintf(packet, sizeof(packet), "udp 10.0.0.%u:%u > %s len=%u", 2 + i * 7 % 250,
			 1 + i * 7919 % 65535, dst, i % 90);
		world_send(&w, 0, 0, packet);
		assert_int_equal(sscanf(w.answer, "forward 1 new | udp 198.51.100.1:%u", &port), 1);
		snprintf(back, sizeof(back), "udp %s > 198.51.100.1:%u len=%u", dst, port, i % 77);
		assert_non_null(strstr(world_send(&w, 0, 1, back), "forward 0 established"));
	}
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masquerade),
		cmocka_unit_test(masquerade_ipv6),
		cmocka_unit_test(tcp_through_snat),
		cmocka_unit_test(dnat_with_port),
		cmocka_unit_test(dnat_ipv6),
		cmocka_unit_test(redirect_is_delivered_locally),
		cmocka_unit_test(netmap_keeps_the_host_part),
		cmocka_unit_test(netmap_ipv6),
		cmocka_unit_test(both_ends_at_once),
		cmocka_unit_test(hairpin),
		cmocka_unit_test(clashing_port_is_replaced_within_its_class),
		cmocka_unit_test(same_port_serves_other_destinations),
		cmocka_unit_test(untranslated_connection_gives_way_to_a_taken_tuple),
		cmocka_unit_test(a_port_range_is_exhausted_and_never_shared),
		cmocka_unit_test(echo_identifiers_are_kept_apart),
		cmocka_unit_test(address_range_by_source),
		cmocka_unit_test(random_does_not_keep_the_port),
		cmocka_unit_test(icmp_errors_to_the_inside),
		cmocka_unit_test(icmp_errors_from_the_inside),
		cmocka_unit_test(icmpv6_errors_are_translated),
		cmocka_unit_test(rejected_sender_sees_its_own_packet),
		cmocka_unit_test(untracked_packets_are_not_translated),
		cmocka_unit_test(checksums_hold_for_many_flows),
	};

	return cmocka_run_group_tests_name("engine/nat", tests, NULL, NULL);
}
