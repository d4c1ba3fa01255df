/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.h - a file tree to be, and the cpio archive of it that a kernel takes as
 * its initramfs. The archive's bytes depend on the tree alone: entries are sorted,
 * times are 0, everything belongs to root. Folders above a file are made. One
 * thread; files are read when the archive is written.
 */
#ifndef KPPS_VM_IMAGE_H
#define KPPS_VM_IMAGE_H

#include "lib/compiler.h"
#include "lib/err.h"

struct image;

struct image *image_create(void);	/* NULL: no memory */
void image_free(struct image *m);
/* @at: absolute, in the guest. The same twice: the first one stays. -ENOMEM. */
int image_file(struct image *m, const char *at, const char *from, unsigned int mode,
	       struct err *err);
int image_text(struct image *m, const char *at, const char *text, struct err *err);
int image_link(struct image *m, const char *at, const char *target, struct err *err);
int image_dir(struct image *m, const char *at, struct err *err);
int image_node(struct image *m, const char *at, unsigned int major, unsigned int minor,
	       struct err *err);
bool image_has(const struct image *m, const char *at);
/* image_key - a hash of what there is: names, texts, and of files size, time and inode. */
int image_key(struct image *m, u64 *ret, struct err *err);
/* image_write - the archive, to the file @path, which appears whole or not at all. */
int image_write(struct image *m, const char *path, struct err *err);

#endif
