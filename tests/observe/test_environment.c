// SPDX-License-Identifier: GPL-2.0-or-later
/* test_environment.c - run/environment.h: what is recorded of links, sysctls, interrupts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/environment.h"
#include "run/environment_parts.h"
#include "tests/observe/netns.h"
#include "tests/skip.h"

static char dir[] = "/tmp/kpps-env-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void make_folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int make_proc(void **state __unused)
{
	strcpy(dir, "/tmp/kpps-env-XXXXXX");
	assert_non_null(mkdtemp(dir));
	make_folder("irq");
	make_folder("irq/38");
	write_file("irq/38/smp_affinity_list", "0-1\n");
	write_file("irq/38/effective_affinity_list", "1\n");
	make_folder("irq/39");
	write_file("irq/39/smp_affinity_list", "0\n");
	write_file("interrupts",
		   "           CPU0       CPU1       \n"
		   "  5:          0          0  IO-APIC   5-edge      never\n"
		   " 38:         10       2383 PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0\n"
		   " 39:          7          0 PCI-MSIX-0000:00:03.0   2-edge      virtio2-output.0\n"
		   "NMI:          0          0   Non-maskable interrupts\n"
		   "LOC:        100        100   Local timer interrupts\n"
		   "ERR:          0\n");
	write_file("modules", "nf_tables 376832 1 nft_ct, Live 0x0000000000000000\n"
		   "veth 45056 0 - Live 0x0000000000000000\n");
	return 0;
}

static int remove_proc(void **state __unused)
{
	static const char *const names[] = {
		"irq/38/smp_affinity_list", "irq/38/effective_affinity_list", "irq/38",
		"irq/39/smp_affinity_list", "irq/39", "irq", "interrupts", "modules", "",
	};
	char path[256];

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(remove(path), 0);
	}
	return 0;
}

static void interrupts_say_who_serves_them(void **state __unused)
{
	json_t *json = environment_irqs(dir);
	json_t *want = json_pack("{s:s,s:s}", "38 virtio2-input.0", "CPU 1 of 0-1: 2393",
				 "39 virtio2-output.0", "CPU unknown of 0: 7");

	assert_true(json_equal(json, want));
	json_decref(want);
	json_decref(json);
}

static void modules_are_their_names(void **state __unused)
{
	char path[256];
	json_t *json;

	snprintf(path, sizeof(path), "%s/modules", dir);
	json = environment_modules(path);
	assert_string_equal(json_string_value(json), "nf_tables veth");
	json_decref(json);
	json = environment_modules("/nowhere/modules");
	assert_true(json_is_null(json));
	json_decref(json);
}

static void unreadable_files_are_null(void **state __unused)
{
	json_t *json = environment_irqs("/nowhere");

	assert_int_equal(json_object_size(json), 0);
	json_decref(json);
	assert_true(json_is_null(env_file("/nowhere")));
	assert_true(json_is_null(env_number("/nowhere")));
	assert_true(json_is_null(env_line(NULL, "x")));
}

static void command_gives_its_first_line(void **state __unused)
{
	json_t *json = env_command("printf 'one\\ntwo\\n'; seq 100000");

	assert_string_equal(json_string_value(json), "one");
	json_decref(json);
	assert_true(json_is_null(env_command("exit 3")));
	assert_true(json_is_null(env_command("echo x; exit 3")));
	assert_true(json_is_null(env_command("true")));
}

static json_t *captured(void)
{
	static struct plan plan;
	static struct clk clk;

	return environment_capture(&plan, &clk);
}

static void stable_part_has_every_documented_key(void **state __unused)
{
	static const char *const keys[] = {
		"kernel_release", "kernel_version", "architecture", "kernel_config_hash", "cmdline",
		"mitigations", "cpu_model", "microcode", "governor", "smt", "turbo", "clocksource",
		"hypervisor", "isolated_cpus", "cpus", "cores", "nodes", "packages", "l1d_bytes",
		"l2_bytes", "l3_bytes", "numa", "huge_pages_2m_total", "transparent_huge_pages",
		"memory_bytes", "kpps_version", "kpps_source", "compiler", "build_flags",
		"libraries", "tools", "sysctls", "rulesets",
	};
	json_t *json = captured(), *stable = json_object_get(json, "stable");

	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
		if (!json_object_get(stable, keys[i]))
			fail_msg("no %s", keys[i]);
	assert_int_equal(json_object_size(stable), ARRAY_SIZE(keys));
	assert_non_null(json_object_get(json_object_get(json, "momentary"), "modules"));
	assert_non_null(json_object_get(json_object_get(json, "momentary"), "irqs"));
	json_decref(json);
}

static void two_captures_have_one_id(void **state __unused)
{
	json_t *a = captured(), *b = captured();

	assert_string_equal(json_string_value(json_object_get(a, "id")),
			    json_string_value(json_object_get(b, "id")));
	json_decref(b);
	json_decref(a);
}

static void what_is_added_changes_the_id(void **state __unused)
{
	char before[ENVIRONMENT_ID], after[ENVIRONMENT_ID];
	json_t *json = captured();

	environment_id(json, before);
	environment_add(json, "interfaces", json_pack("{s:n}", "eth9"));
	environment_id(json, after);
	assert_string_not_equal(before, after);
	assert_string_equal(json_string_value(json_object_get(json, "id")), after);
	json_decref(json);
}

/* -------------------------------------------------------- in a namespace made here */

