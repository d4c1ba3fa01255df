/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table.h - the table at the end of a run, from a summary: a row a point with
 * its figures, the cost of the step from the point before it on the same
 * ladder, and its flags; below it what the flags mean. Keeps nothing.
 */
#ifndef KPPS_TABLE_H
#define KPPS_TABLE_H

#include <jansson.h>
#include <stdio.h>

void table_print(const json_t *summary, FILE *out);

/*
 * table_step_key - the parameter whose steps are shown: the first of the sweep
 * with more than one value; NULL when there is none.
 * table_step_from - the point that point @i is a step from: the nearest one
 * before it that differs in that parameter and in no other; -1: none.
 */
const char *table_step_key(const json_t *points);
int table_step_from(const json_t *points, unsigned int i);

#endif
