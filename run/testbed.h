/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * testbed.h - where a point is measured. A testbed sets a DUT up, opens its
 * connections, runs trials, and undoes everything. Variants are const ops in
 * the array testbeds[] (testbed.c). Nothing here knows what is searched.
 */
#ifndef KPPS_TESTBED_H
#define KPPS_TESTBED_H

#include "lib/err.h"
#include "lib/record.h"
#include "lib/topo.h"
#include "run/trial_use.h"

struct json_t;
struct point;		/* run/point.h: one point of the plan */
struct testbed;

struct trial_request {
	double rate_pps;	/* all streams together; 0: as fast as possible (self-test) */
	u64 duration_ns;
	bool undisturbed;	/* no CPU works for anybody else: what it does is the DUT's */
	bool selftest;		/* source to sink, no DUT between; waits for room */
	const char *phase;	/* "selftest", "calibrate", "mrr", "search", "latency", … */
	struct trial_use use;	/* empty: whether the source kept its schedule */
};

struct testbed_ops {
	const char *name;
	const char *help;
	/* what it takes, about, for the expected time of a plan: up, self-test and down;
	 * around a trial; connections opened a second */
	double up_s, around_s, flows_per_s;
	/* 0, or -errno with the reason and the cure in one sentence. */
	int (*probe)(struct err *err);
	/* the same for one point, where the testbed can run; NULL: any can */
	int (*probe_point)(const struct point *point, struct err *err);
	int (*up)(const struct point *point, struct testbed **ret_tb, struct err *err);
	/*
	 * trial - one trial. Opens connections first when the point wants them
	 * established and they are not. Returns 0 and fills @ret also for an
	 * invalid trial (ret->valid false, ret->why); negative errno only when
	 * the testbed itself is broken. *@stop (may become true at any time,
	 * SIGINT) ends it early with valid = false.
	 */
	int (*trial)(struct testbed *tb, const struct trial_request *req,
		     volatile bool *stop, struct trial_record *ret, struct err *err);
	/* No more trials: the last that has to be in the notes. NULL: nothing. */
	void (*finish)(struct testbed *tb);
	void (*down)(struct testbed *tb);
};

/* Embedded first in every implementation. */
struct testbed {
	const struct testbed_ops *ops;
	bool alone;		/* source and DUT share one CPU: see run/judge.h */
	u32 flags;		/* bit per enum flag (run/flags.h) */
	const int *dut_cpus;	/* CPUs that treat the DUT's packets; for the profile */
	unsigned int ndut_cpus;
	struct json_t *setup;	/* what was set up, as the kernel says it; NULL: nothing to say */
	double max_load_pps;	/* what the links carry; 0: unknown, or no limit */
	char notes[2048];	/* placement and caveats for the report, one per line */
};

/* testbed_place - read the topology, and place one DUT worker, source and sink as @p
 * says: the CPUs it names, or local or remote to each other. */
int testbed_place(const struct point *p, struct topo *ret_topo, struct placement *ret,
		  struct err *err);

extern const struct testbed_ops *const testbeds[];	/* NULL ends */
const struct testbed_ops *testbed_find(const char *name);

#endif
