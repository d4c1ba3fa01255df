// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_sink.c - what a sink of the module makes of frames that a packet socket sends
 * it over a veth pair: the same as the port sink, which is given the same ones. Runs
 * as root in a virtual machine with two CPUs, veth, dummy and bridge (in_vm).
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "sink/sink.h"
#include "tests/kmod/client.h"
#include "tests/lib/stream_random.h"
#define random64 any_frame_random64	/* the same as stream_random.h's */
#include "tests/sink/any_frame.h"
#undef random64

#define RUN 5
#define WRAP (1ULL << 48)
#define STREAMS 0x8000000000000007ULL	/* 0, 1, 2 and the last */
#define WAIT_NS (10 * NSEC_PER_SEC)
#define ETHERTYPE_OURS 0x88b5

struct fixture {
	struct client c;
	int fd;			/* sends into v0, with a struct virtio_net_hdr before each frame */
	int ifindex;		/* v1 */
	u32 id;			/* of the sink on v1 */
	struct sink *port;	/* is given the same */
	u64 sent;		/* to both */
	bool lost;		/* some never came: wait for no more */
};

static struct fixture f;

/* Sockets. */

static int socket_on(const char *name, u16 protocol)
{
	struct sockaddr_ll a = {
		.sll_family = AF_PACKET, .sll_protocol = htons(protocol),
		.sll_ifindex = device_index(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a))) {
		printf("Bail out! packet socket: %s\n", strerror(errno));
		exit(99);
	}
	return fd;
}

static int sender_on(const char *name)
{
	int fd = socket_on(name, 0), on = 1;

	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on))) {
		printf("Bail out! PACKET_VNET_HDR: %s\n", strerror(errno));
		exit(99);
	}
	return fd;
}

static void send_with(int fd, const struct virtio_net_hdr *hdr, const u8 *data, u32 len)
{
	static _Thread_local u8 message[80000];
	u64 end = clk_monotonic_ns() + WAIT_NS;

	memcpy(message, hdr, sizeof(*hdr));
	memcpy(message + sizeof(*hdr), data, len);
	while (send(fd, message, sizeof(*hdr) + len, 0) < 0) {
		if ((errno != ENOBUFS && errno != EAGAIN) || clk_monotonic_ns() > end) {
			printf("Bail out! send %u bytes: %s\n", len, strerror(errno));
			exit(99);
		}
		sched_yield();
	}
}

static void send_bytes(const u8 *data, u32 len)
{
	const struct virtio_net_hdr none = { 0 };

	send_with(f.fd, &none, data, len);
}

/* Sinks. */

static int sink_call(u8 cmd)
{
	client_begin(&f.c, cmd);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	return client_call(&f.c);
}

static void begin_new(struct client *c, int ifindex, u32 flags)
{
	client_begin(c, KPPS_GEN_CMD_SINK_NEW);
	client_u32(c, KPPS_GEN_A_IFINDEX, (u32)ifindex);
	client_u32(c, KPPS_GEN_A_RUN, RUN);
	client_u64(c, KPPS_GEN_A_STREAMS, STREAMS);
	client_u32(c, KPPS_GEN_A_FLAGS, flags);
}

static int new_on(struct client *c, int ifindex, u32 flags, u32 *ret_id)
{
	int ret;

	begin_new(c, ifindex, flags);
	ret = client_call(c);
	*ret_id = (u32)client_get(c, KPPS_GEN_A_ID, 0);
	return ret;
}

static int set_run(u32 run)
{
	client_begin(&f.c, KPPS_GEN_CMD_SINK_SET);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	client_u32(&f.c, KPPS_GEN_A_RUN, run);
	return client_call(&f.c);
}

static int set_flags(u32 flags)
{
	client_begin(&f.c, KPPS_GEN_CMD_SINK_SET);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	client_u32(&f.c, KPPS_GEN_A_FLAGS, flags);
	return client_call(&f.c);
}

static u64 counted(u16 attr)
{
	return sink_call(KPPS_GEN_CMD_SINK_GET) ? 0 : client_get(&f.c, attr, ~0ULL);
}

/* Both sinks anew. */
static void open_sinks(u32 flags, u64 unsigned_streams)
{
	const struct sink_config config = {
		.streams = STREAMS, .run = RUN, .unsigned_streams = unsigned_streams,
		.latency = true, .node = -1,
	};
	int ret;

	if (f.id)
		sink_call(KPPS_GEN_CMD_SINK_DEL);
	sink_destroy(f.port);
	f.sent = 0;
	f.lost = false;
	begin_new(&f.c, f.ifindex, flags | KPPS_GEN_SINK_LATENCY);
	if (unsigned_streams)
		client_u64(&f.c, KPPS_GEN_A_UNSIGNED_STREAMS, unsigned_streams);
	ret = client_call(&f.c);
	f.id = (u32)client_get(&f.c, KPPS_GEN_A_ID, 0);
	if (ret || !f.id || sink_create(&config, NULL, &f.port, NULL)) {
		printf("Bail out! no sink: %d %s\n", ret, f.c.message);
		exit(99);
	}
}

/* Until the sink has seen all that was sent. */
static bool settle(void)
{
	u64 end = clk_monotonic_ns() + WAIT_NS;

	while (counted(KPPS_GEN_A_FRAMES) < f.sent && !f.lost && clk_monotonic_ns() < end)
		usleep(100);
	f.lost = counted(KPPS_GEN_A_FRAMES) < f.sent;
	return counted(KPPS_GEN_A_FRAMES) == f.sent;
}

static void account(u8 *data, u32 len)
{
	const struct frame frame = { .data = data, .len = len };

	sink_account(f.port, &frame, clk_monotonic_ns());
	if (++f.sent % 64 == 0)	/* the receiver's backlog has room for more */
		settle();
}

static void give_bytes(u8 *data, u32 len)
{
	send_bytes(data, len);
	account(data, len);
}

