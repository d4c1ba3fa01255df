// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_dut_kernel.c - the running kernel as the DUT of the netns testbed: it
 * routes (or bridges) between eth0 and eth1 with the point's ruleset, timeouts
 * and kernel parameters; bed_dut_xfrm.c has two of it. The bundled firewall's
 * timeouts are the kernel's under the same names, so a point means the same for
 * both.
 *
 * The most connections are a parameter of the whole machine: it is raised by the
 * claim, and put back at the end.
 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/dut_routes.h"
#include "run/net/conntrack.h"
#include "run/net/kernel_rules.h"
#include "run/bed.h"
#include "run/ruleset_file.h"

#define CT "net.netfilter.nf_conntrack_"

static const struct {
	const char *name;
	size_t offset;
} timeouts[] = {
#define TIMEOUT(name, field) { CT name, offsetof(struct fw_timeouts, field) }
	TIMEOUT("tcp_timeout_syn_sent", tcp_syn_sent),
	TIMEOUT("tcp_timeout_syn_recv", tcp_syn_recv),
	TIMEOUT("tcp_timeout_established", tcp_established),
	TIMEOUT("tcp_timeout_fin_wait", tcp_fin_wait),
	TIMEOUT("tcp_timeout_close_wait", tcp_close_wait),
	TIMEOUT("tcp_timeout_last_ack", tcp_last_ack),
	TIMEOUT("tcp_timeout_time_wait", tcp_time_wait),
	TIMEOUT("tcp_timeout_close", tcp_close),
	TIMEOUT("tcp_timeout_max_retrans", tcp_max_retrans),
	TIMEOUT("tcp_timeout_unacknowledged", tcp_unacknowledged),
	TIMEOUT("udp_timeout", udp),
	TIMEOUT("udp_timeout_stream", udp_stream),
	TIMEOUT("icmp_timeout", icmp),
	TIMEOUT("icmpv6_timeout", icmpv6),
	TIMEOUT("generic_timeout", generic),
#undef TIMEOUT
};

static const struct {
	const char *name;
	size_t offset;
} switches[] = {
	{ CT "tcp_be_liberal", offsetof(struct point_dut, tcp_be_liberal) },
	{ CT "tcp_loose", offsetof(struct point_dut, tcp_loose) },
	{ CT "checksum", offsetof(struct point_dut, check_checksums) },
};

static bool tracks(const struct bed *n)
{
	return n->dut->backend || n->dut->conntrack;
}

/* What was asked for must be what the kernel then says. */
static int set_and_see(int netns, const char *name, const char *value, struct err *err)
{
	char got[64];
	int rc = sysctl_set(netns, name, value, err);

	if (!rc)
		rc = sysctl_get(netns, name, got, sizeof(got), err);
	if (!rc && strcmp(got, value) != 0)
		rc = err_set(err, -EINVAL, "%s was set to %s, but the kernel made it %s: choose a value it takes",
			     name, value, got);
	return rc;
}

static int set_timeouts(int netns, const struct point *p, struct err *err)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(timeouts) && !rc; i++) {
		char value[16];
		u32 seconds;

		memcpy(&seconds, (const char *)&p->dut.timeouts + timeouts[i].offset,
		       sizeof(seconds));
		if (!seconds)
			continue;
		snprintf(value, sizeof(value), "%u", seconds);
		rc = set_and_see(netns, timeouts[i].name, value, err);
	}
	for (i = 0; i < ARRAY_SIZE(switches) && !rc; i++)
		rc = set_and_see(netns, switches[i].name,
				 *((const bool *)&p->dut + switches[i].offset) ? "1" : "0", err);
	return rc;
}

static int set_parameters(int netns, const struct point *p, struct err *err)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < p->dut.nsysctls && !rc; i++)
		rc = set_and_see(netns, p->dut.sysctl[i].name, p->dut.sysctl[i].value, err);
	return rc;
}

/* A machine-wide limit: raised, never lowered below what others may need. */
static int raise_limit(struct bed *n, struct err *err)
{
	static const char path[] = "/proc/sys/net/netfilter/nf_conntrack_max";
	char now[32], value[32];
	int rc = sysctl_get(-1, "net.netfilter.nf_conntrack_max", now, sizeof(now), err);

	if (rc || strtoull(now, NULL, 10) >= n->point->dut.connections_max)
		return rc;
	snprintf(value, sizeof(value), "%llu", (unsigned long long)n->point->dut.connections_max);
	return claim_write(n->claim, path, value, err);
}

