/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roff.h - manual page source, man(7) macros, from plain text. Every text is
 * escaped here, so that tables can hold what they like. Stateless.
 */
#ifndef KPPS_ROFF_H
#define KPPS_ROFF_H

#include <stdio.h>

#include "lib/compiler.h"

/* roff_title - .TH of page @name in @section, and its NAME section. */
void roff_title(FILE *out, const char *name, unsigned int section, const char *summary);
void roff_section(FILE *out, const char *title);	/* .SH */
void roff_subsection(FILE *out, const char *title);	/* .SS */
/* roff_item - .TP with @term in bold, then @text. */
void roff_item(FILE *out, const char *term, const char *text);
/* roff_text - @s escaped, no line break added. */
void roff_text(FILE *out, const char *s);
/* roff_paragraphs - as wrap_paragraphs prints them on a terminal. */
void roff_paragraphs(FILE *out, const char *text);
/* roff_example - lines as they are. */
void roff_example(FILE *out, const char *text);

#endif
