// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guard.c - what the host uses a port for; see guard.h. Links, addresses and
 * routes come from rtnetlink, connections from inet_diag: one goes through the
 * port when the kernel would send to its peer by it, or it is bound to it.
 */
#include "run/net/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/net/netns.h"
#include "run/net/rtnl_msg.h"

#define PEERS_MAX	16384	/* connections that are looked at */

static int refuse(struct err *err, const char *port, const char *why, const char *cure)
{
	return err_set(err, -EBUSY, "port %s %s: measuring would cut the host off from it: %s, or take the port all the same with --i-know %s",
		       port, why, cure, port);
}

/* ------------------------------------------------------------------------ links */

struct link_look {
	int ifindex, master;
	char master_name[IF_NAMESIZE];
	char other[IF_NAMESIZE], kind[16];	/* a link that stands on it, or is its slave */
	bool slave;
};

struct link_attrs {
	char name[IF_NAMESIZE], kind[16];
	int master, lower;
	bool elsewhere;		/* the lower link is in another namespace */
};

static int info_attr(const struct nlattr *attr, void *data)
{
	struct link_attrs *a = data;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		snprintf(a->kind, sizeof(a->kind), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int link_attr(const struct nlattr *attr, void *data)
{
	struct link_attrs *a = data;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		snprintf(a->name, sizeof(a->name), "%s", mnl_attr_get_str(attr));
		break;
	case IFLA_MASTER:
		a->master = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK:
		a->lower = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK_NETNSID:
		a->elsewhere = true;
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, info_attr, a);
		break;
	}
	return MNL_CB_OK;
}

static void look_at_link(void *arg, const struct nlmsghdr *nlh)
{
	struct link_look *look = arg;
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct link_attrs a = { 0 };

	if (nlh->nlmsg_type != RTM_NEWLINK || ifi->ifi_index == look->ifindex)
		return;
	mnl_attr_parse(nlh, sizeof(*ifi), link_attr, &a);
	if (ifi->ifi_index == look->master)
		snprintf(look->master_name, sizeof(look->master_name), "%s", a.name);
	/* the other end of a veth pair is no link that stands on it */
	if (a.master != look->ifindex &&
	    (a.lower != look->ifindex || a.elsewhere || !strcmp(a.kind, "veth")))
		return;
	look->slave = a.master == look->ifindex;
	snprintf(look->other, sizeof(look->other), "%s", a.name);
	snprintf(look->kind, sizeof(look->kind), "%s", a.kind);
}

static int check_links(struct rtnl *r, const struct rtnl_link *l, struct err *err)
{
	struct link_look look = { .ifindex = l->ifindex, .master = l->master };
	char why[128];
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETLINK, NLM_F_DUMP);
	int rc;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	rc = rtnl_talk(r, nlh, look_at_link, &look, err, "list the links");
	if (rc)
		return rc;
	if (l->master) {
		snprintf(why, sizeof(why), "belongs to the link %s", look.master_name);
		return refuse(err, l->name, why, "take it out by `ip link set … nomaster`");
	}
	if (!strcmp(l->kind, "bridge") || !strcmp(l->kind, "bond") || !strcmp(l->kind, "team"))
		snprintf(why, sizeof(why), "is a %s", l->kind);
	else if (look.other[0] && look.slave)
		snprintf(why, sizeof(why), "has the link %s under it", look.other);
	else if (look.other[0])
		snprintf(why, sizeof(why), "carries the %s%slink %s", look.kind,
			 look.kind[0] ? " " : "", look.other);
	else
		return 0;
	return refuse(err, l->name, why, "choose another port");
}

/* -------------------------------------------------------------------- addresses */

struct address_look {
	int ifindex;
	char text[INET6_ADDRSTRLEN];
	u8 family;
};

static int address_attr(const struct nlattr *attr, void *data)
{
	struct address_look *a = data;
	int type = mnl_attr_get_type(attr);

	/* of a point-to-point link the local one is the host's */
	if (type == IFA_LOCAL || (type == IFA_ADDRESS && !a->text[0]))
		inet_ntop(a->family, mnl_attr_get_payload(attr), a->text, sizeof(a->text));
	return MNL_CB_OK;
}

static void look_at_address(void *arg, const struct nlmsghdr *nlh)
{
	struct address_look *look = arg;
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type != RTM_NEWADDR || (int)ifa->ifa_index != look->ifindex ||
	    look->text[0] || (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6) ||
	    (ifa->ifa_family == AF_INET6 && ifa->ifa_scope == RT_SCOPE_LINK))
		return;
	look->family = ifa->ifa_family;
	mnl_attr_parse(nlh, sizeof(*ifa), address_attr, look);
}

