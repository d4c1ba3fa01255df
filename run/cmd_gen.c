// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_gen.c - `kpps gen`: a stream into a capture file, a capture file played
 * again, or a stream as fast as it goes into a port that keeps nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/source.h"
#include "lib/record.h"
#include "run/commands.h"
#include "run/impair_option.h"
#include "run/stream_options.h"

#define FRAME_ROOM 9216

struct gen_options {
	const char *write, *read, *port, *impair;
	bool fast, json;
	struct stream_options stream;
	double rate;
	u64 count, duration;
};

static int fail(const struct err *err)
{
	fprintf(stderr, "kpps gen: %s\n", err->text);
	return err->code == -ENOMEM ? EXIT_CANT_RUN : EXIT_BAD_INPUT;
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
	if (clocked && r->rate_pps > 0) {
		print_time("late at most", r->late_max_ns);
		print_time("error p50", hist_percentile(&r->departure, 50));
		print_time("error p99", hist_percentile(&r->departure, 99));
	}
}

static int print(const struct trial_record *r, const struct gen_options *opt, bool clocked)
{
	json_t *json;
	int ret;

	if (!opt->json) {
		print_human(r, clocked);
		return EXIT_DONE;
	}
	json = record_json(r);
	if (!json) {
		fprintf(stderr, "kpps gen: out of memory\n");
		return EXIT_CANT_RUN;
	}
	ret = json_dumpf(json, stdout, JSON_COMPACT) || putchar('\n') == EOF;
	json_decref(json);
	return ret ? EXIT_CANT_RUN : EXIT_DONE;
}

static struct trial_record *record_new(const struct gen_options *opt)
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

/* Poll until the plan is over; a memory port is emptied on the way. */
static int play(struct source *s, struct port *port, bool drain)
{
	struct frame f[PORT_BURST];
	int ret;

	for (;;) {
		ret = source_poll(s);
		if (ret < 0)
			return ret == -ENODATA ? 0 : ret;
		if (!drain)
			continue;
		ret = port_peek(port, f, PORT_BURST);
		if (ret > 0)
			ret = port_release(port, (unsigned int)ret);
		if (ret < 0)
			return ret;
	}
}

static void record_fill(struct trial_record *r, const struct source *s, const char *name)
{
	struct source_stream_report stream;
	struct source_report report;

	source_report(s, &report);
	source_stream_report(s, 0, &stream);
	r->elapsed_ns = report.elapsed_ns;
	r->intended = report.intended;
	r->sent = report.sent;
	r->refused = report.refused;
	r->late_max_ns = report.late_max_ns;
	r->backlog_max = report.backlog_max;
	r->departure = report.departure;
	snprintf(r->stream[0].name, sizeof(r->stream[0].name), "%s", name);
	r->stream[0].intended = report.intended;
	r->stream[0].sent = stream.sent;
	r->stream[0].bytes_sent = stream.bytes;
}

static int open_out(const struct gen_options *opt, struct port **ret_port, struct err *err)
{
	const struct port_memory_config memory = { .slots = 1024, .frame_max = FRAME_ROOM, .node = -1 };

	if (opt->write)
		return port_pcap_open_write(opt->write, ret_port, err);
	if (!strcmp(opt->port, "null"))
		return port_null_open(FRAME_ROOM, ret_port, err);
	if (!strcmp(opt->port, "memory"))
		return port_memory_open(&memory, ret_port, err);
	err_set(err, -EINVAL, "--port: unknown port \"%s\": known are null, memory", opt->port);
	return -EINVAL;
}

/* Say why @port returned @ret. */
static void broken(const struct port *port, int ret)
{
	const struct err *err = port_error(port);

	fprintf(stderr, "kpps gen: %s\n", err ? err->text : strerror(-ret));
}

/* A capture is complete only when its file could be closed. */
static int close_out(const struct gen_options *opt, struct port *port, int status)
{
	int ret = port_close(port);

	if (!ret || status != EXIT_DONE)
		return status;
	fprintf(stderr, "kpps gen: %s: %s\n", opt->write ? opt->write : opt->port, strerror(-ret));
	return EXIT_CANT_RUN;
}

