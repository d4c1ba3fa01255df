// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xdp_source.c - the XDP source (gen/kernel_source.h): plays a set of streams from
 * inside the kernel, as a BPF program run on live frames (BPF_PROG_RUN with
 * BPF_F_TEST_XDP_LIVE_FRAMES). The schedule, the choice of flows and the bytes of
 * a frame are those of the port source: gen/schedule.h, lib/stream.h.
 *
 * The source has a thread on each CPU asked for, asleep between trials. Each spends
 * a trial in one call of the kernel's, as a call's set-up takes milliseconds: it
 * asks for more frames than there will be, the program drops what is beyond the
 * plan, and a signal to the thread ends the call. The signal is SIGRTMIN + 5, with
 * a handler that does nothing. The threads don't wait for each other: without a
 * rate, those of the fastest get ahead.
 *
 * A burst leaves when the last frame of it is due, the others of it late; a frame's
 * stamp is the reading of the clock at which its batch began, some 50 ns a frame
 * before it leaves. Frames hold some 3300 bytes. A veth takes them while its peer
 * has an XDP program or GRO; before Linux 6.3 nobody can tell, and the first trial
 * says so. refused: veths count it, whoever sent; elsewhere it is 0, and of several
 * streams nobody knows whose those were.
 *
 * Memory shared with the programs is written by the owner while no thread is in
 * a call; a trial's results are read when all are out of it again.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gen/kernel_check.h"
#include "gen/xdp_internal.h"
#include "lib/bpf_load.h"
#include "lib/clock.h"
#include "lib/cputime.h"

#define XDP_SOURCE "xdp source"	/* in sentences */

/*
 * How often the owner looks whether to stop; each look may take a CPU from what
 * is measured. The end of a plan is looked for when it is near.
 */
#define CHECK_NS	(10 * 1000 * 1000ULL)
#define END_NS		(1 * 1000 * 1000ULL)

static int stop_signal(void)
{
	return SIGRTMIN + 5;
}

static void stop_handler(int sig __unused)
{
}

/* A run of @program on live frames of @len bytes; returns 0 or a negative errno. */
static int run_live(int program, int ifindex, u32 len, u32 repeat, u32 batch)
{
	struct xdp_md ctx = { .data_end = len, .ingress_ifindex = (u32)ifindex };
	u8 *data = calloc(1, len);
	struct bpf_test_run_opts opts = {
		.sz = sizeof(opts), .data_in = data, .data_size_in = len, .ctx_in = &ctx,
		.ctx_size_in = sizeof(ctx), .repeat = (int)repeat, .batch_size = batch,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
	};
	int ret;

	if (!data)
		return -ENOMEM;
	ret = bpf_prog_test_run_opts(program, &opts) ? -errno : 0;
	free(data);
	return ret;
}

static int open_program(struct xdp_source_bpf **ret, struct err *err)
{
	*ret = xdp_source_bpf__open();
	if (*ret)
		return 0;
	return err_set(err, -errno, XDP_SOURCE ": can't open the program: %s", strerror(errno));
}

