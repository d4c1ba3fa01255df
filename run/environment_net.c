// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * environment_net.c - links and sysctls of a network namespace, for
 * environment.json. Links are asked by ethtool's ioctls, their interrupts are
 * read from sysfs where the caller's is of the same namespace. No state.
 */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/ethtool.h"
#include "lib/topo_ports.h"
#include "run/environment.h"
#include "run/environment_parts.h"
#include "run/net/visit.h"

/* What all namespaces share and packets feel. Those of conntrack are not here: they
 * come and go with a module, and the testbed records them of the DUT's namespace. */
const char *const environment_host_sysctls[] = {
	"net.core.netdev_budget", "net.core.netdev_budget_usecs", "net.core.dev_weight",
	"net.core.dev_weight_rx_bias", "net.core.dev_weight_tx_bias",
	"net.core.netdev_max_backlog", "net.core.netdev_tstamp_prequeue",
	"net.core.default_qdisc", "net.core.rps_sock_flow_entries", "net.core.busy_poll",
	"net.core.busy_read", "net.core.bpf_jit_enable", "net.core.bpf_jit_harden",
	"net.core.gro_normal_batch", "net.core.skb_defer_max",
	"net.core.devconf_inherit_init_net", "kernel.numa_balancing", "kernel.timer_migration",
	"kernel.nmi_watchdog", "kernel.watchdog", "kernel.sched_autogroup_enabled",
	"kernel.sched_rt_runtime_us", NULL,
};

const char *const environment_dut_sysctls[] = {
	"net.ipv4.ip_forward", "net.ipv4.conf.all.rp_filter", "net.ipv4.conf.default.rp_filter",
	"net.ipv4.ip_early_demux", "net.ipv4.fib_multipath_hash_policy",
	"net.ipv4.neigh.default.gc_thresh3", "net.ipv6.conf.all.forwarding",
	"net.ipv6.neigh.default.gc_thresh3", "net.bridge.bridge-nf-call-iptables",
	"net.bridge.bridge-nf-call-ip6tables", "net.netfilter.nf_conntrack_max",
	"net.netfilter.nf_conntrack_buckets", "net.netfilter.nf_conntrack_acct",
	"net.netfilter.nf_conntrack_checksum", "net.netfilter.nf_conntrack_events",
	"net.netfilter.nf_conntrack_timestamp", "net.netfilter.nf_conntrack_helper",
	"net.netfilter.nf_conntrack_tcp_be_liberal", "net.netfilter.nf_conntrack_tcp_loose",
	"net.netfilter.nf_conntrack_tcp_timeout_established",
	"net.netfilter.nf_conntrack_udp_timeout",
	"net.netfilter.nf_conntrack_udp_timeout_stream",
	"net.netfilter.nf_conntrack_expect_max", "net.netfilter.nf_flowtable_udp_timeout",
	"net.netfilter.nf_flowtable_tcp_timeout", NULL,
};

/* ------------------------------------------------------------------- sysctls */

struct sysctl_look {
	const char *const *names;
	json_t *ret;
};

static int look_at_sysctls(void *arg, struct err *err __unused)
{
	struct sysctl_look *look = arg;
	char path[PATH_MAX], *c;
	unsigned int i;

	for (i = 0; look->names[i]; i++) {
		snprintf(path, sizeof(path), "/proc/sys/%s", look->names[i]);
		for (c = path + strlen("/proc/sys/"); *c; c++)
			*c = *c == '.' ? '/' : *c;
		json_object_set_new(look->ret, look->names[i], env_file(path));
	}
	return 0;
}

json_t *environment_sysctls(const char *const *names, int netns)
{
	struct sysctl_look look = { .names = names, .ret = json_object() };

	if (netns_visit(netns, look_at_sysctls, &look, NULL)) {
		json_decref(look.ret);
		return json_null();
	}
	return look.ret;
}

/* --------------------------------------------------------------------- a link */

static json_t *driver(int fd, const char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	if (ethtool_call(fd, name, &info))
		return json_null();
	return json_pack("{s:s,s:s,s:s,s:s}", "name", info.driver, "version", info.version,
			 "firmware", info.fw_version, "bus", info.bus_info);
}

static json_t *rings(int fd, const char *name)
{
	struct ethtool_ringparam r = { .cmd = ETHTOOL_GRINGPARAM };

	if (ethtool_call(fd, name, &r))
		return json_null();
	return json_pack("{s:i,s:i,s:i,s:i}", "rx", (int)r.rx_pending, "tx", (int)r.tx_pending,
			 "rx_max", (int)r.rx_max_pending, "tx_max", (int)r.tx_max_pending);
}

static json_t *channels(int fd, const char *name)
{
	struct ethtool_channels c = { .cmd = ETHTOOL_GCHANNELS };

	if (ethtool_call(fd, name, &c))
		return json_null();
	return json_pack("{s:i,s:i,s:i,s:i}", "rx", (int)c.rx_count, "tx", (int)c.tx_count,
			 "combined", (int)c.combined_count, "combined_max", (int)c.max_combined);
}

static json_t *coalescing(int fd, const char *name)
{
	struct ethtool_coalesce c = { .cmd = ETHTOOL_GCOALESCE };

	if (ethtool_call(fd, name, &c))
		return json_null();
	return json_pack("{s:i,s:i,s:i,s:i,s:b,s:b}", "rx_usecs", (int)c.rx_coalesce_usecs,
			 "rx_frames", (int)c.rx_max_coalesced_frames, "tx_usecs",
			 (int)c.tx_coalesce_usecs, "tx_frames", (int)c.tx_max_coalesced_frames,
			 "adaptive_rx", (int)c.use_adaptive_rx_coalesce, "adaptive_tx",
			 (int)c.use_adaptive_tx_coalesce);
}

