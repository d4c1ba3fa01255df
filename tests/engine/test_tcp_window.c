// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TCP window tracking: for each bound a segment that passes and one that does
 * not, with everything that moves the bounds. Sequence numbers in the
 * descriptions are relative: C and S stand for the client's and the server's
 * first data byte, and every test runs with several values of both, one of them
 * so that everything wraps around 2^32.
 */
#include "tests/engine/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fw-under-test/engine/conn.h"

struct step {
	char from;		/* 'C' or 'S' */
	const char *flags;
	s64 seq, ack;		/* relative to the sender's and the receiver's first byte */
	u32 len, win;
	const char *more;	/* options */
	s64 sack[2];		/* relative to the receiver's, 0 0: none */
	u8 expect;		/* enum conn_why; with PASSES: outside, but not invalid */
};

#define PASSES 0x80

static const struct {
	u32 c, s;
} bases[] = { { 100000, 500000 }, { 0, 0 }, { 0xfffffffe, 0x7fffffff }, { 0xffff0000, 0xfffff000 } };

static void send_step(struct world *w, const struct step *st, u32 c, u32 s, size_t index)
{
	bool client = st->from == 'C';
	u32 seq = (client ? c : s) + (u32)st->seq, peer = client ? s : c;
	char packet[256], sack[64] = "";

	if (st->sack[1])
		snprintf(sack, sizeof(sack), "sack=%u-%u", peer + (u32)st->sack[0],
			 peer + (u32)st->sack[1]);
	snprintf(packet, sizeof(packet), "tcp %s flags=%s seq=%u ack=%u len=%u win=%u %s %s",
		 client ? "10.0.0.2:1000 > 198.51.100.7:80" : "198.51.100.7:80 > 10.0.0.2:1000",
		 st->flags, seq, strchr(st->flags, 'A') ? peer + (u32)st->ack : 0, st->len, st->win,
		 st->more ? st->more : "", sack);
	world_send(w, 0, !client, packet);
	if (w->pkt.why_invalid != (st->expect & ~PASSES) ||
	    (w->pkt.ctinfo == FW_CT_INVALID) != (st->expect && !(st->expect & PASSES)))
		fail_msg("step %zu (%s): expected %s%s, got %s", index, packet,
			 fw_invalid_name(st->expect & ~PASSES),
			 st->expect & PASSES ? ", let pass" : "", w->answer);
}

static void run_steps(const struct step *steps, size_t n)
{
	struct fw_config config;
	struct world w;
	size_t b, i;

	for (b = 0; b < ARRAY_SIZE(bases); b++) {
		world_config(&config);
		world_open(&w, &config, RULES_TRACK, NULL);
		for (i = 0; i < n; i++)
			send_step(&w, &steps[i], bases[b].c, bases[b].s, i);
		world_close(&w);
	}
}

#define RUN(steps) run_steps(steps, ARRAY_SIZE(steps))

/* Client offers 1000 bytes, server 2000. */
#define OPEN                                                                                       \
	{ 'C', "S", -1, 0, 0, 1000, NULL, { 0 }, 0 },                                              \
	{ 'S', "SA", -1, 0, 0, 2000, NULL, { 0 }, 0 },                                             \
	{ 'C', "A", 0, 0, 0, 1000, NULL, { 0 }, 0 }

static void bound_1_sequence_within_the_peers_window(void **state __unused)
{
	static const struct step pass[] = { OPEN, { 'C', "A", 2000, 0, 1, 1000, NULL, { 0 }, 0 } };
	static const struct step fail[] = {
		OPEN, { 'C', "A", 3999, 0, 1, 1000, NULL, { 0 }, WHY_SEQ_OVER } };
	static const struct step reply[] = {
		OPEN, { 'S', "A", 1999, 0, 1, 2000, NULL, { 0 }, WHY_SEQ_OVER },
		{ 'S', "A", 1000, 0, 1, 2000, NULL, { 0 }, 0 } };

	RUN(pass);
	RUN(fail);
	RUN(reply);
}

static void bound_2_data_not_older_than_the_peers_window(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'C', "A", 0, 0, 1000, 1000, NULL, { 0 }, 0 },
		{ 'S', "A", 0, 1000, 0, 2000, NULL, { 0 }, 0 },
		{ 'C', "A", -1010, 0, 10, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", -1011, 0, 10, 1000, NULL, { 0 }, WHY_SEQ_UNDER | PASSES },
	};

	RUN(steps);
}

static void bound_3_only_data_seen_is_acknowledged(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'S', "A", 0, 0, 500, 2000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, 501, 0, 1000, NULL, { 0 }, WHY_ACK_OVER },
		{ 'C', "A", 0, 500, 0, 1000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void bound_4_acknowledgement_not_too_old(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'C', "A", 0, -66000, 0, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, -66001, 0, 1000, NULL, { 0 }, WHY_ACK_UNDER | PASSES },
	};

	RUN(steps);
}

