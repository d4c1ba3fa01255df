/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hops.h - the counters along the way of a packet, read before and after a
 * trial, never during it, and what their difference says: between which two
 * hops the frames went missing.
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
	u64 rx_xdp_drops, tx_xdp_errors;	/* veth: rx_queue_*_drops, *_xdp_xmit_errors */
};

struct hops_config {
	unsigned int nlinks;
	struct {
		const char *name;
		int netns;	/* fd */
		int ifindex;
	} link[HOPS_MAX];	/* in the order in which a packet meets them */
	int dut_netns;		/* whose conntrack; -1: none */
};

struct hops {
	unsigned int nlinks;
	struct hop_link link[HOPS_MAX];
	struct {		/* /proc/net/stat/nf_conntrack, summed over CPUs */
		u64 count, found, invalid, insert, insert_failed, drop, early_drop,
		    search_restart, clash_resolve, chaintoolong;
	} conntrack;
	struct {		/* /proc/net/softnet_stat and /proc/stat, by CPU */
		u64 processed, dropped, time_squeeze;
		u64 user_ns, system_ns, softirq_ns, steal_ns, idle_ns;
	} cpu[HOPS_CPUS_MAX];
	unsigned int ncpus;
};

int hops_read(const struct hops_config *config, struct hops *ret, struct err *err);
/* hops_json - @after - @before, zeros left out. */
json_t *hops_json(const struct hops *before, const struct hops *after);
/*
 * hops_locate - of @sent frames @received arrived: where the others went, in one
 * sentence with numbers ("… between eth0 and eth1: 1203, conntrack dropped 1203"),
 * "" when none are missing. Says so when the counters don't tell.
 */
void hops_locate(const struct hops *before, const struct hops *after, u64 sent, u64 received,
		 char *ret, size_t size);

#endif
