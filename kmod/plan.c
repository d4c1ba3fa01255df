// SPDX-License-Identifier: GPL-2.0
/*
 * plan.c - a plan as netlink tells it, and as a run goes through it. Everything
 * here is checked before a thread sees it. Called under kg_lock, of a generator
 * at rest.
 *
 * The schedule is gen/schedule.h's. Times of 128 bits are kept in two words, and
 * only multiplied and shifted; where a quotient is needed (frames within a time)
 * it is looked for by halving, as that is rare.
 */
#include <linux/if_vlan.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "gen.h"
#include "lib/stream_check.h"
#include "netlink.h"

#define KG_BURST_DEFAULT	64
/*
 * A batch leaves together, when its last frame is due. More than this of the
 * schedule does not leave at once, unless a frame alone is more.
 */
#define KG_TOGETHER_DEFAULT	10000

void kg_plan_clear(struct kg_plan *p)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p->stream); i++)
		kvfree(p->stream[i]);
	for (i = 0; i < ARRAY_SIZE(p->lane); i++)
		kvfree(p->lane[i].turns);
	memset(p, 0, sizeof(*p));
}

static u64 attr_u64(const struct genl_info *info, u32 attr, u64 absent)
{
	return info->attrs[attr] ? nla_get_u64(info->attrs[attr]) : absent;
}

static u32 attr_u32(const struct genl_info *info, u32 attr, u32 absent)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : absent;
}

int kg_plan_check(struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;

	if (attr_u32(info, KPPS_GEN_A_FIRST, 0) >= attr_u32(info, KPPS_GEN_A_STRIDE, 1))
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_FIRST], -EINVAL,
				 "FIRST must be below STRIDE");
	if (attrs[KPPS_GEN_A_ENDLESS] && (attrs[KPPS_GEN_A_DURATION] || attrs[KPPS_GEN_A_COUNT]))
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_ENDLESS], -EINVAL,
				 "ENDLESS, or DURATION and COUNT: not both");
	if (!attrs[KPPS_GEN_A_ENDLESS] && !attrs[KPPS_GEN_A_DURATION] && !attrs[KPPS_GEN_A_COUNT])
		return kg_refuse(info->extack, NULL, -EINVAL,
				 "no end: give DURATION, COUNT or ENDLESS");
	if (attrs[KPPS_GEN_A_OVERRUN] && !attrs[KPPS_GEN_A_DURATION])
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_OVERRUN], -EINVAL,
				 "OVERRUN counts from the end of a DURATION: give one");
	return 0;
}

void kg_plan_set(struct kg_plan *p, struct genl_info *info)
{
	kg_plan_clear(p);
	p->first = attr_u32(info, KPPS_GEN_A_FIRST, 0);
	p->stride = attr_u32(info, KPPS_GEN_A_STRIDE, 1);
	p->burst = attr_u32(info, KPPS_GEN_A_BURST, KG_BURST_DEFAULT);
	p->duration_ns = attr_u64(info, KPPS_GEN_A_DURATION, 0);
	p->count = attr_u64(info, KPPS_GEN_A_COUNT, 0);
	p->overrun_ns = attr_u64(info, KPPS_GEN_A_OVERRUN, KG_NEVER);
	p->together_ns = attr_u64(info, KPPS_GEN_A_TOGETHER, KG_TOGETHER_DEFAULT);
	p->endless = info->attrs[KPPS_GEN_A_ENDLESS];
	p->known = true;
}

/* An MTU counts neither the Ethernet header nor VLAN tags. */
static bool fits_device(const struct kpps_stream *s, const struct net_device *dev)
{
	unsigned int i;

	for (i = 0; i < s->nsizes; i++)
		if (s->sizes[i].len - s->l3_off > READ_ONCE(dev->mtu))
			return false;
	return true;
}

