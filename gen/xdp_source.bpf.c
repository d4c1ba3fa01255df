// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xdp_source.bpf.c - the XDP source's two programs, for one stream and for
 * several. The kernel runs one of them on live frames, @batch at a time, and
 * sends what it has passed when the batch is over; then softirqs run. The
 * frames are pages that it has used before: every byte of them is written.
 *
 * So a batch is what gen/source.h calls a burst. At its first frame the
 * program reads the clock and waits until the last one is due: none leaves
 * early, and all carry the moment at which the waiting ended. They really leave
 * when the last is written, some 50 ns a frame later. A wait is short, as
 * softirqs are held up meanwhile: if it does not suffice, the batch is dropped
 * and the next one goes on waiting.
 *
 * No frame but the plan's is ever sent: what the kernel asks for after its end
 * is dropped, until userspace sees @finished and ends the call.
 */
#include <linux/bpf.h>

#include "gen/xdp_source_shared.h"
#include "sink/tuples.h"

/* after ours: both define container_of, and libbpf's may do so twice */
#include <bpf/bpf_helpers.h>

#include "gen/xdp_frame.bpf.h"

#define SPINS_MAX 1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct xdp_source_cpu);
} cpus SEC(".maps");	/* by number of the CPU */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KPPS_STREAMS_MAX);
	__type(key, u32);
	__type(value, struct xdp_source_stream);
} streams SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 65536);	/* SCHEDULE_PATTERN_MAX */
	__type(key, u32);
	__type(value, struct xdp_source_turn);
} pattern SEC(".maps");

/* Tuple tables (sink/tuples.h), by stream. */
struct tuples4 {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(struct tuple4));
};

struct tuples6 {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(struct tuple6));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, KPPS_STREAMS_MAX);
	__type(key, u32);
	__array(values, struct tuples4);
} tables4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, KPPS_STREAMS_MAX);
	__type(key, u32);
	__array(values, struct tuples6);
} tables6 SEC(".maps");

const volatile int action = XDP_TX;
volatile bool stop;

/* The tuple that the fill has noted; false: none. */
static __always_inline bool tuple_noted(const struct xdp_source_stream *st, u32 id, u64 flow,
					struct kpps_tuple *t)
{
	u32 key = (u32)flow;
	struct tuple4 *v4;
	struct tuple6 *v6;
	void *table;

	if (flow >= st->tuples)
		return false;
	if (st->stream.flags & KPPS_F_IPV6) {
		table = bpf_map_lookup_elem(&tables6, &id);
		v6 = table ? bpf_map_lookup_elem(table, &key) : NULL;
		if (!v6 || !v6->noted)
			return false;
		*t = (struct kpps_tuple){ v6->src_hi, v6->src_lo, v6->dst_hi, v6->dst_lo,
					  v6->sport, v6->dport };
		return true;
	}
	table = bpf_map_lookup_elem(&tables4, &id);
	v4 = table ? bpf_map_lookup_elem(table, &key) : NULL;
	if (!v4 || !v4->noted)
		return false;
	*t = (struct kpps_tuple){ .src_lo = v4->src, .dst_lo = v4->dst, .sport = v4->sport,
				  .dport = v4->dport };
	return true;
}

/* By division: the first time, and after a leap. */
static __noinline void cursor_set(const struct kpps_stream *s, struct xdp_source_cursor *c,
				  u64 index)
{
	u64 i = kpps_div(index, &s->by_burst);

	c->in_burst = index - i * s->by_burst.d;
	c->round = kpps_div(i, &s->by_flows);
	c->flow = i - c->round * s->flows;
	c->known = 1;
}

/* Sequential order: the flow of @index, which is mostly a little beyond the last one. */
static __always_inline u64 cursor_move(const struct kpps_stream *s, struct xdp_source_cursor *c,
				       u64 index)
{
	u64 ahead = index - c->index;

	c->index = index;
	if (s->by_burst.d > 1) {
		ahead += c->in_burst;
		c->in_burst = ahead;
		if (likely(ahead < s->by_burst.d && c->known))
			return c->flow;
		c->in_burst = ahead - s->by_burst.d;
		ahead = 1;
	}
	c->flow += ahead;
	if (unlikely(c->flow >= s->flows)) {
		c->flow -= s->flows;
		c->round++;
	}
	if (unlikely(!c->known || c->flow >= s->flows || c->in_burst >= s->by_burst.d))
		cursor_set(s, c, index);
	return c->flow;
}

