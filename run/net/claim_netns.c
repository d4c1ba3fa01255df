// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * claim_netns.c - named namespaces, kept as `ip netns` keeps them: each is bound
 * to a file in /run/netns, which is a mount shared by all mount namespaces. That
 * folder stays, as iproute2 leaves it.
 */
#include "run/net/claim_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "run/net/netns.h"
#include "run/net/rtnl.h"

#define NETNS_DIR	"/run/netns"
#define NSFS_MAGIC	0x6e736673

/*
 * For links to come ("default") and those that are there ("all"): no address of
 * its own making, no duplicate detection, no router solicitation.
 */
static const struct {
	const char *name, *value;
} ipv6_settings[] = {
	{ "disable_ipv6", "0" }, { "accept_ra", "0" }, { "autoconf", "0" },
	{ "router_solicitations", "0" }, { "addr_gen_mode", "1" }, { "accept_dad", "0" },
	{ "dad_transmits", "0" },
};

static void netns_path(const char *name, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, NETNS_DIR "/%s", name);
}

/* folder - make /run/netns what `ip netns` expects; its lock is the one iproute2 takes. */
static int folder(struct err *err)
{
	bool bound = false;
	int fd, ret = 0;

	if (mkdir(NETNS_DIR, 0755) && errno != EEXIST)
		return err_set(err, -errno, NETNS_DIR ": %s", strerror(errno));
	fd = open(NETNS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, NETNS_DIR ": %s", strerror(errno));
	flock(fd, LOCK_EX);
	while (mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL)) {
		/* EINVAL: not a mount yet */
		if (errno != EINVAL || bound ||
		    mount(NETNS_DIR, NETNS_DIR, "none", MS_BIND | MS_REC, NULL)) {
			ret = err_set(err, -errno, "can't share the mount " NETNS_DIR ": %s",
				      strerror(errno));
			break;
		}
		bound = true;
	}
	close(fd);
	return ret;
}

static int no_ipv6_of_its_own(struct err *err)
{
	static const char *const of[] = { "default", "all" };
	char name[64];

	if (access("/proc/sys/net/ipv6", F_OK))
		return 0;	/* a kernel without IPv6 */
	for (size_t i = 0; i < ARRAY_SIZE(ipv6_settings); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(of); k++) {
			int ret;

			snprintf(name, sizeof(name), "net.ipv6.conf.%s.%s", of[k],
				 ipv6_settings[i].name);
			ret = sysctl_set(-1, name, ipv6_settings[i].value, err);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int loopback_up(struct err *err)
{
	struct rtnl_link lo;
	struct rtnl *r;
	int ret = rtnl_open(-1, &r, err);

	if (ret)
		return ret;
	ret = rtnl_link_get(r, "lo", &lo, err);
	if (!ret)
		ret = rtnl_link_up(r, lo.ifindex, true, err);
	rtnl_close(r);
	return ret;
}

struct making {
	const char *path;
	int fd, ret;
	struct err err;
};

/* In a thread of its own, which ends here: nobody has to come back. */
static void *make_inside(void *arg)
{
	struct making *m = arg;

	if (unshare(CLONE_NEWNET)) {
		m->ret = err_set(&m->err, -errno, "can't make a network namespace: %s",
				 strerror(errno));
		return NULL;
	}
	m->ret = no_ipv6_of_its_own(&m->err);
	if (!m->ret)
		m->ret = loopback_up(&m->err);
	if (m->ret)
		return NULL;
	if (mount("/proc/thread-self/ns/net", m->path, "none", MS_BIND, NULL)) {
		m->ret = err_set(&m->err, -errno, "can't bind a network namespace to %s: %s",
				 m->path, strerror(errno));
		return NULL;
	}
	m->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (m->fd < 0)
		m->ret = err_set(&m->err, -errno, "/proc/thread-self/ns/net: %s", strerror(errno));
	return NULL;
}

int netns_make(const char *name, int *ret_fd, struct err *err)
{
	char path[PATH_MAX];
	struct making m = { .path = path, .fd = -1 };
	pthread_t thread;
	int fd, ret = folder(err);

	if (ret)
		return ret;
	netns_path(name, path);
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	close(fd);
	ret = -pthread_create(&thread, NULL, make_inside, &m);
	if (ret)
		return err_set(err, ret, "can't start a thread: %s", strerror(-ret));
	pthread_join(thread, NULL);
	if (m.ret) {
		if (err)
			*err = m.err;
		return m.ret;
	}
	*ret_fd = m.fd;
	return 0;
}

/* A namespace other than the one this thread is in, so that no link of the host's can go. */
static bool foreign_netns(int fd)
{
	struct stat there, here;
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == NSFS_MAGIC && !fstat(fd, &there) &&
	       !stat("/proc/thread-self/ns/net", &here) && there.st_ino != here.st_ino;
}

/* A namespace dies some time after its last user; its pairs would still be seen till then. */
static int links_remove(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	struct rtnl *r;

	if (fd < 0)
		return 0;	/* never made, or removed by hand */
	if (foreign_netns(fd)) {
		ret = rtnl_open(fd, &r, err);
		if (!ret) {
			ret = rtnl_links_delete(r, err);
			rtnl_close(r);
		}
	}
	close(fd);
	return ret;
}

int netns_remove(const char *name, struct err *err)
{
	char path[PATH_MAX];
	int ret;

	netns_path(name, path);
	ret = links_remove(path, err);
	if (ret)
		return ret;
	/* More than one mount only when somebody else has added some. */
	for (int i = 0; i < 16 && !umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW); i++)
		;
	if (unlink(path) && errno != ENOENT)
		return err_set(err, -errno, "can't remove %s: %s", path, strerror(errno));
	return 0;
}
