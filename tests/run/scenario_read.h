/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scenario_read.h - for the tests of the reader: a text into a plan, the errors as one string. */
#ifndef KPPS_TEST_SCENARIO_READ_H
#define KPPS_TEST_SCENARIO_READ_H

#include <stdio.h>
#include <string.h>

#include "run/point.h"

static char errors[16384];

static void collect(void *arg __unused, const char *sentence)
{
	size_t len = strlen(errors);

	snprintf(errors + len, sizeof(errors) - len, "%s\n", sentence);
}

/* The plan, or NULL with the sentences in errors. */
static struct plan *read_sets(const char *text, const char *const *sets, unsigned int nsets)
{
	struct plan *plan = NULL;

	errors[0] = '\0';
	if (plan_read("t.yaml", text, strlen(text), sets, nsets, collect, NULL, &plan))
		return NULL;
	return plan;
}

static struct plan *read_text(const char *text)
{
	return read_sets(text, NULL, 0);
}

#endif
