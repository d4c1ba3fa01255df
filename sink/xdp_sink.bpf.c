// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xdp_sink.bpf.c - the XDP sink's program: see xdp_sink.c for what it counts,
 * xdp_sink_shared.h for where. It runs for every frame that arrives at the
 * interface, on any number of CPUs at once: what is of one CPU is written
 * plainly, what is of all by compare-and-swap. What makes a frame intact,
 * corrupted or foreign is sink/inspect.h's, said again in a form that the
 * verifier accepts.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "sink/xdp_sink_shared.h"

/* after ours: both define container_of, and libbpf's may do so twice */
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define ETH_LEN		14
#define IPV4_LEN	20
#define IPV6_LEN	40
#define UDP_LEN		8
#define TCP_LEN		20
#define ICMP_LEN	8
#define EXTENSIONS_MAX	8
#define CLOCK_FRAMES	8	/* most that share a reading of the clock */

enum verdict { INTACT, CORRUPTED, FOREIGN };

/* Frames in the maps: entry = slot × CPUs + CPU; slot × WINDOW_WORDS + word. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} windows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct xdp_sink_count);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct xdp_sink_cpu);
} cpus SEC(".maps");

const volatile u32 ncpus = 1;
const volatile bool polls_known;	/* the kernel has what clock_read needs */
volatile struct xdp_sink_settings settings;
struct xdp_sink_stream streams[KPPS_STREAMS_MAX];

/* Of the kernel's, what clock_read looks at; libbpf finds the offsets. */
struct net_device;
struct xdp_rxq_info {
	struct net_device *dev;
} __attribute__((preserve_access_index));
struct xdp_buff {
	struct xdp_rxq_info *rxq;
} __attribute__((preserve_access_index));
struct veth_stats {
	u64 xdp_packets;
} __attribute__((preserve_access_index));
struct veth_rq_stats {
	struct veth_stats vs;
} __attribute__((preserve_access_index));
struct veth_rq {
	struct veth_rq_stats stats;
	struct xdp_rxq_info xdp_rxq;
} __attribute__((preserve_access_index));

void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;
void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/* Where the parts of a frame are, as pointers into it and lengths. */
struct located {
	u8 *l4;
	u32 header_len;		/* of the transport header */
	u32 payload_len;
	u32 summed;		/* bytes that the transport checksum covers; 0: it has none */
	u64 pseudo;		/* and the sum of the pseudo header */
	u8 protocol, version;
};

static __always_inline bool is_vlan(u16 type)
{
	return type == kpps_be16(0x8100) || type == kpps_be16(0x88a8);
}

static __always_inline enum verdict locate_udp(u8 *end, u32 len, struct located *l)
{
	u32 ulen;

	if (len < UDP_LEN || l->l4 + UDP_LEN > end)
		return CORRUPTED;
	ulen = kpps_be16(kpps_get16(l->l4 + 4));
	if (ulen < UDP_LEN || ulen > len)
		return CORRUPTED;
	l->header_len = UDP_LEN;
	l->payload_len = ulen - UDP_LEN;
	l->pseudo += kpps_be16(IPPROTO_UDP) + (u64)kpps_get16(l->l4 + 4);
	l->summed = kpps_get16(l->l4 + 6) ? ulen : 0;
	return !l->summed && l->version == 6 ? CORRUPTED : INTACT;
}

static __always_inline enum verdict locate_tcp(u8 *end, u32 len, struct located *l)
{
	u32 offset;

	if (len < TCP_LEN || l->l4 + TCP_LEN > end)
		return CORRUPTED;
	offset = (l->l4[12] >> 4) * 4U;
	if (offset < TCP_LEN || offset > len)
		return CORRUPTED;
	l->header_len = offset;
	l->payload_len = len - offset;
	l->pseudo += kpps_be16(IPPROTO_TCP) + (u64)kpps_be32(len);
	l->summed = len;
	return INTACT;
}

/* ICMP has no pseudo header, ICMPv6 has one. */
static __always_inline enum verdict locate_icmp(u32 len, struct located *l)
{
	if (len < ICMP_LEN)
		return CORRUPTED;
	l->header_len = ICMP_LEN;
	l->payload_len = len - ICMP_LEN;
	l->summed = len;
	if (l->version == 6)
		l->pseudo += kpps_be16(IPPROTO_ICMPV6) + (u64)kpps_be32(len);
	else
		l->pseudo = 0;
	return INTACT;
}

