// SPDX-License-Identifier: GPL-2.0-or-later
/* test_stream_build.c - lib/stream_build.h: what a user may write, and what he is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/stream_build.h"

static struct stream_spec spec;
static struct kpps_stream s;
static struct err err;

static int setup(void **state __unused)
{
	stream_spec_default(&spec);
	strcpy(spec.name, "users");
	memset(&s, 0xaa, sizeof(s));
	return 0;
}

static void assert_refused(const char *text)
{
	u8 before[sizeof(s)];

	memcpy(before, &s, sizeof(s));
	assert_int_equal(stream_build(&spec, &s, &err), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.text, text);
	assert_memory_equal(&s, before, sizeof(s));
	assert_int_equal(stream_build(&spec, &s, NULL), -EINVAL);
}

static void default_is_built(void **state __unused)
{
	assert_int_equal(stream_build(&spec, &s, &err), 0);
	assert_int_equal(s.version, KPPS_STREAM_VERSION);
	assert_int_equal(s.size, sizeof(s));
	assert_int_equal(s.flows, 65536ULL * 64512);
	assert_int_equal(kpps_stream_len(&s, 0), 60);
	assert_true(s.flags & KPPS_F_SIG);
	stream_spec_family(&spec, AF_INET6);
	assert_int_equal(stream_build(&spec, &s, &err), 0);
	assert_int_equal(kpps_stream_len(&s, 0), 80);
	assert_true(s.flags & KPPS_F_SIG);
}

static void same_specification_gives_the_same_stream(void **state __unused)
{
	struct kpps_stream other;

	memset(&other, 0x55, sizeof(other));
	spec.order = KPPS_ZIPF;
	spec.flows = 12345;
	assert_int_equal(stream_build(&spec, &s, &err), 0);
	assert_int_equal(stream_build(&spec, &other, &err), 0);
	assert_memory_equal(&s, &other, sizeof(s));
}

static void unknown_family_is_refused(void **state __unused)
{
	spec.family = 1;
	assert_refused("stream \"users\": family 1: must be IPv4 or IPv6");
}

static void unknown_protocol_is_refused(void **state __unused)
{
	spec.protocol = 132;
	assert_refused("stream \"users\": protocol 132: must be UDP, TCP or ICMP");
}

static void unknown_order_is_refused(void **state __unused)
{
	spec.order = 3;
	assert_refused("stream \"users\": order 3: must be sequential, uniform or zipf");
}

static void zipf_exponent_out_of_range_is_refused(void **state __unused)
{
	spec.order = KPPS_ZIPF;
	spec.flows = 10;
	spec.zipf_s = 4.5;
	assert_refused("stream \"users\": zipf exponent 4.5: must be 0.1 to 4");
	spec.zipf_s = (double)NAN;
	assert_int_equal(stream_build(&spec, &s, &err), -EINVAL);
}

static void zipf_of_too_many_flows_is_refused(void **state __unused)
{
	spec.order = KPPS_ZIPF;
	spec.destination.count = 2;
	assert_refused("stream \"users\": 8455716864 flows: order zipf can have up to 2^32");
}

static void burst_of_nothing_is_refused(void **state __unused)
{
	spec.burst = 0;
	assert_refused("stream \"users\": burst 0: must be 1 to 4294967296 packets");
}

static void more_flows_than_tuples_are_refused(void **state __unused)
{
	spec.flows = 5000000000;
	assert_refused("stream \"users\": 5000000000 flows: addresses × ports are only 4227858432 tuples: use fewer flows or larger ranges");
}

static void more_than_2_to_the_62_tuples_are_refused(void **state __unused)
{
	stream_spec_family(&spec, AF_INET6);
	spec.source.count = spec.destination.count = 1ULL << 31;
	assert_refused("stream \"users\": addresses × ports are more than 2^62 tuples: use smaller ranges");
}

static void no_address_is_refused(void **state __unused)
{
	spec.source.count = 0;
	assert_refused("stream \"users\": source: 0 addresses: must be 1 to 4294967296");
}

static void too_many_addresses_are_refused(void **state __unused)
{
	spec.destination.count = (1ULL << 32) + 1;
	assert_refused("stream \"users\": destination: 4294967297 addresses: must be 1 to 4294967296");
}

static void addresses_beyond_the_last_are_refused(void **state __unused)
{
	memset(spec.source.base, 0xff, 4);
	spec.source.count = 2;
	assert_refused("stream \"users\": source: 2 addresses from there on go beyond 255.255.255.255");
	stream_spec_family(&spec, AF_INET6);
	memset(spec.destination.base + 8, 0xff, 8);
	spec.destination.count = 2;
	assert_refused("stream \"users\": destination: 2 addresses from there on go beyond the /64 of the first");
}

static void all_ipv4_addresses_fit(void **state __unused)
{
	memset(spec.source.base, 0, 4);
	spec.source.count = 1ULL << 32;
	assert_int_equal(stream_build(&spec, &s, &err), 0);
}

static void port_range_backwards_is_refused(void **state __unused)
{
	spec.destination_port = (struct port_range){ 54, 53 };
	assert_refused("stream \"users\": destination port 54-53: the first must not be above the last");
	stream_spec_default(&spec);
	strcpy(spec.name, "users");
	spec.source_port = (struct port_range){ 2, 1 };
	assert_refused("stream \"users\": source port 2-1: the first must not be above the last");
}

static void vlan_ids_out_of_range_are_refused(void **state __unused)
{
	spec.nvlans = 1;
	assert_refused("stream \"users\": vlan 0: must be 1 to 4094");
	spec.vlan[0] = 4095;
	assert_refused("stream \"users\": vlan 4095: must be 1 to 4094");
	spec.nvlans = 3;
	assert_refused("stream \"users\": 3 vlan tags: at most 2 fit");
}

static void dscp_and_ttl_out_of_range_are_refused(void **state __unused)
{
	spec.dscp = 64;
	assert_refused("stream \"users\": dscp 64: must be 0 to 63");
	spec.dscp = 0;
	spec.ttl = 0;
	assert_refused("stream \"users\": ttl 0: must be 1 to 255");
}

static void tcp_flags_without_tcp_are_refused(void **state __unused)
{
	spec.tcp_flags = 2;
	assert_refused("stream \"users\": tcp flags: only a TCP stream has them");
}

static void group_address_as_source_mac_is_refused(void **state __unused)
{
	spec.source_mac[0] = 0x33;
	assert_refused("stream \"users\": source mac 33:…: a group address can't send: clear the lowest bit of its first byte");
}

static void run_and_id_out_of_range_are_refused(void **state __unused)
{
	spec.run = 1024;
	assert_refused("stream \"users\": run 1024: must be below 1024");
	spec.run = 0;
	spec.id = 64;
	assert_refused("stream \"users\": id 64: must be below 64");
}

static void wrong_extensions_and_fragments_are_refused(void **state __unused)
{
	spec.nextensions = 1;
	spec.extension[0] = IPPROTO_DSTOPTS;
	assert_refused("stream \"users\": extension headers: only IPv6 has them");
	stream_spec_family(&spec, AF_INET6);
	spec.sizes[0] = 256;
	spec.nextensions = 2;
	spec.extension[1] = IPPROTO_HOPOPTS;
	assert_refused("stream \"users\": the hop-by-hop header must be the first");
	spec.extension[1] = IPPROTO_ESP;
	assert_refused("stream \"users\": extension header 50: must be hop-by-hop, destination, routing or fragment");
	spec.nextensions = 4;
	assert_refused("stream \"users\": 4 extension headers: at most 3 fit");
	spec.nextensions = 1;
	spec.fragment = STREAM_MIDDLE;
	assert_refused("stream \"users\": an IPv6 fragment needs the fragment header among its extensions");
	spec.extension[0] = IPPROTO_FRAGMENT;
	assert_int_equal(stream_build(&spec, &s, &err), 0);
}

/* RFC 791: flags and offset; RFC 8200 section 4.5. */
static void fragments_say_where_they_belong(void **state __unused)
{
	static const struct { u8 fragment; u16 v4, v6; } rows[] = {
		{ STREAM_WHOLE, 0x4000, 0 }, { STREAM_FIRST, 0x2000, 1 },
		{ STREAM_MIDDLE, 0x2000 | 185, 1481 }, { STREAM_LAST, 185, 1480 },
	};
	u8 frame[KPPS_FRAME_MAX];

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		spec.fragment = rows[i].fragment;
		spec.nextensions = 0;
		stream_spec_family(&spec, AF_INET);
		assert_int_equal(stream_build(&spec, &s, &err), 0);
		kpps_frame_make(&s, 0, 0, frame);
		assert_int_equal(frame[20] << 8 | frame[21], rows[i].v4);
		stream_spec_family(&spec, AF_INET6);
		spec.nextensions = 1;
		spec.extension[0] = IPPROTO_FRAGMENT;
		spec.sizes[0] = 256;
		assert_int_equal(stream_build(&spec, &s, &err), 0);
		kpps_frame_make(&s, 0, 0, frame);
		assert_int_equal(frame[14 + 6], IPPROTO_FRAGMENT);
		assert_int_equal(frame[14 + 40], IPPROTO_UDP);
		assert_int_equal(frame[14 + 42] << 8 | frame[14 + 43], rows[i].v6);
	}
}