int kg_plan_stream(struct kg_gen *g, struct genl_info *info)
{
	struct nlattr *data = info->attrs[KPPS_GEN_A_STREAM_DATA];
	struct kg_stream *st;
	const char *wrong;
	u32 number;

	if (!kg_need(info, KPPS_GEN_A_STREAM) || !kg_need(info, KPPS_GEN_A_STREAM_DATA))
		return -EINVAL;
	number = nla_get_u32(info->attrs[KPPS_GEN_A_STREAM]);
	st = kvzalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);
	if (!st)
		return -ENOMEM;
	nla_memcpy(&st->s, data, sizeof(st->s));
	st->first_index = attr_u64(info, KPPS_GEN_A_FIRST_INDEX, 0);
	wrong = kpps_stream_check(&st->s);
	if (!wrong && !fits_device(&st->s, g->dev))
		wrong = "the stream has frames longer than the device's MTU";
	if (wrong) {
		kvfree(st);
		return kg_refuse(info->extack, data, -EINVAL, wrong);
	}
	st->as = st->s.flags & ~(KPPS_F_LANES | KPPS_F_NARROW);
	if (kpps_one_far(&st->s))
		st->as |= KPPS_AS_ONE_FAR;
	kvfree(g->plan.stream[number]);
	g->plan.stream[number] = st;
	return 0;
}

/* All PATTERN attributes of the request, one after the other. */
static int pattern_read(struct kg_lane_plan *l, struct genl_info *info)
{
	u32 before[KPPS_STREAMS_MAX] = { 0 };
	const struct nlattr *nla;
	u32 length = 0, at = 0;
	int rem, i;

	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(nla) == KPPS_GEN_A_PATTERN)
			length += nla_len(nla);
	if (!length || length > KPPS_GEN_PATTERN_MAX)
		return kg_refuse(info->extack, info->attrs[KPPS_GEN_A_PATTERN], -EINVAL,
				 "a pattern has 1 to 65536 turns");
	l->turns = kvcalloc(length, sizeof(*l->turns), GFP_KERNEL_ACCOUNT);
	if (!l->turns)
		return -ENOMEM;
	l->length = length;
	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rem) {
		const u8 *turn = nla_data(nla);

		if (nla_type(nla) != KPPS_GEN_A_PATTERN)
			continue;
		for (i = 0; i < nla_len(nla); i++) {
			if (turn[i] >= KPPS_STREAMS_MAX)
				return kg_refuse(info->extack, nla, -EINVAL,
						 "a pattern's turns are numbers of streams, 0 to 63");
			l->turns[at].before = before[turn[i]]++;
			l->turns[at++].stream = turn[i];
		}
	}
	return 0;
}

int kg_plan_lane(struct kg_plan *p, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct kg_lane_plan lane = { .known = true, .length = 1 }, *to;
	int ret;

	if (!kg_need(info, KPPS_GEN_A_LANE))
		return -EINVAL;
	if (!attrs[KPPS_GEN_A_STREAM] == !attrs[KPPS_GEN_A_PATTERN])
		return kg_refuse(info->extack, NULL, -EINVAL,
				 "a lane is of one STREAM, or of a PATTERN");
	if (!attrs[KPPS_GEN_A_MULT] != !attrs[KPPS_GEN_A_SHIFT])
		return kg_refuse(info->extack, NULL, -EINVAL,
				 "a rate is MULT and SHIFT: only one of them is there");
	lane.mult = attr_u64(info, KPPS_GEN_A_MULT, 0);
	lane.shift = attr_u32(info, KPPS_GEN_A_SHIFT, 0);
	lane.total = attr_u64(info, KPPS_GEN_A_TOTAL, KG_NEVER);
	lane.stream = attr_u32(info, KPPS_GEN_A_STREAM, 0);
	if (attrs[KPPS_GEN_A_PATTERN]) {
		ret = pattern_read(&lane, info);
		if (ret) {
			kvfree(lane.turns);
			return ret;
		}
	}
	to = &p->lane[nla_get_u32(attrs[KPPS_GEN_A_LANE])];
	kvfree(to->turns);
	*to = lane;
	return 0;
}

