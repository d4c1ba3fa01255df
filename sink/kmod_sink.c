// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod_sink.c - the module kpps_gen as a sink (sink/kernel_sink.h): it takes what an
 * interface receives, and is asked by netlink what it has counted. What is counted
 * as what is sink.h's, over all CPUs. The sink in the kernel belongs to our socket,
 * and goes with it however the process ends.
 *
 * An answer that does not come leaves the counts of a report 0; the next command
 * that can fail says why.
 */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kmod.h"
#include "sink/kernel_sink.h"

struct kmod_sink {
	struct kernel_sink base;
	struct genl *nl;
	u32 id;
	u64 streams;
	u32 flags;		/* of enum kpps_gen_sink_flag, without PASS_ALL */
};

static struct kmod_sink *sink_of(const struct kernel_sink *s)
{
	return container_of(s, struct kmod_sink, base);
}

static int kmod_sink_probe(struct err *err)
{
	return kmod_probe(&kmod_sink_names, err);
}

static void kmod_sink_close(struct kernel_sink *sink)
{
	struct kmod_sink *s = sink_of(sink);

	if (s->id)
		kmod_call_id(s->nl, KPPS_GEN_CMD_SINK_DEL, s->id, NULL, NULL);
	genl_close(s->nl);
	free(s);
}

static u32 flags_of(const struct kernel_sink_config *c)
{
	return (c->latency ? KPPS_GEN_SINK_LATENCY : 0) |
	       (c->checksums ? KPPS_GEN_SINK_CHECKSUMS : 0) |
	       (c->pass_others ? KPPS_GEN_SINK_PASS_OTHERS : 0);
}

static int make(struct kmod_sink *s, const struct kernel_sink_config *c, struct err *err)
{
	struct nlmsghdr *m = genl_begin(s->nl, KPPS_GEN_CMD_SINK_NEW);
	struct kmod_answer answer;
	int rc;

	mnl_attr_put_u32(m, KPPS_GEN_A_IFINDEX, (u32)c->ifindex);
	mnl_attr_put_u32(m, KPPS_GEN_A_RUN, c->run);
	mnl_attr_put_u64(m, KPPS_GEN_A_STREAMS, c->streams);
	if (c->unsigned_streams)
		mnl_attr_put_u64(m, KPPS_GEN_A_UNSIGNED_STREAMS, c->unsigned_streams);
	mnl_attr_put_u32(m, KPPS_GEN_A_FLAGS, s->flags);
	rc = kmod_call(s->nl, &answer, err);
	if (!rc)
		s->id = genl_u32(answer.attr[KPPS_GEN_A_ID], 0);
	return rc;
}

static int kmod_sink_open(const struct kernel_sink_config *config, struct kernel_sink **ret,
			  struct err *err)
{
	char name[IF_NAMESIZE];
	struct kmod_sink *s;
	int rc = sink_check(kmod_sink_names.who, config->run, config->streams,
			    config->unsigned_streams, err);

