// SPDX-License-Identifier: GPL-2.0-or-later
/* wrap.c - see wrap.h. */
#include "run/wrap.h"

#include <string.h>

#define PARAGRAPH_MAX 4096

/* Columns a terminal uses: UTF-8 continuation bytes take none. */
static unsigned int columns(const char *s, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

void wrap_text(FILE *out, const char *text, unsigned int at, unsigned int indent,
	       unsigned int width)
{
	bool first = true;

	for (const char *s = text + strspn(text, " \n"); *s;) {
		size_t len = strcspn(s, " \n");
		unsigned int w = columns(s, len);

		if (!first && at + 1 + w > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fwrite(s, 1, len, out);
		at += w;
		first = false;
		s += len;
		s += strspn(s, " \n");
	}
	fputc('\n', out);
}

bool paragraph_next(const char **at, char *buf, size_t size, bool *ret_verbatim)
{
	const char *s = *at + strspn(*at, "\n"), *end = strstr(s, "\n\n");
	size_t n = 0;

	if (!*s)
		return false;
	if (!end)
		end = s + strlen(s);
	*ret_verbatim = *s == '\t';
	for (const char *c = s; c < end && n + 1 < size; c++)
		if (*c != '\t' || (c != s && c[-1] != '\n'))
			buf[n++] = *c;
	buf[n] = '\0';
	*at = end;
	return true;
}

void wrap_paragraphs(FILE *out, const char *text, unsigned int indent, unsigned int width)
{
	char buf[PARAGRAPH_MAX];
	bool verbatim, first = true;

	while (paragraph_next(&text, buf, sizeof(buf), &verbatim)) {
		if (!first)
			fputc('\n', out);
		first = false;
		if (!verbatim) {
			fprintf(out, "%*s", (int)indent, "");
			wrap_text(out, buf, indent, indent, width);
			continue;
		}
		for (char *line = buf; *line;) {
			size_t len = strcspn(line, "\n");

			fprintf(out, "%*s%.*s\n", (int)indent + 4, "", (int)len, line);
			line += len + (line[len] == '\n');
		}
	}
}
