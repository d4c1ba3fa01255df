// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_port_impair.c - the impairment port over a memory port: what comes out
 * is compared with what it says it did, frame by frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/port.h"

#define ROOM	128
#define ALWAYS	0xffffffffU
#define PERCENT	42949673U	/* of 2^32 */
#define FRAMES	20000

enum kind { UDP4, UDP4_NO_SUM, UDP4_VLAN, TCP4, ICMP4, UDP6, UDP6_OPTIONS, FRAGMENT4, ARP, KINDS };

struct arrival {
	u64 number;
	u64 time;
	u8 data[ROOM];
	u32 len;
};

static struct arrival arrived[2 * FRAMES + 64];
static unsigned int narrived;

static struct port *open_impaired(const struct port_impair_config *config)
{
	const struct port_memory_config memory = { .slots = 1024, .frame_max = ROOM, .node = -1 };
	struct port *inner, *p;

	assert_int_equal(port_memory_open(&memory, &inner, NULL), 0);
	assert_int_equal(port_impair_open(inner, config, &p, NULL), 0);
	narrived = 0;
	return p;
}

static void put16(u8 *p, unsigned int v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

/* L4 headers with the fields the port looks at; the checksum need not be right. */
static void put_l4(u8 *l4, u8 protocol, u32 len)
{
	memset(l4, 0x11, len);
	if (protocol == 17)
		put16(l4 + 4, len);
}

static u32 put_ipv4(u8 *ip, u8 protocol, u32 l4_len, u16 fragment)
{
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, 20 + l4_len);
	put16(ip + 6, fragment);
	ip[9] = protocol;
	put_l4(ip + 20, protocol, l4_len);
	return 20 + l4_len;
}

static u32 put_ipv6(u8 *ip, bool options, u32 l4_len)
{
	u32 extra = options ? 16 : 0;

	memset(ip, 0, 40 + extra);
	ip[0] = 0x60;
	put16(ip + 4, extra + l4_len);
	ip[6] = options ? 0 : 17;
	if (options) {		/* hop-by-hop, 16 bytes */
		ip[40] = 17;
		ip[41] = 1;
	}
	put_l4(ip + 40 + extra, 17, l4_len);
	return 40 + extra + l4_len;
}

/* A frame of @kind; returns where its covered bytes start and end (0, 0: nowhere). */
static void make_frame(struct frame *f, enum kind kind, u32 *ret_from, u32 *ret_to)
{
	u32 at = 14;

	memset(f->data, 0xee, ROOM);	/* padding behind what follows */
	put16(f->data + 12, 0x0800);
	if (kind == UDP6 || kind == UDP6_OPTIONS)
		put16(f->data + 12, 0x86dd);
	if (kind == ARP)
		put16(f->data + 12, 0x0806);
	if (kind == UDP4_VLAN) {
		put16(f->data + 12, 0x88a8);
		put16(f->data + 16, 0x8100);
		put16(f->data + 20, 0x0800);
		at = 22;
	}
	*ret_from = at + 20;
	switch (kind) {
	case TCP4:
		at += put_ipv4(f->data + at, 6, 24, 0);
		break;
	case ICMP4:
		at += put_ipv4(f->data + at, 1, 12, 0);
		break;
	case UDP6:
	case UDP6_OPTIONS:
		*ret_from = at + (kind == UDP6 ? 40 : 56);
		at += put_ipv6(f->data + at, kind == UDP6_OPTIONS, 26);
		break;
	default:
		at += put_ipv4(f->data + at, 17, 20, kind == FRAGMENT4 ? 0x2000 : 0x4000);
	}
	if (kind == UDP4_NO_SUM)
		put16(f->data + *ret_from + 6, 0);
	*ret_to = at;
	if (kind == UDP4_NO_SUM || kind == FRAGMENT4 || kind == ARP)
		*ret_from = *ret_to = 0;
	f->len = ROOM;
}

/* @n frames of @kind (KINDS: one after the other), numbered in the MAC addresses. */
static void send(struct port *p, u64 first, unsigned int n, enum kind kind)
{
	struct frame f[PORT_BURST];

	for (unsigned int done = 0; done < n;) {
		int got = port_reserve(p, f, min(n - done, (unsigned int)PORT_BURST));

		assert_true(got > 0);
		for (int i = 0; i < got; i++, done++) {
			u64 number = first + done;
			u32 from, to;

			make_frame(&f[i], kind == KINDS ? (enum kind)(number % KINDS) : kind,
				   &from, &to);
			memcpy(f[i].data, &number, sizeof(number));
			f[i].time = 1000 + number;
		}
		assert_int_equal(port_commit(p, f, (unsigned int)got), 0);
	}
}

