// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - the family: a policy for each command, strictly validated, so a
 * handler sees only attributes that its command knows, of the right length and
 * in range. What depends on more than the attribute alone, the handlers check.
 *
 * Operations run in parallel; kg_lock orders those that touch objects. So a
 * GEN_STOP that waits for a run holds up nobody outside of this module.
 */
#include "netlink.h"

#include "gen.h"
#include "lib/stream.h"
#include "sink.h"

#define KG_SHIFT_MAX	(63 + 62)
#define KG_STRIDE_MAX	4096
/* A year: sums of times can't overflow. */
#define KG_NS_MAX	(366ULL * 86400 * NSEC_PER_SEC)

/* Linux 6.1 has no const pointer for these. */
static struct netlink_range_validation kg_any_positive __ro_after_init = { .min = 1, .max = U64_MAX };
static struct netlink_range_validation kg_ifindex __ro_after_init = { .min = 1, .max = S32_MAX };
static struct netlink_range_validation kg_index __ro_after_init = { .max = KPPS_INDEX_MASK };
static struct netlink_range_validation kg_mult __ro_after_init = { .min = 1, .max = S64_MAX };
static struct netlink_range_validation kg_ns __ro_after_init = { .max = KG_NS_MAX };
static struct netlink_range_validation kg_ns_positive __ro_after_init = { .min = 1, .max = KG_NS_MAX };
static struct netlink_range_validation kg_start __ro_after_init = { .max = S64_MAX - 2 * KG_NS_MAX };
static struct netlink_range_validation kg_together __ro_after_init = { .min = 1, .max = NSEC_PER_SEC };

#define KG_ID		NLA_POLICY_MIN(NLA_U32, 1)
#define KG_STREAM	NLA_POLICY_MAX(NLA_U32, KPPS_STREAMS_MAX - 1)
#define KG_SINK_FLAGS	(KPPS_GEN_SINK_LATENCY | KPPS_GEN_SINK_CHECKSUMS | \
			 KPPS_GEN_SINK_PASS_OTHERS | KPPS_GEN_SINK_PASS_ALL)

