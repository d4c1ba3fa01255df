/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgset_parts.h - inside the reader of scripts for pktgen: pgset.c (statements) and
 * pgset_order.c (what they tell pktgen). A struct pgset_reader lives as long as
 * pgset_read.
 */
#ifndef KPPS_PGSET_PARTS_H
#define KPPS_PGSET_PARTS_H

#include "run/pgset_shell.h"

#define PGSET_CTRL_FILE		"pgctrl"
#define PGSET_THREAD_FILE	"kpktgend_"

struct pgset_reader {
	struct shell sh;
	pgset_note note;
	void *arg;
	struct pgset_plan *plan;
	bool over;		/* exit was read */
	struct err *err;
};

#define pgset_fail(r, at, ...) shell_error((r)->sh.name, at, -EINVAL, (r)->err, __VA_ARGS__)

/* pgset_target - what kind of file in /proc/net/pktgen @file is; a thread's number, else -1. */
enum pgset_target pgset_target(const char *file, int *ret_thread);
/* pgset_order - @text, such as "pkt_size 60", written to @file of /proc/net/pktgen. */
int pgset_order(struct pgset_reader *r, struct pgset_place at, const char *text, const char *file);

#endif
