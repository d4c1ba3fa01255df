/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_memory.h - what kpps' own BPF programs need of userspace beside libbpf:
 * can this user and kernel run them, and their maps as memory. Any thread.
 */
#ifndef KPPS_BPF_MEMORY_H
#define KPPS_BPF_MEMORY_H

#include <bpf/libbpf.h>

#include "lib/err.h"

/* A map (BPF_F_MMAPABLE) as memory here; the owner of the struct unmaps it. */
struct bpf_memory {
	void *memory;
	size_t size;
};

/*
 * bpf_memory_layout - -EOPNOTSUPP on machines of 32 bits: what a program shares with us
 * is laid out for 64 bits there, and not here.
 */
int bpf_memory_layout(struct err *err);
/* bpf_memory_probe - 0: XDP programs can be loaded; else what is missing, and the cure. */
int bpf_memory_probe(struct err *err);
int bpf_memory_map(int fd, size_t value_size, size_t entries, struct bpf_memory *ret,
		   struct err *err);
/* bpf_memory_unmap - nothing, when it is not mapped. */
void bpf_memory_unmap(struct bpf_memory *m);
/* bpf_memory_quiet - libbpf says nothing from now on; returns what to set again afterwards. */
libbpf_print_fn_t bpf_memory_quiet(void);

#endif
