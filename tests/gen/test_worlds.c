// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_worlds.c - one stream and seed, bit-identical frames by every source: the port
 * source over memory, over AF_PACKET and over AF_XDP, and inside the kernel the XDP
 * source and, where it is loaded (tests/kmod/user_vm.t), the module kpps_gen. Each plays the same frames of a stream; what arrives, in its order, makes a
 * digest, and all must equal that of memory. That memory's frames are the right ones,
 * is said by tests/lib: decoded by another program, and with their fixed digest.
 *
 * Frames differ in one thing, the send time in the signature. Before they are digested
 * it is set to 0, and the transport checksum mended for that (RFC 1624), so the two
 * must fit each other: a checksum that was not made for its time shows.
 *
 * A trail keeps the digest after each frame: where two part is the frame that differs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gen/kernel_source.h"
#include "lib/clock.h"
#include "lib/stream_build.h"
#include "sink/responder.h"
#include "sink/tuples.h"
#include "tests/lib/port_steps.h"
#include "tests/lib/stream_random.h"
#include "tests/lib/veth_pair.h"

#define FRAME_MAX	3000	/* a live frame holds little more */
#define FRAMES_MAX	400
#define SLOTS		1024

struct trail {
	u64 frames;
	u64 digest[FRAMES_MAX];	/* of all frames up to this one: FNV-1a */
};

static struct net {
	struct veth_pair veth;
	int pass;		/* an XDP program on vb: frames of programs arrive */
	struct port *peer;	/* receives at vb */
	struct port *memory, *packet, *xdp;
	struct kernel_source *live, *kmod;
	struct clk clk;
} net = { .pass = -1 };

/* The frame as if sent at time 0. */
static void forget_time(const struct kpps_stream *s, u8 *frame)
{
	u8 *time = frame + s->payload_off + 10, *at = frame + s->csum_off;
	u16 csum = kpps_get16(at);
	bool udp = s->flags & KPPS_F_UDP;

	/* Of the two zeros of a ones' complement sum each protocol has one. */
	assert_int_not_equal(csum, udp ? 0 : 0xffff);
	if (!(s->flags & KPPS_F_SIG))
		return;
	csum = (u16)~kpps_csum_fold((u64)(u16)~csum +
				    (u16)~kpps_csum_fold(kpps_csum_word(kpps_get64(time))));
	if (csum == (udp ? 0 : 0xffff))
		csum = (u16)~csum;
	kpps_put16(at, csum);
	kpps_put64(time, 0);
}

static u64 fnv1a(u64 digest, const void *data, size_t len)
{
	const u8 *p = data;

	for (size_t i = 0; i < len; i++)
		digest = (digest ^ p[i]) * 0x100000001b3ULL;
	return digest;
}

static void trail_add(struct trail *t, const struct kpps_stream *s, const struct frame *f)
{
	u64 digest = t->frames ? t->digest[t->frames - 1] : 0xcbf29ce484222325ULL;

	assert_in_range(t->frames, 0, FRAMES_MAX - 1);
	assert_in_range(f->len, s->payload_off, FRAME_MAX);
	forget_time(s, f->data);
	digest = fnv1a(digest, &f->len, sizeof(f->len));
	t->digest[t->frames++] = fnv1a(digest, f->data, f->len);
}

/* The next @n frames to arrive at @p; fewer, if they don't come. */
static void collect(struct trail *t, const struct kpps_stream *s, struct port *p, u64 n)
{
	struct frame f[PORT_BURST];

	while (n) {
		int got = peek_patiently(p, f, (unsigned int)min(n, (u64)PORT_BURST), PATIENCE_NS);

		assert_true(got >= 0);
		if (!got)
			return;
		for (int i = 0; i < got; i++)
			trail_add(t, s, &f[i]);
		assert_int_equal(port_release(p, (unsigned int)got), 0);
		n -= (u64)got;
	}
}

/* Burst by burst, so that no queue on the way overflows. */
static void play_port(struct port *out, struct port *in, const struct source_config *plan,
		      struct trail *t)
{
	struct source_config config = *plan;
	struct err err = { 0 };
	struct source *s;
	int n;

