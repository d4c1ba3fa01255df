// SPDX-License-Identifier: GPL-2.0-or-later
/* Plain forwarding: no rules are loaded. */
#include "tests/engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#define TABLE(rows) world_table(NULL, NULL, rows, ARRAY_SIZE(rows))

static void forwards_both_families(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 len=11",
		  "forward 1 | udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=63" },
		{ 0, 1, "tcp 203.0.113.9:80 > 10.0.0.2:1000 flags=SA ttl=255",
		  "forward 0 | tcp 203.0.113.9:80 > 10.0.0.2:1000 flags=SA ttl=254" },
		{ 0, 0, "udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 ttl=2",
		  "forward 1 | udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 ttl=1" },
		{ 0, 0, "132 10.0.0.2 > 198.51.100.7 len=30",
		  "forward 1 | 132 10.0.0.2 > 198.51.100.7 ttl=63" },
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 vlan=7",
		  "forward 1 | udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=63" },
	};

	TABLE(rows);
}

static void ttl_checksum_is_right_for_every_ttl(void **state __unused)
{
	char packet[128], expect[128];
	struct fw_config c;
	struct world w;
	int ttl;

	world_config(&c);
	world_open(&w, &c, NULL, NULL);
	for (ttl = 2; ttl < 256; ttl++) {
		snprintf(packet, sizeof(packet), "udp 10.0.0.2:%d > 198.51.100.7:53 ttl=%d",
			 ttl * 251, ttl);
		snprintf(expect, sizeof(expect), "udp 10.0.0.2:%d > 198.51.100.7:53 ttl=%d",
			 ttl * 251, ttl - 1);
		assert_non_null(strstr(world_send(&w, 0, 0, packet), expect));
	}
	world_close(&w);
}

static void writes_the_next_hops_macs(void **state __unused)
{
	static const u8 expect[12] = { 2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 0, 2 };
	struct fw_config c;
	struct world w;

	world_config(&c);
	world_open(&w, &c, NULL, NULL);
	world_send(&w, 0, 0, "udp 10.0.0.2:1 > 203.0.113.9:2");
	assert_memory_equal(w.out.data, expect, sizeof(expect));
	world_close(&w);
}

static void ttl_exceeded_is_answered(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=1 len=9",
		  "reply 0 ttl | icmp 10.0.0.1 > 10.0.0.2 type=11 code=0 id=0 ttl=64 | "
		  "udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=1" },
		{ 0, 0, "tcp [2001:db8::2]:5 > [2001:db8:1::7]:53 flags=S ttl=1",
		  "reply 0 ttl | icmp [2001:db8::1] > [2001:db8::2] type=3 code=0 id=0 ttl=64 | "
		  "tcp [2001:db8::2]:5 > [2001:db8:1::7]:53 flags=S ttl=1" },
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=0", "reply 0 ttl | icmp …" },
	};

	TABLE(rows);
}

static void no_route_is_answered(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 192.0.2.1:53",
		  "reply 0 no-route | icmp 10.0.0.1 > 10.0.0.2 type=3 code=0 …" },
		{ 0, 0, "udp [2001:db8::2]:1000 > [2001:db8:9::7]:53",
		  "reply 0 no-route | icmp [2001:db8::1] > [2001:db8::2] type=1 code=0 …" },
	};

	TABLE(rows);
}

static void some_packets_get_no_answer(void **state __unused)
{
	static const struct row rows[] = {
		/* an error, a later fragment, a group, a source without a route */
		{ 0, 0, "icmp 10.0.0.2 > 192.0.2.1 type=3 code=1 | udp 192.0.2.1:1 > 10.0.0.2:2",
		  "drop no-route" },
		{ 0, 0, "udp 10.0.0.2:1000 > 192.0.2.1:53 frag=64", "drop no-route" },
		{ 0, 0, "udp 10.0.0.2:1000 > 224.1.2.3:53", "drop no-route" },
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 mac=ff:ff:ff:ff:ff:ff", "drop no-route" },
		{ 0, 0, "udp 192.0.2.9:1000 > 198.51.100.7:53 ttl=1", "drop ttl" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=11 code=0 ttl=1 | udp 1.1.1.1:1 > 2.2.2.2:2",
		  "drop ttl" },
		{ 0, 0, "icmp [2001:db8::2] > [2001:db8:1::7] type=1 code=0 ttl=1 | "
		  "udp [2001:db8:1::7]:1 > [2001:db8::2]:2", "drop ttl" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8 code=0 ttl=1", "reply 0 ttl | icmp …" },
	};

	TABLE(rows);
}

static void own_addresses_and_groups_are_local(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 10.0.0.1:53", "local" },
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.1:53", "local" },
		{ 0, 0, "udp 10.0.0.2:1000 > 255.255.255.255:67 mac=ff:ff:ff:ff:ff:ff", "local" },
		{ 0, 0, "udp 0.0.0.0:68 > 255.255.255.255:67 mac=ff:ff:ff:ff:ff:ff", "local" },
		{ 0, 0, "89 10.0.0.2 > 224.0.0.5", "local" },
		{ 0, 0, "icmp [fe80::2] > [ff02::1] type=135", "local" },
		{ 0, 0, "udp [2001:db8::2]:1 > [2001:db8::1]:2", "local" },
	};

	TABLE(rows);
}