/* The flow of a frame, and the number of its tuple; flow_finish makes the tuple of it. */
static __always_inline void flow_begin(const struct kpps_stream *s, struct xdp_source_cursor *c,
				       u64 index, struct xdp_source_flow *ret)
{
	ret->index = index;
	ret->nth = index;
	if (s->order == KPPS_SEQUENTIAL) {
		ret->flow = cursor_move(s, c, index);
		ret->nth = c->round * s->by_burst.d + c->in_burst;
	} else {
		ret->flow = kpps_stream_flow(s, index);
	}
	ret->number = permute_narrow(s, (u32)ret->flow);
}

static __always_inline void flow_finish(const struct xdp_source_stream *st, u32 id,
					struct xdp_source_flow *f)
{
	if (likely(!st->tuples) || !tuple_noted(st, id, f->flow, &f->tuple))
		tuple_make(&st->stream, f->flow, f->number, &f->tuple);
}

/*
 * A single stream: the flows of the next two frames, one of them begun. Nothing
 * waits for the results, so the CPU works both out while it goes on in the kernel;
 * in one piece the arithmetic is too long a chain for that.
 */
static __always_inline void flows_advance(const struct xdp_source_stream *st,
					  struct xdp_source_cpu *cpu)
{
	cpu->ahead.index = cpu->beyond.index;
	cpu->ahead.flow = cpu->beyond.flow;
	cpu->ahead.nth = cpu->beyond.nth;
	cpu->ahead.number = cpu->beyond.number;
	flow_finish(st, 0, &cpu->ahead);
	cpu->index += cpu->step;
	flow_begin(&st->stream, &cpu->cursor[0], cpu->index, &cpu->beyond);
}

static __always_inline int frame_send(struct xdp_md *ctx, struct xdp_source_cpu *cpu,
				      const struct xdp_source_stream *st,
				      struct xdp_source_cursor *c, const struct xdp_source_flow *f)
{
	const struct kpps_stream *s = &st->stream;
	const struct kpps_size *z;

	if (likely(st->smallest && cpu->data_len == KPPS_FRAME_MIN)) {
		if (smallest_write(s, f->index, &f->tuple, cpu->now, (u8 *)(long)ctx->data,
				   (u8 *)(long)ctx->data_end))
			goto failed;
		c->sent++;
		c->bytes += KPPS_FRAME_MIN;
		return action;
	}
	z = kpps_stream_size(s, f->index);

	/* the kernel writes zeros where it makes the frame longer */
	if (unlikely(z->len != cpu->data_len) &&
	    bpf_xdp_adjust_tail(ctx, (int)(z->len - cpu->data_len)))
		goto failed;
	if (frame_write(s, z, f->index, f->flow, f->nth, &f->tuple, cpu->now,
			(u8 *)(long)ctx->data, (u8 *)(long)ctx->data_end))
		goto failed;
	c->sent++;
	c->bytes += z->len;
	return action;

failed:
	cpu->failed++;
	return XDP_DROP;
}

/* 128 bits shifted right. */
static __always_inline u64 shifted(u64 lo, u64 hi, u32 shift)
{
	if (shift >= 64)
		return hi >> (shift & 63);
	return shift ? hi << (64 - shift) | lo >> shift : lo;
}

static __always_inline void lane_step(struct xdp_source_lane *l, u64 n)
{
	u64 lo = l->step_lo * n, hi = l->step_hi * n + kpps_mulhi64(l->step_lo, n);

	l->when_lo += lo;
	l->when_hi += hi + (l->when_lo < lo);
	l->next_ns = shifted(l->when_lo, l->when_hi, l->shift);
}

/*
 * Read the clock until @when, at most so often: for as long as softirqs may be
 * held up. A global function: the verifier looks at it once.
 */
__noinline u64 wait_until(u64 when, u32 spins)
{
	u64 now = bpf_ktime_get_ns();

#pragma clang loop unroll(disable)
	for (u32 i = 0; i < SPINS_MAX && i < spins && now < when; i++)
		now = bpf_ktime_get_ns();
	return now;
}

