// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod_source.c - the module kpps_gen as a source (gen/kernel_source.h): a generator
 * of its own on each CPU, told by netlink what the schedule of gen/schedule.h has
 * come to. Generator i of n sends the i-th of every n frames of each lane, and all
 * begin at one moment. The frames are those of the port source, byte for byte:
 * the module has the same lib/stream.h. It makes the addresses of a flow from its
 * stream, so it can't send to tuples that a DUT has rewritten.
 *
 * Two sockets: generators belong to the first, and go with it however the process
 * ends; the second hears when a run is over. What it hears is a hint: the generator
 * is asked then, and all of them now and then in case a message was lost.
 *
 * Results are read once, when the last generator has ended.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "gen/kernel_check.h"
#include "gen/kmod_plan.h"
#include "gen/xdp_device.h"
#include "lib/ethtool.h"

#define WHO		"kmod source"
#define KMOD_AHEAD_NS	(20 * 1000 * 1000ULL)	/* a thread a CPU, and its buffers */
#define KMOD_BURST	64
/* How often the owner looks whether to stop, and asks generators that were not heard of. */
#define LOOK_NS		(10 * 1000 * 1000ULL)
#define ASK_NS		(200 * 1000 * 1000ULL)

struct kmod_gen {
	u32 id;
	bool planned;		/* has frames to send in this plan */
	bool running;
	u32 why;		/* enum kpps_gen_why, once it has ended */
	u64 sent, bytes, refused, elapsed_ns, late_max_ns, backlog_max;
};

struct kmod_source {
	struct kernel_source base;
	struct genl *nl, *events;
	struct kernel_source_config config;
	char ifname[IF_NAMESIZE];
	int cpu[KERNEL_SOURCE_CPUS_MAX];
	struct kmod_gen gen[KERNEL_SOURCE_CPUS_MAX];
	bool planned, started, stopped;
	struct schedule schedule;	/* of all generators together */
	unsigned int nstreams;
	double rate_pps[KPPS_STREAMS_MAX];	/* of their own */
	u64 first_index[KPPS_STREAMS_MAX];
	u64 start_ns, asked_ns;
	struct hist departure;
	struct source_stream_report stream[KPPS_STREAMS_MAX];
};

static struct kmod_source *kmod_of(struct kernel_source *s)
{
	return container_of(s, struct kmod_source, base);
}

static const struct kmod_source *kmod_of_const(const struct kernel_source *s)
{
	return container_of(s, const struct kmod_source, base);
}

static int source_probe(struct err *err)
{
	return kmod_probe(&kmod_source_names, err);
}

/* -------------------------------------------------------------------------- opening */

static int source_check(const struct kernel_source_config *c, struct err *err)
{
	int rc = kernel_check_cpus(WHO, c, err);

	return rc || c->way == KERNEL_WAY_IN ? rc : xdp_device_fits(WHO, c->ifindex, c->frame_max, err);
}

static int make_generators(struct kmod_source *s, struct err *err)
{
	unsigned int queues = ethtool_queues(s->ifname, true);
	struct kmod_answer answer;
	int rc = 0;

	for (unsigned int i = 0; i < s->config.ncpus && !rc; i++) {
		struct nlmsghdr *m = genl_begin(s->nl, KPPS_GEN_CMD_GEN_NEW);

		kmod_put_new(m, &s->config, i, queues);
		rc = kmod_call(s->nl, &answer, err);
		if (!rc)
			s->gen[i].id = genl_u32(answer.attr[KPPS_GEN_A_ID], 0);
	}
	return rc;
}

static void source_close(struct kernel_source *source)
{
	struct kmod_source *s = kmod_of(source);

	/* closing the socket does the same, some time later */
	for (unsigned int i = 0; s->nl && i < s->config.ncpus; i++)
		if (s->gen[i].id)
			kmod_call_id(s->nl, KPPS_GEN_CMD_GEN_DEL, s->gen[i].id, NULL, NULL);
	genl_close(s->events);
	genl_close(s->nl);
	schedule_release(&s->schedule);
	free(s);
}

static int source_open(const struct kernel_source_config *config, struct kernel_source **ret,
		       struct err *err)
{
	struct kmod_source *s;
	int rc = source_check(config, err);

