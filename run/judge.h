/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge.h - is a trial valid? One pure function over what was counted, so that
 * every testbed judges alike and each condition can be tested by a row.
 *
 * A source kept its schedule when elapsed <= 1.00001 × duration; with trials
 * below a second that is less than a clock read and a burst take, so 10 us are
 * always allowed, and more where the goal is coarse (run/goals.c).
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
 *
 * Where the DUT works on the source's CPU (alone), a source that falls behind has
 * met the DUT's limit: it stops a little after the time is up (judge_overrun_ns),
 * what it has not sent by then is lost, and the trial is valid. Not so when the
 * CPU was away (away_ns) for as long as what is missing would have taken, or for
 * more of the trial than a rate may be off (0.5 % where none is asked for).
 */
#ifndef KPPS_JUDGE_H
#define KPPS_JUDGE_H

#include "lib/record.h"
#include "run/trial_use.h"

#define JUDGE_BURSTS 4

struct judge_facts {
	bool selftest;
	bool alone;		/* source and DUT share one CPU, and everything else does */
	u64 away_ns;		/* alone: time in which that CPU worked for neither */
	bool stopped;		/* by the user */
	bool drained;		/* everything came to rest in time */
	u64 drain_ns;		/* the time it had */
	u32 slots;		/* of the ring at the DUT */
	struct trial_use use;
	/* all connections had to be there before the trial, and to stay */
	bool established;
	/* why connections were not opened, for the sentence; "" unknown */
	const char *drop_reason;
};

/* judge_overrun_ns - how long after the duration a source may catch up when alone:
 * a thousandth of it, at least 100 us. */
u64 judge_overrun_ns(u64 duration_ns);
/* judge_kept_schedule - everything sent, to 1e-5 in time, and no frame was lost by the
 * sink itself. */
bool judge_kept_schedule(const struct trial_record *rec);
/* judge_trial - set @rec->valid, @rec->why and @rec->disturbed from its counts and @facts. */
void judge_trial(const struct judge_facts *facts, struct trial_record *rec);

#endif
