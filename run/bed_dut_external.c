// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_dut_external.c - a DUT that is none of ours: all that can be done to it are
 * the user's commands (dut.setup, reset, counters, teardown). Each is run by
 * /bin/sh within dut.hook_timeout and killed with all it has started when the time
 * is up; with the priority and the CPUs of the caller, not those of the source.
 *
 * What they say goes into the record of the trial that comes next, or is being
 * finished: counters.hooks is the list of those that ran, counters.dut what
 * dut.counters says. A setup that fails ends the point; reset and counters
 * make the trial invalid (bed.spoilt); teardown is run in any case, once, after
 * setup has been started, and its words go to the point's notes.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "run/bed.h"
#include "run/net/child.h"

#define OUTPUT_MAX	65536
#define VARIABLES	8

enum hook { HOOK_SETUP, HOOK_RESET, HOOK_COUNTERS, HOOK_TEARDOWN };

static const char *const hook_names[] = { "setup", "reset", "counters", "teardown" };

static const char *command_of(const struct point *p, enum hook hook)
{
	const char *const commands[] = {
		p->dut.setup, p->dut.reset, p->dut.counters, p->dut.teardown,
	};

	return commands[hook];
}

struct environment {
	char text[VARIABLES][POINT_PATH + 32];
	const char *list[VARIABLES + 1];
	unsigned int n;
};

static void env_add(struct environment *e, const char *name, const char *value)
{
	snprintf(e->text[e->n], sizeof(e->text[0]), "%s=%s", name, value);
	e->list[e->n] = e->text[e->n];
	e->list[++e->n] = NULL;
}

/* KPPS_RESULTS is in this process's own environment, where it is known. */
static void make_environment(const struct point *p, struct environment *e)
{
	bool v4 = false, v6 = false;
	unsigned int i;

	for (i = 0; i < p->nstreams; i++) {
		v4 |= p->stream[i].spec.family == AF_INET;
		v6 |= p->stream[i].spec.family == AF_INET6;
	}
	e->n = 0;
	env_add(e, "KPPS_POINT", p->name);
	env_add(e, "KPPS_RULESET", p->dut.ruleset);
	env_add(e, "KPPS_FAMILIES", v4 && v6 ? "ipv4 ipv6" : v6 ? "ipv6" : "ipv4");
	env_add(e, "KPPS_NEAR", p->wire.port[0]);
	env_add(e, "KPPS_FAR", p->wire.port[1]);
}

/* Text of a program need not be UTF-8, which is all that JSON has. */
static json_t *text_json(char *text)
{
	json_t *json = json_string(text);
	char *c;

	if (json)
		return json;
	for (c = text; *c; c++)
		if (*c & 0x80)
			*c = '?';
	return json_string(text);
}

static void log_add(struct bed *n, const char *name, struct child_result *r, const char *failed)
{
	json_t *entry = json_pack("{s:s}", "hook", name);

	if (r->out) {
		json_object_set_new(entry, "status", json_integer(r->status));
		json_object_set_new(entry, "output", text_json(r->out));
		json_object_set_new(entry, "errors", text_json(r->err));
	}
	if (r->cut)
		json_object_set_new(entry, "cut", json_true());
	if (failed)
		json_object_set_new(entry, "failed", json_string(failed));
	if (!n->hooks.log)
		n->hooks.log = json_array();
	json_array_append_new(n->hooks.log, entry);
}

static int run_child(struct bed *n, const char *command, volatile bool *stop,
		     struct child_result *r, struct err *err)
{
	struct environment env;
	const struct child c = {
		.argv = (const char *const[]){ "/bin/sh", "-c", command, NULL },
		.env = env.list,
		.netns = -1,
		.timeout_ns = n->point->dut.hook_timeout_ns,
		.output_max = OUTPUT_MAX,
		.stop = stop,
	};
	cpu_set_t own;
	int rc;

	make_environment(n->point, &env);
	sched_getaffinity(0, sizeof(own), &own);
	sched_setaffinity(0, sizeof(n->caller_cpus), &n->caller_cpus);
	poller_lower(n->caller_nice);
	rc = child_run(&c, r, err);
	poller_raise();
	sched_setaffinity(0, sizeof(own), &own);
	return rc;
}

/* @ret_out (may be NULL) is what it wrote, freed by the caller; NULL: no such hook. */
static int run_hook(struct bed *n, enum hook hook, volatile bool *stop, char **ret_out,
		    struct err *err)
{
	const char *command = command_of(n->point, hook), *name = hook_names[hook];
	struct child_result r = { 0 };
	struct err why = { 0 };
	char lines[320];
	int rc;

