// SPDX-License-Identifier: GPL-2.0-or-later
/* test_child.c - run/net/child.h: other programs, what they write, and their end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run/net/child.h"
#include "tests/skip.h"

#define SH(script) ((const char *const[]){ "sh", "-c", (script), NULL })
#define LONG_NS (60 * NSEC_PER_SEC)

static struct child_result shell(const char *script)
{
	struct child c = { .argv = SH(script), .netns = -1 };
	struct child_result r;
	struct err err = { 0 };

	assert_int_equal(child_run(&c, &r, &err), 0);
	return r;
}

static void output_and_status_are_kept_apart(void **state __unused)
{
	struct child_result r = shell("echo to out; echo to err >&2; exit 7");

	assert_int_equal(r.status, 7);
	assert_string_equal(r.out, "to out\n");
	assert_string_equal(r.err, "to err\n");
	assert_false(r.cut);
	child_result_free(&r);
}

static void silence_is_an_empty_text(void **state __unused)
{
	struct child_result r = shell(":");

	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err, "");
	child_result_free(&r);
}

static void death_by_a_signal_is_128_and_more(void **state __unused)
{
	struct child_result r = shell("kill -TERM $$");

	assert_int_equal(r.status, 128 + SIGTERM);
	child_result_free(&r);
}

static void input_of_a_megabyte_comes_back(void **state __unused)
{
	static char text[1 << 20];
	struct child c = {
		.argv = (const char *const[]){ "cat", NULL }, .netns = -1,
		.input = text, .input_len = sizeof(text),
	};
	struct child_result r;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	assert_int_equal(child_run(&c, &r, NULL), 0);
	assert_int_equal(strlen(r.out), sizeof(text));
	assert_memory_equal(r.out, text, sizeof(text));
	assert_false(r.cut);
	child_result_free(&r);
}

static void input_that_is_not_read_harms_nobody(void **state __unused)
{
	struct child c = { .argv = SH("exit 3"), .netns = -1, .input = "a\nb\n", .input_len = 4 };
	struct child_result r;

	assert_int_equal(child_run(&c, &r, NULL), 0);
	assert_int_equal(r.status, 3);
	child_result_free(&r);
}

static void no_input_is_an_empty_one(void **state __unused)
{
	struct child_result r = shell("wc -c");

	assert_int_equal(atoi(r.out), 0);
	assert_int_equal(r.status, 0);
	child_result_free(&r);
}

static void output_beyond_the_limit_is_cut(void **state __unused)
{
	struct child c = {
		.argv = SH("head -c 300000 /dev/zero | tr '\\0' x"), .netns = -1,
		.output_max = 1000,
	};
	struct child_result r;

	assert_int_equal(child_run(&c, &r, NULL), 0);
	assert_int_equal(r.status, 0);
	assert_int_equal(strlen(r.out), 1000);
	assert_true(r.cut);
	child_result_free(&r);
}

static void environment_is_added_and_replaced(void **state __unused)
{
	struct child c = {
		.argv = SH("echo $KPPS_A $KPPS_B; env | grep -c ^KPPS_B="), .netns = -1,
		.env = (const char *const[]){ "KPPS_A=one", "KPPS_B=two", NULL },
	};
	struct child_result r;

	setenv("KPPS_B", "old", 1);
	assert_int_equal(child_run(&c, &r, NULL), 0);
	assert_string_equal(r.out, "one two\n1\n");
	child_result_free(&r);
	unsetenv("KPPS_B");
}

static void ignored_signals_are_not_inherited(void **state __unused)
{
	struct child_result r;
	unsigned long long ignored = ~0ULL;

	signal(SIGPIPE, SIG_IGN);
	r = shell("grep SigIgn: /proc/self/status");
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(sscanf(r.out, "SigIgn: %llx", &ignored), 1);
	assert_int_equal(ignored & 0x7fffffff, 0);	/* 32 and 33 are the C library's own */
	child_result_free(&r);
}

static void files_are_not_inherited(void **state __unused)
{
	int fd = open("/dev/null", O_RDONLY);	/* no O_CLOEXEC, as some library might */
	int high = fcntl(fd, F_DUPFD, 50);
	struct child_result r;

	assert_true(fd >= 0 && high >= 50);
	r = shell("for f in /proc/self/fd/*; do readlink $f; done | grep -c /dev/null");
	close(fd);
	close(high);
	assert_int_equal(atoi(r.out), 1);	/* its standard input */
	child_result_free(&r);
}

