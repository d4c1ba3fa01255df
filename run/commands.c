// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * commands.c - the list of commands, in the order `kpps help` shows them. It
 * lives apart from main.c so that tests can check every table.
 */
#include "run/commands.h"

#include <string.h>

const struct command *const commands[] = {
	&cmd_run,
	&cmd_check,
	&cmd_report,
	&cmd_compare,
	&cmd_probe,
	&cmd_topo,
	&cmd_gen,
	&cmd_sink,
	&cmd_fw,
	&cmd_kernel,
	&cmd_clean,
	&cmd_help,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}
