/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_sink.h - a sink inside the kernel: the BPF program of the XDP sink, or
 * the module kpps_gen. It counts as sink.h says. Variants are const ops in
 * kernel_sinks[]; each embeds a struct kernel_sink first in its own. One thread
 * calls all of it; frames are counted on whatever CPUs they arrive on.
 */
#ifndef KPPS_KERNEL_SINK_H
#define KPPS_KERNEL_SINK_H

#include "sink/sink.h"

struct kernel_sink_config {
	int ifindex;		/* in the network namespace of the calling thread */
	u32 run;
	u64 streams;		/* bit set of stream ids to expect */
	u64 unsigned_streams;
	bool latency, checksums;
	bool pass_others;	/* frames that are not ours go up the stack, else they are dropped */
};

struct kernel_sink;

struct kernel_sink_ops {
	const char *name;	/* the word in scenarios and of --by */
	const char *help;
	int (*probe)(struct err *err);
	int (*open)(const struct kernel_sink_config *config, struct kernel_sink **ret,
		    struct err *err);
	void (*close)(struct kernel_sink *s);
	const char *(*mode)(const struct kernel_sink *s);	/* "native", "generic", "module" */
	/* as sink_restart; nothing may be on its way */
	int (*restart)(struct kernel_sink *s, u32 run, struct err *err);
	/* true: every frame goes up the stack, none is looked at or counted */
	int (*all_pass)(struct kernel_sink *s, bool pass, struct err *err);
	/* everything seen so far; for waiting until no more comes */
	u64 (*frames)(const struct kernel_sink *s);
	/* exact once no frame is on its way */
	void (*report)(const struct kernel_sink *s, struct sink_report *ret);
	void (*stream_report)(const struct kernel_sink *s, unsigned int stream,
			      struct sink_stream_report *ret);
};

/* Embedded first in every implementation. */
struct kernel_sink {
	const struct kernel_sink_ops *ops;
};

extern const struct kernel_sink_ops xdp_sink_ops, kmod_sink_ops;
extern const struct kernel_sink_ops *const kernel_sinks[];	/* NULL ends */
const struct kernel_sink_ops *kernel_sink_find(const char *name);	/* NULL: none */
/* kernel_sink_names - as "xdp, kmod", for sentences; @ret. */
const char *kernel_sink_names(char *ret, size_t size);

static inline void kernel_sink_close(struct kernel_sink *s)	/* NULL too */
{
	if (s)
		s->ops->close(s);
}

static inline const char *kernel_sink_mode(const struct kernel_sink *s)
{
	return s->ops->mode(s);
}

static inline int kernel_sink_restart(struct kernel_sink *s, u32 run, struct err *err)
{
	return s->ops->restart(s, run, err);
}

static inline int kernel_sink_all_pass(struct kernel_sink *s, bool pass, struct err *err)
{
	return s->ops->all_pass(s, pass, err);
}

static inline u64 kernel_sink_frames(const struct kernel_sink *s)
{
	return s->ops->frames(s);
}

static inline void kernel_sink_report(const struct kernel_sink *s, struct sink_report *ret)
{
	s->ops->report(s, ret);
}

static inline void kernel_sink_stream_report(const struct kernel_sink *s, unsigned int stream,
					     struct sink_stream_report *ret)
{
	s->ops->stream_report(s, stream, ret);
}

#endif