static int check_addresses(struct rtnl *r, const struct rtnl_link *l, struct err *err)
{
	struct address_look look = { .ifindex = l->ifindex };
	struct nlmsghdr *nlh = rtnl_request(r, RTM_GETADDR, NLM_F_DUMP);
	char why[128];
	int rc;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	rc = rtnl_talk(r, nlh, look_at_address, &look, err, "list the addresses");
	if (rc || !look.text[0])
		return rc;
	snprintf(why, sizeof(why), "has the host's address %s", look.text);
	return refuse(err, l->name, why, "remove it by `ip address del`");
}

/* ----------------------------------------------------------------------- routes */

struct route_look {
	int ifindex;
	bool any, is_default;		/* found */
	char text[INET6_ADDRSTRLEN + 8];
};

struct route_attrs {
	int ifindex;		/* looked for */
	bool by_it;
	u8 to[16];
};

static int route_attr(const struct nlattr *attr, void *data)
{
	struct route_attrs *a = data;
	const struct rtnexthop *nh = mnl_attr_get_payload(attr);
	int len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case RTA_DST:
		memcpy(a->to, mnl_attr_get_payload(attr), min((size_t)len, sizeof(a->to)));
		break;
	case RTA_OIF:
		a->by_it = a->by_it || (int)mnl_attr_get_u32(attr) == a->ifindex;
		break;
	case RTA_MULTIPATH:
		for (; RTNH_OK(nh, len); len -= NLMSG_ALIGN(nh->rtnh_len), nh = RTNH_NEXT(nh))
			a->by_it = a->by_it || nh->rtnh_ifindex == a->ifindex;
		break;
	}
	return MNL_CB_OK;
}

static void look_at_route(void *arg, const struct nlmsghdr *nlh)
{
	struct route_look *look = arg;
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct route_attrs a = { .ifindex = look->ifindex };
	char to[INET6_ADDRSTRLEN] = "";

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_type != RTN_UNICAST ||
	    rtm->rtm_flags & RTM_F_CLONED || look->is_default)
		return;
	mnl_attr_parse(nlh, sizeof(*rtm), route_attr, &a);
	/* every link that is up has fe80::/64 and ff00::/8 */
	if (!a.by_it || (rtm->rtm_family == AF_INET6 && rtm->rtm_dst_len &&
			 (a.to[0] == 0xff || (a.to[0] == 0xfe && (a.to[1] & 0xc0) == 0x80))))
		return;
	look->any = true;
	look->is_default = !rtm->rtm_dst_len;
	inet_ntop(rtm->rtm_family, a.to, to, sizeof(to));
	snprintf(look->text, sizeof(look->text), "%s/%u", to, rtm->rtm_dst_len);
}

static int check_routes(struct rtnl *r, const struct rtnl_link *l, bool only_default,
			struct err *err)
{
	static const u8 families[2] = { AF_INET, AF_INET6 };
	struct route_look look = { .ifindex = l->ifindex };
	char why[128];
	unsigned int i;
	int rc = 0;

	for (i = 0; i < 2 && !rc && !look.is_default; i++) {
		struct nlmsghdr *nlh = rtnl_request(r, RTM_GETROUTE, NLM_F_DUMP);
		struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

		rtm->rtm_family = families[i];
		rc = rtnl_talk(r, nlh, look_at_route, &look, err, "list the routes");
	}
	if (rc || !(only_default ? look.is_default : look.any))
		return rc;
	if (look.is_default)
		snprintf(why, sizeof(why), "carries the default route");
	else
		snprintf(why, sizeof(why), "carries the route to %s", look.text);
	return refuse(err, l->name, why, "choose another port");
}

/* ------------------------------------------------------------------ connections */

struct peer {
	union fw_addr addr;
	u8 family;
};

struct peers {
	int ifindex;
	unsigned int n;
	bool bound;		/* one is bound to the port */
	struct peer found;	/* that one's */
	struct peer peer[PEERS_MAX];
};

