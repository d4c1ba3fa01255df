// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json_get.c - see json_get.h. No state but the caller's context.
 */
#include "analysis/json_get.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *type_name(const json_t *json)
{
	if (!json)
		return "nothing";
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_NULL:
		return "null";
	default:
		return "a boolean";
	}
}

void json_get_fail(struct json_get *g, const char *key, const char *expected, const json_t *found)
{
	if (g->code)
		return;
	g->code = err_set(g->err, -EINVAL, "%s: %s%s: expected %s, found %s", g->file, g->path,
			  key, expected, type_name(found));
}

const char *json_get_string(struct json_get *g, const json_t *obj, const char *key)
{
	const json_t *v = json_object_get(obj, key);

	if (json_is_string(v))
		return json_string_value(v);
	json_get_fail(g, key, "a string", v);
	return "";
}

const char *json_get_string_or_null(struct json_get *g, const json_t *obj, const char *key)
{
	const json_t *v = json_object_get(obj, key);

	if (!json_is_string(v) && !json_is_null(v))
		json_get_fail(g, key, "a string or null", v);
	return json_string_value(v);
}

double json_get_number(struct json_get *g, const json_t *obj, const char *key)
{
	const json_t *v = json_object_get(obj, key);

	if (json_is_number(v))
		return json_number_value(v);
	json_get_fail(g, key, "a number", v);
	return 0;
}

double json_get_number_or_null(struct json_get *g, const json_t *obj, const char *key)
{
	const json_t *v = json_object_get(obj, key);

	if (json_is_number(v))
		return json_number_value(v);
	if (!json_is_null(v))
		json_get_fail(g, key, "a number or null", v);
	return NAN;
}

u64 json_get_u64(struct json_get *g, const json_t *obj, const char *key)
{
	const json_t *v = json_object_get(obj, key);

	if (json_is_integer(v) && json_integer_value(v) >= 0)
		return (u64)json_integer_value(v);
	json_get_fail(g, key, "an integer of 0 or more", v);
	return 0;
}

bool json_get_bool(struct json_get *g, const json_t *obj, const char *key)
{
	const json_t *v = json_object_get(obj, key);

	if (!json_is_boolean(v))
		json_get_fail(g, key, "true or false", v);
	return json_is_true(v);
}

json_t *json_get_object(struct json_get *g, const json_t *obj, const char *key)
{
	json_t *v = json_object_get(obj, key);

	if (json_is_object(v))
		return v;
	json_get_fail(g, key, "an object", v);
	return NULL;
}

json_t *json_get_object_or_null(struct json_get *g, const json_t *obj, const char *key)
{
	json_t *v = json_object_get(obj, key);

	if (json_is_object(v))
		return v;
	if (!json_is_null(v))
		json_get_fail(g, key, "an object or null", v);
	return NULL;
}

json_t *json_get_array(struct json_get *g, const json_t *obj, const char *key)
{
	json_t *v = json_object_get(obj, key);

	if (json_is_array(v))
		return v;
	json_get_fail(g, key, "an array", v);
	return NULL;
}

size_t json_get_push(struct json_get *g, const char *key, long index)
{
	size_t mark = strlen(g->path);

	if (index < 0)
		snprintf(g->path + mark, sizeof(g->path) - mark, "%s.", key);
	else
		snprintf(g->path + mark, sizeof(g->path) - mark, "%s[%ld].", key, index);
	return mark;
}

void json_get_pop(struct json_get *g, size_t mark)
{
	g->path[mark] = '\0';
}
