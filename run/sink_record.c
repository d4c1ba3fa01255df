// SPDX-License-Identifier: GPL-2.0-or-later
/* sink_record.c - the record of what `kpps sink` counted, and its two ways of printing it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/impair_option.h"
#include "run/sink_parts.h"

/* What takes longer than this from the sender to here came from another clock. */
#define LATENCY_MAX_NS 1000000000ULL

/*
 * Stamps and arrivals are CLOCK_MONOTONIC where frames were sent by hand on this
 * machine. Another machine's, or a capture's, differ by an uptime: then most frames
 * arrive before they were sent, or all of them long after. A few early ones are due
 * to arrivals that share a reading of the clock.
 */
static bool clock_is_ours(unsigned int id, const struct sink_stream_report *st)
{
	bool early = st->early > st->received / 2, long_ago = st->latency.min > LATENCY_MAX_NS;

	if (!early && !long_ago) {
		if (st->early)
			fprintf(stderr, "kpps sink: stream %u: %llu frames were stamped while a batch before them was read: their latency counts as 0\n",
				id, (unsigned long long)st->early);
		return true;
	}
	fprintf(stderr, "kpps sink: stream %u: no latency: its frames %s, so their stamps are of another clock: of another machine, or of a capture played again\n",
		id, early ? "arrive before they were sent" : "are all older than a second");
	return false;
}

struct trial_record *sink_record_new(void)
{
	struct trial_record *r = calloc(1, sizeof(*r));

	if (!r) {
		fprintf(stderr, "kpps sink: out of memory\n");
		return NULL;
	}
	snprintf(r->phase, sizeof(r->phase), "sink");
	r->valid = true;
	hist_init(&r->latency);
	hist_init(&r->departure);
	return r;
}

/*
 * What was sent is known to the sender only: --sent, or else a stream is taken
 * to reach from its lowest index received to its highest.
 */
static void record_streams(struct trial_record *r, const struct sink_counts *counts, bool latency)
{
	static struct sink_stream_report st;	/* with a histogram: large */
	u64 first = ~0ULL, last = 0;

	for (unsigned int id = 0; id < KPPS_STREAMS_MAX; id++) {
		struct stream_record *to = &r->stream[r->nstreams];

		if (counts->kernel)
			kernel_sink_stream_report(counts->kernel, id, &st);
		else
			sink_stream_report(counts->sink, id, &st);
		if (!st.received)
			continue;
		snprintf(to->name, sizeof(to->name), "%u", id);
		to->intended = to->sent = st.span;
		to->received = st.received;
		to->lost = st.span - st.received;
		to->duplicated = st.duplicated;
		to->reordered = st.reordered;
		to->late = st.late;
		to->bytes_sent = 0;
		to->bytes_received = st.bytes;
		r->intended += st.span;
		r->received += st.received;
		r->duplicated += st.duplicated;
		r->reordered += st.reordered;
		r->late += st.late;
		first = min(first, st.first_ns);
		last = max(last, st.last_ns);
		r->nstreams++;
		if (latency && clock_is_ours(id, &st))
			hist_merge(&r->latency, &st.latency);
	}
	r->elapsed_ns = r->nstreams ? last - first : 0;
}

void sink_record_fill(struct trial_record *r, const struct sink_counts *counts, u64 sent,
		      bool latency)
{
	struct sink_report report;

	record_streams(r, counts, latency);
	r->has_latency = r->latency.count > 0;
	if (sent) {
		r->intended = sent;
		if (r->nstreams == 1) {
			r->stream[0].intended = r->stream[0].sent = sent;
			r->stream[0].lost = sent > r->received ? sent - r->received : 0;
		}
	}
	r->sent = r->intended;
	r->lost = r->intended > r->received ? r->intended - r->received : 0;
	if (counts->kernel)
		kernel_sink_report(counts->kernel, &report);
	else
		sink_report(counts->sink, &report);
	r->corrupted = report.corrupted;
	r->foreign = report.foreign;
	r->unsigned_frames = report.unsigned_frames;
}

static void print_row(const char *name, const u64 *v, unsigned int n)
{
	printf("%-8s", name);
	for (unsigned int i = 0; i < n; i++)
		printf(" %12llu", (unsigned long long)v[i]);
	putchar('\n');
}

static void print_human(const struct trial_record *r)
{
	const u64 total[] = { r->sent, r->received, r->lost, r->duplicated, r->reordered, r->late };

	printf("%-8s %12s %12s %12s %12s %12s %12s\n", "stream", "sent", "received", "lost",
	       "duplicated", "reordered", "late");
	for (unsigned int i = 0; i < r->nstreams; i++) {
		const struct stream_record *st = &r->stream[i];
		const u64 v[] = { st->sent, st->received, st->lost, st->duplicated, st->reordered,
				  st->late };

		print_row(st->name, v, ARRAY_SIZE(v));
	}
	if (r->nstreams != 1)
		print_row("all", total, ARRAY_SIZE(total));
	printf("corrupted %llu, foreign %llu, unsigned %llu\n", (unsigned long long)r->corrupted,
	       (unsigned long long)r->foreign, (unsigned long long)r->unsigned_frames);
}

static void print_time(const char *name, u64 ns)
{
	char text[32];

	printf(" %s %s", name, units_print(UNIT_TIME, (double)ns, text, sizeof(text)));
}

/* Of what arrived while the sink looked on. */
static void print_times(const struct trial_record *r)
{
	const struct hist *h = &r->latency;
	char text[32];

	/* from the first arrival to the last lies one frame less */
	if (r->elapsed_ns)
		printf("rate %s over %.3f s, by %s\n",
		       units_print(UNIT_RATE, (double)(r->received - 1) * 1e9 / (double)r->elapsed_ns,
				   text, sizeof(text)),
		       (double)r->elapsed_ns / 1e9, r->point);
	else
		printf("by %s\n", r->point);
	if (r->has_latency) {
		fputs("latency", stdout);
		print_time("min", h->min);
		print_time("p50", hist_percentile(h, 50));
		print_time("p99", hist_percentile(h, 99));
		print_time("p99.9", hist_percentile(h, 99.9));
		print_time("max", h->max);
		putchar('\n');
	}
	if (!r->valid)
		printf("invalid: %s\n", r->why);
}

int sink_print(const struct trial_record *r, const struct sink_options *opt,
	       const struct port *port)
{
	int ret, done = r->valid ? EXIT_DONE : EXIT_INVALID;

	if (!opt->json) {
		print_human(r);
		if (r->point[0])
			print_times(r);
		if (port)
			impair_option_print(opt->impair, port, stdout);
		return done;
	}
	ret = record_print(r, stdout);
	if (!ret)
		return done;
	fprintf(stderr, "kpps sink: the record: %s\n", strerror(-ret));
	return EXIT_CANT_RUN;
}
