/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conn_tcp.h - between conn_tcp.c (states) and tcp_window.c (windows).
 */
#ifndef KPPS_ENGINE_CONN_TCP_H
#define KPPS_ENGINE_CONN_TCP_H

#include "fw-under-test/engine/internal.h"

/* Packet classes, columns of the state table. */
enum tcp_index { TCPI_SYN, TCPI_SYNACK, TCPI_FIN, TCPI_ACK, TCPI_RST, TCPI_NONE, TCPI_CLASSES };

/* A segment as conntrack reads it, host order. */
struct segment {
	u32 seq, ack, sack, end;	/* end: seq + payload + SYN + FIN */
	u16 win;			/* not scaled */
	u8 index, flags;
	const u8 *options;
	u32 options_len;
};

struct tcp_options {
	u8 scale, flags;	/* TCPSF_WSCALE, TCPSF_SACK_PERM */
};

enum tcp_judgement { TCP_ACCEPT, TCP_IGNORE, TCP_REFUSE };

void segment_read(const struct pkt_view *v, struct segment *ret);
void segment_options(const struct segment *s, struct tcp_options *ret);
/* tcp_window_start - the original side from the first segment seen of it. */
void tcp_window_start(struct conn_tcp *t, const struct segment *s);
/*
 * tcp_window - judge @s of direction @dir in @state by bounds I to IV and, on
 * TCP_ACCEPT, move the windows. TCP_IGNORE: outside, but no more than late, or a
 * little early; it passes. *ret_why is the bound that failed. @liberal: a segment
 * outside is accepted and moves nothing (but the end of what was sent, if early).
 */
enum tcp_judgement tcp_window(struct conn_tcp *t, unsigned int dir, u8 state,
			      const struct segment *s, bool liberal, u8 *ret_why);

#endif
