// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_sink.c - how many frames a second one core counts: signature, every
 * checksum, loss, reordering and latency, 1 M flows. A source fills a memory
 * port, then the sink empties it; only the emptying is timed. One frame in
 * 1024 is lost, one in 1024 arrives after the next. A run's figure is that of
 * its median round, so rounds in which the core was taken away do not count.
 * Median of five runs.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/stream_build.h"
#include "sink/sink.h"

#define RUNS 5
#define ROUNDS 8000
#define SLOTS 1024
#define FLOWS 1000000

static struct clk clk;

static void die(const struct err *err)
{
	fprintf(stderr, "bench_sink: %s\n", err->text);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static u64 fill_port(const struct kpps_stream *stream, struct port *port, u64 index)
{
	struct frame f[PORT_BURST];
	u32 len[PORT_BURST];
	u8 *data[PORT_BURST];

	for (unsigned int at = 0; at < SLOTS; at += PORT_BURST) {
		int n = port_reserve(port, f, PORT_BURST);
		u64 now = clk_ns(&clk);

		for (int i = 0; i < n; i++)
			data[i] = f[i].data;
		if (at == 512) {
			index++;		/* lost */
			data[3] = f[4].data;	/* overtaken */
			data[4] = f[3].data;
		}
		kpps_frame_burst(stream, index, (unsigned int)n, now, data, len);
		for (int i = 0; i < n; i++) {
			f[i].len = len[i];
			f[i].time = now;
		}
		port_commit(port, f, (unsigned int)n);
		index += (u64)n;
	}
	return index;
}

static double run_once(const struct kpps_stream *stream, struct port *port)
{
	const struct sink_config config = {
		.run = stream->run, .streams = 1, .latency = true, .node = -1, .clk = &clk,
	};
	struct sink_stream_report r;
	static double rounds[ROUNDS];
	u64 index = 0;
	struct sink *s;
	struct err err;

	if (sink_create(&config, port, &s, &err))
		die(&err);
	for (int round = 0; round < ROUNDS; round++) {
		u64 start;

		index = fill_port(stream, port, index);
		start = clk_ns(&clk);
		while (sink_poll(s) > 0)
			;
		rounds[round] = (double)(clk_ns(&clk) - start);
	}
	sink_stream_report(s, 0, &r);
	sink_destroy(s);
	if (r.received != (u64)ROUNDS * SLOTS || r.span - r.received != ROUNDS ||
	    r.reordered != ROUNDS) {
		fprintf(stderr, "bench_sink: counts are wrong\n");
		exit(1);
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
	return SLOTS * 1e9 / rounds[ROUNDS / 2];
}

static void report(const char *name, double *v)
{
	qsort(v, RUNS, sizeof(v[0]), by_value);
	printf("%s\t%.0f\tframes/s\n", name, v[RUNS / 2]);
}

static void bench(const char *name, u8 family, u16 size)
{
	struct port_memory_config memory = { .slots = SLOTS, .frame_max = size - 4U, .node = -1 };
	struct kpps_stream stream;
	struct stream_spec spec;
	struct port *port;
	double v[RUNS];
	struct err err;

	stream_spec_default(&spec);
	spec.family = family;
	if (family == AF_INET6) {
		addr_range_parse("2001:2::/112", &spec.family, &spec.source, &err);
		addr_range_parse("2001:2:0:8000::1", &spec.family, &spec.destination, &err);
	}
	spec.flows = FLOWS;
	spec.nsizes = 1;
	spec.sizes[0] = size;
	spec.id = 0;
	if (stream_build(&spec, &stream, &err) || port_memory_open(&memory, &port, &err))
		die(&err);
	for (int i = 0; i < RUNS; i++)
		v[i] = run_once(&stream, port);
	report(name, v);
	port_close(port);
}

int main(void)
{
	clk_init(&clk, false);
	bench("sink", AF_INET, 64);
	bench("sink.udp6", AF_INET6, 84);
	bench("sink.udp4.512", AF_INET, 512);
	return 0;
}
