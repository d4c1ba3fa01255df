// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xdp_sink.c - the XDP sink (sink/kernel_sink.h): counts, orders and times what
 * arrives at an interface, in a BPF program with maps per CPU. What is counted as
 * what is sink.h's; what differs:
 *
 *	reordered	by the highest index seen on any CPU
 *	corrupted	an IPv4 header's checksum is wrong; L4 checksums only with
 *			@checksums, as they cost a pass over the frame
 *
 * Arrival times are CLOCK_MONOTONIC. On a veth in native mode, where that driver is
 * in the kernel and no module, up to 8 frames of one poll share a reading of the
 * clock; elsewhere each has its own. Native mode where the driver has it, else
 * generic: native takes frames that fit a page.
 * Memory: SINK_WINDOW / 2 bytes of flags a stream, 19 KiB a stream and CPU.
 *
 * The program counts into maps that are mapped here, so a report is a reading of
 * memory. The program hangs on the interface by a BPF link: when the last
 * descriptor of it goes, closed or with the process however that ends, the kernel
 * takes the program off.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/bpf_load.h"
#include "lib/bpf_memory.h"
#include "sink/kernel_sink.h"
#include "sink/xdp_sink_shared.h"
#include "sink/xdp_sink.skel.h"

struct xdp_sink {
	struct kernel_sink base;
	struct xdp_sink_bpf *bpf;
	struct bpf_memory windows, counts, cpus;	/* of the program's maps */
	u64 streams;		/* as configured */
	unsigned int nstreams, ncpus;
	int link;		/* descriptor, -1: not attached */
	bool native;
};

static struct xdp_sink *sink_of(struct kernel_sink *s)
{
	return container_of(s, struct xdp_sink, base);
}

static const struct xdp_sink *sink_of_const(const struct kernel_sink *s)
{
	return container_of(s, const struct xdp_sink, base);
}

static bool is_veth(int ifindex)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&info };
	bool ret = false;
	int fd;

	if (!if_indextoname((unsigned int)ifindex, request.ifr_name))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (!ioctl(fd, SIOCETHTOOL, &request))
		ret = !strcmp(info.driver, "veth");
	close(fd);
	return ret;
}

/*
 * The program tells polls of a veth's queue apart with these (Linux 6.2), and by a
 * structure that the kernel casts to only if it is its own, not a module's.
 */
