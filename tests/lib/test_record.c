// SPDX-License-Identifier: GPL-2.0-or-later
/* test_record.c - lib/record.h: the keys, the way there and back, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"

static struct trial_record record, back;

/* Every number its own, so that two that were mixed up differ. */
static void record_fill(struct trial_record *r)
{
	u64 n = 1000;

	memset(r, 0, sizeof(*r));
	hist_init(&r->latency);
	hist_init(&r->departure);
	strcpy(r->point, "nat, ipv6");
	strcpy(r->phase, "ndr");
	strcpy(r->why, "source fell behind");
	strcpy(r->lost_where, "between eth0 and eth1: 7");
	r->rate_pps = 12345678.5;
	for (u64 *p = &r->number; p <= &r->number; p++)
		*p = n++;
	for (u64 *p = &r->duration_ns; p <= &r->backlog_max; p++)
		*p = n++;
	for (u64 *p = &r->dut_connections_before; p <= &r->fill_ns; p++)
		*p = n++;
	r->has_latency = true;
	hist_add(&r->latency, 1234, 3);
	hist_add(&r->latency, 5000000, 1);
	hist_add(&r->departure, 17, 99);
	r->nstreams = 2;
	for (unsigned int i = 0; i < 2; i++) {
		struct stream_record *s = &r->stream[i];

		snprintf(s->name, sizeof(s->name), "%s", i ? "attack" : "users");
		for (u64 *p = &s->intended; p <= &s->bytes_received; p++)
			*p = n++;
	}
}

static json_t *valid_json(void)
{
	json_t *json;

	record_fill(&record);
	json = record_json(&record);
	assert_non_null(json);
	return json;
}

static void record_comes_back_as_it_was(void **state __unused)
{
	json_t *json = valid_json(), *again;
	char *text = json_dumps(json, JSON_COMPACT);
	struct err err;

	assert_non_null(text);
	again = json_loads(text, 0, NULL);
	assert_non_null(again);
	memset(&back, 0, sizeof(back));
	assert_int_equal(record_from_json(again, &back, &err), 0);
	assert_memory_equal(&back.latency, &record.latency, sizeof(record.latency));
	assert_memory_equal(&back.departure, &record.departure, sizeof(record.departure));
	assert_memory_equal(&back.duration_ns, &record.duration_ns,
			    offsetof(struct trial_record, valid) -
				    offsetof(struct trial_record, duration_ns));
	assert_memory_equal(&back.dut_connections_before, &record.dut_connections_before,
			    offsetof(struct trial_record, nstreams) -
				    offsetof(struct trial_record, dut_connections_before));
	assert_memory_equal(back.stream, record.stream, sizeof(record.stream));
	assert_string_equal(back.point, record.point);
	assert_string_equal(back.phase, record.phase);
	assert_string_equal(back.why, record.why);
	assert_int_equal(back.number, record.number);
	assert_int_equal(back.attempt, record.attempt);
	assert_true(back.disturbed == record.disturbed);
	assert_int_equal(back.nstreams, record.nstreams);
	assert_true(back.rate_pps == record.rate_pps);
	assert_true(back.has_latency);
	assert_false(back.valid);
	free(text);
	json_decref(again);
	json_decref(json);
}

static void keys_are_those_documented(void **state __unused)
{
	static const char *const keys[] = {
		"point", "phase", "number", "rate_pps", "duration_ns", "elapsed_ns", "wall_ns",
		"intended", "sent", "refused", "received", "lost", "duplicated", "reordered",
		"late", "corrupted", "foreign", "unsigned_frames", "late_max_ns", "backlog_max",
		"valid", "why", "latency", "departure", "dut", "fill", "streams", "lost_where",
		"counters", "attempt", "disturbed",
		"sink_dropped",
	};
	json_t *json = valid_json();

	assert_int_equal(json_object_size(json), ARRAY_SIZE(keys));
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
		assert_non_null(json_object_get(json, keys[i]));
	json_decref(json);
}

