// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_kernel_source.c - a source in the kernel over a veth pair: in which order it
 * sends, how much and when; its bytes are test_worlds.c's subject. A sink of the same
 * kind, or XDP's, at the other end counts, or lets everything pass on to a packet port, which hands out the
 * frames. The source is XDP's, or that of $KPPS_SOURCE: tests/kmod/user_vm.t runs this
 * with the module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "gen/schedule.h"
#include "gen/kernel_source.h"
#include "lib/stream_build.h"
#include "sink/kernel_sink.h"
#include "tests/lib/port_steps.h"
#include "tests/lib/veth_pair.h"
#include "tests/skip.h"

#define FRAME_MAX 3000
#define FRAMES 400
#define SLOTS 8192	/* all frames of a test are sent before the first is looked at */

static const struct kernel_source_ops *ops = &xdp_source_ops;
static const struct kernel_sink_ops *sink_ops = &xdp_sink_ops;

struct fixture {
	struct veth_pair veth;
	struct kernel_sink *sink;		/* on vb */
	struct kernel_source *source;	/* out of va */
	struct port *seen;		/* what goes up the stack of one of them */
	volatile bool stop;
};

static int set_up(void **state)
{
	struct kernel_sink_config config = { .streams = 0x800000070000000fULL, .latency = true };
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	*state = f;
	if (!f || !veth_pair_up(&f->veth, FRAME_MAX, 0))
		return -1;
	config.ifindex = f->veth.ifindex[1];
	veth_pair_enter(&f->veth, 1);
	if (sink_ops->open(&config, &f->sink, &err)) {
		print_message("# %s\n", err.text);
		return -1;
	}
	veth_pair_enter(&f->veth, 0);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	kernel_source_close(f->source);
	kernel_sink_close(f->sink);
	port_close(f->seen);
	veth_pair_down(&f->veth);
	free(f);
	return 0;
}

static struct fixture *open_source(void **state, unsigned int ncpus, enum kernel_way way)
{
	static const int cpus[] = { 0, 1 };
	struct fixture *f = *state;
	struct kernel_source_config config = {
		.way = way, .cpus = cpus, .ncpus = ncpus, .frame_max = FRAME_MAX,
		.ifindex = f->veth.ifindex[0],
	};
	struct err err = { 0 };
	int ret;

