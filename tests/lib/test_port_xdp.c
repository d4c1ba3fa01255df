// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_port_xdp.c - what only the xdp port has: its modes, queues and its XDP program;
 * the rest is in test_port_net.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/lib/port_steps.h"
#include "tests/lib/veth_pair.h"

static int pair_make(void **state, unsigned int mtu)
{
	struct veth_pair *v;

	v = calloc(1, sizeof(*v));
	*state = v;
	return v && veth_pair_up(v, mtu, 2) ? 0 : -1;
}

static int pair_setup(void **state)
{
	return pair_make(state, 0);
}

/* More than a page: a veth has no native XDP for that. */
static int pair_setup_jumbo(void **state)
{
	return pair_make(state, 9000);
}

static int pair_teardown(void **state)
{
	veth_pair_down(*state);
	free(*state);
	return 0;
}

static int end_try(const struct veth_pair *v, int side, u32 queue, u32 frame_max,
		   struct port **ret, struct err *err)
{
	const struct port_xdp_config config = { .ifindex = v->ifindex[side], .queue = queue,
						.slots = 64, .frame_max = frame_max, .node = -1,
						.stamps = queue == 1 };
	int ret_code;

	veth_pair_enter(v, side);
	ret_code = port_xdp_open(&config, ret, err);
	veth_pair_enter(v, -1);
	return ret_code;
}

static struct port *end_open(const struct veth_pair *v, int side, u32 queue, u32 frame_max)
{
	struct port *p = NULL;
	struct err err;

	if (end_try(v, side, queue, frame_max, &p, &err))
		print_error("%s\n", err.text);
	assert_non_null(p);
	return p;
}

static void veth_is_driven_natively_by_copy(void **state)
{
	struct port *p = end_open(*state, 0, 0, 1514);

	assert_string_equal(port_xdp_mode(p), "copy");
	port_close(p);
}

static void where_the_driver_has_no_xdp_the_generic_hook_serves(void **state)
{
	const struct veth_pair *v = *state;
	struct port *tx = end_open(v, 0, 0, 3840), *rx = end_open(v, 1, 0, 3840);

	assert_string_equal(port_xdp_mode(rx), "generic copy");
	for (u32 i = 0; i < 200; i++) {
		send_one(tx, i, 3840 - i);
		expect_one(rx, i, 3840 - i);
	}
	port_close(tx);
	port_close(rx);
}

static void ports_on_two_queues_each_get_their_own(void **state)
{
	const struct veth_pair *v = *state;
	struct port *tx[2], *rx[2];
	struct frame f;

	for (u32 queue = 0; queue < 2; queue++) {
		tx[queue] = end_open(v, 0, queue, 1514);
		rx[queue] = end_open(v, 1, queue, 1514);
	}
	for (u32 i = 0; i < 100; i++) {
		send_one(tx[i % 2], i, 100);
		expect_one(rx[i % 2], i, 100);
		assert_int_equal(port_peek(rx[(i + 1) % 2], &f, 1), 0);
	}
	for (u32 queue = 0; queue < 2; queue++) {
		port_close(tx[queue]);
		port_close(rx[queue]);
	}
}

static void port_works_on_when_the_first_of_its_interface_is_closed(void **state)
{
	const struct veth_pair *v = *state;
	struct port *first = end_open(v, 1, 0, 1514), *rx = end_open(v, 1, 1, 1514);
	struct port *tx = end_open(v, 0, 1, 1514);

	port_close(first);
	send_one(tx, 1, 100);
	expect_one(rx, 1, 100);
	first = end_open(v, 1, 0, 1514);
	send_one(tx, 2, 100);
	expect_one(rx, 2, 100);
	port_close(first);
	port_close(rx);
	port_close(tx);
}

static void frames_of_a_queue_without_a_port_go_to_the_kernel(void **state)
{
	const struct veth_pair *v = *state;
	struct port_packet_config config = { .ifindex = v->ifindex[1], .frame_max = 1514 };
	struct port *tx0 = end_open(v, 0, 0, 1514), *tx1 = end_open(v, 0, 1, 1514);
	struct port *rx0 = end_open(v, 1, 0, 1514), *kernel, *rx1;

	rx1 = end_open(v, 1, 1, 100);
	port_close(rx1);	/* and with it its limit */
	veth_pair_enter(v, 1);
	assert_int_equal(port_packet_open(&config, &kernel, NULL), 0);
	veth_pair_enter(v, -1);
	send_one(tx0, 1, 200);
	send_one(tx1, 2, 200);
	expect_one(rx0, 1, 200);
	expect_one(kernel, 2, 200);
	expect_nothing(kernel);
	port_close(tx0);
	port_close(tx1);
	port_close(rx0);
	port_close(kernel);
}

