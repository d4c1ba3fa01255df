// SPDX-License-Identifier: GPL-2.0
/*
 * sink.c - the life of sinks, and what they answer: see sink.h. Memory is got
 * before any lock; frames are counted as soon as the handler is on its device.
 *
 * Counts are forgotten in place: the handler pauses, all CPUs have seen that, then
 * there is nobody who could write. Meanwhile nothing is counted, and frames go
 * where foreign ones do.
 */
#include <linux/cpumask.h>
#include <linux/if_arp.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <net/sock.h>

#include "gen.h"
#include "main.h"
#include "netlink.h"
#include "sink.h"
#include "sink_rx.h"

/* Attributes of SINK_GET and, but for LATENCY, SINK_STREAM_GET; a u64 takes 16 with its padding. */
#define KG_SINK_SIZE		256
#define KG_SINK_GIVEN		(KPPS_GEN_SINK_LATENCY | KPPS_GEN_SINK_CHECKSUMS | \
				 KPPS_GEN_SINK_PASS_OTHERS | KPPS_GEN_SINK_PASS_ALL)
#define KG_SINK_PASSES		(KPPS_GEN_SINK_PASS_OTHERS | KPPS_GEN_SINK_PASS_ALL)

static struct kg_sink *sink_find(struct genl_info *info)
{
	struct kg_sink *s;

	if (!kg_need(info, KPPS_GEN_A_ID))
		return ERR_PTR(-EINVAL);
	s = idr_find(&kg_net(genl_info_net(info))->sinks, nla_get_u32(info->attrs[KPPS_GEN_A_ID]));
	if (s)
		return s;
	return ERR_PTR(kg_refuse(info->extack, info->attrs[KPPS_GEN_A_ID], -ENOENT,
				 "there is no such sink in this network namespace"));
}

static void clear_cpu(struct kg_sink_cpu *cpu, u32 nslots)
{
	u32 i;

	cpu->frames = 0;
	cpu->corrupted = 0;
	cpu->foreign = 0;
	cpu->unsigned_frames = 0;
	memset(cpu->count, 0, nslots * sizeof(cpu->count[0]));
	for (i = 0; i < nslots; i++) {
		cpu->count[i].lowest = U64_MAX;
		cpu->count[i].latency.min = U64_MAX;
	}
}

/* Forget all counts and expect @run, with @flags from then on. */
static void sink_clear(struct kg_sink *s, u32 run, u32 flags)
{
	unsigned int cpu;
	u32 i;

	WRITE_ONCE(s->flags, s->flags | KG_SINK_PAUSED);
	synchronize_rcu_expedited();
	for (i = 0; i < s->nslots; i++) {
		memset(&s->words[i * WINDOW_WORDS], 0, WINDOW_WORDS * sizeof(s->words[0]));
		memset(&s->streams[i], 0, sizeof(s->streams[i]));
		cond_resched();
	}
	for_each_possible_cpu(cpu) {
		clear_cpu(s->cpu[cpu], s->nslots);
		cond_resched();
	}
	WRITE_ONCE(s->run, run);
	/* with kg_sink_rx: who sees these sees what was cleared, and the run */
	smp_store_release(&s->flags, flags);
}

static void sink_free(struct kg_sink *s)
{
	unsigned int cpu;

	if (s->cpu)
		for_each_possible_cpu(cpu)
			kvfree(s->cpu[cpu]);
	kfree(s->cpu);
	kvfree(s->streams);
	kvfree(s->words);
	kfree(s);
}

