// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_trial.c - trials on a bed: fill, source, drain, counters, judgement.
 *
 * Where source and DUT share a CPU, a source that falls behind shows the DUT's
 * limit: it stops when the time is up, and what it could not send in time is the
 * DUT's loss. Where they don't, such a trial is invalid as everywhere.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cputime.h"
#include "run/bed.h"
#include "run/judge.h"

#define RING		256	/* frames a veth's receive ring has room for; few devices' less */
/* No frame for so long: nothing is on its way. A CPU that was given to somebody else, or
 * a device that works in batches, comes back within that. */
#define QUIET_NS	50000000
#define LEAD_NS		200000	/* from the last preparation to the schedule's start */
#define SETTLED_NS	1000000		/* as many as were sent have arrived: a doubled one may follow */
#define GAP_NS		1000000
#define TOGETHER_NS	64000		/* alone: what may leave at once, of what the schedule has */

/* One turn of everything that has no thread of its own, but the source. */
static int step_others(struct bed *n)
{
	int work = 0;

	if (n->dut->step && !n->dut_threads)
		work += n->dut->step(n->dut->step_arg(n));
	if (!n->sink_thread.exists)
		work += ends_sink_step(&n->ends);
	return work;
}

static void run_source(struct bed *n, volatile bool *stop)
{
	while (!*stop) {
		int rc = ends_source_step(&n->ends, stop);

		if (rc < 0)
			return;
		if (!(rc + step_others(n)))
			cpu_relax();
	}
}

/* Frames on their way in the kernel can't be counted: wait until none arrives. */
static bool drain(struct bed *n)
{
	u64 start = clk_ns(&n->clk), last = start, seen = ends_arrived(&n->ends);
	u64 quiet_ns = min((u64)QUIET_NS, n->point->drain_ns / 2);

	for (;;) {
		u64 now = clk_ns(&n->clk), arrived;

		step_others(n);
		arrived = ends_arrived(&n->ends);
		if (arrived != seen) {
			seen = arrived;
			last = now;
		}
		if (now - last > (ends_all_arrived(&n->ends) ? SETTLED_NS : quiet_ns))
			return true;
		if (now - start > n->point->drain_ns)
			return false;
		if (n->far.sink)
			usleep(100);
	}
}

static int fill(struct bed *n, volatile bool *stop, struct trial_record *rec, struct err *err)
{
	struct bed_counts after;
	struct fill_total total;
	int rc = n->dut->flush(n, err);

	if (rc)
		return rc;
	if (n->dut_threads)
		poller_start(&n->dut_thread, false);
	rc = bed_ends_fill(n, stop, &total, err);
	if (n->dut_threads)
		poller_stop(&n->dut_thread);
	if (rc)
		return rc;
	rc = n->dut->count(n, &after, err);
	if (rc)
		return rc;
	rec->fill_flows = total.flows;
	rec->fill_opened = total.opened;
	rec->fill_ns = total.ns;
	fill_note(&n->filled, &total, clk_ns(&n->clk), after.connections);
	return 0;
}

static void note_dut(const struct bed_counts *before, const struct bed_counts *after,
		     struct trial_record *rec)
{
	u64 a = before->connections, b = after->connections;

	rec->dut_connections_before = a;
	rec->dut_connections_after = b;
	rec->dut_dropped = after->dropped - before->dropped;
	rec->dut_early_drop = after->early_drop - before->early_drop;
	if (after->tells_created) {
		rec->dut_created = after->created - before->created;
		rec->dut_expired = after->expired - before->expired;
	} else {
		rec->dut_created = b > a ? b - a : 0;
		rec->dut_expired = a > b ? a - b : 0;
	}
}

