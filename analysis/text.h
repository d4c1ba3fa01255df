/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - figures and foreign text on their way into a page: three significant
 * digits, and nothing that HTML or XML could take for markup.
 */
#ifndef KPPS_ANALYSIS_TEXT_H
#define KPPS_ANALYSIS_TEXT_H

#include <stdio.h>

#include "lib/compiler.h"

#define FIGURE_TEXT 48
#define NO_FIGURE "\xe2\x80\x93"	/* en dash */
#define SPACE "\xc2\xa0"		/* between number and unit: no line break */

/* text_digits - @v with @digits significant digits, without an exponent, no
 * trailing zeros cut: 12.3, 0.0812, 1230. Returns @buf; NO_FIGURE for NAN. */
char *text_digits(double v, int digits, char *buf, size_t size);
/*
 * What rates and costs are in. Of guests whose clock counts instructions, one a ns (flag
 * "instructions"), a second is 10^9 of them, and pps would be taken for a speed.
 */
struct text_units {
	const char *rate[5];	/* for 1, 1e3, 1e6, 1e9 packets a second; NULL ends */
	const char *cost, *cost_short;	/* of a packet: "ns"; "instructions", "instr" */
	const char *label, *column;	/* "ns/packet" as a heading, and where there is no room */
};

const struct text_units *text_units(bool instructions);
/* text_count_instructions - choose those of the page that is being written, one at a
 * time; text_page_units - the ones that were chosen. */
void text_count_instructions(bool yes);
const struct text_units *text_page_units(void);
/* text_pps - "12.3 Mpps", "843 kpps", "12 pps". */
char *text_pps(double pps, char *buf, size_t size);
/* text_range - "12.13 … 12.19 Mpps"; an unknown end is an en dash. */
char *text_range(double lower, double upper, char *buf, size_t size);
/* text_ns - "81.3 ns", "2.21 µs", "12.0 ms". */
char *text_ns(double ns, char *buf, size_t size);
/* text_share - "57 %", "0.50 %", "0 %". */
char *text_share(double ratio, char *buf, size_t size);
/* text_step - a difference with its sign: "+31.2", "−4.10". */
char *text_step(double v, char *buf, size_t size);
/* text_count - "65 536" with thin spaces. */
char *text_count(u64 n, char *buf, size_t size);

/* html_text - @text with markup escaped and what XML forbids replaced. */
void html_text(FILE *out, const char *text);
/* html_textf - the same of a formatted text. */
void html_textf(FILE *out, const char *fmt, ...) __printf(2, 3);

#endif
