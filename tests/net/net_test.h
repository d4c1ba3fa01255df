/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_test.h - what the tests of run/net share: namespaces without a name, which
 * end with their fd, and iproute2 as the second opinion on what they hold.
 */
#ifndef KPPS_NET_TEST_H
#define KPPS_NET_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>

#include "lib/compiler.h"
#include "lib/err.h"
#include "tests/skip.h"

/* need_root - skip the test, with the reason, where nothing can be made. */
void need_root(void);

/* netns_new - an fd; the calling thread stays where it is. Closed by the caller. */
int netns_new(void);

/* command - run @line (for sh) in @netns (-1: here): its standard output, freed by the
 * caller. Fails the test when the command does. */
char *command(int netns, const char *line, ...) __printf(2, 3);
/* command_json - the same, its output read; json_decref by the caller. */
json_t *command_json(int netns, const char *line, ...) __printf(2, 3);
/* sent - frames that @link has sent since it was made. */
u64 sent(int netns, const char *link);

#define assert_ok(call) do {						\
	struct err *_err = &(struct err){ 0 };				\
	int _ret = (call);						\
									\
	if (_ret)							\
		fail_msg("%s: %d: %s", #call, _ret, _err->text);	\
} while (0)

#endif
