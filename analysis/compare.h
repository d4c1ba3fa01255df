/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare.h - what changed between two results directories: a verdict for each
 * figure of each point, which says no more than the spread of the trials
 * allows. Points are matched by their parameters.
 *
 * MRR is compared by its trials: a change counts when their means lie further
 * apart than Welch's interval at 95 % and minimum description length (jumpavg)
 * sees two groups. NDR, PDR and throughput are compared by their bounds, moved
 * apart by the standard deviation of the point's MRR trials where there are
 * some, because a search that is run again does not end at the same load.
 *
 * A change is blamed on the DUT only when the machines are the same: stable
 * environments that differ in anything but what may itself be under test
 * (kpps, kernel, rulesets, libraries, tools, the sysctls of the DUT's namespace) refuse
 * the words regression and improvement.
 */
#ifndef KPPS_COMPARE_H
#define KPPS_COMPARE_H

#include <stdio.h>

#include "analysis/results_read.h"

enum compare_verdict {
	COMPARE_SAME,		/* no change: none larger than the threshold would have hidden */
	COMPARE_REGRESSION,
	COMPARE_IMPROVEMENT,
	COMPARE_NOISY,		/* can't be told */
	COMPARE_CHANGED,	/* differs, but so do the machines */
	COMPARE_MISSING,	/* measured in A, not in B: B is not a full run */
	COMPARE_NEW,		/* measured in B only */
	COMPARE_VERDICTS
};

struct compare_opts {
	double threshold;	/* smallest change that counts, relative; 0.02 */
	bool force;		/* judge although the machines differ */
};

struct compare_row {
	const char *name;	/* of the point */
	enum res_measure measure;
	enum compare_verdict verdict;
	double a, b;		/* pps; NAN missing */
	double change;		/* b / a - 1; NAN */
	double detectable;	/* smallest change these trials could have shown; NAN unknown */
	unsigned int na, nb;	/* trials the comparison rests on; 0: bounds */
	bool mdl;		/* mrr: MDL sees two groups */
	char why[160];
};

struct compare_environment {
	char key[96];
	char *a, *b;		/* "missing" when only one has it */
	bool tested;		/* may be what is under test */
};

struct compare {
	const struct res_dir *a, *b;
	struct compare_opts opts;
	unsigned int nrows, nenv;
	struct compare_row *row;
	struct compare_environment *env;
	bool counted;		/* all figures are instructions of guests: no matter which machine */
	bool foreign;		/* the machines differ, or one is unknown; never when counted */
	unsigned int count[COMPARE_VERDICTS];
};

/* compare_make - @a and @b must outlive it. -EINVAL when they share no point. */
int compare_make(const struct res_dir *a, const struct res_dir *b,
		 const struct compare_opts *opts, struct compare **ret_cmp, struct err *err);
void compare_free(struct compare *c);
/* compare_partner - the point of @r with @p's parameters; NULL. */
const struct res_point *compare_partner(const struct res_dir *r, const struct res_point *p);
const char *compare_verdict_name(enum compare_verdict v);	/* "too noisy to say" */

/* compare_print - environments' differences first, then a line a figure, then the sum. */
void compare_print(const struct compare *c, FILE *out);
/* compare_json - {"schema": "kpps-compare-1", …}; a new reference. */
json_t *compare_json(const struct compare *c);

enum compare_outcome {
	COMPARE_PASS,
	COMPARE_FAIL,		/* at least one regression */
	COMPARE_FOREIGN,	/* a change, but between different machines */
	COMPARE_INCOMPLETE,	/* B lacks figures that A has, or they share none */
};
enum compare_outcome compare_outcome(const struct compare *c);

/* compare_dirs - open @a and @b, compare, print to @out (JSON when @json). */
int compare_dirs(const char *a, const char *b, const struct compare_opts *opts, bool json,
		 FILE *out, enum compare_outcome *ret_outcome, struct err *err);

#endif
