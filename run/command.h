/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command.h - the commands of kpps and their options, as tables. One table a
 * command feeds the parser, `--help`, the manual page and shell completion;
 * commands.c lists them in one array. Files: cmd_NAME.c, one a command.
 *
 * Exit status, the same for every command:
 *	0 done   1 a regression (compare)   2 bad input   3 can't run here
 *	4 invalid results (what was measured is kept)
 */
#ifndef KPPS_COMMAND_H
#define KPPS_COMMAND_H

#include <stdio.h>

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/units.h"

enum exit_status { EXIT_DONE = 0, EXIT_REGRESSION = 1, EXIT_BAD_INPUT = 2, EXIT_CANT_RUN = 3, EXIT_INVALID = 4 };

enum option_type {
	OPTION_FLAG,	/* bool */
	OPTION_STRING,	/* const char * */
	OPTION_STRINGS,	/* struct option_strings: may be given many times */
	OPTION_NUMBER,	/* double, in option.unit */
	OPTION_U64,	/* u64, in option.unit */
};

struct option_strings {
	unsigned int n;
	const char *v[32];
};

struct option_def {
	const char *name;	/* long name without dashes */
	char letter;		/* or 0 */
	enum option_type type;
	enum unit unit;
	const char *metavar;	/* "FILE" */
	const char *help;	/* one sentence, no full stop */
	size_t offset;		/* of the value in the command's struct */
	double min, max;	/* numbers; both 0: any */
};

struct command {
	const char *name;
	const char *args;	/* "SCENARIO [OPTION…]" */
	const char *summary;	/* one line for `kpps help` */
	const char *text;	/* paragraphs for help and the manual page; see wrap.h */
	const char *examples;	/* lines "command\tcomment"; each is run by a test */
	const struct option_def *options;	/* name NULL ends; may be NULL */
	int min_args, max_args;			/* positional; max -1: any */
	size_t options_size;	/* of the struct the options fill; at most 4096 */
	const void *defaults;	/* of that size, or NULL for zeros */
	int (*run)(const void *options, int nargs, char **args);
};

extern const struct command *const commands[];	/* NULL ends; commands.c */
const struct command *command_find(const char *name);	/* NULL: none */

/*
 * command_main - parse argv for @cmd and run it; prints usage errors; exit
 * status. argv[0] is the command's name. Options and arguments may be mixed;
 * "--" ends the options; -h and --help are understood for every command.
 */
int command_main(const struct command *cmd, int argc, char **argv);
void command_help(const struct command *cmd, FILE *out);
/* command_default_text - an option's default with its unit, "" when it has none. */
const char *command_default_text(const struct command *cmd, const struct option_def *o, char *buf,
				 size_t size);
/* command_check - is the table itself right (letters twice, help missing)? for tests. */
int command_check(const struct command *cmd, struct err *err);

#endif
