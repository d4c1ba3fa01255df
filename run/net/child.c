// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * child.c - see child.h. The caller may have threads: what the program needs is
 * prepared before fork, and between fork and exec there are system calls only.
 * Its standard input is a file in memory, so that nothing has to be fed while
 * output is read, and no SIGPIPE can come.
 *
 * The program leads a process group of its own, which is killed whole. A process
 * that has left the group (a daemon) is beyond reach: to catch those too the
 * whole of kpps would have to become a subreaper, which a library must not do.
 */
#include "run/net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"

#define TIMEOUT_NS	(60 * NSEC_PER_SEC)
#define OUTPUT_MAX	(1u << 20)
#define STOP_POLL_MS	20	/* how late a stop may be noticed */
#define KILL_MS		5000	/* a process that the kernel holds longer than this is given up */
#define STATUS_FD	3	/* in the child: where it says why it could not exec */

struct output {
	int fd;		/* read end, nonblocking; -1 after its end */
	char *text;
	size_t len, max;
	bool cut;
	char part[256];		/* of a line whose end has not come; longer ones are cut */
	size_t part_len;
};

enum { OUT, ERR, OUTPUTS };

struct job {
	const struct child *c;
	char path[PATH_MAX];
	char **env;
	int input;
	int write_fd[OUTPUTS];
	struct output output[OUTPUTS];
	int status_fd[2];
	pid_t pid;
	int pidfd;
};

/* What the child writes to STATUS_FD when it can't become the program. */
struct failure {
	int error;
	enum { FAILED_NETNS, FAILED_SETUP, FAILED_EXEC } where;
};

/* The command as one would type it, shortened. */
static const char *command_text(const struct child *c, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (const char *const *arg = c->argv; *arg && len < size; arg++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " " : "", *arg);
	if (len >= size)
		memcpy(buf + size - sizeof("…"), "…", sizeof("…"));
	return buf;
}

static bool named(const char *variable, const char *other)
{
	size_t len = strcspn(variable, "=");

	return !strncmp(variable, other, len) && other[len] == '=';
}

/* make_env - the caller's environment with c->env in it; NULL: no memory. */
static char **make_env(const char *const *extra)
{
	size_t n = 0, nextra = 0;
	char **ret;

	while (environ && environ[n])
		n++;
	while (extra && extra[nextra])
		nextra++;
	ret = calloc(n + nextra + 1, sizeof(*ret));
	if (!ret)
		return NULL;
	n = 0;
	for (char **e = environ; e && *e; e++) {
		bool replaced = false;

		for (size_t i = 0; i < nextra; i++)
			replaced = replaced || named(extra[i], *e);
		if (!replaced)
			ret[n++] = *e;
	}
	for (size_t i = 0; i < nextra; i++)
		ret[n++] = (char *)extra[i];	/* as execve takes it; it writes nothing there */
	return ret;
}

