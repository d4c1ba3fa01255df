// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod.c - the module kpps_gen for a kernel: built once for each kernel and state of
 * the module's sources. A kernel without it is a kernel all the same, so what fails
 * here is a reason and no error.
 *
 * The folder it is built against is the one the kernel was built in, else the
 * distribution's headers of its release: installed, or unpacked into the cache.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "run/kernels/kernel_parts.h"

#define BUILD_S	20

static int unpack_headers(const char *release, FILE *say, char kdir[PATH_MAX], struct err *err)
{
	char state[PATH_MAX], *out;
	const char *const env[] = { state, NULL };
	struct cache_entry e;
	int rc = cache_begin("headers", release, &e, err);
	const char *const argv[] = { "packages", "headers", release, e.making, NULL };

	if (rc < 0)
		return rc;
	if (!rc) {
		rc = kernel_apt_state(state, err);
		if (say && !rc)
			fprintf(say, "linux-headers-%s is downloaded and unpacked to %s\n", release, e.path);
		if (!rc)
			rc = kernel_script(argv, env, NULL, NULL, &out, err);
		if (rc) {
			cache_abort(&e);
			return rc;
		}
		free(out);
		rc = cache_commit(&e, err);
	}
	return rc < 0 ? rc : kernel_path(kdir, err, "%s/usr/src/linux-headers-%s", e.path, release);
}

static int find_kdir(const struct kernel_image *image, FILE *say, char kdir[PATH_MAX], struct err *err)
{
	char file[PATH_MAX];
	int rc;

	if (*kdir)
		return 0;
	rc = kernel_path(file, err, "/usr/src/linux-headers-%s/Makefile", image->release);
	if (!rc && !access(file, R_OK))
		return kernel_path(kdir, err, "/usr/src/linux-headers-%s", image->release);
	return rc ? rc : unpack_headers(image->release, say, kdir, err);
}

static int sources_hash(char *ret, size_t size, struct err *err)
{
	const char *const argv[] = { "module", "hash", NULL };
	char *out;
	int rc = kernel_script(argv, NULL, NULL, NULL, &out, err);

	if (rc)
		return rc;
	snprintf(ret, size, "%.*s", (int)strcspn(out, "\n"), out);
	free(out);
	return 0;
}

static int build(const struct kernel_image *image, const char *kdir, FILE *say, struct cache_entry *e,
		 struct err *err)
{
	const char *const argv[] = { "module", "build", kdir, image->arch, e->making, NULL };
	u64 begin = clk_monotonic_ns();
	int rc;

	if (say) {
		fprintf(say, "kpps_gen is built for %s, in about %.0f s\n", image->release,
			kernel_takes("kmod", BUILD_S));
		fflush(say);
	}
	rc = kernel_script(argv, NULL, NULL, NULL, NULL, err);
	if (rc) {
		cache_abort(e);
		return rc;
	}
	kernel_took("kmod", (double)(clk_monotonic_ns() - begin) / 1e9);
	return cache_commit(e, err);
}

static int make_kmod(struct kernel_image *image, const char *known_kdir, FILE *say, struct err *err)
{
	char kdir[PATH_MAX], hash[40], name[80];
	struct cache_entry e;
	int rc = sources_hash(hash, sizeof(hash), err);

	if (rc)
		return rc;
	snprintf(name, sizeof(name), "%s-%s", image->id, hash);
	if (cache_find("kmod", name, e.path)) {
		snprintf(kdir, sizeof(kdir), "%s", known_kdir);
		rc = find_kdir(image, say, kdir, err);
		if (!rc)
			rc = cache_begin("kmod", name, &e, err);
		if (!rc)
			rc = build(image, kdir, say, &e, err);
	}
	return rc < 0 ? rc : kernel_path(image->kmod, err, "%s/kpps_gen.ko", e.path);
}

void kernel_kmod(struct kernel_image *image, const char *kdir, FILE *say)
{
	struct err err = { 0 };

	image->kmod_why[0] = '\0';
	if (!make_kmod(image, kdir, say, &err))
		return;
	image->kmod[0] = '\0';
	snprintf(image->kmod_why, sizeof(image->kmod_why), "%s", err.text);
}
