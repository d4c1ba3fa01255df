/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path_parts.h - a path while it is made, for the files behind path.h only. */
#ifndef KPPS_NET_PATH_PARTS_H
#define KPPS_NET_PATH_PARTS_H

#include "run/net/path.h"

/* Everything that path_up needs on its way. */
struct making {
	const struct path_config *config;
	struct fw_config world;
	u8 mac[PATH_HOPS][6];
	struct path *p;
	struct rtnl *r[PATH_PLACES];	/* as p->netns */
	struct rtnl_link bridge;
};

extern const char *const path_hop_names[PATH_HOPS];

/* What routes: a namespace, and the hop on each side of it. */
struct gateway {
	enum path_place place;
	enum path_hop hop[WORLD_IFS];
};

/* path_gateways - those of a kind, in the order of the hops; *@ret_n 0: nothing routes. */
const struct gateway *path_gateways(enum path_kind kind, unsigned int *ret_n);
/* path_routes_make - addresses, neighbours and routes of every gateway. */
int path_routes_make(struct making *m, struct err *err);
/* path_routes_check - the kernel's own answer for an address of each route. */
int path_routes_check(const struct making *m, struct err *err);

#endif
