// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel.c - see kernel.h: which kind a name is of, and what the kinds share. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/str.h"
#include "run/environment_parts.h"
#include "run/kernels/fragment.h"
#include "run/kernels/kernel_parts.h"
#include "run/stop.h"
#include "config.h"

#define KERNELS "fw-under-test/kernels"

/* Files first: their names have a slash. The last one takes what is left. */
static const struct kernel_kind *const kernel_kinds[] = {
	&kernel_file, &kernel_package, &kernel_built,
};

int kernel_path(char ret[PATH_MAX], struct err *err, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(ret, PATH_MAX, fmt, ap);
	va_end(ap);
	return n < PATH_MAX ? 0 : err_set(err, -ENAMETOOLONG, "the path %.40s… is too long", ret);
}

int kernel_data_dir(char ret[PATH_MAX], struct err *err)
{
	const char *own = getenv("KPPS_KERNELS");
	char exe[PATH_MAX], tree[PATH_MAX];
	const char *dirs[] = { own ? own : "", KERNELS, tree, KPPS_DATADIR "/kernels" };
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 64);

	exe[max(n, (ssize_t)0)] = '\0';
	if (strrchr(exe, '/'))
		*strrchr(exe, '/') = '\0';
	/* build/kpps lies one folder below the source tree, a test two or three */
	snprintf(tree, sizeof(tree), "%.*s/../" KERNELS, PATH_MAX - 64, exe);
	for (unsigned int i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (!dirs[i][0] || !realpath(dirs[i], ret))
			continue;
		if (snprintf(exe, sizeof(exe), "%s/base.config", ret) < PATH_MAX && !access(exe, R_OK))
			return 0;
	}
	return err_set(err, -ENOENT, "the kernels' recipes are not there: neither " KERNELS " nor "
		       KPPS_DATADIR "/kernels: install kpps, or set KPPS_KERNELS to that folder");
}

int kernel_data(const char *file, char ret[PATH_MAX], struct err *err)
{
	char dir[PATH_MAX];
	int rc = kernel_data_dir(dir, err);

	if (!rc)
		rc = kernel_path(ret, err, "%s/%s", dir, file);
	if (!rc && access(ret, R_OK))
		rc = err_set(err, -ENOENT, "%s: %s", ret, strerror(errno));
	return rc;
}

void kernel_id(const char *const *texts, unsigned int n, char *ret)
{
	u64 h = ENV_HASH_START;

	for (unsigned int i = 0; i < n; i++)
		h = env_hash(h, texts[i], strlen(texts[i]) + 1);	/* the end, too: "ab", "c" is not "a", "bc" */
	snprintf(ret, 17, "%016llx", (unsigned long long)h);
}

void kernel_took(const char *what, double s)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f", s);
	cache_note("seconds", what, text, NULL);
}

double kernel_takes(const char *what, double otherwise)
{
	char text[32];

	/* never 0, which would say that it is at hand */
	return cache_noted("seconds", what, text, sizeof(text)) ? otherwise : fmax(strtod(text, NULL), 1);
}

int kernel_apt_state(char ret[PATH_MAX], struct err *err)
{
	char root[PATH_MAX];
	int rc = cache_root(root, err);

	return rc ? rc : kernel_path(ret, err, "APT_STATE=%s/apt", root);
}

static void last_line(const char *text, char *buf, size_t size)
{
	size_t len = strlen(text);
	const char *begin;

	while (len && text[len - 1] == '\n')
		len--;
	begin = text + len;
	while (begin > text && begin[-1] != '\n')
		begin--;
	snprintf(buf, size, "%.*s", (int)(text + len - begin), begin);
}

int kernel_script(const char *const *argv, const char *const *env,
		  void (*line)(void *arg, const char *text), void *arg, char **ret_out,
		  struct err *err)
{
	const char *mine[16] = { "/bin/sh" };
	const struct child child = {
		.argv = mine, .env = env, .netns = -1, .stop = &stop_wanted,
		.timeout_ns = 4 * 3600 * 1000000000ULL, .line = line, .line_arg = arg,
	};
	char script[PATH_MAX], why[ERR_TEXT - 64];
	struct child_result r;
	int rc = kernel_data(argv[0], script, err);

	if (rc)
		return rc;
	mine[1] = script;
	for (unsigned int i = 1; argv[i] && i + 2 < ARRAY_SIZE(mine); i++)
		mine[i + 1] = argv[i];
	rc = child_run(&child, &r, err);
	if (rc)
		return rc;
	if (r.status) {
		last_line(r.err, why, sizeof(why));
		rc = err_set(err, -EPROTO, "%s", *why ? why : "the script failed without a word");
	} else if (ret_out) {
		*ret_out = r.out;
		r.out = NULL;
	}
	child_result_free(&r);
	return rc;
}

