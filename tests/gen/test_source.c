// SPDX-License-Identifier: GPL-2.0-or-later
/* test_source.c - the source over memory ports, at moments that the test chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen/source.h"
#include "lib/stream_build.h"
#include "sink/inspect.h"
#include "sink/responder.h"
#include "sink/tuples.h"

#define START 1000000007ULL
#define SLOTS 1024

static struct clk clk;

static struct kpps_stream stream_new(u16 id, u64 flows)
{
	struct stream_spec spec;
	struct kpps_stream s;

	stream_spec_default(&spec);
	spec.id = id;
	spec.flows = flows;
	assert_int_equal(stream_build(&spec, &s, NULL), 0);
	return s;
}

static struct port *port_new(void)
{
	const struct port_memory_config memory = { .slots = SLOTS, .frame_max = 1514, .node = -1 };
	struct port *port;

	assert_int_equal(port_memory_open(&memory, &port, NULL), 0);
	return port;
}

static struct source *source_new(struct source_config *config, struct port *port)
{
	struct source *s;

	config->clk = &clk;
	assert_int_equal(source_create(config, port, &s, NULL), 0);
	source_start(s, START);
	return s;
}

static struct source_report report(const struct source *s)
{
	struct source_report r;

	source_report(s, &r);
	return r;
}

static struct source_stream_report stream_report(const struct source *s, unsigned int i)
{
	struct source_stream_report r;

	source_stream_report(s, i, &r);
	return r;
}

/* Take what is in the port; counts per stream, checks that indices are in order. */
static u64 drain(struct port *port, u64 *per_stream, u64 *next)
{
	struct frame f[PORT_BURST];
	u64 sum = 0;
	int n;

	while ((n = port_peek(port, f, PORT_BURST)) > 0) {
		for (int i = 0; i < n; i++) {
			struct inspected in;
			struct kpps_sig sig = { 0 };

			assert_int_equal(frame_inspect(f[i].data, f[i].len, &in), VERDICT_INTACT);
			assert_true(kpps_sig_read(in.payload, in.payload_len, &sig));
			assert_int_equal(sig.time, f[i].time);
			assert_true(sig.index >= next[sig.stream]);
			next[sig.stream] = sig.index + 1;
			per_stream[sig.stream]++;
		}
		sum += (u64)n;
		assert_int_equal(port_release(port, (unsigned int)n), 0);
	}
	return sum;
}

static void frames_are_those_of_the_stream(void **state __unused)
{
	struct source_stream stream = { .stream = stream_new(0, 1000), .weight = 1, .first_index = 12345 };
	struct source_config config = { .streams = &stream, .nstreams = 1, .count = 100 };
	struct port *port = port_new();
	struct source *s = source_new(&config, port);
	struct frame f[PORT_BURST];
	u64 index = 12345;
	int n;

	while (source_poll_at(s, START + 5) > 0)
		;
	while ((n = port_peek(port, f, PORT_BURST)) > 0) {
		for (int i = 0; i < n; i++, index++) {
			u8 want[2048];
			u32 len = kpps_frame_make(&stream.stream, index, START + 5, want);

			assert_int_equal(f[i].len, len);
			assert_memory_equal(f[i].data, want, len);
		}
		port_release(port, (unsigned int)n);
	}
	assert_int_equal(index, 12445);
	assert_int_equal(stream_report(s, 0).next_index, 12445);
	source_destroy(s);
	port_close(port);
}

static void a_count_is_sent_exactly(void **state __unused)
{
	struct source_stream stream = { .stream = stream_new(0, 1000), .weight = 1 };
	struct source_config config = { .streams = &stream, .nstreams = 1, .count = 777, .burst = 10 };
	struct port *port = port_new();
	struct source *s = source_new(&config, port);
	u64 got[KPPS_STREAMS_MAX] = { 0 }, next[KPPS_STREAMS_MAX] = { 0 };
	int n, largest = 0;

	while ((n = source_poll_at(s, START)) > 0)
		largest = max(n, largest);
	assert_int_equal(n, -ENODATA);
	assert_int_equal(largest, 10);
	assert_int_equal(drain(port, got, next), 777);
	assert_int_equal(report(s).sent, 777);
	assert_int_equal(report(s).intended, 777);
	assert_int_equal(report(s).refused, 0);
	assert_int_equal(stream_report(s, 0).bytes, 777 * stream.stream.sizes[0].len);
	source_destroy(s);
	port_close(port);
}

