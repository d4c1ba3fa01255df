// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * csv.c - a results directory as one table for a spreadsheet or R. The columns
 * are: name, one for each swept key, status, figures, flags.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "analysis/report.h"

static void csv_text(FILE *out, const char *text)
{
	const char *c;

	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (c = text; *c; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void csv_number(FILE *out, double v)
{
	if (!isnan(v))
		fprintf(out, ",%.10g", v);
	else
		fputc(',', out);
}

/* The @n-th key any point has, in order of appearance; NULL after the last. */
static const char *swept_key(const struct res_dir *r, unsigned int n)
{
	unsigned int i, j, a, b;

	for (i = 0; i < r->npoints; i++) {
		for (j = 0; j < r->point[i].nparams; j++) {
			const char *key = r->point[i].param[j].key;
			bool seen = false;

			for (a = 0; a <= i && !seen; a++)
				for (b = 0; b < (a < i ? r->point[a].nparams : j) && !seen; b++)
					seen = !strcmp(r->point[a].param[b].key, key);
			if (!seen && !n--)
				return key;
		}
	}
	return NULL;
}

static void csv_row(const struct res_dir *r, const struct res_point *p, FILE *out)
{
	const char *key, *value;
	enum res_measure m;
	unsigned int i;

	csv_text(out, p->name);
	for (i = 0; (key = swept_key(r, i)); i++) {
		value = res_param_value(p, key);
		fputc(',', out);
		csv_text(out, value ? value : "");
	}
	fputc(',', out);
	csv_text(out, p->status);
	for (m = 0; m < RES_MEASURES; m++) {
		csv_number(out, p->figure[m].pps);
		csv_number(out, p->figure[m].lower);
		csv_number(out, p->figure[m].upper);
	}
	csv_number(out, p->figure[RES_MRR].stdev);
	csv_number(out, p->pdr_loss_ratio);
	csv_number(out, p->ns_per_packet);
	fputc(',', out);
	csv_text(out, p->ns_per_packet_of ? p->ns_per_packet_of : "");
	csv_number(out, p->selftest_pps);
	fprintf(out, ",%llu,%llu,", (unsigned long long)p->trials,
		(unsigned long long)p->invalid_trials);
	for (i = 0; i < p->nflags; i++) {
		fputs(i ? ";" : "", out);
		csv_text(out, p->flag[i]);
	}
	fputs("\r\n", out);
}

int report_csv(const struct res_dir *r, FILE *out)
{
	const char *key;
	unsigned int i;

	fputs("name", out);
	for (i = 0; (key = swept_key(r, i)); i++) {
		fputc(',', out);
		csv_text(out, key);
	}
	fputs(",status,ndr_pps,ndr_lower_pps,ndr_upper_pps,pdr_pps,pdr_lower_pps,pdr_upper_pps,"
	      "throughput_pps,throughput_lower_pps,throughput_upper_pps,mrr_pps,mrr_min_pps,mrr_max_pps,"
	      "mrr_stdev_pps,pdr_loss_ratio,ns_per_packet,ns_per_packet_of,selftest_pps,trials,"
	      "invalid_trials,flags\r\n",
	      out);
	for (i = 0; i < r->npoints; i++)
		csv_row(r, &r->point[i], out);
	return ferror(out) ? -EIO : 0;
}
