/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schedule.h - when frames depart, and of which stream each is. Arithmetic on
 * times passed in: no clock, no port; the same calls give the same frames.
 * Embedded in a source, used by its thread.
 *
 * A lane is a rate of its own: one for the weighted streams together, one for
 * each stream with rate_pps. Frame k = 0, 1, … of a lane is due at
 * start + (k + 1) / rate, so floor(rate × duration) frames fit into a duration
 * exactly, and floor(rate × elapsed) are due at any moment. Lanes are merged by
 * due time, the earlier lane first when equal.
 *
 * Weighted streams take turns by a pattern as long as the sum of the weights
 * (divided by their common factor) that is made beforehand: after any prefix
 * every stream has had its share to within one frame.
 *
 * schedule_due divides nothing: one multiplication a lane.
 */
#ifndef KPPS_SCHEDULE_H
#define KPPS_SCHEDULE_H

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/port.h"
#include "lib/stream.h"
#include "lib/u128.h"

#define SCHEDULE_PATTERN_MAX	65536
#define SCHEDULE_PPS_MAX	1e10
#define SCHEDULE_PPS_MIN	1e-3
#define SCHEDULE_NEVER		(~0ULL)

/* A real number to 62 bits: mult / 2^shift. */
struct schedule_ratio {
	u64 mult;
	u32 shift;
};

struct schedule_lane {
	struct schedule_ratio per_ns;	/* frames a ns; mult 0: no rate, always due */
	struct schedule_ratio gap;	/* ns a frame; 0 without a rate */
	u64 gap_ns;			/* the same, rounded */
	u64 total;			/* frames until the duration is over */
	u64 taken;
	u64 due;			/* of total, as of the last schedule_due */
	u64 next_ns;			/* departure of frame @taken, offset from start */
	u8 *pattern;			/* streams in turn; NULL: only @stream */
	u32 length, at;
	u8 stream;
};

struct schedule {
	u64 start_ns, duration_ns;
	u64 left;		/* of the count; ~0 without one */
	u64 taken;
	unsigned int nlanes;
	struct schedule_lane lane[KPPS_STREAMS_MAX + 1];
};

struct schedule_share {
	u64 weight;		/* 0 counts as 1 */
	double rate_pps;	/* a lane of its own; 0: weighted */
};

/* What departs together. */
struct schedule_burst {
	u8 stream[PORT_BURST];
	u64 when[PORT_BURST];	/* scheduled departure, ns on the clock of start_ns */
};

/* @rate_pps, @duration_ns, @count as in source.h. */
int schedule_init(struct schedule *s, const struct schedule_share *shares, unsigned int n,
		  double rate_pps, u64 duration_ns, u64 count, struct err *err);
void schedule_release(struct schedule *s);
void schedule_start(struct schedule *s, u64 start_ns);
/* schedule_due - frames due at @now and not yet taken; SCHEDULE_NEVER for @now: all there will be. */
u64 schedule_due(struct schedule *s, u64 now);
/* Is the plan over at @now, once what is due has been taken? */
bool schedule_over(const struct schedule *s, u64 now);
/* schedule_take - the next @n frames, at most what schedule_due said last, at most PORT_BURST. */
void schedule_take(struct schedule *s, unsigned int n, struct schedule_burst *ret);
/* Frames the schedule has asked for so far, as of the last schedule_due. */
u64 schedule_intended(const struct schedule *s);

/* One lane of one stream: no burst to fill in. */
static inline bool schedule_single(const struct schedule *s)
{
	return s->nlanes == 1 && !s->lane[0].pattern;
}

/* Departure of frame @k of @l, offset from the start, rounded up: never early. */
static inline u64 schedule_when(const struct schedule_lane *l, u64 k)
{
	u128 ns = u128_add(u128_mul(k + 1, l->gap.mult), u128_ones(l->gap.shift));

	return u128_lo(u128_shr(ns, l->gap.shift));
}

/* schedule_take for schedule_single ones; returns the first departure. */
static inline u64 schedule_take_single(struct schedule *s, unsigned int n)
{
	struct schedule_lane *l = &s->lane[0];
	u64 when = s->start_ns + schedule_when(l, l->taken);

	l->taken += n;
	s->taken += n;
	s->left -= n;
	return when;
}

#endif