static void bound_4_follows_a_window_above_66000(void **state __unused)
{
	static const struct step steps[] = {
		{ 'C', "S", -1, 0, 0, 1000, "wscale=7", { 0 }, 0 },
		{ 'S', "SA", -1, 0, 0, 2000, "wscale=7", { 0 }, 0 },
		{ 'C', "A", 0, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, -128000, 0, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, -128001, 0, 1000, NULL, { 0 }, WHY_ACK_UNDER | PASSES },
	};

	RUN(steps);
}

static void window_scale_counts_when_both_offer_it(void **state __unused)
{
	static const struct step both[] = {
		{ 'C', "S", -1, 0, 0, 1000, "wscale=4", { 0 }, 0 },
		{ 'S', "SA", -1, 0, 0, 2000, "wscale=3", { 0 }, 0 },
		{ 'C', "A", 0, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'S', "A", 16001, 0, 1, 2000, NULL, { 0 }, WHY_SEQ_OVER | PASSES },
		{ 'S', "A", 16000, 0, 1, 2000, NULL, { 0 }, 0 },
		{ 'C', "A", 16001, 0, 1, 1000, NULL, { 0 }, WHY_SEQ_OVER | PASSES },
		{ 'C', "A", 16000, 0, 1, 1000, NULL, { 0 }, 0 },
	};

	RUN(both);
}

static void window_scale_of_one_side_alone_is_void(void **state __unused)
{
	static const struct step one[] = {
		{ 'C', "S", -1, 0, 0, 1000, "wscale=4", { 0 }, 0 },
		{ 'S', "SA", -1, 0, 0, 2000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'S', "A", 1001, 0, 1, 2000, NULL, { 0 }, WHY_SEQ_OVER | PASSES },
		{ 'S', "A", 1000, 0, 1, 2000, NULL, { 0 }, 0 },
	};

	RUN(one);
}

