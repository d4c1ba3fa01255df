// SPDX-License-Identifier: GPL-2.0-or-later
/* watch.c - see watch.h. */
#include "run/watch.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/units.h"

#define TICK_NS 1000000000ULL

void watch_begin(struct watch *w, const char *verb)
{
	u64 now = clk_monotonic_ns();

	*w = (struct watch){ .verb = verb, .tty = isatty(STDERR_FILENO), .start_ns = now,
			     .last_ns = now };
}

bool watch_tick(struct watch *w, u64 frames)
{
	u64 now = clk_monotonic_ns(), ns = now - w->last_ns;
	char rate[32];

	if (ns < TICK_NS)
		return false;
	units_print(UNIT_RATE, (double)(frames - w->frames) * 1e9 / (double)ns, rate, sizeof(rate));
	if (w->tty) {
		fprintf(stderr, "\r\033[K%llu s  %s %llu  %s",
			(unsigned long long)((now - w->start_ns) / TICK_NS), w->verb,
			(unsigned long long)frames, rate);
		fflush(stderr);
	}
	w->last_ns = now;
	w->frames = frames;
	return true;
}

void watch_end(const struct watch *w)
{
	if (w->tty)
		fputs("\r\033[K", stderr);
}
