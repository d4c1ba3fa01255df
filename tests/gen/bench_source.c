// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_source.c - how many frames a second one core makes: 1 M flows,
 * sequential, signed, into a memory port that the same core empties without
 * reading a frame. Seconds are those that this core spent here, so that what
 * else runs on the machine counts less; paced, they are seconds of the schedule.
 * Median of five runs.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "gen/source.h"
#include "lib/stream_build.h"
#include "sink/responder.h"
#include "sink/tuples.h"

#define RUNS 5
#define RUN_NS (200 * 1000 * 1000ULL)
#define FLOWS 1000000

static struct clk clk;

static void die(const struct err *err)
{
	fprintf(stderr, "bench_source: %s\n", err->text);
	exit(1);
}

static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double run_once(const struct source_config *config, struct port *port)
{
	struct frame f[PORT_BURST];
	struct source_report r;
	struct source *s;
	struct err err;
	u64 cpu;
	int n, ret;

	if (source_create(config, port, &s, &err))
		die(&err);
	cpu = cpu_ns();
	source_start(s, clk_ns(&clk));
	do {
		ret = source_poll(s);
		n = port_peek(port, f, PORT_BURST);
		if (n > 0)
			port_release(port, (unsigned int)n);
	} while (ret >= 0);
	cpu = cpu_ns() - cpu;
	source_report(s, &r);
	source_destroy(s);
	return (double)(r.sent - r.refused) * 1e9 / (double)(config->rate_pps > 0 ? r.elapsed_ns : cpu);
}

static void bench(const char *name, const struct source_stream *streams, unsigned int nstreams,
		  double rate_pps)
{
	const struct port_memory_config memory = {
		.slots = 1024, .frame_max = streams->stream.sizes[0].len, .node = -1,
	};
	const struct source_config config = {
		.streams = streams, .nstreams = nstreams, .duration_ns = RUN_NS, .clk = &clk,
		.rate_pps = rate_pps,
	};
	struct port *port;
	double v[RUNS];
	struct err err;

	if (port_memory_open(&memory, &port, &err))
		die(&err);
	for (int i = 0; i < RUNS; i++)
		v[i] = run_once(&config, port);
	qsort(v, RUNS, sizeof(v[0]), by_value);
	printf("%s\t%.0f\tframes/s\n", name, v[RUNS / 2]);
	port_close(port);
}

static struct source_stream stream_new(u8 family, u16 size, u16 id)
{
	struct source_stream ret = { .weight = 1 };
	struct stream_spec spec;
	struct err err;

	stream_spec_default(&spec);
	spec.family = family;
	if (family == AF_INET6) {
		addr_range_parse("2001:2::/112", &spec.family, &spec.source, &err);
		addr_range_parse("2001:2:0:8000::1", &spec.family, &spec.destination, &err);
	}
	spec.flows = FLOWS;
	spec.order = KPPS_SEQUENTIAL;
	spec.nsizes = 1;
	spec.sizes[0] = size;
	spec.id = id;
	if (stream_build(&spec, &ret.stream, &err))
		die(&err);
	return ret;
}

/* The way back: addresses come from a table of 1 M flows, in random order. */
static void bench_reverse(const struct source_stream *forward)
{
	struct source_stream reverse = { .weight = 1 };
	struct tuple_table *table;
	struct kpps_tuple t;
	struct err err;

	stream_reverse(&forward->stream, &reverse.stream);
	reverse.stream.order = KPPS_UNIFORM;
	if (tuple_table_create(&forward->stream, -1, &table, &err))
		die(&err);
	for (u64 flow = 0; flow < FLOWS; flow++) {
		kpps_stream_tuple(&reverse.stream, flow, &t);
		tuple_table_set(table, flow, &t);
	}
	reverse.tuples = table;
	bench("source.udp4.tuples", &reverse, 1, 0);
	tuple_table_destroy(table);
}

int main(void)
{
	struct source_stream pair[2];

	clk_init(&clk, false);
	pair[0] = stream_new(AF_INET, 64, 0);
	pair[1] = stream_new(AF_INET, 64, 1);
	bench("source.udp4", pair, 1, 0);
	bench("source.udp4.two", pair, 2, 0);
	bench("source.udp4.paced", pair, 1, 20e6);
	bench_reverse(&pair[0]);
	pair[0] = stream_new(AF_INET6, 84, 0);
	bench("source.udp6", pair, 1, 0);
	return 0;
}
