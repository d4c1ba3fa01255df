/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * presets.h - how long and how exactly is measured, as named sets of goal
 * attributes. A scenario names one and may change single attributes.
 */
#ifndef KPPS_PRESETS_H
#define KPPS_PRESETS_H

#include "run/goal.h"

#define GOAL_KINDS (GOAL_LATENCY + 1)

struct preset {
	const char *name;
	const char *help;
	struct goal_spec goal[GOAL_KINDS];	/* indexed by enum goal_kind */
};

extern const struct preset presets[];	/* name NULL ends */
const struct preset *preset_find(const char *name);
/* goal_seconds - expected sum of trial durations of one goal; of *@ret_trials trials. */
double goal_seconds(const struct goal_spec *g, double *ret_trials);

#endif