static __always_inline void departure_add(struct xdp_source_cpu *cpu, u64 v)
{
	struct hist *h = &cpu->departure;
	u32 b;

	if (v >> HIST_MAX_BITS)
		v = (1ULL << HIST_MAX_BITS) - 1;
	b = hist_bucket(v);
	if (b < HIST_BUCKETS)
		h->bucket[b]++;
	h->count++;
	h->sum += v;
	if (v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
}

static __always_inline u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

static __always_inline void batch_depart(struct xdp_source_cpu *cpu, u64 now, u64 first)
{
	if (now > first && now - first > cpu->late_max_ns)
		cpu->late_max_ns = now - first;
	cpu->now = now;
}

/* What one stream sends next; 0 when nothing is to be sent yet, or any more. */
static __always_inline u32 single_begin(struct xdp_source_cpu *cpu)
{
	struct xdp_source_lane *l = &cpu->lane[0];
	u64 n = cpu->batch, now, first = cpu->start_ns + l->next_ns, last;

	if (n > l->left)
		n = l->left;
	if (n > cpu->left)
		n = cpu->left;
	if (!n || stop) {
		cpu->finished = 1;
		return 0;
	}
	if (!l->rated) {
		now = wait_until(cpu->start_ns, cpu->spins);
		if (now >= cpu->end_ns)
			cpu->finished = 1;
		if (now < cpu->start_ns || now >= cpu->end_ns)
			return 0;
		cpu->now = now;
	} else {
		u64 lo = l->when_lo, hi = l->when_hi;

		lane_step(l, n - 1);
		last = cpu->start_ns + l->next_ns;
		now = wait_until(last, cpu->spins);
		if (unlikely(now > cpu->stop_ns)) {
			cpu->finished = 1;
			return 0;
		}
		if (now < last) {
			l->when_lo = lo;
			l->when_hi = hi;
			l->next_ns = first - cpu->start_ns;
			return 0;
		}
		lane_step(l, 1);
		batch_depart(cpu, now, first);
		if (cpu->departed)
			departure_add(cpu, distance(now - cpu->departure_ns, cpu->gap_ns));
		cpu->together += n - 1;
	}
	cpu->departed = 1;
	cpu->departure_ns = now;
	l->left -= n;
	if (cpu->left != ~0ULL)
		cpu->left -= n;
	return (u32)n;
}

SEC("xdp")
int xdp_source_single(struct xdp_md *ctx)
{
	u32 key = bpf_get_smp_processor_id(), zero = 0, at;
	struct xdp_source_cpu *cpu = bpf_map_lookup_elem(&cpus, &key);
	const struct xdp_source_stream *st = bpf_map_lookup_elem(&streams, &zero);
	int ret;

	if (!cpu || !st)
		return XDP_ABORTED;
	at = cpu->at;
	if (!at)
		cpu->n = single_begin(cpu);
	cpu->at = at + 1 >= cpu->batch ? 0 : at + 1;
	if (unlikely(at >= cpu->n))
		return XDP_DROP;
	if (unlikely(!cpu->beyond.known)) {
		flow_begin(&st->stream, &cpu->cursor[0], cpu->index, &cpu->beyond);
		cpu->beyond.known = 1;
		flows_advance(st, cpu);
	}
	ret = frame_send(ctx, cpu, st, &cpu->cursor[0], &cpu->ahead);
	flows_advance(st, cpu);
	return ret;
}

/*
 * The lane whose frame is due first, the earlier one when equal; one without a
 * rate fills what those that are due by @now leave. A global function, and the
 * number goes through memory: the verifier doesn't follow every one of them.
 */
__noinline u32 lane_next(struct xdp_source_cpu *cpu, u64 now)
{
	volatile u32 *best;
	u64 when = ~0ULL;

	if (!cpu)
		return XDP_SOURCE_LANES;
	best = &cpu->take.lane;
	*best = now == ~0ULL || cpu->start_ns + now >= cpu->end_ns ? XDP_SOURCE_LANES
								    : cpu->unrated;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < XDP_SOURCE_LANES && i < cpu->nlanes; i++) {
		const struct xdp_source_lane *l = &cpu->lane[i];

		if (!l->rated || !l->left || l->next_ns >= when || l->next_ns > now)
			continue;
		when = l->next_ns;
		*best = i;
	}
	return *best;
}

/* The next frame of @l: whose, and which. */
static __always_inline void lane_take(struct xdp_source_cpu *cpu, struct xdp_source_lane *l, u32 at)
{
	const struct xdp_source_stream *st;
	const struct xdp_source_turn *turn;
	u32 id = l->stream;
	u64 before = 0;

	if (l->length > 1) {
		turn = bpf_map_lookup_elem(&pattern, &l->at);
		if (turn) {
			id = turn->stream;
			before = turn->before;
		}
	}
	st = bpf_map_lookup_elem(&streams, &id);
	if (!st)
		return;
	cpu->take.stream[at] = (u8)id;
	cpu->take.when[at] = l->next_ns;
	cpu->take.index[at] = st->first_index + l->round * st->per_round + before;
	l->round += l->step_round;
	l->at += l->step_at;
	if (l->at >= l->length) {
		l->at -= l->length;
		l->round++;
	}
	l->left--;
	if (l->rated)
		lane_step(l, 1);
}