int kernel_entry(const char *path, struct kernel_image *ret, struct err *err)
{
	char *release;
	char file[PATH_MAX];
	int rc = kernel_path(file, err, "%s/release", path);

	if (rc)
		return rc;
	release = env_slurp(file);
	if (!release)
		return err_set(err, -ENOENT, "%s: can't be read: remove that folder", file);
	snprintf(ret->release, sizeof(ret->release), "%s", release);
	free(release);
	rc = kernel_path(ret->vmlinuz, err, "%s/vmlinuz", path);
	if (!rc)
		rc = kernel_path(ret->config, err, "%s/config", path);
	if (!rc)
		rc = kernel_path(ret->modules, err, "%s/modules/%s", path, ret->release);
	if (!rc && access(ret->modules, F_OK))
		ret->modules[0] = '\0';
	if (!rc)
		rc = kernel_release(ret->vmlinuz, file, sizeof(ret->release), ret->arch, err);
	return rc;
}

const struct kernel_kind *kernel_kind_of(const char *name)
{
	unsigned int i = 0;

	while (i + 1 < ARRAY_SIZE(kernel_kinds) && !kernel_kinds[i]->claims(name))
		i++;
	return kernel_kinds[i];
}

int kernel_get(const char *name, FILE *say, struct kernel_image *ret, struct err *err)
{
	const struct kernel_kind *kind = kernel_kind_of(name);
	char kdir[PATH_MAX] = "";
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (!*name || strlen(name) >= sizeof(ret->name))
		return err_set(err, -ENAMETOOLONG, "the name of a kernel is 1 to %zu bytes",
			       sizeof(ret->name) - 1);
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	rc = kind->get(name, say, ret, kdir, err);
	if (!rc)
		kernel_kmod(ret, kdir, say);
	return rc;
}

int kernel_known(const char *name, double *ret_s, struct err *err)
{
	*ret_s = 0;
	return kernel_kind_of(name)->known(name, ret_s, err);
}

static int at_hand_config(const char *name, struct kernel_config *ret, struct err *err)
{
	struct kernel_image image = { 0 };
	char kdir[PATH_MAX] = "";
	int rc = kernel_kind_of(name)->get(name, NULL, &image, kdir, err);

	if (!rc && !*image.config)
		rc = err_set(err, -ENOENT, "%s: its config is not known: it lies neither beside it nor in /boot", name);
	return rc ? rc : kernel_config_read(ret, image.config, err);
}

int kernel_config(const char *name, struct kernel_config *ret, bool *ret_built, struct err *err)
{
	struct fragment f;
	double s;
	int rc;

	*ret = (struct kernel_config){ 0 };
	*ret_built = true;
	if (strchr(name, '/') && str_ends(name, ".config"))
		return kernel_config_read(ret, name, err);
	rc = kernel_known(name, &s, err);
	if (!rc && !(s > 0))
		return at_hand_config(name, ret, err);
	if (!rc && kernel_kind_of(name) != &kernel_built)
		rc = err_set(err, -ENOENT, "%s is not here yet: kpps kernel build %s fetches it", name, name);
	if (rc)
		return rc;
	*ret_built = false;
	rc = fragment_load(name, &f, err);
	fragment_static(&f);
	if (!rc) {
		*ret = f.asked;
		f.asked = (struct kernel_config){ 0 };
	}
	fragment_free(&f);
	return rc;
}

static void list_row(FILE *out, const char *name, const char *what)
{
	double s = 0;
	bool there = !strchr(name, ' ') && !kernel_known(name, &s, NULL) && !(s > 0);

	fprintf(out, "%-18s %c %s\n", name, there ? '*' : ' ', what);
}

static int list_fragments(FILE *out, struct err *err)
{
	struct fragment f;
	char **names;
	int rc = fragment_names(&names, err);

	if (rc)
		return rc;
	for (char **name = names; *name && !rc; name++) {
		rc = fragment_load(*name, &f, err);
		if (!rc)
			list_row(out, *name, f.help);
		fragment_free(&f);
	}
	fragment_names_free(names);
	return rc;
}

int kernel_list(FILE *out, struct err *err)
{
	int rc;

	fputs("the distribution's, unpacked (they have pktgen, veth and dummy as modules):\n", out);
	list_row(out, "debian-6.1", "its cloud kernel of Linux 6.1");
	list_row(out, "debian-6.12", "its cloud kernel of Linux 6.12");
	list_row(out, "linux-image-... ", "any kernel package by its name");
	fputs("built from the distribution's source, 6.1 or NAME@6.12; NAME+NAME for both:\n", out);
	rc = list_fragments(out, err);
	if (rc)
		return rc;
	list_row(out, "./FILE.config ", "built with a fragment of your own");
	fputs("as it is:\n", out);
	list_row(out, "./bzImage ", "a kernel's file, with lib/modules/RELEASE beside it");
	fputs("* is at hand\n", out);
	return 0;
}
