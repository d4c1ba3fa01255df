/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * knob.h - what is read from and written to the small files by which /proc and
 * /sys are set: whole values, without their last newline. Any thread.
 */
#ifndef KPPS_NET_KNOB_H
#define KPPS_NET_KNOB_H

#include "lib/compiler.h"

/* knob_read - closes @fd. -ENOSPC: @size bytes are too few. */
int knob_read(int fd, char *ret, size_t size);
/* knob_write - closes @fd. -EINVAL: the kernel took only a part. */
int knob_write(int fd, const char *value);

#endif
