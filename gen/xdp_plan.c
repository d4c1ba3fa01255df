// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xdp_plan.c - a plan into the maps of the XDP source's programs; called
 * between trials, by the source's owner. The schedule is gen/schedule.h's; each
 * of n CPUs gets every n-th frame of each lane, the i-th first.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gen/kernel_check.h"
#include "gen/xdp_internal.h"
#include "sink/tuples.h"

/*
 * A batch leaves together, when its last frame is due. More than this of the
 * schedule does not leave at once, unless a frame alone is more.
 */
#define EVEN_NS		10000
/*
 * Readings of the clock, some 30 ns each, that a wait may last. Single frames
 * may be far apart, and softirqs should not wait for long; a batch's time has
 * to fit, as giving it up wastes it.
 */
#define SPINS_SINGLE	256
#define SPINS_BATCH	1024

static int plan_check(const struct xdp_source *s, const struct source_config *c, struct err *err)
{
	if (s->started)
		return err_set(err, -EBUSY, "xdp source: a trial is not over: wait for it first");
	return kernel_check_plan("xdp source", c, XDP_SOURCE_BURST, s->config.frame_max, err);
}

static int plan_schedule(struct xdp_source *s, const struct source_config *c, struct err *err)
{
	int ret = kernel_check_schedule("xdp source", s->config.ncpus, c, &s->schedule, err);

	if (ret)
		return ret;
	s->nstreams = c->nstreams;
	s->count = c->count;
	s->overrun_ns = c->overrun_ns;
	s->single = schedule_single(&s->schedule);
	for (unsigned int i = 0; i < s->nstreams; i++)
		s->rate_pps[i] = c->streams[i].rate_pps;
	return 0;
}

/* Of @total frames those of CPU @i of @n. */
static u64 share_of(u64 total, unsigned int i, unsigned int n)
{
	if (total == SCHEDULE_NEVER)
		return total;
	return i < total ? (total - i + n - 1) / n : 0;
}

static void plan_lane(const struct schedule_lane *from, unsigned int i, unsigned int n, u64 count,
		      struct xdp_source_lane *l)
{
	u32 length = from->pattern ? from->length : 1;
	u128 when = u128_add(u128_mul(i + 1, from->gap.mult), u128_ones(from->gap.shift));
	u128 step = u128_mul(n, from->gap.mult);
	u64 frames = min(from->total, count);

	*l = (struct xdp_source_lane){
		.when_lo = u128_lo(when), .when_hi = u128_hi(when),
		.step_lo = u128_lo(step), .step_hi = u128_hi(step),
		.shift = from->gap.shift,
		.next_ns = schedule_when(from, i),
		.left = share_of(frames, i, n),
		.round = i / length, .at = i % length,
		.step_round = n / length, .step_at = n % length,
		.length = length,
		.rated = !!from->gap.mult,
		.stream = from->stream,
	};
}

static void plan_cpu(struct xdp_source *s, unsigned int i)
{
	const struct schedule *schedule = &s->schedule;
	struct xdp_source_cpu *cpu = xdp_cpu(s, i);
	unsigned int n = s->config.ncpus;
	u64 count = s->count ? s->count : SCHEDULE_NEVER;

	memset(cpu, 0, sizeof(*cpu));
	hist_init(&cpu->departure);
	cpu->batch = s->batch;
	cpu->spins = s->batch > 1 ? SPINS_BATCH : SPINS_SINGLE;
	cpu->data_len = s->data_len;
	cpu->nlanes = schedule->nlanes;
	cpu->unrated = XDP_SOURCE_LANES;
	for (unsigned int j = 0; j < schedule->nlanes; j++) {
		plan_lane(&schedule->lane[j], i, n, count, &cpu->lane[j]);
		if (!cpu->lane[j].rated)
			cpu->unrated = j;
		s->planned_left[i][j] = cpu->lane[j].left;
	}
	cpu->compare = cpu->unrated == XDP_SOURCE_LANES;
	/* with several CPUs there is one lane, and it knows its share */
	cpu->left = n == 1 ? count : SCHEDULE_NEVER;
	cpu->index = xdp_stream(s, 0)->first_index + i;
	cpu->step = n;
	cpu->gap_ns = schedule->lane[0].gap_ns * n;
}

static void plan_pattern(struct xdp_source *s)
{
	const struct schedule_lane *l = &s->schedule.lane[0];
	struct xdp_source_turn *turn = s->pattern.memory;
	u32 turns[KPPS_STREAMS_MAX] = { 0 };

	if (!l->pattern)
		return;
	for (u32 i = 0; i < l->length; i++)
		turn[i] = (struct xdp_source_turn){ turns[l->pattern[i]]++, l->pattern[i] };
	for (unsigned int i = 0; i < s->nstreams; i++)
		if (turns[i])
			xdp_stream(s, i)->per_round = turns[i];
}

