// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_run.c - `kpps run`: read the scenario, measure every point, write the
 * report, print the table. A signal sets a flag that the trial in progress and
 * this loop look at, so everything is undone in order and what was measured is
 * kept.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report.h"
#include "run/commands.h"
#include "run/environment.h"
#include "run/measure.h"
#include "run/stop.h"
#include "run/summary.h"
#include "run/table.h"
#include "run/testbed.h"

struct run_options {
	const char *output;
	struct option_strings sets, i_know;
	const char *resume;
	bool quiet, no_report;
};

static const struct option_def run_options[] = {
	{ "output", 'o', OPTION_STRING, UNIT_NONE, "DIR",
	  "results directory to make; default results/NAME-YYYYMMDDTHHMMSS",
	  offsetof(struct run_options, output), 0, 0 },
	{ "set", 's', OPTION_STRINGS, UNIT_NONE, "KEY=VALUE",
	  "change a key of the scenario; may be given many times",
	  offsetof(struct run_options, sets), 0, 0 },
	{ "resume", 0, OPTION_STRING, UNIT_NONE, "DIR",
	  "go on with an interrupted run; finished points are kept",
	  offsetof(struct run_options, resume), 0, 0 },
	{ "i-know", 0, OPTION_STRINGS, UNIT_NONE, "PORT",
	  "testbed wire: take this port although the host uses it, whatever that cuts off",
	  offsetof(struct run_options, i_know), 0, 0 },
	{ "quiet", 'q', OPTION_FLAG, UNIT_NONE, NULL, "show no progress",
	  offsetof(struct run_options, quiet), 0, 0 },
	{ "no-report", 0, OPTION_FLAG, UNIT_NONE, NULL, "write no report.html",
	  offsetof(struct run_options, no_report), 0, 0 },
	{ 0 },
};

static int exit_status_of(int rc)
{
	switch (rc) {
	case -EINVAL: case -ENOENT: case -ERANGE: case -EEXIST: case -ENAMETOOLONG:
		return EXIT_BAD_INPUT;
	default:
		return EXIT_CANT_RUN;
	}
}

static int complain(const struct err *err, int rc)
{
	fprintf(stderr, "kpps run: %s\n", err->text[0] ? err->text : strerror(-rc));
	return exit_status_of(rc);
}

static void report_problem(void *arg, const char *sentence)
{
	unsigned int *n = arg;

	++*n;
	fprintf(stderr, "%s\n", sentence);
}

/* Every testbed of the plan, before the first point: a late no costs most. */
static int probe_testbeds(const struct plan *plan, struct err *err)
{
	const char *last = "";
	unsigned int i;

	for (i = 0; i < plan->npoints; i++) {
		const char *name = plan->point[i].testbed;
		const struct testbed_ops *ops = testbed_find(name);
		int rc;

		if (!strcmp(name, last))
			continue;
		last = name;
		if (!ops)
			return err_set(err, -ENOENT, "no testbed \"%s\"", name);
		rc = ops->probe(err);
		if (rc)
			return rc;
	}
	return 0;
}

/* Can any point run here? Those that can't are said in their turn, unless all are. */
static int probe_points(const struct plan *plan, struct err *err)
{
	struct err first = { 0 };
	unsigned int i;

	for (i = 0; i < plan->npoints; i++) {
		const struct testbed_ops *ops = testbed_find(plan->point[i].testbed);
		struct err *why = first.code ? NULL : &first;

		if (!ops->probe_point || !ops->probe_point(&plan->point[i], why))
			return 0;
	}
	*err = first;
	return err->code;
}

static int open_results(const struct run_options *o, struct plan *plan, struct measure *m,
			struct err *err)
{
	json_t *environment, *earlier = NULL;
	char id[ENVIRONMENT_ID] = "";
	struct clk clk;
	int rc = 0;

	clk_init(&clk, false);
	environment = environment_capture(plan, &clk);
	if (environment)
		environment_id(environment, id);
	m->summary = summary_create(plan, id);
	if (!environment || !m->summary) {
		rc = err_set(err, -ENOMEM, "out of memory");
		goto out;
	}
	if (!m->results)
		rc = results_create(o->output, plan->name, plan->text, &m->results, err);
	else if (!results_read_json(m->results, "summary.json", &earlier, NULL))
		rc = summary_adopt(m->summary, earlier, err);
	if (!rc)
		rc = results_write_json(m->results, "environment.json", environment, err);
	if (!rc)
		rc = results_write_json(m->results, "summary.json", m->summary, err);
out:
	json_decref(earlier);
	json_decref(environment);
	return rc;
}

/*
 * Round by round, and after the last one more: a point that ended because the
 * source was disturbed three times in a row is measured once more after all the
 * others, for what disturbs a machine often passes.
 */
static int measure_all(struct measure *m, struct err *err)
{
	unsigned int i, attempt, rounds = m->plan->rounds;
	int rc = 0;

	for (attempt = 1; attempt <= rounds + 1; attempt++) {
		for (i = 0; i < m->plan->npoints && !rc && !stop_wanted; i++) {
			double expected_s = plan_point_seconds(&m->plan->point[i]);
			bool wanted = summary_wants(m->summary, i, attempt);

			if (wanted)
				progress_attempt(&m->progress, attempt, attempt > rounds ? expected_s : 0);
			if (wanted)
				rc = measure_point(m, i, attempt, err);
			else if (attempt <= rounds)
				progress_kept(&m->progress, expected_s);
		}
	}
	progress_finish(&m->progress);
	return stop_wanted ? -EINTR : rc;
}