static void record_without_latency_says_null(void **state __unused)
{
	json_t *json;

	record_fill(&record);
	record.has_latency = false;
	json = record_json(&record);
	assert_true(json_is_null(json_object_get(json, "latency")));
	assert_int_equal(record_from_json(json, &back, NULL), 0);
	assert_false(back.has_latency);
	json_decref(json);
}

static void every_missing_key_is_named(void **state __unused)
{
	json_t *json = valid_json(), *copy;
	const char *key;
	json_t *value;

	json_object_foreach(json, key, value) {
		char expected[128];
		struct err err;

		copy = json_copy(json);
		json_object_del(copy, key);
		snprintf(expected, sizeof(expected), "trial record: \"%s\" is missing", key);
		assert_int_equal(record_from_json(copy, &back, &err), -EINVAL);
		assert_string_equal(err.text, expected);
		json_decref(copy);
	}
	json_decref(json);
}

static void every_key_of_a_wrong_type_is_named(void **state __unused)
{
	json_t *json = valid_json(), *copy;
	const char *key;
	json_t *value;

	json_object_foreach(json, key, value) {
		char expected[64];
		struct err err;

		copy = json_copy(json);
		/* no key of a record is a list of numbers */
		json_object_set_new(copy, key, json_pack("[i]", 1));
		snprintf(expected, sizeof(expected), "trial record: \"%s", key);
		assert_int_equal(record_from_json(copy, &back, &err), -EINVAL);
		assert_memory_equal(err.text, expected, strlen(expected));
		json_decref(copy);
	}
	json_decref(json);
}

static void errors_inside_groups_say_where(void **state __unused)
{
	json_t *json = valid_json();
	struct err err;

	json_object_set_new(json_object_get(json, "dut"), "dropped", json_integer(-1));
	assert_int_equal(record_from_json(json, &back, &err), -EINVAL);
	assert_string_equal(err.text,
			    "trial record: \"dut.dropped\" must be a whole number from 0 on");
	json_decref(json);
	json = valid_json();
	json_object_del(json_array_get(json_object_get(json, "streams"), 1), "lost");
	assert_int_equal(record_from_json(json, &back, &err), -EINVAL);
	assert_string_equal(err.text, "trial record: \"streams[1].lost\" is missing");
	json_decref(json);
}

static void unknown_keys_of_a_newer_version_are_ignored(void **state __unused)
{
	json_t *json = valid_json();

	json_object_set_new(json, "energy_joules", json_real(1.5));
	assert_int_equal(record_from_json(json, &back, NULL), 0);
	json_decref(json);
}

static void failure_leaves_the_result_untouched(void **state __unused)
{
	json_t *json = valid_json();

	json_object_del(json, "streams");
	memset(&back, 0x5a, sizeof(back));
	assert_int_equal(record_from_json(json, &back, NULL), -EINVAL);
	for (size_t i = 0; i < sizeof(back); i++)
		assert_int_equal(((u8 *)&back)[i], 0x5a);
	json_decref(json);
}

static void too_long_texts_and_too_many_streams_are_refused(void **state __unused)
{
	char longest[RECORD_WHY + 1];
	json_t *json = valid_json(), *streams = json_array();
	struct err err;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	json_object_set_new(json, "why", json_string(longest));
	assert_int_equal(record_from_json(json, &back, &err), -EINVAL);
	assert_string_equal(err.text,
			    "trial record: \"why\" is longer than 255 bytes or holds a NUL");
	json_object_set_new(json, "why", json_string(""));
	for (unsigned int i = 0; i <= KPPS_STREAMS_MAX; i++)
		json_array_append(streams, json_array_get(json_object_get(json, "streams"), 0));
	json_object_set_new(json, "streams", streams);
	assert_int_equal(record_from_json(json, &back, &err), -EINVAL);
	assert_string_equal(err.text, "trial record: 65 streams: at most 64 are possible");
	json_decref(json);
}

