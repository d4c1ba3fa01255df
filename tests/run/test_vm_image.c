// SPDX-License-Identifier: GPL-2.0-or-later
/* test_vm_image.c - a guest's file tree: its archive, ELF files, and its kernel's console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/vm/console.h"
#include "run/vm/elf.h"
#include "run/vm/image.h"
#include "run/vm/modules.h"

static char *slurp(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(1 << 20);

	assert_non_null(f);
	assert_non_null(text);
	*ret_len = fread(text, 1, 1 << 20, f);
	fclose(f);
	return text;
}

static char *archive(bool reverse, const char *path, size_t *ret_len)
{
	struct image *m = image_create();
	struct err err = { 0 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (i == reverse)
			assert_int_equal(image_text(m, "/etc/a", "text", &err), 0);
		else
			assert_int_equal(image_link(m, "/sbin/b", "/init", &err), 0);
	}
	assert_int_equal(image_node(m, "/dev/console", 5, 1, &err), 0);
	assert_true(image_has(m, "/etc"));
	assert_int_equal(image_write(m, path, &err), 0);
	image_free(m);
	return slurp(path, ret_len);
}

static void an_archive_depends_on_its_tree_alone(void **state __unused)
{
	char path[] = "/tmp/kpps-image-XXXXXX";
	size_t alen, blen;
	char *a, *b;

	close(mkstemp(path));
	a = archive(false, path, &alen);
	b = archive(true, path, &blen);
	assert_int_equal(alen, blen);
	assert_memory_equal(a, b, alen);
	assert_int_equal(alen % 4, 0);
	free(a);
	free(b);
	unlink(path);
}

static void cpio_reads_an_archive(void **state __unused)
{
	char path[] = "/tmp/kpps-image-XXXXXX", command[128], line[128];
	size_t len;
	FILE *f;

	close(mkstemp(path));
	free(archive(false, path, &len));
	snprintf(command, sizeof(command), "cpio -it <%s 2>/dev/null", path);
	f = popen(command, "r");	/* NOLINT(cert-env33-c): a test's own words */
	assert_non_null(f);
	for (const char *const *n = (const char *const[]){ "dev\n", "dev/console\n", "etc\n", "etc/a\n",
							    "sbin\n", "sbin/b\n", NULL }; *n; n++) {
		assert_non_null(fgets(line, sizeof(line), f));
		assert_string_equal(line, *n);
	}
	assert_int_equal(pclose(f), 0);
	unlink(path);
}

static void paths_that_leave_the_tree_are_refused(void **state __unused)
{
	struct image *m = image_create();

	assert_int_equal(image_text(m, "/a/../b", "", NULL), -EINVAL);
	assert_int_equal(image_text(m, "b", "", NULL), -EINVAL);
	image_free(m);
}

static int count_needed(void *arg, const char *name, bool interp)
{
	unsigned int *n = arg;

	*n += !interp && !strncmp(name, "libc.so", 7) ? 1 : 0;
	*n += interp && name[0] == '/' ? 100 : 0;
	return 0;
}

static void a_program_tells_what_it_needs(void **state __unused)
{
	unsigned int n = 0;
	struct elf e;

	assert_int_equal(elf_open("/proc/self/exe", &e, NULL), 0);
	assert_int_equal(elf_needed(&e, count_needed, &n), 0);
	assert_int_equal(n, 101);
	elf_close(&e);
}

/* Every header of a file may lie; each byte of the first kilobyte in turn does. */
static void a_damaged_file_is_read_without_harm(void **state __unused)
{
	struct elf good, bad;
	size_t i, len;

	assert_int_equal(elf_open("/proc/self/exe", &good, NULL), 0);
	bad = good;
	bad.size = min(good.size, (size_t)8192);
	bad.data = malloc(bad.size);
	for (i = 16; i < 1024; i++) {
		unsigned int n = 0;

		memcpy(bad.data, good.data, bad.size);
		bad.data[i] = 0xff;
		elf_needed(&bad, count_needed, &n);
		elf_modinfo(&bad, &len);
	}
	elf_close(&bad);
	elf_close(&good);
}

static void what_is_no_elf_file_is_refused(void **state __unused)
{
	struct err err = { 0 };
	struct elf e;

	assert_int_equal(elf_open("/proc/self/status", &e, &err), -ENOEXEC);
	assert_non_null(strstr(err.text, "is no ELF file"));
}

static void only_modules_that_may_be_asked_for_come_along(void **state __unused)
{
	assert_true(modules_wanted("veth"));
	assert_true(modules_wanted("nf_conntrack"));
	assert_true(modules_wanted("xt_multiport"));
	assert_true(modules_wanted("kpps_gen"));
	assert_false(modules_wanted("e1000"));
	assert_false(modules_wanted("ext4"));
}

static void reports_on_a_console_are_noticed(void **state __unused)
{
	static const struct {
		const char *text, *what;
		bool fatal;
	} rows[] = {
		{ "[    0.1] Linux version 6.1\r\n", NULL, false },
		{ "[    0.1] BUG: KASAN: use-after-free in x\n", "KASAN found a bad memory access in the guest", false },
		{ "[    0.1] WARNING: possible circular locking dependency detected\n",
		  "lockdep found a fault in the guest", false },
		{ "[    0.1] Oops: 0002 [#1] PREEMPT SMP\n", "the guest's kernel had an oops", true },
		{ "[    0.1] BUG: kernel NULL pointer dereference, address: 0\n", "the guest's kernel has a bug", false },
		{ "[    0.1] watchdog: BUG: soft lockup - CPU#0 stuck for 26s!\n", "a CPU of the guest is stuck", true },
		{ "[    0.1] rcu: INFO: rcu_preempt detected stalls on CPUs\n", "RCU stalls in the guest", false },
		{ "[    0.1] INFO: task a:1 blocked for more than 120 seconds.\n", "a task of the guest hangs", false },
	};
	static struct console c;	/* large */
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		console_open(&c, NULL);
		console_add(&c, rows[i].text, 9);
		console_add(&c, rows[i].text + 9, strlen(rows[i].text) - 9);
		assert_int_equal(c.bad, rows[i].what != NULL);
		assert_int_equal(c.fatal, rows[i].fatal);
		if (rows[i].what)
			assert_string_equal(c.what, rows[i].what);
		console_close(&c);
	}
}

static void the_end_of_a_console_is_whole_lines_of_plain_text(void **state __unused)
{
	static struct console c;
	char last[16];
	unsigned int i;

	console_open(&c, NULL);
	for (i = 0; i < 20000; i++)
		console_add(&c, "0123456\r\n", 9);
	console_add(&c, "a\x1b\xff\n", 4);
	console_last(&c, last, sizeof(last));
	assert_string_equal(last, "0123456\na??\n");
	console_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_depends_on_its_tree_alone),
		cmocka_unit_test(cpio_reads_an_archive),
		cmocka_unit_test(paths_that_leave_the_tree_are_refused),
		cmocka_unit_test(a_program_tells_what_it_needs),
		cmocka_unit_test(a_damaged_file_is_read_without_harm),
		cmocka_unit_test(what_is_no_elf_file_is_refused),
		cmocka_unit_test(only_modules_that_may_be_asked_for_come_along),
		cmocka_unit_test(reports_on_a_console_are_noticed),
		cmocka_unit_test(the_end_of_a_console_is_whole_lines_of_plain_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
