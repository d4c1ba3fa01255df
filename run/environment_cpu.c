// SPDX-License-Identifier: GPL-2.0-or-later
/* environment_cpu.c - kernel, CPUs and memory for environment.json. No state. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/topo.h"
#include "run/environment_parts.h"

static json_t *kernel_config_hash(const char *release)
{
	char path[PATH_MAX], buf[4096];
	u64 h = ENV_HASH_START;
	bool any = false;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/boot/config-%s", release);
	f = access("/proc/config.gz", R_OK) ? fopen(path, "re") :
	    popen("gzip -dc /proc/config.gz 2>/dev/null", "re");
	if (!f)
		return json_null();
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		h = env_hash(h, buf, n);
		any = true;
	}
	if (access("/proc/config.gz", R_OK))
		fclose(f);
	else
		pclose(f);
	return any ? env_hash_json(h) : json_null();
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
		json_object_set_new(json, e->d_name, env_file(path));
	}
	if (d)
		closedir(d);
	return json;
}

static json_t *hypervisor(const char *cpuinfo)
{
	json_t *flags = env_line(cpuinfo, "flags"), *json;
	bool virtual_cpu = json_is_string(flags) &&
			   strstr(json_string_value(flags), " hypervisor");

	json_decref(flags);
	if (!virtual_cpu)
		return json_string("none");
	json = env_file("/sys/class/dmi/id/sys_vendor");
	if (!json_is_null(json))
		return json;
	json_decref(json);
	return json_string("unknown");
}

static json_t *turbo(void)
{
	char *no_turbo = env_slurp("/sys/devices/system/cpu/intel_pstate/no_turbo");
	json_t *json;

	if (no_turbo) {
		json = json_string(strcmp(no_turbo, "0") ? "off" : "on");
		free(no_turbo);
		return json;
	}
	return env_file("/sys/devices/system/cpu/cpufreq/boost");
}

static json_t *numa_map(void)
{
	json_t *json = json_object();
	int node;

	for (node = 0; node < 64; node++) {
		char path[PATH_MAX], name[16];
		char *list;

		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", node);
		list = env_slurp(path);
		if (!list)
			continue;
		snprintf(name, sizeof(name), "%d", node);
		json_object_set_new(json, name, json_string(list));
		free(list);
	}
	return json;
}

/* One word for all CPUs; where they differ, how many have which. */
static json_t *governor(void)
{
	long cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);
	json_t *seen = json_object(), *n;
	char path[PATH_MAX], text[512] = "";
	const char *name;
	size_t len = 0;

	for (cpu = 0; cpu < cpus; cpu++) {
		char *word;

		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%ld/cpufreq/scaling_governor", cpu);
		word = env_slurp(path);
		if (!word)
			continue;
		n = json_object_get(seen, word);
		json_object_set_new(seen, word, json_integer(json_integer_value(n) + 1));
		free(word);
	}
	json_object_foreach(seen, name, n) {
		if (len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? ", " : "",
						name);
		if (json_object_size(seen) > 1 && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, " (%lld CPUs)",
						(long long)json_integer_value(n));
	}
	json_decref(seen);
	return len ? json_string(text) : json_null();
}

static void kernel(json_t *j)
{
	struct utsname uts;

	uname(&uts);
	json_object_set_new(j, "kernel_release", json_string(uts.release));
	json_object_set_new(j, "kernel_version", json_string(uts.version));
	json_object_set_new(j, "architecture", json_string(uts.machine));
	json_object_set_new(j, "kernel_config_hash", kernel_config_hash(uts.release));
	json_object_set_new(j, "cmdline", env_file("/proc/cmdline"));
	json_object_set_new(j, "mitigations", mitigations());
}

static void layout(json_t *j)
{
	/* too large for a stack frame */
	struct topo *topo = calloc(1, sizeof(*topo));

	if (topo && !topo_read(topo, NULL)) {
		json_object_set_new(j, "cpus", json_integer(topo->cpus));
		json_object_set_new(j, "cores", json_integer(topo->cores));
		json_object_set_new(j, "nodes", json_integer(topo->nodes));
		json_object_set_new(j, "packages", json_integer(topo->packages));
		json_object_set_new(j, "l2_bytes", json_integer((json_int_t)topo->l2_bytes));
		json_object_set_new(j, "l3_bytes", json_integer((json_int_t)topo->l3_bytes));
	}
	free(topo);
	json_object_set_new(j, "l1d_bytes", json_integer(sysconf(_SC_LEVEL1_DCACHE_SIZE)));
	json_object_set_new(j, "numa", numa_map());
}

void environment_cpu(json_t *j)
{
	char *cpuinfo = env_slurp("/proc/cpuinfo"), *meminfo = env_slurp("/proc/meminfo");

	kernel(j);
	json_object_set_new(j, "cpu_model", env_line(cpuinfo, "model name"));
	json_object_set_new(j, "microcode", env_line(cpuinfo, "microcode"));
	json_object_set_new(j, "governor", governor());
	json_object_set_new(j, "smt", env_file("/sys/devices/system/cpu/smt/control"));
	json_object_set_new(j, "turbo", turbo());
	json_object_set_new(j, "clocksource",
			    env_file("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
	json_object_set_new(j, "hypervisor", hypervisor(cpuinfo));
	json_object_set_new(j, "isolated_cpus", env_file("/sys/devices/system/cpu/isolated"));
	layout(j);
	json_object_set_new(j, "huge_pages_2m_total",
			    env_number("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"));
	json_object_set_new(j, "transparent_huge_pages",
			    env_file("/sys/kernel/mm/transparent_hugepage/enabled"));
	json_object_set_new(j, "memory_bytes", env_bytes(meminfo, "MemTotal"));
	free(meminfo);
	free(cpuinfo);
}
