// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_sink.c - `kpps sink`: its options; what is in a capture. See sink_parts.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/commands.h"
#include "run/impair_option.h"
#include "run/sink_parts.h"

static int fail(const struct err *err)
{
	fprintf(stderr, "kpps sink: %s\n", err->text);
	return err->code == -ENOMEM ? EXIT_CANT_RUN : EXIT_BAD_INPUT;
}

static int count_capture(const struct sink_options *opt)
{
	struct sink_config config = {
		.run = (u32)opt->run, .streams = ~0ULL, .node = -1,
		.unsigned_streams = opt->unsigned_ok ? ~0ULL : 0,
	};
	struct trial_record *r = sink_record_new();
	struct sink_counts counts = { 0 };
	struct err err = { 0 };
	struct port *port;
	struct sink *s;
	int ret, status = EXIT_CANT_RUN;

	if (!r)
		return EXIT_CANT_RUN;
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
	counts.sink = s;
	sink_record_fill(r, &counts, opt->sent, false);
	status = sink_print(r, opt, port);

destroy_sink:
	sink_destroy(s);
close_port:
	port_close(port);
free_record:
	free(r);
	return status;
}

static int run(const void *options, int nargs __unused, char **args __unused)
{
	const struct sink_options *opt = options;

	if (!opt->read == !opt->interface) {
		fprintf(stderr, "kpps sink: give --read FILE or --interface IF (see \"kpps help sink\")\n");
		return EXIT_BAD_INPUT;
	}
	if (opt->interface && opt->impair) {
		fprintf(stderr, "kpps sink: --impair is for captures (--read)\n");
		return EXIT_BAD_INPUT;
	}
	return opt->interface ? sink_interface(opt) : count_capture(opt);
}

static const struct sink_options defaults = {
	.by = "auto",
};

#define OPT(type_, name_, letter_, field_, unit_, metavar_, min_, max_, help_) \
	{ .name = name_, .letter = letter_, .type = type_, .unit = unit_, .metavar = metavar_, \
	  .min = min_, .max = max_, .offset = offsetof(struct sink_options, field_), .help = help_ }

static const struct option_def options[] = {
	OPT(OPTION_STRING, "read", 'r', read, UNIT_NONE, "FILE", 0, 0, "capture to read (pcap or pcapng)"),
	OPT(OPTION_STRING, "interface", 'i', interface, UNIT_NONE, "IF", 0, 0,
	    "count what arrives at this interface of the caller's network namespace"),
	OPT(OPTION_STRING, "by", 0, by, UNIT_NONE, "SINK", 0, 0,
	    "with --interface: xdp (BPF program in the kernel), kmod (the module kpps_gen), af_xdp "
	    "(sockets), packet (AF_PACKET), or auto: the fastest that works there"),
	OPT(OPTION_U64, "duration", 'd', duration, UNIT_TIME, "TIME", 0, 86400e9,
	    "with --interface: how long; otherwise until --count, or SIGINT"),
	OPT(OPTION_U64, "count", 'c', count, UNIT_COUNT, "N", 0, 1e15,
	    "with --interface: until so many frames with a signature have arrived"),
	OPT(OPTION_FLAG, "pass-others", 0, pass_others, UNIT_NONE, NULL, 0, 0,
	    "by xdp and kmod: frames without a signature of the run go up this host's stack; otherwise "
	    "they are dropped"),
	OPT(OPTION_FLAG, "checksums", 0, checksums, UNIT_NONE, NULL, 0, 0,
	    "by xdp and kmod: check L4 checksums too, as the others do; it costs a pass over each frame"),
	OPT(OPTION_STRINGS, "i-know", 0, i_know, UNIT_NONE, "IF", 0, 0,
	    "take this interface although the host uses it, whatever that cuts off"),
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
	.args = "--read FILE | --interface IF [OPTION...]",
	.summary = "count what arrives, by the test signatures",
	.text = "Count the frames that carry a test signature, in a capture or as they arrive at an "
		"interface: received, lost, duplicated, reordered (RFC 4737), and frames that are "
		"corrupted or foreign.\n\n"
		"Loss: only the sender knows what was sent. With --sent N, lost is N less what was "
		"received. Without it a stream is taken to reach from its lowest index received to its "
		"highest, and lost is what is missing between them: frames lost at either end are not "
		"seen. Indices that arrive more than 2^20 below the highest are late and stay lost.\n\n"
		"On an interface: it must be up, and not be one that the host lives by (address, route, "
		"connection, bridge), unless --i-know names it. A line on stderr says when counting "
		"begins; it ends with the duration, the count, or SIGINT, each with the report. xdp, "
		"kmod and af_xdp take what arrives away from the host, packet leaves it to it; all of them see "
		"frames to any MAC address. Whatever was attached goes, however it ends.\n\n"
		"Rate: of the frames received, between the first and the last. Latency: from the stamp "
		"in the signature to the arrival, which by xdp and kmod is when it is counted, by packet the "
		"kernel's stamp, by af_xdp when the frame is read from the ring. Both are "
		"CLOCK_MONOTONIC, so the frames must come from \"kpps gen --interface\" on this machine; "
		"stamps of another clock are recognised, and latency is left out. Exit status 4: frames "
		"found no room in the sink's rings, so loss is not the network's alone.",
	.examples = "kpps sink --interface veth1 --duration 1s\tcount what arrives in a second\n"
		    "kpps gen --count 10k --write sent.pcap\ta capture to count\n"
		    "kpps sink --read sent.pcap\tper stream, what arrived\n"
		    "kpps sink --read sent.pcap --sent 10k --impair drop=1%,duplicate=0.5%"
		    "\tthe same after losing and doubling some\n",
	.options = options,
	.options_size = sizeof(struct sink_options),
	.defaults = &defaults,
	.run = run,
};
