// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_engine.c - packets a second of one worker, without any I/O.
 *
 * Frames of 60 bytes lie in a ring of 1024 slots, as in a memory port: they are
 * written by the stream code while the clock stands, then processed in bursts of
 * 32 while it runs; so every frame is whole when it is processed, and about as
 * near as frames are that a source has just written. Flows are picked uniformly,
 * so the table is met in no order it was filled in. Rounds are short and many,
 * and the best one counts: it was disturbed least.
 *
 *	engine.forward		no rules, 64 Ki flows
 *	engine.full.64k, .1m	ruleset full, UDP connections that were answered
 *	engine.new		ruleset full, every frame a new UDP connection; time
 *				moves so that as many end as begin (30 s)
 *	connection.bytes.tcp4	a full table of TCP connections, index included
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/fw.h"
#include "lib/clock.h"
#include "lib/stream.h"
#include "lib/stream_build.h"

#define SLOTS	1024
#define SLOT	192	/* an odd number of lines, as in a memory port */
#define CHUNKS	8	/* a round is 8 Ki frames */
#define ROUNDS	400

struct bench {
	struct fw *fw;
	struct fw_worker *worker;
	struct kpps_stream fill, pick;
	u8 *ring;
	struct clk clk;
	u64 now, index;
	u32 len;	/* of the frames in the ring */
};

static const struct fw_if ifs[2] = {
	{ .name = "eth0", .mac = { 2, 0, 0, 0, 0, 1 }, .naddrs4 = 1,
	  .addr4 = { { .v6 = { 192, 0, 2, 1 } } } },
	{ .name = "eth1", .mac = { 2, 0, 0, 0, 0, 2 }, .naddrs4 = 1,
	  .addr4 = { { .v6 = { 203, 0, 113, 1 } } } },
};

static const struct fw_route routes[2] = {
	{ AF_INET, 16, 0, { .v6 = { 198, 18 } }, { 2, 0, 0, 0, 0, 0xa } },
	{ AF_INET, 16, 1, { .v6 = { 198, 19 } }, { 2, 0, 0, 0, 0, 0xb } },
};

static void die(const struct err *err)
{
	fprintf(stderr, "bench_engine: %s\n", err->text);
	exit(1);
}

static void load(struct bench *b, const char *path)
{
	static char text[65536];
	struct err err = { 0 };
	size_t len;
	FILE *f = fopen(path, "r");

	if (!f) {
		perror(path);
		exit(1);
	}
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (fw_load(b->fw, AF_INET, path, text, len, &err))
		die(&err);
}

static void build_streams(struct bench *b, u64 flows, u8 protocol)
{
	struct stream_spec spec;
	struct err err = { 0 };
	u8 family;

	stream_spec_default(&spec);
	snprintf(spec.name, sizeof(spec.name), "bench");
	spec.family = AF_INET;
	spec.protocol = protocol;
	spec.flows = flows;
	spec.nsizes = 1;
	spec.sizes[0] = 64;
	addr_range_parse("198.18.0.0/16", &family, &spec.source, &err);
	addr_range_parse("198.19.0.1", &family, &spec.destination, &err);
	spec.source_port = (struct port_range){ 1024, 65535 };
	spec.destination_port = (struct port_range){ 53, 53 };
	spec.order = KPPS_SEQUENTIAL;
	if (stream_build(&spec, &b->fill, &err))
		die(&err);
	spec.order = KPPS_UNIFORM;
	if (stream_build(&spec, &b->pick, &err))
		die(&err);
}

static void open_bench(struct bench *b, const char *rules, u64 flows, u64 connections, u8 protocol)
{
	struct fw_config c;
	struct err err = { 0 };

	memset(b, 0, sizeof(*b));
	clk_init(&b->clk, false);
	build_streams(b, flows, protocol);
	b->ring = aligned_alloc(4096, SLOTS * SLOT);
	b->now = NSEC_PER_SEC;
	fw_config_default(&c);
	c.ifs = ifs;
	c.nifs = 2;
	c.routes = routes;
	c.nroutes = 2;
	c.connections_max = connections;
	c.seed = 1;
	if (fw_create(&c, &b->fw, &err) || fw_worker_create(b->fw, 0, -1, &b->worker, &err))
		die(&err);
	if (rules)
		load(b, rules);
	fw_worker_online(b->worker);
}

static void close_bench(struct bench *b)
{
	fw_worker_offline(b->worker);
	fw_worker_destroy(b->worker);
	fw_destroy(b->fw);
	free(b->ring);
}

static void write_ring(struct bench *b, const struct kpps_stream *s)
{
	u8 *frames[KPPS_BURST];
	u32 lens[KPPS_BURST], i, k;

	for (i = 0; i < SLOTS; i += KPPS_BURST) {
		for (k = 0; k < KPPS_BURST; k++)
			frames[k] = b->ring + (i + k) * SLOT;
		kpps_frame_burst(s, b->index, KPPS_BURST, 0, frames, lens);
		b->index += KPPS_BURST;
		b->len = lens[0];
	}
}