	config.clk = &net.clk;
	config.wait = true;
	source_create(&config, out, &s, &err);
	assert_string_equal(err.text, "");
	source_start(s, clk_ns(&net.clk));
	while ((n = source_poll(s)) >= 0)
		collect(t, &plan->streams[0].stream, in, (u64)n);
	assert_int_equal(n, -ENODATA);
	source_destroy(s);
}

static void play_memory(const struct source_config *plan, struct trail *t)
{
	play_port(net.memory, net.memory, plan, t);
}

static void play_packet(const struct source_config *plan, struct trail *t)
{
	play_port(net.packet, net.peer, plan, t);
}

static void play_xdp(const struct source_config *plan, struct trail *t)
{
	play_port(net.xdp, net.peer, plan, t);
}

static void play_kernel(struct kernel_source *source, const struct source_config *plan,
			struct trail *t)
{
	struct err err = { 0 };

	kernel_source_plan(source, plan, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(kernel_source_start(source, clk_monotonic_ns(), &err), 0);
	assert_int_equal(kernel_source_wait(source, NULL, &err), 0);
	collect(t, &plan->streams[0].stream, net.peer, plan->count);
}

static void play_live(const struct source_config *plan, struct trail *t)
{
	play_kernel(net.live, plan, t);
}

static void play_kmod(const struct source_config *plan, struct trail *t)
{
	play_kernel(net.kmod, plan, t);
}

/* Opened at va, with vb there to receive. Negative errno: not here. */
static int open_packet(struct err *err)
{
	const struct port_packet_config config = {
		.ifindex = net.veth.ifindex[0], .frame_max = FRAME_MAX, .tx_only = true,
	};

	return port_packet_open(&config, &net.packet, err);
}

static int open_xdp(struct err *err)
{
	const struct port_xdp_config config = {
		.ifindex = net.veth.ifindex[0], .slots = SLOTS, .frame_max = FRAME_MAX, .node = -1,
	};

	return port_xdp_open(&config, &net.xdp, err);
}

static int open_kernel(const struct kernel_source_ops *ops, struct kernel_source **ret_source,
		       struct err *err)
{
	static const int cpu;
	const struct kernel_source_config config = {
		.ifindex = net.veth.ifindex[0], .way = KERNEL_WAY_OUT, .cpus = &cpu, .ncpus = 1,
		.frame_max = FRAME_MAX,
	};
	int ret = ops->probe(err);

