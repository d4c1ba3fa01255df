// SPDX-License-Identifier: GPL-2.0-or-later
/* test_port_memory.c - the memory port as lib/port.h promises it, and the null port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "lib/port.h"

#define SLOTS	64
#define ROOM	100

static struct port *open_ring(void)
{
	const struct port_memory_config config = { .slots = SLOTS, .frame_max = ROOM, .node = -1 };
	struct port *p;

	assert_int_equal(port_memory_open(&config, &p, NULL), 0);
	return p;
}

/* A frame's bytes, length and time all follow from its number. */
static void frame_write(struct frame *f, u64 number)
{
	f->len = 60 + (u32)(number % 41);
	memset(f->data, (int)(number & 0xff), f->len);
	memcpy(f->data, &number, sizeof(number));
	f->time = number * 3;
}

static bool frame_is(const struct frame *f, u64 number)
{
	u64 got;

	memcpy(&got, f->data, sizeof(got));
	for (u32 i = sizeof(got); i < f->len; i++)
		if (f->data[i] != (number & 0xff))
			return false;
	return got == number && f->len == 60 + number % 41 && f->time == number * 3;
}

static unsigned int send(struct port *p, u64 number, unsigned int n)
{
	struct frame f[SLOTS];
	int got = port_reserve(p, f, n);

	assert_true(got >= 0);
	for (int i = 0; i < got; i++)
		frame_write(&f[i], number + (u64)i);
	assert_int_equal(port_commit(p, f, (unsigned int)got), 0);
	return (unsigned int)got;
}

static unsigned int receive(struct port *p, u64 number, unsigned int n)
{
	struct frame f[SLOTS];
	int got = port_peek(p, f, n);

	assert_true(got >= 0);
	for (int i = 0; i < got; i++)
		assert_true(frame_is(&f[i], number + (u64)i));
	assert_int_equal(port_release(p, (unsigned int)got), 0);
	return (unsigned int)got;
}

static void frames_arrive_as_written_across_many_wraps(void **state __unused)
{
	struct port *p = open_ring();
	u64 sent = 0, received = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		sent += send(p, sent, 1 + i % 33);
		received += receive(p, received, 1 + i % 31);
	}
	while (received < sent)
		received += receive(p, received, PORT_BURST);
	assert_true(sent > 10 * SLOTS);
	assert_int_equal(p->stats.tx_frames, sent);
	assert_int_equal(p->stats.rx_frames, sent);
	assert_int_equal(p->stats.tx_bytes, p->stats.rx_bytes);
	port_close(p);
}

static void full_ring_hands_out_no_frame(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f;

	assert_int_equal(send(p, 0, SLOTS), SLOTS);
	assert_int_equal(port_reserve(p, &f, 1), 0);
	assert_int_equal(receive(p, 0, 1), 1);
	assert_int_equal(port_reserve(p, &f, 1), 1);
	port_close(p);
}

static void nearly_full_ring_hands_out_what_is_left(void **state __unused)
{
	struct port *p = open_ring();

	assert_int_equal(send(p, 0, SLOTS - 3), SLOTS - 3);
	assert_int_equal(send(p, SLOTS - 3, 10), 3);
	port_close(p);
}

static void empty_ring_has_nothing_to_peek(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f;

	assert_int_equal(port_peek(p, &f, 1), 0);
	assert_int_equal(port_pending(p), 0);
	port_close(p);
}

static void frames_are_invisible_before_commit(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f[4];

	assert_int_equal(port_reserve(p, f, 4), 4);
	assert_int_equal(port_peek(p, f, 4), 0);
	port_close(p);
}

static void second_reserve_hands_out_the_same_frames(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f[4], again[4];

	assert_int_equal(port_reserve(p, f, 4), 4);
	assert_int_equal(port_reserve(p, again, 4), 4);
	for (int i = 0; i < 4; i++)
		assert_ptr_equal(f[i].data, again[i].data);
	port_close(p);
}

static void second_peek_hands_out_the_same_frames(void **state __unused)
{
	struct port *p = open_ring();

	send(p, 0, 4);
	for (unsigned int i = 0; i < 2; i++) {
		struct frame f[4];

		assert_int_equal(port_peek(p, f, 4), 4);
		assert_true(frame_is(&f[0], 0) && frame_is(&f[3], 3));
	}
	port_close(p);
}

