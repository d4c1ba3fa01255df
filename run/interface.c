// SPDX-License-Identifier: GPL-2.0-or-later
/* interface.c - see interface.h. */
#include "run/interface.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/ethtool.h"
#include "run/bed_wire.h"
#include "run/net/guard.h"
#include "run/stop.h"

#define SLOTS		4096
#define CARRIER_WAIT	100	/* tenths of a second */
#define ETHERNET	18	/* header with a VLAN tag */

/* False: it is none of these. */
static bool by_port(const char *word, enum by *ret)
{
	static const char *const words[] = {
		[BY_AUTO] = "auto", [BY_AF_XDP] = "af_xdp", [BY_PACKET] = "packet",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i] && !strcmp(word, words[i])) {
			*ret = (enum by)i;
			return true;
		}
	}
	*ret = BY_KERNEL;
	return false;
}

static int unknown(const char *word, const char *kernels, struct err *err)
{
	return err_set(err, -EINVAL, "--by: unknown word \"%s\": known are auto, %s, af_xdp, packet",
		       word, kernels);
}

int by_source(const char *word, enum by *ret, const struct kernel_source_ops **ret_ops,
	      struct err *err)
{
	char names[64];

	*ret_ops = kernel_source_find(word);
	if (by_port(word, ret) || *ret_ops)
		return 0;
	return unknown(word, kernel_source_names(KERNEL_WAY_OUT, names, sizeof(names)), err);
}

int by_sink(const char *word, enum by *ret, const struct kernel_sink_ops **ret_ops,
	    struct err *err)
{
	char names[64];

	*ret_ops = kernel_sink_find(word);
	if (by_port(word, ret) || *ret_ops)
		return 0;
	return unknown(word, kernel_sink_names(names, sizeof(names)), err);
}

/* Everything that is opened later needs at least this. */
static int check_rights(struct err *err)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	return err_set(err, -errno, "frames on interfaces: %s: run kpps as root or with sudo, or give it CAP_NET_ADMIN and CAP_NET_RAW, for xdp and af_xdp CAP_BPF too",
		       strerror(errno));
}

bool interface_is_known(const struct option_strings *list, const char *name)
{
	for (unsigned int i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], name))
			return true;
	return false;
}

static int find(const char *name, struct rtnl_link *ret, struct err *err)
{
	struct rtnl *r;
	int rc = rtnl_open(-1, &r, err);

	if (rc)
		return rc;
	rc = rtnl_link_get(r, name, ret, err);
	rtnl_close(r);
	if (rc == -ENODEV)
		err_set(err, rc, "there is no interface %s in this network namespace: `ip link` shows those that are",
			name);
	return rc;
}

static int guard(const char *name, const struct option_strings *i_know, struct err *err)
{
	int rc = guard_port(-1, name, err);

	return rc == -EBUSY && interface_is_known(i_know, name) ? 0 : rc;
}

static int place(struct interface *i, struct err *err)
{
	int netns, node, rc = topo_read(&i->topo, err);

	if (rc)
		return rc;
	netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	node = netns >= 0 && i->topo.nodes > 1 ? wire_node(netns, i->link.name) : -1;
	if (netns >= 0)
		close(netns);
	return wire_place(&i->topo, node, false, NULL, &i->place, err);
}

int interface_take(const char *name, const struct option_strings *i_know, struct interface *ret,
		   struct err *err)
{
	int rc = check_rights(err);

	if (!rc)
		rc = find(name, &ret->link, err);
	if (!rc)
		rc = guard(name, i_know, err);
	if (!rc && !ret->link.up)
		rc = err_set(err, -ENETDOWN, "%s is down: `ip link set %s up`", name, name);
	if (rc)
		return rc;
	ret->rx_queues = ethtool_queues(name, false);
	return place(ret, err);
}

int interface_carrier(const struct interface *i, bool wait, struct err *err)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	const char *name = i->link.name;
	struct rtnl_link now;

	for (unsigned int left = wait ? CARRIER_WAIT : 0;; left--) {
		int rc = find(name, &now, err);

		if (rc || (now.up && now.carrier))
			return rc;
		if (!now.up)
			return err_set(err, -ENETDOWN, "%s was set down", name);
		if (!left)
			return err_set(err, -ENOLINK, "%s has no carrier: is the cable in, and the other end up?",
				       name);
		if (stop_wanted)
			return err_set(err, -EINTR, "stopped before %s had a carrier", name);
		nanosleep(&tenth, NULL);
	}
}

u32 interface_frame_max(const struct interface *i, u32 limit)
{
	return max(min(i->link.mtu + ETHERNET, limit), (u32)KPPS_FRAME_MIN);
}

int interface_status(int rc)
{
	switch (rc) {
	case -EINVAL: case -ENODEV: case -ENOENT: case -ERANGE: case -EMSGSIZE: case -EBADMSG:
		return EXIT_BAD_INPUT;
	default:
		return EXIT_CANT_RUN;
	}
}

int interface_port_open(const struct interface_port *c, struct port **ret, struct err *err)
{
	if (c->af_xdp) {
		const struct port_xdp_config config = {
			.ifindex = c->ifindex,
			.queue = c->queue,
			.slots = SLOTS,
			.frame_max = c->frame_max,
			.node = c->node,
			.stamps = c->stamps,
		};

		return port_xdp_open(&config, ret, err);
	}
	return port_packet_open(&(struct port_packet_config){
		.ifindex = c->ifindex,
		.slots = SLOTS,
		.frame_max = c->frame_max,
		.tx_only = c->tx_only,
		.stamps = c->stamps,
	}, ret, err);
}