static void nothing_departs_before_it_is_due(void **state __unused)
{
	struct source_stream stream = { .stream = stream_new(0, 1000), .weight = 1 };
	struct source_config config = {
		.streams = &stream, .nstreams = 1, .rate_pps = 1234567, .duration_ns = 10000000,
	};
	struct port *port = port_new();
	struct source *s = source_new(&config, port);
	u64 got[KPPS_STREAMS_MAX] = { 0 }, next[KPPS_STREAMS_MAX] = { 0 }, sum = 0, now = START - 500;
	int n;

	for (;; now += now % 1777) {
		u64 allowed = now < START ? 0 : (u64)((double)(now - START) * 1234567e-9);

		while ((n = source_poll_at(s, now)) > 0) {
			assert_true(n <= PORT_BURST);
			sum += (u64)n;
		}
		assert_true(sum <= allowed);
		if (n == -ENODATA)
			break;
		/* and all of it when asked */
		assert_int_equal(sum, allowed);
		drain(port, got, next);
	}
	assert_int_equal(sum, 12345);
	assert_int_equal(report(s).intended, 12345);
	assert_true(report(s).elapsed_ns >= 10000000 - 900);
	source_destroy(s);
	port_close(port);
}

static void a_full_port_refuses_and_indices_go_on(void **state __unused)
{
	struct source_stream streams[] = {
		{ .stream = stream_new(0, 1000), .weight = 3 }, { .stream = stream_new(1, 10), .weight = 1 },
	};

	for (unsigned int n = 1; n <= 2; n++) {
		struct source_config config = { .streams = streams, .nstreams = n, .count = 3000 };
		struct port *port = port_new();
		struct source *s = source_new(&config, port);
		u64 got[KPPS_STREAMS_MAX] = { 0 }, next[KPPS_STREAMS_MAX] = { 0 }, sum = 0;

		for (int polls = 0; polls < 60; polls++)
			assert_int_equal(source_poll_at(s, START), PORT_BURST);
		assert_int_equal(report(s).sent, 1920);
		assert_int_equal(report(s).refused, 1920 - SLOTS);
		assert_int_equal(drain(port, got, next), SLOTS);
		while (source_poll_at(s, START) > 0)
			sum += drain(port, got, next);
		assert_int_equal(report(s).sent, 3000);
		assert_int_equal(report(s).intended, 3000);
		assert_int_equal(SLOTS + sum + report(s).refused, 3000);
		for (unsigned int i = 0; i < n; i++) {
			struct source_stream_report r = stream_report(s, i);

			/* the last index sent arrived; what is missing was refused */
			assert_int_equal(next[i], r.next_index);
			assert_int_equal(r.next_index, r.sent);
			assert_int_equal(r.sent - got[i], r.refused);
			assert_int_equal(r.bytes, got[i] * streams[i].stream.sizes[0].len);
		}
		source_destroy(s);
		port_close(port);
	}
}

static void waiting_loses_nothing(void **state __unused)
{
	struct source_stream streams[] = {
		{ .stream = stream_new(0, 1000), .weight = 3 }, { .stream = stream_new(1, 10), .weight = 1 },
	};

	for (unsigned int n = 1; n <= 2; n++) {
		struct source_config config = { .streams = streams, .nstreams = n, .count = 5000, .wait = true };
		struct port *port = port_new();
		struct source *s = source_new(&config, port);
		u64 got[KPPS_STREAMS_MAX] = { 0 }, next[KPPS_STREAMS_MAX] = { 0 };
		int ret;

		do {
			/* more than fits: the last polls find no room at all */
			for (int i = 0; i < 40; i++)
				ret = source_poll_at(s, START);
			drain(port, got, next);
		} while (ret != -ENODATA);
		assert_int_equal(got[0] + got[1], 5000);
		assert_int_equal(next[0] + next[1], 5000);
		assert_int_equal(report(s).refused, 0);
		source_destroy(s);
		port_close(port);
	}
}

static void weights_share_the_rate(void **state __unused)
{
	struct source_stream streams[] = {
		{ .stream = stream_new(0, 1000), .weight = 7 }, { .stream = stream_new(1, 10), .weight = 4 },
		{ .stream = stream_new(2, 1), .weight = 1 },
	};
	struct source_config config = {
		.streams = streams, .nstreams = 3, .rate_pps = 1e6, .duration_ns = 12000000,
	};
	struct port *port = port_new();
	struct source *s = source_new(&config, port);
	u64 got[KPPS_STREAMS_MAX] = { 0 }, next[KPPS_STREAMS_MAX] = { 0 };

	for (u64 now = START; source_poll_at(s, now) != -ENODATA; now += 7777) {
		drain(port, got, next);
		for (int i = 0; i < 3; i++) {
			double sum = (double)(got[0] + got[1] + got[2]);
			double off = (double)got[i] - sum * (double)streams[i].weight / 12;

			assert_true(off > -1 && off < 1);
		}
	}
	drain(port, got, next);
	assert_int_equal(got[0], 7000);
	assert_int_equal(got[1], 4000);
	assert_int_equal(got[2], 1000);
	source_destroy(s);
	port_close(port);
}

