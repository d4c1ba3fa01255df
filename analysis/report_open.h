/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_open.h - make and free the struct report that report_parts.h
 * describes. @r must outlive it.
 */
#ifndef KPPS_REPORT_OPEN_H
#define KPPS_REPORT_OPEN_H

#include "analysis/results_read.h"

struct report;

int report_open(const struct res_dir *r, struct report **ret_rep, struct err *err);
void report_close(struct report *rep);

#endif
