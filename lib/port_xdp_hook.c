// SPDX-License-Identifier: GPL-2.0-or-later
/* port_xdp_hook.c - see port_xdp_hook.h. */
#include "lib/port_xdp_hook.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "lib/port_xdp.skel.h"
#include "lib/bpf_load.h"
#include "lib/port_xdp_queue.h"

#define PROGRAM		"kpps_xdp_port"
#define LINKS_MAX	65536	/* ids to look at: bounds the search */
/* A port may close, or one open, between two looks at the interface. */
#define ATTEMPTS	10

static int hook_attach(struct xdp_hook *h, const struct netif *n, int prog, int sockets,
		       int queues)
{
	struct bpf_link_create_opts opts = { .sz = sizeof(opts), .flags = XDP_FLAGS_DRV_MODE };
	int link = bpf_link_create(prog, n->ifindex, BPF_XDP, &opts);
	bool generic = false;

	if (link < 0 && link != -EBUSY && link != -EEXIST && link != -EPERM && link != -ENODEV) {
		opts.flags = XDP_FLAGS_SKB_MODE;
		link = bpf_link_create(prog, n->ifindex, BPF_XDP, &opts);
		generic = true;
	}
	if (link < 0)
		return link;
	*h = (struct xdp_hook){ .link = link, .generic = generic };
	h->sockets = fcntl(sockets, F_DUPFD_CLOEXEC, 0);
	h->queues = fcntl(queues, F_DUPFD_CLOEXEC, 0);
	if (h->sockets >= 0 && h->queues >= 0)
		return 0;
	xdp_hook_close(h);
	return -EMFILE;
}

/* The link by which program @prog_id hangs on its interface; an fd, -ENOENT: none. */
static int link_find(u32 prog_id)
{
	u32 id = 0;

	for (unsigned int i = 0; i < LINKS_MAX && !bpf_link_get_next_id(id, &id); i++) {
		struct bpf_link_info info = { 0 };
		u32 len = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == BPF_LINK_TYPE_XDP &&
		    info.prog_id == prog_id)
			return fd;
		close(fd);
	}
	return -ENOENT;
}

/* Both maps of the program; -ENOENT: it is none of ours. */
static int maps_find(struct xdp_hook *h, u32 prog_id)
{
	u32 ids[8] = { 0 };
	struct bpf_prog_info info = { .nr_map_ids = ARRAY_SIZE(ids), .map_ids = (uintptr_t)ids };
	u32 len = sizeof(info);
	int prog = bpf_prog_get_fd_by_id(prog_id), ret;

	if (prog < 0)
		return prog;
	ret = bpf_obj_get_info_by_fd(prog, &info, &len);
	close(prog);
	if (ret || strcmp(info.name, PROGRAM))
		return ret ? ret : -ENOENT;
	for (u32 i = 0; i < min(info.nr_map_ids, (u32)ARRAY_SIZE(ids)); i++) {
		struct bpf_map_info map = { 0 };
		int fd = bpf_map_get_fd_by_id(ids[i]);

		len = sizeof(map);
		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &map, &len))
			map.name[0] = '\0';
		if (h->sockets < 0 && !strcmp(map.name, "kpps_sockets"))
			h->sockets = fd;
		else if (h->queues < 0 && !strcmp(map.name, "kpps_queues"))
			h->queues = fd;
		else if (fd >= 0)
			close(fd);
	}
	return h->sockets < 0 || h->queues < 0 ? -ENOENT : 0;
}

/*
 * Join what another port has attached. 0: joined; -ENOENT: nothing is attached,
 * or no more; *@ret_foreign: the id of a program that is not kpps'.
 */
