// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * claim.c - the claim of a run that lives; see claim.h. Each change: look, write
 * the journal, do it. How it is undone is in claim_undo.c.
 */
#include "run/net/claim_journal.h"
#include "run/net/knob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define NAME_MAX_LEN	128
#define NAMESPACES_MAX	16

struct claim {
	struct journal *journal;
	unsigned int n;
	struct {
		int fd;			/* -1: dropped */
		unsigned int change;	/* its number in the journal */
	} netns[NAMESPACES_MAX];
};

/* What an earlier claim of this process could not undo is tried again first. */
static int retry_own(const char *id, struct err *err)
{
	struct journal *j;
	int ret = journal_open(id, &j, err);

	if (ret == -EBUSY)
		return err_set(err, ret, "this process holds " CLAIMS_DIR "/%s already", id);
	if (ret)
		return ret;
	ret = journal_undo(j, NULL, NULL, err);
	journal_close(j, !ret);
	return ret;
}

int claim_take(struct claim **ret_claim, struct err *err)
{
	char id[CLAIM_ID_MAX];
	struct claim *c;
	int ret;

	if (geteuid())
		return err_set(err, -EPERM, "network namespaces need root: run as root or by sudo");
	ret = claim_id(getpid(), id);
	if (ret)
		return err_set(err, ret, "/proc/%d/stat can't be read: mount /proc",
			       (int)getpid());
	c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, -ENOMEM, "out of memory");
	ret = journal_create(id, &c->journal, err);
	if (ret == -EEXIST) {
		ret = retry_own(id, err);
		if (!ret)
			ret = journal_create(id, &c->journal, err);
	}
	if (ret) {
		free(c);
		return ret;
	}
	*ret_claim = c;
	return 0;
}

int claim_drop(struct claim *c, struct err *err)
{
	int ret;

	if (!c)
		return 0;
	ret = journal_undo(c->journal, NULL, NULL, err);
	for (unsigned int i = 0; i < c->n; i++)
		if (c->netns[i].fd >= 0)
			close(c->netns[i].fd);
	journal_close(c->journal, !ret);
	free(c);
	return ret;
}

void claim_namespace_name(const struct claim *c, const char *role, char *ret, size_t size)
{
	snprintf(ret, size, "kpps-%s-%s", c->journal->id, role);
}

int claim_namespace(struct claim *c, const char *role, int *ret_fd, struct err *err)
{
	char name[NAME_MAX_LEN];
	int change, fd, ret;

	if (!*role || strlen(role) > 32 ||
	    role[strspn(role, "abcdefghijklmnopqrstuvwxyz0123456789")])
		return err_set(err, -EINVAL, "\"%s\" is no role: small letters and digits only",
			       role);
	if (c->n == NAMESPACES_MAX)
		return err_set(err, -ENOSPC, "a claim has at most %u namespaces", NAMESPACES_MAX);
	claim_namespace_name(c, role, name, sizeof(name));
	for (unsigned int i = 0; i < c->n; i++)
		if (c->netns[i].fd >= 0 &&
		    !strcmp(c->journal->change[c->netns[i].change].name, name))
			return err_set(err, -EEXIST, "there is a namespace %s already", name);
	change = journal_add(c->journal, CHANGE_NETNS, name, NULL, err);
	if (change < 0)
		return change;
	ret = netns_make(name, &fd, err);
	if (ret) {
		if (!netns_remove(name, NULL))
			journal_undone(c->journal, (unsigned int)change, NULL);
		return ret;
	}
	c->netns[c->n].fd = fd;
	c->netns[c->n++].change = (unsigned int)change;
	*ret_fd = fd;
	return 0;
}

int claim_namespace_drop(struct claim *c, int fd, struct err *err)
{
	unsigned int i = 0;
	int ret;

	while (i < c->n && c->netns[i].fd != fd)
		i++;
	if (fd < 0 || i == c->n)
		return err_set(err, -ENOENT, "fd %d is no namespace of this claim", fd);
	ret = claim_change_undo(c->journal, &c->journal->change[c->netns[i].change], err);
	if (!ret)
		ret = journal_undone(c->journal, c->netns[i].change, err);
	if (ret)
		return ret;
	close(fd);
	c->netns[i] = c->netns[--c->n];
	return 0;
}

/*
 * read_value - what to write to get the present state back. A file that lists its
 * choices marks the present one: "always [madvise] never".
 */
static int read_value(const char *path, char ret_value[CLAIM_VALUE_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;
	char *open_mark, *close_mark;

	if (fd < 0)
		return -errno;
	ret = knob_read(fd, ret_value, CLAIM_VALUE_MAX - 1);
	if (ret)
		return ret == -ENOSPC ? -EFBIG : ret;
	open_mark = strchr(ret_value, '[');
	close_mark = open_mark ? strchr(open_mark, ']') : NULL;
	if (close_mark && strchr(ret_value, ' ')) {
		*close_mark = '\0';
		memmove(ret_value, open_mark + 1, strlen(open_mark + 1) + 1);
	}
	return 0;
}

static bool changes(const struct journal *j, const char *path)
{
	for (unsigned int i = 0; i < j->n; i++)
		if (j->change[i].kind == CHANGE_WRITE && !j->change[i].undone &&
		    !strcmp(j->change[i].name, path))
			return true;
	return false;
}

/* Two runs that both save and both restore one value would leave it wrong. */
static int check_others(const struct claim *c, const char *path, struct err *err)
{
	DIR *d = opendir(CLAIMS_DIR);
	struct dirent *e;
	int ret = 0;

	if (!d)
		return err_set(err, -errno, CLAIMS_DIR ": %s", strerror(errno));
	while (!ret && (e = readdir(d))) {
		struct journal *j;
		pid_t pid;

		if (!claim_id_read(e->d_name, &pid) || !strcmp(e->d_name, c->journal->id) ||
		    journal_peek(e->d_name, &j, NULL))
			continue;
		if (changes(j, path) && !j->other_boot)
			ret = claim_lives(e->d_name) ?
			      err_set(err, -EBUSY, "%s is in use by another run of kpps, process "
				      "%d: wait for its end", path, (int)pid) :
			      err_set(err, -EBUSY, "%s was changed by a run of kpps that was "
				      "killed: undo it by `kpps clean`", path);
		journal_close(j, false);
	}
	closedir(d);
	return ret;
}

static int journal_and_write(struct claim *c, const char *path, const char *value, struct err *err)
{
	char old[CLAIM_VALUE_MAX];
	int ret = check_others(c, path, err);

	if (ret)
		return ret;
	ret = read_value(path, old);
	if (ret == -EFBIG)
		return err_set(err, ret, "%s is too long to be saved", path);
	if (ret)
		return err_set(err, ret, "%s: %s", path, strerror(-ret));
	ret = journal_add(c->journal, CHANGE_WRITE, path, old, err);
	if (ret < 0)
		return ret;
	ret = claim_value_write(path, value);
	return ret ? err_set(err, ret, "can't write \"%s\" to %s: %s", value, path, strerror(-ret)) :
		     0;
}

int claim_write(struct claim *c, const char *path, const char *value, struct err *err)
{
	int lock, ret;

	if ((strncmp(path, "/proc/", 6) && strncmp(path, "/sys/", 5)) || strstr(path, "/../"))
		return err_set(err, -EINVAL, "%s is no file of /proc or /sys", path);
	lock = open(CLAIMS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX))
		ret = err_set(err, -errno, CLAIMS_DIR ": %s", strerror(errno));
	else
		ret = journal_and_write(c, path, value, err);
	if (lock >= 0)
		close(lock);
	return ret;
}
