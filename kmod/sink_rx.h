/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sink_rx.h - what a sink counts, and the receive handler that counts it. The
 * handler runs wherever frames of the device are received, with bottom halves off:
 * what is of one CPU it alone writes, within @sync; what is of all CPUs by
 * compare-and-swap (sink/window.h). It takes no lock and allocates nothing.
 *
 * A struct kg_sink is the rx_handler_data of its device. Who takes it off
 * (netdev_rx_handler_unregister) has waited for every handler when that returns.
 */
#ifndef KG_SINK_RX_H
#define KG_SINK_RX_H

#include <linux/bits.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>

#include "lib/stream.h"
#include "sink/window.h"
#include "uapi/kpps_gen.h"

/* Besides the bits of enum kpps_gen_sink_flag. */
#define KG_SINK_UNSIGNED	BIT(16)	/* some stream has no signature */
#define KG_SINK_PAUSED		BIT(17)	/* counts are being cleared: see sink_clear */

#define KG_SINK_NO_SLOT		0xff

/* Of all CPUs. */
struct kg_sink_stream {
	window_word next ____cacheline_aligned_in_smp;	/* see window_widen */
};

/* Of one CPU. */
struct kg_sink_cpu {
	struct u64_stats_sync sync;
	u64 frames, corrupted, foreign, unsigned_frames;
	struct window_count count[];	/* by slot */
};

struct kg_sink {
	/* of every frame */
	u32 flags;
	u16 run;
	u8 slot[KPPS_STREAMS_MAX];	/* of a stream, KG_SINK_NO_SLOT: not expected */
	window_word *words;		/* WINDOW_WORDS a slot */
	struct kg_sink_stream *streams;	/* by slot */
	struct kg_sink_cpu **cpu;	/* nr_cpu_ids, NULL: not possible */
	/* of sink.c, under kg_lock */
	struct net *net;	/* that it belongs to; it goes first */
	struct net_device *dev;	/* on which the handler is; NULL: gone */
	u64 expected;		/* bit set of streams */
	u32 portid;		/* of the socket it belongs to */
	u32 id, nslots;
	bool force;		/* also where the default route leads */
	int ifindex;
};

rx_handler_result_t kg_sink_rx(struct sk_buff **pskb);

#endif
