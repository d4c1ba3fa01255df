// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_kmod_plan.c - what the kmod source says to the module, and what it makes of a
 * refusal: messages in buffers, no kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#include "gen/kmod_plan.h"
#include "lib/stream_build.h"

#define ID	7

static char room[GENL_ROOM] __attribute__((aligned(8)));

struct read {
	const struct nlattr *attr[KPPS_GEN_A_MAX + 1];	/* the last of each type */
	unsigned int n[KPPS_GEN_A_MAX + 1];
};

static struct nlmsghdr *begin(u8 cmd)
{
	return genl_head(room, 33, KPPS_GEN_FAMILY_VERSION, cmd);
}

static void read_back(const struct nlmsghdr *m, struct read *ret)
{
	const struct genlmsghdr *g = mnl_nlmsg_get_payload(m);
	const struct nlattr *attr;

	memset(ret, 0, sizeof(*ret));
	assert_int_equal(m->nlmsg_type, 33);
	assert_int_equal(m->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(g->version, KPPS_GEN_FAMILY_VERSION);
	mnl_attr_for_each(attr, m, GENL_HDRLEN) {
		assert_in_range(mnl_attr_get_type(attr), 1, KPPS_GEN_A_MAX);
		ret->attr[mnl_attr_get_type(attr)] = attr;
		ret->n[mnl_attr_get_type(attr)]++;
	}
}

#define U32(r, name)	genl_u32((r)->attr[KPPS_GEN_A_##name], ~0U)
#define U64(r, name)	genl_u64((r)->attr[KPPS_GEN_A_##name], ~0ULL)
#define HAS(r, name)	((r)->attr[KPPS_GEN_A_##name] != NULL)

static void a_generator_has_its_cpu_queue_and_way(void **state __unused)
{
	static const int cpus[] = { 4, 9, 2 };
	static const struct { enum kernel_way way; u32 told; } ways[] = {
		{ KERNEL_WAY_OUT, KPPS_GEN_WAY_QUEUE },
		{ KERNEL_WAY_QDISC, KPPS_GEN_WAY_QDISC },
		{ KERNEL_WAY_IN, KPPS_GEN_WAY_RECEIVE },
	};

	for (unsigned int i = 0; i < 3; i++) {
		const struct kernel_source_config config = {
			.ifindex = 12, .way = ways[i].way, .cpus = cpus, .ncpus = 3, .force = i == 1,
		};
		struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_NEW);
		struct read r;

		kmod_put_new(m, &config, i, 2);
		read_back(m, &r);
		assert_int_equal(U32(&r, IFINDEX), 12);
		assert_int_equal(U32(&r, CPU), cpus[i]);
		assert_int_equal(U32(&r, QUEUE), i % 2);
		assert_int_equal(U32(&r, WAY), ways[i].told);
		assert_int_equal(HAS(&r, FORCE), i == 1);
	}
}

static void a_plan_has_its_share_and_its_end(void **state __unused)
{
	const struct source_config config = {
		.duration_ns = 1000000, .overrun_ns = 77, .together_ns = 64000, .burst = 48,
	};
	struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_PLAN);
	struct read r;

	kmod_put_plan(m, ID, 2, 5, &config, 0);
	read_back(m, &r);
	assert_int_equal(U32(&r, ID), ID);
	assert_int_equal(U32(&r, FIRST), 2);
	assert_int_equal(U32(&r, STRIDE), 5);
	assert_int_equal(U64(&r, DURATION), 1000000);
	assert_int_equal(U64(&r, OVERRUN), 77);
	assert_int_equal(U64(&r, TOGETHER), 64000);
	assert_int_equal(U32(&r, BURST), 48);
	assert_false(HAS(&r, COUNT));
	assert_false(HAS(&r, ENDLESS));
}

