// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * testbed_vm.c - testbed netns in a virtual machine with a kernel of the user's
 * choice. Goals stay here; each trial is a request to the kpps in the guest, and its
 * record comes back (run/vm/message.h). Every point boots a guest of its own.
 *
 * Where the guest's kernel says that something is wrong with it, or the guest dies
 * or hangs, that trial is invalid with the console's words in its record, and there
 * is no further trial: the point fails.
 */
#include "run/testbed_vm.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/str.h"
#include "run/flags.h"
#include "run/kernels/kernel.h"
#include "run/point.h"
#include "run/ruleset_file.h"
#include "run/stop.h"
#include "run/vm/initramfs.h"
#include "run/vm/machine.h"

/*
 * Generous: what waits is a machine that hangs, and an emulator on a busy host does
 * ten million instructions a second at worst, each a nanosecond of the guest's.
 */
#define BOOT_NS		(300 * NSEC_PER_SEC)
#define SLOWEST		100	/* host time for guest time */
#define FLOW_NS		60000	/* guest time to open a connection, at most */
#define KVM_BOOT_NS	(30 * NSEC_PER_SEC)
#define CMDLINE		"console=ttyS0,115200 loglevel=5 printk.time=1 panic=-1 nokaslr rdinit=/init"
#define CMDLINE_COUNTED	" tsc=reliable"	/* one TSC tick an instruction: nothing need watch it */

struct vm {
	struct testbed tb;
	struct machine *machine;
	struct kernel_image kernel;
	struct point_vm config;
	u64 flows;		/* that a trial may open */
	bool kvm;
	bool condemned;		/* its report has made a trial invalid */
	char cmdline[1024], qemu[32];
};

static bool counts(const struct vm *v)
{
	return v->config.clock == VM_CLOCK_INSTRUCTIONS;
}

static int vm_probe(struct err *err)
{
	char version[32];
	int rc = qemu_version(QEMU_PROGRAM, version, sizeof(version), err);
	double seconds;

	return rc ? rc : kernel_known(VM_KERNEL_DEFAULT, &seconds, err);
}

static int vm_probe_point(const struct point *p, struct err *err)
{
	double seconds;

	return kernel_known(p->vm.kernel, &seconds, err);
}

/* Of a trial; in seconds, for tests: KPPS_VM_PATIENCE. */
static u64 patience(u64 ns)
{
	const char *own = getenv("KPPS_VM_PATIENCE");
	double s = own ? strtod(own, NULL) : 0;

	return s > 0 ? min((u64)(s * 1e9), ns) : ns;
}

/* ---- files in the results ---- */

static bool results_file(const char *folder, const char *name, const char *end,
			 char ret[PATH_MAX])
{
	const char *results = getenv("KPPS_RESULTS");
	size_t n;

	if (!results)
		return false;
	n = (size_t)snprintf(ret, PATH_MAX, "%.2000s/%s", results, folder);
	mkdir(ret, 0777);
	ret[n++] = '/';
	for (; *name && n < PATH_MAX - 32; name++)
		ret[n++] = isalnum((unsigned char)*name) || strchr("._=-", *name) ? *name : '_';
	snprintf(ret + n, PATH_MAX - n, "%s", end);
	return true;
}

