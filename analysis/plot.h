/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plot.h - run gnuplot on a script in a results directory, and put the picture
 * it made into a page. A plot NAME is plots/NAME.dat (tab-separated, '#' lines
 * say what is what), plots/NAME.gp and plots/NAME.svg; the script's paths are
 * relative to the results directory, so that `gnuplot plots/NAME.gp` there
 * draws it again.
 */
#ifndef KPPS_PLOT_H
#define KPPS_PLOT_H

#include <stdio.h>

#include "lib/compiler.h"
#include "lib/err.h"

#define PLOT_PACKAGE "gnuplot-nox"

struct plot_size {
	unsigned int width, height;
};

/* plot_create - open plots/NAME.@suffix for writing (makes plots/). NULL: @err. */
FILE *plot_create(const char *dir, const char *name, const char *suffix, struct err *err);
/* plot_close - close what plot_create opened; -EIO when not all was written. */
int plot_close(FILE *f, const char *dir, const char *name, struct err *err);
/* plot_preamble - terminal, output, data separator, colours and borders all plots share. */
void plot_preamble(FILE *gp, const char *name, struct plot_size size);
/* plot_string - @text as a gnuplot string, whatever is in it. */
void plot_string(FILE *gp, const char *text);
/* plot_field - @text as a field of a .dat file. */
void plot_field(FILE *dat, const char *text);
/*
 * plot_run - gnuplot plots/NAME.gp in @dir, ended after 20 s. -ENOENT with the
 * package to install when there is no gnuplot, -ETIME, -EIO with what it said.
 */
int plot_run(const char *dir, const char *name, struct err *err);
/*
 * plot_inline - copy plots/NAME.svg into a page: identifiers made unique,
 * colours replaced by the page's variables (--ink, --rule, --s1 … --s6, --paper),
 * so that one picture serves light and dark.
 */
int plot_inline(FILE *out, const char *dir, const char *name, const char *label, struct err *err);

#define PLOT_SERIES 6
/* plot_colour - "#0072b2": of series @i, repeating. */
const char *plot_colour(unsigned int i);

#endif
