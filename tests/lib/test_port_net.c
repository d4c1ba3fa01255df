// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_port_net.c - what the ports on an interface have in common, each kind on both
 * ends of a veth pair: frames, directions, full rings, and how an end is met.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/port_steps.h"
#include "tests/lib/veth_pair.h"

#define FRAME_MAX	1518
#define C_TAG		0x8100
#define S_TAG		0x88a8

struct ends {
	const struct port_kind *kind;
	struct veth_pair veth;
	struct port *port[2];
};

static struct port *end_open_with(struct ends *e, int side, u32 slots, u32 frame_max)
{
	struct port *p = NULL;
	struct err err;
	int ret;

	veth_pair_enter(&e->veth, side);
	ret = e->kind->open(e->veth.ifindex[side], slots, frame_max, &p, &err);
	veth_pair_enter(&e->veth, -1);
	if (ret)
		print_error("%s\n", err.text);
	assert_int_equal(ret, 0);
	return p;
}

static int ends_setup(void **state)
{
	struct ends *e = calloc(1, sizeof(*e));

	if (!e)
		return -1;
	e->kind = *state;
	*state = e;
	return veth_pair_up(&e->veth, 0, 0) ? 0 : -1;
}

static int ends_teardown(void **state)
{
	struct ends *e = *state;

	port_close(e->port[0]);
	port_close(e->port[1]);
	veth_pair_down(&e->veth);
	free(e);
	return 0;
}

/* The pair, with a port on each end when @open. */
static struct ends *ends_of(void **state, bool open)
{
	struct ends *e = *state;

	for (int side = 0; open && side < 2; side++)
		e->port[side] = end_open_with(e, side, 1024, FRAME_MAX);
	return e;
}

static void sizes_pass(struct ends *e, u32 longest, u16 tpid)
{
	for (u32 len = 60; len <= longest; len += PORT_BURST) {
		unsigned int n = min((unsigned int)PORT_BURST, longest - len + 1);

		send_frames(e->port[0], len, len, tpid, n);
		expect_frames(e->port[1], len, len, tpid, n);
	}
	expect_nothing(e->port[1]);
}

static void every_size_arrives_whole_and_in_order(void **state)
{
	sizes_pass(ends_of(state, true), 1514, 0);
}

static void every_size_with_a_vlan_tag_arrives_whole(void **state)
{
	struct ends *e = ends_of(state, true);

	sizes_pass(e, 1518, C_TAG);
	sizes_pass(e, 1514, S_TAG);
}

static void both_directions_pass_at_once(void **state)
{
	struct ends *e = ends_of(state, true);

	for (u32 i = 0; i < 100; i++) {
		send_frames(e->port[0], 1000 + i, 60, 0, 20);
		send_frames(e->port[1], 500000 + i, 90, 0, 20);
		expect_frames(e->port[1], 1000 + i, 60, 0, 20);
		expect_frames(e->port[0], 500000 + i, 90, 0, 20);
	}
}

static void own_frames_are_not_received(void **state)
{
	struct ends *e = ends_of(state, true);
	struct port *second;
	const struct port_packet_config config = { .ifindex = e->veth.ifindex[0],
						   .frame_max = FRAME_MAX, .tx_only = true };

	veth_pair_enter(&e->veth, 0);
	assert_int_equal(port_packet_open(&config, &second, NULL), 0);
	veth_pair_enter(&e->veth, -1);
	send_frames(e->port[0], 1, 100, 0, 10);
	send_frames(second, 11, 110, 0, 10);	/* another's on the same interface */
	port_close(second);
	expect_frames(e->port[1], 1, 100, 0, 20);
	expect_nothing(e->port[0]);
}

static void one_committed_frame_arrives_without_another_call(void **state)
{
	struct ends *e = ends_of(state, true);

	for (u32 i = 0; i < 20; i++) {
		send_frames(e->port[0], i, 64, 0, 1);
		expect_frames(e->port[1], i, 64, 0, 1);
	}
}