	return ret ? ret : ops->open(&config, ret_source, err);
}

static int open_live(struct err *err)
{
	return open_kernel(&xdp_source_ops, &net.live, err);
}

static int open_kmod(struct err *err)
{
	return open_kernel(&kmod_source_ops, &net.kmod, err);
}

static struct world {
	const char *name;
	int (*open)(struct err *err);
	void (*play)(const struct source_config *plan, struct trail *t);
	bool here;
	bool no_tuples;		/* can't send to tuples that were noted */
} worlds[] = {
	{ "an AF_PACKET port", open_packet, play_packet, false, false },
	{ "an AF_XDP port", open_xdp, play_xdp, false, false },
	{ "the XDP source", open_live, play_live, false, false },
	{ "the module", open_kmod, play_kmod, false, true },
};

static int open_peer(struct err *err)
{
	const struct port_packet_config config = {
		.ifindex = net.veth.ifindex[1], .slots = SLOTS, .frame_max = FRAME_MAX,
	};
	int ret;

	net.pass = veth_pair_xdp(&net.veth, 1, XDP_PASS);
	veth_pair_enter(&net.veth, 1);
	ret = port_packet_open(&config, &net.peer, err);
	veth_pair_enter(&net.veth, 0);
	return ret;
}

static int set_up(void **state __unused)
{
	const struct port_memory_config memory = {
		.slots = SLOTS, .frame_max = FRAME_MAX, .node = -1,
	};
	struct err err;

	clk_init(&net.clk, false);
	if (!veth_pair_up(&net.veth, FRAME_MAX, 0) || open_peer(&err) ||
	    port_memory_open(&memory, &net.memory, &err))
		return -1;
	for (unsigned int i = 0; i < ARRAY_SIZE(worlds); i++) {
		worlds[i].here = !worlds[i].open(&err);
		if (!worlds[i].here)
			print_message("# without %s: %s\n", worlds[i].name, err.text);
	}
	return 0;
}

static int tear_down(void **state __unused)
{
	kernel_source_close(net.kmod);
	kernel_source_close(net.live);
	port_close(net.xdp);
	port_close(net.packet);
	port_close(net.memory);
	port_close(net.peer);
	if (net.pass >= 0)
		close(net.pass);
	veth_pair_down(&net.veth);
	return 0;
}

static const char *order_name(const struct kpps_stream *s)
{
	static const char *const names[] = { "sequential", "uniform", "zipf" };

	return names[s->order];
}

/* The first frame that is not as in memory. */
static void say_difference(const struct world *w, const struct kpps_stream *s, u64 first_index,
			   const struct trail *want, const struct trail *got)
{
	u64 i = 0;

	while (i < got->frames && i < want->frames && got->digest[i] == want->digest[i])
		i++;
	fail_msg("%s: %llu of %llu frames came, number %llu is not as in memory: index %llu, %u "
		 "bytes, protocol %u over %s, payload at %u, flags 0x%x, %s order, burst %llu",
		 w->name, (unsigned long long)got->frames, (unsigned long long)want->frames,
		 (unsigned long long)i, (unsigned long long)(first_index + i),
		 kpps_stream_len(s, first_index + i), s->protocol,
		 s->flags & KPPS_F_IPV6 ? "IPv6" : "IPv4", s->payload_off, s->flags,
		 order_name(s), (unsigned long long)s->by_burst.d);
}

/* @frames of the stream, in all worlds. */
static void same_everywhere(const struct source_stream *st, u64 frames)
{
	const struct source_config plan = { .streams = st, .nstreams = 1, .count = frames };
	struct trail memory = { 0 };

	play_memory(&plan, &memory);
	assert_int_equal(memory.frames, frames);
	for (unsigned int i = 0; i < ARRAY_SIZE(worlds); i++) {
		struct trail t = { 0 };
		struct frame more;

		if (!worlds[i].here || (worlds[i].no_tuples && st->tuples))
			continue;
		worlds[i].play(&plan, &t);
		if (t.frames != frames || t.digest[frames - 1] != memory.digest[frames - 1])
			say_difference(&worlds[i], &st->stream, st->first_index, &memory, &t);
		assert_int_equal(port_peek(net.peer, &more, 1), 0);
	}
}

static struct source_stream stream_of(const struct stream_spec *spec)
{
	struct source_stream ret = { .weight = 1 };
	struct err err = { 0 };

	stream_build(spec, &ret.stream, &err);
	assert_string_equal(err.text, "");
	return ret;
}

static void spec_of(struct stream_spec *spec, u8 family, u8 protocol)
{
	stream_spec_default(spec);
	spec->protocol = protocol;
	stream_spec_family(spec, family);
	spec->nsizes = 1;
	spec->sizes[0] = stream_sig_size_min(spec);
}

static const u8 families[] = { AF_INET, AF_INET6 };
static const u8 protocols[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP };

#define for_each_kind(family, protocol)							\
	for (unsigned int _f = 0, family; _f < 2 && (family = families[_f], true); _f++)	\
		for (unsigned int _p = 0, protocol;					\
		     _p < 3 && (protocol = protocols[_p], true); _p++)

/* Every protocol, IPv4 and IPv6, with no tag, a VLAN and QinQ. */
static void orders_and_sizes(u8 family, u8 protocol, u16 nvlans)
{
	static const u8 orders[] = { KPPS_SEQUENTIAL, KPPS_UNIFORM, KPPS_ZIPF, KPPS_SEQUENTIAL };

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(orders); i++) {
		struct source_stream st;
		struct stream_spec spec;

		spec_of(&spec, family, protocol);
		spec.nvlans = nvlans;
		spec.vlan[0] = 5;
		spec.vlan[1] = 6;
		spec.sizes[0] = stream_sig_size_min(&spec);
		spec.order = orders[i / 2];
		spec.zipf_s = 1;
		spec.burst = i / 2 == 3 ? 5 : 1;
		spec.flows = 1000;
		if (i % 2) {
			spec.nsizes = 4;
			spec.sizes[1] = 1518;
			spec.sizes[2] = (u16)(spec.sizes[0] + 3);
			spec.sizes[3] = 257;
		}
		st = stream_of(&spec);
		st.first_index = 990;
		same_everywhere(&st, 30);
	}
}

