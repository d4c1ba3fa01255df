// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fw.c - creating, loading and counting: everything about struct fw and struct
 * fw_worker that is not on a packet's way.
 *
 * Loading compiles the new ruleset first and publishes both families' rules as
 * one immutable struct fw_rules; the old one is freed after every online worker
 * has finished its burst (QSBR). load_lock serialises writers and is never
 * taken by workers.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <urcu-qsbr.h>

#include "fw-under-test/engine/internal.h"

#define WORKERS_MAX	64
#define TIMEOUT_MAX	1000000u	/* s; 2^30 ticks are 1125899 s */

static const struct fw_timeouts timeouts_default = {
	.tcp_syn_sent = 120, .tcp_syn_recv = 60, .tcp_established = 432000,
	.tcp_fin_wait = 120, .tcp_close_wait = 60, .tcp_last_ack = 30,
	.tcp_time_wait = 120, .tcp_close = 10, .tcp_max_retrans = 300,
	.tcp_unacknowledged = 300,
	.udp = 30, .udp_stream = 120, .icmp = 30, .icmpv6 = 30, .generic = 600,
};

void fw_config_default(struct fw_config *config)
{
	memset(config, 0, sizeof(*config));
	config->workers = 1;
	config->connections_max = 262144;
	config->timeouts = timeouts_default;
	config->tcp_loose = true;
	config->check_checksums = true;
}

/* At least @seconds, whatever fraction of a tick it starts in. */
static u32 ticks(u32 seconds)
{
	return (u32)((u64)seconds * NSEC_PER_SEC >> TICK_SHIFT) + 2;
}

static void timeouts_init(struct timeouts *to, const struct fw_timeouts *s)
{
	to->tcp[TCPS_NONE] = ticks(s->tcp_syn_sent);
	to->tcp[TCPS_SYN_SENT] = ticks(s->tcp_syn_sent);
	to->tcp[TCPS_SYN_SENT2] = ticks(s->tcp_syn_sent);
	to->tcp[TCPS_SYN_RECV] = ticks(s->tcp_syn_recv);
	to->tcp[TCPS_ESTABLISHED] = ticks(s->tcp_established);
	to->tcp[TCPS_FIN_WAIT] = ticks(s->tcp_fin_wait);
	to->tcp[TCPS_CLOSE_WAIT] = ticks(s->tcp_close_wait);
	to->tcp[TCPS_LAST_ACK] = ticks(s->tcp_last_ack);
	to->tcp[TCPS_TIME_WAIT] = ticks(s->tcp_time_wait);
	to->tcp[TCPS_CLOSE] = ticks(s->tcp_close);
	to->tcp_max_retrans = ticks(s->tcp_max_retrans);
	to->tcp_unacknowledged = ticks(s->tcp_unacknowledged);
	to->udp = ticks(s->udp);
	to->udp_stream = ticks(s->udp_stream);
	to->icmp = ticks(s->icmp);
	to->icmpv6 = ticks(s->icmpv6);
	to->generic = ticks(s->generic);
}

