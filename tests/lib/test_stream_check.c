// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_stream_check.c - streams that stream_build makes are all accepted; of
 * damaged ones those that are accepted make frames within their bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/stream_check.h"
#include "tests/lib/stream_random.h"
#include "tests/lib/stream_bounds.h"

static void built_streams_are_accepted(void **state)
{
	struct stream_spec spec;
	struct kpps_stream s, other;
	u64 seed = 1;

	(void)state;
	for (unsigned int i = 0; i < 2000; i++) {
		random_stream(&seed, &spec, &s);
		assert_null(kpps_stream_check(&s));
		if (!stream_reverse(&s, &other))
			assert_null(kpps_stream_check(&other));
		for (unsigned int segment = KPPS_SYN; segment <= KPPS_RST; segment++)
			if (!stream_segment(&s, (enum kpps_segment)segment, &other))
				assert_null(kpps_stream_check(&other));
	}
}

/* One to eight bytes of it, or bits, are something else. */
static void damage(u64 *seed, struct kpps_stream *s)
{
	u8 *p = (u8 *)s;

	for (u64 n = random_below(seed, 8) + 1; n; n--) {
		/* half of it where the words are, not the long tables */
		u64 at = random_below(seed, random_below(seed, 2) ? sizeof(*s) :
				      offsetof(struct kpps_stream, header));

		if (random_below(seed, 2))
			p[at] = (u8)random64(seed);
		else
			p[at] ^= (u8)(1u << random_below(seed, 8));
	}
}

static void damaged_streams_are_refused_or_stay_within_their_frames(void **state)
{
	struct stream_spec spec;
	struct kpps_stream s, good;
	unsigned int refused = 0, accepted = 0;
	u64 seed = 2;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		if (!(i % 16))
			random_stream(&seed, &spec, &good);
		s = good;
		damage(&seed, &s);
		if (kpps_stream_check(&s)) {
			refused++;
			continue;
		}
		accepted++;
		assert_true(stream_stays_within(&s, random64(&seed) >> 1));
		assert_true(stream_stays_within(&s, random_below(&seed, 1000)));
	}
	assert_true(refused > 1000);
	assert_true(accepted > 1000);
}

/* What each check is there for. */
static void refused(const struct kpps_stream *s, const char *part)
{
	const char *wrong = kpps_stream_check(s);

	assert_non_null(wrong);
	assert_non_null(strstr(wrong, part));
}

#define REFUSED(change, part) \
	do { \
		struct kpps_stream s = good; \
\
		change; \
		refused(&s, part); \
	} while (0)

static void each_field_that_could_do_harm_is_refused(void **state)
{
	struct kpps_stream good;
	struct stream_spec spec;
	struct err err;

	(void)state;
	stream_spec_default(&spec);
	spec.order = KPPS_ZIPF;
	spec.flows = 1000;
	spec.nsizes = 2;
	spec.sizes[1] = 128;
	assert_int_equal(stream_build(&spec, &good, &err), 0);
	assert_null(kpps_stream_check(&good));
	REFUSED(s.version = 2, "version");
	REFUSED(s.size--, "size");
	REFUSED(s.flags |= 1u << 11, "flags");
	REFUSED(s.pad = 1, "fields");
	REFUSED(s.flags |= KPPS_F_TCP, "UDP, TCP, ICMP");
	REFUSED(s.flags ^= KPPS_F_IPV6, "family");
	REFUSED(s.protocol = 6, "protocol");
	REFUSED(s.flags ^= KPPS_F_PSEUDO, "checksum");
	REFUSED(s.flags |= KPPS_F_ADVANCE, "TCP");
	REFUSED(s.order = 3, "order");
	REFUSED(s.segment = 6, "segment");
	REFUSED(s.run = 1024, "run");
	REFUSED(s.id = 64, "run or an id");
	REFUSED(s.l3_off = 15, "IP header");
	REFUSED(s.l3_off = 26, "IP header");
	REFUSED(s.l3_off = 10, "IP header");
	REFUSED(s.l4_off++, "L4 header");
	REFUSED(s.payload_off = 0, "payload");
	REFUSED(s.payload_off++, "payload");
	REFUSED(s.port_off = 65535, "ports");
	REFUSED(s.csum_off = 65535, "its checksum where");
	REFUSED(s.nsizes = 0, "1 to 256");
	REFUSED(s.nsizes = 257, "1 to 256");
	REFUSED(s.nsizes = 3, "reciprocal of its sizes");
	REFUSED(s.by_sizes.magic--, "reciprocal of its sizes");
	REFUSED(s.by_sizes.shift = 64, "reciprocal of its sizes");
	REFUSED(s.sizes[1].len = 59, "60 to 9212");
	REFUSED(s.sizes[0].len = 59, "60 to 9212");
	REFUSED(s.sizes[0].len = 9213, "60 to 9212");
	REFUSED(s.sizes[0].l3_len = 47, "too short");
	REFUSED(s.sizes[0].l3_len = 27, "too short");
	REFUSED(s.tuples = 0, "tuples");
	REFUSED(s.tuples = ~0ULL, "tuples");
	REFUSED(s.flows = 0, "flow");
	REFUSED(s.flows = s.tuples + 1, "flow");
	REFUSED(s.a = 1, "permutation");
	REFUSED(s.b = 0, "permutation");
	REFUSED(s.b++, "reciprocal of its flows");
	REFUSED(s.by_flows.d++, "reciprocal of its flows");
	REFUSED(s.by32_b.b = 32, "reciprocal of its flows");
	REFUSED(s.by_burst.d = 0, "burst");
	REFUSED(s.by_near_port.d = 0, "ports or addresses");
	REFUSED(s.by_far_port.magic++, "ports or addresses");
	REFUSED(s.by_near_addr.shift++, "ports or addresses");
	REFUSED(s.by32_near_port.magic++, "flags say");
	REFUSED(s.nzipf = 0, "Zipf");
	REFUSED(s.nzipf = 513, "Zipf");
	REFUSED(s.nzipf = 512, "Zipf");
	REFUSED(s.zipf_alias[5] = 512, "Zipf table that leads");
}

/* Reciprocals of all kinds of divisors, and their neighbours. */
static void only_exact_reciprocals_are_accepted(void **state)
{
	u64 seed = 3;

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		u64 d = (random64(&seed) >> (random_below(&seed, 63) + 1)) + !random_below(&seed, 2);
		struct kpps_recip32 narrow;
		struct kpps_recip wide;

		if (!d || d > 1ULL << 62)
			continue;
		stream_recip(d, &wide);
		assert_true(kpps_check_recip(&wide, d));
		wide.magic += random_below(&seed, 2) ? 1 : ~0ULL;
		assert_false(kpps_check_recip(&wide, d));
		if (d >> 32)
			continue;
		stream_recip32((u32)d, &narrow);
		assert_true(kpps_check_recip32(&narrow, (u32)d));
		narrow.magic += random_below(&seed, 2) ? 1 : ~0u;
		assert_false(kpps_check_recip32(&narrow, (u32)d));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_streams_are_accepted),
		cmocka_unit_test(damaged_streams_are_refused_or_stay_within_their_frames),
		cmocka_unit_test(each_field_that_could_do_harm_is_refused),
		cmocka_unit_test(only_exact_reciprocals_are_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
