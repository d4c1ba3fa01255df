// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conn_proto.c - UDP, and every protocol without a tracker of its own, which is
 * followed by its pair of addresses.
 */
#include "fw-under-test/engine/internal.h"

/* A UDP exchange is a stream when it answers and is older than this. */
#define STREAM_TICKS ((u32)(2 * NSEC_PER_SEC >> TICK_SHIFT))

bool conn_udp_packet(struct fw_worker *w, const struct pkt_view *v __unused, struct conn_pkt *cp)
{
	const struct timeouts *to = &w->fw->timeouts;
	struct conn *c = cp->ct;

	if (!(c->status & CTS_SEEN_REPLY)) {
		conn_refresh(w, c, to->udp);
		return true;
	}
	if ((c->status & CTS_ASSURED) || (u32)w->now_tick - c->created > STREAM_TICKS) {
		c->status |= CTS_ASSURED;
		conn_refresh(w, c, to->udp_stream);
	} else {
		conn_refresh(w, c, to->udp);
	}
	return true;
}

bool conn_generic_packet(struct fw_worker *w, const struct pkt_view *v __unused,
			 struct conn_pkt *cp)
{
	conn_refresh(w, cp->ct, w->fw->timeouts.generic);
	return true;
}
