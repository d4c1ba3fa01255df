/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * results.h - the results directory of a run on disk: who may write what when,
 * so that a kill -9 at any moment leaves something `--resume` can go on from.
 * The format is doc/results.md. What the JSON objects say is summary.c's and
 * environment.c's business; here are only files.
 *
 * Order of life: results_create (or results_open to resume), then for every
 * trial results_trial (on disk when it returns), results_summary after every
 * change of a point, results_close. One thread.
 */
#ifndef KPPS_RESULTS_H
#define KPPS_RESULTS_H

#include <jansson.h>

#include "lib/err.h"
#include "lib/record.h"

struct results;

/*
 * results_create - make the directory @dir, or results/NAME-YYYYMMDDTHHMMSS
 * when @dir is NULL, and put the scenario text into it. An existing directory
 * must be empty.
 */
int results_create(const char *dir, const char *name, const char *scenario,
		   struct results **ret_results, struct err *err);

/*
 * results_open - an existing directory, to go on. Cuts an incomplete last line
 * off trials.jsonl. -ENOENT when @dir is no results directory.
 */
int results_open(const char *dir, struct results **ret_results, struct err *err);
void results_close(struct results *r);

const char *results_dir(const struct results *r);
/* results_path - of @file in the directory; @buf of PATH_MAX bytes. */
const char *results_path(const struct results *r, const char *file, char *buf);
/* The scenario text and its length, malloc'ed. */
int results_scenario(const struct results *r, char **ret_text, size_t *ret_len,
		     struct err *err);

/* results_trial - number @rec, append it, sync it. */
int results_trial(struct results *r, struct trial_record *rec, struct err *err);
/* results_write_json - replace @file ("summary.json") whole, never half. */
int results_write_json(struct results *r, const char *file, const json_t *json,
		       struct err *err);
/* results_read_json - a new reference; -ENOENT when there is no such file. */
int results_read_json(const struct results *r, const char *file, json_t **ret_json,
		      struct err *err);
/* results_trials_of - records of @attempt at @point in order, a new array; for resume. */
int results_trials_of(const struct results *r, const char *point, unsigned int attempt,
		      json_t **ret_array, struct err *err);

#endif
