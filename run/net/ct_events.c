// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ct_events.c - see ct_events.h. The caller raises `asked` and wakes the thread;
 * the thread reads until nothing is there and then sets `answered` to what `asked`
 * was before. The lock is for these and for the counts, and never held while the
 * thread reads.
 */
#include "run/net/ct_events.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "run/net/netns.h"

#define BUFFER		(2u << 20)
#define WAIT_S		2
#define TOGETHER	1024	/* messages between two looks at the caller's wishes */

struct ct_events {
	struct ct_events_config config;
	struct mnl_socket *socket;
	int wake;
	pthread_t thread;
	bool runs;
	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t changed;
	struct ct_event_counts counts;
	u64 asked, answered;
	bool quit;
};

static void count_message(const struct nlmsghdr *nlh, struct ct_event_counts *c)
{
	switch (NFNL_MSG_TYPE(nlh->nlmsg_type)) {
	case IPCTNL_MSG_CT_NEW:
		if (nlh->nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL))
			c->created++;
		else
			c->updated++;
		break;
	case IPCTNL_MSG_CT_DELETE:
		c->destroyed++;
		break;
	default:
		break;
	}
}

/* True: nothing is left. */
static bool read_some(struct ct_events *e, struct ct_event_counts *c)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));	/* as long as a page, at least */

	for (unsigned int i = 0; i < TOGETHER; i++) {
		ssize_t got = mnl_socket_recvfrom(e->socket, buf, sizeof(buf));
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
		int len = (int)got;

		if (got < 0 && errno == ENOBUFS)
			c->overruns++;
		else if (got < 0 && errno != EINTR)
			return true;
		for (; got > 0 && mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			count_message(nlh, c);
	}
	return false;
}

static void add_counts(struct ct_event_counts *to, const struct ct_event_counts *c)
{
	to->created += c->created;
	to->updated += c->updated;
	to->destroyed += c->destroyed;
	to->overruns += c->overruns;
}

static void *listen_main(void *arg)
{
	struct ct_events *e = arg;
	struct pollfd fds[2] = {
		{ .fd = mnl_socket_get_fd(e->socket), .events = POLLIN },
		{ .fd = e->wake, .events = POLLIN },
	};
	bool quit = false;

	if (e->config.topo)
		topo_pin(e->config.topo, e->config.cpu);
	setpriority(PRIO_PROCESS, (id_t)gettid(), e->config.nice);
	while (!quit) {
		struct ct_event_counts c = { 0 };
		eventfd_t times;
		u64 asked;
		bool empty;

		poll(fds, ARRAY_SIZE(fds), -1);
		if (fds[1].revents & POLLIN)
			eventfd_read(e->wake, &times);
		pthread_mutex_lock(&e->lock);
		asked = e->asked;
		quit = e->quit;
		pthread_mutex_unlock(&e->lock);
		empty = read_some(e, &c);
		pthread_mutex_lock(&e->lock);
		add_counts(&e->counts, &c);
		if (empty)
			e->answered = asked;
		pthread_cond_signal(&e->changed);
		pthread_mutex_unlock(&e->lock);
	}
	return NULL;
}

static void wake(struct ct_events *e)
{
	eventfd_write(e->wake, 1);
}

static u64 drops(const struct ct_events *e)
{
	u32 info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(mnl_socket_get_fd(e->socket), SOL_SOCKET, SO_MEMINFO, info, &len))
		return 0;
	return info[SK_MEMINFO_DROPS];
}

void ct_events_read(struct ct_events *e, struct ct_event_counts *ret)
{
	struct timespec until;
	u64 asked;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&e->lock);
	asked = ++e->asked;
	wake(e);
	while (e->answered < asked)
		if (pthread_cond_timedwait(&e->changed, &e->lock, &until))
			break;
	*ret = e->counts;
	pthread_mutex_unlock(&e->lock);
	ret->dropped = drops(e);
}

static int no_messages(int code, struct err *err)
{
	return err_set(err, code, "the kernel has no messages about connections: %s: it needs CONFIG_NF_CT_NETLINK and CONFIG_NF_CONNTRACK_EVENTS",
		       strerror(-code));
}

/*
 * Who joins a group of a module that isn't loaded has it loaded some time later, and
 * misses what is said until then. A question waits for it. The kernel answers within
 * the call that asks.
 */
static int load_module(struct ct_events *e, struct err *err)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;
	ssize_t n;
	int left = 1;

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	if (mnl_socket_sendto(e->socket, nlh, nlh->nlmsg_len) < 0)
		return no_messages(-errno, err);
	while (left > 0) {
		n = mnl_socket_recvfrom(e->socket, buf, sizeof(buf));
		left = n < 0 ? -1 : mnl_cb_run(buf, (size_t)n, 0, 0, NULL, NULL);
	}
	return left ? no_messages(-errno, err) : 0;
}

static int join_groups(struct ct_events *e, struct err *err)
{
	static const int groups[] = {
		NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE, NFNLGRP_CONNTRACK_DESTROY,
	};
	int size = (int)(e->config.buffer ? e->config.buffer : BUFFER);
	int fd = mnl_socket_get_fd(e->socket);

	/* forced: beyond net.core.rmem_max, which is root's to exceed */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		return err_set(err, -errno, "no buffer for messages about connections: %s",
			       strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(e->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
			return no_messages(-errno, err);
	}
	return 0;
}

/* The socket belongs to the namespace it is made in. */
static int open_socket(struct ct_events *e, struct err *err)
{
	int back, rc = netns_enter(e->config.netns, &back, err), rc_back;

	if (rc)
		return rc;
	e->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!e->socket || mnl_socket_bind(e->socket, 0, MNL_SOCKET_AUTOPID))
		rc = err_set(err, -errno, "no netlink socket for messages about connections: %s",
			     strerror(errno));
	rc_back = netns_leave(back, rc ? NULL : err);
	return rc ? rc : rc_back;
}

int ct_events_open(const struct ct_events_config *config, struct ct_events **ret, struct err *err)
{
	struct ct_events *e = calloc(1, sizeof(*e));
	int rc;

	if (!e)
		return err_set(err, -ENOMEM, "out of memory");
	e->config = *config;
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->changed, NULL);
	e->wake = eventfd(0, EFD_CLOEXEC);
	rc = e->wake < 0 ? err_set(err, -errno, "no eventfd: %s", strerror(errno)) : 0;
	if (!rc)
		rc = open_socket(e, err);
	if (!rc)
		rc = load_module(e, err);
	if (!rc)
		rc = join_groups(e, err);
	if (!rc) {
		rc = -pthread_create(&e->thread, NULL, listen_main, e);
		if (rc)
			err_set(err, rc, "cannot start a thread: %s", strerror(-rc));
		e->runs = !rc;
	}
	if (rc) {
		ct_events_close(e);
		return rc;
	}
	*ret = e;
	return 0;
}

void ct_events_close(struct ct_events *e)
{
	if (!e)
		return;
	if (e->runs) {
		pthread_mutex_lock(&e->lock);
		e->quit = true;
		pthread_mutex_unlock(&e->lock);
		wake(e);
		pthread_join(e->thread, NULL);
	}
	if (e->socket)
		mnl_socket_close(e->socket);
	if (e->wake >= 0)
		close(e->wake);
	pthread_cond_destroy(&e->changed);
	pthread_mutex_destroy(&e->lock);
	free(e);
}