static struct kg_sink *sink_alloc(u64 expected)
{
	u32 n = hweight64(expected), id, slot = 0;
	struct kg_sink *s;
	unsigned int cpu;

	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return NULL;
	s->expected = expected;
	s->nslots = n;
	for (id = 0; id < KPPS_STREAMS_MAX; id++)
		s->slot[id] = expected >> id & 1 ? slot++ : KG_SINK_NO_SLOT;
	s->words = kvcalloc(n, WINDOW_WORDS * sizeof(s->words[0]), GFP_KERNEL_ACCOUNT);
	s->streams = kvcalloc(n, sizeof(s->streams[0]), GFP_KERNEL_ACCOUNT);
	s->cpu = kcalloc(nr_cpu_ids, sizeof(s->cpu[0]), GFP_KERNEL_ACCOUNT);
	if (!s->words || !s->streams || !s->cpu)
		goto free;
	for_each_possible_cpu(cpu) {
		s->cpu[cpu] = kvzalloc_node(struct_size(s->cpu[cpu], count, n), GFP_KERNEL_ACCOUNT,
					    cpu_to_node(cpu));
		if (!s->cpu[cpu])
			goto free;
		u64_stats_init(&s->cpu[cpu]->sync);
		clear_cpu(s->cpu[cpu], n);
	}
	return s;
free:
	sink_free(s);
	return NULL;
}

/* Under RTNL and kg_lock. */
static void sink_detach(struct kg_sink *s)
{
	if (s->dev)
		netdev_rx_handler_unregister(s->dev);
	s->dev = NULL;
}

static void sink_delete(struct kg_sink *s)
{
	idr_remove(&kg_net(s->net)->sinks, s->id);
	sink_detach(s);
	sink_free(s);
}

/* What takes all that comes where the default route leads cuts the machine off. */
static int check_passes(struct kg_sink *s, const struct net_device *dev, u32 flags,
			struct genl_info *info, u32 attr)
{
	if (s->force || flags & KG_SINK_PASSES || !dev || !kg_carries_default_route(s->net, dev))
		return 0;
	return kg_refuse(info->extack, info->attrs[attr], -EBUSY,
			 "the device carries the default route: FORCE takes all that it receives nevertheless");
}

static int attach(struct kg_sink *s, struct net_device *dev, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[KPPS_GEN_A_IFINDEX];
	int ret;

	if (dev->type != ARPHRD_ETHER && dev->type != ARPHRD_LOOPBACK)
		return kg_refuse(info->extack, attr, -EOPNOTSUPP,
				 "the device receives no Ethernet frames");
	ret = check_passes(s, dev, s->flags, info, KPPS_GEN_A_IFINDEX);
	if (ret)
		return ret;
	ret = netdev_rx_handler_register(dev, kg_sink_rx, s);
	if (ret == -EBUSY)
		return kg_refuse(info->extack, attr, ret,
				 "the device has a receive handler already: it has a sink, is a port of a bridge or bond, or has a macvlan");
	if (ret == -EINVAL)
		return kg_refuse(info->extack, attr, -EOPNOTSUPP,
				 "the device takes no receive handler");
	if (ret)
		return ret;
	s->dev = dev;
	/* frames of any length would come as one, as on a bridge's ports */
	dev_disable_lro(dev);
	return 0;
}

static int new_insert(struct kg_sink *s, struct genl_info *info)
{
	struct net_device *dev = __dev_get_by_index(s->net, s->ifindex);
	struct idr *idr = &kg_net(s->net)->sinks;
	int ret;

	if (!dev)
		return kg_refuse(info->extack, info->attrs[KPPS_GEN_A_IFINDEX], -ENODEV,
				 "there is no such device in this network namespace");
	ret = idr_alloc(idr, s, 1, KG_OBJECTS_MAX + 1, GFP_KERNEL);
	if (ret == -ENOSPC)
		return kg_refuse(info->extack, NULL, ret,
				 "this network namespace has 1024 sinks: delete some");
	if (ret < 0)
		return ret;
	s->id = ret;
	ret = attach(s, dev, info);
	if (ret)
		idr_remove(idr, s->id);
	return ret;
}

static int new_check(struct genl_info *info, u64 *ret_streams, u64 *ret_unsigned)
{
	struct nlattr **attrs = info->attrs;

	if (!kg_need(info, KPPS_GEN_A_IFINDEX) || !kg_need(info, KPPS_GEN_A_RUN) ||
	    !kg_need(info, KPPS_GEN_A_STREAMS))
		return -EINVAL;
	*ret_streams = nla_get_u64(attrs[KPPS_GEN_A_STREAMS]);
	*ret_unsigned = 0;
	if (attrs[KPPS_GEN_A_UNSIGNED_STREAMS])
		*ret_unsigned = nla_get_u64(attrs[KPPS_GEN_A_UNSIGNED_STREAMS]);
	if (!*ret_streams)
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_STREAMS], -EINVAL,
				 "no stream to expect");
	if (*ret_unsigned & ~*ret_streams)
		return kg_refuse(info->extack, attrs[KPPS_GEN_A_UNSIGNED_STREAMS], -EINVAL,
				 "streams without a signature that are not expected");
	return 0;
}