static struct build plain(u8 stream, u64 index)
{
	return (struct build){
		.version = 4, .protocol = IPPROTO_UDP, .payload = 18, .signature = true,
		.run = RUN, .stream = stream, .index = index & (WRAP - 1),
	};
}

static void give(u8 stream, u64 index)
{
	struct build b = plain(stream, index);
	struct built frame;

	build_frame(&frame, &b);
	give_bytes(frame.data, frame.len);
}

static u64 stream_count(u32 stream, u16 attr)
{
	settle();
	client_begin(&f.c, KPPS_GEN_CMD_SINK_STREAM_GET);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	client_u32(&f.c, KPPS_GEN_A_STREAM, stream);
	return client_call(&f.c) ? ~0ULL : client_get(&f.c, attr, ~0ULL);
}

static bool equal(const char *what, u64 got, u64 wanted)
{
	if (got == wanted)
		return true;
	printf("# %s: %llu, the port sink says %llu\n", what, (unsigned long long)got,
	       (unsigned long long)wanted);
	return false;
}

static bool stream_same(u32 stream)
{
	struct sink_stream_report y;
	const struct hist *h;
	bool same = true;
	u32 len = 0;

	sink_stream_report(f.port, stream, &y);
	same &= equal("received", stream_count(stream, KPPS_GEN_A_RECEIVED), y.received);
	same &= equal("bytes", client_get(&f.c, KPPS_GEN_A_BYTES, 0), y.bytes);
	same &= equal("duplicated", client_get(&f.c, KPPS_GEN_A_DUPLICATED, 99), y.duplicated);
	same &= equal("reordered", client_get(&f.c, KPPS_GEN_A_REORDERED, 99), y.reordered);
	same &= equal("late", client_get(&f.c, KPPS_GEN_A_LATE, 99), y.late);
	same &= equal("early", client_get(&f.c, KPPS_GEN_A_EARLY, 99), y.early);
	same &= equal("first index", client_get(&f.c, KPPS_GEN_A_FIRST_INDEX, 99), y.first_index);
	same &= equal("span", client_get(&f.c, KPPS_GEN_A_SPAN, 99), y.span);
	h = client_data(&f.c, KPPS_GEN_A_LATENCY, &len);
	same &= equal("length of LATENCY", len, sizeof(*h));
	if (h && len == sizeof(*h)) {
		struct hist copy;
		u64 sum = 0;

		memcpy(&copy, h, sizeof(copy));
		for (u32 b = 0; b < HIST_BUCKETS; b++)
			sum += copy.bucket[b];
		same &= equal("latencies", copy.count, y.latency.count);
		same &= equal("latencies in buckets", sum, y.latency.count);
	}
	if (!same)
		printf("# of stream %u\n", stream);
	return same;
}

static bool same_as_the_port_sink(void)
{
	struct sink_report p;
	bool same = settle();

	if (!same)
		printf("# %llu frames seen, %llu sent\n",
		       (unsigned long long)counted(KPPS_GEN_A_FRAMES), (unsigned long long)f.sent);
	sink_report(f.port, &p);
	same &= equal("frames", counted(KPPS_GEN_A_FRAMES), p.frames);
	same &= equal("corrupted", counted(KPPS_GEN_A_CORRUPTED), p.corrupted);
	same &= equal("foreign", counted(KPPS_GEN_A_FOREIGN), p.foreign);
	same &= equal("unsigned", counted(KPPS_GEN_A_UNSIGNED), p.unsigned_frames);
	for (u32 id = 0; id < KPPS_STREAMS_MAX; id++)
		if (STREAMS >> id & 1)
			same &= stream_same(id);
	return same;
}

static u64 port_sum(u64 *ret_other)
{
	struct sink_stream_report r;
	u64 received = 0;

	*ret_other = 0;
	for (u32 id = 0; id < KPPS_STREAMS_MAX; id++) {
		sink_stream_report(f.port, id, &r);
		received += r.received;
		*ret_other += r.duplicated + r.reordered + r.late;
	}
	return received;
}

/* Counting. */

static void frames_in_order(void)
{
	u64 before = clk_monotonic_ns(), after;

	open_sinks(0, 0);
	for (u64 i = 0; i < 1000; i++)
		give(0, 7 + i);
	ok(stream_count(0, KPPS_GEN_A_RECEIVED) == 1000 && same_as_the_port_sink(),
	   "frames in order are received");
	after = clk_monotonic_ns();
	ok(stream_count(0, KPPS_GEN_A_FIRST_NS) >= before &&
	   client_get(&f.c, KPPS_GEN_A_LAST_NS, 0) >= client_get(&f.c, KPPS_GEN_A_FIRST_NS, 0) &&
	   client_get(&f.c, KPPS_GEN_A_LAST_NS, 0) <= after, "arrivals are CLOCK_MONOTONIC");
}

/* One frame of @s, as a DUT that is not kind delivers it. */
static void deliver(struct kpps_stream *s, u64 *seed, u64 index, u64 time)
{
	static u8 frame[KPPS_FRAME_MAX + 8];
	u32 len = kpps_frame_make(s, index, time, frame);
	u64 r = random_below(seed, 100);

	if (r < 3)		/* lost */
		return;
	if (r < 6) {		/* damaged somewhere */
		u32 at = 14 + (u32)random_below(seed, len - 14);

		frame[at] ^= (u8)(1U << random_below(seed, 8));
	} else if (r < 8) {	/* not of this run, or not expected */
		u16 run = r & 1 ? (s->run + 1) % KPPS_RUNS_MAX : s->run;
		u16 id = r & 1 ? s->id : 40;
		struct build b = plain((u8)id, index);
		struct built other;

		b.run = run;
		build_frame(&other, &b);
		give_bytes(other.data, other.len);
	} else if (r < 10 && s->l3_off <= 18) {	/* a tag more */
		memmove(frame + 16, frame + 12, len - 12);
		memcpy(frame + 12, (u8[4]){ 0x88, 0xa8, 0, 9 }, 4);
		len += 4;
	} else if (r < 12) {	/* padded */
		memset(frame + len, 0xa5, 7);
		len += 7;
	}
	give_bytes(frame, len);
	if (r == 50)
		give_bytes(frame, len);
}

