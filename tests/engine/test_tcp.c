// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TCP tracking: the state table cell by cell, and what goes beyond it (resets,
 * reopening, being out of step). Windows are in test_tcp_window.c.
 */
#include "tests/engine/world.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fw-under-test/engine/internal.h"

#define DAY 86400.0

static void open_world(struct world *w, bool liberal, bool loose)
{
	struct fw_config c;

	world_config(&c);
	c.tcp_be_liberal = liberal;
	c.tcp_loose = loose;
	world_open(w, &c, RULES_TRACK, RULES_TRACK);
}

static struct conn *find(struct world *w, u16 port)
{
	struct tuple t = { .family = AF_INET, .l4proto = IPPROTO_TCP, .port = { port, 80 } };
	struct conn_table *ct = &w->worker->conns;
	unsigned int dir;

	inet_pton(AF_INET, "10.0.0.2", &t.src);
	inet_pton(AF_INET, "198.51.100.7", &t.dst);
	return conn_find(ct, &t, conn_hash(ct, &t), &dir);
}

static const char *send_segment(struct world *w, double at, bool reply, u16 port, const char *rest)
{
	char packet[256];

	if (reply)
		snprintf(packet, sizeof(packet), "tcp 198.51.100.7:80 > 10.0.0.2:%u %s", port, rest);
	else
		snprintf(packet, sizeof(packet), "tcp 10.0.0.2:%u > 198.51.100.7:80 %s", port, rest);
	return world_send(w, at, reply, packet);
}

static void expect_state(struct world *w, double at, bool reply, const char *rest,
			 const char *ctstate)
{
	const char *answer = send_segment(w, at, reply, 1000, rest);

	if (strcmp(fw_ctstate_name(w->pkt.ctinfo), ctstate))
		fail_msg("%s %s: expected %s, got %s", reply ? "<" : ">", rest, ctstate, answer);
}

static void handshake(struct world *w)
{
	expect_state(w, 0, false, "flags=S seq=999", "new");
	expect_state(w, 0, true, "flags=SA seq=4999 ack=1000", "established");
	expect_state(w, 0, false, "flags=A seq=1000 ack=5000", "established");
}

/* The kernel's table as written in its documentation: = stays, ! invalid,
 * ~ passes without effect. Time-wait and close: SYN of a connection that
 * nobody closed (others reopen, see below). */
static const char *const state_names[TCPS_STATES] = {
	[TCPS_NONE] = "NO", [TCPS_SYN_SENT] = "SS", [TCPS_SYN_SENT2] = "S2",
	[TCPS_SYN_RECV] = "SR", [TCPS_ESTABLISHED] = "ES", [TCPS_FIN_WAIT] = "FW",
	[TCPS_CLOSE_WAIT] = "CW", [TCPS_LAST_ACK] = "LA", [TCPS_TIME_WAIT] = "TW",
	[TCPS_CLOSE] = "CL",
};

struct table_row {
	u8 from;
	const char *to[10];
};

static const char *const segments[10] = {
	"flags=S seq=1", "flags=SA seq=1 ack=1", "flags=FA seq=1 ack=1", "flags=A seq=1 ack=1",
	"flags=S seq=1", "flags=SA seq=1 ack=1", "flags=FA seq=1 ack=1", "flags=A seq=1 ack=1",
	"flags=R seq=9", "flags=R seq=9",
};

static bool is_reply(unsigned int column)
{
	return (column >= 4 && column < 8) || column == 9;
}

static const struct table_row table[] = {
	/* original: SYN  S/A   FIN   ACK  reply: SYN   S/A   FIN   ACK   RST   RST */
	{ TCPS_SYN_SENT, { "=", "!", "!", "!", "S2", "SR", "!", "~", "CL", "CL" } },
	{ TCPS_SYN_SENT2, { "=", "SR", "!", "!", "=", "SR", "!", "~", "CL", "CL" } },
	{ TCPS_SYN_RECV, { "~", "=", "FW", "ES", "!", "~", "FW", "=", "CL", "CL" } },
	{ TCPS_ESTABLISHED, { "~", "!", "FW", "=", "!", "~", "FW", "=", "CL", "CL" } },
	{ TCPS_FIN_WAIT, { "~", "!", "LA", "CW", "!", "~", "LA", "CW", "CL", "CL" } },
	{ TCPS_CLOSE_WAIT, { "~", "!", "LA", "=", "!", "~", "LA", "=", "CL", "CL" } },
	{ TCPS_LAST_ACK, { "~", "!", "=", "TW", "!", "~", "=", "TW", "CL", "CL" } },
	{ TCPS_TIME_WAIT, { "~", "!", "=", "=", "~", "~", "=", "=", "CL", "CL" } },
	{ TCPS_CLOSE, { "~", "!", "=", "=", "!", "~", "=", "=", "=", "=" } },
};