static struct netns net;

static int set_up(void **state __unused)
{
	if (!netns_skip())
		netns_make(&net);
	return 0;
}

static int tear_down(void **state __unused)
{
	if (!netns_skip())
		netns_remove(&net);
	return 0;
}

static bool no_namespaces(void)
{
	if (!netns_skip())
		return false;
	skip_because("%s", netns_skip());
	return true;
}

static void link_of_another_namespace_is_described(void **state __unused)
{
	static const char *const names[] = { "out", "nowhere", NULL };
	json_t *json, *out, *off;

	if (no_namespaces())
		return;
	json = environment_interfaces(names, net.fd[NS_DUT]);
	assert_int_equal(json_object_size(json), 2);
	assert_true(json_is_null(json_object_get(json, "nowhere")));
	out = json_object_get(json, "out");
	assert_string_equal(json_string_value(json_object_get(json_object_get(out, "driver"),
							      "name")), "veth");
	assert_int_equal(json_integer_value(json_object_get(out, "mtu")), 1500);
	off = json_object_get(out, "offloads");
	assert_non_null(strstr(json_string_value(off), "tx-checksum-ip-generic"));
	json_decref(json);
}

static void changed_link_is_not_the_same(void **state __unused)
{
	static const char *const names[] = { "out", NULL };
	json_t *before, *after;

	if (no_namespaces())
		return;
	before = environment_interfaces(names, net.fd[NS_DUT]);
	netns_ip(&net, NS_DUT, "link set out mtu 1400");
	after = environment_interfaces(names, net.fd[NS_DUT]);
	assert_false(json_equal(before, after));
	json_decref(after);
	json_decref(before);
}

static void sysctls_are_those_of_the_namespace(void **state __unused)
{
	static const char *const names[] = { "net.ipv4.ip_forward", "net.ipv4.no_such_key", NULL };
	json_t *json;

	if (no_namespaces())
		return;
	json = environment_sysctls(names, net.fd[NS_DUT]);
	assert_string_equal(json_string_value(json_object_get(json, "net.ipv4.ip_forward")), "1");
	assert_true(json_is_null(json_object_get(json, "net.ipv4.no_such_key")));
	json_decref(json);
	json = environment_sysctls(names, net.fd[NS_FAR]);
	assert_string_equal(json_string_value(json_object_get(json, "net.ipv4.ip_forward")), "0");
	json_decref(json);
}

static void closed_namespace_is_null(void **state __unused)
{
	static const char *const names[] = { "lo", NULL };
	int fd = dup(0);

	close(fd);
	assert_true(json_is_null(environment_interfaces(names, fd)));
	assert_true(json_is_null(environment_sysctls(names, fd)));
}

#define IN_PROC(f) cmocka_unit_test_setup_teardown(f, make_proc, remove_proc)
#define IN_NETNS(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PROC(interrupts_say_who_serves_them),
		IN_PROC(modules_are_their_names),
		cmocka_unit_test(unreadable_files_are_null),
		cmocka_unit_test(command_gives_its_first_line),
		cmocka_unit_test(stable_part_has_every_documented_key),
		cmocka_unit_test(two_captures_have_one_id),
		cmocka_unit_test(what_is_added_changes_the_id),
		IN_NETNS(link_of_another_namespace_is_described),
		IN_NETNS(changed_link_is_not_the_same),
		IN_NETNS(sysctls_are_those_of_the_namespace),
		cmocka_unit_test(closed_namespace_is_null),
	};

	return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
