// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hops_read.c - reads the counters of hops.h. What lies in a network namespace
 * is read by a thread of its own that enters it and ends; /proc/net is then the
 * thread's, which is why the paths go by /proc/thread-self. No state.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/ethtool.h"
#include "run/net/hops.h"
#include "run/net/visit.h"

/* ------------------------------------------------------------------- a link */

struct link_look {
	const char *name;
	int ifindex;
	struct hop_link *ret;
	bool found, renamed;
	char now[IF_NAMESIZE];
};

static int link_reply(const struct nlmsghdr *nlh, void *arg)
{
	struct link_look *look = arg;
	struct rtnl_link_stats64 s;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) == IFLA_IFNAME) {
			snprintf(look->now, sizeof(look->now), "%s", mnl_attr_get_str(attr));
			look->renamed = strcmp(look->now, look->name) != 0;
		}
		if (mnl_attr_get_type(attr) != IFLA_STATS64)
			continue;
		memset(&s, 0, sizeof(s));	/* an older kernel's is shorter */
		memcpy(&s, mnl_attr_get_payload(attr),
		       min(sizeof(s), (size_t)mnl_attr_get_payload_len(attr)));
		look->ret->rx_packets = s.rx_packets;
		look->ret->tx_packets = s.tx_packets;
		look->ret->rx_dropped = s.rx_dropped;
		look->ret->tx_dropped = s.tx_dropped;
		look->ret->rx_errors = s.rx_errors;
		look->ret->tx_errors = s.tx_errors;
		look->ret->rx_missed = s.rx_missed_errors;
		look->found = true;
	}
	return MNL_CB_OK;
}

/* One request, its answer; -errno of the kernel's or of the socket's. */
static int link_ask(struct mnl_socket *nl, struct link_look *look)
{
	char buf[32768];		/* an answer is below 16 KiB */
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	ssize_t n;
	int rc;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = look->ifindex;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		rc = mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(nl), link_reply, look);
	} while (rc > 0);
	return rc < 0 ? -errno : 0;
}

static int link_stats(struct link_look *look, struct err *err)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int rc = -errno;

	if (!nl)
		return err_set(err, rc, "counters: no rtnetlink socket: %s", strerror(-rc));
	rc = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : link_ask(nl, look);
	mnl_socket_close(nl);
	if (rc == -ENODEV)
		return err_set(err, rc, "%s (link %d) is gone: it or its namespace was deleted "
			       "while it was in use", look->name, look->ifindex);
	if (rc)
		return err_set(err, rc, "%s: its counters can't be read: %s", look->name,
			       strerror(-rc));
	if (look->renamed)
		return err_set(err, -ENODEV, "%s is gone: link %d is called %s now", look->name,
			       look->ifindex, look->now);
	if (!look->found)
		return err_set(err, -ENODATA, "%s: the kernel gives no counters for it",
			       look->name);
	return 0;
}

/* "rx_queue_3_drops" is @prefix + digits + @suffix */
static bool queue_counter(const char *name, const char *prefix, const char *suffix)
{
	size_t n = strlen(prefix), digits;

	if (strncmp(name, prefix, n) != 0)
		return false;
	digits = strspn(name + n, "0123456789");
	return digits && !strcmp(name + n + digits, suffix);
}

static void driver_counter(struct hop_link *l, const char *name, u64 value)
{
	if (queue_counter(name, "rx_queue_", "_drops"))
		l->rx_queue_drops += value;
	else if (queue_counter(name, "rx_queue_", "_xdp_drops"))
		l->rx_xdp_drops += value;
	else if (queue_counter(name, "tx_queue_", "_xdp_xmit_errors") ||
		 queue_counter(name, "rx_queue_", "_xdp_tx_errors"))
		l->tx_xdp_errors += value;
}

/* What the driver counts beside the standard ones; one that has nothing is fine. */
static int driver_stats(struct link_look *look, struct err *err)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;
	struct ethtool_gstrings *names;
	struct ethtool_stats *stats = NULL;
	char word[ETH_GSTRING_LEN + 1];
	u32 i;

	if (fd < 0)
		return err_set(err, -errno, "counters: no socket: %s", strerror(errno));
	names = ethtool_names(fd, look->name, ETH_SS_STATS);
	if (!names)
		goto close_socket;
	rc = ethtool_values(fd, look->name, names, &stats);
	for (i = 0; !rc && i < stats->n_stats; i++) {
		ethtool_name(names, i, word);
		driver_counter(look->ret, word, stats->data[i]);
	}
	rc = rc == -ENOMEM ? err_set(err, rc, "counters: out of memory") : 0;
	free(stats);
	free(names);
