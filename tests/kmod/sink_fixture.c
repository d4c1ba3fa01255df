// SPDX-License-Identifier: GPL-2.0-or-later
/* sink_fixture.c - see sink_fixture.h. */
#include <errno.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>

#include "lib/clock.h"
#include "tests/kmod/sink_fixture.h"

struct fixture f;

/* Sockets. */

int socket_on(const char *name, u16 protocol)
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

int sender_on(const char *name)
{
	int fd = socket_on(name, 0), on = 1;

	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on))) {
		printf("Bail out! PACKET_VNET_HDR: %s\n", strerror(errno));
		exit(99);
	}
	return fd;
}

void send_with(int fd, const struct virtio_net_hdr *hdr, const u8 *data, u32 len)
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

void send_bytes(const u8 *data, u32 len)
{
	const struct virtio_net_hdr none = { 0 };

	send_with(f.fd, &none, data, len);
}

/* Sinks. */

int sink_call(u8 cmd)
{
	client_begin(&f.c, cmd);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	return client_call(&f.c);
}

void begin_new(struct client *c, int ifindex, u32 flags)
{
	client_begin(c, KPPS_GEN_CMD_SINK_NEW);
	client_u32(c, KPPS_GEN_A_IFINDEX, (u32)ifindex);
	client_u32(c, KPPS_GEN_A_RUN, RUN);
	client_u64(c, KPPS_GEN_A_STREAMS, STREAMS);
	client_u32(c, KPPS_GEN_A_FLAGS, flags);
}

int new_on(struct client *c, int ifindex, u32 flags, u32 *ret_id)
{
	int ret;

	begin_new(c, ifindex, flags);
	ret = client_call(c);
	*ret_id = (u32)client_get(c, KPPS_GEN_A_ID, 0);
	return ret;
}

int set_run(u32 run)
{
	client_begin(&f.c, KPPS_GEN_CMD_SINK_SET);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	client_u32(&f.c, KPPS_GEN_A_RUN, run);
	return client_call(&f.c);
}

int set_flags(u32 flags)
{
	client_begin(&f.c, KPPS_GEN_CMD_SINK_SET);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	client_u32(&f.c, KPPS_GEN_A_FLAGS, flags);
	return client_call(&f.c);
}

u64 counted(u16 attr)
{
	return sink_call(KPPS_GEN_CMD_SINK_GET) ? 0 : client_get(&f.c, attr, ~0ULL);
}

/* Both sinks anew. */
void open_sinks(u32 flags, u64 unsigned_streams)
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
bool settle(void)
{
	u64 end = clk_monotonic_ns() + WAIT_NS;

	while (counted(KPPS_GEN_A_FRAMES) < f.sent && !f.lost && clk_monotonic_ns() < end)
		usleep(100);
	f.lost = counted(KPPS_GEN_A_FRAMES) < f.sent;
	return counted(KPPS_GEN_A_FRAMES) == f.sent;
}

void account(u8 *data, u32 len)
{
	const struct frame frame = { .data = data, .len = len };

	sink_account(f.port, &frame, clk_monotonic_ns());
	if (++f.sent % 64 == 0)	/* the receiver's backlog has room for more */
		settle();
}

void give_bytes(u8 *data, u32 len)
{
	send_bytes(data, len);
	account(data, len);
}

struct build plain(u8 stream, u64 index)
{
	return (struct build){
		.version = 4, .protocol = IPPROTO_UDP, .payload = 18, .signature = true,
		.run = RUN, .stream = stream, .index = index & (WRAP - 1),
	};
}

void give(u8 stream, u64 index)
{
	struct build b = plain(stream, index);
	struct built frame;

	build_frame(&frame, &b);
	give_bytes(frame.data, frame.len);
}

u64 stream_count(u32 stream, u16 attr)
{
	settle();
	client_begin(&f.c, KPPS_GEN_CMD_SINK_STREAM_GET);
	client_u32(&f.c, KPPS_GEN_A_ID, f.id);
	client_u32(&f.c, KPPS_GEN_A_STREAM, stream);
	return client_call(&f.c) ? ~0ULL : client_get(&f.c, attr, ~0ULL);
}

/* Traffic. */

void *send_half(void *arg)
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

void begin_traffic(struct half *h, volatile bool *stop)
{
	*stop = false;
	for (int i = 0; i < 2; i++) {
		h[i] = (struct half){ .cpu = i, .first = (u64)i, .step = 2, .stop = stop,
				      .fd = sender_on("v0") };
		pthread_create(&h[i].thread, NULL, send_half, &h[i]);
	}
}

void end_traffic(struct half *h, volatile bool *stop)
{
	*stop = true;
	for (int i = 0; i < 2; i++) {
		pthread_join(h[i].thread, NULL);
		close(h[i].fd);
	}
}

void pair_up(void)
{
	run("/ip link add v0 mtu 16000 type veth peer name v1 mtu 16000 && "
	    "/ip link set v0 up && /ip link set v1 up");
	f.ifindex = device_index("v1");
	f.fd = sender_on("v0");
}

int sink_parts(const struct sink_part *parts, unsigned int n, int argc, char **argv)
{
	unsigned int tests = 0;

	for (unsigned int i = 0; i < n; i++)
		if (argc < 2 || !strcmp(parts[i].name, argv[1]))
			tests += parts[i].n;
	plan(tests);
	run("for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done");
	run("echo 10000 >/proc/sys/net/core/netdev_max_backlog");
	client_open(&f.c);
	pair_up();
	for (unsigned int i = 0; i < n; i++)
		if (argc < 2 || !strcmp(parts[i].name, argv[1]))
			parts[i].run();
	client_close(&f.c);
	return 0;
}