static void commit_of_fewer_than_reserved_sends_the_first(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f[4];

	assert_int_equal(port_reserve(p, f, 4), 4);
	for (u64 i = 0; i < 4; i++)
		frame_write(&f[i], i);
	assert_int_equal(port_commit(p, f, 2), 0);
	assert_int_equal(receive(p, 0, 4), 2);
	port_close(p);
}

static void release_of_fewer_than_peeked_keeps_the_rest(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f[4];

	send(p, 0, 4);
	assert_int_equal(port_peek(p, f, 4), 4);
	assert_int_equal(port_release(p, 1), 0);
	assert_int_equal(port_pending(p), 3);
	assert_int_equal(receive(p, 1, 4), 3);
	port_close(p);
}

static void commit_of_more_than_reserved_is_refused(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f[4] = { 0 };

	assert_int_equal(port_reserve(p, f, 3), 3);
	assert_int_equal(port_commit(p, f, 4), -EINVAL);
	assert_int_equal(port_pending(p), 0);
	port_close(p);
}

static void release_of_more_than_peeked_is_refused(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f[4];

	send(p, 0, 4);
	assert_int_equal(port_peek(p, f, 3), 3);
	assert_int_equal(port_release(p, 4), -EINVAL);
	assert_int_equal(port_pending(p), 4);
	port_close(p);
}

static void frame_longer_than_its_room_is_refused(void **state __unused)
{
	struct port *p = open_ring();
	struct frame f[2];

	assert_int_equal(port_reserve(p, f, 2), 2);
	f[0].len = f[1].len = f[0].room;
	f[1].len++;
	assert_int_equal(port_commit(p, f, 2), -EMSGSIZE);
	assert_int_equal(port_pending(p), 0);
	port_close(p);
}

static void slots_do_not_overlap(void **state __unused)
{
	const u32 sizes[] = { 60, 64, 65, 80, 128, 129, 1514, 9216 };

	for (unsigned int s = 0; s < ARRAY_SIZE(sizes); s++) {
		const struct port_memory_config config = { .slots = SLOTS, .frame_max = sizes[s],
							   .node = -1 };
		struct frame f[SLOTS];
		struct port *p;

		assert_int_equal(port_memory_open(&config, &p, NULL), 0);
		assert_int_equal(port_reserve(p, f, SLOTS), SLOTS);
		for (unsigned int i = 0; i < SLOTS; i++) {
			assert_int_equal(f[i].room, sizes[s]);
			memset(f[i].data, (int)i, f[i].room);
			f[i].len = f[i].room;
		}
		assert_int_equal(port_commit(p, f, SLOTS), 0);
		assert_int_equal(port_peek(p, f, SLOTS), SLOTS);
		for (unsigned int i = 0; i < SLOTS; i++)
			assert_true(f[i].data[0] == i && f[i].data[f[i].len - 1] == i);
		port_close(p);
	}
}

struct transfer {
	struct port *port;
	u64 frames;
	u64 wrong;
};

static void *transmitter(void *arg)
{
	struct transfer *t = arg;
	struct frame f[PORT_BURST];
	u64 sent = 0;

	while (sent < t->frames) {
		unsigned int want = (unsigned int)min(t->frames - sent, 1 + sent % PORT_BURST);
		int n = port_reserve(t->port, f, want);

		for (int i = 0; i < n; i++)
			frame_write(&f[i], sent + (u64)i);
		t->wrong += n < 0 || port_commit(t->port, f, (unsigned int)n);
		sent += (u64)n;
		if (!n)
			sched_yield();
	}
	return NULL;
}

/* Receive from another thread; of each burst release all, or only its first part. */
static void pass_between_threads(bool all)
{
	struct transfer t = { .port = open_ring(), .frames = 200000 };
	struct frame f[PORT_BURST];
	u64 received = 0, wrong = 0;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, transmitter, &t), 0);
	while (received < t.frames) {
		int n = port_peek(t.port, f, PORT_BURST);
		unsigned int release = (unsigned int)n;

		for (int i = 0; i < n; i++)
			wrong += !frame_is(&f[i], received + (u64)i);
		wrong += port_pending(t.port) > SLOTS;
		if (!all && n > 1)
			release = 1 + (unsigned int)(received % (u64)(n - 1));
		port_release(t.port, release);
		received += release;
		if (!n)
			sched_yield();
	}
	pthread_join(thread, NULL);
	assert_int_equal(wrong, 0);
	assert_int_equal(t.wrong, 0);
	assert_int_equal(port_pending(t.port), 0);
	assert_int_equal(t.port->stats.rx_frames, t.frames);
	assert_int_equal(t.port->stats.rx_bytes, t.port->stats.tx_bytes);
	port_close(t.port);
}