	if (rc)
		return rc;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, WHO ": out of memory");
	s->base.ops = &kmod_source_ops;
	s->config = *config;
	memcpy(s->cpu, config->cpus, config->ncpus * sizeof(s->cpu[0]));
	s->config.cpus = s->cpu;
	if (!if_indextoname((unsigned int)config->ifindex, s->ifname))
		rc = err_set(err, -ENODEV, WHO ": no interface %d in this network namespace",
			     config->ifindex);
	if (!rc)
		rc = kmod_open(&kmod_source_names, &s->nl, err);
	if (!rc)
		rc = kmod_open(&kmod_source_names, &s->events, err);
	if (!rc)
		rc = genl_join(s->events, KPPS_GEN_MCGRP_RUNS, err);
	if (!rc)
		rc = make_generators(s, err);
	if (rc) {
		source_close(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}

/* ------------------------------------------------------------------------- planning */

static int plan_check(const struct kmod_source *s, const struct source_config *c, struct err *err)
{
	if (s->started)
		return err_set(err, -EBUSY, WHO ": a trial is not over: wait for it first");
	for (unsigned int i = 0; i < c->nstreams && i < KPPS_STREAMS_MAX; i++)
		if (c->streams[i].tuples)
			return err_set(err, -EOPNOTSUPP,
				       WHO ": replies through connections go to tuples that the DUT may have rewritten, and the module makes addresses from the stream alone: set source: xdp or packet");
	return kernel_check_plan(WHO, c, KPPS_GEN_BURST_MAX, s->config.frame_max, err);
}

static int plan_schedule(struct kmod_source *s, const struct source_config *c, struct err *err)
{
	int rc = kernel_check_schedule(WHO, s->config.ncpus, c, &s->schedule, err);

	if (rc)
		return rc;
	s->nstreams = c->nstreams;
	for (unsigned int i = 0; i < s->nstreams; i++) {
		s->rate_pps[i] = c->streams[i].rate_pps;
		s->first_index[i] = c->streams[i].first_index;
	}
	return 0;
}

static int plan_generator(struct kmod_source *s, unsigned int i, const struct source_config *c,
			  struct err *err)
{
	unsigned int n = s->config.ncpus;
	struct kmod_gen *g = &s->gen[i];
	u64 count = kmod_count(c->count, i, n);
	int rc;

	/* fewer frames than generators */
	g->planned = !c->count || count;
	if (!g->planned)
		return 0;
	kmod_put_plan(genl_begin(s->nl, KPPS_GEN_CMD_GEN_PLAN), g->id, i, n, c, count);
	rc = kmod_call(s->nl, NULL, err);
	for (unsigned int j = 0; j < c->nstreams && !rc; j++) {
		kmod_put_stream(genl_begin(s->nl, KPPS_GEN_CMD_GEN_STREAM), g->id, j,
				&c->streams[j]);
		rc = kmod_call(s->nl, NULL, err);
	}
	for (unsigned int j = 0; j < s->schedule.nlanes && !rc; j++) {
		kmod_put_lane(genl_begin(s->nl, KPPS_GEN_CMD_GEN_LANE), g->id, j,
			      &s->schedule.lane[j]);
		rc = kmod_call(s->nl, NULL, err);
	}
	return rc;
}

static int source_plan(struct kernel_source *source, const struct source_config *config,
		       struct err *err)
{
	struct kmod_source *s = kmod_of(source);
	int rc;

	s->planned = false;
	rc = plan_check(s, config, err);
	if (!rc)
		rc = plan_schedule(s, config, err);
	for (unsigned int i = 0; i < s->config.ncpus && !rc; i++)
		rc = plan_generator(s, i, config, err);
	s->planned = !rc;
	return rc;
}

/* -------------------------------------------------------------------------- running */

static void stop_all(struct kmod_source *s)
{
	for (unsigned int i = 0; i < s->config.ncpus; i++)
		if (s->gen[i].running)
			kmod_call_id(s->nl, KPPS_GEN_CMD_GEN_STOP, s->gen[i].id, NULL, NULL);
}

static int start_all(struct kernel_source *source, u64 start_ns, struct err *err)
{
	struct kmod_source *s = kmod_of(source);
	int rc = 0;

	if (!s->planned)
		return err_set(err, -EINVAL, WHO ": nothing is planned");
	s->planned = false;
	s->stopped = false;
	s->start_ns = start_ns;
	s->asked_ns = start_ns;
	for (unsigned int i = 0; i < s->config.ncpus && !rc; i++) {
		struct kmod_gen *g = &s->gen[i];
		struct nlmsghdr *m;

		if (!g->planned)
			continue;
		m = genl_begin(s->nl, KPPS_GEN_CMD_GEN_START);
		mnl_attr_put_u32(m, KPPS_GEN_A_ID, g->id);
		mnl_attr_put_u64(m, KPPS_GEN_A_START, start_ns);
		rc = kmod_call(s->nl, NULL, err);
		g->running = !rc;
	}
	if (rc)
		stop_all(s);
	s->started = !rc;
	for (unsigned int i = 0; i < s->config.ncpus && rc; i++)
		s->gen[i].running = false;
	return rc;
}

/* Has it ended? Then that is noted. */
static int ask(struct kmod_source *s, struct kmod_gen *g, struct err *err)
{
	struct kmod_answer answer;
	int rc = kmod_call_id(s->nl, KPPS_GEN_CMD_GEN_GET, g->id, &answer, err);

	if (rc)
		return rc;
	g->sent = genl_u64(answer.attr[KPPS_GEN_A_SENT], 0);
	if (genl_u32(answer.attr[KPPS_GEN_A_STATE], KPPS_GEN_STATE_ENDED) != KPPS_GEN_STATE_RUNNING)
		g->running = false;
	return 0;
}

static int ask_all(struct kmod_source *s, struct err *err)
{
	int rc = 0;

	s->asked_ns = clk_monotonic_ns();
	for (unsigned int i = 0; i < s->config.ncpus && !rc; i++)
		if (s->gen[i].running)
			rc = ask(s, &s->gen[i], err);
	return rc;
}

static bool any_running(const struct kmod_source *s)
{
	for (unsigned int i = 0; i < s->config.ncpus; i++)
		if (s->gen[i].running)
			return true;
	return false;
}

/* What was said until now: other generators of the namespace are none of ours. */
static int hear(struct kmod_source *s, struct err *err)
{
	struct kmod_answer answer = { 0 };
	int rc = 0, got;
	u8 cmd;

	while (!rc && (got = genl_event(s->events, &cmd, answer.attr, KPPS_GEN_A_MAX + 1)) > 0) {
		u32 id = genl_u32(answer.attr[KPPS_GEN_A_ID], 0);

		for (unsigned int i = 0; i < s->config.ncpus && !rc; i++)
			if (s->gen[i].running && s->gen[i].id == id)
				rc = ask(s, &s->gen[i], err);
	}
	return got == -ENOBUFS && !rc ? ask_all(s, err) : rc;
}

static int read_results(struct kmod_source *s, struct kmod_gen *g, struct err *err)
{
	struct kmod_answer a;
	const struct nlattr *departure;
	int rc = kmod_call_id(s->nl, KPPS_GEN_CMD_GEN_GET, g->id, &a, err);

	if (rc)
		return rc;
	g->why = genl_u32(a.attr[KPPS_GEN_A_WHY], KPPS_GEN_WHY_DONE);
	g->sent = genl_u64(a.attr[KPPS_GEN_A_SENT], 0);
	g->bytes = genl_u64(a.attr[KPPS_GEN_A_BYTES], 0);
	g->refused = genl_u64(a.attr[KPPS_GEN_A_REFUSED], 0);
	g->elapsed_ns = genl_u64(a.attr[KPPS_GEN_A_ELAPSED], 0);
	g->late_max_ns = genl_u64(a.attr[KPPS_GEN_A_LATE_MAX], 0);
	g->backlog_max = genl_u64(a.attr[KPPS_GEN_A_BACKLOG_MAX], 0);
	departure = a.attr[KPPS_GEN_A_DEPARTURE];
	if (departure && mnl_attr_get_payload_len(departure) == sizeof(struct hist)) {
		static struct hist h;	/* large, and netlink aligns to 4 bytes only */

		memcpy(&h, mnl_attr_get_payload(departure), sizeof(h));
		hist_merge(&s->departure, &h);
	}
	for (unsigned int k = 0; k < s->nstreams; k++) {
		struct source_stream_report *to = &s->stream[k];
		struct nlmsghdr *m = genl_begin(s->nl, KPPS_GEN_CMD_GEN_STREAM_GET);

		mnl_attr_put_u32(m, KPPS_GEN_A_ID, g->id);
		mnl_attr_put_u32(m, KPPS_GEN_A_STREAM, k);
		rc = kmod_call(s->nl, &a, err);
		if (rc)
			return rc;
		to->sent += genl_u64(a.attr[KPPS_GEN_A_SENT], 0);
		to->bytes += genl_u64(a.attr[KPPS_GEN_A_BYTES], 0);
		to->refused += genl_u64(a.attr[KPPS_GEN_A_REFUSED], 0);
	}
	return 0;
}

/* What ended it before its time. */
static int check_why(const struct kmod_source *s, const struct kmod_gen *g, struct err *err)
{
	switch (g->why) {
	case KPPS_GEN_WHY_DEVICE_DOWN:
		return err_set(err, -ENETDOWN, WHO ": %s was set down while frames were sent",
			       s->ifname);
	case KPPS_GEN_WHY_DEVICE_GONE:
		return err_set(err, -ENODEV, WHO ": %s went away while frames were sent",
			       s->ifname);
	case KPPS_GEN_WHY_NO_MEMORY:
		return err_set(err, -ENOMEM, WHO ": the kernel had no memory for frames");
	default:
		return 0;
	}
}

static int finish(struct kmod_source *s, struct err *err)
{
	int rc = 0;

	s->started = false;
	hist_init(&s->departure);
	memset(s->stream, 0, sizeof(s->stream));
	for (unsigned int i = 0; i < s->config.ncpus && !rc; i++) {
		struct kmod_gen *g = &s->gen[i];

		*g = (struct kmod_gen){ .id = g->id, .planned = g->planned };
		if (g->planned)
			rc = read_results(s, g, err);
	}
	for (unsigned int k = 0; k < s->nstreams; k++)
		s->stream[k].next_index = s->first_index[k] + s->stream[k].sent;
	for (unsigned int i = 0; i < s->config.ncpus && !rc; i++)
		rc = check_why(s, &s->gen[i], err);
	return rc;
}

static int source_wait_until(struct kernel_source *source, u64 until_ns, volatile bool *stop,
			     struct err *err)
{
	struct kmod_source *s = kmod_of(source);
	struct pollfd fd = { .fd = genl_fd(s->events), .events = POLLIN };
	int rc = 0;

	if (!s->started)
		return err_set(err, -EINVAL, WHO ": nothing was started");
	while (!rc && any_running(s)) {
		u64 now = clk_monotonic_ns();

		if (now >= until_ns)
			return -ETIMEDOUT;
		if (stop && *stop && !s->stopped) {
			s->stopped = true;
			stop_all(s);
			rc = ask_all(s, err);
			continue;
		}
		if (poll(&fd, 1, (int)(min(until_ns - now, LOOK_NS) / 1000000) + 1) > 0)
			rc = hear(s, err);
		else if (clk_monotonic_ns() > s->asked_ns + ASK_NS)
			rc = ask_all(s, err);
	}
	if (!rc)
		return finish(s, err);
	/* the module can't be asked any more: nothing runs */
	s->started = false;
	return rc;
}

/* -------------------------------------------------------------------------- reports */

static u64 source_sent(const struct kernel_source *source)
{
	const struct kmod_source *s = kmod_of_const(source);
	u64 sent = 0;

	for (unsigned int i = 0; i < s->config.ncpus; i++) {
		struct kmod_answer a;

		if (s->gen[i].running &&
		    !kmod_call_id(s->nl, KPPS_GEN_CMD_GEN_GET, s->gen[i].id, &a, NULL))
			sent += genl_u64(a.attr[KPPS_GEN_A_SENT], 0);
		else
			sent += s->gen[i].sent;
	}
	return sent;
}

static void report(const struct kernel_source *source, struct source_report *ret)
{
	const struct kmod_source *s = kmod_of_const(source);
	u64 unrated = 0;

	memset(ret, 0, sizeof(*ret));
	hist_init(&ret->departure);
	for (unsigned int i = 0; i < s->config.ncpus; i++) {
		const struct kmod_gen *g = &s->gen[i];

		ret->sent += g->sent;
		ret->refused += g->refused;
		ret->elapsed_ns = max(ret->elapsed_ns, g->elapsed_ns);
		ret->late_max_ns = max(ret->late_max_ns, g->late_max_ns);
		ret->backlog_max += g->backlog_max;
	}
	if (!ret->sent && !s->start_ns)
		return;
	hist_merge(&ret->departure, &s->departure);
	for (unsigned int k = 0; k < s->nstreams; k++)
		if (!(s->rate_pps[k] > 0))
			unrated += s->stream[k].sent;
	ret->intended = max(kernel_source_intended(&s->schedule, s->start_ns,
						   s->start_ns + ret->elapsed_ns, s->stopped, unrated),
			    ret->sent);
}

static void stream_report(const struct kernel_source *source, unsigned int stream,
			  struct source_stream_report *ret)
{
	const struct kmod_source *s = kmod_of_const(source);

	memset(ret, 0, sizeof(*ret));
	if (stream < s->nstreams)
		*ret = s->stream[stream];
}

const struct kernel_source_ops kmod_source_ops = {
	.name = "kmod",
	.help = "frames made in the kernel by the module kpps_gen",
	.ahead_ns = KMOD_AHEAD_NS,
	.burst = KMOD_BURST,
	.burst_max = KPPS_GEN_BURST_MAX,
	.automatic = true,
	.ways = { [KERNEL_WAY_OUT] = true, [KERNEL_WAY_QDISC] = true, [KERNEL_WAY_IN] = true },
	.probe = source_probe,
	.open = source_open,
	.close = source_close,
	.plan = source_plan,
	.start = start_all,
	.wait_until = source_wait_until,
	.sent = source_sent,
	.report = report,
	.stream_report = stream_report,
};
