/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary.h - what summary.json says (doc/results.md): the object with every
 * key from the start, each point rewritten as it is measured. The caller owns
 * the object; points are borrowed from it.
 */
#ifndef KPPS_SUMMARY_H
#define KPPS_SUMMARY_H

#include <jansson.h>

#include "run/point.h"
#include "run/trial.h"

enum point_status { POINT_PENDING, POINT_RUNNING, POINT_DONE, POINT_FAILED, POINT_INTERRUPTED };

/* summary_create - of @plan, all points pending; NULL without memory. */
json_t *summary_create(const struct plan *plan, const char *environment_id);
/*
 * summary_adopt - take the finished points of an earlier run's summary, and when
 * it started. -EINVAL when it is none or of other points.
 */
int summary_adopt(json_t *summary, const json_t *earlier, struct err *err);
/*
 * summary_wants - is point @i to be measured in the given attempt? Attempts 1 to
 * the number of rounds are those rounds; one beyond is made when the last round
 * ended because the source was disturbed. An attempt that was interrupted is
 * wanted again; after a failure that was not the source's there is none.
 */
bool summary_wants(const json_t *summary, unsigned int i, unsigned int attempt);

struct point_outcome {
	enum point_status status;
	unsigned int attempt;			/* from 1; 0: none yet */
	bool disturbed;				/* failed, and another attempt may not */
	const char *why;
	const struct goal_result *result;	/* of point->goal[]; NULL: none yet */
	const struct trials *trials;		/* NULL: the testbed never came up */
	const struct testbed *tb;		/* the same */
	json_t *profile;			/* borrowed; NULL: none was taken */
	double seconds;
};
void summary_set_point(json_t *summary, unsigned int i, const struct point *p,
		       const struct point_outcome *o);
/* summary_finish - the time, and whether every point was measured. */
void summary_finish(json_t *summary);
/* summary_count - points with this status. */
unsigned int summary_count(const json_t *summary, const char *status);
/* summary_line - one line of a point's figures, for the progress. */
char *summary_line(const json_t *summary, unsigned int i, char *buf, size_t size);

#endif
