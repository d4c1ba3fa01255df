// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_kernel.c - `kpps kernel`: the kernels for the testbed vm, by hand. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "run/commands.h"
#include "run/kernels/kernel.h"
#include "run/stop.h"

static int failed(int rc, const struct err *err)
{
	fprintf(stderr, "kpps kernel: %s\n", err->text);
	return rc == -ENOENT || rc == -EINVAL ? EXIT_BAD_INPUT : EXIT_CANT_RUN;
}

static int list(int nargs __unused, char **args __unused, struct err *err)
{
	return kernel_list(stdout, err);
}

static int build(int nargs, char **args, struct err *err)
{
	struct kernel_image image;
	int rc = 0;

	for (int i = 0; i < nargs && !rc; i++) {
		rc = kernel_get(args[i], stderr, &image, err);
		if (!rc)
			printf("%s: %s\n", args[i], image.vmlinuz);
	}
	return rc;
}

static int show(int nargs, char **args, struct err *err)
{
	struct kernel_image image;
	double s;
	int rc = 0;

	for (int i = 0; i < nargs && !rc; i++) {
		rc = kernel_known(args[i], &s, err);
		if (!rc && s > 0) {
			printf("%s: not here yet; kpps kernel build %s makes it, in about %.0f s\n",
			       args[i], args[i], s);
			continue;
		}
		if (!rc)
			rc = kernel_get(args[i], stderr, &image, err);
		if (rc)
			break;
		printf("%s\n  release  %s (%s)\n  id       %s\n  kernel   %s\n  config   %s\n"
		       "  modules  %s\n  kpps_gen %s%s\n", args[i], image.release, image.arch, image.id,
		       image.vmlinuz, *image.config ? image.config : "not known",
		       *image.modules ? image.modules : "none",
		       *image.kmod ? image.kmod : "none: ", image.kmod_why);
		if (*image.cmdline)
			printf("  cmdline  %s\n", image.cmdline);
	}
	return rc;
}

static int read_config(const char *name, struct kernel_config *c, struct err *err)
{
	bool built;
	int rc = kernel_config(name, c, &built, err);

	if (!rc && !built)
		printf("%s is not built: these are the options its fragment asks for\n", name);
	return rc;
}

static int diff(int nargs __unused, char **args, struct err *err)
{
	struct kernel_config_diff d = { 0 };
	struct kernel_config a = { 0 }, b = { 0 };
	int rc = read_config(args[0], &a, err);

	if (!rc)
		rc = read_config(args[1], &b, err);
	if (!rc && kernel_config_diff(&a, &b, &d))
		rc = err_set(err, -ENOMEM, "out of memory");
	if (!rc)
		printf("%u options differ from %s to %s\n", d.n, args[0], args[1]);
	if (!rc)
		kernel_config_diff_print(&d, UINT_MAX, "", stdout);
	kernel_config_diff_free(&d);
	kernel_config_free(&a);
	kernel_config_free(&b);
	return rc;
}

static int clean(int nargs, char **args, struct err *err)
{
	return kernel_clean((const char *const *)args, (unsigned int)nargs, stdout, err);
}

static const struct word {
	const char *name;
	int min_args, max_args;		/* of its own; max -1: any */
	const char *usage;
	int (*run)(int nargs, char **args, struct err *err);
} words[] = {
	{ "list", 0, 0, "list", list },
	{ "build", 1, -1, "build NAME...", build },
	{ "show", 1, -1, "show NAME...", show },
	{ "diff", 2, 2, "diff A B", diff },
	{ "clean", 0, -1, "clean [NAME...]", clean },
};

static int run(const void *options __unused, int nargs, char **args)
{
	struct err err = { 0 };
	int rc;

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		const struct word *w = &words[i];

		if (strcmp(args[0], w->name) != 0)
			continue;
		if (nargs - 1 < w->min_args || (w->max_args >= 0 && nargs - 1 > w->max_args)) {
			fprintf(stderr, "kpps kernel: write it as kpps kernel %s\n", w->usage);
			return EXIT_BAD_INPUT;
		}
		stop_on_signals();
		rc = w->run(nargs - 1, args + 1, &err);
		return rc ? failed(rc, &err) : EXIT_DONE;
	}
	fprintf(stderr, "kpps kernel: unknown word \"%s\": known are list, build, show, diff, clean\n", args[0]);
	return EXIT_BAD_INPUT;
}

const struct command cmd_kernel = {
	.name = "kernel",
	.args = "WORD [NAME...]",
	.summary = "kernels for the testbed vm: list, build, show and compare them",
	.text = "WORD is one of list (the kernels there are), build NAME... (fetch or build them, and the "
		"module kpps_gen for each), show NAME... (release, config, modules, where they lie), "
		"diff A B (how the configs of two differ), and clean [NAME...] (remove them; without a name "
		"what the cache can make again in a minute: source trees, headers, package lists).\n\n"
		"NAME is debian-6.1 or debian-6.12, the distribution's cloud kernel; a kernel package by its "
		"name (linux-image-...); a config fragment, built from the distribution's source: FRAGMENT for "
		"Linux 6.1, FRAGMENT@6.12, FRAGMENT+FRAGMENT for both, ./FILE.config for one of your own; or "
		"the path of a bzImage. diff takes any .config by its path, too.\n\n"
		"A fragment holds options as the kernel's merge_config.sh takes them, over allnoconfig and the "
		"fragment base; each must be in the final config, else the build is refused with the first that "
		"is not and what that depends on. Kernels lie in $KPPS_CACHE, else $XDG_CACHE_HOME/kpps, else "
		"~/.cache/kpps; nothing is installed, and root is not needed.",
	.examples = "kpps kernel list\twhat there is, and what is at hand\n"
		    "kpps kernel diff fwd nat\tthe options that nat has more\n",
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
