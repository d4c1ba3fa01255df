// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.c - for three_worlds.t: lib/stream.h as a kernel module includes it:
 * no libc, no headers, types of the kernel's own. Every function is called.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
#define KPPS_HAVE_TYPES

#include "lib/stream.h"

u32 world_frame(const struct kpps_stream *s, u64 index, u64 time_ns, u8 *frame);
u32 world_frame(const struct kpps_stream *s, u64 index, u64 time_ns, u8 *frame)
{
	return kpps_frame_make(s, index, time_ns, frame);
}

u32 world_header(const struct kpps_stream *s, u64 index, u64 time_ns, u8 *header);
u32 world_header(const struct kpps_stream *s, u64 index, u64 time_ns, u8 *header)
{
	u64 flow = kpps_stream_flow(s, index);
	struct kpps_tuple t;

	kpps_stream_tuple(s, flow, &t);
	return kpps_header_write(s, index, flow, &t, time_ns, header);
}

u32 world_read(const struct kpps_stream *s, const u8 *payload, u32 len, u32 seq, u64 *ret_flow);
u32 world_read(const struct kpps_stream *s, const u8 *payload, u32 len, u32 seq, u64 *ret_flow)
{
	struct kpps_sig sig;

	if (!kpps_sig_read(payload, len, &sig) || !kpps_tcp_flow(s, seq, ret_flow))
		return 0;
	return kpps_stream_len(s, sig.index) + sig.run + sig.stream;
}
