// SPDX-License-Identifier: GPL-2.0-or-later
/* machine.c - see machine.h. */
#include "run/vm/machine.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

#define POLL_MS		50	/* how late a stop may be noticed */
#define LAST_WORDS_NS	(3 * NSEC_PER_SEC)	/* of a panic, until QEMU ends */

/* The console's text is in a file, where there is one; else here is its end. */
static int say_broken(struct machine *m, int code, const char *what, const char *line)
{
	char where[300] = "";

	if (m->broken.code)
		return m->broken.code;
	if (m->log[0] && code != -EINTR)
		snprintf(where, sizeof(where), "; its console: %.280s", m->log);
	return err_set(&m->broken, code, "%s%s%.180s%s", what, *line ? ": " : "", line, where);
}

/* The line without the kernel's time. */
static const char *past_time(const char *line)
{
	const char *end = line[0] == '[' ? strstr(line, "] ") : NULL;

	return end ? end + 2 : line;
}

static int say_report(struct machine *m)
{
	return say_broken(m, -EREMOTEIO, m->console.what, past_time(m->console.report));
}

/* What is there to be read, at most; 0: nothing now, negative: the other side is gone. */
static ssize_t take(int fd, char *buf, size_t size)
{
	ssize_t n = read(fd, buf, size);

	if (n > 0)
		return n;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -EPIPE;
}

static void read_console(struct machine *m)
{
	char buf[4096];
	ssize_t n;

	while ((n = take(m->qemu.console, buf, sizeof(buf))) > 0)
		console_add(&m->console, buf, (size_t)n);
}

static int read_port(struct machine *m)
{
	struct err why = { 0 };
	char buf[65536];
	ssize_t n;

	while ((n = take(m->qemu.port, buf, sizeof(buf))) > 0)
		if (line_reader_add(&m->lines, buf, (size_t)n, &why))
			return say_broken(m, -EPROTO, "the guest sent what can't be read", why.text);
	return 0;
}

static int say_end(struct machine *m)
{
	char said[256];

	qemu_said(&m->qemu, said, sizeof(said));
	return say_broken(m, -EREMOTEIO, "QEMU ended", said);
}

/* All that has come, and then some waiting. */
static int turn(struct machine *m)
{
	struct pollfd fds[] = {
		{ .fd = m->qemu.console, .events = POLLIN },
		{ .fd = m->qemu.port, .events = POLLIN },
		{ .fd = m->qemu.pidfd, .events = POLLIN },
	};

	/* its sockets are at their end too, and would not let it wait */
	if (m->ended)
		fds[0].fd = fds[1].fd = -1;
	poll(fds, ARRAY_SIZE(fds), POLL_MS);
	m->ended = fds[2].revents;
	read_console(m);
	return read_port(m);
}

/* After a panic its text goes on for some lines; then QEMU ends. */
static void hear_out(struct machine *m)
{
	u64 end = clk_system_ns() + LAST_WORDS_NS;

	while (!m->ended && clk_system_ns() < end)
		if (turn(m))
			return;
}

static int wait_line(struct machine *m, u64 patience_ns, volatile bool *stop, char **ret,
		     size_t *ret_len)
{
	u64 start = clk_system_ns(), waited;
	char text[64];
	int rc;

	for (;;) {
		*ret = line_reader_take(&m->lines, ret_len);
		if (*ret)
			return 0;
		if (m->console.fatal) {
			hear_out(m);
			return say_report(m);
		}
		if (m->ended)
			return m->console.bad ? say_report(m) : say_end(m);
		if (stop && *stop)
			return say_broken(m, -EINTR, "stopped by the user", "");
		waited = clk_system_ns() - start;
		if (waited > patience_ns) {
			snprintf(text, sizeof(text), "no answer for %.0f s", (double)waited / 1e9);
			return m->console.bad ? say_report(m) :
			       say_broken(m, -ETIMEDOUT, "the guest hangs", text);
		}
		rc = turn(m);
		if (rc)
			return rc;
	}
}

