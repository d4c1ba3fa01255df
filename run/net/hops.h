/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hops.h - the counters along the way of a packet, read before and after a
 * trial, never during it, and what their difference says: between which two
 * hops the frames went missing.
 *
 * Links stand in the order in which a packet meets them, so that frames leave
 * the first, third, … (tx) and enter the second, fourth, … (rx). Between the
 * first and the second is a wire or a veth pair, between the second and the
 * third the DUT.
 *
 * What veth counts (read from Linux 6.18, and tests/observe/test_hops.c holds it
 * to that):
 * - A frame that was sent as an skb counts in tx_packets of its end and in
 *   rx_packets of the peer at once, when it has been queued. One that found the
 *   peer's ring or the backlog full counts in tx_dropped of the sender alone; for
 *   the backlog, softnet_stat of the CPU has it as well.
 * - A frame that XDP sent (redirect into the device, BPF_PROG_RUN with live
 *   frames) counts in tx_packets of the sender and in rx_packets of the peer only
 *   when the peer's NAPI takes it from the ring. One that found the ring full
 *   counts in tx_dropped of the sender and in rx_dropped of the peer.
 *   tx_queue_*_xdp_xmit of the sender has what was queued.
 * - A frame that the peer's XDP program consumes counts in rx_packets all the
 *   same. XDP_DROP counts in rx_queue_*_xdp_drops, so a sink that is an XDP
 *   program has all its frames there: that is no loss.
 */
#ifndef KPPS_NET_HOPS_H
#define KPPS_NET_HOPS_H

#include <jansson.h>

#include "lib/compiler.h"
#include "lib/err.h"

#define HOPS_MAX	8
#define HOPS_CPUS_MAX	256

struct hop_link {		/* rtnl_link_stats64, and the driver's own by ethtool -S */
	char name[32];
	u64 rx_packets, tx_packets, rx_dropped, tx_dropped, rx_errors, tx_errors;
	u64 rx_missed;		/* rx_missed_errors: no buffer when they came */
	u64 rx_queue_drops;	/* veth: rx_queue_*_drops, e.g. no memory for an skb */
	u64 rx_xdp_drops;	/* veth: rx_queue_*_xdp_drops, by the link's XDP program */
	u64 tx_xdp_errors;	/* veth: tx_queue_*_xdp_xmit_errors, rx_queue_*_xdp_tx_errors */
};

struct hops_config {
	unsigned int nlinks;
	struct {
		const char *name;
		int netns;	/* fd; -1: the caller's */
		int ifindex;
	} link[HOPS_MAX];	/* in the order in which a packet meets them */
	int dut_netns;		/* whose conntrack and IP counters; -1: none */
	bool duplex;		/* measured frames go both ways */
};

struct hops {
	unsigned int nlinks;
	bool duplex;
	struct hop_link link[HOPS_MAX];
	struct {		/* /proc/net/stat/nf_conntrack, summed over CPUs */
		u64 count, found, invalid, insert, insert_failed, drop, early_drop,
		    search_restart, clash_resolve, chaintoolong;
	} conntrack;
	struct {		/* /proc/net/snmp, netstat, snmp6: both families */
		u64 header_errors, address_errors, no_routes, discards, forwarded;
	} ip;
	struct {		/* /proc/net/softnet_stat and /proc/stat, by CPU */
		u64 processed, dropped, time_squeeze;
		u64 user_ns, system_ns, softirq_ns, steal_ns, idle_ns;
	} cpu[HOPS_CPUS_MAX];
	unsigned int ncpus;
};

/*
 * hops_read - 0 or -errno; -ENODEV when a link is gone or bears another name.
 * Starts and ends a thread for each namespace it looks into: the caller's own
 * stays what it is. Any thread may call it.
 */
int hops_read(const struct hops_config *config, struct hops *ret, struct err *err);
/* hops_json - @after - @before, zeros left out. */
json_t *hops_json(const struct hops *before, const struct hops *after);
/*
 * hops_locate - of @sent frames @received arrived: where the others went, in one
 * sentence with numbers ("… between eth0 and eth1: 1203 (conntrack drop 1203)"),
 * "" when none are missing. Says so when the counters don't tell.
 */
void hops_locate(const struct hops *before, const struct hops *after, u64 sent, u64 received,
		 char *ret, size_t size);

#endif
