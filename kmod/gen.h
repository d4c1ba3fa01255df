/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gen.h - generators: what netlink.c and the notifiers ask of them, and the
 * structures that gen.c (life), plan.c (plans), frame.c (buffers) and tx.c (the
 * thread) share.
 *
 * A struct kg_gen lives in the idr of its namespace from GEN_NEW until GEN_DEL,
 * or until its socket or namespace goes. kg_lock protects all of it. GEN_START
 * makes a struct kg_run of the plan: from then on the thread alone writes the
 * run, but for @stop_why; others read its results. The run stays, ended, until
 * the next GEN_PLAN or GEN_START, or the generator's end; who frees it has
 * stopped the thread before.
 */
#ifndef KG_GEN_H
#define KG_GEN_H

#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <net/genetlink.h>

#include "lib/hist.h"
#include "lib/stream.h"
#include "uapi/kpps_gen.h"

#define KG_LANES	(KPPS_STREAMS_MAX + 1)
#define KG_NEVER	U64_MAX

/* One turn of a pattern: whose it is, and how many this stream had before in a round. */
struct kg_turn {
	u32 before;
	u8 stream;
};

/* A lane as GEN_LANE told it. */
struct kg_lane_plan {
	u64 mult;		/* ns a frame: mult / 2^shift; 0: no rate */
	u64 total;
	struct kg_turn *turns;	/* NULL: only @stream */
	u32 shift, length;	/* length 1: only @stream */
	u8 stream;
	bool known;
};

struct kg_stream {
	struct kpps_stream s;
	u64 first_index;
	u64 per_round;		/* turns in a round of its lane's pattern */
	u32 as;			/* flags for stream.h's _as functions, without those that only bursts ask */
	/* of the run; written by its thread within run->sync */
	u64 sent, bytes, refused, next_index;
};

struct kg_plan {
	u32 first, stride, burst;
	u64 duration_ns, count;	/* 0: none */
	u64 overrun_ns;		/* KG_NEVER: none */
	u64 together_ns;
	bool known, endless;
	struct kg_stream *stream[KPPS_STREAMS_MAX];
	struct kg_lane_plan lane[KG_LANES];
};

/*
 * A lane as a generator sees it: frame FIRST and every STRIDE-th after it. The
 * departure of its next frame, offset from the start, is @when >> @shift, where
 * @when has 128 bits and grows by @step; so it is the same as schedule_when's of
 * gen/schedule.h.
 */
struct kg_lane {
	u64 when_lo, when_hi;
	u64 step_lo, step_hi;
	u64 next_ns;
	u64 left;
	/* of the packet index: its turn of the pattern, and where in it */
	u64 round;
	u32 at, step_round, step_at, length;
	u32 shift;
	const struct kg_turn *turns;
	u64 mult;
	u8 stream;
	bool rated;
};

/* What departs together; [at, n) is not sent yet. */
struct kg_batch {
	u32 at, n;
	u32 made;		/* those before it have a buffer with their frame */
	u64 index[KPPS_GEN_BURST_MAX];
	u64 when[KPPS_GEN_BURST_MAX];	/* departures, offsets from the start */
	struct sk_buff *skb[KPPS_GEN_BURST_MAX];
	u8 stream[KPPS_GEN_BURST_MAX];
};

/* A buffer that we keep a reference of, and what it was like when it was new. */
struct kg_slot {
	struct sk_buff *skb;
	unsigned char *data;
	const struct kg_stream *st;	/* whose frame it carried last */
};

struct kg_results {
	u64 sent, bytes, refused, recycled;
	u64 departure_ns;	/* of the last batch, on the clock */
	u64 late_max_ns;
};

struct kg_run;

/* Where frames go (enum kpps_gen_way). */
struct kg_way {
	bool recycles;		/* buffers may be used again, on devices that allow it */
	/* hand over what of the batch is made; advances batch.at */
	void (*send)(struct kg_run *r);
};