static void every_template_and_order(void **state __unused)
{
	for_each_kind(family, protocol)
		for (u16 nvlans = 0; nvlans <= STREAM_VLANS_MAX; nvlans++)
			orders_and_sizes((u8)family, (u8)protocol, nvlans);
}

static void imix_sizes(void **state __unused)
{
	for_each_kind(family, protocol) {
		const char *genome = family == AF_INET && protocol == IPPROTO_UDP ? "aaaaaaaeeeef" :
										    "bbbcdefbbbz";
		struct source_stream st;
		struct stream_spec spec;
		struct err err;

		spec_of(&spec, (u8)family, (u8)protocol);
		assert_int_equal(imix_parse(genome, 1500, spec.sizes, &spec.nsizes, &err), 0);
		st = stream_of(&spec);
		same_everywhere(&st, 100);
	}
}

static void ipv6_extension_headers(void **state __unused)
{
	static const u8 lists[][STREAM_EXTENSIONS_MAX] = {
		{ IPPROTO_HOPOPTS }, { IPPROTO_DSTOPTS }, { IPPROTO_ROUTING }, { IPPROTO_FRAGMENT },
		{ IPPROTO_HOPOPTS, IPPROTO_ROUTING },
		{ IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(lists) * ARRAY_SIZE(protocols); i++) {
		const u8 *list = lists[i / ARRAY_SIZE(protocols)];
		struct source_stream st;
		struct stream_spec spec;

		spec_of(&spec, AF_INET6, protocols[i % ARRAY_SIZE(protocols)]);
		memcpy(spec.extension, list, STREAM_EXTENSIONS_MAX);
		/* 0 is IPPROTO_HOPOPTS: a list ends where it comes again */
		spec.nextensions = (u8)(1 + !!list[1] + !!list[2]);
		spec.nvlans = (u16)(i % 2);
		spec.vlan[0] = 7;
		spec.sizes[0] = stream_sig_size_min(&spec);
		st = stream_of(&spec);
		same_everywhere(&st, 40);
	}
}

static void fragments(void **state __unused)
{
	for (unsigned int i = 0; i < 2 * 3; i++) {
		struct source_stream st;
		struct stream_spec spec;

		spec_of(&spec, families[i % 2], IPPROTO_UDP);
		spec.fragment = (u8)(STREAM_FIRST + i / 2);
		if (i % 2) {
			spec.nextensions = 1;
			spec.extension[0] = IPPROTO_FRAGMENT;
		}
		spec.sizes[0] = 512 + 4 + 14;
		st = stream_of(&spec);
		same_everywhere(&st, 40);
	}
}

static void random_spec(u64 *seed, struct stream_spec *spec)
{
	struct kpps_stream built;

	random_stream(seed, spec, &built);
	for (unsigned int i = 0; i < spec->nsizes; i++)
		spec->sizes[i] = min(spec->sizes[i], (u16)(FRAME_MAX + 4));
}

static void any_stream(void **state __unused)
{
	u64 seed = 4;

	for (int i = 0; i < 60; i++) {
		struct stream_spec spec;
		struct source_stream st;

		random_spec(&seed, &spec);
		st = stream_of(&spec);
		st.first_index = random_below(&seed, 2) ? random64(&seed) >> 17 : 0;
		same_everywhere(&st, 100);
	}
}

static void the_way_back(void **state __unused)
{
	u64 seed = 9;

	for (int i = 0; i < 30; i++) {
		struct stream_spec spec;
		struct source_stream st;

		random_spec(&seed, &spec);
		st = stream_of(&spec);
		assert_int_equal(stream_reverse(&st.stream, &st.stream), 0);
		same_everywhere(&st, 50);
	}
}

static void frames_without_a_signature(void **state __unused)
{
	struct stream_spec spec;
	struct source_stream st;

	stream_spec_default(&spec);
	stream_spec_family(&spec, AF_INET6);
	spec.nsizes = 2;
	spec.sizes[0] = 66;
	spec.sizes[1] = 90;
	st = stream_of(&spec);
	assert_false(st.stream.flags & KPPS_F_SIG);
	same_everywhere(&st, FRAMES_MAX);
}

static void segments_without_payload(void **state __unused)
{
	for (enum kpps_segment segment = KPPS_SYN; segment <= KPPS_RST; segment++) {
		struct stream_spec spec;
		struct source_stream st;

		spec_of(&spec, segment % 2 ? AF_INET : AF_INET6, IPPROTO_TCP);
		st = stream_of(&spec);
		assert_int_equal(stream_segment(&st.stream, segment, &st.stream), 0);
		same_everywhere(&st, 100);
	}
}

static void few_flows_in_long_bursts(void **state __unused)
{
	for (u64 flows = 1; flows < 8; flows++) {
		struct source_stream st;
		struct stream_spec spec;

		spec_of(&spec, AF_INET, IPPROTO_TCP);
		spec.sizes[0] = 100;
		spec.flows = flows;
		spec.burst = 1 + flows % 4 * 2;
		st = stream_of(&spec);
		same_everywhere(&st, 100);
	}
}

/* Addresses and ports that a DUT made up; every fifth flow was not noted. */
static struct tuple_table *noted(const struct kpps_stream *forward)
{
	struct tuple_table *t;
	u64 seed = 3;

	assert_int_equal(tuple_table_create(forward, -1, &t, NULL), 0);
	for (u64 flow = 0; flow < forward->flows; flow++) {
		struct kpps_tuple tuple = {
			.src_lo = random64(&seed), .dst_lo = random64(&seed),
			.sport = (u16)random64(&seed), .dport = (u16)random64(&seed),
		};

		if (t->ipv6)
			tuple.src_hi = tuple.dst_hi = random64(&seed);
		else
			tuple.src_lo = (u32)tuple.src_lo, tuple.dst_lo = (u32)tuple.dst_lo;
		if (flow % 5)
			tuple_table_set(t, flow, &tuple);
	}
	return t;
}

static void replies_to_tuples_that_were_noted(void **state __unused)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct tuple_table *table;
		struct source_stream st;
		struct stream_spec spec;

		spec_of(&spec, families[v6], IPPROTO_UDP);
		spec.flows = 100;
		spec.order = v6 ? KPPS_UNIFORM : KPPS_SEQUENTIAL;
		st = stream_of(&spec);
		table = noted(&st.stream);
		assert_int_equal(stream_reverse(&st.stream, &st.stream), 0);
		st.tuples = table;
		same_everywhere(&st, FRAMES_MAX);
		tuple_table_destroy(table);
	}
}

#define TEST(f) { "the same in all worlds: " #f, f, NULL, NULL, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_template_and_order),
		TEST(imix_sizes),
		TEST(ipv6_extension_headers),
		TEST(fragments),
		TEST(any_stream),
		TEST(the_way_back),
		TEST(frames_without_a_signature),
		TEST(segments_without_payload),
		TEST(few_flows_in_long_bursts),
		TEST(replies_to_tuples_that_were_noted),
	};

	if (veth_pair_why_not()) {
		printf("1..0 # SKIP %s\n", veth_pair_why_not());
		return 0;
	}
	return cmocka_run_group_tests_name("worlds", tests, set_up, tear_down);
}
