/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bundled.h - the bundled firewall as a DUT between two pairs of ports, near
 * (eth0) and far (eth1), or, without a firewall, a copy from one to the other.
 * bundled_step is what its thread repeats; everything else is called while that
 * thread stands still.
 */
#ifndef KPPS_BUNDLED_H
#define KPPS_BUNDLED_H

#include "fw-under-test/engine/fw.h"
#include "lib/clock.h"
#include "lib/port.h"
#include "run/point.h"
#include "run/world.h"

/* near is the world's inside */
enum { SIDE_NEAR = WORLD_INSIDE, SIDE_FAR = WORLD_OUTSIDE, SIDES = WORLD_IFS };

/* What its ports must have room for: an answer (REJECT, an ICMP error) needs so
 * much beyond the frame it answers, and so much in all. */
#define BUNDLED_ANSWER_ROOM	64u
#define BUNDLED_FRAME_LEAST	128u

struct bundled {
	struct port *in[SIDES], *out[SIDES];	/* borrowed */
	const struct clk *clk;			/* borrowed */
	struct fw *fw;				/* NULL: no firewall, frames pass */
	struct fw_worker *worker;
	u64 no_room;		/* frames for which the port out was full */
	unsigned int idle;	/* steps without a frame */
};

/*
 * bundled_init - make the firewall of @p and load its ruleset for the
 * families its streams have. Ports and clock are set by the caller.
 */
int bundled_init(struct bundled *d, const struct point *p, int node, struct err *err);
void bundled_release(struct bundled *d);

int bundled_step(void *dut);
void bundled_begin(void *dut);
void bundled_end(void *dut);

/* bundled_stats - zeros without a firewall; expires what is due first. */
void bundled_stats(struct bundled *d, struct fw_stats *ret);
void bundled_flush(struct bundled *d);

#endif
