// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bpf_load.c - see bpf_load.h. libbpf asks for the verifier's log only when a
 * program was refused. Before Linux 6.4 a log that finds no room is an error of its
 * own, so there is plenty.
 */
#include "lib/bpf_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bpf_memory.h"

#define LOG_SIZE (16u << 20)

/* Statistics follow what the verifier has against a program: the line before them; "": none. */
static char *last_words(char *log)
{
	char *end = strstr(log, "\nprocessed "), *start;
	char *timed = strstr(log, "\nverification time ");

	if (timed && (!end || timed < end))
		end = timed;
	if (end)
		*end = '\0';
	for (start = log + strlen(log); start > log && start[-1] == '\n'; start--)
		start[-1] = '\0';
	start = strrchr(log, '\n');
	return start ? start + 1 : log;
}

static int refused(const char *who, int code, char *log, struct err *err)
{
	const char *words = log ? last_words(log) : "";

	if (code == -EPERM)
		return err_set(err, code, "%s: the kernel does not take the program: %s: run as root, or with CAP_BPF and CAP_NET_ADMIN",
			       who, strerror(-code));
	return err_set(err, code, "%s: this kernel does not take the program: %s%s%.200s", who,
		       strerror(-code), *words ? ": its verifier says: " : "", words);
}

static void set_log(const struct bpf_object *object, char *log, size_t size)
{
	struct bpf_program *program = bpf_object__next_program(object, NULL);

	for (; program; program = bpf_object__next_program(object, program))
		bpf_program__set_log_buf(program, log, size);
}

int bpf_load(struct bpf_object_skeleton *skeleton, const char *who, struct err *err)
{
	libbpf_print_fn_t print;
	char *log;
	int ret = bpf_memory_layout(err);

	if (ret)
		return ret;
	print = bpf_memory_quiet();
	log = calloc(1, LOG_SIZE);	/* touched only when it is written */
	set_log(*skeleton->obj, log, log ? LOG_SIZE : 0);
	ret = bpf_object__load_skeleton(skeleton);
	libbpf_set_print(print);
	if (ret)
		ret = refused(who, ret, log, err);
	set_log(*skeleton->obj, NULL, 0);
	free(log);
	return ret;
}
