// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_reject.c - what REJECT answers, and what it does not; as Linux does, with which
 * tests/rules/test_rules_agree.c compares the same.
 */
#include "tests/engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define REJECT	"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n" \
	"-A INPUT -j REJECT\n-A FORWARD -j REJECT\nCOMMIT\n"
#define TABLE(rows) world_table(REJECT, REJECT, rows, ARRAY_SIZE(rows))

static void what_is_forwarded_is_quoted_with_the_ttl_it_would_have(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=9",
		  "reply 0 rejected | icmp 10.0.0.1 > 10.0.0.2 type=3 code=3 id=0 ttl=64 | "
		  "udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=8" },
		{ 0, 0, "udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 ttl=9",
		  "reply 0 rejected | icmp [2001:db8::1] > [2001:db8::2] type=1 code=4 id=0 ttl=64 | "
		  "udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 ttl=8" },
		/* to us: not one hop more */
		{ 0, 0, "udp 10.0.0.2:1000 > 10.0.0.1:53 ttl=9",
		  "reply 0 rejected | icmp 10.0.0.1 > 10.0.0.2 type=3 code=3 id=0 ttl=64 | "
		  "udp 10.0.0.2:1000 > 10.0.0.1:53 ttl=9" },
		/* as it came, where its TTL is what is wrong */
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=1",
		  "reply 0 ttl | icmp 10.0.0.1 > 10.0.0.2 type=11 code=0 id=0 ttl=64 | "
		  "udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=1" },
	};

	TABLE(rows);
}

/* A packet that came in where its source is not. */
static void source_is_of_the_way_out_for_ipv4_of_the_way_in_for_ipv6(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 203.0.113.9:1000 > 198.51.100.7:53",
		  "reply 1 rejected | icmp 198.51.100.1 > 203.0.113.9 …" },
		{ 0, 0, "udp [2001:db8:1::9]:1000 > [2001:db8:1::7]:53",
		  "reply 1 rejected | icmp [2001:db8::1] > [2001:db8:1::9] …" },
	};

	TABLE(rows);
}

static void protocols_without_ports_are_answered(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "47 10.0.0.2 > 198.51.100.7 len=20", "reply 0 rejected …" },
		{ 0, 0, "50 10.0.0.2 > 198.51.100.7 len=20", "reply 0 rejected …" },
		{ 0, 0, "47 [2001:db8::2] > [2001:db8:1::7] len=20", "reply 0 rejected …" },
		{ 0, 0, "50 [2001:db8::2] > [2001:db8:1::7] len=20", "reply 0 rejected …" },
		/* nothing in it */
		{ 0, 0, "47 10.0.0.2 > 198.51.100.7", "reply 0 rejected …" },
		{ 0, 0, "47 [2001:db8::2] > [2001:db8:1::7]", "drop rejected" },
		/* may have a checksum over everything; this is none */
		{ 0, 0, "103 10.0.0.2 > 198.51.100.7 len=20", "drop rejected" },
		{ 0, 0, "103 [2001:db8::2] > [2001:db8:1::7] len=20", "drop rejected" },
	};

	TABLE(rows);
}

static void a_wrong_checksum_is_not_answered(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 len=9 badcsum", "drop rejected" },
		{ 0, 0, "udp 10.0.0.2:1000 > 198.51.100.7:53 len=9 nocsum", "reply 0 rejected …" },
		{ 0, 0, "tcp 10.0.0.2:1000 > 198.51.100.7:53 flags=S badcsum", "drop rejected" },
		{ 0, 0, "tcp 10.0.0.2:1000 > 198.51.100.7:53 flags=S", "reply 0 rejected …" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8 badcsum", "drop rejected" },
		{ 0, 0, "icmp 10.0.0.2 > 198.51.100.7 type=8", "reply 0 rejected …" },
		{ 0, 0, "icmp [2001:db8::2] > [2001:db8:1::7] type=128 badcsum", "drop rejected" },
		{ 0, 0, "icmp [2001:db8::2] > [2001:db8:1::7] type=128", "reply 0 rejected …" },
	};

	TABLE(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_forwarded_is_quoted_with_the_ttl_it_would_have),
		cmocka_unit_test(source_is_of_the_way_out_for_ipv4_of_the_way_in_for_ipv6),
		cmocka_unit_test(protocols_without_ports_are_answered),
		cmocka_unit_test(a_wrong_checksum_is_not_answered),
	};

	return cmocka_run_group_tests_name("engine/reject", tests, NULL, NULL);
}