static void two_threads_pass_every_frame_in_order(void **state __unused)
{
	pass_between_threads(true);
}

static void frames_not_released_stay_whole_between_threads(void **state __unused)
{
	pass_between_threads(false);
}

static void names_what_backs_it(void **state __unused)
{
	struct port *p = open_ring();
	const char *backing = port_memory_backing(p);

	assert_true(!strcmp(backing, "2 MiB pages") || !strcmp(backing, "4 KiB pages") ||
		    !strcmp(backing, "transparent huge pages"));
	port_close(p);
}

static void expect_error(u32 slots, u32 frame_max, const char *text)
{
	const struct port_memory_config config = { .slots = slots, .frame_max = frame_max };
	struct port *p = NULL;
	struct err err;

	assert_int_equal(port_memory_open(&config, &p, &err), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.text, text);
	assert_null(p);
}

static void impossible_sizes_are_refused_by_name(void **state __unused)
{
	expect_error(100, 60, "memory port: 100 slots: must be a power of two from 64 to 65536");
	expect_error(32, 60, "memory port: 32 slots: must be a power of two from 64 to 65536");
	expect_error(131072, 60,
		     "memory port: 131072 slots: must be a power of two from 64 to 65536");
	expect_error(64, 59,
		     "memory port: frames of 59 bytes (without FCS): must be 60 to 9216");
	expect_error(64, 9217,
		     "memory port: frames of 9217 bytes (without FCS): must be 60 to 9216");
}

static void no_slots_asked_for_means_1024(void **state __unused)
{
	const struct port_memory_config config = { .frame_max = 60, .node = -1 };
	struct frame f[1100];
	struct port *p;

	assert_int_equal(port_memory_open(&config, &p, NULL), 0);
	assert_int_equal(port_reserve(p, f, ARRAY_SIZE(f)), 1024);
	port_close(p);
}

static void null_port_counts_and_forgets(void **state __unused)
{
	struct frame f[PORT_BURST];
	struct port *p;

	assert_int_equal(port_null_open(1514, &p, NULL), 0);
	for (unsigned int round = 0; round < 3; round++) {
		assert_int_equal(port_reserve(p, f, PORT_BURST), PORT_BURST);
		for (unsigned int i = 0; i < PORT_BURST; i++) {
			memset(f[i].data, 0xa5, f[i].room);
			f[i].len = 1514;
		}
		assert_int_equal(port_commit(p, f, PORT_BURST), 0);
	}
	assert_int_equal(p->stats.tx_frames, 3 * PORT_BURST);
	assert_int_equal(p->stats.tx_bytes, 3 * PORT_BURST * 1514);
	assert_int_equal(port_peek(p, f, 1), 0);
	assert_int_equal(port_pending(p), 0);
	port_close(p);
}

static void closing_no_port_is_fine(void **state __unused)
{
	assert_int_equal(port_close(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_arrive_as_written_across_many_wraps),
		cmocka_unit_test(full_ring_hands_out_no_frame),
		cmocka_unit_test(nearly_full_ring_hands_out_what_is_left),
		cmocka_unit_test(empty_ring_has_nothing_to_peek),
		cmocka_unit_test(frames_are_invisible_before_commit),
		cmocka_unit_test(second_reserve_hands_out_the_same_frames),
		cmocka_unit_test(second_peek_hands_out_the_same_frames),
		cmocka_unit_test(commit_of_fewer_than_reserved_sends_the_first),
		cmocka_unit_test(release_of_fewer_than_peeked_keeps_the_rest),
		cmocka_unit_test(commit_of_more_than_reserved_is_refused),
		cmocka_unit_test(release_of_more_than_peeked_is_refused),
		cmocka_unit_test(frame_longer_than_its_room_is_refused),
		cmocka_unit_test(slots_do_not_overlap),
		cmocka_unit_test(two_threads_pass_every_frame_in_order),
		cmocka_unit_test(frames_not_released_stay_whole_between_threads),
		cmocka_unit_test(names_what_backs_it),
		cmocka_unit_test(impossible_sizes_are_refused_by_name),
		cmocka_unit_test(no_slots_asked_for_means_1024),
		cmocka_unit_test(null_port_counts_and_forgets),
		cmocka_unit_test(closing_no_port_is_fine),
	};

	return cmocka_run_group_tests_name("port_memory", tests, NULL, NULL);
}