static void window_in_a_syn_is_never_scaled(void **state __unused)
{
	static const struct step steps[] = {
		{ 'C', "S", -1, 0, 0, 1000, "wscale=4", { 0 }, 0 },
		{ 'S', "SA", -1, 0, 0, 2000, "wscale=3", { 0 }, 0 },
		{ 'C', "A", 2001, 0, 1, 1000, NULL, { 0 }, WHY_SEQ_OVER | PASSES },
		{ 'C', "A", 2000, 0, 1, 1000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void scale_above_14_counts_as_14(void **state __unused)
{
	static const struct step steps[] = {
		{ 'C', "S", -1, 0, 0, 1000, "wscale=15", { 0 }, 0 },
		{ 'S', "SA", -1, 0, 0, 2000, "wscale=0", { 0 }, 0 },
		{ 'C', "A", 0, 0, 0, 2, NULL, { 0 }, 0 },
		{ 'S', "A", 32769, 0, 1, 2000, NULL, { 0 }, WHY_SEQ_OVER | PASSES },
		{ 'S', "A", 32768, 0, 1, 2000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void sack_moves_the_acknowledged_edge(void **state __unused)
{
	static const struct step steps[] = {
		{ 'C', "S", -1, 0, 0, 1000, "sackok", { 0 }, 0 },
		{ 'S', "SA", -1, 0, 0, 2000, "sackok", { 0 }, 0 },
		{ 'C', "A", 0, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'S', "A", 100, 0, 100, 2000, NULL, { 0 }, 0 },
		/* right edge beyond what was sent: III by the SACK alone */
		{ 'C', "A", 0, 0, 0, 1000, NULL, { 100, 201 }, WHY_ACK_OVER },
		{ 'C', "A", 0, 0, 0, 1000, NULL, { 100, 200 }, 0 },
		/* an ACK too old by itself, saved by its SACK: IV */
		{ 'C', "A", 0, -66000, 0, 1000, NULL, { 0 }, WHY_ACK_UNDER | PASSES },
		{ 'C', "A", 0, -66000, 0, 1000, NULL, { 100, 200 }, 0 },
	};

	RUN(steps);
}

static void sack_counts_only_when_permitted(void **state __unused)
{
	static const struct step steps[] = {
		{ 'C', "S", -1, 0, 0, 1000, "sackok", { 0 }, 0 },
		{ 'S', "SA", -1, 0, 0, 2000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, 0, 0, 1000, NULL, { 100, 900 }, 0 },
	};

	RUN(steps);
}

static void zero_window_lets_one_byte_probe(void **state __unused)
{
	static const struct step steps[] = {
		{ 'C', "S", -1, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'S', "SA", -1, 0, 0, 0, NULL, { 0 }, 0 },
		{ 'C', "A", 2, 0, 1, 1000, NULL, { 0 }, WHY_SEQ_OVER },
		{ 'C', "A", 0, 0, 1, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 1, 0, 1, 1000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void a_smaller_window_does_not_take_back(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'S', "A", 0, 0, 0, 10, NULL, { 0 }, 0 },
		{ 'C', "A", 2000, 0, 1, 1000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void acknowledgements_open_the_window(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'C', "A", 0, 0, 1000, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 3000, 0, 1, 1000, NULL, { 0 }, WHY_SEQ_OVER | PASSES },
		{ 'S', "A", 0, 1000, 0, 2000, NULL, { 0 }, 0 },
		{ 'C', "A", 3000, 0, 1, 1000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void empty_segments_are_judged_by_their_sequence_too(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'C', "A", -1, 0, 0, 1000, NULL, { 0 }, 0 },	/* keep-alive */
		{ 'C', "A", -2001, 0, 0, 1000, NULL, { 0 }, WHY_SEQ_UNDER | PASSES },
		{ 'C', "A", 2000, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 4000, 0, 0, 1000, NULL, { 0 }, WHY_SEQ_OVER },
		{ 'C', "A", 2000, 1, 0, 1000, NULL, { 0 }, WHY_ACK_OVER },
	};

	RUN(steps);
}

/* The peer may have taken it: its acknowledgment must not look like one of nothing. */
static void less_than_a_window_too_much_passes_and_may_be_acknowledged(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'S', "A", 0, 3999, 0, 2000, NULL, { 0 }, WHY_ACK_OVER },
		{ 'C', "A", 3998, 0, 1, 1000, NULL, { 0 }, WHY_SEQ_OVER | PASSES },
		{ 'C', "A", 3999, 0, 1, 1000, NULL, { 0 }, WHY_SEQ_OVER },
		{ 'S', "A", 0, 3999, 0, 2000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void repeated_syn_with_new_sequence_starts_over(void **state __unused)
{
	static const struct step steps[] = {
		{ 'C', "S", -1, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'C', "S", 9999, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'S', "SA", -1, 10000, 0, 2000, NULL, { 0 }, 0 },
		{ 'C', "A", 10000, 0, 10, 1000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void stale_syn_ack_leaves_no_trace(void **state __unused)
{
	static const struct step steps[] = {
		{ 'C', "S", -1, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'S', "SA", 777777, 12345, 0, 9, NULL, { 0 }, WHY_ACK_OVER },
		{ 'S', "SA", -1, 0, 0, 2000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 2000, 0, 1, 1000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void fin_counts_as_a_byte(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'C', "FA", 0, 0, 0, 1000, NULL, { 0 }, 0 },
		{ 'S', "A", 0, 2, 0, 2000, NULL, { 0 }, WHY_ACK_OVER },
		{ 'S', "A", 0, 1, 0, 2000, NULL, { 0 }, 0 },
	};

	RUN(steps);
}

static void liberal_lets_all_pass_and_moves_nothing(void **state __unused)
{
	static const struct step steps[] = {
		OPEN,
		{ 'C', "A", 900000, 0, 1, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, 900000, 0, 1000, NULL, { 0 }, 0 },
		{ 'C', "A", 0, -900000, 0, 1000, NULL, { 0 }, 0 },
		{ 'S', "A", 0, 900001, 0, 2000, NULL, { 0 }, 0 },
	};
	struct fw_config config;
	struct world w;
	size_t i;

	world_config(&config);
	config.tcp_be_liberal = true;
	world_open(&w, &config, RULES_TRACK, NULL);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		send_step(&w, &steps[i], bases[0].c, bases[0].s, i);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound_1_sequence_within_the_peers_window),
		cmocka_unit_test(bound_2_data_not_older_than_the_peers_window),
		cmocka_unit_test(bound_3_only_data_seen_is_acknowledged),
		cmocka_unit_test(bound_4_acknowledgement_not_too_old),
		cmocka_unit_test(bound_4_follows_a_window_above_66000),
		cmocka_unit_test(window_scale_counts_when_both_offer_it),
		cmocka_unit_test(window_scale_of_one_side_alone_is_void),
		cmocka_unit_test(window_in_a_syn_is_never_scaled),
		cmocka_unit_test(scale_above_14_counts_as_14),
		cmocka_unit_test(sack_moves_the_acknowledged_edge),
		cmocka_unit_test(sack_counts_only_when_permitted),
		cmocka_unit_test(zero_window_lets_one_byte_probe),
		cmocka_unit_test(a_smaller_window_does_not_take_back),
		cmocka_unit_test(acknowledgements_open_the_window),
		cmocka_unit_test(empty_segments_are_judged_by_their_sequence_too),
		cmocka_unit_test(less_than_a_window_too_much_passes_and_may_be_acknowledged),
		cmocka_unit_test(repeated_syn_with_new_sequence_starts_over),
		cmocka_unit_test(stale_syn_ack_leaves_no_trace),
		cmocka_unit_test(fin_counts_as_a_byte),
		cmocka_unit_test(liberal_lets_all_pass_and_moves_nothing),
	};

	return cmocka_run_group_tests_name("engine/tcp_window", tests, NULL, NULL);
}
