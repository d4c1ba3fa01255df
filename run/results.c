// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results.c - the files of a results directory. Appending: one write of a whole
 * line, then fdatasync, so a crash leaves at most one incomplete last line.
 * Replacing: a temporary file, synced, renamed over the old one, the directory
 * synced. A struct results owns its descriptors; one thread uses it.
 */
#include "run/results.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX_MAX 1000		/* runs of one name that start in the same second */
#define TRIALS "trials.jsonl"
#define SCENARIO "scenario.yaml"

struct results {
	char dir[PATH_MAX - 64];	/* room for a file's name behind it */
	int dir_fd;
	int trials_fd;
	u64 number;			/* of the last record */
};

static int fail(struct err *err, int code, const char *doing, const char *path)
{
	return err_set(err, code, "cannot %s \"%s\": %s", doing, path, strerror(-code));
}

static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_whole(struct results *r, const char *file, const char *text, size_t len,
		       struct err *err)
{
	char tmp[64];
	int fd, rc;

	snprintf(tmp, sizeof(tmp), ".%s.tmp", file);
	fd = openat(r->dir_fd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail(err, -errno, "write", file);
	rc = write_all(fd, text, len);
	if (!rc && fsync(fd))
		rc = -errno;
	if (close(fd) && !rc)
		rc = -errno;
	if (!rc && renameat(r->dir_fd, tmp, r->dir_fd, file))
		rc = -errno;
	if (!rc && fsync(r->dir_fd))
		rc = -errno;
	return rc ? fail(err, rc, "write", file) : 0;
}

static int read_whole(int dir_fd, const char *file, char **ret_text, size_t *ret_len)
{
	int fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC), rc = 0;
	size_t len = 0, room = 1 << 16;
	char *text = NULL;

	if (fd < 0)
		return -errno;
	text = malloc(room);
	while (text) {
		ssize_t n = read(fd, text + len, room - len - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (room - len < 2) {
			char *bigger = realloc(text, room *= 2);

			if (!bigger) {
				free(text);
				text = NULL;
				break;
			}
			text = bigger;
		}
	}
	close(fd);
	if (!text)
		return -ENOMEM;
	if (rc) {
		free(text);
		return rc;
	}
	text[len] = '\0';
	*ret_text = text;
	*ret_len = len;
	return 0;
}

/* mkdir -p, except that the last one is made by mkdir itself. */
static int make_parents(const char *path)
{
	char part[PATH_MAX];
	char *p;

	snprintf(part, sizeof(part), "%s", path);
	for (p = part + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return 0;
}

static bool is_empty(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool empty = d;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			empty = false;
	if (d)
		closedir(d);
	return empty;
}

/* A scenario's name in a path: no slashes, no leading dot. */
static void safe_name(const char *name, char *buf, size_t size)
{
	size_t i;

	snprintf(buf, size, "%s", name[0] ? name : "run");
	for (i = 0; buf[i]; i++)
		if (buf[i] == '/' || (unsigned char)buf[i] <= ' ' || (!i && buf[i] == '.'))
			buf[i] = '_';
}

static int make_named(const char *name, char *ret_dir, size_t size, struct err *err)
{
	char safe[80], stamp[32];
	time_t now = time(NULL);
	unsigned int i;
	struct tm tm;

	safe_name(name, safe, sizeof(safe));
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", gmtime_r(&now, &tm));
	if (mkdir("results", 0755) && errno != EEXIST)
		return fail(err, -errno, "make the directory", "results");
	for (i = 1; i < SUFFIX_MAX; i++) {
		if (i == 1)
			snprintf(ret_dir, size, "results/%s-%s", safe, stamp);
		else
			snprintf(ret_dir, size, "results/%s-%s-%u", safe, stamp, i);
		if (!mkdir(ret_dir, 0755))
			return 0;
		if (errno != EEXIST)
			break;
	}
	return fail(err, -errno, "make the directory", ret_dir);
}

static int make_given(const char *dir, struct err *err)
{
	int rc = make_parents(dir);

	if (rc)
		return fail(err, rc, "make the directory", dir);
	if (!mkdir(dir, 0755))
		return 0;
	if (errno != EEXIST)
		return fail(err, -errno, "make the directory", dir);
	if (!is_empty(dir))
		return err_set(err, -EEXIST,
			       "\"%s\" is not empty: name another directory with -o, or go on with what is in it by --resume",
			       dir);
	return 0;
}

static int open_fds(struct results *r, struct err *err)
{
	r->dir_fd = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir_fd < 0)
		return fail(err, -errno, "open", r->dir);
	r->trials_fd = openat(r->dir_fd, TRIALS, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (r->trials_fd < 0)
		return fail(err, -errno, "open", TRIALS);
	return 0;
}

static struct results *results_new(void)
{
	struct results *r = calloc(1, sizeof(*r));

	if (r)
		r->dir_fd = r->trials_fd = -1;
	return r;
}

int results_create(const char *dir, const char *name, const char *scenario,
		   struct results **ret_results, struct err *err)
{
	struct results *r = results_new();
	int rc;

	if (!r)
		return err_set(err, -ENOMEM, "out of memory");
	if (dir) {
		if (strlen(dir) >= sizeof(r->dir)) {
			rc = err_set(err, -ENAMETOOLONG, "the directory's name is too long");
			goto err_close;
		}
		snprintf(r->dir, sizeof(r->dir), "%s", dir);
		rc = make_given(dir, err);
	} else {
		rc = make_named(name, r->dir, sizeof(r->dir), err);
	}
	if (!rc)
		rc = open_fds(r, err);
	if (!rc)
		rc = write_whole(r, SCENARIO, scenario, strlen(scenario), err);
	if (rc)
		goto err_close;
	*ret_results = r;
	return 0;

err_close:
	results_close(r);
	return rc;
}

/* The last number used, from the last line; cut what follows the last newline. */
static int find_end(struct results *r, struct err *err)
{
	char *text, *end, *line;
	json_t *json;
	size_t len;
	int rc = read_whole(r->dir_fd, TRIALS, &text, &len);

	if (rc)
		return fail(err, rc, "read", TRIALS);
	end = memrchr(text, '\n', len);
	end = end ? end + 1 : text;
	if (end != text + len && ftruncate(r->trials_fd, end - text)) {
		rc = fail(err, -errno, "cut the incomplete last line off", TRIALS);
		goto out;
	}
	if (end == text)
		goto out;
	end[-1] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	json = json_loads(line, 0, NULL);
	r->number = (u64)json_integer_value(json_object_get(json, "number"));
	json_decref(json);
out:
	free(text);
	return rc;
}

int results_open(const char *dir, struct results **ret_results, struct err *err)
{
	struct results *r = results_new();
	int rc;

	if (!r)
		return err_set(err, -ENOMEM, "out of memory");
	if (strlen(dir) >= sizeof(r->dir)) {
		rc = err_set(err, -ENAMETOOLONG, "the directory's name is too long");
		goto err_close;
	}
	snprintf(r->dir, sizeof(r->dir), "%s", dir);
	r->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir_fd < 0 || faccessat(r->dir_fd, SCENARIO, R_OK, 0)) {
		rc = err_set(err, -ENOENT, "\"%s\" is no results directory: %s", dir,
			     r->dir_fd < 0 ? strerror(errno) : "it has no " SCENARIO);
		goto err_close;
	}
	close(r->dir_fd);
	rc = open_fds(r, err);
	if (!rc)
		rc = find_end(r, err);
	if (rc)
		goto err_close;
	*ret_results = r;
	return 0;

err_close:
	results_close(r);
	return rc;
}

void results_close(struct results *r)
{
	if (!r)
		return;
	if (r->trials_fd >= 0)
		close(r->trials_fd);
	if (r->dir_fd >= 0)
		close(r->dir_fd);
	free(r);
}

const char *results_dir(const struct results *r)
{
	return r->dir;
}

const char *results_path(const struct results *r, const char *file, char *buf)
{
	snprintf(buf, PATH_MAX, "%s/%s", r->dir, file);
	return buf;
}

int results_scenario(const struct results *r, char **ret_text, size_t *ret_len,
		     struct err *err)
{
	int rc = read_whole(r->dir_fd, SCENARIO, ret_text, ret_len);

