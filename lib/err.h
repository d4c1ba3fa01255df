/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err.h - how an error travels from where it is understood to where it is
 * printed. Functions that can fail for a reason a user must read take a
 * struct err last; they fill it (file, line, column where there are any, what
 * is wrong, what to do) and return the same negative errno that is in it. The
 * caller never adds text to another's error; it passes it up or drops it.
 */
#ifndef KPPS_ERR_H
#define KPPS_ERR_H

#include "lib/compiler.h"

#define ERR_TEXT 512

struct err {
	int code;		/* negative errno, 0 when nothing failed */
	char text[ERR_TEXT];	/* one sentence: place, cause, cure */
};

/*
 * err_set - fill @err (which may be NULL) from a printf format.
 * Returns @code, so that `return err_set(err, -EINVAL, "…");` works.
 * Style: `rules.v4:12: unknown match "foo": known are tcp, udp, …`; lower
 * case, no full stop, the offending text in double quotes.
 */
int err_set(struct err *err, int code, const char *fmt, ...) __printf(3, 4);

#endif