static unsigned int receive(struct port *p, unsigned int burst)
{
	struct frame f[PORT_BURST];
	int n = port_peek(p, f, burst);

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		struct arrival *a = &arrived[narrived++];

		assert_true(narrived < ARRAY_SIZE(arrived));
		memcpy(&a->number, f[i].data, sizeof(a->number));
		memcpy(a->data, f[i].data, f[i].len);
		a->len = f[i].len;
		a->time = f[i].time;
	}
	assert_int_equal(port_release(p, (unsigned int)n), 0);
	return (unsigned int)n;
}

static void drain(struct port *p)
{
	while (port_pending(p))
		receive(p, PORT_BURST);
	assert_int_equal(receive(p, PORT_BURST), 0);
}

/* All of FRAMES through @p, @burst at a time. */
static void pass_all(struct port *p, unsigned int burst, enum kind kind)
{
	for (u64 sent = 0; sent < FRAMES; sent += 500) {
		send(p, sent, 500, kind);
		while (receive(p, burst))
			;
	}
	drain(p);
}

static struct port_impair_stats stats_of(struct port *p)
{
	struct port_impair_stats s;

	port_impair_stats(p, &s);
	return s;
}

static void nothing_asked_for_passes_everything_unchanged(void **state __unused)
{
	const struct port_impair_config config = { .seed = 1 };
	struct port *p = open_impaired(&config);

	pass_all(p, PORT_BURST, KINDS);
	assert_int_equal(narrived, FRAMES);
	for (u64 i = 0; i < FRAMES; i++) {
		assert_int_equal(arrived[i].number, i);
		assert_int_equal(arrived[i].time, 1000 + i);
	}
	assert_int_equal(stats_of(p).seen, FRAMES);
	assert_int_equal(p->stats.rx_frames, FRAMES);
	port_close(p);
}

static void passed_frames_are_not_copied(void **state __unused)
{
	const struct port_memory_config memory = { .slots = 64, .frame_max = ROOM, .node = -1 };
	const struct port_impair_config config = { .seed = 1 };
	struct port *inner, *p;
	struct frame in, out;

	assert_int_equal(port_memory_open(&memory, &inner, NULL), 0);
	assert_int_equal(port_impair_open(inner, &config, &p, NULL), 0);
	send(p, 0, 1, UDP4);
	assert_int_equal(port_peek(p, &out, 1), 1);
	assert_int_equal(port_peek(inner, &in, 1), 1);
	assert_ptr_equal(in.data, out.data);
	port_close(p);
}

static void dropped_frames_are_those_missing(void **state __unused)
{
	const struct port_impair_config config = { .seed = 2, .drop = 10 * PERCENT };
	struct port *p = open_impaired(&config);

	pass_all(p, PORT_BURST, UDP4);
	assert_in_range(stats_of(p).dropped, FRAMES / 20, FRAMES / 5);
	assert_int_equal(narrived, FRAMES - stats_of(p).dropped);
	for (unsigned int i = 1; i < narrived; i++)
		assert_true(arrived[i].number > arrived[i - 1].number);
	port_close(p);
}

static void always_means_every_frame(void **state __unused)
{
	const struct port_impair_config config = { .seed = 3, .drop = ALWAYS };
	struct port *p = open_impaired(&config);

	pass_all(p, PORT_BURST, UDP4);
	assert_int_equal(narrived, 0);
	assert_int_equal(stats_of(p).dropped, FRAMES);
	port_close(p);
}

static void duplicates_follow_each_other(void **state __unused)
{
	const struct port_impair_config config = { .seed = 4, .duplicate = 10 * PERCENT };
	struct port *p = open_impaired(&config);
	unsigned int twice = 0;

	pass_all(p, PORT_BURST, UDP4);
	for (unsigned int i = 1; i < narrived; i++) {
		assert_in_range(arrived[i].number - arrived[i - 1].number, 0, 1);
		twice += arrived[i].number == arrived[i - 1].number;
	}
	assert_int_equal(twice, stats_of(p).duplicated);
	assert_int_equal(narrived, FRAMES + twice);
	port_close(p);
}