	if (sysconf(_SC_NPROCESSORS_ONLN) < (long)ncpus)
		skip_because("one CPU");
	ret = ops->open(&config, &f->source, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(ret, 0);
	return f;
}

static void play(struct fixture *f, const struct source_config *config)
{
	struct err err = { 0 };

	kernel_source_plan(f->source, config, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(kernel_source_start(f->source, clk_monotonic_ns() + 1000000, &err), 0);
	kernel_source_wait(f->source, &f->stop, &err);
	assert_string_equal(err.text, "");
}

static struct source_report source_of(struct fixture *f)
{
	struct source_report r;

	kernel_source_report(f->source, &r);
	return r;
}

static struct sink_stream_report sink_of(struct fixture *f, unsigned int stream)
{
	struct sink_stream_report r;

	kernel_sink_stream_report(f->sink, stream, &r);
	return r;
}

/* Everything sent is waited for, then counted. */
static void settle(struct fixture *f, u64 frames)
{
	u64 end = clk_monotonic_ns() + PATIENCE_NS;

	while (kernel_sink_frames(f->sink) < frames && clk_monotonic_ns() < end)
		sched_yield();
	assert_int_equal(kernel_sink_frames(f->sink), frames);
}

/* From now on frames are seen that go up the stack of end @side; the sink counts none. */
static void capture(struct fixture *f, int side)
{
	const struct port_packet_config config = {
		.ifindex = f->veth.ifindex[side], .slots = SLOTS, .frame_max = FRAME_MAX,
	};

	assert_int_equal(kernel_sink_all_pass(f->sink, true, NULL), 0);
	veth_pair_enter(&f->veth, side);
	assert_int_equal(port_packet_open(&config, &f->seen, NULL), 0);
	veth_pair_enter(&f->veth, 0);
}

static u64 stamp_of(const struct kpps_stream *s, const u8 *data)
{
	return kpps_be64(kpps_get64(data + s->payload_off + 10));
}

static void assert_next_frame(struct fixture *f, const struct kpps_stream *s, u64 index)
{
	static u8 expected[FRAME_MAX];
	struct frame got;
	u32 len;

	assert_int_equal(peek_patiently(f->seen, &got, 1, PATIENCE_NS), 1);
	len = kpps_frame_make(s, index, stamp_of(s, got.data), expected);
	assert_int_equal(got.len, len);
	assert_memory_equal(got.data, expected, len);
	assert_int_equal(port_release(f->seen, 1), 0);
}

static struct source_stream stream_of(const struct stream_spec *spec)
{
	struct source_stream ret = { .weight = 1 };
	struct err err = { 0 };

	stream_build(spec, &ret.stream, &err);
	assert_string_equal(err.text, "");
	return ret;
}

static struct source_stream plain(u16 id, u64 flows)
{
	struct stream_spec spec;

	stream_spec_default(&spec);
	spec.flows = flows;
	spec.id = id;
	return stream_of(&spec);
}

static void assert_order_is_the_schedule_s(struct fixture *f, struct source_config *config)
{
	struct schedule_share share[KPPS_STREAMS_MAX] = { 0 };
	u64 index[KPPS_STREAMS_MAX] = { 0 };
	struct schedule schedule;

	for (unsigned int i = 0; i < config->nstreams; i++)
		share[i] = (struct schedule_share){ config->streams[i].weight,
						    config->streams[i].rate_pps };
	assert_int_equal(schedule_init(&schedule, share, config->nstreams, config->rate_pps,
				       config->duration_ns, config->count, NULL), 0);
	play(f, config);
	while (schedule_due(&schedule, SCHEDULE_NEVER)) {
		struct schedule_burst burst;

		schedule_take(&schedule, 1, &burst);
		assert_next_frame(f, &config->streams[burst.stream[0]].stream,
				  index[burst.stream[0]]++);
	}
	for (unsigned int i = 0; i < config->nstreams; i++) {
		struct source_stream_report r;

		kernel_source_stream_report(f->source, i, &r);
		assert_int_equal(r.sent, index[i]);
	}
	schedule_release(&schedule);
}

static void weighted_streams_take_turns_as_in_the_port_source(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream streams[] = { plain(0, 7), plain(1, 0), plain(2, 1000) };
	struct source_config config = {
		.streams = streams, .nstreams = 3, .rate_pps = 1e6, .count = 2000,
	};

	streams[0].weight = 5;
	streams[1].weight = 3;
	streams[2].weight = 1;
	capture(f, 1);
	assert_order_is_the_schedule_s(f, &config);
	config.rate_pps = 0;
	config.burst = 7;
	assert_order_is_the_schedule_s(f, &config);
}

static void rates_of_their_own_merge_as_in_the_port_source(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream streams[] = { plain(0, 7), plain(1, 0), plain(2, 99), plain(3, 1) };
	struct source_config config = {
		.streams = streams, .nstreams = 4, .rate_pps = 2e5, .duration_ns = 10000000,
	};

	streams[1].rate_pps = 123456.7;
	streams[2].weight = 3;
	streams[3].rate_pps = 2e5;
	capture(f, 1);
	assert_order_is_the_schedule_s(f, &config);
	config.duration_ns = 0;
	config.count = 777;
	assert_order_is_the_schedule_s(f, &config);
}

static void a_stream_without_a_rate_fills_what_others_leave(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream streams[] = { plain(0, 0), plain(1, 0) };
	struct source_config config = {
		.streams = streams, .nstreams = 2, .count = 10000, .burst = 16,
	};
	struct source_stream_report r[2];

	streams[1].rate_pps = 100;
	play(f, &config);
	kernel_source_stream_report(f->source, 0, &r[0]);
	kernel_source_stream_report(f->source, 1, &r[1]);
	assert_int_equal(r[0].sent + r[1].sent, 10000);
	assert_in_range(r[0].sent, 1, 10000);
	assert_int_equal(source_of(f).intended, 10000);
	assert_int_equal(source_of(f).departure.count, 0);
	/* time for the other one's */
	config.count = 0;
	config.duration_ns = 300000000;
	play(f, &config);
	kernel_source_stream_report(f->source, 1, &r[1]);
	assert_in_range(r[1].sent, 1, 30);
}

static void a_rate_gives_the_exact_count(void **state)
{
	static const double rates[] = { 997, 10000, 123456.7, 1e6 };
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream st = plain(0, 65536);
	u64 all = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(rates); i++) {
		const struct source_config config = {
			.streams = &st, .nstreams = 1, .rate_pps = rates[i], .duration_ns = 50000000,
		};
		u64 frames = (u64)(rates[i] / 20);
		struct source_report r;

		play(f, &config);
		r = source_of(f);
		assert_int_equal(r.intended, frames);
		assert_int_equal(r.sent, frames);
		assert_int_equal(r.refused, 0);
		assert_int_equal(r.departure.count, frames - 1);
		/* the last is due at the end at the latest, and never departs before */
		assert_true(r.elapsed_ns >= (u64)((double)frames * 1e9 / rates[i]));
		all += frames;
		st.first_index += frames;
		settle(f, all);
		assert_int_equal(sink_of(f, 0).received, all);
		assert_int_equal(sink_of(f, 0).span, all);
		assert_int_equal(sink_of(f, 0).reordered, 0);
	}
}

static void no_frame_departs_before_it_is_due(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream st = plain(0, 0);
	struct source_config config = {
		.streams = &st, .nstreams = 1, .rate_pps = 4e5, .count = FRAMES,
	};
	u64 start = clk_monotonic_ns() + 20000000, before = 0;
	struct source_report r;
	struct frame frame;

	capture(f, 1);
	assert_int_equal(kernel_source_plan(f->source, &config, NULL), 0);
	assert_int_equal(kernel_source_start(f->source, start, NULL), 0);
	assert_int_equal(kernel_source_wait(f->source, NULL, NULL), 0);
	for (u64 i = 0; i < FRAMES; i++) {
		u64 stamp;

		assert_int_equal(peek_patiently(f->seen, &frame, 1, PATIENCE_NS), 1);
		assert_int_equal(frame.len, 60);
		stamp = stamp_of(&st.stream, frame.data);
		assert_int_equal(port_release(f->seen, 1), 0);
		assert_true(stamp >= start + (i + 1) * 2500);
		assert_true(stamp >= before);
		before = stamp;
	}
	r = source_of(f);
	assert_int_equal(r.elapsed_ns, before - start);
	assert_true(r.late_max_ns >= 2500 * 3);	/* four leave at a time, the first of them late */
	assert_true(r.backlog_max >= 4);
	assert_true(before <= clk_monotonic_ns());
}

static void as_fast_as_possible_ends_after_its_time(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream st = plain(0, 65536);
	const struct source_config config = {
		.streams = &st, .nstreams = 1, .duration_ns = 500000000,
	};
	struct source_report r;

	play(f, &config);
	r = source_of(f);
	assert_true(r.sent > 0);
	assert_int_equal(r.intended, r.sent);
	assert_true(r.elapsed_ns < config.duration_ns);
	assert_int_equal(r.departure.count, 0);
	settle(f, r.sent - r.refused);
	assert_int_equal(sink_of(f, 0).received, r.sent - r.refused);
	assert_int_equal(sink_of(f, 0).bytes, 60 * (r.sent - r.refused));
	assert_int_equal(sink_of(f, 0).early, 0);
}

static void two_cpus_together_send_what_one_would(void **state)
{
	struct source_stream st = plain(0, 1000);
	struct source_config config = {
		.streams = &st, .nstreams = 1, .rate_pps = 3e5, .duration_ns = 50000000,
	};
	struct fixture *f;
	u64 frames = 15000;

	f = open_source(state, 2, KERNEL_WAY_OUT);
	play(f, &config);
	assert_int_equal(source_of(f).sent, frames);
	assert_int_equal(source_of(f).intended, frames);
	assert_int_equal(source_of(f).departure.count, frames - 2);
	settle(f, frames - source_of(f).refused);
	assert_int_equal(sink_of(f, 0).received, frames - source_of(f).refused);
	assert_int_equal(sink_of(f, 0).duplicated, 0);
	config.rate_pps = 0;
	config.duration_ns = 0;
	config.count = 1001;
	st.first_index = frames;
	play(f, &config);
	assert_int_equal(source_of(f).sent, 1001);
	assert_int_equal(sink_of(f, 0).duplicated, 0);
}

static void two_cpus_share_weighted_streams(void **state)
{
	struct source_stream streams[] = { plain(0, 0), plain(1, 0) };
	const struct source_config config = {
		.streams = streams, .nstreams = 2, .rate_pps = 2e5, .count = 5001,
	};
	struct fixture *f;

	streams[0].weight = 2;
	f = open_source(state, 2, KERNEL_WAY_OUT);
	play(f, &config);
	settle(f, 5001 - source_of(f).refused);
	if (!source_of(f).refused) {
		assert_int_equal(sink_of(f, 0).received, 3334);
		assert_int_equal(sink_of(f, 0).span, 3334);
		assert_int_equal(sink_of(f, 1).received, 1667);
	}
	assert_int_equal(sink_of(f, 0).duplicated + sink_of(f, 1).duplicated, 0);
}

static void stop_ends_a_trial(void **state)
{
	static const double rates[] = { 0, 2, 1000, 1e6 };
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream st = plain(0, 0);

	for (unsigned int i = 0; i < ARRAY_SIZE(rates); i++) {
		const struct source_config config = {
			.streams = &st, .nstreams = 1, .rate_pps = rates[i],
			.duration_ns = 3600 * NSEC_PER_SEC,
		};
		u64 start = clk_monotonic_ns();
		struct err err = { 0 };
		struct source_report r;

		f->stop = true;
		play(f, &config);
		assert_true(clk_monotonic_ns() - start < 60 * NSEC_PER_SEC);
		r = source_of(f);
		assert_true(r.intended >= r.sent && r.intended <= r.sent + r.backlog_max + 64);
		f->stop = false;
		assert_int_equal(kernel_source_wait(f->source, NULL, &err), -EINVAL);
	}
}

static void is_waited_for_in_steps(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream st = plain(0, 0);
	const struct source_config config = {
		.streams = &st, .nstreams = 1, .rate_pps = 1e4, .count = FRAMES,
	};
	struct err err = { 0 };
	int rc;

	assert_int_equal(kernel_source_plan(f->source, &config, &err), 0);
	assert_int_equal(kernel_source_start(f->source, clk_monotonic_ns() + NSEC_PER_SEC, &err), 0);
	/* not one frame is due yet */
	assert_int_equal(kernel_source_wait_until(f->source, 0, NULL, &err), -ETIMEDOUT);
	assert_string_equal(err.text, "");
	do {
		assert_true(kernel_source_sent(f->source) <= FRAMES);
		rc = kernel_source_wait_until(f->source, clk_monotonic_ns() + 10000000, NULL, &err);
	} while (rc == -ETIMEDOUT);
	assert_int_equal(rc, 0);
	assert_int_equal(kernel_source_sent(f->source), FRAMES);
	assert_int_equal(source_of(f).sent, FRAMES);
}

static void close_ends_a_trial(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream st = plain(0, 0);
	const struct source_config config = {
		.streams = &st, .nstreams = 1, .duration_ns = 3600 * NSEC_PER_SEC,
	};

	assert_int_equal(kernel_source_plan(f->source, &config, NULL), 0);
	assert_int_equal(kernel_source_start(f->source, clk_monotonic_ns(), NULL), 0);
	kernel_source_close(f->source);
	f->source = NULL;
}

static void the_way_in_goes_up_the_stack(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_IN);
	struct source_stream st = plain(0, 0);
	const struct source_config config = { .streams = &st, .nstreams = 1, .count = FRAMES };