int kg_sink_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	u64 streams, unsigned_streams;
	struct sk_buff *msg;
	struct kg_sink *s;
	void *hdr;
	int ret;

	ret = new_check(info, &streams, &unsigned_streams);
	if (ret)
		return ret;
	msg = kg_reply_new(info, nla_total_size(sizeof(u32)), &hdr);
	if (!msg)
		return -ENOMEM;
	ret = -ENOMEM;
	s = sink_alloc(streams);
	if (!s)
		goto reply;
	s->net = genl_info_net(info);
	s->portid = info->snd_portid;
	s->ifindex = nla_get_u32(attrs[KPPS_GEN_A_IFINDEX]);
	s->run = nla_get_u32(attrs[KPPS_GEN_A_RUN]);
	s->force = nla_get_flag(attrs[KPPS_GEN_A_FORCE]);
	s->flags = unsigned_streams ? KG_SINK_UNSIGNED : 0;
	if (attrs[KPPS_GEN_A_FLAGS])
		s->flags |= nla_get_u32(attrs[KPPS_GEN_A_FLAGS]);
	rtnl_lock();
	mutex_lock(&kg_lock);
	ret = new_insert(s, info);
	if (!ret)
		nla_put_u32(msg, KPPS_GEN_A_ID, s->id);
	mutex_unlock(&kg_lock);
	rtnl_unlock();
	if (ret)
		sink_free(s);
reply:
	return kg_reply(info, msg, hdr, ret);
}

static int sink_set(struct kg_sink *s, struct genl_info *info)
{
	const struct nlattr *run = info->attrs[KPPS_GEN_A_RUN];
	u32 flags = s->flags;
	int ret;

	if (info->attrs[KPPS_GEN_A_FLAGS]) {
		flags = (flags & ~KG_SINK_GIVEN) | nla_get_u32(info->attrs[KPPS_GEN_A_FLAGS]);
		ret = check_passes(s, s->dev, flags, info, KPPS_GEN_A_FLAGS);
		if (ret)
			return ret;
	}
	if (run)
		sink_clear(s, nla_get_u32(run), flags);
	else
		WRITE_ONCE(s->flags, flags);
	return 0;
}

int kg_sink_set(struct sk_buff *skb, struct genl_info *info)
{
	struct kg_sink *s;
	int ret;

	mutex_lock(&kg_lock);
	s = sink_find(info);
	ret = IS_ERR(s) ? PTR_ERR(s) : sink_set(s, info);
	mutex_unlock(&kg_lock);
	return ret;
}

/*
 * One count of a CPU that may be counting: whole, also where 64 bits are two
 * loads. One at a time: a histogram would never be had between two frames.
 */
static u64 count_read(const struct kg_sink_cpu *cpu, const u64 *count)
{
	unsigned int start;
	u64 v;

	do {
		start = u64_stats_fetch_begin(&cpu->sync);
		v = READ_ONCE(*count);
	} while (u64_stats_fetch_retry(&cpu->sync, start));
	return v;
}

