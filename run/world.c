// SPDX-License-Identifier: GPL-2.0-or-later
/* world.c - see world.h. */
#include "run/world.h"

#include <string.h>
#include <sys/socket.h>

#define V4(a, b, c, d) { .v6 = { a, b, c, d } }
#define MAC_INSIDE	{ 0x02, 0, 0, 0, 0, 0x10 }	/* the neighbours' */
#define MAC_OUTSIDE	{ 0x02, 0, 0, 0, 0, 0x20 }

static const struct fw_if interfaces[WORLD_IFS] = {
	[WORLD_INSIDE] = {
		.name = "eth0", .mac = { 0x02, 0, 0, 0, 0, 0x01 }, .naddrs4 = 1, .naddrs6 = 1,
		.addr4 = { V4(192, 0, 2, 1) },
		.addr6 = { { .v6 = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1 } } },
	},
	[WORLD_OUTSIDE] = {
		.name = "eth1", .mac = { 0x02, 0, 0, 0, 0, 0x02 }, .naddrs4 = 1, .naddrs6 = 1,
		.addr4 = { V4(203, 0, 113, 1) },
		.addr6 = { { .v6 = { 0x20, 0x01, 0x0d, 0xb8, 0, 2, [15] = 1 } } },
	},
};

static const struct fw_route routes[] = {
	{ AF_INET, 24, WORLD_INSIDE, V4(192, 0, 2, 0), MAC_INSIDE },
	{ AF_INET, 16, WORLD_INSIDE, V4(198, 18, 0, 0), MAC_INSIDE },
	{ AF_INET, 16, WORLD_OUTSIDE, V4(198, 19, 0, 0), MAC_OUTSIDE },
	{ AF_INET, 0, WORLD_OUTSIDE, V4(0, 0, 0, 0), MAC_OUTSIDE },
	{ AF_INET6, 64, WORLD_INSIDE, { .v6 = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 } }, MAC_INSIDE },
	/* 2001:2::/48 is for benchmarks (RFC 5180): its lower half is inside. */
	{ AF_INET6, 49, WORLD_INSIDE, { .v6 = { 0x20, 0x01, 0, 2 } }, MAC_INSIDE },
	{ AF_INET6, 0, WORLD_OUTSIDE, { .v6 = { 0 } }, MAC_OUTSIDE },
};

void world_default(struct fw_config *config)
{
	config->ifs = interfaces;
	config->nifs = WORLD_IFS;
	config->routes = routes;
	config->nroutes = ARRAY_SIZE(routes);
}

int world_if_find(const char *name)
{
	for (int i = 0; i < WORLD_IFS; i++)
		if (!strcmp(interfaces[i].name, name))
			return i;
	return -1;
}

const char *world_if_name(unsigned int index)
{
	return index < WORLD_IFS ? interfaces[index].name : "-";
}
