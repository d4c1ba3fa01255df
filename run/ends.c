// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ends.c - see ends.h. Packet indices go on from trial to trial, so that short
 * trials don't all send the same first part of a large flow set; the run number
 * in the signatures tells the trials apart.
 */
#include "run/ends.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "run/ends_parts.h"

int ends_build_stream(const struct ends *e, unsigned int i, struct kpps_stream *ret,
		      struct err *err)
{
	struct stream_spec spec = e->point->stream[i].spec;

	spec.id = (u16)i;
	spec.run = (u16)e->run;
	return stream_build(&spec, ret, err);
}

/* What opens a TCP connection is sent in its place, and carries nothing. */
static bool sends_syn(const struct point *p, unsigned int i)
{
	return point_connections(p, i) == CONNECTIONS_NEW &&
	       p->stream[i].spec.protocol == IPPROTO_TCP;
}

/* Some of the stream's frames have no room for a signature. */
static bool lacks_signature(const struct point *p, unsigned int i)
{
	const struct stream_spec *spec = &p->stream[i].spec;
	u16 least = stream_sig_size_min(spec);
	unsigned int k;

	if (sends_syn(p, i))
		return true;
	for (k = 0; k < spec->nsizes; k++)
		if (spec->sizes[k] < least)
			return true;
	return false;
}

void ends_streams(const struct point *p, bool reverse, u64 *ret_ids, u64 *ret_unsigned)
{
	unsigned int first = reverse ? STREAM_REVERSE_ID : 0, i;

	*ret_ids = 0;
	*ret_unsigned = 0;
	for (i = 0; i < p->nstreams; i++) {
		*ret_ids |= 1ULL << (first + i);
		if (lacks_signature(p, i))
			*ret_unsigned |= 1ULL << (first + i);
	}
}

static int make_sink(struct ends *e, unsigned int way, int node, struct err *err)
{
	struct sink_config config = { .latency = true, .node = node, .clk = e->clk };
	struct ends_way *w = &e->way[way];

	if (w->link.kernel_sink || !w->link.rx)
		return 0;
	ends_streams(e->point, way == WAY_REVERSE, &config.streams, &config.unsigned_streams);
	return sink_create(&config, w->link.rx, &w->sink, err);
}

static int make_tuples(struct ends *e, int node, struct err *err)
{
	unsigned int i;

	for (i = 0; i < e->point->nstreams; i++) {
		struct kpps_stream stream;
		int rc;

		if (point_connections(e->point, i) != CONNECTIONS_ESTABLISHED)
			continue;
		rc = ends_build_stream(e, i, &stream, err);
		if (!rc)
			rc = tuple_table_create(&stream, node, &e->tuples[i], err);
		if (rc)
			return rc;
	}
	return 0;
}

int ends_init(struct ends *e, const struct point *p, const struct clk *clk,
	      const struct ends_links *links, int node, struct err *err)
{
	unsigned int i;
	int rc = 0;

	memset(e, 0, sizeof(*e));
	e->point = p;
	e->clk = clk;
	e->way[WAY_FORWARD].link = links->forward;
	e->way[WAY_REVERSE].link = links->reverse;
	e->way[WAY_LOOP].link = links->loop;
	for (i = 0; i < WAYS && !rc; i++)
		rc = make_sink(e, i, node, err);
	if (!rc)
		rc = make_tuples(e, node, err);
	if (rc)
		ends_release(e);
	return rc;
}

static void drop_source(struct ends_way *w)
{
	source_destroy(w->source);
	w->source = NULL;
	w->used = false;
}

void ends_release(struct ends *e)
{
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		drop_source(&e->way[i]);
		sink_destroy(e->way[i].sink);
		e->way[i].sink = NULL;
	}
	for (i = 0; i < POINT_STREAMS_MAX; i++) {
		tuple_table_destroy(e->tuples[i]);
		e->tuples[i] = NULL;
	}
}

u64 ends_flows(const struct ends *e)
{
	struct kpps_stream stream;
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < e->point->nstreams; i++)
		if (point_connections(e->point, i) == CONNECTIONS_ESTABLISHED &&
		    !ends_build_stream(e, i, &stream, NULL))
			sum += stream.flows;
	return sum;
}

void ends_next_run(struct ends *e)
{
	e->run = (e->run + 1) % KPPS_RUNS_MAX;
}

/* Stream @i as it goes in direction @reverse of this trial. */
static int make_stream(struct ends *e, unsigned int i, bool reverse,
		       struct source_stream *ret, struct err *err)
{
	const struct point_stream *ps = &e->point->stream[i];
	struct kpps_stream stream;
	int rc = ends_build_stream(e, i, &stream, err);