static int generate(const struct gen_options *opt)
{
	struct source_stream stream = { .weight = 1 };
	struct source_config config = {
		.streams = &stream, .nstreams = 1, .rate_pps = opt->rate, .duration_ns = opt->duration,
		.count = opt->count, .wait = true, .virtual_time = opt->write,
	};
	struct trial_record *r;
	struct stream_spec spec;
	struct port *port = NULL;
	struct source *s;
	struct err err = { 0 };
	struct clk clk;
	int ret, status;

	if (!config.count && !config.duration_ns)
		config.count = max(opt->stream.flows, (u64)1);
	ret = stream_options_spec(&opt->stream, &spec, &err);
	if (!ret)
		ret = stream_build(&spec, &stream.stream, &err);
	if (ret)
		return fail(&err);
	r = record_new(opt);
	if (!r)
		return EXIT_CANT_RUN;
	status = EXIT_CANT_RUN;
	if (open_out(opt, &port, &err)) {
		status = fail(&err);
		goto free_record;
	}
	clk_init(&clk, false);
	config.clk = &clk;
	if (source_create(&config, port, &s, &err)) {
		status = fail(&err);
		goto close_port;
	}
	source_start(s, config.virtual_time ? 0 : clk_ns(&clk));
	ret = play(s, port, !opt->write && !strcmp(opt->port, "memory"));
	if (ret) {
		broken(port, ret);
		goto destroy_source;
	}
	record_fill(r, s, spec.name);
	status = print(r, opt, !config.virtual_time);

destroy_source:
	source_destroy(s);
close_port:
	status = close_out(opt, port, status);
free_record:
	free(r);
	return status;
}

/* Frames of one burst from @in to @out, which may have less room; returns frames passed. */
static int pass(struct port *in, struct port *out, struct trial_record *r)
{
	struct frame from[PORT_BURST], to[PORT_BURST];
	int n, room, ret;

	n = port_peek(in, from, PORT_BURST);
	if (n <= 0)
		return n;
	room = port_reserve(out, to, (unsigned int)n);
	if (room <= 0)
		return room;
	for (int i = 0; i < room; i++) {
		if (from[i].len > to[i].room)
			return -EMSGSIZE;
		memcpy(to[i].data, from[i].data, from[i].len);
		to[i].len = from[i].len;
		to[i].time = from[i].time;
		r->stream[0].bytes_sent += from[i].len;
		r->elapsed_ns = max(r->elapsed_ns, from[i].time);
	}
	r->sent += (u64)room;
	ret = port_commit(out, to, (unsigned int)room);
	if (ret >= 0)
		ret = port_release(in, (unsigned int)room);
	return ret < 0 ? ret : room;
}

static int replay(const struct gen_options *opt)
{
	struct trial_record *r;
	struct port *in = NULL, *out = NULL;
	struct err err = { 0 };
	int ret, status = EXIT_CANT_RUN;

	r = record_new(opt);
	if (!r)
		return EXIT_CANT_RUN;
	if (port_pcap_open_read(opt->read, !opt->fast && !opt->write, &in, &err)) {
		status = fail(&err);
		goto free_record;
	}
	if (impair_option_open(opt->impair, &in, &err) || open_out(opt, &out, &err)) {
		status = fail(&err);
		goto close_in;
	}
	do
		ret = pass(in, out, r);
	while (ret >= 0);
	if (ret != -ENODATA) {
		broken(port_error(out) ? out : in, ret);
		goto close_out;
	}
	r->intended = r->sent;
	r->rate_pps = 0;
	snprintf(r->stream[0].name, sizeof(r->stream[0].name), "replay");
	r->stream[0].intended = r->sent;
	r->stream[0].sent = r->sent;
	status = print(r, opt, false);
	if (!opt->json)
		impair_option_print(opt->impair, in, stdout);

close_out:
	status = close_out(opt, out, status);
close_in:
	port_close(in);
free_record:
	free(r);
	return status;
}

