// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnl_addr.c - addresses, neighbours and routes; see rtnl.h. */
#include "run/net/rtnl_msg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <string.h>

static size_t addr_len(u8 family)
{
	return family == AF_INET ? 4 : 16;
}

static void put_addr(struct nlmsghdr *nlh, u16 type, u8 family, const union fw_addr *addr)
{
	mnl_attr_put(nlh, type, addr_len(family), addr->v6);
}

static const char *addr_text(u8 family, const union fw_addr *addr, char buf[INET6_ADDRSTRLEN])
{
	return inet_ntop(family, addr->v6, buf, INET6_ADDRSTRLEN) ? buf : "?";
}

static int check_family(u8 family, struct err *err)
{
	if (family != AF_INET && family != AF_INET6)
		return err_set(err, -EAFNOSUPPORT, "address family %u is neither IPv4 nor IPv6",
			       family);
	return 0;
}

int rtnl_address(struct rtnl *r, int ifindex, u8 family, const union fw_addr *addr, u8 prefix,
		 struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	char text[INET6_ADDRSTRLEN];
	struct ifaddrmsg *ifa;
	int ret = check_family(family, err);

	if (ret)
		return ret;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = family;
	ifa->ifa_prefixlen = prefix;
	ifa->ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
	ifa->ifa_index = (u32)ifindex;
	put_addr(nlh, IFA_LOCAL, family, addr);
	put_addr(nlh, IFA_ADDRESS, family, addr);
	return rtnl_talk(r, nlh, NULL, NULL, err, "give the link (ifindex %d) the address %s/%u",
			 ifindex, addr_text(family, addr, text), prefix);
}

static struct ndmsg *neighbour_header(struct nlmsghdr *nlh, int ifindex, u8 family)
{
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));

	nd->ndm_family = family;
	nd->ndm_ifindex = ifindex;
	nd->ndm_state = NUD_PERMANENT;
	return nd;
}

int rtnl_neighbour(struct rtnl *r, int ifindex, u8 family, const union fw_addr *addr,
		   const u8 mac[6], struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	char text[INET6_ADDRSTRLEN];
	int ret = check_family(family, err);

	if (ret)
		return ret;
	neighbour_header(nlh, ifindex, family);
	put_addr(nlh, NDA_DST, family, addr);
	mnl_attr_put(nlh, NDA_LLADDR, 6, mac);
	return rtnl_talk(r, nlh, NULL, NULL, err, "fix the neighbour %s of the link (ifindex %d)",
			 addr_text(family, addr, text), ifindex);
}

int rtnl_fdb(struct rtnl *r, int ifindex, const u8 mac[6], struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *nd = neighbour_header(nlh, ifindex, AF_BRIDGE);

	/* "static" in bridge(8): behind this port; NUD_PERMANENT would be the bridge's own. */
	nd->ndm_state = NUD_NOARP;
	nd->ndm_flags = NTF_MASTER;
	mnl_attr_put(nlh, NDA_LLADDR, 6, mac);
	return rtnl_talk(r, nlh, NULL, NULL, err,
			 "fix %02x:%02x:%02x:%02x:%02x:%02x behind the bridge port (ifindex %d)",
			 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], ifindex);
}

int rtnl_route(struct rtnl *r, int ifindex, u8 family, const union fw_addr *to, u8 prefix,
	       const union fw_addr *via, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	char text[INET6_ADDRSTRLEN];
	struct rtmsg *rtm;
	int ret = check_family(family, err);

	if (ret)
		return ret;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	rtm->rtm_dst_len = prefix;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_flags = via ? RTNH_F_ONLINK : 0;
	put_addr(nlh, RTA_DST, family, to);
	mnl_attr_put_u32(nlh, RTA_OIF, (u32)ifindex);
	if (via)
		put_addr(nlh, RTA_GATEWAY, family, via);
	return rtnl_talk(r, nlh, NULL, NULL, err, "route %s/%u to the link (ifindex %d)",
			 addr_text(family, to, text), prefix, ifindex);
}

struct found_route {
	u8 family;
	struct rtnl_nexthop *hop;
};

static int parse_route(const struct nlattr *attr, void *data)
{
	struct found_route *f = data;

	switch (mnl_attr_get_type(attr)) {
	case RTA_OIF:
		f->hop->ifindex = (int)mnl_attr_get_u32(attr);
		break;
	case RTA_GATEWAY:
		if (mnl_attr_get_payload_len(attr) == addr_len(f->family)) {
			memcpy(f->hop->via.v6, mnl_attr_get_payload(attr), addr_len(f->family));
			f->hop->has_via = true;
		}
		break;
	}
	return MNL_CB_OK;
}

static void each_route(void *arg, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct found_route *f = arg;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return;
	f->hop->local = rtm->rtm_type == RTN_LOCAL;
	mnl_attr_parse(nlh, sizeof(*rtm), parse_route, f);
}

int rtnl_route_get(struct rtnl *r, u8 family, const union fw_addr *to, struct rtnl_nexthop *ret_hop,
		   struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETROUTE, 0);
	struct found_route f = { .family = family, .hop = ret_hop };
	char text[INET6_ADDRSTRLEN];
	struct rtmsg *rtm;
	int ret = check_family(family, err);

	*ret_hop = (struct rtnl_nexthop){ 0 };
	if (ret)
		return ret;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	rtm->rtm_dst_len = (u8)(8 * addr_len(family));
	put_addr(nlh, RTA_DST, family, to);
	return rtnl_talk(r, nlh, each_route, &f, err, "find the route to %s",
			 addr_text(family, to, text));
}
