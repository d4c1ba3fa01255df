/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * results_point.h - one entry of summary.json's points[]; only results_read.c
 * calls this.
 */
#ifndef KPPS_RESULTS_POINT_H
#define KPPS_RESULTS_POINT_H

#include "analysis/json_get.h"
#include "analysis/results_read.h"

/* Fill @p from @json, the @index-th point; errors stay in @g. @p is zeroed
 * memory and is released in any case. */
void results_point_read(struct json_get *g, const json_t *json, unsigned int index,
			struct res_point *p);
void results_point_release(struct res_point *p);

/* results_profile.c; only results_point.c calls them. */
void results_profile_read(struct json_get *g, const json_t *json, struct res_point *p);
void results_profile_release(struct res_profile *r);

#endif
