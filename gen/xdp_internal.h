/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_internal.h - inside of an XDP source, shared by xdp_source.c (life,
 * threads, trials), xdp_plan.c (a plan into the programs' maps) and
 * xdp_report.c (what came of it).
 */
#ifndef KPPS_XDP_INTERNAL_H
#define KPPS_XDP_INTERNAL_H

#include <pthread.h>

#include "gen/schedule.h"
#include "gen/xdp_device.h"
#include "gen/xdp_source.h"
#include "gen/xdp_source_shared.h"
#include "lib/bpf_memory.h"

#include "gen/xdp_source.skel.h"

#define XDP_SOURCE_BURST_DEFAULT 64	/* what one poll of a NAPI takes */

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
	struct xdp_source_bpf *bpf;
	struct bpf_memory cpus, streams, pattern;
	struct xdp_source_config config;
	int cpu[XDP_SOURCE_CPUS_MAX];
	struct xdp_worker worker[XDP_SOURCE_CPUS_MAX];
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
	u64 planned_left[XDP_SOURCE_CPUS_MAX][XDP_SOURCE_LANES];
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

#endif