/* Process the ring; frames that are not forwarded end the benchmark. */
static void process_ring(struct bench *b, u16 in_if, u64 step)
{
	struct fw_pkt pkts[FW_BURST] = { 0 };
	u32 i, k, forwarded = 0;

	for (i = 0; i < SLOTS; i += FW_BURST) {
		for (k = 0; k < FW_BURST; k++) {
			pkts[k].data = b->ring + (i + k) * SLOT;
			pkts[k].len = b->len;
			pkts[k].room = SLOT;
			pkts[k].in_if = in_if;
			pkts[k].mark = 0;
		}
		b->now += step;
		fw_process(b->worker, pkts, FW_BURST, b->now);
		for (k = 0; k < FW_BURST; k++)
			forwarded += pkts[k].verdict == FW_FORWARD;
	}
	if (forwarded != SLOTS) {
		fprintf(stderr, "bench_engine: %u of %u frames were forwarded, the last: %s\n",
			forwarded, SLOTS, fw_reason_name(pkts[FW_BURST - 1].reason));
		exit(1);
	}
}

/* Make each frame its own answer; sums don't mind the exchange. */
static void answer_ring(struct bench *b)
{
	u32 i;

	for (i = 0; i < SLOTS; i++) {
		u8 *p = b->ring + i * SLOT, ends[8], ports[4];

		memcpy(ends, p + 26, 8);
		memcpy(p + 26, ends + 4, 4);
		memcpy(p + 30, ends, 4);
		memcpy(ports, p + 34, 4);
		memcpy(p + 34, ports + 2, 2);
		memcpy(p + 36, ports, 2);
	}
}

/* Every flow asks, is answered, and asks again when it is a stream. */
static void establish(struct bench *b, u64 flows)
{
	u64 i;

	for (i = 0; i < flows; i += SLOTS) {
		write_ring(b, &b->fill);
		process_ring(b, 0, 0);
		answer_ring(b);
		process_ring(b, 1, 0);
	}
	b->now += 3 * NSEC_PER_SEC;
	b->index = 0;
	for (i = 0; i < flows; i += SLOTS) {
		write_ring(b, &b->fill);
		process_ring(b, 0, 0);
	}
}

static double measure(struct bench *b, const struct kpps_stream *s, u64 step)
{
	u64 best = ~0ULL, round, chunk, start, spent;

	for (round = 0; round < ROUNDS; round++) {
		spent = 0;
		for (chunk = 0; chunk < CHUNKS; chunk++) {
			write_ring(b, s);
			start = clk_ns(&b->clk);
			process_ring(b, 0, step);
			spent += clk_ns(&b->clk) - start;
		}
		best = min(best, spent);
	}
	return (double)CHUNKS * SLOTS * 1e9 / (double)best;
}

static void bench_established(const char *name, const char *rules, u64 flows)
{
	struct bench b;

	open_bench(&b, rules, flows, flows + flows / 4, IPPROTO_UDP);
	if (rules)
		establish(&b, flows);
	printf("%s\t%.0f\tpps\n", name, measure(&b, &b.pick, 1000));
	close_bench(&b);
}

static void bench_new(void)
{
	const u64 flows = 1ULL << 26, alive = 1 << 19;
	struct bench b;

	open_bench(&b, "fw-under-test/rulesets/full.v4", flows, alive + alive / 4, IPPROTO_UDP);
	printf("engine.new\t%.0f\tconnections/s\n",
	       measure(&b, &b.fill, 30 * NSEC_PER_SEC * FW_BURST / alive));
	close_bench(&b);
}

static void bench_bytes(void)
{
	const u64 flows = 1 << 18;
	struct kpps_stream syn;
	struct fw_stats s;
	struct bench b;
	u64 i;

	open_bench(&b, "fw-under-test/rulesets/full.v4", flows, flows, IPPROTO_TCP);
	stream_segment(&b.fill, KPPS_SYN, &syn);
	for (i = 0; i < flows; i += SLOTS) {
		write_ring(&b, &syn);
		process_ring(&b, 0, 0);
	}
	fw_worker_stats(b.worker, &s);
	printf("connection.bytes.tcp4\t%.1f\tbytes\n", (double)s.ct_bytes / (double)s.ct_count);
	close_bench(&b);
}

int main(int argc, char **argv)
{
	const char *full = "fw-under-test/rulesets/full.v4";
	const char *only = argc > 1 ? argv[1] : "";

	if (strstr("engine.forward", only))
		bench_established("engine.forward", NULL, 65536);
	if (strstr("engine.full.64k", only))
		bench_established("engine.full.64k", full, 65536);
	if (strstr("engine.full.1m", only))
		bench_established("engine.full.1m", full, 1 << 20);
	if (strstr("engine.new", only))
		bench_new();
	if (strstr("connection.bytes.tcp4", only))
		bench_bytes();
	return 0;
}
