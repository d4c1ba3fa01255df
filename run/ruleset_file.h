/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ruleset_file.h - from the name of a ruleset ("full", "./mine", "/etc/x") to
 * its file for one family. A name without a slash is looked for in
 * $KPPS_RULESETS and where the rulesets that come with kpps lie: in the source
 * tree the command was started in, in the tree it was built in, where it was
 * installed. Anything else is a path. Files end in .v4 and .v6; a path may have
 * that ending or lack it. "rules-1000" is no file: ruleset_read makes it.
 */
#ifndef KPPS_RULESET_FILE_H
#define KPPS_RULESET_FILE_H

#include "lib/err.h"

#define RULESET_DIR	(4096 + 64)	/* room for the path of a folder */
#define RULESET_DIRS	4

/* ruleset_dir - the @i-th folder that a name is looked for in, the first that has it
 * counts; "" when there is no such folder here. */
const char *ruleset_dir(unsigned int i, char buf[RULESET_DIR]);
/* ruleset_file - @family AF_INET or AF_INET6; -ENOENT names where it looked. */
int ruleset_file(const char *ruleset, int family, char *buf, size_t size, struct err *err);
/* ruleset_check - is there such a ruleset? Nothing is read or made. */
int ruleset_check(const char *ruleset, int family, struct err *err);
/* ruleset_read - its text, malloc'ed; @buf gets the path as above. */
int ruleset_read(const char *ruleset, int family, char *buf, size_t size, char **ret_text,
		 size_t *ret_len, struct err *err);

#endif
