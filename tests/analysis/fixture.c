// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fixture.c - see fixture.h. Included by the test programs. The "random"
 * figures come from a counter, so that each directory is the same every time.
 */
#include "tests/analysis/fixture.h"

#include <ftw.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const fixture_rulesets[] = { "forward", "conntrack", "empty", "filter", "nat",
						"full", NULL };
static const char *const fixture_one[] = { "", NULL };

#define fixture_must(x) do { if (!(x)) { perror(#x); abort(); } } while (0)

void fixture_write(const char *dir, const char *file, const char *text)
{
	char path[PATH_MAX + 128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "w");
	fixture_must(f);
	fixture_must(fputs(text, f) >= 0);
	fixture_must(!fclose(f));
}

char *fixture_read(const char *dir, const char *file)
{
	char path[PATH_MAX + 128], *text = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "r");
	fixture_must(f);
	fixture_must(getdelim(&text, &size, '\0', f) >= 0);
	fclose(f);
	return text;
}

static int fixture_unlink(const char *path, const struct stat *st __unused, int flag __unused,
			  struct FTW *ftw __unused)
{
	return remove(path);
}

void fixture_remove(const char *dir)
{
	nftw(dir, fixture_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* -1 … 1, the same sequence every time. */
static double fixture_noise(unsigned int *counter)
{
	return sin(12.9898 * ++*counter);
}

/* "64k" -> 64000 */
static double fixture_count(const char *text)
{
	double v = atof(text);

	return v * (strchr(text, 'k') ? 1e3 : strchr(text, 'M') ? 1e6 : 1);
}

static double fixture_ns(const char *ruleset, const char *family, const char *flows)
{
	static const struct {
		const char *name;
		double ns, cache;
	} cost[] = {
		{ "forward", 78, 4 }, { "conntrack", 102, 34 }, { "empty", 113, 34 },
		{ "filter", 160, 36 }, { "nat", 131, 38 }, { "full", 189, 44 },
	};
	double ns = 70, cache = 10;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cost); i++) {
		if (!strcmp(ruleset, cost[i].name)) {
			ns = cost[i].ns;
			cache = cost[i].cache;
		}
	}
	if (!strncmp(ruleset, "rules-", 6))
		ns = 110 + 1.6 * atof(ruleset + 6);
	if (*flows)
		ns += cache * (log2(fixture_count(flows)) - 16) / (fixture_count(flows) > 65536 ? 2 : 30);
	return ns * (strcmp(family, "ipv6") ? 1 : 1.08);
}

static json_t *fixture_sample(const char *phase, double load, double loss)
{
	return json_pack("{s:s,s:f,s:f,s:f,s:f}", "phase", phase, "load_pps", load, "duration_s",
			 0.1, "loss_ratio", loss, "forwarding_pps", load * (1 - loss));
}

static json_t *fixture_histogram(double base_ns)
{
	json_t *h = json_pack("{s:i,s:f,s:f,s:f}", "count", 100000, "min", floor(base_ns * 0.6),
			      "mean", base_ns * 1.1, "max", floor(base_ns * 40));
	json_t *buckets = json_array();
	double left = 100000, ns = base_ns * 0.6;
	unsigned int i;

	for (i = 0; i < 60 && left >= 1; i++, ns *= 1.07) {
		double n = i < 12 ? floor(left * 0.12) : ceil(left * 0.3);

		json_array_append_new(buckets, json_pack("[f,f]", floor(ns), n));
		left -= n;
	}
	json_object_set_new(h, "buckets", buckets);
	return h;
}

static json_t *fixture_latency(double pdr, double ns)
{
	static const double share[] = { 0.1, 0.5, 0.9 };
	json_t *a = json_array();
	unsigned int i;

	for (i = 0; i < 3; i++)
		json_array_append_new(a, json_pack("{s:f,s:s,s:f,s:f,s:o}", "share", share[i],
						   "share_of", "pdr", "load_pps", share[i] * pdr,
						   "loss_ratio", 0.0, "histogram",
						   fixture_histogram(ns * (8 + 30 * share[i]))));
	return a;
}