static void a_plan_says_no_more_than_was_asked(void **state __unused)
{
	const struct source_config config = { .count = 9, .overrun_ns = 77 };
	struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_PLAN);
	struct read r;

	kmod_put_plan(m, ID, 0, 1, &config, 9);
	read_back(m, &r);
	assert_int_equal(U64(&r, COUNT), 9);
	assert_false(HAS(&r, DURATION));
	assert_false(HAS(&r, OVERRUN));
	assert_false(HAS(&r, TOGETHER));
	assert_false(HAS(&r, BURST));
}

static void generators_share_a_count_without_a_rest(void **state __unused)
{
	for (u64 count = 1; count < 40; count++) {
		for (unsigned int n = 1; n < 9; n++) {
			u64 sum = 0;

			for (unsigned int i = 0; i < n; i++) {
				u64 of_one = kmod_count(count, i, n), expected = 0;

				for (u64 k = i; k < count; k += n)
					expected++;
				assert_int_equal(of_one, expected);
				sum += of_one;
			}
			assert_int_equal(sum, count);
		}
	}
}

static void a_stream_goes_whole_with_its_first_index(void **state __unused)
{
	static struct source_stream st;
	struct stream_spec spec;
	struct nlmsghdr *m;
	struct err err;
	struct read r;

	stream_spec_default(&spec);
	assert_int_equal(stream_build(&spec, &st.stream, &err), 0);
	st.first_index = KPPS_INDEX_MASK + 6;	/* indices have 48 bits */
	m = begin(KPPS_GEN_CMD_GEN_STREAM);
	kmod_put_stream(m, ID, 3, &st);
	read_back(m, &r);
	assert_int_equal(U32(&r, STREAM), 3);
	assert_int_equal(U64(&r, FIRST_INDEX), 5);
	assert_int_equal(mnl_attr_get_payload_len(r.attr[KPPS_GEN_A_STREAM_DATA]), sizeof(st.stream));
	assert_memory_equal(mnl_attr_get_payload(r.attr[KPPS_GEN_A_STREAM_DATA]), &st.stream,
			    sizeof(st.stream));
}

static void a_lane_has_the_numbers_of_the_schedule(void **state __unused)
{
	const struct schedule_share share[2] = { { .rate_pps = 1000 }, { .rate_pps = 14880952.4 } };
	struct schedule s;
	struct err err;

	assert_int_equal(schedule_init(&s, share, 2, 0, 1000000000, 0, &err), 0);
	assert_int_equal(s.nlanes, 2);
	for (unsigned int i = 0; i < 2; i++) {
		struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_LANE);
		struct read r;

		kmod_put_lane(m, ID, i, &s.lane[i]);
		read_back(m, &r);
		assert_int_equal(U32(&r, LANE), i);
		assert_int_equal(U64(&r, MULT), s.lane[i].gap.mult);
		assert_int_equal(U32(&r, SHIFT), s.lane[i].gap.shift);
		assert_int_equal(U64(&r, TOTAL), s.lane[i].total);
		assert_int_equal(U32(&r, STREAM), i);
		assert_false(HAS(&r, PATTERN));
	}
	schedule_release(&s);
}

static void a_lane_without_rate_and_end_has_neither(void **state __unused)
{
	const struct schedule_share share = { .weight = 1 };
	struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_LANE);
	struct schedule s;
	struct read r;
	struct err err;

	assert_int_equal(schedule_init(&s, &share, 1, 0, 0, 5, &err), 0);
	kmod_put_lane(m, ID, 0, &s.lane[0]);
	read_back(m, &r);
	assert_false(HAS(&r, MULT));
	assert_false(HAS(&r, SHIFT));
	assert_false(HAS(&r, TOTAL));
	schedule_release(&s);
}

