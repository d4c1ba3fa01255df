/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - kernels for the testbed vm: found, taken from the distribution's
 * packages, or built from its source with a config fragment of
 * fw-under-test/kernels/. All of them lie in the cache ($KPPS_CACHE, else
 * $XDG_CACHE_HOME/kpps, else ~/.cache/kpps), where an entry is complete or not
 * there; two processes may ask for the same one at the same time. Nothing is
 * installed on the host. One thread.
 *
 * Names, as scenarios and `kpps kernel` take them:
 *	debian-6.1, debian-6.12		the distribution's cloud image, unpacked
 *	linux-image-…			any kernel package of the distribution, unpacked
 *	FRAGMENT, FRAGMENT@6.12		built; the version is 6.1 when not given
 *	NAT+BTF				built, with both; see fragment.h
 *	./path.config[@VERSION]		built, with a fragment of the user's
 *	./bzImage, /path/vmlinuz	as it is; its modules from lib/modules/RELEASE
 *					beside it, or none
 */
#ifndef KPPS_KERNEL_H
#define KPPS_KERNEL_H

#include <limits.h>
#include <stdio.h>

#include "analysis/kernel_config.h"
#include "lib/compiler.h"
#include "lib/err.h"

struct kernel_image {
	char name[128];		/* as asked for */
	char arch[8];		/* "amd64", "i386" */
	char release[96];	/* uname -r */
	char vmlinuz[PATH_MAX];
	char config[PATH_MAX];	/* "" when it is not known */
	char modules[PATH_MAX];	/* a folder like /lib/modules/RELEASE; "": none */
	char kmod[PATH_MAX];	/* kpps_gen.ko for it; "": there is none, kmod_why says why */
	char kmod_why[ERR_TEXT];
	char cmdline[256];	/* what the fragment wants on the command line; "" */
	char id[17];		/* hash of what it was made of: version, config, compiler */
};

/*
 * kernel_get - @name ready to be booted; what is missing is fetched or built, after
 * it was said on @say (may be NULL) how long that takes, about, and what it needs.
 * -ENOENT: no such kernel (the sentence lists those there are); -EINVAL: a fragment
 * that can't be met, with the first option that isn't as asked; -EPERM and the like
 * with what is missing and the cure.
 */
int kernel_get(const char *name, FILE *say, struct kernel_image *ret, struct err *err);
/* kernel_known - is there such a name, and is it at hand? Fetches and builds nothing:
 * 0 with the seconds it would take in *@ret_s (0: at hand), or -ENOENT and the like. */
int kernel_known(const char *name, double *ret_s, struct err *err);
/*
 * kernel_config - @name's options: of the kernel when it is at hand, else what its
 * fragment asks for (*@ret_built false). A path that ends in .config is read as one,
 * whatever it was made for. Fetches and builds nothing.
 */
int kernel_config(const char *name, struct kernel_config *ret, bool *ret_built, struct err *err);
/* kernel_list - the names there are, a line each, with what each is for. */
int kernel_list(FILE *out, struct err *err);

/*
 * kernel_clean - remove @n kernels, or when @n is 0 what can be made again in a minute:
 * source trees, headers, package lists, and what killed builds have left. A line for
 * each on @out. What another process is making stays: -EBUSY.
 */
int kernel_clean(const char *const *names, unsigned int n, FILE *out, struct err *err);

/*
 * kernel_userland - what a guest of @arch runs: @ret_root is a folder to take
 * libraries and tools from ("" for the host's own), @ret_kpps the kpps binary that is
 * its init, built for any CPU of @arch. Made when missing, after saying so.
 */
int kernel_userland(const char *arch, FILE *say, char ret_root[PATH_MAX],
		    char ret_kpps[PATH_MAX], struct err *err);

#endif