static int hook_join(struct xdp_hook *h, const struct netif *n, u32 *ret_foreign)
{
	struct bpf_xdp_query_opts query = { .sz = sizeof(query) };
	int ret = bpf_xdp_query(n->ifindex, 0, &query);
	u32 id = query.drv_prog_id ? query.drv_prog_id :
		 query.skb_prog_id ? query.skb_prog_id : query.prog_id;

	*ret_foreign = 0;
	if (ret || !id)
		return ret ? ret : -ENOENT;
	*h = (struct xdp_hook){ .link = -1, .sockets = -1, .queues = -1,
				.generic = id == query.skb_prog_id };
	h->link = link_find(id);
	ret = maps_find(h, id);
	/* Of ours but without a link: it was closed meanwhile. */
	if (!ret && h->link >= 0)
		return 0;
	*ret_foreign = ret == -ENOENT ? id : 0;
	xdp_hook_close(h);
	return -ENOENT;
}

static int hook_failed(const struct netif *n, int code, u32 foreign, struct err *err)
{
	if (foreign)
		return err_set(err, -EBUSY,
			       "%s: %s has the XDP program with id %u: detach it (ip link set %s xdp off)",
			       n->port, n->name, foreign, n->name);
	if (code == -EPERM)
		return err_set(err, code,
			       "%s: %s: no right to attach an XDP program (CAP_NET_ADMIN, CAP_BPF): run as root",
			       n->port, n->name);
	return err_set(err, code, "%s: %s: can't attach an XDP program: %s", n->port, n->name,
		       strerror(-code));
}

static int program_load(const struct netif *n, struct port_xdp_bpf **ret_skel, struct err *err)
{
	struct port_xdp_bpf *skel = port_xdp_bpf__open();
	int ret;

	if (!skel)
		return hook_failed(n, -errno, 0, err);
	ret = bpf_load(skel->skeleton, n->port, err);
	if (ret) {
		port_xdp_bpf__destroy(skel);
		return ret == -EPERM ? hook_failed(n, ret, 0, err) : ret;
	}
	*ret_skel = skel;
	return 0;
}

int xdp_hook_open(struct xdp_hook *h, const struct netif *n, u32 queue, struct err *err)
{
	struct port_xdp_bpf *skel = NULL;
	int ret, attached = -EBUSY;
	u32 foreign = 0;

	if (queue >= XDP_QUEUES)
		return err_set(err, -EINVAL, "%s: queue %u of %s: must be below %u", n->port,
			       queue, n->name, XDP_QUEUES);
	ret = program_load(n, &skel, err);
	if (!skel)
		return ret;
	for (unsigned int i = 0; i < ATTEMPTS && (attached == -EBUSY || attached == -EEXIST); i++) {
		attached = hook_join(h, n, &foreign);
		if (attached != -ENOENT || foreign)
			break;
		attached = hook_attach(h, n, bpf_program__fd(skel->progs.kpps_xdp_port),
				       bpf_map__fd(skel->maps.kpps_sockets),
				       bpf_map__fd(skel->maps.kpps_queues));
	}
	port_xdp_bpf__destroy(skel);
	h->queue = queue;
	return attached ? hook_failed(n, attached, foreign, err) : 0;
}

void xdp_hook_close(struct xdp_hook *h)
{
	const int fds[] = { h->link, h->sockets, h->queues };

	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

void xdp_hook_leave(const struct xdp_hook *h)
{
	struct xdp_queue q = { 0 };

	bpf_map_lookup_elem(h->queues, &h->queue, &q);
	q.frame_max = 0;
	bpf_map_update_elem(h->queues, &h->queue, &q, BPF_ANY);
}

u64 xdp_hook_too_long(const struct xdp_hook *h)
{
	struct xdp_queue q = { 0 };

	bpf_map_lookup_elem(h->queues, &h->queue, &q);
	return q.too_long - h->too_long_before;
}

int xdp_hook_socket(struct xdp_hook *h, const struct netif *n, int fd, struct err *err)
{
	struct xdp_queue q = { .frame_max = n->room };
	int ret;

	h->too_long_before = 0;
	q.too_long = h->too_long_before = xdp_hook_too_long(h);
	ret = bpf_map_update_elem(h->queues, &h->queue, &q, BPF_ANY);
	ret = ret ? ret : bpf_map_update_elem(h->sockets, &h->queue, &fd, BPF_ANY);
	return ret ? hook_failed(n, ret, 0, err) : 0;
}
