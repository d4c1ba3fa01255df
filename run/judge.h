/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge.h - is a trial valid? One pure function over what was counted, so that
 * every testbed judges alike and each condition can be tested by a row.
 *
 * A source kept its schedule when elapsed <= 1.00001 × duration; with trials
 * below a second that is less than a clock read and a burst take, so 10 us are
 * always allowed.
 *
 * A source that stalls (its CPU did something else) sends what was due in one
 * burst; what a burst has beyond the DUT's ring (the excess) may be lost through
 * no fault of the DUT, and before it the DUT had nothing to do. Whether that
 * matters depends on the use of the trial (run/trial_use.h):
 *
 * - the loss ratio is a figure: invalid when the excess is more than a hundredth
 *   of the loss;
 * - the forwarding rate is a figure: a DUT below the offered load could have
 *   forwarded the excess' share of what it did forward; invalid when the excess
 *   is a larger share of the intended frames than the rate may be off;
 * - the loss ratio is compared with limits: invalid when the answer may be the
 *   excess' doing: more than a limit with it, not without it. Only the worst of
 *   a trial's bursts is known, so it counts for JUDGE_BURSTS of them.
 */
#ifndef KPPS_JUDGE_H
#define KPPS_JUDGE_H

#include "lib/record.h"
#include "run/trial_use.h"

#define JUDGE_BURSTS 4

struct judge_facts {
	bool selftest;
	bool stopped;		/* by the user */
	bool drained;		/* everything came to rest in time */
	u64 drain_ns;		/* the time it had */
	u32 slots;		/* of the ring at the DUT */
	struct trial_use use;
	/* connections had to be there before the trial, and to stay */
	bool established;
	/* why connections were not opened, for the sentence; "" unknown */
	const char *drop_reason;
};

/* judge_kept_schedule - everything sent, and in time. */
bool judge_kept_schedule(const struct trial_record *rec);
/* judge_trial - set @rec->valid and @rec->why from its counts and @facts. */
void judge_trial(const struct judge_facts *facts, struct trial_record *rec);

#endif
