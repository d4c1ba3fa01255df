// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hops.c - what the difference of two readings says: as JSON, and as the
 * sentence that locates a loss. Arithmetic only; hops_read.c reads.
 */
#include "run/net/hops.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Counters of conntrack and softnet have 32 bits and wrap. */
static u64 delta32(u64 before, u64 after)
{
	return (u32)(after - before);
}

/* A counter that went back was set to 0 in between (driver reset): all of it is new. */
static u64 delta(u64 before, u64 after)
{
	return after >= before ? after - before : after;
}

static struct hop_link link_delta(const struct hop_link *a, const struct hop_link *b)
{
	struct hop_link d = {
		.rx_packets = delta(a->rx_packets, b->rx_packets),
		.tx_packets = delta(a->tx_packets, b->tx_packets),
		.rx_dropped = delta(a->rx_dropped, b->rx_dropped),
		.tx_dropped = delta(a->tx_dropped, b->tx_dropped),
		.rx_errors = delta(a->rx_errors, b->rx_errors),
		.tx_errors = delta(a->tx_errors, b->tx_errors),
		.rx_missed = delta(a->rx_missed, b->rx_missed),
		.rx_queue_drops = delta(a->rx_queue_drops, b->rx_queue_drops),
		.rx_xdp_drops = delta(a->rx_xdp_drops, b->rx_xdp_drops),
		.tx_xdp_errors = delta(a->tx_xdp_errors, b->tx_xdp_errors),
	};

	snprintf(d.name, sizeof(d.name), "%s", b->name);
	return d;
}

/* @after - @before; levels (conntrack's count) are those of @after. */
static struct hops hops_delta(const struct hops *a, const struct hops *b)
{
	struct hops d = { .duplex = b->duplex };
	unsigned int i;

	d.nlinks = min(a->nlinks, b->nlinks);
	d.ncpus = min(a->ncpus, b->ncpus);
	for (i = 0; i < d.nlinks; i++)
		d.link[i] = link_delta(&a->link[i], &b->link[i]);
	d.conntrack.count = b->conntrack.count;
#define DIFF(field) d.field = delta32(a->field, b->field)
	DIFF(conntrack.found), DIFF(conntrack.invalid), DIFF(conntrack.insert);
	DIFF(conntrack.insert_failed), DIFF(conntrack.drop), DIFF(conntrack.early_drop);
	DIFF(conntrack.search_restart), DIFF(conntrack.clash_resolve);
	DIFF(conntrack.chaintoolong);
	for (i = 0; i < d.ncpus; i++)
		DIFF(cpu[i].processed), DIFF(cpu[i].dropped), DIFF(cpu[i].time_squeeze);
#undef DIFF
#define DIFF(field) d.field = delta(a->field, b->field)
	DIFF(ip.header_errors), DIFF(ip.address_errors), DIFF(ip.no_routes), DIFF(ip.discards);
	DIFF(ip.forwarded);
	for (i = 0; i < d.ncpus; i++) {
		DIFF(cpu[i].user_ns), DIFF(cpu[i].system_ns), DIFF(cpu[i].softirq_ns);
		DIFF(cpu[i].steal_ns), DIFF(cpu[i].idle_ns);
	}
#undef DIFF
	return d;
}

/* --------------------------------------------------------------------- JSON */

static void put(json_t *json, const char *key, u64 value)
{
	if (value)
		json_object_set_new(json, key, json_integer((json_int_t)value));
}

static json_t *link_json(const struct hop_link *l)
{
	json_t *json = json_object();

	json_object_set_new(json, "name", json_string(l->name));
	put(json, "rx_packets", l->rx_packets);
	put(json, "tx_packets", l->tx_packets);
	put(json, "rx_dropped", l->rx_dropped);
	put(json, "tx_dropped", l->tx_dropped);
	put(json, "rx_errors", l->rx_errors);
	put(json, "tx_errors", l->tx_errors);
	put(json, "rx_missed", l->rx_missed);
	put(json, "rx_queue_drops", l->rx_queue_drops);
	put(json, "rx_xdp_drops", l->rx_xdp_drops);
	put(json, "tx_xdp_errors", l->tx_xdp_errors);
	return json;
}

