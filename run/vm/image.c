// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image.c - see image.h. The format is "newc", as the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst has it.
 */
#include "run/vm/image.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/environment_parts.h"

enum kind { ENTRY_FILE, ENTRY_TEXT, ENTRY_LINK, ENTRY_DIR, ENTRY_NODE };

struct entry {
	char *at;		/* without the first slash */
	char *from;		/* file: its path; text, link: the bytes */
	enum kind kind;
	unsigned int mode, major, minor;
};

struct image {
	struct entry *entry;
	unsigned int n, room;
};

struct image *image_create(void)
{
	return calloc(1, sizeof(struct image));
}

void image_free(struct image *m)
{
	unsigned int i;

	if (!m)
		return;
	for (i = 0; i < m->n; i++) {
		free(m->entry[i].at);
		free(m->entry[i].from);
	}
	free(m->entry);
	free(m);
}

bool image_has(const struct image *m, const char *at)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (!strcmp(m->entry[i].at, at + 1))
			return true;
	return false;
}

static int add_one(struct image *m, const char *at, size_t len, const struct entry *e)
{
	struct entry *to;

	if (m->n == m->room) {
		struct entry *more = realloc(m->entry, (m->room + 256) * sizeof(*more));

		if (!more)
			return -ENOMEM;
		m->entry = more;
		m->room += 256;
	}
	to = &m->entry[m->n];
	*to = *e;
	to->at = strndup(at, len);
	to->from = e->from ? strdup(e->from) : NULL;
	if (!to->at || (e->from && !to->from)) {
		free(to->at);
		free(to->from);
		return -ENOMEM;
	}
	m->n++;
	return 0;
}

static int add(struct image *m, const char *at, const struct entry *e, struct err *err)
{
	const struct entry dir = { .kind = ENTRY_DIR, .mode = S_IFDIR | 0755 };
	const char *slash;
	char above[PATH_MAX];
	int rc = 0;

	if (at[0] != '/' || !at[1] || strstr(at, "/../") || strlen(at) >= sizeof(above))
		return err_set(err, -EINVAL, "\"%.200s\" is no path in an image", at);
	if (image_has(m, at))
		return 0;
	for (slash = strchr(at + 1, '/'); slash && !rc; slash = strchr(slash + 1, '/')) {
		snprintf(above, sizeof(above), "%.*s", (int)(slash - at), at);
		if (!image_has(m, above))
			rc = add_one(m, above + 1, strlen(above + 1), &dir);
	}
	if (!rc)
		rc = add_one(m, at + 1, strlen(at + 1), e);
	return rc ? err_set(err, rc, "out of memory") : 0;
}

int image_file(struct image *m, const char *at, const char *from, unsigned int mode,
	       struct err *err)
{
	const struct entry e = {
		.kind = ENTRY_FILE, .from = (char *)from, .mode = S_IFREG | mode,
	};

	return add(m, at, &e, err);
}

int image_text(struct image *m, const char *at, const char *text, struct err *err)
{
	const struct entry e = {
		.kind = ENTRY_TEXT, .from = (char *)text, .mode = S_IFREG | 0644,
	};

	return add(m, at, &e, err);
}

int image_link(struct image *m, const char *at, const char *target, struct err *err)
{
	const struct entry e = {
		.kind = ENTRY_LINK, .from = (char *)target, .mode = S_IFLNK | 0777,
	};

	return add(m, at, &e, err);
}

int image_dir(struct image *m, const char *at, struct err *err)
{
	const struct entry e = { .kind = ENTRY_DIR, .mode = S_IFDIR | 0755 };

	return add(m, at, &e, err);
}

int image_node(struct image *m, const char *at, unsigned int major, unsigned int minor,
	       struct err *err)
{
	const struct entry e = {
		.kind = ENTRY_NODE, .mode = S_IFCHR | 0600, .major = major, .minor = minor,
	};

	return add(m, at, &e, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->at, ((const struct entry *)b)->at);
}

static void sort(struct image *m)
{
	if (m->n)
		qsort(m->entry, m->n, sizeof(*m->entry), by_name);
}

