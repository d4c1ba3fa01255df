// SPDX-License-Identifier: GPL-2.0-or-later
/* qemu.c - see qemu.h. */
#include "run/vm/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/net/child.h"

#define END_MS		5000
#define KVM_NS		(3 * NSEC_PER_SEC)
#define CONSOLE_FD	3	/* in QEMU */
#define PORT_FD		4
#define SPARE_FD	16	/* above them, for the time between */

enum { ARGS_MAX = 48 };

struct args {
	const char *v[ARGS_MAX];
	unsigned int n;
	char smp[16], memory[16];
};

static void add(struct args *a, const char *arg)
{
	if (a->n < ARGS_MAX - 1)
		a->v[a->n++] = arg;
}

static void add2(struct args *a, const char *option, const char *value)
{
	add(a, option);
	add(a, value);
}

/*
 * Under instructions nothing of the host may reach the guest: its time is the count
 * of its instructions, waiting costs none of it, its date is always the same and so
 * are the random numbers it is seeded with.
 */
static void make_args(const struct qemu_config *c, struct args *a)
{
	snprintf(a->smp, sizeof(a->smp), "%u", c->cpus);
	snprintf(a->memory, sizeof(a->memory), "%uM", c->memory_mib);
	add(a, c->program);
	add(a, "-no-user-config");
	add(a, "-nodefaults");
	add(a, "-no-reboot");
	add2(a, "-display", "none");
	add2(a, "-machine", "pc");
	add2(a, "-smp", a->smp);
	add2(a, "-m", a->memory);
	if (c->instructions) {
		add2(a, "-accel", "tcg,thread=single");
		add2(a, "-icount", "shift=0,sleep=off");
		add2(a, "-rtc", "base=2026-01-01,clock=vm");
		add2(a, "-seed", "1");
		add2(a, "-cpu", "qemu64");
	} else if (c->kvm) {
		add2(a, "-accel", "kvm");
		add2(a, "-cpu", "host");
	} else {
		add2(a, "-accel", "tcg,thread=multi");
		add2(a, "-cpu", "qemu64");
	}
	add2(a, "-chardev", "socket,id=console,fd=3");
	add2(a, "-serial", "chardev:console");
	add2(a, "-chardev", "socket,id=port,fd=4");
	add2(a, "-serial", "chardev:port");
	add2(a, "-kernel", c->kernel);
	add2(a, "-initrd", c->initramfs);
	add2(a, "-append", c->cmdline);
}

/* In the child: system calls only. */
static void become(const char *path, const struct args *a, const struct qemu *q,
		   const int theirs[2], pid_t parent)
{
	sigset_t none;
	int fds[2], null = open("/dev/null", O_RDWR);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	fds[0] = fcntl(theirs[0], F_DUPFD_CLOEXEC, SPARE_FD);
	fds[1] = fcntl(theirs[1], F_DUPFD_CLOEXEC, SPARE_FD);
	if (fds[0] < 0 || fds[1] < 0 || dup2(null, 0) < 0 || dup2(q->said, 1) < 0 ||
	    dup2(q->said, 2) < 0 || dup2(fds[0], CONSOLE_FD) < 0 || dup2(fds[1], PORT_FD) < 0)
		_exit(127);
	execv(path, (char *const *)a->v);
	dprintf(2, "%s: can't be run\n", path);
	_exit(127);
}

static int open_channels(struct qemu *q, int theirs[2], struct err *err)
{
	int *const ours[2] = { &q->console, &q->port };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			return err_set(err, -errno, "no socket for a serial port: %s", strerror(errno));
		*ours[i] = pair[0];
		theirs[i] = pair[1];
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
	}
	q->said = memfd_create("qemu", MFD_CLOEXEC);
	return q->said < 0 ? err_set(err, -errno, "memfd: %s", strerror(errno)) : 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int qemu_start(const struct qemu_config *config, struct qemu *ret, struct err *err)
{
	struct qemu q = { .pid = -1, .pidfd = -1, .console = -1, .port = -1, .said = -1 };
	struct args args = { .n = 0 };
	int theirs[2] = { -1, -1 }, rc;
	char path[4096];
	pid_t parent = getpid();

	if (child_find(config->program, path, sizeof(path)))
		return err_set(err, -ENOENT, "there is no program %s: install qemu-system-x86 (make deps)",
			       config->program);
	make_args(config, &args);
	rc = open_channels(&q, theirs, err);
	if (rc)
		goto fail;
	q.pid = fork();
	if (!q.pid)
		become(path, &args, &q, theirs, parent);
	if (q.pid < 0) {
		rc = err_set(err, -errno, "can't start QEMU: %s", strerror(errno));
		goto fail;
	}
	q.pidfd = (int)syscall(SYS_pidfd_open, q.pid, 0);
	if (q.pidfd < 0) {
		rc = err_set(err, -errno, "pidfd_open: %s", strerror(errno));
		goto fail;
	}
	close_fd(&theirs[0]);
	close_fd(&theirs[1]);
	*ret = q;
	return 0;
fail:
	close_fd(&theirs[0]);
	close_fd(&theirs[1]);
	qemu_end(&q);
	return rc;
}

void qemu_said(const struct qemu *q, char *buf, size_t size)
{
	char text[1024];
	ssize_t n = pread(q->said, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	child_first_lines(text, buf, size);
}

void qemu_end(struct qemu *q)
{
	struct pollfd p = { .fd = q->pidfd, .events = POLLIN };

	if (q->pid > 0) {
		kill(-q->pid, SIGKILL);
		kill(q->pid, SIGKILL);	/* before it has made its group */
		/* one that the kernel holds is given up after a time */
		if (q->pidfd < 0 || poll(&p, 1, END_MS) == 1)
			waitpid(q->pid, NULL, 0);
	}
	q->pid = -1;
	close_fd(&q->pidfd);
	close_fd(&q->console);
	close_fd(&q->port);
	close_fd(&q->said);
}

int qemu_version(const char *program, char *ret, size_t size, struct err *err)
{
	const char *const argv[] = { program, "--version", NULL };
	const struct child child = { .argv = argv, .netns = -1, .timeout_ns = 10 * NSEC_PER_SEC };
	const char *at;
	char *out;
	int rc = child_ok(&child, &out, err);

	if (rc == -ENOENT)
		return err_set(err, rc, "there is no program %s: install qemu-system-x86 (make deps)",
			       program);
	if (rc)
		return rc;
	at = strstr(out, "version ");
	snprintf(ret, size, "%.*s", at ? (int)strcspn(at + 8, " \n(") : 0, at ? at + 8 : "");
	free(out);
	return 0;
}

bool qemu_kvm(const char *program)
{
	/* the BIOS runs until it finds nothing to boot; a machine whose KVM hangs never gets there */
	const char *const argv[] = { program, "-no-user-config", "-nodefaults", "-display", "none",
				     "-accel", "kvm", "-cpu", "host", "-m", "16M", "-monitor", "stdio",
				     NULL };
	static const char quit[] = "info status\nquit\n";
	const struct child child = { .argv = argv, .netns = -1, .timeout_ns = KVM_NS,
				     .input = quit, .input_len = sizeof(quit) - 1 };

	return !access("/dev/kvm", R_OK | W_OK) && !child_ok(&child, NULL, NULL);
}
