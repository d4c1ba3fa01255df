// SPDX-License-Identifier: GPL-2.0-or-later
/* test_vm_message.c - what host and guest of testbed vm say to each other, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/vm/line.h"
#include "run/vm/message.h"

static int add(struct line_reader *r, const char *text, struct err *err)
{
	return line_reader_add(r, text, strlen(text), err);
}

static void take(struct line_reader *r, const char *expected)
{
	size_t len = 0;
	char *line = line_reader_take(r, &len);

	if (!expected) {
		assert_null(line);
		return;
	}
	assert_non_null(line);
	assert_string_equal(line, expected);
	assert_int_equal(len, strlen(expected));
	free(line);
}

static void lines_come_whole_however_their_bytes_come(void **state __unused)
{
	struct line_reader r;

	line_reader_init(&r, 8);
	assert_int_equal(add(&r, "on", NULL), 0);
	take(&r, NULL);
	assert_int_equal(add(&r, "e\ntwo\n\nth", NULL), 0);
	take(&r, "one");
	take(&r, "two");
	take(&r, "");
	take(&r, NULL);
	assert_int_equal(add(&r, "ree\n", NULL), 0);
	take(&r, "three");
	take(&r, NULL);
	line_reader_release(&r);
}

static void a_line_that_is_too_long_is_refused(void **state __unused)
{
	struct line_reader r;
	struct err err = { 0 };

	line_reader_init(&r, 4);
	assert_int_equal(add(&r, "1234\n", NULL), 0);
	take(&r, "1234");
	assert_int_equal(add(&r, "12345", &err), -EMSGSIZE);
	assert_string_equal(err.text, "a line of more than 4 bytes");
	line_reader_release(&r);
}

/* The body of a message, after it has been a line. */
static json_t *through(enum vm_kind kind, json_t *body)
{
	char *line = vm_message_line(kind, body);
	struct err err = { 0 };
	enum vm_kind got;
	json_t *ret;

	assert_non_null(line);
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_null(memchr(line, '\n', strlen(line) - 1));
	assert_int_equal(vm_message_parse(line, strlen(line) - 1, &got, &ret, &err), 0);
	assert_int_equal(got, kind);
	free(line);
	return ret;
}

static void a_request_for_a_point_arrives_as_it_was(void **state __unused)
{
	const struct vm_up up = {
		.scenario = "name: a\n# \xc3\xa4\n", .scenario_len = 13, .point = "p=\"1\"",
		.cwd = "/w", .align = true, .nfiles = 1,
		.file = { { .path = "/w/r.v4", .text = "*filter\nCOMMIT\n", .len = 15 } },
	};
	json_t *body = through(VM_UP, vm_up_json(&up));
	struct vm_up got;

	assert_int_equal(vm_up_read(body, &got, NULL), 0);
	assert_string_equal(got.scenario, up.scenario);
	assert_int_equal(got.scenario_len, up.scenario_len);
	assert_string_equal(got.point, up.point);
	assert_string_equal(got.cwd, up.cwd);
	assert_true(got.align);
	assert_int_equal(got.nfiles, 1);
	assert_string_equal(got.file[0].path, "/w/r.v4");
	assert_string_equal(got.file[0].text, up.file[0].text);
	json_decref(body);
}

static void a_request_for_a_trial_arrives_to_the_last_bit(void **state __unused)
{
	const struct trial_request req = {
		.rate_pps = 653071.65603985742, .duration_ns = 60000001, .selftest = true,
		.phase = "search",
		.use = { .loss = true, .rate = 0.1, .late = 1.0 / 3, .nlimits = 2, .limit = { 0, 0.005 } },
	};
	json_t *body = through(VM_TRIAL, vm_trial_json(&req));
	struct trial_request got;

	assert_int_equal(vm_trial_read(body, &got, NULL), 0);
	assert_true(got.rate_pps == req.rate_pps);
	assert_int_equal(got.duration_ns, req.duration_ns);
	assert_true(got.selftest && got.use.loss);
	assert_string_equal(got.phase, "search");
	assert_true(got.use.rate == req.use.rate && got.use.late == req.use.late);
	assert_int_equal(got.use.nlimits, 2);
	assert_true(got.use.limit[1] == 0.005);
	json_decref(body);
}