	if (rc)
		return rc;
	*ret = (struct source_stream){ .stream = stream, .weight = ps->weight,
				       .rate_pps = ps->rate_pps };
	if (reverse) {
		ret->tuples = e->tuples[i];
		rc = stream_reverse(&stream, &ret->stream);
		if (!rc && e->reverse_macs)
			memcpy(ret->stream.header, e->reverse_macs, 12);
	} else if (sends_syn(e->point, i)) {
		rc = stream_segment(&stream, KPPS_SYN, &ret->stream);
	}
	return rc ? err_set(err, rc, "stream %s can't be sent this way: %s", ps->spec.name,
			    strerror(-rc)) : 0;
}

static int make_source(struct ends *e, unsigned int way, double share,
		       const struct trial_request *req, struct err *err)
{
	static struct source_stream streams[POINT_STREAMS_MAX];	/* large; copied by the source */
	struct ends_way *w = &e->way[way];
	double rate = req->rate_pps * share;
	struct source_config config = {
		.streams = streams,
		.nstreams = e->point->nstreams,
		.duration_ns = req->duration_ns,
		.overrun_ns = e->overrun_ns,
		.together_ns = e->together_ns,
		.wait = req->selftest,
		/* a port takes no more; in the kernel more cost no one anything */
		.burst = e->together_ns && w->link.kernel_source ?
			 w->link.kernel_source->ops->burst : PORT_BURST,
		.clk = e->clk,
	};
	unsigned int i;

	for (i = 0; i < e->point->nstreams; i++) {
		int rc = make_stream(e, i, way == WAY_REVERSE, &streams[i], err);

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
	w->used = true;
	if (w->link.kernel_source)
		return kernel_source_plan(w->link.kernel_source, &config, err);
	return source_create(&config, w->link.tx, &w->source, err);
}

static int restart_sink(struct ends *e, struct ends_way *w, struct err *err)
{
	if (w->link.kernel_sink)
		return kernel_sink_restart(w->link.kernel_sink, e->run, err);
	if (w->sink)
		sink_restart(w->sink, e->run);
	return 0;
}

/* What the kernel has counted at the ports of a way until now. */
static void note_ports(struct ends_way *w)
{
	w->refused = w->source ? port_refused(w->link.tx) : 0;
	w->dropped = w->sink ? port_dropped(w->link.rx) : 0;
}

int ends_prepare(struct ends *e, const struct trial_request *req, struct err *err)
{
	enum direction direction = e->point->direction;
	double share = direction == DIRECTION_BOTH ? 0.5 : 1;
	unsigned int i;
	int rc = 0;

	e->selftest = req->selftest;
	e->strays = 0;
	e->waited_ns = 0;
	e->polled_before = __atomic_load_n(&e->polled, __ATOMIC_RELAXED);
	e->source_err.code = 0;
	ends_next_run(e);
	for (i = 0; i < WAYS; i++)
		drop_source(&e->way[i]);
	if (req->selftest)
		rc = make_source(e, WAY_LOOP, 1, req, err);
	else if (direction != DIRECTION_REVERSE)
		rc = make_source(e, WAY_FORWARD, share, req, err);
	if (!rc && !req->selftest && direction != DIRECTION_FORWARD)
		rc = make_source(e, WAY_REVERSE, share, req, err);
	for (i = 0; i < WAYS && !rc; i++)
		rc = restart_sink(e, &e->way[i], err);
	for (i = 0; i < WAYS; i++)
		note_ports(&e->way[i]);
	return rc;
}

int ends_start(struct ends *e, u64 start_ns, struct err *err)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < WAYS && !rc; i++) {
		struct ends_way *w = &e->way[i];

		w->done = !w->used;
		if (w->source)
			source_start(w->source, start_ns);
		else if (w->used)
			rc = kernel_source_start(w->link.kernel_source, start_ns, err);
	}
	return rc;
}

static void note_broken(struct ends *e, struct ends_way *w, int rc)
{
	const struct err *why = port_error(w->link.tx);

	if (rc == -ENODATA || e->source_err.code)
		return;
	if (why)
		e->source_err = *why;
	else
		err_set(&e->source_err, rc, "the source can't send: %s", strerror(-rc));
}

static int step_way(struct ends *e, struct ends_way *w, volatile bool *stop)
{
	int n;

	if (w->done)
		return 0;
	if (!w->source) {
		kernel_source_wait(w->link.kernel_source, stop, &e->source_err);
		w->done = true;
		return 0;
	}
	n = source_poll(w->source);
	if (n >= 0)
		return n;
	note_broken(e, w, n);
	w->done = true;
	return 0;
}

int ends_source_step(struct ends *e, volatile bool *stop)
{
	bool done = true;
	unsigned int i;
	int n = 0;

	for (i = 0; i < WAYS; i++) {
		n += step_way(e, &e->way[i], stop);
		done &= e->way[i].done;
	}
	return done ? -ENODATA : n;
}

