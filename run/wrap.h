/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wrap.h - text for terminals: words filled into lines. Help texts are
 * paragraphs separated by an empty line; a paragraph whose lines begin with a
 * tab is printed line by line as it is. Stateless.
 */
#ifndef KPPS_WRAP_H
#define KPPS_WRAP_H

#include <stdio.h>

#include "lib/compiler.h"

/*
 * wrap_text - @text as one paragraph, the cursor standing at column @at; later
 * lines begin at column @indent, none reaches past @width. Ends the line.
 */
void wrap_text(FILE *out, const char *text, unsigned int at, unsigned int indent,
	       unsigned int width);
/* wrap_paragraphs - several, an empty line between them. */
void wrap_paragraphs(FILE *out, const char *text, unsigned int indent, unsigned int width);
/*
 * paragraph_next - the paragraph at *@at into @buf, its line breaks kept only
 * when it is verbatim (*@ret_verbatim, tabs removed); false at the end.
 */
bool paragraph_next(const char **at, char *buf, size_t size, bool *ret_verbatim);

#endif
