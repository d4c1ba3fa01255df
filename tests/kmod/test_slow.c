// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_slow.c - consumers that hold frames for long: each frame is still what it was
 * when it is looked at. A NIC (virtio, eth0; what it sends arrives at eth1) takes the
 * module's recycled buffers; a tap that nobody reads and a qdisc that delays get
 * fresh ones. A buffer that is written before it came back shows as a wrong frame.
 * Runs in a virtual machine (in_vm).
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kmod/capture.h"
#include "tests/kmod/client.h"

#define FRAMES	6000
#define ROOM	(64 << 20)

static struct client c;
static struct kpps_stream stream;

/* Send FRAMES, and only then look at them. @ret_recycled: of them in buffers that came back. */
static bool held_and_right(const char *from, const char *at, u32 way, u64 *ret_recycled)
{
	static u8 frame[2048], want[2048], have[FRAMES];
	int fd = capture_open(device_index(at), 0, ROOM);
	unsigned int seen = 0, wrong = 0, len;
	struct kpps_sig sig;
	u32 id;
	int ret;

	memset(have, 0, sizeof(have));
	ret = gen_new(&c, device_index(from), way, &id);
	ret |= gen_plan_count(&c, id, FRAMES, 64);
	ret |= gen_stream(&c, id, 0, &stream, 0);
	ret |= gen_lane(&c, id, 0, 0, 20000, 0);
	ret |= gen_call(&c, KPPS_GEN_CMD_GEN_START, id);
	ret |= gen_wait(&c, id, 30000);
	*ret_recycled = client_get(&c, KPPS_GEN_A_RECYCLED, 0);
	if (ret || client_get(&c, KPPS_GEN_A_SENT, 0) != FRAMES)
		printf("# run: %d, sent %llu\n", ret,
		       (unsigned long long)client_get(&c, KPPS_GEN_A_SENT, 0));
	while (seen < FRAMES && (len = capture_next(fd, frame, sizeof(frame), 3000))) {
		/* what else a device gets is not ours */
		if (len != stream.sizes[0].len || !kpps_sig_read(frame + stream.payload_off, 18, &sig))
			continue;
		/* each of them once; the order is the emulated network's affair */
		if (sig.index >= FRAMES || have[sig.index]++ ||
		    kpps_frame_make(&stream, sig.index, sig.time, want) != len ||
		    memcmp(want, frame, len))
			wrong++;
		seen++;
	}
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id);
	close(fd);
	if (seen != FRAMES || wrong)
		printf("# %u seen, %u of them wrong\n", seen, wrong);
	return !ret && seen == FRAMES && !wrong;
}

int main(void)
{
	struct stream_spec spec;
	struct err err;
	u64 recycled;
	bool good;

	plan(4);
	stream_spec_default(&spec);
	spec.sizes[0] = 128;
	if (stream_build(&spec, &stream, &err))
		return 99;
	run("for d in eth0 eth1; do echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6; "
	    "/ip link set $d up promisc on; done; sleep 1");
	run("/ip link add v0 type veth peer name v1");
	run("for d in v0 v1; do echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6; /ip link set $d up; done");
	client_open(&c);
	good = held_and_right("eth0", "eth1", KPPS_GEN_WAY_QUEUE, &recycled);
	ok(good, "a NIC sends every frame as it was made");
	ok(recycled > FRAMES / 2 && recycled < FRAMES, "in buffers that came back: %llu of %u",
	   (unsigned long long)recycled, FRAMES);
	ok(held_and_right("v0", "v1", KPPS_GEN_WAY_QUEUE, &recycled),
	   "what a tap holds stays as it was");
	run("/tc qdisc add dev v0 root netem delay 400ms limit 100000");
	ok(held_and_right("v0", "v1", KPPS_GEN_WAY_QDISC, &recycled),
	   "what a qdisc holds stays as it was");
	client_close(&c);
	return 0;
}
