// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of scenario keys: each row is right, and help and manual show all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gen/kernel_source.h"
#include "run/keys.h"
#include "run/net/xfrm.h"
#include "run/presets.h"
#include "run/testbed.h"
#include "sink/kernel_sink.h"

static void no_key_twice(void **state __unused)
{
	for (const struct key *k = keys; k->path; k++)
		assert_ptr_equal(key_find(k->path), k);
}

static void every_key_has_help_without_full_stop(void **state __unused)
{
	for (const struct key *k = keys; k->path; k++) {
		if (!k->help || !k->help[0] || k->help[strlen(k->help) - 1] == '.')
			fail_msg("%s", k->path);
	}
}

static void every_parent_is_a_section(void **state __unused)
{
	for (const struct key *k = keys; k->path; k++) {
		char parent[96];
		char *dot;

		snprintf(parent, sizeof(parent), "%s", k->path);
		dot = strrchr(parent, '.');
		if (!dot)
			continue;
		*dot = '\0';
		if (!key_find(parent) || (key_find(parent)->type != KEY_SECTION &&
					  key_find(parent)->type != KEY_GOALS))
			fail_msg("%s", k->path);
	}
}

static void every_default_is_accepted(void **state __unused)
{
	static union {
		struct plan plan;
		struct point point;
		struct stream_draft draft;
		struct goal_spec goal;
	} target;

	for (const struct key *k = keys; k->path; k++) {
		struct err err = { 0 };

		memset(&target, 0, sizeof(target));
		if (key_set_default(k, &target, &err))
			fail_msg("%s: %s", k->path, err.text);
	}
}

static void every_key_says_what_happens_without_it(void **state __unused)
{
	char buf[256];

	for (const struct key *k = keys; k->path; k++)
		if (k->type != KEY_SECTION && !k->fallback && !key_default(k, buf, sizeof(buf))[0])
			fail_msg("%s", k->path);
}

static void every_field_lies_in_its_struct(void **state __unused)
{
	static const size_t targets[] = {
		[TARGET_PLAN] = sizeof(struct plan), [TARGET_POINT] = sizeof(struct point),
		[TARGET_STREAM] = sizeof(struct stream_draft), [TARGET_GOAL] = sizeof(struct goal_spec),
	};

	for (const struct key *k = keys; k->path; k++) {
		bool stored = k->type == KEY_TEXT || k->type == KEY_NUMBER || k->type == KEY_WORD;

		assert_true(k->offset + k->size <= targets[k->target]);
		if (stored && k->store == STORE_NONE)
			fail_msg("%s", k->path);
		if (k->store == STORE_WORD && !k->size)
			fail_msg("%s", k->path);
		if (k->type == KEY_NUMBER && !(k->min < k->max))
			fail_msg("%s", k->path);
		if (k->type == KEY_CUSTOM && (!k->set || !k->syntax))
			fail_msg("%s", k->path);
	}
}