static void check_cell(struct world *w, const struct table_row *row, unsigned int column)
{
	u16 port = (u16)(1000 + row->from * 16 + column);
	const char *to = row->to[column], *answer;
	struct conn *c;
	u32 marker;
	u8 state;

	send_segment(w, 0, false, port, "flags=S seq=0");
	c = find(w, port);
	assert_non_null(c);
	c->state = row->from;
	c->status |= CTS_SEEN_REPLY;
	marker = (u32)w->worker->now_tick + 7;
	c->deadline = marker;
	answer = send_segment(w, 0, is_reply(column), port, segments[column]);
	state = row->from;
	if (to[0] != '=' && to[0] != '!' && to[0] != '~')
		for (state = 0; strcmp(state_names[state], to); state++)
			;
	if (c->state != state || (w->pkt.ctinfo == FW_CT_INVALID) != (*to == '!') ||
	    (c->deadline == marker) != (*to == '!' || *to == '~'))
		fail_msg("%s, %s %s: expected %s, state is %s, %s", state_names[row->from],
			 is_reply(column) ? "reply" : "original", segments[column], to,
			 state_names[c->state], answer);
}

static void state_table(void **state __unused)
{
	struct world w;
	unsigned int i, column;

	open_world(&w, true, true);
	for (i = 0; i < ARRAY_SIZE(table); i++)
		for (column = 0; column < 10; column++)
			check_cell(&w, &table[i], column);
	world_close(&w);
}

static void first_segments(void **state __unused)
{
	static const struct row rows[] = {
		{ 0, 0, "tcp 10.0.0.2:1 > 198.51.100.7:80 flags=S", "forward 1 new …" },
		{ 0, 0, "tcp 10.0.0.2:2 > 198.51.100.7:80 flags=SA ack=1",
		  "forward 1 invalid not allowed in this TCP state …" },
		{ 0, 0, "tcp 10.0.0.2:3 > 198.51.100.7:80 flags=FA", "forward 1 invalid not …" },
		{ 0, 0, "tcp 10.0.0.2:4 > 198.51.100.7:80 flags=R", "forward 1 invalid not …" },
		{ 0, 0, "tcp 10.0.0.2:5 > 198.51.100.7:80 flags=A", "forward 1 new …" },
		{ 0, 0, "tcp [2001:db8::2]:6 > [2001:db8:1::7]:80 flags=S", "forward 1 new …" },
		{ 0, 1, "tcp [2001:db8:1::7]:80 > [2001:db8::2]:6 flags=SA ack=1",
		  "forward 0 established …" },
	};

	world_table(RULES_TRACK, RULES_TRACK, rows, ARRAY_SIZE(rows));
}

static void flags_that_do_not_go_together(void **state __unused)
{
	static const char *const good[] = { "S", "SU", "SA", "R", "RA", "FA", "FAU", "A", "AU" };
	struct world w;
	unsigned int bits, i, n;

	open_world(&w, true, true);
	handshake(&w);
	for (bits = 0; bits < 64; bits++) {
		char flags[8] = "", rest[64];
		bool ok = false;

		for (i = n = 0; i < 6; i++)
			if ((bits & 1u << i) && i != 3)
				flags[n++] = "FSRPAU"[i];
		flags[n] = 0;
		for (i = 0; i < ARRAY_SIZE(good); i++)
			ok |= !strcmp(flags, good[i]);
		if (bits & 4)
			continue;	/* resets end the connection: tested elsewhere */
		if (bits & 8)
			flags[n++] = 'P';
		flags[n] = 0;
		snprintf(rest, sizeof(rest), "flags=%s seq=1000 ack=5000", flags);
		send_segment(&w, 0, false, 1000, rest);
		if ((w.pkt.why_invalid == WHY_TCP_FLAGS) == ok)
			fail_msg("%s: %s", flags, w.answer);
		find(&w, 1000)->state = TCPS_ESTABLISHED;
	}
	world_close(&w);
}

