// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_sink.c - `kpps sink`: count what is in a capture file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"
#include "run/commands.h"
#include "run/impair_option.h"
#include "sink/sink.h"

struct sink_options {
	const char *read, *impair;
	u64 run, sent;
	bool unsigned_ok, json;
};

static int fail(const struct err *err)
{
	fprintf(stderr, "kpps sink: %s\n", err->text);
	return err->code == -ENOMEM ? EXIT_CANT_RUN : EXIT_BAD_INPUT;
}

/*
 * What was sent is known to the sender only: --sent, or else a stream is taken
 * to reach from its lowest index received to its highest.
 */
static void record_streams(struct trial_record *r, const struct sink *s)
{
	struct sink_stream_report st;
	u64 first = ~0ULL, last = 0;

	for (unsigned int id = 0; id < KPPS_STREAMS_MAX; id++) {
		struct stream_record *to = &r->stream[r->nstreams];

		sink_stream_report(s, id, &st);
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
	}
	r->elapsed_ns = r->nstreams ? last - first : 0;
}

static void record_fill(struct trial_record *r, const struct sink *s, u64 sent)
{
	struct sink_report report;

	record_streams(r, s);
	if (sent) {
		r->intended = sent;
		if (r->nstreams == 1) {
			r->stream[0].intended = r->stream[0].sent = sent;
			r->stream[0].lost = sent > r->received ? sent - r->received : 0;
		}
	}
	r->sent = r->intended;
	r->lost = r->intended > r->received ? r->intended - r->received : 0;
	sink_report(s, &report);
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

static int print(const struct trial_record *r, const struct sink_options *opt,
		 const struct port *port)
{
	json_t *json;
	int ret;

	if (!opt->json) {
		print_human(r);
		impair_option_print(opt->impair, port, stdout);
		return EXIT_DONE;
	}
	json = record_json(r);
	if (!json) {
		fprintf(stderr, "kpps sink: out of memory\n");
		return EXIT_CANT_RUN;
	}
	ret = json_dumpf(json, stdout, JSON_COMPACT) || putchar('\n') == EOF;
	json_decref(json);
	return ret ? EXIT_CANT_RUN : EXIT_DONE;
}

static int run(const void *options, int nargs __unused, char **args __unused)
{
	const struct sink_options *opt = options;
	struct sink_config config = {
		.run = (u32)opt->run, .streams = ~0ULL, .node = -1,
		.unsigned_streams = opt->unsigned_ok ? ~0ULL : 0,
	};
	struct trial_record *r;
	struct err err = { 0 };
	struct port *port;
	struct sink *s;
	int ret, status = EXIT_CANT_RUN;

	if (!opt->read) {
		fprintf(stderr, "kpps sink: --read FILE is missing (see \"kpps help sink\")\n");
		return EXIT_BAD_INPUT;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		fprintf(stderr, "kpps sink: out of memory\n");
		return EXIT_CANT_RUN;
	}
	snprintf(r->phase, sizeof(r->phase), "sink");
	r->valid = true;
	hist_init(&r->latency);
	hist_init(&r->departure);
	if (port_pcap_open_read(opt->read, false, &port, &err)) {
		status = fail(&err);
		goto free_record;
	}
	if (impair_option_open(opt->impair, &port, &err) ||
	    sink_create(&config, port, &s, &err)) {
		status = fail(&err);
		goto close_port;
	}
	do
		ret = sink_poll(s);
	while (ret >= 0);
	if (ret != -ENODATA) {
		fprintf(stderr, "kpps sink: %s\n",
			port_error(port) ? port_error(port)->text : strerror(-ret));
		status = EXIT_BAD_INPUT;
		goto destroy_sink;
	}
	record_fill(r, s, opt->sent);
	status = print(r, opt, port);

destroy_sink:
	sink_destroy(s);
close_port:
	port_close(port);
free_record:
	free(r);
	return status;
}

#define OPT(type_, name_, letter_, field_, unit_, metavar_, min_, max_, help_) \
	{ .name = name_, .letter = letter_, .type = type_, .unit = unit_, .metavar = metavar_, \
	  .min = min_, .max = max_, .offset = offsetof(struct sink_options, field_), .help = help_ }

static const struct option_def options[] = {
	OPT(OPTION_STRING, "read", 'r', read, UNIT_NONE, "FILE", 0, 0, "capture to read (pcap or pcapng)"),
	OPT(OPTION_U64, "run", 0, run, UNIT_COUNT, "N", 0, KPPS_RUNS_MAX - 1,
	    "run number to expect in signatures; others are foreign"),
	OPT(OPTION_U64, "sent", 'n', sent, UNIT_COUNT, "N", 0, 1e15,
	    "frames that were sent; otherwise from the lowest to the highest index received"),
	OPT(OPTION_FLAG, "unsigned", 'u', unsigned_ok, UNIT_NONE, NULL, 0, 0,
	    "count frames too short for a signature as unsigned, not as foreign"),
	OPT(OPTION_STRING, "impair", 0, impair, UNIT_NONE, IMPAIR_METAVAR, 0, 0, IMPAIR_HELP),
	OPT(OPTION_FLAG, "json", 'j', json, UNIT_NONE, NULL, 0, 0,
	    "print one JSON object with the keys of trials.jsonl"),
	{ 0 },
};

const struct command cmd_sink = {
	.name = "sink",
	.args = "--read FILE [OPTION...]",
	.summary = "count what arrived, from the test signatures in a capture",
	.text = "Read a capture and count the frames that carry a test signature: received, lost, "
		"duplicated, reordered (RFC 4737), and frames that are corrupted or foreign.\n\n"
		"Loss: only the sender knows what was sent. With --sent N, lost is N less what was "
		"received. Without it a stream is taken to reach from its lowest index received to its "
		"highest, and lost is what is missing between them: frames lost at either end are not "
		"seen. Indices that arrive more than 2^20 below the highest are late and stay lost.",
	.examples = "kpps gen --count 10k --write sent.pcap\ta capture to count\n"
		    "kpps sink --read sent.pcap\tper stream, what arrived\n"
		    "kpps sink --read sent.pcap --sent 10k --impair drop=1%,duplicate=0.5%"
		    "\tthe same after losing and doubling some\n",
	.options = options,
	.options_size = sizeof(struct sink_options),
	.run = run,
};
