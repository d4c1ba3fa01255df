// SPDX-License-Identifier: GPL-2.0-or-later
/* The 128 bits of u128.h by parts, as on 32-bit machines, against the compiler's own. */
#define KPPS_U128_BY_PARTS
#include "lib/u128.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#ifdef __SIZEOF_INT128__
typedef unsigned __int128 wide;

#define RANDOM	20000

static const u64 edges[] = {
	0, 1, 2, 9, 10, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x100000001,
	0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff,
};

static u64 state = 1;

static u64 draw(void)
{
	u64 r = kpps_hash(0x6b707073, state++);

	/* of all lengths, and some edges */
	return state % 5 ? r >> (kpps_hash(1, state) & 63) : edges[r % ARRAY_SIZE(edges)];
}

static wide of(u128 a)
{
	return (wide)a.hi << 64 | a.lo;
}

static u128 draw2(void)
{
	return u128_from(draw(), draw());
}

#define assert_wide(a, b) do { \
	wide _is = of(a), _want = (b); \
	assert_int_equal((u64)(_is >> 64), (u64)(_want >> 64)); \
	assert_int_equal((u64)_is, (u64)_want); \
} while (0)

static void sums_and_differences_wrap(void **arg __unused)
{
	for (unsigned int i = 0; i < RANDOM; i++) {
		u128 a = draw2(), b = draw2();
		u64 c = draw();

		assert_wide(u128_add(a, b), of(a) + of(b));
		assert_wide(u128_sub(a, b), of(a) - of(b));
		assert_wide(u128_add64(a, c), of(a) + c);
	}
}

static void products_have_all_bits(void **arg __unused)
{
	for (unsigned int i = 0; i < RANDOM; i++) {
		u64 a = draw(), b = draw();

		assert_wide(u128_mul(a, b), (wide)a * b);
	}
}

static void products_that_overflow_are_seen(void **arg __unused)
{
	unsigned int over = 0;

	for (unsigned int i = 0; i < RANDOM; i++) {
		u128 a = draw2(), is;
		u64 b = draw();
		wide want;

		assert_int_equal(u128_mul_overflow(a, b, &is),
				 __builtin_mul_overflow(of(a), (wide)b, &want));
		assert_wide(is, want);
		over += (u64)want != (u64)of(a) * b || (of(a) && want / of(a) != b);
	}
	assert_in_range(over, RANDOM / 10, RANDOM * 9 / 10);
}

static void every_shift_is_a_shift(void **arg __unused)
{
	for (unsigned int i = 0; i < RANDOM / 128; i++) {
		u128 a = draw2();

		for (unsigned int n = 0; n < 128; n++) {
			assert_wide(u128_shr(a, n), of(a) >> n);
			assert_wide(u128_shl(a, n), of(a) << n);
			assert_wide(u128_ones(n), ((wide)1 << n) - 1);
		}
	}
}

static void quotients_and_rests_are_exact(void **arg __unused)
{
	for (unsigned int i = 0; i < RANDOM; i++) {
		u128 a = draw2();
		u64 d = draw(), rest;

		if (!d)
			continue;
		assert_wide(u128_div(a, d, &rest), of(a) / d);
		assert_int_equal(rest, (u64)(of(a) % d));
	}
}

static void as_long_double_it_is_rounded_once(void **arg __unused)
{
	for (unsigned int i = 0; i < RANDOM; i++) {
		u128 a = draw2();

		assert_true(u128_ldouble(a) == (long double)of(a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_and_differences_wrap),
		cmocka_unit_test(products_have_all_bits),
		cmocka_unit_test(products_that_overflow_are_seen),
		cmocka_unit_test(every_shift_is_a_shift),
		cmocka_unit_test(quotients_and_rests_are_exact),
		cmocka_unit_test(as_long_double_it_is_rounded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
	print_message("1..0 # SKIP the compiler has no 128 bits to compare with\n");
	return 0;
}
#endif
