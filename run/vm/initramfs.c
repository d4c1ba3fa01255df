// SPDX-License-Identifier: GPL-2.0-or-later
/* initramfs.c - see initramfs.h. */
#include "run/vm/initramfs.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/str.h"
#include "run/kernels/cache.h"
#include "run/ruleset_file.h"
#include "run/vm/elf.h"
#include "run/vm/image.h"
#include "run/vm/modules.h"

#define OLD_S	3600	/* an image that nobody can be starting with any more */

struct build {
	struct image *image;
	const char *root;
	u16 machine;		/* of kpps, and so of all libraries */
};

/* Where a distribution keeps libraries, programs and iptables' extensions. */
static const char *const lib_dirs[] = {
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/i386-linux-gnu",
	"/usr/lib/i386-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
};
static const char *const bin_dirs[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin" };
static const char *const globs[] = {
	"/usr/lib/x86_64-linux-gnu/xtables/*.so", "/usr/lib/i386-linux-gnu/xtables/*.so",
	"/usr/lib64/xtables/*.so", "/usr/lib/xtables/*.so",
	"/usr/lib/x86_64-linux-gnu/bpf/xsk_def_*.o", "/usr/lib64/bpf/xsk_def_*.o",
	"/usr/lib/x86_64-linux-gnu/bpf/xdp-dispatcher.o", "/usr/lib64/bpf/xdp-dispatcher.o",
};
/* What kpps calls; those a distribution has not, its kpps doesn't call either. */
static const char *const programs[] = {
	"iptables-legacy-restore", "iptables-legacy-save", "ip6tables-legacy-restore",
	"ip6tables-legacy-save", "iptables-nft-restore", "iptables-nft-save",
	"ip6tables-nft-restore", "ip6tables-nft-save", "iptables-restore", "iptables-save",
	"ip6tables-restore", "ip6tables-save", "nft",
};

static int add_program(struct build *b, const char *at, const char *from, unsigned int depth,
		       struct err *err);

struct needing {
	struct build *b;
	unsigned int depth;
	const char *by;
	struct err *err;
};

static bool fits(const struct build *b, const char *path)
{
	struct elf e;
	bool ret;

	if (access(path, R_OK) || elf_open(path, &e, NULL))
		return false;
	ret = e.machine == b->machine;
	elf_close(&e);
	return ret;
}

/* NOLINTNEXTLINE(misc-no-recursion): libraries need libraries; depth is bounded */
static int add_needed(void *arg, const char *name, bool interp)
{
	struct needing *n = arg;
	char from[PATH_MAX], at[PATH_MAX];
	unsigned int i;

	if (interp) {
		snprintf(from, sizeof(from), "%s%s", n->b->root, name);
		return add_program(n->b, name, from, n->depth + 1, n->err);
	}
	if (strchr(name, '/'))
		return err_set(n->err, -EINVAL, "%s needs %s by its path", n->by, name);
	for (i = 0; i < ARRAY_SIZE(lib_dirs); i++) {
		snprintf(at, sizeof(at), "%s/%s", lib_dirs[i], name);
		if (snprintf(from, sizeof(from), "%s%s", n->b->root, at) < (int)sizeof(from) &&
		    fits(n->b, from))
			return add_program(n->b, at, from, n->depth + 1, n->err);
	}
	return err_set(n->err, -ENOENT, "%s needs the library %s, which is in none of the usual folders below \"%s/\"",
		       n->by, name, n->b->root);
}

/* NOLINTNEXTLINE(misc-no-recursion): libraries need libraries; depth is bounded */
static int add_program(struct build *b, const char *at, const char *from, unsigned int depth,
		       struct err *err)
{
	struct needing n = { .b = b, .depth = depth, .by = from, .err = err };
	struct elf e;
	int rc;

	if (image_has(b->image, at))
		return 0;
	if (depth > 32)
		return err_set(err, -ELOOP, "%s: too many libraries that need libraries", from);
	rc = image_file(b->image, at, from, 0755, err);
	if (!rc)
		rc = elf_open(from, &e, err);
	if (rc)
		return rc;
	rc = elf_needed(&e, add_needed, &n);
	elf_close(&e);
	return rc;
}

/* A tool is often a link to one program of many names. */
static int add_tool(struct build *b, const char *name, struct err *err)
{
	char from[PATH_MAX], real[PATH_MAX], at[PATH_MAX], link[PATH_MAX];
	const char *base;
	unsigned int i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(bin_dirs); i++) {
		snprintf(from, sizeof(from), "%s%s/%s", b->root, bin_dirs[i], name);
		if (realpath(from, real) && fits(b, real))
			break;
	}
	if (i == ARRAY_SIZE(bin_dirs))
		return 0;
	base = strrchr(real, '/') + 1;
	snprintf(at, sizeof(at), "/usr/sbin/%.255s", base);
	rc = add_program(b, at, real, 0, err);
	if (rc || !strcmp(base, name))
		return rc;
	snprintf(link, sizeof(link), "/usr/sbin/%s", name);
	return image_link(b->image, link, base, err);
}

