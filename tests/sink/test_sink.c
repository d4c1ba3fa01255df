// SPDX-License-Identifier: GPL-2.0-or-later
/* test_sink.c - what the sink makes of sequences of frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "sink/sink.h"
#include "tests/sink/build_frame.h"

#define RUN 5
#define WRAP (1ULL << 48)

static struct sink *sink_new(u64 streams, u64 unsigned_streams)
{
	const struct sink_config config = {
		.run = RUN, .streams = streams, .unsigned_streams = unsigned_streams,
		.latency = true, .node = -1,
	};
	struct sink *s;

	assert_int_equal(sink_create(&config, NULL, &s, NULL), 0);
	return s;
}

static void give_frame(struct sink *s, struct built *f, u64 now)
{
	const struct frame frame = { .data = f->data, .len = f->len };

	sink_account(s, &frame, now);
}

static struct build plain(u8 stream, u64 index)
{
	return (struct build){
		.version = 4, .protocol = IPPROTO_UDP, .payload = 18, .signature = true,
		.run = RUN, .stream = stream, .index = index & (WRAP - 1),
	};
}

static void give(struct sink *s, u8 stream, u64 index)
{
	struct build b = plain(stream, index);
	struct built f;

	build_frame(&f, &b);
	give_frame(s, &f, 0);
}

static struct sink_stream_report stream_report(const struct sink *s, unsigned int stream)
{
	struct sink_stream_report r;

	sink_stream_report(s, stream, &r);
	return r;
}

static struct sink_report report(const struct sink *s)
{
	struct sink_report r;

	sink_report(s, &r);
	return r;
}

static void frames_in_order_are_received(void **state __unused)
{
	struct sink *s = sink_new(1, 0);
	struct sink_stream_report r;

	for (u64 i = 0; i < 1000; i++)
		give(s, 0, i);
	r = stream_report(s, 0);
	assert_int_equal(r.received, 1000);
	assert_int_equal(r.bytes, 60000);
	assert_int_equal(r.span, 1000);
	assert_int_equal(r.duplicated + r.reordered + r.late, 0);
	assert_int_equal(report(s).frames, 1000);
	assert_int_equal(report(s).foreign + report(s).corrupted, 0);
	sink_destroy(s);
}

static void a_gap_is_missing_until_it_is_filled(void **state __unused)
{
	struct sink *s = sink_new(1, 0);

	give(s, 0, 0);
	give(s, 0, 100);
	assert_int_equal(stream_report(s, 0).span, 101);
	assert_int_equal(stream_report(s, 0).received, 2);
	for (u64 i = 99; i > 0; i--)
		give(s, 0, i);
	assert_int_equal(stream_report(s, 0).received, 101);
	assert_int_equal(stream_report(s, 0).reordered, 99);
	assert_int_equal(stream_report(s, 0).duplicated, 0);
	sink_destroy(s);
}

static void further_copies_are_duplicated_and_not_reordered(void **state __unused)
{
	struct sink *s = sink_new(1, 0);

	give(s, 0, 7);
	give(s, 0, 7);
	give(s, 0, 8);
	give(s, 0, 7);
	assert_int_equal(stream_report(s, 0).received, 2);
	assert_int_equal(stream_report(s, 0).duplicated, 2);
	assert_int_equal(stream_report(s, 0).reordered, 0);
	sink_destroy(s);
}

static void rfc_4737_counts_each_frame_below_the_highest(void **state __unused)
{
	/* RFC 4737 section 3.3: 4 and 6 are reordered in 1 2 3 5 7 4 8 6 9 */
	static const u64 order[] = { 1, 2, 3, 5, 7, 4, 8, 6, 9 };
	struct sink *s = sink_new(1, 0);

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		give(s, 0, order[i]);
	assert_int_equal(stream_report(s, 0).received, 9);
	assert_int_equal(stream_report(s, 0).reordered, 2);
	sink_destroy(s);
}

static void the_window_reaches_back_exactly_its_size(void **state __unused)
{
	struct sink *s = sink_new(1, 0);
	const u64 high = 5 * (u64)SINK_WINDOW + 12345;

	give(s, 0, high);
	give(s, 0, high + 1 - SINK_WINDOW);
	assert_int_equal(stream_report(s, 0).reordered, 1);
	assert_int_equal(stream_report(s, 0).late, 0);
	give(s, 0, high - SINK_WINDOW);
	assert_int_equal(stream_report(s, 0).late, 1);
	assert_int_equal(stream_report(s, 0).received, 2);
	/* one step further the oldest is forgotten */
	give(s, 0, high + 1);
	give(s, 0, high + 1 - SINK_WINDOW);
	assert_int_equal(stream_report(s, 0).late, 2);
	assert_int_equal(stream_report(s, 0).duplicated, 0);
	sink_destroy(s);
}

