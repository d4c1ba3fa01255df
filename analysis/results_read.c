// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results_read.c - open a results directory: the files, the summary's head and
 * trials.jsonl; results_point.c reads a point. The parsed JSON stays alive in
 * the object because its strings are used in place.
 */
#include "analysis/results_read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/json_get.h"
#include "analysis/results_point.h"

#define LINE_MAX_BYTES (16u << 20)	/* a trial with full histograms is under 1 MiB */

static char *path_join(const char *dir, const char *file)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, file) < 0 ? NULL : path;
}

/* The whole of a text file; -ENOENT without a sentence: the caller decides. */
static int read_text(const char *path, char **ret_text, struct err *err)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	if (!f)
		return errno == ENOENT ? -ENOENT :
					 err_set(err, -errno, "%s: %s", path, strerror(errno));
	n = getdelim(&text, &size, '\0', f);
	if (n < 0 && ferror(f)) {
		free(text);
		fclose(f);
		return err_set(err, -EIO, "%s: can't be read", path);
	}
	fclose(f);
	if (n < 0) {
		free(text);
		text = strdup("");
	}
	if (!text)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	*ret_text = text;
	return 0;
}

static int read_json(const char *path, json_t **ret_json, struct err *err)
{
	json_error_t why;
	json_t *json;
	char *text = NULL;
	int rc;

	rc = read_text(path, &text, err);
	if (rc)
		return rc;
	json = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	free(text);
	if (!json)
		return err_set(err, -EINVAL, "%s:%d:%d: %s", path, why.line, why.column, why.text);
	if (!json_is_object(json)) {
		json_decref(json);
		return err_set(err, -EINVAL, "%s: expected a JSON object", path);
	}
	*ret_json = json;
	return 0;
}

static int check_schema(const char *path, const json_t *json, const char *want, struct err *err)
{
	struct json_get g = { .file = path, .err = err };
	const char *schema = json_get_string(&g, json, "schema");

	if (g.code)
		return g.code;
	if (strcmp(schema, want) != 0)
		return err_set(err, -EINVAL, "%s: schema: \"%s\" is not \"%s\": written by another version of kpps",
			       path, schema, want);
	return 0;
}

static void read_head(struct json_get *g, struct res_dir *r)
{
	const json_t *s = r->summary, *selftest;

	r->name = json_get_string(g, s, "name");
	r->question = json_get_string(g, s, "question");
	r->preset = json_get_string(g, s, "preset");
	r->started = json_get_string(g, s, "started");
	r->finished = json_get_string_or_null(g, s, "finished");
	r->testbed = json_get_string(g, s, "testbed");
	r->environment_id = json_get_string(g, s, "environment_id");
	r->complete = json_get_bool(g, s, "complete");
	r->points_total = json_get_u64(g, s, "points_total");
	r->rounds = json_get_u64(g, s, "rounds");
	selftest = json_get_object(g, s, "selftest");
	if (selftest) {
		size_t mark = json_get_push(g, "selftest", -1);

		r->selftest_pps = json_get_number_or_null(g, selftest, "pps");
		r->selftest_loss_ratio = json_get_number_or_null(g, selftest, "loss_ratio");
		json_get_pop(g, mark);
	}
}

static int read_summary(struct res_dir *r, const char *path, struct err *err)
{
	struct json_get g = { .file = path, .err = err };
	const json_t *points;
	unsigned int i;
	int rc;

	rc = read_json(path, &r->summary, err);
	if (rc == -ENOENT)
		return err_set(err, rc, "%s: no such file: is \"%s\" a results directory of kpps run?",
			       path, r->dir);
	if (rc)
		return rc;
	rc = check_schema(path, r->summary, RESULTS_SUMMARY_SCHEMA, err);
	if (rc)
		return rc;
	read_head(&g, r);
	points = json_get_array(&g, r->summary, "points");
	if (g.code)
		return g.code;
	r->point = calloc(json_array_size(points) + 1, sizeof(*r->point));
	if (!r->point)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	for (i = 0; i < json_array_size(points) && !g.code; i++) {
		r->npoints = i + 1;
		results_point_read(&g, json_array_get(points, i), i, &r->point[i]);
	}
	return g.code;
}

static void read_trial(struct json_get *g, const json_t *j, struct res_trial *t)
{
	const char *point = json_get_string(g, j, "point");
	const char *phase = json_get_string(g, j, "phase");
	const char *why = json_get_string(g, j, "why");

	t->number = json_get_u64(g, j, "number");
	t->rate_pps = json_get_number(g, j, "rate_pps");
	t->duration_ns = json_get_u64(g, j, "duration_ns");
	t->elapsed_ns = json_get_u64(g, j, "elapsed_ns");
	t->wall_ns = json_get_u64(g, j, "wall_ns");
	t->intended = json_get_u64(g, j, "intended");
	t->sent = json_get_u64(g, j, "sent");
	t->refused = json_get_u64(g, j, "refused");
	t->received = json_get_u64(g, j, "received");
	t->lost = json_get_u64(g, j, "lost");
	t->duplicated = json_get_u64(g, j, "duplicated");
	t->reordered = json_get_u64(g, j, "reordered");
	t->late = json_get_u64(g, j, "late");
	t->corrupted = json_get_u64(g, j, "corrupted");
	t->foreign = json_get_u64(g, j, "foreign");
	t->valid = json_get_bool(g, j, "valid");
	if (g->code)
		return;
	t->point = strdup(point);
	t->phase = strdup(phase);
	t->why = strdup(why);
	if (!t->point || !t->phase || !t->why)
		g->code = err_set(g->err, -ENOMEM, "%s: out of memory", g->file);
}

