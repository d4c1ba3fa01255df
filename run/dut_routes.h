/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dut_routes.h - the DUT's routes for a point. Interfaces and their addresses
 * are those of world.h, which the rulesets are written for; inside are the
 * sources of the point's streams, wherever a scenario puts them, outside is
 * everything else.
 */
#ifndef KPPS_DUT_ROUTES_H
#define KPPS_DUT_ROUTES_H

#include "fw-under-test/engine/fw.h"
#include "run/point.h"

/* A range of 2^32 consecutive addresses falls into at most 2 × 32 prefixes. */
#define DUT_ROUTES_MAX (64 * POINT_STREAMS_MAX + 2)

struct dut_routes {
	unsigned int nroutes;
	struct fw_route route[DUT_ROUTES_MAX];
};

/* dut_routes_build - -EINVAL when a stream's destination lies among the sources. */
int dut_routes_build(struct dut_routes *net, const struct point *p, struct err *err);

#endif
