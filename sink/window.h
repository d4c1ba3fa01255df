/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window.h - which indices of a stream were received, for sinks inside the kernel,
 * where frames arrive on several CPUs at once: the BPF program of the XDP sink, and
 * the module's. Counts as sink/sink.c does; @reordered is by the highest index seen
 * on any CPU. Nothing here waits or locks: what is of all CPUs is written by
 * compare-and-swap, what is of one CPU plainly.
 *
 * A window is words of 32 flags, one for each index received, below the number of
 * the round in which they are. A word of an older round counts as empty, so nobody
 * has to clear what a gap skipped, and one compare-and-swap does for any number of
 * CPUs. A round is two windows long: what the window still covers is never in a
 * word that a newer round has taken.
 */
#ifndef KPPS_WINDOW_H
#define KPPS_WINDOW_H

#include "lib/compiler.h"
#include "lib/hist.h"

#define SINK_WINDOW	(1u << 20)	/* packet indices a stream remembers */
#define WINDOW_ROUND	(2ULL * SINK_WINDOW)
#define WINDOW_WORDS	((u32)(WINDOW_ROUND / 32))

/* Streams may start at any index; this keeps what came before it above zero. */
#define WINDOW_EPOCH	(1ULL << 49)

#define WINDOW_CAS_TRIES 64	/* a bound for BPF's verifier: nobody loses so often */

/* A word that several CPUs write. All zeros is where it begins. */
#ifdef __KERNEL__
#include <linux/atomic.h>

typedef atomic64_t window_word;

static inline u64 window_load(const window_word *word)
{
	return (u64)atomic64_read(word);
}

/* Returns what it was: @was when it is @now since. */
static inline u64 window_cas(window_word *word, u64 was, u64 now)
{
	return (u64)atomic64_cmpxchg(word, (s64)was, (s64)now);
}
#else
typedef u64 window_word;

static inline u64 window_load(const window_word *word)
{
	return *(const volatile u64 *)word;
}

static inline u64 window_cas(window_word *word, u64 was, u64 now)
{
	return __sync_val_compare_and_swap(word, was, now);
}
#endif

/* Of one stream and one CPU: its numbers in sink.h. */
struct window_count {
	u64 received, bytes, duplicated, reordered, late, early, first_ns, last_ns;
	u64 lowest;		/* lowest index received, widened; ~0: none */
	struct hist latency;
};

enum window_mark { WINDOW_FIRST, WINDOW_AGAIN, WINDOW_LATE };

/* window_at - the word of @index, in a window that lies in one piece. */
static inline window_word *window_at(window_word *window, u64 index)
{
	return &window[(u32)(index / 32) % WINDOW_WORDS];
}

/* window_mark - set the flag of @index in its @word. */
static inline enum window_mark window_mark(window_word *word, u64 index)
{
	u64 round = index / WINDOW_ROUND, bit = 1ULL << index % 32, was, now;

	was = window_load(word);
	for (unsigned int i = 0; i < WINDOW_CAS_TRIES; i++) {
		now = was;
		if (was >> 32 > round)
			return WINDOW_LATE;
		if (was >> 32 < round)
			now = round << 32;
		if (now & bit)
			return WINDOW_AGAIN;
		now = window_cas(word, was, now | bit);
		if (now == was)
			return WINDOW_FIRST;
		was = now;
	}
	return WINDOW_LATE;
}

/*
 * Widen a 48-bit index to the candidate nearest to the next one expected, and
 * move @next, the highest index received + 1 (0: none yet), up. Returns it;
 * *@behind is how far it is below what was expected then, 0 or less when it was
 * the highest so far.
 */
static inline u64 window_widen(window_word *expected, u64 wire, s64 *behind)
{
	u64 next = window_load(expected), index, was;

	if (unlikely(!next)) {
		was = window_cas(expected, 0, WINDOW_EPOCH + wire);
		next = was ? was : WINDOW_EPOCH + wire;
	}
	index = next + (u64)((s64)((wire - next) << 16) >> 16);
	for (unsigned int i = 0; i < WINDOW_CAS_TRIES && index >= next; i++) {
		was = window_cas(expected, next, index + 1);
		if (was == next)
			break;
		next = was;
	}
	*behind = (s64)(next - index);
	return index;
}

#endif
