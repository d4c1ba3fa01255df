// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_dut_bundled.c - the bundled firewall between two ports in the DUT's
 * namespace, so that it is measured on the path on which the kernel is; and
 * "none", which only passes frames from one port to the other.
 */
#include <errno.h>
#include <string.h>

#include "run/bed.h"

#define DUT_SLOTS	4096

static int open_side(struct bed *n, enum path_hop hop, struct port **ret, struct err *err)
{
	const struct point *p = n->point;
	u32 frame_max = max(bed_frame_max(p) + BUNDLED_ANSWER_ROOM, BUNDLED_FRAME_LEAST);
	u32 slots = p->dut.ring ? p->dut.ring : DUT_SLOTS;
	int ifindex = n->path.link[hop].ifindex, rc;

	if (strcmp(p->dut.port, "packet") != 0) {
		const struct port_xdp_config config = {
			.ifindex = ifindex,
			.slots = slots,
			.frame_max = frame_max,
			.node = topo_node_of(&n->topo, n->place.dut_cpu[0]),
		};

		rc = port_xdp_open(&config, ret, err);
		if (!rc)
			bed_say(n, "%s by AF_XDP, %s\n", n->path.link[hop].name,
				  port_xdp_mode(*ret));
		if (!rc || strcmp(p->dut.port, "auto") != 0)
			return rc;
	}
	rc = port_packet_open(&(struct port_packet_config){
		.ifindex = ifindex, .slots = slots, .frame_max = frame_max }, ret, err);
	if (!rc)
		bed_say(n, "%s by AF_PACKET\n", n->path.link[hop].name);
	return rc;
}

static int open_sides(struct bed *n, struct err *err)
{
	int rc = open_side(n, HOP_IN, &n->dut_port[SIDE_NEAR], err);

	return rc ? rc : open_side(n, HOP_OUT, &n->dut_port[SIDE_FAR], err);
}

static const struct poller_ops dut_poller = {
	.step = bundled_step,
	.begin = bundled_begin,
	.end = bundled_end,
};

static int bundled_up(struct bed *n, struct err *err)
{
	struct bundled *b = &n->bundled;
	unsigned int i;
	int rc = bed_in(n->path.netns[PATH_DUT], open_sides, n, err);

	if (rc)
		return rc;
	for (i = 0; i < SIDES; i++)
		b->in[i] = b->out[i] = n->dut_port[i];
	b->clk = &n->clk;
	rc = bundled_init(b, n->point, topo_node_of(&n->topo, n->place.dut_cpu[0]), err);
	if (rc || n->place.dut_shared || n->point->placement == PLACEMENT_SAME)
		return rc;
	rc = poller_init(&n->dut_thread, &dut_poller, b, &n->topo, n->place.dut_cpu[0], err);
	n->dut_threads = !rc;
	return rc;
}

static void bundled_down(struct bed *n)
{
	unsigned int i;

	if (n->dut_threads)
		poller_release(&n->dut_thread);
	n->dut_threads = false;
	bundled_release(&n->bundled);
	for (i = 0; i < SIDES; i++) {
		port_close(n->dut_port[i]);
		n->dut_port[i] = NULL;
	}
}

static int flush(struct bed *n, struct err *err __unused)
{
	bundled_flush(&n->bundled);
	return 0;
}

static int count(struct bed *n, struct bed_counts *ret, struct err *err __unused)
{
	struct fw_stats s;

	bundled_stats(&n->bundled, &s);
	*ret = (struct bed_counts){
		.connections = s.ct_count,
		.early_drop = s.ct_early_drop,
		.dropped = s.dropped + n->bundled.no_room,
		.created = s.ct_created,
		.expired = s.ct_expired,
		.tells_created = true,
	};
	return 0;
}

static void *step_arg(struct bed *n)
{
	return &n->bundled;
}

#define IN_PROCESS(n, h) \
	.name = n, .help = h, .path = PATH_BARE, .up = bundled_up, .down = bundled_down, \
	.flush = flush, .count = count, .step = bundled_step, .step_arg = step_arg

const struct bed_dut_ops bed_dut_bundled = {
	IN_PROCESS("bundled", "the firewall that comes with kpps, between two ports"),
};
const struct bed_dut_ops bed_dut_none = {
	IN_PROCESS("none", "frames pass from one port to the other in this process"),
};
