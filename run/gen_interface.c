// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gen_interface.c - `kpps gen --interface`: a stream, or a capture, onto an interface
 * of the caller's network namespace.
 *
 * A source in the kernel has threads of its own. Otherwise a thread on the chosen CPU
 * polls the source, or the capture. This thread waits, shows the progress, and looks
 * for signals and for an interface that goes away.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gen/kernel_source.h"
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
	const struct kernel_source_ops *ops;	/* BY_KERNEL */
	enum kernel_way way;
	int cpu[KERNEL_SOURCE_CPUS_MAX];
	unsigned int ncpus;
	u32 frame_max;
	struct stream_spec spec;
	struct source_stream stream;
	struct clk clk;
	/* what sends: in the kernel the one, else the others */
	struct kernel_source *kernel;
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
		if (s->ncpus == KERNEL_SOURCE_CPUS_MAX)
			return err_set(err, -ERANGE, "--cpus: more than %u CPUs", KERNEL_SOURCE_CPUS_MAX);
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

static const char *const ways[] = {
	[KERNEL_WAY_OUT] = "wire", [KERNEL_WAY_QDISC] = "qdisc", [KERNEL_WAY_IN] = "stack",
};

static int parse_way(struct sender *s, struct err *err)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		if (!strcmp(s->opt->into, ways[i])) {
			s->way = (enum kernel_way)i;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "--into: unknown word \"%s\": known are wire, qdisc, stack",
		       s->opt->into);
}

/* Do the options go together? */
static int check_by(struct sender *s, struct err *err)
{
	const struct gen_options *opt = s->opt;
	int rc = by_source(opt->by, &s->by, &s->ops, err);
	char names[64];

	if (!rc)
		rc = parse_way(s, err);
	if (rc)
		return rc;
	if (opt->read && (s->by == BY_KERNEL || s->way != KERNEL_WAY_OUT))
		return err_set(err, -EINVAL, "--read: %s makes frames of streams only: play captures by af_xdp or packet, into the wire",
			       s->ops ? s->ops->name : "what sends there");
	if (s->way == KERNEL_WAY_OUT || s->by == BY_AUTO || (s->ops && s->ops->ways[s->way]))
		return 0;
	return err_set(err, -EINVAL, "--into %s: only %s can, not %s", opt->into,
		       kernel_source_names(s->way, names, sizeof(names)), opt->by);
}

static int check_cpus(const struct sender *s, struct err *err)
{
	char names[64];

	if (s->ncpus > 1 && (s->opt->read || s->by == BY_AF_XDP || s->by == BY_PACKET))
		return err_set(err, -EINVAL, "--cpus: several CPUs can send by %s only",
			       kernel_source_names(KERNEL_WAY_OUT, names, sizeof(names)));
	return 0;
}

/* The stream as it leaves this interface: its MAC addresses unless others are given. */
static int build_stream(struct sender *s, struct err *err)
{
	const struct stream_options *opt = &s->opt->stream;
	int rc = gen_spec(s->opt, &s->spec, err);

	if (rc)
		return rc;
	if (!opt->source_mac)
		memcpy(s->spec.source_mac, s->iface.link.mac, 6);
	if (!opt->destination_mac && s->way == KERNEL_WAY_IN)
		memcpy(s->spec.destination_mac, s->iface.link.mac, 6);
	rc = stream_build(&s->spec, &s->stream.stream, err);
	if (rc)
		return rc;
	s->stream.weight = 1;
	for (unsigned int i = 0; i < s->stream.stream.nsizes; i++)
		s->frame_max = max(s->frame_max, (u32)s->stream.stream.sizes[i].len);
	return 0;
}

/* --------------------------------------------------------------- opening what sends */