static void pickup_only_when_loose(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	expect_state(&w, 0, false, "flags=A seq=1000 ack=5000 len=10", "new");
	expect_state(&w, 0, true, "flags=A seq=5000 ack=1010 len=999", "established");
	/* Windows are guesses: a segment far off still passes. */
	expect_state(&w, 0, false, "flags=A seq=900000 ack=5999", "established");
	world_close(&w);
	open_world(&w, false, false);
	send_segment(&w, 0, false, 1000, "flags=A seq=1000 ack=5000");
	assert_int_equal(w.pkt.ctinfo, FW_CT_INVALID);
	assert_int_equal(w.pkt.why_invalid, WHY_TCP_PICKUP);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void picked_up_unanswered_ends_after_unacknowledged(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	expect_state(&w, 0, false, "flags=A seq=1000 ack=5000", "new");
	fw_tick(w.worker, w.now + 299 * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 1);
	fw_tick(w.worker, w.now + 301 * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void reset_must_match_exactly_to_close(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, true, "flags=R seq=4999", "invalid");
	assert_int_equal(w.pkt.why_invalid, WHY_TCP_RST);
	/* In the window, but not the next byte: maybe a challenge ACK follows. */
	expect_state(&w, 1, true, "flags=R seq=5001", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_ESTABLISHED);
	expect_state(&w, 1, true, "flags=R seq=5000", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_CLOSE);
	fw_tick(w.worker, w.now + 10 * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 1);
	fw_tick(w.worker, w.now + 12 * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void inexact_reset_shortens_the_time_out_only(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, true, "flags=R seq=5001", "established");
	expect_state(&w, 5, false, "flags=A seq=1000 ack=5000", "established");
	fw_tick(w.worker, w.now + 200 * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 1);
	world_close(&w);
}

static void reset_is_taken_at_any_sequence_when_closing(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, false, "flags=FA seq=1000 ack=5000", "established");
	expect_state(&w, 1, true, "flags=R seq=77", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_CLOSE);
	world_close(&w);
}

static void reset_after_data_of_the_same_train_closes(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, true, "flags=A seq=5000 ack=1000 len=19", "established");
	expect_state(&w, 1, true, "flags=R seq=5019 ack=1000", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_CLOSE);
	world_close(&w);
}

static void reset_of_an_unanswered_syn_removes_it(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	expect_state(&w, 0, false, "flags=S seq=999", "new");
	expect_state(&w, 0, true, "flags=RA seq=0 ack=1000", "established");
	expect_state(&w, 0.01, false, "flags=S seq=777", "new");
	assert_int_equal(world_count(&w), 1);
	world_close(&w);
}

static void reset_to_a_challenge_ack_is_accepted(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	expect_state(&w, 0, false, "flags=S seq=999", "new");
	/* The server still has an old connection: it passes, with no effect. */
	expect_state(&w, 0, true, "flags=A seq=70000 ack=33333", "established");
	expect_state(&w, 0, false, "flags=R seq=33333", "established");
	assert_int_equal(w.pkt.why_invalid, WHY_NONE);
	assert_int_equal(find(&w, 1000)->state, TCPS_CLOSE);
	world_close(&w);
}

static void close_down(struct world *w)
{
	handshake(w);
	expect_state(w, 1, false, "flags=FA seq=1000 ack=5000", "established");
	expect_state(w, 1, true, "flags=A seq=5000 ack=1001", "established");
	expect_state(w, 1, true, "flags=FA seq=5000 ack=1001", "established");
	expect_state(w, 1, false, "flags=A seq=1001 ack=5001", "established");
	assert_int_equal(find(w, 1000)->state, TCPS_TIME_WAIT);
}

static void syn_reopens_a_finished_connection(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	close_down(&w);
	expect_state(&w, 2, false, "flags=S seq=800000", "new");
	assert_int_equal(find(&w, 1000)->state, TCPS_SYN_SENT);
	assert_int_equal(world_count(&w), 1);
	world_close(&w);
}

static void server_may_reopen_too(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	close_down(&w);
	expect_state(&w, 2, true, "flags=S seq=800000", "new");
	expect_state(&w, 2, false, "flags=SA seq=1 ack=800001", "established");
	world_close(&w);
}

static void syn_after_a_reset_of_its_side_reopens(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, false, "flags=R seq=1000", "established");
	expect_state(&w, 2, false, "flags=S seq=800000", "new");
	world_close(&w);
}

