// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_fill.c - the fill phase through a device made here: it translates
 * addresses and ports its own way, loses what a test tells it to, and lets
 * answers pass only where they belong. Time passes as the test says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/stream_build.h"
#include "sink/inspect.h"
#include "sink/responder.h"
#include "sink/tuples.h"
#include "tests/sink/build_frame.h"

#define NONE (~0U)

struct dut {
	struct port *near_rx, *near_tx, *far_rx, *far_tx;	/* as the fill names them */
	u32 lose_every;		/* of opening packets, 0: none */
	u32 lose_back_every;	/* of answers */
	u32 lose_acks;		/* the first so many */
	u32 dead_port;		/* near port (host order) whose frames never pass */
	const u8 *back_macs;	/* that answers must have; NULL: any */
	u64 seen, seen_back, forwarded;
};

static struct clk clk;

static struct stream_spec spec_new(u8 family, u8 protocol, u64 flows)
{
	struct stream_spec spec;

	stream_spec_default(&spec);
	spec.family = family;
	spec.protocol = protocol;
	spec.flows = flows;
	spec.run = 3;
	if (family == AF_INET6) {
		assert_int_equal(addr_range_parse("2001:2::/112", &spec.family, &spec.source, NULL), 0);
		assert_int_equal(addr_range_parse("2001:2:0:8000::1", &spec.family,
						  &spec.destination, NULL), 0);
	}
	spec.nsizes = 1;
	spec.sizes[0] = 128;
	return spec;
}

static struct port *port_new(void)
{
	const struct port_memory_config memory = { .slots = 1024, .frame_max = 1514, .node = -1 };
	struct port *port;

	assert_int_equal(port_memory_open(&memory, &port, NULL), 0);
	return port;
}

/* The checksums of a frame whose addresses or ports were changed. */
static void sums_again(u8 *data, u32 len, const struct inspected *in)
{
	const struct build shape = { .version = in->version, .protocol = in->protocol };
	struct built f;

	memcpy(f.data, data, len);
	f.l3 = (u32)(in->l3 - data);
	f.l4 = (u32)(in->l4 - data);
	/* padding of a short segment is not part of the packet */
	f.len = (u32)(in->payload - data) + in->payload_len;
	build_sums(&f, &shape);
	memcpy(data, f.data, f.len);
}

/*
 * The translation: near address and port are xored, which is its own inverse,
 * so the device needs no table. ICMP: the identifier.
 */
static void translate(u8 *data, u32 len, const struct inspected *in, bool back)
{
	u8 *l3 = data + (in->l3 - data), *l4 = data + (in->l4 - data);
	u8 *address = l3 + (in->version == 4 ? (back ? 18 : 14) : (back ? 38 : 22));
	u8 *port = l4 + (back ? 2 : 0);

	if (in->protocol == IPPROTO_ICMP || in->protocol == IPPROTO_ICMPV6)
		port = l4 + 4;
	address[0] ^= 0x55;
	port[0] ^= 0x3c;
	port[1] ^= 0x0f;
	sums_again(data, len, in);
}

static u32 near_port(const struct inspected *in, bool back)
{
	bool icmp = in->protocol == IPPROTO_ICMP || in->protocol == IPPROTO_ICMPV6;
	const u8 *p = in->l4 + (icmp ? 4 : back ? 2 : 0);

	return (u32)p[0] << 8 | p[1];
}

static bool dut_loses(struct dut *d, const struct inspected *in, bool back)
{
	bool ack = in->protocol == IPPROTO_TCP && in->l4[13] == 0x10;

	if (!back && near_port(in, false) == d->dead_port)
		return true;
	if (back)
		return d->lose_back_every && ++d->seen_back % d->lose_back_every == 0;
	if (ack && d->lose_acks) {
		d->lose_acks--;
		return true;
	}
	return d->lose_every && ++d->seen % d->lose_every == 0;
}

