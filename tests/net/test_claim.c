// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_claim.c - run/net/claim.h: what a claim changes is undone, by itself or by
 * others after its death, and never while it lives. Death is a child that exits
 * without a word. /run is this test's own, so that it and others that clean up at
 * the same time don't meet.
 */
#include "tests/net/net_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/net/claim_journal.h"
#include "run/net/netns.h"
#include "run/net/rtnl.h"

#define KNOB	"/proc/sys/kernel/printk_ratelimit_burst"	/* harmless, and nobody else's */
#define KNOB2	"/proc/sys/kernel/printk_ratelimit"

static bool exists(const char *format, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", format, name);
	return !access(path, F_OK);
}

static bool mounted(const char *name)
{
	char line[1024];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	bool yes = false;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		yes = yes || strstr(line, name);
	fclose(f);
	return yes;
}

static void value_of(const char *path, char ret[64])
{
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_non_null(fgets(ret, 64, f));
	ret[strcspn(ret, "\n")] = '\0';
	fclose(f);
}

/* A value other than @now. */
static const char *another(const char *now)
{
	return strcmp(now, "17") ? "17" : "18";
}

static void namespace_is_as_ip_netns_wants_it(void **state __unused)
{
	char name[128], value[32], *out;
	struct rtnl_link lo;
	struct rtnl *r;
	struct claim *c;
	int fd;

	need_root();
	assert_ok(claim_take(&c, _err));
	assert_ok(claim_namespace(c, "dut", &fd, _err));
	claim_namespace_name(c, "dut", name, sizeof(name));
	out = command(-1, "ip netns list | grep -c '^%s'; ip netns exec %s cat "
		      "/proc/sys/net/ipv6/conf/default/addr_gen_mode", name, name);
	assert_string_equal(out, "1\n1\n");
	free(out);
	assert_ok(sysctl_get(fd, "net.ipv6.conf.default.disable_ipv6", value, sizeof(value), _err));
	assert_string_equal(value, "0");
	assert_ok(sysctl_get(fd, "net.ipv6.conf.default.accept_ra", value, sizeof(value), _err));
	assert_string_equal(value, "0");
	assert_ok(rtnl_open(fd, &r, _err));
	assert_ok(rtnl_link_get(r, "lo", &lo, _err));
	rtnl_close(r);
	assert_true(lo.up);
	assert_ok(claim_drop(c, _err));
	assert_false(exists("/run/netns", name));
	assert_false(mounted(name));
}

static void claim_leaves_no_trace(void **state __unused)
{
	char name[128], id[CLAIM_ID_MAX], before[64], value[64];
	struct claim *c;
	int fd;

	need_root();
	value_of(KNOB, before);
	assert_int_equal(claim_id(getpid(), id), 0);
	assert_ok(claim_take(&c, _err));
	assert_ok(claim_namespace(c, "one", &fd, _err));
	assert_ok(claim_namespace(c, "two", &fd, _err));
	claim_namespace_name(c, "one", name, sizeof(name));
	assert_true(exists("/run/netns", name));
	assert_true(exists(CLAIMS_DIR, id));
	/* twice: what was there first is what comes back */
	assert_ok(claim_write(c, KNOB, another(before), _err));
	assert_ok(claim_write(c, KNOB, "19", _err));
	value_of(KNOB, value);
	assert_string_equal(value, "19");
	assert_ok(claim_drop(c, _err));
	value_of(KNOB, value);
	assert_string_equal(value, before);
	assert_false(exists("/run/netns", name));
	assert_false(exists(CLAIMS_DIR, id));
	assert_ok(claim_drop(NULL, _err));
}

static void values_with_tabs_come_back(void **state __unused)
{
	char before[64], after[64];
	struct claim *c;

	need_root();
	value_of("/proc/sys/kernel/printk", before);
	assert_non_null(strchr(before, '\t'));
	assert_ok(claim_take(&c, _err));
	assert_ok(claim_write(c, "/proc/sys/kernel/printk", "5 4 1 7", _err));
	assert_ok(claim_drop(c, _err));
	value_of("/proc/sys/kernel/printk", after);
	assert_string_equal(after, before);
}

static void value_that_was_refused_needs_no_undoing(void **state __unused)
{
	struct claim *claim;
	char id[CLAIM_ID_MAX];
	struct err err;

	need_root();
	assert_ok(claim_take(&claim, _err));
	assert_int_equal(claim_write(claim, "/proc/sys/kernel/random/boot_id", "0", &err), -EACCES);
	assert_int_equal(claim_id(getpid(), id), 0);
	assert_ok(claim_drop(claim, _err));
	assert_false(exists(CLAIMS_DIR, id));
}

