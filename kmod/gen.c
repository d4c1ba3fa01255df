// SPDX-License-Identifier: GPL-2.0
/*
 * gen.c - the life of generators: made, started, stopped, asked and deleted by
 * requests; stopped and deleted when their socket, namespace or device goes.
 * gen.h says who may touch what.
 *
 * A device is looked up and noted under RTNL, so that it can't go between the
 * two: whatever unregisters it later finds the generator.
 */
#include <linux/cpumask.h>
#include <linux/if_arp.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <net/sock.h>

#include "gen.h"
#include "main.h"
#include "netlink.h"

/* Attributes of GEN_GET but DEPARTURE; a u64 takes 16 with its padding. */
#define KG_GET_SIZE	512

static struct kg_gen *gen_find(struct genl_info *info)
{
	struct kg_gen *g;

	if (!kg_need(info, KPPS_GEN_A_ID))
		return ERR_PTR(-EINVAL);
	g = idr_find(&kg_net(genl_info_net(info))->gens, nla_get_u32(info->attrs[KPPS_GEN_A_ID]));
	if (g)
		return g;
	return ERR_PTR(kg_refuse(info->extack, info->attrs[KPPS_GEN_A_ID], -ENOENT,
				 "there is no such generator in this network namespace"));
}

static bool gen_running(const struct kg_gen *g)
{
	/* with kg_run_end: who sees the end sees why */
	return g->run && smp_load_acquire(&g->run->state) == KPPS_GEN_STATE_RUNNING;
}

static struct kg_gen *gen_find_at_rest(struct genl_info *info)
{
	struct kg_gen *g = gen_find(info);

	if (!IS_ERR(g) && gen_running(g))
		return ERR_PTR(kg_refuse(info->extack, info->attrs[KPPS_GEN_A_ID], -EBUSY,
					 "the generator is running: stop it first"));
	return g;
}

/* Ends the thread of a run; the run and its results stay. */
static void gen_stop(struct kg_gen *g, enum kpps_gen_why why)
{
	if (!g->task)
		return;
	WRITE_ONCE(g->run->stop_why, why);
	kthread_stop(g->task);
	put_task_struct(g->task);
	g->task = NULL;
	/* the thread may have been stopped before it began */
	if (gen_running(g))
		kg_run_end(g->run, why);
}

static void gen_forget_run(struct kg_gen *g)
{
	gen_stop(g, KPPS_GEN_WHY_STOPPED);
	if (!g->run)
		return;
	kg_buffers_release(g->run);
	kvfree(g->run);
	g->run = NULL;
}

static void gen_drop_device(struct kg_gen *g)
{
	if (g->dev)
		netdev_put(g->dev, &g->dev_tracker);
	g->dev = NULL;
}

static void gen_delete(struct kg_gen *g)
{
	idr_remove(&kg_net(g->net)->gens, g->id);
	gen_forget_run(g);
	gen_drop_device(g);
	kg_plan_clear(&g->plan);
	kvfree(g);
}

/* The device, queue and CPU that are asked for: can they be? Under RTNL. */
static int new_check(struct net *net, struct kg_gen *g, const struct net_device *dev,
		     struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;

	if (dev->type != ARPHRD_ETHER && dev->type != ARPHRD_LOOPBACK)
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_IFINDEX], -EOPNOTSUPP,
				 "the device takes no Ethernet frames");
	if (g->queue >= dev->real_num_tx_queues)
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_QUEUE], -EINVAL,
				 "the device has fewer transmit queues");
	if (g->cpu >= nr_cpu_ids || !cpu_online(g->cpu))
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_CPU], -EINVAL,
				 "there is no such CPU, or it is offline");
	if (!attrs[KPPS_GEN_A_FORCE] && kg_carries_default_route(net, dev))
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_IFINDEX], -EBUSY,
				 "the device carries the default route: FORCE sends from it nevertheless");
	return 0;
}