static __always_inline enum verdict locate_l4(u8 *end, u32 len, struct located *l)
{
	if (likely(l->protocol == IPPROTO_UDP))
		return locate_udp(end, len, l);
	if (l->protocol == IPPROTO_TCP)
		return locate_tcp(end, len, l);
	if (l->protocol == (l->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return locate_icmp(len, l);
	return FOREIGN;
}

static __always_inline u64 sum32(const u8 *p, unsigned int words)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < words; i++)
		sum += kpps_get32(p + 4 * i);
	return sum;
}

static __always_inline enum verdict locate_ipv4(u8 *ip, u8 *end, struct located *l)
{
	u32 header, total, room = (u32)(end - ip);
	u64 sum;

	if (ip + IPV4_LEN > end)
		return FOREIGN;
	header = (ip[0] & 15) * 4U;
	total = kpps_be16(kpps_get16(ip + 2));
	l->pseudo = sum32(ip + 12, 2);
	sum = sum32(ip, 3) + l->pseudo;
	/* no room for the options: cut short, unless the length says otherwise */
	if (header > room)
		return total > room ? FOREIGN : CORRUPTED;
	for (u32 at = IPV4_LEN; at < 60 && at < header; at += 4) {
		u8 *p = ip + at;

		barrier_var(p);	/* or clang checks the length once, out of the verifier's sight */
		if (p + 4 > end)
			return FOREIGN;
		sum += kpps_get32(p);
	}
	if (kpps_csum_fold(sum) != 0xffff)
		return CORRUPTED;
	/* a header that adds up means what it says: cut short, or no IPv4 */
	if (ip[0] >> 4 != 4 || header < IPV4_LEN || total < header || total > room)
		return FOREIGN;
	if (kpps_get16(ip + 6) & kpps_be16(0x3fff))
		return FOREIGN;
	l->version = 4;
	l->protocol = ip[9];
	l->l4 = ip + header;
	return locate_l4(end, total - header, l);
}

/*
 * Step over one extension header at @at; returns the offset of what follows,
 * @at when it is none, 0 when nothing of ours can follow.
 */
static __always_inline u32 ipv6_step(u8 *ip, u8 *end, u32 at, u32 packet, u8 *protocol)
{
	u8 *p = ip + at;
	u32 len = 8;

	if (*protocol != IPPROTO_HOPOPTS && *protocol != IPPROTO_ROUTING &&
	    *protocol != IPPROTO_DSTOPTS && *protocol != IPPROTO_FRAGMENT)
		return at;
	if (at + 8 > packet || p + 8 > end)
		return 0;
	/* offset 0 and no more fragments: a whole packet */
	if (*protocol == IPPROTO_FRAGMENT && kpps_get16(p + 2) & kpps_be16(0xfff9))
		return 0;
	if (*protocol != IPPROTO_FRAGMENT)
		len = (p[1] + 1U) * 8;
	*protocol = p[0];
	return at + len > packet ? 0 : at + len;
}

static __always_inline enum verdict locate_ipv6(u8 *ip, u8 *end, struct located *l)
{
	u32 at = IPV6_LEN, packet, room = (u32)(end - ip), before;

	if (ip + IPV6_LEN > end || ip[0] >> 4 != 6)
		return FOREIGN;
	packet = IPV6_LEN + kpps_be16(kpps_get16(ip + 4));
	if (packet > room)
		return FOREIGN;
	l->version = 6;
	l->protocol = ip[6];
	l->pseudo = sum32(ip + 8, 8);
	if (l->protocol != IPPROTO_UDP) {
		for (unsigned int i = 0; i < EXTENSIONS_MAX; i++) {
			before = at;
			at = ipv6_step(ip, end, at, packet, &l->protocol);
			if (!at)
				return FOREIGN;
			if (at == before)
				break;
		}
		if (at != before)	/* there may be more of them */
			return FOREIGN;
	}
	l->l4 = ip + at;
	return locate_l4(end, packet - at, l);
}

