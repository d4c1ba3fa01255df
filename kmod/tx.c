// SPDX-License-Identifier: GPL-2.0
/*
 * tx.c - the thread of a run: takes what the schedule has next, waits until it is
 * due, makes the frames and hands them over. It holds no lock but the transmit
 * queue's, and that for a batch; it never takes kg_lock or RTNL, so both may be
 * held by who stops it. It ends by itself when the plan is over, and when it is
 * told to.
 *
 * A batch is what gen/source.h calls a burst: it leaves when its last frame is
 * due, and carries the reading of the clock at that moment. Bottom halves are off
 * while it is made and sent, and what they have to do (a veth's peer, the stack)
 * runs at its end.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "gen.h"
#include "netlink.h"

/* Longer waits sleep: single frames below 100,000 a second. */
#define KG_SPIN_NS		10000
/* A transmit queue that stays stopped for longer is waited for asleep. */
#define KG_BLOCKED_SPIN_NS	100000
/* Moments without memory, of 1 ms each, before a run gives up. */
#define KG_MEMORY_TRIES		100

static void refused(struct kg_run *r, u32 i)
{
	u64_stats_update_begin(&r->sync);
	r->stream[r->batch.stream[i]]->refused++;
	r->results.refused++;
	u64_stats_update_end(&r->sync);
}

/*
 * A queue that the driver or BQL has stopped takes no more, nor does one without a
 * carrier, or that is not used any more: the rest of the batch waits.
 */
static void send_queue(struct kg_run *r)
{
	struct net_device *dev = r->dev;
	struct netdev_queue *txq = r->txq;
	struct kg_batch *b = &r->batch;
	netdev_tx_t ret;

	if (unlikely(!netif_carrier_ok(dev) || r->queue >= READ_ONCE(dev->real_num_tx_queues)))
		return;
	HARD_TX_LOCK(dev, txq, smp_processor_id());
	while (b->at < b->made) {
		if (unlikely(netif_xmit_frozen_or_stopped(txq)))
			break;
		ret = netdev_start_xmit(b->skb[b->at], dev, txq, b->at + 1 < b->made);
		if (unlikely(ret != NETDEV_TX_OK)) {
			/* all other answers say that the buffer is gone */
			if (ret == NETDEV_TX_BUSY)
				break;
			refused(r, b->at);
		}
		b->at++;
	}
	HARD_TX_UNLOCK(dev, txq);
}

static void send_qdisc(struct kg_run *r)
{
	struct kg_batch *b = &r->batch;

	for (; b->at < b->made; b->at++) {
		struct sk_buff *skb = b->skb[b->at];
		int ret;

		/* the stack picks the queue of a received frame by the one it came by */
		skb_record_rx_queue(skb, r->queue);
		ret = dev_queue_xmit(skb);
		if (unlikely(ret != NET_XMIT_SUCCESS && ret != NET_XMIT_CN))
			refused(r, b->at);
	}
}

/*
 * What becomes of the frame is the stack's affair: not even a drop is told. It warns
 * of a receive queue that the device hasn't.
 */
static void send_receive(struct kg_run *r)
{
	u32 queue = min(r->queue, READ_ONCE(r->dev->real_num_rx_queues) - 1);
	struct kg_batch *b = &r->batch;

	for (; b->at < b->made; b->at++) {
		struct sk_buff *skb = b->skb[b->at];

		skb->protocol = eth_type_trans(skb, r->dev);
		skb_record_rx_queue(skb, queue);
		netif_receive_skb(skb);
	}
}

const struct kg_way kg_ways[] = {
	[KPPS_GEN_WAY_QUEUE] = { .recycles = true, .send = send_queue },
	[KPPS_GEN_WAY_QDISC] = { .send = send_qdisc },
	[KPPS_GEN_WAY_RECEIVE] = { .send = send_receive },
};

