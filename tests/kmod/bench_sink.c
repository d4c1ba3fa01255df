// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_sink.c - what a frame costs in a sink: guest ns a frame of a generator that
 * sends over a veth pair, which are instructions where in_vm's CLOCK says so, less
 * those without a sink, where IP's first look drops the frame as another host's.
 * One CPU. Prints "name, with all, in the sink".
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/kmod/client.h"

#define FRAMES 100000
#define RUN 1

static struct client c;

static double per_frame(const struct kpps_stream *s)
{
	double ret;
	u32 id;

	if (gen_new(&c, device_index("v0"), KPPS_GEN_WAY_QUEUE, &id) ||
	    gen_plan_count(&c, id, FRAMES, 64) || gen_stream(&c, id, 0, s, 0) ||
	    gen_lane(&c, id, 0, 0, 0, 0) || gen_call(&c, KPPS_GEN_CMD_GEN_START, id) ||
	    gen_wait(&c, id, 600000)) {
		printf("bench_sink: %s\n", c.message);
		exit(1);
	}
	ret = (double)client_get(&c, KPPS_GEN_A_ELAPSED, 0) / FRAMES;
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id);
	return ret;
}

static void measure(const char *name, const struct kpps_stream *s, u32 flags, u64 streams)
{
	double without = per_frame(s), with;
	u64 frames;
	u32 id;

	client_begin(&c, KPPS_GEN_CMD_SINK_NEW);
	client_u32(&c, KPPS_GEN_A_IFINDEX, (u32)device_index("v1"));
	client_u32(&c, KPPS_GEN_A_RUN, RUN);
	client_u64(&c, KPPS_GEN_A_STREAMS, streams);
	client_u32(&c, KPPS_GEN_A_FLAGS, flags);
	if (client_call(&c)) {
		printf("bench_sink: %s\n", c.message);
		exit(1);
	}
	id = (u32)client_get(&c, KPPS_GEN_A_ID, 0);
	per_frame(s);	/* pages and buffers are there then */
	with = per_frame(s);
	client_begin(&c, KPPS_GEN_CMD_SINK_GET);
	client_u32(&c, KPPS_GEN_A_ID, id);
	frames = client_call(&c) ? 0 : client_get(&c, KPPS_GEN_A_FRAMES, 0);
	if (frames != (flags & KPPS_GEN_SINK_PASS_ALL ? 0 : 2 * FRAMES))
		printf("%s: %llu frames counted\n", name, (unsigned long long)frames);
	gen_call(&c, KPPS_GEN_CMD_SINK_DEL, id);
	printf("%-24s %8.1f %8.1f\n", name, with, with - without);
}

static struct kpps_stream stream_of(u8 family, u16 size)
{
	struct kpps_stream ret;
	struct stream_spec spec;
	struct err err;

	stream_spec_default(&spec);
	stream_spec_family(&spec, family);
	spec.flows = 1000;
	spec.nsizes = 1;
	spec.sizes[0] = size;
	spec.run = RUN;
	spec.id = 0;
	if (stream_build(&spec, &ret, &err)) {
		printf("bench_sink: %s\n", err.text);
		exit(1);
	}
	return ret;
}

int main(void)
{
	const struct kpps_stream v4 = stream_of(AF_INET, 64), v6 = stream_of(AF_INET6, 84),
		long4 = stream_of(AF_INET, 512);

	setbuf(stdout, NULL);
	run("for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done");
	run("/ip link add v0 type veth peer name v1 && /ip link set v0 up && /ip link set v1 up");
	client_open(&c);
	per_frame(&v4);
	measure("ipv4", &v4, 0, 1);
	measure("ipv4.latency", &v4, KPPS_GEN_SINK_LATENCY, 1);
	measure("ipv4.checksums", &v4, KPPS_GEN_SINK_LATENCY | KPPS_GEN_SINK_CHECKSUMS, 1);
	measure("ipv6.latency", &v6, KPPS_GEN_SINK_LATENCY, 1);
	measure("ipv4.512", &long4, 0, 1);
	measure("ipv4.512.latency", &long4, KPPS_GEN_SINK_LATENCY, 1);
	measure("ipv4.512.checksums", &long4, KPPS_GEN_SINK_LATENCY | KPPS_GEN_SINK_CHECKSUMS, 1);
	measure("foreign", &v4, 0, 2);
	measure("pass_all", &v4, KPPS_GEN_SINK_PASS_ALL, 1);
	client_close(&c);
	return 0;
}
