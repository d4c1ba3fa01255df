// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * environment.c - puts environment.json together. Each key has one small reader
 * in environment_*.c; one that finds nothing gives null and the run goes on, for
 * a missing sysfs file is no reason not to measure. No state.
 */
#include "run/environment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "run/environment_parts.h"
#include "run/ruleset_file.h"

static void add_ruleset(json_t *json, const char *ruleset, int family)
{
	char path[PATH_MAX], *text;
	const char *name;
	size_t len;

	if (ruleset_read(ruleset, family, path, sizeof(path), &text, &len, NULL))
		return;
	name = strrchr(path, '/');	/* where it lies is no property of its text */
	json_object_set_new(json, name ? name + 1 : path,
			    env_hash_json(env_hash(ENV_HASH_START, text, len)));
	free(text);
}

/* Each ruleset file of the plan once, by its text: a name says too little. */
static json_t *ruleset_hashes(const struct plan *plan)
{
	static const int families[] = { AF_INET, AF_INET6 };
	json_t *json = json_object();
	const char *last = "";
	unsigned int i, f;

	for (i = 0; i < plan->npoints; i++) {
		const char *ruleset = plan->point[i].dut.ruleset;

		if (!strcmp(plan->point[i].dut.firewall, "none") || !strcmp(ruleset, last))
			continue;
		last = ruleset;
		for (f = 0; f < ARRAY_SIZE(families); f++)
			add_ruleset(json, ruleset, families[f]);
	}
	return json;
}

static json_t *stable_part(const struct plan *plan)
{
	json_t *j = json_object();

	environment_cpu(j);
	environment_tools(j);
	json_object_set_new(j, "sysctls", environment_sysctls(environment_host_sysctls, -1));
	json_object_set_new(j, "rulesets", ruleset_hashes(plan));
	return j;
}

static json_t *momentary_part(const struct clk *clk)
{
	char *meminfo = env_slurp("/proc/meminfo");
	char host[256] = "", stamp[32];
	time_t now = time(NULL);
	json_t *j = json_object();
	double load[3];
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	gethostname(host, sizeof(host) - 1);
	json_object_set_new(j, "captured", json_string(stamp));
	json_object_set_new(j, "hostname", json_string(host));
	if (getloadavg(load, 3) == 3)
		json_object_set_new(j, "loadavg", json_pack("[f,f,f]", load[0], load[1], load[2]));
	else
		json_object_set_new(j, "loadavg", json_null());
	json_object_set_new(j, "huge_pages_2m_free",
			    env_number("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"));
	json_object_set_new(j, "memory_free_bytes", env_bytes(meminfo, "MemAvailable"));
	json_object_set_new(j, "modules", environment_modules("/proc/modules"));
	json_object_set_new(j, "irqs", environment_irqs("/proc"));
	json_object_set_new(j, "clock", json_string(clk_name(clk)));
	json_object_set_new(j, "clock_error_ppb", json_integer((json_int_t)clk_error_ppb(clk)));
	free(meminfo);
	return j;
}

json_t *environment_capture(const struct plan *plan, const struct clk *clk)
{
	char id[ENVIRONMENT_ID];
	json_t *json = json_object();

	if (!json)
		return NULL;
	json_object_set_new(json, "schema", json_string("kpps-environment-1"));
	json_object_set_new(json, "id", json_string(""));
	json_object_set_new(json, "stable", stable_part(plan));
	json_object_set_new(json, "momentary", momentary_part(clk));
	environment_id(json, id);
	json_object_set_new(json, "id", json_string(id));
	return json;
}

void environment_id(const json_t *environment, char ret[ENVIRONMENT_ID])
{
	char *text = json_dumps(json_object_get(environment, "stable"),
				JSON_COMPACT | JSON_SORT_KEYS);

	snprintf(ret, ENVIRONMENT_ID, "%016llx",
		 (unsigned long long)env_hash(ENV_HASH_START, text ? text : "", text ? strlen(text) : 0));
	free(text);
}

void environment_add(json_t *environment, const char *key, json_t *value)
{
	char id[ENVIRONMENT_ID];

	json_object_set_new(json_object_get(environment, "stable"), key, value);
	environment_id(environment, id);
	json_object_set_new(environment, "id", json_string(id));
}
