// SPDX-License-Identifier: GPL-2.0-or-later
/* The option parser by a made-up table, and every real table by command_check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/commands.h"
#include "run/nearest.h"

struct options {
	bool json, verbose;
	const char *file;
	struct option_strings sets;
	double rate;
	u64 count;
};

static struct options got;
static int got_nargs;
static const char *got_args[8];

static int record_run(const void *options, int nargs, char **args)
{
	memcpy(&got, options, sizeof(got));
	got_nargs = nargs;
	for (int i = 0; i < nargs && i < 8; i++)
		got_args[i] = args[i];
	return EXIT_DONE;
}

static const struct option_def table[] = {
	{ .name = "json", .letter = 'j', .type = OPTION_FLAG, .help = "as JSON",
	  .offset = offsetof(struct options, json) },
	{ .name = "verbose", .letter = 'v', .type = OPTION_FLAG, .help = "more",
	  .offset = offsetof(struct options, verbose) },
	{ .name = "read", .letter = 'r', .type = OPTION_STRING, .metavar = "FILE", .help = "input",
	  .offset = offsetof(struct options, file) },
	{ .name = "set", .type = OPTION_STRINGS, .metavar = "K=V", .help = "set",
	  .offset = offsetof(struct options, sets) },
	{ .name = "rate", .type = OPTION_NUMBER, .unit = UNIT_RATE, .metavar = "RATE",
	  .help = "rate", .offset = offsetof(struct options, rate), .min = 1, .max = 1e9 },
	{ .name = "count", .letter = 'n', .type = OPTION_U64, .unit = UNIT_COUNT, .metavar = "N",
	  .help = "count", .offset = offsetof(struct options, count) },
	{ 0 },
};

static const struct options defaults = { .rate = 1e6 };

static const struct command cmd = {
	.name = "test", .args = "[FILE]", .summary = "a test", .options = table,
	.max_args = 2, .options_size = sizeof(struct options), .defaults = &defaults,
	.run = record_run,
};

/* Runs the command; what it prints to stderr is in @text. */
static int parse(char *text, size_t size, const char *a, const char *b, const char *c)
{
	char *argv[] = { "test", (char *)a, (char *)b, (char *)c, NULL };
	int argc = 1, status, saved = dup(2), fd;
	char path[] = "/tmp/kpps-test-XXXXXX";
	ssize_t n;

	while (argv[argc])
		argc++;
	memset(&got, 0, sizeof(got));
	got_nargs = -1;
	fd = mkstemp(path);
	assert_true(fd >= 0 && saved >= 0);
	unlink(path);
	dup2(fd, 2);
	status = command_main(&cmd, argc, argv);
	dup2(saved, 2);
	close(saved);
	n = pread(fd, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return status;
}

static char text[1024];

#define PARSE(...) PARSE_(__VA_ARGS__, NULL, NULL, NULL)
#define PARSE_(a, b, c, ...) parse(text, sizeof(text), a, b, c)
#define SEE " (see \"kpps help test\")\n"

static void long_option_with_equals(void **state __unused)
{
	assert_int_equal(PARSE("--rate=2Mpps"), EXIT_DONE);
	assert_true(got.rate == 2e6);
}

static void long_option_with_next_argument(void **state __unused)
{
	assert_int_equal(PARSE("--read", "a.pcap", "b"), EXIT_DONE);
	assert_string_equal(got.file, "a.pcap");
	assert_int_equal(got_nargs, 1);
}

static void letter_with_and_without_space(void **state __unused)
{
	assert_int_equal(PARSE("-r", "a.pcap"), EXIT_DONE);
	assert_string_equal(got.file, "a.pcap");
	assert_int_equal(PARSE("-ra.pcap"), EXIT_DONE);
	assert_string_equal(got.file, "a.pcap");
}

static void letters_together(void **state __unused)
{
	assert_int_equal(PARSE("-jvn", "64k"), EXIT_DONE);
	assert_true(got.json && got.verbose);
	assert_int_equal(got.count, 64000);
}

static void options_after_arguments(void **state __unused)
{
	assert_int_equal(PARSE("file", "--json"), EXIT_DONE);
	assert_true(got.json);
	assert_string_equal(got_args[0], "file");
}

static void two_dashes_end_options(void **state __unused)
{
	assert_int_equal(PARSE("--", "--json"), EXIT_DONE);
	assert_false(got.json);
	assert_string_equal(got_args[0], "--json");
}

static void single_dash_is_an_argument(void **state __unused)
{
	assert_int_equal(PARSE("-"), EXIT_DONE);
	assert_string_equal(got_args[0], "-");
}

static void repeated_strings_are_kept_in_order(void **state __unused)
{
	assert_int_equal(PARSE("--set=a=1", "--set=b=2"), EXIT_DONE);
	assert_int_equal(got.sets.n, 2);
	assert_string_equal(got.sets.v[0], "a=1");
	assert_string_equal(got.sets.v[1], "b=2");
}

static void defaults_stay_without_option(void **state __unused)
{
	assert_int_equal(PARSE("--json"), EXIT_DONE);
	assert_true(got.rate == 1e6);
}

static void unknown_option_names_the_nearest(void **state __unused)
{
	assert_int_equal(PARSE("--jsno"), EXIT_BAD_INPUT);
	assert_string_equal(text, "kpps test: unknown option \"--jsno\": did you mean \"--json\"?" SEE);
	assert_int_equal(PARSE("--zzzzzz"), EXIT_BAD_INPUT);
	assert_string_equal(text, "kpps test: unknown option \"--zzzzzz\"" SEE);
	assert_int_equal(PARSE("-z"), EXIT_BAD_INPUT);
	assert_string_equal(text, "kpps test: unknown option \"-z\"" SEE);
}

static void wrong_use_is_an_error(void **state __unused)
{
	assert_int_equal(PARSE("--json=1"), EXIT_BAD_INPUT);
	assert_string_equal(text, "kpps test: option \"--json\" takes no value" SEE);
	assert_int_equal(PARSE("--read"), EXIT_BAD_INPUT);
	assert_string_equal(text, "kpps test: option \"--read\" needs a value: FILE" SEE);
	assert_int_equal(PARSE("-r"), EXIT_BAD_INPUT);
	assert_string_equal(text, "kpps test: option \"-r\" needs a value: FILE" SEE);
	assert_int_equal(PARSE("--rate=0pps"), EXIT_BAD_INPUT);
	assert_string_equal(text, "kpps test: option \"--rate\": \"0pps\" is out of range: 1pps to 1Gpps"
				  SEE);
	assert_int_equal(PARSE("a", "b", "c"), EXIT_BAD_INPUT);
	assert_string_equal(text, "kpps test: unexpected argument \"c\"" SEE);
	assert_int_equal(got_nargs, -1);
}

static void number_errors_name_the_option(void **state __unused)
{
	static const char start[] = "kpps test: option \"--count\": \"12x\"";

	assert_int_equal(PARSE("--count", "12x"), EXIT_BAD_INPUT);
	assert_memory_equal(text, start, sizeof(start) - 1);
}

static void every_command_table_is_right(void **state __unused)
{
	for (const struct command *const *c = commands; *c; c++) {
		struct err err = { 0 };

		if (command_check(*c, &err))
			fail_msg("%s", err.text);
		for (const struct command *const *d = commands; d < c; d++)
			assert_string_not_equal((*c)->name, (*d)->name);
	}
}

static void check_refuses_bad_tables(void **state __unused)
{
	struct option_def bad[3] = { table[0], table[1], { 0 } };
	struct command c = cmd;
	struct err err = { 0 };

	c.options = bad;
	assert_int_equal(command_check(&c, &err), 0);
	bad[1].letter = 'j';
	assert_int_not_equal(command_check(&c, &err), 0);
	assert_string_equal(err.text, "test: -j twice");
	bad[1] = table[2];
	bad[1].help = "Ends in a stop.";
	assert_int_not_equal(command_check(&c, &err), 0);
	bad[1] = table[2];
	bad[1].metavar = NULL;
	assert_int_not_equal(command_check(&c, &err), 0);
	bad[1] = table[2];
	bad[1].offset = sizeof(struct options);
	assert_int_not_equal(command_check(&c, &err), 0);
	bad[1] = table[4];
	bad[1].min = 2e6;
	assert_int_not_equal(command_check(&c, &err), 0);
	assert_string_equal(err.text, "test: --rate: default is out of range");
	c = cmd;
	c.examples = "kpps test\n";
	assert_int_not_equal(command_check(&c, &err), 0);
}

static const char *near(const char *word, const char *candidate)
{
	struct nearest n = { .word = word };

	nearest_offer(&n, candidate);
	return n.best;
}

static void nearest_word(void **state __unused)
{
	assert_non_null(near("jsno", "json"));	/* a swap is one step */
	assert_non_null(near("rulset", "ruleset"));
	assert_null(near("abc", "xyz"));
	assert_null(near("", "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_option_with_equals),
		cmocka_unit_test(long_option_with_next_argument),
		cmocka_unit_test(letter_with_and_without_space),
		cmocka_unit_test(letters_together),
		cmocka_unit_test(options_after_arguments),
		cmocka_unit_test(two_dashes_end_options),
		cmocka_unit_test(single_dash_is_an_argument),
		cmocka_unit_test(repeated_strings_are_kept_in_order),
		cmocka_unit_test(defaults_stay_without_option),
		cmocka_unit_test(unknown_option_names_the_nearest),
		cmocka_unit_test(wrong_use_is_an_error),
		cmocka_unit_test(number_errors_name_the_option),
		cmocka_unit_test(every_command_table_is_right),
		cmocka_unit_test(check_refuses_bad_tables),
		cmocka_unit_test(nearest_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
