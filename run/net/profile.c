// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * profile.c - see profile.h: one perf event with its buffer a CPU, and beside
 * it a counter of instructions where the event is the hardware's. A struct
 * profile is the caller's; profile_sum.c makes shares of the samples.
 */
#include "run/net/profile.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/net/kallsyms.h"
#include "run/net/profile_sum.h"
#include "lib/clock.h"

#define DEFAULT_FREQUENCY 1999	/* a prime: no beat with the kernel's ticks */
#define SAMPLE_BYTES	  24	/* of a record: header, ip, pid and tid */
#define BUFFER_MIN	  (1ULL << 18)
#define BUFFER_MAX	  (1ULL << 26)

struct profile_cpu {
	int cpu, fd, instructions;	/* -1: none */
	struct perf_event_mmap_page *page;
};

struct profile {
	unsigned int ncpus, frequency;
	bool hardware;
	int why_no_hardware;		/* errno of cycles */
	size_t buffer;			/* bytes, without the first page */
	u64 start_ns, end_ns;
	char kallsyms[128];
	struct profile_cpu cpu[PROFILE_CPUS_MAX];
};

static long read_long(const char *path, long none)
{
	FILE *f = fopen(path, "re");
	long v = none;

	if (f && fscanf(f, "%ld", &v) != 1)
		v = none;
	if (f)
		fclose(f);
	return v;
}

static int event_open(const struct perf_event_attr *attr, int cpu)
{
	long fd = syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int open_failed(int code, int cpu, struct err *err)
{
	if (code == -EACCES || code == -EPERM)
		return err_set(err, -EACCES, "profile: the kernel lets this user see no CPU as a "
			       "whole (kernel.perf_event_paranoid is %ld): run kpps as root",
			       read_long("/proc/sys/kernel/perf_event_paranoid", -1));
	if (code == -ENODEV || (code == -EINVAL && cpu >= sysconf(_SC_NPROCESSORS_CONF)))
		return err_set(err, -ENODEV, "profile: CPU %d does not exist or is offline", cpu);
	if (code == -ENOSYS)
		return err_set(err, code, "profile: the kernel lacks CONFIG_PERF_EVENTS");
	return err_set(err, code, "profile: no event on CPU %d: %s", cpu, strerror(-code));
}

static void attr_sampling(const struct profile *p, bool hardware, struct perf_event_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->size = sizeof(*attr);
	attr->type = hardware ? PERF_TYPE_HARDWARE : PERF_TYPE_SOFTWARE;
	attr->config = hardware ? (u64)PERF_COUNT_HW_CPU_CYCLES : (u64)PERF_COUNT_SW_CPU_CLOCK;
	attr->freq = 1;
	attr->sample_freq = p->frequency;
	attr->sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID;
	attr->disabled = 1;
}

/* No instructions beside the cycles: the profile is worth having without them. */
static int open_instructions(int cpu)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .type = PERF_TYPE_HARDWARE,
					.config = PERF_COUNT_HW_INSTRUCTIONS, .disabled = 1 };
	int fd = event_open(&attr, cpu);

	return max(fd, -1);
}

