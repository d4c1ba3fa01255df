// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * environment.c - collects environment.json. Each key has one small reader; a
 * reader that finds nothing gives null and the run goes on, for a missing sysfs
 * file is no reason not to measure. No state.
 */
#include "run/environment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <hwloc.h>
#include <limits.h>
#include <numa.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <yaml.h>

#include "lib/topo.h"
#include "run/ruleset_file.h"
#include "source_id.h"		/* made by run/Build.mk */
#include "config.h"

#define FNV_OFFSET 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

static u64 fnv1a(u64 h, const char *p, size_t len)
{
	while (len--)
		h = (h ^ (unsigned char)*p++) * FNV_PRIME;
	return h;
}

static json_t *hash_json(u64 h)
{
	char text[ENVIRONMENT_ID];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)h);
	return json_string(text);
}

/* The text of @path without its last newline; NULL when it can't be read. */
static char *slurp(const char *path)
{
	size_t n, len = 0, room = 4096;
	FILE *f = fopen(path, "re");
	char *text = f ? malloc(room) : NULL;

	while (text && (n = fread(text + len, 1, room - len - 1, f)) > 0) {
		char *more;

		len += n;
		if (room - len > 1)
			continue;
		more = realloc(text, room *= 2);
		if (!more) {
			free(text);
			text = NULL;
			break;
		}
		text = more;
	}
	if (f)
		fclose(f);
	if (!text)
		return NULL;
	while (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return text;
}

static json_t *file_json(const char *path)
{
	char *text = slurp(path);
	json_t *json = text ? json_string(text) : NULL;

	free(text);
	return json ? json : json_null();
}

/* A number that stands alone in a file. */
static json_t *file_number(const char *path)
{
	char *text = slurp(path), *end;
	json_t *json = json_null();

	if (text) {
		long long v = strtoll(text, &end, 10);

		if (end != text && !*end)
			json = json_integer(v);
	}
	free(text);
	return json;
}

/* The value after "key :" in a file of such lines (/proc/cpuinfo, /proc/meminfo). */
static char *line_value(const char *text, const char *key)
{
	const char *line = text;
	size_t len = strlen(key);

	while (line) {
		if (!strncmp(line, key, len)) {
			const char *v = line + len + strspn(line + len, " \t");

			if (*v == ':') {
				v += 1 + strspn(v + 1, " \t");
				return strndup(v, strcspn(v, "\n"));
			}
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

static json_t *line_json(const char *text, const char *key)
{
	char *v = text ? line_value(text, key) : NULL;
	json_t *json = v ? json_string(v) : json_null();

	free(v);
	return json ? json : json_null();
}

/* "123 kB" of /proc/meminfo in bytes. */
static json_t *meminfo_bytes(const char *text, const char *key)
{
	char *v = text ? line_value(text, key) : NULL;
	json_t *json = v ? json_integer(strtoll(v, NULL, 10) * 1024) : json_null();

	free(v);
	return json;
}

static json_t *kernel_config_hash(const char *release)
{
	char path[PATH_MAX], buf[4096];
	u64 h = FNV_OFFSET;
	bool any = false;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/boot/config-%s", release);
	f = access("/proc/config.gz", R_OK) ? fopen(path, "re") :
	    popen("gzip -dc /proc/config.gz 2>/dev/null", "re");
	if (!f)
		return json_null();
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		h = fnv1a(h, buf, n);
		any = true;
	}
	if (access("/proc/config.gz", R_OK))
		fclose(f);
	else
		pclose(f);
	return any ? hash_json(h) : json_null();
}

static json_t *mitigations(void)
{
	static const char dir[] = "/sys/devices/system/cpu/vulnerabilities";
	json_t *json = json_object();
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[PATH_MAX];

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		json_object_set_new(json, e->d_name, file_json(path));
	}
	if (d)
		closedir(d);
	return json;
}

static json_t *hypervisor(const char *cpuinfo)
{
	char *flags = cpuinfo ? line_value(cpuinfo, "flags") : NULL;
	bool virtual_cpu = flags && strstr(flags, " hypervisor");
	json_t *json;

	free(flags);
	if (!virtual_cpu)
		return json_string("none");
	json = file_json("/sys/class/dmi/id/sys_vendor");
	if (!json_is_null(json))
		return json;
	json_decref(json);
	return json_string("unknown");
}

static json_t *turbo(void)
{
	char *no_turbo = slurp("/sys/devices/system/cpu/intel_pstate/no_turbo");
	json_t *json;

	if (no_turbo) {
		json = json_string(strcmp(no_turbo, "0") ? "off" : "on");
		free(no_turbo);
		return json;
	}
	return file_json("/sys/devices/system/cpu/cpufreq/boost");
}

static json_t *numa_map(void)
{
	json_t *json = json_object();
	int node;

	for (node = 0; node < 64; node++) {
		char path[PATH_MAX], name[16];
		char *list;

		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", node);
		list = slurp(path);
		if (!list)
			continue;
		snprintf(name, sizeof(name), "%d", node);
		json_object_set_new(json, name, json_string(list));
		free(list);
	}
	return json;
}

static json_t *libraries(void)
{
	json_t *json = json_object();
	int major, minor, patch;
	char text[64];

	json_object_set_new(json, "libc", json_string(gnu_get_libc_version()));
	yaml_get_version(&major, &minor, &patch);
	snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
	json_object_set_new(json, "libyaml", json_string(text));
	json_object_set_new(json, "jansson", json_string(jansson_version_str()));
	snprintf(text, sizeof(text), "%u.%u", hwloc_get_api_version() >> 16,
		 hwloc_get_api_version() >> 8 & 0xff);
	json_object_set_new(json, "hwloc", json_string(text));
	json_object_set_new(json, "libpcap", json_string(pcap_lib_version()));
	return json;
}

static void add_ruleset(json_t *json, const char *ruleset, int family)
{
	char path[PATH_MAX], *text;
	const char *name;
	size_t len;

	if (ruleset_read(ruleset, family, path, sizeof(path), &text, &len, NULL))
		return;
	name = strrchr(path, '/');	/* where it lies is no property of its text */
	json_object_set_new(json, name ? name + 1 : path, hash_json(fnv1a(FNV_OFFSET, text, len)));
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
	char *cpuinfo = slurp("/proc/cpuinfo"), *meminfo = slurp("/proc/meminfo");
	struct topo *topo = calloc(1, sizeof(*topo));
	json_t *j = json_object();
	struct utsname uts;

	uname(&uts);
	json_object_set_new(j, "kernel_release", json_string(uts.release));
	json_object_set_new(j, "kernel_version", json_string(uts.version));
	json_object_set_new(j, "architecture", json_string(uts.machine));
	json_object_set_new(j, "kernel_config_hash", kernel_config_hash(uts.release));
	json_object_set_new(j, "cmdline", file_json("/proc/cmdline"));
	json_object_set_new(j, "mitigations", mitigations());
	json_object_set_new(j, "cpu_model", line_json(cpuinfo, "model name"));
	json_object_set_new(j, "microcode", line_json(cpuinfo, "microcode"));
	json_object_set_new(j, "governor",
			    file_json("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
	json_object_set_new(j, "smt", file_json("/sys/devices/system/cpu/smt/control"));
	json_object_set_new(j, "turbo", turbo());
	json_object_set_new(j, "clocksource",
			    file_json("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
	json_object_set_new(j, "hypervisor", hypervisor(cpuinfo));
	if (topo && !topo_read(topo, NULL)) {
		json_object_set_new(j, "cpus", json_integer(topo->cpus));
		json_object_set_new(j, "cores", json_integer(topo->cores));
		json_object_set_new(j, "nodes", json_integer(topo->nodes));
		json_object_set_new(j, "packages", json_integer(topo->packages));
		json_object_set_new(j, "l2_bytes", json_integer((json_int_t)topo->l2_bytes));
		json_object_set_new(j, "l3_bytes", json_integer((json_int_t)topo->l3_bytes));
	}
	json_object_set_new(j, "l1d_bytes", json_integer(sysconf(_SC_LEVEL1_DCACHE_SIZE)));
	json_object_set_new(j, "numa", numa_map());
	json_object_set_new(j, "huge_pages_2m_total",
			    file_number("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"));
	json_object_set_new(j, "transparent_huge_pages",
			    file_json("/sys/kernel/mm/transparent_hugepage/enabled"));
	json_object_set_new(j, "memory_bytes", meminfo_bytes(meminfo, "MemTotal"));
	json_object_set_new(j, "kpps_version", json_string(KPPS_VERSION));
	json_object_set_new(j, "kpps_source",
			    KPPS_SOURCE[0] ? json_string(KPPS_SOURCE) : json_null());
	json_object_set_new(j, "compiler", json_string(__VERSION__));
	json_object_set_new(j, "build_flags", json_string(KPPS_BUILD_FLAGS));
	json_object_set_new(j, "libraries", libraries());
	json_object_set_new(j, "rulesets", ruleset_hashes(plan));
	free(topo);
	free(meminfo);
	free(cpuinfo);
	return j;
}

static json_t *momentary_part(const struct clk *clk)
{
	char *meminfo = slurp("/proc/meminfo");
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
			    file_number("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"));
	json_object_set_new(j, "memory_free_bytes", meminfo_bytes(meminfo, "MemAvailable"));
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
		 (unsigned long long)fnv1a(FNV_OFFSET, text ? text : "", text ? strlen(text) : 0));
	free(text);
}
