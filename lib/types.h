/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * types.h - u8 … s64 in userspace, in the kernel and in BPF. BPF programs that
 * include vmlinux.h define KPPS_HAVE_TYPES first: that header has its own.
 */
#ifndef KPPS_TYPES_H
#define KPPS_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#elif !defined(KPPS_HAVE_TYPES)
#include <linux/types.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
#endif

#endif