	if (ret_out)
		*ret_out = NULL;
	if (!command[0])
		return 0;
	rc = run_child(n, command, stop, &r, &why);
	if (rc) {
		err_set(err, rc, "dut.%s: %s", name, why.text);
	} else if (r.status) {
		child_first_lines(*r.err ? r.err : r.out, lines, sizeof(lines));
		rc = err_set(err, -EPROTO, "dut.%s: \"%.100s\": exit status %d%s%s", name, command,
			     r.status, *lines ? ": " : "", lines);
	}
	/* counters that are read have a place of their own */
	if (rc || hook != HOOK_COUNTERS || r.err[0])
		log_add(n, name, &r, rc ? err->text : NULL);
	if (!rc && ret_out) {
		*ret_out = r.out;
		r.out = NULL;
	}
	child_result_free(&r);
	return rc;
}

static int external_up(struct bed *n, struct err *err)
{
	n->hooks.setup = true;
	return run_hook(n, HOOK_SETUP, NULL, NULL, err);
}

void bed_teardown(struct bed *n)
{
	struct err err = { 0 };
	char *out = NULL, lines[320];

	if (!n->hooks.setup || n->hooks.teardown)
		return;
	n->hooks.teardown = true;
	/* also after a stop: it is what undoes the set-up */
	if (run_hook(n, HOOK_TEARDOWN, NULL, &out, &err)) {
		bed_say(n, "%s\n", err.text);
		fprintf(stderr, "kpps: %s\n", err.text);
	} else if (out) {
		child_first_lines(out, lines, sizeof(lines));
		if (lines[0])
			bed_say(n, "dut.teardown: %s\n", lines);
	}
	free(out);
}

static void external_down(struct bed *n)
{
	bed_teardown(n);
	json_decref(n->hooks.log);
	json_decref(n->hooks.before);
	n->hooks.log = n->hooks.before = NULL;
}

static int external_flush(struct bed *n, struct err *err __unused)
{
	return run_hook(n, HOOK_RESET, n->stop, NULL, &n->spoilt);
}

static int external_count(struct bed *n __unused, struct bed_counts *ret, struct err *err __unused)
{
	memset(ret, 0, sizeof(*ret));
	return 0;
}

/* An object of numbers, or what it is as text; NULL: there are no counters. */
static int read_counters(struct bed *n, json_t **ret)
{
	char *out;
	json_t *json, *value;
	const char *key;
	int rc = run_hook(n, HOOK_COUNTERS, n->stop, &out, &n->spoilt);

	*ret = NULL;
	if (rc || !out)
		return rc;
	json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(json)) {
		json_decref(json);
		json = NULL;
	}
	json_object_foreach(json, key, value) {
		if (json_is_number(value))
			continue;
		json_decref(json);
		json = NULL;
		break;
	}
	*ret = json ? json : text_json(out);
	free(out);
	return 0;
}

static int external_before(struct bed *n, struct err *err __unused)
{
	json_decref(n->hooks.before);
	return read_counters(n, &n->hooks.before);
}

static json_t *difference(const json_t *before, const json_t *after)
{
	if (json_is_integer(after) && (!before || json_is_integer(before)))
		return json_integer(json_integer_value(after) - json_integer_value(before));
	return json_real(json_number_value(after) - json_number_value(before));
}

/* What a counter that came up meanwhile was before is 0. */
static json_t *differences(json_t *before, json_t *after)
{
	json_t *ret = json_object(), *value;
	const char *key;

	json_object_foreach(after, key, value) {
		json_object_set_new(ret, key, difference(json_object_get(before, key), value));
	}
	return ret;
}

static int external_after(struct bed *n, json_t *counters, struct err *err __unused)
{
	struct bed_hooks *h = &n->hooks;
	json_t *after = NULL;
	int rc = n->spoilt.code ? 0 : read_counters(n, &after);

	if (json_is_object(h->before) && json_is_object(after))
		json_object_set_new(counters, "dut", differences(h->before, after));
	else if (h->before || after)
		json_object_set_new(counters, "dut", json_pack("{s:O?,s:O?}", "before", h->before,
							       "after", after));
	json_decref(after);
	json_decref(h->before);
	h->before = NULL;
	if (h->log)
		json_object_set_new(counters, "hooks", h->log);
	h->log = NULL;
	return rc;
}

const struct bed_dut_ops bed_dut_external = {
	.name = "external",
	.help = "a device between the ports of testbed wire",
	.path = PATH_BARE,
	.blind = true,
	.up = external_up,
	.down = external_down,
	.flush = external_flush,
	.count = external_count,
	.before = external_before,
	.after = external_after,
};