static void take_peer(struct peers *p, const struct inet_diag_msg *m)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct peer peer = { .family = m->idiag_family };
	const u8 *dst = (const u8 *)m->id.idiag_dst;
	unsigned int i;

	if (peer.family == AF_INET6 && !memcmp(dst, mapped, sizeof(mapped))) {
		peer.family = AF_INET;
		dst += sizeof(mapped);
	}
	memcpy(&peer.addr, dst, peer.family == AF_INET ? 4 : 16);
	if ((int)m->id.idiag_if == p->ifindex && !p->bound) {
		p->bound = true;
		p->found = peer;
	}
	for (i = 0; i < p->n; i++)
		if (p->peer[i].family == peer.family &&
		    !memcmp(p->peer[i].addr.v6, peer.addr.v6, sizeof(peer.addr.v6)))
			return;
	if (p->n < PEERS_MAX)
		p->peer[p->n++] = peer;
}

static int diag_message(const struct nlmsghdr *nlh, void *data)
{
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct inet_diag_msg))
		take_peer(data, mnl_nlmsg_get_payload(nlh));
	return MNL_CB_OK;
}

static int dump_connections(struct mnl_socket *nl, u8 family, struct peers *p)
{
	char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	const struct timeval timeout = { .tv_sec = 5 };
	unsigned int portid = mnl_socket_get_portid(nl);
	ssize_t got;
	int rc;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = family;
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = 1u << TCP_ESTABLISHED;
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		got = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (got < 0)
			return -errno;
		rc = mnl_cb_run(buf, (size_t)got, family, portid, diag_message, p);
	} while (rc > 0);
	/* a kernel without inet_diag can't say */
	return rc < 0 && errno != ENOENT && errno != EOPNOTSUPP ? -errno : 0;
}

static int list_connections(int netns, struct peers *p, struct err *err)
{
	struct mnl_socket *nl;
	int back = -1, rc = netns >= 0 ? netns_enter(netns, &back, err) : 0, left = 0;

	if (rc)
		return rc;
	nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!nl)
		rc = -errno;
	if (back >= 0)
		left = netns_leave(back, err);
	if (!rc && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		rc = -errno;
	if (!rc)
		rc = dump_connections(nl, AF_INET, p);
	if (!rc)
		rc = dump_connections(nl, AF_INET6, p);
	if (nl)
		mnl_socket_close(nl);
	if (rc && rc != -EPROTONOSUPPORT)
		return err_set(err, rc, "can't list the TCP connections: %s", strerror(-rc));
	return left;
}

static bool goes_by(struct rtnl *r, int ifindex, const struct peer *peer)
{
	struct rtnl_nexthop hop;

	/* a link-local one is bound to its link */
	if (peer->family == AF_INET6 && peer->addr.v6[0] == 0xfe)
		return false;
	return !rtnl_route_get(r, peer->family, &peer->addr, &hop, NULL) && !hop.local &&
	       hop.ifindex == ifindex;
}

static int check_connections(struct rtnl *r, int netns, const struct rtnl_link *l, struct err *err)
{
	struct peers *p = calloc(1, sizeof(*p));
	char why[128], addr[INET6_ADDRSTRLEN] = "";
	unsigned int i;
	int rc;

	if (!p)
		return err_set(err, -ENOMEM, "out of memory");
	p->ifindex = l->ifindex;
	rc = list_connections(netns, p, err);
	for (i = 0; i < p->n && !rc && !p->bound; i++) {
		p->bound = goes_by(r, l->ifindex, &p->peer[i]);
		p->found = p->peer[i];
	}
	if (!rc && p->bound) {
		inet_ntop(p->found.family, &p->found.addr, addr, sizeof(addr));
		snprintf(why, sizeof(why), "carries an established connection to %s", addr);
		rc = refuse(err, l->name, why, "close it");
	}
	free(p);
	return rc;
}

int guard_port(int netns, const char *port, struct err *err)
{
	struct rtnl_link l;
	struct rtnl *r;
	int rc = rtnl_open(netns, &r, err);

	if (rc)
		return rc;
	rc = rtnl_link_get(r, port, &l, err);
	if (!rc && !strcmp(l.name, "lo"))
		rc = refuse(err, port, "is the loopback", "choose another port");
	/* what cuts off most comes first */
	if (!rc)
		rc = check_routes(r, &l, true, err);
	if (!rc)
		rc = check_connections(r, netns, &l, err);
	if (!rc)
		rc = check_addresses(r, &l, err);
	if (!rc)
		rc = check_routes(r, &l, false, err);
	if (!rc)
		rc = check_links(r, &l, err);
	rtnl_close(r);
	return rc;
}
