// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnl_link.c - links: pairs, bridges, their state; see rtnl.h. */
#include "run/net/rtnl_msg.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#define WAIT_NS		(2 * 1000 * 1000)	/* between two looks at a link */
#define WAIT_TRIES	2500

static struct ifinfomsg *link_header(struct nlmsghdr *nlh, int ifindex)
{
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = ifindex;
	return ifi;
}

static void put_mac(struct nlmsghdr *nlh, const u8 mac[6])
{
	static const u8 none[6];

	if (memcmp(mac, none, sizeof(none)))
		mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
}

static void put_end(struct nlmsghdr *nlh, const struct rtnl_veth_end *end, u32 mtu)
{
	u32 queues = end->queues ? end->queues : 1;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, end->name);
	put_mac(nlh, end->mac);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, queues);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, queues);
}

int rtnl_veth(const struct rtnl_veth_end ends[2], u32 mtu, struct err *err)
{
	struct nlattr *info, *data, *peer;
	struct nlmsghdr *nlh;
	struct rtnl *r;
	int ret = rtnl_open(ends[0].netns, &r, err);

	if (ret)
		return ret;
	nlh = rtnl_request(r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	link_header(nlh, 0);
	put_end(nlh, &ends[0], mtu);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	link_header(nlh, 0);
	put_end(nlh, &ends[1], mtu);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (u32)ends[1].netns);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	ret = rtnl_talk(r, nlh, NULL, NULL, err, "make the veth pair %s and %s", ends[0].name,
			ends[1].name);
	rtnl_close(r);
	return ret;
}

int rtnl_dummy(struct rtnl *r, const char *name, const u8 mac[6], u32 queues, u32 mtu,
	       struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info;

	link_header(nlh, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	put_mac(nlh, mac);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, queues);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, queues);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "dummy");
	mnl_attr_nest_end(nlh, info);
	return rtnl_talk(r, nlh, NULL, NULL, err, "make the dummy device %s", name);
}

int rtnl_bridge(struct rtnl *r, const char *name, const u8 mac[6], struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data;

	link_header(nlh, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	put_mac(nlh, mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	/* Forwards at once, sends no BPDU and no query. */
	mnl_attr_put_u32(nlh, IFLA_BR_STP_STATE, 0);
	mnl_attr_put_u32(nlh, IFLA_BR_FORWARD_DELAY, 0);
	mnl_attr_put_u8(nlh, IFLA_BR_MCAST_SNOOPING, 0);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return rtnl_talk(r, nlh, NULL, NULL, err, "make the bridge %s", name);
}

static int parse_info(const struct nlattr *attr, void *data)
{
	struct rtnl_link *l = data;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		snprintf(l->kind, sizeof(l->kind), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

/* What is being parsed: the link, and its state as RFC 2863 has it (IF_OPER_). */
struct parsing {
	struct rtnl_link *link;
	u8 state;
};

static int parse_attr(const struct nlattr *attr, void *data)
{
	struct parsing *p = data;
	struct rtnl_link *l = p->link;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		snprintf(l->name, sizeof(l->name), "%s", mnl_attr_get_str(attr));
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(l->mac))
			memcpy(l->mac, mnl_attr_get_payload(attr), sizeof(l->mac));
		break;
	case IFLA_MTU:
		l->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_NUM_RX_QUEUES:
		l->rx_queues = mnl_attr_get_u32(attr);
		break;
	case IFLA_NUM_TX_QUEUES:
		l->tx_queues = mnl_attr_get_u32(attr);
		break;
	case IFLA_CARRIER:
		l->carrier = mnl_attr_get_u8(attr);
		break;
	case IFLA_OPERSTATE:
		p->state = mnl_attr_get_u8(attr);
		break;
	case IFLA_MASTER:
		l->master = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK:
		l->peer = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, parse_info, l);
		break;
	}
	return MNL_CB_OK;
}

/* The state follows the carrier when the queues do. Drivers without one have no state. */
static bool acts_on_carrier(const struct rtnl_link *l, u8 state)
{
	if (state == IF_OPER_UNKNOWN)
		return strcmp(l->kind, "veth") != 0;
	return state == IF_OPER_UP || state == IF_OPER_DORMANT || state == IF_OPER_TESTING;
}

static void parse_link(void *arg, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct parsing p = { .link = arg };
	struct rtnl_link *l = arg;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return;
	*l = (struct rtnl_link){
		.ifindex = ifi->ifi_index,
		.up = ifi->ifi_flags & IFF_UP,
		.quiet = ifi->ifi_flags & IFF_NOARP && !(ifi->ifi_flags & IFF_MULTICAST),
	};
	mnl_attr_parse(nlh, sizeof(*ifi), parse_attr, &p);
	l->carrier = l->carrier && acts_on_carrier(l, p.state);
	if (strcmp(l->kind, "veth"))
		l->peer = 0;
}

int rtnl_link_get(struct rtnl *r, const char *name, struct rtnl_link *ret_link, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETLINK, 0);
	int ret;

	*ret_link = (struct rtnl_link){ 0 };
	link_header(nlh, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	ret = rtnl_talk(r, nlh, parse_link, ret_link, err, "find the link %s", name);
	if (!ret && !ret_link->ifindex)
		return err_set(err, -ENODEV, "can't find the link %s", name);
	return ret;
}

int rtnl_link_wait(struct rtnl *r, const char *name, struct rtnl_link *ret, struct err *err)
{
	const struct timespec moment = { .tv_nsec = WAIT_NS };
	int rc;

	for (unsigned int tries = 0; tries < WAIT_TRIES; tries++) {
		rc = rtnl_link_get(r, name, ret, err);
		if (rc || ret->carrier)
			return rc;
		nanosleep(&moment, NULL);
	}
	return err_set(err, -ENOLINK, "the link %s has no carrier: is its other end up?", name);
}

static int set_flags(struct rtnl *r, int ifindex, u32 flags, u32 change, const char *what,
		     struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = link_header(nlh, ifindex);

	ifi->ifi_flags = flags;
	ifi->ifi_change = change;
	return rtnl_talk(r, nlh, NULL, NULL, err, "%s (ifindex %d)", what, ifindex);
}

int rtnl_link_up(struct rtnl *r, int ifindex, bool up, struct err *err)
{
	return set_flags(r, ifindex, up ? IFF_UP : 0, IFF_UP,
			 up ? "set the link up" : "set the link down", err);
}

int rtnl_link_quiet(struct rtnl *r, int ifindex, struct err *err)
{
	return set_flags(r, ifindex, IFF_NOARP, IFF_NOARP | IFF_MULTICAST,
			 "switch ARP and multicast of the link off", err);
}

int rtnl_link_master(struct rtnl *r, int ifindex, int master, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWLINK, 0);

	link_header(nlh, ifindex);
	mnl_attr_put_u32(nlh, IFLA_MASTER, (u32)master);
	return rtnl_talk(r, nlh, NULL, NULL, err, "put the link (ifindex %d) under ifindex %d",
			 ifindex, master);
}

