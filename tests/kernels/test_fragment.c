// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_fragment.c - fragments put over one another, from a folder of the test's own
 * (KPPS_KERNELS); and those of kpps itself, as far as that needs no kernel source.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/kernels/fragment.h"

static char dir[] = "/tmp/kpps-fragments-XXXXXX";
static struct fragment f;
static struct err err;

static void file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int setup(void **state __unused)
{
	if (!mkdtemp(dir) || setenv("KPPS_KERNELS", dir, 1))
		return -1;
	file("base.config", "# help: the base\nCONFIG_BASE=y\nCONFIG_NET=y\n");
	file("base@6.1.config", "CONFIG_OLD=y\n");
	file("base@6.12.config", "CONFIG_NEW=y\n");
	file("base@amd64.config", "CONFIG_64BIT=y\n");
	file("base@i386.config", "CONFIG_64BIT=n\n");
	file("base@6.12@amd64.config", "CONFIG_NEW64=y\n");
	file("one.config", "# help: first\n# cmdline: quiet\nCONFIG_A=m\nCONFIG_B=y\n");
	file("two.config", "# help: second\n# include: one\n# cmdline: debug\n# seconds: 7\nCONFIG_B=n\nCONFIG_C=3\n");
	file("static.config", "# include: one\n# make: mod2yesconfig\n");
	file("small.config", "# include: one\n# arch: i386\n");
	file("loop.config", "# include: loop\n");
	file("lost.config", "# include: nowhere\n");
	file("bad.config", "CONFIG_A=y\nnonsense\n");
	file("badmake.config", "# make: modules_install\n");
	file("badarch.config", "# arch: arm64\n");
	file("badinclude.config", "# include: ../etc/passwd\n");
	return 0;
}

static int teardown(void **state __unused)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static int clean(void **state __unused)
{
	fragment_free(&f);
	return 0;
}

static void load(const char *name)
{
	fragment_free(&f);
	if (fragment_load(name, &f, &err))
		fail_msg("%s: %s", name, err.text);
}

static const char *value(const char *option)
{
	return kernel_config_value(&f.asked, option);
}

static void the_base_is_below_and_the_last_value_counts(void **state __unused)
{
	load("two");
	assert_string_equal(value("BASE"), "y");
	assert_string_equal(value("A"), "m");
	assert_string_equal(value("B"), "n");
	assert_string_equal(value("C"), "3");
	assert_string_equal(f.help, "second");
	assert_string_equal(f.cmdline, "quiet debug");
	assert_true(f.seconds > 6.9 && f.seconds < 7.1);
}

static void files_of_version_and_word_size_are_added(void **state __unused)
{
	load("one");
	assert_string_equal(f.version, "6.1");
	assert_string_equal(f.arch, "amd64");
	assert_string_equal(value("OLD"), "y");
	assert_string_equal(value("NEW"), "n");
	assert_string_equal(value("64BIT"), "y");
	load("one@6.12");
	assert_string_equal(value("OLD"), "n");
	assert_string_equal(value("NEW"), "y");
	assert_string_equal(value("NEW64"), "y");
	load("small@6.12");
	assert_string_equal(f.arch, "i386");
	assert_true(kernel_config_has(&f.asked, "64BIT"));
	assert_string_equal(value("64BIT"), "n");
	assert_false(kernel_config_has(&f.asked, "NEW64"));
}

static void several_are_joined_in_order(void **state __unused)
{
	load("two+one");
	assert_string_equal(value("B"), "y");
	load("one+two@6.12");
	assert_string_equal(value("B"), "n");
	assert_string_equal(value("NEW"), "y");
}

static void a_fragment_of_the_users_stands_on_the_base(void **state __unused)
{
	char name[PATH_MAX];

	file("mine.config", "CONFIG_MINE=y\nCONFIG_NET=n\n");
	snprintf(name, sizeof(name), "%s/mine.config@6.12", dir);
	load(name);
	assert_string_equal(value("MINE"), "y");
	assert_string_equal(value("BASE"), "y");
	assert_string_equal(value("NET"), "n");
	assert_string_equal(f.version, "6.12");
}