static void resynchronises_by_a_syn_ack(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	/* Client restarted: the server answers, so both know better than we. */
	expect_state(&w, 1, false, "flags=S seq=700000 win=100", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_ESTABLISHED);
	expect_state(&w, 1, true, "flags=SA seq=90000 ack=700001", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_SYN_RECV);
	expect_state(&w, 1, false, "flags=A seq=700001 ack=90001 len=5", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_ESTABLISHED);
	expect_state(&w, 1, true, "flags=A seq=90001 ack=700006 len=5", "established");
	expect_state(&w, 1, true, "flags=A seq=90006 ack=800000 len=1", "invalid");
	world_close(&w);
}

static void reset_to_an_ignored_syn_closes(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, false, "flags=S seq=700000", "established");
	expect_state(&w, 1, true, "flags=RA seq=0 ack=700001", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_CLOSE);
	world_close(&w);
}

static void simultaneous_open(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	expect_state(&w, 0, false, "flags=S seq=999", "new");
	expect_state(&w, 0, true, "flags=S seq=4999", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_SYN_SENT2);
	expect_state(&w, 0, false, "flags=SA seq=999 ack=5000", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_SYN_RECV);
	expect_state(&w, 0, true, "flags=A seq=5000 ack=1000", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_ESTABLISHED);
	world_close(&w);
}

static void challenge_ack_in_last_ack_is_not_the_last_ack(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, true, "flags=FA seq=5000 ack=1000", "established");
	expect_state(&w, 1, false, "flags=FA seq=1000 ack=5001", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_LAST_ACK);
	expect_state(&w, 1, false, "flags=S seq=700000", "established");
	expect_state(&w, 1, true, "flags=A seq=5001 ack=1001", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_LAST_ACK);
	expect_state(&w, 1, true, "flags=A seq=5001 ack=1001", "established");
	assert_int_equal(find(&w, 1000)->state, TCPS_TIME_WAIT);
	world_close(&w);
}

static void assured_after_the_handshake(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	expect_state(&w, 0, false, "flags=S seq=999", "new");
	expect_state(&w, 0, true, "flags=SA seq=4999 ack=1000", "established");
	assert_false(find(&w, 1000)->status & CTS_ASSURED);
	expect_state(&w, 0, false, "flags=A seq=1000 ack=5000", "established");
	assert_true(find(&w, 1000)->status & CTS_ASSURED);
	world_close(&w);
}

struct timeout_case {
	u8 state;
	double seconds;
};

static void state_timeouts(void **state __unused)
{
	static const struct timeout_case cases[] = {
		{ TCPS_SYN_SENT, 120 },	 { TCPS_SYN_SENT2, 120 }, { TCPS_SYN_RECV, 60 },
		{ TCPS_FIN_WAIT, 120 },	 { TCPS_CLOSE_WAIT, 60 }, { TCPS_LAST_ACK, 30 },
		{ TCPS_TIME_WAIT, 120 }, { TCPS_ESTABLISHED, 432000 },
	};
	/* Segments that reach each state, in order. */
	static const struct {
		bool reply;
		const char *rest;
		u8 state;
	} way[] = {
		{ false, "flags=S seq=999", TCPS_SYN_SENT },
		{ true, "flags=S seq=4999", TCPS_SYN_SENT2 },
		{ true, "flags=SA seq=4999 ack=1000", TCPS_SYN_RECV },
		{ false, "flags=A seq=1000 ack=5000", TCPS_ESTABLISHED },
		{ false, "flags=FA seq=1000 ack=5000", TCPS_FIN_WAIT },
		{ true, "flags=A seq=5000 ack=1001", TCPS_CLOSE_WAIT },
		{ true, "flags=FA seq=5000 ack=1001", TCPS_LAST_ACK },
		{ false, "flags=A seq=1001 ack=5001", TCPS_TIME_WAIT },
	};
	struct world w;
	size_t i, k;
	double t;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		open_world(&w, true, true);
		for (k = 0; k < ARRAY_SIZE(way); k++) {
			if (way[k].state == TCPS_SYN_SENT2 && cases[i].state != TCPS_SYN_SENT2)
				continue;
			send_segment(&w, 0, way[k].reply, 1000, way[k].rest);
			if (way[k].state == cases[i].state)
				break;
		}
		assert_int_equal(find(&w, 1000)->state, cases[i].state);
		conn_tcp(find(&w, 1000))->seen[0].flags &= (u8)~TCPSF_UNACKED;
		conn_tcp(find(&w, 1000))->seen[1].flags &= (u8)~TCPSF_UNACKED;
		t = cases[i].seconds;
		fw_tick(w.worker, w.now + (u64)(t * 1e9));
		assert_int_equal(world_count(&w), 1);
		fw_tick(w.worker, w.now + (u64)((t + 0.3) * 1e9));
		assert_int_equal(world_count(&w), 0);
		world_close(&w);
	}
}

