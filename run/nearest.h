/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nearest.h - the known word nearest to a mistyped one, for "did you mean".
 * Plain functions without state; anybody may call them.
 */
#ifndef KPPS_NEAREST_H
#define KPPS_NEAREST_H

#include "lib/compiler.h"

struct nearest {
	const char *word;	/* as typed */
	const char *best;	/* NULL: nothing is near enough */
	unsigned int distance;
};

/* nearest_offer - compare one candidate; the first of equals stays. */
void nearest_offer(struct nearest *n, const char *candidate);
/* nearest_hint - ": did you mean \"…\"?" or "" into @buf, which it returns. */
const char *nearest_hint(const struct nearest *n, char *buf, size_t size);

#endif
