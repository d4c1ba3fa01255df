// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * record.c - trial records to JSON and back; see record.h. The tables below
 * are the format: one row a key. Records are plain memory of the caller's;
 * no state, any thread may call.
 */
#include "lib/record.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct key {
	const char *name;
	size_t at;
	size_t size;	/* of a text's buffer */
};

#define NUMBER(key, field) { #key, offsetof(struct trial_record, field), 0 }
#define SAME(field) NUMBER(field, field)
#define TEXT(field) \
	{ #field, offsetof(struct trial_record, field), sizeof(((struct trial_record *)0)->field) }
#define STREAM(field) { #field, offsetof(struct stream_record, field), 0 }

static const struct key record_texts[] = { TEXT(point), TEXT(phase), TEXT(why),
					   TEXT(lost_where) };

static const struct key record_numbers[] = {
	SAME(number), SAME(attempt), SAME(duration_ns), SAME(elapsed_ns), SAME(wall_ns), SAME(intended),
	SAME(sent), SAME(refused), SAME(received), SAME(lost), SAME(duplicated), SAME(reordered),
	SAME(late), SAME(corrupted), SAME(foreign), SAME(unsigned_frames), SAME(late_max_ns),
	SAME(backlog_max), SAME(sink_dropped),
};

static const struct key dut_numbers[] = {
	NUMBER(connections_before, dut_connections_before),
	NUMBER(connections_after, dut_connections_after),
	NUMBER(dropped, dut_dropped),
	NUMBER(created, dut_created),
	NUMBER(expired, dut_expired),
	NUMBER(early_drop, dut_early_drop),
};

static const struct key fill_numbers[] = {
	NUMBER(flows, fill_flows), NUMBER(opened, fill_opened), NUMBER(ns, fill_ns),
};

static const struct key stream_numbers[] = {
	STREAM(intended), STREAM(sent), STREAM(received), STREAM(lost), STREAM(duplicated),
	STREAM(reordered), STREAM(late), STREAM(bytes_sent), STREAM(bytes_received),
};

static const struct {
	const char *name;
	double p;
} percentiles[] = {
	{ "p50", 50 }, { "p90", 90 }, { "p99", 99 }, { "p99.9", 99.9 }, { "p99.99", 99.99 },
};

static u64 *number_at(const void *base, const struct key *key)
{
	return (u64 *)((char *)base + key->at);
}

/* JSON integers are signed: what is above 2^63 - 1 is not a count any more. */
static json_t *json_u64(u64 v)
{
	return json_integer((json_int_t)min(v, (u64)INT64_MAX));
}

/* A fixed buffer may have cut a UTF-8 sequence in two; JSON takes only whole ones. */
static json_t *json_text(const char *text)
{
	json_t *json = json_string(text);
	char *copy;

	if (json)
		return json;
	copy = strdup(text);
	if (!copy)
		return NULL;
	for (char *p = copy; *p; p++)
		if (*p & 0x80)
			*p = '?';
	json = json_string(copy);
	free(copy);
	return json;
}

static int put_numbers(json_t *json, const void *base, const struct key *key, size_t n)
{
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		bad |= json_object_set_new(json, key[i].name, json_u64(*number_at(base, &key[i])));
	return bad;
}

static json_t *numbers_json(const void *base, const struct key *key, size_t n)
{
	json_t *json = json_object();

	if (json && put_numbers(json, base, key, n)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *hist_json(const struct hist *h)
{
	json_t *json = json_object(), *buckets = json_array();
	int bad = !json || !buckets;

	bad |= json_object_set_new(json, "count", json_u64(h->count));
	bad |= json_object_set_new(json, "min", json_u64(h->count ? h->min : 0));
	bad |= json_object_set_new(json, "mean", json_real(hist_mean(h)));
	bad |= json_object_set_new(json, "max", json_u64(h->max));
	bad |= json_object_set_new(json, "sum", json_u64(h->sum));
	for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++)
		bad |= json_object_set_new(json, percentiles[i].name,
					   json_u64(hist_percentile(h, percentiles[i].p)));
	for (unsigned int b = 0; b < HIST_BUCKETS; b++) {
		json_t *pair;

		if (!h->bucket[b])
			continue;
		pair = json_array();
		bad |= !pair;
		bad |= json_array_append_new(pair, json_u64(hist_value(b)));
		bad |= json_array_append_new(pair, json_u64(h->bucket[b]));
		bad |= json_array_append_new(buckets, pair);
	}
	bad |= json_object_set_new(json, "buckets", buckets);
	if (bad) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static json_t *streams_json(const struct trial_record *r)
{
	json_t *streams = json_array();
	int bad = !streams;

	for (unsigned int i = 0; i < r->nstreams; i++) {
		json_t *json = json_object();

		bad |= !json;
		bad |= json_object_set_new(json, "name", json_text(r->stream[i].name));
		bad |= put_numbers(json, &r->stream[i], stream_numbers,
				   ARRAY_SIZE(stream_numbers));
		bad |= json_array_append_new(streams, json);
	}
	if (bad) {
		json_decref(streams);
		return NULL;
	}
	return streams;
}

json_t *record_json(const struct trial_record *r)
{
	json_t *json = json_object();
	int bad = !json;

	bad |= json_object_set_new(json, "point", json_text(r->point));
	bad |= json_object_set_new(json, "phase", json_text(r->phase));
	bad |= json_object_set_new(json, "rate_pps",
				   json_real(isfinite(r->rate_pps) ? r->rate_pps : 0));
	bad |= put_numbers(json, r, record_numbers, ARRAY_SIZE(record_numbers));
	bad |= json_object_set_new(json, "valid", json_boolean(r->valid));
	bad |= json_object_set_new(json, "why", json_text(r->why));
	bad |= json_object_set_new(json, "disturbed", json_boolean(r->disturbed));
	bad |= json_object_set_new(json, "lost_where", json_text(r->lost_where));
	bad |= r->counters ? json_object_set(json, "counters", r->counters) :
			     json_object_set_new(json, "counters", json_null());
	bad |= json_object_set_new(json, "latency",
				   r->has_latency ? hist_json(&r->latency) : json_null());
	bad |= json_object_set_new(json, "departure", hist_json(&r->departure));
	bad |= json_object_set_new(json, "dut",
				   numbers_json(r, dut_numbers, ARRAY_SIZE(dut_numbers)));
	bad |= json_object_set_new(json, "fill",
				   numbers_json(r, fill_numbers, ARRAY_SIZE(fill_numbers)));
	bad |= json_object_set_new(json, "streams", streams_json(r));
	if (bad) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static bool get_u64(const json_t *json, u64 *ret)
{
	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return false;
	*ret = (u64)json_integer_value(json);
	return true;
}

static bool hist_bucket_from_json(const json_t *pair, struct hist *h)
{
	u64 ns, n;

	if (json_array_size(pair) != 2 || !get_u64(json_array_get(pair, 0), &ns) ||
	    !get_u64(json_array_get(pair, 1), &n) || ns >> HIST_MAX_BITS)
		return false;
	h->bucket[hist_bucket(ns)] += n;
	return true;
}

int hist_from_json(const json_t *json, struct hist *ret)
{
	const json_t *buckets = json_object_get(json, "buckets");
	struct hist h;
	u64 count = 0;

	hist_init(&h);
	if (!get_u64(json_object_get(json, "count"), &h.count) ||
	    !get_u64(json_object_get(json, "min"), &h.min) ||
	    !get_u64(json_object_get(json, "max"), &h.max) ||
	    !get_u64(json_object_get(json, "sum"), &h.sum) || !json_is_array(buckets))
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(buckets); i++)
		if (!hist_bucket_from_json(json_array_get(buckets, i), &h))
			return -EINVAL;
	for (unsigned int b = 0; b < HIST_BUCKETS; b++)
		count += h.bucket[b];
	if (count != h.count)
		return -EINVAL;
	if (!h.count)
		h.min = ~0ULL;
	*ret = h;
	return 0;
}

/* @where is "" for the record itself, else "streams[0]." and the like. */
static int missing_or(const json_t *json, const char *where, const char *name, const char *expected,
		      struct err *err)
{
	if (!json)
		return err_set(err, -EINVAL, "trial record: \"%s%s\" is missing", where, name);
	return err_set(err, -EINVAL, "trial record: \"%s%s\" must be %s", where, name, expected);
}

static int get_numbers(const json_t *json, const char *where, const struct key *key, size_t n,
		       void *base, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_object_get(json, key[i].name);

		if (!get_u64(v, number_at(base, &key[i])))
			return missing_or(v, where, key[i].name, "a whole number from 0 on", err);
	}
	return 0;
}

static int get_text(const json_t *json, const char *where, const char *name, char *ret, size_t size,
		    struct err *err)
{
	const json_t *v = json_object_get(json, name);

	if (!json_is_string(v))
		return missing_or(v, where, name, "a text", err);
	if (json_string_length(v) >= size || strlen(json_string_value(v)) != json_string_length(v))
		return err_set(err, -EINVAL, "trial record: \"%s%s\" is longer than %zu bytes or "
			       "holds a NUL", where, name, size - 1);
	memcpy(ret, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

static int get_group(const json_t *json, const char *name, const struct key *key, size_t n,
		     void *base, struct err *err)
{
	const json_t *v = json_object_get(json, name);
	char where[16];

	if (!json_is_object(v))
		return missing_or(v, "", name, "an object", err);
	snprintf(where, sizeof(where), "%s.", name);
	return get_numbers(v, where, key, n, base, err);
}

static int get_streams(const json_t *json, struct trial_record *r, struct err *err)
{
	const json_t *v = json_object_get(json, "streams");
	size_t n = json_array_size(v);
	int ret = 0;

	if (!json_is_array(v))
		return missing_or(v, "", "streams", "a list", err);
	if (n > KPPS_STREAMS_MAX)
		return err_set(err, -EINVAL, "trial record: %zu streams: at most %u are possible",
			       n, KPPS_STREAMS_MAX);
	for (size_t i = 0; i < n && !ret; i++) {
		const json_t *stream = json_array_get(v, i);
		char where[32];

		snprintf(where, sizeof(where), "streams[%zu].", i);
		ret = get_text(stream, where, "name", r->stream[i].name,
			       sizeof(r->stream[i].name), err);
		if (!ret)
			ret = get_numbers(stream, where, stream_numbers,
					  ARRAY_SIZE(stream_numbers), &r->stream[i], err);
	}
	r->nstreams = (unsigned int)n;
	return ret;
}

static int get_hists(const json_t *json, struct trial_record *r, struct err *err)
{
	const json_t *latency = json_object_get(json, "latency");
	const json_t *departure = json_object_get(json, "departure");

	r->has_latency = !json_is_null(latency);
	hist_init(&r->latency);
	if (!latency || (r->has_latency && hist_from_json(latency, &r->latency)))
		return missing_or(latency, "", "latency", "a histogram or null", err);
	if (!departure || hist_from_json(departure, &r->departure))
		return missing_or(departure, "", "departure", "a histogram", err);
	return 0;
}

static int get_counters(const json_t *json, struct trial_record *r, struct err *err)
{
	json_t *counters = json_object_get(json, "counters");

	if (!json_is_object(counters) && !json_is_null(counters))
		return missing_or(counters, "", "counters", "an object or null", err);
	r->counters = json_is_null(counters) ? NULL : counters;
	return 0;
}

static int get_record(const json_t *json, struct trial_record *r, struct err *err)
{
	const json_t *rate = json_object_get(json, "rate_pps");
	const json_t *valid = json_object_get(json, "valid");
	const json_t *disturbed = json_object_get(json, "disturbed");
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(record_texts) && !ret; i++)
		ret = get_text(json, "", record_texts[i].name, (char *)r + record_texts[i].at,
			       record_texts[i].size, err);
	if (ret)
		return ret;
	if (!json_is_number(rate))
		return missing_or(rate, "", "rate_pps", "a number", err);
	r->rate_pps = json_number_value(rate);
	if (!json_is_boolean(valid))
		return missing_or(valid, "", "valid", "true or false", err);
	if (!json_is_boolean(disturbed))
		return missing_or(disturbed, "", "disturbed", "true or false", err);
	r->valid = json_is_true(valid);
	r->disturbed = json_is_true(disturbed);
	ret = get_numbers(json, "", record_numbers, ARRAY_SIZE(record_numbers), r, err);
	if (!ret)
		ret = get_group(json, "dut", dut_numbers, ARRAY_SIZE(dut_numbers), r, err);
	if (!ret)
		ret = get_group(json, "fill", fill_numbers, ARRAY_SIZE(fill_numbers), r, err);
	if (!ret)
		ret = get_hists(json, r, err);
	if (!ret)
		ret = get_counters(json, r, err);
	return ret ? ret : get_streams(json, r, err);
}

int record_from_json(const json_t *json, struct trial_record *ret, struct err *err)
{
	struct trial_record *r;
	int code;

	if (!json_is_object(json))
		return err_set(err, -EINVAL, "trial record: not a JSON object");
	r = calloc(1, sizeof(*r));	/* too large for a thread's stack */
	if (!r)
		return err_set(err, -ENOMEM, "trial record: out of memory");
	code = get_record(json, r, err);
	if (!code) {
		*ret = *r;
		json_incref(ret->counters);
	}
	free(r);
	return code;
}

int record_print(const struct trial_record *r, FILE *to)
{
	json_t *json = record_json(r);
	int ret;

	if (!json)
		return -ENOMEM;
	ret = json_dumpf(json, to, JSON_COMPACT) || putc('\n', to) == EOF ? -EIO : 0;
	json_decref(json);
	return ret;
}

void record_clear(struct trial_record *r)
{
	json_decref(r->counters);
	memset(r, 0, sizeof(*r));
}

double record_loss_ratio(const struct trial_record *r)
{
	/* a duplicate of a frame that arrived is counted apart, never as received */
	if (!r->intended || r->received >= r->intended)
		return 0;
	return 1 - (double)r->received / (double)r->intended;
}
