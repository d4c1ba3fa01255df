// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_attrs.c - what the family refuses: every attribute of every request with
 * wrong lengths, out of range, where it does not belong, and missing. Each refusal
 * is an exact error that names the attribute, and leaves the generator usable.
 * Runs in a virtual machine (in_vm).
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kmod/client.h"

static struct client c;
static struct kpps_stream good_stream;
static u32 gen, device;

/* Types as the header of the family says. */
enum type { U32, U64, FLAG, BINARY };
static const u8 types[KPPS_GEN_A_MAX + 1] = {
	[KPPS_GEN_A_FORCE] = FLAG, [KPPS_GEN_A_ENDLESS] = FLAG,
	[KPPS_GEN_A_STREAM_DATA] = BINARY, [KPPS_GEN_A_PATTERN] = BINARY,
	[KPPS_GEN_A_FIRST_INDEX] = U64, [KPPS_GEN_A_MULT] = U64, [KPPS_GEN_A_TOTAL] = U64,
	[KPPS_GEN_A_DURATION] = U64, [KPPS_GEN_A_COUNT] = U64, [KPPS_GEN_A_OVERRUN] = U64,
	[KPPS_GEN_A_TOGETHER] = U64, [KPPS_GEN_A_START] = U64, [KPPS_GEN_A_STREAMS] = U64,
	[KPPS_GEN_A_UNSIGNED_STREAMS] = U64,
};

/* What each request takes: attributes until UNSPEC, those before @need are needed. */
static const struct request {
	const char *name;
	u8 cmd, need;
	u16 attr[12];
} requests[] = {
	{ "GEN_NEW", KPPS_GEN_CMD_GEN_NEW, 1,
	  { KPPS_GEN_A_IFINDEX, KPPS_GEN_A_QUEUE, KPPS_GEN_A_CPU, KPPS_GEN_A_WAY,
	    KPPS_GEN_A_FORCE } },
	{ "GEN_STREAM", KPPS_GEN_CMD_GEN_STREAM, 3,
	  { KPPS_GEN_A_ID, KPPS_GEN_A_STREAM, KPPS_GEN_A_STREAM_DATA, KPPS_GEN_A_FIRST_INDEX } },
	{ "GEN_LANE", KPPS_GEN_CMD_GEN_LANE, 2,
	  { KPPS_GEN_A_ID, KPPS_GEN_A_LANE, KPPS_GEN_A_STREAM, KPPS_GEN_A_MULT, KPPS_GEN_A_SHIFT,
	    KPPS_GEN_A_TOTAL } },
	{ "GEN_PLAN", KPPS_GEN_CMD_GEN_PLAN, 1,
	  { KPPS_GEN_A_ID, KPPS_GEN_A_FIRST, KPPS_GEN_A_STRIDE, KPPS_GEN_A_DURATION,
	    KPPS_GEN_A_COUNT, KPPS_GEN_A_OVERRUN, KPPS_GEN_A_BURST, KPPS_GEN_A_TOGETHER } },
	{ "GEN_START", KPPS_GEN_CMD_GEN_START, 1, { KPPS_GEN_A_ID, KPPS_GEN_A_START } },
	{ "GEN_STOP", KPPS_GEN_CMD_GEN_STOP, 1, { KPPS_GEN_A_ID } },
	{ "GEN_GET", KPPS_GEN_CMD_GEN_GET, 1, { KPPS_GEN_A_ID } },
	{ "GEN_STREAM_GET", KPPS_GEN_CMD_GEN_STREAM_GET, 2, { KPPS_GEN_A_ID, KPPS_GEN_A_STREAM } },
	{ "GEN_DEL", KPPS_GEN_CMD_GEN_DEL, 1, { KPPS_GEN_A_ID } },
};

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* A value that is right for @attr. */
static void add_good(u16 attr)
{
	switch (attr) {
	case KPPS_GEN_A_ID:
		return client_u32(&c, attr, gen);
	case KPPS_GEN_A_IFINDEX:
		return client_u32(&c, attr, device);
	case KPPS_GEN_A_STREAM_DATA:
		return client_add(&c, attr, &good_stream, sizeof(good_stream));
	case KPPS_GEN_A_FIRST:
	case KPPS_GEN_A_QUEUE:
	case KPPS_GEN_A_CPU:
	case KPPS_GEN_A_STREAM:
	case KPPS_GEN_A_LANE:
		return client_u32(&c, attr, 0);
	}
	if (types[attr] == U64)
		client_u64(&c, attr, 1);
	else if (types[attr] == FLAG)
		client_flag(&c, attr);
	else
		client_u32(&c, attr, 1);
}

