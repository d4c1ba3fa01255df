// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - find the command and run it. Nothing else happens here: what a
 * command does is in its cmd_NAME.c, what it understands in its table. Inside
 * testbed vm the same program is the guest's init (run/vm/guest.h).
 */
#include <stdio.h>
#include <string.h>

#include "run/commands.h"
#include "run/nearest.h"
#include "run/vm/guest.h"
#include "config.h"

static int unknown(const char *name)
{
	struct nearest n = { .word = name };
	char hint[128];

	for (const struct command *const *c = commands; *c; c++)
		nearest_offer(&n, (*c)->name);
	fprintf(stderr, "kpps: unknown command \"%s\"%s (see \"kpps help\")\n", name,
		nearest_hint(&n, hint, sizeof(hint)));
	return EXIT_BAD_INPUT;
}

int main(int argc, char **argv)
{
	const struct command *cmd;
	char *help[] = { "help", NULL };

	if (guest_is(argc, argv))
		return guest_main(argc, argv);
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return command_main(&cmd_help, 1, help);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("kpps " KPPS_VERSION);
		return EXIT_DONE;
	}
	cmd = command_find(argv[1]);
	return cmd ? command_main(cmd, argc - 1, argv + 1) : unknown(argv[1]);
}
