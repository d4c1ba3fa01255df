// SPDX-License-Identifier: GPL-2.0-or-later
/* probe_ends.c - see probe_ends.h. A struct wire is there from wire_up to wire_down. */
#include "run/probe_ends.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gen/kernel_source.h"
#include "lib/clock.h"
#include "lib/stream_build.h"
#include "run/interface.h"
#include "run/net/netns.h"
#include "run/net/rtnl.h"
#include "run/net/visit.h"
#include "run/net/xdp_pass.h"
#include "sink/kernel_sink.h"

#define FRAMES		8
#define PATIENCE_NS	(2 * NSEC_PER_SEC)

struct wire {
	int netns[2];
	struct rtnl_link link[2];
	/* what is at the ends: frames go from the first to the second */
	const struct kernel_source_ops *source_ops;
	struct kernel_source *source;
	const struct kernel_sink_ops *sink_ops;
	struct kernel_sink *sink;
	int pass;			/* a program at the second, -1: none */
	struct port *port[2];
	bool af_xdp;
};

static const char *const names[2] = { "kpps0", "kpps1" };

static int end_up(struct wire *w, unsigned int i, bool wait, struct err *err)
{
	struct rtnl *r;
	int rc = rtnl_open(w->netns[i], &r, err);

	if (rc)
		return rc;
	if (wait)
		rc = rtnl_link_wait(r, names[i], &w->link[i], err);
	else
		rc = rtnl_link_get(r, names[i], &w->link[i], err);
	if (!rc && !wait)
		rc = rtnl_link_quiet(r, w->link[i].ifindex, err);
	if (!rc && !wait)
		rc = rtnl_link_up(r, w->link[i].ifindex, true, err);
	rtnl_close(r);
	return rc;
}

static void wire_down(struct wire *w)
{
	kernel_source_close(w->source);
	kernel_sink_close(w->sink);
	if (w->pass >= 0)
		close(w->pass);
	for (int i = 0; i < 2; i++)
		port_close(w->port[i]);
	for (int i = 0; i < 2; i++)
		if (w->netns[i] >= 0)
			close(w->netns[i]);
}

static int wire_up(struct wire *w, struct err *err)
{
	struct rtnl_veth_end ends[2] = { { .name = names[0] }, { .name = names[1] } };
	int rc = 0;

	*w = (struct wire){ .netns = { -1, -1 }, .pass = -1, .source_ops = &xdp_source_ops };
	for (int i = 0; i < 2 && !rc; i++) {
		rc = netns_scratch(&w->netns[i], err);
		ends[i].netns = w->netns[i];
	}
	if (!rc)
		rc = rtnl_veth(ends, 1500, err);
	for (unsigned int i = 0; i < 4 && !rc; i++)
		rc = end_up(w, i % 2, i >= 2, err);
	if (rc)
		wire_down(w);
	return rc;
}

static int open_pass(void *arg, struct err *err)
{
	struct wire *w = arg;

	w->pass = xdp_pass_attach(w->link[1].ifindex, err);
	return w->pass < 0 ? w->pass : 0;
}

static int open_sink(void *arg, struct err *err)
{
	struct wire *w = arg;

	return w->sink_ops->open(&(struct kernel_sink_config){
		.ifindex = w->link[1].ifindex, .streams = 1, .latency = true,
	}, &w->sink, err);
}

static int open_source(void *arg, struct err *err)
{
	struct wire *w = arg;
	cpu_set_t mine;
	int cpu = 0;

	if (!sched_getaffinity(0, sizeof(mine), &mine))
		while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET((unsigned int)cpu, &mine))
			cpu++;
	return w->source_ops->open(&(struct kernel_source_config){
		.ifindex = w->link[0].ifindex, .way = KERNEL_WAY_OUT, .cpus = &cpu, .ncpus = 1,
		.frame_max = KPPS_FRAME_MIN,
	}, &w->source, err);
}

/* FRAMES frames of the smallest size; 0 when the interface took them. */
static int play(struct wire *w, struct err *err)
{
	struct source_stream stream = { .weight = 1 };
	const struct source_config config = {
		.streams = &stream, .nstreams = 1, .count = FRAMES,
	};
	struct source_report report;
	struct stream_spec spec;
	int rc;

	stream_spec_default(&spec);
	rc = stream_build(&spec, &stream.stream, err);
	if (!rc)
		rc = kernel_source_plan(w->source, &config, err);
	if (!rc)
		rc = kernel_source_start(w->source, clk_monotonic_ns(), err);
	if (!rc)
		rc = kernel_source_wait(w->source, NULL, err);
	if (rc)
		return rc;
	kernel_source_report(w->source, &report);
	if (report.sent - report.refused == FRAMES)
		return 0;
	return err_set(err, -EIO, "%s source: of %u frames over a veth pair %llu were sent and %llu of them refused",
		       w->source_ops->name, FRAMES, (unsigned long long)report.sent, (unsigned long long)report.refused);
}

