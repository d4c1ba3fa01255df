// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image_file.c - a kernel that lies somewhere as a file: as it is. Its config is
 * sought where kernels are installed and built; its modules beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/str.h"
#include "run/environment_parts.h"
#include "run/kernels/kernel_parts.h"

/* Of the x86 boot protocol, Documentation/arch/x86/boot.rst. */
#define BOOT_MAGIC	0x202	/* "HdrS" */
#define BOOT_VERSION	0x20e	/* where the text of the version is, less 0x200 */
#define BOOT_XLOADFLAGS	0x236
#define XLF_KERNEL_64	1

int kernel_release(const char *path, char *release, size_t size, char arch[8], struct err *err)
{
	unsigned char head[0x240];
	char text[256] = "";
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, -errno, "%s: can't be read: %s", path, strerror(errno));
	n = pread(fd, head, sizeof(head), 0);
	if (n == sizeof(head) && !memcmp(head + BOOT_MAGIC, "HdrS", 4)) {
		n = pread(fd, text, sizeof(text) - 1, 0x200 + head[BOOT_VERSION] + 256 * head[BOOT_VERSION + 1]);
		text[strcspn(text, " ")] = '\0';
	}
	close(fd);
	if (n <= 0 || !*text)
		return err_set(err, -EINVAL, "%s is no kernel that can be booted: give the bzImage (vmlinuz) of an x86 kernel",
			       path);
	snprintf(release, size, "%.90s", text);
	snprintf(arch, 8, "%s", head[BOOT_XLOADFLAGS] & XLF_KERNEL_64 ? "amd64" : "i386");
	return 0;
}

/* "/x/mine.config", "./mine.config@6.12" */
static bool names_fragment(const char *name)
{
	const char *at = strrchr(name, '@');

	return str_ends(name, ".config") ||
	       (at && at - name > 7 && !strchr(at, '/') && !strncmp(at - 7, ".config", 7));
}

static bool claims(const char *name)
{
	return strchr(name, '/') && !names_fragment(name);
}

static int known(const char *name, double *ret_s, struct err *err)
{
	char release[96], arch[8];

	*ret_s = 0;
	return kernel_release(name, release, sizeof(release), arch, err);
}

/* The first of the places, which are relative to @dir, that is there. */
static void seek(const char *dir, const char *const *places, unsigned int n, const char *release,
		 char ret[PATH_MAX])
{
	char path[PATH_MAX * 2];

	ret[0] = '\0';
	for (unsigned int i = 0; i < n && !*ret; i++) {
		snprintf(path, sizeof(path), "%s/%s%s", dir, places[i],
			 str_ends(places[i], "-") || str_ends(places[i], "/") ? release : "");
		if (access(path, R_OK) || !realpath(path, ret))
			ret[0] = '\0';
	}
}

static int hash_file(const char *path, char *ret, struct err *err)
{
	char buf[65536];
	u64 h = ENV_HASH_START;
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return err_set(err, -errno, "%s: can't be read: %s", path, strerror(errno));
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		h = env_hash(h, buf, n);
	fclose(f);
	snprintf(ret, 17, "%016llx", (unsigned long long)h);
	return 0;
}

static int get(const char *name, FILE *say __unused, struct kernel_image *ret, char kdir[PATH_MAX],
	       struct err *err)
{
	/* where installed, where a package was unpacked, where it was built */
	static const char *const modules[] = { "lib/modules/", "../lib/modules/", "modules/" };
	static const char *const configs[] = { "config-", "config", "../../../.config" };
	static const char *const built[] = { "../../.." };
	char dir[PATH_MAX];
	int rc = known(name, &(double){ 0 }, err);

	if (!rc)
		rc = kernel_release(name, ret->release, sizeof(ret->release), ret->arch, err);
	if (rc)
		return rc;
	if (!realpath(name, ret->vmlinuz))
		return err_set(err, -errno, "%s: %s", name, strerror(errno));
	memcpy(dir, ret->vmlinuz, sizeof(dir));
	*strrchr(dir, '/') = '\0';
	seek(dir, modules, ARRAY_SIZE(modules), ret->release, ret->modules);
	seek(dir, configs, ARRAY_SIZE(configs), ret->release, ret->config);
	if (*ret->modules) {
		rc = kernel_path(kdir, err, "%s/build", ret->modules);
		if (!rc && access(kdir, R_OK))
			kdir[0] = '\0';
	} else if (str_ends(dir, "/arch/x86/boot")) {
		seek(dir, built, 1, "", kdir);
	}
	return rc ? rc : hash_file(ret->vmlinuz, ret->id, err);
}

const struct kernel_kind kernel_file = { .claims = claims, .known = known, .get = get };
