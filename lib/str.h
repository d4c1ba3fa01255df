/* SPDX-License-Identifier: GPL-2.0-or-later */
/* str.h - questions about strings that the C library has no word for. Any thread. */
#ifndef KPPS_STR_H
#define KPPS_STR_H

#include <stdbool.h>
#include <string.h>

/* str_ends - does @s end with @end? */
static inline bool str_ends(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && !strcmp(s + a - b, end);
}

#endif