static bool links_are_up(struct bed *n, struct trial_record *rec)
{
	unsigned int i;

	for (i = 0; i < n->hops.nlinks; i++) {
		struct rtnl_link now;
		struct err err = { 0 };
		struct rtnl *r;
		int rc = rtnl_open(n->hops.link[i].netns, &r, &err);

		if (!rc) {
			rc = rtnl_link_get(r, n->hops.link[i].name, &now, &err);
			rtnl_close(r);
		}
		if (!rc && now.up && now.carrier)
			continue;
		rec->valid = false;
		if (rc)
			snprintf(rec->why, sizeof(rec->why), "%.200s", err.text);
		else
			snprintf(rec->why, sizeof(rec->why), "link %s went down during the trial",
				 n->hops.link[i].name);
		return false;
	}
	return true;
}

/* A call that makes frames in the kernel takes its time to begin. */
static u64 lead_ns(const struct bed *n)
{
	return n->source_ops ? n->source_ops->ahead_ns : LEAD_NS;
}

/* The measured part: source, drain, stop, then the counters. */
static int run_trial(struct bed *n, const struct trial_request *req, volatile bool *stop,
		     struct judge_facts *facts, struct err *err)
{
	bool dut_thread = n->dut_threads && !req->selftest;
	int rc;

	if (dut_thread)
		poller_start(&n->dut_thread, false);
	if (n->sink_thread.exists)
		poller_start(&n->sink_thread, false);
	rc = ends_start(&n->ends, clk_ns(&n->clk) + lead_ns(n), err);
	if (!rc)
		run_source(n, stop);
	facts->drained = drain(n);
	if (n->sink_thread.exists)
		poller_stop(&n->sink_thread);
	if (dut_thread)
		poller_stop(&n->dut_thread);
	return rc;
}

static int prepare(struct bed *n, const struct trial_request *req, volatile bool *stop,
		   struct trial_record *rec, struct bed_counts *before, struct err *err)
{
	int rc = n->dut->count(n, before, err);

	if (!rc && !req->selftest && point_all(n->point, CONNECTIONS_NEW))
		rc = n->dut->flush(n, err);
	if (!rc && !req->selftest &&
	    fill_needed(&n->filled, n->point, clk_ns(&n->clk), before->connections))
		rc = fill(n, stop, rec, err);
	/* A stop during the fill is a stopped trial like any other. */
	if (!rc || rc == -EINTR)
		rc = n->dut->count(n, before, err);
	if (!rc)
		rc = ends_prepare(&n->ends, req, err);
	if (!rc && !req->selftest && n->dut->before)
		rc = n->dut->before(n, err);
	return rc;
}

/* Gaps between departures that no DUT makes: a burst of 64 frames takes less. */
static u64 gaps_ns(const struct hist *departure)
{
	u64 sum = 0;
	unsigned int b;

	for (b = hist_bucket(GAP_NS); b < HIST_BUCKETS; b++)
		sum += departure->bucket[b] * hist_value(b);
	return sum;
}

struct cpu_account {
	struct cputime self, softirq;
};

static void account(const struct bed *n, struct cpu_account *ret)
{
	cputime_self(&ret->self);
	cputime_of(n->ksoftirqd, &ret->softirq);
}

/*
 * alone: time in which the CPU of source and DUT worked for neither: what the source
 * waited for it, but for the DUT's packets in ksoftirqd; and gaps that it did not
 * wait in, when the machine itself stood still.
 */
static u64 away_ns(const struct bed *n, const struct cpu_account *before,
		   const struct trial_record *rec)
{
	u64 gaps = gaps_ns(&rec->departure) / n->nsources, waited = n->ends.waited_ns, softirq;
	struct cpu_account after;

	account(n, &after);
	if (!n->near.source)
		waited = after.self.wait_ns - before->self.wait_ns;
	softirq = after.softirq.run_ns - before->softirq.run_ns;
	/* a module's thread does not tell: what it waited for the DUT is in the gaps */
	if (!waited)
		return gaps - min(gaps, softirq);
	return waited - min(waited, softirq) + gaps - min(gaps, waited);
}

/*
 * Nothing receives: what the device has counted as sent was taken. Whose frames those
 * were is known of one stream, and when none is missing.
 */
static void take_counted(const struct bed *n, const struct hops *before, const struct hops *after,
			 struct trial_record *rec)
{
	u64 taken = after->link[0].tx_packets - before->link[0].tx_packets;
	unsigned int i;