static __always_inline enum verdict locate(u8 *data, u8 *end, struct located *l)
{
	u8 *l3 = data + ETH_LEN;
	u16 type;

	if (l3 > end)
		return FOREIGN;
	type = kpps_get16(data + 12);
	if (unlikely(is_vlan(type))) {
		if (data + 18 > end)
			return FOREIGN;
		type = kpps_get16(data + 16);
		l3 = data + 18;
		if (is_vlan(type)) {
			if (data + 22 > end)
				return FOREIGN;
			type = kpps_get16(data + 20);
			l3 = data + 22;
		}
	}
	if (likely(type == kpps_be16(0x0800)))
		return locate_ipv4(l3, end, l);
	if (type == kpps_be16(0x86dd))
		return locate_ipv6(l3, end, l);
	return FOREIGN;
}

/*
 * Does the transport checksum fit? Bytes beyond the frame's end don't occur:
 * locate has looked. A global function: the verifier looks at it once, not at
 * every length on every way here.
 */
__noinline int checksum_right(struct xdp_md *ctx, u32 offset, u32 len, u64 sum)
{
	u8 *end = (u8 *)(long)ctx->data_end, *p = (u8 *)(long)ctx->data;
	u32 at = 0;

	if (offset > KPPS_FRAME_MAX)
		return 0;
	p += offset;
#pragma clang loop unroll(disable)
	for (unsigned int i = 0; i < KPPS_FRAME_MAX / 4 && at + 4 <= len; i++, at += 4) {
		if (p + 4 > end)
			return 0;
		sum += kpps_get32(p);
		p += 4;
	}
	if (at + 2 <= len) {
		if (p + 2 > end)
			return 0;
		sum += kpps_get16(p);
		p += 2;
		at += 2;
	}
	if (at < len) {
		if (p + 1 > end)
			return 0;
		sum += kpps_be16((u16)(p[0] << 8));
	}
	return kpps_csum_fold(sum) == 0xffff;
}

/*
 * Arrival: CLOCK_MONOTONIC. Reading that clock costs as much as all the rest,
 * so frames that one poll of the queue hands over one after the other share a
 * reading, CLOCK_FRAMES at most, as a burst shares one in the port sink. A
 * veth's queue counts its frames at the end of each poll: as long as the count
 * stands, it is the same poll. Other drivers: a reading for each frame.
 */
static __always_inline u64 clock_read(struct xdp_md *ctx, struct xdp_sink_cpu *cpu, u64 sent)
{
	struct xdp_buff *buff;
	struct veth_rq *rq;
	u64 poll;

	if (!polls_known || !settings.veth || !bpf_core_type_exists(struct veth_rq))
		return bpf_ktime_get_ns();
	buff = bpf_cast_to_kern_ctx(ctx);
	rq = bpf_rdonly_cast((u8 *)buff->rxq - bpf_core_field_offset(struct veth_rq, xdp_rxq),
			     bpf_core_type_id_kernel(struct veth_rq));
	poll = rq->stats.vs.xdp_packets;
	if (cpu->reads_left && poll == cpu->poll && rq == cpu->queue && sent <= cpu->now) {
		cpu->reads_left--;
		return cpu->now;
	}
	cpu->reads_left = CLOCK_FRAMES - 1;
	cpu->poll = poll;
	cpu->queue = rq;
	cpu->now = bpf_ktime_get_ns();
	return cpu->now;
}

static __always_inline void latency_account(struct xdp_sink_cpu *cpu, struct window_count *c,
					    u64 sent, u64 now)
{
	u64 latency = now - sent;
	u32 b;

	if ((s64)latency < 0) {
		c->early++;
		latency = 0;
	}
	if (latency >> HIST_MAX_BITS)
		latency = (1ULL << HIST_MAX_BITS) - 1;
	if (latency != cpu->latency) {
		cpu->latency = latency;
		cpu->bucket = hist_bucket(latency);
	}
	b = cpu->bucket;
	if (b < HIST_BUCKETS)
		c->latency.bucket[b]++;
	c->latency.count++;
	c->latency.sum += latency;
	if (latency < c->latency.min)
		c->latency.min = latency;
	if (latency > c->latency.max)
		c->latency.max = latency;
}

