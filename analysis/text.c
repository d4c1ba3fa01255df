// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text.c - see text.h. Pure functions but for the file they print to, and the unit.
 */
#include "analysis/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool counts_instructions;

const struct text_units *text_units(bool instructions)
{
	static const struct text_units units[] = {
		{ { "pps", "kpps", "Mpps", "Gpps", NULL }, "ns", "ns", "ns/packet", "ns/packet" },
		{ { "p/Ginstr", "p/Minstr", "p/kinstr", "p/instr", NULL }, "instructions", "instr",
		  "instr/packet", "instr" },
	};

	return &units[instructions];
}

void text_count_instructions(bool yes)
{
	counts_instructions = yes;
}

const struct text_units *text_page_units(void)
{
	return text_units(counts_instructions);
}

char *text_digits(double v, int digits, char *buf, size_t size)
{
	int before, after;

	if (!isfinite(v)) {
		snprintf(buf, size, NO_FIGURE);
		return buf;
	}
	if (v == 0) {
		snprintf(buf, size, "0");
		return buf;
	}
	before = (int)floor(log10(fabs(v))) + 1;
	/* 99.96 has two digits before the point, but rounds to three */
	if (fabs(v) * pow(10, digits - before) >= pow(10, digits) - 0.5)
		before++;
	after = digits - before;
	snprintf(buf, size, "%.*f", max(after, 0), v);
	return buf;
}

static char *scaled(double v, const char *const *units, char *buf, size_t size)
{
	char digits[FIGURE_TEXT];

	if (!isfinite(v))
		return text_digits(v, 3, buf, size);
	while (units[1] && fabs(v) >= 999.5) {
		v /= 1000;
		units++;
	}
	snprintf(buf, size, "%s" SPACE "%s", text_digits(v, 3, digits, sizeof(digits)), *units);
	return buf;
}

char *text_pps(double pps, char *buf, size_t size)
{
	return scaled(pps, text_page_units()->rate, buf, size);
}

char *text_range(double lower, double upper, char *buf, size_t size)
{
	const char *const *units = text_page_units()->rate;
	double top = isnan(upper) ? lower : upper, scale = 1;
	char a[FIGURE_TEXT], b[FIGURE_TEXT];
	unsigned int u = 0;

	while (units[u + 1] && top >= 999.5 * scale) {
		scale *= 1000;
		u++;
	}
	snprintf(buf, size, "%s" SPACE "\xe2\x80\xa6" SPACE "%s" SPACE "%s",
		 text_digits(lower / scale, 4, a, sizeof(a)),
		 text_digits(upper / scale, 4, b, sizeof(b)), units[u]);
	return buf;
}

char *text_ns(double ns, char *buf, size_t size)
{
	static const char *const units[] = { "ns", "\xc2\xb5s", "ms", "s", NULL };

	return scaled(ns, units, buf, size);
}

char *text_share(double ratio, char *buf, size_t size)
{
	char digits[FIGURE_TEXT];

	if (!isfinite(ratio))
		return text_digits(ratio, 2, buf, size);
	snprintf(buf, size, "%s" SPACE "%%", text_digits(ratio * 100, 2, digits, sizeof(digits)));
	return buf;
}

char *text_step(double v, char *buf, size_t size)
{
	char digits[FIGURE_TEXT];

	if (!isfinite(v))
		return text_digits(v, 3, buf, size);
	snprintf(buf, size, "%s%s", v < 0 ? "\xe2\x88\x92" : "+",
		 text_digits(fabs(v), 3, digits, sizeof(digits)));
	return buf;
}

char *text_count(u64 n, char *buf, size_t size)
{
	char digits[32];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	size_t i, at = 0;

	for (i = 0; i < len && at + 4 < size; i++) {
		if (i && (len - i) % 3 == 0)
			at += (size_t)snprintf(buf + at, size - at, "\xe2\x80\xaf");
		buf[at++] = digits[i];
	}
	buf[at] = '\0';
	return buf;
}

void html_text(FILE *out, const char *text)
{
	const char *c;

	for (c = text; *c; c++) {
		switch (*c) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			if ((unsigned char)*c < ' ' && *c != '\n' && *c != '\t')
				fputs("\xef\xbf\xbd", out);
			else
				fputc(*c, out);
		}
	}
}

void html_textf(FILE *out, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	html_text(out, text);
	free(text);
}
