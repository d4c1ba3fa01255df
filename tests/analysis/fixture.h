/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fixture.h - results directories for the tests of analysis/, in the format of
 * doc/results.md, without measuring anything: a model of a firewall gives each
 * point's figures. Every test program includes fixture.c (a test is one
 * object). Directories are made under $TMPDIR and removed with everything in
 * them by fixture_remove().
 */
#ifndef KPPS_TEST_FIXTURE_H
#define KPPS_TEST_FIXTURE_H

#include <jansson.h>

#include "lib/compiler.h"

struct fixture {
	const char *const *rulesets;	/* NULL ends; NULL: the six of quickstart */
	const char *const *flows;	/* NULL: not swept */
	bool base;			/* points with 65536 flows don't name them, others have the mrr only */
	bool named;			/* base: the points with 65536 flows name them all the same */
	bool families;			/* sweep ipv4, ipv6 */
	double speed;			/* all rates times this; 0: 1 */
	double spread;			/* of the mrr trials, relative; 0: 0.4 % */
	double width;			/* of the search's bounds, relative; 0: 0.5 % */
	unsigned int mrr_trials;	/* 0: 10 */
	unsigned int done;		/* points that are measured; 0: all */
	bool latency_goal;		/* latency at 10, 50, 90 % of the PDR; else the search's */
	bool profile;			/* measured points have one */
	const char *question;
};

/* fixture_make - write a directory; its path in @ret_dir (PATH_MAX). Aborts on failure. */
void fixture_make(const struct fixture *f, char *ret_dir);
void fixture_remove(const char *dir);
/* Change one value: "points/0/mrr_pps" (NULL: take the key away) of summary.json or environment.json. */
void fixture_set(const char *dir, const char *file, const char *path, json_t *value);
/* The text of a file in @dir, to be freed; aborts when it isn't there. */
char *fixture_read(const char *dir, const char *file);
void fixture_write(const char *dir, const char *file, const char *text);

#endif