static int send_line(struct machine *m, const char *line, u64 patience_ns, volatile bool *stop)
{
	u64 end = clk_system_ns() + patience_ns;
	size_t left = strlen(line);

	while (left) {
		struct pollfd p = { .fd = m->qemu.port, .events = POLLOUT };
		ssize_t n;

		if (stop && *stop)
			return say_broken(m, -EINTR, "stopped by the user", "");
		if (clk_system_ns() > end)
			return say_broken(m, -ETIMEDOUT, "the guest hangs", "it takes no request");
		poll(&p, 1, POLL_MS);
		n = write(m->qemu.port, line, left);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			turn(m);
			return m->console.bad ? say_report(m) : say_end(m);
		}
		line += max(n, (ssize_t)0);
		left -= (size_t)max(n, (ssize_t)0);
		read_console(m);
	}
	return 0;
}

/* The next message; an error of the guest's is @err, and 1. */
static int wait_message(struct machine *m, enum vm_kind kind, u64 patience_ns, volatile bool *stop,
			json_t **ret, struct err *err)
{
	struct err why = { 0 };
	enum vm_kind got;
	char *line;
	size_t len = 0;
	int rc = wait_line(m, patience_ns, stop, &line, &len);

	if (rc)
		return rc;
	rc = vm_message_parse(line, len, &got, ret, &why);
	free(line);
	if (rc)
		return say_broken(m, rc, "the guest sent what can't be read", why.text);
	if (got == kind)
		return 0;
	if (got == VM_ERROR)
		vm_error_read(*ret, err);
	else
		rc = say_broken(m, -EPROTO, "the guest answered a question nobody asked",
				vm_kind_name(got));
	json_decref(*ret);
	*ret = NULL;
	return rc ? rc : 1;
}

static int pass(struct machine *m, int rc, struct err *err)
{
	if (rc > 0)
		return err ? err->code : -EREMOTEIO;
	if (rc && err)
		*err = m->broken;
	return rc;
}

int machine_ask(struct machine *m, enum vm_kind kind, json_t *body, u64 patience_ns,
		volatile bool *stop, json_t **ret, struct err *err)
{
	char *line = vm_message_line(kind, body);
	int rc = m->broken.code;

	if (!line)
		return err_set(err, -ENOMEM, "out of memory, or a text that is no UTF-8");
	if (!rc)
		rc = send_line(m, line, patience_ns, stop);
	free(line);
	if (!rc)
		rc = wait_message(m, kind, patience_ns, stop, ret, err);
	return pass(m, rc, err);
}

bool machine_report(struct machine *m, struct err *err)
{
	if (!m->broken.code) {
		/* what it said before it answered has arrived before the answer */
		read_console(m);
		if (m->console.bad)
			say_report(m);
	}
	if (m->broken.code && err)
		*err = m->broken;
	return m->broken.code;
}

int machine_boot(const struct qemu_config *config, const char *log, u64 patience_ns,
		 volatile bool *stop, struct machine **ret, struct err *err)
{
	struct machine *m = calloc(1, sizeof(*m));
	json_t *hello = NULL;
	int rc;

	if (!m)
		return err_set(err, -ENOMEM, "out of memory");
	console_open(&m->console, log);
	if (m->console.log)
		snprintf(m->log, sizeof(m->log), "%s", log);
	line_reader_init(&m->lines, VM_LINE_MAX);
	rc = qemu_start(config, &m->qemu, err);
	if (rc) {
		m->qemu = (struct qemu){ -1, -1, -1, -1, -1 };
		goto fail;
	}
	rc = pass(m, wait_message(m, VM_HELLO, patience_ns, stop, &hello, err), err);
	if (rc)
		goto fail;
	rc = vm_hello_read(hello, &m->hello, err);
	json_decref(hello);
	if (rc)
		goto fail;
	*ret = m;
	return 0;
fail:
	machine_free(m);
	return rc;
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	qemu_end(&m->qemu);
	console_close(&m->console);
	line_reader_release(&m->lines);
	free(m);
}
