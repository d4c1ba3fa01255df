/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_check.h - what sources in the kernel check and derive alike, whatever makes
 * the frames there. @who begins each sentence. No state; for gen/ only.
 */
#ifndef KPPS_KERNEL_CHECK_H
#define KPPS_KERNEL_CHECK_H

#include "gen/kernel_source.h"
#include "gen/schedule.h"

/* kernel_check_cpus - of an open: how many there are, and none twice. */
int kernel_check_cpus(const char *who, const struct kernel_source_config *c, struct err *err);
/*
 * kernel_check_plan - of a plan: it has an end, the kernel's clock, streams of this
 * version, bursts of at most @burst_max, and frames of at most @frame_max bytes.
 */
int kernel_check_plan(const char *who, const struct source_config *c, u32 burst_max, u32 frame_max,
		      struct err *err);
/*
 * kernel_check_schedule - @s, which is released first, becomes that of @c; -EOPNOTSUPP
 * when @ncpus can't share it.
 */
int kernel_check_schedule(const char *who, unsigned int ncpus, const struct source_config *c,
			  struct schedule *s, struct err *err);

#endif