	capture(f, 0);
	play(f, &config);
	for (u64 i = 0; i < FRAMES; i++)
		assert_next_frame(f, &st.stream, i);
}

static void what_the_interface_did_not_take_is_refused(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream st = plain(0, 0);
	struct source_config config = { .streams = &st, .nstreams = 1, .count = 100 };
	struct stream_spec spec;

	stream_spec_default(&spec);
	spec.sizes[0] = 1500;
	st = stream_of(&spec);
	assert_int_equal(veth_pair_ip(&f->veth, 1, "link", "set", "dev", "vb", "mtu", "1000", NULL),
			 0);
	play(f, &config);
	assert_int_equal(source_of(f).sent, 100);
	assert_int_equal(source_of(f).refused, 100);
	st = plain(0, 0);
	play(f, &config);
	assert_int_equal(source_of(f).refused, 0);
}

static bool is_xdp(void)
{
	return ops == &xdp_source_ops;
}

static void expect_no_taker(struct fixture *f, int ret, const struct err *err)
{
	assert_int_equal(ret, -EOPNOTSUPP);
	assert_non_null(strstr(err->text, "va takes no frames"));
	assert_non_null(strstr(err->text, "gro on"));
	assert_true(!f->source || !source_of(f).refused);
}

/* What the first frames of a source come to. */
static int play_some(struct fixture *f, struct err *err)
{
	struct source_stream st = plain(0, 0);
	struct source_config config = { .streams = &st, .nstreams = 1, .count = 10 };

	assert_int_equal(kernel_source_plan(f->source, &config, err), 0);
	assert_int_equal(kernel_source_start(f->source, clk_monotonic_ns(), err), 0);
	return kernel_source_wait(f->source, &f->stop, err);
}

