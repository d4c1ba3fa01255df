// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd_check.c - `kpps check`: read a scenario, print its points, run nothing. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "run/commands.h"
#include "run/point.h"

struct check_options {
	struct option_strings sets;
	bool text;
};

static void print_error(void *arg __unused, const char *sentence)
{
	fprintf(stderr, "%s\n", sentence);
}

static const char *protocol_name(const struct stream_spec *s)
{
	switch (s->protocol) {
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_TCP:
		return "tcp";
	default:
		return "icmp";
	}
}

static void print_stream(const struct point_stream *s)
{
	char flows[32], rate[32];

	printf("     stream %s: %s %s, %s flows, ", s->spec.name,
	       s->spec.family == AF_INET6 ? "ipv6" : "ipv4", protocol_name(&s->spec),
	       units_print(UNIT_COUNT, (double)s->spec.flows, flows, sizeof(flows)));
	if (s->spec.nsizes == 1)
		printf("%u bytes", s->spec.sizes[0]);
	else
		printf("%u sizes", s->spec.nsizes);
	if (s->rate_pps > 0)
		printf(", %s", units_print(UNIT_RATE, s->rate_pps, rate, sizeof(rate)));
	else if (s->weight != 1)
		printf(", weight %" PRIu64, (uint64_t)s->weight);
	putchar('\n');
}

static void print_goal(const struct goal_spec *g, char *buf, size_t size)
{
	char a[32], b[32];

	switch (g->kind) {
	case GOAL_MRR:
		snprintf(buf, size, "mrr (%u x %s)", g->trials,
			 units_print(UNIT_TIME, g->trial_s * 1e9, a, sizeof(a)));
		break;
	case GOAL_FIXED:
	case GOAL_LATENCY:
		snprintf(buf, size, "%s (%u loads x %u x %s)", goal_name(g->kind), g->nrates,
			 g->trials, units_print(UNIT_TIME, g->trial_s * 1e9, a, sizeof(a)));
		break;
	case GOAL_NDR:
	case GOAL_PDR:
	case GOAL_RFC2544:
		snprintf(buf, size, "%s (loss %g%%, trials of %s, to %s)", goal_name(g->kind),
			 100 * g->loss_ratio,
			 units_print(UNIT_TIME, g->final_trial_s * 1e9, a, sizeof(a)),
			 units_print(UNIT_SHARE, g->width, b, sizeof(b)));
		break;
	}
}

/* "1min 5s" rather than "65s": these are for planning a morning */
static const char *print_wait(double seconds, char *buf, size_t size)
{
	u64 s = (u64)(seconds + 0.5);

	if (seconds < 10)
		snprintf(buf, size, "%.1fs", seconds);
	else if (s < 60)
		snprintf(buf, size, "%us", (unsigned int)s);
	else if (s < 3600)
		snprintf(buf, size, "%umin %us", (unsigned int)(s / 60), (unsigned int)(s % 60));
	else
		snprintf(buf, size, "%" PRIu64 "h %umin", (uint64_t)(s / 3600),
			 (unsigned int)(s / 60 % 60));
	return buf;
}

static void print_point(const struct point *p, unsigned int number)
{
	char wait[32], goal[128];

	printf("%3u  %s (%s)\n", number, p->name,
	       print_wait(plan_point_seconds(p), wait, sizeof(wait)));
	for (unsigned int i = 0; i < p->nstreams; i++)
		print_stream(&p->stream[i]);
	printf("     goals: ");
	for (unsigned int i = 0; i < p->ngoals; i++) {
		print_goal(&p->goal[i], goal, sizeof(goal));
		printf("%s%s", i ? ", " : "", goal);
	}
	putchar('\n');
}

static void print_plan(const struct plan *plan)
{
	double total = 0;
	char wait[32];

	printf("%s", plan->name);
	if (plan->question[0])
		printf(": %s", plan->question);
	putchar('\n');
	for (unsigned int i = 0; i < plan->npoints; i++) {
		print_point(&plan->point[i], i + 1);
		total += plan_point_seconds(&plan->point[i]);
	}
	printf("%u point%s, ", plan->npoints, plan->npoints == 1 ? "" : "s");
	if (plan->rounds > 1)
		printf("%u rounds, ", plan->rounds);
	printf("preset %s, about %s\n", plan->point[0].preset,
	       print_wait(plan->rounds * total, wait, sizeof(wait)));
}

static int run(const void *options, int nargs __unused, char **args)
{
	const struct check_options *opt = options;
	struct plan *plan;
	int ret;

	ret = plan_read(args[0], NULL, 0, opt->sets.v, opt->sets.n, print_error, NULL, &plan);
	if (ret == -ENOMEM) {
		fprintf(stderr, "kpps check: out of memory\n");
		return EXIT_CANT_RUN;
	}
	if (ret)
		return EXIT_BAD_INPUT;
	if (opt->text)
		fputs(plan->text, stdout);
	else
		print_plan(plan);
	plan_free(plan);
	return EXIT_DONE;
}

static const struct option_def options[] = {
	{ .name = "set", .letter = 's', .type = OPTION_STRINGS, .metavar = "KEY=VALUE",
	  .offset = offsetof(struct check_options, sets),
	  .help = "change a key of the scenario before it is read" },
	{ .name = "print", .type = OPTION_FLAG, .offset = offsetof(struct check_options, text),
	  .help = "print the scenario as it would be run, with --set applied" },
	{ 0 },
};

const struct command cmd_check = {
	.name = "check",
	.args = "SCENARIO [OPTION...]",
	.summary = "read a scenario, print its points and the expected time",
	.text = "Read a scenario file and print its points, each with its streams, its goals and the "
		"time it will take; nothing is sent. Every error is reported with its place, and the "
		"exit status is 2 when there is one.",
	.examples = "kpps check scenarios/quickstart.yaml\twhat would be measured, and how long\n"
		    "kpps check scenarios/quickstart.yaml --set preset=standard\t"
		    "the same with longer trials\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.options_size = sizeof(struct check_options),
	.run = run,
};
