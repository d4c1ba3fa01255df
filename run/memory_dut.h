/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_dut.h - the DUT of the memory testbed: the bundled firewall between two
 * pairs of ports, near (eth0) and far (eth1), or, without a firewall, a copy from one to the other. memory_dut_step is what its thread
 * repeats; everything else is called while that thread stands still.
 */
#ifndef KPPS_MEMORY_DUT_H
#define KPPS_MEMORY_DUT_H

#include "fw-under-test/engine/fw.h"
#include "lib/clock.h"
#include "lib/port.h"
#include "run/point.h"
#include "run/world.h"

/* near is the world's inside */
enum { SIDE_NEAR = WORLD_INSIDE, SIDE_FAR = WORLD_OUTSIDE, SIDES = WORLD_IFS };

struct memory_dut {
	struct port *in[SIDES], *out[SIDES];	/* borrowed */
	const struct clk *clk;			/* borrowed */
	struct fw *fw;				/* NULL: no firewall, frames pass */
	struct fw_worker *worker;
	u64 no_room;		/* frames for which the port out was full */
	unsigned int idle;	/* steps without a frame */
};

/*
 * memory_dut_init - make the firewall of @p and load its ruleset for the
 * families its streams have. Ports and clock are set by the caller.
 */
int memory_dut_init(struct memory_dut *d, const struct point *p, int node, struct err *err);
void memory_dut_release(struct memory_dut *d);

int memory_dut_step(void *dut);
void memory_dut_begin(void *dut);
void memory_dut_end(void *dut);

/* memory_dut_stats - zeros without a firewall; expires what is due first. */
void memory_dut_stats(struct memory_dut *d, struct fw_stats *ret);
void memory_dut_flush(struct memory_dut *d);

#endif
