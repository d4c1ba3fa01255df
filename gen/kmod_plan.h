/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmod_plan.h - a plan in the messages of the module kpps_gen: requests that
 * genl_begin has begun get their attributes. No sockets; gen/kmod_source.c sends
 * them, a test reads them.
 */
#ifndef KPPS_KMOD_PLAN_H
#define KPPS_KMOD_PLAN_H

#include "gen/kernel_source.h"
#include "gen/schedule.h"
#include "lib/kmod.h"

/* GEN_NEW: on CPU and transmit queue number @i of what there is. */
void kmod_put_new(struct nlmsghdr *m, const struct kernel_source_config *config, unsigned int i,
		  unsigned int queues);
/*
 * GEN_PLAN: generator @i of @n; @config with its burst and times, @count what
 * kmod_count says.
 */
void kmod_put_plan(struct nlmsghdr *m, u32 id, unsigned int i, unsigned int n,
		   const struct source_config *config, u64 count);
void kmod_put_stream(struct nlmsghdr *m, u32 id, unsigned int number,
		     const struct source_stream *stream);
void kmod_put_lane(struct nlmsghdr *m, u32 id, unsigned int number,
		   const struct schedule_lane *lane);
/* Of @count frames those of generator @i of @n. */
u64 kmod_count(u64 count, unsigned int i, unsigned int n);

#endif