static void size_outside_the_limits_is_refused(void **state __unused)
{
	spec.sizes[0] = 63;
	assert_refused("stream \"users\": size 63B: its headers need 64B, the signature 64B (with FCS)");
	spec.sizes[0] = 9217;
	assert_refused("stream \"users\": size 9217B: must be at most 9216B (with FCS)");
	spec.nsizes = 0;
	assert_refused("stream \"users\": 0 sizes: must be 1 to 256");
}

static void size_below_the_headers_is_refused(void **state __unused)
{
	spec.protocol = IPPROTO_TCP;
	stream_spec_family(&spec, AF_INET6);
	spec.nvlans = 2;
	spec.vlan[0] = spec.vlan[1] = 1;
	spec.sizes[0] = 85;
	assert_refused("stream \"users\": size 85B: its headers need 86B, the signature 104B (with FCS)");
	spec.sizes[0] = 86;
	assert_int_equal(stream_build(&spec, &s, &err), 0);
}

static void sig_size_min_is_exactly_the_limit(void **state __unused)
{
	static const struct { u8 family, protocol; u16 nvlans, want; } rows[] = {
		{ AF_INET, IPPROTO_UDP, 0, 64 },   { AF_INET, IPPROTO_UDP, 2, 72 },
		{ AF_INET, IPPROTO_TCP, 0, 76 },   { AF_INET, IPPROTO_ICMP, 0, 64 },
		{ AF_INET6, IPPROTO_UDP, 0, 84 },  { AF_INET6, IPPROTO_TCP, 1, 100 },
		{ AF_INET6, IPPROTO_ICMP, 0, 84 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		stream_spec_default(&spec);
		spec.protocol = rows[i].protocol;
		spec.nvlans = rows[i].nvlans;
		spec.vlan[0] = spec.vlan[1] = 1;
		stream_spec_family(&spec, rows[i].family);
		assert_int_equal(stream_sig_size_min(&spec), rows[i].want);
		assert_int_equal(spec.sizes[0], rows[i].want);
		assert_int_equal(stream_build(&spec, &s, &err), 0);
		assert_true(s.flags & KPPS_F_SIG);
		spec.sizes[0]--;
		if (spec.sizes[0] < 64)
			continue;
		assert_int_equal(stream_build(&spec, &s, &err), 0);
		assert_false(s.flags & KPPS_F_SIG);
	}
}

static void imix_letters_are_sizes(void **state __unused)
{
	static const u16 want[] = { 64, 128, 256, 512, 1024, 1280, 1518, 2112, 9000, 1400 };
	u16 sizes[KPPS_SIZES_MAX], n;

	assert_int_equal(imix_parse("abcdefghiz", 1400, sizes, &n, &err), 0);
	assert_int_equal(n, ARRAY_SIZE(want));
	assert_memory_equal(sizes, want, sizeof(want));
}

static void assert_imix_refused(const char *genome, const char *text)
{
	u16 sizes[KPPS_SIZES_MAX], n;

	assert_int_equal(imix_parse(genome, 1518, sizes, &n, &err), -EINVAL);
	assert_string_equal(err.text, text);
}

static void wrong_imix_is_refused(void **state __unused)
{
	char longest[KPPS_SIZES_MAX + 2];

	assert_imix_refused("", "imix of 0 letters: must be 1 to 256");
	assert_imix_refused("aax", "imix \"aax\": letter 3: known are a to j and z (RFC 6985)");
	assert_imix_refused("A", "imix \"A\": letter 1: known are a to j and z (RFC 6985)");
	assert_imix_refused("aj", "imix \"aj\": letter 2: 16000B is above the largest frame, 9216B");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_imix_refused(longest, "imix of 257 letters: must be 1 to 256");
}

static void address_ranges_are_read(void **state __unused)
{
	static const struct {
		const char *text;
		u8 family, base[16];
		u64 count;
	} rows[] = {
		{ "198.18.0.1", AF_INET, { 198, 18, 0, 1 }, 1 },
		{ "198.18.0.0/16", AF_INET, { 198, 18 }, 65536 },
		{ "0.0.0.0/0", AF_INET, { 0 }, 1ULL << 32 },
		{ "10.0.0.1/32", AF_INET, { 10, 0, 0, 1 }, 1 },
		{ "198.18.0.250-198.18.1.5", AF_INET, { 198, 18, 0, 250 }, 12 },
		{ "2001:2::1", AF_INET6, { 0x20, 1, 0, 2, [15] = 1 }, 1 },
		{ "2001:2::/96", AF_INET6, { 0x20, 1, 0, 2 }, 1ULL << 32 },
		{ "2001:2::ff-2001:2::1:0", AF_INET6, { 0x20, 1, 0, 2, [15] = 0xff }, 65282 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr_range range;
		u8 family;

		if (addr_range_parse(rows[i].text, &family, &range, &err))
			fail_msg("%s", err.text);
		assert_int_equal(family, rows[i].family);
		assert_memory_equal(range.base, rows[i].base, 16);
		assert_int_equal(range.count, rows[i].count);
	}
}

static void wrong_address_ranges_are_refused(void **state __unused)
{
	static const struct { const char *text, *error; } rows[] = {
		{ "", "address \"\": write 198.18.0.1, 198.18.0.0/16 or 198.18.0.1-198.18.0.9, IPv6 alike" },
		{ "198.18.0", "address \"198.18.0\": write 198.18.0.1, 198.18.0.0/16 or 198.18.0.1-198.18.0.9, IPv6 alike" },
		{ "198.18.0.0/", "address \"198.18.0.0/\": the prefix length must be 0 to 32" },
		{ "198.18.0.0/33", "address \"198.18.0.0/33\": the prefix length must be 0 to 32" },
		{ "198.18.0.0/16x", "address \"198.18.0.0/16x\": the prefix length must be 0 to 32" },
		{ "198.18.0.0/-1", "address \"198.18.0.0/-1\": the prefix length must be 0 to 32" },
		{ "198.18.0.1/16", "address \"198.18.0.1/16\": has bits set behind its prefix of 16" },
		{ "2001:2::/64", "address \"2001:2::/64\": more than 2^32 addresses: use /96 or longer" },
		{ "198.18.0.1-", "address \"198.18.0.1-\": no IPv4 address behind the \"-\"" },
		{ "198.18.0.1-::1", "address \"198.18.0.1-::1\": no IPv4 address behind the \"-\"" },
		{ "::1-1.2.3.4", "address \"::1-1.2.3.4\": no IPv6 address behind the \"-\"" },
		{ "198.18.0.2-198.18.0.1", "address \"198.18.0.2-198.18.0.1\": the last must be 0 to 2^32 - 1 above the first, in the same /64" },
		{ "2001:2::-2001:3::", "address \"2001:2::-2001:3::\": the last must be 0 to 2^32 - 1 above the first, in the same /64" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct addr_range range;
		u8 family;

		assert_int_equal(addr_range_parse(rows[i].text, &family, &range, &err), -EINVAL);
		assert_string_equal(err.text, rows[i].error);
	}
}

static void very_long_address_is_refused(void **state __unused)
{
	char text[2000];
	struct addr_range range;
	u8 family;

	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(addr_range_parse(text, &family, &range, &err), -EINVAL);
}

static void mac_addresses_are_read(void **state __unused)
{
	static const char *const wrong[] = {
		"", "02:00:00:00:00", "02:00:00:00:00:0g", "02-00-00-00-00-01",
		"02:00:00:00:00:01 ", "2:0:0:0:0:1", "02:00:00:00:00:01:00",
	};
	const u8 want[6] = { 2, 0, 0xab, 0xcd, 0xef, 1 };
	u8 mac[6] = { 0 };

	assert_true(mac_parse("02:00:aB:Cd:ef:01", mac));
	assert_memory_equal(mac, want, 6);
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_false(mac_parse(wrong[i], mac));
	assert_memory_equal(mac, want, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(default_is_built, setup),
		cmocka_unit_test_setup(same_specification_gives_the_same_stream, setup),
		cmocka_unit_test_setup(unknown_family_is_refused, setup),
		cmocka_unit_test_setup(unknown_protocol_is_refused, setup),
		cmocka_unit_test_setup(unknown_order_is_refused, setup),
		cmocka_unit_test_setup(zipf_exponent_out_of_range_is_refused, setup),
		cmocka_unit_test_setup(zipf_of_too_many_flows_is_refused, setup),
		cmocka_unit_test_setup(burst_of_nothing_is_refused, setup),
		cmocka_unit_test_setup(more_flows_than_tuples_are_refused, setup),
		cmocka_unit_test_setup(more_than_2_to_the_62_tuples_are_refused, setup),
		cmocka_unit_test_setup(no_address_is_refused, setup),
		cmocka_unit_test_setup(too_many_addresses_are_refused, setup),
		cmocka_unit_test_setup(addresses_beyond_the_last_are_refused, setup),
		cmocka_unit_test_setup(all_ipv4_addresses_fit, setup),
		cmocka_unit_test_setup(port_range_backwards_is_refused, setup),
		cmocka_unit_test_setup(vlan_ids_out_of_range_are_refused, setup),
		cmocka_unit_test_setup(dscp_and_ttl_out_of_range_are_refused, setup),
		cmocka_unit_test_setup(tcp_flags_without_tcp_are_refused, setup),
		cmocka_unit_test_setup(group_address_as_source_mac_is_refused, setup),
		cmocka_unit_test_setup(run_and_id_out_of_range_are_refused, setup),
		cmocka_unit_test_setup(wrong_extensions_and_fragments_are_refused, setup),
		cmocka_unit_test_setup(fragments_say_where_they_belong, setup),
		cmocka_unit_test_setup(size_outside_the_limits_is_refused, setup),
		cmocka_unit_test_setup(size_below_the_headers_is_refused, setup),
		cmocka_unit_test_setup(sig_size_min_is_exactly_the_limit, setup),
		cmocka_unit_test_setup(imix_letters_are_sizes, setup),
		cmocka_unit_test_setup(wrong_imix_is_refused, setup),
		cmocka_unit_test_setup(address_ranges_are_read, setup),
		cmocka_unit_test_setup(wrong_address_ranges_are_refused, setup),
		cmocka_unit_test_setup(very_long_address_is_refused, setup),
		cmocka_unit_test_setup(mac_addresses_are_read, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
