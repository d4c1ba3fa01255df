/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sink.h - the receive hook that counts test frames. Requests come from netlink.c,
 * with their attributes checked by its policies.
 */
#ifndef KG_SINK_H
#define KG_SINK_H

#include <linux/netdevice.h>
#include <net/genetlink.h>

int kg_sink_init(void);
void kg_sink_exit(void);

/* Netlink: SINK_NEW, SINK_SET, SINK_GET (one, all), SINK_STREAM_GET, SINK_DEL. They take kg_lock. */
int kg_sink_new(struct sk_buff *skb, struct genl_info *info);
int kg_sink_set(struct sk_buff *skb, struct genl_info *info);
int kg_sink_get_do(struct sk_buff *skb, struct genl_info *info);
int kg_sink_get_dump(struct sk_buff *skb, struct netlink_callback *cb);
int kg_sink_stream_get(struct sk_buff *skb, struct genl_info *info);
int kg_sink_del(struct sk_buff *skb, struct genl_info *info);

/* All of these delete. They take kg_lock; the device's is called under RTNL. */
void kg_sink_owner_gone(struct net *net, u32 portid);
void kg_sink_device_gone(struct net_device *dev);
void kg_sink_net_exit(struct net *net);

#endif
