// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_xfrm.c - run/net/xfrm.h: an end of a tunnel is what iproute2 shows, or the
 * kernel has no ESP, and then everything that it lacks is named.
 */
#include "tests/net/net_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/net/netns.h"
#include "run/net/xfrm.h"

static struct xfrm_end end_of(const struct xfrm_suite *suite, u8 family)
{
	struct xfrm_end e = {
		.suite = suite, .family = family, .spi_out = 0x1001, .spi_in = 0x1002,
		.wrapped = 1, .plain = 1,
	};

	if (family == AF_INET) {
		e.own = (union fw_addr){ .v6 = { 198, 51, 100, 1 } };
		e.other = (union fw_addr){ .v6 = { 198, 51, 100, 2 } };
	} else {
		e.own = (union fw_addr){ .v6 = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
		e.other = (union fw_addr){ .v6 = { 0x20, 1, 0xd, 0xb8, [15] = 2 } };
	}
	return e;
}

/* A namespace where @suite works for @family; -1: this kernel lacks something. */
static int netns_with(const struct xfrm_suite *suite, u8 family)
{
	int fd;

	if (xfrm_probe(suite, family == AF_INET, family == AF_INET6, NULL))
		return -1;
	assert_ok(netns_scratch(&fd, _err));
	return fd;
}

static void what_the_kernel_lacks_is_named(void **state __unused)
{
	need_root();
	for (const struct xfrm_suite *s = xfrm_suites; s->name; s++) {
		struct err err = { 0 };
		int ret = xfrm_probe(s, true, true, &err);

		if (!ret)
			continue;
		assert_int_equal(ret, -ENOTSUP);
		assert_int_equal(err.code, -ENOTSUP);
		assert_non_null(strstr(err.text, "this kernel lacks "));
		assert_non_null(strstr(err.text, "(CONFIG_"));
		assert_non_null(strstr(err.text, "dut.esp: none works"));
	}
}

static void only_what_is_asked_for_is_missed(void **state __unused)
{
	const struct xfrm_suite *s = xfrm_suite_find("null-cipher");
	struct err err = { 0 };

	need_root();
	if (xfrm_probe(s, true, false, &err))
		assert_null(strstr(err.text, "IPv6"));
	assert_null(strstr(err.text, "GCM"));
	assert_ok(xfrm_probe(s, false, false, _err));
}

static void assert_shown(int fd, const struct xfrm_end *e)
{
	const struct xfrm_suite *s = e->suite;
	char *sas = command(fd, "ip xfrm state"), *policies = command(fd, "ip xfrm policy");

	assert_non_null(strstr(sas, "spi 0x00001001"));
	assert_non_null(strstr(sas, "spi 0x00001002"));
	assert_non_null(strstr(sas, "mode tunnel"));
	assert_non_null(strstr(sas, "replay_window 1024"));
	assert_non_null(strstr(sas, s->aead ? s->aead : s->cipher));
	assert_true(!s->auth || strstr(sas, s->auth));
	assert_non_null(strstr(policies, "dir out"));
	assert_non_null(strstr(policies, "dir fwd"));
	free(sas);
	free(policies);
}

static void an_end_is_what_iproute_shows(void **state __unused)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	unsigned int tried = 0;

	need_root();
	for (const struct xfrm_suite *s = xfrm_suites; s->name; s++) {
		for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
			struct xfrm_end e = end_of(s, families[i]);
			struct xfrm_counts counts;
			struct err err = { 0 };
			int fd = netns_with(s, families[i]);

			if (fd < 0)
				continue;
			tried++;
			assert_ok(xfrm_up(fd, &e, _err));
			assert_shown(fd, &e);
			assert_ok(xfrm_count(fd, &e, &counts, _err));
			assert_int_equal(counts.packets_out + counts.packets_in, 0);
			/* the same once more is refused, not taken for done */
			assert_int_equal(xfrm_up(fd, &e, &err), -EEXIST);
			assert_non_null(strstr(err.text, "can't make an SA of ESP "));
			close(fd);
		}
	}
	if (!tried)
		print_message("# this kernel has no ESP: nothing to look at\n");
}

static void an_end_that_was_not_set_up_has_no_counts(void **state __unused)
{
	struct xfrm_end e = end_of(xfrm_suite_find("null-cipher"), AF_INET);
	struct xfrm_counts counts;
	struct err err = { 0 };
	int fd;

	need_root();
	assert_ok(netns_scratch(&fd, _err));
	assert_int_equal(xfrm_count(fd, &e, &counts, &err), -ESRCH);
	assert_non_null(strstr(err.text, "can't read an SA of ESP null-cipher"));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_lacks_is_named),
		cmocka_unit_test(only_what_is_asked_for_is_missed),
		cmocka_unit_test(an_end_is_what_iproute_shows),
		cmocka_unit_test(an_end_that_was_not_set_up_has_no_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