static void duplicate_survives_a_release_between_its_copies(void **state __unused)
{
	const struct port_impair_config config = { .seed = 4, .duplicate = ALWAYS };
	struct port *p = open_impaired(&config);

	pass_all(p, 1, UDP4);
	assert_int_equal(narrived, 2 * FRAMES);
	for (unsigned int i = 0; i < narrived; i++)
		assert_int_equal(arrived[i].number, i / 2);
	port_close(p);
}

/* Frames after which a later one had come: RFC 4737, by definition. */
static unsigned int count_reordered(void)
{
	unsigned int n = 0;
	u64 next = 0;

	for (unsigned int i = 0; i < narrived; i++) {
		if (arrived[i].number < next)
			n++;
		else
			next = arrived[i].number + 1;
	}
	return n;
}

static void reordered_frames_are_overtaken_and_none_is_lost(void **state __unused)
{
	const u32 by[] = { 1, 3, 64 };

	for (unsigned int k = 0; k < ARRAY_SIZE(by); k++) {
		const struct port_impair_config config = { .seed = 5, .reorder = 5 * PERCENT,
							   .reorder_by = by[k] };
		struct port *p = open_impaired(&config);
		static u8 seen[FRAMES];

		pass_all(p, PORT_BURST, UDP4);
		memset(seen, 0, sizeof(seen));
		for (unsigned int i = 0; i < narrived; i++)
			seen[arrived[i].number]++;
		for (unsigned int i = 0; i < FRAMES; i++)
			assert_int_equal(seen[i], 1);
		assert_true(stats_of(p).reordered > FRAMES / 50);
		assert_int_equal(count_reordered(), stats_of(p).reordered);
		port_close(p);
	}
}

static void reordered_frame_comes_after_as_many_as_asked_for(void **state __unused)
{
	struct port_impair_config config = { .reorder = PERCENT, .reorder_by = 5 };
	struct port *p;

	/* a seed that holds frame 0, and for which no other of the first ten is held */
	for (config.seed = 1; config.seed < 100000; config.seed++) {
		p = open_impaired(&config);
		send(p, 0, 10, UDP4);
		drain(p);
		if (stats_of(p).reordered == 1 && arrived[0].number == 1)
			break;
		port_close(p);
	}
	assert_int_equal(narrived, 10);
	assert_int_equal(arrived[5].number, 0);
	assert_int_equal(arrived[6].number, 6);
	port_close(p);
}

static void last_frame_that_nothing_overtakes_is_handed_out_and_not_counted(void **state __unused)
{
	const struct port_impair_config config = { .seed = 6, .reorder = ALWAYS, .reorder_by = 3 };
	struct port *p = open_impaired(&config);

	send(p, 0, 1, UDP4);
	assert_int_equal(receive(p, 1), 0);
	assert_int_equal(port_pending(p), 1);
	drain(p);
	assert_int_equal(narrived, 1);
	assert_int_equal(stats_of(p).reordered, 0);
	port_close(p);
}

static void held_frames_fill_up_to_their_bound_and_all_come_out(void **state __unused)
{
	const struct port_impair_config config = { .seed = 6, .reorder = ALWAYS,
						   .reorder_by = 64 };
	struct port *p = open_impaired(&config);

	pass_all(p, 3, UDP4);
	assert_int_equal(narrived, FRAMES);
	assert_int_equal(count_reordered(), stats_of(p).reordered);
	port_close(p);
}

static void corrupted_frames_differ_in_one_covered_bit(void **state __unused)
{
	const struct port_impair_config config = { .seed = 7, .corrupt = ALWAYS };
	struct port *p = open_impaired(&config);
	unsigned int corrupted = 0, harmed[KINDS] = { 0 };

	pass_all(p, PORT_BURST, KINDS);
	assert_int_equal(narrived, FRAMES);
	for (unsigned int i = 0; i < narrived; i++) {
		enum kind kind = (enum kind)(i % KINDS);
		u8 data[ROOM];
		struct frame f = { .data = data };
		u32 from, to, bits = 0;

		make_frame(&f, kind, &from, &to);
		memcpy(data, arrived[i].data, 8);	/* the number, in the MACs */
		for (u32 at = 0; at < ROOM; at++) {
			u8 changed = data[at] ^ arrived[i].data[at];

			bits += (u32)__builtin_popcount(changed);
			assert_true(!changed || (at >= from && at < to));
			/* UDP: neither length nor checksum */
			assert_false(changed && kind != TCP4 && kind != ICMP4 && at >= from + 4 &&
				     at < from + 8);
		}
		assert_int_equal(bits, from ? 1 : 0);
		corrupted += bits;
		harmed[kind] += bits;
	}
	assert_int_equal(stats_of(p).corrupted, corrupted);
	assert_true(harmed[UDP4] && harmed[UDP4_VLAN] && harmed[TCP4] && harmed[ICMP4] &&
		    harmed[UDP6] && harmed[UDP6_OPTIONS]);
	assert_int_equal(harmed[UDP4_NO_SUM] + harmed[FRAGMENT4] + harmed[ARP], 0);
	port_close(p);
}

