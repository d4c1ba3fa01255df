/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world.h - the network the rulesets in fw-under-test/rulesets are written
 * for, as the bundled firewall sees it:
 *
 *	198.18.0.0/16, 2001:2::/49 -- eth0 [firewall] eth1 -- everything else
 *
 * eth0 is 192.0.2.1 and 2001:db8:1::1, eth1 203.0.113.1 and 2001:db8:2::1.
 * The arrays are static and constant: a config may point to them for ever.
 */
#ifndef KPPS_WORLD_H
#define KPPS_WORLD_H

#include "fw-under-test/engine/fw.h"

enum world_if { WORLD_INSIDE, WORLD_OUTSIDE, WORLD_IFS };

/* world_default - set interfaces and routes of @config, nothing else. */
void world_default(struct fw_config *config);
/* world_if_find - index of interface @name, -1: there is none. */
int world_if_find(const char *name);
const char *world_if_name(unsigned int index);	/* "-" when there is none */

#endif
