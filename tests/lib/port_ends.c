// SPDX-License-Identifier: GPL-2.0-or-later
/* port_ends.c - see port_ends.h. */
#include "tests/lib/port_ends.h"

static int packet_v2_open(int ifindex, u32 slots, u32 frame_max, struct port **ret,
			  struct err *err)
{
	const struct port_packet_config config = { .ifindex = ifindex, .slots = slots,
						   .frame_max = frame_max };

	return port_packet_open(&config, ret, err);
}

static int packet_v3_open(int ifindex, u32 slots, u32 frame_max, struct port **ret,
			  struct err *err)
{
	const struct port_packet_config config = { .ifindex = ifindex, .slots = slots,
						   .frame_max = frame_max, .stamps = true };

	return port_packet_open(&config, ret, err);
}

static int xdp_open(int ifindex, u32 slots, u32 frame_max, struct port **ret, struct err *err)
{
	const struct port_xdp_config config = { .ifindex = ifindex, .slots = slots,
						.frame_max = frame_max, .node = -1 };

	return port_xdp_open(&config, ret, err);
}

static int xdp_busy_open(int ifindex, u32 slots, u32 frame_max, struct port **ret, struct err *err)
{
	const struct port_xdp_config config = { .ifindex = ifindex, .slots = slots,
						.frame_max = frame_max, .node = -1,
						.busy_poll = true, .stamps = true };

	return port_xdp_open(&config, ret, err);
}

const struct port_kind port_kinds[PORT_KINDS] = {
	{ "packet", "packet port", packet_v2_open },
	{ "packet with stamps", "packet port", packet_v3_open },
	{ "xdp", "xdp port", xdp_open },
	{ "xdp with busy polling", "xdp port", xdp_busy_open },
};
