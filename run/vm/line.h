/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line.h - lines out of the bytes of a serial port, however they come. A reader
 * belongs to its caller and holds at most one line of @max bytes and what came
 * behind it. Both ends of the port use it; one thread each.
 */
#ifndef KPPS_VM_LINE_H
#define KPPS_VM_LINE_H

#include "lib/compiler.h"
#include "lib/err.h"

struct line_reader {
	char *buf;
	size_t len, room;
	size_t max;		/* longest line, without its end */
	size_t seen;		/* bytes that hold no end of a line */
};

void line_reader_init(struct line_reader *r, size_t max);
void line_reader_release(struct line_reader *r);
/* line_reader_add - -EMSGSIZE when a line is longer than max; -ENOMEM. */
int line_reader_add(struct line_reader *r, const char *data, size_t n, struct err *err);
/* line_reader_take - the next whole line, malloc'ed, a NUL for its end; NULL: there is
 * none yet (or no memory). *@ret_len without the NUL. */
char *line_reader_take(struct line_reader *r, size_t *ret_len);

#endif
