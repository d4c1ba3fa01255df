/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client.h - for the module's tests: requests of the family kpps_gen put together
 * attribute by attribute, so that wrong ones can be sent too; devices and
 * namespaces. Runs as root in a virtual machine; every failure of its own ends
 * the program. Needs nothing but libc: test programs are linked statically.
 */
#ifndef TESTS_KMOD_CLIENT_H
#define TESTS_KMOD_CLIENT_H

#include <stdbool.h>

#include "kmod/uapi/kpps_gen.h"
#include "lib/hist.h"
#include "lib/stream_build.h"

#define CLIENT_ROOM 131072

struct client {
	int fd;
	int family, group;
	u32 seq;
	u8 request[CLIENT_ROOM], answer[CLIENT_ROOM];
	u32 len;		/* of the request so far */
	/* of the last answer */
	const u8 *attrs;
	u32 attrs_len;
	char message[256];	/* of the extended ack; empty: none */
	u32 bad_attr;		/* type of the attribute it names; 0: none */
	u32 miss_attr;		/* type of the one it misses; 0: none */
};

void client_open(struct client *c);
void client_close(struct client *c);
void client_begin(struct client *c, u8 cmd);
void client_add(struct client *c, u16 attr, const void *data, u32 len);
void client_u32(struct client *c, u16 attr, u32 v);
void client_u64(struct client *c, u16 attr, u64 v);
void client_flag(struct client *c, u16 attr);
/* client_call - send what was put together; 0, or the negative errno of the answer. */
int client_call(struct client *c);
/* client_dump - the same as a dump; messages in it, or negative errno. @each may be NULL. */
int client_dump(struct client *c, void (*each)(struct client *c, void *arg), void *arg);
/* Of the answer; @absent when it has no such attribute. */
u64 client_get(const struct client *c, u16 attr, u64 absent);
const void *client_data(const struct client *c, u16 attr, u32 *ret_len);
/* client_wait_done - a GEN_DONE of @id, for which client_listen was called before; 0 or -ETIMEDOUT. */
void client_listen(struct client *c);
int client_wait_done(struct client *c, u32 id, unsigned int timeout_ms, u32 *ret_why);

/* What most tests ask for; all return 0 or negative errno. */
int gen_new(struct client *c, int ifindex, u32 way, u32 *ret_id);
int gen_plan_count(struct client *c, u32 id, u64 count, u32 burst);
int gen_plan_duration(struct client *c, u32 id, u64 ns);
int gen_plan_endless(struct client *c, u32 id);
int gen_stream(struct client *c, u32 id, u32 number, const struct kpps_stream *s, u64 first);
int gen_lane(struct client *c, u32 id, u32 lane, u32 stream, double pps, u64 total);
int gen_call(struct client *c, u8 cmd, u32 id);
/* gen_get - GEN_GET; the answer's attributes are then client_get's. */
int gen_get(struct client *c, u32 id);
/* gen_wait - until it has ended; its WHY. Asks every ms, @timeout_ms at most; -ETIMEDOUT. */
int gen_wait(struct client *c, u32 id, unsigned int timeout_ms);

/* Devices, by ioctl and rtnetlink through busybox' ip; they end the program when they fail. */
int device_index(const char *name);
__printf(1, 2) void run(const char *format, ...);

/* TAP */
void plan(unsigned int n);
__printf(2, 3) bool ok(bool good, const char *format, ...);

#endif