static int run(const void *options, int nargs __unused, char **args __unused)
{
	const struct gen_options *opt = options;

	if (opt->read && opt->write && !strcmp(opt->read, opt->write)) {
		fprintf(stderr, "kpps gen: --read and --write name the same file \"%s\"\n", opt->read);
		return EXIT_BAD_INPUT;
	}
	if (opt->read && !opt->write && strcmp(opt->port, "null") != 0) {
		fprintf(stderr, "kpps gen: a replay goes to a file (--write) or to the port null\n");
		return EXIT_BAD_INPUT;
	}
	if (opt->impair && !opt->read) {
		fprintf(stderr, "kpps gen: --impair is for replays (--read); kpps sink has it too\n");
		return EXIT_BAD_INPUT;
	}
	return opt->read ? replay(opt) : generate(opt);
}

static const struct gen_options defaults = {
	.port = "null",
	.rate = 1e6,
	.stream = STREAM_OPTIONS_DEFAULT,
};

#define OPT(type_, name_, letter_, field_, unit_, metavar_, min_, max_, help_) \
	{ .name = name_, .letter = letter_, .type = type_, .unit = unit_, .metavar = metavar_, \
	  .min = min_, .max = max_, .offset = offsetof(struct gen_options, field_), .help = help_ }

static const struct option_def options[] = {
	OPT(OPTION_STRING, "write", 'w', write, UNIT_NONE, "FILE", 0, 0,
	    "write a capture; stamps are the scheduled departures, nothing waits"),
	OPT(OPTION_STRING, "read", 'r', read, UNIT_NONE, "FILE", 0, 0,
	    "play this capture instead of a stream, with its timing"),
	OPT(OPTION_FLAG, "fast", 'f', fast, UNIT_NONE, NULL, 0, 0,
	    "play a capture without waiting (with --write nothing ever waits)"),
	OPT(OPTION_STRING, "port", 'p', port, UNIT_NONE, "PORT", 0, 0,
	    "without --write: null, or memory emptied by the same CPU"),
	OPT(OPTION_STRING, "impair", 0, impair, UNIT_NONE, IMPAIR_METAVAR, 0, 0, IMPAIR_HELP),
	OPT(OPTION_NUMBER, "rate", 0, rate, UNIT_RATE, "RATE", 0, 1e10,
	    "frames a second; 0pps: as fast as possible, not with --write"),
	OPT(OPTION_U64, "duration", 'd', duration, UNIT_TIME, "TIME", 0, 86400e9, "how long"),
	OPT(OPTION_U64, "count", 'n', count, UNIT_COUNT, "N", 0, 1e15,
	    "how many frames; without --duration too: one of each flow"),
	STREAM_OPTIONS(gen_options, stream),
	OPT(OPTION_FLAG, "json", 'j', json, UNIT_NONE, NULL, 0, 0,
	    "print one JSON object with the keys of trials.jsonl"),
	{ 0 },
};

const struct command cmd_gen = {
	.name = "gen",
	.args = "[--write FILE | --port PORT] [--read FILE] [OPTION...]",
	.summary = "make the frames of a stream, or play a capture",
	.text = "Make the frames of one stream, as a scenario describes it, and write them to a "
		"capture file, or send them to a port that keeps nothing, to see what this machine can "
		"make. Every frame long enough for it carries a test signature that \"kpps sink\" "
		"counts by.\n\n"
		"With --read a capture takes the place of the stream: with its timing into the port "
		"null, or into another capture, damaged on the way by --impair.",
	.examples = "kpps gen --count 1000 --write out.pcap\tone frame of each of 1000 flows\n"
		    "kpps gen --family ipv6 --protocol tcp --tcp-flags syn --count 100 --write syn.pcap"
		    "\tTCP SYN frames over IPv6\n"
		    "kpps gen --rate 0pps --duration 100ms --port memory\tspeed of this machine as a source\n"
		    "kpps gen --read out.pcap --write worse.pcap --impair drop=5%\tthe capture with losses\n",
	.options = options,
	.options_size = sizeof(struct gen_options),
	.defaults = &defaults,
	.run = run,
};
