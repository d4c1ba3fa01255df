// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gen_interface.c - `kpps gen --interface`: a stream, or a capture, onto an interface
 * of the caller's network namespace.
 *
 * By xdp the source has threads of its own. Otherwise a thread on the chosen CPU
 * polls the source, or the capture. This thread waits, shows the progress, and looks
 * for signals and for an interface that goes away.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gen/xdp_source.h"
#include "run/gen_parts.h"
#include "run/impair_option.h"
#include "run/interface.h"
#include "run/poller.h"
#include "run/stop.h"
#include "run/watch.h"

#define LOOK_NS		10000000	/* how often this thread looks */
#define LEAD_NS		1000000		/* from the last preparation to the schedule's start */
#define DRAIN_LOOKS	100		/* for what lies in a port's ring */

struct sender {
	const struct gen_options *opt;
	struct trial_record *rec;
	struct interface iface;
	enum by by;
	bool up_stack;
	int cpu[XDP_SOURCE_CPUS_MAX];
	unsigned int ncpus;
	u32 frame_max;
	struct stream_spec spec;
	struct source_stream stream;
	struct clk clk;
	/* what sends: by xdp the one, else the others */
	struct xdp_source *xdp;
	struct port *port, *capture;
	struct source *source;
	struct poller thread;
	/* between the thread and this one */
	u64 sent;		/* atomic */
	int ended;		/* atomic: negative errno once it has */
	u64 start_ns, last_ns;	/* of a replay */
};

/* ------------------------------------------------------------------ what is wanted */

static int add_cpus(struct sender *s, long first, long last, struct err *err)
{
	for (long cpu = first; cpu <= last; cpu++) {
		if (cpu > TOPO_CPUS_MAX || topo_node_of(&s->iface.topo, (int)cpu) < 0)
			return err_set(err, -ERANGE, "--cpus: there is no CPU %ld that this process may use",
				       cpu);
		if (s->ncpus == XDP_SOURCE_CPUS_MAX)
			return err_set(err, -ERANGE, "--cpus: more than %u CPUs", XDP_SOURCE_CPUS_MAX);
		for (unsigned int i = 0; i < s->ncpus; i++)
			if (s->cpu[i] == cpu)
				return err_set(err, -EINVAL, "--cpus: CPU %ld is named twice", cpu);
		s->cpu[s->ncpus++] = (int)cpu;
	}
	return 0;
}

static int choose_cpus(struct sender *s, struct err *err)
{
	const char *at = s->opt->cpus;
	int rc = 0;

	if (!at) {
		s->cpu[s->ncpus++] = s->iface.place.source_cpu;
		return 0;
	}
	while (!rc) {
		char *end;
		long first = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : -1, last = first;

		if (first >= 0 && *end == '-' && isdigit((unsigned char)end[1]))
			last = strtol(end + 1, &end, 10);
		if (first < 0 || last < first || (*end && *end != ','))
			return err_set(err, -EINVAL, "--cpus: \"%s\": want a list of CPUs such as 0,2-3",
				       s->opt->cpus);
		rc = add_cpus(s, first, last, err);
		if (!*end)
			break;
		at = end + 1;
	}
	return rc;
}

/* Do the options go together? */
static int check_by(struct sender *s, struct err *err)
{
	const struct gen_options *opt = s->opt;
	int rc = by_parse(opt->by, &s->by, err);

	if (rc)
		return rc;
	s->up_stack = !strcmp(opt->into, "stack");
	if (!s->up_stack && strcmp(opt->into, "wire") != 0)
		return err_set(err, -EINVAL, "--into: unknown word \"%s\": known are wire, stack", opt->into);
	if (opt->read && (s->by == BY_XDP || s->up_stack))
		return err_set(err, -EINVAL, "--read: xdp makes frames of streams only: play captures by af_xdp or packet, into the wire");
	if (s->up_stack && s->by != BY_XDP && s->by != BY_AUTO)
		return err_set(err, -EINVAL, "--into stack: only xdp can, not %s", opt->by);
	return 0;
}

static int check_cpus(const struct sender *s, struct err *err)
{
	if (s->ncpus > 1 && (s->opt->read || s->by == BY_AF_XDP || s->by == BY_PACKET))
		return err_set(err, -EINVAL, "--cpus: several CPUs can send by xdp only");
	return 0;
}