/* The request without attribute @without, and with @len bytes of @bad for it if there are any. */
static int call_with(const struct request *r, u16 without, const void *bad, u32 len, bool add)
{
	client_begin(&c, r->cmd);
	for (unsigned int i = 0; r->attr[i]; i++) {
		if (r->attr[i] != without)
			add_good(r->attr[i]);
		else if (add)
			client_add(&c, without, bad, len);
	}
	return client_call(&c);
}

static bool names(int ret, int want, u16 attr)
{
	if (ret == want && c.bad_attr == attr && c.message[0])
		return true;
	printf("# attribute %u: %d, names %u: %s\n", attr, ret, c.bad_attr, c.message);
	return false;
}

static void wrong_lengths(void)
{
	static const u8 bytes[8192];

	for (unsigned int i = 0; i < REQUESTS; i++) {
		bool good = true;

		for (const u16 *a = requests[i].attr; *a; a++) {
			u32 right = types[*a] == U64 ? 8 : types[*a] == FLAG ? 0 :
				    types[*a] == BINARY ? sizeof(good_stream) : 4;
			u32 lens[] = { 0, 1, right - 1, right + 1, right + 4, sizeof(bytes) };
			int want = types[*a] == BINARY || types[*a] == FLAG ? -ERANGE : -EINVAL;

			for (unsigned int k = 0; k < 6; k++)
				if (lens[k] != right && lens[k] <= sizeof(bytes))
					good &= names(call_with(&requests[i], *a, bytes, lens[k], true),
						      want, *a);
		}
		ok(good, "%s: attributes of the wrong length are named", requests[i].name);
	}
}

static void missing(void)
{
	for (unsigned int i = 0; i < REQUESTS; i++) {
		bool good = true;

		for (unsigned int k = 0; k < requests[i].need; k++) {
			int ret = call_with(&requests[i], requests[i].attr[k], NULL, 0, false);

			if (ret != -EINVAL || c.miss_attr != requests[i].attr[k]) {
				printf("# attribute %u: %d, misses %u\n", requests[i].attr[k], ret,
				       c.miss_attr);
				good = false;
			}
		}
		ok(good, "%s: a missing attribute is named", requests[i].name);
	}
}

/* Attributes of other requests, and unknown ones. */
static void strangers(void)
{
	for (unsigned int i = 0; i < REQUESTS; i++) {
		bool good = true;

		for (u16 attr = 1; attr <= KPPS_GEN_A_MAX + 3; attr++) {
			bool own = requests[i].cmd == KPPS_GEN_CMD_GEN_PLAN &&
				   attr == KPPS_GEN_A_ENDLESS;
			int ret;

			own |= requests[i].cmd == KPPS_GEN_CMD_GEN_LANE && attr == KPPS_GEN_A_PATTERN;
			for (const u16 *a = requests[i].attr; *a; a++)
				own |= *a == attr;
			if (own)
				continue;
			client_begin(&c, requests[i].cmd);
			for (const u16 *a = requests[i].attr; *a; a++)
				add_good(*a);
			client_u32(&c, attr, 1);
			ret = client_call(&c);
			if (ret != -EINVAL) {
				printf("# attribute %u: %d %s\n", attr, ret, c.message);
				good = false;
			}
		}
		ok(good, "%s: attributes that it does not know are refused", requests[i].name);
	}
}

