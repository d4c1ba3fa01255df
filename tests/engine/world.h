/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world.h - a firewall between two networks, packets in and verdicts out, for
 * tests that are rows of a table.
 *
 *	inside  if 0  10.0.0.1, 2001:db8::1        10.0.0.0/24, 2001:db8::/64
 *	outside if 1  198.51.100.1, 2001:db8:1::1  198.51.100.0/24, 203.0.113.0/24,
 *						   2001:db8:1::/64
 *
 * A row's answer is written as
 *	forward 1 new | udp 198.51.100.1:1000 > 198.51.100.7:53 ttl=63
 *	drop policy new
 *	drop rule invalid I: sequence above the peer's window
 *	local established
 *	reply 0 rejected new | icmp 10.0.0.1 > 10.0.0.2 type=3 code=3 …
 * that is verdict, interface it goes out of, reason unless ok, connection
 * state, why it is invalid, and the frame as it leaves. An expected text that
 * ends in "…" is compared up to there.
 */
#ifndef KPPS_TESTS_WORLD_H
#define KPPS_TESTS_WORLD_H

#include "tests/engine/pkt_build.h"

struct world {
	struct fw_config config;
	struct fw *fw;
	struct fw_worker *worker;
	u64 now;
	struct pkt_buf out;	/* the last frame, as it came out */
	struct fw_pkt pkt;
	char answer[1024];
};

struct row {
	double at;		/* seconds since the world began */
	u16 in_if;
	const char *packet;
	const char *expect;
};

/* world_config - the default one with the networks above. */
void world_config(struct fw_config *c);
/* world_open - @rules4 and @rules6: iptables-save text, NULL for none. */
void world_open(struct world *w, const struct fw_config *c, const char *rules4,
		const char *rules6);
void world_close(struct world *w);
/* world_send - one packet; fails the test when a checksum is wrong on the way
 * out that was right on the way in. Returns the answer. */
const char *world_send(struct world *w, double at, u16 in_if, const char *packet);
void world_expect(struct world *w, const struct row *r);
void world_rows(struct world *w, const struct row *rows, size_t n);
/* world_table - open, run the rows, close. */
void world_table(const char *rules4, const char *rules6, const struct row *rows, size_t n);
u64 world_count(struct world *w);

/* No state, nothing dropped, connections tracked. */
#define RULES_TRACK "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n" \
	":OUTPUT ACCEPT [0:0]\n-A FORWARD -m state --state NEW -j ACCEPT\nCOMMIT\n"

#endif