static void a_long_pattern_comes_in_pieces_that_join(void **state __unused)
{
	static u8 joined[KPPS_GEN_PATTERN_MAX];
	const struct schedule_share share[2] = { { .weight = 40000 }, { .weight = 9999 } };
	struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_LANE);
	const struct nlattr *attr;
	struct schedule s;
	struct read r;
	struct err err;
	u32 at = 0;

	assert_int_equal(schedule_init(&s, share, 2, 1000, 0, 5, &err), 0);
	kmod_put_lane(m, ID, 0, &s.lane[0]);
	read_back(m, &r);
	assert_int_equal(r.n[KPPS_GEN_A_PATTERN], 2);
	assert_false(HAS(&r, STREAM));
	mnl_attr_for_each(attr, m, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != KPPS_GEN_A_PATTERN)
			continue;
		assert_in_range(mnl_attr_get_payload_len(attr), 1, KPPS_GEN_PATTERN_CHUNK);
		assert_true(at + mnl_attr_get_payload_len(attr) <= sizeof(joined));
		memcpy(joined + at, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
		at += mnl_attr_get_payload_len(attr);
	}
	assert_int_equal(at, 49999);
	assert_memory_equal(joined, s.lane[0].pattern, at);
	schedule_release(&s);
}

/* ------------------------------------------------------------------------ refusals */

/* The kernel's answer to @request, with an extended ack. */
static const struct nlmsghdr *refusal(const struct nlmsghdr *request, int error, const char *text,
				      u32 offset, u32 missing, bool capped)
{
	static char buf[4096] __attribute__((aligned(8)));
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf);
	u32 len = capped ? sizeof(*request) : request->nlmsg_len;
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(m, sizeof(e->error) + len);

	m->nlmsg_type = NLMSG_ERROR;
	m->nlmsg_flags = (u16)(NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0));
	e->error = error;
	memcpy(&e->msg, request, len);
	if (text)
		mnl_attr_put_strz(m, NLMSGERR_ATTR_MSG, text);
	if (offset)
		mnl_attr_put_u32(m, NLMSGERR_ATTR_OFFS, offset);
	if (missing)
		mnl_attr_put_u32(m, 5, missing);	/* NLMSGERR_ATTR_MISS_TYPE, since 6.1 */
	return m;
}

static void expect_refusal(const struct nlmsghdr *m, const struct nlmsghdr *answer, int error,
			   const char *sentence)
{
	struct err err;

	assert_int_equal(genl_refused(&kmod_source_names, m, answer, &err), error);
	assert_string_equal(err.text, sentence);
}

static void a_refusal_names_command_and_attribute(void **state __unused)
{
	struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_NEW);
	u32 offset;

	mnl_attr_put_u32(m, KPPS_GEN_A_IFINDEX, 4);
	offset = m->nlmsg_len;
	mnl_attr_put_u32(m, KPPS_GEN_A_QUEUE, 99);
	for (int capped = 0; capped < 2; capped++)
		expect_refusal(m, refusal(m, -EINVAL, "the device has fewer transmit queues", offset,
					  0, capped), -EINVAL,
			       "kmod source: GEN_NEW QUEUE: the device has fewer transmit queues");
}

static void a_refusal_names_what_is_missing(void **state __unused)
{
	struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_START);

	expect_refusal(m, refusal(m, -EINVAL, NULL, 0, KPPS_GEN_A_ID, true), -EINVAL,
		       "kmod source: GEN_START ID: it is missing");
}

static void a_refusal_without_words_has_the_error(void **state __unused)
{
	struct nlmsghdr *m = begin(KPPS_GEN_CMD_GEN_PLAN);

	expect_refusal(m, refusal(m, -EPERM, NULL, 0, 0, true), -EPERM,
		       "kmod source: GEN_PLAN: Operation not permitted");
	/* an offset that is no attribute's */
	expect_refusal(m, refusal(m, -ERANGE, "too large", 3, 0, true), -ERANGE,
		       "kmod source: GEN_PLAN: too large");
}

static void every_command_and_attribute_has_a_name(void **state __unused)
{
	const struct genl_names *n = &kmod_sink_names;

	assert_int_equal(n->ncommands, KPPS_GEN_CMD_MAX + 1);
	for (unsigned int i = KPPS_GEN_CMD_UNSPEC + 1; i < n->ncommands; i++)
		assert_non_null(n->commands[i]);
	assert_int_equal(n->nattrs, KPPS_GEN_A_MAX + 1);
	for (unsigned int i = KPPS_GEN_A_PAD + 1; i < n->nattrs; i++)
		assert_non_null(n->attrs[i]);
}

