/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conntrack.h - the kernel's connections in a network namespace (ctnetlink). */
#ifndef KPPS_NET_CONNTRACK_H
#define KPPS_NET_CONNTRACK_H

#include "lib/compiler.h"
#include "lib/err.h"

/* conntrack_flush - forget every connection of @netns, of both families. */
int conntrack_flush(int netns, struct err *err);

#endif
