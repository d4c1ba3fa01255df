/* SPDX-License-Identifier: GPL-2.0-or-later */
/* str.h - what the C library has no word for. Any thread. */
#ifndef KPPS_STR_H
#define KPPS_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/compiler.h"

/* str_ends - does @s end with @end? */
static inline bool str_ends(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && !strcmp(s + a - b, end);
}

/* str_add - append to the text in @buf of @size bytes; what has no room is cut off. */
static inline void str_add(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

static inline void str_add(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

#endif