static void time_is_known_where_stamps_are_asked_for(void **state)
{
	const struct veth_pair *v = *state;
	struct port *tx0 = end_open(v, 0, 0, 1514), *tx1 = end_open(v, 0, 1, 1514);
	struct port *without = end_open(v, 1, 0, 1514), *with = end_open(v, 1, 1, 1514);
	u64 before = clk_monotonic_ns();
	struct frame f;

	assert_true(with->stamped && !without->stamped);
	send_one(tx0, 1, 100);
	send_one(tx1, 1, 100);
	assert_int_equal(peek_patiently(without, &f, 1, PATIENCE_NS), 1);
	assert_int_equal(f.time, 0);
	assert_int_equal(peek_patiently(with, &f, 1, PATIENCE_NS), 1);
	assert_in_range(f.time, before, clk_monotonic_ns());
	port_close(tx0);
	port_close(tx1);
	port_close(with);
	port_close(without);
}

static void open_fails(const struct veth_pair *v, u32 queue, int code, const char *text)
{
	struct port *p = NULL;
	struct err err;

	assert_int_equal(end_try(v, 0, queue, 1514, &p, &err), code);
	assert_int_equal(err.code, code);
	assert_string_equal(err.text, text);
	assert_null(p);
}

static void queue_has_one_port(void **state)
{
	const struct veth_pair *v = *state;
	struct port *p = end_open(v, 0, 0, 1514);

	open_fails(v, 0, -EBUSY, "xdp port: queue 0 of va has another AF_XDP socket");
	port_close(p);
	port_close(end_open(v, 0, 0, 1514));
}

static void queue_must_exist(void **state)
{
	const struct veth_pair *v = *state;

	open_fails(v, 2, -EINVAL, "xdp port: va has no queue 2: see `ethtool -l va`");
	open_fails(v, 1024, -EINVAL, "xdp port: queue 1024 of va: must be below 1024");
}

static void interface_with_another_program_is_left_alone(void **state)
{
	const struct veth_pair *v = *state;
	int link = veth_pair_xdp(v, 0, XDP_PASS);
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	char text[ERR_TEXT];

	assert_true(link >= 0);
	veth_pair_enter(v, 0);
	assert_int_equal(bpf_xdp_query(v->ifindex[0], 0, &query), 0);
	veth_pair_enter(v, -1);
	assert_true(query.drv_prog_id);
	snprintf(text, sizeof(text),
		 "xdp port: va has the XDP program with id %u: detach it (ip link set va xdp off)",
		 query.drv_prog_id);
	open_fails(v, 0, -EBUSY, text);
	close(link);
}

static void full_transmit_ring_is_no_room(void **state)
{
	const struct veth_pair *v = *state;
	struct port *p = end_open(v, 0, 0, 1514);
	struct frame f[100];

	/* As many frames as slots, all of them different memory. */
	assert_int_equal(port_reserve(p, f, ARRAY_SIZE(f)), 64);
	for (u32 i = 0; i < 64; i++)
		for (u32 k = 0; k < i; k++)
			assert_true(f[i].data + f[i].room <= f[k].data ||
				    f[k].data + f[k].room <= f[i].data);
	port_close(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(veth_is_driven_natively_by_copy),
		cmocka_unit_test_setup_teardown(where_the_driver_has_no_xdp_the_generic_hook_serves,
						pair_setup_jumbo, pair_teardown),
		TEST(ports_on_two_queues_each_get_their_own),
		TEST(port_works_on_when_the_first_of_its_interface_is_closed),
		TEST(frames_of_a_queue_without_a_port_go_to_the_kernel),
		TEST(time_is_known_where_stamps_are_asked_for),
		TEST(queue_has_one_port),
		TEST(queue_must_exist),
		TEST(interface_with_another_program_is_left_alone),
		TEST(full_transmit_ring_is_no_room),
	};

	if (veth_pair_why_not()) {
		printf("1..0 # SKIP %s\n", veth_pair_why_not());
		return 0;
	}
	return cmocka_run_group_tests_name("port_xdp", tests, NULL, NULL);
}
