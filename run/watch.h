/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.h - how far sending or receiving by hand is: on a terminal a line on stderr,
 * written over each second. One thread, best not the one that is measured.
 */
#ifndef KPPS_WATCH_H
#define KPPS_WATCH_H

#include "lib/compiler.h"

struct watch {
	const char *verb;	/* "sent", "received" */
	bool tty;
	u64 start_ns, last_ns;	/* CLOCK_MONOTONIC */
	u64 frames;		/* at the last line */
};

void watch_begin(struct watch *w, const char *verb);
/* watch_tick - call it some times a second; true once a second, after the line. */
bool watch_tick(struct watch *w, u64 frames);
/* watch_end - the line goes. */
void watch_end(const struct watch *w);

#endif
