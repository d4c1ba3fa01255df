// SPDX-License-Identifier: GPL-2.0-or-later
/* target.c - the list of targets. */
#include "fw-under-test/engine/target.h"

#include <string.h>
#include <sys/socket.h>

const struct target_ops *const targets[] = {
	&target_reject, &target_log, &target_mark, &target_connmark, &target_notrack, &target_ct,
	&target_snat, &target_dnat, &target_masquerade, &target_redirect, &target_netmap,
	NULL,
};

const struct target_ops *target_find(const char *name, int family)
{
	u8 bit = family == AF_INET ? EXT_IPV4 : EXT_IPV6;

	for (const struct target_ops *const *t = targets; *t; t++)
		if ((*t)->ext.families & bit && !strcmp((*t)->ext.name, name))
			return *t;
	return NULL;
}
