/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ct_events.h - a listener to what the kernel says about the connections of a
 * network namespace (ctnetlink events), as conntrackd or a logger is one: a thread
 * that sleeps until there are messages, reads them one by one and counts them. It
 * looks at their headers only; what a real one does with them costs more, on its CPU.
 *
 * Life: open, read as often as one likes, close. One caller.
 */
#ifndef KPPS_NET_CT_EVENTS_H
#define KPPS_NET_CT_EVENTS_H

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/topo.h"

struct ct_events_config {
	int netns;		/* fd */
	const struct topo *topo;	/* borrowed; NULL: on any CPU */
	int cpu, nice;		/* the thread's */
	unsigned int buffer;	/* bytes of the socket's; 0: 2 MiB, conntrackd's */
};

struct ct_event_counts {
	u64 created, updated, destroyed;	/* events that were read */
	u64 overruns;		/* the reader was told that some were lost (ENOBUFS) */
	u64 dropped;		/* those that were lost */
};

struct ct_events;

int ct_events_open(const struct ct_events_config *config, struct ct_events **ret,
		   struct err *err);
void ct_events_close(struct ct_events *e);	/* NULL is fine */
/* ct_events_read - since it was opened, of all that was said before the call: it waits
 * until that was read, but 2 s at most. */
void ct_events_read(struct ct_events *e, struct ct_event_counts *ret);

#endif
