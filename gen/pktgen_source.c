// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pktgen_source.c - mainline's pktgen as a source: its threads kpktgend_N, driven by
 * files in /proc/net/pktgen. What of a stream it sends: gen/pktgen_setup.h.
 *
 * Each CPU has a device of its own, "IF@kppsCPU". Writing "start" runs every device
 * of the network namespace, and comes back when all are done; so one thread of ours,
 * made in that namespace, does the writing, and one source at a time may have pktgen:
 * open refuses when it has devices of others. A signal (SIGRTMIN + 6) to the thread
 * in the call makes pktgen stop; so does the end of this process. close removes the
 * devices; those that a killed process left, the next open removes.
 *
 * pktgen looks for orders ten times a second: it starts up to 0.1 s after the start
 * of the schedule, its end is known 0.1 s after it was, and its time counts from
 * its own start. It tells what was sent and how long it took, to the microsecond; it
 * can't tell how late a frame was, so those figures stay 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gen/kernel_check.h"
#include "gen/pktgen_setup.h"
#include "gen/schedule.h"
#include "lib/str.h"

#define PROC_DIR	"/proc/thread-self/net/pktgen"
#define CONTROL		"pgctrl"
#define NAME_MAX_LEN	32
#define TEXT_MAX	4096
#define LOOK_NS		(10 * 1000 * 1000ULL)
#define ORDER_NS	(150 * 1000 * 1000ULL)	/* within which pktgen has seen an order */
#define ORDER_TRIES	20
#define FASTEST_FRAMES	1000	/* of which the time of one is told */
#define DEV_IN_NAME	"@kpps"

struct pktgen_source {
	struct kernel_source base;
	char ifname[IF_NAMESIZE];
	int dir;		/* of /proc/net/pktgen, in the interface's namespace */
	enum kernel_way way;
	int cpu[KERNEL_SOURCE_CPUS_MAX];
	unsigned int ncpus;
	u32 frame_max;

	/* the plan */
	bool planned, started, stopped;
	u32 frame_len;
	u64 count, duration_ns, overrun_ns, intended;
	u64 first_index;
	u64 delay_ns;
	struct pktgen_setup setup;
	/* what a frame took without a delay, and with which lines; 0: not known */
	u64 fastest_ns;
	struct pktgen_setup fastest;
	/* the trial */
	u64 run_ns;		/* when the last device began, by pktgen's word; 0: not all have */
	u64 ordered_ns;		/* when it was told to */
	struct pktgen_result result[KERNEL_SOURCE_CPUS_MAX];

	/* with the thread */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	bool quit, running;
	u64 start_ns;
	int error;
};

static struct pktgen_source *of(struct kernel_source *s)
{
	return container_of(s, struct pktgen_source, base);
}

static const struct pktgen_source *of_const(const struct kernel_source *s)
{
	return container_of(s, const struct pktgen_source, base);
}

static int stop_signal(void)
{
	return SIGRTMIN + 6;
}

static void stop_handler(int sig __unused)
{
}

static void sleep_ns(u64 ns)
{
	const struct timespec ts = { (time_t)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC) };

	nanosleep(&ts, NULL);
}

/* ------------------------------------------------------------------ files of pktgen's */

