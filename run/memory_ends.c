// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory_ends.c - see memory_ends.h. Packet indices go on from trial to trial, so
 * that short trials don't all send the same first part of a large flow set;
 * the run number in the signatures tells the trials apart.
 */
#include "run/memory_ends.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lib/stream_build.h"

enum { FORWARD, REVERSE };

static int build_stream(const struct memory_ends *e, unsigned int i, struct kpps_stream *ret,
			struct err *err)
{
	struct stream_spec spec = e->point->stream[i].spec;

	spec.id = (u16)i;
	spec.run = (u16)e->run;
	return stream_build(&spec, ret, err);
}

/* What opens a TCP connection is sent in its place, and carries nothing. */
static bool sends_syn(const struct point *p, const struct stream_spec *spec)
{
	return p->connections == CONNECTIONS_NEW && spec->protocol == IPPROTO_TCP;
}

/* Some of the stream's frames have no room for a signature. */
static bool lacks_signature(const struct point *p, const struct stream_spec *spec)
{
	u16 least = stream_sig_size_min(spec);
	unsigned int i;

	if (sends_syn(p, spec))
		return true;
	for (i = 0; i < spec->nsizes; i++)
		if (spec->sizes[i] < least)
			return true;
	return false;
}

static int make_sink(struct memory_ends *e, struct memory_way *w, unsigned int first_id,
		     int node, struct err *err)
{
	struct sink_config config = { .latency = true, .node = node, .clk = e->clk };
	unsigned int i;

	for (i = 0; i < e->point->nstreams; i++) {
		config.streams |= 1ULL << (first_id + i);
		if (lacks_signature(e->point, &e->point->stream[i].spec))
			config.unsigned_streams |= 1ULL << (first_id + i);
	}
	return sink_create(&config, w->rx, &w->sink, err);
}

static int make_tuples(struct memory_ends *e, int node, struct err *err)
{
	unsigned int i;

	for (i = 0; i < e->point->nstreams; i++) {
		struct kpps_stream stream;
		int rc = build_stream(e, i, &stream, err);

		if (!rc)
			rc = tuple_table_create(&stream, node, &e->tuples[i], err);
		if (rc)
			return rc;
	}
	return 0;
}

int memory_ends_init(struct memory_ends *e, const struct point *p, const struct clk *clk,
		     const struct memory_ends_ports *ports, int node, struct err *err)
{
	int rc;

	memset(e, 0, sizeof(*e));
	e->point = p;
	e->clk = clk;
	e->way[FORWARD] = (struct memory_way){ .tx = ports->near_tx, .rx = ports->far_rx };
	e->way[REVERSE] = (struct memory_way){ .tx = ports->far_tx, .rx = ports->near_rx };
	e->loop = (struct memory_way){ .tx = ports->loop, .rx = ports->loop };
	rc = make_sink(e, &e->way[FORWARD], 0, node, err);
	if (!rc)
		rc = make_sink(e, &e->way[REVERSE], STREAM_REVERSE_ID, node, err);
	if (!rc)
		rc = make_sink(e, &e->loop, 0, node, err);
	if (!rc && p->connections == CONNECTIONS_ESTABLISHED)
		rc = make_tuples(e, node, err);
	if (rc)
		memory_ends_release(e);
	return rc;
}

static void drop_source(struct memory_way *w)
{
	source_destroy(w->source);
	w->source = NULL;
}

void memory_ends_release(struct memory_ends *e)
{
	struct memory_way *ways[] = { &e->way[FORWARD], &e->way[REVERSE], &e->loop };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		drop_source(ways[i]);
		sink_destroy(ways[i]->sink);
		ways[i]->sink = NULL;
	}
	for (i = 0; i < POINT_STREAMS_MAX; i++) {
		tuple_table_destroy(e->tuples[i]);
		e->tuples[i] = NULL;
	}
}

u64 memory_ends_flows(const struct memory_ends *e)
{
	struct kpps_stream stream;
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < e->point->nstreams; i++)
		if (!build_stream(e, i, &stream, NULL))
			sum += stream.flows;
	return sum;
}

/* Half a second of them: the DUT's thread may not get its CPU for long where
 * others want it too, and an answer that is late is no connection refused. */
#define FILL_TRIES	25

/*
 * Long enough for any DUT that opens connections at all; one that drops them
 * would cost tries × timeout for every few hundred.
 */
#define FILL_BASE_NS	2000000000ULL
#define FILL_FLOW_NS	20000ULL	/* 50,000 connections a second */

/* A new run number, so that stragglers of the trial before count as foreign. */
static void next_run(struct memory_ends *e)
{
	e->run = (e->run + 1) % KPPS_RUNS_MAX;
}

