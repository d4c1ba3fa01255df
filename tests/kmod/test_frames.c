// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_frames.c - the module's frames, byte by byte, against lib/stream.h in
 * userspace: random streams, each way, devices that share buffers (eth0, whose
 * frames arrive at eth1) and that don't. Runs in a virtual machine (in_vm).
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kmod/capture.h"
#include "tests/kmod/client.h"
#include "tests/lib/stream_random.h"

#define FRAMES	97	/* of a stream: no multiple of a burst */
#define ROOM	(64 << 20)
#define STREAMS	40

static struct client c;

/* The frame's time stamp: only the signature tells it. */
static u64 stamp_of(const struct kpps_stream *s, const u8 *frame)
{
	struct kpps_sig sig;

	if (!(s->flags & KPPS_F_SIG) || !kpps_sig_read(frame + s->payload_off, KPPS_SIG_LEN, &sig))
		return 0;
	return sig.time;
}

static bool same(const struct kpps_stream *s, u64 index, const u8 *frame, unsigned int len,
		 bool say)
{
	static u8 want[KPPS_FRAME_MAX + 64];
	u32 want_len = kpps_frame_make(s, index, stamp_of(s, frame), want);

	if (len == want_len && !memcmp(want, frame, len))
		return true;
	if (!say)
		return false;
	printf("# frame %llu: length %u, expected %u\n", (unsigned long long)index, len, want_len);
	for (u32 i = 0; i < len && i < want_len; i++)
		if (want[i] != frame[i]) {
			printf("# byte %u is %02x, expected %02x\n", i, frame[i], want[i]);
			break;
		}
	return false;
}

/* Is it the next frame, or one of the others (an emulated network may swap two)? */
static bool expected(const struct kpps_stream *s, u64 first, const u8 *frame, unsigned int len,
		     bool *have, unsigned int seen)
{
	for (unsigned int i = 0; i < FRAMES; i++) {
		unsigned int k = (seen + i) % FRAMES;

		if (!have[k] && same(s, first + k, frame, len, false)) {
			have[k] = true;
			return true;
		}
	}
	return same(s, first + seen, frame, len, true);
}

/* Send FRAMES of @s, and compare what @fd sees with them. */
static bool sent_and_same(const struct kpps_stream *s, int ifindex, u32 way, int fd, u64 first,
			  u32 burst, bool ordered)
{
	static u8 frame[KPPS_FRAME_MAX + 64];
	bool have[FRAMES] = { false };
	unsigned int seen = 0, len;
	bool good = true;
	u32 id;
	int ret;

	ret = gen_new(&c, ifindex, way, &id);
	if (!ret)
		ret = gen_plan_count(&c, id, FRAMES, burst);
	if (!ret)
		ret = gen_stream(&c, id, 0, s, first);
	if (!ret)
		ret = gen_lane(&c, id, 0, 0, 0, 0);
	if (!ret)
		ret = gen_call(&c, KPPS_GEN_CMD_GEN_START, id);
	if (!ret)
		ret = gen_wait(&c, id, 20000);
	if (ret) {
		printf("# request failed: %d %s\n", ret, c.message);
		return false;
	}
	good = client_get(&c, KPPS_GEN_A_SENT, 0) == FRAMES &&
	       client_get(&c, KPPS_GEN_A_REFUSED, 9) == 0;
	while (seen < FRAMES && (len = capture_next(fd, frame, sizeof(frame), 2000))) {
		good = good && (ordered ? same(s, first + seen, frame, len, true) :
					  expected(s, first, frame, len, have, seen));
		seen++;
	}
	if (seen != FRAMES || capture_drops(fd)) {
		printf("# %u of %u frames seen\n", seen, FRAMES);
		good = false;
	}
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id);
	return good && !capture_next(fd, frame, sizeof(frame), 0);
}

static void random_streams(u64 seed, const char *from, const char *at, u32 way, const char *name)
{
	int ifindex = device_index(from), fd = capture_open(device_index(at), 0, ROOM);
	unsigned int good = 0;
	struct stream_spec spec;
	struct kpps_stream s;

	for (unsigned int i = 0; i < STREAMS; i++) {
		u64 first = random64(&seed) & KPPS_INDEX_MASK;

		random_stream(&seed, &spec, &s);
		if (sent_and_same(&s, ifindex, way, fd, i % 2 ? first : 0,
				  (u32)random_below(&seed, KPPS_GEN_BURST_MAX) + 1,
				  strcmp(from, "eth0") != 0))
			good++;
		else
			printf("# stream %u of seed\n", i);
	}
	close(fd);
	ok(good == STREAMS, "%s: frames of %u random streams are those of userspace", name, STREAMS);
}

