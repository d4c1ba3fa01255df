/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * goal.h - what a point is measured for. A goal asks for trials through one
 * callback and answers with figures; it never sees a port, a DUT or a clock,
 * so tests put a simulated DUT behind the callback.
 *
 * Goals of kind SEARCH (ndr, pdr) of one point are run together by one search
 * (goal_mlr.c, RFC 9971), because they share their trials.
 */
#ifndef KPPS_GOAL_H
#define KPPS_GOAL_H

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/hist.h"
#include "run/trial_use.h"

/* RFC 9971 trial output. */
struct trial_output {
	double loss_ratio;	/* 0 … 1, unsent counted as lost */
	double duration_s;	/* effective */
	double forwarding_pps;
	const struct hist *latency;	/* until the next trial; may be NULL */
	/* with -EBADMSG: the source did not keep up, so the load is beyond its limit */
	bool source_limit;
};

struct trial_input {
	double load_pps;
	double duration_s;
	const char *phase;
	struct trial_use use;
};

struct measurer {
	/*
	 * trial - measure. Repeats invalid trials itself; -EBADMSG when three in
	 * a row were invalid, -EINTR when the user wants to stop, else 0.
	 */
	int (*trial)(void *arg, const struct trial_input *in, struct trial_output *ret);
	/* note - progress for the user: "ndr 4.1M … 4.4Mpps" */
	void (*note)(void *arg, const char *text);
	void *arg;
	double max_load_pps;	/* from the self-test; goals lower it to what the source keeps */
	double min_load_pps;
};

enum goal_kind { GOAL_MRR, GOAL_NDR, GOAL_PDR, GOAL_RFC2544, GOAL_FIXED, GOAL_LATENCY };

struct goal_spec {
	enum goal_kind kind;
	/* RFC 9971 search goal attributes (ndr, pdr); rfc2544 uses the first and width */
	double final_trial_s, duration_sum_s, initial_trial_s;
	double loss_ratio, exceed_ratio;
	double width;		/* mrr: what a stalled source may cost it; others: how well the
				 * load has to be known, 0: as exactly as can be */
	/* mrr, fixed, latency */
	unsigned int trials;
	double trial_s;
	unsigned int nrates;
	double rate[16];	/* fixed: pps; latency: shares of the PDR (or NDR, or MRR) */
};

#define GOAL_SAMPLES_MAX 64

struct goal_sample {
	double load_pps, loss_ratio, forwarding_pps;
};

struct goal_result {
	enum goal_kind kind;
	double loss_ratio;		/* pdr: the goal's */
	bool regular;			/* search: both bounds found, within width */
	bool nothing;			/* search: even the lowest load was too much: value 0 is a result */
	double value_pps;		/* mrr: mean forwarding rate; search: conditional throughput */
	double lower_pps, upper_pps;	/* relevant bounds; mrr: min and max of the trials; 0 unknown */
	double stdev_pps;		/* of the trials or 0 */
	unsigned int trials;
	double seconds;			/* sum of trial durations */
	unsigned int nsamples;		/* mrr, fixed, latency: one each trial */
	struct goal_sample sample[GOAL_SAMPLES_MAX];
	char why[128];			/* when irregular or ended early */
};

/*
 * goals_run - all goals of one point in the order: mrr, search goals together,
 * rfc2544, fixed, latency. Results in the order of @specs. On -EINTR and
 * -EBADMSG the results so far are filled (regular false, why set).
 */
int goals_run(const struct goal_spec *specs, unsigned int n, struct measurer *m,
	      struct goal_result *ret_results, struct err *err);
const char *goal_name(enum goal_kind kind);
/* goal_is_search - does it look for the highest load within a loss ratio? */
bool goal_is_search(enum goal_kind kind);

#endif
