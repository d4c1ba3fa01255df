// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnl.c - the socket and the conversation; see rtnl.h. A socket stays in the
 * namespace it was opened in, so its owner need not go there again.
 */
#include "run/net/rtnl_msg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "run/net/netns.h"

#define BUFFER	32768	/* the most that the kernel puts in one message of a dump */
#define WORDS	160

/* The kernel answers at once; were an answer lost, nobody may wait for ever. */
static const struct timeval answer_timeout = { .tv_sec = 5 };

struct rtnl {
	struct mnl_socket *nl;
	u32 seq;
	char words[WORDS];	/* the kernel's, on the last failure */
	char out[4096];		/* requests; the largest is far below */
	char in[BUFFER];
};

static int socket_setup(struct rtnl *r)
{
	int fd = mnl_socket_get_fd(r->nl), on = 1;

	if (mnl_socket_bind(r->nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &answer_timeout, sizeof(answer_timeout)))
		return -errno;
	/* Kernels without these have fewer words, no less function. */
	mnl_socket_setsockopt(r->nl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(r->nl, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

int rtnl_open_protocol(int netns, int protocol, const char *name, struct rtnl **ret_rtnl,
		       struct err *err)
{
	struct rtnl *r = calloc(1, sizeof(*r));
	int back = -1, ret = 0, left = 0;

	if (!r)
		return err_set(err, -ENOMEM, "out of memory");
	if (netns >= 0)
		ret = netns_enter(netns, &back, err);
	if (ret)
		goto err_free;
	r->nl = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!r->nl)
		ret = -errno;
	if (back >= 0)
		left = netns_leave(back, err);
	if (!ret && !left)
		ret = socket_setup(r);
	if (ret)
		err_set(err, ret, "%s: %s", name, strerror(-ret));
	else
		ret = left;
	if (ret)
		goto err_close;
	*ret_rtnl = r;
	return 0;

err_close:
	if (r->nl)
		mnl_socket_close(r->nl);
err_free:
	free(r);
	return ret;
}

int rtnl_open(int netns, struct rtnl **ret_rtnl, struct err *err)
{
	return rtnl_open_protocol(netns, NETLINK_ROUTE, "rtnetlink", ret_rtnl, err);
}

void rtnl_close(struct rtnl *r)
{
	if (!r)
		return;
	mnl_socket_close(r->nl);
	free(r);
}

int rtnl_socket_fd(const struct rtnl *r)
{
	return mnl_socket_get_fd(r->nl);
}

struct nlmsghdr *rtnl_request(struct rtnl *r, u16 type, u16 flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(r->out);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = ++r->seq;
	return nlh;
}

static int keep_words(const struct nlattr *attr, void *data)
{
	struct rtnl *r = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		snprintf(r->words, sizeof(r->words), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

/* The errno in an acknowledgement; what the kernel says about it goes to r->words. */
static int acknowledged(struct rtnl *r, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	unsigned int offset = sizeof(*e);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*e))
		return -EBADMSG;
	/* The request comes back before the words, unless the kernel left it out. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += e->msg.nlmsg_len - sizeof(e->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && offset <= mnl_nlmsg_get_payload_len(nlh))
		mnl_attr_parse(nlh, offset, keep_words, r);
	return e->error;
}

/* read_answers - 1: more is to come; 0 or -errno: the end. */
static int read_answers(struct rtnl *r, rtnl_each_fn *each, void *arg)
{
	ssize_t got = mnl_socket_recvfrom(r->nl, r->in, sizeof(r->in));
	const struct nlmsghdr *nlh = (const void *)r->in;
	int len = (int)got;

	if (got < 0)
		return errno == EINTR ? 1 : -errno;
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != r->seq)
			continue;	/* an answer that came too late for its request */
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return acknowledged(r, nlh);
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 0;
		if (each)
			each(arg, nlh);
	}
	return 1;
}

int rtnl_talk(struct rtnl *r, struct nlmsghdr *nlh, rtnl_each_fn *each, void *arg, struct err *err,
	      const char *what, ...)
{
	char text[160];
	va_list ap;
	int ret;

	r->words[0] = '\0';
	if (mnl_socket_sendto(r->nl, nlh, nlh->nlmsg_len) < 0)
		ret = -errno;
	else
		do
			ret = read_answers(r, each, arg);
		while (ret > 0);
	if (!ret)
		return 0;
	if (ret == -EAGAIN)
		ret = -ETIMEDOUT;
	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	if (r->words[0])
		return err_set(err, ret, "can't %s: %s (%s)", text, r->words, strerror(-ret));
	return err_set(err, ret, "can't %s: %s", text, strerror(-ret));
}
