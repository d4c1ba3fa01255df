// SPDX-License-Identifier: GPL-2.0-or-later
/* tuples.c - making and freeing tuple tables; see tuples.h. */
#include "sink/tuples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/topo.h"
#include "sink/responder.h"

static size_t entry_size(bool ipv6)
{
	return ipv6 ? sizeof(struct tuple6) : sizeof(struct tuple4);
}

u64 tuple_table_bytes(const struct kpps_stream *stream)
{
	u64 bytes;

	/* saturates: a number that no machine has, not a small one */
	if (__builtin_mul_overflow(stream->flows, entry_size(stream->flags & KPPS_F_IPV6), &bytes))
		return ~0ULL;
	return bytes;
}

/* Faulting in more than there is brings the OOM killer, not an error: ask first. */
static bool memory_fits(u64 bytes)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *f;

	f = fopen("/proc/meminfo", "re");
	if (!f)
		return true;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			break;
	fclose(f);
	return !kib || bytes / 1024 < kib;
}

int tuple_table_create(const struct kpps_stream *stream, int node, struct tuple_table **ret_table,
		       struct err *err)
{
	u64 bytes = tuple_table_bytes(stream);
	struct tuple_table *t;

	t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(err, -ENOMEM, "tuple table: out of memory");
	t->flows = stream->flows;
	t->ipv6 = stream->flags & KPPS_F_IPV6;
	t->memory = memory_fits(bytes) ? mem_alloc(bytes, node, NULL) : NULL;
	if (!t->memory) {
		free(t);
		return err_set(err, -ENOMEM,
			       "tuple table: %llu flows need %llu bytes, more than is available: use fewer flows",
			       (unsigned long long)stream->flows, (unsigned long long)bytes);
	}
	*ret_table = t;
	return 0;
}

void tuple_table_clear(struct tuple_table *t)
{
	memset(t->memory, 0, t->flows * entry_size(t->ipv6));
}

void tuple_table_destroy(struct tuple_table *t)
{
	if (!t)
		return;
	mem_free(t->memory, t->flows * entry_size(t->ipv6));
	free(t);
}
