// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel_check.c - see kernel_check.h. */
#include "gen/kernel_check.h"

#include <errno.h>

int kernel_check_cpus(const char *who, const struct kernel_source_config *c, struct err *err)
{
	if (!c->ncpus || c->ncpus > KERNEL_SOURCE_CPUS_MAX)
		return err_set(err, -EINVAL, "%s: %u CPUs: must be 1 to %u", who, c->ncpus,
			       KERNEL_SOURCE_CPUS_MAX);
	for (unsigned int i = 0; i < c->ncpus; i++)
		for (unsigned int j = 0; j < i; j++)
			if (c->cpus[i] == c->cpus[j])
				return err_set(err, -EINVAL, "%s: CPU %d is named twice", who,
					       c->cpus[i]);
	return 0;
}

static int check_stream(const char *who, const struct kpps_stream *s, unsigned int i, u32 frame_max,
			struct err *err)
{
	if (s->version != KPPS_STREAM_VERSION || s->size != sizeof(*s))
		return err_set(err, -EINVAL, "%s: stream %u is of another version", who, i);
	for (unsigned int j = 0; j < s->nsizes && j < KPPS_SIZES_MAX; j++)
		if (s->sizes[j].len > frame_max)
			return err_set(err, -EMSGSIZE,
				       "%s: frames of %u bytes: it was opened for up to %u", who,
				       s->sizes[j].len, frame_max);
	return 0;
}

int kernel_check_plan(const char *who, const struct source_config *c, u32 burst_max, u32 frame_max,
		      struct err *err)
{
	int rc = 0;

	if (c->burst > burst_max)
		return err_set(err, -EINVAL, "%s: bursts of %u frames: must be 1 to %u", who, c->burst,
			       burst_max);
	if (!c->duration_ns && !c->count)
		return err_set(err, -EINVAL, "%s: neither a duration nor a count says when to end", who);
	if (c->virtual_time)
		return err_set(err, -EOPNOTSUPP, "%s: virtual time: the kernel has only its clock", who);
	for (unsigned int i = 0; i < c->nstreams && i < KPPS_STREAMS_MAX && !rc; i++)
		rc = check_stream(who, &c->streams[i].stream, i, frame_max, err);
	return rc;
}

int kernel_check_schedule(const char *who, unsigned int ncpus, const struct source_config *c,
			  struct schedule *s, struct err *err)
{
	struct schedule_share share[KPPS_STREAMS_MAX] = { 0 };
	int rc;

	for (unsigned int i = 0; i < c->nstreams && i < KPPS_STREAMS_MAX; i++)
		share[i] = (struct schedule_share){ c->streams[i].weight, c->streams[i].rate_pps };
	schedule_release(s);
	rc = schedule_init(s, share, c->nstreams, c->rate_pps, c->duration_ns, c->count, err);
	if (!rc && c->count && s->nlanes > 1 && ncpus > 1)
		rc = err_set(err, -EOPNOTSUPP,
			     "%s: several CPUs can't share a count of frames among rates of their own: give a duration, or one CPU",
			     who);
	return rc;
}
