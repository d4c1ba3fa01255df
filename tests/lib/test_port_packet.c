// SPDX-License-Identifier: GPL-2.0-or-later
/* test_port_packet.c - what only the packet port has; the rest is in test_port_net.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/lib/port_steps.h"
#include "tests/lib/veth_pair.h"

/* How well the offset between two clocks is known on a busy machine. */
#define SLACK_NS	1000000

static int pair_setup(void **state)
{
	struct veth_pair *v;

	v = calloc(1, sizeof(*v));
	*state = v;
	return v && veth_pair_up(v, 0, 0) ? 0 : -1;
}

static int pair_teardown(void **state)
{
	veth_pair_down(*state);
	free(*state);
	return 0;
}

static struct port *end_open(void **state, int side, bool stamps, bool tx_only)
{
	const struct veth_pair *v = *state;
	struct port_packet_config config = { .frame_max = 1514, .slots = 256, .stamps = stamps,
					     .tx_only = tx_only };
	struct port *p;

	config.ifindex = v->ifindex[side];
	veth_pair_enter(v, side);
	assert_int_equal(port_packet_open(&config, &p, NULL), 0);
	veth_pair_enter(v, -1);
	return p;
}

/* The kernel stamps by the time of day, which somebody may set meanwhile. */
static s64 time_of_day_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (s64)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static void stamps_are_the_kernels_on_the_monotonic_clock(void **state)
{
	struct port *tx = end_open(state, 0, false, true), *rx = end_open(state, 1, true, false);
	struct frame f;

	assert_true(rx->stamped);
	for (u32 i = 0; i < 50; i++) {
		s64 offset = time_of_day_ns() - (s64)clk_monotonic_ns();
		u64 before = clk_monotonic_ns(), slack;

		send_one(tx, i, 60);
		assert_int_equal(peek_patiently(rx, &f, 1, PATIENCE_NS), 1);
		slack = SLACK_NS + (u64)llabs(time_of_day_ns() - (s64)clk_monotonic_ns() - offset);
		assert_in_range(f.time, before - slack, clk_monotonic_ns() + slack);
		assert_int_equal(port_release(rx, 1), 0);
	}
	port_close(tx);
	port_close(rx);
}

static void without_stamps_the_time_is_unknown(void **state)
{
	struct port *tx = end_open(state, 0, false, true), *rx = end_open(state, 1, false, false);
	struct frame f = { .time = 1 };

	assert_false(rx->stamped);
	send_one(tx, 0, 60);
	assert_int_equal(peek_patiently(rx, &f, 1, PATIENCE_NS), 1);
	assert_int_equal(f.time, 0);
	port_close(tx);
	port_close(rx);
}

static void stamps_of_one_block_differ_and_grow(void **state)
{
	struct port *tx = end_open(state, 0, false, true), *rx = end_open(state, 1, true, false);
	struct frame f[20];
	u64 last = 0;

	for (u32 i = 0; i < 20; i++)
		send_one(tx, i, 60);
	for (int seen = 0; seen < 20;) {
		int got = peek_patiently(rx, f, 20, PATIENCE_NS);

		assert_true(got > 0);
		for (int i = 0; i < got; i++) {
			assert_true(f[i].time > last);
			last = f[i].time;
		}
		assert_int_equal(port_release(rx, (unsigned int)got), 0);
		seen += got;
	}
	port_close(tx);
	port_close(rx);
}

static void frame_may_be_written_up_to_its_room(void **state)
{
	struct port *tx = end_open(state, 0, false, true);

	for (int stamps = 0; stamps < 2; stamps++) {
		struct port *rx = end_open(state, 1, stamps, false);
		struct frame f[20];

		for (u32 i = 0; i < 20; i++)
			send_one(tx, i, 61 + i);
		for (u32 seen = 0; seen < 20; seen++) {
			assert_int_equal(peek_patiently(rx, f, 1, PATIENCE_NS), 1);
			assert_true(f[0].room >= f[0].len);
			assert_true(frame_equals(&f[0], seen, 61 + seen, 0));
			memset(f[0].data, 0xee, f[0].room);
			assert_int_equal(port_release(rx, 1), 0);
		}
		port_close(rx);
	}
	port_close(tx);
}

static void port_that_only_sends_has_nothing_to_peek(void **state)
{
	struct port *a = end_open(state, 0, false, true), *b = end_open(state, 1, false, true);
	struct frame f;

	send_one(a, 0, 60);
	assert_int_equal(peek_patiently(b, &f, 1, 10 * 1000 * 1000), 0);
	assert_int_equal(port_release(b, 0), 0);
	assert_int_equal(port_dropped(b), 0);
	port_close(a);
	port_close(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stamps_are_the_kernels_on_the_monotonic_clock),
		TEST(without_stamps_the_time_is_unknown),
		TEST(stamps_of_one_block_differ_and_grow),
		TEST(frame_may_be_written_up_to_its_room),
		TEST(port_that_only_sends_has_nothing_to_peek),
	};

	if (veth_pair_why_not()) {
		printf("1..0 # SKIP %s\n", veth_pair_why_not());
		return 0;
	}
	return cmocka_run_group_tests_name("port_packet", tests, NULL, NULL);
}
