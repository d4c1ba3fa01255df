/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conn.h - connections: the record, the table, the timer wheel.
 *
 * A record is 64 to 192 bytes: IPv4 or IPv6 addresses, with or without TCP's
 * window state. Records live in an arena of 64-byte units, one region a class,
 * so a freed record is only ever reused by its own class. They are named by a
 * 31-bit unit number (0: none), never by pointer, which keeps links and index
 * entries at four bytes.
 *
 * Life: conn_alloc (not in the index: only the packet being treated knows it)
 * -> conn_confirm (both directions indexed, queued in the wheel) when that
 * packet leaves -> conn_kill by time-out, early drop, RST or reopen. A packet
 * dropped on its way frees its unconfirmed record again.
 *
 * Everything here belongs to one worker and is used by its thread only.
 *
 * Time is counted in ticks of 2^20 ns (1.05 ms), of which a record keeps the
 * low 32 bits. Time-outs are limited to 2^30 ticks, so comparisons modulo 2^32
 * are exact as long as the table is swept once in that time (conn_advance).
 */
#ifndef KPPS_ENGINE_CONN_H
#define KPPS_ENGINE_CONN_H

#include "fw-under-test/engine/pkt.h"

#define TICK_SHIFT	20
#define TICK_MAX	(1u << 30)
#define CONN_UNIT	64
#define CONN_BUCKET	8

struct fw_worker;

enum conn_kind { CONN_FREE, CONN_U4, CONN_T4, CONN_U6, CONN_T6, CONN_KINDS };

enum tcp_state {
	TCPS_NONE, TCPS_SYN_SENT, TCPS_SYN_SENT2, TCPS_SYN_RECV, TCPS_ESTABLISHED,
	TCPS_FIN_WAIT, TCPS_CLOSE_WAIT, TCPS_LAST_ACK, TCPS_TIME_WAIT, TCPS_CLOSE,
	TCPS_STATES
};

/* Lists of the wheel, in the order early drop empties them. */
enum wheel_list { WHEEL_UNREPLIED, WHEEL_CLOSING, WHEEL_REPLIED, WHEEL_ASSURED, WHEEL_LISTS };

/* Half a tuple's ports; ICMP: identifier in sport, type << 8 | code in dport. */
struct conn_ports {
	u16 sport, dport;	/* host order */
};

struct tuple {
	union fw_addr src, dst;
	struct conn_ports port;
	u8 l4proto, family;
};

/* One direction of a TCP connection, firewall-facts' names. */
struct tcp_side {
	u32 end, maxend, maxwin, maxack;
	u8 scale, flags;
};

#define TCPSF_WSCALE		0x01
#define TCPSF_SACK_PERM		0x02
#define TCPSF_CLOSE_INIT	0x04	/* sent the first FIN */
#define TCPSF_LIBERAL		0x08	/* picked up: windows are guesses */
#define TCPSF_UNACKED		0x10	/* data in flight */
#define TCPSF_MAXACK		0x20	/* maxack is valid */
#define TCPSF_CHALLENGE		0x40	/* in last_flags: a challenge ACK may come */
#define TCPSF_SIMULTANEOUS	0x80	/* in last_flags: both sides sent a SYN */

struct conn_tcp {
	struct tcp_side seen[2];
	u32 last_seq, last_ack, last_end;
	u16 last_win;
	u8 last_dir, last_index, last_wscale, last_flags;
	u8 retrans;
};

struct conn {
	u8 kind, l4proto, status /* CTS_ */, state;
	u32 deadline;		/* tick */
	u32 wheel_at;		/* tick the wheel will look at it */
	u32 next, prev;		/* wheel list; next: free list */
	u16 slot;		/* where in the wheel */
	u8 list, flags;
	u32 mark;
	u32 created;		/* tick */
	u16 delta3, delta4;	/* checksum deltas of NAT, original direction */
	struct conn_ports port[2];
	u32 pad;
	union {
		u32 addr4[4];	/* original source, destination, reply source, destination */
		u64 pair4[2];
	};
	/* IPv6: union fw_addr [4]; then TCP: struct conn_tcp */
};

#define CONNF_QUEUED	0x01	/* in the wheel */
#define CONNF_NAT	0x02	/* some address or port is translated */

_Static_assert(sizeof(struct conn) == CONN_UNIT, "a UDP/IPv4 connection is one line");
_Static_assert(sizeof(struct conn_tcp) <= CONN_UNIT, "TCP's state is one line");

