/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_parts.h - what the parts of one report share. report.c makes the
 * struct, plots.c draws, the report_*.c files print; nobody else includes
 * this.
 */
#ifndef KPPS_REPORT_PARTS_H
#define KPPS_REPORT_PARTS_H

#include <stdio.h>

#include "analysis/axes.h"
#include "analysis/results_read.h"

#define REPORT_PLOTS_MAX 40
#define REPORT_FLAGS_MAX 32

struct report_plot {
	char name[64];		/* of the files in plots/ */
	char group[64];		/* panels of one plot share this and stand side by side */
	char title[96];
	char caption[320];	/* what is drawn, what is held fixed */
	u32 flags;		/* of the points in it: bits of report.flag[] */
	bool wide;		/* takes a row of its own */
	bool drawn;		/* there is a picture */
};

struct report {
	const struct res_dir *r;
	struct axes axes;
	enum res_measure measure;	/* of verdict and ladder; RES_MEASURES: none */
	unsigned int nflags;
	const char *flag[REPORT_FLAGS_MAX];	/* every flag of any point */
	u32 common;		/* flags all points have that were begun: said once, not with each figure */
	unsigned int nplots;
	struct report_plot plot[REPORT_PLOTS_MAX];
	char plot_why[ERR_TEXT];	/* why there are none; "" */
};

struct ladder_cell {
	const struct res_point *point;	/* NULL: not in the run */
	double pps, ns;			/* NAN: not measured */
	double step_ns;			/* over the rung before; NAN for the first */
	bool unclear;			/* the ranges of both rungs overlap: it may be noise */
	double share;			/* of the first rung; NAN without it */
};

/* report_families - panels: at least 1. */
unsigned int report_families(const struct report *rep);
/* report_family_name - "IPv4", "IPv6"; "" when the points differ. */
const char *report_family_name(const struct report *rep, unsigned int family);
/*
 * The ladder's columns: each value of the axis beside it, for each family. A
 * column's name is "bundled IPv4", either part of it, or "".
 */
unsigned int report_columns(const struct report *rep);
char *report_column_name(const struct report *rep, unsigned int column, char *buf, size_t size);
/* report_want_column - set the axes of @want that a column decides. */
void report_want_column(const struct report *rep, unsigned int column, int *want);
/* report_ladder - the cell of rung @rung in @column; only with a ladder. */
struct ladder_cell report_ladder(const struct report *rep, unsigned int rung, unsigned int column);
/* report_step - "+3.1", "(+3.1)" when it may be noise, "" when there is none. */
char *report_step(const struct ladder_cell *c, char *buf, size_t size);
/* report_any_unclear - is any step of the ladder in brackets? */
bool report_any_unclear(const struct report *rep);
#define REPORT_UNCLEAR "Steps in brackets may be noise: the ranges of the two figures overlap"
/* report_told_apart - do the ranges of two points' figures lie apart? */
bool report_told_apart(const struct report *rep, const struct res_point *from,
		       const struct res_point *to);
/* report_held - "at 65536 flows", or "" when nothing is held. */
char *report_held(const struct report *rep, const int *want, char *buf, size_t size);
/* report_want - all axes at their reference. */
void report_want(const struct report *rep, int *want);
u32 report_flag_bits(const struct report *rep, const struct res_point *p);
/* report_scale - 1e6 and "Mpps", or 1e3 and "kpps", for figures up to @top. */
double report_scale(double top, const char **ret_unit);

/* plots.c: write every plot's data and script, and draw them; an error only
 * when files can't be written. */
int report_plots(struct report *rep, struct err *err);
/* plots_dist.c: loss over load, latency percentiles. */
int report_plot_loss(struct report *rep, struct err *err);
int report_plot_latency(struct report *rep, struct err *err);

/* report_profile.c: stacked bars, one a point that was profiled. */
int report_plot_profile(struct report *rep, struct err *err);

/* Lines of a panel: which axis they run over, which the panels do. */
struct report_lines {
	int line_axis, panel_axis;	/* or -1 */
	unsigned int lines, panels;
};

/* report_lines - for a plot over axis @x (-1: over none of them). */
struct report_lines report_lines(const struct report *rep, int x);
/* report_line_point - of @line in @panel; other axes as in @want. */
const struct res_point *report_line_point(const struct report *rep, const struct report_lines *l,
					  unsigned int panel, unsigned int line, int *want);
/* report_lines_measure - the figure for lines over axis @x. */
enum res_measure report_lines_measure(const struct report *rep, int x);
/* report_choose_measure - of verdict and ladder. */
enum res_measure report_choose_measure(const struct report *rep);
const char *report_line_name(const struct report *rep, const struct report_lines *l,
			     unsigned int line);

/* A plot on its way to disk. */
struct report_drawing {
	struct report *rep;
	struct report_plot *plot;
	FILE *dat, *gp;
	unsigned int series;		/* blocks in the data so far */
	unsigned int line;		/* colour and shape: the same in all panels */
	enum res_measure measure;	/* of a plot over numbers */
};

/* report_draw_begin - files for the plot "@base-@panel" (without panel: "@base"). */
int report_draw_begin(struct report *rep, const char *base, const char *panel,
		      struct report_drawing *ret_d, struct err *err);
/* report_draw_key - legend above the plot; a title where lines are numbers. */
void report_draw_key(const struct report_drawing *d, const struct report_lines *l);
/* report_draw_end - close and run gnuplot; @keep false: nothing was in it, remove it. */
int report_draw_end(struct report_drawing *d, bool keep, struct err *err);
void report_draw_abort(struct report_drawing *d);

/* verdict.c: the sentence on top. */
void report_verdict(const struct report *rep, char *buf, size_t size);
/* the steps that cost most, or "". */
void report_verdict_steps(const struct report *rep, char *buf, size_t size);

/* The page, in order. */
void report_html_begin(const struct report *rep, FILE *out);
void report_html_caveats(const struct report *rep, FILE *out);
void report_html_ladder(const struct report *rep, FILE *out);
int report_html_plots(const struct report *rep, FILE *out, struct err *err);
int report_html_plot(const struct report *rep, const struct report_plot *p, FILE *out,
		     struct err *err);
void report_html_profile(const struct report *rep, FILE *out);
void report_html_points(const struct report *rep, FILE *out);
void report_html_trials(const struct report *rep, FILE *out);
void report_html_environment(const struct report *rep, FILE *out);
void report_html_method(const struct report *rep, FILE *out);
int report_html_end(const struct report *rep, FILE *out, struct err *err);

#endif