	if (bed_has_sink(n))
		return;
	rec->received = taken;
	rec->lost = rec->intended > taken ? rec->intended - taken : 0;
	for (i = 0; i < rec->nstreams; i++) {
		struct stream_record *s = &rec->stream[i];

		s->received = rec->nstreams == 1 ? taken : taken == rec->sent ? s->sent : 0;
		s->lost = s->received && s->sent > s->received ? s->sent - s->received : 0;
		s->bytes_received = s->received == s->sent ? s->bytes_sent : 0;
	}
}

static void invalidate(struct trial_record *rec, const char *why)
{
	if (!rec->valid && rec->why[0])
		return;
	rec->valid = false;
	snprintf(rec->why, sizeof(rec->why), "%.250s", why);
}

/* Nothing was measured, because something of the user's went wrong before. */
static int spoilt_trial(struct bed *n, struct trial_record *rec)
{
	hist_init(&rec->latency);
	hist_init(&rec->departure);
	invalidate(rec, n->spoilt.text);
	rec->counters = json_object();
	if (n->dut->after)
		n->dut->after(n, rec->counters, NULL);
	return 0;
}

static void observe(struct bed *n, const struct hops *before, const struct hops *after,
		    bool selftest, struct trial_record *rec)
{
	rec->counters = hops_json(before, after);
	if (!selftest && n->dut->after && n->dut->after(n, rec->counters, NULL))
		invalidate(rec, n->spoilt.text);
	rec->dut_early_drop = max(rec->dut_early_drop,
				  after->conntrack.early_drop - before->conntrack.early_drop);
	if (!selftest)
		hops_locate(before, after, rec->sent, rec->received, rec->lost_where,
			    sizeof(rec->lost_where));
}

int bed_trial(struct testbed *tb, const struct trial_request *req, volatile bool *stop,
		       struct trial_record *ret, struct err *err)
{
	struct bed *n = container_of(tb, struct bed, tb);
	struct judge_facts facts = {
		.selftest = req->selftest,
		.drain_ns = n->point->drain_ns,
		.slots = RING,
		.use = req->use,
		.established = point_all(n->point, CONNECTIONS_ESTABLISHED),
		.drop_reason = "",
		.alone = n->tb.alone,
	};
	static struct hops hops_before, hops_after;	/* large */
	struct bed_counts before, after;
	u64 start = clk_ns(&n->clk);
	struct cpu_account cpu = { 0 };
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->rate_pps = req->rate_pps;
	ret->duration_ns = req->duration_ns;
	n->ends.overrun_ns = n->tb.alone && !req->selftest ? judge_overrun_ns(req->duration_ns) : 0;
	n->ends.together_ns = n->tb.alone ? TOGETHER_NS : 0;
	n->stop = stop;
	n->spoilt.code = 0;
	rc = prepare(n, req, stop, ret, &before, err);
	if (rc && n->spoilt.code)
		return spoilt_trial(n, ret);
	if (!rc)
		rc = hops_read(&n->hops, &hops_before, err);
	if (n->tb.alone)
		account(n, &cpu);
	if (!rc)
		rc = run_trial(n, req, stop, &facts, err);
	if (!rc)
		rc = hops_read(&n->hops, &hops_after, err);
	if (!rc)
		rc = n->dut->count(n, &after, err);
	if (rc)
		return rc;
	ends_report(&n->ends, ret);
	take_counted(n, &hops_before, &hops_after, ret);
	note_dut(&before, &after, ret);
	facts.stopped = *stop;
	if (n->tb.alone && !req->undisturbed)
		facts.away_ns = away_ns(n, &cpu, ret);
	judge_trial(&facts, ret);
	observe(n, &hops_before, &hops_after, req->selftest, ret);
	if (n->ends.source_err.code)
		invalidate(ret, n->ends.source_err.text);
	links_are_up(n, ret);
	ret->wall_ns = clk_ns(&n->clk) - start;
	return 0;
}