struct bucket {
	u16 tag[CONN_BUCKET];	/* 0: empty */
	u32 ref[CONN_BUCKET];	/* unit << 1 | direction */
	u32 next;		/* overflow bucket, 0: none */
	u32 pad[3];
};

_Static_assert(sizeof(struct bucket) == 64, "a bucket is one line");

#define WHEEL_SLOTS	256
#define WHEEL_LEVELS	3

struct wheel {
	u64 now;	/* slot of level 0 not yet finished */
	u32 head[WHEEL_LISTS][WHEEL_LEVELS][WHEEL_SLOTS];
	u64 used[WHEEL_LISTS][WHEEL_LEVELS][WHEEL_SLOTS / 64];
};

struct conn_region {
	u32 first, next, end;	/* units: region, first never used, end */
	u32 free;		/* list through conn.next */
};

struct conn_table {
	u8 *arena;
	size_t arena_bytes;
	struct conn_region region[CONN_KINDS];
	struct bucket *buckets;	/* [nbuckets, nbuckets + noverflow) are for overflow */
	u32 nbuckets, noverflow;
	u32 overflow_free, overflow_next, overflow_used;
	u64 key[4];
	u64 max, count, record_bytes;
	u64 snat;	/* confirmed ones with a translated source */
	struct wheel wheel;
};

/* What a packet is to conntrack; made by conn_in. */
struct conn_pkt {
	struct conn *ct;	/* NULL: none */
	u8 dir;
	u8 ctstate;		/* enum fw_ctstate */
	u8 why;			/* enum conn_why */
	bool icmp_error;	/* about ct, not part of it */
	enum fw_reason drop;	/* FW_OK, or why the packet can't go on */
	struct pkt_view inner;	/* of an ICMP error */
};

/* fw_pkt.why_invalid: bounds first, so that their numbers are the RFC's. */
enum conn_why {
	WHY_NONE, WHY_SEQ_OVER, WHY_SEQ_UNDER, WHY_ACK_OVER, WHY_ACK_UNDER,
	WHY_TCP_FLAGS, WHY_TCP_STATE, WHY_TCP_PICKUP, WHY_TCP_RST, WHY_SHORT_HEADER,
	WHY_CHECKSUM, WHY_FRAGMENT, WHY_ICMP_TYPE, WHY_ICMP_NO_REQUEST, WHY_ICMP_INNER,
	WHY_ICMP_UNKNOWN, WHYS
};

static inline bool tick_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline struct conn *conn_at(const struct conn_table *t, u32 unit)
{
	return (struct conn *)(void *)(t->arena + (size_t)unit * CONN_UNIT);
}

static inline u32 conn_unit(const struct conn_table *t, const struct conn *c)
{
	return (u32)((size_t)((const u8 *)c - t->arena) / CONN_UNIT);
}

/* conn_prefetch - all lines of a record, of which only the place is known. */
static inline void conn_prefetch(const struct conn_table *t, u32 unit)
{
	const struct conn *c = conn_at(t, unit);

	prefetchw(c);
	if (unit >= t->region[CONN_T4].first)
		prefetchw(c + 1);
	if (unit >= t->region[CONN_T6].first)
		prefetchw(c + 2);
}

static inline u8 conn_family(const struct conn *c)
{
	return c->kind <= CONN_T4 ? AF_INET : AF_INET6;
}

static inline union fw_addr *conn_addr6(struct conn *c)
{
	return (union fw_addr *)(void *)(c + 1);
}

static inline struct conn_tcp *conn_tcp(struct conn *c)
{
	return (struct conn_tcp *)(void *)(c + (c->kind == CONN_T4 ? 1 : 2));
}

/* conn_tuple - what a packet of direction @dir looks like when it arrives. */
void conn_tuple(struct conn *c, unsigned int dir, struct tuple *ret);
/* conn_set_tuple - write direction @dir; the other one stays. */
void conn_set_tuple(struct conn *c, unsigned int dir, const struct tuple *t);
/* tuple_invert - what an answer to @t looks like; false: @t has no answer. */
bool tuple_invert(const struct tuple *t, struct tuple *ret);
void tuple_of_view(const struct pkt_view *v, struct tuple *ret);

/* --- table (conn_table.c) --- */

