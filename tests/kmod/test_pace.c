// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_pace.c - the module's schedule against gen/schedule.h: which frame of which
 * stream is next, none before it is due, as many as a time or a count has; and how
 * plans end. Nothing depends on how fast the machine is. Runs in a virtual machine
 * (in_vm).
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gen/schedule.h"
#include "tests/kmod/capture.h"
#include "tests/kmod/client.h"
#include "tests/lib/stream_random.h"

#define ROOM		(64 << 20)
#define STREAMS		5
#define FRAMES_MAX	4000

static struct client c;
static struct kpps_stream stream[STREAMS];

static u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * NSEC_PER_SEC + (u64)t.tv_nsec;
}

static int send_lanes(u32 id, const struct schedule *s)
{
	int ret = 0;

	for (u32 i = 0; i < s->nlanes; i++) {
		const struct schedule_lane *l = &s->lane[i];

		client_begin(&c, KPPS_GEN_CMD_GEN_LANE);
		client_u32(&c, KPPS_GEN_A_ID, id);
		client_u32(&c, KPPS_GEN_A_LANE, i);
		if (l->gap.mult) {
			client_u64(&c, KPPS_GEN_A_MULT, l->gap.mult);
			client_u32(&c, KPPS_GEN_A_SHIFT, l->gap.shift);
		}
		client_u64(&c, KPPS_GEN_A_TOTAL, l->total);
		if (l->pattern)
			client_add(&c, KPPS_GEN_A_PATTERN, l->pattern, l->length);
		else
			client_u32(&c, KPPS_GEN_A_STREAM, l->stream);
		ret |= client_call(&c);
	}
	return ret;
}

static int start_at(u32 id, u64 when)
{
	client_begin(&c, KPPS_GEN_CMD_GEN_START);
	client_u32(&c, KPPS_GEN_A_ID, id);
	client_u64(&c, KPPS_GEN_A_START, when);
	return client_call(&c);
}

/* One plan of random rates and weights, and what arrives of it. */
static bool as_scheduled(u64 *seed)
{
	struct schedule_share share[STREAMS] = { 0 };
	static struct schedule s;
	static u8 frame[2048];
	u64 duration = 10000000 + random_below(seed, 20000000), next[STREAMS] = { 0 }, start, planned;
	int fd = capture_open(device_index("v1"), 0, ROOM), ret;
	unsigned int n = (unsigned int)random_below(seed, STREAMS) + 1, seen = 0, len;
	struct schedule_burst burst;
	bool good = true;
	struct err err;
	u32 id;

	for (unsigned int i = 0; i < n; i++) {
		share[i].weight = random_below(seed, 5) + 1;
		if (random_below(seed, 2))
			share[i].rate_pps = 100 + (double)random_below(seed, 15000);
	}
	if (schedule_init(&s, share, n, 1000 + (double)random_below(seed, 20000), duration, 0, &err))
		return false;
	ret = gen_new(&c, device_index("v0"), KPPS_GEN_WAY_QUEUE, &id);
	client_begin(&c, KPPS_GEN_CMD_GEN_PLAN);
	client_u32(&c, KPPS_GEN_A_ID, id);
	client_u64(&c, KPPS_GEN_A_DURATION, duration);
	client_u32(&c, KPPS_GEN_A_BURST, (u32)random_below(seed, 256) + 1);
	client_u64(&c, KPPS_GEN_A_TOGETHER, random_below(seed, 1000000) + 1);
	ret |= client_call(&c);
	for (u32 i = 0; i < n; i++)
		ret |= gen_stream(&c, id, i, &stream[i], 0);
	ret |= send_lanes(id, &s);
	start = now_ns() + 5000000;
	ret |= start_at(id, start);
	ret |= gen_wait(&c, id, 20000);
	schedule_start(&s, start);
	planned = schedule_due(&s, SCHEDULE_NEVER);
	if (ret || client_get(&c, KPPS_GEN_A_SENT, 0) != planned) {
		printf("# run: %d %s, sent %llu of %llu\n", ret, c.message,
		       (unsigned long long)client_get(&c, KPPS_GEN_A_SENT, 0),
		       (unsigned long long)planned);
		good = false;
	}
	while (seen < planned && (len = capture_next(fd, frame, sizeof(frame), 3000))) {
		struct kpps_sig sig;

		if (!kpps_sig_read(frame + stream[0].payload_off, KPPS_SIG_LEN, &sig))
			continue;
		schedule_take(&s, 1, &burst);
		if (sig.stream != burst.stream[0] || sig.index != next[burst.stream[0]]++ ||
		    sig.time < burst.when[0]) {
			printf("# frame %u: stream %u index %llu, %lld ns after it was due; expected stream %u\n",
			       seen, sig.stream, (unsigned long long)sig.index,
			       (long long)(sig.time - burst.when[0]), burst.stream[0]);
			good = false;
			break;
		}
		seen++;
	}
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id);
	schedule_release(&s);
	close(fd);
	return good && seen == planned;
}

static void schedules(void)
{
	unsigned int good = 0, n = 20;
	u64 seed = 5;

	for (unsigned int i = 0; i < n; i++)
		good += as_scheduled(&seed);
	ok(good == n, "random lanes and patterns: the order of userspace, and no frame early");
}

