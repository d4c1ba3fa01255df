/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sink.h - sinks: what netlink.c and the notifiers ask of them. A sink is a receive
 * handler on a device and its counts (sink_rx.h). It lives in the idr of its
 * namespace from SINK_NEW until SINK_DEL, or until its socket or namespace goes;
 * when its device goes before, its counts stay to be read.
 */
#ifndef KG_SINK_H
#define KG_SINK_H

#include <linux/netdevice.h>
#include <net/genetlink.h>

/* Requests, with attributes checked by netlink.c's policies. They take RTNL and kg_lock. */
int kg_sink_new(struct sk_buff *skb, struct genl_info *info);
int kg_sink_set(struct sk_buff *skb, struct genl_info *info);
int kg_sink_get_do(struct sk_buff *skb, struct genl_info *info);
int kg_sink_get_dump(struct sk_buff *skb, struct netlink_callback *cb);
int kg_sink_stream_get(struct sk_buff *skb, struct genl_info *info);
int kg_sink_del(struct sk_buff *skb, struct genl_info *info);

/* They take RTNL and kg_lock; the device's is called under RTNL. */
void kg_sink_owner_gone(struct net *net, u32 portid);
void kg_sink_net_exit(struct net *net);
void kg_sink_device_gone(struct net_device *dev);

#endif
