// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_sink_life.c - requests that a sink of the module refuses, dumps, and what
 * becomes of it when its device, socket or namespace goes under traffic. See
 * sink_fixture.h; what it counts: test_sink.c.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kmod/sink_fixture.h"

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

/* A name as argument runs one alone. */
static const struct sink_part parts[] = {
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
	return sink_parts(parts, ARRAY_SIZE(parts), argc, argv);
}
