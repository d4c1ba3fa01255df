// SPDX-License-Identifier: GPL-2.0-or-later
/* test_probe_ends.c - run/probe_ends.h: root can send and receive everywhere, and stays at home. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/probe_ends.h"
#include "tests/skip.h"

static ino_t my_netns(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

static void expect_yes(int (*probe)(struct err *err))
{
	struct err err = { 0 };
	ino_t before = my_netns();
	int rc;

	if (geteuid())
		skip_because("frames on interfaces need root");
	rc = probe(&err);
	assert_string_equal(err.text, "");
	assert_int_equal(rc, 0);
	assert_int_equal(my_netns(), before);
}

static int xdp_source(struct err *err)
{
	return probe_source(&xdp_source_ops, err);
}

static void the_xdp_source_sends(void **state __unused)
{
	expect_yes(xdp_source);
}

static int xdp_sink(struct err *err)
{
	return probe_sink(&xdp_sink_ops, err);
}

static void the_xdp_sink_counts(void **state __unused)
{
	expect_yes(xdp_sink);
}

static void a_frame_comes_through_af_xdp(void **state __unused)
{
	expect_yes(probe_af_xdp);
}

static void a_frame_comes_through_packet_sockets(void **state __unused)
{
	expect_yes(probe_packet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_xdp_source_sends),
		cmocka_unit_test(the_xdp_sink_counts),
		cmocka_unit_test(a_frame_comes_through_af_xdp),
		cmocka_unit_test(a_frame_comes_through_packet_sockets),
	};

	return cmocka_run_group_tests_name("probe_ends", tests, NULL, NULL);
}
