// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_dut_dummy.c - no DUT: the source sends into a dummy device, which throws all
 * away, so the figure is the source's alone. Nothing arrives anywhere: what the
 * device has counted as sent (tx_packets) stands for what was received.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "run/bed.h"

static int probe(const struct bed_dut_ops *dut __unused, const struct point *p __unused,
		 struct err *err)
{
	static const u8 any_mac[6];
	int netns, rc = netns_scratch(&netns, err);
	struct rtnl *r;

	if (rc)
		return rc;
	rc = rtnl_open(netns, &r, err);
	if (!rc) {
		rc = rtnl_dummy(r, "near", any_mac, 1, 1500, err);
		rtnl_close(r);
	}
	close(netns);
	if (rc == -EOPNOTSUPP)
		return err_set(err, rc, "this kernel makes no dummy devices: it needs CONFIG_DUMMY, or its module: modprobe dummy");
	return rc;
}

static int up(struct bed *n, struct err *err __unused)
{
	bed_say(n, "no DUT: frames end in a dummy device; received is its own counter of frames sent (tx_packets): there are no signatures to read, so no latency, order or duplicates\n");
	return 0;
}

static void down(struct bed *n __unused)
{
}

static int flush(struct bed *n __unused, struct err *err __unused)
{
	return 0;
}

static int count(struct bed *n __unused, struct bed_counts *ret, struct err *err __unused)
{
	*ret = (struct bed_counts){ 0 };
	return 0;
}

const struct bed_dut_ops bed_dut_dummy = {
	.name = "dummy",
	.help = "nothing: the source alone, into a device that throws all away",
	.path = PATH_DUMMY,
	.probe = probe,
	.up = up,
	.down = down,
	.flush = flush,
	.count = count,
};
