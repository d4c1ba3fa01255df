// SPDX-License-Identifier: GPL-2.0-or-later
/* test_inspect.c - which frames are intact, corrupted, foreign. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sink/inspect.h"
#include "tests/sink/build_frame.h"

static const struct build templates[] = {
	{ .version = 4, .protocol = IPPROTO_UDP },
	{ .version = 4, .protocol = IPPROTO_TCP },
	{ .version = 4, .protocol = IPPROTO_ICMP },
	{ .version = 6, .protocol = IPPROTO_UDP },
	{ .version = 6, .protocol = IPPROTO_TCP },
	{ .version = 6, .protocol = IPPROTO_ICMPV6 },
	{ .version = 4, .protocol = IPPROTO_UDP, .vlans = 1 },
	{ .version = 6, .protocol = IPPROTO_TCP, .vlans = 2 },
	{ .version = 4, .protocol = IPPROTO_TCP, .options = 3 },
	{ .version = 4, .protocol = IPPROTO_UDP, .options = 10, .vlans = 2 },
	{ .version = 6, .protocol = IPPROTO_UDP, .options = 1 },
	{ .version = 6, .protocol = IPPROTO_UDP, .options = 2, .fragment_header = true },
	{ .version = 6, .protocol = IPPROTO_ICMPV6, .fragment_header = true },
	{ .version = 4, .protocol = IPPROTO_UDP, .padding = 13 },
	{ .version = 6, .protocol = IPPROTO_TCP, .padding = 1 },
};

static enum verdict inspect(const struct built *f, struct inspected *in)
{
	return frame_inspect(f->data, f->len, in);
}

static void intact_frames_of_every_shape_and_length(void **state __unused)
{
	struct inspected in;
	struct built f;

	for (size_t t = 0; t < ARRAY_SIZE(templates); t++)
		for (unsigned int payload = 0; payload < 1400; payload += payload < 70 ? 1 : 37) {
			struct build b = templates[t];

			b.payload = payload;
			build_frame(&f, &b);
			assert_int_equal(inspect(&f, &in), VERDICT_INTACT);
			assert_int_equal(in.version, b.version);
			assert_int_equal(in.protocol, b.protocol);
			assert_ptr_equal(in.l3, f.data + f.l3);
			assert_ptr_equal(in.l4, f.data + f.l4);
			assert_ptr_equal(in.payload, f.data + f.payload);
			assert_int_equal(in.payload_len, payload);
			assert_false(in.unsummed);
		}
}

static void any_bit_a_checksum_covers_is_missed_by_nobody(void **state __unused)
{
	struct inspected in;
	struct built f;

	/* a signature alone, which has code of its own, and a longer odd payload */
	for (size_t t = 0; t < 2 * ARRAY_SIZE(templates); t++) {
		struct build b = templates[t / 2];
		u32 from;

		b.payload = t & 1 ? 27 : 18;
		build_frame(&f, &b);
		/* IPv6 has no header checksum; its addresses are in the pseudo header */
		from = b.version == 4 ? f.l3 : f.l3 + 8;
		for (u32 at = from; at < f.len - b.padding; at++) {
			bool extension = b.version == 6 && at >= f.l3 + 40 && at < f.l4;
			bool udp_sum = b.protocol == IPPROTO_UDP && at - f.l4 - 6 < 2;

			if (extension || udp_sum)
				continue;
			for (int bit = 0; bit < 8; bit++) {
				f.data[at] ^= (u8)(1 << bit);
				assert_int_equal(inspect(&f, &in), VERDICT_CORRUPTED);
				f.data[at] ^= (u8)(1 << bit);
			}
		}
	}
}

static void padding_may_hold_anything(void **state __unused)
{
	const struct build b = { .version = 4, .protocol = IPPROTO_UDP, .payload = 5, .padding = 13 };
	struct inspected in;
	struct built f;

	build_frame(&f, &b);
	f.data[f.len - 1] ^= 0xff;
	assert_int_equal(inspect(&f, &in), VERDICT_INTACT);
	assert_int_equal(in.payload_len, 5);
}

static void every_shorter_length_is_read_in_bounds_and_not_intact(void **state __unused)
{
	const size_t page = 4096;
	struct inspected in;
	struct built f;
	u8 *map;

	/* the frame ends where memory ends: a byte too far is a fault */
	map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	for (size_t t = 0; t < ARRAY_SIZE(templates); t++) {
		struct build b = templates[t];

		b.payload = 200;
		build_frame(&f, &b);
		for (u32 len = 0; len < f.len - b.padding; len++) {
			u8 *at = map + page - len;

			memcpy(at, f.data, len);
			assert_int_equal(frame_inspect(at, len, &in), VERDICT_FOREIGN);
		}
	}
	munmap(map, 2 * page);
}