static __always_inline enum window_mark mark(u8 slot, u64 index)
{
	u32 key = slot * WINDOW_WORDS + (u32)(index / 32) % WINDOW_WORDS;
	window_word *word = bpf_map_lookup_elem(&windows, &key);

	return word ? window_mark(word, index) : WINDOW_LATE;
}

static __always_inline void frame_account(struct xdp_md *ctx, struct xdp_sink_cpu *cpu,
					  struct xdp_sink_stream *st, const struct kpps_sig *sig,
					  u32 len)
{
	u32 key = st->slot * ncpus + bpf_get_smp_processor_id();
	struct xdp_sink_count *count = bpf_map_lookup_elem(&counts, &key);
	enum window_mark marked;
	struct window_count *c;
	u64 index, now;
	s64 behind;

	if (!count)
		return;
	c = &count->c;
	index = window_widen(&st->next, sig->index, &behind);
	marked = behind > SINK_WINDOW ? WINDOW_LATE : mark(st->slot, index);
	if (unlikely(marked != WINDOW_FIRST)) {
		if (marked == WINDOW_AGAIN)
			c->duplicated++;
		else
			c->late++;
		return;
	}
	now = clock_read(ctx, cpu, sig->time);
	if (behind > 0)
		c->reordered++;
	if (index < c->lowest)
		c->lowest = index;
	if (!c->received)
		c->first_ns = now;
	c->received++;
	c->bytes += len;
	c->last_ns = now;
	if (settings.latency)
		latency_account(cpu, c, sig->time, now);
}

/*
 * Too short for a signature and of a protocol that streams are made of. Echo
 * messages only: ICMP errors are the DUT's own.
 */
static __always_inline bool is_unsigned(const struct located *l, u8 *end)
{
	u8 type;

	if (!settings.count_unsigned || l->payload_len >= KPPS_SIG_LEN)
		return false;
	if (l->protocol != IPPROTO_ICMP && l->protocol != IPPROTO_ICMPV6)
		return true;
	if (l->l4 + 1 > end)
		return false;
	type = l->l4[0];
	return l->version == 4 ? type == 0 || type == 8 : type == 128 || type == 129;
}

static __always_inline bool is_ours(u8 *payload, u8 *end, u32 len, struct kpps_sig *sig)
{
	if (payload + KPPS_SIG_LEN > end || !kpps_sig_read(payload, len, sig))
		return false;
	return sig->run == settings.run &&
	       streams[sig->stream & (KPPS_STREAMS_MAX - 1)].slot != XDP_SINK_NONE;
}

static __always_inline int not_ours(struct xdp_sink_cpu *cpu, enum verdict verdict,
				    const struct located *l, u8 *end)
{
	if (verdict == CORRUPTED) {
		cpu->corrupted++;
	} else if (verdict == INTACT && is_unsigned(l, end)) {
		cpu->unsigned_frames++;
	} else {
		cpu->foreign++;
		return settings.pass_others ? XDP_PASS : XDP_DROP;
	}
	return XDP_DROP;
}

SEC("xdp")
int xdp_sink(struct xdp_md *ctx)
{
	u8 *data = (u8 *)(long)ctx->data, *end = (u8 *)(long)ctx->data_end;
	u32 key = bpf_get_smp_processor_id();
	struct xdp_sink_cpu *cpu;
	enum verdict verdict;
	struct located l = {};
	struct kpps_sig sig;
	bool ours = false;

	if (settings.all_pass)
		return XDP_PASS;
	cpu = bpf_map_lookup_elem(&cpus, &key);
	if (!cpu)
		return XDP_ABORTED;
	cpu->frames++;
	verdict = locate(data, end, &l);
	if (verdict == INTACT && settings.checksums && l.summed &&
	    !checksum_right(ctx, (u32)(l.l4 - data), l.summed, l.pseudo))
		verdict = CORRUPTED;
	if (likely(verdict == INTACT))
		ours = is_ours(l.l4 + l.header_len, end, l.payload_len, &sig);
	/* our streams always carry a checksum: somebody took it away */
	if (unlikely(ours && !l.summed)) {
		verdict = CORRUPTED;
		ours = false;
	}
	if (unlikely(!ours))
		return not_ours(cpu, verdict, &l, end);
	frame_account(ctx, cpu, &streams[sig.stream & (KPPS_STREAMS_MAX - 1)], &sig,
		      (u32)(end - data));
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