static void dut_move(struct dut *d, struct port *from, struct port *to, bool back)
{
	struct frame in[PORT_BURST], out;
	int n = port_peek(from, in, PORT_BURST);

	for (int i = 0; i < n; i++) {
		struct inspected f;

		assert_int_equal(frame_inspect(in[i].data, in[i].len, &f), VERDICT_INTACT);
		if (back && d->back_macs)
			assert_memory_equal(in[i].data, d->back_macs, 12);
		if (dut_loses(d, &f, back) || port_reserve(to, &out, 1) != 1)
			continue;
		memcpy(out.data, in[i].data, in[i].len);
		out.len = in[i].len;
		out.time = 0;
		assert_int_equal(frame_inspect(out.data, out.len, &f), VERDICT_INTACT);
		translate(out.data, out.len, &f, back);
		assert_int_equal(frame_inspect(out.data, out.len, &f), VERDICT_INTACT);
		assert_int_equal(port_commit(to, &out, 1), 0);
		d->forwarded++;
	}
	assert_int_equal(port_release(from, (unsigned int)n), 0);
}

struct outcome {
	struct fill_report report;
	struct tuple_table *table;
	struct kpps_stream stream;
};

static void fill_run(const struct stream_spec *spec, struct dut *d, bool answer, struct outcome *ret)
{
	struct fill_config config = {
		.stream = &ret->stream, .run = spec->run, .answer = answer, .clk = &clk,
		.timeout_ns = 200000, .reverse_macs = d->back_macs,
	};
	struct fill_ports ports;
	struct fill *fill;

	assert_int_equal(stream_build(spec, &ret->stream, NULL), 0);
	d->near_tx = ports.near_tx = port_new();
	d->near_rx = ports.near_rx = port_new();
	d->far_tx = ports.far_tx = port_new();
	d->far_rx = ports.far_rx = port_new();
	assert_int_equal(tuple_table_create(&ret->stream, -1, &ret->table, NULL), 0);
	assert_int_equal(fill_create(&config, &ports, ret->table, &fill, NULL), 0);
	for (u64 now = 1; !fill_poll_at(fill, now); now += 1000) {
		assert_true(now < 10 * NSEC_PER_SEC);
		dut_move(d, d->near_tx, d->far_rx, false);
		dut_move(d, d->far_tx, d->near_rx, true);
	}
	fill_report(fill, &ret->report);
	fill_destroy(fill);
	port_close(ports.near_tx);
	port_close(ports.near_rx);
	port_close(ports.far_tx);
	port_close(ports.far_rx);
}

static const struct { u8 family, protocol; } kinds[] = {
	{ AF_INET, IPPROTO_UDP }, { AF_INET, IPPROTO_TCP }, { AF_INET, IPPROTO_ICMP },
	{ AF_INET6, IPPROTO_UDP }, { AF_INET6, IPPROTO_TCP }, { AF_INET6, IPPROTO_ICMP },
};

static void every_flow_opens_and_its_translated_tuple_is_noted(void **state __unused)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct stream_spec spec = spec_new(kinds[k].family, kinds[k].protocol, 3000);
		struct dut dut = { .dead_port = NONE };
		struct kpps_stream reverse;
		struct outcome o;

		fill_run(&spec, &dut, true, &o);
		assert_int_equal(o.report.flows, 3000);
		assert_int_equal(o.report.noted, 3000);
		assert_int_equal(o.report.opened, 3000);
		assert_int_equal(o.report.foreign, 0);
		assert_int_equal(stream_reverse(&o.stream, &reverse), 0);
		for (u64 flow = 0; flow < 3000; flow++) {
			struct kpps_tuple noted, back;
			struct inspected in;
			u8 data[2048], want[2048];
			u32 len;

			/* a frame to the noted tuple, translated back, is one to the flow's own */
			assert_true(tuple_table_get(o.table, flow, &noted));
			len = kpps_frame_write(&reverse, flow, flow, &noted, 7, data);
			assert_int_equal(frame_inspect(data, len, &in), VERDICT_INTACT);
			translate(data, len, &in, true);
			kpps_stream_tuple(&reverse, flow, &back);
			assert_int_equal(kpps_frame_write(&reverse, flow, flow, &back, 7, want), len);
			assert_memory_equal(data, want, len);
		}
		tuple_table_destroy(o.table);
	}
}

