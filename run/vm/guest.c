// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guest.c - the guest's side of testbed vm: read a request, do it with testbed
 * netns, answer, for ever. One point a life; the host ends the guest by ending QEMU.
 *
 * Under a clock of instructions a trial begins at a round moment of the guest's
 * time, chosen when the work before it was done, so that timers fall in every trial
 * as in every other, and in every boot as in the one before, however long the host
 * took to ask. Idle time costs nothing there.
 */
#include "run/vm/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/kthread.h"
#include "run/bed.h"
#include "run/point.h"
#include "run/testbed_netns.h"
#include "run/vm/message.h"
#include "run/vm/modules.h"
#include "config.h"

/* Longer, in guest time, than any host takes to ask for the next trial. */
#define GRAIN_NS	NSEC_PER_SEC

struct guest {
	struct guest_port port;
	struct plan *plan;
	struct testbed *tb;
	bool align;
	u64 start_ns;		/* when the next work begins */
	unsigned int trials;
};

bool guest_is(int argc, char **argv)
{
	if (argc < 1)
		return false;
	if (!strcmp(argv[0], "/init"))
		return getpid() == 1;
	return !strcmp(argv[0], "/sbin/modprobe") && !access(MODULES_LIST, R_OK);
}

static void answer(struct guest *g, enum vm_kind kind, json_t *body)
{
	char *line = vm_message_line(kind, body);

	if (!line) {
		guest_say("no memory for an answer");
		guest_port_send(&g->port, "{\"error\":{\"code\":-12,\"text\":\"the guest is out of memory: raise vm.memory\"}}\n");
		return;
	}
	guest_port_send(&g->port, line);
	free(line);
}

static void answer_error(struct guest *g, const struct err *err)
{
	answer(g, VM_ERROR, vm_error_json(err));
}

/* The next round moment, with as much time again for the host before it. */
static void choose_start(struct guest *g)
{
	g->start_ns = (clk_monotonic_ns() / GRAIN_NS + 2) * GRAIN_NS;
}

static void wait_start(struct guest *g)
{
	struct timespec at;
	u64 now = clk_monotonic_ns();

	if (!g->align)
		return;
	if (now >= g->start_ns)
		g->start_ns = (now / GRAIN_NS + 1) * GRAIN_NS;
	at.tv_sec = (time_t)(g->start_ns / NSEC_PER_SEC);
	at.tv_nsec = (long)(g->start_ns % NSEC_PER_SEC);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

/* ---- up ---- */

static void problem(void *arg, const char *sentence)
{
	struct err *err = arg;

	if (!err->code)
		err_set(err, -EINVAL, "%s", sentence);
}

static const struct point *find_point(const struct plan *plan, const char *name)
{
	unsigned int i;

	for (i = 0; i < plan->npoints; i++)
		if (!strcmp(plan->point[i].name, name))
			return &plan->point[i];
	return NULL;
}

/* What nothing asks the kernel for, and a point needs all the same. */
static void load_modules(const struct point *p)
{
	const struct bed_dut_ops *dut = bed_dut_find(p->dut.firewall);

	guest_load("veth");
	guest_load("kpps_gen");
	if (!strcmp(p->source, "pktgen"))
		guest_load("pktgen");
	if (!dut)
		return;
	if (dut->backend || dut->conntrack) {
		guest_load("nf_conntrack");
		guest_load("nf_conntrack_netlink");
	}
	if (dut->bridge_nf)
		guest_load("br_netfilter");
}

/*
 * Source and DUT take turns on the one CPU. Where packets wait for ksoftirqd the source
 * would go on sending what is lost, for as long as the scheduler likes (kernels before
 * 6.3 leave all softirqs to it once it is awake): so it goes first, and a load that is
 * too much slows the source down instead.
 */
static void softirqs_first(void)
{
	const struct sched_param param = { .sched_priority = 1 };
	static const char unlimited[] = "-1";
	pid_t pids[16];
	unsigned int i, n = kthreads_find("ksoftirqd/", false, pids, ARRAY_SIZE(pids));

	guest_file("/proc/sys/kernel/sched_rt_runtime_us", unlimited, sizeof(unlimited) - 1, NULL);
	for (i = 0; i < n; i++)
		sched_setscheduler(pids[i], SCHED_FIFO, &param);
}

static int go_to(const char *folder, struct err *err)
{
	char file[4096];
	int rc;

	snprintf(file, sizeof(file), "%.4000s/.kpps", folder);
	rc = guest_file(file, "", 0, err);
	if (!rc && chdir(folder))
		rc = err_set(err, -errno, "%s: %s", folder, strerror(errno));
	return rc;
}

static int up(struct guest *g, const json_t *body, struct err *err)
{
	const struct point *point;
	struct vm_up request;
	struct err first = { 0 };
	unsigned int i;
	int rc;

	if (g->tb)
		return err_set(err, -EBUSY, "the guest has a point already");
	rc = vm_up_read(body, &request, err);
	for (i = 0; i < request.nfiles && !rc; i++)
		rc = guest_file(request.file[i].path, request.file[i].text, request.file[i].len, err);
	if (!rc)
		rc = go_to(request.cwd, err);
	if (rc)
		return rc;
	rc = plan_read("scenario.yaml", request.scenario, request.scenario_len, NULL, 0, problem,
		       &first, &g->plan);
	if (rc)
		return err_set(err, rc, "the guest can't read the scenario: %s",
			       first.code ? first.text : strerror(-rc));
	point = find_point(g->plan, request.point);
	if (!point)
		return err_set(err, -ENOENT, "the guest finds no point \"%.200s\" in the scenario",
			       request.point);
	g->align = request.align;
	if (g->align)
		softirqs_first();
	wait_start(g);
	load_modules(point);
	return testbed_netns.up(point, &g->tb, err);
}

/* ---- trial ---- */

/* Test words on the kernel's command line: what a kernel does that is broken. */
static void break_on_purpose(const struct guest *g)
{
	const char *how = guest_word("kpps.test");
	int fd;

	if (!how || g->trials != 2)
		return;
	if (!strcmp(how, "panic")) {
		fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "c", 1) != 1)
			guest_say("no sysrq here");
	} else if (!strcmp(how, "exit")) {
		_exit(3);
	} else if (!strcmp(how, "hang")) {
		for (;;)
			;
	} else if (!strcmp(how, "warn")) {
		guest_say("WARNING: CPU: 0 PID: 1 at kpps.test");
	}
}

