/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fragment.h - what a kernel is asked to be: config fragments of
 * fw-under-test/kernels/, or of the user's, put one over the other. A fragment is a
 * file of options as the kernel's merge_config.sh takes it; comments that begin with
 * a word and a colon say more:
 *
 *	# help: TEXT		for `kpps kernel list`
 *	# include: NAME		that fragment first; its options can be set anew
 *	# make: TARGET		one of the kernel's config targets, after allnoconfig
 *	# cmdline: TEXT		for the kernel's command line
 *	# arch: i386
 *	# seconds: N		about how long a build takes on two CPUs
 *
 * After NAME.config come NAME@VERSION.config, NAME@ARCH.config and
 * NAME@VERSION@ARCH.config, where they are there. A fragment that includes none stands
 * on "base".
 */
#ifndef KPPS_KERNELS_FRAGMENT_H
#define KPPS_KERNELS_FRAGMENT_H

#include <limits.h>

#include "analysis/kernel_config.h"

struct fragment {
	struct kernel_config asked;	/* by file */
	char version[16];		/* "6.1" */
	char arch[8];
	char help[160];
	char cmdline[256];
	char make[4][32];
	unsigned int nmake;
	bool based;			/* base is in it */
	double seconds;			/* 0: not said */
};

#define FRAGMENT_VERSION "6.1"	/* when the name says none */

/*
 * fragment_load - @name as kernel.h has it: NAMES[@VERSION], NAMES joined by "+";
 * a path has a slash. -ENOENT, -EINVAL with the file and line. Free @f in any case.
 */
int fragment_load(const char *name, struct fragment *f, struct err *err);
void fragment_free(struct fragment *f);

/* fragment_names - of the folder, sorted: malloc'ed array of malloc'ed names, NULL ends. */
int fragment_names(char ***ret, struct err *err);
void fragment_names_free(char **names);

/* fragment_static - write y for m where a target is going to. */
void fragment_static(struct fragment *f);
/* fragment_text - what the kernel's config is asked to have, as KCONFIG_ALLCONFIG takes it. */
char *fragment_text(const struct fragment *f);
/*
 * fragment_check - is @final as @f asks? 0, or -EINVAL with the first option (in the
 * order of the files) that is not, in *@ret_option.
 */
int fragment_check(const struct fragment *f, const struct kernel_config *final,
		   const struct kernel_option **ret_option, struct err *err);

#endif