int conn_table_init(struct conn_table *t, u64 max, int node, const u64 key[4], struct err *err);
void conn_table_release(struct conn_table *t);
u64 conn_table_bytes(const struct conn_table *t);
u64 conn_hash(const struct conn_table *t, const struct tuple *tuple);
/* conn_prefetch_index - the buckets @c is in. */
void conn_prefetch_index(const struct conn_table *t, struct conn *c);
struct conn *conn_find(const struct conn_table *t, const struct tuple *tuple, u64 hash,
		       unsigned int *ret_dir);

/*
 * The same in three steps, so that a burst waits for memory once: start asks
 * for the bucket, fetch for the record (the packet's headers must not change
 * in between), find is exact whatever has become of the table since.
 */
struct conn_query {
	struct tuple tuple;
	u64 hash;
	u32 hint;	/* unit << 1 | direction of a record it may be; 0: none */
};

void conn_query_start(const struct conn_table *t, const struct pkt_view *v,
		      struct conn_query *ret);
void conn_query_fetch(const struct conn_table *t, struct conn_query *q);
/* conn_query_prefetch - ask for the record again. */
static inline void conn_query_prefetch(const struct conn_table *t, const struct conn_query *q)
{
	conn_prefetch(t, q->hint >> 1);
}

struct conn *conn_query_find(const struct conn_table *t, const struct conn_query *q,
			     unsigned int *ret_dir);

/* conn_new - a record of @kind, zeroed, counted; NULL: no memory in its region. */
struct conn *conn_new(struct conn_table *t, u8 kind);
void conn_free(struct conn_table *t, struct conn *c);
/* conn_index - enter both directions; -EEXIST when one is taken. */
int conn_index(struct conn_table *t, struct conn *c);
void conn_unindex(struct conn_table *t, struct conn *c);

/* --- wheel (wheel.c) --- */

/* wheel_queue - (again) at the slot of its deadline, in @list. */
void wheel_queue(struct conn_table *t, struct conn *c, u8 list, u64 now_tick);
void wheel_remove(struct conn_table *t, struct conn *c);
/* wheel_advance - finish slots up to @now_tick; at most @budget entries are
 * looked at, each dead one goes to conn_kill. Returns the number expired. */
u32 wheel_advance(struct conn_table *t, u64 now_tick, u32 budget);
/* wheel_oldest - of the lists early drop may take from; NULL: all are assured. */
struct conn *wheel_oldest(struct conn_table *t, u64 now_tick);

/* conn_kill - out of wheel and index, freed. Also for unconfirmed ones. */
void conn_kill(struct conn_table *t, struct conn *c);

/* --- tracking (conn.c) --- */

/* conn_in - find or make the connection of @v and judge the packet. */
void conn_in(struct fw_worker *w, struct pkt_view *v, const struct conn_query *q,
	     struct conn_pkt *cp);
/* conn_confirm - the first packet leaves: false when another took a tuple. */
bool conn_confirm(struct fw_worker *w, struct conn *c);
void conn_flush(struct conn_table *t);
/* conn_relist - after status or state changed: the early-drop list it is in. */
void conn_relist(struct fw_worker *w, struct conn *c);

/* --- protocols: each judges one packet of @cp->ct, which may be a new one.
 * Returns false when the packet is invalid, with cp->why set. --- */

bool conn_tcp_packet(struct fw_worker *w, const struct pkt_view *v, struct conn_pkt *cp);
bool conn_udp_packet(struct fw_worker *w, const struct pkt_view *v, struct conn_pkt *cp);
bool conn_icmp_packet(struct fw_worker *w, const struct pkt_view *v, struct conn_pkt *cp);
bool conn_generic_packet(struct fw_worker *w, const struct pkt_view *v, struct conn_pkt *cp);
/* conn_tcp_starts - may this segment make a connection? */
bool conn_tcp_starts(const struct fw_worker *w, const struct pkt_view *v, u8 *ret_why);
/* conn_tcp_reopens - a SYN that ends a finished connection and starts anew. */
bool conn_tcp_reopens(const struct pkt_view *v, struct conn *c, unsigned int dir);

bool icmp_is_error(const struct pkt_view *v);
/* icmp_starts - may this query make a connection? */
bool icmp_starts(const struct pkt_view *v);
/* icmp_is_untracked - neighbour discovery and multicast listeners. */
bool icmp_is_untracked(const struct pkt_view *v);
/* icmp_invert_type - type of the answer to @type; false: has none. */
bool icmp_invert_type(u8 family, u8 type, u8 *ret_type);
/* conn_icmp_error - find the connection an error is about. */
void conn_icmp_error(struct fw_worker *w, struct pkt_view *v, struct conn_pkt *cp);

#endif
