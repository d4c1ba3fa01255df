// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * claim_undo.c - changes taken back: by the run that made them, or by another
 * after it was killed. Undoing twice does no harm: a run may be killed at it.
 */
#include "run/net/claim_journal.h"
#include "run/net/knob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "kpps-"	/* of a namespace: PREFIX ID-ROLE */

int claim_value_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : knob_write(fd, value);
}

/* What was never written needs no undoing, and may not be allowed: a run may have
 * been refused what its journal says it was about to do. */
static bool has_value(const char *path, const char *value)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char now[CLAIM_VALUE_MAX];

	return fd >= 0 && !knob_read(fd, now, sizeof(now)) && !strcmp(now, value);
}

int claim_change_undo(const struct journal *j, const struct change *c, struct err *err)
{
	int ret;

	if (c->kind == CHANGE_NETNS)
		return netns_remove(c->name, err);
	if (j->other_boot)
		return 0;
	if (has_value(c->name, c->value))
		return 0;
	ret = claim_value_write(c->name, c->value);
	if (!ret || ret == -ENOENT)	/* an interrupt or a link that is no more */
		return 0;
	return err_set(err, ret, "can't write \"%s\" back to %s: %s", c->value, c->name,
		       strerror(-ret));
}

void claim_change_text(const struct change *c, bool would, char *ret, size_t size)
{
	if (c->kind == CHANGE_NETNS)
		snprintf(ret, size, "%s network namespace %s", would ? "would remove" : "removed",
			 c->name);
	else
		snprintf(ret, size, "%s \"%s\" back to %s", would ? "would write" : "wrote",
			 c->value, c->name);
}

int journal_undo(struct journal *j, claim_say_fn *say, void *arg, struct err *err)
{
	char text[512];
	int first = 0;

	for (unsigned int i = j->n; i-- > 0;) {
		struct change *c = &j->change[i];
		int ret;

		if (c->undone)
			continue;
		ret = claim_change_undo(j, c, first ? NULL : err);
		if (!ret) {
			ret = journal_undone(j, i, first ? NULL : err);
			claim_change_text(c, false, text, sizeof(text));
			if (say)
				say(arg, text);
		}
		first = first ? first : ret;
	}
	return first;
}

struct cleaning {
	bool say_only;
	claim_say_fn *say;
	void *arg;
	int n, first;
	struct err *err;
};

static void say_all(const struct journal *j, const struct cleaning *cl)
{
	char text[512];

	for (unsigned int i = j->n; i-- > 0 && cl->say;) {
		if (j->change[i].undone)
			continue;
		claim_change_text(&j->change[i], true, text, sizeof(text));
		cl->say(cl->arg, text);
	}
}

static void clean_claim(struct cleaning *cl, const char *id)
{
	struct err *err = cl->first ? NULL : cl->err;
	struct journal *j;
	char text[128];
	bool empty;
	int ret;

	ret = journal_open(id, &j, err);
	if (ret == -EBUSY || ret == -ENOENT)
		return;		/* somebody else cleans it, or has done so */
	if (ret) {
		cl->first = cl->first ? cl->first : ret;
		return;
	}
	empty = !j->n;
	if (cl->say_only)
		say_all(j, cl);
	else
		ret = journal_undo(j, cl->say, cl->arg, err);
	journal_close(j, !ret && !cl->say_only);
	if (ret) {
		cl->first = cl->first ? cl->first : ret;
		return;
	}
	cl->n++;
	snprintf(text, sizeof(text), "%s " CLAIMS_DIR "/%s, which claimed nothing",
		 cl->say_only ? "would remove" : "removed", id);
	if (empty && cl->say)
		cl->say(cl->arg, text);
}

/* A namespace whose owner is dead and whose claim somebody has removed by hand. */
static void clean_orphan(struct cleaning *cl, const char *name)
{
	struct err *err = cl->first ? NULL : cl->err;
	struct change c = { .kind = CHANGE_NETNS };
	char id[CLAIM_ID_MAX], path[sizeof(CLAIMS_DIR) + CLAIM_ID_MAX + 1], text[512];
	const char *role, *whole = name;
	pid_t pid;
	int ret;

	if (strncmp(name, PREFIX, strlen(PREFIX)))
		return;
	name += strlen(PREFIX);
	role = strchr(name, '-');
	role = role ? strchr(role + 1, '-') : NULL;
	if (!role || (size_t)(role - name) >= sizeof(id))
		return;
	snprintf(id, sizeof(id), "%.*s", (int)(role - name), name);
	snprintf(path, sizeof(path), CLAIMS_DIR "/%s", id);
	if (!claim_id_read(id, &pid) || claim_lives(id) || !access(path, F_OK))
		return;
	ret = cl->say_only ? 0 : netns_remove(whole, err);
	cl->first = cl->first ? cl->first : ret;
	if (ret)
		return;
	cl->n++;
	c.name = (char *)whole;		/* only read */
	claim_change_text(&c, cl->say_only, text, sizeof(text));
	if (cl->say)
		cl->say(cl->arg, text);
}

static void each_name(struct cleaning *cl, const char *dir,
		      void (*clean)(struct cleaning *cl, const char *name))
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d && errno != ENOENT && !cl->first)
		cl->first = err_set(cl->err, -errno, "%s: %s", dir, strerror(errno));
	while (d && (e = readdir(d)))
		clean(cl, e->d_name);
	if (d)
		closedir(d);
}

static void clean_dead(struct cleaning *cl, const char *id)
{
	pid_t pid;

	if (claim_id_read(id, &pid) && !claim_lives(id))
		clean_claim(cl, id);
}

int claim_clean(bool say_only, claim_say_fn *say, void *arg, struct err *err)
{
	struct cleaning cl = { .say_only = say_only, .say = say, .arg = arg, .err = err };

	each_name(&cl, CLAIMS_DIR, clean_dead);
	each_name(&cl, "/run/netns", clean_orphan);
	return cl.first ? cl.first : cl.n;
}
