// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * package.c - the distribution's own kernels: its package is downloaded and unpacked,
 * not installed. What a name stands for is noted, so that it goes on meaning the same
 * kernel until it is removed from the cache.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "run/environment_parts.h"
#include "run/kernels/kernel_parts.h"

#define CLOUD_S	15	/* about what a cloud kernel takes: 35 MB, and a second a package list */

static bool claims(const char *name)
{
	return !strncmp(name, "debian-", 7) || !strncmp(name, "linux-image-", 12);
}

/* A letter that a package's name can't have would be the script's to trip over. */
static int check_name(const char *name, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.+-";

	if (name[strspn(name, letters)])
		return err_set(err, -EINVAL, "\"%.100s\" is no package: its name has a-z, 0-9 and . + - only",
			       name);
	return 0;
}

static int at_hand(const char *name, char path[PATH_MAX])
{
	char entry[256];
	int rc = cache_noted("names", name, entry, sizeof(entry));

	return rc ? rc : cache_find("kernels", entry, path);
}

static int known(const char *name, double *ret_s, struct err *err)
{
	char path[PATH_MAX];
	const char *const argv[] = { "packages", "find", name, NULL };
	int rc = check_name(name, err);

	*ret_s = 0;
	if (rc || !at_hand(name, path))
		return rc;
	*ret_s = kernel_takes("package", CLOUD_S);
	/* of these there may be many: the lists know which */
	return kernel_script(argv, NULL, NULL, NULL, NULL, err) ? err->code = -ENOENT : 0;
}

static int find(const char *name, const char *const *env, char *ret, size_t size, struct err *err)
{
	const char *const argv[] = { "packages", "find", name, NULL };
	char *out;
	int rc = kernel_script(argv, env, NULL, NULL, &out, err);

	if (rc)
		return rc == -EPROTO ? err->code = -ENOENT : rc;
	out[strcspn(out, "\n")] = '\0';
	if (!strchr(out, ' ') || strlen(out) >= size || strchr(out, '/'))
		rc = err_set(err, -EPROTO, "%s: packages find printed \"%.100s\", no package and version",
			     name, out);
	else
		snprintf(ret, size, "%s", out);
	free(out);
	return rc;
}

static int unpack(const char *package, const char *entry, const char *const *env, FILE *say,
		  struct err *err)
{
	struct cache_entry e;
	u64 begin = clk_monotonic_ns();
	int rc = cache_begin("kernels", entry, &e, err);
	const char *const argv[] = { "packages", "image", package, e.making, NULL };

	if (rc)
		return rc < 0 ? rc : 0;
	if (say) {
		fprintf(say, "%s is downloaded and unpacked to %s, in about %.0f s\n", package, e.path,
			kernel_takes("package", CLOUD_S));
		fflush(say);
	}
	rc = kernel_script(argv, env, NULL, NULL, NULL, err);
	if (rc) {
		cache_abort(&e);
		return rc;
	}
	kernel_took("package", (double)(clk_monotonic_ns() - begin) / 1e9);
	return cache_commit(&e, err);
}

static int fetch(const char *name, FILE *say, char path[PATH_MAX], struct err *err)
{
	char state[PATH_MAX], found[200], entry[256];
	const char *const env[] = { state, NULL };
	int rc = kernel_apt_state(state, err);

	if (!rc)
		rc = find(name, env, found, sizeof(found), err);
	if (rc)
		return rc;
	snprintf(entry, sizeof(entry), "%s", found);
	*strchr(entry, ' ') = '_';
	*strchr(found, ' ') = '\0';
	rc = unpack(found, entry, env, say, err);
	if (!rc)
		rc = cache_note("names", name, entry, err);
	return rc ? rc : cache_find("kernels", entry, path);
}

static int get(const char *name, FILE *say, struct kernel_image *ret, char kdir[PATH_MAX] __unused,
	       struct err *err)
{
	char path[PATH_MAX], *config;
	int rc = check_name(name, err);

	if (!rc && at_hand(name, path))
		rc = fetch(name, say, path, err);
	if (!rc)
		rc = kernel_entry(path, ret, err);
	if (rc)
		return rc;
	config = env_slurp(ret->config);
	kernel_id((const char *const[]){ strrchr(path, '/') + 1, config ? config : "" }, 2, ret->id);
	free(config);
	return 0;
}

const struct kernel_kind kernel_package = { .claims = claims, .known = known, .get = get };
