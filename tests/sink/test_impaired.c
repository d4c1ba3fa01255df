// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_impaired.c - the sink's honesty: a source, a port that harms a known
 * share of the frames, and a sink that must find exactly what was done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gen/source.h"
#include "lib/stream_build.h"
#include "sink/sink.h"

#define SHARE(percent) ((u32)((percent) / 100.0 * 4294967296.0))
#define IDLE_POLLS 1000

struct run {
	u8 family, protocol;
	u64 frames, first_index;
	unsigned int nstreams;
	struct port_impair_config impair;
};

struct outcome {
	struct port_impair_stats done;
	struct source_stream_report sent[2];
	struct sink_stream_report got[2];
	struct sink_report sink;
};

static struct clk clk;

static struct kpps_stream stream_new(const struct run *run, u16 id)
{
	struct stream_spec spec;
	struct kpps_stream s;

	stream_spec_default(&spec);
	spec.family = run->family;
	spec.protocol = run->protocol;
	spec.flows = 5000;
	spec.run = 9;
	spec.id = id;
	if (run->family == AF_INET6) {
		assert_int_equal(addr_range_parse("2001:2::/112", &spec.family, &spec.source, NULL), 0);
		assert_int_equal(addr_range_parse("2001:2:0:8000::1", &spec.family,
						  &spec.destination, NULL), 0);
	}
	spec.nsizes = 1;
	spec.sizes[0] = max(stream_sig_size_min(&spec), (u16)64);
	assert_int_equal(stream_build(&spec, &s, NULL), 0);
	return s;
}

static void play(struct source *source, struct sink *sink, struct port *port)
{
	/* what is held back comes out by and by; the port says when nothing is left */
	for (int ret = 0, idle = 0; ret != -ENODATA || port_pending(port) || idle < IDLE_POLLS;) {
		if (ret != -ENODATA)
			ret = source_poll_at(source, 1);
		idle = sink_poll(sink) > 0 ? 0 : idle + 1;
	}
}

static void run_impaired(const struct run *run, struct outcome *o)
{
	const struct port_memory_config memory = { .slots = 4096, .frame_max = 128, .node = -1 };
	struct source_stream streams[2] = {
		{ .stream = stream_new(run, 0), .weight = 2, .first_index = run->first_index },
		{ .stream = stream_new(run, 7), .weight = 1, .first_index = run->first_index },
	};
	const struct source_config source_config = {
		.streams = streams, .nstreams = run->nstreams, .count = run->frames, .wait = true,
		.clk = &clk,
	};
	const struct sink_config sink_config = {
		.run = 9, .streams = 1 | 1 << 7, .latency = true, .node = -1, .clk = &clk,
	};
	struct source *source;
	struct port *in, *out;
	struct sink *sink;

	assert_int_equal(port_memory_open(&memory, &in, NULL), 0);
	assert_int_equal(port_impair_open(in, &run->impair, &out, NULL), 0);
	assert_int_equal(source_create(&source_config, in, &source, NULL), 0);
	assert_int_equal(sink_create(&sink_config, out, &sink, NULL), 0);
	source_start(source, 1);
	play(source, sink, out);
	port_impair_stats(out, &o->done);
	sink_report(sink, &o->sink);
	for (unsigned int i = 0; i < 2; i++) {
		source_stream_report(source, i, &o->sent[i]);
		sink_stream_report(sink, i ? 7 : 0, &o->got[i]);
	}
	sink_destroy(sink);
	source_destroy(source);
	port_close(out);
}

/* Every frame is received, or was dropped or corrupted; nothing else is missing. */
static void check(const struct run *run)
{
	struct outcome o;
	u64 sent, received, duplicated, reordered, late;

	run_impaired(run, &o);
	sent = o.sent[0].sent + o.sent[1].sent;
	received = o.got[0].received + o.got[1].received;
	duplicated = o.got[0].duplicated + o.got[1].duplicated;
	reordered = o.got[0].reordered + o.got[1].reordered;
	late = o.got[0].late + o.got[1].late;
	assert_int_equal(sent, run->frames);
	assert_int_equal(o.done.seen, run->frames);
	assert_int_equal(sent - received, o.done.dropped + o.done.corrupted);
	assert_int_equal(o.sink.corrupted, o.done.corrupted);
	assert_int_equal(duplicated, o.done.duplicated);
	assert_int_equal(late, 0);
	assert_int_equal(o.sink.foreign, 0);
	assert_int_equal(o.sink.unsigned_frames, 0);
	assert_int_equal(o.sink.frames, received + duplicated + o.sink.corrupted);
	assert_int_equal(o.got[0].latency.count + o.got[1].latency.count, received);
	/* a frame held back is reordered, unless none of its stream overtook it */
	if (run->nstreams == 1 && !run->impair.delay && !run->impair.drop && !run->impair.corrupt)
		assert_int_equal(reordered, o.done.reordered);
	else
		assert_true(reordered <= o.done.reordered + o.done.delayed);
	if (run->impair.reorder)
		assert_true(reordered > 0);
}

