/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mlr_classify.h - load classification and conditional throughput of RFC 9971
 * (MLRsearch): pure functions of the trials at one load and a goal's
 * attributes. Nothing of the search is in here, so the classification of a
 * published result can be checked from its trials alone.
 */
#ifndef KPPS_MLR_CLASSIFY_H
#define KPPS_MLR_CLASSIFY_H

#include "lib/compiler.h"

struct mlr_trial {
	double loss_ratio;
	double duration_s;	/* trial duration asked for: full-length or short */
	double effective_s;	/* what the trial weighs */
};

struct mlr_goal {
	double final_trial_s, duration_sum_s;
	double loss_ratio;	/* 0 … 1, below 1 */
	double exceed_ratio;	/* 0 … 1, below 1 */
};

enum mlr_class { MLR_UNDECIDED, MLR_LOWER, MLR_UPPER };

enum mlr_class mlr_classify(const struct mlr_trial *trials, unsigned int n,
			    const struct mlr_goal *goal);
/*
 * mlr_conditional_throughput - of a load (the relevant lower bound) with these
 * trials, which are sorted by loss in place; in the unit of @load.
 */
double mlr_conditional_throughput(struct mlr_trial *trials, unsigned int n,
				  const struct mlr_goal *goal, double load);

#endif
