/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache.h - what is made once and kept: folders in $KPPS_CACHE, else
 * $XDG_CACHE_HOME/kpps, else ~/.cache/kpps, as KIND/NAME. An entry is made in a
 * folder beside it, under a lock of its own, and renamed when it is complete: it is
 * whole or not there. Whoever is killed leaves a folder in KIND/.making that the next
 * one to make that entry removes. Entries are never changed. One thread; several
 * processes.
 */
#ifndef KPPS_KERNELS_CACHE_H
#define KPPS_KERNELS_CACHE_H

#include <limits.h>

#include "lib/compiler.h"
#include "lib/err.h"

struct cache_entry {
	char path[PATH_MAX];	/* where it is, or will be */
	char making[PATH_MAX];	/* where it is being made; "" when it is there already */
	int lock;
};

/* cache_root - the folder itself, which is made. */
int cache_root(char ret[PATH_MAX], struct err *err);
/* cache_find - 0 with its path, or -ENOENT without a sentence. */
int cache_find(const char *kind, const char *name, char ret[PATH_MAX]);
/*
 * cache_begin - lock KIND/NAME, waiting while another makes it (-EINTR: stop_wanted).
 * 0: it is to be made in @ret->making, then cache_commit or cache_abort. 1: it is
 * there; nothing to end.
 */
int cache_begin(const char *kind, const char *name, struct cache_entry *ret, struct err *err);
int cache_commit(struct cache_entry *e, struct err *err);
void cache_abort(struct cache_entry *e);

/* cache_note - keep a line of text under a name; cache_noted reads it: 0, or -ENOENT. */
int cache_note(const char *kind, const char *name, const char *text, struct err *err);
int cache_noted(const char *kind, const char *name, char *ret, size_t size);

/* cache_remove - KIND/NAME, unless it is being made: -EBUSY. */
int cache_remove(const char *kind, const char *name, struct err *err);
/* cache_left - remove what a killed process left of KIND/NAME: -EBUSY, or it is gone. */
int cache_left(const char *kind, const char *name, struct err *err);

#endif