/* Without veths: is what the kernel has enough otherwise? */
static bool no_veths(int rc)
{
	return rc == -EOPNOTSUPP;
}

int probe_source(const struct kernel_source_ops *ops, struct err *err)
{
	struct wire w;
	int rc = ops->probe(err);

	if (rc)
		return rc;
	rc = wire_up(&w, err);
	if (rc)
		return no_veths(rc) ? 0 : rc;
	w.source_ops = ops;
	rc = netns_visit(w.netns[1], open_pass, &w, err);
	if (!rc)
		rc = netns_visit(w.netns[0], open_source, &w, err);
	if (!rc)
		rc = play(&w, err);
	wire_down(&w);
	return rc;
}

static void moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static int all_came(const struct wire *w, struct err *err)
{
	u64 until = clk_monotonic_ns() + PATIENCE_NS;
	struct sink_stream_report report;

	for (;;) {
		kernel_sink_stream_report(w->sink, 0, &report);
		if (report.received == FRAMES)
			return 0;
		if (clk_monotonic_ns() >= until)
			break;
		moment();
	}
	return err_set(err, -EIO, "%s sink: of %u frames over a veth pair it counted %llu",
		       w->sink_ops->name, FRAMES, (unsigned long long)report.received);
}

int probe_sink(const struct kernel_sink_ops *ops, struct err *err)
{
	struct err why;
	struct wire w;
	int rc = ops->probe(err);

	if (rc)
		return rc;
	rc = wire_up(&w, err);
	if (rc)
		return no_veths(rc) ? 0 : rc;
	w.sink_ops = ops;
	rc = netns_visit(w.netns[1], open_sink, &w, err);
	/* what keeps a source from sending is the source's affair */
	if (!rc && !netns_visit(w.netns[0], open_source, &w, &why) && !play(&w, &why))
		rc = all_came(&w, err);
	wire_down(&w);
	return rc;
}

static int open_port(struct wire *w, unsigned int i, struct err *err)
{
	return interface_port_open(&(struct interface_port){
		.af_xdp = w->af_xdp, .ifindex = w->link[i].ifindex, .frame_max = 1514, .node = -1,
	}, &w->port[i], err);
}

static int open_first(void *arg, struct err *err)
{
	return open_port(arg, 0, err);
}

static int open_second(void *arg, struct err *err)
{
	return open_port(arg, 1, err);
}

/* The reason of @p for @rc, which it returned. */
static int broken(const struct port *p, int rc, struct err *err)
{
	const struct err *why = port_error(p);

	return err_set(err, rc, "%s", why ? why->text : strerror(-rc));
}

static int send_frame(struct port *p, struct err *err)
{
	/* to everyone, of a protocol for experiments */
	static const u8 head[14] = { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };
	struct frame f;
	int rc = port_reserve(p, &f, 1);

	if (rc == 1) {
		memset(f.data, 0, KPPS_FRAME_MIN);
		memcpy(f.data, head, sizeof(head));
		f.len = KPPS_FRAME_MIN;
		rc = port_commit(p, &f, 1);
	}
	return rc < 0 ? broken(p, rc, err) : 0;
}

static int receive_frame(struct port *p, const char *what, struct err *err)
{
	u64 until = clk_monotonic_ns() + PATIENCE_NS;
	struct frame f;
	int n;

	while (!(n = port_peek(p, &f, 1)) && clk_monotonic_ns() < until)
		moment();
	if (n < 0)
		return broken(p, n, err);
	if (n != 1 || f.len != KPPS_FRAME_MIN)
		return err_set(err, -EIO, "%s: a frame that was sent over a veth pair did not arrive", what);
	port_release(p, 1);
	return 0;
}

static int probe_ports(bool af_xdp, struct err *err)
{
	struct wire w;
	int rc = wire_up(&w, err);

	if (rc)
		return no_veths(rc) ? 0 : rc;
	w.af_xdp = af_xdp;
	rc = netns_visit(w.netns[0], open_first, &w, err);
	if (!rc)
		rc = netns_visit(w.netns[1], open_second, &w, err);
	if (!rc)
		rc = send_frame(w.port[0], err);
	if (!rc)
		rc = receive_frame(w.port[1], af_xdp ? "xdp port" : "packet port", err);
	wire_down(&w);
	return rc;
}

/* Can a socket of this family be made? It is closed again at once. */
static int probe_socket(int family, const char *option, struct err *err)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	return err_set(err, -errno, errno == EPERM ? "needs root: run kpps as root or with sudo" :
		       "this kernel has no such sockets: it needs %s", option);
}

int probe_af_xdp(struct err *err)
{
	int rc = probe_socket(AF_XDP, "CONFIG_XDP_SOCKETS", err);

	return rc ? rc : probe_ports(true, err);
}

int probe_packet(struct err *err)
{
	int rc = probe_socket(AF_PACKET, "CONFIG_PACKET", err);

	return rc ? rc : probe_ports(false, err);
}