static void choice_among_several_comes_back(void **state __unused)
{
	static const char file[] = "/sys/kernel/mm/transparent_hugepage/defrag";
	char before[128] = "", after[128] = "";
	struct claim *c;

	need_root();
	if (access(file, W_OK))
		skip_because("no transparent huge pages here");
	value_of(file, before);
	assert_ok(claim_take(&c, _err));
	assert_ok(claim_write(c, file, strstr(before, "[never]") ? "madvise" : "never", _err));
	value_of(file, after);
	assert_string_not_equal(after, before);
	assert_ok(claim_drop(c, _err));
	value_of(file, after);
	assert_string_equal(after, before);
}

static void misuse_is_refused(void **state __unused)
{
	struct claim *c, *other;
	struct err err = { 0 };
	int fd;

	need_root();
	assert_ok(claim_take(&c, _err));
	assert_int_equal(claim_take(&other, &err), -EBUSY);
	assert_non_null(strstr(err.text, "this process holds /run/kpps/"));
	assert_int_equal(claim_namespace(c, "a/b", &fd, &err), -EINVAL);
	assert_string_equal(err.text, "\"a/b\" is no role: small letters and digits only");
	assert_ok(claim_namespace(c, "dut", &fd, _err));
	assert_int_equal(claim_namespace(c, "dut", &fd, &err), -EEXIST);
	assert_int_equal(claim_write(c, "/etc/passwd", "x", &err), -EINVAL);
	assert_string_equal(err.text, "/etc/passwd is no file of /proc or /sys");
	assert_int_equal(claim_write(c, "/proc/../etc/passwd", "x", &err), -EINVAL);
	assert_int_equal(claim_write(c, "/proc/sys/kernel/no_such", "1", &err), -ENOENT);
	assert_string_equal(err.text, "/proc/sys/kernel/no_such: No such file or directory");
	assert_int_equal(claim_write(c, KNOB, "many", &err), -EINVAL);
	assert_string_equal(err.text, "can't write \"many\" to " KNOB ": Invalid argument");
	assert_int_equal(claim_namespace_drop(c, 9999, &err), -ENOENT);
	assert_ok(claim_drop(c, _err));
}

static void nothing_is_changed_that_the_journal_does_not_hold(void **state __unused)
{
	struct rlimit unlimited, full = { 0 };
	struct err err[2] = { 0 };
	char before[64], after[64], name[128];
	struct claim *c;
	int fd, ret[2];

	need_root();
	value_of(KNOB, before);
	assert_ok(claim_take(&c, _err));
	claim_namespace_name(c, "dut", name, sizeof(name));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	full.rlim_max = unlimited.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);	/* as good as a full disk */
	ret[0] = claim_write(c, KNOB, another(before), &err[0]);
	ret[1] = claim_namespace(c, "dut", &fd, &err[1]);
	setrlimit(RLIMIT_FSIZE, &unlimited);
	signal(SIGXFSZ, SIG_DFL);
	value_of(KNOB, after);
	assert_ok(claim_drop(c, _err));
	assert_int_equal(ret[0], -EFBIG);
	assert_non_null(strstr(err[0].text, "/journal: File too large"));
	assert_int_equal(ret[1], -EFBIG);
	assert_string_equal(after, before);
	assert_false(exists("/run/netns", name));
}

static void dropped_links_are_gone_on_the_other_side(void **state __unused)
{
	struct rtnl_link l;
	struct rtnl *r;
	struct claim *c;
	int fd[2];

	need_root();
	assert_ok(claim_take(&c, _err));
	assert_ok(claim_namespace(c, "a", &fd[0], _err));
	assert_ok(claim_namespace(c, "b", &fd[1], _err));
	assert_ok(rtnl_veth((struct rtnl_veth_end[]){ { .name = "va", .netns = fd[0] },
						      { .name = "vb", .netns = fd[1] } },
			    1500, _err));
	assert_ok(rtnl_open(fd[1], &r, _err));
	assert_ok(rtnl_link_get(r, "vb", &l, _err));
	/* Something still lives there, so that the namespace doesn't end. */
	fd[1] = fcntl(fd[0], F_DUPFD_CLOEXEC, 0);
	assert_ok(claim_namespace_drop(c, fd[0], _err));
	assert_int_equal(rtnl_link_get(r, "vb", &l, NULL), -ENODEV);
	close(fd[1]);
	rtnl_close(r);
	assert_ok(claim_drop(c, _err));
}