/* ------------------------------------------------------------- against this kernel */

static void a_family_that_is_not_there_is_named(void **state __unused)
{
	struct genl *g = NULL;
	struct err err;

	assert_int_equal(genl_open("kpps-none", &kmod_source_names, &g, &err), -ENOENT);
	assert_string_equal(err.text, "kmod source: the kernel has no netlink family \"kpps-none\"");
	assert_null(g);
}

/* Every kernel with generic netlink has its controller, which is a family as any. */
static void a_family_that_is_there_answers(void **state __unused)
{
	const struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	struct genl *g;
	struct err err = { 0 };
	struct nlmsghdr *m;

	assert_int_equal(genl_open("nlctrl", &kmod_source_names, &g, &err), 0);
	m = genl_begin(g, CTRL_CMD_GETFAMILY);
	mnl_attr_put_u16(m, CTRL_ATTR_FAMILY_ID, GENL_ID_CTRL);
	assert_int_equal(genl_call(g, attrs, CTRL_ATTR_MAX + 1, &err), 0);
	assert_string_equal(mnl_attr_get_str(attrs[CTRL_ATTR_FAMILY_NAME]), "nlctrl");
	assert_int_equal(genl_join(g, "notify", &err), 0);
	assert_int_equal(genl_join(g, "gossip", &err), -ENOENT);
	assert_string_equal(err.text, "kmod source: netlink family \"nlctrl\" has no group \"gossip\"");
	/* after a refusal the next request is answered as any */
	m = genl_begin(g, CTRL_CMD_GETFAMILY);
	mnl_attr_put_u16(m, CTRL_ATTR_FAMILY_ID, 1);
	assert_int_equal(genl_call(g, attrs, CTRL_ATTR_MAX + 1, &err), -ENOENT);
	m = genl_begin(g, CTRL_CMD_GETFAMILY);
	mnl_attr_put_u16(m, CTRL_ATTR_FAMILY_ID, GENL_ID_CTRL);
	assert_int_equal(genl_call(g, attrs, CTRL_ATTR_MAX + 1, &err), 0);
	genl_close(g);
}

static void sources_and_sinks_are_found_by_their_names(void **state __unused)
{
	char names[64];

	assert_ptr_equal(kernel_source_find("kmod"), &kmod_source_ops);
	assert_ptr_equal(kernel_source_find("xdp"), &xdp_source_ops);
	assert_null(kernel_source_find("packet"));
	assert_string_equal(kernel_source_names(KERNEL_WAY_QDISC, names, sizeof(names)),
			    "kmod, pktgen");
	assert_string_equal(kernel_source_names(KERNEL_WAY_OUT, names, 8), "xdp, km");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_generator_has_its_cpu_queue_and_way),
		cmocka_unit_test(a_plan_has_its_share_and_its_end),
		cmocka_unit_test(a_plan_says_no_more_than_was_asked),
		cmocka_unit_test(generators_share_a_count_without_a_rest),
		cmocka_unit_test(a_stream_goes_whole_with_its_first_index),
		cmocka_unit_test(a_lane_has_the_numbers_of_the_schedule),
		cmocka_unit_test(a_lane_without_rate_and_end_has_neither),
		cmocka_unit_test(a_long_pattern_comes_in_pieces_that_join),
		cmocka_unit_test(a_refusal_names_command_and_attribute),
		cmocka_unit_test(a_refusal_names_what_is_missing),
		cmocka_unit_test(a_refusal_without_words_has_the_error),
		cmocka_unit_test(every_command_and_attribute_has_a_name),
		cmocka_unit_test(a_family_that_is_not_there_is_named),
		cmocka_unit_test(a_family_that_is_there_answers),
		cmocka_unit_test(sources_and_sinks_are_found_by_their_names),
	};

	return cmocka_run_group_tests_name("kmod_plan", tests, NULL, NULL);
}