static int open_input(const struct child *c)
{
	int fd;

	if (!c->input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	for (size_t done = 0; done < c->input_len;) {
		ssize_t n = write(fd, c->input + done, c->input_len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void job_free(struct job *j)
{
	close_fd(&j->input);
	close_fd(&j->pidfd);
	close_fd(&j->status_fd[0]);
	close_fd(&j->status_fd[1]);
	for (int i = 0; i < OUTPUTS; i++) {
		close_fd(&j->write_fd[i]);
		close_fd(&j->output[i].fd);
		free(j->output[i].text);
	}
	free(j->env);
}

static int job_init(struct job *j, const struct child *c)
{
	size_t max = c->output_max ? c->output_max : OUTPUT_MAX;
	int fds[2];

	j->c = c;
	j->input = j->pidfd = j->status_fd[0] = j->status_fd[1] = -1;
	for (int i = 0; i < OUTPUTS; i++) {
		j->write_fd[i] = -1;
		j->output[i] = (struct output){ .fd = -1, .max = max };
	}
	j->env = make_env(c->env);
	if (!j->env)
		return -ENOMEM;
	j->input = open_input(c);
	if (j->input < 0)
		return -errno;
	for (int i = 0; i < OUTPUTS; i++) {
		if (pipe2(fds, O_CLOEXEC))
			return -errno;
		j->output[i].fd = fds[0];
		j->write_fd[i] = fds[1];
		fcntl(fds[0], F_SETFL, O_NONBLOCK);
		j->output[i].text = calloc(1, 1);
		if (!j->output[i].text)
			return -ENOMEM;
	}
	return pipe2(j->status_fd, O_CLOEXEC) ? -errno : 0;
}

/* Above the numbers that the child is going to fill, lest dup2 overwrites it. */
static int moved_up(int fd)
{
	return fd > STATUS_FD ? fd : fcntl(fd, F_DUPFD_CLOEXEC, STATUS_FD + 1);
}

static void __attribute__((noreturn)) give_up(int where)
{
	struct failure f = { .error = errno, .where = where };
	ssize_t n = write(STATUS_FD, &f, sizeof(f));

	_exit(n == sizeof(f) ? 127 : 126);
}

/* In the child, after fork: only async-signal-safe calls. */
static void __attribute__((noreturn)) become(const struct job *j, pid_t parent)
{
	int from[4] = { j->input, j->write_fd[OUT], j->write_fd[ERR], j->status_fd[1] };
	int netns = j->c->netns;
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 0; i < 4; i++)
		from[i] = moved_up(from[i]);
	if (netns >= 0)
		netns = moved_up(netns);
	for (int i = 0; i < 4; i++)
		if (dup2(from[i], i) < 0)
			_exit(126);
	fcntl(STATUS_FD, F_SETFD, FD_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);	/* it died before it could be noticed */
	if (netns >= 0 && setns(netns, CLONE_NEWNET))
		give_up(FAILED_NETNS);
	/* An ignored signal stays ignored by the program: SIGPIPE is one. */
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL))
		give_up(FAILED_SETUP);
	if (syscall(SYS_close_range, STATUS_FD + 1, ~0U, 0) && errno != ENOSYS)
		give_up(FAILED_SETUP);
	execve(j->path, (char *const *)j->c->argv, j->env);
	give_up(FAILED_EXEC);
}

static void kill_group(const struct job *j)
{
	/* Not reaped yet, so that the number can't be another's. */
	kill(-j->pid, SIGKILL);
	kill(j->pid, SIGKILL);
}

static int reap(const struct job *j, int *ret_status)
{
	while (waitpid(j->pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int start_failed(const struct job *j, const struct failure *f, struct err *err)
{
	if (f->where == FAILED_NETNS)
		return err_set(err, -f->error, "%s: can't enter the network namespace: %s",
			       j->c->argv[0], strerror(f->error));
	if (f->error == ENOEXEC)
		return err_set(err, -ENOEXEC, "%s is not a program: a script begins with #!, and "
			       "a binary must be for this machine", j->path);
	if (f->error == ENOENT)
		return err_set(err, -ENOEXEC, "%s can't be started: the interpreter that it names "
			       "is not there", j->path);
	return err_set(err, -f->error, "can't start %s: %s", j->path, strerror(f->error));
}

/* start - fork, and wait until the child has become the program. */
static int start(struct job *j, struct err *err)
{
	pid_t parent = getpid();
	sigset_t all, old;
	struct failure f;
	ssize_t n;
	int ret = 0, status;

	/* A handler of the caller's must not run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	j->pid = fork();
	if (!j->pid)
		become(j, parent);
	if (j->pid < 0)
		ret = -errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret)
		return err_set(err, ret, "can't start %s: %s", j->path, strerror(-ret));

	setpgid(j->pid, j->pid);	/* the child does too; whoever is first */
	close_fd(&j->write_fd[OUT]);
	close_fd(&j->write_fd[ERR]);
	close_fd(&j->status_fd[1]);
	do
		n = read(j->status_fd[0], &f, sizeof(f));
	while (n < 0 && errno == EINTR);
	if (n == sizeof(f)) {
		reap(j, &status);
		return start_failed(j, &f, err);
	}
	j->pidfd = (int)syscall(SYS_pidfd_open, j->pid, 0);
	if (j->pidfd < 0) {
		ret = -errno;
		kill_group(j);
		reap(j, &status);
		return err_set(err, ret, "can't watch %s: %s: Linux 5.3 or later is needed",
			       j->path, strerror(-ret));
	}
	return 0;
}

static void tell_lines(const struct child *c, struct output *o, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] != '\n') {
			if (o->part_len + 1 < sizeof(o->part))
				o->part[o->part_len++] = text[i];
			continue;
		}
		o->part[o->part_len] = '\0';
		o->part_len = 0;
		c->line(c->line_arg, o->part);
	}
}

/* Take what is in the pipe; beyond the limit it is read and forgotten. */
static int drain(const struct child *c, struct output *o, bool told)
{
	char buf[16384], *text;

	while (o->fd >= 0) {
		ssize_t n = read(o->fd, buf, sizeof(buf));
		size_t keep;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0) {
			close_fd(&o->fd);
			return 0;
		}
		if (told)
			tell_lines(c, o, buf, (size_t)n);
		keep = min((size_t)n, o->max - o->len);
		o->cut = o->cut || keep < (size_t)n;
		if (!keep)
			return 0;	/* back to the caller's clock: a program may never stop writing */
		text = realloc(o->text, o->len + keep + 1);
		if (!text)
			return -ENOMEM;
		memcpy(text + o->len, buf, keep);
		o->text = text;
		o->len += keep;
		text[o->len] = '\0';
	}
	return 0;
}

static bool stopped(const struct child *c)
{
	return c->stop && __atomic_load_n(c->stop, __ATOMIC_RELAXED);
}

