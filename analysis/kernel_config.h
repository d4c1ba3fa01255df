/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_config.h - a kernel's .config, or a fragment of one, read into memory: its
 * options by name, and how two differ. The sections are those of the file's own
 * comments. What is not in the text is "n". No state; a config belongs to its caller.
 */
#ifndef KPPS_KERNEL_CONFIG_H
#define KPPS_KERNEL_CONFIG_H

#include <jansson.h>
#include <stdio.h>

#include "lib/compiler.h"
#include "lib/err.h"

struct kernel_option {
	char *name;		/* without CONFIG_ */
	char *value;		/* "y", "m", "n", "64", "\"text\"" */
	char *section;		/* "" when there is none */
	unsigned int line;	/* for messages and for order */
};

struct kernel_config {
	unsigned int n, room;
	bool by_file;		/* sections are the files' names */
	struct kernel_option *option;	/* sorted by name */
};

/*
 * kernel_config_parse - add the options of @text to @c; of one that is there twice the
 * last counts. @name is for messages: -EINVAL with the line that is none of
 * CONFIG_X=…, "# CONFIG_X is not set", a comment or empty. CONFIG_X=n is the same as
 * not set.
 */
int kernel_config_parse(struct kernel_config *c, const char *name, const char *text, struct err *err);
int kernel_config_read(struct kernel_config *c, const char *path, struct err *err);
/* kernel_config_set - -ENOMEM. */
int kernel_config_set(struct kernel_config *c, const char *name, const char *value,
		      const char *section, unsigned int line);
/* kernel_config_value - never NULL. */
const char *kernel_config_value(const struct kernel_config *c, const char *name);
bool kernel_config_has(const struct kernel_config *c, const char *name);
void kernel_config_free(struct kernel_config *c);

struct kernel_config_difference {
	const char *name, *section, *a, *b;	/* of the two configs */
	bool chosen;		/* false: a fact that the kernel's build sets (HAVE_X, CC_X) */
	bool network;		/* of the network, the CPU's mitigations, preemption, debugging */
};

struct kernel_config_diff {
	unsigned int n, nchosen;
	struct kernel_config_difference *d;	/* chosen first, of those network first; then
						 * by section, in the file's order */
};

/* kernel_config_diff - @a and @b must outlive @ret; -ENOMEM. */
int kernel_config_diff(const struct kernel_config *a, const struct kernel_config *b,
		       struct kernel_config_diff *ret);
void kernel_config_diff_free(struct kernel_config_diff *d);
/* kernel_config_diff_print - the first @max chosen ones under their sections, and how
 * many more there are; each line begins with @indent. */
void kernel_config_diff_print(const struct kernel_config_diff *d, unsigned int max,
			      const char *indent, FILE *out);
/* kernel_config_diff_json - {"differ": n, "options": [{"name", "section", "a", "b"}]}. */
json_t *kernel_config_diff_json(const struct kernel_config_diff *d, unsigned int max);

#endif
