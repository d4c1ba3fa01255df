/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_groups.h - which part of the kernel's work a function belongs to, by
 * the beginning of its name. Constant tables; any thread.
 */
#ifndef KPPS_NET_PROFILE_GROUPS_H
#define KPPS_NET_PROFILE_GROUPS_H

#include "lib/compiler.h"

enum profile_group {	/* in the order in which reports show them */
	PROFILE_DRIVER, PROFILE_XDP, PROFILE_CORE, PROFILE_QDISC, PROFILE_BRIDGE, PROFILE_IP,
	PROFILE_XFRM, PROFILE_CONNTRACK, PROFILE_NAT, PROFILE_HOOKS, PROFILE_TABLES, PROFILE_NFT,
	PROFILE_ALLOC, PROFILE_LOCKS, PROFILE_SOCKETS, PROFILE_MITIGATIONS, PROFILE_SCHED,
	PROFILE_OTHER, PROFILE_USER,
	PROFILE_IDLE,	/* no work: its samples are not among those that shares are of */
	PROFILE_GROUPS
};

/* profile_group_name - "driver and veth" */
const char *profile_group_name(enum profile_group g);
/* profile_group_of - of the kernel function @symbol: the longest prefix in the table. */
enum profile_group profile_group_of(const char *symbol);

#endif
