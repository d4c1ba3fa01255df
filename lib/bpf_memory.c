// SPDX-License-Identifier: GPL-2.0-or-later
/* bpf_memory.c - see bpf_memory.h. */
#include "lib/bpf_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"

static int quiet(enum libbpf_print_level level __unused, const char *format __unused,
		 va_list args __unused)
{
	return 0;
}

libbpf_print_fn_t bpf_memory_quiet(void)
{
	return libbpf_set_print(quiet);
}

int bpf_memory_layout(struct err *err)
{
	if (sizeof(long) == sizeof(u64))
		return 0;
	return err_set(err, -EOPNOTSUPP,
		       "xdp: not on machines of 32 bits: use kmod (source: kmod, sink: kmod)");
}

int bpf_memory_probe(struct err *err)
{
	libbpf_print_fn_t print = bpf_memory_quiet();
	int ret = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, NULL);

	libbpf_set_print(print);
	if (bpf_memory_layout(err))
		return -EOPNOTSUPP;
	if (ret != 1 && geteuid())
		return err_set(err, -EPERM,
			       "xdp: this user may not load BPF programs: run as root, or with CAP_BPF and CAP_NET_ADMIN");
	if (ret != 1)
		return err_set(err, -EOPNOTSUPP,
			       "xdp: the kernel takes no XDP program: it needs CONFIG_BPF_SYSCALL, and root all its capabilities");
	if (access(VMLINUX_BTF, R_OK))
		return err_set(err, -EOPNOTSUPP,
			       "xdp: no %s: the kernel needs CONFIG_DEBUG_INFO_BTF", VMLINUX_BTF);
	return 0;
}

int bpf_memory_map(int fd, size_t value_size, size_t entries, struct bpf_memory *ret,
		   struct err *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = ((value_size + 7) / 8 * 8 * entries + page - 1) / page * page;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return err_set(err, -errno, "xdp: can't map %zu bytes of a BPF map: %s", size,
			       strerror(errno));
	*ret = (struct bpf_memory){ memory, size };
	return 0;
}

void bpf_memory_unmap(struct bpf_memory *m)
{
	if (m->memory)
		munmap(m->memory, m->size);
	m->memory = NULL;
}
