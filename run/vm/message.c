// SPDX-License-Identifier: GPL-2.0-or-later
/* message.c - messages to JSON and back; see message.h. */
#include "run/vm/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/flags.h"

#define DURATION_MAX_NS	(36000 * NSEC_PER_SEC)

static const char *const kind_names[VM_KINDS] = {
	[VM_HELLO] = "hello", [VM_UP] = "up", [VM_TRIAL] = "trial", [VM_DOWN] = "down",
	[VM_ERROR] = "error",
};

const char *vm_kind_name(enum vm_kind kind)
{
	return kind_names[kind];
}

char *vm_message_line(enum vm_kind kind, json_t *body)
{
	json_t *message = body ? json_pack("{s:o}", kind_names[kind], body) : NULL;
	char *text = message ? json_dumps(message, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL, *line;
	size_t len = text ? strlen(text) : 0;

	json_decref(message);
	line = text ? realloc(text, len + 2) : NULL;
	if (!line) {
		free(text);
		return NULL;
	}
	memcpy(line + len, "\n", 2);
	return line;
}

int vm_message_parse(const char *line, size_t len, enum vm_kind *ret_kind, json_t **ret_body,
		     struct err *err)
{
	json_error_t why;
	json_t *message = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	unsigned int k;

	if (!message)
		return err_set(err, -EPROTO, "not JSON: %.120s, at byte %d", why.text, why.position);
	for (k = 0; k < VM_KINDS; k++) {
		json_t *body = json_object_get(message, kind_names[k]);

		if (!json_is_object(body) || json_object_size(message) != 1)
			continue;
		*ret_kind = (enum vm_kind)k;
		*ret_body = json_incref(body);
		json_decref(message);
		return 0;
	}
	json_decref(message);
	return err_set(err, -EPROTO, "not an object with one of hello, up, trial, down, error");
}

/* ---- reading ---- */

static int want(const char *kind, const char *key, const char *what, struct err *err)
{
	return err_set(err, -EPROTO, "%s: \"%s\" must be %s", kind, key, what);
}

static const char *text_of(const json_t *body, const char *key)
{
	return json_string_value(json_object_get(body, key));
}

static int copy_text(const json_t *body, const char *kind, const char *key, char *ret, size_t size,
		     struct err *err)
{
	const json_t *v = json_object_get(body, key);

	if (!json_is_string(v) || json_string_length(v) >= size ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return want(kind, key, "a short text", err);
	memcpy(ret, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

static bool is_bool(const json_t *body, const char *key)
{
	return json_is_boolean(json_object_get(body, key));
}

static bool is_number(const json_t *body, const char *key, double min, double max)
{
	const json_t *v = json_object_get(body, key);

	return json_is_number(v) && json_number_value(v) >= min && json_number_value(v) <= max;
}

static bool is_whole(const json_t *body, const char *key, json_int_t max)
{
	const json_t *v = json_object_get(body, key);

	return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= max;
}

/* ---- hello ---- */

json_t *vm_hello_json(const struct vm_hello *h)
{
	return json_pack("{s:i,s:s,s:s,s:s,s:i}", "protocol", VM_PROTOCOL, "kpps", h->kpps,
			 "release", h->release, "machine", h->machine, "pointer_bits",
			 (int)h->pointer_bits);
}

int vm_hello_read(const json_t *body, struct vm_hello *ret, struct err *err)
{
	int rc;

	if (!is_whole(body, "protocol", 1 << 30) ||
	    json_integer_value(json_object_get(body, "protocol")) != VM_PROTOCOL)
		return err_set(err, -EPROTO, "the guest's kpps is of another version: build it again by make guest");
	rc = copy_text(body, "hello", "kpps", ret->kpps, sizeof(ret->kpps), err);
	if (!rc)
		rc = copy_text(body, "hello", "release", ret->release, sizeof(ret->release), err);
	if (!rc)
		rc = copy_text(body, "hello", "machine", ret->machine, sizeof(ret->machine), err);
	if (!rc && !is_whole(body, "pointer_bits", 64))
		rc = want("hello", "pointer_bits", "32 or 64", err);
	if (!rc)
		ret->pointer_bits = (unsigned int)json_integer_value(
			json_object_get(body, "pointer_bits"));
	return rc;
}

/* ---- up ---- */

json_t *vm_up_json(const struct vm_up *up)
{
	json_t *files = json_array();
	json_t *body;
	unsigned int i;

	for (i = 0; i < up->nfiles; i++)
		json_array_append_new(files, json_pack("{s:s,s:s%}", "path", up->file[i].path,
						       "text", up->file[i].text, up->file[i].len));
	body = json_pack("{s:s%,s:s,s:s,s:b,s:O}", "scenario", up->scenario, up->scenario_len,
			 "point", up->point, "cwd", up->cwd, "align", up->align, "files", files);
	if (body && json_array_size(files) != up->nfiles) {
		json_decref(body);
		body = NULL;
	}
	json_decref(files);
	return body;
}

static int read_files(const json_t *files, struct vm_up *ret, struct err *err)
{
	unsigned int i;

	if (!json_is_array(files) || json_array_size(files) > VM_FILES_MAX)
		return want("up", "files", "a list of at most 64 files", err);
	ret->nfiles = (unsigned int)json_array_size(files);
	for (i = 0; i < ret->nfiles; i++) {
		const json_t *f = json_array_get(files, i);

		ret->file[i].path = text_of(f, "path");
		ret->file[i].text = text_of(f, "text");
		ret->file[i].len = json_string_length(json_object_get(f, "text"));
		if (!ret->file[i].path || !ret->file[i].text || ret->file[i].path[0] != '/')
			return want("up", "files", "objects with an absolute path and a text", err);
	}
	return 0;
}

int vm_up_read(const json_t *body, struct vm_up *ret, struct err *err)
{
	memset(ret, 0, sizeof(*ret));
	ret->scenario = text_of(body, "scenario");
	ret->scenario_len = json_string_length(json_object_get(body, "scenario"));
	ret->point = text_of(body, "point");
	ret->cwd = text_of(body, "cwd");
	if (!ret->scenario)
		return want("up", "scenario", "a text", err);
	if (!ret->point)
		return want("up", "point", "a text", err);
	if (!ret->cwd || ret->cwd[0] != '/')
		return want("up", "cwd", "an absolute path", err);
	if (!is_bool(body, "align"))
		return want("up", "align", "true or false", err);
	ret->align = json_is_true(json_object_get(body, "align"));
	return read_files(json_object_get(body, "files"), ret, err);
}

json_t *vm_started_json(const struct testbed *tb)
{
	return json_pack("{s:b,s:I,s:f,s:s,s:O?}", "alone", tb->alone, "flags",
			 (json_int_t)tb->flags, "max_load_pps", tb->max_load_pps, "notes",
			 tb->notes, "setup", tb->setup);
}

int vm_started_read(const json_t *body, struct vm_started *ret, struct err *err)
{
	json_t *setup = json_object_get(body, "setup");

	if (!is_bool(body, "alone"))
		return want("up", "alone", "true or false", err);
	if (!is_whole(body, "flags", ((json_int_t)1 << FLAGS) - 1))
		return want("up", "flags", "known flags", err);
	if (!is_number(body, "max_load_pps", 0, 1e12))
		return want("up", "max_load_pps", "a rate", err);
	if (!json_is_null(setup) && !json_is_object(setup))
		return want("up", "setup", "an object or null", err);
	ret->notes = text_of(body, "notes");
	if (!ret->notes)
		return want("up", "notes", "a text", err);
	ret->alone = json_is_true(json_object_get(body, "alone"));
	ret->flags = (u32)json_integer_value(json_object_get(body, "flags"));
	ret->max_load_pps = json_number_value(json_object_get(body, "max_load_pps"));
	ret->setup = json_is_null(setup) ? NULL : setup;
	return 0;
}

/* ---- trial ---- */

json_t *vm_trial_json(const struct trial_request *req)
{
	json_t *limits = json_array(), *use;
	unsigned int i;

	for (i = 0; i < req->use.nlimits; i++)
		json_array_append_new(limits, json_real(req->use.limit[i]));
	use = json_pack("{s:b,s:f,s:f,s:o}", "loss", req->use.loss, "rate", req->use.rate,
			"late", req->use.late, "limits", limits);
	return json_pack("{s:f,s:I,s:b,s:s,s:o}", "rate_pps", req->rate_pps, "duration_ns",
			 (json_int_t)req->duration_ns, "selftest", req->selftest, "phase",
			 req->phase, "use", use);
}

static int read_use(const json_t *use, struct trial_use *ret, struct err *err)
{
	const json_t *limits = json_object_get(use, "limits");
	unsigned int i;

	if (!json_is_object(use) || !is_bool(use, "loss") || !is_number(use, "rate", 0, 1) ||
	    !is_number(use, "late", 0, 1) || !json_is_array(limits) ||
	    json_array_size(limits) > TRIAL_LIMITS_MAX)
		return want("trial", "use", "{loss, rate, late, limits}", err);
	ret->loss = json_is_true(json_object_get(use, "loss"));
	ret->rate = json_number_value(json_object_get(use, "rate"));
	ret->late = json_number_value(json_object_get(use, "late"));
	ret->nlimits = (unsigned int)json_array_size(limits);
	for (i = 0; i < ret->nlimits; i++) {
		ret->limit[i] = json_number_value(json_array_get(limits, i));
		if (!(ret->limit[i] >= 0 && ret->limit[i] <= 1))
			return want("trial", "limits", "shares", err);
	}
	return 0;
}

int vm_trial_read(const json_t *body, struct trial_request *ret, struct err *err)
{
	memset(ret, 0, sizeof(*ret));
	if (!is_number(body, "rate_pps", 0, 1e12))
		return want("trial", "rate_pps", "a rate", err);
	if (!is_whole(body, "duration_ns", DURATION_MAX_NS) ||
	    !json_integer_value(json_object_get(body, "duration_ns")))
		return want("trial", "duration_ns", "a time", err);
	if (!is_bool(body, "selftest"))
		return want("trial", "selftest", "true or false", err);
	ret->phase = text_of(body, "phase");
	if (!ret->phase)
		return want("trial", "phase", "a text", err);
	ret->rate_pps = json_number_value(json_object_get(body, "rate_pps"));
	ret->duration_ns = (u64)json_integer_value(json_object_get(body, "duration_ns"));
	ret->selftest = json_is_true(json_object_get(body, "selftest"));
	return read_use(json_object_get(body, "use"), &ret->use, err);
}

/* ---- error ---- */

json_t *vm_error_json(const struct err *e)
{
	json_t *text = json_string(e->text);	/* NULL: cut in the middle of a letter */

	return json_pack("{s:i,s:o}", "code", e->code, "text",
			 text ? text : json_string("an error whose text is no UTF-8"));
}

int vm_error_read(const json_t *body, struct err *err)
{
	const char *text = text_of(body, "text");
	const json_t *code = json_object_get(body, "code");

	if (!text || !*text || !json_is_integer(code) || json_integer_value(code) >= 0 ||
	    json_integer_value(code) < -4095)
		return err_set(err, -EPROTO, "the guest reported an error in a form that can't be read");
	return err_set(err, (int)json_integer_value(code), "%.500s", text);
}
