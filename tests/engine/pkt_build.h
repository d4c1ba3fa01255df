/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pkt_build.h - frames for tests from short descriptions and back, and an
 * independent check of their checksums (word by word, none of the engine's
 * code).
 *
 *	"udp 10.0.0.2:1000 > 198.51.100.7:53 ttl=64 len=20"
 *	"tcp [2001:db8::2]:1000 > [2001:db8:1::7]:80 flags=SA seq=5 ack=7 win=100"
 *	"icmp 10.0.0.2 > 198.51.100.7 type=8 id=77"
 *	"icmp 198.51.100.9 > 10.0.0.2 type=3 code=1 | udp 10.0.0.2:1000 > …"
 *
 * First word: udp, tcp, icmp, or a protocol number. IPv6 addresses stand in
 * brackets, and icmp between them is ICMPv6. Keys, all optional: ttl len
 * (payload bytes) seq ack win flags (letters of FSRPAU) wscale sackok sack
 * (LEFT-RIGHT) type code id frag (offset, bytes) mac (destination) vlan; and
 * without value: mf nocsum badcsum badip. After "|" stands what an ICMP error
 * quotes.
 */
#ifndef KPPS_TESTS_PKT_BUILD_H
#define KPPS_TESTS_PKT_BUILD_H

#include "fw-under-test/engine/fw.h"

#define PKT_ROOM 2048

struct pkt_buf {
	u8 data[PKT_ROOM];
	u32 len;
};

/* pkt_build - write the frame; aborts on a description it can't read. */
void pkt_build(struct pkt_buf *b, const char *description);
/* pkt_text - what @data is, as above: protocol, ends, type, code and id of
 * ICMP, flags of TCP (of a reset also seq and ack), TTL, what is quoted.
 * Writes at most @size bytes. */
void pkt_text(const u8 *data, u32 len, char *ret, size_t size);
/* pkt_checksums_ok - IP and transport checksums, and those of a packet that an
 * ICMP error quotes whole. */
bool pkt_checksums_ok(const u8 *data, u32 len);

#endif
