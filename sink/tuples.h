/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tuples.h - inside of a tuple table (sink/responder.h): per flow the addresses
 * and ports by which the far end reaches the near one through the DUT. Written
 * by the fill's thread, read by sources when the fill is over.
 */
#ifndef KPPS_TUPLES_H
#define KPPS_TUPLES_H

#include "lib/compiler.h"
#include "lib/stream.h"

/* As in a frame from the far end: source is the far end. Native loads, as in kpps_tuple. */
struct tuple4 {
	u32 src, dst;
	u16 sport, dport;
	u32 noted;
};

struct tuple6 {
	u64 src_hi, src_lo, dst_hi, dst_lo;
	u16 sport, dport;
	u32 noted;
};

_Static_assert(sizeof(struct tuple4) == 16 && sizeof(struct tuple6) == 40, "as responder.h says");

struct tuple_table {
	u64 flows;
	bool ipv6;
	union {
		struct tuple4 *v4;
		struct tuple6 *v6;
		void *memory;
	};
};

/* tuple_table_clear - nothing is noted any more. */
void tuple_table_clear(struct tuple_table *t);

static inline void tuple_table_prefetch(const struct tuple_table *t, u64 flow)
{
	if (t->ipv6)
		prefetch(&t->v6[flow]);
	else
		prefetch(&t->v4[flow]);
}

/* tuple_table_get - the tuple of a frame to @flow from the far end; false: not noted. */
static inline bool tuple_table_get(const struct tuple_table *t, u64 flow, struct kpps_tuple *ret)
{
	if (t->ipv6) {
		const struct tuple6 *e = &t->v6[flow];

		*ret = (struct kpps_tuple){ e->src_hi, e->src_lo, e->dst_hi, e->dst_lo,
					    e->sport, e->dport };
		return e->noted;
	} else {
		const struct tuple4 *e = &t->v4[flow];

		*ret = (struct kpps_tuple){ .src_lo = e->src, .dst_lo = e->dst,
					    .sport = e->sport, .dport = e->dport };
		return e->noted;
	}
}

/* tuple_table_set - note @tuple; returns whether there was one before. */
static inline bool tuple_table_set(struct tuple_table *t, u64 flow, const struct kpps_tuple *tuple)
{
	if (t->ipv6) {
		struct tuple6 *e = &t->v6[flow];
		bool before = e->noted;

		*e = (struct tuple6){ tuple->src_hi, tuple->src_lo, tuple->dst_hi, tuple->dst_lo,
				      tuple->sport, tuple->dport, 1 };
		return before;
	} else {
		struct tuple4 *e = &t->v4[flow];
		bool before = e->noted;

		*e = (struct tuple4){ (u32)tuple->src_lo, (u32)tuple->dst_lo, tuple->sport,
				      tuple->dport, 1 };
		return before;
	}
}

#endif