static void an_unharmed_stream_is_received_whole(void **state __unused)
{
	const struct run run = { AF_INET, IPPROTO_UDP, 100000, 0, 1, { .seed = 1 } };

	check(&run);
}

static void each_treatment_alone_is_counted_exactly(void **state __unused)
{
	static const struct port_impair_config treatments[] = {
		{ .drop = SHARE(3) }, { .duplicate = SHARE(3) }, { .reorder = SHARE(3), .reorder_by = 5 },
		{ .corrupt = SHARE(3) }, { .delay = SHARE(1), .delay_ns = 100000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(treatments); i++)
		for (u64 seed = 1; seed < 4; seed++) {
			struct run run = { AF_INET, IPPROTO_UDP, 50000, 0, 1, treatments[i] };

			run.impair.seed = seed;
			check(&run);
		}
}

static void mixed_treatments_are_counted_exactly_for_every_kind_of_stream(void **state __unused)
{
	static const struct { u8 family, protocol; } kinds[] = {
		{ AF_INET, IPPROTO_UDP }, { AF_INET, IPPROTO_TCP }, { AF_INET, IPPROTO_ICMP },
		{ AF_INET6, IPPROTO_UDP }, { AF_INET6, IPPROTO_TCP }, { AF_INET6, IPPROTO_ICMP },
	};

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (u64 seed = 1; seed < 4; seed++) {
			const struct run run = {
				kinds[k].family, kinds[k].protocol, 30000, 0, 1,
				{ .seed = seed, .drop = SHARE(1), .duplicate = SHARE(2),
				  .reorder = SHARE(2), .corrupt = SHARE(1), .delay = SHARE(0.5),
				  .reorder_by = 16, .delay_ns = 50000 },
			};

			check(&run);
		}
}

static void two_streams_are_counted_exactly(void **state __unused)
{
	const struct run run = {
		AF_INET, IPPROTO_UDP, 100000, 0, 2,
		{ .seed = 5, .drop = SHARE(1), .duplicate = SHARE(1), .reorder = SHARE(1),
		  .corrupt = SHARE(1), .reorder_by = 3 },
	};

	check(&run);
}

static void counts_stay_exact_when_the_window_wraps(void **state __unused)
{
	const struct run run = {
		AF_INET, IPPROTO_UDP, 5 * (u64)SINK_WINDOW / 2, 0, 1,
		{ .seed = 6, .drop = SHARE(0.1), .duplicate = SHARE(0.1), .reorder = SHARE(0.1),
		  .corrupt = SHARE(0.1), .reorder_by = 64 },
	};

	check(&run);
}

static void counts_stay_exact_when_the_index_wraps(void **state __unused)
{
	const struct run run = {
		AF_INET, IPPROTO_UDP, 100000, (1ULL << 48) - 50000, 1,
		{ .seed = 7, .drop = SHARE(1), .duplicate = SHARE(1), .reorder = SHARE(1),
		  .corrupt = SHARE(1), .reorder_by = 64 },
	};

	check(&run);
}

static void a_port_that_drops_everything_leaves_nothing(void **state __unused)
{
	const struct run run = { AF_INET, IPPROTO_UDP, 10000, 0, 1, { .seed = 1, .drop = ~0U } };

	check(&run);
}

static int setup(void **state __unused)
{
	clk_init(&clk, true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unharmed_stream_is_received_whole),
		cmocka_unit_test(each_treatment_alone_is_counted_exactly),
		cmocka_unit_test(mixed_treatments_are_counted_exactly_for_every_kind_of_stream),
		cmocka_unit_test(two_streams_are_counted_exactly),
		cmocka_unit_test(counts_stay_exact_when_the_window_wraps),
		cmocka_unit_test(counts_stay_exact_when_the_index_wraps),
		cmocka_unit_test(a_port_that_drops_everything_leaves_nothing),
	};

	return cmocka_run_group_tests_name("impaired", tests, setup, NULL);
}
