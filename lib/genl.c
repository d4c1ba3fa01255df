// SPDX-License-Identifier: GPL-2.0-or-later
/* genl.c - see genl.h. */
#include "lib/genl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Of linux/netlink.h since 6.1; some systems' headers are older. */
#define MISS_TYPE	5

struct genl {
	struct mnl_socket *socket;
	const struct genl_names *names;
	char family[GENL_NAMSIZ];
	u16 id;
	u8 version;
	u32 seq;
	/* netlink's alignment; a request, and what arrives */
	char request[GENL_ROOM] __attribute__((aligned(8)));
	char answer[GENL_ROOM] __attribute__((aligned(8)));
};

struct nlmsghdr *genl_head(void *buf, u16 family, u8 version, u8 cmd)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g = mnl_nlmsg_put_extra_header(m, sizeof(*g));

	m->nlmsg_type = family;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	g->cmd = cmd;
	g->version = version;
	return m;
}

u64 genl_u64(const struct nlattr *attr, u64 absent)
{
	return attr && mnl_attr_get_payload_len(attr) == sizeof(u64) ? mnl_attr_get_u64(attr) :
								       absent;
}

u32 genl_u32(const struct nlattr *attr, u32 absent)
{
	return attr && mnl_attr_get_payload_len(attr) == sizeof(u32) ? mnl_attr_get_u32(attr) :
								       absent;
}

/* ------------------------------------------------------------------------ refusals */

static const char *name_of(const char *const *names, unsigned int n, unsigned int i, char *buf,
			   size_t size)
{
	if (i < n && names[i])
		return names[i];
	snprintf(buf, size, "%u", i);
	return buf;
}

struct refusal {
	const char *text;
	u32 offset;		/* of the attribute in the request; 0: none */
	u32 missing;		/* its type; 0: none */
};

static int refusal_attr(const struct nlattr *attr, void *data)
{
	struct refusal *r = data;

	switch (mnl_attr_get_type(attr)) {
	case NLMSGERR_ATTR_MSG:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			r->text = mnl_attr_get_str(attr);
		break;
	case NLMSGERR_ATTR_OFFS:
		r->offset = genl_u32(attr, 0);
		break;
	case MISS_TYPE:
		r->missing = genl_u32(attr, 0);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* Type of the attribute at @offset of the request; 0: there is none. */
static u32 type_at(const struct nlmsghdr *request, u32 offset)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, request, GENL_HDRLEN)
		if ((const char *)attr - (const char *)request == (ptrdiff_t)offset)
			return mnl_attr_get_type(attr);
	return 0;
}

int genl_refused(const struct genl_names *names, const struct nlmsghdr *request,
		 const struct nlmsghdr *answer, struct err *err)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(answer);
	const struct genlmsghdr *g = mnl_nlmsg_get_payload(request);
	u32 skip = sizeof(*e), type = 0;
	char cmd[16], attr[16];
	struct refusal r = { 0 };

	if (mnl_nlmsg_get_payload_len(answer) < sizeof(*e))
		return err_set(err, -EBADMSG, "%s: a cut off answer", names->who);
	/* the request is there again, unless it was capped */
	if (!(answer->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof(e->msg))
		skip += MNL_ALIGN(e->msg.nlmsg_len) - (u32)sizeof(e->msg);
	if (answer->nlmsg_flags & NLM_F_ACK_TLVS && skip <= mnl_nlmsg_get_payload_len(answer))
		mnl_attr_parse(answer, skip, refusal_attr, &r);
	if (r.offset)
		type = type_at(request, r.offset);
	if (!type)
		type = r.missing;
	return err_set(err, e->error, "%s: %s%s%s: %s", names->who,
		       name_of(names->commands, names->ncommands, g->cmd, cmd, sizeof(cmd)),
		       type ? " " : "",
		       type ? name_of(names->attrs, names->nattrs, type, attr, sizeof(attr)) : "",
		       r.text ? r.text : r.missing ? "it is missing" : strerror(-e->error));
}

/* ------------------------------------------------------------------------ requests */

struct nlmsghdr *genl_begin(struct genl *g, u8 cmd)
{
	struct nlmsghdr *m = genl_head(g->request, g->id, g->version, cmd);

	m->nlmsg_seq = ++g->seq;
	return m;
}

static void clear(const struct nlattr **attrs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		attrs[i] = NULL;
}

static void sort_attrs(const struct nlmsghdr *m, const struct nlattr **attrs, unsigned int n)
{
	const struct nlattr *attr;

	clear(attrs, n);
	mnl_attr_for_each(attr, m, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) < n)
			attrs[mnl_attr_get_type(attr)] = attr;
}

/* Each answer is followed by an acknowledgement, which another recv brings: so it has its place. */
int genl_call(struct genl *g, const struct nlattr **ret_attrs, unsigned int nattrs,
	      struct err *err)
{
	const struct nlmsghdr *request = (const struct nlmsghdr *)g->request;
	size_t used = 0;