static json_t *fixture_goal(const char *goal, double v, double lower, double upper, double loss)
{
	json_t *j = json_pack("{s:s,s:b,s:f,s:f,s:f}", "goal", goal, "regular", 1, "value_pps", v,
			      "lower_pps", lower, "upper_pps", upper);

	if (loss < 0)
		json_object_update_new(j, json_pack("{s:n,s:n,s:n,s:n,s:f,s:n,s:i,s:f,s:s}",
						    "loss_ratio", "exceed_ratio", "width",
						    "initial_trial_s", "final_trial_s", 0.1,
						    "duration_sum_s", "trials", 10, "seconds", 1.0,
						    "why", ""));
	else
		json_object_update_new(j, json_pack("{s:f,s:f,s:f,s:f,s:f,s:f,s:i,s:f,s:s}",
						    "loss_ratio", loss, "exceed_ratio", 0.5,
						    "width", 0.005, "initial_trial_s", 0.1,
						    "final_trial_s", 0.1, "duration_sum_s", 0.3,
						    "trials", 14, "seconds", 1.4, "why", ""));
	return j;
}

static const char *const fixture_null_keys[] = {
	"mrr_pps", "mrr_min_pps", "mrr_max_pps", "mrr_stdev_pps", "ndr_pps", "ndr_lower_pps",
	"ndr_upper_pps", "pdr_pps", "pdr_lower_pps", "pdr_upper_pps", "pdr_loss_ratio",
	"throughput_pps", "throughput_lower_pps", "throughput_upper_pps", "ns_per_packet",
	"ns_per_packet_of", "search_latency", "selftest_pps", "profile",
};

static json_t *fixture_pending(const char *name, json_t *params, const char *ruleset,
			       const char *family, const char *flows)
{
	json_t *p = json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "name", name,
			      "parameters", params, "status", "pending", "why", "", "testbed",
			      "memory", "preset", "quick", "firewall", "bundled", "ruleset",
			      ruleset, "connections", "established", "direction", "forward");
	unsigned int i;

	json_object_update_new(p, json_pack("{s:[{s:s,s:s,s:s,s:f,s:i,s:s}]}", "streams", "name",
					    "users", "family", family, "protocol", "udp", "size",
					    strcmp(family, "ipv6") ? 64.0 : 84.0, "flows",
					    *flows ? (int)fixture_count(flows) : 65536, "order", "uniform"));
	for (i = 0; i < ARRAY_SIZE(fixture_null_keys); i++)
		json_object_set_new(p, fixture_null_keys[i], json_null());
	json_object_update_new(p, json_pack("{s:b,s:[],s:[],s:[],s:i,s:i,s:i,s:i,s:i,s:[],s:[],s:f}",
					    "regular", 0, "samples", "latency", "goals", "trials",
					    0, "invalid_trials", 0, "fill_flows", 65536,
					    "fill_opened", 65536, "fill_ns", 21300000, "flags",
					    "notes", "seconds", 0.0));
	return p;
}

/* MRR trials around the rate, and what a search leaves behind. */
static json_t *fixture_samples(const struct fixture *f, double mrr, double load, unsigned int *seed,
			       double *ret_min, double *ret_max, double *ret_stdev)
{
	unsigned int i, n = f->mrr_trials ? f->mrr_trials : 10;
	double spread = f->spread > 0 ? f->spread : 0.004, sum = 0, v;
	json_t *a = json_array();

	*ret_min = INFINITY;
	*ret_max = 0;
	for (i = 0; i < n; i++) {
		v = mrr * (1 + spread * fixture_noise(seed));
		json_array_append_new(a, fixture_sample("mrr", load, 1 - v / load));
		*ret_min = fmin(*ret_min, v);
		*ret_max = fmax(*ret_max, v);
		sum += (v - mrr) * (v - mrr);
	}
	*ret_stdev = n > 1 ? sqrt(sum / (n - 1)) : 0;
	for (i = 0; i < 8; i++) {
		v = mrr * (0.86 + 0.04 * i);
		json_array_append_new(a, fixture_sample("search", v, v > mrr ? 1 - mrr / v :
							v > 0.93 * mrr ? 0.0002 * i : 0));
	}
	return a;
}