/* Before the first frame where the kernel can say (Linux 6.3), else by it. */
static void a_peer_that_takes_no_frames_is_told(void **state)
{
	static const int cpu;
	struct fixture *f = *state;
	struct kernel_source_config config = { .cpus = &cpu, .ncpus = 1, .frame_max = 60 };
	struct err err;
	int ret;

	config.ifindex = f->veth.ifindex[0];
	kernel_sink_close(f->sink);
	f->sink = NULL;
	ret = ops->open(&config, &f->source, &err);
	if (!ret)
		ret = play_some(f, &err);
	expect_no_taker(f, ret, &err);
}

static void a_peer_that_takes_no_frames_any_more_is_told(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct err err;

	assert_int_equal(play_some(f, &err), 0);
	kernel_sink_close(f->sink);
	f->sink = NULL;
	expect_no_taker(f, play_some(f, &err), &err);
}

static void bad_configurations_are_refused(void **state)
{
	static const int cpus[] = { 0, 0 }, none[] = { 100000 };
	struct fixture *f = *state;
	struct kernel_source_config config = { .cpus = cpus, .ncpus = 2, .frame_max = 60 };
	struct err err;

	config.ifindex = f->veth.ifindex[0];
	assert_int_equal(ops->open(&config, &f->source, &err), -EINVAL);
	assert_non_null(strstr(err.text, "CPU 0 is named twice"));
	config.cpus = none;
	config.ncpus = 1;
	assert_int_equal(ops->open(&config, &f->source, &err), -EINVAL);
	config.cpus = cpus;
	config.frame_max = FRAME_MAX + 19;
	assert_int_equal(ops->open(&config, &f->source, &err), -EMSGSIZE);
	assert_non_null(strstr(err.text, "the MTU of va is 3000: ip link set dev va mtu 3005"));
	if (is_xdp()) {
		config.way = KERNEL_WAY_IN;
		config.frame_max = 4000;
		assert_int_equal(ops->open(&config, &f->source, &err), -EMSGSIZE);
		assert_non_null(strstr(err.text, "in one page"));
	}
	config.way = KERNEL_WAY_OUT;
	config.frame_max = 60;
	config.ifindex = 4711;
	assert_int_equal(ops->open(&config, &f->source, &err), -ENODEV);
}