	clear(ret_attrs, nattrs);
	if (mnl_socket_sendto(g->socket, request, request->nlmsg_len) < 0)
		return err_set(err, -errno, "%s: netlink: %s", g->names->who, strerror(errno));
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(g->socket, g->answer + used, GENL_ROOM - used);
		const struct nlmsghdr *m = (const struct nlmsghdr *)(g->answer + used);
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return err_set(err, -ETIMEDOUT, "%s: the kernel did not answer within %d s",
				       g->names->who, GENL_PATIENCE_S);
		if (n < 0)
			return err_set(err, -errno, "%s: netlink: %s", g->names->who, strerror(errno));
		for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
			if (m->nlmsg_seq != g->seq)
				continue;	/* of a request that was given up */
			if (m->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *e = mnl_nlmsg_get_payload(m);

				return e->error ? genl_refused(g->names, request, m, err) : 0;
			}
			if (m->nlmsg_type != g->id && m->nlmsg_type != GENL_ID_CTRL)
				continue;
			sort_attrs(m, ret_attrs, nattrs);
			/* it stays where it is until the next request */
			used = MNL_ALIGN((size_t)((const char *)m - g->answer) + m->nlmsg_len);
		}
	}
}

int genl_fd(const struct genl *g)
{
	return mnl_socket_get_fd(g->socket);
}

unsigned int genl_version(const struct genl *g)
{
	return g->version;
}

int genl_event(struct genl *g, u8 *ret_cmd, const struct nlattr **ret_attrs, unsigned int nattrs)
{
	const struct nlmsghdr *m = (const struct nlmsghdr *)g->answer;
	ssize_t n = recv(genl_fd(g), g->answer, GENL_ROOM, MSG_DONTWAIT);
	const struct genlmsghdr *head;

	if (n < 0)
		return errno == ENOBUFS ? -ENOBUFS : 0;
	if (!mnl_nlmsg_ok(m, (int)n) || m->nlmsg_type != g->id ||
	    mnl_nlmsg_get_payload_len(m) < sizeof(*head))
		return 0;
	head = mnl_nlmsg_get_payload(m);
	*ret_cmd = head->cmd;
	sort_attrs(m, ret_attrs, nattrs);
	return 1;
}

/* ------------------------------------------------------------------------- opening */

static int ask_family(struct genl *g, const struct nlattr **attrs, struct err *err)
{
	struct nlmsghdr *m = genl_head(g->request, GENL_ID_CTRL, 1, CTRL_CMD_GETFAMILY);

	m->nlmsg_seq = ++g->seq;
	mnl_attr_put_strz(m, CTRL_ATTR_FAMILY_NAME, g->family);
	return genl_call(g, attrs, CTRL_ATTR_MAX + 1, err);
}

static int open_socket(struct genl *g, struct err *err)
{
	const struct timeval patience = { .tv_sec = GENL_PATIENCE_S };
	int on = 1;

	g->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!g->socket || mnl_socket_bind(g->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(genl_fd(g), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return err_set(err, -errno, "%s: no generic netlink socket: %s", g->names->who,
			       strerror(errno));
	/* without them refusals are only said less well */
	mnl_socket_setsockopt(g->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(g->socket, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

int genl_open(const char *family, const struct genl_names *names, struct genl **ret,
	      struct err *err)
{
	const struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	struct genl *g = calloc(1, sizeof(*g));
	struct err why = { 0 };
	int rc;

	if (!g)
		return err_set(err, -ENOMEM, "%s: out of memory", names->who);
	g->names = names;
	g->seq = (u32)time(NULL);
	snprintf(g->family, sizeof(g->family), "%s", family);
	rc = open_socket(g, err);
	if (!rc) {
		rc = ask_family(g, attrs, &why);
		if (rc == -ENOENT)
			err_set(err, rc, "%s: the kernel has no netlink family \"%s\"", names->who,
				family);
		else if (rc)
			*err = why;
	}
	if (!rc && (!attrs[CTRL_ATTR_FAMILY_ID] || !attrs[CTRL_ATTR_VERSION]))
		rc = err_set(err, -EBADMSG, "%s: netlink family \"%s\": a cut off answer",
			     names->who, family);
	if (rc) {
		genl_close(g);
		return rc;
	}
	g->id = mnl_attr_get_u16(attrs[CTRL_ATTR_FAMILY_ID]);
	g->version = (u8)genl_u32(attrs[CTRL_ATTR_VERSION], 0);
	*ret = g;
	return 0;
}

void genl_close(struct genl *g)
{
	if (!g)
		return;
	if (g->socket)
		mnl_socket_close(g->socket);
	free(g);
}

/* The id of @group in the answer about the family; 0: it has none of that name. */
static u32 group_id(const struct nlattr *groups, const char *group)
{
	const struct nlattr *one, *attr;

	mnl_attr_for_each_nested(one, groups) {
		const char *name = "";
		u32 id = 0;

		mnl_attr_for_each_nested(attr, one) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = genl_u32(attr, 0);
			else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = mnl_attr_get_str(attr);
		}
		if (!strcmp(name, group))
			return id;
	}
	return 0;
}

int genl_join(struct genl *g, const char *group, struct err *err)
{
	const struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	int rc = ask_family(g, attrs, err);
	u32 id = 0;

	if (rc)
		return rc;
	if (attrs[CTRL_ATTR_MCAST_GROUPS])
		id = group_id(attrs[CTRL_ATTR_MCAST_GROUPS], group);
	if (!id)
		return err_set(err, -ENOENT, "%s: netlink family \"%s\" has no group \"%s\"",
			       g->names->who, g->family, group);
	if (mnl_socket_setsockopt(g->socket, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		return err_set(err, -errno, "%s: group \"%s\": %s", g->names->who, group,
			       strerror(errno));
	return 0;
}
