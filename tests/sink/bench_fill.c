// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_fill.c - how many connections a second the fill phase could open if
 * there were no device: both its ends on one core, each end's port is the
 * other's. 1 M flows, every frame checked. Median of five runs.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/stream_build.h"
#include "sink/responder.h"

#define RUNS 5
#define FLOWS 1000000

static struct clk clk;

static void die(const struct err *err)
{
	fprintf(stderr, "bench_fill: %s\n", err->text);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double run_once(const struct kpps_stream *stream, const struct fill_ports *ports,
		       struct tuple_table *table)
{
	const struct fill_config config = {
		.stream = stream, .run = stream->run, .answer = true, .clk = &clk,
		.timeout_ns = NSEC_PER_SEC,	/* nothing is lost, only late when others run */
	};
	struct fill_report r;
	struct fill *fill;
	struct err err;

	if (fill_create(&config, ports, table, &fill, &err))
		die(&err);
	while (fill_poll(fill) >= 0)
		;
	fill_report(fill, &r);
	fill_destroy(fill);
	if (r.opened != FLOWS || r.foreign) {
		fprintf(stderr, "bench_fill: counts are wrong\n");
		exit(1);
	}
	return (double)r.opened * 1e9 / (double)r.elapsed_ns;
}

static void bench(const char *name, u8 protocol)
{
	const struct port_memory_config memory = { .slots = 1024, .frame_max = 128, .node = -1 };
	struct fill_ports ports;
	struct tuple_table *table;
	struct kpps_stream stream;
	struct stream_spec spec;
	double v[RUNS];
	struct err err;

	stream_spec_default(&spec);
	spec.protocol = protocol;
	spec.flows = FLOWS;
	spec.nsizes = 1;
	spec.sizes[0] = stream_sig_size_min(&spec);
	if (stream_build(&spec, &stream, &err) || tuple_table_create(&stream, -1, &table, &err) ||
	    port_memory_open(&memory, &ports.near_tx, &err) ||
	    port_memory_open(&memory, &ports.far_tx, &err))
		die(&err);
	ports.far_rx = ports.near_tx;
	ports.near_rx = ports.far_tx;
	for (int i = 0; i < RUNS; i++)
		v[i] = run_once(&stream, &ports, table);
	qsort(v, RUNS, sizeof(v[0]), by_value);
	printf("%s\t%.0f\tconnections/s\n", name, v[RUNS / 2]);
	tuple_table_destroy(table);
	port_close(ports.near_tx);
	port_close(ports.far_tx);
}

int main(void)
{
	clk_init(&clk, false);
	bench("fill.udp4", IPPROTO_UDP);
	bench("fill.tcp4", IPPROTO_TCP);
	return 0;
}
