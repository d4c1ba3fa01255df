/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scenario.h - inside the scenario reader: the steps from text to plan.
 *
 *	tree_parse (tree.c)  -> tree
 *	sets_apply (sets.c)  -> the tree with --set applied
 *	sweep_expand (sweep.c) -> a tree for each point
 *	point_map (mapping.c, goals_read.c) -> struct point
 *	plan_read (scenario.c) does these in turn
 *
 * Every step goes on after a problem as far as it makes sense, so that all of
 * them are reported; the reporter drops a sentence it has already passed on.
 */
#ifndef KPPS_SCENARIO_H
#define KPPS_SCENARIO_H

#include "run/keys.h"
#include "run/point.h"
#include "run/tree.h"

#define PLAN_POINTS_MAX	1024

struct reporter {
	plan_report_fn report;
	void *arg;
	char **seen;
	unsigned int n, room;
	bool no_memory;
};

/* reporter_tell - pass @sentence on once; @suffix is added but not compared. */
void reporter_tell(struct reporter *r, const char *sentence, const char *suffix);
/* reporter_at - the same with the place of @at (of its key when @key) in front. */
void reporter_at(struct reporter *r, const struct node *at, bool key, const char *fmt, ...)
	__printf(4, 5);
void reporter_release(struct reporter *r);

int sets_apply(struct tree *t, const char *const *sets, unsigned int nsets, struct reporter *r);

/* A point before it is read: its tree, what was swept, its name. */
struct draft {
	struct tree *tree;	/* without sweep */
	char name[RECORD_NAME];
	unsigned int nparams;
	struct point_param param[POINT_PARAMS_MAX];
};

/*
 * sweep_expand - @t's sweep into drafts (at least one, without sweep). The
 * caller frees them with drafts_free, also after an error.
 */
int sweep_expand(const struct tree *t, struct reporter *r, struct draft **ret_drafts,
		 unsigned int *ret_n);
void drafts_free(struct draft *drafts, unsigned int n);
/* sweep_path_check - may @path be set or swept? Reports at @at when not. */
bool sweep_path_check(const struct tree *t, const char *path, const struct node *at,
		      struct reporter *r);

/* point_map - read one point; problems go to @r. @plan gets name and question. */
void point_map(const struct draft *d, struct plan *plan, struct point *ret_point,
	       struct reporter *r);
/* check_wire - what testbed wire wants of a point; wire_keys.c. */
void check_wire(const struct draft *d, const struct point *p, struct reporter *r);
/* check_vm - what testbed vm wants of a point; vm_keys.c. */
void check_vm(const struct draft *d, const struct point *p, struct reporter *r);
/* map_section - every child of @map, whose path in the table is @pattern, into @target. */
void map_section(const struct node *map, const char *pattern, void *target, struct reporter *r);
/* goals_map - @goals (NULL: the default) into @p, attributes from its preset. */
void goals_map(const struct node *goals, struct point *p, struct reporter *r);

#endif
