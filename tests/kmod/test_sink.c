// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_sink.c - what a sink of the module makes of frames that a packet socket sends
 * it over a veth pair: the same as the port sink, which is given the same ones. See
 * sink_fixture.h; requests, and what goes under a sink: test_sink_life.c.
 */
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kmod/sink_fixture.h"
#include "tests/lib/stream_random.h"
#define random64 any_frame_random64	/* the same as stream_random.h's */
#include "tests/sink/any_frame.h"
#undef random64

#define ETHERTYPE_OURS 0x88b5

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

static void intact_frames(void)
{
	any_frames(false);
}

static void damaged_frames(void)
{
	any_frames(true);
}

/* A name as argument runs one alone. */
static const struct sink_part parts[] = {
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
};

int main(int argc, char **argv)
{
	return sink_parts(parts, ARRAY_SIZE(parts), argc, argv);
}
