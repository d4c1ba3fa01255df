// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trial.c - the measurer on top of a testbed.
 *
 * Effective duration (RFC 9971) is the trial duration asked for. Loss is taken
 * against what was intended, so frames the source could not send count as lost;
 * such a trial is invalid anyway. The forwarding rate is received / elapsed,
 * received including what came during the drain.
 */
#include "run/trial.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/judge.h"
#include "run/net/profile.h"

/* The load that source and sink keep up with is below what the self-test, which
 * waits for room instead of keeping a schedule, gets through; and a source that
 * stalled at the highest load has to catch up before the trial ends. */
#define HEADROOM	0.9
#define CALIBRATIONS	12	/* two a load */
/* A source that does not keep a load this much below what it was seen to send is
 * not at its limit: something else takes its CPU, and a lower load is no cure. */
#define OWN_LIMIT	0.5	/* of the fastest it sent with the DUT in the path */
#define UNOPENED_MAX	2
#define INVALID_PAUSE_NS 200000000
#define SELFTEST_MIN_S	0.02
#define SELFTEST_MAX_S	0.1
#define LOWEST_PPS	9001.0	/* as CSIT: enough frames a second for a histogram */
#define KEPT_LOSS	0.01
#define KEPT_MAX	1024
#define PROFILE_NS	1000000000ULL

int trials_init(struct trials *t, const struct point *point, struct testbed *tb,
		struct results *results, struct progress *progress, volatile bool *stop,
		json_t *replay)
{
	memset(t, 0, sizeof(*t));
	t->point = point;
	t->tb = tb;
	t->results = results;
	t->progress = progress;
	t->stop = stop;
	t->replay = replay;
	t->attempt = 1;
	t->samples = json_array();
	t->latency = json_array();
	return t->samples && t->latency ? 0 : -ENOMEM;
}

void trials_release(struct trials *t)
{
	json_decref(t->replay);
	json_decref(t->samples);
	json_decref(t->latency);
	free(t->kept);
	record_clear(&t->rec);
	memset(t, 0, sizeof(*t));
}

/*
 * The recorded trial that stands where this one would, into t->rec. The first
 * that was asked for something else ends the replay: what follows it answers
 * other questions.
 */
static bool replay(struct trials *t, const struct trial_request *req)
{
	struct trial_record *rec = &t->rec;
	json_t *json = json_array_get(t->replay, t->replayed);

	if (!json)
		return false;
	record_clear(rec);
	if (record_from_json(json, rec, NULL) || strcmp(rec->phase, req->phase) ||
	    rec->rate_pps != req->rate_pps || rec->duration_ns != req->duration_ns) {
		json_decref(t->replay);
		t->replay = NULL;
		return false;
	}
	t->replayed++;
	return true;
}

/* One trial, recorded; 0 also for an invalid one. */
static int run_once(struct trials *t, const struct trial_request *req)
{
	int rc;

	if (replay(t, req))
		return 0;
	if (*t->stop)
		return -EINTR;
	progress_trial(t->progress, req->phase, req->rate_pps);
	record_clear(&t->rec);
	rc = t->tb->ops->trial(t->tb, req, t->stop, &t->rec, &t->err);
	if (rc)
		return rc;
	/* A stopped trial says nothing, and resume would take it for an answer. */
	if (*t->stop && !t->rec.valid)
		return -EINTR;
	snprintf(t->rec.point, sizeof(t->rec.point), "%s", t->point->name);
	snprintf(t->rec.phase, sizeof(t->rec.phase), "%s", req->phase);
	t->rec.attempt = t->attempt;
	t->rec.rate_pps = req->rate_pps;
	t->rec.duration_ns = req->duration_ns;
	return results_trial(t->results, &t->rec, &t->err);
}

static void note_fill(struct trials *t)
{
	if (!t->rec.fill_flows)
		return;
	t->fill_flows = t->rec.fill_flows;
	t->fill_opened = t->rec.fill_opened;
	t->fill_ns = t->rec.fill_ns;
}

static double forwarding_pps(const struct trial_record *rec)
{
	return rec->elapsed_ns ? (double)rec->received * 1e9 / (double)rec->elapsed_ns : 0;
}

static void keep_latency(struct trials *t, double load_pps, double loss_ratio)
{
	struct kept_latency *k;

	if (loss_ratio > KEPT_LOSS || t->nkept == KEPT_MAX)
		return;
	if (!(t->nkept & (t->nkept - 1))) {
		k = realloc(t->kept, (t->nkept ? 2 * t->nkept : 1) * sizeof(*k));
		if (!k)
			return;
		t->kept = k;
	}
	k = &t->kept[t->nkept++];
	k->load_pps = load_pps;
	k->loss_ratio = loss_ratio;
	k->hist = t->rec.latency;
}

