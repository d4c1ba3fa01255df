/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_ends.h - the kinds of ports on an interface, for tests and benchmarks that
 * treat them alike, and frames that tell their number. Include after cmocka.h, or
 * without it.
 */
#ifndef KPPS_TESTS_PORT_ENDS_H
#define KPPS_TESTS_PORT_ENDS_H

#include <string.h>

#include "lib/clock.h"
#include "lib/port.h"

struct port_kind {
	const char *name;
	const char *says;	/* begins its errors */
	int (*open)(int ifindex, u32 slots, u32 frame_max, struct port **ret, struct err *err);
};

#define PORT_KINDS 4
extern const struct port_kind port_kinds[PORT_KINDS];

/* Every byte of a frame follows from its number and length; @tpid 0: no VLAN tag. */
static inline void frame_fill(struct frame *f, u32 number, u32 len, u16 tpid)
{
	static const u8 mac[12] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };
	const u8 type[6] = { tpid >> 8, (u8)tpid, 0x2f, 0xfe, 0x88, 0xb5 };
	unsigned int skip = tpid ? 0 : 4, head = 18 - skip;

	memcpy(f->data, mac, 12);
	memcpy(f->data + 12, type + skip, 6 - skip);
	memcpy(f->data + head, &number, sizeof(number));
	for (u32 i = head + 4; i < len; i++)
		f->data[i] = (u8)(number * 7 + i);
	f->len = len;
	f->time = 0;
}

static inline bool frame_equals(const struct frame *f, u32 number, u32 len, u16 tpid)
{
	static u8 bytes[9216];
	struct frame want = { .data = bytes };

	if (f->len != len)
		return false;
	frame_fill(&want, number, len, tpid);
	return !memcmp(f->data, bytes, len);
}

/* Peek until there is something, for @patience ns at most. */
static inline int peek_patiently(struct port *p, struct frame *f, unsigned int n, u64 patience)
{
	u64 start = clk_monotonic_ns();
	int got;

	do {
		got = port_peek(p, f, n);
	} while (!got && clk_monotonic_ns() - start < patience);
	return got;
}

#endif
