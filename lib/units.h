/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * units.h - numbers with units, read and written in one place. A number takes
 * a decimal fraction and exactly one unit of its kind, nothing after it.
 *
 *	rate	1pps 500kpps 10Mpps 1.5Gpps	-> packets a second
 *	time	50ns 10us 5ms 2s 1min 1h	-> nanoseconds
 *	size	64B 1500B 4KiB 16MiB 2GiB	-> bytes
 *	share	0.5% 0 …  1 (a plain ratio)	-> double, 0 … 1
 *	count	65536 64k 1M (powers of 1000), 64Ki 1Mi (powers of 1024)
 */
#ifndef KPPS_UNITS_H
#define KPPS_UNITS_H

#include "lib/compiler.h"
#include "lib/err.h"

enum unit { UNIT_NONE, UNIT_RATE, UNIT_TIME, UNIT_SIZE, UNIT_SHARE, UNIT_COUNT };

/* units_parse - -EINVAL with a sentence naming what was expected; -ERANGE. */
int units_parse(enum unit unit, const char *text, double *ret, struct err *err);
int units_parse_u64(enum unit unit, const char *text, u64 *ret, struct err *err);
/* units_print - shortest text that reads back to 4 significant digits:
 * "12.9Mpps", "1.2us". Returns @buf. */
char *units_print(enum unit unit, double v, char *buf, size_t size);
/* units_example - "10Mpps" for messages and help. */
const char *units_example(enum unit unit);

#endif