static int probe_live(struct err *err)
{
	static const struct bpf_insn drop[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int program, ret;

	program = bpf_prog_load(BPF_PROG_TYPE_XDP, "kpps_probe", "GPL", drop, ARRAY_SIZE(drop),
				NULL);
	if (program < 0)
		return err_set(err, -errno, XDP_SOURCE ": the kernel takes no XDP program: %s",
			       strerror(errno));
	ret = run_live(program, 1 /* lo, in any namespace */, KPPS_FRAME_MIN, 1, 1);
	close(program);
	if (!ret)
		return 0;
	return err_set(err, ret == -EINVAL ? -EOPNOTSUPP : ret,
		       XDP_SOURCE ": the kernel runs no program on live frames: %s: Linux 5.18 or later does",
		       strerror(-ret));
}

/* The programs themselves, for a frame each; stopped, they drop it. */
static int probe_programs(struct err *err)
{
	struct xdp_source_bpf *bpf = NULL;
	int ret = open_program(&bpf, err);

	if (ret)
		return ret;
	ret = bpf_load(bpf->skeleton, XDP_SOURCE, err);
	if (!ret) {
		bpf->bss->stop = true;
		ret = run_live(bpf_program__fd(bpf->progs.xdp_source_single), 1, KPPS_FRAME_MIN, 1,
			       1);
		if (!ret)
			ret = run_live(bpf_program__fd(bpf->progs.xdp_source_many), 1,
				       KPPS_FRAME_MIN, 1, 1);
		if (ret)
			err_set(err, ret, XDP_SOURCE ": the kernel does not run the program: %s",
				strerror(-ret));
	}
	xdp_source_bpf__destroy(bpf);
	return ret;
}

static int xdp_probe(struct err *err)
{
	int ret = bpf_memory_probe(err);

	if (!ret)
		ret = probe_live(err);
	return ret ? ret : probe_programs(err);
}

/* The owner tells its threads and the programs. */
static void set_stop(struct xdp_source *s, bool stop)
{
	__atomic_store_n(&s->bpf->bss->stop, stop, __ATOMIC_RELAXED);
}

static bool stopping(const struct xdp_source *s)
{
	return __atomic_load_n(&s->bpf->bss->stop, __ATOMIC_RELAXED);
}

/*
 * Until shortly before the start, or a signal: the kernel sets a call up, and
 * waits for an RCU grace period in doing so.
 */
static void sleep_until_start(const struct xdp_source *s)
{
	u64 until = s->start_ns > XDP_SOURCE_AHEAD_NS ? s->start_ns - XDP_SOURCE_AHEAD_NS : 0;
	struct timespec ts = { (time_t)(until / NSEC_PER_SEC), (long)(until % NSEC_PER_SEC) };

	while (!stopping(s) && clk_monotonic_ns() < until)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static bool finished(const struct xdp_source *s, unsigned int i)
{
	return *(volatile u32 *)&xdp_cpu(s, i)->finished;
}

static int run_trial(struct xdp_source *s, unsigned int i)
{
	const struct bpf_program *program = s->single ? s->bpf->progs.xdp_source_single
						      : s->bpf->progs.xdp_source_many;
	struct cputime before, after;
	int ret = 0;

	sleep_until_start(s);
	cputime_self(&before);
	while (!ret && !finished(s, i) && !stopping(s)) {
		ret = run_live(bpf_program__fd(program), s->config.ifindex, s->data_len, INT_MAX,
			       s->batch);
		if (ret == -EINTR)	/* between two batches: nothing is lost */
			ret = 0;
	}
	cputime_self(&after);
	s->worker[i].waited_ns = after.wait_ns - before.wait_ns;
	return ret;
}

static void *work(void *data)
{
	struct xdp_worker *w = data;
	struct xdp_source *s = w->source;
	unsigned int i = (unsigned int)(w - s->worker);
	u64 seen = 0;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, stop_signal());
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	pthread_mutex_lock(&s->lock);
	for (;;) {
		int ret;

		while (s->trial == seen && !s->quit)
			pthread_cond_wait(&s->wake, &s->lock);
		if (s->quit)
			break;
		seen = s->trial;
		pthread_mutex_unlock(&s->lock);
		/* here, as this thread surely is in the interface's namespace */
		if (!i)
			xdp_device_count(s->config.ifindex, &s->before);
		ret = run_trial(s, i);
		if (!i)
			xdp_device_count(s->config.ifindex, &s->after);
		pthread_mutex_lock(&s->lock);
		w->error = ret;
		w->running = false;
		pthread_cond_signal(&s->done);
	}
	w->running = false;	/* what was started when it was told to quit */
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static int start_worker(struct xdp_source *s, unsigned int i, struct err *err)
{
	struct xdp_worker *w = &s->worker[i];
	pthread_attr_t attr;
	cpu_set_t cpus;
	int ret;

	*w = (struct xdp_worker){ .source = s, .cpu = s->cpu[i] };
	CPU_ZERO(&cpus);
	CPU_SET((unsigned int)w->cpu, &cpus);
	pthread_attr_init(&attr);
	ret = pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	if (!ret)
		ret = pthread_create(&w->thread, &attr, work, w);
	pthread_attr_destroy(&attr);
	if (ret)
		return err_set(err, -ret, "xdp source: no thread on CPU %d: %s", w->cpu,
			       strerror(ret));
	w->joinable = true;
	s->nworkers++;
	return 0;
}

/* All signals but ours are others' business: the threads are born with them blocked. */
static int start_workers(struct xdp_source *s, struct err *err)
{
	struct sigaction action = { .sa_handler = stop_handler };
	sigset_t all, before;
	int ret = 0;

	sigemptyset(&action.sa_mask);
	if (sigaction(stop_signal(), &action, NULL))
		return err_set(err, -errno, "xdp source: signal %d: %s", stop_signal(),
			       strerror(errno));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned int i = 0; i < s->config.ncpus && !ret; i++)
		ret = start_worker(s, i, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static int xdp_check(const struct kernel_source_config *c, struct err *err)
{
	int ret = kernel_check_cpus("xdp source", c, err);

	if (ret)
		return ret;
	for (unsigned int i = 0; i < c->ncpus; i++)
		if (c->cpus[i] < 0 || c->cpus[i] >= libbpf_num_possible_cpus())
			return err_set(err, -EINVAL, "xdp source: CPU %d: this machine has 0 to %d",
				       c->cpus[i], libbpf_num_possible_cpus() - 1);
	if (c->way == KERNEL_WAY_QDISC)
		return err_set(err, -EOPNOTSUPP,
			       "xdp source: frames of a BPF program don't go through a qdisc: send them out of the interface, or by kmod");
	return c->way == KERNEL_WAY_OUT ? xdp_device_check(c->ifindex, c->frame_max, err) : 0;
}

static int load(struct xdp_source *s, struct err *err)
{
	int ret = open_program(&s->bpf, err);

	if (ret)
		return ret;
	bpf_map__set_max_entries(s->bpf->maps.cpus, (u32)libbpf_num_possible_cpus());
	s->bpf->rodata->action = s->config.way == KERNEL_WAY_OUT ? XDP_TX : XDP_PASS;
	return bpf_load(s->bpf->skeleton, XDP_SOURCE, err);
}

static int map_memory(const struct bpf_map *map, struct bpf_memory *ret, struct err *err)
{
	return bpf_memory_map(bpf_map__fd(map), bpf_map__value_size(map),
			      bpf_map__max_entries(map), ret, err);
}

/* Live frames are pages with a head and a tail of the kernel's: does the largest fit? */
static int check_frame_max(struct xdp_source *s, struct err *err)
{
	u32 max = s->config.frame_max;
	int ret;

	/* stopped: the program drops whatever it is given */
	set_stop(s, true);
	ret = run_live(bpf_program__fd(s->bpf->progs.xdp_source_single), s->config.ifindex,
		       max < KPPS_FRAME_MIN ? KPPS_FRAME_MIN : max, 1, 1);
	if (ret == -EINVAL)
		return err_set(err, -EMSGSIZE,
			       "xdp source: frames of %u bytes: live frames lie in one page with the kernel's own data, some 3300 bytes fit",
			       max);
	if (ret)
		return err_set(err, ret, "xdp source: the kernel runs no program on live frames: %s",
			       strerror(-ret));
	return 0;
}

/* Under the lock. */
static bool any_running(const struct xdp_source *s)
{
	for (unsigned int i = 0; i < s->nworkers; i++)
		if (s->worker[i].running)
			return true;
	return false;
}

/* Under the lock: end the calls of those whose plan is finished, or of all. Again until they are. */
static void end_calls(struct xdp_source *s)
{
	for (unsigned int i = 0; i < s->nworkers; i++)
		if (s->worker[i].running && (stopping(s) || finished(s, i)))
			pthread_kill(s->worker[i].thread, stop_signal());
}

/* When the plan should be over, as far as it says; 0: it doesn't. */
static u64 expected_end(const struct xdp_source *s)
{
	const struct schedule *schedule = &s->schedule;

	if (schedule->duration_ns)
		return s->start_ns + schedule->duration_ns;
	if (schedule->nlanes == 1 && schedule->lane[0].gap.mult)
		return s->start_ns + schedule_when(&schedule->lane[0], s->count - 1);
	return 0;
}

/* Under the lock; @most_ns: not longer than that moment. */
static void wait_a_little(struct xdp_source *s, u64 most_ns)
{
	u64 now = clk_monotonic_ns(), end = expected_end(s), until = now + CHECK_NS;
	struct timespec ts;

	if (stopping(s) || now + END_NS > end)	/* end 0 too */
		until = now + END_NS;
	else if (until > end)
		until = end;
	until = min(until, most_ns);
	ts = (struct timespec){ (time_t)(until / NSEC_PER_SEC), (long)(until % NSEC_PER_SEC) };
	pthread_cond_timedwait(&s->done, &s->lock, &ts);
}

static void xdp_close(struct kernel_source *source)
{
	struct xdp_source *s = xdp_of(source);

	pthread_mutex_lock(&s->lock);
	s->quit = true;
	if (s->bpf)
		set_stop(s, true);
	pthread_cond_broadcast(&s->wake);
	while (any_running(s)) {
		end_calls(s);
		wait_a_little(s, ~0ULL);
	}
	pthread_mutex_unlock(&s->lock);
	for (unsigned int i = 0; i < s->nworkers; i++)
		pthread_join(s->worker[i].thread, NULL);
	schedule_release(&s->schedule);
	bpf_memory_unmap(&s->pattern);
	bpf_memory_unmap(&s->streams);
	bpf_memory_unmap(&s->cpus);
	xdp_source_bpf__destroy(s->bpf);
	pthread_cond_destroy(&s->done);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int xdp_open(const struct kernel_source_config *config, struct kernel_source **ret_source,
		       struct err *err)
{
	pthread_condattr_t attr;
	struct xdp_source *s;
	int ret;

	ret = xdp_check(config, err);
	if (ret)
		return ret;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "xdp source: out of memory");
	s->base.ops = &xdp_source_ops;
	s->config = *config;
	memcpy(s->cpu, config->cpus, config->ncpus * sizeof(s->cpu[0]));
	s->config.cpus = s->cpu;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_cond_init(&s->done, &attr);
	pthread_condattr_destroy(&attr);
	ret = load(s, err);
	if (!ret)
		ret = map_memory(s->bpf->maps.cpus, &s->cpus, err);
	if (!ret)
		ret = map_memory(s->bpf->maps.streams, &s->streams, err);
	if (!ret)
		ret = map_memory(s->bpf->maps.pattern, &s->pattern, err);
	if (!ret)
		ret = check_frame_max(s, err);
	if (!ret)
		ret = start_workers(s, err);
	if (ret) {
		xdp_close(&s->base);
		return ret;
	}
	*ret_source = &s->base;
	return 0;
}

static int xdp_start(struct kernel_source *source, u64 start_ns, struct err *err)
{
	struct xdp_source *s = xdp_of(source);

	if (!s->planned)
		return err_set(err, -EINVAL, "xdp source: nothing is planned");
	s->planned = false;
	s->started = true;
	s->stopped = false;
	s->start_ns = start_ns;
	set_stop(s, false);
	for (unsigned int i = 0; i < s->config.ncpus; i++) {
		struct xdp_source_cpu *cpu = xdp_cpu(s, i);

		cpu->start_ns = start_ns;
		cpu->stop_ns = s->overrun_ns && s->schedule.duration_ns ?
			       start_ns + s->schedule.duration_ns + s->overrun_ns : ~0ULL;
		cpu->end_ns = s->schedule.duration_ns ? start_ns + s->schedule.duration_ns : ~0ULL;
	}
	pthread_mutex_lock(&s->lock);
	for (unsigned int i = 0; i < s->nworkers; i++)
		s->worker[i].running = true;
	s->trial++;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* The thread of the first CPU reads the interface's counters, around its own frames. */
static u64 sent_by_first(const struct xdp_source *s)
{
	u64 sent = 0;

	for (unsigned int k = 0; k < s->nstreams; k++)
		sent += xdp_cpu(s, 0)->cursor[k].sent;
	return sent;
}

static int check_results(const struct xdp_source *s, struct err *err)
{
	for (unsigned int i = 0; i < s->nworkers; i++)
		if (s->worker[i].error)
			return err_set(err, s->worker[i].error, "xdp source: CPU %d: live frames: %s",
				       s->worker[i].cpu, strerror(-s->worker[i].error));
	for (unsigned int i = 0; i < s->nworkers; i++)
		if (xdp_cpu(s, i)->failed)
			return err_set(err, -EMSGSIZE,
				       "xdp source: CPU %d: %llu frames could not be written: the kernel gave them too little room",
				       s->worker[i].cpu,
				       (unsigned long long)xdp_cpu(s, i)->failed);
	if (s->config.way == KERNEL_WAY_IN)
		return 0;
	return xdp_device_check_taken(sent_by_first(s), &s->before, &s->after, err);
}

static int xdp_wait_until(struct kernel_source *source, u64 until_ns, volatile bool *stop,
			     struct err *err)
{
	struct xdp_source *s = xdp_of(source);

	if (!s->started)
		return err_set(err, -EINVAL, "xdp source: nothing was started");
	pthread_mutex_lock(&s->lock);
	while (any_running(s)) {
		if (clk_monotonic_ns() >= until_ns) {
			pthread_mutex_unlock(&s->lock);
			return -ETIMEDOUT;
		}
		if (stop && *stop && !stopping(s)) {
			set_stop(s, true);
			s->stopped = true;
		}
		end_calls(s);
		wait_a_little(s, until_ns);
	}
	pthread_mutex_unlock(&s->lock);
	s->started = false;
	return check_results(s, err);
}

const struct kernel_source_ops xdp_source_ops = {
	.name = "xdp",
	.help = "frames made in the kernel by a BPF program",
	.ahead_ns = XDP_SOURCE_AHEAD_NS,
	.burst = XDP_SOURCE_BURST_DEFAULT,
	.burst_max = XDP_SOURCE_BURST,
	.automatic = true,
	.ways = { [KERNEL_WAY_OUT] = true, [KERNEL_WAY_IN] = true },
	.probe = xdp_probe,
	.open = xdp_open,
	.close = xdp_close,
	.plan = xdp_source_plan,
	.start = xdp_start,
	.wait_until = xdp_wait_until,
	.sent = xdp_source_sent,
	.report = xdp_source_report,
	.stream_report = xdp_source_stream_report,
};
