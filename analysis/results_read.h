/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * results_read.h - a results directory (doc/results.md) in memory, for whoever
 * shows or compares it. Read-only once opened; strings belong to the object
 * and live until res_unload(). Nothing here reads anything but the
 * directory, and nothing writes.
 */
#ifndef KPPS_RESULTS_READ_H
#define KPPS_RESULTS_READ_H

#include <jansson.h>

#include "lib/compiler.h"
#include "lib/err.h"

#define RESULTS_SUMMARY_SCHEMA	   "kpps-summary-1"
#define RESULTS_ENVIRONMENT_SCHEMA "kpps-environment-1"

/* In the order in which a point's own figure is chosen (ns_per_packet_of). */
enum res_measure { RES_NDR, RES_PDR, RES_THROUGHPUT, RES_MRR, RES_MEASURES };

struct res_figure {
	bool has;
	bool regular;		/* search: both bounds found within the width; mrr: always */
	double pps;
	double lower, upper;	/* bounds; mrr: min and max of the trials; NAN unknown */
	double stdev;		/* mrr; NAN unknown */
};

struct res_param {
	const char *key, *value;
};

struct res_sample {
	const char *phase;
	double load_pps, duration_s, loss_ratio, forwarding_pps;
};

struct res_bucket {
	double ns, n;
};

struct res_latency {
	double share;		/* of share_of; NAN for the search's own trial */
	const char *share_of;
	double load_pps, loss_ratio;
	double count, min, mean, max;
	unsigned int nbuckets;
	struct res_bucket *bucket;
};

struct res_stream {
	const char *name, *family, *protocol, *order;
	double size, flows;
};

struct res_goal {
	const char *goal, *why;
	bool regular;
	double value_pps, lower_pps, upper_pps, loss_ratio, exceed_ratio, width;
	double initial_trial_s, final_trial_s, duration_sum_s, trials, seconds;
};

struct res_profile_top {
	const char *symbol;
	double share;
};

struct res_profile_group {
	const char *name;
	double share;		/* of the busy samples, 0 … 1 */
	unsigned int ntop;
	struct res_profile_top *top;
};

struct res_profile {
	const char *event;
	double samples, lost, seconds, idle_ratio;
	double cycles_per_packet, instructions_per_packet;	/* NAN: not counted */
	const char *why_no_counters;				/* or NULL */
	unsigned int ngroups;
	struct res_profile_group *group;
};

struct res_point {
	const char *name, *status, *why;
	const char *testbed, *preset, *firewall, *ruleset, *connections, *direction;
	unsigned int nparams, nstreams, nsamples, nlatency, ngoals, nflags, nnotes;
	struct res_param *param;
	struct res_stream *stream;
	struct res_sample *sample;
	struct res_latency *latency;
	struct res_latency *search_latency;	/* or NULL */
	struct res_goal *goal;
	const char **flag, **note;
	struct res_profile *profile;				/* or NULL */
	struct res_figure figure[RES_MEASURES];
	double pdr_loss_ratio, ns_per_packet, selftest_pps, seconds;	/* NAN: null */
	const char *ns_per_packet_of;					/* or NULL */
	u64 trials, invalid_trials, fill_flows, fill_opened, fill_ns;
};

struct res_trial {
	char *point, *phase, *why;
	u64 number, duration_ns, elapsed_ns, wall_ns;
	u64 intended, sent, refused, received, lost, duplicated, reordered, late, corrupted, foreign;
	double rate_pps;
	bool valid;
};

struct res_dir {
	char *dir;
	json_t *summary;
	json_t *environment;	/* NULL when the file isn't there */
	char *scenario;		/* text of scenario.yaml; NULL when not there */
	const char *name, *question, *preset, *started, *finished, *testbed, *environment_id;
	double selftest_pps, selftest_loss_ratio;
	bool complete;
	bool torn;		/* the last line of trials.jsonl was cut off */
	u64 points_total, rounds;
	unsigned int npoints, ntrials;
	struct res_point *point;
	struct res_trial *trial;
};

/*
 * res_load - read @dir. -ENOENT without summary.json, -EINVAL with the file
 * and the key for what doesn't fit the format. A run that isn't finished, or
 * one without trials, environment or scenario file, is no error.
 */
int res_load(const char *dir, struct res_dir **ret_results, struct err *err);
void res_unload(struct res_dir *r);

const char *res_measure_name(enum res_measure m);	/* "ndr" */
const char *res_measure_label(enum res_measure m);	/* "NDR" */
/* res_param_value - of @key, or NULL. */
const char *res_param_value(const struct res_point *p, const char *key);
bool res_has_flag(const struct res_point *p, const char *flag);
/* res_all_have_flag - of the points that were begun; false when none was. */
bool res_all_have_flag(const struct res_dir *r, const char *flag);
/* res_usable - is there a figure that may stand for the point? */
bool res_usable(const struct res_point *p, enum res_measure m);
/* res_percentile - ns at @percent of @l; NAN when empty. */
double res_percentile(const struct res_latency *l, double percent);

#endif
