/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * environment.h - the machine and the program a run was measured with, as the
 * JSON of environment.json (doc/results.md). Reads /proc and /sys, asks drivers
 * by ethtool and tools for their versions; changes nothing. What can't be read
 * is null. The id is a hash of the part that should be equal between two runs
 * that are compared.
 */
#ifndef KPPS_ENVIRONMENT_H
#define KPPS_ENVIRONMENT_H

#include <jansson.h>

#include "lib/clock.h"
#include "run/point.h"

#define ENVIRONMENT_ID 17	/* 16 hex digits */

/* environment_capture - a new reference; NULL only without memory. */
json_t *environment_capture(const struct plan *plan, const struct clk *clk);
/* environment_id - of the object's "stable" part, into @ret. */
void environment_id(const json_t *environment, char ret[ENVIRONMENT_ID]);
/* environment_add - what a testbed knows, into "stable"; takes @value, renews the id. */
void environment_add(json_t *environment, const char *key, json_t *value);

/*
 * environment_interfaces - of the links @names (NULL ends) in namespace @netns (fd,
 * -1: the caller's): driver, firmware, queues, rings, offloads, RSS, IRQs. A new
 * object, name → object; null for a link that isn't there.
 */
json_t *environment_interfaces(const char *const *names, int netns);
/* environment_sysctls - the values of @names (dots, NULL ends) as seen in @netns;
 * null for what this kernel hasn't got. */
json_t *environment_sysctls(const char *const *names, int netns);
/* Those that all namespaces share, and those of a DUT's own; NULL ends. */
extern const char *const environment_host_sysctls[], *const environment_dut_sysctls[];

#endif