static void sleep_until(u64 when)
{
	ktime_t expires = ns_to_ktime(min_t(u64, when, KTIME_MAX));

	/* who stops the thread wakes it up */
	set_current_state(TASK_IDLE);
	if (!kthread_should_stop())
		schedule_hrtimeout_range(&expires, 0, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
}

/* The clock at @when or later; 0: the thread is to stop. */
static u64 wait_until(u64 when)
{
	u64 now;

	while ((now = ktime_get_ns()) < when) {
		if (kthread_should_stop())
			return 0;
		if (when - now > KG_SPIN_NS) {
			sleep_until(when);
		} else {
			cpu_relax();
			cond_resched();
		}
	}
	return now;
}

/* The next frame of lane @l into place @i of the batch. */
static void lane_take(struct kg_run *r, struct kg_lane *l, u32 i)
{
	struct kg_batch *b = &r->batch;
	u32 number = l->stream, before = 0;
	const struct kg_stream *st;

	if (l->turns) {
		number = l->turns[l->at].stream;
		before = l->turns[l->at].before;
	}
	st = r->stream[number];
	b->stream[i] = number;
	b->index[i] = st->first_index + l->round * st->per_round + before;
	b->when[i] = l->next_ns;
	l->round += l->step_round;
	l->at += l->step_at;
	if (l->at >= l->length) {
		l->at -= l->length;
		l->round++;
	}
	l->left--;
	if (l->rated)
		kg_lane_step(l, 1);
}

/*
 * The lane whose frame is due first, the earlier one when equal; one without a
 * rate fills what those that are due by @now leave. NULL: no lane has one.
 */
static struct kg_lane *lane_next(struct kg_run *r, u64 now)
{
	struct kg_lane *best = NULL;
	u64 when = KG_NEVER;
	u32 i;

	for (i = 0; i < r->nlanes; i++) {
		struct kg_lane *l = &r->lane[i];

		if (!l->rated || !l->left || l->next_ns >= when || l->next_ns > now)
			continue;
		when = l->next_ns;
		best = l;
	}
	if (best || r->paced || !r->lane[r->unrated].left ||
	    (r->end_ns != KG_NEVER && r->start_ns + now >= r->end_ns))
		return best;
	return &r->lane[r->unrated];
}

/* The only lane, of a single stream: its next @n frames. */
static void single_take(struct kg_run *r, struct kg_lane *l, u32 n)
{
	struct kg_batch *b = &r->batch;
	u64 index = r->stream[l->stream]->first_index + l->round;
	u32 i;

	for (i = 0; i < n; i++) {
		b->index[i] = index;
		index += l->step_round;
	}
	for (i = 0; l->rated && i < n; i++) {
		b->when[i] = l->next_ns;
		kg_lane_step(l, 1);
	}
	memset(b->stream, l->stream, n);
	l->round += (u64)n * l->step_round;
	l->left -= n;
}

/* What leaves together next; @now: offset from the start, all that will be due if paced. */
static void batch_take(struct kg_run *r, u64 now)
{
	struct kg_batch *b = &r->batch;
	u32 i, most = min_t(u64, r->most, r->left);
	struct kg_lane *l;

	if (r->nlanes == 1 && !r->lane[0].turns) {
		l = lane_next(r, now);
		i = l ? min_t(u64, most, l->left) : 0;
		single_take(r, &r->lane[0], i);
	} else {
		for (i = 0; i < most; i++) {
			l = lane_next(r, now);
			if (!l)
				break;
			lane_take(r, l, i);
		}
	}
	b->at = 0;
	b->made = 0;
	b->n = i;
	if (r->left != KG_NEVER)
		r->left -= i;
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/* The histogram that gen/source.h describes, and how late the batch is. */
static void batch_compare(struct kg_run *r)
{
	const struct kg_batch *b = &r->batch;
	u64 first = r->start_ns + b->when[0];
	u32 i;

	if (r->now > first && r->now - first > r->results.late_max_ns)
		r->results.late_max_ns = r->now - first;
	if (r->departed)
		hist_add(&r->departure, distance(r->now - r->results.departure_ns,
						 b->when[0] - r->scheduled_ns), 1);
	if (r->nlanes > 1)
		for (i = 1; i < b->n; i++)
			hist_add(&r->departure, b->when[i] - b->when[i - 1], 1);
	else if (b->n > 1)
		hist_add(&r->departure, r->gap_ns, b->n - 1);
	r->scheduled_ns = b->when[b->n - 1];
}

/* A batch that is due, stamped; else why the run is over. */
static int batch_begin(struct kg_run *r)
{
	struct kg_batch *b = &r->batch;
	u64 now;

	if (r->paced) {
		batch_take(r, KG_NEVER);
		if (!b->n)
			return KPPS_GEN_WHY_DONE;
		now = wait_until(r->start_ns + b->when[b->n - 1]);
	} else {
		now = wait_until(r->start_ns);
		if (now)
			batch_take(r, now - r->start_ns);
	}
	if (!now)
		return READ_ONCE(r->stop_why);
	if (!b->n)
		return KPPS_GEN_WHY_DONE;
	if (now > r->stop_ns)
		return KPPS_GEN_WHY_OVERRUN;
	r->now = now;
	/* on 32 bits a writer must not be preempted: readers would wait for it */
	preempt_disable();
	u64_stats_update_begin(&r->sync);
	if (r->paced)
		batch_compare(r);
	r->results.departure_ns = now;
	u64_stats_update_end(&r->sync);
	preempt_enable();
	r->departed = true;
	return -1;
}

/* The queue takes nothing now: look again in a while. False: there is no time left. */
static bool blocked(struct kg_run *r, u64 *since)
{
	u64 now = ktime_get_ns();

	if (!*since)
		*since = now;
	if (now > r->stop_ns)
		return false;
	if (now - *since > KG_BLOCKED_SPIN_NS)
		usleep_idle_range(20, 50);
	else
		cpu_relax();
	return true;
}

/* Is there so much for bottom halves to do that ksoftirqd has it now? */
static bool softirqs_wait(void)
{
	bool ret;

	preempt_disable();
	ret = local_softirq_pending();
	preempt_enable();
	return ret;
}

/* Make and send the batch, however long that takes; else why the run is over. */
static int batch_send(struct kg_run *r)
{
	struct kg_batch *b = &r->batch;
	u32 tries = 0, before;
	u64 since = 0;
	bool whole;

	while (b->at < b->n) {
		before = b->at;
		local_bh_disable();
		whole = kg_batch_make(r);
		r->way->send(r);
		local_bh_enable();
		if (unlikely(softirqs_wait()))
			usleep_idle_range(20, 50);
		cond_resched();
		if (kthread_should_stop())
			return READ_ONCE(r->stop_why);
		if (likely(b->at == b->n))
			break;
		if (b->at > before) {
			since = 0;
			tries = 0;
		} else if (!whole && b->made == b->at) {
			if (++tries == KG_MEMORY_TRIES)
				return KPPS_GEN_WHY_NO_MEMORY;
			usleep_idle_range(1000, 2000);
		} else if (!blocked(r, &since)) {
			return KPPS_GEN_WHY_OVERRUN;
		}
	}
	return -1;
}

void kg_results_read(const struct kg_run *r, struct kg_results *ret)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&r->sync);
		*ret = r->results;
	} while (u64_stats_fetch_retry(&r->sync, start));
}

