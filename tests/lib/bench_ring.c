// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_ring.c - frames a second through a memory port: on one core without
 * touching the frames, on one core with 64 bytes written and a word read of
 * each, and between two cores; for some slot sizes and ring lengths.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/port.h"
#include "lib/topo.h"

#define FRAMES	(1ULL << 20)	/* short and often: the best round was disturbed least */
#define ROUNDS	60

/* Sources and sinks look at frames one by one: keep these loops so, too. */
#define scalar(i) __asm__("" : "+r"(i))

static struct topo topo;
static struct placement place;
static u64 frames_total = FRAMES;

struct run {
	struct port *port;
	u32 len;	/* bytes written to a frame; 0: none */
	u64 sum;	/* keeps the reads */
};

static u64 produce(struct run *r, u64 number)
{
	struct frame f[PORT_BURST];
	int n = port_reserve(r->port, f, PORT_BURST);

	for (int i = 0; i < n; i++) {
		scalar(i);
		if (r->len)
			memset(f[i].data, (int)number, 64);
		if (r->len > 64)
			memset(f[i].data + 64, (int)number, 16);
		f[i].len = r->len ? r->len : 60;
		f[i].time = number;
	}
	port_commit(r->port, f, (unsigned int)n);
	return (u64)n;
}

static u64 consume(struct run *r)
{
	struct frame f[PORT_BURST];
	int n = port_peek(r->port, f, PORT_BURST);
	u64 sum = 0;

	for (int i = 0; i < n; i++) {
		scalar(i);
		if (r->len)
			sum += *(u64 *)(void *)f[i].data;
		sum += f[i].len + f[i].time;
	}
	r->sum += sum;
	port_release(r->port, (unsigned int)n);
	return (u64)n;
}

static double one_core(struct run *r)
{
	u64 start = clk_system_ns();

	for (u64 done = 0; done < frames_total;) {
		produce(r, done);
		done += consume(r);
	}
	return (double)frames_total / (double)(clk_system_ns() - start) * 1e3;
}

static void *producer(void *arg)
{
	struct run *r = arg;

	topo_pin(&topo, place.source_cpu);
	for (u64 sent = 0; sent < frames_total;) {
		u64 n = produce(r, sent);

		sent += n;
		if (!n)
			__builtin_ia32_pause();
	}
	return NULL;
}

static double two_cores(struct run *r)
{
	u64 start = clk_system_ns(), received = 0;
	struct run tx = *r;
	pthread_t thread;

	if (pthread_create(&thread, NULL, producer, &tx))
		exit(1);
	while (received < frames_total)
		received += consume(r);
	pthread_join(thread, NULL);
	return (double)frames_total / (double)(clk_system_ns() - start) * 1e3;
}

static void measure(const char *name, u32 slots, u32 frame_max, u32 len, bool two)
{
	const struct port_memory_config config = { .slots = slots, .frame_max = frame_max,
						   .node = -1 };
	struct run r = { .len = len };
	double best = 0;
	struct err err;

	if (port_memory_open(&config, &r.port, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	for (unsigned int i = 0; i < ROUNDS; i++) {
		double rate = two ? two_cores(&r) : one_core(&r);

		best = max(best, rate);
	}
	printf("%-34s %5u slots of %4u  %8.1f M frames/s  (%s)\n", name, slots, frame_max, best,
	       port_memory_backing(r.port));
	port_close(r.port);
}

int main(int argc, char **argv)
{
	struct err err;

	if (argc > 1)
		frames_total = strtoull(argv[1], NULL, 0);
	if (topo_read(&topo, &err) || topo_place(&topo, 1, NULL, &place, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	topo_pin(&topo, place.dut_cpu[0]);
	measure("one core, frames untouched", 1024, 60, 0, false);
	measure("one core, 60 B written, 8 read", 256, 60, 60, false);
	measure("one core, 60 B written, 8 read", 1024, 60, 60, false);
	measure("one core, 60 B written, 8 read", 4096, 60, 60, false);
	measure("one core, 80 B written, 8 read", 1024, 80, 80, false);
	measure("one core, 80 B written, 8 read", 4096, 80, 80, false);
	measure("one core, 80 B, three lines", 1024, 160, 80, false);
	measure("one core, 80 B, three lines", 4096, 160, 80, false);
	measure("one core, 60 B, slots of 1514", 1024, 1514, 60, false);
	if (topo.cpus < 2)
		return 0;
	measure("two cores, frames untouched", 1024, 60, 0, true);
	measure("two cores, 60 B written, 8 read", 256, 60, 60, true);
	measure("two cores, 60 B written, 8 read", 1024, 60, 60, true);
	measure("two cores, 60 B written, 8 read", 4096, 60, 60, true);
	measure("two cores, 80 B written, 8 read", 1024, 80, 80, true);
	measure("two cores, 80 B, three lines", 1024, 160, 80, true);
	return 0;
}