static int new_insert(struct net *net, struct kg_gen *g, struct genl_info *info)
{
	struct net_device *dev = __dev_get_by_index(net, g->ifindex);
	int ret;

	if (!dev)
		return kg_refuse(info->extack, info->attrs[KPPS_GEN_A_IFINDEX], -ENODEV,
				 "there is no such device in this network namespace");
	ret = new_check(net, g, dev, info);
	if (ret)
		return ret;
	ret = idr_alloc(&kg_net(net)->gens, g, 1, KG_OBJECTS_MAX + 1, GFP_KERNEL);
	if (ret == -ENOSPC)
		return kg_refuse(info->extack, NULL, ret,
				 "this network namespace has 1024 generators: delete some");
	if (ret < 0)
		return ret;
	g->id = ret;
	g->dev = dev;
	netdev_hold(dev, &g->dev_tracker, GFP_KERNEL);
	return 0;
}

int kg_gen_new(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct nlattr **attrs = info->attrs;
	struct sk_buff *msg;
	struct kg_gen *g;
	void *hdr;
	int ret;

	if (!kg_need(info, KPPS_GEN_A_IFINDEX))
		return -EINVAL;
	msg = kg_reply_new(info, nla_total_size(sizeof(u32)), &hdr);
	if (!msg)
		return -ENOMEM;
	ret = -ENOMEM;
	g = kvzalloc(sizeof(*g), GFP_KERNEL_ACCOUNT);
	if (!g)
		goto reply;
	g->net = net;
	g->portid = info->snd_portid;
	g->ifindex = nla_get_u32(attrs[KPPS_GEN_A_IFINDEX]);
	if (attrs[KPPS_GEN_A_QUEUE])
		g->queue = nla_get_u32(attrs[KPPS_GEN_A_QUEUE]);
	g->cpu = attrs[KPPS_GEN_A_CPU] ? nla_get_u32(attrs[KPPS_GEN_A_CPU]) : raw_smp_processor_id();
	if (attrs[KPPS_GEN_A_WAY])
		g->way = nla_get_u32(attrs[KPPS_GEN_A_WAY]);
	rtnl_lock();
	mutex_lock(&kg_lock);
	ret = new_insert(net, g, info);
	if (!ret)
		nla_put_u32(msg, KPPS_GEN_A_ID, g->id);
	mutex_unlock(&kg_lock);
	rtnl_unlock();
	if (ret)
		kvfree(g);
reply:
	return kg_reply(info, msg, hdr, ret);
}

/* What a plan is added to: it is there, and no run uses it any more. */
static struct kg_gen *gen_find_planned(struct genl_info *info)
{
	struct kg_gen *g = gen_find_at_rest(info);

	if (IS_ERR(g))
		return g;
	if (!g->plan.known)
		return ERR_PTR(kg_refuse(info->extack, NULL, -EINVAL,
					 "there is no plan yet: GEN_PLAN comes first"));
	if (!g->dev)
		return ERR_PTR(kg_refuse(info->extack, NULL, -ENODEV,
					 "the device is gone: delete the generator"));
	gen_forget_run(g);
	return g;
}

/* Do @order to the generator that @find has, under the lock. */
static int gen_order(struct genl_info *info, struct kg_gen *(*find)(struct genl_info *info),
		     int (*order)(struct kg_gen *g, struct genl_info *info))
{
	struct kg_gen *g;
	int ret;

	mutex_lock(&kg_lock);
	g = find(info);
	ret = IS_ERR(g) ? PTR_ERR(g) : order(g, info);
	mutex_unlock(&kg_lock);
	return ret;
}

static int order_plan(struct kg_gen *g, struct genl_info *info)
{
	int ret = kg_plan_check(info);

	if (ret)
		return ret;
	/* the run refers to the old plan's streams */
	gen_forget_run(g);
	kg_plan_set(&g->plan, info);
	return 0;
}

int kg_gen_plan(struct sk_buff *skb, struct genl_info *info)
{
	return gen_order(info, gen_find_at_rest, order_plan);
}

