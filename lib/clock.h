/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock.h - nanoseconds for pacing and latency. Where the CPU has an invariant
 * TSC the clock reads it and scales by a multiplication calibrated against
 * CLOCK_MONOTONIC_RAW; otherwise it is that clock itself. Both ends of a
 * measurement in one process use one struct clk, calibrated once, so their
 * times compare. Read-only after clk_init; any thread may read it.
 */
#ifndef KPPS_CLOCK_H
#define KPPS_CLOCK_H

#include "lib/compiler.h"

struct clk {
	u64 base_ticks;
	u64 base_ns;
	u64 mult;	/* ns = (ticks × mult) >> 32; 0: the system clock */
	u64 error_ppb;
	bool monotonic;	/* the system clock is CLOCK_MONOTONIC, as BPF's */
};

/*
 * clk_init - choose and calibrate; takes about 20 ms with a TSC. @force_system
 * asks for CLOCK_MONOTONIC_RAW. Never fails: the system clock always works.
 */
void clk_init(struct clk *c, bool force_system);
/*
 * clk_init_monotonic - CLOCK_MONOTONIC: the only clock that BPF programs and this
 * process have in common. It is adjusted (slewed) where time is synchronised.
 */
void clk_init_monotonic(struct clk *c);
/* "tsc", "monotonic_raw" or "monotonic" */
const char *clk_name(const struct clk *c);
/* Calibration error bound in parts per billion, measured by clk_init. */
u64 clk_error_ppb(const struct clk *c);

u64 clk_system_ns(void);	/* CLOCK_MONOTONIC_RAW */
u64 clk_monotonic_ns(void);	/* CLOCK_MONOTONIC */

static inline u64 clk_ns(const struct clk *c)
{
#ifdef __x86_64__
	if (likely(c->mult)) {
		u64 t = __builtin_ia32_rdtsc() - c->base_ticks;

		return c->base_ns + (u64)(((unsigned __int128)t * c->mult) >> 32);
	}
#endif
	return unlikely(c->monotonic) ? clk_monotonic_ns() : clk_system_ns();
}

#endif
