/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * visit.h - look into a network namespace without going there: a thread of its
 * own enters it, calls a function and ends, while the caller's thread stays
 * where it is. Any thread may call it. In the visitor, /proc/self is the caller's
 * main thread: paths go by /proc/thread-self.
 */
#ifndef KPPS_NET_VISIT_H
#define KPPS_NET_VISIT_H

#include "lib/err.h"

/* netns_visit - what @look returned; -EPERM with the cure. @netns -1: the caller's. */
int netns_visit(int netns, int (*look)(void *arg, struct err *err), void *arg, struct err *err);

#endif