static int add_glob(struct build *b, const char *pattern, struct err *err)
{
	char full[PATH_MAX];
	glob_t found;
	size_t i;
	int rc = 0;

	snprintf(full, sizeof(full), "%s%s", b->root, pattern);
	if (glob(full, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc && !rc; i++) {
		const char *from = found.gl_pathv[i], *at = from + strlen(b->root);
		char real[PATH_MAX];

		/* links among the extensions: the file each stands for, under its own name */
		if (realpath(from, real))
			rc = fits(b, real) && str_ends(at, ".so") ?
			     add_program(b, at, real, 0, err) :
			     image_file(b->image, at, real, 0644, err);
	}
	globfree(&found);
	return rc;
}

static int add_rulesets(struct build *b, const char *folder, struct err *err)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int rc = 0;

	while (!rc && d && (e = readdir(d))) {
		char from[PATH_MAX], at[PATH_MAX];

		if (!str_ends(e->d_name, ".v4") && !str_ends(e->d_name, ".v6"))
			continue;
		snprintf(from, sizeof(from), "%.2000s/%s", folder, e->d_name);
		snprintf(at, sizeof(at), GUEST_RULESETS "/%s", e->d_name);
		rc = image_file(b->image, at, from, 0644, err);
	}
	if (d)
		closedir(d);
	return rc;
}

/* The first of each name stays. */
static int add_all_rulesets(struct build *b, struct err *err)
{
	char room[RULESET_DIR];
	int rc = 0;

	for (unsigned int i = 0; i < RULESET_DIRS && !rc; i++)
		rc = add_rulesets(b, ruleset_dir(i, room), err);
	return rc;
}

static int add_base(struct build *b, const char *kpps, struct err *err)
{
	static const char *const dirs[] = { "/proc", "/sys", "/run", "/tmp", "/etc", "/root" };
	struct elf e;
	unsigned int i;
	int rc = elf_open(kpps, &e, err);

	if (rc)
		return rc;
	b->machine = e.machine;
	elf_close(&e);
	rc = add_program(b, "/init", kpps, 0, err);
	for (i = 0; i < ARRAY_SIZE(dirs) && !rc; i++)
		rc = image_dir(b->image, dirs[i], err);
	if (!rc)
		rc = image_link(b->image, "/sbin/modprobe", "/init", err);
	if (!rc)
		rc = image_node(b->image, "/dev/console", 5, 1, err);
	if (!rc)
		rc = image_node(b->image, "/dev/null", 1, 3, err);
	if (!rc)
		rc = image_text(b->image, "/etc/protocols", "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\n"
				"udp 17 UDP\ndccp 33 DCCP\nipv6-icmp 58 IPv6-ICMP\nsctp 132 SCTP\n"
				"udplite 136 UDPLite\n", err);
	return rc;
}

static int fill(struct build *b, const struct kernel_image *kernel, const char *kpps,
		const char *cache, struct err *err)
{
	const struct modules_from modules = {
		.folder = kernel->modules, .extra = kernel->kmod, .cache = cache,
	};
	unsigned int i;
	int rc = add_base(b, kpps, err);

	for (i = 0; i < ARRAY_SIZE(programs) && !rc; i++)
		rc = add_tool(b, programs[i], err);
	for (i = 0; i < ARRAY_SIZE(globs) && !rc; i++)
		rc = add_glob(b, globs[i], err);
	if (!rc)
		rc = add_all_rulesets(b, err);
	return rc ? rc : modules_add(b->image, &modules, err);
}

/* ---- the cache ---- */

static int cache_dir(const char *below, char ret[PATH_MAX], struct err *err)
{
	char root[PATH_MAX];
	int rc = cache_root(root, err);

	if (rc)
		return rc;
	snprintf(ret, PATH_MAX, "%.3000s/%s", root, below);
	if (mkdir(ret, 0777) && errno != EEXIST)
		return err_set(err, -errno, "the cache %s can't be made: %s", ret, strerror(errno));
	return 0;
}

/* Earlier images for the same kernel are of no use; younger ones may be another kpps'. */
static void prune(const char *dir, const char *id, const char *keep)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[PATH_MAX];
		struct stat st;

		snprintf(path, sizeof(path), "%.3000s/%s", dir, e->d_name);
		if (strncmp(e->d_name, id, strlen(id)) || !str_ends(e->d_name, ".cpio") ||
		    !strcmp(path, keep) || stat(path, &st) || time(NULL) - st.st_atim.tv_sec < OLD_S)
			continue;
		unlink(path);
	}
	if (d)
		closedir(d);
}

int initramfs_get(const struct kernel_image *kernel, const char *root, const char *kpps,
		  char ret_path[PATH_MAX], struct err *err)
{
	char dir[PATH_MAX], modules[PATH_MAX], id[64];
	struct build b = { .image = image_create(), .root = root };
	u64 key = 0;
	int rc;

	if (!b.image)
		return err_set(err, -ENOMEM, "out of memory");
	rc = cache_dir("initramfs", dir, err);
	if (!rc)
		rc = cache_dir("modules", modules, err);
	if (!rc)
		rc = fill(&b, kernel, kpps, modules, err);
	if (!rc)
		rc = image_key(b.image, &key, err);
	if (rc)
		goto out;
	snprintf(id, sizeof(id), "%s-%s-", kernel->id, kernel->arch);
	snprintf(ret_path, PATH_MAX, "%.3000s/%s%016llx.cpio", dir, id, (unsigned long long)key);
	if (access(ret_path, R_OK)) {
		rc = image_write(b.image, ret_path, err);
		prune(dir, id, ret_path);
	}
out:
	image_free(b.image);
	return rc;
}