static json_t *fixture_group(const char *name, double share, const char *symbol)
{
	return json_pack("{s:s,s:f,s:[{s:s,s:f}]}", "name", name, "share", share, "top", "symbol",
			 symbol, "share", share * 0.6);
}

/* What a firewall of @ns a packet would spend its time with. */
static json_t *fixture_profile(double ns)
{
	double rules = 1 - 60 / ns, p = (1 - rules) / 100;
	json_t *j = json_pack("{s:s,s:i,s:f,s:[i],s:i,s:f,s:i,s:n,s:n,s:s}", "event", "cpu-clock",
			      "frequency_hz", 1999, "seconds", 1.0, "cpus", 0, "samples", 1951,
			      "idle_ratio", 0.024, "lost", 0, "cycles_per_packet",
			      "instructions_per_packet", "why_no_counters",
			      "no hardware counters here (No such file or directory): the profile is of the CPU clock");

	json_object_set_new(j, "groups", json_pack("[o,o,o,o,o,o,o,o,o]",
		fixture_group("driver and veth", 14 * p, "veth_xdp_rcv"),
		fixture_group("network core", 22 * p, "__netif_receive_skb_core.constprop.0"),
		fixture_group("IP", 25 * p, "fib_table_lookup"),
		fixture_group("conntrack", rules * 0.5, "nf_conntrack_in"),
		fixture_group("NAT", rules * 0.2, "nf_nat_packet"),
		fixture_group("nftables", rules * 0.3, "nft_do_chain"),
		fixture_group("allocation and free", 30 * p, "kmem_cache_free"),
		fixture_group("locks and RCU", 8.5 * p, "__rcu_read_lock"),
		fixture_group("scheduler and timers", 0.5 * p, "update_curr")));
	return j;
}

static void fixture_measure(const struct fixture *f, json_t *p, double ns, unsigned int *seed)
{
	double speed = f->speed > 0 ? f->speed : 1, mrr = 1e9 / ns * speed, low, high, sd;
	double width = f->width > 0 ? f->width : 0.005, ndr = mrr * 0.94, pdr = mrr * 0.98;
	double selftest = 31.2e6;
	json_t *samples = fixture_samples(f, mrr, selftest, seed, &low, &high, &sd);

	json_object_update_new(p, json_pack("{s:s,s:f,s:f,s:f,s:f,s:o}", "status", "done",
					    "mrr_pps", mrr, "mrr_min_pps", low, "mrr_max_pps",
					    high, "mrr_stdev_pps", sd, "samples", samples));
	json_object_update_new(p, json_pack("{s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:b}", "ndr_pps", ndr,
					    "ndr_lower_pps", ndr, "ndr_upper_pps",
					    ndr * (1 + width), "pdr_pps", pdr * 0.997,
					    "pdr_lower_pps", pdr, "pdr_upper_pps",
					    pdr * (1 + width), "pdr_loss_ratio", 0.005, "regular",
					    1));
	json_object_update_new(p, json_pack("{s:f,s:s,s:i,s:i,s:f,s:f,s:[s,s],s:[s]}",
					    "ns_per_packet", 1e9 / ndr, "ns_per_packet_of", "ndr",
					    "trials", 24, "invalid_trials", 0, "selftest_pps",
					    selftest, "seconds", 3.1, "flags", "quick-preset",
					    "shared-cpu", "notes",
					    "source and sink share CPU 1, the DUT has CPU 0"));
	json_object_set_new(p, "goals", json_pack("[o,o,o]",
						  fixture_goal("mrr", mrr, low, high, -1),
						  fixture_goal("ndr", ndr, ndr, ndr * (1 + width), 0),
						  fixture_goal("pdr", pdr * 0.997, pdr,
							       pdr * (1 + width), 0.005)));
	if (f->profile)
		json_object_set_new(p, "profile", fixture_profile(ns));
	if (f->latency_goal)
		json_object_set_new(p, "latency", fixture_latency(pdr, ns));
	else
		json_object_set_new(p, "search_latency",
				    json_pack("{s:f,s:f,s:o}", "load_pps", ndr, "loss_ratio", 0.0,
					      "histogram", fixture_histogram(ns * 40)));
}

