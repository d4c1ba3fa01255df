// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report.c - make a report: read the directory, find what was varied, draw,
 * write the page under a temporary name and rename it, so that a reader never
 * sees half of one.
 */
#include "analysis/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report_parts.h"
#include "analysis/report_open.h"
#include "analysis/text.h"

static void add_flag(struct report *rep, const char *flag)
{
	unsigned int i;

	for (i = 0; i < rep->nflags; i++)
		if (!strcmp(rep->flag[i], flag))
			return;
	if (rep->nflags < REPORT_FLAGS_MAX)
		rep->flag[rep->nflags++] = flag;
}

static void collect_flags(struct report *rep)
{
	const struct res_dir *r = rep->r;
	unsigned int i, j;

	for (i = 0; i < r->npoints; i++)
		for (j = 0; j < r->point[i].nflags; j++)
			add_flag(rep, r->point[i].flag[j]);
	rep->common = ~0u;
	for (i = 0; i < r->npoints; i++)
		if (strcmp(r->point[i].status, "pending") != 0)
			rep->common &= report_flag_bits(rep, &r->point[i]);
}

int report_open(const struct res_dir *r, struct report **ret_rep, struct err *err)
{
	struct report *rep = calloc(1, sizeof(*rep));
	int rc;

	if (!rep) {
		err_set(err, -ENOMEM, "%s: out of memory", r->dir);
		return -ENOMEM;
	}
	rep->r = r;
	text_count_instructions(res_all_have_flag(r, "instructions"));
	rc = axes_find(r, &rep->axes, err);
	if (rc) {
		free(rep);
		return rc;
	}
	rep->measure = report_choose_measure(rep);
	collect_flags(rep);
	*ret_rep = rep;
	return 0;
}

void report_close(struct report *rep)
{
	text_count_instructions(false);
	if (!rep)
		return;
	axes_release(&rep->axes);
	free(rep);
}

/* The plot that takes a row of its own: the ladder, right under the caveats. */
static int write_hero(const struct report *rep, FILE *out, struct err *err)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < rep->nplots; i++)
		if (rep->plot[i].wide)
			rc = report_html_plot(rep, &rep->plot[i], out, err);
	return rc;
}

static int write_page(const struct report *rep, FILE *out, struct err *err)
{
	int rc;

	report_html_begin(rep, out);
	report_html_caveats(rep, out);
	fputs("<main>\n", out);
	rc = write_hero(rep, out, err);
	if (rc)
		return rc;
	report_html_ladder(rep, out);
	rc = report_html_plots(rep, out, err);
	if (rc)
		return rc;
	report_html_profile(rep, out);
	report_html_points(rep, out);
	report_html_trials(rep, out);
	report_html_environment(rep, out);
	report_html_method(rep, out);
	fputs("</main>\n", out);
	return report_html_end(rep, out, err);
}

static int write_file(const struct report *rep, const char *path, struct err *err)
{
	char *temporary;
	FILE *out;
	int rc;

	if (asprintf(&temporary, "%s.tmp", path) < 0)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	out = fopen(temporary, "we");
	if (!out) {
		rc = err_set(err, -errno, "%s: %s", temporary, strerror(errno));
		goto err_free_path;
	}
	rc = write_page(rep, out, err);
	if (ferror(out) && !rc)
		rc = err_set(err, -EIO, "%s: can't be written", temporary);
	if (fclose(out) && !rc)
		rc = err_set(err, -EIO, "%s: can't be written: %s", temporary, strerror(errno));
	if (!rc && rename(temporary, path))
		rc = err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (rc)
		unlink(temporary);
err_free_path:
	free(temporary);
	return rc;
}

int report_write_to(const char *dir, const char *path, struct err *err)
{
	struct report *rep = NULL;
	struct res_dir *r;
	int rc;

	rc = res_load(dir, &r, err);
	if (rc)
		return rc;
	rc = report_open(r, &rep, err);
	if (!rc)
		rc = report_plots(rep, err);
	if (!rc)
		rc = write_file(rep, path, err);
	report_close(rep);
	res_unload(r);
	return rc;
}

int report_write(const char *dir, struct err *err)
{
	char *path;
	int rc;

	if (asprintf(&path, "%s/report.html", dir) < 0)
		return err_set(err, -ENOMEM, "%s: out of memory", dir);
	rc = report_write_to(dir, path, err);
	free(path);
	return rc;
}