int kg_gen_stream(struct sk_buff *skb, struct genl_info *info)
{
	return gen_order(info, gen_find_planned, kg_plan_stream);
}

static int order_lane(struct kg_gen *g, struct genl_info *info)
{
	return kg_plan_lane(&g->plan, info);
}

int kg_gen_lane(struct sk_buff *skb, struct genl_info *info)
{
	return gen_order(info, gen_find_planned, order_lane);
}

/* A run of the plan, whole but for its thread. */
static struct kg_run *run_new(struct kg_gen *g, u64 start_ns, struct netlink_ext_ack *extack)
{
	int node = cpu_to_node(g->cpu), ret;
	struct kg_run *r = kvzalloc_node(sizeof(*r), GFP_KERNEL_ACCOUNT, node);

	if (!r)
		return ERR_PTR(-ENOMEM);
	r->net = g->net;
	r->id = g->id;
	r->dev = g->dev;
	r->txq = netdev_get_tx_queue(g->dev, g->queue);
	r->way = &kg_ways[g->way];
	r->queue = g->queue;
	r->node = node;
	r->departure.min = U64_MAX;
	u64_stats_init(&r->sync);
	r->stop_why = KPPS_GEN_WHY_STOPPED;
	r->state = KPPS_GEN_STATE_RUNNING;
	ret = kg_plan_begin(g, r, start_ns, extack);
	if (!ret)
		ret = kg_buffers_init(r);
	if (!ret)
		return r;
	kvfree(r);
	return ERR_PTR(ret);
}

static int start_check(const struct kg_gen *g, struct netlink_ext_ack *extack)
{
	if (!g->plan.known)
		return kg_refuse(extack, NULL, -EINVAL, "there is no plan: give one by GEN_PLAN");
	if (!g->dev)
		return kg_refuse(extack, NULL, -ENODEV, "the device is gone: delete the generator");
	if (!netif_running(g->dev))
		return kg_refuse(extack, NULL, -ENETDOWN, "the device is down: set it up first");
	if (g->queue >= READ_ONCE(g->dev->real_num_tx_queues))
		return kg_refuse(extack, NULL, -EINVAL, "the device has fewer transmit queues by now");
	if (!cpu_online(g->cpu))
		return kg_refuse(extack, NULL, -EINVAL, "the generator's CPU is offline");
	return 0;
}

static int order_start(struct kg_gen *g, struct genl_info *info)
{
	const struct nlattr *start = info->attrs[KPPS_GEN_A_START];
	struct task_struct *task;
	struct kg_run *r;
	int ret;

	ret = start_check(g, info->extack);
	if (ret)
		return ret;
	gen_forget_run(g);
	r = run_new(g, start ? nla_get_u64(start) : ktime_get_ns(), info->extack);
	if (IS_ERR(r))
		return PTR_ERR(r);
	task = kthread_create_on_node(kg_thread, r, r->node, "kpps_gen/%u", g->id);
	if (IS_ERR(task)) {
		kg_buffers_release(r);
		kvfree(r);
		return PTR_ERR(task);
	}
	kthread_bind(task, g->cpu);
	/* it may end by itself, and is stopped later nevertheless */
	get_task_struct(task);
	g->run = r;
	g->task = task;
	wake_up_process(task);
	return 0;
}

int kg_gen_start(struct sk_buff *skb, struct genl_info *info)
{
	int ret;

	/*
	 * RTNL: a device goes down under it. Either this finds the device down, or
	 * that finds the run.
	 */
	rtnl_lock();
	ret = gen_order(info, gen_find_at_rest, order_start);
	rtnl_unlock();
	return ret;
}

static int order_stop(struct kg_gen *g, struct genl_info *info)
{
	gen_stop(g, KPPS_GEN_WHY_STOPPED);
	return 0;
}

int kg_gen_stop(struct sk_buff *skb, struct genl_info *info)
{
	return gen_order(info, gen_find, order_stop);
}

