// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_frames.c - how fast frames are made: bursts of 32 into a ring of 1024
 * slots, as a port source does it but without a port. Prints name, value, unit.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/stream_build.h"

#define SLOTS	1024
#define BURSTS	(SLOTS / KPPS_BURST)
/* Short and many: the best of them is one that nobody else interrupted. */
#define ROUNDS	100
#define BEST_OF	300

struct bench {
	const char *name;
	u8 family, protocol, order;
	u64 flows, destinations;
	u16 size;		/* 0: an IMIX */
};

static const struct bench benches[] = {
	{ "frames.udp4", AF_INET, IPPROTO_UDP, KPPS_SEQUENTIAL, 1000000, 1, 64 },
	{ "frames.udp6", AF_INET6, IPPROTO_UDP, KPPS_SEQUENTIAL, 1000000, 1, 84 },
	{ "frames.udp4.uniform", AF_INET, IPPROTO_UDP, KPPS_UNIFORM, 65536, 1, 64 },
	{ "frames.udp4.zipf", AF_INET, IPPROTO_UDP, KPPS_ZIPF, 1000000, 1, 64 },
	{ "frames.udp4.wide", AF_INET, IPPROTO_UDP, KPPS_SEQUENTIAL, 1000000, 256, 64 },
	{ "frames.udp4.imix", AF_INET, IPPROTO_UDP, KPPS_SEQUENTIAL, 1000000, 1, 0 },
	{ "frames.udp4.one", AF_INET, IPPROTO_UDP, KPPS_SEQUENTIAL, 1, 1, 64 },
	{ "frames.tcp4", AF_INET, IPPROTO_TCP, KPPS_SEQUENTIAL, 1000000, 1, 76 },
	{ "frames.tcp6", AF_INET6, IPPROTO_TCP, KPPS_SEQUENTIAL, 1000000, 1, 96 },
	{ "frames.icmp4", AF_INET, IPPROTO_ICMP, KPPS_SEQUENTIAL, 1000000, 1, 64 },
};

static u8 *ring[SLOTS];
static u8 memory[SLOTS * 1600] __cacheline;

/* Slots of an odd number of cache lines, as those of the memory port. */
static void ring_lay(unsigned int frame_max)
{
	unsigned int lines = (frame_max + 63) / 64 | 1;

	for (unsigned int i = 0; i < SLOTS; i++)
		ring[i] = memory + i * lines * 64UL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double rate(const struct kpps_stream *s, unsigned int rounds)
{
	u32 lens[KPPS_BURST];
	double start = now();
	u64 index = 0;

	for (unsigned int round = 0; round < rounds; round++)
		for (unsigned int i = 0; i < BURSTS; i++) {
			kpps_frame_burst(s, index, KPPS_BURST, index, &ring[i * KPPS_BURST], lens);
			index += KPPS_BURST;
		}
	return (double)index / (now() - start);
}

static int run(const struct bench *b, unsigned int rounds)
{
	struct stream_spec spec;
	struct kpps_stream s;
	struct err err;
	double best = 0;

	stream_spec_default(&spec);
	spec.protocol = b->protocol;
	spec.order = b->order;
	spec.flows = b->flows;
	stream_spec_family(&spec, b->family);
	spec.destination.count = b->destinations;
	spec.sizes[0] = b->size;
	if (!b->size && imix_parse("aaaaaaaeeeef", 1518, spec.sizes, &spec.nsizes, &err)) {
		fprintf(stderr, "bench_frames: %s\n", err.text);
		return 1;
	}
	if (stream_build(&spec, &s, &err)) {
		fprintf(stderr, "bench_frames: %s\n", err.text);
		return 1;
	}
	ring_lay(b->size ? b->size - 4 : 1518);
	for (unsigned int i = 0; i < BEST_OF; i++) {
		double r = rate(&s, rounds);

		if (r > best)
			best = r;
	}
	printf("%s\t%.0f\tframes/s\n", b->name, best);
	fflush(stdout);
	return 0;
}

/* bench_frames [NAME [ROUNDS]] */
int main(int argc, char **argv)
{
	unsigned int rounds = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : ROUNDS;
	int ret = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(benches) && !ret; i++)
		if (argc < 2 || !strcmp(argv[1], benches[i].name))
			ret = run(&benches[i], rounds);
	return ret;
}
