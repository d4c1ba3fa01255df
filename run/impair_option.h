/* SPDX-License-Identifier: GPL-2.0-or-later */
/* impair_option.h - --impair of the commands that read frames. */
#ifndef KPPS_IMPAIR_OPTION_H
#define KPPS_IMPAIR_OPTION_H

#include <stdio.h>

#include "lib/port.h"

#define IMPAIR_METAVAR	"WHAT=SHARE,…"
#define IMPAIR_HELP	"damage frames as they are read: drop=1%,duplicate=,reorder=,corrupt=,delay=; " \
			"reorder-by=8, delay-time=1ms and seed=1 say how"

/* impair_option_open - wrap *@port as @text says; NULL or "": leave it alone.
 * On failure *@port is as it was. */
int impair_option_open(const char *text, struct port **port, struct err *err);
/* impair_option_print - what was done, one line, when @port impairs. */
void impair_option_print(const char *text, const struct port *port, FILE *out);

#endif