static int order_del(struct kg_gen *g, struct genl_info *info)
{
	gen_delete(g);
	return 0;
}

int kg_gen_del(struct sk_buff *skb, struct genl_info *info)
{
	return gen_order(info, gen_find, order_del);
}

/* Most frames due at once: those since the one that departed the furthest behind. */
static u64 run_backlog(const struct kg_run *r, u64 late_ns)
{
	u64 n = 0;
	u32 i;

	if (!r->paced || !late_ns)
		return r->paced && r->results.sent;
	for (i = 0; i < r->nlanes; i++) {
		const struct kg_lane *l = &r->lane[i];

		n += div64_u64(late_ns, max(kg_lane_gap(l), 1ULL));
	}
	return n + 1;
}

static int put_run(struct sk_buff *msg, const struct kg_run *r, bool with_departure)
{
	struct kg_results res;
	u32 state;

	/* with kg_run_end: who sees the end sees why, and the last counts */
	state = smp_load_acquire(&r->state);
	kg_results_read(r, &res);
	if (nla_put_u32(msg, KPPS_GEN_A_STATE, state) ||
	    (state == KPPS_GEN_STATE_ENDED && nla_put_u32(msg, KPPS_GEN_A_WHY, r->why)) ||
	    kg_put_u64(msg, KPPS_GEN_A_START, r->start_ns) ||
	    kg_put_u64(msg, KPPS_GEN_A_SENT, res.sent) ||
	    kg_put_u64(msg, KPPS_GEN_A_BYTES, res.bytes) ||
	    kg_put_u64(msg, KPPS_GEN_A_REFUSED, res.refused) ||
	    kg_put_u64(msg, KPPS_GEN_A_RECYCLED, res.recycled) ||
	    kg_put_u64(msg, KPPS_GEN_A_ELAPSED, kg_elapsed(r, &res)) ||
	    kg_put_u64(msg, KPPS_GEN_A_LATE_MAX, res.late_max_ns) ||
	    kg_put_u64(msg, KPPS_GEN_A_BACKLOG_MAX, run_backlog(r, res.late_max_ns)))
		return -EMSGSIZE;
	if (with_departure)
		return nla_put(msg, KPPS_GEN_A_DEPARTURE, sizeof(r->departure), &r->departure);
	return 0;
}

static int put_gen(struct sk_buff *msg, const struct kg_gen *g, bool with_departure)
{
	if (nla_put_u32(msg, KPPS_GEN_A_ID, g->id) ||
	    nla_put_u32(msg, KPPS_GEN_A_IFINDEX, g->ifindex) ||
	    nla_put_u32(msg, KPPS_GEN_A_QUEUE, g->queue) ||
	    nla_put_u32(msg, KPPS_GEN_A_CPU, g->cpu) ||
	    nla_put_u32(msg, KPPS_GEN_A_WAY, g->way))
		return -EMSGSIZE;
	if (g->run)
		return put_run(msg, g->run, with_departure);
	return nla_put_u32(msg, KPPS_GEN_A_STATE, KPPS_GEN_STATE_IDLE);
}

int kg_gen_get_do(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	struct kg_gen *g;
	void *hdr;
	int ret;

	msg = kg_reply_new(info, KG_GET_SIZE + nla_total_size(sizeof(struct hist)), &hdr);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&kg_lock);
	g = gen_find(info);
	ret = IS_ERR(g) ? PTR_ERR(g) : put_gen(msg, g, true);
	mutex_unlock(&kg_lock);
	return kg_reply(info, msg, hdr, ret);
}