static void bad_plans_are_refused(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_stream st = plain(0, 0);
	struct source_config config = { .streams = &st, .nstreams = 1 };
	struct err err;

	assert_int_equal(kernel_source_start(f->source, 0, &err), -EINVAL);
	assert_int_equal(kernel_source_plan(f->source, &config, &err), -EINVAL);
	config.count = 1;
	config.burst = 257;
	assert_int_equal(kernel_source_plan(f->source, &config, &err), -EINVAL);
	config.burst = 0;
	config.nstreams = 0;
	assert_int_equal(kernel_source_plan(f->source, &config, &err), -EINVAL);
	config.nstreams = 1;
	st.stream.sizes[0].len = FRAME_MAX + 1;
	assert_int_equal(kernel_source_plan(f->source, &config, &err), -EMSGSIZE);
	st.stream.version = 0;
	assert_int_equal(kernel_source_plan(f->source, &config, &err), -EINVAL);
	assert_int_equal(kernel_source_start(f->source, 0, &err), -EINVAL);
}

/* ------------------------------------------------------------- the module's alone */

static void streams_for(struct source_config *config, struct source_stream *st, u64 duration_ns)
{
	*st = plain(0, 0);
	*config = (struct source_config){
		.streams = st, .nstreams = 1, .rate_pps = 1000, .duration_ns = duration_ns,
	};
}