/* The stream as it leaves this interface: its MAC addresses unless others are given. */
static int build_stream(struct sender *s, struct err *err)
{
	const struct stream_options *opt = &s->opt->stream;
	int rc = stream_options_spec(opt, &s->spec, err);

	if (rc)
		return rc;
	if (!opt->source_mac)
		memcpy(s->spec.source_mac, s->iface.link.mac, 6);
	if (!opt->destination_mac && s->up_stack)
		memcpy(s->spec.destination_mac, s->iface.link.mac, 6);
	rc = stream_build(&s->spec, &s->stream.stream, err);
	if (rc)
		return rc;
	s->stream.weight = 1;
	for (unsigned int i = 0; i < s->stream.stream.nsizes; i++)
		s->frame_max = max(s->frame_max, (u32)s->stream.stream.sizes[i].len);
	return 0;
}

static struct source_config plan_of(const struct sender *s)
{
	struct source_config config = {
		.streams = &s->stream, .nstreams = 1, .rate_pps = s->opt->rate,
		.duration_ns = s->opt->duration, .count = s->opt->count,
		/* all that is asked for is sent, late if need be: it is no DUT that is measured */
		.wait = true,
		.clk = &s->clk,
	};

	if (!config.count && !config.duration_ns)
		config.count = max(s->opt->stream.flows, (u64)1);
	return config;
}

/* --------------------------------------------------------------- opening what sends */

static int open_xdp(struct sender *s, struct err *err)
{
	const struct xdp_source_config config = {
		.ifindex = s->iface.link.ifindex,
		.way = s->up_stack ? XDP_WAY_IN : XDP_WAY_OUT,
		.cpus = s->cpu,
		.ncpus = s->ncpus,
		.frame_max = s->frame_max,
	};
	int rc = xdp_source_probe(err);

	return rc ? rc : xdp_source_open(&config, &s->xdp, err);
}

static int open_port(struct sender *s, enum by by, struct err *err)
{
	u32 frame_max = max(s->frame_max, (u32)KPPS_FRAME_MIN);

	if (s->opt->read)
		frame_max = interface_frame_max(&s->iface, by == BY_AF_XDP ? XDP_FRAME_MAX :
								      PACKET_FRAME_MAX);
	return interface_port_open(&(struct interface_port){
		.af_xdp = by == BY_AF_XDP,
		.ifindex = s->iface.link.ifindex,
		.frame_max = frame_max,
		.node = topo_node_of(&s->iface.topo, s->cpu[0]),
		.tx_only = true,
	}, &s->port, err);
}

/*
 * The fastest that works: from inside the kernel; from a ring, even one that is copied
 * from (into a veth a fourth faster than AF_PACKET); else AF_PACKET. A capture may have
 * any frame that the MTU allows, and the ring's have to fit.
 */
static int open_fastest(struct sender *s, struct err *err)
{
	struct err why = { 0 };
	int rc;

	if (!s->opt->read) {
		s->by = BY_XDP;
		rc = open_xdp(s, &why);
		if (!rc || s->up_stack || s->ncpus > 1) {
			if (rc)
				*err = why;
			return rc;
		}
		fprintf(stderr, "kpps gen: not by xdp: %s\n", why.text);
	}
	s->by = BY_AF_XDP;
	if (!s->opt->read || interface_frame_max(&s->iface, PACKET_FRAME_MAX) <= XDP_FRAME_MAX) {
		if (!open_port(s, s->by, &why))
			return 0;
		fprintf(stderr, "kpps gen: not by af_xdp: %s\n", why.text);
	}
	s->by = BY_PACKET;
	return open_port(s, s->by, err);
}

static int open_source(struct sender *s, struct err *err)
{
	int rc;

	if (s->by == BY_AUTO)
		rc = open_fastest(s, err);
	else
		rc = s->by == BY_XDP ? open_xdp(s, err) : open_port(s, s->by, err);
	/* what was attached may have made the driver start again */
	if (!rc && !s->up_stack)
		rc = interface_carrier(&s->iface, true, err);
	return rc;
}