static json_t *conntrack_json(const struct hops *d, u64 count_before)
{
	json_t *json = json_object();

	put(json, "count_before", count_before);
	put(json, "count_after", d->conntrack.count);
	put(json, "found", d->conntrack.found);
	put(json, "invalid", d->conntrack.invalid);
	put(json, "insert", d->conntrack.insert);
	put(json, "insert_failed", d->conntrack.insert_failed);
	put(json, "drop", d->conntrack.drop);
	put(json, "early_drop", d->conntrack.early_drop);
	put(json, "search_restart", d->conntrack.search_restart);
	put(json, "clash_resolve", d->conntrack.clash_resolve);
	put(json, "chaintoolong", d->conntrack.chaintoolong);
	return json;
}

static json_t *ip_json(const struct hops *d)
{
	json_t *json = json_object();

	put(json, "header_errors", d->ip.header_errors);
	put(json, "address_errors", d->ip.address_errors);
	put(json, "no_routes", d->ip.no_routes);
	put(json, "discards", d->ip.discards);
	put(json, "forwarded", d->ip.forwarded);
	return json;
}

static json_t *cpu_json(const struct hops *d, unsigned int cpu)
{
	json_t *json = json_object();

	put(json, "processed", d->cpu[cpu].processed);
	put(json, "dropped", d->cpu[cpu].dropped);
	put(json, "time_squeeze", d->cpu[cpu].time_squeeze);
	put(json, "user_ns", d->cpu[cpu].user_ns);
	put(json, "system_ns", d->cpu[cpu].system_ns);
	put(json, "softirq_ns", d->cpu[cpu].softirq_ns);
	put(json, "steal_ns", d->cpu[cpu].steal_ns);
	put(json, "idle_ns", d->cpu[cpu].idle_ns);
	return json;
}

json_t *hops_json(const struct hops *before, const struct hops *after)
{
	struct hops d = hops_delta(before, after);
	json_t *json = json_object(), *links = json_array(), *cpus = json_object();
	unsigned int i;

	for (i = 0; i < d.nlinks; i++)
		json_array_append_new(links, link_json(&d.link[i]));
	for (i = 0; i < d.ncpus; i++) {
		json_t *cpu = cpu_json(&d, i);
		char number[16];

		snprintf(number, sizeof(number), "%u", i);
		if (json_object_size(cpu))
			json_object_set_new(cpus, number, cpu);
		else
			json_decref(cpu);
	}
	json_object_set_new(json, "links", links);
	json_object_set_new(json, "conntrack", conntrack_json(&d, before->conntrack.count));
	json_object_set_new(json, "ip", ip_json(&d));
	json_object_set_new(json, "cpus", cpus);
	return json;
}

/* -------------------------------------------------------------- where a loss is */

struct text {
	char *buf;
	size_t size, len;
};

static void say(struct text *t, const char *fmt, ...) __printf(2, 3);
static void say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->len >= t->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len += n > 0 ? (size_t)n : 0;
}

/* Reasons in brackets behind a number. */
static void reason(struct text *t, unsigned int *n, const char *who, const char *what, u64 count)
{
	if (count)
		say(t, "%s%s%s%s %llu", (*n)++ ? ", " : " (", who, *who ? " " : "", what,
		    (unsigned long long)count);
}

static bool transmits(unsigned int link)
{
	return !(link & 1);
}

/* Frames of the measured direction at @link, and of the other one. */
static u64 there(const struct hops *d, unsigned int link)
{
	return transmits(link) ? d->link[link].tx_packets : d->link[link].rx_packets;
}

static u64 back(const struct hops *d, unsigned int link)
{
	if (!d->duplex)
		return 0;
	return transmits(link) ? d->link[link].rx_packets : d->link[link].tx_packets;
}