static void out_of_range(void)
{
	static const struct {
		u8 request;
		u16 attr;
		u64 value;
		int ret;
	} bad[] = {
		{ 0, KPPS_GEN_A_IFINDEX, 0, -ERANGE },
		{ 0, KPPS_GEN_A_IFINDEX, 0x80000000, -ERANGE },
		{ 0, KPPS_GEN_A_IFINDEX, 4711, -ENODEV },
		{ 0, KPPS_GEN_A_QUEUE, 1000, -EINVAL },
		{ 0, KPPS_GEN_A_QUEUE, 0xffffffff, -EINVAL },
		{ 0, KPPS_GEN_A_CPU, 5000, -EINVAL },
		{ 0, KPPS_GEN_A_CPU, 0xffffffff, -EINVAL },
		{ 0, KPPS_GEN_A_WAY, 3, -ERANGE },
		{ 1, KPPS_GEN_A_ID, 0, -ERANGE },
		{ 1, KPPS_GEN_A_ID, 9999, -ENOENT },
		{ 1, KPPS_GEN_A_ID, 0xffffffff, -ENOENT },
		{ 1, KPPS_GEN_A_STREAM, 64, -ERANGE },
		{ 1, KPPS_GEN_A_FIRST_INDEX, 1ULL << 48, -ERANGE },
		{ 2, KPPS_GEN_A_LANE, 65, -ERANGE },
		{ 2, KPPS_GEN_A_STREAM, 64, -ERANGE },
		{ 2, KPPS_GEN_A_MULT, 0, -ERANGE },
		{ 2, KPPS_GEN_A_MULT, 1ULL << 63, -ERANGE },
		{ 2, KPPS_GEN_A_SHIFT, 126, -ERANGE },
		{ 3, KPPS_GEN_A_FIRST, 1, -EINVAL },
		{ 3, KPPS_GEN_A_FIRST, 4096, -ERANGE },
		{ 3, KPPS_GEN_A_STRIDE, 0, -ERANGE },
		{ 3, KPPS_GEN_A_STRIDE, 4097, -ERANGE },
		{ 3, KPPS_GEN_A_DURATION, 0, -ERANGE },
		{ 3, KPPS_GEN_A_DURATION, 1ULL << 62, -ERANGE },
		{ 3, KPPS_GEN_A_COUNT, 0, -ERANGE },
		{ 3, KPPS_GEN_A_OVERRUN, 1ULL << 62, -ERANGE },
		{ 3, KPPS_GEN_A_BURST, 0, -ERANGE },
		{ 3, KPPS_GEN_A_BURST, 257, -ERANGE },
		{ 3, KPPS_GEN_A_TOGETHER, 0, -ERANGE },
		{ 3, KPPS_GEN_A_TOGETHER, 1000000001, -ERANGE },
		{ 4, KPPS_GEN_A_START, ~0ULL, -ERANGE },
		{ 6, KPPS_GEN_A_ID, 9999, -ENOENT },
		{ 7, KPPS_GEN_A_STREAM, 64, -ERANGE },
		{ 7, KPPS_GEN_A_STREAM, 5, -ENOENT },
	};
	bool good = true;

	/* a plan to refuse things of */
	gen_plan_count(&c, gen, 1, 1);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		u32 len = types[bad[i].attr] == U64 ? 8 : 4;

		good &= names(call_with(&requests[bad[i].request], bad[i].attr, &bad[i].value, len,
					true), bad[i].ret, bad[i].attr);
	}
	ok(good, "values out of range are named, each with its error");
}

