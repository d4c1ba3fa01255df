/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trial_use.h - what a trial's counts will be used for. A disturbance of the
 * tester makes a trial invalid only where it could change that use; the goal
 * knows the use, judge.h decides. Plain data, copied along with a request.
 */
#ifndef KPPS_TRIAL_USE_H
#define KPPS_TRIAL_USE_H

#include "lib/compiler.h"

#define TRIAL_LIMITS_MAX 8

struct trial_use {
	bool loss;		/* the loss ratio is a figure itself (loss curve, latency) */
	double rate;		/* the forwarding rate is (MRR): what share of it may be off; else 0 */
	double late;		/* what share of the duration it may end late, beyond judge.h's */
	/* loss ratios it is compared with: at most this, or more (search) */
	unsigned int nlimits;
	double limit[TRIAL_LIMITS_MAX];
};

#endif