/* Nothing is due here (an answer of the DUT's own, perhaps): keep the ring empty. */
static int discard(struct ends *e, struct port *rx)
{
	struct frame f[PORT_BURST];
	int n = port_peek(rx, f, PORT_BURST);

	if (n <= 0)
		return 0;
	port_release(rx, (unsigned int)n);
	e->strays += (u64)n;
	return n;
}

static int poll_sink(struct ends *e, struct sink *sink)
{
	int n = max(sink_poll(sink), 0);

	if (n)
		__atomic_store_n(&e->polled, e->polled + (u64)n, __ATOMIC_RELAXED);
	return n;
}

int ends_sink_step(void *ends)
{
	struct ends *e = ends;
	unsigned int i;
	int work = 0;

	if (e->selftest)
		return e->way[WAY_LOOP].sink ? poll_sink(e, e->way[WAY_LOOP].sink) : 0;
	for (i = 0; i < WAY_LOOP; i++) {
		struct ends_way *w = &e->way[i];

		if (w->sink)
			work += w->used ? poll_sink(e, w->sink) : discard(e, w->link.rx);
	}
	return work;
}

u64 ends_arrived(const struct ends *e)
{
	u64 sum = __atomic_load_n(&e->polled, __ATOMIC_RELAXED);
	unsigned int i;

	for (i = 0; i < WAYS; i++)
		if (e->way[i].used && e->way[i].link.kernel_sink)
			sum += kernel_sink_frames(e->way[i].link.kernel_sink);
	return sum;
}

static void sent_by(const struct ends_way *w, unsigned int i, struct source_stream_report *ret)
{
	if (w->source)
		source_stream_report(w->source, i, ret);
	else
		kernel_source_stream_report(w->link.kernel_source, i, ret);
}

bool ends_all_arrived(const struct ends *e)
{
	u64 sent = 0;
	unsigned int i, k;

	for (i = 0; i < WAYS; i++) {
		for (k = 0; e->way[i].used && k < e->point->nstreams; k++) {
			struct source_stream_report r;

			sent_by(&e->way[i], k, &r);
			sent += r.sent;
		}
	}
	return ends_arrived(e) - e->polled_before >= sent;
}

static void got_by(const struct ends_way *w, unsigned int id, struct sink_stream_report *ret)
{
	if (w->link.kernel_sink)
		kernel_sink_stream_report(w->link.kernel_sink, id, ret);
	else if (w->sink)
		sink_stream_report(w->sink, id, ret);
	else
		memset(ret, 0, sizeof(*ret));
}

static void report_stream(struct ends *e, unsigned int way, unsigned int i,
			  struct trial_record *rec)
{
	static struct sink_stream_report got;	/* with a histogram: large */
	struct stream_record *s = &rec->stream[rec->nstreams++];
	struct ends_way *w = &e->way[way];
	bool reverse = way == WAY_REVERSE;
	struct source_stream_report sent;

	sent_by(w, i, &sent);
	got_by(w, i + (reverse ? STREAM_REVERSE_ID : 0), &got);
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

static void report_way(struct ends *e, unsigned int way, struct trial_record *rec)
{
	static struct source_report sent;	/* with a histogram: large */
	struct ends_way *w = &e->way[way];
	struct sink_report got = { 0 };
	unsigned int i;

	if (!w->used)
		return;
	if (w->source)
		source_report(w->source, &sent);
	else
		kernel_source_report(w->link.kernel_source, &sent);
	rec->intended += sent.intended;
	rec->sent += sent.sent;
	rec->refused += sent.refused;
	if (w->source)
		rec->refused += port_refused(w->link.tx) - w->refused;
	if (w->sink)
		rec->sink_dropped += port_dropped(w->link.rx) - w->dropped;
	rec->elapsed_ns = max(rec->elapsed_ns, sent.elapsed_ns);
	rec->late_max_ns = max(rec->late_max_ns, sent.late_max_ns);
	rec->backlog_max = max(rec->backlog_max, sent.backlog_max);
	e->waited_ns = max(e->waited_ns, sent.waited_ns);
	hist_merge(&rec->departure, &sent.departure);
	for (i = 0; i < e->point->nstreams; i++)
		report_stream(e, way, i, rec);
	if (w->link.kernel_sink)
		kernel_sink_report(w->link.kernel_sink, &got);
	else if (w->sink)
		sink_report(w->sink, &got);
	rec->corrupted += got.corrupted;
	rec->foreign += got.foreign;
	rec->unsigned_frames += got.unsigned_frames;
	rec->received += got.unsigned_frames;
}

void ends_report(struct ends *e, struct trial_record *rec)
{
	unsigned int i;

	hist_init(&rec->latency);
	hist_init(&rec->departure);
	for (i = 0; i < WAYS; i++)
		report_way(e, i, rec);
	rec->foreign += e->strays;
	rec->has_latency = rec->latency.count > 0;
	rec->lost = rec->intended > rec->received ? rec->intended - rec->received : 0;
}
