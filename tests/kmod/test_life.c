// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_life.c - runs that something ends: their device goes down or away, their
 * namespace, their socket, the module; and requests in random order for some
 * seconds. What matters besides the results is that the kernel says nothing: in_vm
 * fails at any warning.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/kmod/client.h"
#include "tests/lib/stream_random.h"

#define MODULE "/lib/modules/kpps_gen.ko"

static struct client c;
static struct kpps_stream stream;

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* An endless run on @device; its ID. */
static u32 endless(struct client *client, const char *device, u32 way, double pps)
{
	u32 id;

	if (gen_new(client, device_index(device), way, &id) || gen_plan_endless(client, id) ||
	    gen_stream(client, id, 0, &stream, 0) || gen_lane(client, id, 0, 0, pps, 0) ||
	    gen_call(client, KPPS_GEN_CMD_GEN_START, id)) {
		printf("Bail out! no run on %s: %s\n", device, client->message);
		exit(1);
	}
	pause_ms(20);
	return id;
}

static void ended(u32 id, u32 want, const char *name)
{
	u32 why = 99;
	int ret = client_wait_done(&c, id, 3000, &why);

	ok(!ret && why == want && gen_wait(&c, id, 1) == (int)want &&
		   client_get(&c, KPPS_GEN_A_SENT, 0) > 0,
	   "%s: the run ends with WHY %u (was %u, event %d)", name, want, why, ret);
}

static void device_events(u32 way, const char *name)
{
	u32 id;

	run("/ip link add x0 type dummy && /ip link set x0 up");
	id = endless(&c, "x0", way, 0);
	run("/ip link set x0 down");
	ended(id, KPPS_GEN_WHY_DEVICE_DOWN, name);
	run("/ip link set x0 up");
	ok(!gen_call(&c, KPPS_GEN_CMD_GEN_START, id), "%s: it starts again when the device is up", name);
	pause_ms(20);
	run("/ip link del x0");
	ended(id, KPPS_GEN_WHY_DEVICE_GONE, name);
	ok(gen_call(&c, KPPS_GEN_CMD_GEN_START, id) == -ENODEV &&
		   !gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id),
	   "%s: without its device it can only be deleted", name);
}

static void device_moves(void)
{
	u32 id;

	run("/ip netns add other && /ip link add x0 type dummy && /ip link set x0 up");
	id = endless(&c, "x0", KPPS_GEN_WAY_QUEUE, 0);
	run("/ip link set x0 netns other");
	gen_wait(&c, id, 3000);
	ok(client_get(&c, KPPS_GEN_A_WHY, 99) == KPPS_GEN_WHY_DEVICE_GONE,
	   "a device that moves to another namespace is gone");
	gen_call(&c, KPPS_GEN_CMD_GEN_DEL, id);
	run("/ip netns del other");
}

static void count_one(struct client *client, void *arg)
{
	++*(unsigned int *)arg;
	(void)client;
}

static unsigned int generators(void)
{
	unsigned int n = 0;

	client_begin(&c, KPPS_GEN_CMD_GEN_GET);
	if (client_dump(&c, count_one, &n) < 0)
		return 999;
	return n;
}

static void owners(void)
{
	static struct client other;
	unsigned int before = generators();

	run("/ip link add x0 type dummy && /ip link set x0 up");
	client_open(&other);
	endless(&other, "x0", KPPS_GEN_WAY_QUEUE, 0);
	endless(&other, "x0", KPPS_GEN_WAY_QDISC, 10);
	ok(generators() == before + 2, "a dump has the generators of all sockets of the namespace");
	client_close(&other);
	ok(generators() == before, "a socket's runs are gone with it");
	if (!fork()) {
		client_open(&other);
		endless(&other, "x0", KPPS_GEN_WAY_QUEUE, 0);
		kill(getpid(), 9);
	}
	wait(NULL);
	pause_ms(50);
	ok(generators() == before, "so are those of a killed process");
	run("/ip link del x0");
}

/* In a namespace of its own, which goes while a run is on. */
static void namespaces(void)
{
	static struct client inner;

	fflush(stdout);
	if (!fork()) {
		if (unshare(CLONE_NEWNET))
			_exit(1);
		run("/ip link set lo up && /ip link add x0 type veth peer name x1 && "
		    "/ip link set x0 up && /ip link set x1 up");
		client_open(&inner);
		if (generators() != 0)
			_exit(2);
		endless(&inner, "x0", KPPS_GEN_WAY_QUEUE, 0);
		endless(&inner, "x1", KPPS_GEN_WAY_RECEIVE, 0);
		endless(&inner, "lo", KPPS_GEN_WAY_QDISC, 0);
		kill(getpid(), 9);
	}
	wait(NULL);
	for (unsigned int i = 0; i < 20; i++) {
		/* namespaces end in the background: many, so that some end under load */
		if (!fork()) {
			if (unshare(CLONE_NEWNET))
				_exit(1);
			run("/ip link add x0 type dummy && /ip link set x0 up");
			client_open(&inner);
			endless(&inner, "x0", KPPS_GEN_WAY_QUEUE, i % 2 ? 0 : 1000);
			_exit(0);
		}
		wait(NULL);
	}
	pause_ms(300);
	ok(true, "namespaces with runs in them end");
}