/* What sends, for people and the record: "xdp out of veth0, CPUs 0 1". */
static void describe(struct sender *s)
{
	size_t len;

	len = (size_t)snprintf(s->rec->point, sizeof(s->rec->point), "%s%s%s%s %s %s, CPU%s",
			       by_names[s->by], s->by == BY_AF_XDP ? " (" : "",
			       s->by == BY_AF_XDP ? port_xdp_mode(s->port) : "",
			       s->by == BY_AF_XDP ? ")" : "", s->up_stack ? "up the stack of" : "out of",
			       s->iface.link.name, s->ncpus > 1 ? "s" : "");
	for (unsigned int i = 0; i < s->ncpus && len < sizeof(s->rec->point); i++)
		len += (size_t)snprintf(s->rec->point + len, sizeof(s->rec->point) - len, " %d",
					s->cpu[i]);
}

/* ------------------------------------------------------------------------- sending */

static void end(struct sender *s, int rc)
{
	__atomic_store_n(&s->ended, rc, __ATOMIC_RELEASE);
}

static void count(struct sender *s, int n)
{
	__atomic_store_n(&s->sent, s->sent + (u64)n, __ATOMIC_RELAXED);
}

static int step_stream(void *sender)
{
	struct sender *s = sender;
	int n;

	if (s->ended)
		return 0;
	n = source_poll(s->source);
	if (n < 0)
		end(s, n);
	else if (n)
		count(s, n);
	return max(n, 0);
}

/* A replay's lateness is told against the capture's own times. */
static int step_capture(void *sender)
{
	struct sender *s = sender;
	u64 behind, now;
	int n;

	if (s->ended)
		return 0;
	/* the capture's clock starts with the first look at it */
	if (!s->start_ns)
		s->start_ns = s->last_ns = clk_ns(&s->clk);
	n = gen_pass(s->capture, s->port, s->rec);
	if (n < 0)
		end(s, n);
	if (n <= 0)
		return 0;
	count(s, n);
	s->last_ns = now = clk_ns(&s->clk);
	/* gen_pass keeps the time of the last frame it passed */
	behind = now - s->start_ns - min(s->rec->elapsed_ns, now - s->start_ns);
	s->rec->late_max_ns = max(s->rec->late_max_ns, s->opt->fast ? 0 : behind);
	return n;
}

static void look_again(void)
{
	const struct timespec ts = { .tv_nsec = LOOK_NS };

	nanosleep(&ts, NULL);
}

/* Once a second: is the interface still what it was? */
static int check_link(const struct sender *s, struct watch *w, u64 sent, struct err *err)
{
	if (!watch_tick(w, sent) || s->up_stack)
		return 0;
	return interface_carrier(&s->iface, false, err);
}

static int send_by_xdp(struct sender *s, struct err *err)
{
	const struct source_config plan = plan_of(s);
	struct err late = { 0 };
	struct watch w;
	bool stop = false;
	int rc = xdp_source_plan(s->xdp, &plan, err), gone = 0;

	if (!rc)
		rc = xdp_source_start(s->xdp, clk_monotonic_ns() + XDP_SOURCE_AHEAD_NS, err);
	if (rc)
		return rc;
	watch_begin(&w, "sent");
	do {
		gone = gone ? gone : check_link(s, &w, xdp_source_sent(s->xdp), err);
		stop = stop_wanted || gone;
		rc = xdp_source_wait_until(s->xdp, clk_monotonic_ns() + LOOK_NS, &stop, &late);
	} while (rc == -ETIMEDOUT);
	watch_end(&w);
	if (!gone && !s->up_stack)
		gone = interface_carrier(&s->iface, false, err);
	if (rc && !gone)
		*err = late;
	return gone ? gone : rc;
}

/* Frames in a ring leave when the kernel is asked to, or the driver comes to them. */
static void drain(struct sender *s)
{
	for (unsigned int i = 0; i < DRAIN_LOOKS && port_pending(s->port); i++)
		look_again();
	if (s->by == BY_AF_XDP)
		look_again();
}

static int why_ended(struct sender *s, struct err *err)
{
	const struct err *why = port_error(s->port);

	if (!s->ended || s->ended == -ENODATA)
		return 0;
	if (!why && s->capture)
		why = port_error(s->capture);
	if (why)
		*err = *why;
	else if (s->ended == -EMSGSIZE)
		err_set(err, s->ended, "%s: frame %llu is longer than the MTU of %s allows: `ip link set %s mtu %u`",
			s->opt->read, (unsigned long long)s->rec->sent + 1, s->iface.link.name,
			s->iface.link.name, GEN_FRAME_ROOM - 14);
	else
		err_set(err, s->ended, "%s: %s", s->iface.link.name, strerror(-s->ended));
	return s->ended;
}

