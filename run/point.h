/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * point.h - one point of a plan: everything a testbed and the goals need, with
 * defaults filled in and every value checked. Made by scenario.c from a
 * scenario's tree; plain data, copied freely, owned by struct plan.
 */
#ifndef KPPS_POINT_H
#define KPPS_POINT_H

#include "fw-under-test/engine/fw.h"
#include "lib/record.h"
#include "lib/stream_build.h"
#include "run/goal.h"

#define POINT_STREAMS_MAX 16
#define POINT_GOALS_MAX 8
#define POINT_PARAMS_MAX 16
#define POINT_PATH 256
#define POINT_HOOK 1024
#define POINT_PORT 16

enum connections { CONNECTIONS_NONE, CONNECTIONS_ESTABLISHED, CONNECTIONS_NEW };
enum direction { DIRECTION_FORWARD, DIRECTION_REVERSE, DIRECTION_BOTH };

struct point_stream {
	struct stream_spec spec;
	u32 own_connections;	/* 0: the point's; else enum connections + 1 */
	u64 weight;
	double rate_pps;
};

/*
 * What the sweep set: the point's name and axes. Every point has the same keys
 * in the same order, with the scenario's own value where only other points
 * sweep a key; goals are among them only where points differ in nothing else.
 */
struct point_param {
	char key[64];		/* "dut.ruleset" */
	char value[64];		/* "full" */
};

#define POINT_SYSCTLS_MAX 32

struct point_sysctl {
	char name[96];		/* "net.netfilter.nf_conntrack_acct" */
	char value[64];
};

/* Who treats the DUT's packets, where the kernel is the DUT or carries it. */
enum placement_mode { PLACEMENT_AUTO, PLACEMENT_SAME, PLACEMENT_SPLIT, PLACEMENT_THREADED };

/* Source and sink on the DUT's NUMA node, or on another. */
enum placement_numa { PLACEMENT_LOCAL, PLACEMENT_REMOTE };

struct point_dut {
	char firewall[32];	/* "bundled", "kernel", …, "none" (source to sink) */
	char port[16];		/* bundled, netns: "auto", "xdp", "packet" */
	bool gro, flowtable;
	bool event_listener;	/* kernel: somebody reads what it says of connections */
	char qdisc[16];		/* of the DUT's links; "default" */
	char esp[24];		/* firewall xfrm: "none", or an xfrm_suite's name */
	unsigned int nsysctls;
	struct point_sysctl sysctl[POINT_SYSCTLS_MAX];
	char ruleset[POINT_PATH];	/* a name under rulesets/ or a path without its .v4/.v6 */
	u32 workers;
	u64 connections_max;
	u32 ring;		/* slots of each port */
	struct fw_timeouts timeouts;
	bool tcp_be_liberal, tcp_loose, check_checksums;
	/* external: commands of the user's for sh; "" none */
	char setup[POINT_HOOK], reset[POINT_HOOK], counters[POINT_HOOK], teardown[POINT_HOOK];
	u64 hook_timeout_ns;
};

/* Testbed wire: interfaces of the caller's network namespace. */
struct point_wire {
	unsigned int nports, nmacs, nirq_cpus, ni_know;
	char port[2][POINT_PORT];	/* near, far; the same name twice when there is one */
	u8 mac[2][6];			/* of the DUT, where near sends to and where far does */
	int irq_cpu[2];
	char i_know[8][POINT_PORT];	/* ports to take whatever the host uses them for */
};

/* Testbed vm: what runs inside, and on what. */
#define VM_KERNEL_DEFAULT "debian-6.1"

enum vm_clock { VM_CLOCK_INSTRUCTIONS, VM_CLOCK_WALL };

struct point_vm {
	char kernel[128];	/* as run/kernels/kernel.h names them */
	u32 clock;		/* enum vm_clock */
	u32 cpus;		/* 0: as the clock wants */
	u32 memory;		/* MiB */
	char cmdline[256];	/* appended to the kernel's */
};