static int fill_stream(struct memory_ends *e, unsigned int i, const struct fill_ports *ports,
		       int (*dut_step)(void *), void *dut, volatile bool *stop,
		       struct fill_total *total, struct err *err)
{
	struct kpps_stream stream;
	struct fill_config config = {
		.stream = &stream,
		.run = e->run,
		.outstanding = 256,
		.tries = FILL_TRIES,
		.timeout_ns = 20000000,
		.answer = true,
		.clk = e->clk,
	};
	struct fill_report report;
	struct fill *fill;
	u64 end;
	int rc = build_stream(e, i, &stream, err);

	if (!rc)
		rc = fill_create(&config, ports, e->tuples[i], &fill, err);
	if (rc)
		return rc;
	end = clk_ns(e->clk) + FILL_BASE_NS + stream.flows * FILL_FLOW_NS;
	do {
		rc = fill_poll(fill);
		if (dut_step)
			dut_step(dut);
		if (!rc && clk_ns(e->clk) > end)
			rc = -ENODATA;
	} while (rc >= 0 && !*stop);
	fill_report(fill, &report);
	fill_destroy(fill);
	total->flows += report.flows;
	total->opened += report.opened;
	total->ns += report.elapsed_ns;
	if (*stop)
		return err_set(err, -EINTR, "stopped by the user");
	if (rc != -ENODATA)
		return err_set(err, rc, "opening the connections of stream %s failed: %s",
			       e->point->stream[i].spec.name, strerror(-rc));
	return 0;
}

int memory_ends_fill(struct memory_ends *e, const struct memory_ends_ports *ports,
		     int (*dut_step)(void *), void *dut, volatile bool *stop,
		     struct fill_total *ret, struct err *err)
{
	struct fill_ports fp = {
		.near_tx = ports->near_tx,
		.far_rx = ports->far_rx,
		.far_tx = ports->far_tx,
		.near_rx = ports->near_rx,
	};
	unsigned int i;
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < e->point->nstreams && !rc; i++) {
		next_run(e);
		rc = fill_stream(e, i, &fp, dut_step, dut, stop, ret, err);
	}
	return rc;
}

/* Stream @i as it goes in direction @reverse of this trial. */
static int make_stream(struct memory_ends *e, unsigned int i, bool reverse,
		       struct source_stream *ret, struct err *err)
{
	const struct point_stream *ps = &e->point->stream[i];
	struct kpps_stream stream;
	int rc = build_stream(e, i, &stream, err);

	if (rc)
		return rc;
	*ret = (struct source_stream){ .stream = stream, .weight = ps->weight,
				       .rate_pps = ps->rate_pps };
	if (reverse) {
		ret->tuples = e->tuples[i];
		rc = stream_reverse(&stream, &ret->stream);
	} else if (sends_syn(e->point, &ps->spec)) {
		rc = stream_segment(&stream, KPPS_SYN, &ret->stream);
	}
	return rc ? err_set(err, rc, "stream %s can't be sent this way: %s", ps->spec.name,
			    strerror(-rc)) : 0;
}

static int make_source(struct memory_ends *e, struct memory_way *w, bool reverse, double share,
		       const struct trial_request *req, struct err *err)
{
	static struct source_stream streams[POINT_STREAMS_MAX];	/* large; copied by the source */
	double rate = req->rate_pps * share;
	struct source_config config = {
		.streams = streams,
		.nstreams = e->point->nstreams,
		.duration_ns = req->duration_ns,
		.wait = req->selftest,
		.burst = PORT_BURST,
		.clk = e->clk,
	};
	unsigned int i;

	for (i = 0; i < e->point->nstreams; i++) {
		int rc = make_stream(e, i, reverse, &streams[i], err);

		if (rc)
			return rc;
		streams[i].first_index = w->next_index[i];
		if (req->selftest) {
			streams[i].rate_pps = 0;	/* as fast as possible, all of them */
			continue;
		}
		streams[i].rate_pps *= share;
		rate -= streams[i].rate_pps;
	}
	if (!req->selftest && !(rate > 0))
		return err_set(err, -ERANGE, "a load of %.0f pps is no more than the rates of the streams that have one",
			       req->rate_pps);
	config.rate_pps = req->selftest ? 0 : rate;
	return source_create(&config, w->tx, &w->source, err);
}

int memory_ends_prepare(struct memory_ends *e, const struct trial_request *req, struct err *err)
{
	enum direction direction = e->point->direction;
	double share = direction == DIRECTION_BOTH ? 0.5 : 1;
	int rc = 0;

	e->selftest = req->selftest;
	e->strays = 0;
	next_run(e);
	drop_source(&e->way[FORWARD]);
	drop_source(&e->way[REVERSE]);
	drop_source(&e->loop);
	if (req->selftest) {
		rc = make_source(e, &e->loop, false, 1, req, err);
	} else {
		if (direction != DIRECTION_REVERSE)
			rc = make_source(e, &e->way[FORWARD], false, share, req, err);
		if (!rc && direction != DIRECTION_FORWARD)
			rc = make_source(e, &e->way[REVERSE], true, share, req, err);
	}
	sink_restart(e->way[FORWARD].sink, e->run);
	sink_restart(e->way[REVERSE].sink, e->run);
	sink_restart(e->loop.sink, e->run);
	return rc;
}

