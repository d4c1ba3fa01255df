/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modules.h - which of a kernel's modules a guest gets, and what it is told of
 * them. What modules say of themselves (.modinfo) is enough: no depmod. The guest
 * loads on demand, as on any system: a kernel's wish comes to its modprobe, which
 * is kpps again (guest_modprobe.c) and reads the list made here:
 *
 *	m NAME PATH DEPENDENCY…		a module, what must be loaded before it
 *	a NAME PATTERN			an alias of it
 *
 * One thread.
 */
#ifndef KPPS_VM_MODULES_H
#define KPPS_VM_MODULES_H

#include "run/vm/image.h"

#define MODULES_DIR	"/lib/kpps/modules"
#define MODULES_LIST	"/lib/kpps/modules.list"

struct modules_from {
	const char *folder;	/* like /lib/modules/RELEASE; "": none */
	const char *extra;	/* one more .ko; "": none */
	const char *cache;	/* a folder for what has to be unpacked */
};

int modules_add(struct image *m, const struct modules_from *from, struct err *err);
/* modules_wanted - is a module of this name one for the guest by itself? */
bool modules_wanted(const char *name);

#endif
