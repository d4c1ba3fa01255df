/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pktgen_setup.h - a stream in the words of mainline's pktgen, and what pktgen
 * answers. Pure functions on texts: no file is opened here. Any thread.
 *
 * The stream's ranges become pktgen's:
 *	one flow			a fixed header
 *	source addresses (IPv4)		src_min, src_max, IPSRC_RND
 *	destination addresses		dst_min, dst_max, IPDST_RND; IPv6: dst6_min, dst6_max
 *	ports				udp_*_min, udp_*_max, UDPSRC_RND, UDPDST_RND
 *	fewer flows than tuples		flows N, flowlen; order sequential: FLOW_SEQ
 *	burst				flowlen, where only destinations vary
 * UDPCSUM is always set, as streams of kpps always have right checksums, and
 * clone_skb is 0, as no frame of theirs is sent twice.
 *
 * What then still differs, and is not refused:
 * - each packet draws its addresses and ports anew (with replacement); of its flows
 *   pktgen remembers the destination address only
 * - the upper end of a random range is exclusive: it is given one more, but for port
 *   65535 and address 255.255.255.255, which are never drawn
 * - TTL and hop limit are 32; IPv4's identification counts up, DF is clear
 * - the payload begins with pktgen's own 16 bytes (0xbe9be955, sequence number, time
 *   of day), not with the signature of kpps: a sink counts such frames as foreign
 * - a rate is a delay in whole ns, rounded down; above 10 M/s there is none, nor where
 *   it is the most that was sent without one, as waiting costs pktgen more than that
 */
#ifndef KPPS_PKTGEN_SETUP_H
#define KPPS_PKTGEN_SETUP_H

#include "gen/kernel_source.h"

#define PKTGEN_LINES_MAX	32
#define PKTGEN_LINE_MAX		80

struct pktgen_setup {
	unsigned int n;
	char line[PKTGEN_LINES_MAX][PKTGEN_LINE_MAX];	/* each ends with \n; the rest is 0 */
};

/*
 * pktgen_setup_stream - the lines that make a new device of pktgen's send frames of
 * @s, all but count and delay. -EOPNOTSUPP with the reason for what it can't do.
 */
int pktgen_setup_stream(const struct kpps_stream *s, enum kernel_way way,
			struct pktgen_setup *ret, struct err *err);
/* pktgen_delay_ns - between two packets of one of @ncpus threads; 0: as fast as it can. */
u64 pktgen_delay_ns(double rate_pps, unsigned int ncpus);

enum pktgen_phase { PKTGEN_IDLE, PKTGEN_RUNNING, PKTGEN_DONE, PKTGEN_FAILED };

struct pktgen_result {
	enum pktgen_phase phase;
	u64 sofar, errors;
	u64 started_us;		/* CLOCK_MONOTONIC */
	u64 elapsed_us;		/* when done */
};

/* pktgen_result_read - from the text of /proc/net/pktgen/DEVICE; false: it is no such text. */
bool pktgen_result_read(const char *text, struct pktgen_result *ret);

#endif
