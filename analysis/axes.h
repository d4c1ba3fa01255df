/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * axes.h - what a run varied, read off its points' parameters, so that any
 * scenario gets sensible plots:
 *
 *	ladder	words: forward, conntrack, … full. Bars, in the order of the sweep
 *	number	numbers with or without unit, or one word with numbers
 *		("rules-10", "rules-1000"): a line over a logarithmic axis
 *	family	ipv4, ipv6: side by side in every plot
 *
 * One parameter may be both a ladder and a number: [forward, full, rules-10,
 * rules-100]. A sweep may be several lists, so that a point need not have every
 * parameter: what it has instead is taken from its description (flows, family,
 * ruleset, …), and such a point is the one the others vary.
 */
#ifndef KPPS_AXES_H
#define KPPS_AXES_H

#include "analysis/results_read.h"

#define AXES_MAX 32

enum axis_kind { AXIS_LADDER, AXIS_NUMBER, AXIS_FAMILY };

#define AXIS_TEXT 80

struct axis_value {
	char text[AXIS_TEXT];
	double number;
};

struct axis {
	const char *key;
	enum axis_kind kind;
	char label[64];		/* "flows", "ruleset", "rules" */
	unsigned int prefix;	/* length of "rules-", else 0 */
	unsigned int n;
	unsigned int reference;	/* the value other plots hold this axis at */
	struct axis_value *v;	/* ladder: order of the sweep; number: ascending */
};

struct axes {
	unsigned int n;
	struct axis axis[AXES_MAX];
	int ladder;		/* the ladder that is drawn as bars, or -1 */
	int beside;		/* another ladder, side by side with it in table and bars, or -1 */
	int family;		/* or -1 */
};

int axes_find(const struct res_dir *r, struct axes *ret_axes, struct err *err);
void axes_release(struct axes *a);

/* axis_index - which of the axis' values @p has, or -1. */
int axis_index(const struct axis *axis, const struct res_point *p);
#define AXIS_REFERENCE (-1)

/*
 * axes_point - the point with value @want[i] on axis i (AXIS_REFERENCE: its
 * reference value), or NULL. An axis that shares its parameter with one that
 * was asked for is passed over.
 */
const struct res_point *axes_point(const struct res_dir *r, const struct axes *a, const int *want);
/* axes_held - what the reference values are: "65536 flows, order uniform";
 * of the axes with @want[i] == AXIS_REFERENCE. Returns @buf, "" when none. */
char *axes_held(const struct axes *a, const int *want, char *buf, size_t size);

/*
 * axes_measure - the figure that may stand for all of @n points (NULL ones are
 * passed over): the one most of them have (a search that ended regular counts,
 * one that didn't doesn't), in the order of enum res_measure. RES_MEASURES
 * when nothing was measured.
 */
enum res_measure axes_measure(const struct res_point *const *p, unsigned int n);

#endif
