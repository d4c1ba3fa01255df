/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * environment.h - the machine and the program a run was measured with, as the
 * JSON of environment.json (doc/results.md). Reads /proc and /sys only; what
 * can't be read is null. The id is a hash of the part that should be equal
 * between two runs that are compared.
 */
#ifndef KPPS_ENVIRONMENT_H
#define KPPS_ENVIRONMENT_H

#include <jansson.h>

#include "lib/clock.h"
#include "run/point.h"

#define ENVIRONMENT_ID 17	/* 16 hex digits */

/* environment_capture - a new reference; NULL only without memory. */
json_t *environment_capture(const struct plan *plan, const struct clk *clk);
/* environment_id - of the object's "stable" part, into @ret. */
void environment_id(const json_t *environment, char ret[ENVIRONMENT_ID]);

#endif
