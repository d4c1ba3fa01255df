// SPDX-License-Identifier: GPL-2.0-or-later
/* nearest.c - see nearest.h. Distance: optimal string alignment. */
#include "run/nearest.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 96	/* longer words are never near */

/* Insertions, deletions, replacements and swaps of neighbours, each 1. */
static unsigned int distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned int rows[3][WORD_MAX + 1];
	unsigned int *before = rows[0], *prev = rows[1], *cur = rows[2];

	for (size_t j = 0; j <= nb; j++)
		prev[j] = (unsigned int)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned int *spare = before;

		cur[0] = (unsigned int)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned int d = prev[j - 1] + (a[i - 1] != b[j - 1]);

			d = min(d, prev[j] + 1);
			d = min(d, cur[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d = min(d, before[j - 2] + 1);
			cur[j] = d;
		}
		before = prev;
		prev = cur;
		cur = spare;
	}
	return prev[nb];
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	size_t na = strlen(n->word), nb = strlen(candidate);
	unsigned int d, limit = 1 + (unsigned int)min(na, nb) / 3;

	if (!na || !nb || na > WORD_MAX || nb > WORD_MAX)
		return;
	d = distance(n->word, na, candidate, nb);
	if (d > limit || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}

const char *nearest_hint(const struct nearest *n, char *buf, size_t size)
{
	if (n->best)
		snprintf(buf, size, ": did you mean \"%s\"?", n->best);
	else
		snprintf(buf, size, "%s", "");
	return buf;
}