static void fixture_trial(FILE *out, const char *point, const char *phase, unsigned int number,
			  const char *why)
{
	json_t *t = json_pack("{s:s,s:s,s:i,s:f,s:i,s:i,s:i}", "point", point, "phase", phase,
			      "number", (int)number, "rate_pps", 12345678.0, "duration_ns",
			      100000000, "elapsed_ns", 100000400, "wall_ns", 131000000);

	json_object_update_new(t, json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "intended",
					    1234567, "sent", 1234567, "refused", 0, "received",
					    *why ? 1200000 : 1234567, "lost", *why ? 34567 : 0,
					    "duplicated", 0, "reordered", 0, "late", 0,
					    "corrupted", 0, "foreign", 0));
	json_object_update_new(t, json_pack("{s:b,s:s,s:n}", "valid", !*why, "why", why,
					    "latency"));
	fixture_must(!json_dumpf(t, out, JSON_COMPACT));
	fixture_must(fputc('\n', out) == '\n');
	json_decref(t);
}

static json_t *fixture_environment(void)
{
	json_t *stable = json_pack("{s:s,s:s,s:s,s:{s:s,s:s},s:s,s:s,s:i,s:i,s:i,s:s,s:s,s:s,s:{s:s},s:{s:s}}",
				   "kernel_release", "6.1.0-28-amd64", "architecture", "x86_64",
				   "cmdline", "quiet", "mitigations", "meltdown", "Not affected",
				   "spectre_v2", "Mitigation: Retpolines", "cpu_model",
				   "Example CPU 3000", "governor", "performance", "cpus", 2,
				   "cores", 2, "nodes", 1, "clocksource", "tsc", "kpps_version",
				   "0.1", "kpps_source", "v0.1-3-gabcdef0", "libraries", "jansson",
				   "2.14", "rulesets", "full.v4", "0123456789abcdef");
	json_t *momentary = json_pack("{s:s,s:s,s:[f,f,f],s:n}", "captured",
				      "2026-01-31T12:00:00Z", "hostname", "testhost", "loadavg",
				      0.1, 0.2, 0.3, "user");

	return json_pack("{s:s,s:s,s:o,s:o}", "schema", "kpps-environment-1", "id",
			 "8d0c4f1b2a936e57", "stable", stable, "momentary", momentary);
}