/* 128 bits shifted right by up to 127; what is beyond all times is S64_MAX. */
static u64 shifted(u64 lo, u64 hi, u32 shift)
{
	u64 ns;

	if (shift >= 64)
		ns = hi >> (shift - 64);
	else if (hi >> shift)
		ns = S64_MAX;
	else
		ns = shift ? hi << (64 - shift) | lo >> shift : lo;
	return min_t(u64, ns, S64_MAX);
}

/* when × 2^shift of frame @k: (k + 1) × mult + 2^shift - 1; mult < 2^63, so it fits. */
static void when_of(const struct kg_lane_plan *l, u64 k, u64 *ret_lo, u64 *ret_hi)
{
	u64 n = k + 1, lo = n * l->mult, hi = kpps_mulhi64(n, l->mult);
	u64 round_lo = l->shift < 64 ? (1ULL << l->shift) - 1 : U64_MAX;
	u64 round_hi = l->shift < 64 ? 0 : (1ULL << (l->shift - 64)) - 1;

	*ret_lo = lo + round_lo;
	*ret_hi = hi + round_hi + (*ret_lo < lo);
}

/* Frames that are due within @ns, at most @most. */
static u64 frames_within(const struct kg_lane_plan *l, u64 ns, u64 most)
{
	u64 low = 0, high = min(most, KG_NEVER - 1);

	while (low < high) {
		u64 k = low + (high - low) / 2, lo, hi;

		when_of(l, k, &lo, &hi);
		if (shifted(lo, hi, l->shift) > ns)
			high = k;
		else
			low = k + 1;
	}
	return low;
}

/* Of @total frames those of one that sends @first, and every @stride-th after it. */
static u64 share_of(u64 total, u32 first, u32 stride)
{
	if (total == KG_NEVER)
		return total;
	return first < total ? div_u64(total - first - 1, stride) + 1 : 0;
}

u64 kg_lane_gap(const struct kg_lane *l)
{
	u64 ns = shifted(l->step_lo, l->step_hi, l->shift);

	/* the first digit behind the point */
	if (l->shift && shifted(l->step_lo, l->step_hi, l->shift - 1) & 1)
		ns++;
	return ns;
}

void kg_lane_step(struct kg_lane *l, u64 n)
{
	u64 lo = l->step_lo * n, hi = l->step_hi * n + kpps_mulhi64(l->step_lo, n);

	l->when_lo += lo;
	l->when_hi += hi + (l->when_lo < lo);
	l->next_ns = shifted(l->when_lo, l->when_hi, l->shift);
}

static void lane_begin(const struct kg_plan *p, const struct kg_lane_plan *from, struct kg_lane *l)
{
	u64 total = from->total;

	/* without a total the time says how many */
	if (from->mult && total == KG_NEVER && p->duration_ns)
		total = frames_within(from, p->duration_ns, KG_NEVER);
	*l = (struct kg_lane){
		.mult = from->mult,
		.shift = from->shift,
		.step_lo = p->stride * from->mult,
		.step_hi = kpps_mulhi64(p->stride, from->mult),
		.left = share_of(total, p->first, p->stride),
		.round = p->first / from->length,
		.at = p->first % from->length,
		.step_round = p->stride / from->length,
		.step_at = p->stride % from->length,
		.length = from->length,
		.turns = from->turns,
		.rated = from->mult,
		.stream = from->stream,
	};
	if (l->rated) {
		when_of(from, p->first, &l->when_lo, &l->when_hi);
		l->next_ns = shifted(l->when_lo, l->when_hi, l->shift);
	}
}

/* Each stream belongs to one lane, and is there. */
static int lane_streams(struct kg_plan *p, const struct kg_lane_plan *l, u64 *taken,
			struct netlink_ext_ack *extack)
{
	u64 streams = 0;
	u32 i;