static void start_way(struct memory_way *w, u64 start_ns)
{
	w->done = !w->source;
	if (w->source)
		source_start(w->source, start_ns);
}

void memory_ends_start(struct memory_ends *e, u64 start_ns)
{
	start_way(&e->way[FORWARD], start_ns);
	start_way(&e->way[REVERSE], start_ns);
	start_way(&e->loop, start_ns);
}

static int poll_source(struct memory_way *w)
{
	int n;

	if (w->done)
		return 0;
	n = source_poll(w->source);
	if (n < 0)
		w->done = true;
	return n < 0 ? 0 : n;
}

int memory_ends_source_step(struct memory_ends *e)
{
	int n;

	if (e->selftest)
		n = poll_source(&e->loop);
	else
		n = poll_source(&e->way[FORWARD]) + poll_source(&e->way[REVERSE]);
	if (e->way[FORWARD].done && e->way[REVERSE].done && e->loop.done)
		return -ENODATA;
	return n;
}

/* Nothing is due here (an answer of the DUT's own, perhaps): keep the ring empty. */
static int discard(struct memory_ends *e, struct port *rx)
{
	struct frame f[PORT_BURST];
	int n = port_peek(rx, f, PORT_BURST);

	if (n <= 0)
		return 0;
	port_release(rx, (unsigned int)n);
	e->strays += (u64)n;
	return n;
}

int memory_ends_sink_step(void *ends)
{
	struct memory_ends *e = ends;
	unsigned int i;
	int work = 0;

	if (e->selftest)
		return max(sink_poll(e->loop.sink), 0);
	for (i = 0; i < ARRAY_SIZE(e->way); i++) {
		struct memory_way *w = &e->way[i];

		work += w->source ? max(sink_poll(w->sink), 0) : discard(e, w->rx);
	}
	return work;
}

static void report_stream(struct memory_ends *e, struct memory_way *w, unsigned int i,
			  bool reverse, struct trial_record *rec)
{
	struct stream_record *s = &rec->stream[rec->nstreams++];
	static struct sink_stream_report got;	/* with a histogram: large */
	struct source_stream_report sent;

	source_stream_report(w->source, i, &sent);
	sink_stream_report(w->sink, i + (reverse ? STREAM_REVERSE_ID : 0), &got);
	w->next_index[i] = sent.next_index;
	snprintf(s->name, sizeof(s->name), "%.*s%s", (int)sizeof(s->name) - 10,
		 e->point->stream[i].spec.name, reverse ? " reverse" : "");
	s->intended = s->sent = sent.sent;
	s->received = got.received;
	s->lost = sent.sent > got.received ? sent.sent - got.received : 0;
	s->duplicated = got.duplicated;
	s->reordered = got.reordered;
	s->late = got.late;
	s->bytes_sent = sent.bytes;
	s->bytes_received = got.bytes;
	rec->received += got.received;
	rec->duplicated += got.duplicated;
	rec->reordered += got.reordered;
	rec->late += got.late;
	hist_merge(&rec->latency, &got.latency);
}

static void report_way(struct memory_ends *e, struct memory_way *w, bool reverse,
		       struct trial_record *rec)
{
	static struct source_report sent;	/* with a histogram: large */
	struct sink_report got;
	unsigned int i;

	if (!w->source)
		return;
	source_report(w->source, &sent);
	rec->intended += sent.intended;
	rec->sent += sent.sent;
	rec->refused += sent.refused;
	rec->elapsed_ns = max(rec->elapsed_ns, sent.elapsed_ns);
	rec->late_max_ns = max(rec->late_max_ns, sent.late_max_ns);
	rec->backlog_max = max(rec->backlog_max, sent.backlog_max);
	hist_merge(&rec->departure, &sent.departure);
	for (i = 0; i < e->point->nstreams; i++)
		report_stream(e, w, i, reverse, rec);
	sink_report(w->sink, &got);
	rec->corrupted += got.corrupted;
	rec->foreign += got.foreign;
	rec->unsigned_frames += got.unsigned_frames;
	rec->received += got.unsigned_frames;
}

void memory_ends_report(struct memory_ends *e, struct trial_record *rec)
{
	hist_init(&rec->latency);
	hist_init(&rec->departure);
	if (e->selftest) {
		report_way(e, &e->loop, false, rec);
	} else {
		report_way(e, &e->way[FORWARD], false, rec);
		report_way(e, &e->way[REVERSE], true, rec);
	}
	rec->foreign += e->strays;
	rec->has_latency = rec->latency.count > 0;
	rec->lost = rec->intended > rec->received ? rec->intended - rec->received : 0;
}
