/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * goal_ops.h - inside the goals: what a stage of goals_run looks like. A stage
 * serves all goals of its kinds of one point at once, because search goals
 * share their trials. Stages are const and live in goals.c's array, in the
 * order in which they run; each sees the results of those before it.
 */
#ifndef KPPS_GOAL_OPS_H
#define KPPS_GOAL_OPS_H

#include "run/goal.h"

/* A load the source can't keep in three trials was none it could offer, and says
 * nothing about the DUT: a goal goes on below it, by this factor, so often. */
#define GOAL_LOWER_STEP	0.85
#define GOAL_LOWER_STEPS 4

struct goal_run {
	const struct goal_spec *spec;
	unsigned int n;
	struct measurer *m;
	struct goal_result *result;	/* as many, same order; kind is set */
};

struct goal_ops {
	u32 kinds;		/* bit per enum goal_kind */
	/* 0, or the measurer's negative errno; results stay as far as they got */
	int (*run)(struct goal_run *g);
};

extern const struct goal_ops goal_mrr, goal_mlr, goal_rfc2544, goal_fixed, goal_latency;

/*
 * goal_trial - one trial for goal @i: asks the measurer, counts trial and
 * seconds in the goal's result.
 */
int goal_trial(struct goal_run *g, unsigned int i, double load_pps, double duration_s,
	       const char *phase, struct trial_output *ret);
/* goal_sample - keep one trial as a sample of goal @i while there is room. */
void goal_sample(struct goal_run *g, unsigned int i, double load_pps,
		 const struct trial_output *out);
/* goal_of - the first result of @kind with a value, or NULL. */
const struct goal_result *goal_of(const struct goal_run *g, enum goal_kind kind);

#endif
