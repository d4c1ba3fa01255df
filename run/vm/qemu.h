/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu.h - one QEMU process: started with a kernel and two serial ports, and ended
 * for certain. It leads a process group of its own, so that a terminal's signal is
 * kpps' to treat, and dies with the thread that started it, also by kill -9.
 */
#ifndef KPPS_VM_QEMU_H
#define KPPS_VM_QEMU_H

#include <sys/types.h>

#include "lib/compiler.h"
#include "lib/err.h"

struct qemu_config {
	const char *program;	/* path, or a name for PATH */
	const char *kernel, *initramfs, *cmdline;
	unsigned int cpus, memory_mib;
	bool instructions;	/* the guest's clock counts them */
	bool kvm;
};

struct qemu {
	pid_t pid;
	int pidfd;
	int console;		/* the guest's first serial port */
	int port;		/* and its second; both can't block */
	int said;		/* what QEMU itself says: a file in memory */
};

#define QEMU_PROGRAM	"qemu-system-x86_64"

int qemu_start(const struct qemu_config *config, struct qemu *ret, struct err *err);
/* qemu_said - the first lines of it, in one; "" none. */
void qemu_said(const struct qemu *q, char *buf, size_t size);
/* qemu_end - kill it, and close what belongs to it; also when it ended by itself. */
void qemu_end(struct qemu *q);
/* qemu_version - "7.2.22". */
int qemu_version(const char *program, char *ret, size_t size, struct err *err);
/* qemu_kvm - can it use hardware virtualisation here? Tried for some seconds at most. */
bool qemu_kvm(const char *program);

#endif