static void addresses_that_never_travel(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 127.0.0.1:1000 > 198.51.100.7:53", "drop malformed" },
		{ 0, 0, "udp 224.0.0.1:1000 > 198.51.100.7:53", "drop malformed" },
		{ 0, 0, "udp 10.0.0.2:1000 > 127.0.0.1:53", "drop no-route" },
		{ 0, 0, "udp 0.0.0.0:1000 > 198.51.100.7:53", "drop no-route" },
		{ 0, 0, "udp [fe80::2]:1 > [2001:db8:1::7]:2", "drop no-route" },
		{ 0, 0, "udp [2001:db8::2]:1 > [fe80::7]:2", "drop no-route" },
		{ 0, 0, "udp [ff02::1]:1 > [2001:db8:1::7]:2", "drop malformed" },
	};

	TABLE(rows);
}

static void wrong_header_checksum_is_malformed(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 badip", "drop malformed" },
	};

	TABLE(rows);
}

static void answer_fits_the_room(void **state __unused)
{
	struct fw_config c;
	struct world w;
	u32 room;

	world_config(&c);
	world_open(&w, &c, NULL, NULL);
	for (room = 14 + 20 + 8 + 100; room < 14 + 700; room++) {
		pkt_build(&w.out, "udp 10.0.0.2:1000 > 192.0.2.1:53 len=100");
		w.pkt = (struct fw_pkt){ .data = w.out.data, .len = w.out.len, .room = room };
		memset(w.out.data + room, 0xee, 16);
		fw_process(w.worker, &w.pkt, 1, w.now);
		assert_int_equal(w.pkt.verdict, FW_REPLY);
		assert_true(w.pkt.len <= room && w.pkt.len <= 14 + 576);
		assert_true(pkt_checksums_ok(w.pkt.data, w.pkt.len));
		assert_int_equal(w.out.data[room], 0xee);
	}
	world_close(&w);
}

/* Every length of every packet, flush against a page that can't be read. */
static void truncated_frames_are_not_read_beyond(void **state __unused)
{
	static const char *const packets[] = {
		"udp 10.0.0.2:1000 > 198.51.100.7:53 len=20",
		"tcp 10.0.0.2:1000 > 198.51.100.7:53 flags=S wscale=3 sackok",
		"udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 frag=0 mf len=16",
		"icmp 10.0.0.2 > 198.51.100.7 type=3 code=1 | udp 198.51.100.7:1 > 10.0.0.2:2 len=4",
		"udp 10.0.0.2:1000 > 198.51.100.7:53 vlan=3",
	};
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i;
	u8 *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fw_config c;
	struct world w;
	u32 len;

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	world_config(&c);
	world_open(&w, &c, RULES_TRACK, RULES_TRACK);
	for (i = 0; i < ARRAY_SIZE(packets); i++) {
		pkt_build(&w.out, packets[i]);
		for (len = 0; len < w.out.len; len++) {
			u8 *at = map + page - len;

			memcpy(at, w.out.data, len);
			w.pkt = (struct fw_pkt){ .data = at, .len = len, .room = len };
			fw_process(w.worker, &w.pkt, 1, w.now);
			assert_int_equal(w.pkt.verdict, FW_DROP);
		}
	}
	world_close(&w);
	munmap(map, 2 * page);
}

