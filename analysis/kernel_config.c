// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel_config.c - see kernel_config.h: reading. kernel_config_diff.c compares. */
#include "analysis/kernel_config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX		"CONFIG_"
#define NOT_SET		" is not set"
#define CONFIG_MAX	(16u << 20)	/* bytes; a file above is no config */

static int by_name(const void *key, const void *option)
{
	return strcmp(key, ((const struct kernel_option *)option)->name);
}

static struct kernel_option *find(const struct kernel_config *c, const char *name)
{
	return c->n ? bsearch(name, c->option, c->n, sizeof(*c->option), by_name) : NULL;
}

const char *kernel_config_value(const struct kernel_config *c, const char *name)
{
	const struct kernel_option *o = find(c, name);

	return o ? o->value : "n";
}

bool kernel_config_has(const struct kernel_config *c, const char *name)
{
	return find(c, name);
}

static void option_free(struct kernel_option *o)
{
	free(o->name);
	free(o->value);
	free(o->section);
}

/* Room at its place in the order. */
static struct kernel_option *insert(struct kernel_config *c, const char *name)
{
	unsigned int lo = 0, hi = c->n;

	if (c->n == c->room) {
		unsigned int room = c->room ? c->room * 2 : 256;
		struct kernel_option *grown = realloc(c->option, room * sizeof(*grown));

		if (!grown)
			return NULL;
		c->option = grown;
		c->room = room;
	}
	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (strcmp(c->option[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	memmove(&c->option[lo + 1], &c->option[lo], (c->n - lo) * sizeof(*c->option));
	c->n++;
	return &c->option[lo];
}

int kernel_config_set(struct kernel_config *c, const char *name, const char *value,
		      const char *section, unsigned int line)
{
	struct kernel_option *o = find(c, name), made = {
		.name = strdup(name), .value = strdup(value), .section = strdup(section), .line = line,
	};

	if (!made.name || !made.value || !made.section) {
		option_free(&made);
		return -ENOMEM;
	}
	if (o) {
		option_free(o);
	} else {
		o = insert(c, name);
		if (!o) {
			option_free(&made);
			return -ENOMEM;
		}
	}
	*o = made;
	return 0;
}

static size_t name_len(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* 1: an option, in @name and @value (which points into the line); 0: nothing; or -EINVAL. */
static int parse_line(char *line, char **name, const char **value)
{
	bool comment = *line == '#';
	char *s = line + (comment ? strspn(line, "# \t") : 0);
	size_t n;

	if (strncmp(s, PREFIX, strlen(PREFIX)) != 0)
		return comment || !*s ? 0 : -EINVAL;
	s += strlen(PREFIX);
	n = name_len(s);
	*name = s;
	if (comment) {
		if (!n || strcmp(s + n, NOT_SET) != 0)
			return 0;
		*value = "n";
	} else {
		if (!n || s[n] != '=' || !s[n + 1])
			return -EINVAL;
		*value = s + n + 1;
	}
	s[n] = '\0';
	return 1;
}

/* Sections stand in a box: "#", "# Title", "#"; "# end of Title" ends one. */
#define BOX_DEPTH 12

struct box {
	char title[BOX_DEPTH][96];	/* the one that is in front is "" */
	unsigned int depth, state;
	char next[96];
};

static void box_end(struct box *b, const char *title)
{
	for (unsigned int i = b->depth; i > 0; i--) {
		if (strncmp(b->title[i], title, sizeof(b->title[i]) - 6) != 0)
			continue;
		b->depth = i - 1;
		return;
	}
}

static void box_line(struct box *b, const char *line)
{
	if (!strncmp(line, "# end of ", 9)) {
		box_end(b, line + 9);
		b->state = 0;
	} else if (!strcmp(line, "#")) {
		if (b->state == 2) {
			/* those that nothing ends take each other's place */
			b->depth = min(b->depth + 1, BOX_DEPTH - 1U);
			memcpy(b->title[b->depth], b->next, sizeof(b->next));
		}
		b->state = b->state == 2 ? 0 : 1;
	} else if (b->state == 1 && !strncmp(line, "# ", 2)) {
		snprintf(b->next, sizeof(b->next), "%.90s", line + 2);
		b->state = 2;
	} else {
		b->state = 0;
	}
}

int kernel_config_parse(struct kernel_config *c, const char *name, const char *text, struct err *err)
{
	const char *file = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	struct box box = { 0 };
	unsigned int number = 0;
	char line[4096], *option;
	const char *value;
	int rc;

	while (*text) {
		size_t n = strcspn(text, "\n");

		number++;
		snprintf(line, sizeof(line), "%.*s", (int)min(n, sizeof(line) - 1), text);
		text += n + (text[n] == '\n');
		for (n = strlen(line); n && isspace((unsigned char)line[n - 1]); n--)
			line[n - 1] = '\0';
		box_line(&box, line);
		rc = parse_line(line, &option, &value);
		if (rc < 0)
			return err_set(err, rc, "%s:%u: \"%.80s\" is no option of a kernel: write CONFIG_NAME=y, =m, =n or =VALUE",
				       name, number, line);
		if (rc > 0 && kernel_config_set(c, option, value, c->by_file ? file : box.title[box.depth], number))
			return err_set(err, -ENOMEM, "%s: out of memory", name);
	}
	return 0;
}

int kernel_config_read(struct kernel_config *c, const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t n;
	int rc;

	if (!f)
		return err_set(err, -errno, "%s: can't be read: %s", path, strerror(errno));
	text = malloc(CONFIG_MAX + 1);
	if (!text) {
		fclose(f);
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	}
	n = fread(text, 1, CONFIG_MAX, f);
	text[n] = '\0';
	if (ferror(f))
		rc = err_set(err, -EIO, "%s: can't be read", path);
	else if (n == CONFIG_MAX || strlen(text) != n)
		rc = err_set(err, -EINVAL, "%s is no kernel config: it is binary, or larger than 16 MiB", path);
	else
		rc = kernel_config_parse(c, path, text, err);
	fclose(f);
	free(text);
	return rc;
}

void kernel_config_free(struct kernel_config *c)
{
	for (unsigned int i = 0; i < c->n; i++)
		option_free(&c->option[i]);
	free(c->option);
	*c = (struct kernel_config){ 0 };
}
