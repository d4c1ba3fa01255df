/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trial.h - the measurer of one point: between the goals, which ask for trials,
 * and a testbed, which runs them. Repeats invalid trials, writes a record of
 * each to the results directory, answers from recorded ones when a run is
 * resumed, and collects what the summary needs. One thread; between
 * trials_init and trials_release the testbed must stay up.
 */
#ifndef KPPS_TRIAL_H
#define KPPS_TRIAL_H

#include "run/goal.h"
#include "run/point.h"
#include "run/progress.h"
#include "run/results.h"
#include "run/testbed.h"

#define TRIAL_TRIES 3		/* invalid ones in a row that end the point */

struct kept_latency {		/* of a search trial with little loss */
	double load_pps, loss_ratio;
	struct hist hist;
};

struct trials {
	/* given */
	const struct point *point;
	struct testbed *tb;
	struct results *results;
	struct progress *progress;
	volatile bool *stop;
	/* records of an earlier run of this point, answers in this order */
	json_t *replay;
	size_t replayed;
	unsigned int attempt;		/* at measuring the point, from 1 */
	/* found */
	double selftest_pps, selftest_loss;
	double sent_pps;		/* the fastest the source sent when it could not keep a load */
	double max_load_pps;
	bool user_bound;		/* max_load is the user's, not the tester's */
	unsigned int trials, invalid;
	u64 fill_flows, fill_opened, fill_ns;
	json_t *samples;		/* as in summary.json */
	json_t *latency;		/* {load_pps, loss_ratio, histogram} of latency trials */
	unsigned int nkept;
	struct kept_latency *kept;
	struct trial_record rec;	/* of the last trial */
	char why[RECORD_WHY];		/* of the last invalid one */
	struct err err;			/* when the testbed broke */
};

/* trials_init - takes over the reference to @replay (may be NULL); attempt is 1. */
int trials_init(struct trials *t, const struct point *point, struct testbed *tb,
		struct results *results, struct progress *progress, volatile bool *stop,
		json_t *replay);
void trials_release(struct trials *t);

/*
 * trials_selftest - how fast source and sink are without a DUT, and with one
 * between them: sets selftest_pps and max_load_pps. Same errors as a trial.
 */
int trials_selftest(struct trials *t);
/*
 * trials_lower_load - the source keeps only @pps, so from now on the highest
 * load is the tester's limit. Nothing changes when @pps is no less than it.
 */
void trials_lower_load(struct trials *t, double pps);
/*
 * trials_profile - one trial of @load_pps in which the DUT's CPUs are sampled; not
 * a sample of any goal. A new reference to doc/results.md's profile object in
 * *@ret. Same errors as a trial; -ENOTSUP and the like where there is no profiler.
 */
int trials_profile(struct trials *t, double load_pps, json_t **ret, struct err *err);
/* trials_measurer - the goals' view of @t. */
void trials_measurer(struct trials *t, struct measurer *ret);

#endif