static void mix(u64 *hash, const void *data, size_t n)
{
	*hash = env_hash(*hash, data, n);
}

int image_key(struct image *m, u64 *ret, struct err *err)
{
	u64 hash = ENV_HASH_START;
	unsigned int i;

	sort(m);
	for (i = 0; i < m->n; i++) {
		const struct entry *e = &m->entry[i];
		struct stat st;

		mix(&hash, e->at, strlen(e->at) + 1);
		mix(&hash, &e->mode, sizeof(e->mode));
		if (e->kind == ENTRY_FILE) {
			if (stat(e->from, &st))
				return err_set(err, -errno, "%s: %s", e->from, strerror(errno));
			mix(&hash, &st.st_size, sizeof(st.st_size));
			mix(&hash, &st.st_mtim, sizeof(st.st_mtim));
			mix(&hash, &st.st_ino, sizeof(st.st_ino));
		}
		if (e->from)
			mix(&hash, e->from, strlen(e->from) + 1);
	}
	*ret = hash;
	return 0;
}

/* ---- the archive ---- */

static void pad(FILE *f, size_t n)
{
	static const char zeros[4];

	fwrite(zeros, 1, -n & 3, f);
}

static void header(FILE *f, unsigned int ino, const struct entry *e, const char *name, size_t size)
{
	size_t len = strlen(name) + 1;
	int n = fprintf(f, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x%s", ino,
			e->mode, 0u, 0u, e->kind == ENTRY_DIR ? 2u : 1u, 0u, size, 0u, 0u, e->major,
			e->minor, len, 0u, name);

	if (n > 0) {
		fputc('\0', f);
		pad(f, (size_t)n + 1);
	}
}

static int write_file(FILE *f, unsigned int ino, const struct entry *e, struct err *err)
{
	FILE *from = fopen(e->from, "re");
	char *text = NULL;
	struct stat st;
	int rc = 0;

	if (!from || fstat(fileno(from), &st)) {
		rc = err_set(err, -errno, "%s: %s", e->from, strerror(errno));
		goto out;
	}
	text = malloc((size_t)st.st_size + 1);
	if (!text) {
		rc = err_set(err, -ENOMEM, "out of memory");
		goto out;
	}
	if (fread(text, 1, (size_t)st.st_size + 1, from) != (size_t)st.st_size) {
		rc = err_set(err, -EIO, "%s can't be read, or changes while it is", e->from);
		goto out;
	}
	header(f, ino, e, e->at, (size_t)st.st_size);
	fwrite(text, 1, (size_t)st.st_size, f);
	pad(f, (size_t)st.st_size);
out:
	free(text);
	if (from)
		fclose(from);
	return rc;
}

static int write_entries(const struct image *m, FILE *f, struct err *err)
{
	static const struct entry end = { .kind = ENTRY_FILE };
	unsigned int i;
	int rc = 0;

	for (i = 0; i < m->n && !rc; i++) {
		const struct entry *e = &m->entry[i];
		size_t size = e->kind == ENTRY_TEXT || e->kind == ENTRY_LINK ? strlen(e->from) : 0;

		if (e->kind == ENTRY_FILE) {
			rc = write_file(f, i + 1, e, err);
			continue;
		}
		header(f, i + 1, e, e->at, size);
		fwrite(e->from ? e->from : "", 1, size, f);
		pad(f, size);
	}
	if (!rc)
		header(f, 0, &end, "TRAILER!!!", 0);
	return rc;
}

int image_write(struct image *m, const char *path, struct err *err)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s.%d", path, (int)getpid()), rc;
	FILE *f = n < (int)sizeof(temporary) ? fopen(temporary, "we") : NULL;

	if (!f)
		return err_set(err, -errno, "%s: %s", temporary, strerror(errno));
	sort(m);
	rc = write_entries(m, f, err);
	if (ferror(f) && !rc)
		rc = err_set(err, -EIO, "%s can't be written: is the disk full?", temporary);
	if (fclose(f) && !rc)
		rc = err_set(err, -errno, "%s: %s", temporary, strerror(errno));
	if (!rc && rename(temporary, path))
		rc = err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (rc)
		unlink(temporary);
	return rc;
}
