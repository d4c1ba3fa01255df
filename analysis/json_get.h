/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_get.h - take values out of a JSON object and say exactly what was wrong:
 * "FILE: points[3].mrr_pps: expected a number or null, found a string". The
 * first error sticks in the context, every later call returns a harmless
 * value, so that a reader is a list of keys and one test at its end.
 */
#ifndef KPPS_JSON_GET_H
#define KPPS_JSON_GET_H

#include <jansson.h>

#include "lib/compiler.h"
#include "lib/err.h"

struct json_get {
	const char *file;	/* with a line where there are lines */
	char path[160];		/* "points[3]." or "" */
	struct err *err;
	int code;		/* 0 or the first error */
};

const char *json_get_string(struct json_get *g, const json_t *obj, const char *key);
const char *json_get_string_or_null(struct json_get *g, const json_t *obj, const char *key);
double json_get_number(struct json_get *g, const json_t *obj, const char *key);
/* NAN for null */
double json_get_number_or_null(struct json_get *g, const json_t *obj, const char *key);
u64 json_get_u64(struct json_get *g, const json_t *obj, const char *key);
bool json_get_bool(struct json_get *g, const json_t *obj, const char *key);
/* NULL only after an error, or for the _or_null one */
json_t *json_get_object(struct json_get *g, const json_t *obj, const char *key);
json_t *json_get_object_or_null(struct json_get *g, const json_t *obj, const char *key);
json_t *json_get_array(struct json_get *g, const json_t *obj, const char *key);
/* json_get_fail - record that @key isn't @expected but @found. */
void json_get_fail(struct json_get *g, const char *key, const char *expected,
		   const json_t *found);
/* Go into @key (index -1: an object) and come back with what was returned. */
size_t json_get_push(struct json_get *g, const char *key, long index);
void json_get_pop(struct json_get *g, size_t mark);

#endif