static void missing_program_is_named(void **state __unused)
{
	struct child c = { .argv = (const char *const[]){ "kpps-no-such", NULL }, .netns = -1 };
	struct child_result r;
	struct err err = { 0 };

	assert_int_equal(child_run(&c, &r, &err), -ENOENT);
	assert_string_equal(err.text, "there is no program kpps-no-such in PATH or the sbin "
			    "folders: install it");
	assert_null(r.out);
	assert_int_equal(child_find("kpps-no-such", NULL, 0), -ENOENT);
	assert_int_equal(child_find("", NULL, 0), -ENOENT);
	assert_int_equal(child_find("/etc", NULL, 0), -ENOENT);
	assert_int_equal(child_find("/dev/null", NULL, 0), -ENOENT);
}

static void sbin_is_searched_after_path(void **state __unused)
{
	const char *now = getenv("PATH");
	char path[64] = "", *old = strdup(now ? now : "");
	int found;

	setenv("PATH", "/nowhere", 1);
	found = child_find("ldconfig", path, sizeof(path));
	setenv("PATH", old, 1);
	free(old);
	assert_int_equal(found, 0);
	assert_non_null(strstr(path, "sbin/ldconfig"));
}

static void what_is_no_program_is_said(void **state __unused)
{
	char file[] = "/tmp/kpps-child-XXXXXX";
	int fd = mkstemp(file);
	struct child c = { .argv = (const char *const[]){ file, NULL }, .netns = -1 };
	struct err garbage = { 0 }, interpreter = { 0 };
	struct child_result r;
	int ret[2];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "\1\2\3\4", 4), 4);
	fchmod(fd, 0700);
	close(fd);
	ret[0] = child_run(&c, &r, &garbage);
	fd = open(file, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "#!/nowhere/sh\n", 14), 14);
	close(fd);
	ret[1] = child_run(&c, &r, &interpreter);
	unlink(file);
	assert_int_equal(ret[0], -ENOEXEC);
	assert_non_null(strstr(garbage.text, "is not a program"));
	assert_int_equal(ret[1], -ENOEXEC);
	assert_non_null(strstr(interpreter.text, "interpreter"));
}

/* Is a process still there that has @word among its arguments? */
static bool running(const char *word)
{
	char script[128];
	struct child_result r;
	bool yes;

	/* The bracket keeps the pattern from finding itself. */
	snprintf(script, sizeof(script), "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | "
		 "grep -c '[%c]%s'", word[0], word + 1);
	r = shell(script);
	yes = atoi(r.out) > 0;
	child_result_free(&r);
	return yes;
}

/* A sleep whose length is a number that nobody else uses: it can be found. */
static void unique_sleep(char *buf, size_t size, unsigned int n)
{
	snprintf(buf, size, "%u.%u%u", 3000 + n, (unsigned int)getpid(), n);
}

static void time_limit_kills_it_and_its_children(void **state __unused)
{
	char word[32], script[160];
	struct child c = { .argv = SH(script), .netns = -1, .timeout_ns = NSEC_PER_SEC / 5 };
	struct child_result r;
	struct err err = { 0 };

	unique_sleep(word, sizeof(word), 1);
	snprintf(script, sizeof(script), "sleep %s & sleep %s & trap '' TERM; wait", word, word);
	assert_int_equal(child_run(&c, &r, &err), -ETIMEDOUT);
	assert_non_null(strstr(err.text, "did not end within 0.2 s and was killed"));
	assert_null(r.out);
	assert_false(running(word));
}

static void program_that_never_stops_writing_meets_its_limit(void **state __unused)
{
	struct child c = {
		.argv = (const char *const[]){ "yes", NULL }, .netns = -1,
		.timeout_ns = NSEC_PER_SEC / 5, .output_max = 100,
	};
	struct child_result r;

	assert_int_equal(child_run(&c, &r, NULL), -ETIMEDOUT);
}

static void *set_stop(void *arg)
{
	struct timespec ts = { .tv_nsec = 100000000 };

	nanosleep(&ts, NULL);
	__atomic_store_n((volatile bool *)arg, true, __ATOMIC_RELAXED);
	return NULL;
}

static void stop_kills_it(void **state __unused)
{
	volatile bool stop = false;
	char word[32];
	struct child c = {
		.argv = (const char *const[]){ "sleep", word, NULL }, .netns = -1,
		.timeout_ns = LONG_NS, .stop = &stop,
	};
	struct child_result r;
	struct err err = { 0 };
	pthread_t thread;

	unique_sleep(word, sizeof(word), 2);
	assert_int_equal(pthread_create(&thread, NULL, set_stop, (void *)&stop), 0);
	assert_int_equal(child_run(&c, &r, &err), -EINTR);
	pthread_join(thread, NULL);
	assert_non_null(strstr(err.text, ": stopped"));
	assert_false(running(word));
}

