// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_kernel.c - `kpps kernel`: the kernels for the testbed vm, by hand. */
#include <errno.h>
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

static const struct word {
	const char *name;
	int min_args, max_args;		/* of its own; max -1: any */
	const char *usage;
	int (*run)(int nargs, char **args, struct err *err);
} words[] = {
	{ "list", 0, 0, "list", list },
	{ "build", 1, -1, "build NAME...", build },
	{ "show", 1, -1, "show NAME...", show },
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
	.summary = "kernels for the testbed vm: list, build, show them",
	.text = "WORD is one of\n"
		"list: the kernels there are, and what each is for\n"
		"build NAME...: fetch or build them, and the module kpps_gen for them\n"
		"show NAME...: release, config, modules and where they lie",
	.examples = "kpps kernel list\twhat there is\n",
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