/* What a plain array of flags says about the same frames. */
static void check_against_array(u64 first, unsigned int steps, u64 stride_max)
{
	const u64 size = 12 * (u64)SINK_WINDOW;
	u8 *seen = calloc(size, 1);
	struct sink *s = sink_new(1, 0);
	u64 high = 0, received = 0, duplicated = 0, reordered = 0, late = 0, random = first + 99;
	struct sink_stream_report r;

	assert_non_null(seen);
	for (unsigned int i = 0; i < steps; i++) {
		u64 at;

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		if (random >> 62 && high)	/* three in four near what was */
			at = high - min((random >> 33) % stride_max, high);
		else
			at = high + (random >> 33) % stride_max;
		if (at >= size)
			break;
		give(s, 0, first + at);
		if (!i || at > high) {
			high = at;
			received++;
			seen[at] = 1;
		} else if (high - at >= SINK_WINDOW) {
			late++;
		} else if (seen[at]) {
			duplicated++;
		} else {
			received++;
			reordered++;
			seen[at] = 1;
		}
	}
	r = stream_report(s, 0);
	assert_int_equal(r.received, received);
	assert_int_equal(r.duplicated, duplicated);
	assert_int_equal(r.reordered, reordered);
	assert_int_equal(r.late, late);
	free(seen);
	sink_destroy(s);
}

static void any_order_counts_as_an_array_of_flags_would(void **state __unused)
{
	check_against_array(0, 20000, 100);
	check_against_array(0, 20000, 5000);
	check_against_array(777, 3000, 2 * (u64)SINK_WINDOW);
	check_against_array(SINK_WINDOW - 3, 20000, 64);
}

static void counts_are_exact_across_the_wrap_of_the_index(void **state __unused)
{
	check_against_array(WRAP - 5, 20000, 20);
	check_against_array(WRAP - 1000, 20000, 500);
	check_against_array(WRAP - 3 * (u64)SINK_WINDOW, 3000, 2 * (u64)SINK_WINDOW);
}

static void loss_is_exact_when_whole_windows_are_skipped(void **state __unused)
{
	struct sink *s = sink_new(1, 0);
	const u64 jump = 3 * (u64)SINK_WINDOW;

	for (u64 i = 0; i < 100; i++)
		give(s, 0, i);
	/* the same bits of the bitmap, of frames that were never received */
	for (u64 i = 0; i < 100; i += 2)
		give(s, 0, jump + i);
	for (u64 i = 1; i < 98; i += 2)
		give(s, 0, jump + i);
	assert_int_equal(stream_report(s, 0).received, 199);
	assert_int_equal(stream_report(s, 0).duplicated, 0);
	assert_int_equal(stream_report(s, 0).span, jump + 99);
	sink_destroy(s);
}

static void a_stream_may_start_at_any_index(void **state __unused)
{
	struct sink *s = sink_new(1, 0);

	give(s, 0, 1000);
	give(s, 0, 998);
	give(s, 0, 1001);
	assert_int_equal(stream_report(s, 0).received, 3);
	assert_int_equal(stream_report(s, 0).reordered, 1);
	assert_int_equal(stream_report(s, 0).first_index, 998);
	assert_int_equal(stream_report(s, 0).span, 4);
	sink_destroy(s);
}

static void streams_are_counted_apart(void **state __unused)
{
	struct sink *s = sink_new(1ULL << 3 | 1ULL << 63, 0);

	for (u64 i = 0; i < 10; i++) {
		give(s, 3, i);
		give(s, 63, 2 * i);
	}
	give(s, 3, 9);
	assert_int_equal(stream_report(s, 3).received, 10);
	assert_int_equal(stream_report(s, 3).duplicated, 1);
	assert_int_equal(stream_report(s, 63).received, 10);
	assert_int_equal(stream_report(s, 63).span, 19);
	assert_int_equal(stream_report(s, 63).duplicated, 0);
	assert_int_equal(stream_report(s, 4).received, 0);
	sink_destroy(s);
}