static int check_timeouts(const struct fw_timeouts *s, struct err *err)
{
	const u32 values[] = {
		s->tcp_syn_sent, s->tcp_syn_recv, s->tcp_established, s->tcp_fin_wait,
		s->tcp_close_wait, s->tcp_last_ack, s->tcp_time_wait, s->tcp_close,
		s->tcp_max_retrans, s->tcp_unacknowledged, s->udp, s->udp_stream, s->icmp,
		s->icmpv6, s->generic,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (values[i] > TIMEOUT_MAX)
			return err_set(err, -EINVAL, "time-out of %u s is above %u s", values[i],
				       TIMEOUT_MAX);
	return 0;
}

static int check_config(const struct fw_config *c, struct err *err)
{
	unsigned int i;

	if (!c->nifs || c->nifs > FW_IFS_MAX)
		return err_set(err, -EINVAL, "%u interfaces: between 1 and %u are possible",
			       c->nifs, FW_IFS_MAX);
	if (c->nroutes > FW_ROUTES_MAX)
		return err_set(err, -EINVAL, "%u routes: at most %u are possible", c->nroutes,
			       FW_ROUTES_MAX);
	if (!c->workers || c->workers > WORKERS_MAX)
		return err_set(err, -EINVAL, "%u workers: between 1 and %u are possible",
			       c->workers, WORKERS_MAX);
	if (c->connections_max < c->workers)
		return err_set(err, -EINVAL, "%llu connections are not one for each of %u workers",
			       (unsigned long long)c->connections_max, c->workers);
	for (i = 0; i < c->nifs; i++)
		if (c->ifs[i].naddrs4 > FW_IF_ADDRS_MAX || c->ifs[i].naddrs6 > FW_IF_ADDRS_MAX)
			return err_set(err, -EINVAL, "interface \"%.16s\": more than %u addresses",
				       c->ifs[i].name, FW_IF_ADDRS_MAX);
	return check_timeouts(&c->timeouts, err);
}

int fw_create(const struct fw_config *config, struct fw **ret_fw, struct err *err)
{
	struct fw *fw;
	int ret;

	ret = check_config(config, err);
	if (ret)
		return ret;
	fw = calloc(1, sizeof(*fw));
	if (!fw)
		return err_set(err, -ENOMEM, "no memory for the firewall");
	fw->ifs = calloc(config->nifs, sizeof(*fw->ifs));
	fw->rules = calloc(1, sizeof(*fw->rules));
	if (!fw->ifs || !fw->rules) {
		ret = err_set(err, -ENOMEM, "no memory for the firewall");
		goto free_fw;
	}
	fw->rules->plain[0] = true;
	fw->rules->plain[1] = true;
	memcpy(fw->ifs, config->ifs, config->nifs * sizeof(*fw->ifs));
	fw->config = *config;
	fw->config.ifs = fw->ifs;
	timeouts_init(&fw->timeouts, &config->timeouts);
	ret = route_table_init(&fw->routes[0], &fw->config, AF_INET, err);
	if (ret)
		goto free_fw;
	ret = route_table_init(&fw->routes[1], &fw->config, AF_INET6, err);
	if (ret)
		goto release_routes4;
	fw->config.routes = NULL;
	fw->config.nroutes = 0;
	pthread_mutex_init(&fw->load_lock, NULL);
	*ret_fw = fw;
	return 0;

release_routes4:
	route_table_release(&fw->routes[0]);
free_fw:
	free(fw->rules);
	free(fw->ifs);
	free(fw);
	return ret;
}

void fw_destroy(struct fw *fw)
{
	unsigned int f;

	if (!fw)
		return;
	pthread_mutex_destroy(&fw->load_lock);
	for (f = 0; f < 2; f++) {
		ruleset_destroy(fw->rules->rs[f]);
		route_table_release(&fw->routes[f]);
	}
	free(fw->rules);
	free(fw->ifs);
	free(fw);
}

static bool needs_nothing(const struct ruleset_needs *n)
{
	unsigned int t;
	u32 hooks = 0;

	for (t = 0; t < TABLES; t++)
		hooks |= n->hooks[t];
	return !hooks && !n->conntrack;
}

int fw_load(struct fw *fw, int family, const char *name, const char *text, size_t len,
	    struct err *err)
{
	unsigned int f = family == AF_INET6;
	struct fw_rules *rules, *old;
	struct ruleset *rs = NULL;
	int ret = 0;

	if (family != AF_INET && family != AF_INET6)
		return err_set(err, -EINVAL, "%s: family %d is neither IPv4 nor IPv6", name, family);
	rules = calloc(1, sizeof(*rules));
	if (!rules)
		return err_set(err, -ENOMEM, "%s: no memory for the rules", name);
	if (len)
		ret = ruleset_create(&fw->config, family, name, text, len, &rs, err);
	if (ret) {
		free(rules);
		return ret;
	}
	pthread_mutex_lock(&fw->load_lock);
	old = fw->rules;
	*rules = *old;
	rules->rs[f] = rs;
	if (rs)
		rules->needs[f] = *ruleset_needs(rs);
	else
		memset(&rules->needs[f], 0, sizeof(rules->needs[f]));
	rules->plain[f] = needs_nothing(&rules->needs[f]);
	rcu_assign_pointer(fw->rules, rules);
	synchronize_rcu();
	pthread_mutex_unlock(&fw->load_lock);
	ruleset_destroy(old->rs[f]);
	free(old);
	return 0;
}

int fw_save(struct fw *fw, int family, char **ret_text, struct err *err)
{
	struct ruleset *rs;
	int ret;

	/* The lock keeps the ruleset from being replaced under us. */
	pthread_mutex_lock(&fw->load_lock);
	rs = fw->rules->rs[family == AF_INET6];
	if (rs) {
		ret = ruleset_save(rs, &fw->config, ret_text, err);
	} else {
		char *text = strdup("");

		ret = text ? 0 : err_set(err, -ENOMEM, "no memory for the rules");
		if (text)
			*ret_text = text;
	}
	pthread_mutex_unlock(&fw->load_lock);
	return ret;
}

int fw_worker_create(struct fw *fw, unsigned int id, int node, struct fw_worker **ret_worker,
		     struct err *err)
{
	struct fw_worker *w;
	unsigned int i;
	u64 key[4];
	int ret;

	if (id >= fw->config.workers)
		return err_set(err, -EINVAL, "worker %u of %u does not exist", id,
			       fw->config.workers);
	w = aligned_alloc(64, (sizeof(*w) + 63) & ~(size_t)63);
	if (!w)
		return err_set(err, -ENOMEM, "no memory for worker %u", id);
	memset(w, 0, sizeof(*w));
	w->fw = fw;
	w->id = id;
	w->random = fw->config.seed * 0x2545f4914f6cdd1dULL + id;
	for (i = 0; i < 4; i++)
		key[i] = worker_random(w);
	ret = conn_table_init(&w->conns, fw->config.connections_max / fw->config.workers, node,
			      key, err);
	if (ret) {
		free(w);
		return ret;
	}
	*ret_worker = w;
	return 0;
}

void fw_worker_destroy(struct fw_worker *w)
{
	if (!w)
		return;
	if (w->online)
		fw_worker_offline(w);
	conn_table_release(&w->conns);
	free(w);
}

/* QSBR knows threads, not workers: a thread may own several. */
static __thread unsigned int workers_online;

void fw_worker_online(struct fw_worker *w)
{
	if (w->online)
		return;
	w->online = true;
	if (workers_online++ == 0)
		rcu_register_thread();
}

void fw_worker_offline(struct fw_worker *w)
{
	if (!w->online)
		return;
	w->online = false;
	if (--workers_online == 0)
		rcu_unregister_thread();
}

void fw_worker_stats(const struct fw_worker *w, struct fw_stats *ret)
{
	unsigned int f;

	*ret = w->stats;
	for (f = 0; f < 2; f++)
		if (w->fw->rules->rs[f])
			ret->log_lines += ruleset_log_lines(w->fw->rules->rs[f], w->id);
	ret->ct_count = w->conns.count;
	ret->nat_ports_used = w->conns.snat;
	ret->ct_bytes = conn_table_bytes(&w->conns);
}

void fw_worker_flush(struct fw_worker *w)
{
	conn_flush(&w->conns);
}