static void unacknowledged_data_shortens_the_time_out(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, false, "flags=A seq=1000 ack=5000 len=10", "established");
	fw_tick(w.worker, w.now + 300 * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 1);
	expect_state(&w, 300.5, true, "flags=A seq=5000 ack=1010", "established");
	fw_tick(w.worker, w.now + (u64)(4 * DAY) * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 1);
	expect_state(&w, 4 * DAY, false, "flags=A seq=1010 ack=5000 len=10", "established");
	fw_tick(w.worker, w.now + (u64)(4 * DAY + 302) * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

static void repeated_acks_count_as_retransmissions(void **state __unused)
{
	int repeats;
	struct world w;

	for (repeats = 2; repeats <= 3; repeats++) {
		int i;

		open_world(&w, false, true);
		handshake(&w);
		for (i = 0; i < repeats; i++)
			expect_state(&w, 1, false, "flags=A seq=1000 ack=5000", "established");
		fw_tick(w.worker, w.now + 302 * NSEC_PER_SEC);
		assert_int_equal(world_count(&w), repeats < 3);
		world_close(&w);
	}
}

static void goodbyes_outside_both_ways_shorten_the_time_out(void **state __unused)
{
	struct world w;

	open_world(&w, false, true);
	handshake(&w);
	expect_state(&w, 1, false, "flags=FA seq=1000 ack=900000", "invalid");
	fw_tick(w.worker, w.now + 400 * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 1);
	expect_state(&w, 400, true, "flags=FA seq=5000 ack=900000", "invalid");
	fw_tick(w.worker, w.now + 702 * NSEC_PER_SEC);
	assert_int_equal(world_count(&w), 0);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_table),
		cmocka_unit_test(first_segments),
		cmocka_unit_test(reset_is_taken_at_any_sequence_when_closing),
		cmocka_unit_test(flags_that_do_not_go_together),
		cmocka_unit_test(pickup_only_when_loose),
		cmocka_unit_test(picked_up_unanswered_ends_after_unacknowledged),
		cmocka_unit_test(reset_must_match_exactly_to_close),
		cmocka_unit_test(inexact_reset_shortens_the_time_out_only),
		cmocka_unit_test(reset_after_data_of_the_same_train_closes),
		cmocka_unit_test(reset_of_an_unanswered_syn_removes_it),
		cmocka_unit_test(reset_to_a_challenge_ack_is_accepted),
		cmocka_unit_test(syn_reopens_a_finished_connection),
		cmocka_unit_test(server_may_reopen_too),
		cmocka_unit_test(syn_after_a_reset_of_its_side_reopens),
		cmocka_unit_test(resynchronises_by_a_syn_ack),
		cmocka_unit_test(reset_to_an_ignored_syn_closes),
		cmocka_unit_test(simultaneous_open),
		cmocka_unit_test(challenge_ack_in_last_ack_is_not_the_last_ack),
		cmocka_unit_test(assured_after_the_handshake),
		cmocka_unit_test(state_timeouts),
		cmocka_unit_test(unacknowledged_data_shortens_the_time_out),
		cmocka_unit_test(repeated_acks_count_as_retransmissions),
		cmocka_unit_test(goodbyes_outside_both_ways_shorten_the_time_out),
	};

	return cmocka_run_group_tests_name("engine/tcp", tests, NULL, NULL);
}