static void random_streams(void)
{
	static struct kpps_stream s;
	struct stream_spec spec;
	u64 seed = 3, other;
	u64 at[3] = { 0, 1ULL << 20, WRAP - 900 }, received;
	struct sink_report p;

	open_sinks(KPPS_GEN_SINK_CHECKSUMS, 0);
	for (int n = 0; n < 60; n++) {
		u64 base = at[n % 3];

		at[n % 3] += 150;
		do {
			random_stream(&seed, &spec, &s);
			spec.run = RUN;
			spec.id = (u16)(n % 3);
		} while (stream_build(&spec, &s, NULL));
		for (u64 i = 0; i < 150; i++) {
			u64 back = random_below(&seed, 20) ? 0 : random_below(&seed, 30);
			u64 now = clk_monotonic_ns();

			/* one in 50 was stamped by a clock that is ahead */
			deliver(&s, &seed, (base + i - (i < back ? 0 : back)) & KPPS_INDEX_MASK,
				random_below(&seed, 50) ? now : now + (1ULL << 40));
		}
	}
	sink_report(f.port, &p);
	received = port_sum(&other);
	ok(received > 5000 && other > 100 && p.corrupted > 50 && p.foreign > 50,
	   "random streams: %llu of %llu frames received, %llu again, behind or late, %llu corrupted, %llu foreign",
	   (unsigned long long)received, (unsigned long long)p.frames,
	   (unsigned long long)other, (unsigned long long)p.corrupted,
	   (unsigned long long)p.foreign);
	ok(same_as_the_port_sink(), "… counted as in the port sink");
}

static void any_frames(bool damage)
{
	u64 seed = 1, other;
	struct sink_report p;

	open_sinks(KPPS_GEN_SINK_CHECKSUMS, 1);
	for (int i = 0; i < 20000; i++) {
		struct built frame;

		any_frame(&frame, &seed, RUN, damage);
		/* the stack drops what ends within a tag */
		if (frame.len < 20 && (frame.data[12] == 0x81 || frame.data[12] == 0x88))
			continue;
		give_bytes(frame.data, frame.len);
	}
	sink_report(f.port, &p);
	ok(port_sum(&other) > 50 && p.unsigned_frames > 100 &&
	   (damage ? p.corrupted > 1000 && p.foreign > 1000 : !p.corrupted) &&
	   same_as_the_port_sink(), "%s frames of every shape count as in the port sink",
	   damage ? "damaged" : "intact");
}

static void window(void)
{
	bool same = true;

	open_sinks(0, 0);
	for (u64 offset = 0; offset < 70; offset++) {
		u64 high = 5 * (u64)SINK_WINDOW * (offset + 1) + 12345 + offset;

		give(0, high);
		give(0, high + 1 - SINK_WINDOW);
		give(0, high - SINK_WINDOW);
		/* one step further the oldest is forgotten */
		give(0, high + 1);
		give(0, high + 1 - SINK_WINDOW);
		same &= stream_count(0, KPPS_GEN_A_REORDERED) == offset + 1;
		same &= stream_count(0, KPPS_GEN_A_LATE) == 2 * offset + 2;
	}
	ok(same && same_as_the_port_sink(), "the window reaches back exactly its size");
}

static void any_order(void)
{
	static const u64 strides[] = { 1, 3, 40, 5000, SINK_WINDOW / 2, SINK_WINDOW, 1ULL << 30 };
	static const u8 streams[] = { 0, 1, 63 };
	u64 seed = 11, at[ARRAY_SIZE(streams)] = { 0, WRAP - 2000, 77 };

	open_sinks(0, 0);
	for (int step = 0; step < 20000; step++) {
		u64 r = random64(&seed);
		unsigned int which = r % ARRAY_SIZE(streams);
		u64 stride = strides[(r >> 8) % ARRAY_SIZE(strides)];
		u64 move = (r >> 16) % (stride + 1);

		if (r >> 60 < 8)
			at[which]++;
		else if (r >> 60 < 12 || at[which] < 5000)
			at[which] += move;
		give(streams[which], at[which] - (r >> 60 == 15 ? min(move, at[which]) : 0));
	}
	ok(same_as_the_port_sink(), "any order counts as in the port sink, over the wrap of indices too");
}

static void checksums_when_asked(void)
{
	struct build b = plain(0, 3);
	struct built frame;

	open_sinks(0, 0);
	build_frame(&frame, &b);
	frame.data[frame.l4] ^= 1;
	send_bytes(frame.data, frame.len);
	frame.data[frame.l3 + 8] ^= 1;
	send_bytes(frame.data, frame.len);
	f.sent = 2;
	ok(stream_count(0, KPPS_GEN_A_RECEIVED) == 1 && counted(KPPS_GEN_A_CORRUPTED) == 1,
	   "transport checksums are looked at when asked for, IPv4's always");
}

static void no_checksum(void)
{
	open_sinks(0, 0);
	for (unsigned int payload = 18; payload < 60; payload += 20) {
		struct build b = plain(0, payload);
		struct built frame;

		b.payload = payload;
		build_frame(&frame, &b);
		put16(frame.data + frame.l4 + 6, 0);
		give_bytes(frame.data, frame.len);
	}
	ok(same_as_the_port_sink() && counted(KPPS_GEN_A_CORRUPTED) == 3,
	   "a signature without a checksum is corrupted");
}

/* Buffers. */

