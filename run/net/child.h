/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child.h - run another program to its end: in a network namespace, with text
 * on its standard input, within a time limit, its output kept. No shell unless
 * the caller asks for one. The program and all it has started are killed when
 * the time is up or *@stop becomes true, but for what made itself a daemon (has
 * left the program's process group); the program also dies with the calling
 * thread. Any thread may call it.
 */
#ifndef KPPS_NET_CHILD_H
#define KPPS_NET_CHILD_H

#include "lib/compiler.h"
#include "lib/err.h"

struct child {
	const char *const *argv;	/* NULL ends; argv[0] is searched in PATH and the sbin folders */
	const char *const *env;		/* "NAME=value" in addition, NULL ends; NULL: none */
	const char *input;		/* NULL: nothing; else @input_len bytes */
	size_t input_len;
	int netns;			/* fd of the network namespace to run in; -1: the caller's */
	u64 timeout_ns;			/* 0: 60 s */
	size_t output_max;		/* most that is kept of each; 0: 1 MiB */
	volatile bool *stop;		/* may be NULL */
	/* Sees each line of its standard output when it is written; may be NULL. */
	void (*line)(void *arg, const char *text);
	void *line_arg;
};

struct child_result {
	int status;			/* exit status; 128 + signal when killed by one */
	char *out, *err;		/* malloc'ed text, never NULL after success; the caller frees */
	bool cut;			/* there was more output than was kept */
};

/*
 * child_run - 0 when the program ran to its end, whatever its status. -ENOENT:
 * there is no such program (the sentence says which); -ETIMEDOUT; -EINTR: stop;
 * another errno. After an error @ret holds nothing.
 */
int child_run(const struct child *c, struct child_result *ret, struct err *err);
/*
 * child_ok - child_run, and the status must be 0: else -EPROTO with the program
 * and the first lines it wrote to standard error. @ret_out may be NULL.
 */
int child_ok(const struct child *c, char **ret_out, struct err *err);
void child_result_free(struct child_result *r);
/* child_first_lines - of what a program wrote, joined to one line; for sentences. */
void child_first_lines(const char *text, char *buf, size_t size);
/* child_find - 0 when @program can be run, path in @ret (may be NULL); -ENOENT. */
int child_find(const char *program, char *ret, size_t size);

#endif
