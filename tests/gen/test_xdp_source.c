// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_xdp_source.c - the XDP source over a veth pair: what it sends, byte by
 * byte, in which order, how much and when. An XDP sink at the other end counts,
 * or lets everything pass on to a packet socket that looks at the bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "lib/clock.h"
#include "gen/schedule.h"
#include "gen/xdp_source.h"
#include "lib/stream_build.h"
#include "sink/responder.h"
#include "sink/tuples.h"
#include "sink/xdp_sink.h"
#include "tests/lib/stream_random.h"
#include "tests/lib/veth_fds.h"

#define FRAME_MAX 3000
#define FRAMES 400
#define WAIT_NS (5 * NSEC_PER_SEC)

struct fixture {
	bool usable;
	struct veth_pair veth;
	struct xdp_sink *sink;		/* on "b" */
	struct xdp_source *source;	/* out of "a" */
	int fd;				/* packet socket on "b" */
	volatile bool stop;
};

static int open_socket(int ifindex)
{
	int fd = veth_socket(ifindex), size = 64 << 20, one = 1;

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one));
	}
	return fd;
}

static int set_up(void **state)
{
	struct xdp_sink_config config = { .streams = 0x800000070000000fULL, .latency = true };
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	*state = f;
	if (!f)
		return -1;
	f->fd = -1;
	if (xdp_source_probe(&err)) {
		print_message("# skipped: %s\n", err.text);
		return 0;
	}
	if (veth_pair_open(&f->veth) || veth_mtu(&f->veth, FRAME_MAX, FRAME_MAX) ||
	    veth_enter(f->veth.b))
		return -1;
	f->usable = true;
	config.ifindex = f->veth.ifindex_b;
	if (xdp_sink_open(&config, &f->sink, &err)) {
		print_message("# %s\n", err.text);
		return -1;
	}
	f->fd = open_socket(f->veth.ifindex_b);
	return veth_enter(f->veth.a) || f->fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	xdp_source_close(f->source);
	xdp_sink_close(f->sink);
	if (f->fd >= 0)
		close(f->fd);
	if (f->usable)
		veth_pair_close(&f->veth);
	free(f);
	return 0;
}

static struct fixture *open_source(void **state, unsigned int ncpus, enum xdp_way way)
{
	static const int cpus[] = { 0, 1 };
	struct fixture *f = *state;
	struct xdp_source_config config = {
		.way = way, .cpus = cpus, .ncpus = ncpus, .frame_max = FRAME_MAX,
	};
	struct err err = { 0 };
	int ret;