static void in_pieces(void)
{
	static u8 frame[KPPS_FRAME_MAX + 8];
	static struct kpps_stream s;
	struct stream_spec spec;
	struct sink_report p;
	u64 seed = 5, other;

	open_sinks(KPPS_GEN_SINK_CHECKSUMS, 0);
	for (u64 i = 0; i < 600; i++) {
		struct virtio_net_hdr hdr = { .hdr_len = (u16)(14 + random_below(&seed, 300)) };
		u32 len;

		do {
			random_stream(&seed, &spec, &s);
			spec.run = RUN;
			spec.id = 0;
			spec.nsizes = 1;
			spec.sizes[0] = (u16)(4300 + random_below(&seed, 4800));
		} while (stream_build(&spec, &s, NULL));
		len = kpps_frame_make(&s, i, clk_monotonic_ns(), frame);
		if (i % 5 == 4)
			frame[14 + random_below(&seed, i % 2 ? 100 : len - 14)] ^= 0x20;
		send_with(f.fd, &hdr, frame, len);
		account(frame, len);
	}
	sink_report(f.port, &p);
	ok(port_sum(&other) > 400 && p.corrupted > 50 && same_as_the_port_sink(),
	   "frames in pieces count as in the port sink");
}

/* A checksum as the stack leaves it for a device: that of the pseudo header alone. */
static void leave_to_the_device(struct built *frame, const struct build *b,
				struct virtio_net_hdr *hdr)
{
	u32 at = b->protocol == IPPROTO_UDP ? 6 : 16, l4_len = frame->len - frame->l4, sum;
	const u8 *ip = frame->data + frame->l3;

	sum = b->version == 4 ? add16(0, ip + 12, 8) : add16(0, ip + 8, 32);
	put16(frame->data + frame->l4 + at, (u16)~fold16(sum + l4_len + b->protocol));
	*hdr = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = (u16)frame->l4,
		.csum_offset = (u16)at, .hdr_len = (u16)(frame->payload),
	};
}

static void offloaded(void)
{
	open_sinks(KPPS_GEN_SINK_CHECKSUMS, 0);
	for (u64 i = 0; i < 200; i++) {
		struct build b = plain(0, i);
		struct virtio_net_hdr hdr;
		struct built frame, whole;

		b.version = i & 1 ? 6 : 4;
		b.protocol = i & 2 ? IPPROTO_TCP : IPPROTO_UDP;
		b.payload = i & 4 ? 18 : 700;
		build_frame(&frame, &b);
		whole = frame;
		leave_to_the_device(&frame, &b, &hdr);
		send_with(f.fd, &hdr, frame.data, frame.len);
		account(whole.data, whole.len);
	}
	ok(same_as_the_port_sink() && stream_count(0, KPPS_GEN_A_RECEIVED) == 200,
	   "a checksum left to the device is taken for right");
}

/* @n segments as one buffer; every one of them alone to the port sink. */
static void give_merged(struct build *b, u32 n)
{
	static struct { u8 data[70000]; } big;
	struct virtio_net_hdr hdr;
	struct built frame;
	u32 at = 0, l3 = 0;

	for (u32 i = 0; i < n; i++, b->index++) {
		struct build one = *b;

		if (i == n - 1)
			one.payload -= one.payload > 30 ? 7 : 0;
		build_frame(&frame, &one);
		if (!i) {
			memcpy(big.data, frame.data, frame.payload);
			at = frame.payload;
			l3 = frame.l3;
			leave_to_the_device(&frame, &one, &hdr);
		}
		memcpy(big.data + at, frame.data + frame.payload, one.payload);
		at += one.payload;
		/* the port sink sees what it was before it was merged */
		build_sums(&frame, &one);
		f.sent++;
		sink_account(f.port, &(struct frame){ .data = frame.data, .len = frame.len },
			     clk_monotonic_ns());
	}
	hdr.gso_type = b->version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
	hdr.gso_size = (u16)b->payload;
	if (b->version == 4) {
		put16(big.data + l3 + 2, at - l3);
		put16(big.data + l3 + 10, 0);
		put16(big.data + l3 + 10, fold16(add16(0, big.data + l3, frame.l4 - l3)));
	} else {
		put16(big.data + l3 + 4, at - l3 - 40);
	}
	send_with(f.fd, &hdr, big.data, at);
	settle();
}

static void merged(void)
{
	u64 seed = 21;

	open_sinks(KPPS_GEN_SINK_CHECKSUMS, 1);
	for (int i = 0; i < 200; i++) {
		struct build b = plain((u8)(i % 3), (u64)i * 64);

		b.version = i & 1 ? 6 : 4;
		b.protocol = IPPROTO_TCP;
		b.vlans = i % 7 ? 0 : 1;
		b.payload = 18 + (u32)random_below(&seed, 1000);
		b.signature = i % 11 != 0;
		if (i % 13 == 0) {	/* no room for a signature; the kernel allows no less */
			b.payload = 8;
			b.signature = false;
		}
		give_merged(&b, 2 + (u32)random_below(&seed, 40));
	}
	ok(same_as_the_port_sink() && stream_count(1, KPPS_GEN_A_RECEIVED) > 500,
	   "merged frames are counted one by one");
}

static int offload(const char *name, u32 cmd, bool on)
{
	struct ethtool_value value = { .cmd = cmd, .data = on };
	struct ifreq request = { .ifr_data = (void *)&value };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ret;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	ret = ioctl(fd, SIOCETHTOOL, &request);
	close(fd);
	return ret;
}

