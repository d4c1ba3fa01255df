// SPDX-License-Identifier: GPL-2.0
/*
 * sink_rx.c - the receive handler of a sink: see sink_rx.h. What is counted as what
 * is said in sink/sink.h; a transport checksum is looked at with CHECKSUMS only.
 *
 * A frame here is what arrived on the wire, which is not always what a buffer is:
 *
 *	VLAN		The stack has taken the outermost tag off the bytes; it is
 *			counted in again. A tag that is cut short never comes here.
 *	pieces		Headers and signature are copied together when they are not in
 *			one piece; nothing else is. The buffer itself is only read, as
 *			a packet socket may hold it too.
 *	offload		CHECKSUM_PARTIAL is a frame of this host whose transport checksum
 *			a device would have filled in: taken for right. Whatever a device
 *			says that it has verified is looked at all the same.
 *	merged		Frames that GRO (or a device) put together are counted one by
 *			one, each with headers of its own: all but the last carry
 *			gso_size bytes. Their checksums were right, or they would not
 *			have been merged. More than 64 KiB at once (BIG TCP) is foreign.
 *			LRO does not keep sizes: the sink switches it off.
 *	looped back	Copies of what this host sent are none of the sink's.
 */
#include "sink_rx.h"

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/math.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>

#include "lib/hist.h"
#include "sink/inspect.h"

/* A frame of the wire: an skb's only, or one of those merged in it. */
struct kg_seen {
	const struct sk_buff *skb;
	struct inspected in;
	u32 flags;
	u32 len;		/* without FCS, tags included */
};

static void count_latency(struct window_count *c, u64 sent, u64 now)
{
	u64 latency = now - sent;

	if (unlikely((s64)latency < 0)) {
		c->early++;
		latency = 0;
	}
	hist_add(&c->latency, latency, 1);
}

static __always_inline void count_stream(struct kg_sink *s, struct kg_sink_cpu *cpu, u8 slot,
					 const struct kpps_sig *sig, u32 len, u32 flags)
{
	struct window_count *c = &cpu->count[slot];
	enum window_mark mark = WINDOW_LATE;
	u64 index, now;
	s64 behind;

	index = window_widen(&s->streams[slot].next, sig->index, &behind);
	if (likely(behind <= SINK_WINDOW))
		mark = window_mark(window_at(&s->words[slot * WINDOW_WORDS], index), index);
	if (unlikely(mark != WINDOW_FIRST)) {
		if (mark == WINDOW_AGAIN)
			c->duplicated++;
		else
			c->late++;
		return;
	}
	now = ktime_get_ns();
	if (behind > 0)
		c->reordered++;
	if (index < c->lowest)
		c->lowest = index;
	if (unlikely(!c->received))
		c->first_ns = now;
	c->received++;
	c->bytes += len;
	c->last_ns = now;
	if (flags & KPPS_GEN_SINK_LATENCY)
		count_latency(c, sig->time, now);
}

/* The slot of what carries this run's signature, of a stream that is expected. */
static __always_inline u8 find_slot(const struct kg_sink *s, const u8 *payload, u32 len,
				    struct kpps_sig *sig)
{
	if (unlikely(!kpps_sig_read(payload, len, sig)))
		return KG_SINK_NO_SLOT;
	if (unlikely(sig->run != READ_ONCE(s->run)))
		return KG_SINK_NO_SLOT;
	return s->slot[sig->stream];
}

/*
 * Too short for a signature and of a protocol that streams are made of. Echo
 * messages only: ICMP errors are somebody else's.
 */
static bool is_unsigned(u32 flags, const struct inspected *in)
{
	if (!(flags & KG_SINK_UNSIGNED) || in->payload_len >= KPPS_SIG_LEN)
		return false;
	if (in->protocol == IPPROTO_ICMP)
		return in->l4[0] == 0 || in->l4[0] == 8;
	if (in->protocol == IPPROTO_ICMPV6)
		return in->l4[0] == 128 || in->l4[0] == 129;
	return true;
}