/* The departures of a rate: all but the first are in the histogram. */
static void histogram(void)
{
	const struct hist *h;
	u64 seen = 0, start;
	int ret;
	u32 len, id;

	ret = gen_new(&c, device_index("d0"), KPPS_GEN_WAY_QUEUE, &id);
	ret |= gen_plan_duration(&c, id, 50000000);
	ret |= gen_stream(&c, id, 0, &stream[0], 0);
	/* without a TOTAL the duration says how many: 500 */
	ret |= gen_lane(&c, id, 0, 0, 10000, 0);
	start = now_ns() + 1000000;
	ret |= start_at(id, start);
	ret |= gen_wait(&c, id, 20000);
	ok(!ret && client_get(&c, KPPS_GEN_A_SENT, 0) == 500 &&
		   client_get(&c, KPPS_GEN_A_START, 0) == start,
	   "10 kpps for 50 ms are 500 frames (%llu)",
	   (unsigned long long)client_get(&c, KPPS_GEN_A_SENT, 0));
	ok(client_get(&c, KPPS_GEN_A_ELAPSED, 0) >= 50000000 &&
		   client_get(&c, KPPS_GEN_A_BACKLOG_MAX, 0) >= 1, "the last departs when it is due: %llu ns",
	   (unsigned long long)client_get(&c, KPPS_GEN_A_ELAPSED, 0));
	h = client_data(&c, KPPS_GEN_A_DEPARTURE, &len);
	for (unsigned int i = 0; h && i < HIST_BUCKETS; i++)
		seen += h->bucket[i];
	ok(h && len == sizeof(*h) && h->count == 499 && seen == 499 && h->min <= h->max,
	   "499 distances are in the histogram");
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id);
}

static void ends(void)
{
	u64 before, sent;
	int ret;
	u32 id;

	/* a rate that no machine has */
	ret = gen_new(&c, device_index("d0"), KPPS_GEN_WAY_QUEUE, &id);
	client_begin(&c, KPPS_GEN_CMD_GEN_PLAN);
	client_u32(&c, KPPS_GEN_A_ID, id);
	client_u64(&c, KPPS_GEN_A_DURATION, 10000000);
	client_u64(&c, KPPS_GEN_A_OVERRUN, 1000000);
	ret |= client_call(&c);
	ret |= gen_stream(&c, id, 0, &stream[0], 0);
	ret |= gen_lane(&c, id, 0, 0, 9e9, 0);
	ret |= gen_call(&c, KPPS_GEN_CMD_GEN_START, id);
	ok(!ret && gen_wait(&c, id, 20000) == KPPS_GEN_WHY_OVERRUN, "what can't be sent in time ends by OVERRUN");
	sent = client_get(&c, KPPS_GEN_A_SENT, 0);
	ok(sent && sent < 90000000 && client_get(&c, KPPS_GEN_A_LATE_MAX, 0) > 0 &&
		   client_get(&c, KPPS_GEN_A_BACKLOG_MAX, 0) > 64,
	   "and says how far behind it was: %llu sent, %llu due at once", (unsigned long long)sent,
	   (unsigned long long)client_get(&c, KPPS_GEN_A_BACKLOG_MAX, 0));

	ret = gen_plan_duration(&c, id, 20000000);
	ret |= gen_stream(&c, id, 0, &stream[0], 0);
	ret |= gen_lane(&c, id, 0, 0, 0, 0);
	before = now_ns();
	ret |= gen_call(&c, KPPS_GEN_CMD_GEN_START, id);
	ok(!ret && gen_wait(&c, id, 20000) == KPPS_GEN_WHY_DONE && now_ns() - before >= 20000000 &&
		   client_get(&c, KPPS_GEN_A_SENT, 0) > 64,
	   "without a rate it sends until the duration is over");

	/* one frame in 1000 s: the thread sleeps */
	ret = gen_plan_endless(&c, id);
	ret |= gen_stream(&c, id, 0, &stream[0], 0);
	ret |= gen_lane(&c, id, 0, 0, 0.001, 0);
	ret |= gen_call(&c, KPPS_GEN_CMD_GEN_START, id);
	ok(!ret && gen_wait(&c, id, 50) == -ETIMEDOUT && !gen_call(&c, KPPS_GEN_CMD_GEN_STOP, id) &&
		   gen_wait(&c, id, 1) == KPPS_GEN_WHY_STOPPED && client_get(&c, KPPS_GEN_A_SENT, 9) == 0,
	   "a thread that sleeps is stopped at once");
	/* and one that begins in a year */
	ret = start_at(id, now_ns() + 365ULL * 86400 * NSEC_PER_SEC);
	ok(!ret && !gen_call(&c, KPPS_GEN_CMD_GEN_STOP, id) && gen_wait(&c, id, 1) == KPPS_GEN_WHY_STOPPED,
	   "so is one that has not begun");
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id);
}

int main(void)
{
	struct stream_spec spec;
	struct err err;

	plan(9);
	for (u32 i = 0; i < STREAMS; i++) {
		stream_spec_default(&spec);
		spec.id = (u16)i;
		if (stream_build(&spec, &stream[i], &err))
			return 99;
	}
	run("/ip link add v0 type veth peer name v1 && /ip link add d0 type dummy");
	run("for d in v0 v1 d0; do echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6; /ip link set $d up; done");
	client_open(&c);
	schedules();
	histogram();
	ends();
	client_close(&c);
	return 0;
}