static void a_device_that_is_set_down_ends_it(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_config config;
	struct source_stream st;
	struct err err = { 0 };

	streams_for(&config, &st, 3600 * NSEC_PER_SEC);
	assert_int_equal(kernel_source_plan(f->source, &config, &err), 0);
	assert_int_equal(kernel_source_start(f->source, clk_monotonic_ns(), &err), 0);
	assert_int_equal(veth_pair_ip(&f->veth, 0, "link", "set", "dev", "va", "down", NULL), 0);
	assert_int_equal(kernel_source_wait(f->source, NULL, &err), -ENETDOWN);
	assert_string_equal(err.text, "kmod source: va was set down while frames were sent");
	assert_int_equal(kernel_source_plan(f->source, &config, &err), 0);
	assert_int_equal(kernel_source_start(f->source, clk_monotonic_ns(), &err), -ENETDOWN);
	assert_string_equal(err.text, "kmod source: GEN_START: the device is down: set it up first");
}

static void a_device_that_goes_ends_it(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_config config;
	struct source_stream st;
	struct err err = { 0 };

	streams_for(&config, &st, 3600 * NSEC_PER_SEC);
	assert_int_equal(kernel_source_plan(f->source, &config, &err), 0);
	assert_int_equal(kernel_source_start(f->source, clk_monotonic_ns(), &err), 0);
	assert_int_equal(veth_pair_ip(&f->veth, 0, "link", "del", "dev", "va", NULL), 0);
	assert_int_equal(kernel_source_wait(f->source, NULL, &err), -ENODEV);
	assert_string_equal(err.text, "kmod source: va went away while frames were sent");
}