/* The kernel's config beside its figures, once. */
static void keep_config(const struct kernel_image *k)
{
	char to[PATH_MAX], buf[65536];
	FILE *in, *out;
	size_t n;

	if (!k->config[0] || !results_file("kernels", k->id, ".config", to) || !access(to, F_OK))
		return;
	in = fopen(k->config, "re");
	out = in ? fopen(to, "we") : NULL;
	while (out && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	if (out)
		fclose(out);
	if (in)
		fclose(in);
}

/* ---- up ---- */

static int boot_with(struct vm *v, const char *initramfs, const char *log, u64 patience_ns,
		     struct err *err)
{
	const struct qemu_config config = {
		.program = QEMU_PROGRAM, .kernel = v->kernel.vmlinuz, .initramfs = initramfs,
		.cmdline = v->cmdline, .cpus = v->config.cpus, .memory_mib = v->config.memory,
		.instructions = counts(v), .kvm = v->kvm,
	};

	return machine_boot(&config, log, patience_ns, &stop_wanted, &v->machine, err);
}

static int boot(struct vm *v, const struct point *p, struct err *err)
{
	char root[PATH_MAX], kpps[PATH_MAX], initramfs[PATH_MAX], log[PATH_MAX];
	bool logs;
	int rc = qemu_version(QEMU_PROGRAM, v->qemu, sizeof(v->qemu), err);

	if (!rc)
		rc = kernel_get(p->vm.kernel, stderr, &v->kernel, err);
	if (!rc)
		rc = kernel_userland(v->kernel.arch, stderr, root, kpps, err);
	if (!rc)
		rc = initramfs_get(&v->kernel, root, kpps, initramfs, err);
	if (rc)
		return rc;
	keep_config(&v->kernel);
	logs = results_file("vm", p->name, ".console.log", log);
	snprintf(v->cmdline, sizeof(v->cmdline), CMDLINE "%s%s%s%s%s", counts(v) ? CMDLINE_COUNTED : "",
		 v->kernel.cmdline[0] ? " " : "", v->kernel.cmdline, p->vm.cmdline[0] ? " " : "",
		 p->vm.cmdline);
	v->kvm = !counts(v) && qemu_kvm(QEMU_PROGRAM);
	rc = boot_with(v, initramfs, logs ? log : NULL, v->kvm ? KVM_BOOT_NS : BOOT_NS, err);
	if (!rc || !v->kvm || rc == -EINTR)
		return rc;
	/* /dev/kvm that starts a machine and never runs it */
	v->kvm = false;
	return boot_with(v, initramfs, logs ? log : NULL, BOOT_NS, err);
}

static char *file_of(const char *ruleset, int family, const char *cwd, struct vm_file *ret,
		     struct err *err)
{
	char path[PATH_MAX], *text = NULL, *at = NULL;
	size_t len;

	if (!strchr(ruleset, '/') || ruleset_read(ruleset, family, path, sizeof(path), &text, &len, err))
		return NULL;
	if (asprintf(&at, "%s%s%s", path[0] == '/' ? "" : cwd, path[0] == '/' ? "" : "/", path) < 0) {
		free(text);
		return NULL;
	}
	*ret = (struct vm_file){ .path = at, .text = text, .len = len };
	return at;
}

/* Rulesets that the plan's points name by their paths; the guest checks all of them. */
static void add_files(const struct plan *plan, const char *cwd, struct vm_up *up)
{
	static const int families[] = { AF_INET, AF_INET6 };
	unsigned int i, f, k;

	for (i = 0; i < plan->npoints; i++) {
		for (f = 0; f < 2 && up->nfiles < VM_FILES_MAX; f++) {
			struct vm_file *file = &up->file[up->nfiles];

			if (!point_has_family(&plan->point[i], families[f]) ||
			    !file_of(plan->point[i].dut.ruleset, families[f], cwd, file, NULL))
				continue;
			for (k = 0; k < up->nfiles && strcmp(up->file[k].path, file->path) != 0; k++)
				;
			if (k == up->nfiles) {
				up->nfiles++;
				continue;
			}
			free((char *)file->path);
			free((char *)file->text);
		}
	}
}

static int start_point(struct vm *v, const struct point *p, json_t **ret, struct err *err)
{
	char cwd[PATH_MAX];
	struct vm_up up = {
		.scenario = p->plan->text, .scenario_len = strlen(p->plan->text),
		.point = p->name, .cwd = cwd, .align = counts(v),
	};
	json_t *body;
	unsigned int i;

	if (!getcwd(cwd, sizeof(cwd)))
		return err_set(err, -errno, "this folder's path can't be read: %s", strerror(errno));
	add_files(p->plan, cwd, &up);
	body = vm_up_json(&up);
	for (i = 0; i < up.nfiles; i++) {
		free((char *)up.file[i].path);
		free((char *)up.file[i].text);
	}
	return machine_ask(v->machine, VM_UP, body, BOOT_NS, &stop_wanted, ret, err);
}

static json_t *describe(const struct vm *v)
{
	const struct vm_hello *h = &v->machine->hello;

	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:s,s:s,s:s}",
			 "kernel", v->kernel.name, "id", v->kernel.id, "release", h->release,
			 "arch", v->kernel.arch, "machine", h->machine, "clock",
			 counts(v) ? "instructions" : "wall", "cpus", (int)v->config.cpus,
			 "memory_mib", (int)v->config.memory, "qemu", v->qemu, "accel",
			 v->kvm ? "kvm" : "tcg", "cmdline", v->cmdline);
}

