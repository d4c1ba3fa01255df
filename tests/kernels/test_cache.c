// SPDX-License-Identifier: GPL-2.0-or-later
/* test_cache.c - an entry of the cache is whole or not there, whoever dies making it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/kernels/cache.h"
#include "run/stop.h"

static char dir[] = "/tmp/kpps-cache-XXXXXX";
static struct err err;

static int setup(void **state __unused)
{
	return !mkdtemp(dir) || setenv("KPPS_CACHE", dir, 1) ? -1 : 0;
}

static int teardown(void **state __unused)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void put(const struct cache_entry *e, const char *name)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", e->making, name);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	assert_true(fd >= 0);
	close(fd);
}

static bool has(const char *kind, const char *name, const char *file)
{
	char path[PATH_MAX], full[PATH_MAX + 32];

	if (cache_find(kind, name, path))
		return false;
	snprintf(full, sizeof(full), "%s/%s", path, file);
	return !access(full, F_OK);
}

static void an_entry_is_there_when_it_was_committed(void **state __unused)
{
	struct cache_entry e;
	char path[PATH_MAX];

	assert_int_equal(cache_begin("k", "one", &e, &err), 0);
	put(&e, "file");
	assert_int_equal(cache_find("k", "one", path), -ENOENT);
	assert_int_equal(cache_commit(&e, &err), 0);
	assert_true(has("k", "one", "file"));
	assert_int_equal(cache_begin("k", "one", &e, &err), 1);
}

static void what_was_aborted_is_gone(void **state __unused)
{
	struct cache_entry e;

	assert_int_equal(cache_begin("k", "two", &e, &err), 0);
	put(&e, "file");
	cache_abort(&e);
	assert_int_not_equal(access(e.making, F_OK), 0);
	assert_int_equal(cache_begin("k", "two", &e, &err), 0);
	cache_abort(&e);
}

/* A child that begins, says so, and never ends. */
static pid_t begin_and_hang(const char *name)
{
	int fds[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		struct cache_entry e;

		if (cache_begin("k", name, &e, NULL))
			_exit(1);
		put(&e, "half");
		if (write(fds[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	close(fds[0]);
	return pid;
}

static void a_maker_that_is_killed_leaves_nothing_that_counts(void **state __unused)
{
	pid_t pid = begin_and_hang("three");
	struct cache_entry e;
	char path[PATH_MAX], half[PATH_MAX + 8];

	assert_int_equal(cache_remove("k", "three", &err), -EBUSY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(cache_find("k", "three", path), -ENOENT);
	assert_int_equal(cache_begin("k", "three", &e, &err), 0);
	snprintf(half, sizeof(half), "%s/half", e.making);
	assert_int_not_equal(access(half, F_OK), 0);
	assert_int_equal(cache_commit(&e, &err), 0);
}

static void what_a_killed_one_left_can_be_swept(void **state __unused)
{
	pid_t pid = begin_and_hang("four");
	char path[PATH_MAX];

	assert_int_equal(cache_left("k", "four", &err), -EBUSY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	snprintf(path, sizeof(path), "%s/k/.making/four", dir);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(cache_left("k", "four", &err), 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void waiting_for_another_ends_when_asked(void **state __unused)
{
	pid_t pid = begin_and_hang("five");
	struct cache_entry e;

	stop_wanted = true;
	assert_int_equal(cache_begin("k", "five", &e, &err), -EINTR);
	stop_wanted = false;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Eight at once: one makes it, the others find it. */
static void of_many_at_once_one_makes_it(void **state __unused)
{
	int status, made = 0;

	for (int i = 0; i < 8; i++) {
		struct cache_entry e;

		if (fork())
			continue;
		switch (cache_begin("k", "six", &e, NULL)) {
		case 0:
			put(&e, "file");
			_exit(cache_commit(&e, NULL) ? 2 : 1);
		case 1:
			_exit(has("k", "six", "file") ? 0 : 2);
		default:
			_exit(2);
		}
	}
	for (int i = 0; i < 8; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		made += WEXITSTATUS(status);
	}
	assert_int_equal(made, 1);
}

static void removing_takes_the_whole_tree(void **state __unused)
{
	struct cache_entry e;
	char path[PATH_MAX + 8];

	assert_int_equal(cache_begin("k", "seven", &e, &err), 0);
	snprintf(path, sizeof(path), "%s/sub", e.making);
	assert_int_equal(mkdir(path, 0755), 0);
	/* what a link leads to is not the cache's */
	snprintf(path, sizeof(path), "%s/link", e.making);
	assert_int_equal(symlink(dir, path), 0);
	assert_int_equal(cache_commit(&e, &err), 0);
	assert_int_equal(cache_remove("k", "seven", &err), 0);
	assert_int_equal(cache_find("k", "seven", path), -ENOENT);
	assert_true(has("k", "one", "file"));
}

static void notes_are_read_back(void **state __unused)
{
	char text[32];

	assert_int_equal(cache_noted("n", "x", text, sizeof(text)), -ENOENT);
	assert_int_equal(cache_note("n", "x", "first", &err), 0);
	assert_int_equal(cache_note("n", "x", "second", &err), 0);
	assert_int_equal(cache_noted("n", "x", text, sizeof(text)), 0);
	assert_string_equal(text, "second");
}

static void a_place_that_can_not_be_is_an_error(void **state __unused)
{
	struct cache_entry e;

	setenv("KPPS_CACHE", "/proc/nowhere", 1);
	err.text[0] = '\0';
	assert_true(cache_begin("k", "x", &e, &err) < 0);
	assert_non_null(strstr(err.text, "/proc/nowhere"));
	setenv("KPPS_CACHE", dir, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_there_when_it_was_committed),
		cmocka_unit_test(what_was_aborted_is_gone),
		cmocka_unit_test(a_maker_that_is_killed_leaves_nothing_that_counts),
		cmocka_unit_test(what_a_killed_one_left_can_be_swept),
		cmocka_unit_test(waiting_for_another_ends_when_asked),
		cmocka_unit_test(of_many_at_once_one_makes_it),
		cmocka_unit_test(removing_takes_the_whole_tree),
		cmocka_unit_test(notes_are_read_back),
		cmocka_unit_test(a_place_that_can_not_be_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
