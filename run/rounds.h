/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rounds.h - a point that is measured several times, once in each round of the
 * plan, becomes one entry of summary.json. A machine may be faster this minute
 * than the next, by more than what is measured: the trials of one attempt don't
 * see that, rounds do. Pure functions over JSON.
 */
#ifndef KPPS_ROUNDS_H
#define KPPS_ROUNDS_H

#include <jansson.h>

/*
 * rounds_merge - a new entry of the same keys from the entries of @rounds, in the
 * order in which they were measured (at least one). Of those that are done:
 *
 *	mrr_pps, ndr_pps, pdr_pps, throughput_pps	the median: of an even number
 *		the lower of the two in the middle, so that it was measured
 *	their bounds, mrr_min_pps, mrr_max_pps		the outermost; null when a round
 *		has none
 *	mrr_stdev_pps					of all trials
 *	trials, invalid_trials, seconds			the sums
 *	samples, flags, notes				of all; the last two once each
 *	all else					of the median round by ns_per_packet
 *
 * When none is done it is a copy of the last. NULL only without memory.
 */
json_t *rounds_merge(const json_t *rounds);

#endif