static void default_route_and_longest_prefix(void **state __unused)
{
	struct fw_route routes[] = {
		{ AF_INET, 0, 1, { .v4 = 0 }, { 2, 0, 0, 0, 9, 0 } },
		{ AF_INET, 9, 1, { .v6 = { 10, 128 } }, { 2, 0, 0, 0, 9, 1 } },
		{ AF_INET, 32, 1, { .v6 = { 10, 128, 0, 9 } }, { 2, 0, 0, 0, 9, 3 } },
		{ AF_INET, 25, 1, { .v6 = { 10, 128, 0, 0 } }, { 2, 0, 0, 0, 9, 2 } },
		{ AF_INET6, 3, 1, { .v6 = { 0x20 } }, { 2, 0, 0, 0, 9, 4 } },
		{ AF_INET6, 127, 1, { .v6 = { 0x20, 1, [15] = 2 } }, { 2, 0, 0, 0, 9, 5 } },
	};
	const struct {
		const char *packet;
		u8 mac;
	} cases[] = {
		{ "udp 10.0.0.2:1 > 8.8.8.8:1", 0 },	  { "udp 10.0.0.2:1 > 10.127.0.1:1", 0 },
		{ "udp 10.0.0.2:1 > 10.128.1.1:1", 1 },	  { "udp 10.0.0.2:1 > 10.128.0.128:1", 1 },
		{ "udp 10.0.0.2:1 > 10.128.0.127:1", 2 }, { "udp 10.0.0.2:1 > 10.128.0.9:1", 3 },
		{ "udp [2003::2]:1 > [2001::1]:1", 4 },	  { "udp [2003::2]:1 > [2001::3]:1", 5 },
	};
	struct fw_config c;
	struct world w;
	size_t i;

	world_config(&c);
	c.routes = routes;
	c.nroutes = ARRAY_SIZE(routes);
	world_open(&w, &c, NULL, NULL);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		world_send(&w, 0, 0, cases[i].packet);
		assert_int_equal(w.pkt.verdict, FW_FORWARD);
		assert_int_equal(w.out.data[5], cases[i].mac);
	}
	world_close(&w);
}

static void bad_configuration_is_refused_with_a_reason(void **state __unused)
{
	const struct fw_route twice[] = { { .family = AF_INET, .prefix_len = 8,
					    .prefix = { .v6 = { 9 } } },
					  { .family = AF_INET, .prefix_len = 8,
					    .prefix = { .v6 = { 9 } } } };
	const struct fw_route bits = { .family = AF_INET, .prefix_len = 8,
				       .prefix = { .v6 = { 9, 1 } } };
	const struct fw_route nowhere = { .family = AF_INET, .out_if = 5 };
	const struct {
		const struct fw_route *routes;
		u32 n;
		const char *text;
	} cases[] = {
		{ twice, 2, "route 1: same prefix as route 0" },
		{ &bits, 1, "route 0: address bits beyond prefix length 8" },
		{ &nowhere, 1, "route 0: interface 5 of 2 does not exist" },
	};
	struct fw_config c;
	struct fw *fw = NULL;
	struct err err;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		world_config(&c);
		c.routes = cases[i].routes;
		c.nroutes = cases[i].n;
		assert_int_not_equal(fw_create(&c, &fw, &err), 0);
		assert_string_equal(err.text, cases[i].text);
	}
	world_config(&c);
	c.timeouts.udp = 2000000;
	assert_int_not_equal(fw_create(&c, &fw, &err), 0);
	assert_string_equal(err.text, "time-out of 2000000 s is above 1000000 s");
	assert_null(fw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forwards_both_families),
		cmocka_unit_test(ttl_checksum_is_right_for_every_ttl),
		cmocka_unit_test(writes_the_next_hops_macs),
		cmocka_unit_test(ttl_exceeded_is_answered),
		cmocka_unit_test(no_route_is_answered),
		cmocka_unit_test(some_packets_get_no_answer),
		cmocka_unit_test(own_addresses_and_groups_are_local),
		cmocka_unit_test(addresses_that_never_travel),
		cmocka_unit_test(wrong_header_checksum_is_malformed),
		cmocka_unit_test(answer_fits_the_room),
		cmocka_unit_test(truncated_frames_are_not_read_beyond),
		cmocka_unit_test(default_route_and_longest_prefix),
		cmocka_unit_test(bad_configuration_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests_name("engine/forward", tests, NULL, NULL);
}
