// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_compare.c - `kpps compare`: what changed between two results directories,
 * with an exit status for CI.
 */
#include <errno.h>

#include "analysis/compare.h"
#include "run/commands.h"

struct compare_options {
	double threshold;
	bool json, force;
};

static int run(const void *options, int nargs __unused, char **args)
{
	static const int status[] = {
		[COMPARE_PASS] = EXIT_DONE,
		[COMPARE_FAIL] = EXIT_REGRESSION,
		[COMPARE_FOREIGN] = EXIT_CANT_RUN,
		[COMPARE_INCOMPLETE] = EXIT_INVALID,
	};
	const struct compare_options *opt = options;
	struct compare_opts opts = { .threshold = opt->threshold, .force = opt->force };
	enum compare_outcome outcome = COMPARE_PASS;
	struct err err = { 0 };
	int rc;

	rc = compare_dirs(args[0], args[1], &opts, opt->json, stdout, &outcome, &err);
	if (rc) {
		fprintf(stderr, "kpps compare: %s\n", err.text);
		return rc == -ENOENT || rc == -EINVAL ? EXIT_BAD_INPUT : EXIT_CANT_RUN;
	}
	return status[outcome];
}

static const struct option_def options[] = {
	{ .name = "threshold", .letter = 't', .type = OPTION_NUMBER, .unit = UNIT_SHARE,
	  .metavar = "SHARE", .offset = offsetof(struct compare_options, threshold), .min = 0,
	  .max = 1, .help = "smallest change that counts, relative to A" },
	{ .name = "force", .type = OPTION_FLAG, .offset = offsetof(struct compare_options, force),
	  .help = "judge although the machines differ" },
	{ .name = "json", .type = OPTION_FLAG, .offset = offsetof(struct compare_options, json),
	  .help = "print the comparison as JSON" },
	{ 0 },
};

static const struct compare_options defaults = { .threshold = 0.02 };

const struct command cmd_compare = {
	.name = "compare",
	.args = "A B [OPTION...]",
	.summary = "what changed from A to B, point by point, with a verdict",
	.text = "Compare two results directories of the same scenario. Points are matched by their "
		"parameters; each figure gets one verdict: regression, improvement, no change, or "
		"too noisy to say, with the smallest change that its trials could have shown. MRR is "
		"judged by its trials (Welch's interval at 95 % and minimum description length), NDR, "
		"PDR and throughput by their bounds and the spread of the MRR trials.\n\n"
		"Differences of the environments come first. When the machines differ in anything but "
		"what may be under test (kernel, kpps, rulesets, libraries, tools), no change is called a regression.\n\n"
		"Exit status: 0 no regression, 1 at least one regression, 2 bad input, 3 something changed "
		"but so did the machine, 4 B lacks figures that A has, or there are none to compare.",
	.examples = "kpps compare results/before results/after\tverdict per point\n"
		    "kpps compare --threshold 5% --json results/before results/after\tfor a CI job\n",
	.options = options,
	.min_args = 2,
	.max_args = 2,
	.options_size = sizeof(struct compare_options),
	.defaults = &defaults,
	.run = run,
};