	if (!f->usable)
		skip();
	config.ifindex = f->veth.ifindex_a;
	ret = xdp_source_open(&config, &f->source, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(ret, 0);
	return f;
}

static void play(struct fixture *f, const struct source_config *config)
{
	struct err err = { 0 };

	xdp_source_plan(f->source, config, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(xdp_source_start(f->source, clk_monotonic_ns() + 1000000, &err), 0);
	xdp_source_wait(f->source, &f->stop, &err);
	assert_string_equal(err.text, "");
}

static struct source_report source_of(struct fixture *f)
{
	struct source_report r;

	xdp_source_report(f->source, &r);
	return r;
}

static struct sink_stream_report sink_of(struct fixture *f, unsigned int stream)
{
	struct sink_stream_report r;

	xdp_sink_stream_report(f->sink, stream, &r);
	return r;
}

/* Everything sent is waited for, then counted. */
static void settle(struct fixture *f, u64 frames)
{
	u64 end = clk_monotonic_ns() + WAIT_NS;

	while (xdp_sink_frames(f->sink) < frames && clk_monotonic_ns() < end)
		sched_yield();
	assert_int_equal(xdp_sink_frames(f->sink), frames);
}

static void capture(struct fixture *f)
{
	struct timeval timeout = { .tv_sec = 5 };

	assert_int_equal(xdp_sink_all_pass(f->sink, true, NULL), 0);
	setsockopt(f->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

/* The next frame with the VLAN tag that the stack has taken out of it; 0: none came. */
static u32 captured(int fd, u8 *data, u32 room)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { data, room };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &m, 0);

	if (n <= 0)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			continue;
		memmove(data + 16, data + 12, (size_t)n - 12);
		kpps_put16(data + 12, kpps_be16(aux.tp_vlan_tpid));
		kpps_put16(data + 14, kpps_be16(aux.tp_vlan_tci));
		n += 4;
	}
	return (u32)n;
}

/* Its stamp; frames without one are the same at any time. */
static u64 stamp_of(const struct kpps_stream *s, const u8 *data)
{
	return s->flags & KPPS_F_SIG ? kpps_be64(kpps_get64(data + s->payload_off + 10)) : 0;
}

static void assert_next_frame(struct fixture *f, const struct kpps_stream *s, u64 index)
{
	static u8 data[16384], expected[16384];
	u32 len = captured(f->fd, data, sizeof(data)), expected_len;
	u8 *frames[1] = { expected };

	assert_int_not_equal(len, 0);
	kpps_frame_burst(s, index, 1, stamp_of(s, data), frames, &expected_len);
	assert_int_equal(len, expected_len);
	assert_memory_equal(data, expected, len);
}

static void spec_sizes_clamp(struct stream_spec *spec)
{
	for (unsigned int i = 0; i < spec->nsizes; i++)
		spec->sizes[i] = min(spec->sizes[i], (u16)(FRAME_MAX + 4));
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

static void assert_frames_are_the_stream_s(struct fixture *f, const struct source_stream *st,
					   u64 frames)
{
	const struct source_config config = { .streams = st, .nstreams = 1, .count = frames };
	struct source_stream_report r;

	play(f, &config);
	for (u64 i = 0; i < frames; i++)
		assert_next_frame(f, &st->stream, st->first_index + i);
	xdp_source_stream_report(f->source, 0, &r);
	assert_int_equal(r.sent, frames);
	assert_int_equal(r.next_index, st->first_index + frames);
}

static void each_template_is_bit_identical(void **state)
{
	static const u8 protocols[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP };
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);

	capture(f);
	for (unsigned int i = 0; i < 2 * 3 * 3 * 3 * 2; i++) {
		struct source_stream st;
		struct stream_spec spec;

		stream_spec_default(&spec);
		spec.protocol = protocols[i % 3];
		stream_spec_family(&spec, i / 3 % 2 ? AF_INET6 : AF_INET);
		spec.nvlans = (u16)(i / 6 % 3);
		spec.vlan[0] = 5;
		spec.vlan[1] = 6;
		spec.order = (u8)(i / 18 % 3);
		spec.zipf_s = 1;
		spec.flows = 1000;
		spec.nsizes = 1;
		spec.sizes[0] = stream_sig_size_min(&spec);
		if (i / 54) {
			spec.nsizes = 4;
			spec.sizes[1] = 1518;
			spec.sizes[2] = (u16)(spec.sizes[0] + 3);
			spec.sizes[3] = 257;
		}
		st = stream_of(&spec);
		st.first_index = 990;
		assert_frames_are_the_stream_s(f, &st, 30);
	}
}

static void any_stream_is_bit_identical(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	u64 seed = 4;

	capture(f);
	for (int i = 0; i < 60; i++) {
		struct source_stream st = { .weight = 1 };
		struct stream_spec spec;

		random_stream(&seed, &spec, &st.stream);
		spec_sizes_clamp(&spec);
		st = stream_of(&spec);
		st.first_index = random_below(&seed, 2) ? random64(&seed) >> 17 : 0;
		assert_frames_are_the_stream_s(f, &st, 100);
	}
}

static void the_way_back_is_bit_identical(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	u64 seed = 9;

	capture(f);
	for (int i = 0; i < 30; i++) {
		struct source_stream st = { .weight = 1 };
		struct stream_spec spec;

		random_stream(&seed, &spec, &st.stream);
		spec_sizes_clamp(&spec);
		st = stream_of(&spec);
		assert_int_equal(stream_reverse(&st.stream, &st.stream), 0);
		assert_frames_are_the_stream_s(f, &st, 50);
	}
}

static void frames_without_a_signature_are_bit_identical(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct stream_spec spec;
	struct source_stream st;

	capture(f);
	stream_spec_default(&spec);
	stream_spec_family(&spec, AF_INET6);
	spec.nsizes = 2;
	spec.sizes[0] = 66;
	spec.sizes[1] = 90;
	st = stream_of(&spec);
	assert_false(st.stream.flags & KPPS_F_SIG);
	assert_frames_are_the_stream_s(f, &st, FRAMES);
}

static void segments_without_payload_are_bit_identical(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct stream_spec spec;
	struct source_stream st;

	capture(f);
	stream_spec_default(&spec);
	spec.protocol = IPPROTO_TCP;
	st = stream_of(&spec);
	assert_int_equal(stream_segment(&st.stream, KPPS_SYN, &st.stream), 0);
	assert_frames_are_the_stream_s(f, &st, FRAMES);
}

static void few_flows_in_long_bursts_wrap_rightly(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);