/* Cut anywhere, with any header bytes: nothing outside the frame is touched (ASan sees it). */
static void frames_cut_anywhere_are_left_alone_or_harmed_inside(void **state __unused)
{
	const struct port_impair_config config = { .seed = 8, .corrupt = ALWAYS };
	struct port *p = open_impaired(&config);
	unsigned int changed_frames = 0, sent = 0;

	for (unsigned int kind = 0; kind < KINDS; kind++) {
		for (u32 len = 0; len <= ROOM; len++) {
			u8 before[ROOM];
			struct frame f;
			u32 from, to;

			assert_int_equal(port_reserve(p, &f, 1), 1);
			make_frame(&f, (enum kind)kind, &from, &to);
			f.len = len;
			f.time = 0;
			memcpy(before, f.data, ROOM);
			assert_int_equal(port_commit(p, &f, 1), 0);
			assert_int_equal(port_peek(p, &f, 1), 1);
			changed_frames += !!memcmp(before, f.data, len);
			assert_memory_equal(before + len, f.data + len, ROOM - len);
			assert_int_equal(port_release(p, 1), 0);
			sent++;
		}
	}
	assert_int_equal(stats_of(p).corrupted, changed_frames);
	assert_int_equal(stats_of(p).seen, sent);
	port_close(p);
}

static void delayed_frames_stay_as_long_and_their_time_moves(void **state __unused)
{
	const struct port_impair_config config = { .seed = 9, .delay = ALWAYS,
						   .delay_ns = 20 * 1000 * 1000 };
	struct port *p = open_impaired(&config);
	u64 start = clk_system_ns();

	send(p, 0, 100, UDP4);
	assert_int_equal(port_pending(p), 100);
	while (!receive(p, PORT_BURST))
		;
	assert_true(clk_system_ns() - start >= config.delay_ns);
	drain(p);
	assert_int_equal(narrived, 100);
	for (u64 i = 0; i < 100; i++) {
		assert_int_equal(arrived[i].number, i);
		assert_int_equal(arrived[i].time, 1000 + i + config.delay_ns);
	}
	assert_int_equal(stats_of(p).delayed, 100);
	port_close(p);
}

static void more_delayed_frames_than_fit_pass_uncounted(void **state __unused)
{
	const struct port_impair_config config = { .seed = 9, .delay = ALWAYS,
						   .delay_ns = 200 * 1000 * 1000 };
	struct port *p = open_impaired(&config);

	pass_all(p, PORT_BURST, UDP4);
	assert_int_equal(narrived, FRAMES);
	assert_in_range(stats_of(p).delayed, 16384, FRAMES);
	port_close(p);
}

static void every_treatment_at_once_adds_up(void **state __unused)
{
	const struct port_impair_config config = {
		.seed = 10, .drop = 5 * PERCENT, .duplicate = 5 * PERCENT, .reorder = 5 * PERCENT,
		.corrupt = 5 * PERCENT, .delay = 5 * PERCENT, .reorder_by = 7, .delay_ns = 1000,
	};
	struct port *p = open_impaired(&config);
	struct port_impair_stats s;

	pass_all(p, 5, UDP4);
	s = stats_of(p);
	assert_int_equal(s.seen, FRAMES);
	assert_int_equal(narrived, FRAMES - s.dropped + s.duplicated);
	assert_true(s.dropped && s.duplicated && s.reordered && s.corrupted && s.delayed);
	port_close(p);
}

static u64 digest(void)
{
	u64 d = 14695981039346656037ULL;

	for (unsigned int i = 0; i < narrived; i++)
		for (u32 at = 0; at < arrived[i].len; at++)
			d = (d ^ arrived[i].data[at]) * 1099511628211ULL;
	return d;
}