static void answers_have_the_macs_of_the_far_link(void **state __unused)
{
	static const u8 macs[12] = { 2, 0, 0, 0, 7, 2, 2, 0, 0, 0, 7, 1 };

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct stream_spec spec = spec_new(kinds[k].family, kinds[k].protocol, 100);
		struct dut dut = { .dead_port = NONE, .back_macs = macs };
		struct outcome o;

		fill_run(&spec, &dut, true, &o);
		assert_int_equal(o.report.opened, 100);
		tuple_table_destroy(o.table);
	}
}

static void lost_packets_are_sent_again(void **state __unused)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct stream_spec spec = spec_new(kinds[k].family, kinds[k].protocol, 2000);
		struct dut dut = { .dead_port = NONE, .lose_every = 17, .lose_back_every = 23 };
		struct outcome o;

		fill_run(&spec, &dut, true, &o);
		assert_int_equal(o.report.opened, 2000);
		assert_int_equal(o.report.noted, 2000);
		assert_true(o.report.retried >= 2000 / 17);
		tuple_table_destroy(o.table);
	}
}

static void a_flow_that_never_passes_is_given_up(void **state __unused)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct stream_spec spec = spec_new(kinds[k].family, kinds[k].protocol, 100);
		struct dut dut = { .dead_port = 1050 };
		struct kpps_tuple t;
		struct outcome o;

		/* one address pair and 100 ports: each port is one flow */
		spec.source.count = 1;
		spec.destination.count = 1;
		spec.source_port = (struct port_range){ 1000, 1099 };
		spec.destination_port = (struct port_range){ 53, 53 };
		fill_run(&spec, &dut, true, &o);
		assert_int_equal(o.report.flows, 100);
		assert_int_equal(o.report.noted, 99);
		assert_int_equal(o.report.opened, 99);
		/* sent four times */
		assert_true(o.report.retried >= 3);
		for (u64 flow = 0, missing = 0; flow < 100; flow++) {
			missing += !tuple_table_get(o.table, flow, &t);
			assert_true(missing <= 1);
		}
		tuple_table_destroy(o.table);
	}
}

static void tcp_sends_a_lost_ack_again_and_not_a_syn(void **state __unused)
{
	struct stream_spec spec = spec_new(AF_INET, IPPROTO_TCP, 50);
	struct dut dut = { .dead_port = NONE, .lose_acks = 50 };
	struct outcome o;

	fill_run(&spec, &dut, true, &o);
	assert_int_equal(o.report.opened, 50);
	assert_int_equal(o.report.retried, 50);
	/* a SYN, a SYN/ACK and the second ACK each */
	assert_int_equal(dut.forwarded, 150);
	tuple_table_destroy(o.table);
}

static void without_answers_flows_are_only_noted(void **state __unused)
{
	struct stream_spec spec = spec_new(AF_INET, IPPROTO_UDP, 500);
	struct dut dut = { .dead_port = NONE };
	struct outcome o;

	fill_run(&spec, &dut, false, &o);
	assert_int_equal(o.report.noted, 500);
	assert_int_equal(o.report.opened, 500);
	assert_int_equal(dut.forwarded, 500);
	tuple_table_destroy(o.table);
}