static void an_error_arrives_with_its_code(void **state __unused)
{
	struct err e = { -ENOENT, "there is no such thing" }, got = { 0 };
	json_t *body = through(VM_ERROR, vm_error_json(&e));

	assert_int_equal(vm_error_read(body, &got), -ENOENT);
	assert_string_equal(got.text, e.text);
	json_decref(body);
}

static void what_is_no_message_is_refused(void **state __unused)
{
	static const char *const lines[] = {
		"", "hello", "[]", "{}", "{\"hello\":1}", "{\"hello\":{},\"up\":{}}",
		"{\"hello\":{}} x", "{\"other\":{}}", "{\"hello\":{}", "{\"up\":{},\"up\":{}}", "\xff",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		struct err err = { 0 };
		enum vm_kind kind;
		json_t *body;

		assert_int_equal(vm_message_parse(lines[i], strlen(lines[i]), &kind, &body, &err),
				 -EPROTO);
		assert_true(err.text[0]);
	}
}

static json_t *json(const char *text)
{
	json_t *ret = json_loads(text, 0, NULL);

	assert_non_null(ret);
	return ret;
}

static void bodies_with_wrong_values_are_refused_by_name(void **state __unused)
{
	static const struct {
		int (*read)(const json_t *body, void *ret, struct err *err);
		const char *body, *says;
	} rows[] = {
#define UP (int (*)(const json_t *, void *, struct err *))vm_up_read
#define TRIAL (int (*)(const json_t *, void *, struct err *))vm_trial_read
#define STARTED (int (*)(const json_t *, void *, struct err *))vm_started_read
#define HELLO (int (*)(const json_t *, void *, struct err *))vm_hello_read
#define USE "\"use\":{\"loss\":false,\"rate\":0,\"late\":0,\"limits\":[]}"
		{ UP, "{}", "up: \"scenario\"" },
		{ UP, "{\"scenario\":\"\",\"point\":\"\",\"cwd\":\"w\"}", "up: \"cwd\"" },
		{ UP, "{\"scenario\":\"\",\"point\":\"\",\"cwd\":\"/\",\"align\":1}", "up: \"align\"" },
		{ UP, "{\"scenario\":\"\",\"point\":\"\",\"cwd\":\"/\",\"align\":true,\"files\":[{\"path\":\"x\",\"text\":\"\"}]}",
		  "up: \"files\"" },
		{ TRIAL, "{\"rate_pps\":-1}", "trial: \"rate_pps\"" },
		{ TRIAL, "{\"rate_pps\":1,\"duration_ns\":0}", "trial: \"duration_ns\"" },
		{ TRIAL, "{\"rate_pps\":1,\"duration_ns\":1,\"selftest\":false}", "trial: \"phase\"" },
		{ TRIAL, "{\"rate_pps\":1,\"duration_ns\":1,\"selftest\":false,\"phase\":\"x\",\"use\":{}}",
		  "trial: \"use\"" },
		{ TRIAL, "{\"rate_pps\":1,\"duration_ns\":1,\"selftest\":false,\"phase\":\"x\",\"use\":"
		  "{\"loss\":false,\"rate\":0,\"late\":0,\"limits\":[2]}}", "trial: \"limits\"" },
		{ STARTED, "{\"alone\":true,\"flags\":-1}", "up: \"flags\"" },
		{ STARTED, "{\"alone\":true,\"flags\":0,\"max_load_pps\":0,\"setup\":3}", "up: \"setup\"" },
		{ HELLO, "{\"protocol\":0}", "make guest" },
		{ HELLO, "{\"protocol\":1,\"kpps\":3}", "hello: \"kpps\"" },
	};
	static union {
		struct vm_up up;
		struct trial_request trial;
		struct vm_started started;
		struct vm_hello hello;
	} any;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };
		json_t *body = json(rows[i].body);

		assert_int_equal(rows[i].read(body, &any, &err), -EPROTO);
		assert_non_null(strstr(err.text, rows[i].says));
		json_decref(body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_however_their_bytes_come),
		cmocka_unit_test(a_line_that_is_too_long_is_refused),
		cmocka_unit_test(a_request_for_a_point_arrives_as_it_was),
		cmocka_unit_test(a_request_for_a_trial_arrives_to_the_last_bit),
		cmocka_unit_test(an_error_arrives_with_its_code),
		cmocka_unit_test(what_is_no_message_is_refused),
		cmocka_unit_test(bodies_with_wrong_values_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
