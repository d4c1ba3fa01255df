/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_net.h - the DUT's routes in the memory testbed. Interfaces and their
 * addresses are those of world.h, which the rulesets are written for; inside
 * are the sources of the point's streams, wherever a scenario puts them,
 * outside is everything else.
 */
#ifndef KPPS_MEMORY_NET_H
#define KPPS_MEMORY_NET_H

#include "fw-under-test/engine/fw.h"
#include "run/point.h"

/* A range of 2^32 consecutive addresses falls into at most 2 × 32 prefixes. */
#define MEMORY_NET_ROUTES (64 * POINT_STREAMS_MAX + 2)

struct memory_net {
	unsigned int nroutes;
	struct fw_route route[MEMORY_NET_ROUTES];
};

/* memory_net_build - -EINVAL when a stream's destination lies among the sources. */
int memory_net_build(struct memory_net *net, const struct point *p, struct err *err);

#endif
