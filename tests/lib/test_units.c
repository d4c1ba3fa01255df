// SPDX-License-Identifier: GPL-2.0-or-later
/* test_units.c - lib/units.h: what is read, what is refused and how, what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "lib/units.h"

static void every_unit_is_read_exactly(void **state __unused)
{
	static const struct {
		enum unit unit;
		const char *text;
		u64 value;
	} rows[] = {
		{ UNIT_NONE, "0", 0 },
		{ UNIT_NONE, "12", 12 },
		{ UNIT_NONE, "18446744073709551615", UINT64_MAX },
		{ UNIT_RATE, "1pps", 1 },
		{ UNIT_RATE, "500kpps", 500000 },
		{ UNIT_RATE, "10Mpps", 10000000 },
		{ UNIT_RATE, "1.5Gpps", 1500000000 },
		{ UNIT_TIME, "50ns", 50 },
		{ UNIT_TIME, "10us", 10000 },
		{ UNIT_TIME, "5ms", 5000000 },
		{ UNIT_TIME, "0.1s", 100000000 },
		{ UNIT_TIME, "2s", 2000000000 },
		{ UNIT_TIME, "1min", 60000000000 },
		{ UNIT_TIME, "1h", 3600000000000 },
		{ UNIT_SIZE, "64B", 64 },
		{ UNIT_SIZE, "4KiB", 4096 },
		{ UNIT_SIZE, "16MiB", 16777216 },
		{ UNIT_SIZE, "2GiB", 2147483648 },
		{ UNIT_COUNT, "65536", 65536 },
		{ UNIT_COUNT, "64k", 64000 },
		{ UNIT_COUNT, "1M", 1000000 },
		{ UNIT_COUNT, "2G", 2000000000 },
		{ UNIT_COUNT, "64Ki", 65536 },
		{ UNIT_COUNT, "1Mi", 1048576 },
		{ UNIT_COUNT, "1Gi", 1073741824 },
		{ UNIT_COUNT, "9007199254740993", 9007199254740993 },
		{ UNIT_COUNT, "1.000001M", 1000001 },
		{ UNIT_SHARE, "100%", 1 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 v = ~rows[i].value;
		double d;

		assert_int_equal(units_parse_u64(rows[i].unit, rows[i].text, &v, NULL), 0);
		assert_int_equal(v, rows[i].value);
		assert_int_equal(units_parse(rows[i].unit, rows[i].text, &d, NULL), 0);
		assert_true(d == (double)rows[i].value);
	}
}

static void shares_are_percent_or_ratio(void **state __unused)
{
	double v;

	assert_int_equal(units_parse(UNIT_SHARE, "0.5%", &v, NULL), 0);
	assert_true(v == 0.005);
	assert_int_equal(units_parse(UNIT_SHARE, "0.005", &v, NULL), 0);
	assert_true(v == 0.005);
	assert_int_equal(units_parse(UNIT_SHARE, "0", &v, NULL), 0);
	assert_true(v == 0);
	assert_int_equal(units_parse(UNIT_SHARE, "1", &v, NULL), 0);
	assert_true(v == 1);
}

static void wrong_texts_are_refused_with_a_sentence(void **state __unused)
{
	static const struct {
		enum unit unit;
		const char *text;
		int code;
		const char *sentence;
	} rows[] = {
		{ UNIT_RATE, "10abc", -EINVAL, "\"10abc\": unknown unit \"abc\": expected a rate "
		  "in pps, kpps, Mpps, Gpps, e.g. 10Mpps" },
		{ UNIT_RATE, "10", -EINVAL, "\"10\": the unit is missing: expected a rate in pps, "
		  "kpps, Mpps, Gpps, e.g. 10Mpps" },
		{ UNIT_RATE, "10Mppsx", -EINVAL, "\"10Mppsx\": unknown unit \"Mppsx\": expected a "
		  "rate in pps, kpps, Mpps, Gpps, e.g. 10Mpps" },
		{ UNIT_TIME, "-5s", -ERANGE, "\"-5s\" is negative: expected a time, e.g. 2s" },
		{ UNIT_TIME, "s", -EINVAL, "\"s\" is not a number: expected a time, e.g. 2s" },
		{ UNIT_TIME, "", -EINVAL, "\"\" is not a number: expected a time, e.g. 2s" },
		{ UNIT_TIME, ".5s", -EINVAL, "\".5s\" is not a number: expected a time, e.g. 2s" },
		{ UNIT_TIME, "5.s", -EINVAL, "\"5.s\" is not a number: expected a time, e.g. 2s" },
		{ UNIT_TIME, "1.2.3s", -EINVAL, "\"1.2.3s\": unknown unit \".3s\": expected a "
		  "time in ns, us, ms, s, min, h, e.g. 2s" },
		{ UNIT_TIME, "0.5ns", -EINVAL, "\"0.5ns\" is not a whole number of ns: expected a "
		  "time, e.g. 2s" },
		{ UNIT_TIME, "6000000h", -ERANGE, "\"6000000h\" is too large: expected a time "
		  "below 2^64, e.g. 2s" },
		{ UNIT_SIZE, "64b", -EINVAL, "\"64b\": unknown unit \"b\": expected a size in B, "
		  "KiB, MiB, GiB, e.g. 64B" },
		{ UNIT_COUNT, "1e6", -EINVAL, "\"1e6\": unknown unit \"e6\": expected a count in "
		  "none, k, Ki, M, Mi, G, Gi, e.g. 64k" },
		{ UNIT_NONE, "12s", -EINVAL, "\"12s\": \"s\" after the number: expected a number "
		  "without a unit, e.g. 10" },
		{ UNIT_NONE, "18446744073709551616", -ERANGE, "\"18446744073709551616\" is too "
		  "large: expected a number below 2^64, e.g. 10" },
		{ UNIT_COUNT, "99999999999999999999999999999999999999999G", -ERANGE,
		  "\"99999999999999999999999999999999999999999G\" has too many digits: expected a "
		  "count, e.g. 64k" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };
		u64 v = 4711;

		assert_int_equal(units_parse_u64(rows[i].unit, rows[i].text, &v, &err),
				 rows[i].code);
		assert_int_equal(err.code, rows[i].code);
		assert_string_equal(err.text, rows[i].sentence);
		assert_int_equal(v, 4711);
	}
}

static void share_above_one_is_out_of_range(void **state __unused)
{
	struct err err;
	double v;

	assert_int_equal(units_parse(UNIT_SHARE, "101%", &v, &err), -ERANGE);
	assert_string_equal(err.text, "\"101%\" is out of range: expected a share of at most 1, "
			    "e.g. 0.5%");
	assert_int_equal(units_parse(UNIT_SHARE, "1.5", &v, &err), -ERANGE);
}

static void prints_the_shortest_text(void **state __unused)
{
	static const struct {
		enum unit unit;
		double value;
		const char *text;
	} rows[] = {
		{ UNIT_RATE, 12.9e6, "12.9Mpps" },
		{ UNIT_RATE, 12345678, "12.35Mpps" },
		{ UNIT_RATE, 999.99e3, "1Mpps" },
		{ UNIT_RATE, 0, "0pps" },
		{ UNIT_RATE, 0.5, "0.5pps" },
		{ UNIT_RATE, 3e14, "300000Gpps" },
		{ UNIT_TIME, 1234, "1234ns" },
		{ UNIT_TIME, 12345, "12.35us" },
		{ UNIT_TIME, 1200, "1.2us" },
		{ UNIT_TIME, 90e9, "90s" },
		{ UNIT_TIME, 120e9, "2min" },
		{ UNIT_TIME, 3600e9, "1h" },
		{ UNIT_TIME, 100e6, "100ms" },
		{ UNIT_SIZE, 64, "64B" },
		{ UNIT_SIZE, 1518, "1518B" },
		{ UNIT_SIZE, 4096, "4KiB" },
		{ UNIT_SHARE, 0.005, "0.5%" },
		{ UNIT_SHARE, 1, "100%" },
		{ UNIT_COUNT, 65536, "64Ki" },
		{ UNIT_COUNT, 1e6, "1M" },
		{ UNIT_COUNT, 1000, "1k" },
		{ UNIT_COUNT, 1, "1" },
		{ UNIT_NONE, 42, "42" },
		{ UNIT_RATE, -1500, "-1.5kpps" },
	};
	char buf[64];

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(units_print(rows[i].unit, rows[i].value, buf, sizeof(buf)),
				    rows[i].text);
}

static void what_is_printed_reads_back_to_four_digits(void **state __unused)
{
	char buf[64];

	for (enum unit unit = UNIT_NONE; unit <= UNIT_COUNT; unit++) {
		double v = 0.001, limit = unit == UNIT_SHARE ? 1 : 1e13;

		while (v < limit) {
			double back;

			units_print(unit, v, buf, sizeof(buf));
			assert_int_equal(units_parse(unit, buf, &back, NULL), 0);
			assert_true(fabs(back - v) <= v * 0.00050001);
			v *= 1.137;
		}
	}
}

static void examples_read_back(void **state __unused)
{
	for (enum unit unit = UNIT_NONE; unit <= UNIT_COUNT; unit++) {
		double v;

		assert_int_equal(units_parse(unit, units_example(unit), &v, NULL), 0);
	}
}

static void small_buffer_is_not_overrun(void **state __unused)
{
	char buf[5] = "....";

	units_print(UNIT_RATE, 12.9e6, buf, 4);
	assert_string_equal(buf, "12.");
	assert_int_equal(buf[4], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_unit_is_read_exactly),
		cmocka_unit_test(shares_are_percent_or_ratio),
		cmocka_unit_test(wrong_texts_are_refused_with_a_sentence),
		cmocka_unit_test(share_above_one_is_out_of_range),
		cmocka_unit_test(prints_the_shortest_text),
		cmocka_unit_test(what_is_printed_reads_back_to_four_digits),
		cmocka_unit_test(examples_read_back),
		cmocka_unit_test(small_buffer_is_not_overrun),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
