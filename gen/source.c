// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * source.c - see source.h. A source copies its streams and borrows its port,
 * its clock and its tuple tables, which outlive it; one thread at a time.
 *
 * A poll asks the schedule what is due, reserves that many frames, writes them
 * stream by stream and commits them. What a full port has no room for is
 * counted and skipped: its indices are used up, so the sink sees them missing.
 */
#include "gen/source.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gen/schedule.h"
#include "sink/tuples.h"

struct stream_state {
	struct kpps_stream stream;
	const struct tuple_table *tuples;
	struct source_stream_report report;
	/* flows of the indices from ahead_index on, their tuples on the way to the cache */
	u64 ahead_index, ahead[PORT_BURST];
	unsigned int nahead;
};

struct source {
	struct source_config config;
	struct port *port;
	struct schedule schedule;
	bool single;		/* one stream, stamped by the clock: the short way */
	bool paced;		/* against the clock: there is a schedule to be late for */
	bool departed;
	u64 stop_ns;		/* nothing departs after this */
	u64 departure_ns;	/* of the last burst */
	u64 scheduled_ns;	/* when its last frame was due */
	struct source_report report;
	unsigned int nstreams;
	struct stream_state *streams;
};

/* Replies: addresses and ports come from what the fill phase has noted. */
static void write_tuples(struct stream_state *st, unsigned int n, u64 time, u8 *const *data,
			 u32 *len)
{
	u64 index = st->report.next_index, next = index + n;
	struct kpps_tuple tuple;

	if (st->ahead_index != index || st->nahead < n)
		for (unsigned int i = 0; i < n; i++)
			st->ahead[i] = kpps_stream_flow(&st->stream, index + i);
	for (unsigned int i = 0; i < n; i++) {
		u64 flow = st->ahead[i];

		/* not noted: as if the DUT had translated nothing */
		if (!tuple_table_get(st->tuples, flow, &tuple))
			kpps_stream_tuple(&st->stream, flow, &tuple);
		len[i] = kpps_frame_write(&st->stream, index + i, flow, &tuple, time, data[i]);
	}
	for (unsigned int i = 0; i < n; i++) {
		st->ahead[i] = kpps_stream_flow(&st->stream, next + i);
		tuple_table_prefetch(st->tuples, st->ahead[i]);
	}
	st->ahead_index = next;
	st->nahead = n;
}

/* Write the next @n frames of a stream. */
static inline void stream_write(struct stream_state *st, unsigned int n, u64 time,
				u8 *const *data, u32 *len)
{
	u64 bytes = 0;

	if (unlikely(st->tuples))
		write_tuples(st, n, time, data, len);
	else
		kpps_frame_burst(&st->stream, st->report.next_index, n, time, data, len);
	for (unsigned int i = 0; i < n; i++)
		bytes += len[i];
	st->report.next_index += n;
	st->report.sent += n;
	st->report.bytes += bytes;
}

static inline void stream_refuse(struct stream_state *st, u64 n)
{
	st->report.next_index += n;
	st->report.sent += n;
	st->report.refused += n;
}

static inline u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

static void note_late(struct source *s, u64 now, u64 scheduled)
{
	if (now > scheduled && now - scheduled > s->report.late_max_ns)
		s->report.late_max_ns = now - scheduled;
}

/* One stream: no merging, and every distance in the schedule is the same. */
static void departures_single(struct source *s, u64 now, u64 scheduled, unsigned int n)
{
	const struct schedule_lane *l = &s->schedule.lane[0];

	if (!l->gap.mult)
		return;
	note_late(s, now, scheduled);
	if (likely(s->departed))
		hist_add(&s->report.departure, distance(now - s->departure_ns, l->gap_ns), 1);
	if (n > 1)
		hist_add(&s->report.departure, l->gap_ns, n - 1);
}

