// SPDX-License-Identifier: GPL-2.0-or-later
/* client.c - see client.h. */
#include "tests/kmod/client.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <math.h>
#include <net/if.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HDRLEN (NLMSG_HDRLEN + GENL_HDRLEN)

static void fail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(99);
}

static const struct nlattr *attr_find(const u8 *p, u32 len, u16 type)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *a = (const struct nlattr *)p;
		u32 step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (step >= len)
			return NULL;
		p += step;
		len -= step;
	}
	return NULL;
}

void client_begin(struct client *c, u8 cmd)
{
	struct nlmsghdr *n = (struct nlmsghdr *)c->request;
	struct genlmsghdr *g = NLMSG_DATA(n);

	memset(c->request, 0, HDRLEN);
	n->nlmsg_type = (u16)c->family;
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	n->nlmsg_seq = ++c->seq;
	g->cmd = cmd;
	g->version = KPPS_GEN_FAMILY_VERSION;
	c->len = HDRLEN;
}

void client_add(struct client *c, u16 attr, const void *data, u32 len)
{
	struct nlattr *a = (struct nlattr *)(c->request + c->len);

	if (c->len + NLA_HDRLEN + len + NLA_ALIGNTO > CLIENT_ROOM)
		fail("request too long");
	memset(a, 0, NLA_HDRLEN + NLA_ALIGN(len));
	a->nla_type = attr;
	a->nla_len = (u16)(NLA_HDRLEN + len);
	if (len)
		memcpy((u8 *)a + NLA_HDRLEN, data, len);
	c->len += NLA_HDRLEN + NLA_ALIGN(len);
}

void client_u32(struct client *c, u16 attr, u32 v)
{
	client_add(c, attr, &v, sizeof(v));
}

void client_u64(struct client *c, u16 attr, u64 v)
{
	client_add(c, attr, &v, sizeof(v));
}

void client_flag(struct client *c, u16 attr)
{
	client_add(c, attr, NULL, 0);
}

static void send_request(struct client *c)
{
	((struct nlmsghdr *)c->request)->nlmsg_len = c->len;
	if (send(c->fd, c->request, c->len, 0) != (ssize_t)c->len)
		fail("send");
}

