/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message.h - what host and guest of testbed vm say to each other over the
 * guest's second serial port: one JSON object a line with one key, the message's
 * kind; its value is the body. The host asks (up, trial, down), the guest says
 * hello once and then answers each question by a message of the same kind, or by
 * an error. Both ends are the same source, but bodies are read as if a stranger
 * had written them. No state; any thread.
 *
 *	hello	{protocol, kpps, release, machine, pointer_bits}
 *	up	{scenario, point, cwd, align, files: [{path, text}]}
 *		-> {alone, flags, max_load_pps, notes, setup, source, sink}
 *	trial	{rate_pps, duration_ns, selftest, phase, use: {…}} -> the record (lib/record.h)
 *	down	{} -> {leaks}
 *	error	{code, text}
 */
#ifndef KPPS_VM_MESSAGE_H
#define KPPS_VM_MESSAGE_H

#include <jansson.h>

#include "lib/err.h"
#include "run/testbed.h"

#define VM_PROTOCOL	1
#define VM_LINE_MAX	(32u << 20)	/* a scenario's own ruleset may be long */
#define VM_FILES_MAX	64

enum vm_kind { VM_HELLO, VM_UP, VM_TRIAL, VM_DOWN, VM_ERROR, VM_KINDS };

const char *vm_kind_name(enum vm_kind kind);
/* vm_message_line - the line with its end, malloc'ed; takes over @body. NULL: no memory. */
char *vm_message_line(enum vm_kind kind, json_t *body);
/* vm_message_parse - a line without its end; *@ret_body is a new reference. */
int vm_message_parse(const char *line, size_t len, enum vm_kind *ret_kind, json_t **ret_body,
		     struct err *err);

struct vm_hello {
	unsigned int pointer_bits;
	char kpps[32], release[96], machine[16];
};

struct vm_file {
	const char *path, *text;
	size_t len;
};

struct vm_up {			/* texts belong to the JSON they were read from */
	const char *scenario, *point, *cwd;
	size_t scenario_len;
	bool align;
	unsigned int nfiles;
	struct vm_file file[VM_FILES_MAX];
};

struct vm_started {
	bool alone;
	u32 flags;
	double max_load_pps;
	const char *notes;
	json_t *setup;		/* borrowed; NULL: nothing to say */
};

json_t *vm_hello_json(const struct vm_hello *h);
int vm_hello_read(const json_t *body, struct vm_hello *ret, struct err *err);
json_t *vm_up_json(const struct vm_up *up);
int vm_up_read(const json_t *body, struct vm_up *ret, struct err *err);
json_t *vm_started_json(const struct testbed *tb);
int vm_started_read(const json_t *body, struct vm_started *ret, struct err *err);
/* the phase belongs to the JSON */
json_t *vm_trial_json(const struct trial_request *req);
int vm_trial_read(const json_t *body, struct trial_request *ret, struct err *err);
json_t *vm_error_json(const struct err *e);
/* vm_error_read - always fills @err, with the guest's error or with what is wrong with it;
 * returns its code. */
int vm_error_read(const json_t *body, struct err *err);

#endif
