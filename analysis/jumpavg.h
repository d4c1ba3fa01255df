/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jumpavg.h - is a row of figures one group or several? By minimum description
 * length, as CSIT does it: the grouping that takes the fewest bits to write
 * down is the one to believe. Pure functions of their arguments.
 */
#ifndef KPPS_JUMPAVG_H
#define KPPS_JUMPAVG_H

#include "lib/compiler.h"

#define JUMPAVG_MAX 8191.0	/* values are scaled so that the largest is this: 2^13 - 1 */

/*
 * jumpavg_bits - bits of one group of @n values (scaled, 0 … JUMPAVG_MAX);
 * @prev_avg is the average of the group before it, negative for the first.
 */
double jumpavg_bits(const double *v, unsigned int n, double prev_avg);
/*
 * jumpavg_differ - are the samples @a and @b better described as two groups
 * than as one? @ret_saved (may be NULL) is how many bits that saves (negative:
 * costs). None negative; no values don't differ.
 */
bool jumpavg_differ(const double *a, unsigned int na, const double *b, unsigned int nb,
		    double *ret_saved);

#endif
