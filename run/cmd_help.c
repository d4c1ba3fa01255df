// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_help.c - `kpps help`: commands, scenario keys, manual pages, completion. */
#include <stdio.h>
#include <string.h>

#include "run/commands.h"
#include "run/keys.h"
#include "run/manual.h"
#include "run/nearest.h"
#include "run/pgset.h"

struct help_options {
	bool man;
	const char *completion;
};

static void overview(void)
{
	puts("Usage: kpps COMMAND [OPTION...] [ARGUMENT...]\n\n"
	     "kpps measures how many packets per second a firewall forwards, and what each\n"
	     "feature that is switched on costs.\n");
	for (const struct command *const *c = commands; *c; c++)
		printf("  %-10s %s\n", (*c)->name, (*c)->summary);
	puts("\n\"kpps help COMMAND\" explains a command, \"kpps help scenario\" the keys of a scenario\n"
	     "file, \"kpps help pktgen\" the scripts for the kernel's pktgen that kpps gen reads;\n"
	     "\"kpps --version\" prints the version.");
}

static int help_topic(const char *name)
{
	const struct command *cmd = command_find(name);
	struct nearest n = { .word = name };
	char hint[128];

	if (cmd) {
		command_help(cmd, stdout);
		return EXIT_DONE;
	}
	if (!strcmp(name, "scenario")) {
		keys_help(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(name, "pktgen")) {
		pgset_help(stdout);
		return EXIT_DONE;
	}
	nearest_offer(&n, "scenario");
	nearest_offer(&n, "pktgen");
	for (const struct command *const *c = commands; *c; c++)
		nearest_offer(&n, (*c)->name);
	fprintf(stderr, "kpps help: no command \"%s\"%s\n", name,
		nearest_hint(&n, hint, sizeof(hint)));
	return EXIT_BAD_INPUT;
}

static int run(const void *options, int nargs, char **args)
{
	const struct help_options *opt = options;

	if (opt->completion) {
		if (strcmp(opt->completion, "bash") != 0) {
			fprintf(stderr, "kpps help: no completion for \"%s\": known is bash\n",
				opt->completion);
			return EXIT_BAD_INPUT;
		}
		manual_completion_bash(stdout);
		return EXIT_DONE;
	}
	if (opt->man && nargs && strcmp(args[0], "scenario") != 0) {
		fprintf(stderr, "kpps help: the manual pages are --man and --man scenario\n");
		return EXIT_BAD_INPUT;
	}
	if (opt->man) {
		(nargs ? keys_manual : manual_kpps)(stdout);
		return EXIT_DONE;
	}
	if (!nargs) {
		overview();
		return EXIT_DONE;
	}
	return help_topic(args[0]);
}

static const struct option_def options[] = {
	{ .name = "man", .type = OPTION_FLAG, .offset = offsetof(struct help_options, man),
	  .help = "print the manual page as roff source: kpps(1), or kpps-scenario(5)" },
	{ .name = "completion", .type = OPTION_STRING, .metavar = "SHELL",
	  .offset = offsetof(struct help_options, completion),
	  .help = "print the completion script for a shell; known is bash" },
	{ 0 },
};

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND | scenario | pktgen]",
	.summary = "explain a command, the keys of a scenario file, or scripts for pktgen",
	.text = "Explain a command with its options, the keys of a scenario file, or the commands of "
		"pktgen and what kpps gen makes of them. Without an argument: list the commands.",
	.examples = "kpps help check\texplain the command check\n"
		    "kpps help scenario\tevery key of a scenario file\n"
		    "kpps help pktgen\tevery command of the kernel's pktgen\n",
	.options = options,
	.max_args = 1,
	.options_size = sizeof(struct help_options),
	.run = run,
};
