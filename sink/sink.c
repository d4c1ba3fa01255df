// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sink.c - see sink.h. A sink belongs to one thread at a time; it borrows its
 * port and its clock, both outlive it.
 *
 * Per stream a bitmap remembers which of the last SINK_WINDOW indices were
 * received, bit (index mod SINK_WINDOW). Indices on the wire have 48 bits; the
 * sink widens them to 64 by taking the candidate nearest to the next expected
 * one, so neither wrap is special. A frame in order sets one bit that already
 * stands for it; only a gap clears bits, those of the indices it skipped.
 */
#include "sink/sink.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/topo.h"
#include "sink/inspect.h"

#define WORDS (SINK_WINDOW / 64)

struct sink_stream {
	u64 next;	/* highest index received + 1, widened; 0: none yet */
	u64 lowest;	/* lowest index received, widened */
	struct sink_stream_report report;
	u64 received_bits[WORDS];
};

/* Frames of a burst mostly have one latency: counted up, then recorded once. */
struct latency_run {
	struct sink_stream *stream;
	u64 sent, now;
	u32 n;
};

struct sink {
	struct sink_config config;
	struct port *port;
	struct sink_report report;
	struct sink_stream *stream[KPPS_STREAMS_MAX];	/* NULL: not expected */
	struct sink_stream *streams;
	unsigned int nstreams;
};

static u64 *bitmap_word(struct sink_stream *st, u64 index)
{
	return &st->received_bits[(index / 64) % WORDS];
}

/* Forget @n indices from @from on: they are the newest now, and not received. */
static void window_clear(struct sink_stream *st, u64 from, u64 n)
{
	if (n >= SINK_WINDOW) {
		memset(st->received_bits, 0, sizeof(st->received_bits));
		return;
	}
	while (n) {
		u64 at = from % 64, bits = min(64 - at, n);
		u64 mask = bits == 64 ? ~0ULL : (1ULL << bits) - 1;

		*bitmap_word(st, from) &= ~(mask << at);
		from += bits;
		n -= bits;
	}
}

/* An index below the highest. Returns whether this is the first copy of its frame. */
static bool sequence_behind(struct sink_stream *st, u64 index)
{
	u64 *word = bitmap_word(st, index), bit = 1ULL << index % 64;

	if (st->next - index > SINK_WINDOW) {
		st->report.late++;
		return false;
	}
	if (*word & bit) {
		st->report.duplicated++;
		return false;
	}
	*word |= bit;
	st->report.reordered++;
	st->lowest = min(st->lowest, index);
	return true;
}

static inline bool sequence_account(struct sink_stream *st, u64 wire_index, u64 now)
{
	u64 index;
	s64 ahead;

	if (unlikely(!st->next)) {
		st->next = WINDOW_EPOCH + wire_index;
		st->lowest = st->next;
		st->report.first_ns = now;
	}
	ahead = (s64)((wire_index - st->next) << 16) >> 16;
	index = st->next + (u64)ahead;
	if (unlikely(ahead)) {
		if (ahead < 0)
			return sequence_behind(st, index);
		window_clear(st, st->next, (u64)ahead);
	}
	*bitmap_word(st, index) |= 1ULL << index % 64;
	st->next = index + 1;
	return true;
}

static void latency_record(struct latency_run *run)
{
	struct sink_stream_report *r;
	s64 latency;

	if (!run->n)
		return;
	r = &run->stream->report;
	latency = (s64)(run->now - run->sent);
	if (unlikely(latency < 0)) {
		r->early += run->n;
		latency = 0;
	}
	hist_add(&r->latency, (u64)latency, run->n);
	run->n = 0;
}

static inline void latency_account(struct latency_run *run, struct sink_stream *st, u64 sent,
				   u64 now)
{
	if (run->stream != st || run->sent != sent || run->now != now) {
		latency_record(run);
		run->stream = st;
		run->sent = sent;
		run->now = now;
	}
	run->n++;
}

/* Ours is what carries this run's signature, of a stream that is expected. */
static inline struct sink_stream *sink_find(struct sink *s, const struct inspected *in,
					    struct kpps_sig *ret_sig)
{
	if (unlikely(!kpps_sig_read(in->payload, in->payload_len, ret_sig)))
		return NULL;
	if (unlikely(ret_sig->run != s->config.run))
		return NULL;
	return s->stream[ret_sig->stream];
}

/*
 * Too short for a signature and of a protocol that streams are made of: as
 * much as can be known about a frame of an unsigned stream. Echo messages
 * only: ICMP errors are the DUT's own.
 */
static bool sink_unsigned(const struct sink *s, const struct inspected *in)
{
	if (!s->config.unsigned_streams || in->payload_len >= KPPS_SIG_LEN)
		return false;
	if (in->protocol == IPPROTO_ICMP)
		return in->l4[0] == 0 || in->l4[0] == 8;
	if (in->protocol == IPPROTO_ICMPV6)
		return in->l4[0] == 128 || in->l4[0] == 129;
	return true;
}