/* What became of each stream, where there are several. */
static json_t *streams_of(const struct trial_record *rec)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < rec->nstreams; i++) {
		const struct stream_record *s = &rec->stream[i];
		double elapsed_s = (double)rec->elapsed_ns / 1e9;

		json_array_append_new(array, json_pack("{s:s,s:f,s:f}", "name", s->name,
			"offered_pps", elapsed_s > 0 ? (double)s->sent / elapsed_s : 0,
			"forwarding_pps", elapsed_s > 0 ? (double)s->received / elapsed_s : 0));
	}
	return array;
}

static void collect(struct trials *t, const struct trial_input *in,
		    const struct trial_output *out)
{
	json_t *sample = json_pack("{s:s,s:f,s:f,s:f,s:f}",
		"phase", in->phase, "load_pps", in->load_pps, "duration_s", in->duration_s,
		"loss_ratio", out->loss_ratio, "forwarding_pps", out->forwarding_pps);

	if (t->rec.nstreams > 1)
		json_object_set_new(sample, "streams", streams_of(&t->rec));
	json_array_append_new(t->samples, sample);
	if (!t->rec.has_latency)
		return;
	if (!strcmp(in->phase, "latency"))
		json_array_append_new(t->latency, json_pack("{s:f,s:f,s:o}",
			"load_pps", in->load_pps, "loss_ratio", out->loss_ratio,
			"histogram", hist_json(&t->rec.latency)));
	else
		keep_latency(t, in->load_pps, out->loss_ratio);
}

/* What disturbed a trial comes in waves: let it pass before the next try. */
static void pause_after_invalid(void)
{
	const struct timespec pause = { .tv_nsec = INVALID_PAUSE_NS };

	nanosleep(&pause, NULL);
}

static double offered_pps(const struct trial_record *rec)
{
	return rec->elapsed_ns ? (double)rec->sent * 1e9 / (double)rec->elapsed_ns : 0;
}

/* Did the source keep up in the last trial? alone, it is not the tester's to keep. */
static bool source_kept(const struct trials *t)
{
	return t->tb->alone || judge_kept_schedule(&t->rec);
}

/* Is @pps a load that may be too much for the source itself? */
static bool may_be_limit(const struct trials *t, double pps)
{
	return pps > OWN_LIMIT * t->sent_pps;
}

static int measure(void *arg, const struct trial_input *in, struct trial_output *ret)
{
	struct trials *t = arg;
	struct trial_request req = {
		.rate_pps = in->load_pps,
		.duration_ns = (u64)llround(in->duration_s * 1e9),
		.phase = in->phase,
		.use = in->use,
	};
	unsigned int tries;

	for (tries = 0; tries < TRIAL_TRIES; tries++) {
		size_t replayed = t->replayed;
		int rc = run_once(t, &req);

		if (rc)
			return rc;
		t->trials++;
		note_fill(t);
		if (t->rec.valid) {
			ret->loss_ratio = record_loss_ratio(&t->rec);
			ret->duration_s = in->duration_s;
			ret->forwarding_pps = forwarding_pps(&t->rec);
			ret->latency = t->rec.has_latency ? &t->rec.latency : NULL;
			collect(t, in, ret);
			return 0;
		}
		t->invalid++;
		snprintf(t->why, sizeof(t->why), "%s", t->rec.why);
		/* a trial read back from an earlier run disturbs nobody now */
		if (t->replayed == replayed && tries + 1 < TRIAL_TRIES)
			pause_after_invalid();
	}
	/* Near its limit the source has nothing left to catch up with after a stall. */
	ret->source_limit = !t->tb->alone && t->rec.disturbed && may_be_limit(t, in->load_pps);
	return -EBADMSG;
}

int trials_profile(struct trials *t, double load_pps, json_t **ret, struct err *err)
{
	struct trial_request req = {
		.rate_pps = load_pps,
		.duration_ns = PROFILE_NS,
		.phase = "profile",
	};
	const struct profile_config config = {
		.cpus = t->tb->dut_cpus,
		.ncpus = t->tb->ndut_cpus,
		/* a fill may come before the trial */
		.duration_ns = 10 * PROFILE_NS,
	};
	struct profile *profile;
	int rc = profile_start(&config, &profile, err);

	if (rc)
		return rc;
	rc = run_once(t, &req);
	if (!rc)
		rc = profile_stop(profile, t->rec.received, ret, err);
	profile_free(profile);
	return rc;
}