static void fixture_dump(const char *dir, const char *file, json_t *json)
{
	char path[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fixture_must(!json_dump_file(json, path, JSON_INDENT(2)));
}

static void fixture_mrr_only(json_t *p)
{
	static const char *const keys[] = { "ndr_pps", "ndr_lower_pps", "ndr_upper_pps", "pdr_pps",
					    "pdr_lower_pps", "pdr_upper_pps", "pdr_loss_ratio",
					    "search_latency" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set_new(p, keys[i], json_null());
	json_object_set_new(p, "latency", json_array());
	json_object_set_new(p, "ns_per_packet_of", json_string("mrr"));
}

struct fixture_run {
	const struct fixture *f;
	json_t *points;
	FILE *trials;
	unsigned int n, trial, seed;
};

static void fixture_point(struct fixture_run *run, const char *ruleset, const char *family,
			  const char *flows)
{
	const struct fixture *f = run->f;
	json_t *params = json_object(), *p;
	char name[256];
	int at;

	at = snprintf(name, sizeof(name), "dut.ruleset=%s", ruleset);
	json_object_set_new(params, "dut.ruleset", json_string(ruleset));
	if (f->families) {
		at += snprintf(name + at, sizeof(name) - (size_t)at, " streams.users.family=%s",
			       family);
		json_object_set_new(params, "streams.users.family", json_string(family));
	}
	if (*flows && !(f->base && !f->named && !strcmp(flows, "65536"))) {
		snprintf(name + at, sizeof(name) - (size_t)at, " streams.users.flows=%s", flows);
		json_object_set_new(params, "streams.users.flows", json_string(flows));
	}
	p = fixture_pending(name, params, ruleset, family, flows);
	if (!f->done || run->n < f->done) {
		fixture_measure(f, p, fixture_ns(ruleset, family, flows), &run->seed);
		if (f->base && strcmp(flows, "65536"))
			fixture_mrr_only(p);
		fixture_trial(run->trials, name, "selftest", ++run->trial, "");
		fixture_trial(run->trials, name, "mrr", ++run->trial, "");
		fixture_trial(run->trials, name, "search", ++run->trial, "");
	}
	json_array_append_new(run->points, p);
	run->n++;
}

void fixture_make(const struct fixture *f, char *ret_dir)
{
	static const char *const families[] = { "ipv4", "ipv6", NULL };
	const char *const *rulesets = f->rulesets ? f->rulesets : fixture_rulesets;
	const char *const *flows = f->flows ? f->flows : fixture_one;
	struct fixture_run run = { .f = f, .points = json_array() };
	const char *tmp = getenv("TMPDIR");
	unsigned int i, j, k;
	char path[PATH_MAX + 128];
	json_t *summary, *env;

	snprintf(ret_dir, PATH_MAX, "%s/kpps-results-XXXXXX", tmp ? tmp : "/tmp");
	fixture_must(mkdtemp(ret_dir));
	snprintf(path, sizeof(path), "%s/trials.jsonl", ret_dir);
	run.trials = fopen(path, "w");
	fixture_must(run.trials);
	for (i = 0; rulesets[i]; i++)
		for (j = 0; j < (f->families ? 2u : 1u); j++)
			for (k = 0; flows[k]; k++)
				fixture_point(&run, rulesets[i], families[j], flows[k]);
	fixture_must(!fclose(run.trials));
	summary = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:b,s:s,s:{s:f,s:f},s:s,s:i,s:i,s:o}", "schema",
			    "kpps-summary-1", "name", "quickstart", "question",
			    f->question ? f->question : "What does each firewall feature cost?",
			    "preset", "quick", "started", "2026-01-31T12:00:00Z", "finished",
			    f->done ? json_null() : json_string("2026-01-31T12:00:42Z"),
			    "complete", !f->done, "testbed", "memory", "selftest", "pps", 31.2e6,
			    "loss_ratio", 0.0, "environment_id", "8d0c4f1b2a936e57",
			    "points_total", (int)run.n, "rounds", 1, "points", run.points);
	fixture_dump(ret_dir, "summary.json", summary);
	json_decref(summary);
	env = fixture_environment();
	fixture_dump(ret_dir, "environment.json", env);
	json_decref(env);
	fixture_write(ret_dir, "scenario.yaml", "name: quickstart\ntestbed: memory\n");
}

void fixture_set(const char *dir, const char *file, const char *path, json_t *value)
{
	char full[PATH_MAX + 128], key[256], *part, *next, *save = NULL;
	json_t *root, *at;

	snprintf(full, sizeof(full), "%s/%s", dir, file);
	root = json_load_file(full, 0, NULL);
	fixture_must(root);
	snprintf(key, sizeof(key), "%s", path);
	at = root;
	part = strtok_r(key, "/", &save);
	while ((next = strtok_r(NULL, "/", &save))) {
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(part)) :
					 json_object_get(at, part);
		part = next;
	}
	if (json_is_array(at))
		json_array_set_new(at, (size_t)atoi(part), value);
	else if (value)
		json_object_set_new(at, part, value);
	else
		json_object_del(at, part);
	fixture_must(!json_dump_file(root, full, JSON_INDENT(2)));
	json_decref(root);
}