static void udp_over_ipv4_may_have_no_checksum(void **state __unused)
{
	struct build b = { .version = 4, .protocol = IPPROTO_UDP, .payload = 20 };
	struct inspected in;
	struct built f;

	build_frame(&f, &b);
	put16(f.data + f.l4 + 6, 0);
	assert_int_equal(inspect(&f, &in), VERDICT_INTACT);
	assert_true(in.unsummed);
	b.version = 6;
	build_frame(&f, &b);
	put16(f.data + f.l4 + 6, 0);
	assert_int_equal(inspect(&f, &in), VERDICT_CORRUPTED);
}

static void fragments_are_foreign(void **state __unused)
{
	struct build b = { .version = 4, .protocol = IPPROTO_UDP, .payload = 40 };
	struct inspected in;
	struct built f;

	build_frame(&f, &b);
	put16(f.data + f.l3 + 6, 0x4000);
	build_sums(&f, &b);
	assert_int_equal(inspect(&f, &in), VERDICT_INTACT);
	put16(f.data + f.l3 + 6, 0x2000);
	build_sums(&f, &b);
	assert_int_equal(inspect(&f, &in), VERDICT_FOREIGN);
	put16(f.data + f.l3 + 6, 0x0010);
	build_sums(&f, &b);
	assert_int_equal(inspect(&f, &in), VERDICT_FOREIGN);
	b.version = 6;
	b.fragment_header = true;
	build_frame(&f, &b);
	put16(f.data + f.l3 + 42, 1);
	assert_int_equal(inspect(&f, &in), VERDICT_FOREIGN);
}

static void other_protocols_are_foreign(void **state __unused)
{
	const struct build b = { .version = 4, .protocol = IPPROTO_UDP, .payload = 40 };
	struct inspected in;
	struct built f;

	build_frame(&f, &b);
	put16(f.data + 12, 0x0806);
	assert_int_equal(inspect(&f, &in), VERDICT_FOREIGN);
	build_frame(&f, &b);
	f.data[f.l3 + 9] = IPPROTO_GRE;
	put16(f.data + f.l3 + 10, 0);
	put16(f.data + f.l3 + 10, fold16(add16(0, f.data + f.l3, 20)));
	assert_int_equal(inspect(&f, &in), VERDICT_FOREIGN);
	f.data[f.l3 + 9] = IPPROTO_ICMPV6;
	put16(f.data + f.l3 + 10, 0);
	put16(f.data + f.l3 + 10, fold16(add16(0, f.data + f.l3, 20)));
	assert_int_equal(inspect(&f, &in), VERDICT_FOREIGN);
}

static void a_udp_length_that_contradicts_ip_is_corrupted(void **state __unused)
{
	const struct build b = { .version = 6, .protocol = IPPROTO_UDP, .payload = 40 };
	struct inspected in;
	struct built f;

	build_frame(&f, &b);
	put16(f.data + f.l4 + 4, 7);
	assert_int_equal(inspect(&f, &in), VERDICT_CORRUPTED);
	put16(f.data + f.l4 + 4, 49);
	assert_int_equal(inspect(&f, &in), VERDICT_CORRUPTED);
}

static void a_sum_that_folds_twice_is_right(void **state __unused)
{
	struct build b = { .version = 4, .protocol = IPPROTO_UDP, .payload = 1400 };
	struct inspected in;
	struct built f;

	build_frame(&f, &b);
	memset(f.data + f.payload, 0xff, b.payload);
	build_sums(&f, &b);
	assert_int_equal(inspect(&f, &in), VERDICT_INTACT);
	memset(f.data + f.payload, 0, b.payload);
	build_sums(&f, &b);
	assert_int_equal(inspect(&f, &in), VERDICT_INTACT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intact_frames_of_every_shape_and_length),
		cmocka_unit_test(any_bit_a_checksum_covers_is_missed_by_nobody),
		cmocka_unit_test(padding_may_hold_anything),
		cmocka_unit_test(every_shorter_length_is_read_in_bounds_and_not_intact),
		cmocka_unit_test(udp_over_ipv4_may_have_no_checksum),
		cmocka_unit_test(fragments_are_foreign),
		cmocka_unit_test(other_protocols_are_foreign),
		cmocka_unit_test(a_udp_length_that_contradicts_ip_is_corrupted),
		cmocka_unit_test(a_sum_that_folds_twice_is_right),
	};

	return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
