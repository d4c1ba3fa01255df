// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_clean.c - `kpps clean`: undo what a run has left that was killed. */
#include "run/commands.h"
#include "run/net/claim.h"

struct clean_options {
	bool dry_run;
};

static void say(void *arg, const char *sentence)
{
	unsigned int *said = arg;

	++*said;
	puts(sentence);
}

static int run(const void *options, int nargs __unused, char **args __unused)
{
	const struct clean_options *opt = options;
	unsigned int said = 0;
	struct err err = { 0 };
	int ret = claim_clean(opt->dry_run, say, &said, &err);

	if (ret < 0) {
		fprintf(stderr, "kpps clean: %s\n", err.text);
		return EXIT_CANT_RUN;
	}
	if (!said)
		puts("nothing to clean");
	return EXIT_DONE;
}

static const struct option_def options[] = {
	{ .name = "dry-run", .type = OPTION_FLAG,
	  .offset = offsetof(struct clean_options, dry_run),
	  .help = "say what would be undone, and change nothing" },
	{ .name = NULL },
};

const struct command cmd_clean = {
	.name = "clean",
	.args = "[OPTION...]",
	.summary = "undo what a run has left on this machine that was killed",
	.text = "A run undoes all it has set up: at its end, on an error, on SIGINT and SIGTERM. One "
		"that was killed (kill -9, out of memory) leaves network namespaces called "
		"kpps-… and changed settings; they stand in a journal in /run/kpps. The next run "
		"undoes them, and so does this command, which prints a line for each. Runs that "
		"go on are not touched.",
	.examples = "kpps clean\tafter kill -9\n"
		    "kpps clean --dry-run\twhat is there to undo\n",
	.options = options,
	.options_size = sizeof(struct clean_options),
	.run = run,
};
