/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bed.h - inside the testbeds on network interfaces (netns, wire): what their
 * files share.
 *
 *	testbed_netns.c, testbed_wire.c		up and down
 *	bed.c		what both do on the way
 *	bed_trial.c	trials: fill, source, drain, counters, judgement
 *	bed_ends.c	sources and sinks on near, far and the self-test's pair
 *	bed_dut_*.c	what the DUT is: const ops in bed_duts[]
 *	bed_place.c	which CPU treats the DUT's packets
 *	bed_wire.c	CPUs, interrupts and links of real ports
 *
 * Everything on the host belongs to one claim (run/net/claim.h): dropping it
 * undoes what is still there, in whatever state it is.
 */
#ifndef KPPS_BED_H
#define KPPS_BED_H

#include <sched.h>

#include "lib/topo.h"
#include "run/bundled.h"
#include "run/ends.h"
#include "run/net/claim.h"
#include "run/net/ct_events.h"
#include "run/net/hops.h"
#include "run/net/path.h"
#include "run/net/xfrm.h"
#include "run/poller.h"
#include "run/testbed.h"

struct bed;

/* The DUT's own counts, at one moment; what it can't say stays 0. */
struct bed_counts {
	u64 connections, early_drop, dropped, created, expired;
	bool tells_created;	/* the two before are counted, not derived */
};

struct bed_dut_ops {
	const char *name;	/* dut.firewall */
	const char *help;
	enum path_kind path;
	const char *backend;	/* run/net/kernel_rules.h; NULL: no ruleset */
	bool bridge_nf;		/* PATH_BRIDGE: iptables sees what is bridged */
	bool conntrack;		/* tracking without a ruleset */
	/* 0, or what this kernel or machine lacks for @point (NULL: for any); NULL: nothing
	 * is needed */
	int (*probe)(const struct bed_dut_ops *dut, const struct point *point,
		     struct err *err);
	/* set up, read back, compare; down is called also after an error */
	int (*up)(struct bed *n, struct err *err);
	void (*down)(struct bed *n);
	int (*flush)(struct bed *n, struct err *err);	/* forget connections */
	int (*count)(struct bed *n, struct bed_counts *ret, struct err *err);
	/* its own counters, around a trial: read them; and again, adding what there is
	 * to say to @counters (an object). NULL: it has none */
	int (*before)(struct bed *n, struct err *err);
	int (*after)(struct bed *n, json_t *counters, struct err *err);
	bool blind;		/* can't say how many connections it has */
	/* a DUT in this process: stepped by a thread, or by the caller; else NULL */
	int (*step)(void *dut);
	void *(*step_arg)(struct bed *n);
};

extern const struct bed_dut_ops *const bed_duts[];	/* testbed netns's; NULL ends */
const struct bed_dut_ops *bed_dut_find(const char *name);	/* NULL: none */
extern const struct bed_dut_ops bed_dut_kernel, bed_dut_conntrack, bed_dut_legacy,
	bed_dut_nft, bed_dut_native, bed_dut_bridge, bed_dut_bridge_legacy,
	bed_dut_bridge_native, bed_dut_xfrm, bed_dut_bundled, bed_dut_none, bed_dut_dummy, bed_dut_external;

/* What sends or receives at one end; owned. */
struct bed_end {
	struct port *port;		/* by this process, and for the fill phase */
	struct kernel_source *source;
	struct kernel_sink *sink;
};

/* What the testbed knows of its links, for the choice of "auto". */
struct bed_limits {
	bool no_kernel_source, no_kernel_sink;
	bool no_xdp;		/* source: what is sent to takes no frames of programs */
	bool no_sink;		/* there is nowhere to receive */
};

/* The user's commands; see bed_dut_external.c. */
struct bed_hooks {
	bool setup, teardown;	/* was run */
	json_t *log;		/* what they said, for the next trial's record */
	json_t *before;		/* counters: an object of numbers, or a string */
};

#define BED_GATEWAYS	2	/* of a tunnel */