/* The stream's own routes, beyond those of the path. */
static int add_routes(struct bed *n, struct err *err)
{
	struct dut_routes *routes = calloc(1, sizeof(*routes));
	int rc;

	if (!routes)
		return err_set(err, -ENOMEM, "out of memory");
	rc = dut_routes_build(routes, n->point, err);
	if (!rc)
		rc = path_routes(&n->path, routes->route, routes->nroutes, err);
	free(routes);
	return rc;
}

static int read_rules(const struct point *p, struct kernel_rules *rules, char paths[2][PATH_MAX],
		      char *texts[2], struct err *err)
{
	static const int families[2] = { AF_INET, AF_INET6 };
	unsigned int f;
	int rc = 0;

	for (f = 0; f < 2 && !rc; f++) {
		if (!point_has_family(p, families[f]))
			continue;
		rc = ruleset_read(p->dut.ruleset, families[f], paths[f], PATH_MAX, &texts[f],
				  &rules->len[f], err);
		rules->name[f] = paths[f];
		rules->text[f] = texts[f];
	}
	return rc;
}

static int load_rules(struct bed *n, struct err *err)
{
	const struct kernel_rules_backend *backend;
	struct kernel_rules rules = {
		.flowtable = n->point->dut.flowtable, .bridge = n->dut->path == PATH_BRIDGE,
	};
	char paths[2][PATH_MAX], *texts[2] = { NULL, NULL };
	int rc;

	if (n->dut->conntrack)
		return kernel_conntrack_on(n->path.netns[PATH_DUT], err);
	if (!n->dut->backend)
		return 0;
	backend = kernel_rules_backend(n->dut->backend);
	rc = read_rules(n->point, &rules, paths, texts, err);
	if (!rc)
		rc = backend->load(n->path.netns[PATH_DUT], &rules, &n->rules, err);
	free(texts[0]);
	free(texts[1]);
	return rc;
}

static int set_qdisc(struct bed *n, enum path_hop hop, struct err *err)
{
	struct rtnl *r;
	int rc = rtnl_open(n->path.hop_netns[hop], &r, err);

	if (rc)
		return rc;
	rc = rtnl_qdisc(r, n->path.link[hop].ifindex, n->point->dut.qdisc, err);
	rtnl_close(r);
	return rc;
}

static int set_qdiscs(struct bed *n, struct err *err)
{
	const char *kind = n->point->dut.qdisc;
	enum path_hop hop;
	int rc = 0;

	if (!*kind || !strcmp(kind, "default"))
		return 0;
	for (hop = HOP_NEAR; hop < PATH_HOPS && !rc; hop++)
		if (path_in_dut(&n->path, hop))
			rc = set_qdisc(n, hop, err);
	return rc;
}

/* A program of the DUT's that reads; it is not what is measured. */
static int listen_events(struct bed *n, struct err *err)
{
	const struct ct_events_config config = {
		.netns = n->path.netns[PATH_DUT], .topo = &n->topo, .cpu = bed_spare_cpu(n),
		.nice = n->caller_nice,
	};
	int rc;

	if (!n->point->dut.event_listener)
		return 0;
	rc = ct_events_open(&config, &n->events, err);
	if (!rc)
		bed_say(n, "events of connections are read on CPU %d\n", config.cpu);
	return rc;
}

static int kernel_before(struct bed *n, struct err *err __unused)
{
	if (n->events)
		ct_events_read(n->events, &n->events_before);
	return 0;
}

static int kernel_after(struct bed *n, json_t *counters, struct err *err __unused)
{
	const struct ct_event_counts *b = &n->events_before;
	struct ct_event_counts a;

	if (!n->events)
		return 0;
	ct_events_read(n->events, &a);
	json_object_set_new(counters, "events",
			    json_pack("{s:I,s:I,s:I,s:I,s:I}",
				      "new", (json_int_t)(a.created - b->created),
				      "update", (json_int_t)(a.updated - b->updated),
				      "destroy", (json_int_t)(a.destroyed - b->destroyed),
				      "overruns", (json_int_t)(a.overruns - b->overruns),
				      "dropped", (json_int_t)(a.dropped - b->dropped)));
	return 0;
}

