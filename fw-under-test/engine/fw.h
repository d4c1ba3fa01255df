/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw.h - the bundled firewall, whole contract. A library: no globals of its
 * own, no clock, no I/O. Time is an argument, random numbers come from one
 * seeded generator per worker, so a run repeats exactly in virtual time.
 *
 * Objects: a struct fw holds configuration, routes and the rulesets; each
 * struct fw_worker owns its shard of the connections and NAT ports, and is
 * used by one thread at a time. Rulesets are compiled, then published by a
 * pointer swap (liburcu QSBR): fw_load may run while workers process; a burst
 * sees the old or the new ruleset whole.
 *
 * Order of hooks as in netfilter: raw, conntrack, mangle, nat (new flows
 * only), routing, filter, …, confirm last; IPv4 and IPv6 through the same code.
 */
#ifndef KPPS_FW_H
#define KPPS_FW_H

#include "lib/compiler.h"
#include "lib/err.h"

#define FW_BURST	32
#define FW_IFS_MAX	16
#define FW_IF_ADDRS_MAX	8
#define FW_ROUTES_MAX	65536

struct fw;
struct fw_worker;

union fw_addr {
	u32 v4;		/* network byte order */
	u8 v6[16];
	u64 v6w[2];
};

struct fw_if {
	char name[16];
	u8 mac[6];
	u8 naddrs4, naddrs6;
	union fw_addr addr4[FW_IF_ADDRS_MAX], addr6[FW_IF_ADDRS_MAX];
};

struct fw_route {
	u8 family;		/* AF_INET, AF_INET6 */
	u8 prefix_len;
	u16 out_if;		/* index into ifs */
	union fw_addr prefix;
	u8 next_hop_mac[6];
};

/* Seconds, as the kernel's sysctls; firewall-facts: fw_timeouts_default. */
struct fw_timeouts {
	u32 tcp_syn_sent, tcp_syn_recv, tcp_established, tcp_fin_wait,
	    tcp_close_wait, tcp_last_ack, tcp_time_wait, tcp_close,
	    tcp_max_retrans, tcp_unacknowledged;
	u32 udp, udp_stream, icmp, icmpv6, generic;
};

struct fw_config {
	unsigned int nifs, nroutes;
	const struct fw_if *ifs;
	const struct fw_route *routes;
	unsigned int workers;
	u64 connections_max;	/* per fw; divided among workers; hard cap */
	u64 seed;
	struct fw_timeouts timeouts;
	bool tcp_be_liberal, tcp_loose, check_checksums;
	/* LOG target; called from the worker's thread; NULL: only counted. */
	void (*log)(void *arg, const char *prefix, const u8 *frame, u32 len,
		    u16 in_if, u16 out_if);
	void *log_arg;
};

void fw_config_default(struct fw_config *config);

enum fw_verdict {
	FW_FORWARD,	/* send data out of out_if */
	FW_DROP,
	FW_LOCAL,	/* accepted for the firewall itself */
	FW_REPLY,	/* data now holds an answer to send out of out_if (REJECT, TTL exceeded) */
};

enum fw_reason {	/* why a frame was not forwarded; names by fw_reason_name */
	FW_OK, FW_RULE, FW_POLICY, FW_MALFORMED, FW_TTL, FW_NO_ROUTE, FW_NOT_IP,
	FW_INVALID_NAT, FW_TABLE_FULL, FW_NAT_EXHAUSTED, FW_NO_ROOM, FW_REJECTED,
	FW_REASONS
};
const char *fw_reason_name(enum fw_reason r);

struct fw_pkt {
	u8 *data;	/* Ethernet frame without FCS; rewritten in place */
	u32 len;
	u32 room;	/* bytes usable at data, for REJECT's answer */
	u16 in_if;
	/* results */
	u16 out_if;
	u8 verdict;	/* enum fw_verdict */
	u8 reason;	/* enum fw_reason */
	u8 ctinfo;	/* enum fw_ctstate */
	u8 why_invalid;	/* bound I … IV (1 … 4) or other cause, see fw_invalid_name */
	u32 mark;
};

enum fw_ctstate { FW_CT_NONE, FW_CT_NEW, FW_CT_ESTABLISHED, FW_CT_RELATED, FW_CT_INVALID, FW_CT_UNTRACKED };
const char *fw_ctstate_name(enum fw_ctstate s);
const char *fw_invalid_name(u8 why);

int fw_create(const struct fw_config *config, struct fw **ret_fw, struct err *err);
void fw_destroy(struct fw *fw);	/* after all workers; NULL is fine */

/*
 * fw_load - replace the ruleset of @family (AF_INET, AF_INET6) by iptables-save
 * text; atomic: on error the old one stays and @err has `name:line: …` with the
 * offending word. Text "" means no tables at all.
 */
int fw_load(struct fw *fw, int family, const char *name, const char *text,
	    size_t len, struct err *err);
/* fw_save - the loaded ruleset as iptables-save text with counters (-c),
 * malloc'ed into *ret_text. */
int fw_save(struct fw *fw, int family, char **ret_text, struct err *err);

int fw_worker_create(struct fw *fw, unsigned int id, int node,
		     struct fw_worker **ret_worker, struct err *err);
void fw_worker_destroy(struct fw_worker *w);
/* The thread that will process says so before, and when it stops or idles long. */
void fw_worker_online(struct fw_worker *w);
void fw_worker_offline(struct fw_worker *w);

/* fw_process - treat up to FW_BURST frames at time @now_ns (never going back). */
void fw_process(struct fw_worker *w, struct fw_pkt *pkts, unsigned int n, u64 now_ns);
/* fw_tick - run timers without traffic. */
void fw_tick(struct fw_worker *w, u64 now_ns);

/*
 * fw_shard_of - the worker (0 … workers - 1) that must process this frame; for
 * whoever spreads frames over workers. With one worker it is 0. Symmetric in
 * source and destination; an ICMP error goes with the packet it quotes. Reads
 * only; any thread.
 *
 * With several workers a connection's replies must belong to the same worker:
 * source ports (SNAT, MASQUERADE) are chosen so that they do. A translation
 * that leaves no choice (destination only, NETMAP, protocols without ports)
 * and would move the replies to another worker is refused: the packet is
 * dropped with FW_INVALID_NAT. With one worker there is no such limit.
 */
unsigned int fw_shard_of(const struct fw *fw, u8 *data, u32 len);

struct fw_stats {
	u64 packets, forwarded, dropped, local, replies;
	u64 reason[FW_REASONS];
	u64 ct_new, ct_established, ct_related, ct_invalid, ct_untracked;
	u64 ct_count;		/* connections now */
	u64 ct_created, ct_expired, ct_early_drop, ct_insert_failed;
	u64 ct_bytes;		/* memory in use for them: records + index */
	u64 nat_ports_used, log_lines;
};

/* fw_worker_stats - from the worker's own thread, or while it is stopped. */
void fw_worker_stats(const struct fw_worker *w, struct fw_stats *ret);
/* fw_worker_flush - forget all connections (the worker stopped). */
void fw_worker_flush(struct fw_worker *w);

#endif