/* @n frames of one kind. Returns whether they are foreign. */
static noinline bool count_unknown(struct kg_sink_cpu *cpu, enum verdict verdict,
				   const struct kg_seen *seen, u32 n)
{
	if (verdict == VERDICT_CORRUPTED) {
		cpu->corrupted += n;
	} else if (verdict == VERDICT_INTACT && is_unsigned(seen->flags, &seen->in)) {
		cpu->unsigned_frames += n;
	} else {
		cpu->foreign += n;
		return true;
	}
	return false;
}

static bool transport_sum_wrong(const struct kg_seen *seen, const u8 *data)
{
	const struct inspected *in = &seen->in;
	const struct sk_buff *skb = seen->skb;
	__wsum sum;

	if (!(seen->flags & KPPS_GEN_SINK_CHECKSUMS) || !in->summed ||
	    skb->ip_summed == CHECKSUM_PARTIAL)
		return false;
	/* offsets of an skb are from behind the Ethernet header on */
	sum = skb_checksum(skb, (int)(in->l4 - data) - ETH_HLEN, (int)in->summed, 0);
	return !inspect_sum_right(inspect_add(in->pseudo, (__force u32)sum));
}

/*
 * Frames that were merged, @data as far as it is in one piece. Returns whether all
 * are foreign. A division a buffer, not a frame.
 */
static noinline bool count_merged(struct kg_sink *s, struct kg_sink_cpu *cpu,
				  struct kg_seen *seen, enum verdict verdict, const u8 *data)
{
	u32 payload = verdict == VERDICT_INTACT ? seen->in.payload_len : 0, at, header;
	u32 size = skb_shinfo(seen->skb)->gso_size;
	u8 copy[KPPS_SIG_LEN];
	bool foreign = true;

	/* nothing of ours, or cut up too small for it: their number is all there is to know */
	if (size < KPPS_SIG_LEN || !payload) {
		u32 n = payload ? DIV_ROUND_UP(payload, size) :
				  max_t(u32, skb_shinfo(seen->skb)->gso_segs, 1);

		cpu->frames += n;
		seen->in.payload_len = min(size, payload);
		return count_unknown(cpu, verdict, seen, n);
	}
	header = (u32)(seen->in.payload - data);
	for (at = 0; at < payload; at += size) {
		const u32 len = min(size, payload - at);
		struct kpps_sig sig;
		const u8 *p = NULL;
		u8 slot = KG_SINK_NO_SLOT;

		cpu->frames++;
		if (len >= KPPS_SIG_LEN)
			p = skb_header_pointer(seen->skb, (int)(header + at) - ETH_HLEN,
					       sizeof(copy), copy);
		if (p)
			slot = find_slot(s, p, len, &sig);
		seen->in.payload_len = len;
		if (slot != KG_SINK_NO_SLOT)
			count_stream(s, cpu, slot, &sig, header + (seen->len - seen->skb->len -
				     ETH_HLEN) + len, seen->flags);
		if (slot != KG_SINK_NO_SLOT || !count_unknown(cpu, VERDICT_INTACT, seen, 1))
			foreign = false;
	}
	return foreign;
}

/*
 * Any frame, its first @have bytes at @data: all of it, or its headers. Returns
 * whether it is foreign.
 */
static noinline bool count_located(struct kg_sink *s, struct kg_sink_cpu *cpu,
				   struct kg_seen *seen, const u8 *data, u32 have)
{
	const struct sk_buff *skb = seen->skb;
	enum verdict verdict = VERDICT_FOREIGN;
	u32 len = skb->len + ETH_HLEN;
	u8 slot = KG_SINK_NO_SLOT;
	struct kpps_sig sig;

	/* what has no Ethernet header, was redirected here from a device without one */
	if (likely(skb->mac_len == ETH_HLEN))
		verdict = frame_locate(data, have, len, skb_vlan_tag_present(skb), &seen->in);
	if (unlikely(skb_is_gso(skb)))
		return count_merged(s, cpu, seen, verdict, data);
	cpu->frames++;
	if (likely(verdict == VERDICT_INTACT)) {
		if (unlikely(transport_sum_wrong(seen, data)))
			verdict = VERDICT_CORRUPTED;
		else
			slot = find_slot(s, seen->in.payload, seen->in.payload_len, &sig);
	}
	/* our streams always carry a checksum: somebody took it away */
	if (unlikely(slot != KG_SINK_NO_SLOT && seen->in.unsummed)) {
		verdict = VERDICT_CORRUPTED;
		slot = KG_SINK_NO_SLOT;
	}
	if (unlikely(slot == KG_SINK_NO_SLOT))
		return count_unknown(cpu, verdict, seen, 1);
	count_stream(s, cpu, slot, &sig, seen->len, seen->flags);
	return false;
}

