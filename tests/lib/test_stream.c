// SPDX-License-Identifier: GPL-2.0-or-later
/* test_stream.c - lib/stream.h: which flow a packet belongs to, and a flow's tuple. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/stream_random.h"

static struct stream_spec spec;
static struct kpps_stream s;
static struct err err;

static void build(void)
{
	if (stream_build(&spec, &s, &err))
		fail_msg("%s", err.text);
}

/* A stream of @n tuples: n ports, or n addresses of one port. */
static void build_tuples(u64 n)
{
	stream_spec_default(&spec);
	stream_spec_family(&spec, AF_INET6);
	spec.source.count = n;
	spec.source_port = (struct port_range){ 0, 0 };
	build();
	assert_int_equal(s.tuples, n);
}

static void assert_bijection(u64 n)
{
	u8 *seen = calloc(n, 1);

	assert_non_null(seen);
	build_tuples(n);
	for (u64 x = 0; x < n; x++) {
		u64 y = kpps_permute(&s, x);

		if (y >= n || seen[y])
			fail_msg("%llu of %llu goes to %llu again or outside",
				 (unsigned long long)x, (unsigned long long)n,
				 (unsigned long long)y);
		seen[y] = 1;
	}
	free(seen);
}

static void permutation_is_a_bijection_up_to_2000(void **state __unused)
{
	for (u64 n = 1; n <= 2000; n++)
		assert_bijection(n);
}

static void permutation_is_a_bijection_around_powers_of_two(void **state __unused)
{
	for (unsigned int k = 11; k <= 20; k++)
		for (u64 n = (1ULL << k) - 1; n <= (1ULL << k) + 1; n++)
			assert_bijection(n);
}