static int write_line(int dir, const char *file, const char *line)
{
	int fd = openat(dir, file, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, line, strlen(line)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

static int read_text(int dir, const char *file, char text[TEXT_MAX])
{
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len < TEXT_MAX - 1 && (n = read(fd, text + len, TEXT_MAX - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd);
	return 0;
}

static void device_name(const struct pktgen_source *s, unsigned int i, char name[NAME_MAX_LEN])
{
	snprintf(name, NAME_MAX_LEN, "%s" DEV_IN_NAME "%d", s->ifname, s->cpu[i]);
}

static void thread_name(int cpu, char name[NAME_MAX_LEN])
{
	snprintf(name, NAME_MAX_LEN, "kpktgend_%d", cpu);
}

/* A wrong value is an error of the write, or only of the result that the file has then. */
static int configure(const struct pktgen_source *s, const char *device, const char *line,
		     struct err *err)
{
	char text[TEXT_MAX];
	int rc = write_line(s->dir, device, line), len = (int)strcspn(line, "\n");
	const char *result;

	if (!rc)
		rc = read_text(s->dir, device, text);
	if (rc)
		return err_set(err, rc, "pktgen: %s: \"%.*s\": %s", device, len, line, strerror(-rc));
	result = strstr(text, "\nResult: ");
	if (!result || strncmp(result, "\nResult: OK", 11) != 0)
		return err_set(err, -EINVAL, "pktgen: %s: \"%.*s\": %.*s", device, len, line,
			       result ? (int)strcspn(result + 1, "\n") : 0, result ? result + 1 : "");
	return 0;
}

/* Those that a thread of pktgen's has, words of its file's first lines; @running: only these. */
static int thread_devices(const struct pktgen_source *s, int cpu, bool running,
			  char ret[TEXT_MAX], struct err *err)
{
	char name[NAME_MAX_LEN], text[TEXT_MAX];
	const char *run, *stop;
	int rc;

	thread_name(cpu, name);
	rc = read_text(s->dir, name, text);
	if (rc)
		return err_set(err, rc, "pktgen: it has no thread on CPU %d (%s): %s", cpu, name,
			       strerror(-rc));
	run = strstr(text, "Running:");
	stop = strstr(text, "\nStopped:");
	if (!run || !stop)
		return err_set(err, -EPROTO, "pktgen: %s: not the text of a pktgen that is known", name);
	run += strlen("Running:");
	stop += strlen("\nStopped:");
	snprintf(ret, TEXT_MAX, "%.*s%.*s", (int)strcspn(run, "\n"), run,
		 running ? 0 : (int)strcspn(stop, "\n"), stop);
	return 0;
}

static bool any_device(const char *list)
{
	return list[strspn(list, " ")] != '\0';
}

/* Does a word of @list lack our mark? */
static bool others_device(const char *list, char ret[NAME_MAX_LEN])
{
	while (any_device(list)) {
		size_t len;

		list += strspn(list, " ");
		len = strcspn(list, " ");
		snprintf(ret, NAME_MAX_LEN, "%.*s", (int)len, list);
		if (!strstr(ret, DEV_IN_NAME))
			return true;
		list += len;
	}
	return false;
}

/* -------------------------------------------------------------------------- devices */

/* pktgen's thread removes them when it looks for orders. */
static int remove_devices(const struct pktgen_source *s, int cpu, struct err *err)
{
	char name[NAME_MAX_LEN], list[TEXT_MAX];
	int rc;

	rc = thread_devices(s, cpu, false, list, err);
	if (rc || !any_device(list))
		return rc;
	thread_name(cpu, name);
	for (unsigned int i = 0; i < ORDER_TRIES; i++) {
		rc = write_line(s->dir, name, "rem_device_all\n");
		if (rc)
			return err_set(err, rc, "pktgen: %s: rem_device_all: %s", name, strerror(-rc));
		rc = thread_devices(s, cpu, false, list, err);
		if (rc || !any_device(list))
			return rc;
		sleep_ns(LOOK_NS);
	}
	return err_set(err, -EBUSY, "pktgen: %s keeps its devices:%s", name, list);
}

static int add_device(const struct pktgen_source *s, unsigned int i, struct err *err)
{
	char thread[NAME_MAX_LEN], name[NAME_MAX_LEN], line[2 * NAME_MAX_LEN];
	int rc;

	thread_name(s->cpu[i], thread);
	device_name(s, i, name);
	snprintf(line, sizeof(line), "add_device %s\n", name);
	rc = write_line(s->dir, thread, line);
	if (rc)
		return err_set(err, rc, "pktgen: %s does not take %s: %s", thread, s->ifname,
			       rc == -ENETDOWN ? "it is down" : strerror(-rc));
	return 0;
}

/* "start" would run what others have set up, too. */
static int check_others(const struct pktgen_source *s, struct err *err)
{
	char list[TEXT_MAX], name[NAME_MAX_LEN];
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	for (int cpu = 0; cpu < cpus; cpu++) {
		thread_name(cpu, name);
		if (faccessat(s->dir, name, F_OK, 0))
			continue;
		if (thread_devices(s, cpu, false, list, err))
			return err->code;
		if (others_device(list, name))
			return err_set(err, -EBUSY, "pktgen: it already has %s: `echo reset > /proc/net/pktgen/pgctrl` removes all that it has",
				       name);
		if (any_device(list)) {
			int rc = remove_devices(s, cpu, err);

			if (rc)
				return rc;
		}
	}
	return 0;
}

/* -------------------------------------------------------------------- our own thread */

static bool quitting(struct pktgen_source *s)
{
	bool quit;

	pthread_mutex_lock(&s->lock);
	quit = s->quit || s->stopped;
	pthread_mutex_unlock(&s->lock);
	return quit;
}

static int run_devices(struct pktgen_source *s)
{
	const struct timespec ts = {
		(time_t)(s->start_ns / NSEC_PER_SEC), (long)(s->start_ns % NSEC_PER_SEC)
	};

	while (!quitting(s) && clk_monotonic_ns() < s->start_ns)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	if (quitting(s))
		return 0;
	pthread_mutex_lock(&s->lock);
	s->ordered_ns = clk_monotonic_ns();
	pthread_mutex_unlock(&s->lock);
	return write_line(s->dir, CONTROL, "start\n");
}

static void *work(void *data)
{
	struct pktgen_source *s = data;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, stop_signal());
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	pthread_mutex_lock(&s->lock);
	for (;;) {
		int rc;

		while (!s->running && !s->quit)
			pthread_cond_wait(&s->wake, &s->lock);
		if (s->quit)
			break;
		pthread_mutex_unlock(&s->lock);
		rc = run_devices(s);
		pthread_mutex_lock(&s->lock);
		s->error = rc;
		s->running = false;
		pthread_cond_signal(&s->done);
	}
	s->running = false;
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Born with every signal blocked but, then, ours. */
static int start_thread(struct pktgen_source *s, struct err *err)
{
	struct sigaction action = { .sa_handler = stop_handler };
	sigset_t all, before;
	int rc;

	sigemptyset(&action.sa_mask);
	if (sigaction(stop_signal(), &action, NULL))
		return err_set(err, -errno, "pktgen: signal %d: %s", stop_signal(), strerror(errno));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->thread, NULL, work, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		return err_set(err, -rc, "pktgen: no thread: %s", strerror(rc));
	s->has_thread = true;
	return 0;
}

/* Under the lock; until @until_ns at the latest. */
static void wait_until_ns(struct pktgen_source *s, u64 until_ns)
{
	const struct timespec ts = {
		(time_t)(until_ns / NSEC_PER_SEC), (long)(until_ns % NSEC_PER_SEC)
	};

	pthread_cond_timedwait(&s->done, &s->lock, &ts);
}

/*
 * Under the lock: end the call. A stop that comes before pktgen has seen the start
 * would be forgotten, so that is given its time, unless it is known to have.
 */
static void stop_running(struct pktgen_source *s)
{
	s->stopped = true;
	while (s->running) {
		u64 now = clk_monotonic_ns();

		if (!s->ordered_ns || s->run_ns || now >= s->ordered_ns + ORDER_NS)
			pthread_kill(s->thread, stop_signal());
		wait_until_ns(s, now + LOOK_NS);
	}
}

/* ------------------------------------------------------------------------------- ops */

static int pktgen_probe(struct err *err)
{
	if (access(PROC_DIR "/" CONTROL, F_OK))
		return err_set(err, -ENOENT, "pktgen: there is no /proc/net/pktgen: `modprobe pktgen` loads the kernel's module");
	if (access(PROC_DIR "/" CONTROL, W_OK) || geteuid())
		return err_set(err, -EACCES, "pktgen: /proc/net/pktgen/pgctrl can't be written: run kpps as root or with sudo");
	return 0;
}

static void pktgen_close(struct kernel_source *source)
{
	struct pktgen_source *s;
	struct err ignored;

	if (!source)
		return;
	s = of(source);
	if (s->has_thread) {
		pthread_mutex_lock(&s->lock);
		stop_running(s);
		s->quit = true;
		pthread_cond_signal(&s->wake);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	/* a device that still ran, as the start was seen late, stops with that */
	for (unsigned int i = 0; i < s->ncpus && s->dir >= 0; i++)
		remove_devices(s, s->cpu[i], &ignored);
	if (s->dir >= 0)
		close(s->dir);
	pthread_cond_destroy(&s->done);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int check_config(const struct kernel_source_config *c, struct err *err)
{
	int rc = kernel_check_cpus("pktgen", c, err);

	return rc ? rc : pktgen_probe(err);
}

static int pktgen_open(const struct kernel_source_config *config, struct kernel_source **ret,
		       struct err *err)
{
	struct pktgen_source *s;
	pthread_condattr_t attr;
	int rc = check_config(config, err);

	if (rc)
		return rc;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "pktgen: out of memory");
	s->base.ops = &pktgen_source_ops;
	s->way = config->way;
	s->frame_max = config->frame_max;
	s->ncpus = config->ncpus;
	memcpy(s->cpu, config->cpus, config->ncpus * sizeof(s->cpu[0]));
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_cond_init(&s->done, &attr);
	pthread_condattr_destroy(&attr);
	s->dir = open(PROC_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		rc = err_set(err, -errno, "pktgen: " PROC_DIR ": %s", strerror(errno));
	else if (!if_indextoname((unsigned int)config->ifindex, s->ifname))
		rc = err_set(err, -ENODEV, "pktgen: interface %d: %s", config->ifindex,
			     strerror(errno));
	if (!rc)
		rc = check_others(s, err);
	for (unsigned int i = 0; i < s->ncpus && !rc; i++)
		rc = add_device(s, i, err);
	if (!rc)
		rc = start_thread(s, err);
	if (rc) {
		pktgen_close(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}

static int check_plan(const struct pktgen_source *s, const struct source_config *c,
		      struct err *err)
{
	const struct kpps_stream *stream = &c->streams[0].stream;

	if (s->started)
		return err_set(err, -EBUSY, "pktgen: a trial is not over: wait for it first");
	if (c->nstreams != 1)
		return err_set(err, -EOPNOTSUPP, "pktgen: %u streams: it sends one at a time",
			       c->nstreams);
	if (c->virtual_time)
		return err_set(err, -EOPNOTSUPP, "pktgen: virtual time: the kernel has only its clock");
	if (c->streams[0].tuples)
		return err_set(err, -EOPNOTSUPP, "pktgen: it can't send what a DUT has translated back");
	if (!c->duration_ns && !c->count)
		return err_set(err, -EINVAL, "pktgen: neither a duration nor a count says when to end");
	if (stream->version != KPPS_STREAM_VERSION || stream->size != sizeof(*stream))
		return err_set(err, -EINVAL, "pktgen: the stream is of another version");
	if (stream->sizes[0].len > s->frame_max)
		return err_set(err, -EMSGSIZE, "pktgen: frames of %u bytes: it was opened for up to %u",
			       stream->sizes[0].len, s->frame_max);
	return 0;
}

/* How many frames the plan asks for, by the same arithmetic as elsewhere; 0: until the duration. */
static int plan_count(struct pktgen_source *s, const struct source_config *c, double rate_pps,
		      struct err *err)
{
	const struct schedule_share share = { .weight = 1 };
	struct schedule schedule;
	int rc = schedule_init(&schedule, &share, 1, rate_pps, c->duration_ns, c->count, err);

	if (rc)
		return rc;
	s->count = c->count;
	if (c->duration_ns && rate_pps > 0)
		s->count = min(schedule.lane[0].total, c->count ? c->count : ~0ULL);
	s->intended = s->count;
	s->duration_ns = c->duration_ns;
	s->overrun_ns = c->overrun_ns;
	schedule_release(&schedule);
	if (c->duration_ns && rate_pps > 0 && !s->count)
		return err_set(err, -EINVAL, "pktgen: no frame is due within that duration");
	return 0;
}

/*
 * A delay costs more than waiting: a load that is the most it was seen to send is sent
 * as that was, without one.
 */
static u64 plan_delay(const struct pktgen_source *s, double rate_pps)
{
	u64 delay = pktgen_delay_ns(rate_pps, s->ncpus);

	if (s->fastest_ns && delay <= s->fastest_ns + s->fastest_ns / 100 &&
	    !memcmp(&s->fastest, &s->setup, sizeof(s->setup)))
		return 0;
	return delay;
}

static int plan_device(const struct pktgen_source *s, unsigned int i, struct err *err)
{
	u64 count = s->count / s->ncpus + (i < s->count % s->ncpus);
	char name[NAME_MAX_LEN], line[PKTGEN_LINE_MAX];
	int rc = 0;

	device_name(s, i, name);
	for (unsigned int k = 0; k < s->setup.n && !rc; k++)
		rc = configure(s, name, s->setup.line[k], err);
	snprintf(line, sizeof(line), "delay %llu\n", (unsigned long long)s->delay_ns);
	if (!rc)
		rc = configure(s, name, line, err);
	/* 0 would be for ever, which is meant only without a count at all */
	if (!rc && s->count && !count)
		return err_set(err, -EINVAL, "pktgen: fewer frames than CPUs");
	snprintf(line, sizeof(line), "count %llu\n", (unsigned long long)count);
	if (!rc)
		rc = configure(s, name, line, err);
	if (!rc && s->ncpus > 1)
		rc = configure(s, name, "flag QUEUE_MAP_CPU\n", err);
	return rc;
}

/* A device remembers what it was told, so each plan has a new one. */
static int pktgen_plan(struct kernel_source *source, const struct source_config *c,
		       struct err *err)
{
	struct pktgen_source *s = of(source);
	double rate_pps;
	int rc = check_plan(s, c, err);

	if (rc)
		return rc;
	s->planned = false;
	rate_pps = c->streams[0].rate_pps > 0 ? c->streams[0].rate_pps : c->rate_pps;
	rc = pktgen_setup_stream(&c->streams[0].stream, s->way, &s->setup, err);
	if (!rc)
		rc = plan_count(s, c, rate_pps, err);
	s->delay_ns = plan_delay(s, rate_pps);
	for (unsigned int i = 0; i < s->ncpus && !rc; i++) {
		rc = remove_devices(s, s->cpu[i], err);
		if (!rc)
			rc = add_device(s, i, err);
		if (!rc)
			rc = plan_device(s, i, err);
	}
	if (rc)
		return rc;
	s->frame_len = c->streams[0].stream.sizes[0].len;
	s->first_index = c->streams[0].first_index;
	memset(s->result, 0, sizeof(s->result));
	s->planned = true;
	return 0;
}

static int pktgen_start(struct kernel_source *source, u64 start_ns, struct err *err)
{
	struct pktgen_source *s = of(source);

	if (!s->planned)
		return err_set(err, -EINVAL, "pktgen: nothing is planned");
	s->planned = false;
	s->started = true;
	s->run_ns = 0;
	pthread_mutex_lock(&s->lock);
	s->stopped = false;
	s->ordered_ns = 0;
	s->start_ns = start_ns;
	s->running = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static int read_result(const struct pktgen_source *s, unsigned int i, struct pktgen_result *ret)
{
	char name[NAME_MAX_LEN], text[TEXT_MAX];
	int rc;

	device_name(s, i, name);
	rc = read_text(s->dir, name, text);
	if (rc)
		return rc;
	return pktgen_result_read(text, ret) ? 0 : -EPROTO;
}

static u64 pktgen_sent(const struct kernel_source *source)
{
	const struct pktgen_source *s = of_const(source);
	struct pktgen_result r;
	u64 sent = 0;

	for (unsigned int i = 0; i < s->ncpus; i++) {
		if (s->result[i].phase == PKTGEN_DONE)
			r = s->result[i];
		else if (!s->started || read_result(s, i, &r))
			continue;
		sent += r.sofar + r.errors;
	}
	return sent;
}

/* When the last of the devices began; 0: not all have. */
static u64 began_ns(const struct pktgen_source *s)
{
	struct pktgen_result r;
	u64 last = 0;

	for (unsigned int i = 0; i < s->ncpus; i++) {
		if (read_result(s, i, &r) || (r.phase != PKTGEN_RUNNING && r.phase != PKTGEN_DONE))
			return 0;
		last = max(last, r.started_us * 1000);
	}
	return last;
}

/*
 * Under the lock: the moment at which it has to be stopped, if it does not end by
 * itself. Its start is looked for only then: each look takes time from it.
 */
static u64 stop_at(struct pktgen_source *s)
{
	if (!s->duration_ns || (s->count && !s->overrun_ns))
		return ~0ULL;
	if (!s->run_ns && s->ordered_ns)
		s->run_ns = began_ns(s);
	return s->run_ns ? s->run_ns + s->duration_ns + s->overrun_ns : ~0ULL;
}

/* Is there nothing to look for until stop_at? */
static bool known_end(const struct pktgen_source *s)
{
	return s->run_ns || !s->duration_ns || (s->count && !s->overrun_ns);
}

/* After the call: a device that was told to stop does so a little later. */
static int finish(struct pktgen_source *s, struct err *err)
{
	s->started = false;
	if (s->error && !s->stopped)
		return err_set(err, s->error, "pktgen: %s: %s", s->ifname, strerror(-s->error));
	if (!s->ordered_ns)
		return 0;
	for (unsigned int i = 0; i < s->ncpus; i++) {
		struct pktgen_result *r = &s->result[i];
		int rc = 0;

		for (unsigned int k = 0; k < 2 * ORDER_TRIES; k++) {
			rc = read_result(s, i, r);
			if (rc || r->phase == PKTGEN_DONE || r->phase == PKTGEN_FAILED)
				break;
			sleep_ns(LOOK_NS);
		}
		if (rc)
			return err_set(err, rc, "pktgen: %s went away", s->ifname);
		if (r->phase != PKTGEN_DONE)
			return err_set(err, -EIO, "pktgen: %s did not run to its end", s->ifname);
		/* of its own accord it stops only there, or when the device can't send */
		if (!s->stopped && s->count &&
		    r->sofar < s->count / s->ncpus + (i < s->count % s->ncpus))
			return err_set(err, -ENETDOWN, "pktgen: it stopped after %llu frames: %s is down or has no carrier",
				       (unsigned long long)r->sofar, s->ifname);
	}
	return 0;
}

static void pktgen_report(const struct kernel_source *source, struct source_report *ret)
{
	const struct pktgen_source *s = of_const(source);

	memset(ret, 0, sizeof(*ret));
	hist_init(&ret->departure);
	for (unsigned int i = 0; i < s->ncpus; i++) {
		ret->sent += s->result[i].sofar + s->result[i].errors;
		ret->refused += s->result[i].errors;
		ret->elapsed_ns = max(ret->elapsed_ns, s->result[i].elapsed_us * 1000);
	}
	ret->intended = max(s->intended, ret->sent);
}

static void note_fastest(struct pktgen_source *s)
{
	struct source_report r;

	if (s->delay_ns)
		return;
	pktgen_report(&s->base, &r);
	if (r.sent < FASTEST_FRAMES)
		return;
	s->fastest_ns = r.elapsed_ns * s->ncpus / r.sent;
	s->fastest = s->setup;
}

static int pktgen_wait_until(struct kernel_source *source, u64 until_ns, volatile bool *stop,
			     struct err *err)
{
	struct pktgen_source *s = of(source);
	int rc;

	if (!s->started)
		return err_set(err, -EINVAL, "pktgen: nothing was started");
	pthread_mutex_lock(&s->lock);
	while (s->running) {
		u64 now = clk_monotonic_ns(), end = stop_at(s);

		if ((stop && *stop) || now >= end) {
			stop_running(s);
			break;
		}
		if (now >= until_ns) {
			pthread_mutex_unlock(&s->lock);
			return -ETIMEDOUT;
		}
		/* no oftener than need be: on its CPU each look takes time from it */
		end = min(end, until_ns);
		if (stop || !known_end(s))
			end = min(end, now + LOOK_NS);
		wait_until_ns(s, end);
	}
	pthread_mutex_unlock(&s->lock);
	rc = finish(s, err);
	if (!rc)
		note_fastest(s);
	return rc;
}

static void pktgen_stream_report(const struct kernel_source *source, unsigned int stream,
				 struct source_stream_report *ret)
{
	const struct pktgen_source *s = of_const(source);
	struct source_report all;

	memset(ret, 0, sizeof(*ret));
	if (stream)
		return;
	pktgen_report(source, &all);
	ret->sent = all.sent;
	ret->refused = all.refused;
	ret->bytes = all.sent * s->frame_len;
	ret->next_index = s->first_index + all.sent;
}

const struct kernel_source_ops pktgen_source_ops = {
	.name = "pktgen",
	.help = "mainline's packet generator; its frames carry no signature",
	.burst = 1,
	.burst_max = 1,
	.ways = { true, true, true },
	.probe = pktgen_probe,
	.open = pktgen_open,
	.close = pktgen_close,
	.plan = pktgen_plan,
	.start = pktgen_start,
	.wait_until = pktgen_wait_until,
	.sent = pktgen_sent,
	.report = pktgen_report,
	.stream_report = pktgen_stream_report,
};
