/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_parts.h - what the files of run/kernels/ share; for them only. The kinds of
 * names that kernel.h lists are const ops, a file each, listed in kernel_kinds[].
 *
 * The cache (cache.h) has
 *	kernels/PACKAGE_VERSION, kernels/build-ID	vmlinuz, config, modules/, release, …
 *	names/NAME		the entry a name stands for
 *	headers/RELEASE		a distribution's headers, unpacked
 *	source/PACKAGE_VERSION	a kernel's source tree, shared by its builds
 *	kmod/ID-HASH		kpps_gen.ko for a kernel
 *	userland/ARCH-ID	another architecture's libraries, headers and tools
 *	seconds/WHAT		how long WHAT took here
 */
#ifndef KPPS_KERNELS_PARTS_H
#define KPPS_KERNELS_PARTS_H

#include "run/kernels/cache.h"
#include "run/kernels/kernel.h"
#include "run/net/child.h"

struct kernel_kind {
	bool (*claims)(const char *name);	/* the last kind takes what others do not */
	int (*known)(const char *name, double *ret_s, struct err *err);
	/* get - all of @ret but name and kmod; kdir is what modules for it are built
	 * against, "" when there is none (the default: the headers' package of its release) */
	int (*get)(const char *name, FILE *say, struct kernel_image *ret, char kdir[PATH_MAX],
		   struct err *err);
};

extern const struct kernel_kind kernel_file, kernel_package, kernel_built;
const struct kernel_kind *kernel_kind_of(const char *name);

/* kernel_data - the path of @file (a fragment, a script) in fw-under-test/kernels or
 * where it was installed to; -ENOENT. */
int kernel_data(const char *file, char ret[PATH_MAX], struct err *err);
/* kernel_data_dir - the folder itself. */
int kernel_data_dir(char ret[PATH_MAX], struct err *err);

/*
 * kernel_script - run the script @argv[0] of kernel_data() until it ends; a status that
 * is not 0 becomes -EPROTO with the last line it wrote to standard error. @ret_out may
 * be NULL. @line, when not NULL, sees each line of its output as it is written.
 */
int kernel_script(const char *const *argv, const char *const *env,
		  void (*line)(void *arg, const char *text), void *arg, char **ret_out,
		  struct err *err);

/* kernel_entry - fill @ret from a complete entry: the files in it. */
int kernel_entry(const char *path, struct kernel_image *ret, struct err *err);
/* kernel_id - hash of @n texts; ret of 17 bytes. */
void kernel_id(const char *const *texts, unsigned int n, char *ret);
/* kernel_path - as snprintf; -ENAMETOOLONG with a sentence. */
int kernel_path(char ret[PATH_MAX], struct err *err, const char *fmt, ...) __printf(3, 4);

/* kernel_apt_state - "APT_STATE=…" for a script's environment: where it may keep package
 * lists of its own. */
int kernel_apt_state(char ret[PATH_MAX], struct err *err);

/* kernel_took - note that @what took @s here; kernel_takes - seconds noted, or @otherwise. */
void kernel_took(const char *what, double s);
double kernel_takes(const char *what, double otherwise);

/* kernel_release - uname -r and arch ("amd64", "i386") of a bzImage. */
int kernel_release(const char *path, char *release, size_t size, char arch[8], struct err *err);

/* kernel_kmod - kpps_gen.ko for @image into it, or kmod_why; never an error. */
void kernel_kmod(struct kernel_image *image, const char *kdir, FILE *say);

#endif