static int send_by_port(struct sender *s, struct err *err)
{
	const struct poller_ops ops = { .step = s->capture ? step_capture : step_stream };
	struct watch w;
	int rc = 0;

	if (!s->capture) {
		const struct source_config plan = plan_of(s);

		rc = source_create(&plan, s->port, &s->source, err);
		if (rc)
			return rc;
	}
	rc = poller_init(&s->thread, &ops, s, &s->iface.topo, s->cpu[0], err);
	if (rc)
		return rc;
	if (s->source)
		source_start(s->source, clk_ns(&s->clk) + LEAD_NS);
	poller_start(&s->thread, false);
	watch_begin(&w, "sent");
	while (!rc && !stop_wanted && !__atomic_load_n(&s->ended, __ATOMIC_ACQUIRE)) {
		look_again();
		rc = check_link(s, &w, __atomic_load_n(&s->sent, __ATOMIC_RELAXED), err);
	}
	poller_stop(&s->thread);
	watch_end(&w);
	drain(s);
	return rc ? rc : why_ended(s, err);
}

/* ----------------------------------------------------------------------- the report */

static void fill_record(struct sender *s)
{
	struct source_stream_report stream;
	struct source_report report;

	if (s->capture) {
		gen_record_replayed(s->rec);
		s->rec->elapsed_ns = s->last_ns - s->start_ns;
	} else if (s->xdp) {
		xdp_source_report(s->xdp, &report);
		xdp_source_stream_report(s->xdp, 0, &stream);
		gen_record_fill(s->rec, &report, &stream, s->spec.name);
	} else if (s->source) {
		source_report(s->source, &report);
		source_stream_report(s->source, 0, &stream);
		gen_record_fill(s->rec, &report, &stream, s->spec.name);
	}
	if (s->port)
		s->rec->refused += port_refused(s->port);
}

static int prepare(struct sender *s, struct err *err)
{
	const struct gen_options *opt = s->opt;
	int rc = check_by(s, err);

	if (!rc)
		rc = interface_take(opt->interface, &opt->i_know, &s->iface, err);
	if (!rc)
		rc = choose_cpus(s, err);
	if (!rc)
		rc = check_cpus(s, err);
	if (!rc && !opt->read)
		rc = build_stream(s, err);
	if (!rc && !s->up_stack)
		rc = interface_carrier(&s->iface, false, err);
	if (!rc && opt->read)
		rc = gen_open_capture(opt, !opt->fast, &s->capture, err);
	return rc ? rc : open_source(s, err);
}

static void release(struct sender *s)
{
	poller_release(&s->thread);
	source_destroy(s->source);
	xdp_source_close(s->xdp);
	port_close(s->port);
	port_close(s->capture);
}

int gen_interface(const struct gen_options *opt)
{
	struct sender *s = calloc(1, sizeof(*s));	/* large */
	int rc, status = EXIT_DONE;
	struct err err = { 0 };

	if (!s)
		return gen_fail(&(struct err){ .code = -ENOMEM, .text = "out of memory" });
	s->opt = opt;
	s->rec = gen_record_new(opt);
	if (!s->rec) {
		free(s);
		return EXIT_CANT_RUN;
	}
	/* the clock of BPF, and so of all that can be at the other end */
	clk_init_monotonic(&s->clk);
	stop_on_signals();
	rc = prepare(s, &err);
	if (!rc) {
		describe(s);
		rc = s->xdp ? send_by_xdp(s, &err) : send_by_port(s, &err);
		fill_record(s);
		if (!rc || s->rec->sent)
			status = gen_print(s->rec, opt, true);
		if (!opt->json && s->capture)
			impair_option_print(opt->impair, s->capture, stdout);
	}
	if (rc) {
		fprintf(stderr, "kpps gen: %s\n", err.text);
		status = interface_status(rc);
	}
	release(s);
	free(s->rec);
	free(s);
	return status;
}
