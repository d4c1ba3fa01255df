/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * skip.h - skip a cmocka test, and say why: scripts/tap puts the reason where a
 * harness looks for it. Include after cmocka.h.
 *
 * A program that can do nothing at all here prints "1..0 # SKIP reason" instead.
 */
#ifndef KPPS_TESTS_SKIP_H
#define KPPS_TESTS_SKIP_H

#define skip_because(...) do {			\
	print_message("# skip: " __VA_ARGS__);	\
	print_message("\n");			\
	skip();					\
} while (0)

#endif
