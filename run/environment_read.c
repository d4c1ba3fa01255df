// SPDX-License-Identifier: GPL-2.0-or-later
/* environment_read.c - the small readers of environment_parts.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/environment_parts.h"

#define FNV_PRIME 0x100000001b3ULL

u64 env_hash(u64 h, const char *p, size_t len)
{
	while (len--)
		h = (h ^ (unsigned char)*p++) * FNV_PRIME;
	return h;
}

json_t *env_hash_json(u64 h)
{
	char text[17];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)h);
	return json_string(text);
}

char *env_slurp(const char *path)
{
	size_t n, len = 0, room = 4096;
	FILE *f = fopen(path, "re");
	char *text = f ? malloc(room) : NULL;

	while (text && (n = fread(text + len, 1, room - len - 1, f)) > 0) {
		char *more;

		len += n;
		if (room - len > 1)
			continue;
		more = realloc(text, room *= 2);
		if (!more) {
			free(text);
			text = NULL;
			break;
		}
		text = more;
	}
	if (f)
		fclose(f);
	if (!text)
		return NULL;
	while (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return text;
}

json_t *env_file(const char *path)
{
	char *text = env_slurp(path);
	json_t *json = text ? json_string(text) : NULL;

	free(text);
	return json ? json : json_null();
}

json_t *env_number(const char *path)
{
	char *text = env_slurp(path), *end;
	json_t *json = json_null();

	if (text) {
		long long v = strtoll(text, &end, 10);

		if (end != text && !*end)
			json = json_integer(v);
	}
	free(text);
	return json;
}

/* The value after "key :" in a file of such lines (/proc/cpuinfo, /proc/meminfo). */
static char *line_value(const char *text, const char *key)
{
	const char *line = text;
	size_t len = strlen(key);

	while (line) {
		if (!strncmp(line, key, len)) {
			const char *v = line + len + strspn(line + len, " \t");

			if (*v == ':') {
				v += 1 + strspn(v + 1, " \t");
				return strndup(v, strcspn(v, "\n"));
			}
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

json_t *env_line(const char *text, const char *key)
{
	char *v = text ? line_value(text, key) : NULL;
	json_t *json = v ? json_string(v) : json_null();

	free(v);
	return json ? json : json_null();
}

json_t *env_bytes(const char *text, const char *key)
{
	char *v = text ? line_value(text, key) : NULL;
	json_t *json = v ? json_integer(strtoll(v, NULL, 10) * 1024) : json_null();

	free(v);
	return json;
}

json_t *env_command(const char *command)
{
	FILE *f = popen(command, "re");
	json_t *json = NULL;
	char line[256];

	if (!f)
		return json_null();
	if (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		json = json_string(line);
	}
	/* to its end, or it dies of a closed pipe */
	while (fread(line, 1, sizeof(line), f))
		;
	if (pclose(f)) {
		json_decref(json);
		json = NULL;
	}
	return json ? json : json_null();
}