static void permutation_is_a_bijection_of_primes_and_a_million(void **state __unused)
{
	static const u64 n[] = { 2003, 65537, 99991, 611953, 999983, 1000000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(n); i++)
		assert_bijection(n[i]);
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void permutation_is_injective_on_samples_of_large_domains(void **state __unused)
{
	enum { SAMPLES = 1 << 18 };
	static u64 y[SAMPLES];
	static const struct { u64 sources, destinations; u16 ports; } domain[] = {
		{ 1ULL << 32, 1, 0 }, { 1ULL << 32, 2, 2 }, { 65536, 256, 65535 },
		{ 1ULL << 32, 1ULL << 30, 0 }, { 4294967291, 16777213, 6 },
	};

	for (unsigned int d = 0; d < ARRAY_SIZE(domain); d++) {
		stream_spec_default(&spec);
		stream_spec_family(&spec, AF_INET6);
		spec.source.count = domain[d].sources;
		spec.destination.count = domain[d].destinations;
		spec.source_port = (struct port_range){ 0, domain[d].ports };
		build();
		/* half of them neighbours, half of them far apart */
		for (u64 i = 0; i < SAMPLES; i++) {
			u64 x = i & 1 ? i / 2 : s.tuples - 1 - i / 2 * (s.tuples / SAMPLES);

			y[i] = kpps_permute(&s, x);
			assert_true(y[i] < s.tuples);
		}
		qsort(y, SAMPLES, sizeof(*y), compare_u64);
		for (unsigned int i = 1; i < SAMPLES; i++)
			assert_int_not_equal(y[i - 1], y[i]);
	}
}

static u64 fnv1a(u64 digest, u64 value)
{
	for (unsigned int i = 0; i < 8; i++)
		digest = (digest ^ (u8)(value >> (8 * i))) * 0x100000001b3ULL;
	return digest;
}

/* So that the order of flows never changes by accident. */
static void permutation_has_its_fixed_digest(void **state __unused)
{
	static const struct { u64 n, digest; } expected[] = {
		{ 1000, 0xacf1a846466572b1 },
		{ 1000000, 0xc557dff473b26ea1 },
		{ 4294967296, 0xe9bda2513f966087 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(expected); i++) {
		u64 digest = 0xcbf29ce484222325ULL;

		build_tuples(expected[i].n);
		for (u64 x = 0; x < 1000; x++)
			digest = fnv1a(digest, kpps_permute(&s, x));
		assert_int_equal(digest, expected[i].digest);
	}
}

static void another_seed_gives_another_permutation(void **state __unused)
{
	struct kpps_stream other;
	unsigned int same = 0;

	stream_spec_default(&spec);
	build();
	spec.seed = 2;
	assert_int_equal(stream_build(&spec, &other, &err), 0);
	for (u64 x = 0; x < 1000; x++)
		same += kpps_permute(&s, x) == kpps_permute(&other, x);
	assert_true(same < 5);
}

/* Few of many tuples must not cluster: the first flows spread over all addresses. */
static void few_flows_spread_over_all_addresses(void **state __unused)
{
	u32 share[256] = { 0 };

	stream_spec_default(&spec);
	spec.flows = 25600;
	build();
	for (u64 flow = 0; flow < s.flows; flow++) {
		struct kpps_tuple t;

		kpps_stream_tuple(&s, flow, &t);
		share[kpps_be32((u32)t.src_lo) >> 8 & 0xff]++;
	}
	for (unsigned int i = 0; i < 256; i++)
		assert_in_range(share[i], 50, 150);	/* 100 expected, sigma 10 */
}

static void tuples_of_all_flows_are_distinct_and_within_the_ranges(void **state __unused)
{
	static u8 seen[5 * 3 * 7 * 11];

	memset(seen, 0, sizeof(seen));
	stream_spec_default(&spec);
	spec.source.count = 5;
	spec.source_port = (struct port_range){ 1000, 1002 };
	spec.destination.count = 7;
	spec.destination_port = (struct port_range){ 65525, 65535 };
	build();
	assert_int_equal(s.flows, sizeof(seen));
	for (u64 flow = 0; flow < s.flows; flow++) {
		struct kpps_tuple t;
		u32 src, dst, sport, dport, at;

		kpps_stream_tuple(&s, flow, &t);
		src = kpps_be32((u32)t.src_lo) - 0xc6120000;
		dst = kpps_be32((u32)t.dst_lo) - 0xc6130001;
		sport = kpps_be16(t.sport) - 1000U;
		dport = kpps_be16(t.dport) - 65525U;
		assert_true(src < 5 && sport < 3 && dst < 7 && dport < 11);
		assert_true(!t.src_hi && !t.dst_hi);
		at = ((src * 3 + sport) * 7 + dst) * 11 + dport;
		assert_false(seen[at]);
		seen[at] = 1;
	}
}

static void ipv6_addresses_carry_within_their_lower_half(void **state __unused)
{
	bool carried = false;

	stream_spec_default(&spec);
	stream_spec_family(&spec, AF_INET6);
	memset(spec.source.base + 12, 0xff, 3);
	build();
	for (u64 flow = 0; flow < 1000; flow++) {
		struct kpps_tuple t;

		kpps_stream_tuple(&s, flow, &t);
		assert_int_equal(kpps_be64(t.src_hi), 0x2001000200000000);
		assert_true(kpps_be64(t.src_lo) - 0xffffff00 < 65536);
		carried |= kpps_be64(t.src_lo) >> 32;
	}
	assert_true(carried);
}

static void sequential_visits_each_flow_once_a_round(void **state __unused)
{
	static const u64 flows[] = { 1, 2, 31, 32, 33, 1000 };
	u8 seen[1000];

	for (unsigned int i = 0; i < ARRAY_SIZE(flows); i++) {
		stream_spec_default(&spec);
		spec.flows = flows[i];
		build();
		for (u64 round = 0; round < 5; round++) {
			memset(seen, 0, sizeof(seen));
			for (u64 j = 0; j < flows[i]; j++) {
				u64 flow = kpps_stream_flow(&s, round * flows[i] + j);

				assert_true(flow < flows[i] && !seen[flow]);
				seen[flow] = 1;
			}
		}
	}
}

static void a_burst_has_packets_of_one_flow(void **state __unused)
{
	static const u8 orders[] = { KPPS_SEQUENTIAL, KPPS_UNIFORM, KPPS_ZIPF };

	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
		stream_spec_default(&spec);
		spec.order = orders[i];
		spec.flows = 1000;
		spec.burst = 7;
		build();
		for (u64 index = 0; index < 7000; index++)
			assert_int_equal(kpps_stream_flow(&s, index),
					 kpps_stream_flow(&s, index - index % 7));
	}
}

static void nth_counts_the_packets_of_a_flow(void **state __unused)
{
	u64 count[10] = { 0 };

	stream_spec_default(&spec);
	spec.flows = ARRAY_SIZE(count);
	spec.burst = 3;
	build();
	for (u64 index = 0; index < 3000; index++)
		assert_int_equal(kpps_stream_nth(&s, index),
				 count[kpps_stream_flow(&s, index)]++);
}

/* chi square of 1000 classes: mean 999, sigma 45; the seed is fixed */
static void uniform_hits_every_flow_as_often(void **state __unused)
{
	enum { FLOWS = 1000, PACKETS = 1000 * FLOWS };
	static u32 count[FLOWS];
	double chi = 0;

	stream_spec_default(&spec);
	spec.order = KPPS_UNIFORM;
	spec.flows = FLOWS;
	build();
	memset(count, 0, sizeof(count));
	for (u64 index = 0; index < PACKETS; index++)
		count[kpps_stream_flow(&s, index)]++;
	for (unsigned int i = 0; i < FLOWS; i++)
		chi += pow((double)count[i] - PACKETS / FLOWS, 2) / (PACKETS / FLOWS);
	assert_true(chi > 999 - 4 * 45 && chi < 999 + 4 * 45);
}

/* Ranks from … to: their share of all packets, against the sum of rank^-s. */
static void assert_zipf_share(double exponent, u64 flows, u64 from, u64 to)
{
	enum { PACKETS = 400000 };
	double all = 0, part = 0, share, sigma;
	u64 hits = 0;

	for (u64 rank = flows; rank; rank--) {
		double w = pow((double)rank, -exponent);

		all += w;
		if (rank >= from && rank <= to)
			part += w;
	}
	for (u64 index = 0; index < PACKETS; index++) {
		u64 flow = kpps_stream_flow(&s, index);

		assert_true(flow < flows);
		hits += flow + 1 >= from && flow + 1 <= to;
	}
	share = part / all;
	sigma = sqrt(share * (1 - share) / PACKETS);
	if (fabs((double)hits / PACKETS - share) > 5 * sigma + 1e-6)
		fail_msg("s %g, %llu flows: ranks %llu to %llu have %g, not %g", exponent,
			 (unsigned long long)flows, (unsigned long long)from,
			 (unsigned long long)to, (double)hits / PACKETS, share);
}

static void zipf_shares_follow_the_formula(void **state __unused)
{
	static const double exponents[] = { 0.8, 1, 1.5 };
	static const u64 flows[] = { 1, 10, 64, 65, 1000, 123457 };

	for (unsigned int e = 0; e < ARRAY_SIZE(exponents); e++)
		for (unsigned int f = 0; f < ARRAY_SIZE(flows); f++) {
			u64 n = flows[f];

			stream_spec_default(&spec);
			spec.order = KPPS_ZIPF;
			spec.zipf_s = exponents[e];
			spec.flows = n;
			build();
			assert_zipf_share(exponents[e], n, 1, 1);
			assert_zipf_share(exponents[e], n, 2, 9);
			assert_zipf_share(exponents[e], n, 60, 100);
			assert_zipf_share(exponents[e], n, n / 2, n);
		}
}

static void zipf_of_the_largest_number_of_flows_stays_inside(void **state __unused)
{
	u64 highest = 0;

	stream_spec_default(&spec);
	stream_spec_family(&spec, AF_INET6);
	spec.source.count = 1ULL << 32;
	spec.order = KPPS_ZIPF;
	spec.zipf_s = 0.1;
	spec.flows = 1ULL << 32;
	build();
	for (u64 index = 0; index < 100000; index++) {
		u64 flow = kpps_stream_flow(&s, index);

		assert_true(flow < s.flows);
		highest = max(highest, flow);
	}
	assert_true(highest > s.flows - s.flows / 1000);
}

static void product_by_parts_is_that_of_128_bits(void **state __unused)
{
	static const u64 edges[] = { 0, 1, 0xffffffff, 1ULL << 32, ~0ULL << 32, ~0ULL };
	u64 seed = 3;

	for (unsigned int i = 0; i < ARRAY_SIZE(edges); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(edges); j++)
			assert_int_equal(kpps_mulhi64_by_parts(edges[i], edges[j]),
					 (u64)(((unsigned __int128)edges[i] * edges[j]) >> 64));
	for (unsigned int i = 0; i < 100000; i++) {
		u64 a = random64(&seed), b = random64(&seed) >> random_below(&seed, 64);

		assert_int_equal(kpps_mulhi64_by_parts(a, b),
				 (u64)(((unsigned __int128)a * b) >> 64));
	}
}

static void reciprocals_divide_exactly(void **state __unused)
{
	u64 seed = 1;

	for (unsigned int i = 0; i < 200000; i++) {
		u64 d = random64(&seed) >> (1 + random_below(&seed, 63));
		u64 n = random64(&seed) >> (1 + random_below(&seed, 63));
		u64 edge[5];
		struct kpps_recip by;

		d += !d;
		if (i < 64 * 3)	/* 2^k - 1, 2^k, 2^k + 1 */
			d = max((1ULL << (i / 3) / 2) + i % 3, 2ULL) - 1;
		stream_recip(d, &by);
		edge[0] = n;
		edge[1] = n - n % d;
		edge[2] = edge[1] ? edge[1] - 1 : 0;
		edge[3] = ~0ULL >> 1;
		edge[4] = edge[3] - edge[3] % d;
		for (unsigned int e = 0; e < ARRAY_SIZE(edge); e++)
			assert_int_equal(kpps_div(edge[e], &by), edge[e] / d);
	}
}

static void reciprocals_of_32_bits_divide_exactly(void **state __unused)
{
	u64 seed = 2;

	for (unsigned int i = 0; i < 200000; i++) {
		u32 d = (u32)(random64(&seed) >> (32 + random_below(&seed, 32)));
		u32 n = (u32)(random64(&seed) >> (32 + random_below(&seed, 32)));
		u32 edge[5];
		struct kpps_recip32 by;

		d += !d;
		if (i < 32 * 3)
			d = max((1U << i / 3) + i % 3, 2U) - 1;
		stream_recip32(d, &by);
		edge[0] = n;
		edge[1] = n - n % d;
		edge[2] = edge[1] ? edge[1] - 1 : 0;
		edge[3] = ~0u;
		edge[4] = edge[3] - edge[3] % d;
		for (unsigned int e = 0; e < ARRAY_SIZE(edge); e++)
			assert_int_equal(kpps_div32(edge[e], &by), edge[e] / d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permutation_is_a_bijection_up_to_2000),
		cmocka_unit_test(permutation_is_a_bijection_around_powers_of_two),
		cmocka_unit_test(permutation_is_a_bijection_of_primes_and_a_million),
		cmocka_unit_test(permutation_is_injective_on_samples_of_large_domains),
		cmocka_unit_test(permutation_has_its_fixed_digest),
		cmocka_unit_test(another_seed_gives_another_permutation),
		cmocka_unit_test(few_flows_spread_over_all_addresses),
		cmocka_unit_test(tuples_of_all_flows_are_distinct_and_within_the_ranges),
		cmocka_unit_test(ipv6_addresses_carry_within_their_lower_half),
		cmocka_unit_test(sequential_visits_each_flow_once_a_round),
		cmocka_unit_test(a_burst_has_packets_of_one_flow),
		cmocka_unit_test(nth_counts_the_packets_of_a_flow),
		cmocka_unit_test(uniform_hits_every_flow_as_often),
		cmocka_unit_test(zipf_shares_follow_the_formula),
		cmocka_unit_test(zipf_of_the_largest_number_of_flows_stays_inside),
		cmocka_unit_test(product_by_parts_is_that_of_128_bits),
		cmocka_unit_test(reciprocals_divide_exactly),
		cmocka_unit_test(reciprocals_of_32_bits_divide_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
