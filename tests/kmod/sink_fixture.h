/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink_fixture.h - a sink of the module on v1, what a packet socket sends it through
 * v0, and a port sink that is given the same: for the programs that try sinks. They
 * run as root in a virtual machine with two CPUs, veth, dummy and bridge (in_vm). One
 * of each, in f; what can't be set up ends the program.
 */
#ifndef KPPS_TESTS_SINK_FIXTURE_H
#define KPPS_TESTS_SINK_FIXTURE_H

#include <linux/virtio_net.h>
#include <pthread.h>

#include "sink/sink.h"
#include "tests/kmod/client.h"
#include "tests/sink/build_frame.h"

#define RUN 5
#define WRAP (1ULL << 48)
#define STREAMS 0x8000000000000007ULL	/* 0, 1, 2 and the last */
#define WAIT_NS (10 * NSEC_PER_SEC)

struct fixture {
	struct client c;
	int fd;			/* sends into v0, with a struct virtio_net_hdr before each frame */
	int ifindex;		/* v1 */
	u32 id;			/* of the sink on v1 */
	struct sink *port;	/* is given the same */
	u64 sent;		/* to both */
	bool lost;		/* some never came: wait for no more */
};

extern struct fixture f;

/* Sockets: one that receives, one that sends with a struct virtio_net_hdr. */
int socket_on(const char *name, u16 protocol);
int sender_on(const char *name);
void send_with(int fd, const struct virtio_net_hdr *hdr, const u8 *data, u32 len);
void send_bytes(const u8 *data, u32 len);

/* Requests; 0 or negative errno, as client_call. */
int sink_call(u8 cmd);
void begin_new(struct client *c, int ifindex, u32 flags);
int new_on(struct client *c, int ifindex, u32 flags, u32 *ret_id);
int set_run(u32 run);
int set_flags(u32 flags);
/* counted, stream_count - an attribute of SINK_GET; of SINK_STREAM_GET, once all came. */
u64 counted(u16 attr);
u64 stream_count(u32 stream, u16 attr);
/* open_sinks - both anew. */
void open_sinks(u32 flags, u64 unsigned_streams);

/* Until the sink has seen all that was sent; false: it never will. */
bool settle(void);
/* account - in the port sink; give_bytes, give - send it, too; @index of @stream, as plain. */
void account(u8 *data, u32 len);
void give_bytes(u8 *data, u32 len);
struct build plain(u8 stream, u64 index);
void give(u8 stream, u64 index);

/* A thread that sends its share of stream 0 from a CPU. */
struct half {
	pthread_t thread;
	int cpu;
	u64 first, step, n;
	int fd;
	volatile bool *stop;	/* NULL: @n frames */
};

void *send_half(void *arg);
/* begin_traffic - two of them, until end_traffic. */
void begin_traffic(struct half *h, volatile bool *stop);
void end_traffic(struct half *h, volatile bool *stop);
/* pair_up - v0 and v1. */
void pair_up(void);

struct sink_part {
	const char *name;
	void (*run)(void);
	unsigned int n;		/* tests */
};

/* sink_parts - a program's main: all of @parts, or the one that its argument names. */
int sink_parts(const struct sink_part *parts, unsigned int n, int argc, char **argv);

#endif
