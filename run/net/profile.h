/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile.h - where the CPU time of given CPUs goes: samples of the instruction
 * pointer (perf_event_open), named by /proc/kallsyms, summed by function group
 * (profile_groups.h).
 *
 * The event is the hardware's cycles where there are such counters, else the
 * CPU clock; which one is said. The CPU clock is a timer: code that runs with
 * interrupts off is charged where they come on again.
 *
 * Life: profile_start, the load, profile_stop; profile_free in any case. The
 * buffer is read at the end only, so that sampling costs the measured CPUs one
 * interrupt a sample and nothing else. One thread.
 */
#ifndef KPPS_NET_PROFILE_H
#define KPPS_NET_PROFILE_H

#include <jansson.h>

#include "lib/compiler.h"
#include "lib/err.h"

#define PROFILE_CPUS_MAX 256

struct profile;

struct profile_config {
	const int *cpus;	/* the DUT's */
	unsigned int ncpus;
	unsigned int frequency;	/* samples a second and CPU; 0: 1999 */
	u64 duration_ns;	/* how long it will last, for the size of the buffer; 0: 10 s */
	const char *kallsyms;	/* NULL: /proc/kallsyms */
};

/*
 * profile_start - -EACCES: no rights, -ENODEV: no such CPU, -EINVAL, with the
 * cure. Also fails when the kernel hides its addresses: names would be missing.
 */
int profile_start(const struct profile_config *config, struct profile **ret, struct err *err);
/*
 * profile_stop - end it, and a new reference to doc/results.md's `profile` object.
 * @packets that the CPUs forwarded meanwhile, 0: unknown; for cycles and instructions
 * a packet. To be called once. -ENODATA: not one sample.
 */
int profile_stop(struct profile *p, u64 packets, json_t **ret, struct err *err);
void profile_free(struct profile *p);

#endif
