/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay.h - captures through the firewall: several files merged by their time
 * stamps, each entering by an interface of the default world (world.h). Time
 * is the captures'; nothing waits. One thread.
 */
#ifndef KPPS_REPLAY_H
#define KPPS_REPLAY_H

#include "fw-under-test/engine/fw.h"

#define REPLAY_INPUTS_MAX	32
#define REPLAY_FRAME_MAX	9216	/* bytes */
#define REPLAY_ROOM		9600	/* at a frame's data */

struct replay_frame {
	u8 *data;
	u32 len;
	u16 in_if;
	u64 time_ns;		/* never less than the frame's before */
};

struct replay;

int replay_create(struct replay **ret_replay, struct err *err);
void replay_destroy(struct replay *r);	/* NULL is fine */
/* replay_add - "FILE" enters by @in_if, "IF:FILE" by IF. */
int replay_add(struct replay *r, const char *input, unsigned int in_if, struct err *err);
/* replay_next - 1 and the next frame, valid until the next call; 0: the end. */
int replay_next(struct replay *r, struct replay_frame *ret, struct err *err);

/*
 * replay_describe - "198.18.0.1:1024 > 198.19.0.1:53 udp" of an Ethernet frame
 * into @buf, which it returns.
 */
const char *replay_describe(u8 *data, u32 len, char *buf, size_t size);

#endif