static int trial(struct guest *g, const json_t *body, struct err *err)
{
	static struct trial_record rec;	/* large */
	volatile bool stop = false;
	struct trial_request req;
	int rc;

	if (!g->tb)
		return err_set(err, -EINVAL, "the guest has no point yet");
	rc = vm_trial_read(body, &req, err);
	if (rc)
		return rc;
	req.undisturbed = g->align;
	g->trials++;
	wait_start(g);
	break_on_purpose(g);
	rc = g->tb->ops->trial(g->tb, &req, &stop, &rec, err);
	choose_start(g);
	if (rc)
		return rc;
	answer(g, VM_TRIAL, record_json(&rec));
	record_clear(&rec);
	return 0;
}

/* ---- the rest ---- */

static void say_hello(struct guest *g)
{
	struct vm_hello h = { .pointer_bits = 8 * sizeof(void *) };
	struct utsname u;

	uname(&u);
	snprintf(h.kpps, sizeof(h.kpps), "%s", KPPS_VERSION);
	snprintf(h.release, sizeof(h.release), "%s", u.release);
	snprintf(h.machine, sizeof(h.machine), "%.15s", u.machine);
	choose_start(g);
	answer(g, VM_HELLO, vm_hello_json(&h));
}

static int serve(struct guest *g, enum vm_kind kind, const json_t *body, struct err *err)
{
	int rc;

	switch (kind) {
	case VM_UP:
		rc = up(g, body, err);
		choose_start(g);
		if (!rc)
			answer(g, VM_UP, vm_started_json(g->tb));
		return rc;
	case VM_TRIAL:
		return trial(g, body, err);
	case VM_DOWN:
		answer(g, VM_DOWN, json_object());
		sync();
		reboot(RB_POWER_OFF);
		return 0;
	default:
		return err_set(err, -EPROTO, "the host does not say %s", vm_kind_name(kind));
	}
}

static void serve_line(struct guest *g, const char *line, size_t len)
{
	struct err err = { 0 };
	enum vm_kind kind;
	json_t *body;
	int rc = vm_message_parse(line, len, &kind, &body, &err);

	if (!rc) {
		rc = serve(g, kind, body, &err);
		json_decref(body);
	}
	if (!rc)
		return;
	if (!err.code)
		err_set(&err, rc, "%s", strerror(-rc));
	answer_error(g, &err);
}

int guest_main(int argc, char **argv)
{
	static struct guest g;
	struct err err = { 0 };

	if (strcmp(argv[0], "/init") != 0)
		return guest_modprobe(argc, argv);
	guest_init();
	if (guest_port_open(&g.port, &err)) {
		guest_say("%s", err.text);
		return 1;	/* the kernel panics, and the host reads why */
	}
	say_hello(&g);
	for (;;) {
		size_t len = 0;
		char *line = guest_port_line(&g.port, &len, &err);

		if (!line) {
			guest_say("%s", err.text);
			return 1;
		}
		serve_line(&g, line, len);
		free(line);
	}
}
