// SPDX-License-Identifier: GPL-2.0
/* sink.c - see sink.h. */
#include "sink.h"

int kg_sink_init(void)
{
	return 0;
}

void kg_sink_exit(void)
{
}

int kg_sink_new(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_sink_set(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_sink_get_do(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_sink_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EOPNOTSUPP;
}

int kg_sink_stream_get(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_sink_del(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

void kg_sink_owner_gone(struct net *net, u32 portid)
{
}

void kg_sink_device_gone(struct net_device *dev)
{
}

void kg_sink_net_exit(struct net *net)
{
}
