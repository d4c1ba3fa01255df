// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_xdp.bpf.c - the program behind the xdp port: a frame goes to the AF_XDP
 * socket of its queue; on queues without one, to the kernel. The name kpps_xdp_port
 * and those of the maps are what the ports of further queues find it by; the
 * maps are shared by all ports of an interface.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "lib/port_xdp_queue.h"

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, XDP_QUEUES);
	__type(key, __u32);
	__type(value, __u32);
} kpps_sockets SEC(".maps");

/* One NAPI serves a queue, on one CPU at a time: its counter needs no more. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XDP_QUEUES);
	__type(key, __u32);
	__type(value, struct xdp_queue);
} kpps_queues SEC(".maps");

SEC("xdp")
int kpps_xdp_port(struct xdp_md *ctx)
{
	__u32 queue = ctx->rx_queue_index;
	struct xdp_queue *q = bpf_map_lookup_elem(&kpps_queues, &queue);
	long len = (long)ctx->data_end - (long)ctx->data;

	/* A limit of 0: no port has the queue. */
	if (q && q->frame_max && len > q->frame_max) {
		q->too_long++;
		return XDP_DROP;
	}
	return (int)bpf_redirect_map(&kpps_sockets, queue, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
