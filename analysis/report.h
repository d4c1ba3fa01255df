/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - what a results directory (doc/results.md) becomes for a reader:
 * a page with plots, CSV, Markdown. Works on an unfinished run too, and says
 * that it is one.
 */
#ifndef KPPS_REPORT_H
#define KPPS_REPORT_H

#include <stdio.h>

#include "analysis/results_read.h"

/*
 * report_write - read @dir; write report.html and plots/ into it. Without
 * gnuplot the page has tables only and says which package to install.
 */
int report_write(const char *dir, struct err *err);
/* report_write_to - the same with the page at @path; plots stay in @dir. */
int report_write_to(const char *dir, const char *path, struct err *err);

/* One row a point (RFC 4180), figures as they are in summary.json. */
int report_csv(const struct res_dir *r, FILE *out);
/* Verdict, ladder, points and caveats, for an issue or a mail. */
int report_markdown(const struct res_dir *r, FILE *out, struct err *err);

#endif
