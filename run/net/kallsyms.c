// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kallsyms.c - see kallsyms.h. BPF programs and modules are in the same list,
 * so it is read after what is to be named has been loaded.
 */
#include "run/net/kallsyms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Further from its beginning than this, an address is in no function. */
#define FUNCTION_MAX (16ULL << 20)

static int by_address(const void *va, const void *vb)
{
	const struct kallsym *a = va, *b = vb;
	size_t la, lb;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	/* of several names the shortest: memcpy, not __pi_memcpy */
	la = strlen(a->name);
	lb = strlen(b->name);
	return la < lb ? -1 : la > lb;
}

/* The whole file, /proc says no size; NULL: @err is filled. */
static char *read_all(const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	if (!f) {
		err_set(err, -errno, "%s: %s%s", path, strerror(errno), errno == ENOENT ?
			": the kernel lacks CONFIG_KALLSYMS, so that a profile has no names" : "");
		return NULL;
	}
	n = getdelim(&text, &room, '\0', f);
	fclose(f);
	if (n >= 0)
		return text;
	free(text);
	err_set(err, -EIO, "%s: is empty", path);
	return NULL;
}

/* "ffffffff81000000 T name", for a module "\t[module]" behind it. False: no function. */
static bool parse_line(char *line, struct kallsym *ret)
{
	char *end, *name;

	ret->address = strtoull(line, &end, 16);
	if (end == line || *end != ' ' || !strchr("tTwW", end[1]) || end[2] != ' ')
		return false;
	name = end + 3;
	name[strcspn(name, "\t ")] = '\0';
	ret->name = name;
	return *name;
}

int kallsyms_read(const char *path, struct kallsyms *ret, struct err *err)
{
	struct kallsyms k = { 0 };
	unsigned int lines = 1;
	bool any = false;
	char *line, *save = NULL;
	int rc;

	k.text = read_all(path, err);
	if (!k.text)
		return err ? err->code : -EIO;
	for (line = k.text; (line = strchr(line, '\n')); line++)
		lines++;
	k.sym = calloc(lines, sizeof(*k.sym));
	if (!k.sym) {
		kallsyms_release(&k);
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	}
	for (line = strtok_r(k.text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!parse_line(line, &k.sym[k.n]))
			continue;
		any |= k.sym[k.n].address != 0;
		k.n++;
	}
	if (!any) {
		rc = k.n ? err_set(err, -EACCES, "%s: the kernel hides its addresses: run kpps as "
				   "root, and set kernel.kptr_restrict to 0 or 1", path) :
			   err_set(err, -EINVAL, "%s: has no functions in it", path);
		kallsyms_release(&k);
		return rc;
	}
	qsort(k.sym, k.n, sizeof(*k.sym), by_address);
	*ret = k;
	return 0;
}

void kallsyms_release(struct kallsyms *k)
{
	free(k->sym);
	free(k->text);
	memset(k, 0, sizeof(*k));
}

int kallsyms_find(const struct kallsyms *k, u64 ip)
{
	unsigned int low = 0, high = k->n, mid;

	while (low < high) {	/* the first one above @ip */
		mid = low + (high - low) / 2;
		if (k->sym[mid].address <= ip)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || ip - k->sym[low - 1].address > FUNCTION_MAX)
		return -1;
	for (low--; low && k->sym[low - 1].address == k->sym[low].address; low--)
		;
	return (int)low;
}