static char *printed(void (*print)(FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	print(f);
	fclose(f);
	return text;
}

static void help_and_manual_show_every_key(void **state __unused)
{
	char *help = printed(keys_help), *manual = printed(keys_manual);
	unsigned int values = 0, takes = 0;

	for (const struct key *k = keys; k->path; k++) {
		const char *star = strchr(k->path, '*');
		char path[96], line[128];

		if (star)
			snprintf(path, sizeof(path), "streams.NAME%s", star + 1);
		else
			snprintf(path, sizeof(path), "%s", k->path);
		snprintf(line, sizeof(line), "\n%s%s\n", path, k->type == KEY_SECTION ? ":" : "");
		if (!strstr(help, line))
			fail_msg("help: %s", path);
		snprintf(line, sizeof(line), ".TP\n\\fB%s\\fR\n", path);
		if (!strstr(manual, line))
			fail_msg("manual: %s", path);
		values += k->type != KEY_SECTION;
	}
	/* its last sentence: none was cut off before it */
	for (const char *at = manual; (at = strstr(at, "Takes ")); at++)
		takes++;
	assert_int_equal(takes, values);
	free(help);
	free(manual);
}

static void every_preset_fills_every_goal(void **state __unused)
{
	for (const struct preset *p = presets; p->name; p++) {
		assert_ptr_equal(preset_find(p->name), p);
		for (unsigned int i = 0; i < GOAL_KINDS; i++) {
			const struct goal_spec *g = &p->goal[i];
			double trials = 0;

			assert_int_equal(g->kind, i);
			/* what a fixed goal is measured at is the user's choice */
			if (i != GOAL_FIXED)
				assert_true(goal_seconds(g, &trials) > 0 && trials >= 1);
			assert_true(g->final_trial_s + g->trial_s > 0);
			assert_true(g->width >= g->loss_ratio || g->width == 0);
		}
	}
}

/* A word that names no testbed would pass the reader and fail when it is measured. */
static void testbed_words_are_the_testbeds(void **state __unused)
{
	const struct key_word *w = key_find("testbed")->words;
	unsigned int words = 0, beds = 0;

	for (; w->word; w++, words++)
		assert_non_null(testbed_find(w->word));
	while (testbeds[beds])
		beds++;
	assert_int_equal(words, beds);
}

static void preset_words_are_the_presets(void **state __unused)
{
	const struct key_word *w = key_find("preset")->words;
	unsigned int n = 0;

	for (; w->word; w++, n++)
		assert_string_equal(w->word, presets[n].name);
	assert_null(presets[n].name);
}

static void esp_words_are_none_and_the_suites(void **state __unused)
{
	const struct key_word *w = key_find("dut.esp")->words;
	unsigned int n = 0;

	assert_string_equal(w->word, "none");
	assert_null(xfrm_suite_find(w->word));
	for (w++; w->word; w++, n++)
		assert_ptr_equal(xfrm_suite_find(w->word), &xfrm_suites[n]);
	assert_null(xfrm_suites[n].name);
	assert_non_null(xfrm_suite_find(key_find("dut.esp")->fallback));
}

static bool has_word(const struct key_word *w, const char *word)
{
	while (w->word && strcmp(w->word, word) != 0)
		w++;
	return w->word;
}

static unsigned int words_of(const char *path)
{
	unsigned int n = 0;

	while (key_find(path)->words[n].word)
		n++;
	return n;
}

/* "auto" and the two kinds of port besides. */
static void source_and_sink_words_are_what_there_is(void **state __unused)
{
	unsigned int n = 0;

	for (; kernel_sources[n]; n++)
		assert_true(has_word(key_find("source")->words, kernel_sources[n]->name));
	assert_int_equal(words_of("source"), n + 3);
	for (n = 0; kernel_sinks[n]; n++)
		assert_true(has_word(key_find("sink")->words, kernel_sinks[n]->name));
	assert_int_equal(words_of("sink"), n + 3);
}

static void nearest_key_knows_slips_and_wrong_places(void **state __unused)
{
	char hint[256];

	assert_string_equal(key_hint("dut.rulset", hint, sizeof(hint)),
			    ": did you mean \"dut.ruleset\"?");
	assert_string_equal(key_hint("ruleset", hint, sizeof(hint)),
			    ": did you mean \"dut.ruleset\"?");
	assert_string_equal(key_hint("dutt.ruleset", hint, sizeof(hint)),
			    ": did you mean \"dut.ruleset\"?");
	assert_string_equal(key_hint("streams.web.flow", hint, sizeof(hint)),
			    ": did you mean \"streams.web.flows\"?");
	assert_string_equal(key_hint("flows", hint, sizeof(hint)),
			    ": did you mean \"streams.NAME.flows\"?");
	assert_string_equal(key_hint("dut.xyzzy", hint, sizeof(hint)), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_twice),
		cmocka_unit_test(every_key_has_help_without_full_stop),
		cmocka_unit_test(every_parent_is_a_section),
		cmocka_unit_test(every_default_is_accepted),
		cmocka_unit_test(every_key_says_what_happens_without_it),
		cmocka_unit_test(every_field_lies_in_its_struct),
		cmocka_unit_test(help_and_manual_show_every_key),
		cmocka_unit_test(every_preset_fills_every_goal),
		cmocka_unit_test(testbed_words_are_the_testbeds),
		cmocka_unit_test(preset_words_are_the_presets),
		cmocka_unit_test(esp_words_are_none_and_the_suites),
		cmocka_unit_test(source_and_sink_words_are_what_there_is),
		cmocka_unit_test(nearest_key_knows_slips_and_wrong_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
