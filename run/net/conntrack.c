// SPDX-License-Identifier: GPL-2.0-or-later
/* conntrack.c - see conntrack.h. A delete request without a tuple means all. */
#include "run/net/conntrack.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/net/netns.h"

static int request_flush(struct mnl_socket *s)
{
	char buf[4096];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;
	ssize_t n;

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(s, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(s), NULL, NULL) < 0)
		return -errno;
	return 0;
}

static struct mnl_socket *open_there(int netns, struct err *err)
{
	struct mnl_socket *s;
	int back;

	if (netns_enter(netns, &back, err))
		return NULL;
	s = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (s && mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID)) {
		mnl_socket_close(s);
		s = NULL;
	}
	if (!s)
		err_set(err, -errno, "no netlink socket for connection tracking: %s",
			strerror(errno));
	netns_leave(back, NULL);
	return s;
}

int conntrack_flush(int netns, struct err *err)
{
	struct mnl_socket *s = open_there(netns, err);
	int rc;

	if (!s)
		return -EIO;
	rc = request_flush(s);
	if (rc)
		err_set(err, rc, "the kernel does not forget its connections: %s: is CONFIG_NF_CT_NETLINK set?",
			strerror(-rc));
	mnl_socket_close(s);
	return rc;
}
