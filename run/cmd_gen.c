// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_gen.c - `kpps gen`: its options; a stream into a capture file, or as fast as it
 * goes into a port that keeps nothing. The rest of it: gen_parts.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/commands.h"
#include "run/gen_parts.h"
#include "run/impair_option.h"
#include "run/interface.h"

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

int gen_open_out(const struct gen_options *opt, struct port **ret_port, struct err *err)
{
	const struct port_memory_config memory = { .slots = 1024, .frame_max = GEN_FRAME_ROOM, .node = -1 };

	if (opt->write)
		return port_pcap_open_write(opt->write, ret_port, err);
	if (!strcmp(opt->port, "null"))
		return port_null_open(GEN_FRAME_ROOM, ret_port, err);
	if (!strcmp(opt->port, "memory"))
		return port_memory_open(&memory, ret_port, err);
	err_set(err, -EINVAL, "--port: unknown port \"%s\": known are null, memory, and a source with its interface, as kmod:eth1", opt->port);
	return -EINVAL;
}

/* A capture is complete only when its file could be closed. */
int gen_close_out(const struct gen_options *opt, struct port *port, int status)
{
	int ret = port_close(port);

	if (!ret || status != EXIT_DONE)
		return status;
	fprintf(stderr, "kpps gen: %s: %s\n", opt->write ? opt->write : opt->port, strerror(-ret));
	return EXIT_CANT_RUN;
}

int gen_stream(const struct gen_options *opt, struct stream_spec *ret_spec,
	       struct kpps_stream *ret, struct err *err)
{
	int rc = gen_spec(opt, ret_spec, err);

	return rc ? rc : stream_build(ret_spec, ret, err);
}

struct source_config gen_plan(const struct gen_options *opt, const struct source_stream *stream,
			      const struct clk *clk)
{
	struct source_config config = {
		.streams = stream, .nstreams = 1, .rate_pps = opt->rate,
		.duration_ns = opt->duration, .count = opt->count,
		/* all that is asked for is sent, late if need be: it is no DUT that is measured */
		.wait = true,
		.clk = clk,
		.virtual_time = opt->write,
	};

	if (!config.count && !config.duration_ns)
		config.count = max(opt->stream.flows, (u64)1);
	return config;
}

static int generate(const struct gen_options *opt)
{
	struct source_stream stream = { .weight = 1 };
	struct source_config config;
	struct source_stream_report sent;
	struct source_report report;
	struct trial_record *r;
	struct stream_spec spec;
	struct port *port = NULL;
	struct source *s;
	struct err err = { 0 };
	struct clk clk;
	int ret, status;

	if (gen_stream(opt, &spec, &stream.stream, &err))
		return gen_fail(&err);
	r = gen_record_new(opt);
	if (!r)
		return EXIT_CANT_RUN;
	status = EXIT_CANT_RUN;
	if (gen_open_out(opt, &port, &err)) {
		status = gen_fail(&err);
		goto free_record;
	}
	clk_init(&clk, false);
	config = gen_plan(opt, &stream, &clk);
	if (source_create(&config, port, &s, &err)) {
		status = gen_fail(&err);
		goto close_port;
	}
	source_start(s, config.virtual_time ? 0 : clk_ns(&clk));
	ret = play(s, port, !opt->write && !strcmp(opt->port, "memory"));
	if (ret) {
		gen_broken(port, ret);
		goto destroy_source;
	}
	source_report(s, &report);
	source_stream_report(s, 0, &sent);
	gen_record_fill(r, &report, &sent, spec.name);
	status = gen_print(r, opt, !config.virtual_time);

destroy_source:
	source_destroy(s);
close_port:
	status = gen_close_out(opt, port, status);
free_record:
	free(r);
	return status;
}

static int run_options(const struct gen_options *opt)
{
	if (opt->read && opt->write && !strcmp(opt->read, opt->write)) {
		fprintf(stderr, "kpps gen: --read and --write name the same file \"%s\"\n", opt->read);
		return EXIT_BAD_INPUT;
	}
	if (opt->interface && opt->write) {
		fprintf(stderr, "kpps gen: --write and --interface: frames go to the one or the other\n");
		return EXIT_BAD_INPUT;
	}
	if (opt->read && !opt->write && !opt->interface && strcmp(opt->port, "null") != 0) {
		fprintf(stderr, "kpps gen: a replay goes to a file (--write), to an interface or to the port null\n");
		return EXIT_BAD_INPUT;
	}
	if (opt->impair && !opt->read) {
		fprintf(stderr, "kpps gen: --impair is for replays (--read); kpps sink has it too\n");
		return EXIT_BAD_INPUT;
	}
	if (opt->interface)
		return gen_interface(opt);
	return opt->read ? gen_replay(opt) : generate(opt);
}

static const struct gen_options defaults;

/* --port SOURCE:IF is short for --by SOURCE --interface IF, which *@opt then has; @by is room. */
static int split_port(struct gen_options *opt, char *by, size_t size, struct err *err)
{
	const struct kernel_source_ops *ops;
	const char *colon = strchr(opt->port, ':');
	enum by kind;

	if (!colon)
		return 0;
	if (opt->interface || opt->write)
		return err_set(err, -EINVAL, "--port %s and %s: frames go to the one or the other",
			       opt->port, opt->interface ? "--interface" : "--write");
	if (strcmp(opt->by, defaults.by) != 0)
		return err_set(err, -EINVAL, "--port %s and --by %s: the port says what sends",
			       opt->port, opt->by);
	snprintf(by, size, "%.*s", (int)(colon - opt->port), opt->port);
	if (by_source(by, &kind, &ops, NULL) || !colon[1])
		return err_set(err, -EINVAL, "--port: unknown port \"%s\": want null, memory, or SOURCE:IF, with a SOURCE as --by has it",
			       opt->port);
	opt->by = by;
	opt->interface = colon + 1;
	opt->port = defaults.port;
	return 0;
}