/* Requests in any order, also senseless ones, while others come from a second process. */
static void random_requests(u64 seed, unsigned int seconds)
{
	static const u8 commands[] = {
		KPPS_GEN_CMD_GEN_START, KPPS_GEN_CMD_GEN_STOP, KPPS_GEN_CMD_GEN_GET,
		KPPS_GEN_CMD_GEN_START, KPPS_GEN_CMD_GEN_START, KPPS_GEN_CMD_GEN_DEL,
	};
	static const char *const devices[] = { "y0", "y1", "y2" };
	time_t end = time(NULL) + seconds;
	unsigned int n = 0;
	u32 id;

	while (time(NULL) < end) {
		n++;
		switch (random_below(&seed, 12)) {
		case 0:
			if (gen_new(&c, (int)if_nametoindex(devices[random_below(&seed, 3)]),
				    (u32)random_below(&seed, 3), &id))
				break;
			if (random_below(&seed, 4))
				gen_plan_endless(&c, id);
			else
				gen_plan_count(&c, id, random_below(&seed, 100000) + 1, 256);
			gen_stream(&c, id, 0, &stream, 0);
			gen_lane(&c, id, 0, 0, random_below(&seed, 2) ? 0 : 50000, 0);
			break;
		case 1:
			if (random_below(&seed, 4))
				break;
			run("/ip link set %s down; /ip link set %s up", devices[random_below(&seed, 3)],
			    devices[random_below(&seed, 3)]);
			run("for d in y0 y1 y2; do /ip link set $d up; done");
			break;
		default:
			gen_call(&c, commands[random_below(&seed, sizeof(commands))],
				 (u32)random_below(&seed, 12) + 1);
		}
	}
	printf("# %u requests\n", n);
}

static void at_random(void)
{
	run("/ip link add y0 type veth peer name y1 && /ip link add y2 type dummy && "
	    "for d in y0 y1 y2; do /ip link set $d up; done");
	fflush(stdout);
	if (!fork()) {
		client_open(&c);
		random_requests(77, 6);
		_exit(0);
	}
	random_requests(78, 6);
	wait(NULL);
	run("/ip link del y0; /ip link del y2");
	ok(true, "start, stop, delete and devices up and down in random order");
}

static int module_remove(void)
{
	return (int)syscall(SYS_delete_module, "kpps_gen", O_NONBLOCK);
}

static int module_insert(void)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC), ret;

	ret = (int)syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return ret;
}

static void module_under_load(void)
{
	bool good = true;

	run("/ip link add z0 type veth peer name z1 && /ip link set z0 up && /ip link set z1 up");
	for (unsigned int i = 0; i < 5 && good; i++) {
		endless(&c, "z0", KPPS_GEN_WAY_QUEUE, 0);
		endless(&c, "z1", KPPS_GEN_WAY_QDISC, 20000);
		endless(&c, "z1", KPPS_GEN_WAY_RECEIVE, 1);
		good = !module_remove();
		if (!good)
			printf("# delete_module: %s\n", strerror(errno));
		good = good && !module_insert();
		client_close(&c);
		client_open(&c);
	}
	ok(good && generators() == 0, "the module can be removed under load, and comes back");
	run("/ip link del z0");
}

int main(void)
{
	struct stream_spec spec;
	struct err err;

	plan(4 * 3 + 1 + 3 + 1 + 1 + 1);
	stream_spec_default(&spec);
	if (stream_build(&spec, &stream, &err))
		return 99;
	client_open(&c);
	client_listen(&c);
	device_events(KPPS_GEN_WAY_QUEUE, "QUEUE");
	device_events(KPPS_GEN_WAY_QDISC, "QDISC");
	device_events(KPPS_GEN_WAY_RECEIVE, "RECEIVE");
	/* events would come between the answers to requests */
	client_close(&c);
	client_open(&c);
	device_moves();
	owners();
	namespaces();
	at_random();
	module_under_load();
	client_close(&c);
	return 0;
}
