/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_source.h - a source that makes its frames inside the kernel, whatever
 * makes them there: the BPF program of the XDP source, the module kpps_gen, the
 * mainline's pktgen. Variants are const ops in kernel_sources[]; each embeds a
 * struct kernel_source first in its own.
 *
 * Life: probe -> open (in the network namespace of the calling thread) -> per
 * trial plan, start, wait_until, report -> close. One thread calls all of it;
 * the source sends from CPUs of its own choosing among those it was given. CPU i
 * of n sends the i-th of every n frames of each lane of the schedule, so n CPUs
 * together send what one would. Times are CLOCK_MONOTONIC.
 */
#ifndef KPPS_KERNEL_SOURCE_H
#define KPPS_KERNEL_SOURCE_H

#include "gen/source.h"

#define KERNEL_SOURCE_CPUS_MAX	64

enum kernel_way {
	KERNEL_WAY_OUT,		/* out of the interface: a veth's peer receives it, a NIC sends it */
	KERNEL_WAY_QDISC,	/* the same through its qdisc */
	KERNEL_WAY_IN,		/* up the stack, as if the interface had received it */
};

struct kernel_source_config {
	int ifindex;
	enum kernel_way way;
	const int *cpus;
	unsigned int ncpus;
	u32 frame_max;		/* largest frame of any plan, without FCS */
	bool force;		/* also an interface that carries the default route */
};

struct kernel_source;

struct kernel_source_ops {
	const char *name;	/* the word in scenarios and of --by */
	const char *help;
	u64 ahead_ns;		/* a start should be so far ahead, or the first frames are late */
	u32 burst, burst_max;	/* most frames at once, unless the plan says; and the limit */
	bool ways[3];		/* by enum kernel_way */
	bool automatic;		/* "auto" may choose it */
	/* 0 when it can run here; else what is missing and what would give it. Sends nothing. */
	int (*probe)(struct err *err);
	/*
	 * -EOPNOTSUPP when the interface takes no such frames, -EMSGSIZE when those of
	 * frame_max are above its MTU or what the source can make. @ret is written on
	 * success only.
	 */
	int (*open)(const struct kernel_source_config *config, struct kernel_source **ret,
		    struct err *err);
	void (*close)(struct kernel_source *s);
	/*
	 * The next trial. Of @config streams, rates, duration_ns, count, overrun_ns,
	 * together_ns and burst are used; burst is the most frames that leave at once,
	 * fewer where the rate does not bring as many in together_ns. -EOPNOTSUPP with
	 * the reason for what this source can't do.
	 */
	int (*plan)(struct kernel_source *s, const struct source_config *config, struct err *err);
	/* the schedule begins at @start_ns */
	int (*start)(struct kernel_source *s, u64 start_ns, struct err *err);
	/*
	 * until the plan is finished or *@stop (may be NULL; looked at every 10 ms);
	 * back at @until_ns at the latest: -ETIMEDOUT, without a sentence, while the
	 * trial goes on. Negative errno when it broke. Best called on a CPU that takes
	 * no part in the measurement.
	 */
	int (*wait_until)(struct kernel_source *s, u64 until_ns, volatile bool *stop,
			  struct err *err);
	u64 (*sent)(const struct kernel_source *s);	/* so far, also while it runs */
	/*
	 * As a port source's. refused: what the interface did not take, as far as the
	 * kernel tells. departure: by CPU, each against its own part of the schedule.
	 */
	void (*report)(const struct kernel_source *s, struct source_report *ret);
	void (*stream_report)(const struct kernel_source *s, unsigned int stream,
			      struct source_stream_report *ret);
};

/* Embedded first in every implementation. */
struct kernel_source {
	const struct kernel_source_ops *ops;
};

extern const struct kernel_source_ops xdp_source_ops, kmod_source_ops, pktgen_source_ops;
extern const struct kernel_source_ops *const kernel_sources[];	/* NULL ends */
const struct kernel_source_ops *kernel_source_find(const char *name);	/* NULL: none */
/* kernel_source_names - of those that can send @way, as "xdp, kmod", for sentences; @ret. */
const char *kernel_source_names(enum kernel_way way, char *ret, size_t size);

struct schedule;
/*
 * kernel_source_intended - what a plan that ran elsewhere had asked for: all of it, or
 * with @stopped (before the plan was finished) what was due by @last_ns, the last
 * departure, which also tells for a plan without a duration. @unrated: frames of streams
 * without a rate of their own that were sent.
 */
u64 kernel_source_intended(const struct schedule *schedule, u64 start_ns, u64 last_ns,
			   bool stopped, u64 unrated);

static inline void kernel_source_close(struct kernel_source *s)	/* NULL too */
{
	if (s)
		s->ops->close(s);
}

static inline int kernel_source_plan(struct kernel_source *s, const struct source_config *config,
				     struct err *err)
{
	return s->ops->plan(s, config, err);
}

static inline int kernel_source_start(struct kernel_source *s, u64 start_ns, struct err *err)
{
	return s->ops->start(s, start_ns, err);
}

static inline int kernel_source_wait_until(struct kernel_source *s, u64 until_ns,
					   volatile bool *stop, struct err *err)
{
	return s->ops->wait_until(s, until_ns, stop, err);
}

static inline int kernel_source_wait(struct kernel_source *s, volatile bool *stop, struct err *err)
{
	return s->ops->wait_until(s, ~0ULL, stop, err);
}

static inline u64 kernel_source_sent(const struct kernel_source *s)
{
	return s->ops->sent(s);
}

static inline void kernel_source_report(const struct kernel_source *s, struct source_report *ret)
{
	s->ops->report(s, ret);
}

static inline void kernel_source_stream_report(const struct kernel_source *s, unsigned int stream,
					       struct source_stream_report *ret)
{
	s->ops->stream_report(s, stream, ret);
}

#endif