	capture(f);
	for (u64 flows = 1; flows < 8; flows++) {
		struct source_stream st;
		struct stream_spec spec;

		stream_spec_default(&spec);
		spec.protocol = IPPROTO_TCP;
		spec.sizes[0] = 100;
		spec.flows = flows;
		spec.burst = 1 + flows % 4 * 2;
		st = stream_of(&spec);
		assert_frames_are_the_stream_s(f, &st, 100);
	}
}

/* Addresses and ports that a DUT made up; every fifth flow was not noted. */
static struct tuple_table *noted(const struct kpps_stream *forward)
{
	struct tuple_table *t;
	u64 seed = 3;

	assert_int_equal(tuple_table_create(forward, -1, &t, NULL), 0);
	for (u64 flow = 0; flow < forward->flows; flow++) {
		struct kpps_tuple tuple = {
			.src_lo = random64(&seed), .dst_lo = random64(&seed),
			.sport = (u16)random64(&seed), .dport = (u16)random64(&seed),
		};

		if (t->ipv6)
			tuple.src_hi = tuple.dst_hi = random64(&seed);
		else
			tuple.src_lo = (u32)tuple.src_lo, tuple.dst_lo = (u32)tuple.dst_lo;
		if (flow % 5)
			tuple_table_set(t, flow, &tuple);
	}
	return t;
}

static void replies_take_the_tuples_that_were_noted(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);

	capture(f);
	for (int v6 = 0; v6 < 2; v6++) {
		struct source_stream st;
		struct source_config config = { .streams = &st, .nstreams = 1, .count = FRAMES };
		struct tuple_table *table;
		struct stream_spec spec;

		stream_spec_default(&spec);
		stream_spec_family(&spec, v6 ? AF_INET6 : AF_INET);
		spec.flows = 100;
		spec.order = v6 ? KPPS_UNIFORM : KPPS_SEQUENTIAL;
		st = stream_of(&spec);
		table = noted(&st.stream);
		assert_int_equal(stream_reverse(&st.stream, &st.stream), 0);
		st.tuples = table;
		play(f, &config);
		for (u64 i = 0; i < FRAMES; i++) {
			u64 flow = kpps_stream_flow(&st.stream, i);
			static u8 data[16384], expected[16384];
			u32 len = captured(f->fd, data, sizeof(data));
			struct kpps_tuple t;

			if (!tuple_table_get(table, flow, &t))
				kpps_stream_tuple(&st.stream, flow, &t);
			assert_int_equal(len, kpps_frame_write(&st.stream, i, flow, &t,
							       stamp_of(&st.stream, data), expected));
			assert_memory_equal(data, expected, len);
		}
		tuple_table_destroy(table);
	}
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

		xdp_source_stream_report(f->source, i, &r);
		assert_int_equal(r.sent, index[i]);
	}
	schedule_release(&schedule);
}

static void weighted_streams_take_turns_as_in_the_port_source(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct source_stream streams[] = { plain(0, 7), plain(1, 0), plain(2, 1000) };
	struct source_config config = {
		.streams = streams, .nstreams = 3, .rate_pps = 1e6, .count = 2000,
	};

	streams[0].weight = 5;
	streams[1].weight = 3;
	streams[2].weight = 1;
	capture(f);
	assert_order_is_the_schedule_s(f, &config);
	config.rate_pps = 0;
	config.burst = 7;
	assert_order_is_the_schedule_s(f, &config);
}

static void rates_of_their_own_merge_as_in_the_port_source(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct source_stream streams[] = { plain(0, 7), plain(1, 0), plain(2, 99), plain(3, 1) };
	struct source_config config = {
		.streams = streams, .nstreams = 4, .rate_pps = 2e5, .duration_ns = 10000000,
	};

	streams[1].rate_pps = 123456.7;
	streams[2].weight = 3;
	streams[3].rate_pps = 2e5;
	capture(f);
	assert_order_is_the_schedule_s(f, &config);
	config.duration_ns = 0;
	config.count = 777;
	assert_order_is_the_schedule_s(f, &config);
}