/* Lanes and a pattern: each frame once, in each stream's order. */
static void mixed(void)
{
	static u8 frame[KPPS_FRAME_MAX + 64];
	static const u8 pattern[] = { 0, 1, 0, 0, 2 };
	int fd = capture_open(device_index("v1"), 0, ROOM);
	u64 next[4] = { 5, 0, 0, 0 }, seen = 0;
	struct kpps_stream s[4];
	struct stream_spec spec;
	unsigned int len;
	bool good = true;
	struct err err;
	int ret = 0;
	u32 id;

	gen_new(&c, device_index("v0"), KPPS_GEN_WAY_QUEUE, &id);
	gen_plan_count(&c, id, 5000, 33);
	for (unsigned int i = 0; i < 4; i++) {
		stream_spec_default(&spec);
		stream_spec_family(&spec, i % 2 ? AF_INET6 : AF_INET);
		spec.id = (u16)i;
		if (stream_build(&spec, &s[i], &err))
			ret = -1;
		ret |= gen_stream(&c, id, i, &s[i], next[i]);
	}
	client_begin(&c, KPPS_GEN_CMD_GEN_LANE);
	client_u32(&c, KPPS_GEN_A_ID, id);
	client_u32(&c, KPPS_GEN_A_LANE, 0);
	client_add(&c, KPPS_GEN_A_PATTERN, pattern, 2);
	client_add(&c, KPPS_GEN_A_PATTERN, pattern + 2, 3);
	ret |= client_call(&c);
	ret |= gen_lane(&c, id, 7, 3, 50000, 500);
	ret |= gen_call(&c, KPPS_GEN_CMD_GEN_START, id);
	ret |= gen_wait(&c, id, 20000);
	good = !ret;
	while (seen < 5000 && (len = capture_next(fd, frame, sizeof(frame), 2000))) {
		struct kpps_sig sig;
		u32 at = frame[12] == 0x08 ? 42 : 62;

		if (!kpps_sig_read(frame + at, len - at, &sig) || sig.stream > 3) {
			good = false;
			break;
		}
		good = good && same(&s[sig.stream], next[sig.stream]++, frame, len, true);
		seen++;
	}
	ok(good && seen == 5000, "a pattern and a lane: every stream's frames once, in order");
	/* what the pattern says, to within a round */
	ok(next[3] <= 500 && next[0] - 5 >= 3 * next[1] - 3 && next[0] - 5 <= 3 * next[1] + 3 &&
		   next[1] + 1 >= next[2] && next[2] + 1 >= next[1],
	   "streams of a pattern get their shares: %llu %llu %llu %llu",
	   (unsigned long long)next[0] - 5, (unsigned long long)next[1],
	   (unsigned long long)next[2], (unsigned long long)next[3]);
	for (u32 i = 0; i < 4; i++) {
		client_begin(&c, KPPS_GEN_CMD_GEN_STREAM_GET);
		client_u32(&c, KPPS_GEN_A_ID, id);
		client_u32(&c, KPPS_GEN_A_STREAM, i);
		good = good && !client_call(&c) &&
		       client_get(&c, KPPS_GEN_A_NEXT_INDEX, 99) == next[i] &&
		       client_get(&c, KPPS_GEN_A_SENT, 99) == next[i] - (i ? 0 : 5) &&
		       client_get(&c, KPPS_GEN_A_BYTES, 99) ==
			       (next[i] - (i ? 0 : 5)) * s[i].sizes[0].len;
	}
	ok(good, "GEN_STREAM_GET counts what arrived");
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id);
	close(fd);
}

/* Two generators that send every second frame each: together what one would. */
static void strides(void)
{
	static u8 frame[KPPS_FRAME_MAX + 64];
	static bool have[2000];
	int fd = capture_open(device_index("v1"), 0, ROOM), ret = 0;
	struct stream_spec spec;
	struct kpps_stream s;
	unsigned int seen = 0;
	struct err err;
	u32 id[2];

	stream_spec_default(&spec);
	if (stream_build(&spec, &s, &err))
		exit(99);
	for (u32 i = 0; i < 2; i++) {
		ret |= gen_new(&c, device_index("v0"), KPPS_GEN_WAY_QUEUE, &id[i]);
		client_begin(&c, KPPS_GEN_CMD_GEN_PLAN);
		client_u32(&c, KPPS_GEN_A_ID, id[i]);
		client_u32(&c, KPPS_GEN_A_FIRST, i);
		client_u32(&c, KPPS_GEN_A_STRIDE, 2);
		client_u64(&c, KPPS_GEN_A_DURATION, 20000000);
		ret |= client_call(&c);
		ret |= gen_stream(&c, id[i], 0, &s, 0);
		ret |= gen_lane(&c, id[i], 0, 0, 99950, 1999);
		ret |= gen_call(&c, KPPS_GEN_CMD_GEN_START, id[i]);
	}
	for (u32 i = 0; i < 2; i++)
		ret |= gen_wait(&c, id[i], 20000);
	while (capture_next(fd, frame, sizeof(frame), 500)) {
		struct kpps_sig sig;

		if (!kpps_sig_read(frame + 42, 18, &sig) || sig.index >= 1999 || have[sig.index])
			ret = -1;
		else
			have[sig.index] = true;
		seen++;
	}
	ok(!ret && seen == 1999, "two generators with STRIDE 2 send a TOTAL of 1999 once each: %u", seen);
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id[0]);
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id[1]);
	close(fd);
}

int main(void)
{
	plan(9);
	run("/ip link add v0 mtu 9500 type veth peer name v1 mtu 9500");
	run("/ip link add d0 mtu 9500 type dummy");
	run("for d in v0 v1 d0 eth0 eth1; do echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6; "
	    "/ip link set $d mtu 9500 up promisc on; done; sleep 1");
	run("echo 20000 >/proc/sys/net/core/netdev_max_backlog");
	client_open(&c);
	random_streams(1, "v0", "v1", KPPS_GEN_WAY_QUEUE, "veth, QUEUE");
	random_streams(2, "v0", "v1", KPPS_GEN_WAY_QDISC, "veth, QDISC");
	random_streams(3, "d0", "d0", KPPS_GEN_WAY_QDISC, "dummy, QDISC");
	random_streams(4, "d0", "d0", KPPS_GEN_WAY_RECEIVE, "dummy, RECEIVE");
	random_streams(5, "eth0", "eth1", KPPS_GEN_WAY_QUEUE, "NIC, QUEUE, buffers that came back");
	mixed();
	strides();
	client_close(&c);
	return 0;
}
