/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * any_frame.h - frames of every shape for tests that compare sinks: signed ones of
 * streams 0, 1 and 2 with indices that repeat, others without a signature; damaged
 * ones where asked for, with checksums that are right all the same or not.
 */
#ifndef KPPS_TEST_ANY_FRAME_H
#define KPPS_TEST_ANY_FRAME_H

#include "lib/stream.h"
#include "tests/sink/build_frame.h"

static inline u64 random64(u64 *seed)
{
	return kpps_hash(0x9e3779b97f4a7c15ULL, (*seed)++);
}

static inline struct build any_build(u64 *seed, u16 run)
{
	static const u8 protocols[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP };
	u64 r = random64(seed);
	struct build b = {
		.protocol = protocols[(r >> 9) % 3], .version = r >> 8 & 1 ? 6 : 4,
		.run = run, .stream = (u8)(r % 3), .index = 1000 + r % 64,
	};

	if (b.version == 6 && b.protocol == IPPROTO_ICMP)
		b.protocol = IPPROTO_ICMPV6;
	b.vlans = (r >> 16) % 3;
	b.options = r >> 20 & 1 ? (r >> 21) % (b.version == 4 ? 11 : 4) : 0;
	b.payload = r >> 25 & 1 ? 18 + (r >> 26) % 1000 : (r >> 26) % 64;
	b.padding = r >> 40 & 1 ? (r >> 41) % 20 : 0;
	b.fragment_header = b.version == 6 && !((r >> 46) % 8);
	b.signature = b.payload >= 18 && (r >> 50) % 8;
	return b;
}

static inline void any_frame(struct built *frame, u64 *seed, u16 run, bool damage)
{
	struct build b = any_build(seed, run);
	u64 r;

	build_frame(frame, &b);
	for (r = random64(seed); damage && r & 3; r >>= 20) {
		u32 at = (u32)(r >> 2) % (r & 1 ? min(frame->len, 90U) : frame->len);

		frame->data[at] ^= (u8)(1 << (r >> 16 & 7));
		if (r >> 19 & 1)	/* right again: another header, no damage */
			build_sums(frame, &b);
	}
	if (damage && !(random64(seed) % 8))
		frame->len = 14 + (u32)(random64(seed) % (frame->len - 14));
}

#endif
