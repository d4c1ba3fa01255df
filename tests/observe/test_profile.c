// SPDX-License-Identifier: GPL-2.0-or-later
/* test_profile.c - run/net/profile.h: groups by name, sums, and a profile of a known load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/net/kallsyms.h"
#include "run/net/profile.h"
#include "run/net/profile_groups.h"
#include "run/net/profile_sum.h"
#include "tests/skip.h"

static void functions_are_in_their_groups(void **state __unused)
{
	static const struct {
		const char *symbol;
		enum profile_group group;
	} row[] = {
		{ "veth_xmit", PROFILE_DRIVER }, { "virtnet_poll", PROFILE_DRIVER },
		{ "mlx5e_napi_poll", PROFILE_DRIVER },
		{ "bpf_prog_6deef7357e7b4530_sink", PROFILE_XDP },
		{ "xdp_do_redirect", PROFILE_XDP }, { "veth_xdp_rcv", PROFILE_XDP },
		{ "__netif_receive_skb_core.constprop.0", PROFILE_CORE },
		{ "__napi_poll", PROFILE_CORE }, { "process_backlog", PROFILE_CORE },
		{ "__dev_queue_xmit", PROFILE_CORE }, { "fq_codel_enqueue", PROFILE_QDISC },
		{ "sch_direct_xmit", PROFILE_CORE }, { "br_forward", PROFILE_BRIDGE },
		{ "br_nf_forward", PROFILE_BRIDGE }, { "ip_rcv", PROFILE_IP },
		{ "ip_forward", PROFILE_IP }, { "fib_table_lookup", PROFILE_IP },
		{ "ip6_forward", PROFILE_IP }, { "csum_partial", PROFILE_IP },
		{ "xfrm_lookup", PROFILE_XFRM }, { "esp_output", PROFILE_XFRM },
		{ "nf_conntrack_in", PROFILE_CONNTRACK },
		{ "__nf_conntrack_find_get", PROFILE_CONNTRACK },
		{ "ipv4_conntrack_in", PROFILE_CONNTRACK }, { "nf_ct_get_tuple", PROFILE_CONNTRACK },
		{ "nf_nat_ipv4_out", PROFILE_NAT }, { "nf_nat_packet", PROFILE_NAT },
		{ "nft_nat_eval", PROFILE_NAT }, { "ipt_do_table", PROFILE_TABLES },
		{ "ip6t_do_table", PROFILE_TABLES }, { "xt_data_to_user", PROFILE_TABLES },
		{ "nf_hook_slow", PROFILE_HOOKS }, { "conntrack_mt_v3", PROFILE_TABLES },
		{ "nft_do_chain", PROFILE_NFT }, { "nft_meta_get_eval", PROFILE_NFT },
		{ "nft_ct_get_fast_eval", PROFILE_NFT }, { "kmem_cache_free", PROFILE_ALLOC },
		{ "page_pool_put_unrefed_page", PROFILE_ALLOC }, { "__alloc_skb", PROFILE_ALLOC },
		{ "skb_release_data", PROFILE_ALLOC }, { "sk_skb_reason_drop", PROFILE_ALLOC },
		{ "_raw_spin_lock", PROFILE_LOCKS },
		{ "native_queued_spin_lock_slowpath", PROFILE_LOCKS },
		{ "__rcu_read_lock", PROFILE_LOCKS }, { "packet_sendmsg", PROFILE_SOCKETS },
		{ "tpacket_rcv", PROFILE_SOCKETS }, { "__xsk_rcv", PROFILE_SOCKETS },
		{ "do_syscall_64", PROFILE_SOCKETS },
		{ "__x86_indirect_thunk_rax", PROFILE_MITIGATIONS },
		{ "srso_alias_return_thunk", PROFILE_MITIGATIONS }, { "__schedule", PROFILE_SCHED },
		{ "hrtimer_interrupt", PROFILE_SCHED }, { "pv_native_safe_halt", PROFILE_IDLE },
		{ "default_idle", PROFILE_IDLE }, { "cpuidle_enter_state", PROFILE_IDLE },
		{ "ext4_file_write_iter", PROFILE_OTHER }, { "", PROFILE_OTHER },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++)
		if (profile_group_of(row[i].symbol) != row[i].group)
			fail_msg("%s is in \"%s\"", row[i].symbol,
				 profile_group_name(profile_group_of(row[i].symbol)));
}

static void every_group_has_a_name_of_its_own(void **state __unused)
{
	for (unsigned int i = 0; i < PROFILE_GROUPS; i++) {
		assert_non_null(profile_group_name(i));
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(profile_group_name(i), profile_group_name(j));
	}
}

/* A file of kernel addresses; the caller unlinks it. */
static void symbols(char *path, const char *text)
{
	int fd;

	strcpy(path, "/tmp/kpps-kallsyms-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char some_symbols[] =
	"ffffffff81000200 T veth_xmit\n"
	"ffffffff81000100 t __pi_ip_rcv\n"
	"ffffffff81000100 T ip_rcv\n"
	"ffffffff81000180 D ip_data\n"
	"ffffffff81000300 t default_idle\n"
	"ffffffffa0000000 t nft_do_chain\t[nf_tables]\n"
	"ffffffffa0001000 t bpf_prog_0123456789abcdef_source\t[bpf]\n";

static void addresses_are_found_in_their_functions(void **state __unused)
{
	static const struct {
		u64 ip;
		const char *name;
	} row[] = {
		{ 0xffffffff81000100, "ip_rcv" }, { 0xffffffff810001ff, "ip_rcv" },
		{ 0xffffffff81000200, "veth_xmit" }, { 0xffffffffa0000fff, "nft_do_chain" },
		{ 0xffffffffa0001010, "bpf_prog_0123456789abcdef_source" },
		{ 0xffffffff810000ff, NULL }, { 0xffffffff90000000, NULL }, { 0, NULL },
	};
	struct kallsyms k;
	char path[64];

	symbols(path, some_symbols);
	assert_int_equal(kallsyms_read(path, &k, NULL), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++) {
		int at = kallsyms_find(&k, row[i].ip);

		if (row[i].name)
			assert_string_equal(k.sym[at].name, row[i].name);
		else
			assert_int_equal(at, -1);
	}
	kallsyms_release(&k);
	unlink(path);
}

static void hidden_addresses_are_refused_with_the_cure(void **state __unused)
{
	struct kallsyms k;
	char path[64], want[256];
	struct err err;

	symbols(path, "0000000000000000 T ip_rcv\n0000000000000000 T veth_xmit\n");
	assert_int_equal(kallsyms_read(path, &k, &err), -EACCES);
	snprintf(want, sizeof(want), "%s: the kernel hides its addresses: run kpps as root, and set "
		 "kernel.kptr_restrict to 0 or 1", path);
	assert_string_equal(err.text, want);
	unlink(path);
}

static void files_without_functions_are_refused(void **state __unused)
{
	struct kallsyms k;
	char path[64], want[256];
	struct err err;

	symbols(path, "ffffffff81000180 D ip_data\nrubbish\n\nffffffff81000180\n");
	assert_int_equal(kallsyms_read(path, &k, &err), -EINVAL);
	snprintf(want, sizeof(want), "%s: has no functions in it", path);
	assert_string_equal(err.text, want);
	unlink(path);
	assert_int_equal(kallsyms_read(path, &k, &err), -ENOENT);
	snprintf(want, sizeof(want), "%s: No such file or directory: the kernel lacks "
		 "CONFIG_KALLSYMS, so that a profile has no names", path);
	assert_string_equal(err.text, want);
}

static void shares_are_of_the_busy_samples(void **state __unused)
{
	json_t *json = json_object(), *want;
	struct profile_sum *s;
	char path[64];
	unsigned int i;

	symbols(path, some_symbols);
	assert_int_equal(profile_sum_new(path, &s, NULL), 0);
	for (i = 0; i < 4; i++)
		profile_sum_add(s, 0xffffffff81000110, 1, false);
	profile_sum_add(s, 0xffffffff81000210, 1, false);
	profile_sum_add(s, 0xffffffff70000000, 1, false);
	for (i = 0; i < 2; i++)
		profile_sum_add(s, 0x400000, 0x7fffffff, true);	/* no such process */
	for (i = 0; i < 8; i++)
		profile_sum_add(s, 0xffffffff81000300, 0, false);
	profile_sum_lost(s, 3);
	assert_int_equal(profile_sum_json(s, json, NULL), 0);
	want = json_loads("{\"samples\": 8, \"idle_ratio\": 0.5, \"lost\": 3, \"groups\": ["
			  "{\"name\": \"driver and veth\", \"share\": 0.125,"
			  " \"top\": [{\"symbol\": \"veth_xmit\", \"share\": 0.125}]},"
			  "{\"name\": \"IP\", \"share\": 0.5,"
			  " \"top\": [{\"symbol\": \"ip_rcv\", \"share\": 0.5}]},"
			  "{\"name\": \"other kernel\", \"share\": 0.125,"
			  " \"top\": [{\"symbol\": \"[unknown]\", \"share\": 0.125}]},"
			  "{\"name\": \"user space\", \"share\": 0.25,"
			  " \"top\": [{\"symbol\": \"(ended)\", \"share\": 0.25}]}]}", 0, NULL);
	assert_non_null(want);
	assert_true(json_equal(json, want));
	json_decref(want);
	json_decref(json);
	profile_sum_free(s);
	unlink(path);
}

static void no_sample_at_all_is_said(void **state __unused)
{
	json_t *json = json_object();
	struct profile_sum *s;
	struct err err;
	char path[64];

	symbols(path, some_symbols);
	assert_int_equal(profile_sum_new(path, &s, NULL), 0);
	assert_int_equal(profile_sum_json(s, json, &err), -ENODATA);
	assert_string_equal(err.text, "profile: not one sample was taken: it was too short");
	profile_sum_free(s);
	json_decref(json);
	unlink(path);
}

/* ------------------------------------------------------------- the kernel's own */

struct load {
	int cpu;
	bool calls;		/* into the kernel, again and again */
	volatile bool stop;
	volatile bool ready;
};

/* Before what else wants its CPU: what runs on the machine beside it must not matter. */
static void *load_thread(void *arg)
{
	struct load *l = arg;
	volatile u64 n = 0;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(l->cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(setpriority(PRIO_PROCESS, (id_t)gettid(), -20), 0);
	__atomic_store_n(&l->ready, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE)) {
		if (l->calls)
			syscall(SYS_getppid);
		else
			n++;
	}
	return NULL;
}

/* The share of @group, of a CPU with such a load; the whole in *@ret. */
static double profiled(bool calls, const char *group, json_t **ret)
{
	const int cpu = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
	struct profile_config config = { .cpus = &cpu, .ncpus = 1 };
	struct load l = { .cpu = cpu, .calls = calls };
	struct profile *p;
	pthread_t thread;
	struct err err;
	double share = 0;
	json_t *g;
	size_t i;

	assert_int_equal(pthread_create(&thread, NULL, load_thread, &l), 0);
	while (!__atomic_load_n(&l.ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	if (profile_start(&config, &p, &err))
		fail_msg("%s", err.text);
	usleep(400000);
	if (profile_stop(p, 1000, ret, &err))
		fail_msg("%s", err.text);
	profile_free(p);
	__atomic_store_n(&l.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	json_array_foreach(json_object_get(*ret, "groups"), i, g)
		if (!strcmp(json_string_value(json_object_get(g, "name")), group))
			share = json_number_value(json_object_get(g, "share"));
	return share;
}

static int needs_root(void)
{
	if (!geteuid())
		return 0;
	skip_because("needs root");
	return 1;
}

/* Somebody else's real-time thread may have the CPU for a while: not for so long. */
#define ATTEMPTS 20

static void loop_in_user_space_is_user_time(void **state __unused)
{
	double share = 0;
	json_t *json;

	if (needs_root())
		return;
	for (int i = 0; share <= 0.5 && i < ATTEMPTS; i++) {
		share = profiled(false, "user space", &json);
		json_decref(json);
	}
	assert_true(share > 0.5);
}

static void loop_of_system_calls_is_kernel_time(void **state __unused)
{
	double kernel = 0;
	json_t *json;

	if (needs_root())
		return;
	for (int i = 0; kernel <= 0.2 && i < ATTEMPTS; i++) {
		kernel = 1 - profiled(true, "user space", &json);
		json_decref(json);
	}
	assert_true(kernel > 0.2);
}

static void event_is_named_and_missing_counters_have_a_reason(void **state __unused)
{
	const char *event;
	json_t *json;

	if (needs_root())
		return;
	profiled(false, "user space", &json);
	event = json_string_value(json_object_get(json, "event"));
	if (!strcmp(event, "cpu-clock")) {
		assert_true(json_is_null(json_object_get(json, "cycles_per_packet")));
		assert_true(json_is_null(json_object_get(json, "instructions_per_packet")));
		assert_non_null(strstr(json_string_value(json_object_get(json, "why_no_counters")),
				       "no hardware counters here ("));
	} else {
		assert_string_equal(event, "cycles");
		assert_true(json_number_value(json_object_get(json, "cycles_per_packet")) > 0);
	}
	json_decref(json);
}

static void without_rights_the_cure_is_said(void **state __unused)
{
	struct profile_config config = { .cpus = (const int[]){ 0 }, .ncpus = 1 };
	char want[256] = "";
	int status, paranoid = -1;
	struct profile *p;
	struct err err;
	FILE *f;
	pid_t pid;

	f = fopen("/proc/sys/kernel/perf_event_paranoid", "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &paranoid), 1);
	fclose(f);
	if (needs_root())
		return;
	if (paranoid < 1) {
		skip_because("kernel.perf_event_paranoid lets everybody");
		return;
	}
	snprintf(want, sizeof(want), "profile: the kernel lets this user see no CPU as a whole "
		 "(kernel.perf_event_paranoid is %d): run kpps as root", paranoid);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(2);
		_exit(profile_start(&config, &p, &err) == -EACCES && !strcmp(err.text, want) ?
		      0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void impossible_configurations_are_refused(void **state __unused)
{
	const int none = 100000, zero = 0;
	struct profile_config config = { .cpus = &none, .ncpus = 1 };
	struct profile *p;
	struct err err;

	if (needs_root())
		return;
	assert_int_equal(profile_start(&config, &p, &err), -ENODEV);
	assert_string_equal(err.text, "profile: CPU 100000 does not exist or is offline");
	config.cpus = &zero;
	config.ncpus = 0;
	assert_int_equal(profile_start(&config, &p, &err), -EINVAL);
	assert_string_equal(err.text, "profile: 0 CPUs: must be 1 to 256");
	config.ncpus = 1;
	config.frequency = 1000000000;
	assert_int_equal(profile_start(&config, &p, &err), -EINVAL);
	assert_memory_equal(err.text, "profile: 1000000000 samples a second are more than "
			    "kernel.perf_event_max_sample_rate, ", 85);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_in_their_groups),
		cmocka_unit_test(every_group_has_a_name_of_its_own),
		cmocka_unit_test(addresses_are_found_in_their_functions),
		cmocka_unit_test(hidden_addresses_are_refused_with_the_cure),
		cmocka_unit_test(files_without_functions_are_refused),
		cmocka_unit_test(shares_are_of_the_busy_samples),
		cmocka_unit_test(no_sample_at_all_is_said),
		cmocka_unit_test(loop_in_user_space_is_user_time),
		cmocka_unit_test(loop_of_system_calls_is_kernel_time),
		cmocka_unit_test(event_is_named_and_missing_counters_have_a_reason),
		cmocka_unit_test(without_rights_the_cure_is_said),
		cmocka_unit_test(impossible_configurations_are_refused),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