static int note_started(struct vm *v, const json_t *body, struct err *err)
{
	struct vm_started s;
	int rc = vm_started_read(body, &s, err);

	if (rc)
		return rc;
	v->tb.alone = s.alone;
	v->tb.flags = s.flags;
	if (!counts(v) && !v->kvm)
		v->tb.flags |= 1u << FLAG_EMULATED;
	v->tb.max_load_pps = s.max_load_pps;
	v->tb.setup = s.setup ? json_deep_copy(s.setup) : json_object();
	json_object_set_new(v->tb.setup, "vm", describe(v));
	snprintf(v->tb.notes, sizeof(v->tb.notes), "%.1500s%s\n", s.notes, counts(v) ?
		 "figures are instructions of the guest: 1 ns is 1 instruction; no cache misses, no contention: not speed" :
		 v->kvm ? "in a virtual machine" : "in an emulated machine: not the speed of any real one");
	return 0;
}

static u64 flows_of(const struct point *p)
{
	u64 n = 0;
	unsigned int i;

	for (i = 0; i < p->nstreams; i++)
		if (point_connections(p, i) == CONNECTIONS_ESTABLISHED)
			n += p->stream[i].spec.flows;
	return n;
}

static void vm_down(struct testbed *tb)
{
	struct vm *v = container_of(tb, struct vm, tb);

	machine_free(v->machine);
	json_decref(tb->setup);
	free(v);
}

static int vm_up(const struct point *point, struct testbed **ret_tb, struct err *err)
{
	struct vm *v = calloc(1, sizeof(*v));
	json_t *body = NULL;
	int rc;

	if (!v)
		return err_set(err, -ENOMEM, "out of memory");
	v->tb.ops = &testbed_vm;
	v->config = point->vm;
	if (!v->config.cpus)
		v->config.cpus = counts(v) ? 1 : 2;
	v->flows = flows_of(point);
	rc = boot(v, point, err);
	if (!rc)
		rc = start_point(v, point, &body, err);
	if (!rc && machine_report(v->machine, err))
		rc = err->code;
	if (!rc)
		rc = note_started(v, body, err);
	json_decref(body);
	if (rc) {
		vm_down(&v->tb);
		return rc;
	}
	*ret_tb = &v->tb;
	return 0;
}

/* ---- trial ---- */

static int invalid(struct vm *v, const struct err *why, struct trial_record *ret)
{
	const struct console *c = &v->machine->console;
	char last[2048];

	record_clear(ret);
	hist_init(&ret->latency);
	hist_init(&ret->departure);
	snprintf(ret->why, sizeof(ret->why), "%.255s", why->text);
	console_last(c, last, sizeof(last));
	ret->counters = json_pack("{s:s}", "console", c->bad ? c->excerpt : last);
	return 0;
}

static u64 trial_patience(const struct vm *v, const struct trial_request *req)
{
	return patience(BOOT_NS + SLOWEST * (req->duration_ns + v->flows * FLOW_NS));
}

static int vm_trial(struct testbed *tb, const struct trial_request *req, volatile bool *stop,
		    struct trial_record *ret, struct err *err)
{
	struct vm *v = container_of(tb, struct vm, tb);
	struct machine *m = v->machine;
	struct err why = { 0 };
	json_t *body = NULL;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (v->condemned) {
		*err = m->broken;
		return err->code;
	}
	rc = machine_ask(m, VM_TRIAL, vm_trial_json(req), trial_patience(v, req), stop, &body, &why);
	if (!rc) {
		rc = record_from_json(body, ret, &why);
		json_decref(body);
	}
	if (machine_report(m, &why)) {
		v->condemned = true;
		return invalid(v, &why, ret);
	}
	if (rc && err)
		*err = why;
	return rc;
}

const struct testbed_ops testbed_vm = {
	.name = "vm",
	.help = "testbed netns with any kernel, in QEMU: by default in instructions, which repeat on any machine",
	.up_s = 20, .around_s = 0.5, .flows_per_s = 2e4,
	.probe = vm_probe,
	.probe_point = vm_probe_point,
	.up = vm_up,
	.trial = vm_trial,
	.down = vm_down,
};