static void sink_unknown(struct sink *s, enum verdict verdict, const struct inspected *in)
{
	if (verdict == VERDICT_CORRUPTED)
		s->report.corrupted++;
	else if (verdict == VERDICT_INTACT && sink_unsigned(s, in))
		s->report.unsigned_frames++;
	else
		s->report.foreign++;
}

static inline void sink_frame(struct sink *s, const struct frame *f, u64 now,
			      struct latency_run *run)
{
	struct sink_stream *st = NULL;
	struct inspected in;
	struct kpps_sig sig;
	enum verdict verdict = frame_inspect(f->data, f->len, &in);

	if (likely(verdict == VERDICT_INTACT))
		st = sink_find(s, &in, &sig);
	/* our streams always carry a checksum: somebody took it away */
	if (unlikely(st && in.unsummed)) {
		verdict = VERDICT_CORRUPTED;
		st = NULL;
	}
	if (unlikely(!st)) {
		sink_unknown(s, verdict, &in);
		return;
	}
	if (unlikely(!sequence_account(st, sig.index, now)))
		return;
	st->report.received++;
	st->report.bytes += f->len;
	st->report.last_ns = now;
	if (s->config.latency)
		latency_account(run, st, sig.time, now);
}

int sink_poll(struct sink *s)
{
	struct latency_run run = { .n = 0 };
	struct frame f[PORT_BURST];
	const struct clk *clk = s->config.clk;
	u64 now;
	int n, ret;

	n = port_peek(s->port, f, PORT_BURST);
	if (n <= 0)
		return n;
	now = clk ? clk_ns(clk) : 0;
	for (int i = 0; i < n; i++)
		sink_frame(s, &f[i], clk ? now : f[i].time, &run);
	latency_record(&run);
	s->report.frames += (u64)n;
	ret = port_release(s->port, (unsigned int)n);
	return ret < 0 ? ret : n;
}

void sink_account(struct sink *s, const struct frame *f, u64 now)
{
	struct latency_run run = { .n = 0 };

	sink_frame(s, f, now, &run);
	latency_record(&run);
	s->report.frames++;
}

int sink_check(const char *who, u32 run, u64 streams, u64 unsigned_streams, struct err *err)
{
	if (run >= KPPS_RUNS_MAX)
		return err_set(err, -EINVAL, "%s: run %u: must be 0 to %u", who, run,
			       KPPS_RUNS_MAX - 1);
	if (!streams)
		return err_set(err, -EINVAL, "%s: no stream to expect", who);
	if (unsigned_streams & ~streams)
		return err_set(err, -EINVAL, "%s: streams without a signature (%#llx) that are "
			       "not expected (%#llx)", who, (unsigned long long)unsigned_streams,
			       (unsigned long long)streams);
	return 0;
}

int sink_create(const struct sink_config *config, struct port *port, struct sink **ret_sink,
		struct err *err)
{
	unsigned int id, at = 0;
	struct sink *s;
	int ret;

	ret = sink_check("sink", config->run, config->streams, config->unsigned_streams, err);
	if (ret)
		return ret;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "sink: out of memory");
	s->config = *config;
	s->port = port;
	s->nstreams = (unsigned int)__builtin_popcountll(config->streams);
	s->streams = mem_alloc(s->nstreams * sizeof(*s->streams), config->node, NULL);
	if (!s->streams) {
		ret = err_set(err, -ENOMEM, "sink: no memory for %u streams: %zu bytes needed",
			      s->nstreams, s->nstreams * sizeof(*s->streams));
		goto err_free;
	}
	for (id = 0; id < KPPS_STREAMS_MAX; id++)
		if (config->streams >> id & 1)
			s->stream[id] = &s->streams[at++];
	sink_restart(s, config->run);
	*ret_sink = s;
	return 0;

err_free:
	free(s);
	return ret;
}

void sink_destroy(struct sink *s)
{
	if (!s)
		return;
	mem_free(s->streams, s->nstreams * sizeof(*s->streams));
	free(s);
}

void sink_restart(struct sink *s, u32 run)
{
	s->config.run = run;
	memset(&s->report, 0, sizeof(s->report));
	memset(s->streams, 0, s->nstreams * sizeof(*s->streams));
	for (unsigned int i = 0; i < s->nstreams; i++)
		hist_init(&s->streams[i].report.latency);
}

void sink_report(const struct sink *s, struct sink_report *ret)
{
	*ret = s->report;
}

void sink_stream_report(const struct sink *s, unsigned int stream, struct sink_stream_report *ret)
{
	const struct sink_stream *st = stream < KPPS_STREAMS_MAX ? s->stream[stream] : NULL;

	if (!st) {
		memset(ret, 0, sizeof(*ret));
		hist_init(&ret->latency);
		return;
	}
	*ret = st->report;
	ret->first_index = st->lowest & KPPS_INDEX_MASK;
	ret->span = st->next - st->lowest;
}