/* The attributes of an extended ack. */
static void read_ack(struct client *c, const struct nlmsghdr *n)
{
	const struct nlmsgerr *e = NLMSG_DATA(n);
	const u8 *p = (const u8 *)e + sizeof(*e), *end = (const u8 *)n + n->nlmsg_len;
	const struct nlattr *a;

	c->message[0] = 0;
	c->bad_attr = 0;
	c->miss_attr = 0;
	if (!(n->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(n->nlmsg_flags & NLM_F_CAPPED))
		p += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
	a = attr_find(p, (u32)(end - p), NLMSGERR_ATTR_MSG);
	if (a)
		snprintf(c->message, sizeof(c->message), "%s", (const char *)a + NLA_HDRLEN);
	a = attr_find(p, (u32)(end - p), NLMSGERR_ATTR_OFFS);
	if (a) {
		u32 offset = *(const u32 *)((const u8 *)a + NLA_HDRLEN);

		c->bad_attr = ((struct nlattr *)(c->request + offset))->nla_type & NLA_TYPE_MASK;
	}
	a = attr_find(p, (u32)(end - p), NLMSGERR_ATTR_MISS_TYPE);
	if (a)
		c->miss_attr = *(const u32 *)((const u8 *)a + NLA_HDRLEN);
}

static ssize_t receive(struct client *c)
{
	ssize_t n = recv(c->fd, c->answer, sizeof(c->answer), 0);

	if (n < 0)
		fail("recv");
	return n;
}

/* All messages until the acknowledgment; its error. */
static int exchange(struct client *c, void (*each)(struct client *c, void *arg), void *arg,
		    int *ret_messages)
{
	/* the answer must outlive the ack behind it */
	static u8 kept[CLIENT_ROOM];

	send_request(c);
	c->attrs_len = 0;
	for (;;) {
		ssize_t left = receive(c);
		struct nlmsghdr *n = (struct nlmsghdr *)c->answer;

		for (; NLMSG_OK(n, left); n = NLMSG_NEXT(n, left)) {
			if (n->nlmsg_seq != c->seq)
				continue;
			if (n->nlmsg_type == NLMSG_ERROR) {
				read_ack(c, n);
				return ((struct nlmsgerr *)NLMSG_DATA(n))->error;
			}
			if (n->nlmsg_type == NLMSG_DONE)
				return *(int *)NLMSG_DATA(n);
			memcpy(kept, n, n->nlmsg_len);
			c->attrs = kept + HDRLEN;
			c->attrs_len = n->nlmsg_len - HDRLEN;
			++*ret_messages;
			if (each)
				each(c, arg);
		}
	}
}

int client_call(struct client *c)
{
	int messages = 0;

	return exchange(c, NULL, NULL, &messages);
}

int client_dump(struct client *c, void (*each)(struct client *c, void *arg), void *arg)
{
	int messages = 0, ret;

	((struct nlmsghdr *)c->request)->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	ret = exchange(c, each, arg, &messages);
	return ret < 0 ? ret : messages;
}

const void *client_data(const struct client *c, u16 attr, u32 *ret_len)
{
	const struct nlattr *a = attr_find(c->attrs, c->attrs_len, attr);

	if (!a)
		return NULL;
	*ret_len = a->nla_len - NLA_HDRLEN;
	return (const u8 *)a + NLA_HDRLEN;
}

u64 client_get(const struct client *c, u16 attr, u64 absent)
{
	u32 len, v32;
	const void *p = client_data(c, attr, &len);
	u64 v64;

	if (p && len == sizeof(v32)) {
		memcpy(&v32, p, len);
		return v32;
	}
	if (p && len == sizeof(v64)) {
		memcpy(&v64, p, len);
		return v64;
	}
	return absent;
}

static int find_group(const struct client *c)
{
	u32 len;
	const u8 *groups = client_data(c, CTRL_ATTR_MCAST_GROUPS, &len);
	const struct nlattr *first, *id;

	if (!groups)
		fail("the family has no group");
	first = (const struct nlattr *)groups;
	id = attr_find((const u8 *)first + NLA_HDRLEN, first->nla_len - NLA_HDRLEN,
		       CTRL_ATTR_MCAST_GRP_ID);
	return id ? *(const int *)((const u8 *)id + NLA_HDRLEN) : 0;
}

void client_open(struct client *c)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int on = 1;

	memset(c, 0, sizeof(*c));
	c->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (c->fd < 0 || bind(c->fd, (const struct sockaddr *)&any, sizeof(any)))
		fail("netlink socket");
	setsockopt(c->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	c->family = GENL_ID_CTRL;
	client_begin(c, CTRL_CMD_GETFAMILY);
	client_add(c, CTRL_ATTR_FAMILY_NAME, KPPS_GEN_FAMILY_NAME, sizeof(KPPS_GEN_FAMILY_NAME));
	if (client_call(c))
		fail("no family kpps_gen");
	c->family = (int)*(const u16 *)client_data(c, CTRL_ATTR_FAMILY_ID, &(u32){ 0 });
	c->group = find_group(c);
}

void client_close(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

void client_listen(struct client *c)
{
	if (setsockopt(c->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &c->group, sizeof(c->group)))
		fail("group runs");
}

int client_wait_done(struct client *c, u32 id, unsigned int timeout_ms, u32 *ret_why)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	while (poll(&p, 1, (int)timeout_ms) == 1) {
		struct nlmsghdr *n = (struct nlmsghdr *)c->answer;
		ssize_t left = receive(c);

		if (!NLMSG_OK(n, left) || n->nlmsg_type != c->family)
			continue;
		c->attrs = c->answer + HDRLEN;
		c->attrs_len = n->nlmsg_len - HDRLEN;
		if (((struct genlmsghdr *)NLMSG_DATA(n))->cmd != KPPS_GEN_CMD_GEN_DONE ||
		    client_get(c, KPPS_GEN_A_ID, 0) != id)
			continue;
		*ret_why = (u32)client_get(c, KPPS_GEN_A_WHY, 99);
		return 0;
	}
	return -ETIMEDOUT;
}

int gen_new(struct client *c, int ifindex, u32 way, u32 *ret_id)
{
	int ret;

	client_begin(c, KPPS_GEN_CMD_GEN_NEW);
	client_u32(c, KPPS_GEN_A_IFINDEX, (u32)ifindex);
	client_u32(c, KPPS_GEN_A_WAY, way);
	ret = client_call(c);
	*ret_id = (u32)client_get(c, KPPS_GEN_A_ID, 0);
	return ret;
}

static void plan_begin(struct client *c, u32 id)
{
	client_begin(c, KPPS_GEN_CMD_GEN_PLAN);
	client_u32(c, KPPS_GEN_A_ID, id);
}

int gen_plan_count(struct client *c, u32 id, u64 count, u32 burst)
{
	plan_begin(c, id);
	client_u64(c, KPPS_GEN_A_COUNT, count);
	client_u32(c, KPPS_GEN_A_BURST, burst);
	return client_call(c);
}

int gen_plan_duration(struct client *c, u32 id, u64 ns)
{
	plan_begin(c, id);
	client_u64(c, KPPS_GEN_A_DURATION, ns);
	return client_call(c);
}

int gen_plan_endless(struct client *c, u32 id)
{
	plan_begin(c, id);
	client_flag(c, KPPS_GEN_A_ENDLESS);
	return client_call(c);
}

int gen_stream(struct client *c, u32 id, u32 number, const struct kpps_stream *s, u64 first)
{
	client_begin(c, KPPS_GEN_CMD_GEN_STREAM);
	client_u32(c, KPPS_GEN_A_ID, id);
	client_u32(c, KPPS_GEN_A_STREAM, number);
	client_add(c, KPPS_GEN_A_STREAM_DATA, s, sizeof(*s));
	client_u64(c, KPPS_GEN_A_FIRST_INDEX, first);
	return client_call(c);
}

int gen_lane(struct client *c, u32 id, u32 lane, u32 stream, double pps, u64 total)
{
	client_begin(c, KPPS_GEN_CMD_GEN_LANE);
	client_u32(c, KPPS_GEN_A_ID, id);
	client_u32(c, KPPS_GEN_A_LANE, lane);
	client_u32(c, KPPS_GEN_A_STREAM, stream);
	if (pps > 0) {
		int exponent;

		frexp(1e9 / pps, &exponent);
		client_u64(c, KPPS_GEN_A_MULT, (u64)ldexp(1e9 / pps, 62 - exponent));
		client_u32(c, KPPS_GEN_A_SHIFT, (u32)(62 - exponent));
	}
	if (total)
		client_u64(c, KPPS_GEN_A_TOTAL, total);
	return client_call(c);
}

int gen_call(struct client *c, u8 cmd, u32 id)
{
	client_begin(c, cmd);
	client_u32(c, KPPS_GEN_A_ID, id);
	return client_call(c);
}

int gen_get(struct client *c, u32 id)
{
	return gen_call(c, KPPS_GEN_CMD_GEN_GET, id);
}

int gen_wait(struct client *c, u32 id, unsigned int timeout_ms)
{
	for (unsigned int i = 0; i < timeout_ms; i++) {
		int ret = gen_get(c, id);

		if (ret)
			return ret;
		if (client_get(c, KPPS_GEN_A_STATE, 0) == KPPS_GEN_STATE_ENDED)
			return (int)client_get(c, KPPS_GEN_A_WHY, 99);
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return -ETIMEDOUT;
}

int device_index(const char *name)
{
	int ret = (int)if_nametoindex(name);

	if (!ret)
		fail(name);
	return ret;
}

void run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	errno = 0;
	if (system(command))
		fail(command);
}

static unsigned int planned, done, failed;

void plan(unsigned int n)
{
	setbuf(stdout, NULL);
	planned = n;
	printf("1..%u\n", n);
}

bool ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%sok %u - ", good ? "" : "not ", ++done);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	if (!good || done > planned)
		failed++;
	return good;
}

__attribute__((destructor)) static void finish(void)
{
	if (planned && (failed || done != planned)) {
		printf("# %u of %u failed, %u ran\n", failed, planned, done);
		fflush(stdout);
		_exit(1);
	}
}
