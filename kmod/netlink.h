/* SPDX-License-Identifier: GPL-2.0 */
/* netlink.h - the generic netlink family; kpps_gen.yaml and uapi/kpps_gen.h describe it. */
#ifndef KG_NETLINK_H
#define KG_NETLINK_H

#include <net/genetlink.h>

#include "uapi/kpps_gen.h"

int kg_netlink_init(void);
void kg_netlink_exit(void);

/*
 * kg_reply_new - an answer to @info with room for @size bytes of attributes;
 * *@hdr is for kg_reply. NULL: no memory.
 */
struct sk_buff *kg_reply_new(struct genl_info *info, size_t size, void **hdr);
/* kg_reply - send it, or with an error @ret forget it; returns what the handler does. */
int kg_reply(struct genl_info *info, struct sk_buff *msg, void *hdr, int ret);
/* kg_dump_put - begin a message of a dump; NULL: it is full. */
void *kg_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
/* kg_event - @msg to the group "runs" of @net; made by kg_event_new. */
struct sk_buff *kg_event_new(u8 cmd, size_t size, void **hdr);
void kg_event_send(struct net *net, struct sk_buff *msg);

/* kg_refuse - @text, which is there for good, and the attribute it is about, if any; returns @ret. */
int kg_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, int ret, const char *text);
/* kg_need - attribute @attr must be there; else says so, and false. */
bool kg_need(struct genl_info *info, u32 attr);

static inline int kg_put_u64(struct sk_buff *skb, int attr, u64 v)
{
	return nla_put_u64_64bit(skb, attr, v, KPPS_GEN_A_PAD);
}

#endif
