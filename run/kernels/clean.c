// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clean.c - `kpps kernel clean`: what the cache need not keep. Kernels go only by
 * name, with the modules built for them.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/str.h"
#include "run/kernels/kernel_parts.h"

static unsigned long long bytes;

static int add_size(const char *path __unused, const struct stat *st, int type, struct FTW *ftw __unused)
{
	if (type == FTW_F)
		bytes += (unsigned long long)st->st_blocks * 512;
	return 0;
}

static int remove_said(const char *kind, const char *name, FILE *out, struct err *err)
{
	char path[PATH_MAX];
	int rc = cache_find(kind, name, path);

	if (rc)
		return 0;
	bytes = 0;
	nftw(path, add_size, 32, FTW_PHYS);
	rc = cache_remove(kind, name, err);
	if (!rc)
		fprintf(out, "%s: removed, %llu MB\n", path, bytes >> 20);
	return rc;
}

/* Entries of KIND whose name begins with @prefix. */
static int remove_all(const char *kind, const char *prefix, FILE *out, struct err *err)
{
	char dir[PATH_MAX];
	struct dirent *e;
	DIR *d;
	int rc = cache_find(kind, "", dir);

	d = rc ? NULL : opendir(dir);
	rc = 0;
	while (d && !rc && (e = readdir(d)))
		if (e->d_name[0] != '.' && !strncmp(e->d_name, prefix, strlen(prefix)))
			rc = remove_said(kind, e->d_name, out, err);
	if (d)
		closedir(d);
	return rc;
}

/* Folders in KIND/.making whose maker is dead. */
static int remove_left(const char *kind, FILE *out, struct err *err)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct dirent *e;
	DIR *d;
	int rc = cache_find(kind, ".making", dir);

	d = rc ? NULL : opendir(dir);
	rc = 0;
	while (d && !rc && (e = readdir(d))) {
		if (e->d_name[0] == '.' || str_ends(e->d_name, ".lock"))
			continue;
		if (cache_left(kind, e->d_name, NULL) || kernel_path(path, NULL, "%s/%s", dir, e->d_name))
			continue;
		fprintf(out, "%s: removed, left by a build that was killed\n", path);
	}
	if (d)
		closedir(d);
	return rc ? err_set(err, rc, "%s: %s", dir, strerror(-rc)) : 0;
}

static int remove_kernel(const char *name, FILE *out, struct err *err)
{
	struct kernel_image image = { 0 };
	const struct kernel_kind *kind;
	char kdir[PATH_MAX] = "", *entry, *slash;
	double s;
	int rc = kernel_known(name, &s, err);

	if (!rc && s > 0)
		return err_set(err, -ENOENT, "%s is not here: there is nothing to remove", name);
	if (rc)
		return rc;
	kind = kernel_kind_of(name);
	if (kind == &kernel_file)
		return err_set(err, -EINVAL, "%s is a file of yours: remove it yourself", name);
	rc = kind->get(name, NULL, &image, kdir, err);
	if (rc)
		return rc;
	slash = strrchr(image.vmlinuz, '/');
	*slash = '\0';
	entry = strrchr(image.vmlinuz, '/') + 1;
	rc = remove_all("kmod", image.id, out, err);
	return rc ? rc : remove_said("kernels", entry, out, err);
}

int kernel_clean(const char *const *names, unsigned int n, FILE *out, struct err *err)
{
	static const char *const kinds[] = { "kernels", "source", "headers", "kmod", "userland" };
	static const char *const remade[] = { "source", "headers" };
	unsigned int i;
	int rc = 0;

	for (i = 0; i < n && !rc; i++)
		rc = remove_kernel(names[i], out, err);
	if (n)
		return rc;
	for (i = 0; i < ARRAY_SIZE(kinds) && !rc; i++)
		rc = remove_left(kinds[i], out, err);
	for (i = 0; i < ARRAY_SIZE(remade) && !rc; i++)
		rc = remove_all(remade[i], "", out, err);
	return rc ? rc : remove_said(".", "apt", out, err);
}