static void departures_merged(struct source *s, u64 now, const struct schedule_burst *burst,
			      unsigned int n)
{
	u64 before = s->scheduled_ns, departed = s->departure_ns;

	/* with a stream that has no rate in it there is no schedule to compare with */
	if (!s->paced)
		return;
	note_late(s, now, burst->when[0]);
	for (unsigned int i = 0; i < n; i++) {
		if (i || s->departed)
			hist_add(&s->report.departure,
				 distance(now - departed, burst->when[i] - before), 1);
		before = burst->when[i];
		departed = now;
	}
}

/* @n frames are due, of which the port takes the first @room. */
static void send_single(struct source *s, u64 now, struct frame *f, unsigned int n,
			unsigned int room)
{
	u64 scheduled = schedule_take_single(&s->schedule, n);
	u8 *data[PORT_BURST];
	u32 len[PORT_BURST];

	for (unsigned int i = 0; i < room; i++)
		data[i] = f[i].data;
	stream_write(&s->streams[0], room, now, data, len);
	for (unsigned int i = 0; i < room; i++) {
		f[i].len = len[i];
		f[i].time = now;
	}
	if (unlikely(room < n))
		stream_refuse(&s->streams[0], n - room);
	departures_single(s, now, scheduled, n);
	s->departure_ns = now;
}

/* The frames of one stream in a merged burst; @mask says which they are. */
static void send_part(struct stream_state *st, u64 now, struct frame *f, u32 mask)
{
	unsigned int at[PORT_BURST], n = 0;
	u8 *data[PORT_BURST];
	u32 len[PORT_BURST];

	for (; mask; mask &= mask - 1) {
		at[n] = (unsigned int)__builtin_ctz(mask);
		data[n] = f[at[n]].data;
		n++;
	}
	stream_write(st, n, now, data, len);
	for (unsigned int i = 0; i < n; i++) {
		f[at[i]].len = len[i];
		f[at[i]].time = now;
	}
}

/* Virtual time stamps each frame with its own moment, so each is written alone. */
static void send_stamped(struct source *s, const struct schedule_burst *burst, struct frame *f,
			 unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		send_part(&s->streams[burst->stream[i]], burst->when[i], &f[i], 1);
	s->departure_ns = burst->when[n - 1];
}

static void send_merged(struct source *s, u64 now, struct frame *f, unsigned int n,
			unsigned int room)
{
	u32 mask[KPPS_STREAMS_MAX];
	struct schedule_burst burst;

	schedule_take(&s->schedule, n, &burst);
	if (s->config.virtual_time) {
		send_stamped(s, &burst, f, n);
		return;
	}
	memset(mask, 0, s->nstreams * sizeof(mask[0]));
	for (unsigned int i = 0; i < room; i++)
		mask[burst.stream[i]] |= 1U << i;
	for (unsigned int i = 0; i < s->nstreams; i++)
		if (mask[i])
			send_part(&s->streams[i], now, f, mask[i]);
	for (unsigned int i = room; i < n; i++)
		stream_refuse(&s->streams[burst.stream[i]], 1);
	departures_merged(s, now, &burst, n);
	s->scheduled_ns = burst.when[n - 1];
	s->departure_ns = now;
}

int source_poll_at(struct source *s, u64 now)
{
	u64 due = schedule_due(&s->schedule, s->config.virtual_time ? SCHEDULE_NEVER : now);
	struct frame f[PORT_BURST];
	unsigned int n, room;
	int ret;

	if (unlikely(now > s->stop_ns))
		return -ENODATA;
	if (!due) {
		if (s->config.virtual_time || schedule_over(&s->schedule, now))
			return -ENODATA;
		return 0;
	}
	n = (unsigned int)min(due, (u64)s->config.burst);
	if (s->paced && due > s->report.backlog_max)
		s->report.backlog_max = due;
	ret = port_reserve(s->port, f, n);
	if (unlikely(ret < 0))
		return ret;
	room = (unsigned int)ret;
	if (s->config.wait) {
		n = room;
		if (!n)
			return 0;
	}
	if (s->single)
		send_single(s, now, f, n, room);
	else
		send_merged(s, now, f, n, room);
	s->departed = true;
	if (likely(room)) {
		ret = port_commit(s->port, f, room);
		if (unlikely(ret < 0))
			return ret;
	}
	return (int)n;
}