static void lateness_and_backlog_are_told(void **state __unused)
{
	struct source_stream stream = { .stream = stream_new(0, 1000), .weight = 1 };
	struct source_config config = {
		.streams = &stream, .nstreams = 1, .rate_pps = 1e6, .duration_ns = 1000000,
	};
	struct port *port = port_new();
	struct source *s = source_new(&config, port);

	/* due at 1000, 2000, …: the fifth is due at 5000, so 4300 late is the first */
	assert_int_equal(source_poll_at(s, START + 5300), 5);
	assert_int_equal(report(s).late_max_ns, 4300);
	assert_int_equal(report(s).backlog_max, 5);
	assert_int_equal(source_poll_at(s, START + 6000), 1);
	assert_int_equal(report(s).late_max_ns, 4300);
	assert_int_equal(report(s).elapsed_ns, 6000);
	source_destroy(s);
	port_close(port);
}

/* What is due and late when the time is up stays unsent, and is told. */
static void an_overrun_ends_a_source_that_is_late(void **state)
{
	struct source_stream stream = { .stream = stream_new(0, 64), .weight = 1 };
	struct source_config config = { .streams = &stream, .nstreams = 1, .rate_pps = 1e6,
					.duration_ns = 1000000, .overrun_ns = 10000, .burst = 32 };
	struct port *port = port_new();
	struct source *s = source_new(&config, port);

	(void)state;
	assert_int_equal(source_poll_at(s, START + 500000), 32);
	/* within the overrun it catches up, after it it doesn't */
	assert_int_equal(source_poll_at(s, START + 1010000), 32);
	assert_int_equal(source_poll_at(s, START + 1010001), -ENODATA);
	assert_int_equal(report(s).intended, 1000);
	assert_int_equal(report(s).sent, 64);
	source_destroy(s);
	port_close(port);
}

static void departures_are_compared_with_the_schedule(void **state __unused)
{
	struct source_stream streams[] = {
		{ .stream = stream_new(0, 1000), .weight = 1 }, { .stream = stream_new(1, 1000), .weight = 1 },
	};

	/* merged or not, the same frames depart at the same moments */
	for (unsigned int n = 1; n <= 2; n++) {
		struct source_config config = {
			.streams = streams, .nstreams = n, .rate_pps = 1e6, .duration_ns = 1000000,
		};
		struct port *port = port_new();
		struct source *s = source_new(&config, port);
		struct source_report r;

		assert_int_equal(source_poll_at(s, START + 1010), 1);
		assert_int_equal(source_poll_at(s, START + 2000), 1);	/* 990 for 1000 */
		assert_int_equal(source_poll_at(s, START + 3100), 1);	/* 1100 for 1000 */
		assert_int_equal(source_poll_at(s, START + 5000), 2);	/* 1900 and 0 for 1000 */
		r = report(s);
		assert_int_equal(r.departure.count, 4);
		assert_int_equal(r.departure.min, 10);
		assert_int_equal(r.departure.max, 1000);
		assert_int_equal(r.departure.sum, 10 + 100 + 900 + 1000);
		source_destroy(s);
		port_close(port);
	}
}

static void virtual_time_stamps_the_schedule(void **state __unused)
{
	struct source_stream streams[] = {
		{ .stream = stream_new(0, 1000), .weight = 1 }, { .stream = stream_new(1, 10), .rate_pps = 1e5 },
	};
	struct source_config config = {
		.streams = streams, .nstreams = 2, .rate_pps = 1e6, .duration_ns = 500000,
		.virtual_time = true,
	};
	struct port *port = port_new();
	struct source *s = source_new(&config, port);
	u64 before = START, sum = 0, got[2] = { 0 };
	struct frame f[PORT_BURST];
	int n;

	while (source_poll(s) > 0)
		;
	while ((n = port_peek(port, f, PORT_BURST)) > 0) {
		for (int i = 0; i < n; i++) {
			struct inspected in;
			struct kpps_sig sig = { 0 };

			assert_int_equal(frame_inspect(f[i].data, f[i].len, &in), VERDICT_INTACT);
			assert_true(kpps_sig_read(in.payload, in.payload_len, &sig));
			assert_int_equal(sig.time, f[i].time);
			assert_true(f[i].time >= before);
			before = f[i].time;
			got[sig.stream]++;
		}
		sum += (u64)n;
		port_release(port, (unsigned int)n);
	}
	assert_int_equal(sum, 550);
	assert_int_equal(got[1], 50);
	assert_int_equal(before, START + 500000);
	assert_int_equal(report(s).elapsed_ns, 500000);
	source_destroy(s);
	port_close(port);
}