static void note(void *arg, const char *text)
{
	struct trials *t = arg;

	progress_bounds(t->progress, text);
}

/* As long as the longest of the goals' trials, within reason: a load that holds
 * for a short one need not hold for it. */
static u64 selftest_ns(const struct point *p)
{
	double s = SELFTEST_MIN_S;
	unsigned int i;

	for (i = 0; i < p->ngoals; i++)
		s = fmax(s, fmax(p->goal[i].trial_s, p->goal[i].final_trial_s));
	return (u64)llround(fmin(s, SELFTEST_MAX_S) * 1e9);
}

void trials_lower_load(struct trials *t, double pps)
{
	if (pps >= t->max_load_pps)
		return;
	t->max_load_pps = pps;
	t->user_bound = false;
}

/*
 * With a DUT between them source and sink may be slower than in the self-test:
 * frames come from another CPU's cache. So the highest load is one that the
 * source was seen to keep to; whether the DUT loses frames doesn't matter here.
 * A load that fails is tried twice, for a busy moment is no limit.
 */
static int calibrate(struct trials *t, u64 duration_ns)
{
	struct trial_request req = { .duration_ns = duration_ns, .phase = "calibrate" };
	unsigned int i, unopened = 0;
	double offered = 0, lower;
	int rc;

	for (i = 0; i < CALIBRATIONS; i++) {
		req.rate_pps = t->max_load_pps;
		rc = run_once(t, &req);
		if (rc)
			return rc;
		note_fill(t);
		if (t->rec.valid)
			return 0;
		snprintf(t->why, sizeof(t->why), "%s", t->rec.why);
		/* Connections that don't open have nothing to do with the load. */
		if (t->rec.fill_opened < t->rec.fill_flows) {
			if (++unopened == UNOPENED_MAX)
				return -EBADMSG;
			continue;
		}
		if (source_kept(t))
			return 0;
		offered = fmax(offered, offered_pps(&t->rec));
		t->sent_pps = fmax(t->sent_pps, offered);
		if (!may_be_limit(t, t->max_load_pps))
			return -EBADMSG;
		if (i % 2 == 0)
			continue;
		lower = HEADROOM * t->max_load_pps;
		if (offered > 0)
			lower = fmin(lower, HEADROOM * offered);
		trials_lower_load(t, lower);
		offered = 0;
	}
	return 0;
}

int trials_selftest(struct trials *t)
{
	struct trial_request req = {
		.duration_ns = selftest_ns(t->point),
		.selftest = true,
		.phase = "selftest",
	};
	double bound = t->point->max_load_pps;
	unsigned int tries;
	int rc;

	for (tries = 0; tries < TRIAL_TRIES; tries++) {
		rc = run_once(t, &req);
		if (rc)
			return rc;
		if (t->rec.valid)
			break;
		snprintf(t->why, sizeof(t->why), "%s", t->rec.why);
	}
	if (tries == TRIAL_TRIES)
		return -EBADMSG;
	t->selftest_pps = forwarding_pps(&t->rec);
	t->selftest_loss = record_loss_ratio(&t->rec);
	/* alone, the schedule is not the tester's to keep */
	t->max_load_pps = (t->tb->alone ? 1 : HEADROOM) * t->selftest_pps;
	t->user_bound = bound > 0 && bound <= t->max_load_pps;
	if (t->user_bound)
		t->max_load_pps = bound;
	if (t->tb->max_load_pps > 0)
		trials_lower_load(t, t->tb->max_load_pps);
	if (!(t->max_load_pps > 0)) {
		snprintf(t->why, sizeof(t->why), "no frame of the self-test arrived");
		return -EBADMSG;
	}
	return calibrate(t, req.duration_ns);
}

/* Streams with a rate of their own are part of every load. */
static double fixed_pps(const struct point *p)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < p->nstreams; i++)
		sum += p->stream[i].rate_pps;
	return sum;
}

void trials_measurer(struct trials *t, struct measurer *ret)
{
	double lowest = fmin(LOWEST_PPS, t->max_load_pps / 100);

	*ret = (struct measurer){
		.trial = measure,
		.note = note,
		.arg = t,
		.max_load_pps = t->max_load_pps,
		.min_load_pps = fmin(lowest + fixed_pps(t->point), t->max_load_pps),
	};
}
