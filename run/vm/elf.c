// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf.c - see elf.h. Headers of both widths are brought to that of 64 bits first,
 * so that the rest is written once.
 */
#include "run/vm/elf.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (256L << 20)

static bool inside(const struct elf *e, u64 at, u64 n)
{
	return at <= e->size && n <= e->size - at;
}

int elf_open(const char *path, struct elf *ret, struct err *err)
{
	FILE *f = fopen(path, "re");
	struct elf e = { 0 };
	struct stat st;
	u16 machine;

	if (!f)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!fstat(fileno(f), &st) && st.st_size > 0 && st.st_size < FILE_MAX)
		e.data = malloc((size_t)st.st_size);
	if (e.data)
		e.size = fread(e.data, 1, (size_t)st.st_size, f);
	fclose(f);
	if (e.size < sizeof(Elf32_Ehdr) || memcmp(e.data, ELFMAG, SELFMAG) != 0 ||
	    e.data[EI_DATA] != ELFDATA2LSB ||
	    (e.data[EI_CLASS] == ELFCLASS64 && e.size < sizeof(Elf64_Ehdr))) {
		free(e.data);
		return err_set(err, -ENOEXEC, "%s is no ELF file", path);
	}
	e.wide = e.data[EI_CLASS] == ELFCLASS64;
	memcpy(&machine, e.data + offsetof(Elf64_Ehdr, e_machine), sizeof(machine));
	e.machine = machine;
	*ret = e;
	return 0;
}

void elf_close(struct elf *e)
{
	free(e->data);
	memset(e, 0, sizeof(*e));
}

static Elf64_Ehdr file_header(const struct elf *e)
{
	Elf64_Ehdr h;
	Elf32_Ehdr s;

	if (e->wide) {
		memcpy(&h, e->data, sizeof(h));
		return h;
	}
	memcpy(&s, e->data, sizeof(s));
	return (Elf64_Ehdr){
		.e_phoff = s.e_phoff, .e_shoff = s.e_shoff, .e_phnum = s.e_phnum,
		.e_shnum = s.e_shnum, .e_shstrndx = s.e_shstrndx,
	};
}

static bool segment(const struct elf *e, const Elf64_Ehdr *h, unsigned int i, Elf64_Phdr *ret)
{
	u64 size = e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	Elf32_Phdr s;

	if (i >= h->e_phnum || !inside(e, h->e_phoff, (i + 1) * size))
		return false;
	if (e->wide) {
		memcpy(ret, e->data + h->e_phoff + i * size, sizeof(*ret));
		return true;
	}
	memcpy(&s, e->data + h->e_phoff + i * size, sizeof(s));
	*ret = (Elf64_Phdr){
		.p_type = s.p_type, .p_offset = s.p_offset, .p_vaddr = s.p_vaddr,
		.p_filesz = s.p_filesz,
	};
	return true;
}

static bool section(const struct elf *e, const Elf64_Ehdr *h, unsigned int i, Elf64_Shdr *ret)
{
	u64 size = e->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	Elf32_Shdr s;

	if (i >= h->e_shnum || !inside(e, h->e_shoff, (i + 1) * size))
		return false;
	if (e->wide) {
		memcpy(ret, e->data + h->e_shoff + i * size, sizeof(*ret));
	} else {
		memcpy(&s, e->data + h->e_shoff + i * size, sizeof(s));
		*ret = (Elf64_Shdr){
			.sh_name = s.sh_name, .sh_type = s.sh_type, .sh_offset = s.sh_offset,
			.sh_size = s.sh_size,
		};
	}
	return ret->sh_type == SHT_NOBITS || inside(e, ret->sh_offset, ret->sh_size);
}

/* A text that ends inside the file, or NULL. */
static const char *text_at(const struct elf *e, u64 at)
{
	return at < e->size && memchr(e->data + at, '\0', e->size - at) ?
	       (const char *)e->data + at : NULL;
}

/* Where in the file an address is; the size of the file when nowhere. */
static u64 offset_of(const struct elf *e, const Elf64_Ehdr *h, u64 addr)
{
	Elf64_Phdr p;
	unsigned int i;

	for (i = 0; segment(e, h, i, &p); i++)
		if (p.p_type == PT_LOAD && addr >= p.p_vaddr && addr - p.p_vaddr < p.p_filesz)
			return p.p_offset + (addr - p.p_vaddr);
	return e->size;
}

static bool dynamic(const struct elf *e, const Elf64_Phdr *p, u64 i, Elf64_Dyn *ret)
{
	u64 size = e->wide ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
	Elf32_Dyn s;

	if ((i + 1) * size > p->p_filesz || !inside(e, p->p_offset, (i + 1) * size))
		return false;
	if (e->wide) {
		memcpy(ret, e->data + p->p_offset + i * size, sizeof(*ret));
	} else {
		memcpy(&s, e->data + p->p_offset + i * size, sizeof(s));
		ret->d_tag = s.d_tag;
		ret->d_un.d_val = s.d_un.d_val;
	}
	return ret->d_tag != DT_NULL;
}

static int each_needed(const struct elf *e, const Elf64_Ehdr *h, const Elf64_Phdr *p,
		       int (*each)(void *arg, const char *name, bool interp), void *arg)
{
	u64 i, strings = e->size;
	Elf64_Dyn d;
	int rc = 0;

	for (i = 0; dynamic(e, p, i, &d); i++)
		if (d.d_tag == DT_STRTAB)
			strings = offset_of(e, h, d.d_un.d_val);
	for (i = 0; dynamic(e, p, i, &d) && !rc; i++) {
		const char *name = d.d_tag == DT_NEEDED && d.d_un.d_val < e->size ?
				   text_at(e, strings + d.d_un.d_val) : NULL;

		if (name)
			rc = each(arg, name, false);
	}
	return rc;
}

int elf_needed(const struct elf *e, int (*each)(void *arg, const char *name, bool interp),
	       void *arg)
{
	Elf64_Ehdr h = file_header(e);
	Elf64_Phdr p;
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && segment(e, &h, i, &p); i++) {
		const char *name = p.p_type == PT_INTERP ? text_at(e, p.p_offset) : NULL;

		if (name)
			rc = each(arg, name, true);
		else if (p.p_type == PT_DYNAMIC)
			rc = each_needed(e, &h, &p, each, arg);
	}
	return rc;
}

const char *elf_modinfo(const struct elf *e, size_t *ret_len)
{
	Elf64_Ehdr h = file_header(e);
	Elf64_Shdr names, s;
	unsigned int i;

	if (!section(e, &h, h.e_shstrndx, &names))
		return NULL;
	for (i = 0; section(e, &h, i, &s); i++) {
		const char *name = text_at(e, names.sh_offset + s.sh_name);

		if (!name || strcmp(name, ".modinfo") != 0 || !s.sh_size ||
		    !inside(e, s.sh_offset, s.sh_size) || e->data[s.sh_offset + s.sh_size - 1])
			continue;
		*ret_len = s.sh_size;
		return (const char *)e->data + s.sh_offset;
	}
	return NULL;
}