static int put_sink(struct sk_buff *msg, const struct kg_sink *s)
{
	u64 frames = 0, corrupted = 0, foreign = 0, unsigned_frames = 0;
	unsigned int i;

	for_each_possible_cpu(i) {
		const struct kg_sink_cpu *cpu = s->cpu[i];

		frames += count_read(cpu, &cpu->frames);
		corrupted += count_read(cpu, &cpu->corrupted);
		foreign += count_read(cpu, &cpu->foreign);
		unsigned_frames += count_read(cpu, &cpu->unsigned_frames);
	}
	if (nla_put_u32(msg, KPPS_GEN_A_ID, s->id) ||
	    (s->dev && nla_put_u32(msg, KPPS_GEN_A_IFINDEX, s->ifindex)) ||
	    nla_put_u32(msg, KPPS_GEN_A_RUN, s->run) ||
	    nla_put_u32(msg, KPPS_GEN_A_FLAGS, s->flags & KG_SINK_GIVEN) ||
	    kg_put_u64(msg, KPPS_GEN_A_FRAMES, frames) ||
	    kg_put_u64(msg, KPPS_GEN_A_CORRUPTED, corrupted) ||
	    kg_put_u64(msg, KPPS_GEN_A_FOREIGN, foreign) ||
	    kg_put_u64(msg, KPPS_GEN_A_UNSIGNED, unsigned_frames))
		return -EMSGSIZE;
	return 0;
}

int kg_sink_get_do(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	struct kg_sink *s;
	void *hdr;
	int ret;

	msg = kg_reply_new(info, KG_SINK_SIZE, &hdr);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&kg_lock);
	s = sink_find(info);
	ret = IS_ERR(s) ? PTR_ERR(s) : put_sink(msg, s);
	mutex_unlock(&kg_lock);
	return kg_reply(info, msg, hdr, ret);
}

