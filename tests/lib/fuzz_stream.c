// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_stream.c - any changes to a stream: where kpps_stream_check accepts it,
 * frames stay within their length. The input is a list of what to change, 4 bytes
 * each: place 16, mask 8, byte 8; the sanitizers see what the guards don't.
 */
#include <stdlib.h>

#include "lib/stream_check.h"
#include "tests/lib/stream_bounds.h"
#include "tests/lib/stream_random.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct stream_spec spec;
	struct kpps_stream s;
	u64 seed, index = 0;

	if (size < 16)
		return 0;
	seed = data[0];
	memcpy(&index, data + 1, sizeof(index));
	random_stream(&seed, &spec, &s);
	for (size_t at = 12; at + 4 <= size; at += 4) {
		u16 place;

		memcpy(&place, data + at, sizeof(place));
		place %= sizeof(s);
		((u8 *)&s)[place] = (u8)((((u8 *)&s)[place] & data[at + 2]) ^ data[at + 3]);
	}
	if (kpps_stream_check(&s))
		return 0;
	for (unsigned int i = 0; i < 4; i++)
		if (!stream_stays_within(&s, (index >> 1 >> (i * 16)) + i))
			abort();
	return 0;
}
