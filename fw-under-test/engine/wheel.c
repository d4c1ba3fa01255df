// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wheel.c - time-outs of connections: a lazy hierarchical wheel.
 *
 * A slot of level 0 is 2^7 ticks (134 ms), of level 1 256 of those (34 s), of
 * level 2 256 of these (2 h 26 min); the whole reaches 26 days. A packet only
 * writes the deadline into its record. When the wheel reaches a record whose
 * deadline has moved on, it queues it again; so a busy connection costs one
 * look per time-out, not one per packet. A deadline that moves nearer is
 * queued anew by conn_refresh.
 *
 * There is a wheel for each list of enum wheel_list, so that early drop finds
 * the oldest connection it may take without meeting assured ones.
 *
 * Within a slot records keep the order of queueing; slots are taken in order
 * of time: expiry order depends on packets and their times alone.
 */
#include "fw-under-test/engine/conn.h"

#define SLOT_SHIFT	7	/* ticks of a level-0 slot */
#define LEVEL_BITS	8
#define LIST_OF(slot)	((slot) >> 10)
#define LEVEL_OF(slot)	((slot) >> 8 & 3)
#define INDEX_OF(slot)	((slot) & 255)

/* The 64-bit tick of a record's 32-bit one, near @now_tick. */
static inline u64 tick_full(u64 now_tick, u32 tick)
{
	return now_tick + (u64)(s64)(s32)(tick - (u32)now_tick);
}

static void slot_append(struct conn_table *t, struct conn *c, u32 list, u32 level, u32 i)
{
	u32 *head = &t->wheel.head[list][level][i], unit = conn_unit(t, c);

	if (!*head) {
		c->next = unit;
		c->prev = unit;
		*head = unit;
		t->wheel.used[list][level][i / 64] |= 1ULL << i % 64;
	} else {
		struct conn *first = conn_at(t, *head);
		u32 last = first->prev;

		c->next = *head;
		c->prev = last;
		conn_at(t, last)->next = unit;
		first->prev = unit;
	}
	c->slot = (u16)(list << 10 | level << 8 | i);
	c->flags |= CONNF_QUEUED;
}

void wheel_remove(struct conn_table *t, struct conn *c)
{
	u32 list = LIST_OF(c->slot), level = LEVEL_OF(c->slot), i = INDEX_OF(c->slot);
	u32 *head = &t->wheel.head[list][level][i], unit = conn_unit(t, c);

	if (!(c->flags & CONNF_QUEUED))
		return;
	c->flags &= (u8)~CONNF_QUEUED;
	if (c->next == unit) {
		*head = 0;
		t->wheel.used[list][level][i / 64] &= ~(1ULL << i % 64);
		return;
	}
	conn_at(t, c->next)->prev = c->prev;
	conn_at(t, c->prev)->next = c->next;
	if (*head == unit)
		*head = c->next;
}

void wheel_queue(struct conn_table *t, struct conn *c, u8 list, u64 now_tick)
{
	u64 slot = tick_full(now_tick, c->deadline) >> SLOT_SHIFT, now = t->wheel.now;

	wheel_remove(t, c);
	c->list = list;
	c->wheel_at = c->deadline;
	if (slot < now)
		slot = now;
	if (slot - now < WHEEL_SLOTS)
		slot_append(t, c, list, 0, slot & 255);
	else if ((slot >> LEVEL_BITS) - (now >> LEVEL_BITS) < WHEEL_SLOTS)
		slot_append(t, c, list, 1, slot >> LEVEL_BITS & 255);
	else
		slot_append(t, c, list, 2, slot >> 2 * LEVEL_BITS & 255);
}

struct drain {
	struct conn_table *t;
	u64 now_tick;
	u32 budget, expired;
};

/* Empty one slot of all lists; false when the budget ran out before. */
static bool drain_slot(struct drain *d, u32 level, u32 i)
{
	struct wheel *wh = &d->t->wheel;
	u32 list;

	for (list = 0; list < WHEEL_LISTS; list++) {
		u32 *head = &wh->head[list][level][i];

		while (*head) {
			struct conn *c = conn_at(d->t, *head), *next;

			if (!d->budget)
				return false;
			d->budget--;
			/* The next one's record was asked for a round ago. */
			next = conn_at(d->t, c->next);
			if (next != c) {
				prefetchw(conn_at(d->t, next->next));
				conn_prefetch_index(d->t, next);
			}
			if (tick_before((u32)d->now_tick, c->deadline)) {
				wheel_queue(d->t, c, (u8)list, d->now_tick);
			} else {
				conn_kill(d->t, c);
				d->expired++;
			}
		}
	}
	return true;
}

static bool level_empty(const struct wheel *wh, u32 level)
{
	u64 any = 0;
	u32 list, i;

	for (list = 0; list < WHEEL_LISTS; list++)
		for (i = 0; i < WHEEL_SLOTS / 64; i++)
			any |= wh->used[list][level][i];
	return !any;
}

/* The next slot in which there can be anything to do, at most @last. */
static u64 slot_after(const struct wheel *wh, u64 last)
{
	u64 next = wh->now + 1;

	if (level_empty(wh, 0)) {
		u32 shift = level_empty(wh, 1) ? 2 * LEVEL_BITS : LEVEL_BITS;

		next = ((wh->now >> shift) + 1) << shift;
	}
	return min(next, last);
}

u32 wheel_advance(struct conn_table *t, u64 now_tick, u32 budget)
{
	struct drain d = { .t = t, .now_tick = now_tick, .budget = budget };
	struct wheel *wh = &t->wheel;
	u64 last = now_tick >> SLOT_SHIFT;

	/* Slot `last` has not ended yet: only those before it are due. Records
	 * drained from a higher level fall into lower slots not before `now`. */
	while (wh->now < last) {
		u64 now = wh->now;

		if (!(now & ((1u << 2 * LEVEL_BITS) - 1)) &&
		    !drain_slot(&d, 2, now >> 2 * LEVEL_BITS & 255))
			break;
		if (!(now & 255) && !drain_slot(&d, 1, now >> LEVEL_BITS & 255))
			break;
		if (!drain_slot(&d, 0, now & 255))
			break;
		wh->now = slot_after(wh, last);
	}
	return d.expired;
}

/* Head of the first used slot of @level at or after index @from, circular. */
static u32 first_used(const struct wheel *wh, u32 list, u32 level, u32 from)
{
	u32 i, k;

	for (k = 0; k <= WHEEL_SLOTS / 64; k++) {
		u32 word = (from / 64 + k) % (WHEEL_SLOTS / 64);
		u64 bits = wh->used[list][level][word];

		if (k == 0)
			bits &= ~0ULL << from % 64;
		else if (k == WHEEL_SLOTS / 64)
			bits &= ~(~0ULL << from % 64);
		if (!bits)
			continue;
		i = word * 64 + (u32)__builtin_ctzll(bits);
		return wh->head[list][level][i];
	}
	return 0;
}

struct conn *wheel_oldest(struct conn_table *t, u64 now_tick)
{
	struct wheel *wh = &t->wheel;
	u32 list, level, unit, moves = 0;

	for (list = 0; list < WHEEL_ASSURED; list++) {
		for (level = 0; level < WHEEL_LEVELS; level++) {
			u32 from = wh->now >> level * LEVEL_BITS & 255;

			while ((unit = first_used(wh, list, level, from))) {
				struct conn *c = conn_at(t, unit);

				/* Refreshed since it was queued: not that old. */
				if (c->wheel_at == c->deadline || moves++ >= 32)
					return c;
				wheel_queue(t, c, (u8)list, now_tick);
			}
		}
	}
	return NULL;
}
