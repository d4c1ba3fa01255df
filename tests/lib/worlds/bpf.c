// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bpf.c - for three_worlds.t: lib/stream.h in an XDP program that overwrites
 * each packet with the next frame of a stream. Declares what it needs of the
 * BPF interface itself, so that clang alone compiles it.
 */
#include <linux/bpf.h>

#include "lib/stream.h"

#define SEC(name) __attribute__((section(name), used))

static void *(*map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static u64 (*ktime_get_ns)(void) = (void *)BPF_FUNC_ktime_get_ns;

struct scratch {
	u64 index;
	u8 header[KPPS_HEADER_ROOM];
};

struct {
	int (*type)[BPF_MAP_TYPE_ARRAY];
	int (*max_entries)[1];
	u32 *key;
	struct kpps_stream *value;
} streams SEC(".maps");

struct {
	int (*type)[BPF_MAP_TYPE_PERCPU_ARRAY];
	int (*max_entries)[1];
	u32 *key;
	struct scratch *value;
} scratches SEC(".maps");

SEC("xdp")
int world_frame(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
	u32 zero = 0, len;
	const struct kpps_stream *s = map_lookup(&streams, &zero);
	struct scratch *scratch = map_lookup(&scratches, &zero);
	struct kpps_tuple t;
	u64 index, flow;

	if (!s || !scratch)
		return XDP_ABORTED;
	index = scratch->index++;
	flow = kpps_stream_flow(s, index);
	kpps_stream_tuple(s, flow, &t);
	len = kpps_header_write(s, index, flow, &t, ktime_get_ns(), scratch->header);
	if (data + KPPS_FRAME_MIN > end || len < KPPS_FRAME_MIN)
		return XDP_DROP;
	__builtin_memcpy(data, scratch->header, KPPS_FRAME_MIN);
	if (data + KPPS_HEADER_MAX <= end)
		__builtin_memcpy(data + KPPS_FRAME_MIN, scratch->header + KPPS_FRAME_MIN,
				 KPPS_HEADER_MAX - KPPS_FRAME_MIN);
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
