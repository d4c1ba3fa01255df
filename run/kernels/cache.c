// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cache.c - see cache.h. The lock is a file in KIND/.making that nobody removes: the
 * kernel lets it go when its holder dies, in whatever way.
 */
#include "run/kernels/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/stop.h"

#define WAIT_US	50000

static int make_path(char *path, struct err *err)
{
	size_t len = strlen(path);

	for (size_t i = 1; i <= len; i++) {
		char was = path[i];

		if (was && was != '/')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return err_set(err, -errno, "%s: can't make the folder: %s; KPPS_CACHE names another place",
				       path, strerror(errno));
		path[i] = was;
	}
	return 0;
}

static int root_path(char ret[PATH_MAX], struct err *err)
{
	const char *own = getenv("KPPS_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char cwd[PATH_MAX / 2];
	int n;

	if (own && *own == '/')
		n = snprintf(ret, PATH_MAX, "%s", own);
	else if (own && *own && getcwd(cwd, sizeof(cwd)))
		n = snprintf(ret, PATH_MAX, "%s/%s", cwd, own);
	else if (xdg && *xdg == '/')
		n = snprintf(ret, PATH_MAX, "%s/kpps", xdg);
	else if (home && *home == '/')
		n = snprintf(ret, PATH_MAX, "%s/.cache/kpps", home);
	else
		return err_set(err, -ENOENT, "no place for kernels: set KPPS_CACHE or HOME to a folder");
	if (n >= PATH_MAX / 2)
		return err_set(err, -ENAMETOOLONG, "the cache's path is too long: set KPPS_CACHE");
	return 0;
}

int cache_root(char ret[PATH_MAX], struct err *err)
{
	int rc = root_path(ret, err);

	return rc ? rc : make_path(ret, err);
}

int cache_find(const char *kind, const char *name, char ret[PATH_MAX])
{
	char root[PATH_MAX];
	int rc = root_path(root, NULL);

	if (rc)
		return rc;
	if (snprintf(ret, PATH_MAX, "%s/%s/%s", root, kind, name) >= PATH_MAX)
		return -ENAMETOOLONG;
	return access(ret, F_OK) ? -ENOENT : 0;
}

static int remove_one(const char *path, const struct stat *st __unused, int type __unused,
		      struct FTW *ftw __unused)
{
	return remove(path);
}

static int remove_tree(const char *path)
{
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	return nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS) ? -errno : 0;
}

static int lock_entry(const char *path, bool wait, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_set(err, -errno, "%s: can't make the lock: %s", path, strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		int rc = -errno;

		if (rc == -EWOULDBLOCK && wait && !stop_wanted) {
			usleep(WAIT_US);
			continue;
		}
		close(fd);
		if (rc == -EWOULDBLOCK)
			return stop_wanted ? err_set(err, -EINTR, "%s: stopped while another kpps makes it", path) :
					     err_set(err, -EBUSY, "%s: another kpps is making it", path);
		return err_set(err, rc, "%s: can't lock: %s", path, strerror(-rc));
	}
	return fd;
}

/* Paths of KIND/NAME; the folder for what is being made is there afterwards. */
static int entry_paths(const char *kind, const char *name, struct cache_entry *e,
		       char lock[PATH_MAX], struct err *err)
{
	char root[PATH_MAX] = "", making[PATH_MAX] = "";
	int rc = cache_root(root, err);

	if (rc)
		return rc;
	if (snprintf(making, sizeof(making), "%s/%s/.making", root, kind) >= PATH_MAX ||
	    snprintf(e->path, sizeof(e->path), "%s/%s/%s", root, kind, name) >= PATH_MAX ||
	    snprintf(e->making, sizeof(e->making), "%s/%s", making, name) >= PATH_MAX ||
	    snprintf(lock, PATH_MAX, "%s/%s.lock", making, name) >= PATH_MAX)
		return err_set(err, -ENAMETOOLONG, "%s/%s: the path is too long: set KPPS_CACHE", kind, name);
	return make_path(making, err);
}

int cache_begin(const char *kind, const char *name, struct cache_entry *ret, struct err *err)
{
	char lock[PATH_MAX];
	int rc = entry_paths(kind, name, ret, lock, err);

	if (rc)
		return rc;
	ret->lock = lock_entry(lock, true, err);
	if (ret->lock < 0)
		return ret->lock;
	if (!access(ret->path, F_OK)) {
		ret->making[0] = '\0';
		close(ret->lock);
		return 1;
	}
	/* what one that was killed has left */
	rc = remove_tree(ret->making);
	if (!rc && mkdir(ret->making, 0755))
		rc = -errno;
	if (rc) {
		close(ret->lock);
		return err_set(err, rc, "%s: can't make the folder: %s", ret->making, strerror(-rc));
	}
	return 0;
}

int cache_commit(struct cache_entry *e, struct err *err)
{
	int fd = open(e->making, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	/* its content before its name, should the machine go down */
	if (fd >= 0) {
		syncfs(fd);
		close(fd);
	}
	if (rename(e->making, e->path))
		rc = err_set(err, -errno, "%s: can't be put in its place: %s", e->making, strerror(errno));
	if (rc)
		remove_tree(e->making);
	close(e->lock);
	return rc;
}

void cache_abort(struct cache_entry *e)
{
	remove_tree(e->making);
	close(e->lock);
}

int cache_note(const char *kind, const char *name, const char *text, struct err *err)
{
	char root[PATH_MAX] = "", path[PATH_MAX + 64] = "", fresh[PATH_MAX + 128];
	int rc = cache_root(root, err);
	FILE *f;

	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX / 2, root, kind);
	rc = make_path(path, err);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%.*s/%s/%s", PATH_MAX / 2, root, kind, name);
	snprintf(fresh, sizeof(fresh), "%s.%d", path, (int)getpid());
	f = fopen(fresh, "we");
	if (f) {
		fprintf(f, "%s\n", text);
		rc = fclose(f) || rename(fresh, path) ? -errno : 0;
	} else {
		rc = -errno;
	}
	return rc ? err_set(err, rc, "%s: can't be written: %s", path, strerror(-rc)) : 0;
}

int cache_noted(const char *kind, const char *name, char *ret, size_t size)
{
	char path[PATH_MAX];
	int rc = cache_find(kind, name, path);
	FILE *f;

	if (rc)
		return rc;
	f = fopen(path, "re");
	if (!f)
		return -errno;
	rc = fgets(ret, (int)size, f) ? 0 : -ENOENT;
	fclose(f);
	if (!rc)
		ret[strcspn(ret, "\n")] = '\0';
	return rc;
}

/* With the lock, so that nobody makes it meanwhile. */
static int remove_locked(const char *kind, const char *name, bool entry, struct err *err)
{
	struct cache_entry e;
	char lock[PATH_MAX];
	int rc = entry_paths(kind, name, &e, lock, err);

	if (rc)
		return rc;
	e.lock = lock_entry(lock, false, err);
	if (e.lock < 0)
		return e.lock;
	rc = remove_tree(e.making);
	/* away in one step, so that nobody sees half of it */
	if (!rc && entry && rename(e.path, e.making) && errno != ENOENT)
		rc = -errno;
	if (!rc)
		rc = remove_tree(e.making);
	close(e.lock);
	return rc ? err_set(err, rc, "%s: can't be removed: %s", e.path, strerror(-rc)) : 0;
}

int cache_remove(const char *kind, const char *name, struct err *err)
{
	return remove_locked(kind, name, true, err);
}

int cache_left(const char *kind, const char *name, struct err *err)
{
	return remove_locked(kind, name, false, err);
}