static void other_runs_and_streams_are_foreign(void **state __unused)
{
	struct sink *s = sink_new(1, 0);
	struct build b = plain(0, 0);
	struct built f;

	b.run = RUN + 1;
	build_frame(&f, &b);
	give_frame(s, &f, 0);
	give(s, 1, 0);
	b = plain(0, 0);
	b.signature = false;
	build_frame(&f, &b);
	give_frame(s, &f, 0);
	b.payload = 17;
	build_frame(&f, &b);
	give_frame(s, &f, 0);
	assert_int_equal(report(s).foreign, 4);
	assert_int_equal(report(s).unsigned_frames, 0);
	assert_int_equal(stream_report(s, 0).received, 0);
	sink_destroy(s);
}

static void a_corrupted_frame_is_not_believed(void **state __unused)
{
	struct sink *s = sink_new(1, 0);
	struct build b = plain(0, 3);
	struct built f;

	build_frame(&f, &b);
	f.data[f.payload + 9] ^= 1;
	give_frame(s, &f, 0);
	/* nor one of ours whose checksum was taken away; others may do without */
	build_frame(&f, &b);
	put16(f.data + f.l4 + 6, 0);
	give_frame(s, &f, 0);
	assert_int_equal(report(s).corrupted, 2);
	assert_int_equal(stream_report(s, 0).received, 0);
	b.signature = false;
	build_frame(&f, &b);
	put16(f.data + f.l4 + 6, 0);
	give_frame(s, &f, 0);
	assert_int_equal(report(s).corrupted, 2);
	assert_int_equal(report(s).foreign, 1);
	sink_destroy(s);
}

static void signatures_are_found_behind_every_header(void **state __unused)
{
	static const struct build shapes[] = {
		{ .version = 4, .protocol = IPPROTO_TCP }, { .version = 4, .protocol = IPPROTO_ICMP },
		{ .version = 6, .protocol = IPPROTO_UDP }, { .version = 6, .protocol = IPPROTO_TCP },
		{ .version = 6, .protocol = IPPROTO_ICMPV6, .vlans = 2 },
		{ .version = 4, .protocol = IPPROTO_UDP, .options = 2, .vlans = 1 },
		{ .version = 6, .protocol = IPPROTO_UDP, .options = 2, .fragment_header = true },
	};
	struct sink *s = sink_new(1, 0);
	struct built f;

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct build b = shapes[i];

		b.payload = 64;
		b.signature = true;
		b.run = RUN;
		b.index = i;
		build_frame(&f, &b);
		give_frame(s, &f, 0);
	}
	assert_int_equal(stream_report(s, 0).received, ARRAY_SIZE(shapes));
	sink_destroy(s);
}

static void unsigned_frames_are_short_ones_of_our_protocols(void **state __unused)
{
	struct build b = { .version = 4, .protocol = IPPROTO_TCP, .payload = 6 };
	struct sink *s = sink_new(1, 1);
	struct built f;

	build_frame(&f, &b);
	give_frame(s, &f, 0);
	b.protocol = IPPROTO_ICMP;
	build_frame(&f, &b);
	give_frame(s, &f, 0);
	assert_int_equal(report(s).unsigned_frames, 2);
	/* an ICMP error is the DUT's; a longer frame would have had a signature */
	f.data[f.l4] = 3;
	build_sums(&f, &b);
	give_frame(s, &f, 0);
	b.payload = 18;
	build_frame(&f, &b);
	give_frame(s, &f, 0);
	assert_int_equal(report(s).unsigned_frames, 2);
	assert_int_equal(report(s).foreign, 2);
	sink_destroy(s);
}

static void latency_is_arrival_less_the_stamp(void **state __unused)
{
	static const u64 stamps[] = { 1000, 1000, 900, 1200 };
	struct sink *s = sink_new(1, 0);
	struct sink_stream_report r;

	for (u64 i = 0; i < ARRAY_SIZE(stamps); i++) {
		struct build b = plain(0, i);
		struct built f;

		b.time = stamps[i];
		build_frame(&f, &b);
		give_frame(s, &f, 1100 + i);
		/* a second copy says nothing about latency */
		give_frame(s, &f, 5000000);
	}
	r = stream_report(s, 0);
	assert_int_equal(r.latency.count, 4);
	assert_int_equal(r.latency.max, 1102 - 900);
	assert_int_equal(r.latency.min, 0);
	assert_int_equal(r.latency.sum, 100 + 101 + 202 + 0);
	assert_int_equal(r.early, 1);
	assert_int_equal(r.first_ns, 1100);
	assert_int_equal(r.last_ns, 1103);
	sink_destroy(s);
}

