// SPDX-License-Identifier: GPL-2.0-or-later
/* test_results.c - the results directory: what survives what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/results.h"

static char base[64];

static int make_base(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/kpps-results-XXXXXX");
	return mkdtemp(base) ? 0 : -1;
}

static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char p[PATH_MAX];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(p, sizeof(p), "%s/%s", path, e->d_name);
		if (unlink(p))
			remove_tree(p);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static int remove_base(void **state)
{
	(void)state;
	remove_tree(base);
	return 0;
}

static const char *in_base(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static struct results *create(const char *name)
{
	struct results *r = NULL;
	struct err err = { 0 };

	if (results_create(in_base(name), "ladder", "name: ladder\n", &r, &err))
		fail_msg("%s", err.text);
	return r;
}

static void add_trial(struct results *r, const char *point, double rate)
{
	static struct trial_record rec;

	memset(&rec, 0, sizeof(rec));
	hist_init(&rec.latency);
	hist_init(&rec.departure);
	snprintf(rec.point, sizeof(rec.point), "%s", point);
	snprintf(rec.phase, sizeof(rec.phase), "search");
	rec.attempt = 1;
	rec.rate_pps = rate;
	rec.valid = true;
	assert_int_equal(results_trial(r, &rec, NULL), 0);
}

static void append(const char *name, const char *text)
{
	FILE *f = fopen(in_base(name), "a");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static size_t trials_of(struct results *r, const char *point)
{
	json_t *array = NULL;
	size_t n;

	assert_int_equal(results_trials_of(r, point, 1, &array, NULL), 0);
	n = json_array_size(array);
	json_decref(array);
	return n;
}

static void the_scenario_is_kept_as_it_was(void **state)
{
	struct results *r = create("a");
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(results_scenario(r, &text, &len, NULL), 0);
	assert_string_equal(text, "name: ladder\n");
	assert_int_equal(len, 13);
	free(text);
	results_close(r);
}

static void a_directory_with_something_in_it_is_refused(void **state)
{
	struct results *r = NULL;
	struct err err = { 0 };

	(void)state;
	mkdir(in_base("full"), 0755);
	append("full/mine", "precious");
	assert_int_equal(results_create(in_base("full"), "n", "", &r, &err), -EEXIST);
	assert_non_null(strstr(err.text, "--resume"));
	assert_null(r);
}

static void an_empty_directory_and_missing_parents_are_fine(void **state)
{
	struct results *r = NULL;

	(void)state;
	mkdir(in_base("empty"), 0755);
	assert_int_equal(results_create(in_base("empty"), "n", "", &r, NULL), 0);
	results_close(r);
	assert_int_equal(results_create(in_base("x/y/z"), "n", "", &r, NULL), 0);
	results_close(r);
}

static void an_unwritable_place_is_an_error_with_its_name(void **state)
{
	struct results *r = NULL;
	struct err err = { 0 };

	(void)state;
	append("file", "");
	assert_int_equal(results_create(in_base("file/dir"), "n", "", &r, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, "file/dir"));
}

static void the_default_name_has_the_time_and_never_clashes(void **state)
{
	struct results *a = NULL, *b = NULL;
	int here = open(".", O_RDONLY);
	const char *name;

	(void)state;
	assert_int_equal(chdir(base), 0);
	assert_int_equal(results_create(NULL, "../evil name", "", &a, NULL), 0);
	assert_int_equal(results_create(NULL, "../evil name", "", &b, NULL), 0);
	assert_string_not_equal(results_dir(a), results_dir(b));
	name = results_dir(a);
	assert_int_equal(strncmp(name, "results/_._evil_name-", 21), 0);
	/* -YYYYMMDDTHHMMSS */
	assert_int_equal(strlen(name), 21 + 15);
	assert_int_equal(name[21 + 8], 'T');
	results_close(a);
	results_close(b);
	assert_int_equal(fchdir(here), 0);
	close(here);
}

static void trials_are_numbered_on_across_a_reopen(void **state)
{
	struct results *r = create("numbers");
	json_t *array;

	(void)state;
	add_trial(r, "p", 1);
	add_trial(r, "q", 2);
	results_close(r);
	assert_int_equal(results_open(in_base("numbers"), &r, NULL), 0);
	add_trial(r, "p", 3);
	assert_int_equal(results_trials_of(r, "p", 1, &array, NULL), 0);
	assert_int_equal(json_array_size(array), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(array, 1), "number")), 3);
	json_decref(array);
	results_close(r);
}