static void same_seed_gives_the_same_frames_however_polled(void **state __unused)
{
	struct port_impair_config config = {
		.seed = 11, .drop = 5 * PERCENT, .duplicate = 5 * PERCENT, .reorder = 5 * PERCENT,
		.corrupt = 5 * PERCENT, .reorder_by = 20,
	};
	struct port *p = open_impaired(&config);
	u64 first, other;

	pass_all(p, PORT_BURST, KINDS);
	first = digest();
	port_close(p);
	p = open_impaired(&config);
	pass_all(p, 3, KINDS);
	assert_int_equal(digest(), first);
	port_close(p);
	config.seed++;
	p = open_impaired(&config);
	pass_all(p, PORT_BURST, KINDS);
	other = digest();
	assert_int_not_equal(other, first);
	port_close(p);
}

static void second_peek_hands_out_the_same_frames(void **state __unused)
{
	const struct port_impair_config config = { .seed = 12, .corrupt = ALWAYS };
	struct port *p = open_impaired(&config);
	struct frame f[8], again[8];
	u8 first[ROOM];

	send(p, 0, 8, UDP4);
	assert_int_equal(port_peek(p, f, 8), 8);
	memcpy(first, f[0].data, ROOM);
	assert_int_equal(port_peek(p, again, 8), 8);
	assert_memory_equal(again[0].data, first, ROOM);
	assert_int_equal(stats_of(p).corrupted, 8);
	assert_int_equal(port_release(p, 9), -EINVAL);
	port_close(p);
}

static void ended_file_gives_its_held_frames_before_the_end(void **state __unused)
{
	const struct port_impair_config config = { .seed = 13, .reorder = ALWAYS };
	char path[] = "/tmp/kpps-test-XXXXXX";
	struct frame f[PORT_BURST];
	struct port *inner, *p;

	close(mkstemp(path));
	assert_int_equal(port_pcap_open_write(path, &p, NULL), 0);
	send(p, 0, 10, UDP4);
	assert_int_equal(port_close(p), 0);
	assert_int_equal(port_pcap_open_read(path, false, &inner, NULL), 0);
	assert_int_equal(port_impair_open(inner, &config, &p, NULL), 0);
	narrived = 0;
	while (port_pending(p))
		receive(p, PORT_BURST);
	assert_int_equal(narrived, 10);
	assert_int_equal(port_peek(p, f, 1), -ENODATA);
	port_close(p);
	unlink(path);
}

static void impossible_shares_are_refused(void **state __unused)
{
	const struct port_impair_config much = { .drop = 3U << 30, .delay = 3U << 30 };
	const struct port_impair_config far = { .reorder = 1, .reorder_by = 65 };
	struct port *inner, *p = NULL;
	struct err err;

	assert_int_equal(port_null_open(60, &inner, NULL), 0);
	assert_int_equal(port_impair_open(inner, &much, &p, &err), -EINVAL);
	assert_string_equal(err.text, "impairment: the shares add up to 150 %: a frame gets at "
			    "most one treatment, so at most 100 %");
	assert_int_equal(port_impair_open(inner, &far, &p, &err), -EINVAL);
	assert_string_equal(err.text, "impairment: reordering by 65 frames: must be 1 to 64");
	assert_null(p);
	port_close(inner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asked_for_passes_everything_unchanged),
		cmocka_unit_test(passed_frames_are_not_copied),
		cmocka_unit_test(dropped_frames_are_those_missing),
		cmocka_unit_test(always_means_every_frame),
		cmocka_unit_test(duplicates_follow_each_other),
		cmocka_unit_test(duplicate_survives_a_release_between_its_copies),
		cmocka_unit_test(reordered_frames_are_overtaken_and_none_is_lost),
		cmocka_unit_test(reordered_frame_comes_after_as_many_as_asked_for),
		cmocka_unit_test(last_frame_that_nothing_overtakes_is_handed_out_and_not_counted),
		cmocka_unit_test(held_frames_fill_up_to_their_bound_and_all_come_out),
		cmocka_unit_test(corrupted_frames_differ_in_one_covered_bit),
		cmocka_unit_test(frames_cut_anywhere_are_left_alone_or_harmed_inside),
		cmocka_unit_test(delayed_frames_stay_as_long_and_their_time_moves),
		cmocka_unit_test(more_delayed_frames_than_fit_pass_uncounted),
		cmocka_unit_test(every_treatment_at_once_adds_up),
		cmocka_unit_test(same_seed_gives_the_same_frames_however_polled),
		cmocka_unit_test(second_peek_hands_out_the_same_frames),
		cmocka_unit_test(ended_file_gives_its_held_frames_before_the_end),
		cmocka_unit_test(impossible_shares_are_refused),
	};

	return cmocka_run_group_tests_name("port_impair", tests, NULL, NULL);
}
