// SPDX-License-Identifier: GPL-2.0-or-later
/* gen_record.c - the record of what `kpps gen` sent, and its two ways of printing it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/gen_parts.h"

int gen_fail(const struct err *err)
{
	fprintf(stderr, "kpps gen: %s\n", err->text);
	return err->code == -ENOMEM ? EXIT_CANT_RUN : EXIT_BAD_INPUT;
}

void gen_broken(const struct port *port, int ret)
{
	const struct err *err = port_error(port);

	fprintf(stderr, "kpps gen: %s\n", err ? err->text : strerror(-ret));
}

static void print_count(const char *name, u64 v)
{
	printf("%-12s %llu\n", name, (unsigned long long)v);
}

static void print_time(const char *name, u64 ns)
{
	char text[32];

	printf("%-12s %s\n", name, units_print(UNIT_TIME, (double)ns, text, sizeof(text)));
}

static void print_human(const struct trial_record *r, bool clocked)
{
	char text[32];

	if (r->point[0])
		printf("%-12s %s\n", "by", r->point);
	print_count("intended", r->intended);
	print_count("sent", r->sent);
	if (r->refused)
		print_count("refused", r->refused);
	print_count("bytes", r->stream[0].bytes_sent);
	print_time("elapsed", r->elapsed_ns);
	if (r->elapsed_ns)
		printf("%-12s %s\n", "rate",
		       units_print(UNIT_RATE, (double)r->sent * 1e9 / (double)r->elapsed_ns, text,
				   sizeof(text)));
	if (clocked && (r->rate_pps > 0 || r->late_max_ns))
		print_time("late at most", r->late_max_ns);
	if (clocked && r->rate_pps > 0) {
		print_time("error p50", hist_percentile(&r->departure, 50));
		print_time("error p99", hist_percentile(&r->departure, 99));
	}
}

int gen_print(const struct trial_record *r, const struct gen_options *opt, bool clocked)
{
	int ret;

	if (!opt->json) {
		print_human(r, clocked);
		return EXIT_DONE;
	}
	ret = record_print(r, stdout);
	if (!ret)
		return EXIT_DONE;
	fprintf(stderr, "kpps gen: the record: %s\n", strerror(-ret));
	return EXIT_CANT_RUN;
}

struct trial_record *gen_record_new(const struct gen_options *opt)
{
	struct trial_record *r = calloc(1, sizeof(*r));

	if (!r) {
		fprintf(stderr, "kpps gen: out of memory\n");
		return NULL;
	}
	snprintf(r->phase, sizeof(r->phase), "gen");
	r->rate_pps = opt->rate;
	r->duration_ns = opt->duration;
	r->valid = true;
	r->nstreams = 1;
	hist_init(&r->latency);
	hist_init(&r->departure);
	return r;
}

void gen_record_fill(struct trial_record *r, const struct source_report *report,
		     const struct source_stream_report *stream, const char *name)
{
	r->elapsed_ns = report->elapsed_ns;
	r->intended = report->intended;
	r->sent = report->sent;
	r->refused = report->refused;
	r->late_max_ns = report->late_max_ns;
	r->backlog_max = report->backlog_max;
	r->departure = report->departure;
	snprintf(r->stream[0].name, sizeof(r->stream[0].name), "%s", name);
	r->stream[0].intended = report->intended;
	r->stream[0].sent = stream->sent;
	r->stream[0].bytes_sent = stream->bytes;
}

void gen_record_replayed(struct trial_record *r)
{
	r->intended = r->sent;
	r->rate_pps = 0;
	snprintf(r->stream[0].name, sizeof(r->stream[0].name), "replay");
	r->stream[0].intended = r->sent;
	r->stream[0].sent = r->sent;
}