static int open_cpu(struct profile *p, int cpu, struct err *err)
{
	struct profile_cpu *c = &p->cpu[p->ncpus];
	struct perf_event_attr attr;
	void *map;

	attr_sampling(p, p->hardware, &attr);
	c->cpu = cpu;
	c->fd = event_open(&attr, cpu);
	if (c->fd < 0)
		return open_failed(c->fd, cpu, err);
	c->instructions = p->hardware ? open_instructions(cpu) : -1;
	p->ncpus++;
	map = mmap(NULL, p->buffer + (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		   MAP_SHARED, c->fd, 0);
	if (map == MAP_FAILED)
		return err_set(err, -errno, "profile: no buffer of %zu bytes for CPU %d: %s%s",
			       p->buffer, cpu, strerror(errno), errno == EPERM ?
			       "; raise kernel.perf_event_mlock_kb" : "");
	c->page = map;
	return 0;
}

/* Are there hardware counters? Asked of the first CPU. */
static void choose_event(struct profile *p, int cpu)
{
	struct perf_event_attr attr;
	int fd;

	attr_sampling(p, true, &attr);
	fd = event_open(&attr, cpu);
	p->hardware = fd >= 0;
	if (fd >= 0)
		close(fd);
	else
		p->why_no_hardware = -fd;
}

static size_t buffer_size(const struct profile *p, u64 duration_ns)
{
	u64 need = duration_ns / 1000000 * p->frequency / 1000 * SAMPLE_BYTES * 3 / 2;
	u64 size = BUFFER_MIN;

	while (size < need && size < BUFFER_MAX)
		size <<= 1;
	return size;
}

static int check(const struct profile_config *config, struct err *err)
{
	long most = read_long("/proc/sys/kernel/perf_event_max_sample_rate", 100000);

	if (!config->ncpus || config->ncpus > PROFILE_CPUS_MAX)
		return err_set(err, -EINVAL, "profile: %u CPUs: must be 1 to %u", config->ncpus,
			       PROFILE_CPUS_MAX);
	if ((long)config->frequency > most)
		return err_set(err, -EINVAL, "profile: %u samples a second are more than "
			       "kernel.perf_event_max_sample_rate, %ld", config->frequency, most);
	return 0;
}

int profile_start(const struct profile_config *config, struct profile **ret, struct err *err)
{
	const char *kallsyms = config->kallsyms ? config->kallsyms : "/proc/kallsyms";
	struct kallsyms k;
	struct profile *p;
	unsigned int i;
	int rc;

	rc = check(config, err);
	if (rc)
		return rc;
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, -ENOMEM, "profile: out of memory");
	snprintf(p->kallsyms, sizeof(p->kallsyms), "%s", kallsyms);
	p->frequency = config->frequency ? config->frequency : DEFAULT_FREQUENCY;
	p->buffer = buffer_size(p, config->duration_ns ? config->duration_ns : 10 * NSEC_PER_SEC);
	choose_event(p, config->cpus[0]);
	for (i = 0; !rc && i < config->ncpus; i++)
		rc = open_cpu(p, config->cpus[i], err);
	/* names are read at the end, but that there will be some must be known now */
	if (!rc)
		rc = kallsyms_read(kallsyms, &k, err);
	if (rc) {
		profile_free(p);
		return rc;
	}
	kallsyms_release(&k);
	p->start_ns = clk_monotonic_ns();
	for (i = 0; i < p->ncpus; i++) {
		ioctl(p->cpu[i].fd, PERF_EVENT_IOC_ENABLE, 0);
		if (p->cpu[i].instructions >= 0)
			ioctl(p->cpu[i].instructions, PERF_EVENT_IOC_ENABLE, 0);
	}
	*ret = p;
	return 0;
}

/* @size bytes at @at of a buffer that wraps. */
static void ring_copy(const struct profile *p, const struct profile_cpu *c, u64 at, void *to,
		      size_t size)
{
	const char *data = (const char *)c->page + sysconf(_SC_PAGESIZE);
	size_t offset = at & (p->buffer - 1), first = min(size, p->buffer - offset);

	memcpy(to, data + offset, first);
	memcpy((char *)to + first, data, size - first);
}

static void read_samples(const struct profile *p, const struct profile_cpu *c,
			 struct profile_sum *sum)
{
	const u64 head = __atomic_load_n(&c->page->data_head, __ATOMIC_ACQUIRE);
	struct {
		struct perf_event_header h;
		union {
			struct {
				u64 ip;
				u32 pid, tid;
			} sample;
			struct {
				u64 id, lost;
			} lost;
		};
	} r;
	u64 at;