/* Numbers of the three segments of a handshake, and of the data that follows. */
static void tcp_numbers_follow_each_other(void **state __unused)
{
	struct stream_spec spec = spec_new(AF_INET, IPPROTO_TCP, 1000);
	struct kpps_stream data, reverse, syn, synack, ack;
	u8 of_syn[2048], of_synack[2048], of_ack[2048], of_data[2048];

	spec.tcp_flags = 0x18;
	assert_int_equal(stream_build(&spec, &data, NULL), 0);
	assert_int_equal(stream_reverse(&data, &reverse), 0);
	assert_int_equal(stream_segment(&data, KPPS_SYN, &syn), 0);
	assert_int_equal(stream_segment(&reverse, KPPS_SYNACK, &synack), 0);
	assert_int_equal(stream_segment(&data, KPPS_ACK, &ack), 0);
	for (u64 flow = 0; flow < 1000; flow += 37) {
		const u8 *a = of_syn + syn.l4_off, *b = of_synack + synack.l4_off;
		const u8 *c = of_ack + ack.l4_off, *d = of_data + data.l4_off;
		struct kpps_tuple t;

		kpps_stream_tuple(&data, flow, &t);
		kpps_frame_write(&syn, flow, flow, &t, 0, of_syn);
		kpps_frame_write(&synack, flow, flow, &t, 0, of_synack);
		kpps_frame_write(&ack, flow, flow, &t, 0, of_ack);
		kpps_frame_write(&data, 0, flow, &t, 0, of_data);
		assert_int_equal(a[13], 2);
		assert_int_equal(b[13], 0x12);
		assert_int_equal(c[13], 0x10);
		assert_int_equal(ntohl(inspect_load32(b + 8)), ntohl(inspect_load32(a + 4)) + 1);
		assert_int_equal(ntohl(inspect_load32(c + 4)), ntohl(inspect_load32(a + 4)) + 1);
		assert_int_equal(ntohl(inspect_load32(c + 8)), ntohl(inspect_load32(b + 4)) + 1);
		assert_int_equal(ntohl(inspect_load32(d + 8)), ntohl(inspect_load32(c + 8)));
		assert_true(ntohl(inspect_load32(d + 4)) - ntohl(inspect_load32(c + 4)) < 65536);
	}
}

static void a_second_fill_starts_from_an_empty_table(void **state __unused)
{
	struct stream_spec spec = spec_new(AF_INET, IPPROTO_UDP, 10);
	struct fill_ports ports = { 0 };
	struct fill_report report;
	struct kpps_stream stream;
	struct tuple_table *table;
	struct kpps_tuple t = { 0 };
	struct fill *fill;

	assert_int_equal(stream_build(&spec, &stream, NULL), 0);
	assert_int_equal(tuple_table_create(&stream, -1, &table, NULL), 0);
	assert_false(tuple_table_set(table, 4, &t));
	assert_true(tuple_table_get(table, 4, &t));
	assert_int_equal(fill_create(&(struct fill_config){ .stream = &stream, .run = 3, .clk = &clk },
				     &ports, table, &fill, NULL), 0);
	assert_false(tuple_table_get(table, 4, &t));
	fill_report(fill, &report);
	assert_int_equal(report.noted, 0);
	fill_destroy(fill);
	tuple_table_destroy(table);
}

static void frames_of_others_are_foreign(void **state __unused)
{
	const struct build other = { .version = 4, .protocol = IPPROTO_UDP, .payload = 30 };
	struct stream_spec spec = spec_new(AF_INET, IPPROTO_UDP, 10);
	struct fill_ports ports = { port_new(), port_new(), port_new(), port_new() };
	struct kpps_stream stream;
	struct tuple_table *table;
	struct fill_report report;
	struct frame frame;
	struct fill *fill;
	struct built f;

	assert_int_equal(stream_build(&spec, &stream, NULL), 0);
	assert_int_equal(tuple_table_create(&stream, -1, &table, NULL), 0);
	assert_int_equal(fill_create(&(struct fill_config){ .stream = &stream, .run = 3, .answer = true,
							    .clk = &clk },
				     &ports, table, &fill, NULL), 0);
	build_frame(&f, &other);
	for (int end = 0; end < 2; end++) {
		struct port *port = end ? ports.far_rx : ports.near_rx;

		assert_int_equal(port_reserve(port, &frame, 1), 1);
		memcpy(frame.data, f.data, f.len);
		frame.len = f.len;
		assert_int_equal(port_commit(port, &frame, 1), 0);
	}
	/* and one of ours for a flow that was not sent yet */
	assert_int_equal(port_reserve(ports.far_rx, &frame, 1), 1);
	frame.len = kpps_frame_make(&stream, 5, 0, frame.data);
	assert_int_equal(port_commit(ports.far_rx, &frame, 1), 0);
	assert_int_equal(fill_poll_at(fill, 1), 0);
	fill_report(fill, &report);
	assert_int_equal(report.foreign, 3);
	assert_int_equal(report.noted, 0);
	assert_int_equal(report.opened, 0);
	fill_destroy(fill);
	tuple_table_destroy(table);
	port_close(ports.near_tx);
	port_close(ports.near_rx);
	port_close(ports.far_tx);
	port_close(ports.far_rx);
}

