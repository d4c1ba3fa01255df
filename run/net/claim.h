/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim.h - what a run changes on the host, and its undoing. A claim is a folder
 * /run/kpps/ID (ID: process id and its start time) with a journal: everything
 * is written there, and synced, before it is done. claim_drop undoes all of it,
 * latest first; after kill -9 the next run's claim_clean does, or `kpps clean`.
 * Claims of living processes are never touched. One thread at a time.
 *
 * Namespaces are called kpps-ID-ROLE and are bound to /run/netns, so that `ip
 * netns` shows them; that folder stays, as `ip netns` leaves it. What lives in a
 * namespace (links, addresses, rules) goes with it and is not in the journal.
 */
#ifndef KPPS_NET_CLAIM_H
#define KPPS_NET_CLAIM_H

#include "lib/compiler.h"
#include "lib/err.h"

struct claim;

/* claim_take - needs root; a sentence with the cure when it can't be. One a process:
 * -EBUSY. Undoes nothing of others: claim_clean comes first. */
int claim_take(struct claim **ret_claim, struct err *err);
/* claim_drop - undo and forget; NULL is fine. What could not be undone stays
 * in the journal for claim_clean, and is the first error returned. */
int claim_drop(struct claim *c, struct err *err);

/* claim_namespace - make kpps-ID-@role with lo up and IPv6 autoconfiguration off
 * for all links to come; its fd, which is closed by claim_drop. */
int claim_namespace(struct claim *c, const char *role, int *ret_fd, struct err *err);
/* claim_namespace_name - as `ip netns` shows it. */
void claim_namespace_name(const struct claim *c, const char *role, char *ret, size_t size);
/*
 * claim_namespace_drop - remove one now, and close its @fd. When it returns, its
 * links are gone on both sides. A process that is still in it keeps it, nameless
 * and without links, to its own end; this holds for claim_drop and claim_clean too.
 */
int claim_namespace_drop(struct claim *c, int fd, struct err *err);

/*
 * claim_write - write @value to the file @path of /proc or /sys in the caller's
 * namespaces; what was there is written back at the end. For what a namespace of
 * the claim's has for itself, sysctl_set is enough. -EBUSY: another run, which
 * may be dead, has changed that file.
 */
int claim_write(struct claim *c, const char *path, const char *value, struct err *err);

/*
 * claim_clean - undo what runs that are no more have left; each thing is said in
 * one sentence to @say (may be NULL). Returns how many claims were cleaned, or the
 * first -errno after all were tried. @say_only: change nothing. Any process may do
 * it at any time, several at once; 0 without rights while there is nothing to do.
 */
typedef void claim_say_fn(void *arg, const char *sentence);
int claim_clean(bool say_only, claim_say_fn *say, void *arg, struct err *err);

#endif