/* Features that are on, with spaces between, as `ethtool -k` has them. */
static json_t *offloads(int fd, const char *name)
{
	struct ethtool_gstrings *names = ethtool_names(fd, name, ETH_SS_FEATURES);
	u32 i, blocks = names ? (names->len + 31) / 32 : 0;
	struct ethtool_gfeatures *f;
	json_t *json = NULL;
	size_t len = 0;
	char *text;

	f = calloc(1, sizeof(*f) + blocks * sizeof(f->features[0]));
	text = calloc(1, (size_t)blocks * 32 * (ETH_GSTRING_LEN + 1) + 1);
	if (!names || !f || !text)
		goto out;
	f->cmd = ETHTOOL_GFEATURES;
	f->size = blocks;
	if (ethtool_call(fd, name, f))
		goto out;
	for (i = 0; i < names->len && i / 32 < f->size; i++) {
		if (!(f->features[i / 32].active & 1U << i % 32))
			continue;
		if (len)
			text[len++] = ' ';
		ethtool_name(names, i, text + len);
		len += strlen(text + len);
	}
	json = json_string(text);
out:
	free(text);
	free(f);
	free(names);
	return json ? json : json_null();
}

/* The indirection table by its size and how many entries each queue has. */
static json_t *rss_table(int fd, const char *name, u32 entries, u32 key)
{
	struct ethtool_rxfh *r = calloc(1, sizeof(*r) + entries * sizeof(u32) + key);
	json_t *queues = json_object(), *json = NULL;
	char number[16];
	u32 i;

	if (!r)
		goto out;
	r->cmd = ETHTOOL_GRSSH;
	r->indir_size = entries;
	r->key_size = key;
	if (ethtool_call(fd, name, r))
		goto out;
	for (i = 0; i < entries; i++) {
		snprintf(number, sizeof(number), "%u", r->rss_config[i]);
		json_object_set_new(queues, number,
				    json_integer(1 + json_integer_value(json_object_get(queues,
											number))));
	}
	json = json_pack("{s:i,s:O,s:i,s:o}", "entries", (int)entries, "queues", queues,
			 "hash_function", (int)r->hfunc, "key_hash",
			 env_hash_json(env_hash(ENV_HASH_START,
						(const char *)(r->rss_config + entries), key)));
out:
	free(r);
	json_decref(queues);
	return json ? json : json_null();
}

static json_t *rss(int fd, const char *name)
{
	struct ethtool_rxfh r = { .cmd = ETHTOOL_GRSSH };

	/* sizes of 0 ask for the sizes */
	if (ethtool_call(fd, name, &r) || !r.indir_size || r.indir_size > 65536 ||
	    r.key_size > 65536)
		return json_null();
	return rss_table(fd, name, r.indir_size, r.key_size);
}

static json_t *mtu(int fd, const char *name)
{
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(fd, SIOCGIFMTU, &ifr) ? json_null() : json_integer(ifr.ifr_mtu);
}

static bool exists(int fd, const char *name)
{
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return !ioctl(fd, SIOCGIFINDEX, &ifr);
}

struct link_look {
	const char *const *names;
	json_t *ret;
};

static int look_at_links(void *arg, struct err *err)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct link_look *look = arg;
	unsigned int i;

	if (fd < 0)
		return err_set(err, -errno, "no socket: %s", strerror(errno));
	for (i = 0; look->names[i]; i++) {
		const char *name = look->names[i];
		json_t *json;

		if (!exists(fd, name)) {
			json_object_set_new(look->ret, name, json_null());
			continue;
		}
		json = json_object();
		json_object_set_new(json, "driver", driver(fd, name));
		json_object_set_new(json, "mtu", mtu(fd, name));
		json_object_set_new(json, "rings", rings(fd, name));
		json_object_set_new(json, "channels", channels(fd, name));
		json_object_set_new(json, "coalescing", coalescing(fd, name));
		json_object_set_new(json, "offloads", offloads(fd, name));
		json_object_set_new(json, "rss", rss(fd, name));
		json_object_set_new(look->ret, name, json);
	}
	close(fd);
	return 0;
}

static void add_port(json_t *json, const struct topo_port *p)
{
	json_t *irqs = json_object();
	unsigned int i;

	for (i = 0; i < p->nirqs; i++)
		json_object_set_new(irqs, p->irq[i].name, json_string(p->irq[i].may));
	json_object_set_new(json, "node", p->node < 0 ? json_null() : json_integer(p->node));
	json_object_set_new(json, "pcie", p->link_width ?
			    json_pack("{s:s,s:i}", "speed", p->link_speed, "width",
				      p->link_width) : json_null());
	json_object_set_new(json, "irqs", irqs);
}

/* Node, PCIe link and interrupts of those that are hardware of this namespace. */
static void add_ports(json_t *links)
{
	/* too large for a stack frame */
	struct topo_ports *ports = calloc(1, sizeof(*ports));
	json_t *json;
	unsigned int i;

	if (ports && !topo_ports_read("", ports, NULL)) {
		for (i = 0; i < ports->n; i++) {
			json = json_object_get(links, ports->port[i].name);
			if (json_is_object(json) && ports->port[i].hardware)
				add_port(json, &ports->port[i]);
		}
		topo_ports_release(ports);
	}
	free(ports);
}

json_t *environment_interfaces(const char *const *names, int netns)
{
	struct link_look look = { .names = names, .ret = json_object() };

	if (netns_visit(netns, look_at_links, &look, NULL)) {
		json_decref(look.ret);
		return json_null();
	}
	if (netns < 0)
		add_ports(look.ret);
	return look.ret;
}
