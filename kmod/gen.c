// SPDX-License-Identifier: GPL-2.0
/* gen.c - see gen.h. */
#include "gen.h"

int kg_gen_new(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_gen_stream(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_gen_lane(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_gen_plan(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_gen_start(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_gen_stop(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_gen_get_do(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_gen_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return -EOPNOTSUPP;
}

int kg_gen_stream_get(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

int kg_gen_del(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

void kg_gen_owner_gone(struct net *net, u32 portid)
{
}

void kg_gen_net_exit(struct net *net)
{
}

void kg_gen_device_down(struct net_device *dev)
{
}

void kg_gen_device_gone(struct net_device *dev)
{
}
