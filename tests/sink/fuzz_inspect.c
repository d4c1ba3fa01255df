// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_inspect.c - any bytes as a frame. The short way and the long one must
 * agree, what is intact must lie within the frame, and the sink must count
 * every frame exactly once.
 */
#include <stdlib.h>
#include <string.h>

#include "sink/inspect.h"
#include "sink/sink.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void require(bool what)
{
	if (!what)
		abort();
}

static void check_inspected(const struct inspected *in, const u8 *data, u32 len)
{
	require(in->version == 4 || in->version == 6);
	require(in->l3 >= data + 14 && in->l4 >= in->l3 + 20 && in->payload >= in->l4 + 8);
	require(in->payload + in->payload_len <= data + len);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const struct sink_config config = {
		.run = 0, .streams = ~0ULL >> 60, .unsigned_streams = 1, .latency = true, .node = -1,
	};
	static struct sink *sink;
	struct sink_stream_report st;
	struct inspected in, other;
	struct sink_report report;
	u64 sum = 0;
	u8 *frame;

	if (size > 9216 || (!sink && sink_create(&config, NULL, &sink, NULL)))
		return 0;
	/* a copy of exactly this size: a byte too far is seen */
	frame = malloc(size ? size : 1);
	if (!frame)
		return 0;
	memcpy(frame, data, size);
	if (frame_inspect(frame, (u32)size, &in) == VERDICT_INTACT) {
		require(frame_inspect_any(frame, (u32)size, &other) == VERDICT_INTACT);
		require(in.payload == other.payload && in.payload_len == other.payload_len);
		check_inspected(&in, frame, (u32)size);
	}
	sink_restart(sink, 0);
	sink_account(sink, &(struct frame){ .data = frame, .len = (u32)size }, 1);
	sink_report(sink, &report);
	sum = report.corrupted + report.foreign + report.unsigned_frames;
	for (unsigned int id = 0; id < 4; id++) {
		sink_stream_report(sink, id, &st);
		sum += st.received + st.duplicated + st.late;
	}
	require(sum == 1);
	free(frame);
	return 0;
}
