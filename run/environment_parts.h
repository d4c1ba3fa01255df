/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * environment_parts.h - the parts that environment.c puts together, and the small
 * readers they share. A reader that finds nothing gives null. No state.
 */
#ifndef KPPS_ENVIRONMENT_PARTS_H
#define KPPS_ENVIRONMENT_PARTS_H

#include <jansson.h>

#include "lib/compiler.h"

#define ENV_HASH_START 0xcbf29ce484222325ULL

/* env_hash - FNV-1a 64, continued from @h. */
u64 env_hash(u64 h, const char *p, size_t len);
json_t *env_hash_json(u64 h);
/* env_slurp - the text of @path without its last newline, malloc'ed; NULL when it
 * can't be read. */
char *env_slurp(const char *path);
json_t *env_file(const char *path);
/* env_number - that stands alone in a file. */
json_t *env_number(const char *path);
/* env_line - the value after "key :" of @text (may be NULL) of such lines. */
json_t *env_line(const char *text, const char *key);
/* env_bytes - "123 kB" of /proc/meminfo in bytes. */
json_t *env_bytes(const char *meminfo, const char *key);
/* env_command - the first line a shell command prints; null when it fails. */
json_t *env_command(const char *command);

/* environment_cpu.c: kernel, CPUs, memory into @stable. */
void environment_cpu(json_t *stable);
/* environment_tools.c: kpps, its libraries, the tools it calls into @stable. */
void environment_tools(json_t *stable);
/* environment_irq.c: what serves which interrupt; loaded modules. */
json_t *environment_irqs(const char *proc);	/* normally "/proc" */
json_t *environment_modules(const char *path);	/* normally "/proc/modules" */

#endif
