// SPDX-License-Identifier: GPL-2.0-or-later
/* test_stream_frame.c - lib/stream.h: the bytes of frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/stream_random.h"

#define TIME 1700000000123456789ULL
#define GUARD 64

static struct stream_spec spec;
static struct kpps_stream s;
static struct err err;
static u8 frame[KPPS_FRAME_MAX + GUARD];

static void build(void)
{
	if (stream_build(&spec, &s, &err))
		fail_msg("%s", err.text);
}

static u32 get16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static u32 get32(const u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

/* RFC 1071, as slowly as it is written there. */
static u32 sum16(u32 sum, const u8 *p, u32 len)
{
	for (u32 i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (u32)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static bool is_extension(u32 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_ROUTING || protocol == IPPROTO_FRAGMENT;
}

/* Over extension headers; returns the protocol behind them. */
static u32 skip_extensions(const u8 *p, u32 protocol, u32 *at, u32 *l4_len)
{
	while (is_extension(protocol)) {
		u32 size = protocol == IPPROTO_FRAGMENT ? 8 : 8 * (p[*at + 1] + 1U);

		protocol = p[*at];
		*at += size;
		*l4_len -= size;
	}
	return protocol;
}

/* What a receiver does: parse, then sum everything up; right when it is 0xffff. */
static void assert_checksums(const u8 *p, u32 len)
{
	u32 at = 12, l3, l4_len, sum = 0, protocol;

	while (get16(p + at) == 0x8100 || get16(p + at) == 0x88a8)
		at += 4;
	l3 = at + 2;
	if (get16(p + at) == 0x0800) {
		assert_int_equal(sum16(0, p + l3, 20), 0xffff);
		l4_len = get16(p + l3 + 2) - 20;
		protocol = p[l3 + 9];
		at = l3 + 20;
		if (protocol != IPPROTO_ICMP)
			sum = sum16(l4_len + protocol, p + l3 + 12, 8);
	} else {
		assert_int_equal(get16(p + at), 0x86dd);
		l4_len = get16(p + l3 + 4);
		at = l3 + 40;
		protocol = skip_extensions(p, p[l3 + 6], &at, &l4_len);
		sum = sum16(l4_len + protocol, p + l3 + 8, 32);
	}
	assert_true(at + l4_len <= len);
	if (protocol == IPPROTO_UDP) {
		assert_int_equal(get16(p + at + 4), l4_len);
		assert_int_not_equal(get16(p + at + 6), 0);
	}
	assert_int_equal(sum16(sum, p + at, l4_len), 0xffff);
}

/* A stream in all the forms it can be sent. */
static bool next_form(const struct kpps_stream *built, unsigned int form, struct kpps_stream *ret)
{
	if (form >= (built->flags & KPPS_F_TCP ? 2U * (KPPS_RST + 1) : 2U))
		return false;
	*ret = *built;
	if (form & 1)
		assert_int_equal(stream_reverse(ret, ret), 0);
	if (form >= 2)
		assert_int_equal(stream_segment(ret, (enum kpps_segment)(form / 2), ret), 0);
	return true;
}

static u64 random_index(u64 *seed)
{
	switch (random_below(seed, 3)) {
	case 0:
		return random_below(seed, 100);
	case 1:	/* about a wrap of the lower half */
		return ((1 + random_below(seed, 32767)) << 32) - 1 - random_below(seed, 40);
	default:
		return random64(seed) & KPPS_INDEX_MASK >> 1;
	}
}

static void every_checksum_is_right(void **state __unused)
{
	struct kpps_stream form;
	u64 seed = 3;

	for (unsigned int i = 0; i < 3000; i++) {
		random_stream(&seed, &spec, &s);
		for (unsigned int f = 0; next_form(&s, f, &form); f++) {
			u64 index = random_index(&seed);
			u32 len = kpps_frame_make(&form, index, random64(&seed), frame);

			assert_int_equal(len, kpps_stream_len(&form, index));
			assert_checksums(frame, len);
		}
	}
}

/* With 65536 values of a time stamp every sum occurs, 0 too. */
static void udp_checksum_zero_is_sent_as_ffff(void **state __unused)
{
	unsigned int ffff = 0;

	stream_spec_default(&spec);
	build();
	for (u64 time = 0; time < 65536; time++) {
		u32 len = kpps_frame_make(&s, 0, time, frame);

		assert_checksums(frame, len);
		ffff += get16(frame + s.csum_off) == 0xffff;
	}
	assert_int_equal(ffff, 1);
}

static void assert_burst(const struct kpps_stream *from, u64 index, unsigned int n)
{
	static u8 ring[KPPS_BURST][KPPS_FRAME_MAX + GUARD];
	u8 *frames[KPPS_BURST];
	u32 lens[KPPS_BURST];

	memset(ring, 0xaa, sizeof(ring));
	for (unsigned int j = 0; j < KPPS_BURST; j++)
		frames[j] = ring[j];
	kpps_frame_burst(from, index, n, TIME, frames, lens);
	for (unsigned int j = 0; j < n; j++) {
		memset(frame, 0xaa, sizeof(frame));
		assert_int_equal(kpps_frame_make(from, index + j, TIME, frame), lens[j]);
		assert_memory_equal(ring[j], frame, lens[j] + GUARD);
	}
}

static void burst_writes_the_same_bytes_as_single_frames(void **state __unused)
{
	struct kpps_stream form;
	u64 seed = 4;

	for (unsigned int i = 0; i < 1000; i++) {
		random_stream(&seed, &spec, &s);
		for (unsigned int f = 0; next_form(&s, f, &form); f++) {
			unsigned int n = (unsigned int)random_below(&seed, KPPS_BURST + 1);

			assert_burst(&form, random_index(&seed), n);
		}
	}
}

/* Small domains, whose permutation often has to be applied again; wide ones never are that small. */
static void burst_permutes_again_where_single_frames_do(void **state __unused)
{
	for (u64 n = 32; n < 200; n++) {
		stream_spec_default(&spec);
		spec.source.count = n;
		spec.source_port.last = spec.source_port.first;
		build();
		for (u64 index = 0; index < n; index += KPPS_BURST) {
			s.flags |= KPPS_F_NARROW;
			assert_burst(&s, index, KPPS_BURST);
			s.flags &= ~KPPS_F_NARROW;
			assert_burst(&s, index, KPPS_BURST);
		}
	}
}

static void frames_are_written_whole_and_nothing_behind_them(void **state __unused)
{
	static u8 again[KPPS_FRAME_MAX + GUARD];
	u64 seed = 5;

	for (unsigned int i = 0; i < 1000; i++) {
		u64 index = random_index(&seed);
		u32 len;

		random_stream(&seed, &spec, &s);
		memset(frame, 0x55, sizeof(frame));
		memset(again, 0xaa, sizeof(again));
		len = kpps_frame_make(&s, index, TIME, frame);
		kpps_frame_make(&s, index, TIME, again);
		assert_memory_equal(frame, again, len);
		for (unsigned int j = 0; j < GUARD; j++)
			assert_true(frame[len + j] == 0x55 && again[len + j] == 0xaa);
	}
}

static void header_write_gives_the_start_of_the_frame(void **state __unused)
{
	u8 header[KPPS_HEADER_ROOM];
	u64 seed = 6;

	for (unsigned int i = 0; i < 1000; i++) {
		u64 index = random_index(&seed), flow;
		struct kpps_tuple t;
		u32 len;

		random_stream(&seed, &spec, &s);
		memset(header, 0xaa, sizeof(header));
		memset(frame, 0, KPPS_HEADER_MAX);
		len = kpps_frame_make(&s, index, TIME, frame);
		flow = kpps_stream_flow(&s, index);
		kpps_stream_tuple(&s, flow, &t);
		assert_int_equal(kpps_header_write(&s, index, flow, &t, TIME, header), len);
		assert_memory_equal(header, frame, KPPS_HEADER_MAX);
	}
}

static void signature_is_read_as_it_was_written(void **state __unused)
{
	unsigned int signatures = 0;
	u64 seed = 7;

	for (unsigned int i = 0; i < 3000; i++) {
		u64 index = random_index(&seed), time = random64(&seed);
		struct kpps_sig sig;
		u32 len;

		random_stream(&seed, &spec, &s);
		len = kpps_frame_make(&s, index, time, frame);
		if (!(s.flags & KPPS_F_SIG)) {
			assert_false(kpps_sig_read(frame + s.payload_off, len - s.payload_off,
						   &sig));
			continue;
		}
		signatures++;
		assert_true(kpps_sig_read(frame + s.payload_off, KPPS_SIG_LEN, &sig));
		assert_false(kpps_sig_read(frame + s.payload_off, KPPS_SIG_LEN - 1, &sig));
		assert_int_equal(sig.run, spec.run);
		assert_int_equal(sig.stream, spec.id);
		assert_int_equal(sig.index, index);
		assert_int_equal(sig.time, time);
	}
	assert_true(signatures > 300);
}

static void one_size_without_room_leaves_the_stream_without_signature(void **state __unused)
{
	stream_spec_default(&spec);
	stream_spec_family(&spec, AF_INET6);
	spec.nsizes = 2;
	spec.sizes[0] = 84;
	spec.sizes[1] = 84;
	build();
	assert_true(s.flags & KPPS_F_SIG);
	spec.sizes[1] = 83;
	build();
	assert_false(s.flags & KPPS_F_SIG);
	kpps_frame_make(&s, 0, TIME, frame);
	for (unsigned int i = s.payload_off; i < 80; i++)
		assert_int_equal(frame[i], 0);
}

static void sizes_are_sent_in_their_order(void **state __unused)
{
	stream_spec_default(&spec);
	assert_int_equal(imix_parse("afgad", 1518, spec.sizes, &spec.nsizes, &err), 0);
	build();
	for (u64 index = 0; index < 1000; index++) {
		static const u32 want[] = { 60, 1276, 1514, 60, 508 };
		u32 len = kpps_frame_make(&s, index, TIME, frame);

		assert_int_equal(len, want[index % 5]);
		assert_int_equal(get16(frame + 16), len - 14);
	}
}

static void ipv4_header_is_what_the_specification_says(void **state __unused)
{
	stream_spec_default(&spec);
	spec.dscp = 46;
	spec.ttl = 17;
	build();
	kpps_frame_make(&s, 0, TIME, frame);
	assert_memory_equal(frame, "\x02\0\0\0\0\2\x02\0\0\0\0\1\x08\0", 14);
	assert_memory_equal(frame + 14, "\x45\xb8\0\x2e\0\0\x40\0\x11\x11", 10);
}

static void ipv6_header_is_what_the_specification_says(void **state __unused)
{
	stream_spec_default(&spec);
	stream_spec_family(&spec, AF_INET6);
	spec.dscp = 46;
	spec.ttl = 17;
	build();
	kpps_frame_make(&s, 0, TIME, frame);
	assert_memory_equal(frame + 12, "\x86\xdd\x6b\x80\0\0\0\x1a\x11\x11", 10);
}

static void two_vlan_tags_are_qinq(void **state __unused)
{
	stream_spec_default(&spec);
	spec.nvlans = 2;
	spec.vlan[0] = 100;
	spec.vlan[1] = 4094;
	spec.sizes[0] = 72;
	build();
	kpps_frame_make(&s, 0, TIME, frame);
	assert_memory_equal(frame + 12, "\x88\xa8\0\x64\x81\0\x0f\xfe\x08\0", 10);
}

static void a_foreign_tuple_is_written_as_given(void **state __unused)
{
	struct kpps_tuple t = { .sport = kpps_be16(7), .dport = kpps_be16(65535) };
	u32 len;

	t.src_lo = kpps_be32(0x0a000001);
	t.dst_lo = kpps_be32(0xc0a80102);
	stream_spec_default(&spec);
	build();
	len = kpps_frame_write(&s, 5, 5, &t, TIME, frame);
	assert_checksums(frame, len);
	assert_int_equal(get32(frame + 26), 0x0a000001);
	assert_int_equal(get32(frame + 30), 0xc0a80102);
	assert_int_equal(get32(frame + 34), 7 << 16 | 65535);
}

static void build_tcp(u8 family)
{
	stream_spec_default(&spec);
	spec.protocol = IPPROTO_TCP;
	stream_spec_family(&spec, family);
	spec.flows = 1000;
	build();
}

static const u8 *tcp_make(const struct kpps_stream *from, u64 index)
{
	kpps_frame_make(from, index, TIME, frame);
	return frame + from->l4_off;
}

static void handshake_numbers_fit_each_other(void **state __unused)
{
	struct kpps_stream syn, synack, ack;

	build_tcp(AF_INET);
	assert_int_equal(stream_segment(&s, KPPS_SYN, &syn), 0);
	assert_int_equal(stream_segment(&s, KPPS_ACK, &ack), 0);
	assert_int_equal(stream_reverse(&s, &synack), 0);
	assert_int_equal(stream_segment(&synack, KPPS_SYNACK, &synack), 0);
	for (u64 index = 0; index < 1000; index++) {
		u32 isn = get32(tcp_make(&syn, index) + 4), peer, payload;

		assert_int_equal(frame[syn.l4_off + 13], 0x02);
		assert_int_equal(get32(frame + syn.l4_off + 8), 0);
		peer = get32(tcp_make(&synack, index) + 4);
		assert_int_equal(frame[synack.l4_off + 13], 0x12);
		assert_int_equal(get32(frame + synack.l4_off + 8), isn + 1);
		assert_int_equal(get32(tcp_make(&ack, index) + 4), isn + 1);
		assert_int_equal(get32(frame + ack.l4_off + 8), peer + 1);
		assert_int_equal(frame[ack.l4_off + 13], 0x10);
		payload = spec.sizes[0] - 4 - s.payload_off;
		/* third segment of the flow */
		assert_int_equal(get32(tcp_make(&s, 2000 + index) + 4), isn + 1 + 2 * payload);
		assert_int_equal(get32(frame + s.l4_off + 8), peer + 1);
		assert_int_equal(frame[s.l4_off + 13], 0x18);
	}
}

static void reverse_data_acknowledges_the_handshake(void **state __unused)
{
	struct kpps_stream syn, synack, data;

	build_tcp(AF_INET6);
	assert_int_equal(stream_segment(&s, KPPS_SYN, &syn), 0);
	assert_int_equal(stream_reverse(&syn, &synack), 0);
	assert_int_equal(stream_segment(&synack, KPPS_SYNACK, &synack), 0);
	assert_int_equal(stream_reverse(&s, &data), 0);
	for (u64 index = 0; index < 1000; index++) {
		u32 isn = get32(tcp_make(&syn, index) + 4);
		u32 peer = get32(tcp_make(&synack, index) + 4);

		assert_int_equal(get32(tcp_make(&data, index) + 4), peer + 1);
		assert_int_equal(get32(frame + data.l4_off + 8), isn + 1);
	}
}

static void data_stays_within_the_window_of_the_handshake(void **state __unused)
{
	u32 first;

	build_tcp(AF_INET);
	spec.sizes[0] = 1518;
	spec.flows = 1;
	build();
	first = s.tcp_seq;
	for (u64 index = 0; index < 10000; index++)
		assert_true(get32(tcp_make(&s, index) + 4) - first + 1460 <= 65535);
}

static void syn_carries_its_options(void **state __unused)
{
	struct kpps_stream syn;

	build_tcp(AF_INET);
	assert_int_equal(stream_segment(&s, KPPS_SYN, &syn), 0);
	assert_int_equal(kpps_stream_len(&syn, 0), 66);
	assert_int_equal(tcp_make(&syn, 0)[12], 0x80);
	assert_memory_equal(tcp_make(&syn, 0) + 20, "\2\4\5\xb4\1\3\3\7\1\1\4\2", 12);
}

static void bare_ack_is_padded_to_the_smallest_frame(void **state __unused)
{
	struct kpps_stream ack;

	build_tcp(AF_INET);
	assert_int_equal(stream_segment(&s, KPPS_ACK, &ack), 0);
	memset(frame, 0xaa, sizeof(frame));
	assert_int_equal(kpps_frame_make(&ack, 0, TIME, frame), 60);
	assert_int_equal(get16(frame + 16), 40);
	assert_memory_equal(frame + 54, "\0\0\0\0\0\0", 6);
}

static void flow_is_found_again_from_sequence_numbers(void **state __unused)
{
	static const enum kpps_segment segments[] = { KPPS_SYN, KPPS_ACK, KPPS_FIN, KPPS_RST };
	struct kpps_stream segment;
	u64 flow;

	build_tcp(AF_INET);
	for (unsigned int i = 0; i < ARRAY_SIZE(segments); i++) {
		assert_int_equal(stream_segment(&s, segments[i], &segment), 0);
		for (u64 index = 0; index < 1000; index++) {
			assert_true(kpps_tcp_flow(&segment, get32(tcp_make(&segment, index) + 4),
						  &flow));
			assert_int_equal(flow, kpps_stream_flow(&segment, index));
		}
		assert_false(kpps_tcp_flow(&segment, segment.tcp_seq + 1000, &flow));
		assert_false(kpps_tcp_flow(&segment, segment.tcp_seq - 1, &flow));
	}
	assert_false(kpps_tcp_flow(&s, s.tcp_seq, &flow));
}

static void syn_flood_by_flags_has_the_numbers_of_a_syn(void **state __unused)
{
	struct kpps_stream syn;
	u64 flow;

	build_tcp(AF_INET);
	assert_int_equal(stream_segment(&s, KPPS_SYN, &syn), 0);
	spec.tcp_flags = 0x02;
	build();
	assert_int_equal(s.tcp_seq, syn.tcp_seq);
	assert_true(kpps_tcp_flow(&s, get32(tcp_make(&s, 4321) + 4), &flow));
	assert_int_equal(flow, 321);
}

static void reverse_swaps_ends_and_is_its_own_inverse(void **state __unused)
{
	struct kpps_stream reverse, again;
	struct kpps_tuple t, r;
	u64 seed = 8;

	for (unsigned int i = 0; i < 1000; i++) {
		u64 flow;

		random_stream(&seed, &spec, &s);
		assert_int_equal(stream_reverse(&s, &reverse), 0);
		assert_int_equal(stream_reverse(&reverse, &again), 0);
		assert_memory_equal(&again, &s, sizeof(s));
		assert_int_equal(reverse.id, s.id + STREAM_REVERSE_ID);
		assert_memory_equal(reverse.header, s.header + 6, 6);
		assert_memory_equal(reverse.header + 6, s.header, 6);
		flow = random_below(&seed, s.flows);
		kpps_stream_tuple(&s, flow, &t);
		kpps_stream_tuple(&reverse, flow, &r);
		assert_true(t.src_hi == r.dst_hi && t.src_lo == r.dst_lo);
		assert_true(t.dst_hi == r.src_hi && t.dst_lo == r.src_lo);
		if (s.flags & KPPS_F_ICMP)
			assert_true(t.sport == r.sport && !t.dport && !r.dport);
		else
			assert_true(t.sport == r.dport && t.dport == r.sport);
	}
}

static void reverse_of_a_large_id_is_refused(void **state __unused)
{
	stream_spec_default(&spec);
	spec.id = STREAM_REVERSE_ID;
	build();
	assert_int_equal(stream_reverse(&s, &s), -EINVAL);
}

static void segment_of_what_is_not_tcp_is_refused(void **state __unused)
{
	stream_spec_default(&spec);
	build();
	assert_int_equal(stream_segment(&s, KPPS_SYN, &s), -EINVAL);
	build_tcp(AF_INET);
	assert_int_equal(stream_segment(&s, KPPS_DATA, &s), -EINVAL);
	assert_int_equal(stream_segment(&s, (enum kpps_segment)(KPPS_RST + 1), &s), -EINVAL);
}

static void echo_request_becomes_echo_reply(void **state __unused)
{
	static const struct { u8 family, request, reply; } want[] = {
		{ AF_INET, 8, 0 }, { AF_INET6, 128, 129 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(want); i++) {
		struct kpps_stream reply;

		stream_spec_default(&spec);
		spec.protocol = IPPROTO_ICMP;
		stream_spec_family(&spec, want[i].family);
		spec.source_port = (struct port_range){ 77, 77 };
		build();
		kpps_frame_make(&s, 0x12345, TIME, frame);
		assert_int_equal(frame[s.l4_off], want[i].request);
		assert_int_equal(get16(frame + s.l4_off + 4), 77);
		assert_int_equal(get16(frame + s.l4_off + 6), 0x2345);
		assert_int_equal(stream_reverse(&s, &reply), 0);
		kpps_frame_make(&reply, 0x12345, TIME, frame);
		assert_int_equal(frame[s.l4_off], want[i].reply);
		assert_int_equal(get16(frame + s.l4_off + 4), 77);
	}
}

struct digest_row {
	u8 family, protocol, order;
	u16 nvlans;
	const char *imix;
	u64 digest;
};

/* So that no byte on the wire ever changes by accident: FNV-1a of 10,000 frames. */
static void frames_have_their_fixed_digest(void **state __unused)
{
	static const struct digest_row rows[] = {
		{ AF_INET, IPPROTO_UDP, KPPS_SEQUENTIAL, 0, "a", 0x7cb6f7e733806d65 },
		{ AF_INET6, IPPROTO_UDP, KPPS_SEQUENTIAL, 0, "b", 0x41c0c815d9237116 },
		{ AF_INET, IPPROTO_TCP, KPPS_UNIFORM, 1, "bbe", 0x20df57e0165648bc },
		{ AF_INET6, IPPROTO_TCP, KPPS_SEQUENTIAL, 2, "c", 0x82d827585bdc360b },
		{ AF_INET, IPPROTO_ICMP, KPPS_UNIFORM, 0, "a", 0x8963803c6806d19c },
		{ AF_INET6, IPPROTO_ICMP, KPPS_SEQUENTIAL, 1, "b", 0xf5ee73f649c15ab9 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 digest = 0xcbf29ce484222325ULL;

		stream_spec_default(&spec);
		spec.protocol = rows[i].protocol;
		spec.order = rows[i].order;
		spec.nvlans = rows[i].nvlans;
		spec.vlan[0] = spec.vlan[1] = 42;
		spec.flows = 3000;
		stream_spec_family(&spec, rows[i].family);
		assert_int_equal(imix_parse(rows[i].imix, 1518, spec.sizes, &spec.nsizes, &err),
				 0);
		build();
		for (u64 index = 0; index < 10000; index++) {
			u32 len = kpps_frame_make(&s, index, TIME + index, frame);

			for (u32 j = 0; j < len; j++)
				digest = (digest ^ frame[j]) * 0x100000001b3ULL;
		}
		assert_int_equal(digest, rows[i].digest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_checksum_is_right),
		cmocka_unit_test(udp_checksum_zero_is_sent_as_ffff),
		cmocka_unit_test(burst_writes_the_same_bytes_as_single_frames),
		cmocka_unit_test(burst_permutes_again_where_single_frames_do),
		cmocka_unit_test(frames_are_written_whole_and_nothing_behind_them),
		cmocka_unit_test(header_write_gives_the_start_of_the_frame),
		cmocka_unit_test(signature_is_read_as_it_was_written),
		cmocka_unit_test(one_size_without_room_leaves_the_stream_without_signature),
		cmocka_unit_test(sizes_are_sent_in_their_order),
		cmocka_unit_test(ipv4_header_is_what_the_specification_says),
		cmocka_unit_test(ipv6_header_is_what_the_specification_says),
		cmocka_unit_test(two_vlan_tags_are_qinq),
		cmocka_unit_test(a_foreign_tuple_is_written_as_given),
		cmocka_unit_test(handshake_numbers_fit_each_other),
		cmocka_unit_test(reverse_data_acknowledges_the_handshake),
		cmocka_unit_test(data_stays_within_the_window_of_the_handshake),
		cmocka_unit_test(syn_carries_its_options),
		cmocka_unit_test(bare_ack_is_padded_to_the_smallest_frame),
		cmocka_unit_test(flow_is_found_again_from_sequence_numbers),
		cmocka_unit_test(syn_flood_by_flags_has_the_numbers_of_a_syn),
		cmocka_unit_test(reverse_swaps_ends_and_is_its_own_inverse),
		cmocka_unit_test(reverse_of_a_large_id_is_refused),
		cmocka_unit_test(segment_of_what_is_not_tcp_is_refused),
		cmocka_unit_test(echo_request_becomes_echo_reply),
		cmocka_unit_test(frames_have_their_fixed_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