	return rc ? fail(err, rc, "read", SCENARIO) : 0;
}

int results_trial(struct results *r, struct trial_record *rec, struct err *err)
{
	json_t *json;
	char *line;
	size_t len;
	int rc;

	rec->number = ++r->number;
	json = record_json(rec);
	line = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!line)
		return err_set(err, -ENOMEM, "out of memory");
	len = strlen(line);
	line[len] = '\n';	/* over the terminator: the line is written by length */
	rc = write_all(r->trials_fd, line, len + 1);
	free(line);
	if (!rc && fdatasync(r->trials_fd))
		rc = -errno;
	return rc ? fail(err, rc, "append to", TRIALS) : 0;
}

int results_write_json(struct results *r, const char *file, const json_t *json,
		       struct err *err)
{
	char *text = json_dumps(json, JSON_INDENT(2));
	size_t len;
	int rc;

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	len = strlen(text);
	text[len] = '\n';
	rc = write_whole(r, file, text, len + 1, err);
	free(text);
	return rc;
}

int results_read_json(const struct results *r, const char *file, json_t **ret_json,
		      struct err *err)
{
	json_error_t why;
	json_t *json;
	char *text;
	size_t len;
	int rc = read_whole(r->dir_fd, file, &text, &len);

	if (rc)
		return fail(err, rc, "read", file);
	json = json_loadb(text, len, 0, &why);
	free(text);
	if (!json)
		return err_set(err, -EINVAL, "%s/%s:%d: %s", r->dir, file, why.line, why.text);
	*ret_json = json;
	return 0;
}

int results_trials_of(const struct results *r, const char *point, unsigned int attempt,
		      json_t **ret_array, struct err *err)
{
	unsigned int number = 0;
	json_t *array, *json;
	char *text, *line, *end;
	size_t len;
	int rc = read_whole(r->dir_fd, TRIALS, &text, &len);

	if (rc)
		return fail(err, rc, "read", TRIALS);
	array = json_array();
	/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): errno of a failed open is not 0 */
	for (line = text; (end = memchr(line, '\n', len - (size_t)(line - text))); line = end + 1) {
		json_error_t why;
		const char *name;

		number++;
		json = json_loadb(line, (size_t)(end - line), 0, &why);
		if (!json) {
			rc = err_set(err, -EINVAL, "%s/" TRIALS ":%u: %s", r->dir, number, why.text);
			json_decref(array);
			goto out;
		}
		name = json_string_value(json_object_get(json, "point"));
		if (name && !strcmp(name, point) &&
		    json_integer_value(json_object_get(json, "attempt")) == (json_int_t)attempt)
			json_array_append(array, json);
		json_decref(json);
	}
	*ret_array = array;
out:
	free(text);
	return rc;
}