/*
 * Frames that went missing behind hop @from and before hop @to; -1 is the
 * source, nlinks the sink. Negative: more arrived than set out. Both ways, only
 * the sum of what the two ends sent is known: the first step is then that of
 * both senders, the last one of both receivers.
 */
static s64 missing(const struct hops *d, int from, int to, u64 sent, u64 received)
{
	const unsigned int last = d->nlinks - 1;
	u64 in, out;

	if (from < 0) {
		in = sent;
		out = there(d, (unsigned int)to) + back(d, last);
	} else if (to > (int)last) {
		in = there(d, (unsigned int)from) + back(d, 0);
		out = received;
	} else {
		in = there(d, (unsigned int)from) + back(d, (unsigned int)to);
		out = there(d, (unsigned int)to) + back(d, (unsigned int)from);
	}
	return (s64)(in - out);
}

/*
 * A hop that saw far fewer frames than those on both sides of it does not count
 * them: some drivers leave what XDP sends out of tx_packets.
 */
static bool blind(const struct hops *d, unsigned int link, u64 sent, u64 received)
{
	u64 own = there(d, link);
	u64 before = link ? there(d, link - 1) : sent;
	u64 after = link + 1 < d->nlinks ? there(d, link + 1) : received;

	return !d->duplex && own < before / 2 && own < after / 2;
}

static const char *hop_name(const struct hops *d, int hop)
{
	return hop < 0 ? "source" : hop == (int)d->nlinks ? "sink" : d->link[hop].name;
}

static void dut_reasons(const struct hops *d, struct text *t, unsigned int *n)
{
	reason(t, n, "conntrack", "drop", d->conntrack.drop);
	reason(t, n, "conntrack", "insert_failed", d->conntrack.insert_failed);
	reason(t, n, "conntrack", "chaintoolong", d->conntrack.chaintoolong);
	reason(t, n, "conntrack", "invalid", d->conntrack.invalid);
	reason(t, n, "IP", "header errors", d->ip.header_errors);
	reason(t, n, "IP", "address errors", d->ip.address_errors);
	reason(t, n, "IP", "no route", d->ip.no_routes);
	reason(t, n, "IP", "discards", d->ip.discards);
}

/* Frames that @link was to send and did not; @peer is behind it, or NULL. */
static void tx_reasons(const struct hop_link *l, const struct hop_link *peer, struct text *t,
		       unsigned int *n)
{
	reason(t, n, l->name, "tx_dropped", l->tx_dropped);
	reason(t, n, l->name, "tx_errors", l->tx_errors);
	/* veth has these in tx_dropped, and once more as its peer's rx_dropped */
	if (l->tx_xdp_errors && peer && peer->rx_dropped >= l->tx_xdp_errors)
		say(t, "%sthe ring of %s was full", *n ? ": " : "", peer->name);
	else if (!l->tx_dropped)
		reason(t, n, l->name, "tx_xdp_errors", l->tx_xdp_errors);
}

/* Frames that came to @link and do not count as received. */
static void rx_reasons(const struct hop_link *l, struct text *t, unsigned int *n)
{
	reason(t, n, l->name, "rx_missed", l->rx_missed);
	reason(t, n, l->name, "rx_errors", l->rx_errors);
	reason(t, n, l->name, "rx_dropped", l->rx_dropped);
}

/* Frames that count as received at @link and went no further. */
static void taken_reasons(const struct hop_link *l, const struct hop_link *peer, bool sink,
			  struct text *t, unsigned int *n)
{
	u64 full = peer ? peer->tx_xdp_errors : 0;	/* not received: see tx_reasons */

	reason(t, n, l->name, "rx_dropped", l->rx_dropped > full ? l->rx_dropped - full : 0);
	/* a sink that is an XDP program drops all that it has counted */
	if (!sink)
		reason(t, n, l->name, "rx_xdp_drops", l->rx_xdp_drops);
}

static const struct hop_link *peer_of(const struct hops *d, int link)
{
	return (link ^ 1) < (int)d->nlinks ? &d->link[link ^ 1] : NULL;
}

