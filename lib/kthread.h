/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kthread.h - threads of the kernel's, by their names in /proc: "ksoftirqd/1",
 * "napi/eth0-8193". Any thread.
 */
#ifndef KPPS_KTHREAD_H
#define KPPS_KTHREAD_H

#include <sys/types.h>

#include "lib/compiler.h"

/*
 * kthreads_find - those called @name, or, when not @whole, whose name begins so;
 * @ret gets the first @max of them. Names longer than 15 bytes are cut off.
 */
unsigned int kthreads_find(const char *name, bool whole, pid_t *ret, unsigned int max);

#endif
