/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream_bounds.h - for the tests of stream_check.h: a frame within guards. */
#ifndef TESTS_STREAM_BOUNDS_H
#define TESTS_STREAM_BOUNDS_H

#include <string.h>

#include "lib/stream.h"

#define STREAM_GUARD 64

/* Does frame @index of @s change nothing before itself or behind its length? */
static inline _Bool stream_stays_within(const struct kpps_stream *s, u64 index)
{
	static u8 room[STREAM_GUARD + 65536 + STREAM_GUARD];
	u32 len = kpps_stream_len(s, index);
	unsigned int i;

	if (len < KPPS_FRAME_MIN || len > KPPS_FRAME_MAX)
		return 0;
	memset(room, 0xa5, STREAM_GUARD);
	memset(room + STREAM_GUARD + len, 0xa5, STREAM_GUARD);
	if (kpps_frame_make(s, index, ~index, room + STREAM_GUARD) != len)
		return 0;
	for (i = 0; i < STREAM_GUARD; i++)
		if (room[i] != 0xa5 || room[STREAM_GUARD + len + i] != 0xa5)
			return 0;
	return 1;
}

#endif