static void tables_take_the_bytes_they_say(void **state __unused)
{
	struct stream_spec spec = spec_new(AF_INET, IPPROTO_UDP, 1000);
	struct kpps_stream stream;
	struct tuple_table *table;
	struct err err;

	assert_int_equal(stream_build(&spec, &stream, NULL), 0);
	assert_int_equal(tuple_table_bytes(&stream), 16000);
	spec = spec_new(AF_INET6, IPPROTO_UDP, 1000);
	assert_int_equal(stream_build(&spec, &stream, NULL), 0);
	assert_int_equal(tuple_table_bytes(&stream), 40000);
	/* no machine has this much: the error says how much it would take */
	stream.flows = 1ULL << 50;
	assert_int_equal(tuple_table_create(&stream, -1, &table, &err), -ENOMEM);
	assert_non_null(strstr(err.text, "45035996273704960 bytes"));
	stream.flows = 1ULL << 62;
	assert_int_equal(tuple_table_create(&stream, -1, &table, &err), -ENOMEM);
}

static void wrong_fills_are_refused_with_a_reason(void **state __unused)
{
	struct stream_spec spec = spec_new(AF_INET, IPPROTO_UDP, 10);
	struct fill_ports ports = { 0 };
	struct kpps_stream stream, other;
	struct tuple_table *table;
	struct fill *fill;
	struct err err;

	assert_int_equal(stream_build(&spec, &stream, NULL), 0);
	assert_int_equal(tuple_table_create(&stream, -1, &table, NULL), 0);
	spec.flows = 11;
	assert_int_equal(stream_build(&spec, &other, NULL), 0);
	const struct { struct fill_config config; const char *text; } rows[] = {
		{ { .stream = &stream, .run = 3 }, "no clock" },
		{ { .stream = &stream, .run = 4, .clk = &clk }, "run 4" },
		{ { .stream = &other, .run = 3, .clk = &clk }, "another stream" },
		{ { .stream = &stream, .run = 3, .clk = &clk, .outstanding = 1000000 }, "outstanding" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(fill_create(&rows[i].config, &ports, table, &fill, &err) < 0);
		assert_non_null(strstr(err.text, rows[i].text));
	}
	tuple_table_destroy(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flow_opens_and_its_translated_tuple_is_noted),
		cmocka_unit_test(answers_have_the_macs_of_the_far_link),
		cmocka_unit_test(lost_packets_are_sent_again),
		cmocka_unit_test(a_flow_that_never_passes_is_given_up),
		cmocka_unit_test(tcp_sends_a_lost_ack_again_and_not_a_syn),
		cmocka_unit_test(without_answers_flows_are_only_noted),
		cmocka_unit_test(tcp_numbers_follow_each_other),
		cmocka_unit_test(a_second_fill_starts_from_an_empty_table),
		cmocka_unit_test(frames_of_others_are_foreign),
		cmocka_unit_test(tables_take_the_bytes_they_say),
		cmocka_unit_test(wrong_fills_are_refused_with_a_reason),
	};

	return cmocka_run_group_tests_name("fill", tests, NULL, NULL);
}
