// SPDX-License-Identifier: GPL-2.0-or-later
/* test_image_file.c - what a bzImage says of itself, and what lies beside it. */
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

#include "run/kernels/kernel_parts.h"

static char dir[] = "/tmp/kpps-image-XXXXXX", path[PATH_MAX];
static struct err err;

/* The head of a bzImage: its magic, where the version is, the 64-bit flag. */
static void make_image(bool is64)
{
	unsigned char head[0x400] = { 0 };
	FILE *f;

	memcpy(head + 0x202, "HdrS", 4);
	head[0x20e] = 0x00;
	head[0x20f] = 0x01;	/* at 0x100 + 0x200 */
	head[0x236] = is64;
	strcpy((char *)head + 0x300, "6.1.2-test (kpps@kpps) #1");
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(head, 1, sizeof(head), f), sizeof(head));
	fclose(f);
}

static void run(const char *fmt)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command), "cd %s && %s", dir, fmt);
	assert_int_equal(system(command), 0);
}

static int setup(void **state __unused)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/bzImage", dir);
	return 0;
}

static int teardown(void **state __unused)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void release_and_word_size_are_read(void **state __unused)
{
	char release[96], arch[8];

	make_image(true);
	assert_int_equal(kernel_release(path, release, sizeof(release), arch, &err), 0);
	assert_string_equal(release, "6.1.2-test");
	assert_string_equal(arch, "amd64");
	make_image(false);
	assert_int_equal(kernel_release(path, release, sizeof(release), arch, &err), 0);
	assert_string_equal(arch, "i386");
}

static void what_is_no_kernel_is_refused(void **state __unused)
{
	static const char *const made[] = { ": >bzImage", "echo hello >bzImage", "head -c 2000 /dev/zero >bzImage" };
	char release[96], arch[8];

	for (unsigned int i = 0; i < ARRAY_SIZE(made); i++) {
		run(made[i]);
		assert_int_equal(kernel_release(path, release, sizeof(release), arch, &err), -EINVAL);
		assert_non_null(strstr(err.text, "no kernel that can be booted"));
	}
	assert_int_equal(kernel_release("/not/there", release, sizeof(release), arch, &err), -ENOENT);
}

static void get(struct kernel_image *image)
{
	char kdir[PATH_MAX] = "";

	memset(image, 0, sizeof(*image));
	if (kernel_file.get(path, NULL, image, kdir, &err))
		fail_msg("%s", err.text);
}

static void config_and_modules_beside_it_are_found(void **state __unused)
{
	struct kernel_image image;
	char first[17];

	make_image(true);
	get(&image);
	assert_string_equal(image.modules, "");
	assert_string_equal(image.config, "");
	memcpy(first, image.id, sizeof(first));
	run("mkdir -p lib/modules/6.1.2-test && echo CONFIG_NET=y >config-6.1.2-test");
	get(&image);
	assert_non_null(strstr(image.modules, "/lib/modules/6.1.2-test"));
	assert_non_null(strstr(image.config, "/config-6.1.2-test"));
	assert_string_equal(image.id, first);
	run("echo more >>bzImage");
	get(&image);
	assert_string_not_equal(image.id, first);
}

static void names_with_a_slash_are_files(void **state __unused)
{
	assert_ptr_equal(kernel_kind_of("./bzImage"), &kernel_file);
	assert_ptr_equal(kernel_kind_of("/boot/vmlinuz-6.1"), &kernel_file);
	assert_ptr_equal(kernel_kind_of("./mine.config"), &kernel_built);
	assert_ptr_equal(kernel_kind_of("./mine.config@6.12"), &kernel_built);
	assert_ptr_equal(kernel_kind_of("nat@6.12"), &kernel_built);
	assert_ptr_equal(kernel_kind_of("debian-6.1"), &kernel_package);
	assert_ptr_equal(kernel_kind_of("linux-image-amd64"), &kernel_package);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(release_and_word_size_are_read),
		cmocka_unit_test(what_is_no_kernel_is_refused),
		cmocka_unit_test(config_and_modules_beside_it_are_found),
		cmocka_unit_test(names_with_a_slash_are_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
