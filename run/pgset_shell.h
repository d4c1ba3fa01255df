/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgset_shell.h - the words of a shell script, for pgset.c only: it executes nothing
 * and knows no command. A struct shell is the caller's; it points into the text it was
 * begun with. A statement is what stands up to the end of a line or a ";". Words that can't
 * be known without executing the script are there, with the reason.
 */
#ifndef KPPS_PGSET_SHELL_H
#define KPPS_PGSET_SHELL_H

#include "lib/compiler.h"
#include "lib/err.h"
#include "run/pgset.h"

#define SHELL_WORDS_MAX	48
#define SHELL_WORD_MAX	256
#define SHELL_VARS_MAX	64
#define SHELL_NAME_MAX	32

struct shell_word {
	char text[SHELL_WORD_MAX];
	struct pgset_place place;
	bool is_operator;	/* > >> | & && || ( ) < … */
	bool quoted;		/* some of it was */
	const char *unknown;	/* why its text is not known; NULL: it is */
	char which[SHELL_NAME_MAX]; /* the variable that is not set */
};

struct shell_var {
	char name[SHELL_NAME_MAX], value[SHELL_WORD_MAX];
	bool known;
};

struct shell {
	const char *name, *text;
	size_t len, at;
	struct pgset_place here;
	unsigned int nvars;
	struct shell_var var[SHELL_VARS_MAX];
	/* the statement */
	unsigned int nwords;
	struct shell_word word[SHELL_WORDS_MAX];
};

void shell_begin(struct shell *sh, const char *name, const char *text, size_t len);
/* shell_next - the next statement with a word in it; -ENODATA at the end. */
int shell_next(struct shell *sh, struct err *err);
/* shell_assign - is word @i of the form NAME=VALUE? Then the variable is set. 1: it was. */
int shell_assign(struct shell *sh, unsigned int i, struct err *err);
/* shell_value - of a variable; NULL: not set, or not known. */
const char *shell_value(const struct shell *sh, const char *name);

/* shell_error - begins with the place: "file:12:3: ". */
int shell_error(const char *name, struct pgset_place at, int code, struct err *err,
		const char *fmt, ...) __printf(5, 6);

#endif
