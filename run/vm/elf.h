/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf.h - two questions to ELF files of 32 and 64 bits, little endian: which
 * libraries a program needs, and what a kernel module says of itself. Nothing in
 * a file is trusted. The file is read whole; no state.
 */
#ifndef KPPS_VM_ELF_H
#define KPPS_VM_ELF_H

#include "lib/compiler.h"
#include "lib/err.h"

struct elf {
	unsigned char *data;
	size_t size;
	bool wide;		/* 64 bits */
	u16 machine;
};

/* elf_open - -ENOEXEC: no such file. */
int elf_open(const char *path, struct elf *ret, struct err *err);
void elf_close(struct elf *e);
/* elf_needed - calls @each with the interpreter (@interp true; a path), and with every
 * needed library's name, until it returns other than 0, which is returned. */
int elf_needed(const struct elf *e, int (*each)(void *arg, const char *name, bool interp),
	       void *arg);
/* elf_modinfo - the section .modinfo: "key=value" texts, each with its NUL; NULL: none. */
const char *elf_modinfo(const struct elf *e, size_t *ret_len);

#endif