static void combinations(void)
{
	static u8 pattern[32768];
	bool good = true;

	client_begin(&c, KPPS_GEN_CMD_GEN_PLAN);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	ok(client_call(&c) == -EINVAL && strstr(c.message, "no end"), "a plan without an end is refused");
	client_begin(&c, KPPS_GEN_CMD_GEN_PLAN);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	client_flag(&c, KPPS_GEN_A_ENDLESS);
	client_u64(&c, KPPS_GEN_A_COUNT, 5);
	ok(names(client_call(&c), -EINVAL, KPPS_GEN_A_ENDLESS), "ENDLESS with an end is refused");
	client_begin(&c, KPPS_GEN_CMD_GEN_PLAN);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	client_u64(&c, KPPS_GEN_A_COUNT, 5);
	client_u64(&c, KPPS_GEN_A_OVERRUN, 5);
	ok(names(client_call(&c), -EINVAL, KPPS_GEN_A_OVERRUN), "OVERRUN without DURATION is refused");

	gen_plan_count(&c, gen, 5, 1);
	ok(gen_call(&c, KPPS_GEN_CMD_GEN_START, gen) == -EINVAL && strstr(c.message, "no lane"),
	   "a plan without a lane does not start");
	gen_lane(&c, gen, 0, 3, 0, 0);
	ok(gen_call(&c, KPPS_GEN_CMD_GEN_START, gen) == -EINVAL && strstr(c.message, "GEN_STREAM"),
	   "a lane without its stream does not start");
	gen_stream(&c, gen, 3, &good_stream, 0);
	gen_lane(&c, gen, 1, 3, 5, 0);
	ok(gen_call(&c, KPPS_GEN_CMD_GEN_START, gen) == -EINVAL && strstr(c.message, "two lanes"),
	   "a stream in two lanes does not start");

	memset(pattern, 64, sizeof(pattern));
	client_begin(&c, KPPS_GEN_CMD_GEN_LANE);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	client_u32(&c, KPPS_GEN_A_LANE, 0);
	client_add(&c, KPPS_GEN_A_PATTERN, pattern, 8);
	good = names(client_call(&c), -EINVAL, KPPS_GEN_A_PATTERN);
	memset(pattern, 0, sizeof(pattern));
	client_begin(&c, KPPS_GEN_CMD_GEN_LANE);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	client_u32(&c, KPPS_GEN_A_LANE, 0);
	for (unsigned int i = 0; i < 3; i++)
		client_add(&c, KPPS_GEN_A_PATTERN, pattern, 30000);
	good &= names(client_call(&c), -EINVAL, KPPS_GEN_A_PATTERN);
	client_begin(&c, KPPS_GEN_CMD_GEN_LANE);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	client_u32(&c, KPPS_GEN_A_LANE, 0);
	client_add(&c, KPPS_GEN_A_PATTERN, pattern, 0);
	good &= client_call(&c) == -EINVAL;
	ok(good, "patterns of no stream, too long ones and empty ones are refused");
	client_begin(&c, KPPS_GEN_CMD_GEN_LANE);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	client_u32(&c, KPPS_GEN_A_LANE, 0);
	client_add(&c, KPPS_GEN_A_PATTERN, pattern, 8);
	client_u32(&c, KPPS_GEN_A_STREAM, 0);
	good = client_call(&c) == -EINVAL;
	client_begin(&c, KPPS_GEN_CMD_GEN_LANE);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	client_u32(&c, KPPS_GEN_A_LANE, 0);
	good &= client_call(&c) == -EINVAL;
	client_begin(&c, KPPS_GEN_CMD_GEN_LANE);
	client_u32(&c, KPPS_GEN_A_ID, gen);
	client_u32(&c, KPPS_GEN_A_LANE, 0);
	client_u32(&c, KPPS_GEN_A_STREAM, 0);
	client_u64(&c, KPPS_GEN_A_MULT, 5);
	good &= client_call(&c) == -EINVAL;
	ok(good, "STREAM and PATTERN, neither, and half a rate are refused");
}

static void bad_streams(void)
{
	struct kpps_stream s = good_stream;

	s.l3_off = 200;
	ok(names(gen_stream(&c, gen, 0, &s, 0), -EINVAL, KPPS_GEN_A_STREAM_DATA) &&
		   strstr(c.message, "IP header"),
	   "a stream that would write beyond its frame is refused: %s", c.message);
	s = good_stream;
	s.sizes[0].len = 3000;
	s.sizes[0].l3_len = 2986;
	ok(names(gen_stream(&c, gen, 0, &s, 0), -EINVAL, KPPS_GEN_A_STREAM_DATA) &&
		   strstr(c.message, "MTU"),
	   "frames longer than the MTU are refused");
}

