// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of scripts for pktgen on any bytes. What is refused has a sentence that
 * begins with its place; what is taken makes a stream, or is refused in the same way.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/pgset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg __unused, const char *sentence)
{
	if (strncmp(sentence, "f.sh:", 5) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pgset_plan plan;
	static struct pgset_stream stream;
	struct kpps_stream s;
	struct err err = { 0 };

	if (pgset_read("f.sh", (const char *)data, size, ignore, NULL, &plan, &err)) {
		if (!err.code || strncmp(err.text, "f.sh:", 5) != 0)
			abort();
		return 0;
	}
	if (pgset_to_stream("f.sh", &plan, ignore, NULL, &stream, &err)) {
		if (!err.code || strncmp(err.text, "f.sh:", 5) != 0)
			abort();
		return 0;
	}
	/* too many tuples, too large sizes */
	if (stream_build(&stream.spec, &s, &err) && !err.code)
		abort();
	return 0;
}