static void a_stream_without_a_rate_fills_what_others_leave(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct source_stream streams[] = { plain(0, 0), plain(1, 0) };
	struct source_config config = {
		.streams = streams, .nstreams = 2, .count = 10000, .burst = 16,
	};
	struct source_stream_report r[2];

	streams[1].rate_pps = 100;
	play(f, &config);
	xdp_source_stream_report(f->source, 0, &r[0]);
	xdp_source_stream_report(f->source, 1, &r[1]);
	assert_int_equal(r[0].sent + r[1].sent, 10000);
	assert_in_range(r[0].sent, 1, 10000);
	assert_int_equal(source_of(f).intended, 10000);
	assert_int_equal(source_of(f).departure.count, 0);
	/* time for the other one's */
	config.count = 0;
	config.duration_ns = 300000000;
	play(f, &config);
	xdp_source_stream_report(f->source, 1, &r[1]);
	assert_in_range(r[1].sent, 1, 30);
}

static void a_rate_gives_the_exact_count(void **state)
{
	static const double rates[] = { 997, 10000, 123456.7, 1e6 };
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
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
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct source_stream st = plain(0, 0);
	struct source_config config = {
		.streams = &st, .nstreams = 1, .rate_pps = 4e5, .count = FRAMES,
	};
	u64 start = clk_monotonic_ns() + 20000000, before = 0;
	struct source_report r;
	u8 data[2048];

	capture(f);
	assert_int_equal(xdp_source_plan(f->source, &config, NULL), 0);
	assert_int_equal(xdp_source_start(f->source, start, NULL), 0);
	assert_int_equal(xdp_source_wait(f->source, NULL, NULL), 0);
	for (u64 i = 0; i < FRAMES; i++) {
		u64 stamp;

		assert_int_equal(captured(f->fd, data, sizeof(data)), 60);
		stamp = stamp_of(&st.stream, data);
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
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
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

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		print_message("# skipped: one CPU\n");
		skip();
	}
	f = open_source(state, 2, XDP_WAY_OUT);
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

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		print_message("# skipped: one CPU\n");
		skip();
	}
	streams[0].weight = 2;
	f = open_source(state, 2, XDP_WAY_OUT);
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
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
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
		assert_int_equal(xdp_source_wait(f->source, NULL, &err), -EINVAL);
	}
}

static void is_waited_for_in_steps(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct source_stream st = plain(0, 0);
	const struct source_config config = {
		.streams = &st, .nstreams = 1, .rate_pps = 1e4, .count = FRAMES,
	};
	struct err err = { 0 };
	int rc;

	assert_int_equal(xdp_source_plan(f->source, &config, &err), 0);
	assert_int_equal(xdp_source_start(f->source, clk_monotonic_ns() + NSEC_PER_SEC, &err), 0);
	/* not one frame is due yet */
	assert_int_equal(xdp_source_wait_until(f->source, 0, NULL, &err), -ETIMEDOUT);
	assert_string_equal(err.text, "");
	do {
		assert_true(xdp_source_sent(f->source) <= FRAMES);
		rc = xdp_source_wait_until(f->source, clk_monotonic_ns() + 10000000, NULL, &err);
	} while (rc == -ETIMEDOUT);
	assert_int_equal(rc, 0);
	assert_int_equal(xdp_source_sent(f->source), FRAMES);
	assert_int_equal(source_of(f).sent, FRAMES);
}

static void close_ends_a_trial(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct source_stream st = plain(0, 0);
	const struct source_config config = {
		.streams = &st, .nstreams = 1, .duration_ns = 3600 * NSEC_PER_SEC,
	};

	assert_int_equal(xdp_source_plan(f->source, &config, NULL), 0);
	assert_int_equal(xdp_source_start(f->source, clk_monotonic_ns(), NULL), 0);
	xdp_source_close(f->source);
	f->source = NULL;
}

static void the_way_in_goes_up_the_stack(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_IN);
	struct source_stream st = plain(0, 0);
	int fd = open_socket(f->veth.ifindex_a);

	capture(f);
	close(f->fd);
	f->fd = fd;
	capture(f);
	assert_frames_are_the_stream_s(f, &st, FRAMES);
}