static int add_trial(struct res_dir *r, const char *where, const char *line, size_t len,
		     struct err *err)
{
	struct json_get g = { .file = where, .err = err };
	struct res_trial *grown;
	json_error_t why;
	json_t *j;

	if (!(r->ntrials & (r->ntrials + 1))) {	/* room for 1, 3, 7, … is used up */
		grown = realloc(r->trial, (2 * (size_t)r->ntrials + 1) * sizeof(*grown));
		if (!grown)
			return err_set(err, -ENOMEM, "%s: out of memory", where);
		r->trial = grown;
	}
	j = json_loadb(line, len, 0, &why);
	if (!j)
		return err_set(err, -EINVAL, "%s: %s", where, why.text);
	memset(&r->trial[r->ntrials], 0, sizeof(*r->trial));
	read_trial(&g, j, &r->trial[r->ntrials++]);
	json_decref(j);
	return g.code;
}

/* A line without its newline is no record: the run was killed while it wrote. */
static int read_trials(struct res_dir *r, const char *path, struct err *err)
{
	char *line = NULL, where[4096];
	unsigned int number = 0;
	size_t size = 0;
	FILE *f;
	ssize_t n;
	int rc = 0;

	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : err_set(err, -errno, "%s: %s", path, strerror(errno));
	while (!rc && (n = getline(&line, &size, f)) > 0) {
		snprintf(where, sizeof(where), "%s:%u", path, ++number);
		if (n > (ssize_t)LINE_MAX_BYTES)
			rc = err_set(err, -EINVAL, "%s: the line is longer than %u MiB", where,
				     LINE_MAX_BYTES >> 20);
		else if (line[n - 1] != '\n')
			r->torn = true;
		else
			rc = add_trial(r, where, line, (size_t)n, err);
	}
	free(line);
	fclose(f);
	return rc;
}

static int read_environment(struct res_dir *r, const char *path, struct err *err)
{
	struct json_get g = { .file = path, .err = err };
	int rc;

	rc = read_json(path, &r->environment, err);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	rc = check_schema(path, r->environment, RESULTS_ENVIRONMENT_SCHEMA, err);
	if (rc)
		return rc;
	json_get_string(&g, r->environment, "id");
	json_get_object(&g, r->environment, "stable");
	json_get_object(&g, r->environment, "momentary");
	return g.code;
}

static int read_scenario(struct res_dir *r, const char *path, struct err *err)
{
	int rc = read_text(path, &r->scenario, err);

	return rc == -ENOENT ? 0 : rc;
}

static int read_file(struct res_dir *r, const char *file,
		     int (*reader)(struct res_dir *, const char *, struct err *), struct err *err)
{
	char *path = path_join(r->dir, file);
	int rc;

	if (!path)
		return err_set(err, -ENOMEM, "%s: out of memory", r->dir);
	rc = reader(r, path, err);
	free(path);
	return rc;
}

int res_load(const char *dir, struct res_dir **ret_results, struct err *err)
{
	struct res_dir *r = calloc(1, sizeof(*r));
	size_t len = strlen(dir);
	int rc;

	if (!r)
		return err_set(err, -ENOMEM, "%s: out of memory", dir);
	while (len > 1 && dir[len - 1] == '/')
		len--;
	r->dir = strndup(dir, len);
	rc = r->dir ? 0 : err_set(err, -ENOMEM, "%s: out of memory", dir);
	if (!rc)
		rc = read_file(r, "summary.json", read_summary, err);
	if (!rc)
		rc = read_file(r, "environment.json", read_environment, err);
	if (!rc)
		rc = read_file(r, "trials.jsonl", read_trials, err);
	if (!rc)
		rc = read_file(r, "scenario.yaml", read_scenario, err);
	if (rc) {
		res_unload(r);
		return rc;
	}
	*ret_results = r;
	return 0;
}

void res_unload(struct res_dir *r)
{
	unsigned int i;

	if (!r)
		return;
	for (i = 0; i < r->ntrials; i++) {
		free(r->trial[i].point);
		free(r->trial[i].phase);
		free(r->trial[i].why);
	}
	free(r->trial);
	for (i = 0; i < r->npoints; i++)
		results_point_release(&r->point[i]);
	free(r->point);
	free(r->scenario);
	json_decref(r->environment);
	json_decref(r->summary);
	free(r->dir);
	free(r);
}