/* What the hops at the ends of a step from @from to @to counted as dropped. */
static void step_reasons(const struct hops *d, int from, int to, struct text *t, unsigned int *n)
{
	const int links = (int)d->nlinks;
	const bool reverse = links && from > to;

	if (to >= 0 && to < links) {
		if (transmits((unsigned int)to) != reverse)
			tx_reasons(&d->link[to], peer_of(d, to), t, n);
		else
			rx_reasons(&d->link[to], t, n);
	}
	if (from >= 0 && from < links && transmits((unsigned int)from) == reverse)
		taken_reasons(&d->link[from], peer_of(d, from), to < 0 || to == links, t, n);
}

/* The same step on the way back; the ends stand for each other, see missing(). */
static void back_reasons(const struct hops *d, int from, int to, struct text *t, unsigned int *n)
{
	const int links = (int)d->nlinks;

	if (from < 0)
		step_reasons(d, links, links - 1, t, n);
	else if (to == links)
		step_reasons(d, 0, -1, t, n);
	else
		step_reasons(d, to, from, t, n);
}

/* Returns whether any counter explains it. */
static bool say_step(const struct hops *d, int from, int to, s64 lost, struct text *t)
{
	const int last = (int)d->nlinks - 1;
	unsigned int n = 0;

	say(t, "between %s", hop_name(d, from));
	if (d->duplex && to == last + 1)
		say(t, " or %s", hop_name(d, 0));
	say(t, " and %s", hop_name(d, to));
	if (d->duplex && from < 0)
		say(t, " or %s", hop_name(d, last));
	say(t, ": %llu", (unsigned long long)lost);
	step_reasons(d, from, to, t, &n);
	if (d->duplex)
		back_reasons(d, from, to, t, &n);
	if (from <= 1 && to >= 2 && to < (int)d->nlinks)
		dut_reasons(d, t, &n);
	say(t, "%s", n ? ")" : "");
	return n;
}

/* The backlog belongs to a CPU, not to a link. */
static bool say_backlog(const struct hops *d, struct text *t)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < d->ncpus; i++) {
		if (!d->cpu[i].dropped)
			continue;
		say(t, "%sCPU %u dropped %llu", any ? ", " : "; the backlog (net.core.netdev_max_backlog) of ",
		    i, (unsigned long long)d->cpu[i].dropped);
		any = true;
	}
	return any;
}

static void say_lost(u64 lost, u64 sent, struct text *t)
{
	say(t, "%llu of %llu frames lost: ", (unsigned long long)lost, (unsigned long long)sent);
}

void hops_locate(const struct hops *before, const struct hops *after, u64 sent, u64 received,
		 char *ret, size_t size)
{
	struct hops d = hops_delta(before, after);
	struct text t = { .buf = ret, .size = size };
	int from = -1, to;
	unsigned int steps = 0;
	bool explained = true, in_dut = false;
	u64 gained = 0;
	s64 n;

	if (size)
		ret[0] = '\0';
	if (received >= sent)
		return;
	say_lost(sent - received, sent, &t);
	for (to = 0; d.nlinks && to <= (int)d.nlinks; to++) {
		if (to < (int)d.nlinks && blind(&d, (unsigned int)to, sent, received))
			continue;
		n = missing(&d, from, to, sent, received);
		if (n > 0) {
			say(&t, "%s", steps++ ? "; " : "");
			explained &= say_step(&d, from, to, n, &t);
			in_dut |= from <= 1 && to >= 2 && to < (int)d.nlinks;
		}
		gained += n < 0 ? (u64)-n : 0;
		from = to;
	}
	if (!steps)
		say(&t, "the counters don't tell where");
	else if (!(say_backlog(&d, &t) || explained))
		say(&t, "; no counter says why%s", in_dut ? "; rules that drop have their own" : "");
	if (gained)
		say(&t, "; %llu frames that the source did not send came in on the way",
		    (unsigned long long)gained);
}
