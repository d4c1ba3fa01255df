// SPDX-License-Identifier: GPL-2.0-or-later
/* fragment.c - see fragment.h. */
#include "run/environment_parts.h"
#include "run/kernels/fragment.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/str.h"
#include "run/kernels/kernel_parts.h"

#define DEPTH_MAX	8
#define END		".config"

static int load_name(struct fragment *f, const char *name, unsigned int depth, struct err *err);

static bool is_word(const char *s, const char *more)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (!isalnum((unsigned char)s[n]) && !strchr(more, s[n]))
			return false;
	return n;
}

static int bad(const char *path, unsigned int line, const char *what, const char *value, struct err *err)
{
	return err_set(err, -EINVAL, "%s:%u: %s \"%.60s\"", path, line, what, value);
}

static int set_arch(struct fragment *f, const char *path, unsigned int line, const char *value,
		    struct err *err)
{
	if (strcmp(value, "i386") != 0 && strcmp(value, "amd64") != 0)
		return bad(path, line, "kernels are amd64 or i386, not", value, err);
	snprintf(f->arch, sizeof(f->arch), "%.7s", value);
	return 0;
}

static int add_target(struct fragment *f, const char *path, unsigned int line, const char *value,
		      struct err *err)
{
	for (unsigned int i = 0; i < f->nmake; i++)
		if (!strcmp(f->make[i], value))
			return 0;
	if (!str_ends(value, "config") || !is_word(value, "_-") || strlen(value) >= sizeof(f->make[0]))
		return bad(path, line, "no config target of the kernel's Makefile:", value, err);
	if (f->nmake == ARRAY_SIZE(f->make))
		return bad(path, line, "one target too many:", value, err);
	snprintf(f->make[f->nmake++], sizeof(f->make[0]), "%.31s", value);
	return 0;
}

/* A directive that counts for the file itself or for what includes it. */
static int directive(struct fragment *f, const char *path, unsigned int line, const char *word,
		     const char *value, unsigned int depth, struct err *err)
{
	if (!strcmp(word, "include")) {
		if (!is_word(value, "-_"))
			return bad(path, line, "no name of a fragment:", value, err);
		return load_name(f, value, depth + 1, err);
	}
	if (!strcmp(word, "arch"))
		return set_arch(f, path, line, value, err);
	if (!strcmp(word, "make"))
		return add_target(f, path, line, value, err);
	if (!strcmp(word, "help"))
		snprintf(f->help, sizeof(f->help), "%.150s", value);
	else if (!strcmp(word, "seconds"))
		f->seconds = strtod(value, NULL);
	else if (!strcmp(word, "cmdline"))
		str_add(f->cmdline, sizeof(f->cmdline), "%s%s", *f->cmdline ? " " : "", value);
	return 0;
}

/* "# word: value" at the beginning of @text? */
static bool is_directive(const char *text, char word[16], char value[256])
{
	return sscanf(text, "# %15[a-z]: %255[^\n]", word, value) == 2;
}

