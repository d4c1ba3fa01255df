/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h - the record of one trial: what a testbed fills, trials.jsonl
 * holds and analysis reads; `kpps gen --json` and `kpps sink --json` print the
 * same keys. One place maps it to JSON and back.
 */
#ifndef KPPS_RECORD_H
#define KPPS_RECORD_H

#include <jansson.h>
#include <stdio.h>

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/hist.h"
#include "lib/stream.h"

#define RECORD_NAME 128
#define RECORD_WHY 256

struct stream_record {
	char name[64];
	u64 intended, sent, received, lost, duplicated, reordered, late;
	u64 bytes_sent, bytes_received;
};

struct trial_record {
	char point[RECORD_NAME];
	char phase[32];
	u64 number;		/* of this trial in the results directory */
	u64 attempt;		/* at measuring the point, from 1 */
	double rate_pps;	/* asked for; 0: as fast as possible */
	u64 duration_ns;	/* asked for */
	u64 elapsed_ns;		/* start to last departure */
	u64 wall_ns;		/* the whole trial, with set-up and drain */
	u64 intended, sent, refused, received, lost;
	u64 duplicated, reordered, late, corrupted, foreign, unsigned_frames;
	u64 late_max_ns, backlog_max;	/* the source's worst moment */
	u64 sink_dropped;		/* frames that arrived and found no room in the sink's ring */
	bool valid;
	char why[RECORD_WHY];	/* why not; "" when valid */
	bool disturbed;		/* invalid because the source could not keep its schedule */
	bool has_latency;
	struct hist latency;
	struct hist departure;	/* inter-departure error */
	/* the DUT's own counts, before and after, where it has any */
	u64 dut_connections_before, dut_connections_after, dut_dropped, dut_created,
	    dut_expired, dut_early_drop;
	/* fill phase, when one ran before this trial */
	u64 fill_flows, fill_opened, fill_ns;
	unsigned int nstreams;
	struct stream_record stream[KPPS_STREAMS_MAX];
	/* where the frames that were lost went missing, "" unknown; see run/net/hops.h */
	char lost_where[RECORD_WHY];
	json_t *counters;	/* of every hop, after - before; the record's own, NULL: none */
};

/*
 * record_json - a new reference; NULL only without memory. Keys are the
 * fields' names, except:
 *	dut	{connections_before, connections_after, dropped, created, expired, early_drop}
 *	fill	{flows, opened, ns}
 *	latency	a histogram, null when has_latency is false
 *	streams	a list of stream_record's fields
 *	counters an object, null when there are none
 * record_from_json wants all of them and ignores keys it doesn't know: they
 * come from a newer version. @ret is written on success only; what it held is
 * not given back.
 */
json_t *record_json(const struct trial_record *r);
int record_from_json(const json_t *json, struct trial_record *ret, struct err *err);
/* record_print - one line of JSON; 0, -ENOMEM, or -EIO when @to took no more. */
int record_print(const struct trial_record *r, FILE *to);
/* record_clear - all zero, after giving back what the record owns. */
void record_clear(struct trial_record *r);
/* loss ratio of a trial: 1 - received / intended; unsent frames are lost. */
double record_loss_ratio(const struct trial_record *r);
/*
 * hist_json - {"count", "min", "mean", "max", "sum", "p50", "p90", "p99",
 * "p99.9", "p99.99", "buckets": [[ns, n], …]}; ns as hist_value says, empty
 * buckets left out. Reading back gives the same histogram.
 */
json_t *hist_json(const struct hist *h);
int hist_from_json(const json_t *json, struct hist *ret);

#endif