close_socket:
	close(fd);
	return rc;
}

static int look_at_link(void *arg, struct err *err)
{
	struct link_look *look = arg;
	int rc = link_stats(look, err);

	return rc ? rc : driver_stats(look, err);
}

/* ------------------------------------------------- tables of names and numbers */

static FILE *proc_open(const char *path, struct err *err, int *ret_rc)
{
	FILE *f = fopen(path, "re");

	/* what is not there (a module not loaded, no IPv6) has counted nothing */
	*ret_rc = f || errno == ENOENT ? 0 :
		  err_set(err, -errno, "%s: %s", path, strerror(errno));
	return f;
}

struct counter_name {
	const char *name;
	size_t offset;		/* of a u64 in struct hops */
};

static void count_named(struct hops *h, const struct counter_name *names, size_t n,
			const char *name, u64 value)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(names[i].name, name))
			*(u64 *)((char *)h + names[i].offset) += value;
}

/* Two lines: names, then numbers in the same order; base 16 for conntrack. */
static void count_line(struct hops *h, const struct counter_name *names, size_t n,
		       const char *header, char *line, int base)
{
	char *copy = strdup(header), *name, *value, *at = copy, *save = NULL;

	for (value = strtok_r(line, " \n", &save); copy && value;
	     value = strtok_r(NULL, " \n", &save)) {
		while ((name = strsep(&at, " \n")) && !*name)
			;
		if (!name)
			break;
		count_named(h, names, n, name, strtoull(value, NULL, base));
	}
	free(copy);
}

#define CONNTRACK(word, field) { word, offsetof(struct hops, conntrack.field) }

static int read_conntrack(struct hops *h, struct err *err)
{
	static const struct counter_name names[] = {
		CONNTRACK("found", found), CONNTRACK("invalid", invalid),
		CONNTRACK("insert", insert), CONNTRACK("insert_failed", insert_failed),
		CONNTRACK("drop", drop), CONNTRACK("early_drop", early_drop),
		CONNTRACK("search_restart", search_restart),
		CONNTRACK("clashres", clash_resolve), CONNTRACK("chainlength", chaintoolong),
	};
	char *header = NULL, *line = NULL;
	size_t header_room = 0, room = 0;
	int rc;
	FILE *f = proc_open("/proc/thread-self/net/stat/nf_conntrack", err, &rc);

	if (!f)
		return rc;
	if (getline(&header, &header_room, f) > 0) {
		while (getline(&line, &room, f) > 0) {
			/* not a counter, and every CPU's line has the same */
			h->conntrack.count = strtoull(line, NULL, 16);
			count_line(h, names, ARRAY_SIZE(names), header, line, 16);
		}
	}
	free(line);
	free(header);
	fclose(f);
	return 0;
}

#define IP(word, field) { word, offsetof(struct hops, ip.field) }

/* Pairs of lines "Ip: names…" and "Ip: numbers…"; @group is the word before them. */
static int read_snmp(struct hops *h, const char *path, const char *group, struct err *err)
{
	static const struct counter_name names[] = {
		IP("InHdrErrors", header_errors), IP("InAddrErrors", address_errors),
		IP("OutNoRoutes", no_routes), IP("InNoRoutes", no_routes),
		IP("InDiscards", discards), IP("OutDiscards", discards),
		IP("InTruncatedPkts", discards), IP("ForwDatagrams", forwarded),
	};
	char *header = NULL, *line = NULL;
	size_t header_room = 0, room = 0;
	int rc;
	FILE *f = proc_open(path, err, &rc);

	if (!f)
		return rc;
	while (getline(&header, &header_room, f) > 0 && getline(&line, &room, f) > 0)
		if (!strncmp(header, group, strlen(group)))
			count_line(h, names, ARRAY_SIZE(names), header, line, 10);
	free(line);
	free(header);
	fclose(f);
	return 0;
}

