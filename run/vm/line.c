// SPDX-License-Identifier: GPL-2.0-or-later
/* line.c - see line.h. */
#include "run/vm/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void line_reader_init(struct line_reader *r, size_t max)
{
	memset(r, 0, sizeof(*r));
	r->max = max;
}

void line_reader_release(struct line_reader *r)
{
	free(r->buf);
	memset(r, 0, sizeof(*r));
}

/* Is what is held the beginning of a line that is too long? */
static bool too_long(const struct line_reader *r)
{
	const char *end;

	if (r->len <= r->max)
		return false;
	end = memchr(r->buf, '\n', r->max + 1);
	return !end;
}

int line_reader_add(struct line_reader *r, const char *data, size_t n, struct err *err)
{
	if (n > r->room - r->len) {
		size_t room = max(2 * r->room, r->len + n + 4096);
		char *buf = realloc(r->buf, room);

		if (!buf)
			return err_set(err, -ENOMEM, "no memory for a line of %zu bytes", room);
		r->buf = buf;
		r->room = room;
	}
	if (n)
		memcpy(r->buf + r->len, data, n);
	r->len += n;
	if (too_long(r))
		return err_set(err, -EMSGSIZE, "a line of more than %zu bytes", r->max);
	return 0;
}

char *line_reader_take(struct line_reader *r, size_t *ret_len)
{
	char *end = r->len > r->seen ? memchr(r->buf + r->seen, '\n', r->len - r->seen) : NULL;
	size_t len;
	char *line;

	if (!end) {
		r->seen = r->len;
		return NULL;
	}
	len = (size_t)(end - r->buf);
	line = malloc(len + 1);
	if (!line)
		return NULL;
	memcpy(line, r->buf, len);
	line[len] = '\0';
	r->len -= len + 1;
	memmove(r->buf, end + 1, r->len);
	r->seen = 0;
	*ret_len = len;
	return line;
}