struct bed {
	struct testbed tb;
	struct point *point;		/* own copy: "auto" is what was chosen */
	const struct bed_dut_ops *dut;
	const struct kernel_source_ops *source_ops;	/* NULL: this process sends */
	const struct kernel_sink_ops *sink_ops;		/* NULL: this process receives */
	struct clk clk;
	struct topo topo;
	struct placement place;
	int source_cpus[KERNEL_SOURCE_CPUS_MAX];
	unsigned int nsources;
	pid_t ksoftirqd;		/* alone: of the CPU that does it all; 0: not found */
	cpu_set_t caller_cpus;		/* of the caller, before it was pinned */
	int caller_nice;
	struct claim *claim;
	struct path path;		/* fds of namespaces; wire: the caller's own, and near and far */
	bool path_up;
	int loop_netns[2];		/* of the self-test: where it sends and receives */
	struct rtnl_link loop[2];
	struct bed_end near, far, loop_near, loop_far;
	int napi[2];			/* XDP programs that pass, at eth0 and eth1; 0: none */
	int loop_napi;			/* the same, where the self-test receives */
	struct bundled bundled;
	struct port *dut_port[SIDES];
	bool dut_threads;		/* dut_thread exists */
	struct poller dut_thread, sink_thread;
	struct ends ends;
	struct hops_config hops;
	struct fill_state filled;
	char *rules;			/* the ruleset as the kernel has it; malloc'ed, or NULL */
	struct ct_events *events;	/* dut.event_listener, or NULL */
	struct ct_event_counts events_before;
	struct bed_hooks hooks;
	struct xfrm_counts esp[BED_GATEWAYS];	/* before the trial */
	volatile bool *stop;		/* of the trial in progress; else NULL */
	struct err spoilt;		/* why that trial is invalid whatever it counts; code 0: it isn't */
	u8 reverse_macs[12];		/* of frames from far, as in ends.h */
};

/* bed_probe - testbed_ops.probe. */
int bed_probe(struct err *err);
/* bed_probe_ends - do the source and sink that @p names work here? */
int bed_probe_ends(const struct point *p, struct err *err);
/* bed_create - its own copy of @point, with what "auto" means; no more than that. */
int bed_create(const struct testbed_ops *ops, const struct point *point,
	       const struct bed_limits *limits, struct bed **ret, struct err *err);
/* bed_claim - clean up after others, and take the claim. */
int bed_claim(struct bed *n, struct err *err);
/* bed_has_sink - does anything receive, or are frames gone once they are sent? */
bool bed_has_sink(const struct bed *n);
/* bed_watch - count at every hop of the path. */
void bed_watch(struct bed *n);
/* bed_threads - the sink's, where it has one. */
int bed_threads(struct bed *n, struct err *err);
/* bed_spare_cpu - one that neither sends nor is the DUT's, or else the first source's. */
int bed_spare_cpu(const struct bed *n);
/* bed_ready - pin the caller; last of all. */
void bed_ready(struct bed *n);
/* bed_stop - threads and ends; bed_destroy - the rest, and @n. */
void bed_stop(struct bed *n);
void bed_destroy(struct bed *n);

/* bed_say - add a line to the testbed's notes. */
void bed_say(struct bed *n, const char *fmt, ...) __printf(2, 3);
/* bed_in - call @fn in namespace @fd, and come back. */
int bed_in(int fd, int (*fn)(struct bed *n, struct err *err), struct bed *n,
	     struct err *err);

/* bed_frame_max - the largest frame of the point's streams, without FCS. */
u32 bed_frame_max(const struct point *p);
/* bed_trial - testbed_ops.trial. */
int bed_trial(struct testbed *tb, const struct trial_request *req, volatile bool *stop,
	      struct trial_record *ret, struct err *err);
/* bed_ends_up - open what the point asks for, and ends_init over it. */
int bed_ends_up(struct bed *n, struct err *err);
void bed_ends_down(struct bed *n);
/* bed_ends_fill - open every connection; sinks in the kernel stand aside. */
int bed_ends_fill(struct bed *n, volatile bool *stop, struct fill_total *ret,
		    struct err *err);

/* bed_place - choose CPUs, before anything is set up. */
int bed_place(struct bed *n, struct err *err);
/* bed_sources - the CPUs that send, once the first is chosen: those after it in the
 * topology's order. */
int bed_sources(struct bed *n, struct err *err);
/* bed_place_apply - RPS or NAPI threads of the DUT's links, as placement.mode says. */
int bed_place_apply(struct bed *n, struct err *err);

/* What a DUT that is the running kernel has: bed_dut_ops of these names. */
int bed_kernel_up(struct bed *n, struct err *err);
void bed_kernel_down(struct bed *n);
int bed_kernel_flush(struct bed *n, struct err *err);
int bed_kernel_count(struct bed *n, struct bed_counts *ret, struct err *err);

/* bed_teardown - run dut.teardown, if it was not yet; what it says goes to the notes. */
void bed_teardown(struct bed *n);

#endif