/* Of @text those that include (@includes), or the others; how many in *@ret_n. */
static int directives(struct fragment *f, const char *path, const char *text, bool includes,
		      unsigned int depth, unsigned int *ret_n, struct err *err)
{
	char word[16], value[256];
	unsigned int line = 1, n = 0;
	int rc = 0;

	for (; *text && !rc; line++) {
		if (is_directive(text, word, value) && !strcmp(word, "include") == includes) {
			rc = directive(f, path, line, word, value, depth, err);
			n++;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	*ret_n = n;
	return rc;
}

/* First what it includes, then its own. */
static int load_file(struct fragment *f, const char *path, unsigned int depth, struct err *err)
{
	char *text = env_slurp(path);
	unsigned int n;
	int rc;

	if (!text)
		return err_set(err, -ENOENT, "%s: can't be read: %s", path, strerror(errno));
	rc = directives(f, path, text, true, depth, &n, err);
	if (!rc && !n && !f->based)
		rc = load_name(f, "base", depth + 1, err);
	if (!rc)
		rc = directives(f, path, text, false, depth, &n, err);
	if (!rc)
		rc = kernel_config_parse(&f->asked, path, text, err);
	free(text);
	return rc;
}

static int load_companions(struct fragment *f, const char *name, unsigned int depth, struct err *err)
{
	char file[3][128], path[PATH_MAX];
	int rc = 0;

	snprintf(file[0], sizeof(file[0]), "%.60s@%s" END, name, f->version);
	snprintf(file[1], sizeof(file[1]), "%.60s@%s" END, name, f->arch);
	snprintf(file[2], sizeof(file[2]), "%.60s@%s@%s" END, name, f->version, f->arch);
	for (unsigned int i = 0; i < ARRAY_SIZE(file) && !rc; i++)
		if (!kernel_data(file[i], path, NULL))
			rc = load_file(f, path, depth, err);
	return rc;
}

static int load_name(struct fragment *f, const char *name, unsigned int depth, struct err *err)
{
	char file[128], path[PATH_MAX], help[sizeof(f->help)];
	int rc;

	if (depth > DEPTH_MAX)
		return err_set(err, -EINVAL, "fragment \"%.60s\" includes itself, or %d others one in the other",
			       name, DEPTH_MAX);
	if (snprintf(file, sizeof(file), "%s" END, name) >= (int)sizeof(file) || !is_word(name, "-_."))
		return err_set(err, -ENOENT, "there is no kernel \"%.60s\"", name);
	rc = kernel_data_dir(path, err);
	if (rc)
		return rc;
	if (kernel_data(file, path, NULL))
		return err_set(err, -ENOENT, "there is no kernel \"%.60s\": kpps kernel list has those there are; a file "
			       "is named with a slash, as ./bzImage or ./mine.config", name);
	f->based = f->based || !strcmp(name, "base");
	rc = load_file(f, path, depth, err);
	memcpy(help, f->help, sizeof(help));
	if (!rc)
		rc = load_companions(f, name, depth, err);
	memcpy(f->help, help, sizeof(help));
	return rc;
}

static int check_version(struct fragment *f, const char *version, struct err *err)
{
	unsigned int a, b;
	char end;

	if (sscanf(version, "%u.%u%c", &a, &b, &end) != 2 || strlen(version) >= sizeof(f->version) ||
	    !is_word(version, "."))
		return err_set(err, -EINVAL, "\"%.40s\" is no version of Linux: write two numbers, as 6.12", version);
	snprintf(f->version, sizeof(f->version), "%s", version);
	return 0;
}

/* What a fragment says of the word size must be known before its companions are sought. */
static int find_arch(struct fragment *f, const char *names, struct err *err)
{
	struct fragment probe = { .arch = "amd64" };
	char list[512], *save, *name;
	int rc = 0;

	memcpy(probe.version, f->version, sizeof(probe.version));
	snprintf(list, sizeof(list), "%s", names);
	for (name = strtok_r(list, "+", &save); name && !rc; name = strtok_r(NULL, "+", &save))
		rc = strchr(name, '/') ? load_file(&probe, name, 0, err) : load_name(&probe, name, 0, err);
	memcpy(f->arch, probe.arch, sizeof(f->arch));
	fragment_free(&probe);
	return rc;
}

int fragment_load(const char *name, struct fragment *f, struct err *err)
{
	char list[512], *at, *save, *one;
	int rc;

	*f = (struct fragment){ .version = FRAGMENT_VERSION, .asked.by_file = true };
	if (snprintf(list, sizeof(list), "%s", name) >= (int)sizeof(list))
		return err_set(err, -ENAMETOOLONG, "the kernel's name is longer than %zu bytes", sizeof(list) - 1);
	at = strrchr(list, '@');
	if (at && !strchr(at, '/')) {
		*at = '\0';
		rc = check_version(f, at + 1, err);
		if (rc)
			return rc;
	}
	if (!*list || *list == '+' || str_ends(list, "+") || strstr(list, "++"))
		return err_set(err, -EINVAL, "\"%.60s\" names no fragment: write NAME, NAME+NAME or NAME@VERSION", name);
	rc = find_arch(f, list, err);
	for (one = strtok_r(list, "+", &save); one && !rc; one = strtok_r(NULL, "+", &save))
		rc = strchr(one, '/') ? load_file(f, one, 0, err) : load_name(f, one, 0, err);
	return rc;
}

void fragment_free(struct fragment *f)
{
	kernel_config_free(&f->asked);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int fragment_names(char ***ret, struct err *err)
{
	char dir[PATH_MAX], **names = NULL;
	size_t n = 0;
	struct dirent *e;
	DIR *d;
	int rc = kernel_data_dir(dir, err);

	if (rc)
		return rc;
	d = opendir(dir);
	if (!d)
		return err_set(err, -errno, "%s: can't be read: %s", dir, strerror(errno));
	while ((e = readdir(d))) {
		char **grown;

		if (!str_ends(e->d_name, END) || strchr(e->d_name, '@'))
			continue;
		grown = realloc(names, (n + 2) * sizeof(*names));
		if (!grown)
			continue;
		names = grown;
		names[n] = strndup(e->d_name, strlen(e->d_name) - strlen(END));
		n += !!names[n];
		names[n] = NULL;
	}
	closedir(d);
	if (!n) {
		free(names);
		return err_set(err, -ENOENT, "%s: there are no fragments", dir);
	}
	qsort(names, n, sizeof(*names), by_text);
	*ret = names;
	return 0;
}

void fragment_names_free(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}

char *fragment_text(const struct fragment *f)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (unsigned int i = 0; i < f->asked.n; i++) {
		const struct kernel_option *o = &f->asked.option[i];

		if (strcmp(o->value, "n") != 0)
			fprintf(out, "CONFIG_%s=%s\n", o->name, o->value);
		else
			fprintf(out, "# CONFIG_%s is not set\n", o->name);
	}
	fclose(out);
	return text;
}

static bool makes_static(const struct fragment *f)
{
	for (unsigned int i = 0; i < f->nmake; i++)
		if (!strcmp(f->make[i], "mod2yesconfig"))
			return true;
	return false;
}

void fragment_static(struct fragment *f)
{
	for (unsigned int i = 0; i < f->asked.n && makes_static(f); i++) {
		char *value = f->asked.option[i].value;

		if (!strcmp(value, "m"))
			*value = 'y';
	}
}

/* A target may have made y of m. */
static bool as_asked(const struct fragment *f, const struct kernel_option *o, const char *got)
{
	return !strcmp(o->value, got) || (!strcmp(o->value, "m") && !strcmp(got, "y") && makes_static(f));
}

int fragment_check(const struct fragment *f, const struct kernel_config *final,
		   const struct kernel_option **ret_option, struct err *err)
{
	const struct kernel_option *first = NULL;

	for (unsigned int i = 0; i < f->asked.n; i++) {
		const struct kernel_option *o = &f->asked.option[i];

		if (!as_asked(f, o, kernel_config_value(final, o->name)) && (!first || o->line < first->line))
			first = o;
	}
	*ret_option = first;
	if (!first)
		return 0;
	return err_set(err, -EINVAL, "%s:%u: CONFIG_%s=%s can't be had: the kernel's config has %s",
		       first->section, first->line, first->name, first->value,
		       kernel_config_value(final, first->name));
}