static void counts_what_was_committed_and_released(void **state)
{
	struct ends *e = ends_of(state, true);

	send_frames(e->port[0], 0, 100, 0, 3);
	expect_frames(e->port[1], 0, 100, 0, 3);
	assert_int_equal(e->port[0]->stats.tx_frames, 3);
	assert_int_equal(e->port[0]->stats.tx_bytes, 303);
	assert_int_equal(e->port[1]->stats.rx_frames, 3);
	assert_int_equal(e->port[1]->stats.rx_bytes, 303);
	assert_int_equal(port_pending(e->port[0]), 0);
	assert_int_equal(port_dropped(e->port[1]), 0);
	assert_int_equal(port_refused(e->port[0]), 0);
}

static void second_reserve_hands_out_the_same_frames(void **state)
{
	struct ends *e = ends_of(state, true);
	struct frame f[8], again[16];

	assert_int_equal(port_reserve(e->port[0], f, 8), 8);
	assert_true(port_reserve(e->port[0], again, 16) >= 8);
	for (unsigned int i = 0; i < 8; i++)
		assert_ptr_equal(f[i].data, again[i].data);
}

static void second_peek_hands_out_the_same_frames(void **state)
{
	struct ends *e = ends_of(state, true);
	struct frame f[4], again[4];

	send_frames(e->port[0], 0, 100, C_TAG, 4);
	assert_int_equal(peek_patiently(e->port[1], f, 1, PATIENCE_NS), 1);
	for (int got = 0; got < 4;)
		got = peek_patiently(e->port[1], again, 4, PATIENCE_NS);
	assert_ptr_equal(f[0].data, again[0].data);
	expect_frames(e->port[1], 0, 100, C_TAG, 4);
}

static void commit_of_fewer_than_reserved_sends_the_first(void **state)
{
	struct ends *e = ends_of(state, true);
	struct frame f[4];

	assert_int_equal(port_reserve(e->port[0], f, 4), 4);
	for (u32 i = 0; i < 4; i++)
		frame_fill(&f[i], i, 100 + i, 0);
	assert_int_equal(port_commit(e->port[0], f, 2), 0);
	expect_frames(e->port[1], 0, 100, 0, 2);
	expect_nothing(e->port[1]);
}

static void release_of_fewer_than_peeked_keeps_the_rest(void **state)
{
	struct ends *e = ends_of(state, true);
	struct frame f[4];

	send_frames(e->port[0], 0, 100, 0, 4);
	for (int got = 0; got < 4;)
		got = peek_patiently(e->port[1], f, 4, PATIENCE_NS);
	assert_int_equal(port_release(e->port[1], 1), 0);
	expect_frames(e->port[1], 1, 101, 0, 3);
}

static void expect_error(struct port *p, int ret, int code, const char *says, const char *what)
{
	char text[ERR_TEXT];

	snprintf(text, sizeof(text), "%s: %s", says, what);
	assert_int_equal(ret, code);
	assert_non_null(port_error(p));
	assert_int_equal(port_error(p)->code, code);
	assert_string_equal(port_error(p)->text, text);
}

static void more_than_was_handed_out_is_refused(void **state)
{
	struct ends *e = ends_of(state, true);
	struct frame f[4] = { 0 };

	assert_null(port_error(e->port[0]));
	assert_int_equal(port_reserve(e->port[0], f, 3), 3);
	expect_error(e->port[0], port_commit(e->port[0], f, 4), -EINVAL,
		     e->kind->says, "commit of 4 frames, 3 reserved");
	expect_error(e->port[1], port_release(e->port[1], 1), -EINVAL,
		     e->kind->says, "release of 1 frames, 0 peeked");
	expect_nothing(e->port[1]);
}