static bool polls_can_be_known(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool ret;

	if (!btf)
		return false;
	ret = btf__find_by_name_kind(btf, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0 &&
	      btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0 &&
	      btf__find_by_name_kind(btf, "veth_rq", BTF_KIND_STRUCT) > 0;
	btf__free(btf);
	return ret;
}

static int open_program(struct xdp_sink_bpf **ret, struct err *err)
{
	*ret = xdp_sink_bpf__open();
	if (*ret)
		return 0;
	return err_set(err, -errno, "xdp sink: can't open the program: %s", strerror(errno));
}

static int xdp_probe(struct err *err)
{
	struct xdp_sink_bpf *bpf = NULL;
	int ret = bpf_memory_probe(err);

	if (!ret)
		ret = open_program(&bpf, err);
	if (ret)
		return ret;
	bpf->rodata->polls_known = polls_can_be_known();	/* as on a veth */
	ret = bpf_load(bpf->skeleton, "xdp sink", err);
	xdp_sink_bpf__destroy(bpf);
	return ret;
}

static void set_settings(struct xdp_sink *s, const struct kernel_sink_config *config)
{
	struct xdp_sink_settings *settings = (struct xdp_sink_settings *)&s->bpf->bss->settings;
	unsigned int slot = 0;

	*settings = (struct xdp_sink_settings){
		.run = config->run,
		.count_unsigned = !!config->unsigned_streams,
		.latency = config->latency,
		.checksums = config->checksums,
		.pass_others = config->pass_others,
	};
	for (unsigned int id = 0; id < KPPS_STREAMS_MAX; id++)
		s->bpf->bss->streams[id].slot =
			config->streams >> id & 1 ? (u8)slot++ : XDP_SINK_NONE;
}

static int load(struct xdp_sink *s, const struct kernel_sink_config *config, struct err *err)
{
	int ret = open_program(&s->bpf, err);

	if (ret)
		return ret;
	bpf_map__set_max_entries(s->bpf->maps.windows, s->nstreams * WINDOW_WORDS);
	bpf_map__set_max_entries(s->bpf->maps.counts, s->nstreams * s->ncpus);
	bpf_map__set_max_entries(s->bpf->maps.cpus, s->ncpus);
	s->bpf->rodata->ncpus = s->ncpus;
	s->bpf->rodata->polls_known = is_veth(config->ifindex) && polls_can_be_known();
	set_settings(s, config);
	return bpf_load(s->bpf->skeleton, "xdp sink", err);
}

static int map_memory(const struct bpf_map *map, struct bpf_memory *ret, struct err *err)
{
	return bpf_memory_map(bpf_map__fd(map), bpf_map__value_size(map),
			      bpf_map__max_entries(map), ret, err);
}

static int attach(struct xdp_sink *s, int ifindex, struct err *err)
{
	static const u32 modes[] = { XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE };
	int program = bpf_program__fd(s->bpf->progs.xdp_sink), native = 0;
	char name[IF_NAMESIZE];

	if (!if_indextoname((unsigned int)ifindex, name))
		return err_set(err, -ENODEV, "xdp sink: no interface %d in this network namespace",
			       ifindex);
	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++) {
		const struct bpf_link_create_opts opts = { .sz = sizeof(opts), .flags = modes[i] };

		s->link = bpf_link_create(program, ifindex, BPF_XDP, &opts);
		s->native = modes[i] == XDP_FLAGS_DRV_MODE;
		if (s->link >= 0)
			return 0;
		if (errno == EBUSY || errno == EEXIST)
			return err_set(err, -EBUSY,
				       "xdp sink: %s has an XDP program already: remove it, e.g. by ip link set dev %s xdp off",
				       name, name);
		if (s->native)
			native = errno;
	}
	return err_set(err, -errno, "xdp sink: %s takes no XDP program: native: %s, generic: %s",
		       name, strerror(native), strerror(errno));
}

static void xdp_close(struct kernel_sink *sink)
{
	struct xdp_sink *s = sink_of(sink);

	if (s->link >= 0) {
		/* off at once, not when whoever inherited the descriptor closes it */
		bpf_link_detach(s->link);
		close(s->link);
	}
	bpf_memory_unmap(&s->cpus);
	bpf_memory_unmap(&s->counts);
	bpf_memory_unmap(&s->windows);
	xdp_sink_bpf__destroy(s->bpf);
	free(s);
}

static const char *xdp_mode(const struct kernel_sink *sink)
{
	return sink_of_const(sink)->native ? "native" : "generic";
}

static int xdp_restart(struct kernel_sink *sink, u32 run, struct err *err)
{
	struct xdp_sink *s = sink_of(sink);
	struct xdp_sink_count *c = s->counts.memory;

	if (run >= KPPS_RUNS_MAX)
		return err_set(err, -EINVAL, "xdp sink: run %u: must be 0 to %u", run,
			       KPPS_RUNS_MAX - 1);
	memset(s->windows.memory, 0, s->windows.size);
	memset(s->counts.memory, 0, s->counts.size);
	memset(s->cpus.memory, 0, s->cpus.size);
	for (unsigned int i = 0; i < s->nstreams * s->ncpus; i++) {
		c[i].c.lowest = ~0ULL;
		hist_init(&c[i].c.latency);
	}
	for (unsigned int id = 0; id < KPPS_STREAMS_MAX; id++)
		s->bpf->bss->streams[id].next = 0;
	((struct xdp_sink_settings *)&s->bpf->bss->settings)->run = run;
	return 0;
}

static int xdp_open(const struct kernel_sink_config *config, struct kernel_sink **ret_sink,
		    struct err *err)
{
	struct xdp_sink *s;
	int ret;

