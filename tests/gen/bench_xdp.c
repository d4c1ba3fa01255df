// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_xdp.c - the XDP source and sink over a veth pair, both ends on one CPU.
 * Seconds are those that the CPU spent here, so that what else runs on the
 * machine counts less (softirqs of the veth are among them, where the kernel
 * does not account for interrupts apart); paced, they are of the clock.
 *	xdp.source	frames a second that arrive at a peer which drops them: 64 k
 *			flows, sequential, 64 bytes IPv4/UDP, signed
 *	xdp.sink	what the sink costs a frame beyond such a peer, same stream
 *	pace.*		error of the rate over one second; .p50 and .p99 of the
 *			distance between departures against the schedule's
 * Medians of RUNS; source and sink take turns, so that both see the same machine.
 */
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "gen/kernel_source.h"
#include "lib/stream_build.h"
#include "sink/kernel_sink.h"
#include "tests/lib/veth_pair.h"

#define RUNS 5
#define FLOWS 65536
#define FRAMES 3000000

struct bench {
	struct veth_pair veth;
	struct kernel_source *source;
	struct source_stream stream;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_xdp: %s\n", what);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, RUNS, sizeof(v[0]), by_value);
	return v[RUNS / 2];
}

static int attach_drop(struct bench *b)
{
	int link = veth_pair_xdp(&b->veth, 1, XDP_DROP);

	if (link < 0)
		die("no XDP program can be attached");
	return link;
}

static struct kernel_sink *attach_sink(struct bench *b)
{
	const struct kernel_sink_config config = {
		.ifindex = b->veth.ifindex[1], .streams = 1, .latency = true,
	};
	struct kernel_sink *s;
	struct err err;

	veth_pair_enter(&b->veth, 1);
	if (xdp_sink_ops.open(&config, &s, &err))
		die(err.text);
	veth_pair_enter(&b->veth, 0);
	return s;
}

/* Packets that vb has received. */
static u64 received(struct bench *b)
{
	unsigned long long packets = 0;
	char line[512];
	FILE *f;

	veth_pair_enter(&b->veth, 1);
	f = fopen("/proc/thread-self/net/dev", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " vb: %*u %llu", &packets) == 1)
			break;
	if (f)
		fclose(f);
	veth_pair_enter(&b->veth, 0);
	return packets;
}

static struct source_report play(struct bench *b, double rate_pps, u64 duration_ns, u64 count)
{
	const struct source_config config = {
		.streams = &b->stream, .nstreams = 1, .rate_pps = rate_pps,
		.duration_ns = duration_ns, .count = count,
	};
	u64 ahead = rate_pps > 0 ? xdp_source_ops.ahead_ns : 0;
	u64 before = received(b), end;
	struct source_report r;
	struct err err;

	if (kernel_source_plan(b->source, &config, &err) ||
	    kernel_source_start(b->source, clk_monotonic_ns() + ahead, &err) ||
	    kernel_source_wait(b->source, NULL, &err))
		die(err.text);
	kernel_source_report(b->source, &r);
	end = clk_monotonic_ns() + NSEC_PER_SEC;
	while (received(b) - before < r.sent - r.refused && clk_monotonic_ns() < end)
		sched_yield();
	if (received(b) - before != r.sent - r.refused)
		die("frames went missing between source and peer");
	return r;
}

static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static double frame_ns(struct bench *b)
{
	u64 start = cpu_ns();
	struct source_report r = play(b, 0, 0, FRAMES);

	return (double)(cpu_ns() - start) / (double)(r.sent - r.refused);
}

static void bench_ends(struct bench *b)
{
	double drop[RUNS], sink[RUNS], beyond[RUNS];

	for (int i = 0; i < RUNS; i++) {
		int link = attach_drop(b);
		struct kernel_sink *s;

		drop[i] = frame_ns(b);
		close(link);
		s = attach_sink(b);
		sink[i] = frame_ns(b);
		kernel_sink_close(s);
		beyond[i] = sink[i] - drop[i];
		fprintf(stderr, "# bench_xdp: %.1f ns a frame into a drop, %.1f into the sink\n",
			drop[i], sink[i]);
	}
	printf("xdp.source\t%.0f\tframes/s\n", 1e9 / median(drop));
	printf("xdp.sink\t%.1f\tns/frame\n", median(beyond));
}

static void bench_pace(struct bench *b, const char *name, double rate_pps)
{
	double error[RUNS], p50[RUNS], p99[RUNS];
	int link = attach_drop(b);

	for (int i = 0; i < RUNS; i++) {
		struct source_report r = play(b, rate_pps, NSEC_PER_SEC, 0);
		double rate = (double)r.sent * 1e9 / (double)r.elapsed_ns;

		error[i] = (rate > rate_pps ? rate - rate_pps : rate_pps - rate) / rate_pps * 100;
		p50[i] = (double)hist_percentile(&r.departure, 50);
		p99[i] = (double)hist_percentile(&r.departure, 99);
		fprintf(stderr, "# bench_xdp: %s: %.5f %%, late at most %.1f us\n", name, error[i],
			(double)r.late_max_ns / 1e3);
	}
	printf("%s\t%.5f\t%%\n", name, median(error));
	printf("%s.p50\t%.0f\tns\n", name, median(p50));
	printf("%s.p99\t%.0f\tns\n", name, median(p99));
	close(link);
}

int main(void)
{
	const int cpu = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
	struct kernel_source_config config = { .cpus = &cpu, .ncpus = 1, .frame_max = 60 };
	struct bench b = { .stream.weight = 1 };
	struct stream_spec spec;
	struct err err;
	int link;

	if (xdp_source_ops.probe(&err))
		die(err.text);
	if (!veth_pair_up(&b.veth, 0, 0))
		die("no veth pair");
	veth_pair_enter(&b.veth, 0);
	stream_spec_default(&spec);
	spec.flows = FLOWS;
	if (stream_build(&spec, &b.stream.stream, &err))
		die(err.text);
	config.ifindex = b.veth.ifindex[0];
	link = attach_drop(&b);
	if (xdp_source_ops.open(&config, &b.source, &err))
		die(err.text);
	close(link);
	bench_ends(&b);
	bench_pace(&b, "pace.10k", 1e4);
	bench_pace(&b, "pace.100k", 1e5);
	bench_pace(&b, "pace.1m", 1e6);
	kernel_source_close(b.source);
	veth_pair_down(&b.veth);
	return 0;
}
