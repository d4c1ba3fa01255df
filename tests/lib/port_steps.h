/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_steps.h - the steps that tests of ports on an interface are made of: frames
 * sent by one port, expected at another. Each asserts. Include after cmocka.h.
 */
#ifndef KPPS_TESTS_PORT_STEPS_H
#define KPPS_TESTS_PORT_STEPS_H

#include "tests/lib/port_ends.h"

#define PATIENCE_NS	(5 * NSEC_PER_SEC)	/* for what must happen soon */
#define QUIET_NS	(30 * 1000 * 1000)	/* for what must not */

/* Sends @n frames, number and length counting up; the commit is the last call. */
static inline void send_frames(struct port *p, u32 number, u32 len, u16 tpid, unsigned int n)
{
	struct frame f[PORT_BURST];
	int got;

	assert_true(n <= PORT_BURST);
	got = port_reserve(p, f, n);
	assert_int_equal(got, n);
	for (unsigned int i = 0; i < n; i++)
		frame_fill(&f[i], number + i, len + i, tpid);
	assert_int_equal(port_commit(p, f, n), 0);
}

static inline void send_one(struct port *p, u32 number, u32 len)
{
	send_frames(p, number, len, 0, 1);
}

/* The @n frames that send_frames made arrive, and they next. */
static inline void expect_frames(struct port *p, u32 number, u32 len, u16 tpid, unsigned int n)
{
	struct frame f[PORT_BURST];

	for (unsigned int at = 0; at < n;) {
		int got = peek_patiently(p, f, min(n - at, (unsigned int)PORT_BURST), PATIENCE_NS);

		assert_true(got > 0);
		for (int i = 0; i < got; i++, at++)
			assert_true(frame_equals(&f[i], number + at, len + at, tpid));
		assert_int_equal(port_release(p, (unsigned int)got), 0);
	}
}

static inline void expect_one(struct port *p, u32 number, u32 len)
{
	expect_frames(p, number, len, 0, 1);
}

static inline void expect_nothing(struct port *p)
{
	struct frame f;

	assert_int_equal(peek_patiently(p, &f, 1, QUIET_NS), 0);
}

#endif