struct point_impair {		/* shares 0 … 1 */
	double drop, duplicate, reorder, corrupt, delay;
	u64 delay_ns;
	u32 reorder_by;
};

struct point {
	char name[RECORD_NAME];	/* "ruleset=full family=ipv6"; unique in the plan */
	char testbed[32];
	char preset[32];
	unsigned int nparams;
	struct point_param param[POINT_PARAMS_MAX];
	unsigned int nstreams;
	struct point_stream stream[POINT_STREAMS_MAX];
	struct point_dut dut;
	struct point_impair impair;
	struct point_wire wire;
	struct point_vm vm;
	const struct plan *plan;	/* whose it is; borrowed */
	enum connections connections;
	enum direction direction;
	unsigned int ngoals;
	struct goal_spec goal[POINT_GOALS_MAX];
	u64 seed;
	u64 drain_ns;		/* longest wait for the last frames */
	int cpus[2 + 8];	/* placement asked for; -1: chosen */
	enum placement_mode placement;
	u32 remote;		/* enum placement_numa */
	u32 sources;		/* CPUs that send; 0: 1 */
	char source[16], sink[16];	/* "auto", kernel_sources[] and kernel_sinks[], "packet",
					 * "af_xdp"; chosen: sink "none" where nothing arrives */
	bool profile;		/* a trial more, with a CPU profile of the DUT */
	double max_load_pps;	/* user's bound on the load; 0: the self-test's */
};

static inline enum connections point_connections(const struct point *p, unsigned int stream)
{
	u32 own = p->stream[stream].own_connections;

	return own ? (enum connections)(own - 1) : p->connections;
}

/* point_any, point_all - have any, all of the streams their connections so? */
static inline bool point_any(const struct point *p, enum connections c)
{
	for (unsigned int i = 0; i < p->nstreams; i++)
		if (point_connections(p, i) == c)
			return true;
	return false;
}

static inline bool point_all(const struct point *p, enum connections c)
{
	for (unsigned int i = 0; i < p->nstreams; i++)
		if (point_connections(p, i) != c)
			return false;
	return true;
}

/* point_has_family - is there a stream of AF_INET, AF_INET6? */
static inline bool point_has_family(const struct point *p, int family)
{
	for (unsigned int i = 0; i < p->nstreams; i++)
		if (p->stream[i].spec.family == family)
			return true;
	return false;
}

/* point_size_max - the largest frame of all streams, with FCS. */
static inline u32 point_size_max(const struct point *p)
{
	u32 largest = 0;

	for (unsigned int i = 0; i < p->nstreams; i++)
		for (unsigned int k = 0; k < p->stream[i].spec.nsizes; k++)
			largest = max(largest, (u32)p->stream[i].spec.sizes[k]);
	return largest;
}

/* point_size_mean - of the frames of one stream, with FCS; 0 without sizes. */
static inline double point_size_mean(const struct stream_spec *s)
{
	double sum = 0;

	for (unsigned int k = 0; k < s->nsizes; k++)
		sum += s->sizes[k];
	return s->nsizes ? sum / s->nsizes : 0;
}

struct plan {
	char name[64];
	char question[256];
	u32 rounds;		/* how often each point is measured, all once before any again */
	unsigned int npoints;
	struct point *point;
	char *text;		/* the scenario as it was run (--set applied), YAML */
};

/*
 * plan_read - read, apply @sets ("a.b=c"), expand the sweep, check. @text NULL:
 * the file @path; otherwise @path is only for messages and for the name of a
 * scenario without one. Every problem is passed to @report through one call
 * each; returns -EINVAL when there was any, -ENOENT, -ENOMEM.
 */
typedef void (*plan_report_fn)(void *arg, const char *sentence);
int plan_read(const char *path, const char *text, size_t len, const char *const *sets,
	      unsigned int nsets, plan_report_fn report, void *arg, struct plan **ret_plan);
void plan_free(struct plan *plan);
/* plan_point_seconds - expected wall time of one point. */
double plan_point_seconds(const struct point *p);

#endif