int rtnl_link_delete(struct rtnl *r, int ifindex, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_DELLINK, 0);

	link_header(nlh, ifindex);
	return rtnl_talk(r, nlh, NULL, NULL, err, "remove the link (ifindex %d)", ifindex);
}

static int gro_ioctl(struct rtnl *r, const char *name, struct ethtool_value *value, struct err *err)
{
	struct ifreq ifr = { .ifr_data = (void *)value };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(rtnl_socket_fd(r), SIOCETHTOOL, &ifr))
		return err_set(err, -errno, "can't %s generic receive offload of the link %s: %s",
			       value->cmd == ETHTOOL_SGRO ? "set" : "read", name,
			       strerror(errno));
	return 0;
}

int rtnl_link_gro(struct rtnl *r, const char *name, bool on, struct err *err)
{
	struct ethtool_value value = { .cmd = ETHTOOL_SGRO, .data = on };

	return gro_ioctl(r, name, &value, err);
}

int rtnl_link_gro_get(struct rtnl *r, const char *name, bool *ret_on, struct err *err)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GGRO };
	int ret = gro_ioctl(r, name, &value, err);

	*ret_on = !ret && value.data;
	return ret;
}

struct found {
	int *ifindex;
	size_t n;
	bool no_memory;
};

static void collect(void *arg, const struct nlmsghdr *nlh)
{
	struct found *f = arg;
	struct rtnl_link l = { 0 };
	int *more;

	parse_link(&l, nlh);
	if (!l.kind[0])
		return;
	more = realloc(f->ifindex, (f->n + 1) * sizeof(*more));
	f->no_memory = f->no_memory || !more;
	if (!more)
		return;
	f->ifindex = more;
	f->ifindex[f->n++] = l.ifindex;
}

int rtnl_links_delete(struct rtnl *r, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETLINK, NLM_F_DUMP);
	struct found f = { 0 };
	int ret;

	link_header(nlh, 0);
	ret = rtnl_talk(r, nlh, collect, &f, err, "list the links");
	if (!ret && f.no_memory)
		ret = err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < f.n && !ret; i++) {
		ret = rtnl_link_delete(r, f.ifindex[i], err);
		/* The other end of a pair goes with the first. */
		if (ret == -ENODEV)
			ret = 0;
	}
	free(f.ifindex);
	return ret;
}

int rtnl_qdisc(struct rtnl *r, int ifindex, const char *kind, struct err *err)
{
	struct nlmsghdr *nlh = rtnl_request(r, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));

	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = TC_H_ROOT;
	mnl_attr_put_strz(nlh, TCA_KIND, kind);
	return rtnl_talk(r, nlh, NULL, NULL, err, "set queueing discipline %s", kind);
}
