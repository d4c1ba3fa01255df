// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clock.c - choosing and calibrating the clock of a measurement. A struct clk
 * belongs to its caller, is written by clk_init alone and only read after it.
 */
#include "lib/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

#define CALIBRATE_NS	(20 * 1000000ULL)
#define CALIBRATE_TRIES	64
/* A worse calibration than this says that something disturbs the TSC. */
#define ERROR_PPB_MAX	100000ULL

static u64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

u64 clk_system_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC_RAW);
}

u64 clk_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

#ifdef __x86_64__

/* One moment seen on both clocks; @width ticks is the doubt about it. */
struct moment {
	u64 ticks, ns, width;
};

static bool cpuid_invariant_tsc(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && d & 1U << 8;
}

static bool kernel_uses_tsc(void)
{
	char name[32] = "";
	FILE *f = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");

	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = '\0';
	fclose(f);
	return !strcmp(name, "tsc\n");
}

/*
 * Guests mostly run on their hypervisor's clock although the TSC would do; the
 * kernel still says whether it is constant and never stops.
 */
static bool kernel_trusts_tsc(void)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	bool trusted = false;
	char line[8192];

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "flags", 5) != 0)
			continue;
		trusted = strstr(line, " constant_tsc") && strstr(line, " nonstop_tsc");
		break;
	}
	fclose(f);
	return trusted;
}

/*
 * The narrowest of many brackets: an interrupt or a trip to the hypervisor
 * between the reads only makes that bracket lose.
 */
static struct moment moment_read(void)
{
	struct moment best = { .width = ~0ULL };

	for (unsigned int i = 0; i < CALIBRATE_TRIES; i++) {
		u64 before = __builtin_ia32_rdtsc();
		u64 ns = clk_system_ns();
		u64 after = __builtin_ia32_rdtsc();

		if (after - before < best.width)
			best = (struct moment){ before + (after - before) / 2, ns, after - before };
	}
	return best;
}

static bool clk_calibrate(struct clk *c)
{
	struct moment from = moment_read(), to;
	u64 ns, ticks, doubt;

	do {
		to = moment_read();
		ns = to.ns - from.ns;
	} while (ns < CALIBRATE_NS);
	ticks = to.ticks - from.ticks;
	if ((s64)ticks <= 0)
		return false;
	c->base_ticks = from.ticks;
	c->base_ns = from.ns;
	c->mult = (u64)(((unsigned __int128)ns << 32) / ticks);
	/* each moment is off by half its width at most, each ns by one */
	doubt = (u64)((unsigned __int128)(from.width + to.width) * ns / ticks / 2) + 2;
	c->error_ppb = doubt * NSEC_PER_SEC / ns + 1;
	return c->mult && c->error_ppb <= ERROR_PPB_MAX;
}

static bool clk_try_tsc(struct clk *c)
{
	return cpuid_invariant_tsc() && (kernel_uses_tsc() || kernel_trusts_tsc()) &&
	       clk_calibrate(c);
}

#else

static bool clk_try_tsc(struct clk *c __unused)
{
	return false;
}

#endif

void clk_init(struct clk *c, bool force_system)
{
	memset(c, 0, sizeof(*c));
	if (force_system || !clk_try_tsc(c))
		memset(c, 0, sizeof(*c));	/* the reference itself has no error */
}

void clk_init_monotonic(struct clk *c)
{
	memset(c, 0, sizeof(*c));
	c->monotonic = true;
}

const char *clk_name(const struct clk *c)
{
	if (c->mult)
		return "tsc";
	return c->monotonic ? "monotonic" : "monotonic_raw";
}

u64 clk_error_ppb(const struct clk *c)
{
	return c->error_ppb;
}
