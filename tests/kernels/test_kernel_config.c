// SPDX-License-Identifier: GPL-2.0-or-later
/* test_kernel_config.c - reading a kernel's config, and how two differ. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/kernel_config.h"

static const char text[] =
	"#\n# Automatically generated file; DO NOT EDIT.\n#\n"
	"CONFIG_FIRST=y\n\n"
	"#\n# Networking options\n#\n"
	"CONFIG_NETFILTER=y\n"
	"#\n# Core Netfilter Configuration\n#\n"
	"CONFIG_NF_CONNTRACK=m\n"
	"# CONFIG_NF_NAT is not set\n"
	"# end of Core Netfilter Configuration\n"
	"CONFIG_BRIDGE=n\n"
	"# end of Networking options\n"
	"CONFIG_LOCALVERSION=\"-a = b\"\n"
	"CONFIG_NR_CPUS=64\n";

static struct kernel_config a, b;

static int clean(void **state __unused)
{
	kernel_config_free(&a);
	kernel_config_free(&b);
	return 0;
}

static void parse(struct kernel_config *c, const char *t)
{
	struct err err = { 0 };

	if (kernel_config_parse(c, "test.config", t, &err))
		fail_msg("%s", err.text);
}

static void each_kind_of_value_is_read(void **state __unused)
{
	parse(&a, text);
	assert_string_equal(kernel_config_value(&a, "NF_CONNTRACK"), "m");
	assert_string_equal(kernel_config_value(&a, "NF_NAT"), "n");
	assert_string_equal(kernel_config_value(&a, "BRIDGE"), "n");
	assert_string_equal(kernel_config_value(&a, "LOCALVERSION"), "\"-a = b\"");
	assert_string_equal(kernel_config_value(&a, "NR_CPUS"), "64");
	assert_string_equal(kernel_config_value(&a, "NEVER_HEARD_OF"), "n");
	assert_false(kernel_config_has(&a, "NEVER_HEARD_OF"));
}

static const char *section_of(const char *name)
{
	for (unsigned int i = 0; i < a.n; i++)
		if (!strcmp(a.option[i].name, name))
			return a.option[i].section;
	fail_msg("no %s", name);
	return NULL;
}

static void sections_are_the_boxes_and_end(void **state __unused)
{
	parse(&a, text);
	assert_string_equal(section_of("NETFILTER"), "Networking options");
	assert_string_equal(section_of("NF_CONNTRACK"), "Core Netfilter Configuration");
	assert_string_equal(section_of("BRIDGE"), "Networking options");
}

static void the_last_of_an_option_counts(void **state __unused)
{
	parse(&a, "CONFIG_X=y\nCONFIG_X=m\n");
	parse(&a, "# CONFIG_Y is not set\nCONFIG_Y=3\n");
	assert_string_equal(kernel_config_value(&a, "X"), "m");
	assert_string_equal(kernel_config_value(&a, "Y"), "3");
	assert_int_equal(a.n, 2);
}

static void a_bad_line_is_named(void **state __unused)
{
	static const char *const bad[] = {
		"CONFIG_A=y\nNETFILTER=y\n", "CONFIG_A=y\nCONFIG_B\n", "CONFIG_A=y\nCONFIG_=y\n",
		"CONFIG_A=y\nCONFIG_B=\n", "CONFIG_A=y\n CONFIG_B=y\n", "CONFIG_A=y\nset CONFIG_B=y\n",
	};
	struct err err;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		err.text[0] = '\0';
		assert_int_equal(kernel_config_parse(&a, "x.config", bad[i], &err), -EINVAL);
		if (!strstr(err.text, "x.config:2: "))
			fail_msg("%s", err.text);
	}
}

static void differences_are_told_once_with_the_networks_first(void **state __unused)
{
	struct kernel_config_diff d;

	parse(&a, "CONFIG_ZRAM=y\nCONFIG_NETFILTER=y\nCONFIG_NF_NAT=m\nCONFIG_HAVE_X=y\nCONFIG_SAME=y\n"
		  "# CONFIG_OFF is not set\n");
	parse(&b, "CONFIG_NETFILTER=y\nCONFIG_NF_NAT=y\nCONFIG_BPF=y\nCONFIG_SAME=y\n");
	assert_int_equal(kernel_config_diff(&a, &b, &d), 0);
	assert_int_equal(d.n, 4);
	assert_int_equal(d.nchosen, 3);
	assert_true(d.d[0].network && d.d[1].network);
	assert_string_equal(d.d[2].name, "ZRAM");
	assert_string_equal(d.d[2].a, "y");
	assert_string_equal(d.d[2].b, "n");
	assert_string_equal(d.d[3].name, "HAVE_X");
	kernel_config_diff_free(&d);
}

static void printing_stops_and_counts_the_rest(void **state __unused)
{
	struct kernel_config_diff d;
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	parse(&a, "CONFIG_NF_A=y\nCONFIG_NF_B=y\nCONFIG_NF_C=y\nCONFIG_HAVE_X=y\n");
	assert_int_equal(kernel_config_diff(&a, &b, &d), 0);
	kernel_config_diff_print(&d, 2, "> ", f);
	fclose(f);
	assert_non_null(strstr(out, ">   NF_A"));
	assert_non_null(strstr(out, "y -> n\n"));
	assert_null(strstr(out, "NF_C"));
	assert_non_null(strstr(out, "> and 1 more\n"));
	assert_non_null(strstr(out, "> and 1 that compiler and machine set"));
	free(out);
	kernel_config_diff_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_kind_of_value_is_read, clean),
		cmocka_unit_test_teardown(sections_are_the_boxes_and_end, clean),
		cmocka_unit_test_teardown(the_last_of_an_option_counts, clean),
		cmocka_unit_test_teardown(a_bad_line_is_named, clean),
		cmocka_unit_test_teardown(differences_are_told_once_with_the_networks_first, clean),
		cmocka_unit_test_teardown(printing_stops_and_counts_the_rest, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
