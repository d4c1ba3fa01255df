// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_packet_v3.c - a TPACKET_V3 receive ring; see port_packet.h. The kernel
 * fills blocks in order and gives each over as a whole; it goes back when its
 * last frame is released. Frames too long are passed over by both walks.
 */
#include "lib/port_packet.h"

#include <time.h>

#define PAGE		4096
#define RETIRE_MS	1	/* the least there is */
/* Before the frame: the headers rounded up; behind it: the next one's alignment. */
#define FRAME_OVERHEAD	(TPACKET3_HDRLEN + 16 + TPACKET_ALIGNMENT + 16)
#define SAMPLE_NS	(100ULL * 1000 * 1000)

static size_t v3_geometry(struct packet_rx *rx, u32 slots, struct tpacket_req3 *ret_req)
{
	u32 frame = (rx->room + FRAME_OVERHEAD) & ~(u32)(TPACKET_ALIGNMENT - 1);
	u32 header = sizeof(struct tpacket_block_desc);
	/*
	 * Small blocks: about a burst of small frames each, so that under load a
	 * frame waits for few others. 64 KiB ones were no faster, and ten times later.
	 */
	u32 block = (header + frame + PAGE - 1) / PAGE * PAGE;
	u32 per_block = (block - header) / frame;

	rx->v3 = (struct packet_v3){
		.block_size = block,
		.blocks = (slots + per_block - 1) / per_block,
	};
	*ret_req = (struct tpacket_req3){
		.tp_block_size = block,
		.tp_block_nr = rx->v3.blocks,
		.tp_frame_size = block,		/* only bounds a frame's length here */
		.tp_frame_nr = rx->v3.blocks,
		.tp_retire_blk_tov = RETIRE_MS,
	};
	return (size_t)rx->v3.blocks * block;
}

static u64 timespec_ns(const struct timespec *t)
{
	return (u64)t->tv_sec * NSEC_PER_SEC + (u64)t->tv_nsec;
}

/*
 * What turns the kernel's CLOCK_REALTIME stamps into CLOCK_MONOTONIC. Both run
 * at one rate, their offset changes only when the clock is set. Error: half of
 * the narrowest of the intervals, some 25 ns; and by as much as the clock was
 * set, for frames up to SAMPLE_NS after that.
 */
static void v3_sample(struct packet_v3 *v3)
{
	u64 narrowest = ~0ULL;

	for (unsigned int i = 0; i < 8; i++) {
		struct timespec before, real, after;
		u64 width;

		clock_gettime(CLOCK_MONOTONIC, &before);
		clock_gettime(CLOCK_REALTIME, &real);
		clock_gettime(CLOCK_MONOTONIC, &after);
		width = timespec_ns(&after) - timespec_ns(&before);
		if (width >= narrowest)
			continue;
		narrowest = width;
		v3->sampled = timespec_ns(&real);
		v3->offset = (s64)(timespec_ns(&before) + width / 2 - v3->sampled);
	}
}

static u64 v3_time(struct packet_v3 *v3, const struct tpacket3_hdr *h)
{
	u64 real = h->tp_sec * NSEC_PER_SEC + h->tp_nsec;

	/* Either way: a frame from before the sample, or the clock was set back. */
	if (unlikely(real - v3->sampled + SAMPLE_NS > 2 * SAMPLE_NS))
		v3_sample(v3);
	return real + (u64)v3->offset;
}

static struct tpacket_block_desc *v3_block(const struct packet_rx *rx, u32 block)
{
	return (void *)(rx->map + (size_t)block * rx->v3.block_size);
}

/* v3_enter - @at stands on a frame then; false: its block is still the kernel's, which
 * never hands over an empty one. */
static bool v3_enter(const struct packet_rx *rx, struct packet_v3_at *at)
{
	struct tpacket_block_desc *b = v3_block(rx, at->block);

	if (at->left)
		return true;
	if (!(__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	at->left = b->hdr.bh1.num_pkts;
	at->next = (u8 *)b + b->hdr.bh1.offset_to_first_pkt;
	return at->left;
}

/* v3_step - to the next frame; true: that was the block's last. */
static bool v3_step(const struct packet_rx *rx, struct packet_v3_at *at)
{
	at->next += ((struct tpacket3_hdr *)(void *)at->next)->tp_next_offset;
	if (--at->left)
		return false;
	at->block = at->block + 1 == rx->v3.blocks ? 0 : at->block + 1;
	return true;
}

static u32 v3_len(const struct tpacket3_hdr *h)
{
	return h->tp_len + (packet_tagged(h->tp_status) ? PACKET_VLAN_TAG : 0);
}

static void v3_frame(struct packet_rx *rx, struct tpacket3_hdr *h, struct frame *f)
{
	u8 *data = (u8 *)h + h->tp_mac;

	if (unlikely(packet_tagged(h->tp_status))) {
		data = packet_retag(data, h->tp_status, (u16)h->hv1.tp_vlan_tci,
				    h->hv1.tp_vlan_tpid);
		h->tp_mac -= PACKET_VLAN_TAG;
		h->tp_len += PACKET_VLAN_TAG;
		h->tp_status &= ~(u32)TP_STATUS_VLAN_VALID;	/* the next peek finds it whole */
	}
	/* Behind the frame begins the next one: no room but its length. */
	*f = (struct frame){ .data = data, .len = h->tp_len, .room = h->tp_len,
			     .time = v3_time(&rx->v3, h) };
}

static unsigned int v3_peek(struct packet_rx *rx, struct frame *f, unsigned int n)
{
	struct packet_v3_at at = rx->v3.head;
	unsigned int got = 0;

	for (u32 blocks = 0; got < n && blocks < rx->v3.blocks && v3_enter(rx, &at);) {
		struct tpacket3_hdr *h = (void *)at.next;

		prefetch(at.next + h->tp_next_offset);
		if (likely(v3_len(h) <= rx->room))
			v3_frame(rx, h, &f[got++]);
		blocks += v3_step(rx, &at);
	}
	return got;
}

static void v3_release(struct packet_rx *rx, unsigned int n, u64 *ret_bytes)
{
	struct packet_v3_at *head = &rx->v3.head;
	u64 bytes = 0;

	for (u32 blocks = 0; blocks <= rx->v3.blocks && v3_enter(rx, head);) {
		u32 block = head->block, len = v3_len((void *)head->next);

		if (unlikely(len > rx->room)) {
			packet_rx_too_long(rx);
		} else if (n) {
			bytes += len;
			n--;
		} else {
			break;
		}
		if (!v3_step(rx, head))
			continue;
		__atomic_store_n(&v3_block(rx, block)->hdr.bh1.block_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		blocks++;
	}
	*ret_bytes = bytes;
}

const struct packet_rx_kind packet_rx_v3 = {
	.version = TPACKET_V3,
	.geometry = v3_geometry,
	.peek = v3_peek,
	.release = v3_release,
};