static void an_incomplete_last_line_is_cut(void **state)
{
	struct results *r = create("cut");

	(void)state;
	add_trial(r, "p", 1);
	add_trial(r, "p", 2);
	results_close(r);
	append("cut/trials.jsonl", "{\"point\":\"p\",\"number\":3,\"phase\":\"sea");
	assert_int_equal(results_open(in_base("cut"), &r, NULL), 0);
	assert_int_equal(trials_of(r, "p"), 2);
	add_trial(r, "p", 3);
	assert_int_equal(trials_of(r, "p"), 3);
	results_close(r);
}

static void nothing_but_half_a_line_is_cut_too(void **state)
{
	struct results *r = create("half");

	(void)state;
	results_close(r);
	append("half/trials.jsonl", "{\"poi");
	assert_int_equal(results_open(in_base("half"), &r, NULL), 0);
	assert_int_equal(trials_of(r, "p"), 0);
	results_close(r);
}

static void a_damaged_line_is_named(void **state)
{
	struct results *r = create("damaged");
	struct err err = { 0 };
	json_t *array = NULL;

	(void)state;
	add_trial(r, "p", 1);
	results_close(r);
	append("damaged/trials.jsonl", "{no json}\n");
	assert_int_equal(results_open(in_base("damaged"), &r, NULL), 0);
	assert_int_equal(results_trials_of(r, "p", 1, &array, &err), -EINVAL);
	assert_non_null(strstr(err.text, "trials.jsonl:2"));
	results_close(r);
}

static void no_results_directory_is_said_so(void **state)
{
	struct results *r = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(results_open(in_base("nowhere"), &r, &err), -ENOENT);
	mkdir(in_base("bare"), 0755);
	assert_int_equal(results_open(in_base("bare"), &r, &err), -ENOENT);
	assert_non_null(strstr(err.text, "scenario.yaml"));
}

static void json_is_replaced_whole_and_leaves_nothing_behind(void **state)
{
	struct results *r = create("json");
	json_t *one = json_pack("{s:i}", "n", 1), *two = json_pack("{s:i}", "n", 2), *got;
	struct stat st;

	(void)state;
	assert_int_equal(results_write_json(r, "summary.json", one, NULL), 0);
	assert_int_equal(results_write_json(r, "summary.json", two, NULL), 0);
	assert_int_equal(results_read_json(r, "summary.json", &got, NULL), 0);
	assert_true(json_equal(got, two));
	assert_int_equal(stat(in_base("json/.summary.json.tmp"), &st), -1);
	assert_int_equal(results_read_json(r, "other.json", &got, NULL), -ENOENT);
	json_decref(one);
	json_decref(two);
	json_decref(got);
	results_close(r);
}

static void a_rate_reads_back_exactly(void **state)
{
	struct results *r = create("exact");
	double rate = 29.64e6 * 0.987654321;
	struct trial_record *rec = malloc(sizeof(*rec));
	json_t *array;

	(void)state;
	add_trial(r, "p", rate);
	assert_int_equal(results_trials_of(r, "p", 1, &array, NULL), 0);
	assert_int_equal(record_from_json(json_array_get(array, 0), rec, NULL), 0);
	assert_true(rec->rate_pps == rate);
	json_decref(array);
	free(rec);
	results_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_scenario_is_kept_as_it_was),
		cmocka_unit_test(a_directory_with_something_in_it_is_refused),
		cmocka_unit_test(an_empty_directory_and_missing_parents_are_fine),
		cmocka_unit_test(an_unwritable_place_is_an_error_with_its_name),
		cmocka_unit_test(the_default_name_has_the_time_and_never_clashes),
		cmocka_unit_test(trials_are_numbered_on_across_a_reopen),
		cmocka_unit_test(an_incomplete_last_line_is_cut),
		cmocka_unit_test(nothing_but_half_a_line_is_cut_too),
		cmocka_unit_test(a_damaged_line_is_named),
		cmocka_unit_test(no_results_directory_is_said_so),
		cmocka_unit_test(json_is_replaced_whole_and_leaves_nothing_behind),
		cmocka_unit_test(a_rate_reads_back_exactly),
	};

	return cmocka_run_group_tests_name("results", tests, make_base, remove_base);
}
