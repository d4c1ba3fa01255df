/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * internal.h - struct fw and struct fw_worker, for the files of the packet
 * path. A struct fw is read-only for workers but for the pointer to the rules
 * in force; a struct fw_worker is touched by its own thread only.
 */
#ifndef KPPS_ENGINE_INTERNAL_H
#define KPPS_ENGINE_INTERNAL_H

#include <pthread.h>

#include "fw-under-test/engine/conn.h"
#include "fw-under-test/engine/route.h"

#define IF_NONE 0xffff

/* struct fw_timeouts in ticks. */
struct timeouts {
	u32 tcp[TCPS_STATES];
	u32 tcp_max_retrans, tcp_unacknowledged;
	u32 udp, udp_stream, icmp, icmpv6, generic;
};

/* The rules in force, both families; immutable, replaced whole. */
struct fw_rules {
	struct ruleset *rs[2];		/* [family_index], NULL: none */
	struct ruleset_needs needs[2];
	bool plain[2];			/* nothing to ask, nothing to track */
};

struct fw {
	struct fw_config config;	/* ifs and routes copied; routes not kept */
	struct fw_if *ifs;
	struct timeouts timeouts;
	struct route_table routes[2];
	struct fw_rules *rules;		/* RCU */
	pthread_mutex_t load_lock;	/* one writer of rules at a time */
};

struct fw_worker {
	struct fw *fw;
	unsigned int id;
	bool online;
	u64 now_ns, now_tick;
	u64 random;			/* state of the generator */
	struct conn_table conns;
	struct fw_stats stats;
};

static inline unsigned int family_index(u8 family)
{
	return family == AF_INET6;
}

/* worker_random - splitmix64; a run with the same seed repeats. */
static inline u64 worker_random(struct fw_worker *w)
{
	u64 z = w->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* conn_refresh - set the deadline @timeout ticks from now. */
static inline void conn_refresh(struct fw_worker *w, struct conn *c, u32 timeout)
{
	c->deadline = (u32)w->now_tick + timeout;
	if (unlikely((c->flags & CONNF_QUEUED) && tick_before(c->deadline, c->wheel_at)))
		wheel_queue(&w->conns, c, c->list, w->now_tick);
}

/* shard_of_tuple - see fw_shard_of; both directions give the same. */
unsigned int shard_of_tuple(const struct fw *fw, const struct tuple *t);

#endif