	if (rc)
		return rc;
	if (!if_indextoname((unsigned int)config->ifindex, name))
		return err_set(err, -ENODEV, "kmod sink: no interface %d in this network namespace",
			       config->ifindex);
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "%s: out of memory", kmod_sink_names.who);
	s->base.ops = &kmod_sink_ops;
	s->streams = config->streams;
	s->flags = flags_of(config);
	rc = kmod_open(&kmod_sink_names, &s->nl, err);
	if (!rc)
		rc = make(s, config, err);
	if (rc) {
		kmod_sink_close(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}

static const char *kmod_sink_mode(const struct kernel_sink *sink __unused)
{
	return "module";
}

static int kmod_sink_restart(struct kernel_sink *sink, u32 run, struct err *err)
{
	struct kmod_sink *s = sink_of(sink);
	struct nlmsghdr *m = genl_begin(s->nl, KPPS_GEN_CMD_SINK_SET);

	if (run >= KPPS_RUNS_MAX)
		return err_set(err, -EINVAL, "kmod sink: run %u: must be 0 to %u", run,
			       KPPS_RUNS_MAX - 1);
	mnl_attr_put_u32(m, KPPS_GEN_A_ID, s->id);
	mnl_attr_put_u32(m, KPPS_GEN_A_RUN, run);
	return kmod_call(s->nl, NULL, err);
}

static int kmod_sink_all_pass(struct kernel_sink *sink, bool pass, struct err *err)
{
	struct kmod_sink *s = sink_of(sink);
	struct nlmsghdr *m = genl_begin(s->nl, KPPS_GEN_CMD_SINK_SET);

	mnl_attr_put_u32(m, KPPS_GEN_A_ID, s->id);
	mnl_attr_put_u32(m, KPPS_GEN_A_FLAGS, s->flags | (pass ? KPPS_GEN_SINK_PASS_ALL : 0));
	return kmod_call(s->nl, NULL, err);
}

static void kmod_sink_report(const struct kernel_sink *sink, struct sink_report *ret)
{
	struct kmod_sink *s = sink_of(sink);
	struct kmod_answer a;

	memset(ret, 0, sizeof(*ret));
	if (kmod_call_id(s->nl, KPPS_GEN_CMD_SINK_GET, s->id, &a, NULL))
		return;
	ret->frames = genl_u64(a.attr[KPPS_GEN_A_FRAMES], 0);
	ret->corrupted = genl_u64(a.attr[KPPS_GEN_A_CORRUPTED], 0);
	ret->foreign = genl_u64(a.attr[KPPS_GEN_A_FOREIGN], 0);
	ret->unsigned_frames = genl_u64(a.attr[KPPS_GEN_A_UNSIGNED], 0);
}

static u64 kmod_sink_frames(const struct kernel_sink *sink)
{
	struct sink_report report;

	kmod_sink_report(sink, &report);
	return report.frames;
}

static void kmod_sink_stream_report(const struct kernel_sink *sink, unsigned int stream,
				    struct sink_stream_report *ret)
{
	struct kmod_sink *s = sink_of(sink);
	const struct nlattr *latency;
	struct kmod_answer a;
	struct nlmsghdr *m;

	memset(ret, 0, sizeof(*ret));
	hist_init(&ret->latency);
	if (stream >= KPPS_STREAMS_MAX || !(s->streams >> stream & 1))
		return;
	m = genl_begin(s->nl, KPPS_GEN_CMD_SINK_STREAM_GET);
	mnl_attr_put_u32(m, KPPS_GEN_A_ID, s->id);
	mnl_attr_put_u32(m, KPPS_GEN_A_STREAM, stream);
	if (kmod_call(s->nl, &a, NULL))
		return;
	ret->received = genl_u64(a.attr[KPPS_GEN_A_RECEIVED], 0);
	ret->bytes = genl_u64(a.attr[KPPS_GEN_A_BYTES], 0);
	ret->duplicated = genl_u64(a.attr[KPPS_GEN_A_DUPLICATED], 0);
	ret->reordered = genl_u64(a.attr[KPPS_GEN_A_REORDERED], 0);
	ret->late = genl_u64(a.attr[KPPS_GEN_A_LATE], 0);
	ret->early = genl_u64(a.attr[KPPS_GEN_A_EARLY], 0);
	ret->first_ns = genl_u64(a.attr[KPPS_GEN_A_FIRST_NS], 0);
	ret->last_ns = genl_u64(a.attr[KPPS_GEN_A_LAST_NS], 0);
	ret->first_index = genl_u64(a.attr[KPPS_GEN_A_FIRST_INDEX], 0);
	ret->span = genl_u64(a.attr[KPPS_GEN_A_SPAN], 0);
	latency = a.attr[KPPS_GEN_A_LATENCY];
	if (latency && mnl_attr_get_payload_len(latency) == sizeof(ret->latency))
		memcpy(&ret->latency, mnl_attr_get_payload(latency), sizeof(ret->latency));
}

const struct kernel_sink_ops kmod_sink_ops = {
	.name = "kmod",
	.help = "frames counted in the kernel by the module kpps_gen",
	.probe = kmod_sink_probe,
	.open = kmod_sink_open,
	.close = kmod_sink_close,
	.mode = kmod_sink_mode,
	.restart = kmod_sink_restart,
	.all_pass = kmod_sink_all_pass,
	.frames = kmod_sink_frames,
	.report = kmod_sink_report,
	.stream_report = kmod_sink_stream_report,
};