	ret = sink_check("xdp sink", config->run, config->streams, config->unsigned_streams,
			 err);
	if (ret)
		return ret;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "xdp sink: out of memory");
	s->base.ops = &xdp_sink_ops;
	s->link = -1;
	s->streams = config->streams;
	s->nstreams = (unsigned int)__builtin_popcountll(config->streams);
	s->ncpus = (unsigned int)libbpf_num_possible_cpus();
	ret = load(s, config, err);
	if (!ret)
		ret = map_memory(s->bpf->maps.windows, &s->windows, err);
	if (!ret)
		ret = map_memory(s->bpf->maps.counts, &s->counts, err);
	if (!ret)
		ret = map_memory(s->bpf->maps.cpus, &s->cpus, err);
	if (!ret)
		ret = xdp_restart(&s->base, config->run, err);
	if (!ret)
		ret = attach(s, config->ifindex, err);
	if (ret) {
		xdp_close(&s->base);
		return ret;
	}
	((struct xdp_sink_settings *)&s->bpf->bss->settings)->veth =
		s->native && s->bpf->rodata->polls_known;
	*ret_sink = &s->base;
	return 0;
}

static int xdp_all_pass(struct kernel_sink *sink, bool pass, struct err *err __unused)
{
	struct xdp_sink *s = sink_of(sink);

	((struct xdp_sink_settings *)&s->bpf->bss->settings)->all_pass = pass;
	return 0;
}

static u64 xdp_frames(const struct kernel_sink *sink)
{
	const struct xdp_sink *s = sink_of_const(sink);
	const struct xdp_sink_cpu *cpu = s->cpus.memory;
	u64 frames = 0;

	for (unsigned int i = 0; i < s->ncpus; i++)
		frames += *(const volatile u64 *)&cpu[i].frames;
	return frames;
}

static void xdp_report(const struct kernel_sink *sink, struct sink_report *ret)
{
	const struct xdp_sink *s = sink_of_const(sink);
	const struct xdp_sink_cpu *cpu = s->cpus.memory;

	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; i < s->ncpus; i++) {
		ret->frames += cpu[i].frames;
		ret->corrupted += cpu[i].corrupted;
		ret->foreign += cpu[i].foreign;
		ret->unsigned_frames += cpu[i].unsigned_frames;
	}
}

static void xdp_stream_report(const struct kernel_sink *sink, unsigned int stream,
			      struct sink_stream_report *ret)
{
	const struct xdp_sink *s = sink_of_const(sink);
	const struct xdp_sink_count *count;
	u64 lowest = ~0ULL;

	memset(ret, 0, sizeof(*ret));
	hist_init(&ret->latency);
	if (stream >= KPPS_STREAMS_MAX || !(s->streams >> stream & 1))
		return;
	count = (const struct xdp_sink_count *)s->counts.memory +
		s->bpf->bss->streams[stream].slot * s->ncpus;
	ret->first_ns = ~0ULL;
	for (unsigned int i = 0; i < s->ncpus; i++) {
		const struct window_count *c = &count[i].c;

		ret->duplicated += c->duplicated;
		ret->late += c->late;
		if (!c->received)
			continue;
		ret->received += c->received;
		ret->bytes += c->bytes;
		ret->reordered += c->reordered;
		ret->early += c->early;
		ret->first_ns = min(ret->first_ns, c->first_ns);
		ret->last_ns = max(ret->last_ns, c->last_ns);
		lowest = min(lowest, c->lowest);
		hist_merge(&ret->latency, &c->latency);
	}
	if (!ret->received) {
		ret->first_ns = 0;
		return;
	}
	ret->first_index = lowest & KPPS_INDEX_MASK;
	ret->span = s->bpf->bss->streams[stream].next - lowest;
}

const struct kernel_sink_ops xdp_sink_ops = {
	.name = "xdp",
	.help = "frames counted in the kernel by a BPF program",
	.probe = xdp_probe,
	.open = xdp_open,
	.close = xdp_close,
	.mode = xdp_mode,
	.restart = xdp_restart,
	.all_pass = xdp_all_pass,
	.frames = xdp_frames,
	.report = xdp_report,
	.stream_report = xdp_stream_report,
};