int kg_gen_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kg_net *kn = kg_net(sock_net(skb->sk));
	struct kg_gen *g;
	int id = cb->args[0];

	mutex_lock(&kg_lock);
	idr_for_each_entry_continue(&kn->gens, g, id) {
		void *hdr = kg_dump_put(skb, cb, KPPS_GEN_CMD_GEN_GET);

		if (!hdr)
			break;
		if (put_gen(skb, g, false)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	mutex_unlock(&kg_lock);
	cb->args[0] = id;
	return skb->len;
}

static int put_stream(struct sk_buff *msg, const struct kg_gen *g, struct genl_info *info)
{
	u32 number = nla_get_u32(info->attrs[KPPS_GEN_A_STREAM]);
	const struct kg_stream *st = g->plan.stream[number];
	u64 sent = 0, bytes = 0, refused = 0, next_index;
	unsigned int start;

	if (!st)
		return kg_refuse(info->extack, info->attrs[KPPS_GEN_A_STREAM], -ENOENT,
				 "the generator has no such stream");
	next_index = st->first_index;
	while (g->run) {
		start = u64_stats_fetch_begin(&g->run->sync);
		sent = READ_ONCE(st->sent);
		bytes = READ_ONCE(st->bytes);
		refused = READ_ONCE(st->refused);
		next_index = READ_ONCE(st->next_index);
		if (!u64_stats_fetch_retry(&g->run->sync, start))
			break;
	}
	if (nla_put_u32(msg, KPPS_GEN_A_ID, g->id) ||
	    nla_put_u32(msg, KPPS_GEN_A_STREAM, number) ||
	    kg_put_u64(msg, KPPS_GEN_A_SENT, sent) ||
	    kg_put_u64(msg, KPPS_GEN_A_BYTES, bytes) ||
	    kg_put_u64(msg, KPPS_GEN_A_REFUSED, refused) ||
	    kg_put_u64(msg, KPPS_GEN_A_NEXT_INDEX, next_index))
		return -EMSGSIZE;
	return 0;
}

int kg_gen_stream_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	struct kg_gen *g;
	void *hdr;
	int ret;

	if (!kg_need(info, KPPS_GEN_A_STREAM))
		return -EINVAL;
	msg = kg_reply_new(info, KG_GET_SIZE, &hdr);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&kg_lock);
	g = gen_find(info);
	ret = IS_ERR(g) ? PTR_ERR(g) : put_stream(msg, g, info);
	mutex_unlock(&kg_lock);
	return kg_reply(info, msg, hdr, ret);
}

/* Those of @portid, 0: all. */
static void delete_all(struct net *net, u32 portid)
{
	struct kg_gen *g;
	int id;

	mutex_lock(&kg_lock);
	idr_for_each_entry(&kg_net(net)->gens, g, id)
		if (!portid || g->portid == portid)
			gen_delete(g);
	mutex_unlock(&kg_lock);
}

void kg_gen_owner_gone(struct net *net, u32 portid)
{
	delete_all(net, portid);
}

void kg_gen_net_exit(struct net *net)
{
	delete_all(net, 0);
}

void kg_gen_device_down(struct net_device *dev)
{
	/* a device that is unregistered goes down first */
	enum kpps_gen_why why = dev->dismantle ? KPPS_GEN_WHY_DEVICE_GONE :
						 KPPS_GEN_WHY_DEVICE_DOWN;
	struct kg_gen *g;
	int id;

	mutex_lock(&kg_lock);
	idr_for_each_entry(&kg_net(dev_net(dev))->gens, g, id)
		if (g->dev == dev)
			gen_stop(g, why);
	mutex_unlock(&kg_lock);
}

void kg_gen_device_gone(struct net_device *dev)
{
	struct kg_gen *g;
	int id;

	mutex_lock(&kg_lock);
	idr_for_each_entry(&kg_net(dev_net(dev))->gens, g, id) {
		if (g->dev != dev)
			continue;
		gen_stop(g, KPPS_GEN_WHY_DEVICE_GONE);
		/* it went down because it moves to another namespace */
		if (g->run && g->run->why == KPPS_GEN_WHY_DEVICE_DOWN)
			g->run->why = KPPS_GEN_WHY_DEVICE_GONE;
		gen_drop_device(g);
	}
	mutex_unlock(&kg_lock);
}
