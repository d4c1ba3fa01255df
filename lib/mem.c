// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mem.c - large memory for rings and tables: on a node, on large pages where
 * there are any, faulted in before a measurement starts. Any thread may call;
 * a block lives until mem_free with the size it was asked with.
 *
 * Every block takes a whole number of 2 MiB of address space, aligned to 2 MiB
 * (a small block touches only its own part), so mem_free need not know what
 * backs it.
 */
#include "lib/topo.h"

#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define THP_MIN		(1UL << 20)	/* below it a 2 MiB page is mostly waste */
#define NODES_MAX	1024

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB	(21 << 26)
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static size_t huge_round(size_t size)
{
	return (size + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1);
}

static u64 huge_free_pages(int node)
{
	char path[128] = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
	unsigned long long n = 0;
	FILE *f;

	if (node >= 0)
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d"
			 "/hugepages/hugepages-2048kB/free_hugepages", node);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llu", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/* Preferred, not bound: memory of another node is slow, none at all is fatal. */
static void mem_prefer(void *p, size_t size, int node)
{
	unsigned long mask[NODES_MAX / (8 * sizeof(long))] = { 0 };
	const unsigned int bits = 8 * sizeof(long);

	if (node < 0 || node >= NODES_MAX || numa_available() < 0)
		return;
	mask[(unsigned int)node / bits] |= 1UL << (unsigned int)node % bits;
	mbind(p, size, MPOL_PREFERRED, mask, NODES_MAX, 0);
}

/* False when there is no memory; without POPULATE (before 5.14) touch it. */
static bool mem_populate(void *p, size_t size)
{
	if (!madvise(p, size, MADV_POPULATE_WRITE))
		return true;
	if (errno != EINVAL)
		return false;
	memset(p, 0, size);
	return true;
}

static void *mem_alloc_huge(size_t size, int node)
{
	void *p;

	if (huge_free_pages(node) < size / HUGE_SIZE)
		return NULL;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	mem_prefer(p, size, node);
	/* a cgroup may still refuse the pages: an error here, SIGBUS later */
	if (madvise(p, size, MADV_POPULATE_WRITE)) {
		munmap(p, size);
		return NULL;
	}
	return p;
}

/* Address space of @size (a multiple of 2 MiB), aligned to 2 MiB. */
static void *mem_map_aligned(size_t size)
{
	u8 *p, *start;

	p = mmap(NULL, size + HUGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	start = (u8 *)huge_round((uintptr_t)p);
	if (start > p)
		munmap(p, (size_t)(start - p));
	if (start < p + HUGE_SIZE)
		munmap(start + size, (size_t)(p + HUGE_SIZE - start));
	return start;
}

/* Did the kernel give transparent huge pages for most of the block at @p? */
static bool mem_got_thp(const void *p, size_t size)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long from, to, kib;
	bool inside = false, got = false;
	char line[512];

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (inside && sscanf(line, "AnonHugePages: %lu kB", &kib) == 1) {
			got = kib >= size / 2048;
			break;
		}
	}
	fclose(f);
	return got;
}

void *mem_alloc(size_t size, int node, const char **ret_backing)
{
	const char *backing = "4 KiB pages";
	size_t space = huge_round(size);
	void *p;

	if (!size || space < size)
		return NULL;
	p = mem_alloc_huge(space, node);
	if (p) {
		backing = "2 MiB pages";
		goto out;
	}
	p = mem_map_aligned(space);
	if (!p)
		return NULL;
	mem_prefer(p, space, node);
	madvise(p, space, size >= THP_MIN ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	if (!mem_populate(p, size)) {
		munmap(p, space);
		return NULL;
	}
	if (size >= THP_MIN && mem_got_thp(p, size))
		backing = "transparent huge pages";
out:
	if (ret_backing)
		*ret_backing = backing;
	return p;
}

void mem_free(void *p, size_t size)
{
	if (p)
		munmap(p, huge_round(size));
}
