// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_pipe.c - source on one core, sink on another, a memory port between:
 * frames a second that arrive, with the source waiting for room. 64-byte UDP,
 * 1 M flows, every frame checked and counted. Median of five runs. With a
 * single CPU there is no pipe to measure, and nothing is printed.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/source.h"
#include "lib/stream_build.h"
#include "lib/topo.h"
#include "sink/sink.h"

#define RUNS 5
#define RUN_NS (300 * 1000 * 1000ULL)
#define FLOWS 1000000

static struct clk clk;
static struct topo topo;

struct sending {
	struct source *source;
	bool done;	/* atomic */
};

static void die(const struct err *err)
{
	fprintf(stderr, "bench_pipe: %s\n", err->text);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void *send(void *arg)
{
	struct sending *sending = arg;

	source_start(sending->source, clk_ns(&clk));
	while (source_poll(sending->source) >= 0)
		;
	__atomic_store_n(&sending->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static double run_once(const struct source_stream *stream, struct port *port, int source_cpu)
{
	const struct source_config source_config = {
		.streams = stream, .nstreams = 1, .duration_ns = RUN_NS, .wait = true, .clk = &clk,
	};
	const struct sink_config sink_config = {
		.run = stream->stream.run, .streams = 1, .latency = true, .node = -1, .clk = &clk,
	};
	struct sending sending = { 0 };
	struct source_report sent;
	struct sink_stream_report got;
	pthread_attr_t attr;
	cpu_set_t cpus;
	pthread_t thread;
	struct sink *sink;
	struct err err;

	if (source_create(&source_config, port, &sending.source, &err) ||
	    sink_create(&sink_config, port, &sink, &err))
		die(&err);
	/* born on its CPU: on this one it might wait for the sink to pause */
	CPU_ZERO(&cpus);
	CPU_SET((size_t)source_cpu, &cpus);
	if (pthread_attr_init(&attr) ||
	    pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus) ||
	    pthread_create(&thread, &attr, send, &sending))
		exit(1);
	pthread_attr_destroy(&attr);
	while (!__atomic_load_n(&sending.done, __ATOMIC_ACQUIRE) || port_pending(port))
		sink_poll(sink);
	pthread_join(thread, NULL);
	source_report(sending.source, &sent);
	sink_stream_report(sink, 0, &got);
	source_destroy(sending.source);
	sink_destroy(sink);
	if (got.received != sent.sent || got.reordered || got.duplicated) {
		fprintf(stderr, "bench_pipe: counts are wrong\n");
		exit(1);
	}
	return (double)got.received * 1e9 / (double)(got.last_ns - got.first_ns);
}

int main(void)
{
	const struct port_memory_config memory = { .slots = 1024, .frame_max = 60, .node = -1 };
	struct source_stream stream = { .weight = 1 };
	struct stream_spec spec;
	struct port *port;
	double v[RUNS];
	struct err err;

	clk_init(&clk, false);
	if (topo_read(&topo, &err))
		die(&err);
	if (topo.cpus < 2)
		return 0;
	stream_spec_default(&spec);
	spec.flows = FLOWS;
	spec.nsizes = 1;
	spec.sizes[0] = 64;
	if (stream_build(&spec, &stream.stream, &err) || port_memory_open(&memory, &port, &err))
		die(&err);
	topo_pin(&topo, topo.cpu[1].cpu);
	for (int i = 0; i < RUNS; i++)
		v[i] = run_once(&stream, port, topo.cpu[0].cpu);
	qsort(v, RUNS, sizeof(v[0]), by_value);
	printf("pipe\t%.0f\tframes/s\n", v[RUNS / 2]);
	port_close(port);
	return 0;
}