static void a_device_with_the_default_route_wants_force(void **state)
{
	static const int cpu;
	struct fixture *f = *state;
	struct kernel_source_config config = { .cpus = &cpu, .ncpus = 1, .frame_max = 60 };
	struct err err;

	config.ifindex = f->veth.ifindex[0];
	assert_int_equal(veth_pair_ip(&f->veth, 0, "route", "add", "default", "dev", "va", NULL), 0);
	assert_int_equal(ops->open(&config, &f->source, &err), -EBUSY);
	assert_non_null(strstr(err.text, "kmod source: GEN_NEW IFINDEX: the device carries the default route"));
	config.force = true;
	assert_int_equal(ops->open(&config, &f->source, &err), 0);
}

static void replies_to_noted_tuples_are_refused(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_OUT);
	struct source_config config;
	struct source_stream st;
	struct err err;

	streams_for(&config, &st, NSEC_PER_SEC);
	st.tuples = (const struct tuple_table *)&st;	/* is not looked into */
	assert_int_equal(kernel_source_plan(f->source, &config, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "set source: xdp or packet"));
}

static void goes_through_the_qdisc(void **state)
{
	struct fixture *f = open_source(state, 1, KERNEL_WAY_QDISC);
	struct source_stream st = plain(0, 0);
	const struct source_config config = { .streams = &st, .nstreams = 1, .count = FRAMES };

	capture(f, 1);
	play(f, &config);
	for (u64 i = 0; i < FRAMES; i++)
		assert_next_frame(f, &st.stream, i);
}

#define with_veth(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_veth(weighted_streams_take_turns_as_in_the_port_source),
		with_veth(rates_of_their_own_merge_as_in_the_port_source),
		with_veth(a_stream_without_a_rate_fills_what_others_leave),
		with_veth(a_rate_gives_the_exact_count),
		with_veth(no_frame_departs_before_it_is_due),
		with_veth(as_fast_as_possible_ends_after_its_time),
		with_veth(two_cpus_together_send_what_one_would),
		with_veth(two_cpus_share_weighted_streams),
		with_veth(stop_ends_a_trial),
		with_veth(is_waited_for_in_steps),
		with_veth(close_ends_a_trial),
		with_veth(the_way_in_goes_up_the_stack),
		with_veth(what_the_interface_did_not_take_is_refused),
		with_veth(bad_configurations_are_refused),
		with_veth(bad_plans_are_refused),
	};
	const struct CMUnitTest xdp[] = {
		with_veth(a_peer_that_takes_no_frames_is_told),
		with_veth(a_peer_that_takes_no_frames_any_more_is_told),
	};
	const struct CMUnitTest kmod[] = {
		with_veth(a_device_that_is_set_down_ends_it),
		with_veth(a_device_that_goes_ends_it),
		with_veth(a_device_with_the_default_route_wants_force),
		with_veth(replies_to_noted_tuples_are_refused),
		with_veth(goes_through_the_qdisc),
	};
	const char *word = getenv("KPPS_SOURCE");
	struct CMUnitTest all[ARRAY_SIZE(tests) + ARRAY_SIZE(xdp) + ARRAY_SIZE(kmod)];
	size_t n = ARRAY_SIZE(tests);
	struct err err;

	if (word)
		ops = kernel_source_find(word);
	if (word && kernel_sink_find(word))
		sink_ops = kernel_sink_find(word);
	if (!ops) {
		printf("Bail out! KPPS_SOURCE=%s is no source in the kernel\n", word);
		return 1;
	}
	if (ops->probe(&err)) {
		printf("1..0 # SKIP %s\n", err.text);
		return 0;
	}
	memcpy(all, tests, sizeof(tests));
	if (is_xdp())
		memcpy(all + n, xdp, sizeof(xdp));
	else
		memcpy(all + n, kmod, sizeof(kmod));
	n += is_xdp() ? ARRAY_SIZE(xdp) : ARRAY_SIZE(kmod);
	/* one group, or there would be two plans */
	return _cmocka_run_group_tests("kernel_source", all, n, NULL, NULL);
}