	if (!l->turns)
		streams = 1ULL << l->stream;
	for (i = 0; l->turns && i < l->length; i++)
		streams |= 1ULL << l->turns[i].stream;
	if (streams & *taken)
		return kg_refuse(extack, NULL, -EINVAL, "a stream is in two lanes");
	*taken |= streams;
	for (i = 0; i < KPPS_STREAMS_MAX; i++) {
		if (!(streams >> i & 1))
			continue;
		if (!p->stream[i])
			return kg_refuse(extack, NULL, -EINVAL,
					 "a lane names a stream that GEN_STREAM did not give");
		p->stream[i]->per_round = l->turns ? 0 : 1;
	}
	for (i = 0; l->turns && i < l->length; i++)
		p->stream[l->turns[i].stream]->per_round++;
	return 0;
}

/* As many frames at once as the rate brings in the time that may leave together. */
static u32 batch_of(const struct kg_plan *p, const struct kg_run *r)
{
	u64 frames = 0;
	u32 i;

	if (r->unrated < KG_LANES)
		return p->burst;
	/* of 1024 times as long, or many slow lanes would count as none */
	for (i = 0; i < KG_LANES; i++)
		if (p->lane[i].known)
			frames += frames_within(&p->lane[i], p->together_ns << 10,
						(u64)p->burst * p->stride << 10);
	frames = div_u64(frames >> 10, p->stride);
	return clamp_t(u64, frames, 1, p->burst);
}

static int begin_lanes(struct kg_plan *p, struct kg_run *r, struct netlink_ext_ack *extack)
{
	u64 taken = 0;
	u32 i;
	int ret;

	r->unrated = KG_LANES;
	for (i = 0; i < KG_LANES; i++) {
		const struct kg_lane_plan *from = &p->lane[i];

		if (!from->known)
			continue;
		ret = lane_streams(p, from, &taken, extack);
		if (ret)
			return ret;
		if (!from->mult && r->unrated < KG_LANES)
			return kg_refuse(extack, NULL, -EINVAL,
					 "two lanes without a rate: there can be one");
		if (!from->mult)
			r->unrated = r->nlanes;
		lane_begin(p, from, &r->lane[r->nlanes++]);
	}
	if (!r->nlanes)
		return kg_refuse(extack, NULL, -EINVAL,
				 "the plan has no lane: give one by GEN_LANE");
	return 0;
}

static int begin_streams(struct kg_gen *g, struct netlink_ext_ack *extack)
{
	u32 i;

	for (i = 0; i < KPPS_STREAMS_MAX; i++) {
		struct kg_stream *st = g->plan.stream[i];

		if (!st)
			continue;
		if (!fits_device(&st->s, g->dev))
			return kg_refuse(extack, NULL, -EMSGSIZE,
					 "a stream has frames longer than the device's MTU");
		st->sent = 0;
		st->bytes = 0;
		st->refused = 0;
		st->next_index = st->first_index;
	}
	return 0;
}

int kg_plan_begin(struct kg_gen *g, struct kg_run *r, u64 start_ns, struct netlink_ext_ack *extack)
{
	struct kg_plan *p = &g->plan;
	int ret;

	if (!p->known)
		return kg_refuse(extack, NULL, -EINVAL,
				 "there is no plan: give one by GEN_PLAN");
	ret = begin_streams(g, extack);
	if (!ret)
		ret = begin_lanes(p, r, extack);
	if (ret)
		return ret;
	r->stream = p->stream;
	r->paced = r->unrated == KG_LANES;
	r->most = batch_of(p, r);
	r->start_ns = start_ns;
	r->end_ns = p->duration_ns ? start_ns + p->duration_ns : KG_NEVER;
	r->stop_ns = p->overrun_ns == KG_NEVER ? KG_NEVER : r->end_ns + p->overrun_ns;
	r->left = p->count ? p->count : KG_NEVER;
	r->gap_ns = kg_lane_gap(&r->lane[0]);
	return 0;
}