int source_poll(struct source *s)
{
	return source_poll_at(s, s->config.virtual_time ? 0 : clk_ns(s->config.clk));
}

static int source_check(const struct source_config *c, struct err *err)
{
	if (c->burst > PORT_BURST)
		return err_set(err, -EINVAL, "source: bursts of %u frames: must be 1 to %u",
			       c->burst, PORT_BURST);
	if (!c->duration_ns && !c->count)
		return err_set(err, -EINVAL, "source: neither a duration nor a count says when to end");
	if (!c->clk && !c->virtual_time)
		return err_set(err, -EINVAL, "source: no clock");
	for (unsigned int i = 0; c->virtual_time && i < c->nstreams; i++)
		if (c->rate_pps == 0 && c->streams[i].rate_pps == 0)
			return err_set(err, -EINVAL,
				       "source: virtual time needs a rate: there is nothing else to stamp frames by");
	return 0;
}

static int source_plan(struct source *s, struct err *err)
{
	const struct source_config *c = &s->config;
	struct schedule_share share[KPPS_STREAMS_MAX];

	for (unsigned int i = 0; i < c->nstreams && i < KPPS_STREAMS_MAX; i++)
		share[i] = (struct schedule_share){ c->streams[i].weight, c->streams[i].rate_pps };
	return schedule_init(&s->schedule, share, c->nstreams, c->rate_pps, c->duration_ns,
			     c->count, err);
}

int source_create(const struct source_config *config, struct port *port,
		  struct source **ret_source, struct err *err)
{
	struct source *s;
	int ret;

	ret = source_check(config, err);
	if (ret)
		return ret;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "source: out of memory");
	s->config = *config;
	s->config.burst = config->burst ? config->burst : PORT_BURST;
	s->config.wait |= config->virtual_time;
	s->port = port;
	ret = source_plan(s, err);
	if (ret)
		goto err_free;
	s->nstreams = config->nstreams;
	s->streams = calloc(s->nstreams, sizeof(*s->streams));
	if (!s->streams) {
		ret = err_set(err, -ENOMEM, "source: out of memory for %u streams", s->nstreams);
		goto err_release_schedule;
	}
	for (unsigned int i = 0; i < s->nstreams; i++) {
		s->streams[i].stream = config->streams[i].stream;
		s->streams[i].tuples = config->streams[i].tuples;
		s->streams[i].report.next_index = config->streams[i].first_index;
	}
	s->single = schedule_single(&s->schedule) && !config->virtual_time;
	s->paced = s->schedule.lane[0].gap.mult && !config->virtual_time;
	s->stop_ns = UINT64_MAX;
	s->config.streams = NULL;	/* the caller's, and copied */
	hist_init(&s->report.departure);
	*ret_source = s;
	return 0;

err_release_schedule:
	schedule_release(&s->schedule);
err_free:
	free(s);
	return ret;
}

void source_destroy(struct source *s)
{
	if (!s)
		return;
	free(s->streams);
	schedule_release(&s->schedule);
	free(s);
}

void source_start(struct source *s, u64 start_ns)
{
	schedule_start(&s->schedule, start_ns);
	if (s->config.overrun_ns && s->config.duration_ns)
		s->stop_ns = start_ns + s->config.duration_ns + s->config.overrun_ns;
}

void source_report(const struct source *s, struct source_report *ret)
{
	*ret = s->report;
	for (unsigned int i = 0; i < s->nstreams; i++) {
		ret->sent += s->streams[i].report.sent;
		ret->refused += s->streams[i].report.refused;
	}
	ret->intended = schedule_intended(&s->schedule);
	if (s->departed)
		ret->elapsed_ns = s->departure_ns - s->schedule.start_ns;
}

void source_stream_report(const struct source *s, unsigned int stream,
			  struct source_stream_report *ret)
{
	if (stream < s->nstreams)
		*ret = s->streams[stream].report;
	else
		memset(ret, 0, sizeof(*ret));
}
