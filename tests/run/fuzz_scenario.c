// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scenario reader on any bytes. The first line, when it begins with "#set ",
 * is also given as --set. What is accepted must read back from its kept text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/point.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg __unused, const char *sentence __unused)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan *plan = NULL, *again = NULL;
	char *text = malloc(size + 1), *set = NULL;
	const char *sets[1];
	unsigned int nsets = 0;
	size_t line;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	line = strcspn(text, "\n");
	if (!strncmp(text, "#set ", 5)) {
		set = strndup(text + 5, line - 5);
		sets[0] = set;
		nsets = 1;
	}
	if (!plan_read("f.yaml", text, size, sets, nsets, ignore, NULL, &plan)) {
		if (plan_read("f.yaml", plan->text, strlen(plan->text), NULL, 0, ignore, NULL, &again))
			abort();
		for (unsigned int i = 0; i < plan->npoints; i++)
			plan->point[i].plan = NULL;
		for (unsigned int i = 0; i < again->npoints; i++)
			again->point[i].plan = NULL;
		if (again->npoints != plan->npoints || strcmp(again->name, plan->name) ||
		    memcmp(again->point, plan->point, plan->npoints * sizeof(*plan->point)))
			abort();
		plan_free(again);
		plan_free(plan);
	}
	free(set);
	free(text);
	return 0;
}
