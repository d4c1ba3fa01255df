// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_plan.c - see kmod_plan.h. */
#include "gen/kmod_plan.h"

void kmod_put_new(struct nlmsghdr *m, const struct kernel_source_config *config, unsigned int i,
		  unsigned int queues)
{
	static const u32 ways[] = {
		[KERNEL_WAY_OUT] = KPPS_GEN_WAY_QUEUE, [KERNEL_WAY_QDISC] = KPPS_GEN_WAY_QDISC,
		[KERNEL_WAY_IN] = KPPS_GEN_WAY_RECEIVE,
	};

	mnl_attr_put_u32(m, KPPS_GEN_A_IFINDEX, (u32)config->ifindex);
	mnl_attr_put_u32(m, KPPS_GEN_A_QUEUE, i % queues);
	mnl_attr_put_u32(m, KPPS_GEN_A_CPU, (u32)config->cpus[i]);
	mnl_attr_put_u32(m, KPPS_GEN_A_WAY, ways[config->way]);
	if (config->force)
		mnl_attr_put(m, KPPS_GEN_A_FORCE, 0, NULL);
}

u64 kmod_count(u64 count, unsigned int i, unsigned int n)
{
	return i < count ? (count - i - 1) / n + 1 : 0;
}

void kmod_put_plan(struct nlmsghdr *m, u32 id, unsigned int i, unsigned int n,
		   const struct source_config *config, u64 count)
{
	mnl_attr_put_u32(m, KPPS_GEN_A_ID, id);
	mnl_attr_put_u32(m, KPPS_GEN_A_FIRST, i);
	mnl_attr_put_u32(m, KPPS_GEN_A_STRIDE, n);
	if (config->duration_ns)
		mnl_attr_put_u64(m, KPPS_GEN_A_DURATION, config->duration_ns);
	if (count)
		mnl_attr_put_u64(m, KPPS_GEN_A_COUNT, count);
	if (config->overrun_ns && config->duration_ns)
		mnl_attr_put_u64(m, KPPS_GEN_A_OVERRUN, config->overrun_ns);
	if (config->burst)
		mnl_attr_put_u32(m, KPPS_GEN_A_BURST, config->burst);
	if (config->together_ns)
		mnl_attr_put_u64(m, KPPS_GEN_A_TOGETHER, config->together_ns);
}

void kmod_put_stream(struct nlmsghdr *m, u32 id, unsigned int number,
		     const struct source_stream *stream)
{
	mnl_attr_put_u32(m, KPPS_GEN_A_ID, id);
	mnl_attr_put_u32(m, KPPS_GEN_A_STREAM, number);
	mnl_attr_put(m, KPPS_GEN_A_STREAM_DATA, sizeof(stream->stream), &stream->stream);
	mnl_attr_put_u64(m, KPPS_GEN_A_FIRST_INDEX, stream->first_index & KPPS_INDEX_MASK);
}

static void put_pattern(struct nlmsghdr *m, const struct schedule_lane *l)
{
	for (u32 at = 0; at < l->length; at += KPPS_GEN_PATTERN_CHUNK)
		mnl_attr_put(m, KPPS_GEN_A_PATTERN,
			     min(l->length - at, (u32)KPPS_GEN_PATTERN_CHUNK), l->pattern + at);
}

void kmod_put_lane(struct nlmsghdr *m, u32 id, unsigned int number, const struct schedule_lane *l)
{
	mnl_attr_put_u32(m, KPPS_GEN_A_ID, id);
	mnl_attr_put_u32(m, KPPS_GEN_A_LANE, number);
	if (l->gap.mult) {
		mnl_attr_put_u64(m, KPPS_GEN_A_MULT, l->gap.mult);
		mnl_attr_put_u32(m, KPPS_GEN_A_SHIFT, l->gap.shift);
	}
	if (l->total != SCHEDULE_NEVER)
		mnl_attr_put_u64(m, KPPS_GEN_A_TOTAL, l->total);
	if (l->pattern)
		put_pattern(m, l);
	else
		mnl_attr_put_u32(m, KPPS_GEN_A_STREAM, l->stream);
}
