// SPDX-License-Identifier: GPL-2.0
/*
 * frame.c - frames into buffers. Two kinds of buffers, chosen when a run begins:
 *
 * Fresh ones, from the CPU's page fragments, as drivers make them for what they
 * receive. Whoever gets one owns it.
 *
 * Recycled ones, where frames go to the driver alone and the device says that it
 * takes shared buffers (IFF_TX_SKB_SHARING: the driver changes nothing in them,
 * and is done with one when it drops its reference). The run holds a reference of
 * its own. A buffer is written again only when that one is the last, nobody has a
 * clone that shares its data, and it is as it was handed over; else its slot gets
 * a new one, and the stack frees the old one when it likes. The head comes from
 * kmalloc, not from a page fragment: no page reference can outlive the data's
 * count of users.
 *
 * All of it runs in the thread, with bottom halves off, but for init and release,
 * when there is no thread.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "gen.h"

#define KG_SLOTS_MAX	4096
#define KG_SLOTS_BYTES	(8u << 20)
/* As drivers leave it: XDP on a veth's peer needs no copy. */
#define KG_HEADROOM	(256 + NET_IP_ALIGN)

int kg_buffers_init(struct kg_run *r)
{
	const struct net_device *dev = r->dev;
	u32 i, j, longest = KPPS_FRAME_MIN;

	for (i = 0; i < KPPS_STREAMS_MAX; i++)
		for (j = 0; r->stream[i] && j < r->stream[i]->s.nsizes; j++)
			longest = max_t(u32, longest, r->stream[i]->s.sizes[j].len);
	r->headroom = max_t(u32, LL_RESERVED_SPACE(dev), KG_HEADROOM);
	r->tailroom = dev->needed_tailroom;
	r->longest = longest;
	if (!r->way->recycles || !(dev->priv_flags & IFF_TX_SKB_SHARING))
		return 0;
	r->headroom = LL_RESERVED_SPACE(dev);
	r->nslots_max = clamp_t(u32, KG_SLOTS_BYTES / SKB_TRUESIZE(r->headroom + longest),
				2 * KPPS_GEN_BURST_MAX, KG_SLOTS_MAX);
	r->slots = kvzalloc_node(array_size(r->nslots_max, sizeof(*r->slots)),
				 GFP_KERNEL_ACCOUNT, r->node);
	return r->slots ? 0 : -ENOMEM;
}

void kg_buffers_release(struct kg_run *r)
{
	u32 i;

	for (i = 0; i < r->nslots; i++)
		consume_skb(r->slots[i].skb);
	kvfree(r->slots);
	r->slots = NULL;
	r->nslots = 0;
}

/* Nobody else has @skb or its data, and it is as we made it. */
static bool came_back(const struct kg_run *r, const struct kg_slot *slot)
{
	struct sk_buff *skb = slot->skb;

	if (refcount_read(&skb->users) != 1)
		return false;
	/* what the other user did to it comes before what we do now */
	smp_acquire__after_ctrl_dep();
	if (skb_cloned(skb))
		return false;
	smp_acquire__after_ctrl_dep();	/* the same of a clone's user */
	return skb->data == slot->data && skb->dev == r->dev && !skb_is_nonlinear(skb) &&
	       !skb->_skb_refdst && !skb->destructor && !skb_has_extensions(skb);
}

static struct kg_slot *slot_fill(struct kg_run *r, struct kg_slot *slot)
{
	struct sk_buff *skb = __alloc_skb(r->headroom + r->longest + r->tailroom,
					  GFP_ATOMIC | __GFP_NOWARN, 0, r->node);

	if (!skb)
		return NULL;
	skb_reserve(skb, r->headroom);
	skb->dev = r->dev;
	skb_set_queue_mapping(skb, r->queue);
	*slot = (struct kg_slot){ .skb = skb, .data = skb->data };
	return slot;
}

/* The next buffer in turn has not come back, or there is none yet. */
static noinline struct kg_slot *slot_new(struct kg_run *r)
{
	struct kg_slot *slot = &r->slots[r->slot_at];
	struct sk_buff *old = slot->skb;

	if (r->nslots < r->nslots_max) {
		slot = slot_fill(r, &r->slots[r->nslots]);
		r->nslots += !!slot;
		return slot;
	}
	slot = slot_fill(r, slot);
	if (!slot)
		return NULL;
	consume_skb(old);
	r->slot_at = r->slot_at + 1 == r->nslots ? 0 : r->slot_at + 1;
	return slot;
}

/* What the driver and the stack want to know of a frame of @st. */
static void buffer_describe(struct sk_buff *skb, const struct kg_stream *st)
{
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, st->s.l3_off);
	skb_set_transport_header(skb, st->s.l4_off);
	skb->protocol = ((const struct ethhdr *)st->s.header)->h_proto;
}

/*
 * A buffer with the template of @st in it, or a frame that it carried before: nobody
 * has changed that, so only what varies must be written again.
 */