u64 kg_elapsed(const struct kg_run *r, const struct kg_results *res)
{
	return res->departure_ns ? res->departure_ns - r->start_ns : 0;
}

void kg_run_end(struct kg_run *r, enum kpps_gen_why why)
{
	struct kg_results res;
	struct sk_buff *msg;
	void *hdr;

	r->why = why;
	/* with gen.c's loads: who sees the end sees why, and the last counts */
	smp_store_release(&r->state, KPPS_GEN_STATE_ENDED);
	kg_results_read(r, &res);
	msg = kg_event_new(KPPS_GEN_CMD_GEN_DONE, 128, &hdr);
	if (!msg)
		return;
	if (nla_put_u32(msg, KPPS_GEN_A_ID, r->id) ||
	    nla_put_u32(msg, KPPS_GEN_A_STATE, KPPS_GEN_STATE_ENDED) ||
	    nla_put_u32(msg, KPPS_GEN_A_WHY, why) ||
	    kg_put_u64(msg, KPPS_GEN_A_SENT, res.sent) ||
	    kg_put_u64(msg, KPPS_GEN_A_ELAPSED, kg_elapsed(r, &res))) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	kg_event_send(r->net, msg);
}

int kg_thread(void *run)
{
	struct kg_run *r = run;
	int why = -1;

	while (why < 0) {
		if (kthread_should_stop())
			why = READ_ONCE(r->stop_why);
		else
			why = batch_begin(r);
		if (why < 0)
			why = batch_send(r);
	}
	local_bh_disable();
	kg_batch_drop(r);
	local_bh_enable();
	kg_run_end(r, why);
	return 0;
}