/* The generator's bursts are polled at once, and merged where they are of one flow. */
static void merged_by_gro(void)
{
	static struct kpps_stream s;
	static u8 seen[70000];
	struct stream_spec spec;
	int tap = socket_on("v1", ETH_P_ALL);
	ssize_t longest = 0, n;
	int ret;
	u32 id;

	stream_spec_default(&spec);
	spec.protocol = IPPROTO_TCP;
	spec.tcp_flags = 0x10;	/* ACK: PSH would end a merged frame at once */
	spec.flows = 1;
	spec.nsizes = 1;
	spec.sizes[0] = 200;
	spec.run = RUN;
	spec.id = 1;
	/* a veth merges what comes from one that could not have sent it merged */
	ret = stream_build(&spec, &s, NULL) || offload("v0", ETHTOOL_STSO, false) ||
	      offload("v1", ETHTOOL_SGRO, true);
	open_sinks(KPPS_GEN_SINK_CHECKSUMS, 0);
	ret = ret || gen_new(&f.c, device_index("v0"), KPPS_GEN_WAY_QUEUE, &id);
	for (; !ret && f.sent < 50 * 64; f.sent += 64)
		ret = !settle() || gen_plan_count(&f.c, id, 64, 64) ||
		      gen_stream(&f.c, id, 0, &s, f.sent) || gen_lane(&f.c, id, 0, 0, 0, 0) ||
		      gen_call(&f.c, KPPS_GEN_CMD_GEN_START, id) ||
		      gen_wait(&f.c, id, 20000) != KPPS_GEN_WHY_DONE;
	ret |= !settle();
	while ((n = recv(tap, seen, sizeof(seen), MSG_DONTWAIT)) > 0)
		longest = max(longest, n);
	ok(!ret && longest > 196, "GRO merges the generator's frames (%zd bytes)", longest);
	ok(f.sent && stream_count(1, KPPS_GEN_A_RECEIVED) == f.sent &&
	   client_get(&f.c, KPPS_GEN_A_BYTES, 0) == f.sent * 196 &&
	   client_get(&f.c, KPPS_GEN_A_DUPLICATED, 1) == 0 &&
	   client_get(&f.c, KPPS_GEN_A_REORDERED, 1) == 0 && counted(KPPS_GEN_A_FRAMES) == f.sent,
	   "… and the sink counts them as they were sent");
	gen_call(&f.c, KPPS_GEN_CMD_GEN_DEL, id);
	offload("v1", ETHTOOL_SGRO, false);
	offload("v0", ETHTOOL_STSO, true);
	close(tap);
}

/* Several CPUs. */

struct half {
	pthread_t thread;
	int cpu;
	u64 first, step, n;
	int fd;
	volatile bool *stop;	/* NULL: @n frames */
};