	for (at = c->page->data_tail; at + sizeof(r.h) <= head; at += r.h.size) {
		ring_copy(p, c, at, &r.h, sizeof(r.h));
		if (r.h.size < sizeof(r.h) || at + r.h.size > head)
			break;
		if (r.h.size < sizeof(r))
			continue;
		ring_copy(p, c, at, &r, sizeof(r));
		if (r.h.type == PERF_RECORD_LOST)
			profile_sum_lost(sum, r.lost.lost);
		else if (r.h.type == PERF_RECORD_SAMPLE)
			profile_sum_add(sum, r.sample.ip, r.sample.pid,
					(r.h.misc & PERF_RECORD_MISC_CPUMODE_MASK) ==
					PERF_RECORD_MISC_USER);
	}
	__atomic_store_n(&c->page->data_tail, at, __ATOMIC_RELEASE);
}

static u64 count_of(int fd)
{
	u64 v = 0;

	return fd >= 0 && read(fd, &v, sizeof(v)) == (ssize_t)sizeof(v) ? v : 0;
}

static void add_counters(const struct profile *p, u64 packets, json_t *json)
{
	u64 cycles = 0, instructions = 0;
	char why[160] = "";
	unsigned int i;

	for (i = 0; p->hardware && i < p->ncpus; i++) {
		cycles += count_of(p->cpu[i].fd);
		instructions += count_of(p->cpu[i].instructions);
	}
	if (!p->hardware)
		snprintf(why, sizeof(why), "no hardware counters here (%s): the profile is of the "
			 "CPU clock", strerror(p->why_no_hardware));
	else if (!packets)
		snprintf(why, sizeof(why), "the number of packets is not known");
	json_object_set_new(json, "cycles_per_packet", packets && cycles ?
			    json_real((double)cycles / (double)packets) : json_null());
	json_object_set_new(json, "instructions_per_packet", packets && instructions ?
			    json_real((double)instructions / (double)packets) : json_null());
	json_object_set_new(json, "why_no_counters", *why ? json_string(why) : json_null());
}

static json_t *describe(const struct profile *p)
{
	json_t *json = json_object(), *cpus = json_array();
	unsigned int i;

	for (i = 0; i < p->ncpus; i++)
		json_array_append_new(cpus, json_integer(p->cpu[i].cpu));
	json_object_set_new(json, "event", json_string(p->hardware ? "cycles" : "cpu-clock"));
	json_object_set_new(json, "frequency_hz", json_integer(p->frequency));
	json_object_set_new(json, "seconds",
			    json_real((double)(p->end_ns - p->start_ns) / NSEC_PER_SEC));
	json_object_set_new(json, "cpus", cpus);
	return json;
}

int profile_stop(struct profile *p, u64 packets, json_t **ret, struct err *err)
{
	struct profile_sum *sum;
	json_t *json;
	unsigned int i;
	int rc;

	for (i = 0; i < p->ncpus; i++) {
		ioctl(p->cpu[i].fd, PERF_EVENT_IOC_DISABLE, 0);
		if (p->cpu[i].instructions >= 0)
			ioctl(p->cpu[i].instructions, PERF_EVENT_IOC_DISABLE, 0);
	}
	p->end_ns = clk_monotonic_ns();
	rc = profile_sum_new(p->kallsyms, &sum, err);
	if (rc)
		return rc;
	for (i = 0; i < p->ncpus; i++)
		read_samples(p, &p->cpu[i], sum);
	json = describe(p);
	add_counters(p, packets, json);
	rc = profile_sum_json(sum, json, err);
	profile_sum_free(sum);
	if (rc)
		json_decref(json);
	else
		*ret = json;
	return rc;
}

void profile_free(struct profile *p)
{
	unsigned int i;

	if (!p)
		return;
	for (i = 0; i < p->ncpus; i++) {
		if (p->cpu[i].page)
			munmap(p->cpu[i].page, p->buffer + (size_t)sysconf(_SC_PAGESIZE));
		if (p->cpu[i].instructions >= 0)
			close(p->cpu[i].instructions);
		close(p->cpu[i].fd);
	}
	free(p);
}
