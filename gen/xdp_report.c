// SPDX-License-Identifier: GPL-2.0-or-later
/* xdp_report.c - what came of an XDP source's trial: sums over its CPUs. Owner's thread. */
#include <string.h>

#include "gen/xdp_internal.h"

static u64 stream_sent(const struct xdp_source *s, unsigned int stream)
{
	u64 sent = 0;

	for (unsigned int i = 0; i < s->config.ncpus; i++)
		sent += xdp_cpu(s, i)->cursor[stream].sent;
	return sent;
}

u64 xdp_source_sent(const struct kernel_source *source)
{
	const struct xdp_source *s = xdp_of_const(source);
	u64 sent = 0;

	for (unsigned int i = 0; i < s->config.ncpus; i++)
		for (unsigned int k = 0; k < s->nstreams; k++)
			sent += *(const volatile u64 *)&xdp_cpu(s, i)->cursor[k].sent;
	return sent;
}

/* Only veths tell so far; a failure may be another's, if others use the interface. */
static u64 refused(const struct xdp_source *s, u64 sent)
{
	return min(s->after.refused - s->before.refused, sent);
}

static u64 last_departure(const struct xdp_source *s)
{
	u64 last = 0;

	for (unsigned int i = 0; i < s->config.ncpus; i++)
		last = max(last, xdp_cpu(s, i)->departure_ns);
	return last;
}

static u64 intended(const struct xdp_source *s)
{
	u64 unrated = 0;

	for (unsigned int i = 0; i < s->nstreams; i++)
		if (!(s->rate_pps[i] > 0))
			unrated += stream_sent(s, i);
	return kernel_source_intended(&s->schedule, s->start_ns, last_departure(s), s->stopped,
				      unrated);
}

/* Most frames due at once: those since the one that departed the furthest behind. */
static u64 backlog(const struct xdp_source *s, const struct xdp_source_cpu *cpu)
{
	u64 n = 0;

	if (!cpu->compare || !cpu->departed)
		return 0;
	for (u32 i = 0; i < cpu->nlanes; i++)
		n += cpu->late_max_ns / max(s->schedule.lane[i].gap_ns * s->config.ncpus, 1ULL);
	return n + 1;
}

static void departures(const struct xdp_source_cpu *cpu, struct hist *ret)
{
	hist_merge(ret, &cpu->departure);
	for (u64 left = cpu->together, n; left; left -= n) {
		n = min(left, (u64)~0U);
		hist_add(ret, cpu->gap_ns, (u32)n);
	}
}

void xdp_source_report(const struct kernel_source *source, struct source_report *ret)
{
	const struct xdp_source *s = xdp_of_const(source);

	memset(ret, 0, sizeof(*ret));
	hist_init(&ret->departure);
	if (!s->trial)
		return;
	for (unsigned int i = 0; i < s->config.ncpus; i++) {
		const struct xdp_source_cpu *cpu = xdp_cpu(s, i);

		ret->late_max_ns = max(ret->late_max_ns, cpu->late_max_ns);
		ret->backlog_max += backlog(s, cpu);
		ret->waited_ns = max(ret->waited_ns, s->worker[i].waited_ns);
		departures(cpu, &ret->departure);
	}
	for (unsigned int i = 0; i < s->nstreams; i++)
		ret->sent += stream_sent(s, i);
	ret->refused = refused(s, ret->sent);
	ret->intended = max(intended(s), ret->sent);
	if (last_departure(s))
		ret->elapsed_ns = last_departure(s) - s->start_ns;
}

void xdp_source_stream_report(const struct kernel_source *source, unsigned int stream,
			      struct source_stream_report *ret)
{
	const struct xdp_source *s = xdp_of_const(source);

	memset(ret, 0, sizeof(*ret));
	if (!s->trial || stream >= s->nstreams)
		return;
	for (unsigned int i = 0; i < s->config.ncpus; i++)
		ret->bytes += xdp_cpu(s, i)->cursor[stream].bytes;
	ret->sent = stream_sent(s, stream);
	ret->next_index = xdp_stream(s, stream)->first_index + ret->sent;
	/* the interface does not know whose they were */
	if (s->nstreams == 1)
		ret->refused = refused(s, ret->sent);
}
