// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * environment_irq.c - which CPUs serve which interrupt, and the loaded modules,
 * for the momentary part of environment.json: both change by themselves
 * (irqbalance, modules that a ruleset loads). No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/environment_parts.h"

static char *affinity(const char *proc, int irq, const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/irq/%d/%s", proc, irq, file);
	return env_slurp(path);
}

/* "38 virtio2-input.0": "CPU 1 of 0-1: 2383" */
static void add_irq(json_t *json, const char *proc, int irq, const char *name, u64 count)
{
	char *may = affinity(proc, irq, "smp_affinity_list");
	char *now = affinity(proc, irq, "effective_affinity_list");
	char key[80], text[256];

	snprintf(key, sizeof(key), "%d %s", irq, name);
	snprintf(text, sizeof(text), "CPU %s of %s: %llu", now && *now ? now : "unknown",
		 may ? may : "unknown", (unsigned long long)count);
	json_object_set_new(json, key, json_string(text));
	free(now);
	free(may);
}

/*
 * " 38:   0   2383  PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0": the sum of
 * @cpus counts and the last word; false: not a device's line (NMI, LOC).
 */
static bool parse_line(char *line, unsigned int cpus, int *ret_irq, u64 *ret_count,
		       const char **ret_name)
{
	char *at, *end, *word, *save = NULL;
	unsigned int i;

	*ret_irq = (int)strtol(line, &at, 10);
	if (at == line || *at++ != ':')
		return false;
	*ret_count = 0;
	for (i = 0; i < cpus; i++, at = end) {
		*ret_count += strtoull(at, &end, 10);
		if (end == at)
			return false;
	}
	*ret_name = "";
	for (word = strtok_r(at, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		*ret_name = word;
	return **ret_name;
}

json_t *environment_irqs(const char *proc)
{
	json_t *json = json_object();
	char path[256], *line = NULL, *word;
	unsigned int cpus = 0;
	const char *name;
	size_t room = 0;
	u64 count;
	FILE *f;
	int irq;

	snprintf(path, sizeof(path), "%s/interrupts", proc);
	f = fopen(path, "re");
	if (f && getline(&line, &room, f) > 0)
		for (word = line; (word = strstr(word, "CPU")); word++)
			cpus++;
	while (f && getline(&line, &room, f) > 0) {
		if (!parse_line(line, cpus, &irq, &count, &name))
			continue;
		/* a large machine has hundreds that never come */
		if (count)
			add_irq(json, proc, irq, name, count);
	}
	free(line);
	if (f)
		fclose(f);
	return json;
}

/* Names with spaces between, as the kernel has them: latest first. */
json_t *environment_modules(const char *path)
{
	char *text = env_slurp(path), *line, *to, *save = NULL;
	json_t *json;

	if (!text)	/* a kernel without modules */
		return json_null();
	for (to = text, line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t len = strcspn(line, " ");

		/* every line is longer than its name: the text can only shrink */
		if (to != text)
			*to++ = ' ';
		memmove(to, line, len);
		to += len;
	}
	*to = '\0';
	json = json_string(text);
	free(text);
	return json;
}
