/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat.h - address and port translation of a connection. A binding is made once,
 * by the connection's first packet, as a change of its reply tuple; from then
 * on packets are rewritten from the two tuples and two cached checksum deltas.
 * Worker's thread only.
 */
#ifndef KPPS_ENGINE_NAT_H
#define KPPS_ENGINE_NAT_H

#include "fw-under-test/engine/internal.h"

enum nat_manip { NAT_MANIP_SRC, NAT_MANIP_DST };

/* nat_bind - what a nat rule asked for at this hook. FW_OK, or why the packet
 * must be dropped. @ifindex: out interface for SRC, in interface for DST. */
enum fw_reason nat_bind(struct fw_worker *w, struct conn *c, const struct nat_range *range,
			enum nat_manip manip, u16 ifindex);
/* nat_bind_null - no rule matched: keep the tuple, but a port that would clash
 * with another connection's reply is replaced, as Linux does. */
enum fw_reason nat_bind_null(struct fw_worker *w, struct conn *c);
/* nat_seal - the tuples are final: cache the checksum deltas. */
void nat_seal(struct conn *c);

/* nat_changes - does @manip change anything in a packet of direction @dir? The
 * way back, source and destination change places. */
static inline bool nat_changes(const struct conn *c, unsigned int dir, enum nat_manip manip)
{
	return c->status & ((manip == NAT_MANIP_SRC) ^ dir ? CTS_SNAT : CTS_DNAT);
}

/* nat_rewrite - destination or source (with its port) of a packet of direction
 * @dir; view follows, checksums do not: nat_checksums once at the end. */
void nat_rewrite(struct conn *c, unsigned int dir, enum nat_manip manip, struct pkt_view *v);
/* nat_restore - the destination as the packet came in. */
void nat_restore(struct conn *c, unsigned int dir, struct pkt_view *v);

/* nat_delta3/4 - what both rewrites together change in the checksums. */
static inline u16 nat_delta3(const struct conn *c, unsigned int dir)
{
	return dir ? (u16)~c->delta3 : c->delta3;
}

static inline u16 nat_delta4(const struct conn *c, unsigned int dir)
{
	return dir ? (u16)~c->delta4 : c->delta4;
}

/* nat_icmp_error - an ICMP error about @c: outer and quoted header translated,
 * all checksums right. @manip as in nat_rewrite. */
void nat_icmp_error(struct conn *c, unsigned int dir, enum nat_manip manip, struct pkt_view *v,
		    struct pkt_view *inner);

#endif
