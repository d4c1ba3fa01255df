/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compiler.h - the few words every userspace file needs: branch hints,
 * attributes, ARRAY_SIZE, min and max. The kernel has them all. lib/stream.h
 * does not include it: that header must also compile in BPF, which has its own.
 */
#ifndef KPPS_COMPILER_H
#define KPPS_COMPILER_H

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/prefetch.h>

#include "lib/types.h"
#else
#include <stdbool.h>
#include <stddef.h>

#include "lib/types.h"

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define __unused	__attribute__((unused))
#define __cacheline	__attribute__((aligned(64)))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define prefetch(p)	__builtin_prefetch((p), 0, 3)
#define prefetchw(p)	__builtin_prefetch((p), 1, 3)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define min(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b) ({ __typeof__(a) _x = (a); __typeof__(b) _y = (b); _x > _y ? _x : _y; })

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define NSEC_PER_SEC	1000000000ULL

#endif	/* !__KERNEL__ */
#endif