/* A tuple table becomes a map inside the map of tables. */
static int plan_tuples(struct xdp_source *s, u32 id, const struct tuple_table *t, struct err *err)
{
	int outer = bpf_map__fd(t->ipv6 ? s->bpf->maps.tables6 : s->bpf->maps.tables4), inner, ret;
	size_t size = t->ipv6 ? sizeof(*t->v6) : sizeof(*t->v4);
	const struct bpf_map_create_opts opts = {
		.sz = sizeof(opts), .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP,
	};
	struct bpf_memory memory;

	if (!(xdp_stream(s, id)->stream.flags & KPPS_F_IPV6) != !t->ipv6)
		return err_set(err, -EINVAL,
			       "xdp source: stream %u and its tuples are of different families", id);
	if (!t->flows || t->flows > ~0U)
		return err_set(err, -EOPNOTSUPP,
			       "xdp source: tuples of %llu flows: a BPF map has 1 to 2^32 - 1",
			       (unsigned long long)t->flows);
	inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "kpps_tuples", sizeof(u32), (u32)size,
			       (u32)t->flows, &opts);
	if (inner < 0)
		return err_set(err, -errno, "xdp source: no memory for the tuples of %llu flows: %s",
			       (unsigned long long)t->flows, strerror(errno));
	ret = bpf_memory_map(inner, size, t->flows, &memory, err);
	if (!ret) {
		memcpy(memory.memory, t->memory, size * t->flows);
		bpf_memory_unmap(&memory);
		if (bpf_map_update_elem(outer, &id, &inner, BPF_ANY))
			ret = err_set(err, -errno, "xdp source: tuples: %s", strerror(errno));
	}
	close(inner);		/* the outer map holds it */
	if (!ret)
		xdp_stream(s, id)->tuples = t->flows;
	return ret;
}

static void forget_tuples(struct xdp_source *s)
{
	for (u32 id = 0; id < KPPS_STREAMS_MAX; id++) {
		if (!xdp_stream(s, id)->tuples)
			continue;
		bpf_map_delete_elem(bpf_map__fd(s->bpf->maps.tables4), &id);
		bpf_map_delete_elem(bpf_map__fd(s->bpf->maps.tables6), &id);
		xdp_stream(s, id)->tuples = 0;
	}
}

/* May smallest_write of xdp_frame.bpf.h make its frames? */
static bool is_smallest(const struct kpps_stream *s)
{
	const u32 relevant = KPPS_F_IPV6 | KPPS_F_UDP | KPPS_F_SIG;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && s->nsizes == 1 &&
	       s->sizes[0].len == KPPS_FRAME_MIN && s->l3_off == 14 &&
	       (s->flags & relevant) == (KPPS_F_UDP | KPPS_F_SIG);
}

static int plan_streams(struct xdp_source *s, const struct source_config *c, struct err *err)
{
	u32 shortest = KPPS_HEADER_MAX;
	int ret = 0;

	forget_tuples(s);
	for (unsigned int i = 0; i < c->nstreams && !ret; i++) {
		const struct source_stream *from = &c->streams[i];
		struct xdp_source_stream *st = xdp_stream(s, i);

		memset(st, 0, sizeof(*st));
		st->stream = from->stream;
		st->first_index = from->first_index;
		st->per_round = 1;
		st->smallest = is_smallest(&from->stream);
		for (unsigned int j = 0; j < from->stream.nsizes; j++)
			shortest = min(shortest, (u32)from->stream.sizes[j].len);
		if (from->tuples)
			ret = plan_tuples(s, i, from->tuples, err);
	}
	/* longer ones are made so, and with zeros, by the program */
	s->data_len = shortest;
	return ret;
}

/* As many frames at once as the rate brings in EVEN_NS. */
static u32 batch_of(const struct xdp_source *s, u32 burst, u64 together_ns)
{
	double rate = 0;

	for (unsigned int i = 0; i < s->schedule.nlanes; i++) {
		if (!s->schedule.lane[i].gap.mult)
			return burst;
		rate += (double)s->schedule.lane[i].per_ns.mult /
			(double)(1ULL << s->schedule.lane[i].per_ns.shift / 2) /
			(double)(1ULL << (s->schedule.lane[i].per_ns.shift + 1) / 2);
	}
	rate *= (double)(together_ns ? together_ns : EVEN_NS) / s->config.ncpus;
	return rate < 1 ? 1 : (u32)min(rate, (double)burst);
}

int xdp_source_plan(struct kernel_source *source, const struct source_config *config,
		    struct err *err)
{
	struct xdp_source *s = xdp_of(source);
	int ret;

	s->planned = false;
	ret = plan_check(s, config, err);
	if (!ret)
		ret = plan_schedule(s, config, err);
	if (!ret)
		ret = plan_streams(s, config, err);
	if (ret)
		return ret;
	s->batch = batch_of(s, config->burst ? config->burst : XDP_SOURCE_BURST_DEFAULT,
			    config->together_ns);
	plan_pattern(s);
	for (unsigned int i = 0; i < s->config.ncpus; i++)
		plan_cpu(s, i);
	s->planned = true;
	return 0;
}
