/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * initramfs.h - the guest's file system: kpps as its init and its modprobe, the
 * libraries and tools it runs, the rulesets, and the kernel's modules. Made once
 * for each combination of them and kept in the cache ($KPPS_CACHE, else
 * $XDG_CACHE_HOME/kpps, else ~/.cache/kpps). Two processes may ask at once.
 */
#ifndef KPPS_VM_INITRAMFS_H
#define KPPS_VM_INITRAMFS_H

#include <limits.h>

#include "run/kernels/kernel.h"

#define GUEST_RULESETS	"/usr/share/kpps/rulesets"

/* initramfs_get - @root and @kpps as kernel_userland says. */
int initramfs_get(const struct kernel_image *kernel, const char *root, const char *kpps,
		  char ret_path[PATH_MAX], struct err *err);

#endif