static void states(void)
{
	u32 id;

	gen_new(&c, (int)device, KPPS_GEN_WAY_QUEUE, &id);
	ok(gen_stream(&c, id, 0, &good_stream, 0) == -EINVAL && strstr(c.message, "GEN_PLAN"),
	   "a stream before the plan is refused");
	gen_plan_endless(&c, id);
	gen_stream(&c, id, 0, &good_stream, 0);
	gen_lane(&c, id, 0, 0, 1000, 0);
	ok(!gen_call(&c, KPPS_GEN_CMD_GEN_START, id), "it starts: %s", c.message);
	ok(gen_plan_count(&c, id, 5, 1) == -EBUSY && gen_stream(&c, id, 0, &good_stream, 0) == -EBUSY &&
		   gen_lane(&c, id, 0, 0, 1000, 0) == -EBUSY &&
		   gen_call(&c, KPPS_GEN_CMD_GEN_START, id) == -EBUSY,
	   "plan, stream, lane and start of a running one are refused");
	ok(!gen_call(&c, KPPS_GEN_CMD_GEN_STOP, id) && gen_wait(&c, id, 1) == KPPS_GEN_WHY_STOPPED,
	   "GEN_STOP ends it");
	ok(!gen_call(&c, KPPS_GEN_CMD_GEN_START, id) && !gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id) &&
		   gen_get(&c, id) == -ENOENT, "a second start, and GEN_DEL while it runs");
	run("/ip addr add 10.9.9.1/24 dev d0 && /ip route add default via 10.9.9.2");
	ok(gen_new(&c, (int)device, 0, &id) == -EBUSY && strstr(c.message, "default route"),
	   "the device of IPv4's default route is refused");
	client_begin(&c, KPPS_GEN_CMD_GEN_NEW);
	client_u32(&c, KPPS_GEN_A_IFINDEX, device);
	client_flag(&c, KPPS_GEN_A_FORCE);
	ok(!client_call(&c), "but not with FORCE");
	run("/ip route del default && /ip -6 addr add 2001:db8:9::1/64 dev d0 nodad && "
	    "/ip -6 route add default via 2001:db8:9::2 dev d0");
	ok(gen_new(&c, (int)device, 0, &id) == -EBUSY && strstr(c.message, "default route"),
	   "the device of IPv6's default route is refused");
	run("/ip -6 route del default && /ip link set d0 down");
	gen_new(&c, (int)device, 0, &id);
	gen_plan_count(&c, id, 5, 1);
	gen_stream(&c, id, 0, &good_stream, 0);
	gen_lane(&c, id, 0, 0, 0, 0);
	ok(gen_call(&c, KPPS_GEN_CMD_GEN_START, id) == -ENETDOWN, "a device that is down does not start");
}

static void unprivileged(void)
{
	u32 id;

	fflush(stdout);
	if (setresuid(65534, 65534, 65534))
		exit(99);
	ok(gen_new(&c, (int)device, 0, &id) == -EPERM && gen_get(&c, gen) == -EPERM,
	   "without CAP_NET_ADMIN nothing is allowed");
}

int main(void)
{
	struct stream_spec spec;
	struct err err;

	plan(3 * REQUESTS + 1 + 8 + 2 + 9 + 1);
	run("/ip link add d0 type dummy && /ip link set d0 up");
	device = (u32)device_index("d0");
	client_open(&c);
	stream_spec_default(&spec);
	if (stream_build(&spec, &good_stream, &err) ||
	    gen_new(&c, (int)device, KPPS_GEN_WAY_QUEUE, &gen))
		return 99;
	gen_plan_count(&c, gen, 1, 1);
	wrong_lengths();
	missing();
	strangers();
	out_of_range();
	combinations();
	bad_streams();
	states();
	unprivileged();
	client_close(&c);
	return 0;
}
