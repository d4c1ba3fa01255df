// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * judge.c - the conditions, in the order in which a reader wants to hear them:
 * the first that fails is the trial's reason.
 */
#include "run/judge.h"

#include <stdarg.h>
#include <stdio.h>

#define SLACK_MIN_NS 10000
#define BURST_SHARE 100		/* of the loss */
#define AWAY_SHARE 0.005	/* of a trial's duration, where no rate is asked for */

static void reject(struct trial_record *rec, const char *fmt, ...) __printf(2, 3);

static void reject(struct trial_record *rec, const char *fmt, ...)
{
	va_list ap;

	if (!rec->valid)
		return;
	rec->valid = false;
	va_start(ap, fmt);
	vsnprintf(rec->why, sizeof(rec->why), fmt, ap);
	va_end(ap);
}

static unsigned long long ull(u64 v)
{
	return v;
}

static void judge_fill(const struct judge_facts *f, struct trial_record *rec)
{
	if (rec->fill_opened < rec->fill_flows)
		reject(rec, "%llu of %llu connections were not opened%s%s",
		       ull(rec->fill_flows - rec->fill_opened), ull(rec->fill_flows),
		       f->drop_reason[0] ? ": the DUT's reason: " : "", f->drop_reason);
}

static void judge_connections(struct trial_record *rec)
{
	if (rec->dut_early_drop)
		reject(rec, "the DUT evicted %llu connections during the trial: raise dut.connections_max",
		       ull(rec->dut_early_drop));
	if (rec->dut_expired)
		reject(rec, "%llu connections expired during the trial: raise dut.timeouts",
		       ull(rec->dut_expired));
	if (rec->dut_created)
		reject(rec, "%llu connections were opened during the trial, which measures open ones",
		       ull(rec->dut_created));
}

static u64 latest_end(const struct trial_record *rec, double late)
{
	u64 slack = max(rec->duration_ns / 100000, (u64)SLACK_MIN_NS);

	return rec->duration_ns + max(slack, (u64)(late * (double)rec->duration_ns));
}

u64 judge_overrun_ns(u64 duration_ns)
{
	return max(duration_ns / 1000, (u64)100000);
}

bool judge_kept_schedule(const struct trial_record *rec)
{
	return rec->sent >= rec->intended && !rec->sink_dropped &&
	       rec->elapsed_ns <= latest_end(rec, 0);
}

/* Could a burst beyond the ring have changed what the trial is used for? */
static bool burst_matters(const struct judge_facts *f, const struct trial_record *rec)
{
	u64 excess = rec->backlog_max > f->slots ? rec->backlog_max - f->slots : 0;
	u64 own = rec->lost - min(rec->lost, JUDGE_BURSTS * excess);
	unsigned int i;

	if (!rec->lost || !excess)
		return false;
	if (f->use.loss && excess * BURST_SHARE > rec->lost)
		return true;
	if (f->use.rate > 0 && (double)excess > f->use.rate * (double)rec->intended)
		return true;
	for (i = 0; i < f->use.nlimits; i++) {
		double most = f->use.limit[i] * (double)rec->intended;

		if ((double)rec->lost > most && (double)own <= most)
			return true;
	}
	return false;
}

static void judge_source(const struct judge_facts *f, struct trial_record *rec)
{
	if (rec->sent < rec->intended)
		reject(rec, "the source sent %llu of %llu frames: it can't keep up with this load",
		       ull(rec->sent), ull(rec->intended));
	if (rec->elapsed_ns > latest_end(rec, f->use.late))
		reject(rec, "the source took %llu us for a trial of %llu us: it can't keep up with this load",
		       ull(rec->elapsed_ns / 1000), ull(rec->duration_ns / 1000));
	if (burst_matters(f, rec))
		reject(rec, "the source stalled for %llu us and then sent a burst of %llu frames: the loss can't be attributed to the DUT",
		       ull(rec->late_max_ns / 1000), ull(rec->backlog_max));
	if (rec->sink_dropped)
		reject(rec, "%llu frames found no room in the sink's ring: it can't keep up with this load",
		       ull(rec->sink_dropped));
}

/* Overload takes the CPU's whole time; where the CPU is away, that isn't the DUT's. */
static void judge_alone(const struct judge_facts *f, struct trial_record *rec)
{
	u64 unsent = rec->intended - min(rec->intended, rec->sent);
	double duration_ns = (double)rec->duration_ns, missing_ns, most;

	if (!unsent)
		return;
	missing_ns = (double)unsent * duration_ns / (double)rec->intended;
	most = (f->use.rate > 0 ? f->use.rate : AWAY_SHARE) * duration_ns;
	if (f->away_ns && ((double)f->away_ns > most || (double)f->away_ns >= missing_ns))
		reject(rec, "the CPU of source and DUT was away for %llu us: %llu frames were not sent in time",
		       ull(f->away_ns / 1000), ull(unsent));
}

void judge_trial(const struct judge_facts *f, struct trial_record *rec)
{
	bool others;	/* all but the source have nothing against it */

	rec->valid = true;
	rec->disturbed = false;
	rec->why[0] = '\0';
	if (f->stopped)
		reject(rec, "stopped by the user");
	if (f->selftest) {
		if (rec->lost || rec->corrupted)
			reject(rec, "the self-test lost %llu and corrupted %llu of %llu frames: the tester is broken",
			       ull(rec->lost), ull(rec->corrupted), ull(rec->sent));
		return;
	}
	judge_fill(f, rec);
	if (f->established)
		judge_connections(rec);
	others = rec->valid;
	if (f->alone)
		judge_alone(f, rec);
	else
		judge_source(f, rec);
	rec->disturbed = others && !rec->valid;
	if (!f->drained)
		reject(rec, "frames were still on their way %llu us after the last was sent: raise drain",
		       ull(f->drain_ns / 1000));
}