struct take_context {
	struct xdp_source_cpu *cpu;
	u64 now;	/* offset from the start; ~0: take what will be due */
};

static long take_one(u32 i, struct take_context *t)
{
	struct xdp_source_cpu *cpu = t->cpu;
	u32 which = lane_next(cpu, t->now);

	if (which >= XDP_SOURCE_LANES || i >= XDP_SOURCE_BURST)
		return 1;
	lane_take(cpu, &cpu->lane[which], i);
	cpu->take.n++;
	return 0;
}

/* The streams' next frames, until there are as many as may depart together. */
static __always_inline void many_take(struct xdp_source_cpu *cpu, u64 now)
{
	struct take_context t = { .cpu = cpu, .now = now };
	u64 n = cpu->batch;

	if (n > cpu->left)
		n = cpu->left;
	bpf_loop((u32)n, take_one, &t, 0);
	if (!cpu->take.n)
		cpu->finished = 1;
}

/*
 * The place before @i of what was taken, where @i is 1 to XDP_SOURCE_BURST. Before
 * Linux 6.8 the verifier learns nothing from @i not being 0, so the mask says it;
 * the barrier keeps clang, which does learn, from leaving it out.
 */
static __always_inline u32 taken_before(u32 i)
{
	i--;
	barrier_var(i);
	return i & (XDP_SOURCE_BURST - 1);
}

/* As single_begin. */
static __always_inline u32 many_begin(struct xdp_source_cpu *cpu)
{
	bool paced = cpu->unrated >= XDP_SOURCE_LANES;
	u64 now = 0;
	u32 n;

	if (stop) {
		cpu->finished = 1;
		return 0;
	}
	if (!paced) {
		now = wait_until(cpu->start_ns, cpu->spins);
		if (now < cpu->start_ns)
			return 0;
	}
	if (!cpu->take.n)
		many_take(cpu, paced ? ~0ULL : now - cpu->start_ns);
	n = cpu->take.n;
	if (!n || n > XDP_SOURCE_BURST)
		return 0;
	if (paced) {
		u64 last = cpu->start_ns + cpu->take.when[taken_before(n)];

		now = wait_until(last, cpu->spins);
		if (unlikely(now > cpu->stop_ns)) {
			cpu->finished = 1;
			return 0;
		}
		if (now < last)
			return 0;
	}
	cpu->take.n = 0;
	if (cpu->compare) {
		batch_depart(cpu, now, cpu->start_ns + cpu->take.when[0]);
		if (cpu->departed)
			departure_add(cpu, distance(now - cpu->departure_ns,
						    cpu->take.when[0] - cpu->scheduled_ns));
		cpu->scheduled_ns = cpu->take.when[taken_before(n)];
	}
	cpu->now = now;
	cpu->departed = 1;
	cpu->departure_ns = now;
	if (cpu->left != ~0ULL)
		cpu->left -= n;
	return n;
}

/* A global function, as wait_until. */
__noinline int many_send(struct xdp_md *ctx, struct xdp_source_cpu *cpu,
			 const struct xdp_source_stream *st, u32 at)
{
	struct xdp_source_flow f;
	u32 id;

	if (!cpu || !st || at >= XDP_SOURCE_BURST)
		return XDP_ABORTED;
	id = cpu->take.stream[at] & (KPPS_STREAMS_MAX - 1);
	flow_begin(&st->stream, &cpu->cursor[id], cpu->take.index[at], &f);
	flow_finish(st, id, &f);
	return frame_send(ctx, cpu, st, &cpu->cursor[id], &f);
}

SEC("xdp")
int xdp_source_many(struct xdp_md *ctx)
{
	u32 key = bpf_get_smp_processor_id(), at, id;
	struct xdp_source_cpu *cpu = bpf_map_lookup_elem(&cpus, &key);
	const struct xdp_source_stream *st;

	if (!cpu)
		return XDP_ABORTED;
	at = cpu->at;
	if (!at)
		cpu->n = many_begin(cpu);
	cpu->at = at + 1 >= cpu->batch ? 0 : at + 1;
	if (unlikely(at >= cpu->n || at >= XDP_SOURCE_BURST))
		return XDP_DROP;
	if (cpu->compare && at)
		departure_add(cpu, cpu->take.when[at] - cpu->take.when[taken_before(at)]);
	id = cpu->take.stream[at] & (KPPS_STREAMS_MAX - 1);
	st = bpf_map_lookup_elem(&streams, &id);
	if (!st)
		return XDP_ABORTED;
	return many_send(ctx, cpu, st, at);
}

char _license[] SEC("license") = "GPL";