static __always_inline struct sk_buff *recycled_get(struct kg_run *r, const struct kg_stream *st,
						    u32 len)
{
	struct kg_slot *slot = &r->slots[r->slot_at];
	struct sk_buff *skb;

	if (likely(r->nslots && came_back(r, slot))) {
		r->slot_at = r->slot_at + 1 == r->nslots ? 0 : r->slot_at + 1;
		r->results.recycled++;
	} else {
		slot = slot_new(r);
		if (!slot)
			return NULL;
	}
	skb = slot->skb;
	if (unlikely(slot->st != st || skb->len != len)) {
		slot->st = st;
		skb->len = len;
		skb_set_tail_pointer(skb, len);
		buffer_describe(skb, st);
		kpps_template_copy(st->s.header, skb->data, len);
	}
	skb->next = NULL;
	/* nobody else has it, so this needs not be atomic */
	refcount_set(&skb->users, 2);
	return skb;
}

static __always_inline struct sk_buff *fresh_get(struct kg_run *r, const struct kg_stream *st,
						 u32 len)
{
	u32 size = SKB_DATA_ALIGN(r->headroom + len + r->tailroom) +
		   SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;
	void *head;

	if (unlikely(size > PAGE_SIZE)) {
		skb = __alloc_skb(r->headroom + len + r->tailroom, GFP_ATOMIC | __GFP_NOWARN, 0,
				  r->node);
		if (!skb)
			return NULL;
	} else {
		head = napi_alloc_frag(size);
		if (!head)
			return NULL;
		skb = napi_build_skb(head, size);
		if (!skb) {
			skb_free_frag(head);
			return NULL;
		}
	}
	skb_reserve(skb, r->headroom);
	__skb_put(skb, len);
	skb->dev = r->dev;
	skb_set_queue_mapping(skb, r->queue);
	buffer_describe(skb, st);
	kpps_template_copy(st->s.header, skb->data, len);
	return skb;
}

/* A buffer as the driver and the stack expect it, with the frame in it. */
static __always_inline struct sk_buff *frame_make(struct kg_run *r, struct kg_stream *st, u32 flags,
						  u64 index)
{
	const struct kpps_size *z = kpps_stream_size(&st->s, index);
	struct sk_buff *skb = r->slots ? recycled_get(r, st, z->len) : fresh_get(r, st, z->len);

	if (likely(skb))
		kpps_frame_remake_as(&st->s, flags, z, index, r->now, skb->data);
	return skb;
}

/* Frames [@i, @end) of the batch, all of stream @st; where it ended. */
static __always_inline u32 run_make(struct kg_run *r, struct kg_stream *st, u32 flags, u32 i,
				    u32 end)
{
	struct kg_batch *b = &r->batch;
	u64 bytes = 0;
	u32 begin = i;

	for (; i < end; i++) {
		struct sk_buff *skb = frame_make(r, st, flags, b->index[i]);

		if (unlikely(!skb))
			break;
		b->skb[i] = skb;
		bytes += skb->len;
	}
	if (i == begin)
		return i;
	st->sent += i - begin;
	st->bytes += bytes;
	st->next_index = b->index[i - 1] + 1;
	r->results.sent += i - begin;
	r->results.bytes += bytes;
	return i;
}

/* What most streams are is compiled for itself: no branch asks what the others may be. */
#define KG_UDP		(KPPS_F_UDP | KPPS_F_PSEUDO | KPPS_F_SIG)
#define KG_UDP_ONE_FAR	(KG_UDP | KPPS_AS_ONE_FAR)

static u32 stream_make(struct kg_run *r, struct kg_stream *st, u32 i, u32 end)
{
	switch (st->as) {
	case KG_UDP:
		return run_make(r, st, KG_UDP, i, end);
	case KG_UDP | KPPS_F_IPV6:
		return run_make(r, st, KG_UDP | KPPS_F_IPV6, i, end);
	case KG_UDP_ONE_FAR:
		return run_make(r, st, KG_UDP_ONE_FAR, i, end);
	case KG_UDP_ONE_FAR | KPPS_F_IPV6:
		return run_make(r, st, KG_UDP_ONE_FAR | KPPS_F_IPV6, i, end);
	default:
		return run_make(r, st, st->s.flags, i, end);
	}
}

bool kg_batch_make(struct kg_run *r)
{
	struct kg_batch *b = &r->batch;
	u32 i = b->made;

	u64_stats_update_begin(&r->sync);
	while (i < b->n) {
		u32 end = i + 1, made;

		while (end < b->n && b->stream[end] == b->stream[i])
			end++;
		made = stream_make(r, r->stream[b->stream[i]], i, end);
		i = made;
		if (made < end)
			break;
	}
	u64_stats_update_end(&r->sync);
	b->made = i;
	return i == b->n;
}

void kg_batch_drop(struct kg_run *r)
{
	struct kg_batch *b = &r->batch;

	u64_stats_update_begin(&r->sync);
	while (b->made > b->at) {
		struct kg_stream *st = r->stream[b->stream[--b->made]];
		struct sk_buff *skb = b->skb[b->made];

		st->sent--;
		st->bytes -= skb->len;
		st->next_index = b->index[b->made];
		r->results.sent--;
		r->results.bytes -= skb->len;
		kfree_skb(skb);
	}
	u64_stats_update_end(&r->sync);
	b->n = 0;
	b->at = 0;
}
