/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console.h - reads what a guest's kernel says on its console: keeps the end of
 * it, writes all of it to a file, and notices panics, oopses and the reports of
 * lockdep, KASAN and their like. Embedded; one thread.
 */
#ifndef KPPS_VM_CONSOLE_H
#define KPPS_VM_CONSOLE_H

#include <stdio.h>

#include "lib/compiler.h"

#define CONSOLE_TAIL	65536
#define CONSOLE_LINE	512
#define CONSOLE_EXCERPT	4096

struct console {
	FILE *log;			/* NULL: none */
	char tail[CONSOLE_TAIL];	/* a ring; the last bytes */
	size_t total;
	char line[CONSOLE_LINE];	/* the one that comes in */
	size_t len;
	bool bad, fatal;		/* a report; nothing can be expected after it */
	const char *what;		/* "the guest's kernel panicked" */
	char report[CONSOLE_LINE];	/* its first line */
	char excerpt[CONSOLE_EXCERPT];	/* and some that followed */
	unsigned int excerpt_lines;
};

/* console_open - @path: of the file, appended to; NULL: no file. */
void console_open(struct console *c, const char *path);
void console_add(struct console *c, const char *data, size_t n);
void console_close(struct console *c);
/* console_last - the last @size - 1 bytes of whole lines. */
void console_last(const struct console *c, char *ret, size_t size);

#endif
