/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * responder.h - the fill phase: every flow of a stream is opened once through
 * the DUT, and the far end answers each (RFC 9693's state table).
 *
 * tuple_table: per flow the addresses and ports as they came OUT of the DUT, so
 * replies fit any NAT. 16 bytes a flow for IPv4, 40 for IPv6, allocated before
 * the fill from the plan.
 *
 * fill: drives both ends of one stream, in one thread, over four ports:
 *	near_tx -> DUT -> far_rx	opening packets
 *	far_tx  -> DUT -> near_rx	answers
 * UDP and ICMP: packet, answer. TCP: SYN, SYN/ACK, ACK. The flow travels in the
 * signature (UDP, ICMP) and in the sequence number (TCP: isn + flow), which
 * NAT leaves alone. At most @outstanding flows are in flight; flows without an
 * answer after @timeout_ns are tried again, until each was sent @tries times.
 * A flow is open when its answer arrived at the near end (TCP: when the ACK of
 * that arrived at the far end; without answers: when it was noted). Memory
 * beside the table: 3 bits a flow and 1.5 MiB.
 */
#ifndef KPPS_RESPONDER_H
#define KPPS_RESPONDER_H

#include "lib/clock.h"
#include "lib/port.h"
#include "lib/stream.h"

struct tuple_table;

int tuple_table_create(const struct kpps_stream *stream, int node,
		       struct tuple_table **ret_table, struct err *err);
void tuple_table_destroy(struct tuple_table *t);
u64 tuple_table_bytes(const struct kpps_stream *stream);

struct fill_ports {
	struct port *near_tx, *far_rx, *far_tx, *near_rx;
};

struct fill_config {
	const struct kpps_stream *stream;	/* the measured (forward) stream */
	u32 run;		/* that the stream was built for */
	u32 outstanding;	/* default 256 */
	u32 tries;		/* default 4 */
	u64 timeout_ns;		/* default 20 ms */
	bool answer;		/* false: open only (UDP stays unreplied) */
	double rate_pps;	/* 0: as fast as answers come */
	/* of the answers: destination and source MAC, 12 bytes, borrowed until fill_create
	 * returns; NULL: the stream's, swapped */
	const u8 *reverse_macs;
	const struct clk *clk;
};

struct fill_report {
	u64 flows;		/* to open */
	u64 noted;		/* arrived at the far end, tuple noted */
	u64 opened;		/* see above */
	u64 retried, elapsed_ns;
	u64 foreign;		/* frames at either end that are none of these, or corrupted */
};

struct fill;
/* fill_create - also forgets what @table has noted so far. */
int fill_create(const struct fill_config *config, const struct fill_ports *ports,
		struct tuple_table *table, struct fill **ret_fill, struct err *err);
/* fill_poll - one step of every end; -ENODATA when every flow is open or given up. */
int fill_poll(struct fill *f);
/* fill_poll_at - the same at the moment @now, for callers that have read the clock. */
int fill_poll_at(struct fill *f, u64 now);
void fill_report(const struct fill *f, struct fill_report *ret);
void fill_destroy(struct fill *f);

#endif