int bed_kernel_up(struct bed *n, struct err *err)
{
	int dut = n->path.netns[PATH_DUT];
	int rc = n->dut->path == PATH_BRIDGE ? 0 : add_routes(n, err);

	if (!rc && tracks(n))
		rc = set_timeouts(dut, n->point, err);
	if (!rc && tracks(n))
		rc = raise_limit(n, err);
	if (!rc)
		rc = load_rules(n, err);
	if (!rc)
		rc = set_parameters(dut, n->point, err);
	if (!rc && n->path.kind == PATH_TUNNEL)
		rc = set_parameters(n->path.netns[PATH_PEER], n->point, err);
	if (!rc)
		rc = set_qdiscs(n, err);
	if (!rc)
		rc = listen_events(n, err);
	return rc;
}

/* All else goes with the namespace, which this would hold. */
void bed_kernel_down(struct bed *n)
{
	ct_events_close(n->events);
	n->events = NULL;
}

int bed_kernel_flush(struct bed *n, struct err *err)
{
	return tracks(n) ? conntrack_flush(n->path.netns[PATH_DUT], err) : 0;
}

int bed_kernel_count(struct bed *n, struct bed_counts *ret, struct err *err)
{
	char text[32];
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (!tracks(n))
		return 0;
	rc = sysctl_get(n->path.netns[PATH_DUT], CT "count", text, sizeof(text), err);
	ret->connections = rc ? 0 : strtoull(text, NULL, 10);
	return rc;
}

static int bridge_probe(const struct bed_dut_ops *dut, const struct kernel_rules_backend *backend,
			struct err *err)
{
	char value[8];

	if (dut->bridge_nf &&
	    sysctl_get(-1, "net.bridge.bridge-nf-call-iptables", value, sizeof(value), NULL))
		return err_set(err, -ENOTSUP, "bridged packets don't come to iptables here: load the module br_netfilter (CONFIG_BRIDGE_NETFILTER)");
	return kernel_rules_probe_bridge(backend, err);
}

static int kernel_probe(const struct bed_dut_ops *dut, const struct point *p __unused,
			struct err *err)
{
	const struct kernel_rules_backend *backend =
		dut->backend ? kernel_rules_backend(dut->backend) : NULL;

	if (backend && dut->path == PATH_BRIDGE)
		return bridge_probe(dut, backend, err);
	return backend ? backend->probe(err) : 0;
}

#define KERNEL(n, h) \
	.name = n, .help = h, .probe = kernel_probe, .up = bed_kernel_up, \
	.down = bed_kernel_down, .flush = bed_kernel_flush, .count = bed_kernel_count, \
	.before = kernel_before, .after = kernel_after

const struct bed_dut_ops bed_dut_kernel = {
	KERNEL("kernel", "the running kernel routes, without any rules"), .path = PATH_ROUTE,
};
const struct bed_dut_ops bed_dut_conntrack = {
	KERNEL("conntrack", "and tracks connections, without a ruleset"), .path = PATH_ROUTE,
	.conntrack = true,
};
const struct bed_dut_ops bed_dut_legacy = {
	KERNEL("iptables-legacy", "with the ruleset by iptables-legacy-restore"),
	.path = PATH_ROUTE, .backend = "legacy",
};
const struct bed_dut_ops bed_dut_nft = {
	KERNEL("iptables-nft", "with the ruleset by iptables-nft-restore"), .path = PATH_ROUTE,
	.backend = "nft",
};
const struct bed_dut_ops bed_dut_native = {
	KERNEL("nftables", "with the ruleset translated to nftables"), .path = PATH_ROUTE,
	.backend = "native",
};
const struct bed_dut_ops bed_dut_bridge = {
	KERNEL("bridge", "the running kernel bridges, without any rules"), .path = PATH_BRIDGE,
};
const struct bed_dut_ops bed_dut_bridge_legacy = {
	KERNEL("bridge-iptables", "and has the ruleset by iptables-legacy-restore (br_netfilter)"),
	.path = PATH_BRIDGE, .backend = "legacy", .bridge_nf = true,
};
const struct bed_dut_ops bed_dut_bridge_native = {
	KERNEL("bridge-nftables", "and has the ruleset translated to nftables of family bridge"),
	.path = PATH_BRIDGE, .backend = "native",
};