/* What a child of this test does with its claim before it dies or is told to end. */
struct life {
	pid_t pid;
	char id[CLAIM_ID_MAX];
	int to, from;		/* pipes */
};

/* begin - a process that takes a claim, a namespace "dut" and sets KNOB2, and stays. */
static void begin(struct life *l, const char *value)
{
	int to[2], from[2];
	char c = 'x';

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	l->pid = fork();
	assert_true(l->pid >= 0);
	if (!l->pid) {
		struct claim *claim = NULL;
		int fd;
		bool ok = !claim_take(&claim, NULL) && !claim_namespace(claim, "dut", &fd, NULL) &&
			  (!value || !claim_write(claim, KNOB2, value, NULL));

		c = ok ? 'y' : 'n';
		close(to[1]);
		/* Says how it went, then waits for the word or for the end of the test. */
		if (write(from[1], &c, 1) == 1 && read(to[0], &c, 1) == 1)
			claim_drop(claim, NULL);
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	l->to = to[1];
	l->from = from[0];
	assert_int_equal(read(l->from, &c, 1), 1);
	assert_int_equal(claim_id(l->pid, l->id), 0);
	assert_int_equal(c, 'y');
}

static void end(struct life *l, bool kill_it)
{
	int status;

	if (kill_it)
		kill(l->pid, SIGKILL);
	else
		assert_int_equal(write(l->to, "", 1), 1);
	assert_int_equal(waitpid(l->pid, &status, 0), l->pid);
	close(l->to);
	close(l->from);
}

static void dut_name(const struct life *l, char ret[128])
{
	snprintf(ret, 128, "kpps-%s-dut", l->id);
}

struct said {
	char text[4096];
};

static void say(void *arg, const char *sentence)
{
	struct said *s = arg;
	size_t len = strlen(s->text);

	snprintf(s->text + len, sizeof(s->text) - len, "%s\n", sentence);
}

static void living_claim_is_not_touched(void **state __unused)
{
	char name[128], before[64], value[64], set[16];
	struct said said = { "" };
	struct life l;
	int ret;

	need_root();
	value_of(KNOB2, before);
	snprintf(set, sizeof(set), "%s", another(before));
	begin(&l, set);
	dut_name(&l, name);
	ret = claim_clean(false, say, &said, NULL);
	value_of(KNOB2, value);
	if (ret < 0 || !exists("/run/netns", name) || !mounted(name) || strcmp(value, set) ||
	    strstr(said.text, name)) {
		end(&l, false);
		fail_msg("it was touched: %s", said.text);
	}
	end(&l, false);
	value_of(KNOB2, value);
	assert_string_equal(value, before);
	assert_false(exists("/run/netns", name));
}

static void dead_claim_is_undone(void **state __unused)
{
	char name[128], before[64], value[64];
	struct life l;

	need_root();
	value_of(KNOB2, before);
	begin(&l, another(before));
	dut_name(&l, name);
	end(&l, true);
	assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
	value_of(KNOB2, value);
	assert_string_equal(value, before);
	assert_false(exists("/run/netns", name));
	assert_false(mounted(name));
	assert_false(exists(CLAIMS_DIR, l.id));
}

static void dead_is_also_who_was_not_waited_for(void **state __unused)
{
	char name[128];
	siginfo_t info;
	struct life l;

	need_root();
	begin(&l, NULL);
	dut_name(&l, name);
	kill(l.pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)l.pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
	assert_false(exists("/run/netns", name));
	end(&l, true);
}

static void cleaning_says_what_it_does(void **state __unused)
{
	struct said would = { "" }, done = { "" };
	char want[256], before[64];
	struct life l;

	need_root();
	value_of(KNOB2, before);
	begin(&l, another(before));
	end(&l, true);
	assert_true(claim_clean(true, say, &would, NULL) >= 0);
	assert_true(exists(CLAIMS_DIR, l.id));
	assert_true(claim_clean(false, say, &done, NULL) >= 0);
	snprintf(want, sizeof(want), "would write \"%s\" back to " KNOB2 "\nwould remove network "
		 "namespace kpps-%s-dut\n", before, l.id);
	assert_non_null(strstr(would.text, want));
	snprintf(want, sizeof(want), "wrote \"%s\" back to " KNOB2 "\nremoved network namespace "
		 "kpps-%s-dut\n", before, l.id);
	assert_non_null(strstr(done.text, want));
}

static void value_of_another_run_is_refused(void **state __unused)
{
	char before[64], value[64];
	struct err alive = { 0 }, dead = { 0 };
	struct claim *c;
	struct life l;
	int ret[2];

	need_root();
	value_of(KNOB2, before);
	begin(&l, another(before));
	assert_ok(claim_take(&c, _err));
	ret[0] = claim_write(c, KNOB2, "21", &alive);
	end(&l, true);
	ret[1] = claim_write(c, KNOB2, "21", &dead);
	assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
	assert_ok(claim_write(c, KNOB2, "21", _err));
	assert_ok(claim_drop(c, _err));
	value_of(KNOB2, value);
	assert_string_equal(value, before);
	assert_int_equal(ret[0], -EBUSY);
	assert_non_null(strstr(alive.text, "is in use by another run of kpps, process "));
	assert_int_equal(ret[1], -EBUSY);
	assert_non_null(strstr(dead.text, "undo it by `kpps clean`"));
}

static void two_cleaners_at_once_do_no_harm(void **state __unused)
{
	char name[128], before[64], value[64];

	need_root();
	value_of(KNOB2, before);
	for (int i = 0; i < 5; i++) {
		struct life l;
		pid_t pid;
		int status = -1, ret;

		begin(&l, another(before));
		dut_name(&l, name);
		end(&l, true);
		pid = fork();
		if (!pid)
			_exit(claim_clean(false, NULL, NULL, NULL) < 0);
		ret = claim_clean(false, NULL, NULL, NULL);
		waitpid(pid, &status, 0);
		assert_true(ret >= 0);
		assert_int_equal(status, 0);
		value_of(KNOB2, value);
		assert_string_equal(value, before);
		assert_false(exists("/run/netns", name));
		assert_false(exists(CLAIMS_DIR, l.id));
	}
}

/* A folder of a process that is no more, with @text as its journal. */
static void dead_journal(char id[CLAIM_ID_MAX], const char *text)
{
	char path[128];
	pid_t pid = fork();
	FILE *f;

	if (!pid)
		pause();
	assert_int_equal(claim_id(pid, id), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	mkdir(CLAIMS_DIR, 0755);
	snprintf(path, sizeof(path), CLAIMS_DIR "/%s", id);
	assert_int_equal(mkdir(path, 0700), 0);
	if (!text)
		return;
	snprintf(path, sizeof(path), CLAIMS_DIR "/%s/journal", id);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void this_boot(char ret[64])
{
	value_of("/proc/sys/kernel/random/boot_id", ret);
}

static void unfinished_line_was_never_acted_on(void **state __unused)
{
	static const char *const begun[] = { NULL, "", "kpps-cl", "kpps-claim 1\nboot x" };
	char id[CLAIM_ID_MAX], text[512], boot[64], before[64], value[64];

	need_root();
	this_boot(boot);
	value_of(KNOB, before);
	for (size_t i = 0; i < ARRAY_SIZE(begun); i++) {
		dead_journal(id, begun[i]);
		assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
		assert_false(exists(CLAIMS_DIR, id));
	}
	snprintf(text, sizeof(text), "kpps-claim 1\nboot %s\nwrite " KNOB " 1", boot);
	dead_journal(id, text);
	assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
	assert_false(exists(CLAIMS_DIR, id));
	value_of(KNOB, value);
	assert_string_equal(value, before);
}

static void what_was_undone_is_not_undone_again(void **state __unused)
{
	char id[CLAIM_ID_MAX], text[512], boot[64], before[64], value[64];

	need_root();
	this_boot(boot);
	value_of(KNOB, before);
	snprintf(text, sizeof(text), "kpps-claim 1\nboot %s\nnetns kpps-gone\nwrite " KNOB " 3\n"
		 "undone 1\nundon", boot);
	dead_journal(id, text);
	assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
	assert_false(exists(CLAIMS_DIR, id));
	value_of(KNOB, value);
	assert_string_equal(value, before);
}

static void values_of_an_earlier_boot_are_left(void **state __unused)
{
	char id[CLAIM_ID_MAX], before[64], value[64];

	need_root();
	value_of(KNOB, before);
	dead_journal(id, "kpps-claim 1\nboot 00000000-0000\nwrite " KNOB " 3\n");
	assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
	assert_false(exists(CLAIMS_DIR, id));
	value_of(KNOB, value);
	assert_string_equal(value, before);
}

static void strange_journal_is_left_and_said(void **state __unused)
{
	static const struct {
		const char *text, *line;
	} strange[] = {
		{ "kpps-claim 2\n", ":1: \"kpps-claim\"" },
		{ "\n", ":1: \"\"" },
		{ "kpps-claim 1\nboot x\nmagic word\n", ":3: \"magic\"" },
		{ "kpps-claim 1\nboot x\nundone 0\n", ":3: \"undone\"" },
		{ "kpps-claim 1\nboot x\nwrite /proc/x\n", ":3: \"write\"" },
		{ "kpps-claim 1\nboot\n", ":2: \"boot\"" },
	};

	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(strange); i++) {
		char id[CLAIM_ID_MAX], path[128], want[128];
		struct err err = { 0 };
		bool kept;
		int ret;

		dead_journal(id, strange[i].text);
		ret = claim_clean(false, NULL, NULL, &err);
		kept = exists(CLAIMS_DIR, id);
		snprintf(path, sizeof(path), CLAIMS_DIR "/%s/journal", id);
		unlink(path);
		*strrchr(path, '/') = '\0';
		rmdir(path);
		snprintf(want, sizeof(want), CLAIMS_DIR "/%s/journal%s is not understood", id,
			 strange[i].line);
		assert_int_equal(ret, -EINVAL);
		assert_non_null(strstr(err.text, want));
		assert_true(kept);
	}
	rmdir(CLAIMS_DIR);
}

static void namespace_without_a_claim_is_removed(void **state __unused)
{
	char id[CLAIM_ID_MAX], name[128], path[128], *out;

	need_root();
	dead_journal(id, NULL);
	snprintf(name, sizeof(name), "kpps-%s-dut", id);
	out = command(-1, "ip netns add %s && rmdir " CLAIMS_DIR "/%s && ip netns exec %s ip link add "
		      "x type bridge", name, id, name);
	free(out);
	assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
	assert_false(exists("/run/netns", name));
	snprintf(path, sizeof(path), "kpps-other-%d", (int)getpid());
	free(command(-1, "ip netns add %s", path));	/* not ours: no ID in its name */
	assert_true(claim_clean(false, NULL, NULL, NULL) >= 0);
	assert_true(exists("/run/netns", path));
	free(command(-1, "ip netns del %s", path));
}

static void ids_are_read_strictly(void **state __unused)
{
	static const char *const bad[] = {
		"", "1", "-1-2", "0-1", "1-", "1-x", "01-2", "1- 2", "1-+2", " 1-2", "1-2-3",
		"99999999999-1", "..",
	};
	char id[CLAIM_ID_MAX];
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(claim_id_read(bad[i], &pid));
	assert_true(claim_id_read("12-34", &pid));
	assert_int_equal(pid, 12);
	assert_int_equal(claim_id(getpid(), id), 0);
	assert_true(claim_lives(id));
	id[strlen(id) - 1] ^= 1;
	assert_false(claim_lives(id));
}

/* The knobs are the machine's: one test at a time turns them, as in kill.t. */
static int own_run(void)
{
	int knob;

	if (geteuid())
		return 0;
	knob = open(KNOB, O_RDONLY | O_CLOEXEC);	/* locked until the end */
	return knob < 0 || flock(knob, LOCK_EX) || unshare(CLONE_NEWNS) || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("kpps-test", "/run", "tmpfs", 0, "mode=755");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespace_is_as_ip_netns_wants_it),
		cmocka_unit_test(claim_leaves_no_trace),
		cmocka_unit_test(values_with_tabs_come_back),
		cmocka_unit_test(value_that_was_refused_needs_no_undoing),
		cmocka_unit_test(choice_among_several_comes_back),
		cmocka_unit_test(misuse_is_refused),
		cmocka_unit_test(nothing_is_changed_that_the_journal_does_not_hold),
		cmocka_unit_test(dropped_links_are_gone_on_the_other_side),
		cmocka_unit_test(living_claim_is_not_touched),
		cmocka_unit_test(dead_claim_is_undone),
		cmocka_unit_test(dead_is_also_who_was_not_waited_for),
		cmocka_unit_test(cleaning_says_what_it_does),
		cmocka_unit_test(value_of_another_run_is_refused),
		cmocka_unit_test(two_cleaners_at_once_do_no_harm),
		cmocka_unit_test(unfinished_line_was_never_acted_on),
		cmocka_unit_test(what_was_undone_is_not_undone_again),
		cmocka_unit_test(values_of_an_earlier_boot_are_left),
		cmocka_unit_test(strange_journal_is_left_and_said),
		cmocka_unit_test(namespace_without_a_claim_is_removed),
		cmocka_unit_test(ids_are_read_strictly),
	};

	if (own_run()) {
		if (errno == EINVAL) {
			printf("1..0 # SKIP / is no mount point, as in a chroot: bind-mount it on itself first\n");
			return 0;
		}
		perror("a mount namespace with a /run of its own");
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