int kg_sink_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kg_net *kn = kg_net(sock_net(skb->sk));
	int id = (int)cb->args[0];
	struct kg_sink *s;

	mutex_lock(&kg_lock);
	idr_for_each_entry_continue(&kn->sinks, s, id) {
		void *hdr = kg_dump_put(skb, cb, KPPS_GEN_CMD_SINK_GET);

		if (!hdr)
			break;
		if (put_sink(skb, s)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	mutex_unlock(&kg_lock);
	cb->args[0] = id;
	return skb->len;
}

/* Add what @cpu counted in @slot; a CPU that received nothing has no times. */
static void add_counts(struct window_count *to, const struct kg_sink_cpu *cpu, u32 slot)
{
	const struct window_count *c = &cpu->count[slot];
	unsigned int b;
	u64 received;

	to->duplicated += count_read(cpu, &c->duplicated);
	to->late += count_read(cpu, &c->late);
	received = count_read(cpu, &c->received);
	if (!received)
		return;
	to->received += received;
	to->bytes += count_read(cpu, &c->bytes);
	to->reordered += count_read(cpu, &c->reordered);
	to->early += count_read(cpu, &c->early);
	to->first_ns = min(to->first_ns, count_read(cpu, &c->first_ns));
	to->last_ns = max(to->last_ns, count_read(cpu, &c->last_ns));
	to->lowest = min(to->lowest, count_read(cpu, &c->lowest));
	to->latency.count += count_read(cpu, &c->latency.count);
	to->latency.sum += count_read(cpu, &c->latency.sum);
	to->latency.min = min(to->latency.min, count_read(cpu, &c->latency.min));
	to->latency.max = max(to->latency.max, count_read(cpu, &c->latency.max));
	for (b = 0; b < HIST_BUCKETS; b++)
		to->latency.bucket[b] += count_read(cpu, &c->latency.bucket[b]);
}

static int put_stream(struct sk_buff *msg, const struct kg_sink *s, u32 stream,
		      struct window_count *sum)
{
	u32 slot = s->slot[stream];
	unsigned int cpu;
	u64 next;

	sum->first_ns = U64_MAX;
	sum->lowest = U64_MAX;
	sum->latency.min = U64_MAX;
	for_each_possible_cpu(cpu)
		add_counts(sum, s->cpu[cpu], slot);
	/* after the counts: it is beyond all that they know */
	next = window_load(&s->streams[slot].next);
	if (!sum->received) {
		sum->first_ns = 0;
		sum->lowest = 0;
		next = 0;
	}
	if (nla_put_u32(msg, KPPS_GEN_A_ID, s->id) ||
	    nla_put_u32(msg, KPPS_GEN_A_STREAM, stream) ||
	    kg_put_u64(msg, KPPS_GEN_A_RECEIVED, sum->received) ||
	    kg_put_u64(msg, KPPS_GEN_A_BYTES, sum->bytes) ||
	    kg_put_u64(msg, KPPS_GEN_A_DUPLICATED, sum->duplicated) ||
	    kg_put_u64(msg, KPPS_GEN_A_REORDERED, sum->reordered) ||
	    kg_put_u64(msg, KPPS_GEN_A_LATE, sum->late) ||
	    kg_put_u64(msg, KPPS_GEN_A_EARLY, sum->early) ||
	    kg_put_u64(msg, KPPS_GEN_A_FIRST_NS, sum->first_ns) ||
	    kg_put_u64(msg, KPPS_GEN_A_LAST_NS, sum->last_ns) ||
	    kg_put_u64(msg, KPPS_GEN_A_FIRST_INDEX, sum->lowest & KPPS_INDEX_MASK) ||
	    kg_put_u64(msg, KPPS_GEN_A_SPAN, next - sum->lowest) ||
	    nla_put(msg, KPPS_GEN_A_LATENCY, sizeof(sum->latency), &sum->latency))
		return -EMSGSIZE;
	return 0;
}

static int stream_get(struct sk_buff *msg, struct genl_info *info, struct window_count *sum)
{
	struct kg_sink *s = sink_find(info);
	u32 stream;

	if (IS_ERR(s))
		return PTR_ERR(s);
	if (!kg_need(info, KPPS_GEN_A_STREAM))
		return -EINVAL;
	stream = nla_get_u32(info->attrs[KPPS_GEN_A_STREAM]);
	if (s->slot[stream] == KG_SINK_NO_SLOT)
		return kg_refuse(info->extack, info->attrs[KPPS_GEN_A_STREAM], -ENOENT,
				 "the sink does not expect this stream");
	return put_stream(msg, s, stream, sum);
}

int kg_sink_stream_get(struct sk_buff *skb, struct genl_info *info)
{
	struct window_count *sum;
	struct sk_buff *msg;
	int ret = -ENOMEM;
	void *hdr;

	sum = kvzalloc(sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	msg = kg_reply_new(info, KG_SINK_SIZE + nla_total_size(sizeof(struct hist)), &hdr);
	if (!msg)
		goto free_sum;
	mutex_lock(&kg_lock);
	ret = stream_get(msg, info, sum);
	mutex_unlock(&kg_lock);
	ret = kg_reply(info, msg, hdr, ret);
free_sum:
	kvfree(sum);
	return ret;
}

int kg_sink_del(struct sk_buff *skb, struct genl_info *info)
{
	struct kg_sink *s;
	int ret;

	rtnl_lock();
	mutex_lock(&kg_lock);
	s = sink_find(info);
	ret = PTR_ERR_OR_ZERO(s);
	if (!ret)
		sink_delete(s);
	mutex_unlock(&kg_lock);
	rtnl_unlock();
	return ret;
}

/* Those of @portid, 0: all. */
static void delete_all(struct net *net, u32 portid)
{
	struct kg_sink *s;
	int id;

	rtnl_lock();
	mutex_lock(&kg_lock);
	idr_for_each_entry(&kg_net(net)->sinks, s, id)
		if (!portid || s->portid == portid)
			sink_delete(s);
	mutex_unlock(&kg_lock);
	rtnl_unlock();
}

void kg_sink_owner_gone(struct net *net, u32 portid)
{
	bool any = false;
	struct kg_sink *s;
	int id;

	/* most sockets have none; their end need not wait for RTNL */
	mutex_lock(&kg_lock);
	idr_for_each_entry(&kg_net(net)->sinks, s, id)
		any |= s->portid == portid;
	mutex_unlock(&kg_lock);
	if (any)
		delete_all(net, portid);
}

void kg_sink_net_exit(struct net *net)
{
	delete_all(net, 0);
}

void kg_sink_device_gone(struct net_device *dev)
{
	struct kg_sink *s;

	if (rcu_access_pointer(dev->rx_handler) != kg_sink_rx)
		return;
	mutex_lock(&kg_lock);
	s = rtnl_dereference(dev->rx_handler_data);
	sink_detach(s);
	mutex_unlock(&kg_lock);
}