static void a_restart_forgets_everything(void **state __unused)
{
	struct sink *s = sink_new(1, 0);
	struct build b = plain(0, 7);
	struct built f;

	for (u64 i = 0; i < 100; i++)
		give(s, 0, i);
	sink_restart(s, RUN + 1);
	assert_int_equal(report(s).frames, 0);
	assert_int_equal(stream_report(s, 0).received, 0);
	assert_int_equal(stream_report(s, 0).latency.count, 0);
	give(s, 0, 7);
	assert_int_equal(report(s).foreign, 1);
	b.run = RUN + 1;
	build_frame(&f, &b);
	give_frame(s, &f, 0);
	assert_int_equal(stream_report(s, 0).received, 1);
	assert_int_equal(stream_report(s, 0).duplicated, 0);
	sink_destroy(s);
}

static void a_port_is_emptied_burst_by_burst(void **state __unused)
{
	const struct port_memory_config memory = { .slots = 128, .frame_max = 60, .node = -1 };
	const struct sink_config config = { .run = RUN, .streams = 1, .node = -1 };
	struct frame frames[PORT_BURST];
	struct port *port;
	struct sink *s;

	assert_int_equal(port_memory_open(&memory, &port, NULL), 0);
	assert_int_equal(sink_create(&config, port, &s, NULL), 0);
	assert_int_equal(sink_poll(s), 0);
	for (u64 from = 0; from < 64; from += PORT_BURST) {
		assert_int_equal(port_reserve(port, frames, PORT_BURST), PORT_BURST);
		for (u64 i = 0; i < PORT_BURST; i++) {
			struct build b = plain(0, from + i);
			struct built f;

			build_frame(&f, &b);
			memcpy(frames[i].data, f.data, f.len);
			frames[i].len = f.len;
			frames[i].time = 1000 + from + i;
		}
		assert_int_equal(port_commit(port, frames, PORT_BURST), 0);
	}
	assert_int_equal(sink_poll(s), PORT_BURST);
	assert_int_equal(port_pending(port), PORT_BURST);
	assert_int_equal(sink_poll(s), PORT_BURST);
	assert_int_equal(sink_poll(s), 0);
	assert_int_equal(stream_report(s, 0).received, 64);
	/* without a clock arrivals are the port's */
	assert_int_equal(stream_report(s, 0).first_ns, 1000);
	assert_int_equal(stream_report(s, 0).last_ns, 1063);
	sink_destroy(s);
	port_close(port);
}

static void wrong_configurations_are_refused_with_a_reason(void **state __unused)
{
	static const struct {
		struct sink_config config;
		const char *text;
	} rows[] = {
		{ { .run = KPPS_RUNS_MAX, .streams = 1 }, "run 1024" },
		{ { .run = 0, .streams = 0 }, "no stream" },
		{ { .run = 0, .streams = 1, .unsigned_streams = 2 }, "not expected" },
	};
	struct sink *s;
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(sink_create(&rows[i].config, NULL, &s, &err), -EINVAL);
		assert_non_null(strstr(err.text, rows[i].text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_in_order_are_received),
		cmocka_unit_test(a_gap_is_missing_until_it_is_filled),
		cmocka_unit_test(further_copies_are_duplicated_and_not_reordered),
		cmocka_unit_test(rfc_4737_counts_each_frame_below_the_highest),
		cmocka_unit_test(the_window_reaches_back_exactly_its_size),
		cmocka_unit_test(any_order_counts_as_an_array_of_flags_would),
		cmocka_unit_test(counts_are_exact_across_the_wrap_of_the_index),
		cmocka_unit_test(loss_is_exact_when_whole_windows_are_skipped),
		cmocka_unit_test(a_stream_may_start_at_any_index),
		cmocka_unit_test(streams_are_counted_apart),
		cmocka_unit_test(other_runs_and_streams_are_foreign),
		cmocka_unit_test(a_corrupted_frame_is_not_believed),
		cmocka_unit_test(signatures_are_found_behind_every_header),
		cmocka_unit_test(unsigned_frames_are_short_ones_of_our_protocols),
		cmocka_unit_test(latency_is_arrival_less_the_stamp),
		cmocka_unit_test(a_restart_forgets_everything),
		cmocka_unit_test(a_port_is_emptied_burst_by_burst),
		cmocka_unit_test(wrong_configurations_are_refused_with_a_reason),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