static void names_that_are_none_are_refused(void **state __unused)
{
	static const struct {
		const char *name;
		int rc;
		const char *says;
	} rows[] = {
		{ "nope", -ENOENT, "\"nope\"" },
		{ "one+nope", -ENOENT, "\"nope\"" },
		{ "", -EINVAL, "names no fragment" },
		{ "one+", -EINVAL, "names no fragment" },
		{ "+one", -EINVAL, "names no fragment" },
		{ "one++two", -EINVAL, "names no fragment" },
		{ "one@", -EINVAL, "no version" },
		{ "one@6", -EINVAL, "no version" },
		{ "one@6.1.2", -EINVAL, "no version" },
		{ "one@-6.1", -EINVAL, "no version" },
		{ "o;ls", -ENOENT, "no kernel" },
		{ "loop", -EINVAL, "includes itself" },
		{ "lost", -ENOENT, "\"nowhere\"" },
		{ "bad", -EINVAL, "bad.config:2: \"nonsense\"" },
		{ "badmake", -EINVAL, "badmake.config:1: no config target" },
		{ "badarch", -EINVAL, "badarch.config:1: kernels are amd64 or i386" },
		{ "badinclude", -EINVAL, "badinclude.config:1: no name of a fragment" },
		{ "./not/there.config", -ENOENT, "./not/there.config: can't be read" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		int rc;

		err.text[0] = '\0';
		rc = fragment_load(rows[i].name, &f, &err);
		fragment_free(&f);
		if (rc != rows[i].rc || !strstr(err.text, rows[i].says))
			fail_msg("\"%s\": %d, %s", rows[i].name, rc, err.text);
	}
}

static void the_text_sets_and_unsets(void **state __unused)
{
	char *text;

	load("two");
	text = fragment_text(&f);
	assert_non_null(strstr(text, "CONFIG_A=m\n"));
	assert_non_null(strstr(text, "# CONFIG_B is not set\n"));
	assert_non_null(strstr(text, "CONFIG_C=3\n"));
	free(text);
}

static int check(const char *final_text, const struct kernel_option **option)
{
	struct kernel_config final = { 0 };
	int rc;

	assert_int_equal(kernel_config_parse(&final, "final", final_text, NULL), 0);
	rc = fragment_check(&f, &final, option, &err);
	kernel_config_free(&final);
	return rc;
}

#define BASE "CONFIG_BASE=y\nCONFIG_NET=y\nCONFIG_OLD=y\nCONFIG_64BIT=y\n"

static void an_option_that_is_not_as_asked_is_named(void **state __unused)
{
	const struct kernel_option *option;

	load("one");
	assert_int_equal(check(BASE "CONFIG_A=m\nCONFIG_B=y\nCONFIG_MORE=y\n", &option), 0);
	assert_null(option);
	assert_int_equal(check(BASE "CONFIG_A=m\n", &option), -EINVAL);
	assert_string_equal(option->name, "B");
	assert_non_null(strstr(err.text, "one.config:4: CONFIG_B=y can't be had: the kernel's config has n"));
	assert_int_equal(check(BASE "CONFIG_A=y\nCONFIG_B=y\n", &option), -EINVAL);
	assert_string_equal(option->name, "A");
	load("two");
	assert_int_equal(check(BASE "CONFIG_A=m\nCONFIG_B=y\nCONFIG_C=3\n", &option), -EINVAL);
	assert_string_equal(option->name, "B");
}

static void a_static_kernel_may_have_y_for_m(void **state __unused)
{
	const struct kernel_option *option;

	load("static");
	assert_int_equal(check(BASE "CONFIG_A=y\nCONFIG_B=y\n", &option), 0);
	assert_int_equal(check(BASE "CONFIG_B=y\n", &option), -EINVAL);
	fragment_static(&f);
	assert_string_equal(value("A"), "y");
}

/* Those of kpps, for both versions. */
static void all_of_kpps_own_can_be_read(void **state __unused)
{
	char **names, with[80];

	unsetenv("KPPS_KERNELS");
	if (fragment_names(&names, &err))
		fail_msg("%s", err.text);
	for (char **name = names; *name; name++) {
		load(*name);
		if (!*f.help)
			fail_msg("%s has no # help:", *name);
		assert_string_equal(value("NET_NS"), "y");
		snprintf(with, sizeof(with), "%s@6.12", *name);
		load(with);
		assert_string_equal(value("RETPOLINE"), "n");
		assert_string_equal(value("MITIGATION_RETPOLINE"), "y");
	}
	fragment_names_free(names);
	setenv("KPPS_KERNELS", dir, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_base_is_below_and_the_last_value_counts, clean),
		cmocka_unit_test_teardown(files_of_version_and_word_size_are_added, clean),
		cmocka_unit_test_teardown(several_are_joined_in_order, clean),
		cmocka_unit_test_teardown(a_fragment_of_the_users_stands_on_the_base, clean),
		cmocka_unit_test_teardown(names_that_are_none_are_refused, clean),
		cmocka_unit_test_teardown(the_text_sets_and_unsets, clean),
		cmocka_unit_test_teardown(an_option_that_is_not_as_asked_is_named, clean),
		cmocka_unit_test_teardown(a_static_kernel_may_have_y_for_m, clean),
		cmocka_unit_test_teardown(all_of_kpps_own_can_be_read, clean),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