static void frames_of_impossible_length_are_refused(void **state)
{
	struct ends *e = ends_of(state, true);
	struct frame f[2];

	assert_int_equal(port_reserve(e->port[0], f, 2), 2);
	frame_fill(&f[0], 0, 100, 0);
	frame_fill(&f[1], 1, 1515, 0);
	expect_error(e->port[0], port_commit(e->port[0], f, 2), -EMSGSIZE,
		     e->kind->says, "frame of 1515 bytes: the MTU of va allows 1514 (1518 with an 802.1Q tag)");
	f[1].len = 1519;
	expect_error(e->port[0], port_commit(e->port[0], f, 2), -EMSGSIZE,
		     e->kind->says, "frame of 1519 bytes: the port was opened for 1518");
	f[1].len = 13;
	expect_error(e->port[0], port_commit(e->port[0], f, 2), -EINVAL,
		     e->kind->says, "frame of 13 bytes: an Ethernet header has 14");
	expect_nothing(e->port[1]);
	assert_int_equal(port_commit(e->port[0], f, 1), 0);
	expect_frames(e->port[1], 0, 100, 0, 1);
	assert_int_equal(e->port[0]->stats.tx_frames, 1);
}

/* Takes what has arrived; returns how many, all of them @len long. */
static u64 drain(struct port *p, u32 len)
{
	struct frame f[PORT_BURST];
	u64 frames = 0;
	int got;

	while ((got = peek_patiently(p, f, PORT_BURST, QUIET_NS)) > 0) {
		for (int i = 0; i < got; i++)
			assert_int_equal(f[i].len, len);
		assert_int_equal(port_release(p, (unsigned int)got), 0);
		frames += (u64)got;
	}
	assert_int_equal(got, 0);
	return frames;
}

static void full_ring_counts_what_it_lost_and_goes_on(void **state)
{
	struct ends *e = ends_of(state, false);
	const u32 frames = 200;
	u64 arrived;

	e->port[0] = end_open_with(e, 0, 1024, FRAME_MAX);
	e->port[1] = end_open_with(e, 1, 64, FRAME_MAX);
	for (u32 i = 0; i < frames; i++)
		send_frames(e->port[0], i, 1514, 0, 1);
	/* Every frame is in the ring or lost before the first is taken. */
	for (u64 start = clk_monotonic_ns(); clk_monotonic_ns() - start < QUIET_NS;)
		sched_yield();
	arrived = drain(e->port[1], 1514);
	/* TPACKET_V3 gives away blocks before they are full. */
	assert_in_range(arrived, e->kind == &port_kinds[1] ? 1 : 64, frames - 1);
	assert_true(port_dropped(e->port[1]) > 0);
	assert_int_equal(arrived + port_dropped(e->port[1]) + port_refused(e->port[0]),
			 frames);
	for (u32 i = 0; i < 300; i++) {
		send_frames(e->port[0], i, 60, 0, 1);
		expect_frames(e->port[1], i, 60, 0, 1);
	}
}

static void frames_too_long_for_the_port_count_as_dropped(void **state)
{
	struct ends *e = ends_of(state, false);

	e->port[0] = end_open_with(e, 0, 1024, FRAME_MAX);
	e->port[1] = end_open_with(e, 1, 64, 100);
	for (u32 i = 0; i < 30; i++) {
		send_frames(e->port[0], 7, 101, 0, 20);	/* nothing else in the ring … */
		send_frames(e->port[0], i, 99, 0, 2);		/* … between … */
		send_frames(e->port[0], 7, 97, C_TAG, 1);
		send_frames(e->port[0], i, 97, C_TAG, 1);
		send_frames(e->port[0], 7, 101, C_TAG, 2);	/* … and behind */
		expect_frames(e->port[1], i, 99, 0, 2);
		expect_frames(e->port[1], 7, 97, C_TAG, 1);
		expect_frames(e->port[1], i, 97, C_TAG, 1);
	}
	expect_nothing(e->port[1]);
	assert_int_equal(port_dropped(e->port[1]), 30 * 22);
}

struct stream {
	struct port *tx, *rx;
	u32 frames;
	u32 received;	/* atomic */
	u32 wrong;	/* atomic */
	bool over;	/* atomic: the receiver has stopped */
};

