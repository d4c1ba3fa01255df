// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_packet_v2.c - a TPACKET_V2 receive ring; see port_packet.h. The kernel
 * fills slots in order and gives each over by its status; release gives it back.
 *
 * A frame that is too long stays in its slot, unseen by the caller, until what
 * came before it is released: slots go back in order.
 */
#include "lib/port_packet.h"

#define LINE		64
/* Slots of whole cache lines: this many fill whole pages, and blocks touch one another. */
#define BLOCK_SLOTS	64
/* Where the kernel puts a frame: headers, rounded up to 16, with the MAC header before. */
#define FRAME_OFFSET	(TPACKET2_HDRLEN + 16 + TPACKET_ALIGNMENT)

static struct tpacket2_hdr *v2_slot(const struct packet_rx *rx, u32 at)
{
	return (void *)(rx->map + (size_t)(at & (rx->v2.slots - 1)) * rx->v2.stride);
}

static void v2_give_back(struct packet_rx *rx, struct tpacket2_hdr *h)
{
	__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	rx->v2.head++;
}

static u32 v2_len(const struct tpacket2_hdr *h)
{
	return h->tp_len + (packet_tagged(h->tp_status) ? PACKET_VLAN_TAG : 0);
}

static size_t v2_geometry(struct packet_rx *rx, u32 slots, struct tpacket_req3 *ret_req)
{
	u32 lines = (FRAME_OFFSET + rx->room + LINE - 1) / LINE;

	/* Odd, so that the headers of successive slots spread over the cache's sets. */
	rx->v2 = (struct packet_v2){ .slots = slots, .stride = (lines | 1) * LINE };
	*ret_req = (struct tpacket_req3){
		.tp_block_size = rx->v2.stride * BLOCK_SLOTS,
		.tp_block_nr = slots / BLOCK_SLOTS,
		.tp_frame_size = rx->v2.stride,
		.tp_frame_nr = slots,
	};
	return (size_t)slots * rx->v2.stride;
}

static void v2_frame(const struct packet_rx *rx, struct tpacket2_hdr *h, struct frame *f)
{
	u8 *data = (u8 *)h + h->tp_mac;

	if (unlikely(packet_tagged(h->tp_status))) {
		data = packet_retag(data, h->tp_status, h->tp_vlan_tci, h->tp_vlan_tpid);
		h->tp_mac -= PACKET_VLAN_TAG;
		h->tp_len += PACKET_VLAN_TAG;
		h->tp_status &= ~(u32)TP_STATUS_VLAN_VALID;	/* the next peek finds it whole */
	}
	*f = (struct frame){ .data = data, .len = h->tp_len, .room = rx->room };
}

static unsigned int v2_peek(struct packet_rx *rx, struct frame *f, unsigned int n)
{
	unsigned int got = 0;

	for (u32 i = 0; got < n && i < rx->v2.slots; i++) {
		struct tpacket2_hdr *h = v2_slot(rx, rx->v2.head + i);

		if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			break;
		prefetchw(v2_slot(rx, rx->v2.head + i + 1));
		if (likely(v2_len(h) <= rx->room))
			v2_frame(rx, h, &f[got++]);
	}
	return got;
}

static void v2_release(struct packet_rx *rx, unsigned int n, u64 *ret_bytes)
{
	u64 bytes = 0;

	for (u32 i = 0; i < rx->v2.slots; i++) {
		struct tpacket2_hdr *h = v2_slot(rx, rx->v2.head);
		u32 len;

		if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			break;
		len = v2_len(h);
		if (unlikely(len > rx->room)) {
			packet_rx_too_long(rx);
		} else if (n) {
			bytes += len;
			n--;
		} else {
			break;
		}
		v2_give_back(rx, h);
	}
	*ret_bytes = bytes;
}

const struct packet_rx_kind packet_rx_v2 = {
	.version = TPACKET_V2,
	.geometry = v2_geometry,
	.peek = v2_peek,
	.release = v2_release,
};
