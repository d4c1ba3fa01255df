/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reject.h - answers to the sender, built in the frame that caused them: ICMP
 * and ICMPv6 errors and TCP resets. Worker's thread only.
 */
#ifndef KPPS_ENGINE_REJECT_H
#define KPPS_ENGINE_REJECT_H

#include "fw-under-test/engine/internal.h"

/*
 * Replace the frame by an answer and set p's len, out_if. @v must show the
 * packet with the addresses and ports it came in with. False: no answer may be sent
 * (RFC 1812 4.3.2.7, RFC 4443 2.4(e)), or none can be: no route back, no room, no
 * address of our own. A rule answers only packets whose transport checksum is right.
 */
bool reject_build(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v, u8 with);
bool reject_ttl(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v);
bool reject_no_route(struct fw_worker *w, struct fw_pkt *p, struct pkt_view *v);

#endif