static int open_kernel(struct sender *s, const struct kernel_source_ops *ops, struct err *err)
{
	const struct kernel_source_config config = {
		.ifindex = s->iface.link.ifindex,
		.way = s->way,
		.cpus = s->cpu,
		.ncpus = s->ncpus,
		.frame_max = s->frame_max,
		.force = interface_is_known(&s->opt->i_know, s->opt->interface),
	};
	int rc = ops->probe(err);

	if (!rc)
		rc = ops->open(&config, &s->kernel, err);
	if (!rc) {
		s->by = BY_KERNEL;
		s->ops = ops;
	}
	return rc;
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

/* The first of the kernel's that works; *@err has the reason of the first that does not. */
static int open_automatic(struct sender *s, struct err *err)
{
	int rc = err_set(err, -EOPNOTSUPP, "--into %s: nothing here can", s->opt->into), tried = 0;

	for (const struct kernel_source_ops *const *ops = kernel_sources; *ops; ops++) {
		struct err why = { 0 };

		if (!(*ops)->automatic || !(*ops)->ways[s->way])
			continue;
		if (!open_kernel(s, *ops, &why))
			return 0;
		fprintf(stderr, "kpps gen: not by %s: %s\n", (*ops)->name, why.text);
		if (!tried++) {
			*err = why;
			rc = why.code;
		}
	}
	return rc;
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
		rc = open_automatic(s, &why);
		if (!rc || s->way != KERNEL_WAY_OUT || s->ncpus > 1) {
			if (rc)
				*err = why;
			return rc;
		}
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
		rc = s->by == BY_KERNEL ? open_kernel(s, s->ops, err) : open_port(s, s->by, err);
	/* what was attached may have made the driver start again */
	if (!rc && s->way != KERNEL_WAY_IN)
		rc = interface_carrier(&s->iface, true, err);
	return rc;
}

/* What sends, for people and the record: "xdp out of veth0, CPUs 0 1". */
static void describe(struct sender *s)
{
	static const char *const where[] = {
		[KERNEL_WAY_OUT] = "out of", [KERNEL_WAY_QDISC] = "through the qdisc of",
		[KERNEL_WAY_IN] = "up the stack of",
	};
	char by[64];
	size_t len;

	if (s->by == BY_AF_XDP)
		snprintf(by, sizeof(by), "af_xdp (%s)", port_xdp_mode(s->port));
	else
		snprintf(by, sizeof(by), "%s", s->kernel ? s->ops->name : "packet");
	len = (size_t)snprintf(s->rec->point, sizeof(s->rec->point), "%s %s %s, CPU%s", by,
			       where[s->way], s->iface.link.name, s->ncpus > 1 ? "s" : "");
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
	if (!watch_tick(w, sent) || s->way == KERNEL_WAY_IN)
		return 0;
	return interface_carrier(&s->iface, false, err);
}

static int send_by_kernel(struct sender *s, struct err *err)
{
	const struct source_config plan = gen_plan(s->opt, &s->stream, &s->clk);
	struct err late = { 0 };
	struct watch w;
	bool stop = false;
	int rc = kernel_source_plan(s->kernel, &plan, err), gone = 0;

	if (!rc)
		rc = kernel_source_start(s->kernel, clk_monotonic_ns() + s->ops->ahead_ns, err);
	if (rc)
		return rc;
	watch_begin(&w, "sent");
	do {
		gone = gone ? gone : check_link(s, &w, kernel_source_sent(s->kernel), err);
		stop = stop_wanted || gone;
		rc = kernel_source_wait_until(s->kernel, clk_monotonic_ns() + LOOK_NS, &stop, &late);
	} while (rc == -ETIMEDOUT);
	watch_end(&w);
	if (!gone && s->way != KERNEL_WAY_IN)
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
		const struct source_config plan = gen_plan(s->opt, &s->stream, &s->clk);

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
	} else if (s->kernel) {
		kernel_source_report(s->kernel, &report);
		kernel_source_stream_report(s->kernel, 0, &stream);
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
	if (!rc && s->way != KERNEL_WAY_IN)
		rc = interface_carrier(&s->iface, false, err);
	if (!rc && opt->read)
		rc = gen_open_capture(opt, !opt->fast, &s->capture, err);
	return rc ? rc : open_source(s, err);
}

static void release(struct sender *s)
{
	poller_release(&s->thread);
	source_destroy(s->source);
	kernel_source_close(s->kernel);
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
		rc = s->kernel ? send_by_kernel(s, &err) : send_by_port(s, &err);
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