struct kg_run {
	struct net_device *dev;
	struct netdev_queue *txq;
	const struct kg_way *way;
	u32 queue;
	int node;
	/* the plan, as this run goes through it */
	u64 start_ns, end_ns;	/* end_ns: of lanes without a rate; KG_NEVER: until @left */
	u64 stop_ns;		/* nothing departs after this; KG_NEVER: never */
	u64 left;		/* frames of all lanes; KG_NEVER: as the lanes say */
	u64 gap_ns;		/* of a single lane with a rate */
	u32 most;		/* frames that may leave together */
	u32 nlanes;
	u32 unrated;		/* number of the lane without a rate; KG_LANES: none */
	bool paced;		/* all have a rate: there is a schedule to compare with */
	struct kg_lane lane[KG_LANES];
	struct kg_stream **stream;	/* of the generator's plan */
	/* buffers */
	u32 headroom, tailroom, longest;
	u32 nslots, nslots_max, slot_at;
	struct kg_slot *slots;	/* NULL: no buffer is used again */
	/* now */
	u64 now;		/* stamp of the batch */
	u64 scheduled_ns;	/* when the last frame that was sent was due */
	bool departed;
	struct kg_batch batch;
	/* what came of it */
	struct u64_stats_sync sync;
	struct kg_results results;
	struct hist departure;
	enum kpps_gen_state state;
	enum kpps_gen_why why;
	/* whoever is about to stop the thread says why */
	enum kpps_gen_why stop_why;
	u32 id;
	struct net *net;
};

struct kg_gen {
	struct net *net;	/* that it belongs to; it goes first */
	u32 portid;		/* of the socket it belongs to */
	u32 id;
	struct net_device *dev;	/* NULL: it is gone */
	netdevice_tracker dev_tracker;
	int ifindex;
	u32 queue, cpu;
	enum kpps_gen_way way;
	struct kg_plan plan;
	struct kg_run *run;	/* NULL: none since the plan */
	struct task_struct *task; /* with a reference, as long as there is a run */
};

/* gen.c: requests. They take kg_lock. */
int kg_gen_new(struct sk_buff *skb, struct genl_info *info);
int kg_gen_stream(struct sk_buff *skb, struct genl_info *info);
int kg_gen_lane(struct sk_buff *skb, struct genl_info *info);
int kg_gen_plan(struct sk_buff *skb, struct genl_info *info);
int kg_gen_start(struct sk_buff *skb, struct genl_info *info);
int kg_gen_stop(struct sk_buff *skb, struct genl_info *info);
int kg_gen_get_do(struct sk_buff *skb, struct genl_info *info);
int kg_gen_get_dump(struct sk_buff *skb, struct netlink_callback *cb);
int kg_gen_stream_get(struct sk_buff *skb, struct genl_info *info);
int kg_gen_del(struct sk_buff *skb, struct genl_info *info);

/* They take kg_lock; the device's are called under RTNL. */
void kg_gen_owner_gone(struct net *net, u32 portid);
void kg_gen_net_exit(struct net *net);
void kg_gen_device_down(struct net_device *dev);
void kg_gen_device_gone(struct net_device *dev);

/* route.c */
bool kg_carries_default_route(struct net *net, const struct net_device *dev);

/* plan.c: under kg_lock, of a generator at rest. */
void kg_plan_clear(struct kg_plan *p);
int kg_plan_check(struct genl_info *info);
/* kg_plan_set - what kg_plan_check found good. */
void kg_plan_set(struct kg_plan *p, struct genl_info *info);
int kg_plan_stream(struct kg_gen *g, struct genl_info *info);
int kg_plan_lane(struct kg_plan *p, struct genl_info *info);
/* kg_plan_begin - check that the plan is whole, and start @r at its beginning. */
int kg_plan_begin(struct kg_gen *g, struct kg_run *r, u64 start_ns, struct netlink_ext_ack *extack);

/* kg_lane_gap - ns from one frame of it to the next, rounded. */
u64 kg_lane_gap(const struct kg_lane *l);
/* kg_lane_step - @n frames of it are taken. */
void kg_lane_step(struct kg_lane *l, u64 n);

/* frame.c */
int kg_buffers_init(struct kg_run *r);
void kg_buffers_release(struct kg_run *r);
/* kg_batch_make - frames for what is not made yet; false: there is no memory for all. */
bool kg_batch_make(struct kg_run *r);
/* kg_batch_drop - forget what is not sent, as if it had never been made. */
void kg_batch_drop(struct kg_run *r);

/* tx.c */
extern const struct kg_way kg_ways[];
int kg_thread(void *run);
/* kg_run_end - the last word on a run: its thread's, or of who stopped it before it began. */
void kg_run_end(struct kg_run *r, enum kpps_gen_why why);
/* kg_elapsed - from the start to the last departure; 0: there was none. */
u64 kg_elapsed(const struct kg_run *r, const struct kg_results *res);
void kg_results_read(const struct kg_run *r, struct kg_results *ret);

#endif
