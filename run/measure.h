/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * measure.h - one point from testbed up to testbed down: self-test, goals,
 * summary. Between the command (cmd_run.c), which goes through the plan, and
 * the parts. One thread.
 */
#ifndef KPPS_MEASURE_H
#define KPPS_MEASURE_H

#include "run/point.h"
#include "run/progress.h"
#include "run/results.h"

struct measure {
	const struct plan *plan;
	struct results *results;
	struct progress progress;
	json_t *summary;
	volatile bool *stop;
};

/*
 * measure_point - point @i of the plan, its entry in the summary rewritten and
 * saved before and after; @attempt: from 1. 0 also for a point that failed (the
 * summary says why); -EINTR when the user stopped it; other errors: the results
 * directory can't be written any more.
 */
int measure_point(struct measure *m, unsigned int i, unsigned int attempt, struct err *err);

#endif