static void *send_half(void *arg)
{
	const struct virtio_net_hdr none = { 0 };
	struct half *h = arg;
	struct built frame;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(h->cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	for (u64 i = 0; h->stop ? !*h->stop : i < h->n; i++) {
		struct build b = plain(0, h->first + i * h->step);

		build_frame(&frame, &b);
		send_with(h->fd, &none, frame.data, frame.len);
	}
	return NULL;
}

static void run_halves(struct half *h, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		pthread_create(&h[i].thread, NULL, send_half, &h[i]);
	for (unsigned int i = 0; i < n; i++)
		pthread_join(h[i].thread, NULL);
}

static void two_cpus(void)
{
	struct half h[2];
	const u64 n = 20000;

	open_sinks(0, 0);
	for (int i = 0; i < 2; i++)
		h[i] = (struct half){ .cpu = i, .first = (u64)i, .step = 2, .n = n,
				      .fd = sender_on("v0") };
	run_halves(h, 2);
	f.sent = 2 * n;
	ok(stream_count(0, KPPS_GEN_A_RECEIVED) == 2 * n &&
	   client_get(&f.c, KPPS_GEN_A_SPAN, 0) == 2 * n &&
	   client_get(&f.c, KPPS_GEN_A_DUPLICATED, 1) == 0 &&
	   client_get(&f.c, KPPS_GEN_A_LATE, 1) == 0,
	   "a stream that arrives on two CPUs is received whole, each frame once");
	/* the same indices on both at once */
	for (int i = 0; i < 2; i++) {
		h[i].first = 2 * n;
		h[i].step = 1;
	}
	run_halves(h, 2);
	f.sent = 4 * n;
	ok(stream_count(0, KPPS_GEN_A_RECEIVED) == 3 * n &&
	   client_get(&f.c, KPPS_GEN_A_DUPLICATED, 1) == n &&
	   client_get(&f.c, KPPS_GEN_A_LATE, 1) == 0,
	   "of copies that race on two CPUs one is received");
	close(h[0].fd);
	close(h[1].fd);
}

static void begin_traffic(struct half *h, volatile bool *stop)
{
	*stop = false;
	for (int i = 0; i < 2; i++) {
		h[i] = (struct half){ .cpu = i, .first = (u64)i, .step = 2, .stop = stop,
				      .fd = sender_on("v0") };
		pthread_create(&h[i].thread, NULL, send_half, &h[i]);
	}
}

static void end_traffic(struct half *h, volatile bool *stop)
{
	*stop = true;
	for (int i = 0; i < 2; i++) {
		pthread_join(h[i].thread, NULL);
		close(h[i].fd);
	}
}

static void reset_under_traffic(void)
{
	volatile bool stop;
	struct half h[2];
	bool good = true;

	open_sinks(0, 0);
	begin_traffic(h, &stop);
	for (u32 i = 0; i < 200; i++) {
		u64 frames;

		good &= !set_run(i % 2 ? RUN : 9);
		good &= !set_flags(i % 3 ? 0 : KPPS_GEN_SINK_LATENCY | KPPS_GEN_SINK_CHECKSUMS);
		stream_count(0, KPPS_GEN_A_RECEIVED);
		frames = counted(KPPS_GEN_A_FRAMES);
		good &= stream_count(0, KPPS_GEN_A_RECEIVED) <= counted(KPPS_GEN_A_FRAMES) &&
			frames <= counted(KPPS_GEN_A_FRAMES);
		f.sent = 0;
	}
	end_traffic(h, &stop);
	usleep(100000);
	good &= !set_run(RUN) && !set_flags(KPPS_GEN_SINK_LATENCY);
	ok(good && !counted(KPPS_GEN_A_FRAMES) && !stream_count(0, KPPS_GEN_A_RECEIVED) &&
	   !stream_count(0, KPPS_GEN_A_LATE) && !stream_count(0, KPPS_GEN_A_SPAN),
	   "RUN forgets everything, also while frames arrive");
	f.sent = 0;
	sink_restart(f.port, RUN);
	for (u64 i = 5; i < 10; i++)
		give(0, i);
	ok(same_as_the_port_sink(), "… and counts anew after it");
	f.sent = 0;
	sink_restart(f.port, RUN + 1);
	ok(!set_run(RUN + 1), "another run can be set");
	give(0, 11);
	ok(same_as_the_port_sink() && counted(KPPS_GEN_A_FOREIGN) == 1,
	   "… and frames of the one before are foreign then");
}

/* Where frames go. */

/* How many frames the stack of v1 takes; each is waited for. */
static unsigned int arrived(int fd, unsigned int wanted)
{
	struct timeval timeout = { .tv_usec = 300000 };
	unsigned int n = 0;
	u8 data[2048];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	while (n < wanted && recv(fd, data, sizeof(data), 0) > 0)
		n++;
	usleep(50000);
	while (recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

static void pass(void)
{
	u8 other[60] = "\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x88\xb5";
	int ip = socket_on("v1", ETH_P_IP), others = socket_on("v1", ETHERTYPE_OURS);

	open_sinks(0, 0);
	give(0, 0);
	give_bytes(other, sizeof(other));
	ok(same_as_the_port_sink() && !arrived(ip, 0) && !arrived(others, 0),
	   "nothing goes up the stack by default");
	open_sinks(KPPS_GEN_SINK_PASS_OTHERS, 0);
	give(0, 0);
	give_bytes(other, sizeof(other));
	give(0, 1);
	ok(same_as_the_port_sink() && arrived(others, 1) == 1 && !arrived(ip, 0),
	   "PASS_OTHERS: what is not ours goes up the stack");
	ok(!set_flags(KPPS_GEN_SINK_PASS_ALL), "flags can be set");
	for (u64 i = 0; i < 10; i++) {
		struct build b = plain(0, i);
		struct built frame;

		build_frame(&frame, &b);
		send_bytes(frame.data, frame.len);
	}
	ok(arrived(ip, 10) == 10 && counted(KPPS_GEN_A_FRAMES) == 3,
	   "PASS_ALL: everything goes up the stack and is not counted");
	ok(!set_flags(KPPS_GEN_SINK_LATENCY), "PASS_ALL ends");
	give(0, 10);
	ok(same_as_the_port_sink() && !arrived(ip, 0), "… and frames are counted again");
	close(ip);
	close(others);
}

/* Requests. */

static void refused(const char *what, int ret, int wanted, u32 bad, u32 miss, const char *message)
{
	bool good = ret == wanted && f.c.bad_attr == bad && f.c.miss_attr == miss &&
		    (!message || strstr(f.c.message, message));

	ok(good, "%s is refused", what);
	if (!good)
		printf("# %d, attribute %u, missing %u, \"%s\"\n", ret, f.c.bad_attr,
		       f.c.miss_attr, f.c.message);
}

struct value {
	u16 attr;
	u8 len;		/* 0: not sent */
	u64 v;
};

static const struct bad_new {
	const char *what;
	struct value v[5];
	int ret;
	u32 bad, miss;
	const char *message;
} bad_new[] = {
	{ "SINK_NEW without IFINDEX", { { KPPS_GEN_A_RUN, 4, 1 }, { KPPS_GEN_A_STREAMS, 8, 1 } },
	  -EINVAL, 0, KPPS_GEN_A_IFINDEX, NULL },
	{ "SINK_NEW without RUN", { { KPPS_GEN_A_IFINDEX, 4, 1 }, { KPPS_GEN_A_STREAMS, 8, 1 } },
	  -EINVAL, 0, KPPS_GEN_A_RUN, NULL },
	{ "SINK_NEW without STREAMS", { { KPPS_GEN_A_IFINDEX, 4, 1 }, { KPPS_GEN_A_RUN, 4, 1 } },
	  -EINVAL, 0, KPPS_GEN_A_STREAMS, NULL },
	{ "no stream", { { KPPS_GEN_A_IFINDEX, 4, 1 }, { KPPS_GEN_A_RUN, 4, 1 },
			 { KPPS_GEN_A_STREAMS, 8, 0 } },
	  -EINVAL, KPPS_GEN_A_STREAMS, 0, "no stream to expect" },
	{ "an unsigned stream that is not expected",
	  { { KPPS_GEN_A_IFINDEX, 4, 1 }, { KPPS_GEN_A_RUN, 4, 1 }, { KPPS_GEN_A_STREAMS, 8, 5 },
	    { KPPS_GEN_A_UNSIGNED_STREAMS, 8, 3 } },
	  -EINVAL, KPPS_GEN_A_UNSIGNED_STREAMS, 0, "not expected" },
	{ "a device that is not there",
	  { { KPPS_GEN_A_IFINDEX, 4, 4711 }, { KPPS_GEN_A_RUN, 4, 1 }, { KPPS_GEN_A_STREAMS, 8, 5 } },
	  -ENODEV, KPPS_GEN_A_IFINDEX, 0, "no such device" },
	{ "IFINDEX 0",
	  { { KPPS_GEN_A_IFINDEX, 4, 0 }, { KPPS_GEN_A_RUN, 4, 1 }, { KPPS_GEN_A_STREAMS, 8, 5 } },
	  -ERANGE, KPPS_GEN_A_IFINDEX, 0, NULL },
	{ "RUN 1024",
	  { { KPPS_GEN_A_IFINDEX, 4, 1 }, { KPPS_GEN_A_RUN, 4, 1024 }, { KPPS_GEN_A_STREAMS, 8, 5 } },
	  -ERANGE, KPPS_GEN_A_RUN, 0, NULL },
	{ "STREAMS of 4 bytes",
	  { { KPPS_GEN_A_IFINDEX, 4, 1 }, { KPPS_GEN_A_RUN, 4, 1 }, { KPPS_GEN_A_STREAMS, 4, 5 } },
	  -EINVAL, KPPS_GEN_A_STREAMS, 0, NULL },
	{ "a flag that is none",
	  { { KPPS_GEN_A_IFINDEX, 4, 1 }, { KPPS_GEN_A_RUN, 4, 1 }, { KPPS_GEN_A_STREAMS, 8, 5 },
	    { KPPS_GEN_A_FLAGS, 4, 16 } },
	  -EINVAL, KPPS_GEN_A_FLAGS, 0, NULL },
	{ "an attribute of generators",
	  { { KPPS_GEN_A_IFINDEX, 4, 1 }, { KPPS_GEN_A_RUN, 4, 1 }, { KPPS_GEN_A_STREAMS, 8, 5 },
	    { KPPS_GEN_A_BURST, 4, 1 } },
	  -EINVAL, KPPS_GEN_A_BURST, 0, NULL },
};

static void bad_requests(void)
{
	u32 id;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad_new); i++) {
		const struct bad_new *b = &bad_new[i];

		client_begin(&f.c, KPPS_GEN_CMD_SINK_NEW);
		for (unsigned int k = 0; k < ARRAY_SIZE(b->v) && b->v[k].len; k++)
			client_add(&f.c, b->v[k].attr, &b->v[k].v, b->v[k].len);
		refused(b->what, client_call(&f.c), b->ret, b->bad, b->miss, b->message);
	}
	open_sinks(0, 0);
	refused("a second sink on a device", new_on(&f.c, f.ifindex, 0, &id), -EBUSY,
		KPPS_GEN_A_IFINDEX, 0, "receive handler already");
	client_begin(&f.c, KPPS_GEN_CMD_SINK_SET);
	refused("SINK_SET without ID", client_call(&f.c), -EINVAL, 0, KPPS_GEN_A_ID, NULL);
	client_begin(&f.c, KPPS_GEN_CMD_SINK_GET);
	client_u32(&f.c, KPPS_GEN_A_ID, 999);
	refused("a sink that is not there", client_call(&f.c), -ENOENT, KPPS_GEN_A_ID, 0,
		"no such sink");
	client_begin(&f.c, KPPS_GEN_CMD_SINK_DEL);
	client_u32(&f.c, KPPS_GEN_A_ID, 999);
	refused("its deletion", client_call(&f.c), -ENOENT, KPPS_GEN_A_ID, 0, "no such sink");
	stream_count(33, KPPS_GEN_A_RECEIVED);
	refused("a stream that is not expected", -ENOENT, -ENOENT, KPPS_GEN_A_STREAM, 0,
		"does not expect this stream");
	client_begin(&f.c, KPPS_GEN_CMD_SINK_STREAM_GET);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	client_u32(&f.c, KPPS_GEN_A_STREAM, 64);
	refused("stream 64", client_call(&f.c), -ERANGE, KPPS_GEN_A_STREAM, 0, NULL);
	refused("RUN 1024 in SINK_SET", set_run(1024), -ERANGE, KPPS_GEN_A_RUN, 0, NULL);
}

static void default_route(void)
{
	int index;
	u32 id = 0;

	run("/ip link add d1 type dummy && /ip addr add 192.0.2.1/24 dev d1 && "
	    "/ip link set d1 up && /ip route add default via 192.0.2.2");
	index = device_index("d1");
	refused("a device with the default route", new_on(&f.c, index, 0, &id), -EBUSY,
		KPPS_GEN_A_IFINDEX, 0, "default route");
	ok(!new_on(&f.c, index, KPPS_GEN_SINK_PASS_OTHERS, &id), "… but not to pass others");
	client_begin(&f.c, KPPS_GEN_CMD_SINK_SET);
	client_u32(&f.c, KPPS_GEN_A_ID, id);
	client_u32(&f.c, KPPS_GEN_A_FLAGS, 0);
	refused("not to pass them any more", client_call(&f.c), -EBUSY, KPPS_GEN_A_FLAGS, 0,
		"default route");
	ok(!gen_call(&f.c, KPPS_GEN_CMD_SINK_DEL, id), "it can be deleted");
	begin_new(&f.c, index, 0);
	client_flag(&f.c, KPPS_GEN_A_FORCE);
	ok(!client_call(&f.c), "FORCE takes it");
	gen_call(&f.c, KPPS_GEN_CMD_SINK_DEL, (u32)client_get(&f.c, KPPS_GEN_A_ID, 0));
	run("/ip link del d1");
}

static void count_one(struct client *c, void *arg)
{
	*(u64 *)arg += client_get(c, KPPS_GEN_A_IFINDEX, 0);
}

static void dump(void)
{
	static struct client second;
	u64 sum = 0;
	u32 id;

	open_sinks(0, 0);
	client_open(&second);
	for (int i = 0; i < 40; i++) {
		run("/ip link add e%d type dummy", i);
		new_on(&second, device_index("e0") + i, 0, &id);
	}
	client_begin(&f.c, KPPS_GEN_CMD_SINK_GET);
	ok(client_dump(&f.c, count_one, &sum) == 41 &&
	   sum == (u64)f.ifindex + 40 * (u64)device_index("e0") + 39 * 40 / 2,
	   "a dump has every sink of the namespace");
	client_close(&second);
	sum = 0;
	for (int i = 0; i < 100; i++) {	/* the socket goes soon after close */
		client_begin(&f.c, KPPS_GEN_CMD_SINK_GET);
		if (client_dump(&f.c, NULL, NULL) == 1)
			break;
		usleep(10000);
	}
	client_begin(&f.c, KPPS_GEN_CMD_SINK_GET);
	ok(client_dump(&f.c, count_one, &sum) == 1 && sum == (u64)f.ifindex,
	   "sinks go with their socket");
	for (int i = 0; i < 40; i++)
		run("/ip link del e%d", i);
}

/* What goes under a sink. */

static void bridge(void)
{
	u32 id;

	run("/ip link add w0 type veth peer name w1");
	run("/ip link add br0 type bridge && /ip link set w1 master br0");
	refused("a port of a bridge", new_on(&f.c, device_index("w1"), 0, &id), -EBUSY,
		KPPS_GEN_A_IFINDEX, 0, "port of a bridge");
	run("/ip link del br0");
	run("/ip link del w0");
}

static void pair_up(void)
{
	run("/ip link add v0 mtu 16000 type veth peer name v1 mtu 16000 && "
	    "/ip link set v0 up && /ip link set v1 up");
	f.ifindex = device_index("v1");
	f.fd = sender_on("v0");
}

static void *send_until_gone(void *arg)
{
	const struct virtio_net_hdr none = { 0 };
	struct half *h = arg;
	struct build b = plain(0, 0);
	struct { struct virtio_net_hdr hdr; u8 data[100]; } message = { .hdr = none };
	struct built frame;

	build_frame(&frame, &b);
	memcpy(message.data, frame.data, frame.len);
	while (!*h->stop && (send(h->fd, &message, sizeof(none) + frame.len, 0) > 0 ||
			     errno == ENOBUFS))
		;
	return NULL;
}

static void device_removed(void)
{
	volatile bool stop = false;
	struct half h = { .stop = &stop };
	u64 frames = 0;

	open_sinks(0, 0);
	h.fd = f.fd;
	pthread_create(&h.thread, NULL, send_until_gone, &h);
	while (frames < 1000)
		frames = counted(KPPS_GEN_A_FRAMES);
	run("/ip link del v0");
	stop = true;
	pthread_join(h.thread, NULL);
	close(f.fd);
	f.sent = 0;
	ok(counted(KPPS_GEN_A_FRAMES) >= frames && counted(KPPS_GEN_A_IFINDEX) == ~0ULL &&
	   stream_count(0, KPPS_GEN_A_RECEIVED) == 1,
	   "counts stay to be read when the device is removed under traffic");
	ok(!set_run(7) && !counted(KPPS_GEN_A_FRAMES) && counted(KPPS_GEN_A_RUN) == 7,
	   "such a sink can be set");
	ok(!sink_call(KPPS_GEN_CMD_SINK_DEL) && sink_call(KPPS_GEN_CMD_SINK_GET) == -ENOENT,
	   "and deleted");
	f.id = 0;
	pair_up();
}

/* In a namespace of its own: a pair, a sink, traffic; and the end of all of it at once. */
static void namespace_child(void)
{
	static struct client c;
	volatile bool stop = false;
	struct half h = { .stop = &stop };
	u32 id;

	if (unshare(CLONE_NEWNET))
		_exit(2);
	run("/ip link add v0 type veth peer name v1 && /ip link set v0 up && /ip link set v1 up");
	client_open(&c);
	if (new_on(&c, device_index("v1"), KPPS_GEN_SINK_LATENCY, &id))
		_exit(3);
	h.fd = sender_on("v0");
	pthread_create(&h.thread, NULL, send_until_gone, &h);
	usleep(100000);
	kill(getpid(), SIGKILL);
}

static void namespace_removed(void)
{
	bool good = true;
	int status;

	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();

		if (!pid)
			namespace_child();
		good &= waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
			WTERMSIG(status) == SIGKILL;
	}
	ok(good, "a process and its namespace end under traffic, ten times");
}

