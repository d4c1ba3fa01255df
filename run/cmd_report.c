// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_report.c - `kpps report`: write the report of results directories again,
 * or print them as CSV or Markdown.
 */
#include <errno.h>
#include <string.h>

#include "analysis/report.h"
#include "run/commands.h"

struct report_options {
	bool csv, markdown;
	const char *output;
};

static int fail(const struct err *err)
{
	fprintf(stderr, "kpps report: %s\n", err->text);
	return err->code == -ENOENT || err->code == -EINVAL ? EXIT_BAD_INPUT : EXIT_CANT_RUN;
}

static int print_table(const char *dir, const struct report_options *opt, FILE *out)
{
	struct err err = { 0 };
	struct res_dir *r;
	int rc;

	rc = res_load(dir, &r, &err);
	if (rc)
		return fail(&err);
	if (opt->csv)
		rc = report_csv(r, out) ? err_set(&err, -EIO, "can't write the table") : 0;
	else
		rc = report_markdown(r, out, &err);
	res_unload(r);
	return rc ? fail(&err) : EXIT_DONE;
}

static int print_tables(const struct report_options *opt, int nargs, char **args)
{
	FILE *out = stdout;
	int i, rc = EXIT_DONE;

	if (opt->output) {
		out = fopen(opt->output, "we");
		if (!out) {
			fprintf(stderr, "kpps report: %s: %s\n", opt->output, strerror(errno));
			return EXIT_CANT_RUN;
		}
	}
	for (i = 0; i < nargs && rc == EXIT_DONE; i++) {
		if (i && opt->markdown)
			fputc('\n', out);
		rc = print_table(args[i], opt, out);
	}
	if (opt->output && fclose(out) && rc == EXIT_DONE) {
		fprintf(stderr, "kpps report: %s: %s\n", opt->output, strerror(errno));
		rc = EXIT_CANT_RUN;
	}
	return rc;
}

static int write_pages(const struct report_options *opt, int nargs, char **args)
{
	struct err err = { 0 };
	int i, rc;

	for (i = 0; i < nargs; i++) {
		rc = opt->output ? report_write_to(args[i], opt->output, &err) :
				   report_write(args[i], &err);
		if (rc)
			return fail(&err);
		if (opt->output)
			puts(opt->output);
		else
			printf("%s/report.html\n", args[i]);
	}
	return EXIT_DONE;
}

static int run(const void *options, int nargs, char **args)
{
	const struct report_options *opt = options;

	if (opt->csv && opt->markdown) {
		fputs("kpps report: --csv and --markdown: choose one\n", stderr);
		return EXIT_BAD_INPUT;
	}
	if (opt->output && nargs > 1) {
		fputs("kpps report: --output takes one results directory\n", stderr);
		return EXIT_BAD_INPUT;
	}
	if (opt->csv || opt->markdown)
		return print_tables(opt, nargs, args);
	return write_pages(opt, nargs, args);
}

static const struct option_def options[] = {
	{ .name = "csv", .type = OPTION_FLAG, .offset = offsetof(struct report_options, csv),
	  .help = "print one row a point as CSV, figures in packets per second" },
	{ .name = "markdown", .type = OPTION_FLAG,
	  .offset = offsetof(struct report_options, markdown),
	  .help = "print verdict, ladder and points as Markdown tables" },
	{ .name = "output", .letter = 'o', .type = OPTION_STRING, .metavar = "FILE",
	  .offset = offsetof(struct report_options, output),
	  .help = "write to this file instead of standard output, or of DIR/report.html" },
	{ 0 },
};

const struct command cmd_report = {
	.name = "report",
	.args = "DIR... [--csv | --markdown] [-o FILE]",
	.summary = "write the report of a results directory again",
	.text = "Write report.html and plots/ into each results directory: one page that loads "
		"nothing from anywhere, with every plot, figure and caveat. Works on a run that has "
		"not finished too. Plots are drawn by gnuplot; without it the page has tables only. "
		"Each plot can be drawn again from its data: gnuplot plots/NAME.gp in the directory.",
	.examples = "kpps report results/quickstart-20260131T120000\twrite the page again\n"
		    "kpps report --csv results/quickstart-20260131T120000\tthe points as CSV\n",
	.options = options,
	.min_args = 1,
	.max_args = -1,
	.options_size = sizeof(struct report_options),
	.run = run,
};
