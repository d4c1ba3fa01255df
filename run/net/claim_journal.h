/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_journal.h - the folder /run/kpps/ID and the journal in it, for the files
 * behind claim.h only. A journal only grows: a line a change, synced before the
 * change is made, and a line "undone N" after the change N was taken back. A
 * last line without its end was never acted on and is not there.
 *
 *	kpps-claim 1
 *	boot 5bbd7a26-…				changes of /proc don't survive it
 *	netns kpps-ID-dut
 *	write /proc/sys/kernel/x OLD-VALUE	bytes up to a space, '\' and 0x7f as \xHH
 *	undone 1
 *
 * Whoever has the journal open through journal_create or journal_open holds its
 * lock (flock), as long as it lives: the run itself, or the one that cleans up.
 */
#ifndef KPPS_NET_CLAIM_JOURNAL_H
#define KPPS_NET_CLAIM_JOURNAL_H

#include <sys/types.h>

#include "lib/compiler.h"
#include "lib/err.h"
#include "run/net/claim.h"

#define CLAIMS_DIR	"/run/kpps"
#define CLAIM_ID_MAX	48
#define CLAIM_VALUE_MAX	4096

enum change_kind { CHANGE_NETNS, CHANGE_WRITE };

struct change {
	enum change_kind kind;
	char *name;		/* of the namespace, or the path */
	char *value;		/* CHANGE_WRITE: what was there before */
	bool undone;
};

struct journal {
	char id[CLAIM_ID_MAX];
	int fd;			/* -1: there is a folder without a journal */
	bool other_boot;	/* the machine has been started since */
	unsigned int n;
	struct change *change;
};

/* claim_id - of process @pid, which lives: "PID-START"; -ESRCH. */
int claim_id(pid_t pid, char ret[CLAIM_ID_MAX]);
/* claim_id_read - is @text the ID of a claim? its process; claim_lives: is that one there? */
bool claim_id_read(const char *text, pid_t *ret_pid);
bool claim_lives(const char *id);

/* journal_create - -EEXIST: there is one of this ID. */
int journal_create(const char *id, struct journal **ret_journal, struct err *err);
/* journal_open - -EBUSY: someone holds it; -ENOENT: it has gone meanwhile. */
int journal_open(const char *id, struct journal **ret_journal, struct err *err);
/* journal_peek - the same without the lock, to read only. */
int journal_peek(const char *id, struct journal **ret_journal, struct err *err);
int journal_add(struct journal *j, enum change_kind kind, const char *name, const char *value,
		struct err *err);	/* its number */
int journal_undone(struct journal *j, unsigned int number, struct err *err);
/* journal_close - @forget: everything is undone, the folder goes. NULL is fine. */
void journal_close(struct journal *j, bool forget);

/* claim_change_undo - take one change back; 0 also when there was nothing left of it. */
int claim_change_undo(const struct journal *j, const struct change *c, struct err *err);
/* claim_change_text - "removed network namespace X", in the mood that @would says. */
void claim_change_text(const struct change *c, bool would, char *ret, size_t size);
/* journal_undo - all changes, latest first; the first error, but tries them all. */
int journal_undo(struct journal *j, claim_say_fn *say, void *arg, struct err *err);
/* claim_value_write - one write of the whole value. */
int claim_value_write(const char *path, const char *value);

/* netns_make - a namespace bound to /run/netns/@name, as claim_namespace promises; its fd. */
int netns_make(const char *name, int *ret_fd, struct err *err);
/* netns_remove - its links first, so that they are gone on return; then its name. */
int netns_remove(const char *name, struct err *err);

#endif