static void what_the_interface_did_not_take_is_refused(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct source_stream st = plain(0, 0);
	struct source_config config = { .streams = &st, .nstreams = 1, .count = 100 };
	struct stream_spec spec;

	stream_spec_default(&spec);
	spec.sizes[0] = 1500;
	st = stream_of(&spec);
	assert_int_equal(veth_mtu(&f->veth, FRAME_MAX, 1000), 0);
	play(f, &config);
	assert_int_equal(source_of(f).sent, 100);
	assert_int_equal(source_of(f).refused, 100);
	st = plain(0, 0);
	play(f, &config);
	assert_int_equal(source_of(f).refused, 0);
}

static void a_peer_that_takes_no_frames_is_told_before(void **state)
{
	static const int cpu;
	struct fixture *f = *state;
	struct xdp_source_config config = { .cpus = &cpu, .ncpus = 1, .frame_max = 60 };
	struct err err;

	if (!f->usable)
		skip();
	config.ifindex = f->veth.ifindex_a;
	xdp_sink_close(f->sink);
	f->sink = NULL;
	assert_int_equal(xdp_source_open(&config, &f->source, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "a takes no frames"));
	assert_non_null(strstr(err.text, "gro on"));
}

static void bad_configurations_are_refused(void **state)
{
	static const int cpus[] = { 0, 0 }, none[] = { 100000 };
	struct fixture *f = *state;
	struct xdp_source_config config = { .cpus = cpus, .ncpus = 2, .frame_max = 60 };
	struct err err;

	if (!f->usable)
		skip();
	config.ifindex = f->veth.ifindex_a;
	assert_int_equal(xdp_source_open(&config, &f->source, &err), -EINVAL);
	assert_non_null(strstr(err.text, "CPU 0 is named twice"));
	config.cpus = none;
	config.ncpus = 1;
	assert_int_equal(xdp_source_open(&config, &f->source, &err), -EINVAL);
	config.cpus = cpus;
	config.frame_max = FRAME_MAX + 19;
	assert_int_equal(xdp_source_open(&config, &f->source, &err), -EMSGSIZE);
	assert_non_null(strstr(err.text, "the MTU of a is 3000: ip link set dev a mtu 3005"));
	config.way = XDP_WAY_IN;
	config.frame_max = 4000;
	assert_int_equal(xdp_source_open(&config, &f->source, &err), -EMSGSIZE);
	assert_non_null(strstr(err.text, "in one page"));
	config.way = XDP_WAY_OUT;
	config.frame_max = 60;
	config.ifindex = 4711;
	assert_int_equal(xdp_source_open(&config, &f->source, &err), -ENODEV);
}

static void bad_plans_are_refused(void **state)
{
	struct fixture *f = open_source(state, 1, XDP_WAY_OUT);
	struct source_stream st = plain(0, 0);
	struct source_config config = { .streams = &st, .nstreams = 1 };
	struct err err;

	assert_int_equal(xdp_source_start(f->source, 0, &err), -EINVAL);
	assert_int_equal(xdp_source_plan(f->source, &config, &err), -EINVAL);
	config.count = 1;
	config.burst = 257;
	assert_int_equal(xdp_source_plan(f->source, &config, &err), -EINVAL);
	config.burst = 0;
	config.nstreams = 0;
	assert_int_equal(xdp_source_plan(f->source, &config, &err), -EINVAL);
	config.nstreams = 1;
	st.stream.sizes[0].len = FRAME_MAX + 1;
	assert_int_equal(xdp_source_plan(f->source, &config, &err), -EMSGSIZE);
	st.stream.version = 0;
	assert_int_equal(xdp_source_plan(f->source, &config, &err), -EINVAL);
	assert_int_equal(xdp_source_start(f->source, 0, &err), -EINVAL);
}

#define with_veth(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_veth(each_template_is_bit_identical),
		with_veth(any_stream_is_bit_identical),
		with_veth(the_way_back_is_bit_identical),
		with_veth(frames_without_a_signature_are_bit_identical),
		with_veth(segments_without_payload_are_bit_identical),
		with_veth(few_flows_in_long_bursts_wrap_rightly),
		with_veth(replies_take_the_tuples_that_were_noted),
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
		with_veth(a_peer_that_takes_no_frames_is_told_before),
		with_veth(bad_configurations_are_refused),
		with_veth(bad_plans_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