/* Sends no more than what fits the rings, so that none may be lost. */
static void *sender(void *arg)
{
	struct stream *s = arg;
	struct frame f[PORT_BURST];

	for (u32 sent = 0; sent < s->frames && !__atomic_load_n(&s->over, __ATOMIC_RELAXED);) {
		u32 open = sent - __atomic_load_n(&s->received, __ATOMIC_RELAXED);
		int n = open > 128 ? 0 : port_reserve(s->tx, f, min(s->frames - sent, 1 + sent % 32));

		for (int i = 0; i < n; i++)
			frame_fill(&f[i], sent + (u32)i, 60 + (sent + (u32)i) % 200, 0);
		if (n < 0 || port_commit(s->tx, f, (unsigned int)n)) {
			__atomic_fetch_add(&s->wrong, 1, __ATOMIC_RELAXED);
			return NULL;
		}
		sent += (u32)n;
		if (!n)
			sched_yield();
	}
	return NULL;
}

static void receive_stream(struct stream *s)
{
	struct frame f[PORT_BURST];
	u32 received = 0;
	int got = 1;

	while (received < s->frames && got > 0) {
		got = peek_patiently(s->rx, f, PORT_BURST, PATIENCE_NS);
		for (int i = 0; i < got; i++) {
			u32 number = received + (u32)i;

			if (!frame_equals(&f[i], number, 60 + number % 200, 0))
				__atomic_fetch_add(&s->wrong, 1, __ATOMIC_RELAXED);
		}
		if (got > 0)
			port_release(s->rx, (unsigned int)got);
		received += (u32)got;
		__atomic_store_n(&s->received, received, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&s->over, true, __ATOMIC_RELAXED);
}

static void two_threads_pass_every_frame_in_order(void **state)
{
	struct ends *e = ends_of(state, true);
	/* Out and back through the same ports: both sides of one are in use. */
	struct stream there = { e->port[0], e->port[1], 20000, 0, 0, false };
	struct stream back = { e->port[1], e->port[0], 20000, 0, 0, false };
	pthread_t thread[2];

	assert_int_equal(pthread_create(&thread[0], NULL, sender, &there), 0);
	receive_stream(&there);
	pthread_join(thread[0], NULL);
	assert_int_equal(pthread_create(&thread[1], NULL, sender, &back), 0);
	receive_stream(&back);
	pthread_join(thread[1], NULL);
	assert_int_equal(there.received, there.frames);
	assert_int_equal(there.wrong, 0);
	assert_int_equal(back.received, back.frames);
	assert_int_equal(back.wrong, 0);
}

/* Both sides end within a bounded number of calls, and stay so. */
static void expect_end(struct ends *e, int code, const char *what)
{
	struct port *p = e->port[0];
	struct frame f[2];
	int ret = 0;

	for (unsigned int i = 0; i < 1000 && !ret; i++)
		ret = port_peek(p, f, 1);
	expect_error(p, ret, code, e->kind->says, what);
	assert_int_equal(port_peek(p, f, 1), code);
	ret = port_reserve(p, f, 2);
	if (ret >= 0) {
		assert_int_equal(ret, 2);
		frame_fill(&f[0], 0, 60, 0);
		frame_fill(&f[1], 0, 60, 0);
		ret = port_commit(p, f, 2);
	}
	expect_error(p, ret, code, e->kind->says, what);
	assert_int_equal(port_reserve(p, f, 1), code);
	assert_int_equal(p->stats.tx_frames, 0);
	assert_int_equal(port_pending(p), 0);
}

static void interface_set_down_is_an_error(void **state)
{
	struct ends *e = ends_of(state, true);

	assert_int_equal(veth_pair_ip(&e->veth, 0, "link", "set", "va", "down", NULL), 0);
	expect_end(e, -ENETDOWN, "interface va was set down");
}

static void deleted_interface_is_an_error(void **state)
{
	struct ends *e = ends_of(state, true);

	assert_int_equal(veth_pair_ip(&e->veth, 0, "link", "del", "va", NULL), 0);
	expect_end(e, -ENODEV, "interface va was deleted");
}

static void lost_carrier_is_an_error(void **state)
{
	struct ends *e = ends_of(state, true);
	struct frame f[PORT_BURST];
	int ret = 0;

	assert_int_equal(veth_pair_ip(&e->veth, 1, "link", "set", "vb", "down", NULL), 0);
	for (unsigned int i = 0; i < 100 && ret >= 0; i++) {
		ret = port_reserve(e->port[0], f, PORT_BURST);
		for (int k = 0; k < ret; k++)
			frame_fill(&f[k], 0, 60, 0);
		if (ret >= 0)
			ret = port_commit(e->port[0], f, (unsigned int)ret);
	}
	expect_error(e->port[0], ret, -ENETDOWN,
		     e->kind->says, "interface va has no carrier: is its peer up?");
}

static void frames_that_came_before_the_end_can_be_read(void **state)
{
	struct ends *e = ends_of(state, true);
	struct frame f[4];

	send_frames(e->port[1], 0, 100, 0, 4);
	for (int got = 0; got < 4;)
		got = peek_patiently(e->port[0], f, 4, PATIENCE_NS);
	assert_int_equal(veth_pair_ip(&e->veth, 0, "link", "set", "va", "down", NULL), 0);
	expect_frames(e->port[0], 0, 100, 0, 4);
}

static void open_fails(struct ends *e, int ifindex, u32 slots, u32 frame_max, int code,
		       const char *what)
{
	struct port *p = NULL;
	char text[ERR_TEXT];
	struct err err;
	int ret;

	veth_pair_enter(&e->veth, 0);
	ret = e->kind->open(ifindex, slots, frame_max, &p, &err);
	veth_pair_enter(&e->veth, -1);
	snprintf(text, sizeof(text), "%s: %s", e->kind->says, what);
	assert_int_equal(ret, code);
	assert_int_equal(err.code, code);
	assert_string_equal(err.text, text);
	assert_null(p);
}

static void impossible_requests_are_refused_by_name(void **state)
{
	struct ends *e = ends_of(state, false);
	int va = e->veth.ifindex[0];

	open_fails(e, 9999, 0, 1514, -ENODEV,
		   "no interface with index 9999 in this network namespace: see `ip link`");
	open_fails(e, va, 100, 1514, -EINVAL,
		   "100 slots: must be a power of two from 64 to 65536");
	open_fails(e, va, 0, 59, -EINVAL,
		   e->kind->says[0] == 'x' ?
		   "frames of 59 bytes (without FCS): must be 60 to 3840" :
		   "frames of 59 bytes (without FCS): must be 60 to 9216");
	open_fails(e, va, 0, 9217, -EINVAL,
		   e->kind->says[0] == 'x' ?
		   "frames of 9217 bytes (without FCS): must be 60 to 3840" :
		   "frames of 9217 bytes (without FCS): must be 60 to 9216");
	assert_int_equal(veth_pair_ip(&e->veth, 0, "link", "set", "va", "down", NULL), 0);
	open_fails(e, va, 0, 1514, -ENETDOWN, "va is down: `ip link set va up`");
}

static void without_rights_it_says_so(void **state)
{
	struct ends *e = ends_of(state, false);
	int status;
	pid_t pid;

	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		char text[ERR_TEXT];
		struct port *p;
		struct err err;

		veth_pair_enter(&e->veth, 0);
		snprintf(text, sizeof(text),
			 "%s: Operation not permitted: it needs CAP_NET_RAW: run as root",
			 e->kind->says);
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(e->kind->open(e->veth.ifindex[0], 0, 1514, &p, &err) != -EPERM ||
		      strcmp(err.text, text));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What `ip -d link` says of va, promiscuity and XDP among it. */
static void link_text(struct ends *e, char *ret, size_t size)
{
	size_t len;
	FILE *f;

	veth_pair_enter(&e->veth, 0);
	/* NOLINTNEXTLINE(cert-env33-c): fixed words */
	f = popen("/usr/sbin/ip -d link show dev va 2>/dev/null", "re");
	veth_pair_enter(&e->veth, -1);
	assert_non_null(f);
	len = fread(ret, 1, size - 1, f);
	ret[len] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_true(len > 0);
}

static void expect_untouched(struct ends *e, const char *before)
{
	char after[2048];
	u64 start = clk_monotonic_ns();

	/* The kernel frees what a process held a little after its end. */
	do {
		link_text(e, after, sizeof(after));
	} while (strcmp(before, after) && clk_monotonic_ns() - start < PATIENCE_NS);
	assert_string_equal(after, before);
}

static void close_leaves_nothing_on_the_interface(void **state)
{
	struct ends *e = ends_of(state, false);
	char before[2048], open[2048];

	link_text(e, before, sizeof(before));
	e->port[0] = end_open_with(e, 0, 64, 1514);
	link_text(e, open, sizeof(open));
	assert_string_not_equal(before, open);
	port_close(e->port[0]);
	e->port[0] = NULL;
	expect_untouched(e, before);
}

static void kill_leaves_nothing_on_the_interface(void **state)
{
	struct ends *e = ends_of(state, false);
	char before[2048], open[2048], byte;
	int ready[2], status;
	pid_t pid;

	link_text(e, before, sizeof(before));
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct port *p;

		veth_pair_enter(&e->veth, 0);
		byte = (char)e->kind->open(e->veth.ifindex[0], 64, 1514, &p, NULL);
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 0);
	link_text(e, open, sizeof(open));
	assert_string_not_equal(before, open);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(ready[0]);
	close(ready[1]);
	expect_untouched(e, before);
}

#define TEST(f) { #f, f }
static const struct {
	const char *name;
	CMUnitTestFunction function;
} each[] = {
	TEST(every_size_arrives_whole_and_in_order),
	TEST(every_size_with_a_vlan_tag_arrives_whole),
	TEST(both_directions_pass_at_once),
	TEST(own_frames_are_not_received),
	TEST(one_committed_frame_arrives_without_another_call),
	TEST(counts_what_was_committed_and_released),
	TEST(second_reserve_hands_out_the_same_frames),
	TEST(second_peek_hands_out_the_same_frames),
	TEST(commit_of_fewer_than_reserved_sends_the_first),
	TEST(release_of_fewer_than_peeked_keeps_the_rest),
	TEST(more_than_was_handed_out_is_refused),
	TEST(frames_of_impossible_length_are_refused),
	TEST(full_ring_counts_what_it_lost_and_goes_on),
	TEST(frames_too_long_for_the_port_count_as_dropped),
	TEST(two_threads_pass_every_frame_in_order),
	TEST(interface_set_down_is_an_error),
	TEST(deleted_interface_is_an_error),
	TEST(lost_carrier_is_an_error),
	TEST(frames_that_came_before_the_end_can_be_read),
	TEST(impossible_requests_are_refused_by_name),
	TEST(without_rights_it_says_so),
	TEST(close_leaves_nothing_on_the_interface),
	TEST(kill_leaves_nothing_on_the_interface),
};

int main(void)
{
	struct CMUnitTest tests[PORT_KINDS * ARRAY_SIZE(each)];
	char names[ARRAY_SIZE(tests)][96];

	for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
		const struct port_kind *kind = &port_kinds[i / ARRAY_SIZE(each)];
		unsigned int at = i % ARRAY_SIZE(each);

		snprintf(names[i], sizeof(names[i]), "%s: %s", kind->name, each[at].name);
		tests[i] = (struct CMUnitTest){ names[i], each[at].function, ends_setup,
						ends_teardown, (void *)kind };
	}
	if (veth_pair_why_not()) {
		printf("1..0 # SKIP %s\n", veth_pair_why_not());
		return 0;
	}
	return cmocka_run_group_tests_name("port_net", tests, NULL, NULL);
}