static void replies_go_where_the_table_says(void **state __unused)
{
	struct kpps_stream forward = stream_new(0, 100);
	struct source_stream stream = { .weight = 1 };
	struct source_config config = { .streams = &stream, .nstreams = 1, .count = 300 };
	struct port *port = port_new();
	struct tuple_table *table;
	struct frame f[PORT_BURST];
	struct source *s;
	u64 index = 0;
	int n;

	assert_int_equal(stream_reverse(&forward, &stream.stream), 0);
	assert_int_equal(tuple_table_create(&forward, -1, &table, NULL), 0);
	/* odd flows were noted, the others stay as the stream has them */
	for (u64 flow = 1; flow < 100; flow += 2) {
		const struct kpps_tuple t = {
			.src_lo = 0x01020304, .dst_lo = 0x05060708, .sport = 99, .dport = (u16)flow,
		};

		assert_false(tuple_table_set(table, flow, &t));
	}
	stream.tuples = table;
	s = source_new(&config, port);
	while (source_poll_at(s, START) > 0)
		;
	while ((n = port_peek(port, f, PORT_BURST)) > 0) {
		for (int i = 0; i < n; i++, index++) {
			u64 flow = kpps_stream_flow(&stream.stream, index);
			struct kpps_tuple own;
			struct inspected in;

			kpps_stream_tuple(&stream.stream, flow, &own);
			assert_int_equal(frame_inspect(f[i].data, f[i].len, &in), VERDICT_INTACT);
			assert_int_equal(inspect_load32(in.l3 + 12),
					 flow & 1 ? 0x01020304 : (u32)own.src_lo);
			assert_int_equal(inspect_load32(in.l3 + 16),
					 flow & 1 ? 0x05060708 : (u32)own.dst_lo);
			assert_int_equal(inspect_load16(in.l4), flow & 1 ? 99 : own.sport);
			assert_int_equal(inspect_load16(in.l4 + 2), flow & 1 ? flow : own.dport);
		}
		port_release(port, (unsigned int)n);
	}
	assert_int_equal(index, 300);
	source_destroy(s);
	tuple_table_destroy(table);
	port_close(port);
}

static void wrong_plans_are_refused_with_a_reason(void **state __unused)
{
	struct source_stream stream = { .stream = stream_new(0, 1), .weight = 1 };
	const struct { struct source_config config; const char *text; } rows[] = {
		{ { .nstreams = 1, .count = 1, .burst = 33, .clk = &clk }, "bursts of 33" },
		{ { .nstreams = 1, .clk = &clk }, "neither a duration nor a count" },
		{ { .nstreams = 1, .count = 1 }, "no clock" },
		{ { .nstreams = 1, .count = 1, .virtual_time = true }, "needs a rate" },
		{ { .nstreams = 0, .count = 1, .clk = &clk }, "0 streams" },
		{ { .nstreams = 1, .count = 1, .clk = &clk, .rate_pps = -1 }, "-1 pps" },
	};
	struct source *s;
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct source_config config = rows[i].config;

		config.streams = &stream;
		assert_true(source_create(&config, NULL, &s, &err) < 0);
		assert_non_null(strstr(err.text, rows[i].text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_those_of_the_stream),
		cmocka_unit_test(a_count_is_sent_exactly),
		cmocka_unit_test(nothing_departs_before_it_is_due),
		cmocka_unit_test(a_full_port_refuses_and_indices_go_on),
		cmocka_unit_test(waiting_loses_nothing),
		cmocka_unit_test(weights_share_the_rate),
		cmocka_unit_test(lateness_and_backlog_are_told),
		cmocka_unit_test(an_overrun_ends_a_source_that_is_late),
		cmocka_unit_test(departures_are_compared_with_the_schedule),
		cmocka_unit_test(virtual_time_stamps_the_schedule),
		cmocka_unit_test(replies_go_where_the_table_says),
		cmocka_unit_test(wrong_plans_are_refused_with_a_reason),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
