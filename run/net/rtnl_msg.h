/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnl_msg.h - a request and its answer, for the files behind rtnl.h and xfrm.h only. */
#ifndef KPPS_NET_RTNL_MSG_H
#define KPPS_NET_RTNL_MSG_H

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "run/net/rtnl.h"

/* rtnl_open_protocol - the same conversation with another part of the kernel; @protocol:
 * NETLINK_XFRM, … rtnl_close ends it. */
int rtnl_open_protocol(int netns, int protocol, const char *name, struct rtnl **ret_rtnl,
		       struct err *err);
/* rtnl_request - an empty message in @r's buffer; every request is acknowledged. */
struct nlmsghdr *rtnl_request(struct rtnl *r, u16 type, u16 flags);
/*
 * rtnl_talk - send it; @each (may be NULL) gets every message that comes before
 * the acknowledgement. On failure the sentence is "can't WHAT: kernel's words",
 * WHAT from the format; the most words of all when the kernel has its own.
 */
typedef void rtnl_each_fn(void *arg, const struct nlmsghdr *nlh);
int rtnl_talk(struct rtnl *r, struct nlmsghdr *nlh, rtnl_each_fn *each, void *arg, struct err *err,
	      const char *what, ...) __printf(6, 7);
int rtnl_socket_fd(const struct rtnl *r);

#endif
