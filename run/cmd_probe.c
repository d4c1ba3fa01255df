// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_probe.c - `kpps probe`: what this machine can do, found by trying it,
 * with the reason and the cure for each no.
 */
#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/port.h"
#include "lib/topo.h"
#include "run/commands.h"
#include "run/bed.h"
#include "run/probe_ends.h"
#include "run/testbed.h"

/* Programs that are not needed to measure; what each one is for. */
static const struct tool {
	const char *name, *use;
} tools[] = {
	{ "gnuplot", "plots in the report; without it the report has tables only" },
	{ "tshark", "tests decode frames with it" },
	{ "iptables-restore", "tests load the rulesets with it" },
	{ "ip6tables-restore", "tests load the rulesets with it" },
};

static void line(const char *what, bool yes, const char *text)
{
	printf("  %-18s %-3s  %s\n", what, yes ? "yes" : "no", text);
}

static bool probe_testbeds(void)
{
	bool any = false;

	puts("testbeds");
	for (const struct testbed_ops *const *t = testbeds; *t; t++) {
		struct err err = { 0 };
		bool yes = !(*t)->probe(&err);

		line((*t)->name, yes, yes ? (*t)->help : err.text);
		any = any || yes;
	}
	return any;
}

static void probe_memory_port(void)
{
	struct port_memory_config config = { .slots = 1024, .frame_max = 1514, .node = -1 };
	struct port *port;
	struct err err = { 0 };
	char text[128];

	if (port_memory_open(&config, &port, &err)) {
		line("memory", false, err.text);
		return;
	}
	snprintf(text, sizeof(text), "a ring in this process, on %s", port_memory_backing(port));
	line("memory", true, text);
	port_close(port);
}

static void end_line(const char *name, const char *kind, int rc, const char *help,
		     const struct err *err)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%s", name, kind);
	line(text, !rc, rc ? err->text : help);
}

/* What can send and receive on interfaces. */
static void probe_ends(void)
{
	static const struct {
		const char *name, *help;
		int (*probe)(struct err *err);
	} ports[] = {
		{ "af_xdp", "AF_XDP sockets", probe_af_xdp },
		{ "packet", "AF_PACKET rings", probe_packet },
	};
	struct err err = { 0 };

	puts("sources and sinks on interfaces");
	for (const struct kernel_source_ops *const *s = kernel_sources; *s; s++)
		end_line((*s)->name, " source", probe_source(*s, &err), (*s)->help, &err);
	for (const struct kernel_sink_ops *const *s = kernel_sinks; *s; s++)
		end_line((*s)->name, " sink", probe_sink(*s, &err), (*s)->help, &err);
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		end_line(ports[i].name, "", ports[i].probe(&err), ports[i].help, &err);
}

/* What testbed netns can have as its DUT. */
static void probe_firewalls(void)
{
	puts("firewalls (testbed netns)");
	for (const struct bed_dut_ops *const *d = bed_duts; *d; d++) {
		struct err err = { 0 };
		bool yes = !(*d)->probe || !(*d)->probe(*d, NULL, &err);

		line((*d)->name, yes, yes ? (*d)->help : err.text);
	}
}

static void probe_machine(const struct topo *t)
{
	char text[128];
	struct clk clk;

	printf("machine\n");
	snprintf(text, sizeof(text), "%u, of %u cores", t->cpus, t->cores);
	line("CPUs", true, text);
	line("three CPUs or more", t->cpus >= 3,
	     t->cpus >= 3 ? "source, firewall and sink each have one" :
			    "source and sink share one, so the load they can make is bounded");
	snprintf(text, sizeof(text), "%u node%s", t->nodes, t->nodes == 1 ? "" : "s");
	line("NUMA", t->nodes > 1, text);
	snprintf(text, sizeof(text), "%" PRIu64 " MiB free", (uint64_t)(t->huge_free_bytes >> 20));
	line("huge pages", t->huge_free_bytes,
	     t->huge_free_bytes ? text : "none are reserved: sysctl vm.nr_hugepages=512; normal pages "
					 "are used instead");
	clk_init(&clk, false);
	snprintf(text, sizeof(text), "%s, calibrated to %" PRIu64 " ppb", clk_name(&clk),
		 (uint64_t)clk_error_ppb(&clk));
	line("invariant TSC", !strcmp(clk_name(&clk), "tsc"),
	     !strcmp(clk_name(&clk), "tsc") ? text : "the clock is CLOCK_MONOTONIC_RAW, which is slower");
}

static bool in_path(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	for (const char *dir = path ? path : ""; *dir;) {
		size_t len = strcspn(dir, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)len, dir, name);
		if (!access(file, X_OK))
			return true;
		dir += len + (dir[len] == ':');
	}
	/* where an ordinary user's PATH lacks it */
	snprintf(file, sizeof(file), "/usr/sbin/%s", name);
	return !access(file, X_OK);
}

static void probe_tools(void)
{
	puts("tools");
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		char text[160];
		bool yes = in_path(tools[i].name);

		snprintf(text, sizeof(text), "%s%s", yes ? "" : "not installed (make deps): ",
			 tools[i].use);
		line(tools[i].name, yes, text);
	}
}

static int run(const void *options __unused, int nargs __unused, char **args __unused)
{
	struct topo *topo = calloc(1, sizeof(*topo));	/* too large for the stack */
	struct err err = { 0 };
	bool any;

	if (!topo) {
		fprintf(stderr, "kpps probe: out of memory\n");
		return EXIT_CANT_RUN;
	}
	any = probe_testbeds();
	probe_firewalls();
	probe_ends();
	puts("ports");
	probe_memory_port();
	line("pcap", true, pcap_lib_version());
	if (topo_read(topo, &err))
		printf("machine\n  %s\n", err.text);
	else
		probe_machine(topo);
	probe_tools();
	free(topo);
	return any ? EXIT_DONE : EXIT_CANT_RUN;
}

const struct command cmd_probe = {
	.name = "probe",
	.args = "",
	.summary = "say what this machine can do, with the reason for each no",
	.text = "Try what measuring needs on this machine: testbeds, ports, CPUs, NUMA, huge pages, the "
		"clock and optional programs. Each no comes with its reason. The exit status is 3 when "
		"no testbed can run here.",
	.examples = "kpps probe\twhich testbeds run here\n",
	.run = run,
};
