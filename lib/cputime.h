/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cputime.h - how long a thread had a CPU, and how long it waited for one while it
 * could have run (/proc/PID/schedstat, nanoseconds). Zeros where the kernel keeps
 * no such account (CONFIG_SCHED_INFO). Any thread.
 */
#ifndef KPPS_CPUTIME_H
#define KPPS_CPUTIME_H

#include <sys/types.h>

#include "lib/compiler.h"

struct cputime {
	u64 run_ns, wait_ns;
};

/* cputime_self - of the calling thread. */
void cputime_self(struct cputime *ret);
/* cputime_of - of thread @pid; zeros when there is none. */
void cputime_of(pid_t pid, struct cputime *ret);

#endif