static void background_process_does_not_hold_the_end_up(void **state __unused)
{
	char script[64];
	struct child c = { .argv = SH(script), .netns = -1, .timeout_ns = LONG_NS };
	struct child_result r;
	pid_t pid;

	/* It keeps the pipe open: were its end awaited, the time limit would strike. */
	snprintf(script, sizeof(script), "sleep 600 & echo $!");
	assert_int_equal(child_run(&c, &r, NULL), 0);
	pid = atoi(r.out);
	child_result_free(&r);
	assert_true(pid > 1);
	assert_int_equal(kill(pid, SIGKILL), 0);	/* it was left alone */
}

static void failure_is_said_in_the_program_s_words(void **state __unused)
{
	struct child c = { .argv = SH("echo first >&2; echo second >&2; exit 2"), .netns = -1 };
	struct child dead = { .argv = SH("kill -KILL $$"), .netns = -1 };
	struct err err = { 0 };
	char *out;

	assert_int_equal(child_ok(&c, NULL, &err), -EPROTO);
	assert_string_equal(err.text, "sh -c echo first >&2; echo second >&2; exit 2: exit status "
			    "2: first; second");
	assert_int_equal(child_ok(&dead, NULL, &err), -EPROTO);
	assert_string_equal(err.text, "sh -c kill -KILL $$: killed by signal 9 (Killed)");
	c.argv = SH("echo fine");
	assert_int_equal(child_ok(&c, &out, &err), 0);
	assert_string_equal(out, "fine\n");
	free(out);
}

/* A namespace of its own, made by another thread, so that ours is kept. */
static void *new_netns(void *arg)
{
	int *fd = arg;

	*fd = unshare(CLONE_NEWNET) ? -1 : open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return NULL;
}

static void runs_in_the_namespace_it_is_given(void **state __unused)
{
	pthread_t thread;
	int fd;
	struct child c = { .argv = SH("cat /proc/net/dev | grep -c :; stat -Lc %i /proc/self/ns/net") };
	struct child_result r;
	struct err err = { 0 };
	unsigned int links;
	unsigned long inode;
	struct stat st;

	if (geteuid())
		skip_because("a network namespace needs root");
	assert_int_equal(pthread_create(&thread, NULL, new_netns, &fd), 0);
	pthread_join(thread, NULL);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	c.netns = fd;
	assert_int_equal(child_run(&c, &r, &err), 0);
	close(fd);
	assert_int_equal(sscanf(r.out, "%u %lu", &links, &inode), 2);
	assert_int_equal(inode, st.st_ino);
	assert_true(links >= 1);
	child_result_free(&r);

	c.netns = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(child_run(&c, &r, &err), -EINVAL);
	close(c.netns);
	assert_string_equal(err.text, "sh: can't enter the network namespace: Invalid argument");
}

#define THREADS 4

static void *many_runs(void *arg)
{
	long *bad = arg;

	for (int i = 0; i < 10; i++) {
		char script[64];
		struct child c = { .argv = SH(script), .netns = -1 };
		struct child_result r;

		snprintf(script, sizeof(script), "echo %d; exit %d", i, i);
		if (child_run(&c, &r, NULL)) {
			++*bad;
			continue;
		}
		*bad += r.status != i || atoi(r.out) != i;
		child_result_free(&r);
	}
	return NULL;
}

static void threads_run_programs_at_once(void **state __unused)
{
	pthread_t thread[THREADS];
	long bad[THREADS] = { 0 };

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, many_runs, &bad[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(bad[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_status_are_kept_apart),
		cmocka_unit_test(silence_is_an_empty_text),
		cmocka_unit_test(death_by_a_signal_is_128_and_more),
		cmocka_unit_test(input_of_a_megabyte_comes_back),
		cmocka_unit_test(input_that_is_not_read_harms_nobody),
		cmocka_unit_test(no_input_is_an_empty_one),
		cmocka_unit_test(output_beyond_the_limit_is_cut),
		cmocka_unit_test(environment_is_added_and_replaced),
		cmocka_unit_test(ignored_signals_are_not_inherited),
		cmocka_unit_test(files_are_not_inherited),
		cmocka_unit_test(missing_program_is_named),
		cmocka_unit_test(sbin_is_searched_after_path),
		cmocka_unit_test(what_is_no_program_is_said),
		cmocka_unit_test(time_limit_kills_it_and_its_children),
		cmocka_unit_test(program_that_never_stops_writing_meets_its_limit),
		cmocka_unit_test(stop_kills_it),
		cmocka_unit_test(background_process_does_not_hold_the_end_up),
		cmocka_unit_test(failure_is_said_in_the_program_s_words),
		cmocka_unit_test(runs_in_the_namespace_it_is_given),
		cmocka_unit_test(threads_run_programs_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
