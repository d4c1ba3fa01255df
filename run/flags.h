/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flags.h - the closed list of caveats a point can carry: the word that stands
 * in summary.json, what it means, what to do about it. The table, the report
 * and the manual take their sentences from here.
 */
#ifndef KPPS_FLAGS_H
#define KPPS_FLAGS_H

#include "lib/compiler.h"

enum flag {
	FLAG_QUICK_PRESET, FLAG_SHARED_CPU, FLAG_SHARED_DUT, FLAG_SOURCE_BOUND,
	FLAG_LOAD_BOUND, FLAG_IRREGULAR, FLAG_INVALID_TRIALS, FLAG_FAILED,
	FLAG_INTERRUPTED, FLAG_ZERO, FLAG_IMPAIRED, FLAG_INSTRUCTIONS, FLAG_EMULATED,
	FLAGS
};

struct flag_def {
	const char *word;
	const char *cause;	/* a sentence without full stop */
	const char *next;	/* what to do, the same */
};

extern const struct flag_def flag_defs[FLAGS];

/* flag_find - NULL when there is no such word. */
const struct flag_def *flag_find(const char *word);

#endif