static const struct nla_policy kg_gen_new_policy[] = {
	[KPPS_GEN_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &kg_ifindex),
	[KPPS_GEN_A_QUEUE] = { .type = NLA_U32 },
	[KPPS_GEN_A_CPU] = { .type = NLA_U32 },
	[KPPS_GEN_A_WAY] = NLA_POLICY_MAX(NLA_U32, KPPS_GEN_WAY_RECEIVE),
	[KPPS_GEN_A_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy kg_gen_stream_policy[] = {
	[KPPS_GEN_A_ID] = KG_ID,
	[KPPS_GEN_A_STREAM] = KG_STREAM,
	[KPPS_GEN_A_STREAM_DATA] = NLA_POLICY_EXACT_LEN(sizeof(struct kpps_stream)),
	[KPPS_GEN_A_FIRST_INDEX] = NLA_POLICY_FULL_RANGE(NLA_U64, &kg_index),
};

static const struct nla_policy kg_gen_lane_policy[] = {
	[KPPS_GEN_A_ID] = KG_ID,
	[KPPS_GEN_A_STREAM] = KG_STREAM,
	[KPPS_GEN_A_LANE] = NLA_POLICY_MAX(NLA_U32, KPPS_STREAMS_MAX),
	[KPPS_GEN_A_MULT] = NLA_POLICY_FULL_RANGE(NLA_U64, &kg_mult),
	[KPPS_GEN_A_SHIFT] = NLA_POLICY_MAX(NLA_U32, KG_SHIFT_MAX),
	[KPPS_GEN_A_TOTAL] = { .type = NLA_U64 },
	[KPPS_GEN_A_PATTERN] = { .type = NLA_BINARY, .len = KPPS_GEN_PATTERN_CHUNK },
};

static const struct nla_policy kg_gen_plan_policy[] = {
	[KPPS_GEN_A_ID] = KG_ID,
	[KPPS_GEN_A_FIRST] = NLA_POLICY_MAX(NLA_U32, KG_STRIDE_MAX - 1),
	[KPPS_GEN_A_STRIDE] = NLA_POLICY_RANGE(NLA_U32, 1, KG_STRIDE_MAX),
	[KPPS_GEN_A_DURATION] = NLA_POLICY_FULL_RANGE(NLA_U64, &kg_ns_positive),
	[KPPS_GEN_A_COUNT] = NLA_POLICY_FULL_RANGE(NLA_U64, &kg_any_positive),
	[KPPS_GEN_A_ENDLESS] = { .type = NLA_FLAG },
	[KPPS_GEN_A_OVERRUN] = NLA_POLICY_FULL_RANGE(NLA_U64, &kg_ns),
	[KPPS_GEN_A_BURST] = NLA_POLICY_RANGE(NLA_U32, 1, KPPS_GEN_BURST_MAX),
	[KPPS_GEN_A_TOGETHER] = NLA_POLICY_FULL_RANGE(NLA_U64, &kg_together),
};

static const struct nla_policy kg_gen_start_policy[] = {
	[KPPS_GEN_A_ID] = KG_ID,
	[KPPS_GEN_A_START] = NLA_POLICY_FULL_RANGE(NLA_U64, &kg_start),
};

static const struct nla_policy kg_id_policy[] = {
	[KPPS_GEN_A_ID] = KG_ID,
};

static const struct nla_policy kg_stream_policy[] = {
	[KPPS_GEN_A_ID] = KG_ID,
	[KPPS_GEN_A_STREAM] = KG_STREAM,
};

static const struct nla_policy kg_sink_new_policy[] = {
	[KPPS_GEN_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &kg_ifindex),
	[KPPS_GEN_A_FORCE] = { .type = NLA_FLAG },
	[KPPS_GEN_A_RUN] = NLA_POLICY_MAX(NLA_U32, KPPS_RUNS_MAX - 1),
	[KPPS_GEN_A_STREAMS] = { .type = NLA_U64 },
	[KPPS_GEN_A_UNSIGNED_STREAMS] = { .type = NLA_U64 },
	[KPPS_GEN_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, KG_SINK_FLAGS),
};

static const struct nla_policy kg_sink_set_policy[] = {
	[KPPS_GEN_A_ID] = KG_ID,
	[KPPS_GEN_A_RUN] = NLA_POLICY_MAX(NLA_U32, KPPS_RUNS_MAX - 1),
	[KPPS_GEN_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, KG_SINK_FLAGS),
};

#define KG_OP(name, handler, attrs)			\
	{						\
		.cmd = KPPS_GEN_CMD_##name,		\
		.doit = (handler),			\
		.policy = (attrs),			\
		.maxattr = ARRAY_SIZE(attrs) - 1,	\
		.flags = GENL_UNS_ADMIN_PERM,		\
	}

/* One by its ID, or all. */
#define KG_OP_GET(name, handler, dump)			\
	{						\
		.cmd = KPPS_GEN_CMD_##name,		\
		.doit = (handler),			\
		.dumpit = (dump),			\
		.policy = kg_id_policy,			\
		.maxattr = ARRAY_SIZE(kg_id_policy) - 1,	\
		.flags = GENL_UNS_ADMIN_PERM,		\
	}

static const struct genl_ops kg_ops[] = {
	KG_OP(GEN_NEW, kg_gen_new, kg_gen_new_policy),
	KG_OP(GEN_STREAM, kg_gen_stream, kg_gen_stream_policy),
	KG_OP(GEN_LANE, kg_gen_lane, kg_gen_lane_policy),
	KG_OP(GEN_PLAN, kg_gen_plan, kg_gen_plan_policy),
	KG_OP(GEN_START, kg_gen_start, kg_gen_start_policy),
	KG_OP(GEN_STOP, kg_gen_stop, kg_id_policy),
	KG_OP_GET(GEN_GET, kg_gen_get_do, kg_gen_get_dump),
	KG_OP(GEN_STREAM_GET, kg_gen_stream_get, kg_stream_policy),
	KG_OP(GEN_DEL, kg_gen_del, kg_id_policy),
	KG_OP(SINK_NEW, kg_sink_new, kg_sink_new_policy),
	KG_OP(SINK_SET, kg_sink_set, kg_sink_set_policy),
	KG_OP_GET(SINK_GET, kg_sink_get_do, kg_sink_get_dump),
	KG_OP(SINK_STREAM_GET, kg_sink_stream_get, kg_stream_policy),
	KG_OP(SINK_DEL, kg_sink_del, kg_id_policy),
};

static const struct genl_multicast_group kg_groups[] = {
	{ .name = KPPS_GEN_MCGRP_RUNS },
};

static struct genl_family kg_family __ro_after_init = {
	.name = KPPS_GEN_FAMILY_NAME,
	.version = KPPS_GEN_FAMILY_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = kg_ops,
	.n_ops = ARRAY_SIZE(kg_ops),
	.mcgrps = kg_groups,
	.n_mcgrps = ARRAY_SIZE(kg_groups),
};

struct sk_buff *kg_reply_new(struct genl_info *info, size_t size, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(size, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &kg_family, 0, info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int kg_reply(struct genl_info *info, struct sk_buff *msg, void *hdr, int ret)
{
	if (ret) {
		nlmsg_free(msg);
		return ret;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

void *kg_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &kg_family,
			   NLM_F_MULTI, cmd);
}

struct sk_buff *kg_event_new(u8 cmd, size_t size, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(size, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put(msg, 0, 0, &kg_family, 0, cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

void kg_event_send(struct net *net, struct sk_buff *msg)
{
	genlmsg_multicast_netns(&kg_family, net, msg, 0, 0, GFP_KERNEL);
}

int kg_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, int ret, const char *text)
{
	if (!extack)
		return ret;
	extack->_msg = text;
	if (attr)
		NL_SET_BAD_ATTR(extack, attr);
	return ret;
}

bool kg_need(struct genl_info *info, u32 attr)
{
	return !GENL_REQ_ATTR_CHECK(info, attr);
}

int __init kg_netlink_init(void)
{
	return genl_register_family(&kg_family);
}

void kg_netlink_exit(void)
{
	genl_unregister_family(&kg_family);
}