/* Apart, because the room for the copy is cleared in many a kernel. */
static noinline bool count_pieces(struct kg_sink *s, struct kg_sink_cpu *cpu, struct kg_seen *seen)
{
	u8 copy[INSPECT_HEADERS + 64];
	u32 have = min_t(u32, seen->skb->len + ETH_HLEN, sizeof(copy));

	if (skb_copy_bits(seen->skb, -ETH_HLEN, copy, (int)have))
		memset(copy, 0, sizeof(copy));	/* never: that is foreign */
	return count_located(s, cpu, seen, copy, have);
}

static __always_inline bool count_any(struct kg_sink *s, struct kg_sink_cpu *cpu,
				      struct kg_seen *seen)
{
	const struct sk_buff *skb = seen->skb;
	u32 have = skb_headlen(skb) + ETH_HLEN;

	if (unlikely(skb->data_len && have < INSPECT_HEADERS))
		return count_pieces(s, cpu, seen);
	return count_located(s, cpu, seen, skb->data - ETH_HLEN, have);
}

/*
 * The frames of the highest rates: a buffer in one piece, with a signature and
 * nothing else in it. False: somebody else must look.
 */
static __always_inline bool count_smallest(struct kg_sink *s, struct kg_sink_cpu *cpu,
					   struct kg_seen *seen)
{
	const struct sk_buff *skb = seen->skb;
	const u8 *data = skb->data - ETH_HLEN;
	u32 len = skb->len + ETH_HLEN;
	struct kpps_sig sig;
	u8 slot;

	if (unlikely(skb->data_len || skb->mac_len != ETH_HLEN || skb_vlan_tag_present(skb) ||
		     skb->ip_summed == CHECKSUM_PARTIAL))
		return false;
	if (seen->flags & KPPS_GEN_SINK_CHECKSUMS ? !inspect_smallest(data, len, &seen->in, true) :
						    !inspect_smallest(data, len, &seen->in, false))
		return false;
	slot = find_slot(s, seen->in.payload, KPPS_SIG_LEN, &sig);
	if (unlikely(slot == KG_SINK_NO_SLOT))
		return false;
	cpu->frames++;
	count_stream(s, cpu, slot, &sig, len, seen->flags);
	return true;
}

rx_handler_result_t kg_sink_rx(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct kg_sink *s = rcu_dereference(skb->dev->rx_handler_data);
	struct kg_seen seen;
	struct kg_sink_cpu *cpu;
	bool foreign = false;

	/* with sink_clear: who sees that it is over sees what it has cleared */
	seen.flags = smp_load_acquire(&s->flags);
	if (unlikely(seen.flags & KPPS_GEN_SINK_PASS_ALL || skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;
	if (unlikely(seen.flags & KG_SINK_PAUSED)) {
		foreign = true;
		goto out;
	}
	seen.skb = skb;
	seen.len = skb->len + ETH_HLEN + (skb_vlan_tag_present(skb) ? VLAN_HLEN : 0);
	cpu = s->cpu[smp_processor_id()];
	u64_stats_update_begin(&cpu->sync);
	if (unlikely(!count_smallest(s, cpu, &seen)))
		foreign = count_any(s, cpu, &seen);
	u64_stats_update_end(&cpu->sync);
out:
	if (unlikely(foreign)) {
		if (seen.flags & KPPS_GEN_SINK_PASS_OTHERS)
			return RX_HANDLER_PASS;
		kfree_skb(skb);
		return RX_HANDLER_CONSUMED;
	}
	/* in a softirq, or with bottom halves off: 1 says that it may be freed in bulk */
	napi_consume_skb(skb, 1);
	return RX_HANDLER_CONSUMED;
}
