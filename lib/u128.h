/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * u128.h - unsigned arithmetic of 128 bits: the compiler's where it has it, which
 * is on 64-bit machines, else by parts. Values, no state; any thread. A shift is
 * 0 to 127; sums and products wrap.
 *
 * KPPS_U128_BY_PARTS asks for the parts on any machine: so they are tested.
 */
#ifndef KPPS_U128_H
#define KPPS_U128_H

#include "lib/compiler.h"
#include "lib/stream.h"

#if defined(__SIZEOF_INT128__) && !defined(KPPS_U128_BY_PARTS)

typedef unsigned __int128 u128;

static inline u128 u128_from(u64 hi, u64 lo)
{
	return (u128)hi << 64 | lo;
}

static inline u64 u128_hi(u128 a)
{
	return (u64)(a >> 64);
}

static inline u64 u128_lo(u128 a)
{
	return (u64)a;
}

static inline u128 u128_mul(u64 a, u64 b)
{
	return (u128)a * b;
}

static inline u128 u128_add(u128 a, u128 b)
{
	return a + b;
}

static inline u128 u128_sub(u128 a, u128 b)
{
	return a - b;
}

static inline u128 u128_shr(u128 a, unsigned int n)
{
	return a >> n;
}

static inline u128 u128_shl(u128 a, unsigned int n)
{
	return a << n;
}

static inline u128 u128_div(u128 a, u64 d, u64 *ret_rest)
{
	*ret_rest = (u64)(a % d);
	return a / d;
}

static inline bool u128_mul_overflow(u128 a, u64 b, u128 *ret)
{
	return __builtin_mul_overflow(a, (u128)b, ret);
}

#else

typedef struct {
	u64 lo, hi;
} u128;

static inline u128 u128_from(u64 hi, u64 lo)
{
	return (u128){ .lo = lo, .hi = hi };
}

static inline u64 u128_hi(u128 a)
{
	return a.hi;
}

static inline u64 u128_lo(u128 a)
{
	return a.lo;
}

static inline u128 u128_mul(u64 a, u64 b)
{
	return u128_from(kpps_mulhi64_by_parts(a, b), a * b);
}

static inline u128 u128_add(u128 a, u128 b)
{
	u64 lo = a.lo + b.lo;

	return u128_from(a.hi + b.hi + (lo < a.lo), lo);
}

static inline u128 u128_sub(u128 a, u128 b)
{
	return u128_from(a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo);
}

static inline u128 u128_shr(u128 a, unsigned int n)
{
	if (n >= 64)
		return u128_from(0, a.hi >> (n - 64));
	/* twice, as 64 less 0 is no shift */
	return u128_from(a.hi >> n, a.lo >> n | a.hi << 1 << (63 - n));
}

static inline u128 u128_shl(u128 a, unsigned int n)
{
	if (n >= 64)
		return u128_from(a.lo << (n - 64), 0);
	return u128_from(a.hi << n | a.lo >> 1 >> (63 - n), a.lo << n);
}

/* A bit at a time: for what is done once a run, not once a frame. */
static inline u128 u128_div(u128 a, u64 d, u64 *ret_rest)
{
	u64 rest = a.hi % d, lo = a.lo, q = 0;
	unsigned int i;

	for (i = 0; i < 64; i++) {
		bool carry = rest >> 63;

		rest = rest << 1 | lo >> 63;
		lo <<= 1;
		q <<= 1;
		if (carry || rest >= d) {
			rest -= d;
			q |= 1;
		}
	}
	*ret_rest = rest;
	return u128_from(a.hi / d, q);
}

static inline bool u128_mul_overflow(u128 a, u64 b, u128 *ret)
{
	u128 low = u128_mul(a.lo, b), high = u128_mul(a.hi, b);

	*ret = u128_from(low.hi + high.lo, low.lo);
	return high.hi || ret->hi < low.hi;
}

#endif

static inline u128 u128_of(u64 a)
{
	return u128_from(0, a);
}

static inline u128 u128_add64(u128 a, u64 b)
{
	return u128_add(a, u128_of(b));
}

/* 2^@n - 1 */
static inline u128 u128_ones(unsigned int n)
{
	return u128_sub(u128_shl(u128_of(1), n), u128_of(1));
}

static inline long double u128_ldouble(u128 a)
{
	return (long double)u128_hi(a) * 0x1p64L + (long double)u128_lo(a);
}

#endif
