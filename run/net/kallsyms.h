/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kallsyms.h - names of the kernel's addresses, read once; then any thread may ask. */
#ifndef KPPS_NET_KALLSYMS_H
#define KPPS_NET_KALLSYMS_H

#include "lib/compiler.h"
#include "lib/err.h"

struct kallsyms {
	unsigned int n;
	struct kallsym {
		u64 address;
		const char *name;
	} *sym;			/* functions, by address */
	char *text;
};

/* kallsyms_read - -EACCES with the cure when the kernel hides the addresses. */
int kallsyms_read(const char *path, struct kallsyms *ret, struct err *err);
void kallsyms_release(struct kallsyms *k);
/* kallsyms_find - index of the function that @ip is in; -1: none. */
int kallsyms_find(const struct kallsyms *k, u64 ip);

#endif
