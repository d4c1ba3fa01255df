/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h - what the user sees while a plan runs: on a terminal one line
 * that is written over, otherwise a line at each point's begin and end, nothing
 * when asked to be quiet. Goes to stderr, so that stdout is only the result.
 * Embedded; progress_init … progress_finish; one thread.
 */
#ifndef KPPS_PROGRESS_H
#define KPPS_PROGRESS_H

#include <stdio.h>

#include "lib/compiler.h"

enum progress_kind { PROGRESS_QUIET, PROGRESS_LINES, PROGRESS_TTY };

struct progress {
	FILE *out;
	enum progress_kind kind;
	unsigned int points, point;	/* point: from 1 */
	double expected_s;		/* of the whole plan, as planned */
	double expected_done_s;		/* of the points that are finished */
	double expected_point_s;	/* of this point */
	u64 started_ns, point_ns, shown_ns;
	unsigned int attempt;		/* at the point */
	unsigned int measured;		/* points finished in this run */
	double measured_s, measured_expected_s;
	char name[128], phase[32], bounds[128];
	double load_pps;
};

/* progress_init - @expected_s for all @points; kind chosen from @out and @quiet. */
void progress_init(struct progress *p, FILE *out, bool quiet, unsigned int points,
		   double expected_s);
/* progress_point - point @i (from 0) begins. */
void progress_point(struct progress *p, unsigned int i, const char *name, double expected_s);
/* progress_kept - a point of a resumed run that needs no measuring. */
void progress_kept(struct progress *p, double expected_s);
/* progress_attempt - at the point that begins next, from 1; @extra_s: what it adds to the
 * time that was expected. */
void progress_attempt(struct progress *p, unsigned int attempt, double extra_s);
/* progress_trial - a trial begins; @load_pps 0: as fast as possible. */
void progress_trial(struct progress *p, const char *phase, double load_pps);
/* progress_bounds - what the goal knows so far: "ndr 4.1Mpps … 4.4Mpps". */
void progress_bounds(struct progress *p, const char *text);
/* progress_point_end - @result: one line of figures. */
void progress_point_end(struct progress *p, const char *result);
/* progress_say - a line that stays, also between updates. */
void progress_say(struct progress *p, const char *text);
void progress_finish(struct progress *p);
/* progress_left_s - estimate for the rest; negative: not known yet. For tests. */
double progress_left_s(const struct progress *p, u64 now_ns);

#endif