static void socket_closed_under_traffic(void)
{
	static struct client c;
	volatile bool stop;
	struct half h[2];
	bool good = true;
	u32 id;

	if (f.id)
		sink_call(KPPS_GEN_CMD_SINK_DEL);
	f.id = 0;
	begin_traffic(h, &stop);
	for (int i = 0; i < 50; i++) {
		client_open(&c);
		good &= !new_on(&c, f.ifindex, KPPS_GEN_SINK_CHECKSUMS, &id);
		usleep(2000);
		client_close(&c);
		for (int k = 0; k < 100; k++) {
			client_begin(&f.c, KPPS_GEN_CMD_SINK_GET);
			if (!client_dump(&f.c, NULL, NULL))
				break;
			usleep(10000);
		}
	}
	end_traffic(h, &stop);
	ok(good, "a sink comes and goes with its socket under traffic, 50 times");
}

static void intact_frames(void)
{
	any_frames(false);
}

static void damaged_frames(void)
{
	any_frames(true);
}

/* A name as argument runs one alone. */
static const struct {
	const char *name;
	void (*run)(void);
	unsigned int n;
} parts[] = {
	{ "order", frames_in_order, 2 },
	{ "streams", random_streams, 2 },
	{ "intact", intact_frames, 1 },
	{ "damaged", damaged_frames, 1 },
	{ "window", window, 1 },
	{ "indices", any_order, 1 },
	{ "checksums", checksums_when_asked, 1 },
	{ "unsummed", no_checksum, 1 },
	{ "pieces", in_pieces, 1 },
	{ "offload", offloaded, 1 },
	{ "merged", merged, 1 },
	{ "gro", merged_by_gro, 2 },
	{ "cpus", two_cpus, 2 },
	{ "reset", reset_under_traffic, 4 },
	{ "pass", pass, 6 },
	{ "requests", bad_requests, ARRAY_SIZE(bad_new) + 7 },
	{ "route", default_route, 5 },
	{ "dump", dump, 2 },
	{ "bridge", bridge, 1 },
	{ "device", device_removed, 3 },
	{ "socket", socket_closed_under_traffic, 1 },
	{ "namespace", namespace_removed, 1 },
};

int main(int argc, char **argv)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++)
		if (argc < 2 || !strcmp(parts[i].name, argv[1]))
			n += parts[i].n;
	plan(n);
	run("for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done");
	run("echo 10000 >/proc/sys/net/core/netdev_max_backlog");
	client_open(&f.c);
	pair_up();
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++)
		if (argc < 2 || !strcmp(parts[i].name, argv[1]))
			parts[i].run();
	client_close(&f.c);
	return 0;
}
