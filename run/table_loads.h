/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table_loads.h - the columns of the goal `fixed` in the table at the end of a
 * run: what was lost at each load; with several streams what arrived of the
 * first one, which is the one that the others disturb. Pure functions over the
 * points of summary.json.
 */
#ifndef KPPS_TABLE_LOADS_H
#define KPPS_TABLE_LOADS_H

#include <jansson.h>

#include "lib/compiler.h"

#define TABLE_LOADS_MAX 5

/*
 * table_loads - loads of @n points from @from on, ascending, into @ret_loads: how
 * many. Of more than TABLE_LOADS_MAX the lowest, the highest and some between.
 */
unsigned int table_loads(const json_t *points, unsigned int from, unsigned int n,
			 double ret_loads[TABLE_LOADS_MAX]);
/* table_load_heading - "loss 20kpps", "users at 20kpps"; of the first of those points. */
void table_load_heading(const json_t *point, double load, char *buf, size_t size);
/* table_load_cell - of one point, the mean of its trials at @load; "-" without any. */
void table_load_cell(const json_t *point, double load, char *buf, size_t size);

#endif