static int run(const void *options, int nargs __unused, char **args __unused)
{
	struct gen_options own = *(const struct gen_options *)options;
	const struct gen_options *opt = &own;
	struct err err = { 0 };
	char by[32];

	if (split_port(&own, by, sizeof(by), &err))
		return gen_fail(&err);
	return opt->pktgen_script ? gen_script(opt, &defaults, run_options) : run_options(opt);
}

static const struct gen_options defaults = {
	.port = "null",
	.by = "auto",
	.into = "wire",
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
	OPT(OPTION_STRING, "interface", 'i', interface, UNIT_NONE, "IF", 0, 0,
	    "send on this interface of the caller's network namespace"),
	OPT(OPTION_STRING, "by", 0, by, UNIT_NONE, "SOURCE", 0, 0,
	    "with --interface: xdp (BPF program in the kernel), kmod (the module kpps_gen), pktgen "
	    "(mainline's module), af_xdp (sockets), packet (AF_PACKET), or auto: the fastest that "
	    "works there"),
	OPT(OPTION_STRING, "into", 0, into, UNIT_NONE, "WAY", 0, 0,
	    "with --interface: wire, out of it (a veth's peer receives the frames); by kmod or pktgen "
	    "qdisc: the same through its qdisc; by them or xdp stack: up this host's own stack, as if "
	    "the interface had received them"),
	OPT(OPTION_STRING, "cpus", 0, cpus, UNIT_NONE, "LIST", 0, 0,
	    "with --interface: CPUs that send, as 0,2-3; several by xdp, kmod and pktgen only; "
	    "otherwise one near the interface"),
	OPT(OPTION_STRINGS, "i-know", 0, i_know, UNIT_NONE, "IF", 0, 0,
	    "take this interface although the host uses it, whatever that cuts off"),
	OPT(OPTION_STRING, "port", 'p', port, UNIT_NONE, "PORT", 0, 0,
	    "without --write and --interface: null, or memory emptied by the same CPU; or SOURCE:IF, "
	    "as kmod:eth1, short for --by SOURCE --interface IF"),
	OPT(OPTION_STRING, "pktgen-script", 0, pktgen_script, UNIT_NONE, "FILE", 0, 0,
	    "send what this script for the kernel's pktgen describes; it is read, not executed (see "
	    "\"kpps help pktgen\")"),
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
	.args = "[--interface IF | --write FILE | --port PORT] [--read FILE] [OPTION...]",
	.summary = "send the frames of a stream, or play a capture",
	.text = "Make the frames of one stream, as a scenario describes it, and write them to a "
		"capture file, send them on an interface, or to a port that keeps nothing, to see what "
		"this machine can make. Every frame long enough for it carries a test signature that \"kpps sink\" "
		"counts by.\n\n"
		"With --pktgen-script a script for the kernel's pktgen takes the place of the stream's options, of "
		"--rate, and, unless these are given, of --interface, --cpus and --count. What it says that kpps "
		"does in another way is printed; what kpps can't do and may not ignore is an error.\n\n"
		"With --read a capture takes the place of the stream: with its timing onto an interface "
		"(by af_xdp or packet) or into the port null, or into another capture, damaged on the way "
		"by --impair.\n\n"
		"On an interface: it must be up, have a carrier, and not be one that the host lives by "
		"(address, route, connection, bridge), unless --i-know names it. The report says what "
		"sent. SIGINT ends it with the report of what was sent; whatever was attached goes, "
		"however it ends. Frames that the interface did not take, as far as the kernel tells, "
		"are refused; they are among those sent. While it sends, af_xdp takes the frames that "
		"arrive on queue 0. Frames of more than one CPU arrive in no order among each other. "
		"Signatures are stamped with CLOCK_MONOTONIC: \"kpps sink\" on the same machine tells "
		"latency. Exit status 3: it can't send there, or the interface went away.",
	.examples = "kpps gen --count 1000 --write out.pcap\tone frame of each of 1000 flows\n"
		    "kpps gen --family ipv6 --protocol tcp --tcp-flags syn --count 100 --write syn.pcap"
		    "\tTCP SYN frames over IPv6\n"
		    "kpps gen --rate 0pps --duration 100ms --port memory\tspeed of this machine as a source\n"
		    "kpps gen --interface veth0 --rate 100kpps --duration 1s\t100,000 frames out of veth0\n"
		    "kpps gen --pktgen-script scenarios/pktgen-flows.sh --write flows.pcap"
		    "\tthe frames of a script for pktgen\n"
		    "kpps gen --pktgen-script scenarios/pktgen-flows.sh --interface veth0 --count 1000"
		    "\tthe same out of veth0\n"
		    "kpps gen --port kmod:veth0 --rate 0pps --duration 1s\tas fast as the module kpps_gen can\n"
		    "kpps gen --interface veth0 --read out.pcap\tthe capture onto the wire, with its timing\n"
		    "kpps gen --read out.pcap --write worse.pcap --impair drop=5%\tthe capture with losses\n",
	.options = options,
	.options_size = sizeof(struct gen_options),
	.defaults = &defaults,
	.run = run,
};
