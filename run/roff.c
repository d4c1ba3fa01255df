// SPDX-License-Identifier: GPL-2.0-or-later
/* roff.c - see roff.h. */
#include "run/roff.h"

#include <ctype.h>
#include <string.h>

#include "run/wrap.h"
#include "config.h"

/* One code point of (valid or broken) UTF-8; *@len bytes of it. */
static unsigned int code_point(const char *s, size_t *len)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned int n = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : u[0] >= 0xc0 ? 2 : 1;
	unsigned int c = n == 1 ? u[0] : u[0] & (0xff >> (n + 1));

	for (unsigned int i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80) {
			*len = i;
			return 0xfffd;
		}
		c = c << 6 | (u[i] & 0x3f);
	}
	*len = n;
	return c;
}

void roff_text(FILE *out, const char *s)
{
	bool line_start = true;
	size_t len;

	for (; *s; s += len) {
		unsigned int c = code_point(s, &len);

		/* a dot or quote in the first column would be a request */
		if (line_start && (*s == '.' || *s == '\''))
			fputs("\\&", out);
		if (c >= 0x80)
			fprintf(out, "\\[u%04X]", c);
		else if (c == '\\')
			fputs("\\e", out);
		else if (c == '-')
			fputs("\\-", out);
		else if (c == '\'')
			fputs("\\(aq", out);
		else if (c == '^')
			fputs("\\(ha", out);
		else if (c == '~')
			fputs("\\(ti", out);
		else
			fputc((int)c, out);
		line_start = c == '\n';
	}
}

void roff_title(FILE *out, const char *name, unsigned int section, const char *summary)
{
	fputs(".\\\" made by \"kpps help --man\" from the tables of the program\n.TH ", out);
	for (const char *c = name; *c; c++)
		fputc(toupper((unsigned char)*c), out);
	fprintf(out, " %u \"\" \"kpps " KPPS_VERSION "\" \"kpps manual\"\n", section);
	/* words are never split, lines not stretched: commands are to be copied */
	fputs(".nh\n.ad l\n.SH NAME\n", out);
	roff_text(out, name);
	fputs(" \\- ", out);
	roff_text(out, summary);
	fputc('\n', out);
}

void roff_section(FILE *out, const char *title)
{
	fputs(".SH ", out);
	roff_text(out, title);
	fputc('\n', out);
}

void roff_subsection(FILE *out, const char *title)
{
	fputs(".SS ", out);
	roff_text(out, title);
	fputc('\n', out);
}

void roff_item(FILE *out, const char *term, const char *text)
{
	fputs(".TP\n\\fB", out);
	roff_text(out, term);
	fputs("\\fR\n", out);
	roff_text(out, text);
	fputc('\n', out);
}

void roff_example(FILE *out, const char *text)
{
	size_t len = strlen(text);

	fputs(".PP\n.RS 4\n.nf\n", out);
	roff_text(out, text);
	if (len && text[len - 1] != '\n')
		fputc('\n', out);
	fputs(".fi\n.RE\n", out);
}

void roff_paragraphs(FILE *out, const char *text)
{
	char buf[4096];
	bool verbatim;

	while (paragraph_next(&text, buf, sizeof(buf), &verbatim)) {
		if (verbatim) {
			roff_example(out, buf);
			continue;
		}
		fputs(".PP\n", out);
		roff_text(out, buf);
		fputc('\n', out);
	}
}