static void text_cut_inside_a_character_still_is_json(void **state __unused)
{
	json_t *json;

	record_fill(&record);
	strcpy(record.why, "caf\xc3");
	json = record_json(&record);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "why")), "caf?");
	json_decref(json);
}

static void histogram_lists_only_full_buckets(void **state __unused)
{
	struct hist h;
	json_t *json, *buckets;

	hist_init(&h);
	hist_add(&h, 5, 2);
	hist_add(&h, 100000, 1);
	json = hist_json(&h);
	buckets = json_object_get(json, "buckets");
	assert_int_equal(json_array_size(buckets), 2);
	assert_int_equal(json_integer_value(json_array_get(json_array_get(buckets, 0), 0)), 5);
	assert_int_equal(json_integer_value(json_array_get(json_array_get(buckets, 0), 1)), 2);
	assert_int_equal(json_integer_value(json_object_get(json, "p50")), 5);
	assert_int_equal(json_integer_value(json_object_get(json, "max")), 100000);
	json_decref(json);
}

static void every_bucket_comes_back_where_it_was(void **state __unused)
{
	static struct hist h, got;
	json_t *json;

	hist_init(&h);
	for (unsigned int b = 0; b < HIST_BUCKETS; b++)
		hist_add(&h, hist_value(b), 1 + b % 7);
	json = hist_json(&h);
	assert_int_equal(hist_from_json(json, &got), 0);
	assert_memory_equal(&got, &h, sizeof(h));
	json_decref(json);
}

static void empty_histogram_comes_back_empty(void **state __unused)
{
	static struct hist h, got;
	json_t *json;

	hist_init(&h);
	json = hist_json(&h);
	assert_int_equal(json_integer_value(json_object_get(json, "min")), 0);
	assert_int_equal(hist_from_json(json, &got), 0);
	assert_memory_equal(&got, &h, sizeof(h));
	json_decref(json);
}

static void histogram_that_contradicts_itself_is_refused(void **state __unused)
{
	static struct hist h, got;
	json_t *json;

	hist_init(&h);
	hist_add(&h, 5, 2);
	json = hist_json(&h);
	json_object_set_new(json, "count", json_integer(3));
	assert_int_equal(hist_from_json(json, &got), -EINVAL);
	json_decref(json);
}

static void loss_ratio_counts_unsent_frames_as_lost(void **state __unused)
{
	struct trial_record *r = &record;

	record_fill(r);
	r->intended = 1000;
	r->sent = 990;
	r->received = 980;
	assert_true(record_loss_ratio(r) > 0.0199999 && record_loss_ratio(r) < 0.0200001);
	r->received = 1000;
	assert_true(record_loss_ratio(r) == 0);
	r->intended = r->received = 0;
	assert_true(record_loss_ratio(r) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_comes_back_as_it_was),
		cmocka_unit_test(keys_are_those_documented),
		cmocka_unit_test(record_without_latency_says_null),
		cmocka_unit_test(every_missing_key_is_named),
		cmocka_unit_test(every_key_of_a_wrong_type_is_named),
		cmocka_unit_test(errors_inside_groups_say_where),
		cmocka_unit_test(unknown_keys_of_a_newer_version_are_ignored),
		cmocka_unit_test(failure_leaves_the_result_untouched),
		cmocka_unit_test(too_long_texts_and_too_many_streams_are_refused),
		cmocka_unit_test(text_cut_inside_a_character_still_is_json),
		cmocka_unit_test(histogram_lists_only_full_buckets),
		cmocka_unit_test(every_bucket_comes_back_where_it_was),
		cmocka_unit_test(empty_histogram_comes_back_empty),
		cmocka_unit_test(histogram_that_contradicts_itself_is_refused),
		cmocka_unit_test(loss_ratio_counts_unsent_frames_as_lost),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