/* wait_end - read its output until the program has ended; 0, or why it must be killed. */
static int wait_end(struct job *j)
{
	u64 timeout = j->c->timeout_ns ? j->c->timeout_ns : TIMEOUT_NS;
	u64 begin = clk_monotonic_ns();
	int ret = 0;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = j->output[OUT].fd, .events = POLLIN },
			{ .fd = j->output[ERR].fd, .events = POLLIN },
			{ .fd = j->pidfd, .events = POLLIN },
		};
		u64 elapsed = clk_monotonic_ns() - begin;
		bool ended;

		if (stopped(j->c))
			return -EINTR;
		if (elapsed >= timeout)
			return -ETIMEDOUT;
		if (poll(fds, ARRAY_SIZE(fds), (int)min((u64)STOP_POLL_MS,
							(timeout - elapsed) / 1000000 + 1)) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		/* What a program that has ended wrote is in the pipes by then. A child of
		 * its may hold them open for ever: nobody waits for that one. */
		ended = fds[2].revents;
		for (int i = 0; i < OUTPUTS && !ret; i++)
			ret = drain(j->c, &j->output[i], i == OUT && j->c->line);
		if (ret || ended)
			return ret;
	}
}

static int killed(struct job *j, int why, struct err *err)
{
	struct pollfd pfd = { .fd = j->pidfd, .events = POLLIN };
	u64 begin = clk_monotonic_ns();
	char text[128];
	const struct timespec pause = { .tv_nsec = 1000000 };
	int status, n;

	command_text(j->c, text, sizeof(text));
	kill_group(j);
	do
		n = poll(&pfd, 1, STOP_POLL_MS);
	while (n <= 0 && clk_monotonic_ns() - begin < KILL_MS * 1000000ULL);
	if (n <= 0)
		return err_set(err, why, "%s: can't be killed, the kernel holds it", text);
	reap(j, &status);
	/* The others of its group die at the same signal, but not at the same moment. */
	while (!kill(-j->pid, 0) && clk_monotonic_ns() - begin < KILL_MS * 1000000ULL)
		nanosleep(&pause, NULL);
	if (why == -ETIMEDOUT) {
		u64 ns = j->c->timeout_ns ? j->c->timeout_ns : TIMEOUT_NS;

		return err_set(err, why, "%s: did not end within %g s and was killed", text,
			       (double)ns / 1e9);
	}
	if (why == -EINTR)
		return err_set(err, why, "%s: stopped", text);
	return err_set(err, why, "%s: %s", text, strerror(-why));
}

int child_run(const struct child *c, struct child_result *ret_result, struct err *err)
{
	struct job j = { 0 };
	int ret, status;

	*ret_result = (struct child_result){ 0 };
	ret = child_find(c->argv[0], j.path, sizeof(j.path));
	if (ret)
		return err_set(err, ret, "there is no program %s in PATH or the sbin folders: "
			       "install it", c->argv[0]);
	ret = job_init(&j, c);
	if (ret) {
		err_set(err, ret, "can't start %s: %s", j.path, strerror(-ret));
		goto out_free;
	}
	ret = start(&j, err);
	if (ret)
		goto out_free;
	ret = wait_end(&j);
	if (ret) {
		ret = killed(&j, ret, err);
		goto out_free;
	}
	ret = reap(&j, &status);
	if (ret) {
		/* SIGCHLD is ignored, or another has waited for all children. */
		err_set(err, ret, "%s: its exit status was lost: %s", j.path, strerror(-ret));
		goto out_free;
	}
	ret_result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	ret_result->out = j.output[OUT].text;
	ret_result->err = j.output[ERR].text;
	ret_result->cut = j.output[OUT].cut || j.output[ERR].cut;
	j.output[OUT].text = j.output[ERR].text = NULL;
out_free:
	job_free(&j);
	return ret;
}

void child_first_lines(const char *text, char *buf, size_t size)
{
	size_t len = 0;
	int lines = 0;

	for (; *text && len + 1 < size && lines < 4; text++) {
		if (*text == '\n') {
			lines += text[1] != '\n';
			if (text[1] && text[1] != '\n' && lines < 4)
				len += (size_t)snprintf(buf + len, size - len, "; ");
		} else {
			buf[len++] = (unsigned char)*text < ' ' ? ' ' : *text;
		}
	}
	buf[min(len, size - 1)] = '\0';
}

int child_ok(const struct child *c, char **ret_out, struct err *err)
{
	struct child_result r;
	char command[96], lines[320];
	int ret = child_run(c, &r, err);

	if (ret)
		return ret;
	if (r.status) {
		command_text(c, command, sizeof(command));
		child_first_lines(*r.err ? r.err : r.out, lines, sizeof(lines));
		if (r.status > 128 && r.status < 128 + NSIG)
			ret = err_set(err, -EPROTO, "%s: killed by signal %d (%s)%s%s", command,
				      r.status - 128, strsignal(r.status - 128),
				      *lines ? ": " : "", lines);
		else
			ret = err_set(err, -EPROTO, "%s: exit status %d%s%s", command, r.status,
				      *lines ? ": " : "", lines);
	} else if (ret_out) {
		*ret_out = r.out;
		r.out = NULL;
	}
	child_result_free(&r);
	return ret;
}

void child_result_free(struct child_result *r)
{
	free(r->out);
	free(r->err);
	*r = (struct child_result){ 0 };
}