static int read_snmp6(struct hops *h, struct err *err)
{
	static const struct counter_name names[] = {
		IP("Ip6InHdrErrors", header_errors), IP("Ip6InAddrErrors", address_errors),
		IP("Ip6InNoRoutes", no_routes), IP("Ip6OutNoRoutes", no_routes),
		IP("Ip6InDiscards", discards), IP("Ip6OutDiscards", discards),
		IP("Ip6InTooBigErrors", discards), IP("Ip6OutForwDatagrams", forwarded),
	};
	unsigned long long value;
	char line[256], name[64];
	int rc;
	FILE *f = proc_open("/proc/thread-self/net/snmp6", err, &rc);

	if (!f)
		return rc;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %llu", name, &value) == 2)
			count_named(h, names, ARRAY_SIZE(names), name, value);
	fclose(f);
	return 0;
}

static int look_at_dut(void *arg, struct err *err)
{
	struct hops *h = arg;
	int rc = read_conntrack(h, err);

	if (!rc)
		rc = read_snmp(h, "/proc/thread-self/net/snmp", "Ip:", err);
	if (!rc)
		rc = read_snmp(h, "/proc/thread-self/net/netstat", "IpExt:", err);
	return rc ? rc : read_snmp6(h, err);
}

/* --------------------------------------------------------------------- CPUs */

static void cpu_seen(struct hops *h, unsigned long cpu)
{
	h->ncpus = max(h->ncpus, (unsigned int)cpu + 1);
}

static int read_softnet(struct hops *h, struct err *err)
{
	unsigned long v[16], cpu, row = 0;
	char line[256], *at, *end;
	unsigned int n;
	int rc;
	FILE *f = proc_open("/proc/net/softnet_stat", err, &rc);

	if (!f)
		return rc;
	for (; fgets(line, sizeof(line), f); row++) {
		for (n = 0, at = line; n < ARRAY_SIZE(v); n++, at = end) {
			v[n] = strtoul(at, &end, 16);
			if (end == at)
				break;
		}
		cpu = n > 12 ? v[12] : row;	/* before Linux 5.10 the CPU is not said */
		if (n < 3 || cpu >= HOPS_CPUS_MAX)
			continue;
		cpu_seen(h, cpu);
		h->cpu[cpu].processed = v[0];
		h->cpu[cpu].dropped = v[1];
		h->cpu[cpu].time_squeeze = v[2];
	}
	fclose(f);
	return 0;
}

static int read_stat(struct hops *h, struct err *err)
{
	unsigned long long user, nice, system, idle, iowait, irq, softirq, steal;
	const u64 tick = NSEC_PER_SEC / (u64)max(sysconf(_SC_CLK_TCK), 1L);
	char *line = NULL;
	size_t room = 0;
	unsigned int cpu;
	int rc;
	FILE *f = proc_open("/proc/stat", err, &rc);

	if (!f)
		return rc;
	while (getline(&line, &room, f) > 0 && !strncmp(line, "cpu", 3)) {
		if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &user,
			   &nice, &system, &idle, &iowait, &irq, &softirq, &steal) != 9 ||
		    cpu >= HOPS_CPUS_MAX)
			continue;
		cpu_seen(h, cpu);
		h->cpu[cpu].user_ns = (user + nice) * tick;
		h->cpu[cpu].system_ns = system * tick;
		h->cpu[cpu].softirq_ns = (irq + softirq) * tick;
		h->cpu[cpu].steal_ns = steal * tick;
		h->cpu[cpu].idle_ns = (idle + iowait) * tick;
	}
	free(line);
	fclose(f);
	return 0;
}

int hops_read(const struct hops_config *config, struct hops *ret, struct err *err)
{
	struct hops h = { .nlinks = config->nlinks, .duplex = config->duplex };
	unsigned int i;
	int rc = 0;

	if (config->nlinks > HOPS_MAX)
		return err_set(err, -E2BIG, "counters: %u links are more than %u", config->nlinks,
			       HOPS_MAX);
	for (i = 0; !rc && i < config->nlinks; i++) {
		struct link_look look = { .name = config->link[i].name,
					  .ifindex = config->link[i].ifindex,
					  .ret = &h.link[i] };

		snprintf(h.link[i].name, sizeof(h.link[i].name), "%s", look.name);
		rc = netns_visit(config->link[i].netns, look_at_link, &look, err);
	}
	if (!rc && config->dut_netns >= 0)
		rc = netns_visit(config->dut_netns, look_at_dut, &h, err);
	if (!rc)
		rc = read_softnet(&h, err);
	if (!rc)
		rc = read_stat(&h, err);
	if (!rc)
		*ret = h;
	return rc;
}
