/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile_sum.h - samples become shares of groups; only profile.c and tests call it. */
#ifndef KPPS_NET_PROFILE_SUM_H
#define KPPS_NET_PROFILE_SUM_H

#include <jansson.h>

#include "lib/compiler.h"
#include "lib/err.h"

struct profile_sum;

int profile_sum_new(const char *kallsyms, struct profile_sum **ret, struct err *err);
void profile_sum_free(struct profile_sum *s);
/* profile_sum_add - one sample: an address of the kernel, or of process @pid. */
void profile_sum_add(struct profile_sum *s, u64 ip, u32 pid, bool user);
void profile_sum_lost(struct profile_sum *s, u64 n);
/* profile_sum_json - samples, idle_ratio, lost and groups into @json; -ENODATA. */
int profile_sum_json(const struct profile_sum *s, json_t *json, struct err *err);

#endif
