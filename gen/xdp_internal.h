/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_internal.h - inside of an XDP source, shared by xdp_source.c (life,
 * threads, trials), xdp_plan.c (a plan into the programs' maps) and
 * xdp_report.c (what came of it).
 */
#ifndef KPPS_XDP_INTERNAL_H
#define KPPS_XDP_INTERNAL_H

#include <pthread.h>

#include "gen/kernel_source.h"
#include "gen/schedule.h"
#include "gen/xdp_device.h"
#include "gen/xdp_source_shared.h"
#include "lib/bpf_memory.h"

#include "gen/xdp_source.skel.h"

#define XDP_SOURCE_BURST_DEFAULT 64	/* what one poll of a NAPI takes */
/* The kernel's set-up of a trial takes 5 to 40 ms. */
#define XDP_SOURCE_AHEAD_NS	(100 * 1000 * 1000ULL)

struct xdp_source;

struct xdp_worker {
	struct xdp_source *source;
	pthread_t thread;
	int cpu;
	bool joinable;
	bool running;		/* under the lock: from start until its calls are over */
	u64 waited_ns;		/* of the last trial */
	int error;		/* negative errno of the call that broke */
};

struct xdp_source {
	struct kernel_source base;
	struct xdp_source_bpf *bpf;
	struct bpf_memory cpus, streams, pattern;
	struct kernel_source_config config;
	int cpu[KERNEL_SOURCE_CPUS_MAX];
	struct xdp_worker worker[KERNEL_SOURCE_CPUS_MAX];
	unsigned int nworkers;	/* threads that were made */

	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	u64 trial;		/* counts starts; workers sleep until it changes */
	bool quit;

	bool planned, started;
	unsigned int nstreams;
	struct schedule schedule;	/* of all CPUs together */
	double rate_pps[KPPS_STREAMS_MAX]; /* of their own */
	u64 count;
	u64 planned_left[KERNEL_SOURCE_CPUS_MAX][XDP_SOURCE_LANES];
	bool single;
	u32 data_len, batch;
	u64 start_ns, overrun_ns;
	bool stopped;		/* before the plan was finished */
	struct xdp_device_counts before, after;	/* of the trial */
};

/* What of CPU number @i of the source's the programs have. */
static inline struct xdp_source_cpu *xdp_cpu(const struct xdp_source *s, unsigned int i)
{
	return (struct xdp_source_cpu *)s->cpus.memory + s->cpu[i];
}

static inline struct xdp_source_stream *xdp_stream(const struct xdp_source *s, unsigned int i)
{
	return (struct xdp_source_stream *)s->streams.memory + i;
}

static inline struct xdp_source *xdp_of(struct kernel_source *s)
{
	return container_of(s, struct xdp_source, base);
}

static inline const struct xdp_source *xdp_of_const(const struct kernel_source *s)
{
	return container_of(s, const struct xdp_source, base);
}

/* Of kernel_source_ops. */
int xdp_source_plan(struct kernel_source *source, const struct source_config *config,
		    struct err *err);
u64 xdp_source_sent(const struct kernel_source *source);
void xdp_source_report(const struct kernel_source *source, struct source_report *ret);
void xdp_source_stream_report(const struct kernel_source *source, unsigned int stream,
			      struct source_stream_report *ret);

#endif
