/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ends_parts.h - what ends.c and ends_fill.c share; nobody else includes it. */
#ifndef KPPS_ENDS_PARTS_H
#define KPPS_ENDS_PARTS_H

#include "lib/stream_build.h"
#include "run/ends.h"

/* ends_build_stream - stream @i of the point, for the run that is on. */
int ends_build_stream(const struct ends *e, unsigned int i, struct kpps_stream *ret,
		      struct err *err);
/* ends_next_run - a new run number: stragglers of the trial before are foreign. */
void ends_next_run(struct ends *e);

#endif