static double plan_seconds(const struct plan *plan)
{
	double s = 0;
	unsigned int i;

	for (i = 0; i < plan->npoints; i++)
		s += plan_point_seconds(&plan->point[i]);
	return plan->rounds * s;
}

/* The table, the report, and what the run comes to. */
static int conclude(const struct run_options *o, struct measure *m, bool stopped)
{
	const char *dir = results_dir(m->results);
	char path[PATH_MAX];
	struct err err = { 0 };
	int rc;

	summary_finish(m->summary);
	rc = results_write_json(m->results, "summary.json", m->summary, &err);
	if (rc)
		return complain(&err, rc);
	table_print(m->summary, stdout);
	if (o->no_report) {
		printf("results: %s\n", dir);
	} else {
		rc = report_write(dir, &err);
		if (rc)
			return complain(&err, rc);
		printf("report: %s\n", results_path(m->results, "report.html", path));
	}
	if (stopped)
		fprintf(stderr, "kpps run: stopped; go on with: kpps run --resume %s\n", dir);
	return stopped || summary_count(m->summary, "failed") ? EXIT_INVALID : EXIT_DONE;
}

static int run_plan(const struct run_options *o, struct plan *plan, struct results *results)
{
	struct measure m = { .plan = plan, .results = results, .stop = &stop_wanted };
	char dir[PATH_MAX];
	struct err err = { 0 };
	int rc, status;

	rc = probe_testbeds(plan, &err);
	if (!rc && probe_points(plan, &err)) {
		fprintf(stderr, "kpps run: %s\n", err.text);
		status = EXIT_CANT_RUN;
		goto out;
	}
	if (!rc)
		rc = open_results(o, plan, &m, &err);
	if (rc) {
		status = complain(&err, rc);
		goto out;
	}
	/* for commands of the user's: dut.setup and its like */
	if (realpath(results_dir(m.results), dir))
		setenv("KPPS_RESULTS", dir, true);
	progress_init(&m.progress, stderr, o->quiet, plan->npoints, plan_seconds(plan));
	rc = measure_all(&m, &err);
	if (rc && rc != -EINTR)
		status = complain(&err, rc);
	else
		status = conclude(o, &m, rc == -EINTR);
out:
	json_decref(m.summary);
	results_close(m.results);
	return status;
}

/* --i-know as the key it stands for, so that it is kept with the results. */
static int add_i_know(struct option_strings *sets, const struct option_strings *ports,
		      char *text, size_t size)
{
	size_t len = (size_t)snprintf(text, size, "wire.i_know=[");
	unsigned int i;

	if (!ports->n)
		return 0;
	for (i = 0; i < ports->n && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s\"%s\"", i ? ", " : "", ports->v[i]);
	if (len < size)
		len += (size_t)snprintf(text + len, size - len, "]");
	if (len >= size || sets->n == ARRAY_SIZE(sets->v))
		return -E2BIG;
	sets->v[sets->n++] = text;
	return 0;
}

static int cmd_run_main(const void *options, int nargs, char **args)
{
	const struct run_options *o = options;
	struct option_strings sets = o->sets;
	struct results *results = NULL;
	char path[PATH_MAX] = "", i_know[1024], *text = NULL;
	struct err err = { 0 };
	struct plan *plan;
	unsigned int problems = 0;
	size_t len = 0;
	int rc, status;

	if (!o->resume == !nargs || (o->resume && (o->output || o->sets.n || o->i_know.n))) {
		fprintf(stderr, "kpps run: give a scenario file, or --resume DIR alone\n");
		return EXIT_BAD_INPUT;
	}
	if (add_i_know(&sets, &o->i_know, i_know, sizeof(i_know))) {
		fprintf(stderr, "kpps run: too many --set and --i-know\n");
		return EXIT_BAD_INPUT;
	}
	if (o->resume) {
		rc = results_open(o->resume, &results, &err);
		if (!rc)
			rc = results_scenario(results, &text, &len, &err);
		if (rc) {
			results_close(results);
			return complain(&err, rc);
		}
		results_path(results, "scenario.yaml", path);
	} else {
		snprintf(path, sizeof(path), "%s", args[0]);
	}
	rc = plan_read(path, text, len, sets.v, sets.n, report_problem, &problems, &plan);
	free(text);
	if (rc) {
		if (!problems)
			fprintf(stderr, "kpps run: cannot read \"%s\": %s\n", path, strerror(-rc));
		results_close(results);
		return exit_status_of(rc);
	}
	stop_on_signals();
	status = run_plan(o, plan, results);
	plan_free(plan);
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.args = "SCENARIO [OPTION…]",
	.summary = "measure every point of a scenario",
	.text = "Reads the scenario, measures its points one after the other, and writes a results "
		"directory; at the end it prints a table and the path of the report.\n\n"
		"SIGINT ends the run after undoing what the testbed set up; what was measured is kept "
		"and shown, and --resume goes on from there, as it does after a crash: finished points "
		"are kept, recorded trials of the one that was running are used again.\n\n"
		"Exit status: 0 every point was measured; 2 the scenario or an option is wrong; 3 it "
		"can't run here, or the results can't be written; 4 a point ended early or the run was "
		"stopped (what was measured is kept).",
	.examples = "kpps run scenarios/quickstart.yaml\tmeasure the feature ladder\n"
		    "kpps run scenarios/quickstart.yaml --set preset=standard -o results/today\t"
		    "the same, longer, into a directory of your own\n",
	.options = run_options,
	.min_args = 0,
	.max_args = 1,
	.options_size = sizeof(struct run_options),
	.run = cmd_run_main,
};
