/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manual.h - the manual pages and the shell completion, written from the
 * tables of the commands and of the scenario keys, so that they can't differ
 * from what the program does.
 */
#ifndef KPPS_MANUAL_H
#define KPPS_MANUAL_H

#include <stdio.h>

void manual_kpps(FILE *out);		/* kpps(1) */
void manual_completion_bash(FILE *out);

#endif
