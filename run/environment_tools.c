// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * environment_tools.c - kpps itself, the libraries it runs with and the tools it
 * calls, for environment.json. No state.
 */
#define PCAP_DONT_INCLUDE_PCAP_BPF_H	/* its struct bpf_insn is not the kernel's */
#include <bpf/libbpf.h>
#include <gnu/libc-version.h>
#include <hwloc.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <yaml.h>

#include "run/environment_parts.h"
#include "source_id.h"		/* made by run/Build.mk */
#include "config.h"

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
	json_object_set_new(json, "libbpf", json_string(libbpf_version_string()));
	return json;
}

/* What loads rulesets and draws: a user's PATH may lack the sbin folders. */
static json_t *tools(void)
{
	static const struct {
		const char *name, *option;
	} list[] = {
		{ "iptables", "--version" }, { "iptables-legacy", "--version" },
		{ "nft", "--version" }, { "ip", "-Version" }, { "gnuplot", "--version" },
	};
	json_t *json = json_object();
	char command[160];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		snprintf(command, sizeof(command), "PATH=$PATH:/usr/sbin:/sbin %s %s 2>/dev/null",
			 list[i].name, list[i].option);
		json_object_set_new(json, list[i].name, env_command(command));
	}
	return json;
}

void environment_tools(json_t *j)
{
	json_object_set_new(j, "kpps_version", json_string(KPPS_VERSION));
	json_object_set_new(j, "kpps_source",
			    KPPS_SOURCE[0] ? json_string(KPPS_SOURCE) : json_null());
	json_object_set_new(j, "compiler", json_string(__VERSION__));
	json_object_set_new(j, "build_flags", json_string(KPPS_BUILD_FLAGS));
	json_object_set_new(j, "libraries", libraries());
	json_object_set_new(j, "tools", tools());
}
